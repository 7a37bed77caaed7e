/* state + account + plan → report: the stages in their order, nothing more. */
#include "drift/scan.h"

#include <string.h>

#include "imports/imports.h"
#include "model/alike.h"
#include "model/resource.h"
#include "report/report.h"
#include "scan/inline.h"

struct scan {
	const struct drift_catalogue *catalogue;
	const struct drift_state *state;
	struct drift_snapshot *live;
	const struct drift_scan_options *o;
	struct drift__arena arena;
	struct drift_error *err;
};

/* ---- the report's own words ---- */

static const struct drift_value *
scan_words(struct scan *s)
{
	const struct drift_value *meta = drift_snapshot_meta(s->live), *listed = drift_value_get(meta, "listed");
	struct drift__map_builder m;
	struct drift__list_builder regions;
	size_t i, j, k;

	drift__list_init(&regions, &s->arena);
	for (i = 0; i < drift_value_size(listed); i++) {
		for (j = 0; j < drift_value_size(drift_value_at(listed, i)); j++) {
			const struct drift_value *region = drift_value_at(drift_value_at(listed, i), j);
			bool known = drift__streq(drift__value_str(region), "*");

			for (k = 0; k < regions.len && !known; k++)
				known = drift__value_compare(&regions.items[k], region) == 0;
			if (!known)
				drift__list_add(&regions, region);
		}
	}
	drift__map_init(&m, &s->arena);
	drift__map_puts(&m, "env", s->o->env);
	drift__map_put(&m, "account", drift_value_get(meta, "account") != NULL ? drift_value_get(meta, "account") : &drift__null);
	drift__map_put(&m, "regions", drift__list_finish(&regions));
	drift__map_put(&m, "api_calls", drift_value_get(meta, "api_calls") != NULL ? drift_value_get(meta, "api_calls") : drift__value_int(&s->arena, 0));
	drift__map_put(&m, "retries", drift_value_get(meta, "retries") != NULL ? drift_value_get(meta, "retries") : drift__value_int(&s->arena, 0));
	drift__map_put(&m, "throttles", drift_value_get(meta, "throttles") != NULL ? drift_value_get(meta, "throttles") : drift__value_int(&s->arena, 0));
	drift__map_puti(&m, "duration_ms", s->o->duration_ms);
	if (drift_value_get(meta, "recalled") != NULL) {
		drift__map_put(&m, "recalled", drift_value_get(meta, "recalled"));
		drift__map_put(&m, "recalled_age_ms", drift_value_get(meta, "recalled_age_ms"));
	}
	if (s->o->incomplete != NULL)
		drift__map_putb(&m, "complete", false);
	return drift__map_finish(&m);
}

static const struct drift_value *
state_words(struct scan *s)
{
	const struct drift_value *info = drift_state_info(s->state);
	struct drift__list_builder out;
	size_t i, j;

	drift__list_init(&out, &s->arena);
	for (i = 0; i < drift_value_size(info); i++) {
		const struct drift_value *v = drift_value_at(info, i), *lock = drift_value_at(s->o->locks, i);
		struct drift__map_builder m;

		drift__map_init(&m, &s->arena);
		for (j = 0; j < drift_value_size(v); j++)
			drift__map_put(&m, drift_value_key(v, j, NULL), drift_value_at(v, j));
		drift__map_put(&m, "lock", lock != NULL ? lock : &drift__null);
		drift__list_add(&out, drift__map_finish(&m));
	}
	return drift__list_finish(&out);
}

/* The wrong profile is a common mistake, and everything would look strange. */
static void
warn_of_other_accounts(struct scan *s, struct drift__list_builder *out)
{
	const struct drift_snapshot *state = drift_state_snapshot(s->state);
	const char *account = drift__value_gets(drift_snapshot_meta(s->live), "account"), *other = NULL;
	size_t i, n = 0, total = 0;

	for (i = 0; i < state->n_resources; i++) {
		const struct drift_resource *r = &state->resources[i];

		if (account == NULL || r->account == NULL || (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) != 0)
			continue;
		total++;
		if (strcmp(r->account, account) != 0) {
			n++;
			other = r->account;
		}
	}
	if (n > 0)
		drift__list_add(out, drift__value_string(&s->arena, drift__arena_printf(&s->arena,
			"%zu of the state's %zu resources are of another account (%s); the credentials are of %s%s", n, total, other, account,
			n == total ? ": is this the right profile?" : "")));
}

/* Answers of earlier runs are no look at the account: how old the oldest is. */
static void
warn_of_cache(struct scan *s, struct drift__list_builder *out)
{
	const struct drift_value *meta = drift_snapshot_meta(s->live);
	int64_t n = 0, age = 0;

	if (!drift__value_to_int(drift_value_get(meta, "recalled"), &n) || !drift__value_to_int(drift_value_get(meta, "recalled_age_ms"), &age) || n == 0)
		return;
	age /= 1000;
	drift__list_add(out, drift__value_string(&s->arena, drift__arena_printf(&s->arena, "%lld answer%s from the cache of earlier runs; the oldest is %lld %s old",
		(long long)n, n == 1 ? " is" : "s are", (long long)(age < 120 ? age : age / 60), age < 120 ? "s" : "min")));
}

/* What is said of one of several states names it. */
static void
warn_of_state(struct scan *s, size_t i, const char *text, struct drift__list_builder *out)
{
	const struct drift_value *info = drift_state_info(s->state);
	const char *source = drift__value_gets(drift_value_at(info, i), "source");

	if (drift_value_size(info) > 1 && source != NULL && text != NULL)
		text = drift__arena_printf(&s->arena, "%s: %s", source, text);
	drift__list_add(out, text != NULL ? drift__value_string(&s->arena, text) : NULL);
}

static const struct drift_value *
warning_words(struct scan *s)
{
	const struct drift_value *info = drift_state_info(s->state);
	struct drift__list_builder out;
	size_t i, j;

	drift__list_init(&out, &s->arena);
	if (s->o->incomplete != NULL)
		drift__list_add(&out, drift__value_string(&s->arena, s->o->incomplete));
	warn_of_other_accounts(s, &out);
	warn_of_cache(s, &out);
	for (i = 0; i < drift_value_size(info); i++) {
		const struct drift_value *warnings = drift_value_get(drift_value_at(info, i), "warnings"), *lock = drift_value_at(s->o->locks, i);

		for (j = 0; j < drift_value_size(warnings); j++)
			warn_of_state(s, i, drift__value_str(drift_value_at(warnings, j)), &out);
		if (drift_value_bool(drift_value_get(lock, "held")))
			warn_of_state(s, i, "the state is locked: it may be in the middle of being written", &out);
		if (drift__streq(drift__value_gets(drift_value_get(lock, "digest"), "state"), "differs"))
			warn_of_state(s, i, "the digest in the lock table does not fit the state: Terraform refuses to read it (driftscan lock)", &out);
	}
	return drift__list_finish(&out);
}

/* {type, import_id, address} of each: so that the imports, which know much more, can go before the report is made. */
static const struct drift_value *
addresses(struct scan *s, const struct drift_imports *imports)
{
	struct drift__list_builder out;
	struct drift__likes likes;
	struct drift__map_builder m;
	size_t i;

	drift__list_init(&out, &s->arena);
	drift__likes_init(&likes, &s->arena);
	for (i = 0; i < imports->n; i++) {
		const struct drift__import *it = &imports->items[i];

		drift__map_init(&m, &s->arena);
		drift__likes_puts(&likes, &m, "type", it->type);
		/* the live side stays */
		if (it->id == it->live->import_id)
			drift__map_lend(&m, "import_id", it->id);
		else
			drift__likes_puts(&likes, &m, "import_id", it->id);
		drift__likes_puts(&likes, &m, "address", it->address);
		drift__list_add(&out, drift__likes_finish(&likes, &m));
	}
	drift__likes_dispose(&likes);
	return drift__list_finish(&out);
}

static enum drift_status
report(struct scan *s, struct drift_findings *findings, const struct drift_value *named, struct drift_document **out)
{
	struct drift_report_options ro = DRIFT_REPORT_OPTIONS_INIT;

	ro.catalogue = s->catalogue;
	ro.scan = scan_words(s);
	ro.states = state_words(s);
	ro.warnings = warning_words(s);
	ro.addresses = named;
	if (ro.scan == NULL || ro.states == NULL || ro.warnings == NULL || ro.addresses == NULL)
		return drift__nomem(s->err);
	return drift__report_take(findings, &ro, out, s->err);
}

static enum drift_status
compare(struct scan *s, const struct drift_document *ignores, struct drift_findings **out)
{
	struct drift_diff_options dopt = DRIFT_DIFF_OPTIONS_INIT;

	dopt.ignore_text = s->o->ignore_text;
	dopt.ignore_bytes = s->o->ignore_bytes;
	dopt.types = s->o->types;
	dopt.defaults = s->o->defaults;
	dopt.other_managers = s->o->other_managers;
	dopt.ignore_changes = ignores != NULL ? drift_document_root(ignores) : NULL;
	return drift_diff(s->catalogue, drift_state_snapshot(s->state), s->live, &dopt, out, s->err);
}

static enum drift_status
name_imports(struct scan *s, const struct drift_findings *findings, struct drift_imports **out)
{
	struct drift_import_options io = DRIFT_IMPORT_OPTIONS_INIT;

	io.plan = s->o->plan;
	io.account = drift__value_gets(drift_snapshot_meta(s->live), "account");
	io.region = drift__value_gets(drift_snapshot_meta(s->live), "home_region");
	io.unmanaged = findings != NULL ? drift_value_get(drift_findings_root(findings), "unmanaged") : NULL;
	io.defaults = s->o->defaults;
	return drift__imports_name(s->catalogue, drift_state_snapshot(s->state), s->live, &io, out, s->err);
}

enum drift_status
drift_scan_report(const struct drift_catalogue *catalogue, const struct drift_state *state, struct drift_snapshot *live,
	const struct drift_scan_options *options, struct drift_document **out, struct drift_error *err)
{
	struct drift_scan_options own = DRIFT_SCAN_OPTIONS_INIT;
	struct scan s = {.catalogue = catalogue, .state = state, .live = live, .o = &own, .err = err};
	struct drift_document *ignores = NULL;
	struct drift_findings *findings = NULL;
	struct drift_imports *imports = NULL;
	const struct drift_value *named = NULL;
	enum drift_status st = DRIFT_OK;

	if (options != NULL)
		memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	drift__arena_init(&s.arena, 0);
	s.arena.share_names = true;
	if (own.plan != NULL) {
		st = name_imports(&s, NULL, &imports);
		if (st == DRIFT_OK)
			st = drift__take_out_inline(catalogue, drift_document_root(own.plan), imports, live, err);
		if (st == DRIFT_OK)
			st = drift_diff_plan_ignores(drift_document_root(own.plan), &ignores, err);
	}
	if (st == DRIFT_OK)
		st = compare(&s, ignores, &findings);
	if (st == DRIFT_OK && imports == NULL)
		st = name_imports(&s, findings, &imports);
	if (st == DRIFT_OK)
		named = addresses(&s, imports);
	drift_imports_free(imports);
	if (st == DRIFT_OK)
		st = report(&s, findings, named, out);
	drift_findings_free(findings);
	drift_document_free(ignores);
	drift__arena_dispose(&s.arena);
	return st;
}
