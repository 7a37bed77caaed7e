/* The extension functions, for the table in functions.c. Given null, each gives null. */
#ifndef DRIFT_JMESPATH_FUNCTIONS_H
#define DRIFT_JMESPATH_FUNCTIONS_H

#include "jmespath/ast.h"

enum { JMES_MAX_STRING = 64 * 1024 * 1024 };

/* The text of b as a value (b is disposed); NULL with NOMEM or LIMIT recorded. */
const struct drift_value *drift__jmes_take(struct drift__jmes_run *run, struct drift__buf *b);

/* arn(s): {partition, service, region, account, resource}, or null when s is none. */
drift__jmes_call drift__jmes_arn;
drift__jmes_call drift__jmes_base64_decode;
/* from_items(l): the map of a list of {key, value} or [key, value]. */
drift__jmes_call drift__jmes_from_items;
/* from_json(s): null when s is not JSON. */
drift__jmes_call drift__jmes_from_json;
/* glob(pattern, s): shell-style match. */
drift__jmes_call drift__jmes_glob;
/* group_by(l, &key): map of lists; elements whose key is no string are left out. */
drift__jmes_call drift__jmes_group_by;
/* items(m): [{key, value}] in order of key. */
drift__jmes_call drift__jmes_items;
drift__jmes_call drift__jmes_lower, drift__jmes_upper, drift__jmes_trim, drift__jmes_sha1;
drift__jmes_call drift__jmes_replace;
/* snake(v): every key from CamelCase to snake_case, at all levels. */
drift__jmes_call drift__jmes_snake;
/* split(separator, s) */
drift__jmes_call drift__jmes_split;
/* trim_right(s, characters) */
drift__jmes_call drift__jmes_trim_right;
drift__jmes_call drift__jmes_unique;
/* unquote(s): the text of a DNS TXT value: quotes off, its parts joined, \" decoded. */
drift__jmes_call drift__jmes_unquote;
drift__jmes_call drift__jmes_url_decode;
drift__jmes_call drift__jmes_zip;

#endif
