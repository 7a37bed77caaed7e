/* Creates that differ by nothing but their key: the same values, known and unknown, and the same lists of what they refer to. */
#include "imports/match_index.h"

#include <string.h>

enum { VALUES_MAX = 16 << 20 };

static bool
is_same_resource(const struct drift__planned *a, const struct drift__planned *b)
{
	return a->config != NULL && a->config == b->config && a->scope == b->scope;
}

/* Whether something that identifies the create refers to many: only then others may stand beside it in a group. */
static bool
refers_to_many(struct drift__matcher *m, size_t p)
{
	const struct drift_value *lists = m->states[p].lists;

	for (size_t i = 0; i < drift_value_size(lists); i++) {
		const struct drift_value *keys = drift_value_at(lists, i);

		for (size_t k = 0; k < drift_value_size(keys); k++) {
			const char *attribute = drift__value_str(drift_value_at(keys, k));

			if (attribute != NULL && drift__is_reference(m, p, attribute) && drift__targets_of(m, p, attribute)->n > 1)
				return true;
		}
	}
	return false;
}

static bool
have_same_targets(struct drift__matcher *m, size_t a, size_t b)
{
	const struct drift_value *lists = m->states[a].lists;

	for (size_t i = 0; i < drift_value_size(lists); i++) {
		const struct drift_value *keys = drift_value_at(lists, i);

		for (size_t k = 0; k < drift_value_size(keys); k++) {
			const char *attribute = drift__value_str(drift_value_at(keys, k));

			if (attribute != NULL && drift__is_reference(m, a, attribute) &&
			    drift__targets_of(m, a, attribute)->serial != drift__targets_of(m, b, attribute)->serial)
				return false;
		}
	}
	return true;
}

static bool
differ_by_key(struct drift__matcher *m, size_t a, size_t b)
{
	const struct drift__planned *pa = &m->plan->list[a], *pb = &m->plan->list[b];

	return is_same_resource(pa, pb) && drift__value_compare(pa->after, pb->after) == 0 && drift__value_compare(pa->unknown, pb->unknown) == 0 &&
		have_same_targets(m, a, b);
}

static bool
hash_values(const struct drift__planned *p, struct drift__buf *b, uint64_t *out)
{
	drift__buf_reset(b);
	drift__json_write(b, p->after, 0, true);
	drift__json_write(b, p->unknown, 0, true);
	*out = b->status == DRIFT_OK ? drift__hash_text(b->data, b->len) : 0;
	return b->status == DRIFT_OK;
}

void
drift__match_group(struct drift__matcher *m)
{
	struct drift__link *list = drift__calloc(m->plan->n + 1, sizeof(*list));
	struct drift__buf text = DRIFT__BUF_INIT(VALUES_MAX);
	size_t n = 0;

	m->nomem = m->nomem || list == NULL;
	for (size_t p = 0; p < m->plan->n; p++) {
		m->states[p].group = p;
		if (list != NULL && m->out[p].outcome != DRIFT__MATCHED && refers_to_many(m, p) && hash_values(&m->plan->list[p], &text, &list[n].from))
			list[n++].to = p;
	}
	drift__links_sort(list, n);
	for (size_t i = 1; i < n; i++) {
		size_t before = m->states[list[i - 1].to].group;

		if (list[i].from == list[i - 1].from && differ_by_key(m, before, list[i].to))
			m->states[list[i].to].group = before;
	}
	drift__buf_dispose(&text);
	drift__free(list);
}
