/* One state instance against one live resource, attribute by attribute. */
#ifndef DRIFT_DIFF_COMPARE_H
#define DRIFT_DIFF_COMPARE_H

#include "diff/rules.h"
#include "diff/schema.h"

/* What other resources own of one attribute. */
struct drift__owned {
	const char *attribute;
	bool whole;                        /* not compared at all */
	const struct drift_value *elements; /* list: taken out on both sides (maps match on the members that they have); may be NULL */
};

struct drift__compare_input {
	const struct drift__rules *rules;
	const struct drift_value *state, *live; /* attribute maps */
	const struct drift_value *sensitive;    /* paths that the state marks; NULL = none */
	const struct drift_value *unknown;      /* dotted attribute names that could not be read on either side; NULL = none */
	const struct drift_value *unknown_state;
	bool incomplete;                        /* what live lacks is unknown */
	const struct drift__owned *owned;
	size_t n_owned;
	const char *const *ignored_tags;        /* shell patterns; NULL = none */
	const char *(*resolve)(void *ctx, struct drift__arena *a, const struct drift_value *targets, const char *text); /* see diff/kind.h; may be NULL */
	void *resolve_ctx;
};

struct drift__change {
	const char *path;                     /* "ingress[from_port=22,protocol=tcp].description", "tags.Name", "rule[0].action" */
	const char *attribute;                /* the same without positions: "ingress.description" */
	const struct drift_value *state, *live; /* as they stand there, secrets masked; null = absent */
	bool sensitive;
};
struct drift__comparison {
	struct drift__change *changes; /* in order of path */
	size_t n_changes;
	const char **unknown;          /* attributes that could not be compared, sorted */
	size_t n_unknown;
	size_t n_compared;             /* top-level attributes that were */
};

/* Compares. Everything in *out lives in arena. */
enum drift_status drift__compare_attributes(const struct drift__compare_input *in, struct drift__arena *arena,
	struct drift__comparison *out, struct drift_error *err);

/* Whether the instance itself says what an attribute shall be: it is not empty after what siblings own is taken out, and it is compared, or
 * describes siblings without being comparable (an OpenAPI document). */
enum drift_status drift__manages_inline(const struct drift__compare_input *in, const char *attribute, bool *inline_out,
	struct drift_error *err);

/* ---- shared by the files of the comparison ---- */

struct drift__compare {
	const struct drift__compare_input *in;
	struct drift__arena *arena, *scratch;
	struct drift__kind_context kinds;
	struct drift__comparison *out;
	size_t cap_changes, cap_unknown;
	struct drift_error *err;
	enum drift_status status; /* first failure; later steps do nothing */
};

/* Where in the attributes a comparison stands. */
struct drift__place {
	struct drift__node node;
	const struct drift__rule *rule; /* NULL = none */
	const char *path, *attribute;
	enum drift__kind element_kind;  /* handed down from a list of scalars to its elements */
	bool presence;                  /* a block that says something by being there, whatever is in it */
	const struct drift_value *state_keys, *live_keys; /* union of the members that the sides have here; not a map = any */
};

/* A copy of v with secrets replaced; *masked says whether there were any. */
const struct drift_value *drift__masked(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, bool *masked);
bool drift__is_secret(const struct drift__compare *c, const struct drift__node *n, const char *attribute);

void drift__compare_place(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live);
void drift__compare_lists(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live);
void drift__add_change(struct drift__compare *c, const struct drift__place *p, const struct drift_value *state, const struct drift_value *live);
/* Equal as far as it can be told where the schema is cut short. */
bool drift__loosely_equal(struct drift__compare *c, const struct drift_value *state, const struct drift_value *live);
/* The place of member i of the object at p, as drift__node_member; *compared is false when nothing there is compared. */
bool drift__place_member(struct drift__compare *c, const struct drift__place *p, size_t i, const char **name, struct drift__place *out,
	bool *compared);
struct drift__place drift__place_element(const struct drift__place *p);
/* A value whose equality with that of another side means "no change here"; null for absent. */
const struct drift_value *drift__normal_place(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v,
	enum drift_side side);
/* The kind that a scalar, or the elements of p, are compared by. */
enum drift__kind drift__place_kind(const struct drift__place *p);
/* The union of the members that v and everything in it has: a map of maps. */
const struct drift_value *drift__keys_of(struct drift__compare *c, const struct drift_value *v);
/* v as the schema has it: a single map as a list of one, elements taken apart by `explode`. */
const struct drift_value *drift__as_list(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v);
/* list without what siblings own (see struct drift__owned). */
const struct drift_value *drift__without_owned(struct drift__compare *c, const struct drift__place *p, const struct drift_value *list,
	const struct drift_value *owned, enum drift_side side);
/* Remembers the first failure. */
void drift__compare_nomem(struct drift__compare *c);

#endif
