/* Outputs of a state: {value, type, sensitive}, where type is cty's type as JSON ("string", ["list", T], ["object", {k: T}], …). */
#include "state/reader.h"

#include <stdio.h>
#include <string.h>

enum { MAX_LEVELS = 200 };

enum primitive { P_STRING, P_NUMBER, P_BOOL, P_DYNAMIC, P_NONE };

static enum primitive
primitive_of(const struct drift_value *type)
{
	static const char *const names[] = {"string", "number", "bool", "dynamic"};
	const char *name = drift__value_str(type);
	size_t i;

	for (i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return (enum primitive)i;
	return P_NONE;
}

static bool
is_constructor(const struct drift_value *type, const char *name, enum drift_kind argument)
{
	return drift_value_kind(type) == DRIFT_LIST && type->len >= 2 && drift__streq(drift__value_str(drift_value_at(type, 0)), name) &&
		drift_value_kind(drift_value_at(type, 1)) == argument;
}

static bool
is_collection(const struct drift_value *type)
{
	const char *name = drift_value_kind(type) == DRIFT_LIST && type->len == 2 ? drift__value_str(drift_value_at(type, 0)) : NULL;

	return drift__streq(name, "list") || drift__streq(name, "set") || drift__streq(name, "map");
}

static bool
is_type(const struct drift_value *type, int levels)
{
	const struct drift_value *inner;
	size_t i;

	if (primitive_of(type) != P_NONE)
		return true;
	if (levels > MAX_LEVELS)
		return false;
	if (is_collection(type))
		return is_type(drift_value_at(type, 1), levels + 1);
	if (!is_constructor(type, "tuple", DRIFT_LIST) && !is_constructor(type, "object", DRIFT_MAP))
		return false;
	inner = drift_value_at(type, 1);
	for (i = 0; i < inner->len; i++)
		if (!is_type(drift_value_at(inner, i), levels + 1))
			return false;
	return true;
}

/* cty converts between texts, numbers and truth values where that makes sense. */
static bool
scalar_fits(enum primitive wanted, const struct drift_value *v)
{
	const char *text = drift__value_str(v);
	struct drift_value number = {.kind = DRIFT_NUMBER, .len = 0, .u = {.text = text}};
	double d;

	switch (wanted) {
	case P_STRING:
		return v->kind == DRIFT_STRING || v->kind == DRIFT_NUMBER || v->kind == DRIFT_BOOL;
	case P_NUMBER:
		return v->kind == DRIFT_NUMBER || (text != NULL && drift__value_to_double(&number, &d));
	case P_BOOL:
		return v->kind == DRIFT_BOOL || drift__streq(text, "true") || drift__streq(text, "false") || drift__streq(text, "1") ||
			drift__streq(text, "0");
	default:
		/* what is dynamic stands as {value, type} */
		return v->kind == DRIFT_MAP && drift_value_get(v, "type") != NULL && drift_value_get(v, "value") != NULL;
	}
}

static bool
fits(const struct drift_value *type, const struct drift_value *v, int levels)
{
	const struct drift_value *inner;
	enum primitive wanted = primitive_of(type);
	size_t i;

	if (drift_value_kind(v) == DRIFT_NULL)
		return v != NULL;
	if (wanted != P_NONE)
		return scalar_fits(wanted, v);
	if (levels > MAX_LEVELS)
		return false;
	inner = drift_value_at(type, 1);
	if (is_collection(type)) {
		if (v->kind != (drift__streq(drift__value_str(drift_value_at(type, 0)), "map") ? DRIFT_MAP : DRIFT_LIST))
			return false;
		for (i = 0; i < v->len; i++)
			if (!fits(inner, drift_value_at(v, i), levels + 1))
				return false;
		return true;
	}
	if (v->kind != inner->kind || v->len > inner->len)
		return false;
	for (i = 0; i < inner->len; i++) {
		const struct drift_value *part = v->kind == DRIFT_LIST ? drift_value_at(v, i) : drift_value_get(v, drift_value_key(inner, i, NULL));

		/* an optional attribute may be absent */
		if (part == NULL ? v->kind == DRIFT_LIST : !fits(drift_value_at(inner, i), part, levels + 1))
			return false;
	}
	return true;
}

void
drift__read_outputs(struct drift__state_reader *r, const struct drift_value *root)
{
	const struct drift_value *outputs = drift__reader_field(r, root, "outputs", 1u << DRIFT_MAP, false, "");
	size_t i;

	for (i = 0; i < drift_value_size(outputs) && r->st == DRIFT_OK; i++) {
		const struct drift_value *v = drift_value_at(outputs, i), *type;
		char where[100];

		snprintf(where, sizeof where, "outputs.%.60s", drift_value_key(outputs, i, NULL));
		if (v->kind != DRIFT_MAP) {
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "an output must be an object");
			return;
		}
		type = drift_value_get(v, "type");
		drift__reader_field(r, v, "sensitive", 1u << DRIFT_BOOL, false, where);
		if (!is_type(type, 0))
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"type\" is no type of Terraform");
		else if (!fits(type, drift_value_get(v, "value"), 0))
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"value\" is missing, or not of the type that \"type\" says");
	}
	r->info->outputs = outputs;
}
