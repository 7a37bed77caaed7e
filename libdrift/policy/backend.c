/* The configuration of an S3 backend -> access to exactly its objects and items. */
#include "policy/needs.h"

#include <string.h>

enum target { object, lockfile, bucket, lock, digest, key };

static const struct {
	const char *action;
	enum target target;
	bool write;
} calls[] = {
#define DRIFT__BACKEND(action, target, write) {action, target, write},
#include "policy/backend.def"
#undef DRIFT__BACKEND
};

struct backend {
	struct drift__arena *a;
	const char *bucket, *key, *prefix, *table, *kms, *region, *partition, *account;
	const struct drift_value *workspaces; /* list of names; NULL = all */
	bool lockfile;
	bool *failed;
};

static const char *
or_star(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : "*";
}

/* The key of workspace i: the default one first. NULL past the last. "*" stands for all when the names are not known. */
static const char *
state_key(const struct backend *b, size_t i)
{
	const char *name;

	if (i == 0)
		return b->key;
	if (b->workspaces == NULL)
		return NULL;
	name = drift__value_str(drift_value_at(b->workspaces, i - 1));
	if (name == NULL)
		return NULL;
	return b->prefix[0] != '\0' ? drift__arena_printf(b->a, "%s/%s/%s", b->prefix, name, b->key) :
		drift__arena_printf(b->a, "%s/%s", name, b->key);
}

static const char *
json_condition(const struct backend *be, const char *operator, const char *name, struct drift__list_builder *values)
{
	struct drift__arena *a = be->a;
	const struct drift_value *v;
	struct drift__map_builder inner, outer;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *out;

	drift__map_init(&inner, a);
	drift__map_init(&outer, a);
	drift__map_put(&inner, name, drift__list_finish(values));
	drift__map_put(&outer, operator, drift__map_finish(&inner));
	v = drift__map_finish(&outer);
	drift__json_write(&b, v, 0, true);
	out = v != NULL && b.data != NULL && b.status == DRIFT_OK ? drift__arena_strdup(a, b.data) : NULL;
	drift__buf_dispose(&b);
	*be->failed = *be->failed || out == NULL;
	return out != NULL ? out : "";
}

static const char *
condition_for(const struct backend *b, enum target t)
{
	struct drift__list_builder values;

	drift__list_init(&values, b->a);
	if (t == bucket) {
		for (size_t i = 0; state_key(b, i) != NULL; i++)
			drift__list_add(&values, drift__value_string(b->a, state_key(b, i)));
		drift__list_add(&values, drift__value_string(b->a, drift__arena_printf(b->a, "%s%s", b->prefix, b->prefix[0] != '\0' ? "/" : "")));
		return json_condition(b, "StringEquals", "s3:prefix", &values);
	}
	if (t == lock || t == digest) {
		for (size_t i = 0; state_key(b, i) != NULL; i++)
			drift__list_add(&values, drift__value_string(b->a, drift__arena_printf(b->a, "%s/%s%s", b->bucket, state_key(b, i),
				t == digest ? "-md5" : "")));
		return json_condition(b, "ForAllValues:StringEquals", "dynamodb:LeadingKeys", &values);
	}
	if (t == key && b->region != NULL) {
		drift__list_add(&values, drift__value_string(b->a, drift__arena_printf(b->a, "s3.%s.amazonaws.com", b->region)));
		return json_condition(b, "StringEquals", "kms:ViaService", &values);
	}
	drift__list_dispose(&values);
	return "";
}

static const char *
resource_for(const struct backend *b, enum target t, size_t i)
{
	const char *k = state_key(b, i);

	switch (t) {
	case object:
		return k != NULL ? drift__arena_printf(b->a, "arn:%s:s3:::%s/%s", b->partition, b->bucket, k) : NULL;
	case lockfile:
		return b->lockfile && k != NULL ? drift__arena_printf(b->a, "arn:%s:s3:::%s/%s.tflock", b->partition, b->bucket, k) : NULL;
	case bucket:
		return i == 0 ? drift__arena_printf(b->a, "arn:%s:s3:::%s", b->partition, b->bucket) : NULL;
	case lock:
	case digest:
		if (b->table == NULL || i > 0)
			return NULL;
		return strncmp(b->table, "arn:", 4) == 0 ? b->table :
			drift__arena_printf(b->a, "arn:%s:dynamodb:%s:%s:table/%s", b->partition, or_star(b->region), b->account, b->table);
	case key:
		if (b->kms == NULL || i > 0)
			return NULL;
		if (strncmp(b->kms, "arn:", 4) == 0 && strstr(b->kms, ":alias/") == NULL)
			return b->kms;
		/* permissions on a key never name an alias */
		return drift__arena_printf(b->a, "arn:%s:kms:%s:%s:key/%s", b->partition, or_star(b->region), b->account,
			strstr(b->kms, "alias/") != NULL ? "*" : b->kms);
	}
	return NULL;
}

enum drift_status
drift__needs_of_backend(struct drift__policy_maker *mk, bool write, struct drift_error *err)
{
	const struct drift_value *config = mk->opt->backend;
	struct backend b = {.a = mk->needs.arena, .bucket = drift__value_gets(config, "bucket"), .key = drift__value_gets(config, "key"),
		.prefix = drift__value_gets(config, "workspace_key_prefix"), .table = drift__value_gets(config, "dynamodb_table"),
		.kms = drift__value_gets(config, "kms_key_id"), .region = drift__value_gets(config, "region"),
		.partition = mk->where.partition != NULL ? mk->where.partition : "aws", .account = or_star(mk->where.account),
		.workspaces = drift_value_get(config, "workspaces"), .lockfile = drift_value_bool(drift_value_get(config, "use_lockfile")), .failed = &mk->needs.failed};

	if (b.bucket == NULL || b.key == NULL)
		return DRIFT_OK;
	if (b.prefix == NULL)
		b.prefix = "env:";
	if (b.table != NULL && b.table[0] == '\0')
		b.table = NULL;
	if (b.kms != NULL && b.kms[0] == '\0')
		b.kms = NULL;
	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++) {
		const char *resource;

		if (calls[c].write && !write)
			continue;
		for (size_t i = 0; (resource = resource_for(&b, calls[c].target, i)) != NULL; i++) {
			struct drift__need need = {.action = calls[c].action, .resource = resource, .condition = condition_for(&b, calls[c].target),
				.address = NULL, .type = "backend", .why = "the state of the S3 backend", .phase = 'S', .write = true};

			drift__needs_add(&mk->needs, &need);
		}
	}
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}
