/* What the protocol files share. codec.c chooses among them; nobody else includes this. */
#ifndef DRIFT_AWS_PROTOCOL_H
#define DRIFT_AWS_PROTOCOL_H

#include "aws/codec.h"
#include "aws/xml.h"

enum { DRIFT__MAX_REQUEST = 4 * 1024 * 1024 };

/* One call on its way out. */
struct drift__encoder {
	const struct drift__service *service;
	const struct drift__operation *op;
	const struct drift_value *input; /* a map or NULL */
	struct drift__arena *arena;
	struct drift__http_request *request;
	struct drift_error *err;
	char where[128]; /* "ec2:DescribeVpcs" */
};
/* One reply on its way in. */
struct drift__decoder {
	const struct drift__service *service;
	const struct drift__operation *op;
	int http_status;
	const struct drift__pairs *headers;
	const char *body;
	size_t n_body;
	struct drift__arena *arena;
	struct drift_error *err;
	char where[128];
};

/* One protocol each. */
enum drift_status drift__encode_query(struct drift__encoder *e);     /* query and ec2 */
enum drift_status drift__encode_json(struct drift__encoder *e);
enum drift_status drift__encode_rest_json(struct drift__encoder *e);
enum drift_status drift__encode_rest_xml(struct drift__encoder *e);
enum drift_status drift__decode_query(struct drift__decoder *d, const struct drift_value **out);
enum drift_status drift__decode_json(struct drift__decoder *d, const struct drift_value **out);
enum drift_status drift__decode_rest_json(struct drift__decoder *d, const struct drift_value **out);
enum drift_status drift__decode_rest_xml(struct drift__decoder *d, const struct drift_value **out);

/* ---- requests (encode.c) ---- */
enum drift_status drift__encode_header(struct drift__encoder *e, const char *name, const char *value);
/* Copies the buffer's bytes as body. */
enum drift_status drift__encode_body(struct drift__encoder *e, struct drift__buf *body);
/* Looks up a member of the input; USAGE when the structure has none of that name. */
enum drift_status drift__encode_field(struct drift__encoder *e, const struct drift__shape *s, const char *name,
	const struct drift__field **out);
/* A scalar as text for a form, a path, a query string, a header or XML. USAGE for a list or a map. *out may borrow from v. */
enum drift_status drift__encode_scalar(struct drift__encoder *e, const struct drift__field *f, const struct drift_value *v,
	const char **out, size_t *n_out);
/* Path with its labels, query string and headers of a rest protocol. */
enum drift_status drift__encode_places(struct drift__encoder *e);

/* ---- replies (decode.c) ---- */
/* Text to the value that the shape wants; text that is no such value stays a string. NULL without memory. */
const struct drift_value *drift__decode_scalar(struct drift__arena *a, const struct drift__field *f, enum drift__time_format time,
	const char *text, size_t n);
/* Members that stand in headers and status go to m. */
void drift__decode_places(struct drift__decoder *d, struct drift__map_builder *m);
enum drift_status drift__decode_map(struct drift__decoder *d, struct drift__map_builder *m, const struct drift_value **out);
enum drift_status drift__decode_bad(struct drift__decoder *d, const char *what);

/* ---- XML values (decode_xml.c) ---- */
/* Puts the members of s that x's children (and attributes) hold into m; what s does not know under its wire name, but for names in
 * the NULL-ended list skip. */
enum drift_status drift__xml_members(struct drift__decoder *d, const struct drift__shape *s, const struct drift__xml *x,
	const char *const *skip, struct drift__map_builder *m);
enum drift_status drift__xml_value(struct drift__decoder *d, const struct drift__field *f, const struct drift__xml *x,
	const struct drift_value **out);

/* ---- JSON values (protocol_json.c) ---- */
enum drift_status drift__json_reply(struct drift__decoder *d, const struct drift_value **out);

#endif
