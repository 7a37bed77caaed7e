/* Which import comes before which. */
#ifndef DRIFT_IMPORTS_ORDER_H
#define DRIFT_IMPORTS_ORDER_H

#include "base/base.h"

/* A directed graph: node `to` must come before node `from` (from refers to to). */
struct drift__graph {
	size_t n; /* nodes */
	struct drift__edge {
		size_t from, to;
	} *edges;
	size_t n_edges, cap_edges;
};

enum drift_status drift__graph_add(struct drift__graph *g, size_t from, size_t to, struct drift_error *err);
void drift__graph_dispose(struct drift__graph *g);

/* Writes level[i], the longest way from i to a node that needs nothing: sorting by (level, name) is a valid order. Nodes that wait for
 * each other are reported, one call a cycle with its nodes in order of reference, and the cycle is cut at its smallest node. Nodes must be
 * numbered in the order in which ties are to be decided. */
enum drift_status drift__graph_levels(struct drift__graph *g, int *level,
	enum drift_status (*cycle)(void *ctx, const size_t *nodes, size_t n), void *ctx, struct drift_error *err);

#endif
