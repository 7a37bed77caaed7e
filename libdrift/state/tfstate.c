#define _GNU_SOURCE /* memmem */
/* State text → resources (Terraform internal/states/statefile/version4.go is the reference for every rule here). */
#include "state/tfstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reader {
	struct drift_snapshot *snap;
	struct drift__tfstate_info *info;
	const char *name;
	int source;
	struct drift_error *err;
	enum drift_status st;
};

static enum drift_status
bad(struct reader *r, enum drift_status st, const char *where, const char *what)
{
	char full[256];

	if (r->st != DRIFT_OK)
		return r->st;
	snprintf(full, sizeof full, "%s%s%s", r->name, where[0] != '\0' ? ": " : "", where);
	r->st = drift__fail(r->err, st, full, "%s", what);
	return r->st;
}

const struct drift_value *
drift__go_field(const struct drift_value *map, const char *name)
{
	const struct drift_value *v = drift_value_get(map, name);
	size_t i;

	for (i = 0; v == NULL && i < drift_value_size(map); i++)
		if (strcasecmp(drift_value_key(map, i, NULL), name) == 0)
			v = drift_value_at(map, i);
	return v != NULL && v->kind == DRIFT_NULL ? NULL : v;
}

static const char *
text_of(struct reader *r, const struct drift_value *map, const char *field, const char *where)
{
	const struct drift_value *v = drift__go_field(map, field);
	char what[120];

	if (v == NULL)
		return NULL;
	if (v->kind != DRIFT_STRING) {
		snprintf(what, sizeof what, "\"%s\" must be a text", field);
		bad(r, DRIFT_BAD_STATE, where, what);
		return NULL;
	}
	return v->u.text;
}

/* ---- instances ---- */

/* A path of sensitive_attributes: [{"type":"get_attr","value":"x"}, {"type":"index","value":{"value":0,…}}] → ["x", 0]. */
static const struct drift_value *
sensitive_path(struct reader *r, const struct drift_value *steps, const char *where)
{
	struct drift__list_builder out;
	size_t i;

	drift__list_init(&out, &r->snap->arena);
	for (i = 0; i < drift_value_size(steps); i++) {
		const struct drift_value *step = drift_value_at(steps, i), *value = drift__go_field(step, "value");
		const char *type = drift__value_str(drift__go_field(step, "type"));

		if (drift__streq(type, "index") && drift_value_kind(value) == DRIFT_MAP)
			value = drift__go_field(value, "value");
		else if (!drift__streq(type, "get_attr") && !drift__streq(type, "index"))
			bad(r, DRIFT_BAD_STATE, where, "a step of sensitive_attributes is neither get_attr nor index");
		drift__list_add(&out, value != NULL ? value : &drift__null);
	}
	return drift__list_finish(&out);
}

static const struct drift_value *
sensitive_paths(struct reader *r, const struct drift_value *list, const char *where)
{
	struct drift__list_builder out;
	size_t i;

	if (drift_value_size(list) == 0)
		return NULL;
	drift__list_init(&out, &r->snap->arena);
	for (i = 0; i < drift_value_size(list); i++)
		drift__list_add(&out, sensitive_path(r, drift_value_at(list, i), where));
	return drift__list_finish(&out);
}

/* The region is never stored as such: the resource's own words, best first. */
static const char *
region_of(struct drift__arena *a, const struct drift_value *attributes, const struct drift_value *identity)
{
	const char *arn = drift__value_gets(attributes, "arn"), *zone = drift__value_gets(attributes, "availability_zone"), *p = arn;
	int colons = 0;

	if (drift__value_gets(identity, "region") != NULL)
		return drift__value_gets(identity, "region");
	while (p != NULL && *p != '\0' && colons < 3)
		colons += *p++ == ':';
	if (p != NULL && colons == 3 && drift__starts(arn, "arn:") && *p != ':' && *p != '\0')
		return drift__arena_strndup(a, p, strcspn(p, ":"));
	if (zone != NULL && strlen(zone) > 3 && strlen(zone) < 24 && zone[strlen(zone) - 1] >= 'a' && zone[strlen(zone) - 1] <= 'z' &&
		strchr(zone, '-') != NULL)
		return drift__arena_strndup(a, zone, strlen(zone) - 1);
	return NULL;
}

static const char *
account_of(struct drift__arena *a, const struct drift_value *attributes)
{
	const char *p = drift__value_gets(attributes, "arn");
	int colons = 0;

	if (p == NULL || !drift__starts(p, "arn:"))
		return NULL;
	while (*p != '\0' && colons < 4)
		colons += *p++ == ':';
	return colons == 4 && strspn(p, "0123456789") == 12 ? drift__arena_strndup(a, p, 12) : NULL;
}

static const struct drift_value *
index_key(struct reader *r, const struct drift_value *instance, const char *where)
{
	const struct drift_value *v = drift__go_field(instance, "index_key");
	int64_t n;
	double d;

	if (v == NULL || v->kind == DRIFT_STRING)
		return v;
	if (v->kind != DRIFT_NUMBER) {
		bad(r, DRIFT_BAD_STATE, where, "an index_key is a number or a text");
		return NULL;
	}
	if (strspn(v->u.text, "0123456789") == v->len)
		return v;
	/* Terraform cuts fractions off */
	if (drift__value_to_double(v, &d) && d > -1e15 && d < 1e15) {
		n = (int64_t)d;
		return drift__value_int(&r->snap->arena, n);
	}
	return v;
}

static void
set_flags(struct reader *r, struct drift_resource *res, const struct drift_value *instance, const char *where)
{
	const char *status = text_of(r, instance, "status", where), *deposed = text_of(r, instance, "deposed", where);

	if (drift__streq(status, "tainted"))
		res->flags |= DRIFT__TAINTED;
	else if (status != NULL && status[0] != '\0')
		bad(r, DRIFT_BAD_STATE, where, "the status of an instance is none or \"tainted\"");
	if (deposed != NULL && deposed[0] != '\0') {
		if (strlen(deposed) != 8)
			bad(r, DRIFT_BAD_STATE, where, "the key of a deposed object has 8 characters");
		res->flags |= DRIFT__DEPOSED;
		res->deposed = deposed;
	}
}

/* Attributes of a legacy object that was upgraded but never applied: one flat map of texts. */
static const struct drift_value *
attributes_of(struct reader *r, const struct drift_value *instance)
{
	const struct drift_value *v = drift__go_field(instance, "attributes");
	struct drift__map_builder empty;

	if (v == NULL)
		v = drift__go_field(instance, "attributes_flat");
	if (v != NULL)
		return v;
	drift__map_init(&empty, &r->snap->arena);
	return drift__map_finish(&empty);
}

struct block {
	const char *module, *type, *name;
	struct drift__provider provider;
	bool data;
};

static void
read_instance(struct reader *r, const struct block *b, const struct drift_value *instance, const char *where)
{
	struct drift__buf address = DRIFT__BUF_INIT(1 << 20);
	const struct drift_value *key = index_key(r, instance, where);
	struct drift_resource *res;

	if (r->st != DRIFT_OK)
		return;
	res = drift__snapshot_add(r->snap, b->type);
	drift__address_print(&address, b->module, b->data, b->type, b->name, key);
	if (res == NULL || address.status != DRIFT_OK) {
		r->st = drift__nomem(r->err);
		drift__buf_dispose(&address);
		return;
	}
	res->address = drift__arena_strndup(&r->snap->arena, address.data, address.len);
	drift__buf_dispose(&address);
	res->module = b->module;
	res->address_name = b->name;
	res->index_key = key;
	res->provider_alias = b->provider.alias;
	res->flags = (b->data ? DRIFT__DATA : 0u) | (b->provider.aws ? 0u : DRIFT__FOREIGN);
	res->source = r->source;
	set_flags(r, res, instance, where);
	res->attributes = attributes_of(r, instance);
	res->identity = drift__go_field(instance, "identity");
	res->dependencies = drift__go_field(instance, "dependencies");
	res->sensitive = sensitive_paths(r, drift__go_field(instance, "sensitive_attributes"), where);
	drift__value_to_int(drift__go_field(instance, "schema_version"), &res->schema_version);
	res->id = drift__value_gets(res->attributes, "id");
	res->arn = drift__value_gets(res->attributes, "arn");
	res->name = drift__value_gets(res->attributes, "name");
	res->region = drift__value_gets(res->attributes, "region");
	if (res->region == NULL)
		res->region = region_of(&r->snap->arena, res->attributes, res->identity);
	res->account = account_of(&r->snap->arena, res->attributes);
	res->tags = drift_value_get(res->attributes, "tags_all");
	if (drift_value_kind(res->tags) != DRIFT_MAP)
		res->tags = drift_value_get(res->attributes, "tags");
	if (b->data)
		r->info->n_data++;
	else if (!b->provider.aws)
		r->info->n_foreign++;
	else
		r->info->n_resources++;
}

static void
read_block(struct reader *r, const struct drift_value *v, size_t i)
{
	struct block b = {0};
	const struct drift_value *instances = drift__go_field(v, "instances");
	const char *mode, *provider;
	char where[64];
	size_t j;

	snprintf(where, sizeof where, "resources[%zu]", i);
	if (drift_value_kind(v) != DRIFT_MAP) {
		bad(r, DRIFT_BAD_STATE, where, "a resource must be an object");
		return;
	}
	mode = text_of(r, v, "mode", where);
	b.module = text_of(r, v, "module", where);
	b.type = text_of(r, v, "type", where);
	b.name = text_of(r, v, "name", where);
	provider = text_of(r, v, "provider", where);
	b.data = drift__streq(mode, "data");
	if (!b.data && !drift__streq(mode, "managed"))
		bad(r, DRIFT_BAD_STATE, where, "the mode of a resource is \"managed\" or \"data\"");
	if (b.type == NULL || b.name == NULL)
		bad(r, DRIFT_BAD_STATE, where, "a resource needs a type and a name");
	if (instances != NULL && instances->kind != DRIFT_LIST)
		bad(r, DRIFT_BAD_STATE, where, "\"instances\" must be a list");
	for (j = 0; j < drift_value_size(instances) && r->st == DRIFT_OK; j++) {
		const struct drift_value *instance = drift_value_at(instances, j);
		/* OpenTofu 1.9+: the provider stands on the instance */
		const char *own = provider != NULL ? provider : text_of(r, instance, "provider", where);

		snprintf(where, sizeof where, "resources[%zu].instances[%zu]", i, j);
		if (drift_value_kind(instance) != DRIFT_MAP)
			bad(r, DRIFT_BAD_STATE, where, "an instance must be an object");
		else if (own == NULL || !drift__provider_parse(own, &r->snap->arena, &b.provider))
			bad(r, DRIFT_BAD_STATE, where, "the provider of the resource is not understood");
		else
			read_instance(r, &b, instance, where);
	}
}

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Terraform refuses a state in which one instance appears twice. */
static void
check_duplicates(struct reader *r, size_t first)
{
	size_t n = r->snap->n_resources - first, i;
	char **list;

	if (n < 2 || r->st != DRIFT_OK)
		return;
	list = drift__calloc(n, sizeof *list);
	for (i = 0; list != NULL && i < n; i++) {
		const struct drift_resource *res = &r->snap->resources[first + i];

		list[i] = drift__asprintf("%s%s%s", res->address, res->deposed != NULL ? " deposed " : "", res->deposed != NULL ? res->deposed : "");
		if (list[i] == NULL)
			r->st = drift__nomem(r->err);
	}
	if (list == NULL)
		r->st = drift__nomem(r->err);
	if (r->st == DRIFT_OK)
		qsort(list, n, sizeof *list, compare_text);
	for (i = 1; r->st == DRIFT_OK && i < n; i++)
		if (strcmp(list[i - 1], list[i]) == 0)
			bad(r, DRIFT_BAD_STATE, list[i], "the instance appears multiple times in the state file");
	for (i = 0; list != NULL && i < n; i++)
		drift__free(list[i]);
	drift__free(list);
}

static void
read_v4(struct reader *r, const struct drift_value *root)
{
	const struct drift_value *resources = drift__go_field(root, "resources");
	size_t first = r->snap->n_resources, i;

	if (resources != NULL && resources->kind != DRIFT_LIST) {
		bad(r, DRIFT_BAD_STATE, "resources", "must be a list");
		return;
	}
	for (i = 0; i < drift_value_size(resources) && r->st == DRIFT_OK; i++)
		read_block(r, drift_value_at(resources, i), i);
	check_duplicates(r, first);
}

/* ---- `terraform show -json` ---- */

static void
read_shown(struct reader *r, const struct drift_value *module, int depth)
{
	const struct drift_value *resources = drift_value_get(module, "resources"), *children = drift_value_get(module, "child_modules");
	size_t i;

	if (depth > 64) {
		bad(r, DRIFT_LIMIT, "values", "the modules are nested too deeply");
		return;
	}
	for (i = 0; i < drift_value_size(resources) && r->st == DRIFT_OK; i++) {
		const struct drift_value *v = drift_value_at(resources, i);
		struct drift__map_builder m;
		struct block b = {.module = drift__value_gets(module, "address"), .type = drift__value_gets(v, "type"), .name = drift__value_gets(v, "name")};
		const char *provider = drift__value_gets(v, "provider_name");

		b.data = drift__streq(drift__value_gets(v, "mode"), "data");
		b.provider.type = provider;
		b.provider.aws = provider != NULL && drift__ends(provider, "hashicorp/aws");
		if (b.type == NULL || b.name == NULL) {
			bad(r, DRIFT_BAD_STATE, "values", "a resource needs a type and a name");
			return;
		}
		drift__map_init(&m, &r->snap->arena);
		drift__map_put(&m, "attributes", drift_value_get(v, "values") != NULL ? drift_value_get(v, "values") : &drift__null);
		if (drift_value_get(v, "index") != NULL)
			drift__map_put(&m, "index_key", drift_value_get(v, "index"));
		if (drift_value_bool(drift_value_get(v, "tainted")))
			drift__map_puts(&m, "status", "tainted");
		if (drift_value_get(v, "deposed_key") != NULL)
			drift__map_put(&m, "deposed", drift_value_get(v, "deposed_key"));
		if (drift_value_get(v, "schema_version") != NULL)
			drift__map_put(&m, "schema_version", drift_value_get(v, "schema_version"));
		read_instance(r, &b, drift__map_finish(&m), "values");
	}
	for (i = 0; i < drift_value_size(children) && r->st == DRIFT_OK; i++)
		read_shown(r, drift_value_at(children, i), depth + 1);
}

/* ---- the head ---- */

static bool
is_version(const char *s)
{
	return s == NULL || s[0] == '\0' || (s[0] >= '0' && s[0] <= '9' && strchr(s, '.') != NULL);
}

static enum drift_status
read_encrypted(struct reader *r, const struct drift_value *root)
{
	const char *lineage = drift__value_gets(root, "lineage");
	char what[300];

	snprintf(what, sizeof what, "the state is encrypted by OpenTofu (lineage %s): it can't be compared", lineage != NULL ? lineage : "unknown");
	bad(r, DRIFT_ENCRYPTED, "", what);
	drift__hint(r->err, "give `tofu show -json` output with --state instead, where the key is at hand");
	return r->st;
}

static enum drift_status
read_root(struct reader *r, const struct drift_value *root)
{
	const struct drift_value *version = drift__go_field(root, "version");
	int64_t n;

	if (drift_value_kind(root) != DRIFT_MAP)
		return bad(r, DRIFT_BAD_STATE, "", "a state is one JSON object");
	if (drift_value_size(drift__go_field(root, "encryption_version")) > 0)
		return read_encrypted(r, root);
	r->info->terraform_version = text_of(r, root, "terraform_version", "");
	r->info->lineage = text_of(r, root, "lineage", "");
	r->info->serial = drift_value_text(drift__go_field(root, "serial"), NULL);
	if (version == NULL && drift_value_get(root, "format_version") != NULL) {
		read_shown(r, drift_value_get(drift_value_get(root, "values"), "root_module"), 0);
		return r->st;
	}
	if (version == NULL)
		return bad(r, DRIFT_BAD_STATE, "", "there is no \"version\": this is not a Terraform state");
	if (version->kind != DRIFT_NUMBER || strspn(version->u.text, "0123456789") != version->len || !drift__value_to_int(version, &n) || n == 0)
		return bad(r, DRIFT_BAD_VERSION, "version", "must be a whole number from 1 to 4");
	r->info->version = n;
	if (n > 4) {
		char what[160];

		snprintf(what, sizeof what, "the state has format version %lld (Terraform %s); versions 1 to 4 are known", (long long)n,
			r->info->terraform_version != NULL ? r->info->terraform_version : "unknown");
		return bad(r, DRIFT_BAD_VERSION, "version", what);
	}
	if (!is_version(r->info->terraform_version))
		return bad(r, DRIFT_BAD_STATE, "terraform_version", "is not a version number");
	if (r->info->serial != NULL && (r->info->serial[0] == '-' || strspn(r->info->serial, "0123456789") != strlen(r->info->serial)))
		return bad(r, DRIFT_BAD_STATE, "serial", "must be a whole number that is not negative");
	if (n < 4 && r->st == DRIFT_OK)
		r->st = drift__tfstate_read_old(root, n, r->name, r->source, r->snap, r->info, r->err);
	else
		read_v4(r, root);
	return r->st;
}

/* A BOM and gzip are broken for Terraform itself; they are read, and said. */
static enum drift_status
read_text(struct reader *r, const char *text, size_t n)
{
	struct drift__json_options opt = {.name = r->name, .lenient_utf8 = true};
	const struct drift_value *root;

	if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		drift__list_add(&r->info->warnings, drift__value_string(&r->snap->arena, "the state begins with a UTF-8 byte order mark: Terraform itself refuses it"));
		text += 3;
		n -= 3;
	}
	if (n >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
		return bad(r, DRIFT_BAD_STATE, "", "the state is UTF-16 text; Terraform writes UTF-8");
	if (n >= 7 && memcmp(text, "tfstate", 7) == 0)
		return bad(r, DRIFT_BAD_VERSION, "", "this is a binary state of Terraform before 0.7");
	if (strspn(text, " \t\r\n") == n) {
		bad(r, DRIFT_NO_STATE, "", "there is no state in it");
		drift__hint(r->err, "an empty file is no state; `terraform state pull` shows what the backend has");
		return r->st;
	}
	r->st = drift__json_parse(&r->snap->arena, text, n, &opt, &root, r->err);
	if (r->st == DRIFT_OK)
		read_root(r, root);
	else if (memmem(text, n, "<<<<<<<", 7) != NULL)
		drift__hint(r->err, "the file has merge conflict marks");
	return r->st;
}

enum drift_status
drift__tfstate_read(const char *text, size_t n, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift_error *err)
{
	struct reader r = {snap, info, name, source, err, DRIFT_OK};
	struct drift__buf inflated = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);

	memset(info, 0, sizeof *info);
	drift__list_init(&info->warnings, &snap->arena);
	if (drift__is_gzip(text, n)) {
		/* a state that shrinks a thousandfold is no state */
		inflated.max_bytes = n < TFSTATE_MAX_BYTES / 200 ? n * 200 + (1 << 20) : TFSTATE_MAX_BYTES;
		drift__list_add(&info->warnings, drift__value_string(&snap->arena, "the state is gzip-compressed: Terraform itself refuses it"));
		r.st = drift__gunzip(text, n, &inflated, name, err);
		if (r.st == DRIFT_BAD_REPLY)
			r.st = DRIFT_BAD_STATE;
		if (r.st == DRIFT_OK && drift__is_gzip(inflated.data, inflated.len))
			bad(&r, DRIFT_BAD_STATE, "", "the state is compressed twice");
		if (r.st == DRIFT_OK)
			read_text(&r, inflated.data != NULL ? inflated.data : "", inflated.len);
	} else {
		read_text(&r, text, n);
	}
	drift__buf_dispose(&inflated);
	if (r.st != DRIFT_OK)
		drift__list_dispose(&info->warnings);
	return r.st;
}
