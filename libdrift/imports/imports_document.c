/* The items -> the document that tells of them. */
#include "imports/maker.h"
#include "model/alike.h"

#include <string.h>

static const char *
main_region(struct drift__maker *mk)
{
	const char *best = NULL;
	size_t most = 0;

	if (mk->im->default_region != NULL)
		return mk->im->default_region;
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
describe_item(struct drift__likes *l, const struct drift__import *it)
{
	struct drift__map_builder m;

	drift__map_init(&m, l->arena);
	drift__likes_puts(l, &m, "address", it->address);
	drift__likes_puts(l, &m, "type", it->type);
	drift__likes_puts(l, &m, "id", it->id);
	drift__likes_puts(l, &m, "region", it->region);
	drift__likes_puts(l, &m, "provider", it->alias);
	drift__likes_puts(l, &m, "service", it->service);
	/* the document does not outlive the snapshots */
	drift__map_lend(&m, "name", it->live->name);
	drift__likes_puts(l, &m, "source", it->source);
	drift__map_puti(&m, "level", it->level);
	drift__map_put(&m, "evidence", it->evidence != NULL ? it->evidence : &drift__null);
	drift__likes_puts(l, &m, "forecast", it->forecast);
	drift__map_put(&m, "changes", it->changes != NULL ? it->changes : &drift__null);
	return drift__likes_finish(l, &m);
}

static const struct drift_value *
summary(struct drift__maker *mk)
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
	drift__map_puti(&m, "in_state", (int64_t)mk->in_state.len);
	drift__map_puti(&m, "not_importable", (int64_t)mk->not_importable.len);
	drift__map_puti(&m, "unplanned", (int64_t)mk->unplanned.len);
	drift__map_puti(&m, "other_providers", (int64_t)mk->plan.n_foreign);
	return drift__map_finish(&m);
}

/* Lines of the map file that named nothing: a typing mistake, more often than not. */
static const struct drift_value *
unused_mappings(struct drift__maker *mk)
{
	struct drift__list_builder list;
	struct drift__map_builder m;

	drift__list_init(&list, &mk->im->arena);
	for (size_t i = 0; i < mk->map.n; i++) {
		if (mk->map.list[i].used)
			continue;
		drift__map_init(&m, &mk->im->arena);
		drift__map_puts(&m, "id", mk->map.list[i].id);
		drift__map_puts(&m, "address", mk->map.list[i].address);
		drift__list_add(&list, drift__map_finish(&m));
	}
	return drift__list_finish(&list);
}

enum drift_status
drift__maker_describe(struct drift__maker *mk, const struct drift_value *cycles)
{
	struct drift_imports *im = mk->im;
	struct drift__list_builder items;
	struct drift__map_builder m;
	struct drift__likes likes;

	im->default_region = main_region(mk);
	drift__list_init(&items, &im->arena);
	drift__likes_init(&likes, &im->arena);
	for (size_t i = 0; i < im->n; i++)
		drift__list_add(&items, describe_item(&likes, &im->items[i]));
	drift__likes_dispose(&likes);
	drift__map_init(&m, &im->arena);
	drift__map_puts(&m, "format_version", "1.0");
	drift__map_put(&m, "summary", summary(mk));
	drift__map_put(&m, "imports", drift__list_finish(&items));
	drift__map_put(&m, "ambiguous", drift__list_finish(&mk->ambiguous));
	drift__map_put(&m, "new", drift__list_finish(&mk->fresh));
	drift__map_put(&m, "undecided", drift__list_finish(&mk->undecided));
	drift__map_put(&m, "managed_elsewhere", drift__list_finish(&mk->elsewhere));
	drift__map_put(&m, "in_state", drift__list_finish(&mk->in_state));
	drift__map_put(&m, "not_importable", drift__list_finish(&mk->not_importable));
	drift__map_put(&m, "unplanned", drift__list_finish(&mk->unplanned));
	drift__map_put(&m, "map_unused", unused_mappings(mk));
	drift__map_put(&m, "cycles", cycles);
	im->root = drift__map_finish(&m);
	return im->root != NULL ? DRIFT_OK : drift__nomem(mk->err);
}

