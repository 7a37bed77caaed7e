/* What a catalogue entry says about comparing: the diff's own view of a type. */
#ifndef DRIFT_DIFF_RULES_H
#define DRIFT_DIFF_RULES_H

#include "diff/kind.h"
#include "jmespath/jmespath.h"
#include "model/value.h"

/* Another type that owns (elements of) an attribute. */
struct drift__sibling {
	const char *type;
	struct drift__jmes *parent; /* over the sibling's attributes: the identity or id of the owner of the attribute */
	struct drift__jmes *gives;  /* over the sibling's attributes: the elements; NULL = the whole attribute */
};

/* An attribute; nested ones are named with dots, list positions left out. */
struct drift__rule {
	const char *name;
	bool read;                /* the entry says how its live value is found */
	enum drift__kind kind;
	const struct drift_value *absent;  /* NULL = not said */
	const char *ignore;       /* why it is not compared; NULL = it is */
	bool computed;            /* compared although AWS alone writes it */
	bool unset_ignored;       /* not compared when the state's value is empty */
	struct drift__jmes *unset; /* over the state's value: true = AWS's own default, which counts as empty; NULL = not said */
	bool presence;            /* a block that says something by being there */
	const struct drift_value *explode, *element_key; /* lists of member names, or NULL */
	struct drift__sibling *siblings;
	size_t n_siblings;
};

struct drift__rules {
	struct drift__arena arena;
	const char *type;
	struct drift__rule *rules; /* sorted by name */
	size_t n_rules;
	const struct drift_value *schema, *references, *secret, *merge; /* NULL where the entry has none */
	bool listed, looked_up, taggable;
	const char *why_not_listed; /* NULL = it is listed */
};

/* Gives the rules of a type from its entry (docs/catalogue.md), with `extends` laid in; the entry must outlive them. BAD_CATALOGUE
 * names type and field. */
enum drift_status drift__rules_make(const struct drift_value *entry, struct drift__rules **out, struct drift_error *err);
void drift__rules_free(struct drift__rules *r);
/* The rule of an attribute; NULL when the entry does not name it. */
const struct drift__rule *drift__rules_find(const struct drift__rules *r, const char *name);

#endif
