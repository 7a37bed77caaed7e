/* Pushed members to lists and maps in the arena; scalars; errors of an evaluation. */
#include "jmespath/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
record(struct drift__jmes_run *run, enum drift_status st, const char *what)
{
	char where[256];

	if (run->status != DRIFT_OK)
		return;
	if (run->at != 0)
		snprintf(where, sizeof where, "%.200s:%u", run->name, (unsigned)run->at);
	else
		snprintf(where, sizeof where, "%.200s", run->name);
	run->status = drift__fail(run->err, st, where, "%s", what);
}

const struct drift_value *
drift__jmes_fail(struct drift__jmes_run *run, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	record(run, DRIFT_BAD_QUERY, what);
	return NULL;
}

const struct drift_value *
drift__jmes_limit(struct drift__jmes_run *run, const char *what)
{
	record(run, DRIFT_LIMIT, what);
	return NULL;
}

static void *
no_memory(struct drift__jmes_run *run)
{
	if (run->status == DRIFT_OK)
		run->status = drift__nomem(run->err);
	return NULL;
}

/* The arena says NULL for both: only what is left of its maximum tells a limit from a lack of memory. */
static bool
has_room(struct drift__jmes_run *run, size_t n)
{
	const struct drift__arena *a = run->arena;

	if (a->max_bytes == 0 || (n <= a->max_bytes && a->total_bytes <= a->max_bytes - n))
		return true;
	drift__jmes_limit(run, "the result grows past the memory that it may take");
	return false;
}

void *
drift__jmes_alloc(struct drift__jmes_run *run, size_t n)
{
	void *p;

	if (!has_room(run, n + 8))
		return NULL;
	p = drift__arena_alloc(run->arena, n);
	return p != NULL ? p : no_memory(run);
}

/* ---- scalars ---- */

const struct drift_value *
drift__jmes_string(struct drift__jmes_run *run, const char *s, size_t n)
{
	const struct drift_value *v;

	if (!has_room(run, n + 64))
		return NULL;
	v = drift__value_stringn(run->arena, s, n);
	return v != NULL ? v : no_memory(run);
}

const struct drift_value *
drift__jmes_int(struct drift__jmes_run *run, int64_t n)
{
	const struct drift_value *v = has_room(run, 64) ? drift__value_int(run->arena, n) : NULL;

	return v != NULL ? v : no_memory(run);
}

const struct drift_value *
drift__jmes_double(struct drift__jmes_run *run, double d)
{
	const struct drift_value *v = has_room(run, 64) ? drift__value_double(run->arena, d) : NULL;

	return v != NULL ? v : no_memory(run);
}

char *
drift__jmes_text(struct drift__jmes_run *run, size_t n)
{
	if (n <= JMES_MAX_STRING)
		return drift__jmes_alloc(run, n + 1);
	drift__jmes_limit(run, "a string grows past 64 MiB");
	return NULL;
}

const struct drift_value *
drift__jmes_written(struct drift__jmes_run *run, char *text, size_t len)
{
	struct drift_value *v = drift__jmes_alloc(run, sizeof *v);

	if (v == NULL)
		return NULL;
	text[len] = '\0';
	*v = (struct drift_value){.kind = DRIFT_STRING, .len = (uint32_t)len, .u = {.text = text}};
	return v;
}

const struct drift_value *
drift__jmes_take(struct drift__jmes_run *run, struct drift__buf *b)
{
	const struct drift_value *v = NULL;

	if (b->status == DRIFT_LIMIT)
		drift__jmes_limit(run, "a string grows past 64 MiB");
	else if (b->status != DRIFT_OK)
		no_memory(run);
	else
		v = drift__jmes_string(run, b->data != NULL ? b->data : "", b->len);
	drift__buf_dispose(b);
	return v;
}

/* ---- lists and maps ---- */

static bool
grow(struct drift__jmes_run *run)
{
	size_t cap = run->cap_stack * 2;
	bool inside = run->stack == run->first;
	struct drift__member *more = inside ? drift__malloc(cap * sizeof *more) : drift__realloc(run->stack, cap * sizeof *more);

	if (more == NULL)
		return no_memory(run) != NULL;
	if (inside)
		memcpy(more, run->first, sizeof run->first);
	run->stack = more;
	run->cap_stack = cap;
	return true;
}

bool
drift__jmes_push(struct drift__jmes_run *run, const char *key, size_t key_len, const struct drift_value *v)
{
	struct drift__member *m;

	if (v == NULL || (run->n_stack == run->cap_stack && !grow(run)))
		return false;
	m = &run->stack[run->n_stack++];
	m->key = key;
	m->key_len = key_len;
	m->value = *v;
	return true;
}

static struct drift_value *
finish(struct drift__jmes_run *run, enum drift_kind kind, size_t from, size_t element, void **room)
{
	size_t n = run->n_stack - from;
	struct drift_value *v;

	if (n > UINT32_MAX) {
		drift__jmes_limit(run, "a list grows past 4294967295 elements");
		return NULL;
	}
	v = drift__jmes_alloc(run, sizeof *v);
	if (v == NULL)
		return NULL;
	memset(v, 0, sizeof *v);
	v->kind = (uint8_t)kind;
	v->len = (uint32_t)n;
	*room = n > 0 ? drift__jmes_alloc(run, n * element) : NULL;
	return n > 0 && *room == NULL ? NULL : v;
}

const struct drift_value *
drift__jmes_list(struct drift__jmes_run *run, size_t from)
{
	void *room;
	struct drift_value *v = finish(run, DRIFT_LIST, from, sizeof *v, &room), *items;
	uint32_t i;

	if (v == NULL)
		return NULL;
	items = room;
	for (i = 0; i < v->len; i++)
		items[i] = run->stack[from + i].value;
	v->u.items = items;
	run->n_stack = from;
	return v;
}

static int
compare_keys(const struct drift__member *a, const struct drift__member *b)
{
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int c = n > 0 ? memcmp(a->key, b->key, n) : 0;

	return c != 0 ? c : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static int
compare_places(const void *pa, const void *pb)
{
	struct drift__member *const *a = pa, *const *b = pb;
	int c = compare_keys(*a, *b);

	return c != 0 ? c : (*a > *b) - (*a < *b);
}

/* Equal keys stand side by side in the order of pushing: the first of a run takes the value of its last, the
 * others lose their key. */
static bool
drop_sorted(struct drift__jmes_run *run, struct drift__member *m, size_t n)
{
	struct drift__member **sorted = drift__malloc(n * sizeof *sorted);
	size_t i, j;

	if (sorted == NULL)
		return no_memory(run) != NULL;
	for (i = 0; i < n; i++)
		sorted[i] = &m[i];
	qsort(sorted, n, sizeof *sorted, compare_places);
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && compare_keys(sorted[i], sorted[j]) == 0; j++) {
			sorted[i]->value = sorted[j]->value;
			sorted[j]->key = NULL;
		}
	}
	drift__free(sorted);
	return true;
}

static bool
drop_duplicates(struct drift__jmes_run *run, size_t from)
{
	enum { FEW = 16 };
	struct drift__member *m = run->stack + from;
	size_t n = run->n_stack - from, i, j, kept;

	if (n > FEW && !drop_sorted(run, m, n))
		return false;
	for (i = 1; n <= FEW && i < n; i++) {
		for (j = 0; j < i; j++) {
			if (m[j].key != NULL && compare_keys(&m[j], &m[i]) == 0) {
				m[j].value = m[i].value;
				m[i].key = NULL;
				break;
			}
		}
	}
	for (i = kept = 0; i < n; i++)
		if (m[i].key != NULL)
			m[kept++] = m[i];
	run->n_stack = from + kept;
	return true;
}

const struct drift_value *
drift__jmes_map(struct drift__jmes_run *run, size_t from)
{
	struct drift_value *v;
	void *room;

	if (!drop_duplicates(run, from))
		return NULL;
	v = finish(run, DRIFT_MAP, from, sizeof(struct drift__member), &room);
	if (v == NULL)
		return NULL;
	if (v->len > 0)
		memcpy(room, run->stack + from, v->len * sizeof(struct drift__member));
	v->u.plain = room;
	run->n_stack = from;
	return v;
}
