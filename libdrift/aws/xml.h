/* XML text to a small tree. No DTD, no entities but the five of XML, nothing is fetched; depth and nodes are limited. */
#ifndef DRIFT_AWS_XML_H
#define DRIFT_AWS_XML_H

#include "base/base.h"

struct drift__xml_attribute {
	const char *name, *value; /* "xsi:type" */
	const struct drift__xml_attribute *next;
};
struct drift__xml {
	const char *name; /* without a namespace prefix */
	const char *text; /* of an element without children, as it stands there; "" else */
	size_t n_text;
	const struct drift__xml_attribute *attributes;
	struct drift__xml *child, *next; /* first child; next sibling */
};

/* Reads into a. BAD_REPLY: malformed, cut off, or with a DOCTYPE. LIMIT: more than 100 levels, or past a's max_bytes. */
enum drift_status drift__xml_parse(struct drift__arena *a, const void *text, size_t n, const char *name, struct drift__xml **root,
	struct drift_error *err);
/* Lends the first child of that name; NULL when there is none or x is NULL. */
const struct drift__xml *drift__xml_child(const struct drift__xml *x, const char *name);
/* Lends the text of that child; NULL when there is none. */
const char *drift__xml_text(const struct drift__xml *x, const char *name);

#endif
