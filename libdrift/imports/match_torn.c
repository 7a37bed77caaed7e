/* Names and tags can be exchanged; what cannot be changed in place stays with an object. Where both speak for the same live resource, or nothing but
 * the name speaks for any, that is the one. Where an address would get the name of one object and what is fixed of another, nothing is guessed: an
 * import of the first would have Terraform replace it. */
#include "imports/look.h"
#include "imports/match_index.h"

#include <string.h>

/* What a create says of an attribute that is fixed, against a live resource; BOTH_EMPTY where it says nothing. */
static enum drift__verdict
compare_fixed(struct drift__matcher *m, size_t p, const char *attribute, size_t l)
{
	const struct drift_value *want = attribute != NULL ? drift__look_path(m->plan->list[p].after, attribute) : NULL;
	enum drift_kind kind = drift_value_kind(want);
	const char *via;

	if (attribute == NULL || (drift__look_empty(want) ? !drift__is_reference(m, p, attribute) : kind != DRIFT_STRING && kind != DRIFT_NUMBER))
		return DRIFT__BOTH_EMPTY;
	return drift__match_compare(m, p, attribute, l, &via);
}

/* Nothing that is fixed speaks against it, nor for it less than for the other one, and what speaks against that speaks for it. */
static bool
fits_better(struct drift__matcher *m, size_t p, const struct drift_value *differing, size_t l)
{
	const struct drift_value *fixed = m->states[p].fixed;

	for (size_t i = 0; i < drift_value_size(fixed); i++) {
		const char *attribute = drift__value_str(drift_value_at(fixed, i));
		enum drift__verdict verdict = compare_fixed(m, p, attribute, l);

		if (verdict == DRIFT__DIFFERS || (verdict == DRIFT__SAME && compare_fixed(m, p, attribute, (size_t)m->states[p].want) == DRIFT__SAME_KEY))
			return false;
	}
	for (size_t i = 0; i < drift_value_size(differing); i++) {
		enum drift__verdict verdict = compare_fixed(m, p, drift__value_str(drift_value_at(differing, i)), l);

		if (verdict != DRIFT__SAME && verdict != DRIFT__SAME_KEY)
			return false;
	}
	return true;
}

static bool
names_tags(const struct drift_value *keys)
{
	for (size_t k = 0; k < drift_value_size(keys); k++) {
		if (drift__is_tag(drift__value_str(drift_value_at(keys, k))))
			return true;
	}
	return false;
}

/* Those that fit better, into m->scratch. */
static size_t
find_better(struct drift__matcher *m, size_t p, const struct drift_value *differing)
{
	size_t want = (size_t)m->states[p].want, n, kept = 0;

	if (!drift__index_candidates(m, p, differing, false, &n))
		n = drift__free_candidates(m, p);
	for (size_t i = 0; i < n; i++) {
		if (m->scratch[i] != want && fits_better(m, p, differing, m->scratch[i]))
			m->scratch[kept++] = m->scratch[i];
	}
	return kept;
}

void
drift__match_doubt(struct drift__matcher *m, size_t p)
{
	struct drift__match_state *s = &m->states[p];
	size_t want = (size_t)s->want, first, n;
	struct drift__list_builder list;
	const struct drift_value *differing;
	bool waits = false;

	drift__list_init(&list, &m->tmp);
	for (size_t i = 0; i < drift_value_size(s->fixed); i++) {
		enum drift__verdict verdict = compare_fixed(m, p, drift__value_str(drift_value_at(s->fixed, i)), want);

		waits = waits || verdict == DRIFT__WAITS;
		if (verdict == DRIFT__DIFFERS)
			drift__list_add(&list, drift_value_at(s->fixed, i));
	}
	if (waits && m->stage < 2 && names_tags(s->keys) && drift__snapshot_of_type(m->live, m->plan->list[p].type, &first) > 1) {
		drift__list_dispose(&list);
		s->want = DRIFT__NONE; /* tags decide when nothing better does */
		s->waits = true;
		return;
	}
	differing = drift__list_finish(&list);
	m->nomem = m->nomem || differing == NULL;
	n = drift_value_size(differing) > 0 ? find_better(m, p, differing) : 0;
	if (n == 0)
		return;
	s->want = DRIFT__NONE; /* when others have taken the better ones, it is the one after all */
	s->torn = true;
	s->candidates = drift__arena_alloc(m->stage < 3 ? &m->tmp : m->plan->arena, (n + 1) * sizeof(*s->candidates));
	s->n_candidates = s->candidates != NULL ? n + 1 : 0;
	m->nomem = m->nomem || s->candidates == NULL;
	if (s->candidates != NULL) {
		s->candidates[0] = want;
		memcpy(s->candidates + 1, m->scratch, n * sizeof(*s->candidates));
	}
}
