/* The query protocol and its EC2 dialect: a form goes out, XML comes back.
 *
 *	query  VpcIds ["a","b"] → VpcIds.member.1=a&VpcIds.member.2=b     <OpResponse><OpResult>members</OpResult>…
 *	ec2                     → VpcId.1=a&VpcId.2=b                     <OpResponse>members</OpResponse>
 *
 * The two differ in names of keys (ec2: with a capital), in lists (ec2: always flat) and in the wrapper of the reply. */
#include "aws/protocol.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_KEY = 1024 };

/* The key that is being written, e.g. "Filter.1.Value.2": grows and shrinks with the walk. */
struct form {
	struct drift__encoder *e;
	struct drift__buf body;
	char key[MAX_KEY];
	size_t n_key;
	bool ec2;
};

static void
add_pair(struct form *f, const char *key, const char *value, size_t n)
{
	if (f->body.len > 0)
		drift__buf_addc(&f->body, '&');
	drift__uri_encode(&f->body, key, strlen(key), false);
	drift__buf_addc(&f->body, '=');
	drift__uri_encode(&f->body, value, n, false);
}

/* Appends ".part" (or "part" at the start); the caller sets n_key back. */
static enum drift_status
push_key(struct form *f, const char *part)
{
	size_t n = strlen(part) + (f->n_key > 0);

	if (f->n_key + n >= MAX_KEY)
		return drift__fail(f->e->err, DRIFT_LIMIT, f->e->where, "the input is nested too deeply");
	snprintf(f->key + f->n_key, MAX_KEY - f->n_key, "%s%s", f->n_key > 0 ? "." : "", part);
	f->n_key += n;
	return DRIFT_OK;
}

static void
pop_key(struct form *f, size_t n)
{
	f->n_key = n;
	f->key[n] = '\0';
}

static enum drift_status add_value(struct form *f, const struct drift__field *field, const struct drift_value *v);

static enum drift_status
add_under(struct form *f, const char *part, const struct drift__field *field, const struct drift_value *v)
{
	size_t n = f->n_key;
	enum drift_status st = push_key(f, part);

	if (st == DRIFT_OK)
		st = add_value(f, field, v);
	pop_key(f, n);
	return st;
}

static enum drift_status
add_numbered(struct form *f, size_t i, const struct drift__field *field, const struct drift_value *v)
{
	char number[24];

	snprintf(number, sizeof number, "%zu", i);
	return add_under(f, number, field, v);
}

static enum drift_status
add_list(struct form *f, const struct drift__field *field, const struct drift_value *v)
{
	const struct drift__field *element = &field->shape->fields[0];
	size_t n_key = f->n_key, i;
	enum drift_status st = DRIFT_OK;

	if (drift_value_size(v) == 0) {
		if (!f->ec2)
			add_pair(f, f->key, "", 0);
		return DRIFT_OK;
	}
	/* a flat list's key is the name of its elements already: the model files have it so */
	if (!f->ec2 && !field->flat && !field->shape->flat)
		st = push_key(f, element->wire != NULL ? element->wire : "member");
	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++)
		st = add_numbered(f, i + 1, element, drift_value_at(v, i));
	pop_key(f, n_key);
	return st;
}

static enum drift_status
add_entry(struct form *f, const struct drift__shape *s, const struct drift_value *map, size_t i)
{
	size_t n_key = f->n_key;
	char number[24];
	enum drift_status st;

	snprintf(number, sizeof number, "%zu", i + 1);
	st = push_key(f, number);
	if (st == DRIFT_OK)
		st = push_key(f, s->fields[0].wire);
	if (st == DRIFT_OK) {
		add_pair(f, f->key, drift_value_key(map, i, NULL), strlen(drift_value_key(map, i, NULL)));
		pop_key(f, f->n_key - strlen(s->fields[0].wire) - 1);
		st = add_under(f, s->fields[1].wire, &s->fields[1], drift_value_at(map, i));
	}
	pop_key(f, n_key);
	return st;
}

static enum drift_status
add_map(struct form *f, const struct drift__field *field, const struct drift_value *v)
{
	size_t n_key = f->n_key, i;
	enum drift_status st = DRIFT_OK;

	if (!field->flat && !field->shape->flat)
		st = push_key(f, "entry");
	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++)
		st = add_entry(f, field->shape, v, i);
	pop_key(f, n_key);
	return st;
}

static enum drift_status
add_struct(struct form *f, const struct drift__shape *s, const struct drift_value *v)
{
	const struct drift__field *field;
	enum drift_status st = DRIFT_OK;
	char capital[256];
	const char *key;
	size_t i;

	for (i = 0; st == DRIFT_OK && i < drift_value_size(v); i++) {
		st = drift__encode_field(f->e, s, drift_value_key(v, i, NULL), &field);
		if (st != DRIFT_OK || drift_value_kind(drift_value_at(v, i)) == DRIFT_NULL)
			continue;
		key = field->form != NULL ? field->form : field->wire;
		if (f->ec2 && field->form == NULL) {
			snprintf(capital, sizeof capital, "%s", key);
			capital[0] = (char)toupper((unsigned char)capital[0]);
			key = capital;
		}
		st = add_under(f, key, field, drift_value_at(v, i));
	}
	return st;
}

static enum drift_status
wrong_kind(struct form *f, const char *wanted)
{
	return drift__fail(f->e->err, DRIFT_USAGE, f->e->where, "%s wants %s", f->n_key > 0 ? f->key : "the input", wanted);
}

static enum drift_status
add_value(struct form *f, const struct drift__field *field, const struct drift_value *v)
{
	enum drift_kind kind = drift_value_kind(v);
	enum drift_status st;
	const char *text;
	size_t n;

	switch (field->shape->kind) {
	case DRIFT__SHAPE_STRUCT:
		return kind == DRIFT_MAP ? add_struct(f, field->shape, v) : wrong_kind(f, "a map");
	case DRIFT__SHAPE_LIST:
		return kind == DRIFT_LIST ? add_list(f, field, v) : wrong_kind(f, "a list");
	case DRIFT__SHAPE_MAP:
		return kind == DRIFT_MAP ? add_map(f, field, v) : wrong_kind(f, "a map");
	default:
		st = drift__encode_scalar(f->e, field, v, &text, &n);
		if (st == DRIFT_OK)
			add_pair(f, f->key, text, n);
		return st;
	}
}

enum drift_status
drift__encode_query(struct drift__encoder *e)
{
	struct form *f = drift__arena_zalloc(e->arena, sizeof *f);
	enum drift_status st;

	if (f == NULL)
		return drift__nomem(e->err);
	f->e = e;
	f->ec2 = e->service->protocol == DRIFT__EC2;
	drift__buf_init(&f->body, DRIFT__MAX_REQUEST);
	add_pair(f, "Action", e->op->name, strlen(e->op->name));
	add_pair(f, "Version", e->service->api_version, strlen(e->service->api_version));
	st = e->input != NULL ? add_struct(f, e->op->input, e->input) : DRIFT_OK;
	if (st == DRIFT_OK)
		st = drift__encode_body(e, &f->body);
	if (st == DRIFT_OK)
		st = drift__encode_header(e, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
	drift__buf_dispose(&f->body);
	e->request->path = "/";
	return st;
}

/* ---- replies ---- */

/* The element that holds the members. A page of a proxy is XML too: without the expected names it is no answer, and must not be
 * taken for an empty one. */
static const struct drift__xml *
find_members(const struct drift__decoder *d, const struct drift__xml *root)
{
	size_t n = strlen(root->name), m = strlen("Response");

	if (n < m || strcmp(root->name + n - m, "Response") != 0)
		return NULL;
	return d->op->wrapper != NULL ? drift__xml_child(root, d->op->wrapper) : root;
}

static enum drift_status
decode_tree(struct drift__decoder *d, const struct drift__xml *root, const struct drift_value **out)
{
	static const char *const skip[] = {"ResponseMetadata", "requestId", "RequestId", NULL};
	const struct drift__xml *members = find_members(d, root);
	struct drift__map_builder m;
	enum drift_status st;

	if (members == NULL)
		return drift__decode_bad(d, "the reply is XML, but not this operation's answer");
	drift__map_init(&m, d->arena);
	st = drift__xml_members(d, d->op->output, members, skip, &m);
	if (st == DRIFT_OK)
		return drift__decode_map(d, &m, out);
	drift__map_dispose(&m);
	return st;
}

enum drift_status
drift__decode_query(struct drift__decoder *d, const struct drift_value **out)
{
	struct drift__map_builder empty;
	struct drift__arena tree; /* the values are copies: what is kept of a reply is half as large */
	struct drift__xml *root;
	enum drift_status st;

	if (d->op->output == NULL) {
		drift__map_init(&empty, d->arena);
		return drift__decode_map(d, &empty, out);
	}
	drift__arena_init(&tree, d->arena->max_bytes);
	st = drift__xml_parse(&tree, d->body, d->n_body, d->where, &root, d->err);
	if (st == DRIFT_OK)
		st = decode_tree(d, root, out);
	drift__arena_dispose(&tree);
	return st;
}
