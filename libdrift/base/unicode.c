/* Code points: how they are coded, which can be shown, and which make names. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

struct range {
	uint32_t lo, hi;
};

#define RANGE(lo, hi) {lo, hi},
static const struct range printable[] = {
#define PRINT RANGE
#define NAME(lo, hi)
#include "base/unicode.def"
#undef PRINT
#undef NAME
};
static const struct range named[] = {
#define PRINT(lo, hi)
#define NAME RANGE
#include "base/unicode.def"
#undef PRINT
#undef NAME
};

static bool
in_ranges(const struct range *list, size_t n, uint32_t cp)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t middle = (lo + hi) / 2;

		if (cp > list[middle].hi)
			lo = middle + 1;
		else if (cp < list[middle].lo)
			hi = middle;
		else
			return true;
	}
	return false;
}

bool
drift__is_printable(uint32_t cp)
{
	return cp < 0x80 ? cp >= 0x20 && cp != 0x7F : in_ranges(printable, sizeof printable / sizeof printable[0], cp);
}

uint32_t
drift__utf8_decode(const char *s, size_t n)
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

static bool
name_part(uint32_t cp, bool first)
{
	if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || cp == '_')
		return true;
	if (cp < 0x80)
		return !first && ((cp >= '0' && cp <= '9') || cp == '-');
	return in_ranges(named, sizeof named / sizeof named[0], cp);
}

size_t
drift__name_length(const char *s, size_t n)
{
	size_t i = 0, len;

	for (; i < n; i += len) {
		len = drift__utf8_valid((const unsigned char *)s + i, n - i);
		if (len == 0 || !name_part(drift__utf8_decode(s + i, len), i == 0))
			break;
	}
	return i;
}

/* One character as people may see it. Returns how many bytes of s it took. */
static size_t
safe_char(const char *s, size_t n, char out[12])
{
	size_t len = drift__utf8_valid((const unsigned char *)s, n);
	uint32_t cp = len > 0 ? drift__utf8_decode(s, len) : 0;

	if (len == 0)
		memcpy(out, "\xEF\xBF\xBD", 4);
	else if (!drift__is_printable(cp))
		snprintf(out, 12, cp < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)cp);
	else
		snprintf(out, 12, "%.*s", (int)len, s);
	return len > 0 ? len : 1;
}

void
drift__buf_add_safe(struct drift__buf *out, const char *s, size_t n)
{
	char one[12];
	size_t i;

	for (i = 0; i < n;) {
		i += safe_char(s + i, n - i, one);
		drift__buf_adds(out, one);
	}
}

void
drift__buf_add_field(struct drift__buf *out, const char *before, const char *s, const char *otherwise)
{
	if (s == NULL)
		s = otherwise;
	if (s == NULL)
		return;
	drift__buf_adds(out, before);
	drift__buf_add_safe(out, s, strlen(s));
}

void
drift__copy_safe(char *out, size_t room, const char *s)
{
	size_t n = strlen(s), i, at = 0;
	char one[12];

	for (i = 0; i < n;) {
		i += safe_char(s + i, n - i, one);
		if (at + strlen(one) >= room)
			break;
		memcpy(out + at, one, strlen(one));
		at += strlen(one);
	}
	out[at] = '\0';
}
