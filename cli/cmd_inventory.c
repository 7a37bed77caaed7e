/* The inventory: what is live, as a file that the other commands read. */
#include <stdio.h>
#include <string.h>

#include "context.h"

int
cmd_inventory(struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct cli_context c;
	char *text = NULL;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	if ((o->state.n == 0 && o->env == NULL) || cli_context_state(&c)) {
		if (o->dry_run) {
			code = cli_dry_run(&c);
		} else if (cli_context_live(&c)) {
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
