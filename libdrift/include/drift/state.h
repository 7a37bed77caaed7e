/* Terraform states: where they are, what is in them, and who holds the lock. Nothing is ever written, and no lock is taken. */
#ifndef DRIFT_STATE_H
#define DRIFT_STATE_H

#include <stdint.h>

#include "drift/catalogue.h"
#include "drift/keyring.h"
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
	const char *version;             /* an older version: its id, a time (RFC 3339), or "serial:N"; NULL = the newest */
	const volatile int *cancel;
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
	/* asked for an MFA code; writes it and returns true. NULL = roles that need one fail clearly */
	bool (*mfa)(void *ctx, const char *serial, char *code, size_t n_code);
	void *mfa_ctx;
	struct drift_keyring *keyring;   /* lent: keys that others of the run have found (drift/keyring.h); NULL = none */
};
#define DRIFT_STATE_OPTIONS_INIT {sizeof(struct drift_state_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* One or several states, loaded. */
struct drift_state;

/* Loads sources (NULL-terminated): a path, a pattern, "-" (stdin), s3://bucket/key[?region=…&profile=…&dynamodb_table=…], https://… (the HTTP
 * backend, GitLab) or tfe://[host/]organization/workspace (Terraform Cloud and Enterprise); docs/state.md has every form. Without any (NULL
 * or empty) the backend that .terraform/terraform.tfstate names is used (TF_DATA_DIR, TF_WORKSPACE). Several are one union. Gives *out.
 * A backend whose object does not exist yet gives an empty state; what was named and does not exist is NO_STATE. */
DRIFT_API enum drift_status drift_state_load(const char *const *sources, const struct drift_state_options *options,
	struct drift_state **out, struct drift_error *err);
DRIFT_API void drift_state_free(struct drift_state *s);
/* Lends all resources, of all sources; sealed. */
DRIFT_API const struct drift_snapshot *drift_state_snapshot(const struct drift_state *s);
/* Lends a list, one for each source: {source, version (0: show -json), terraform_version, serial, lineage, resources, data_sources,
 * other_providers, providers {name: resources}, tainted, deposed, outputs, checks {status: n}, etag, object_version, modified, exists, warnings}. */
DRIFT_API const struct drift_value *drift_state_info(const struct drift_state *s);
/* Lends {bucket, key, object (the key of the workspace that is read), workspace_key_prefix, region, role_arn, dynamodb_table, use_lockfile, kms_key_id}
 * of the first S3 source; NULL = none. */
DRIFT_API const struct drift_value *drift_state_backend(const struct drift_state *s);
/* Lends the list of them, one for each S3 source. */
DRIFT_API const struct drift_value *drift_state_backends(const struct drift_state *s);
/* Inspects the locks of all sources, and remembers who held them. Gives a list of what drift_lock_inspect gives; null for standard input. */
DRIFT_API enum drift_status drift_state_locks(struct drift_state *s, int64_t now_ms, struct drift_document **out, struct drift_error *err);
/* Reads the sources again, and after drift_state_locks the locks: *moved_out is true when a serial, lineage, ETag or lock changed since, and
 * *what (drift_text_free) says which, from which serial to which; else *what is NULL. */
DRIFT_API enum drift_status drift_state_reread(const struct drift_state *s, bool *moved_out, char **what, struct drift_error *err);

/* Inspects the locks of a source (as above; NULL = the resolved backend): DynamoDB item and digest, S3 lock file, local lock file, cloud
 * workspace. What cannot be looked at is said in problems, and not fatal. Gives {source, held (null: cannot be told), locks: [{kind, place, id,
 * operation, operation_text, who, terraform_version, created, age_s, path, verdict ("fresh", "probably stale", "stale", "unknown"), evidence,
 * unlock, malformed}], digest: {expected, actual, state, repair: [step]} or null, looked_at, problems}. */
DRIFT_API enum drift_status drift_lock_inspect(const char *source, const struct drift_state_options *options, int64_t now_ms,
	struct drift_document **out, struct drift_error *err);
/* The same for several sources and patterns (as drift_state_load has them): gives a list; null for standard input. */
DRIFT_API enum drift_status drift_locks_inspect(const char *const *sources, const struct drift_state_options *options, int64_t now_ms,
	struct drift_document **out, struct drift_error *err);
/* Gives it, or a list of such, as text for people. */
DRIFT_API enum drift_status drift_lock_text(const struct drift_document *lock, char **text_out, struct drift_error *err);

/* ---- looking into states ---- */

/* Compares two states of one source each, both loaded with a catalogue. Secrets are "(sensitive)", texts of types that the catalogue does not
 * know "(not shown)". Gives {from, to: {source, serial, lineage, terraform_version, …}, same, notes, added, removed: [{address, deposed, type,
 * id}], moved: [{from, to, type, id}], changed: [{address, …, changes: [{path, from, to, sensitive}]}], outputs: [{name, change, from, to,
 * sensitive}]}. Data sources are left out. */
DRIFT_API enum drift_status drift_state_diff(const struct drift_state *from, const struct drift_state *to, struct drift_document **out,
	struct drift_error *err);
/* The newest max versions of one source (as above; NULL = the resolved backend): an object's in S3, a file's and its backup's. Gives {source,
 * complete, suspicious, versions: [{version, modified, size, latest, deleted, serial, lineage, terraform_version, resources, data_sources,
 * other_providers, added, removed, lost: [address], marks: [text], suspicious, error}]}, newest first. */
DRIFT_API enum drift_status drift_state_history(const char *source, const struct drift_state_options *options, size_t max,
	struct drift_document **out, struct drift_error *err);
/* Looks for what is wrong in states (as above): duplicate addresses, dependencies on what is not there, cycles, odd providers, mixed accounts
 * and regions, objects that two addresses claim, what reading them warned of. A state that cannot be read at all is an error. Gives {states:
 * [as drift_state_info], problems: [{severity ("error", "warning", "info"), kind, source, address, text}], errors, warnings}. */
DRIFT_API enum drift_status drift_state_check(const char *const *sources, const struct drift_state_options *options,
	struct drift_document **out, struct drift_error *err);
/* Gives what one of the three gave as text for people. all: also what is of little interest. */
DRIFT_API enum drift_status drift_state_text(const struct drift_document *found, bool all, char **text_out, struct drift_error *err);

/* ---- .driftscan ---- */
struct drift_config;

/* Reads an INI file with a [default] and [env NAME] sections; env NULL = only [default]. path NULL = ".driftscan", which may be missing when
 * env is NULL. BAD_CONFIG names file, line and the nearest key or environment. Gives *out. */
DRIFT_API enum drift_status drift_config_load(const char *path, const char *env, struct drift_config **out, struct drift_error *err);
DRIFT_API void drift_config_free(struct drift_config *c);
/* Lends the names of the environments, NULL-terminated, where none was chosen and [default] sets nothing: no setting of the file counts. Else
 * NULL. */
DRIFT_API const char *const *drift_config_unchosen(const struct drift_config *c);
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
