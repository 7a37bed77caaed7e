/* Sealed secrets: what stands for a secret in a saved snapshot. It can be compared with a value, and not be read.
 *
 * {"$sealed": "1$<salt>$<hash>"}, hash = PBKDF2-HMAC-SHA256 over 100,000 rounds, salt = the first 16 bytes of the SHA-256 of where the secret
 * stands, both in hex: the same snapshot gives the same bytes, and equal secrets in two places do not look equal. A weak password can still
 * be guessed offline from it, so saved snapshots are files to keep private. */
#ifndef DRIFT_MODEL_SEALED_H
#define DRIFT_MODEL_SEALED_H

#include "model/value.h"

/* Seals a text; place tells where it stands. NULL without memory. */
const struct drift_value *drift__seal(struct drift__arena *a, const char *text, size_t n, const char *place);
bool drift__is_sealed(const struct drift_value *v);
enum drift__seal_match { DRIFT__SEAL_EQUAL, DRIFT__SEAL_DIFFERENT, DRIFT__SEAL_UNKNOWN };
/* Compares two values of which at least one is sealed. Unknown: both are, with different salts, or the seal is not understood. */
enum drift__seal_match drift__seal_compare(const struct drift_value *a, const struct drift_value *b);

#endif
