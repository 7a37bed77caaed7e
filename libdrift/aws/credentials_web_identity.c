/* An OIDC token in a file (GitHub Actions, EKS) -> sts:AssumeRoleWithWebIdentity, which is not signed. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <stdio.h>
#include <string.h>

static enum drift_status
exchange(const struct drift__credential_context *ctx, const char *role_arn, const char *session, const char *path,
	struct drift__credentials *out, struct drift_error *err)
{
	const struct drift_value *input, *reply = NULL;
	char name[64], source[160];
	struct drift__map_builder m;
	struct drift__arena a;
	enum drift_status st;
	const char *token;

	drift__arena_init(&a, 8 << 20);
	snprintf(source, sizeof source, "web identity role %.120s", role_arn);
	snprintf(name, sizeof name, "driftscan-%lld", (long long)ctx->clock->now_ms(ctx->clock->ctx));
	/* read anew each time: Kubernetes rotates it */
	st = drift__credentials_read_token(path, &a, &token, err);
	if (st != DRIFT_OK) {
		drift__hint(err, "AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file names it");
		goto done;
	}
	drift__map_init(&m, &a);
	drift__map_puts(&m, "RoleArn", role_arn);
	drift__map_puts(&m, "RoleSessionName", session != NULL ? session : name);
	drift__map_puts(&m, "WebIdentityToken", token);
	input = drift__map_finish(&m);
	st = input != NULL ? drift__credentials_sts(ctx, NULL, "AssumeRoleWithWebIdentity", input, source, &a, &reply, err) :
			     drift__nomem(err);
	if (st == DRIFT_OK)
		st = drift__credentials_from_sts(reply, source, out, err);
	else if (st == DRIFT_EXPIRED)
		drift__hint(err, "the token in %s has expired: get a new one", path);
done:
	drift__arena_wipe(&a);
	return st;
}

enum drift_status
drift__credentials_from_web_identity(const struct drift__credential_context *ctx, const char *profile,
	struct drift__credentials *out, struct drift_error *err)
{
	const struct drift__aws_config *c = ctx->config;
	const char *token_file, *role_arn, *session, *where = profile != NULL ? profile : "environment", *path;

	if (profile == NULL) {
		token_file = drift__config_env(c, "AWS_WEB_IDENTITY_TOKEN_FILE");
		role_arn = drift__config_env(c, "AWS_ROLE_ARN");
		session = drift__config_env(c, "AWS_ROLE_SESSION_NAME");
	} else {
		token_file = drift__config_key(c, profile, "web_identity_token_file");
		role_arn = drift__config_key(c, profile, "role_arn");
		session = drift__config_key(c, profile, "role_session_name");
	}
	if (token_file == NULL)
		return DRIFT_OK;
	if (role_arn == NULL) {
		drift__fail(err, DRIFT_BAD_CONFIG, where, "there is a web identity token but no role to assume with it");
		return drift__hint(err, profile != NULL ? "add role_arn to the profile" : "set AWS_ROLE_ARN as well");
	}
	path = drift__config_path(ctx->config, token_file);
	return path != NULL ? exchange(ctx, role_arn, session, path, out, err) : drift__nomem(err);
}
