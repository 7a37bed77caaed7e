/* .driftscan: an INI file with [default] and [env NAME] sections. */
#include <stdio.h>
#include <string.h>

#include "base/ini.h"
#include "state/source.h"

/* The keys that exist, and whether they hold several values. docs/configuration.md explains each. */
static const struct {
	const char *name;
	bool list;
} keys[] = {{"account", false}, {"all", false}, {"allow_changes", true}, {"cache_ttl", false}, {"call_timeout", false}, {"catalogue", false}, {"deadline", false},
	{"external_id", false}, {"fresh", false}, {"history", false}, {"ignore_file", false}, {"include_defaults", false}, {"include_managed", false}, {"map", false}, {"max_policies", false}, {"name", true}, {"output", true},
	{"plan", false}, {"profile", false}, {"protect", true}, {"provider_major", false}, {"region", true}, {"role_arn", false},
	{"scan_role_arn", false}, {"state", true}, {"state_profile", false}, {"state_role_arn", false}, {"strategy", false}, {"tag", true},
	{"type", true}, {"workspace", false}};
enum { N_KEYS = sizeof keys / sizeof keys[0] };

struct drift_config {
	struct drift__arena arena;
	const char *values[N_KEYS];
	const char **lists[N_KEYS];
	const char **unchosen;
};

void
drift_config_free(struct drift_config *c)
{
	if (c == NULL)
		return;
	drift__arena_dispose(&c->arena);
	drift__free(c);
}

static int
key_index(const char *name)
{
	int i;

	for (i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return i;
	return -1;
}

const char *const *
drift_config_unchosen(const struct drift_config *c)
{
	return c->unchosen;
}

const char *
drift_config_get(const struct drift_config *c, const char *key)
{
	int i = key_index(key);

	return i >= 0 ? c->values[i] : NULL;
}

const char *const *
drift_config_list(const struct drift_config *c, const char *key)
{
	int i = key_index(key);

	return i >= 0 ? c->lists[i] : NULL;
}

/* Values stand apart by commas or line ends. */
static const char **
split(struct drift__arena *a, const char *value)
{
	size_t n = 1, i;
	const char *p;
	const char **out;

	for (p = value; *p != '\0'; p++)
		n += *p == ',' || *p == '\n';
	out = drift__arena_zalloc(a, (n + 1) * sizeof *out);
	for (p = value, i = 0; out != NULL && *p != '\0';) {
		size_t len = strcspn(p, ",\n"), left = strspn(p, " \t"), end = len;

		while (end > left && strchr(" \t\r", p[end - 1]) != NULL)
			end--;
		if (end > left) {
			out[i] = drift__arena_strndup(a, p + left, end - left);
			if (out[i++] == NULL)
				return NULL;
		}
		p += len + (p[len] != '\0');
	}
	return out;
}

static enum drift_status
unknown_key(const char *path, const struct drift__ini_entry *e, struct drift_error *err)
{
	char where[256];
	const char *nearest = NULL;
	int best = 4, i, d;

	for (i = 0; i < N_KEYS; i++) {
		d = drift__edit_distance(e->key, keys[i].name);
		if (d < best) {
			best = d;
			nearest = keys[i].name;
		}
	}
	snprintf(where, sizeof where, "%s:%u", path, e->line);
	drift__fail(err, DRIFT_BAD_CONFIG, where, "there is no setting \"%s\"", e->key);
	return nearest != NULL ? drift__hint(err, "did you mean %s?", nearest) : drift__hint(err, "docs/configuration.md lists the settings");
}

static enum drift_status
take_section(struct drift_config *c, const char *path, const struct drift__ini_section *s, struct drift_error *err)
{
	const struct drift__ini_entry *e;

	for (e = s != NULL ? s->entries : NULL; e != NULL; e = e->next) {
		int i = key_index(e->key);

		if (i < 0)
			return unknown_key(path, e, err);
		c->values[i] = drift__arena_strdup(&c->arena, e->value);
		c->lists[i] = split(&c->arena, e->value);
		if (c->values[i] == NULL || c->lists[i] == NULL)
			return drift__nomem(err);
	}
	return DRIFT_OK;
}

static enum drift_status
unknown_env(const char *path, const char *env, const struct drift__ini *ini, struct drift_error *err)
{
	const struct drift__ini_section *s;
	char known[300] = "";
	size_t n = 0;

	for (s = ini->sections; s != NULL; s = s->next)
		if (drift__starts(s->name, "env ") && n < sizeof known)
			n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n > 0 ? ", " : "", s->name + 4);
	drift__fail(err, DRIFT_BAD_CONFIG, path, "there is no [env %s]", env);
	return drift__hint(err, "known environments: %s", n > 0 ? known : "none");
}

/* The environments that are there, when nothing is set without one. */
static enum drift_status
take_unchosen(struct drift_config *c, const struct drift__ini *ini, struct drift_error *err)
{
	const struct drift__ini_section *s = drift__ini_section(ini, "default");
	size_t n = 0;

	if (s != NULL && s->entries != NULL)
		return DRIFT_OK;
	for (s = ini->sections; s != NULL; s = s->next)
		n += drift__starts(s->name, "env ");
	if (n == 0)
		return DRIFT_OK;
	c->unchosen = drift__arena_zalloc(&c->arena, (n + 1) * sizeof *c->unchosen);
	if (c->unchosen == NULL)
		return drift__nomem(err);
	n = 0;
	for (s = ini->sections; s != NULL; s = s->next)
		if (drift__starts(s->name, "env "))
			c->unchosen[n++] = s->name + 4;
	return DRIFT_OK;
}

static enum drift_status
read_config(struct drift_config *c, const char *given, const char *env, struct drift_error *err)
{
	struct drift__ini_options opt = {.name = given != NULL ? given : ".driftscan", .lower_keys = true, .unique = true, .inline_comments = true, .flat = true};
	const char *section = env != NULL ? drift__arena_printf(&c->arena, "env %s", env) : NULL;
	struct drift_error missing = DRIFT_ERROR_INIT;
	struct drift__ini ini;
	enum drift_status st = drift__ini_read(&c->arena, opt.name, &opt, &ini, &missing);

	if (st == DRIFT_IO && given == NULL && env == NULL)
		return DRIFT_OK;
	if (st != DRIFT_OK) {
		if (err != NULL)
			*err = missing;
		if (st == DRIFT_IO)
			drift__hint(err, "`driftscan init` writes a first one");
		return st;
	}
	st = take_section(c, opt.name, drift__ini_section(&ini, "default"), err);
	if (st == DRIFT_OK && env == NULL)
		st = take_unchosen(c, &ini, err);
	if (st == DRIFT_OK && section != NULL && drift__ini_section(&ini, section) == NULL)
		return unknown_env(opt.name, env, &ini, err);
	return st == DRIFT_OK && section != NULL ? take_section(c, opt.name, drift__ini_section(&ini, section), err) : st;
}

enum drift_status
drift_config_load(const char *path, const char *env, struct drift_config **out, struct drift_error *err)
{
	struct drift_config *c = drift__calloc(1, sizeof *c);
	enum drift_status st;

	if (c == NULL)
		return drift__nomem(err);
	drift__arena_init(&c->arena, 0);
	st = read_config(c, path, env, err);
	if (st == DRIFT_OK)
		*out = c;
	else
		drift_config_free(c);
	return st;
}

enum drift_status
drift_config_first(const char *env, char **text_out, struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	struct drift__source backend;
	struct drift__arena a;
	bool found;

	drift__arena_init(&a, 0);
	found = drift__backend_resolve(NULL, &a, &backend, NULL) == DRIFT_OK;
	drift__buf_addf(&b, "# What driftscan looks at. One [env NAME] a section; options on the command line win.\n"
		"[env %s]\n"
		"# The state. Without this line the backend that .terraform/terraform.tfstate names is used%s%s.\n"
		"#state = s3://BUCKET/KEY\n"
		"#workspace = default\n"
		"# What belongs to this environment: resources with these tags or names, and everything that hangs on them.\n"
		"tag = Environment=%s\n"
		"#name = %s-*\n"
		"# Regions to scan; without this line the configured one and those of the state.\n"
		"#region = %s\n"
		"# Credentials for the scan, and others for the state.\n"
		"#profile = %s\n"
		"#state_profile = states\n"
		"# `terraform show -json tfplan`: exact addresses for imports.\n"
		"#plan = plan.json\n",
		env, found ? ": now " : "", found ? backend.text : "", env, env,
		found && backend.aws.region != NULL ? backend.aws.region : "eu-west-1", env);
	drift__arena_dispose(&a);
	*text_out = drift__buf_take(&b);
	drift__buf_dispose(&b);
	return *text_out != NULL ? DRIFT_OK : drift__nomem(err);
}
