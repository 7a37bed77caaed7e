/* Environment and INI files -> one place to ask for a setting. */
#define _POSIX_C_SOURCE 200809L
#include "aws/profile.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

extern char **environ;

const char *
drift__config_env(const struct drift__aws_config *c, const char *name)
{
	const char *const *env = c->env != NULL ? c->env : (const char *const *)environ;
	size_t n = strlen(name);

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return (*env)[n + 1] != '\0' ? *env + n + 1 : NULL;
	return NULL;
}

const char *
drift__config_path(struct drift__aws_config *c, const char *path)
{
	const char *home = drift__config_env(c, "HOME");

	if (path[0] == '~' && path[1] == '/' && home != NULL)
		return drift__arena_printf(&c->arena, "%s%s", home, path + 1);
	return drift__arena_strdup(&c->arena, path);
}

/* ---- sections ---- */

/* "profile x" of the config file; "default" goes by its bare name too. A bare [x] is no profile there. */
static const struct drift__ini_section *
config_section(const struct drift__aws_config *c, const char *profile)
{
	const struct drift__ini_section *s = drift__config_section(c, "profile", profile);

	if (s == NULL && strcmp(profile, "default") == 0)
		s = drift__ini_section(&c->config, profile);
	return s;
}

const struct drift__ini_section *
drift__config_section(const struct drift__aws_config *c, const char *kind, const char *name)
{
	const struct drift__ini_section *s;
	size_t n = strlen(kind);
	const char *rest;

	for (s = c->config.sections; s != NULL; s = s->next) {
		if (strncmp(s->name, kind, n) != 0 || s->name[n] != ' ')
			continue;
		rest = s->name + n + 1;
		/* [profile "x y"]: names may be quoted */
		if (rest[0] == '"' && strncmp(rest + 1, name, strlen(name)) == 0 && strcmp(rest + 1 + strlen(name), "\"") == 0)
			return s;
		if (strcmp(rest, name) == 0)
			return s;
	}
	return NULL;
}

bool
drift__config_has_profile(const struct drift__aws_config *c, const char *profile)
{
	return config_section(c, profile) != NULL || drift__ini_section(&c->credentials, profile) != NULL;
}

const char *
drift__config_key(const struct drift__aws_config *c, const char *profile, const char *key)
{
	const char *value = drift__ini_get(drift__ini_section(&c->credentials, profile), key);

	if (value == NULL || value[0] == '\0')
		value = drift__ini_get(config_section(c, profile), key);
	return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *
drift__config_get(const struct drift__aws_config *c, const char *variable, const char *key)
{
	const char *value = variable != NULL ? drift__config_env(c, variable) : NULL;

	return value != NULL ? value : drift__config_key(c, c->profile, key);
}

/* ---- loading ---- */

static enum drift_status
load_file(struct drift__aws_config *c, const char *variable, const char *standard, const char **path, struct drift__ini *ini,
	struct drift_error *err)
{
	static const struct drift__ini_options options = {.lower_keys = true};
	const char *given = drift__config_env(c, variable);

	if (given == NULL && drift__config_env(c, "HOME") == NULL)
		return DRIFT_OK;
	*path = drift__config_path(c, given != NULL ? given : standard);
	if (*path == NULL)
		return drift__nomem(err);
	if (access(*path, F_OK) != 0)
		return DRIFT_OK; /* as the AWS CLI does, also for a file that a variable names */
	c->has_files = true;
	return drift__ini_read(&c->arena, *path, &options, ini, err);
}

static void
consider(const char *name, const char *wanted, const char **best, int *distance)
{
	int d = drift__edit_distance(name, wanted);

	if (d < *distance) {
		*distance = d;
		*best = name;
	}
}

static enum drift_status
no_profile(const struct drift__aws_config *c, struct drift_error *err)
{
	const struct drift__ini_section *s;
	const char *best = NULL;
	int distance = 4;

	drift__fail(err, DRIFT_BAD_CONFIG, c->config_path != NULL ? c->config_path : "AWS_PROFILE",
		"there is no profile \"%s\"", c->profile);
	for (s = c->config.sections; s != NULL; s = s->next) {
		if (drift__starts(s->name, "profile "))
			consider(s->name + strlen("profile "), c->profile, &best, &distance);
		else if (strcmp(s->name, c->profile) == 0)
			drift__hint(err, "write [profile %s]: in the config file a bare [%s] is not a profile", s->name, s->name);
	}
	for (s = c->credentials.sections; s != NULL; s = s->next)
		consider(s->name, c->profile, &best, &distance);
	if (best != NULL)
		drift__hint(err, "did you mean \"%s\"?", best);
	drift__hint(err, "`aws configure list-profiles` shows those that exist; see --profile and AWS_PROFILE");
	return DRIFT_BAD_CONFIG;
}

static bool
is_true(const char *s)
{
	return s != NULL && strcasecmp(s, "true") == 0;
}

/* It becomes part of host names. */
static bool
valid_region(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n < 40 && s[n] == '\0' && s[0] != '-';
}

static enum drift_status
settle(struct drift__aws_config *c, const struct drift__aws_options *opt, struct drift_error *err)
{
	const char *attempts = drift__config_get(c, "AWS_MAX_ATTEMPTS", "max_attempts");
	char *end;

	c->region = opt->region != NULL && opt->region[0] != '\0' ? drift__arena_strdup(&c->arena, opt->region) :
								   drift__config_env(c, "AWS_REGION");
	if (c->region == NULL)
		c->region = drift__config_get(c, "AWS_DEFAULT_REGION", "region");
	if (c->region != NULL && !valid_region(c->region)) {
		drift__fail(err, DRIFT_BAD_CONFIG, "region", "\"%s\" is not the name of a region", c->region);
		return drift__hint(err, "a region looks like eu-west-1; see --region, AWS_REGION and the profile's region");
	}
	c->path_style = opt->path_style != 0;
	c->fips = opt->fips != 0 || is_true(drift__config_get(c, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
	c->dualstack = opt->dualstack != 0 || is_true(drift__config_get(c, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
	c->ignore_endpoint_urls =
		is_true(drift__config_get(c, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"));
	c->ca_bundle = opt->ca_bundle != NULL ? opt->ca_bundle : drift__config_get(c, "AWS_CA_BUNDLE", "ca_bundle");
	if (c->ca_bundle != NULL) {
		c->ca_bundle = drift__config_path(c, c->ca_bundle);
		if (c->ca_bundle == NULL)
			return drift__nomem(err);
	}
	c->max_attempts = opt->max_attempts;
	if (c->max_attempts <= 0 && attempts != NULL) {
		long n = strtol(attempts, &end, 10);

		if (*end != '\0' || n < 1 || n > 100) {
			drift__fail(err, DRIFT_BAD_CONFIG, "AWS_MAX_ATTEMPTS", "\"%s\" is not a number of attempts", attempts);
			return drift__hint(err, "give a number from 1 to 100 in AWS_MAX_ATTEMPTS or the profile's max_attempts");
		}
		c->max_attempts = (int)n;
	}
	if (c->max_attempts <= 0)
		c->max_attempts = 10;
	return DRIFT_OK;
}

static enum drift_status
load(struct drift__aws_config *c, const struct drift__aws_options *opt, struct drift_error *err)
{
	const char *profile = opt->profile != NULL && opt->profile[0] != '\0' ? opt->profile : NULL;
	enum drift_status st;
	bool asked;

	c->profile_given = profile != NULL;
	if (profile == NULL)
		profile = drift__config_env(c, "AWS_PROFILE");
	if (profile == NULL)
		profile = drift__config_env(c, "AWS_DEFAULT_PROFILE");
	asked = profile != NULL;
	c->profile = drift__arena_strdup(&c->arena, asked ? profile : "default");
	if (c->profile == NULL)
		return drift__nomem(err);
	st = load_file(c, "AWS_CONFIG_FILE", "~/.aws/config", &c->config_path, &c->config, err);
	if (st == DRIFT_OK)
		st = load_file(c, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", &c->credentials_path, &c->credentials, err);
	if (st != DRIFT_OK)
		return st;
	if (asked && strcmp(profile, "default") != 0 && !drift__config_has_profile(c, c->profile))
		return no_profile(c, err);
	return settle(c, opt, err);
}

enum drift_status
drift__config_new(const struct drift__aws_options *opt, struct drift__aws_config **out, struct drift_error *err)
{
	struct drift__aws_config *c = drift__calloc(1, sizeof *c);
	enum drift_status st;

	if (c == NULL)
		return drift__nomem(err);
	drift__arena_init(&c->arena, 64u << 20);
	c->env = opt->env;
	c->endpoints = opt->endpoints;
	st = load(c, opt, err);
	if (st == DRIFT_OK)
		*out = c;
	else
		drift__config_free(c);
	return st;
}

void
drift__config_free(struct drift__aws_config *c)
{
	if (c == NULL)
		return;
	drift__arena_wipe(&c->arena);
	drift__free(c);
}
