/* Extensions that work on texts: what the catalogue needs to say how AWS writes a thing and how Terraform does. */
#include "jmespath/functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define V(i) (args[i].value)
#define NULL_IN_NULL_OUT(i)                                                                                            \
	do {                                                                                                           \
		(void)n;                                                                                               \
		if (V(i)->kind == DRIFT_NULL)                                                                          \
			return &drift__null;                                                                           \
	} while (0)

const struct drift_value *
drift__jmes_arn(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	static const struct drift__jmes_key names[] = {
		{"partition", 9}, {"service", 7}, {"region", 6}, {"account", 7}, {"resource", 8}};
	const char *p, *stop, *end;
	size_t i, from = run->n_stack;

	NULL_IN_NULL_OUT(0);
	if (V(0)->len < 4 || memcmp(V(0)->u.text, "arn:", 4) != 0)
		return &drift__null;
	p = V(0)->u.text + 4;
	stop = V(0)->u.text + V(0)->len;
	for (i = 0; i < 5; i++, p = end + 1) {
		end = i < 4 ? memchr(p, ':', (size_t)(stop - p)) : stop;
		if (end == NULL) {
			run->n_stack = from;
			return &drift__null;
		}
		if (!drift__jmes_push(run, names[i].text, names[i].len, drift__jmes_string(run, p, (size_t)(end - p))))
			return NULL;
	}
	return drift__jmes_map(run, from);
}

const struct drift_value *
drift__jmes_base64_decode(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	unsigned char *bytes;
	long len;

	NULL_IN_NULL_OUT(0);
	bytes = drift__jmes_alloc(run, V(0)->len + (size_t)4);
	if (bytes == NULL)
		return NULL;
	len = drift__base64_decode(V(0)->u.text, V(0)->len, bytes);
	return len < 0 ? &drift__null : drift__jmes_string(run, (const char *)bytes, (size_t)len);
}

const struct drift_value *
drift__jmes_base64_encode(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);

	NULL_IN_NULL_OUT(0);
	drift__base64_encode(V(0)->u.text, V(0)->len, &b);
	return drift__jmes_take(run, &b);
}

static bool
is_text(const struct drift_value *v, const char *text)
{
	return v->kind == DRIFT_STRING && v->len == strlen(text) && memcmp(v->u.text, text, v->len) == 0;
}

const struct drift_value *
drift__jmes_bool(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)run;
	NULL_IN_NULL_OUT(0);
	if (V(0)->kind == DRIFT_BOOL)
		return V(0);
	if (is_text(V(0), "true") || is_text(V(0), "1"))
		return &drift__true;
	return is_text(V(0), "false") || is_text(V(0), "0") ? &drift__false : &drift__null;
}

const struct drift_value *
drift__jmes_find_first(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const char *at, *p;
	int64_t characters = 0;

	NULL_IN_NULL_OUT(0);
	at = drift__jmes_find(V(0)->u.text, V(0)->len, V(1)->u.text, V(1)->len);
	if (at == NULL)
		return &drift__null;
	for (p = V(0)->u.text; p < at; p++)
		characters += ((unsigned char)*p & 0xC0) != 0x80;
	return drift__jmes_int(run, characters);
}

const struct drift_value *
drift__jmes_glob(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)run;
	NULL_IN_NULL_OUT(1);
	return drift__value_bool(drift__glob(V(0)->u.text, V(1)->u.text));
}

static const struct drift_value *
change_case(struct drift__jmes_run *run, const struct drift_value *v, char from, char to)
{
	char *out = drift__jmes_text(run, v->len);
	uint32_t i;

	for (i = 0; out != NULL && i < v->len; i++)
		out[i] = v->u.text[i] >= from && v->u.text[i] <= from + 25 ? (char)(v->u.text[i] - from + to) : v->u.text[i];
	return out != NULL ? drift__jmes_written(run, out, v->len) : NULL;
}

const struct drift_value *
drift__jmes_lower(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return change_case(run, V(0), 'A', 'a');
}

const struct drift_value *
drift__jmes_upper(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return change_case(run, V(0), 'a', 'A');
}

const struct drift_value *
drift__jmes_sha1(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	unsigned char hash[20];
	char hex[41];

	NULL_IN_NULL_OUT(0);
	drift__sha1(V(0)->u.text, V(0)->len, hash);
	drift__hex(hash, sizeof hash, hex);
	return drift__jmes_string(run, hex, 40);
}

static char *
append(char *out, const char *s, size_t n)
{
	memcpy(out, s, n);
	return out + n;
}

const struct drift_value *
drift__jmes_replace(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const char *p, *end, *hit;
	size_t hits = 0;
	char *out, *q;

	NULL_IN_NULL_OUT(0);
	p = V(0)->u.text;
	end = p + V(0)->len;
	while (V(1)->len > 0 && (hit = drift__jmes_find(p, (size_t)(end - p), V(1)->u.text, V(1)->len)) != NULL) {
		hits++;
		p = hit + V(1)->len;
	}
	if (hits == 0)
		return V(0);
	out = q = drift__jmes_text(run, V(0)->len - hits * V(1)->len + hits * V(2)->len);
	if (out == NULL)
		return NULL;
	for (p = V(0)->u.text; hits > 0; hits--) {
		hit = drift__jmes_find(p, (size_t)(end - p), V(1)->u.text, V(1)->len);
		q = append(append(q, p, (size_t)(hit - p)), V(2)->u.text, V(2)->len);
		p = hit + V(1)->len;
	}
	q = append(q, p, (size_t)(end - p));
	return drift__jmes_written(run, out, (size_t)(q - out));
}

const struct drift_value *
drift__jmes_seconds_to_rfc3339(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const double year_0 = -62167219200.0, year_10000 = 253402300800.0;
	char text[32], *end;
	double seconds;

	NULL_IN_NULL_OUT(0);
	if ((V(0)->kind != DRIFT_NUMBER && V(0)->kind != DRIFT_STRING) || V(0)->len == 0 ||
		strspn(V(0)->u.text, "+-.0123456789eE") != V(0)->len)
		return &drift__null;
	seconds = strtod(V(0)->u.text, &end);
	if (*end != '\0' || !(seconds >= year_0 && seconds < year_10000))
		return &drift__null;
	drift__time_format((int64_t)floor(seconds) * 1000, text);
	return drift__jmes_string(run, text, strlen(text));
}

const struct drift_value *
drift__jmes_split(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack;
	const char *p, *end, *hit;

	NULL_IN_NULL_OUT(1);
	p = V(1)->u.text;
	end = p + V(1)->len;
	do {
		hit = V(0)->len > 0 ? drift__jmes_find(p, (size_t)(end - p), V(0)->u.text, V(0)->len) : NULL;
		if (!drift__jmes_push(run, NULL, 0, drift__jmes_string(run, p, (size_t)((hit != NULL ? hit : end) - p))))
			return NULL;
		p = hit != NULL ? hit + V(0)->len : end;
	} while (hit != NULL);
	return drift__jmes_list(run, from);
}

static const struct drift_value *
strip(struct drift__jmes_run *run, const struct drift_value *v, const char *characters, size_t n_characters, bool left)
{
	size_t start = 0, end = v->len;

	while (left && start < end && memchr(characters, v->u.text[start], n_characters) != NULL)
		start++;
	while (end > start && memchr(characters, v->u.text[end - 1], n_characters) != NULL)
		end--;
	return end - start == v->len ? v : drift__jmes_string(run, v->u.text + start, end - start);
}

const struct drift_value *
drift__jmes_trim(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return strip(run, V(0), " \t\r\n", 4, true);
}

const struct drift_value *
drift__jmes_trim_right(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return strip(run, V(0), V(1)->u.text, V(1)->len, false);
}

const struct drift_value *
drift__jmes_unquote(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	bool inside = false;
	size_t len = 0;
	const char *s;
	char *out;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	s = V(0)->u.text;
	if (V(0)->len == 0 || s[0] != '"')
		return V(0);
	out = drift__jmes_text(run, V(0)->len);
	for (i = 0; out != NULL && i < V(0)->len; i++) {
		if (s[i] == '"')
			inside = !inside;
		else if (inside && s[i] == '\\' && (s[i + 1] == '"' || s[i + 1] == '\\'))
			out[len++] = s[++i];
		else if (inside)
			out[len++] = s[i];
	}
	return out != NULL ? drift__jmes_written(run, out, len) : NULL;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const struct drift_value *
drift__jmes_url_decode(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t len = 0;
	const char *s;
	char *out;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	s = V(0)->u.text;
	if (memchr(s, '%', V(0)->len) == NULL)
		return V(0);
	out = drift__jmes_text(run, V(0)->len);
	for (i = 0; out != NULL && i < V(0)->len; i++) {
		/* the closing NUL is no digit: this reads no further */
		int hi = s[i] == '%' ? hex_digit(s[i + 1]) : -1, lo = hi >= 0 ? hex_digit(s[i + 2]) : -1;

		out[len++] = lo >= 0 ? (char)(hi * 16 + lo) : s[i];
		i += lo >= 0 ? 2 : 0;
	}
	return out != NULL ? drift__jmes_written(run, out, len) : NULL;
}

static bool
is_unreserved(char c)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	return letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

const struct drift_value *
drift__jmes_url_encode(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;
	char *out;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	out = drift__jmes_text(run, (size_t)V(0)->len * 3);
	for (i = 0; out != NULL && i < V(0)->len; i++) {
		unsigned char c = (unsigned char)V(0)->u.text[i];

		if (is_unreserved((char)c)) {
			out[len++] = (char)c;
		} else {
			out[len++] = '%';
			out[len++] = hex[c >> 4];
			out[len++] = hex[c & 15];
		}
	}
	return out != NULL ? drift__jmes_written(run, out, len) : NULL;
}
