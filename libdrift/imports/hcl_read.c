/* HCL as text: a block, an attribute of it, an entry of an object; whatever else stands there is stepped over. */
#include "imports/hcl_read.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool
starts(const struct drift__hcl_text *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->at) >= n && memcmp(t->at, s, n) == 0;
}

static void
skip_line(struct drift__hcl_text *t)
{
	while (t->at < t->end && *t->at != '\n')
		t->at++;
}

/* White space and comments; line feeds too when lines is set. */
static void
skip_space(struct drift__hcl_text *t, bool lines)
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

static void skip_brackets(struct drift__hcl_text *t, int depth);

static void
skip_quoted(struct drift__hcl_text *t, int depth)
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
skip_heredoc(struct drift__hcl_text *t)
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
step(struct drift__hcl_text *t, int depth)
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
skip_brackets(struct drift__hcl_text *t, int depth)
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
static struct drift__hcl_text
read_value(struct drift__hcl_text *t)
{
	struct drift__hcl_text v;

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
read_name(struct drift__hcl_text *t, struct drift__hcl_text *name)
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
equals(const struct drift__hcl_text *t, const char *s)
{
	return strlen(s) == (size_t)(t->end - t->at) && memcmp(t->at, s, strlen(s)) == 0;
}

bool
drift__hcl_next_block(struct drift__hcl_text *t, struct drift__hcl_text words[3], struct drift__hcl_text *body)
{
	while (skip_space(t, true), t->at < t->end) {
		size_t n = 0;

		for (size_t i = 0; i < 3; i++)
			words[i].at = words[i].end = "";
		while (skip_space(t, false), t->at < t->end && (is_word(*t->at) || *t->at == '"')) {
			struct drift__hcl_text word;

			if (!read_name(t, &word))
				return false;
			if (n < 3)
				words[n] = word;
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
		if (n >= 1 && n <= 3)
			return true;
	}
	return false;
}

bool
drift__hcl_find_block(struct drift__hcl_text *t, const char *kind, const char *label1, const char *label2, struct drift__hcl_text *body)
{
	struct drift__hcl_text words[3];

	while (drift__hcl_next_block(t, words, body)) {
		if (equals(&words[0], kind) && equals(&words[1], label1) && equals(&words[2], label2))
			return true;
	}
	return false;
}

bool
drift__hcl_find_entry(struct drift__hcl_text body, const char *wanted, struct drift__hcl_text *value)
{
	while (skip_space(&body, true), body.at < body.end) {
		struct drift__hcl_text name;

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

bool
drift__hcl_in_dir(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	const char *slash = strrchr(path, '/');

	if (!drift__ends(path, ".tf"))
		return false;
	if (n == 0)
		return slash == NULL;
	return slash != NULL && (size_t)(slash - path) == n && memcmp(path, dir, n) == 0;
}

/* The text between the braces of an object that is all of a value. */
bool
drift__hcl_open_object(struct drift__hcl_text value, struct drift__hcl_text *inner)
{
	struct drift__hcl_text whole = value;

	if (value.at == value.end || *value.at != '{')
		return false;
	skip_brackets(&whole, 0);
	inner->at = value.at + 1;
	inner->end = whole.at - 1;
	return whole.at == value.end;
}

bool
drift__hcl_is_reference(struct drift__hcl_text t)
{
	if (t.at == t.end || !isalpha((unsigned char)*t.at))
		return false;
	for (const char *p = t.at; p < t.end; p++) {
		if (!is_word(*p) && strchr(".[]\"", *p) == NULL)
			return false;
	}
	return memchr(t.at, '.', (size_t)(t.end - t.at)) != NULL;
}
