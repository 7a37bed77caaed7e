/* What the repository's own files say for imports: where addresses moved to, and which provider is for which region. */
#ifndef DRIFT_IMPORTS_HINTS_H
#define DRIFT_IMPORTS_HINTS_H

#include "model/value.h"

struct drift__moves {
	struct drift__move {
		const char *from, *to;
	} *list;
	size_t n;
};

/* The `moved` blocks of the root module; files is a list of {path, text}. Everything lives in a. False without memory. */
bool drift__moves_read(struct drift__arena *a, const struct drift_value *files, struct drift__moves *out);
/* Where an address is by now; the address itself when nothing moved it. NULL without memory. */
const char *drift__moves_apply(struct drift__arena *a, const struct drift__moves *m, const char *address);

/* Pairs "region", "alias", closed by NULL, of the root module's provider blocks whose region is a text or a variable's default. NULL without
 * memory. */
const char *const *drift__provider_aliases(struct drift__arena *a, const struct drift_value *files);
/* The region that the root module's provider without an alias writes out; NULL when it does not. */
const char *drift__provider_region(struct drift__arena *a, const struct drift_value *files);

/* The addresses ("type.name") of the root module's resources, sorted. False without memory. */
bool drift__configured_addresses(struct drift__arena *a, const struct drift_value *files, const char *const **out, size_t *n_out);

#endif
