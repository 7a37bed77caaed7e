/* Quoting. What is not plainly printable is written as an escape, so that a generated file shows all that it holds. */
#include "imports/quote.h"

#include <string.h>

/* Code point at s (n bytes left) and its length; an invalid byte gives U+FFFD and 1. */
static uint32_t
decode(const unsigned char *s, size_t n, size_t *len)
{
	size_t k = drift__utf8_valid(s, n);

	*len = k > 0 ? k : 1;
	switch (k) {
	case 1:
		return s[0];
	case 2:
		return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	case 3:
		return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
	case 4:
		return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
	default:
		return 0xfffd;
	}
}

/* Control characters, odd spaces, zero-width and direction marks, private use, surrogates: as in Go's unicode.IsPrint, near enough. */
static bool
is_hidden(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f}, {0x7f, 0xa0}, {0xad, 0xad}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5},
		{0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000}, {0x3164, 0x3164},
		{0xd800, 0xf8ff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
		{0xe0000, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	}
	return false;
}

static bool
holds_hidden(const char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = decode((const unsigned char *)s + i, n - i, &len);

		if (is_hidden(cp) || (cp == 0xfffd && len == 1))
			return true;
	}
	return false;
}

static void
shell_escapes(struct drift__buf *b, const char *s, size_t n)
{
	drift__buf_adds(b, "$'");
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = decode((const unsigned char *)s + i, n - i, &len);

		if (cp == '\n')
			drift__buf_adds(b, "\\n");
		else if (cp == '\t')
			drift__buf_adds(b, "\\t");
		else if (cp == '\'' || cp == '\\')
			drift__buf_addf(b, "\\%c", (char)cp);
		else if (is_hidden(cp) || (cp == 0xfffd && len == 1))
			for (size_t k = 0; k < len; k++)
				drift__buf_addf(b, "\\%03o", (unsigned char)s[i + k]);
		else
			drift__buf_add(b, s + i, len);
	}
	drift__buf_addc(b, '\'');
}

void
drift__quote_shell(struct drift__buf *b, const char *s)
{
	size_t n = strlen(s);

	if (holds_hidden(s, n)) {
		shell_escapes(b, s, n);
		return;
	}
	drift__buf_addc(b, '\'');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\'')
			drift__buf_adds(b, "'\\''");
		else
			drift__buf_addc(b, s[i]);
	}
	drift__buf_addc(b, '\'');
}

static void
hcl_char(struct drift__buf *b, uint32_t cp)
{
	switch (cp) {
	case '\n':
		drift__buf_adds(b, "\\n");
		break;
	case '\r':
		drift__buf_adds(b, "\\r");
		break;
	case '\t':
		drift__buf_adds(b, "\\t");
		break;
	case '"':
		drift__buf_adds(b, "\\\"");
		break;
	case '\\':
		drift__buf_adds(b, "\\\\");
		break;
	default:
		if (!is_hidden(cp))
			drift__buf_add_utf8(b, cp);
		else if (cp <= 0xffff)
			drift__buf_addf(b, "\\u%04x", (unsigned)cp);
		else
			drift__buf_addf(b, "\\U%08x", (unsigned)cp);
	}
}

void
drift__quote_hcl(struct drift__buf *b, const char *s, size_t n)
{
	drift__buf_addc(b, '"');
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = decode((const unsigned char *)s + i, n - i, &len);

		/* a template starts only where the brace follows */
		if ((cp == '$' || cp == '%') && i + 1 < n && s[i + 1] == '{')
			drift__buf_addc(b, (char)cp);
		hcl_char(b, cp);
	}
	drift__buf_addc(b, '"');
}

void
drift__quote_comment(struct drift__buf *b, const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = decode((const unsigned char *)s + i, n - i, &len);

		if (is_hidden(cp))
			drift__buf_addf(b, "\\u%04x", (unsigned)cp);
		else
			drift__buf_add_utf8(b, cp);
	}
}

bool
drift__is_identifier(const char *s)
{
	if (s == NULL || s[0] == '\0' || s[0] == '-' || (s[0] >= '0' && s[0] <= '9'))
		return false;
	for (; *s != '\0'; s++) {
		bool ok = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || *s == '_' || *s == '-';

		if (!ok)
			return false;
	}
	return true;
}

bool
drift__is_sound_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = drift__utf8_valid((const unsigned char *)s + i, n - i);

		if (len == 0 || s[i] == '\0')
			return false;
		i += len;
	}
	return true;
}
