/* What is needed, and the statements that grant it. */
#ifndef DRIFT_POLICY_STATEMENT_H
#define DRIFT_POLICY_STATEMENT_H

#include "drift/policy.h"
#include "model/value.h"
#include "policy/pattern.h"

/* One action on one resource, and who needs it. Texts live in the arena of the list. */
struct drift__need {
	const char *action, *resource;
	const char *condition; /* canonical JSON of a Condition block; "" = none */
	const char *address, *type, *why;
	char phase;            /* L, R, C, U, D; S = the state */
	bool write;            /* may change something: never folded to a whole kind */
	bool contents;         /* reads what is stored, not what it is stored in: neither */
	bool exact;            /* hands rights on: never folded */
	bool open;             /* resource is a pattern, since the object is not known (yet) */
};
struct drift__needs {
	struct drift__arena *arena;
	struct drift__need *list;
	size_t n, cap;
	const struct drift_value *contents; /* actions that read what is stored (list); NULL = none are known */
	const struct drift_value *exact;    /* actions that hand rights on */
	bool failed;
};
/* Copies n; the texts must live in the arena or longer. */
void drift__needs_add(struct drift__needs *needs, const struct drift__need *n);

/* One statement: every action on every resource. Lists are sorted and hold no doubles. */
struct drift__statement {
	const char *sid;
	const char **actions, **resources;
	size_t n_actions, n_resources;
	const char *condition;
	bool write, contents, exact;
};
struct drift__statements {
	struct drift__arena *arena;
	struct drift__statement *list;
	size_t n;
};

/* Needs -> as few statements as express exactly them: actions that go to the same resources under the same condition stand together, and
 * what a `*` covers is left out. Sorted by service, then content. */
enum drift_status drift__statements_make(const struct drift__needs *needs, struct drift__statements *out, struct drift_error *err);
/* Replaces ARNs by patterns, where that saves at least so many characters. What that adds is told in folds (list of {resources, becomes, for, write,
 * adds}). */
enum drift_status drift__statements_fold(struct drift__statements *s, enum drift_policy_fold level, size_t least, struct drift__list_builder *folds,
	struct drift_error *err);
/* Replaces three or more actions of a reading statement that begin alike (Describe, List) by their pattern, and tells it in folds. Words with which
 * no service begins a writing action are folded, nothing else. */
enum drift_status drift__statements_compact(struct drift__statements *s, struct drift__list_builder *folds, struct drift_error *err);
/* Names the statements: Sids say service and access, and depend only on the statements' own actions and conditions. */
enum drift_status drift__statements_name(struct drift__statements *s, struct drift_error *err);
/* Packs statements into documents of at most `limit` characters; a statement that is too long alone is cut at its resources, then its
 * actions. Gives a list of policy documents. LIMIT when one resource alone is too long. */
enum drift_status drift__statements_pack(const struct drift__statements *s, size_t limit, const struct drift_value **out,
	struct drift_error *err);

#endif
