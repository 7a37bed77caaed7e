/* Which live resources a state has already. */
#ifndef DRIFT_IMPORTS_CLAIMS_H
#define DRIFT_IMPORTS_CLAIMS_H

#include "model/resource.h"

struct drift__claims {
	struct drift__claim {
		const char *type, *key, *region, *address;
		const struct drift_resource *resource;
	} *list; /* sorted */
	const char **addresses; /* sorted */
	size_t n, n_addresses;
};

/* Every identity of every managed resource of a state (NULL = none). Texts are lent from it. */
enum drift_status drift__claims_make(const struct drift_snapshot *state, struct drift__claims *out, struct drift_error *err);
void drift__claims_dispose(struct drift__claims *c);
/* The resource of the state that is the live one, NULL when the state does not have it. */
const struct drift_resource *drift__claims_resource(const struct drift__claims *c, const struct drift_resource *live);
/* Its address. */
const char *drift__claims_find(const struct drift__claims *c, const struct drift_resource *live);
/* True when the state has that very address. */
bool drift__claims_holds(const struct drift__claims *c, const char *address);
/* True when the state has something at that root address, with or without keys. */
bool drift__claims_address(const struct drift__claims *c, const char *type, const char *name);

#endif
