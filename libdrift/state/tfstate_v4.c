/* Version 4, which every Terraform since 0.12 and OpenTofu write (Terraform internal/states/statefile/version4.go is the reference). */
#include "state/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT = 1 << DRIFT_STRING,
	NUMBER = 1 << DRIFT_NUMBER,
	BOOL = 1 << DRIFT_BOOL,
	LIST = 1 << DRIFT_LIST,
	MAP = 1 << DRIFT_MAP,
	ANY = TEXT | NUMBER | BOOL | LIST | MAP
};

/* ---- sensitive_attributes ---- */

/* [{"type":"get_attr","value":"x"}, {"type":"index","value":{"value":0,"type":"number"}}] → ["x", 0]. */
static const struct drift_value *
sensitive_path(struct drift__state_reader *r, const struct drift_value *steps, const char *where)
{
	struct drift__list_builder out;
	size_t i;

	drift__list_init(&out, &r->snap->arena);
	for (i = 0; i < drift_value_size(steps) && r->st == DRIFT_OK; i++) {
		const struct drift_value *step = drift_value_at(steps, i), *value = NULL;
		const char *type = NULL;

		if (drift_value_kind(step) == DRIFT_MAP) {
			type = drift__reader_text(r, step, "type", where);
			value = drift__reader_field(r, step, "value", ANY, false, where);
		}
		if (drift__streq(type, "index") && drift_value_kind(value) == DRIFT_MAP)
			value = drift__reader_field(r, value, "value", TEXT | NUMBER, false, where);
		else if (!drift__streq(type, "get_attr") || drift_value_kind(value) != DRIFT_STRING)
			value = NULL;
		if (value == NULL)
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "a step of sensitive_attributes is neither get_attr with a name nor index with a key");
		else
			drift__list_add(&out, value);
	}
	return drift__list_finish(&out);
}

static const struct drift_value *
sensitive_paths(struct drift__state_reader *r, const struct drift_value *list, const struct drift_value *attributes, const char *where)
{
	struct drift__list_builder out;
	size_t i;

	if (drift_value_size(list) == 0)
		return NULL;
	drift__list_init(&out, &r->snap->arena);
	for (i = 0; i < drift_value_size(list) && r->st == DRIFT_OK; i++) {
		const struct drift_value *path = drift_value_at(list, i);

		if (path->kind != DRIFT_LIST && path->kind != DRIFT_NULL)
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "a path of sensitive_attributes must be a list of steps");
		/* no step at all: the whole object */
		if (drift_value_size(path) == 0) {
			drift__list_dispose(&out);
			return drift__reader_all_sensitive(r, attributes);
		}
		drift__list_add(&out, sensitive_path(r, path, where));
	}
	return drift__list_finish(&out);
}

/* ---- instances ---- */

/* Terraform reads a number as a float and cuts it to an int. */
static const struct drift_value *
index_key(struct drift__state_reader *r, const struct drift_value *instance, const char *where)
{
	const struct drift_value *v = drift__reader_field(r, instance, "index_key", TEXT | NUMBER, false, where);
	double d;

	if (v == NULL || v->kind == DRIFT_STRING)
		return v;
	if (strspn(v->u.text, "0123456789") == v->len && v->len <= 15)
		return v;
	if (!drift__value_to_double(v, &d) || d <= -1e15 || d >= 1e15) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"index_key\" is a number that no count reaches");
		return NULL;
	}
	drift__reader_warn(r, where, "\"index_key\" %.40s is no count index: it is read as %lld, as Terraform does", v->u.text, (long long)d);
	v = drift__value_int(&r->snap->arena, (int64_t)d);
	if (v == NULL)
		drift__reader_nomem(r);
	return v;
}

static void
read_status(struct drift__state_reader *r, const struct drift_value *instance, const char *where, struct drift__instance_parts *p)
{
	const char *status = drift__reader_text(r, instance, "status", where), *deposed = drift__reader_text(r, instance, "deposed", where);

	p->tainted = drift__streq(status, "tainted");
	if (!p->tainted && status != NULL && status[0] != '\0')
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "the status of an instance is none or \"tainted\"");
	if (deposed == NULL || deposed[0] == '\0')
		return;
	if (strlen(deposed) != 8 || strspn(deposed, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != 8)
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "the key of a deposed object has 8 digits or letters");
	p->deposed = deposed;
}

/* Objects that 0.12 upgraded and nobody has applied since are still flat. */
static const struct drift_value *
read_attributes(struct drift__state_reader *r, const struct drift_value *instance, const char *where)
{
	const struct drift_value *v = drift__reader_field(r, instance, "attributes", MAP, false, where), *flat = NULL;
	struct drift__map_builder empty;

	if (v == NULL && r->st == DRIFT_OK)
		flat = drift__reader_field(r, instance, "attributes_flat", MAP, false, where);
	if (flat != NULL)
		return drift__flat_nest(r, flat, where);
	if (v != NULL)
		return v;
	drift__map_init(&empty, &r->snap->arena);
	return drift__map_finish(&empty);
}

/* What is not used is looked at all the same: a file that Terraform refuses is no good file. */
static void
check_unused(struct drift__state_reader *r, const struct drift_value *instance, const char *where)
{
	const struct drift_value *private = drift__reader_field(r, instance, "private", TEXT | LIST, true, where);
	unsigned char *raw;

	drift__reader_field(r, instance, "create_before_destroy", BOOL, false, where);
	if (drift_value_kind(private) != DRIFT_STRING)
		return;
	raw = drift__malloc(private->len + 4);
	if (raw == NULL)
		drift__reader_nomem(r);
	else if (drift__base64_decode(private->u.text, private->len, raw) < 0)
		drift__reader_warn(r, where, "\"private\" is not base64: Terraform refuses that");
	drift__free(raw);
}

static void
read_instance(struct drift__state_reader *r, struct drift__instance_parts p, const struct drift_value *v, const char *where)
{
	const struct drift_value *list, *version;

	p.key = index_key(r, v, where);
	read_status(r, v, where, &p);
	p.attributes = read_attributes(r, v, where);
	p.identity = drift__reader_field(r, v, "identity", MAP, true, where);
	list = drift__reader_field(r, v, "dependencies", LIST, false, where);
	p.dependencies = drift__reader_dependencies(r, list, where);
	list = drift__reader_field(r, v, "sensitive_attributes", LIST, false, where);
	p.sensitive = sensitive_paths(r, list, p.attributes, where);
	drift__reader_uint(r, v, "schema_version", where);
	version = drift__reader_field(r, v, "schema_version", NUMBER, false, where);
	drift__value_to_int(version, &p.schema_version);
	check_unused(r, v, where);
	if (r->st == DRIFT_OK)
		drift__reader_add(r, &p);
}

/* ---- resource blocks ---- */

static void
read_head(struct drift__state_reader *r, const struct drift_value *v, const char *where, struct drift__instance_parts *p)
{
	const char *mode = drift__reader_text(r, v, "mode", where), *module = drift__reader_text(r, v, "module", where);
	struct drift_error why = DRIFT_ERROR_INIT;
	enum drift_status st;

	p->type = drift__reader_text(r, v, "type", where);
	p->name = drift__reader_text(r, v, "name", where);
	p->data = drift__streq(mode, "data");
	if (!p->data && !drift__streq(mode, "managed"))
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "the mode of a resource is \"managed\" or \"data\"");
	drift__reader_names(r, p->type, p->name, where);
	if (module == NULL || module[0] == '\0' || r->st != DRIFT_OK)
		return;
	st = drift__module_parse(module, &r->snap->arena, &p->module, &why);
	if (st == DRIFT_NOMEM)
		drift__reader_nomem(r);
	else if (st != DRIFT_OK)
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"module\" is no address of a module: %s", why.what);
}

/* OpenTofu 1.9 and later: under for_each the provider stands on the instance. */
static void
read_provider(struct drift__state_reader *r, const struct drift_value *block, const struct drift_value *instance, const char *where,
	struct drift__provider *out)
{
	const char *text = drift__reader_text(r, block, "provider", where);

	if (text == NULL)
		text = drift__reader_text(r, instance, "provider", where);
	if (text == NULL || (!drift__streq(text, r->provider_text) && !drift__provider_parse(text, &r->snap->arena, &r->provider))) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"provider\" %s", text == NULL ? "is missing" : "is not understood: it is like provider[\"HOST/hashicorp/aws\"]");
		return;
	}
	r->provider_text = text;
	*out = r->provider;
}

static void
read_block(struct drift__state_reader *r, const struct drift_value *v, size_t i)
{
	struct drift__instance_parts p = {0};
	const struct drift_value *instances;
	char where[64];
	size_t j;

	snprintf(where, sizeof where, "resources[%zu]", i);
	if (drift_value_kind(v) != DRIFT_MAP) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "a resource must be an object");
		return;
	}
	read_head(r, v, where, &p);
	instances = drift__reader_field(r, v, "instances", LIST, false, where);
	if (drift_value_size(instances) == 0 && r->st == DRIFT_OK)
		drift__list_add(&r->empty, drift__value_string(&r->snap->arena,
			drift__address_text(&(struct drift__address){p.module, p.type, p.name, NULL, p.data}, &r->snap->arena)));
	for (j = 0; j < drift_value_size(instances) && r->st == DRIFT_OK; j++) {
		const struct drift_value *instance = drift_value_at(instances, j);

		snprintf(where, sizeof where, "resources[%zu].instances[%zu]", i, j);
		if (drift_value_kind(instance) != DRIFT_MAP) {
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "an instance must be an object");
			return;
		}
		read_provider(r, v, instance, where, &p.provider);
		if (r->st == DRIFT_OK)
			read_instance(r, p, instance, where);
	}
}

/* ---- check_results ---- */

/* Nothing is decided by them, so what is odd in them is only said. */
static bool
is_check(struct drift__state_reader *r, const struct drift_value *v, const char *where)
{
	const struct drift_value *objects;
	size_t before = r->n_warnings, i;

	if (drift_value_kind(v) != DRIFT_MAP) {
		drift__reader_warn(r, where, "a check result must be an object; it is left out");
		return false;
	}
	drift__reader_field(r, v, "object_kind", TEXT, true, where);
	drift__reader_field(r, v, "config_addr", TEXT, true, where);
	drift__reader_field(r, v, "status", TEXT, true, where);
	objects = drift__reader_field(r, v, "objects", LIST, true, where);
	for (i = 0; i < drift_value_size(objects); i++)
		if (drift_value_kind(drift_value_at(objects, i)) != DRIFT_MAP)
			drift__reader_warn(r, where, "objects[%zu] must be an object", i);
	return r->n_warnings == before;
}

static void
read_checks(struct drift__state_reader *r, const struct drift_value *root)
{
	const struct drift_value *list = drift__reader_field(r, root, "check_results", LIST, true, "");
	struct drift__list_builder out;
	char where[64];
	size_t i;

	drift__list_init(&out, &r->snap->arena);
	for (i = 0; i < drift_value_size(list) && r->st == DRIFT_OK; i++) {
		snprintf(where, sizeof where, "check_results[%zu]", i);
		if (is_check(r, drift_value_at(list, i), where))
			drift__list_add(&out, drift_value_at(list, i));
	}
	r->info->checks = drift__list_finish(&out);
	if (r->info->checks == NULL)
		drift__reader_nomem(r);
}

void
drift__read_v4(struct drift__state_reader *r, const struct drift_value *root)
{
	const struct drift_value *resources = drift__reader_field(r, root, "resources", LIST, false, "");
	size_t i;

	for (i = 0; i < drift_value_size(resources) && r->st == DRIFT_OK; i++)
		read_block(r, drift_value_at(resources, i), i);
	drift__read_outputs(r, root);
	read_checks(r, root);
}
