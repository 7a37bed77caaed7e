/* Which resource types are known, and what is known of them. */
#ifndef DRIFT_CATALOGUE_PUBLIC_H
#define DRIFT_CATALOGUE_PUBLIC_H

#include "drift/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The built-in types, plus those of a folder. Immutable for callers; not shared between threads (entries load on first use). */
struct drift_catalogue;

/* Gives *out. dir (may be NULL) is a folder with types/aws_x.json and services/x.json files that add or replace entries.
 * BAD_CATALOGUE names file and field. */
DRIFT_API enum drift_status drift_catalogue_open(const char *dir, struct drift_catalogue **out, struct drift_error *err);
DRIFT_API void drift_catalogue_free(struct drift_catalogue *c);

/* The types, sorted by name. Lends. */
DRIFT_API size_t drift_catalogue_size(const struct drift_catalogue *c);
DRIFT_API const char *drift_catalogue_type(const struct drift_catalogue *c, size_t i);
/* The type name nearest to a mistyped one; NULL when nothing is near. Lends. */
DRIFT_API const char *drift_catalogue_nearest(const struct drift_catalogue *c, const char *type);
/* What `driftscan types` shows. Gives a list of {type, service, attributes{compared, ignored, uncovered}, importable,
 * import_id, listable, tags, references, ...}; pattern (shell-style, NULL = all) selects. */
DRIFT_API enum drift_status drift_catalogue_describe(const struct drift_catalogue *c, const char *pattern,
	struct drift_document **out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
