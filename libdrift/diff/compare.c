/* Attributes of a state instance and of a live resource → changes.
 *
 * The entry's attributes are walked by name; what the schema says decides how. Each side's value is first brought into the schema's
 * shape, what siblings own is taken out, absent values get their default, and only where the normal forms differ is looked closer. */
#include "diff/compare.h"

#include "model/sealed.h"

#include <stdlib.h>
#include <string.h>

void
drift__compare_nomem(struct drift__compare *c)
{
	if (c->status == DRIFT_OK)
		c->status = drift__nomem(c->err);
}

/* ---- results ---- */

void
drift__add_change(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	struct drift__change *change;
	bool masked_state = false, masked_live = false;

	if (c->status != DRIFT_OK)
		return;
	if (c->out->n_changes == c->cap_changes) {
		size_t cap = c->cap_changes == 0 ? 8 : c->cap_changes * 2;
		struct drift__change *more = drift__arena_alloc(c->arena, cap * sizeof *more);

		if (more == NULL) {
			drift__compare_nomem(c);
			return;
		}
		if (c->out->n_changes > 0)
			memcpy(more, c->out->changes, c->out->n_changes * sizeof *more);
		c->out->changes = more;
		c->cap_changes = cap;
	}
	change = &c->out->changes[c->out->n_changes];
	change->path = drift__arena_strdup(c->arena, p->path);
	change->attribute = drift__arena_strdup(c->arena, p->attribute);
	change->state = drift__masked(c, p, state, &masked_state);
	change->live = drift__masked(c, p, live, &masked_live);
	change->sensitive = drift__is_secret(c, &p->node, p->attribute) || masked_state || masked_live;
	if (change->path == NULL || change->attribute == NULL || change->state == NULL || change->live == NULL)
		drift__compare_nomem(c);
	else
		c->out->n_changes++;
}

static void
add_unknown(struct drift__compare *c, const char *attribute)
{
	size_t i;

	for (i = 0; i < c->out->n_unknown; i++)
		if (strcmp(c->out->unknown[i], attribute) == 0)
			return;
	if (c->out->n_unknown == c->cap_unknown) {
		size_t cap = c->cap_unknown == 0 ? 8 : c->cap_unknown * 2;
		const char **more = drift__arena_alloc(c->arena, cap * sizeof *more);

		if (more == NULL) {
			drift__compare_nomem(c);
			return;
		}
		if (c->out->n_unknown > 0)
			memcpy(more, c->out->unknown, c->out->n_unknown * sizeof *more);
		c->out->unknown = more;
		c->cap_unknown = cap;
	}
	c->out->unknown[c->out->n_unknown] = drift__arena_strdup(c->arena, attribute);
	if (c->out->unknown[c->out->n_unknown] == NULL)
		drift__compare_nomem(c);
	else
		c->out->n_unknown++;
}

/* ---- places ---- */

static bool
named(const struct drift_value *list, const char *name)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (drift__streq(drift__value_str(drift_value_at(list, i)), name))
			return true;
	return false;
}

static bool
is_unknown(const struct drift__compare *c, const char *attribute)
{
	return named(c->in->unknown, attribute) || named(c->in->unknown_state, attribute);
}

enum drift__kind
drift__place_kind(const struct drift__place *p)
{
	if (p->rule != NULL && p->rule->kind != DRIFT__KIND_none)
		return p->rule->kind;
	if (p->element_kind != DRIFT__KIND_none)
		return p->element_kind;
	switch (p->node.kind) {
	case DRIFT__NODE_NUMBER:
		return DRIFT__KIND_number;
	case DRIFT__NODE_BOOL:
		return DRIFT__KIND_bool;
	default:
		return DRIFT__KIND_string;
	}
}

static bool
whole_value_kind(enum drift__kind kind)
{
	return kind == DRIFT__KIND_list || kind == DRIFT__KIND_set || kind == DRIFT__KIND_map || kind == DRIFT__KIND_tags;
}

struct drift__place
drift__place_element(const struct drift__place *p)
{
	struct drift__place e = *p;

	e.node = drift__node_element(&p->node);
	e.element_kind = p->rule != NULL && !whole_value_kind(p->rule->kind) ? p->rule->kind : p->element_kind;
	/* nothing can be set in it: that it stands there is all that it says */
	e.presence = (p->rule != NULL && p->rule->presence) || (e.node.kind == DRIFT__NODE_OBJECT && drift_value_size(e.node.inner) == 0);
	e.rule = NULL;
	if (p->node.kind == DRIFT__NODE_MAP)
		e.state_keys = e.live_keys = NULL;
	return e;
}

static bool
covered(const struct drift_value *keys, const char *name)
{
	return drift_value_kind(keys) != DRIFT_MAP || keys->len == 0 || drift_value_get(keys, name) != NULL;
}

bool
drift__place_member(struct drift__compare *c, const struct drift__place *p, size_t i, const char **name, struct drift__place *out,
	bool *compared)
{
	*out = *p;
	if (!drift__node_member(&p->node, i, name, &out->node))
		return false;
	*compared = false;
	if (!covered(p->state_keys, *name) || !covered(p->live_keys, *name))
		return true;
	out->attribute = drift__arena_printf(c->scratch, "%s.%s", p->attribute, *name);
	if (out->attribute == NULL) {
		drift__compare_nomem(c);
		return true;
	}
	out->rule = drift__rules_find(c->in->rules, out->attribute);
	out->element_kind = DRIFT__KIND_none;
	out->presence = false;
	out->state_keys = drift_value_get(p->state_keys, *name);
	out->live_keys = drift_value_get(p->live_keys, *name);
	if (out->rule != NULL && out->rule->ignore != NULL)
		return true;
	if (drift__node_computed_only(&out->node) && (out->rule == NULL || !out->rule->computed))
		return true;
	if (is_unknown(c, out->attribute)) {
		add_unknown(c, out->attribute);
		return true;
	}
	*compared = true;
	return true;
}

/* ---- values ---- */

static bool
is_unset(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v)
{
	const struct drift_value *unset = &drift__null;
	enum drift_status st;

	if (drift__value_is_empty(v) || (p->rule != NULL && p->rule->absent != NULL && drift_value_equal(v, p->rule->absent)))
		return true;
	if (p->rule == NULL || p->rule->unset == NULL)
		return false;
	st = drift__jmes_search(p->rule->unset, v, c->scratch, &unset, NULL);
	if (st == DRIFT_NOMEM)
		drift__compare_nomem(c);
	/* an expression that does not fit the value says nothing of it */
	return st == DRIFT_OK && drift_value_bool(unset);
}

/* A secret of a saved snapshot. Its seal knows one text only, so another text of the same meaning can't be told from a change. */
static void
compare_sealed(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	enum drift__seal_match match = drift__seal_compare(state, live);

	if (match == DRIFT__SEAL_UNKNOWN || (match == DRIFT__SEAL_DIFFERENT && drift__place_kind(p) != DRIFT__KIND_string))
		add_unknown(c, p->attribute);
	else if (match == DRIFT__SEAL_DIFFERENT)
		drift__add_change(c, p, state, live);
}

static void
compare_scalars(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	bool equal = true;

	if (drift__is_sealed(state) || drift__is_sealed(live)) {
		compare_sealed(c, p, state, live);
		return;
	}
	c->kinds.targets = drift_value_get(c->in->rules->references, p->attribute);
	if (c->status == DRIFT_OK)
		c->status = drift__kind_equal(drift__place_kind(p), &c->kinds, state, live, &equal, c->err);
	if (!equal)
		drift__add_change(c, p, state, live);
}

static bool
plain_key(const char *key)
{
	return *key != '\0' && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:/") == strlen(key);
}

static const char *
map_path(struct drift__compare *c, const char *path, const char *key, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *text;

	if (plain_key(key))
		return drift__arena_printf(c->scratch, "%s.%s", path, key);
	drift__buf_adds(&b, path);
	drift__buf_addc(&b, '[');
	drift__json_write_string(&b, key, n);
	drift__buf_addc(&b, ']');
	text = b.status == DRIFT_OK ? drift__arena_strdup(c->scratch, b.data) : NULL;
	drift__buf_dispose(&b);
	return text;
}

static void
compare_key(struct drift__compare *c, const struct drift__place *p, const char *key, size_t n, const struct drift_value *state,
	const struct drift_value *live)
{
	struct drift__place e = drift__place_element(p);

	e.path = map_path(c, p->path, key, n);
	e.attribute = drift__arena_printf(c->scratch, "%s.%s", p->attribute, key);
	if (e.path == NULL || e.attribute == NULL)
		drift__compare_nomem(c);
	/* a key with an empty value is not the same as no key */
	else if ((drift_value_kind(state) == DRIFT_NULL) != (drift_value_kind(live) == DRIFT_NULL))
		drift__add_change(c, &e, state, live);
	else
		drift__compare_place(c, &e, state, live);
}

static void
compare_maps(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	size_t i, n;

	if (drift__place_kind(p) == DRIFT__KIND_tags) {
		state = drift__kind_normal(DRIFT__KIND_tags, &c->kinds, state, DRIFT_SIDE_STATE);
		live = drift__kind_normal(DRIFT__KIND_tags, &c->kinds, live, DRIFT_SIDE_LIVE);
		if (state == NULL || live == NULL) {
			drift__compare_nomem(c);
			return;
		}
	}
	for (i = 0; drift_value_kind(state) == DRIFT_MAP && i < state->len; i++) {
		const char *key = drift_value_key(state, i, &n);

		compare_key(c, p, key, n, drift_value_at(state, i), drift_value_get(live, key));
	}
	for (i = 0; drift_value_kind(live) == DRIFT_MAP && i < live->len; i++) {
		const char *key = drift_value_key(live, i, &n);

		if (drift_value_get(state, key) == NULL)
			compare_key(c, p, key, n, NULL, drift_value_at(live, i));
	}
}

static void
compare_objects(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	struct drift__place m;
	const char *name;
	bool compared;
	size_t i;

	for (i = 0; c->status == DRIFT_OK && drift__place_member(c, p, i, &name, &m, &compared); i++) {
		const struct drift_value *a = drift_value_get(state, name), *b = drift_value_get(live, name);

		if (!compared || (m.rule != NULL && m.rule->unset_ignored && is_unset(c, &m, a)))
			continue;
		m.path = drift__arena_printf(c->scratch, "%s.%s", p->path, name);
		if (m.path == NULL)
			drift__compare_nomem(c);
		else
			drift__compare_place(c, &m, a, b);
	}
}

/* The schema is silent (a type of a user's own catalogue, or dynamic values): the values themselves say what they are. */
static void
compare_any(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	const struct drift_value *some = drift__value_is_empty(state) ? live : state;
	struct drift__place q = *p;

	if (drift_value_kind(some) == DRIFT_LIST)
		q.node.kind = DRIFT__NODE_LIST;
	else if (drift_value_kind(some) == DRIFT_MAP)
		q.node.kind = DRIFT__NODE_MAP;
	else {
		compare_scalars(c, p, state, live);
		return;
	}
	q.node.inner = NULL;
	drift__compare_place(c, &q, state, live);
}

void
drift__compare_place(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	enum drift__kind kind = p->rule != NULL ? p->rule->kind : DRIFT__KIND_none;

	if (c->status != DRIFT_OK)
		return;
	if (p->node.cut) {
		if (!drift__loosely_equal(c, state, live))
			drift__add_change(c, p, state, live);
		return;
	}
	if (p->rule != NULL && p->rule->absent != NULL) {
		state = drift__value_is_empty(state) ? p->rule->absent : state;
		live = drift__value_is_empty(live) ? p->rule->absent : live;
	}
	if (kind == DRIFT__KIND_json || (kind == DRIFT__KIND_csv && p->node.kind == DRIFT__NODE_STRING)) {
		compare_scalars(c, p, state, live);
		return;
	}
	if (kind == DRIFT__KIND_tags || kind == DRIFT__KIND_map) {
		compare_maps(c, p, state, live);
		return;
	}
	switch (p->node.kind) {
	case DRIFT__NODE_LIST:
	case DRIFT__NODE_SET:
		drift__compare_lists(c, p, drift__as_list(c, p, state), drift__as_list(c, p, live));
		break;
	case DRIFT__NODE_MAP:
		compare_maps(c, p, state, live);
		break;
	case DRIFT__NODE_OBJECT:
		compare_objects(c, p, state, live);
		break;
	case DRIFT__NODE_ANY:
		if (kind == DRIFT__KIND_none) {
			compare_any(c, p, state, live);
			break;
		}
		/* fall through */
	default:
		compare_scalars(c, p, state, live);
	}
}

/* ---- top-level attributes ---- */

static const struct drift__owned *
owned_of(const struct drift__compare *c, const char *attribute)
{
	size_t i;

	for (i = 0; i < c->in->n_owned; i++)
		if (strcmp(c->in->owned[i].attribute, attribute) == 0)
			return &c->in->owned[i];
	return NULL;
}

/* tags_all is what the provider wants to stand there: tags with the provider's default_tags. Older instances have only tags. */
static const struct drift_value *
state_value(const struct drift__compare *c, const struct drift__rule *rule)
{
	const struct drift_value *all = rule->kind == DRIFT__KIND_tags ? drift_value_get(c->in->state, "tags_all") : NULL;

	return drift_value_kind(all) == DRIFT_MAP && strcmp(rule->name, "tags") == 0 ? all : drift_value_get(c->in->state, rule->name);
}

static void
compare_attribute(struct drift__compare *c, const struct drift__rule *rule)
{
	const struct drift__owned *owned = owned_of(c, rule->name);
	const struct drift_value *state = state_value(c, rule), *live = drift_value_get(c->in->live, rule->name);
	struct drift__place p = {.node = drift__node_of(c->in->rules->schema, rule->name), .rule = rule, .path = rule->name,
		.attribute = rule->name};

	if (rule->ignore != NULL || strchr(rule->name, '.') != NULL || (owned != NULL && owned->whole))
		return;
	if ((drift__node_computed_only(&p.node) && !rule->computed) || (!rule->read && live == NULL))
		return;
	if (is_unknown(c, rule->name) || (state != NULL && live == NULL && c->in->incomplete)) {
		add_unknown(c, rule->name);
		return;
	}
	if (state == NULL) /* written by a provider version that does not have it */
		return;
	if (owned != NULL && owned->elements != NULL) {
		state = drift__without_owned(c, &p, drift__as_list(c, &p, state), owned->elements, DRIFT_SIDE_STATE);
		live = drift__without_owned(c, &p, drift__as_list(c, &p, live), owned->elements, DRIFT_SIDE_LIVE);
	}
	if (rule->unset_ignored && is_unset(c, &p, state))
		return;
	p.state_keys = drift__keys_of(c, state);
	p.live_keys = drift__keys_of(c, live);
	c->out->n_compared++;
	drift__compare_place(c, &p, state, live);
}

static int
compare_changes(const void *a, const void *b)
{
	return strcmp(((const struct drift__change *)a)->path, ((const struct drift__change *)b)->path);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum drift_status
drift__compare_attributes(const struct drift__compare_input *in, struct drift__arena *arena, struct drift__comparison *out,
	struct drift_error *err)
{
	struct drift__arena scratch;
	struct drift__comparison made = {0};
	struct drift__compare c = {.in = in, .arena = arena, .scratch = &scratch, .out = &made, .err = err};
	size_t i;

	drift__arena_init(&scratch, 0);
	c.kinds.arena = &scratch;
	c.kinds.resolve = in->resolve;
	c.kinds.resolve_ctx = in->resolve_ctx;
	c.kinds.ignored_tags = in->ignored_tags;
	for (i = 0; i < in->rules->n_rules && c.status == DRIFT_OK; i++)
		compare_attribute(&c, &in->rules->rules[i]);
	if (made.n_changes > 1)
		qsort(made.changes, made.n_changes, sizeof *made.changes, compare_changes);
	if (made.n_unknown > 1)
		qsort(made.unknown, made.n_unknown, sizeof *made.unknown, compare_texts);
	drift__arena_dispose(&scratch);
	if (c.status == DRIFT_OK)
		*out = made;
	return c.status;
}

enum drift_status
drift__manages_inline(const struct drift__compare_input *in, const char *attribute, bool *inline_out, struct drift_error *err)
{
	struct drift__arena scratch;
	struct drift__comparison unused = {0};
	struct drift__compare c = {.in = in, .arena = &scratch, .scratch = &scratch, .out = &unused, .err = err};
	const struct drift__rule *rule = drift__rules_find(in->rules, attribute);
	const struct drift__owned *owned;
	const struct drift_value *state = drift_value_get(in->state, attribute);
	bool inline_managed = false;

	drift__arena_init(&scratch, 0);
	c.kinds = (struct drift__kind_context){.arena = &scratch, .resolve = in->resolve, .resolve_ctx = in->resolve_ctx};
	owned = owned_of(&c, attribute);
	if (rule != NULL && (rule->ignore == NULL || rule->n_siblings > 0) && (owned == NULL || !owned->whole)) {
		struct drift__place p = {.node = drift__node_of(in->rules->schema, attribute), .rule = rule, .path = attribute,
			.attribute = attribute};

		if (owned != NULL && owned->elements != NULL)
			state = drift__without_owned(&c, &p, drift__as_list(&c, &p, state), owned->elements, DRIFT_SIDE_STATE);
		/* what is compared shows what was added to it; that alone says so of what is not */
		if (rule->ignore == NULL)
			inline_managed = !rule->unset_ignored || !is_unset(&c, &p, state);
		else
			inline_managed = !is_unset(&c, &p, state) &&
				drift_value_kind(drift__normal_place(&c, &p, state, DRIFT_SIDE_STATE)) != DRIFT_NULL;
	}
	drift__arena_dispose(&scratch);
	if (c.status == DRIFT_OK)
		*inline_out = inline_managed;
	return c.status;
}
