/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
#include "aws/credentials.h"

enum drift_status
drift__credentials_from_env(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const char *access_key = drift__config_env(ctx->config, "AWS_ACCESS_KEY_ID");
	const char *secret_key = drift__config_env(ctx->config, "AWS_SECRET_ACCESS_KEY");
	const char *token = drift__config_env(ctx->config, "AWS_SESSION_TOKEN");
	const char *expiration = drift__config_env(ctx->config, "AWS_CREDENTIAL_EXPIRATION");
	int64_t expires = 0;

	(void)profile;
	if (access_key == NULL)
		return DRIFT_OK;
	if (secret_key == NULL) {
		drift__fail(err, DRIFT_NO_CREDENTIALS, "environment", "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
		return drift__hint(err, "set both, or unset both to use another source");
	}
	if (token == NULL)
		token = drift__config_env(ctx->config, "AWS_SECURITY_TOKEN");
	if (expiration != NULL && !drift__time_parse(expiration, &expires)) {
		drift__fail(err, DRIFT_BAD_CONFIG, "AWS_CREDENTIAL_EXPIRATION", "is not a time");
		return drift__hint(err, "write it as 2026-01-02T03:04:05Z");
	}
	if (expires != 0 && expires <= ctx->clock->now_ms(ctx->clock->ctx)) {
		drift__fail(err, DRIFT_EXPIRED, "environment", "the credentials expired at %s", expiration);
		return drift__hint(err, "get new ones and set the AWS_… variables again");
	}
	return drift__credentials_set(out, access_key, secret_key, token, expires, "environment", err);
}
