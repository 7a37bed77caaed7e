/* What a plan has inline in its parent is no resource of its own. */
#include "scan/inline.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/type.h"
#include "imports/planned.h"

static const struct drift__planned *
find_planned(const struct drift__plan *plan, const char *address)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (drift__streq(plan->list[i].address, address))
			return &plan->list[i];
	return NULL;
}

/* ---- the addresses that imports give to live objects ---- */

struct named {
	const char *type, *id, *address; /* lent by the imports */
};

struct names {
	struct named *list; /* on the heap, sorted */
	size_t n;
};

static int
compare_named(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;
	int c = strcmp(a->type, b->type);

	return c != 0 ? c : strcmp(a->id, b->id);
}

static enum drift_status
names_of(const struct drift_imports *imports, struct names *out, struct drift_error *err)
{
	size_t i;

	*out = (struct names){drift__malloc((imports->n + 1) * sizeof *out->list), imports->n};
	if (out->list == NULL)
		return drift__nomem(err);
	for (i = 0; i < imports->n; i++)
		out->list[i] = (struct named){imports->items[i].type, imports->items[i].id, imports->items[i].address};
	if (out->n > 1)
		qsort(out->list, out->n, sizeof *out->list, compare_named);
	return DRIFT_OK;
}

/* By type and import id, which may go on (id@region). */
static const char *
imported_as(const struct names *names, const char *type, const struct drift_resource *r)
{
	const struct named wanted = {type, r->import_id, NULL};
	size_t lo = 0, hi = names->n;

	if (r->import_id == NULL)
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_named(&names->list[mid], &wanted) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < names->n && strcmp(names->list[lo].type, type) == 0 && drift__starts(names->list[lo].id, r->import_id) ?
		names->list[lo].address : NULL;
}

static const struct drift_resource *
find_parent(const struct drift_snapshot *live, const struct drift_resource *r)
{
	size_t first, n = drift__snapshot_of_type(live, r->more->parent_type, &first), i;

	for (i = first; i < first + n; i++)
		if (live->resources[i].keys != NULL && drift__streq(live->resources[i].keys[0], r->more->parent_key))
			return &live->resources[i];
	return NULL;
}

/* Does the configuration fill an attribute, be it with values that are known after apply only? One that nobody sets and that AWS computes
 * is unknown in the plan as well: then only the expressions tell. */
static bool
is_filled(const struct drift__planned *p, const char *attribute)
{
	const struct drift_value *expression = drift_value_get(drift_value_get(p->config, "expressions"), attribute);

	if (!drift__value_is_empty(drift_value_get(p->after, attribute)))
		return true;
	return drift__is_unknown(drift_value_get(p->unknown, attribute)) && (drift_value_kind(expression) == DRIFT_LIST ||
		drift_value_size(drift_value_get(expression, "references")) > 0);
}

/* Does the parent type have an attribute in which things of this type can stand, and does the plan fill it? */
static bool
planned_inline(const struct drift_catalogue *c, const char *parent_type, const char *type, const struct drift__planned *p)
{
	const struct drift__type *t = drift__catalogue_type(c, parent_type, NULL);
	const struct drift_value *attributes = t != NULL ? drift_value_get(t->entry, "attributes") : NULL;
	size_t i, j;

	for (i = 0; i < drift_value_size(attributes); i++) {
		const struct drift_value *siblings = drift_value_get(drift_value_at(attributes, i), "siblings");

		for (j = 0; j < drift_value_size(siblings); j++)
			if (drift__streq(drift__value_gets(drift_value_at(siblings, j), "type"), type) &&
				is_filled(p, drift_value_key(attributes, i, NULL)))
				return true;
	}
	return false;
}

enum drift_status
drift__take_out_inline(const struct drift_catalogue *c, const struct drift_value *plan_root, const struct drift_imports *imports,
	struct drift_snapshot *live, struct drift_error *err)
{
	struct drift__plan plan;
	struct drift__arena a;
	struct names names;
	enum drift_status st = names_of(imports, &names, err);
	size_t i;

	drift__arena_init(&a, 0);
	if (st == DRIFT_OK)
		st = drift__plan_open(&a, plan_root, &plan, err);
	for (i = 0; st == DRIFT_OK && i < live->n_resources; i++) {
		struct drift_resource *r = &live->resources[i];
		const struct drift_resource *parent;
		const struct drift__planned *planned;
		const char *address;

		if ((r->flags & DRIFT__IN_SCOPE) == 0 || r->more->parent_type == NULL || imported_as(&names, r->type, r) != NULL)
			continue;
		parent = find_parent(live, r);
		address = parent != NULL ? imported_as(&names, r->more->parent_type, parent) : NULL;
		planned = address != NULL ? find_planned(&plan, address) : NULL;
		if (planned != NULL && planned_inline(c, r->more->parent_type, r->type, planned))
			r->flags &= ~(unsigned)DRIFT__IN_SCOPE;
	}
	drift__free(names.list);
	drift__arena_dispose(&a);
	return st;
}
