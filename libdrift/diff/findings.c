/* Two snapshots → findings: pairs are made, instances and objects judged, rows sorted and put into one tree. */
#include "diff/findings.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

void
drift__row_text(struct drift__finder *f, struct drift__map_builder *m, const char *name, const char *text)
{
	drift__likes_puts(&f->likes, m, name, text);
}

void
drift__row_resource(struct drift__finder *f, struct drift__map_builder *m, const struct drift_resource *r)
{
	drift__row_text(f, m, "type", r->type);
	drift__row_text(f, m, "id", r->id);
	drift__row_text(f, m, "name", r->name);
	drift__row_text(f, m, "arn", r->arn);
	drift__row_text(f, m, "region", r->region);
	drift__row_text(f, m, "account", r->account);
}

enum drift_status
drift__row_add(struct drift__finder *f, enum drift__row_kind kind, const char *a, const char *b, const char *c, const char *d,
	struct drift__map_builder *m)
{
	const char *by[4] = {a, b, c, d};
	const struct drift_value *value = drift__likes_finish(&f->likes, m);
	struct drift__row *row;
	size_t i;

	if (value == NULL)
		return drift__nomem(f->err);
	if (f->kinds[kind].n == f->kinds[kind].cap) {
		size_t cap = f->kinds[kind].cap == 0 ? 32 : f->kinds[kind].cap * 2;
		struct drift__row *more = drift__arena_alloc(f->pairs->arena, cap * sizeof *more);

		if (more == NULL)
			return drift__nomem(f->err);
		if (f->kinds[kind].n > 0)
			memcpy(more, f->kinds[kind].rows, f->kinds[kind].n * sizeof *more);
		f->kinds[kind].rows = more;
		f->kinds[kind].cap = cap;
	}
	row = &f->kinds[kind].rows[f->kinds[kind].n++];
	for (i = 0; i < 4; i++)
		row->by[i] = by[i] != NULL ? by[i] : "";
	row->value = value;
	return DRIFT_OK;
}

static int
compare_rows(const void *pa, const void *pb)
{
	const struct drift__row *a = pa, *b = pb;
	int c = 0;
	size_t i;

	for (i = 0; i < 4 && c == 0; i++)
		c = a->by[i] == b->by[i] ? 0 : strcmp(a->by[i], b->by[i]);
	return c;
}

static const struct drift_value *
rows_value(struct drift__finder *f, enum drift__row_kind kind)
{
	struct drift__list_builder list;
	size_t i;

	if (f->kinds[kind].n > 1)
		qsort(f->kinds[kind].rows, f->kinds[kind].n, sizeof *f->kinds[kind].rows, compare_rows);
	drift__list_init(&list, f->arena);
	for (i = 0; i < f->kinds[kind].n; i++)
		drift__list_add(&list, f->kinds[kind].rows[i].value);
	return drift__list_finish(&list);
}

/* ---- gaps that no instance tells of ---- */

static enum drift_status
add_gaps(struct drift__finder *f)
{
	const struct drift_value *gaps = f->pairs->live->gaps;
	static const char *const names[] = {"type", "region", "address", "reason", "action", "operation", "status", "service"};
	enum drift_status st = DRIFT_OK;
	size_t i, k;

	for (i = 0; i < drift_value_size(gaps) && st == DRIFT_OK; i++) {
		const struct drift_value *g = drift_value_at(gaps, i);
		struct drift__map_builder m;

		drift__map_init(&m, f->arena);
		for (k = 0; k < sizeof names / sizeof names[0]; k++)
			drift__row_text(f, &m, names[k], drift__value_gets(g, names[k]));
		st = drift__row_add(f, DRIFT__ROW_UNKNOWN, drift__value_gets(g, "type"), drift__value_gets(g, "region"),
			drift__value_gets(g, "address"), drift__value_gets(g, "operation"), &m);
	}
	return st;
}

/* ---- what others manage, counted by owner ---- */

static int
compare_owner(const void *pa, const void *pb)
{
	const struct drift__row *a = pa, *b = pb;
	const char *x = drift__value_gets(a->value, "owner"), *y = drift__value_gets(b->value, "owner");
	int c = strcmp(x != NULL ? x : "", y != NULL ? y : "");

	return c != 0 ? c : compare_rows(pa, pb);
}

static const struct drift_value *
owner_value(struct drift__finder *f, const struct drift__row *rows, size_t n)
{
	struct drift__list_builder resources;
	struct drift__map_builder m;
	size_t i;

	drift__list_init(&resources, f->arena);
	for (i = 0; i < n; i++)
		drift__list_add(&resources, rows[i].value);
	drift__map_init(&m, f->arena);
	drift__map_put(&m, "owner", drift_value_get(rows[0].value, "owner"));
	drift__map_puti(&m, "count", (int64_t)n);
	drift__map_put(&m, "resources", drift__list_finish(&resources));
	return drift__map_finish(&m);
}

static const struct drift_value *
owners_value(struct drift__finder *f)
{
	struct drift__row *rows = f->kinds[DRIFT__ROW_OTHER_MANAGER].rows;
	size_t i, k, n = f->kinds[DRIFT__ROW_OTHER_MANAGER].n;
	struct drift__list_builder list;

	if (n > 1)
		qsort(rows, n, sizeof *rows, compare_owner);
	drift__list_init(&list, f->arena);
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && drift_value_equal(drift_value_get(rows[k].value, "owner"), drift_value_get(rows[i].value, "owner")); k++)
			;
		drift__list_add(&list, owner_value(f, &rows[i], k - i));
	}
	return drift__list_finish(&list);
}

/* ---- the tree ---- */

static const struct drift_value *
summary_value(struct drift__finder *f)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	drift__map_puti(&m, "in_sync", (int64_t)f->in_sync);
	drift__map_puti(&m, "unmanaged", (int64_t)f->kinds[DRIFT__ROW_UNMANAGED].n);
	drift__map_puti(&m, "missing", (int64_t)f->kinds[DRIFT__ROW_MISSING].n);
	drift__map_puti(&m, "changed", (int64_t)f->kinds[DRIFT__ROW_CHANGED].n);
	drift__map_puti(&m, "unknown", (int64_t)f->kinds[DRIFT__ROW_UNKNOWN].n);
	drift__map_puti(&m, "ignored", (int64_t)f->kinds[DRIFT__ROW_IGNORED].n);
	drift__map_puti(&m, "not_compared", (int64_t)f->kinds[DRIFT__ROW_NOT_COMPARED].n);
	drift__map_puti(&m, "other_managers", (int64_t)f->kinds[DRIFT__ROW_OTHER_MANAGER].n);
	drift__map_puti(&m, "duplicates", (int64_t)f->kinds[DRIFT__ROW_DUPLICATE].n);
	drift__map_puti(&m, "deposed", (int64_t)f->kinds[DRIFT__ROW_DEPOSED].n);
	drift__map_puti(&m, "aws_defaults", (int64_t)f->defaults);
	drift__map_puti(&m, "other_providers", (int64_t)f->foreign);
	drift__map_puti(&m, "data_sources", (int64_t)f->data_sources);
	return drift__map_finish(&m);
}

static const struct drift_value *
root_value(struct drift__finder *f)
{
	const struct drift_value *meta = f->pairs->live->meta, *complete = drift_value_get(meta, "complete");
	const struct drift_value *looked_up = drift_value_get(meta, "looked_up_only");
	struct drift__map_builder m, none;

	drift__map_init(&none, f->arena);
	drift__map_init(&m, f->arena);
	drift__map_putb(&m, "complete", f->kinds[DRIFT__ROW_UNKNOWN].n == 0 && (complete == NULL || drift_value_bool(complete)));
	drift__map_put(&m, "summary", summary_value(f));
	drift__map_put(&m, "unmanaged", rows_value(f, DRIFT__ROW_UNMANAGED));
	drift__map_put(&m, "missing", rows_value(f, DRIFT__ROW_MISSING));
	drift__map_put(&m, "changed", rows_value(f, DRIFT__ROW_CHANGED));
	drift__map_put(&m, "unknown", rows_value(f, DRIFT__ROW_UNKNOWN));
	drift__map_put(&m, "ignored", rows_value(f, DRIFT__ROW_IGNORED));
	drift__map_put(&m, "not_compared", rows_value(f, DRIFT__ROW_NOT_COMPARED));
	drift__map_put(&m, "other_managers", owners_value(f));
	drift__map_put(&m, "duplicates", rows_value(f, DRIFT__ROW_DUPLICATE));
	drift__map_put(&m, "deposed", rows_value(f, DRIFT__ROW_DEPOSED));
	drift__map_put(&m, "looked_up_only", looked_up != NULL ? drift__value_copy(f->arena, looked_up) : drift__map_finish(&none));
	drift__map_dispose(&none);
	return drift__map_finish(&m);
}

/* ---- public ---- */

/* An older caller's options are shorter: what it does not know stays zero. */
static struct drift_diff_options
own_options(const struct drift_diff_options *options)
{
	struct drift_diff_options own = DRIFT_DIFF_OPTIONS_INIT;

	if (options != NULL)
		memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	return own;
}

enum drift_status
drift_diff(const struct drift_catalogue *catalogue, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_diff_options *options, struct drift_findings **out, struct drift_error *err)
{
	struct drift_diff_options own = own_options(options);
	struct drift_findings *findings = drift__calloc(1, sizeof *findings);
	struct drift__arena scratch;
	struct drift__pairs pairs = {.arena = &scratch, .catalogue = catalogue, .state = state, .live = live};
	struct drift__finder f = {.pairs = &pairs, .options = &own, .err = err};
	enum drift_status st;

	if (findings == NULL)
		return drift__nomem(err);
	drift__arena_init(&findings->arena, 0);
	findings->arena.share_names = true;
	drift__arena_init(&scratch, 0);
	f.arena = &findings->arena;
	drift__likes_init(&f.likes, f.arena);
	st = drift__ignore_make(&f.ignore, own.ignore_text, own.ignore_text != NULL ? own.ignore_bytes : 0, err);
	if (st == DRIFT_OK)
		st = drift__pairs_make(&pairs, &own, err);
	if (st == DRIFT_OK)
		st = drift__judge_instances(&f);
	if (st == DRIFT_OK)
		st = drift__judge_objects(&f);
	if (st == DRIFT_OK)
		st = add_gaps(&f);
	if (st == DRIFT_OK && pairs.status != DRIFT_OK)
		st = drift__nomem(err);
	if (st == DRIFT_OK) {
		findings->root = root_value(&f);
		if (findings->root == NULL)
			st = drift__nomem(err);
	}
	drift__pairs_dispose(&pairs);
	drift__likes_dispose(&f.likes);
	drift__ignore_dispose(&f.ignore);
	drift__arena_dispose(&scratch);
	if (st == DRIFT_OK) {
		*out = findings;
		return DRIFT_OK;
	}
	drift_findings_free(findings);
	return st;
}

void
drift_findings_free(struct drift_findings *f)
{
	if (f == NULL)
		return;
	drift__arena_dispose(&f->arena);
	drift__free(f);
}

const struct drift_value *
drift_findings_root(const struct drift_findings *f)
{
	return f->root;
}
