/* One job: its lists, and the look-ups of what they did not bring. */
#include "live/engine.h"

#include <string.h>

struct listing {
	struct drift__job *job;
	const struct drift__call *call;
	const struct drift__doc *parent;
	const struct drift_value *each, *state; /* NULL = none */
};

static void
add_item(struct listing *l, const struct drift_value *item, const struct drift_value *outer)
{
	struct drift__engine *e = l->job->engine;
	struct drift__doc *d = drift__doc_add(l->job, item);

	if (d == NULL)
		return;
	if (outer != NULL)
		drift__doc_lend_outer(d, outer);
	if (l->parent != NULL)
		drift__doc_lend_parent(d, l->parent);
	if (l->parent != NULL)
		drift__doc_put(e, d, "_parent_managed", drift__value_bool(l->parent->claimed));
	if (l->each != NULL)
		drift__doc_put(e, d, "_each", l->each);
	if (l->state != NULL) {
		drift__doc_lend_state(d, l->state);
		d->looked_up = true;
	}
}

static void
add_items(struct listing *l, const struct drift_value *v, const struct drift_value *outer)
{
	size_t i;

	if (v->kind == DRIFT_NULL)
		return;
	if (v->kind != DRIFT_LIST) {
		add_item(l, v, outer);
		return;
	}
	for (i = 0; i < v->len; i++) {
		if (v->u.items[i].kind != DRIFT_NULL)
			add_item(l, &v->u.items[i], outer);
		if (l->parent == NULL) /* what is open of it may be in the items */
			drift__engine_settle(l->job->engine);
	}
}

/* The answer with the names that `items` may use beside it. */
static const struct drift_value *
answer_view(struct listing *l, const struct drift_value *output)
{
	struct drift__engine *e = l->job->engine;
	struct drift__map_builder b;
	size_t i;

	if (output->kind != DRIFT_MAP)
		return output;
	drift__map_init(&b, e->arena);
	for (i = 0; i < output->len; i++)
		drift__map_put(&b, drift_value_key(output, i, NULL), drift_value_at(output, i));
	drift__map_puts(&b, "_account", e->account);
	if (l->parent != NULL)
		drift__map_put(&b, "_parent", drift__doc_value(l->parent));
	if (l->each != NULL)
		drift__map_put(&b, "_each", l->each);
	return drift__map_finish(&b);
}

static void
take_items(struct listing *l, const struct drift_value *output)
{
	struct drift__engine *e = l->job->engine;
	const struct drift_value *view = answer_view(l, output), *outer;
	size_t i;

	if (view == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	/* "@" means the answer as AWS gave it, without the names laid beside it */
	if (l->call->inner_items == NULL) {
		const struct drift_value *items = drift__doc_eval(e, l->call->items, view);

		add_items(l, items == view ? output : items, NULL);
		return;
	}
	outer = drift__doc_eval(e, l->call->items, view);
	for (i = 0; outer->kind == DRIFT_LIST && i < outer->len; i++) {
		const struct drift_value *items = drift__doc_eval(e, l->call->inner_items, &outer->u.items[i]);
		const struct drift_value *own = items->len > 0 ? drift__value_copy(&l->job->own, &outer->u.items[i]) : &drift__null;

		if (own == NULL)
			drift__engine_fail(e, DRIFT_NOMEM);
		else
			add_items(l, items, own);
	}
}

static void after_lists(struct drift__job *job);

static void
on_list(struct drift__engine *e, void *ctx, const struct drift__answer *a)
{
	struct listing *l = ctx;
	struct drift__job *job = l->job;

	if (a->status == DRIFT_OK) {
		e->arena = &e->opened;
		take_items(l, a->output);
		e->arena = &e->moment;
	} else if (!drift__code_listed(l->call->absent, a)) {
		if (l->state == NULL) {
			job->list_failed = true;
			job->list_status = a->status;
		}
		drift__job_gap_of(job, l->call, a);
	}
	if (--job->pending == 0)
		after_lists(job);
}

const struct drift_value *
drift__call_input(struct drift__engine *e, const struct drift__call *call, const struct drift_value *view)
{
	const struct drift_value *input = NULL;
	struct drift__map_builder empty;

	if (call->input == NULL) {
		drift__map_init(&empty, e->arena);
		input = drift__map_finish(&empty);
	} else if (drift__input_run(call->input, view, e->arena, &input, e->err) != DRIFT_OK) {
		drift__engine_fail(e, e->err != NULL ? e->err->status : DRIFT_BAD_CATALOGUE);
		return NULL;
	}
	if (input == NULL)
		drift__engine_fail(e, DRIFT_NOMEM);
	return input;
}

static void
ask_list(struct drift__job *job, const struct drift__call *call, const struct drift__doc *parent, const struct drift_value *each,
	const struct drift_value *state, const struct drift_value *view)
{
	struct drift__engine *e = job->engine;
	struct listing *l;
	const struct drift_value *input = drift__call_input(e, call, view), *own = each != NULL ? drift__value_copy(&job->own, each) : NULL;

	if (input == NULL)
		return;
	l = each == NULL || own != NULL ? drift__malloc(sizeof *l) : NULL;
	if (l != NULL)
		*l = (struct listing){job, call, parent, own, state};
	job->pending++;
	drift__engine_ask(e, call->service, job->region, call->op, input, on_list, l);
}

/* What the templates of a list call see: no item yet. */
static const struct drift_value *
base_view(struct drift__job *job, const struct drift__doc *parent, const struct drift_value *each, const struct drift_value *over)
{
	struct drift__engine *e = job->engine;
	struct drift__map_builder b;
	size_t i;

	drift__map_init(&b, e->arena);
	for (i = 0; i < drift_value_size(over); i++)
		drift__map_put(&b, drift_value_key(over, i, NULL), drift_value_at(over, i));
	drift__map_puts(&b, "_account", e->account);
	drift__map_puts(&b, "_partition", e->partition);
	drift__map_puts(&b, "_region", job->region != NULL ? job->region : e->home_region);
	if (job->scope != NULL)
		drift__map_puts(&b, "_scope", job->scope);
	if (parent != NULL)
		drift__map_put(&b, "_parent", drift__doc_value(parent));
	if (each != NULL)
		drift__map_put(&b, "_each", each);
	return drift__map_finish(&b);
}

static void
ask_each(struct drift__job *job, const struct drift__call *call, const struct drift__doc *parent)
{
	struct drift__engine *e = job->engine;
	const struct drift_value *list, *view;
	struct drift__scratch scratch;
	size_t i;

	drift__scratch_open(e, &scratch);
	view = base_view(job, parent, NULL, NULL);
	if (view == NULL)
		drift__engine_fail(e, DRIFT_NOMEM);
	else if (call->each == NULL)
		ask_list(job, call, parent, NULL, NULL, view);
	list = view != NULL && call->each != NULL ? drift__doc_eval(e, call->each, parent != NULL ? drift__doc_value(parent) : view) : &drift__null;
	for (i = 0; list->kind == DRIFT_LIST && i < list->len; i++)
		ask_list(job, call, parent, &list->u.items[i], NULL, base_view(job, parent, &list->u.items[i], NULL));
	drift__scratch_close(e, &scratch);
}

static bool
same_place(const struct drift__job *a, const struct drift__job *b)
{
	return a->region == NULL || b->region == NULL || strcmp(a->region, b->region) == 0;
}

/* What hangs on it is asked for; what hangs on AWS's own is AWS's own, and told apart then. */
static bool
is_parent(const struct drift__doc *d)
{
	return (d->in_scope && !d->is_backend) || d->claimed;
}

static void
ask_parent(struct drift__series *s)
{
	ask_each(s->job, s->call, s->docs[s->done++]);
}

/* Of the docs of parents, those that are asked for. */
static size_t
find_parents(struct drift__job *job, const struct drift__call *call, const struct drift__job *parents, bool wanted, struct drift__doc **out)
{
	size_t i, n = 0;

	for (i = 0; i < parents->n_docs; i++) {
		struct drift__doc *d = parents->docs[i];

		if (!d->dropped && is_parent(d) == wanted && (call->when == NULL || drift__job_holds(job, call->when, d)))
			out[n++] = d;
		drift__engine_settle(job->engine);
	}
	return n;
}

/* wanted: of the parents that are in scope or in the state; else of all the others. */
static void
ask_for_each(struct drift__job *job, const struct drift__call *call, bool wanted)
{
	struct drift__engine *e = job->engine;
	size_t i;

	for (i = 0; i < e->n_jobs; i++) {
		const struct drift__job *p = e->jobs[i];
		struct drift__doc **docs;

		if (strcmp(p->type->name, call->for_each) != 0 || !same_place(p, job) || !drift__streq(p->scope, job->scope == NULL ? p->scope : job->scope))
			continue;
		if (p->list_failed && wanted) {
			job->list_failed = true;
			job->list_status = p->list_status;
			drift__job_gap(job, call, p->list_status, "what it hangs on could not be listed");
		}
		docs = drift__malloc(p->n_docs * sizeof *docs);
		if (docs == NULL)
			drift__engine_fail(e, DRIFT_NOMEM);
		else
			drift__series_start(job, call, docs, find_parents(job, call, p, wanted, docs), ask_parent, after_lists);
		drift__free(docs);
	}
}

/* What a condition is about may also be one of those that are nobody's to manage: a service-linked role tells that its service is used. */
static bool
there_is(struct drift__job *job, const struct drift__other *other)
{
	struct drift__engine *e = job->engine;
	size_t i, j;

	for (i = 0; i < e->n_jobs; i++) {
		const struct drift__job *p = e->jobs[i];

		if (strcmp(p->type->name, other->type) != 0 || !same_place(p, job))
			continue;
		if (p->list_failed)
			return true;
		for (j = 0; j < p->n_docs; j++) {
			if (other->when == NULL ? !p->docs[j]->dropped : drift__job_holds(job, other->when, p->docs[j]))
				return true;
			drift__engine_settle(e);
		}
	}
	return false;
}

/* Is there an object without which this list would be empty? There may be where it could not be listed, or where the state knows better; and
 * who asks for just this type, or has a plan that creates one, wants to know in any case. */
static bool
is_any(struct drift__job *job, const struct drift__call *call)
{
	size_t i;

	if (job->sought)
		return true;
	for (i = 0; i < call->n_if_any; i++)
		if (there_is(job, &call->if_any[i]))
			return true;
	return call->n_if_any == 0;
}

/* The state's instances whose identity was not found, one by one. */
static void
ask_lookups(struct drift__job *job)
{
	const struct drift_snapshot *state = job->engine->options->state;
	struct drift__scratch scratch;
	size_t first = 0, n, i, j;

	if (job->type->lookup == NULL || state == NULL)
		return;
	n = drift__snapshot_of_type(state, job->type->name, &first);
	for (i = first; i < first + n; i++) {
		const struct drift_resource *r = &state->resources[i];
		const char *const *keys = r->keys;
		bool found = false;

		if ((r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) != 0 || r->attributes == NULL)
			continue;
		if (r->region != NULL && job->region != NULL && strcmp(r->region, job->region) != 0)
			continue;
		if (keys == NULL)
			keys = drift__type_state_keys(job->type, r->attributes, job->engine->arena);
		for (j = 0; keys != NULL && keys[0] != NULL && j < job->n_docs && !found; j++)
			found = drift__streq(drift__doc_key(job->engine, job->docs[j]), keys[0]);
		if (!found) {
			drift__scratch_open(job->engine, &scratch);
			ask_list(job, job->type->lookup, NULL, NULL, r->attributes, base_view(job, NULL, NULL, r->attributes));
			drift__scratch_close(job->engine, &scratch);
		}
		drift__engine_settle(job->engine);
	}
}

void
drift__job_list(struct drift__job *job)
{
	size_t i;

	job->state = JOB_LISTING;
	/* one more, so that an answer that is there already does not end the phase early */
	job->pending++;
	for (i = 0; i < job->type->n_lists; i++) {
		if (job->type->lists[i].for_each != NULL)
			ask_for_each(job, &job->type->lists[i], true);
		else if (is_any(job, &job->type->lists[i]))
			ask_each(job, &job->type->lists[i], NULL);
		if (job->type->lists[i].for_each == NULL)
			drift__engine_has_asked(job->engine, &job->type->lists[i]);
	}
	if (--job->pending == 0)
		after_lists(job);
}

bool
drift__job_holds(struct drift__job *job, const struct drift__jmes *x, const struct drift__doc *d)
{
	struct drift__scratch scratch;
	const struct drift_value *v;
	bool holds;

	drift__scratch_open(job->engine, &scratch);
	v = drift__doc_eval(job->engine, x, drift__doc_value(d));
	holds = v->kind == DRIFT_NUMBER || drift_value_bool(v) || (v->kind >= DRIFT_STRING && v->len > 0);
	drift__scratch_close(job->engine, &scratch);
	return holds;
}

void
drift__job_skip(struct drift__job *job)
{
	size_t i;

	for (i = 0; job->type->skip != NULL && i < job->n_docs; i++) {
		job->docs[i]->dropped = job->docs[i]->dropped || drift__job_holds(job, job->type->skip, job->docs[i]);
		drift__engine_settle(job->engine);
	}
}

/* Does the state have one that was not found? */
static bool
lacks_claimed(struct drift__job *job)
{
	size_t i, found = 0;
	struct drift__keys seen = {NULL, 0, 0};

	for (i = 0; i < job->n_docs; i++) {
		const char *key = job->docs[i]->dropped ? NULL : drift__doc_key(job->engine, job->docs[i]);

		if (key != NULL && drift__keys_get(&job->claimed_keys, key) != NULL && !drift__keys_add(&seen, key, job))
			drift__engine_fail(job->engine, DRIFT_NOMEM);
		drift__engine_settle(job->engine);
	}
	found = seen.n;
	drift__keys_dispose(&seen);
	return found < job->claimed_keys.n;
}

/* A state may hold what hangs on a thing that another state, or nobody, manages: before one is called missing, all parents are asked. */
static void
ask_other_parents(struct drift__job *job)
{
	size_t i;

	job->asked_others = true;
	for (i = 0; i < job->type->n_lists && lacks_claimed(job); i++)
		if (job->type->lists[i].for_each != NULL)
			ask_for_each(job, &job->type->lists[i], false);
	for (i = 0; i < job->type->n_lists; i++)
		if (job->type->lists[i].for_each != NULL)
			drift__engine_has_asked(job->engine, &job->type->lists[i]);
}

/* After the lists come the look-ups (once), then the reads that decide on scope. */
static void
after_lists(struct drift__job *job)
{
	drift__job_skip(job);
	if (job->state == JOB_LISTING && !job->asked_others) {
		job->pending++;
		ask_other_parents(job);
		if (--job->pending > 0)
			return;
	}
	if (job->state == JOB_LISTING) {
		job->state = JOB_SCOPING;
		job->pending++;
		ask_lookups(job);
		if (job->type->lookup != NULL)
			drift__engine_has_asked(job->engine, job->type->lookup);
		if (--job->pending > 0)
			return;
	}
	job->wave = 0;
	drift__job_recognise(job);
	drift__job_read(job);
}
