/* References -> levels. States of a node: waiting (pending > 0), done (level final). When all that is left waits in circles, one circle is
 * found by walking along references, reported, and cut. */
#include "imports/order.h"

#include <stdlib.h>
#include <string.h>

enum drift_status
drift__graph_add(struct drift__graph *g, size_t from, size_t to, struct drift_error *err)
{
	if (from == to)
		return DRIFT_OK;
	if (g->n_edges == g->cap_edges) {
		size_t cap = g->cap_edges > 0 ? g->cap_edges * 2 : 64;
		struct drift__edge *grown = drift__realloc(g->edges, cap * sizeof(*grown));

		if (grown == NULL)
			return drift__nomem(err);
		g->edges = grown;
		g->cap_edges = cap;
	}
	g->edges[g->n_edges].from = from;
	g->edges[g->n_edges++].to = to;
	return DRIFT_OK;
}

void
drift__graph_dispose(struct drift__graph *g)
{
	drift__free(g->edges);
	memset(g, 0, sizeof(*g));
}

static int
edge_order(const void *pa, const void *pb)
{
	const struct drift__edge *a = pa, *b = pb;

	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

struct walk {
	const struct drift__graph *g;
	size_t *first;   /* first[to]: where the edges that end in `to` begin; first[n] = their number */
	size_t *pending; /* references of a node that are not done yet */
	size_t *queue, head, tail;
	bool *done;
	int *level;
};

static void
finish(struct walk *w, size_t node)
{
	w->done[node] = true;
	for (size_t e = w->first[node]; e < w->first[node + 1]; e++) {
		size_t from = w->g->edges[e].from;

		if (w->done[from])
			continue;
		if (w->level[from] <= w->level[node])
			w->level[from] = w->level[node] + 1;
		if (--w->pending[from] == 0)
			w->queue[w->tail++] = from;
	}
}

static size_t
first_undone_reference(const struct walk *w, size_t node)
{
	/* edges are sorted by target: the first that fits is the smallest target */
	for (size_t e = 0; e < w->g->n_edges; e++) {
		if (w->g->edges[e].from == node && !w->done[w->g->edges[e].to])
			return w->g->edges[e].to;
	}
	return node;
}

/* Walks from `start` along what is not done until a node comes twice; writes the circle, smallest node first. */
static size_t
find_circle(const struct walk *w, size_t start, size_t *circle)
{
	size_t *seen_at = w->queue; /* free here: the queue is empty */
	size_t n = 0, at = start, begin, smallest;

	memset(seen_at, 0xff, w->g->n * sizeof(*seen_at));
	while (seen_at[at] == SIZE_MAX) {
		seen_at[at] = n;
		circle[n++] = at;
		at = first_undone_reference(w, at);
	}
	begin = seen_at[at];
	n -= begin;
	memmove(circle, circle + begin, n * sizeof(*circle));
	smallest = 0;
	for (size_t i = 1; i < n; i++) {
		if (circle[i] < circle[smallest])
			smallest = i;
	}
	for (size_t i = 0; i < smallest; i++) { /* rotate left; circles are short */
		size_t head = circle[0];

		memmove(circle, circle + 1, (n - 1) * sizeof(*circle));
		circle[n - 1] = head;
	}
	return n;
}

static enum drift_status
run(struct walk *w, size_t *circle, enum drift_status (*cycle)(void *, const size_t *, size_t), void *ctx)
{
	size_t next = 0;

	for (;;) {
		while (w->head < w->tail)
			finish(w, w->queue[w->head++]);
		while (next < w->g->n && w->done[next])
			next++;
		if (next == w->g->n)
			return DRIFT_OK;

		size_t n = find_circle(w, next, circle);
		enum drift_status st = cycle != NULL ? cycle(ctx, circle, n) : DRIFT_OK;

		if (st != DRIFT_OK)
			return st;
		w->head = w->tail = 0;
		w->pending[circle[0]] = 0;
		w->queue[w->tail++] = circle[0];
	}
}

enum drift_status
drift__graph_levels(struct drift__graph *g, int *level,
	enum drift_status (*cycle)(void *ctx, const size_t *nodes, size_t n), void *ctx, struct drift_error *err)
{
	struct walk w = {.g = g, .level = level};
	size_t *circle = NULL;
	size_t kept = 0;
	enum drift_status st = DRIFT_OK;

	if (g->n == 0)
		return DRIFT_OK;
	if (g->n_edges > 0)
		qsort(g->edges, g->n_edges, sizeof(*g->edges), edge_order);
	for (size_t e = 0; e < g->n_edges; e++) { /* the same reference twice counts once */
		if (kept == 0 || edge_order(&g->edges[kept - 1], &g->edges[e]) != 0)
			g->edges[kept++] = g->edges[e];
	}
	g->n_edges = kept;
	w.first = drift__calloc(g->n + 1, sizeof(*w.first));
	w.pending = drift__calloc(g->n, sizeof(*w.pending));
	w.queue = drift__calloc(g->n + 1, sizeof(*w.queue));
	w.done = drift__calloc(g->n, sizeof(*w.done));
	circle = drift__calloc(g->n + 1, sizeof(*circle));
	if (w.first == NULL || w.pending == NULL || w.queue == NULL || w.done == NULL || circle == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	memset(level, 0, g->n * sizeof(*level));
	for (size_t e = 0; e < g->n_edges; e++) {
		w.first[g->edges[e].to + 1]++;
		w.pending[g->edges[e].from]++;
	}
	for (size_t i = 0; i < g->n; i++) {
		w.first[i + 1] += w.first[i];
		if (w.pending[i] == 0)
			w.queue[w.tail++] = i;
	}
	st = run(&w, circle, cycle, ctx);
	if (st != DRIFT_OK && st != DRIFT_NOMEM && (err == NULL || err->status == DRIFT_OK))
		drift__fail(err, st, "imports", "the order could not be made");
done:
	drift__free(w.first);
	drift__free(w.pending);
	drift__free(w.queue);
	drift__free(w.done);
	drift__free(circle);
	return st;
}
