/* Plan matching on the demo account: plan.json has the creates, prod.tfstate says which live object each one is. */
#include "imports_plan_support.h"

#include "imports/foreach.h"

static void
all_that_can_be_told_apart_is_matched(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_int_equal(im->n, CREATES - CANNOT_BE_TOLD_APART);
	assert_int_equal(list_size(im, "ambiguous"), CANNOT_BE_TOLD_APART);
	assert_int_equal(list_size(im, "new"), 0);
	assert_int_equal(list_size(im, "undecided"), 0);
	assert_int_equal(list_size(im, "cycles"), 0);
	assert_true(is_listed(im, "ambiguous", "aws_vpc_security_group_ingress_rule.db[\"app\"]"));
	rig_close(&r, im);
}

/* A plan from before the imports: what it creates has been in the state for long. Only what lies at another address has moved. */
static void
what_the_state_has_is_no_create(void **unused)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_snapshot *managed = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift_imports *im = NULL;
	struct rig r;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		const struct drift_resource *live = &r.live->resources[i];
		bool is_vpc = strcmp(live->type, "aws_vpc") == 0;
		struct drift_resource *own = is_vpc || strcmp(live->type, "aws_lb") == 0 ? drift__snapshot_add(managed, live->type) : NULL;

		if (own == NULL)
			continue;
		own->id = live->id;
		own->address = is_vpc ? "aws_vpc.main" : "aws_lb.old";
	}
	assert_int_equal(drift__snapshot_seal(managed, NULL), DRIFT_OK);
	opt.plan = r.plan;
	assert_int_equal(drift__imports_make(&facts, managed, r.live, &opt, &im, NULL), DRIFT_OK);
	assert_int_equal(list_size(im, "in_state"), 1);
	assert_true(is_listed(im, "in_state", "aws_vpc.main"));
	assert_int_equal(list_size(im, "managed_elsewhere"), 1);
	assert_true(is_listed(im, "managed_elsewhere", "aws_lb.main"));
	assert_null(find(im, "aws_vpc.main"));
	drift_snapshot_free(managed);
	rig_close(&r, im);
}

static void
with_the_configuration_every_create_is_matched(void **unused)
{
	struct rig r;
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;
	struct drift_document *files = NULL;

	(void)unused;
	rig_open(&r);
	assert_int_equal(drift_configuration_read("fixtures/demo", &files, NULL), DRIFT_OK);
	assert_true(drift_value_size(drift_document_root(files)) > 5);
	opt.plan = r.plan;
	opt.configuration = drift_document_root(files);
	assert_int_equal(drift__imports_make(&facts, NULL, r.live, &opt, &im, NULL), DRIFT_OK);
	assert_int_equal(im->n, CREATES);
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
	drift_document_free(files);
}

static void
for_each_objects_are_read_or_left_alone(void **unused)
{
	static const struct {
		const char *text, *key, *member, *reference;
	} rows[] = {
		{"resource \"a\" \"b\" {\n for_each = { x = aws_vpc.y.id, \"it's\" = aws_vpc.z.id }\n}\n", "it's", "", "aws_vpc.z.id"},
		{"resource \"a\" \"b\" {\n for_each = { x = aws_vpc.y.id, \"it's\" = aws_vpc.z.id }\n}\n", "x", "", "aws_vpc.y.id"},
		{"# }\nresource \"a\" \"c\" {}\nresource \"a\" \"b\" {\n n { for_each = { x = no.no.no } }\n for_each = local.m\n}\nlocals {\n q = <<EOT\n}\nEOT\n m = {\n"
			"  x = { id = aws_vpc.y.id, s = \"${\"}\"}\" } // c\n }\n}\n", "x", "id", "aws_vpc.y.id"},
		{"resource \"a\" \"b\" {\n for_each = toset([\"x\"])\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = { x = \"${aws_vpc.y.id}\" }\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = { x = f(aws_vpc.y.id) }\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = merge({ x = aws_vpc.y.id }, {})\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = local.a\n}\nlocals {\n a = local.b\n b = local.a\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = {", "x", "", NULL},
		{"resource \"a\" \"b", "x", "", NULL},
		{"<<", "x", "", NULL},
		{"/*", "x", "", NULL},
		{"", "x", "", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift__arena a;
		struct drift__map_builder m;
		struct drift__list_builder files;
		const char *found;

		drift__arena_init(&a, 0);
		drift__list_init(&files, &a);
		drift__map_init(&m, &a);
		drift__map_puts(&m, "path", "main.tf");
		drift__map_puts(&m, "text", rows[i].text);
		drift__list_add(&files, drift__map_finish(&m));
		found = drift__foreach_reference(&a, drift__list_finish(&files), "", "resource", "a", "b", rows[i].key, rows[i].member);
		if (!drift__streq(found, rows[i].reference))
			fail_msg("row %zu: %s", i, found);
		drift__arena_dispose(&a);
	}
}

static void
a_map_decides_what_is_ambiguous(void **unused)
{
	struct rig r;
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;

	(void)unused;
	rig_open(&r);
	opt.plan = r.plan;
	opt.map_text = "sgr-930cffea647c6ff6c,aws_vpc_security_group_ingress_rule.db[\"app\"]\n";
	opt.map_bytes = strlen(opt.map_text);
	assert_int_equal(drift__imports_make(&facts, NULL, r.live, &opt, &im, NULL), DRIFT_OK);
	assert_int_equal(im->n, CREATES); /* the other one is the only one left */
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
}

static void
the_forecast_says_what_no_import_brings_in(void **unused)
{
	static const char *const replaced[] = {"aws_key_pair.bastion", "aws_lambda_permission.nightly"};
	static const struct {
		const char *address, *path;
	} changed[] = {
		{"aws_db_instance.main", "password"}, {"aws_kms_key.data", "deletion_window_in_days"},
		{"aws_lambda_function.this[\"ingest\"]", "filename"}, {"aws_autoscaling_group.ecs", "wait_for_capacity_timeout"},
	};
	struct rig r;
	struct drift_imports *im;
	size_t n_replaced = 0;

	(void)unused;
	rig_open(&r);
	im = match(r.live, r.plan);
	for (size_t i = 0; i < im->n; i++) {
		n_replaced += strcmp(im->items[i].forecast, "replace") == 0;
		for (size_t k = 0; k < drift_value_size(im->items[i].changes); k++) {
			const struct drift_value *one = drift_value_at(im->items[i].changes, k);

			if (drift__streq(drift__value_gets(one, "reason"), "the configuration wants another value"))
				fail_msg("%s: %s", im->items[i].address, drift__value_gets(one, "path"));
		}
	}
	assert_int_equal(n_replaced, 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(find(im, replaced[i])->forecast, "replace");
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		const struct drift__import *it = find(im, changed[i].address);
		bool found = false;

		assert_string_equal(it->forecast, "in-place");
		for (size_t k = 0; k < drift_value_size(it->changes); k++)
			found = found || drift__streq(drift__value_gets(drift_value_at(it->changes, k), "path"), changed[i].path);
		assert_true(found);
	}
	{
		char *text = NULL;

		assert_int_equal(drift_imports_write(im, "json", NULL, &text, NULL), DRIFT_OK);
		assert_null(strstr(text, "not-a-real-password"));
		drift_text_free(text);
	}
	rig_close(&r, im);
}

/* ---- variations: the matcher is not tuned to one account ---- */

/* A record's name may stand without its zone, and the provider takes it from the import id as it stands there. */
static void
records_are_found_by_a_name_without_the_zone(void **unused)
{
	static const char zones[] = "{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": ["
		"{\"type\": \"aws_route53_zone\", \"id\": \"Z1\", \"import_id\": \"Z1\", \"name\": \"x.example\", \"attributes\": {\"name\": \"x.example\"}},"
		"{\"type\": \"aws_route53_record\", \"id\": \"Z1_w.x.example_A\", \"import_id\": \"Z1_w.x.example_A\", \"name\": \"w.x.example\","
		" \"parent_type\": \"aws_route53_zone\", \"parent_key\": \"Z1\", \"attributes\": {\"zone_id\": \"Z1\", \"name\": \"w.x.example\", \"type\": \"A\"}},"
		"{\"type\": \"aws_route53_record\", \"id\": \"Z1_v.w.x.example_A\", \"import_id\": \"Z1_v.w.x.example_A\", \"name\": \"v.w.x.example\","
		" \"parent_type\": \"aws_route53_zone\", \"parent_key\": \"Z1\", \"attributes\": {\"zone_id\": \"Z1\", \"name\": \"v.w.x.example\", \"type\": \"A\"}}]}";
	static const struct {
		const char *name, *id; /* id NULL: nothing live is meant */
	} rows[] = {{"w", "Z1_w_A"}, {"w.x.example", "Z1_w.x.example_A"}, {"v.w", "Z1_v.w_A"}, {"v", NULL}, {"x", NULL}};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = drift__asprintf("{\"format_version\": \"1.2\", \"resource_changes\": [{\"address\": \"aws_route53_record.r\", \"mode\": \"managed\","
			"\"type\": \"aws_route53_record\", \"name\": \"r\", \"change\": {\"actions\": [\"create\"],"
			"\"after\": {\"zone_id\": \"Z1\", \"name\": \"%s\", \"type\": \"A\"}, \"after_unknown\": {\"id\": true}}}]}", rows[i].name);
		struct drift_snapshot *live = NULL;
		struct drift_document *plan = NULL;
		struct drift_imports *im;

		assert_int_equal(drift_snapshot_from_json(zones, sizeof zones - 1, "zones", &live, NULL), DRIFT_OK);
		assert_int_equal(drift_document_parse(text, strlen(text), "plan", &plan, NULL), DRIFT_OK);
		im = match(live, plan);
		if (rows[i].id == NULL)
			assert_true(is_listed(im, "new", "aws_route53_record.r"));
		else
			assert_string_equal(find(im, "aws_route53_record.r")->id, rows[i].id);
		drift_imports_free(im);
		drift_document_free(plan);
		drift_snapshot_free(live);
		drift__free(text);
	}
}

static void
what_could_not_be_listed_is_not_called_new(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	size_t first, n;

	(void)unused;
	rig_open(&r);
	n = drift__snapshot_of_type(r.live, "aws_sqs_queue", &first);
	assert_true(n > 0);
	for (size_t i = first; i < first + n; i++)
		r.live->resources[i].flags |= DRIFT__GONE;
	im = match(r.live, r.plan);
	assert_true(list_size(im, "new") >= n);
	drift_imports_free(im);
	r.live->gaps = parse(&r.live->arena, "[{\"type\": \"aws_sqs_queue\", \"reason\": \"AccessDenied\", \"action\": \"sqs:ListQueues\"}]");
	im = match(r.live, r.plan);
	assert_int_equal(list_size(im, "undecided"), n);
	rig_close(&r, im);
}

static void
bad_plans_are_refused_with_the_place(void **unused)
{
	static const char *const rows[] = {
		"[]", "{}", "{\"format_version\": \"2.0\", \"resource_changes\": []}", "{\"format_version\": \"1.0\", \"values\": {}}",
		"{\"format_version\": \"1.2\", \"resource_changes\": [{\"mode\": \"managed\", \"change\": {\"actions\": [\"create\"], \"after\": {}}}]}",
		("{\"format_version\": \"1.2\", \"resource_changes\": [{\"mode\": \"managed\", \"address\": \"a.b\", \"type\": \"a\", \"name\": \"b\", "
		 "\"change\": {\"actions\": [\"create\"], \"after\": null}}]}"),
	};
	struct drift_snapshot *live = live_from_state(STATE);

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift__facts facts = {entry_of, &entries};
		struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
		struct drift_document *plan = NULL;
		struct drift_imports *im = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift_document_parse(rows[i], strlen(rows[i]), "plan.json", &plan, NULL), DRIFT_OK);
		opt.plan = plan;
		assert_int_not_equal(drift__imports_make(&facts, NULL, live, &opt, &im, &err), DRIFT_OK);
		assert_null(im);
		assert_true(err.what[0] != '\0' && err.where[0] != '\0');
		drift_document_free(plan);
	}
	drift_snapshot_free(live);
}

/* Each allocation cannot be tried on an account of that size: the steps grow. */
static void
running_out_of_memory_is_said(void **unused)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_document *files = NULL;
	struct rig r;

	(void)unused;
	rig_open(&r);
	assert_int_equal(drift_configuration_read("fixtures/demo", &files, NULL), DRIFT_OK);
	opt.plan = r.plan;
	opt.configuration = drift_document_root(files);
	for (long n = 1; n < 4000; n += n / 9 + 1) {
		struct drift_imports *im = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;
		enum drift_status st;

		drift__alloc_fail_after(n);
		st = drift__imports_make(&facts, NULL, r.live, &opt, &im, &err);
		drift__alloc_fail_after(0);
		/* an allocation that only made something exacter may fail without the whole failing; nothing wrong may come of it */
		if (st == DRIFT_OK)
			assert_int_equal(count_wrong(im, r.state), 0);
		else
			assert_int_equal(st, DRIFT_NOMEM);
		drift_imports_free(im);
	}
	drift_document_free(files);
	rig_close(&r, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_can_be_told_apart_is_matched),
		cmocka_unit_test(what_the_state_has_is_no_create),
		cmocka_unit_test(with_the_configuration_every_create_is_matched),
		cmocka_unit_test(for_each_objects_are_read_or_left_alone),
		cmocka_unit_test(a_map_decides_what_is_ambiguous),
		cmocka_unit_test(the_forecast_says_what_no_import_brings_in),
		cmocka_unit_test(records_are_found_by_a_name_without_the_zone),
		cmocka_unit_test(what_could_not_be_listed_is_not_called_new),
		cmocka_unit_test(bad_plans_are_refused_with_the_place),
		cmocka_unit_test(running_out_of_memory_is_said),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
