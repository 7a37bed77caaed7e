/* State, plan and live side -> the resources that the policy is about, and what happens to each.
 *
 * The state says what is managed; the plan, what becomes of it and what is added; the live side, what of that exists already and is to be
 * imported. Data sources are read by every run. */
#include "policy/needs.h"

#include "imports/imports.h"

#include <stdlib.h>
#include <string.h>

enum { MODULE_DEPTH_MAX = 100, VALUE_DEPTH_MAX = 50 };

struct collector {
	struct drift__policy_maker *mk;
	const struct drift_value **changes; /* of resource_changes, by address */
	size_t n_changes;
	struct drift_imports *imports;      /* creates of the plan that exist live; NULL = none looked for */
	const char **known;                 /* addresses that are subjects by the state, sorted */
	size_t n_known;
};

static enum drift_status
add(struct drift__subjects *s, const struct drift__subject *one)
{
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? s->cap * 2 : 128;
		struct drift__subject *grown = drift__arena_alloc(s->arena, cap * sizeof(*grown));

		if (grown == NULL)
			return DRIFT_NOMEM;
		if (s->n > 0)
			memcpy(grown, s->list, s->n * sizeof(*grown));
		s->list = grown;
		s->cap = cap;
	}
	s->list[s->n++] = *one;
	return DRIFT_OK;
}

/* ---- the plan ---- */

static int
change_order(const void *pa, const void *pb)
{
	const struct drift_value *a = *(const struct drift_value *const *)pa, *b = *(const struct drift_value *const *)pb;
	const char *x = drift__value_gets(a, "address"), *y = drift__value_gets(b, "address");
	int c = strcmp(x, y);

	/* the current object before the deposed ones */
	return c != 0 ? c : (drift_value_get(a, "deposed") != NULL) - (drift_value_get(b, "deposed") != NULL);
}

static int
find_change(const void *address, const void *element)
{
	return strcmp(address, drift__value_gets(*(const struct drift_value *const *)element, "address"));
}

static enum drift_status
open_plan(struct collector *c, struct drift_error *err)
{
	const struct drift_value *root = drift_document_root(c->mk->opt->plan), *list = drift_value_get(root, "resource_changes");
	struct drift__arena *a = c->mk->subjects.arena;
	enum drift_status st;

	c->mk->plan = drift__arena_zalloc(a, sizeof(*c->mk->plan));
	c->changes = drift__arena_alloc(a, (drift_value_size(list) + 1) * sizeof(*c->changes));
	if (c->mk->plan == NULL || c->changes == NULL)
		return drift__nomem(err);
	st = drift__plan_open(a, root, c->mk->plan, err);
	if (st != DRIFT_OK)
		return st;
	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *rc = drift_value_at(list, i);

		if (drift__value_gets(rc, "address") != NULL && drift_value_get(rc, "deposed") == NULL)
			c->changes[c->n_changes++] = rc;
	}
	if (c->n_changes > 0)
		qsort(c->changes, c->n_changes, sizeof(*c->changes), change_order);
	return DRIFT_OK;
}

static const struct drift_value *
change_of(const struct collector *c, const char *address)
{
	const struct drift_value **found = address != NULL && c->n_changes > 0 ?
		bsearch(address, c->changes, c->n_changes, sizeof(*c->changes), find_change) : NULL;

	return found != NULL ? *found : NULL;
}

/* What Terraform does by the actions of a change; "" = nothing is written of it. */
static const char *
phases_of_change(const struct drift_value *rc)
{
	const struct drift_value *actions = drift_value_get(drift_value_get(rc, "change"), "actions");
	bool create = false, update = false, remove = false;

	for (size_t k = 0; k < drift_value_size(actions); k++) {
		const char *word = drift__value_str(drift_value_at(actions, k));

		create = create || drift__streq(word, "create");
		update = update || drift__streq(word, "update");
		remove = remove || drift__streq(word, "delete");
	}
	return create && remove ? "RCD" : create ? "RC" : update ? "RU" : remove ? "RD" : "R";
}

static const char *
phases_of(const struct collector *c, const char *address)
{
	const struct drift_value *rc = change_of(c, address);

	if (c->mk->opt->mode != DRIFT_POLICY_APPLY)
		return "R";
	if (c->mk->opt->plan == NULL)
		return "RCUD";
	return rc != NULL ? phases_of_change(rc) : "R";
}

/* The planned value with DRIFT__UNKNOWN in the places that only the apply will fill. */
static const struct drift_value *
with_unknown(struct drift__policy_maker *mk, const struct drift_value *after, const struct drift_value *unknown, int depth)
{
	enum drift_kind kind = drift_value_kind(after);
	struct drift__map_builder m;
	struct drift__list_builder l;

	if (drift_value_kind(unknown) == DRIFT_BOOL && drift_value_bool(unknown))
		return drift__got(mk, drift__value_string(mk->subjects.arena, DRIFT__UNKNOWN));
	if (depth > VALUE_DEPTH_MAX || kind != drift_value_kind(unknown) || !drift__is_unknown(unknown))
		return after;
	if (kind == DRIFT_MAP) {
		drift__map_init(&m, mk->subjects.arena);
		for (size_t i = 0; i < drift_value_size(after); i++) {
			const char *key = drift_value_key(after, i, NULL);

			drift__map_put(&m, key, with_unknown(mk, drift_value_at(after, i), drift_value_get(unknown, key), depth + 1));
		}
		for (size_t i = 0; i < drift_value_size(unknown); i++) {
			const char *key = drift_value_key(unknown, i, NULL);
			const struct drift_value *more = drift_value_get(after, key) == NULL ? with_unknown(mk, NULL, drift_value_at(unknown, i), depth + 1) : NULL;

			if (more != NULL)
				drift__map_put(&m, key, more);
		}
		return drift__got(mk, drift__map_finish(&m));
	}
	if (kind != DRIFT_LIST || drift_value_size(after) != drift_value_size(unknown))
		return after;
	drift__list_init(&l, mk->subjects.arena);
	for (size_t i = 0; i < drift_value_size(after); i++)
		drift__list_add(&l, with_unknown(mk, drift_value_at(after, i), drift_value_at(unknown, i), depth + 1));
	return drift__got(mk, drift__list_finish(&l));
}

/* What the plan makes of a resource, and which of its attributes that changes. */
static void
lay_plan(struct drift__policy_maker *mk, struct drift__subject *s, const struct drift_value *rc)
{
	const struct drift_value *change = drift_value_get(rc, "change"), *after = drift_value_get(change, "after");
	const struct drift_value *unknown = drift_value_get(change, "after_unknown"), *before = drift_value_get(change, "before");
	struct drift__map_builder m, changed;

	if (drift_value_kind(after) != DRIFT_MAP)
		return;
	drift__map_init(&m, mk->subjects.arena);
	drift__map_init(&changed, mk->subjects.arena);
	for (size_t i = 0; i < drift_value_size(after); i++) {
		const char *key = drift_value_key(after, i, NULL);

		drift__map_put(&m, key, with_unknown(mk, drift_value_at(after, i), drift_value_get(unknown, key), 0));
		if (drift__value_compare(drift_value_at(after, i), drift_value_get(before, key) != NULL ? drift_value_get(before, key) : &drift__null) != 0)
			drift__map_putb(&changed, key, true);
	}
	for (size_t i = 0; i < drift_value_size(unknown); i++) {
		const char *key = drift_value_key(unknown, i, NULL);

		if (!drift__is_unknown(drift_value_at(unknown, i)))
			continue;
		drift__map_putb(&changed, key, true);
		if (drift_value_kind(drift_value_at(unknown, i)) == DRIFT_BOOL && drift_value_get(after, key) == NULL)
			drift__map_puts(&m, key, DRIFT__UNKNOWN);
	}
	s->after = drift__got(mk, drift__map_finish(&m));
	s->changed = drift__got(mk, drift__map_finish(&changed));
}

static const struct drift__planned *
create_of(const struct drift__plan *plan, const char *address)
{
	for (size_t low = 0, high = plan != NULL ? plan->n : 0; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(address, plan->list[mid].address);

		if (c == 0)
			return &plan->list[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* ---- the state ---- */

static int
text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_known(const struct collector *c, const char *address)
{
	return c->n_known > 0 && bsearch(&address, c->known, c->n_known, sizeof(*c->known), text_order) != NULL;
}

static const char *
data_type(struct drift__policy_maker *mk, const char *type)
{
	return drift__got(mk, drift__arena_printf(mk->subjects.arena, "data.%s", type));
}

static const char *
known_text(const struct drift_value *attributes, const char *name)
{
	const char *text = drift__value_gets(attributes, name);

	return text != NULL && strcmp(text, DRIFT__UNKNOWN) != 0 ? text : NULL;
}

static void
fill_from_attributes(struct drift__subject *s)
{
	if (s->arn == NULL)
		s->arn = known_text(s->attributes, "arn");
	if (s->id == NULL)
		s->id = known_text(s->attributes, "id");
	if (s->name == NULL)
		s->name = known_text(s->attributes, "name");
	if (s->tags == NULL)
		s->tags = drift_value_get(s->attributes, "tags_all");
}

static enum drift_status
add_state(struct collector *c)
{
	struct drift__policy_maker *mk = c->mk;
	const struct drift_snapshot *state = mk->opt->state;

	c->known = drift__arena_alloc(mk->subjects.arena, ((state != NULL ? state->n_resources : 0) + 1) * sizeof(*c->known));
	if (c->known == NULL)
		return DRIFT_NOMEM;
	for (size_t i = 0; state != NULL && i < state->n_resources; i++) {
		const struct drift_resource *r = &state->resources[i];
		struct drift__subject one = {.type = r->type, .address = r->address, .attributes = r->attributes, .tags = r->tags, .id = r->id,
			.arn = r->arn, .name = r->name, .region = r->region};
		const struct drift_value *rc = change_of(c, r->address);

		if ((r->flags & DRIFT__FOREIGN) != 0)
			continue;
		if (r->address != NULL)
			c->known[c->n_known++] = r->address;
		if ((r->flags & DRIFT__DATA) != 0)
			one.type = data_type(mk, r->type);
		fill_from_attributes(&one);
		one.phases = (r->flags & DRIFT__DATA) != 0 ? "R" : r->more->deposed != NULL ? "RD" : phases_of(c, r->address);
		if (mk->opt->mode != DRIFT_POLICY_APPLY)
			one.phases = "R";
		if (rc != NULL && r->more->deposed == NULL)
			lay_plan(mk, &one, rc);
		one.create = create_of(mk->plan, r->address != NULL ? r->address : "");
		if (one.type == NULL || add(&mk->subjects, &one) != DRIFT_OK)
			return DRIFT_NOMEM;
	}
	if (c->n_known > 0)
		qsort(c->known, c->n_known, sizeof(*c->known), text_order);
	return DRIFT_OK;
}

/* ---- what the plan has beyond the state ---- */

static bool
is_aws(const struct drift_value *rc)
{
	const char *provider = drift__value_gets(rc, "provider_name");

	return provider == NULL || drift__ends(provider, "/aws") || strcmp(provider, "aws") == 0;
}

/* The live object that a create of the plan is about: it is to be imported, not made. */
static const struct drift__import *
import_of(const struct collector *c, const char *address)
{
	for (size_t i = 0; c->imports != NULL && i < c->imports->n; i++) {
		if (strcmp(c->imports->items[i].address, address) == 0)
			return &c->imports->items[i];
	}
	return NULL;
}

static enum drift_status
add_planned(struct collector *c)
{
	struct drift__policy_maker *mk = c->mk;
	bool apply = mk->opt->mode == DRIFT_POLICY_APPLY;

	for (size_t i = 0; i < c->n_changes; i++) {
		const struct drift_value *rc = c->changes[i], *before = drift_value_get(drift_value_get(rc, "change"), "before");
		struct drift__subject one = {.type = drift__value_gets(rc, "type"), .address = drift__value_gets(rc, "address")};
		const struct drift__import *import = import_of(c, one.address);
		bool data = drift__streq(drift__value_gets(rc, "mode"), "data");

		if (one.type == NULL || !is_aws(rc) || is_known(c, one.address))
			continue;
		lay_plan(mk, &one, rc);
		one.create = create_of(mk->plan, one.address);
		if (import != NULL) {
			const struct drift_resource *r = import->live;

			one.attributes = r->attributes;
			one.arn = r->arn;
			one.id = r->id;
			one.name = r->name;
			one.tags = r->tags;
			one.region = r->region;
			one.create = NULL;
			/* a perfect import changes nothing; which attributes another one changes stands in no plan yet */
			one.after = one.changed = NULL;
			one.phases = apply && !drift__streq(import->forecast, "no-op") ? "RU" : "R";
		} else {
			one.planned = drift_value_kind(before) != DRIFT_MAP;
			one.attributes = one.planned ? one.after : before;
			one.region = one.create != NULL ? one.create->region : NULL;
			one.phases = data || !apply ? "R" : phases_of_change(rc);
		}
		if (data)
			one.type = data_type(mk, one.type);
		fill_from_attributes(&one);
		if (one.type == NULL || add(&mk->subjects, &one) != DRIFT_OK)
			return DRIFT_NOMEM;
	}
	return DRIFT_OK;
}

/* Data sources that were read while planning stand in the plan's prior state alone. */
static enum drift_status
add_prior_data(struct collector *c, const struct drift_value *module, int depth)
{
	const struct drift_value *list = drift_value_get(module, "resources"), *children = drift_value_get(module, "child_modules");
	enum drift_status st = DRIFT_OK;

	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *r = drift_value_at(list, i);
		struct drift__subject one = {.address = drift__value_gets(r, "address"), .attributes = drift_value_get(r, "values"), .phases = "R"};

		if (!drift__streq(drift__value_gets(r, "mode"), "data") || drift__value_gets(r, "type") == NULL || one.address == NULL || !is_aws(r) ||
		    is_known(c, one.address) || change_of(c, one.address) != NULL)
			continue;
		one.type = data_type(c->mk, drift__value_gets(r, "type"));
		fill_from_attributes(&one);
		if (one.type == NULL || add(&c->mk->subjects, &one) != DRIFT_OK)
			return DRIFT_NOMEM;
	}
	for (size_t i = 0; depth < MODULE_DEPTH_MAX && st == DRIFT_OK && i < drift_value_size(children); i++)
		st = add_prior_data(c, drift_value_at(children, i), depth + 1);
	return st;
}

/* ---- the live side, without a plan: what no state has is to be imported, and managed from then on ---- */

/* What the state has is not taken from the live side again. */
static bool
is_managed(const struct drift_snapshot *state, const struct drift_resource *live)
{
	size_t first, n = state != NULL ? drift__snapshot_of_type(state, live->type, &first) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct drift_resource *r = &state->resources[first + i];
		const char *arn = r->arn != NULL ? r->arn : drift__value_gets(r->attributes, "arn");

		if ((arn != NULL && drift__streq(arn, live->arn)) ||
		    (drift__streq(r->id, live->id) && (r->region == NULL || live->region == NULL || strcmp(r->region, live->region) == 0)))
			return true;
	}
	return false;
}

static enum drift_status
add_live(struct collector *c)
{
	const struct drift_snapshot *live = c->mk->opt->live;

	for (size_t i = 0; live != NULL && i < live->n_resources; i++) {
		const struct drift_resource *r = &live->resources[i];
		struct drift__subject one = {.type = r->type, .attributes = r->attributes, .tags = r->tags, .id = r->id, .arn = r->arn, .name = r->name,
			.region = r->region};

		if ((r->flags & (DRIFT__GONE | DRIFT__AWS_DEFAULT | DRIFT__BACKEND)) != 0 || (r->flags & DRIFT__IN_SCOPE) == 0 || r->more->owner != NULL ||
		    is_managed(c->mk->opt->state, r))
			continue;
		fill_from_attributes(&one);
		one.phases = c->mk->opt->mode == DRIFT_POLICY_APPLY ? "RCUD" : "R";
		if (add(&c->mk->subjects, &one) != DRIFT_OK)
			return DRIFT_NOMEM;
	}
	return DRIFT_OK;
}

static enum drift_status
match_imports(struct collector *c, struct drift_error *err)
{
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;

	opt.plan = c->mk->opt->plan;
	return drift_imports_make(c->mk->catalogue, c->mk->opt->state, c->mk->opt->live, &opt, &c->imports, err);
}

/* ---- finding them by name ---- */

static int
key_order(const void *pa, const void *pb)
{
	const struct drift__subject_key *a = pa, *b = pb;
	int c = strcmp(a->text, b->text);

	return c != 0 ? c : (a->subject > b->subject) - (a->subject < b->subject);
}

static enum drift_status
index_names(struct drift__subjects *s)
{
	s->keys = drift__arena_alloc(s->arena, (s->n * 4 + 1) * sizeof(*s->keys));
	if (s->keys == NULL)
		return DRIFT_NOMEM;
	for (size_t i = 0; i < s->n; i++) {
		const char *names[] = {s->list[i].address, s->list[i].arn, s->list[i].id, s->list[i].name};

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			bool again = names[k] == NULL || names[k][0] == '\0' || strncmp(s->list[i].type, "data.", 5) == 0;

			for (size_t j = 0; j < k && !again; j++)
				again = drift__streq(names[j], names[k]);
			if (!again)
				s->keys[s->n_keys++] = (struct drift__subject_key){names[k], i};
		}
	}
	if (s->n_keys > 0)
		qsort(s->keys, s->n_keys, sizeof(*s->keys), key_order);
	return DRIFT_OK;
}

size_t
drift__subjects_named(const struct drift__subjects *s, const char *text, size_t *first)
{
	size_t low = 0, n = 0;

	for (size_t high = s->n_keys; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(s->keys[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < s->n_keys && strcmp(s->keys[low + n].text, text) == 0)
		n++;
	*first = low;
	return n;
}

enum drift_status
drift__subjects_collect(struct drift__policy_maker *mk, struct drift_error *err)
{
	struct collector c = {.mk = mk};
	enum drift_status st = DRIFT_OK;

	if (mk->opt->plan != NULL)
		st = open_plan(&c, err);
	if (st == DRIFT_OK && mk->opt->plan != NULL && mk->opt->live != NULL)
		st = match_imports(&c, err);
	if (st != DRIFT_OK)
		goto done;
	st = add_state(&c);
	if (st == DRIFT_OK && mk->opt->plan != NULL) {
		const struct drift_value *prior = drift_value_get(drift_document_root(mk->opt->plan), "prior_state");

		st = add_planned(&c);
		if (st == DRIFT_OK)
			st = add_prior_data(&c, drift_value_get(drift_value_get(prior, "values"), "root_module"), 0);
	} else if (st == DRIFT_OK) {
		st = add_live(&c);
	}
	if (st == DRIFT_OK)
		st = index_names(&mk->subjects);
	if (st == DRIFT_NOMEM || mk->needs.failed)
		st = drift__nomem(err);
done:
	drift_imports_free(c.imports);
	return st;
}
