/* Snapshots as JSON, and back.
 *
 * {"format_version": "1.0", "side": "live", "meta": {…}, "gaps": […], "resources": [{"type": …, "flags": ["in_scope"], …}]}: members are
 * those of struct drift_resource, absent ones are left out. Secrets are sealed (model/sealed.h); what is no text is cut out and named in
 * `unknown` instead. */
#include "model/alike.h"
#include "model/resource.h"
#include "model/sealed.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MAX_BYTES = 1 << 30 };

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {{DRIFT__IN_SCOPE, "in_scope"}, {DRIFT__LOOKED_UP, "looked_up"}, {DRIFT__AWS_DEFAULT, "aws_default"},
	{DRIFT__BACKEND, "backend"}, {DRIFT__TAINTED, "tainted"}, {DRIFT__DEPOSED, "deposed"}, {DRIFT__DATA, "data"},
	{DRIFT__FOREIGN, "foreign"}, {DRIFT__INCOMPLETE, "incomplete"}, {DRIFT__GONE, "gone"}, {DRIFT__PARTIAL_SCOPE, "partial_scope"},
	{DRIFT__PREFERRED, "preferred"}};

enum { N_FLAGS = sizeof flag_names / sizeof flag_names[0] };

static const struct place {
	const char *name;
	size_t offset;
	bool more; /* in struct drift__more */
	enum drift_kind kind; /* DRIFT_NULL = any */
} texts[] = {
#define TEXT(member) {#member, offsetof(struct drift_resource, member), false, DRIFT_STRING}
#define MORE_TEXT(member) {#member, offsetof(struct drift__more, member), true, DRIFT_STRING}
	TEXT(address), MORE_TEXT(provider_alias), MORE_TEXT(deposed), TEXT(id), TEXT(name), TEXT(arn), TEXT(account), TEXT(region), TEXT(import_id),
	MORE_TEXT(parent_type), MORE_TEXT(parent_key), MORE_TEXT(physical), MORE_TEXT(owner), MORE_TEXT(owner_rule),
#undef TEXT
#undef MORE_TEXT
}, values[] = {
#define VALUE(member, kind) {#member, offsetof(struct drift_resource, member), false, kind}
#define MORE_VALUE(member, kind) {#member, offsetof(struct drift__more, member), true, kind}
	VALUE(dependencies, DRIFT_LIST), VALUE(sensitive, DRIFT_LIST), MORE_VALUE(identity, DRIFT_NULL), VALUE(tags, DRIFT_MAP),
	VALUE(attributes, DRIFT_MAP), MORE_VALUE(unknown, DRIFT_LIST),
#undef VALUE
#undef MORE_VALUE
};

static const struct {
	const char *name;
	size_t offset, bytes;
} numbers[] = {
#define NUMBER(member) {#member, offsetof(struct drift_resource, member), sizeof(((struct drift_resource *)0)->member)}
	NUMBER(schema_version), NUMBER(source), NUMBER(read_ms),
#undef NUMBER
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- writing ---- */

static const void *
at(const struct drift_resource *r, const struct place *p)
{
	return (p->more ? (const char *)r->more : (const char *)r) + p->offset;
}

struct cutter {
	struct drift__arena *a;
	const struct drift_resource *r;
	const struct drift_value *path;
	bool removed; /* something could not be sealed */
};

static const struct drift_value *cut(struct cutter *c, const struct drift_value *v, size_t step);

/* A step that is a number picks one element, a name goes into all, and anything else (the key of a set) means all, too. */
static const struct drift_value *
cut_list(struct cutter *c, const struct drift_value *v, size_t step)
{
	const struct drift_value *at = drift_value_at(c->path, step);
	struct drift__list_builder b;
	int64_t index = -1;
	size_t i, next = drift_value_kind(at) == DRIFT_STRING ? step : step + 1;

	drift__value_to_int(at, &index);
	drift__list_init(&b, c->a);
	for (i = 0; i < v->len; i++) {
		const struct drift_value *item = drift_value_at(v, i);

		drift__list_add(&b, index < 0 || (size_t)index == i ? cut(c, item, next) : item);
	}
	return drift__list_finish(&b);
}

static const struct drift_value *
cut_away(struct cutter *c, const struct drift_value *v)
{
	struct drift__buf salt = DRIFT__BUF_INIT(1 << 20);
	const struct drift_value *sealed = NULL;
	size_t i;

	if (drift__value_is_empty(v) || drift__is_sealed(v))
		return v != NULL ? v : &drift__null;
	if (v->kind != DRIFT_STRING) {
		c->removed = true;
		return &drift__null;
	}
	drift__buf_addf(&salt, "%s %s", c->r->type, c->r->id != NULL ? c->r->id : "");
	for (i = 0; i < drift_value_size(c->path); i++)
		if (drift__value_str(drift_value_at(c->path, i)) != NULL)
			drift__buf_addf(&salt, " %s", drift__value_str(drift_value_at(c->path, i)));
	if (salt.status == DRIFT_OK)
		sealed = drift__seal(c->a, v->u.text, v->len, salt.data);
	drift__buf_dispose(&salt);
	return sealed;
}

/* v without the secret that path[step…] leads to; a step that is not understood cuts everything below it. NULL without memory. */
static const struct drift_value *
cut(struct cutter *c, const struct drift_value *v, size_t step)
{
	struct drift__map_builder b;
	const char *name;
	size_t i, n;

	if (step >= drift_value_size(c->path))
		return cut_away(c, v);
	if (drift__value_is_empty(v))
		return v != NULL ? v : &drift__null;
	if (v->kind == DRIFT_LIST)
		return cut_list(c, v, step);
	name = drift__value_str(drift_value_at(c->path, step));
	if (v->kind != DRIFT_MAP || name == NULL || drift__is_sealed(v))
		return cut_away(c, v);
	drift__map_init(&b, c->a);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);
		const struct drift_value *item = drift_value_at(v, i);

		drift__map_putn(&b, key, n, strcmp(key, name) == 0 ? cut(c, item, step + 1) : item);
	}
	return drift__map_finish(&b);
}

/* ["a", 0, "b"] -> "a.b", as `unknown` names attributes. */
static const struct drift_value *
dotted(struct drift__arena *a, const struct drift_value *path)
{
	struct drift__buf b = DRIFT__BUF_INIT(4096);
	const struct drift_value *v = NULL;
	size_t i;

	for (i = 0; i < drift_value_size(path); i++) {
		const char *name = drift__value_str(drift_value_at(path, i));

		if (name != NULL)
			drift__buf_addf(&b, "%s%s", b.len > 0 ? "." : "", name);
	}
	if (b.status == DRIFT_OK)
		v = drift__value_string(a, b.data != NULL ? b.data : "");
	drift__buf_dispose(&b);
	return v;
}

static void
put_without_secrets(struct drift__arena *a, struct drift__map_builder *m, const struct drift_resource *r)
{
	const struct drift_value *attributes = r->attributes;
	struct drift__list_builder unknown;
	size_t i;

	drift__list_init(&unknown, a);
	for (i = 0; i < drift_value_size(r->more->unknown); i++)
		drift__list_add(&unknown, drift_value_at(r->more->unknown, i));
	for (i = 0; i < drift_value_size(r->sensitive) && attributes != NULL; i++) {
		struct cutter c = {a, r, drift_value_at(r->sensitive, i), false};

		if (drift_value_size(c.path) == 0)
			continue;
		attributes = cut(&c, attributes, 0);
		if (c.removed)
			drift__list_add(&unknown, dotted(a, c.path));
	}
	if (r->attributes != NULL)
		drift__map_put(m, "attributes", attributes);
	if (unknown.len > 0)
		drift__map_put(m, "unknown", drift__list_finish(&unknown));
	else
		drift__list_dispose(&unknown);
}

static const struct drift_value *
list_of_texts(struct drift__arena *a, const char *const *texts_in)
{
	struct drift__list_builder b;

	drift__list_init(&b, a);
	for (; *texts_in != NULL; texts_in++)
		drift__list_add(&b, drift__value_string(a, *texts_in));
	return drift__list_finish(&b);
}

static const struct drift_value *
flags_to_value(struct drift__arena *a, unsigned flags)
{
	struct drift__list_builder b;
	size_t i;

	drift__list_init(&b, a);
	for (i = 0; i < N_FLAGS; i++)
		if (flags & flag_names[i].flag)
			drift__list_add(&b, drift__value_string(a, flag_names[i].name));
	return drift__list_finish(&b);
}

static int64_t
number_at(const struct drift_resource *r, size_t i)
{
	const void *p = (const char *)r + numbers[i].offset;

	return numbers[i].bytes == sizeof(int64_t) ? *(const int64_t *)p : *(const int *)p;
}

static const struct drift_value *
resource_to_value(struct drift__arena *a, const struct drift_resource *r, bool with_secrets)
{
	struct drift__map_builder m;
	size_t i;

	drift__map_init(&m, a);
	drift__map_puts(&m, "type", r->type);
	drift__map_put(&m, "flags", flags_to_value(a, r->flags));
	for (i = 0; i < COUNT(texts); i++) {
		const char *text = *(const char *const *)at(r, &texts[i]);

		if (text != NULL)
			drift__map_puts(&m, texts[i].name, text);
	}
	if (r->keys != NULL)
		drift__map_put(&m, "keys", list_of_texts(a, r->keys));
	for (i = 0; i < COUNT(numbers); i++)
		if (number_at(r, i) != 0)
			drift__map_puti(&m, numbers[i].name, number_at(r, i));
	for (i = 0; i < COUNT(values); i++) {
		const struct drift_value *v = *(const struct drift_value *const *)at(r, &values[i]);

		if (v != NULL)
			drift__map_put(&m, values[i].name, v);
	}
	if (!with_secrets)
		put_without_secrets(a, &m, r);
	return drift__map_finish(&m);
}

enum drift_status
drift_snapshot_to_json(const struct drift_snapshot *s, bool with_secrets, char **text_out, struct drift_error *err)
{
	struct drift__buf out = DRIFT__BUF_INIT(MAX_BYTES);
	struct drift__arena a;
	char *text;
	size_t i;

	drift__arena_init(&a, 0);
	drift__buf_addf(&out, "{\n  \"format_version\": \"1.0\",\n  \"side\": \"%s\",\n  \"meta\": ",
		s->side == DRIFT_SIDE_LIVE ? "live" : "state");
	drift__json_write(&out, s->meta, 0, false);
	drift__buf_adds(&out, ",\n  \"gaps\": ");
	drift__json_write(&out, s->gaps, 0, false);
	drift__buf_adds(&out, ",\n  \"resources\": [");
	for (i = 0; i < s->n_resources && out.status == DRIFT_OK; i++) {
		const struct drift_value *v = resource_to_value(&a, &s->resources[i], with_secrets);

		if (v == NULL)
			break;
		drift__buf_adds(&out, i == 0 ? "\n    " : ",\n    ");
		drift__json_write(&out, v, 0, false);
		drift__arena_dispose(&a);
		drift__arena_init(&a, 0);
	}
	drift__buf_adds(&out, i == 0 ? "]\n}\n" : "\n  ]\n}\n");
	drift__arena_dispose(&a);
	if (out.status == DRIFT_LIMIT) {
		drift__buf_dispose(&out);
		return drift__fail(err, DRIFT_LIMIT, "snapshot", "the JSON text would be larger than %d bytes", MAX_BYTES);
	}
	text = i == s->n_resources ? drift__buf_take(&out) : NULL;
	drift__buf_dispose(&out);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}

/* ---- reading ---- */

struct reader {
	const char *name; /* of the input */
	size_t at;        /* index of the resource */
	struct drift_snapshot *snapshot;
	struct drift_error *err;
};

static enum drift_status
wrong(const struct reader *in, const char *member, const char *wanted)
{
	char where[256];

	snprintf(where, sizeof where, "%s: resources[%zu].%s", in->name, in->at, member);
	return drift__fail(in->err, DRIFT_BAD_JSON, where, "expected %s", wanted);
}

static enum drift_status
read_flags(const struct reader *in, struct drift_resource *r, const struct drift_value *v)
{
	size_t i, k;

	for (i = 0; i < drift_value_size(v); i++) {
		const char *name = drift__value_str(drift_value_at(v, i));

		for (k = 0; k < N_FLAGS; k++)
			if (drift__streq(name, flag_names[k].name))
				break;
		if (k == N_FLAGS)
			return wrong(in, "flags", "a list of flags that this version knows");
		r->flags |= flag_names[k].flag;
	}
	return DRIFT_OK;
}

static enum drift_status
read_keys(const struct reader *in, struct drift_resource *r, const struct drift_value *v)
{
	const char **keys;
	size_t i, n = drift_value_size(v);

	if (drift_value_kind(v) == DRIFT_NULL)
		return DRIFT_OK;
	if (v->kind != DRIFT_LIST)
		return wrong(in, "keys", "a list of texts");
	keys = drift__arena_zalloc(&in->snapshot->arena, (n + 1) * sizeof *keys);
	if (keys == NULL)
		return drift__nomem(in->err);
	for (i = 0; i < n; i++) {
		keys[i] = drift__value_str(drift_value_at(v, i));
		if (keys[i] == NULL)
			return wrong(in, "keys", "a list of texts");
	}
	r->keys = keys;
	return DRIFT_OK;
}

/* What is read of one resource. */
struct parts {
	struct drift_resource *r;
	struct drift__more more;
};

static void *
place_in(struct parts *to, const struct place *p)
{
	return (p->more ? (char *)&to->more : (char *)to->r) + p->offset;
}

static enum drift_status
read_places(const struct reader *in, struct parts *to, const struct drift_value *v, const struct place *places, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct drift_value *value = drift_value_get(v, places[i].name);
		enum drift_kind kind = places[i].kind;

		if (drift_value_kind(value) == DRIFT_NULL)
			continue;
		if (kind != DRIFT_NULL && drift_value_kind(value) != kind)
			return wrong(in, places[i].name, kind == DRIFT_STRING ? "a text" : kind == DRIFT_LIST ? "a list" : "a map");
		if (kind == DRIFT_STRING)
			*(const char **)place_in(to, &places[i]) = value->u.text;
		else
			*(const struct drift_value **)place_in(to, &places[i]) = value;
	}
	return DRIFT_OK;
}

static enum drift_status
read_numbers(const struct reader *in, struct drift_resource *r, const struct drift_value *v)
{
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		const struct drift_value *number = drift_value_get(v, numbers[i].name);
		void *to = (char *)r + numbers[i].offset;
		int64_t n;

		if (drift_value_kind(number) == DRIFT_NULL)
			continue;
		if (!drift__value_to_int(number, &n) || (numbers[i].bytes == sizeof(int) && (n < 0 || n > INT32_MAX)))
			return wrong(in, numbers[i].name, "a whole number");
		if (numbers[i].bytes == sizeof(int64_t))
			*(int64_t *)to = n;
		else
			*(int *)to = (int)n;
	}
	return DRIFT_OK;
}

static enum drift_status
read_resource(const struct reader *in, const struct drift_value *v)
{
	const char *type = drift__value_gets(v, "type");
	struct parts to = {0};
	enum drift_status st;

	if (type == NULL || *type == '\0')
		return wrong(in, "type", "the name of a resource type");
	to.r = drift__snapshot_add(in->snapshot, type);
	if (to.r == NULL)
		return drift__nomem(in->err);
	st = read_places(in, &to, v, texts, COUNT(texts));
	if (st == DRIFT_OK)
		st = read_places(in, &to, v, values, COUNT(values));
	if (st == DRIFT_OK)
		st = read_numbers(in, to.r, v);
	if (st == DRIFT_OK)
		st = read_flags(in, to.r, drift_value_get(v, "flags"));
	if (st == DRIFT_OK)
		st = read_keys(in, to.r, drift_value_get(v, "keys"));
	return st != DRIFT_OK || drift__resource_tell(in->snapshot, to.r, &to.more) ? st : drift__nomem(in->err);
}

static enum drift_status
check_head(const struct drift_value *root, const char *name, enum drift_side *side, struct drift_error *err)
{
	const char *version = drift__value_gets(root, "format_version"), *text = drift__value_gets(root, "side");

	if (version == NULL || text == NULL || drift_value_kind(drift_value_get(root, "resources")) != DRIFT_LIST) {
		drift__fail(err, DRIFT_BAD_JSON, name, "this is JSON, but no saved snapshot: format_version, side or resources is missing");
		drift__hint(err, "write one with `driftscan inventory -o json://live.json`");
		return DRIFT_BAD_JSON;
	}
	if (!drift__starts(version, "1.")) {
		drift__fail(err, DRIFT_BAD_VERSION, name, "snapshot format %.20s is newer than this version reads (1.x)", version);
		drift__hint(err, "update driftscan, or write the snapshot again with this version");
		return DRIFT_BAD_VERSION;
	}
	if (strcmp(text, "live") != 0 && strcmp(text, "state") != 0)
		return drift__fail(err, DRIFT_BAD_JSON, name, "side is neither \"live\" nor \"state\"");
	*side = strcmp(text, "live") == 0 ? DRIFT_SIDE_LIVE : DRIFT_SIDE_STATE;
	return DRIFT_OK;
}

enum drift_status
drift_snapshot_from_json(const char *text, size_t n_bytes, const char *name, struct drift_snapshot **out, struct drift_error *err)
{
	struct drift__likes likes;
	struct drift__json_options opt = {.name = name, .likes = &likes};
	struct reader in = {name, 0, drift__snapshot_new(DRIFT_SIDE_LIVE), err};
	const struct drift_value *root, *list;
	enum drift_status st;

	if (in.snapshot == NULL)
		return drift__nomem(err);
	drift__likes_init(&likes, &in.snapshot->arena);
	st = drift__json_parse(&in.snapshot->arena, text, n_bytes, &opt, &root, err);
	drift__likes_dispose(&likes);
	if (st == DRIFT_OK)
		st = check_head(root, name, &in.snapshot->side, err);
	list = st == DRIFT_OK ? drift_value_get(root, "resources") : NULL;
	for (; st == DRIFT_OK && in.at < drift_value_size(list); in.at++)
		st = read_resource(&in, drift_value_at(list, in.at));
	if (st == DRIFT_OK) {
		const struct drift_value *gaps = drift_value_get(root, "gaps"), *meta = drift_value_get(root, "meta");

		in.snapshot->gaps = drift_value_kind(gaps) == DRIFT_LIST ? gaps : NULL;
		in.snapshot->meta = drift_value_kind(meta) == DRIFT_MAP ? meta : NULL;
		st = drift__snapshot_seal(in.snapshot, err);
	}
	if (st == DRIFT_OK) {
		*out = in.snapshot;
		in.snapshot = NULL;
	}
	drift_snapshot_free(in.snapshot);
	return st;
}
