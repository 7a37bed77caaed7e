/* Imports of an old inventory -> what of it is still there: each is looked up again before its id is written. */
#include <string.h>

#include "drift/scan.h"
#include "model/resource.h"

struct look {
	struct drift_snapshot *live, *wanted, *found;
	const char **types, **regions; /* NULL-terminated */
	struct drift__list_builder gone, unknown;
	struct drift_error *err;
};

static struct drift_resource *
find(const struct drift_snapshot *s, const char *type, const char *id, const char *region)
{
	size_t first, n = drift__snapshot_of_type(s, type, &first);

	for (size_t i = first; i < first + n; i++) {
		struct drift_resource *r = &s->resources[i];

		if (drift__streq(r->id, id) && (region == NULL || r->region == NULL || strcmp(region, r->region) == 0))
			return r;
	}
	return NULL;
}

static size_t
add_once(const char **list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], text) == 0)
			return n;
	}
	list[n] = text;
	return n + 1;
}

/* What a state would say of them, so that the scan looks for these and describes no others. */
static enum drift_status
want(struct look *l, const struct drift_value *stale)
{
	struct drift__arena *a = &l->wanted->arena;
	size_t n = drift_value_size(stale), n_types = 0, n_regions = 0;

	l->types = drift__arena_zalloc(a, (n + 1) * sizeof *l->types);
	l->regions = drift__arena_zalloc(a, (n + 1) * sizeof *l->regions);
	for (size_t i = 0; l->types != NULL && l->regions != NULL && i < n; i++) {
		const struct drift_value *one = drift_value_at(stale, i);
		const char *type = drift__value_gets(one, "type"), *region = drift__value_gets(one, "region");
		const struct drift_resource *r = find(l->live, type, drift__value_gets(one, "id"), region);
		struct drift_resource *w = r != NULL ? drift__snapshot_add(l->wanted, type) : NULL;
		struct drift__map_builder m;

		if (r == NULL)
			continue;
		if (w == NULL)
			return drift__nomem(l->err);
		drift__map_init(&m, a);
		for (size_t k = 0; k < drift_value_size(r->attributes); k++)
			drift__map_put(&m, drift_value_key(r->attributes, k, NULL), drift_value_at(r->attributes, k));
		drift__map_puts(&m, "id", r->id);
		drift__map_puts(&m, "arn", r->arn);
		w->id = r->id;
		w->arn = r->arn;
		w->region = r->region;
		w->attributes = drift__map_finish(&m);
		if (w->attributes == NULL)
			return drift__nomem(l->err);
		n_types = add_once(l->types, n_types, type);
		if (region != NULL)
			n_regions = add_once(l->regions, n_regions, region);
	}
	if (l->types == NULL || l->regions == NULL)
		return drift__nomem(l->err);
	return drift__snapshot_seal(l->wanted, l->err);
}

static const char *
why_unknown(const struct look *l, const char *type)
{
	for (size_t i = 0; i < drift_value_size(l->found->gaps); i++) {
		const struct drift_value *gap = drift_value_at(l->found->gaps, i);

		if (drift__streq(drift__value_gets(gap, "type"), type))
			return drift__value_gets(gap, "reason") != NULL ? drift__value_gets(gap, "reason") : "it could not be read";
	}
	return NULL;
}

static void
judge(struct look *l, const struct drift_value *stale)
{
	for (size_t i = 0; i < drift_value_size(stale); i++) {
		const struct drift_value *one = drift_value_at(stale, i);
		const char *type = drift__value_gets(one, "type"), *id = drift__value_gets(one, "id"), *region = drift__value_gets(one, "region");
		struct drift_resource *r = find(l->live, type, id, region), *now = find(l->found, type, id, region);
		const char *why = why_unknown(l, type);
		struct drift__map_builder m;

		if (r == NULL)
			continue;
		if (now != NULL && (now->flags & DRIFT__GONE) == 0) {
			r->read_ms = now->read_ms;
			continue;
		}
		drift__map_init(&m, l->gone.arena);
		drift__map_puts(&m, "address", drift__value_gets(one, "address"));
		drift__map_puts(&m, "type", type);
		drift__map_puts(&m, "id", id);
		drift__map_puts(&m, "reason", now == NULL && why != NULL ? why : "it does not exist any more");
		drift__list_add(now == NULL && why != NULL ? &l->unknown : &l->gone, drift__map_finish(&m));
		if (now != NULL || why == NULL)
			r->flags |= DRIFT__GONE;
	}
}

enum drift_status
drift_scan_look_again(struct drift_session *session, const struct drift_value *stale, struct drift_snapshot *live,
	struct drift_document **out, struct drift_error *err)
{
	struct drift_inventory_options io = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct look l = {.live = live, .wanted = drift__snapshot_new(DRIFT_SIDE_STATE), .err = err};
	struct drift__map_builder m;
	enum drift_status st = doc != NULL && l.wanted != NULL ? DRIFT_OK : drift__nomem(err);

	if (doc != NULL)
		drift__arena_init(&doc->arena, 0);
	if (st == DRIFT_OK)
		st = want(&l, stale);
	if (st == DRIFT_OK) {
		io.types = l.types;
		io.regions = l.regions[0] != NULL ? l.regions : NULL;
		io.state = l.wanted;
		st = drift_inventory_scan(session, &io, &l.found, err);
	}
	if (st == DRIFT_OK) {
		drift__list_init(&l.gone, &doc->arena);
		drift__list_init(&l.unknown, &doc->arena);
		judge(&l, stale);
		drift__map_init(&m, &doc->arena);
		drift__map_put(&m, "gone", drift__list_finish(&l.gone));
		drift__map_put(&m, "unknown", drift__list_finish(&l.unknown));
		doc->root = drift__map_finish(&m);
		st = doc->root != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift_snapshot_free(l.found);
	drift_snapshot_free(l.wanted);
	if (st != DRIFT_OK) {
		drift_document_free(doc);
		return st;
	}
	*out = doc;
	return DRIFT_OK;
}
