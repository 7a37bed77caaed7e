/* The token for a host, from where Terraform keeps it. */
#define _POSIX_C_SOURCE 200809L
#include "state/cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern char **environ;

enum { MAX_FILE = 4 * 1024 * 1024 };

/* "app_terraform_io" → "app.terraform.io", "a__b_example_com" → "a-b.example.com": names of variables can't hold dots. */
static bool
names_host(const char *coded, size_t n, const char *host)
{
	size_t i, j = 0;

	for (i = 0; i < n; i++, j++) {
		char c = coded[i];

		if (c == '_' && i + 1 < n && coded[i + 1] == '_') {
			c = '-';
			i++;
		} else if (c == '_') {
			c = '.';
		}
		if (host[j] == '\0' || strncasecmp(&c, host + j, 1) != 0)
			return false;
	}
	return host[j] == '\0';
}

static const char *
token_in_environment(const char *host)
{
	char **e;

	for (e = environ; e != NULL && *e != NULL; e++) {
		const char *equals = strchr(*e, '=');

		if (strncmp(*e, "TF_TOKEN_", 9) == 0 && equals != NULL && equals[1] != '\0' && names_host(*e + 9, (size_t)(equals - *e) - 9, host))
			return equals + 1;
	}
	return NULL;
}

/* ---- ~/.terraform.d/credentials.tfrc.json: {"credentials": {"host": {"token": "…"}}} ---- */

static const char *
token_in_json(const char *text, size_t n, const char *host, struct drift__arena *a)
{
	struct drift__json_options opt = {.name = "credentials.tfrc.json", .lenient_utf8 = true};
	const struct drift_value *root, *hosts;
	size_t i;

	if (drift__json_parse(a, text, n, &opt, &root, NULL) != DRIFT_OK)
		return NULL;
	hosts = drift_value_get(root, "credentials");
	for (i = 0; drift_value_kind(hosts) == DRIFT_MAP && i < hosts->len; i++)
		if (strcasecmp(drift_value_key(hosts, i, NULL), host) == 0)
			return drift__value_gets(drift_value_at(hosts, i), "token");
	return NULL;
}

/* ---- ~/.terraformrc: HCL, of which only words, texts and braces matter here ---- */

struct words {
	const char *p, *end;
	char kind;          /* 'a' a word, '"' a text, a mark, or 0 at the end */
	const char *start;  /* of a word or a text, without its quotes */
	size_t n;
};

static void
skip_blanks(struct words *w)
{
	while (w->p < w->end) {
		size_t left = (size_t)(w->end - w->p);

		if (*w->p == '#' || (left >= 2 && memcmp(w->p, "//", 2) == 0)) {
			while (w->p < w->end && *w->p != '\n')
				w->p++;
		} else if (left >= 2 && memcmp(w->p, "/*", 2) == 0) {
			for (w->p += 2; w->p < w->end && !(w->p[-1] == '*' && w->p[0] == '/'); w->p++)
				;
			w->p += w->p < w->end;
		} else if (strchr(" \t\r\n", *w->p) != NULL && *w->p != '\0') {
			w->p++;
		} else {
			return;
		}
	}
}

static void
next_word(struct words *w)
{
	skip_blanks(w);
	w->start = w->p;
	w->n = 0;
	w->kind = w->p < w->end ? *w->p : 0;
	if (w->kind == 0)
		return;
	if (w->kind == '"') {
		for (w->start = ++w->p; w->p < w->end && *w->p != '"' && *w->p != '\n'; w->p++)
			if (*w->p == '\\' && w->p + 1 < w->end)
				w->p++;
		w->n = (size_t)(w->p - w->start);
		w->p += w->p < w->end;
		return;
	}
	w->n = drift__name_length(w->p, (size_t)(w->end - w->p));
	w->p += w->n > 0 ? w->n : 1;
	if (w->n > 0)
		w->kind = 'a';
}

static bool
is(const struct words *w, char kind, const char *text)
{
	return w->kind == kind && w->n == strlen(text) && strncasecmp(w->start, text, w->n) == 0;
}

/* Behind the opening brace: the text of `token = "…"`; ends behind the closing brace. */
static const char *
token_in_block(struct words *w, struct drift__arena *a)
{
	const char *token = NULL;
	int depth = 1;

	for (next_word(w); w->kind != 0; next_word(w)) {
		depth += w->kind == '{';
		depth -= w->kind == '}';
		if (depth == 0)
			break;
		if (depth != 1 || !(is(w, 'a', "token") || is(w, '"', "token")))
			continue;
		next_word(w);
		if (w->kind == '=') {
			next_word(w);
			if (w->kind == '"')
				token = drift__arena_strndup(a, w->start, w->n);
		}
	}
	return token;
}

const char *
drift__cloud_token_in(const char *text, size_t n, const char *host, struct drift__arena *a)
{
	struct words w = {.p = text, .end = text + n};
	const char *token = NULL;
	bool ours;

	for (next_word(&w); w.kind != 0 && token == NULL; next_word(&w)) {
		if (!is(&w, 'a', "credentials"))
			continue;
		next_word(&w);
		ours = is(&w, '"', host);
		next_word(&w);
		if (w.kind == '{') {
			const char *found = token_in_block(&w, a);

			token = ours ? found : NULL;
		}
	}
	return token;
}

/* ---- all of them ---- */

static const char *
token_in_file(const char *path, bool json, const char *host, struct drift__arena *a)
{
	struct drift__buf b = DRIFT__BUF_INIT(MAX_FILE);
	const char *token = NULL;

	if (path != NULL && drift__file_read(path, &b, NULL) == DRIFT_OK && b.data != NULL)
		token = json ? token_in_json(b.data, b.len, host, a) : drift__cloud_token_in(b.data, b.len, host, a);
	drift__buf_wipe(&b);
	return token;
}

enum drift_status
drift__cloud_token(const char *host, struct drift__arena *a, const char **out, struct drift_error *err)
{
	const char *home = getenv("HOME"), *named = getenv("TF_CLI_CONFIG_FILE"), *token = token_in_environment(host);

	if (named == NULL || named[0] == '\0')
		named = getenv("TERRAFORM_CONFIG");
	if (token == NULL && named != NULL && named[0] != '\0')
		token = token_in_file(named, false, host, a);
	else if (token == NULL && home != NULL)
		token = token_in_file(drift__arena_printf(a, "%s/.terraformrc", home), false, host, a);
	if (token == NULL && home != NULL)
		token = token_in_file(drift__arena_printf(a, "%s/.terraform.d/credentials.tfrc.json", home), true, host, a);
	if (token == NULL || token[0] == '\0') {
		drift__fail(err, DRIFT_NO_CREDENTIALS, host, "there is no API token for this host");
		return drift__hint(err, "run `terraform login %.80s`, or set TF_TOKEN_%.80s with dots as _ and hyphens as __; the token needs to read state versions", host, host);
	}
	if (strpbrk(token, " \t\r\n") != NULL) {
		drift__fail(err, DRIFT_NO_CREDENTIALS, host, "the API token for this host has white space in it");
		return drift__hint(err, "copy it again: a line break or blank came along");
	}
	*out = token;
	return DRIFT_OK;
}
