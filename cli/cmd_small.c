/* The small commands: init, guard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "drift/imports.h"

int
cmd_init(struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	const char *env = o->positional.n > 0 ? o->positional.items[0] : "prod", *path = o->config != NULL ? o->config : ".driftscan";
	char *text = NULL;
	bool ok;

	if (access(path, F_OK) == 0)
		return cli_complain("%s exists already; it is left as it is", path);
	if (drift_config_first(env, &text, &err) != DRIFT_OK)
		return cli_error(&err);
	ok = cli_write(path, text, 0644);
	drift_text_free(text);
	if (ok)
		fprintf(stderr, "wrote %s; look it over, then run: driftscan --env %s\n", path, env);
	return ok ? CLI_IN_SYNC : CLI_ERROR;
}

static const char **
terminated(const struct cli_list *l)
{
	const char **list = calloc(l->n + 1, sizeof *list);

	if (list != NULL && l->n > 0)
		memcpy(list, l->items, l->n * sizeof *list);
	return list;
}

int
cmd_guard(struct cli_options *o)
{
	struct drift_guard_options go = DRIFT_GUARD_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *plan = NULL, *judgement = NULL;
	const char **allow = terminated(&o->allow_changes), **protect = terminated(&o->protect);
	char *text = NULL, *table = NULL;
	size_t n;
	bool good = false;
	int code = CLI_ERROR;

	if (o->positional.n != 1) {
		cli_complain("guard needs one plan: driftscan guard PLAN.json (terraform show -json tfplan > PLAN.json)");
		goto done;
	}
	go.allow_changes = o->allow_changes.n > 0 ? allow : NULL;
	go.protect = o->protect.n > 0 ? protect : NULL;
	text = cli_read_file(o->positional.items[0], &n);
	if (text == NULL)
		goto done;
	if (drift_document_parse(text, n, o->positional.items[0], &plan, &err) != DRIFT_OK ||
		drift_guard_plan(drift_document_root(plan), &go, &good, &judgement, &err) != DRIFT_OK || drift_guard_text(judgement, &table, &err) != DRIFT_OK) {
		cli_error(&err);
		goto done;
	}
	code = cli_print_document(judgement, o, table);
	if (code == CLI_IN_SYNC && !good)
		code = CLI_DRIFT;
done:
	drift_text_free(table);
	drift_document_free(judgement);
	drift_document_free(plan);
	free(text);
	free(allow);
	free(protect);
	return code;
}
