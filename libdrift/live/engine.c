/* The scan: makes the jobs, starts each when its parents are ready, runs the loop, collects. */
#include "live/tagging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
drift__engine_fail(struct drift__engine *e, enum drift_status st)
{
	if (st == DRIFT_NOMEM)
		drift__nomem(e->err);
	if (e->status == DRIFT_OK)
		e->status = st;
}

void
drift__engine_say(struct drift__engine *e, int level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (e->transport.log == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	e->transport.log(e->transport.log_ctx, level, line);
}

/* ---- which jobs ---- */

bool
drift__engine_asks_for(const struct drift__engine *e, const char *type)
{
	size_t i;

	if (e->options->types == NULL || e->options->types[0] == NULL)
		return true;
	for (i = 0; e->options->types[i] != NULL; i++)
		if (drift__glob(e->options->types[i], type))
			return true;
	return false;
}

static bool
is_in(const char *const *list, const char *text)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

bool
drift__type_is_sought(const struct drift_inventory_options *options, const char *type)
{
	size_t first;

	return is_in(options->types, type) || is_in(options->sought, type) ||
		(options->state != NULL && drift__snapshot_of_type(options->state, type, &first) > 0);
}

static bool
claim(struct drift__engine *e, struct drift__job *job, const char *type)
{
	const struct drift_snapshot *state = e->options->state;
	size_t first = 0, n = drift__snapshot_of_type(state, type, &first), i, j;

	for (i = first; i < first + n; i++) {
		struct drift_resource *r = &state->resources[i];
		const char *const *keys = r->keys;

		if ((r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) != 0)
			continue;
		/* elsewhere is another job's business */
		if (r->region != NULL && job->region != NULL && strcmp(r->region, job->region) != 0)
			continue;
		if (keys == NULL)
			keys = drift__type_state_keys(job->type, r->attributes, e->arena);
		for (j = 0; keys != NULL && keys[j] != NULL; j++)
			if (!drift__keys_add(&job->claimed_keys, keys[j], r))
				return false;
	}
	return true;
}

/* What a type that extends this one claims is the same object: a default VPC is a VPC. */
static bool
fill_claimed_keys(struct drift__engine *e, struct drift__job *job)
{
	size_t i;
	bool good = true;

	for (i = 0; i < e->n_claimed_types && good; i++)
		if (strcmp(e->claimed_types[i].name, job->type->name) == 0 || drift__streq(e->claimed_types[i].base, job->type->name))
			good = claim(e, job, e->claimed_types[i].name);
	return good;
}

/* The types of the state that the catalogue has. Both lists are sorted. */
static enum drift_status
find_claimed_types(struct drift__engine *e, struct drift_error *err)
{
	const struct drift_snapshot *state = e->options->state;
	size_t i, k = 0, n = state != NULL ? state->n_resources : 0, types = drift_catalogue_size(e->catalogue);

	e->claimed_types = drift__arena_alloc(e->arena, (types + 1) * sizeof *e->claimed_types);
	if (e->claimed_types == NULL)
		return drift__nomem(err);
	for (i = 0; i < n && k < types; i++) {
		const char *name = state->resources[i].type;
		const struct drift__type *t;

		while (k < types && strcmp(drift_catalogue_type(e->catalogue, k), name) < 0)
			k++;
		if (k == types || strcmp(drift_catalogue_type(e->catalogue, k), name) != 0)
			continue;
		t = drift__catalogue_type(e->catalogue, name, err);
		if (t == NULL)
			return DRIFT_BAD_CATALOGUE;
		e->claimed_types[e->n_claimed_types].name = t->name;
		e->claimed_types[e->n_claimed_types++].base = drift__value_gets(t->entry, "extends");
		k++;
	}
	return DRIFT_OK;
}

static struct drift__job *
add_job(struct drift__engine *e, const struct drift__type *t, const char *region, const char *scope, bool reported, bool sought)
{
	struct drift__job *job;
	size_t i;

	for (i = 0; i < e->n_jobs; i++) {
		if (e->jobs[i]->type == t && drift__streq(e->jobs[i]->region, region) && drift__streq(e->jobs[i]->scope, scope)) {
			e->jobs[i]->reported = e->jobs[i]->reported || reported;
			e->jobs[i]->sought = e->jobs[i]->sought || sought;
			return e->jobs[i];
		}
	}
	if (e->n_jobs == e->cap_jobs) {
		size_t cap = e->cap_jobs == 0 ? 256 : e->cap_jobs * 2;
		struct drift__job **more = drift__realloc(e->jobs, cap * sizeof *more);

		if (more == NULL)
			return NULL;
		e->jobs = more;
		e->cap_jobs = cap;
	}
	job = drift__arena_zalloc(e->arena, sizeof *job);
	if (job == NULL)
		return NULL;
	job->engine = e;
	job->type = t;
	job->region = region;
	job->scope = scope;
	job->reported = reported;
	job->sought = sought;
	e->jobs[e->n_jobs++] = job;
	return fill_claimed_keys(e, job) ? job : NULL;
}

static enum drift_status add_type(struct drift__engine *e, const char *name, const char *region, bool reported, bool sought, int depth,
	struct drift_error *err);

/* Of what is sought, the objects that it is listed for are sought as well. */
static enum drift_status
add_needed(struct drift__engine *e, const struct drift__type *t, const char *region, bool sought, int depth, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	size_t i, k;

	for (i = 0; i < t->n_lists && st == DRIFT_OK; i++) {
		if (t->lists[i].for_each != NULL)
			st = add_type(e, t->lists[i].for_each, region, false, sought, depth + 1, err);
		for (k = 0; k < t->lists[i].n_if_any && st == DRIFT_OK && !sought; k++)
			st = add_type(e, t->lists[i].if_any[k].type, region, false, false, depth + 1, err);
	}
	/* what is only looked up is in no scope, so that nothing hangs on where its parents are */
	for (i = 0; i < t->n_parents && (t->n_lists > 0 || t->n_parents > 1) && st == DRIFT_OK; i++)
		st = add_type(e, t->parents[i].type, region, false, sought && t->n_parents == 1, depth + 1, err);
	return st;
}

static enum drift_status
add_type(struct drift__engine *e, const char *name, const char *region, bool reported, bool sought, int depth, struct drift_error *err)
{
	const struct drift__type *t = drift__catalogue_type(e->catalogue, name, err);
	enum drift_status st;

	if (t == NULL)
		return DRIFT_BAD_CATALOGUE;
	if (depth > 8)
		return drift__fail(err, DRIFT_BAD_CATALOGUE, name, "the types that it hangs on go round in a circle");
	if (t->global)
		region = NULL;
	sought = sought || drift__type_is_sought(e->options, name);
	st = add_needed(e, t, region, sought, depth, err);
	if (st != DRIFT_OK)
		return st;
	if (t->cloudfront) {
		if (add_job(e, t, region, "REGIONAL", reported, sought) == NULL)
			return drift__nomem(err);
		/* CloudFront's web ACLs live in us-east-1, whatever the region asked for */
		return add_job(e, t, "us-east-1", "CLOUDFRONT", reported, sought) != NULL ? DRIFT_OK : drift__nomem(err);
	}
	return add_job(e, t, region, NULL, reported, sought) != NULL ? DRIFT_OK : drift__nomem(err);
}

/* A type that is only looked up, only seen through the state, or never in this scope, needs no job while the state has none of it. */
static bool
needed(struct drift__engine *e, const struct drift__type *t)
{
	size_t first;

	return (t->n_lists > 0 && !t->only_in_state && drift__type_may_be_asked_for(t, e->options)) ||
		(e->options->state != NULL && drift__snapshot_of_type(e->options->state, t->name, &first) > 0);
}

static enum drift_status
add_jobs_of(struct drift__engine *e, const char *region, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	size_t i;

	for (i = 0; i < drift_catalogue_size(e->catalogue) && st == DRIFT_OK; i++) {
		const char *name = drift_catalogue_type(e->catalogue, i);
		const struct drift__type *t;

		if (!drift__engine_asks_for(e, name))
			continue;
		t = drift__catalogue_type(e->catalogue, name, err);
		if (t == NULL)
			return DRIFT_BAD_CATALOGUE;
		if (needed(e, t))
			st = add_type(e, name, region, true, false, 0, err);
	}
	return st;
}

/* The state's resources in regions that were not asked for: their types are scanned there, to find just them. */
static enum drift_status
add_jobs_of_state(struct drift__engine *e, struct drift_error *err)
{
	const struct drift_snapshot *state = e->options->state;
	enum drift_status st = DRIFT_OK;
	size_t i, k;

	for (i = 0; state != NULL && i < state->n_resources && st == DRIFT_OK; i++) {
		const struct drift_resource *r = &state->resources[i];
		const struct drift__type *t;
		bool known = false;

		if (r->region == NULL || (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) != 0 || !drift__engine_asks_for(e, r->type))
			continue;
		for (k = 0; k < drift_catalogue_size(e->catalogue) && !known; k++)
			known = strcmp(drift_catalogue_type(e->catalogue, k), r->type) == 0;
		if (!known)
			continue;
		t = drift__catalogue_type(e->catalogue, r->type, err);
		if (t == NULL)
			return DRIFT_BAD_CATALOGUE;
		if (!t->global)
			st = add_type(e, r->type, drift__arena_strdup(e->arena, r->region), false, false, 0, err);
	}
	return st;
}

static int
compare_jobs(const void *pa, const void *pb)
{
	const struct drift__job *a = *(struct drift__job *const *)pa, *b = *(struct drift__job *const *)pb;
	int c = strcmp(a->type->name, b->type->name);

	if (c == 0)
		c = strcmp(a->region != NULL ? a->region : "", b->region != NULL ? b->region : "");
	return c != 0 ? c : strcmp(a->scope != NULL ? a->scope : "", b->scope != NULL ? b->scope : "");
}

/* A mistyped region would be asked in vain for every type, a tag without a name would select nothing. */
static enum drift_status
check_options(const struct drift__engine *e, struct drift_error *err)
{
	const char *const *r = e->options->regions, *const *tag = e->options->tags;

	for (; tag != NULL && *tag != NULL; tag++)
		if (**tag == '\0' || **tag == '=') {
			drift__fail(err, DRIFT_USAGE, "tag", "\"%s\" names no tag", *tag);
			drift__hint(err, "tags are given as KEY or KEY=VALUE");
			return DRIFT_USAGE;
		}
	for (; r != NULL && *r != NULL; r++) {
		if (!drift__aws_is_region(*r)) {
			drift__fail(err, DRIFT_USAGE, *r, "this is not the name of an AWS region");
			drift__hint(err, "regions are named like eu-west-1");
			return DRIFT_USAGE;
		}
		if (strcmp(drift__aws_partition(*r), e->partition) != 0) {
			drift__fail(err, DRIFT_USAGE, *r, "the region is in partition %s, the credentials are for %s", drift__aws_partition(*r), e->partition);
			drift__hint(err, "scan each partition with credentials of its own");
			return DRIFT_USAGE;
		}
	}
	return DRIFT_OK;
}

static enum drift_status
make_jobs(struct drift__engine *e, struct drift_error *err)
{
	enum drift_status st = find_claimed_types(e, err);
	size_t i;

	if (st == DRIFT_OK && (e->options->regions == NULL || e->options->regions[0] == NULL))
		st = add_jobs_of(e, e->home_region, err);
	for (i = 0; e->options->regions != NULL && e->options->regions[i] != NULL && st == DRIFT_OK; i++)
		st = add_jobs_of(e, e->options->regions[i], err);
	if (st == DRIFT_OK)
		st = add_jobs_of_state(e, err);
	if (st == DRIFT_OK && e->n_jobs > 1)
		qsort(e->jobs, e->n_jobs, sizeof *e->jobs, compare_jobs);
	return st;
}

/* ---- running ---- */

static bool
near(const struct drift__job *a, const char *region)
{
	return a->region == NULL || region == NULL || strcmp(a->region, region) == 0;
}

bool
drift__engine_type_reached(struct drift__engine *e, const char *type, const char *region, enum drift__job_state state, bool *failed)
{
	size_t i;

	for (i = 0; i < e->n_jobs; i++) {
		const struct drift__job *j = e->jobs[i];

		if (strcmp(j->type->name, type) != 0 || !near(j, region))
			continue;
		if (j->state < state)
			return false;
		*failed = *failed || j->list_failed;
	}
	return true;
}

/* What an expression over the parents is about must have been read; else it is enough to know which there are. */
static enum drift__job_state
needed_state(const struct drift__call *call)
{
	return call->for_each != NULL && call->when != NULL ? JOB_DONE : JOB_READING;
}

static bool
parents_ready(struct drift__engine *e, const struct drift__job *job)
{
	bool failed = false;
	size_t i, k;

	for (i = 0; i < job->type->n_lists; i++) {
		const struct drift__call *call = &job->type->lists[i];

		if (call->for_each != NULL && !drift__engine_type_reached(e, call->for_each, job->region, needed_state(call), &failed))
			return false;
		for (k = 0; k < call->n_if_any; k++)
			if (!drift__engine_type_reached(e, call->if_any[k].type, job->region, needed_state(call), &failed))
				return false;
	}
	for (i = 0; i < job->type->n_parents; i++)
		if (!drift__engine_type_reached(e, job->type->parents[i].type, job->region, JOB_READING, &failed))
			return false;
	return true;
}

void
drift__engine_step(struct drift__engine *e)
{
	size_t i;

	for (i = 0; i < e->n_jobs; i++)
		if (e->jobs[i]->state == JOB_WAITING && parents_ready(e, e->jobs[i]))
			drift__job_list(e->jobs[i]);
}

struct drift__doc *
drift__engine_find(struct drift__engine *e, const char *type, const char *region, const char *key)
{
	struct drift__doc *d = NULL;
	size_t i;

	for (i = 0; i < e->n_jobs && (d == NULL || d->dropped); i++)
		if (strcmp(e->jobs[i]->type->name, type) == 0 && near(e->jobs[i], region))
			d = drift__keys_get(&e->jobs[i]->by_key, key);
	return d != NULL && !d->dropped ? d : NULL;
}

struct identity {
	struct drift__engine *e;
	enum drift_status status;
	struct drift_error error;
};

static void
on_identity(void *payload, struct drift__aws_reply *reply)
{
	struct identity *id = payload;

	id->status = reply->status;
	if (reply->status == DRIFT_OK)
		id->e->account = drift__arena_strdup(id->e->arena, drift__value_gets(reply->output, "Account"));
	else if (reply->error != NULL)
		id->error = *reply->error;
}

/* Needs no permission, so its failure says that nothing else would work either. */
static enum drift_status
who_am_i(struct drift__engine *e, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct identity id = {e, DRIFT_OK, DRIFT_ERROR_INIT};
	enum drift_status st;

	e->account = e->options->account;
	if (e->account != NULL)
		return DRIFT_OK;
	st = e->transport.start(e->transport.ctx, &call, on_identity, &id, err);
	if (st == DRIFT_OK)
		st = e->transport.run(e->transport.ctx, err);
	if (st == DRIFT_OK && id.status != DRIFT_OK) {
		if (err != NULL)
			*err = id.error;
		st = id.status;
	}
	if (st == DRIFT_OK && e->account == NULL)
		st = drift__fail(err, DRIFT_BAD_REPLY, "sts:GetCallerIdentity", "the answer has no account");
	return st;
}

/* Jobs that never came to their end (the deadline, a cancellation) are gaps. */
static void
close_open_jobs(struct drift__engine *e, enum drift_status why)
{
	static const struct drift__call nothing = {.service = "", .op = "(not reached)"};
	size_t i;

	for (i = 0; i < e->n_jobs; i++) {
		if (e->jobs[i]->state != JOB_DONE) {
			e->jobs[i]->list_failed = true;
			e->jobs[i]->list_status = why;
			drift__job_gap(e->jobs[i], &nothing, why, drift_status_text(why));
		}
	}
}

static enum drift_status
run_jobs(struct drift__engine *e, struct drift_error *err)
{
	enum drift_status st;

	drift__engine_step(e);
	drift__engine_drain(e);
	drift__tagging_step(e);
	drift__engine_drain(e);
	st = e->transport.run(e->transport.ctx, err);
	if (e->status != DRIFT_OK)
		return e->status;
	if (st == DRIFT_CANCELLED || st == DRIFT_TIMEOUT || st == DRIFT_OK) {
		close_open_jobs(e, st != DRIFT_OK ? st : DRIFT_BAD_CATALOGUE);
		if (err != NULL && st != DRIFT_OK)
			*err = (struct drift_error)DRIFT_ERROR_INIT;
		return DRIFT_OK;
	}
	return st;
}

static void
dispose(struct drift__engine *e)
{
	struct drift__answer *a;
	size_t i, k;

	for (i = 0; i < ANSWER_BUCKETS; i++)
		for (a = e->answers[i]; a != NULL; a = a->next)
			drift__free(a->key);
	for (i = 0; i < e->n_jobs; i++) {
		for (k = 0; k < e->jobs[i]->n_docs; k++)
			if (e->jobs[i]->docs[k]->unknown != NULL)
				drift__list_dispose(e->jobs[i]->docs[k]->unknown);
		drift__keys_dispose(&e->jobs[i]->claimed_keys);
		drift__keys_dispose(&e->jobs[i]->by_key);
		drift__free(e->jobs[i]->docs);
	}
	drift__list_dispose(&e->gaps);
	drift__map_dispose(&e->gap_keys);
	drift__free(e->jobs);
	drift__free(e->ready);
}

enum drift_status
drift__inventory_run(const struct drift_catalogue *c, struct drift__transport transport, const struct drift_inventory_options *options,
	struct drift_snapshot **out, struct drift_error *err)
{
	struct drift__engine *e = drift__calloc(1, sizeof *e);
	struct drift_snapshot *snap = drift__snapshot_new(DRIFT_SIDE_LIVE);
	struct drift__arena arena;
	enum drift_status st;

	drift__arena_init(&arena, 0);
	if (e == NULL || snap == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	e->catalogue = c;
	e->options = options;
	e->transport = transport;
	e->arena = &arena;
	e->err = err;
	drift__list_init(&e->gaps, &arena);
	drift__map_init(&e->gap_keys, &arena);
	transport.stats(transport.ctx, &e->before);
	e->home_region = transport.region(transport.ctx, err);
	if (e->home_region == NULL) {
		st = err != NULL && err->status != DRIFT_OK ? err->status : DRIFT_BAD_CONFIG;
		goto done;
	}
	e->partition = drift__aws_partition(e->home_region);
	st = check_options(e, err);
	if (st == DRIFT_OK)
		st = who_am_i(e, err);
	if (st == DRIFT_OK && !drift__tagging_open(e))
		st = DRIFT_NOMEM;
	if (st == DRIFT_OK)
		st = make_jobs(e, err);
	if (st == DRIFT_OK)
		st = run_jobs(e, err);
	if (st == DRIFT_OK)
		st = drift__engine_collect(e, snap);
	if (st == DRIFT_NOMEM)
		drift__nomem(err);
	if (st == DRIFT_OK)
		st = drift__snapshot_seal(snap, err);
	if (st == DRIFT_OK) {
		*out = snap;
		snap = NULL;
	}
done:
	if (e != NULL)
		dispose(e);
	drift__free(e);
	drift_snapshot_free(snap);
	drift__arena_dispose(&arena);
	return st;
}
