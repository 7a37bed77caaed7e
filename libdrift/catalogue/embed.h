/* Where catalogue entries come from: blobs compiled into the library, and files of a folder laid over them.
 *
 * libdrift/catalogue/ types/<service>/NAME.json, services/NAME.json, NAME.json → compile.c (at build time) → drift__catalogue_blobs.
 * An entry is inflated and parsed on first use; what a module makes of it (a struct drift__service, the parsed type) is kept in its
 * `made` and freed with the catalogue. */
#ifndef DRIFT_CATALOGUE_EMBED_H
#define DRIFT_CATALOGUE_EMBED_H

#include "drift/catalogue.h"
#include "model/value.h"

enum drift__entry_kind {
	DRIFT__TABLE,   /* catalogue/NAME.json: what is true of all types ("owners"); *.schema.json are not entries */
	DRIFT__SERVICE, /* services/NAME.json */
	DRIFT__TYPE,    /* types/<any folder>/NAME.json, or types/NAME.json */
	DRIFT__ENTRY_KINDS
};

/* ---- the generated data (generated/catalogue_data.c) ---- */
struct drift__blob {
	const char *name;            /* "aws_vpc" */
	const char *path;            /* "types/ec2/aws_vpc.json": what errors call it */
	const unsigned char *packed; /* zlib data of the minified JSON */
	uint32_t n_packed, n_plain;
};
struct drift__blob_index {
	const struct drift__blob *blobs; /* sorted by name */
	size_t n;
};
extern const struct drift__blob_index drift__catalogue_blobs[DRIFT__ENTRY_KINDS];

/* ---- the handle ---- */
struct drift__entry {
	const char *name, *path;
	const struct drift__blob *blob;  /* NULL: the value came from a file */
	const struct drift_value *value; /* NULL: not read yet */
	void *made;                      /* what the first user built from value; NULL = nothing yet */
	void (*free_made)(void *made);
};
struct drift_catalogue {
	struct drift__arena *arena; /* owns names, values and whatever the makers put there */
	struct drift__entry *entries[DRIFT__ENTRY_KINDS]; /* sorted by name */
	size_t n[DRIFT__ENTRY_KINDS];
};

/* Lends the entry with its value read; NULL and BAD_CATALOGUE (with a hint when a name is near) when there is none. */
struct drift__entry *drift__catalogue_entry(const struct drift_catalogue *c, enum drift__entry_kind kind, const char *name,
	struct drift_error *err);
/* Reads every entry and has it checked by the maker of its kind; the first bad one is the error. For compile.c and the lint. */
enum drift_status drift__catalogue_check(const struct drift_catalogue *c, struct drift_error *err);

/* Checks one entry of a kind; see the table in catalogue.c. */
typedef enum drift_status drift__entry_check(const struct drift_catalogue *c, struct drift__entry *e, struct drift_error *err);
drift__entry_check drift__service_check; /* service.c */
drift__entry_check drift__type_check;    /* type.c */

#endif
