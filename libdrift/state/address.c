/* Resource addresses, printed and parsed as Terraform does (internal/addrs/instance_key.go, parse_target.go). */
#include "state/tfstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Go's strconv.IsPrint, as far as Terraform's quoting needs it: what is left out stays readable text. */
static bool
printable(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7F && cp <= 0xA0) || cp == 0xAD)
		return false;
	if ((cp >= 0x2000 && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202F) || (cp >= 0x205F && cp <= 0x206F))
		return false;
	return cp != 0x3000 && cp != 0xFEFF && cp != 0x1680 && !(cp >= 0xFFF0 && cp <= 0xFFFB) && !(cp >= 0xE000 && cp <= 0xF8FF) &&
		!(cp >= 0xFDD0 && cp <= 0xFDEF) && (cp & 0xFFFE) != 0xFFFE && !(cp >= 0xE0000 && cp <= 0xE00FF);
}

static uint32_t
decode(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	if (n == 1)
		return p[0];
	if (n == 2)
		return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
	if (n == 3)
		return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
	return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

void
drift__address_quote(struct drift__buf *out, const char *s, size_t n)
{
	size_t i, len;

	drift__buf_addc(out, '"');
	for (i = 0; i < n; i += len) {
		len = drift__utf8_valid((const unsigned char *)s + i, n - i);
		if (len == 0) {
			drift__buf_add_utf8(out, 0xFFFD);
			len = 1;
		} else if (s[i] == '\n') {
			drift__buf_adds(out, "\\n");
		} else if (s[i] == '\r') {
			drift__buf_adds(out, "\\r");
		} else if (s[i] == '\t') {
			drift__buf_adds(out, "\\t");
		} else if (s[i] == '"' || s[i] == '\\') {
			drift__buf_addf(out, "\\%c", s[i]);
		} else if ((s[i] == '$' || s[i] == '%') && i + 1 < n && s[i + 1] == '{') {
			drift__buf_addf(out, "%c%c", s[i], s[i]);
		} else if (!printable(decode(s + i, len))) {
			uint32_t cp = decode(s + i, len);

			drift__buf_addf(out, cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
		} else {
			drift__buf_add(out, s + i, len);
		}
	}
	drift__buf_addc(out, '"');
}

void
drift__address_print(struct drift__buf *out, const char *module, bool data, const char *type, const char *name,
	const struct drift_value *key)
{
	if (module != NULL && module[0] != '\0')
		drift__buf_addf(out, "%s.", module);
	drift__buf_addf(out, "%s%s.%s", data ? "data." : "", type, name);
	if (drift_value_kind(key) == DRIFT_NUMBER) {
		drift__buf_addf(out, "[%s]", key->u.text);
	} else if (drift_value_kind(key) == DRIFT_STRING) {
		drift__buf_addc(out, '[');
		drift__address_quote(out, key->u.text, key->len);
		drift__buf_addc(out, ']');
	}
}

/* ---- parsing ---- */

struct scan {
	const char *text, *p;
	struct drift__arena *arena;
	struct drift_error *err;
	enum drift_status st;
};

static bool
fail(struct scan *s, const char *what)
{
	char where[160];

	if (s->st == DRIFT_OK) {
		snprintf(where, sizeof where, "%.100s:%zu", s->text, (size_t)(s->p - s->text) + 1);
		s->st = drift__fail(s->err, DRIFT_BAD_ADDRESS, where, "%s", what);
	}
	return false;
}

static bool
name_byte(char c, bool first)
{
	unsigned char u = (unsigned char)c;

	return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u >= 0x80 || (!first && ((u >= '0' && u <= '9') || u == '-'));
}

static bool
read_name(struct scan *s, const char **out)
{
	const char *start = s->p;

	while (name_byte(*s->p, s->p == start))
		s->p++;
	if (s->p == start)
		return fail(s, "a name is expected here");
	*out = drift__arena_strndup(s->arena, start, (size_t)(s->p - start));
	return *out != NULL || fail(s, "out of memory");
}

static bool
read_hex(struct scan *s, int digits, struct drift__buf *b)
{
	char text[9];

	memset(text, 0, sizeof text);
	strncpy(text, s->p + 1, (size_t)digits);
	if ((int)strspn(text, "0123456789abcdefABCDEF") < digits)
		return fail(s, "hexadecimal digits are expected in the escape");
	drift__buf_add_utf8(b, (uint32_t)strtoul(text, NULL, 16));
	s->p += 1 + digits;
	return true;
}

static bool
read_quoted(struct scan *s, struct drift__buf *b)
{
	s->p++;
	while (*s->p != '"') {
		if (*s->p == '\0' || *s->p == '\n')
			return fail(s, "the key has no closing quote");
		if ((*s->p == '$' || *s->p == '%') && s->p[1] == '{')
			return fail(s, "a template can't stand in a key");
		if ((*s->p == '$' || *s->p == '%') && s->p[1] == *s->p && s->p[2] == '{') {
			drift__buf_add(b, s->p + 1, 2);
			s->p += 3;
		} else if (*s->p == '\\') {
			static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
			const char *at = s->p[1] != '\0' ? strchr(from, s->p[1]) : NULL;

			s->p++;
			if (*s->p == 'u' || *s->p == 'U') {
				if (!read_hex(s, *s->p == 'u' ? 4 : 8, b))
					return false;
			} else if (at == NULL) {
				return fail(s, "unknown escape in the key");
			} else {
				drift__buf_addc(b, to[at - from]);
				s->p++;
			}
		} else {
			drift__buf_addc(b, *s->p++);
		}
	}
	s->p++;
	return true;
}

/* s->p stands on "[". */
static bool
read_key(struct scan *s, const struct drift_value **out)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	bool ok = true;

	for (s->p++; *s->p == ' '; s->p++)
		;
	if (*s->p == '"') {
		ok = read_quoted(s, &b);
		if (ok)
			*out = drift__value_stringn(s->arena, b.data != NULL ? b.data : "", b.len);
	} else if (*s->p >= '0' && *s->p <= '9') {
		const char *start = s->p;

		while (*s->p >= '0' && *s->p <= '9')
			s->p++;
		drift__buf_add(&b, start, (size_t)(s->p - start));
		*out = drift__value_number(s->arena, b.data);
	} else {
		ok = fail(s, "a key is a whole number or a text in double quotes");
	}
	drift__buf_dispose(&b);
	for (; ok && *s->p == ' '; s->p++)
		;
	if (ok && *s->p != ']')
		ok = fail(s, "the closing ] is missing");
	if (ok)
		s->p++;
	return ok;
}

static bool
read_modules(struct scan *s, struct drift__buf *module)
{
	while (strncmp(s->p, "module.", 7) == 0) {
		const struct drift_value *key = NULL;
		const char *name;

		s->p += 7;
		if (!read_name(s, &name) || (*s->p == '[' && !read_key(s, &key)))
			return false;
		drift__buf_addf(module, "%smodule.%s", module->len > 0 ? "." : "", name);
		if (drift_value_kind(key) == DRIFT_NUMBER) {
			drift__buf_addf(module, "[%s]", key->u.text);
		} else if (drift_value_kind(key) == DRIFT_STRING) {
			drift__buf_addc(module, '[');
			drift__address_quote(module, key->u.text, key->len);
			drift__buf_addc(module, ']');
		}
		if (*s->p != '.')
			return fail(s, "a resource is expected behind the module");
		s->p++;
	}
	return true;
}

enum drift_status
drift__address_parse(const char *text, struct drift__arena *a, struct drift__address *out, struct drift_error *err)
{
	struct scan s = {text, text, a, err, DRIFT_OK};
	struct drift__address r = {0};
	struct drift__buf module = DRIFT__BUF_INIT(1 << 20);

	if (!read_modules(&s, &module))
		goto done;
	if (strncmp(s.p, "data.", 5) == 0) {
		r.data = true;
		s.p += 5;
	} else if (strncmp(s.p, "resource.", 9) == 0) {
		s.p += 9;
	}
	if (!read_name(&s, &r.type))
		goto done;
	if (*s.p != '.') {
		fail(&s, "a dot and the resource's name are expected");
		goto done;
	}
	s.p++;
	if (!read_name(&s, &r.name) || (*s.p == '[' && !read_key(&s, &r.key)))
		goto done;
	if (*s.p != '\0') {
		fail(&s, "the address should end here");
		goto done;
	}
	if (module.len > 0)
		r.module = drift__arena_strndup(a, module.data, module.len);
	*out = r;
done:
	drift__buf_dispose(&module);
	return s.st;
}
