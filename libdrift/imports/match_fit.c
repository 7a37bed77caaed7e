/* Attributes of a create against those of a live resource. Values that are known only after apply are compared with what their references were
 * matched with. */
#include "imports/match_fit.h"
#include "imports/look.h"
#include "imports/match_named.h"

#include <string.h>

const struct drift_resource *
drift__live_at(const struct drift__matcher *m, size_t i)
{
	return &m->live->resources[i];
}

const struct drift__targets *
drift__targets_of(struct drift__matcher *m, size_t p, const char *attribute)
{
	static const struct drift__targets nothing = {.open = true};
	struct drift__match_state *s = &m->states[p];
	struct cached *c;

	for (int i = 0; i < s->n_cached; i++) {
		if (strcmp(s->cache[i].attribute, attribute) == 0)
			return &s->cache[i].targets;
	}
	if (s->n_cached == DRIFT__MATCH_CACHE_MAX)
		return &nothing;
	c = &s->cache[s->n_cached];
	if (drift__plan_targets(m->plan, &m->plan->list[p], attribute, &c->targets) != DRIFT_OK) {
		m->nomem = true;
		return &nothing;
	}
	c->attribute = attribute;
	s->n_cached++;
	return &c->targets;
}

/* What a text names of a few targets. */
static struct drift__named
ask_targets(struct drift__matcher *m, const struct drift__targets *t, const char *text)
{
	struct drift__named found = {SIZE_MAX, SIZE_MAX, false};

	for (size_t i = 0; i < t->n; i++) {
		const struct drift__match *match = &m->out[t->list[i].planned];

		if (match->outcome != DRIFT__MATCHED) {
			found.waits = true;
			continue;
		}
		if (!drift__look_is_identity(&m->tmp, drift__live_at(m, match->live), t->list[i].attribute, text) &&
		    !drift__look_holds_identity(drift__live_at(m, match->live), text))
			continue;
		found.first = found.first == SIZE_MAX ? i : found.first;
		found.last_own = drift__is_same_key(t, i) ? i : found.last_own;
	}
	return found;
}

/* An unknown value of the plan against a live one. via gets the address that resolved it. */
static enum drift__verdict
compare_unknown(struct drift__matcher *m, size_t p, const char *attribute, size_t l, const struct drift_value *live, const char **via)
{
	const struct drift__targets *t = drift__targets_of(m, p, attribute);
	const char *text = drift__value_str(live);
	struct drift__named named;
	size_t from;

	if (text == NULL)
		return drift__look_empty(live) ? DRIFT__LIVE_EMPTY : DRIFT__WAITS;
	if (!drift__named_targets(m, t, p, attribute, l, &named))
		named = ask_targets(m, t, text);
	if (named.first != SIZE_MAX) {
		from = named.last_own != SIZE_MAX ? named.last_own : named.first;
		*via = m->plan->list[t->list[from].planned].address;
		return named.last_own != SIZE_MAX ? DRIFT__SAME_KEY : DRIFT__SAME;
	}
	if (!named.waits && !t->open)
		return DRIFT__DIFFERS;
	if (m->stage < 2 || !t->open) /* what the plan names, and nothing else, is meant: another object's would be a guess */
		return DRIFT__WAITS;
	from = drift__named_by_matched(m, p, text); /* it must come from something that the plan makes */
	if (from < m->live->n_resources) {
		*via = m->plan->list[m->taken[from]].address;
		return DRIFT__SAME;
	}
	return m->stage < 3 || t->n > 0 ? DRIFT__WAITS : DRIFT__DIFFERS;
}

/* A name that may stand without the name of what the object hangs on: app, or nothing, in the zone example.org. */
static bool
is_relative_name(struct drift__matcher *m, const struct drift_resource *r, const char *attribute, const struct drift_value *want,
	const struct drift_value *have)
{
	const struct drift_value *rule = drift_value_get(drift__facts_get(m->facts, r->type, "attributes"), attribute);
	const char *text = drift__value_str(want);
	size_t first, n;

	if (text == NULL || r->more->parent_type == NULL || r->more->parent_key == NULL || !drift__streq(drift__value_gets(rule, "as"), "dns_relative"))
		return false;
	n = drift__snapshot_of_type(m->live, r->more->parent_type, &first);
	for (size_t i = first; i < first + n; i++) {
		const struct drift_resource *parent = drift__live_at(m, i);
		char *whole;

		if (!drift__streq(parent->id, r->more->parent_key) || parent->name == NULL)
			continue;
		whole = drift__arena_printf(&m->tmp, "%s%s%s", text, text[0] != '\0' ? "." : "", parent->name);
		return whole != NULL && drift__look_equal(drift__value_string(&m->tmp, whole), have);
	}
	return false;
}

/* Not in the configuration: AWS chooses, so the plan says nothing of it. */
static bool
is_left_to_aws(const struct drift__planned *planned, const char *attribute)
{
	return drift__look_empty(drift__look_path(planned->after, attribute)) && drift__is_unknown(drift__look_path(planned->unknown, attribute)) &&
		strchr(attribute, '.') == NULL && planned->config != NULL &&
		drift_value_get(drift_value_get(planned->config, "expressions"), attribute) == NULL;
}

bool
drift__is_reference(const struct drift__matcher *m, size_t p, const char *attribute)
{
	const struct drift__planned *planned = &m->plan->list[p];

	return drift__look_empty(drift__look_path(planned->after, attribute)) && drift__is_unknown(drift__look_path(planned->unknown, attribute)) &&
		!is_left_to_aws(planned, attribute);
}

bool
drift__is_partial(const struct drift__matcher *m, size_t p, const struct drift_value *keys)
{
	for (size_t k = 0; k < drift_value_size(keys); k++) {
		if (is_left_to_aws(&m->plan->list[p], drift__value_str(drift_value_at(keys, k))))
			return true;
	}
	return false;
}

enum drift__verdict
drift__match_compare(struct drift__matcher *m, size_t p, const char *attribute, size_t l, const char **via)
{
	const struct drift__planned *planned = &m->plan->list[p];
	const struct drift_value *want = drift__look_path(planned->after, attribute);
	const struct drift_value *have = drift__look_live(&m->tmp, drift__live_at(m, l), attribute);

	*via = "plan";
	if (drift__starts(attribute, "tags.") && drift__look_empty(want)) {
		char *all = drift__arena_printf(&m->tmp, "tags_all.%s", attribute + 5);

		want = all != NULL ? drift__look_path(planned->after, all) : NULL;
	}
	if (is_left_to_aws(planned, attribute))
		return DRIFT__BOTH_EMPTY;
	if (drift__look_empty(want) && drift__is_unknown(drift__look_path(planned->unknown, attribute)))
		return compare_unknown(m, p, attribute, l, have, via);
	if (!drift__look_empty(have) && is_relative_name(m, drift__live_at(m, l), attribute, want, have))
		return DRIFT__SAME_KEY;
	if (drift__look_empty(want))
		return drift__look_empty(have) ? DRIFT__BOTH_EMPTY : DRIFT__DIFFERS;
	if (drift__look_empty(have))
		return DRIFT__LIVE_EMPTY;
	return drift__look_equal(want, have) ? DRIFT__SAME_KEY : DRIFT__DIFFERS;
}

/* Tags are edited by hand: another value speaks against a resource, but does not rule it out. */
bool
drift__is_tag(const char *attribute)
{
	return strcmp(attribute, "tags") == 0 || drift__starts(attribute, "tags.") || drift__starts(attribute, "tags_all.");
}

/* Nobody's yet, and where the create's provider looks. */
bool
drift__is_free(const struct drift__matcher *m, size_t p, size_t l)
{
	const struct drift__planned *planned = &m->plan->list[p];
	const struct drift_resource *r = drift__live_at(m, l);

	return m->usable[l] && m->taken[l] == DRIFT__NONE &&
		(planned->region == NULL || r->region == NULL || strcmp(planned->region, r->region) == 0) && !drift__is_foreign(m, p);
}

/* Every live resource that this create may be, into m->scratch. */
size_t
drift__free_candidates(struct drift__matcher *m, size_t p)
{
	size_t first, n = drift__snapshot_of_type(m->live, m->plan->list[p].type, &first), kept = 0;

	for (size_t i = first; i < first + n; i++) {
		if (drift__is_free(m, p, i))
			m->scratch[kept++] = i;
	}
	return kept;
}

bool
drift__is_foreign(const struct drift__matcher *m, size_t p)
{
	const char *account = m->plan->list[p].account, *own = account != NULL ? drift__value_gets(m->live->meta, "account") : NULL;

	return own != NULL && strcmp(own, account) != 0;
}

/* One live resource against one list of identifying attributes. DRIFT__FITS_WEAKLY: a reference was resolved, but not to one instance. */
enum drift__fit
drift__fit(struct drift__matcher *m, size_t p, const struct drift_value *keys, size_t l)
{
	bool same = false, weak = false, misses = false, waits = false;

	for (size_t k = 0; k < drift_value_size(keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(keys, k)), *via;

		if (attribute == NULL)
			return DRIFT__MISSES;
		switch (drift__match_compare(m, p, attribute, l, &via)) {
		case DRIFT__SAME:
			weak = true;
			break;
		case DRIFT__SAME_KEY:
			same = true;
			break;
		case DRIFT__BOTH_EMPTY:
			break;
		case DRIFT__LIVE_EMPTY:
			misses = true;
			break;
		case DRIFT__DIFFERS:
			if (!drift__is_tag(attribute))
				return DRIFT__CONTRADICTS;
			misses = true;
			break;
		case DRIFT__WAITS:
			waits = true;
			break;
		}
	}
	if (misses)
		return DRIFT__MISSES;
	if (waits)
		return DRIFT__FIT_UNKNOWN;
	return weak ? DRIFT__FITS_WEAKLY : same ? DRIFT__FITS : DRIFT__MISSES;
}

/* Whether the plan gives any value for a list of attributes; otherwise the list says nothing. */
bool
drift__has_values(struct drift__matcher *m, size_t p, const struct drift_value *keys)
{
	const struct drift__planned *planned = &m->plan->list[p];

	for (size_t k = 0; k < drift_value_size(keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(keys, k));

		if (attribute == NULL)
			return false;
		if (!drift__look_empty(drift__look_path(planned->after, attribute)))
			return true;
		if (drift__is_unknown(drift__look_path(planned->unknown, attribute)) && drift__targets_of(m, p, attribute)->n > 0)
			return true;
		if (drift__is_tag(attribute)) {
			char *all = drift__arena_printf(&m->tmp, "tags_all.%s", attribute + 5);

			if (all != NULL && !drift__look_empty(drift__look_path(planned->after, all)))
				return true;
		}
	}
	return false;
}
