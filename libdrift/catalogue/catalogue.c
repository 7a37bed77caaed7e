/* The handle: built-in blobs and a folder's files become one sorted list of entries a kind, each read on first use. */
#include "catalogue/embed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_FILE = 4 * 1024 * 1024, /* the largest service model is a quarter of it */
	MAX_DEPTH = 64,
	MAX_ARENA = 512 * 1024 * 1024,
};

static const struct {
	const char *folder, *noun;
	drift__entry_check *check; /* NULL: being JSON is enough */
} kinds[DRIFT__ENTRY_KINDS] = {
	[DRIFT__TABLE] = {"", "table", NULL},
	[DRIFT__SERVICE] = {"services", "service", drift__service_check},
	[DRIFT__TYPE] = {"types", "resource type", drift__type_check},
};

/* ---- finding ---- */

static int
compare_entry(const void *name, const void *entry)
{
	return strcmp(name, ((const struct drift__entry *)entry)->name);
}

static struct drift__entry *
find(const struct drift_catalogue *c, enum drift__entry_kind kind, const char *name)
{
	if (c->n[kind] == 0)
		return NULL;
	return bsearch(name, c->entries[kind], c->n[kind], sizeof(struct drift__entry), compare_entry);
}

static size_t
common_start(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

/* What the name is the beginning of; else the nearest, of equally near ones that which starts alike for longer: swapped letters make many
 * names equally near. */
static const char *
nearest(const struct drift_catalogue *c, enum drift__entry_kind kind, const char *name)
{
	int best = (int)strlen(name) / 4 + 1, d;
	const char *found = NULL, *other;
	size_t i;

	for (i = 0; i < c->n[kind]; i++) {
		other = c->entries[kind][i].name;
		if (strlen(name) > strlen("aws_") && drift__starts(other, name))
			return other;
		d = drift__edit_distance(name, other);
		if (d < best || (d == best && (found == NULL || common_start(name, other) > common_start(name, found)))) {
			best = d;
			found = other;
		}
	}
	return found;
}

size_t
drift_catalogue_size(const struct drift_catalogue *c)
{
	return c->n[DRIFT__TYPE];
}

const char *
drift_catalogue_type(const struct drift_catalogue *c, size_t i)
{
	return i < c->n[DRIFT__TYPE] ? c->entries[DRIFT__TYPE][i].name : NULL;
}

const char *
drift_catalogue_nearest(const struct drift_catalogue *c, const char *type)
{
	return nearest(c, DRIFT__TYPE, type);
}

/* ---- reading ---- */

static enum drift_status
parse(const struct drift_catalogue *c, struct drift__entry *e, const struct drift__buf *text, struct drift_error *err)
{
	struct drift__json_options opt = {.name = e->path, .max_depth = MAX_DEPTH, .unique_keys = true};
	const struct drift_value *v;
	struct drift_error bad = DRIFT_ERROR_INIT;
	enum drift_status st;

	st = drift__json_parse(c->arena, text->data != NULL ? text->data : "", text->len, &opt, &v, &bad);
	if (st == DRIFT_NOMEM)
		return drift__nomem(err);
	if (st != DRIFT_OK)
		return drift__fail(err, DRIFT_BAD_CATALOGUE, bad.where, "%s", bad.what);
	if (drift_value_kind(v) != DRIFT_MAP)
		return drift__fail(err, DRIFT_BAD_CATALOGUE, e->path, "a catalogue entry is one JSON object");
	e->value = v;
	return DRIFT_OK;
}

static enum drift_status
read_blob(const struct drift_catalogue *c, struct drift__entry *e, struct drift_error *err)
{
	struct drift__buf text = DRIFT__BUF_INIT(MAX_FILE);
	enum drift_status st;

	st = drift__gunzip(e->blob->packed, e->blob->n_packed, &text, e->path, err);
	if (st == DRIFT_OK)
		st = parse(c, e, &text, err);
	drift__buf_dispose(&text);
	return st;
}

struct drift__entry *
drift__catalogue_entry(const struct drift_catalogue *c, enum drift__entry_kind kind, const char *name, struct drift_error *err)
{
	struct drift__entry *e = find(c, kind, name);
	const char *near;

	if (e == NULL) {
		drift__fail(err, DRIFT_BAD_CATALOGUE, name, "the catalogue has no %s of this name", kinds[kind].noun);
		near = err != NULL ? nearest(c, kind, name) : NULL;
		if (near != NULL)
			drift__hint(err, "did you mean %s?", near);
		return NULL;
	}
	if (e->value == NULL && read_blob(c, e, err) != DRIFT_OK)
		return NULL;
	return e;
}

enum drift_status
drift__catalogue_check(const struct drift_catalogue *c, struct drift_error *err)
{
	struct drift__entry *e;
	enum drift_status st;
	size_t kind, i;

	for (kind = 0; kind < DRIFT__ENTRY_KINDS; kind++) {
		for (i = 0; i < c->n[kind]; i++) {
			e = drift__catalogue_entry(c, (enum drift__entry_kind)kind, c->entries[kind][i].name, err);
			if (e == NULL)
				return DRIFT_BAD_CATALOGUE;
			st = kinds[kind].check != NULL ? kinds[kind].check(c, e, err) : DRIFT_OK;
			if (st != DRIFT_OK)
				return st;
		}
	}
	return DRIFT_OK;
}

/* ---- opening ---- */

static enum drift_status
add_builtin(struct drift_catalogue *c, enum drift__entry_kind kind, struct drift_error *err)
{
	const struct drift__blob_index *from = &drift__catalogue_blobs[kind];
	size_t i;

	if (from->n == 0)
		return DRIFT_OK;
	c->entries[kind] = drift__calloc(from->n, sizeof *c->entries[kind]);
	if (c->entries[kind] == NULL)
		return drift__nomem(err);
	for (i = 0; i < from->n; i++) {
		c->entries[kind][i].name = from->blobs[i].name;
		c->entries[kind][i].path = from->blobs[i].path;
		c->entries[kind][i].blob = &from->blobs[i];
	}
	c->n[kind] = from->n;
	return DRIFT_OK;
}

/* Puts e in its place in the sorted list, or over the entry of the same name. */
static enum drift_status
put(struct drift_catalogue *c, enum drift__entry_kind kind, const struct drift__entry *e, struct drift_error *err)
{
	struct drift__entry *old = find(c, kind, e->name), *more;
	size_t i = c->n[kind];

	if (old != NULL && old->blob == NULL) {
		drift__fail(err, DRIFT_BAD_CATALOGUE, e->path, "%s is already defined by %s", e->name, old->path);
		return drift__hint(err, "keep one of the two files");
	}
	if (old != NULL) {
		*old = *e;
		return DRIFT_OK;
	}
	more = drift__realloc(c->entries[kind], (i + 1) * sizeof *more);
	if (more == NULL)
		return drift__nomem(err);
	c->entries[kind] = more;
	for (; i > 0 && strcmp(more[i - 1].name, e->name) > 0; i--)
		more[i] = more[i - 1];
	more[i] = *e;
	c->n[kind]++;
	return DRIFT_OK;
}

static enum drift_status
add_file(struct drift_catalogue *c, enum drift__entry_kind kind, const char *folder, const char *file, struct drift_error *err)
{
	struct drift__buf text = DRIFT__BUF_INIT(MAX_FILE);
	struct drift__entry e = {0};
	enum drift_status st;

	e.name = drift__arena_strndup(c->arena, file, strlen(file) - strlen(".json"));
	e.path = drift__arena_printf(c->arena, "%s/%s", folder, file);
	if (e.name == NULL || e.path == NULL)
		return drift__nomem(err);
	st = drift__file_read(e.path, &text, err);
	if (st == DRIFT_OK)
		st = parse(c, &e, &text, err);
	if (st == DRIFT_OK)
		st = put(c, kind, &e, err);
	drift__buf_dispose(&text);
	return st;
}

/* levels: how many folders deep files are looked for below this one. */
static enum drift_status
add_folder(struct drift_catalogue *c, enum drift__entry_kind kind, const char *folder, int levels, struct drift_error *err)
{
	const struct drift__dir_entry *list;
	enum drift_status st;
	const char *below;
	size_t n, i;

	st = drift__dir_list(c->arena, folder, &list, &n, err);
	for (i = 0; st == DRIFT_OK && i < n; i++) {
		if (list[i].is_dir && levels > 0) {
			below = drift__arena_printf(c->arena, "%s/%s", folder, list[i].name);
			st = below != NULL ? add_folder(c, kind, below, levels - 1, err) : drift__nomem(err);
		} else if (!list[i].is_dir && drift__ends(list[i].name, ".json") && !drift__ends(list[i].name, ".schema.json")) {
			st = add_file(c, kind, folder, list[i].name, err);
		}
	}
	return st;
}

static enum drift_status
add_overlay(struct drift_catalogue *c, const char *dir, struct drift_error *err)
{
	const struct drift__dir_entry *list;
	enum drift_status st;
	const char *folder;
	size_t n, i, kind;

	st = drift__dir_list(c->arena, dir, &list, &n, err);
	if (st == DRIFT_OK)
		st = add_folder(c, DRIFT__TABLE, dir, 0, err);
	for (i = 0; st == DRIFT_OK && i < n; i++) {
		for (kind = DRIFT__SERVICE; st == DRIFT_OK && kind < DRIFT__ENTRY_KINDS; kind++) {
			if (!list[i].is_dir || strcmp(list[i].name, kinds[kind].folder) != 0)
				continue;
			folder = drift__arena_printf(c->arena, "%s/%s", dir, kinds[kind].folder);
			st = folder != NULL ? add_folder(c, (enum drift__entry_kind)kind, folder, kind == DRIFT__TYPE, err) : drift__nomem(err);
		}
	}
	return st;
}

/* What a folder brings is checked at once: its author is there to read the error. Built-in entries were checked by the build. */
static enum drift_status
check_overlay(const struct drift_catalogue *c, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	size_t kind, i;

	for (kind = 0; kind < DRIFT__ENTRY_KINDS; kind++)
		for (i = 0; st == DRIFT_OK && kinds[kind].check != NULL && i < c->n[kind]; i++)
			if (c->entries[kind][i].blob == NULL)
				st = kinds[kind].check(c, &c->entries[kind][i], err);
	return st;
}

enum drift_status
drift_catalogue_open(const char *dir, struct drift_catalogue **out, struct drift_error *err)
{
	struct drift_catalogue *c = drift__calloc(1, sizeof *c);
	enum drift_status st = DRIFT_OK;
	size_t kind;

	if (c == NULL)
		return drift__nomem(err);
	c->arena = drift__calloc(1, sizeof *c->arena);
	if (c->arena == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	drift__arena_init(c->arena, MAX_ARENA);
	for (kind = 0; st == DRIFT_OK && kind < DRIFT__ENTRY_KINDS; kind++)
		st = add_builtin(c, (enum drift__entry_kind)kind, err);
	if (st == DRIFT_OK && dir != NULL)
		st = add_overlay(c, dir, err);
	if (st == DRIFT_OK && dir != NULL)
		st = check_overlay(c, err);
	if (st == DRIFT_OK) {
		*out = c;
		c = NULL;
	}
done:
	drift_catalogue_free(c);
	return st;
}

void
drift_catalogue_free(struct drift_catalogue *c)
{
	size_t kind, i;

	if (c == NULL)
		return;
	for (kind = 0; kind < DRIFT__ENTRY_KINDS; kind++) {
		for (i = 0; i < c->n[kind]; i++)
			if (c->entries[kind][i].free_made != NULL)
				c->entries[kind][i].free_made(c->entries[kind][i].made);
		drift__free(c->entries[kind]);
	}
	if (c->arena != NULL)
		drift__arena_dispose(c->arena);
	drift__free(c->arena);
	drift__free(c);
}
