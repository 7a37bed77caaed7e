/* The making of the imports document, shared by its files: imports.c, imports_plan.c, imports_live.c, imports_document.c. */
#ifndef DRIFT_IMPORTS_MAKER_H
#define DRIFT_IMPORTS_MAKER_H

#include "imports/claims.h"
#include "imports/hints.h"
#include "imports/imports.h"
#include "imports/map.h"
#include "imports/match.h"

struct drift__maker {
	struct drift_imports *im;
	const struct drift_snapshot *state, *live;
	const struct drift_import_options *opt;
	struct drift__claims claims, history; /* of the state; of an older one */
	struct drift__moves moves;
	const char *const *configured; /* addresses that resource blocks must not have again; sorted */
	size_t n_configured;
	const struct drift_value **unmanaged; /* the option's list by type and id, as there may be as many as resources */
	struct drift__map_file map;
	struct drift__plan plan;
	struct drift__match *matches; /* one a planned resource */
	bool *usable, *used;          /* live resources that a plan may match; that are spoken for */
	size_t cap;
	struct drift__list_builder ambiguous, fresh, undecided, not_importable, unplanned, elsewhere, in_state;
	struct drift_error *err;
};

/* Adds {address, type, id, name, region, reason, hint} to a list; address, live, reason and hint may be NULL. */
void drift__maker_note(struct drift__maker *mk, struct drift__list_builder *list, const char *address, const char *type,
	const struct drift_resource *live, const char *reason, const char *hint);
/* NULL when the object can be imported, else why not. */
const char *drift__maker_why_not(struct drift__maker *mk, const struct drift_resource *r);
/* Adds an item for a live resource and lends it; NULL without memory. */
struct drift__import *drift__maker_add(struct drift__maker *mk, const char *address, const char *source, size_t live);
/* The address that the physical object of a live resource is imported to already, under another type; NULL = it is not. */
const char *drift__maker_holder(const struct drift__maker *mk, const struct drift_resource *r);

/* The steps, in order. */
enum drift_status drift__maker_from_plan(struct drift__maker *mk);
enum drift_status drift__maker_from_live(struct drift__maker *mk);
enum drift_status drift__maker_describe(struct drift__maker *mk, const struct drift_value *cycles);

#endif
