/* Planned against live values of one pair. An attribute can show up for three reasons: the two differ (somebody changed it, or the
 * configuration does); no API returns it (the catalogue's import_changes); or reading it back gives another form that forces a
 * replacement (import_changes again). */
#include "imports/forecast.h"
#include "diff/compare.h"
#include "imports/look.h"

#include <string.h>

struct forecaster {
	struct drift_imports *im;
	struct drift__import *it;
	struct drift__list_builder changes;
	bool replace;
	struct drift__comparison meant; /* by the kinds of the catalogue: what differs in meaning */
	bool compared;
};

static bool
has_flag(const struct drift_value *attribute, char flag)
{
	const char *flags = drift__value_str(drift_value_at(attribute, 1));

	return flags != NULL && strchr(flags, flag) != NULL;
}

static const char *
text_of_rule(const struct drift_value *rule, size_t i)
{
	return drift_value_kind(rule) == DRIFT_LIST ? drift__value_str(drift_value_at(rule, i)) : i == 0 ? drift__value_str(rule) : NULL;
}

static void
add(struct forecaster *f, const char *path, const struct drift_value *live, const struct drift_value *planned, const char *reason, bool replace,
	bool secret)
{
	struct drift__arena *a = &f->im->arena;
	struct drift__map_builder m;
	const struct drift_value *hidden = drift__value_string(a, "(sensitive)");

	drift__map_init(&m, a);
	drift__map_puts(&m, "path", path);
	drift__map_put(&m, "live", secret && !drift__look_empty(live) ? hidden : live != NULL ? live : &drift__null);
	drift__map_put(&m, "planned", secret && !drift__look_empty(planned) ? hidden : planned != NULL ? planned : &drift__null);
	drift__map_puts(&m, "action", replace ? "replace" : "in-place");
	drift__map_puts(&m, "reason", reason);
	drift__list_add(&f->changes, drift__map_finish(&m));
	f->replace = f->replace || replace;
}

/* Whether an attribute of the plan is one that Terraform would compare: not computed alone, not unknown. */
static bool
is_compared(const struct drift_value *attribute, const struct drift_value *planned, const struct drift_value *unknown)
{
	if (drift__is_unknown(unknown))
		return false;
	if (drift_value_kind(attribute) == DRIFT_LIST && has_flag(attribute, 'C') && !has_flag(attribute, 'O'))
		return false;
	/* optional and computed: what the configuration leaves out is taken from AWS */
	if (drift_value_kind(attribute) == DRIFT_LIST && has_flag(attribute, 'C') && drift__look_empty(planned))
		return false;
	return true;
}

/* Only what the catalogue describes is known on the live side. */
static bool
is_known_live(const struct forecaster *f, const char *name)
{
	const struct drift_value *attributes = drift__facts_get(&f->im->facts, f->it->type, "attributes");
	const struct drift_value *rule = drift_value_get(attributes, name);
	const struct drift_value *unknown = f->it->live->unknown;

	for (size_t i = 0; i < drift_value_size(unknown); i++) {
		if (drift__streq(drift__value_str(drift_value_at(unknown, i)), name))
			return false;
	}
	if (drift_value_get(rule, "ignore") != NULL)
		return false;
	if (drift_value_get(f->it->live->attributes, name) != NULL)
		return true;
	return rule != NULL;
}

/* Not set in the configuration, and live what AWS (or the provider) makes of that. */
static bool
is_default(const struct forecaster *f, const char *name, const struct drift_value *planned, const struct drift_value *live)
{
	const struct drift_value *rule = drift_value_get(drift__facts_get(&f->im->facts, f->it->type, "attributes"), name);
	const struct drift_value *absent = drift_value_get(rule, "absent");

	if (!drift__look_empty(planned))
		return false;
	return drift__streq(drift__value_gets(rule, "when_unset"), "ignore") || (absent != NULL && drift__look_equal(absent, live));
}

/* Compares as the diff does, once an attribute differs in its letters. False without memory, or for an entry that the diff cannot read: then
 * the letters count. */
static bool
compare_meaning(struct forecaster *f)
{
	struct drift__rules *rules = NULL;
	struct drift__compare_input in = {.state = f->it->planned->after, .live = f->it->live->attributes, .unknown = f->it->live->unknown};
	bool ok;

	if (f->compared)
		return true;
	if (drift__rules_make(f->im->facts.entry(f->im->facts.ctx, f->it->type), &rules, NULL) != DRIFT_OK)
		return false;
	in.rules = rules;
	ok = drift__compare_attributes(&in, &f->im->arena, &f->meant, NULL) == DRIFT_OK;
	drift__rules_free(rules);
	f->compared = ok;
	return ok;
}

static bool
differs(struct forecaster *f, const char *name, const struct drift_value *planned, const struct drift_value *live)
{
	size_t n = strlen(name);

	if (drift__look_equal(planned, live))
		return false;
	if (!compare_meaning(f))
		return true;
	for (size_t i = 0; i < f->meant.n_changes; i++) {
		const char *attribute = f->meant.changes[i].attribute;

		if (strncmp(attribute, name, n) == 0 && (attribute[n] == '\0' || attribute[n] == '.' || attribute[n] == '['))
			return true;
	}
	return false;
}

static void
compare(struct forecaster *f, const char *name, const struct drift_value *attribute)
{
	const struct drift_value *rules = drift__facts_get(&f->im->facts, f->it->type, "import_changes");
	const struct drift_value *rule = drift_value_get(rules, name);
	const struct drift_value *planned = drift_value_get(f->it->planned->after, name);
	const struct drift_value *unknown = drift_value_get(f->it->planned->unknown, name);
	const struct drift_value *live = drift__look_live(&f->im->arena, f->it->live, name);
	bool secret = drift_value_kind(attribute) == DRIFT_LIST && has_flag(attribute, 'S');

	if (rule != NULL) {
		bool replace = drift__streq(text_of_rule(rule, 0), "replace");
		const char *reason = text_of_rule(rule, 1);

		/* a value that the configuration does not set cannot be missed, and providers take false for unset; a replacement may come from
		 * the form of a computed one */
		if (drift__is_unknown(unknown) ? !replace : drift__value_is_empty(planned) ||
			(drift_value_kind(planned) == DRIFT_BOOL && !drift_value_bool(planned)))
			return;
		add(f, name, live, drift__is_unknown(unknown) ? NULL : planned, reason != NULL ? reason : "no API returns it", replace, secret);
		return;
	}
	if (!is_compared(attribute, planned, unknown) || !is_known_live(f, name) || is_default(f, name, planned, live))
		return;
	if (differs(f, name, planned, live))
		add(f, name, live, planned, "the configuration wants another value", has_flag(attribute, 'F'), secret);
}

enum drift_status
drift__forecast(struct drift_imports *im, struct drift__import *it, struct drift_error *err)
{
	struct forecaster f = {.im = im, .it = it};
	const struct drift_value *schema = drift__facts_get(&im->facts, it->type, "schema");

	drift__list_init(&f.changes, &im->arena);
	for (size_t i = 0; i < drift_value_size(schema); i++) {
		const char *name = drift_value_key(schema, i, NULL);

		/* tags are compared as what the provider would set, its default tags included */
		if (strcmp(name, "tags") == 0 || strcmp(name, "timeouts") == 0)
			continue;
		if (strcmp(name, "tags_all") == 0) {
			const struct drift_value *want = drift_value_get(it->planned->after, name);

			if (!drift__is_unknown(drift_value_get(it->planned->unknown, name)) && it->live->tags != NULL &&
			    (!drift__look_equal(want, it->live->tags) || !drift__look_equal(it->live->tags, want)))
				add(&f, "tags", it->live->tags, want, "the configuration wants another value", false, false);
			continue;
		}
		compare(&f, name, drift_value_at(schema, i));
	}
	it->changes = drift__list_finish(&f.changes);
	if (it->changes == NULL)
		return drift__nomem(err);
	it->forecast = f.replace ? "replace" : drift_value_size(it->changes) > 0 ? "in-place" : "no-op";
	return DRIFT_OK;
}
