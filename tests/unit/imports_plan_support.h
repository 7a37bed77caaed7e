/* The demo account for tests of plan matching: plan.json has the creates, prod.tfstate says which live object each one is. */
#ifndef IMPORTS_PLAN_SUPPORT_H
#define IMPORTS_PLAN_SUPPORT_H

#include "imports_support.h"

#include "imports/quote.h"

#define PLAN "fixtures/account/plan.json"
#define STATE "fixtures/account/prod.tfstate"

static struct entries entries;

/* address -> id, from the state itself */
static inline const char *
true_id(const struct drift_value *state, const char *address)
{
	const struct drift_value *resources = drift_value_get(state, "resources");

	for (size_t i = 0; i < drift_value_size(resources); i++) {
		const struct drift_value *res = drift_value_at(resources, i), *instances = drift_value_get(res, "instances");
		const char *module = drift__value_gets(res, "module");

		if (!drift__streq(drift__value_gets(res, "mode"), "managed"))
			continue;
		for (size_t k = 0; k < drift_value_size(instances); k++) {
			const struct drift_value *key = drift_value_get(drift_value_at(instances, k), "index_key");
			struct drift__buf b = DRIFT__BUF_INIT(4096);
			bool same;

			drift__buf_addf(&b, "%s%s%s.%s", module != NULL ? module : "", module != NULL ? "." : "",
				drift__value_gets(res, "type"), drift__value_gets(res, "name"));
			if (drift_value_kind(key) == DRIFT_NUMBER) {
				drift__buf_addf(&b, "[%s]", drift_value_text(key, NULL));
			} else if (key != NULL) {
				drift__buf_addc(&b, '[');
				drift__quote_hcl(&b, drift__value_str(key), strlen(drift__value_str(key)));
				drift__buf_addc(&b, ']');
			}
			same = strcmp(b.data, address) == 0;
			drift__buf_dispose(&b);
			if (same)
				return drift__value_gets(drift_value_get(drift_value_at(instances, k), "attributes"), "id");
		}
	}
	return NULL;
}

static inline struct drift_imports *
match(struct drift_snapshot *live, struct drift_document *plan)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	opt.plan = plan;
	if (drift__imports_make(&facts, NULL, live, &opt, &im, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return im;
}

static inline struct drift_document *
read_plan(void)
{
	struct drift__buf text = DRIFT__BUF_INIT(64 << 20);
	struct drift_document *doc = NULL;

	assert_int_equal(drift__file_read(PLAN, &text, NULL), DRIFT_OK);
	assert_int_equal(drift_document_parse(text.data, text.len, PLAN, &doc, NULL), DRIFT_OK);
	drift__buf_dispose(&text);
	return doc;
}

static inline size_t
count_wrong(const struct drift_imports *im, const struct drift_value *state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < im->n; i++) {
		const char *id = true_id(state, im->items[i].address);

		if (!drift__streq(id, im->items[i].live->id)) {
			print_message("%s: matched with %s, is %s\n", im->items[i].address, im->items[i].live->id, id);
			wrong++;
		}
	}
	return wrong;
}

static inline size_t
list_size(const struct drift_imports *im, const char *list)
{
	return drift_value_size(drift_value_get(im->root, list));
}

static inline const struct drift__import *
find(const struct drift_imports *im, const char *address)
{
	for (size_t i = 0; i < im->n; i++) {
		if (strcmp(im->items[i].address, address) == 0)
			return &im->items[i];
	}
	return NULL;
}

static inline bool
is_listed(const struct drift_imports *im, const char *list, const char *address)
{
	const struct drift_value *v = drift_value_get(im->root, list);

	for (size_t i = 0; i < drift_value_size(v); i++) {
		if (drift__streq(drift__value_gets(drift_value_at(v, i), "address"), address))
			return true;
	}
	return false;
}

struct rig {
	struct drift_snapshot *live;
	struct drift_document *plan;
	const struct drift_value *state;
};

static inline void
rig_open(struct rig *r)
{
	r->live = live_from_state(STATE);
	r->plan = read_plan();
	r->state = read_json_file(&r->live->arena, STATE);
}

static inline void
rig_close(struct rig *r, struct drift_imports *im)
{
	drift_imports_free(im);
	drift_document_free(r->plan);
	drift_snapshot_free(r->live);
}

/* Two rules of a security group differ only in the group they refer to, and that goes through each.value of an object whose keys name nothing:
 * a plan in JSON does not hold which key has which group. */
enum { CREATES = 199, CANNOT_BE_TOLD_APART = 2 };

static inline struct drift_resource *
by_id(struct drift_snapshot *s, const char *type, const char *id)
{
	for (size_t i = 0; i < s->n_resources; i++) {
		if (strcmp(s->resources[i].type, type) == 0 && strcmp(s->resources[i].id, id) == 0)
			return &s->resources[i];
	}
	return NULL;
}

static inline const struct drift_value *
with(struct drift__arena *a, const struct drift_value *map, const char *key, const struct drift_value *v)
{
	struct drift__map_builder b;

	drift__map_init(&b, a);
	for (size_t i = 0; i < drift_value_size(map); i++)
		drift__map_put(&b, drift_value_key(map, i, NULL), drift_value_at(map, i));
	drift__map_put(&b, key, v);
	return drift__map_finish(&b);
}

/* Adds a copy of a live resource with another id and attributes; the snapshot is sealed again by the caller. */
static inline void
twin(struct drift_snapshot *s, const char *type, const char *id, const char *new_id, const char *key, const char *value)
{
	struct drift_resource copy = *by_id(s, type, id), *r = drift__snapshot_add(s, type);

	*r = copy;
	r->id = r->import_id = new_id;
	r->arn = NULL;
	r->attributes = with(&s->arena, with(&s->arena, copy.attributes, "id", drift__value_string(&s->arena, new_id)), "arn", &drift__null);
	if (key != NULL)
		r->attributes = with(&s->arena, r->attributes, key, drift__value_string(&s->arena, value));
}

#endif
