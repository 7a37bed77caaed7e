/* The commands that write what others read: inventory, import. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "drift/diff.h"
#include "drift/imports.h"

static int
dry_run(struct cli_context *c)
{
	struct drift_inventory_options io = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	size_t i, lists = 0;

	io.types = cli_settings(c, &c->o->type, "type");
	if (drift_inventory_plan(c->catalogue, &io, &doc, &err) != DRIFT_OK)
		return cli_error(&err);
	for (i = 0; i < drift_value_size(drift_document_root(doc)); i++) {
		const struct drift_value *call = drift_value_at(drift_document_root(doc), i);
		const char *each = drift_value_text(drift_value_get(call, "for_each"), NULL), *step = drift_value_text(drift_value_get(call, "step"), NULL);

		printf("%-48s %-7s %s:%s%s%s\n", drift_value_text(drift_value_get(call, "type"), NULL), step, drift_value_text(drift_value_get(call, "service"), NULL),
			drift_value_text(drift_value_get(call, "operation"), NULL), each != NULL ? "  for each " : strcmp(step, "read") == 0 ? "  for each object" : "",
			each != NULL ? each : "");
		lists += strcmp(step, "list") == 0 && each == NULL;
	}
	printf("\nat least %zu list calls a region (equal calls are made once); no call was made\n", lists);
	drift_document_free(doc);
	return CLI_IN_SYNC;
}

int
cmd_inventory(struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct cli_context c;
	char *text = NULL;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	if (o->dry_run) {
		code = dry_run(&c);
	} else if ((o->state.n == 0 && o->env == NULL) || cli_context_state(&c)) {
		if (cli_context_live(&c)) {
			if (drift_snapshot_to_json(c.live, o->with_secrets, &text, &err) != DRIFT_OK)
				cli_error(&err);
			else if (cli_write(cli_output_path(o), text, 0600))
				code = cli_incomplete(c.live);
		}
	}
	drift_text_free(text);
	cli_context_close(&c);
	return code;
}

/* ---- import ---- */

static void
tell(const struct drift_value *root, const char *list, const char *what)
{
	const struct drift_value *v = drift_value_get(root, list);
	size_t i;

	if (drift_value_size(v) == 0)
		return;
	fprintf(stderr, "%zu %s:\n", drift_value_size(v), what);
	for (i = 0; i < drift_value_size(v) && i < 20; i++) {
		const struct drift_value *e = drift_value_at(v, i);
		const char *address = drift_value_text(drift_value_get(e, "address"), NULL), *reason = drift_value_text(drift_value_get(e, "reason"), NULL);

		fprintf(stderr, "  %s%s%s\n", address != NULL ? address : drift_value_text(drift_value_get(e, "type"), NULL), reason != NULL ? ": " : "", reason != NULL ? reason : "");
	}
	if (i < drift_value_size(v))
		fprintf(stderr, "  and %zu more\n", drift_value_size(v) - i);
}

static void
tell_forecast(const struct drift_value *root)
{
	const struct drift_value *list = drift_value_get(root, "imports");
	size_t i, j;

	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *e = drift_value_at(list, i), *changes = drift_value_get(e, "changes");
		const char *forecast = drift_value_text(drift_value_get(e, "forecast"), NULL);

		if (forecast == NULL || strcmp(forecast, "no-op") == 0 || strcmp(forecast, "unknown") == 0)
			continue;
		fprintf(stderr, "  %s: %s", drift_value_text(drift_value_get(e, "address"), NULL), forecast);
		for (j = 0; j < drift_value_size(changes); j++) {
			const struct drift_value *ch = drift_value_at(changes, j);
			const char *name = drift_value_text(drift_value_get(ch, "path"), NULL);

			fprintf(stderr, "%s%s", j == 0 ? " (" : ", ", name != NULL ? name : drift_value_text(ch, NULL) != NULL ? drift_value_text(ch, NULL) : "?");
		}
		fprintf(stderr, "%s\n", j > 0 ? ")" : "");
	}
}

static bool
write_hcl(struct cli_context *c, const struct drift_imports *imports, const struct drift_import_write_options *wo)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	const struct drift_value *files;
	const char *dir = cli_output_path(c->o);
	bool ok = true;
	size_t i;

	if (drift_imports_hcl(imports, wo, &doc, &err) != DRIFT_OK)
		return cli_error(&err), false;
	files = drift_value_get(drift_document_root(doc), "files");
	for (i = 0; i < drift_value_size(files) && ok; i++) {
		const char *name = drift_value_text(drift_value_get(drift_value_at(files, i), "path"), NULL);
		const char *text = drift_value_text(drift_value_get(drift_value_at(files, i), "text"), NULL);
		char path[4096];

		if (dir == NULL) {
			printf("# ---- %s ----\n", name);
			ok = cli_write(NULL, text, 0644);
		} else if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) < sizeof path) {
			ok = cli_write(path, text, 0644);
		}
	}
	drift_document_free(doc);
	return ok;
}

static bool
write_imports(struct cli_context *c, const struct drift_imports *imports)
{
	struct drift_import_write_options wo = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	const char *format = c->o->format != NULL ? c->o->format : "blocks", *major = drift_config_get(c->config, "provider_major");
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;
	bool ok;

	wo.title = c->o->env;
	wo.provider_major = major != NULL ? (int)strtol(major, NULL, 10) : 0;
	wo.strategy = drift_config_get(c->config, "strategy");
	wo.expect_workspace = cli_setting(c, c->o->workspace, "workspace");
	if (strcmp(format, "hcl") == 0)
		return write_hcl(c, imports, &wo);
	if (drift_imports_write(imports, format, &wo, &text, &err) != DRIFT_OK)
		return cli_error(&err), false;
	ok = cli_write(cli_output_path(c->o), text, strcmp(format, "script") == 0 ? 0755 : 0644);
	drift_text_free(text);
	return ok;
}

static int
make_imports(struct cli_context *c)
{
	struct drift_import_options io = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_findings *findings = NULL;
	struct drift_diff_options dopt = DRIFT_DIFF_OPTIONS_INIT;
	struct drift_imports *imports = NULL;
	struct drift_document *files = NULL;
	const char *map = cli_setting(c, c->o->map, "map");
	char *map_text = NULL;
	int code = CLI_ERROR;

	dopt.defaults = c->o->include_defaults;
	dopt.other_managers = c->o->include_managed;
	if (map != NULL) {
		map_text = cli_read_file(map, &io.map_bytes);
		if (map_text == NULL)
			return CLI_ERROR;
		io.map_text = map_text;
		io.map_name = map;
	}
	if (drift_diff(c->catalogue, drift_state_snapshot(c->state), c->live, &dopt, &findings, &err) != DRIFT_OK) {
		cli_error(&err);
		goto done;
	}
	io.plan = c->plan;
	/* what a plan does not say of for_each keys stands in the repository that it was made in: the working directory */
	if (c->plan != NULL && drift_configuration_read(NULL, &files, &err) != DRIFT_OK) {
		cli_error(&err);
		goto done;
	}
	io.configuration = drift_document_root(files);
	io.unmanaged = drift_value_get(drift_findings_root(findings), "unmanaged");
	io.account = drift_value_text(drift_value_get(drift_snapshot_meta(c->live), "account"), NULL);
	io.region = drift_value_text(drift_value_get(drift_snapshot_meta(c->live), "home_region"), NULL);
	io.defaults = c->o->include_defaults;
	if (drift_imports_make(c->catalogue, drift_state_snapshot(c->state), c->live, &io, &imports, &err) != DRIFT_OK) {
		cli_error(&err);
		goto done;
	}
	if (!write_imports(c, imports))
		goto done;
	if (!c->o->quiet) {
		fprintf(stderr, "%zu imports\n", drift_imports_size(imports));
		tell_forecast(drift_imports_root(imports));
		tell(drift_imports_root(imports), "ambiguous", "could be one of several; nothing was guessed");
		tell(drift_imports_root(imports), "undecided", "hang on those");
		tell(drift_imports_root(imports), "new", "are really new");
		tell(drift_imports_root(imports), "not_importable", "can't be imported");
	}
	code = cli_incomplete(c->live);
done:
	drift_imports_free(imports);
	drift_document_free(files);
	drift_findings_free(findings);
	free(map_text);
	return code;
}

int
cmd_import(struct cli_options *o)
{
	struct cli_context c;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	if (cli_context_plan(&c) && cli_context_state(&c) && cli_context_live(&c))
		code = make_imports(&c);
	cli_context_close(&c);
	return code;
}
