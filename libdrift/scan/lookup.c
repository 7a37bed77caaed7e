/* What a plan creates, or an older state had, of types that are never listed (single S3 objects, secret versions): looked up one by one, for a
 * plan with what the matched resources that they refer to tell. */
#include <string.h>

#include "catalogue/type.h"
#include "drift/scan.h"
#include "imports/claims.h"
#include "imports/look.h"
#include "imports/planned.h"
#include "model/resource.h"

struct lookup {
	const struct drift_catalogue *catalogue;
	const struct drift__plan *plan;
	const struct drift_value *imports; /* list of {address, type, id} */
	const struct drift_snapshot *state;
	struct drift_snapshot *live, *wanted;
	struct drift__arena *arena;
	struct drift_error *err;
};

/* The live resource that a planned one was matched with. */
static const struct drift_resource *
matched(const struct lookup *l, const struct drift__planned *p)
{
	size_t i, j, first, n;

	for (i = 0; i < drift_value_size(l->imports); i++) {
		const struct drift_value *e = drift_value_at(l->imports, i);

		if (!drift__streq(drift__value_gets(e, "address"), p->address))
			continue;
		n = drift__snapshot_of_type(l->live, p->type, &first);
		for (j = first; j < first + n; j++)
			if (drift__streq(l->live->resources[j].import_id, drift__value_gets(e, "id")))
				return &l->live->resources[j];
	}
	return NULL;
}

/* The value that an attribute known only after apply will take from what it refers to; NULL when that can't be told. */
static const struct drift_value *
resolved(struct lookup *l, const struct drift__planned *p, const char *attribute)
{
	struct drift__targets targets = {0};
	const struct drift_resource *r = NULL;
	const char *from = NULL;
	size_t i, n = 0;

	if (drift__plan_targets(l->plan, p, attribute, &targets) != DRIFT_OK)
		return NULL;
	for (i = 0; i < targets.n; i++) {
		const struct drift_resource *m = drift__is_same_key(&targets, i) ? matched(l, &l->plan->list[targets.list[i].planned]) : NULL;

		if (m == NULL || m == r)
			continue;
		r = m;
		from = targets.list[i].attribute;
		n++;
	}
	if (n != 1)
		return NULL;
	return from != NULL ? drift__look_live(l->arena, r, from) : drift__value_string(l->arena, r->id);
}

static const struct drift_value *
attributes_of(struct lookup *l, const struct drift__planned *p)
{
	struct drift__map_builder out;
	size_t i;

	drift__map_init(&out, &l->wanted->arena);
	for (i = 0; i < drift_value_size(p->after); i++)
		drift__map_put(&out, drift_value_key(p->after, i, NULL), drift__value_copy(&l->wanted->arena, drift_value_at(p->after, i)));
	for (i = 0; i < drift_value_size(p->unknown); i++) {
		const struct drift_value *v;

		if (!drift_value_bool(drift_value_at(p->unknown, i)))
			continue;
		v = resolved(l, p, drift_value_key(p->unknown, i, NULL));
		if (v != NULL)
			drift__map_put(&out, drift_value_key(p->unknown, i, NULL), drift__value_copy(&l->wanted->arena, v));
	}
	return drift__map_finish(&out);
}

static bool
is_managed(const struct lookup *l, const struct drift__planned *p)
{
	size_t i, first, n = drift__snapshot_of_type(l->state, p->type, &first);

	for (i = first; i < first + n; i++)
		if (drift__streq(l->state->resources[i].address, p->address))
			return true;
	return false;
}

/* Whether the attributes that identify one are known: without its bucket no object can be asked for. */
static bool
is_identified(const struct drift__type *t, const struct drift_value *attributes)
{
	const struct drift_value *names = drift_value_at(drift_value_get(t->entry, "match"), 0);
	size_t i;

	for (i = 0; i < drift_value_size(names); i++)
		if (drift__value_is_empty(drift_value_get(attributes, drift__value_str(drift_value_at(names, i)))))
			return false;
	return true;
}

/* The type, when it has a look-up and no list; else NULL. */
static const struct drift__type *
only_looked_up(const struct lookup *l, const char *type)
{
	const struct drift__type *t = drift__catalogue_type(l->catalogue, type, NULL);

	return t != NULL && t->n_lists == 0 && t->lookup != NULL ? t : NULL;
}

/* Collects the creates of such types. What a state has by now, an old plan may still create. */
static enum drift_status
collect(struct lookup *l, size_t *n_out)
{
	size_t i;

	*n_out = 0;
	for (i = 0; i < l->plan->n; i++) {
		const struct drift__planned *p = &l->plan->list[i];
		const struct drift__type *t = only_looked_up(l, p->type);
		const struct drift_value *attributes;
		struct drift_resource *r;

		if (t == NULL || is_managed(l, p) || matched(l, p) != NULL)
			continue;
		attributes = attributes_of(l, p);
		if (attributes != NULL && !is_identified(t, attributes))
			continue;
		r = attributes != NULL ? drift__snapshot_add(l->wanted, p->type) : NULL;
		if (r == NULL)
			return drift__nomem(l->err);
		r->attributes = attributes;
		++*n_out;
	}
	return drift__snapshot_seal(l->wanted, l->err);
}

/* Collects what an older state had of such types, and the state has not now. */
static enum drift_status
collect_once_managed(struct lookup *l, const struct drift_snapshot *history)
{
	const unsigned never = DRIFT__DATA | DRIFT__DEPOSED | DRIFT__FOREIGN;
	struct drift__claims now = {0};
	enum drift_status st = drift__claims_make(l->state, &now, l->err);
	size_t i;

	for (i = 0; i < history->n_resources && st == DRIFT_OK; i++) {
		const struct drift_resource *h = &history->resources[i];
		struct drift_resource *r;

		if ((h->flags & never) != 0 || only_looked_up(l, h->type) == NULL || drift__claims_resource(&now, h) != NULL)
			continue;
		r = drift__snapshot_add(l->wanted, h->type);
		if (r == NULL)
			st = drift__nomem(l->err);
		else
			r->attributes = drift__value_copy(&l->wanted->arena, h->attributes);
	}
	drift__claims_dispose(&now);
	return st == DRIFT_OK ? drift__snapshot_seal(l->wanted, l->err) : st;
}

static const char *
text(struct drift__arena *a, const char *s)
{
	return drift__arena_strdup(a, s);
}

/* Found ones join the live snapshot. They count as looked up: nobody is told that they are unmanaged. */
static enum drift_status
join(struct lookup *l, const struct drift_snapshot *found)
{
	struct drift__arena *a = &l->live->arena;
	size_t i;

	for (i = 0; i < found->n_resources; i++) {
		const struct drift_resource *f = &found->resources[i];
		struct drift__more more = {0};
		struct drift_resource *r;
		const char **keys;

		if ((f->flags & DRIFT__LOOKED_UP) == 0)
			continue;
		r = drift__snapshot_add(l->live, f->type);
		keys = drift__arena_zalloc(a, 2 * sizeof *keys);
		more.parent_type = text(a, f->more->parent_type);
		more.parent_key = text(a, f->more->parent_key);
		if (r == NULL || keys == NULL || !drift__resource_tell(l->live, r, &more))
			return drift__nomem(l->err);
		keys[0] = f->keys != NULL ? text(a, f->keys[0]) : NULL;
		r->flags = f->flags;
		r->id = text(a, f->id);
		r->name = text(a, f->name);
		r->arn = text(a, f->arn);
		r->account = text(a, f->account);
		r->region = text(a, f->region);
		r->import_id = text(a, f->import_id);
		r->keys = keys;
		r->read_ms = f->read_ms;
		r->tags = f->tags != NULL ? drift__value_copy(a, f->tags) : NULL;
		r->attributes = f->attributes != NULL ? drift__value_copy(a, f->attributes) : NULL;
	}
	return drift__snapshot_seal(l->live, l->err);
}

/* What it cost is part of what the scan cost. */
static enum drift_status
add_cost(struct lookup *l, const struct drift_snapshot *found)
{
	static const char *const names[] = {"api_calls", "retries", "throttles"};
	const struct drift_value *meta = l->live->meta;
	struct drift__map_builder out;
	size_t i;

	drift__map_init(&out, &l->live->arena);
	for (i = 0; i < drift_value_size(meta); i++)
		drift__map_put(&out, drift_value_key(meta, i, NULL), drift_value_at(meta, i));
	for (i = 0; i < 3; i++) {
		int64_t before = 0, more = 0;

		(void)drift__value_to_int(drift_value_get(meta, names[i]), &before);
		(void)drift__value_to_int(drift_value_get(found->meta, names[i]), &more);
		drift__map_puti(&out, names[i], before + more);
	}
	if (drift_value_size(found->gaps) > 0)
		drift__map_putb(&out, "complete", false);
	meta = drift__map_finish(&out);
	if (meta == NULL)
		return drift__nomem(l->err);
	l->live->meta = meta;
	return DRIFT_OK;
}

/* What could not be asked for is unknown, not absent. */
static enum drift_status
add_gaps(struct lookup *l, const struct drift_snapshot *found)
{
	const struct drift_value *const lists[] = {l->live->gaps, found->gaps}, *all;
	struct drift__list_builder out;
	size_t i, k;

	if (drift_value_size(found->gaps) == 0)
		return DRIFT_OK;
	drift__list_init(&out, &l->live->arena);
	for (i = 0; i < 2; i++)
		for (k = 0; k < drift_value_size(lists[i]); k++)
			drift__list_add(&out, i == 0 ? drift_value_at(lists[i], k) : drift__value_copy(&l->live->arena, drift_value_at(lists[i], k)));
	all = drift__list_finish(&out);
	if (all == NULL)
		return drift__nomem(l->err);
	l->live->gaps = all;
	return DRIFT_OK;
}

static enum drift_status
look_up(struct lookup *l, struct drift_session *session)
{
	struct drift_inventory_options io = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_snapshot *found = NULL;
	const char **types = drift__arena_zalloc(l->arena, (l->wanted->n_resources + 1) * sizeof *types);
	enum drift_status st;
	size_t i, n = 0;

	if (types == NULL)
		return drift__nomem(l->err);
	for (i = 0; i < l->wanted->n_resources; i++)
		if (n == 0 || strcmp(types[n - 1], l->wanted->resources[i].type) != 0)
			types[n++] = l->wanted->resources[i].type;
	io.types = types;
	io.state = l->wanted;
	io.account = drift__value_gets(drift_snapshot_meta(l->live), "account");
	st = drift_inventory_scan(session, &io, &found, l->err);
	if (st == DRIFT_OK)
		st = join(l, found);
	if (st == DRIFT_OK)
		st = add_cost(l, found);
	if (st == DRIFT_OK)
		st = add_gaps(l, found);
	drift_snapshot_free(found);
	return st;
}

enum drift_status
drift_scan_look_up(const struct drift_catalogue *catalogue, struct drift_session *session, const struct drift_document *plan,
	const struct drift_state *state, struct drift_snapshot *live, struct drift_error *err)
{
	struct drift_import_options io = DRIFT_IMPORT_OPTIONS_INIT;
	struct lookup l = {.catalogue = catalogue, .state = drift_state_snapshot(state), .live = live, .err = err};
	struct drift_imports *imports = NULL;
	struct drift__arena arena;
	struct drift__plan parsed;
	enum drift_status st;
	size_t n = 0;

	drift__arena_init(&arena, 0);
	l.arena = &arena;
	l.wanted = drift__snapshot_new(DRIFT_SIDE_STATE);
	io.plan = plan;
	st = l.wanted != NULL ? drift__plan_open(&arena, drift_document_root(plan), &parsed, err) : drift__nomem(err);
	if (st == DRIFT_OK)
		st = drift_imports_make(catalogue, drift_state_snapshot(state), live, &io, &imports, err);
	if (st == DRIFT_OK) {
		l.plan = &parsed;
		l.imports = drift_value_get(drift_imports_root(imports), "imports");
		st = collect(&l, &n);
	}
	/* the imports lend from live, which is about to grow */
	drift_imports_free(imports);
	l.imports = NULL;
	if (st == DRIFT_OK && n > 0)
		st = look_up(&l, session);
	drift_snapshot_free(l.wanted);
	drift__arena_dispose(&arena);
	return st;
}

enum drift_status
drift_scan_look_up_once_managed(const struct drift_catalogue *catalogue, struct drift_session *session, const struct drift_snapshot *history,
	const struct drift_snapshot *state, struct drift_snapshot *live, struct drift_error *err)
{
	struct lookup l = {.catalogue = catalogue, .state = state, .live = live, .err = err};
	struct drift__arena arena;
	enum drift_status st;

	drift__arena_init(&arena, 0);
	l.arena = &arena;
	l.wanted = drift__snapshot_new(DRIFT_SIDE_STATE);
	st = l.wanted != NULL ? collect_once_managed(&l, history) : drift__nomem(err);
	if (st == DRIFT_OK && l.wanted->n_resources > 0)
		st = look_up(&l, session);
	drift_snapshot_free(l.wanted);
	drift__arena_dispose(&arena);
	return st;
}
