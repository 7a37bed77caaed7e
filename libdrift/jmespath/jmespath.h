/* JMESPath (https://jmespath.org/specification.html): the expression language of the catalogue and of --query. The
 * specification is whole; the functions that go beyond it are listed in functions.h, and `$` is the value that the
 * search started with. */
#ifndef DRIFT_JMESPATH_H
#define DRIFT_JMESPATH_H

#include "model/value.h"

/* A parsed expression; immutable, usable from several threads at once. */
struct drift__jmes;

/* Parses text. name is what errors call the expression ("--query", "aws_vpc: attributes.cidr_block"). Gives *out.
 * BAD_QUERY with "name:column" (bytes, from 1); an unknown function and a wrong number of arguments are found
 * here. LIMIT past 64 KiB of text, 500 levels of nesting, or 2000 steps in one chain (a.b.c). */
enum drift_status drift__jmes_compile(const char *text, const char *name, struct drift__jmes **out, struct drift_error *err);
void drift__jmes_free(struct drift__jmes *e);
/* From now on a value that a function cannot take makes its result null, not an error: for expressions over replies, where any member may
 * be missing. */
void drift__jmes_be_lenient(struct drift__jmes *e);
/* Evaluates over v. *out lives in a, or in v, or in e: it is valid while all three live. BAD_QUERY with
 * "name:column" for a wrong argument type; NOMEM; LIMIT when a string passes 64 MiB, when a's maximum is passed,
 * or when comparing takes more than 2^24 steps (an expression can double its value at every step). Memory outside
 * of a is taken only as scratch: by a list or map of more than 32 elements while it is made, by to_string(),
 * to_number(), from_json() and base64_encode(), and to compare maps whose members stand in another order. */
enum drift_status drift__jmes_search(const struct drift__jmes *e, const struct drift_value *v, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err);

#endif
