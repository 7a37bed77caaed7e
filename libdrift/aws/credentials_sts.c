/* STS, for the sources that ask it: a call of its own, which waits, since there are no keys for others before. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <stdio.h>
#include <string.h>

#include "aws/codec.h"
#include "aws/endpoint.h"
#include "aws/retry.h"

static enum drift_status
sts_failed(const struct drift__service *sts, const struct drift__credentials *base, const struct drift__http_exchange *x, const char *where,
	struct drift_error *err)
{
	struct drift__reply_error e;
	enum drift_status st = DRIFT_AWS;

	drift__codec_error(sts, x->status, &x->reply_headers, x->reply.data, x->reply.len, &e);
	if (strcmp(e.code, "AccessDenied") == 0 || strcmp(e.code, "InvalidClientTokenId") == 0 ||
		strcmp(e.code, "SignatureDoesNotMatch") == 0 || strcmp(e.code, "InvalidIdentityToken") == 0)
		st = DRIFT_DENIED;
	if (strcmp(e.code, "ExpiredToken") == 0 || strcmp(e.code, "ExpiredTokenException") == 0)
		st = DRIFT_EXPIRED;
	if (base != NULL)
		drift__credentials_hide(base, e.message);
	drift__fail(err, st, where, "%s: %s", e.code, e.message);
	if (err != NULL && err->request_id[0] == '\0')
		snprintf(err->request_id, sizeof err->request_id, "%s", e.request_id);
	if (strcmp(e.code, "AccessDenied") == 0)
		drift__hint(err, "the role's trust policy and the caller's policy must both allow it");
	return st;
}

/* What is sent to STS, but for the signature. */
struct sts_call {
	const struct drift__service *sts;
	const struct drift__operation *op;
	struct drift__endpoint endpoint;
	struct drift__http_request request;
	struct drift__pairs headers;
	const char *path, *url;
	int64_t skew_ms; /* that it was signed with last */
};

static enum drift_status
sts_prepare(const struct drift__credential_context *ctx, const struct drift_value *input, struct drift__arena *a, struct sts_call *s,
	struct drift_error *err)
{
	const char *region = ctx->config->region != NULL ? ctx->config->region : "us-east-1", *host;
	enum drift_status st = drift__endpoint_resolve(ctx->config, s->sts, region, a, &s->endpoint, err);
	size_t i;

	if (st == DRIFT_OK)
		st = drift__codec_request(s->sts, s->op, input, a, &s->request, err);
	if (st == DRIFT_OK)
		st = drift__endpoint_target(&s->endpoint, &s->request, a, &host, &s->path, err);
	if (st != DRIFT_OK)
		return st;
	s->url = drift__arena_printf(a, "%s://%s%s", s->endpoint.scheme, host, s->path);
	if (s->url == NULL || drift__pairs_add(&s->headers, a, "Host", host) != DRIFT_OK)
		return drift__nomem(err);
	for (i = 0; i < s->request.headers.len; i++)
		if (drift__pairs_add(&s->headers, a, s->request.headers.items[i].name, s->request.headers.items[i].value) != DRIFT_OK)
			return drift__nomem(err);
	return DRIFT_OK;
}

static enum drift_status
sts_sign(const struct drift__credential_context *ctx, const struct drift__credentials *base, struct sts_call *s, struct drift__pairs *headers,
	struct drift__arena *a, struct drift_error *err)
{
	const struct drift__http_request *r = &s->request;
	struct drift__sigv4_keys keys = {base->access_key, base->secret_key, base->token};
	struct drift__sigv4_input in = {.method = r->method, .path = s->path, .query = &r->query, .headers = headers, .body = r->body,
		.n_body = r->n_body, .region = s->endpoint.signing_region, .service = s->sts->signing_name};
	struct drift__sigv4_result signature;
	enum drift_status st;

	s->skew_ms = ctx->skew != NULL ? ctx->skew(ctx->skew_ctx, s->endpoint.host) : 0;
	in.now_ms = ctx->clock->now_ms(ctx->clock->ctx) + s->skew_ms;
	st = drift__sigv4_sign(ctx->signer, &keys, &in, &signature, err);
	if (st == DRIFT_OK && (drift__pairs_add(headers, a, "x-amz-date", signature.amz_date) != DRIFT_OK ||
		(base->token != NULL && drift__pairs_add(headers, a, "x-amz-security-token", base->token) != DRIFT_OK) ||
		drift__pairs_add(headers, a, "Authorization", signature.authorization) != DRIFT_OK))
		st = drift__nomem(err);
	return st;
}

/* x has its answer when this returns OK. */
static enum drift_status
sts_send(const struct drift__credential_context *ctx, const struct drift__credentials *base, struct sts_call *s, const char *where,
	struct drift__arena *a, struct drift__http_exchange *x, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;

	drift__http_exchange_dispose(x);
	*x = (struct drift__http_exchange){.timeout_ms = 20000, .method = s->request.method, .url = s->url, .headers = s->headers,
		.body = s->request.body, .n_body = s->request.n_body};
	if (base != NULL)
		st = sts_sign(ctx, base, s, &x->headers, a, err);
	return st == DRIFT_OK ? drift__credentials_fetch(ctx, x, 3, where, err) : st;
}

static bool
sts_clock_differs(const struct drift__credential_context *ctx, const struct sts_call *s, const struct drift__http_exchange *x)
{
	struct drift__reply_error e;

	if (x->status < 300 || ctx->clock_differs == NULL)
		return false;
	drift__codec_error(s->sts, x->status, &x->reply_headers, x->reply.data, x->reply.len, &e);
	return drift__retry_classify(x->failure, x->status, e.code) == DRIFT__RETRY_SKEW &&
		ctx->clock_differs(ctx->skew_ctx, s->endpoint.host, drift__http_date(drift__pairs_get(&x->reply_headers, "date")), s->skew_ms);
}

enum drift_status
drift__credentials_sts(const struct drift__credential_context *ctx, const struct drift__credentials *base, const char *operation,
	const struct drift_value *input, const char *where, struct drift__arena *a, const struct drift_value **output,
	struct drift_error *err)
{
	struct sts_call s = {.sts = drift__catalogue_service(ctx->options->catalogue, "sts", err)};
	struct drift__http_exchange x = {.method = NULL};
	enum drift_status st;

	s.op = s.sts != NULL ? drift__service_operation(s.sts, operation, err) : NULL;
	if (s.op == NULL)
		return DRIFT_BAD_CATALOGUE;
	st = sts_prepare(ctx, input, a, &s, err);
	if (st == DRIFT_OK)
		st = sts_send(ctx, base, &s, where, a, &x, err);
	if (st == DRIFT_OK && base != NULL && sts_clock_differs(ctx, &s, &x))
		st = sts_send(ctx, base, &s, where, a, &x, err);
	if (st == DRIFT_OK && x.status >= 300)
		st = sts_failed(s.sts, base, &x, where, err);
	if (st == DRIFT_OK)
		st = drift__codec_reply(s.sts, s.op, x.status, &x.reply_headers, x.reply.data, x.reply.len, a, output, err);
	drift__http_exchange_dispose(&x);
	return st;
}

enum drift_status
drift__credentials_from_sts(const struct drift_value *reply, const char *source, struct drift__credentials *out,
	struct drift_error *err)
{
	const struct drift_value *c = drift_value_get(reply, "Credentials");
	int64_t expires = 0;

	if (c == NULL || !drift__time_parse(drift__value_gets(c, "Expiration"), &expires))
		return drift__fail(err, DRIFT_BAD_REPLY, source, "STS answered without credentials or without their expiry");
	return drift__credentials_set(out, drift__value_gets(c, "AccessKeyId"), drift__value_gets(c, "SecretAccessKey"),
		drift__value_gets(c, "SessionToken"), expires, source, err);
}
