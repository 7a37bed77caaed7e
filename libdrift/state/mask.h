/* What of a state's values may be shown. */
#ifndef DRIFT_STATE_MASK_H
#define DRIFT_STATE_MASK_H

#include "catalogue/type.h"
#include "model/resource.h"

enum { DRIFT__MAX_STEPS = 120 };

/* A place in the attributes of a resource: names (strings) and positions (numbers). */
struct drift__steps {
	struct drift_value list[DRIFT__MAX_STEPS];
	size_t n;
};
/* False when it is full. */
bool drift__steps_push(struct drift__steps *s, const struct drift_value *step);
/* "ingress[0].cidr_blocks", "tags[\"a b\"]". */
void drift__steps_print(struct drift__buf *out, const struct drift__steps *s);

/* Two objects of one resource, or the same twice; marks of either count. */
struct drift__mask_rules {
	const struct drift_resource *a, *b;
	const struct drift__type *type;  /* NULL: not in the catalogue, so nobody knows what is secret in it; only what is none is shown */
};
/* v as it may be shown at a place; *masked becomes true when something went. NULL without memory. */
const struct drift_value *drift__state_shown(const struct drift__mask_rules *rules, struct drift__steps *at, const struct drift_value *v,
	struct drift__arena *a, bool *masked);

#endif
