/* What goes over the wire, before it is signed and after it is read: plain data, shared by codecs, signer and engine. */
#ifndef DRIFT_AWS_HTTP_MESSAGE_H
#define DRIFT_AWS_HTTP_MESSAGE_H

#include "base/base.h"

struct drift__pair {
	const char *name;
	const char *value; /* never NULL */
};

/* A list that grows in an arena. Zero it to start; order is kept. */
struct drift__pairs {
	struct drift__pair *items;
	size_t len, cap;
};
/* Copies name and value. NOMEM. */
enum drift_status drift__pairs_add(struct drift__pairs *p, struct drift__arena *a, const char *name, const char *value);
/* Lends the first value of that name, compared without case; NULL when absent. */
const char *drift__pairs_get(const struct drift__pairs *p, const char *name);

/* A request without its host: the endpoint, the Host header, dates and the signature are added when it is sent.
 * Everything in it lives in the arena it was made in. */
struct drift__http_request {
	const char *method;         /* "GET" */
	const char *path;           /* as it goes over the wire: percent-encoded, starts with "/". S3 in path style: "/bucket/key" */
	const char *bucket;         /* S3 only: the bucket that path starts with (unencoded), for virtual hosts; else NULL */
	const char *host_prefix;    /* goes before the endpoint's host ("123456789012."), not before an overridden one; NULL = none */
	struct drift__pairs query;  /* NOT encoded, any order; a valueless key has value "" */
	struct drift__pairs headers; /* content-type, x-amz-target, … ; never host, date or authorization */
	const char *body;           /* NULL = none; may hold NUL */
	size_t n_body;
	bool unsigned_call;         /* the model says authtype none: STS web identity, SSO, OIDC */
};

/* Appends s (n bytes) percent-encoded as SigV4 wants it: A-Za-z0-9-._~ stay, and "/" when keep_slash. */
void drift__uri_encode(struct drift__buf *out, const char *s, size_t n, bool keep_slash);

/* Forms of NO_PROXY that curl does not know, in place: "*.example.com" becomes ".example.com", "host:8080" becomes "host". NULL is fine. */
void drift__no_proxy_forms(char *list);

#endif
