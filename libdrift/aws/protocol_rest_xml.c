/* REST with XML: places in path, query and headers; few reads have a body to send, most have one to receive. */
#define _POSIX_C_SOURCE 200809L
#include "aws/protocol.h"

#include <string.h>
#include <strings.h>

/* ---- requests ---- */

static void
add_text(struct drift__buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		switch (s[i]) {
		case '&': drift__buf_adds(b, "&amp;"); break;
		case '<': drift__buf_adds(b, "&lt;"); break;
		case '>': drift__buf_adds(b, "&gt;"); break;
		case '\r': drift__buf_adds(b, "&#13;"); break;
		default: drift__buf_addc(b, s[i]);
		}
	}
}

static enum drift_status add_element(struct drift__encoder *e, struct drift__buf *b, const char *name, const struct drift__field *f,
	const struct drift_value *v);

static enum drift_status
add_members(struct drift__encoder *e, struct drift__buf *b, const struct drift__shape *s, const struct drift_value *v)
{
	const struct drift__field *f;
	enum drift_status st = DRIFT_OK;
	size_t i;

	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++) {
		st = drift__encode_field(e, s, drift_value_key(v, i, NULL), &f);
		if (st == DRIFT_OK && f->at == DRIFT__IN_BODY && drift_value_kind(drift_value_at(v, i)) != DRIFT_NULL)
			st = add_element(e, b, f->wire, f, drift_value_at(v, i));
	}
	return st;
}

static enum drift_status
add_content(struct drift__encoder *e, struct drift__buf *b, const struct drift__field *f, const struct drift_value *v)
{
	const struct drift__field *element = f->shape->fields;
	enum drift_status st = DRIFT_OK;
	const char *text;
	size_t i, n;

	if (f->shape->kind == DRIFT__SHAPE_STRUCT && drift_value_kind(v) == DRIFT_MAP)
		return add_members(e, b, f->shape, v);
	if (f->shape->kind == DRIFT__SHAPE_LIST && drift_value_kind(v) == DRIFT_LIST) {
		for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++)
			st = add_element(e, b, element->wire, element, drift_value_at(v, i));
		return st;
	}
	st = drift__encode_scalar(e, f, v, &text, &n);
	if (st == DRIFT_OK)
		add_text(b, text, n);
	return st;
}

static enum drift_status
add_element(struct drift__encoder *e, struct drift__buf *b, const char *name, const struct drift__field *f, const struct drift_value *v)
{
	const struct drift__field *element = f->shape->fields;
	enum drift_status st = DRIFT_OK;
	size_t i;

	if (f->shape->kind == DRIFT__SHAPE_LIST && (f->flat || f->shape->flat) && drift_value_kind(v) == DRIFT_LIST) {
		for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++)
			st = add_element(e, b, name, element, drift_value_at(v, i));
		return st;
	}
	drift__buf_addf(b, "<%s>", name);
	st = add_content(e, b, f, v);
	drift__buf_addf(b, "</%s>", name);
	return st;
}

static bool
gives_body(const struct drift__encoder *e)
{
	const struct drift__field *f;
	size_t i;

	for (i = 0; i < drift_value_size(e->input); i++) {
		f = drift__shape_by_name(e->op->input, drift_value_key(e->input, i, NULL));
		if (f != NULL && f->at == DRIFT__IN_BODY && drift_value_kind(drift_value_at(e->input, i)) != DRIFT_NULL)
			return true;
	}
	return false;
}

enum drift_status
drift__encode_rest_xml(struct drift__encoder *e)
{
	struct drift__buf b = DRIFT__BUF_INIT(DRIFT__MAX_REQUEST);
	enum drift_status st = drift__encode_places(e);

	if (st != DRIFT_OK || e->op->body_name == NULL || e->op->input == NULL || !gives_body(e))
		return st;
	drift__buf_addf(&b, "<%s", e->op->body_name);
	if (e->op->body_xmlns != NULL)
		drift__buf_addf(&b, " xmlns=\"%s\"", e->op->body_xmlns);
	drift__buf_addc(&b, '>');
	st = add_members(e, &b, e->op->input, e->input);
	drift__buf_addf(&b, "</%s>", e->op->body_name);
	if (st == DRIFT_OK)
		st = drift__encode_body(e, &b);
	if (st == DRIFT_OK)
		st = drift__encode_header(e, "Content-Type", "application/xml");
	drift__buf_dispose(&b);
	return st;
}

/* ---- replies ---- */

static bool
wants_raw(const struct drift__shape *s)
{
	return s->payload != NULL && (s->payload->shape->kind == DRIFT__SHAPE_BLOB || s->payload->shape->kind == DRIFT__SHAPE_STRING);
}

/* An error, or a page of a proxy, that came with status 200. */
static enum drift_status
check_root(struct drift__decoder *d, const struct drift__xml *root)
{
	if (strcmp(root->name, "Error") == 0 || strcmp(root->name, "ErrorResponse") == 0)
		return drift__fail(d->err, DRIFT_AWS, d->where, "an error came with HTTP status %d", d->http_status);
	if (strcasecmp(root->name, "html") == 0)
		return drift__decode_bad(d, "the reply is an HTML page, not this operation's answer");
	return DRIFT_OK;
}

static enum drift_status
decode_tree(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *root, struct drift__map_builder *m)
{
	const struct drift__field *f = d->op->root != NULL ? drift__shape_by_name(s, d->op->root) : NULL;
	const struct drift_value *v;
	enum drift_status st;

	if (f != NULL) {
		/* empty is how the oldest region names itself: as null */
		drift__map_put(m, f->name, root->n_text > 0 ? drift__value_stringn(d->arena, root->text, root->n_text) : &drift__null);
		return DRIFT_OK;
	}
	if (s->payload == NULL)
		return drift__xml_members(d, s, root, NULL, m);
	st = drift__xml_value(d, s->payload, root, &v);
	if (st == DRIFT_OK)
		drift__map_put(m, s->payload->name, v);
	return st;
}

static enum drift_status
decode_body(struct drift__decoder *d, const struct drift__shape *s, struct drift__map_builder *m)
{
	struct drift__arena tree;
	struct drift__xml *root;
	enum drift_status st;

	if (wants_raw(s)) {
		drift__map_put(m, s->payload->name, drift__value_stringn(d->arena, d->body != NULL ? d->body : "", d->n_body));
		return DRIFT_OK;
	}
	if (!d->op->has_reply_body || d->n_body == 0)
		return DRIFT_OK;
	drift__arena_init(&tree, d->arena->max_bytes);
	st = drift__xml_parse(&tree, d->body, d->n_body, d->where, &root, d->err);
	if (st == DRIFT_OK)
		st = check_root(d, root);
	if (st == DRIFT_OK)
		st = decode_tree(d, s, root, m);
	drift__arena_dispose(&tree);
	return st;
}

enum drift_status
drift__decode_rest_xml(struct drift__decoder *d, const struct drift_value **out)
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
