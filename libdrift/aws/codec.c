/* Chooses the protocol; what holds for all of them stands here. */
#include "aws/protocol.h"

#include <stdio.h>
#include <string.h>

enum drift_status
drift__codec_request(const struct drift__service *s, const struct drift__operation *op, const struct drift_value *input,
	struct drift__arena *a, struct drift__http_request *out, struct drift_error *err)
{
	static enum drift_status (*const encode[])(struct drift__encoder *) = {
		[DRIFT__QUERY] = drift__encode_query, [DRIFT__EC2] = drift__encode_query, [DRIFT__JSON] = drift__encode_json,
		[DRIFT__REST_JSON] = drift__encode_rest_json, [DRIFT__REST_XML] = drift__encode_rest_xml,
	};
	struct drift__http_request request = {.method = op->method, .path = "/", .unsigned_call = op->unsigned_call};
	struct drift__encoder e = {.service = s, .op = op, .arena = a, .request = &request, .err = err};
	enum drift_status st;

	snprintf(e.where, sizeof e.where, "%s:%s", s->name, op->name);
	if (drift_value_kind(input) != DRIFT_MAP && drift_value_kind(input) != DRIFT_NULL)
		return drift__fail(err, DRIFT_USAGE, e.where, "the input of an operation is a map");
	e.input = drift_value_size(input) > 0 ? input : NULL;
	st = encode[s->protocol](&e);
	if (st == DRIFT_OK)
		*out = request;
	return st;
}

enum drift_status
drift__codec_reply(const struct drift__service *s, const struct drift__operation *op, int http_status, const struct drift__pairs *headers,
	const void *body, size_t n, struct drift__arena *a, const struct drift_value **out, struct drift_error *err)
{
	static enum drift_status (*const decode[])(struct drift__decoder *, const struct drift_value **) = {
		[DRIFT__QUERY] = drift__decode_query, [DRIFT__EC2] = drift__decode_query, [DRIFT__JSON] = drift__decode_json,
		[DRIFT__REST_JSON] = drift__decode_rest_json, [DRIFT__REST_XML] = drift__decode_rest_xml,
	};
	struct drift_error own = DRIFT_ERROR_INIT;
	struct drift__decoder d = {.service = s, .op = op, .http_status = http_status, .headers = headers, .body = body, .n_body = n,
		.arena = a, .err = &own};
	enum drift_status st;

	snprintf(d.where, sizeof d.where, "%s:%s", s->name, op->name);
	/* taken for an answer, an empty body would say that nothing exists */
	st = n == 0 && op->has_reply_body ? drift__decode_bad(&d, "the reply is empty") : decode[s->protocol](&d, out);
	/* an arena says no without memory and at its limit */
	if (st == DRIFT_NOMEM && a->max_bytes != 0 && a->total_bytes > a->max_bytes / 2)
		return drift__fail(err, DRIFT_LIMIT, d.where, "the reply takes more memory than one reply may");
	return st == DRIFT_OK ? DRIFT_OK : drift__fail(err, st, own.where, "%s", own.what);
}
