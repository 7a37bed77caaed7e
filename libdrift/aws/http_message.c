/* Lists of name-value pairs, percent-encoding, and lists of hosts. */
#define _POSIX_C_SOURCE 200809L
#include "aws/http_message.h"

#include <string.h>
#include <strings.h>

enum drift_status
drift__pairs_add(struct drift__pairs *p, struct drift__arena *a, const char *name, const char *value)
{
	struct drift__pair *items;
	size_t cap;

	if (p->len == p->cap) {
		cap = p->cap == 0 ? 8 : p->cap * 2;
		items = drift__arena_alloc(a, cap * sizeof *items);
		if (items == NULL)
			return DRIFT_NOMEM;
		if (p->len > 0)
			memcpy(items, p->items, p->len * sizeof *items);
		p->items = items;
		p->cap = cap;
	}
	name = drift__arena_strdup(a, name);
	value = drift__arena_strdup(a, value != NULL ? value : "");
	if (name == NULL || value == NULL)
		return DRIFT_NOMEM;
	p->items[p->len++] = (struct drift__pair){name, value};
	return DRIFT_OK;
}

const char *
drift__pairs_get(const struct drift__pairs *p, const char *name)
{
	size_t i;

	for (i = 0; p != NULL && i < p->len; i++)
		if (strcasecmp(p->items[i].name, name) == 0)
			return p->items[i].value;
	return NULL;
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
		c == '~';
}

void
drift__uri_encode(struct drift__buf *out, const char *s, size_t n, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i = 0, run;

	while (i < n) {
		unsigned char c;
		char escaped[3];

		for (run = i; run < n && (is_unreserved((unsigned char)s[run]) || (keep_slash && s[run] == '/')); run++)
			;
		if (run > i)
			drift__buf_add(out, s + i, run - i);
		i = run;
		if (i == n)
			return;
		c = (unsigned char)s[i++];
		escaped[0] = '%';
		escaped[1] = digits[c >> 4];
		escaped[2] = digits[c & 15];
		drift__buf_add(out, escaped, 3);
	}
}

void
drift__no_proxy_forms(char *list)
{
	const char *from = list, *colon;
	char *out = list;
	size_t n, kept;

	while (from != NULL && *from != '\0') {
		n = strspn(from, ", \t");
		memmove(out, from, n);
		out += n;
		from += n;
		kept = n = strcspn(from, ", \t");
		colon = memchr(from, ':', n);
		if (colon != NULL && colon > from && strspn(colon + 1, "0123456789") == n - (size_t)(colon - from) - 1)
			kept = (size_t)(colon - from);
		if (kept > 2 && from[0] == '*' && from[1] == '.') {
			memmove(out, from + 1, kept - 1);
			out += kept - 1;
		} else {
			memmove(out, from, kept);
			out += kept;
		}
		from += n;
	}
	if (out != NULL)
		*out = '\0';
}
