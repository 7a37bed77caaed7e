/* How an evaluation makes, compares and measures values.
 *
 * A list or map is made on the stack of the run: note run->n_stack, push what belongs into it, finish from the noted place.
 * Nothing is taken down on failure: a failed run ends. Every function that returns a value returns NULL on failure, with
 * the reason in run->status. */
#ifndef DRIFT_JMESPATH_MAKE_H
#define DRIFT_JMESPATH_MAKE_H

#include "jmespath/ast.h"

enum { JMES_MAX_STRING = 64 * 1024 * 1024, JMES_MAX_STEPS = 1 << 24 };

/* Records BAD_QUERY (or LIMIT) at the function that runs; returns NULL. */
const struct drift_value *drift__jmes_fail(struct drift__jmes_run *run, const char *fmt, ...) DRIFT_PRINTF(2, 3);
const struct drift_value *drift__jmes_limit(struct drift__jmes_run *run, const char *what);
/* n bytes of the arena, or NULL with NOMEM or LIMIT recorded. */
void *drift__jmes_alloc(struct drift__jmes_run *run, size_t n);

const struct drift_value *drift__jmes_string(struct drift__jmes_run *run, const char *s, size_t n); /* copies */
const struct drift_value *drift__jmes_int(struct drift__jmes_run *run, int64_t n);
const struct drift_value *drift__jmes_double(struct drift__jmes_run *run, double d);
/* Room for a text of at most n bytes, and what was written there as a value: nothing is copied. LIMIT past JMES_MAX_STRING. */
char *drift__jmes_text(struct drift__jmes_run *run, size_t n);
const struct drift_value *drift__jmes_written(struct drift__jmes_run *run, char *text, size_t len);
/* The text of b as a value; b is disposed. */
const struct drift_value *drift__jmes_take(struct drift__jmes_run *run, struct drift__buf *b);

/* v NULL (the maker of v failed) or no memory: false. The key is kept, not copied: it must live as long as the result. */
bool drift__jmes_push(struct drift__jmes_run *run, const char *key, size_t key_len, const struct drift_value *v);
const struct drift_value *drift__jmes_list(struct drift__jmes_run *run, size_t from);
/* Of equal keys the last value wins, in the place of the first. */
const struct drift_value *drift__jmes_map(struct drift__jmes_run *run, size_t from);

bool drift__jmes_true(const struct drift_value *v);
/* 1 equal, 0 not, -1 failure. As drift_value_equal, without memory of its own. */
int drift__jmes_equal(struct drift__jmes_run *run, const struct drift_value *a, const struct drift_value *b);
/* Equal values have equal hashes. False on failure. */
bool drift__jmes_hash(struct drift__jmes_run *run, const struct drift_value *v, uint64_t *out);
/* About how many bytes of JSON v is, counted no further than max + 1. */
size_t drift__jmes_measure(const struct drift_value *v, size_t max);

#endif
