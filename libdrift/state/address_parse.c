#define _POSIX_C_SOURCE 200809L /* strnlen */
/* Resource addresses, parsed as Terraform does (internal/addrs/parse_target.go, module_instance.go):
 *
 *     (module.NAME[KEY]? .)* (data. | resource.)? TYPE . NAME [KEY]?        KEY = digits | "text" with HCL's escapes
 */
#include "state/tfstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEY_BYTES = 1 << 20, MAX_INDEX_DIGITS = 18 };

struct scan {
	const char *text, *p;
	struct drift__arena *arena;
	struct drift_error *err;
	enum drift_status st;
};

static bool
fail(struct scan *s, const char *what)
{
	char where[300];

	if (s->st == DRIFT_OK) {
		/* a long address is cut, the column stays */
		snprintf(where, sizeof where, "%.160s%s:%zu", s->text, strlen(s->text) > 160 ? "…" : "", (size_t)(s->p - s->text) + 1);
		s->st = drift__fail(s->err, DRIFT_BAD_ADDRESS, where, "%s", what);
		drift__hint(s->err, "an address looks like module.net[\"a\"].aws_subnet.private[0]");
	}
	return false;
}

static bool
no_memory(struct scan *s)
{
	if (s->st == DRIFT_OK)
		s->st = drift__nomem(s->err);
	return false;
}

static bool
read_name(struct scan *s, const char **out)
{
	size_t n = drift__name_length(s->p, strcspn(s->p, ".["));

	if (n == 0)
		return fail(s, "a name is expected here");
	*out = drift__arena_strndup(s->arena, s->p, n);
	s->p += n;
	return *out != NULL || no_memory(s);
}

static bool
read_hex(struct scan *s, size_t digits, struct drift__buf *b)
{
	char text[9] = "";
	unsigned long cp;

	strncpy(text, s->p + 1, digits);
	if (strspn(text, "0123456789abcdefABCDEF") < digits)
		return fail(s, "hexadecimal digits are expected in the escape");
	cp = strtoul(text, NULL, 16);
	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return fail(s, "the escape is no character");
	drift__buf_add_utf8(b, (uint32_t)cp);
	s->p += 1 + digits;
	return true;
}

/* s->p stands on the backslash. */
static bool
read_escape(struct scan *s, struct drift__buf *b)
{
	static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
	const char *at;

	s->p++;
	if (*s->p == 'u' || *s->p == 'U')
		return read_hex(s, *s->p == 'u' ? 4 : 8, b);
	at = *s->p != '\0' ? strchr(from, *s->p) : NULL;
	if (at == NULL)
		return fail(s, "unknown escape in the key");
	drift__buf_addc(b, to[at - from]);
	s->p++;
	return true;
}

static bool
read_quoted(struct scan *s, struct drift__buf *b)
{
	size_t n;

	for (s->p++; *s->p != '"';) {
		if (*s->p == '\0' || *s->p == '\n' || *s->p == '\r')
			return fail(s, "the key has no closing quote");
		if ((*s->p == '$' || *s->p == '%') && s->p[1] == '{')
			return fail(s, "a template can't stand in a key; the text itself is written with two $ or %");
		if (*s->p == '\\') {
			if (!read_escape(s, b))
				return false;
			continue;
		}
		if ((*s->p == '$' || *s->p == '%') && s->p[1] == *s->p && s->p[2] == '{') {
			drift__buf_add(b, s->p + 1, 2);
			s->p += 3;
			continue;
		}
		n = drift__utf8_valid((const unsigned char *)s->p, strnlen(s->p, 4));
		if (n == 0)
			return fail(s, "the key is not valid UTF-8");
		drift__buf_add(b, s->p, n);
		s->p += n;
	}
	s->p++;
	return true;
}

/* Digits as one text for one number: Terraform's keys are ints. */
static bool
read_index(struct scan *s, const struct drift_value **out)
{
	size_t zeros = strspn(s->p, "0"), n = strspn(s->p, "0123456789");
	char digits[MAX_INDEX_DIGITS + 1] = "0";

	if (n - zeros > MAX_INDEX_DIGITS)
		return fail(s, "the index is too large");
	if (n > zeros)
		snprintf(digits, sizeof digits, "%.*s", (int)(n - zeros), s->p + zeros);
	s->p += n;
	*out = drift__value_number(s->arena, digits);
	return *out != NULL || no_memory(s);
}

/* s->p stands on "[". */
static bool
read_key(struct scan *s, const struct drift_value **out)
{
	struct drift__buf b = DRIFT__BUF_INIT(MAX_KEY_BYTES);
	bool ok;

	s->p++;
	s->p += strspn(s->p, " ");
	if (*s->p == '"') {
		ok = read_quoted(s, &b);
		if (ok && b.status == DRIFT_LIMIT) {
			ok = fail(s, "the key is too long");
		} else if (ok) {
			*out = b.status == DRIFT_OK ? drift__value_stringn(s->arena, b.data != NULL ? b.data : "", b.len) : NULL;
			ok = *out != NULL || no_memory(s);
		}
	} else if (*s->p >= '0' && *s->p <= '9') {
		ok = read_index(s, out);
	} else {
		ok = fail(s, "a key is a whole number or a text in double quotes");
	}
	drift__buf_dispose(&b);
	if (!ok)
		return false;
	s->p += strspn(s->p, " ");
	if (*s->p != ']')
		return fail(s, "the closing ] is missing");
	s->p++;
	return true;
}

/* The steps module.NAME[KEY], with a dot behind each but maybe the last. *ended: the text ended behind a step. */
static bool
read_modules(struct scan *s, struct drift__buf *module, bool *ended)
{
	*ended = false;
	while (!*ended && strncmp(s->p, "module.", 7) == 0) {
		const struct drift_value *key = NULL;
		const char *name;

		s->p += 7;
		if (!read_name(s, &name) || (*s->p == '[' && !read_key(s, &key)))
			return false;
		drift__buf_adds(module, module->len > 0 ? ".module." : "module.");
		drift__buf_adds(module, name);
		drift__address_print_key(module, key);
		*ended = *s->p == '\0';
		if (!*ended && *s->p != '.')
			return fail(s, "a dot is expected here");
		s->p += !*ended;
	}
	return module->status == DRIFT_OK || no_memory(s);
}

static bool
keep_module(struct scan *s, const struct drift__buf *module, const char **out)
{
	*out = module->len > 0 ? drift__arena_strndup(s->arena, module->data, module->len) : NULL;
	return *out != NULL || module->len == 0 || no_memory(s);
}

enum drift_status
drift__module_parse(const char *text, struct drift__arena *a, const char **out, struct drift_error *err)
{
	struct scan s = {text, text, a, err, DRIFT_OK};
	struct drift__buf module = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	const char *kept = NULL;
	bool ended;

	if (read_modules(&s, &module, &ended) && (ended || fail(&s, "a module's address is module.NAME, steps joined by dots")) &&
		keep_module(&s, &module, &kept))
		*out = kept;
	drift__buf_dispose(&module);
	return s.st;
}

static bool
read_resource(struct scan *s, struct drift__address *r)
{
	if (strncmp(s->p, "data.", 5) == 0) {
		r->data = true;
		s->p += 5;
	} else if (strncmp(s->p, "resource.", 9) == 0) {
		s->p += 9;
	}
	if (!read_name(s, &r->type))
		return false;
	if (*s->p != '.')
		return fail(s, "a dot and the resource's name are expected");
	s->p++;
	if (!read_name(s, &r->name) || (*s->p == '[' && !read_key(s, &r->key)))
		return false;
	return *s->p == '\0' || fail(s, "the address should end here");
}

enum drift_status
drift__address_parse(const char *text, struct drift__arena *a, struct drift__address *out, struct drift_error *err)
{
	struct scan s = {text, text, a, err, DRIFT_OK};
	struct drift__address r = {0};
	struct drift__buf module = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	bool ended;

	if (read_modules(&s, &module, &ended) && (!ended || fail(&s, "a resource is expected behind the module")) && read_resource(&s, &r) &&
		keep_module(&s, &module, &r.module))
		*out = r;
	drift__buf_dispose(&module);
	return s.st;
}
