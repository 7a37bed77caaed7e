/* Live resources (and a plan, a map, an older state) -> import items with addresses, in order, and the document that tells of them. */
#include "imports/imports.h"
#include "imports/claims.h"
#include "imports/forecast.h"
#include "imports/map.h"
#include "imports/match.h"
#include "imports/name.h"
#include "imports/quote.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX_BYTES = 1 << 30 };

struct maker {
	struct drift_imports *im;
	const struct drift_snapshot *state, *live;
	const struct drift_import_options *opt;
	struct drift__claims claims, history;
	struct drift__map_file map;
	struct drift__plan plan;
	struct drift__match *matches;
	bool *usable, *used;
	size_t cap;
	struct drift__list_builder ambiguous, fresh, undecided, not_importable, unplanned, elsewhere;
	struct drift_error *err;
};

const struct drift_value *
drift__facts_get(const struct drift__facts *f, const char *type, const char *field)
{
	return drift_value_get(f->entry(f->ctx, type), field);
}

static const char *
service_of(const struct drift_imports *im, const char *type)
{
	const char *service = drift__value_str(drift__facts_get(&im->facts, type, "service"));

	return service != NULL ? service : "other";
}

static void
note(struct maker *mk, struct drift__list_builder *list, const char *address, const char *type, const struct drift_resource *live,
	const char *reason, const char *hint)
{
	struct drift__map_builder m;

	drift__map_init(&m, &mk->im->arena);
	if (address != NULL)
		drift__map_puts(&m, "address", address);
	drift__map_puts(&m, "type", type);
	if (live != NULL) {
		drift__map_puts(&m, "id", live->import_id != NULL ? live->import_id : live->id);
		drift__map_puts(&m, "name", live->name);
		if (live->region != NULL)
			drift__map_puts(&m, "region", live->region);
	}
	if (reason != NULL)
		drift__map_puts(&m, "reason", reason);
	if (hint != NULL)
		drift__map_puts(&m, "hint", hint);
	drift__list_add(list, drift__map_finish(&m));
}

/* NULL when the object can be imported, else why not. */
static const char *
why_not(struct maker *mk, const struct drift_resource *r)
{
	const char *text = drift__value_str(drift__facts_get(&mk->im->facts, r->type, "import_note"));

	if (r->import_id == NULL || r->import_id[0] == '\0')
		return text != NULL ? text : "Terraform cannot import this type";
	if (!drift__is_sound_text(r->import_id, strlen(r->import_id)))
		return "its import id is not valid UTF-8, so no command or block can carry it";
	return NULL;
}

static struct drift__import *
add_item(struct maker *mk, const char *address, const char *source, size_t live)
{
	struct drift_imports *im = mk->im;
	struct drift_resource *r = &mk->live->resources[live];
	struct drift__import *it;

	if (im->n == mk->cap) {
		size_t cap = mk->cap > 0 ? mk->cap * 2 : 64;
		struct drift__import *grown = drift__realloc(im->items, cap * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		im->items = grown;
		mk->cap = cap;
	}
	it = &im->items[im->n++];
	memset(it, 0, sizeof(*it));
	it->address = address;
	it->type = r->type;
	it->id = r->import_id;
	it->service = service_of(im, r->type);
	it->region = r->region;
	it->source = source;
	it->live = r;
	mk->used[live] = true;
	return it;
}

static bool
is_unmanaged(const struct maker *mk, const struct drift_resource *r)
{
	const struct drift_value *list = mk->opt->unmanaged;

	if (list == NULL)
		return (r->flags & DRIFT__IN_SCOPE) != 0 && (r->flags & (DRIFT__LOOKED_UP | DRIFT__BACKEND | DRIFT__GONE)) == 0 &&
			r->owner == NULL && (mk->opt->defaults || (r->flags & DRIFT__AWS_DEFAULT) == 0);
	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *one = drift_value_at(list, i);
		const char *region = drift__value_gets(one, "region");

		if (drift__streq(drift__value_gets(one, "type"), r->type) && drift__streq(drift__value_gets(one, "id"), r->id) &&
		    (region == NULL || r->region == NULL || region[0] == '\0' || strcmp(region, r->region) == 0))
			return true;
	}
	return false;
}

static const struct drift_value *
describe_candidates(struct maker *mk, const struct drift__match *match)
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
note_ambiguous(struct maker *mk, const struct drift__planned *p, const struct drift__match *match)
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
take_match(struct maker *mk, const struct drift__planned *p, const struct drift__match *match)
{
	const struct drift_resource *r = &mk->live->resources[match->live];
	const char *managed = drift__claims_find(&mk->claims, r), *no = why_not(mk, r);
	struct drift__import *it;

	if (managed != NULL) {
		const char *hint = drift__arena_printf(&mk->im->arena, "moved { from = %s, to = %s }", managed, p->address);

		mk->used[match->live] = true;
		note(mk, &mk->elsewhere, p->address, p->type, r, drift__arena_printf(&mk->im->arena, "the state has it as %s", managed), hint);
		return DRIFT_OK;
	}
	if (p->replace) {
		mk->used[match->live] = true;
		note(mk, &mk->elsewhere, p->address, p->type, r, "the address holds another object, which the plan replaces by one that exists",
			"take the old object out of the state first (terraform state rm), then import");
		return DRIFT_OK;
	}
	if (no != NULL) {
		mk->used[match->live] = true;
		note(mk, &mk->not_importable, p->address, p->type, r, no, NULL);
		return DRIFT_OK;
	}
	it = add_item(mk, p->address, "plan", match->live);
	if (it == NULL)
		return drift__nomem(mk->err);
	it->module = p->module[0] != '\0' ? p->module : NULL;
	it->alias = p->alias;
	it->planned = p;
	it->evidence = match->evidence;
	return DRIFT_OK;
}

/* The user's map goes before any matching. */
static void
apply_map(struct maker *mk)
{
	for (size_t i = 0; i < mk->live->n_resources; i++) {
		const struct drift_resource *r = &mk->live->resources[i];
		const char *address = drift__map_find(&mk->map, r->import_id, r->type);

		for (size_t p = 0; address != NULL && p < mk->plan.n; p++) {
			struct drift__list_builder list;
			struct drift__map_builder m;

			if (strcmp(mk->plan.list[p].address, address) != 0 || mk->matches[p].outcome == DRIFT__MATCHED)
				continue;
			mk->matches[p].outcome = DRIFT__MATCHED;
			mk->matches[p].live = i;
			drift__map_init(&m, &mk->im->arena);
			drift__map_puts(&m, "note", "named in the map file");
			drift__list_init(&list, &mk->im->arena);
			drift__list_add(&list, drift__map_finish(&m));
			mk->matches[p].evidence = drift__list_finish(&list);
		}
	}
}

static enum drift_status
from_plan(struct maker *mk)
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
			note(mk, &mk->fresh, planned->address, planned->type, NULL, match->reason, NULL);
			break;
		case DRIFT__UNDECIDED:
			note(mk, &mk->undecided, planned->address, planned->type, NULL, match->reason, NULL);
			break;
		}
	}
	return st == DRIFT_OK ? drift__forecast(mk->im, &mk->plan, mk->matches, mk->err) : st;
}

static bool
is_taken(void *ctx, const char *type, const char *name)
{
	const struct maker *mk = ctx;
	size_t n = strlen(type);

	if (drift__claims_address(&mk->claims, type, name))
		return true;
	for (size_t i = 0; i < mk->im->n; i++) {
		const char *address = mk->im->items[i].address;

		if (strncmp(address, type, n) == 0 && address[n] == '.' && strcmp(address + n + 1, name) == 0)
			return true;
	}
	return false;
}

static enum drift_status
name_rest(struct maker *mk, struct drift__naming *names, const size_t *of, size_t n)
{
	enum drift_status st = drift__names_make(&mk->im->arena, names, n, is_taken, mk, mk->err);

	for (size_t i = 0; i < n && st == DRIFT_OK; i++) {
		char *address = drift__arena_printf(&mk->im->arena, "%s.%s", names[i].type, names[i].name);

		if (address == NULL || add_item(mk, address, "name", of[i]) == NULL)
			st = drift__nomem(mk->err);
	}
	return st;
}

/* An address from the map file or from an older state. */
static enum drift_status
take_known_address(struct maker *mk, size_t i, bool *done)
{
	const struct drift_resource *r = &mk->live->resources[i];
	const char *address = drift__map_find(&mk->map, r->import_id, r->type), *source = "map", *module = NULL, *type, *name;
	struct drift__import *it;

	*done = false;
	if (address == NULL) {
		address = drift__claims_find(&mk->history, r);
		source = "history";
	}
	if (address == NULL)
		return DRIFT_OK;
	if (drift__claims_holds(&mk->claims, address)) /* something else lives there by now */
		return DRIFT_OK;
	if (!drift__address_parts(&mk->im->arena, address, &module, &type, &name))
		return DRIFT_OK;
	for (size_t k = 0; k < mk->im->n; k++) {
		if (strcmp(mk->im->items[k].address, address) == 0) {
			note(mk, &mk->undecided, address, r->type, r, "two live resources are mapped to one address", NULL);
			*done = true;
			return DRIFT_OK;
		}
	}
	it = add_item(mk, address, source, i);
	if (it == NULL)
		return drift__nomem(mk->err);
	it->module = module;
	*done = true;
	return DRIFT_OK;
}

/* True when a matched create has the resource inline, as an `ingress` block has the rules of its group: the catalogue's siblings say so. */
static bool
is_inline(const struct maker *mk, const struct drift_resource *r)
{
	for (size_t i = 0; i < mk->im->n; i++) {
		const struct drift__import *it = &mk->im->items[i];
		const struct drift_value *rules;

		if (it->planned == NULL || r->parent_key == NULL || !drift__streq(it->type, r->parent_type) ||
		    (!drift__streq(it->live->id, r->parent_key) && !drift__streq(it->live->name, r->parent_key) &&
			    !drift__streq(it->live->arn, r->parent_key)))
			continue;
		rules = drift__facts_get(&mk->im->facts, it->type, "attributes");
		for (size_t k = 0; k < drift_value_size(rules); k++) {
			const struct drift_value *siblings = drift_value_get(drift_value_at(rules, k), "siblings");

			for (size_t s = 0; s < drift_value_size(siblings); s++) {
				if (drift__streq(drift__value_gets(drift_value_at(siblings, s), "type"), r->type) &&
				    drift_value_size(drift_value_get(it->planned->after, drift_value_key(rules, k, NULL))) > 0)
					return true;
			}
		}
	}
	return false;
}

/* What is unmanaged and not taken by a plan: named when there is no plan, only told of when there is one. */
static enum drift_status
from_live(struct maker *mk)
{
	size_t n = 0;
	struct drift__naming *names = drift__calloc(mk->live->n_resources + 1, sizeof(*names));
	size_t *of = drift__calloc(mk->live->n_resources + 1, sizeof(*of));
	enum drift_status st = names != NULL && of != NULL ? DRIFT_OK : drift__nomem(mk->err);

	for (size_t i = 0; i < mk->live->n_resources && st == DRIFT_OK; i++) {
		const struct drift_resource *r = &mk->live->resources[i];
		const char *no = why_not(mk, r);
		bool done;

		if (mk->used[i] || drift__claims_find(&mk->claims, r) != NULL || !is_unmanaged(mk, r))
			continue;
		if (mk->opt->plan != NULL) {
			if (is_inline(mk, r))
				continue;
			note(mk, &mk->unplanned, NULL, r->type, r, NULL, NULL);
			continue;
		}
		if (no != NULL) {
			note(mk, &mk->not_importable, NULL, r->type, r, no, NULL);
			continue;
		}
		st = take_known_address(mk, i, &done);
		if (st != DRIFT_OK || done)
			continue;
		names[n].type = r->type;
		names[n].live_name = r->name;
		names[n].import_id = r->import_id;
		names[n].region = r->region;
		of[n++] = i;
	}
	if (st == DRIFT_OK)
		st = name_rest(mk, names, of, n);
	drift__free(names);
	drift__free(of);
	return st;
}

static const char *
main_region(struct maker *mk)
{
	const char *best = NULL;
	size_t most = 0;

	if (mk->opt->region != NULL)
		return drift__arena_strdup(&mk->im->arena, mk->opt->region);
	for (size_t i = 0; i < mk->im->n; i++) {
		const char *region = mk->im->items[i].region;
		size_t count = 0;

		if (region == NULL || drift__streq(region, best))
			continue;
		for (size_t k = 0; k < mk->im->n; k++)
			count += drift__streq(mk->im->items[k].region, region);
		if (count > most || (count == most && best != NULL && strcmp(region, best) < 0)) {
			best = region;
			most = count;
		}
	}
	return best;
}

static const struct drift_value *
describe_item(struct drift_imports *im, const struct drift__import *it)
{
	struct drift__map_builder m;

	drift__map_init(&m, &im->arena);
	drift__map_puts(&m, "address", it->address);
	drift__map_puts(&m, "type", it->type);
	drift__map_puts(&m, "id", it->id);
	drift__map_puts(&m, "region", it->region);
	drift__map_puts(&m, "provider", it->alias);
	drift__map_puts(&m, "service", it->service);
	drift__map_puts(&m, "name", it->live->name);
	drift__map_puts(&m, "source", it->source);
	drift__map_puti(&m, "level", it->level);
	drift__map_put(&m, "evidence", it->evidence != NULL ? it->evidence : &drift__null);
	drift__map_puts(&m, "forecast", it->forecast);
	drift__map_put(&m, "changes", it->changes != NULL ? it->changes : &drift__null);
	return drift__map_finish(&m);
}

static const struct drift_value *
summary(struct maker *mk)
{
	static const char *const forecasts[] = {"no-op", "in-place", "replace"};
	struct drift__map_builder m;

	drift__map_init(&m, &mk->im->arena);
	drift__map_puti(&m, "imports", (int64_t)mk->im->n);
	for (size_t f = 0; f < sizeof(forecasts) / sizeof(forecasts[0]) && mk->opt->plan != NULL; f++) {
		int64_t count = 0;

		for (size_t i = 0; i < mk->im->n; i++)
			count += drift__streq(mk->im->items[i].forecast, forecasts[f]);
		drift__map_puti(&m, forecasts[f], count);
	}
	drift__map_puti(&m, "ambiguous", (int64_t)mk->ambiguous.len);
	drift__map_puti(&m, "new", (int64_t)mk->fresh.len);
	drift__map_puti(&m, "undecided", (int64_t)mk->undecided.len);
	drift__map_puti(&m, "managed_elsewhere", (int64_t)mk->elsewhere.len);
	drift__map_puti(&m, "not_importable", (int64_t)mk->not_importable.len);
	drift__map_puti(&m, "unplanned", (int64_t)mk->unplanned.len);
	drift__map_puti(&m, "other_providers", (int64_t)mk->plan.n_foreign);
	return drift__map_finish(&m);
}

static enum drift_status
describe(struct maker *mk, const struct drift_value *cycles)
{
	struct drift_imports *im = mk->im;
	struct drift__list_builder items;
	struct drift__map_builder m;

	drift__list_init(&items, &im->arena);
	for (size_t i = 0; i < im->n; i++)
		drift__list_add(&items, describe_item(im, &im->items[i]));
	drift__map_init(&m, &im->arena);
	drift__map_puts(&m, "format_version", "1.0");
	drift__map_put(&m, "summary", summary(mk));
	drift__map_put(&m, "imports", drift__list_finish(&items));
	drift__map_put(&m, "ambiguous", drift__list_finish(&mk->ambiguous));
	drift__map_put(&m, "new", drift__list_finish(&mk->fresh));
	drift__map_put(&m, "undecided", drift__list_finish(&mk->undecided));
	drift__map_put(&m, "managed_elsewhere", drift__list_finish(&mk->elsewhere));
	drift__map_put(&m, "not_importable", drift__list_finish(&mk->not_importable));
	drift__map_put(&m, "unplanned", drift__list_finish(&mk->unplanned));
	drift__map_put(&m, "cycles", cycles);
	im->root = drift__map_finish(&m);
	return im->root != NULL ? DRIFT_OK : drift__nomem(mk->err);
}

static enum drift_status
prepare(struct maker *mk)
{
	struct drift__arena *a = &mk->im->arena;
	size_t n = mk->live->n_resources;
	enum drift_status st = drift__claims_make(mk->state, &mk->claims, mk->err);

	if (st == DRIFT_OK)
		st = drift__claims_make(mk->opt->history, &mk->history, mk->err);
	if (st == DRIFT_OK && mk->opt->map_text != NULL)
		st = drift__map_read(a, mk->opt->map_text, mk->opt->map_bytes, mk->opt->map_name, &mk->map, mk->err);
	if (st != DRIFT_OK)
		return st;
	mk->usable = drift__arena_zalloc(a, n + 1);
	mk->used = drift__arena_zalloc(a, n + 1);
	if (mk->usable == NULL || mk->used == NULL)
		return drift__nomem(mk->err);
	for (size_t i = 0; i < n; i++) /* a plan names what it wants: tags and scope do not matter then */
		mk->usable[i] = (mk->live->resources[i].flags & (DRIFT__GONE | DRIFT__AWS_DEFAULT)) == 0;
	drift__list_init(&mk->ambiguous, a);
	drift__list_init(&mk->fresh, a);
	drift__list_init(&mk->undecided, a);
	drift__list_init(&mk->not_importable, a);
	drift__list_init(&mk->unplanned, a);
	drift__list_init(&mk->elsewhere, a);
	return DRIFT_OK;
}

enum drift_status
drift__imports_make(const struct drift__facts *facts, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err)
{
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct maker mk = {.state = state, .live = live, .opt = &opt, .err = err};
	const struct drift_value *cycles = NULL;
	enum drift_status st;

	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	mk.im = drift__calloc(1, sizeof(*mk.im));
	if (mk.im == NULL)
		return drift__nomem(err);
	drift__arena_init(&mk.im->arena, ARENA_MAX_BYTES);
	mk.im->facts = *facts;
	mk.im->partition = drift__value_gets(live->meta, "partition");
	if (mk.im->partition == NULL)
		mk.im->partition = "aws";
	st = prepare(&mk);
	if (st == DRIFT_OK && opt.plan != NULL)
		st = from_plan(&mk);
	if (st == DRIFT_OK)
		st = from_live(&mk);
	if (st == DRIFT_OK)
		st = drift__imports_order(mk.im, &cycles, err);
	if (st == DRIFT_OK) {
		mk.im->default_region = main_region(&mk);
		st = describe(&mk, cycles);
	}
	drift__claims_dispose(&mk.claims);
	drift__claims_dispose(&mk.history);
	drift__list_dispose(&mk.ambiguous); /* nothing is left in them unless something failed */
	drift__list_dispose(&mk.fresh);
	drift__list_dispose(&mk.undecided);
	drift__list_dispose(&mk.not_importable);
	drift__list_dispose(&mk.unplanned);
	drift__list_dispose(&mk.elsewhere);
	if (st != DRIFT_OK) {
		drift_imports_free(mk.im);
		return st;
	}
	*out = mk.im;
	return DRIFT_OK;
}
