/* GET over HTTP for states that do not lie in S3: redirects are followed by hand, secrets stay with the host that they are meant for. */
#ifndef DRIFT_STATE_REMOTE_H
#define DRIFT_STATE_REMOTE_H

#include "aws/http.h"

struct drift__remote_options {
	const volatile int *cancel;
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
	int64_t first_wait_ms; /* before the second attempt; 0 = 500. It doubles */
};

struct drift__remote_request {
	const char *url;            /* http(s)://host[:port]/…; without a user in it */
	const char *header, *secret; /* one header that holds a secret: "Authorization", "PRIVATE-TOKEN"; NULL = none */
	const char *accept;         /* NULL = any */
	size_t max_bytes;
};

/* What came. Dispose of it with drift__remote_dispose, also after a failure. */
struct drift__remote_reply {
	int status;               /* of the last reply */
	struct drift__buf body;
	char etag[80];
	char content_md5[32];     /* base64, as the server said it; "" = it did not */
	int64_t modified_ms, date_ms; /* 0 = not said */
	bool left_host;           /* a redirect led to another host; the secret was not sent there */
};

/* Any status from 200 to 599 but a redirect is DRIFT_OK: the caller knows what it means. Tries again twice after 429, 502, 503, 504 and broken
 * connections. NETWORK, TIMEOUT, TLS, LIMIT, CANCELLED, and BAD_REPLY for a redirect that cannot be followed. */
enum drift_status drift__remote_get(const struct drift__remote_request *q, const struct drift__remote_options *o,
	struct drift__remote_reply *out, struct drift_error *err);
void drift__remote_dispose(struct drift__remote_reply *reply);

/* scheme://host[:port]/path: what may be shown of a URL. Queries and users may hold secrets. NULL without memory. */
const char *drift__url_shown(struct drift__arena *a, const char *url);
/* "host[:port]" in lower case, the port only where it is not the scheme's own. NULL when url is no http(s) URL, or without memory. */
const char *drift__url_host(struct drift__arena *a, const char *url);
/* "Basic …" for a user and a password; NULL without memory. */
const char *drift__basic_authorization(struct drift__arena *a, const char *user, const char *password);

#endif
