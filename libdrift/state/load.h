/* A loaded state, seen from inside. */
#ifndef DRIFT_STATE_LOAD_H
#define DRIFT_STATE_LOAD_H

#include "state/source.h"

struct drift_state {
	struct drift__arena arena;      /* holds secrets of backends: wiped */
	struct drift_snapshot *snapshot;
	struct drift_state_options options; /* texts copied into the arena */
	struct drift__source *sources;
	struct drift__tfstate_info *infos;  /* one for each source; texts in the snapshot */
	size_t n_sources;
	const struct drift_value *info, *backends;
	const char **lock_marks;        /* who held which locks when drift_state_locks looked; NULL = it did not */
	struct drift__list_builder *twice; /* while loading: takes {source, address} of what appears twice; NULL: that is an error */
};

/* Sources as people name them, patterns spread out; without any (NULL or empty) the backend of this folder. A source that is the folder's
 * own backend gets what only the backend block says. */
enum drift_status drift__sources_find(const char *const *texts, const struct drift_state_options *o, struct drift__arena *a,
	struct drift__source **out, size_t *n_out, struct drift_error *err);

/* drift_state_load; with twice, what appears twice in a state is added there as {source, address} (in the snapshot's arena) and is no error. */
enum drift_status drift__state_load(const char *const *sources, const struct drift_state_options *o, struct drift__list_builder *twice,
	struct drift_state **out, struct drift_error *err);

/* Inspects the locks of one source. Gives *out (drift_lock_inspect says what is in it). */
enum drift_status drift__lock_look(const struct drift__source *src, const struct drift_state_options *o, int64_t now_ms,
	struct drift_document **out, struct drift_error *err);
/* "s3:ID dynamodb:ID": tells one set of holders from another. "" = nobody; NULL without memory. */
const char *drift__lock_mark(const struct drift_value *lock, struct drift__arena *a);

#endif
