/* Which jobs a scan has: the types that were asked for, what they hang on, and where the state has something. */
#include "live/engine.h"

#include <stdlib.h>
#include <string.h>

bool
drift__type_is_asked_for(const struct drift_inventory_options *options, const char *type)
{
	return drift__texts_count(options->types) == 0 || drift__texts_match(options->types, type);
}

bool
drift__type_is_sought(const struct drift_inventory_options *options, const char *type)
{
	size_t first;

	return drift__texts_have(options->types, type) || drift__texts_have(options->sought, type) ||
		(options->state != NULL && drift__snapshot_of_type(options->state, type, &first) > 0);
}

/* Elsewhere is another job's business. */
static bool
is_of(const struct drift_resource *r, const struct drift__job *job)
{
	return (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) == 0 && (r->region == NULL || job->region == NULL || strcmp(r->region, job->region) == 0);
}

static bool
claim(struct drift__engine *e, struct drift__job *job, const char *type)
{
	const struct drift_snapshot *state = e->options->state;
	size_t first = 0, n = drift__snapshot_of_type(state, type, &first), i, j, all = job->claimed_keys.n;

	for (i = first; i < first + n; i++)
		all += is_of(&state->resources[i], job);
	drift__keys_reserve(&job->claimed_keys, all); /* few have more than one */
	for (i = first; i < first + n; i++) {
		struct drift_resource *r = &state->resources[i];
		const char *const *keys = r->keys;

		if (!is_of(r, job))
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

		if (!drift__type_is_asked_for(e->options, name))
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

		/* they are sorted, and what was done for one need not be done for the next */
		if (i > 0 && strcmp(r->type, r[-1].type) == 0 && drift__streq(r->region, r[-1].region) && (r[-1].flags & (DRIFT__DATA | DRIFT__FOREIGN)) == 0)
			continue;
		if (r->region == NULL || (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) != 0 || !drift__type_is_asked_for(e->options, r->type))
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

/* What it may ask for. */
static void
tell_calls(const struct drift__job *job)
{
	const struct drift__type *t = job->type;
	size_t i;

	for (i = 0; i < t->n_lists; i++)
		drift__engine_will_ask(job->engine, &t->lists[i]);
	if (t->lookup != NULL)
		drift__engine_will_ask(job->engine, t->lookup);
	for (i = 0; i < t->n_reads; i++)
		drift__engine_will_ask(job->engine, &t->reads[i]);
}

enum drift_status
drift__engine_make_jobs(struct drift__engine *e, struct drift_error *err)
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
	for (i = 0; i < e->n_jobs; i++)
		tell_calls(e->jobs[i]);
	return st;
}
