/* Conditions of statements, as canonical JSON texts: {"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}; "" = none. */
#ifndef DRIFT_POLICY_CONDITION_H
#define DRIFT_POLICY_CONDITION_H

#include "policy/resolve.h"

/* The conditions of a row, for one subject. A condition key alone says that the action takes it; "key=template" limits the statement by it:
 * holes are expressions over the attributes, and a hole that gives null takes the condition away. "operator key=template" names the operator;
 * else it is StringEquals, StringLike for a value with `*`, ArnEquals and ArnLike for ARNs, Bool for true and false. NULL without memory. */
enum drift_status drift__condition_of_row(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row,
	const char **out, struct drift_error *err);
/* {"StringEquals": {key: values}}; finishes values. NULL without memory. */
const char *drift__condition_equals(struct drift__arena *a, const char *key, struct drift__list_builder *values);
/* True when the row says that its action takes the key. */
bool drift__condition_taken(const struct drift_value *row, const char *key);
/* Both must hold. NULL without memory. */
const char *drift__condition_both(struct drift__arena *a, const char *one, const char *two);
/* Either may hold: one condition, when they differ in the values of one key alone; "" when they don't, NULL without memory. */
const char *drift__condition_either(struct drift__arena *a, const char *one, const char *two);
/* True when whatever meets `narrow` meets `wide`: every key of wide stands in narrow, with values that wide's cover. Both are maps or NULL. */
bool drift__condition_implies(const struct drift_value *narrow, const struct drift_value *wide);
/* The text of a Condition block; NULL without memory. */
const char *drift__condition_text(struct drift__arena *a, const struct drift_value *condition);
/* Parses a text; NULL for "" and without memory. */
const struct drift_value *drift__condition_parse(struct drift__arena *a, const char *text);

#endif
