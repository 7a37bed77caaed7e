/* The user's own mapping from import ids to addresses. */
#ifndef DRIFT_IMPORTS_MAP_H
#define DRIFT_IMPORTS_MAP_H

#include "model/value.h"

struct drift__map_file {
	struct drift__mapping {
		const char *id, *address, *type;
		bool used;
	} *list; /* sorted by id */
	size_t n;
};

/* Reads CSV (`import id,address` lines; quotes as in RFC 4180; # comments; a header line `id,address` is skipped) or a JSON map
 * {"import id": "address"} or list of {"id", "address"}. BAD_ADDRESS and BAD_CONFIG name the line. Everything lives in the arena. */
enum drift_status drift__map_read(struct drift__arena *a, const char *text, size_t n, const char *name, struct drift__map_file *out,
	struct drift_error *err);
/* The address for an id, of a resource of that type; NULL when there is none. Marks it as used. */
const char *drift__map_find(struct drift__map_file *m, const char *id, const char *type);
/* The resource type and name in an address; false when it is no managed resource address. type and name live in the arena. */
bool drift__address_parts(struct drift__arena *a, const char *address, const char **module, const char **type, const char **name);

#endif
