/* Which live objects a state instance owns, and who else claims them. */
#ifndef DRIFT_DIFF_PAIRS_H
#define DRIFT_DIFF_PAIRS_H

#include "catalogue/type.h"
#include "diff/compare.h"
#include "drift/diff.h"
#include "model/resource.h"

/* A type that occurs in either snapshot. */
struct drift__known {
	const char *name;
	const struct drift__type *type;  /* NULL: not in the catalogue */
	struct drift__rules *rules;      /* NULL likewise */
	const char *base;                /* the type that it extends, or its own name */
	const struct drift_value *listed; /* regions in which its list is whole; NULL = it was not asked for */
	struct drift__links *links;      /* owned.c: what siblings own; NULL = not looked yet */
};

/* A state instance. */
struct drift__instance {
	const struct drift_resource *r;
	struct drift__known *known;
	const char *const *keys; /* NULL-terminated */
	uint32_t *lives;         /* indexes into the live snapshot */
	uint32_t n_lives;
	bool skipped;            /* data source, other provider, deposed, type not asked for */
};

struct drift__object {
	struct drift__known *known;
	uint32_t claims;   /* how many instances own it */
	uint32_t claimant; /* the first of them */
	bool deposed;      /* a deposed instance owns it */
	bool spoken_for;   /* an instance owns it as a thing of a type that extends this one, or that this one extends */
};

struct drift__pairs {
	struct drift__arena *arena;
	const struct drift_catalogue *catalogue;
	const struct drift_snapshot *state, *live;
	struct drift__known *known; /* sorted by name */
	size_t n_known;
	struct drift__instance *instances; /* one for each state resource, in its order */
	struct drift__object *objects;     /* one for each live resource, in its order */
	struct drift__name {
		const char *text;              /* an id, ARN, name or key */
		uint32_t at;                   /* whose: a live object, or behind all of those an instance */
	} *names;                          /* sorted by both: for references; made when first looked at */
	size_t n_names;
	bool names_made;
	enum drift_status status;          /* of what is made when first looked at */
	struct drift__roles *roles;        /* owned.c: which attributes of others an object may be part of; NULL = not looked yet */
};

/* Fills p, whose arena and snapshots are set. drift__pairs_dispose frees what the arena does not hold, also after a failure. */
enum drift_status drift__pairs_make(struct drift__pairs *p, const struct drift_diff_options *options, struct drift_error *err);
void drift__pairs_dispose(struct drift__pairs *p);
struct drift__known *drift__known_type(const struct drift__pairs *p, const char *name);
/* The first of the names that are text; p->n_names when none is. Without memory p->status says so. */
size_t drift__first_name(struct drift__pairs *p, const char *text);
/* NULL: the k-th name is one of a live object. */
struct drift__instance *drift__named_instance(const struct drift__pairs *p, size_t k);
/* drift__kind_context.resolve over p. */
const char *drift__resolve_name(void *pairs, struct drift__arena *a, const struct drift_value *targets, const char *text);
/* Regions agree when they are the same or when one of them is not known. */
bool drift__same_region(const char *a, const char *b);

/* What siblings in the state own of an instance: gives a list in the arena. */
enum drift_status drift__owned_by_siblings(struct drift__pairs *p, const struct drift__instance *i, struct drift__owned **out, size_t *n_out,
	struct drift_error *err);
/* Whether a live object nobody claims belongs to an attribute that a state instance manages inline (a rule in its group's `ingress`): then
 * that instance reports it. */
enum drift_status drift__is_inline(struct drift__pairs *p, size_t live, bool *out, struct drift_error *err);

#endif
