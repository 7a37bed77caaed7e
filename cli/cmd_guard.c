/* The guard: may a saved plan be applied? Creates are looked up in the account when the user says which account that is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "drift/imports.h"

/* The types that the plan creates, so that no others are asked for. */
static bool
ask_for_creates(struct cli_context *c)
{
	const struct drift_value *changes = drift_value_get(drift_document_root(c->plan), "resource_changes");
	const char **types = calloc(drift_value_size(changes) + 1, sizeof *types);
	size_t i, k, n = 0;

	for (i = 0; types != NULL && i < drift_value_size(changes); i++) {
		const struct drift_value *rc = drift_value_at(changes, i), *actions = drift_value_get(drift_value_get(rc, "change"), "actions");
		const char *type = drift_value_text(drift_value_get(rc, "type"), NULL), *mode = drift_value_text(drift_value_get(rc, "mode"), NULL);
		const char *action = drift_value_text(drift_value_at(actions, 0), NULL);

		if (type == NULL || mode == NULL || strcmp(mode, "managed") != 0 || action == NULL || strcmp(action, "create") != 0)
			continue;
		for (k = 0; k < drift_catalogue_size(c->catalogue) && strcmp(drift_catalogue_type(c->catalogue, k), type) != 0;)
			k++;
		if (k == drift_catalogue_size(c->catalogue)) /* the judgement says that it is not known */
			continue;
		for (k = 0; k < n && strcmp(types[k], type) != 0;)
			k++;
		types[k] = type;
		n = k == n ? n + 1 : n;
	}
	if (types == NULL)
		return cli_complain("out of memory"), false;
	if (n == 0 || c->o->type.n > 0) {
		free(types);
		return n > 0;
	}
	free(c->o->type.items);
	c->o->type.items = types;
	c->o->type.n = n;
	return true;
}

static bool
look_up(struct cli_context *c, struct drift_guard_options *go)
{
	bool asked = c->o->live != NULL || c->o->env != NULL || c->o->all || c->o->tag.n > 0 || c->o->name.n > 0 || c->o->profile != NULL;

	if (!asked || !ask_for_creates(c))
		return true;
	/* somebody's untagged bucket is in the way as much as a tagged one */
	c->o->all = true;
	if ((c->o->state.n > 0 || c->o->env != NULL) && !cli_context_state(c))
		return false;
	if (!cli_context_live(c))
		return false;
	go->catalogue = c->catalogue;
	go->live = c->live;
	go->state = c->state != NULL ? drift_state_snapshot(c->state) : NULL;
	return true;
}

int
cmd_guard(struct cli_options *o)
{
	struct drift_guard_options go = DRIFT_GUARD_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *judgement = NULL, *files = NULL;
	struct cli_context c;
	char *table = NULL;
	bool good = false;
	int code = CLI_ERROR;

	if (o->positional.n != 1)
		return cli_complain("guard needs one plan: driftscan guard PLAN.json (terraform show -json tfplan > PLAN.json)");
	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	o->plan = o->positional.items[0];
	go.allow_changes = cli_settings(&c, &o->allow_changes, "allow_changes");
	go.protect = cli_settings(&c, &o->protect, "protect");
	go.allow_create = o->allow_create;
	if (!cli_context_plan(&c) || !look_up(&c, &go))
		goto done;
	if (drift_configuration_read(NULL, &files, &err) == DRIFT_OK)
		go.configuration = drift_document_root(files);
	if (drift_guard_plan(drift_document_root(c.plan), &go, &good, &judgement, &err) != DRIFT_OK || drift_guard_text(judgement, &table, &err) != DRIFT_OK) {
		cli_error(&err);
		goto done;
	}
	code = cli_print_document(judgement, o, table);
	if (code == CLI_IN_SYNC && !good)
		code = CLI_DRIFT;
done:
	drift_text_free(table);
	drift_document_free(judgement);
	drift_document_free(files);
	cli_context_close(&c);
	return code;
}
