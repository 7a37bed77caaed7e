/* What a for_each key stands for, read from the configuration's text: a plan in JSON shows which resources an object refers to, not which key has
 * which. */
#ifndef DRIFT_IMPORTS_FOREACH_H
#define DRIFT_IMPORTS_FOREACH_H

#include "model/value.h"

/* The reference that each.value (or its member, "" = itself) is for a key, when the configuration writes it out: `for_each = { app =
 * aws_security_group.app.id }`, also through a local of the same module. files is a list of {path, text}; dir is the module's folder ("" = root);
 * kind is "resource" or "module" (type "" then). NULL when it is not written as a plain reference. Arena-owned. */
const char *drift__foreach_reference(struct drift__arena *a, const struct drift_value *files, const char *dir, const char *kind,
	const char *type, const char *name, const char *key, const char *member);

#endif
