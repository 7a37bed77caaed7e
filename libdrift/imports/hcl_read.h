/* A small reader of HCL: it finds a block, an attribute of it and an entry of an object, and gives up on everything else. */
#ifndef DRIFT_IMPORTS_HCL_READ_H
#define DRIFT_IMPORTS_HCL_READ_H

#include "model/value.h"

struct drift__hcl_text {
	const char *at, *end;
};

/* The next block: its kind, its labels (empty where there are fewer) and its body; *t stands behind it then. */
bool drift__hcl_next_block(struct drift__hcl_text *t, struct drift__hcl_text words[3], struct drift__hcl_text *body);
/* The body of the next block with those labels ("" = none), from *t on; *t stands behind it then. */
bool drift__hcl_find_block(struct drift__hcl_text *t, const char *kind, const char *label1, const char *label2, struct drift__hcl_text *body);
/* The value of an attribute of a body, or of an entry of an object (then `:` and quoted keys too). */
bool drift__hcl_find_entry(struct drift__hcl_text body, const char *wanted, struct drift__hcl_text *value);
/* The text between the braces of an object that is all of a value. */
bool drift__hcl_open_object(struct drift__hcl_text value, struct drift__hcl_text *inner);
/* Words, dots and keys only: a.b["c"]. */
bool drift__hcl_is_reference(struct drift__hcl_text t);
/* Whether a path is that of a .tf file directly in a folder ("" = the root). */
bool drift__hcl_in_dir(const char *path, const char *dir);

#endif
