/* JMESPath (https://jmespath.org/specification.html): the expression language of the catalogue and of --query. */
#ifndef DRIFT_JMESPATH_H
#define DRIFT_JMESPATH_H

#include "model/value.h"

/* A parsed expression; immutable, usable from several threads at once. */
struct drift__jmes;

/* Parses text. name is what errors call the expression ("--query", "aws_vpc: attributes.cidr_block"). Gives *out. BAD_QUERY with
 * "name:column". Limits: 64 KiB of text, 500 levels of nesting. */
enum drift_status drift__jmes_compile(const char *text, const char *name, struct drift__jmes **out, struct drift_error *err);
void drift__jmes_free(struct drift__jmes *e);
/* Evaluates over v. *out lives in a, or in v, or in e: it is valid while all three live. BAD_QUERY for a wrong argument type,
 * NOMEM. Limit: 500 levels of nesting of values made. */
enum drift_status drift__jmes_search(const struct drift__jmes *e, const struct drift_value *v, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err);

#endif
