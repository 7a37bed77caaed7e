/* `terraform show -json` (internal/command/jsonstate): what a state looks like when the provider's schema is at hand.
 *
 *     {format_version, terraform_version, values: {outputs, root_module: {resources: [{address, mode, type, name, index, provider_name,
 *     schema_version, values, sensitive_values, depends_on, tainted, deposed_key, identity}], child_modules: [{address, …}]}}}
 *
 * Sensitive values stand there in clear; only sensitive_values, a parallel tree with true at the secrets, tells. */
#include "state/reader.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = 1 << DRIFT_STRING, NUMBER = 1 << DRIFT_NUMBER, BOOL = 1 << DRIFT_BOOL, LIST = 1 << DRIFT_LIST, MAP = 1 << DRIFT_MAP };
enum { MAX_MODULES = 10000, MAX_LEVELS = 100 };

struct marks {
	struct drift__state_reader *r;
	struct drift__list_builder *out;
	struct drift_value steps[MAX_LEVELS];
	bool too_deep;
};

static void
add_path(struct marks *m, size_t n)
{
	struct drift__list_builder path;
	size_t i;

	drift__list_init(&path, &m->r->snap->arena);
	for (i = 0; i < n; i++)
		drift__list_add(&path, &m->steps[i]);
	drift__list_add(m->out, drift__list_finish(&path));
}

static void
collect(struct marks *m, const struct drift_value *v, size_t level)
{
	char digits[24];
	size_t i, n;

	if (drift_value_bool(v)) {
		add_path(m, level);
		return;
	}
	if (level == MAX_LEVELS) {
		m->too_deep = m->too_deep || drift_value_kind(v) == DRIFT_MAP || drift_value_kind(v) == DRIFT_LIST;
		return;
	}
	for (i = 0; i < drift_value_size(v) && drift_value_at(v, i) != NULL; i++) {
		const char *key = drift_value_key(v, i, &n);
		const struct drift_value *step;

		snprintf(digits, sizeof digits, "%zu", i);
		step = key != NULL ? drift__value_stringn(&m->r->snap->arena, key, n) : drift__value_number(&m->r->snap->arena, digits);
		if (step == NULL) {
			drift__reader_nomem(m->r);
			return;
		}
		m->steps[level] = *step;
		collect(m, drift_value_at(v, i), level + 1);
	}
}

static const struct drift_value *
sensitive_paths(struct drift__state_reader *r, const struct drift_value *tree, const struct drift_value *values)
{
	struct drift__list_builder out;
	struct marks m = {.r = r, .out = &out};

	if (drift_value_bool(tree))
		return drift__reader_all_sensitive(r, values);
	drift__list_init(&out, &r->snap->arena);
	collect(&m, tree, 0);
	if (m.too_deep) {
		drift__list_dispose(&out);
		return drift__reader_all_sensitive(r, values);
	}
	return drift__list_finish(&out);
}

static void
read_resource(struct drift__state_reader *r, const struct drift_value *v, const char *module, const char *where)
{
	struct drift__instance_parts p = {.module = module};
	const struct drift_value *index, *list;
	struct drift__map_builder empty;
	const char *mode, *provider, *text;

	if (drift_value_kind(v) != DRIFT_MAP) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "a resource must be an object");
		return;
	}
	mode = drift__reader_text(r, v, "mode", where);
	p.type = drift__reader_text(r, v, "type", where);
	p.name = drift__reader_text(r, v, "name", where);
	provider = drift__reader_text(r, v, "provider_name", where);
	index = drift__reader_field(r, v, "index", TEXT | NUMBER, false, where);
	p.attributes = drift__reader_field(r, v, "values", MAP, false, where);
	p.identity = drift__reader_field(r, v, "identity", MAP, true, where);
	p.tainted = drift_value_bool(drift__reader_field(r, v, "tainted", BOOL, false, where));
	p.deposed = drift__reader_text(r, v, "deposed_key", where);
	p.data = drift__streq(mode, "data");
	if (!p.data && !drift__streq(mode, "managed"))
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "the mode of a resource is \"managed\" or \"data\"");
	if (!drift__reader_names(r, p.type, p.name, where))
		return;
	if (drift_value_kind(index) == DRIFT_NUMBER && (strspn(index->u.text, "0123456789") != index->len || index->len > 15))
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"index\" is no count index");
	p.key = index;
	text = provider != NULL ? drift__arena_printf(&r->snap->arena, "provider[\"%s\"]", provider) : NULL;
	if (text == NULL || !drift__provider_parse(text, &r->snap->arena, &p.provider))
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"provider_name\" is missing or not understood");
	if (p.attributes == NULL) {
		drift__map_init(&empty, &r->snap->arena);
		p.attributes = drift__map_finish(&empty);
	}
	list = drift__reader_field(r, v, "depends_on", LIST, false, where);
	p.dependencies = drift__reader_dependencies(r, list, where);
	p.sensitive = sensitive_paths(r, drift__reader_field(r, v, "sensitive_values", MAP | BOOL, false, where), p.attributes);
	drift__value_to_int(drift_value_get(v, "schema_version"), &p.schema_version);
	if (r->st == DRIFT_OK)
		drift__reader_add(r, &p);
}

/* One module's own resources. */
static void
read_module(struct drift__state_reader *r, const struct drift_value *m, size_t number)
{
	const struct drift_value *resources;
	const char *address, *module = NULL;
	struct drift_error why = DRIFT_ERROR_INIT;
	char where[120];
	size_t i;

	snprintf(where, sizeof where, number == 0 ? "values.root_module" : "values, module %zu", number);
	if (drift_value_kind(m) != DRIFT_MAP) {
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "a module must be an object");
		return;
	}
	address = drift__reader_text(r, m, "address", where);
	if (address != NULL && address[0] != '\0' && drift__module_parse(address, &r->snap->arena, &module, &why) != DRIFT_OK)
		drift__reader_bad(r, DRIFT_BAD_STATE, where, "\"address\" is no address of a module: %s", why.what);
	resources = drift__reader_field(r, m, "resources", LIST, false, where);
	for (i = 0; i < drift_value_size(resources) && r->st == DRIFT_OK; i++) {
		snprintf(where, sizeof where, "%.60s%sresources[%zu]", module != NULL ? module : "values.root_module", module != NULL ? ": " : ".", i);
		read_resource(r, drift_value_at(resources, i), module, where);
	}
}

/* Modules in rows, so that their depth costs no stack. */
static void
read_modules(struct drift__state_reader *r, const struct drift_value *root_module)
{
	const struct drift_value **row = drift__malloc(MAX_MODULES * sizeof(const struct drift_value *)), *children;
	size_t n = 0, i, j;

	if (row == NULL) {
		drift__reader_nomem(r);
		return;
	}
	row[n++] = root_module;
	for (i = 0; i < n && r->st == DRIFT_OK; i++) {
		read_module(r, row[i], i);
		children = drift__reader_field(r, row[i], "child_modules", LIST, false, "values");
		for (j = 0; j < drift_value_size(children) && n < MAX_MODULES; j++)
			row[n++] = drift_value_at(children, j);
		if (j < drift_value_size(children))
			drift__reader_bad(r, DRIFT_LIMIT, "values", "more than %d modules", MAX_MODULES);
	}
	drift__free(row);
}

void
drift__read_shown(struct drift__state_reader *r, const struct drift_value *root)
{
	const struct drift_value *values = drift__reader_field(r, root, "values", MAP, false, ""), *root_module;
	const char *format = drift__reader_text(r, root, "format_version", "");

	if (r->st != DRIFT_OK)
		return;
	if (format == NULL || (strncmp(format, "0.", 2) != 0 && strncmp(format, "1.", 2) != 0)) {
		drift__reader_bad(r, DRIFT_BAD_VERSION, "format_version", "this `terraform show -json` output has format %.20s; 0.x and 1.x are known",
			format != NULL ? format : "(none)");
		return;
	}
	if (values == NULL) {
		drift__reader_bad(r, DRIFT_NO_STATE, "", "this `terraform show -json` output says that there is no state");
		return;
	}
	root_module = drift__reader_field(r, values, "root_module", MAP, false, "values");
	if (root_module != NULL)
		read_modules(r, root_module);
	r->info->outputs = drift__reader_field(r, values, "outputs", MAP, false, "values");
}
