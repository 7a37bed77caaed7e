/* Calls to HTTP requests and replies to values, for all five wire protocols.
 *
 *	operation + input  → drift__codec_request → struct drift__http_request (no host, no signature)
 *	status, headers, body → drift__codec_reply → one map with the model's member names, whatever the protocol
 *	                      → drift__codec_error → code, message, request id of a failure
 *	input + output        → drift__pager_next  → the input of the next page
 *
 * In a reply numbers and booleans are typed by the model; times are ISO 8601 text (a JSON protocol's epoch numbers stay numbers);
 * blobs are base64 text, but a body that is one blob (S3 GetObject) is a string of its raw bytes; an empty list that was sent is [];
 * members that the model does not know keep their wire name. The codecs are pure: no clock, no network, no global state. */
#ifndef DRIFT_AWS_CODEC_H
#define DRIFT_AWS_CODEC_H

#include "aws/http_message.h"
#include "catalogue/shape.h"
#include "model/value.h"

/* input is a map with the model's member names, or NULL; null members are left out. Everything in *out lives in a.
 * USAGE for a member that the operation does not have, one that its path needs and is missing, or a value of a wrong kind. */
enum drift_status drift__codec_request(const struct drift__service *s, const struct drift__operation *op,
	const struct drift_value *input, struct drift__arena *a, struct drift__http_request *out, struct drift_error *err);

/* For an HTTP status below 300. *out lives in a; a's max_bytes limits what a hostile body can cost.
 * BAD_REPLY: cut off, malformed, empty where the model expects content, or something else's answer (an HTML page); a retry may help.
 * AWS: an error in a 200 reply (S3): drift__codec_error tells which. LIMIT: nested too deeply or too large. */
enum drift_status drift__codec_reply(const struct drift__service *s, const struct drift__operation *op, int http_status,
	const struct drift__pairs *headers, const void *body, size_t n, struct drift__arena *a, const struct drift_value **out,
	struct drift_error *err);

/* What a failed call says of itself; fixed buffers, so that telling it cannot fail. */
struct drift__reply_error {
	char code[128];       /* "AccessDenied", "NoSuchBucketPolicy"; the HTTP status as text when there is none. Never empty */
	char message[512];    /* one line of valid UTF-8; may be empty */
	char request_id[128]; /* may be empty */
	char region[64];      /* S3: the region that the bucket is in, from header or body; may be empty */
	char instead[200];    /* without code and message: what came, for people: "an HTML page (\"Bad Gateway\")" */
	bool foreign;         /* neither a code nor a request id: not AWS has answered, or only what stands before it */
};
/* For an HTTP status of 300 and more, or after drift__codec_reply gave AWS. Understands every protocol's shapes whatever s says, and
 * bodies that are HTML, empty or cut off. */
void drift__codec_error(const struct drift__service *s, int http_status, const struct drift__pairs *headers, const void *body, size_t n,
	struct drift__reply_error *out);

/* *next is the input of the page after the one that gave output, or NULL when that was the last (or the operation is not paged).
 * It lives in a and borrows from input and output. BAD_REPLY when the token is the one that was just sent: paging would not end. */
enum drift_status drift__pager_next(const struct drift__operation *op, const struct drift_value *input, const struct drift_value *output,
	struct drift__arena *a, const struct drift_value **next, struct drift_error *err);
/* One output out of a call's pages (at least one), in order: the result lists joined, tokens left out, all else as on the first
 * page. *out lives in a and borrows from the pages. NOMEM. */
enum drift_status drift__pager_merge(const struct drift__operation *op, const struct drift_value *const *pages, size_t n_pages,
	struct drift__arena *a, const struct drift_value **out, struct drift_error *err);

#endif
