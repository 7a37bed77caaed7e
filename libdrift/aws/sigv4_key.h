/* SHA-256, HMAC and derived signing keys, made cheap: the digest is fetched once, and a key is derived once a day, region and service. */
#ifndef DRIFT_AWS_SIGV4_KEY_H
#define DRIFT_AWS_SIGV4_KEY_H

#include "base/base.h"

enum { DRIFT__SIGV4_DIGEST = 32 };

struct drift__sigv4_keyring;

/* Gives; NULL without memory. Freeing overwrites every key. */
struct drift__sigv4_keyring *drift__sigv4_keyring_new(void);
void drift__sigv4_keyring_free(struct drift__sigv4_keyring *k);

/* These fail only without memory. */
bool drift__sigv4_hash(struct drift__sigv4_keyring *k, const void *p, size_t n, unsigned char out[DRIFT__SIGV4_DIGEST]);
bool drift__sigv4_hmac(struct drift__sigv4_keyring *k, const unsigned char key[DRIFT__SIGV4_DIGEST], const void *p, size_t n,
	unsigned char out[DRIFT__SIGV4_DIGEST]);
/* Lends the key of a scope until the next call; amz_date starts with the day. NULL without memory. */
const unsigned char *drift__sigv4_key(struct drift__sigv4_keyring *k, const char *secret, const char *amz_date, const char *region,
	const char *service);

#endif
