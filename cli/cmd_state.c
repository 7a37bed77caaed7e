/* state: differences between two, older versions of one, and what is wrong in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"

enum { DEFAULT_VERSIONS = 20 };

/* ---- one side of a difference: PATH, s3://…, ENV, ENV@VERSION or @VERSION ---- */

struct side {
	struct cli_context context; /* of its own: another environment has other credentials */
	struct cli_options options;
	bool open;
	char *name, *version;       /* parts of the argument */
	struct drift_state *state;
};

static void
close_side(struct side *s)
{
	drift_state_free(s->state);
	if (s->open)
		cli_context_close(&s->context);
	free(s->name);
	free(s->version);
}

static char *
copy(const char *s, size_t n)
{
	char *out = malloc(n + 1);

	if (out != NULL) {
		memcpy(out, s, n);
		out[n] = '\0';
	}
	return out;
}

/* A file or an address is itself; else what stands before @ is an environment, or the one that was chosen. */
static bool
split(struct side *s, const char *text, bool *is_source)
{
	const char *at = strrchr(text, '@');

	*is_source = strstr(text, "://") != NULL || strcmp(text, "-") == 0 || access(text, F_OK) == 0 || strpbrk(text, "/*?") != NULL;
	if (*is_source)
		return true;
	s->name = copy(text, at != NULL ? (size_t)(at - text) : strlen(text));
	s->version = at != NULL && at[1] != '\0' ? copy(at + 1, strlen(at + 1)) : NULL;
	if (s->name == NULL || (at != NULL && at[1] != '\0' && s->version == NULL))
		return cli_complain("out of memory"), false;
	return true;
}

static bool
open_side(struct side *s, struct cli_options *o, const char *text)
{
	const char *one[] = {text, NULL}, *const *sources;
	struct drift_state_options so;
	struct drift_error err = DRIFT_ERROR_INIT;
	bool is_source;

	if (!split(s, text, &is_source))
		return false;
	s->options = *o;
	if (!is_source && s->name[0] != '\0') {
		/* without any .driftscan it is no environment, but a file that is not there */
		if (o->config == NULL && access(".driftscan", F_OK) != 0)
			return cli_complain("%s: there is no such state file, and no .driftscan that could name an environment", s->name), false;
		s->options.env = s->name;
		memset(&s->options.state, 0, sizeof s->options.state);
	}
	if (!cli_context_open(&s->context, &s->options))
		return false;
	s->open = true;
	so = cli_state_options(&s->context);
	sources = is_source ? one : cli_settings(&s->context, &s->options.state, "state");
	if (!is_source)
		so.version = s->version;
	if (drift_state_load(sources, &so, &s->state, &err) == DRIFT_OK)
		return true;
	cli_error(&err);
	return false;
}

static int
print(const struct drift_document *found, struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;
	int code;

	if (drift_state_text(found, o->verbose > 0, &text, &err) != DRIFT_OK)
		return cli_error(&err);
	code = cli_print_document(found, o, text);
	drift_text_free(text);
	return code;
}

/* Without NEW: the newest of the environment that OLD is a version of, else of the one that was chosen. */
static const char *
other_side(const struct side *old)
{
	return old->name != NULL && old->name[0] != '\0' && old->version != NULL ? old->name : "@";
}

static int
diff(struct cli_options *o)
{
	const char *const *arguments = o->positional.items + 1;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *found = NULL;
	struct side from = {0}, to = {0};
	int code = CLI_ERROR;

	if (o->positional.n < 2 || o->positional.n > 3)
		return cli_complain("state diff needs two states: driftscan state diff OLD NEW; each a path, s3://…, ENV, ENV@VERSION or @VERSION "
			"(an id, a time or serial:N). Without NEW it is the newest");
	if (open_side(&from, o, arguments[0]) && open_side(&to, o, o->positional.n == 3 ? arguments[1] : other_side(&from))) {
		if (drift_state_diff(from.state, to.state, &found, &err) != DRIFT_OK)
			cli_error(&err);
		else
			code = print(found, o);
		if (code == CLI_IN_SYNC && !drift_value_bool(drift_value_get(drift_document_root(found), "same")))
			code = CLI_DRIFT;
	}
	drift_document_free(found);
	close_side(&from);
	close_side(&to);
	return code;
}

/* ---- history, check ---- */

static bool
is_zero(const struct drift_value *v)
{
	const char *digits = drift_value_text(v, NULL);

	return digits == NULL || strcmp(digits, "0") == 0;
}

static int
history(struct cli_context *c)
{
	struct drift_state_options so = cli_state_options(c);
	const char *const *sources = cli_settings(c, &c->o->state, "state");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *found = NULL;
	const char *source = c->o->positional.n > 1 ? c->o->positional.items[1] : sources != NULL ? sources[0] : NULL;
	char *end = NULL;
	long max = DEFAULT_VERSIONS;
	int code;

	if (c->o->limit != NULL)
		max = strtol(c->o->limit, &end, 10);
	if (max < 1 || max > 100000 || (end != NULL && *end != '\0'))
		return cli_complain("--limit %s: a number from 1 on is expected", c->o->limit);
	if (c->o->positional.n <= 1 && sources != NULL && sources[0] != NULL && sources[1] != NULL)
		return cli_complain("state history is about one state: driftscan state history SOURCE");
	if (drift_state_history(source, &so, (size_t)max, &found, &err) != DRIFT_OK)
		return cli_error(&err);
	code = print(found, c->o);
	if (code == CLI_IN_SYNC && drift_value_bool(drift_value_get(drift_document_root(found), "suspicious")))
		code = CLI_DRIFT;
	else if (code == CLI_IN_SYNC && !is_zero(drift_value_get(drift_document_root(found), "unreadable")))
		code = CLI_INCOMPLETE;
	drift_document_free(found);
	return code;
}

static int
check(struct cli_context *c)
{
	struct drift_state_options so = cli_state_options(c);
	const char *const *sources = cli_settings(c, &c->o->state, "state");
	const char **given = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *found = NULL;
	const struct drift_value *root;
	int code = CLI_ERROR;

	if (c->o->positional.n > 1) {
		given = calloc(c->o->positional.n, sizeof *given);
		if (given == NULL)
			return cli_complain("out of memory");
		memcpy(given, c->o->positional.items + 1, (c->o->positional.n - 1) * sizeof *given);
		sources = given;
	}
	if (drift_state_check(sources, &so, &found, &err) != DRIFT_OK) {
		cli_error(&err);
	} else {
		root = drift_document_root(found);
		code = print(found, c->o);
		if (code == CLI_IN_SYNC && (!is_zero(drift_value_get(root, "errors")) || !is_zero(drift_value_get(root, "warnings"))))
			code = CLI_DRIFT;
	}
	drift_document_free(found);
	free(given);
	return code;
}

int
cmd_state(struct cli_options *o)
{
	const char *what = o->positional.n > 0 ? o->positional.items[0] : "";
	struct cli_context c;
	int code;

	if (strcmp(what, "diff") == 0)
		return diff(o);
	if (strcmp(what, "history") != 0 && strcmp(what, "check") != 0)
		return cli_complain("state%s%s: there are state diff, state history and state check", what[0] != '\0' ? " " : "", what);
	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	code = strcmp(what, "history") == 0 ? history(&c) : check(&c);
	cli_context_close(&c);
	return code;
}
