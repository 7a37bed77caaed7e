/* Live values into the shape that the provider's schema has: "30" → 30, one map → a list of one block, a list of {Key,Value} → a map.
 *
 * `whole`: the value is all that AWS says, so that a member which it leaves out is null; otherwise such a member was not asked for. */
#include "live/engine.h"

#include <stdlib.h>
#include <string.h>

/* The type inside an attribute's [type, flags]; blocks and plain types pass as they are. */
static const struct drift_value *
type_of(const struct drift_value *schema)
{
	if (drift_value_kind(schema) == DRIFT_LIST && schema->len == 2 && schema->u.items[1].kind == DRIFT_STRING &&
		strspn(schema->u.items[1].u.text, "ROCSD") == schema->u.items[1].len)
		return &schema->u.items[0];
	return schema;
}

static const struct drift_value *
to_number(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__json_options opt = {.name = "number"};
	const struct drift_value *n;

	if (v->kind == DRIFT_STRING && drift__json_parse(a, v->u.text, v->len, &opt, &n, NULL) == DRIFT_OK && n->kind == DRIFT_NUMBER)
		return n;
	return v;
}

static const struct drift_value *
to_bool(const struct drift_value *v)
{
	static const char *const yes[] = {"true", "True", "TRUE"}, *const no[] = {"false", "False", "FALSE"};
	size_t i;

	for (i = 0; v->kind == DRIFT_STRING && i < 3; i++) {
		if (strcmp(v->u.text, yes[i]) == 0)
			return &drift__true;
		if (strcmp(v->u.text, no[i]) == 0)
			return &drift__false;
	}
	return v;
}

static const struct drift_value *
to_string(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 26);
	const struct drift_value *s;
	double d;

	if (v->kind == DRIFT_STRING)
		return v;
	if (v->kind == DRIFT_NUMBER && drift__value_to_double(v, &d) && strpbrk(v->u.text, ".eE") != NULL) {
		/* 5.0 is written 5 */
		const struct drift_value *n = drift__value_double(a, d);

		return n != NULL ? drift__value_stringn(a, n->u.text, n->len) : NULL;
	}
	if (v->kind == DRIFT_NUMBER)
		return drift__value_stringn(a, v->u.text, v->len);
	drift__json_write(&b, v, 0, false);
	s = b.status == DRIFT_OK ? drift__value_stringn(a, b.data, b.len) : NULL;
	drift__buf_dispose(&b);
	return s;
}

/* A map's members by an object's or a block's; members that the schema does not have are left out. */
static const struct drift_value *
members(struct drift__arena *a, const struct drift_value *v, const struct drift_value *schema, bool whole)
{
	struct drift__map_builder out;
	size_t i;

	drift__map_init(&out, a);
	for (i = 0; v->kind == DRIFT_MAP && i < v->len; i++) {
		const char *key = drift_value_key(v, i, NULL);
		const struct drift_value *s = drift_value_get(schema, key);

		if (s != NULL)
			drift__map_put(&out, key, drift__coerce(a, drift_value_at(v, i), s, whole));
	}
	for (i = 0; whole && v->kind == DRIFT_MAP && i < drift_value_size(schema); i++) {
		const char *key = drift_value_key(schema, i, NULL);

		if (drift_value_get(v, key) == NULL)
			drift__map_put(&out, key, &drift__null);
	}
	return drift__map_finish(&out);
}

static const struct drift_value *
elements(struct drift__arena *a, const struct drift_value *v, const struct drift_value *schema, bool block, bool whole)
{
	struct drift__list_builder out;
	size_t i, n = v->kind == DRIFT_LIST ? v->len : 1;

	drift__list_init(&out, a);
	for (i = 0; i < n; i++) {
		const struct drift_value *e = v->kind == DRIFT_LIST ? &v->u.items[i] : v;

		if (e->kind != DRIFT_NULL)
			drift__list_add(&out, block ? members(a, e, schema, whole) : drift__coerce(a, e, schema, whole));
	}
	return drift__list_finish(&out);
}

static const struct drift_value *
to_map(struct drift__arena *a, const struct drift_value *v, const struct drift_value *schema)
{
	static const char *const keys[] = {"Key", "key", "TagKey"}, *const values[] = {"Value", "value", "TagValue"};
	struct drift__map_builder out;
	size_t i, j;

	drift__map_init(&out, a);
	for (i = 0; v->kind == DRIFT_MAP && i < v->len; i++)
		drift__map_put(&out, drift_value_key(v, i, NULL), drift__coerce(a, drift_value_at(v, i), schema, false));
	for (i = 0; v->kind == DRIFT_LIST && i < v->len; i++) {
		for (j = 0; j < 3; j++) {
			const char *key = drift__value_gets(&v->u.items[i], keys[j]);
			const struct drift_value *value = drift_value_get(&v->u.items[i], values[j]);

			if (key != NULL)
				drift__map_put(&out, key, value != NULL ? drift__coerce(a, value, schema, false) : drift__value_string(a, ""));
		}
	}
	return drift__map_finish(&out);
}

const struct drift_value *
drift__coerce(struct drift__arena *a, const struct drift_value *v, const struct drift_value *schema, bool whole)
{
	const struct drift_value *type = type_of(schema), *block;
	const char *name;

	if (v == NULL || v->kind == DRIFT_NULL)
		return &drift__null;
	block = drift_value_get(type, "block");
	/* cut short: nothing says what belongs into it */
	if (drift_value_kind(block) == DRIFT_STRING)
		return v;
	if (block != NULL) {
		name = drift__value_gets(type, "nesting");
		return drift__streq(name, "list") || drift__streq(name, "set") ? elements(a, v, block, true, whole) : members(a, v, block, whole);
	}
	if (drift_value_kind(type) == DRIFT_LIST && type->len == 2) {
		name = drift__value_str(&type->u.items[0]);
		if (drift__streq(name, "list") || drift__streq(name, "set"))
			return elements(a, v, &type->u.items[1], false, whole);
		if (drift__streq(name, "map"))
			return to_map(a, v, &type->u.items[1]);
		return members(a, v, &type->u.items[1], whole);
	}
	name = drift__value_str(type);
	if (drift__streq(name, "number"))
		return to_number(a, v);
	if (drift__streq(name, "bool"))
		return to_bool(v);
	return drift__streq(name, "string") ? to_string(a, v) : v;
}
