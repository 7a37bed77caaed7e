/* IAM Identity Center: the token that `aws sso login` left in the cache -> the role's keys. A token of an sso-session that is about
 * to expire is renewed and written back, as the AWS CLI does. */
#define _POSIX_C_SOURCE 200809L
#include "aws/login_cache.h"

#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"

enum { RENEW_MS = 15 * 60000 };

static const struct drift__service portal = {.name = "sso", .service_id = "SSO", .endpoint_prefix = "portal.sso"};
static const struct drift__service oidc = {.name = "sso-oidc", .service_id = "SSO OIDC", .endpoint_prefix = "oidc"};

struct sso {
	const struct drift__credential_context *ctx;
	struct drift__arena arena;
	const char *profile, *session, *start_url, *region, *account, *role;
	char where[160];
	const char *cache;              /* the token's file */
	const struct drift_value *file; /* what stood in it */
	const char *token;
};

static enum drift_status
login_again(const struct sso *s, enum drift_status st, const char *what, struct drift_error *err)
{
	drift__fail(err, st, s->where, "%s", what);
	if (s->session != NULL)
		return drift__hint(err, "run `aws sso login --sso-session %s`", s->session);
	return drift__hint(err, "run `aws sso login --profile %s`", s->profile);
}

static enum drift_status
read_settings(struct sso *s, struct drift_error *err)
{
	const struct drift__aws_config *c = s->ctx->config;
	const struct drift__ini_section *section;

	s->session = drift__config_key(c, s->profile, "sso_session");
	s->start_url = drift__config_key(c, s->profile, "sso_start_url");
	s->region = drift__config_key(c, s->profile, "sso_region");
	s->account = drift__config_key(c, s->profile, "sso_account_id");
	s->role = drift__config_key(c, s->profile, "sso_role_name");
	if (s->session != NULL) {
		section = drift__config_section(c, "sso-session", s->session);
		if (section == NULL) {
			drift__fail(err, DRIFT_BAD_CONFIG, s->where, "there is no [sso-session %s]", s->session);
			return drift__hint(err, "run `aws configure sso-session`");
		}
		s->start_url = drift__ini_get(section, "sso_start_url");
		s->region = drift__ini_get(section, "sso_region");
	}
	if (s->start_url == NULL || s->region == NULL || s->account == NULL || s->role == NULL) {
		drift__fail(err, DRIFT_BAD_CONFIG, s->where, "SSO needs sso_start_url, sso_region, sso_account_id and sso_role_name");
		return drift__hint(err, "run `aws configure sso`");
	}
	return DRIFT_OK;
}

static enum drift_status
read_cache(struct sso *s, struct drift_error *err)
{
	const char *key = s->session != NULL ? s->session : s->start_url;
	unsigned char digest[20];
	char hex[41], path[96];
	enum drift_status st;

	drift__sha1(key, strlen(key), digest);
	drift__hex(digest, sizeof digest, hex);
	snprintf(path, sizeof path, "~/.aws/sso/cache/%s.json", hex);
	s->cache = drift__config_path(s->ctx->config, path);
	if (s->cache == NULL)
		return drift__nomem(err);
	st = drift__login_cache_read(s->cache, &s->arena, &s->file, err);
	if (st == DRIFT_NOT_FOUND)
		return login_again(s, DRIFT_NO_CREDENTIALS, "nobody has logged in to SSO yet", err);
	return st == DRIFT_BAD_JSON ? login_again(s, DRIFT_NO_CREDENTIALS, "the cached SSO token is not JSON", err) : st;
}

static enum drift_status
base_url(struct sso *s, const struct drift__service *service, const char **out, struct drift_error *err)
{
	struct drift__endpoint e;
	enum drift_status st = drift__endpoint_resolve(s->ctx->config, service, s->region, &s->arena, &e, err);

	if (st != DRIFT_OK)
		return st;
	*out = drift__arena_printf(&s->arena, "%s://%s%s", e.scheme, e.host, e.base_path);
	return *out != NULL ? DRIFT_OK : drift__nomem(err);
}

/* ---- renewing ---- */

static void
write_back(struct sso *s, const struct drift_value *reply, int64_t expires)
{
	struct drift__map_builder fresh;
	const struct drift_value *v;
	char when[32];

	drift__time_format(expires, when);
	drift__map_init(&fresh, &s->arena);
	drift__map_puts(&fresh, "accessToken", drift__value_gets(reply, "accessToken"));
	if (drift__value_gets(reply, "refreshToken") != NULL)
		drift__map_puts(&fresh, "refreshToken", drift__value_gets(reply, "refreshToken"));
	v = drift__map_finish(&fresh);
	v = v != NULL ? drift__login_with(s->file, v, when, &s->arena) : NULL;
	if (v != NULL)
		drift__login_cache_write(s->cache, v);
}

static const struct drift_value *
question(struct sso *s)
{
	struct drift__map_builder m;

	drift__map_init(&m, &s->arena);
	drift__map_puts(&m, "clientId", drift__value_gets(s->file, "clientId"));
	drift__map_puts(&m, "clientSecret", drift__value_gets(s->file, "clientSecret"));
	drift__map_puts(&m, "grantType", "refresh_token");
	drift__map_puts(&m, "refreshToken", drift__value_gets(s->file, "refreshToken"));
	return drift__map_finish(&m);
}

static bool
can_renew(const struct sso *s, int64_t now)
{
	int64_t until = 0;

	return s->session != NULL && drift__value_gets(s->file, "refreshToken") != NULL &&
		drift__value_gets(s->file, "clientId") != NULL && drift__value_gets(s->file, "clientSecret") != NULL &&
		(!drift__time_parse(drift__value_gets(s->file, "registrationExpiresAt"), &until) || until > now);
}

/* Leaves the old token in place when it fails: that may still be good. */
static enum drift_status
renew(struct sso *s, int64_t now, bool *renewed, struct drift_error *err)
{
	struct drift__http_exchange x = {.method = NULL};
	struct drift_error ignored = DRIFT_ERROR_INIT;
	const struct drift_value *reply;
	const char *base, *token;
	int64_t lifetime = 0;
	enum drift_status st = base_url(s, &oidc, &base, err);

	*renewed = false;
	if (st != DRIFT_OK)
		return st;
	x.url = drift__arena_printf(&s->arena, "%s/token", base);
	if (x.url == NULL)
		return drift__nomem(err);
	if (drift__login_renew(s->ctx, &x, question(s), s->where, &s->arena, &reply, &ignored) == DRIFT_OK && x.status == 200) {
		token = drift__value_gets(reply, "accessToken");
		if (token != NULL && drift__value_to_int(drift_value_get(reply, "expiresIn"), &lifetime)) {
			s->token = token;
			*renewed = true;
			write_back(s, reply, now + lifetime * 1000);
		}
	}
	drift__http_exchange_dispose(&x);
	return DRIFT_OK;
}

static enum drift_status
find_token(struct sso *s, struct drift_error *err)
{
	int64_t now = s->ctx->clock->now_ms(s->ctx->clock->ctx), expires = 0;
	enum drift_status st = read_cache(s, err);
	bool renewed = false;

	if (st != DRIFT_OK)
		return st;
	s->token = drift__value_gets(s->file, "accessToken");
	if (s->token == NULL || !drift__time_parse(drift__value_gets(s->file, "expiresAt"), &expires))
		return login_again(s, DRIFT_NO_CREDENTIALS, "the cached SSO token is incomplete", err);
	if (expires < now + RENEW_MS && can_renew(s, now))
		st = renew(s, now, &renewed, err);
	if (st == DRIFT_OK && !renewed && expires <= now)
		return login_again(s, DRIFT_EXPIRED, "the SSO login has expired", err);
	return st;
}

/* ---- the role's keys ---- */

static enum drift_status
read_keys(struct sso *s, struct drift__http_exchange *x, struct drift__credentials *out, struct drift_error *err)
{
	static const struct drift__json_options options = {.name = "SSO", .max_depth = 16};
	const struct drift_value *v;
	int64_t expires = 0;
	char source[160];

	if (x->status == 401)
		return login_again(s, DRIFT_EXPIRED, "SSO does not accept the login any more", err);
	if (x->status == 403 || x->status == 404) {
		drift__fail(err, DRIFT_DENIED, s->where, "SSO does not give you the role %s in account %s", s->role, s->account);
		return drift__hint(err, "check sso_account_id and sso_role_name");
	}
	if (x->status != 200 || drift__json_parse(&s->arena, x->reply.data, x->reply.len, &options, &v, NULL) != DRIFT_OK)
		return drift__fail(err, DRIFT_BAD_REPLY, s->where, "SSO answered with HTTP %d and no keys", x->status);
	v = drift_value_get(v, "roleCredentials");
	if (!drift__value_to_int(drift_value_get(v, "expiration"), &expires))
		return drift__fail(err, DRIFT_BAD_REPLY, s->where, "SSO's keys have no expiry");
	snprintf(source, sizeof source, "SSO %.60s in %.20s", s->role, s->account);
	return drift__credentials_set(out, drift__value_gets(v, "accessKeyId"), drift__value_gets(v, "secretAccessKey"),
		drift__value_gets(v, "sessionToken"), expires, source, err);
}

static enum drift_status
get_keys(struct sso *s, struct drift__credentials *out, struct drift_error *err)
{
	struct drift__http_exchange x = {.method = "GET", .timeout_ms = 20000, .plain = true};
	struct drift__buf url = DRIFT__BUF_INIT(64 * 1024);
	const char *base;
	enum drift_status st = base_url(s, &portal, &base, err);

	if (st != DRIFT_OK)
		return st;
	drift__buf_addf(&url, "%s/federation/credentials?role_name=", base);
	drift__uri_encode(&url, s->role, strlen(s->role), false);
	drift__buf_adds(&url, "&account_id=");
	drift__uri_encode(&url, s->account, strlen(s->account), false);
	x.url = url.data;
	if (url.status != DRIFT_OK || drift__pairs_add(&x.headers, &s->arena, "x-amz-sso_bearer_token", s->token) != DRIFT_OK)
		st = drift__nomem(err);
	if (st == DRIFT_OK)
		st = drift__credentials_fetch(s->ctx, &x, 3, s->where, err);
	if (st == DRIFT_OK)
		st = read_keys(s, &x, out, err);
	drift__http_exchange_dispose(&x);
	drift__buf_dispose(&url);
	return st;
}

enum drift_status
drift__credentials_from_sso(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	struct sso s = {.ctx = ctx, .profile = profile};
	enum drift_status st;

	if (drift__config_key(ctx->config, profile, "sso_account_id") == NULL && drift__config_key(ctx->config, profile, "sso_role_name") == NULL)
		return DRIFT_OK;
	snprintf(s.where, sizeof s.where, "profile %.120s", profile);
	drift__arena_init(&s.arena, 8 << 20);
	st = read_settings(&s, err);
	if (st == DRIFT_OK)
		st = find_token(&s, err);
	if (st == DRIFT_OK)
		st = get_keys(&s, out, err);
	drift__arena_wipe(&s.arena);
	return st;
}
