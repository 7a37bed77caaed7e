/* Patterns as IAM reads them. */
#include "policy/resolve.h"

#include <ctype.h>
#include <string.h>

bool
drift__iam_is_beyond(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0xc4)
		text++;
	return *text != '\0';
}

const char *
drift__iam_literal(struct drift__policy_maker *mk, const char *text)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *out;

	if (strpbrk(text, "*?") == NULL && strstr(text, "${") == NULL && !drift__iam_is_beyond(text))
		return text;
	for (; *text != '\0'; text++) {
		bool wide = (unsigned char)*text >= 0xc4;

		if (*text == '*' || *text == '?')
			drift__buf_addf(&b, "${%c}", *text);
		else if (text[0] == '$' && text[1] == '{')
			drift__buf_adds(&b, "${$}");
		else if (wide) /* what is beyond U+FFFF may count as two */
			drift__buf_addc(&b, (unsigned char)*text >= 0xf0 ? '*' : '?');
		else
			drift__buf_addc(&b, *text);
		while (wide && ((unsigned char)text[1] & 0xc0) == 0x80)
			text++;
	}
	out = b.data != NULL && b.status == DRIFT_OK ? drift__arena_strdup(mk->needs.arena, b.data) : NULL;
	drift__buf_dispose(&b);
	return drift__got(mk, out) != NULL ? out : "";
}

bool
drift__iam_is_pattern(const char *text)
{
	for (const char *p = strchr(text, '*'); p != NULL; p = strchr(p + 1, '*')) {
		if (p < text + 2 || p[-1] != '{' || p[-2] != '$')
			return true;
	}
	return false;
}

/* What stands at one place of a pattern: an ordinary character, an escaped one, a variable, `?` or `*`. */
struct token {
	enum { LITERAL, VARIABLE, ONE, ANY } kind;
	const char *text; /* what it stands for */
	size_t n_text, n; /* n: how long it is written */
};

static struct token
token_at(const char *at)
{
	struct token t = {LITERAL, at, 1, 1};
	const char *end = at[0] == '$' && at[1] == '{' ? strchr(at, '}') : NULL;

	if (at[0] == '*' || at[0] == '?') {
		t.kind = at[0] == '*' ? ANY : ONE;
	} else if (end == at + 3 && strchr("*?$", at[2]) != NULL) {
		t.text = at + 2;
		t.n = 4;
	} else if (end != NULL) {
		t.kind = VARIABLE;
		t.n = t.n_text = (size_t)(end - at) + 1;
	} else {
		while (at[0] != '\0' && ((unsigned char)at[t.n] & 0xc0) == 0x80) /* a character of several bytes */
			t.n_text = ++t.n;
	}
	return t;
}

static bool
same_token(const struct token *p, const struct token *t, bool nocase)
{
	if (p->kind == ONE)
		return t->kind == LITERAL || t->kind == ONE;
	if (p->kind != t->kind || p->n_text != t->n_text)
		return false;
	for (size_t i = 0; i < p->n_text; i++) {
		unsigned char a = (unsigned char)p->text[i], b = (unsigned char)t->text[i];

		if (nocase ? tolower(a) != tolower(b) : a != b)
			return false;
	}
	return true;
}

bool
drift__iam_covers(const char *pattern, const char *text, bool nocase)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		struct token p = token_at(pattern), t = token_at(text);

		if (p.kind == ANY) {
			star = ++pattern;
			resume = text;
		} else if (*pattern != '\0' && t.kind != ANY && same_token(&p, &t, nocase)) {
			pattern += p.n;
			text += t.n;
		} else if (star != NULL) {
			pattern = star;
			resume += token_at(resume).n;
			text = resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
