/* What the AWS CLI keeps of a login (`aws sso login`, `aws login`): a JSON file, read, renewed and written back. */
#define _POSIX_C_SOURCE 200809L
#include "aws/login_cache.h"

#include <unistd.h>

static const struct drift__json_options options = {.name = "a login", .max_depth = 16};

enum drift_status
drift__login_cache_read(const char *path, struct drift__arena *a, const struct drift_value **out, struct drift_error *err)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 20);
	enum drift_status st;

	if (access(path, F_OK) != 0)
		return DRIFT_NOT_FOUND;
	st = drift__file_read(path, &text, err);
	if (st == DRIFT_OK)
		st = drift__json_parse(a, text.data != NULL ? text.data : "", text.len, &options, out, NULL);
	drift__buf_wipe(&text);
	return st;
}

void
drift__login_cache_write(const char *path, const struct drift_value *login)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 20);

	drift__json_write(&text, login, 0, false);
	if (text.status == DRIFT_OK)
		(void)drift__file_write(path, text.data, text.len, 0600, NULL);
	drift__buf_wipe(&text);
}

const struct drift_value *
drift__login_with(const struct drift_value *login, const struct drift_value *fresh, const char *expires_at, struct drift__arena *a)
{
	const struct drift_value *parts[] = {login, fresh};
	struct drift__map_builder m;
	size_t i, j;

	drift__map_init(&m, a);
	for (i = 0; i < 2; i++)
		for (j = 0; j < drift_value_size(parts[i]); j++)
			drift__map_put(&m, drift_value_key(parts[i], j, NULL), drift_value_at(parts[i], j));
	if (expires_at != NULL)
		drift__map_puts(&m, "expiresAt", expires_at);
	return drift__map_finish(&m);
}

enum drift_status
drift__login_renew(const struct drift__credential_context *ctx, struct drift__http_exchange *x, const struct drift_value *question,
	const char *where, struct drift__arena *a, const struct drift_value **answer, struct drift_error *err)
{
	struct drift__buf body = DRIFT__BUF_INIT(1 << 20);
	enum drift_status st;

	*answer = NULL;
	if (question != NULL)
		drift__json_write(&body, question, 0, false);
	if (question == NULL || body.status != DRIFT_OK || drift__pairs_add(&x->headers, a, "Content-Type", "application/json") != DRIFT_OK) {
		drift__buf_wipe(&body);
		return drift__nomem(err);
	}
	x->method = "POST";
	x->timeout_ms = 20000;
	x->plain = true;
	x->body = body.data;
	x->n_body = body.len;
	st = drift__credentials_fetch(ctx, x, 2, where, err);
	if (st == DRIFT_OK)
		(void)drift__json_parse(a, x->reply.data, x->reply.len, &options, answer, NULL);
	x->body = NULL;
	drift__buf_wipe(&body);
	return st;
}
