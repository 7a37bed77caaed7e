/* Runs a parsed expression over a value. What is made lives in the caller's arena. The recursion is as deep as the
 * tree of the expression, which the parser has bounded. */
#include "jmespath/make.h"

#include <string.h>

static const struct drift_value *
field(const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *found = drift__value_getn(v, n->key.text, n->key.len);

	return found != NULL ? found : &drift__null;
}

static const struct drift_value *
item(const struct drift__jmes_node *n, const struct drift_value *v)
{
	int64_t i = n->number;

	if (v->kind != DRIFT_LIST)
		return &drift__null;
	if (i < 0)
		i += v->len;
	return i >= 0 && i < (int64_t)v->len ? &v->u.items[i] : &drift__null;
}

/* One bound of a slice, capped as Python does. */
static int64_t
bound(int64_t given, bool has, int64_t absent, int64_t len, int64_t step)
{
	if (!has)
		return absent;
	if (given < 0) {
		given += len;
		return given < 0 ? (step < 0 ? -1 : 0) : given;
	}
	return given >= len ? (step < 0 ? len - 1 : len) : given;
}

static const struct drift_value *
slice(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	int64_t step = n->has_slice[2] ? n->slice[2] : 1, len, start, stop, i;
	size_t from = run->n_stack;

	if (step == 0) {
		run->at = n->at;
		return drift__jmes_fail(run, "the step of a slice can't be 0");
	}
	if (v->kind != DRIFT_LIST)
		return &drift__null;
	len = v->len;
	start = bound(n->slice[0], n->has_slice[0], step < 0 ? len - 1 : 0, len, step);
	stop = bound(n->slice[1], n->has_slice[1], step < 0 ? -1 : len, len, step);
	for (i = start; step > 0 ? i < stop : i > stop; i += step) {
		if (!drift__jmes_push(run, NULL, 0, &v->u.items[i]))
			return NULL;
		/* a huge step must not run over */
		if (step > len || step < -len)
			break;
	}
	return drift__jmes_list(run, from);
}

static const struct drift_value *
flatten(struct drift__jmes_run *run, const struct drift_value *v)
{
	size_t from = run->n_stack;
	uint32_t i, j;

	if (v->kind != DRIFT_LIST)
		return &drift__null;
	for (i = 0; i < v->len; i++) {
		const struct drift_value *e = &v->u.items[i];

		if (e->kind != DRIFT_LIST && !drift__jmes_push(run, NULL, 0, e))
			return NULL;
		for (j = 0; e->kind == DRIFT_LIST && j < e->len; j++)
			if (!drift__jmes_push(run, NULL, 0, &e->u.items[j]))
				return NULL;
	}
	return drift__jmes_list(run, from);
}

/* Applies n->right to each element for which n->extra (if any) is true; null results are left out. */
static const struct drift_value *
project(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *e, *r;
	size_t from = run->n_stack;
	uint32_t i;

	for (i = 0; i < v->len; i++) {
		e = drift_value_at(v, i);
		if (n->extra != NULL) {
			r = drift__jmes_eval(run, n->extra, e);
			if (r == NULL)
				return NULL;
			if (!drift__jmes_true(r))
				continue;
		}
		r = drift__jmes_eval(run, n->right, e);
		if (r == NULL || (r->kind != DRIFT_NULL && !drift__jmes_push(run, NULL, 0, r)))
			return NULL;
	}
	return drift__jmes_list(run, from);
}

static const struct drift_value *
multi(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	bool is_map = n->kind == JMES_MAP;
	size_t from = run->n_stack, i;

	if (v->kind == DRIFT_NULL)
		return &drift__null;
	for (i = 0; i < n->n_children; i++) {
		const struct drift_value *r = drift__jmes_eval(run, n->children[i], v);

		if (!drift__jmes_push(run, is_map ? n->keys[i].text : NULL, is_map ? n->keys[i].len : 0, r))
			return NULL;
	}
	return is_map ? drift__jmes_map(run, from) : drift__jmes_list(run, from);
}

static const struct drift_value *
compare(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *a = drift__jmes_eval(run, n->left, v), *b = a != NULL ? drift__jmes_eval(run, n->right, v) : NULL;
	int c;

	if (b == NULL)
		return NULL;
	if (n->number == JMES_EQ || n->number == JMES_NE) {
		c = drift__jmes_equal(run, a, b);
		return c < 0 ? NULL : drift__value_bool((c == 1) == (n->number == JMES_EQ));
	}
	if (a->kind != DRIFT_NUMBER || b->kind != DRIFT_NUMBER)
		return &drift__null;
	c = drift__value_compare(a, b);
	switch (n->number) {
	case JMES_LT:
		return drift__value_bool(c < 0);
	case JMES_LE:
		return drift__value_bool(c <= 0);
	case JMES_GT:
		return drift__value_bool(c > 0);
	default:
		return drift__value_bool(c >= 0);
	}
}

/* if(condition, a, b) runs only the branch that it takes: the other may not fit this value. */
static const struct drift_value *
call_if(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *c = drift__jmes_eval(run, n->children[0], v);

	if (c == NULL)
		return NULL;
	return drift__jmes_eval(run, n->children[drift__jmes_true(c) ? 1 : 2], v);
}

static const struct drift_value *
call(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	struct drift__jmes_argument args[JMES_MAX_ARGUMENTS];
	const struct drift__jmes_function *f = n->function;
	const struct drift_value *r;
	uint32_t outer = run->at;
	size_t i;

	if (f->call == NULL)
		return call_if(run, n, v);
	for (i = 0; i < n->n_children; i++) {
		args[i].ref = n->children[i]->kind == JMES_REF ? n->children[i]->left : NULL;
		args[i].value = args[i].ref != NULL ? &drift__null : drift__jmes_eval(run, n->children[i], v);
		if (args[i].value == NULL)
			return NULL;
		run->at = n->at;
		if (run->lenient && args[i].ref == NULL && !drift__jmes_fits(NULL, f, i, &args[i])) {
			run->at = outer;
			return &drift__null;
		}
		if (!drift__jmes_fits(run, f, i, &args[i]))
			return NULL;
	}
	run->at = n->at;
	r = f->call(run, args, n->n_children);
	run->at = outer;
	return r;
}

/* The kinds that look at v itself, not at what their left side gives. */
static const struct drift_value *
eval_leaf(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	switch (n->kind) {
	case JMES_CURRENT:
		return v;
	case JMES_ROOT:
		return run->root;
	case JMES_LITERAL:
		return n->literal;
	case JMES_FIELD:
		return field(n, v);
	case JMES_INDEX:
		return item(n, v);
	case JMES_SLICE:
		return slice(run, n, v);
	case JMES_LIST:
	case JMES_MAP:
		return multi(run, n, v);
	case JMES_COMPARE:
		return compare(run, n, v);
	case JMES_CALL:
		return call(run, n, v);
	default:
		run->at = n->at;
		return drift__jmes_fail(run, "an & expression stands only as an argument of a function");
	}
}

const struct drift_value *
drift__jmes_eval(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *left;

	if (n->left == NULL || n->kind == JMES_COMPARE || n->kind == JMES_REF)
		return eval_leaf(run, n, v);
	left = drift__jmes_eval(run, n->left, v);
	if (left == NULL)
		return NULL;
	switch (n->kind) {
	case JMES_SUB:
	case JMES_PIPE:
		return drift__jmes_eval(run, n->right, left);
	case JMES_OR:
		return drift__jmes_true(left) ? left : drift__jmes_eval(run, n->right, v);
	case JMES_AND:
		return drift__jmes_true(left) ? drift__jmes_eval(run, n->right, v) : left;
	case JMES_NOT:
		return drift__value_bool(!drift__jmes_true(left));
	case JMES_FLATTEN:
		return flatten(run, left);
	case JMES_VALUES:
		return left->kind == DRIFT_MAP ? project(run, n, left) : &drift__null;
	default:
		return left->kind == DRIFT_LIST ? project(run, n, left) : &drift__null;
	}
}

void
drift__jmes_be_lenient(struct drift__jmes *e)
{
	if (e != NULL)
		e->lenient = true;
}

enum drift_status
drift__jmes_search(const struct drift__jmes *e, const struct drift_value *v, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err)
{
	struct drift__jmes_run run;
	const struct drift_value *r;

	/* all but run.first, which is written before it is read */
	memset(&run, 0, offsetof(struct drift__jmes_run, first));
	run.arena = a;
	run.root = v != NULL ? v : &drift__null;
	run.name = e->name;
	run.lenient = e->lenient;
	run.err = err;
	run.stack = run.first;
	run.cap_stack = sizeof run.first / sizeof run.first[0];
	r = drift__jmes_eval(&run, e->root, run.root);
	if (run.stack != run.first)
		drift__free(run.stack);
	if (r == NULL)
		return run.status;
	*out = r;
	return DRIFT_OK;
}
