/* Values as bytes, for what waits and is made a value again when it is looked at. */
#ifndef DRIFT_MODEL_PACKED_H
#define DRIFT_MODEL_PACKED_H

#include "model/alike.h"

/* Appends v, of which maps keep what differs from those that l has, and l remembers more by it; failures stay in out. */
void drift__pack(struct drift__buf *out, struct drift__likes *l, const struct drift_value *v);
/* Makes *out from what drift__pack wrote. Lists and maps lie in a; texts and what is shared stay where they are, in p and l, which must live as
 * long. Gives the end of the value; NULL without memory. */
const unsigned char *drift__unpack(struct drift__arena *a, const struct drift__likes *l, const unsigned char *p, struct drift_value *out);

#endif
