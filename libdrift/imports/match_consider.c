/* What a create wants in a round. Its live resource follows from the lists of identifying attributes, the first that says something first.
 *
 * Instances of one resource often differ by nothing but their key, and refer to instances of others by it. All that does not depend on the key is
 * found out once for such a group; then each of it is paired by its own. */
#include "imports/look.h"
#include "imports/match_index.h"
#include "imports/match_named.h"

#include <string.h>

/* Live resources that fit by a list, and that nothing but the key of the create may tell apart. */
struct tie {
	const struct drift_value *keys;
	size_t rank;
	size_t *list, n;
	bool *has;        /* the same, by live resource from `first` on */
	size_t first, n_has;
	struct tie *next;
};

struct drift__match_finding {
	struct drift__match_state s; /* only what was found out */
	const struct tie *ties;      /* in the order of the lists */
};

/* How many known values of the plan a live resource does not have. */
static size_t
contradictions(struct drift__matcher *m, size_t p, size_t l)
{
	const struct drift__planned *planned = &m->plan->list[p];
	const struct drift_resource *r = drift__live_at(m, l);
	const struct drift_value *tags = drift_value_get(planned->after, "tags_all");
	size_t n = 0;

	for (size_t i = 0; i < drift_value_size(planned->after); i++) {
		const char *key = drift_value_key(planned->after, i, NULL), *via;
		enum drift_kind kind = drift_value_kind(drift_value_at(planned->after, i));

		if ((kind == DRIFT_STRING || kind == DRIFT_NUMBER) && drift_value_get(r->attributes, key) != NULL)
			n += drift__match_compare(m, p, key, l, &via) == DRIFT__DIFFERS;
	}
	if (drift_value_size(tags) == 0)
		tags = drift_value_get(planned->after, "tags");
	for (size_t i = 0; i < drift_value_size(tags); i++) {
		const struct drift_value *have = drift_value_get(r->tags, drift_value_key(tags, i, NULL));

		n += !drift__look_equal(drift_value_at(tags, i), have);
	}
	return n;
}

/* Several fit: the one that agrees with all known values, if it is one. Else they are kept, and all stay. */
static size_t
break_tie(struct drift__matcher *m, size_t p, const struct drift_value *keys, size_t rank, size_t n, struct tie ***last)
{
	struct drift__match_state *s = &m->states[p];
	size_t agree = 0, chosen = 0;
	struct tie *t;

	for (size_t i = 0; i < n && agree < 2; i++) {
		if (contradictions(m, p, m->scratch[i]) == 0) {
			agree++;
			chosen = m->scratch[i];
		}
	}
	if (agree == 1) {
		s->note = "the only candidate that agrees with all known values";
		m->scratch[0] = chosen;
		return 1;
	}
	if (m->stage < 2)
		return n;
	t = drift__arena_zalloc(&m->tmp, sizeof(*t));
	if (t == NULL)
		goto nomem;
	t->keys = keys;
	t->rank = rank;
	t->n = n;
	t->n_has = drift__snapshot_of_type(m->live, m->plan->list[p].type, &t->first);
	t->list = drift__arena_alloc(&m->tmp, n * sizeof(*t->list));
	t->has = drift__arena_zalloc(&m->tmp, t->n_has * sizeof(*t->has));
	if (t->list == NULL || t->has == NULL)
		goto nomem;
	memcpy(t->list, m->scratch, n * sizeof(*t->list));
	for (size_t i = 0; i < n; i++)
		t->has[m->scratch[i] - t->first] = true;
	**last = t;
	*last = &t->next;
	return n;
nomem:
	m->nomem = true;
	return n;
}

static size_t
keep_fitting(struct drift__matcher *m, size_t p, const struct drift_value *keys, size_t *list, size_t n, size_t *fitting, bool *waits, bool *doubt)
{
	bool partial = drift__is_partial(m, p, keys);
	size_t left = 0;

	*fitting = 0;
	for (size_t i = 0; i < n; i++) {
		enum drift__fit fit = drift__fit(m, p, keys, list[i]);

		/* what is left of the list does not tell it from others, and something else speaks against it */
		if (partial && (fit == DRIFT__FITS || fit == DRIFT__FITS_WEAKLY) && contradictions(m, p, list[i]) > 0) {
			fit = DRIFT__MISSES;
			*doubt = true;
		}
		switch (fit) {
		case DRIFT__FITS:
		case DRIFT__FITS_WEAKLY: { /* fitting ones stand first */
			size_t l = list[i];

			list[left] = list[*fitting];
			list[(*fitting)++] = l;
			left++;
			break;
		}
		case DRIFT__FIT_UNKNOWN:
			*waits = true;
			if (m->stage < 2) /* all else has to wait for it */
				return left;
			list[left++] = list[i];
			break;
		case DRIFT__MISSES:
			list[left++] = list[i];
			break;
		case DRIFT__CONTRADICTS:
			break;
		}
	}
	return left;
}

/* The one that has the tags of the create, found without looking at the others; or it has to wait. */
static bool
decided_by_tag(struct drift__matcher *m, size_t p, const struct drift_value *keys)
{
	struct drift__match_state *s = &m->states[p];
	size_t n = 0, fitting = 0;
	bool waits = false, doubt = false;

	if (!drift__index_candidates(m, p, keys, true, &n))
		return false;
	keep_fitting(m, p, keys, m->scratch, n, &fitting, &waits, &doubt);
	s->waits = waits && m->stage < 2;
	if (s->waits)
		return true;
	if (fitting != 1 || waits || doubt)
		return false;
	s->keys = keys;
	s->want = (long)m->scratch[0];
	return true;
}

/* All but what the key of the create decides; that is left in ties. */
static void
find_out(struct drift__matcher *m, size_t p, struct tie **ties)
{
	struct drift__match_state *s = &m->states[p];
	const struct drift_value *lists = s->lists;
	size_t n = 1, fitting = 0;
	bool ambiguous = false, doubt = false;

	for (size_t i = 0; i < drift_value_size(lists) && n > 0; i++) {
		const struct drift_value *keys = drift_value_at(lists, i);
		bool waits = false;
		size_t left;

		if (!drift__has_values(m, p, keys))
			continue;
		if (!s->tried && decided_by_tag(m, p, keys)) {
			s->tried = true;
			s->rank = i;
			return;
		}
		if (!s->tried && !drift__index_candidates(m, p, keys, false, &n))
			n = drift__free_candidates(m, p);
		s->tried = true;
		left = keep_fitting(m, p, keys, m->scratch, n, &fitting, &waits, &doubt);
		s->waits = s->waits || waits;
		if (waits && m->stage < 2)
			return; /* a better list may still be decided: no weaker one is tried before that */
		if (fitting == 0 || waits) {
			if (!ambiguous)
				n = left;
			continue;
		}
		s->keys = keys;
		s->rank = i;
		n = fitting > 1 ? break_tie(m, p, keys, i, fitting, &ties) : 1;
		if (n == 1) {
			s->want = (long)m->scratch[0];
			return;
		}
		ambiguous = true;
	}
	if (!s->tried)
		n = drift__free_candidates(m, p);
	s->waits = s->waits || doubt;
	if (m->stage < 3 || (!ambiguous && s->tried && !s->waits))
		n = 0; /* another round follows; or every list that says something misses: nothing live is this resource */
	s->candidates = n > 0 ? drift__arena_alloc(m->plan->arena, n * sizeof(size_t)) : NULL;
	s->n_candidates = s->candidates != NULL ? n : 0;
	m->nomem = m->nomem || (n > 0 && s->candidates == NULL);
	if (s->n_candidates > 0)
		memcpy(s->candidates, m->scratch, n * sizeof(size_t));
}

/* Those of a tie that may be paired with the create, into m->other: what its own references name, where it has some. */
static size_t
may_be_paired(struct drift__matcher *m, size_t p, const struct tie *t)
{
	size_t n, kept = 0;

	for (size_t k = 0; k < drift_value_size(t->keys); k++) {
		const char *attribute = drift__value_str(drift_value_at(t->keys, k));

		if (drift__is_tag(attribute) || !drift__is_reference(m, p, attribute) ||
		    !drift__named_by_own(m, drift__targets_of(m, p, attribute), p, attribute, &n))
			continue;
		for (size_t i = 0; i < n; i++) {
			size_t at = m->other[i] - t->first;

			if (at < t->n_has && t->has[at])
				m->other[kept++] = m->other[i];
		}
		return kept;
	}
	memcpy(m->other, t->list, t->n * sizeof(*t->list));
	return t->n;
}

/* The one whose references have the same key. */
static bool
pair_by_key(struct drift__matcher *m, size_t p, const struct tie *t)
{
	struct drift__match_state *s = &m->states[p];
	size_t n = may_be_paired(m, p, t);
	long pair = DRIFT__NONE;

	for (size_t i = 0; i < n; i++) {
		if ((long)m->other[i] == pair || drift__fit(m, p, t->keys, m->other[i]) != DRIFT__FITS)
			continue;
		if (pair != DRIFT__NONE)
			return false;
		pair = (long)m->other[i];
	}
	if (pair == DRIFT__NONE)
		return false;
	s->want = pair;
	s->keys = t->keys;
	s->rank = t->rank;
	s->note = "instances paired by key";
	return true;
}

static const struct drift__match_finding *
finding_of(struct drift__matcher *m, size_t p)
{
	struct drift__match_state *s = &m->states[p], *first = &m->states[s->group];
	struct drift__match_finding *f;
	struct tie *ties = NULL;

	if (first->finding != NULL)
		return first->finding;
	s->want = DRIFT__NONE;
	s->note = NULL;
	s->waits = s->tried = false;
	s->candidates = NULL;
	s->n_candidates = 0;
	find_out(m, p, &ties);
	f = drift__arena_alloc(&m->tmp, sizeof(*f));
	m->nomem = m->nomem || f == NULL;
	if (f != NULL)
		*f = (struct drift__match_finding){*s, ties};
	first->finding = f;
	return f;
}

void
drift__match_consider(struct drift__matcher *m, size_t p)
{
	struct drift__match_state *s = &m->states[p];
	const struct drift__match_finding *f = finding_of(m, p);

	if (f == NULL)
		return;
	s->want = f->s.want;
	s->keys = f->s.keys;
	s->rank = f->s.rank;
	s->note = f->s.note;
	s->candidates = f->s.candidates;
	s->n_candidates = f->s.n_candidates;
	s->waits = f->s.waits;
	s->tried = f->s.tried;
	s->torn = false;
	for (const struct tie *t = f->ties; t != NULL && !pair_by_key(m, p, t); t = t->next)
		;
	if (s->want != DRIFT__NONE)
		drift__match_doubt(m, p);
}
