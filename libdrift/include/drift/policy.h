/* Least-privilege IAM policies, what a current policy has too much or too little, and what the errors of a failed run ask for. */
#ifndef DRIFT_POLICY_H
#define DRIFT_POLICY_H

#include "drift/catalogue.h"
#include "drift/snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_policy;

enum drift_policy_mode {
	DRIFT_POLICY_PLAN,   /* refresh, and reading the state */
	DRIFT_POLICY_APPLY,  /* plan, and creating, changing, tagging and deleting what is planned or managed */
	DRIFT_POLICY_SCAN,   /* what driftscan itself calls */
	DRIFT_POLICY_IMPORT, /* plan, and writing the state */
	DRIFT_POLICY_STATE   /* the state alone, read, locked and written: what the role needs that a backend names */
};

enum drift_policy_fold {
	DRIFT_FOLD_AUTO,    /* the one of the following that takes the fewest policies; of equally many the first */
	DRIFT_FOLD_NONE,    /* every ARN in full */
	DRIFT_FOLD_PREFIX,  /* ARNs of one kind by their common name prefix */
	DRIFT_FOLD_SERVICE  /* read actions: every object of a kind in this account and region */
};

struct drift_policy_options {
	size_t size;
	enum drift_policy_mode mode;
	enum drift_policy_fold fold;
	const struct drift_snapshot *state;  /* what is managed, and the data sources; NULL = nothing */
	const struct drift_snapshot *live;   /* what exists: with a plan, ARNs of what it would create though it is there, and is to be imported;
	                                      * without one, what is in scope and in no state is to be imported, too; NULL = not known */
	const struct drift_document *plan;   /* `terraform show -json`: then only what it creates, changes and deletes; NULL = all */
	const struct drift_value *backend;   /* {bucket, key, object, workspace_key_prefix, workspaces: [...], region, dynamodb_table,
	                                      * use_lockfile, kms_key_id, role_arn}, or a list of them (drift_state_backends); NULL = no S3
	                                      * backend. workspaces: those that are used, else object alone, else key */
	const struct drift_value *calls;     /* scan: what drift_inventory_plan gave for it (sorted by type); NULL in other modes */
	const char *account, *partition, *region; /* NULL = taken from the ARNs, else `*` */
	const char *const *regions;          /* scan: where, NULL-terminated; NULL = region alone */
	int max_policies;                    /* 0 = 10, the quota of policies attached to a role */
	bool inline_policy;                  /* one inline policy of a role (10,240 characters) instead of managed ones (6,144) */
	bool compact;                        /* fold action names (Describe*, List*), where that adds reads only; said in folds */
};
#define DRIFT_POLICY_OPTIONS_INIT {sizeof(struct drift_policy_options), DRIFT_POLICY_PLAN, DRIFT_FOLD_AUTO, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, false}

/* Gives *out: one policy, in as many documents as the size limits ask for. LIMIT when even the last fold does not fit. */
DRIFT_API enum drift_status drift_policy_make(const struct drift_catalogue *catalogue, const struct drift_policy_options *options,
	struct drift_policy **out, struct drift_error *err);
DRIFT_API void drift_policy_free(struct drift_policy *policy);
/* Lends {format_version, mode, fold, policies: [{name, characters, document}], folds: [{resources or actions, becomes, adds, for (the actions), write}], warnings: [text],
 * explain: [{action, resource, condition, open, needed_by: [{address, type, phase, why}]}], summary}. open: the resource is a pattern, since AWS has
 * not given the object its id yet. account, partition and region are there as far as they are known. */
DRIFT_API const struct drift_value *drift_policy_root(const struct drift_policy *policy);

struct drift_policy_write_options {
	size_t size;
	const char *name;   /* base name of the policies; NULL = "terraform-MODE" */
	const char *role;   /* attach to that role; NULL = not attached, with trust a role called as the policies */
	const char *trust;  /* "github:ORG/REPO[:environment:NAME|:ref:REF|:pull_request]": also the role with its trust policy; NULL = none */
	const char *account, *partition; /* for the trust policy; NULL = the policy's; USAGE when it has none either */
};
#define DRIFT_POLICY_WRITE_OPTIONS_INIT {sizeof(struct drift_policy_write_options), 0, 0, 0, 0, 0}
/* Gives the text (drift_text_free). format: "json" (one document, or a list when there are several; with trust the trust policy alone), "terraform",
 * "cloudformation", "cli" (a bash script for the AWS CLI), "explain" (for every action which resource, which phase, why), "report" (all of
 * drift_policy_root as JSON). USAGE for another. */
DRIFT_API enum drift_status drift_policy_write(const struct drift_policy *policy, const char *format,
	const struct drift_policy_write_options *options, char **text_out, struct drift_error *err);
/* Gives the trust policy alone as a document. USAGE when trust is not understood. */
DRIFT_API enum drift_status drift_policy_trust(const char *trust, const char *account, const char *partition, struct drift_document **out,
	struct drift_error *err);

/* Compares by meaning with what a role has today: current is a policy document, a list of them, or a list of {name, kind, document} (kind
 * "boundary": a permissions boundary). Gives {same, too_little: [{action, resource, condition, needed_by, why}], too_much: [{policy, sid, action,
 * resource, why, instead}], unused_statements: [{policy, sid}], conditional_denies: [{policy, sid, condition, needs (how many of them it
 * may forbid)}]}. USAGE when current is no policy. */
DRIFT_API enum drift_status drift_policy_compare(const struct drift_policy *policy, const struct drift_value *current,
	struct drift_document **out, struct drift_error *err);
/* Gives it as text for people. */
DRIFT_API enum drift_status drift_policy_compare_text(const struct drift_document *compared, char **text_out, struct drift_error *err);
/* The number of characters of a policy document as AWS counts them: without white space outside of texts. 0 without memory. */
DRIFT_API size_t drift_policy_characters(const struct drift_value *document);

struct drift_explain_options {
	size_t size;
	const struct drift_snapshot *live;  /* finds the object that exists already, for its import command; NULL = not known */
	const struct drift_document *plan;  /* which create an address is; NULL = none */
	const struct drift_catalogue *catalogue; /* import ids; NULL = none */
	long long now_ms;                   /* for the age of a lock; 0 = not told */
};
#define DRIFT_EXPLAIN_OPTIONS_INIT {sizeof(struct drift_explain_options), 0, 0, 0, 0}
/* Reads the log of a failed plan, apply or import (text, with or without colour, or -json). Gives {errors: [{kind, code, summary, address, type,
 * action, resource, principal, what, do, import: {address, id, id_from: account|message, command, missing}, look_up, statement, lock, line}],
 * summary}. look_up: the live side would say more. Never fails on what it reads: what is not
 * recognised has kind "unknown". */
DRIFT_API enum drift_status drift_explain_log(const char *text, size_t n_bytes, const struct drift_explain_options *options,
	struct drift_document **out, struct drift_error *err);
/* Gives it as text for people. */
DRIFT_API enum drift_status drift_explain_text(const struct drift_document *explained, char **text_out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
