/* The errors of a log, read. */
#ifndef DRIFT_POLICY_EXPLAIN_H
#define DRIFT_POLICY_EXPLAIN_H

#include "model/value.h"

/* Texts are owned by the arena or constants; NULL where the message does not say. */
struct drift__explained {
	const char *kind, *code, *what, *todo;
	const char *text, *summary, *address, *type, *name;
	const char *action, *resource, *principal, *operation, *encoded;
	const struct drift_value *lock; /* {id, path, operation, who, version, created, age_seconds?} */
	size_t line;                    /* of the log, from 1 */
};

struct drift__explain {
	struct drift__arena *arena;
	long long now_ms;
	struct drift__explained *list;
	size_t n, cap;
};

/* Adds the errors of a log. NOMEM is the only failure. */
enum drift_status drift__explain_read(struct drift__explain *x, const char *text, size_t n);

#endif
