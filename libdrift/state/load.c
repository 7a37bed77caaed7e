/* Sources → one snapshot, with what each state says of itself. */
#include "state/load.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "catalogue/type.h"
#include "state/places.h"

void
drift_state_free(struct drift_state *s)
{
	if (s == NULL)
		return;
	drift_snapshot_free(s->snapshot);
	drift__arena_wipe(&s->arena);
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
	return drift_value_at(s->backends, 0);
}

const struct drift_value *
drift_state_backends(const struct drift_state *s)
{
	return s->backends;
}

/* ---- what a state says of itself ---- */

/* {"pass": 3, "fail": 1} */
static const struct drift_value *
count_checks(struct drift_state *s, const struct drift_value *checks)
{
	static const char *const names[] = {"pass", "fail", "error", "unknown"};
	size_t counts[4] = {0}, i, k;
	struct drift__map_builder m;

	for (i = 0; i < drift_value_size(checks); i++) {
		for (k = 0; k < 3 && !drift__streq(drift__value_gets(drift_value_at(checks, i), "status"), names[k]); k++)
			;
		counts[k]++;
	}
	drift__map_init(&m, &s->arena);
	for (k = 0; k < 4; k++)
		if (counts[k] > 0)
			drift__map_puti(&m, names[k], (int64_t)counts[k]);
	return drift__map_finish(&m);
}

static const struct drift_value *
info_of(struct drift_state *s, const struct drift__source *src, const struct drift__fetched *f, struct drift__tfstate_info *info)
{
	struct drift__map_builder m;
	char when[32];

	drift__map_init(&m, &s->arena);
	drift__map_puts(&m, "source", src->text);
	drift__map_puti(&m, "version", info->version);
	drift__map_puts(&m, "terraform_version", info->terraform_version);
	drift__map_put(&m, "serial", info->serial != NULL ? drift__value_number(&s->arena, info->serial) : &drift__null);
	drift__map_puts(&m, "lineage", info->lineage);
	drift__map_puti(&m, "resources", (int64_t)info->n_resources);
	drift__map_puti(&m, "data_sources", (int64_t)info->n_data);
	drift__map_puti(&m, "other_providers", (int64_t)info->n_foreign);
	if (drift_value_size(info->providers) > 0)
		drift__map_put(&m, "providers", drift__value_copy(&s->arena, info->providers));
	drift__map_puti(&m, "tainted", (int64_t)info->n_tainted);
	drift__map_puti(&m, "deposed", (int64_t)info->n_deposed);
	drift__map_puti(&m, "outputs", (int64_t)drift_value_size(info->outputs));
	if (drift_value_size(info->checks) > 0)
		drift__map_put(&m, "checks", count_checks(s, info->checks));
	drift__map_puts(&m, "etag", f->etag[0] != '\0' ? f->etag : NULL);
	if (f->version[0] != '\0')
		drift__map_puts(&m, "object_version", f->version);
	if (f->modified_ms > 0) {
		drift__time_format(f->modified_ms, when);
		drift__map_puts(&m, "modified", when);
	}
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
	drift__map_puts(&m, "object", src->key);
	drift__map_puts(&m, "region", src->aws.region);
	if (src->aws.role_arn != NULL)
		drift__map_puts(&m, "role_arn", src->aws.role_arn);
	if (src->workspace_prefix != NULL && !drift__streq(src->key, src->base_key))
		drift__map_puts(&m, "workspace_key_prefix", src->workspace_prefix);
	if (src->dynamodb_table != NULL)
		drift__map_puts(&m, "dynamodb_table", src->dynamodb_table);
	drift__map_putb(&m, "use_lockfile", src->use_lockfile);
	if (src->kms_key_id != NULL)
		drift__map_puts(&m, "kms_key_id", src->kms_key_id);
	return drift__map_finish(&m);
}

static void
take_twice(struct drift_state *s, const struct drift__source *src, struct drift__list_builder *found)
{
	struct drift__map_builder m;
	size_t i;

	for (i = 0; i < found->len; i++) {
		drift__map_init(&m, &s->snapshot->arena);
		drift__map_puts(&m, "source", src->text);
		drift__map_put(&m, "address", &found->items[i]);
		drift__list_add(s->twice, drift__map_finish(&m));
	}
	s->twice->failed = s->twice->failed || found->failed;
	drift__list_dispose(found);
}

/* Where nothing lies in the place of a workspace, the name is mistyped: Terraform makes an empty object, or a folder, with the workspace. */
static bool
is_mistyped(struct drift_state *s, const struct drift__source *src)
{
	const char *slash = src->path != NULL ? strrchr(src->path, '/') : NULL, *folder;
	struct stat info;

	if (src->bucket != NULL)
		return !drift__streq(src->key, src->base_key);
	if (src->path == NULL || slash == NULL || drift__streq(src->workspace, "default"))
		return false;
	folder = drift__arena_strndup(&s->arena, src->path, (size_t)(slash - src->path));
	return folder != NULL && stat(folder, &info) != 0;
}

static enum drift_status
load_one(struct drift_state *s, size_t i, struct drift__list_builder *infos, struct drift_error *err)
{
	const struct drift__source *src = &s->sources[i];
	struct drift__tfstate_info *info = &s->infos[i];
	struct drift__fetched f;
	struct drift__list_builder twice;
	const struct drift_value *v;
	enum drift_status st = drift__source_fetch(src, &s->options, &f, err);

	drift__list_init(&twice, &s->snapshot->arena);
	drift__list_init(&info->warnings, &s->arena);
	if (st == DRIFT_OK && f.missing && !src->from_backend) {
		/* a mistyped key must not make the whole account look unmanaged */
		st = drift__fail(err, DRIFT_NO_STATE, src->text, "there is no state: the object does not exist, or is empty");
		drift__hint(err, "check the key (and ?region=); without --state the backend of this folder is read, where a missing object is an empty state");
	}
	if (st == DRIFT_OK && f.missing && src->from_backend && is_mistyped(s, src)) {
		st = drift__fail(err, DRIFT_NO_STATE, src->text, "there is no workspace %s: its state does not exist, or is empty", src->workspace);
		drift__hint(err, "`terraform workspace list` shows their names; --workspace, TF_WORKSPACE or .terraform/environment chose this one");
	}
	if (st == DRIFT_OK && !f.missing)
		st = drift__tfstate_read_all(f.text.data != NULL ? f.text.data : "", f.text.len, src->text, (int)i, s->snapshot, info,
			s->twice != NULL ? &twice : NULL, err);
	if (s->twice != NULL)
		take_twice(s, src, &twice);
	if (st == DRIFT_OK) {
		if (f.plain_password)
			drift__list_add(&info->warnings, drift__value_string(&s->arena, "the password for the state went over http, where everybody on the way can read it"));
		v = info_of(s, src, &f, info);
		/* texts of info live in the snapshot's arena, which lives as long */
		drift__list_add(infos, v);
		st = v != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift__list_dispose(&info->warnings);
	if (f.text.data != NULL)
		drift__wipe(f.text.data, f.text.len);
	drift__buf_dispose(&f.text);
	return st;
}

/* ---- identities ---- */

/* NULL and err->status OK: the type is not in the catalogue. */
static const struct drift__type *
type_of(const struct drift_catalogue *c, const char *name, struct drift_error *err)
{
	size_t k;

	for (k = 0; k < drift_catalogue_size(c); k++)
		if (strcmp(drift_catalogue_type(c, k), name) == 0)
			return drift__catalogue_type(c, name, err);
	return NULL;
}

/* Identities, by which the live side is found. Types outside the catalogue keep their id alone. */
static enum drift_status
set_keys(struct drift_state *s, struct drift_error *err)
{
	const struct drift_catalogue *c = s->options.catalogue;
	struct drift_error why = DRIFT_ERROR_INIT;
	const struct drift__type *t = NULL;
	const char *last = NULL;
	size_t i;

	for (i = 0; c != NULL && i < s->snapshot->n_resources && why.status == DRIFT_OK; i++) {
		struct drift_resource *r = &s->snapshot->resources[i];

		if (last == NULL || strcmp(last, r->type) != 0)
			t = type_of(c, r->type, &why);
		last = r->type;
		if (t == NULL)
			continue;
		r->keys = drift__type_state_keys(t, r->attributes, &s->snapshot->arena);
		if (r->keys == NULL)
			drift__nomem(&why);
		if (t->global)
			r->region = NULL;
	}
	if (why.status != DRIFT_OK && err != NULL && err->status == DRIFT_OK)
		*err = why;
	return why.status;
}

/* ---- all of it ---- */

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
load_all(struct drift_state *s, struct drift__list_builder *infos, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	struct drift__list_builder backends;
	size_t i;

	s->infos = drift__arena_zalloc(&s->arena, (s->n_sources + 1) * sizeof *s->infos);
	if (s->infos == NULL)
		return drift__nomem(err);
	for (i = 0; st == DRIFT_OK && i < s->n_sources; i++)
		st = load_one(s, i, infos, err);
	drift__list_init(&backends, &s->arena);
	for (i = 0; st == DRIFT_OK && i < s->n_sources; i++)
		if (s->sources[i].kind == DRIFT__SOURCE_S3)
			drift__list_add(&backends, backend_of(s, &s->sources[i]));
	s->backends = drift__list_finish(&backends);
	if (s->backends == NULL)
		return drift__nomem(err);
	if (st == DRIFT_OK)
		st = set_keys(s, err);
	return st == DRIFT_OK && s->options.catalogue != NULL ? drift__state_places(s->snapshot, s->options.catalogue, err) : st;
}

enum drift_status
drift__state_load(const char *const *sources, const struct drift_state_options *o, struct drift__list_builder *twice, struct drift_state **out,
	struct drift_error *err)
{
	struct drift_state *s = drift__calloc(1, sizeof *s);
	struct drift__list_builder infos;
	enum drift_status st;

	if (s == NULL)
		return drift__nomem(err);
	drift__arena_init(&s->arena, 0);
	drift__list_init(&infos, &s->arena);
	copy_options(s, o);
	s->twice = twice;
	s->snapshot = drift__snapshot_new(DRIFT_SIDE_STATE);
	if (twice != NULL && s->snapshot != NULL)
		twice->arena = &s->snapshot->arena;
	st = s->snapshot != NULL ? drift__sources_find(sources, &s->options, &s->arena, &s->sources, &s->n_sources, err) : drift__nomem(err);
	if (st == DRIFT_OK)
		st = load_all(s, &infos, err);
	if (st == DRIFT_OK) {
		s->info = drift__list_finish(&infos);
		st = s->info != NULL ? drift__snapshot_seal(s->snapshot, err) : drift__nomem(err);
	}
	drift__list_dispose(&infos);
	s->twice = NULL;
	if (st == DRIFT_OK)
		*out = s;
	else
		drift_state_free(s);
	return st;
}

enum drift_status
drift_state_load(const char *const *sources, const struct drift_state_options *o, struct drift_state **out, struct drift_error *err)
{
	return drift__state_load(sources, o, NULL, out, err);
}
