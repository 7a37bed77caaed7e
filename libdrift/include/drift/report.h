/* Findings become a report: one document for all formats, and its renderings. */
#ifndef DRIFT_REPORT_H
#define DRIFT_REPORT_H

#include "drift/diff.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_report_options {
	size_t size;                             /* sizeof(struct drift_report_options) */
	const struct drift_catalogue *catalogue; /* names the service of a type; NULL = the type's second word does */
	const struct drift_value *scan;          /* {account, regions, api_calls, retries, duration_ms, env, complete, …}: put into `scan` */
	const struct drift_value *states;        /* list of {source, serial, lineage, terraform_version, lock}; put into `states` */
	const struct drift_value *addresses;     /* list of {type, import_id, address}: what the imports would call the unmanaged ones */
	const struct drift_value *warnings;      /* list of texts; put into `warnings` */
};
#define DRIFT_REPORT_OPTIONS_INIT {sizeof(struct drift_report_options), 0, 0, 0, 0, 0}

/* Gives the report document; its JSON is the contract of docs/report.schema.json (format_version "1.0"). options may be NULL; all
 * of it is copied. */
DRIFT_API enum drift_status drift_report_make(const struct drift_findings *findings, const struct drift_report_options *options,
	struct drift_document **out, struct drift_error *err);

/* 0 in sync, 2 drift, 3 no drift seen but the scan was incomplete. */
DRIFT_API int drift_report_exit_code(const struct drift_document *report);

struct drift_render_options {
	size_t size;         /* sizeof(struct drift_render_options) */
	bool colour;         /* text: ANSI colours */
	int width;           /* text: columns of the terminal; 0 = lines are not cut */
	bool all;            /* text, markdown: also what is ignored, not compared, and of other managers, one by one */
	const char *command; /* text: how the next steps call this program; NULL = "driftscan" */
};
#define DRIFT_RENDER_OPTIONS_INIT {sizeof(struct drift_render_options), false, 0, false, 0}

/* Lends the formats that drift_report_render knows, NULL-terminated. */
DRIFT_API const char *const *drift_report_formats(void);
/* Gives a report as text (drift_text_free). format: "text", "json", "markdown", "html", "junit", "sarif" or "prometheus"; USAGE for
 * another, with the nearest as hint. Names from AWS are escaped for the format. options may be NULL. */
DRIFT_API enum drift_status drift_report_render(const struct drift_document *report, const char *format,
	const struct drift_render_options *options, char **text_out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
