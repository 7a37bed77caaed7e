/* The configuration of S3 backends -> access to exactly their objects and items. What is called, and for what, is `backend` of the table iam. */
#include "policy/condition.h"

#include <string.h>

struct backend {
	struct drift__policy_maker *mk;
	const struct drift_value *config;
	const char *bucket, *key, *prefix, *table, *kms, *role, *region;
	const struct drift_value *workspaces; /* list of names; NULL = the one that is used alone */
	bool lockfile;
};

static const char *
or_star(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : "*";
}

static const char *
setting(const struct drift_value *config, const char *name)
{
	const char *s = drift__value_gets(config, name);

	return s != NULL && s[0] != '\0' ? s : NULL;
}

static const char *
text(const struct backend *b, const char *s)
{
	return drift__got(b->mk, s);
}
#define TEXT(b, ...) text(b, drift__arena_printf((b)->mk->needs.arena, __VA_ARGS__))

/* The key of the i-th workspace that is used, NULL past the last. */
static const char *
state_key(const struct backend *b, size_t i)
{
	const char *name = drift__value_str(drift_value_at(b->workspaces, i));

	if (b->workspaces == NULL && i == 0)
		return setting(b->config, "object") != NULL ? setting(b->config, "object") : b->key;
	if (name == NULL)
		return NULL;
	if (strcmp(name, "default") == 0)
		return b->key;
	return b->prefix[0] != '\0' ? TEXT(b, "%s/%s/%s", b->prefix, name, b->key) : TEXT(b, "%s/%s", name, b->key);
}

static const char *
literal_key(const struct backend *b, size_t i)
{
	const char *k = state_key(b, i);

	return k != NULL ? drift__iam_literal(b->mk, k) : NULL;
}

/* The i-th ARN that a row of the table is about; NULL past the last, and for what this backend does not have. */
static const char *
resource_for(const struct backend *b, const char *on, size_t i)
{
	const char *partition = b->mk->where.partition, *account = or_star(b->mk->where.account), *k = literal_key(b, i);

	if (strcmp(on, "object") == 0)
		return k != NULL ? TEXT(b, "arn:%s:s3:::%s/%s", partition, b->bucket, k) : NULL;
	/* driftscan looks for a lock file whatever the backend says: another version of Terraform may have left one */
	if (strcmp(on, "lockfile") == 0)
		return (b->lockfile || b->mk->opt->mode == DRIFT_POLICY_SCAN) && k != NULL ? TEXT(b, "arn:%s:s3:::%s/%s.tflock", partition, b->bucket, k) : NULL;
	if (i > 0)
		return NULL;
	if (strcmp(on, "bucket") == 0)
		return TEXT(b, "arn:%s:s3:::%s", partition, b->bucket);
	if (strcmp(on, "role") == 0)
		return b->role;
	if ((strcmp(on, "lock") == 0 || strcmp(on, "digest") == 0) && b->table != NULL)
		return strncmp(b->table, "arn:", 4) == 0 ? b->table :
			TEXT(b, "arn:%s:dynamodb:%s:%s:table/%s", partition, or_star(b->region), account, b->table);
	if (b->kms == NULL || (strcmp(on, "key") != 0 && !(strcmp(on, "lockfile-key") == 0 && b->lockfile)))
		return NULL;
	if (strncmp(b->kms, "arn:", 4) == 0 && strstr(b->kms, ":alias/") == NULL)
		return b->kms;
	/* permissions on a key never name an alias: the condition does */
	return TEXT(b, "arn:%s:kms:%s:%s:key/%s", partition, or_star(b->region), account, strstr(b->kms, "alias/") != NULL ? "*" : b->kms);
}

static const char *
finish(const struct backend *b, struct drift__map_builder *top)
{
	const char *out = text(b, drift__condition_text(b->mk->needs.arena, drift__map_finish(top)));

	return out != NULL ? out : "";
}

static void
put(const struct backend *b, struct drift__map_builder *top, const char *operator, const char *name, const struct drift_value *value)
{
	struct drift__map_builder inner;

	drift__map_init(&inner, b->mk->needs.arena);
	drift__map_put(&inner, name, value);
	drift__map_put(top, operator, drift__map_finish(&inner));
}

static const char *
condition_for(const struct backend *b, const char *on)
{
	struct drift__arena *a = b->mk->needs.arena;
	struct drift__list_builder values;
	struct drift__map_builder top;

	drift__list_init(&values, a);
	drift__map_init(&top, a);
	if (strcmp(on, "bucket") == 0) {
		for (size_t i = 0; state_key(b, i) != NULL; i++)
			drift__list_add(&values, drift__value_string(a, literal_key(b, i)));
		/* workspaces are found by listing what lies under the prefix */
		drift__list_add(&values, drift__value_string(a, TEXT(b, "%s%s", b->prefix, b->prefix[0] != '\0' ? "/" : "")));
		put(b, &top, "StringEquals", "s3:prefix", drift__list_finish(&values));
	} else if (strcmp(on, "lock") == 0 || strcmp(on, "digest") == 0) {
		for (size_t i = 0; state_key(b, i) != NULL; i++)
			drift__list_add(&values, drift__value_string(a, TEXT(b, "%s/%s%s", b->bucket, literal_key(b, i), strcmp(on, "digest") == 0 ? "-md5" : "")));
		put(b, &top, "ForAllValues:StringEquals", "dynamodb:LeadingKeys", drift__list_finish(&values));
	} else if (strcmp(on, "key") == 0 || strcmp(on, "lockfile-key") == 0) {
		const char *alias = strstr(b->kms, "alias/");

		if (b->region != NULL)
			put(b, &top, "StringEquals", "kms:ViaService", drift__value_string(a, TEXT(b, "s3.%s.amazonaws.com", b->region)));
		if (alias != NULL)
			put(b, &top, "ForAnyValue:StringEquals", "kms:ResourceAliases", drift__value_string(a, alias));
	}
	drift__list_dispose(&values);
	return finish(b, &top);
}

/* What rows are `for`: reading the state, taking its lock as Terraform does, or writing it. */
static bool
is_wanted(const struct backend *b, const char *what)
{
	enum drift_policy_mode mode = b->mk->opt->mode;

	if (strcmp(what, "assume") == 0)
		return b->role != NULL && mode != DRIFT_POLICY_STATE;
	/* what a role of its own may do is that role's policy, not this one's */
	if (b->role != NULL && mode != DRIFT_POLICY_STATE)
		return false;
	if (strcmp(what, "lock") == 0)
		return mode != DRIFT_POLICY_SCAN;
	return strcmp(what, "read") == 0 || mode == DRIFT_POLICY_APPLY || mode == DRIFT_POLICY_IMPORT || mode == DRIFT_POLICY_STATE;
}

/* The key that the bucket encrypts with by itself, as the live side shows it: `bucket_key` of the table says where. */
static const char *
key_of_bucket(const struct backend *b, struct drift_error *err)
{
	const struct drift_value *rule = drift_value_get(b->mk->iam, "bucket_key"), *v = NULL;
	const char *type = drift__value_gets(rule, "type"), *attribute = drift__value_gets(rule, "bucket"), *key = drift__value_gets(rule, "key");
	size_t first, n = b->mk->opt->live != NULL && type != NULL ? drift__snapshot_of_type(b->mk->opt->live, type, &first) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct drift_resource *r = &b->mk->opt->live->resources[first + i];

		if (drift__streq(drift__value_gets(r->attributes, attribute), b->bucket) &&
		    drift__policy_eval(b->mk, key, r->attributes, &v, err) == DRIFT_OK && drift__value_str(v) != NULL)
			return drift__value_str(v);
	}
	return NULL;
}

static void
add_rows(const struct backend *b)
{
	const struct drift_value *rows = drift_value_get(b->mk->iam, "backend");

	for (size_t c = 0; c < drift_value_size(rows); c++) {
		const struct drift_value *row = drift_value_at(rows, c);
		const char *on = drift__value_gets(row, "on"), *resource;

		if (!is_wanted(b, drift__value_gets(row, "for")))
			continue;
		for (size_t i = 0; (resource = resource_for(b, on, i)) != NULL; i++) {
			struct drift__need need = {.action = drift__value_gets(row, "action"), .resource = resource, .condition = condition_for(b, on),
				.type = "backend", .why = drift__value_gets(row, "note"), .phase = 'S', .write = true};

			drift__needs_add(&b->mk->needs, &need);
		}
	}
}

static enum drift_status
needs_of_backend(struct drift__policy_maker *mk, const struct drift_value *config, struct drift_error *err)
{
	struct backend b = {.mk = mk, .config = config, .bucket = setting(config, "bucket"), .key = setting(config, "key"),
		.prefix = drift__value_gets(config, "workspace_key_prefix"), .table = setting(config, "dynamodb_table"), .kms = setting(config, "kms_key_id"),
		.role = setting(config, "role_arn"), .region = setting(config, "region"), .workspaces = drift_value_get(config, "workspaces"),
		.lockfile = drift_value_bool(drift_value_get(config, "use_lockfile"))};

	if (b.bucket == NULL || b.key == NULL)
		return DRIFT_OK;
	if (b.prefix == NULL)
		b.prefix = "env:";
	if (b.kms == NULL)
		b.kms = key_of_bucket(&b, err);
	if (b.kms != NULL && drift__glob("*alias/aws/*", b.kms)) /* AWS's own key needs no permission of ours */
		b.kms = NULL;
	if (err != NULL && err->status != DRIFT_OK)
		return err->status;
	if (b.role != NULL && mk->opt->mode != DRIFT_POLICY_STATE)
		drift__policy_warn(mk, "the state in %s is reached as %s: --mode state writes the policy of that role", b.bucket, b.role);
	add_rows(&b);
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}

enum drift_status
drift__needs_of_backends(struct drift__policy_maker *mk, struct drift_error *err)
{
	const struct drift_value *all = mk->opt->backend;
	enum drift_status st = DRIFT_OK;

	if (drift_value_kind(all) == DRIFT_MAP)
		return needs_of_backend(mk, all, err);
	for (size_t i = 0; i < drift_value_size(all) && st == DRIFT_OK; i++)
		st = needs_of_backend(mk, drift_value_at(all, i), err);
	return st;
}
