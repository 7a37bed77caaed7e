/* Terraform state text into resources of a snapshot. */
#ifndef DRIFT_STATE_TFSTATE_H
#define DRIFT_STATE_TFSTATE_H

#include "model/resource.h"

enum { TFSTATE_MAX_BYTES = 512 * 1024 * 1024 };

/* What a state says of itself. Texts and values live in the snapshot's arena. */
struct drift__tfstate_info {
	int64_t version;                  /* 0: `terraform show -json` */
	const char *terraform_version, *serial, *lineage; /* serial: digits, up to 2^64 - 1 */
	size_t n_resources, n_foreign, n_data, n_tainted, n_deposed;
	size_t n_old_provider;            /* of hashicorp/aws, named as before Terraform 0.13 */
	const struct drift_value *outputs;  /* map name -> {value, type, sensitive}; NULL = none */
	const struct drift_value *checks;   /* check_results as they stand; NULL = none */
	const struct drift_value *providers; /* of resources that are not hashicorp/aws: map source -> count; set on success */
	const struct drift_value *empty;     /* list of the addresses of resources without instances; set on success */
	struct drift__list_builder warnings; /* the caller's on success; at most TFSTATE_MAX_WARNINGS, and one that says how many more */
};
enum { TFSTATE_MAX_WARNINGS = 50 };

/* Reads state text of any version (1 to 4; gzip and a BOM with a warning) into snap; source tells several states apart. name is what errors
 * call it. `terraform show -json` output is read, too. NO_STATE for nothing, ENCRYPTED, BAD_VERSION, BAD_JSON with line and column,
 * BAD_STATE with the JSON path, LIMIT; what it is instead (HTML, an S3 error, a plan, …) is said where it can be told. */
enum drift_status drift__tfstate_read(const char *text, size_t n, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift_error *err);
/* The same, but what appears twice is no error: its address is added to twice. */
enum drift_status drift__tfstate_read_all(const char *text, size_t n, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift__list_builder *twice, struct drift_error *err);

/* ---- addresses ---- */

/* Appends an address as Terraform prints it: module "module.a[\"k\"]" or NULL, data mode, type, name, key (number, string or NULL). */
void drift__address_print(struct drift__buf *out, const char *module, bool data, const char *type, const char *name,
	const struct drift_value *key);
/* "[0]" or "[\"k\"]"; nothing for NULL. */
void drift__address_print_key(struct drift__buf *out, const struct drift_value *key);
/* A string key in quotes, as Terraform 1.3 and later print it. */
void drift__address_quote(struct drift__buf *out, const char *s, size_t n);

/* The parts of a parsed address. Everything lives in the arena that it was parsed into. */
struct drift__address {
	const char *module, *type, *name; /* module NULL = root, as Terraform prints it now */
	const struct drift_value *key;    /* NULL = none */
	bool data;
};
/* BAD_ADDRESS with the column. Addresses that differ only in how they are written (`["k"]`, `[ "k" ]`, `["\u006b"]`) parse to equal parts. */
enum drift_status drift__address_parse(const char *text, struct drift__arena *a, struct drift__address *out, struct drift_error *err);
/* "module.a[0].module.b" alone, printed anew. */
enum drift_status drift__module_parse(const char *text, struct drift__arena *a, const char **out, struct drift_error *err);
/* Prints parts anew: the one text that all ways to write the address have in common. NULL without memory. */
const char *drift__address_text(const struct drift__address *parts, struct drift__arena *a);

/* ---- providers ---- */

/* A provider string of a state: `provider["host/hashicorp/aws"].west`, `provider.aws`, `module.x.provider…`. */
struct drift__provider {
	const char *type;   /* "aws" */
	const char *source; /* "hashicorp/aws" without the host; the type alone in strings before 0.13 */
	const char *alias;  /* NULL = default */
	bool aws;           /* hashicorp/aws, or the legacy form of it */
};
bool drift__provider_parse(const char *text, struct drift__arena *a, struct drift__provider *out);
/* Versions 1 to 3: also "aws.west", and nothing, which means the one that the resource type's name begins with. */
bool drift__provider_parse_old(const char *text, const char *resource_type, struct drift__arena *a, struct drift__provider *out);

#endif
