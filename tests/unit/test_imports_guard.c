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
		/* what was not set and becomes nothing is no change; what becomes something is */
		{CHANGE("aws_x", "n", "[\"update\"]", IMPORTING ", \"before\": {\"b\": 1, \"f\": null}, \"after\": {\"b\": 2, \"f\": false}"), false, true},
		{CHANGE("aws_x", "n", "[\"update\"]", IMPORTING ", \"before\": {\"b\": 1, \"f\": null}, \"after\": {\"b\": 2, \"f\": true}"), false, false},
		{CHANGE("aws_x", "n", "[\"update\"]", IMPORTING ", \"before\": {\"b\": 1}, \"after\": {\"b\": 2, \"g\": \"x\"}"), false, false},
		{CHANGE("aws_x", "n", "[\"update\"]", IMPORTING ", \"before\": {\"a\": 1, \"f\": null}, \"after\": {\"a\": 1, \"f\": false}"), true, true},
		{CHANGE("aws_x", "n", "[\"create\", \"forget\"]", ", \"after\": {}"), false, false},
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
			assert_true(ok ? strstr(table, "may be applied") != NULL : strstr(table, ".n ") != NULL);
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

/* Only the configuration of `c` is shown: `c` is asked for, `t` is what the provider tells afterwards. */
static void
what_follows_from_a_change_is_not_one(void **unused)
{
	static const struct {
		const char *before, *after, *unknown;
		bool ok;
	} rows[] = {
		{"{\"b\": 1, \"t\": \"x\"}", "{\"b\": 2}", "{\"t\": true}", true},
		{"{\"b\": 1, \"c\": \"x\"}", "{\"b\": 2}", "{\"c\": true}", false},
		{"{\"b\": 1, \"l\": [1]}", "{\"b\": 2}", "{\"l\": true}", false}, /* a dynamic block may have made it */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift_guard_options opt = DRIFT_GUARD_OPTIONS_INIT;
		struct drift_document *doc = NULL;
		struct drift__arena a;
		bool ok = !rows[i].ok;
		char *text = drift__asprintf("{\"format_version\": \"1.2\", \"resource_changes\": [{\"address\": \"module.m[\\\"k\\\"].aws_x.n\", \"mode\": \"managed\","
			"\"module_address\": \"module.m[\\\"k\\\"]\", \"type\": \"aws_x\", \"name\": \"n\", \"change\": {\"actions\": [\"update\"], \"before\": %s, \"after\": %s,"
			"\"after_unknown\": %s}}], \"configuration\": {\"root_module\": {\"module_calls\": {\"m\": {\"module\": {\"resources\": [{\"address\": \"aws_x.n\","
			"\"mode\": \"managed\", \"type\": \"aws_x\", \"name\": \"n\", \"expressions\": {\"b\": {\"constant_value\": 2}, \"c\": {\"references\": [\"local.c\"]}}}]}}}}}}",
			rows[i].before, rows[i].after, rows[i].unknown);

		drift__arena_init(&a, 0);
		opt.allow_changes = allow;
		assert_int_equal(drift_guard_plan(parse(&a, text), &opt, &ok, &doc, NULL), DRIFT_OK);
		if (ok != rows[i].ok)
			fail_msg("row %zu: %d", i, ok);
		drift_document_free(doc);
		drift__arena_dispose(&a);
		drift__free(text);
	}
}

static void
what_holds_data_is_protected(void **unused)
{
	static const char *const everything[] = {"*", NULL}, *const own[] = {"aws_vpc", NULL};
	static const struct {
		const char *type;
		bool by_default, by_own;
	} rows[] = {
		{"aws_db_instance", true, false}, {"aws_rds_cluster", true, false}, {"aws_rds_global_cluster", true, false}, {"aws_s3_bucket", true, false},
		{"aws_dynamodb_table", true, false}, {"aws_kms_key", true, false}, {"aws_kms_external_key", true, false}, {"aws_efs_file_system", true, false},
		{"aws_route53_zone", true, false}, {"aws_secretsmanager_secret", true, false}, {"aws_ebs_volume", true, false}, {"aws_ecr_repository", true, false},
		{"aws_cognito_user_pool", true, false}, {"aws_opensearch_domain", true, false}, {"aws_elasticache_replication_group", true, false},
		{"aws_redshift_cluster", true, false}, {"aws_kinesis_stream", true, false}, {"aws_backup_vault", true, false}, {"aws_docdb_cluster", true, false},
		{"aws_key_pair", false, false}, {"aws_s3_bucket_policy", false, false}, {"aws_vpc", false, true}, {"aws_kms_alias", false, false},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = drift__asprintf("{\"format_version\": \"1.2\", \"resource_changes\": [{\"address\": \"%s.n\", \"mode\": \"managed\", \"type\": \"%s\","
			"\"name\": \"n\", \"change\": {\"actions\": [\"delete\", \"create\"], \"after\": {}, \"replace_paths\": [[\"name\"]]}}]}", rows[i].type, rows[i].type);
		struct drift__arena a;
		const struct drift_value *plan;

		drift__arena_init(&a, 0);
		plan = parse(&a, text);
		for (int k = 0; k < 2; k++) {
			struct drift_guard_options opt = DRIFT_GUARD_OPTIONS_INIT;
			struct drift_document *doc = NULL;
			bool ok = false;

			opt.allow_changes = everything;
			opt.protect = k == 0 ? NULL : own;
			assert_int_equal(drift_guard_plan(plan, &opt, &ok, &doc, NULL), DRIFT_OK);
			if (ok == (k == 0 ? rows[i].by_default : rows[i].by_own))
				fail_msg("%s: %d", rows[i].type, ok);
			drift_document_free(doc);
		}
		drift__arena_dispose(&a);
		drift__free(text);
	}
}

static const struct drift_value *
violation_of(const struct drift_document *doc, const char *address)
{
	const struct drift_value *list = drift_value_get(drift_document_root(doc), "violations");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		if (drift__streq(drift__value_gets(drift_value_at(list, i), "address"), address))
			return drift_value_at(list, i);
	}
	return NULL;
}

static void
creates_are_looked_up(void **unused)
{
	struct drift_catalogue *catalogue = NULL;
	struct drift_snapshot *live = live_from_state("fixtures/account/prod.tfstate");
	struct drift_guard_options opt = DRIFT_GUARD_OPTIONS_INIT;
	struct drift_document *doc = NULL;
	struct drift__arena a;
	const struct drift_value *plan;
	bool ok = true;

	(void)unused;
	drift__arena_init(&a, 0);
	assert_int_equal(drift_catalogue_open(NULL, &catalogue, NULL), DRIFT_OK);
	plan = read_json_file(&a, "fixtures/account/plan.json");
	for (size_t i = 0; i < live->n_resources; i++) {
		if (strcmp(live->resources[i].type, "aws_sqs_queue") == 0 || strcmp(live->resources[i].type, "aws_key_pair") == 0)
			live->resources[i].flags |= DRIFT__GONE;
	}
	live->gaps = parse(&a, "[{\"type\": \"aws_key_pair\", \"reason\": \"denied\"}]");
	opt.catalogue = catalogue;
	opt.live = live;
	opt.allow_create = true;
	assert_int_equal(drift_guard_plan(plan, &opt, &ok, &doc, NULL), DRIFT_OK);
	assert_false(ok);
	assert_true(drift__starts(drift__value_gets(violation_of(doc, "aws_vpc.main"), "why"), "it exists: import it as vpc-"));
	assert_true(drift__starts(drift__value_gets(violation_of(doc, "aws_key_pair.bastion"), "why"), "whether it exists is not known: "));
	assert_null(violation_of(doc, "module.queue[\"predictions\"].aws_sqs_queue.this"));
	assert_true(drift_value_size(drift_value_get(drift_document_root(doc), "allowed")) > 0);
	drift_document_free(doc);
	drift_snapshot_free(live);
	drift_catalogue_free(catalogue);
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
		cmocka_unit_test(what_follows_from_a_change_is_not_one),
		cmocka_unit_test(what_holds_data_is_protected),
		cmocka_unit_test(creates_are_looked_up),
		cmocka_unit_test(what_is_no_plan_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
