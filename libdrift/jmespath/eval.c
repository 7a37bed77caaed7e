/* Runs a parsed expression over a value. What is made lives in the caller's arena. */
#include "jmespath/ast.h"

#include <stdio.h>
#include <string.h>

const struct drift_value *
drift__jmes_fail(struct drift__jmes_run *run, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	if (run->status == DRIFT_OK)
		run->status = drift__fail(run->err, DRIFT_BAD_QUERY, run->name, "%s", what);
	return NULL;
}

const struct drift_value *
drift__jmes_made(struct drift__jmes_run *run, const struct drift_value *v)
{
	if (v == NULL && run->status == DRIFT_OK)
		run->status = drift__nomem(run->err);
	return v;
}

bool
drift__jmes_true(const struct drift_value *v)
{
	switch (drift_value_kind(v)) {
	case DRIFT_NULL:
		return false;
	case DRIFT_BOOL:
		return drift_value_bool(v);
	case DRIFT_NUMBER:
		return true;
	case DRIFT_STRING:
	case DRIFT_LIST:
	case DRIFT_MAP:
		return v->len > 0;
	}
	return false;
}

static const struct drift_value *
field(const struct drift__jmes_node *n, const struct drift_value *v)
{
	uint32_t i;

	if (drift_value_kind(v) != DRIFT_MAP)
		return &drift__null;
	for (i = 0; i < v->len; i++)
		if (v->u.members[i].key_len == n->text_len && memcmp(v->u.members[i].key, n->text, n->text_len) == 0)
			return &v->u.members[i].value;
	return &drift__null;
}

static const struct drift_value *
item(const struct drift__jmes_node *n, const struct drift_value *v)
{
	int64_t i = n->number;

	if (drift_value_kind(v) != DRIFT_LIST)
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
	struct drift__list_builder out;

	if (step == 0)
		return drift__jmes_fail(run, "the step of a slice can't be 0");
	if (drift_value_kind(v) != DRIFT_LIST)
		return &drift__null;
	len = v->len;
	start = bound(n->slice[0], n->has_slice[0], step < 0 ? len - 1 : 0, len, step);
	stop = bound(n->slice[1], n->has_slice[1], step < 0 ? -1 : len, len, step);
	drift__list_init(&out, run->arena);
	for (i = start; step > 0 ? i < stop : i > stop; i += step) {
		drift__list_add(&out, &v->u.items[i]);
		/* a huge step must not run over */
		if (step > len || step < -len)
			break;
	}
	return drift__jmes_made(run, drift__list_finish(&out));
}

static const struct drift_value *
flatten(struct drift__jmes_run *run, const struct drift_value *v)
{
	struct drift__list_builder out;
	uint32_t i, j;

	if (drift_value_kind(v) != DRIFT_LIST)
		return &drift__null;
	drift__list_init(&out, run->arena);
	for (i = 0; i < v->len; i++) {
		const struct drift_value *e = &v->u.items[i];

		if (e->kind != DRIFT_LIST)
			drift__list_add(&out, e);
		for (j = 0; e->kind == DRIFT_LIST && j < e->len; j++)
			drift__list_add(&out, &e->u.items[j]);
	}
	return drift__jmes_made(run, drift__list_finish(&out));
}

/* Applies n->right to each element for which n->extra (if any) is true; null results are left out. */
static const struct drift_value *
project(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	struct drift__list_builder out;
	const struct drift_value *e, *r;
	size_t i;

	drift__list_init(&out, run->arena);
	for (i = 0; i < v->len; i++) {
		e = drift_value_at(v, i);
		if (n->extra != NULL) {
			r = drift__jmes_eval(run, n->extra, e);
			if (r == NULL)
				goto fail;
			if (!drift__jmes_true(r))
				continue;
		}
		r = drift__jmes_eval(run, n->right, e);
		if (r == NULL)
			goto fail;
		if (r->kind != DRIFT_NULL)
			drift__list_add(&out, r);
	}
	return drift__jmes_made(run, drift__list_finish(&out));
fail:
	drift__list_dispose(&out);
	return NULL;
}

static const struct drift_value *
multi(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	struct drift__list_builder list;
	struct drift__map_builder map;
	size_t i;

	if (drift_value_kind(v) == DRIFT_NULL)
		return &drift__null;
	drift__list_init(&list, run->arena);
	drift__map_init(&map, run->arena);
	for (i = 0; i < n->n_children; i++) {
		const struct drift_value *r = drift__jmes_eval(run, n->children[i], v);

		if (r == NULL) {
			drift__list_dispose(&list);
			drift__map_dispose(&map);
			return NULL;
		}
		if (n->kind == JMES_LIST)
			drift__list_add(&list, r);
		else
			drift__map_put(&map, n->keys[i], r);
	}
	return drift__jmes_made(run, n->kind == JMES_LIST ? drift__list_finish(&list) : drift__map_finish(&map));
}

static const struct drift_value *
compare(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *a = drift__jmes_eval(run, n->left, v), *b;
	int c;

	if (a == NULL)
		return NULL;
	b = drift__jmes_eval(run, n->right, v);
	if (b == NULL)
		return NULL;
	c = drift__value_compare(a, b);
	if (n->number == JMES_EQ || n->number == JMES_NE)
		return drift__value_bool((c == 0) == (n->number == JMES_EQ));
	if (a->kind != DRIFT_NUMBER || b->kind != DRIFT_NUMBER)
		return &drift__null;
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

static bool
fits(char type, const struct drift__jmes_argument *a)
{
	enum drift_kind kind = drift_value_kind(a->value), inner;
	uint32_t i;

	if (type == 'x' || a->ref != NULL)
		return type == 'x' && a->ref != NULL;
	switch (type) {
	case 'n':
		return kind == DRIFT_NUMBER;
	case 's':
		return kind == DRIFT_STRING;
	case 'z':
		return kind == DRIFT_STRING || kind == DRIFT_NULL;
	case 'l':
		return kind == DRIFT_LIST;
	case 'y':
		return kind == DRIFT_LIST || kind == DRIFT_NULL;
	case 'm':
		return kind == DRIFT_MAP;
	case 'e':
		return kind == DRIFT_MAP || kind == DRIFT_NULL;
	case 'c':
		return kind == DRIFT_LIST || kind == DRIFT_STRING;
	case 'h':
		return kind == DRIFT_LIST || kind == DRIFT_STRING || kind == DRIFT_MAP;
	case 'S':
	case 'N':
	case 'O':
		if (kind != DRIFT_LIST)
			return false;
		inner = type == 'S' ? DRIFT_STRING : type == 'N' ? DRIFT_NUMBER : a->value->len > 0 ? (enum drift_kind)a->value->u.items[0].kind : DRIFT_STRING;
		if (inner != DRIFT_STRING && inner != DRIFT_NUMBER)
			return false;
		for (i = 0; i < a->value->len; i++)
			if (a->value->u.items[i].kind != (uint32_t)inner)
				return false;
		return true;
	default:
		return true;
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
	size_t i, n_types = strlen(f->types);

	if (f->call == NULL)
		return call_if(run, n, v);
	for (i = 0; i < n->n_children; i++) {
		args[i].ref = n->children[i]->kind == JMES_REF ? n->children[i]->left : NULL;
		args[i].value = args[i].ref != NULL ? &drift__null : drift__jmes_eval(run, n->children[i], v);
		if (args[i].value == NULL)
			return NULL;
		if (!fits(f->types[i < n_types ? i : n_types - 1], &args[i]))
			return drift__jmes_fail(run, "argument %zu of %s() has the wrong type", i + 1, f->name);
	}
	return f->call(run, args, n->n_children);
}

static const struct drift_value *
eval_node(struct drift__jmes_run *run, const struct drift__jmes_node *n, const struct drift_value *v)
{
	const struct drift_value *left;

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
	case JMES_REF:
		return drift__jmes_fail(run, "an & expression stands only as an argument of a function");
	default:
		break;
	}
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

const struct drift_value *
drift__jmes_eval(struct drift__jmes_run *run, const struct drift__jmes_node *node, const struct drift_value *v)
{
	const struct drift_value *r;

	if (++run->depth > 4 * JMES_MAX_DEPTH)
		return drift__jmes_fail(run, "the evaluation is nested too deeply");
	r = eval_node(run, node, v);
	run->depth--;
	return r;
}

enum drift_status
drift__jmes_search(const struct drift__jmes *e, const struct drift_value *v, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err)
{
	struct drift__jmes_run run = {.arena = a, .root = v != NULL ? v : &drift__null, .name = e->name, .err = err};
	const struct drift_value *r = drift__jmes_eval(&run, e->root, run.root);

	if (r == NULL)
		return run.status;
	*out = r;
	return DRIFT_OK;
}
