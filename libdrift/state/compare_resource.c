/* One resource against its older self → changes by path, secrets masked. */
#include <stdlib.h>
#include <string.h>

#include "state/compare.h"
#include "state/mask.h"

/* ---- one value against another ---- */

struct walk {
	struct drift__state_comparison *c;
	struct drift__mask_rules rules;
	struct drift__steps at;
	struct drift__list_builder changes;
};

static const struct drift_value *
path_value(struct walk *w)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	const struct drift_value *v;

	drift__steps_print(&b, &w->at);
	v = b.status == DRIFT_OK ? drift__value_stringn(w->c->a, b.data != NULL ? b.data : "", b.len) : NULL;
	drift__buf_dispose(&b);
	return v;
}

static void
add_change(struct walk *w, const struct drift_value *from, const struct drift_value *to)
{
	struct drift__map_builder m;
	bool masked = false;

	drift__map_init(&m, w->c->a);
	drift__map_put(&m, "path", path_value(w));
	drift__map_put(&m, "from", drift__state_shown(&w->rules, &w->at, from, w->c->a, &masked));
	drift__map_put(&m, "to", drift__state_shown(&w->rules, &w->at, to, w->c->a, &masked));
	drift__map_putb(&m, "sensitive", masked);
	drift__list_add(&w->changes, drift__map_finish(&m));
}

static void compare_values(struct walk *w, const struct drift_value *from, const struct drift_value *to);

static void
compare_below(struct walk *w, const struct drift_value *step, const struct drift_value *from, const struct drift_value *to)
{
	if (step == NULL) {
		w->changes.failed = true;
	} else if (!drift__steps_push(&w->at, step)) {
		add_change(w, from, to);
	} else {
		compare_values(w, from, to);
		w->at.n--;
	}
}

static void
compare_maps(struct walk *w, const struct drift_value *from, const struct drift_value *to)
{
	struct drift__keyed *x = drift__keyed_sorted(from), *y = drift__keyed_sorted(to);
	uint32_t i = 0, j = 0;

	if (x == NULL || y == NULL)
		w->c->st = drift__nomem(w->c->err);
	while (x != NULL && y != NULL && (i < from->len || j < to->len)) {
		int c = i == from->len ? 1 : j == to->len ? -1 : drift__keyed_order(&x[i], &y[j]);
		const struct drift__keyed *m = c <= 0 ? &x[i] : &y[j];

		compare_below(w, drift__value_stringn(w->c->a, m->key, m->key_len), c <= 0 ? x[i].value : NULL, c >= 0 ? y[j].value : NULL);
		i += c <= 0;
		j += c >= 0;
	}
	drift__free(x);
	drift__free(y);
}

static int
compare_items(const void *a, const void *b)
{
	return drift__value_compare(*(const struct drift_value *const *)a, *(const struct drift_value *const *)b);
}

/* The elements that the other list does not have, in their order. Returns how many. */
static size_t
only_here(const struct drift_value *list, const struct drift_value *other, size_t *out)
{
	const struct drift_value **sorted = drift__malloc((other->len + 1) * sizeof *sorted), **hit;
	bool *used = drift__calloc(other->len + 1, sizeof *used);
	size_t i, k, n = 0;

	for (i = 0; sorted != NULL && i < other->len; i++)
		sorted[i] = drift_value_at(other, i);
	if (sorted != NULL)
		qsort(sorted, other->len, sizeof *sorted, compare_items);
	for (i = 0; sorted != NULL && used != NULL && i < list->len; i++) {
		const struct drift_value *item = drift_value_at(list, i);

		hit = bsearch(&item, sorted, other->len, sizeof *sorted, compare_items);
		k = hit != NULL ? (size_t)(hit - sorted) : 0;
		/* of equal ones, each once */
		while (hit != NULL && k > 0 && compare_items(&sorted[k - 1], &item) == 0)
			k--;
		while (hit != NULL && k < other->len && used[k] && compare_items(&sorted[k], &item) == 0)
			k++;
		if (hit == NULL || k == other->len || compare_items(&sorted[k], &item) != 0)
			out[n++] = i;
		else
			used[k] = true;
	}
	n = sorted != NULL && used != NULL ? n : SIZE_MAX;
	drift__free(sorted);
	drift__free(used);
	return n;
}

/* Elements that both have are no change, wherever they stand; what is left is compared pair by pair. */
static void
compare_lists(struct walk *w, const struct drift_value *from, const struct drift_value *to)
{
	size_t *x = drift__malloc((from->len + 1) * sizeof *x), *y = drift__malloc((to->len + 1) * sizeof *y), n, m, i;

	n = x != NULL && y != NULL ? only_here(from, to, x) : SIZE_MAX;
	m = x != NULL && y != NULL ? only_here(to, from, y) : SIZE_MAX;
	if (n == SIZE_MAX || m == SIZE_MAX) {
		w->changes.failed = true;
	} else if (n == 0 && m == 0) {
		add_change(w, from, to); /* another order */
	} else {
		for (i = 0; i < n || i < m; i++)
			compare_below(w, drift__value_int(w->c->a, (int64_t)(i < m ? y[i] : x[i])), i < n ? drift_value_at(from, x[i]) : NULL,
				i < m ? drift_value_at(to, y[i]) : NULL);
	}
	drift__free(x);
	drift__free(y);
}

static void
compare_values(struct walk *w, const struct drift_value *from, const struct drift_value *to)
{
	if (drift__value_compare(from, to) == 0)
		return;
	if (drift_value_kind(from) == DRIFT_MAP && drift_value_kind(to) == DRIFT_MAP)
		compare_maps(w, from, to);
	else if (drift_value_kind(from) == DRIFT_LIST && drift_value_kind(to) == DRIFT_LIST)
		compare_lists(w, from, to);
	else
		add_change(w, from, to);
}

/* ---- one resource against its older self ---- */

static void
add_meta(struct walk *w, const char *name, const struct drift_value *from, const struct drift_value *to)
{
	struct drift__map_builder m;

	if (drift__value_compare(from, to) == 0)
		return;
	drift__map_init(&m, w->c->a);
	drift__map_puts(&m, "path", name);
	drift__map_put(&m, "from", from);
	drift__map_put(&m, "to", to);
	drift__map_putb(&m, "sensitive", false);
	drift__list_add(&w->changes, drift__map_finish(&m));
}

static const struct drift_value *
or_null(const struct drift_value *v)
{
	return v != NULL ? v : &drift__null;
}

static const struct drift__type *
type_of(struct drift__state_comparison *c, const struct drift_resource *r)
{
	size_t k;

	if ((r->flags & DRIFT__FOREIGN) != 0)
		return NULL;
	for (k = 0; c->catalogue != NULL && k < drift_catalogue_size(c->catalogue); k++)
		if (strcmp(drift_catalogue_type(c->catalogue, k), r->type) == 0)
			return drift__catalogue_type(c->catalogue, r->type, NULL);
	return NULL;
}

void
drift__compare_start(struct drift__state_comparison *c, struct drift__map_builder *m, const struct drift_resource *r)
{
	drift__map_init(m, c->a);
	drift__map_puts(m, "address", r->address);
	if (r->more->deposed != NULL)
		drift__map_puts(m, "deposed", r->more->deposed);
	drift__map_puts(m, "type", r->type);
	drift__map_puts(m, "id", r->id);
}

void
drift__compare_resource(struct drift__state_comparison *c, const struct drift_resource *from, const struct drift_resource *to)
{
	struct walk w = {.c = c, .rules = {from, to, type_of(c, to)}};
	struct drift__map_builder m;
	const struct drift_value *changes;

	drift__list_init(&w.changes, c->a);
	add_meta(&w, "(tainted)", drift__value_bool((from->flags & DRIFT__TAINTED) != 0), drift__value_bool((to->flags & DRIFT__TAINTED) != 0));
	add_meta(&w, "(provider)", drift__value_string(c->a, from->more->provider_alias), drift__value_string(c->a, to->more->provider_alias));
	add_meta(&w, "(schema_version)", drift__value_int(c->a, from->schema_version), drift__value_int(c->a, to->schema_version));
	add_meta(&w, "(dependencies)", or_null(from->dependencies), or_null(to->dependencies));
	compare_values(&w, from->attributes, to->attributes);
	if (w.changes.len == 0 && !w.changes.failed) {
		drift__list_dispose(&w.changes);
		return;
	}
	changes = drift__list_finish(&w.changes);
	drift__compare_start(c, &m, to);
	drift__map_put(&m, "changes", changes);
	drift__list_add(&c->changed, drift__map_finish(&m));
}
