/* Versions 1 to 3 (Terraform before 0.12), upgraded while they are read as Terraform's version1_upgrade.go … version3_upgrade.go do.
 *
 *     {version, serial, lineage?, modules: [{path: ["root", "net"], outputs, resources: {"aws_x.a.0": {type, primary: {id, attributes,
 *     tainted, meta}, deposed: [object, …], provider}}}]}
 */
#include "state/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1 << DRIFT_STRING, BOOL = 1 << DRIFT_BOOL, LIST = 1 << DRIFT_LIST, MAP = 1 << DRIFT_MAP };

/* "aws_x.a", "aws_x.a.0", "data.aws_x.a.0" */
static bool
split_key(struct drift__state_reader *r, const char *key, const char *where, struct drift__instance_parts *p)
{
	char *copy = drift__arena_strdup(&r->snap->arena, key), *parts[5], *dot;
	size_t n = 0, first;

	if (copy == NULL) {
		drift__reader_nomem(r);
		return false;
	}
	for (parts[n++] = copy; n < 5 && (dot = strchr(parts[n - 1], '.')) != NULL; parts[n++] = dot + 1)
		*dot = '\0';
	first = strcmp(parts[0], "data") == 0;
	if (n == 5 || n < first + 2 || n - first > 3) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "the key of a resource is type.name or type.name.index");
		return false;
	}
	p->data = first == 1;
	p->type = parts[first];
	p->name = parts[first + 1];
	if (n - first == 3) {
		const char *digits = parts[first + 2];

		if (digits[0] == '\0' || strlen(digits) > 15 || strspn(digits, "0123456789") != strlen(digits)) {
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "the index of a resource must be a whole number");
			return false;
		}
		for (; digits[0] == '0' && digits[1] != '\0'; digits++)
			;
		p->key = drift__value_number(&r->snap->arena, digits);
		if (p->key == NULL)
			drift__reader_nomem(r);
	}
	return drift__reader_names(r, p->type, p->name, where);
}

/* The id stands beside the attributes; Terraform copies it into them. */
static const struct drift_value *
with_id(struct drift__state_reader *r, const struct drift_value *attributes, const char *id)
{
	struct drift__map_builder m;
	size_t i, n;

	if (attributes == NULL || id == NULL || drift_value_get(attributes, "id") != NULL)
		return attributes;
	drift__map_init(&m, &r->snap->arena);
	drift__map_puts(&m, "id", id);
	for (i = 0; i < attributes->len; i++) {
		const char *key = drift_value_key(attributes, i, &n);

		drift__map_putn(&m, key, n, drift_value_at(attributes, i));
	}
	return drift__map_finish(&m);
}

static void
read_schema_version(struct drift__state_reader *r, const struct drift_value *object, const char *where, int64_t *out)
{
	const struct drift_value *meta = drift__reader_field(r, object, "meta", MAP, true, where);
	const char *text = drift_value_text(drift_value_get(meta, "schema_version"), NULL);

	if (text != NULL && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10)
		*out = strtol(text, NULL, 10);
}

static void
read_object(struct drift__state_reader *r, struct drift__instance_parts p, const struct drift_value *object, const char *where)
{
	const struct drift_value *flat;
	const char *id;

	if (drift_value_kind(object) != DRIFT_MAP) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "the object of a resource must be an object");
		return;
	}
	flat = drift__reader_field(r, object, "attributes", MAP, false, where);
	id = drift__reader_text(r, object, "id", where);
	p.tainted = drift_value_bool(drift__reader_field(r, object, "tainted", BOOL, false, where));
	read_schema_version(r, object, where, &p.schema_version);
	if (r->st != DRIFT_OK)
		return;
	p.attributes = with_id(r, drift__flat_nest(r, flat, where), id);
	if (p.attributes == NULL)
		drift__reader_nomem(r);
	else
		drift__reader_add(r, &p);
}

static void
read_resource(struct drift__state_reader *r, const char *module, const char *key, const struct drift_value *v, const char *where)
{
	struct drift__instance_parts p = {.module = module};
	const struct drift_value *primary, *deposed;
	const char *provider;
	char number[24], place[160];
	size_t i;

	if (drift_value_kind(v) != DRIFT_MAP) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "a resource must be an object");
		return;
	}
	if (!split_key(r, key, where, &p))
		return;
	provider = drift__reader_text(r, v, "provider", where);
	if (r->st == DRIFT_OK && !drift__provider_parse_old(provider, p.type, &r->snap->arena, &p.provider))
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"provider\" is not understood: it is like \"aws\" or \"provider.aws.west\"");
	primary = drift__reader_field(r, v, "primary", MAP, false, where);
	deposed = drift__reader_field(r, v, "deposed", LIST, false, where);
	if (r->st == DRIFT_OK && drift_value_size(primary) > 0)
		read_object(r, p, primary, where);
	for (i = 0; i < drift_value_size(deposed) && r->st == DRIFT_OK; i++) {
		snprintf(number, sizeof number, "%08zu", i + 1);
		snprintf(place, sizeof place, "%.120s.deposed[%zu]", where, i);
		p.deposed = drift__arena_strdup(&r->snap->arena, number);
		read_object(r, p, drift_value_at(deposed, i), place);
	}
}

/* ["root", "net", "sub"] → "module.net.module.sub". */
static const char *
module_path(struct drift__state_reader *r, const struct drift_value *path, const char *where)
{
	struct drift__buf b = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	const char *text = NULL;
	size_t i;

	/* version 1 may leave it out at the root */
	if (drift_value_size(path) == 0 && r->info->version == 1)
		return NULL;
	if (!drift__streq(drift__value_str(drift_value_at(path, 0)), "root"))
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"path\" of a module must begin with \"root\"");
	for (i = 1; i < drift_value_size(path) && r->st == DRIFT_OK; i++) {
		const struct drift_value *part = drift_value_at(path, i);

		if (part->kind != DRIFT_STRING || part->len == 0 || drift__name_length(part->u.text, part->len) != part->len)
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "path[%zu] is no name of a module", i);
		else
			drift__buf_adds(&b, b.len > 0 ? ".module." : "module."), drift__buf_adds(&b, part->u.text);
	}
	if (b.len > 0 && r->st == DRIFT_OK) {
		text = b.status == DRIFT_OK ? drift__arena_strndup(&r->snap->arena, b.data, b.len) : NULL;
		if (text == NULL)
			drift__reader_nomem(r);
	}
	drift__buf_dispose(&b);
	return text;
}

/* Before version 2 an output is its text. Types came with version 4. */
static void
read_old_outputs(struct drift__state_reader *r, const struct drift_value *module, const char *where)
{
	const struct drift_value *outputs = drift__reader_field(r, module, "outputs", MAP, false, where);
	struct drift__map_builder all, one;
	size_t i, n;

	if (outputs == NULL)
		return;
	drift__map_init(&all, &r->snap->arena);
	for (i = 0; i < outputs->len; i++) {
		const struct drift_value *v = drift_value_at(outputs, i), *value = v->kind == DRIFT_MAP ? drift_value_get(v, "value") : v;
		const char *key = drift_value_key(outputs, i, &n);

		drift__map_init(&one, &r->snap->arena);
		drift__map_put(&one, "value", value != NULL ? value : &drift__null);
		drift__map_putb(&one, "sensitive", v->kind == DRIFT_MAP && drift_value_bool(drift_value_get(v, "sensitive")));
		drift__map_putn(&all, key, n, drift__map_finish(&one));
	}
	r->info->outputs = drift__map_finish(&all);
	if (r->info->outputs == NULL)
		drift__reader_nomem(r);
}

static void
read_module(struct drift__state_reader *r, const struct drift_value *m, size_t i)
{
	const struct drift_value *resources;
	const char *module, *key;
	char where[160];
	size_t j, n;

	snprintf(where, sizeof where, "modules[%zu]", i);
	if (drift_value_kind(m) != DRIFT_MAP) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "a module must be an object");
		return;
	}
	module = module_path(r, drift__reader_field(r, m, "path", LIST, false, where), where);
	if (module == NULL && r->st == DRIFT_OK)
		read_old_outputs(r, m, where);
	resources = drift__reader_field(r, m, "resources", MAP, false, where);
	for (j = 0; j < drift_value_size(resources) && r->st == DRIFT_OK; j++) {
		key = drift_value_key(resources, j, &n);
		snprintf(where, sizeof where, "modules[%zu].resources.%.100s", i, key);
		if (strlen(key) != n)
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "the key of a resource has a NUL in it");
		else
			read_resource(r, module, key, drift_value_at(resources, j), where);
	}
}

void
drift__read_old(struct drift__state_reader *r, const struct drift_value *root)
{
	const struct drift_value *modules = drift__reader_field(r, root, "modules", LIST, false, "");
	size_t before = r->snap->n_resources, i;

	for (i = 0; i < drift_value_size(modules) && r->st == DRIFT_OK; i++)
		read_module(r, drift_value_at(modules, i), i);
	if (drift_value_kind(drift_value_get(root, "backend")) == DRIFT_MAP && r->snap->n_resources == before)
		drift__reader_warn(r, "", "this is .terraform/terraform.tfstate: it names the backend and holds no resources; leave --state out to read what it names");
}
