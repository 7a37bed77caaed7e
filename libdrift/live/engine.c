/* The scan: starts each job (jobs.c) when its parents are ready, runs the loop, collects. */
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
drift__engine_say(const struct drift__engine *e, int level, const char *fmt, ...)
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

void
drift__scratch_open(struct drift__engine *e, struct drift__scratch *s)
{
	drift__arena_init(&s->arena, 0);
	drift__scratch_resume(e, s);
}

void
drift__scratch_pause(struct drift__engine *e, struct drift__scratch *s)
{
	e->arena = s->before;
}

void
drift__scratch_resume(struct drift__engine *e, struct drift__scratch *s)
{
	s->before = e->arena;
	e->arena = &s->arena;
}

void
drift__scratch_close(struct drift__engine *e, struct drift__scratch *s)
{
	if (e->arena == &s->arena)
		e->arena = s->before;
	drift__arena_dispose(&s->arena);
}

enum { MOMENT_BYTES = 4 << 20 };

void
drift__engine_settle(struct drift__engine *e)
{
	size_t bytes = e->moment.total_bytes + (e->telling ? 0 : e->opened.total_bytes);

	if (bytes > (e->transport.moment_bytes != 0 ? e->transport.moment_bytes : MOMENT_BYTES))
		drift__engine_end_moment(e);
}

void
drift__engine_end_moment(struct drift__engine *e)
{
	drift__docs_close(e);
	if (!e->telling) {
		drift__answers_close(e);
		drift__arena_dispose(&e->opened);
	}
	drift__arena_dispose(&e->moment);
}

/* A tag without a name would select nothing. */
static enum drift_status
check_options(const struct drift__engine *e, struct drift_error *err)
{
	const char *const *tag = e->options->tags;

	for (; tag != NULL && *tag != NULL; tag++)
		if (**tag == '\0' || **tag == '=') {
			drift__fail(err, DRIFT_USAGE, "tag", "\"%s\" names no tag", *tag);
			drift__hint(err, "tags are given as KEY or KEY=VALUE");
			return DRIFT_USAGE;
		}
	return drift__engine_check_regions(e, err);
}

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

/* On first use: most types have nothing that hangs on them. */
static void
index_docs(struct drift__job *job)
{
	size_t i;

	job->indexed = true;
	drift__keys_reserve(&job->by_key, job->n_docs);
	for (i = 0; i < job->n_docs; i++)
		if (job->docs[i]->decided && !drift__keys_add(&job->by_key, job->docs[i]->key, job->docs[i]))
			drift__engine_fail(job->engine, DRIFT_NOMEM);
}

struct drift__doc *
drift__engine_find(struct drift__engine *e, const char *type, const char *region, const char *key)
{
	struct drift__doc *d = NULL;
	size_t i;

	for (i = 0; i < e->n_jobs && (d == NULL || d->dropped); i++) {
		struct drift__job *job = e->jobs[i];

		if (strcmp(job->type->name, type) != 0 || !near(job, region) || job->state < JOB_READING)
			continue;
		if (!job->indexed)
			index_docs(job);
		d = drift__keys_get(&job->by_key, key);
	}
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

	e->arena = &e->moment;
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
	size_t i;

	drift__answers_forget(e);
	for (i = 0; i < e->n_jobs; i++) {
		drift__docs_free(e->jobs[i]);
		drift__keys_dispose(&e->jobs[i]->claimed_keys);
	}
	drift__list_dispose(&e->gaps);
	drift__map_dispose(&e->gap_keys);
	drift__free(e->jobs);
	drift__arena_dispose(&e->moment);
	drift__arena_dispose(&e->opened);
	drift__likes_dispose(&e->likes);
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
	e->arena = e->lasting = &arena;
	arena.share_names = true;
	e->err = err;
	drift__arena_init(&e->moment, 0);
	drift__arena_init(&e->opened, 0);
	drift__likes_init(&e->likes, &arena);
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
		st = drift__engine_make_jobs(e, err);
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
	drift__give_back();
	return st;
}
