/* The small commands: lock, types, init, guard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "drift/imports.h"

int
cmd_lock(struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	struct cli_context c;
	struct drift_state_options so;
	const char *const *sources;
	char *text = NULL;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	so = cli_state_options(&c);
	sources = cli_settings(&c, &o->state, "state");
	if (drift_lock_inspect(sources != NULL ? sources[0] : NULL, &so, cli_now_ms(), &doc, &err) != DRIFT_OK ||
		drift_lock_text(doc, &text, &err) != DRIFT_OK) {
		cli_error(&err);
	} else {
		code = cli_print_document(doc, o, text);
		if (code == CLI_IN_SYNC && drift_value_bool(drift_value_get(drift_document_root(doc), "held")))
			code = CLI_DRIFT;
	}
	drift_text_free(text);
	drift_document_free(doc);
	cli_context_close(&c);
	return code;
}

static long long
number(const struct drift_value *map, const char *name)
{
	const char *digits = drift_value_text(drift_value_get(map, name), NULL);

	return digits != NULL ? strtoll(digits, NULL, 10) : 0;
}

static void
print_types(const struct drift_value *list)
{
	long long compared = 0, ignored = 0, uncovered = 0;
	size_t i;

	printf("%-52s %-24s %8s %8s %9s  %s\n", "type", "service", "compared", "ignored", "uncovered", "import");
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *t = drift_value_at(list, i), *a = drift_value_get(t, "attributes");

		printf("%-52s %-24s %8lld %8lld %9lld  %s\n", drift_value_text(drift_value_get(t, "type"), NULL),
			drift_value_text(drift_value_get(t, "service"), NULL), number(a, "compared"), number(a, "ignored"), number(a, "uncovered"),
			drift_value_bool(drift_value_get(t, "importable")) ? "yes" : "no");
		compared += number(a, "compared");
		ignored += number(a, "ignored");
		uncovered += number(a, "uncovered");
	}
	printf("\n%zu types; attributes: %lld compared, %lld ignored with a reason, %lld uncovered (%.1f %% covered)\n", drift_value_size(list), compared,
		ignored, uncovered, 100.0 * (double)(compared + ignored) / (double)(compared + ignored + uncovered > 0 ? compared + ignored + uncovered : 1));
}

int
cmd_types(struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	struct cli_context c;
	const char *pattern = o->positional.n > 0 ? o->positional.items[0] : o->type.n > 0 ? o->type.items[0] : NULL;
	const char *near;
	int code;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	if (drift_catalogue_describe(c.catalogue, pattern, &doc, &err) != DRIFT_OK) {
		code = cli_error(&err);
	} else if (drift_value_size(drift_document_root(doc)) == 0) {
		near = pattern != NULL ? drift_catalogue_nearest(c.catalogue, pattern) : NULL;
		code = cli_complain("the catalogue has no type %s%s%s%s", pattern != NULL ? pattern : "at all", near != NULL ? "; did you mean " : "",
			near != NULL ? near : "", near != NULL ? "?" : "");
	} else if (o->query != NULL || o->output.n > 0 || (pattern != NULL && strpbrk(pattern, "*?") == NULL)) {
		code = cli_print_document(doc, o, NULL);
	} else {
		print_types(drift_document_root(doc));
		code = CLI_IN_SYNC;
	}
	drift_document_free(doc);
	cli_context_close(&c);
	return code;
}

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
