/* Values in a block that the schema names and does not describe (it is cut short where blocks nest too deep). Without it a list of one block
 * and a block are the same, as are lists in another order, what is absent and what is empty; that a block stands there counts. The state
 * has all members of a block, set or not: what it lacks the provider does not know. */
#include "diff/compare.h"

static bool
is_nothing(const struct drift_value *v)
{
	switch (drift_value_kind(v)) {
	case DRIFT_NULL:
	case DRIFT_STRING:
	case DRIFT_LIST:
		return drift__value_is_empty(v);
	case DRIFT_BOOL:
		return !drift_value_bool(v);
	case DRIFT_NUMBER: {
		double d;

		return drift__value_to_double(v, &d) && d == 0;
	}
	default:
		return false;
	}
}

/* The state writes a block as a list of one. An empty map that is no block is an attribute without keys. */
static const struct drift_value *
plain(const struct drift_value *v, bool block)
{
	while (drift_value_kind(v) == DRIFT_LIST && v->len == 1 && drift_value_kind(drift_value_at(v, 0)) == DRIFT_MAP)
		v = drift_value_at(v, 0);
	return is_nothing(v) || (drift_value_kind(v) == DRIFT_MAP && v->len == 0 && !block) ? &drift__null : v;
}

static bool equal_values(struct drift__compare *c, const struct drift_value *state, bool in_list, const struct drift_value *live);

static bool
equal_maps(struct drift__compare *c, const struct drift_value *state, bool block, const struct drift_value *live)
{
	size_t i;

	for (i = 0; i < state->len; i++)
		if (!equal_values(c, drift_value_at(state, i), false, drift_value_get(live, drift_value_key(state, i, NULL))))
			return false;
	for (i = 0; i < live->len && !block; i++)
		if (drift_value_get(state, drift_value_key(live, i, NULL)) == NULL)
			return false;
	return true;
}

static bool
equal_lists(struct drift__compare *c, const struct drift_value *state, const struct drift_value *live)
{
	bool *taken = drift__arena_zalloc(c->scratch, live->len * sizeof *taken);
	size_t i, k;

	if (taken == NULL) {
		drift__compare_nomem(c);
		return true;
	}
	if (state->len != live->len)
		return false;
	for (i = 0; i < state->len; i++) {
		for (k = 0; k < live->len; k++)
			if (!taken[k] && equal_values(c, drift_value_at(state, i), true, drift_value_at(live, k)))
				break;
		if (k == live->len)
			return false;
		taken[k] = true;
	}
	return true;
}

/* in_list: the state's value is an element, so that a map is a block. */
static bool
equal_values(struct drift__compare *c, const struct drift_value *state, bool in_list, const struct drift_value *live)
{
	const struct drift_value *a = plain(state, in_list || drift_value_kind(state) == DRIFT_LIST), *b = plain(live, true);
	const char *text[2];
	bool equal = false;

	if (drift_value_kind(a) == DRIFT_NULL || drift_value_kind(b) == DRIFT_NULL)
		return drift_value_kind(a) == drift_value_kind(b);
	if (drift_value_kind(a) >= DRIFT_LIST || drift_value_kind(b) >= DRIFT_LIST) {
		if (drift_value_kind(a) != drift_value_kind(b))
			return false;
		return drift_value_kind(a) == DRIFT_MAP ? equal_maps(c, a, in_list || a != state, b) : equal_lists(c, a, b);
	}
	text[0] = drift__scalar_text(c->scratch, a);
	text[1] = drift__scalar_text(c->scratch, b);
	a = text[0] != NULL ? drift__value_string(c->scratch, text[0]) : NULL;
	b = text[1] != NULL ? drift__value_string(c->scratch, text[1]) : NULL;
	if (a == NULL || b == NULL)
		drift__compare_nomem(c);
	/* what AWS encodes the provider decodes */
	if (c->status == DRIFT_OK)
		c->status = drift__kind_equal(DRIFT__KIND_base64, &c->kinds, a, b, &equal, c->err);
	return equal;
}

bool
drift__loosely_equal(struct drift__compare *c, const struct drift_value *state, const struct drift_value *live)
{
	return equal_values(c, state, false, live);
}
