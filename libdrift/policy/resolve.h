/* ARN templates, resolved for one subject. */
#ifndef DRIFT_POLICY_RESOLVE_H
#define DRIFT_POLICY_RESOLVE_H

#include "policy/needs.h"

enum { DRIFT__FOUND_MAX = 64 };

struct drift__found {
	const char *list[DRIFT__FOUND_MAX];
	size_t n;
	bool known; /* nothing in them was left open, but what is not known before creation */
};

/* Adds an ARN once. */
void drift__found_add(struct drift__found *f, const char *arn);
/* Adds what the template means for the subject in that phase; pass = only roles that its attributes name, never a pattern. */
void drift__resolve_template(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, char phase, bool pass,
	struct drift__found *f);

/* Passes p on, and remembers when it is NULL: every text here comes from the arena, so that means no memory. */
static inline const void *
drift__got(struct drift__policy_maker *mk, const void *p)
{
	mk->needs.failed = mk->needs.failed || p == NULL;
	return p;
}

#endif
