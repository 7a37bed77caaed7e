/* services/NAME.json → struct drift__service with its operations and shapes linked to each other.
 *
 * First every named shape gets its struct, then the fields are filled, since shapes name each other in circles. */
#include "catalogue/embed.h"
#include "catalogue/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct linked {
	struct drift__service service; /* first: a lent service is a pointer to this */
	struct drift__operation *operations; /* sorted by name */
	size_t n_operations;
	struct drift__shape *shapes; /* sorted by name */
	size_t n_shapes;
};

/* What making one service needs. */
struct maker {
	struct drift__arena *arena;
	const char *path;
	struct linked *l;
	struct drift_error *err;
};

static const struct drift__shape scalars[] = {
	{.name = "any", .kind = DRIFT__SHAPE_ANY},
	{.name = "blob", .kind = DRIFT__SHAPE_BLOB},
	{.name = "boolean", .kind = DRIFT__SHAPE_BOOL},
	{.name = "float", .kind = DRIFT__SHAPE_FLOAT},
	{.name = "integer", .kind = DRIFT__SHAPE_INT},
	{.name = "string", .kind = DRIFT__SHAPE_STRING},
	{.name = "timestamp", .kind = DRIFT__SHAPE_TIMESTAMP},
};

static enum drift_status
bad(const struct maker *m, const char *where, const char *what)
{
	char place[256];

	snprintf(place, sizeof place, "%s: %s", m->path, where);
	return drift__fail(m->err, DRIFT_BAD_CATALOGUE, place, "%s", what);
}

static int
compare_shape(const void *name, const void *shape)
{
	return strcmp(name, ((const struct drift__shape *)shape)->name);
}

static struct drift__shape *
named_shape(const struct linked *l, const char *name)
{
	return l->n_shapes > 0 ? bsearch(name, l->shapes, l->n_shapes, sizeof *l->shapes, compare_shape) : NULL;
}

static const struct drift__shape *
find_shape(const struct linked *l, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
		if (strcmp(scalars[i].name, name) == 0)
			return &scalars[i];
	return named_shape(l, name);
}

/* ---- fields ---- */

static bool
choose(const char *text, const char *const *names, int *out)
{
	int i;

	for (i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static enum drift_status
read_extras(const struct maker *m, const char *where, const struct drift_value *extras, struct drift__field *f)
{
	static const char *const places[] = {"body", "uri", "querystring", "header", "headers", "status", NULL};
	static const char *const times[] = {"default", "iso8601", "rfc822", "unix", NULL};
	const char *at = drift__value_gets(extras, "at"), *time = drift__value_gets(extras, "time");
	int i;

	if (at != NULL && !choose(at, places, &i))
		return bad(m, where, "`at` is none of body, uri, querystring, header, headers, status");
	f->at = at != NULL ? (enum drift__location)i : DRIFT__IN_BODY;
	if (time != NULL && !choose(time, times, &i))
		return bad(m, where, "`time` is none of iso8601, rfc822, unix");
	f->time = time != NULL ? (enum drift__time_format)i : DRIFT__TIME_DEFAULT;
	f->form = drift__value_gets(extras, "form");
	f->flat = drift_value_bool(drift_value_get(extras, "flat"));
	f->tail = drift_value_bool(drift_value_get(extras, "tail"));
	f->attribute = drift_value_bool(drift_value_get(extras, "attribute"));
	return DRIFT_OK;
}

/* spec is "Shape", ["Shape", "wireName"] or ["Shape", "wireName", {extras}]. */
static enum drift_status
read_field(const struct maker *m, const char *where, const char *name, const struct drift_value *spec, struct drift__field *f)
{
	bool is_list = drift_value_kind(spec) == DRIFT_LIST;
	const char *shape = drift__value_str(is_list ? drift_value_at(spec, 0) : spec);
	const char *wire = drift__value_str(drift_value_at(is_list ? spec : NULL, 1));

	if (shape == NULL)
		return bad(m, where, "a field is the name of a shape, or a list that starts with one");
	f->shape = find_shape(m->l, shape);
	if (f->shape == NULL)
		return bad(m, where, "the field has a shape that is not defined");
	f->name = name;
	f->wire = wire != NULL ? wire : name;
	return is_list ? read_extras(m, where, drift_value_at(spec, 2), f) : DRIFT_OK;
}

static int
by_wire(const void *a, const void *b)
{
	return strcmp(((const struct drift__field *)a)->wire, ((const struct drift__field *)b)->wire);
}

static enum drift_status
read_members(const struct maker *m, struct drift__shape *s, const struct drift_value *def, const struct drift_value *members)
{
	const char *payload = drift__value_gets(def, "payload");
	size_t n = drift_value_size(members), i;
	struct drift__field *fields = drift__arena_zalloc(m->arena, n * sizeof *fields);
	enum drift_status st;

	if (fields == NULL)
		return drift__nomem(m->err);
	for (i = 0; i < n; i++) {
		st = read_field(m, s->name, drift_value_key(members, i, NULL), drift_value_at(members, i), &fields[i]);
		if (st != DRIFT_OK)
			return st;
	}
	if (n > 1)
		qsort(fields, n, sizeof *fields, by_wire);
	s->kind = DRIFT__SHAPE_STRUCT;
	s->fields = fields;
	s->n_fields = n;
	s->payload = payload != NULL ? drift__shape_by_name(s, payload) : NULL;
	if (payload != NULL && s->payload == NULL)
		return bad(m, s->name, "`payload` names no member");
	return DRIFT_OK;
}

static enum drift_status
read_elements(const struct maker *m, struct drift__shape *s, const struct drift_value *def)
{
	const struct drift_value *list = drift_value_get(def, "list"), *map = drift_value_get(def, "map");
	struct drift__field *fields = drift__arena_zalloc(m->arena, 2 * sizeof *fields);
	enum drift_status st;

	if (fields == NULL)
		return drift__nomem(m->err);
	s->flat = drift_value_bool(drift_value_get(def, "flat"));
	s->fields = fields;
	if (list != NULL) {
		s->kind = DRIFT__SHAPE_LIST;
		s->n_fields = 1;
		return read_field(m, s->name, NULL, list, &fields[0]);
	}
	if (drift_value_size(map) != 2 || drift_value_kind(map) != DRIFT_LIST)
		return bad(m, s->name, "a shape has `members`, `list`, or `map` with a key and a value");
	s->kind = DRIFT__SHAPE_MAP;
	s->n_fields = 2;
	st = read_field(m, s->name, NULL, drift_value_at(map, 0), &fields[0]);
	return st == DRIFT_OK ? read_field(m, s->name, NULL, drift_value_at(map, 1), &fields[1]) : st;
}

static int
by_shape_name(const void *a, const void *b)
{
	return strcmp(((const struct drift__shape *)a)->name, ((const struct drift__shape *)b)->name);
}

static enum drift_status
link_shapes(const struct maker *m, const struct drift_value *shapes)
{
	struct linked *l = m->l;
	size_t n = drift_value_size(shapes), i;
	enum drift_status st = DRIFT_OK;

	l->shapes = drift__arena_zalloc(m->arena, n * sizeof *l->shapes);
	if (l->shapes == NULL)
		return drift__nomem(m->err);
	for (i = 0; i < n; i++)
		l->shapes[i].name = drift_value_key(shapes, i, NULL);
	if (n > 1)
		qsort(l->shapes, n, sizeof *l->shapes, by_shape_name);
	l->n_shapes = n;
	for (i = 0; st == DRIFT_OK && i < n; i++) {
		struct drift__shape *s = named_shape(l, drift_value_key(shapes, i, NULL));
		const struct drift_value *def = drift_value_at(shapes, i), *members = drift_value_get(def, "members");

		st = members != NULL ? read_members(m, s, def, members) : read_elements(m, s, def);
	}
	return st;
}

/* ---- operations ---- */

static enum drift_status
operation_shape(const struct maker *m, const char *op, const char *shape, const struct drift__shape **out)
{
	if (shape == NULL)
		return DRIFT_OK;
	*out = named_shape(m->l, shape);
	return *out != NULL ? DRIFT_OK : bad(m, op, "the operation names a shape that is not defined");
}

static enum drift_status
read_pager(const struct maker *m, const char *op, const struct drift_value *def, struct drift__pager *p)
{
	if (def == NULL)
		return DRIFT_OK;
	p->input_tokens = drift_value_get(def, "input_token");
	p->output_tokens = drift_value_get(def, "output_token");
	p->result_keys = drift_value_get(def, "result_keys");
	p->more = drift__value_gets(def, "more");
	p->limit = drift__value_gets(def, "limit");
	if (drift_value_kind(p->input_tokens) != DRIFT_LIST || drift_value_size(p->input_tokens) == 0 ||
		drift_value_size(p->input_tokens) != drift_value_size(p->output_tokens))
		return bad(m, op, "the pager needs as many `output_token`s as `input_token`s, at least one");
	return drift_value_kind(p->result_keys) == DRIFT_LIST ? DRIFT_OK : bad(m, op, "the pager's `result_keys` are not a list");
}

static bool
has_reply_body(const struct drift__operation *op, const struct drift_value *def)
{
	const struct drift__shape *out = op->output;
	size_t i;

	if (strcmp(op->method, "HEAD") == 0)
		return false;
	if (out == NULL)
		return drift_value_size(drift_value_get(def, "out")) > 0;
	if (out->payload != NULL) /* a blob or a text may be empty */
		return out->payload->shape->kind == DRIFT__SHAPE_STRUCT;
	for (i = 0; i < out->n_fields; i++)
		if (out->fields[i].at == DRIFT__IN_BODY)
			return true;
	return false;
}

static enum drift_status
read_operation(const struct maker *m, const struct drift_value *def, struct drift__operation *op)
{
	const struct drift_value *http = drift_value_get(def, "http");
	enum drift_status st;

	op->method = drift__value_gets(http, "method");
	op->uri = drift__value_gets(http, "uri");
	if (op->method == NULL)
		op->method = "POST";
	if (op->uri == NULL)
		op->uri = "/";
	op->wrapper = drift__value_gets(def, "wrapper");
	op->root = drift__value_gets(def, "root");
	op->body_name = drift__value_gets(drift_value_get(def, "body"), "name");
	op->body_xmlns = drift__value_gets(drift_value_get(def, "body"), "xmlns");
	op->host_prefix = drift__value_gets(def, "host_prefix");
	op->unsigned_call = drift_value_bool(drift_value_get(def, "unsigned"));
	op->secret = drift_value_bool(drift_value_get(def, "secret"));
	op->iam = drift__value_gets(def, "iam");
	st = operation_shape(m, op->name, drift__value_gets(def, "input"), &op->input);
	if (st == DRIFT_OK)
		st = operation_shape(m, op->name, drift__value_gets(def, "output"), &op->output);
	op->input_names = drift_value_get(def, "in");
	op->has_reply_body = has_reply_body(op, def);
	return st == DRIFT_OK ? read_pager(m, op->name, drift_value_get(def, "pager"), &op->pager) : st;
}

static int
by_operation_name(const void *a, const void *b)
{
	return strcmp(((const struct drift__operation *)a)->name, ((const struct drift__operation *)b)->name);
}

static enum drift_status
link_operations(const struct maker *m, const struct drift_value *operations)
{
	struct linked *l = m->l;
	size_t n = drift_value_size(operations), i;
	enum drift_status st = DRIFT_OK;

	l->operations = drift__arena_zalloc(m->arena, n * sizeof *l->operations);
	if (l->operations == NULL)
		return drift__nomem(m->err);
	for (i = 0; st == DRIFT_OK && i < n; i++) {
		l->operations[i].name = drift_value_key(operations, i, NULL);
		st = read_operation(m, drift_value_at(operations, i), &l->operations[i]);
	}
	if (n > 1)
		qsort(l->operations, n, sizeof *l->operations, by_operation_name);
	l->n_operations = n;
	return st;
}

/* ---- the service ---- */

static enum drift_status
read_service(const struct maker *m, const struct drift_value *v, const char *name)
{
	static const char *const protocols[] = {"query", "ec2", "json", "rest-json", "rest-xml", NULL};
	struct drift__service *s = &m->l->service;
	const char *protocol = drift__value_gets(v, "protocol");
	int i;

	s->name = drift__value_gets(v, "service");
	s->service_id = drift__value_gets(v, "service_id");
	s->endpoint_prefix = drift__value_gets(v, "endpoint_prefix");
	s->signing_name = drift__value_gets(v, "signing_name");
	s->iam_prefix = drift__value_gets(v, "iam_prefix");
	s->api_version = drift__value_gets(v, "api_version");
	s->target_prefix = drift__value_gets(v, "target_prefix");
	s->json_version = drift__value_gets(v, "json_version");
	s->global = drift_value_bool(drift_value_get(v, "global"));
	s->s3 = drift_value_bool(drift_value_get(v, "s3"));
	s->query_compatible = drift_value_bool(drift_value_get(v, "query_compatible"));
	s->operations = drift_value_get(v, "operations");
	s->shapes = drift_value_get(v, "shapes");
	s->endpoints = drift_value_get(v, "endpoints");
	s->throttle = drift_value_get(v, "throttle");
	if (s->name == NULL || strcmp(s->name, name) != 0)
		return bad(m, "service", "the service's name is not the file's");
	if (protocol == NULL || !choose(protocol, protocols, &i))
		return bad(m, "protocol", "the protocol is none of query, ec2, json, rest-json, rest-xml");
	s->protocol = (enum drift__protocol)i;
	if (s->service_id == NULL || s->endpoint_prefix == NULL || s->signing_name == NULL || s->iam_prefix == NULL || s->api_version == NULL)
		return bad(m, "service", "service_id, endpoint_prefix, signing_name, iam_prefix and api_version are needed");
	if (s->protocol == DRIFT__JSON && (s->target_prefix == NULL || s->json_version == NULL))
		return bad(m, "service", "the json protocol needs target_prefix and json_version");
	if (drift_value_kind(s->operations) != DRIFT_MAP)
		return bad(m, "operations", "a service has a map of operations");
	return DRIFT_OK;
}

static enum drift_status
make(const struct drift_catalogue *c, struct drift__entry *e, struct drift_error *err)
{
	struct maker m = {.arena = c->arena, .path = e->path, .err = err};
	enum drift_status st;

	m.l = drift__arena_zalloc(c->arena, sizeof *m.l);
	if (m.l == NULL)
		return drift__nomem(err);
	st = read_service(&m, e->value, e->name);
	if (st == DRIFT_OK)
		st = link_shapes(&m, m.l->service.shapes);
	if (st == DRIFT_OK)
		st = link_operations(&m, m.l->service.operations);
	if (st == DRIFT_OK)
		e->made = m.l; /* lives in the arena */
	return st;
}

enum drift_status
drift__service_check(const struct drift_catalogue *c, struct drift__entry *e, struct drift_error *err)
{
	return e->made != NULL ? DRIFT_OK : make(c, e, err);
}

const struct drift__service *
drift__catalogue_service(const struct drift_catalogue *c, const char *name, struct drift_error *err)
{
	struct drift__entry *e = drift__catalogue_entry(c, DRIFT__SERVICE, name, err);

	if (e == NULL || drift__service_check(c, e, err) != DRIFT_OK)
		return NULL;
	return &((const struct linked *)e->made)->service;
}

static int
compare_operation(const void *name, const void *operation)
{
	return strcmp(name, ((const struct drift__operation *)operation)->name);
}

static struct drift__operation *
find_operation(const struct drift__service *s, const char *operation)
{
	const struct linked *l = (const struct linked *)s;

	if (l->n_operations == 0)
		return NULL;
	return bsearch(operation, l->operations, l->n_operations, sizeof *l->operations, compare_operation);
}

void
drift__service_mark_secret(const struct drift__service *s, const char *operation)
{
	struct drift__operation *op = find_operation(s, operation);

	if (op != NULL)
		op->secret = true;
}

const struct drift__operation *
drift__service_operation(const struct drift__service *s, const char *operation, struct drift_error *err)
{
	const struct drift__operation *op = find_operation(s, operation);

	if (op == NULL) {
		drift__fail(err, DRIFT_USAGE, s->name, "%s is not a read operation that the catalogue allows", operation);
		drift__hint(err, "services/%s.json lists what can be called", s->name);
	}
	return op;
}

/* ---- fields by name ---- */

const struct drift__field *
drift__shape_by_wire(const struct drift__shape *s, const char *wire)
{
	size_t low = 0, high = s->n_fields, mid;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		c = strcmp(wire, s->fields[mid].wire);
		if (c == 0)
			return &s->fields[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct drift__field *
drift__shape_by_name(const struct drift__shape *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_fields; i++)
		if (strcmp(s->fields[i].name, name) == 0)
			return &s->fields[i];
	return NULL;
}
