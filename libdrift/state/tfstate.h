/* Terraform state text into resources of a snapshot. */
#ifndef DRIFT_STATE_TFSTATE_H
#define DRIFT_STATE_TFSTATE_H

#include "model/resource.h"

enum { TFSTATE_MAX_BYTES = 512 * 1024 * 1024 };

/* What a state says of itself. Texts live in the snapshot's arena. */
struct drift__tfstate_info {
	int64_t version;
	const char *terraform_version, *serial, *lineage; /* serial: digits, up to 2^64 - 1 */
	size_t n_resources, n_foreign, n_data;
	struct drift__list_builder warnings;
};

/* Reads state text of any version (1 to 4; gzip; a BOM with a warning) into snap; source tells several states apart. name is what errors
 * call it. NO_STATE for nothing, ENCRYPTED, BAD_VERSION, BAD_STATE, BAD_JSON, LIMIT. `terraform show -json` output is read, too. */
enum drift_status drift__tfstate_read(const char *text, size_t n, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift_error *err);
/* Versions 1 to 3: root is the parsed document. */
enum drift_status drift__tfstate_read_old(const struct drift_value *root, int64_t version, const char *name, int source,
	struct drift_snapshot *snap, struct drift__tfstate_info *info, struct drift_error *err);

/* Go's rule: names of struct fields match whatever their case. */
const struct drift_value *drift__go_field(const struct drift_value *map, const char *name);

/* Appends an address as Terraform prints it: module "module.a[\"k\"]" or NULL, data mode, type, name, key (number, string or NULL). */
void drift__address_print(struct drift__buf *out, const char *module, bool data, const char *type, const char *name,
	const struct drift_value *key);
/* A string key in quotes, as Terraform 1.3 and later print it. */
void drift__address_quote(struct drift__buf *out, const char *s, size_t n);

/* The parts of a parsed address. Everything lives in the arena that it was parsed into. */
struct drift__address {
	const char *module, *type, *name; /* module NULL = root, as printed */
	const struct drift_value *key;    /* NULL = none */
	bool data;
};
/* BAD_ADDRESS with the column. */
enum drift_status drift__address_parse(const char *text, struct drift__arena *a, struct drift__address *out, struct drift_error *err);

/* A provider string of a state: `provider["host/hashicorp/aws"].west`, `provider.aws`, `module.x.provider…`. */
struct drift__provider {
	const char *type;  /* "aws" */
	const char *alias; /* NULL = default */
	bool aws;          /* hashicorp/aws, or the legacy form of it */
};
bool drift__provider_parse(const char *text, struct drift__arena *a, struct drift__provider *out);

#endif
