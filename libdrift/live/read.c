/* The reads of a job, wave by wave: first those that decide on scope, then the others, one by one or in batches. */
#include "live/tagging.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct drift__job *job;
	const struct drift__call *call;
	size_t n;
	struct drift__doc *docs[]; /* one, or a batch */
};

/* Attributes that hang on this read and are not known now. */
static void
mark_unknown(struct drift__doc *d, const struct drift__call *call)
{
	struct drift__engine *e = d->job->engine;
	const struct drift__type *t = d->job->type;
	size_t i;

	if (d->unknown == NULL) {
		d->unknown = drift__arena_zalloc(&d->job->own, sizeof *d->unknown);
		if (d->unknown == NULL) {
			drift__engine_fail(e, DRIFT_NOMEM);
			return;
		}
		drift__list_init(d->unknown, &d->job->own);
	}
	if (call->scope)
		d->tags_unknown = true;
	for (i = 0; i < t->n_attributes; i++) {
		const struct drift__attribute *a = &t->attributes[i];
		bool hangs = call->into == NULL || (a->source != NULL && strstr(a->source, call->into) != NULL);
		size_t j;

		if (a->source == NULL)
			continue;
		for (j = 0; call->attributes != NULL && j < call->attributes->len; j++)
			hangs = drift__streq(drift__value_str(&call->attributes->u.items[j]), a->name) || (j > 0 && hangs);
		if (hangs)
			drift__list_add(d->unknown, drift__value_string(&d->job->own, a->name));
	}
}

static void
keep(struct drift__doc *d, const struct drift__call *call, const struct drift_value *v)
{
	struct drift__engine *e = d->job->engine;
	size_t i;

	if (call->into != NULL) {
		drift__doc_put(e, d, call->into, call->tags != DRIFT__NO_TAGS ? drift__tags_in_form(e, v, call->tags) : v);
		return;
	}
	for (i = 0; v->kind == DRIFT_MAP && i < v->len; i++)
		if (drift_value_at(v, i)->kind != DRIFT_NULL)
			drift__doc_put(e, d, drift_value_key(v, i, NULL), drift_value_at(v, i));
}

/* The items of a batch's answer by what they are told apart by: a batch may be all there are. */
struct found {
	const struct drift_value *key, *item;
};

static int
compare_found(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;
	int c = drift__value_compare(a->key, b->key);

	return c != 0 ? c : (a->item > b->item) - (a->item < b->item);
}

/* Sorted, in the engine's arena; none where the answer is a map by that. */
static struct found *
index_items(struct drift__engine *e, const struct drift__call *call, const struct drift_value *items)
{
	struct found *list;
	size_t i;

	if (call->batch.match == NULL || drift_value_kind(items) != DRIFT_LIST)
		return NULL;
	list = drift__arena_alloc(e->arena, (items->len + 1) * sizeof *list);
	if (list == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return NULL;
	}
	for (i = 0; i < items->len; i++)
		list[i] = (struct found){drift__doc_eval(e, call->batch.match, &items->u.items[i]), &items->u.items[i]};
	if (items->len > 1)
		qsort(list, items->len, sizeof *list, compare_found);
	return list;
}

/* The first that fits. */
static const struct drift_value *
matching_item(struct drift__engine *e, const struct drift__call *call, const struct drift_value *items, const struct found *found,
	const struct drift__doc *d)
{
	const struct drift_value *want = drift__doc_eval(e, call->batch.of, drift__doc_value(d));
	size_t lo = 0, hi = found != NULL ? items->len : 0;

	if (call->batch.match == NULL)
		return drift__value_str(want) != NULL ? drift_value_get(items, drift__value_str(want)) : NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (drift__value_compare(found[mid].key, want) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return found != NULL && lo < items->len && drift__value_compare(found[lo].key, want) == 0 ? found[lo].item : NULL;
}

static void
take_answer(struct reading *r, const struct drift_value *output)
{
	struct drift__engine *e = r->job->engine;
	const struct drift_value *items;
	struct drift__scratch scratch;
	const struct found *found;
	size_t i;

	e->arena = &e->opened;
	items = r->call->batched ? drift__doc_eval(e, r->call->items, output) : NULL;
	e->arena = &e->moment;
	drift__scratch_open(e, &scratch);
	found = r->call->batched ? index_items(e, r->call, items) : NULL;
	drift__scratch_pause(e, &scratch);

	for (i = 0; i < r->n; i++) {
		const struct drift_value *v = output;

		if (r->call->batched) {
			drift__scratch_resume(e, &scratch);
			v = matching_item(e, r->call, items, found, r->docs[i]);
			drift__scratch_pause(e, &scratch);
		}
		if (v != NULL && r->call->keep != NULL)
			v = drift__doc_eval(e, r->call->keep, v);
		keep(r->docs[i], r->call, v != NULL ? v : &drift__null);
		drift__engine_settle(e);
	}
	drift__scratch_close(e, &scratch);
}

static void
on_read(struct drift__engine *e, void *ctx, const struct drift__answer *a)
{
	struct reading *r = ctx;
	struct drift__job *job = r->job;
	bool absent = a->status != DRIFT_OK && drift__code_listed(r->call->absent, a);
	bool gone = a->status != DRIFT_OK && drift__code_listed(r->call->gone, a);
	size_t i;

	(void)e;
	if (a->status == DRIFT_OK)
		take_answer(r, a->output);
	else if (!absent && !gone)
		drift__job_gap_of(job, r->call, a);
	for (i = 0; a->status != DRIFT_OK && i < r->n; i++) {
		if (absent)
			keep(r->docs[i], r->call, &drift__null);
		else if (gone)
			r->docs[i]->dropped = true;
		else
			mark_unknown(r->docs[i], r->call);
	}
	if (--job->pending == 0)
		drift__job_read(job);
}

static void
ask_read(struct drift__job *job, const struct drift__call *call, struct drift__doc **docs, size_t n, const struct drift_value *view)
{
	struct drift__engine *e = job->engine;
	const struct drift_value *input = drift__call_input(e, call, view);
	const char *where = drift__value_str(drift__doc_eval(e, job->type->region, drift__doc_value(docs[0])));
	struct reading *r;

	if (input == NULL)
		return;
	r = drift__malloc(sizeof *r + n * sizeof *docs);
	if (r != NULL) {
		*r = (struct reading){.job = job, .call = call, .n = n};
		memcpy(r->docs, docs, n * sizeof *docs);
	}
	job->pending++;
	drift__engine_ask(e, call->service, where != NULL ? where : job->region, call->op, input, on_read, r);
}

static bool
wants(struct drift__job *job, const struct drift__call *call, const struct drift__doc *d)
{
	if (d->dropped)
		return false;
	if (job->state == JOB_READING ? !drift__doc_is_wanted(d) : d->is_backend && !d->claimed)
		return false;
	return call->when == NULL || drift__job_holds(job, call->when, d);
}

/* The docs that a read is made for; the array is for the caller to free. */
static struct drift__doc **
wanted(struct drift__job *job, const struct drift__call *call, size_t *n_out)
{
	struct drift__doc **docs = drift__malloc(job->n_docs * sizeof *docs);
	size_t i;

	*n_out = 0;
	if (docs == NULL)
		drift__engine_fail(job->engine, DRIFT_NOMEM);
	for (i = 0; docs != NULL && i < job->n_docs; i++) {
		if (wants(job, call, job->docs[i]))
			docs[(*n_out)++] = job->docs[i];
		drift__engine_settle(job->engine);
	}
	return docs;
}

/* What a batch is asked with: the first doc, and the list of all. */
static const struct drift_value *
batch_view(struct drift__engine *e, const struct drift__call *call, struct drift__doc **docs, size_t n)
{
	const struct drift_value *first = drift__doc_value(docs[0]);
	struct drift__map_builder view;
	struct drift__list_builder of;
	size_t i;

	drift__list_init(&of, e->arena);
	for (i = 0; i < n; i++)
		drift__list_add(&of, drift__doc_eval(e, call->batch.of, drift__doc_value(docs[i])));
	drift__map_init(&view, e->arena);
	for (i = 0; i < first->len; i++)
		drift__map_put(&view, drift_value_key(first, i, NULL), drift_value_at(first, i));
	drift__map_put(&view, "_batch", drift__list_finish(&of));
	return drift__map_finish(&view);
}

static bool
same_parent(const struct drift__doc *a, const struct drift__doc *b)
{
	return a->parent == NULL || b->parent == NULL || a->parent == b->parent;
}

/* One call for one doc, or for up to `size`. Where the input tells of the parent (a cluster), those of another one go into another batch;
 * what was listed for one parent stands together. */
static void
ask_next(struct drift__series *s)
{
	const struct drift__call *call = s->call;
	struct drift__doc **docs = s->docs + s->done;
	size_t n = 1, most = !call->batched ? 1 : call->batch.size != 0 ? call->batch.size : s->n;
	struct drift__scratch scratch;

	while (n < most && n < s->n - s->done && !(call->batch.by_parent && !same_parent(docs[0], docs[n])))
		n++;
	drift__scratch_open(s->job->engine, &scratch);
	ask_read(s->job, call, docs, n, call->batched ? batch_view(s->job->engine, call, docs, n) : drift__doc_value(docs[0]));
	drift__scratch_close(s->job->engine, &scratch);
	s->done += n;
}

void
drift__read_each(struct drift__job *job, const struct drift__call *call, struct drift__doc *const *docs, size_t n)
{
	drift__series_start(job, call, docs, n, ask_next, drift__job_read);
}

static void
end_phase(struct drift__job *job)
{
	drift__job_skip(job);
	if (job->state == JOB_SCOPING) {
		drift__job_decide(job);
		job->state = JOB_READING;
		job->wave = 0;
		/* children may start now */
		drift__engine_step(job->engine);
		drift__job_read(job);
		return;
	}
	job->state = JOB_DONE;
	drift__keys_dispose(&job->claimed_keys);
	if (job->engine->options->progress != NULL) {
		size_t done = 0, i;

		for (i = 0; i < job->engine->n_jobs; i++)
			done += job->engine->jobs[i]->state == JOB_DONE;
		job->engine->options->progress(job->engine->options->progress_ctx, done, job->engine->n_jobs, job->type->name);
	}
	drift__engine_step(job->engine);
}

void
drift__job_read(struct drift__job *job)
{
	bool scope = job->state == JOB_SCOPING, first = true;
	struct drift__doc **docs;
	size_t n;

	job->pending++;
	while (job->wave < job->type->n_reads) {
		const struct drift__call *call = &job->type->reads[job->wave];

		if (call->scope == scope) {
			if (call->after && !first)
				break;
			first = false;
			docs = wanted(job, call, &n);
			if (call->tags != DRIFT__NO_TAGS)
				drift__tagging_put_off(job, call, docs, n);
			else
				drift__read_each(job, call, docs, n);
			drift__free(docs);
			drift__engine_has_asked(job->engine, call);
		}
		job->wave++;
	}
	if (--job->pending > 0)
		return;
	if (job->wave < job->type->n_reads)
		drift__job_read(job);
	else
		end_phase(job);
}
