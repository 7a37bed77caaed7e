/* Patterns as IAM reads them: `*`, `?`, variables, and `${*}`, `${?}`, `${$}` for the characters themselves. */
#ifndef DRIFT_POLICY_PATTERN_H
#define DRIFT_POLICY_PATTERN_H

#include <stdbool.h>

struct drift__policy_maker;

/* A name, escaped where IAM would read it as a pattern or a variable. What IAM takes in no policy (characters beyond U+00FF) becomes `?`. */
const char *drift__iam_literal(struct drift__policy_maker *mk, const char *text);
/* True when a star in it is one: not an escaped one. */
bool drift__iam_is_pattern(const char *text);
/* True when it holds characters that IAM takes in no policy. */
bool drift__iam_is_beyond(const char *text);
/* Does a pattern cover a text or another pattern? nocase for actions. */
bool drift__iam_covers(const char *pattern, const char *text, bool nocase);

#endif
