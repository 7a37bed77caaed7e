/* policy: the rights that a job needs. explain: what the log of a job that lacked them says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "drift/policy.h"

static bool
choose(const char *text, const char *what, const char *const *names, int *out)
{
	int i;

	*out = 0;
	if (text == NULL)
		return true;
	for (i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	fprintf(stderr, "driftscan: --%s %s is not known; it is one of", what, text);
	for (i = 0; names[i] != NULL; i++)
		fprintf(stderr, " %s", names[i]);
	fputc('\n', stderr);
	return false;
}

static int
compare_policy(struct cli_context *c, const struct drift_policy *policy)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *current = NULL, *result = NULL;
	size_t n;
	char *text = cli_read_file(c->o->diff, &n), *json;
	int code = CLI_ERROR;

	if (text == NULL)
		return CLI_ERROR;
	if (drift_document_parse(text, n, c->o->diff, &current, &err) != DRIFT_OK ||
		drift_policy_compare(policy, drift_document_root(current), &result, &err) != DRIFT_OK) {
		cli_error(&err);
	} else {
		json = drift_value_to_json(drift_document_root(result), 2);
		if (json != NULL && cli_write(cli_output_path(c->o), json, 0644) && cli_write(NULL, "\n", 0644))
			code = drift_value_bool(drift_value_get(drift_document_root(result), "same")) ? CLI_IN_SYNC : CLI_DRIFT;
		drift_text_free(json);
	}
	drift_document_free(result);
	drift_document_free(current);
	free(text);
	return code;
}

static int
write_policy(struct cli_context *c, const struct drift_policy *policy, const char *account, const char *partition)
{
	struct drift_policy_write_options wo = DRIFT_POLICY_WRITE_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *warnings = drift_value_get(drift_policy_root(policy), "warnings");
	char *text = NULL;
	bool ok;
	size_t i;

	wo.role = c->o->role;
	wo.trust = c->o->trust;
	wo.account = account;
	wo.partition = partition;
	if (drift_policy_write(policy, c->o->explain ? "explain" : c->o->format != NULL ? c->o->format : "json", &wo, &text, &err) != DRIFT_OK)
		return cli_error(&err);
	ok = cli_write(cli_output_path(c->o), text, 0644);
	drift_text_free(text);
	for (i = 0; i < drift_value_size(warnings) && !c->o->quiet; i++)
		fprintf(stderr, "driftscan: %s\n", drift_value_text(drift_value_at(warnings, i), NULL));
	return ok ? CLI_IN_SYNC : CLI_ERROR;
}

static int
make_policy(struct cli_context *c)
{
	static const char *const modes[] = {"plan", "apply", "scan", "import", NULL}, *const folds[] = {"auto", "none", "prefix", "service", NULL};
	struct drift_policy_options po = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_policy *policy = NULL;
	const char *max = cli_setting(c, c->o->max_policies, "max_policies");
	int mode, fold, code;

	if (!choose(c->o->mode, "mode", modes, &mode) || !choose(c->o->prefix ? "prefix" : c->o->fold, "fold", folds, &fold))
		return CLI_ERROR;
	po.mode = (enum drift_policy_mode)mode;
	po.fold = (enum drift_policy_fold)fold;
	po.state = drift_state_snapshot(c->state);
	po.live = c->live;
	po.plan = c->plan;
	po.backend = drift_state_backend(c->state);
	po.account = c->o->account;
	if (c->live != NULL) {
		po.account = drift_value_text(drift_value_get(drift_snapshot_meta(c->live), "account"), NULL);
		po.partition = drift_value_text(drift_value_get(drift_snapshot_meta(c->live), "partition"), NULL);
		po.region = drift_value_text(drift_value_get(drift_snapshot_meta(c->live), "home_region"), NULL);
	}
	po.types = cli_settings(c, &c->o->type, "type");
	po.max_policies = max != NULL ? (int)strtol(max, NULL, 10) : 0;
	po.compact = c->o->compact;
	if (drift_policy_make(c->catalogue, &po, &policy, &err) != DRIFT_OK)
		return cli_error(&err);
	code = c->o->diff != NULL ? compare_policy(c, policy) : write_policy(c, policy, po.account, po.partition);
	drift_policy_free(policy);
	return code;
}

int
cmd_policy(struct cli_options *o)
{
	struct cli_context c;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	/* ARNs stand in the state; what it does not have yet is looked up live */
	if (cli_context_plan(&c) && cli_context_state(&c) && (o->mode == NULL || strcmp(o->mode, "scan") != 0 ? cli_context_live(&c) : true))
		code = make_policy(&c);
	cli_context_close(&c);
	return code;
}

/* ---- explain ---- */

int
cmd_explain(struct cli_options *o)
{
	struct drift_explain_options eo = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	struct cli_context c;
	char *log = NULL, *text = NULL;
	size_t n;
	int code = CLI_ERROR;

	if (o->positional.n != 1)
		return cli_complain("explain needs one log: driftscan explain FILE, or - for standard input");
	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	log = cli_read_file(o->positional.items[0], &n);
	if (log == NULL)
		goto done;
	eo.catalogue = c.catalogue;
	eo.now_ms = cli_now_ms();
	/* the account is asked only when somebody said which: a log alone can be explained anywhere */
	if (o->live != NULL || o->env != NULL || o->all || o->tag.n > 0 || o->name.n > 0) {
		if (!cli_context_live(&c))
			goto done;
		eo.live = c.live;
	}
	if (!cli_context_plan(&c))
		goto done;
	eo.plan = c.plan;
	if (drift_explain_log(log, n, &eo, &doc, &err) != DRIFT_OK || drift_explain_text(doc, &text, &err) != DRIFT_OK)
		cli_error(&err);
	else
		code = cli_print_document(doc, o, text);
done:
	drift_text_free(text);
	drift_document_free(doc);
	free(log);
	cli_context_close(&c);
	return code;
}
