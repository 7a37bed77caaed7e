/* Plan JSON -> its creates, each with its configuration and the module instance that it stands in. */
#include "imports/planned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODULE_DEPTH_MAX = 100 };

bool
drift__is_unknown(const struct drift_value *u)
{
	size_t n = drift_value_size(u);

	switch (drift_value_kind(u)) {
	case DRIFT_BOOL:
		return drift_value_bool(u);
	case DRIFT_LIST:
	case DRIFT_MAP:
		for (size_t i = 0; i < n; i++) {
			if (drift__is_unknown(drift_value_at(u, i)))
				return true;
		}
		return false;
	default:
		return false;
	}
}

/* Length of the first dot-separated part of an address, brackets and the strings in them kept whole. */
static size_t
part_length(const char *s)
{
	size_t i = 0;
	bool in_key = false, in_text = false;

	for (; s[i] != '\0'; i++) {
		if (in_text && s[i] == '\\' && s[i + 1] != '\0')
			i++;
		else if (s[i] == '"' && in_key)
			in_text = !in_text;
		else if (s[i] == '[' && !in_text)
			in_key = true;
		else if (s[i] == ']' && !in_text)
			in_key = false;
		else if (s[i] == '.' && !in_key)
			break;
	}
	return i;
}

static size_t
find_scope(const struct drift__plan *p, const char *address)
{
	for (size_t i = p->n_scopes; i-- > 0;) { /* a plan has the creates of a module side by side */
		if (strcmp(p->scopes[i].address, address) == 0)
			return i;
	}
	return SIZE_MAX;
}

static enum drift_status
add_scope(struct drift__plan *p, const struct drift__scope *s, size_t *at)
{
	if (p->n_scopes == p->cap_scopes) {
		size_t cap = p->cap_scopes > 0 ? p->cap_scopes * 2 : 32;
		struct drift__scope *grown = drift__arena_alloc(p->arena, cap * sizeof(*grown));

		if (grown == NULL)
			return DRIFT_NOMEM;
		if (p->n_scopes > 0)
			memcpy(grown, p->scopes, p->n_scopes * sizeof(*grown));
		p->scopes = grown;
		p->cap_scopes = cap;
	}
	p->scopes[p->n_scopes] = *s;
	*at = p->n_scopes++;
	return DRIFT_OK;
}

/* The folder of a module whose source is a path: "./modules/x" seen from "a" is "a/modules/x". NULL for other sources. */
static const char *
module_dir(struct drift__arena *a, const char *parent, const char *source)
{
	char *dir;

	if (parent == NULL || source == NULL || (strncmp(source, "./", 2) != 0 && strncmp(source, "../", 3) != 0))
		return NULL;
	dir = drift__arena_strdup(a, parent);
	while (dir != NULL && *source == '.') {
		if (strncmp(source, "./", 2) == 0) {
			source += 2;
		} else if (strncmp(source, "../", 3) == 0) {
			char *slash = strrchr(dir, '/');

			if (dir[0] == '\0')
				return NULL;
			*(slash != NULL ? slash : dir) = '\0';
			source += 3;
		} else {
			break;
		}
	}
	if (dir == NULL || source[0] == '\0')
		return dir;
	return drift__arena_printf(a, "%s%s%s", dir, dir[0] != '\0' ? "/" : "", source);
}

/* Opens the scope of a module instance and of all around it. */
static enum drift_status
open_scope(struct drift__plan *p, const char *address, size_t *out)
{
	size_t at = find_scope(p, ""), done = 0;
	enum drift_status st = DRIFT_OK;

	for (int depth = 0; address[done] != '\0' && depth < MODULE_DEPTH_MAX; depth++) {
		size_t word = part_length(address + done), step, bare, next;
		struct drift__scope s = {0};

		if (address[done + word] != '.')
			break;
		step = part_length(address + done + word + 1);
		bare = strcspn(address + done + word + 1, "[.");
		s.name = drift__arena_strndup(p->arena, address + done + word + 1, bare);
		s.key = drift__arena_strndup(p->arena, address + done + word + 1 + bare, step - bare);
		s.address = drift__arena_strndup(p->arena, address, done + word + 1 + step);
		if (s.name == NULL || s.key == NULL || s.address == NULL)
			return DRIFT_NOMEM;
		next = find_scope(p, s.address);
		if (next == SIZE_MAX) {
			s.parent = at;
			s.call = drift_value_get(drift_value_get(p->scopes[at].module, "module_calls"), s.name);
			s.module = drift_value_get(s.call, "module");
			s.dir = module_dir(p->arena, p->scopes[at].dir, drift__value_gets(s.call, "source"));
			st = add_scope(p, &s, &next);
			if (st != DRIFT_OK)
				return st;
		}
		at = next;
		done += word + 1 + step;
		if (address[done] == '.')
			done++;
	}
	*out = at;
	return DRIFT_OK;
}

static const struct drift_value *
find_config(const struct drift_value *module, const char *type, const char *name)
{
	const struct drift_value *list = drift_value_get(module, "resources");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *r = drift_value_at(list, i);

		if (drift__streq(drift__value_gets(r, "type"), type) && drift__streq(drift__value_gets(r, "name"), name) &&
		    drift__streq(drift__value_gets(r, "mode"), "managed"))
			return r;
	}
	return NULL;
}

const struct drift_value *
drift__plan_config(struct drift__plan *p, const char *module, const char *type, const char *name)
{
	size_t scope = 0;

	if (type == NULL || name == NULL || open_scope(p, module != NULL ? module : "", &scope) != DRIFT_OK)
		return NULL;
	return find_config(p->scopes[scope].module, type, name);
}

/* A text in a provider block, when it is a constant or a variable of the root module. */
static const char *
provider_text(const struct drift_value *root, const struct drift_value *expression)
{
	const struct drift_value *refs, *var;
	const char *text = drift__value_gets(expression, "constant_value");

	if (text != NULL)
		return text;
	refs = drift_value_get(expression, "references");
	text = drift__value_str(drift_value_at(refs, 0));
	if (drift_value_size(refs) != 1 || !drift__starts(text, "var."))
		return NULL;
	var = drift_value_get(drift_value_get(root, "variables"), text + 4);
	return drift__value_gets(var, "value");
}

static const char *
provider_region(const struct drift_value *root, const struct drift_value *provider)
{
	return provider_text(root, drift_value_get(drift_value_get(provider, "expressions"), "region"));
}

/* The account of the role that a provider takes, or the only one that it is allowed. */
static const char *
provider_account(const struct drift__plan *p, const struct drift_value *provider)
{
	const struct drift_value *expressions = drift_value_get(provider, "expressions");
	const struct drift_value *allowed = drift_value_get(drift_value_get(expressions, "allowed_account_ids"), "constant_value");
	const struct drift_value *role = drift_value_at(drift_value_get(expressions, "assume_role"), 0);
	const char *at = provider_text(p->root, drift_value_get(role, "role_arn"));

	if (at == NULL)
		return drift_value_size(allowed) == 1 ? drift__value_str(drift_value_at(allowed, 0)) : NULL;
	for (int i = 0; i < 4 && at != NULL; i++) { /* arn:aws:iam::123456789012:role/name */
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL && strspn(at, "0123456789") == 12 && at[12] == ':' ? drift__arena_strndup(p->arena, at, 12) : NULL;
}

static void
find_provider(const struct drift__plan *p, struct drift__planned *r)
{
	const struct drift_value *configs = drift_value_get(drift_value_get(p->root, "configuration"), "provider_config");
	const char *key = drift__value_gets(r->config, "provider_config_key");
	const struct drift_value *provider = key != NULL ? drift_value_get(configs, key) : NULL;
	const char *colon = key != NULL ? strrchr(key, ':') : NULL;

	r->alias = drift__value_gets(provider, "alias");
	r->region = provider_region(p->root, provider);
	r->account = provider_account(p, provider);
	if (r->region == NULL && colon != NULL) { /* a module without a block of its own: what was passed, by the same name */
		provider = drift_value_get(configs, colon + 1);
		if (provider_region(p->root, provider) != NULL) {
			r->region = provider_region(p->root, provider);
			r->alias = drift__value_gets(provider, "alias");
			r->account = provider_account(p, provider);
		}
	}
}

static bool
is_aws(const char *provider)
{
	return provider == NULL || drift__ends(provider, "/aws") || drift__streq(provider, "aws");
}

/* 1 = create, 2 = replacement, 0 = neither */
static int
creates(const struct drift_value *change)
{
	const struct drift_value *actions = drift_value_get(change, "actions");
	bool create = false, remove = false;

	if (drift_value_get(change, "importing") != NULL)
		return 0;
	for (size_t i = 0; i < drift_value_size(actions); i++) {
		const char *word = drift__value_str(drift_value_at(actions, i));

		create = create || drift__streq(word, "create");
		remove = remove || drift__streq(word, "delete");
	}
	return !create ? 0 : remove ? 2 : 1;
}

static enum drift_status
read_change(struct drift__plan *p, const struct drift_value *rc, size_t i, struct drift_error *err)
{
	const struct drift_value *change = drift_value_get(rc, "change");
	struct drift__planned r = {0};
	char where[64];
	size_t prefix;
	int what = creates(change);

	if (!drift__streq(drift__value_gets(rc, "mode"), "managed") || drift_value_get(rc, "deposed") != NULL || what == 0)
		return DRIFT_OK;
	if (!is_aws(drift__value_gets(rc, "provider_name"))) {
		p->n_foreign++;
		return DRIFT_OK;
	}
	snprintf(where, sizeof(where), "resource_changes[%zu]", i);
	r.address = drift__value_gets(rc, "address");
	r.type = drift__value_gets(rc, "type");
	r.name = drift__value_gets(rc, "name");
	r.module = drift__value_gets(rc, "module_address");
	r.index = drift_value_get(rc, "index");
	r.after = drift_value_get(change, "after");
	r.unknown = drift_value_get(change, "after_unknown");
	r.replace = what == 2;
	if (r.module == NULL)
		r.module = "";
	if (r.address == NULL || r.type == NULL || r.name == NULL || drift_value_kind(r.after) != DRIFT_MAP)
		return drift__fail(err, DRIFT_BAD_PLAN, where, "a create without address, type, name or values");
	prefix = (r.module[0] != '\0' ? strlen(r.module) + 1 : 0) + strlen(r.type) + 1 + strlen(r.name);
	r.key = strlen(r.address) >= prefix ? r.address + prefix : "";
	if (open_scope(p, r.module, &r.scope) != DRIFT_OK)
		return drift__nomem(err);
	r.config = find_config(p->scopes[r.scope].module, r.type, r.name);
	find_provider(p, &r);
	p->list[p->n++] = r;
	return DRIFT_OK;
}

static int
by_address(const void *a, const void *b)
{
	return strcmp(((const struct drift__planned *)a)->address, ((const struct drift__planned *)b)->address);
}

enum drift_status
drift__plan_open(struct drift__arena *a, const struct drift_value *root, struct drift__plan *out, struct drift_error *err)
{
	struct drift__plan p = {.arena = a, .root = root};
	const struct drift_value *changes = drift_value_get(root, "resource_changes");
	const char *version = drift__value_gets(root, "format_version");
	struct drift__scope top = {"", "", "", drift_value_get(drift_value_get(root, "configuration"), "root_module"), NULL, 0, ""};
	size_t at;

	if (drift_value_kind(root) != DRIFT_MAP || version == NULL) {
		drift__fail(err, DRIFT_BAD_PLAN, "plan", "this is not a plan in JSON: format_version is missing");
		drift__hint(err, "make one with: terraform plan -out=tfplan && terraform show -json tfplan > plan.json");
		return DRIFT_BAD_PLAN;
	}
	if (!drift__starts(version, "0.") && !drift__starts(version, "1."))
		return drift__fail(err, DRIFT_BAD_VERSION, "plan: format_version", "version %.32s of the plan format is not known", version);
	if (drift_value_get(root, "planned_values") == NULL && changes == NULL) {
		drift__fail(err, DRIFT_BAD_PLAN, "plan", "this is the JSON form of a state, not of a plan");
		drift__hint(err, "give terraform show -json the file that terraform plan -out wrote");
		return DRIFT_BAD_PLAN;
	}
	p.list = drift__arena_zalloc(a, (drift_value_size(changes) + 1) * sizeof(*p.list));
	p.lists = drift__target_lists_new(a);
	if (p.list == NULL || p.lists == NULL || add_scope(&p, &top, &at) != DRIFT_OK)
		return drift__nomem(err);
	for (size_t i = 0; i < drift_value_size(changes); i++) {
		enum drift_status st = read_change(&p, drift_value_at(changes, i), i, err);

		if (st != DRIFT_OK)
			return st;
	}
	qsort(p.list, p.n, sizeof(*p.list), by_address);
	*out = p;
	return DRIFT_OK;
}
