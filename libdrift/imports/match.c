/* Planned creates -> live resources, to a fixed point.
 *
 * A create is compared with the free live resources of its type by the lists of identifying attributes of the catalogue. Values known only
 * after apply are what the referenced resource was matched with; so each round decides more. Rounds run in three stages, and begin anew after
 * each success:
 *   1  only what is known, or was resolved, counts
 *   2  an unknown value that goes through a local must at least be the identity of something already matched; instances are paired by key
 *   3  backwards: what a matched resource points at, where its configuration points at a create, is that create
 * Two creates that want one live resource get none. */
#include "imports/look.h"
#include "imports/match_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stage 3: the live resource that one of the matched points at, where its configuration points at this create. */
static void
find_hints(struct drift__matcher *m)
{
	for (size_t p = 0; p < m->plan->n; p++)
		m->states[p].hint = DRIFT__NONE;
	for (size_t from = 0; from < m->plan->n; from++) {
		const struct drift_value *expressions = drift_value_get(m->plan->list[from].config, "expressions");

		if (m->out[from].outcome != DRIFT__MATCHED)
			continue;
		for (size_t i = 0; i < drift_value_size(expressions); i++) {
			const char *attribute = drift_value_key(expressions, i, NULL);
			const struct drift__targets *t;
			const char *text = drift__value_str(drift__look_live(&m->tmp, drift__live_at(m, m->out[from].live), attribute));

			if (text == NULL || !drift__is_unknown(drift_value_get(m->plan->list[from].unknown, attribute)))
				continue;
			t = drift__targets_of(m, from, attribute);
			for (size_t k = 0; k < t->n; k++) {
				size_t p = t->list[k].planned, n;

				if (!drift__is_same_key(t, k) || m->out[p].outcome == DRIFT__MATCHED)
					continue;
				n = drift__free_candidates(m, p);
				for (size_t c = 0; c < n; c++) {
					if (drift__look_is_identity(&m->tmp, drift__live_at(m, m->scratch[c]), t->list[k].attribute, text)) {
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
take_hint(struct drift__matcher *m, size_t p)
{
	struct drift__match_state *s = &m->states[p];
	const struct drift_value *lists = s->lists;

	if (s->want != DRIFT__NONE || s->hint == DRIFT__NONE)
		return;
	for (size_t i = 0; i < drift_value_size(lists); i++) {
		if (drift__has_values(m, p, drift_value_at(lists, i)) && drift__fit(m, p, drift_value_at(lists, i), (size_t)s->hint) == DRIFT__CONTRADICTS)
			return;
	}
	s->want = s->hint;
	s->rank = drift_value_size(lists);
	s->keys = NULL;
	s->note = "what a matched resource points at";
}

static const struct drift_value *
evidence(struct drift__matcher *m, size_t p, size_t l)
{
	const struct drift__match_state *s = &m->states[p];
	struct drift__arena *a = m->plan->arena;
	struct drift__list_builder list;

	drift__list_init(&list, a);
	for (size_t k = 0; k < drift_value_size(s->keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(s->keys, k)), *via;
		struct drift__map_builder one;

		if (drift__match_compare(m, p, attribute, l, &via) == DRIFT__BOTH_EMPTY)
			continue;
		drift__map_init(&one, a);
		drift__map_puts(&one, "attribute", attribute);
		drift__map_put(&one, "value", drift__look_live(a, drift__live_at(m, l), attribute));
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

/* How many want each live resource for the best reason that there is for it. */
static struct wanted {
	size_t rank, n;
} *
count_wanted(struct drift__matcher *m)
{
	struct wanted *wanted = drift__calloc(m->live->n_resources + 1, sizeof(*wanted));

	m->nomem = m->nomem || wanted == NULL;
	for (size_t p = 0; wanted != NULL && p < m->plan->n; p++) {
		const struct drift__match_state *s = &m->states[p];
		struct wanted *w = s->want != DRIFT__NONE ? &wanted[s->want] : NULL;

		if (m->out[p].outcome == DRIFT__MATCHED || w == NULL || (w->n > 0 && s->rank > w->rank))
			continue;
		w->n = w->n > 0 && s->rank == w->rank ? w->n + 1 : 1;
		w->rank = s->rank;
	}
	return wanted;
}

/* Takes what exactly one create wants, or wants for a better reason than others do; returns how many were decided. */
static size_t
commit(struct drift__matcher *m)
{
	size_t decided = 0, n = m->plan->n;
	struct wanted *wanted = count_wanted(m);

	for (size_t p = 0; wanted != NULL && p < n; p++) {
		struct drift__match_state *s = &m->states[p];

		if (m->out[p].outcome == DRIFT__MATCHED || s->want == DRIFT__NONE)
			continue;
		if (wanted[s->want].n > 1 || wanted[s->want].rank != s->rank) { /* stays without; what is taken now is no candidate in the next round */
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
run_round(struct drift__matcher *m)
{
	size_t decided;

	for (size_t p = 0; p < m->plan->n; p++) {
		if (m->out[p].outcome != DRIFT__MATCHED)
			drift__match_consider(m, p);
	}
	if (m->stage == 3) {
		find_hints(m);
		for (size_t p = 0; p < m->plan->n; p++) {
			if (m->out[p].outcome != DRIFT__MATCHED)
				take_hint(m, p);
		}
	}
	decided = commit(m);
	m->decided += decided;
	for (size_t p = 0; p < m->plan->n; p++)
		m->states[p].finding = NULL;
	drift__arena_dispose(&m->tmp);
	drift__arena_init(&m->tmp, 0);
	return decided;
}

/* The catalogue's lists; without them the required texts of the schema, then the usual names. */
static const struct drift_value *
match_lists(struct drift__matcher *m, const char *type)
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

enum drift_status
drift__match_plan(const struct drift__facts *facts, const struct drift__plan *plan, const struct drift_snapshot *live,
	const bool *usable, struct drift__match *out, struct drift_error *err)
{
	struct drift__matcher m = {.facts = facts, .plan = plan, .live = live, .usable = usable, .out = out, .stage = 1};
	enum drift_status st = DRIFT_OK;

	m.states = drift__calloc(plan->n + 1, sizeof(*m.states));
	m.taken = drift__calloc(live->n_resources + 1, sizeof(*m.taken));
	m.scratch = drift__calloc(2 * (live->n_resources + 1), sizeof(*m.scratch));
	if (m.states == NULL || m.taken == NULL || m.scratch == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	m.other = m.scratch + live->n_resources + 1;
	drift__arena_init(&m.tmp, 0);
	for (size_t i = 0; i < live->n_resources; i++)
		m.taken[i] = DRIFT__NONE;
	for (size_t p = 0; p < plan->n; p++) {
		if (out[p].outcome == DRIFT__MATCHED)
			m.taken[out[p].live] = (long)p;
		m.states[p].lists = match_lists(&m, plan->list[p].type);
		m.states[p].fixed = drift__facts_get(facts, plan->list[p].type, "replaces");
	}
	drift__match_group(&m);
	while (m.stage <= 3 && !m.nomem) {
		if (run_round(&m) > 0)
			m.stage = 1;
		else
			m.stage++;
	}
	drift__match_conclude(&m);
	if (m.nomem)
		st = drift__nomem(err);
done:
	drift__arena_dispose(&m.tmp);
	drift__free(m.states);
	drift__free(m.taken);
	drift__free(m.scratch);
	return st;
}
