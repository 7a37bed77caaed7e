/* Terraform states: where they are, what is in them, and who holds the lock. Nothing is ever written, and no lock is taken. */
#ifndef DRIFT_STATE_H
#define DRIFT_STATE_H

#include <stdint.h>

#include "drift/catalogue.h"
#include "drift/snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_state_options {
	size_t size;                     /* sizeof(struct drift_state_options) */
	const struct drift_catalogue *catalogue; /* lent: identities of resources, and how S3 is spoken to; NULL = files only, no identities */
	const char *profile;             /* for states in S3; NULL: the backend's, AWS_PROFILE, … */
	const char *region;              /* NULL: the source's, the backend's, AWS_REGION, … */
	const char *role_arn, *external_id;
	const char *workspace;           /* NULL: TF_WORKSPACE, .terraform/environment, "default" */
	const char *version;             /* an older version of an object in S3: its id, or a time (RFC 3339); NULL = the newest */
	const volatile int *cancel;
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
};
#define DRIFT_STATE_OPTIONS_INIT {sizeof(struct drift_state_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* One or several states, loaded. */
struct drift_state;

/* Loads sources (NULL-terminated): a path, a glob, "-" (stdin), or s3://bucket/key[?region=…&profile=…&dynamodb_table=…&use_lockfile=1&
 * endpoint=…]. Without any (NULL or empty) the backend that .terraform/terraform.tfstate names is used (TF_DATA_DIR, TF_WORKSPACE).
 * Several are one union. Gives *out. A backend whose object does not exist yet gives an empty state; a file that does not exist is NO_STATE. */
DRIFT_API enum drift_status drift_state_load(const char *const *sources, const struct drift_state_options *options,
	struct drift_state **out, struct drift_error *err);
DRIFT_API void drift_state_free(struct drift_state *s);
/* Lends all resources, of all sources; sealed. */
DRIFT_API const struct drift_snapshot *drift_state_snapshot(const struct drift_state *s);
/* Lends a list of {source, version, terraform_version, serial, lineage, resources, other_providers, etag, lock, warnings}. */
DRIFT_API const struct drift_value *drift_state_info(const struct drift_state *s);
/* Lends {bucket, key, workspace_key_prefix, region, dynamodb_table, use_lockfile, kms_key_id, workspaces} of the first S3 source; NULL = none. */
DRIFT_API const struct drift_value *drift_state_backend(const struct drift_state *s);
/* Reads the sources again: *moved_out is true when a serial, lineage, ETag or lock changed since, and *what (drift_text_free) says which. */
DRIFT_API enum drift_status drift_state_reread(const struct drift_state *s, bool *moved_out, char **what, struct drift_error *err);

/* Inspects the locks of a source (as above; NULL = the resolved backend): DynamoDB item and digest, S3 lock file, local lock file. Gives
 * {source, held, locks: [{kind, id, operation, operation_text, who, terraform_version, created, age_s, path, verdict, evidence, unlock}],
 * digest: {expected, actual, state, repair}, problems: […]}. */
DRIFT_API enum drift_status drift_lock_inspect(const char *source, const struct drift_state_options *options, int64_t now_ms,
	struct drift_document **out, struct drift_error *err);
/* Gives it as text for people. */
DRIFT_API enum drift_status drift_lock_text(const struct drift_document *lock, char **text_out, struct drift_error *err);

/* ---- .driftscan ---- */
struct drift_config;

/* Reads an INI file with a [default] and [env NAME] sections; env NULL = only [default]. path NULL = ".driftscan", which may be missing when
 * env is NULL. BAD_CONFIG names file, line and the nearest key or environment. Gives *out. */
DRIFT_API enum drift_status drift_config_load(const char *path, const char *env, struct drift_config **out, struct drift_error *err);
DRIFT_API void drift_config_free(struct drift_config *c);
/* Lends the value of a key; NULL when it is not set. */
DRIFT_API const char *drift_config_get(const struct drift_config *c, const char *key);
/* Lends the values of a key that may hold several (comma or line separated), NULL-terminated; NULL when it is not set. */
DRIFT_API const char *const *drift_config_list(const struct drift_config *c, const char *key);
/* A first .driftscan for this folder, from what .terraform shows. Gives the text (drift_text_free). */
DRIFT_API enum drift_status drift_config_first(const char *env, char **text_out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
