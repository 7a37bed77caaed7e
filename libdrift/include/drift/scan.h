/* The whole comparison in one call: state, account and plan to a report. */
#ifndef DRIFT_SCAN_H
#define DRIFT_SCAN_H

#include "drift/imports.h"
#include "drift/live.h"
#include "drift/report.h"
#include "drift/state.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_scan_options {
	size_t size;                        /* sizeof(struct drift_scan_options) */
	const struct drift_document *plan;  /* `terraform show -json tfplan`: exact addresses, which sub-resources are inline, what is ignored; NULL = none */
	const char *ignore_text;            /* a .driftignore; NULL = none */
	size_t ignore_bytes;
	const char *const *types;           /* patterns that were asked for, NULL-terminated; NULL = all */
	bool defaults, other_managers;      /* as in struct drift_diff_options */
	const char *env;                    /* for the report; NULL = none */
	int64_t duration_ms;                /* of the whole run so far */
	const char *incomplete;             /* why the scan is incomplete beside its gaps ("the state moved …"); NULL = it is not */
	const struct drift_value *locks;    /* list, one for each state: what drift_lock_inspect gave, or null; NULL = not looked at */
};
#define DRIFT_SCAN_OPTIONS_INIT {sizeof(struct drift_scan_options), 0, 0, 0, 0, false, false, 0, 0, 0, 0}

/* Looks up what the plan creates of types that are never listed (docs/catalogue.md, `lookup`) and adds what exists to live, so that imports
 * find it. Asks AWS only when there is something to look up. */
DRIFT_API enum drift_status drift_scan_look_up(const struct drift_catalogue *catalogue, struct drift_session *session,
	const struct drift_document *plan, const struct drift_state *state, struct drift_snapshot *live, struct drift_error *err);

/* The same for what an older state has of such types and the state has no more, so that imports give it its old address. state may be NULL. */
DRIFT_API enum drift_status drift_scan_look_up_once_managed(const struct drift_catalogue *catalogue, struct drift_session *session,
	const struct drift_snapshot *history, const struct drift_snapshot *state, struct drift_snapshot *live, struct drift_error *err);

/* Asks AWS again for what drift_imports_stale gave, before it is written. live is changed: what is still there is as fresh as now, what is not is
 * marked, so that imports made anew leave it out. Gives {gone: [{address, type, id, reason}], unknown: [the same]}: unknown could not be
 * asked for. The statuses are those of drift_inventory_scan. */
DRIFT_API enum drift_status drift_scan_look_again(struct drift_session *session, const struct drift_value *stale, struct drift_snapshot *live,
	struct drift_document **out, struct drift_error *err);

/* Gives the policies that a role has today, for drift_policy_compare: a list of {name, kind: "managed" | "inline" | "boundary", document}.
 * DENIED, with the action that is missing, or NOT_FOUND when there is no such role. */
DRIFT_API enum drift_status drift_role_policies(struct drift_session *session, const char *role, struct drift_document **out,
	struct drift_error *err);

/* Gives the report (drift/report.h). live is changed: sub-resources that the plan has inline are taken out of scope. options may be NULL. */
DRIFT_API enum drift_status drift_scan_report(const struct drift_catalogue *catalogue, const struct drift_state *state,
	struct drift_snapshot *live, const struct drift_scan_options *options, struct drift_document **out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
