/* scan: the report. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "drift/scan.h"
#include "lock.h"

static int
columns(void)
{
	struct winsize w;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

/* One -o FORMAT[://PATH]. */
static bool
write_one(struct cli_context *c, const struct drift_document *report, const char *output)
{
	struct drift_render_options ro = DRIFT_RENDER_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	const char *path = strstr(output, "://");
	char format[32], *text = NULL;
	bool ok;

	snprintf(format, sizeof format, "%.*s", (int)(path != NULL ? path - output : (long)strlen(output)), output);
	ro.colour = path == NULL && cli_color(c->o);
	ro.width = path == NULL ? columns() : 0;
	ro.all = c->o->verbose > 0;
	if (drift_report_render(report, format, &ro, &text, &err) != DRIFT_OK)
		return cli_error(&err), false;
	ok = cli_write(path != NULL ? path + 3 : NULL, text, 0644);
	drift_text_free(text);
	return ok;
}

static bool
write_report(struct cli_context *c, const struct drift_document *report)
{
	const char *const *outputs = cli_settings(c, &c->o->output, "output");
	size_t i;

	if (c->o->query != NULL)
		return cli_write_query(c->o->query, drift_document_root(report), NULL);
	if (outputs == NULL)
		return write_one(c, report, "text");
	for (i = 0; outputs[i] != NULL; i++)
		if (!write_one(c, report, outputs[i]))
			return false;
	return true;
}

/* Can a file be made where the path says? What else goes wrong is said when it is written. */
static bool
folder_is_there(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];

	if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof folder)
		return true;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	return access(folder, F_OK) == 0;
}

/* Formats, paths and query are checked before anything is asked: a typo must not cost a scan. */
static bool
outputs_valid(struct cli_context *c)
{
	const char *const *outputs = cli_settings(c, &c->o->output, "output"), *const *formats = drift_report_formats();
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t i, k;

	if (c->o->query != NULL && drift_query_check(c->o->query, &err) != DRIFT_OK)
		return cli_error(&err), false;
	for (i = 0; outputs != NULL && outputs[i] != NULL; i++) {
		size_t n = strcspn(outputs[i], ":");
		const char *rest = outputs[i] + n;
		bool found = false, has_path = strncmp(rest, "://", 3) == 0 && rest[3] != '\0';

		for (k = 0; formats[k] != NULL && (*rest == '\0' || has_path); k++)
			found = found || (strlen(formats[k]) == n && strncmp(formats[k], outputs[i], n) == 0);
		if (found && has_path && !folder_is_there(rest + 3))
			return cli_complain("-o %s: there is no such folder", outputs[i]), false;
		if (!found)
			return cli_complain("-o %s: no such format; text, json, markdown, html, junit, sarif or prometheus, or FORMAT://PATH", outputs[i]), false;
	}
	return true;
}

static char *
ignore_text(struct cli_context *c, size_t *n)
{
	const char *path = cli_setting(c, c->o->ignore_file, "ignore_file");

	if (path == NULL)
		return access(".driftignore", R_OK) == 0 ? cli_read_file(".driftignore", n) : NULL;
	return cli_read_file(path, n);
}

static int
scan(struct cli_context *c)
{
	struct drift_scan_options so = DRIFT_SCAN_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *report = NULL, *locks = NULL;
	char *ignore = NULL, *moved = NULL;
	int code = CLI_ERROR;

	if (c->o->dry_run)
		return cli_context_plan(c) && cli_context_state(c) ? cli_dry_run(c) : CLI_ERROR;
	if (!outputs_valid(c) || !cli_context_plan(c) || !cli_context_state(c) || !cli_state_unlocked(c, &locks) || !cli_context_live(c))
		goto done;
	so.incomplete = cli_state_moved(c, &moved);
	ignore = ignore_text(c, &so.ignore_bytes);
	so.ignore_text = ignore;
	so.plan = c->plan;
	so.types = cli_settings(c, &c->o->type, "type");
	so.defaults = c->o->include_defaults;
	so.other_managers = c->o->include_managed;
	so.env = c->o->env;
	so.duration_ms = cli_now_ms() - c->started_ms;
	so.locks = drift_document_root(locks);
	if (drift_scan_report(c->catalogue, c->state, c->live, &so, &report, &err) != DRIFT_OK) {
		cli_error(&err);
		goto done;
	}
	/* the report knows all that it tells: its text takes their place */
	cli_context_forget(c);
	if (write_report(c, report))
		code = drift_report_exit_code(report);
done:
	drift_document_free(report);
	drift_document_free(locks);
	drift_text_free(moved);
	free(ignore);
	return code;
}

int
cmd_scan(struct cli_options *o)
{
	struct cli_context c;
	int code = CLI_ERROR;

	if (o->positional.n > 0)
		return cli_complain("\"%s\" was not expected here; a state is named with --state", o->positional.items[0]);
	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	code = scan(&c);
	cli_context_close(&c);
	return code;
}

int
cmd_diff(struct cli_options *o)
{
	if (o->live == NULL)
		return cli_complain("diff compares with an inventory written before and asks AWS nothing: name it with --live FILE\n"
				    "`driftscan inventory -o json://live.json` writes one; `driftscan scan` compares with the account itself");
	return cmd_scan(o);
}
