/* policy: the rights that a job needs. explain: what the log of a job that lacked them says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "drift/policy.h"
#include "drift/scan.h"

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

/* ---- what is asked for ---- */

static bool
exists(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f != NULL)
		fclose(f);
	return f != NULL;
}

/* A policy can be made of a plan or an inventory alone, and a scan's of nothing: then no state is looked for that nobody named. */
static bool
has_state(struct cli_context *c, enum drift_policy_mode mode)
{
	const char *dir = getenv("TF_DATA_DIR");
	char path[4096];

	if (cli_settings(c, &c->o->state, "state") != NULL)
		return true;
	snprintf(path, sizeof path, "%s/terraform.tfstate", dir != NULL && dir[0] != '\0' ? dir : ".terraform");
	return exists(path) || (c->plan == NULL && c->o->live == NULL && mode != DRIFT_POLICY_SCAN);
}

/* The account is asked only when somebody said what of it belongs to the configuration: the state has the ARNs of all that is managed. */
static bool
has_scope(struct cli_context *c)
{
	const char *all = drift_config_get(c->config, "all");

	return c->o->live != NULL || c->o->all || cli_settings(c, &c->o->tag, "tag") != NULL || cli_settings(c, &c->o->name, "name") != NULL ||
		(all != NULL && strcmp(all, "true") == 0);
}

static bool
count_option(const char *name, const char *text, int *out)
{
	char *end;
	long n;

	*out = 0;
	if (text == NULL)
		return true;
	n = strtol(text, &end, 10);
	if (end == text || *end != '\0' || n < 1 || n > 1000) {
		cli_complain("--%s %s: a number from 1 to 1000 is expected", name, text);
		return false;
	}
	*out = (int)n;
	return true;
}

static bool
read_options(struct cli_context *c, struct drift_policy_options *po)
{
	static const char *const modes[] = {"plan", "apply", "scan", "import", "state", NULL}, *const folds[] = {"auto", "none", "prefix", "service", NULL};
	int mode, fold;

	if (!choose(c->o->mode, "mode", modes, &mode) || !choose(c->o->prefix ? "prefix" : c->o->fold, "fold", folds, &fold) ||
		!count_option("max-policies", cli_setting(c, c->o->max_policies, "max_policies"), &po->max_policies))
		return false;
	if (c->o->account != NULL && (strlen(c->o->account) != 12 || strspn(c->o->account, "0123456789") != 12)) {
		cli_complain("--account %s: an account is 12 digits", c->o->account);
		return false;
	}
	po->mode = (enum drift_policy_mode)mode;
	po->fold = (enum drift_policy_fold)fold;
	po->account = c->o->account;
	po->inline_policy = c->o->inline_policy;
	po->compact = c->o->compact;
	return true;
}

static bool
read_inputs(struct cli_context *c, struct drift_policy_options *po, struct drift_document **calls)
{
	struct drift_inventory_options io = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *meta;
	const char *const *regions;

	if (!cli_context_plan(c) || (has_state(c, po->mode) && !cli_context_state(c)))
		return false;
	if (po->mode == DRIFT_POLICY_SCAN) {
		io.types = cli_settings(c, &c->o->type, "type");
		if (drift_inventory_plan(c->catalogue, &io, calls, &err) != DRIFT_OK)
			return cli_error(&err), false;
		po->calls = drift_document_root(*calls);
		po->regions = cli_settings(c, &c->o->region, "region");
	} else if (has_scope(c) && !cli_context_live(c)) {
		return false;
	}
	po->state = c->state != NULL ? drift_state_snapshot(c->state) : NULL;
	po->backend = c->state != NULL ? drift_state_backends(c->state) : NULL;
	po->plan = c->plan;
	po->live = c->live;
	regions = cli_settings(c, &c->o->region, "region");
	if (regions != NULL && regions[0] != NULL && regions[1] == NULL)
		po->region = regions[0];
	if (c->live != NULL) {
		meta = drift_snapshot_meta(c->live);
		po->account = c->o->account != NULL ? c->o->account : drift_value_text(drift_value_get(meta, "account"), NULL);
		po->partition = drift_value_text(drift_value_get(meta, "partition"), NULL);
		po->region = drift_value_text(drift_value_get(meta, "home_region"), NULL);
	}
	return true;
}

/* ---- what comes out ---- */

static void
narrate(const struct drift_value *root)
{
	const struct drift_value *policies = drift_value_get(root, "policies"), *folds = drift_value_get(root, "folds"), *list = drift_value_get(root, "explain");
	const struct drift_value *warnings = drift_value_get(root, "warnings");
	size_t i, open = 0;

	for (i = 0; i < drift_value_size(policies); i++) {
		const struct drift_value *p = drift_value_at(policies, i);

		fprintf(stderr, "%s: %s characters\n", drift_value_text(drift_value_get(p, "name"), NULL), drift_value_text(drift_value_get(p, "characters"), NULL));
	}
	for (i = 0; i < drift_value_size(folds); i++) {
		const struct drift_value *f = drift_value_at(folds, i);

		fprintf(stderr, "folded: %zu %s into %s, which also allows %s\n",
			drift_value_size(drift_value_get(f, "resources")) + drift_value_size(drift_value_get(f, "actions")),
			drift_value_get(f, "actions") != NULL ? "actions" : "ARNs", drift_value_text(drift_value_get(f, "becomes"), NULL),
			drift_value_text(drift_value_get(f, "adds"), NULL));
	}
	for (i = 0; i < drift_value_size(list); i++)
		open += drift_value_bool(drift_value_get(drift_value_at(list, i), "open"));
	if (open > 0)
		fprintf(stderr, "%zu permission%s for objects whose id AWS has not given yet: as patterns; --explain marks them\n", open, open > 1 ? "s" : "");
	for (i = 0; i < drift_value_size(warnings); i++)
		fprintf(stderr, "driftscan: %s\n", drift_value_text(drift_value_at(warnings, i), NULL));
}

static int
write_policy(struct cli_context *c, const struct drift_policy *policy)
{
	struct drift_policy_write_options wo = DRIFT_POLICY_WRITE_OPTIONS_INIT;
	const char *format = c->o->explain ? "explain" : c->o->format != NULL ? c->o->format : "json";
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;
	bool ok;

	wo.name = c->o->policy_name;
	wo.role = c->o->role;
	wo.trust = c->o->trust;
	if (drift_policy_write(policy, format, &wo, &text, &err) != DRIFT_OK)
		return cli_error(&err);
	ok = cli_write(cli_output_path(c->o), text, strcmp(format, "cli") == 0 ? 0755 : 0644);
	drift_text_free(text);
	if (!c->o->quiet)
		narrate(drift_policy_root(policy));
	return ok ? CLI_IN_SYNC : CLI_ERROR;
}

/* The role that --diff names, by its name or by an ARN (of the role or of a session of it): its length, and where it begins. 0 = it names none. */
static size_t
role_in(const char *from, const char **name)
{
	const char *kind = strncmp(from, "arn:", 4) == 0 ? strrchr(from, ':') + 1 : NULL, *slash;
	const char *dot = strrchr(from, '.');

	*name = from;
	if (kind != NULL && strncmp(kind, "assumed-role/", 13) == 0) {
		*name = kind + 13;
		return strcspn(*name, "/");
	}
	slash = strrchr(from, '/');
	if (kind != NULL && strncmp(kind, "role/", 5) == 0) /* a path may stand before the name */
		*name = slash + 1;
	else if (kind != NULL || slash != NULL || (dot != NULL && strcmp(dot, ".json") == 0))
		return 0;
	return strlen(*name);
}

/* The policies that a file holds, or that a role has today. */
static bool
read_current(struct cli_context *c, struct drift_document **out)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	const char *from = c->o->diff, *name;
	char *text, role[256];
	size_t n = role_in(from, &name);
	bool ok;

	if (strcmp(from, "-") != 0 && !exists(from)) {
		if (n == 0 || n >= sizeof role)
			return cli_complain("--diff %s: there is no such file; a role goes by its name or its ARN", from), false;
		snprintf(role, sizeof role, "%.*s", (int)n, name);
		if (!cli_context_session(c))
			return false;
		ok = drift_role_policies(c->session, role, out, &err) == DRIFT_OK;
	} else {
		text = cli_read_file(from, &n);
		if (text == NULL)
			return false;
		ok = drift_document_parse(text, n, from, out, &err) == DRIFT_OK;
		free(text);
	}
	if (!ok)
		cli_error(&err);
	return ok;
}

static int
compare_policy(struct cli_context *c, const struct drift_policy *policy)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *current = NULL, *result = NULL;
	char *text = NULL;
	int code = CLI_ERROR;

	if (!read_current(c, &current))
		return CLI_ERROR;
	if (drift_policy_compare(policy, drift_document_root(current), &result, &err) != DRIFT_OK ||
		drift_policy_compare_text(result, &text, &err) != DRIFT_OK)
		cli_error(&err);
	else
		code = cli_print_document(result, c->o, text);
	if (code == CLI_IN_SYNC && !drift_value_bool(drift_value_get(drift_document_root(result), "same")))
		code = CLI_DRIFT;
	drift_text_free(text);
	drift_document_free(result);
	drift_document_free(current);
	return code;
}

int
cmd_policy(struct cli_options *o)
{
	struct drift_policy_options po = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *calls = NULL;
	struct drift_policy *policy = NULL;
	struct cli_context c;
	int code = CLI_ERROR, seen;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	if (read_options(&c, &po) && read_inputs(&c, &po, &calls)) {
		if (drift_policy_make(c.catalogue, &po, &policy, &err) != DRIFT_OK)
			code = cli_error(&err);
		else
			code = o->diff != NULL ? compare_policy(&c, policy) : write_policy(&c, policy);
		/* what could not be read may be missing in the policy */
		seen = c.live != NULL ? cli_incomplete(c.live) : CLI_IN_SYNC;
		code = code == CLI_IN_SYNC ? seen : code;
	}
	drift_policy_free(policy);
	drift_document_free(calls);
	cli_context_close(&c);
	return code;
}

/* ---- explain ---- */

static bool
is_known_type(const struct drift_catalogue *catalogue, const char *type)
{
	size_t i;

	for (i = 0; i < drift_catalogue_size(catalogue); i++) {
		if (strcmp(drift_catalogue_type(catalogue, i), type) == 0)
			return true;
	}
	return false;
}

/* Types of what exists already, or may, and is to be imported by an id that the log does not hold. */
static size_t
types_to_look_up(struct cli_context *c, const struct drift_document *doc, struct cli_list *out)
{
	const struct drift_value *errors = drift_value_get(drift_document_root(doc), "errors");
	size_t i, k;

	out->items = calloc(drift_value_size(errors) + 1, sizeof *out->items);
	for (i = 0; out->items != NULL && i < drift_value_size(errors); i++) {
		const struct drift_value *e = drift_value_at(errors, i);
		const char *type = drift_value_text(drift_value_get(e, "type"), NULL);
		bool again = false;

		if (type == NULL || !drift_value_bool(drift_value_get(e, "look_up")) || !is_known_type(c->catalogue, type))
			continue;
		for (k = 0; k < out->n; k++)
			again = again || strcmp(out->items[k], type) == 0;
		if (!again)
			out->items[out->n++] = type;
	}
	return out->n;
}

/* With credentials at hand the account itself says which object is meant: only the types that the log names are asked for. */
static void
look_up(struct cli_context *c, const char *log, size_t n, struct drift_explain_options *eo, struct drift_document **doc)
{
	struct cli_list types = {NULL, 0}, given = c->o->type;
	struct drift_document *better = NULL;

	if (types_to_look_up(c, *doc, &types) > 0) {
		if (given.n == 0)
			c->o->type = types;
		c->optional = true;
		if (cli_context_live(c)) {
			eo->live = c->live;
			cli_incomplete(c->live);
			if (drift_explain_log(log, n, eo, &better, NULL) == DRIFT_OK) {
				drift_document_free(*doc);
				*doc = better;
			}
		}
		c->o->type = given;
	}
	free(types.items);
}

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
	if (o->live != NULL || o->env != NULL || o->all || o->tag.n > 0 || o->name.n > 0) {
		if (!cli_context_live(&c))
			goto done;
		eo.live = c.live;
	}
	if (!cli_context_plan(&c))
		goto done;
	eo.plan = c.plan;
	if (drift_explain_log(log, n, &eo, &doc, &err) == DRIFT_OK && eo.live == NULL)
		look_up(&c, log, n, &eo, &doc);
	if (doc == NULL || drift_explain_text(doc, &text, &err) != DRIFT_OK)
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
