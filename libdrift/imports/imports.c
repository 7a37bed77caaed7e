/* Live resources (and a plan, a map, older states) -> import items with addresses, in order. */
#include "imports/maker.h"
#include "imports/quote.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX_BYTES = 1 << 30 };

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

void
drift__maker_note(struct drift__maker *mk, struct drift__list_builder *list, const char *address, const char *type, const struct drift_resource *live,
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
const char *
drift__maker_why_not(struct drift__maker *mk, const struct drift_resource *r)
{
	const char *text = drift__value_str(drift__facts_get(&mk->im->facts, r->type, "import_note"));

	if (r->import_id == NULL || r->import_id[0] == '\0')
		return text != NULL ? text : "Terraform cannot import this type";
	if (!drift__is_sound_text(r->import_id, strlen(r->import_id)))
		return "its import id is not valid UTF-8, so no command or block can carry it";
	return NULL;
}

struct drift__import *
drift__maker_add(struct drift__maker *mk, const char *address, const char *source, size_t live)
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

const char *
drift__maker_holder(const struct drift__maker *mk, const struct drift_resource *r)
{
	for (size_t i = 0; i < mk->im->n && r->more->physical != NULL; i++) {
		const struct drift_resource *other = mk->im->items[i].live;

		if (other != r && drift__streq(other->more->physical, r->more->physical) &&
		    (other->region == NULL || r->region == NULL || strcmp(other->region, r->region) == 0))
			return mk->im->items[i].address;
	}
	return NULL;
}

static enum drift_status
prepare(struct drift__maker *mk)
{
	struct drift__arena *a = &mk->im->arena;
	size_t n = mk->live->n_resources;
	/* where nothing is to be imported, nobody asks what the state has already */
	bool nothing = mk->opt->plan == NULL && mk->opt->unmanaged != NULL && drift_value_size(mk->opt->unmanaged) == 0;
	enum drift_status st = nothing ? DRIFT_OK : drift__claims_make(mk->state, &mk->claims, mk->err);

	if (st == DRIFT_OK && !nothing)
		st = drift__claims_make(mk->opt->history, &mk->history, mk->err);
	if (st == DRIFT_OK && mk->opt->map_text != NULL)
		st = drift__map_read(a, mk->opt->map_text, mk->opt->map_bytes, mk->opt->map_name, &mk->map, mk->err);
	if (st != DRIFT_OK)
		return st;
	mk->usable = drift__arena_zalloc(a, n + 1);
	mk->used = drift__arena_zalloc(a, n + 1);
	mk->im->aliases = drift__provider_aliases(a, mk->opt->configuration);
	mk->im->default_region = drift__provider_region(a, mk->opt->configuration);
	if (mk->usable == NULL || mk->used == NULL || mk->im->aliases == NULL || !drift__moves_read(a, mk->opt->configuration, &mk->moves) ||
	    (mk->opt->new_blocks && !drift__configured_addresses(a, mk->opt->configuration, &mk->configured, &mk->n_configured)))
		return drift__nomem(mk->err);
	for (size_t i = 0; i < n; i++) /* a plan names what it wants: tags and scope do not matter then */
		mk->usable[i] = (mk->live->resources[i].flags & (DRIFT__GONE | DRIFT__AWS_DEFAULT)) == 0;
	drift__list_init(&mk->ambiguous, a);
	drift__list_init(&mk->fresh, a);
	drift__list_init(&mk->undecided, a);
	drift__list_init(&mk->not_importable, a);
	drift__list_init(&mk->unplanned, a);
	drift__list_init(&mk->elsewhere, a);
	drift__list_init(&mk->in_state, a);
	return DRIFT_OK;
}

static enum drift_status
make(const struct drift__facts *facts, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_import_options *options, bool describe, struct drift_imports **out, struct drift_error *err)
{
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift__maker mk = {.state = state, .live = live, .opt = &opt, .err = err};
	const struct drift_value *cycles = NULL;
	enum drift_status st;

	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	mk.im = drift__calloc(1, sizeof(*mk.im));
	if (mk.im == NULL)
		return drift__nomem(err);
	drift__arena_init(&mk.im->arena, ARENA_MAX_BYTES);
	mk.im->arena.share_names = true;
	mk.im->facts = *facts;
	mk.im->partition = drift__value_gets(live->meta, "partition");
	if (mk.im->partition == NULL)
		mk.im->partition = "aws";
	st = prepare(&mk);
	if (st == DRIFT_OK && opt.plan != NULL)
		st = drift__maker_from_plan(&mk);
	if (st == DRIFT_OK)
		st = drift__maker_from_live(&mk);
	if (st == DRIFT_OK)
		st = drift__imports_order(mk.im, &cycles, err);
	if (st == DRIFT_OK && describe)
		st = drift__maker_describe(&mk, cycles);
	drift__claims_dispose(&mk.claims);
	drift__claims_dispose(&mk.history);
	drift__list_dispose(&mk.ambiguous); /* nothing is left in them unless something failed */
	drift__list_dispose(&mk.fresh);
	drift__list_dispose(&mk.undecided);
	drift__list_dispose(&mk.not_importable);
	drift__list_dispose(&mk.unplanned);
	drift__list_dispose(&mk.elsewhere);
	drift__list_dispose(&mk.in_state);
	if (st != DRIFT_OK) {
		drift_imports_free(mk.im);
		return st;
	}
	*out = mk.im;
	return DRIFT_OK;
}

enum drift_status
drift__imports_make(const struct drift__facts *facts, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err)
{
	return make(facts, state, live, options, true, out, err);
}

enum drift_status
drift__imports_items(const struct drift__facts *facts, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err)
{
	return make(facts, state, live, options, false, out, err);
}
