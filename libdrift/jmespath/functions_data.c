/* Extensions that work on lists and maps. */
#include "jmespath/functions.h"

#include <stdlib.h>
#include <string.h>

#define V(i) (args[i].value)
#define NULL_IN_NULL_OUT(i)                                                                                            \
	do {                                                                                                           \
		(void)n;                                                                                               \
		if (V(i)->kind == DRIFT_NULL)                                                                          \
			return &drift__null;                                                                           \
	} while (0)

const struct drift_value *
drift__jmes_from_items(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	for (i = 0; i < V(0)->len; i++) {
		const struct drift_value *e = &V(0)->u.items[i];
		const struct drift_value *key = e->kind == DRIFT_MAP ? drift_value_get(e, "key") : drift_value_at(e, 0);
		const struct drift_value *value = e->kind == DRIFT_MAP ? drift_value_get(e, "value") : drift_value_at(e, 1);

		if (drift_value_kind(key) == DRIFT_STRING &&
			!drift__jmes_push(run, key->u.text, key->len, value != NULL ? value : &drift__null))
			return NULL;
	}
	return drift__jmes_map(run, from);
}

const struct drift_value *
drift__jmes_from_json(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__json_options opt = {.name = "from_json", .max_depth = JMES_MAX_DEPTH, .lenient_utf8 = true};
	const struct drift_value *v;
	enum drift_status st;

	NULL_IN_NULL_OUT(0);
	st = drift__json_parse(run->arena, V(0)->u.text, V(0)->len, &opt, &v, NULL);
	if (st == DRIFT_NOMEM) {
		run->status = drift__nomem(run->err);
		return NULL;
	}
	return st == DRIFT_OK ? v : &drift__null;
}

struct grouped {
	const struct drift_value *key, *element, *group;
	uint32_t index;
};

static int
compare_grouped(const void *pa, const void *pb)
{
	const struct grouped *a = pa, *b = pb;
	int c = drift__value_compare(a->key, b->key);

	return c != 0 ? c : (a->index > b->index) - (a->index < b->index);
}

static int
compare_index(const void *pa, const void *pb)
{
	const struct grouped *a = pa, *b = pb;

	return (a->index > b->index) - (a->index < b->index);
}

/* Sorted elements to one entry a group, in place: the first element's, with the list of all. False on failure. */
static bool
collect_groups(struct drift__jmes_run *run, struct grouped *g, size_t *n)
{
	size_t i, j, n_groups = 0, from = run->n_stack;

	for (i = 0; i < *n; i = j) {
		for (j = i; j < *n && drift__value_compare(g[i].key, g[j].key) == 0; j++)
			if (!drift__jmes_push(run, NULL, 0, g[j].element))
				return false;
		g[n_groups] = g[i];
		g[n_groups].group = drift__jmes_list(run, from);
		if (g[n_groups++].group == NULL)
			return false;
	}
	*n = n_groups;
	return true;
}

const struct drift_value *
drift__jmes_group_by(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct grouped *g;
	size_t n_grouped = 0, from = run->n_stack, k;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	g = drift__jmes_alloc(run, (V(0)->len + (size_t)1) * sizeof *g);
	if (g == NULL)
		return NULL;
	for (i = 0; i < V(0)->len; i++) {
		g[n_grouped].key = drift__jmes_eval(run, args[1].ref, &V(0)->u.items[i]);
		if (g[n_grouped].key == NULL)
			return NULL;
		g[n_grouped].element = &V(0)->u.items[i];
		g[n_grouped].index = i;
		n_grouped += g[n_grouped].key->kind == DRIFT_STRING;
	}
	qsort(g, n_grouped, sizeof *g, compare_grouped);
	if (!collect_groups(run, g, &n_grouped))
		return NULL;
	qsort(g, n_grouped, sizeof *g, compare_index);
	for (k = 0; k < n_grouped; k++)
		if (!drift__jmes_push(run, g[k].key->u.text, g[k].key->len, g[k].group))
			return NULL;
	return drift__jmes_map(run, from);
}

const struct drift_value *
drift__jmes_items(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__keyed *sorted;
	size_t from = run->n_stack, inner;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	sorted = drift__jmes_alloc(run, (V(0)->len + (size_t)1) * sizeof *sorted);
	if (sorted == NULL)
		return NULL;
	for (i = 0; i < V(0)->len; i++)
		sorted[i] = drift__keyed_at(V(0), i);
	qsort(sorted, V(0)->len, sizeof *sorted, drift__keyed_order);
	for (i = 0; i < V(0)->len; i++) {
		struct drift_value key = {.kind = DRIFT_STRING, .len = (uint32_t)sorted[i].key_len, .u = {sorted[i].key}};

		inner = run->n_stack;
		if (!drift__jmes_push(run, "key", 3, &key) || !drift__jmes_push(run, "value", 5, sorted[i].value) ||
			!drift__jmes_push(run, NULL, 0, drift__jmes_map(run, inner)))
			return NULL;
	}
	return drift__jmes_list(run, from);
}

/* ---- snake ---- */

static bool
upper_at(const char *s, size_t n, size_t i)
{
	return i < n && s[i] >= 'A' && s[i] <= 'Z';
}

/* Whether the capital at i is the last of a run that a small letter follows. The s of a plural at the end is none:
 * CIDRs, SubnetIDs. */
static bool
ends_run_at(const char *s, size_t n, size_t i)
{
	bool plural = i + 2 == n && s[i + 1] == 's';

	return i > 0 && upper_at(s, n, i - 1) && i + 1 < n && s[i + 1] >= 'a' && s[i + 1] <= 'z' && !plural;
}

/* The second capital of MiB, GiB and VCpu begins no word. */
static bool
inside_unit(const char *s, size_t n, size_t i)
{
	return (i > 1 && s[i] == 'B' && s[i - 1] == 'i' && strchr("KMGT", s[i - 2]) != NULL) ||
		(i > 0 && i + 2 < n && s[i - 1] == 'V' && memcmp(s + i, "Cpu", 3) == 0);
}

/* A word begins at a capital behind a small letter or digit, and at the last capital of a run before a small letter:
 * DBInstanceARN -> db_instance_arn, IPSetReference -> ip_set_reference. out has room for 2n + 1. */
static size_t
write_snake(char *out, const char *s, size_t n)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		bool capital = upper_at(s, n, i);
		bool behind_word = i > 0 && s[i - 1] != '_' && !upper_at(s, n, i - 1);

		if (capital && (behind_word || ends_run_at(s, n, i)) && !inside_unit(s, n, i))
			out[len++] = '_';
		out[len++] = capital ? (char)(s[i] - 'A' + 'a') : s[i];
	}
	out[len] = '\0';
	return len;
}

static const struct drift_value *
snake(struct drift__jmes_run *run, const struct drift_value *v, int depth)
{
	size_t from = run->n_stack, len;
	char *key;
	uint32_t i;

	if (v->kind != DRIFT_LIST && v->kind != DRIFT_MAP)
		return v;
	if (depth > JMES_MAX_DEPTH)
		return drift__jmes_limit(run, "snake() goes no deeper than 500 levels");
	if (++run->steps > JMES_MAX_STEPS)
		return drift__jmes_limit(run, "rewriting this value takes too many steps");
	for (i = 0; v->kind == DRIFT_LIST && i < v->len; i++)
		if (!drift__jmes_push(run, NULL, 0, snake(run, &v->u.items[i], depth + 1)))
			return NULL;
	if (v->kind == DRIFT_LIST)
		return drift__jmes_list(run, from);
	for (i = 0; i < v->len; i++) {
		struct drift__keyed m = drift__keyed_at(v, i);

		key = drift__jmes_alloc(run, 2 * m.key_len + 1);
		if (key == NULL)
			return NULL;
		len = write_snake(key, m.key, m.key_len);
		if (!drift__jmes_push(run, key, len, snake(run, m.value, depth + 1)))
			return NULL;
	}
	return drift__jmes_map(run, from);
}

const struct drift_value *
drift__jmes_snake(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return snake(run, V(0), 1);
}

/* ---- spread ---- */

const struct drift_value *
drift__jmes_spread(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const struct drift_value *children;
	size_t from = run->n_stack, inner;
	uint32_t i, k;

	NULL_IN_NULL_OUT(0);
	for (i = 0; i < V(0)->len; i++) {
		children = drift__jmes_eval(run, args[1].ref, &V(0)->u.items[i]);
		if (children == NULL)
			return NULL;
		for (k = 0; children->kind == DRIFT_LIST && k < children->len; k++) {
			inner = run->n_stack;
			if (!drift__jmes_push(run, NULL, 0, &V(0)->u.items[i]) || !drift__jmes_push(run, NULL, 0, &children->u.items[k]) ||
				!drift__jmes_push(run, NULL, 0, drift__jmes_list(run, inner)))
				return NULL;
		}
	}
	return drift__jmes_list(run, from);
}

/* ---- unique ---- */

struct hashed {
	uint64_t hash;
	uint32_t index;
	bool again; /* an equal element stands before it */
};

static int
compare_hashed(const void *pa, const void *pb)
{
	const struct hashed *a = pa, *b = pb;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int
compare_hashed_index(const void *pa, const void *pb)
{
	const struct hashed *a = pa, *b = pb;

	return (a->index > b->index) - (a->index < b->index);
}

/* Whether an element of h[from..i) equals i: 1, 0, -1 on failure. All of them have one hash: nearly always the first is it. */
static int
stands_before(struct drift__jmes_run *run, const struct drift_value *list, const struct hashed *h, size_t from, size_t i)
{
	for (; from < i; from++) {
		int same = h[from].again ? 0 : drift__jmes_equal(run, &list->u.items[h[from].index], &list->u.items[h[i].index]);

		if (same != 0)
			return same;
	}
	return 0;
}

const struct drift_value *
drift__jmes_unique(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack, start = 0;
	struct hashed *h;
	uint32_t i;
	int same;

	NULL_IN_NULL_OUT(0);
	h = drift__jmes_alloc(run, (V(0)->len + (size_t)1) * sizeof *h);
	if (h == NULL)
		return NULL;
	for (i = 0; i < V(0)->len; i++) {
		h[i].index = i;
		h[i].again = false;
		if (!drift__jmes_hash(run, &V(0)->u.items[i], &h[i].hash))
			return NULL;
	}
	qsort(h, V(0)->len, sizeof *h, compare_hashed);
	for (i = 0; i < V(0)->len; i++) {
		start = h[i].hash == h[start].hash ? start : i;
		same = stands_before(run, V(0), h, start, i);
		if (same < 0)
			return NULL;
		h[i].again = same == 1;
	}
	qsort(h, V(0)->len, sizeof *h, compare_hashed_index);
	for (i = 0; i < V(0)->len; i++)
		if (!h[i].again && !drift__jmes_push(run, NULL, 0, &V(0)->u.items[i]))
			return NULL;
	return drift__jmes_list(run, from);
}

const struct drift_value *
drift__jmes_zip(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack, inner;
	uint32_t i;

	(void)n;
	if (V(0)->kind == DRIFT_NULL || V(1)->kind == DRIFT_NULL)
		return &drift__null;
	for (i = 0; i < V(0)->len && i < V(1)->len; i++) {
		inner = run->n_stack;
		if (!drift__jmes_push(run, NULL, 0, &V(0)->u.items[i]) || !drift__jmes_push(run, NULL, 0, &V(1)->u.items[i]) ||
			!drift__jmes_push(run, NULL, 0, drift__jmes_list(run, inner)))
			return NULL;
	}
	return drift__jmes_list(run, from);
}
