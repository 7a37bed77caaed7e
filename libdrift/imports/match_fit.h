/* One create against one live resource: shared by the files of the matcher. */
#ifndef DRIFT_IMPORTS_MATCH_FIT_H
#define DRIFT_IMPORTS_MATCH_FIT_H

#include "imports/match.h"

enum { DRIFT__NONE = -1, DRIFT__MATCH_CACHE_MAX = 16 };

/* DRIFT__SAME: equal, but the reference is not to one certain instance; DRIFT__WAITS: not known yet. */
enum drift__verdict { DRIFT__SAME, DRIFT__SAME_KEY, DRIFT__BOTH_EMPTY, DRIFT__LIVE_EMPTY, DRIFT__DIFFERS, DRIFT__WAITS };

struct drift__match_state {
	struct cached {
		const char *attribute;
		struct drift__targets targets;
	} cache[DRIFT__MATCH_CACHE_MAX];
	int n_cached;
	const struct drift_value *lists; /* lists of identifying attributes */
	const struct drift_value *fixed; /* attributes that cannot be changed in place */
	size_t group;    /* the first create that differs from this one by nothing but its key */
	long want;       /* live index this round */
	size_t rank;     /* of the list that decided: an earlier one identifies better */
	long hint;       /* stage 3: live index that something matched points at */
	const char *hint_via;
	const char *note; /* how several candidates became one */
	const struct drift_value *keys; /* the list of attributes that decided */
	size_t *candidates, n_candidates;
	bool waits, tried;
	bool torn;       /* what identifies it is one live resource's, what cannot be changed in place another's */
	/* of the first of a group: what was found out in this round about all of it */
	const struct drift__match_finding *finding;
};

struct drift__matcher {
	const struct drift__facts *facts;
	const struct drift__plan *plan;
	const struct drift_snapshot *live;
	const bool *usable;
	struct drift__match *out;
	struct drift__match_state *states;
	long *taken;      /* live index -> planned index or DRIFT__NONE */
	size_t *scratch, *other; /* candidates of one create */
	size_t decided;   /* how many creates were matched here */
	struct drift__match_column *columns;     /* imports/match_index.c */
	struct drift__match_names *names;        /* imports/match_named.c, and the next three */
	struct drift__match_relation *relations;
	struct drift__match_targets **targets;
	size_t n_targets;
	struct drift__arena tmp; /* values looked at; emptied after each round */
	int stage;
	bool nomem;
};

/* DRIFT__FITS_WEAKLY: a reference was resolved, but not to one certain instance. */
enum drift__fit { DRIFT__FITS, DRIFT__FITS_WEAKLY, DRIFT__MISSES, DRIFT__CONTRADICTS, DRIFT__FIT_UNKNOWN };

const struct drift_resource *drift__live_at(const struct drift__matcher *m, size_t i);
/* What an unknown attribute of a create refers to; remembered. */
const struct drift__targets *drift__targets_of(struct drift__matcher *m, size_t p, const char *attribute);
/* One attribute of a create against a live resource; via gets what resolved it. */
enum drift__verdict drift__match_compare(struct drift__matcher *m, size_t p, const char *attribute, size_t l, const char **via);
bool drift__is_tag(const char *attribute);
/* Known only after apply, and the configuration says from what: the value is that of something it refers to. */
bool drift__is_reference(const struct drift__matcher *m, size_t p, const char *attribute);
/* True when the provider of the create works in another account than the one that was looked at. */
bool drift__is_foreign(const struct drift__matcher *m, size_t p);
/* True when the create may be the live resource, as far as its place tells. */
bool drift__is_free(const struct drift__matcher *m, size_t p, size_t l);
/* Every live resource that the create may be, into m->scratch. */
size_t drift__free_candidates(struct drift__matcher *m, size_t p);
/* Whether a list names something that the configuration leaves to AWS: the rest of it may be true of several. */
bool drift__is_partial(const struct drift__matcher *m, size_t p, const struct drift_value *keys);
/* Whether the plan gives any value for a list of attributes; otherwise the list says nothing. */
bool drift__has_values(struct drift__matcher *m, size_t p, const struct drift_value *keys);
/* One live resource against one list of identifying attributes. */
enum drift__fit drift__fit(struct drift__matcher *m, size_t p, const struct drift_value *keys, size_t l);
/* Finds the groups of creates, before the first round (imports/match_group.c). */
void drift__match_group(struct drift__matcher *m);
/* What a create wants in this round: its state's want, keys, rank, note, candidates, waits and tried (imports/match_consider.c). */
void drift__match_consider(struct drift__matcher *m, size_t p);
/* Takes back what a create wants where what cannot be changed in place speaks for another live resource (imports/match_torn.c). */
void drift__match_doubt(struct drift__matcher *m, size_t p);
/* Gives every create its outcome, when nothing more can be matched. */
void drift__match_conclude(struct drift__matcher *m);

#endif
