/* Values in the schema's shape: lists of blocks, elements taken apart, and the normal forms of whole trees. */
#include "diff/compare.h"

#include <string.h>

/* ---- which members there are ---- */

static const struct drift_value *
merge_keys(struct drift__compare *c, const struct drift_value *a, const struct drift_value *b)
{
	struct drift__map_builder m;
	size_t i, n;

	if (drift_value_kind(a) != DRIFT_MAP)
		return b;
	if (drift_value_kind(b) != DRIFT_MAP)
		return a;
	drift__map_init(&m, c->scratch);
	for (i = 0; i < a->len; i++) {
		const char *key = drift_value_key(a, i, &n);

		drift__map_putn(&m, key, n, drift_value_at(a, i));
	}
	for (i = 0; i < b->len; i++) {
		const char *key = drift_value_key(b, i, &n);

		drift__map_putn(&m, key, n, merge_keys(c, drift_value_get(a, key), drift_value_at(b, i)));
	}
	return drift__map_finish(&m);
}

const struct drift_value *
drift__keys_of(struct drift__compare *c, const struct drift_value *v)
{
	const struct drift_value *keys = &drift__null;
	struct drift__map_builder m;
	size_t i, n;

	if (drift_value_kind(v) == DRIFT_LIST) {
		for (i = 0; i < v->len && keys != NULL; i++)
			if (drift_value_kind(drift_value_at(v, i)) >= DRIFT_LIST)
				keys = merge_keys(c, keys, drift__keys_of(c, drift_value_at(v, i)));
	} else if (drift_value_kind(v) == DRIFT_MAP) {
		drift__map_init(&m, c->scratch);
		for (i = 0; i < v->len; i++) {
			const char *key = drift_value_key(v, i, &n);

			drift__map_putn(&m, key, n, drift__keys_of(c, drift_value_at(v, i)));
		}
		keys = drift__map_finish(&m);
	}
	if (keys == NULL)
		drift__compare_nomem(c);
	return keys;
}

/* ---- shape ---- */

static bool
named(const struct drift_value *list, const char *name)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (drift__streq(drift__value_str(drift_value_at(list, i)), name))
			return true;
	return false;
}

/* element with one source only: of the exploding members, `member` holds just `item` (NULL: stays true), the others nothing. */
static const struct drift_value *
one_source(struct drift__compare *c, const struct drift_value *element, const struct drift_value *explode, const char *member,
	const struct drift_value *item)
{
	struct drift__map_builder m;
	struct drift__list_builder one;
	size_t i, n;

	drift__map_init(&m, c->scratch);
	for (i = 0; i < element->len; i++) {
		const char *key = drift_value_key(element, i, &n);
		const struct drift_value *v = drift_value_at(element, i);

		if (named(explode, key) && strcmp(key, member) != 0)
			v = drift_value_kind(v) == DRIFT_BOOL ? &drift__false : &drift__null;
		else if (item != NULL && strcmp(key, member) == 0) {
			drift__list_init(&one, c->scratch);
			drift__list_add(&one, item);
			v = drift__list_finish(&one);
		}
		drift__map_putn(&m, key, n, v);
	}
	return drift__map_finish(&m);
}

static void
explode_into(struct drift__compare *c, struct drift__list_builder *out, const struct drift_value *element, const struct drift_value *explode)
{
	size_t i, k, made = 0;

	for (i = 0; drift_value_kind(element) == DRIFT_MAP && i < drift_value_size(explode); i++) {
		const char *member = drift__value_str(drift_value_at(explode, i));
		const struct drift_value *v = member != NULL ? drift_value_get(element, member) : NULL;

		if (drift_value_bool(v)) {
			drift__list_add(out, one_source(c, element, explode, member, NULL));
			made++;
		}
		for (k = 0; drift_value_kind(v) == DRIFT_LIST && k < v->len; k++, made++)
			drift__list_add(out, one_source(c, element, explode, member, drift_value_at(v, k)));
	}
	if (made == 0)
		drift__list_add(out, element);
}

const struct drift_value *
drift__as_list(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v)
{
	const struct drift_value *explode = p->rule != NULL ? p->rule->explode : NULL, *list;
	struct drift__list_builder b;
	size_t i;

	if (drift__value_is_empty(v))
		return &drift__null;
	if (v->kind == DRIFT_LIST && explode == NULL)
		return v;
	if (p->node.kind != DRIFT__NODE_LIST && p->node.kind != DRIFT__NODE_SET)
		return v;
	drift__list_init(&b, c->scratch);
	if (v->kind != DRIFT_LIST)
		drift__list_add(&b, v);
	for (i = 0; v->kind == DRIFT_LIST && i < v->len; i++)
		explode_into(c, &b, drift_value_at(v, i), explode);
	list = drift__list_finish(&b);
	if (list == NULL)
		drift__compare_nomem(c);
	return list;
}

/* ---- normal forms ---- */

static const struct drift_value *
normal_object(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, enum drift_side side)
{
	struct drift__map_builder m;
	struct drift__place member;
	const char *name;
	bool compared;
	size_t i;

	if (drift__value_is_empty(v) && !(p->presence && drift_value_kind(v) == DRIFT_MAP))
		return &drift__null;
	drift__map_init(&m, c->scratch);
	for (i = 0; drift__place_member(c, p, i, &name, &member, &compared); i++) {
		const struct drift_value *normal = compared ? drift__normal_place(c, &member, drift_value_get(v, name), side) : &drift__null;

		if (drift_value_kind(normal) != DRIFT_NULL)
			drift__map_putn(&m, name, strlen(name), normal);
	}
	v = drift__map_finish(&m);
	return p->presence && drift_value_kind(v) == DRIFT_MAP && v->len == 0 ? &drift__true : v;
}

/* [0] is not []: only what has no content at all is dropped from a list of scalars. */
static const struct drift_value *
normal_element(struct drift__compare *c, const struct drift__place *e, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *normal = drift__normal_place(c, e, v, side);
	const char *text;

	if (drift_value_kind(normal) != DRIFT_NULL || drift__value_is_empty(v) || drift_value_kind(v) >= DRIFT_LIST)
		return normal;
	text = drift__scalar_text(c->scratch, v);
	return drift__value_string(c->scratch, text);
}

static bool
is_set(const struct drift__place *p)
{
	enum drift__kind kind = p->rule != NULL ? p->rule->kind : DRIFT__KIND_none;

	return kind == DRIFT__KIND_set || (p->node.kind == DRIFT__NODE_SET && kind != DRIFT__KIND_list);
}

static const struct drift_value *
normal_list(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, enum drift_side side)
{
	struct drift__place e = drift__place_element(p);
	struct drift__list_builder b;
	const struct drift_value *list = drift__as_list(c, p, v);
	size_t i;

	drift__list_init(&b, c->scratch);
	for (i = 0; drift_value_kind(list) == DRIFT_LIST && i < list->len; i++) {
		const struct drift_value *normal = normal_element(c, &e, drift_value_at(list, i), side);

		if (drift_value_kind(normal) != DRIFT_NULL)
			drift__list_add(&b, normal);
	}
	list = drift__list_finish(&b);
	return list != NULL && is_set(p) ? drift__sorted_list(c->scratch, list) : list;
}

static const struct drift_value *
normal_map(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, enum drift_side side)
{
	struct drift__place e = drift__place_element(p);
	struct drift__map_builder m;
	size_t i, n;

	if (drift_value_kind(v) != DRIFT_MAP)
		return v != NULL ? v : &drift__null;
	drift__map_init(&m, c->scratch);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);

		if (drift_value_kind(drift_value_at(v, i)) != DRIFT_NULL)
			drift__map_putn(&m, key, n, drift__normal_place(c, &e, drift_value_at(v, i), side));
	}
	return drift__map_finish(&m);
}

static const struct drift_value *
normal_tree(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, enum drift_side side)
{
	enum drift__kind kind = p->rule != NULL ? p->rule->kind : DRIFT__KIND_none;
	struct drift__place any = *p;

	if (kind == DRIFT__KIND_json || kind == DRIFT__KIND_tags || (kind == DRIFT__KIND_csv && p->node.kind == DRIFT__NODE_STRING))
		return drift__kind_normal(kind, &c->kinds, v, side);
	switch (p->node.kind) {
	case DRIFT__NODE_LIST:
	case DRIFT__NODE_SET:
		return normal_list(c, p, v, side);
	case DRIFT__NODE_MAP:
		return normal_map(c, p, v, side);
	case DRIFT__NODE_OBJECT:
		return normal_object(c, p, v, side);
	case DRIFT__NODE_ANY:
		any.node.kind = drift_value_kind(v) == DRIFT_LIST ? DRIFT__NODE_LIST : DRIFT__NODE_MAP;
		any.node.inner = NULL;
		if (drift_value_kind(v) >= DRIFT_LIST)
			return any.node.kind == DRIFT__NODE_LIST ? normal_list(c, &any, v, side) : normal_map(c, &any, v, side);
		/* fall through */
	default:
		c->kinds.targets = drift_value_get(c->in->rules->references, p->attribute);
		return drift__kind_normal(drift__place_kind(p), &c->kinds, v, side);
	}
}

/* A block that the schema cuts short says something by standing there: as a list of one in the state, as it is in AWS. */
static bool
cut_block(const struct drift__place *p, const struct drift_value *v)
{
	return p->node.cut && (drift_value_kind(v) == DRIFT_MAP || drift_value_kind(drift_value_at(v, 0)) == DRIFT_MAP);
}

const struct drift_value *
drift__normal_place(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *normal;

	if (c->status != DRIFT_OK)
		return &drift__null;
	if (p->rule != NULL && p->rule->absent != NULL && drift__value_is_empty(v))
		v = p->rule->absent;
	normal = normal_tree(c, p, v, side);
	if (normal == NULL) {
		drift__compare_nomem(c);
		return &drift__null;
	}
	if (drift__value_is_empty(normal))
		return cut_block(p, v) ? &drift__true : &drift__null;
	return normal;
}

/* ---- what siblings own ---- */

/* part matches element when every member that part has is the same there; scalars match as a whole. */
static bool
part_of(const struct drift_value *part, const struct drift_value *part_normal, const struct drift_value *normal)
{
	size_t i;

	if (drift_value_kind(part) != DRIFT_MAP)
		return drift_value_equal(part_normal, normal);
	for (i = 0; i < part->len; i++) {
		const char *key = drift_value_key(part, i, NULL);
		const struct drift_value *a = drift_value_get(part_normal, key), *b = drift_value_get(normal, key);

		if (!drift_value_equal(a, b))
			return false;
	}
	return true;
}

/* Normal forms of a list's elements, side by side; NULL without memory or for an empty list. */
static const struct drift_value **
normals_of(struct drift__compare *c, const struct drift__place *p, const struct drift_value *list, enum drift_side side)
{
	struct drift__place e = drift__place_element(p);
	size_t i, n = drift_value_size(list);
	const struct drift_value **normals = n > 0 ? drift__arena_alloc(c->scratch, n * sizeof *normals) : NULL;

	if (normals == NULL) {
		if (n > 0)
			drift__compare_nomem(c);
		return NULL;
	}
	for (i = 0; i < n; i++)
		normals[i] = normal_element(c, &e, drift_value_at(list, i), side);
	return normals;
}

static const struct drift_value *
without_keys(struct drift__compare *c, const struct drift_value *map, const struct drift_value *keys)
{
	struct drift__map_builder m;
	const struct drift_value *left;
	size_t i, n;

	drift__map_init(&m, c->scratch);
	for (i = 0; i < map->len; i++) {
		const char *key = drift_value_key(map, i, &n);

		if (!named(keys, key))
			drift__map_putn(&m, key, n, drift_value_at(map, i));
	}
	left = drift__map_finish(&m);
	if (left == NULL)
		drift__compare_nomem(c);
	return left;
}

const struct drift_value *
drift__without_owned(struct drift__compare *c, const struct drift__place *p, const struct drift_value *list,
	const struct drift_value *owned, enum drift_side side)
{
	const struct drift_value *parts = drift__as_list(c, p, owned), *left;
	const struct drift_value **part_normals, **normals;
	struct drift__list_builder b;
	size_t i, k;

	if (drift_value_kind(list) == DRIFT_MAP && p->node.kind == DRIFT__NODE_MAP)
		return without_keys(c, list, owned);
	if (drift_value_kind(list) != DRIFT_LIST || drift_value_kind(parts) != DRIFT_LIST)
		return list;
	normals = normals_of(c, p, list, side);
	part_normals = normals_of(c, p, parts, DRIFT_SIDE_STATE);
	if (normals == NULL || part_normals == NULL)
		return list;
	drift__list_init(&b, c->scratch);
	for (i = 0; i < list->len; i++) {
		for (k = 0; k < parts->len; k++)
			if (part_of(drift_value_at(parts, k), part_normals[k], normals[i]))
				break;
		if (k == parts->len)
			drift__list_add(&b, drift_value_at(list, i));
	}
	left = drift__list_finish(&b);
	if (left == NULL)
		drift__compare_nomem(c);
	return left;
}
