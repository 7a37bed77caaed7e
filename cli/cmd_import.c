/* The imports: what is live and in no state, as blocks, a script, configuration, or a mapping. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "drift/diff.h"
#include "drift/scan.h"
#include "import.h"

enum { VERSIONS_MAX = 10 };

static const char *
text_of(const struct drift_value *map, const char *key)
{
	return drift_value_text(drift_value_get(map, key), NULL);
}

static const struct drift_snapshot *
state_of(const struct import_job *job)
{
	return job->c->state != NULL ? drift_state_snapshot(job->c->state) : job->nothing;
}

const struct drift_value *
import_backend(const struct cli_context *c)
{
	return c->state != NULL ? drift_state_backend(c->state) : NULL;
}

/* The major version of the provider: what the user says, else what is locked. */
static bool
read_provider_major(struct import_job *job)
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
read_map(struct import_job *job)
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
read_history(struct import_job *job)
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

	if ((wanted != NULL && strcmp(wanted, "none") == 0) || (wanted == NULL && (c->plan != NULL || import_backend(c) == NULL)))
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
make(struct import_job *job)
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
freshen(struct import_job *job)
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
		import_tell(drift_document_root(job->again), "gone", "are gone and were left out");
		import_tell(drift_document_root(job->again), "unknown", "could not be looked up again, and are written as the inventory has them");
	}
	drift_document_free(stale);
	return ok;
}

/* A folder that is still empty has no state: with resource blocks to come, everything is unmanaged then. */
static bool
read_state(struct import_job *job)
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

/* Objects of an older state that no list of AWS's has. What was written in an inventory file is all that is known there. */
static bool
look_up_once_managed(struct import_job *job)
{
	struct drift_error err = DRIFT_ERROR_INIT;

	if (job->io.history == NULL || job->c->session == NULL ||
		drift_scan_look_up_once_managed(job->c->catalogue, job->c->session, job->io.history, state_of(job), job->c->live, &err) == DRIFT_OK)
		return true;
	cli_error(&err);
	return false;
}

static bool
prepare(struct import_job *job)
{
	struct cli_context *c = job->c;

	job->io.plan = c->plan;
	job->io.configuration = drift_document_root(job->files);
	job->io.new_blocks = c->o->format != NULL && strcmp(c->o->format, "hcl") == 0;
	job->io.account = text_of(drift_snapshot_meta(c->live), "account");
	job->io.region = text_of(drift_snapshot_meta(c->live), "home_region");
	job->io.defaults = c->o->include_defaults;
	return read_history(job) && look_up_once_managed(job);
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
check_options(struct import_job *job)
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
	struct import_job job = {.c = &c, .io = DRIFT_IMPORT_OPTIONS_INIT};
	struct drift_error err = DRIFT_ERROR_INIT;
	int code = CLI_ERROR;

	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	/* what a plan does not say of for_each keys stands in the repository that it was made in: the working directory */
	if (drift_configuration_read(NULL, &job.files, &err) != DRIFT_OK)
		cli_error(&err);
	else if (check_options(&job) && cli_context_plan(&c) && read_state(&job) && cli_context_live(&c) && prepare(&job) && make(&job) && freshen(&job) && import_write(&job)) {
		if (!o->quiet)
			import_tell_all(job.imports);
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
