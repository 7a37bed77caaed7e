/* Which of the docs of a job are wanted: asked for by tag or name, hanging on something that is, or claimed by the state. */
#include "live/engine.h"

#include <string.h>

static bool
has_tag(const struct drift_value *tags, const char *wanted)
{
	const char *equals = strchr(wanted, '=');
	char key[256];
	const struct drift_value *v;

	if (equals == NULL)
		return drift_value_get(tags, wanted) != NULL;
	if ((size_t)(equals - wanted) >= sizeof key)
		return false;
	memcpy(key, wanted, (size_t)(equals - wanted));
	key[equals - wanted] = '\0';
	v = drift_value_get(tags, key);
	return drift_value_kind(v) == DRIFT_STRING && strcmp(v->u.text, equals + 1) == 0;
}

static bool
same_key(const char *a, const char *b)
{
	size_t n = strcspn(a, "="), m = strcspn(b, "=");

	return n == m && memcmp(a, b, n) == 0;
}

/* Different keys must all hold; several values of one key are alternatives. */
static bool
tags_match(const struct drift_value *tags, const char *const *wanted)
{
	size_t i, j, n = drift__texts_count(wanted);

	for (i = 0; i < n; i++) {
		bool held = false;

		for (j = 0; j < n; j++)
			held = held || (same_key(wanted[i], wanted[j]) && has_tag(tags, wanted[j]));
		if (!held)
			return false;
	}
	return n > 0;
}

bool
drift__type_may_be_asked_for(const struct drift__type *t, const struct drift_inventory_options *o)
{
	if (o->all || t->n_parents > 0 || (drift__texts_count(o->tags) > 0 && t->tags != NULL))
		return true;
	return drift__texts_count(o->names) > 0 && t->name_of != NULL && (t->fixed_name == NULL || drift__texts_match(o->names, t->fixed_name));
}

bool
drift__doc_is_wanted(const struct drift__doc *d)
{
	return (d->in_scope && !d->is_default && !d->is_backend) || d->claimed;
}

/* The bucket and the table of the Terraform backend: told by name, since that is how the backend names them. */
static bool
is_backend(struct drift__engine *e, const struct drift__doc *d)
{
	const struct drift_inventory_options *o = e->options;
	const char *id, *arn;

	if (o->backend_bucket == NULL && o->backend_table == NULL)
		return false;
	id = drift__value_str(drift__doc_fill(e, d->job->type->id, drift__doc_value(d)));
	arn = drift__value_str(drift__doc_fill(e, d->job->type->arn, drift__doc_value(d)));
	return id != NULL && arn != NULL && ((drift__streq(id, o->backend_bucket) && drift__ends(arn, id)) || drift__streq(id, o->backend_table));
}

/* What it hangs on. A parent that was left out as a default makes it one, too. */
static void
from_parent(struct drift__job *job, struct drift__doc *d)
{
	struct drift__engine *e = job->engine;
	const struct drift__type *t = job->type;
	size_t i;

	for (i = 0; i < t->n_parents; i++) {
		const char *key = drift__value_str(drift__doc_fill(e, t->parents[i].key, drift__doc_value(d)));
		const struct drift__doc *p = key != NULL ? drift__engine_find(e, t->parents[i].type, job->region, key) : NULL;
		bool failed = false;

		if (p != NULL) {
			d->in_scope = d->in_scope || (p->in_scope && !p->is_default);
			d->is_default = d->is_default || (p->is_default && !t->parents[i].independent);
			d->is_backend = d->is_backend || p->is_backend;
			if (p->claimed)
				d->in_scope = true;
		} else if (key != NULL && !t->parents[i].independent && t->n_parents == 1 &&
			drift__engine_type_reached(e, t->parents[i].type, job->region, JOB_READING, &failed) && !failed) {
			/* every parent was listed and this one is none of them: it belongs to something that AWS made */
			d->is_default = true;
		}
	}
}

static void
decide(struct drift__job *job, struct drift__doc *d)
{
	struct drift__engine *e = job->engine;
	const struct drift_inventory_options *o = e->options;
	const char *key = drift__doc_key(e, d), *name;
	const struct drift_resource *claim = key != NULL ? drift__keys_get(&job->claimed_keys, key) : NULL;

	if (key == NULL) {
		/* no identity: nothing could be said of it */
		d->dropped = true;
		return;
	}
	name = drift__doc_name(e, d);
	d->claimed = claim != NULL || d->looked_up;
	if (claim != NULL && claim->attributes != NULL && !d->looked_up)
		drift__doc_lend_state(d, claim->attributes);
	if (job->type->is_default != NULL) {
		const struct drift_value *v = drift__doc_eval(e, job->type->is_default, drift__doc_value(d));

		d->is_default = drift_value_bool(v) || (v->kind >= DRIFT_STRING && v->len > 0);
	}
	if (!job->type->only_in_state)
		d->in_scope = o->all || tags_match(drift__doc_tags(e, d), o->tags) || (name != NULL && drift__texts_match(o->names, name));
	if (!d->looked_up)
		from_parent(job, d);
	/* what somebody took into a state is theirs now */
	if (d->claimed)
		d->is_default = false;
	if (job->type->only_in_state || d->looked_up)
		d->in_scope = d->claimed && !d->looked_up;
	if (d->is_default && !o->include_defaults && o->all && job->type->n_parents == 0)
		d->in_scope = false;
}

void
drift__job_recognise(struct drift__job *job)
{
	struct drift__engine *e = job->engine;
	size_t i;

	for (i = 0; i < job->n_docs; i++) {
		struct drift__doc *d = job->docs[i];
		const char *key = job->claimed_keys.n > 0 ? drift__doc_key(e, d) : NULL;

		d->is_backend = is_backend(e, d);
		d->claimed = d->looked_up || (key != NULL && drift__keys_get(&job->claimed_keys, key) != NULL);
		if (d->claimed)
			drift__doc_put(e, d, "_managed", &drift__true);
		drift__engine_settle(e);
	}
}

void
drift__job_decide(struct drift__job *job)
{
	size_t i;

	for (i = 0; i < job->n_docs; i++) {
		struct drift__doc *d = job->docs[i];

		if (!d->dropped)
			decide(job, d);
		d->decided = !d->dropped;
		drift__engine_settle(job->engine);
	}
}
