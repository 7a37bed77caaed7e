/* XML elements → values, along the shapes of the model. Depth is bounded by the XML reader's. */
#include "aws/protocol.h"

#include <string.h>

enum { MAX_KEYS = 512 }; /* of one structure or map; services send up to about a hundred */

static enum drift_status
too_many(struct drift__decoder *d, struct drift__map_builder *m)
{
	drift__map_dispose(m);
	return drift__fail(d->err, DRIFT_LIMIT, d->where, "an element of the reply has more than %d different members", MAX_KEYS);
}

static bool
has_key(const struct drift__map_builder *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->len; i++)
		if (strcmp(m->members[i].key, key) == 0)
			return true;
	return false;
}

static enum drift_status
give(struct drift__decoder *d, const struct drift_value *v, const struct drift_value **out)
{
	if (v == NULL)
		return drift__nomem(d->err);
	*out = v;
	return DRIFT_OK;
}

/* ---- elements that the model does not know ---- */

static enum drift_status generic_value(struct drift__decoder *d, const struct drift__xml *x, const struct drift_value **out);

static bool
is_repeated(const struct drift__xml *x)
{
	const struct drift__xml *c;

	for (c = x->next; c != NULL; c = c->next)
		if (strcmp(c->name, x->name) == 0)
			return true;
	return false;
}

/* x and its later siblings of the same name. */
static enum drift_status
generic_list(struct drift__decoder *d, const struct drift__xml *x, const struct drift_value **out)
{
	struct drift__list_builder list;
	const struct drift__xml *c;
	const struct drift_value *v;
	enum drift_status st = DRIFT_OK;

	drift__list_init(&list, d->arena);
	for (c = x; st == DRIFT_OK && c != NULL; c = c->next) {
		if (strcmp(c->name, x->name) != 0)
			continue;
		st = generic_value(d, c, &v);
		if (st == DRIFT_OK)
			drift__list_add(&list, v);
	}
	if (st == DRIFT_OK)
		return give(d, drift__list_finish(&list), out);
	drift__list_dispose(&list);
	return st;
}

static enum drift_status
generic_value(struct drift__decoder *d, const struct drift__xml *x, const struct drift_value **out)
{
	struct drift__map_builder m;
	const struct drift__xml *c = x->child;
	const struct drift_value *v;
	enum drift_status st = DRIFT_OK;

	if (c == NULL)
		return give(d, drift__value_stringn(d->arena, x->text, x->n_text), out);
	if (strcmp(c->name, "item") == 0 || strcmp(c->name, "member") == 0)
		return generic_list(d, c, out);
	drift__map_init(&m, d->arena);
	for (; st == DRIFT_OK && c != NULL; c = c->next) {
		if (has_key(&m, c->name))
			continue;
		if (m.len >= MAX_KEYS)
			return too_many(d, &m);
		st = is_repeated(c) ? generic_list(d, c, &v) : generic_value(d, c, &v);
		if (st == DRIFT_OK)
			drift__map_put(&m, c->name, v);
	}
	if (st == DRIFT_OK)
		return drift__decode_map(d, &m, out);
	drift__map_dispose(&m);
	return st;
}

/* ---- lists and maps ---- */

/* same: NULL: all of x's children are elements; else x and its later siblings of that name are. */
static enum drift_status
xml_list(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x, const char *same, const struct drift_value **out)
{
	struct drift__list_builder list;
	const struct drift__xml *c;
	const struct drift_value *v;
	enum drift_status st = DRIFT_OK;

	drift__list_init(&list, d->arena);
	for (c = same != NULL ? x : x->child; st == DRIFT_OK && c != NULL; c = c->next) {
		if (same != NULL && strcmp(c->name, same) != 0)
			continue;
		st = drift__xml_value(d, &s->fields[0], c, &v);
		if (st == DRIFT_OK)
			drift__list_add(&list, v);
	}
	if (st == DRIFT_OK)
		return give(d, drift__list_finish(&list), out);
	drift__list_dispose(&list);
	return st;
}

static enum drift_status
xml_entry(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x, struct drift__map_builder *m)
{
	const struct drift__xml *key = drift__xml_child(x, s->fields[0].wire), *value = drift__xml_child(x, s->fields[1].wire);
	const struct drift_value *v = &drift__null;
	enum drift_status st = DRIFT_OK;

	if (key == NULL)
		return drift__decode_bad(d, "an entry of a map has no key");
	if (value != NULL)
		st = drift__xml_value(d, &s->fields[1], value, &v);
	if (st == DRIFT_OK)
		drift__map_putn(m, key->text, key->n_text, v);
	return st;
}

static enum drift_status
xml_map(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x, const char *same, const struct drift_value **out)
{
	struct drift__map_builder m;
	const struct drift__xml *c;
	enum drift_status st = DRIFT_OK;

	drift__map_init(&m, d->arena);
	for (c = same != NULL ? x : x->child; st == DRIFT_OK && c != NULL; c = c->next) {
		if (same != NULL && strcmp(c->name, same) != 0)
			continue;
		if (m.len >= MAX_KEYS)
			return too_many(d, &m);
		st = xml_entry(d, s, c, &m);
	}
	if (st == DRIFT_OK)
		return drift__decode_map(d, &m, out);
	drift__map_dispose(&m);
	return st;
}

/* ---- structures ---- */

static bool
is_flat(const struct drift__field *f)
{
	return (f->flat || f->shape->flat) && (f->shape->kind == DRIFT__SHAPE_LIST || f->shape->kind == DRIFT__SHAPE_MAP);
}

static enum drift_status
xml_member(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *c, struct drift__map_builder *m)
{
	const struct drift__field *f = drift__shape_by_wire(s, c->name);
	const char *key = f != NULL ? f->name : c->name;
	const struct drift_value *v;
	enum drift_status st;

	if (f != NULL && (f->at != DRIFT__IN_BODY || f->attribute))
		return DRIFT_OK;
	/* the first of a run of flat elements has taken all of them */
	if ((f == NULL || is_flat(f)) && has_key(m, key))
		return DRIFT_OK;
	if (f == NULL)
		st = is_repeated(c) ? generic_list(d, c, &v) : generic_value(d, c, &v);
	else if (!is_flat(f))
		st = drift__xml_value(d, f, c, &v);
	else
		st = f->shape->kind == DRIFT__SHAPE_LIST ? xml_list(d, f->shape, c, c->name, &v) : xml_map(d, f->shape, c, c->name, &v);
	if (st == DRIFT_OK)
		drift__map_put(m, key, v);
	return st;
}

static void
xml_attributes(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x, struct drift__map_builder *m)
{
	const struct drift__xml_attribute *at;
	const struct drift__field *f;

	for (at = x->attributes; at != NULL; at = at->next) {
		f = drift__shape_by_wire(s, at->name);
		if (f != NULL && f->attribute)
			drift__map_put(m, f->name, drift__decode_scalar(d->arena, f, f->time, at->value, strlen(at->value)));
	}
}

enum drift_status
drift__xml_members(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x, const char *const *skip,
	struct drift__map_builder *m)
{
	const struct drift__xml *c;
	enum drift_status st = DRIFT_OK;
	size_t i;

	xml_attributes(d, s, x, m);
	for (c = x->child; st == DRIFT_OK && c != NULL; c = c->next) {
		for (i = 0; skip != NULL && skip[i] != NULL && strcmp(skip[i], c->name) != 0; i++)
			;
		if (skip != NULL && skip[i] != NULL && drift__shape_by_wire(s, c->name) == NULL)
			continue;
		if (m->len >= MAX_KEYS)
			return drift__fail(d->err, DRIFT_LIMIT, d->where, "an element of the reply has more than %d different members", MAX_KEYS);
		st = xml_member(d, s, c, m);
	}
	return st;
}

static enum drift_status
xml_struct(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x, const struct drift_value **out)
{
	struct drift__map_builder m;
	enum drift_status st;

	drift__map_init(&m, d->arena);
	st = drift__xml_members(d, s, x, NULL, &m);
	if (st == DRIFT_OK)
		return drift__decode_map(d, &m, out);
	drift__map_dispose(&m);
	return st;
}

enum drift_status
drift__xml_value(struct drift__decoder *d, const struct drift__field *f, const struct drift__xml *x, const struct drift_value **out)
{
	switch (f->shape->kind) {
	case DRIFT__SHAPE_STRUCT:
		return xml_struct(d, f->shape, x, out);
	case DRIFT__SHAPE_LIST:
		return xml_list(d, f->shape, x, NULL, out);
	case DRIFT__SHAPE_MAP:
		return xml_map(d, f->shape, x, NULL, out);
	case DRIFT__SHAPE_ANY:
		return generic_value(d, x, out);
	default:
		return give(d, drift__decode_scalar(d->arena, f, f->time, x->text, x->n_text), out);
	}
}
