/* Where keys come from: the chain in the AWS CLI's order, one file a source.
 *
 * explicit keys -> environment (not with an explicit profile) -> the profile: role_arn, web identity, SSO, static keys of the
 * credentials file, `aws login`, credential_process, static keys of the config file -> container -> EC2 instance (IMDSv2).
 * A source says "not configured" by leaving out->found false; once it is configured, its failure ends the chain with an error
 * that names it, since silently using other keys would read another account. */
#ifndef DRIFT_AWS_CREDENTIALS_H
#define DRIFT_AWS_CREDENTIALS_H

#include "aws/http.h"
#include "aws/profile.h"
#include "aws/sigv4.h"

struct drift__credentials {
	bool found;
	char *access_key, *secret_key, *token; /* overwritten on dispose; token may be NULL */
	int64_t expires_ms;                    /* 0 = never */
	char source[128];                      /* "environment", "profile dev", "role arn:…"; for logs and errors */
};
void drift__credentials_dispose(struct drift__credentials *c);
/* Copies the keys. NO_CREDENTIALS when one is missing or holds control characters. */
enum drift_status drift__credentials_set(struct drift__credentials *c, const char *access_key, const char *secret_key,
	const char *token, int64_t expires_ms, const char *source, struct drift_error *err);

/* Stars out keys that a server sends back in a text, as AWS does when it explains a signature. */
void drift__credentials_hide(const struct drift__credentials *c, char *text);

/* What the sources work with; all lent. */
struct drift__credential_context {
	struct drift__aws_config *config;
	const struct drift__aws_options *options;
	struct drift__http *http;
	struct drift__signer *signer;
	const struct drift__clock *clock;
	int64_t (*skew)(void *ctx, const char *host); /* NULL = none known */
	/* A signature was refused: does the clock explain it, which is remembered then? NULL = nobody knows */
	bool (*clock_differs)(void *ctx, const char *host, int64_t date_ms, int64_t signed_skew_ms);
	void *skew_ctx;
	/* called again and again while a source waits for somebody, so that requests with the old keys go on; NULL = nothing else to do */
	void (*meanwhile)(void *ctx);
	void *meanwhile_ctx;
	/* addresses that never change, but for tests */
	const char *container_base, *imds_base; /* NULL: http://169.254.170.2, http://169.254.169.254 */
};

/* The whole chain, with the option's role on top. Gives *out. NO_CREDENTIALS when nothing is configured, EXPIRED when only a new
 * login helps, BAD_CONFIG, DENIED, NETWORK. */
enum drift_status drift__credentials_find(const struct drift__credential_context *ctx, struct drift__credentials *out,
	struct drift_error *err);

/* ---- the sources ---- */
typedef enum drift_status drift__credential_source(const struct drift__credential_context *ctx, const char *profile,
	struct drift__credentials *out, struct drift_error *err);

drift__credential_source drift__credentials_from_env;          /* profile is not looked at */
drift__credential_source drift__credentials_from_credentials_file, drift__credentials_from_config_file;
drift__credential_source drift__credentials_from_role;         /* role_arn with source_profile or credential_source */
drift__credential_source drift__credentials_from_web_identity; /* of the profile; NULL: of the environment */
drift__credential_source drift__credentials_from_sso;
drift__credential_source drift__credentials_from_login;
drift__credential_source drift__credentials_from_process;
drift__credential_source drift__credentials_from_container;
drift__credential_source drift__credentials_from_imds;

/* What a profile has by itself, roles aside: web identity, SSO, static keys, login, process. */
enum drift_status drift__credentials_of_profile(const struct drift__credential_context *ctx, const char *profile,
	struct drift__credentials *out, struct drift_error *err);

/* ---- help for the sources ---- */

struct drift__role {
	const char *arn, *external_id, *session_name, *mfa_serial, *duration_seconds; /* NULL = not given */
	const struct drift_value *more; /* further members of the call's input; NULL = none */
	const char *where; /* what errors call it */
};
/* sts:AssumeRole with the keys of base. Gives *out. */
enum drift_status drift__credentials_assume(const struct drift__credential_context *ctx, const struct drift__credentials *base,
	const struct drift__role *role, struct drift__credentials *out, struct drift_error *err);
/* One STS call through the codec: signed with base, or unsigned when that is NULL. *output lives in a. */
enum drift_status drift__credentials_sts(const struct drift__credential_context *ctx, const struct drift__credentials *base,
	const char *operation, const struct drift_value *input, const char *where, struct drift__arena *a,
	const struct drift_value **output, struct drift_error *err);
/* Takes the {AccessKeyId, SecretAccessKey, SessionToken, Expiration} of an STS reply. */
enum drift_status drift__credentials_from_sts(const struct drift_value *reply, const char *source, struct drift__credentials *out,
	struct drift_error *err);
/* Sends x up to `attempts` times with short pauses while it fails or answers 429 or 5xx. Failures become NETWORK, TIMEOUT or TLS. */
enum drift_status drift__credentials_fetch(const struct drift__credential_context *ctx, struct drift__http_exchange *x, int attempts,
	const char *where, struct drift_error *err);
/* For a source that waits by itself: lets the requests with the old keys go on for a moment. */
void drift__credentials_meanwhile(const struct drift__credential_context *ctx);
/* A token from a file, without white space around it. Lives in a. */
enum drift_status drift__credentials_read_token(const char *path, struct drift__arena *a, const char **out, struct drift_error *err);

#endif
