/* Lists and sets → changes.
 *
 * Scalars are compared as a whole. Blocks are paired: first those whose normal forms are equal, then by the entry's element_key, else by
 * position (lists) or likeness (sets); what stays alone came or went. A path names a paired block by its key or its position. */
#include "diff/compare.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MEMBERS = 4, SHOWN_BYTES = 60 };

struct side {
	const struct drift_value *list;
	const struct drift_value **normals;
	size_t n;
	bool *done;
};

static bool
is_ordered(const struct drift__place *p)
{
	enum drift__kind kind = p->rule != NULL ? p->rule->kind : DRIFT__KIND_none;

	if (kind == DRIFT__KIND_set || (p->rule != NULL && p->rule->element_key != NULL))
		return false;
	return kind == DRIFT__KIND_list || p->node.kind != DRIFT__NODE_SET;
}

static bool
open_side(struct drift__compare *c, const struct drift__place *e, const struct drift_value *list, enum drift_side which, struct side *s)
{
	size_t i;

	s->list = list;
	s->n = drift_value_kind(list) == DRIFT_LIST ? list->len : 0;
	s->normals = drift__arena_alloc(c->scratch, (s->n + 1) * sizeof *s->normals);
	s->done = drift__arena_zalloc(c->scratch, (s->n + 1) * sizeof *s->done);
	if (s->normals == NULL || s->done == NULL) {
		drift__compare_nomem(c);
		return false;
	}
	for (i = 0; i < s->n; i++) {
		s->normals[i] = drift__normal_place(c, e, drift_value_at(list, i), which);
		/* null elements stand for nothing; a block of nothing but defaults may be there or not */
		s->done[i] = drift_value_kind(s->normals[i]) == DRIFT_NULL &&
			(drift__value_is_empty(drift_value_at(list, i)) || drift_value_kind(drift_value_at(list, i)) == DRIFT_MAP);
	}
	return c->status == DRIFT_OK;
}

/* ---- scalars ---- */

static bool
same_scalar(struct drift__compare *c, const struct drift__place *e, const struct side *a, size_t i, const struct side *b, size_t k)
{
	bool equal = false;

	if (drift_value_kind(a->normals[i]) != DRIFT_NULL && drift_value_equal(a->normals[i], b->normals[k]))
		return true;
	c->kinds.targets = drift_value_get(c->in->rules->references, e->attribute);
	if (c->status == DRIFT_OK)
		c->status = drift__kind_equal(drift__place_kind(e), &c->kinds, drift_value_at(a->list, i), drift_value_at(b->list, k), &equal,
			c->err);
	return equal;
}

static size_t
left(const struct side *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += !s->done[i];
	return n;
}

static void
pair_ordered(struct drift__compare *c, const struct drift__place *e, struct side *a, struct side *b)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a->n && a->done[i])
			i++;
		while (k < b->n && b->done[k])
			k++;
		if (i == a->n || k == b->n || !same_scalar(c, e, a, i, b, k))
			return;
		a->done[i] = b->done[k] = true;
	}
}

static int
compare_normals(const void *x, const void *y)
{
	const struct drift_value *const *a = x, *const *b = y;

	return drift__value_compare(*a, *b);
}

/* Marks what is equal on both sides; sorted first, so that large sets stay cheap. */
static void
pair_equal(struct drift__compare *c, struct side *a, struct side *b)
{
	struct entry {
		const struct drift_value *normal;
		size_t at;
	} *x, *y;
	size_t i, k, n = 0, m = 0;

	x = drift__arena_alloc(c->scratch, (a->n + 1) * sizeof *x);
	y = drift__arena_alloc(c->scratch, (b->n + 1) * sizeof *y);
	if (x == NULL || y == NULL) {
		drift__compare_nomem(c);
		return;
	}
	for (i = 0; i < a->n; i++)
		if (!a->done[i])
			x[n++] = (struct entry){a->normals[i], i};
	for (k = 0; k < b->n; k++)
		if (!b->done[k])
			y[m++] = (struct entry){b->normals[k], k};
	if (n > 0)
		qsort(x, n, sizeof *x, compare_normals);
	if (m > 0)
		qsort(y, m, sizeof *y, compare_normals);
	for (i = k = 0; i < n && k < m;) {
		int order = drift__value_compare(x[i].normal, y[k].normal);

		if (order == 0)
			a->done[x[i++].at] = b->done[y[k++].at] = true;
		else if (order < 0)
			i++;
		else
			k++;
	}
}

static void
compare_scalar_lists(struct drift__compare *c, const struct drift__place *p, const struct drift__place *e, struct side *a, struct side *b)
{
	size_t i, k;

	if (is_ordered(p)) {
		pair_ordered(c, e, a, b);
	} else {
		pair_equal(c, a, b);
		for (i = 0; i < a->n; i++)
			for (k = 0; !a->done[i] && k < b->n; k++)
				if (!b->done[k] && same_scalar(c, e, a, i, b, k))
					a->done[i] = b->done[k] = true;
		/* a set has no element twice: what is left over may equal one that is paired already */
		for (i = 0; i < a->n; i++)
			for (k = 0; !a->done[i] && k < a->n; k++)
				a->done[i] = a->done[k] && drift_value_equal(a->normals[i], a->normals[k]);
		for (k = 0; k < b->n; k++)
			for (i = 0; !b->done[k] && i < b->n; i++)
				b->done[k] = b->done[i] && drift_value_equal(b->normals[i], b->normals[k]);
	}
	if (left(a) + left(b) > 0)
		drift__add_change(c, p, a->list, b->list);
}

/* ---- blocks ---- */

static void
show_value(struct drift__buf *b, const struct drift_value *v)
{
	size_t i;

	if (drift_value_kind(v) == DRIFT_LIST) {
		for (i = 0; i < v->len; i++) {
			if (i > 0)
				drift__buf_addc(b, '+');
			show_value(b, drift_value_at(v, i));
		}
		return;
	}
	if (drift_value_kind(v) == DRIFT_STRING && strpbrk(v->u.text, "[]=,\"\\ \n\t") != NULL)
		drift__json_write_string(b, v->u.text, v->len);
	else if (drift_value_kind(v) == DRIFT_MAP)
		drift__buf_adds(b, "{…}");
	else if (drift_value_kind(v) == DRIFT_BOOL)
		drift__buf_adds(b, drift_value_bool(v) ? "true" : "false");
	else if (drift_value_text(v, NULL) != NULL)
		drift__buf_add(b, v->u.text, v->len);
}

static bool
show_member(struct drift__compare *c, const struct drift__place *e, struct drift__buf *b, const struct drift_value *element,
	const char *name)
{
	const struct drift_value *v = drift_value_get(element, name);
	struct drift__place m;
	const char *member;
	bool compared;
	size_t i, before = b->len;

	if (drift__value_is_empty(v) || (drift_value_kind(v) == DRIFT_BOOL && !drift_value_bool(v)))
		return false;
	for (i = 0; drift__place_member(c, e, i, &member, &m, &compared); i++)
		if (strcmp(member, name) == 0 && (!compared || drift__is_secret(c, &m.node, m.attribute)))
			return false;
	drift__buf_addf(b, "%s%s=", b->data[b->len - 1] == '[' ? "" : ",", name);
	show_value(b, v);
	if (b->len - before > SHOWN_BYTES && b->status == DRIFT_OK) {
		size_t n = before + SHOWN_BYTES;

		while (n > before && ((unsigned char)b->data[n] & 0xc0) == 0x80)
			n--;
		b->len = n;
		drift__buf_adds(b, "…");
	}
	return true;
}

/* "[from_port=22,protocol=tcp]" or "[3]" */
static const char *
element_path(struct drift__compare *c, const struct drift__place *p, const struct drift__place *e, const struct drift_value *element,
	size_t index)
{
	const struct drift_value *key = p->rule != NULL ? p->rule->element_key : NULL;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	struct drift__node member;
	size_t i, shown = 0;
	const char *name, *path;

	drift__buf_addf(&b, "%s[", p->path);
	if (b.status == DRIFT_OK && key != NULL) {
		for (i = 0; i < drift_value_size(key); i++)
			shown += show_member(c, e, &b, element, drift__value_str(drift_value_at(key, i)));
	} else if (b.status == DRIFT_OK && !is_ordered(p) && !p->node.single) {
		for (i = 0; shown < SHOWN_MEMBERS && drift__node_member(&e->node, i, &name, &member); i++)
			if (drift__node_is_scalar(&member))
				shown += show_member(c, e, &b, element, name);
	}
	if (shown == 0)
		drift__buf_addf(&b, "%zu", index);
	drift__buf_addc(&b, ']');
	path = b.status == DRIFT_OK ? drift__arena_strdup(c->scratch, b.data) : NULL;
	drift__buf_dispose(&b);
	if (path == NULL)
		drift__compare_nomem(c);
	return path != NULL ? path : "";
}

static bool
same_key(const struct drift_value *key, const struct drift_value *a, const struct drift_value *b)
{
	size_t i;

	for (i = 0; i < drift_value_size(key); i++) {
		const char *name = drift__value_str(drift_value_at(key, i));

		if (name != NULL && !drift_value_equal(drift_value_get(a, name), drift_value_get(b, name)))
			return false;
	}
	return drift_value_size(key) > 0;
}

/* How many members two normal forms share. */
static size_t
likeness(const struct drift_value *a, const struct drift_value *b)
{
	size_t i, n = 0;

	for (i = 0; drift_value_kind(a) == DRIFT_MAP && i < a->len; i++)
		n += drift_value_equal(drift_value_at(a, i), drift_value_get(b, drift_value_key(a, i, NULL)));
	return n;
}

/* The live block that belongs to state block i; b->n when there is none. */
static size_t
partner(const struct drift__place *p, const struct side *a, size_t i, const struct side *b)
{
	const struct drift_value *key = p->rule != NULL ? p->rule->element_key : NULL;
	size_t k, found = b->n, best = 0;

	for (k = 0; k < b->n; k++) {
		size_t like;

		if (b->done[k])
			continue;
		if (key != NULL) {
			if (same_key(key, a->normals[i], b->normals[k]))
				return k;
			continue;
		}
		if (is_ordered(p) || p->node.single)
			return k;
		like = likeness(a->normals[i], b->normals[k]);
		if (like > best && like * 2 >= drift_value_size(a->normals[i])) {
			best = like;
			found = k;
		}
	}
	return found;
}

static void
compare_pair(struct drift__compare *c, const struct drift__place *p, struct drift__place *e, const struct side *a, size_t i,
	const struct side *b, size_t k)
{
	const struct drift_value *element = drift_value_at(i < a->n ? a->list : b->list, i < a->n ? i : k);

	e->path = element_path(c, p, e, element, i < a->n ? i : k);
	if (i < a->n && k < b->n)
		drift__compare_place(c, e, drift_value_at(a->list, i), drift_value_at(b->list, k));
	else
		drift__add_change(c, e, i < a->n ? drift_value_at(a->list, i) : NULL, k < b->n ? drift_value_at(b->list, k) : NULL);
}

static void
compare_block_lists(struct drift__compare *c, const struct drift__place *p, struct drift__place *e, struct side *a, struct side *b)
{
	size_t i, k;

	if (is_ordered(p) && left(a) == left(b)) {
		for (i = k = 0; c->status == DRIFT_OK; i++, k++) {
			while (i < a->n && a->done[i])
				i++;
			while (k < b->n && b->done[k])
				k++;
			if (i >= a->n || k >= b->n)
				return;
			if (!drift_value_equal(a->normals[i], b->normals[k]))
				compare_pair(c, p, e, a, i, b, k);
		}
		return;
	}
	pair_equal(c, a, b);
	for (i = 0; i < a->n && c->status == DRIFT_OK; i++) {
		if (a->done[i])
			continue;
		k = partner(p, a, i, b);
		compare_pair(c, p, e, a, i, b, k);
		a->done[i] = true;
		if (k < b->n)
			b->done[k] = true;
	}
	for (k = 0; k < b->n && c->status == DRIFT_OK; k++)
		if (!b->done[k])
			compare_pair(c, p, e, a, a->n, b, k);
}

void
drift__compare_lists(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live)
{
	struct drift__place e = drift__place_element(p);
	struct side a, b;
	const struct drift_value *some;
	bool blocks;

	if (c->status != DRIFT_OK || !open_side(c, &e, state, DRIFT_SIDE_STATE, &a) || !open_side(c, &e, live, DRIFT_SIDE_LIVE, &b))
		return;
	some = drift_value_at(a.n > 0 ? a.list : b.list, 0);
	blocks = e.node.kind == DRIFT__NODE_OBJECT || (e.node.kind == DRIFT__NODE_ANY && drift_value_kind(some) == DRIFT_MAP);
	if (blocks)
		compare_block_lists(c, p, &e, &a, &b);
	else
		compare_scalar_lists(c, p, &e, &a, &b);
}
