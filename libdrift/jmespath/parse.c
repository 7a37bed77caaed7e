/* Text of an expression to its tree: a lexer and a Pratt parser (binding powers as in the specification's reference). */
#include "jmespath/ast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum token_kind {
	T_END, T_IDENTIFIER, T_QUOTED, T_LITERAL, T_RAW, T_NUMBER, T_DOT, T_STAR, T_LBRACKET, T_RBRACKET, T_LBRACE, T_RBRACE,
	T_LPAREN, T_RPAREN, T_COMMA, T_COLON, T_AT, T_ROOT, T_AMP, T_PIPE, T_OR, T_AND, T_NOT, T_EQ, T_NE, T_LT, T_LE, T_GT,
	T_GE, T_FLATTEN, T_FILTER
};

struct token {
	enum token_kind kind;
	const char *start;
	const char *text; /* decoded, arena */
	size_t len;
	const struct drift_value *literal;
	int64_t number;
};

struct parser {
	struct drift__jmes *e;
	const char *text, *p, *end, *name;
	struct token t; /* the next token */
	struct drift_error *err;
	enum drift_status status;
	int depth;
};

typedef const struct drift__jmes_node *node_ptr;

static node_ptr parse_expression(struct parser *ps, int power);

static node_ptr
fail_at(struct parser *ps, const char *at, const char *what)
{
	char where[200];

	if (ps->status == DRIFT_OK) {
		snprintf(where, sizeof where, "%s:%zu", ps->name, (size_t)(at - ps->text) + 1);
		ps->status = drift__fail(ps->err, DRIFT_BAD_QUERY, where, "%s", what);
	}
	return NULL;
}

static node_ptr
no_memory(struct parser *ps)
{
	if (ps->status == DRIFT_OK)
		ps->status = drift__nomem(ps->err);
	return NULL;
}

/* ---- lexer ---- */

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
lex_json(struct parser *ps, const char *start, const char *stop, const struct drift_value **out)
{
	struct drift_error inner = DRIFT_ERROR_INIT;
	struct drift__json_options opt = {.name = "literal", .max_depth = JMES_MAX_DEPTH};
	enum drift_status st = drift__json_parse(&ps->e->arena, start, (size_t)(stop - start), &opt, out, &inner);

	if (st == DRIFT_NOMEM)
		no_memory(ps);
	else if (st != DRIFT_OK)
		fail_at(ps, start, "this is not JSON");
	return st == DRIFT_OK;
}

/* `…`: JSON, in which \` stands for a backtick. */
static bool
lex_literal(struct parser *ps)
{
	const char *stop = closing(ps->p + 1, ps->end, '`'), *p;
	struct drift__buf text = DRIFT__BUF_INIT(JMES_MAX_TEXT);
	bool ok;

	if (stop == NULL) {
		fail_at(ps, ps->p, "a literal has no closing backtick");
		return false;
	}
	for (p = ps->p + 1; p < stop; p++) {
		if (*p == '\\' && p[1] == '`')
			p++;
		drift__buf_addc(&text, *p);
	}
	drift__buf_add(&text, "", 0);
	if (text.status != DRIFT_OK) {
		no_memory(ps);
		ok = false;
	} else {
		ok = lex_json(ps, text.data, text.data + text.len, &ps->t.literal);
	}
	drift__buf_dispose(&text);
	ps->t.kind = T_LITERAL;
	ps->p = stop + 1;
	return ok;
}

/* '…': a string as it stands; \' stands for a quote, any other backslash for itself. */
static bool
lex_raw(struct parser *ps)
{
	const char *stop = closing(ps->p + 1, ps->end, '\''), *p;
	char *text, *q;

	if (stop == NULL) {
		fail_at(ps, ps->p, "a string has no closing quote");
		return false;
	}
	q = text = drift__arena_alloc(&ps->e->arena, (size_t)(stop - ps->p));
	if (text == NULL) {
		no_memory(ps);
		return false;
	}
	for (p = ps->p + 1; p < stop; p++) {
		if (*p == '\\' && p + 1 < stop && p[1] == '\'')
			p++;
		*q++ = *p;
	}
	ps->t.kind = T_RAW;
	ps->t.literal = drift__value_stringn(&ps->e->arena, text, (size_t)(q - text));
	ps->p = stop + 1;
	return ps->t.literal != NULL || (no_memory(ps), false);
}

static bool
lex_quoted(struct parser *ps)
{
	const char *stop = closing(ps->p + 1, ps->end, '"');
	const struct drift_value *v;

	if (stop == NULL) {
		fail_at(ps, ps->p, "a quoted name has no closing quote");
		return false;
	}
	if (!lex_json(ps, ps->p, stop + 1, &v))
		return false;
	ps->t.kind = T_QUOTED;
	ps->t.text = v->u.text;
	ps->t.len = v->len;
	ps->p = stop + 1;
	return true;
}

static bool
lex_number(struct parser *ps)
{
	char *end;

	if (*ps->p == '-' && (ps->p + 1 >= ps->end || !is_digit(ps->p[1]))) {
		fail_at(ps, ps->p, "a minus sign stands only before a number");
		return false;
	}
	ps->t.kind = T_NUMBER;
	ps->t.number = strtoll(ps->p, &end, 10);
	ps->p = end;
	return true;
}

static bool
lex_identifier(struct parser *ps)
{
	const char *start = ps->p;

	while (ps->p < ps->end && (is_name_start(*ps->p) || is_digit(*ps->p)))
		ps->p++;
	ps->t.kind = T_IDENTIFIER;
	ps->t.len = (size_t)(ps->p - start);
	ps->t.text = drift__arena_strndup(&ps->e->arena, start, ps->t.len);
	return ps->t.text != NULL || (no_memory(ps), false);
}

static bool
lex_symbol(struct parser *ps)
{
	static const struct {
		char text[3];
		enum token_kind kind;
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
	fail_at(ps, ps->p, "this character means nothing here");
	return false;
}

static bool
advance(struct parser *ps)
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

static bool
expect(struct parser *ps, enum token_kind kind, const char *what)
{
	if (ps->t.kind != kind) {
		fail_at(ps, ps->t.start, what);
		return false;
	}
	return advance(ps);
}

/* ---- parser ---- */

static int
binding_power(enum token_kind kind)
{
	switch (kind) {
	case T_PIPE:
		return 1;
	case T_OR:
		return 2;
	case T_AND:
		return 3;
	case T_EQ:
	case T_NE:
	case T_LT:
	case T_LE:
	case T_GT:
	case T_GE:
		return 5;
	case T_FLATTEN:
		return 9;
	case T_STAR:
		return 20;
	case T_FILTER:
		return 21;
	case T_DOT:
		return 40;
	case T_NOT:
		return 45;
	case T_LBRACE:
		return 50;
	case T_LBRACKET:
		return 55;
	case T_LPAREN:
		return 60;
	default:
		return 0;
	}
}

enum { PROJECTION_STOP = 10 };

static struct drift__jmes_node *
new_node(struct parser *ps, enum drift__jmes_kind kind, node_ptr left, node_ptr right)
{
	struct drift__jmes_node *n = drift__arena_zalloc(&ps->e->arena, sizeof *n);

	if (n == NULL) {
		no_memory(ps);
		return NULL;
	}
	n->kind = kind;
	n->left = left;
	n->right = right;
	return n;
}

static node_ptr
current(struct parser *ps)
{
	return new_node(ps, JMES_CURRENT, NULL, NULL);
}

static node_ptr parse_multi_list(struct parser *ps);
static node_ptr parse_multi_map(struct parser *ps);
static node_ptr parse_prefix(struct parser *ps);

/* What follows a dot. */
static node_ptr
parse_dot_right(struct parser *ps, int power)
{
	switch (ps->t.kind) {
	case T_IDENTIFIER:
	case T_QUOTED:
	case T_STAR:
		return parse_expression(ps, power);
	case T_LBRACKET:
		return advance(ps) ? parse_multi_list(ps) : NULL;
	case T_LBRACE:
		return advance(ps) ? parse_multi_map(ps) : NULL;
	default:
		return fail_at(ps, ps->t.start, "a name, *, [ or { is expected behind the dot");
	}
}

/* What a projection applies to each element. */
static node_ptr
parse_projection_right(struct parser *ps, int power)
{
	if (binding_power(ps->t.kind) < PROJECTION_STOP)
		return current(ps);
	if (ps->t.kind == T_LBRACKET || ps->t.kind == T_FILTER)
		return parse_expression(ps, power);
	if (ps->t.kind == T_DOT)
		return advance(ps) ? parse_dot_right(ps, power) : NULL;
	return fail_at(ps, ps->t.start, "this can't follow a projection");
}

static node_ptr
projection(struct parser *ps, enum drift__jmes_kind kind, node_ptr left, node_ptr filter, int power)
{
	node_ptr right = parse_projection_right(ps, power);
	struct drift__jmes_node *n;

	if (left == NULL || right == NULL)
		return NULL;
	n = new_node(ps, kind, left, right);
	if (n != NULL)
		n->extra = filter;
	return n;
}

static node_ptr
parse_filter(struct parser *ps, node_ptr left)
{
	node_ptr condition;

	if (left == NULL || !advance(ps))
		return NULL;
	condition = parse_expression(ps, 0);
	if (condition == NULL || !expect(ps, T_RBRACKET, "the filter has no closing ]"))
		return NULL;
	return projection(ps, JMES_FILTER, left, condition, binding_power(T_FILTER));
}

static node_ptr
parse_flatten(struct parser *ps, node_ptr left)
{
	node_ptr flat;

	if (left == NULL || !advance(ps))
		return NULL;
	flat = new_node(ps, JMES_FLATTEN, left, NULL);
	return projection(ps, JMES_PROJECT, flat, NULL, binding_power(T_FLATTEN));
}

/* [n], [a:b:c]: the token behind the bracket is a number or a colon. */
static node_ptr
parse_index_or_slice(struct parser *ps, node_ptr left)
{
	struct drift__jmes_node *n = new_node(ps, JMES_INDEX, NULL, NULL);
	int part = 0;

	if (n == NULL || left == NULL)
		return NULL;
	while (ps->t.kind != T_RBRACKET) {
		if (ps->t.kind == T_NUMBER && !n->has_slice[part]) {
			n->slice[part] = ps->t.number;
			n->has_slice[part] = true;
		} else if (ps->t.kind == T_COLON && part < 2) {
			n->kind = JMES_SLICE;
			part++;
		} else {
			return fail_at(ps, ps->t.start, "an index or a slice is expected in the brackets");
		}
		if (!advance(ps))
			return NULL;
	}
	if (!advance(ps))
		return NULL;
	n->number = n->slice[0];
	left = new_node(ps, JMES_SUB, left, n);
	return n->kind == JMES_SLICE ? projection(ps, JMES_PROJECT, left, NULL, binding_power(T_STAR)) : left;
}

/* The token behind [ decides. left is what the bracket stands behind. */
static node_ptr
parse_bracket(struct parser *ps, node_ptr left, bool prefix)
{
	struct parser saved;

	if (ps->t.kind == T_NUMBER || ps->t.kind == T_COLON)
		return parse_index_or_slice(ps, left);
	if (ps->t.kind == T_STAR) {
		saved = *ps;
		if (!advance(ps))
			return NULL;
		if (ps->t.kind == T_RBRACKET)
			return advance(ps) ? projection(ps, JMES_PROJECT, left, NULL, binding_power(T_STAR)) : NULL;
		*ps = saved;
	}
	if (!prefix)
		return fail_at(ps, ps->t.start, "an index, a slice, * or a filter is expected in the brackets");
	return parse_multi_list(ps);
}

struct children {
	node_ptr nodes[1024];
	const char *keys[1024];
	size_t n;
};

static node_ptr
finish_children(struct parser *ps, enum drift__jmes_kind kind, const struct children *c)
{
	struct drift__jmes_node *n = new_node(ps, kind, NULL, NULL);
	node_ptr *nodes;
	const char **keys;

	if (n == NULL)
		return NULL;
	nodes = drift__arena_alloc(&ps->e->arena, (c->n + 1) * sizeof *nodes);
	keys = drift__arena_alloc(&ps->e->arena, (c->n + 1) * sizeof *keys);
	if (nodes == NULL || keys == NULL)
		return no_memory(ps);
	memcpy(nodes, c->nodes, c->n * sizeof *nodes);
	memcpy(keys, c->keys, c->n * sizeof *keys);
	n->children = nodes;
	n->keys = keys;
	n->n_children = c->n;
	return n;
}

/* Reads children up to the closing token, which is taken. keyed: `name:` stands before each. */
static node_ptr
parse_children(struct parser *ps, enum drift__jmes_kind kind, enum token_kind stop, bool keyed, bool may_be_empty)
{
	struct children *c = drift__calloc(1, sizeof *c);
	node_ptr result = NULL;

	if (c == NULL)
		return no_memory(ps);
	while (ps->t.kind != stop || c->n > 0 || !may_be_empty) {
		if (c->n == sizeof c->nodes / sizeof c->nodes[0]) {
			fail_at(ps, ps->t.start, "too many members");
			goto done;
		}
		if (keyed) {
			if (ps->t.kind != T_IDENTIFIER && ps->t.kind != T_QUOTED) {
				fail_at(ps, ps->t.start, "a name is expected here");
				goto done;
			}
			c->keys[c->n] = ps->t.text;
			if (!advance(ps) || !expect(ps, T_COLON, "a colon is expected behind the name"))
				goto done;
		}
		c->nodes[c->n] = parse_expression(ps, 0);
		if (c->nodes[c->n] == NULL)
			goto done;
		c->n++;
		if (ps->t.kind != T_COMMA)
			break;
		if (!advance(ps))
			goto done;
	}
	if (expect(ps, stop, "a comma or the closing bracket is expected here"))
		result = finish_children(ps, kind, c);
done:
	drift__free(c);
	return result;
}

static node_ptr
parse_multi_list(struct parser *ps)
{
	return parse_children(ps, JMES_LIST, T_RBRACKET, false, false);
}

static node_ptr
parse_multi_map(struct parser *ps)
{
	return parse_children(ps, JMES_MAP, T_RBRACE, true, false);
}

/* name( … */
static node_ptr
parse_call(struct parser *ps, const struct token *name)
{
	const struct drift__jmes_function *f = drift__jmes_function_find(name->text, name->len);
	struct drift__jmes_node *n;
	char what[128];

	if (f == NULL) {
		snprintf(what, sizeof what, "there is no function %.*s()", (int)(name->len > 64 ? 64 : name->len), name->text);
		return fail_at(ps, name->start, what);
	}
	n = (struct drift__jmes_node *)(uintptr_t)parse_children(ps, JMES_CALL, T_RPAREN, false, true);
	if (n == NULL)
		return NULL;
	if (n->n_children < f->min_arguments || (f->max_arguments != 0 && n->n_children > f->max_arguments) ||
		n->n_children > JMES_MAX_ARGUMENTS) {
		snprintf(what, sizeof what, "%s() does not take %zu arguments", f->name, n->n_children);
		return fail_at(ps, name->start, what);
	}
	n->function = f;
	return n;
}

static node_ptr
parse_name(struct parser *ps)
{
	struct token name = ps->t;
	struct drift__jmes_node *n;

	if (!advance(ps))
		return NULL;
	if (ps->t.kind == T_LPAREN) {
		if (name.kind == T_QUOTED)
			return fail_at(ps, name.start, "a function's name stands without quotes");
		return advance(ps) ? parse_call(ps, &name) : NULL;
	}
	n = new_node(ps, JMES_FIELD, NULL, NULL);
	if (n != NULL) {
		n->text = name.text;
		n->text_len = name.len;
	}
	return n;
}

static node_ptr
parse_literal(struct parser *ps)
{
	struct drift__jmes_node *n = new_node(ps, JMES_LITERAL, NULL, NULL);

	if (n == NULL)
		return NULL;
	n->literal = ps->t.literal;
	return advance(ps) ? n : NULL;
}

static node_ptr
parse_group(struct parser *ps)
{
	node_ptr inner;

	if (!advance(ps))
		return NULL;
	inner = parse_expression(ps, 0);
	if (inner == NULL || !expect(ps, T_RPAREN, "the closing ) is missing"))
		return NULL;
	return inner;
}

static node_ptr
parse_prefix(struct parser *ps)
{
	node_ptr inner;

	switch (ps->t.kind) {
	case T_IDENTIFIER:
	case T_QUOTED:
		return parse_name(ps);
	case T_LITERAL:
	case T_RAW:
		return parse_literal(ps);
	case T_AT:
		return advance(ps) ? current(ps) : NULL;
	case T_ROOT:
		return advance(ps) ? new_node(ps, JMES_ROOT, NULL, NULL) : NULL;
	case T_STAR:
		return advance(ps) ? projection(ps, JMES_VALUES, current(ps), NULL, binding_power(T_STAR)) : NULL;
	case T_FILTER:
		return parse_filter(ps, current(ps));
	case T_FLATTEN:
		return parse_flatten(ps, current(ps));
	case T_LBRACKET:
		return advance(ps) ? parse_bracket(ps, current(ps), true) : NULL;
	case T_LBRACE:
		return advance(ps) ? parse_multi_map(ps) : NULL;
	case T_LPAREN:
		return parse_group(ps);
	case T_NOT:
		inner = advance(ps) ? parse_expression(ps, binding_power(T_NOT)) : NULL;
		return inner != NULL ? new_node(ps, JMES_NOT, inner, NULL) : NULL;
	case T_AMP:
		inner = advance(ps) ? parse_expression(ps, 0) : NULL;
		return inner != NULL ? new_node(ps, JMES_REF, inner, NULL) : NULL;
	case T_END:
		return fail_at(ps, ps->t.start, "the expression ends too early");
	default:
		return fail_at(ps, ps->t.start, "an expression can't begin like this");
	}
}

static node_ptr
parse_binary(struct parser *ps, node_ptr left, enum drift__jmes_kind kind)
{
	enum token_kind op = ps->t.kind;
	struct drift__jmes_node *n;
	node_ptr right;

	if (!advance(ps))
		return NULL;
	right = parse_expression(ps, binding_power(op));
	if (right == NULL)
		return NULL;
	n = new_node(ps, kind, left, right);
	if (n != NULL && kind == JMES_COMPARE)
		n->number = op - T_EQ;
	return n;
}

static node_ptr
parse_dot(struct parser *ps, node_ptr left)
{
	node_ptr right;

	if (!advance(ps))
		return NULL;
	if (ps->t.kind == T_STAR)
		return advance(ps) ? projection(ps, JMES_VALUES, left, NULL, binding_power(T_STAR)) : NULL;
	right = parse_dot_right(ps, binding_power(T_DOT));
	return right != NULL ? new_node(ps, JMES_SUB, left, right) : NULL;
}

static node_ptr
parse_infix(struct parser *ps, node_ptr left)
{
	switch (ps->t.kind) {
	case T_DOT:
		return parse_dot(ps, left);
	case T_PIPE:
		return parse_binary(ps, left, JMES_PIPE);
	case T_OR:
		return parse_binary(ps, left, JMES_OR);
	case T_AND:
		return parse_binary(ps, left, JMES_AND);
	case T_EQ:
	case T_NE:
	case T_LT:
	case T_LE:
	case T_GT:
	case T_GE:
		return parse_binary(ps, left, JMES_COMPARE);
	case T_FILTER:
		return parse_filter(ps, left);
	case T_FLATTEN:
		return parse_flatten(ps, left);
	case T_LBRACKET:
		return advance(ps) ? parse_bracket(ps, left, false) : NULL;
	default:
		return fail_at(ps, ps->t.start, "this can't stand here");
	}
}

static node_ptr
parse_expression(struct parser *ps, int power)
{
	node_ptr left;

	if (++ps->depth > JMES_MAX_DEPTH)
		return fail_at(ps, ps->t.start, "the expression is nested too deeply");
	left = parse_prefix(ps);
	while (left != NULL && power < binding_power(ps->t.kind))
		left = parse_infix(ps, left);
	ps->depth--;
	return left;
}

enum drift_status
drift__jmes_compile(const char *text, const char *name, struct drift__jmes **out, struct drift_error *err)
{
	struct drift__jmes *e = drift__calloc(1, sizeof *e);
	size_t n = strlen(text);
	struct parser ps = {.e = e, .text = text, .p = text, .end = text + n, .name = name != NULL ? name : "expression", .err = err};

	if (e == NULL)
		return drift__nomem(err);
	drift__arena_init(&e->arena, 0);
	e->name = drift__arena_strdup(&e->arena, ps.name);
	if (e->name == NULL)
		no_memory(&ps);
	else if (n > JMES_MAX_TEXT)
		fail_at(&ps, text, "the expression is longer than 64 KiB");
	else if (advance(&ps))
		e->root = parse_expression(&ps, 0);
	if (e->root != NULL && ps.t.kind != T_END)
		fail_at(&ps, ps.t.start, "the expression should end here");
	if (ps.status == DRIFT_OK) {
		*out = e;
		return DRIFT_OK;
	}
	drift__jmes_free(e);
	return ps.status;
}

void
drift__jmes_free(struct drift__jmes *e)
{
	if (e == NULL)
		return;
	drift__arena_dispose(&e->arena);
	drift__free(e);
}
