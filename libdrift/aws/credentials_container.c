/* ECS and EKS Pod Identity: a local endpoint that hands out the task's or pod's role. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <string.h>
#include <strings.h>

#include "model/value.h"

enum { ATTEMPTS = 3, TIMEOUT_MS = 2000 };

/* http only to this machine and to the two link-local addresses of AWS, since the answer is keys. */
static bool
is_allowed(const char *url)
{
	static const char *const hosts[] = {"localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"};
	const char *host = url + strlen("http://");
	size_t n, i;

	if (strncasecmp(url, "https://", 8) == 0)
		return true;
	if (strncasecmp(url, "http://", 7) != 0)
		return false;
	n = strcspn(host, "/?#");
	if (memchr(host, '@', n) != NULL || memchr(host, '\\', n) != NULL)
		return false; /* what looks like the host may be a user's name */
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	for (i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (strlen(hosts[i]) == n && strncasecmp(host, hosts[i], n) == 0)
			return true;
	return n > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n;
}

static enum drift_status
authorization(const struct drift__credential_context *ctx, struct drift__arena *a, const char **out, struct drift_error *err)
{
	const char *file = drift__config_env(ctx->config, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

	*out = drift__config_env(ctx->config, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	if (file != NULL)
		return drift__credentials_read_token(file, a, out, err);
	if (*out != NULL && strpbrk(*out, "\r\n") != NULL)
		return drift__fail(err, DRIFT_BAD_CONFIG, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "holds a line break");
	return DRIFT_OK;
}

static enum drift_status
read_reply(const struct drift__http_exchange *x, struct drift__arena *a, struct drift__credentials *out, struct drift_error *err)
{
	static const struct drift__json_options options = {.name = "the container's credentials", .max_depth = 16};
	const struct drift_value *v;
	const char *expiration;
	int64_t expires = 0;

	if (x->status != 200)
		return drift__fail(err, DRIFT_NO_CREDENTIALS, x->url, "the container's credential endpoint answered %d", x->status);
	if (drift__json_parse(a, x->reply.data, x->reply.len, &options, &v, NULL) != DRIFT_OK)
		return drift__fail(err, DRIFT_BAD_REPLY, x->url, "the container's credential endpoint did not answer with JSON");
	expiration = drift__value_gets(v, "Expiration");
	if (expiration != NULL && !drift__time_parse(expiration, &expires))
		return drift__fail(err, DRIFT_BAD_REPLY, x->url, "the expiry of the container's credentials is not a time");
	return drift__credentials_set(out, drift__value_gets(v, "AccessKeyId"), drift__value_gets(v, "SecretAccessKey"),
		drift__value_gets(v, "Token"), expires, "container", err);
}

enum drift_status
drift__credentials_from_container(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const char *relative = drift__config_env(ctx->config, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = drift__config_env(ctx->config, "AWS_CONTAINER_CREDENTIALS_FULL_URI"), *token = NULL;
	struct drift__http_exchange x = {.method = "GET", .timeout_ms = TIMEOUT_MS, .connect_ms = TIMEOUT_MS, .no_proxy = true,
		.plain = true};
	struct drift__arena a;
	enum drift_status st;

	(void)profile;
	if (relative == NULL && full == NULL)
		return DRIFT_OK;
	drift__arena_init(&a, 4 << 20);
	x.url = full;
	if (relative != NULL)
		x.url = drift__arena_printf(&a, "%s%s%s", ctx->container_base != NULL ? ctx->container_base : "http://169.254.170.2",
			relative[0] == '/' ? "" : "/", relative);
	if (x.url == NULL) {
		st = drift__nomem(err);
	} else if (relative == NULL && !is_allowed(full)) {
		st = drift__fail(err, DRIFT_BAD_CONFIG, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
			"plain http goes only to this machine or to AWS's link-local addresses");
		drift__hint(err, "use https");
	} else {
		st = authorization(ctx, &a, &token, err);
	}
	if (st == DRIFT_OK && token != NULL && drift__pairs_add(&x.headers, &a, "Authorization", token) != DRIFT_OK)
		st = drift__nomem(err);
	if (st == DRIFT_OK)
		st = drift__credentials_fetch(ctx, &x, ATTEMPTS, "container credentials", err);
	if (st == DRIFT_OK)
		st = read_reply(&x, &a, out, err);
	drift__http_exchange_dispose(&x);
	drift__arena_wipe(&a);
	return st;
}
