/* A folder -> the .tf files in it and below, for drift_import_options.configuration. */
#include "drift/imports.h"
#include "model/value.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 12, FILES_MAX = 5000, FILE_MAX_BYTES = 4 << 20, ALL_MAX_BYTES = 64 << 20 };

struct walk {
	struct drift__arena *a;
	struct drift__list_builder files;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder without hidden ones, sorted. */
static char **
names_in(struct walk *w, const char *dir, size_t *n)
{
	DIR *d = opendir(dir);
	char **list = NULL;
	size_t cap = 0;

	*n = 0;
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		if (*n == cap) {
			char **grown = drift__arena_alloc(w->a, (cap * 2 + 32) * sizeof(*grown));

			if (grown == NULL)
				break;
			if (*n > 0)
				memcpy(grown, list, *n * sizeof(*grown));
			list = grown;
			cap = cap * 2 + 32;
		}
		list[*n] = drift__arena_strdup(w->a, e->d_name);
		*n += list[*n] != NULL;
	}
	if (d != NULL)
		closedir(d);
	if (*n > 1)
		qsort(list, *n, sizeof(*list), by_text);
	return list;
}

static void
read_one(struct walk *w, const char *full, const char *path)
{
	struct drift__buf text = DRIFT__BUF_INIT(FILE_MAX_BYTES);
	struct drift__map_builder m;

	/* what cannot be read only makes the answer less exact */
	if (drift__file_read(full, &text, NULL) == DRIFT_OK && text.data != NULL) {
		drift__map_init(&m, w->a);
		drift__map_puts(&m, "path", path);
		drift__map_put(&m, "text", drift__value_stringn(w->a, text.data, text.len));
		drift__list_add(&w->files, drift__map_finish(&m));
	}
	drift__buf_dispose(&text);
}

static void
read_dir(struct walk *w, const char *root, const char *dir, int depth)
{
	size_t n;
	char *full = drift__arena_printf(w->a, "%s%s%s", root, dir[0] != '\0' ? "/" : "", dir);
	char **names = full != NULL && depth < DEPTH_MAX ? names_in(w, full, &n) : NULL;

	for (size_t i = 0; names != NULL && i < n && w->files.len < FILES_MAX; i++) {
		char *path = drift__arena_printf(w->a, "%s%s%s", dir, dir[0] != '\0' ? "/" : "", names[i]);
		char *at = path != NULL ? drift__arena_printf(w->a, "%s/%s", root, path) : NULL;

		if (at == NULL)
			return;
		if (drift__ends(names[i], ".tf"))
			read_one(w, at, path);
		else /* folders of modules; opening a plain file as a folder fails and is passed over */
			read_dir(w, root, path, depth + 1);
	}
}

enum drift_status
drift_configuration_read(const char *dir, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct walk w = {.a = NULL};

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, ALL_MAX_BYTES);
	w.a = &doc->arena;
	drift__list_init(&w.files, w.a);
	read_dir(&w, dir != NULL ? dir : ".", "", 0);
	doc->root = drift__list_finish(&w.files);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}
