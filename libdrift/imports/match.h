/* Planned creates against live resources. */
#ifndef DRIFT_IMPORTS_MATCH_H
#define DRIFT_IMPORTS_MATCH_H

#include "imports/imports.h"
#include "imports/planned.h"

enum drift__outcome {
	DRIFT__MATCHED,
	DRIFT__AMBIGUOUS,  /* several candidates, or one that several creates want */
	DRIFT__REALLY_NEW, /* nothing live has its identity */
	DRIFT__UNDECIDED   /* not known: the type could not be read, or nothing identifies the resource */
};

struct drift__match {
	enum drift__outcome outcome;
	size_t live;                        /* MATCHED: index into the live snapshot */
	const struct drift_value *evidence; /* MATCHED: list of {attribute, value, via} */
	const size_t *candidates;           /* AMBIGUOUS: indexes, n_candidates of them */
	size_t n_candidates;
	const char *reason;                 /* not MATCHED: one sentence */
};

/* Writes one match a planned resource (plan->n of them; the caller sets each outcome to UNDECIDED, or to MATCHED with its live resource where
 * the user has said so). usable[i] says which live resources may be matched. Everything is
 * made in the plan's arena. */
enum drift_status drift__match_plan(const struct drift__facts *facts, const struct drift__plan *plan, const struct drift_snapshot *live,
	const bool *usable, struct drift__match *out, struct drift_error *err);

#endif
