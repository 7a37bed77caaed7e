/* One call: input -> signed request -> reply -> page. */
#define _POSIX_C_SOURCE 200809L
#include "aws/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE_REPLY = 64 << 20 };

void
drift__call_free(struct drift__call *call)
{
	struct drift__aws_client *c = call->client;

	if (call->prev_open != NULL)
		call->prev_open->next_open = call->next_open;
	else if (c->open == call)
		c->open = call->next_open;
	if (call->next_open != NULL)
		call->next_open->prev_open = call->prev_open;
	drift__http_exchange_dispose(&call->exchange);
	drift__arena_wipe(&call->attempt);
	drift__arena_dispose(&call->page);
	drift__buf_dispose(&call->kept);
	drift__free(call->cache_key);
	drift__free(call);
}

void
drift__call_end(struct drift__call *call, const struct drift_error *err, const char *code, int http_status, int64_t date_ms)
{
	struct drift__aws_reply reply = {.status = err->status, .error = err, .code = code, .http_status = http_status, .last = true,
		.date_ms = date_ms};

	drift__engine_log(call->client, 2, "%s: %s: %s", call->where, drift_status_name(err->status), err->what);
	call->done(call->payload, &reply);
	drift__call_free(call);
}

static void
end_early(struct drift__call *call, const struct drift_error *err)
{
	drift__call_end(call, err, "", 0, 0);
}

/* ---- sending ---- */

static const char *
bucket_region(const struct drift__aws_client *c, const char *bucket)
{
	const struct drift__bucket *b = c->buckets;

	while (b != NULL && strcmp(b->name, bucket) != 0)
		b = b->next;
	return b != NULL ? b->region : NULL;
}

/* The call's endpoint, or that of the region where its bucket is known to be. */
static enum drift_status
choose_endpoint(struct drift__call *call, const struct drift__http_request *r, struct drift__endpoint *e, struct drift_error *err)
{
	const char *region = r->bucket != NULL ? bucket_region(call->client, r->bucket) : NULL;

	*e = call->place->endpoint;
	if (region == NULL || strcmp(region, e->signing_region) == 0)
		return DRIFT_OK;
	return drift__endpoint_resolve(call->client->config, call->service, region, &call->attempt, e, err);
}

static enum drift_status
sign(struct drift__call *call, const struct drift__endpoint *e, const struct drift__http_request *r, const char *path,
	struct drift__pairs *headers, const char **query, struct drift_error *err)
{
	struct drift__aws_client *c = call->client;
	const struct drift__host *host = drift__engine_host(c, e->host);
	struct drift__sigv4_keys keys = {c->credentials.access_key, c->credentials.secret_key, c->credentials.token};
	struct drift__sigv4_input in = {.method = r->method, .path = path, .query = &r->query, .headers = headers, .body = r->body,
		.n_body = r->n_body, .region = e->signing_region, .service = call->service->signing_name,
		.raw_path = call->service->s3, .hash_header = call->service->s3, .now_ms = drift__engine_wall(c)};
	struct drift__sigv4_result s;
	enum drift_status st;

	if (host == NULL)
		return drift__nomem(err);
	call->signed_skew_ms = host->skew_ms;
	in.now_ms += host->skew_ms;
	st = drift__sigv4_sign(c->signer, &keys, &in, &s, err);
	if (st != DRIFT_OK)
		return st;
	*query = drift__arena_strdup(&call->attempt, s.query);
	if (*query == NULL || drift__pairs_add(headers, &call->attempt, "x-amz-date", s.amz_date) != DRIFT_OK ||
		(in.hash_header && drift__pairs_add(headers, &call->attempt, "x-amz-content-sha256", s.body_sha256) != DRIFT_OK) ||
		(keys.token != NULL && drift__pairs_add(headers, &call->attempt, "x-amz-security-token", keys.token) != DRIFT_OK) ||
		drift__pairs_add(headers, &call->attempt, "Authorization", s.authorization) != DRIFT_OK)
		return drift__nomem(err);
	return DRIFT_OK;
}

static enum drift_status
plain_query(struct drift__call *call, const struct drift__http_request *r, const char **query, struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	size_t i;

	for (i = 0; i < r->query.len; i++) {
		if (i > 0)
			drift__buf_addc(&b, '&');
		drift__uri_encode(&b, r->query.items[i].name, strlen(r->query.items[i].name), false);
		drift__buf_addc(&b, '=');
		drift__uri_encode(&b, r->query.items[i].value, strlen(r->query.items[i].value), false);
	}
	*query = b.status == DRIFT_OK ? drift__arena_strdup(&call->attempt, b.data != NULL ? b.data : "") : NULL;
	drift__buf_dispose(&b);
	return *query != NULL ? DRIFT_OK : drift__nomem(err);
}

static int64_t
timeout_ms(const struct drift__call *call)
{
	const struct drift__aws_client *c = call->client;
	int64_t most = c->opt.call_timeout_ms > 0 ? c->opt.call_timeout_ms : 60000, left;

	if (call->max_reply_bytes > LARGE_REPLY)
		most *= 10;
	if (c->opt.deadline_ms <= 0)
		return most;
	left = c->made_ms + c->opt.deadline_ms - drift__engine_mono(c);
	return left < 1 ? 1 : left < most ? left : most;
}

static void on_done(struct drift__http_exchange *x);

static enum drift_status
prepare(struct drift__call *call, struct drift_error *err)
{
	struct drift__http_exchange *x = &call->exchange;
	struct drift__http_request r = {.method = NULL};
	struct drift__pairs headers = {0};
	struct drift__endpoint e;
	const char *path, *query = "";
	enum drift_status st = drift__codec_request(call->service, call->op, call->input, &call->attempt, &r, err);
	size_t i;

	if (st == DRIFT_OK)
		st = choose_endpoint(call, &r, &e, err);
	if (st == DRIFT_OK)
		st = drift__endpoint_target(&e, &r, &call->attempt, &call->host, &path, err);
	if (st != DRIFT_OK)
		return st;
	if (drift__pairs_add(&headers, &call->attempt, "Host", call->host) != DRIFT_OK)
		return drift__nomem(err);
	for (i = 0; i < r.headers.len; i++)
		if (drift__pairs_add(&headers, &call->attempt, r.headers.items[i].name, r.headers.items[i].value) != DRIFT_OK)
			return drift__nomem(err);
	st = r.unsigned_call ? plain_query(call, &r, &query, err) : sign(call, &e, &r, path, &headers, &query, err);
	if (query == NULL)
		return st;
	call->host = e.host;
	call->signed_region = e.signing_region;
	call->bucket = r.bucket != NULL ? drift__arena_strdup(&call->attempt, r.bucket) : NULL;
	*x = (struct drift__http_exchange){.method = r.method, .headers = headers, .body = r.body, .n_body = r.n_body,
		.timeout_ms = timeout_ms(call), .max_reply_bytes = call->max_reply_bytes, .done = on_done, .owner = call,
		.resolved = &call->queue->resolved,
		/* an object must come as it is stored, whatever its Content-Encoding says */
		.plain = call->service->s3};
	x->url = drift__arena_printf(&call->attempt, "%s://%s%s%s%s", e.scheme, headers.items[0].value, path, query[0] != '\0' ? "?" : "",
		query);
	return x->url != NULL ? DRIFT_OK : drift__nomem(err);
}

void
drift__call_send(struct drift__call *call)
{
	struct drift__aws_client *c = call->client;
	struct drift_error err = DRIFT_ERROR_INIT;
	enum drift_status st;

	if (call->pages == 0 && call->attempts == 0 && drift__recall(call))
		return;
	drift__http_exchange_dispose(&call->exchange);
	drift__arena_wipe(&call->attempt);
	drift__arena_init(&call->attempt, 64u << 20);
	st = prepare(call, &err);
	if (st == DRIFT_OK)
		st = drift__http_start(c->http, &call->exchange, &err);
	if (st != DRIFT_OK) {
		if (err.where[0] == '\0')
			snprintf(err.where, sizeof err.where, "%s", call->where);
		err.status = st;
		end_early(call, &err);
		return;
	}
	call->attempts++;
	call->in_flight = true;
	call->sent_ms = drift__engine_mono(c);
	drift__rate_sent(&call->queue->rate, call->sent_ms);
	c->in_flight++;
	c->stats.requests++;
	if (call->attempts > 1)
		c->stats.retries++;
}

/* ---- a page ---- */

static struct drift_document *
new_document(size_t max_reply_bytes)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);

	/* a value tree is larger than its text, but not without end */
	if (doc != NULL)
		drift__arena_init(&doc->arena, 32 * (max_reply_bytes != 0 ? max_reply_bytes : 64u << 20) + (1u << 20));
	return doc;
}

/* Tokens that come again after some pages: the list has no end. What followed page 1, 2, 4, 8 and so on is remembered, one at a time, which finds
 * a circle of any length before it has been gone through three times. */
static bool
in_a_circle(struct drift__call *call, const struct drift_value *next)
{
	struct drift__buf text = DRIFT__BUF_INIT(64u << 20);
	unsigned char digest[32];
	bool known = false;

	drift__json_write(&text, next, 0, true);
	if (text.status == DRIFT_OK) {
		drift__sha256(text.data, text.len, digest);
		known = call->pages > 0 && memcmp(digest, call->landmark, sizeof digest) == 0;
		if ((call->pages & (call->pages + 1)) == 0)
			memcpy(call->landmark, digest, sizeof digest);
	}
	drift__buf_dispose(&text);
	return known;
}

/* Moves the call to its next page; *last when there is none. */
static enum drift_status
advance(struct drift__call *call, const struct drift_value *output, bool *last, struct drift_error *err)
{
	const struct drift_value *next = NULL;
	struct drift__arena page;
	enum drift_status st;

	*last = true;
	if (call->single_page)
		return DRIFT_OK;
	st = drift__pager_next(call->op, call->input, output, &call->attempt, &next, err);
	if (st != DRIFT_OK || next == NULL)
		return st;
	if (call->pages + 1 >= call->max_pages)
		return drift__fail(err, DRIFT_LIMIT, call->where, "there are more than %zu pages", call->max_pages);
	if (in_a_circle(call, next))
		return drift__fail(err, DRIFT_BAD_REPLY, call->where, "the reply repeats a page token that was sent before: the list would never end");
	drift__arena_init(&page, 64u << 20);
	page.first_block = DRIFT__PAGE_BLOCK;
	next = drift__value_copy(&page, next);
	if (next == NULL) {
		drift__arena_dispose(&page);
		return drift__nomem(err);
	}
	drift__arena_dispose(&call->page);
	call->page = page;
	call->input = next;
	*last = false;
	return DRIFT_OK;
}

static void
deliver(struct drift__call *call, struct drift_document *doc)
{
	const struct drift__http_exchange *x = &call->exchange;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__aws_reply reply = {.status = DRIFT_OK, .code = "", .http_status = x->status, .output = doc->root, .document = doc,
		.date_ms = drift__http_date(drift__pairs_get(&x->reply_headers, "date"))};
	bool last;

	drift__engine_log(call->client, 2, "%s: HTTP %d, page %zu, %" PRId64 " ms, attempt %u", call->where, x->status, call->pages + 1,
		drift__engine_mono(call->client) - call->sent_ms, call->attempts);
	if (advance(call, doc->root, &last, &err) != DRIFT_OK) {
		/* the page is sound, what comes after it cannot be had: the callee gets both */
		snprintf(err.where, sizeof err.where, "%s", call->where);
		call->done(call->payload, &reply);
		drift_document_free(reply.document);
		drift__call_end(call, &err, "", x->status, reply.date_ms);
		return;
	}
	reply.last = last;
	drift__quota_refund(&call->queue->quota, &call->paid);
	drift__recall_identity(call, doc->root);
	drift__recall_page(call, doc->root, last);
	call->pages++;
	call->attempts = call->foreign = 0;
	call->redirects = 0;
	call->skew_tried = call->renewed = false;
	call->done(call->payload, &reply);
	drift_document_free(reply.document);
	if (last) {
		drift__call_free(call);
	} else {
		drift__http_exchange_dispose(&call->exchange);
		drift__engine_wait(call, true);
	}
}

/* ---- the end of an attempt ---- */

/* DynamoDB says the CRC32 of what it sent; checked where nothing was decompressed on the way. */
static bool
checksum_fits(const struct drift__http_exchange *x)
{
	const char *expected = drift__pairs_get(&x->reply_headers, "x-amz-crc32");

	if (expected == NULL || drift__pairs_get(&x->reply_headers, "content-encoding") != NULL)
		return true;
	return strtoul(expected, NULL, 10) == drift__crc32(x->reply.data, x->reply.len);
}

static struct drift_document *
read_reply(struct drift__call *call, struct drift__failure *f)
{
	struct drift__http_exchange *x = &call->exchange;
	struct drift_document *doc = new_document(call->max_reply_bytes);
	enum drift_status st;

	if (doc == NULL) {
		drift__nomem(&f->why);
		return NULL;
	}
	if (!checksum_fits(x))
		st = drift__fail(&f->why, DRIFT_BAD_REPLY, call->where, "the reply was damaged on its way (CRC32)");
	else
		st = drift__codec_reply(call->service, call->op, x->status, &x->reply_headers, x->reply.data, x->reply.len, &doc->arena,
			&doc->root, &f->why);
	if (st == DRIFT_OK) {
		/* the text may be as large as what was made of it, which others are about to copy */
		drift__buf_wipe(&x->reply);
		return doc;
	}
	drift_document_free(doc);
	if (st == DRIFT_AWS) {
		f->why = (struct drift_error)DRIFT_ERROR_INIT;
		drift__codec_error(call->service, x->status, &x->reply_headers, x->reply.data, x->reply.len, &f->error);
		f->kind = drift__retry_classify(x->failure, 500, f->error.code);
	} else if (st == DRIFT_BAD_REPLY) {
		f->kind = DRIFT__RETRY_TRANSIENT;
	}
	return NULL;
}

static void
on_done(struct drift__http_exchange *x)
{
	struct drift__call *call = x->owner;
	struct drift__aws_client *c = call->client;
	struct drift__host *host = drift__engine_host(c, call->host);
	struct drift_document *doc = NULL;
	struct drift__failure f = {.kind = DRIFT__RETRY_NO};

	call->in_flight = false;
	c->in_flight--;
	c->stats.bytes_in += x->bytes_in;
	if (x->failure == DRIFT__HTTP_OK)
		call->queue->reached = call->queue->resolved = true; /* perhaps over a connection that another service made */
	if (host != NULL && x->failure == DRIFT__HTTP_OK) {
		host->failures = 0;
		host->reached = true;
	}
	if (x->failure == DRIFT__HTTP_OK && x->status >= 200 && x->status < 300) {
		doc = read_reply(call, &f);
	} else {
		if (x->failure == DRIFT__HTTP_OK)
			drift__codec_error(call->service, x->status, &x->reply_headers, x->reply.data, x->reply.len, &f.error);
		f.kind = drift__retry_classify(x->failure, x->status, f.error.code);
	}
	if (f.kind == DRIFT__RETRY_THROTTLE)
		c->stats.throttles++;
	if (f.kind == DRIFT__RETRY_THROTTLE || x->failure == DRIFT__HTTP_TIMEOUT)
		drift__stuck_failed(call);
	else if (x->failure == DRIFT__HTTP_OK)
		drift__stuck_answered(call);
	drift__rate_ended(&call->queue->rate,
		doc != NULL ? DRIFT__RATE_OK : f.kind == DRIFT__RETRY_THROTTLE ? DRIFT__RATE_THROTTLED : DRIFT__RATE_FAILED, call->sent_ms,
		drift__engine_mono(c));
	if (doc != NULL)
		deliver(call, doc);
	else
		drift__call_failed(call, &f);
}
