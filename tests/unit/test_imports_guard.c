/* The guard between plan and apply. */
#include "imports_support.h"

#define CHANGE(type, name, actions, more) \
	"{\"address\": \"" type "." name "\", \"mode\": \"managed\", \"type\": \"" type "\", \"name\": \"" name "\", \"change\": {\"actions\": " actions more "}}"
#define IMPORTING ", \"importing\": {\"id\": \"x\"}"
#define VALUES ", \"before\": {\"a\": 1, \"b\": 2}, \"after\": {\"a\": 1, \"b\": 3}"

static const char *const allow[] = {"aws_x.b", "aws_key_pair.*", NULL};

static void
rows_are_judged(void **unused)
{
	static const struct {
		const char *change;
		bool ok, ok_when_allowed;
	} rows[] = {
		{CHANGE("aws_x", "n", "[\"no-op\"]", IMPORTING), true, true},
		{CHANGE("aws_x", "n", "[\"no-op\"]", ""), true, true},
		{CHANGE("aws_x", "n", "[\"forget\"]", ""), true, true},
		{CHANGE("aws_x", "n", "[\"update\"]", IMPORTING VALUES), false, true},
		{CHANGE("aws_x", "n", "[\"update\"]", VALUES), false, true},
		{CHANGE("aws_y", "n", "[\"update\"]", IMPORTING VALUES), false, false},
		{CHANGE("aws_x", "n", "[\"create\"]", ", \"after\": {\"a\": 1}"), false, false},
		{CHANGE("aws_x", "n", "[\"delete\"]", ""), false, false},
		{CHANGE("aws_key_pair", "n", "[\"delete\", \"create\"]", ", \"after\": {}, \"replace_paths\": [[\"public_key\"]]"), false, true},
		{CHANGE("aws_db_instance", "n", "[\"create\", \"delete\"]", ", \"after\": {}, \"replace_paths\": [[\"engine\"]]"), false, false},
		{CHANGE("aws_x", "n", "[\"update\"]", IMPORTING ", \"before\": {\"a\": 1}, \"after\": {}, \"after_unknown\": {\"a\": true}"), false, false},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = drift__asprintf("{\"format_version\": \"1.2\", \"resource_changes\": [%s]}", rows[i].change);
		struct drift__arena a;
		const struct drift_value *plan;

		drift__arena_init(&a, 0);
		plan = parse(&a, text);
		for (int allowed = 0; allowed < 2; allowed++) {
			struct drift_guard_options opt = DRIFT_GUARD_OPTIONS_INIT;
			struct drift_document *doc = NULL;
			bool ok = false;
			char *table = NULL;

			opt.allow_changes = allowed ? allow : NULL;
			assert_int_equal(drift_guard_plan(plan, &opt, &ok, &doc, NULL), DRIFT_OK);
			if (ok != (allowed ? rows[i].ok_when_allowed : rows[i].ok))
				fail_msg("row %zu allowed %d: %d", i, allowed, ok);
			assert_int_equal(drift_guard_text(doc, &table, NULL), DRIFT_OK);
			assert_true(ok ? strstr(table, "may be applied") != NULL : strstr(table, ".n: ") != NULL);
			drift_text_free(table);
			drift_document_free(doc);
		}
		drift__arena_dispose(&a);
		drift__free(text);
	}
}

static void
creating_can_be_allowed(void **unused)
{
	struct drift__arena a;
	struct drift_guard_options opt = DRIFT_GUARD_OPTIONS_INIT;
	struct drift_document *doc = NULL;
	bool ok = false;

	(void)unused;
	drift__arena_init(&a, 0);
	opt.allow_create = true;
	assert_int_equal(drift_guard_plan(parse(&a, "{\"format_version\": \"1.2\", \"resource_changes\": ["
		CHANGE("aws_x", "n", "[\"create\"]", ", \"after\": {}") "]}"), &opt, &ok, &doc, NULL), DRIFT_OK);
	assert_true(ok);
	drift_document_free(doc);
	drift__arena_dispose(&a);
}

static void
the_plan_that_creates_199_is_stopped(void **unused)
{
	struct drift__arena a;
	struct drift_document *doc = NULL;
	bool ok = true;

	(void)unused;
	drift__arena_init(&a, 0);
	assert_int_equal(drift_guard_plan(read_json_file(&a, "fixtures/account/plan.json"), NULL, &ok, &doc, NULL), DRIFT_OK);
	assert_false(ok);
	assert_int_equal(drift_value_size(drift_value_get(drift_document_root(doc), "violations")), 199);
	drift_document_free(doc);
	drift__arena_dispose(&a);
}

static void
what_is_no_plan_is_refused(void **unused)
{
	static const char *const rows[] = {"[]", "{}", "{\"version\": 4}", "{\"format_version\": \"1.0\", \"values\": {}}",
		"{\"format_version\": \"1.2\", \"resource_changes\": [], \"errored\": true}"};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift__arena a;
		struct drift_document *doc = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;
		bool ok = false;

		drift__arena_init(&a, 0);
		assert_int_equal(drift_guard_plan(parse(&a, rows[i]), NULL, &ok, &doc, &err), DRIFT_BAD_PLAN);
		assert_null(doc);
		drift__arena_dispose(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_judged),
		cmocka_unit_test(creating_can_be_allowed),
		cmocka_unit_test(the_plan_that_creates_199_is_stopped),
		cmocka_unit_test(what_is_no_plan_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
