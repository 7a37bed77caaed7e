/* Where states are: sources and the backend that a folder was initialised with. */
#ifndef DRIFT_STATE_SOURCE_H
#define DRIFT_STATE_SOURCE_H

#include "aws/client.h"
#include "drift/state.h"
#include "state/tfstate.h"

enum drift__source_kind { DRIFT__SOURCE_FILE, DRIFT__SOURCE_S3, DRIFT__SOURCE_HTTP, DRIFT__SOURCE_CLOUD };

/* How S3, DynamoDB and STS are spoken to, as a backend block or the parameters of an s3 address say. */
struct drift__source_aws {
	const char *region, *profile, *role_arn, *external_id, *session_name;
	const struct drift_value *role_more;             /* what else the block says of the role, as AssumeRole's input; NULL = nothing */
	const char *access_key, *secret_key, *token;     /* of a backend block; never shown */
	const char *endpoint_s3, *endpoint_dynamodb, *endpoint_sts, *endpoint_iam, *endpoint_sso;
	const char *ca_bundle, *shared_credentials, *shared_config, *http_proxy, *https_proxy, *no_proxy;
	const char *web_identity_role, *web_identity_file, *web_identity_session;
	bool path_style, fips, dualstack;
	int max_retries;                                 /* -1 = not said */
};

/* One source, taken apart. Texts live in the arena that it was made in, which holds secrets: wipe it. */
struct drift__source {
	enum drift__source_kind kind;
	const char *text;           /* as shown: "prod.tfstate", "s3://bucket/key", "https://host/path"; no secret in it */
	const char *version;        /* an older one: its id, a time, or "serial:N"; NULL = the newest */
	const char *workspace;      /* NULL = default */
	bool from_backend;          /* found in .terraform: a missing object is an empty state */

	const char *path;           /* FILE: a path, or "-" */

	const char *bucket, *key;   /* S3: the key with the workspace laid in */
	const char *base_key, *workspace_prefix; /* of a backend block: the key of the default workspace */
	const char *dynamodb_table, *kms_key_id, *sse_customer_key;
	bool use_lockfile;
	struct drift__source_aws aws;

	const char *url;            /* HTTP: without a user in it; may hold secrets in its query */
	const char *header, *secret; /* HTTP: what proves who asks; NULL = nothing */

	const char *host, *organization, *project; /* CLOUD; workspace is its full name */
	const char *api_token;      /* of a backend block; NULL = from where Terraform keeps it */
};

/* A path, "-", "s3://bucket/key?region=…", "https://…", "tfe://host/organization/workspace"; USAGE when it is not understood. */
enum drift_status drift__source_parse(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err);
/* HTTP: user and password of TF_HTTP_USERNAME and TF_HTTP_PASSWORD, or GitLab's tokens, where they are meant for this host. */
enum drift_status drift__source_http_credentials(struct drift__source *src, const char *user, const char *password, struct drift__arena *a,
	struct drift_error *err);
/* The backend of this folder: $TF_DATA_DIR/terraform.tfstate and the workspace. NO_STATE when it was never initialised. */
enum drift_status drift__backend_resolve(const char *workspace, struct drift__arena *a, struct drift__source *out, struct drift_error *err);
/* The same of a file's text; name is what errors call it. */
enum drift_status drift__backend_read(const char *text, size_t n, const char *name, const char *workspace, struct drift__arena *a,
	struct drift__source *out, struct drift_error *err);
/* PREFIX/WORKSPACE/KEY as Terraform joins them: without empty, "." and ".." steps. NULL without memory. */
const char *drift__workspace_key(struct drift__arena *a, const char *prefix, const char *workspace, const char *key);

/* What was read. Dispose of text. */
struct drift__fetched {
	struct drift__buf text;
	bool missing;        /* the object does not exist: an empty state */
	char etag[80];       /* of S3 and HTTP; else the SHA-1 of the text, to see whether it moved */
	char version[300];   /* S3: x-amz-version-id; a cloud's state version; "" = none */
	int64_t modified_ms; /* 0 = not known */
	bool plain_password; /* a password went over http */
};
enum drift_status drift__source_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out,
	struct drift_error *err);

/* Whether what lies there still has the etag that drift__source_fetch gave, as far as that can be told without reading it into memory; when
 * false, fetch it. */
bool drift__source_is_still(const struct drift__source *src, const struct drift_state_options *o, const char *etag);

/* ---- S3 ---- */

/* A client for a source's own credentials, region and endpoints; a keeps what the client only borrows and must outlive it. Gives *out. */
enum drift_status drift__source_client(const struct drift__source *src, const struct drift_state_options *o, struct drift__arena *a,
	struct drift__aws_client **out, struct drift_error *err);
/* Input of GetObject and HeadObject with what the source needs (version, SSE-C); version NULL = the newest. */
const struct drift_value *drift__source_object(const struct drift__source *src, const char *key, const char *version, struct drift__arena *a);
enum drift_status drift__s3_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out,
	struct drift_error *err);
/* The newest version's etag, by HeadObject; false on any failure. */
bool drift__s3_etag(const struct drift__source *src, const struct drift_state_options *o, char out[80]);
/* The hash of the text as its etag. */
void drift__fetched_hash(struct drift__fetched *f);
/* The object's versions, newest first: a list of {version, modified (ms), size, etag, deleted, latest}. */
enum drift_status drift__s3_versions(const struct drift__source *src, struct drift__aws_client *c, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err);
/* One version of the object; version NULL = the newest. missing is set for a delete marker as well. */
enum drift_status drift__s3_get(const struct drift__source *src, struct drift__aws_client *c, const char *version, struct drift__fetched *out,
	struct drift_error *err);

/* ---- HTTP ---- */
enum drift_status drift__http_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out,
	struct drift_error *err);

#endif
