/* Sources → one snapshot, with what each state says of itself. */
#define _GNU_SOURCE /* glob */
#include "state/source.h"

#include <glob.h>
#include <string.h>

#include "catalogue/type.h"
#include "state/places.h"

enum { MAX_SOURCES = 1000 };

struct drift_state {
	struct drift__arena arena;
	struct drift_snapshot *snapshot;
	struct drift_state_options options; /* texts copied into the arena */
	struct drift__source *sources;
	size_t n_sources;
	const struct drift_value *info, *backend;
};

void
drift_state_free(struct drift_state *s)
{
	if (s == NULL)
		return;
	drift_snapshot_free(s->snapshot);
	drift__arena_dispose(&s->arena);
	drift__free(s);
}

const struct drift_snapshot *
drift_state_snapshot(const struct drift_state *s)
{
	return s->snapshot;
}

const struct drift_value *
drift_state_info(const struct drift_state *s)
{
	return s->info;
}

const struct drift_value *
drift_state_backend(const struct drift_state *s)
{
	return s->backend;
}

/* ---- which sources ---- */

static enum drift_status
add_source(struct drift_state *s, const struct drift__source *src, struct drift_error *err)
{
	if (s->n_sources == MAX_SOURCES)
		return drift__fail(err, DRIFT_LIMIT, src->text, "more than %d states", MAX_SOURCES);
	s->sources[s->n_sources++] = *src;
	return DRIFT_OK;
}

static enum drift_status
add_text(struct drift_state *s, const char *text, struct drift_error *err)
{
	struct drift__source src;
	enum drift_status st = DRIFT_OK;
	glob_t found;
	size_t i;

	if (drift__starts(text, "s3://") || strpbrk(text, "*?[") == NULL) {
		st = drift__source_parse(text, &s->arena, &src, err);
		return st == DRIFT_OK ? add_source(s, &src, err) : st;
	}
	if (glob(text, 0, NULL, &found) != 0) {
		drift__fail(err, DRIFT_NO_STATE, text, "no file fits this pattern");
		return DRIFT_NO_STATE;
	}
	for (i = 0; i < found.gl_pathc && st == DRIFT_OK; i++) {
		st = drift__source_parse(found.gl_pathv[i], &s->arena, &src, err);
		if (st == DRIFT_OK)
			st = add_source(s, &src, err);
	}
	globfree(&found);
	return st;
}

/* ---- what a state says of itself ---- */

static const struct drift_value *
info_of(struct drift_state *s, const struct drift__source *src, const struct drift__fetched *f, struct drift__tfstate_info *info)
{
	struct drift__map_builder m;

	drift__map_init(&m, &s->arena);
	drift__map_puts(&m, "source", src->text);
	drift__map_puti(&m, "version", info->version);
	drift__map_puts(&m, "terraform_version", info->terraform_version);
	drift__map_put(&m, "serial", info->serial != NULL ? drift__value_number(&s->arena, info->serial) : &drift__null);
	drift__map_puts(&m, "lineage", info->lineage);
	drift__map_puti(&m, "resources", (int64_t)info->n_resources);
	drift__map_puti(&m, "data_sources", (int64_t)info->n_data);
	drift__map_puti(&m, "other_providers", (int64_t)info->n_foreign);
	drift__map_puts(&m, "etag", f->etag[0] != '\0' ? f->etag : NULL);
	drift__map_putb(&m, "exists", !f->missing);
	drift__map_put(&m, "warnings", drift__list_finish(&info->warnings));
	return drift__map_finish(&m);
}

static const struct drift_value *
backend_of(struct drift_state *s, const struct drift__source *src)
{
	struct drift__map_builder m;

	drift__map_init(&m, &s->arena);
	drift__map_puts(&m, "bucket", src->bucket);
	drift__map_puts(&m, "key", src->base_key != NULL ? src->base_key : src->key);
	drift__map_puts(&m, "region", src->region);
	if (src->workspace_prefix != NULL && !drift__streq(src->key, src->base_key))
		drift__map_puts(&m, "workspace_key_prefix", src->workspace_prefix);
	if (src->dynamodb_table != NULL)
		drift__map_puts(&m, "dynamodb_table", src->dynamodb_table);
	drift__map_putb(&m, "use_lockfile", src->use_lockfile);
	if (src->kms_key_id != NULL)
		drift__map_puts(&m, "kms_key_id", src->kms_key_id);
	return drift__map_finish(&m);
}

static enum drift_status
load_one(struct drift_state *s, size_t i, struct drift__list_builder *infos, struct drift_error *err)
{
	const struct drift__source *src = &s->sources[i];
	struct drift__tfstate_info info = {0};
	struct drift__fetched f;
	const struct drift_value *v;
	enum drift_status st = drift__source_fetch(src, &s->options, &f, err);

	drift__list_init(&info.warnings, &s->arena);
	if (st == DRIFT_OK && f.missing && !src->from_backend) {
		/* a mistyped key must not make the whole account look unmanaged */
		st = drift__fail(err, DRIFT_NO_STATE, src->text, "there is no state: the object does not exist, or is empty");
		drift__hint(err, "check the key (and ?region=); without --state the backend of this folder is read, where a missing object is an empty state");
	}
	if (st == DRIFT_OK && !f.missing)
		st = drift__tfstate_read(f.text.data != NULL ? f.text.data : "", f.text.len, src->text, (int)i, s->snapshot, &info, err);
	if (st == DRIFT_OK) {
		v = info_of(s, src, &f, &info);
		/* texts of info live in the snapshot's arena, which lives as long */
		drift__list_add(infos, v);
		st = v != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift__list_dispose(&info.warnings);
	drift__buf_dispose(&f.text);
	return st;
}

/* Identities, by which the live side is found. Types outside the catalogue keep their id alone. */
static enum drift_status
set_keys(struct drift_state *s, struct drift_error *err)
{
	const struct drift_catalogue *c = s->options.catalogue;
	const struct drift__type *t = NULL;
	const char *last = NULL;
	size_t i, k;

	for (i = 0; c != NULL && i < s->snapshot->n_resources; i++) {
		struct drift_resource *r = &s->snapshot->resources[i];

		if (last == NULL || strcmp(last, r->type) != 0) {
			t = NULL;
			for (k = 0; k < drift_catalogue_size(c) && t == NULL; k++)
				if (strcmp(drift_catalogue_type(c, k), r->type) == 0)
					t = drift__catalogue_type(c, r->type, err);
			if (t == NULL && err != NULL && err->status != DRIFT_OK)
				return err->status;
			last = r->type;
		}
		if (t != NULL) {
			r->keys = drift__type_state_keys(t, r->attributes, &s->snapshot->arena);
			if (r->keys == NULL)
				return drift__nomem(err);
			if (t->global)
				r->region = NULL;
		}
	}
	return DRIFT_OK;
}

static void
copy_options(struct drift_state *s, const struct drift_state_options *o)
{
	s->options = *o;
	s->options.profile = drift__arena_strdup(&s->arena, o->profile);
	s->options.region = drift__arena_strdup(&s->arena, o->region);
	s->options.role_arn = drift__arena_strdup(&s->arena, o->role_arn);
	s->options.external_id = drift__arena_strdup(&s->arena, o->external_id);
	s->options.workspace = drift__arena_strdup(&s->arena, o->workspace);
	s->options.version = drift__arena_strdup(&s->arena, o->version);
}

static enum drift_status
find_sources(struct drift_state *s, const char *const *sources, struct drift_error *err)
{
	struct drift__source backend;
	enum drift_status st = DRIFT_OK;
	size_t i;

	s->sources = drift__arena_zalloc(&s->arena, MAX_SOURCES * sizeof *s->sources);
	if (s->sources == NULL)
		return drift__nomem(err);
	for (i = 0; sources != NULL && sources[i] != NULL && st == DRIFT_OK; i++)
		st = add_text(s, sources[i], err);
	if (st == DRIFT_OK && s->n_sources == 0) {
		st = drift__backend_resolve(s->options.workspace, &s->arena, &backend, err);
		if (st == DRIFT_OK)
			st = add_source(s, &backend, err);
	} else if (st == DRIFT_OK && drift__backend_resolve(s->options.workspace, &s->arena, &backend, NULL) == DRIFT_OK && backend.bucket != NULL) {
		/* a source named by hand that is the folder's own backend gets what only the backend block says: the lock table, keys */
		for (i = 0; i < s->n_sources; i++)
			if (drift__streq(s->sources[i].bucket, backend.bucket) && drift__streq(s->sources[i].key, backend.key))
				s->sources[i] = backend;
	}
	return st;
}

enum drift_status
drift_state_load(const char *const *sources, const struct drift_state_options *o, struct drift_state **out, struct drift_error *err)
{
	struct drift_state *s = drift__calloc(1, sizeof *s);
	struct drift__list_builder infos;
	enum drift_status st;
	size_t i;

	if (s == NULL)
		return drift__nomem(err);
	drift__arena_init(&s->arena, 0);
	drift__list_init(&infos, &s->arena);
	copy_options(s, o);
	s->snapshot = drift__snapshot_new(DRIFT_SIDE_STATE);
	st = s->snapshot != NULL ? find_sources(s, sources, err) : drift__nomem(err);
	for (i = 0; st == DRIFT_OK && i < s->n_sources; i++)
		st = load_one(s, i, &infos, err);
	for (i = 0; st == DRIFT_OK && i < s->n_sources && s->backend == NULL; i++)
		if (s->sources[i].bucket != NULL)
			s->backend = backend_of(s, &s->sources[i]);
	if (st == DRIFT_OK)
		st = set_keys(s, err);
	if (st == DRIFT_OK && s->options.catalogue != NULL)
		st = drift__state_places(s->snapshot, s->options.catalogue, err);
	if (st == DRIFT_OK) {
		s->info = drift__list_finish(&infos);
		st = s->info != NULL ? drift__snapshot_seal(s->snapshot, err) : drift__nomem(err);
	}
	drift__list_dispose(&infos);
	if (st == DRIFT_OK)
		*out = s;
	else
		drift_state_free(s);
	return st;
}

enum drift_status
drift_state_reread(const struct drift_state *s, bool *moved_out, char **what, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	size_t i;

	*moved_out = false;
	*what = NULL;
	for (i = 0; i < s->n_sources && st == DRIFT_OK && !*moved_out; i++) {
		const struct drift_value *before = drift_value_at(s->info, i);
		struct drift__fetched f;
		struct drift_snapshot *again;
		struct drift__tfstate_info info = {0};

		if (drift__streq(s->sources[i].path, "-"))
			continue;
		st = drift__source_fetch(&s->sources[i], &s->options, &f, err);
		if (st == DRIFT_OK && !drift__streq(drift__value_gets(before, "etag"), f.etag[0] != '\0' ? f.etag : NULL)) {
			again = drift__snapshot_new(DRIFT_SIDE_STATE);
			drift__tfstate_read(f.text.data != NULL ? f.text.data : "", f.text.len, s->sources[i].text, 0, again, &info, NULL);
			*moved_out = true;
			*what = drift__asprintf("%s moved during the scan, from serial %s to %s", s->sources[i].text,
				drift_value_text(drift_value_get(before, "serial"), NULL) != NULL ? drift_value_text(drift_value_get(before, "serial"), NULL) : "none",
				info.serial != NULL ? info.serial : "none");
			drift__list_dispose(&info.warnings);
			drift_snapshot_free(again);
		}
		drift__buf_dispose(&f.text);
	}
	return st;
}
