/* A service's operations and shapes, as pointers: what the protocol codecs walk along.
 *
 * services/NAME.json holds them as text (tests/tools/service_models.py explains the form); drift__catalogue_service links them once. */
#ifndef DRIFT_CATALOGUE_SHAPE_H
#define DRIFT_CATALOGUE_SHAPE_H

#include "catalogue/catalogue.h"

enum drift__shape_kind {
	DRIFT__SHAPE_ANY, /* passes as it is: what a JSON protocol need not look into */
	DRIFT__SHAPE_STRING,
	DRIFT__SHAPE_BOOL,
	DRIFT__SHAPE_INT,
	DRIFT__SHAPE_FLOAT,
	DRIFT__SHAPE_TIMESTAMP,
	DRIFT__SHAPE_BLOB,
	DRIFT__SHAPE_STRUCT,
	DRIFT__SHAPE_LIST,
	DRIFT__SHAPE_MAP
};
enum drift__location {
	DRIFT__IN_BODY,
	DRIFT__IN_URI,     /* a {label} of the path */
	DRIFT__IN_QUERY,   /* ?name=value; a map: one for each key */
	DRIFT__IN_HEADER,
	DRIFT__IN_HEADERS, /* a map: every header that starts with the wire name */
	DRIFT__IN_STATUS   /* the HTTP status */
};
enum drift__time_format { DRIFT__TIME_DEFAULT, DRIFT__TIME_ISO8601, DRIFT__TIME_RFC822, DRIFT__TIME_UNIX };

struct drift__shape;

/* A member of a structure, the element of a list, the key or value of a map. */
struct drift__field {
	const char *name; /* in the value tree: the model's member name; NULL for elements, keys and values */
	const char *wire; /* on the wire: XML element, JSON member, query key, header */
	const char *form; /* ec2 requests: the key when it is not wire with a capital; else NULL */
	const struct drift__shape *shape;
	enum drift__location at;
	enum drift__time_format time;
	bool flat;        /* a list that is flat here, whatever its shape says */
	bool tail;        /* of "/hostedzone/Z1" only what follows the last slash is sent */
	bool attribute;   /* an XML attribute of the structure's own element */
};
struct drift__shape {
	const char *name;
	enum drift__shape_kind kind;
	bool flat;                   /* list, map: repeated elements without a wrapper */
	const struct drift__field *fields; /* struct: sorted by wire name; list: [0] element; map: [0] key, [1] value */
	size_t n_fields;
	const struct drift__field *payload; /* struct: the member that is the whole body; NULL = none */
};

struct drift__pager {
	const struct drift_value *input_tokens;  /* list of member names; NULL = the operation is not paged */
	const struct drift_value *output_tokens; /* list of JMESPath expressions over the output, one for each input token */
	const struct drift_value *result_keys;   /* list of dotted paths to the lists that grow */
	const char *more;                        /* dotted path of the flag "there is more"; NULL = a token says so */
	const char *limit;                       /* member for the page size; NULL = none */
};
struct drift__operation {
	const char *name;
	const char *method, *uri;            /* "GET", "/v2/apis/{ApiId}?tags"; POST and "/" where a protocol has no more */
	const struct drift__shape *input, *output; /* structures; NULL for json, and where there is none */
	const struct drift_value *input_names; /* json: list of the input's member names; else NULL */
	const char *wrapper;                 /* query: element of the reply that holds the output; NULL = the root */
	const char *root;                    /* the member that the text of the root element is; NULL = none */
	const char *body_name, *body_xmlns;  /* rest-xml: root element of the request */
	const char *host_prefix;             /* "{AccountId}.": stands before the endpoint's host */
	bool has_reply_body;                 /* the output has members that stand in the body: an empty body is no answer */
	bool unsigned_call;                  /* STS web identity, … */
	bool secret;                         /* the output may hold secrets: it is never kept on disk */
	const char *iam;                     /* "s3:ListAllMyBuckets"; NULL: the service's prefix and the name */
	struct drift__pager pager;
};

/* Lends for as long as the catalogue lives. NULL and USAGE for an operation that the catalogue does not allow. */
const struct drift__operation *drift__service_operation(const struct drift__service *s, const char *operation, struct drift_error *err);
/* For an entry with secret attributes: what the operation answers is never kept on disk. No-op for one that does not exist. */
void drift__service_mark_secret(const struct drift__service *s, const char *operation);
/* Lends the field of a structure with that wire name; NULL when there is none. */
const struct drift__field *drift__shape_by_wire(const struct drift__shape *s, const char *wire);
/* The same by member name. */
const struct drift__field *drift__shape_by_name(const struct drift__shape *s, const char *name);

#endif
