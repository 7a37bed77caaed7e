/* What the readers of the state formats share: where errors go, how fields are found, how an instance becomes a resource. */
#ifndef DRIFT_STATE_READER_H
#define DRIFT_STATE_READER_H

#include "state/tfstate.h"

struct drift__provider_count {
	const char *name;
	size_t n;
};

struct drift__state_reader {
	struct drift_snapshot *snap;
	struct drift__tfstate_info *info;
	const char *name;
	int source;
	struct drift_error *err;
	enum drift_status st;     /* the first failure; everything stops soon after it */
	size_t n_warnings;
	struct drift__provider_count *providers; /* on the heap */
	size_t n_providers;
	bool said_twice;
	const char *provider_text;          /* the last one that was understood, and what it says: most resources have the same */
	struct drift__provider provider;
	struct drift__list_builder empty;   /* addresses of resources without instances */
	struct drift__list_builder *twice;  /* NULL: what appears twice is an error */
};

/* The first failure, with its JSON path in where (may be ""). */
void drift__reader_bad(struct drift__state_reader *r, enum drift_status st, const char *where, const char *fmt, ...) DRIFT_PRINTF(4, 5);
void drift__reader_warn(struct drift__state_reader *r, const char *where, const char *fmt, ...) DRIFT_PRINTF(3, 4);
void drift__reader_nomem(struct drift__state_reader *r);

/* A field as Go finds it: names match whatever their case, the last one counts, null is as if absent (NULL). One that is of none of the
 * kinds (bits, 1 << enum drift_kind) is BAD_STATE; with only_warn it is left out with a warning. */
const struct drift_value *drift__reader_field(struct drift__state_reader *r, const struct drift_value *map, const char *name, unsigned kinds,
	bool only_warn, const char *where);
/* The text of a field; NULL when absent or failed. A NUL in it is BAD_STATE. */
const char *drift__reader_text(struct drift__state_reader *r, const struct drift_value *map, const char *name, const char *where);
/* Digits of a number from 0 to 2^64 - 1; NULL when absent or failed. */
const char *drift__reader_uint(struct drift__state_reader *r, const struct drift_value *map, const char *name, const char *where);

/* One instance, taken from whatever format. */
struct drift__instance_parts {
	const char *module, *type, *name;
	const struct drift_value *key;
	bool data, tainted;
	struct drift__provider provider;
	const char *deposed;
	const struct drift_value *attributes; /* a map */
	const struct drift_value *identity, *dependencies, *sensitive; /* NULL = none */
	int64_t schema_version;
};
/* Adds it, with id, ARN, name, region, account and tags taken out of its attributes, and counts it. */
void drift__reader_add(struct drift__state_reader *r, const struct drift__instance_parts *p);
/* Type and name must be names. */
bool drift__reader_names(struct drift__state_reader *r, const char *type, const char *name, const char *where);
/* A list of addresses of resources, each parsed and printed anew; NULL when empty or failed. */
const struct drift_value *drift__reader_dependencies(struct drift__state_reader *r, const struct drift_value *list, const char *where);
/* Every attribute as a path of its own: what cannot be told apart is all secret. */
const struct drift_value *drift__reader_all_sensitive(struct drift__state_reader *r, const struct drift_value *attributes);

/* ---- the formats; root is the parsed document ---- */
void drift__read_v4(struct drift__state_reader *r, const struct drift_value *root);
void drift__read_old(struct drift__state_reader *r, const struct drift_value *root);   /* 1 to 3 */
void drift__read_shown(struct drift__state_reader *r, const struct drift_value *root); /* terraform show -json */
/* `outputs` of version 4, checked as Terraform checks them. */
void drift__read_outputs(struct drift__state_reader *r, const struct drift_value *root);

/* Flat attributes ("tags.%", "ingress.123.cidr_blocks.0") of a map of texts, nested: without the provider's schema, members 0…n-1 make a
 * list and other numbers a set. A map; NULL after a failure. */
const struct drift_value *drift__flat_nest(struct drift__state_reader *r, const struct drift_value *flat, const char *where);

/* What a text that is no state is instead. False when it is nothing that is known. request_id: at most 128 bytes, "" unless it has one. */
bool drift__sniff_text(const char *text, size_t n, struct drift_error *out);
bool drift__sniff_json(const struct drift_value *root, struct drift_error *out);

#endif
