/* .driftignore → patterns → yes or no.
 *
 * As in .gitignore, a pattern also covers what lies below what it names: `aws_iam_role` every role, `aws_ecs_service.web` all of its
 * attributes. The last pattern that fits decides, so `!` brings back. Unlike there, * crosses the separator: ids hold slashes and dots. */
#include "diff/ignore.h"

#include <string.h>

static bool
in_class(const char **pattern, char c)
{
	const char *p = *pattern + 1;
	bool negated = *p == '!' || *p == '^', found = false, first = true;

	if (negated)
		p++;
	for (; *p != '\0' && (*p != ']' || first); p++, first = false) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		if (p[1] == '-' && p[2] != ']' && p[2] != '\0') {
			found = found || ((unsigned char)c >= (unsigned char)p[0] && (unsigned char)c <= (unsigned char)p[2]);
			p += 2;
		} else {
			found = found || *p == c;
		}
	}
	if (*p != ']')
		return false;
	*pattern = p + 1;
	return found != negated;
}

/* [0] and ["key"] are indexes of addresses, which people paste, and no classes. */
static bool
is_class(const char *p)
{
	size_t digits = strspn(p + 1, "0123456789");

	return p[1] != '"' && !(digits > 0 && p[1 + digits] == ']') && strchr(p + 1, ']') != NULL;
}

/* One pattern element against one byte; *pattern moves past the element when it fits. */
static bool
fits(const char **pattern, char c)
{
	const char *p = *pattern;

	if (*p == '[' && is_class(p))
		return in_class(pattern, c);
	if (*p == '\\' && p[1] != '\0')
		p++;
	else if (*p == '?') {
		*pattern = p + 1;
		return true;
	}
	if (*p != c)
		return false;
	*pattern = p + 1;
	return true;
}

bool
drift__ignore_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			while (*pattern == '*')
				pattern++;
			star = pattern;
			retry = text;
		} else if (*pattern != '\0' && fits(&pattern, *text)) {
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static enum drift_status
add_line(struct drift__ignore *g, const char *line, size_t n, struct drift_error *err)
{
	struct drift__ignore_rule *r = &g->rules[g->n];
	char *pattern;

	while (n > 0 && (line[n - 1] == '\r' || line[n - 1] == '\t' || (line[n - 1] == ' ' && !(n > 1 && line[n - 2] == '\\'))))
		n--;
	if (n == 0 || line[0] == '#')
		return DRIFT_OK;
	r->again = line[0] == '!';
	if (r->again || line[0] == '/') {
		line++;
		n--;
	}
	pattern = drift__arena_strndup(&g->arena, line, n);
	if (pattern == NULL)
		return drift__nomem(err);
	r->pattern = pattern;
	if (n > 0)
		g->n++;
	return DRIFT_OK;
}

enum drift_status
drift__ignore_make(struct drift__ignore *g, const char *text, size_t n_bytes, struct drift_error *err)
{
	size_t i, start = 0, lines = 1;
	enum drift_status st = DRIFT_OK;

	memset(g, 0, sizeof *g);
	drift__arena_init(&g->arena, 0);
	for (i = 0; i < n_bytes; i++)
		lines += text[i] == '\n';
	g->rules = drift__arena_zalloc(&g->arena, lines * sizeof *g->rules);
	if (g->rules == NULL)
		return drift__nomem(err);
	if (n_bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		start = 3;
	for (i = start; i <= n_bytes && text != NULL && st == DRIFT_OK; i++) {
		if (i < n_bytes && text[i] != '\n')
			continue;
		st = add_line(g, text + start, i - start, err);
		start = i + 1;
	}
	return st;
}

void
drift__ignore_dispose(struct drift__ignore *g)
{
	drift__arena_dispose(&g->arena);
}

/* Whether the pattern names subject or something that it lies below; the first `from` bytes are no place to end. */
static bool
covers(const char *pattern, char *subject, size_t from)
{
	size_t i, n = strlen(subject);
	bool found = drift__ignore_match(pattern, subject);

	for (i = from; !found && i < n; i++) {
		if (subject[i] != '.')
			continue;
		subject[i] = '\0';
		found = drift__ignore_match(pattern, subject);
		subject[i] = '.';
	}
	return found;
}

enum drift_status
drift__ignored(const struct drift__ignore *g, const char *type, const char *id, const char *address, const char *attribute, bool *out,
	struct drift_error *err)
{
	struct drift__buf by_id = DRIFT__BUF_INIT(1 << 20), by_address = DRIFT__BUF_INIT(1 << 20);
	const char *dot = attribute != NULL ? "." : "";
	size_t i, from;
	bool ignored = false;

	if (g->n == 0) {
		*out = false;
		return DRIFT_OK;
	}
	if (attribute == NULL)
		attribute = "";
	from = strlen(type) + 1 + strlen(id);
	drift__buf_addf(&by_id, "%s.%s%s%s", type, id, dot, attribute);
	drift__buf_addf(&by_address, "%s%s%s", address != NULL ? address : "", dot, attribute);
	if (by_id.status == DRIFT_OK && by_address.status == DRIFT_OK) {
		for (i = 0; i < g->n; i++)
			if (drift__ignore_match(g->rules[i].pattern, type) || covers(g->rules[i].pattern, by_id.data, from) ||
				(address != NULL && covers(g->rules[i].pattern, by_address.data, strlen(address))))
				ignored = !g->rules[i].again;
		*out = ignored;
	}
	i = by_id.status == DRIFT_OK && by_address.status == DRIFT_OK;
	drift__buf_dispose(&by_id);
	drift__buf_dispose(&by_address);
	return i ? DRIFT_OK : drift__nomem(err);
}
