/* Reads of tags that were put off → ARNs, a hundred a call → tags of those that are known there; the others are read one by one. */
#include "live/tagging.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/embed.h"
#include "catalogue/shape.h"

/* A read of one job that waits. */
struct put_off {
	struct drift__job *job;
	const struct drift__call *call;
	struct drift__doc **docs;
	size_t n;
	struct put_off *next;
};

/* Where the tagging API is asked. */
struct drift__tagging_place {
	const char *region;
	struct put_off *first;
	bool refused; /* it can't be asked here, as was seen */
	struct drift__tagging_place *next;
};

struct drift__tagging {
	struct drift__tagging_place *places;
	const char *service, *op, *input, *items, *arn, *tags;
	size_t size, least;
};

/* What was put off in a place until one moment, and what is known of it. */
struct round {
	struct drift__tagging_place *place;
	struct put_off *first;
	struct drift__keys known; /* ARN → tags */
	struct drift__arena arena; /* of both */
	size_t pending;
};

bool
drift__tagging_open(struct drift__engine *e)
{
	const struct drift__entry *table = drift__catalogue_entry(e->catalogue, DRIFT__TABLE, "tagging", NULL);
	struct drift__tagging *t;
	int64_t size = 0, least = 0;

	if (table == NULL || e->options->native_tags)
		return true;
	t = drift__arena_zalloc(e->arena, sizeof *t);
	if (t == NULL)
		return false;
	t->service = drift__value_gets(table->value, "service");
	t->op = drift__value_gets(table->value, "op");
	t->input = drift__value_gets(table->value, "input");
	t->items = drift__value_gets(table->value, "items");
	t->arn = drift__value_gets(table->value, "arn");
	t->tags = drift__value_gets(table->value, "tags");
	if (drift__value_to_int(drift_value_get(table->value, "size"), &size) && size > 0 &&
		drift__value_to_int(drift_value_get(table->value, "least"), &least)) {
		t->size = (size_t)size;
		t->least = (size_t)least;
		e->tagging = t;
	}
	return true;
}

/* ---- forms ---- */

struct tag {
	const char *key, *value;
};

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct tag *)a)->key, ((const struct tag *)b)->key);
}

/* {"Key": "k", "Value": "v"} in any spelling. */
static struct tag
tag_of(const struct drift_value *v)
{
	static const char *const keys[] = {"Key", "key", "TagKey"}, *const values[] = {"Value", "value", "TagValue"};
	struct tag t = {NULL, NULL};
	size_t i;

	for (i = 0; i < 3 && t.key == NULL; i++) {
		t.key = drift__value_gets(v, keys[i]);
		t.value = drift__value_gets(v, values[i]);
	}
	return t;
}

/* How many there are, sorted; *out is for the caller to free. */
static size_t
take_tags(const struct drift_value *v, struct tag **out)
{
	struct tag *tags = drift__calloc(v->len + 1, sizeof *tags);
	size_t i, n = 0;

	*out = tags;
	for (i = 0; tags != NULL && i < v->len; i++) {
		tags[n] = v->kind == DRIFT_LIST ? tag_of(&v->u.items[i]) : (struct tag){drift_value_key(v, i, NULL), drift__value_str(drift_value_at(v, i))};
		n += tags[n].key != NULL;
	}
	if (n > 1)
		qsort(tags, n, sizeof *tags, by_key);
	return n;
}

const struct drift_value *
drift__tags_in_form(struct drift__engine *e, const struct drift_value *v, enum drift__tags_form form)
{
	static const char *const names[][2] = {[DRIFT__TAGS_KEY] = {"Key", "Value"}, [DRIFT__TAGS_LOWER_KEY] = {"key", "value"},
		[DRIFT__TAGS_TAG_KEY] = {"TagKey", "TagValue"}};
	struct drift__map_builder map;
	struct drift__list_builder list;
	struct tag *tags;
	size_t i, n;

	if (v->kind != DRIFT_LIST && v->kind != DRIFT_MAP)
		return v;
	n = take_tags(v, &tags);
	if (tags == NULL)
		return NULL;
	drift__list_init(&list, e->arena);
	drift__map_init(&map, e->arena);
	for (i = 0; i < n; i++) {
		struct drift__map_builder one;

		if (form == DRIFT__TAGS_MAP) {
			drift__map_puts(&map, tags[i].key, tags[i].value != NULL ? tags[i].value : "");
			continue;
		}
		drift__map_init(&one, e->arena);
		drift__map_puts(&one, names[form][0], tags[i].key);
		drift__map_puts(&one, names[form][1], tags[i].value != NULL ? tags[i].value : "");
		drift__list_add(&list, drift__map_finish(&one));
	}
	drift__free(tags);
	if (form == DRIFT__TAGS_MAP) {
		drift__list_dispose(&list);
		return drift__map_finish(&map);
	}
	drift__map_dispose(&map);
	return drift__list_finish(&list);
}

/* ---- may an answer be believed? ---- */

static bool
is_aws_own(const char *key)
{
	return strncmp(key, "aws:", 4) == 0;
}

/* The tags that a state has are all of those, and no others. */
static bool
same_tags(const struct drift_value *state, const struct drift_value *told)
{
	size_t i, n = 0, m = 0;

	for (i = 0; i < drift_value_size(state); i++)
		m += !is_aws_own(drift_value_key(state, i, NULL));
	for (i = 0; i < drift_value_size(told); i++) {
		struct tag t = tag_of(drift_value_at(told, i));
		const char *value = t.key != NULL ? drift__value_gets(state, t.key) : NULL;

		if (t.key == NULL || is_aws_own(t.key))
			continue;
		if (value == NULL || !drift__streq(value, t.value))
			return false;
		n++;
	}
	return n == m;
}

/* What the state says of the object that a doc stands for; NULL when it does not have it. */
static const struct drift_value *
state_of(struct drift__engine *e, struct drift__doc *d, bool *known)
{
	const char *key = drift__doc_key(e, d);
	const struct drift_resource *claim = key != NULL ? drift__keys_get(&d->job->claimed_keys, key) : NULL;

	*known = key != NULL || d->job->claimed_keys.n == 0;
	if (claim != NULL)
		return claim->attributes;
	return d->looked_up ? d->state : NULL;
}

static bool
is_believed(struct drift__engine *e, struct drift__doc *d, const struct drift_value *told)
{
	bool known;
	const struct drift_value *state = state_of(e, d, &known), *all = drift_value_get(state, "tags_all");

	if (!known)
		return false;
	return state == NULL || same_tags(drift_value_kind(all) == DRIFT_MAP ? all : drift_value_get(state, "tags"), told);
}

/* ---- a round ---- */

static const char *
arn_of(struct drift__engine *e, const struct drift__doc *d)
{
	return drift__value_str(drift__doc_fill(e, d->job->type->arn, drift__doc_value(d)));
}

/* Everything that was asked has been answered, or nothing was: the docs get their tags, or are read by themselves. */
static void
end_round(struct drift__engine *e, struct round *r)
{
	struct put_off *p;
	size_t i, left;

	for (p = r->first; p != NULL; p = p->next) {
		for (i = left = 0; i < p->n; i++) {
			const char *arn = r->known.n > 0 ? arn_of(e, p->docs[i]) : NULL;
			const struct drift_value *tags = arn != NULL ? drift__keys_get(&r->known, arn) : NULL;

			if (tags != NULL && is_believed(e, p->docs[i], tags))
				drift__doc_put(e, p->docs[i], p->call->into, drift__tags_in_form(e, tags, p->call->tags));
			else
				p->docs[left++] = p->docs[i];
			drift__engine_settle(e);
		}
		p->job->put_off--;
		drift__read_each(p->job, p->call, p->docs, left);
		drift__engine_has_asked(e, p->call);
		if (--p->job->pending == 0)
			drift__job_read(p->job);
	}
	drift__keys_dispose(&r->known);
	drift__arena_dispose(&r->arena);
}

static bool
add_known(struct round *r, const char *arn, const struct drift_value *tags)
{
	const char *own = drift__arena_strdup(&r->arena, arn);
	const struct drift_value *copy = drift__value_copy(&r->arena, tags);

	return own != NULL && copy != NULL && drift__keys_add(&r->known, own, (void *)(uintptr_t)copy);
}

static void
on_told(struct drift__engine *e, void *ctx, const struct drift__answer *a)
{
	const struct drift__tagging *t = e->tagging;
	struct round *r = *(struct round **)ctx;
	const struct drift_value *items;
	size_t i;

	if (a->status != DRIFT_OK) {
		if (!r->place->refused)
			drift__engine_say(e, 1, "tags are read one by one in %s: %s", r->place->region,
				a->failure != NULL ? a->failure->what : drift_status_text(a->status));
		r->place->refused = true;
	}
	items = a->status == DRIFT_OK ? drift_value_get(a->output, t->items) : NULL;
	for (i = 0; i < drift_value_size(items); i++) {
		const struct drift_value *item = drift_value_at(items, i), *tags = drift_value_get(item, t->tags);
		const char *arn = drift__value_gets(item, t->arn);

		if (arn != NULL && drift_value_kind(tags) == DRIFT_LIST && !add_known(r, arn, tags))
			drift__engine_fail(e, DRIFT_NOMEM);
	}
	if (--r->pending == 0)
		end_round(e, r);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ARNs, each once and in order; the texts lie in texts. */
static const char **
arns_of(struct drift__engine *e, struct drift__arena *texts, const struct put_off *first, size_t *n_out)
{
	const struct put_off *p;
	const char **arns;
	size_t i, n = 0, all = 0;

	for (p = first; p != NULL; p = p->next)
		all += p->n;
	arns = drift__calloc(all + 1, sizeof *arns);
	for (p = first; arns != NULL && p != NULL; p = p->next) {
		for (i = 0; i < p->n; i++) {
			arns[n] = drift__arena_strdup(texts, arn_of(e, p->docs[i]));
			n += arns[n] != NULL;
			drift__engine_settle(e);
		}
	}
	if (n > 1)
		qsort(arns, n, sizeof *arns, by_text);
	*n_out = 0;
	for (i = 0; i < n; i++)
		if (*n_out == 0 || strcmp(arns[*n_out - 1], arns[i]) != 0)
			arns[(*n_out)++] = arns[i];
	return arns;
}

/* How many calls it would take without. */
static size_t
calls_without(const struct put_off *first)
{
	const struct put_off *p;
	size_t n = 0;

	for (p = first; p != NULL; p = p->next) {
		size_t size = p->call->batched ? p->call->batch.size : 1;

		n += size == 0 ? 1 : (p->n + size - 1) / size;
	}
	return n;
}

static void
ask(struct drift__engine *e, struct round *r, const char *const *arns, size_t n)
{
	struct drift__map_builder input;
	struct drift__list_builder list;
	struct round **ctx = drift__malloc(sizeof *ctx);
	size_t i;

	if (ctx != NULL)
		*ctx = r;

	drift__list_init(&list, e->arena);
	for (i = 0; i < n; i++)
		drift__list_add(&list, drift__value_string(e->arena, arns[i]));
	drift__map_init(&input, e->arena);
	drift__map_put(&input, e->tagging->input, drift__list_finish(&list));
	r->pending++;
	drift__engine_ask(e, e->tagging->service, r->place->region, e->tagging->op, drift__map_finish(&input), on_told, ctx);
}

static void
start_round(struct drift__engine *e, struct drift__tagging_place *place)
{
	const struct drift__tagging *t = e->tagging;
	struct round *r = drift__arena_zalloc(e->lasting, sizeof *r);
	struct drift__arena texts;
	const char **arns;
	size_t i, n = 0;

	if (r == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	drift__arena_init(&r->arena, 0);
	r->arena.share_names = true;
	r->place = place;
	r->first = place->first;
	place->first = NULL;
	drift__arena_init(&texts, 0);
	arns = arns_of(e, &texts, r->first, &n);
	if (arns == NULL)
		drift__engine_fail(e, DRIFT_NOMEM);
	r->pending++;
	if (arns != NULL && !place->refused && calls_without(r->first) >= (n + t->size - 1) / t->size + t->least - 1)
		for (i = 0; i < n; i += t->size) {
			ask(e, r, arns + i, n - i < t->size ? n - i : t->size);
			drift__engine_settle(e);
		}
	drift__free(arns);
	drift__arena_dispose(&texts);
	if (--r->pending == 0)
		end_round(e, r);
}

/* ---- when ---- */

/* A read of tags that is still to come in a phase that this job is in. */
static bool
is_about_to(const struct drift__job *job, const char *region)
{
	size_t i;

	/* a later read of a job that waits itself can't be waited for */
	if ((job->state != JOB_LISTING && job->state != JOB_SCOPING) || job->put_off > 0)
		return false;
	if (job->region != NULL && strcmp(job->region, region) != 0)
		return false;
	for (i = job->state == JOB_LISTING ? 0 : job->wave; i < job->type->n_reads; i++)
		if (job->type->reads[i].tags != DRIFT__NO_TAGS)
			return true;
	return false;
}

void
drift__tagging_step(struct drift__engine *e)
{
	struct drift__tagging_place *place;
	size_t i;

	for (place = e->tagging != NULL ? e->tagging->places : NULL; place != NULL; place = place->next) {
		bool more = place->first == NULL;

		for (i = 0; i < e->n_jobs && !more; i++)
			more = is_about_to(e->jobs[i], place->region);
		if (!more)
			start_round(e, place);
	}
}

/* Where the tags of a doc are known: its own region, or the one that a global service's endpoint is signed for; NULL = nowhere. */
static const char *
region_of(struct drift__engine *e, const struct drift__doc *d)
{
	const struct drift__type *t = d->job->type;
	const char *own = drift__value_str(drift__doc_eval(e, t->region, drift__doc_value(d)));
	const struct drift__service *s;

	if (own != NULL || d->job->region != NULL)
		return own != NULL ? own : d->job->region;
	s = drift__catalogue_service(e->catalogue, t->service, NULL);
	return s != NULL ? drift__value_str(drift_value_at(drift_value_get(s->endpoints, e->partition), 1)) : NULL;
}

static struct drift__tagging_place *
place_of(struct drift__engine *e, const char *region)
{
	struct drift__tagging_place *p;

	for (p = e->tagging->places; p != NULL; p = p->next)
		if (strcmp(p->region, region) == 0)
			return p;
	p = drift__arena_zalloc(e->lasting, sizeof *p);
	if (p != NULL)
		p->region = drift__arena_strdup(e->lasting, region);
	if (p == NULL || p->region == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return NULL;
	}
	p->next = e->tagging->places;
	e->tagging->places = p;
	return p;
}

static void
put_one_off(struct drift__job *job, const struct drift__call *call, struct drift__doc **docs, size_t n, struct drift__tagging_place *place)
{
	struct drift__engine *e = job->engine;
	struct put_off *p = drift__arena_alloc(e->lasting, sizeof *p);
	struct drift__doc **own = drift__arena_alloc(e->lasting, n * sizeof *own);

	if (p == NULL || own == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	*p = (struct put_off){job, call, own, n, place->first};
	memcpy(own, docs, n * sizeof *own);
	place->first = p;
	job->put_off++;
	job->pending++;
	drift__engine_will_ask(e, call);
}

void
drift__tagging_put_off(struct drift__job *job, const struct drift__call *call, struct drift__doc **docs, size_t n)
{
	struct drift__engine *e = job->engine;
	size_t i, same;

	while (n > 0) {
		const char *region = e->tagging != NULL && job->type->arn != NULL ? region_of(e, docs[0]) : NULL;
		struct drift__tagging_place *place = region != NULL ? place_of(e, region) : NULL;

		/* most often all of them */
		for (same = i = 1; i < n; i++) {
			if (place != NULL && drift__streq(region_of(e, docs[i]), place->region)) {
				struct drift__doc *d = docs[i];

				docs[i] = docs[same];
				docs[same++] = d;
			}
			drift__engine_settle(e);
		}
		if (place == NULL) {
			drift__read_each(job, call, docs, n);
			return;
		}
		put_one_off(job, call, docs, same, place);
		docs += same;
		n -= same;
	}
}
