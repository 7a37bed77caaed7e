/* State, live side and plan -> the resources that the policy is about, and what happens to each. */
#include "policy/needs.h"

#include <stdlib.h>
#include <string.h>

enum drift_status
drift__subjects_add(struct drift__subjects *s, const struct drift__subject *one)
{
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? s->cap * 2 : 128;
		struct drift__subject *grown = drift__arena_alloc(s->arena, cap * sizeof(*grown));

		if (grown == NULL)
			return DRIFT_NOMEM;
		if (s->n > 0)
			memcpy(grown, s->list, s->n * sizeof(*grown));
		s->list = grown;
		s->cap = cap;
	}
	s->list[s->n++] = *one;
	return DRIFT_OK;
}

/* What Terraform does to an address by the plan: "" = the plan does not name it. */
static const char *
planned_phases(const struct drift_value *changes, const char *address)
{
	for (size_t i = 0; i < drift_value_size(changes); i++) {
		const struct drift_value *rc = drift_value_at(changes, i), *actions = drift_value_get(drift_value_get(rc, "change"), "actions");
		bool create = false, update = false, remove = false;

		if (!drift__streq(drift__value_gets(rc, "address"), address))
			continue;
		for (size_t k = 0; k < drift_value_size(actions); k++) {
			const char *word = drift__value_str(drift_value_at(actions, k));

			create = create || drift__streq(word, "create");
			update = update || drift__streq(word, "update");
			remove = remove || drift__streq(word, "delete");
		}
		return create && remove ? "RCD" : create ? "RC" : update ? "RU" : remove ? "RD" : "R";
	}
	return "";
}

static const char *
phases_of(const struct drift_policy_options *opt, const struct drift_value *changes, const char *address)
{
	const char *phases;

	if (opt->mode != DRIFT_POLICY_APPLY)
		return "R";
	if (changes == NULL)
		return "RCUD";
	phases = planned_phases(changes, address);
	return phases[0] != '\0' ? phases : "R";
}

/* What the state has is not taken from the live side again. */
static bool
is_in(const struct drift_snapshot *state, const struct drift_resource *live)
{
	size_t first, n = state != NULL ? drift__snapshot_of_type(state, live->type, &first) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct drift_resource *r = &state->resources[first + i];
		const char *arn = r->arn != NULL ? r->arn : drift__value_gets(r->attributes, "arn");

		if ((arn != NULL && drift__streq(arn, live->arn)) ||
		    (drift__streq(r->id, live->id) && (r->region == NULL || live->region == NULL || strcmp(r->region, live->region) == 0)))
			return true;
	}
	return false;
}

static enum drift_status
add_snapshot(struct drift__subjects *out, const struct drift_policy_options *opt, const struct drift_snapshot *s,
	const struct drift_value *changes)
{
	for (size_t i = 0; s != NULL && i < s->n_resources; i++) {
		const struct drift_resource *r = &s->resources[i];
		struct drift__subject one = {.type = r->type, .address = r->address, .attributes = r->attributes, .tags = r->tags, .id = r->id,
			.arn = r->arn, .name = r->name, .region = r->region};

		if ((r->flags & (DRIFT__DATA | DRIFT__FOREIGN | DRIFT__GONE)) != 0)
			continue;
		if (s->side == DRIFT_SIDE_LIVE && ((r->flags & DRIFT__IN_SCOPE) == 0 || (r->flags & (DRIFT__AWS_DEFAULT | DRIFT__BACKEND)) != 0 ||
			r->owner != NULL || is_in(opt->state, r)))
			continue;
		if (one.arn == NULL)
			one.arn = drift__value_gets(r->attributes, "arn");
		if (one.tags == NULL)
			one.tags = drift_value_get(r->attributes, "tags_all");
		one.phases = s->side == DRIFT_SIDE_STATE ? phases_of(opt, changes, r->address) : opt->mode == DRIFT_POLICY_APPLY && changes == NULL ? "RCUD" :
			opt->mode == DRIFT_POLICY_APPLY ? "RU" : "R";
		if (drift__subjects_add(out, &one) != DRIFT_OK)
			return DRIFT_NOMEM;
	}
	return DRIFT_OK;
}

static bool
has_address(const struct drift_snapshot *s, const char *address)
{
	for (size_t i = 0; s != NULL && i < s->n_resources; i++) {
		if (drift__streq(s->resources[i].address, address))
			return true;
	}
	return false;
}

/* Creates that are in no state: the ARN is a pattern, except for what the plan knows already. */
static enum drift_status
add_planned(struct drift__subjects *out, const struct drift_policy_options *opt, const struct drift_value *changes)
{
	for (size_t i = 0; i < drift_value_size(changes); i++) {
		const struct drift_value *rc = drift_value_at(changes, i), *after = drift_value_get(drift_value_get(rc, "change"), "after");
		const char *address = drift__value_gets(rc, "address"), *phases = planned_phases(changes, address);
		struct drift__subject one = {.type = drift__value_gets(rc, "type"), .address = address, .attributes = after, .planned = true};

		if (!drift__streq(drift__value_gets(rc, "mode"), "managed") || one.type == NULL || strchr(phases, 'C') == NULL ||
		    has_address(opt->state, address))
			continue;
		one.tags = drift_value_get(after, "tags_all");
		one.name = drift__value_gets(after, "name");
		one.phases = opt->mode == DRIFT_POLICY_APPLY ? phases : "R";
		if (drift__subjects_add(out, &one) != DRIFT_OK)
			return DRIFT_NOMEM;
	}
	return DRIFT_OK;
}

enum drift_status
drift__subjects_collect(struct drift__subjects *out, const struct drift_policy_options *opt, struct drift_error *err)
{
	const struct drift_value *changes = opt->plan != NULL ?
		drift_value_get(drift_document_root(opt->plan), "resource_changes") : NULL;

	if (add_snapshot(out, opt, opt->state, changes) != DRIFT_OK)
		return drift__nomem(err);
	/* a refresh reads what exists: with the live side at hand no pattern is needed for it */
	if (changes != NULL && (opt->mode == DRIFT_POLICY_APPLY || opt->live == NULL) && add_planned(out, opt, changes) != DRIFT_OK)
		return drift__nomem(err);
	/* what is live and in no state is to be imported, and managed from then on */
	if (add_snapshot(out, opt, opt->live, changes) != DRIFT_OK)
		return drift__nomem(err);
	return DRIFT_OK;
}
