/* Text helpers on NUL-terminated bytes. */
#include "base/base.h"

#include <string.h>

bool
drift__streq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
drift__starts(const char *s, const char *prefix)
{
	return s != NULL && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
drift__ends(const char *s, const char *suffix)
{
	size_t n, m;

	if (s == NULL)
		return false;
	n = strlen(s);
	m = strlen(suffix);
	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool
drift__glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	/* on a mismatch only the last star is worth another try: linear in pattern times text, no recursion */
	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
			continue;
		}
		if (*pattern == '?' ) {
			pattern++;
			text++;
			continue;
		}
		if (*pattern == '\\' && pattern[1] != '\0' && pattern[1] == *text) {
			pattern += 2;
			text++;
			continue;
		}
		if (*pattern == *text && *pattern != '\\') {
			pattern++;
			text++;
			continue;
		}
		if (star == NULL)
			return false;
		pattern = star + 1;
		text = ++resume;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

void
drift__buf_add_shell(struct drift__buf *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";

	if (s[0] != '\0' && strspn(s, plain) == strlen(s)) {
		drift__buf_adds(out, s);
		return;
	}
	drift__buf_addc(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			drift__buf_adds(out, "'\\''");
		else
			drift__buf_addc(out, *s);
	}
	drift__buf_addc(out, '\'');
}

size_t
drift__texts_count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

bool
drift__texts_have(const char *const *list, const char *text)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

bool
drift__texts_match(const char *const *patterns, const char *text)
{
	for (; patterns != NULL && *patterns != NULL; patterns++)
		if (drift__glob(*patterns, text))
			return true;
	return false;
}

uint64_t
drift__hash_text(const char *s, size_t n)
{
	return drift__hash_more(14695981039346656037u, s, n);
}

uint64_t
drift__hash_more(uint64_t h, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211u;
	return h;
}

int
drift__edit_distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	int row[MAX + 1];
	size_t n = strlen(a), m = strlen(b), i, j;

	n = n > MAX ? MAX : n;
	m = m > MAX ? MAX : m;
	for (j = 0; j <= m; j++)
		row[j] = (int)j;
	for (i = 1; i <= n; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (j = 1; j <= m; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}

size_t
drift__utf8_valid(const unsigned char *s, size_t n)
{
	size_t len, i;
	uint32_t cp;

	if (n == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xC2 && s[0] <= 0xDF) {
		len = 2;
		cp = s[0] & 0x1Fu;
	} else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
		len = 3;
		cp = s[0] & 0x0Fu;
	} else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
		len = 4;
		cp = s[0] & 0x07u;
	} else {
		return 0;
	}
	if (n < len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3Fu);
	}
	if ((len == 3 && (cp < 0x800 || (cp >= 0xD800 && cp <= 0xDFFF))) || (len == 4 && (cp < 0x10000 || cp > 0x10FFFF)))
		return 0;
	return len;
}
