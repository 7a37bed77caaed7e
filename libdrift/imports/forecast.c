/* Planned against live values of each pair. An attribute shows up after an import for four reasons: the two differ (somebody changed it, or the
 * configuration does); no API returns it, or an import reads it in another form (the catalogue's import_changes and `written`); or it is known
 * only after apply, because what it is made from changes. The last is found in rounds: what changes makes others wait. */
#include "imports/forecast.h"
#include "diff/compare.h"
#include "imports/look.h"
#include "imports/written.h"

#include <string.h>

struct forecaster {
	struct drift_imports *im;
	const struct drift__plan *plan;
	const struct drift__match *matches;
	struct drift__import **item_of; /* planned -> item; NULL = it is not imported */
	struct drift_error *err;
};

static bool
has_flag(const struct drift_value *attribute, char flag)
{
	const char *flags = drift_value_kind(attribute) == DRIFT_LIST ? drift__value_str(drift_value_at(attribute, 1)) : NULL;

	return flags != NULL && strchr(flags, flag) != NULL;
}

/* Whether the catalogue's `replaces` names the attribute or a block that it is in. */
static bool
forces_replacement(const struct drift_imports *im, const char *type, const char *path)
{
	const struct drift_value *list = drift__facts_get(&im->facts, type, "replaces");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		const char *one = drift__value_str(drift_value_at(list, i));
		size_t n = one != NULL ? strlen(one) : 0;

		if (n > 0 && strncmp(one, path, n) == 0 && (path[n] == '\0' || path[n] == '.'))
			return true;
	}
	return false;
}

static enum drift_status
add(struct forecaster *f, struct drift__import *it, const char *path, const struct drift_value *live, const struct drift_value *planned,
	const char *reason, bool replace)
{
	struct drift__arena *a = &f->im->arena;
	struct drift__list_builder list;
	struct drift__map_builder m;

	drift__map_init(&m, a);
	drift__map_puts(&m, "path", path);
	drift__map_put(&m, "live", live != NULL ? live : &drift__null);
	drift__map_put(&m, "planned", planned != NULL ? planned : &drift__null);
	drift__map_puts(&m, "action", replace ? "replace" : "in-place");
	drift__map_puts(&m, "reason", reason);
	drift__list_init(&list, a);
	for (size_t i = 0; i < drift_value_size(it->changes); i++)
		drift__list_add(&list, drift_value_at(it->changes, i));
	drift__list_add(&list, drift__map_finish(&m));
	it->changes = drift__list_finish(&list);
	if (it->changes == NULL)
		return drift__nomem(f->err);
	if (replace || !drift__streq(it->forecast, "replace"))
		it->forecast = replace ? "replace" : "in-place";
	return DRIFT_OK;
}

/* ---- what no import brings in ---- */

/* A planned value that is known only after apply, when it is that of something imported. */
static const struct drift_value *
resolved(struct forecaster *f, const struct drift__import *it, const char *name)
{
	struct drift__targets t;
	const struct drift__target *one;

	if (drift__plan_targets(f->plan, it->planned, name, &t) != DRIFT_OK || t.n != 1 || t.open)
		return NULL;
	one = &t.list[0];
	if (!drift__is_same_key(&t, 0) || one->attribute == NULL || f->matches[one->planned].outcome != DRIFT__MATCHED || f->item_of[one->planned] == NULL)
		return NULL;
	return drift__look_live(&f->im->arena, f->item_of[one->planned]->live, one->attribute);
}

static enum drift_status
apply_rule(struct forecaster *f, struct drift__import *it, const char *name, const struct drift_value *rule)
{
	const struct drift_value *planned = drift_value_get(it->planned->after, name);
	const struct drift_value *attribute = drift_value_get(drift__facts_get(&f->im->facts, it->type, "attributes"), name);
	const struct drift_value *live = drift__look_live(&f->im->arena, it->live, name), *hidden = drift__value_string(&f->im->arena, "(sensitive)");
	const struct drift_value *written = drift__written_value(f->im, &f->im->arena, attribute, it->live);
	const char *reason = drift__value_str(drift_value_at(rule, 1));
	bool unknown = drift__is_unknown(drift_value_get(it->planned->unknown, name));
	bool secret = has_flag(drift_value_get(drift__facts_get(&f->im->facts, it->type, "schema"), name), 'S');

	bool replace = drift__streq(drift__value_str(drift_value_at(rule, 0)), "replace");

	if (unknown)
		planned = resolved(f, it, name);
	/* what is not set cannot be missed, and providers take false and 0 for that; a replacement may come from the form of a computed value */
	if (written != NULL ? planned != NULL && drift__look_equal(planned, written) : unknown ? !replace : drift__look_empty(planned))
		return DRIFT_OK;
	if (!replace && written == NULL && drift_value_get(attribute, "ignore") == NULL && drift__look_equal(planned, live))
		return DRIFT_OK;
	if (secret) {
		live = drift__look_empty(live) ? NULL : hidden;
		planned = drift__look_empty(planned) ? NULL : hidden;
	}
	return add(f, it, name, live, planned, reason != NULL ? reason : "no API returns it", replace);
}

/* ---- what differs ---- */

static const struct drift_value *
unknown_names(struct forecaster *f, const struct drift__import *it)
{
	struct drift__list_builder list;

	drift__list_init(&list, &f->im->arena);
	for (size_t i = 0; i < drift_value_size(it->planned->unknown); i++) {
		if (drift__is_unknown(drift_value_at(it->planned->unknown, i)))
			drift__list_add(&list, drift__value_string(&f->im->arena, drift_value_key(it->planned->unknown, i, NULL)));
	}
	return drift__list_finish(&list);
}

/* The live attributes, where a configuration has another form in that. */
static const struct drift_value *
as_written(struct forecaster *f, const struct drift__import *it)
{
	const struct drift_value *attributes = drift__facts_get(&f->im->facts, it->type, "attributes");
	struct drift__map_builder m;

	drift__map_init(&m, &f->im->arena);
	for (size_t i = 0; i < drift_value_size(it->live->attributes); i++) {
		const char *name = drift_value_key(it->live->attributes, i, NULL);
		const struct drift_value *written = drift__written_value(f->im, &f->im->arena, drift_value_get(attributes, name), it->live);

		drift__map_put(&m, name, written != NULL && drift_value_kind(written) != DRIFT_NULL ? written : drift_value_at(it->live->attributes, i));
	}
	return drift__map_finish(&m);
}

/* As the diff compares: by meaning. */
static enum drift_status
compare(struct forecaster *f, struct drift__import *it)
{
	const struct drift_value *schema = drift__facts_get(&f->im->facts, it->type, "schema");
	const struct drift_value *rules = drift__facts_get(&f->im->facts, it->type, "import_changes");
	struct drift__rules *how = NULL;
	struct drift__comparison c = {0};
	struct drift__compare_input in = {.state = it->planned->after, .live = as_written(f, it), .unknown = it->live->more->unknown,
		.sensitive = it->live->sensitive, .unknown_state = unknown_names(f, it)};
	enum drift_status st = drift__rules_make(f->im->facts.entry(f->im->facts.ctx, it->type), &how, f->err);

	if (st != DRIFT_OK)
		return st;
	in.rules = how;
	st = drift__compare_attributes(&in, &f->im->arena, &c, f->err);
	for (size_t i = 0; i < c.n_changes && st == DRIFT_OK; i++) {
		const struct drift__change *ch = &c.changes[i];
		char *name = drift__arena_strndup(&f->im->arena, ch->attribute, strcspn(ch->attribute, ".["));

		if (name == NULL)
			st = drift__nomem(f->err);
		/* optional and computed: what the configuration leaves out is taken from AWS */
		else if (drift_value_get(rules, name) == NULL &&
			!(has_flag(drift_value_get(schema, name), 'C') && drift__look_empty(drift_value_get(it->planned->after, name)) && strcmp(name, "tags") != 0))
			st = add(f, it, ch->path, ch->live, ch->state, "the configuration wants another value",
				forces_replacement(f->im, it->type, ch->attribute));
	}
	drift__rules_free(how);
	return st;
}

/* ---- what waits ---- */

/* Why an attribute that the plan does not know yet stays unknown; NULL when it does not. */
static const char *
waits_for(struct forecaster *f, const struct drift__import *it, const char *name)
{
	struct drift__targets t;

	if (drift__plan_targets(f->plan, it->planned, name, &t) != DRIFT_OK)
		return NULL;
	for (size_t i = 0; i < t.n_waits; i++) {
		const struct drift__import *on = f->item_of[t.waits[i]];

		if (on == NULL || !drift__streq(on->forecast, "no-op"))
			return drift__arena_printf(&f->im->arena, "known only after apply: a data source waits for %s", f->plan->list[t.waits[i]].address);
	}
	for (size_t i = 0; i < t.n; i++) {
		const struct drift__planned *to = &f->plan->list[t.list[i].planned];
		const struct drift__import *on = f->item_of[t.list[i].planned];

		/* a value that stands in the configuration stays the same when the resource is made anew */
		if (!drift__is_same_key(&t, i) || t.list[i].attribute == NULL || !drift__is_unknown(drift_value_get(to->unknown, t.list[i].attribute)))
			continue;
		if (on == NULL ? f->matches[t.list[i].planned].outcome == DRIFT__REALLY_NEW : drift__streq(on->forecast, "replace"))
			return drift__arena_printf(&f->im->arena, "known only after apply: %s is made anew", to->address);
	}
	return NULL;
}

static bool
is_listed(const struct drift__import *it, const char *name)
{
	for (size_t i = 0; i < drift_value_size(it->changes); i++) {
		if (drift__streq(drift__value_gets(drift_value_at(it->changes, i), "path"), name))
			return true;
	}
	return false;
}

/* Whether somebody was found that waits. */
static enum drift_status
find_waiting(struct forecaster *f, bool *found)
{
	enum drift_status st = DRIFT_OK;

	for (size_t i = 0; i < f->im->n && st == DRIFT_OK; i++) {
		struct drift__import *it = &f->im->items[i];
		const struct drift_value *expressions = it->planned != NULL ? drift_value_get(it->planned->config, "expressions") : NULL;

		for (size_t k = 0; k < drift_value_size(expressions) && st == DRIFT_OK; k++) {
			const char *name = drift_value_key(expressions, k, NULL), *why;

			if (!drift__is_unknown(drift_value_get(it->planned->unknown, name)) || is_listed(it, name))
				continue;
			why = waits_for(f, it, name);
			if (why == NULL)
				continue;
			*found = true;
			st = add(f, it, name, NULL, NULL, why, forces_replacement(f->im, it->type, name));
		}
	}
	return st;
}

enum drift_status
drift__forecast(struct drift_imports *im, const struct drift__plan *plan, const struct drift__match *matches, struct drift_error *err)
{
	struct forecaster f = {im, plan, matches, drift__arena_zalloc(&im->arena, (plan->n + 1) * sizeof(*f.item_of)), err};
	enum drift_status st = f.item_of != NULL ? DRIFT_OK : drift__nomem(err);
	bool more = true;

	for (size_t i = 0; i < im->n && st == DRIFT_OK; i++) {
		if (im->items[i].planned != NULL)
			f.item_of[im->items[i].planned - plan->list] = &im->items[i];
	}
	for (size_t i = 0; i < im->n && st == DRIFT_OK; i++) {
		struct drift__import *it = &im->items[i];
		const struct drift_value *rules = drift__facts_get(&im->facts, it->type, "import_changes");

		if (it->planned == NULL)
			continue;
		it->forecast = "no-op";
		st = compare(&f, it);
		for (size_t k = 0; k < drift_value_size(rules) && st == DRIFT_OK; k++)
			st = apply_rule(&f, it, drift_value_key(rules, k, NULL), drift_value_at(rules, k));
	}
	while (more && st == DRIFT_OK) {
		more = false;
		st = find_waiting(&f, &more);
	}
	return st;
}
