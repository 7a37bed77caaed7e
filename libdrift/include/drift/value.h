/* Values: the JSON-like tree that states, replies, reports and queries are made of. Read-only for callers.
 *
 * A value is always lent by its owner (a document, a snapshot, a report) and lives as long as it does. */
#ifndef DRIFT_VALUE_H
#define DRIFT_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "drift/export.h"
#include "drift/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct drift_value;
struct drift_document; /* owns a tree of values: free with drift_document_free */

enum drift_kind {
	DRIFT_NULL,
	DRIFT_BOOL,
	DRIFT_NUMBER, /* kept as the digits that were read: nothing is rounded */
	DRIFT_STRING, /* bytes with a length; may hold NUL */
	DRIFT_LIST,
	DRIFT_MAP /* members in the order of the text; of equal keys the last one wins */
};

/* NULL as a value reads as DRIFT_NULL everywhere below. */
DRIFT_API enum drift_kind drift_value_kind(const struct drift_value *v);
DRIFT_API bool drift_value_bool(const struct drift_value *v);
/* Lends the bytes of a string or the digits of a number, NUL-terminated; NULL for other kinds. len_out may be NULL. */
DRIFT_API const char *drift_value_text(const struct drift_value *v, size_t *len_out);
/* Elements of a list, members of a map, bytes of a text; 0 else. */
DRIFT_API size_t drift_value_size(const struct drift_value *v);
/* Lends element i of a list or the value of member i of a map; NULL outside. */
DRIFT_API const struct drift_value *drift_value_at(const struct drift_value *v, size_t i);
/* Lends the key of member i of a map; NULL outside. */
DRIFT_API const char *drift_value_key(const struct drift_value *v, size_t i, size_t *len_out);
/* Lends the member of that name (case matters); NULL where there is none. */
DRIFT_API const struct drift_value *drift_value_get(const struct drift_value *v, const char *key);
DRIFT_API bool drift_value_equal(const struct drift_value *a, const struct drift_value *b);

/* Reads strict JSON (RFC 8259) of n_bytes. name is what errors call the input ("prod.tfstate"). Gives *out.
 * BAD_JSON with "name:line:column" on bad input; LIMIT past 10000 levels (Go's limit, which Terraform has). */
DRIFT_API enum drift_status drift_document_parse(const char *text, size_t n_bytes, const char *name,
	struct drift_document **out, struct drift_error *err);
/* Lends the top value. */
DRIFT_API const struct drift_value *drift_document_root(const struct drift_document *doc);
DRIFT_API void drift_document_free(struct drift_document *doc);

/* Gives v as JSON text (free with drift_text_free), NULL without memory. indent 0 = one line, else spaces a level. */
DRIFT_API char *drift_value_to_json(const struct drift_value *v, int indent);
DRIFT_API void drift_text_free(char *text);

/* Runs a JMESPath expression (https://jmespath.org/specification.html) over v and gives the result as a document.
 * BAD_QUERY with the column in err->where when the expression does not parse or a function gets a wrong argument; LIMIT past the limits
 * of jmespath.h. */
DRIFT_API enum drift_status drift_query(const char *expression, const struct drift_value *v,
	struct drift_document **out, struct drift_error *err);
/* Only parses: a mistyped expression is found before the work whose result it is to be run over. */
DRIFT_API enum drift_status drift_query_check(const char *expression, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
