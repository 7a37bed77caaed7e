/* Reports in every format, against golden files. tests/golden/report/<case>/ holds two snapshots, the options, and what comes of them;
 * DRIFT_UPDATE_GOLDEN=1 writes that anew. */
#include "drift/report.h"
#include "model/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const char *const cases[] = {"silent", "drift", "incomplete"};

struct made {
	struct drift_document *report;
	int exit_code;
};

static char *
read_golden(const char *name, const char *file, size_t *n)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	struct drift_error err = DRIFT_ERROR_INIT;
	char path[256];

	snprintf(path, sizeof path, "tests/golden/report/%s/%s", name, file);
	if (drift__file_read(path, &b, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	*n = b.len;
	return drift__buf_take(&b);
}

static struct drift_snapshot *
snapshot(const char *name, const char *file)
{
	struct drift_snapshot *s = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t n;
	char *text = read_golden(name, file, &n);

	if (drift_snapshot_from_json(text, n, file, &s, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	drift__free(text);
	return s;
}

static struct made
make(const char *name)
{
	struct drift_snapshot *state = snapshot(name, "state.json"), *live = snapshot(name, "live.json");
	struct drift_catalogue *catalogue = NULL;
	struct drift_findings *findings = NULL;
	struct drift_document *options = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_diff_options diff = DRIFT_DIFF_OPTIONS_INIT;
	struct drift_report_options o = DRIFT_REPORT_OPTIONS_INIT;
	struct made m = {NULL, -1};
	size_t n;
	char *text = read_golden(name, "options.json", &n);

	assert_int_equal(drift_document_parse(text, n, "options.json", &options, &err), DRIFT_OK);
	assert_int_equal(drift_catalogue_open(NULL, &catalogue, &err), DRIFT_OK);
	diff.ignore_text = drift_value_text(drift_value_get(drift_document_root(options), "ignore"), &diff.ignore_bytes);
	if (drift_diff(catalogue, state, live, &diff, &findings, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	o.catalogue = catalogue;
	o.scan = drift_value_get(drift_document_root(options), "scan");
	o.states = drift_value_get(drift_document_root(options), "states");
	o.addresses = drift_value_get(drift_document_root(options), "addresses");
	o.warnings = drift_value_get(drift_document_root(options), "warnings");
	assert_int_equal(drift_report_make(findings, &o, &m.report, &err), DRIFT_OK);
	m.exit_code = drift_report_exit_code(m.report);
	/* a report owns all that it says */
	drift__free(text);
	drift_document_free(options);
	drift_findings_free(findings);
	drift_catalogue_free(catalogue);
	drift_snapshot_free(state);
	drift_snapshot_free(live);
	return m;
}

static void
compare(const char *name, const char *file, const char *text)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	char path[256], *golden;
	size_t n;

	if (getenv("DRIFT_UPDATE_GOLDEN") != NULL) {
		snprintf(path, sizeof path, "tests/golden/report/%s/%s", name, file);
		assert_int_equal(drift__file_write(path, text, strlen(text), 0644, &err), DRIFT_OK);
		return;
	}
	golden = read_golden(name, file, &n);
	if (strcmp(golden, text) != 0) {
		size_t i = 0;

		while (golden[i] != '\0' && golden[i] == text[i])
			i++;
		fail_msg("%s/%s differs at byte %zu: %.60s", name, file, i, text + i);
	}
	drift__free(golden);
}

static void
each_format_is_as_before(void **unused)
{
	static const struct {
		const char *format, *file;
		struct drift_render_options o;
	} formats[] = {
		{"text", "report.txt", {sizeof(struct drift_render_options), false, 0, false, NULL}},
		{"text", "terminal.txt", {sizeof(struct drift_render_options), true, 72, true, "driftscan --env prod"}},
		{"json", "report.json", DRIFT_RENDER_OPTIONS_INIT}, {"markdown", "report.md", DRIFT_RENDER_OPTIONS_INIT},
		{"html", "report.html", DRIFT_RENDER_OPTIONS_INIT}, {"junit", "report.xml", DRIFT_RENDER_OPTIONS_INIT},
		{"sarif", "report.sarif", DRIFT_RENDER_OPTIONS_INIT}, {"prometheus", "report.prom", DRIFT_RENDER_OPTIONS_INIT},
	};
	size_t i, k;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct made m = make(cases[i]);

		for (k = 0; k < sizeof formats / sizeof formats[0]; k++) {
			struct drift_error err = DRIFT_ERROR_INIT;
			char *text = NULL;

			assert_int_equal(drift_report_render(m.report, formats[k].format, &formats[k].o, &text, &err), DRIFT_OK);
			assert_null(strstr(text, "hush"));
			compare(cases[i], formats[k].file, text);
			drift_text_free(text);
		}
		drift_document_free(m.report);
	}
}

static void
exit_codes(void **unused)
{
	static const int expected[] = {0, 2, 3};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct made m = make(cases[i]);

		assert_int_equal(m.exit_code, expected[i]);
		drift_document_free(m.report);
	}
}

static void
no_terminal_is_misled(void **unused)
{
	struct made m = make("drift");
	const char *const *format;

	(void)unused;
	for (format = drift_report_formats(); *format != NULL; format++) {
		char *text = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;

		if (strcmp(*format, "prometheus") == 0)
			continue;
		assert_int_equal(drift_report_render(m.report, *format, NULL, &text, &err), DRIFT_OK);
		assert_null(strchr(text, '\x1b'));
		/* what programs read keeps the exact text */
		if (strcmp(*format, "json") != 0 && strcmp(*format, "sarif") != 0)
			assert_null(strstr(text, "\xe2\x80\xae"));
		drift_text_free(text);
	}
	drift_document_free(m.report);
}

static void
an_unknown_format_is_named(void **unused)
{
	struct made m = make("silent");
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;

	(void)unused;
	assert_int_equal(drift_report_render(m.report, "jsno", NULL, &text, &err), DRIFT_USAGE);
	assert_null(text);
	assert_non_null(strstr(err.what, "jsno"));
	assert_non_null(strstr(err.hint, "did you mean json?"));
	drift_document_free(m.report);
}

/* Many types that failed for one reason are one message, whole at any width. */
static void
types_with_one_reason_stand_together(void **unused)
{
	static const char report[] = "{\"scan\":{\"complete\":false},\"summary\":{\"unknown\":7},\"unknown\":["
		"{\"type\":\"aws_a_one\",\"region\":\"us-east-9\",\"reason\":\"no such host\"},{\"type\":\"aws_b_two\",\"region\":\"us-east-9\",\"reason\":\"no such host\"},"
		"{\"type\":\"aws_b_two\",\"region\":\"us-east-9\",\"reason\":\"no such host\",\"address\":\"aws_b_two.x\"},"
		"{\"type\":\"aws_c_three\",\"region\":\"us-east-9\",\"reason\":\"no such host\"},{\"type\":\"aws_c_three\",\"region\":\"eu-west-1\",\"reason\":\"no such host\"},"
		"{\"type\":\"aws_d_four\",\"region\":\"us-east-9\",\"reason\":\"no such host\"},"
		"{\"type\":\"aws_e\",\"region\":\"us-east-9\",\"reason\":\"AWS refused a:B\",\"action\":\"a:B\"}]}";
	static const char expected[] = "  4 types in us-east-9: no such host\n    aws_a_one, aws_b_two, aws_c_three,\n    aws_d_four\n    aws_b_two.x\n"
		"  aws_c_three in eu-west-1: no such host\n"
		"  aws_e in us-east-9: AWS refused a:B\n    → allow a:B\n";
	struct drift_render_options o = DRIFT_RENDER_OPTIONS_INIT;
	struct drift_document *d = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;

	(void)unused;
	o.width = 40;
	assert_int_equal(drift_document_parse(report, strlen(report), "report", &d, &err), DRIFT_OK);
	assert_int_equal(drift_report_render(d, "text", &o, &text, &err), DRIFT_OK);
	if (strstr(text, expected) == NULL)
		fail_msg("%s", text);
	drift_text_free(text);
	drift_document_free(d);
}

/* The catalogue has a hundred types that are never listed: who wants their names says so. */
static void
what_is_never_listed_is_a_line(void **unused)
{
	static const char report[] = "{\"scan\":{\"complete\":true},\"summary\":{},\"looked_up_only\":"
		"{\"aws_a\":\"\",\"aws_b\":\"\",\"aws_c\":\"\",\"aws_d\":\"\",\"aws_e\":\"\",\"aws_f\":\"\",\"aws_g\":\"\",\"aws_h\":\"\"}}";
	static const char *const expected[] = {": aws_a, aws_b, aws_c, aws_d, aws_e, aws_f and 2 more types (-v names them)\n",
		": aws_a, aws_b, aws_c, aws_d, aws_e, aws_f, aws_g, aws_h\n"};
	struct drift_render_options o = DRIFT_RENDER_OPTIONS_INIT;
	struct drift_document *d = NULL;

	(void)unused;
	assert_int_equal(drift_document_parse(report, strlen(report), "report", &d, NULL), DRIFT_OK);
	for (int all = 0; all < 2; all++) {
		char *text = NULL;

		o.all = all == 1;
		assert_int_equal(drift_report_render(d, "text", &o, &text, NULL), DRIFT_OK);
		if (strstr(text, expected[all]) == NULL)
			fail_msg("%s", text);
		drift_text_free(text);
	}
	drift_document_free(d);
}

/* An IP set holds 10,000 addresses. Which are new is told without comparing each with each, and so is how often one stands there. */
static void
long_lists_show_what_differs_at_once(void **unused)
{
	enum { N = 10000 };
	static const char expected[] = "        - 10.0.3.7\n        + 192.0.2.1\n        + 10.0.0.9\n        + 10.0.0.9\n";
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	struct drift_document *d = NULL;
	char *text = NULL;
	clock_t start;
	int side, i;

	(void)unused;
	drift__buf_adds(&b, "{\"scan\":{\"complete\":true},\"summary\":{\"changed\":1},\"changed\":[{\"address\":\"a.b\",\"changes\":[{\"path\":\"addresses\"");
	for (side = 0; side < 2; side++) {
		drift__buf_adds(&b, side == 0 ? ",\"state\":[\"0\"" : ",\"live\":[\"0\",\"192.0.2.1\",\"10.0.0.9\"");
		for (i = 0; i < N; i++)
			if (side == 0 || i != 3 * 256 + 7)
				drift__buf_addf(&b, ",\"10.0.%d.%d\"", i / 256, i % 256);
		drift__buf_addc(&b, ']');
	}
	drift__buf_adds(&b, "}]}]}");
	assert_int_equal(drift_document_parse(b.data, b.len, "report", &d, NULL), DRIFT_OK);
	start = clock();
	assert_int_equal(drift_report_render(d, "text", NULL, &text, NULL), DRIFT_OK);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 2);
	if (strstr(text, expected) == NULL)
		fail_msg("%s", text);
	drift_text_free(text);
	drift_document_free(d);
	drift__buf_dispose(&b);
}

static void
every_allocation_may_fail(void **unused)
{
	struct made m = make("drift");
	const char *const *format;

	(void)unused;
	for (format = drift_report_formats(); *format != NULL; format++) {
		long n;

		for (n = 1; n < 5000; n++) {
			struct drift_error err = DRIFT_ERROR_INIT;
			char *text = NULL;
			enum drift_status st;

			drift__alloc_fail_after(n);
			st = drift_report_render(m.report, *format, NULL, &text, &err);
			drift__alloc_fail_after(0);
			drift_text_free(text);
			/* what only makes a line nicer may fail silently; the report itself not */
			if (st != DRIFT_OK)
				assert_int_equal(st, DRIFT_NOMEM);
			if (n > 400)
				break;
		}
	}
	drift_document_free(m.report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_is_as_before),
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(no_terminal_is_misled),
		cmocka_unit_test(an_unknown_format_is_named),
		cmocka_unit_test(types_with_one_reason_stand_together),
		cmocka_unit_test(what_is_never_listed_is_a_line),
		cmocka_unit_test(long_lists_show_what_differs_at_once),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
