/* States of versions 1 to 3 (Terraform before 0.12): upgraded while they are read, as version1_upgrade.go … version3_upgrade.go do.
 *
 * Flat attribute maps become nested ones: without the provider's schema, members 0…n-1 make a list and other numbers a set. */
#include "state/tfstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct old {
	struct drift_snapshot *snap;
	struct drift__tfstate_info *info;
	const char *name;
	int source;
	int64_t version;
	struct drift_error *err;
	enum drift_status st;
};

static void
bad(struct old *o, const char *where, const char *what)
{
	char full[256];

	if (o->st != DRIFT_OK)
		return;
	snprintf(full, sizeof full, "%s: %s", o->name, where);
	o->st = drift__fail(o->err, DRIFT_BAD_STATE, full, "%s", what);
}

/* ---- flat maps (internal/configs/hcl2shim/flatmap.go) ---- */

static const struct drift_value *nested(struct old *o, const struct drift_value *flat, const char *prefix, int depth);

static int
compare_names(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	long i = strtol(x, NULL, 10), j = strtol(y, NULL, 10);

	return i != j ? (i > j) - (i < j) : strcmp(x, y);
}

/* The distinct first components behind prefix. */
static const char **
components(struct old *o, const struct drift_value *flat, const char *prefix, size_t *n_out)
{
	size_t i, j, n = 0, len = strlen(prefix);
	const char **list = drift__arena_alloc(&o->snap->arena, (drift_value_size(flat) + 1) * sizeof *list);

	for (i = 0; list != NULL && i < drift_value_size(flat); i++) {
		const char *key = drift_value_key(flat, i, NULL), *rest;
		char *part;

		if (strncmp(key, prefix, len) != 0)
			continue;
		rest = key + len;
		part = drift__arena_strndup(&o->snap->arena, rest, strcspn(rest, "."));
		if (part == NULL || strcmp(part, "#") == 0 || strcmp(part, "%") == 0)
			continue;
		for (j = 0; j < n && strcmp(list[j], part) != 0; j++)
			;
		if (j == n)
			list[n++] = part;
	}
	*n_out = n;
	return list;
}

static const struct drift_value *
list_at(struct old *o, const struct drift_value *flat, const char *prefix, int depth)
{
	struct drift__list_builder out;
	size_t n, i;
	const char **names = components(o, flat, prefix, &n);

	if (names == NULL)
		return NULL;
	qsort(names, n, sizeof *names, compare_names);
	drift__list_init(&out, &o->snap->arena);
	for (i = 0; i < n; i++) {
		char *path = drift__arena_printf(&o->snap->arena, "%s%s", prefix, names[i]);
		const struct drift_value *scalar = path != NULL ? drift_value_get(flat, path) : NULL;
		char *below = drift__arena_printf(&o->snap->arena, "%s%s.", prefix, names[i]);

		drift__list_add(&out, scalar != NULL ? scalar : below != NULL ? nested(o, flat, below, depth + 1) : NULL);
	}
	return drift__list_finish(&out);
}

/* A map's keys are the whole rest of the name, dots included. */
static const struct drift_value *
map_at(struct old *o, const struct drift_value *flat, const char *prefix)
{
	struct drift__map_builder out;
	size_t i, len = strlen(prefix);

	drift__map_init(&out, &o->snap->arena);
	for (i = 0; i < drift_value_size(flat); i++) {
		const char *key = drift_value_key(flat, i, NULL);

		if (strncmp(key, prefix, len) == 0 && strcmp(key + len, "%") != 0 && strcmp(key + len, "#") != 0)
			drift__map_put(&out, key + len, drift_value_at(flat, i));
	}
	return drift__map_finish(&out);
}

/* Version 2 and earlier count maps with # as lists: a member that is no number tells. */
static bool
looks_like_map(struct old *o, const struct drift_value *flat, const char *prefix)
{
	size_t n, i;
	const char **names = components(o, flat, prefix, &n);

	for (i = 0; names != NULL && i < n; i++)
		if (names[i][0] == '\0' || strspn(names[i], "0123456789") != strlen(names[i]))
			return true;
	return false;
}

static const struct drift_value *
nested(struct old *o, const struct drift_value *flat, const char *prefix, int depth)
{
	struct drift__map_builder out;
	size_t n, i;
	const char **names = components(o, flat, prefix, &n);

	if (depth > 64) {
		bad(o, prefix, "the attributes are nested too deeply");
		return &drift__null;
	}
	if (names == NULL)
		return NULL;
	drift__map_init(&out, &o->snap->arena);
	for (i = 0; i < n; i++) {
		char *path = drift__arena_printf(&o->snap->arena, "%s%s", prefix, names[i]);
		char *below = drift__arena_printf(&o->snap->arena, "%s%s.", prefix, names[i]);
		char *counted = drift__arena_printf(&o->snap->arena, "%s%s.#", prefix, names[i]);
		char *mapped = drift__arena_printf(&o->snap->arena, "%s%s.%%", prefix, names[i]);
		const struct drift_value *v;

		if (path == NULL || below == NULL || counted == NULL || mapped == NULL)
			return NULL;
		if (drift_value_get(flat, path) != NULL)
			v = drift_value_get(flat, path);
		else if (drift_value_get(flat, mapped) != NULL || (drift_value_get(flat, counted) != NULL && looks_like_map(o, flat, below)))
			v = map_at(o, flat, below);
		else
			v = list_at(o, flat, below, depth);
		drift__map_put(&out, names[i], v);
	}
	return drift__map_finish(&out);
}

/* ---- resources ---- */

static bool
split_key(struct old *o, const char *key, bool *data, const char **type, const char **name, const struct drift_value **index)
{
	char *copy = drift__arena_strdup(&o->snap->arena, key), *p = copy, *dot, *last;

	if (copy == NULL)
		return false;
	*data = drift__starts(p, "data.");
	if (*data)
		p += 5;
	dot = strchr(p, '.');
	if (dot == NULL)
		return false;
	*dot = '\0';
	*type = p;
	*name = dot + 1;
	*index = NULL;
	last = strrchr(dot + 1, '.');
	if (last != NULL) {
		if (last[1] == '\0' || strspn(last + 1, "0123456789") != strlen(last + 1))
			return false;
		*last = '\0';
		*index = drift__value_number(&o->snap->arena, last + 1);
	}
	return true;
}

static void
add_object(struct old *o, const char *module, const char *key, const struct drift_value *v, const struct drift_value *object,
	const char *deposed, const char *where)
{
	const char *type, *name, *provider = drift__value_gets(v, "provider");
	const struct drift_value *index, *flat = drift_value_get(object, "attributes");
	struct drift__buf address = DRIFT__BUF_INIT(1 << 20);
	struct drift_resource *r;
	bool data, tainted = drift_value_bool(drift_value_get(object, "tainted"));

	if (!split_key(o, key, &data, &type, &name, &index)) {
		bad(o, where, "the key of a resource is not type.name or type.name.index");
		return;
	}
	r = drift__snapshot_add(o->snap, type);
	drift__address_print(&address, module, data, type, name, index);
	if (r == NULL || address.status != DRIFT_OK) {
		o->st = drift__nomem(o->err);
		drift__buf_dispose(&address);
		return;
	}
	r->address = drift__arena_strndup(&o->snap->arena, address.data, address.len);
	drift__buf_dispose(&address);
	r->module = module;
	r->address_name = name;
	r->index_key = index;
	r->source = o->source;
	r->attributes = nested(o, flat, "", 0);
	r->id = drift__value_gets(r->attributes, "id");
	if (r->id == NULL)
		r->id = drift__value_gets(object, "id");
	r->arn = drift__value_gets(r->attributes, "arn");
	r->name = drift__value_gets(r->attributes, "name");
	r->tags = drift_value_get(r->attributes, "tags");
	r->deposed = deposed;
	r->flags = (data ? DRIFT__DATA : 0u) | (tainted ? DRIFT__TAINTED : 0u) | (deposed != NULL ? DRIFT__DEPOSED : 0u);
	/* an empty provider means the one that the type's prefix names */
	if (!(provider != NULL && provider[0] != '\0' ? strstr(provider, "aws") != NULL : drift__starts(type, "aws_")))
		r->flags |= DRIFT__FOREIGN;
	if (data)
		o->info->n_data++;
	else if (r->flags & DRIFT__FOREIGN)
		o->info->n_foreign++;
	else
		o->info->n_resources++;
}

static void
add_resource(struct old *o, const char *module, const char *key, const struct drift_value *v, const char *where)
{
	const struct drift_value *primary = drift_value_get(v, "primary"), *deposed = drift_value_get(v, "deposed");
	char number[24];
	size_t i;

	if (drift_value_kind(v) != DRIFT_MAP) {
		bad(o, where, "a resource must be an object");
		return;
	}
	if (drift_value_kind(primary) == DRIFT_MAP && drift_value_size(primary) > 0)
		add_object(o, module, key, v, primary, NULL, where);
	for (i = 0; i < drift_value_size(deposed) && o->st == DRIFT_OK; i++) {
		snprintf(number, sizeof number, "%08zu", i + 1);
		add_object(o, module, key, v, drift_value_at(deposed, i), drift__arena_strdup(&o->snap->arena, number), where);
	}
}

/* ["root", "net", "sub"] → "module.net.module.sub". */
static const char *
module_path(struct old *o, const struct drift_value *path, const char *where)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	const char *text = NULL;
	size_t i;

	if (drift_value_size(path) == 0 && o->version == 1)
		return NULL;
	if (!drift__streq(drift__value_str(drift_value_at(path, 0)), "root")) {
		bad(o, where, "the path of a module begins with root");
		return NULL;
	}
	for (i = 1; i < drift_value_size(path); i++) {
		const char *part = drift__value_str(drift_value_at(path, i));

		if (part == NULL)
			bad(o, where, "a part of a module's path is no text");
		else
			drift__buf_addf(&b, "%smodule.%s", b.len > 0 ? "." : "", part);
	}
	if (b.len > 0)
		text = drift__arena_strndup(&o->snap->arena, b.data, b.len);
	drift__buf_dispose(&b);
	return text;
}

enum drift_status
drift__tfstate_read_old(const struct drift_value *root, int64_t version, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift_error *err)
{
	struct old o = {snap, info, name, source, version, err, DRIFT_OK};
	const struct drift_value *modules = drift_value_get(root, "modules");
	size_t i, j;

	if (drift_value_kind(drift_value_get(root, "backend")) == DRIFT_MAP && drift_value_size(modules) == 0)
		drift__list_add(&info->warnings, drift__value_string(&snap->arena, "this is .terraform/terraform.tfstate: it names the backend and holds no resources"));
	for (i = 0; i < drift_value_size(modules) && o.st == DRIFT_OK; i++) {
		const struct drift_value *m = drift_value_at(modules, i), *resources = drift_value_get(m, "resources");
		char where[64];
		const char *module;

		snprintf(where, sizeof where, "modules[%zu]", i);
		module = module_path(&o, drift_value_get(m, "path"), where);
		for (j = 0; j < drift_value_size(resources) && o.st == DRIFT_OK; j++)
			add_resource(&o, module, drift_value_key(resources, j, NULL), drift_value_at(resources, j), where);
	}
	return o.st;
}
