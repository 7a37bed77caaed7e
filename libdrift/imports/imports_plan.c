/* A plan -> items: what is matched is imported, what is not is told apart. */
#include "imports/forecast.h"
#include "imports/maker.h"
#include "imports/written.h"

#include <string.h>

static const struct drift_value *
describe_candidates(struct drift__maker *mk, const struct drift__match *match)
{
	struct drift__list_builder list;

	drift__list_init(&list, &mk->im->arena);
	for (size_t i = 0; i < match->n_candidates; i++) {
		const struct drift_resource *r = &mk->live->resources[match->candidates[i]];
		struct drift__map_builder m;

		drift__map_init(&m, &mk->im->arena);
		drift__map_puts(&m, "id", r->import_id != NULL ? r->import_id : r->id);
		drift__map_puts(&m, "name", r->name);
		drift__map_puts(&m, "region", r->region);
		drift__map_put(&m, "tags", r->tags != NULL ? r->tags : &drift__null);
		drift__list_add(&list, drift__map_finish(&m));
	}
	return drift__list_finish(&list);
}

static void
note_ambiguous(struct drift__maker *mk, const struct drift__planned *p, const struct drift__match *match)
{
	struct drift__map_builder m;

	drift__map_init(&m, &mk->im->arena);
	drift__map_puts(&m, "address", p->address);
	drift__map_puts(&m, "type", p->type);
	drift__map_puts(&m, "reason", match->reason);
	drift__map_put(&m, "candidates", describe_candidates(mk, match));
	drift__map_puts(&m, "hint", "say which one it is with --map: a line `import id,address`");
	drift__list_add(&mk->ambiguous, drift__map_finish(&m));
}

static enum drift_status
take_match(struct drift__maker *mk, const struct drift__planned *p, const struct drift__match *match)
{
	const struct drift_resource *r = &mk->live->resources[match->live];
	const char *managed = drift__claims_find(&mk->claims, r), *no = drift__maker_why_not(mk, r);
	struct drift__import *it;

	if (drift__streq(managed, p->address)) {
		mk->used[match->live] = true;
		drift__maker_note(mk, &mk->in_state, p->address, p->type, r, "the state has it at this address", "the plan is older than the state: plan again");
		return DRIFT_OK;
	}
	if (managed != NULL) {
		const char *hint = drift__arena_printf(&mk->im->arena, "moved { from = %s, to = %s }", managed, p->address);

		mk->used[match->live] = true;
		drift__maker_note(mk, &mk->elsewhere, p->address, p->type, r, drift__arena_printf(&mk->im->arena, "the state has it as %s", managed), hint);
		return DRIFT_OK;
	}
	if (p->replace) {
		mk->used[match->live] = true;
		drift__maker_note(mk, &mk->elsewhere, p->address, p->type, r, "the address holds another object, which the plan replaces by one that exists",
			"take the old object out of the state first (terraform state rm), then import");
		return DRIFT_OK;
	}
	if (drift__maker_holder(mk, r) != NULL) {
		drift__maker_note(mk, &mk->undecided, p->address, p->type, r,
			drift__arena_printf(&mk->im->arena, "the same object is imported as %s", drift__maker_holder(mk, r)),
			"the configuration describes one object twice: remove one of the two");
		return DRIFT_OK;
	}
	if (no != NULL) {
		mk->used[match->live] = true;
		drift__maker_note(mk, &mk->not_importable, p->address, p->type, r, no, "apply creates it over what exists; plan again after the imports");
		return DRIFT_OK;
	}
	it = drift__maker_add(mk, p->address, "plan", match->live);
	if (it == NULL)
		return drift__nomem(mk->err);
	it->module = p->module[0] != '\0' ? p->module : NULL;
	it->alias = p->alias;
	it->planned = p;
	it->id = drift__planned_id(mk->im, &mk->im->arena, p->after, r);
	it->evidence = match->evidence;
	return DRIFT_OK;
}

/* The user's map goes before any matching. */
static void
apply_map(struct drift__maker *mk)
{
	for (size_t i = 0; i < mk->live->n_resources; i++) {
		const struct drift_resource *r = &mk->live->resources[i];
		const char *address = drift__map_find(&mk->map, r->import_id, r->type);
		struct drift__list_builder list;
		struct drift__map_builder m;
		size_t p = 0;

		if (address == NULL)
			continue;
		while (p < mk->plan.n && strcmp(mk->plan.list[p].address, address) != 0)
			p++;
		if (p == mk->plan.n || mk->matches[p].outcome == DRIFT__MATCHED) {
			drift__maker_note(mk, &mk->undecided, address, r->type, r, p == mk->plan.n ? "the map file names it, but the plan does not create it" :
				"the map file gives it to two live resources", NULL);
			continue;
		}
		drift__map_init(&m, &mk->im->arena);
		drift__map_puts(&m, "note", "named in the map file");
		drift__list_init(&list, &mk->im->arena);
		drift__list_add(&list, drift__map_finish(&m));
		mk->matches[p].outcome = DRIFT__MATCHED;
		mk->matches[p].live = i;
		mk->matches[p].evidence = drift__list_finish(&list);
	}
}

enum drift_status
drift__maker_from_plan(struct drift__maker *mk)
{
	enum drift_status st = drift__plan_open(&mk->im->arena, drift_document_root(mk->opt->plan), &mk->plan, mk->err);

	if (st != DRIFT_OK)
		return st;
	mk->plan.files = mk->opt->configuration;
	mk->matches = drift__arena_zalloc(&mk->im->arena, (mk->plan.n + 1) * sizeof(*mk->matches));
	if (mk->matches == NULL)
		return drift__nomem(mk->err);
	for (size_t p = 0; p < mk->plan.n; p++)
		mk->matches[p].outcome = DRIFT__UNDECIDED;
	apply_map(mk);
	st = drift__match_plan(&mk->im->facts, &mk->plan, mk->live, mk->usable, mk->matches, mk->err);
	for (size_t p = 0; p < mk->plan.n && st == DRIFT_OK; p++) {
		const struct drift__planned *planned = &mk->plan.list[p];
		const struct drift__match *match = &mk->matches[p];

		switch (match->outcome) {
		case DRIFT__MATCHED:
			st = take_match(mk, planned, match);
			break;
		case DRIFT__AMBIGUOUS:
			note_ambiguous(mk, planned, match);
			break;
		case DRIFT__REALLY_NEW:
			drift__maker_note(mk, &mk->fresh, planned->address, planned->type, NULL, match->reason, NULL);
			break;
		case DRIFT__UNDECIDED:
			drift__maker_note(mk, &mk->undecided, planned->address, planned->type, NULL, match->reason, NULL);
			break;
		}
	}
	return st == DRIFT_OK ? drift__forecast(mk->im, &mk->plan, mk->matches, mk->err) : st;
}

