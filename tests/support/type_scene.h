/* One type of the catalogue with a fixture of it: the recorded replies as a live snapshot, the instances as a state. The first fixture is
 * fixtures/types/TYPE.json; of those whose replies have every member that AWS's model knows, there may be more: fixtures/full/TYPE.json,
 * TYPE.2.json and so on. */
#ifndef TEST_TYPE_SCENE_H
#define TEST_TYPE_SCENE_H

#include "drift/diff.h"
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct scene {
	const struct drift_catalogue *catalogue;
	const struct drift__type *type;
	struct drift_document *fixture;
	const struct drift_value *root;
	struct replay replay;
	struct drift_snapshot *state, *live;
	struct drift__arena arena;
	const char *const *family;
};

/* The path of the fixture number `at`; false when there is none (the first is always there). */
static inline bool
fixture_path_of(const char *type, size_t at, char *path, size_t cap)
{
	FILE *f;

	if (at == 0)
		snprintf(path, cap, "fixtures/types/%s.json", type);
	else if (at == 1)
		snprintf(path, cap, "fixtures/full/%s.json", type);
	else
		snprintf(path, cap, "fixtures/full/%s.%zu.json", type, at);
	if (at == 0)
		return true;
	f = fopen(path, "r");
	if (f != NULL)
		fclose(f);
	return f != NULL;
}

static inline struct drift_document *
read_fixture(const char *path)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 26);
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift__file_read(path, &b, &err) != DRIFT_OK || drift_document_parse(b.data, b.len, path, &doc, &err) != DRIFT_OK)
		fail_msg("%s: %s %s: docs/adding-a-type.md says how to record a fixture", path, err.where, err.what);
	drift__buf_dispose(&b);
	return doc;
}

/* The scene of the type's fixture number `at`; false when there is none. */
static inline bool
set_up(struct scene *s, const struct drift_catalogue *c, const char *type, size_t at)
{
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	char path[512];

	if (!fixture_path_of(type, at, path, sizeof path))
		return false;
	*s = (struct scene){.catalogue = c};
	drift__arena_init(&s->arena, 0);
	s->type = drift__catalogue_type(c, type, &err);
	if (s->type == NULL)
		fail_msg("%s: %s", err.where, err.what);
	s->fixture = read_fixture(path);
	s->root = drift_document_root(s->fixture);
	s->family = family_of(c, type, &s->arena);
	s->state = state_of(c, drift_value_get(s->root, "state"), &err);
	s->replay.calls = drift_value_get(s->root, "calls");
	s->replay.region = drift__value_gets(s->root, "region");
	o.all = true;
	o.native_tags = true;
	o.types = s->family;
	o.state = s->state;
	o.backend_bucket = drift__value_gets(drift_value_get(s->root, "backend"), "bucket");
	o.backend_table = drift__value_gets(drift_value_get(s->root, "backend"), "table");
	if (s->state == NULL || drift__inventory_run(c, replay_transport(&s->replay), &o, &s->live, &err) != DRIFT_OK)
		fail_msg("%s: %s: %s", path, err.where, err.what);
	if (s->replay.unknown[0] != '\0')
		fail_msg("%s: a call that it lacks: %s", path, s->replay.unknown);
	if (s->replay.twice[0] != '\0')
		fail_msg("%s: a call that was made twice: %s", path, s->replay.twice);
	return true;
}

static inline void
tear_down(struct scene *s)
{
	drift_snapshot_free(s->live);
	drift_snapshot_free(s->state);
	drift_document_free(s->fixture);
	drift__free(s->replay.open);
	drift__arena_dispose(&s->arena);
}

static inline struct drift_findings *
compare(const struct scene *s, const struct drift_snapshot *state)
{
	struct drift_findings *f = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift_diff(s->catalogue, state, s->live, NULL, &f, &err) != DRIFT_OK)
		fail_msg("%s: %s: %s", s->type->name, err.where, err.what);
	return f;
}

/* The first finding of the type itself; the others of its family have fixtures of their own. NULL = none. */
static inline const struct drift_value *
finding(const struct scene *s, const struct drift_findings *f, const char *part)
{
	const struct drift_value *list = drift_value_get(drift_findings_root(f), part);
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (drift__streq(drift__value_gets(drift_value_at(list, i), "type"), s->type->name))
			return drift_value_at(list, i);
	return NULL;
}

#endif
