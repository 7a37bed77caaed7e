/* A folder → its names, sorted. */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_NAMES = 100000 };

static int
by_name(const void *a, const void *b)
{
	const struct drift__dir_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* What can't be looked at (a dangling link) is no folder. */
static enum drift_status
look(struct drift__arena *a, const char *folder, const char *name, struct drift__dir_entry *out, struct drift_error *err)
{
	char *path = drift__asprintf("%s/%s", folder, name);
	struct stat s;

	out->name = drift__arena_strdup(a, name);
	out->is_dir = path != NULL && stat(path, &s) == 0 && S_ISDIR(s.st_mode);
	drift__free(path);
	return path != NULL && out->name != NULL ? DRIFT_OK : drift__nomem(err);
}

static enum drift_status
read_names(DIR *d, const char *path, struct drift__arena *a, struct drift__dir_entry **list, size_t *n, struct drift_error *err)
{
	struct drift__dir_entry *more;
	enum drift_status st;
	size_t cap = 0;
	struct dirent *e;

	while ((errno = 0, e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (*n >= MAX_NAMES)
			return drift__fail(err, DRIFT_LIMIT, path, "the folder holds more than %d names", MAX_NAMES);
		if (*n == cap) {
			cap = cap == 0 ? 32 : cap * 2;
			more = drift__realloc(*list, cap * sizeof **list);
			if (more == NULL)
				return drift__nomem(err);
			*list = more;
		}
		st = look(a, path, e->d_name, &(*list)[*n], err);
		if (st != DRIFT_OK)
			return st;
		(*n)++;
	}
	if (errno != 0)
		return drift__fail(err, DRIFT_IO, path, "the folder could not be read: %s", strerror(errno));
	return DRIFT_OK;
}

enum drift_status
drift__dir_list(struct drift__arena *a, const char *path, const struct drift__dir_entry **out, size_t *n_out, struct drift_error *err)
{
	struct drift__dir_entry *list = NULL, *kept;
	size_t n = 0;
	enum drift_status st;
	DIR *d = opendir(path);

	if (d == NULL)
		return drift__fail(err, DRIFT_IO, path, "the folder could not be opened: %s", strerror(errno));
	st = read_names(d, path, a, &list, &n, err);
	closedir(d);
	if (st != DRIFT_OK)
		goto done;
	kept = drift__arena_alloc(a, n * sizeof *kept);
	if (kept == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	if (n > 0) {
		qsort(list, n, sizeof *list, by_name);
		memcpy(kept, list, n * sizeof *kept);
	}
	*out = kept;
	*n_out = n;
done:
	drift__free(list);
	return st;
}
