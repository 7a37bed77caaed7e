/* From a live resource to its block: which arguments a person would write, and how each of them is written. */
#ifndef DRIFT_IMPORTS_HCL_RESOURCE_H
#define DRIFT_IMPORTS_HCL_RESOURCE_H

#include "diff/compare.h"
#include "imports/hcl.h"
#include "imports/imports.h"

/* All items, to be found by what others may call them. */
struct drift__hcl_index {
	const struct drift__import **items; /* of the root module, by type */
	size_t n;
};

struct drift__hcl_writer {
	const struct drift_imports *im;
	const struct drift_import_write_options *opt;
	struct drift__arena *arena;
	struct drift__hcl_index index;
	struct drift__buf *variables;         /* HCL of the variables that blocks use */
	struct drift__list_builder *left_out; /* {address, reason} */
	/* of the item that is being written */
	const struct drift__import *it;
	const struct drift_value *attributes, *schema, *changes;
	struct drift__rules *rules;
	struct drift__list_builder unread;    /* names of arguments whose value is made up, for lifecycle.ignore_changes */
	const char *lacks;                    /* a required argument that nothing is known of; NULL = none */
};

enum drift__hcl_how { DRIFT__HCL_LEAVE, DRIFT__HCL_WRITE, DRIFT__HCL_ASK };

struct drift__hcl_choice {
	const char *name, *path; /* path: dotted, without list positions */
	struct drift__node node;
	const struct drift_value *v;
	enum drift__hcl_how how;
	bool is_block;
	bool unread;             /* an import does not read it */
};

/* Decides on every argument of a body whose values are given; prefix is the body's path, "" = the resource itself. Gives n choices in the order
 * of the schema; NULL without memory. */
struct drift__hcl_choice *drift__hcl_choose(struct drift__hcl_writer *w, const struct drift__node *body, const struct drift_value *values,
	const char *prefix, size_t *n_out);
/* The element of a list or set of blocks, or the block itself. */
struct drift__node drift__hcl_block_node(const struct drift__node *n);

/* Sorts the items for the two functions below; false without memory. */
bool drift__hcl_index_make(struct drift__arena *a, const struct drift_imports *im, struct drift__hcl_index *out);
/* The expression for a text that the catalogue's `references` (rule) says names another resource; NULL when none that stands before it is named. */
const char *drift__hcl_reference(const struct drift__hcl_writer *w, const struct drift_value *rule, const char *text);
/* The same for a text that is, or begins with, another resource's ARN. */
const char *drift__hcl_arn_reference(const struct drift__hcl_writer *w, const char *text);

/* Writes the block of an item. */
enum drift_status drift__hcl_resource(struct drift__hcl_writer *w, const struct drift__import *it, struct drift__buf *out, struct drift_error *err);

#endif
