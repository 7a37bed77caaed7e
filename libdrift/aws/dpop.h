/* A DPoP proof (RFC 9449): the holder of a token's key signs what the token is used for. ES256 only. */
#ifndef DRIFT_AWS_DPOP_H
#define DRIFT_AWS_DPOP_H

#include "base/base.h"

/* Appends the compact JWS for a POST to url. pem: an EC private key on P-256; id: never used before. NO_CREDENTIALS when the key is none. */
enum drift_status drift__dpop_proof(const char *pem, const char *url, const char *id, int64_t now_ms, struct drift__buf *out,
	struct drift_error *err);

#endif
