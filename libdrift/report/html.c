/* The report as one HTML file: no script, nothing fetched, every text escaped. */
#include "report/report.h"

#include <string.h>

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>Drift report</title>\n<style>\n"
	":root{color-scheme:light dark;--line:#8884;--del:#d73a4a;--add:#2da44e;--warn:#bf8700;--new:#0969da}\n"
	"body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\n"
	"code,pre{font:13px/1.45 ui-monospace,monospace}\npre{overflow-x:auto;margin:.2rem 0 .8rem;padding:.5rem .8rem;border:1px solid var(--line);border-radius:6px}\n"
	"table{border-collapse:collapse;width:100%}\nth,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere;vertical-align:top}\n"
	"ul.counts{list-style:none;display:flex;flex-wrap:wrap;gap:.6rem;padding:0}\nul.counts li{border:1px solid var(--line);border-radius:6px;padding:.4rem .9rem}\n"
	"ul.counts b{font-size:1.4rem;display:block}\n.del,.missing b{color:var(--del)}\n.add,.in_sync b{color:var(--add)}\n.changed b,.unknown b,.warning{color:var(--warn)}\n"
	".unmanaged b{color:var(--new)}\nsummary{cursor:pointer;padding:.2rem 0}\nh2{margin-top:2rem}\n</style>\n</head>\n<body>\n<h1>Drift report</h1>\n";

static void
put_value(struct drift__buf *out, const char *s, bool code)
{
	if (*s == '\0')
		return;
	drift__buf_adds(out, code ? "<code>" : "");
	drift__put_xml(out, s);
	drift__buf_adds(out, code ? "</code>" : "");
}

static void
put_about(const struct drift_value *r, struct drift__buf *out)
{
	const struct drift_value *scan = drift_value_get(r, "scan"), *states = drift_value_get(r, "states");
	const struct drift_value *regions = drift_value_get(scan, "regions"), *warnings = drift_value_get(r, "warnings");
	size_t i;

	drift__buf_adds(out, "<p>Account ");
	put_value(out, drift__report_text(scan, "account"), true);
	for (i = 0; i < drift_value_size(regions); i++) {
		drift__buf_adds(out, " ");
		put_value(out, drift__value_str(drift_value_at(regions, i)) != NULL ? drift__value_str(drift_value_at(regions, i)) : "", true);
	}
	drift__buf_adds(out, "</p>\n");
	for (i = 0; i < drift_value_size(states); i++) {
		const struct drift_value *s = drift_value_at(states, i);

		drift__buf_adds(out, "<p>State ");
		put_value(out, drift__report_text(s, "source"), true);
		drift__buf_adds(out, " serial ");
		put_value(out, drift__report_text(s, "serial"), false);
		drift__buf_adds(out, ", Terraform ");
		put_value(out, drift__report_text(s, "terraform_version"), false);
		drift__buf_adds(out, "</p>\n");
	}
	if (!drift_value_bool(drift_value_get(scan, "complete")))
		drift__buf_adds(out, "<p class=\"warning\"><strong>The scan is incomplete:</strong> what could not be read may hold more than is shown here.</p>\n");
	for (i = 0; i < drift_value_size(warnings); i++) {
		drift__buf_adds(out, "<p class=\"warning\">");
		put_value(out, drift__value_str(drift_value_at(warnings, i)) != NULL ? drift__value_str(drift_value_at(warnings, i)) : "", false);
		drift__buf_adds(out, "</p>\n");
	}
}

static void
put_counts(const struct drift_value *r, struct drift__buf *out)
{
	static const struct {
		const char *name, *title;
	} counts[] = {{"missing", "missing"}, {"changed", "changed"}, {"unmanaged", "unmanaged"}, {"duplicates", "claimed twice"}, {"unknown", "unknown"},
		{"in_sync", "in sync"}, {"ignored", "ignored"}, {"other_managers", "of other managers"}};
	size_t i;

	drift__buf_adds(out, "<ul class=\"counts\">\n");
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++)
		drift__buf_addf(out, "<li class=\"%s\"><b>%lld</b> %s</li>\n", counts[i].name, (long long)drift__report_count(r, counts[i].name), counts[i].title);
	drift__buf_adds(out, "</ul>\n");
}

static void
put_table(const struct drift_value *r, const struct drift__report_table *t, struct drift__buf *out)
{
	const struct drift_value *rows = drift_value_get(r, t->name);
	const char *const *columns = t->columns;
	size_t i, k;

	if (drift_value_size(rows) == 0)
		return;
	drift__buf_addf(out, "<h2>%s</h2>\n<table>\n<tr>", t->title);
	for (k = 0; columns[k] != NULL; k++)
		drift__buf_addf(out, "<th>%s</th>", columns[k]);
	drift__buf_adds(out, "</tr>\n");
	for (i = 0; i < drift_value_size(rows); i++) {
		drift__buf_adds(out, "<tr>");
		for (k = 0; columns[k] != NULL; k++) {
			drift__buf_adds(out, "<td>");
			put_value(out, drift__report_text(drift_value_at(rows, i), columns[k]), strcmp(columns[k], "reason") != 0);
			drift__buf_adds(out, "</td>");
		}
		drift__buf_adds(out, "</tr>\n");
	}
	drift__buf_adds(out, "</table>\n");
}

static void
put_line(void *ctx, char sign, const char *s, size_t n)
{
	struct drift__buf *out = ctx;
	struct drift__buf text = DRIFT__BUF_INIT((size_t)64 << 20);

	drift__buf_add(&text, s, n);
	drift__buf_addf(out, "<span class=\"%s\">%c ", sign == '-' ? "del" : "add", sign);
	drift__put_xml(out, text.data != NULL ? text.data : "");
	drift__buf_adds(out, "</span>\n");
	drift__buf_dispose(&text);
}

static void
put_changed(const struct drift_value *r, struct drift__buf *out)
{
	const struct drift_value *rows = drift_value_get(r, "changed");
	size_t i, k;

	if (drift_value_size(rows) > 0)
		drift__buf_adds(out, "<h2>Changed</h2>\n");
	for (i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *changes = drift_value_get(drift_value_at(rows, i), "changes");

		drift__buf_adds(out, "<details open>\n<summary>");
		put_value(out, drift__report_label(drift_value_at(rows, i)), true);
		drift__buf_adds(out, "</summary>\n");
		for (k = 0; k < drift_value_size(changes); k++) {
			const struct drift_value *c = drift_value_at(changes, k);

			put_value(out, drift__report_text(c, "path"), true);
			drift__buf_adds(out, "<pre>");
			drift__differing_lines(drift_value_get(c, "state"), drift_value_get(c, "live"), put_line, out);
			drift__buf_adds(out, "</pre>\n");
		}
		drift__buf_adds(out, "</details>\n");
	}
}

void
drift__render_html(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	static const struct drift__report_table owners = {"other_managers", "Made by other managers", {"owner", "count"}, false};
	size_t i;

	(void)o;
	drift__buf_adds(out, head);
	put_about(report, out);
	put_counts(report, out);
	for (i = 0; i < drift__report_n_tables; i++) {
		put_table(report, &drift__report_tables[i], out);
		if (i == 0)
			put_changed(report, out);
	}
	put_table(report, &owners, out);
	drift__buf_adds(out, "</body>\n</html>\n");
}
