/* Tokens to the tree: a Pratt parser with the binding powers of the specification's reference. Its recursion is
 * bounded by JMES_MAX_DEPTH, and that of the evaluation by JMES_MAX_HEIGHT. */
#include "jmespath/parse.h"

#include <stdio.h>
#include <string.h>

typedef const struct drift__jmes_node *node_ptr;

static node_ptr parse_expression(struct drift__jmes_parser *ps, int power);

static node_ptr
fail_at(struct drift__jmes_parser *ps, const char *at, const char *what)
{
	return drift__jmes_parse_fail(ps, at, DRIFT_BAD_QUERY, what);
}

static bool
expect(struct drift__jmes_parser *ps, enum drift__jmes_token_kind kind, const char *what)
{
	if (ps->t.kind != kind) {
		fail_at(ps, ps->t.start, what);
		return false;
	}
	return drift__jmes_advance(ps);
}

static int
binding_power(enum drift__jmes_token_kind kind)
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

/* A node as high as its parts are, and one more. NULL with LIMIT when that is too high. */
static struct drift__jmes_node *
raise_height(struct drift__jmes_parser *ps, struct drift__jmes_node *n, node_ptr part)
{
	if (part == NULL || part->height < n->height)
		return n;
	n->height = part->height + 1;
	if (n->height <= JMES_MAX_HEIGHT)
		return n;
	drift__jmes_parse_fail(ps, ps->t.start, DRIFT_LIMIT, "the expression has more than 2000 steps in one chain");
	return NULL;
}

static struct drift__jmes_node *
new_node(struct drift__jmes_parser *ps, enum drift__jmes_kind kind, const char *at, node_ptr left, node_ptr right)
{
	struct drift__jmes_node *n = drift__arena_zalloc(&ps->e->arena, sizeof *n);

	if (n == NULL) {
		drift__jmes_parse_nomem(ps);
		return NULL;
	}
	n->kind = kind;
	n->at = (uint32_t)(at - ps->text) + 1;
	n->height = 1;
	n->left = left;
	n->right = right;
	n = raise_height(ps, n, left);
	return n != NULL ? raise_height(ps, n, right) : NULL;
}

static node_ptr
current(struct drift__jmes_parser *ps)
{
	return new_node(ps, JMES_CURRENT, ps->t.start, NULL, NULL);
}

static node_ptr parse_multi_list(struct drift__jmes_parser *ps);
static node_ptr parse_multi_map(struct drift__jmes_parser *ps);
static node_ptr parse_prefix(struct drift__jmes_parser *ps);

/* What follows a dot. */
static node_ptr
parse_dot_right(struct drift__jmes_parser *ps, int power)
{
	switch (ps->t.kind) {
	case T_IDENTIFIER:
	case T_QUOTED:
	case T_STAR:
		return parse_expression(ps, power);
	case T_LBRACKET:
		return drift__jmes_advance(ps) ? parse_multi_list(ps) : NULL;
	case T_LBRACE:
		return drift__jmes_advance(ps) ? parse_multi_map(ps) : NULL;
	default:
		return fail_at(ps, ps->t.start, "a name, *, [ or { is expected behind the dot");
	}
}

/* What a projection applies to each element. */
static node_ptr
parse_projection_right(struct drift__jmes_parser *ps, int power)
{
	if (binding_power(ps->t.kind) < PROJECTION_STOP)
		return current(ps);
	if (ps->t.kind == T_LBRACKET || ps->t.kind == T_FILTER)
		return parse_expression(ps, power);
	if (ps->t.kind == T_DOT)
		return drift__jmes_advance(ps) ? parse_dot_right(ps, power) : NULL;
	return fail_at(ps, ps->t.start, "this can't follow a projection");
}

static node_ptr
projection(struct drift__jmes_parser *ps, enum drift__jmes_kind kind, node_ptr left, node_ptr filter, int power)
{
	node_ptr right = parse_projection_right(ps, power);
	struct drift__jmes_node *n;

	if (left == NULL || right == NULL)
		return NULL;
	n = new_node(ps, kind, ps->t.start, left, right);
	if (n == NULL)
		return NULL;
	n->extra = filter;
	return raise_height(ps, n, filter);
}

static node_ptr
parse_filter(struct drift__jmes_parser *ps, node_ptr left)
{
	node_ptr condition;

	if (left == NULL || !drift__jmes_advance(ps))
		return NULL;
	condition = parse_expression(ps, 0);
	if (condition == NULL || !expect(ps, T_RBRACKET, "the filter has no closing ]"))
		return NULL;
	return projection(ps, JMES_FILTER, left, condition, binding_power(T_FILTER));
}

static node_ptr
parse_flatten(struct drift__jmes_parser *ps, node_ptr left)
{
	node_ptr flat;

	if (left == NULL || !drift__jmes_advance(ps))
		return NULL;
	flat = new_node(ps, JMES_FLATTEN, ps->t.start, left, NULL);
	return projection(ps, JMES_PROJECT, flat, NULL, binding_power(T_FLATTEN));
}

/* [n], [a:b:c]: the token behind the bracket is a number or a colon. */
static node_ptr
parse_index_or_slice(struct drift__jmes_parser *ps, node_ptr left)
{
	struct drift__jmes_node *n = new_node(ps, JMES_INDEX, ps->t.start, NULL, NULL);
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
		if (!drift__jmes_advance(ps))
			return NULL;
	}
	if (!drift__jmes_advance(ps))
		return NULL;
	n->number = n->slice[0];
	left = new_node(ps, JMES_SUB, ps->t.start, left, n);
	return n->kind == JMES_SLICE ? projection(ps, JMES_PROJECT, left, NULL, binding_power(T_STAR)) : left;
}

/* The token behind [ decides. left is what the bracket stands behind. */
static node_ptr
parse_bracket(struct drift__jmes_parser *ps, node_ptr left, bool prefix)
{
	struct drift__jmes_token star = ps->t;
	const char *behind_star = ps->p;

	if (ps->t.kind == T_NUMBER || ps->t.kind == T_COLON)
		return parse_index_or_slice(ps, left);
	if (ps->t.kind == T_STAR) {
		if (!drift__jmes_advance(ps))
			return NULL;
		if (ps->t.kind == T_RBRACKET)
			return drift__jmes_advance(ps) ? projection(ps, JMES_PROJECT, left, NULL, binding_power(T_STAR)) : NULL;
		ps->t = star;
		ps->p = behind_star;
	}
	if (!prefix)
		return fail_at(ps, ps->t.start, "an index, a slice, * or a filter is expected in the brackets");
	return parse_multi_list(ps);
}

static bool
open_member(struct drift__jmes_parser *ps, const struct drift__jmes_key *key, node_ptr node)
{
	if (node == NULL)
		return false;
	if (ps->n_open == ps->cap_open) {
		size_t cap = ps->cap_open == 0 ? 32 : ps->cap_open * 2;
		struct drift__jmes_open *more = drift__realloc(ps->open, cap * sizeof *more);

		if (more == NULL)
			return drift__jmes_parse_nomem(ps) != NULL;
		ps->open = more;
		ps->cap_open = cap;
	}
	ps->open[ps->n_open].node = node;
	ps->open[ps->n_open++].key = *key;
	return true;
}

/* What was opened from there on becomes the children of a new node. */
static struct drift__jmes_node *
close_members(struct drift__jmes_parser *ps, enum drift__jmes_kind kind, const char *at, size_t from)
{
	struct drift__jmes_node *n = new_node(ps, kind, at, NULL, NULL);
	size_t count = ps->n_open - from, i;
	struct drift__jmes_key *keys;
	node_ptr *nodes;

	if (n == NULL)
		return NULL;
	nodes = drift__arena_alloc(&ps->e->arena, (count + 1) * sizeof *nodes);
	keys = drift__arena_alloc(&ps->e->arena, (count + 1) * sizeof *keys);
	if (nodes == NULL || keys == NULL) {
		drift__jmes_parse_nomem(ps);
		return NULL;
	}
	for (i = 0; n != NULL && i < count; i++) {
		nodes[i] = ps->open[from + i].node;
		keys[i] = ps->open[from + i].key;
		n = raise_height(ps, n, nodes[i]);
	}
	if (n == NULL)
		return NULL;
	n->children = nodes;
	n->keys = keys;
	n->n_children = count;
	ps->n_open = from;
	return n;
}

/* Reads members up to the closing token, which is taken. Those of a map have `name:` before them; only a call may have none. */
static struct drift__jmes_node *
parse_members(struct drift__jmes_parser *ps, enum drift__jmes_kind kind, const char *at, enum drift__jmes_token_kind stop)
{
	size_t from = ps->n_open;

	while (ps->t.kind != stop || ps->n_open > from || kind != JMES_CALL) {
		struct drift__jmes_key key = ps->t.name;

		if (kind == JMES_MAP) {
			if (ps->t.kind != T_IDENTIFIER && ps->t.kind != T_QUOTED) {
				fail_at(ps, ps->t.start, "a name is expected here");
				return NULL;
			}
			if (!drift__jmes_advance(ps) || !expect(ps, T_COLON, "a colon is expected behind the name"))
				return NULL;
		}
		if (!open_member(ps, &key, parse_expression(ps, 0)))
			return NULL;
		if (ps->t.kind != T_COMMA)
			break;
		if (!drift__jmes_advance(ps))
			return NULL;
	}
	return expect(ps, stop, "a comma or the closing bracket is expected here") ? close_members(ps, kind, at, from) : NULL;
}

static node_ptr
parse_multi_list(struct drift__jmes_parser *ps)
{
	return parse_members(ps, JMES_LIST, ps->t.start, T_RBRACKET);
}

static node_ptr
parse_multi_map(struct drift__jmes_parser *ps)
{
	return parse_members(ps, JMES_MAP, ps->t.start, T_RBRACE);
}

static node_ptr
unknown_function(struct drift__jmes_parser *ps, const struct drift__jmes_token *name)
{
	const char *near = drift__jmes_function_near(name->name.text);
	char what[128];

	snprintf(what, sizeof what, "there is no function %.64s()", name->name.text);
	fail_at(ps, name->start, what);
	if (near != NULL)
		drift__hint(ps->err, "did you mean %s()?", near);
	return NULL;
}

static node_ptr
wrong_arity(struct drift__jmes_parser *ps, const char *at, const struct drift__jmes_function *f, size_t given)
{
	char what[160], takes[64];
	size_t max = f->max_arguments != 0 ? f->max_arguments : JMES_MAX_ARGUMENTS;

	if (f->min_arguments == max)
		snprintf(takes, sizeof takes, "%zu argument%s", max, max == 1 ? "" : "s");
	else
		snprintf(takes, sizeof takes, "%zu to %zu arguments", f->min_arguments, max);
	snprintf(what, sizeof what, "%s() takes %s, not %zu", f->name, takes, given);
	return fail_at(ps, at, what);
}

/* An argument that is an expression where a value is expected, or the other way round, is wrong whatever it runs over. */
static node_ptr
check_references(struct drift__jmes_parser *ps, node_ptr call)
{
	const struct drift__jmes_function *f = call->function;
	size_t i, n_types = strlen(f->types);

	for (i = 0; i < call->n_children; i++) {
		bool wanted = f->types[i < n_types ? i : n_types - 1] == 'x', given = call->children[i]->kind == JMES_REF;
		char what[128];

		if (wanted == given)
			continue;
		snprintf(what, sizeof what, "argument %zu of %s() must be %s", i + 1, f->name,
			wanted ? "an expression: write & before it" : "a value, not &…");
		return fail_at(ps, ps->text + call->children[i]->at - 1, what);
	}
	return call;
}

/* name( … */
static node_ptr
parse_call(struct drift__jmes_parser *ps, const struct drift__jmes_token *name)
{
	const struct drift__jmes_function *f = drift__jmes_function_find(name->name.text, name->name.len);
	struct drift__jmes_node *n;

	if (f == NULL)
		return unknown_function(ps, name);
	n = parse_members(ps, JMES_CALL, name->start, T_RPAREN);
	if (n == NULL)
		return NULL;
	if (n->n_children < f->min_arguments || n->n_children > (f->max_arguments != 0 ? f->max_arguments : (size_t)JMES_MAX_ARGUMENTS))
		return wrong_arity(ps, name->start, f, n->n_children);
	n->function = f;
	return check_references(ps, n);
}

static node_ptr
parse_name(struct drift__jmes_parser *ps)
{
	struct drift__jmes_token name = ps->t;
	struct drift__jmes_node *n;

	if (!drift__jmes_advance(ps))
		return NULL;
	if (ps->t.kind == T_LPAREN) {
		if (name.kind == T_QUOTED)
			return fail_at(ps, name.start, "a function's name stands without quotes");
		return drift__jmes_advance(ps) ? parse_call(ps, &name) : NULL;
	}
	n = new_node(ps, JMES_FIELD, name.start, NULL, NULL);
	if (n != NULL)
		n->key = name.name;
	return n;
}

static node_ptr
parse_literal(struct drift__jmes_parser *ps)
{
	struct drift__jmes_node *n = new_node(ps, JMES_LITERAL, ps->t.start, NULL, NULL);

	if (n == NULL)
		return NULL;
	n->literal = ps->t.literal;
	return drift__jmes_advance(ps) ? n : NULL;
}

static node_ptr
parse_group(struct drift__jmes_parser *ps)
{
	node_ptr inner;

	if (!drift__jmes_advance(ps))
		return NULL;
	inner = parse_expression(ps, 0);
	if (inner == NULL || !expect(ps, T_RPAREN, "the closing ) is missing"))
		return NULL;
	return inner;
}

static node_ptr
parse_prefix(struct drift__jmes_parser *ps)
{
	const char *start = ps->t.start;
	node_ptr inner;

	switch (ps->t.kind) {
	case T_IDENTIFIER:
	case T_QUOTED:
		return parse_name(ps);
	case T_LITERAL:
	case T_RAW:
		return parse_literal(ps);
	case T_AT:
		return drift__jmes_advance(ps) ? current(ps) : NULL;
	case T_ROOT:
		return drift__jmes_advance(ps) ? new_node(ps, JMES_ROOT, start, NULL, NULL) : NULL;
	case T_STAR:
		return drift__jmes_advance(ps) ? projection(ps, JMES_VALUES, current(ps), NULL, binding_power(T_STAR)) : NULL;
	case T_FILTER:
		return parse_filter(ps, current(ps));
	case T_FLATTEN:
		return parse_flatten(ps, current(ps));
	case T_LBRACKET:
		return drift__jmes_advance(ps) ? parse_bracket(ps, current(ps), true) : NULL;
	case T_LBRACE:
		return drift__jmes_advance(ps) ? parse_multi_map(ps) : NULL;
	case T_LPAREN:
		return parse_group(ps);
	case T_NOT:
		inner = drift__jmes_advance(ps) ? parse_expression(ps, binding_power(T_NOT)) : NULL;
		return inner != NULL ? new_node(ps, JMES_NOT, start, inner, NULL) : NULL;
	case T_AMP:
		inner = drift__jmes_advance(ps) ? parse_expression(ps, 0) : NULL;
		return inner != NULL ? new_node(ps, JMES_REF, start, inner, NULL) : NULL;
	case T_END:
		return fail_at(ps, ps->t.start, "the expression ends too early");
	default:
		return fail_at(ps, ps->t.start, "an expression can't begin like this");
	}
}

static node_ptr
parse_binary(struct drift__jmes_parser *ps, node_ptr left, enum drift__jmes_kind kind)
{
	enum drift__jmes_token_kind op = ps->t.kind;
	const char *at = ps->t.start;
	struct drift__jmes_node *n;
	node_ptr right;

	if (!drift__jmes_advance(ps))
		return NULL;
	right = parse_expression(ps, binding_power(op));
	if (right == NULL)
		return NULL;
	n = new_node(ps, kind, at, left, right);
	if (n != NULL && kind == JMES_COMPARE)
		n->number = (int)op - T_EQ;
	return n;
}

static node_ptr
parse_dot(struct drift__jmes_parser *ps, node_ptr left)
{
	node_ptr right;

	if (!drift__jmes_advance(ps))
		return NULL;
	if (ps->t.kind == T_STAR)
		return drift__jmes_advance(ps) ? projection(ps, JMES_VALUES, left, NULL, binding_power(T_STAR)) : NULL;
	right = parse_dot_right(ps, binding_power(T_DOT));
	return right != NULL ? new_node(ps, JMES_SUB, ps->t.start, left, right) : NULL;
}

static node_ptr
parse_infix(struct drift__jmes_parser *ps, node_ptr left)
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
		return drift__jmes_advance(ps) ? parse_bracket(ps, left, false) : NULL;
	default:
		return fail_at(ps, ps->t.start, "this can't stand here");
	}
}

static node_ptr
parse_expression(struct drift__jmes_parser *ps, int power)
{
	node_ptr left;

	if (++ps->depth > JMES_MAX_DEPTH)
		return drift__jmes_parse_fail(ps, ps->t.start, DRIFT_LIMIT, "the expression is nested deeper than 500 levels");
	left = parse_prefix(ps);
	while (left != NULL && power < binding_power(ps->t.kind))
		left = parse_infix(ps, left);
	ps->depth--;
	return left;
}

/* A catalogue has thousands of expressions, most of them of one or two nodes. */
enum { FIRST_BLOCK = 256 };

enum drift_status
drift__jmes_compile(const char *text, const char *name, struct drift__jmes **out, struct drift_error *err)
{
	struct drift__jmes *e = drift__calloc(1, sizeof *e);
	size_t n = strlen(text);
	struct drift__jmes_parser ps = {.e = e, .text = text, .p = text, .end = text + n, .err = err};

	if (e == NULL)
		return drift__nomem(err);
	ps.name = name != NULL ? name : "expression";
	drift__arena_init(&e->arena, 0);
	e->arena.first_block = FIRST_BLOCK;
	e->name = drift__arena_strdup(&e->arena, ps.name);
	if (e->name == NULL)
		drift__jmes_parse_nomem(&ps);
	else if (n > JMES_MAX_TEXT)
		drift__jmes_parse_fail(&ps, text, DRIFT_LIMIT, "the expression is longer than 64 KiB");
	else if (drift__jmes_advance(&ps))
		e->root = parse_expression(&ps, 0);
	if (e->root != NULL && ps.t.kind != T_END)
		fail_at(&ps, ps.t.start, "the expression should end here");
	drift__free(ps.open);
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
