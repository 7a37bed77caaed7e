/* What the protocols share of a request: scalars as text, and the places of the rest protocols: path, query string, headers. */
#include "aws/protocol.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum drift_status
drift__encode_header(struct drift__encoder *e, const char *name, const char *value)
{
	return drift__pairs_add(&e->request->headers, e->arena, name, value) == DRIFT_OK ? DRIFT_OK : drift__nomem(e->err);
}

enum drift_status
drift__encode_body(struct drift__encoder *e, struct drift__buf *body)
{
	const char *copy;

	if (body->status == DRIFT_LIMIT)
		return drift__fail(e->err, DRIFT_LIMIT, e->where, "the request is larger than %d bytes", DRIFT__MAX_REQUEST);
	copy = body->status == DRIFT_OK ? drift__arena_strndup(e->arena, body->data != NULL ? body->data : "", body->len) : NULL;
	if (copy == NULL)
		return drift__nomem(e->err);
	e->request->body = copy;
	e->request->n_body = body->len;
	return DRIFT_OK;
}

enum drift_status
drift__encode_field(struct drift__encoder *e, const struct drift__shape *s, const char *name, const struct drift__field **out)
{
	*out = s != NULL ? drift__shape_by_name(s, name) : NULL;
	return *out != NULL ? DRIFT_OK : drift__fail(e->err, DRIFT_USAGE, e->where, "the operation has no input member %s", name);
}

/* ---- scalars ---- */

static bool
epoch_ms(const struct drift_value *v, int64_t *ms)
{
	double seconds;

	if (drift__value_to_double(v, &seconds) && fabs(seconds) < 1e12) {
		*ms = (int64_t)floor(seconds * 1000 + 0.5);
		return true;
	}
	return drift__time_parse(drift__value_str(v), ms);
}

static void
http_date(int64_t ms, char *out, size_t n)
{
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t seconds = ms / 1000 - (ms % 1000 < 0), day = seconds / 86400 - (seconds % 86400 < 0);
	int weekday = (int)(((day + 4) % 7 + 7) % 7), month;
	char iso[32];

	drift__time_format(seconds * 1000, iso);
	month = (iso[5] - '0') * 10 + (iso[6] - '0');
	snprintf(out, n, "%.3s, %.2s %.3s %.4s %.8s GMT", days + 3 * (size_t)weekday, iso + 8, months + 3 * (size_t)(month - 1), iso, iso + 11);
}

static enum drift_status
encode_time(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v, const char **out)
{
	enum drift__time_format format = f->time;
	char text[64];
	int64_t ms;

	if (format == DRIFT__TIME_DEFAULT)
		format = f->at == DRIFT__IN_HEADER ? DRIFT__TIME_RFC822 : DRIFT__TIME_ISO8601;
	if (!epoch_ms(v, &ms))
		return drift__fail(e->err, DRIFT_USAGE, e->where, "%s is not a time", f->name != NULL ? f->name : "an element");
	if (format == DRIFT__TIME_ISO8601 && drift__value_str(v) != NULL)
		snprintf(text, sizeof text, "%s", drift__value_str(v));
	else if (format == DRIFT__TIME_ISO8601)
		drift__time_format(ms, text);
	else if (format == DRIFT__TIME_RFC822)
		http_date(ms, text, sizeof text);
	else
		snprintf(text, sizeof text, "%lld", (long long)(ms / 1000));
	*out = drift__arena_strdup(e->arena, text);
	return *out != NULL ? DRIFT_OK : drift__nomem(e->err);
}

enum drift_status
drift__encode_scalar(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v, const char **out, size_t *n_out)
{
	enum drift_kind kind = drift_value_kind(v);
	const char *text, *slash;
	enum drift_status st;

	if (f->shape->kind == DRIFT__SHAPE_TIMESTAMP) {
		st = encode_time(e, f, v, out);
		*n_out = st == DRIFT_OK ? strlen(*out) : 0;
		return st;
	}
	if (kind == DRIFT_BOOL) {
		*out = drift_value_bool(v) ? "true" : "false";
		*n_out = strlen(*out);
		return DRIFT_OK;
	}
	text = drift_value_text(v, n_out);
	if (text == NULL)
		return drift__fail(e->err, DRIFT_USAGE, e->where, "%s wants one text or number", f->name != NULL ? f->name : "an element");
	slash = f->tail ? strrchr(text, '/') : NULL;
	if (slash != NULL) {
		*n_out -= (size_t)(slash + 1 - text);
		text = slash + 1;
	}
	*out = text;
	return DRIFT_OK;
}

/* ---- the path ---- */

static enum drift_status
bad_label(struct drift__encoder *e, const char *label)
{
	return drift__fail(e->err, DRIFT_USAGE, e->where, "%s is needed: the path of the request names it", label);
}

/* label is the wire name in the braces, without a trailing +. */
static enum drift_status
encode_label(struct drift__encoder *e, struct drift__buf *path, const char *label, bool greedy)
{
	const struct drift__shape *s = e->op->input;
	const struct drift_value *v = NULL;
	const struct drift__field *f = NULL;
	enum drift_status st;
	const char *text;
	size_t n, i;

	for (i = 0; s != NULL && i < s->n_fields; i++)
		if (s->fields[i].at == DRIFT__IN_URI && strcmp(s->fields[i].wire, label) == 0)
			f = &s->fields[i];
	if (f != NULL)
		v = drift_value_get(e->input, f->name);
	if (drift_value_kind(v) == DRIFT_NULL)
		return bad_label(e, label);
	st = drift__encode_scalar(e, f, v, &text, &n);
	if (st != DRIFT_OK)
		return st;
	if (n == 0)
		return bad_label(e, label);
	drift__uri_encode(path, text, n, greedy);
	if (e->service->s3 && strcmp(label, "Bucket") == 0)
		e->request->bucket = drift__arena_strdup(e->arena, text);
	return DRIFT_OK;
}

static enum drift_status
encode_template(struct drift__encoder *e, const char *from, const char *end, struct drift__buf *out)
{
	enum drift_status st = DRIFT_OK;
	const char *brace, *close;
	char label[128];
	bool greedy;
	size_t n;

	while (st == DRIFT_OK && from < end) {
		brace = memchr(from, '{', (size_t)(end - from));
		if (brace == NULL)
			brace = end;
		drift__buf_add(out, from, (size_t)(brace - from));
		if (brace == end)
			break;
		close = memchr(brace, '}', (size_t)(end - brace));
		n = close != NULL ? (size_t)(close - brace) - 1 : sizeof label;
		if (n >= sizeof label)
			return drift__fail(e->err, DRIFT_BAD_CATALOGUE, e->where, "the path of the operation has a label that does not end");
		greedy = n > 0 && close[-1] == '+';
		memcpy(label, brace + 1, n);
		label[greedy ? n - 1 : n] = '\0';
		st = encode_label(e, out, label, greedy);
		from = close + 1;
	}
	return st;
}

/* "policy", "list-type=2&x": what stands behind the question mark of the path. */
static enum drift_status
encode_fixed_query(struct drift__encoder *e, const char *text)
{
	enum drift_status st = DRIFT_OK;
	size_t n, n_name;
	char *name;

	for (; st == DRIFT_OK && *text != '\0'; text += n + (text[n] == '&')) {
		n = strcspn(text, "&");
		n_name = strcspn(text, "=&");
		name = drift__arena_strndup(e->arena, text, n);
		if (name == NULL)
			return drift__nomem(e->err);
		name[n_name] = '\0';
		if (drift__pairs_add(&e->request->query, e->arena, name, n_name < n ? name + n_name + 1 : "") != DRIFT_OK)
			st = drift__nomem(e->err);
	}
	return st;
}

static enum drift_status
take_text(struct drift__encoder *e, struct drift__buf *b, const char **out)
{
	*out = b->status == DRIFT_OK ? drift__arena_strndup(e->arena, b->data != NULL ? b->data : "", b->len) : NULL;
	drift__buf_dispose(b);
	return *out != NULL ? DRIFT_OK : drift__nomem(e->err);
}

static enum drift_status
encode_uri(struct drift__encoder *e)
{
	struct drift__buf b = DRIFT__BUF_INIT(DRIFT__MAX_REQUEST);
	const char *uri = e->op->uri;
	size_t n = strcspn(uri, "?");
	enum drift_status st;

	st = encode_template(e, uri, uri + n, &b);
	if (st == DRIFT_OK)
		st = take_text(e, &b, &e->request->path);
	if (st == DRIFT_OK && uri[n] == '?')
		st = encode_fixed_query(e, uri + n + 1);
	drift__buf_dispose(&b);
	return st;
}

/* "{AccountId}.": a label of the host is the input member of that name, and may hold nothing that ends a label. */
static enum drift_status
encode_host_prefix(struct drift__encoder *e)
{
	const char *prefix = e->op->host_prefix, *close = prefix != NULL ? strchr(prefix, '}') : NULL;
	const char *value;
	char *label;

	e->request->host_prefix = prefix;
	if (prefix == NULL || *prefix != '{' || close == NULL)
		return DRIFT_OK;
	label = drift__arena_strndup(e->arena, prefix + 1, (size_t)(close - prefix) - 1);
	if (label == NULL)
		return drift__nomem(e->err);
	value = drift__value_gets(e->input, label);
	if (value == NULL || *value == '\0' ||
		strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(value))
		return drift__fail(e->err, DRIFT_USAGE, e->where, "%s is needed: the host of the request names it", label);
	e->request->host_prefix = drift__arena_printf(e->arena, "%s%s", value, close + 1);
	return e->request->host_prefix != NULL ? DRIFT_OK : drift__nomem(e->err);
}

/* ---- query string and headers ---- */

static enum drift_status
add_pair(struct drift__encoder *e, struct drift__pairs *to, const char *name, const struct drift__field *f, const struct drift_value *v)
{
	const char *text = "";
	enum drift_status st;
	size_t n = 0;

	st = drift__encode_scalar(e, f, v, &text, &n);
	if (st != DRIFT_OK)
		return st;
	if (memchr(text, '\0', n) != NULL || (to == &e->request->headers && strpbrk(text, "\r\n") != NULL))
		return drift__fail(e->err, DRIFT_USAGE, e->where, "%s holds a control character", name);
	return drift__pairs_add(to, e->arena, name, text) == DRIFT_OK ? DRIFT_OK : drift__nomem(e->err);
}

/* Keys of a map behind a prefix; a list repeats its name. */
static enum drift_status
add_pairs(struct drift__encoder *e, struct drift__pairs *to, const char *prefix, const struct drift__field *f, const struct drift_value *v)
{
	enum drift_status st = DRIFT_OK;
	const char *name;
	size_t i;

	switch (drift_value_kind(v)) {
	case DRIFT_LIST:
		for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++)
			st = add_pairs(e, to, prefix, f->shape->kind == DRIFT__SHAPE_LIST ? &f->shape->fields[0] : f, drift_value_at(v, i));
		return st;
	case DRIFT_MAP:
		for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++) {
			name = drift__arena_printf(e->arena, "%s%s", to == &e->request->headers ? prefix : "", drift_value_key(v, i, NULL));
			if (name == NULL)
				return drift__nomem(e->err);
			st = add_pairs(e, to, name, f->shape->kind == DRIFT__SHAPE_MAP ? &f->shape->fields[1] : f, drift_value_at(v, i));
		}
		return st;
	case DRIFT_NULL:
		return DRIFT_OK;
	default:
		return add_pair(e, to, prefix, f, v);
	}
}

/* A list in a header is one header with commas. */
static enum drift_status
add_header_list(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v)
{
	struct drift__buf b = DRIFT__BUF_INIT(DRIFT__MAX_REQUEST);
	const struct drift__field *element = f->shape->kind == DRIFT__SHAPE_LIST ? &f->shape->fields[0] : f;
	enum drift_status st = DRIFT_OK;
	const char *text;
	size_t i, n;

	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++) {
		st = drift__encode_scalar(e, element, drift_value_at(v, i), &text, &n);
		if (st != DRIFT_OK)
			break;
		if (strlen(text) != n || strpbrk(text, "\r\n\",") != NULL) {
			st = drift__fail(e->err, DRIFT_USAGE, e->where, "an element of %s cannot stand in a header", f->name);
			break;
		}
		drift__buf_addf(&b, "%s%s", i > 0 ? "," : "", text);
	}
	if (st == DRIFT_OK && b.len > 0)
		st = b.status == DRIFT_OK ? drift__encode_header(e, f->wire, b.data) : drift__nomem(e->err);
	drift__buf_dispose(&b);
	return st;
}

static enum drift_status
encode_place(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v)
{
	switch (f->at) {
	case DRIFT__IN_QUERY:
		return add_pairs(e, &e->request->query, f->wire, f, v);
	case DRIFT__IN_HEADER:
		return drift_value_kind(v) == DRIFT_LIST ? add_header_list(e, f, v) : add_pair(e, &e->request->headers, f->wire, f, v);
	case DRIFT__IN_HEADERS:
		return add_pairs(e, &e->request->headers, f->wire, f, v);
	default:
		return DRIFT_OK;
	}
}

enum drift_status
drift__encode_places(struct drift__encoder *e)
{
	const struct drift__field *f;
	enum drift_status st;
	size_t i;

	st = encode_uri(e);
	if (st == DRIFT_OK)
		st = encode_host_prefix(e);
	for (i = 0; st == DRIFT_OK && i < drift_value_size(e->input); i++) {
		st = drift__encode_field(e, e->op->input, drift_value_key(e->input, i, NULL), &f);
		if (st == DRIFT_OK && drift_value_kind(drift_value_at(e->input, i)) != DRIFT_NULL)
			st = encode_place(e, f, drift_value_at(e->input, i));
	}
	return st;
}
