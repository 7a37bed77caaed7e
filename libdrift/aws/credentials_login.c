/* What `aws login` left in its cache: keys for 15 minutes, and a token that gets new ones, bound to a key by DPoP. New ones are written
 * back, as the AWS CLI does, since the token for the next ones changes with them. */
#define _POSIX_C_SOURCE 200809L
#include "aws/login_cache.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "aws/dpop.h"
#include "aws/endpoint.h"

enum { RENEW_MS = 5 * 60000 };

#define HOST(partition, host) {partition, sizeof partition - 1, {.kind = DRIFT_STRING, .len = sizeof host - 1, .u = {host}}}
static const struct drift__member hosts[] = {HOST("aws", "{region}.signin.aws.amazon.com"), HOST("aws-cn", "{region}.signin.amazonaws.cn"),
	HOST("aws-us-gov", "{region}.signin.amazonaws-us-gov.com")};
static const struct drift_value endpoints = {.kind = DRIFT_MAP, .len = sizeof hosts / sizeof hosts[0], .u = {.plain = hosts}};
static const struct drift__service signin = {.name = "signin", .service_id = "Signin", .endpoint_prefix = "signin", .endpoints = &endpoints};

struct login {
	const struct drift__credential_context *ctx;
	struct drift__arena arena;
	const char *profile;
	char where[160];
	const char *cache;              /* the token's file */
	const struct drift_value *file; /* what stands in it */
};

static enum drift_status
login_again(const struct login *l, enum drift_status st, const char *what, struct drift_error *err)
{
	drift__fail(err, st, l->where, "%s", what);
	return drift__hint(err, "run `aws login --profile %s`", l->profile);
}

static enum drift_status
read_cache(struct login *l, const char *session, struct drift_error *err)
{
	const char *folder = drift__config_env(l->ctx->config, "AWS_LOGIN_CACHE_DIRECTORY");
	unsigned char hash[32];
	char hex[65];
	enum drift_status st;

	drift__sha256(session, strlen(session), hash);
	drift__hex(hash, sizeof hash, hex);
	folder = drift__config_path(l->ctx->config, folder != NULL ? folder : "~/.aws/login/cache");
	l->cache = folder != NULL ? drift__arena_printf(&l->arena, "%s/%s.json", folder, hex) : NULL;
	if (l->cache == NULL)
		return drift__nomem(err);
	st = drift__login_cache_read(l->cache, &l->arena, &l->file, err);
	if (st == DRIFT_NOT_FOUND)
		return login_again(l, DRIFT_NO_CREDENTIALS, "nobody has logged in", err);
	return st == DRIFT_BAD_JSON ? login_again(l, DRIFT_NO_CREDENTIALS, "the cached login is not JSON", err) : st;
}

/* ---- renewing ---- */

/* The cached file with the keys and the token of the answer. */
static void
write_back(struct login *l, const struct drift_value *reply, int64_t expires)
{
	const struct drift_value *keys;
	struct drift__map_builder fresh;
	char when[32];

	drift__time_format(expires, when);
	keys = drift__login_with(drift_value_get(l->file, "accessToken"), drift_value_get(reply, "accessToken"), when, &l->arena);
	drift__map_init(&fresh, &l->arena);
	drift__map_put(&fresh, "accessToken", keys);
	drift__map_puts(&fresh, "refreshToken", drift__value_gets(reply, "refreshToken"));
	keys = drift__login_with(l->file, drift__map_finish(&fresh), NULL, &l->arena);
	if (keys == NULL || drift_value_get(keys, "accessToken") == NULL)
		return;
	drift__login_cache_write(l->cache, keys);
	l->file = keys;
}

static const struct drift_value *
question(struct login *l)
{
	struct drift__map_builder m;

	drift__map_init(&m, &l->arena);
	drift__map_puts(&m, "clientId", drift__value_gets(l->file, "clientId"));
	drift__map_puts(&m, "grantType", "refresh_token");
	drift__map_puts(&m, "refreshToken", drift__value_gets(l->file, "refreshToken"));
	return drift__map_finish(&m);
}

/* The address, and the proof that the key is here. */
static enum drift_status
address(struct login *l, struct drift__http_exchange *x, struct drift_error *err)
{
	const struct drift__aws_config *c = l->ctx->config;
	const char *region = drift__value_gets(l->file, "signInRegion");
	struct drift__buf proof = DRIFT__BUF_INIT(8192);
	struct drift__endpoint e;
	unsigned char random[16];
	char id[33];
	enum drift_status st;

	if (region == NULL)
		region = c->region != NULL ? c->region : "us-east-1";
	st = drift__endpoint_resolve(c, &signin, region, &l->arena, &e, err);
	if (st != DRIFT_OK)
		return st;
	x->url = drift__arena_printf(&l->arena, "%s://%s%s/v1/token", e.scheme, e.host, e.base_path);
	if (x->url == NULL || RAND_bytes(random, sizeof random) != 1)
		return drift__nomem(err);
	drift__hex(random, sizeof random, id);
	st = drift__dpop_proof(drift__value_gets(l->file, "dpopKey"), x->url, id, l->ctx->clock->now_ms(l->ctx->clock->ctx), &proof, err);
	if (st == DRIFT_OK && drift__pairs_add(&x->headers, &l->arena, "DPoP", proof.data) != DRIFT_OK)
		st = drift__nomem(err);
	drift__buf_dispose(&proof);
	return st;
}

static enum drift_status
renewal_refused(const struct login *l, const struct drift__http_exchange *x, const struct drift_value *reply, struct drift_error *err)
{
	const char *error = drift__value_gets(reply, "error");

	if (drift__streq(error, "INSUFFICIENT_PERMISSIONS")) {
		drift__fail(err, DRIFT_DENIED, l->where, "the login may not be renewed");
		return drift__hint(err, "allow signin:CreateOAuth2Token to the identity that logged in");
	}
	if (error != NULL || x->status == 401 || x->status == 403)
		return login_again(l, DRIFT_EXPIRED, "the login has expired", err);
	return drift__fail(err, DRIFT_BAD_REPLY, l->where, "the sign-in service answered with HTTP %d and no keys", x->status);
}

static enum drift_status
renew(struct login *l, int64_t now, struct drift_error *err)
{
	struct drift__http_exchange x = {.method = NULL};
	const struct drift_value *reply = NULL;
	int64_t lifetime = 0;
	enum drift_status st = address(l, &x, err);

	if (st == DRIFT_OK)
		st = drift__login_renew(l->ctx, &x, question(l), l->where, &l->arena, &reply, err);
	if (st == DRIFT_OK) {
		if (x.status == 200 && drift__value_gets(reply, "refreshToken") != NULL && drift_value_size(drift_value_get(reply, "accessToken")) > 0 &&
			drift__value_to_int(drift_value_get(reply, "expiresIn"), &lifetime))
			write_back(l, reply, now + lifetime * 1000);
		else
			st = renewal_refused(l, &x, reply, err);
	}
	drift__http_exchange_dispose(&x);
	return st;
}

static enum drift_status
find_keys(struct login *l, struct drift__credentials *out, struct drift_error *err)
{
	static const char *const needed[] = {"clientId", "dpopKey", "refreshToken"};
	int64_t now = l->ctx->clock->now_ms(l->ctx->clock->ctx), expires = 0;
	const struct drift_value *keys = drift_value_get(l->file, "accessToken");
	struct drift_error why = DRIFT_ERROR_INIT;
	enum drift_status st;
	char source[160];
	size_t i;

	for (i = 0; i < sizeof needed / sizeof *needed; i++)
		if (drift__value_gets(l->file, needed[i]) == NULL)
			return login_again(l, DRIFT_NO_CREDENTIALS, "the cached login is incomplete", err);
	if (!drift__time_parse(drift__value_gets(keys, "expiresAt"), &expires) || expires < now + RENEW_MS) {
		st = renew(l, now, &why);
		if (st != DRIFT_OK && expires <= now) {
			if (err != NULL)
				*err = why;
			return st;
		}
		keys = drift_value_get(l->file, "accessToken");
		drift__time_parse(drift__value_gets(keys, "expiresAt"), &expires);
	}
	snprintf(source, sizeof source, "login of profile %.100s", l->profile);
	return drift__credentials_set(out, drift__value_gets(keys, "accessKeyId"), drift__value_gets(keys, "secretAccessKey"),
		drift__value_gets(keys, "sessionToken"), expires, source, err);
}

enum drift_status
drift__credentials_from_login(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const char *session = drift__config_key(ctx->config, profile, "login_session");
	struct login l = {.ctx = ctx, .profile = profile};
	enum drift_status st;

	if (session == NULL)
		return DRIFT_OK;
	snprintf(l.where, sizeof l.where, "profile %.120s", profile);
	drift__arena_init(&l.arena, 8 << 20);
	st = read_cache(&l, session, err);
	if (st == DRIFT_OK)
		st = find_keys(&l, out, err);
	drift__arena_wipe(&l.arena);
	return st;
}
