/* Which of the docs of a job are wanted: asked for by tag or name, hanging on something that is, or claimed by the state. */
#include "live/engine.h"

#include <string.h>

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

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
	size_t i, j, n = count(wanted);

	for (i = 0; i < n; i++) {
		bool held = false;

		for (j = 0; j < n; j++)
			held = held || (same_key(wanted[i], wanted[j]) && has_tag(tags, wanted[j]));
		if (!held)
			return false;
	}
	return n > 0;
}

static bool
name_matches(const char *name, const char *const *patterns)
{
	size_t i;

	for (i = 0; name != NULL && i < count(patterns); i++)
		if (drift__glob(patterns[i], name))
			return true;
	return false;
}

/* What it hangs on. A parent that was left out as a default makes it one, too. */
static void
from_parent(struct drift__job *job, struct drift__doc *d)
{
	struct drift__engine *e = job->engine;
	const struct drift__type *t = job->type;
	size_t i;

	for (i = 0; i < t->n_parents; i++) {
		const char *key = drift__value_str(drift__doc_fill(e, t->parents[i].key, &d->value));
		const struct drift__doc *p = key != NULL ? drift__engine_find(e, t->parents[i].type, job->region, key) : NULL;
		bool failed = false;

		if (p != NULL) {
			d->in_scope = d->in_scope || (p->in_scope && !p->is_default);
			d->is_default = d->is_default || (p->is_default && !t->parents[i].independent);
			if (p->claimed)
				d->in_scope = true;
		} else if (key != NULL && !t->parents[i].independent && t->n_parents == 1 &&
			drift__engine_type_ready(e, t->parents[i].type, job->region, &failed) && !failed) {
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
	const char *key = drift__doc_key(e, d);
	const struct drift_resource *claim = key != NULL ? drift__keys_get(&job->claimed_keys, key) : NULL;

	if (key == NULL) {
		/* no identity: nothing could be said of it */
		d->dropped = true;
		return;
	}
	d->tags = drift__doc_tags(e, drift__doc_eval(e, job->type->tags, &d->value));
	d->name = drift__value_str(drift__doc_eval(e, job->type->name_of, &d->value));
	d->claimed = claim != NULL || d->looked_up;
	if (claim != NULL && claim->attributes != NULL && !d->looked_up)
		drift__doc_put(e, d, "_state", claim->attributes);
	if (job->type->is_default != NULL) {
		const struct drift_value *v = drift__doc_eval(e, job->type->is_default, &d->value);

		d->is_default = drift_value_bool(v) || (v->kind >= DRIFT_STRING && v->len > 0);
	}
	if (!job->type->only_in_state)
		d->in_scope = o->all || tags_match(d->tags, o->tags) || name_matches(d->name, o->names);
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
drift__job_decide(struct drift__job *job)
{
	size_t i;

	for (i = 0; i < job->n_docs; i++)
		if (!job->docs[i]->dropped) {
			decide(job, job->docs[i]);
			if (!job->docs[i]->dropped && !drift__keys_add(&job->by_key, job->docs[i]->key, job->docs[i]))
				drift__engine_fail(job->engine, DRIFT_NOMEM);
		}
}
