/* What is in a state ends up in the resources: each format, what is special in each, and what must not change on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/tfstate.h"

struct loaded {
	struct drift_snapshot *snap;
	struct drift__tfstate_info info;
	const struct drift_value *warnings;
};

static struct loaded
load(const char *text, size_t n)
{
	struct loaded l = {.snap = drift__snapshot_new(DRIFT_SIDE_STATE)};
	struct drift_error err = DRIFT_ERROR_INIT;

	assert_non_null(l.snap);
	if (drift__tfstate_read(text, n, "t", 0, l.snap, &l.info, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	l.warnings = drift__list_finish(&l.info.warnings);
	return l;
}

static struct loaded
load_text(const char *text)
{
	return load(text, strlen(text));
}

static const struct drift_resource *
find(const struct loaded *l, const char *address)
{
	size_t i;

	for (i = 0; i < l->snap->n_resources; i++)
		if (strcmp(l->snap->resources[i].address, address) == 0)
			return &l->snap->resources[i];
	fail_msg("there is no %s", address);
	return NULL;
}

static void
assert_json(const struct drift_value *v, const char *expected)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);

	drift__json_write(&b, v, 0, true);
	assert_string_equal(b.data, expected);
	drift__buf_dispose(&b);
}

static bool
warned(const struct loaded *l, const char *word)
{
	size_t i;

	for (i = 0; i < drift_value_size(l->warnings); i++)
		if (strstr(drift__value_str(drift_value_at(l->warnings, i)), word) != NULL)
			return true;
	return false;
}

#define AWS "\"provider\":\"provider[\\\"registry.terraform.io/hashicorp/aws\\\"]\""

static const char v4[] =
	"{\"version\":4,\"terraform_version\":\"1.13.3\",\"serial\":18446744073709551615,\"lineage\":\"a-b\",\"outputs\":{\"pw\":{\"value\":\"s3cret\","
	"\"type\":\"string\",\"sensitive\":true},\"o\":{\"value\":{\"a\":[1,2]},\"type\":[\"object\",{\"a\":[\"list\",\"number\"]}]}},\"resources\":["
	"{\"module\":\"module.net[\\\"eu\\\"]\",\"mode\":\"managed\",\"type\":\"aws_subnet\",\"name\":\"a\"," AWS ",\"instances\":["
	"{\"index_key\":0,\"schema_version\":1,\"attributes\":{\"id\":\"subnet-1\",\"availability_zone\":\"eu-west-1b\",\"big\":123456789012345678901234567890,"
	"\"exp\":1e400,\"zero\":-0,\"tags\":{\"Name\":\"x\",\"name\":\"y\"},\"tags_all\":{\"Name\":\"x\",\"Env\":\"prod\"}},\"sensitive_attributes\":[],"
	"\"dependencies\":[\"aws_vpc.main\",\"data.aws_x.y\"]},"
	"{\"index_key\":\"0\",\"status\":\"tainted\",\"attributes\":{\"id\":\"subnet-2\",\"arn\":\"arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-2\"}},"
	"{\"index_key\":\"0\",\"deposed\":\"deadbeef\",\"attributes\":{\"id\":\"subnet-3\"}}]},"
	"{\"mode\":\"data\",\"type\":\"aws_ami\",\"name\":\"a\"," AWS ",\"instances\":[{\"attributes\":{\"id\":\"ami-1\"}}]},"
	"{\"mode\":\"managed\",\"type\":\"aws_db_instance\",\"name\":\"d\",\"provider\":\"provider[\\\"x/hashicorp/aws\\\"].west\",\"instances\":[{\"attributes\":"
	"{\"id\":\"db\",\"password\":\"p\",\"nested\":[{\"k\":\"v\"}],\"region\":\"us-west-2\"},\"sensitive_attributes\":[[{\"type\":\"get_attr\",\"value\":"
	"\"password\"}],[{\"type\":\"get_attr\",\"value\":\"nested\"},{\"type\":\"index\",\"value\":{\"value\":0,\"type\":\"number\"}},{\"type\":\"get_attr\","
	"\"value\":\"k\"}]],\"identity_schema_version\":0,\"identity\":{\"account_id\":\"210987654321\",\"id\":\"db\",\"region\":\"us-west-1\"}}]},"
	"{\"mode\":\"managed\",\"type\":\"random_password\",\"name\":\"p\",\"provider\":\"provider[\\\"r/hashicorp/random\\\"]\",\"instances\":[{\"attributes\":{}},"
	"{\"index_key\":1}]},{\"mode\":\"managed\",\"type\":\"aws_vpc\",\"name\":\"none\"," AWS ",\"instances\":[]}],"
	"\"check_results\":[{\"object_kind\":\"check\",\"config_addr\":\"check.c\",\"status\":\"fail\",\"objects\":null},{\"status\":7}]}";

static void
version_4(void **unused)
{
	struct loaded l = load_text(v4);
	const struct drift_resource *r = find(&l, "module.net[\"eu\"].aws_subnet.a[0]");

	(void)unused;
	assert_string_equal(l.info.serial, "18446744073709551615");
	assert_string_equal(l.info.lineage, "a-b");
	assert_string_equal(l.info.terraform_version, "1.13.3");
	assert_int_equal(l.info.n_resources, 4);
	assert_int_equal(l.info.n_data, 1);
	assert_int_equal(l.info.n_foreign, 2);
	assert_json(l.info.providers, "{\"hashicorp/random\":2}");
	assert_int_equal(drift_value_size(l.info.outputs), 2);
	assert_int_equal(drift_value_size(l.info.checks), 1);
	assert_true(warned(&l, "check_results[1].status"));
	/* digits stay, names keep their case */
	assert_json(drift_value_get(r->attributes, "big"), "123456789012345678901234567890");
	assert_json(drift_value_get(r->attributes, "exp"), "1e400");
	assert_json(drift_value_get(r->attributes, "zero"), "-0");
	assert_json(drift_value_get(r->attributes, "tags"), "{\"Name\":\"x\",\"name\":\"y\"}");
	assert_json(r->tags, "{\"Env\":\"prod\",\"Name\":\"x\"}");
	assert_json(r->dependencies, "[\"aws_vpc.main\",\"data.aws_x.y\"]");
	assert_string_equal(r->region, "eu-west-1");
	assert_int_equal(r->schema_version, 1);
	/* [0] and ["0"] are two */
	r = find(&l, "module.net[\"eu\"].aws_subnet.a[\"0\"]");
	assert_int_equal(r->flags, DRIFT__TAINTED);
	assert_string_equal(r->region, "eu-central-1");
	assert_string_equal(r->account, "123456789012");
	assert_int_equal(l.info.n_tainted, 1);
	assert_int_equal(l.info.n_deposed, 1);
	r = find(&l, "data.aws_ami.a");
	assert_int_equal(r->flags, DRIFT__DATA);
	r = find(&l, "aws_db_instance.d");
	assert_json(r->sensitive, "[[\"password\"],[\"nested\",0,\"k\"]]");
	assert_string_equal(r->region, "us-west-2");
	assert_string_equal(r->account, "210987654321");
	assert_string_equal(r->more->provider_alias, "west");
	assert_json(r->more->identity, "{\"account_id\":\"210987654321\",\"id\":\"db\",\"region\":\"us-west-1\"}");
	drift_snapshot_free(l.snap);
}

static void
a_path_without_steps_makes_all_sensitive(void **unused)
{
	struct loaded l = load_text("{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\"," AWS ",\"instances\":[{\"attributes\":"
		"{\"a\":1,\"b\":{\"c\":2}},\"sensitive_attributes\":[[]]}]}]}");

	(void)unused;
	assert_json(find(&l, "aws_x.y")->sensitive, "[[\"a\"],[\"b\"]]");
	drift_snapshot_free(l.snap);
}

/* Key names of the file format match whatever their case, those of attributes do not. */
static void
case_of_names(void **unused)
{
	struct loaded l = load_text("{\"VERSION\":4,\"Serial\":3,\"re\xC5\xBFources\":[{\"Mode\":\"managed\",\"TYPE\":\"aws_x\",\"Name\":\"y\",\"Provider\":\"provider.aws\","
		"\"inSTANCES\":[{\"Attributes\":{\"ID\":\"not this\",\"id\":\"this\"}}]}]}");
	struct loaded twice = load_text("{\"version\":4,\"serial\":1,\"Serial\":2,\"serial\":3,\"resources\":[{}],\"Resources\":[]}");

	(void)unused;
	assert_string_equal(l.info.serial, "3");
	assert_string_equal(find(&l, "aws_x.y")->id, "this");
	assert_int_equal(drift_value_size(l.warnings), 0);
	assert_int_equal(twice.snap->n_resources, 0);
	assert_true(warned(&twice, "stands twice"));
	assert_true(warned(&twice, "stand twice"));
	drift_snapshot_free(l.snap);
	drift_snapshot_free(twice.snap);
}

static const char v3[] =
	"{\"version\":3,\"terraform_version\":\"0.11.14\",\"serial\":7,\"lineage\":\"l\",\"modules\":[{\"path\":[\"root\"],\"outputs\":{\"o\":{\"sensitive\":true,"
	"\"type\":\"string\",\"value\":\"v\"}},\"resources\":{\"aws_instance.web.0\":{\"type\":\"aws_instance\",\"depends_on\":[],\"primary\":{\"id\":\"i-1\","
	"\"attributes\":{\"ami\":\"a\",\"tags.%\":\"2\",\"tags.Name\":\"x\",\"tags.kubernetes.io/name\":\"y\",\"sg.#\":\"2\",\"sg.3000000000\":\"b\",\"sg.20\":\"a\","
	"\"blk.#\":\"2\",\"blk.0.size\":\"8\",\"blk.1.size\":\"9\",\"blk.1.ids.#\":\"1\",\"blk.1.ids.0\":\"q\",\"none.#\":\"0\",\"nomap.%\":\"0\",\"one.#\":\"1\","
	"\"later\":\"74D93920-ED26-11E3-AC10-0800200C9A66\"},\"meta\":{\"schema_version\":\"1\"},\"tainted\":true},\"deposed\":[{\"id\":\"i-0\",\"attributes\":"
	"{\"id\":\"i-0\"}}],\"provider\":\"provider.aws.west\"},\"data.template_file.t\":{\"type\":\"template_file\",\"primary\":{\"id\":\"t\",\"attributes\":{}},"
	"\"provider\":\"\"}}},{\"path\":[\"root\",\"net\",\"sub\"],\"resources\":{\"aws_vpc.v\":{\"primary\":{\"id\":\"vpc-1\"},\"provider\":\"module.net.provider.aws\"}}}]}";

static void
version_3(void **unused)
{
	struct loaded l = load_text(v3);
	const struct drift_resource *r = find(&l, "aws_instance.web[0]");

	(void)unused;
	assert_json(r->attributes, "{\"ami\":\"a\",\"blk\":[{\"size\":\"8\"},{\"ids\":[\"q\"],\"size\":\"9\"}],\"id\":\"i-1\",\"later\":null,\"nomap\":{},\"none\":[],"
		"\"one\":[{}],\"sg\":[\"a\",\"b\"],\"tags\":{\"Name\":\"x\",\"kubernetes.io/name\":\"y\"}}");
	assert_int_equal(r->flags, DRIFT__TAINTED);
	assert_string_equal(r->more->provider_alias, "west");
	assert_string_equal(r->id, "i-1");
	assert_int_equal(r->schema_version, 1);
	assert_int_equal(l.info.n_deposed, 1);
	assert_int_equal(find(&l, "data.template_file.t")->flags, DRIFT__DATA | DRIFT__FOREIGN);
	assert_string_equal(find(&l, "module.net.module.sub.aws_vpc.v")->id, "vpc-1");
	assert_json(l.info.outputs, "{\"o\":{\"sensitive\":true,\"value\":\"v\"}}");
	drift_snapshot_free(l.snap);
}

/* Maps were counted with # before version 3; version 1 has plain outputs and needs no path. */
static void
versions_1_and_2(void **unused)
{
	struct loaded l = load_text("{\"version\":1,\"serial\":4,\"modules\":[{\"outputs\":{\"o\":\"v\"},\"resources\":{\"aws_x.y\":{\"type\":\"aws_x\",\"tainted\":[{\"id\":\"old\"}],"
		"\"primary\":{\"id\":\"1\",\"attributes\":{\"id\":\"1\",\"tags.#\":\"1\",\"tags.Name\":\"n\",\"list.#\":\"1\",\"list.0\":\"z\"}}}}}]}");

	(void)unused;
	assert_json(find(&l, "aws_x.y")->attributes, "{\"id\":\"1\",\"list\":[\"z\"],\"tags\":{\"Name\":\"n\"}}");
	assert_int_equal(l.snap->n_resources, 1);
	assert_json(l.info.outputs, "{\"o\":{\"sensitive\":false,\"value\":\"v\"}}");
	assert_null(l.info.lineage);
	drift_snapshot_free(l.snap);
	l = load_text("{\"version\":2,\"modules\":[{\"path\":[\"root\",\"a\"],\"resources\":{\"aws_x.y\":{\"primary\":{\"id\":\"1\",\"attributes\":{\"v.#\":\"3\",\"v.a\":\"b\"}}}}}]}");
	assert_json(find(&l, "module.a.aws_x.y")->attributes, "{\"id\":\"1\",\"v\":{\"a\":\"b\"}}");
	assert_true(warned(&l, "the count of v says 3, and there are 1"));
	drift_snapshot_free(l.snap);
}

/* An object that 0.12 upgraded and nobody applied since. */
static void
flat_attributes_in_version_4(void **unused)
{
	struct loaded l = load_text("{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\",\"provider\":\"provider.aws\",\"instances\":[{"
		"\"attributes_flat\":{\"id\":\"1\",\"tags.%\":\"1\",\"tags.a.b\":\"c\"}}]}]}");

	(void)unused;
	assert_json(find(&l, "aws_x.y")->attributes, "{\"id\":\"1\",\"tags\":{\"a.b\":\"c\"}}");
	drift_snapshot_free(l.snap);
}

static void
opentofu_providers_stand_on_instances(void **unused)
{
	struct loaded l = load_text("{\"version\":4,\"terraform_version\":\"1.10.6\",\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\",\"instances\":[{\"index_key\":"
		"\"us-east-1\",\"provider\":\"provider[\\\"registry.opentofu.org/hashicorp/aws\\\"].by_region[\\\"us-east-1\\\"]\",\"skip_destroy\":true,\"attributes\":{\"id\":\"1\"}}]}]}");

	(void)unused;
	assert_string_equal(find(&l, "aws_x.y[\"us-east-1\"]")->more->provider_alias, "by_region[\"us-east-1\"]");
	assert_int_equal(l.info.n_resources, 1);
	drift_snapshot_free(l.snap);
}

static void
show_json(void **unused)
{
	struct loaded l = load_text("{\"format_version\":\"1.0\",\"terraform_version\":\"1.5.7\",\"values\":{\"outputs\":{\"o\":{\"sensitive\":false,\"value\":1}},\"root_module\":{"
		"\"resources\":[{\"address\":\"aws_db.d[0]\",\"mode\":\"managed\",\"type\":\"aws_db\",\"name\":\"d\",\"index\":0,\"provider_name\":\"registry.terraform.io/hashicorp/aws\","
		"\"schema_version\":2,\"values\":{\"id\":\"db\",\"password\":\"p\",\"list\":[{\"k\":\"v\"},{\"k\":\"w\"}]},\"sensitive_values\":{\"password\":true,\"list\":[{},{\"k\":true}]},"
		"\"depends_on\":[\"aws_x.y\"],\"tainted\":true}],\"child_modules\":[{\"address\":\"module.a[\\\"x\\\"]\",\"child_modules\":[{\"address\":\"module.a[\\\"x\\\"].module.b\","
		"\"resources\":[{\"mode\":\"data\",\"type\":\"random_x\",\"name\":\"z\",\"provider_name\":\"registry.terraform.io/hashicorp/random\",\"values\":{\"id\":\"1\"},"
		"\"sensitive_values\":true}]}]}]}}}");
	const struct drift_resource *r = find(&l, "aws_db.d[0]");

	(void)unused;
	assert_json(r->sensitive, "[[\"password\"],[\"list\",1,\"k\"]]");
	assert_int_equal(r->flags, DRIFT__TAINTED);
	assert_int_equal(r->schema_version, 2);
	r = find(&l, "module.a[\"x\"].module.b.data.random_x.z");
	assert_json(r->sensitive, "[[\"id\"]]");
	assert_int_equal(l.info.version, 0);
	assert_null(l.info.serial);
	drift_snapshot_free(l.snap);
}

/* The same state in every wrapping that may come: line ends, BOM, gzip, one line. */
static void
wrappings(void **unused)
{
	struct drift__buf crlf = DRIFT__BUF_INIT(1 << 20), bom = DRIFT__BUF_INIT(1 << 20);
	struct loaded l;
	const char *p;

	(void)unused;
	for (p = v4; *p != '\0'; p++) {
		drift__buf_addc(&crlf, *p);
		if (*p == ',' && p[1] == '"')
			drift__buf_adds(&crlf, "\r\n");
	}
	drift__buf_adds(&bom, "\xEF\xBB\xBF");
	drift__buf_add(&bom, crlf.data, crlf.len);
	l = load(crlf.data, crlf.len);
	assert_int_equal(l.snap->n_resources, 7);
	drift_snapshot_free(l.snap);
	l = load(bom.data, bom.len);
	assert_int_equal(l.snap->n_resources, 7);
	assert_true(warned(&l, "byte order mark"));
	drift_snapshot_free(l.snap);
	drift__buf_dispose(&crlf);
	drift__buf_dispose(&bom);
}

static void
secrets_of_odd_texts_are_length_counted(void **unused)
{
	static const char text[] = "{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_x\",\"name\":\"y\"," AWS ",\"instances\":[{\"index_key\":\"k\\u0000x\",\"attributes\":"
				   "{\"id\":\"good\\u0000evil\",\"\\ud83d\\ude00\":\"\\ud800\"}}]}]}";
	struct loaded l = load(text, sizeof text - 1);
	const struct drift_resource *r = find(&l, "aws_x.y[\"k\\u0000x\"]");
	const struct drift_value *id = drift_value_get(r->attributes, "id");

	(void)unused;
	assert_int_equal(id->len, 9);
	assert_memory_equal(id->u.text, "good\0evil", 9);
	assert_string_equal(drift__value_gets(r->attributes, "\xF0\x9F\x98\x80"), "\xEF\xBF\xBD");
	assert_true(warned(&l, "U+FFFD"));
	drift_snapshot_free(l.snap);
}

/* Fifteen thousand members and counts: linear. */
static void
wide_flat_maps(void **unused)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	struct loaded l;
	int i;

	(void)unused;
	drift__buf_adds(&b, "{\"version\":3,\"modules\":[{\"path\":[\"root\"],\"resources\":{\"aws_x.y\":{\"primary\":{\"id\":\"1\",\"attributes\":{\"tags.%\":\"50000\"");
	for (i = 0; i < 50000; i++)
		drift__buf_addf(&b, ",\"tags.k%d.x\":\"v\",\"sub.%d.a\":\"b\"", i, i);
	drift__buf_adds(&b, ",\"sub.#\":\"1000000000\"}}}}}]}");
	l = load(b.data, b.len);
	assert_int_equal(drift_value_size(drift_value_get(find(&l, "aws_x.y")->attributes, "tags")), 50000);
	assert_int_equal(drift_value_size(drift_value_get(find(&l, "aws_x.y")->attributes, "sub")), 50000);
	assert_true(warned(&l, "the count of sub says 1000000000"));
	drift_snapshot_free(l.snap);
	drift__buf_dispose(&b);
}

/* A hundred megabytes, as states of large companies have. */
static void
a_large_state(void **unused)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);
	struct loaded l;
	size_t i, megabytes = getenv("DRIFT_SLOW_MACHINE") != NULL ? 2 : 100;

	(void)unused;
	drift__buf_adds(&b, "{\"version\":4,\"serial\":1,\"resources\":[");
	for (i = 0; b.len < megabytes << 20; i++) {
		drift__buf_addf(&b, "%s{\"mode\":\"managed\",\"type\":\"aws_lambda_function\",\"name\":\"f%zu\"," AWS ",\"instances\":[{\"schema_version\":0,\"attributes\":{\"id\":\"f%zu\",\"arn\":"
			"\"arn:aws:lambda:eu-west-1:123456789012:function:f%zu\",\"policy\":\"", i > 0 ? "," : "", i, i, i);
		while (b.len % 4096 < 4000)
			drift__buf_adds(&b, "{\\\"Statement\\\":[{\\\"Action\\\":\\\"s3:GetObject\\\"}]}");
		drift__buf_addf(&b, "\",\"tags\":{\"Name\":\"f%zu\"}}}]}", i);
	}
	drift__buf_adds(&b, "]}");
	l = load(b.data, b.len);
	assert_int_equal(l.snap->n_resources, i);
	drift_snapshot_free(l.snap);
	drift__buf_dispose(&b);
}

/* Two bytes each, and thirty-two in memory: a text of half a gigabyte would take the machine. */
static void
a_text_that_unfolds(void **unused)
{
	struct drift_snapshot *snap = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__tfstate_info info;
	size_t i;

	(void)unused;
	assert_non_null(snap);
	drift__buf_adds(&b, "{\"version\":4,\"serial\":1,\"resources\":[");
	for (i = 0; i < 12000000; i++)
		drift__buf_add(&b, "0,", 2);
	drift__buf_adds(&b, "0]}");
	assert_int_equal(drift__tfstate_read(b.data, b.len, "s", 0, snap, &info, &err), DRIFT_LIMIT);
	assert_non_null(strstr(err.what, "more memory"));
	drift_snapshot_free(snap);
	drift__buf_dispose(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_4),
		cmocka_unit_test(a_path_without_steps_makes_all_sensitive),
		cmocka_unit_test(case_of_names),
		cmocka_unit_test(version_3),
		cmocka_unit_test(versions_1_and_2),
		cmocka_unit_test(flat_attributes_in_version_4),
		cmocka_unit_test(opentofu_providers_stand_on_instances),
		cmocka_unit_test(show_json),
		cmocka_unit_test(wrappings),
		cmocka_unit_test(secrets_of_odd_texts_are_length_counted),
		cmocka_unit_test(wide_flat_maps),
		cmocka_unit_test(a_large_state),
		cmocka_unit_test(a_text_that_unfolds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
