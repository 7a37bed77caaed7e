/* The inventory: what is live, as a file that the other commands read. */
#include <stdio.h>
#include <string.h>

#include "context.h"

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
