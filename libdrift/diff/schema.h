/* The provider's schema, walked: what kind of value stands at an attribute, and what is inside it.
 *
 * The short form: an attribute is [type, flags], flags of R(equired) O(ptional) C(omputed) S(ensitive) D(eprecated); a type is "string",
 * "number", "bool", ["list", type], ["set", type], ["map", type] or ["object", {name: type}]; a block is {"block": {name: …},
 * "nesting": "list" | "set" | "single" | "map", "max": 1}; "..." in place of its members where blocks nest too deep. */
#ifndef DRIFT_DIFF_SCHEMA_H
#define DRIFT_DIFF_SCHEMA_H

#include "model/value.h"

enum drift__node_kind {
	DRIFT__NODE_ANY, /* the schema does not say */
	DRIFT__NODE_STRING,
	DRIFT__NODE_NUMBER,
	DRIFT__NODE_BOOL,
	DRIFT__NODE_LIST,
	DRIFT__NODE_SET,
	DRIFT__NODE_MAP,
	DRIFT__NODE_OBJECT
};

struct drift__node {
	enum drift__node_kind kind;
	const struct drift_value *inner; /* list, set, map: what an element is; object: its members */
	enum { DRIFT__INNER_TYPE, DRIFT__INNER_BLOCK, DRIFT__INNER_TYPES } form; /* how to read inner */
	const char *flags;               /* "" where there are none */
	bool single;                     /* a list or set of at most one block */
	bool cut;                        /* a block that is named and not described: its kind is ANY */
};

/* The node of a top-level attribute of a schema (NULL = no schema). */
struct drift__node drift__node_of(const struct drift_value *schema, const char *attribute);
/* The node of an element of a list, set or map. */
struct drift__node drift__node_element(const struct drift__node *n);
/* The node of member i of an object; the name is lent in *name. False past the last. */
bool drift__node_member(const struct drift__node *n, size_t i, const char **name, struct drift__node *out);
bool drift__node_is_scalar(const struct drift__node *n);
/* Written by AWS alone: Terraform could not revert it. */
bool drift__node_computed_only(const struct drift__node *n);
bool drift__node_sensitive(const struct drift__node *n);

#endif
