/* Each live object that no instance claims → unmanaged, or left out: AWS's own, the backend's, of another manager, inline in its parent,
 * or the twin of an object that is spoken of elsewhere. And each that several claim → a duplicate. */
#include "diff/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- twins: resources of several types that stand for one physical object ---- */

struct twin {
	const struct drift_resource *r;
	const char *base; /* NULL: r->physical says what it is */
};

static int
compare_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static const char *
twin_key(const struct twin *t)
{
	return t->base == NULL ? t->r->more->physical : t->r->keys != NULL && t->r->keys[0] != NULL ? t->r->keys[0] : t->r->id;
}

/* 0: they stand for the same. */
static int
compare_names(const struct twin *a, const struct twin *b)
{
	int c = compare_text(a->base, b->base);

	if (c == 0)
		c = compare_text(a->r->region, b->r->region);
	return c != 0 ? c : compare_text(twin_key(a), twin_key(b));
}

static int
compare_twins(const void *pa, const void *pb)
{
	const struct twin *a = pa, *b = pb;
	int c = compare_names(a, b);

	return c != 0 ? c : (a->r > b->r) - (a->r < b->r);
}

static size_t
place_of(const struct drift__finder *f, const struct twin *t)
{
	return (size_t)(t->r - f->pairs->live->resources);
}

/* Of twins that nobody claims, the one to report: the preferred, else the type that others extend, else the first. */
static size_t
spokesman(const struct drift__finder *f, const struct twin *t, size_t n)
{
	size_t i, best = 0;

	for (i = 0; i < n; i++)
		if (t[i].r->flags & DRIFT__PREFERRED)
			return i;
	for (i = 0; i < n; i++)
		if (strcmp(f->pairs->objects[place_of(f, &t[i])].known->base, t[i].r->type) == 0)
			return i;
	return best;
}

/* ---- rows ---- */

static enum drift_status
add_unmanaged(struct drift__finder *f, const struct drift_resource *r, enum drift__row_kind kind)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	drift__row_resource(f, &m, r);
	drift__map_put(&m, "tags", r->tags != NULL ? drift__likes_copy(&f->likes, r->tags) : &drift__null);
	drift__row_text(f, &m, "import_id", r->import_id);
	drift__row_text(f, &m, "owner", r->more->owner);
	if (r->more->owner_rule != NULL)
		drift__row_text(f, &m, "owner_rule", r->more->owner_rule);
	if (r->more->parent_type != NULL)
		drift__row_text(f, &m, "parent", r->more->parent_key);
	if (r->flags & DRIFT__AWS_DEFAULT)
		drift__map_putb(&m, "aws_default", true);
	return drift__row_add(f, kind, r->type, r->region, r->id, r->import_id, &m);
}

static enum drift_status
add_ignored(struct drift__finder *f, const struct drift_resource *r)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	drift__row_text(f, &m, "type", r->type);
	drift__row_text(f, &m, "id", r->id);
	drift__row_text(f, &m, "address", NULL);
	drift__row_text(f, &m, "path", NULL);
	return drift__row_add(f, DRIFT__ROW_IGNORED, r->type, r->id, NULL, NULL, &m);
}

static enum drift_status
judge_object(struct drift__finder *f, size_t at)
{
	const struct drift_resource *r = &f->pairs->live->resources[at];
	const unsigned never = DRIFT__LOOKED_UP | DRIFT__BACKEND | DRIFT__GONE;
	bool is_inline = false, ignored = false;
	enum drift_status st;

	if (!(r->flags & DRIFT__IN_SCOPE) || (r->flags & never)) {
		f->out_of_scope++;
		return DRIFT_OK;
	}
	if ((r->flags & DRIFT__AWS_DEFAULT) && !f->options->defaults) {
		f->defaults++;
		return DRIFT_OK;
	}
	st = drift__is_inline(f->pairs, at, &is_inline, f->err);
	if (st != DRIFT_OK || is_inline)
		return st;
	st = drift__ignored(&f->ignore, r->type, r->id != NULL ? r->id : "", NULL, NULL, &ignored, f->err);
	if (st != DRIFT_OK)
		return st;
	if (ignored)
		return add_ignored(f, r);
	return add_unmanaged(f, r, r->more->owner != NULL && !f->options->other_managers ? DRIFT__ROW_OTHER_MANAGER : DRIFT__ROW_UNMANAGED);
}

static enum drift_status
judge_twins(struct drift__finder *f, const struct twin *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct drift__object *o = &f->pairs->objects[place_of(f, &t[i])];

		if (o->claims > 0 || o->deposed || o->spoken_for)
			return DRIFT_OK;
	}
	return judge_object(f, place_of(f, &t[spokesman(f, t, n)]));
}

/* ---- claimed twice ---- */

static int
compare_instances(const void *pa, const void *pb)
{
	const struct drift_resource *a = (*(const struct drift__instance *const *)pa)->r, *b = (*(const struct drift__instance *const *)pb)->r;
	int c = a->source - b->source;

	return c != 0 ? c : strcmp(a->address != NULL ? a->address : "", b->address != NULL ? b->address : "");
}

static enum drift_status
add_duplicate(struct drift__finder *f, size_t at)
{
	const struct drift__pairs *p = f->pairs;
	const struct drift_resource *r = &p->live->resources[at];
	const struct drift__instance **claims = drift__arena_alloc(p->arena, p->objects[at].claims * sizeof *claims);
	struct drift__list_builder list;
	struct drift__map_builder m, one;
	size_t i, k, n = 0;

	if (claims == NULL)
		return drift__nomem(f->err);
	for (i = p->objects[at].claimant; i < p->state->n_resources && n < p->objects[at].claims; i++)
		for (k = 0; k < p->instances[i].n_lives && !(p->instances[i].r->flags & DRIFT__DEPOSED); k++)
			if (p->instances[i].lives[k] == at)
				claims[n++] = &p->instances[i];
	qsort(claims, n, sizeof *claims, compare_instances);
	drift__list_init(&list, f->arena);
	for (i = 0; i < n; i++) {
		drift__map_init(&one, f->arena);
		drift__row_text(f, &one, "address", claims[i]->r->address);
		drift__map_puti(&one, "source", claims[i]->r->source);
		drift__list_add(&list, drift__map_finish(&one));
	}
	drift__map_init(&m, f->arena);
	drift__row_resource(f, &m, r);
	drift__map_put(&m, "claims", drift__list_finish(&list));
	return drift__row_add(f, DRIFT__ROW_DUPLICATE, r->type, r->region, r->id, NULL, &m);
}

/* A type outside the catalogue may share an object's ARN by nature; only instances of the object's own type are rivals. */
static bool
claimed_twice(const struct drift__finder *f, size_t at)
{
	const struct drift__pairs *p = f->pairs;
	size_t i, k, n = 0;

	if (p->objects[at].claims < 2)
		return false;
	for (i = p->objects[at].claimant; i < p->state->n_resources; i++)
		for (k = 0; k < p->instances[i].n_lives; k++)
			n += p->instances[i].lives[k] == at && p->instances[i].known == p->objects[at].known &&
				!(p->instances[i].r->flags & DRIFT__DEPOSED);
	return n > 1;
}

enum drift_status
drift__judge_objects(struct drift__finder *f)
{
	size_t i, k, n = f->pairs->live->n_resources;
	struct twin *twins = drift__arena_alloc(f->pairs->arena, (n + 1) * sizeof *twins);
	enum drift_status st = DRIFT_OK;

	if (twins == NULL)
		return drift__nomem(f->err);
	for (i = 0; i < n; i++) {
		const struct drift_resource *r = &f->pairs->live->resources[i];

		twins[i] = (struct twin){r, r->more->physical != NULL ? NULL : f->pairs->objects[i].known->base};
	}
	if (n > 1)
		qsort(twins, n, sizeof *twins, compare_twins);
	for (i = 0; i < n && st == DRIFT_OK; i = k) {
		for (k = i + 1; k < n && compare_names(&twins[k], &twins[i]) == 0; k++)
			;
		st = judge_twins(f, &twins[i], k - i);
	}
	for (i = 0; i < n && st == DRIFT_OK; i++)
		if (claimed_twice(f, i))
			st = add_duplicate(f, i);
	return st;
}
