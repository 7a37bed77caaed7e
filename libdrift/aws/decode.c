/* What the protocols share of a reply: text to typed scalars, and members that stand in headers or in the status. */
#define _POSIX_C_SOURCE 200809L
#include "aws/protocol.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum drift_status
drift__decode_bad(struct drift__decoder *d, const char *what)
{
	return drift__fail(d->err, DRIFT_BAD_REPLY, d->where, "%s", what);
}

enum drift_status
drift__decode_map(struct drift__decoder *d, struct drift__map_builder *m, const struct drift_value **out)
{
	const struct drift_value *v = drift__map_finish(m);

	if (v == NULL)
		return drift__nomem(d->err);
	*out = v;
	return DRIFT_OK;
}

/* ---- scalars ---- */

/* -?digits, without leading zeros as JSON wants it. */
static bool
is_integer(const char *s, size_t n)
{
	size_t i = n > 0 && s[0] == '-' ? 1 : 0;

	if (i == n || (s[i] == '0' && i + 1 < n))
		return false;
	for (; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

static const struct drift_value *
decode_number(struct drift__arena *a, const char *text, size_t n)
{
	const struct drift_value *v;
	double d;

	if (n == 0)
		return &drift__null;
	if (is_integer(text, n))
		return drift__value_number(a, text);
	/* floats come as Java writes them: 1.0E10, 5., NaN */
	if (strspn(text, "0123456789+-.eE") != n)
		return drift__value_stringn(a, text, n);
	v = drift__value_number(a, text);
	if (v == NULL)
		return NULL;
	return drift__value_to_double(v, &d) ? drift__value_double(a, d) : drift__value_stringn(a, text, n);
}

static const struct drift_value *
decode_time(struct drift__arena *a, enum drift__time_format format, const char *text, size_t n)
{
	const struct drift_value *number;
	char iso[32];
	int64_t ms;
	double s;

	if (drift__time_parse_http(text, &ms)) {
		drift__time_format(ms, iso);
		return drift__value_string(a, iso);
	}
	if (format != DRIFT__TIME_ISO8601 && n > 0 && strspn(text, "0123456789.") == n) {
		number = drift__value_number(a, text);
		if (number == NULL)
			return NULL;
		if (drift__value_to_double(number, &s) && s < 1e11) {
			drift__time_format((int64_t)(s * 1000), iso);
			return drift__value_string(a, iso);
		}
	}
	return drift__value_stringn(a, text, n);
}

const struct drift_value *
drift__decode_scalar(struct drift__arena *a, const struct drift__field *f, enum drift__time_format time, const char *text, size_t n)
{
	switch (f->shape->kind) {
	case DRIFT__SHAPE_BOOL:
		if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
			return drift__value_bool(tolower((unsigned char)text[0]) == 't');
		return n == 0 ? &drift__null : drift__value_stringn(a, text, n);
	case DRIFT__SHAPE_INT:
	case DRIFT__SHAPE_FLOAT:
		return decode_number(a, text, n);
	case DRIFT__SHAPE_TIMESTAMP:
		return decode_time(a, time, text, n);
	default:
		return drift__value_stringn(a, text, n);
	}
}

/* ---- headers and status ---- */

static const struct drift_value *
decode_header(struct drift__decoder *d, const struct drift__field *f, const char *text)
{
	const struct drift__field *element;
	struct drift__list_builder list;
	char *part;
	size_t n;

	if (f->shape->kind != DRIFT__SHAPE_LIST)
		return drift__decode_scalar(d->arena, f, f->time, text, strlen(text));
	element = &f->shape->fields[0];
	drift__list_init(&list, d->arena);
	while (*text != '\0') {
		const char *start = text + strspn(text, " \t");
		const char *end = start + strcspn(start, ",");

		for (n = (size_t)(end - start); n > 0 && (start[n - 1] == ' ' || start[n - 1] == '\t'); n--)
			;
		part = drift__arena_strndup(d->arena, start, n);
		drift__list_add(&list, part != NULL ? drift__decode_scalar(d->arena, element, element->time, part, n) : NULL);
		text = *end == ',' ? end + 1 : end;
	}
	return drift__list_finish(&list);
}

static const struct drift_value *
decode_headers(struct drift__decoder *d, const struct drift__field *f)
{
	size_t n = strlen(f->wire), i;
	struct drift__map_builder m;

	drift__map_init(&m, d->arena);
	for (i = 0; d->headers != NULL && i < d->headers->len; i++)
		if (strncasecmp(d->headers->items[i].name, f->wire, n) == 0)
			drift__map_puts(&m, d->headers->items[i].name + n, d->headers->items[i].value);
	return drift__map_finish(&m);
}

void
drift__decode_places(struct drift__decoder *d, struct drift__map_builder *m)
{
	const struct drift__shape *s = d->op->output;
	const struct drift__field *f;
	const char *text;
	size_t i;

	for (i = 0; s != NULL && i < s->n_fields; i++) {
		f = &s->fields[i];
		if (f->at == DRIFT__IN_STATUS)
			drift__map_puti(m, f->name, d->http_status);
		else if (f->at == DRIFT__IN_HEADERS)
			drift__map_put(m, f->name, decode_headers(d, f));
		else if (f->at == DRIFT__IN_HEADER && (text = drift__pairs_get(d->headers, f->wire)) != NULL)
			drift__map_put(m, f->name, decode_header(d, f, text));
	}
}
