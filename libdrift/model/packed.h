/* Values as bytes: a third of what the tree takes. For what waits, and is made a tree again when it is looked at. */
#ifndef DRIFT_MODEL_PACKED_H
#define DRIFT_MODEL_PACKED_H

#include "model/value.h"

/* The keys of maps, which packed values name by number. */
struct drift__names {
	struct drift__arena arena;
	struct drift__name_entry {
		const char *text;
		size_t len;
	} *list;
	uint32_t *slots; /* a hash table of positions in list, plus one */
	size_t n, cap;   /* of list; there are twice as many slots */
};
void drift__names_init(struct drift__names *n);
void drift__names_dispose(struct drift__names *n);

/* Appends v; failures stay in out. */
void drift__pack(struct drift__buf *out, struct drift__names *n, const struct drift_value *v);
/* Makes *out from what drift__pack wrote. Lists and maps lie in a; texts stay where they are, in p and n, which must live as long. Gives the
 * end of the value; NULL without memory. */
const unsigned char *drift__unpack(struct drift__arena *a, const struct drift__names *n, const unsigned char *p, struct drift_value *out);

#endif
