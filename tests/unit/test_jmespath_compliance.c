/* Runs our own cases (tests/vectors/jmespath) and, where the folder is present, the public compliance suite: each
 * also with every allocation failing. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jmespath/jmespath.h"

static int cases, failures;

static bool
is_right(const struct drift_value *c, enum drift_status st, const struct drift_document *got)
{
	const struct drift_value *want = drift_value_get(c, "result");

	if (drift_value_get(c, "error") != NULL)
		return st == DRIFT_BAD_QUERY;
	/* a case with neither only has to run */
	return st == DRIFT_OK && (want == NULL || drift_value_equal(drift_document_root(got), want));
}

/* Whichever allocation fails, the case says NOMEM or is right: a lack of memory never changes a result. */
static bool
survives_lack_of_memory(const struct drift_value *given, const struct drift_value *c)
{
	enum drift_status st = DRIFT_NOMEM;
	bool right = true;
	long n;

	for (n = 1; right && st == DRIFT_NOMEM; n++) {
		struct drift_document *got = NULL;

		drift__alloc_fail_after(n);
		st = drift_query(drift__value_gets(c, "expression"), given, &got, NULL);
		drift__alloc_fail_after(0);
		right = st == DRIFT_NOMEM ? got == NULL : is_right(c, st, got);
		drift_document_free(got);
	}
	return right;
}

static void
run_case(const char *file, const struct drift_value *given, const struct drift_value *c)
{
	const char *expression = drift__value_gets(c, "expression");
	struct drift_document *got = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	enum drift_status st;
	char *text;

	cases++;
	st = drift_query(expression, given, &got, &err);
	if (!is_right(c, st, got)) {
		failures++;
		text = got != NULL ? drift_value_to_json(drift_document_root(got), 0) : NULL;
		fprintf(stderr, "%s: %s\n  gave %s %s\n", file, expression, text != NULL ? text : "an error:", err.what);
		drift_text_free(text);
	} else if (!survives_lack_of_memory(given, c)) {
		failures++;
		fprintf(stderr, "%s: %s\n  a failed allocation changes the result\n", file, expression);
	} else if (st != DRIFT_OK && (err.where[0] == '\0' || err.what[0] == '\0')) {
		failures++;
		fprintf(stderr, "%s: %s\n  the error does not say where or what\n", file, expression);
	}
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
	assert_true(cases > 250);
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
	assert_true(cases >= 900);
	assert_int_equal(failures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_cases_hold),
		cmocka_unit_test(the_compliance_suite_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
