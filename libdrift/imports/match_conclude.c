/* What is said of creates that were not matched: really new, ambiguous, or undecided, and why. */
#include "imports/look.h"
#include "imports/match_fit.h"

#include <string.h>

/* Why the live side may not know all resources of a type; NULL when it does. */
static const char *
gap_reason(const struct drift__matcher *m, const struct drift__planned *p)
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
conclude(struct drift__matcher *m, size_t p)
{
	struct drift__match *o = &m->out[p];
	const struct drift__match_state *s = &m->states[p];
	const char *type = m->plan->list[p].type, *why, *gap = gap_reason(m, &m->plan->list[p]);

	if (o->outcome == DRIFT__MATCHED)
		return;
	o->candidates = s->candidates;
	o->n_candidates = s->n_candidates;
	why = drift__value_str(drift__facts_get(m->facts, type, "why_not_listed"));
	if (m->facts->entry(m->facts->ctx, type) == NULL) {
		o->outcome = DRIFT__UNDECIDED;
		o->reason = "the catalogue does not know the type";
	} else if (drift__is_foreign(m, p)) {
		o->outcome = DRIFT__UNDECIDED;
		o->n_candidates = 0;
		o->reason = drift__arena_printf(m->plan->arena, "its provider works in account %s, and this is %s: look there with a role or profile of that account",
			m->plan->list[p].account, drift__value_gets(m->live->meta, "account"));
	} else if (gap != NULL) {
		o->outcome = DRIFT__UNDECIDED;
		o->reason = gap;
	} else if (s->n_candidates > 0) {
		o->outcome = DRIFT__AMBIGUOUS;
		o->reason = s->want != DRIFT__NONE ? "another create fits the same live resource" :
			s->torn ? "the first is the one by name or tags, but what cannot be changed in place is that of the others" :
			s->tried && !s->waits ? "several live resources fit" : "too little is known before apply to tell which it is";
	} else if (why != NULL) {
		o->outcome = DRIFT__UNDECIDED;
		o->reason = why;
	} else {
		o->outcome = DRIFT__REALLY_NEW;
		o->reason = "nothing live has its identity";
	}
}

/* What refers to something really new by a value that AWS will choose cannot be there yet. Gives that attribute; NULL when there is none. */
static const char *
hangs_on_new(struct drift__matcher *m, size_t p)
{
	const struct drift_value *keys = drift_value_at(m->states[p].lists, 0);

	for (size_t k = 0; k < drift_value_size(keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(keys, k));
		const struct drift__targets *t;
		size_t fresh = 0;

		if (attribute == NULL || !drift__is_unknown(drift__look_path(m->plan->list[p].unknown, attribute)))
			continue;
		t = drift__targets_of(m, p, attribute);
		for (size_t i = 0; i < t->n; i++)
			fresh += m->out[t->list[i].planned].outcome == DRIFT__REALLY_NEW;
		if (!t->open && t->n > 0 && fresh == t->n)
			return attribute;
	}
	return NULL;
}

void
drift__match_conclude(struct drift__matcher *m)
{
	bool more = true;

	for (size_t p = 0; p < m->plan->n; p++)
		conclude(m, p);
	while (more) {
		more = false;
		for (size_t p = 0; p < m->plan->n; p++) {
			struct drift__match *o = &m->out[p];
			const char *attribute = o->outcome == DRIFT__AMBIGUOUS ? hangs_on_new(m, p) : NULL;

			if (attribute == NULL)
				continue;
			o->outcome = DRIFT__REALLY_NEW;
			o->n_candidates = 0;
			o->reason = drift__arena_printf(m->plan->arena, "its %s is that of something really new", attribute);
			more = true;
		}
	}
}
