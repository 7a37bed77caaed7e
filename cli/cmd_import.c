/* The imports: what is live and in no state, as blocks, a script, configuration, or a mapping. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "context.h"
#include "drift/diff.h"
#include "drift/imports.h"
#include "drift/scan.h"

enum { TOLD_MAX = 20, VERSIONS_MAX = 10 };

/* What one run holds; freed together. */
struct job {
	struct cli_context *c;
	struct drift_import_options io;
	struct drift_document *files;     /* of the repository */
	struct drift_findings *findings;
	struct drift_state *history;
	struct drift_snapshot *nothing;   /* an empty state, where there is none */
	struct drift_imports *imports;
	struct drift_document *again;     /* what was looked up again */
	char *map_text;
	long long fresh_ms;               /* ids older than this are looked up again */
	int provider_major;               /* 0 = not known */
	bool unsure;                      /* something old could not be looked up again */
};

static const char *
text_of(const struct drift_value *map, const char *key)
{
	return drift_value_text(drift_value_get(map, key), NULL);
}

static const struct drift_snapshot *
state_of(const struct job *job)
{
	return job->c->state != NULL ? drift_state_snapshot(job->c->state) : job->nothing;
}

static const struct drift_value *
backend_of(const struct cli_context *c)
{
	return c->state != NULL ? drift_state_backend(c->state) : NULL;
}

/* ---- what is said ---- */

static void
tell(const struct drift_value *root, const char *list, const char *what)
{
	const struct drift_value *v = drift_value_get(root, list);
	size_t i;

	if (drift_value_size(v) == 0)
		return;
	fprintf(stderr, "%zu %s:\n", drift_value_size(v), what);
	for (i = 0; i < drift_value_size(v) && i < TOLD_MAX; i++) {
		const struct drift_value *e = drift_value_at(v, i);
		const char *address = text_of(e, "address"), *id = text_of(e, "id"), *reason = text_of(e, "reason"), *hint = text_of(e, "hint");

		fprintf(stderr, "  %s%s%s%s%s%s%s%s\n", address != NULL ? address : text_of(e, "type") != NULL ? text_of(e, "type") : "", address == NULL && id != NULL ? " " : "",
			address == NULL && id != NULL ? id : "", reason != NULL ? ": " : "", reason != NULL ? reason : "", hint != NULL ? " (" : "", hint != NULL ? hint : "",
			hint != NULL ? ")" : "");
	}
	if (i < drift_value_size(v))
		fprintf(stderr, "  and %zu more\n", drift_value_size(v) - i);
}

static void
tell_candidates(const struct drift_value *root)
{
	const struct drift_value *list = drift_value_get(root, "ambiguous");
	size_t i, k;

	if (drift_value_size(list) > 0)
		fprintf(stderr, "%zu could be one of several; nothing was guessed. Say which with --map, a line `import id,address`:\n", drift_value_size(list));
	for (i = 0; i < drift_value_size(list) && i < TOLD_MAX; i++) {
		const struct drift_value *e = drift_value_at(list, i), *candidates = drift_value_get(e, "candidates");

		fprintf(stderr, "  %s:", text_of(e, "address"));
		for (k = 0; k < drift_value_size(candidates) && k < 8; k++)
			fprintf(stderr, "%s %s", k > 0 ? "," : "", text_of(drift_value_at(candidates, k), "id"));
		fprintf(stderr, "%s\n", k < drift_value_size(candidates) ? ", …" : "");
	}
}

static void
tell_forecast(const struct drift_value *root)
{
	const struct drift_value *list = drift_value_get(root, "imports"), *sum = drift_value_get(root, "summary");
	size_t i, j;

	if (drift_value_get(sum, "no-op") != NULL && drift_value_size(list) > 0)
		fprintf(stderr, "After them a plan shows %s without a change, %s changed in place and %s replaced%s\n", text_of(sum, "no-op"), text_of(sum, "in-place"),
			text_of(sum, "replace"), strcmp(text_of(sum, "no-op"), text_of(sum, "imports")) == 0 ? "." : ":");
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *e = drift_value_at(list, i), *changes = drift_value_get(e, "changes");
		const char *forecast = text_of(e, "forecast");

		if (forecast == NULL || strcmp(forecast, "no-op") == 0)
			continue;
		fprintf(stderr, "  %s: %s", text_of(e, "address"), strcmp(forecast, "replace") == 0 ? "would be replaced" : "changed in place");
		for (j = 0; j < drift_value_size(changes); j++) {
			const struct drift_value *ch = drift_value_at(changes, j);

			fprintf(stderr, "%s%s: %s", j == 0 ? " (" : "; ", text_of(ch, "path"), text_of(ch, "reason"));
		}
		fprintf(stderr, "%s\n", j > 0 ? ")" : "");
	}
}

static void
tell_all(const struct job *job)
{
	const struct drift_value *root = drift_imports_root(job->imports), *cycles = drift_value_get(root, "cycles");
	size_t i, k;

	fprintf(stderr, "%zu import%s\n", drift_imports_size(job->imports), drift_imports_size(job->imports) == 1 ? "" : "s");
	tell_forecast(root);
	tell_candidates(root);
	tell(root, "undecided", "are not decided");
	tell(root, "new", "are really new");
	tell(root, "managed_elsewhere", "are in the state under another address");
	if (drift_value_size(drift_value_get(root, "in_state")) > 0)
		fprintf(stderr, "%zu that the plan creates are in the state already: the plan is older than the state\n",
			drift_value_size(drift_value_get(root, "in_state")));
	tell(root, "not_importable", "cannot be imported");
	tell(root, "map_unused", "entries of the map file name nothing that could be imported");
	if (drift_value_size(drift_value_get(root, "unplanned")) > 0)
		fprintf(stderr, "%zu live resources are in no state and not in the plan; driftscan import --format hcl writes blocks for them\n",
			drift_value_size(drift_value_get(root, "unplanned")));
	for (i = 0; i < drift_value_size(cycles); i++) {
		fprintf(stderr, "  refer to each other:");
		for (k = 0; k < drift_value_size(drift_value_at(cycles, i)); k++)
			fprintf(stderr, " %s", drift_value_text(drift_value_at(drift_value_at(cycles, i), k), NULL));
		fputc('\n', stderr);
	}
}

/* ---- what is written ---- */

static bool
exists_otherwise(const char *path, const char *text)
{
	struct stat st;
	char *there;
	size_t n = 0;
	bool differs;

	if (stat(path, &st) != 0)
		return false;
	there = cli_read_file(path, &n);
	differs = there == NULL || strcmp(there, text) != 0;
	free(there);
	return differs;
}

/* Configuration that is there is somebody's: nothing is written over, and providers are not said twice. */
static bool
write_files(const struct drift_value *files, const char *dir)
{
	struct drift_document *there = NULL;
	char path[4096];
	bool own;
	size_t i, pass;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return cli_complain("%s: cannot make the folder: %s", dir, strerror(errno)), false;
	own = drift_configuration_read(dir, &there, NULL) == DRIFT_OK && drift_value_size(drift_document_root(there)) == 0;
	drift_document_free(there);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < drift_value_size(files); i++) {
			const char *name = text_of(drift_value_at(files, i), "path"), *text = text_of(drift_value_at(files, i), "text");

			if (!own && strcmp(name, "providers.tf") == 0)
				continue;
			if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
				return cli_complain("%s: the path is too long", dir), false;
			if (pass == 0 && exists_otherwise(path, text))
				return cli_complain("%s exists with other content; nothing was written. Name another folder with -o", path), false;
			if (pass == 1 && !cli_write(path, text, 0644))
				return false;
		}
	}
	return true;
}

static bool
write_hcl(struct job *job, const struct drift_import_write_options *wo)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	const struct drift_value *files;
	const char *dir = cli_output_path(job->c->o);
	bool ok = true;
	size_t i;

	if (drift_imports_hcl(job->imports, wo, &doc, &err) != DRIFT_OK)
		return cli_error(&err), false;
	files = drift_value_get(drift_document_root(doc), "files");
	if (dir != NULL)
		ok = write_files(files, dir);
	for (i = 0; dir == NULL && i < drift_value_size(files) && ok; i++) {
		printf("# ---- %s ----\n", text_of(drift_value_at(files, i), "path"));
		ok = cli_write(NULL, text_of(drift_value_at(files, i), "text"), 0644);
	}
	if (ok && !job->c->o->quiet)
		tell(drift_document_root(doc), "left_out", "blocks are to be completed by hand");
	drift_document_free(doc);
	return ok;
}

static bool
write_json(struct job *job)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *picked = NULL;
	char *text = NULL;
	bool ok;

	if (drift_query(job->c->o->query, drift_imports_root(job->imports), &picked, &err) != DRIFT_OK)
		return cli_error(&err), false;
	text = drift_value_to_json(drift_document_root(picked), 2);
	ok = text != NULL && cli_write(cli_output_path(job->c->o), text, 0644) && (cli_output_path(job->c->o) != NULL || cli_write(NULL, "\n", 0644));
	drift_text_free(text);
	drift_document_free(picked);
	return ok;
}

/* The major version of the provider: what the user says, else what is locked. */
static bool
read_provider_major(struct job *job)
{
	const char *said = cli_setting(job->c, job->c->o->provider_version, "provider_major");
	struct stat st;
	char *lock = NULL, *end = NULL;
	size_t n;

	if (said != NULL) {
		job->provider_major = (int)strtol(said, &end, 10);
		if (end == said || (*end != '\0' && *end != '.') || job->provider_major < 1)
			return cli_complain("--provider-version %s: a number like 5 or 6 is expected", said), false;
	} else if (stat(".terraform.lock.hcl", &st) == 0) {
		lock = cli_read_file(".terraform.lock.hcl", &n);
		job->provider_major = drift_provider_major(lock);
		free(lock);
	}
	return true;
}

static bool
write_imports(struct job *job)
{
	struct drift_import_write_options wo = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	struct cli_context *c = job->c;
	const char *format = c->o->format != NULL ? c->o->format : c->o->query != NULL ? "json" : "blocks";
	const struct drift_value *backend = backend_of(c);
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL, where[2100];
	bool ok;

	wo.provider_major = job->provider_major;
	wo.title = c->o->env;
	wo.strategy = cli_setting(c, c->o->strategy, "strategy");
	wo.expect_workspace = cli_setting(c, c->o->workspace, "workspace");
	if (text_of(backend, "bucket") != NULL && text_of(backend, "key") != NULL) {
		snprintf(where, sizeof where, "s3://%s/%s", text_of(backend, "bucket"), text_of(backend, "key"));
		wo.expect_backend = where;
	}
	if (strcmp(format, "hcl") == 0)
		return write_hcl(job, &wo);
	if (strcmp(format, "json") == 0 && c->o->query != NULL)
		return write_json(job);
	if (drift_imports_write(job->imports, format, &wo, &text, &err) != DRIFT_OK)
		return cli_error(&err), false;
	ok = cli_write(cli_output_path(c->o), text, strcmp(format, "script") == 0 || strcmp(format, "rollback") == 0 ? 0755 : 0644);
	drift_text_free(text);
	return ok;
}

/* ---- what goes in ---- */

static bool
read_map(struct job *job)
{
	const char *map = cli_setting(job->c, job->c->o->map, "map");

	if (map == NULL)
		return true;
	job->map_text = cli_read_file(map, &job->io.map_bytes);
	job->io.map_text = job->map_text;
	job->io.map_name = map;
	return job->map_text != NULL;
}

/* The version of the state with the most resources, unless it is the one that is read anyway. */
static const char *
fullest_version(const struct drift_value *versions)
{
	const char *best = NULL;
	long long most = 0;
	size_t i;

	for (i = 0; i < drift_value_size(versions); i++) {
		const struct drift_value *v = drift_value_at(versions, i);
		const char *n = text_of(v, "resources"), *id = text_of(v, "version");

		if (n == NULL || id == NULL || strtoll(n, NULL, 10) <= most)
			continue;
		most = strtoll(n, NULL, 10);
		best = i == 0 ? NULL : id;
	}
	return best;
}

/* Addresses that objects once had. Nobody asked for them when it is automatic: what cannot be read then is only remarked. */
static bool
read_history(struct job *job)
{
	struct cli_context *c = job->c;
	const char *wanted = cli_setting(c, c->o->history, "history");
	const char *const *sources = cli_settings(c, &c->o->state, "state");
	struct drift_state_options so = cli_state_options(c);
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *versions = NULL;
	const char *file[2] = {wanted, NULL};
	struct stat st;
	enum drift_status status = DRIFT_OK;
	bool ok = true;

	if ((wanted != NULL && strcmp(wanted, "none") == 0) || (wanted == NULL && (c->plan != NULL || backend_of(c) == NULL)))
		return true;
	if (wanted != NULL && stat(wanted, &st) == 0) {
		status = drift_state_load(file, &so, &job->history, &err);
	} else {
		so.version = wanted;
		if (wanted == NULL) {
			status = drift_state_history(sources != NULL ? sources[0] : NULL, &so, VERSIONS_MAX, &versions, &err);
			so.version = status == DRIFT_OK ? fullest_version(drift_value_get(drift_document_root(versions), "versions")) : NULL;
		}
		if (status == DRIFT_OK && so.version != NULL)
			status = drift_state_load(sources, &so, &job->history, &err);
	}
	if (status != DRIFT_OK && wanted != NULL) {
		cli_error(&err);
		ok = false;
	} else if (status != DRIFT_OK && !c->o->quiet) {
		fprintf(stderr, "driftscan: older versions of the state were not looked at: %s\n", err.what);
	}
	job->io.history = job->history != NULL ? drift_state_snapshot(job->history) : NULL;
	drift_document_free(versions);
	return ok;
}

static bool
make(struct job *job)
{
	struct drift_diff_options dopt = DRIFT_DIFF_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct cli_context *c = job->c;

	drift_imports_free(job->imports);
	drift_findings_free(job->findings);
	job->imports = NULL;
	job->findings = NULL;
	dopt.defaults = c->o->include_defaults;
	dopt.other_managers = c->o->include_managed;
	if (drift_diff(c->catalogue, state_of(job), c->live, &dopt, &job->findings, &err) != DRIFT_OK)
		return cli_error(&err), false;
	job->io.unmanaged = drift_value_get(drift_findings_root(job->findings), "unmanaged");
	if (drift_imports_make(c->catalogue, state_of(job), c->live, &job->io, &job->imports, &err) != DRIFT_OK)
		return cli_error(&err), false;
	return true;
}

/* Ids of an inventory that is older than --fresh are looked up again; what is gone is not written. */
static bool
freshen(struct job *job)
{
	const char *fresh = cli_setting(job->c, job->c->o->fresh, "fresh");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *stale = NULL;
	size_t n;
	bool ok = true;

	if (drift_imports_stale(job->imports, cli_now_ms(), job->fresh_ms, &stale, &err) != DRIFT_OK)
		return cli_error(&err), false;
	n = drift_value_size(drift_document_root(stale));
	if (n > 0 && cli_context_session(job->c) &&
		drift_scan_look_again(job->c->session, drift_document_root(stale), job->c->live, &job->again, &err) == DRIFT_OK) {
		job->unsure = drift_value_size(drift_value_get(drift_document_root(job->again), "unknown")) > 0;
		ok = make(job);
	} else if (n > 0) {
		job->unsure = true;
		if (err.status != DRIFT_OK)
			cli_error(&err);
		cli_complain("%zu ids are older than %s and could not be looked up again: they are written as the inventory has them", n, fresh != NULL ? fresh : "15m");
	}
	if (n > 0 && job->again != NULL && !job->c->o->quiet) {
		fprintf(stderr, "%zu ids were older than %s and were looked up again\n", n, fresh != NULL ? fresh : "15m");
		tell(drift_document_root(job->again), "gone", "are gone and were left out");
		tell(drift_document_root(job->again), "unknown", "could not be looked up again, and are written as the inventory has them");
	}
	drift_document_free(stale);
	return ok;
}

/* A folder that is still empty has no state: with resource blocks to come, everything is unmanaged then. */
static bool
read_state(struct job *job)
{
	static const char empty[] = "{\"format_version\": \"1.0\", \"side\": \"state\", \"resources\": []}";
	struct cli_context *c = job->c;
	const char *const *named = cli_settings(c, &c->o->state, "state");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct stat st;

	if (named == NULL && c->o->format != NULL && strcmp(c->o->format, "hcl") == 0 && drift_value_size(drift_document_root(job->files)) == 0 &&
		stat(".terraform", &st) != 0 && stat("terraform.tfstate", &st) != 0) {
		if (!c->o->quiet)
			fprintf(stderr, "this folder has neither a configuration nor a state: everything counts as unmanaged\n");
		if (drift_snapshot_from_json(empty, sizeof empty - 1, "an empty state", &job->nothing, &err) == DRIFT_OK)
			return true;
		cli_error(&err);
		return false;
	}
	return cli_context_state(c);
}

static bool
prepare(struct job *job)
{
	struct cli_context *c = job->c;

	job->io.plan = c->plan;
	job->io.configuration = drift_document_root(job->files);
	job->io.new_blocks = c->o->format != NULL && strcmp(c->o->format, "hcl") == 0;
	job->io.account = text_of(drift_snapshot_meta(c->live), "account");
	job->io.region = text_of(drift_snapshot_meta(c->live), "home_region");
	job->io.defaults = c->o->include_defaults;
	return read_history(job);
}

static bool
is_one_of(const char *word, const char *const *words)
{
	while (*words != NULL && strcmp(word, *words) != 0)
		words++;
	return *words != NULL;
}

/* What is mistyped is said before anything is asked of AWS, not after. */
static bool
check_options(struct job *job)
{
	static const char *const formats[] = {"blocks", "script", "rollback", "hcl", "json", NULL};
	static const char *const strategies[] = {"skip", "test", "full", "strict", NULL};
	const char *format = job->c->o->format, *fresh = cli_setting(job->c, job->c->o->fresh, "fresh");
	const char *strategy = cli_setting(job->c, job->c->o->strategy, "strategy");

	job->fresh_ms = 15 * 60 * 1000;
	if (format != NULL && !is_one_of(format, formats))
		return cli_complain("--format %s: no such format of imports; blocks, script, rollback, hcl or json", format), false;
	if (strategy != NULL && !is_one_of(strategy, strategies))
		return cli_complain("--strategy %s: no such strategy; skip, test, full or strict", strategy), false;
	if (fresh != NULL && !cli_duration_ms(fresh, &job->fresh_ms))
		return cli_complain("--fresh %s: a time like 90s or 15m is expected", fresh), false;
	return read_provider_major(job) && read_map(job);
}

int
cmd_import(struct cli_options *o)
{
	struct cli_context c;
	struct job job = {.c = &c, .io = DRIFT_IMPORT_OPTIONS_INIT};
	struct drift_error err = DRIFT_ERROR_INIT;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	/* what a plan does not say of for_each keys stands in the repository that it was made in: the working directory */
	if (drift_configuration_read(NULL, &job.files, &err) != DRIFT_OK)
		cli_error(&err);
	else if (check_options(&job) && cli_context_plan(&c) && read_state(&job) && cli_context_live(&c) && prepare(&job) && make(&job) && freshen(&job) && write_imports(&job)) {
		if (!o->quiet)
			tell_all(&job);
		code = cli_incomplete(c.live);
		code = job.unsure ? CLI_INCOMPLETE : code;
	}
	drift_imports_free(job.imports);
	drift_findings_free(job.findings);
	drift_state_free(job.history);
	drift_snapshot_free(job.nothing);
	drift_document_free(job.again);
	drift_document_free(job.files);
	free(job.map_text);
	cli_context_close(&c);
	return code;
}
