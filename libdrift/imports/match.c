/* Planned creates -> live resources, to a fixed point.
 *
 * A create is compared with the free live resources of its type by the lists of identifying attributes of the catalogue. Values known only
 * after apply are what the referenced resource was matched with; so each round decides more. Rounds run in three stages, and begin anew after
 * each success:
 *   1  only what is known, or was resolved, counts
 *   2  an unknown value that goes through a local must at least be the identity of something already matched; instances are paired by key
 *   3  backwards: what a matched resource points at, where its configuration points at a create, is that create
 * Two creates that want one live resource get none. */
#include "imports/match.h"
#include "imports/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verdict { SAME, SAME_KEY, BOTH_EMPTY, LIVE_EMPTY, DIFFERS, WAITS };

enum { NONE = -1, CACHE_MAX = 16 };

struct state {
	struct cached {
		const char *attribute;
		struct drift__targets targets;
	} cache[CACHE_MAX];
	int n_cached;
	const struct drift_value *lists; /* lists of identifying attributes */
	long want;       /* live index this round */
	long hint;       /* stage 3: live index that something matched points at */
	const char *hint_via;
	const char *note; /* how several candidates became one */
	const struct drift_value *keys; /* the list of attributes that decided */
	size_t *candidates, n_candidates;
	bool waits, tried;
};

struct matcher {
	const struct drift__facts *facts;
	const struct drift__plan *plan;
	const struct drift_snapshot *live;
	const bool *usable;
	struct drift__match *out;
	struct state *states;
	long *taken;      /* live index -> planned index or NONE */
	size_t *scratch;  /* candidates of one create */
	struct drift__arena tmp; /* values looked at; emptied after each round */
	int stage;
	bool nomem;
};

static const struct drift_resource *
live_at(const struct matcher *m, size_t i)
{
	return &m->live->resources[i];
}

static const struct drift__targets *
targets_of(struct matcher *m, size_t p, const char *attribute)
{
	static const struct drift__targets nothing = {NULL, 0, true};
	struct state *s = &m->states[p];
	struct cached *c;

	for (int i = 0; i < s->n_cached; i++) {
		if (strcmp(s->cache[i].attribute, attribute) == 0)
			return &s->cache[i].targets;
	}
	if (s->n_cached == CACHE_MAX)
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

/* An unknown value of the plan against a live one. via gets the address that resolved it. */
static enum verdict
compare_unknown(struct matcher *m, size_t p, const char *attribute, const struct drift_value *live, const char **via)
{
	const struct drift__targets *t = targets_of(m, p, attribute);
	const char *text = drift__value_str(live);
	enum verdict found = DIFFERS;
	bool waits = t->open;

	if (text == NULL)
		return drift__look_empty(live) ? LIVE_EMPTY : WAITS;
	for (size_t i = 0; i < t->n; i++) {
		const struct drift__target *target = &t->list[i];
		const struct drift__match *match = &m->out[target->planned];

		if (match->outcome != DRIFT__MATCHED) {
			waits = true;
			continue;
		}
		if (!drift__look_is_identity(&m->tmp, live_at(m, match->live), target->attribute, text) &&
		    !drift__look_holds_identity(live_at(m, match->live), text))
			continue;
		if (found == DIFFERS || target->same_key) {
			*via = m->plan->list[target->planned].address;
			found = target->same_key ? SAME_KEY : SAME;
		}
	}
	if (found != DIFFERS || !waits)
		return found;
	if (m->stage < 2)
		return WAITS;
	for (size_t i = 0; i < m->live->n_resources; i++) { /* it must come from something that the plan makes */
		if (m->taken[i] != NONE && (size_t)m->taken[i] != p && drift__look_is_identity(&m->tmp, live_at(m, i), NULL, text)) {
			*via = m->plan->list[m->taken[i]].address;
			return SAME;
		}
	}
	return m->stage < 3 || t->n > 0 ? WAITS : DIFFERS;
}

static enum verdict
compare(struct matcher *m, size_t p, const char *attribute, size_t l, const char **via)
{
	const struct drift__planned *planned = &m->plan->list[p];
	const struct drift_value *want = drift__look_path(planned->after, attribute);
	const struct drift_value *have = drift__look_live(&m->tmp, live_at(m, l), attribute);

	*via = "plan";
	if (drift__starts(attribute, "tags.") && drift__look_empty(want)) {
		char *all = drift__arena_printf(&m->tmp, "tags_all.%s", attribute + 5);

		want = all != NULL ? drift__look_path(planned->after, all) : NULL;
	}
	if (drift__look_empty(want) && drift__is_unknown(drift__look_path(planned->unknown, attribute))) {
		/* not in the configuration: AWS chooses, so it says nothing */
		if (strchr(attribute, '.') == NULL && planned->config != NULL &&
		    drift_value_get(drift_value_get(planned->config, "expressions"), attribute) == NULL)
			return BOTH_EMPTY;
		return compare_unknown(m, p, attribute, have, via);
	}
	if (drift__look_empty(want))
		return drift__look_empty(have) ? BOTH_EMPTY : DIFFERS;
	if (drift__look_empty(have))
		return LIVE_EMPTY;
	return drift__look_equal(want, have) ? SAME_KEY : DIFFERS;
}

static bool
is_tag(const char *attribute)
{
	return drift__starts(attribute, "tags.") || drift__starts(attribute, "tags_all.");
}

/* Every live resource that this create may be, into m->scratch. */
static size_t
free_candidates(struct matcher *m, size_t p)
{
	const struct drift__planned *planned = &m->plan->list[p];
	size_t first, n = drift__snapshot_of_type(m->live, planned->type, &first), kept = 0;

	for (size_t i = first; i < first + n; i++) {
		const struct drift_resource *r = live_at(m, i);

		if (!m->usable[i] || m->taken[i] != NONE)
			continue;
		if (planned->region != NULL && r->region != NULL && strcmp(planned->region, r->region) != 0)
			continue;
		m->scratch[kept++] = i;
	}
	return kept;
}

enum fit { FITS, FITS_WEAKLY, MISSES, CONTRADICTS, UNKNOWN };

/* One live resource against one list of identifying attributes. FITS_WEAKLY: a reference was resolved, but not to one instance. */
static enum fit
fit(struct matcher *m, size_t p, const struct drift_value *keys, size_t l)
{
	bool same = false, weak = false, misses = false, waits = false;

	for (size_t k = 0; k < drift_value_size(keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(keys, k)), *via;

		if (attribute == NULL)
			return MISSES;
		switch (compare(m, p, attribute, l, &via)) {
		case SAME:
			weak = true;
			break;
		case SAME_KEY:
			same = true;
			break;
		case BOTH_EMPTY:
			break;
		case LIVE_EMPTY:
			misses = true;
			break;
		case DIFFERS:
			if (!is_tag(attribute))
				return CONTRADICTS;
			misses = true;
			break;
		case WAITS:
			waits = true;
			break;
		}
	}
	if (misses)
		return MISSES;
	if (waits)
		return UNKNOWN;
	return weak ? FITS_WEAKLY : same ? FITS : MISSES;
}

/* Whether the plan gives any value for a list of attributes; otherwise the list says nothing. */
static bool
has_values(struct matcher *m, size_t p, const struct drift_value *keys)
{
	const struct drift__planned *planned = &m->plan->list[p];

	for (size_t k = 0; k < drift_value_size(keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(keys, k));

		if (attribute == NULL)
			return false;
		if (!drift__look_empty(drift__look_path(planned->after, attribute)))
			return true;
		if (drift__is_unknown(drift__look_path(planned->unknown, attribute)) && targets_of(m, p, attribute)->n > 0)
			return true;
		if (is_tag(attribute)) {
			char *all = drift__arena_printf(&m->tmp, "tags_all.%s", attribute + 5);

			if (all != NULL && !drift__look_empty(drift__look_path(planned->after, all)))
				return true;
		}
	}
	return false;
}

/* How many known values of the plan a live resource does not have. */
static size_t
contradictions(struct matcher *m, size_t p, size_t l)
{
	const struct drift__planned *planned = &m->plan->list[p];
	const struct drift_resource *r = live_at(m, l);
	const struct drift_value *tags = drift_value_get(planned->after, "tags_all");
	size_t n = 0;

	for (size_t i = 0; i < drift_value_size(planned->after); i++) {
		const char *key = drift_value_key(planned->after, i, NULL), *via;
		enum drift_kind kind = drift_value_kind(drift_value_at(planned->after, i));

		if ((kind == DRIFT_STRING || kind == DRIFT_NUMBER) && drift_value_get(r->attributes, key) != NULL)
			n += compare(m, p, key, l, &via) == DIFFERS;
	}
	if (drift_value_size(tags) == 0)
		tags = drift_value_get(planned->after, "tags");
	for (size_t i = 0; i < drift_value_size(tags); i++) {
		const struct drift_value *have = drift_value_get(r->tags, drift_value_key(tags, i, NULL));

		n += !drift__look_equal(drift_value_at(tags, i), have);
	}
	return n;
}

/* Several fit: the one that agrees with all known values, if it is one; from stage 2 the one whose references have the same key. */
static size_t
break_tie(struct matcher *m, size_t p, const struct drift_value *keys, size_t *list, size_t n)
{
	size_t agree = 0, chosen = 0, paired = 0, pair = 0;

	for (size_t i = 0; i < n; i++) {
		if (contradictions(m, p, list[i]) == 0) {
			agree++;
			chosen = list[i];
		}
	}
	if (agree == 1) {
		m->states[p].note = "the only candidate that agrees with all known values";
		list[0] = chosen;
		return 1;
	}
	if (m->stage < 2)
		return n;
	for (size_t i = 0; i < n; i++) {
		if (fit(m, p, keys, list[i]) == FITS) {
			paired++;
			pair = list[i];
		}
	}
	if (paired == 1) {
		m->states[p].note = "instances paired by key";
		list[0] = pair;
		return 1;
	}
	return n;
}

static size_t
keep_fitting(struct matcher *m, size_t p, const struct drift_value *keys, size_t *list, size_t n, size_t *fitting, bool *waits)
{
	size_t left = 0;

	*fitting = 0;
	for (size_t i = 0; i < n; i++) {
		switch (fit(m, p, keys, list[i])) {
		case FITS:
		case FITS_WEAKLY: { /* fitting ones stand first */
			size_t l = list[i];

			list[left] = list[*fitting];
			list[(*fitting)++] = l;
			left++;
			break;
		}
		case UNKNOWN:
			*waits = true;
			list[left++] = list[i];
			break;
		case MISSES:
			list[left++] = list[i];
			break;
		case CONTRADICTS:
			break;
		}
	}
	return left;
}

static void
consider(struct matcher *m, size_t p)
{
	struct state *s = &m->states[p];
	const struct drift_value *lists = s->lists;
	size_t n = free_candidates(m, p), fitting = 0;
	bool ambiguous = false;

	s->want = NONE;
	s->note = NULL;
	s->waits = s->tried = false;
	for (size_t i = 0; i < drift_value_size(lists) && n > 0; i++) {
		const struct drift_value *keys = drift_value_at(lists, i);
		bool waits = false;
		size_t left;

		if (!has_values(m, p, keys))
			continue;
		s->tried = true;
		left = keep_fitting(m, p, keys, m->scratch, n, &fitting, &waits);
		if (waits && m->stage < 2) {
			s->waits = true;
			return; /* a better list may still be decided: no weaker one is tried before that */
		}
		if (fitting == 0 || (waits && fitting > 0 && left > fitting)) {
			s->waits = s->waits || waits;
			if (!ambiguous)
				n = left;
			continue;
		}
		s->keys = keys;
		n = fitting > 1 ? break_tie(m, p, keys, m->scratch, fitting) : 1;
		if (n == 1) {
			s->want = (long)m->scratch[0];
			return;
		}
		ambiguous = true;
	}
	if (!ambiguous && s->tried && !s->waits)
		n = 0; /* every list that says something misses: nothing live is this resource */
	s->candidates = n > 0 ? drift__arena_alloc(m->plan->arena, n * sizeof(size_t)) : NULL;
	s->n_candidates = s->candidates != NULL ? n : 0;
	m->nomem = m->nomem || (n > 0 && s->candidates == NULL);
	if (s->n_candidates > 0)
		memcpy(s->candidates, m->scratch, n * sizeof(size_t));
}

/* Stage 3: the live resource that one of the matched points at, where its configuration points at this create. */
static void
find_hints(struct matcher *m)
{
	for (size_t p = 0; p < m->plan->n; p++)
		m->states[p].hint = NONE;
	for (size_t from = 0; from < m->plan->n; from++) {
		const struct drift_value *expressions = drift_value_get(m->plan->list[from].config, "expressions");

		if (m->out[from].outcome != DRIFT__MATCHED)
			continue;
		for (size_t i = 0; i < drift_value_size(expressions); i++) {
			const char *attribute = drift_value_key(expressions, i, NULL);
			const struct drift__targets *t;
			const char *text = drift__value_str(drift__look_live(&m->tmp, live_at(m, m->out[from].live), attribute));

			if (text == NULL || !drift__is_unknown(drift_value_get(m->plan->list[from].unknown, attribute)))
				continue;
			t = targets_of(m, from, attribute);
			for (size_t k = 0; k < t->n; k++) {
				size_t p = t->list[k].planned, n;

				if (!t->list[k].same_key || m->out[p].outcome == DRIFT__MATCHED)
					continue;
				n = free_candidates(m, p);
				for (size_t c = 0; c < n; c++) {
					if (drift__look_is_identity(&m->tmp, live_at(m, m->scratch[c]), t->list[k].attribute, text)) {
						m->states[p].hint = (long)m->scratch[c];
						m->states[p].hint_via = drift__arena_printf(m->plan->arena, "%s.%s", m->plan->list[from].address,
							attribute);
					}
				}
			}
		}
	}
}

static void
take_hint(struct matcher *m, size_t p)
{
	struct state *s = &m->states[p];
	const struct drift_value *lists = s->lists;

	if (s->want != NONE || s->hint == NONE)
		return;
	for (size_t i = 0; i < drift_value_size(lists); i++) {
		if (has_values(m, p, drift_value_at(lists, i)) && fit(m, p, drift_value_at(lists, i), (size_t)s->hint) == CONTRADICTS)
			return;
	}
	s->want = s->hint;
	s->keys = NULL;
	s->note = "what a matched resource points at";
}

static const struct drift_value *
evidence(struct matcher *m, size_t p, size_t l)
{
	const struct state *s = &m->states[p];
	struct drift__arena *a = m->plan->arena;
	struct drift__list_builder list;

	drift__list_init(&list, a);
	for (size_t k = 0; k < drift_value_size(s->keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(s->keys, k)), *via;
		struct drift__map_builder one;

		if (compare(m, p, attribute, l, &via) == BOTH_EMPTY)
			continue;
		drift__map_init(&one, a);
		drift__map_puts(&one, "attribute", attribute);
		drift__map_put(&one, "value", drift__look_live(a, live_at(m, l), attribute));
		drift__map_puts(&one, "via", via);
		drift__list_add(&list, drift__map_finish(&one));
	}
	if (s->note != NULL) {
		struct drift__map_builder one;

		drift__map_init(&one, a);
		drift__map_puts(&one, "note", s->note);
		if (s->keys == NULL)
			drift__map_puts(&one, "via", s->hint_via);
		drift__list_add(&list, drift__map_finish(&one));
	}
	return drift__list_finish(&list);
}

/* Takes what exactly one create wants; returns how many were decided. */
static size_t
commit(struct matcher *m)
{
	size_t decided = 0, n = m->plan->n;
	unsigned *wanted = drift__calloc(m->live->n_resources + 1, sizeof(*wanted));

	if (wanted == NULL) {
		m->nomem = true;
		return 0;
	}
	for (size_t p = 0; p < n; p++) {
		if (m->out[p].outcome != DRIFT__MATCHED && m->states[p].want != NONE)
			wanted[m->states[p].want]++;
	}
	for (size_t p = 0; p < n; p++) {
		struct state *s = &m->states[p];

		if (m->out[p].outcome == DRIFT__MATCHED || s->want == NONE)
			continue;
		if (wanted[s->want] > 1) { /* both stay without */
			s->candidates = drift__arena_alloc(m->plan->arena, sizeof(size_t));
			s->n_candidates = s->candidates != NULL;
			if (s->candidates != NULL)
				s->candidates[0] = (size_t)s->want;
			s->note = "shared";
			continue;
		}
		m->out[p].evidence = evidence(m, p, (size_t)s->want);
		m->out[p].outcome = DRIFT__MATCHED;
		m->out[p].live = (size_t)s->want;
		m->taken[s->want] = (long)p;
		decided++;
	}
	drift__free(wanted);
	return decided;
}

static size_t
run_round(struct matcher *m)
{
	size_t decided;

	for (size_t p = 0; p < m->plan->n; p++) {
		if (m->out[p].outcome != DRIFT__MATCHED)
			consider(m, p);
	}
	if (m->stage == 3) {
		find_hints(m);
		for (size_t p = 0; p < m->plan->n; p++) {
			if (m->out[p].outcome != DRIFT__MATCHED)
				take_hint(m, p);
		}
	}
	decided = commit(m);
	drift__arena_dispose(&m->tmp);
	drift__arena_init(&m->tmp, 0);
	return decided;
}

/* The catalogue's lists; without them the required texts of the schema, then the usual names. */
static const struct drift_value *
match_lists(struct matcher *m, const char *type)
{
	static const char usual[] = "[[\"name\"]]";
	const struct drift_value *v = drift__facts_get(m->facts, type, "match"), *schema;
	struct drift__list_builder keys, lists;

	if (drift_value_size(v) > 0)
		return v;
	schema = drift__facts_get(m->facts, type, "schema");
	drift__list_init(&keys, m->plan->arena);
	drift__list_init(&lists, m->plan->arena);
	for (size_t i = 0; i < drift_value_size(schema); i++) {
		const struct drift_value *a = drift_value_at(schema, i);
		const char *flags = drift__value_str(drift_value_at(a, 1));

		if (drift__value_str(drift_value_at(a, 0)) != NULL && flags != NULL && strchr(flags, 'R') != NULL && strchr(flags, 'S') == NULL)
			drift__list_add(&keys, drift__value_string(m->plan->arena, drift_value_key(schema, i, NULL)));
	}
	if (keys.len > 0) {
		drift__list_add(&lists, drift__list_finish(&keys));
		return drift__list_finish(&lists);
	}
	drift__list_dispose(&keys);
	drift__list_dispose(&lists);
	if (drift__json_parse(m->plan->arena, usual, sizeof(usual) - 1, &(struct drift__json_options){.name = "match"}, &v, NULL) != DRIFT_OK)
		return NULL;
	return v;
}

/* Why the live side may not know all resources of a type; NULL when it does. */
static const char *
gap_reason(const struct matcher *m, const struct drift__planned *p)
{
	const struct drift_value *gaps = m->live->gaps;

	for (size_t i = 0; i < drift_value_size(gaps); i++) {
		const struct drift_value *g = drift_value_at(gaps, i);
		const char *region = drift__value_gets(g, "region");

		if (drift__streq(drift__value_gets(g, "type"), p->type) && drift__value_gets(g, "address") == NULL &&
		    (region == NULL || region[0] == '\0' || p->region == NULL || strcmp(region, p->region) == 0))
			return drift__arena_printf(m->plan->arena, "%s could not be listed: %s", p->type,
				drift__value_gets(g, "reason") != NULL ? drift__value_gets(g, "reason") : "unknown reason");
	}
	return NULL;
}

static void
conclude(struct matcher *m, size_t p)
{
	struct drift__match *o = &m->out[p];
	const struct state *s = &m->states[p];
	const char *type = m->plan->list[p].type, *why, *gap = gap_reason(m, &m->plan->list[p]);

	if (o->outcome == DRIFT__MATCHED)
		return;
	o->candidates = s->candidates;
	o->n_candidates = s->n_candidates;
	why = drift__value_str(drift__facts_get(m->facts, type, "why_not_listed"));
	if (m->facts->entry(m->facts->ctx, type) == NULL) {
		o->outcome = DRIFT__UNDECIDED;
		o->reason = "the catalogue does not know the type";
	} else if (gap != NULL) {
		o->outcome = DRIFT__UNDECIDED;
		o->reason = gap;
	} else if (s->n_candidates > 0) {
		o->outcome = DRIFT__AMBIGUOUS;
		o->reason = s->want != NONE ? "another create fits the same live resource" :
			s->tried && !s->waits ? "several live resources fit" : "too little is known before apply to tell which it is";
	} else if (why != NULL) {
		o->outcome = DRIFT__UNDECIDED;
		o->reason = why;
	} else {
		o->outcome = DRIFT__REALLY_NEW;
		o->reason = "nothing live has its identity";
	}
}

enum drift_status
drift__match_plan(const struct drift__facts *facts, const struct drift__plan *plan, const struct drift_snapshot *live,
	const bool *usable, struct drift__match *out, struct drift_error *err)
{
	struct matcher m = {.facts = facts, .plan = plan, .live = live, .usable = usable, .out = out, .stage = 1};
	enum drift_status st = DRIFT_OK;

	m.states = drift__calloc(plan->n + 1, sizeof(*m.states));
	m.taken = drift__calloc(live->n_resources + 1, sizeof(*m.taken));
	m.scratch = drift__calloc(live->n_resources + 1, sizeof(*m.scratch));
	if (m.states == NULL || m.taken == NULL || m.scratch == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	drift__arena_init(&m.tmp, 0);
	for (size_t i = 0; i < live->n_resources; i++)
		m.taken[i] = NONE;
	for (size_t p = 0; p < plan->n; p++) {
		if (out[p].outcome == DRIFT__MATCHED)
			m.taken[out[p].live] = (long)p;
		m.states[p].lists = match_lists(&m, plan->list[p].type);
	}
	while (m.stage <= 3 && !m.nomem) {
		if (run_round(&m) > 0)
			m.stage = 1;
		else
			m.stage++;
	}
	for (size_t p = 0; p < plan->n; p++)
		conclude(&m, p);
	if (m.nomem)
		st = drift__nomem(err);
done:
	drift__arena_dispose(&m.tmp);
	drift__free(m.states);
	drift__free(m.taken);
	drift__free(m.scratch);
	return st;
}
