/* A first .driftscan. */
#include <stdio.h>
#include <unistd.h>

#include "context.h"

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
