/* The short form of the provider's schema -> nodes. */
#include "diff/schema.h"

#include <string.h>

static const struct drift__node any_node = {DRIFT__NODE_ANY, NULL, DRIFT__INNER_TYPE, "", false, false};

/* A type: "string", ["set", "string"], ["object", {…}], … */
static struct drift__node
from_type(const struct drift_value *type)
{
	const char *word = drift__value_str(drift_value_kind(type) == DRIFT_LIST ? drift_value_at(type, 0) : type);
	struct drift__node n = any_node;

	if (word == NULL)
		return n;
	n.inner = drift_value_at(type, 1);
	if (strcmp(word, "string") == 0)
		n.kind = DRIFT__NODE_STRING;
	else if (strcmp(word, "number") == 0)
		n.kind = DRIFT__NODE_NUMBER;
	else if (strcmp(word, "bool") == 0)
		n.kind = DRIFT__NODE_BOOL;
	else if (strcmp(word, "list") == 0)
		n.kind = DRIFT__NODE_LIST;
	else if (strcmp(word, "set") == 0)
		n.kind = DRIFT__NODE_SET;
	else if (strcmp(word, "map") == 0)
		n.kind = DRIFT__NODE_MAP;
	else if (strcmp(word, "object") == 0) {
		n.kind = DRIFT__NODE_OBJECT;
		n.form = DRIFT__INNER_TYPES;
	}
	return n;
}

/* An attribute [type, flags] or a block {"block": …, "nesting": …}. */
static struct drift__node
from_entry(const struct drift_value *entry)
{
	struct drift__node n = any_node;
	const char *nesting, *flags;
	int64_t max = 0;

	if (drift_value_kind(entry) == DRIFT_LIST) {
		n = from_type(drift_value_at(entry, 0));
		flags = drift__value_str(drift_value_at(entry, 1));
		n.flags = flags != NULL ? flags : "";
		return n;
	}
	n.cut = drift_value_kind(drift_value_get(entry, "block")) == DRIFT_STRING;
	if (drift_value_kind(drift_value_get(entry, "block")) != DRIFT_MAP)
		return n;
	nesting = drift__value_gets(entry, "nesting");
	n.inner = drift_value_get(entry, "block");
	n.form = DRIFT__INNER_BLOCK;
	drift__value_to_int(drift_value_get(entry, "max"), &max);
	n.single = max == 1;
	if (drift__streq(nesting, "list"))
		n.kind = DRIFT__NODE_LIST;
	else if (drift__streq(nesting, "set"))
		n.kind = DRIFT__NODE_SET;
	else if (drift__streq(nesting, "map"))
		n.kind = DRIFT__NODE_MAP;
	else
		n.kind = DRIFT__NODE_OBJECT;
	flags = drift__value_gets(entry, "flags");
	n.flags = flags != NULL ? flags : "";
	return n;
}

struct drift__node
drift__node_of(const struct drift_value *schema, const char *attribute)
{
	return from_entry(drift_value_get(schema, attribute));
}

struct drift__node
drift__node_element(const struct drift__node *n)
{
	struct drift__node element = any_node;

	if (n->kind == DRIFT__NODE_OBJECT || drift__node_is_scalar(n))
		return element;
	if (n->form != DRIFT__INNER_BLOCK)
		return n->inner != NULL ? from_type(n->inner) : element;
	element.kind = DRIFT__NODE_OBJECT;
	element.form = DRIFT__INNER_BLOCK;
	element.inner = n->inner;
	return element;
}

bool
drift__node_member(const struct drift__node *n, size_t i, const char **name, struct drift__node *out)
{
	if (n->kind != DRIFT__NODE_OBJECT || i >= drift_value_size(n->inner))
		return false;
	*name = drift_value_key(n->inner, i, NULL);
	*out = n->form == DRIFT__INNER_BLOCK ? from_entry(drift_value_at(n->inner, i)) : from_type(drift_value_at(n->inner, i));
	return true;
}

bool
drift__node_is_scalar(const struct drift__node *n)
{
	return n->kind <= DRIFT__NODE_BOOL;
}

bool
drift__node_computed_only(const struct drift__node *n)
{
	return strchr(n->flags, 'C') != NULL && strpbrk(n->flags, "RO") == NULL;
}

bool
drift__node_sensitive(const struct drift__node *n)
{
	return strchr(n->flags, 'S') != NULL;
}
