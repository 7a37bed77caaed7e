/* Where states are: sources and the backend that a folder was initialised with. */
#ifndef DRIFT_STATE_SOURCE_H
#define DRIFT_STATE_SOURCE_H

#include "aws/client.h"
#include "drift/state.h"
#include "state/tfstate.h"

/* One source, taken apart. Texts live in the arena that it was made in. */
struct drift__source {
	const char *text;           /* as shown: "prod.tfstate", "s3://bucket/key" */
	const char *path;           /* a file, or "-"; NULL = S3 */
	const char *bucket, *key;   /* S3; the key with the workspace laid in */
	const char *base_key, *workspace_prefix; /* S3 backend: the key of the default workspace */
	const char *region, *profile, *role_arn, *external_id, *endpoint, *version;
	const char *access_key, *secret_key, *token;     /* of a backend block; never shown */
	const char *dynamodb_table, *kms_key_id, *sse_customer_key;
	bool use_lockfile, from_backend;
};

/* "s3://bucket/key?region=…" or a path; USAGE when an s3 address is not understood. */
enum drift_status drift__source_parse(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err);
/* The backend of this folder: $TF_DATA_DIR/terraform.tfstate and the workspace. NO_STATE when it was never initialised. */
enum drift_status drift__backend_resolve(const char *workspace, struct drift__arena *a, struct drift__source *out, struct drift_error *err);
/* A client for a source's own credentials and region. Gives *out. */
enum drift_status drift__source_client(const struct drift__source *src, const struct drift_state_options *o, struct drift__aws_client **out,
	struct drift_error *err);

/* What was read. */
struct drift__fetched {
	struct drift__buf text;
	bool missing;        /* the object does not exist: an empty state */
	char etag[80];
	int64_t modified_ms; /* 0 = not known */
};
enum drift_status drift__source_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out,
	struct drift_error *err);
/* Input of GetObject with what the source needs (version, SSE-C). */
const struct drift_value *drift__source_object(const struct drift__source *src, const char *key, struct drift__arena *a);

#endif
