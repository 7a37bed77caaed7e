#define _POSIX_C_SOURCE 200809L
#include "context.h"
#include "drift/scan.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

volatile int cli_cancelled;

/* ---- saying things ---- */

int
cli_error(const struct drift_error *err)
{
	fprintf(stderr, "driftscan: %s%s%s\n", err->where, err->where[0] != '\0' ? ": " : "",
		err->what[0] != '\0' ? err->what : drift_status_text(err->status));
	if (err->hint[0] != '\0')
		fprintf(stderr, "  %s\n", err->hint);
	if (err->request_id[0] != '\0')
		fprintf(stderr, "  AWS request id %s\n", err->request_id);
	return CLI_ERROR;
}

int
cli_complain(const char *fmt, ...)
{
	va_list ap;

	fputs("driftscan: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_ERROR;
}

long long
cli_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool
cli_color(const struct cli_options *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != NULL && strcmp(o->color, "always") == 0)
		return true;
	if ((o->color != NULL && strcmp(o->color, "never") == 0) || (no != NULL && no[0] != '\0'))
		return false;
	return isatty(STDOUT_FILENO) && !(term != NULL && strcmp(term, "dumb") == 0);
}

void
cli_on_log(void *ctx, int level, const char *line)
{
	const struct cli_context *c = ctx;

	if (level <= c->o->verbose && !(level == 0 && c->o->quiet))
		fprintf(stderr, "%s%s\n", c->progress ? "\r\033[K" : "", line);
}

static void
on_progress(void *ctx, size_t done, size_t total, const char *what)
{
	const struct cli_context *c = ctx;
	enum { WIDTH = 30 };
	char bar[WIDTH + 1];
	size_t filled = total > 0 ? done * WIDTH / total : 0;

	if (!c->progress)
		return;
	memset(bar, '.', WIDTH);
	memset(bar, '#', filled);
	bar[WIDTH] = '\0';
	fprintf(stderr, "\r\033[K[%s] %zu/%zu %s%s", bar, done, total, what, done == total ? "\r\033[K" : "");
	fflush(stderr);
}

/* ---- files ---- */

char *
cli_read_file(const char *path, size_t *n_out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char *text = NULL;
	size_t n = 0, cap = 0, got;

	if (f == NULL) {
		cli_complain("%s: cannot open the file: %s", path, strerror(errno));
		return NULL;
	}
	do {
		if (cap - n < 65536) {
			char *more = realloc(text, cap = cap * 2 + 131072);

			if (more == NULL)
				break;
			text = more;
		}
		got = fread(text + n, 1, cap - n - 1, f);
		n += got;
	} while (got > 0 && n < ((size_t)1 << 30));
	if (ferror(f) || text == NULL || n >= ((size_t)1 << 30)) {
		cli_complain("%s: the file could not be read", path);
		free(text);
		text = NULL;
	} else {
		text[n] = '\0';
		*n_out = n;
	}
	if (f != stdin)
		fclose(f);
	return text;
}

bool
cli_write(const char *path, const char *text, int mode)
{
	char temporary[4096];
	struct stat there;
	FILE *f;
	bool ok;

	if (path == NULL || strcmp(path, "-") == 0) {
		ok = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
		return ok || (cli_complain("cannot write: %s", strerror(errno)), false);
	}
	/* a device or a pipe (/dev/null) is written to, never replaced by a file */
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
		f = fopen(path, "wb");
		ok = f != NULL && fputs(text, f) >= 0;
		ok = f != NULL && fclose(f) == 0 && ok;
		return ok || (cli_complain("%s: cannot write the file: %s", path, strerror(errno)), false);
	}
	if ((size_t)snprintf(temporary, sizeof temporary, "%s.tmp.%ld", path, (long)getpid()) >= sizeof temporary)
		return cli_complain("%s: the path is too long", path), false;
	f = fopen(temporary, "wbx");
	if (f == NULL)
		return cli_complain("%s: cannot write the file: %s", path, strerror(errno)), false;
	ok = fputs(text, f) >= 0 && fflush(f) == 0 && fchmod(fileno(f), (mode_t)mode) == 0;
	ok = fclose(f) == 0 && ok;
	ok = ok && rename(temporary, path) == 0;
	if (!ok) {
		cli_complain("%s: cannot write the file: %s", path, strerror(errno));
		remove(temporary);
	}
	return ok;
}

const char *
cli_output_path(const struct cli_options *o)
{
	const char *text = o->output.n > 0 ? o->output.items[0] : NULL, *path = text != NULL ? strstr(text, "://") : NULL;

	if (path != NULL)
		return path + 3;
	return text != NULL && strcmp(text, "json") != 0 && strcmp(text, "text") != 0 ? text : NULL;
}

/* A word that is no format and looks like no path is mistyped: it must not become a file while nothing is printed. */
static bool
is_mistyped(const char *output)
{
	return strcmp(output, "json") != 0 && strcmp(output, "text") != 0 && strpbrk(output, "./") == NULL;
}

bool
cli_write_query(const char *query, const struct drift_value *root, const char *path)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *picked = NULL;
	char *text;
	bool ok;

	if (drift_query(query, root, &picked, &err) != DRIFT_OK)
		return cli_error(&err), false;
	text = drift_value_to_json(drift_document_root(picked), 2);
	ok = text != NULL ? cli_write(path, text, 0644) && (path != NULL || cli_write(NULL, "\n", 0644)) : (cli_complain("out of memory"), false);
	drift_text_free(text);
	drift_document_free(picked);
	return ok;
}

int
cli_print_document(const struct drift_document *doc, struct cli_options *o, char *text)
{
	bool json = o->output.n > 0 && strncmp(o->output.items[0], "json", 4) == 0;
	const char *path = cli_output_path(o);
	char *out = text;
	bool ok;

	if (o->output.n > 0 && is_mistyped(o->output.items[0]))
		return cli_complain("-o %s: no such format here; text or json, or FORMAT://PATH. A file of that name is ./%s", o->output.items[0], o->output.items[0]);
	if (o->query != NULL)
		return cli_write_query(o->query, drift_document_root(doc), path) ? CLI_IN_SYNC : CLI_ERROR;
	if (json || out == NULL)
		out = drift_value_to_json(drift_document_root(doc), 2);
	if (out == NULL)
		return cli_complain("out of memory");
	ok = cli_write(path, out, 0644) && (out == text || path != NULL || cli_write(NULL, "\n", 0644));
	if (out != text)
		drift_text_free(out);
	return ok ? CLI_IN_SYNC : CLI_ERROR;
}

int
cli_incomplete(const struct drift_snapshot *live)
{
	size_t n = drift_value_size(drift_snapshot_gaps(live)), i;

	for (i = 0; i < n; i++) {
		const struct drift_value *g = drift_value_at(drift_snapshot_gaps(live), i);
		const char *action = drift_value_text(drift_value_get(g, "action"), NULL);

		fprintf(stderr, "driftscan: %s could not be read: %s%s%s\n", drift_value_text(drift_value_get(g, "type"), NULL),
			drift_value_text(drift_value_get(g, "reason"), NULL), action != NULL ? "; add " : "", action != NULL ? action : "");
	}
	return n > 0 ? CLI_INCOMPLETE : CLI_IN_SYNC;
}

/* ---- options over settings ---- */

const char *
cli_setting(const struct cli_context *c, const char *option, const char *key)
{
	return option != NULL ? option : drift_config_get(c->config, key);
}

const char *const *
cli_settings(struct cli_context *c, const struct cli_list *option, const char *key)
{
	const char **list;

	if (option->n == 0 || c->n_lists == sizeof c->lists / sizeof c->lists[0])
		return option->n == 0 && key != NULL ? drift_config_list(c->config, key) : NULL;
	list = calloc(option->n + 1, sizeof *list);
	if (list == NULL)
		return NULL;
	memcpy(list, option->items, option->n * sizeof *list);
	c->lists[c->n_lists++] = list;
	return list;
}

bool
cli_context_open(struct cli_context *c, struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;

	memset(c, 0, sizeof *c);
	c->o = o;
	c->started_ms = cli_now_ms();
	c->progress = !o->quiet && isatty(STDERR_FILENO) && o->verbose == 0;
	if (drift_keyring_new(&c->keyring, &err) != DRIFT_OK || drift_config_load(o->config, o->env, &c->config, &err) != DRIFT_OK ||
		drift_catalogue_open(cli_setting(c, o->catalogue, "catalogue"), &c->catalogue, &err) != DRIFT_OK) {
		cli_error(&err);
		cli_context_close(c);
		return false;
	}
	return true;
}

void
cli_context_forget(struct cli_context *c)
{
	drift_snapshot_free(c->live);
	drift_state_free(c->state);
	c->live = NULL;
	c->state = NULL;
}

void
cli_context_close(struct cli_context *c)
{
	size_t i;

	cli_context_forget(c);
	drift_session_close(c->session);
	drift_keyring_free(c->keyring);
	drift_document_free(c->plan);
	drift_config_free(c->config);
	drift_catalogue_free(c->catalogue);
	free(c->plan_text);
	for (i = 0; i < c->n_lists; i++)
		free(c->lists[i]);
}

/* ---- state, account, plan ---- */

/* The tag that limits a scan stands in a section that nobody chose: that is told, not guessed. */
static void
tell_unchosen(struct cli_context *c)
{
	const char *const *envs = drift_config_unchosen(c->config);
	char line[512];
	size_t n;

	if (envs == NULL || c->told_unchosen)
		return;
	c->told_unchosen = true;
	n = (size_t)snprintf(line, sizeof line, "driftscan: no setting of %s counts without --env", c->o->config != NULL ? c->o->config : ".driftscan");
	for (; *envs != NULL && n < sizeof line; envs++)
		n += (size_t)snprintf(line + n, sizeof line - n, " %s%s", *envs, envs[1] != NULL ? " or" : "");
	cli_on_log(c, 0, line);
}

struct drift_state_options
cli_state_options(struct cli_context *c)
{
	struct drift_state_options so = DRIFT_STATE_OPTIONS_INIT;
	const char *const *regions = cli_settings(c, &c->o->region, "region");

	so.catalogue = c->catalogue;
	so.profile = drift_config_get(c->config, "state_profile");
	if (so.profile == NULL)
		so.profile = cli_setting(c, c->o->profile, "profile");
	so.role_arn = drift_config_get(c->config, "state_role_arn");
	so.region = regions != NULL ? regions[0] : NULL;
	so.workspace = cli_setting(c, c->o->workspace, "workspace");
	so.version = c->o->state_version;
	so.cancel = &cli_cancelled;
	so.log = cli_on_log;
	so.log_ctx = c;
	so.mfa = cli_has_terminal() ? cli_ask_mfa : NULL;
	so.keyring = c->keyring;
	return so;
}

bool
cli_context_state(struct cli_context *c)
{
	struct drift_state_options so = cli_state_options(c);
	struct drift_error err = DRIFT_ERROR_INIT;

	tell_unchosen(c);
	if (drift_state_load(cli_settings(c, &c->o->state, "state"), &so, &c->state, &err) == DRIFT_OK)
		return true;
	cli_error(&err);
	return false;
}

static bool
read_live(struct cli_context *c)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t n;
	char *text = cli_read_file(c->o->live, &n);
	bool ok = text != NULL && drift_snapshot_from_json(text, n, c->o->live, &c->live, &err) == DRIFT_OK;

	if (text != NULL && !ok)
		cli_error(&err);
	free(text);
	return ok;
}

static bool
known_types(struct cli_context *c, const char *const *patterns)
{
	size_t i, k;

	for (i = 0; patterns != NULL && patterns[i] != NULL; i++) {
		bool found = false, is_pattern = strpbrk(patterns[i], "*?") != NULL;
		const char *near;

		for (k = 0; k < drift_catalogue_size(c->catalogue) && !found; k++)
			found = is_pattern ? fnmatch(patterns[i], drift_catalogue_type(c->catalogue, k), 0) == 0
				: strcmp(drift_catalogue_type(c->catalogue, k), patterns[i]) == 0;
		if (found)
			continue;
		/* nothing would be looked at, and everything would be in sync */
		near = is_pattern ? NULL : drift_catalogue_nearest(c->catalogue, patterns[i]);
		cli_complain("--type %s: %s%s%s%s", patterns[i], is_pattern ? "no type of the catalogue fits this pattern" : "the catalogue has no such type",
			near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : ". `driftscan types` lists them");
		return false;
	}
	return true;
}

bool
cli_context_session(struct cli_context *c)
{
	return c->session != NULL || cli_session_open(c, cli_settings(c, &c->o->region, "region"));
}

/* The types that the plan creates: what exists of them must be found, since applying the plan would run into it. */
static const char *const *
planned_types(struct cli_context *c)
{
	const struct drift_value *changes = drift_value_get(c->plan != NULL ? drift_document_root(c->plan) : NULL, "resource_changes");
	size_t i, k, n = 0, all = drift_value_size(changes);
	const char **types = all > 0 && c->n_lists < sizeof c->lists / sizeof c->lists[0] ? calloc(all + 1, sizeof *types) : NULL;

	for (i = 0; types != NULL && i < all; i++) {
		const struct drift_value *change = drift_value_at(changes, i), *actions = drift_value_get(drift_value_get(change, "change"), "actions");
		const char *type = drift_value_text(drift_value_get(change, "type"), NULL);
		bool create = false;

		for (k = 0; k < drift_value_size(actions); k++) {
			const char *action = drift_value_text(drift_value_at(actions, k), NULL);

			create = create || (action != NULL && strcmp(action, "create") == 0);
		}
		if (create && type != NULL && (n == 0 || strcmp(types[n - 1], type) != 0))
			types[n++] = type;
	}
	if (types != NULL)
		c->lists[c->n_lists++] = types;
	return types;
}

bool
cli_inventory_options(struct cli_context *c, struct drift_inventory_options *io)
{
	const struct drift_value *backend = c->state != NULL ? drift_state_backend(c->state) : NULL;
	const char *all;

	tell_unchosen(c);
	io->regions = cli_settings(c, &c->o->region, "region");
	io->tags = cli_settings(c, &c->o->tag, "tag");
	io->names = cli_settings(c, &c->o->name, "name");
	io->types = cli_settings(c, &c->o->type, "type");
	all = drift_config_get(c->config, "all");
	io->all = c->o->all || (all != NULL && strcmp(all, "true") == 0 && c->o->tag.n == 0 && c->o->name.n == 0);
	/* with nothing said, all that the state does not know would be out of scope: the whole account is what people mean */
	if (io->tags == NULL && io->names == NULL)
		io->all = true;
	io->include_defaults = c->o->include_defaults;
	io->state = c->state != NULL ? drift_state_snapshot(c->state) : NULL;
	io->backend_bucket = drift_value_text(drift_value_get(backend, "bucket"), NULL);
	io->backend_table = drift_value_text(drift_value_get(backend, "dynamodb_table"), NULL);
	io->sought = planned_types(c);
	io->progress = on_progress;
	io->progress_ctx = c;
	return known_types(c, io->types);
}

void
cli_not_asked(const struct cli_context *c, const struct drift_error *err)
{
	if (!c->optional)
		cli_error(err);
	else if (!c->o->quiet)
		fprintf(stderr, "the account was not asked: %s\n", err->what);
}

bool
cli_context_live(struct cli_context *c)
{
	struct drift_inventory_options io = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (c->o->live != NULL)
		return read_live(c);
	if (!cli_inventory_options(c, &io) || !cli_context_session(c))
		return false;
	if (drift_inventory_scan(c->session, &io, &c->live, &err) == DRIFT_OK && (c->plan == NULL || c->state == NULL ||
		drift_scan_look_up(c->catalogue, c->session, c->plan, c->state, c->live, &err) == DRIFT_OK))
		return true;
	cli_not_asked(c, &err);
	return false;
}

bool
cli_context_plan(struct cli_context *c)
{
	const char *path = cli_setting(c, c->o->plan, "plan");
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t n;

	if (path == NULL)
		return true;
	c->plan_text = cli_read_file(path, &n);
	if (c->plan_text == NULL)
		return false;
	if (drift_document_parse(c->plan_text, n, path, &c->plan, &err) == DRIFT_OK)
		return true;
	snprintf(err.hint, sizeof err.hint, "make it with: terraform plan -out=tfplan && terraform show -json tfplan > %.200s", path);
	cli_error(&err);
	return false;
}
