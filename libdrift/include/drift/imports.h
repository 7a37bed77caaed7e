/* From what is live and not in the state to what brings it in: addresses, import ids, order, and the files that do it.
 *
 * An imports document lends from the snapshots and the catalogue it was made from: free it before them. */
#ifndef DRIFT_IMPORTS_H
#define DRIFT_IMPORTS_H

#include "drift/catalogue.h"
#include "drift/snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_imports;

struct drift_import_options {
	size_t size;                            /* sizeof(struct drift_import_options) */
	const struct drift_document *plan;      /* `terraform show -json tfplan`; NULL = addresses are made from live names */
	const char *map_text;                   /* CSV `import id,address` or JSON {"import id": "address"}; NULL = none */
	size_t map_bytes;
	const char *map_name;                   /* what errors call it */
	const struct drift_snapshot *history;   /* an older state: addresses that an object once had (or moved to since) are used again; NULL = none */
	const char *region;                     /* region of the default provider; NULL = the one most resources are in */
	const char *account;                    /* NULL = not known */
	const struct drift_value *unmanaged;    /* list of {type, id, region}: only these are imported when there is no plan; NULL = all
	                                         * that is in scope, made by hand and not in the state */
	bool defaults;                          /* also what AWS made by itself */
	const struct drift_value *configuration; /* the repository's .tf files, a list of {path, text}, paths from its root ("main.tf",
	                                         * "modules/x/main.tf"): what a for_each key stands for where the plan does not say,
	                                         * what moved where, which provider is for which region; NULL = none */
	bool new_blocks;                        /* for drift_imports_hcl: addresses of the configuration are not used again, and with a
	                                         * plan what it does not create gets an address as well */
};
#define DRIFT_IMPORT_OPTIONS_INIT {sizeof(struct drift_import_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false}

/* Gives the .tf files of a folder and those below it (hidden folders left out) for drift_import_options.configuration: a list of
 * {path, text}. A folder that cannot be read gives an empty list; NOMEM is the only failure. dir NULL = the working directory. */
DRIFT_API enum drift_status drift_configuration_read(const char *dir, struct drift_document **out, struct drift_error *err);
/* The major version of the AWS provider in a .terraform.lock.hcl; 0 when it does not say. */
DRIFT_API int drift_provider_major(const char *lock_text);
/* Gives *out. state may be NULL (empty). BAD_PLAN, BAD_JSON or BAD_ADDRESS with the place when an input is not understood. */
DRIFT_API enum drift_status drift_imports_make(const struct drift_catalogue *catalogue, const struct drift_snapshot *state,
	const struct drift_snapshot *live, const struct drift_import_options *options, struct drift_imports **out,
	struct drift_error *err);
DRIFT_API void drift_imports_free(struct drift_imports *imports);
/* How many imports there are. */
DRIFT_API size_t drift_imports_size(const struct drift_imports *imports);
/* Lends the mapping, what `--format json` prints:
 * {format_version, imports: [{address, type, id, region, provider, service, name, source, evidence, forecast, changes}],
 *  ambiguous: [{address, type, candidates, reason}], new: [{address, type, reason}], undecided: [{address, type, reason}],
 *  not_importable: [{address, type, id, reason, hint}], managed_elsewhere: [{address, type, id, reason, hint}],
 *  in_state: [{address, type, id, reason, hint}], unplanned: [{type, id, name}], map_unused: [{id, address}], cycles: [[address]], summary} */
DRIFT_API const struct drift_value *drift_imports_root(const struct drift_imports *imports);
/* Imports whose live object was read more than max_age_ms before now_ms: look them up again before they are
 * written. Gives a document with a list of {type, id, region, address}. */
DRIFT_API enum drift_status drift_imports_stale(const struct drift_imports *imports, long long now_ms, long long max_age_ms,
	struct drift_document **out, struct drift_error *err);

struct drift_import_write_options {
	size_t size;
	const char *title;          /* what is imported, for the head of the file ("env prod, 123456789012"); NULL = nothing */
	int provider_major;         /* 6 and later: id@region instead of a provider alias; 0 = not known, as 5 */
	const char *const *aliases; /* pairs "region", "alias", closed by NULL: provider aliases of other regions; NULL = none */
	const char *result_file;    /* script: where results go; NULL = "import-results.tsv" */
	const char *strategy;       /* script: "test", "full" (default) or "strict"; "skip" writes a script that does nothing */
	const char *expect_workspace; /* script: refuses to run elsewhere; NULL = not checked */
	const char *expect_backend;   /* script: "s3://bucket/key" that .terraform must name; NULL = not checked */
	bool secrets_as_variables;  /* hcl: true (default) writes secret attributes as variables, false leaves them out */
};
#define DRIFT_IMPORT_WRITE_OPTIONS_INIT {sizeof(struct drift_import_write_options), 0, 0, 0, 0, 0, 0, 0, true}

/* Gives the text of one file (drift_text_free). format: "blocks", "script", "rollback" (the `state rm` commands alone) or "json".
 * USAGE for another. options may be NULL. */
DRIFT_API enum drift_status drift_imports_write(const struct drift_imports *imports, const char *format,
	const struct drift_import_write_options *options, char **text_out, struct drift_error *err);
/* Resource blocks for what has no configuration yet: gives a document {files: [{path, text}], left_out: [{address, reason}]}: one file a
 * service, variables.tf for secrets, imports.tf with the import blocks. */
DRIFT_API enum drift_status drift_imports_hcl(const struct drift_imports *imports, const struct drift_import_write_options *options,
	struct drift_document **out, struct drift_error *err);

/* What stands between plan and apply in CI. */
struct drift_guard_options {
	size_t size;
	const char *const *allow_changes; /* "TYPE.ATTRIBUTE" patterns that an import may change in place; NULL-terminated; NULL = none */
	const char *const *protect;       /* type patterns never to be replaced or destroyed; NULL = the built-in list */
	bool allow_create;                /* creating what does not exist is fine */
	const struct drift_snapshot *live; /* tells whether something that would be created exists; NULL = not known */
	const struct drift_catalogue *catalogue; /* needed with live */
	const struct drift_snapshot *state; /* with live: tells what exists and is managed under another address; NULL = none */
	const struct drift_value *configuration; /* with live: as in struct drift_import_options; NULL = none */
};
#define DRIFT_GUARD_OPTIONS_INIT {sizeof(struct drift_guard_options), 0, 0, 0, 0, 0, 0, 0}
/* Judges a saved plan (`terraform show -json tfplan`). Gives a document {ok, imports, violations: [{address, type, action, attributes, why}],
 * allowed: […], summary}; *ok_out is false when something must not be applied. */
DRIFT_API enum drift_status drift_guard_plan(const struct drift_value *plan, const struct drift_guard_options *options, bool *ok_out,
	struct drift_document **out, struct drift_error *err);
/* Gives that judgement as text for people: a table, or one line when all is well. */
DRIFT_API enum drift_status drift_guard_text(const struct drift_document *judgement, char **text_out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
