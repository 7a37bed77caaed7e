/* Live resources by the values of their attributes, so that thousands of creates are not each compared with thousands of resources.
 *
 * What is found here is compared as ever: a column only leaves out what a known value rules out anyway. */
#include "imports/match_index.h"
#include "imports/look.h"
#include "imports/match_named.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_PARTS_MAX = 32, WORTH_NAMING = 8 }; /* so few are all compared */

/* One attribute of one type. */
struct drift__match_column {
	const char *type, *attribute;
	struct drift__link *list; /* sorted */
	size_t n;
	size_t *rest;       /* those without a text to compare, in the order of the snapshot */
	size_t n_rest;
	struct drift__match_column *next;
};

int
drift__links_order(const void *pa, const void *pb)
{
	const struct drift__link *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

void
drift__links_sort(struct drift__link *list, size_t n)
{
	if (n > 0)
		qsort(list, n, sizeof(*list), drift__links_order);
}

const struct drift__link *
drift__links_find(const struct drift__link *list, size_t n, uint64_t from, size_t *n_out)
{
	size_t low = 0, high = n, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (list[mid].from < from)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < n && list[end].from == from; end++)
		;
	*n_out = end - low;
	return list + low;
}

/* The text that equal values have in common (imports/look.c); NULL when the value is compared in another way. */
static const char *
comparable(const struct drift_value *v, size_t *n_out)
{
	const char *text = drift_value_kind(v) == DRIFT_STRING ? drift_value_text(v, n_out) : NULL;

	if (text == NULL || *n_out == 0 || text[0] == '{' || text[0] == '[')
		return NULL;
	if (*n_out > 8 && memcmp(text, "https://", 8) == 0) {
		text += 8;
		*n_out -= 8;
	}
	if (*n_out > 1 && text[*n_out - 1] == '.')
		--*n_out;
	return text;
}

static void
add(struct drift__match_column *c, const char *text, size_t n, size_t live)
{
	c->list[c->n].from = drift__hash_text(text, n);
	c->list[c->n++].to = live;
}

/* A name in a zone may stand without the zone's name: each beginning of it counts. */
static void
add_beginnings(struct drift__match_column *c, const char *text, size_t n, size_t live)
{
	size_t parts = 0;

	for (size_t i = 1; i < n && parts < NAME_PARTS_MAX - 1; i++) {
		if (text[i] == '.' && ++parts)
			add(c, text, i, live);
	}
}

static struct drift__match_column *
make_column(struct drift__matcher *m, const char *type, const char *attribute)
{
	struct drift__arena *a = m->plan->arena;
	struct drift__match_column *c = drift__arena_zalloc(a, sizeof(*c));
	const struct drift_value *rule = drift_value_get(drift__facts_get(m->facts, type, "attributes"), attribute);
	bool relative = drift__streq(drift__value_gets(rule, "as"), "dns_relative");
	size_t first, n = drift__snapshot_of_type(m->live, type, &first);

	if (c == NULL)
		return NULL;
	c->type = type;
	c->attribute = attribute;
	c->list = drift__arena_alloc(a, (n + 1) * (relative ? NAME_PARTS_MAX : 1) * sizeof(*c->list));
	c->rest = drift__arena_alloc(a, (n + 1) * sizeof(*c->rest));
	if (c->list == NULL || c->rest == NULL)
		return NULL;
	for (size_t i = first; i < first + n; i++) {
		size_t len;
		const char *text = comparable(drift__look_live(&m->tmp, drift__live_at(m, i), attribute), &len);

		if (text == NULL) {
			c->rest[c->n_rest++] = i;
			continue;
		}
		add(c, text, len, i);
		if (relative)
			add_beginnings(c, text, len, i);
	}
	drift__links_sort(c->list, c->n);
	c->next = m->columns;
	m->columns = c;
	return c;
}

static const struct drift__match_column *
column(struct drift__matcher *m, const char *type, const char *attribute)
{
	struct drift__match_column *c = m->columns;

	while (c != NULL && (strcmp(c->type, type) != 0 || strcmp(c->attribute, attribute) != 0))
		c = c->next;
	if (c == NULL)
		c = make_column(m, type, attribute);
	m->nomem = m->nomem || c == NULL;
	return c;
}

/* Both are in the order of the snapshot, and so is what comes out. */
static size_t
merge(struct drift__matcher *m, size_t p, const struct drift__link *equal, size_t n_equal, const size_t *rest, size_t n_rest)
{
	size_t i = 0, k = 0, kept = 0;

	while (i < n_equal || k < n_rest) {
		size_t live = k == n_rest || (i < n_equal && equal[i].to < rest[k]) ? equal[i++].to : rest[k++];

		if (drift__is_free(m, p, live) && (kept == 0 || m->scratch[kept - 1] != live))
			m->scratch[kept++] = live;
	}
	return kept;
}

/* The attribute of a list that can be looked up, and what the plan has for it. With `tags` it is the name that decides first. */
static const struct drift_value *
planned_value(struct drift__matcher *m, size_t p, const char *attribute, const char **looked_up)
{
	const struct drift__planned *planned = &m->plan->list[p];
	const struct drift_value *v;

	*looked_up = drift__streq(attribute, "tags") ? "tags.Name" : attribute;
	v = drift__look_path(planned->after, *looked_up);
	if (drift__look_empty(v) && drift__starts(*looked_up, "tags.")) {
		char *all = drift__arena_printf(&m->tmp, "tags_all.%s", *looked_up + 5);

		v = all != NULL ? drift__look_path(planned->after, all) : NULL;
	}
	return v;
}

/* How many a reference of the create names, when that is known: as if it were looked up by the value. They are in m->other then. */
static bool
named(struct drift__matcher *m, size_t p, const char *attribute, size_t *n_out)
{
	size_t first;

	return drift__snapshot_of_type(m->live, m->plan->list[p].type, &first) >= WORTH_NAMING && drift__is_reference(m, p, attribute) &&
		drift__named_by_few(m, drift__targets_of(m, p, attribute), p, attribute, n_out);
}

static bool
merge_named(struct drift__matcher *m, size_t p, const char *attribute, const struct drift__match_column *c, size_t *n_out)
{
	struct drift__link *list;
	size_t n = 0;

	if (!named(m, p, attribute, &n))
		return false;
	list = drift__calloc(n + 1, sizeof(*list));
	m->nomem = m->nomem || list == NULL;
	for (size_t i = 0; list != NULL && i < n; i++)
		list[i].to = m->other[i];
	if (list != NULL) {
		drift__links_sort(list, n);
		*n_out = merge(m, p, list, n, c->rest, c->n_rest);
	}
	drift__free(list);
	return list != NULL;
}

bool
drift__index_candidates(struct drift__matcher *m, size_t p, const struct drift_value *keys, bool tags, size_t *n_out)
{
	const struct drift__match_column *best = NULL;
	const struct drift__link *best_equal = NULL;
	const char *reference = NULL;
	size_t best_n = 0;

	for (size_t k = 0; k < drift_value_size(keys) && !m->nomem; k++) {
		const char *attribute = drift__value_str(drift_value_at(keys, k)), *looked_up, *text;
		const struct drift__match_column *c;
		const struct drift__link *equal = NULL;
		size_t len, n = 0;

		if (attribute == NULL || drift__is_tag(attribute) != tags)
			continue;
		text = comparable(planned_value(m, p, attribute, &looked_up), &len);
		if (text == NULL && (tags || !named(m, p, attribute, &n)))
			continue;
		c = column(m, m->plan->list[p].type, looked_up);
		if (c == NULL)
			continue;
		if (text != NULL)
			equal = drift__links_find(c->list, c->n, drift__hash_text(text, len), &n);
		if (best != NULL && n + c->n_rest >= best_n + best->n_rest)
			continue;
		best = c;
		best_equal = equal;
		best_n = n;
		reference = text == NULL ? attribute : NULL;
	}
	if (best == NULL)
		return false;
	if (reference != NULL)
		return merge_named(m, p, reference, best, n_out);
	*n_out = merge(m, p, best_equal, best_n, best->rest, tags ? 0 : best->n_rest);
	return true;
}
