/* Plan matching on variations of the demo account: what can be told apart is matched, and nothing wrongly. */
#include "imports_plan_support.h"

static void
without_any_tag_nothing_is_matched_wrongly(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		struct drift_resource *l = &r.live->resources[i];

		l->tags = NULL;
		l->attributes = with(&r.live->arena, with(&r.live->arena, l->attributes, "tags", &drift__null), "tags_all", &drift__null);
	}
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_true(im->n >= CREATES - 12);
	assert_int_equal(list_size(im, "new"), 0);
	rig_close(&r, im);
}

/* With one in `step` missing. Its place is nobody else's, though only one of its kind may be left. */
static void
what_is_gone_is_replaced_by_nothing(void **unused)
{
	(void)unused;
	for (size_t step = 2; step < 9; step++) {
		struct rig r;
		struct drift_imports *im;

		rig_open(&r);
		for (size_t i = step % 3; i < r.live->n_resources; i += step)
			r.live->resources[i].flags |= DRIFT__GONE;
		im = match(r.live, r.plan);
		assert_int_equal(count_wrong(im, r.state), 0);
		assert_true(im->n > CREATES / 4);
		rig_close(&r, im);
	}
}

/* The only network ACL that is left has another name. */
static void
one_of_a_kind_is_not_taken_for_another(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	const char *id;

	(void)unused;
	rig_open(&r);
	id = true_id(r.state, "aws_network_acl.public");
	assert_non_null(id);
	by_id(r.live, "aws_network_acl", id)->flags |= DRIFT__GONE;
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_non_null(find(im, "aws_network_acl.database"));
	assert_true(is_listed(im, "new", "aws_network_acl.public"));
	assert_true(is_listed(im, "new", "aws_network_acl_rule.public[\"in\"]"));
	rig_close(&r, im);
}

static void
a_tag_that_was_edited_hides_nothing(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		struct drift_resource *l = &r.live->resources[i];

		if (drift_value_size(drift_value_get(l->attributes, "tags")) == 0)
			continue;
		l->tags = with(&r.live->arena, drift_value_get(l->attributes, "tags"), "Revision", drift__value_string(&r.live->arena, "by hand"));
		l->attributes = with(&r.live->arena, l->attributes, "tags", l->tags);
	}
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_int_equal(im->n, CREATES - CANNOT_BE_TOLD_APART);
	rig_close(&r, im);
}

/* A provider that takes a role in another account cannot mean what is here. */
static void
what_lies_in_another_account_is_not_meant(void **unused)
{
	static const char live_text[] = "{\"format_version\": \"1.0\", \"side\": \"live\", \"meta\": {\"account\": \"123456789012\"}, \"resources\": ["
		"{\"type\": \"aws_sqs_queue\", \"id\": \"q\", \"import_id\": \"q\", \"name\": \"jobs\", \"attributes\": {\"name\": \"jobs\"}}]}";
	static const char create[] = "{\"address\": \"aws_sqs_queue.%s\", \"mode\": \"managed\", \"type\": \"aws_sqs_queue\", \"name\": \"%s\", \"change\": "
		"{\"actions\": [\"create\"], \"after\": {\"name\": \"jobs\"}, \"after_unknown\": {}}}";
	static const char config[] = "{\"address\": \"aws_sqs_queue.%s\", \"mode\": \"managed\", \"type\": \"aws_sqs_queue\", \"name\": \"%s\", "
		"\"provider_config_key\": \"%s\", \"expressions\": {}}";
	static const char providers[] = "{\"aws\": {\"name\": \"aws\"}, \"aws.other\": {\"name\": \"aws\", \"alias\": \"other\", \"expressions\": {\"assume_role\": "
		"[{\"role_arn\": {\"constant_value\": \"arn:aws:iam::999999999999:role/ci\"}}]}}}";
	struct drift_snapshot *live = NULL;
	struct drift_document *plan = NULL;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	struct drift_imports *im;

	(void)unused;
	drift__buf_adds(&b, "{\"format_version\": \"1.2\", \"resource_changes\": [");
	drift__buf_addf(&b, create, "here", "here");
	drift__buf_adds(&b, ", ");
	drift__buf_addf(&b, create, "there", "there");
	drift__buf_addf(&b, "], \"configuration\": {\"provider_config\": %s, \"root_module\": {\"resources\": [", providers);
	drift__buf_addf(&b, config, "here", "here", "aws");
	drift__buf_adds(&b, ", ");
	drift__buf_addf(&b, config, "there", "there", "aws.other");
	drift__buf_adds(&b, "]}}}");
	assert_int_equal(drift_document_parse(b.data, b.len, "plan", &plan, NULL), DRIFT_OK);
	assert_int_equal(drift_snapshot_from_json(live_text, sizeof(live_text) - 1, "live", &live, NULL), DRIFT_OK);
	im = match(live, plan);
	assert_int_equal(im->n, 1);
	assert_string_equal(im->items[0].address, "aws_sqs_queue.here");
	assert_true(is_listed(im, "undecided", "aws_sqs_queue.there"));
	drift_imports_free(im);
	drift_document_free(plan);
	drift_snapshot_free(live);
	drift__buf_dispose(&b);
}

/* Tags that only AWS has are no reason to make everything anew. */
static void
a_configuration_without_tags_is_matched(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(64 << 20);
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	drift_document_free(r.plan);
	assert_int_equal(drift__file_read(PLAN, &text, NULL), DRIFT_OK);
	for (char *at = strstr(text.data, "\"tags"); at != NULL; at = strstr(at, "\"tags"))
		memcpy(at, "\"tugs", 5);
	assert_int_equal(drift_document_parse(text.data, text.len, PLAN, &r.plan, NULL), DRIFT_OK);
	drift__buf_dispose(&text);
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_int_equal(list_size(im, "new"), 0);
	assert_true(im->n > CREATES - 10);
	rig_close(&r, im);
}

static void
a_renamed_resource_is_new_and_no_other_takes_its_place(void **unused)
{
	static const char *const names[] = {"name", "bucket", "identifier", "family", "function_name"};
	struct rig r;
	struct drift_imports *im;
	size_t renamed = 0;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i += 3) {
		struct drift_resource *l = &r.live->resources[i];

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			const char *name = drift__value_gets(l->attributes, names[k]);

			if (name == NULL || strstr(l->type, "attachment") != NULL)
				continue;
			l->attributes = with(&r.live->arena, l->attributes, names[k],
				drift__value_string(&r.live->arena, drift__arena_printf(&r.live->arena, "renamed-%s", name)));
			renamed++;
			break;
		}
	}
	im = match(r.live, r.plan);
	assert_true(renamed > 20);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_true(list_size(im, "new") > 15);
	rig_close(&r, im);
}

/* What matches when the object of an address has a twin, which differs in one attribute (NULL = in none). */
static struct drift_imports *
match_beside_a_twin(struct rig *r, const char *address, const char *id, const char *attribute, const char *value)
{
	struct drift_imports *im = match(r->live, r->plan);
	const struct drift__import *it = find(im, address);

	assert_non_null(it);
	twin(r->live, it->type, it->live->id, id, attribute, value);
	drift_imports_free(im);
	assert_int_equal(drift__snapshot_seal(r->live, NULL), DRIFT_OK);
	return match(r->live, r->plan);
}

static void
equal_subnets_are_told_apart_by_their_vpc(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	/* the same range in another VPC */
	im = match_beside_a_twin(&r, "aws_subnet.public[0]", "subnet-other", "vpc_id", "vpc-other");
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_non_null(find(im, "aws_subnet.public[0]"));
	rig_close(&r, im);
}

static void
equal_twins_are_ambiguous(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	im = match_beside_a_twin(&r, "aws_cloudwatch_metric_alarm.this[\"cpu/high\"]", "twin", NULL, NULL);
	assert_null(find(im, "aws_cloudwatch_metric_alarm.this[\"cpu/high\"]"));
	assert_true(is_listed(im, "ambiguous", "aws_cloudwatch_metric_alarm.this[\"cpu/high\"]"));
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
}

static void
what_lies_in_another_region_is_not_meant(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	size_t moved = 0;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		if (r.live->resources[i].region != NULL) {
			r.live->resources[i].region = "eu-north-1";
			moved++;
		}
	}
	im = match(r.live, r.plan);
	assert_true(moved > 50);
	for (size_t i = 0; i < im->n; i++)
		assert_true(im->items[i].region == NULL);
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
}

/* ---- exchanged names ---- */

/* Two creates of a type, a and b, and two live objects (or only the first) that have each other's tag and their own value of `fixed`. Unknown values are
 * those of a queue that the create refers to. */
static struct drift_imports *
match_exchanged(const char *type, const char *fixed, const char *a, const char *b, bool both, bool unknown, struct drift_snapshot **live,
	struct drift_document **plan)
{
	const char *const names[] = {"a", "b"}, *const values[] = {a, b};
	struct drift__buf p = DRIFT__BUF_INIT(1 << 20), config = DRIFT__BUF_INIT(1 << 20), l = DRIFT__BUF_INIT(1 << 20);

	drift__buf_adds(&p, "{\"format_version\": \"1.2\", \"resource_changes\": [");
	drift__buf_adds(&l, "{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [");
	for (int i = 0; i < 2; i++) {
		const char *n = names[i], *comma = i > 0 ? ", " : "";

		drift__buf_addf(&p, "%s{\"address\": \"%s.%s\", \"mode\": \"managed\", \"type\": \"%s\", \"name\": \"%s\", \"change\": {\"actions\": [\"create\"], "
			"\"after\": {\"tags\": {\"Name\": \"%s\"}", comma, type, n, type, n, n);
		if (unknown)
			drift__buf_addf(&p, "}, \"after_unknown\": {\"%s\": true}}}", fixed);
		else
			drift__buf_addf(&p, ", \"%s\": \"%s\"}, \"after_unknown\": {}}}", fixed, values[i]);
		drift__buf_addf(&p, ", {\"address\": \"aws_sqs_queue.%s\", \"mode\": \"managed\", \"type\": \"aws_sqs_queue\", \"name\": \"%s\", \"change\": "
			"{\"actions\": [\"create\"], \"after\": {\"name\": \"%s\"}, \"after_unknown\": {\"id\": true}}}", n, n, values[i]);
		drift__buf_addf(&config, "%s{\"address\": \"%s.%s\", \"mode\": \"managed\", \"type\": \"%s\", \"name\": \"%s\", \"expressions\": {\"%s\": "
			"{\"references\": [\"aws_sqs_queue.%s.id\", \"aws_sqs_queue.%s\"]}}}", comma, type, n, type, n, fixed, n, n);
		drift__buf_addf(&l, "%s{\"type\": \"aws_sqs_queue\", \"id\": \"%s\", \"import_id\": \"%s\", \"attributes\": {\"name\": \"%s\"}}", comma, values[i],
			values[i], values[i]);
		if (i == 0 || both)
			drift__buf_addf(&l, ", {\"type\": \"%s\", \"id\": \"live-%s\", \"import_id\": \"live-%s\", \"tags\": {\"Name\": \"%s\"}, \"attributes\": "
				"{\"%s\": \"%s\", \"tags\": {\"Name\": \"%s\"}}}", type, n, n, names[1 - i], fixed, values[i], names[1 - i]);
	}
	drift__buf_addf(&p, "], \"configuration\": {\"root_module\": {\"resources\": [%s]}}}", config.data);
	drift__buf_adds(&l, "]}");
	assert_int_equal(drift_document_parse(p.data, p.len, "plan", plan, NULL), DRIFT_OK);
	assert_int_equal(drift_snapshot_from_json(l.data, l.len, "live", live, NULL), DRIFT_OK);
	drift__buf_dispose(&p);
	drift__buf_dispose(&config);
	drift__buf_dispose(&l);
	return match(*live, *plan);
}

/* Of instances and volumes the tag is no identity: an import by it would have both of them replaced. */
static void
exchanged_tags_do_not_outweigh_what_is_fixed(void **unused)
{
	static const struct {
		const char *type, *fixed, *a, *b;
		bool unknown;
		const char *id; /* of a; NULL: ambiguous */
	} rows[] = {
		{"aws_instance", "ami", "ami-1", "ami-2", false, NULL},
		{"aws_instance", "subnet_id", "subnet-1", "subnet-2", true, NULL},
		{"aws_ebs_volume", "availability_zone", "eu-west-1a", "eu-west-1b", false, NULL},
		{"aws_ebs_volume", "type", "gp2", "gp3", false, "live-b"}, /* can be changed in place */
		{"aws_subnet", "cidr_block", "10.0.1.0/24", "10.0.2.0/24", false, "live-a"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift_snapshot *live = NULL;
		struct drift_document *plan = NULL;
		struct drift_imports *im = match_exchanged(rows[i].type, rows[i].fixed, rows[i].a, rows[i].b, true, rows[i].unknown, &live, &plan);
		char *address = drift__asprintf("%s.a", rows[i].type);

		if (rows[i].id == NULL ? find(im, address) != NULL || !is_listed(im, "ambiguous", address) :
			find(im, address) == NULL || strcmp(find(im, address)->live->id, rows[i].id) != 0)
			fail_msg("%s by %s: %s", rows[i].type, rows[i].fixed, find(im, address) != NULL ? find(im, address)->live->id : "not matched");
		assert_int_equal(list_size(im, "ambiguous"), rows[i].id == NULL ? 2 : 0);
		drift__free(address);
		drift_imports_free(im);
		drift_document_free(plan);
		drift_snapshot_free(live);
	}
}

/* Nothing else has what is fixed: the object is the one, and that it would be replaced is said. */
static void
a_changed_image_is_still_the_same_instance(void **unused)
{
	struct drift_snapshot *live = NULL;
	struct drift_document *plan = NULL;
	struct drift_imports *im;

	(void)unused;
	im = match_exchanged("aws_instance", "ami", "ami-1", "ami-2", false, false, &live, &plan);
	assert_null(find(im, "aws_instance.a"));
	assert_non_null(find(im, "aws_instance.b"));
	assert_string_equal(find(im, "aws_instance.b")->forecast, "replace");
	assert_true(is_listed(im, "new", "aws_instance.a"));
	drift_imports_free(im);
	drift_document_free(plan);
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_any_tag_nothing_is_matched_wrongly),
		cmocka_unit_test(what_is_gone_is_replaced_by_nothing),
		cmocka_unit_test(one_of_a_kind_is_not_taken_for_another),
		cmocka_unit_test(a_tag_that_was_edited_hides_nothing),
		cmocka_unit_test(what_lies_in_another_account_is_not_meant),
		cmocka_unit_test(a_configuration_without_tags_is_matched),
		cmocka_unit_test(a_renamed_resource_is_new_and_no_other_takes_its_place),
		cmocka_unit_test(equal_subnets_are_told_apart_by_their_vpc),
		cmocka_unit_test(equal_twins_are_ambiguous),
		cmocka_unit_test(what_lies_in_another_region_is_not_meant),
		cmocka_unit_test(exchanged_tags_do_not_outweigh_what_is_fixed),
		cmocka_unit_test(a_changed_image_is_still_the_same_instance),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
