/* Docs: what is known of one live object while the scan runs. */
#include "live/engine.h"

#include <string.h>

enum { NAMES = 8 }; /* that are put besides an item's own: _account to _state, and a read or two */

/* Key and value are lent: they live in the scan's arena, in the catalogue or in the program. There are as many docs as resources. */
static void
put_member(struct drift__engine *e, struct drift__doc *d, const char *key, size_t n, const struct drift_value *v)
{
	struct drift__member *more;
	size_t i;

	for (i = 0; i < d->value.len; i++) {
		if (d->members[i].key_len == n && memcmp(d->members[i].key, key, n) == 0) {
			d->members[i].value = *v;
			return;
		}
	}
	if (d->value.len == d->cap) {
		d->cap = d->cap == 0 ? 16 : d->cap * 2;
		more = drift__arena_alloc(e->arena, d->cap * sizeof *more);
		if (more == NULL) {
			drift__engine_fail(e, DRIFT_NOMEM);
			return;
		}
		if (d->value.len > 0)
			memcpy(more, d->members, d->value.len * sizeof *more);
		d->members = more;
		d->value.u.members = more;
	}
	d->members[d->value.len++] = (struct drift__member){key, n, *v};
}

static void
put_text(struct drift__engine *e, struct drift__doc *d, const char *name, const char *text)
{
	struct drift_value v = {.kind = DRIFT_NULL};

	if (text != NULL)
		v = (struct drift_value){.kind = DRIFT_STRING, .len = (uint32_t)strlen(text), .u = {.text = text}};
	put_member(e, d, name, strlen(name), &v);
}

void
drift__doc_put(struct drift__engine *e, struct drift__doc *d, const char *name, const struct drift_value *v)
{
	if (v == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	put_member(e, d, name, strlen(name), v);
}

/* The item (a map, or a plain value as _item) and the names that every expression may use. */
struct drift__doc *
drift__doc_add(struct drift__job *job, const struct drift_value *item)
{
	struct drift__engine *e = job->engine;
	struct drift__doc *d = drift__arena_zalloc(e->arena, sizeof *d);
	size_t i;

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
	d->value.kind = DRIFT_MAP;
	d->job = job;
	if (drift_value_kind(item) == DRIFT_MAP) {
		d->cap = item->len + NAMES;
		d->members = drift__arena_alloc(e->arena, d->cap * sizeof *d->members);
		d->value.u.members = d->members;
		if (d->members == NULL) {
			d->cap = 0;
			drift__engine_fail(e, DRIFT_NOMEM);
			return d;
		}
		for (i = 0; i < item->len; i++)
			put_member(e, d, item->u.members[i].key, item->u.members[i].key_len, &item->u.members[i].value);
	} else {
		drift__doc_put(e, d, "_item", item);
	}
	put_text(e, d, "_account", e->account);
	put_text(e, d, "_region", job->region != NULL ? job->region : e->home_region);
	put_text(e, d, "_partition", e->partition);
	/* whether the state manages anything of this type: what AWS sets by default then is somebody's choice */
	drift__doc_put(e, d, "_type_managed", drift__value_bool(job->claimed_keys.n > 0));
	if (job->scope != NULL)
		put_text(e, d, "_scope", job->scope);
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

	if (d->key == NULL)
		d->key = drift__value_str(drift__doc_fill(e, t->live_key != NULL ? t->live_key : t->id, &d->value));
	return d->key;
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
drift__doc_tags(struct drift__engine *e, const struct drift_value *v)
{
	static const char *const keys[] = {"Key", "key", "TagKey", NULL}, *const values[] = {"Value", "value", "TagValue", NULL};
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
