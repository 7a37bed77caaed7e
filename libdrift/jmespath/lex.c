/* Text of an expression to tokens. */
#include "jmespath/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct drift__jmes_node *
drift__jmes_parse_fail(struct drift__jmes_parser *ps, const char *at, enum drift_status st, const char *what)
{
	char where[256];

	if (ps->status == DRIFT_OK) {
		snprintf(where, sizeof where, "%.200s:%zu", ps->name, (size_t)(at - ps->text) + 1);
		ps->status = drift__fail(ps->err, st, where, "%s", what);
	}
	return NULL;
}

const struct drift__jmes_node *
drift__jmes_parse_nomem(struct drift__jmes_parser *ps)
{
	if (ps->status == DRIFT_OK)
		ps->status = drift__nomem(ps->err);
	return NULL;
}

static bool
bad(struct drift__jmes_parser *ps, const char *at, const char *what)
{
	return drift__jmes_parse_fail(ps, at, DRIFT_BAD_QUERY, what) != NULL;
}

static bool
no_memory(struct drift__jmes_parser *ps)
{
	return drift__jmes_parse_nomem(ps) != NULL;
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Finds the closing quote; a backslash hides the next character. NULL when there is none. */
static const char *
closing(const char *p, const char *end, char quote)
{
	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == quote)
			return p;
	}
	return NULL;
}

static bool
lex_json(struct drift__jmes_parser *ps, const char *start, const char *stop, const struct drift_value **out)
{
	struct drift_error inner = DRIFT_ERROR_INIT;
	struct drift__json_options opt = {.name = "literal", .max_depth = JMES_MAX_DEPTH};
	enum drift_status st = drift__json_parse(&ps->e->arena, start, (size_t)(stop - start), &opt, out, &inner);

	if (st == DRIFT_NOMEM)
		return no_memory(ps);
	/* start may lie in a decoded copy: only the token has a column */
	return st == DRIFT_OK || bad(ps, ps->t.start, inner.what);
}

/* `…`: JSON, in which \` stands for a backtick. */
static bool
lex_literal(struct drift__jmes_parser *ps)
{
	const char *stop = closing(ps->p + 1, ps->end, '`'), *p;
	struct drift__buf text = DRIFT__BUF_INIT(JMES_MAX_TEXT);
	bool ok = false;

	if (stop == NULL)
		return bad(ps, ps->p, "a literal has no closing backtick");
	for (p = ps->p + 1; p < stop; p++) {
		if (*p == '\\' && p + 1 < stop && p[1] == '`')
			p++;
		drift__buf_addc(&text, *p);
	}
	drift__buf_add(&text, "", 0);
	if (text.status != DRIFT_OK)
		no_memory(ps);
	else
		ok = lex_json(ps, text.data, text.data + text.len, &ps->t.literal);
	drift__buf_dispose(&text);
	ps->t.kind = T_LITERAL;
	ps->p = stop + 1;
	return ok;
}

/* '…': a string as it stands; \' stands for a quote, any other backslash for itself. */
static bool
lex_raw(struct drift__jmes_parser *ps)
{
	const char *stop = closing(ps->p + 1, ps->end, '\''), *p;
	char *text, *q;

	if (stop == NULL)
		return bad(ps, ps->p, "a string has no closing quote");
	q = text = drift__arena_alloc(&ps->e->arena, (size_t)(stop - ps->p));
	if (text == NULL)
		return no_memory(ps);
	for (p = ps->p + 1; p < stop; p++) {
		if (*p == '\\' && p + 1 < stop && p[1] == '\'')
			p++;
		*q++ = *p;
	}
	ps->t.kind = T_RAW;
	ps->t.literal = drift__value_stringn(&ps->e->arena, text, (size_t)(q - text));
	ps->p = stop + 1;
	return ps->t.literal != NULL || no_memory(ps);
}

static bool
lex_quoted(struct drift__jmes_parser *ps)
{
	const char *stop = closing(ps->p + 1, ps->end, '"');
	const struct drift_value *v;

	if (stop == NULL)
		return bad(ps, ps->p, "a quoted name has no closing quote");
	if (!lex_json(ps, ps->p, stop + 1, &v))
		return false;
	ps->t.kind = T_QUOTED;
	ps->t.name.text = v->u.text;
	ps->t.name.len = v->len;
	ps->p = stop + 1;
	return true;
}

static bool
lex_number(struct drift__jmes_parser *ps)
{
	char *end;

	if (*ps->p == '-' && (ps->p + 1 >= ps->end || !is_digit(ps->p[1])))
		return bad(ps, ps->p, "a minus sign stands only before a number");
	ps->t.kind = T_NUMBER;
	ps->t.number = strtoll(ps->p, &end, 10);
	ps->p = end;
	return true;
}

static bool
lex_identifier(struct drift__jmes_parser *ps)
{
	const char *start = ps->p;

	while (ps->p < ps->end && (is_name_start(*ps->p) || is_digit(*ps->p)))
		ps->p++;
	ps->t.kind = T_IDENTIFIER;
	ps->t.name.len = (size_t)(ps->p - start);
	ps->t.name.text = drift__arena_strndup(&ps->e->arena, start, ps->t.name.len);
	return ps->t.name.text != NULL || no_memory(ps);
}

static bool
lex_symbol(struct drift__jmes_parser *ps)
{
	static const struct {
		char text[3];
		enum drift__jmes_token_kind kind;
	} symbols[] = { /* longest first */
		{"[]", T_FLATTEN}, {"[?", T_FILTER}, {"||", T_OR}, {"&&", T_AND}, {"==", T_EQ}, {"!=", T_NE}, {"<=", T_LE},
		{">=", T_GE}, {".", T_DOT}, {"*", T_STAR}, {"[", T_LBRACKET}, {"]", T_RBRACKET}, {"{", T_LBRACE}, {"}", T_RBRACE},
		{"(", T_LPAREN}, {")", T_RPAREN}, {",", T_COMMA}, {":", T_COLON}, {"@", T_AT}, {"$", T_ROOT}, {"&", T_AMP},
		{"|", T_PIPE}, {"!", T_NOT}, {"<", T_LT}, {">", T_GT}};
	size_t i;

	for (i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		size_t n = strlen(symbols[i].text);

		if ((size_t)(ps->end - ps->p) >= n && memcmp(ps->p, symbols[i].text, n) == 0) {
			ps->t.kind = symbols[i].kind;
			ps->p += n;
			return true;
		}
	}
	return bad(ps, ps->p, "this character means nothing here");
}

bool
drift__jmes_advance(struct drift__jmes_parser *ps)
{
	while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\n' || *ps->p == '\r'))
		ps->p++;
	memset(&ps->t, 0, sizeof ps->t);
	ps->t.start = ps->p;
	if (ps->p >= ps->end) {
		ps->t.kind = T_END;
		return true;
	}
	switch (*ps->p) {
	case '`':
		return lex_literal(ps);
	case '\'':
		return lex_raw(ps);
	case '"':
		return lex_quoted(ps);
	default:
		if (is_digit(*ps->p) || *ps->p == '-')
			return lex_number(ps);
		return is_name_start(*ps->p) ? lex_identifier(ps) : lex_symbol(ps);
	}
}
