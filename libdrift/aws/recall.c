/* Calls that an earlier run answered: looked up before they are sent, kept when they have ended.
 *
 * Kept are whole lists of pages and plain absences ("NoSuchBucketPolicy"), of operations that return no secrets, once it is known who asks.
 * The key holds everything that the answer depends on. */
#define _POSIX_C_SOURCE 200809L
#include "aws/cache.h"
#include "aws/engine.h"

#include <stdio.h>
#include <string.h>

enum { MAX_KEY = 1 << 20, MAX_ANSWER = 4 << 20 };

/* The caller without the part that is new in every session: arn:aws:sts::1:assumed-role/scan/driftscan-17… */
void
drift__recall_identity(struct drift__call *call, const struct drift_value *output)
{
	struct drift__aws_client *c = call->client;
	const char *arn = drift__value_gets(output, "Arn"), *role = arn != NULL ? strstr(arn, ":assumed-role/") : NULL, *end;

	if (c->opt.cache_ttl_ms <= 0 || arn == NULL || strcmp(call->service->name, "sts") != 0 || strcmp(call->op->name, "GetCallerIdentity") != 0)
		return;
	end = role != NULL ? strchr(role + strlen(":assumed-role/"), '/') : NULL;
	c->identity = drift__arena_strndup(&c->arena, arn, end != NULL ? (size_t)(end - arn) : strlen(arn));
}

/* The folder is opened when it is first needed; without it the run goes on as if there were none. */
static bool
opened(struct drift__aws_client *c)
{
	struct drift_error err = DRIFT_ERROR_INIT;

	if (c->cache == NULL && !c->cache_refused &&
		drift__cache_open(c->opt.cache_dir, c->opt.cache_ttl_ms, drift__engine_wall(c), &c->cache, &err) != DRIFT_OK) {
		c->cache_refused = true;
		drift__engine_log(c, 0, "answers are not kept: %s: %s", err.where, err.what);
	}
	return c->cache != NULL;
}

static char *
key_of(const struct drift__call *call)
{
	const struct drift__endpoint *e = &call->place->endpoint;
	struct drift__buf b = DRIFT__BUF_INIT(MAX_KEY);

	drift__buf_addf(&b, "%s %s %s://%s%s %s %s %s %d %zu ", DRIFT_VERSION, call->client->identity, e->scheme, e->host, e->base_path, call->service->name,
		call->op->name, e->signing_region, call->single_page, call->max_pages);
	if (call->input != NULL)
		drift__json_write(&b, call->input, 0, true);
	return drift__buf_take(&b);
}

/* Hands out what was kept, page by page, and frees the call. */
static void
replay(struct drift__call *call, const struct drift_value *answer, int64_t made_ms)
{
	const struct drift_value *pages = drift_value_get(answer, "pages");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__aws_reply reply = {.code = "", .http_status = 200, .date_ms = made_ms};
	size_t i, n = drift_value_size(pages);

	for (i = 0; i < n; i++) {
		reply.document = drift__calloc(1, sizeof *reply.document);
		if (reply.document != NULL) {
			drift__arena_init(&reply.document->arena, 0);
			reply.document->root = drift__value_copy(&reply.document->arena, drift_value_at(pages, i));
		}
		if (reply.document == NULL || reply.document->root == NULL) {
			drift_document_free(reply.document);
			drift__nomem(&err);
			drift__call_end(call, &err, "", 0, 0);
			return;
		}
		reply.output = reply.document->root;
		reply.last = i + 1 == n;
		call->done(call->payload, &reply);
		drift_document_free(reply.document);
	}
	if (n == 0) {
		int64_t status = 0;

		drift__value_to_int(drift_value_get(answer, "http_status"), &status);
		drift__fail(&err, DRIFT_NOT_FOUND, call->where, "%s", drift__value_gets(answer, "what"));
		reply = (struct drift__aws_reply){.status = DRIFT_NOT_FOUND, .error = &err, .code = drift__value_gets(answer, "code"),
			.http_status = (int)status, .last = true, .date_ms = made_ms};
		call->done(call->payload, &reply);
	}
	drift__call_free(call);
}

static bool
is_answer(const struct drift_value *v)
{
	return drift_value_size(drift_value_get(v, "pages")) > 0 || (drift__value_gets(v, "code") != NULL && drift__value_gets(v, "what") != NULL);
}

bool
drift__recall(struct drift__call *call)
{
	struct drift__aws_client *c = call->client;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	int64_t age = 0;

	if (c->identity == NULL || call->op->secret || call->cache_key != NULL || !opened(c))
		return false;
	call->cache_key = key_of(call);
	if (call->cache_key == NULL)
		return false;
	if (drift__cache_get(c->cache, call->cache_key, drift__engine_wall(c), &doc, &age, &err) != DRIFT_OK)
		drift__engine_log(c, 0, "a kept answer is ignored: %s: %s", err.where, err.what);
	if (doc == NULL || !is_answer(doc->root)) {
		drift_document_free(doc);
		return false;
	}
	c->stats.recalled++;
	if (age > c->stats.recalled_age_ms)
		c->stats.recalled_age_ms = age;
	drift__engine_log(c, 2, "%s: kept %lld s ago", call->where, (long long)(age / 1000));
	replay(call, doc->root, drift__engine_wall(c) - age);
	drift_document_free(doc);
	return true;
}

/* ---- keeping ---- */

static void
keep(struct drift__call *call, const char *json)
{
	struct drift__aws_client *c = call->client;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift__cache_put(c->cache, call->cache_key, json, drift__engine_wall(c), &err) == DRIFT_OK || c->cache_full)
		return;
	c->cache_full = true; /* said once */
	drift__engine_log(c, 1, "not every answer is kept: %s: %s", err.where, err.what);
}

void
drift__recall_page(struct drift__call *call, const struct drift_value *output, bool last)
{
	struct drift__buf *b = &call->kept;

	if (call->cache_key == NULL)
		return;
	if (b->max_bytes == 0)
		drift__buf_init(b, MAX_ANSWER);
	drift__buf_adds(b, b->len == 0 ? "{\"pages\":[" : ",");
	drift__json_write(b, output, 0, false);
	if (!last)
		return;
	drift__buf_adds(b, "]}");
	if (b->status == DRIFT_OK)
		keep(call, b->data);
}

void
drift__recall_absence(struct drift__call *call, const struct drift_error *why, const char *code, int http_status)
{
	struct drift__buf b = DRIFT__BUF_INIT(64 * 1024);

	if (call->cache_key == NULL || why->status != DRIFT_NOT_FOUND || call->pages > 0)
		return;
	drift__buf_adds(&b, "{\"code\":");
	drift__json_write_string(&b, code, strlen(code));
	drift__buf_addf(&b, ",\"http_status\":%d,\"what\":", http_status);
	drift__json_write_string(&b, why->what, strlen(why->what));
	drift__buf_addc(&b, '}');
	if (b.status == DRIFT_OK)
		keep(call, b.data);
	drift__buf_dispose(&b);
}
