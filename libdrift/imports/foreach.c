/* A small reader of HCL: it finds a block, an attribute of it, and an entry of an object, and gives up on everything else. */
#include "imports/foreach.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 64, LOCAL_HOPS_MAX = 4 };

struct text {
	const char *at, *end;
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool
starts(const struct text *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->at) >= n && memcmp(t->at, s, n) == 0;
}

static void
skip_line(struct text *t)
{
	while (t->at < t->end && *t->at != '\n')
		t->at++;
}

/* White space and comments; line feeds too when lines is set. */
static void
skip_space(struct text *t, bool lines)
{
	while (t->at < t->end) {
		if (*t->at == '#' || starts(t, "//")) {
			skip_line(t);
		} else if (starts(t, "/*")) {
			while (t->at < t->end && !starts(t, "*/"))
				t->at++;
			t->at += t->end - t->at >= 2 ? 2 : t->end - t->at;
		} else if (*t->at == ' ' || *t->at == '\t' || *t->at == '\r' || (lines && *t->at == '\n')) {
			t->at++;
		} else {
			return;
		}
	}
}

static void skip_brackets(struct text *t, int depth);

static void
skip_quoted(struct text *t, int depth)
{
	for (t->at++; t->at < t->end && *t->at != '"' && *t->at != '\n';) {
		if (*t->at == '\\' && t->end - t->at >= 2) {
			t->at += 2;
		} else if ((starts(t, "${") || starts(t, "%{")) && depth < DEPTH_MAX) {
			t->at++;
			skip_brackets(t, depth + 1);
		} else {
			t->at++;
		}
	}
	if (t->at < t->end)
		t->at++;
}

/* <<EOT … EOT */
static void
skip_heredoc(struct text *t)
{
	const char *mark;
	size_t n = 0;

	t->at += 2;
	if (t->at < t->end && *t->at == '-')
		t->at++;
	mark = t->at;
	while (t->at < t->end && is_word(*t->at)) {
		t->at++;
		n++;
	}
	while (t->at < t->end) {
		skip_line(t);
		skip_space(t, true);
		if ((size_t)(t->end - t->at) >= n && memcmp(t->at, mark, n) == 0 && (t->at + n == t->end || !is_word(t->at[n]))) {
			t->at += n;
			return;
		}
		if (t->at < t->end)
			t->at++;
	}
}

/* One step over a text, a comment, a bracket with all in it, or a character. */
static void
step(struct text *t, int depth)
{
	if (*t->at == '"')
		skip_quoted(t, depth);
	else if (starts(t, "<<"))
		skip_heredoc(t);
	else if (strchr("{[(", *t->at) != NULL)
		skip_brackets(t, depth + 1);
	else
		t->at++;
}

static void
skip_brackets(struct text *t, int depth)
{
	if (depth > DEPTH_MAX) {
		t->at = t->end;
		return;
	}
	for (t->at++; t->at < t->end;) {
		skip_space(t, true);
		if (t->at == t->end)
			return;
		if (strchr("}])", *t->at) != NULL) {
			t->at++;
			return;
		}
		step(t, depth);
	}
}

/* An expression: up to the line feed or comma that ends it. */
static struct text
read_value(struct text *t)
{
	struct text v;

	skip_space(t, false);
	v.at = t->at;
	while (t->at < t->end && *t->at != '\n' && *t->at != ',' && *t->at != '}' && *t->at != '#' && !starts(t, "//"))
		step(t, 0);
	v.end = t->at;
	while (v.end > v.at && isspace((unsigned char)v.end[-1]))
		v.end--;
	return v;
}

/* A word, or a quoted text without escapes and templates; false for anything else. */
static bool
read_name(struct text *t, struct text *name)
{
	if (t->at < t->end && *t->at == '"') {
		name->at = t->at + 1;
		skip_quoted(t, 0);
		name->end = t->at - 1;
		return name->end >= name->at;
	}
	name->at = t->at;
	while (t->at < t->end && is_word(*t->at))
		t->at++;
	name->end = t->at;
	return name->end > name->at;
}

static bool
equals(const struct text *t, const char *s)
{
	return strlen(s) == (size_t)(t->end - t->at) && memcmp(t->at, s, strlen(s)) == 0;
}

/* The body of the block with those labels, from *t on; *t stands behind it then. */
static bool
find_block(struct text *t, const char *kind, const char *label1, const char *label2, struct text *body)
{
	while (skip_space(t, true), t->at < t->end) {
		const char *want[] = {kind, label1, label2};
		struct text word;
		size_t n = 0;
		bool fits = true;

		while (skip_space(t, false), t->at < t->end && (is_word(*t->at) || *t->at == '"')) {
			if (!read_name(t, &word))
				return false;
			fits = fits && n < 3 && (want[n][0] == '\0' || equals(&word, want[n]));
			n++;
		}
		if (t->at == t->end)
			return false;
		if (*t->at != '{') { /* nothing of a block: go on behind it */
			step(t, 0);
			skip_line(t);
			continue;
		}
		body->at = t->at + 1;
		skip_brackets(t, 0);
		body->end = t->at - 1;
		if (fits && n == 1 + (size_t)(label1[0] != '\0') + (size_t)(label2[0] != '\0'))
			return true;
	}
	return false;
}

/* The value of an attribute of a body, or of an entry of an object (then `:` and quoted keys too). */
static bool
find_entry(struct text body, const char *wanted, struct text *value)
{
	while (skip_space(&body, true), body.at < body.end) {
		struct text name;

		if (*body.at == ',') {
			body.at++;
			continue;
		}
		if (!read_name(&body, &name)) {
			step(&body, 0);
			continue;
		}
		skip_space(&body, false);
		if (body.at < body.end && (*body.at == '=' || *body.at == ':') && !starts(&body, "==")) {
			body.at++;
			*value = read_value(&body);
			if (equals(&name, wanted))
				return true;
		} else if (body.at < body.end && *body.at != '\n') {
			step(&body, 0); /* labels and the body of a nested block */
		}
	}
	return false;
}

static bool
in_dir(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	const char *slash = strrchr(path, '/');

	if (!drift__ends(path, ".tf"))
		return false;
	if (n == 0)
		return slash == NULL;
	return slash != NULL && (size_t)(slash - path) == n && memcmp(path, dir, n) == 0;
}

static bool
find_in_files(const struct drift_value *files, const char *dir, const char *kind, const char *label1, const char *label2, const char *attribute,
	struct text *value)
{
	for (size_t i = 0; i < drift_value_size(files); i++) {
		const struct drift_value *f = drift_value_at(files, i);
		const char *path = drift__value_gets(f, "path");
		struct text t, body;
		size_t n;

		t.at = drift_value_text(drift_value_get(f, "text"), &n);
		if (path == NULL || t.at == NULL || !in_dir(path, dir))
			continue;
		t.end = t.at + n;
		while (find_block(&t, kind, label1, label2, &body)) {
			if (find_entry(body, attribute, value))
				return true;
		}
	}
	return false;
}

/* The text between the braces of an object, following locals of the module. */
static bool
open_object(struct drift__arena *a, const struct drift_value *files, const char *dir, struct text value, struct text *inner)
{
	for (int hop = 0; hop < LOCAL_HOPS_MAX; hop++) {
		if (value.at < value.end && *value.at == '{') {
			struct text whole = value;

			skip_brackets(&whole, 0);
			inner->at = value.at + 1;
			inner->end = whole.at - 1;
			return whole.at == value.end;
		}
		if (starts(&value, "local.")) {
			char *name = drift__arena_strndup(a, value.at + 6, (size_t)(value.end - value.at) - 6);

			if (name == NULL || !find_in_files(files, dir, "locals", "", "", name, &value))
				return false;
			continue;
		}
		return false;
	}
	return false;
}

static bool
is_reference(const struct text *t)
{
	if (t->at == t->end || !(isalpha((unsigned char)*t->at)))
		return false;
	for (const char *p = t->at; p < t->end; p++) {
		if (!is_word(*p) && strchr(".[]\"", *p) == NULL)
			return false;
	}
	return memchr(t->at, '.', (size_t)(t->end - t->at)) != NULL;
}

const char *
drift__foreach_reference(struct drift__arena *a, const struct drift_value *files, const char *dir, const char *kind, const char *type,
	const char *name, const char *key, const char *member)
{
	const char *label1 = type[0] != '\0' ? type : name, *label2 = type[0] != '\0' ? name : "";
	struct text value, object;

	if (!find_in_files(files, dir, kind, label1, label2, "for_each", &value) || !open_object(a, files, dir, value, &object) ||
	    !find_entry(object, key, &value))
		return NULL;
	if (member[0] != '\0' && (!open_object(a, files, dir, value, &object) || !find_entry(object, member, &value)))
		return NULL;
	return is_reference(&value) ? drift__arena_strndup(a, value.at, (size_t)(value.end - value.at)) : NULL;
}
