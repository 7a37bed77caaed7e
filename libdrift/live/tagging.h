/* Tags of many resources by one call, before each is asked for its own.
 *
 * The tagging API (catalogue/tagging.json) knows only what was tagged at some time, not every type, and lags behind. So only what it returns
 * counts, and where a state has other tags than it tells, the resource itself is asked after all. Without it all goes as if it did not exist. */
#ifndef DRIFT_LIVE_TAGGING_H
#define DRIFT_LIVE_TAGGING_H

#include "live/engine.h"

/* Reads the table; false without memory. */
bool drift__tagging_open(struct drift__engine *e);
/* Puts off a read of tags until others can be asked together with it. docs are put into another order. Answered or not, each of them
 * ends in drift__tagging_answer or drift__read_each (read.c); then job->pending, which this raised, falls. */
void drift__tagging_put_off(struct drift__job *job, const struct drift__call *call, struct drift__doc **docs, size_t n);
/* Asks for what was put off in regions where nothing more is about to be. */
void drift__tagging_step(struct drift__engine *e);
/* Tags in the form that a read gives them, by key; what is not tags passes as it is. */
const struct drift_value *drift__tags_in_form(struct drift__engine *e, const struct drift_value *v, enum drift__tags_form form);

#endif
