/* An EC2 instance's role, by the metadata service version 2; version 1 only when it was switched on by name. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/value.h"

static const char role_path[] = "/latest/meta-data/iam/security-credentials/";

struct imds {
	const struct drift__credential_context *ctx;
	struct drift__arena arena;
	const char *base, *token; /* token NULL: version 1 */
	int64_t timeout_ms;
	int attempts;
};

static bool
is_set(const struct drift__aws_config *c, const char *variable, const char *value)
{
	const char *v = drift__config_env(c, variable);

	return v != NULL && strcasecmp(v, value) == 0;
}

static int
number(const struct drift__aws_config *c, const char *variable, int otherwise)
{
	const char *v = drift__config_env(c, variable);
	long n = v != NULL ? strtol(v, NULL, 10) : 0;

	return n >= 1 && n <= 60 ? (int)n : otherwise;
}

static enum drift_status
request(struct imds *m, const char *method, const char *path, struct drift__http_exchange *x, struct drift_error *err)
{
	*x = (struct drift__http_exchange){.method = method, .timeout_ms = m->timeout_ms, .connect_ms = m->timeout_ms, .no_proxy = true,
		.plain = true};
	x->url = drift__arena_printf(&m->arena, "%s%s", m->base, path);
	if (x->url == NULL)
		return drift__nomem(err);
	if (strcmp(method, "PUT") == 0) {
		if (drift__pairs_add(&x->headers, &m->arena, "x-aws-ec2-metadata-token-ttl-seconds", "21600") != DRIFT_OK)
			return drift__nomem(err);
	} else if (m->token != NULL &&
		drift__pairs_add(&x->headers, &m->arena, "x-aws-ec2-metadata-token", m->token) != DRIFT_OK) {
		return drift__nomem(err);
	}
	return drift__credentials_fetch(m->ctx, x, m->attempts, "instance metadata", err);
}

/* Leaves m->token NULL and says *usable false where there is no metadata service (most machines: that is no error). */
static enum drift_status
get_token(struct imds *m, bool *usable, struct drift_error *err)
{
	bool v1 = is_set(m->ctx->config, "AWS_EC2_METADATA_V1_DISABLED", "false");
	struct drift__http_exchange x;
	struct drift_error ignored = DRIFT_ERROR_INIT;
	enum drift_status st = request(m, "PUT", "/latest/api/token", &x, &ignored);

	*usable = st == DRIFT_OK && x.status == 200 && x.reply.len > 0 && x.reply.len < 4096 && strpbrk(x.reply.data, "\r\n") == NULL;
	if (*usable) {
		m->token = drift__arena_strdup(&m->arena, x.reply.data);
		if (m->token == NULL)
			st = drift__nomem(err);
	} else if (v1 && (st != DRIFT_OK || x.status == 403 || x.status == 404 || x.status == 405)) {
		*usable = true;
		st = DRIFT_OK;
	} else if (st == DRIFT_OK && x.status == 400) {
		st = drift__fail(err, DRIFT_NO_CREDENTIALS, "instance metadata", "the service refused to give a token (400)");
	} else if (st != DRIFT_NOMEM && st != DRIFT_CANCELLED) {
		st = DRIFT_OK;
	} else {
		drift__fail(err, st, "instance metadata", "%s", ignored.what);
	}
	drift__http_exchange_dispose(&x);
	return st;
}

static enum drift_status
read_keys(struct imds *m, const struct drift__http_exchange *x, struct drift__credentials *out, struct drift_error *err)
{
	static const struct drift__json_options options = {.name = "instance metadata", .max_depth = 16};
	const struct drift_value *v;
	int64_t expires = 0, now = m->ctx->clock->now_ms(m->ctx->clock->ctx);

	if (x->status != 200 || drift__json_parse(&m->arena, x->reply.data, x->reply.len, &options, &v, NULL) != DRIFT_OK)
		return drift__fail(err, DRIFT_BAD_REPLY, "instance metadata", "no JSON with the role's keys came (HTTP %d)", x->status);
	if (drift__value_gets(v, "AccessKeyId") == NULL)
		return drift__fail(err, DRIFT_NO_CREDENTIALS, "instance metadata", "the role has no keys: %s",
			drift__value_gets(v, "Code") != NULL ? drift__value_gets(v, "Code") : "no reason was given");
	if (!drift__time_parse(drift__value_gets(v, "Expiration"), &expires))
		return drift__fail(err, DRIFT_BAD_REPLY, "instance metadata", "the role's keys have no expiry");
	/* during an outage AWS hands out old keys and accepts them: use them, and ask again later */
	if (expires < now + 15 * 60000)
		expires = now + 20 * 60000;
	return drift__credentials_set(out, drift__value_gets(v, "AccessKeyId"), drift__value_gets(v, "SecretAccessKey"),
		drift__value_gets(v, "Token"), expires, "EC2 instance role", err);
}

static enum drift_status
get_keys(struct imds *m, struct drift__credentials *out, struct drift_error *err)
{
	struct drift__http_exchange x;
	enum drift_status st = request(m, "GET", role_path, &x, err);
	char *path = NULL;

	if (st == DRIFT_OK && (x.status == 404 || x.reply.len == 0)) {
		drift__http_exchange_dispose(&x);
		return DRIFT_OK; /* an instance without a role */
	}
	if (st == DRIFT_OK && x.status != 200)
		st = drift__fail(err, DRIFT_NO_CREDENTIALS, "instance metadata", "the name of the role was refused (HTTP %d)", x.status);
	if (st == DRIFT_OK) {
		x.reply.data[strcspn(x.reply.data, "\r\n")] = '\0';
		path = drift__arena_printf(&m->arena, "%s%s", role_path, x.reply.data);
	}
	drift__http_exchange_dispose(&x);
	if (st != DRIFT_OK)
		return st;
	if (path == NULL)
		return drift__nomem(err);
	st = request(m, "GET", path, &x, err);
	if (st == DRIFT_OK)
		st = read_keys(m, &x, out, err);
	drift__http_exchange_dispose(&x);
	return st;
}

enum drift_status
drift__credentials_from_imds(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const struct drift__aws_config *c = ctx->config;
	struct imds m = {.ctx = ctx, .timeout_ms = 1000 * number(c, "AWS_METADATA_SERVICE_TIMEOUT", 1),
		.attempts = number(c, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1)};
	const char *endpoint = drift__config_get(c, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	const char *mode = drift__config_get(c, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
	enum drift_status st;
	bool usable = false;
	size_t n;

	(void)profile;
	if (is_set(c, "AWS_EC2_METADATA_DISABLED", "true"))
		return DRIFT_OK;
	drift__arena_init(&m.arena, 4 << 20);
	if (endpoint == NULL)
		endpoint = ctx->imds_base != NULL ? ctx->imds_base :
			   mode != NULL && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
	for (n = strlen(endpoint); n > 0 && endpoint[n - 1] == '/'; n--)
		;
	m.base = drift__arena_strndup(&m.arena, endpoint, n);
	st = m.base != NULL ? get_token(&m, &usable, err) : drift__nomem(err);
	if (st == DRIFT_OK && usable)
		st = get_keys(&m, out, err);
	drift__arena_wipe(&m.arena);
	return st;
}
