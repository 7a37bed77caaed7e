/* REST with JSON: places in path, query and headers; the rest is a JSON object whose keys are the wire names of the members. */
#include "aws/protocol.h"

#include <string.h>

/* ---- requests ---- */

static enum drift_status json_value(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v,
	const struct drift_value **out);

static enum drift_status
json_list(struct drift__encoder *e, const struct drift__field *element, const struct drift_value *v, const struct drift_value **out)
{
	struct drift__list_builder list;
	const struct drift_value *item;
	enum drift_status st = DRIFT_OK;
	size_t i;

	drift__list_init(&list, e->arena);
	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++) {
		st = json_value(e, element, drift_value_at(v, i), &item);
		if (st == DRIFT_OK)
			drift__list_add(&list, item);
	}
	if (st != DRIFT_OK) {
		drift__list_dispose(&list);
		return st;
	}
	*out = drift__list_finish(&list);
	return *out != NULL ? DRIFT_OK : drift__nomem(e->err);
}

/* The members of v that stand in the body, under their wire names; for maps every key as it is. */
static enum drift_status
json_object(struct drift__encoder *e, const struct drift__shape *s, const struct drift_value *v, const struct drift_value **out)
{
	const struct drift__field *f;
	const struct drift_value *item;
	struct drift__map_builder m;
	enum drift_status st = DRIFT_OK;
	const char *key;
	size_t i;

	drift__map_init(&m, e->arena);
	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++) {
		key = drift_value_key(v, i, NULL);
		f = &s->fields[1];
		if (s->kind == DRIFT__SHAPE_STRUCT) {
			st = drift__encode_field(e, s, key, &f);
			if (st != DRIFT_OK || f->at != DRIFT__IN_BODY || drift_value_kind(drift_value_at(v, i)) == DRIFT_NULL)
				continue;
			key = f->wire;
		}
		st = json_value(e, f, drift_value_at(v, i), &item);
		if (st == DRIFT_OK)
			drift__map_put(&m, key, item);
	}
	if (st != DRIFT_OK) {
		drift__map_dispose(&m);
		return st;
	}
	*out = drift__map_finish(&m);
	return *out != NULL ? DRIFT_OK : drift__nomem(e->err);
}

static enum drift_status
json_value(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v, const struct drift_value **out)
{
	enum drift__shape_kind kind = f->shape->kind;

	if ((kind == DRIFT__SHAPE_STRUCT || kind == DRIFT__SHAPE_MAP) && drift_value_kind(v) == DRIFT_MAP)
		return json_object(e, f->shape, v, out);
	if (kind == DRIFT__SHAPE_LIST && drift_value_kind(v) == DRIFT_LIST)
		return json_list(e, &f->shape->fields[0], v, out);
	*out = v;
	return DRIFT_OK;
}

static bool
has_body(const struct drift__shape *s)
{
	size_t i;

	for (i = 0; i < s->n_fields; i++)
		if (s->fields[i].at == DRIFT__IN_BODY)
			return true;
	return false;
}

static enum drift_status
encode_body(struct drift__encoder *e)
{
	struct drift__buf body = DRIFT__BUF_INIT(DRIFT__MAX_REQUEST);
	const struct drift__shape *s = e->op->input;
	const struct drift_value *v = NULL;
	enum drift_status st;

	if (s->payload != NULL) {
		v = drift_value_get(e->input, s->payload->name);
		if (v == NULL)
			return DRIFT_OK;
		st = json_value(e, s->payload, v, &v);
	} else {
		st = json_object(e, s, e->input, &v);
	}
	if (st == DRIFT_OK && drift_value_kind(v) == DRIFT_STRING)
		drift__buf_add(&body, drift_value_text(v, NULL), drift_value_size(v));
	else if (st == DRIFT_OK)
		drift__json_write(&body, v, 0, false);
	if (st == DRIFT_OK)
		st = drift__encode_body(e, &body);
	if (st == DRIFT_OK && drift_value_kind(v) != DRIFT_STRING)
		st = drift__encode_header(e, "Content-Type", "application/json");
	drift__buf_dispose(&body);
	return st;
}

enum drift_status
drift__encode_rest_json(struct drift__encoder *e)
{
	enum drift_status st = drift__encode_places(e);

	/* without it API Gateway answers in HAL, with other names */
	if (st == DRIFT_OK && (e->op->output == NULL || e->op->output->payload == NULL))
		st = drift__encode_header(e, "Accept", "application/json");
	if (st == DRIFT_OK && e->op->input != NULL && (e->op->input->payload != NULL || has_body(e->op->input)))
		st = encode_body(e);
	return st;
}

/* ---- replies ---- */

static const struct drift_value *tree_value(struct drift__decoder *d, const struct drift__field *f, const struct drift_value *v);

static void
tree_members(struct drift__decoder *d, const struct drift__shape *s, const struct drift_value *v, struct drift__map_builder *m)
{
	const struct drift__field *f;
	const char *key;
	size_t i, n;

	for (i = 0; i < drift_value_size(v); i++) {
		key = drift_value_key(v, i, &n);
		f = s->kind == DRIFT__SHAPE_MAP ? &s->fields[1] : drift__shape_by_wire(s, key);
		if (s->kind == DRIFT__SHAPE_MAP)
			drift__map_putn(m, key, n, tree_value(d, f, drift_value_at(v, i)));
		else if (f == NULL)
			drift__map_putn(m, key, n, drift_value_at(v, i));
		else if (f->at == DRIFT__IN_BODY)
			drift__map_put(m, f->name, tree_value(d, f, drift_value_at(v, i)));
	}
}

/* NULL without memory. */
static const struct drift_value *
tree_value(struct drift__decoder *d, const struct drift__field *f, const struct drift_value *v)
{
	enum drift__shape_kind kind = f->shape->kind;
	struct drift__list_builder list;
	struct drift__map_builder m;
	size_t i;

	if ((kind == DRIFT__SHAPE_STRUCT || kind == DRIFT__SHAPE_MAP) && drift_value_kind(v) == DRIFT_MAP) {
		drift__map_init(&m, d->arena);
		tree_members(d, f->shape, v, &m);
		return drift__map_finish(&m);
	}
	if (kind == DRIFT__SHAPE_LIST && drift_value_kind(v) == DRIFT_LIST) {
		drift__list_init(&list, d->arena);
		for (i = 0; i < drift_value_size(v); i++)
			drift__list_add(&list, tree_value(d, &f->shape->fields[0], drift_value_at(v, i)));
		return drift__list_finish(&list);
	}
	return v;
}

static enum drift_status
decode_body(struct drift__decoder *d, const struct drift__shape *s, struct drift__map_builder *m)
{
	const struct drift_value *v;
	enum drift_status st;

	if (s->payload != NULL && (s->payload->shape->kind == DRIFT__SHAPE_BLOB || s->payload->shape->kind == DRIFT__SHAPE_STRING)) {
		drift__map_put(m, s->payload->name, drift__value_stringn(d->arena, d->body != NULL ? d->body : "", d->n_body));
		return DRIFT_OK;
	}
	st = drift__json_reply(d, &v);
	if (st == DRIFT_OK && s->payload != NULL)
		drift__map_put(m, s->payload->name, tree_value(d, s->payload, v));
	else if (st == DRIFT_OK)
		tree_members(d, s, v, m);
	return st;
}

enum drift_status
drift__decode_rest_json(struct drift__decoder *d, const struct drift_value **out)
{
	struct drift__map_builder m;
	enum drift_status st = DRIFT_OK;

	drift__map_init(&m, d->arena);
	drift__decode_places(d, &m);
	if (d->op->output != NULL)
		st = decode_body(d, d->op->output, &m);
	if (st == DRIFT_OK)
		return drift__decode_map(d, &m, out);
	drift__map_dispose(&m);
	return st;
}
