/* The keys of a run by what they were asked for with: profile, explicit key, role. */
#ifndef DRIFT_AWS_KEYRING_H
#define DRIFT_AWS_KEYRING_H

#include "aws/credentials.h"
#include "drift/keyring.h"

/* Gives a copy of the keys under this name that are good beyond until_ms; *out stays as it is when there are none. k may be NULL. */
enum drift_status drift__keyring_get(const struct drift_keyring *k, const char *name, int64_t until_ms, struct drift__credentials *out,
	struct drift_error *err);
/* Keeps a copy. k may be NULL. Without memory nothing is kept, which costs a second fetch, no more. */
void drift__keyring_put(struct drift_keyring *k, const char *name, const struct drift__credentials *keys);
/* AWS says that these are no good any more. k may be NULL. */
void drift__keyring_forget(struct drift_keyring *k, const char *name);

#endif
