/* A types/x.json entry becomes a struct drift__type. Everything that can be wrong in an entry is found here, at build time for the
 * built-in ones. */
#include "catalogue/type_make.h"

#include <stdio.h>
#include <string.h>

#include "catalogue/embed.h"

static const char *const fields[] = {"type", "service", "extends", "scope", "list", "lookup", "why_not_listed", "only_in_state", "skip",
	"default", "read", "id", "name", "arn", "region", "tags", "parent", "identity", "merge", "physical", "prefer", "import_id",
	"import_id_planned", "import_note", "import_changes", "replaces", "excludes", "one_of", "match", "owner", "secret", "references",
	"attributes", "iam", "schema"};
static const char *const attribute_fields[] = {"live", "as", "absent", "ignore", "computed", "explode", "element_key", "siblings",
	"unset", "when_unset", "presence", "written", "why"};

void
drift__entry_bad(struct drift__entry_maker *m, const char *field, const char *what)
{
	char where[256];

	if (m->st != DRIFT_OK)
		return;
	snprintf(where, sizeof where, "%s: %s", m->path, field);
	m->st = drift__fail(m->err, DRIFT_BAD_CATALOGUE, where, "%s", what);
}

static bool
known(const char *const *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

void
drift__entry_fields(struct drift__entry_maker *m, const struct drift_value *v, const char *const *list, size_t n, const char *field)
{
	char what[200];
	size_t i;

	if (drift_value_kind(v) != DRIFT_MAP) {
		drift__entry_bad(m, field, "an object is expected");
		return;
	}
	for (i = 0; i < drift_value_size(v); i++) {
		if (!known(list, n, drift_value_key(v, i, NULL))) {
			snprintf(what, sizeof what, "there is no field \"%s\"", drift_value_key(v, i, NULL));
			drift__entry_bad(m, field, what);
		}
	}
}

/* ---- expressions and templates ---- */

struct drift__jmes *
drift__entry_expression(struct drift__entry_maker *m, const struct drift_value *v, const char *field)
{
	struct drift__jmes *e = NULL;
	char where[256];

	if (v == NULL || v->kind == DRIFT_NULL || m->st != DRIFT_OK)
		return NULL;
	if (v->kind != DRIFT_STRING) {
		drift__entry_bad(m, field, "an expression in quotes is expected");
		return NULL;
	}
	snprintf(where, sizeof where, "%s: %s", m->path, field);
	m->st = drift__jmes_compile(v->u.text, where, &e, m->err);
	drift__jmes_be_lenient(e);
	return e;
}

struct drift__template *
drift__entry_template(struct drift__entry_maker *m, const struct drift_value *v, const char *field)
{
	struct drift__template *t = NULL;
	char where[256];

	if (v == NULL || v->kind == DRIFT_NULL || m->st != DRIFT_OK)
		return NULL;
	if (v->kind != DRIFT_STRING) {
		drift__entry_bad(m, field, "a template in quotes is expected");
		return NULL;
	}
	snprintf(where, sizeof where, "%s: %s", m->path, field);
	m->st = drift__template_parse(v->u.text, where, &t, m->err);
	return t;
}

/* ---- the rest of an entry ---- */

static void
make_parents(struct drift__entry_maker *m, const struct drift_value *v)
{
	size_t i, n = drift_value_kind(v) == DRIFT_LIST ? drift_value_size(v) : 1;

	if (v == NULL || m->st != DRIFT_OK)
		return;
	m->t->parents = drift__calloc(n, sizeof *m->t->parents);
	if (m->t->parents == NULL) {
		m->st = drift__nomem(m->err);
		return;
	}
	m->t->n_parents = n;
	for (i = 0; i < n; i++) {
		const struct drift_value *p = v->kind == DRIFT_LIST ? drift_value_at(v, i) : v;

		m->t->parents[i].type = drift__value_gets(p, "type");
		m->t->parents[i].key = drift__entry_template(m, drift_value_get(p, "key"), "parent.key");
		m->t->parents[i].independent = drift_value_bool(drift_value_get(p, "independent"));
		if (m->t->parents[i].type == NULL || (m->t->parents[i].key == NULL && m->st == DRIFT_OK))
			drift__entry_bad(m, "parent", "type and key are needed");
	}
}

static void
make_owners(struct drift__entry_maker *m, const struct drift_value *v)
{
	size_t i, n = drift_value_size(v);

	if (v == NULL || m->st != DRIFT_OK)
		return;
	m->t->owners = drift__calloc(n, sizeof *m->t->owners);
	if (m->t->owners == NULL) {
		m->st = drift__nomem(m->err);
		return;
	}
	m->t->n_owners = n;
	for (i = 0; i < n; i++) {
		m->t->owners[i].when = drift__entry_expression(m, drift_value_get(drift_value_at(v, i), "when"), "owner.when");
		m->t->owners[i].owner = drift__entry_template(m, drift_value_get(drift_value_at(v, i), "owner"), "owner.owner");
		if (m->st == DRIFT_OK && (m->t->owners[i].when == NULL || m->t->owners[i].owner == NULL))
			drift__entry_bad(m, "owner", "when and owner are needed");
	}
}

static void
make_identity(struct drift__entry_maker *m, const struct drift_value *v)
{
	const struct drift_value *state = drift_value_get(v, "state");

	m->t->live_key = drift__entry_template(m, drift_value_get(v, "live"), "identity.live");
	if (state == NULL)
		return;
	/* a template has a hole; an expression that gives a list of keys has none at its outermost level */
	if (state->kind == DRIFT_STRING && strchr(state->u.text, '{') != NULL)
		m->t->state_key = drift__entry_template(m, state, "identity.state");
	else
		m->t->state_keys = drift__entry_expression(m, state, "identity.state");
}

static void
make_attribute(struct drift__entry_maker *m, const char *name, const struct drift_value *v, struct drift__attribute *a)
{
	const struct drift_value *live = drift_value_kind(v) == DRIFT_STRING ? v : drift_value_get(v, "live");
	const char *dot = strchr(name, '.');
	char top[128], field[160];

	snprintf(field, sizeof field, "attributes.%s", name);
	snprintf(top, sizeof top, "%.*s", (int)(dot != NULL ? dot - name : (long)strlen(name)), name);
	a->name = name;
	a->schema = drift_value_get(m->t->schema, top);
	if (a->schema == NULL) {
		drift__entry_bad(m, field, "the provider's schema has no such attribute");
		return;
	}
	if (v->kind == DRIFT_MAP) {
		drift__entry_fields(m, v, attribute_fields, sizeof attribute_fields / sizeof attribute_fields[0], field);
		if (drift_value_get(v, "ignore") != NULL && live != NULL)
			drift__entry_bad(m, field, "an attribute is compared or ignored, not both");
		if (drift_value_get(v, "ignore") != NULL && drift_value_size(drift_value_get(v, "ignore")) == 0)
			drift__entry_bad(m, field, "ignore says why");
		if (dot == NULL && live == NULL && drift_value_get(v, "ignore") == NULL)
			drift__entry_bad(m, field, "live or ignore is needed");
	}
	a->source = drift__value_str(live);
	if (m->checked)
		return;
	drift__jmes_free(drift__entry_expression(m, drift_value_get(v, "written"), field)); /* imports run it; here it is only checked */
	a->live = drift__entry_expression(m, live, field);
}

static void
make_attributes(struct drift__entry_maker *m, const struct drift_value *v)
{
	size_t i, n = drift_value_size(v);

	if (m->st != DRIFT_OK)
		return;
	m->t->attributes = drift__calloc(n, sizeof *m->t->attributes);
	if (m->t->attributes == NULL) {
		m->st = drift__nomem(m->err);
		return;
	}
	m->t->n_attributes = n;
	for (i = 0; i < n; i++)
		make_attribute(m, drift_value_key(v, i, NULL), drift_value_at(v, i), &m->t->attributes[i]);
}

/* Every type that the entry names must exist; a name may carry ".attribute". */
static void
check_type_name(struct drift__entry_maker *m, const char *name, const char *field)
{
	char type[128];
	const char *dot = name != NULL ? strchr(name, '.') : NULL;
	size_t i;

	if (name == NULL || m->st != DRIFT_OK)
		return;
	snprintf(type, sizeof type, "%.*s", (int)(dot != NULL ? dot - name : (long)strlen(name)), name);
	for (i = 0; i < m->c->n[DRIFT__TYPE]; i++)
		if (strcmp(m->c->entries[DRIFT__TYPE][i].name, type) == 0)
			return;
	drift__entry_bad(m, field, "the catalogue has no such type");
}

static void
check_names(struct drift__entry_maker *m)
{
	size_t i, k;

	for (i = 0; i < m->t->n_lists; i++) {
		check_type_name(m, m->t->lists[i].for_each, "list.for_each");
		for (k = 0; k < m->t->lists[i].n_if_any; k++)
			check_type_name(m, m->t->lists[i].if_any[k].type, "list.if_any");
	}
	for (i = 0; i < m->t->n_parents; i++)
		check_type_name(m, m->t->parents[i].type, "parent.type");
}

static void
type_free(void *made)
{
	struct drift__type *t = made;
	size_t i;

	if (t == NULL)
		return;
	drift__entry_free_calls(t->lists, t->n_lists);
	drift__entry_free_calls(t->lookup, 1);
	drift__entry_free_calls(t->reads, t->n_reads);
	drift__jmes_free(t->skip);
	drift__jmes_free(t->is_default);
	drift__jmes_free(t->name_of);
	drift__jmes_free(t->tags);
	drift__jmes_free(t->region);
	drift__jmes_free(t->prefer);
	drift__template_free(t->id);
	drift__template_free(t->arn);
	drift__template_free(t->import_id);
	drift__template_free(t->physical);
	drift__template_free(t->live_key);
	drift__template_free(t->state_key);
	drift__jmes_free(t->state_keys);
	for (i = 0; i < t->n_parents; i++)
		drift__template_free(t->parents[i].key);
	for (i = 0; i < t->n_owners; i++) {
		drift__jmes_free(t->owners[i].when);
		drift__template_free(t->owners[i].owner);
	}
	for (i = 0; i < t->n_attributes; i++)
		drift__jmes_free(t->attributes[i].live);
	drift__free(t->parents);
	drift__free(t->owners);
	drift__free(t->attributes);
	drift__free(t);
}

/* Lays the entry over the one that it extends: its own fields win. */
static const struct drift_value *
extended(struct drift__entry_maker *m, const struct drift_value *own)
{
	const char *base_name = drift__value_gets(own, "extends");
	struct drift__entry *base;
	struct drift__map_builder b;
	const struct drift_value *v;
	size_t i;

	if (base_name == NULL)
		return own;
	base = drift__catalogue_entry(m->c, DRIFT__TYPE, base_name, m->err);
	if (base == NULL || drift_value_get(base->value, "extends") != NULL) {
		drift__entry_bad(m, "extends", "a type of the catalogue that extends no other is expected");
		m->st = DRIFT_BAD_CATALOGUE;
		return NULL;
	}
	drift__map_init(&b, m->c->arena);
	for (i = 0; i < drift_value_size(base->value); i++)
		drift__map_put(&b, drift_value_key(base->value, i, NULL), drift_value_at(base->value, i));
	for (i = 0; i < drift_value_size(own); i++)
		drift__map_put(&b, drift_value_key(own, i, NULL), drift_value_at(own, i));
	v = drift__map_finish(&b);
	if (v == NULL)
		m->st = drift__nomem(m->err);
	return v;
}

/* The text of an expression that is nothing but 'text'; NULL for any other. */
static const char *
literal(struct drift__entry_maker *m, const struct drift_value *v)
{
	const char *s = drift__value_str(v);
	size_t n = s != NULL ? strlen(s) : 0;

	if (n < 2 || s[0] != '\'' || strcspn(s + 1, "'\\") != n - 2)
		return NULL;
	return drift__arena_strndup(m->c->arena, s + 1, n - 2);
}

static void
make_expressions(struct drift__entry_maker *m, const struct drift_value *e)
{
	struct drift__type *t = m->t;

	t->skip = drift__entry_expression(m, drift_value_get(e, "skip"), "skip");
	t->is_default = drift__entry_expression(m, drift_value_get(e, "default"), "default");
	t->name_of = drift__entry_expression(m, drift_value_get(e, "name"), "name");
	t->fixed_name = literal(m, drift_value_get(e, "name"));
	t->tags = drift__entry_expression(m, drift_value_get(e, "tags"), "tags");
	t->region = drift__entry_expression(m, drift_value_get(e, "region"), "region");
	t->prefer = drift__entry_expression(m, drift_value_get(e, "prefer"), "prefer");
	t->id = drift__entry_template(m, drift_value_get(e, "id"), "id");
	t->arn = drift__entry_template(m, drift_value_get(e, "arn"), "arn");
	t->import_id = drift__entry_template(m, drift_value_get(e, "import_id"), "import_id");
	t->physical = drift__entry_template(m, drift_value_get(e, "physical"), "physical");
	make_identity(m, drift_value_get(e, "identity"));
}

static void
make_type(struct drift__entry_maker *m, const struct drift_value *e)
{
	struct drift__type *t = m->t;
	const struct drift__service *s;
	const char *scope = drift__value_gets(e, "scope");

	drift__entry_fields(m, e, fields, sizeof fields / sizeof fields[0], "entry");
	t->entry = e;
	t->name = drift__value_gets(e, "type");
	t->service = drift__value_gets(e, "service");
	t->schema = drift_value_get(e, "schema");
	if (t->name == NULL || t->service == NULL || drift_value_kind(t->schema) != DRIFT_MAP)
		drift__entry_bad(m, "entry", "type, service and schema are needed");
	if (m->st != DRIFT_OK)
		return;
	s = drift__catalogue_service(m->c, t->service, m->err);
	if (s == NULL) {
		m->st = DRIFT_BAD_CATALOGUE;
		return;
	}
	t->global = scope != NULL ? strcmp(scope, "global") == 0 : s->global;
	t->cloudfront = drift__streq(scope, "regional+cloudfront");
	t->only_in_state = drift_value_bool(drift_value_get(e, "only_in_state"));
	t->why_not_listed = drift__value_gets(e, "why_not_listed");
	t->lists = drift__entry_calls(m, drift_value_get(e, "list"), "list", &t->n_lists);
	if (drift_value_get(e, "lookup") != NULL) {
		size_t one;

		t->lookup = drift__entry_calls(m, drift_value_get(e, "lookup"), "lookup", &one);
	}
	t->reads = drift__entry_calls(m, drift_value_get(e, "read"), "read", &t->n_reads);
	make_expressions(m, e);
	make_parents(m, drift_value_get(e, "parent"));
	make_owners(m, drift_value_get(e, "owner"));
	make_attributes(m, drift_value_get(e, "attributes"));
	if (m->st == DRIFT_OK && t->n_lists == 0 && t->lookup == NULL)
		drift__entry_bad(m, "list", "list or lookup is needed");
	if (m->st == DRIFT_OK && t->id == NULL)
		drift__entry_bad(m, "id", "is missing");
	if (m->st == DRIFT_OK && t->n_lists == 0 && t->why_not_listed == NULL)
		drift__entry_bad(m, "why_not_listed", "a type that is not listed says why");
}

/* Does a schema mark something as sensitive? Blocks nest at most a dozen levels deep in any provider. */
static bool
has_sensitive(const struct drift_value *members, int levels)
{
	size_t i;

	for (i = 0; drift_value_kind(members) == DRIFT_MAP && i < members->len && levels > 0; i++) {
		const struct drift_value *node = drift_value_at(members, i);
		const char *flags = drift_value_kind(node) == DRIFT_LIST ? drift__value_str(drift_value_at(node, 1)) : NULL;

		if ((flags != NULL && strchr(flags, 'S') != NULL) || has_sensitive(drift_value_get(node, "block"), levels - 1))
			return true;
	}
	return false;
}

static void
mark_secret(struct drift__entry_maker *m, const struct drift__call *calls, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		drift__service_mark_secret(drift__catalogue_service(m->c, calls[i].service, m->err), calls[i].op);
}

enum drift_status
drift__type_check(const struct drift_catalogue *c, struct drift__entry *e, struct drift_error *err)
{
	struct drift__type *t = drift__calloc(1, sizeof *t);
	struct drift__entry_maker m = {.c = c, .t = t, .path = e->path, .checked = e->blob != NULL, .err = err};
	const struct drift_value *v;

	if (e->made != NULL || t == NULL) {
		drift__free(t);
		return e->made != NULL ? DRIFT_OK : drift__nomem(err);
	}
	v = extended(&m, e->value);
	if (m.st == DRIFT_OK)
		make_type(&m, v);
	if (m.st == DRIFT_OK)
		check_names(&m);
	if (m.st == DRIFT_OK && (drift_value_size(drift_value_get(t->entry, "secret")) > 0 || has_sensitive(t->schema, 32))) {
		mark_secret(&m, t->lists, t->n_lists);
		mark_secret(&m, t->reads, t->n_reads);
		mark_secret(&m, t->lookup, t->lookup != NULL);
	}
	if (m.st != DRIFT_OK) {
		type_free(t);
		return m.st;
	}
	e->made = t;
	e->free_made = type_free;
	return DRIFT_OK;
}

const struct drift__type *
drift__catalogue_type(const struct drift_catalogue *c, const char *name, struct drift_error *err)
{
	struct drift__entry *e = drift__catalogue_entry(c, DRIFT__TYPE, name, err);

	if (e == NULL || drift__type_check(c, e, err) != DRIFT_OK)
		return NULL;
	return e->made;
}

const struct drift__jmes *
drift__type_live(const struct drift__type *t, size_t i)
{
	struct drift__attribute *a = &t->attributes[i];
	char where[256];

	if (a->live == NULL && a->source != NULL) {
		snprintf(where, sizeof where, "%s: attributes.%s", t->name, a->name);
		drift__jmes_compile(a->source, where, &a->live, NULL);
		drift__jmes_be_lenient(a->live);
	}
	return a->live;
}

const char *const *
drift__type_state_keys(const struct drift__type *t, const struct drift_value *attributes, struct drift__arena *a)
{
	const struct drift_value *v = &drift__null;
	const char **keys;
	size_t i, n = 0;

	if (t->state_key != NULL)
		drift__template_run(t->state_key, attributes, a, &v, NULL);
	else if (t->state_keys != NULL)
		drift__jmes_search(t->state_keys, attributes, a, &v, NULL);
	else if (drift_value_get(attributes, "id") != NULL)
		v = drift_value_get(attributes, "id");
	keys = drift__arena_zalloc(a, (drift_value_kind(v) == DRIFT_LIST ? v->len + 1 : 2) * sizeof *keys);
	if (keys == NULL)
		return NULL;
	if (drift_value_kind(v) == DRIFT_STRING)
		keys[n++] = v->u.text;
	for (i = 0; drift_value_kind(v) == DRIFT_LIST && i < v->len; i++)
		if (v->u.items[i].kind == DRIFT_STRING)
			keys[n++] = v->u.items[i].u.text;
	return keys;
}
