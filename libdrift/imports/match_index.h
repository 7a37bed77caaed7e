/* Live resources by the values of their attributes: what a create may be, without looking at all of its type. */
#ifndef DRIFT_IMPORTS_MATCH_INDEX_H
#define DRIFT_IMPORTS_MATCH_INDEX_H

#include "imports/match_fit.h"

/* A row of a table that is searched by `from`: the hash of a text, or an index. Equal ones stand in the order of `to`. */
struct drift__link {
	uint64_t from;
	size_t to;
};
int drift__links_order(const void *a, const void *b);
void drift__links_sort(struct drift__link *list, size_t n);
const struct drift__link *drift__links_find(const struct drift__link *list, size_t n, uint64_t from, size_t *n_out);

/* Candidates of a create into m->scratch, by one of a list's attributes whose value the plan knows, or refers to; false when there is none, or without memory.
 * tags false: all that an attribute that is no tag does not rule out. tags true: all that may fit, by a tag. */
bool drift__index_candidates(struct drift__matcher *m, size_t p, const struct drift_value *keys, bool tags, size_t *n_out);

#endif
