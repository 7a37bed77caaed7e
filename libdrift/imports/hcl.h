/* HCL text in the layout of terraform fmt. */
#ifndef DRIFT_IMPORTS_HCL_H
#define DRIFT_IMPORTS_HCL_H

#include "model/value.h"

/* Writes a body: runs of one-line attributes are aligned at their =, what takes several lines stands alone. */
struct drift__hcl {
	struct drift__buf *out;
	int depth;          /* of the body, in steps of two spaces */
	struct drift__hcl_line {
		char *name, *value;
	} *run;
	size_t n_run, cap_run;
	bool any;           /* something was written in this body */
};
void drift__hcl_init(struct drift__hcl *h, struct drift__buf *out, int depth);
/* name = value; value is HCL text as drift__hcl_value makes it for this depth. */
void drift__hcl_attribute(struct drift__hcl *h, const char *name, const char *value);
/* Begins and ends a nested block; inner is initialised. */
void drift__hcl_block_begin(struct drift__hcl *h, const char *name, struct drift__hcl *inner);
void drift__hcl_block_end(struct drift__hcl *h, struct drift__hcl *inner);
/* Writes what is pending. */
void drift__hcl_flush(struct drift__hcl *h);

/* Gives the expression that stands for a text (a reference, a variable), or NULL for the text itself. key is the map key or the `name` beside
 * which the text stands in the value, "" = none. */
typedef const char *drift__hcl_refer(void *ctx, const char *key, const char *text);
/* Appends a value as HCL for an attribute of a body of that depth: lists of scalars on one line when short, maps over several. key is what refer
 * gets for texts outside of maps; refer may be NULL. */
void drift__hcl_value(struct drift__buf *out, const struct drift_value *v, int depth, const char *key, drift__hcl_refer *refer, void *ctx);

#endif
