/* AWS Signature Version 4: a request, keys, a scope and a time -> the texts that are signed, and the signature.
 *
 * Nothing here reads a clock or an environment. A signer keeps scratch memory and derived keys, so that signing many requests
 * costs two hashes each; it holds secrets, which drift__signer_free overwrites. */
#ifndef DRIFT_AWS_SIGV4_H
#define DRIFT_AWS_SIGV4_H

#include "aws/http_message.h"

#define DRIFT__SIGV4_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct drift__signer;

struct drift__sigv4_keys {
	const char *access_key, *secret_key;
	const char *token; /* NULL or "" = none */
};

struct drift__sigv4_input {
	const char *method;
	const char *path;                   /* as it goes over the wire */
	const struct drift__pairs *query;   /* not encoded */
	const struct drift__pairs *headers; /* Host among them; what may change on the way (user-agent, expect, …) is left out */
	const char *body;
	size_t n_body;
	const char *region, *service;       /* the signing name */
	int64_t now_ms;
	bool raw_path;        /* S3: the path is signed as it is. Else: normalised, then encoded once more */
	bool keep_path_form;  /* not normalised, but encoded once more */
	bool hash_header;     /* adds and signs x-amz-content-sha256 (S3 demands it) */
	bool token_unsigned;  /* the session token is added after signing */
	const char *body_sha256; /* NULL = computed; presigned S3: "UNSIGNED-PAYLOAD" */
	unsigned expires_s;   /* presign only */
};

/* All lent by the signer until its next call. */
struct drift__sigv4_result {
	const char *amz_date;          /* "20150830T123600Z": header x-amz-date */
	const char *body_sha256;       /* header x-amz-content-sha256 where asked for */
	const char *query;             /* the encoded query that was signed: send exactly this, "" = none */
	const char *canonical_request;
	const char *string_to_sign;
	const char *signature;         /* 64 hex digits */
	const char *authorization;     /* the header's value; NULL when presigned */
	const char *signed_headers;    /* "host;x-amz-date" */
};

/* Gives; NULL without memory. */
struct drift__signer *drift__signer_new(void);
void drift__signer_free(struct drift__signer *s);

/* Header form: the caller sends amz_date, body_sha256 (with hash_header), the token and authorization as headers. */
enum drift_status drift__sigv4_sign(struct drift__signer *s, const struct drift__sigv4_keys *keys,
	const struct drift__sigv4_input *in, struct drift__sigv4_result *out, struct drift_error *err);
/* Query form: out->query holds everything, X-Amz-Signature last; send no further headers than those in in->headers. */
enum drift_status drift__sigv4_presign(struct drift__signer *s, const struct drift__sigv4_keys *keys,
	const struct drift__sigv4_input *in, struct drift__sigv4_result *out, struct drift_error *err);

#endif
