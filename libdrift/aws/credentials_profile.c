/* Keys that stand in the files, and what a profile has by itself. */
#include "aws/credentials.h"

#include <stdio.h>
#include <string.h>

static enum drift_status
from_section(const struct drift__ini_section *s, const char *path, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const char *access_key = drift__ini_get(s, "aws_access_key_id"), *secret_key = drift__ini_get(s, "aws_secret_access_key");
	char where[256], source[128];

	if (access_key == NULL || access_key[0] == '\0')
		return DRIFT_OK;
	snprintf(where, sizeof where, "%s:%u", path, drift__ini_entry(s, "aws_access_key_id")->line);
	if (secret_key == NULL || secret_key[0] == '\0') {
		drift__fail(err, DRIFT_NO_CREDENTIALS, where, "the profile \"%s\" has aws_access_key_id but no aws_secret_access_key", profile);
		return drift__hint(err, "add it, or run `aws configure --profile %s`", profile);
	}
	snprintf(source, sizeof source, "profile %s", profile);
	return drift__credentials_set(out, access_key, secret_key, drift__ini_get(s, "aws_session_token"), 0, source, err);
}

enum drift_status
drift__credentials_from_credentials_file(const struct drift__credential_context *ctx, const char *profile,
	struct drift__credentials *out, struct drift_error *err)
{
	return from_section(drift__ini_section(&ctx->config->credentials, profile), ctx->config->credentials_path, profile, out, err);
}

enum drift_status
drift__credentials_from_config_file(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const struct drift__ini_section *s = drift__config_section(ctx->config, "profile", profile);

	if (s == NULL && strcmp(profile, "default") == 0)
		s = drift__ini_section(&ctx->config->config, profile);
	return from_section(s, ctx->config->config_path, profile, out, err);
}

enum drift_status
drift__credentials_of_profile(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	static drift__credential_source *const sources[] = {drift__credentials_from_web_identity, drift__credentials_from_sso,
		drift__credentials_from_credentials_file, drift__credentials_from_login, drift__credentials_from_process,
		drift__credentials_from_config_file};
	enum drift_status st = DRIFT_OK;
	size_t i;

	for (i = 0; st == DRIFT_OK && !out->found && i < sizeof sources / sizeof *sources; i++)
		st = sources[i](ctx, profile, out, err);
	return st;
}
