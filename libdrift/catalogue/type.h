/* A resource type, as the inventory sees it: the entry of docs/catalogue.md with its expressions compiled.
 *
 * What the diff, imports and policy need of an entry (kinds, references, iam rows) they read from `entry` themselves. */
#ifndef DRIFT_CATALOGUE_TYPE_H
#define DRIFT_CATALOGUE_TYPE_H

#include "catalogue/catalogue.h"
#include "catalogue/template.h"

struct drift__batch {
	size_t size;               /* 0 = no limit */
	struct drift__jmes *of;    /* over the doc */
	struct drift__jmes *match; /* over a returned item; NULL: items give a map by what `of` gives */
	bool by_parent;            /* the input tells of the parent: a batch is of one parent */
};

/* How a service writes tags. */
enum drift__tags_form {
	DRIFT__NO_TAGS,
	DRIFT__TAGS_MAP,       /* {"k": "v"} */
	DRIFT__TAGS_KEY,       /* [{"Key": "k", "Value": "v"}] */
	DRIFT__TAGS_LOWER_KEY, /* [{"key": "k", "value": "v"}] */
	DRIFT__TAGS_TAG_KEY    /* [{"TagKey": "k", "TagValue": "v"}] */
};

/* An object without which a list would be empty. */
struct drift__other {
	const char *type;
	struct drift__jmes *when; /* what it must be; NULL = any */
};

/* One call of `list`, `lookup` or `read`. */
struct drift__call {
	const char *service, *op;
	const char *action;         /* the IAM action that it needs */
	struct drift__input *input; /* NULL = none */
	struct drift__jmes *items, *inner_items; /* inner: the second expression of a list of two */
	const char *for_each; /* a type; NULL = none */
	struct drift__other *if_any;
	size_t n_if_any; /* 0: made in any case */
	struct drift__jmes *each, *keep;
	struct drift__jmes *when; /* reads: over the doc; lists with for_each: over the parent's, which is read by then */
	const char *into;
	bool batched, scope, after;
	struct drift__batch batch;
	const struct drift_value *absent, *gone, *attributes; /* lists, or NULL */
	enum drift__tags_form tags; /* not 0: it brings nothing but tags, in this form */
};

struct drift__parent {
	const char *type;
	struct drift__template *key;
	bool independent; /* not AWS-made because its parent is */
};

struct drift__owner_rule {
	struct drift__jmes *when;
	struct drift__template *owner;
};

struct drift__attribute {
	const char *name;
	const char *source;       /* text of the expression `live`; NULL: ignored, or a dotted refinement */
	struct drift__jmes *live; /* what drift__type_live made of it; NULL = not needed yet */
	const struct drift_value *schema; /* schema node of the attribute */
};

struct drift__type {
	const char *name, *service;
	const struct drift_value *entry; /* with `extends` laid in */
	bool global, cloudfront, only_in_state;
	const char *why_not_listed;
	const char *fixed_name;    /* there is one at most, and this is what it is called; NULL = names differ */
	struct drift__call *lists;
	size_t n_lists;
	struct drift__call *lookup; /* NULL = none */
	struct drift__call *reads;
	size_t n_reads;
	struct drift__jmes *skip, *is_default, *name_of, *tags, *region, *prefer; /* NULL = none */
	struct drift__template *id, *arn, *import_id, *physical;
	struct drift__template *live_key;
	struct drift__template *state_key;  /* NULL: the state's id */
	struct drift__jmes *state_keys;     /* a list of keys instead of a template */
	struct drift__parent *parents;
	size_t n_parents;
	struct drift__owner_rule *owners;
	size_t n_owners;
	struct drift__attribute *attributes;
	size_t n_attributes;
	const struct drift_value *schema; /* map attribute -> node */
};

/* Lends for as long as the catalogue lives; NULL and BAD_CATALOGUE (naming file and field) when there is none or it is wrong. */
const struct drift__type *drift__catalogue_type(const struct drift_catalogue *c, const char *name, struct drift_error *err);

/* The expression of the i-th attribute, made on first use: most types of the catalogue have no object in an account. NULL when it has none,
 * or without memory. */
const struct drift__jmes *drift__type_live(const struct drift__type *t, size_t i);

/* The identities of a state instance with these attributes: a NULL-terminated list in a; NULL without memory. An instance may have several
 * (docs/catalogue.md, `identity`), or none when its attributes do not tell. */
const char *const *drift__type_state_keys(const struct drift__type *t, const struct drift_value *attributes, struct drift__arena *a);

#endif
