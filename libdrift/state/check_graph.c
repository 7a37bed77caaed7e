/* The dependencies in a state as a graph: edges that lead nowhere, and circles.
 *
 * A state names resources without keys ("module.net.aws_subnet.a"), whatever count and for_each made of them: so do the nodes here. */
#include "state/check.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CYCLES = 5, SHOWN_STEPS = 6 };

struct node {
	int source;
	const char *name;
	size_t *edges; /* to nodes */
	size_t n_edges, cap_edges, next_edge;
	enum { UNSEEN, OPEN, DONE } colour;
};

struct graph {
	struct drift__check *c;
	struct node *nodes; /* sorted, each once */
	size_t n;
};

/* "module.a[\"k\"].module.b" without its keys. */
static void
add_without_keys(struct drift__buf *b, const char *module)
{
	bool quoted = false;
	int depth = 0;

	for (; *module != '\0'; module++) {
		if (quoted && *module == '\\' && module[1] != '\0')
			module++;
		else if (*module == '"')
			quoted = !quoted;
		else if (!quoted && *module == '[')
			depth++;
		else if (!quoted && *module == ']')
			depth--;
		else if (depth == 0)
			drift__buf_addc(b, *module);
	}
}

static const char *
name_of(struct drift__arena *a, const char *module, bool data, const char *type, const char *name)
{
	struct drift__buf b = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	const char *out = NULL;

	if (module != NULL) {
		add_without_keys(&b, module);
		drift__buf_addc(&b, '.');
	}
	drift__address_print(&b, NULL, data, type, name, NULL);
	if (b.status == DRIFT_OK)
		out = drift__arena_strndup(a, b.data, b.len);
	drift__buf_dispose(&b);
	return out;
}

/* The same of an address in text. */
static const char *
plain_name(struct drift__arena *a, const char *address)
{
	struct drift__address parts;

	return drift__address_parse(address, a, &parts, NULL) == DRIFT_OK ? name_of(a, parts.module, parts.data, parts.type, parts.name) : NULL;
}

static int
compare_nodes(const void *pa, const void *pb)
{
	const struct node *a = pa, *b = pb;

	return a->source != b->source ? a->source - b->source : strcmp(a->name, b->name);
}

static struct node *
find_node(const struct graph *g, int source, const char *name)
{
	struct node key = {.source = source, .name = name};

	return bsearch(&key, g->nodes, g->n, sizeof key, compare_nodes);
}

/* ---- making the graph ---- */

static enum drift_status
collect_nodes(struct graph *g)
{
	const struct drift_state *s = g->c->state;
	struct drift__arena *a = g->c->a;
	size_t cap = s->snapshot->n_resources, i, j, kept = 0;

	for (i = 0; i < s->n_sources; i++)
		cap += drift_value_size(s->infos[i].empty);
	g->nodes = drift__calloc(cap + 1, sizeof *g->nodes);
	if (g->nodes == NULL)
		return drift__nomem(g->c->err);
	for (i = 0; i < s->snapshot->n_resources; i++) {
		const struct drift_resource *r = &s->snapshot->resources[i];

		g->nodes[g->n++] = (struct node){.source = r->source, .name = plain_name(a, r->address)};
	}
	for (i = 0; i < s->n_sources; i++)
		for (j = 0; j < drift_value_size(s->infos[i].empty); j++)
			g->nodes[g->n++] = (struct node){.source = (int)i, .name = plain_name(a, drift__value_str(drift_value_at(s->infos[i].empty, j)))};
	for (i = 0; i < g->n; i++)
		if (g->nodes[i].name == NULL)
			return drift__nomem(g->c->err);
	qsort(g->nodes, g->n, sizeof *g->nodes, compare_nodes);
	for (i = 0; i < g->n; i++)
		if (kept == 0 || compare_nodes(&g->nodes[kept - 1], &g->nodes[i]) != 0)
			g->nodes[kept++] = g->nodes[i];
	g->n = kept;
	return DRIFT_OK;
}

static enum drift_status
add_edge(struct graph *g, struct node *from, size_t to)
{
	size_t i;

	for (i = 0; i < from->n_edges; i++)
		if (from->edges[i] == to)
			return DRIFT_OK;
	if (from->n_edges == from->cap_edges) {
		size_t cap = from->cap_edges == 0 ? 4 : from->cap_edges * 2, *more = drift__realloc(from->edges, cap * sizeof *more);

		if (more == NULL)
			return drift__nomem(g->c->err);
		from->edges = more;
		from->cap_edges = cap;
	}
	from->edges[from->n_edges++] = to;
	return DRIFT_OK;
}

struct missing {
	int source;
	const char *name, *by;
};

static int
compare_missing(const void *pa, const void *pb)
{
	const struct missing *a = pa, *b = pb;
	int c = a->source != b->source ? a->source - b->source : strcmp(a->name, b->name);

	return c != 0 ? c : strcmp(a->by, b->by);
}

/* Terraform keeps the dependency on a resource that has no instance (count = 0), so this alone is no mistake. */
static void
report_missing(struct drift__check *c, struct missing *list, size_t n)
{
	size_t i, j;

	if (n > 0)
		qsort(list, n, sizeof *list, compare_missing);
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && list[j].source == list[i].source && strcmp(list[j].name, list[i].name) == 0; j++)
			;
		drift__check_add(c, DRIFT__CHECK_INFO, "dependency", list[i].source, list[i].by, "it%s depends on %.300s, which is not in the state: "
			"it has no instance (count = 0), or was taken out", j - i > 1 ? ", as others do," : "", list[i].name);
	}
}

/* One resource's edges; what leads nowhere goes to missing. */
static enum drift_status
collect_from(struct graph *g, const struct drift_resource *r, struct missing *missing, size_t *n_missing)
{
	const char *own = plain_name(g->c->a, r->address);
	struct node *from = own != NULL ? find_node(g, r->source, own) : NULL, *to;
	enum drift_status st = from != NULL ? DRIFT_OK : drift__nomem(g->c->err);
	size_t j;

	for (j = 0; j < drift_value_size(r->dependencies) && st == DRIFT_OK; j++) {
		const char *name = plain_name(g->c->a, drift__value_str(drift_value_at(r->dependencies, j)));

		to = name != NULL ? find_node(g, r->source, name) : NULL;
		if (name == NULL)
			st = drift__nomem(g->c->err);
		else if (to != NULL)
			st = add_edge(g, from, (size_t)(to - g->nodes));
		else
			missing[(*n_missing)++] = (struct missing){r->source, name, r->address};
	}
	return st;
}

static enum drift_status
collect_edges(struct graph *g)
{
	const struct drift_snapshot *snap = g->c->state->snapshot;
	size_t i, n = 0, cap = 0;
	struct missing *missing;
	enum drift_status st = DRIFT_OK;

	for (i = 0; i < snap->n_resources; i++)
		cap += drift_value_size(snap->resources[i].dependencies);
	missing = drift__malloc((cap + 1) * sizeof *missing);
	if (missing == NULL)
		return drift__nomem(g->c->err);
	for (i = 0; i < snap->n_resources && st == DRIFT_OK; i++)
		if (drift_value_size(snap->resources[i].dependencies) > 0)
			st = collect_from(g, &snap->resources[i], missing, &n);
	report_missing(g->c, missing, st == DRIFT_OK ? n : 0);
	drift__free(missing);
	return st;
}

/* ---- circles ---- */

static void
report_cycle(struct graph *g, const size_t *path, size_t from, size_t to)
{
	struct drift__buf b = DRIFT__BUF_INIT(65536);
	size_t i;

	for (i = from; i < to; i++) {
		if (to - from > 2 * SHOWN_STEPS && i == from + SHOWN_STEPS) {
			drift__buf_addf(&b, "… %zu more … → ", to - from - 2 * SHOWN_STEPS);
			i = to - SHOWN_STEPS;
		}
		drift__buf_addf(&b, "%s → ", g->nodes[path[i]].name);
	}
	drift__buf_adds(&b, g->nodes[path[from]].name);
	drift__check_add(g->c, DRIFT__CHECK_ERROR, "cycle", g->nodes[path[from]].source, g->nodes[path[from]].name, "the dependencies go round: %.600s",
		b.data != NULL ? b.data : "");
	drift__buf_dispose(&b);
}

/* Depth first, with a stack of its own: what an edge finds open closes a circle. */
static enum drift_status
find_cycles(struct graph *g)
{
	size_t *path = drift__malloc((g->n + 1) * sizeof *path), n = 0, start, found = 0, i;

	if (path == NULL)
		return drift__nomem(g->c->err);
	for (start = 0; start < g->n; start++) {
		if (g->nodes[start].colour != UNSEEN)
			continue;
		path[n++] = start;
		g->nodes[start].colour = OPEN;
		while (n > 0) {
			struct node *at = &g->nodes[path[n - 1]];
			struct node *to;

			if (at->next_edge == at->n_edges) {
				at->colour = DONE;
				n--;
				continue;
			}
			to = &g->nodes[at->edges[at->next_edge++]];
			if (to->colour == UNSEEN) {
				to->colour = OPEN;
				path[n++] = (size_t)(to - g->nodes);
			} else if (to->colour == OPEN && found++ < MAX_CYCLES) {
				for (i = n; path[i - 1] != (size_t)(to - g->nodes); i--)
					;
				report_cycle(g, path, i - 1, n);
			}
		}
	}
	drift__free(path);
	return DRIFT_OK;
}

enum drift_status
drift__check_dependencies(struct drift__check *c)
{
	struct graph g = {.c = c};
	enum drift_status st = collect_nodes(&g);
	size_t i;

	if (st == DRIFT_OK)
		st = collect_edges(&g);
	if (st == DRIFT_OK)
		st = find_cycles(&g);
	for (i = 0; g.nodes != NULL && i < g.n; i++)
		drift__free(g.nodes[i].edges);
	drift__free(g.nodes);
	return st;
}
