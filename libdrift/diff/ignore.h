/* .driftignore: gitignore's patterns on `type.id` and `type.id.attribute` (docs/ignoring.md). */
#ifndef DRIFT_DIFF_IGNORE_H
#define DRIFT_DIFF_IGNORE_H

#include "model/value.h"

struct drift__ignore {
	struct drift__arena arena;
	struct drift__ignore_rule {
		const char *pattern;
		bool again; /* begins with !: not ignored after all */
	} *rules;
	size_t n;
};

/* Reads the text. Nothing in it can be wrong: a pattern that matches nothing does nothing. */
enum drift_status drift__ignore_make(struct drift__ignore *g, const char *text, size_t n_bytes, struct drift_error *err);
void drift__ignore_dispose(struct drift__ignore *g);
/* Whether the last pattern that fits ignores it. attribute is dotted ("tags.Name") or NULL; address may be NULL. *out on DRIFT_OK. */
enum drift_status drift__ignored(const struct drift__ignore *g, const char *type, const char *id, const char *address,
	const char *attribute, bool *out, struct drift_error *err);
/* gitignore's wildcards: * and ** any run, ? any byte, [a-z] and [!a-z] classes, \ escapes. Linear stack, time n × m. */
bool drift__ignore_match(const char *pattern, const char *text);

#endif
