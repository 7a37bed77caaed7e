/* What the renderers share. */
#ifndef DRIFT_REPORT_INTERNAL_H
#define DRIFT_REPORT_INTERNAL_H

#include "drift/report.h"
#include "model/value.h"

/* Appends the report to out; a full or failed buffer is found by the caller. */
typedef void drift__render_fn(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out);
drift__render_fn drift__render_text, drift__render_json, drift__render_markdown, drift__render_html, drift__render_junit,
	drift__render_sarif, drift__render_prometheus;

/* Findings that are shown as a table with a row each; the columns are members. The changed ones are not among them. */
struct drift__report_table {
	const char *name, *title;
	const char *columns[6]; /* NULL-terminated */
	bool only_all;          /* where all was asked for */
};
extern const struct drift__report_table drift__report_tables[];
extern const size_t drift__report_n_tables;

/* drift_report_make, which takes what the findings hold instead of copying it. */
enum drift_status drift__report_take(struct drift_findings *findings, const struct drift_report_options *options, struct drift_document **out,
	struct drift_error *err);

/* A member as text; "" where there is none. */
const char *drift__report_text(const struct drift_value *map, const char *name);
/* A member of `summary`. */
int64_t drift__report_count(const struct drift_value *report, const char *name);
/* What people call a finding: its address, else its name, else its id. */
const char *drift__report_label(const struct drift_value *row);
/* "sqs:ListQueues is missing" and the like: what to do about an unknown; "" when nothing is known. */
void drift__report_advice(struct drift__buf *out, const struct drift_value *row);

/* Appends s so that no terminal and no reader is misled: control characters, invalid UTF-8, and what reverses or hides text are
 * written as escapes. */
void drift__put_printable(struct drift__buf *out, const char *s, size_t n);
/* The same for XML and HTML, with & < > " ' escaped; what XML cannot hold becomes an escape that people can read. */
void drift__put_xml(struct drift__buf *out, const char *s);

/* The lines in which two values differ: "- …" and "+ …", as put by line(). JSON texts, lists and maps are laid out first. */
void drift__differing_lines(const struct drift_value *state, const struct drift_value *live,
	void (*line)(void *ctx, char sign, const char *text, size_t n), void *ctx);

#endif
