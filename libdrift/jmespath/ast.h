/* The tree that an expression is parsed into. Lives in the arena of its struct drift__jmes. */
#ifndef DRIFT_JMESPATH_AST_H
#define DRIFT_JMESPATH_AST_H

#include "jmespath/jmespath.h"

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

struct drift__jmes_node {
	enum drift__jmes_kind kind;
	const struct drift__jmes_node *left, *right, *extra;
	const struct drift_value *literal;
	const char *text; /* field name */
	size_t text_len;
	int64_t number; /* index, comparison */
	int64_t slice[3];
	bool has_slice[3];
	const struct drift__jmes_node *const *children; /* list and map members, arguments */
	const char *const *keys;
	size_t n_children;
	const struct drift__jmes_function *function;
};

struct drift__jmes {
	struct drift__arena arena;
	const struct drift__jmes_node *root;
	const char *name;
};

/* What an evaluation carries along. */
struct drift__jmes_run {
	struct drift__arena *arena;
	const struct drift_value *root;
	const char *name;
	struct drift_error *err;
	enum drift_status status;
	int depth;
};

enum { JMES_MAX_DEPTH = 500, JMES_MAX_TEXT = 64 * 1024, JMES_MAX_ARGUMENTS = 64 };

/* An argument of a function: a value, or an expression to be run by the function. */
struct drift__jmes_argument {
	const struct drift_value *value;
	const struct drift__jmes_node *ref;
};

typedef const struct drift_value *drift__jmes_call(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n);

struct drift__jmes_function {
	const char *name;
	size_t min_arguments, max_arguments; /* max 0 = no limit */
	/* one letter an argument, the last repeated: a any, n number, s string, l list, m map, x expression, z string or null,
	 * S list of strings, N list of numbers, O list of numbers or of strings, h string list or map, c list or string, y list or null,
	 * e map or null, v null or anything a function takes as it is */
	const char *types;
	drift__jmes_call *call;
};

/* Lends; NULL when there is no such function. */
const struct drift__jmes_function *drift__jmes_function_find(const char *name, size_t n);
/* NULL on failure: run->status says why. */
const struct drift_value *drift__jmes_eval(struct drift__jmes_run *run, const struct drift__jmes_node *node, const struct drift_value *v);
bool drift__jmes_true(const struct drift_value *v);
/* Records BAD_QUERY; returns NULL. */
const struct drift_value *drift__jmes_fail(struct drift__jmes_run *run, const char *fmt, ...) DRIFT_PRINTF(2, 3);
/* v, or NULL with NOMEM recorded. */
const struct drift_value *drift__jmes_made(struct drift__jmes_run *run, const struct drift_value *v);

#endif
