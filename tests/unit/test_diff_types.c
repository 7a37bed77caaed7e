/* Every type of the catalogue against its fixture: recorded replies run through the inventory, and the instances that the provider wrote
 * compare as unchanged; then each compared attribute is altered, and must show. */
#include "drift/diff.h"
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static struct drift_document *
read_fixture(const char *type)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 26);
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	char path[512];

	snprintf(path, sizeof path, "fixtures/types/%s.json", type);
	if (drift__file_read(path, &b, &err) != DRIFT_OK || drift_document_parse(b.data, b.len, path, &doc, &err) != DRIFT_OK)
		fail_msg("%s: %s %s: docs/adding-a-type.md says how to record a fixture", path, err.where, err.what);
	drift__buf_dispose(&b);
	return doc;
}

static void
set_up(struct scene *s, const struct drift_catalogue *c, const char *type)
{
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;

	*s = (struct scene){.catalogue = c};
	drift__arena_init(&s->arena, 0);
	s->type = drift__catalogue_type(c, type, &err);
	if (s->type == NULL)
		fail_msg("%s: %s", err.where, err.what);
	s->fixture = read_fixture(type);
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
		fail_msg("%s: %s: %s", type, err.where, err.what);
	if (s->replay.unknown[0] != '\0')
		fail_msg("%s: a call that its fixture lacks: %s", type, s->replay.unknown);
}

static void
tear_down(struct scene *s)
{
	drift_snapshot_free(s->live);
	drift_snapshot_free(s->state);
	drift_document_free(s->fixture);
	drift__free(s->replay.open);
	drift__arena_dispose(&s->arena);
}

static struct drift_findings *
compare(const struct scene *s, const struct drift_snapshot *state)
{
	struct drift_findings *f = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift_diff(s->catalogue, state, s->live, NULL, &f, &err) != DRIFT_OK)
		fail_msg("%s: %s: %s", s->type->name, err.where, err.what);
	return f;
}

/* The first finding of the type itself; the others of its family have fixtures of their own. NULL = none. */
static const struct drift_value *
finding(const struct scene *s, const struct drift_findings *f, const char *part)
{
	const struct drift_value *list = drift_value_get(drift_findings_root(f), part);
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (drift__streq(drift__value_gets(drift_value_at(list, i), "type"), s->type->name))
			return drift_value_at(list, i);
	return NULL;
}

static size_t
complain(const struct scene *s, const char *what, const struct drift_value *v)
{
	char *text = drift_value_to_json(v, 1);

	print_error("%s: %s: %s\n", s->type->name, what, text);
	drift_text_free(text);
	return 1;
}

/* How many things are wrong; says which. */
static size_t
check_untouched(const struct scene *s)
{
	static const char *const parts[] = {"changed", "missing", "unmanaged", "unknown"};
	const struct drift_value *expect = drift_value_get(s->root, "expect"), *summary, *wanted;
	struct drift_findings *f = compare(s, s->state);
	size_t i, first, n, wrong = 0;

	for (i = 0; i < 4; i++) {
		const struct drift_value *found = finding(s, f, parts[i]);

		if (found != NULL)
			wrong += complain(s, parts[i], found);
	}
	summary = drift_value_get(drift_findings_root(f), "summary");
	wanted = drift_value_get(drift_value_get(expect, "summary"), "in_sync");
	if (!drift_value_equal(drift_value_get(summary, "in_sync"), wanted))
		wrong += complain(s, "other figures than expected", summary);
	if (drift__snapshot_of_type(s->state, s->type->name, &first) == 0)
		wrong += complain(s, "its fixture has no instance of it", NULL);
	n = drift__snapshot_of_type(s->live, s->type->name, &first);
	for (i = first; i < first + n; i++) {
		const struct drift_resource *r = &s->live->resources[i];
		const struct drift_value *id = drift_value_get(drift_value_get(expect, "imports"), r->keys[0]);

		if ((r->flags & DRIFT__AWS_DEFAULT) == 0 && !drift__streq(drift__value_str(id), r->import_id))
			wrong += complain(s, "another import id than expected, for", drift__value_string(&s->live->arena, r->keys[0]));
	}
	drift_findings_free(f);
	return wrong;
}

static void
test_untouched(void **state)
{
	struct drift_catalogue *c = NULL;
	struct scene s;
	size_t i, wrong = 0;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 0; i < drift_catalogue_size(c); i++) {
		set_up(&s, c, drift_catalogue_type(c, i));
		wrong += check_untouched(&s);
		tear_down(&s);
	}
	drift_catalogue_free(c);
	assert_int_equal(wrong, 0);
}

/* ---- edits ---- */

/* Another value of the same kind; NULL where none is made (nested and empty ones). */
static const struct drift_value *
altered(const struct drift_value *v, struct drift__arena *a)
{
	int64_t n;

	if (drift_value_kind(v) == DRIFT_BOOL)
		return drift__value_bool(!drift_value_bool(v));
	if (drift__value_to_int(v, &n))
		return drift__value_int(a, n + 1);
	return NULL;
}

static const struct drift_value *
with_member(const struct drift_value *map, const char *name, const struct drift_value *v, struct drift__arena *a)
{
	struct drift__map_builder b;
	size_t i;

	drift__map_init(&b, a);
	for (i = 0; i < drift_value_size(map); i++)
		drift__map_put(&b, drift_value_key(map, i, NULL), drift_value_at(map, i));
	drift__map_put(&b, name, v);
	return drift__map_finish(&b);
}

/* Numbers and switches of the first instance that sets them: any other value is drift, whatever the kind. */
static size_t
edit_each(struct scene *s)
{
	size_t first, n = drift__snapshot_of_type(s->state, s->type->name, &first), i, k, edits = 0;

	for (k = 0; k < s->type->n_attributes; k++) {
		const struct drift__attribute *at = &s->type->attributes[k];
		const struct drift_value *rule = drift_value_get(drift_value_get(s->type->entry, "attributes"), at->name);

		if (at->source == NULL || drift__value_gets(rule, "when_unset") != NULL)
			continue;
		for (i = first; i < first + n; i++) {
			struct drift_resource *r = &s->state->resources[i];
			const struct drift_value *before = r->attributes, *now = altered(drift_value_get(before, at->name), &s->arena);
			struct drift_findings *f;
			const struct drift_value *sum;

			if (now == NULL || (r->flags & DRIFT__DATA) != 0)
				continue;
			r->attributes = with_member(before, at->name, now, &s->arena);
			f = compare(s, s->state);
			sum = drift_value_get(drift_findings_root(f), "summary");
			if (finding(s, f, "changed") == NULL && finding(s, f, "missing") == NULL)
				fail_msg("%s.%s: an edit does not show: %s", s->type->name, at->name, drift_value_to_json(sum, 0));
			drift_findings_free(f);
			r->attributes = before;
			edits++;
			break;
		}
	}
	return edits;
}

static void
test_edits_show(void **state)
{
	struct drift_catalogue *c = NULL;
	struct scene s;
	size_t i, edits = 0;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 0; i < drift_catalogue_size(c); i++) {
		set_up(&s, c, drift_catalogue_type(c, i));
		edits += edit_each(&s);
		tear_down(&s);
	}
	drift_catalogue_free(c);
	print_message("%zu edits of numbers and switches\n", edits);
	assert_true(edits > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_edits_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
