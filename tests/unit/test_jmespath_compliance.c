/* Runs our own cases (tests/vectors/jmespath) and, where the folder is present, the public compliance suite. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jmespath/jmespath.h"

static int cases, failures;

static void
run_case(const char *file, const struct drift_value *given, const struct drift_value *c)
{
	const char *expression = drift__value_gets(c, "expression");
	const struct drift_value *want = drift_value_get(c, "result");
	bool must_fail = drift_value_get(c, "error") != NULL;
	struct drift_document *got = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	enum drift_status st;
	char *text;

	cases++;
	st = drift_query(expression, given, &got, &err);
	if (must_fail ? st == DRIFT_BAD_QUERY : st == DRIFT_OK && (want == NULL || drift_value_equal(drift_document_root(got), want))) {
		drift_document_free(got);
		return;
	}
	failures++;
	text = got != NULL ? drift_value_to_json(drift_document_root(got), 0) : NULL;
	fprintf(stderr, "%s: %s\n  gave %s %s\n", file, expression, text != NULL ? text : "an error:", err.what);
	drift_text_free(text);
	drift_document_free(got);
}

static void
run_file(const char *path)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 24);
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t i, j;

	assert_int_equal(drift__file_read(path, &text, &err), DRIFT_OK);
	assert_int_equal(drift_document_parse(text.data, text.len, path, &doc, &err), DRIFT_OK);
	for (i = 0; i < drift_value_size(drift_document_root(doc)); i++) {
		const struct drift_value *group = drift_value_at(drift_document_root(doc), i);
		const struct drift_value *list = drift_value_get(group, "cases");

		for (j = 0; j < drift_value_size(list); j++)
			run_case(path, drift_value_get(group, "given"), drift_value_at(list, j));
	}
	drift_document_free(doc);
	drift__buf_dispose(&text);
}

static bool
run_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {
		char path[300];

		if (strstr(e->d_name, ".json") == NULL)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		run_file(path);
	}
	closedir(d);
	return true;
}

static void
our_own_cases_hold(void **state)
{
	(void)state;
	cases = failures = 0;
	assert_true(run_folder("tests/vectors/jmespath"));
	printf("%d cases of our own, %d failures\n", cases, failures);
	assert_true(cases > 0);
	assert_int_equal(failures, 0);
}

static void
the_compliance_suite_holds(void **state)
{
	(void)state;
	cases = failures = 0;
	if (!run_folder(DRIFT_SHARED_DIR "/vectors/jmespath")) {
		printf("skipped: the public compliance suite is not here (../shared/vectors/jmespath)\n");
		skip();
	}
	printf("%d cases of the compliance suite, %d failures\n", cases, failures);
	assert_true(cases > 800);
	assert_int_equal(failures, 0);
}

static void
limits_are_errors_not_crashes(void **state)
{
	enum { N = 3000 };
	char *deep = malloc(2 * N + 2), *wide = malloc(70000);
	struct drift_document *got = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	(void)state;
	memset(deep, '(', N);
	deep[N] = 'a';
	memset(deep + N + 1, ')', N);
	deep[2 * N + 1] = '\0';
	assert_int_equal(drift_query(deep, NULL, &got, &err), DRIFT_BAD_QUERY);
	memset(wide, 'a', 69999);
	wide[69999] = '\0';
	err = (struct drift_error)DRIFT_ERROR_INIT;
	assert_int_equal(drift_query(wide, NULL, &got, &err), DRIFT_BAD_QUERY);
	assert_null(got);
	free(deep);
	free(wide);
}

static void
every_failed_allocation_is_reported(void **state)
{
	const char *json = "{\"a\":[{\"K\":\"x\",\"V\":[3,1,2]},{\"K\":\"y\",\"V\":[]}],\"t\":\"p,q\"}";
	const char *expression = "{m: from_items(a[].{key: K, value: sort(V)}), s: split(',', t), n: snake(a[?K=='x']), j: to_string(a)}";
	struct drift_document *doc = NULL, *got = NULL;
	long n;

	(void)state;
	assert_int_equal(drift_document_parse(json, strlen(json), "t", &doc, NULL), DRIFT_OK);
	for (n = 1; n < 500; n++) {
		enum drift_status st;

		drift__alloc_fail_after(n);
		st = drift_query(expression, drift_document_root(doc), &got, NULL);
		drift__alloc_fail_after(0);
		if (st == DRIFT_OK)
			break;
		assert_int_equal(st, DRIFT_NOMEM);
		assert_null(got);
	}
	assert_true(n > 10 && n < 500);
	drift_document_free(got);
	drift_document_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_cases_hold),
		cmocka_unit_test(the_compliance_suite_holds),
		cmocka_unit_test(limits_are_errors_not_crashes),
		cmocka_unit_test(every_failed_allocation_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
