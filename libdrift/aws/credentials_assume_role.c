/* role_arn: sts:AssumeRole with the keys of a source profile or of the machine. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHAIN = 8 };

static enum drift_status
mfa_code(const struct drift__credential_context *ctx, const struct drift__role *role, char *code, size_t n, struct drift_error *err)
{
	if (ctx->options->mfa == NULL) {
		drift__fail(err, DRIFT_NO_CREDENTIALS, role->where, "the role %s wants a code of the MFA device %s, and there is nobody to ask",
			role->arn, role->mfa_serial);
		return drift__hint(err, "run it in a terminal, or use credentials that need no MFA for unattended runs");
	}
	if (!ctx->options->mfa(ctx->options->mfa_ctx, role->mfa_serial, code, n) || code[0] == '\0')
		return drift__fail(err, DRIFT_NO_CREDENTIALS, role->where, "no MFA code was given for %s", role->mfa_serial);
	return DRIFT_OK;
}

enum drift_status
drift__credentials_assume(const struct drift__credential_context *ctx, const struct drift__credentials *base,
	const struct drift__role *role, struct drift__credentials *out, struct drift_error *err)
{
	struct drift__map_builder m;
	const struct drift_value *reply = NULL, *input;
	char name[64], source[160], code[32] = "";
	enum drift_status st = DRIFT_OK;
	struct drift__arena a;
	size_t i, n;

	drift__arena_init(&a, 8 << 20);
	snprintf(name, sizeof name, "driftscan-%lld", (long long)ctx->clock->now_ms(ctx->clock->ctx));
	snprintf(source, sizeof source, "role %.120s", role->arn);
	if (role->mfa_serial != NULL)
		st = mfa_code(ctx, role, code, sizeof code, err);
	if (st != DRIFT_OK)
		goto done;
	drift__map_init(&m, &a);
	drift__map_puts(&m, "RoleArn", role->arn);
	drift__map_puts(&m, "RoleSessionName", role->session_name != NULL ? role->session_name : name);
	if (role->external_id != NULL && role->external_id[0] != '\0')
		drift__map_puts(&m, "ExternalId", role->external_id);
	if (role->duration_seconds != NULL)
		drift__map_puti(&m, "DurationSeconds", strtoll(role->duration_seconds, NULL, 10));
	for (i = 0; i < drift_value_size(role->more); i++)
		drift__map_put(&m, drift_value_key(role->more, i, &n), drift_value_at(role->more, i));
	if (role->mfa_serial != NULL) {
		drift__map_puts(&m, "SerialNumber", role->mfa_serial);
		drift__map_puts(&m, "TokenCode", code);
	}
	input = drift__map_finish(&m);
	if (input == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	st = drift__credentials_sts(ctx, base, "AssumeRole", input, source, &a, &reply, err);
	if (st == DRIFT_OK)
		st = drift__credentials_from_sts(reply, source, out, err);
done:
	drift__wipe(code, sizeof code);
	drift__arena_wipe(&a);
	return st;
}

static enum drift_status
from_machine(const struct drift__credential_context *ctx, const char *kind, const char *where, struct drift__credentials *out,
	struct drift_error *err)
{
	enum drift_status st;

	if (strcmp(kind, "Environment") == 0) {
		st = drift__credentials_from_env(ctx, NULL, out, err);
	} else if (strcmp(kind, "Ec2InstanceMetadata") == 0) {
		st = drift__credentials_from_imds(ctx, NULL, out, err);
	} else if (strcmp(kind, "EcsContainer") == 0) {
		st = drift__credentials_from_container(ctx, NULL, out, err);
	} else {
		drift__fail(err, DRIFT_BAD_CONFIG, where, "credential_source \"%s\" is not known", kind);
		return drift__hint(err, "use Environment, Ec2InstanceMetadata or EcsContainer");
	}
	if (st == DRIFT_OK && !out->found)
		return drift__fail(err, DRIFT_NO_CREDENTIALS, where, "credential_source %s has no credentials here", kind);
	return st;
}

static bool
has_static_keys(const struct drift__aws_config *c, const char *profile)
{
	return drift__config_key(c, profile, "aws_access_key_id") != NULL;
}

static enum drift_status from_chain(const struct drift__credential_context *ctx, const char *profile, const char **visited, int depth,
	struct drift__credentials *out, struct drift_error *err);

static enum drift_status
from_source_profile(const struct drift__credential_context *ctx, const char *profile, const char *source, const char *where,
	const char **visited, int depth, struct drift__credentials *out, struct drift_error *err)
{
	const struct drift__aws_config *c = ctx->config;
	enum drift_status st;
	int i;

	if (!drift__config_has_profile(c, source)) {
		drift__fail(err, DRIFT_BAD_CONFIG, where, "source_profile \"%s\" does not exist", source);
		return drift__hint(err, "`aws configure list-profiles` shows those that exist");
	}
	if (strcmp(source, profile) == 0 && has_static_keys(c, profile)) {
		st = drift__credentials_from_credentials_file(ctx, source, out, err);
		return st == DRIFT_OK && !out->found ? drift__credentials_from_config_file(ctx, source, out, err) : st;
	}
	for (i = 0; i < depth; i++)
		if (strcmp(visited[i], source) == 0) {
			drift__fail(err, DRIFT_BAD_CONFIG, where, "the profiles \"%s\" and \"%s\" are each other's source", profile, source);
			return drift__hint(err, "one of the chain must have keys of its own");
		}
	st = from_chain(ctx, source, visited, depth, out, err);
	if (st == DRIFT_OK && !out->found)
		st = drift__credentials_of_profile(ctx, source, out, err);
	if (st == DRIFT_OK && !out->found)
		return drift__fail(err, DRIFT_NO_CREDENTIALS, where, "source_profile \"%s\" has no credentials", source);
	return st;
}

static enum drift_status
from_chain(const struct drift__credential_context *ctx, const char *profile, const char **visited, int depth,
	struct drift__credentials *out, struct drift_error *err)
{
	const struct drift__aws_config *c = ctx->config;
	const char *source = drift__config_key(c, profile, "source_profile"), *kind = drift__config_key(c, profile, "credential_source");
	struct drift__role role = {.arn = drift__config_key(c, profile, "role_arn"),
		.external_id = drift__config_key(c, profile, "external_id"),
		.session_name = drift__config_key(c, profile, "role_session_name"),
		.mfa_serial = drift__config_key(c, profile, "mfa_serial"),
		.duration_seconds = drift__config_key(c, profile, "duration_seconds")};
	struct drift__credentials base = {.found = false};
	enum drift_status st;
	char where[200];

	if (role.arn == NULL || drift__config_key(c, profile, "web_identity_token_file") != NULL)
		return DRIFT_OK;
	snprintf(where, sizeof where, "profile %.120s", profile);
	role.where = where;
	if (depth == MAX_CHAIN)
		return drift__fail(err, DRIFT_BAD_CONFIG, where, "the chain of roles is longer than %d", MAX_CHAIN);
	if ((source == NULL) == (kind == NULL)) {
		drift__fail(err, DRIFT_BAD_CONFIG, where, "role_arn needs either source_profile or credential_source%s",
			source != NULL ? ", not both" : "");
		return drift__hint(err, "say whose keys assume the role");
	}
	visited[depth] = profile;
	st = source != NULL ? from_source_profile(ctx, profile, source, where, visited, depth + 1, &base, err) :
			      from_machine(ctx, kind, where, &base, err);
	if (st == DRIFT_OK)
		st = drift__credentials_assume(ctx, &base, &role, out, err);
	drift__credentials_dispose(&base);
	return st;
}

enum drift_status
drift__credentials_from_role(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const char *visited[MAX_CHAIN + 1];

	return from_chain(ctx, profile, visited, 0, out, err);
}
