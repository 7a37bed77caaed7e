/* Snapshots: adding, sorting, finding. */
#include "model/resource.h"

#include <stdlib.h>
#include <string.h>

struct drift_snapshot *
drift__snapshot_new(enum drift_side side)
{
	struct drift_snapshot *s = drift__calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	drift__arena_init(&s->arena, 0);
	s->arena.share_names = true;
	s->side = side;
	return s;
}

void
drift_snapshot_free(struct drift_snapshot *s)
{
	if (s == NULL)
		return;
	drift__arena_dispose(&s->arena);
	drift__free(s->resources);
	drift__free(s);
}

void
drift__snapshot_reserve(struct drift_snapshot *s, size_t n)
{
	struct drift_resource *exact = n > 0 && n >= s->n_resources && n != s->cap_resources ? drift__realloc(s->resources, n * sizeof *exact) : NULL;

	if (exact == NULL)
		return;
	s->resources = exact;
	s->cap_resources = n;
}

static const struct drift__more nothing_more;

bool
drift__resource_tell(struct drift_snapshot *s, struct drift_resource *r, const struct drift__more *more)
{
	struct drift__more *own;

	if (memcmp(more, &nothing_more, sizeof *more) == 0)
		return true;
	own = drift__arena_alloc(&s->arena, sizeof *own);
	if (own == NULL)
		return false;
	*own = *more;
	r->more = own;
	return true;
}

struct drift_resource *
drift__snapshot_add(struct drift_snapshot *s, const char *type)
{
	struct drift_resource *r;

	if (s->n_resources == s->cap_resources) {
		size_t cap = s->cap_resources == 0 ? 64 : s->cap_resources * 2;
		struct drift_resource *more = drift__realloc(s->resources, cap * sizeof *more);

		if (more == NULL)
			return NULL;
		s->resources = more;
		s->cap_resources = cap;
	}
	r = &s->resources[s->n_resources];
	memset(r, 0, sizeof *r);
	r->more = &nothing_more;
	/* mostly that of the one before; the copies are one, which sorting sees at once */
	r->type = s->n_resources > 0 && strcmp(r[-1].type, type) == 0 ? r[-1].type : drift__arena_strdup(&s->arena, type);
	if (r->type == NULL)
		return NULL;
	s->n_resources++;
	return r;
}

static int
compare_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static const char *
first_key(const struct drift_resource *r)
{
	return r->keys != NULL && r->keys[0] != NULL ? r->keys[0] : r->id;
}

static int
compare_resources(const void *pa, const void *pb)
{
	const struct drift_resource *a = pa, *b = pb;
	int c = a->type == b->type ? 0 : strcmp(a->type, b->type);

	if (c == 0)
		c = compare_text(a->region, b->region);
	if (c == 0)
		c = compare_text(first_key(a), first_key(b));
	if (c == 0)
		c = compare_text(a->address, b->address);
	if (c == 0)
		c = compare_text(a->more->deposed, b->more->deposed);
	return c != 0 ? c : compare_text(a->import_id, b->import_id);
}

enum drift_status
drift__snapshot_seal(struct drift_snapshot *s, struct drift_error *err)
{
	struct drift__list_builder none;
	struct drift__map_builder empty;

	drift__snapshot_reserve(s, s->n_resources);
	if (s->n_resources > 1)
		qsort(s->resources, s->n_resources, sizeof *s->resources, compare_resources);
	if (s->gaps == NULL) {
		drift__list_init(&none, &s->arena);
		s->gaps = drift__list_finish(&none);
	}
	if (s->meta == NULL) {
		drift__map_init(&empty, &s->arena);
		s->meta = drift__map_finish(&empty);
	}
	return s->gaps != NULL && s->meta != NULL ? DRIFT_OK : drift__nomem(err);
}

size_t
drift__snapshot_of_type(const struct drift_snapshot *s, const char *type, size_t *first)
{
	size_t lo = 0, hi = s->n_resources;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(s->resources[mid].type, type) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*first = lo;
	for (hi = s->n_resources; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(s->resources[mid].type, type) == 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - *first;
}

/* ---- the public reading side ---- */

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

enum drift_side
drift_snapshot_side(const struct drift_snapshot *s)
{
	return s->side;
}

size_t
drift_snapshot_size(const struct drift_snapshot *s)
{
	return s != NULL ? s->n_resources : 0;
}

const struct drift_resource *
drift_snapshot_at(const struct drift_snapshot *s, size_t i)
{
	return s != NULL && i < s->n_resources ? &s->resources[i] : NULL;
}

const struct drift_value *
drift_snapshot_gaps(const struct drift_snapshot *s)
{
	return s->gaps;
}

const struct drift_value *
drift_snapshot_meta(const struct drift_snapshot *s)
{
	return s->meta;
}

const char *
drift_resource_type(const struct drift_resource *r)
{
	return r->type;
}

const char *
drift_resource_address(const struct drift_resource *r)
{
	return or_empty(r->address);
}

const char *
drift_resource_id(const struct drift_resource *r)
{
	return or_empty(r->id);
}

const char *
drift_resource_name(const struct drift_resource *r)
{
	return or_empty(r->name);
}

const char *
drift_resource_arn(const struct drift_resource *r)
{
	return or_empty(r->arn);
}

const char *
drift_resource_region(const struct drift_resource *r)
{
	return or_empty(r->region);
}

const char *
drift_resource_import_id(const struct drift_resource *r)
{
	return or_empty(r->import_id);
}

const struct drift_value *
drift_resource_tags(const struct drift_resource *r)
{
	return r->tags;
}

const struct drift_value *
drift_resource_attributes(const struct drift_resource *r)
{
	return r->attributes;
}
