/* INI text, line by line; see ini.h for the form. */
#include "base/ini.h"

#include <stdio.h>
#include <string.h>

enum { MAX_FILE = 4 * 1024 * 1024 };

struct parser {
	struct drift__arena *arena;
	const struct drift__ini_options *opt;
	struct drift__ini *ini;
	struct drift__ini_section *section;
	struct drift__ini_entry *entry; /* what an indented line belongs to */
	unsigned line;
	struct drift_error *err;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static enum drift_status
bad(const struct parser *p, const char *what, const char *hint)
{
	char where[256];

	snprintf(where, sizeof where, "%s:%u", p->opt->name != NULL ? p->opt->name : "(text)", p->line);
	drift__fail(p->err, DRIFT_BAD_CONFIG, where, "%s", what);
	drift__hint(p->err, "%s", hint);
	return DRIFT_BAD_CONFIG;
}

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && is_blank(**s)) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && is_blank((*s)[*n - 1]))
		(*n)--;
}

static char *
section_name(struct drift__arena *a, const char *s, size_t n)
{
	char *name = drift__arena_alloc(a, n + 1);
	size_t i, len = 0;

	if (name == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		if (!is_blank(s[i]))
			name[len++] = s[i];
		else if (len > 0 && name[len - 1] != ' ')
			name[len++] = ' ';
	}
	name[len] = '\0';
	return name;
}

static enum drift_status
open_section(struct parser *p, const char *s, size_t n)
{
	const char *end = memchr(s, ']', n), *rest;
	struct drift__ini_section **tail = &p->ini->sections;
	size_t n_rest;
	char *name;

	if (end == NULL)
		return bad(p, "the section header has no closing bracket", "write it as [name]");
	rest = end + 1;
	n_rest = (size_t)(s + n - rest);
	trim(&rest, &n_rest);
	if (n_rest > 0 && rest[0] != '#' && rest[0] != ';')
		return bad(p, "there is text behind the section header", "put it on a line of its own");
	s++;
	n = (size_t)(end - s);
	trim(&s, &n);
	if (n == 0)
		return bad(p, "the section has no name", "write it as [name]");
	name = section_name(p->arena, s, n);
	if (name == NULL)
		return drift__nomem(p->err);
	p->entry = NULL;
	for (; *tail != NULL; tail = &(*tail)->next) {
		if (strcmp((*tail)->name, name) != 0)
			continue;
		if (p->opt->unique)
			return bad(p, "the section stands in the file twice", "join the two");
		p->section = *tail;
		return DRIFT_OK;
	}
	p->section = *tail = drift__arena_zalloc(p->arena, sizeof **tail);
	if (p->section == NULL)
		return drift__nomem(p->err);
	p->section->name = name;
	p->section->line = p->line;
	return DRIFT_OK;
}

static size_t
value_length(const struct parser *p, const char *s, size_t n)
{
	size_t i;

	for (i = 0; p->opt->inline_comments && i < n; i++)
		if ((s[i] == '#' || s[i] == ';') && (i == 0 || is_blank(s[i - 1])))
			return i;
	return n;
}

/* Adds "key = value" to a list of entries, or replaces the value of an equal key. */
static enum drift_status
add_entry(struct parser *p, struct drift__ini_entry **list, const char *s, size_t n, struct drift__ini_entry **added)
{
	const char *eq = memchr(s, '=', n), *value;
	size_t n_key, n_value;
	struct drift__ini_entry *e;
	char *key, *c;

	if (eq == NULL)
		return bad(p, "neither a [section] nor key = value", "comments start with # or ;");
	value = eq + 1;
	n_value = value_length(p, value, (size_t)(s + n - value));
	n_key = (size_t)(eq - s);
	trim(&s, &n_key);
	trim(&value, &n_value);
	if (n_key == 0)
		return bad(p, "there is no key before the =", "write key = value");
	key = drift__arena_strndup(p->arena, s, n_key);
	value = drift__arena_strndup(p->arena, value, n_value);
	if (key == NULL || value == NULL)
		return drift__nomem(p->err);
	for (c = key; p->opt->lower_keys && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	for (; *list != NULL; list = &(*list)->next) {
		if (strcmp((*list)->key, key) == 0)
			break;
	}
	if (*list != NULL && p->opt->unique)
		return bad(p, "the key stands in the section twice", "keep one");
	e = *list;
	if (e == NULL)
		e = *list = drift__arena_zalloc(p->arena, sizeof *e);
	if (e == NULL)
		return drift__nomem(p->err);
	e->key = key;
	e->value = value;
	e->line = p->line;
	e->nested = NULL;
	if (added != NULL)
		*added = e;
	return DRIFT_OK;
}

static enum drift_status
continue_entry(struct parser *p, const char *s, size_t n)
{
	struct drift__ini_entry *e = p->entry;

	if (e->value[0] == '\0' && !p->opt->flat)
		return add_entry(p, &e->nested, s, n, NULL);
	n = value_length(p, s, n);
	trim(&s, &n);
	e->value = drift__arena_printf(p->arena, "%s%s%.*s", e->value, e->value[0] != '\0' ? "\n" : "", (int)n, s);
	return e->value != NULL ? DRIFT_OK : drift__nomem(p->err);
}

static enum drift_status
read_line(struct parser *p, const char *s, size_t n)
{
	bool indented = n > 0 && is_blank(s[0]);

	if (memchr(s, '\0', n) != NULL)
		return bad(p, "the line holds a NUL byte", "is this a text file in UTF-8?");
	trim(&s, &n);
	if (n == 0 || s[0] == '#' || s[0] == ';')
		return DRIFT_OK;
	if (indented && p->entry != NULL)
		return continue_entry(p, s, n);
	if (s[0] == '[')
		return open_section(p, s, n);
	if (p->section == NULL)
		return bad(p, "the key stands before the first [section]", "put it under a section header");
	return add_entry(p, &p->section->entries, s, n, &p->entry);
}

enum drift_status
drift__ini_parse(struct drift__arena *a, const char *text, size_t n, const struct drift__ini_options *opt, struct drift__ini *out,
	struct drift_error *err)
{
	struct drift__ini ini = {.path = drift__arena_strdup(a, opt->name != NULL ? opt->name : "(text)")};
	struct parser p = {.arena = a, .opt = opt, .ini = &ini, .err = err};
	const char *end = text + n, *eol;
	enum drift_status st;

	if (ini.path == NULL)
		return drift__nomem(err);
	if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', (size_t)(end - text));
		if (eol == NULL)
			eol = end;
		p.line++;
		st = read_line(&p, text, (size_t)(eol - text));
		if (st != DRIFT_OK)
			return st;
		if (eol == end)
			break;
	}
	*out = ini;
	return DRIFT_OK;
}

enum drift_status
drift__ini_read(struct drift__arena *a, const char *path, const struct drift__ini_options *opt, struct drift__ini *out,
	struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(MAX_FILE);
	struct drift__ini_options named = *opt;
	enum drift_status st = drift__file_read(path, &b, err);

	if (named.name == NULL)
		named.name = path;
	if (st == DRIFT_OK)
		st = drift__ini_parse(a, b.data != NULL ? b.data : "", b.len, &named, out, err);
	drift__buf_wipe(&b);
	return st;
}

const struct drift__ini_section *
drift__ini_section(const struct drift__ini *ini, const char *name)
{
	const struct drift__ini_section *s = ini->sections;

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

const struct drift__ini_entry *
drift__ini_entry(const struct drift__ini_section *s, const char *key)
{
	const struct drift__ini_entry *e = s != NULL ? s->entries : NULL;

	while (e != NULL && strcmp(e->key, key) != 0)
		e = e->next;
	return e;
}

const char *
drift__ini_get(const struct drift__ini_section *s, const char *key)
{
	const struct drift__ini_entry *e = drift__ini_entry(s, key);

	return e != NULL ? e->value : NULL;
}
