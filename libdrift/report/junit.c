/* The report as JUnit XML: a suite for each kind of finding, a failed case for each finding, an error for what is unknown, and one passed
 * case for all that is in sync, so that a silent run shows as a green test. */
#include "report/report.h"

#include <string.h>

struct suite {
	const char *name, *element, *message;
};

static void
put_attribute(struct drift__buf *out, const char *name, const char *value)
{
	drift__buf_addf(out, " %s=\"", name);
	drift__put_xml(out, value);
	drift__buf_addc(out, '"');
}

static void
put_line(void *ctx, char sign, const char *s, size_t n)
{
	struct drift__buf *out = ctx, text = DRIFT__BUF_INIT((size_t)64 << 20);

	drift__buf_add(&text, s, n);
	drift__buf_addf(out, "  %c ", sign);
	drift__put_xml(out, text.data != NULL ? text.data : "");
	drift__buf_addc(out, '\n');
	drift__buf_dispose(&text);
}

static void
put_details(const struct drift_value *row, struct drift__buf *out)
{
	static const char *const names[] = {"type", "id", "import_id", "region", "reason", "action"};
	const struct drift_value *changes = drift_value_get(row, "changes");
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *text = drift__report_text(row, names[i]);

		if (*text == '\0')
			continue;
		drift__buf_addf(out, "%s: ", names[i]);
		drift__put_xml(out, text);
		drift__buf_addc(out, '\n');
	}
	for (i = 0; i < drift_value_size(changes); i++) {
		const struct drift_value *c = drift_value_at(changes, i);

		drift__put_xml(out, drift__report_text(c, "path"));
		drift__buf_addc(out, '\n');
		drift__differing_lines(drift_value_get(c, "state"), drift_value_get(c, "live"), put_line, out);
	}
}

static void
put_suite(const struct drift_value *r, const struct suite *s, struct drift__buf *out)
{
	const struct drift_value *rows = drift_value_get(r, s->name);
	size_t i, n = drift_value_size(rows);
	bool error = strcmp(s->element, "error") == 0;

	drift__buf_addf(out, "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", s->name, n, error ? 0 : n, error ? n : 0);
	for (i = 0; i < n; i++) {
		const struct drift_value *row = drift_value_at(rows, i);

		drift__buf_adds(out, "    <testcase");
		put_attribute(out, "classname", drift__report_text(row, "type"));
		put_attribute(out, "name", drift__report_label(row));
		drift__buf_addf(out, ">\n      <%s", s->element);
		put_attribute(out, "message", s->message);
		drift__buf_addc(out, '>');
		put_details(row, out);
		drift__buf_addf(out, "</%s>\n    </testcase>\n", s->element);
	}
	drift__buf_adds(out, "  </testsuite>\n");
}

void
drift__render_junit(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	static const struct suite suites[] = {{"missing", "failure", "in the state, not in AWS"}, {"changed", "failure", "differs from the state"},
		{"unmanaged", "failure", "in AWS, in no state"}, {"duplicates", "failure", "claimed by several instances"},
		{"unknown", "error", "could not be read"}};
	size_t i, n, failures = 0, errors = 0, cases = 1;

	(void)o;
	for (i = 0; i < sizeof suites / sizeof suites[0]; i++) {
		n = drift_value_size(drift_value_get(report, suites[i].name));
		cases += n;
		if (strcmp(suites[i].element, "error") == 0)
			errors += n;
		else
			failures += n;
	}
	drift__buf_addf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"drift\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", cases,
		failures, errors);
	drift__buf_addf(out, "  <testsuite name=\"in_sync\" tests=\"1\" failures=\"0\" errors=\"0\">\n    <testcase classname=\"drift\" name=\"%lld resources in sync\"/>\n"
		"  </testsuite>\n", (long long)drift__report_count(report, "in_sync"));
	for (i = 0; i < sizeof suites / sizeof suites[0]; i++)
		put_suite(report, &suites[i], out);
	drift__buf_adds(out, "</testsuites>\n");
}
