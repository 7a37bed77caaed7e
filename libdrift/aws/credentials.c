/* The chain, and what its sources share. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <stdio.h>
#include <string.h>

enum { STEP_MS = 20 };

void
drift__credentials_dispose(struct drift__credentials *c)
{
	char **texts[] = {&c->access_key, &c->secret_key, &c->token};
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (*texts[i] != NULL)
			drift__wipe(*texts[i], strlen(*texts[i]));
		drift__free(*texts[i]);
	}
	memset(c, 0, sizeof *c);
}

/* They become headers. */
static bool
is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s == 0x7f)
			return false;
	return true;
}

enum drift_status
drift__credentials_set(struct drift__credentials *c, const char *access_key, const char *secret_key, const char *token,
	int64_t expires_ms, const char *source, struct drift_error *err)
{
	struct drift__credentials made = {.found = true, .expires_ms = expires_ms};

	if (token != NULL && token[0] == '\0')
		token = NULL;
	if (access_key == NULL || secret_key == NULL || access_key[0] == '\0' || secret_key[0] == '\0')
		return drift__fail(err, DRIFT_NO_CREDENTIALS, source, "gave no access key, or one without its secret");
	if (!is_clean(access_key) || !is_clean(secret_key) || (token != NULL && !is_clean(token))) {
		drift__fail(err, DRIFT_NO_CREDENTIALS, source, "a key or token holds white space or control characters");
		return drift__hint(err, "copy it again: a line break or blank came along");
	}
	made.access_key = drift__strdup(access_key);
	made.secret_key = drift__strdup(secret_key);
	made.token = drift__strdup(token);
	snprintf(made.source, sizeof made.source, "%s", source);
	if (made.access_key == NULL || made.secret_key == NULL || (token != NULL && made.token == NULL)) {
		drift__credentials_dispose(&made);
		return drift__nomem(err);
	}
	drift__credentials_dispose(c);
	*c = made;
	return DRIFT_OK;
}

void
drift__credentials_hide(const struct drift__credentials *c, char *text)
{
	enum { SURE = 16 }; /* so many characters of a key are no coincidence; its end may be cut off */
	const char *const keys[] = {c->token, c->secret_key};
	char head[SURE + 1], *p;
	size_t i, n;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (keys[i] == NULL || strlen(keys[i]) < SURE)
			continue;
		snprintf(head, sizeof head, "%s", keys[i]);
		while ((p = strstr(text, head)) != NULL) {
			for (n = 0; p[n] != '\0' && p[n] == keys[i][n]; n++)
				p[n] = '*';
		}
		drift__wipe(head, sizeof head);
	}
}

/* ---- small requests of their own ---- */

static enum drift_status
failed(const struct drift__http_exchange *x, const char *where, struct drift_error *err)
{
	switch (x->failure) {
	case DRIFT__HTTP_TIMEOUT:
		return drift__fail(err, DRIFT_TIMEOUT, where, "no answer in time: %s", x->reason);
	case DRIFT__HTTP_TLS:
		drift__fail(err, DRIFT_TLS, where, "the TLS connection could not be trusted: %s", x->reason);
		return drift__hint(err, "behind an inspecting proxy set AWS_CA_BUNDLE to its certificate");
	case DRIFT__HTTP_TOO_LARGE:
		return drift__fail(err, DRIFT_LIMIT, where, "%s", x->reason);
	case DRIFT__HTTP_NOMEM:
		return drift__nomem(err);
	default:
		return drift__fail(err, DRIFT_NETWORK, where, "the endpoint could not be reached: %s", x->reason);
	}
}

static void
done(struct drift__http_exchange *x)
{
	(void)x; /* finished says it */
}

void
drift__credentials_meanwhile(const struct drift__credential_context *ctx)
{
	if (ctx->meanwhile == NULL)
		return;
	ctx->meanwhile(ctx->meanwhile_ctx);
	drift__http_poll(ctx->http, 0);
}

/* Waits until x has ended, or for some milliseconds. */
static enum drift_status
wait(const struct drift__credential_context *ctx, struct drift__http_exchange *x, int ms, struct drift_error *err)
{
	const volatile int *cancel = ctx->options->cancel;

	for (; x != NULL ? !x->finished : ms > 0; ms -= STEP_MS) {
		if (cancel != NULL && *cancel != 0) {
			if (x != NULL)
				drift__http_abort(ctx->http, x);
			return drift__fail(err, DRIFT_CANCELLED, "credentials", "cancelled");
		}
		drift__credentials_meanwhile(ctx);
		if (x == NULL || !x->finished)
			drift__http_poll(ctx->http, STEP_MS);
	}
	return DRIFT_OK;
}

enum drift_status
drift__credentials_fetch(const struct drift__credential_context *ctx, struct drift__http_exchange *x, int attempts, const char *where,
	struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	int i;

	if (x->max_reply_bytes == 0)
		x->max_reply_bytes = 1 << 20;
	x->done = done;
	for (i = 0; i < attempts; i++) {
		if (i > 0) {
			drift__http_exchange_dispose(x);
			st = wait(ctx, NULL, 100 << (i < 3 ? i : 3), err);
		}
		if (st == DRIFT_OK)
			st = drift__http_start(ctx->http, x, err);
		if (st == DRIFT_OK)
			st = wait(ctx, x, 0, err);
		if (st != DRIFT_OK)
			return st;
		if (x->failure == DRIFT__HTTP_TLS || x->failure == DRIFT__HTTP_TOO_LARGE || x->failure == DRIFT__HTTP_NOMEM)
			break;
		if (x->failure == DRIFT__HTTP_OK && x->status != 429 && x->status < 500)
			break;
	}
	return x->failure == DRIFT__HTTP_OK ? DRIFT_OK : failed(x, where, err);
}

enum drift_status
drift__credentials_read_token(const char *path, struct drift__arena *a, const char **out, struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(64 * 1024);
	enum drift_status st = drift__file_read(path, &b, err);
	const char *s;
	size_t n;

	if (st == DRIFT_OK) {
		s = b.data != NULL ? b.data : "";
		s += strspn(s, " \t\r\n");
		n = strlen(s);
		while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
			n--;
		*out = drift__arena_strndup(a, s, n);
		if (*out == NULL)
			st = drift__nomem(err);
		else if (n == 0 || strpbrk(*out, "\r\n") != NULL)
			st = drift__fail(err, DRIFT_NO_CREDENTIALS, path, "the token file is empty or holds several lines");
	}
	drift__buf_wipe(&b);
	return st;
}

/* ---- the chain ---- */

static enum drift_status
nothing_found(const struct drift__credential_context *ctx, struct drift_error *err)
{
	const struct drift__aws_config *c = ctx->config;

	drift__fail(err, DRIFT_NO_CREDENTIALS, "credentials",
		"none in the environment, in profile \"%s\" (%s), from a container or from an EC2 instance", c->profile,
		c->has_files ? "which has none" : "there are no AWS config files");
	return drift__hint(err, "run `aws configure` or `aws sso login`, choose another --profile, or set AWS_ACCESS_KEY_ID and "
				"AWS_SECRET_ACCESS_KEY");
}

static enum drift_status
find_base(const struct drift__credential_context *ctx, struct drift__credentials *out, struct drift_error *err)
{
	const struct drift__aws_options *o = ctx->options;
	const char *profile = ctx->config->profile;
	enum drift_status st = DRIFT_OK;

	if (o->access_key != NULL && o->access_key[0] != '\0')
		return drift__credentials_set(out, o->access_key, o->secret_key, o->token, 0, "explicit keys", err);
	if (!ctx->config->profile_given)
		st = drift__credentials_from_env(ctx, NULL, out, err);
	if (st == DRIFT_OK && !out->found)
		st = drift__credentials_from_role(ctx, profile, out, err);
	if (st == DRIFT_OK && !out->found && !ctx->config->profile_given)
		st = drift__credentials_from_web_identity(ctx, NULL, out, err);
	if (st == DRIFT_OK && !out->found)
		st = drift__credentials_of_profile(ctx, profile, out, err);
	if (st == DRIFT_OK && !out->found)
		st = drift__credentials_from_container(ctx, NULL, out, err);
	if (st == DRIFT_OK && !out->found)
		st = drift__credentials_from_imds(ctx, NULL, out, err);
	return st == DRIFT_OK && !out->found ? nothing_found(ctx, err) : st;
}

enum drift_status
drift__credentials_find(const struct drift__credential_context *ctx, struct drift__credentials *out, struct drift_error *err)
{
	const struct drift__aws_options *o = ctx->options;
	struct drift__role role = {.arn = o->role_arn, .external_id = o->external_id, .session_name = o->session_name, .more = o->role_more,
		.where = "the role option"};
	struct drift__credentials base = {.found = false}, assumed = {.found = false};
	enum drift_status st;

	st = find_base(ctx, &base, err);
	if (st == DRIFT_OK && role.arn != NULL && role.arn[0] != '\0') {
		st = drift__credentials_assume(ctx, &base, &role, &assumed, err);
		drift__credentials_dispose(&base);
		base = assumed;
	}
	if (st != DRIFT_OK) {
		drift__credentials_dispose(&base);
		return st;
	}
	drift__credentials_dispose(out);
	*out = base;
	return DRIFT_OK;
}
