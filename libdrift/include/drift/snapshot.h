/* A snapshot: one sorted set of resources, and the gaps in it. Both the state and the live account load into one.
 *
 * A snapshot owns all its resources and values; everything read from it is lent until drift_snapshot_free. */
#ifndef DRIFT_SNAPSHOT_H
#define DRIFT_SNAPSHOT_H

#include "drift/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_snapshot;
struct drift_resource;

enum drift_side { DRIFT_SIDE_STATE, DRIFT_SIDE_LIVE };

DRIFT_API void drift_snapshot_free(struct drift_snapshot *s);
DRIFT_API enum drift_side drift_snapshot_side(const struct drift_snapshot *s);
DRIFT_API size_t drift_snapshot_size(const struct drift_snapshot *s);
/* Lends resource i, in order of type, region, identity and address; NULL outside. */
DRIFT_API const struct drift_resource *drift_snapshot_at(const struct drift_snapshot *s, size_t i);
/* Lends the gaps: a list of {type, region, address, service, operation, action, status, reason}. */
DRIFT_API const struct drift_value *drift_snapshot_gaps(const struct drift_snapshot *s);
/* Lends what the source said of itself: state {source, serial, lineage, …}; live {account, regions, api_calls, …}. */
DRIFT_API const struct drift_value *drift_snapshot_meta(const struct drift_snapshot *s);

/* Texts are lent; "" where there is none. */
DRIFT_API const char *drift_resource_type(const struct drift_resource *r);
DRIFT_API const char *drift_resource_address(const struct drift_resource *r); /* state side; "" live */
DRIFT_API const char *drift_resource_id(const struct drift_resource *r);      /* Terraform's `id` */
DRIFT_API const char *drift_resource_name(const struct drift_resource *r);
DRIFT_API const char *drift_resource_arn(const struct drift_resource *r);
DRIFT_API const char *drift_resource_region(const struct drift_resource *r);
DRIFT_API const char *drift_resource_import_id(const struct drift_resource *r); /* "" when it can't be imported */
DRIFT_API const struct drift_value *drift_resource_tags(const struct drift_resource *r);       /* map or NULL */
DRIFT_API const struct drift_value *drift_resource_attributes(const struct drift_resource *r); /* as the provider names them */

/* Dumps a snapshot as JSON (format_version "1.0") and reads one back. Unless with_secrets is set, sensitive texts are sealed: a slow
 * salted hash stands in their place, which tells whether a value is the same but not what it is; sensitive values that are no texts are
 * left out and compare as unknown. Gives. */
DRIFT_API enum drift_status drift_snapshot_to_json(const struct drift_snapshot *s, bool with_secrets, char **text_out,
	struct drift_error *err);
DRIFT_API enum drift_status drift_snapshot_from_json(const char *text, size_t n_bytes, const char *name,
	struct drift_snapshot **out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
