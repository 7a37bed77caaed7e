/* The report as Prometheus text: gauges for a textfile collector or a push gateway. No names of single resources: they would be a label
 * value each. */
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
put_label(struct drift__buf *out, const char *name, const char *value, bool first)
{
	drift__buf_addf(out, "%s%s=\"", first ? "" : ",", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			drift__buf_adds(out, "\\n");
		else {
			if (*value == '\\' || *value == '"')
				drift__buf_addc(out, '\\');
			drift__buf_addc(out, *value);
		}
	}
	drift__buf_addc(out, '"');
}

static void
put_common(const struct drift_value *r, struct drift__buf *out)
{
	const struct drift_value *scan = drift_value_get(r, "scan");

	put_label(out, "account", drift__report_text(scan, "account"), true);
	if (*drift__report_text(scan, "env") != '\0')
		put_label(out, "env", drift__report_text(scan, "env"), false);
}

static void
put_gauge(const struct drift_value *r, struct drift__buf *out, const char *name, const char *help, const char *value)
{
	drift__buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n%s{", name, help, name, name);
	put_common(r, out);
	drift__buf_addf(out, "} %s\n", value);
}

static int
compare_types(const void *pa, const void *pb)
{
	return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

/* One line a type, with how many findings of this kind it has. */
static void
put_by_type(const struct drift_value *r, const char *kind, struct drift__buf *out)
{
	const struct drift_value *rows = drift_value_get(r, kind);
	size_t i, k, n = drift_value_size(rows);
	const char **types = n > 0 ? drift__calloc(n, sizeof *types) : NULL;

	if (types == NULL) {
		if (n > 0)
			out->status = DRIFT_NOMEM;
		return;
	}
	for (i = 0; i < n; i++)
		types[i] = drift__report_text(drift_value_at(rows, i), "type");
	qsort(types, n, sizeof *types, compare_types);
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && strcmp(types[k], types[i]) == 0; k++)
			;
		drift__buf_adds(out, "driftscan_findings{");
		put_common(r, out);
		put_label(out, "kind", kind, false);
		put_label(out, "type", types[i], false);
		drift__buf_addf(out, "} %zu\n", k - i);
	}
	drift__free(types);
}

void
drift__render_prometheus(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	static const char *const kinds[] = {"in_sync", "missing", "changed", "unmanaged", "unknown", "ignored", "not_compared", "other_managers",
		"duplicates"};
	static const char *const by_type[] = {"missing", "changed", "unmanaged", "unknown"};
	const struct drift_value *scan = drift_value_get(report, "scan");
	double ms = 0;
	char seconds[32];
	size_t i;

	(void)o;
	drift__buf_adds(out, "# HELP driftscan_resources Resources by what the scan found of them.\n# TYPE driftscan_resources gauge\n");
	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		drift__buf_adds(out, "driftscan_resources{");
		put_common(report, out);
		put_label(out, "kind", kinds[i], false);
		drift__buf_addf(out, "} %lld\n", (long long)drift__report_count(report, kinds[i]));
	}
	drift__buf_adds(out, "# HELP driftscan_findings Findings by kind and resource type.\n# TYPE driftscan_findings gauge\n");
	for (i = 0; i < sizeof by_type / sizeof by_type[0]; i++)
		put_by_type(report, by_type[i], out);
	put_gauge(report, out, "driftscan_scan_complete", "Whether everything that was asked for could be read.",
		drift_value_bool(drift_value_get(scan, "complete")) ? "1" : "0");
	drift__value_to_double(drift_value_get(scan, "duration_ms"), &ms);
	snprintf(seconds, sizeof seconds, "%.3f", ms / 1000);
	put_gauge(report, out, "driftscan_scan_duration_seconds", "How long the scan took.", seconds);
	put_gauge(report, out, "driftscan_scan_api_calls", "Requests sent to AWS.", drift__report_text(scan, "api_calls"));
	put_gauge(report, out, "driftscan_scan_retries", "Requests sent again.", drift__report_text(scan, "retries"));
}
