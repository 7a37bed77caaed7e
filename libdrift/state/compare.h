/* Two states compared: what the parts share. */
#ifndef DRIFT_STATE_COMPARE_H
#define DRIFT_STATE_COMPARE_H

#include "state/load.h"

struct drift__compare_side {
	const struct drift_state *state;
	const struct drift_resource **list; /* managed ones, by address and deposed key */
	bool *paired;
	size_t n;
};

struct drift__state_comparison {
	struct drift__compare_side from, to;
	struct drift__arena *a;
	struct drift__list_builder added, removed, moved, changed, notes;
	const struct drift_catalogue *catalogue;
	struct drift_error *err;
	enum drift_status st;
};

/* Adds to changed what is different between two objects of a resource, secrets masked; nothing when they are equal. */
void drift__compare_resource(struct drift__state_comparison *c, const struct drift_resource *from, const struct drift_resource *to);
/* A map begun with address, deposed key, type and id. */
void drift__compare_start(struct drift__state_comparison *c, struct drift__map_builder *m, const struct drift_resource *r);

#endif
