/* The catalogue's entries: built in, laid over by a folder, and what is wrong with them. */
#define _XOPEN_SOURCE 700
#include "catalogue/embed.h"
#include "catalogue/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD \
	"{\"service\":\"mine\",\"service_id\":\"Mine\",\"protocol\":\"json\",\"endpoint_prefix\":\"mine\",\"signing_name\":\"mine\",\"iam_prefix\":\"mine\"," \
	"\"api_version\":\"1\",\"target_prefix\":\"M\",\"json_version\":\"1.1\","

static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(drift__file_write(path, text, strlen(text), 0600, NULL), DRIFT_OK);
}

static void
make_folder(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int
set_up(void **state)
{
	const char *base = getenv("TMPDIR");
	char *folder = drift__asprintf("%s/drift-catalogue-XXXXXX", base != NULL ? base : P_tmpdir);

	*state = folder;
	if (folder == NULL || mkdtemp(folder) == NULL)
		return 1;
	make_folder(folder, "services");
	return 0;
}

static void
remove_tree(const char *path)
{
	const struct drift__dir_entry *list;
	struct drift__arena a;
	char below[1024];
	size_t n, i;

	drift__arena_init(&a, 0);
	if (drift__dir_list(&a, path, &list, &n, NULL) == DRIFT_OK)
		for (i = 0; i < n; i++) {
			snprintf(below, sizeof below, "%s/%s", path, list[i].name);
			if (list[i].is_dir)
				remove_tree(below);
			else
				unlink(below);
		}
	rmdir(path);
	drift__arena_dispose(&a);
}

static int
tear_down(void **state)
{
	remove_tree(*state);
	drift__free(*state);
	return 0;
}

static void
test_built_in(void **state)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift__operation *op;
	const struct drift__service *s;
	struct drift_catalogue *c = NULL;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, &err), DRIFT_OK);
	assert_int_equal(drift__catalogue_check(c, &err), DRIFT_OK);
	s = drift__catalogue_service(c, "elbv2", &err);
	assert_non_null(s);
	assert_int_equal(s->protocol, DRIFT__QUERY);
	assert_string_equal(s->service_id, "Elastic Load Balancing v2");
	assert_string_equal(s->iam_prefix, "elasticloadbalancing");
	assert_ptr_equal(s, drift__catalogue_service(c, "elbv2", &err));
	op = drift__service_operation(drift__catalogue_service(c, "s3", &err), "ListBuckets", &err);
	assert_string_equal(op->iam, "s3:ListAllMyBuckets");
	assert_true(drift__catalogue_service(c, "iam", &err)->global);
	assert_null(drift__catalogue_service(c, "elbv3", &err));
	assert_int_equal(err.status, DRIFT_BAD_CATALOGUE);
	assert_string_equal(err.hint, "did you mean elbv2?");
	drift_catalogue_free(c);
	drift_catalogue_free(NULL);
}

static void
test_names(void **state)
{
	struct drift_catalogue *c = NULL;
	size_t i;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 1; i < drift_catalogue_size(c); i++)
		assert_true(strcmp(drift_catalogue_type(c, i - 1), drift_catalogue_type(c, i)) < 0);
	assert_null(drift_catalogue_type(c, drift_catalogue_size(c)));
	if (drift_catalogue_size(c) > 0)
		assert_string_equal(drift_catalogue_nearest(c, "aws_vcp"), "aws_vpc");
	assert_null(drift_catalogue_nearest(c, "google_compute_instance"));
	drift_catalogue_free(c);
}

static void
test_overlay(void **state)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_catalogue *c = NULL;
	const struct drift__service *s;

	write_file(*state, "services/mine.json", HEAD "\"operations\":{\"ListX\":{\"in\":[\"A\"],\"out\":[\"B\"]}}}");
	write_file(*state, "services/ecs.json",
		"{\"service\":\"ecs\",\"service_id\":\"ECS\",\"protocol\":\"json\",\"endpoint_prefix\":\"other\",\"signing_name\":\"ecs\",\"iam_prefix\":\"ecs\","
		"\"api_version\":\"1\",\"target_prefix\":\"M\",\"json_version\":\"1.1\",\"operations\":{}}");
	write_file(*state, "services/.hidden.json", "nonsense");
	write_file(*state, "services/readme.txt", "nonsense");
	write_file(*state, "type.schema.json", "nonsense");
	if (drift_catalogue_open(*state, &c, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	s = drift__catalogue_service(c, "mine", &err);
	assert_non_null(s);
	assert_non_null(drift__service_operation(s, "ListX", &err));
	assert_true(drift__service_operation(s, "ListX", &err)->has_reply_body);
	assert_null(drift__service_operation(s, "DeleteX", &err));
	assert_string_equal(drift__catalogue_service(c, "ecs", NULL)->endpoint_prefix, "other");
	assert_non_null(drift__catalogue_service(c, "ec2", NULL));
	drift_catalogue_free(c);
}

static void
test_bad_services(void **state)
{
	static const struct {
		const char *text, *where, *what;
	} cases[] = {
		{"{\"service\":\"mine\",\"service\":\"mine\"}", "mine.json:1:", "names a key twice"},
		{"{\"service\":\"mine\"", "mine.json:1:", "text ends"},
		{"[]", "mine.json", "one JSON object"},
		{"{\"service\":\"yours\"}", "service", "not the file's"},
		{"{\"service\":\"mine\",\"protocol\":\"soap\"}", "protocol", "none of query"},
		{"{\"service\":\"mine\",\"protocol\":\"query\"}", "service", "are needed"},
		{HEAD "\"operations\":[]}", "operations", "a map of operations"},
		{HEAD "\"operations\":{\"ListX\":{\"input\":\"Nope\"}}}", "ListX", "not defined"},
		{HEAD "\"operations\":{\"ListX\":{\"pager\":{\"input_token\":[\"a\"],\"output_token\":[]}}}}", "ListX", "as many"},
		{HEAD "\"operations\":{\"ListX\":{\"pager\":{\"input_token\":[\"a\"],\"output_token\":[\"a\"]}}}}", "ListX", "not a list"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{}}}", "A", "a shape has"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{\"members\":{\"m\":\"B\"}}}}", "A", "not defined"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{\"members\":{\"m\":1}}}}", "A", "name of a shape"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{\"members\":{\"m\":[\"string\",\"w\",{\"at\":\"moon\"}]}}}}", "A", "`at`"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{\"members\":{\"m\":[\"string\",\"w\",{\"time\":\"noon\"}]}}}}", "A", "`time`"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{\"members\":{},\"payload\":\"m\"}}}", "A", "`payload`"},
		{HEAD "\"operations\":{},\"shapes\":{\"A\":{\"map\":[\"string\"]}}}", "A", "a key and a value"},
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift_catalogue *c = NULL;

		write_file(*state, "services/mine.json", cases[i].text);
		if (drift_catalogue_open(*state, &c, &err) != DRIFT_BAD_CATALOGUE || c != NULL || strstr(err.where, cases[i].where) == NULL ||
			strstr(err.what, cases[i].what) == NULL)
			fail_msg("%s\n  %s: %s", cases[i].text, err.where, err.what);
	}
}

static void
test_bad_folders(void **state)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_catalogue *c = NULL;

	assert_int_equal(drift_catalogue_open("/nowhere/at/all", &c, &err), DRIFT_IO);
	assert_string_equal(err.where, "/nowhere/at/all");
	make_folder(*state, "types");
	make_folder(*state, "types/one");
	make_folder(*state, "types/two");
	write_file(*state, "types/one/aws_x.json", "{}");
	write_file(*state, "types/two/aws_x.json", "{}");
	memset(&err, 0, sizeof err);
	assert_int_equal(drift_catalogue_open(*state, &c, &err), DRIFT_BAD_CATALOGUE);
	assert_non_null(strstr(err.what, "already defined by"));
	assert_null(c);
}

/* Opening and linking: NOMEM and no leak, whichever allocation fails. */
static void
test_without_memory(void **state)
{
	const struct drift__service *s = NULL;
	enum drift_status st = DRIFT_NOMEM;
	long n;

	write_file(*state, "services/mine.json", HEAD "\"operations\":{\"ListX\":{\"in\":[\"A\"],\"out\":[\"B\"]}}}");
	for (n = 1; n < 5000 && s == NULL; n++) {
		struct drift_catalogue *c = NULL;

		drift__alloc_fail_after(n);
		st = drift_catalogue_open(*state, &c, NULL);
		if (st == DRIFT_OK)
			s = drift__catalogue_service(c, "sts", NULL) != NULL ? drift__catalogue_service(c, "mine", NULL) : NULL;
		drift__alloc_fail_after(0);
		assert_true(st == DRIFT_OK || c == NULL);
		drift_catalogue_free(c);
	}
	assert_int_equal(st, DRIFT_OK);
	if (n < 10 || n >= 5000)
		fail_msg("%ld", n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_overlay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_services, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_folders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
