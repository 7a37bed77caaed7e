/* Docs become resources of a snapshot. */
#include "live/engine.h"

#include <string.h>

#include "catalogue/embed.h"
#include "model/alike.h"

static const char *
keep(struct drift__likes *l, const char *text)
{
	return text != NULL ? drift__likes_text(l, text, strlen(text)) : NULL;
}

static const char *
keep_text_of(struct drift__likes *l, const struct drift_value *v)
{
	return keep(l, drift_value_text(v, NULL));
}

/* What its expression is about was not read: it was refused, or the backend's bucket is nobody's business. */
static bool
is_unread(const struct drift__doc *d, const char *attribute)
{
	size_t i;

	for (i = 0; d->unknown != NULL && i < d->unknown->len; i++)
		if (drift__streq(drift__value_str(&d->unknown->items[i]), attribute))
			return true;
	return d->is_backend && !drift__doc_is_wanted(d);
}

/* What expressions make on their way to what is kept does not outlive one resource. */
static const struct drift_value *
attributes_of(struct drift__engine *e, struct drift__likes *l, const struct drift__doc *d)
{
	const struct drift__type *t = d->job->type;
	struct drift__scratch scratch;
	struct drift__map_builder out;
	const struct drift_value *kept;
	size_t i;

	drift__scratch_open(e, &scratch);
	drift__map_init(&out, e->arena);
	for (i = 0; i < t->n_attributes; i++) {
		const struct drift__attribute *a = &t->attributes[i];
		const struct drift__jmes *live;

		if (a->source == NULL || is_unread(d, a->name))
			continue;
		live = drift__type_live(t, i);
		if (live == NULL)
			drift__engine_fail(e, DRIFT_NOMEM);
		else
			drift__map_put(&out, a->name, drift__coerce(e->arena, drift__doc_eval(e, live, drift__doc_value(d)), a->schema,
				strstr(a->source, "snake(") != NULL));
	}
	kept = drift__map_finish(&out);
	if (kept != NULL)
		kept = drift__likes_copy(l, kept);
	drift__scratch_close(e, &scratch);
	return kept;
}

/* A rule of catalogue/owners.json: {"tag": "aws:cloudformation:stack-name", "owner": "cloudformation"}. */
static const char *
owner_by_tag(struct drift__engine *e, struct drift__likes *l, const struct drift__doc *d, const char **rule_out)
{
	struct drift__entry *table = drift__catalogue_entry(e->catalogue, DRIFT__TABLE, "owners", NULL);
	const struct drift_value *tags = drift__doc_tags(e, d);
	const struct drift_value *rules = table != NULL ? drift_value_get(table->value, "rules") : NULL;
	size_t i, j;

	for (i = 0; i < drift_value_size(rules); i++) {
		const char *tag = drift__value_gets(drift_value_at(rules, i), "tag"), *owner = drift__value_gets(drift_value_at(rules, i), "owner");

		for (j = 0; tag != NULL && j < drift_value_size(tags); j++) {
			const char *value = drift__value_str(drift_value_at(tags, j));

			if (!drift__glob(tag, drift_value_key(tags, j, NULL)))
				continue;
			*rule_out = drift__arena_printf(l->arena, "tag %s", drift_value_key(tags, j, NULL));
			return drift__arena_printf(l->arena, "%s:%s", owner, value != NULL ? value : "");
		}
	}
	return NULL;
}

static const char *owner_by_parents(struct drift__engine *e, struct drift__likes *l, const struct drift__doc *d, const char **rule_out);

static const char *
owner_of(struct drift__engine *e, struct drift__likes *l, const struct drift__doc *d, const char **rule_out)
{
	const struct drift__type *t = d->job->type;
	size_t i;

	for (i = 0; i < t->n_owners; i++) {
		const struct drift_value *v = drift__doc_eval(e, t->owners[i].when, drift__doc_value(d)), *owner;

		if (!drift_value_bool(v) && !(v->kind >= DRIFT_STRING && v->len > 0))
			continue;
		owner = drift__doc_fill(e, t->owners[i].owner, drift__doc_value(d));
		*rule_out = "catalogue entry";
		return owner->kind != DRIFT_NULL ? keep_text_of(l, owner) : "another manager";
	}
	return t->tags != NULL ? owner_by_tag(e, l, d, rule_out) : owner_by_parents(e, l, d, rule_out);
}

/* What can't be tagged was made by whoever made all that it hangs on, unless the state has one of them. Parents go round in no circle:
 * their jobs were made to a limited depth. */
static const char *
owner_by_parents(struct drift__engine *e, struct drift__likes *l, const struct drift__doc *d, const char **rule_out)
{
	const struct drift__type *t = d->job->type;
	const char *first = NULL, *rule = NULL;
	size_t i;

	for (i = 0; i < t->n_parents; i++) {
		const char *key = drift__value_str(drift__doc_fill(e, t->parents[i].key, drift__doc_value(d))), *owner, *by;
		const struct drift__doc *p = key != NULL ? drift__engine_find(e, t->parents[i].type, d->job->region, key) : NULL;

		if (p == NULL)
			continue;
		owner = p->claimed ? NULL : owner_of(e, l, p, &by);
		if (owner == NULL)
			return NULL;
		if (first == NULL) {
			first = owner;
			rule = by;
		}
	}
	if (first != NULL)
		*rule_out = drift__arena_printf(l->arena, "%s of what it hangs on", rule);
	return first;
}

static void
fill_parent(struct drift__engine *e, struct drift__likes *l, const struct drift__doc *d, struct drift__more *more)
{
	const struct drift__type *t = d->job->type;
	size_t i;

	for (i = 0; i < t->n_parents && more->parent_type == NULL; i++) {
		const char *key = drift__value_str(drift__doc_fill(e, t->parents[i].key, drift__doc_value(d)));

		if (key != NULL && (t->n_parents == 1 || drift__engine_find(e, t->parents[i].type, d->job->region, key) != NULL)) {
			more->parent_type = keep(l, t->parents[i].type);
			more->parent_key = keep(l, key);
		}
	}
}

static unsigned
flags_of(struct drift__engine *e, const struct drift__doc *d)
{
	const struct drift__type *t = d->job->type;
	unsigned flags = 0;
	const struct drift_value *prefer;

	if (d->in_scope && d->job->reported)
		flags |= DRIFT__IN_SCOPE;
	if (d->looked_up || t->only_in_state)
		flags |= DRIFT__LOOKED_UP;
	if (d->is_default)
		flags |= DRIFT__AWS_DEFAULT;
	if (d->unknown != NULL)
		flags |= DRIFT__INCOMPLETE;
	if (d->is_default && !d->claimed)
		flags |= DRIFT__PARTIAL_SCOPE;
	prefer = drift__doc_eval(e, t->prefer, drift__doc_value(d));
	if (drift_value_bool(prefer) || (prefer->kind >= DRIFT_STRING && prefer->len > 0))
		flags |= DRIFT__PREFERRED;
	if (d->is_backend)
		flags |= DRIFT__BACKEND;
	return flags;
}

static enum drift_status
add_resource(struct drift__engine *e, struct drift_snapshot *s, struct drift__likes *l, struct drift__doc *d, int64_t now_ms)
{
	const struct drift__type *t = d->job->type;
	struct drift_resource *r = drift__snapshot_add(s, t->name);
	struct drift__more more = {0};
	const char **keys, *where;
	const struct drift_value *region, *tags;

	if (r == NULL)
		return DRIFT_NOMEM;
	r->id = keep_text_of(l, drift__doc_fill(e, t->id, drift__doc_value(d)));
	r->name = keep(l, drift__doc_name(e, d));
	r->arn = keep_text_of(l, drift__doc_fill(e, t->arn, drift__doc_value(d)));
	r->account = keep(l, e->account);
	region = drift__doc_eval(e, t->region, drift__doc_value(d));
	where = drift__value_str(region) != NULL ? drift__value_str(region) : d->job->region;
	r->region = keep(l, where);
	r->import_id = keep_text_of(l, drift__doc_fill(e, t->import_id, drift__doc_value(d)));
	more.physical = keep_text_of(l, drift__doc_fill(e, t->physical, drift__doc_value(d)));
	tags = drift__doc_tags(e, d);
	r->tags = tags != NULL ? drift__likes_copy(l, tags) : NULL;
	keys = drift__arena_zalloc(&s->arena, 2 * sizeof *keys);
	if (keys == NULL)
		return DRIFT_NOMEM;
	keys[0] = keep(l, d->key);
	r->keys = keys;
	r->read_ms = now_ms;
	fill_parent(e, l, d, &more);
	r->flags = flags_of(e, d);
	more.owner = owner_of(e, l, d, &more.owner_rule);
	r->attributes = attributes_of(e, l, d);
	if (d->job->secret == NULL)
		d->job->secret = drift__secret_paths(t, &s->arena);
	if (d->job->secret == NULL)
		return DRIFT_NOMEM;
	r->sensitive = d->job->secret->len > 0 ? d->job->secret : NULL;
	if (d->unknown != NULL) {
		const struct drift_value *names = drift__list_finish(d->unknown);

		more.unknown = names != NULL ? drift__value_copy(&s->arena, names) : NULL;
	}
	return r->attributes != NULL && drift__resource_tell(s, r, &more) ? DRIFT_OK : DRIFT_NOMEM;
}

/* Where each type's list came in whole. */
static const struct drift_value *
listed(struct drift__engine *e, struct drift_snapshot *s)
{
	struct drift__map_builder out;
	size_t i, j;

	drift__map_init(&out, &s->arena);
	for (i = 0; i < e->n_jobs; i++) {
		struct drift__list_builder regions;

		if (i > 0 && e->jobs[i]->type == e->jobs[i - 1]->type)
			continue;
		drift__list_init(&regions, &s->arena);
		for (j = i; j < e->n_jobs && e->jobs[j]->type == e->jobs[i]->type; j++)
			if (e->jobs[j]->type->n_lists > 0 && e->jobs[j]->state == JOB_DONE && !e->jobs[j]->list_failed)
				drift__list_add(&regions, drift__value_string(&s->arena, e->jobs[j]->region != NULL ? e->jobs[j]->region : "*"));
		drift__map_put(&out, e->jobs[i]->type->name, drift__list_finish(&regions));
	}
	return drift__map_finish(&out);
}

static const struct drift_value *
looked_up_only(struct drift__engine *e, struct drift_snapshot *s)
{
	struct drift__map_builder out;
	size_t i;

	drift__map_init(&out, &s->arena);
	for (i = 0; i < drift_catalogue_size(e->catalogue); i++) {
		const char *name = drift_catalogue_type(e->catalogue, i);
		const struct drift__type *t = drift__type_is_asked_for(e->options, name) ? drift__catalogue_type(e->catalogue, name, NULL) : NULL;

		if (t != NULL && t->n_lists == 0)
			drift__map_puts(&out, t->name, t->why_not_listed);
	}
	return drift__map_finish(&out);
}

/* Sees to it that docs of a type are there until those of the last-th job are collected; false when they would be anyway. */
static bool
keep_until(struct drift__engine *e, const char *type, size_t last)
{
	bool later = false;
	size_t i;

	for (i = 0; type != NULL && i < e->n_jobs; i++) {
		struct drift__job *job = e->jobs[i];

		if (job->n_docs == 0 || job->last_use >= last || strcmp(job->type->name, type) != 0)
			continue;
		job->last_use = last;
		later = true;
	}
	return later;
}

/* What hangs on a doc looks at it, and at what that hangs on itself. */
static void
find_last_uses(struct drift__engine *e)
{
	bool more = true;
	size_t i, k;

	for (i = 0; i < e->n_jobs; i++)
		e->jobs[i]->last_use = i;
	while (more) {
		more = false;
		for (i = 0; i < e->n_jobs; i++) {
			const struct drift__job *job = e->jobs[i];

			for (k = 0; job->n_docs > 0 && k < job->type->n_parents; k++)
				more = keep_until(e, job->type->parents[k].type, job->last_use) || more;
			for (k = 0; job->n_docs > 0 && k < job->type->n_lists; k++)
				more = keep_until(e, job->type->lists[k].for_each, job->last_use) || more;
		}
	}
}

/* Those that the i-th job was the last to look at, so that resources take the place of docs and are not there beside them. */
static void
free_docs(struct drift__engine *e, size_t i)
{
	size_t k, freed = 0;

	drift__engine_end_moment(e);
	for (k = 0; k <= i; k++) {
		if (e->jobs[k]->last_use != i)
			continue;
		freed += e->jobs[k]->n_docs;
		drift__docs_free(e->jobs[k]);
	}
	if (freed >= 1000)
		drift__give_back();
}

static bool
is_collected(const struct drift__doc *d)
{
	return !d->dropped && d->key != NULL && (d->in_scope || d->claimed);
}

enum drift_status
drift__engine_collect(struct drift__engine *e, struct drift_snapshot *s)
{
	int64_t read_ms = drift__system_clock.now_ms(drift__system_clock.ctx);
	struct drift__map_builder meta;
	struct drift__aws_stats stats = {0};
	struct drift__likes likes;
	const struct drift_value *gaps = drift__list_finish(&e->gaps);
	size_t i, j, n = 0;

	if (gaps == NULL)
		return DRIFT_NOMEM;
	e->transport.stats(e->transport.ctx, &stats);
	read_ms -= stats.recalled_age_ms; /* nobody asks which of them an old answer told of */
	drift__engine_end_moment(e);
	drift__answers_forget(e);
	drift__give_back();
	for (i = 0; i < e->n_jobs; i++)
		for (j = 0; j < e->jobs[i]->n_docs; j++)
			n += is_collected(e->jobs[i]->docs[j]);
	drift__snapshot_reserve(s, n);
	find_last_uses(e);
	drift__likes_init(&likes, &s->arena);
	for (i = 0; i < e->n_jobs; i++) {
		for (j = 0; j < e->jobs[i]->n_docs; j++) {
			struct drift__doc *d = e->jobs[i]->docs[j];

			if (is_collected(d) && add_resource(e, s, &likes, d, read_ms) != DRIFT_OK)
				drift__engine_fail(e, DRIFT_NOMEM);
			if (e->jobs[i]->last_use == i)
				drift__doc_empty(d);
			drift__engine_settle(e);
		}
		if (e->jobs[i]->n_docs > 0)
			free_docs(e, i);
	}
	drift__likes_dispose(&likes);
	s->gaps = drift__value_copy(&s->arena, gaps);
	drift__map_init(&meta, &s->arena);
	drift__map_puts(&meta, "account", e->account);
	drift__map_puts(&meta, "partition", e->partition);
	drift__map_puts(&meta, "home_region", e->home_region);
	drift__map_puti(&meta, "api_calls", (int64_t)(stats.requests != 0 ? stats.requests - e->before.requests : e->n_calls));
	drift__map_puti(&meta, "retries", (int64_t)(stats.retries - e->before.retries));
	drift__map_puti(&meta, "throttles", (int64_t)(stats.throttles - e->before.throttles));
	if (stats.recalled > e->before.recalled) {
		drift__map_puti(&meta, "recalled", (int64_t)(stats.recalled - e->before.recalled));
		drift__map_puti(&meta, "recalled_age_ms", stats.recalled_age_ms);
	}
	drift__map_putb(&meta, "complete", gaps->len == 0);
	drift__map_put(&meta, "listed", listed(e, s));
	drift__map_put(&meta, "looked_up_only", looked_up_only(e, s));
	s->meta = drift__map_finish(&meta);
	return s->meta != NULL && s->gaps != NULL ? e->status : DRIFT_NOMEM;
}
