/* Two snapshots become findings: what is unmanaged, missing, changed, unknown, and what was left out on purpose.
 *
 * Findings are plain data (drift_findings_root) and own all of it: the snapshots may be freed before them. */
#ifndef DRIFT_DIFF_H
#define DRIFT_DIFF_H

#include "drift/catalogue.h"
#include "drift/snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_findings;

struct drift_diff_options {
	size_t size;                    /* sizeof(struct drift_diff_options) */
	const char *ignore_text;        /* a .driftignore; NULL = none. See docs/ignoring.md */
	size_t ignore_bytes;
	const struct drift_value *ignore_changes; /* list of {address, attributes: [name, …]}, "all" for every one; NULL = none */
	const char *const *ignored_tags; /* shell patterns of tag names that are nobody's drift, NULL-terminated; NULL = none */
	const char *const *types;       /* shell patterns of the types that were asked for, NULL-terminated; NULL = all */
	bool defaults;                  /* what AWS made by itself counts as unmanaged, too */
	bool other_managers;            /* and what CloudFormation, Auto Scaling, … made */
};
#define DRIFT_DIFF_OPTIONS_INIT {sizeof(struct drift_diff_options), NULL, 0, NULL, NULL, NULL, false, false}

/* Compares. state may hold the resources of several states. options may be NULL. Gives *out; everything is lent for the call only.
 * BAD_CATALOGUE when an entry that is needed is wrong. */
DRIFT_API enum drift_status drift_diff(const struct drift_catalogue *catalogue, const struct drift_snapshot *state,
	const struct drift_snapshot *live, const struct drift_diff_options *options, struct drift_findings **out,
	struct drift_error *err);
DRIFT_API void drift_findings_free(struct drift_findings *f);

/* Lends the findings: {complete, summary{in_sync, unmanaged, missing, changed, unknown, ignored, not_compared, other_managers, …},
 * unmanaged[]{type, id, name, arn, region, account, tags, import_id, owner}, missing[]{address, type, id, region, source},
 * changed[]{address, type, id, region, source, changes[]{path, state, live, sensitive}},
 * unknown[]{type, region, address, reason, action, operation, status, attributes}, ignored[]{type, id, address, path},
 * not_compared[]{address, type, id, live, reason}, other_managers[]{owner, count, types}, duplicates[]{type, id, region, claims},
 * looked_up_only{type: why}, deposed[]{address, key}}. Sorted; secrets are replaced by "(sensitive)". */
DRIFT_API const struct drift_value *drift_findings_root(const struct drift_findings *f);

/* What a plan (`terraform show -json tfplan`) proves to be left alone by Terraform: attributes that had drifted and that the plan does
 * not bring back (`lifecycle.ignore_changes` among them). Gives a document for drift_diff_options.ignore_changes. */
DRIFT_API enum drift_status drift_diff_plan_ignores(const struct drift_value *plan, struct drift_document **out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
