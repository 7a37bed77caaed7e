/* What calls itself a secret: a member or a {name, value} pair with a telling name, also inside JSON texts (environment variables of container
 * definitions). What a schema marks is for those who have one. */
#ifndef DRIFT_MODEL_TELLING_H
#define DRIFT_MODEL_TELLING_H

#include "model/value.h"

/* What stands in place of a secret: "(sensitive)". */
extern const struct drift_value drift__mask;

/* Names like DB_PASSWORD, apiToken, client-secret, private_key, user_data. */
bool drift__telling_name(const char *name);
/* Only texts can be secrets by name: `password_length: 14` or `force_secret: true` are settings. An ARN says where a secret is. */
bool drift__may_be_secret(const struct drift_value *v);
/* v without what calls itself a secret; v itself when nothing does. *masked becomes true when something went. NULL without memory. */
const struct drift_value *drift__without_secrets(struct drift__arena *a, const struct drift_value *v, bool *masked);

#endif
