/* Docs: what is known of one live object while the scan runs. */
#include "live/engine.h"

#include <string.h>

enum { NAMES = 8 }; /* that are put besides an item's own: _account to _state, and a read or two */

struct drift__open_doc {
	struct drift__doc *doc;
	struct drift_value value; /* a map over members */
	struct drift__member *members;
	size_t cap;
	bool changed; /* since it was packed */
	struct drift__open_doc *next;
};

/* ---- open and closed ---- */

static bool
make_room(struct drift__doc *d, size_t cap)
{
	struct drift__open_doc *o = d->open;
	struct drift__member *more = drift__arena_alloc(&d->job->engine->moment, cap * sizeof *more);

	if (more == NULL) {
		drift__engine_fail(d->job->engine, DRIFT_NOMEM);
		return false;
	}
	if (o->value.len > 0)
		memcpy(more, o->members, o->value.len * sizeof *more);
	o->members = more;
	o->value.u.plain = more;
	o->cap = cap;
	return true;
}

/* Key and value are lent. Closed docs keep their members, lent ones aside. */
static void
put_member(struct drift__doc *d, const char *key, size_t n, const struct drift_value *v)
{
	struct drift__open_doc *o = d->open;
	size_t i;

	for (i = 0; o != NULL && i < o->value.len; i++) {
		if (o->members[i].key_len == n && memcmp(o->members[i].key, key, n) == 0) {
			o->members[i].value = *v;
			return;
		}
	}
	if (o != NULL && (o->value.len < o->cap || make_room(d, o->cap == 0 ? 16 : o->cap * 2)))
		o->members[o->value.len++] = (struct drift__member){key, n, *v};
}

static const char parent_name[] = "_parent", outer_name[] = "_outer", state_name[] = "_state";

static bool
is_lent(const struct drift__doc *d, const struct drift__member *m)
{
	return (d->parent != NULL && strcmp(m->key, parent_name) == 0) || (d->outer != NULL && strcmp(m->key, outer_name) == 0) ||
		(d->state != NULL && strcmp(m->key, state_name) == 0);
}

/* A doc may be opened twice at once through a child of it, so the parent comes first. */
static void
put_lent(struct drift__doc *d)
{
	if (d->parent != NULL)
		put_member(d, parent_name, sizeof parent_name - 1, drift__doc_value(d->parent));
	if (d->outer != NULL)
		put_member(d, outer_name, sizeof outer_name - 1, d->outer);
	if (d->state != NULL)
		put_member(d, state_name, sizeof state_name - 1, d->state);
}

/* With the members of all, where there is room for more. */
static void
open_with(struct drift__doc *d, const struct drift_value *all)
{
	struct drift__engine *e = d->job->engine;
	uint32_t i;

	d->open = drift__arena_zalloc(&e->moment, sizeof *d->open);
	if (d->open == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	d->open->doc = d;
	d->open->next = e->open_docs;
	e->open_docs = d->open;
	d->open->value.kind = DRIFT_MAP;
	if (!make_room(d, all->len + (size_t)NAMES))
		return;
	for (i = 0; i < all->len; i++) {
		struct drift__keyed m = drift__keyed_at(all, i);

		d->open->members[i] = (struct drift__member){m.key, m.key_len, *m.value};
	}
	d->open->value.len = all->len;
}

static void
open_doc(struct drift__doc *d)
{
	struct drift__engine *e = d->job->engine;
	struct drift_value all = {.kind = DRIFT_MAP};

	if (d->packed != NULL && drift__unpack(&e->moment, &e->likes, d->packed, &all) == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		all = (struct drift_value){.kind = DRIFT_MAP};
	}
	open_with(d, &all);
}

const struct drift_value *
drift__doc_value(const struct drift__doc *lent)
{
	struct drift__doc *d = (struct drift__doc *)(uintptr_t)lent; /* what it says stays the same */

	if (d->open == NULL) {
		open_doc(d);
		put_lent(d);
	} else if (d->parent != NULL) {
		/* more may be known of the parent by now */
		put_member(d, parent_name, sizeof parent_name - 1, drift__doc_value(d->parent));
	}
	return d->open != NULL ? &d->open->value : &drift__null;
}

static void
close_doc(struct drift__open_doc *o, struct drift__buf *bytes)
{
	struct drift__doc *d = o->doc;
	struct drift__engine *e = d->job->engine;
	struct drift_value own = {.kind = DRIFT_MAP, .u = {.plain = o->members}};
	size_t i;

	d->open = NULL;
	if (!o->changed)
		return;
	for (i = 0; i < o->value.len; i++)
		if (!is_lent(d, &o->members[i]))
			o->members[own.len++] = o->members[i];
	bytes->len = 0;
	drift__pack(bytes, &e->likes, &own);
	drift__free(d->packed);
	d->packed = bytes->status == DRIFT_OK ? drift__malloc(bytes->len) : NULL;
	if (d->packed != NULL)
		memcpy(d->packed, bytes->data, bytes->len);
	else
		drift__engine_fail(e, DRIFT_NOMEM);
}

void
drift__docs_close(struct drift__engine *e)
{
	struct drift__buf bytes = DRIFT__BUF_INIT((size_t)1 << 31);
	struct drift__open_doc *o;

	for (o = e->open_docs; o != NULL; o = o->next)
		close_doc(o, &bytes);
	e->open_docs = NULL;
	drift__buf_dispose(&bytes);
}

void
drift__doc_empty(struct drift__doc *d)
{
	if (d->open != NULL) {
		d->open->value.len = 0;
		d->open->changed = false;
	}
	drift__free(d->packed);
	d->packed = NULL;
}

void
drift__docs_free(struct drift__job *job)
{
	size_t i;

	for (i = 0; i < job->n_docs; i++) {
		drift__free(job->docs[i]->packed);
		if (job->docs[i]->unknown != NULL)
			drift__list_dispose(job->docs[i]->unknown);
	}
	drift__free(job->docs);
	job->docs = NULL;
	job->n_docs = job->cap_docs = 0;
	drift__keys_dispose(&job->by_key);
	drift__arena_dispose(&job->own);
}

void
drift__doc_lend_parent(struct drift__doc *d, const struct drift__doc *parent)
{
	d->parent = parent;
	(void)drift__doc_value(d);
}

void
drift__doc_lend_outer(struct drift__doc *d, const struct drift_value *v)
{
	(void)drift__doc_value(d);
	d->outer = v;
	put_lent(d);
}

void
drift__doc_lend_state(struct drift__doc *d, const struct drift_value *v)
{
	(void)drift__doc_value(d);
	d->state = v;
	put_lent(d);
}

/* ---- what is known of it ---- */

static void
put_text(struct drift__doc *d, const char *name, const char *text)
{
	struct drift_value v = {.kind = DRIFT_NULL};

	if (text != NULL)
		v = (struct drift_value){.kind = DRIFT_STRING, .len = (uint32_t)strlen(text), .u = {.text = text}};
	put_member(d, name, strlen(name), &v);
}

void
drift__doc_put(struct drift__engine *e, struct drift__doc *d, const char *name, const struct drift_value *v)
{
	if (v == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	(void)drift__doc_value(d);
	if (d->open != NULL)
		d->open->changed = true;
	put_member(d, name, strlen(name), v);
}

/* The item (a map, or a plain value as _item) and the names that every expression may use. */
struct drift__doc *
drift__doc_add(struct drift__job *job, const struct drift_value *item)
{
	static const struct drift_value none = {.kind = DRIFT_MAP};
	struct drift__engine *e = job->engine;
	struct drift__doc *d = drift__arena_zalloc(&job->own, sizeof *d);
	bool is_map = drift_value_kind(item) == DRIFT_MAP;

	if (d != NULL && job->n_docs == job->cap_docs) {
		size_t cap = job->cap_docs == 0 ? 16 : job->cap_docs * 2;
		struct drift__doc **more = drift__realloc(job->docs, cap * sizeof *more);

		if (more == NULL) {
			d = NULL;
		} else {
			job->docs = more;
			job->cap_docs = cap;
		}
	}
	if (d == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return NULL;
	}
	job->docs[job->n_docs++] = d;
	d->job = job;
	open_with(d, is_map ? item : &none);
	if (!is_map)
		drift__doc_put(e, d, "_item", item);
	put_text(d, "_account", e->account);
	put_text(d, "_region", job->region != NULL ? job->region : e->home_region);
	put_text(d, "_partition", e->partition);
	/* whether the state manages anything of this type: what AWS sets by default then is somebody's choice */
	drift__doc_put(e, d, "_type_managed", drift__value_bool(job->claimed_keys.n > 0));
	if (job->scope != NULL)
		put_text(d, "_scope", job->scope);
	return d;
}

/* An expression that does not fit a reply is a mistake of the entry: the scan says so and stops. */
const struct drift_value *
drift__doc_eval(struct drift__engine *e, const struct drift__jmes *x, const struct drift_value *doc)
{
	const struct drift_value *out = &drift__null;
	enum drift_status st;

	if (x == NULL)
		return &drift__null;
	st = drift__jmes_search(x, doc, e->arena, &out, e->err);
	if (st != DRIFT_OK) {
		drift__engine_fail(e, st);
		return &drift__null;
	}
	return out;
}

const struct drift_value *
drift__doc_fill(struct drift__engine *e, const struct drift__template *t, const struct drift_value *doc)
{
	const struct drift_value *out = &drift__null;
	enum drift_status st;

	if (t == NULL)
		return &drift__null;
	st = drift__template_run(t, doc, e->arena, &out, e->err);
	if (st != DRIFT_OK) {
		drift__engine_fail(e, st);
		return &drift__null;
	}
	return out;
}

const char *
drift__doc_key(struct drift__engine *e, struct drift__doc *d)
{
	const struct drift__type *t = d->job->type;
	const char *key;

	if (d->key != NULL)
		return d->key;
	key = drift__value_str(drift__doc_fill(e, t->live_key != NULL ? t->live_key : t->id, drift__doc_value(d)));
	if (key != NULL)
		d->key = drift__keys_text(&d->job->claimed_keys, key);
	if (d->key == NULL)
		d->key = drift__arena_strdup(&d->job->own, key);
	if (key != NULL && d->key == NULL)
		drift__engine_fail(e, DRIFT_NOMEM);
	return d->key;
}

const char *
drift__doc_name(struct drift__engine *e, const struct drift__doc *d)
{
	return drift__value_str(drift__doc_eval(e, d->job->type->name_of, drift__doc_value(d)));
}

static const char *
first_of(const struct drift_value *v, const char *const *names)
{
	for (; *names != NULL; names++)
		if (drift__value_gets(v, *names) != NULL)
			return drift__value_gets(v, *names);
	return NULL;
}

const struct drift_value *
drift__doc_tags(struct drift__engine *e, const struct drift__doc *d)
{
	static const char *const keys[] = {"Key", "key", "TagKey", NULL}, *const values[] = {"Value", "value", "TagValue", NULL};
	const struct drift_value *v = drift__doc_eval(e, d->job->type->tags, drift__doc_value(d));
	struct drift__map_builder out;
	size_t i;

	if (drift_value_kind(v) == DRIFT_MAP)
		return v;
	if (drift_value_kind(v) != DRIFT_LIST)
		return NULL;
	drift__map_init(&out, e->arena);
	for (i = 0; i < v->len; i++) {
		const char *key = first_of(&v->u.items[i], keys), *value = first_of(&v->u.items[i], values);

		if (key != NULL)
			drift__map_puts(&out, key, value != NULL ? value : "");
	}
	return drift__map_finish(&out);
}
