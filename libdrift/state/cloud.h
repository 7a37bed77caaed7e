/* Terraform Cloud, HCP Terraform and Terraform Enterprise: the token of a host, and the state of a workspace. */
#ifndef DRIFT_STATE_CLOUD_H
#define DRIFT_STATE_CLOUD_H

#include "state/remote.h"
#include "state/source.h"

/* Where Terraform itself looks: TF_TOKEN_<host>, credentials.tfrc.json, the credentials blocks of the CLI configuration (TF_CLI_CONFIG_FILE,
 * ~/.terraformrc). NO_CREDENTIALS says where it was looked for. The token lives in a. */
enum drift_status drift__cloud_token(const char *host, struct drift__arena *a, const char **out, struct drift_error *err);

/* `credentials "HOST" { token = "…" }` in a CLI configuration; NULL when it has none for the host (or without memory). */
const char *drift__cloud_token_in(const char *text, size_t n, const char *host, struct drift__arena *a);

/* The current state of src->organization/src->workspace, or the version that src->version names (an id sv-…, or a time). */
enum drift_status drift__cloud_fetch(const struct drift__source *src, const struct drift__remote_options *o, struct drift__fetched *out,
	struct drift_error *err);

/* Whether the workspace is locked; *who lives in a ("user ann", "run run-1"), NULL when that is not said. */
enum drift_status drift__cloud_locked(const struct drift__source *src, const struct drift__remote_options *o, struct drift__arena *a,
	bool *locked, const char **who, struct drift_error *err);

#endif
