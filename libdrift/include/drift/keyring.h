/* Keys that are found once and used by every state and session of a run: an MFA code is asked for once, and STS, SSO and the instance
 * are not asked by each. */
#ifndef DRIFT_KEYRING_H
#define DRIFT_KEYRING_H

#include "drift/export.h"
#include "drift/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Not shared between threads. Must outlive the states and sessions that it was given to. */
struct drift_keyring;

/* Gives *out, empty. */
DRIFT_API enum drift_status drift_keyring_new(struct drift_keyring **out, struct drift_error *err);
/* Overwrites what is in it. */
DRIFT_API void drift_keyring_free(struct drift_keyring *k);

#ifdef __cplusplus
}
#endif
#endif
