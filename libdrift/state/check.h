/* A look for what is wrong in states: what its parts share. */
#ifndef DRIFT_STATE_CHECK_H
#define DRIFT_STATE_CHECK_H

#include "state/load.h"

enum drift__severity { DRIFT__CHECK_ERROR, DRIFT__CHECK_WARNING, DRIFT__CHECK_INFO };

struct drift__check {
	const struct drift_state *state;
	struct drift__arena *a;
	struct drift__list_builder problems;
	size_t counts[3];
	struct drift_error *err;
};

/* source -1 and address NULL: of none in particular. */
void drift__check_add(struct drift__check *c, enum drift__severity severity, const char *kind, int source, const char *address, const char *fmt,
	...) DRIFT_PRINTF(6, 7);
/* Dependencies on what is not there, and circles. */
enum drift_status drift__check_dependencies(struct drift__check *c);

#endif
