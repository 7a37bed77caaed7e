/* What the references of creates are matched with, found without asking each of many. */
#ifndef DRIFT_IMPORTS_MATCH_NAMED_H
#define DRIFT_IMPORTS_MATCH_NAMED_H

#include "imports/match_fit.h"

enum { DRIFT__FEW_TARGETS = 4 }; /* so many are asked one by one */

/* The targets that a live resource's attribute names. Indexes into the list of targets; SIZE_MAX = none. */
struct drift__named {
	size_t first;    /* of all */
	size_t last_own; /* of those that are meant for certain */
	bool waits;      /* a target is not matched yet */
};

/* What the attribute of live resource l names of the targets. False when that has to be found one by one. */
bool drift__named_targets(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute, size_t l, struct drift__named *out);
/* The first live resource but p's own that is matched and has text as one of its identities; n_resources = none. */
size_t drift__named_by_matched(struct drift__matcher *m, size_t p, const char *text);
/* Live resources of p's type whose attribute names a target that is meant for certain, in m->other; false when that is not known.
 * Some may stand there twice. */
bool drift__named_by_own(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute, size_t *n_out);

/* All live resources of p's type whose attribute names one of few targets, in m->other, as above; false when a target is not known, or there are
 * many. */
bool drift__named_by_few(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute, size_t *n_out);

#endif
