/* JSON 1.0 and 1.1: the input is the body and the body is the output. */
#include "aws/protocol.h"

#include <string.h>

enum { MAX_DEPTH = 256 }; /* WAF statements nest deepest */

static bool
knows(const struct drift_value *names, const char *name)
{
	size_t i;

	for (i = 0; i < drift_value_size(names); i++)
		if (drift__streq(drift__value_str(drift_value_at(names, i)), name))
			return true;
	return false;
}

enum drift_status
drift__encode_json(struct drift__encoder *e)
{
	struct drift__buf body = DRIFT__BUF_INIT(DRIFT__MAX_REQUEST);
	struct drift__map_builder m;
	const struct drift_value *v;
	enum drift_status st;
	const char *name;
	size_t i;

	drift__map_init(&m, e->arena);
	for (i = 0; i < drift_value_size(e->input); i++) {
		name = drift_value_key(e->input, i, NULL);
		if (!knows(e->op->input_names, name)) {
			drift__map_dispose(&m);
			return drift__fail(e->err, DRIFT_USAGE, e->where, "the operation has no input member %s", name);
		}
		if (drift_value_kind(drift_value_at(e->input, i)) != DRIFT_NULL)
			drift__map_put(&m, name, drift_value_at(e->input, i));
	}
	v = drift__map_finish(&m);
	if (v == NULL)
		return drift__nomem(e->err);
	drift__json_write(&body, v, 0, false);
	st = drift__encode_body(e, &body);
	drift__buf_dispose(&body);
	if (st != DRIFT_OK)
		return st;
	e->request->path = "/";
	name = drift__arena_printf(e->arena, "%s.%s", e->service->target_prefix, e->op->name);
	if (name == NULL)
		return drift__nomem(e->err);
	st = drift__encode_header(e, "X-Amz-Target", name);
	name = drift__arena_printf(e->arena, "application/x-amz-json-%s", e->service->json_version);
	if (name == NULL)
		return drift__nomem(e->err);
	if (st == DRIFT_OK)
		st = drift__encode_header(e, "Content-Type", name);
	if (st == DRIFT_OK && e->service->query_compatible)
		st = drift__encode_header(e, "x-amzn-query-mode", "true");
	return st;
}

enum drift_status
drift__json_reply(struct drift__decoder *d, const struct drift_value **out)
{
	struct drift__json_options opt = {.name = d->where, .max_depth = MAX_DEPTH, .lenient_utf8 = true};
	struct drift_error bad = DRIFT_ERROR_INIT;
	const struct drift_value *v;
	enum drift_status st;

	if (d->n_body == 0) {
		struct drift__map_builder m;

		drift__map_init(&m, d->arena);
		return drift__decode_map(d, &m, out);
	}
	st = drift__json_parse(d->arena, d->body, d->n_body, &opt, &v, &bad);
	if (st == DRIFT_BAD_JSON)
		return drift__fail(d->err, DRIFT_BAD_REPLY, d->where, "the reply is not JSON: %s", bad.what);
	if (st == DRIFT_NOMEM)
		return drift__nomem(d->err);
	if (st != DRIFT_OK)
		return drift__fail(d->err, st, d->where, "%s", bad.what);
	if (drift_value_kind(v) != DRIFT_MAP)
		return drift__decode_bad(d, "the reply is JSON, but not an object");
	*out = v;
	return DRIFT_OK;
}

enum drift_status
drift__decode_json(struct drift__decoder *d, const struct drift_value **out)
{
	return drift__json_reply(d, out);
}
