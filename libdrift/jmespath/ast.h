/* The tree that an expression is parsed into, and what an evaluation carries along. The tree lives in the arena of
 * its struct drift__jmes. */
#ifndef DRIFT_JMESPATH_AST_H
#define DRIFT_JMESPATH_AST_H

#include "jmespath/jmespath.h"

enum { JMES_MAX_DEPTH = 500, JMES_MAX_HEIGHT = 2000, JMES_MAX_TEXT = 64 * 1024, JMES_MAX_ARGUMENTS = 64 };

enum drift__jmes_kind {
	JMES_CURRENT,
	JMES_ROOT,       /* $: the value that the search started with (an extension, as in JMESPath Community) */
	JMES_LITERAL,
	JMES_FIELD,
	JMES_INDEX,
	JMES_SLICE,
	JMES_SUB,        /* left . right, left [index] */
	JMES_PIPE,
	JMES_PROJECT,    /* over the elements of left's list */
	JMES_VALUES,     /* over the values of left's map */
	JMES_FILTER,     /* over the elements for which extra is true */
	JMES_FLATTEN,
	JMES_LIST,       /* [a, b] */
	JMES_MAP,        /* {k: a} */
	JMES_OR,
	JMES_AND,
	JMES_NOT,
	JMES_COMPARE,
	JMES_CALL,
	JMES_REF         /* &expression */
};

enum drift__jmes_compare { JMES_EQ, JMES_NE, JMES_LT, JMES_LE, JMES_GT, JMES_GE };

struct drift__jmes_function;

struct drift__jmes_key {
	const char *text;
	size_t len;
};

struct drift__jmes_node {
	enum drift__jmes_kind kind;
	uint32_t at;     /* column in the text, from 1 */
	uint32_t height; /* levels of the tree from here down */
	const struct drift__jmes_node *left, *right, *extra;
	const struct drift_value *literal;
	struct drift__jmes_key key; /* field name */
	int64_t number;             /* index, comparison */
	int64_t slice[3];
	bool has_slice[3];
	const struct drift__jmes_node *const *children; /* list and map members, arguments */
	const struct drift__jmes_key *keys;             /* map */
	size_t n_children;
	const struct drift__jmes_function *function;
};

struct drift__jmes {
	struct drift__arena arena;
	const struct drift__jmes_node *root;
	const char *name;
	bool lenient;
};

struct drift__jmes_run {
	struct drift__arena *arena;
	const struct drift_value *root;
	const char *name;
	bool lenient;
	uint32_t at; /* column of the function or slice that runs; 0 = none */
	struct drift_error *err;
	enum drift_status status;
	uint64_t steps; /* containers that were compared, hashed or rewritten */
	/* what lists and maps are made of before they are finished: see make.h */
	struct drift__member *stack;
	size_t n_stack, cap_stack;
	struct drift__member first[32];
};

/* An argument of a function: a value, or an expression to be run by the function. */
struct drift__jmes_argument {
	const struct drift_value *value;
	const struct drift__jmes_node *ref;
};

typedef const struct drift_value *drift__jmes_call(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n);

struct drift__jmes_function {
	const char *name;
	size_t min_arguments, max_arguments; /* max 0 = no limit but JMES_MAX_ARGUMENTS */
	/* one letter an argument, the last repeated: a any, n number, s string, l list, m map, x expression, z string
	 * or null, S list of strings, N list of numbers, O list of numbers or of strings, h string list or map, c list
	 * or string, y list or null, e map or null */
	const char *types;
	drift__jmes_call *call; /* NULL: if(), which runs only one of its branches */
};

/* Lends; NULL when there is no such function. */
const struct drift__jmes_function *drift__jmes_function_find(const char *name, size_t n);
/* Lends the name that was probably meant, or NULL. */
const char *drift__jmes_function_near(const char *name);
/* Whether a fits a letter of types; if not, run (may be NULL) gets BAD_QUERY that says what argument i is and what
 * it should be. */
bool drift__jmes_fits(struct drift__jmes_run *run, const struct drift__jmes_function *f, size_t i,
	const struct drift__jmes_argument *a);

/* NULL on failure: run->status says why. */
const struct drift_value *drift__jmes_eval(struct drift__jmes_run *run, const struct drift__jmes_node *node,
	const struct drift_value *v);

#endif
