/* JSON text → texts, numbers and words; and where in it something is wrong. */
#include "model/alike.h"
#include "model/json_reader.h"

#include <stdio.h>
#include <string.h>

bool
drift__json_fail(struct drift__json_reader *r, const char *at, enum drift_status st, const char *what)
{
	char where[256];
	size_t line = 1;
	const char *p, *line_start = r->text;

	for (p = r->text; p < at && p < r->end; p++) {
		if (*p == '\n') {
			line++;
			line_start = p + 1;
		}
	}
	snprintf(where, sizeof where, "%s:%zu:%zu", r->opt->name != NULL ? r->opt->name : "(input)", line,
		(size_t)(at - line_start) + 1);
	r->status = drift__fail(r->err, st, where, "%s", what);
	return false;
}

bool
drift__json_nomem(struct drift__json_reader *r)
{
	r->status = drift__nomem(r->err);
	return false;
}

size_t
drift__json_line(const struct drift__json_reader *r)
{
	const char *p;
	size_t line = 1;

	for (p = r->text; p < r->p; p++)
		line += *p == '\n';
	return line;
}

static void
add_replacement(struct drift__json_reader *r)
{
	struct drift__json_notes *notes = r->opt->notes;

	if (notes != NULL && notes->replaced++ == 0)
		notes->replaced_line = drift__json_line(r);
	drift__buf_add_utf8(&r->string, 0xFFFD);
}

static int
hex4(const char *p, const char *end)
{
	int v = 0, i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return v;
}

/* r->p stands behind "\u". */
static bool
read_unicode_escape(struct drift__json_reader *r)
{
	int hi = hex4(r->p, r->end), lo;

	if (hi < 0)
		return drift__json_fail(r, r->p - 2, DRIFT_BAD_JSON, "\\u is not followed by four hexadecimal digits");
	r->p += 4;
	if (hi >= 0xD800 && hi <= 0xDBFF && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
		lo = hex4(r->p + 2, r->end);
		if (lo >= 0xDC00 && lo <= 0xDFFF) {
			r->p += 6;
			drift__buf_add_utf8(&r->string, 0x10000 + (((uint32_t)hi - 0xD800) << 10) + ((uint32_t)lo - 0xDC00));
			return true;
		}
	}
	if (hi >= 0xD800 && hi <= 0xDFFF) {
		if (!r->opt->lenient_utf8)
			return drift__json_fail(r, r->p - 6, DRIFT_BAD_JSON, "half of a surrogate pair stands alone");
		add_replacement(r);
		return true;
	}
	drift__buf_add_utf8(&r->string, (uint32_t)hi);
	return true;
}

static bool
read_escape(struct drift__json_reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (r->p + 1 >= r->end)
		return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "the text ends inside a string");
	r->p++;
	if (*r->p == 'u') {
		r->p++;
		return read_unicode_escape(r);
	}
	at = *r->p != '\0' ? strchr(from, *r->p) : NULL;
	if (at == NULL)
		return drift__json_fail(r, r->p - 1, DRIFT_BAD_JSON, "unknown escape in a string");
	drift__buf_addc(&r->string, to[at - from]);
	r->p++;
	return true;
}

static const char *
keep_text(struct drift__json_reader *r, const char *s, size_t n)
{
	return r->opt->likes != NULL ? drift__likes_text(r->opt->likes, s, n) : drift__arena_strndup(r->arena, s, n);
}

bool
drift__json_read_string(struct drift__json_reader *r, const char **out, size_t *n_out)
{
	const char *start = ++r->p;

	r->string.len = 0;
	for (;;) {
		const char *run = r->p;

		while (r->p < r->end && (unsigned char)*r->p >= 0x20 && (unsigned char)*r->p < 0x80 && *r->p != '"' && *r->p != '\\')
			r->p++;
		if (r->p < r->end && *r->p == '"' && run == start) {
			/* the common case: nothing to decode */
			*out = keep_text(r, start, (size_t)(r->p - start));
			*n_out = (size_t)(r->p - start);
			r->p++;
			return *out != NULL || drift__json_nomem(r);
		}
		drift__buf_add(&r->string, run, (size_t)(r->p - run));
		if (r->p >= r->end)
			return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "the text ends inside a string");
		if (*r->p == '"')
			break;
		if (*r->p == '\\') {
			if (!read_escape(r))
				return false;
		} else if ((unsigned char)*r->p < 0x20) {
			return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "a control character stands unescaped in a string");
		} else {
			size_t n = drift__utf8_valid((const unsigned char *)r->p, (size_t)(r->end - r->p));

			if (n == 0 && !r->opt->lenient_utf8)
				return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "a string is not valid UTF-8");
			if (n == 0)
				add_replacement(r);
			else
				drift__buf_add(&r->string, r->p, n);
			r->p += n > 0 ? n : 1;
		}
		start = NULL;
	}
	r->p++;
	if (r->string.status != DRIFT_OK)
		return drift__json_nomem(r);
	*out = keep_text(r, r->string.data != NULL ? r->string.data : "", r->string.len);
	*n_out = r->string.len;
	return *out != NULL || drift__json_nomem(r);
}

static bool
read_digits(struct drift__json_reader *r)
{
	const char *start = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > start;
}

bool
drift__json_read_number(struct drift__json_reader *r, struct drift_value *v)
{
	const char *start = r->p;

	if (*r->p == '-')
		r->p++;
	if (r->p < r->end && *r->p == '0')
		r->p++;
	else if (!read_digits(r))
		return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "a number has no digits");
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		if (!read_digits(r))
			return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "a number has no digits behind its point");
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		r->p++;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (!read_digits(r))
			return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "a number has no digits in its exponent");
	}
	*v = (struct drift_value){.kind = DRIFT_NUMBER, .len = (uint32_t)(r->p - start)};
	v->u.text = keep_text(r, start, v->len);
	return v->u.text != NULL || drift__json_nomem(r);
}

bool
drift__json_read_word(struct drift__json_reader *r, struct drift_value *v)
{
	size_t left = (size_t)(r->end - r->p);

	if (left >= 4 && memcmp(r->p, "null", 4) == 0) {
		*v = drift__null;
		r->p += 4;
	} else if (left >= 4 && memcmp(r->p, "true", 4) == 0) {
		*v = drift__true;
		r->p += 4;
	} else if (left >= 5 && memcmp(r->p, "false", 5) == 0) {
		*v = drift__false;
		r->p += 5;
	} else {
		return drift__json_fail(r, r->p, DRIFT_BAD_JSON, left == 0 ? "the text ends where a value is expected" : "a value is expected here");
	}
	return true;
}
