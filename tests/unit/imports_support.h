/* What the tests of imports and policy share: entries straight from the catalogue's files, and live snapshots made from a state file. */
#ifndef IMPORTS_SUPPORT_H
#define IMPORTS_SUPPORT_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imports/imports.h"

#define TYPES_DIR "libdrift/catalogue/types"

struct entries {
	struct drift__arena arena;
	struct {
		char type[128];
		const struct drift_value *entry;
	} list[512];
	size_t n;
	const struct drift_value *own; /* map type -> entry; before the files */
};

static inline const struct drift_value *
read_json_file(struct drift__arena *a, const char *path)
{
	struct drift__buf text = DRIFT__BUF_INIT(64 << 20);
	struct drift__json_options opt = {.name = path};
	const struct drift_value *v = NULL;

	if (drift__file_read(path, &text, NULL) == DRIFT_OK)
		drift__json_parse(a, text.data, text.len, &opt, &v, NULL);
	drift__buf_dispose(&text);
	return v;
}

static inline const struct drift_value *
find_entry_file(struct entries *e, const char *type)
{
	DIR *dir = opendir(TYPES_DIR);
	struct dirent *d;
	const struct drift_value *v = NULL;

	while (dir != NULL && v == NULL && (d = readdir(dir)) != NULL) {
		char path[1024];

		snprintf(path, sizeof(path), TYPES_DIR "/%s/%s.json", d->d_name, type);
		v = read_json_file(&e->arena, path);
	}
	if (dir != NULL)
		closedir(dir);
	return v;
}

static inline const struct drift_value *
entry_of(void *ctx, const char *type)
{
	struct entries *e = ctx;
	const struct drift_value *v = drift_value_get(e->own, type);

	if (v != NULL)
		return v;
	for (size_t i = 0; i < e->n; i++) {
		if (strcmp(e->list[i].type, type) == 0)
			return e->list[i].entry;
	}
	assert_true(e->n < sizeof(e->list) / sizeof(e->list[0]));
	snprintf(e->list[e->n].type, sizeof(e->list[e->n].type), "%s", type);
	e->list[e->n].entry = find_entry_file(e, type);
	return e->list[e->n++].entry;
}

static inline const struct drift_value *
parse(struct drift__arena *a, const char *json)
{
	struct drift__json_options opt = {.name = "test"};
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *v = NULL;

	if (drift__json_parse(a, json, strlen(json), &opt, &v, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return v;
}

/* The region of a resource, as far as its ARN tells. */
static inline const char *
arn_region(struct drift__arena *a, const char *arn)
{
	const char *at = arn;

	for (int i = 0; i < 3 && at != NULL; i++) {
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	return at == NULL || *at == ':' ? NULL : drift__arena_strndup(a, at, strcspn(at, ":"));
}

/* AWS has the provider's default tags among the others. */
static inline const struct drift_value *
as_live(struct drift__arena *a, const struct drift_value *attributes)
{
	const struct drift_value *all = drift_value_get(attributes, "tags_all");
	struct drift__map_builder m;

	drift__map_init(&m, a);
	for (size_t i = 0; i < drift_value_size(attributes); i++)
		drift__map_put(&m, drift_value_key(attributes, i, NULL), drift_value_at(attributes, i));
	if (drift_value_kind(all) == DRIFT_MAP)
		drift__map_put(&m, "tags", all);
	return drift__map_finish(&m);
}

/* Managed instances of a state file as live resources; name gets their address, for the test to compare with. */
static inline struct drift_snapshot *
live_from_state(const char *path)
{
	struct drift_snapshot *s = drift__snapshot_new(DRIFT_SIDE_LIVE);
	const struct drift_value *root = read_json_file(&s->arena, path), *resources = drift_value_get(root, "resources");

	assert_non_null(root);
	for (size_t i = 0; i < drift_value_size(resources); i++) {
		const struct drift_value *res = drift_value_at(resources, i), *instances = drift_value_get(res, "instances");

		if (!drift__streq(drift__value_gets(res, "mode"), "managed"))
			continue;
		for (size_t k = 0; k < drift_value_size(instances); k++) {
			const struct drift_value *inst = drift_value_at(instances, k), *attr = drift_value_get(inst, "attributes");
			struct drift_resource *r = drift__snapshot_add(s, drift__value_gets(res, "type"));

			r->flags = DRIFT__IN_SCOPE;
			r->attributes = as_live(&s->arena, attr);
			r->id = r->import_id = drift__value_gets(attr, "id");
			r->arn = drift__value_gets(attr, "arn");
			r->name = drift__value_gets(attr, "name");
			r->tags = drift_value_get(attr, "tags_all");
			if (drift_value_kind(r->tags) != DRIFT_MAP)
				r->tags = drift_value_get(attr, "tags");
			r->region = r->arn != NULL ? arn_region(&s->arena, r->arn) : NULL;
		}
	}
	assert_int_equal(drift__snapshot_seal(s, NULL), DRIFT_OK);
	return s;
}

#endif
