/* The lexer and the parser, to each other. */
#ifndef DRIFT_JMESPATH_PARSE_H
#define DRIFT_JMESPATH_PARSE_H

#include "jmespath/ast.h"

enum drift__jmes_token_kind {
	T_END, T_IDENTIFIER, T_QUOTED, T_LITERAL, T_RAW, T_NUMBER, T_DOT, T_STAR, T_LBRACKET, T_RBRACKET, T_LBRACE, T_RBRACE,
	T_LPAREN, T_RPAREN, T_COMMA, T_COLON, T_AT, T_ROOT, T_AMP, T_PIPE, T_OR, T_AND, T_NOT, T_EQ, T_NE, T_LT, T_LE, T_GT,
	T_GE, T_FLATTEN, T_FILTER
};

struct drift__jmes_token {
	enum drift__jmes_token_kind kind;
	const char *start;
	struct drift__jmes_key name; /* decoded; lives in the arena of the expression */
	const struct drift_value *literal;
	int64_t number;
};

struct drift__jmes_parser {
	struct drift__jmes *e;
	const char *text, *p, *end, *name;
	struct drift__jmes_token t; /* the next token */
	struct drift_error *err;
	enum drift_status status;
	int depth;
	/* members of the lists, maps and calls that are open, innermost last */
	struct drift__jmes_open {
		const struct drift__jmes_node *node;
		struct drift__jmes_key key;
	} *open;
	size_t n_open, cap_open;
};

/* Reads the next token into ps->t; false on failure, with ps->status set. */
bool drift__jmes_advance(struct drift__jmes_parser *ps);
/* Both return NULL; the first failure is kept. at is where in ps->text. */
const struct drift__jmes_node *drift__jmes_parse_fail(struct drift__jmes_parser *ps, const char *at, enum drift_status st,
	const char *what);
const struct drift__jmes_node *drift__jmes_parse_nomem(struct drift__jmes_parser *ps);

#endif
