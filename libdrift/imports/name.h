/* Resource names made from live names. */
#ifndef DRIFT_IMPORTS_NAME_H
#define DRIFT_IMPORTS_NAME_H

#include "model/resource.h"

/* One resource that needs a name; name is written by drift__names_make. */
struct drift__naming {
	const char *type;
	const char *live_name; /* may be NULL */
	const char *import_id; /* unique within the type and region */
	const char *region;    /* may be NULL */
	const char *name;      /* out: owned by the arena */
};

/* A valid identifier that reads like s: lower case, accents dropped, other characters as one _; at most 64 bytes; "" when nothing
 * is left. */
char *drift__name_sanitise(struct drift__arena *a, const char *s);

/* Names all: from the live name; where two of a type would get one name, from the import id; where that is taken too, with a short hash
 * of type, region and import id. So a name depends on its own resource and on those it collides with, never on the order.
 * taken says which addresses ("type.name") are in use already. */
enum drift_status drift__names_make(struct drift__arena *a, struct drift__naming *list, size_t n,
	bool (*taken)(void *ctx, const char *type, const char *name), void *ctx, struct drift_error *err);

#endif
