/* What resolve.c and its parts share: fill.c fills templates, resolve_of.c follows what a row's `of` names. */
#ifndef DRIFT_POLICY_RESOLVE_PARTS_H
#define DRIFT_POLICY_RESOLVE_PARTS_H

#include "policy/resolve.h"

/* Variables of a template that the attributes filled, and that they did not. */
struct drift__filled {
	size_t filled, open;
};
/* own: the template names the subject itself; has_id: which has its id already. NULL without memory. */
const char *drift__fill(struct drift__policy_maker *mk, const struct drift__view *v, const char *template, bool own, bool has_id,
	struct drift__filled *out);
/* True for the variable of a name that AWS makes up. */
bool drift__name_is_generated(const char *variable, size_t n);
/* Partition, region and account of a subject. */
struct drift__where drift__where_of(struct drift__policy_maker *mk, const struct drift__subject *s);

/* The attribute that makes an expression unknown: what it begins with, or what else it names. NULL without memory. */
const char *drift__unknown_attribute(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression);
/* What the unknown attribute of an expression over a planned resource refers to. False without memory. */
bool drift__find_targets(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression, struct drift__targets *out);
/* True when that target is meant, or may be. */
bool drift__is_target(const struct drift__targets *targets, size_t i);
/* The ARN that a planned resource will have, by the template when that names it, else by the first one of its own rows that does. */
const char *drift__future_arn(struct drift__policy_maker *mk, const struct drift__subject *s, const char *wanted);

#endif
