/* What the AWS CLI keeps of a login, for the two sources that use such files. */
#ifndef DRIFT_AWS_LOGIN_CACHE_H
#define DRIFT_AWS_LOGIN_CACHE_H

#include "aws/credentials.h"
#include "model/value.h"

/* *out lives in a. NOT_FOUND, without a word in err, when there is no such file; BAD_JSON. */
enum drift_status drift__login_cache_read(const char *path, struct drift__arena *a, const struct drift_value **out, struct drift_error *err);
/* With mode 0600. A cache that cannot be written costs the next run a renewal or a login, no more. */
void drift__login_cache_write(const char *path, const struct drift_value *login);
/* The login with the members of fresh in place of its own, and perhaps another expiry. NULL without memory. */
const struct drift_value *drift__login_with(const struct drift_value *login, const struct drift_value *fresh, const char *expires_at,
	struct drift__arena *a);
/* Sends the question to x's URL. OK with whatever answer came: *answer is NULL when it is no JSON, and x->status says the rest. The caller
 * disposes of x. */
enum drift_status drift__login_renew(const struct drift__credential_context *ctx, struct drift__http_exchange *x, const struct drift_value *question,
	const char *where, struct drift__arena *a, const struct drift_value **answer, struct drift_error *err);

#endif
