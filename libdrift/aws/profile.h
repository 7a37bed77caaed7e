/* What the environment and the files ~/.aws/config and ~/.aws/credentials say, as one place to ask. */
#ifndef DRIFT_AWS_PROFILE_H
#define DRIFT_AWS_PROFILE_H

#include "aws/client.h"
#include "base/ini.h"

struct drift__aws_config {
	struct drift__arena arena;      /* holds secrets: wiped at the end */
	const char *const *env;         /* NULL = the process's */
	const char *profile;            /* the active one's name */
	bool profile_given;             /* by an option, which then beats keys in the environment */
	bool has_files;
	struct drift__ini config, credentials;
	const char *config_path, *credentials_path; /* NULL without a home */
	const char *region;             /* NULL = none configured */
	const char *const *endpoints;   /* of the options, lent */
	const char *ca_bundle;          /* NULL = the system's */
	bool path_style, fips, dualstack, ignore_endpoint_urls;
	int max_attempts;
};

/* Gives *out. BAD_CONFIG with file and line, or for a profile that was asked for and does not exist. */
enum drift_status drift__config_new(const struct drift__aws_options *opt, struct drift__aws_config **out, struct drift_error *err);
void drift__config_free(struct drift__aws_config *c);

/* Lends a variable of the environment; NULL when unset or empty. */
const char *drift__config_env(const struct drift__aws_config *c, const char *name);
/* Lends a key of a profile, from the credentials file before the config file; NULL when absent or empty. */
const char *drift__config_key(const struct drift__aws_config *c, const char *profile, const char *key);
/* The environment's variable (NULL = none), else the active profile's key. */
const char *drift__config_get(const struct drift__aws_config *c, const char *variable, const char *key);
bool drift__config_has_profile(const struct drift__aws_config *c, const char *profile);
/* Lends [kind name] of the config file, e.g. "sso-session", "services"; NULL when absent. */
const struct drift__ini_section *drift__config_section(const struct drift__aws_config *c, const char *kind, const char *name);
/* A path with "~/" at its start made whole; lives in the config's arena. NULL without memory. */
const char *drift__config_path(struct drift__aws_config *c, const char *path);

#endif
