/* Entries of types: what is wrong with one is said with the file and the field; templates; identities of a state's instances. */
#define _XOPEN_SOURCE 700
#include "catalogue/type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "\"type\": \"aws_mine\", \"service\": \"sqs\", \"schema\": {\"name\": [\"string\", \"R\"], \"id\": [\"string\", \"OC\"]}"
#define LIST "\"list\": {\"op\": \"ListQueues\", \"items\": \"QueueUrls\"}"
#define REST "\"id\": \"{_item}\", \"name\": \"_item\", \"match\": [[\"name\"]], \"iam\": []"
#define GOOD HEAD ", " LIST ", " REST

static const struct {
	const char *entry; /* the members of the object */
	const char *where; /* a part of err->where; NULL: the entry is right */
	const char *what;  /* a part of err->what */
} cases[] = {
	{GOOD ", \"attributes\": {\"name\": \"_item\"}", NULL, NULL},
	{GOOD ", \"attributes\": {\"name\": {\"ignore\": \"write-only\"}}", NULL, NULL},
	{GOOD ", \"attributes\": {}, \"tgas\": \"Tags\"", "entry", "\"tgas\""},
	{"\"type\": \"aws_mine\", \"service\": \"sqs\", " LIST ", " REST ", \"attributes\": {}", "entry", "schema"},
	{GOOD ", \"attributes\": {\"nmae\": \"_item\"}", "attributes.nmae", "no such attribute"},
	{GOOD ", \"attributes\": {\"name\": {\"live\": \"_item\", \"ignore\": \"x\"}}", "attributes.name", "not both"},
	{GOOD ", \"attributes\": {\"name\": {\"ignore\": \"\"}}", "attributes.name", "says why"},
	{GOOD ", \"attributes\": {\"name\": {\"as\": \"tags\"}}", "attributes.name", "live or ignore"},
	{GOOD ", \"attributes\": {\"name\": {\"live\": \"_item\", \"kind\": \"tags\"}}", "attributes.name", "\"kind\""},
	{GOOD ", \"attributes\": {\"name\": \"_item[\"}", "attributes.name", ""},
	{GOOD ", \"attributes\": {}, \"skip\": \"a ==\"", "skip", ""},
	{GOOD ", \"attributes\": {}, \"arn\": \"arn:{_item\"", "arn", ""},
	{GOOD ", \"attributes\": {}, \"parent\": {\"type\": \"aws_no_such\", \"key\": \"{x}\"}", "parent.type", "no such type"},
	{GOOD ", \"attributes\": {}, \"parent\": {\"type\": \"aws_vpc\"}", "parent", "type and key"},
	{GOOD ", \"attributes\": {}, \"owner\": [{\"when\": \"x\"}]", "owner", "when and owner"},
	{GOOD ", \"attributes\": {}, \"read\": {\"op\": \"DeleteQueue\"}", "read", "no read operation"},
	{GOOD ", \"attributes\": {}, \"read\": {\"input\": {}}", "read", "op is missing"},
	{GOOD ", \"attributes\": {}, \"read\": {\"op\": \"ListQueueTags\", \"itmes\": \"x\"}", "read", "\"itmes\""},
	{HEAD ", " LIST ", \"name\": \"_item\", \"attributes\": {}", "id", "is missing"},
	{HEAD ", " REST ", \"attributes\": {}", "list", "list or lookup"},
	{HEAD ", " REST ", \"lookup\": {\"op\": \"ListQueues\", \"items\": \"@\"}, \"attributes\": {}", "why_not_listed", "says why"},
	{"\"type\": \"aws_mine\", \"extends\": \"aws_no_such\"", "", ""},
};

static char folder[512], file[600];

static int
set_up(void **state)
{
	const char *base = getenv("TMPDIR");
	char types[600];

	(void)state;
	snprintf(folder, sizeof folder, "%s/drift-type-XXXXXX", base != NULL ? base : P_tmpdir);
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(types, sizeof types, "%s/types", folder);
	snprintf(file, sizeof file, "%s/types/aws_mine.json", folder);
	return mkdir(types, 0700);
}

static int
tear_down(void **state)
{
	char types[600];

	(void)state;
	snprintf(types, sizeof types, "%s/types", folder);
	unlink(file);
	rmdir(types);
	return rmdir(folder);
}

/* Names file and field, and says what is wrong. */
static bool
says(const struct drift_error *err, size_t i)
{
	return cases[i].where[0] == '\0' || (strstr(err->where, "aws_mine.json") != NULL && strstr(err->where, cases[i].where) != NULL &&
		strstr(err->what, cases[i].what) != NULL);
}

static void
test_entries(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift_catalogue *c = NULL;
		const struct drift__type *t;
		char *text = drift__asprintf("{%s}", cases[i].entry);

		assert_int_equal(drift__file_write(file, text, strlen(text), 0600, NULL), DRIFT_OK);
		/* an entry of a folder is checked when the folder is opened */
		t = drift_catalogue_open(folder, &c, &err) == DRIFT_OK ? drift__catalogue_type(c, "aws_mine", &err) : NULL;
		if ((t != NULL) != (cases[i].where == NULL))
			fail_msg("%s: %s: %s", text, err.where, err.what);
		if (t == NULL && !says(&err, i))
			fail_msg("%s: %s: %s", text, err.where, err.what);
		drift__free(text);
		drift_catalogue_free(c);
	}
}

/* Thousands of expressions of attributes: only what is asked for is made. */
static void
test_attributes_on_demand(void **state)
{
	struct drift_catalogue *c = NULL;
	const struct drift__type *t;
	size_t i, made = 0;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	t = drift__catalogue_type(c, "aws_vpc", NULL);
	assert_non_null(t);
	for (i = 0; i < t->n_attributes; i++) {
		assert_null(t->attributes[i].live);
		assert_true((drift__type_live(t, i) != NULL) == (t->attributes[i].source != NULL));
		assert_ptr_equal(drift__type_live(t, i), t->attributes[i].live);
		made += t->attributes[i].live != NULL;
	}
	assert_true(made > 3);
	drift_catalogue_free(c);
}

static const struct {
	const char *template, *expected; /* JSON of the result */
} templates[] = {
	{"plain", "\"plain\""},
	{"{a}", "1"},
	{"x{a}-{b.c}", "\"x1-y\""},
	{"{{{a}}}", "\"{1}\""},
	{"{none}", "null"},
	{"x{none}", "null"},
	{"{b}", "{\"c\":\"y\"}"},
	{"{l[?@ > `1`]}", "[2]"},
	{"{join('}', ['a', 'b'])}", "\"a}b\""},
};

static void
test_templates(void **state)
{
	static const char doc_text[] = "{\"a\": 1, \"b\": {\"c\": \"y\"}, \"l\": [1, 2]}";
	struct drift__json_options o = {.name = "doc"};
	const struct drift_value *doc, *v;
	struct drift__arena a;
	size_t i;

	(void)state;
	drift__arena_init(&a, 0);
	assert_int_equal(drift__json_parse(&a, doc_text, strlen(doc_text), &o, &doc, NULL), DRIFT_OK);
	for (i = 0; i < sizeof templates / sizeof templates[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__template *t = NULL;
		char *text;

		if (drift__template_parse(templates[i].template, "t", &t, &err) != DRIFT_OK || drift__template_run(t, doc, &a, &v, &err) != DRIFT_OK)
			fail_msg("%s: %s", templates[i].template, err.what);
		text = drift_value_to_json(v, 0);
		if (strcmp(text, templates[i].expected) != 0)
			fail_msg("%s: %s", templates[i].template, text);
		drift_text_free(text);
		drift__template_free(t);
	}
	drift__arena_dispose(&a);
}

static void
test_state_keys(void **state)
{
	static const struct {
		const char *type, *attributes, *first;
	} instances[] = {
		{"aws_vpc", "{\"id\": \"vpc-1\"}", "vpc-1"},
		{"aws_iam_role_policy_attachment", "{\"id\": \"r-2024\", \"role\": \"r\", \"policy_arn\": \"arn:aws:iam::aws:policy/P\"}",
			"r/arn:aws:iam::aws:policy/P"},
		{"aws_s3_object", "{\"id\": \"k\", \"bucket\": \"b\", \"key\": \"k\"}", "b/k"},
		{"aws_vpc", "{}", NULL},
	};
	struct drift__json_options o = {.name = "attributes"};
	struct drift_catalogue *c = NULL;
	struct drift__arena a;
	size_t i;

	(void)state;
	drift__arena_init(&a, 0);
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 0; i < sizeof instances / sizeof instances[0]; i++) {
		const struct drift__type *t = drift__catalogue_type(c, instances[i].type, NULL);
		const struct drift_value *attributes;
		const char *const *keys;

		assert_int_equal(drift__json_parse(&a, instances[i].attributes, strlen(instances[i].attributes), &o, &attributes, NULL), DRIFT_OK);
		keys = drift__type_state_keys(t, attributes, &a);
		if (!drift__streq(keys[0], instances[i].first))
			fail_msg("%s: %s", instances[i].type, keys[0] != NULL ? keys[0] : "none");
		if (keys[0] != NULL)
			assert_null(keys[1]);
	}
	drift_catalogue_free(c);
	drift__arena_dispose(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
		cmocka_unit_test(test_attributes_on_demand),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_state_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
