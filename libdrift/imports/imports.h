/* The imports document, seen from inside. */
#ifndef DRIFT_IMPORTS_IMPORTS_H
#define DRIFT_IMPORTS_IMPORTS_H

#include "drift/imports.h"
#include "imports/order.h"
#include "model/resource.h"

/* What is known of a type, as its catalogue entry says. Tests bring their own. */
struct drift__facts {
	/* Lends the entry of a type as its file has it (map), or NULL when the type is not known. */
	const struct drift_value *(*entry)(void *ctx, const char *type);
	void *ctx;
};

struct drift__planned;

/* One import. All texts live in the arena of the document or in the snapshots. */
struct drift__import {
	const char *address, *type, *id, *service;
	const char *module;   /* NULL = root */
	const char *alias;    /* provider alias in the configuration; NULL = default or not known */
	const char *region;   /* NULL = global or the default provider's */
	const char *source;   /* "plan", "map", "history", "name" */
	const struct drift_resource *live;
	const struct drift_resource *once;    /* as an older state had it; NULL = none did */
	const struct drift__planned *planned; /* NULL without a plan */
	const struct drift_value *evidence;   /* list of {attribute, value, via} */
	const char *forecast;                 /* "no-op", "in-place", "replace"; NULL without a plan */
	const struct drift_value *changes;    /* list of {path, live, planned, reason, forces_replacement}; NULL = none */
	int level;
};

struct drift_imports {
	struct drift__arena arena;
	struct drift__facts facts;
	struct drift__import *items; /* in order */
	size_t n;
	const char *default_region; /* NULL = not known */
	const char *const *aliases; /* pairs region, alias of the repository's providers, closed by NULL */
	const char *partition;      /* "aws" when the inventory does not say */
	const struct drift_value *root;
};

/* drift_imports_make on facts instead of a catalogue. */
enum drift_status drift__imports_make(const struct drift__facts *facts, const struct drift_snapshot *state,
	const struct drift_snapshot *live, const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err);
/* The items alone: there is no document, which is twice as large. */
enum drift_status drift__imports_items(const struct drift__facts *facts, const struct drift_snapshot *state,
	const struct drift_snapshot *live, const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err);
/* The same for a catalogue. */
enum drift_status drift__imports_name(const struct drift_catalogue *catalogue, const struct drift_snapshot *state,
	const struct drift_snapshot *live, const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err);
/* Sorts items by (level, service, type, address) along the references; cycles becomes a list of lists of addresses. */
enum drift_status drift__imports_order(struct drift_imports *im, const struct drift_value **cycles, struct drift_error *err);
/* The member of a type's entry, NULL when there is none. */
const struct drift_value *drift__facts_get(const struct drift__facts *f, const char *type, const char *field);

/* The id to write for an item: with @region where provider 6 wants it. Lends from b. */
const char *drift__import_id_text(const struct drift_imports *im, const struct drift__import *it,
	const struct drift_import_write_options *opt, struct drift__buf *b);
/* The alias that an item's block names, NULL = the default provider. */
const char *drift__import_alias(const struct drift_imports *im, const struct drift__import *it,
	const struct drift_import_write_options *opt);
void drift__write_blocks(const struct drift_imports *im, const struct drift_import_write_options *opt, struct drift__buf *out);
void drift__write_script(const struct drift_imports *im, const struct drift_import_write_options *opt, struct drift__buf *out);
void drift__write_rollback(const struct drift_imports *im, struct drift__buf *out);

#endif
