/* A live resource -> its block. Values that no one may read become variables, as do those that no API returns; the latter are left alone by
 * lifecycle.ignore_changes, so that the made-up value never gets to AWS. */
#include "imports/hcl_resource.h"
#include "imports/look.h"
#include "imports/quote.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX_BYTES = 64 << 20, BLOCK_DEPTH_MAX = 20 };

static const char masked_text[] = "(sensitive)";

/* ---- variables ---- */

static bool
is_used(const struct drift__hcl_writer *w, const char *name)
{
	char *line = drift__arena_printf(w->arena, "variable \"%s\" {\n", name);

	return line != NULL && w->variables->data != NULL && strstr(w->variables->data, line) != NULL;
}

/* Writes variable "aws_db_instance_main_password" and gives the expression for it. */
static const char *
ask(struct drift__hcl_writer *w, const char *path, const char *description, bool sensitive, const char *fallback)
{
	char *base = drift__arena_printf(w->arena, "%s_%s", w->it->address, path), *name = base;
	struct drift__buf quoted = DRIFT__BUF_INIT(VALUE_MAX_BYTES);
	struct drift__hcl h;

	if (name == NULL)
		return NULL;
	for (char *p = name; *p != '\0'; p++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *p) == NULL)
			*p = '_';
	}
	for (int k = 2; name != NULL && is_used(w, name); k++) /* two containers may each have a DB_PASSWORD */
		name = drift__arena_printf(w->arena, "%s_%d", base, k);
	if (name == NULL)
		return NULL;
	drift__quote_hcl(&quoted, description, strlen(description));
	drift__buf_addf(w->variables, "%svariable \"%s\" {\n", w->variables->len > 0 ? "\n" : "", name);
	drift__hcl_init(&h, w->variables, 1);
	drift__hcl_attribute(&h, "description", quoted.data != NULL ? quoted.data : "\"\"");
	drift__hcl_attribute(&h, "type", "string");
	if (fallback != NULL)
		drift__hcl_attribute(&h, "default", fallback);
	if (sensitive)
		drift__hcl_attribute(&h, "sensitive", "true");
	drift__hcl_flush(&h);
	drift__buf_adds(w->variables, "}\n");
	drift__buf_dispose(&quoted);
	return drift__arena_printf(w->arena, "var.%s", name);
}

/* Terraform hides what the schema calls sensitive anyway; the variable's own mark would count as a change of every imported resource. */
static const char *
ask_secret(struct drift__hcl_writer *w, const char *path, const struct drift__hcl_choice *c, const char *description, const char *fallback)
{
	const char *expression = ask(w, path, description, true, fallback);

	if (expression == NULL || !drift__node_sensitive(&c->node))
		return expression;
	return drift__arena_printf(w->arena, "nonsensitive(%s)", expression);
}

/* An argument that no API returns. A secret may be given or not; for anything else a made-up value stands, which Terraform is told to ignore. */
static void
ask_for(struct drift__hcl_writer *w, struct drift__hcl *h, const struct drift__hcl_choice *c)
{
	const struct drift_value *rule = drift_value_get(w->attributes, c->path);
	const char *why = drift__value_str(drift_value_at(drift_value_get(w->changes, c->path), 1));
	bool secret = drift__node_sensitive(&c->node), needed = strchr(c->node.flags, 'R') != NULL;
	const char *expression;
	char *text;

	if (c->node.kind != DRIFT__NODE_STRING || strchr(c->path, '.') != NULL) {
		w->lacks = c->path;
		return;
	}
	why = why != NULL ? why : drift__value_gets(rule, "ignore");
	text = drift__arena_printf(w->arena, "%s of %s: %s", c->name, w->it->address, why != NULL ? why : "it was not read");
	if (text == NULL)
		return;
	expression = secret ? ask_secret(w, c->path, c, text, needed ? NULL : "null") : ask(w, c->path, text, false, "\"unknown\"");
	if (expression == NULL)
		return;
	drift__hcl_attribute(h, c->name, expression);
	if (!secret || needed)
		drift__list_add(&w->unread, drift__value_string(w->arena, c->name));
}

/* ---- values ---- */

struct place {
	struct drift__hcl_writer *w;
	const struct drift__hcl_choice *c;
	bool policy; /* ARNs in it are references, too */
};

static const char *
refer(void *ctx, const char *key, const char *text)
{
	const struct place *at = ctx;
	struct drift__hcl_writer *w = at->w;
	const struct drift_value *rule = drift_value_get(drift__facts_get(&w->im->facts, w->it->type, "references"), at->c->path);
	char *path, *description;

	if (strcmp(text, masked_text) == 0) {
		path = drift__arena_printf(w->arena, "%s%s%s", at->c->path, key[0] != '\0' ? "_" : "", key);
		description = drift__arena_printf(w->arena, "%s of %s", path != NULL ? path : "", w->it->address);
		return path != NULL && description != NULL ? ask_secret(w, path, at->c, description, NULL) : NULL;
	}
	return at->policy ? drift__hcl_arn_reference(w, text) : drift__hcl_reference(w, rule, text);
}

/* The value without its secrets. Policies hold none, but words that look like it. */
static const struct drift_value *
masked(struct drift__hcl_writer *w, const struct drift__hcl_choice *c, bool policy)
{
	struct drift__compare_input in = {.rules = w->rules, .live = w->it->live->attributes, .sensitive = w->it->live->sensitive};
	struct drift__compare ctx = {.in = &in, .arena = w->arena, .scratch = w->arena};
	struct drift__place place = {.node = c->node, .path = c->path, .attribute = c->path};
	bool any = false;

	if (policy && !drift__is_secret(&ctx, &c->node, c->path))
		return c->v;
	return drift__masked(&ctx, &place, c->v, &any);
}

/* Maps have no order: theirs is made by name, so that the same account gives the same file. */
static const struct drift_value *
sorted_map(struct drift__hcl_writer *w, const struct drift_value *v)
{
	size_t n = drift_value_size(v);
	bool *done = drift__arena_zalloc(w->arena, n + 1);
	struct drift__map_builder m;

	if (done == NULL)
		return NULL;
	drift__map_init(&m, w->arena);
	for (size_t k = 0; k < n; k++) {
		size_t first = n;

		for (size_t i = 0; i < n; i++) {
			if (!done[i] && (first == n || strcmp(drift_value_key(v, i, NULL), drift_value_key(v, first, NULL)) < 0))
				first = i;
		}
		done[first] = true;
		drift__map_put(&m, drift_value_key(v, first, NULL), drift_value_at(v, first));
	}
	return drift__map_finish(&m);
}

static int
by_value(const void *a, const void *b)
{
	return drift__value_compare(*(const struct drift_value *const *)a, *(const struct drift_value *const *)b);
}

/* The same for sets. */
static const struct drift_value *
sorted_set(struct drift__hcl_writer *w, const struct drift_value *v)
{
	size_t n = drift_value_size(v);
	const struct drift_value **list = drift__arena_zalloc(w->arena, (n + 1) * sizeof(*list));
	struct drift__list_builder b;

	if (list == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		list[i] = drift_value_at(v, i);
	qsort(list, n, sizeof(*list), by_value);
	drift__list_init(&b, w->arena);
	for (size_t i = 0; i < n; i++)
		drift__list_add(&b, list[i]);
	return drift__list_finish(&b);
}

/* A text that holds JSON, as a value; NULL for any other. */
static const struct drift_value *
json_in(struct drift__hcl_writer *w, const struct drift_value *v)
{
	struct drift__json_options opt = {.name = "value", .max_depth = 80};
	const struct drift_value *inner = NULL;
	size_t n;
	const char *text = drift_value_kind(v) == DRIFT_STRING ? drift_value_text(v, &n) : NULL;

	if (text == NULL || (text[0] != '{' && text[0] != '[') || drift__json_parse(w->arena, text, n, &opt, &inner, NULL) != DRIFT_OK)
		return NULL;
	return inner;
}

static void
write_attribute(struct drift__hcl_writer *w, struct drift__hcl *h, const struct drift__hcl_choice *c)
{
	const char *as = drift__value_gets(drift_value_get(w->attributes, c->path), "as");
	struct place at = {w, c, drift__streq(as, "iam_policy")};
	struct drift__buf b = DRIFT__BUF_INIT(VALUE_MAX_BYTES);
	const struct drift_value *v = masked(w, c, at.policy), *json;
	const char *call = NULL;

	if (v == NULL) {
		h->out->status = DRIFT_NOMEM;
		return;
	}
	json = at.policy || drift__streq(as, "json") || drift__streq(as, "container_definitions") || strstr(drift__value_str(v) != NULL ?
		drift__value_str(v) : "", "\"(sensitive)\"") != NULL ? json_in(w, v) : NULL;
	if (json != NULL)
		call = "jsonencode";
	else if (drift__streq(as, "base64") && strcmp(drift__value_str(v) != NULL ? drift__value_str(v) : masked_text, masked_text) != 0)
		call = "base64encode";
	if (c->node.kind == DRIFT__NODE_SET)
		v = sorted_set(w, v);
	else if (drift_value_kind(v) == DRIFT_MAP)
		v = sorted_map(w, v);
	if (call != NULL)
		drift__buf_addf(&b, "%s(", call);
	drift__hcl_value(&b, json != NULL ? json : v, h->depth, "", refer, &at);
	if (call != NULL)
		drift__buf_addc(&b, ')');
	if (b.data != NULL && b.status == DRIFT_OK)
		drift__hcl_attribute(h, c->name, b.data);
	else
		h->out->status = b.status;
	drift__buf_dispose(&b);
}

/* ---- bodies ---- */

static void write_body(struct drift__hcl_writer *w, struct drift__hcl *h, const struct drift__node *body, const struct drift_value *values,
	const char *prefix, int depth);

static void
write_blocks(struct drift__hcl_writer *w, struct drift__hcl *h, const struct drift__hcl_choice *c, int depth)
{
	struct drift__node node = drift__hcl_block_node(&c->node);
	const struct drift_value *list = c->node.kind == DRIFT__NODE_SET ? sorted_set(w, c->v) : c->v;
	size_t n = drift_value_kind(list) == DRIFT_LIST ? drift_value_size(list) : 1;

	if (list == NULL || depth > BLOCK_DEPTH_MAX || (n == 0 && c->how == DRIFT__HCL_WRITE)) {
		w->lacks = c->path;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct drift_value *one = drift_value_kind(list) == DRIFT_LIST ? drift_value_at(list, i) : list;
		struct drift__hcl inner;

		if (drift_value_kind(one) != DRIFT_MAP)
			continue;
		drift__hcl_block_begin(h, c->name, &inner);
		write_body(w, &inner, &node, one, c->path, depth + 1);
		drift__hcl_block_end(h, &inner);
	}
}

static void
write_tags(struct drift__hcl_writer *w, struct drift__hcl *h)
{
	struct drift__buf b = DRIFT__BUF_INIT(VALUE_MAX_BYTES);
	const struct drift_value *tags = w->it->live->tags;

	if (drift_value_get(w->schema, "tags") == NULL || drift_value_size(tags) == 0)
		return;
	drift__hcl_value(&b, sorted_map(w, tags), h->depth, "", NULL, NULL);
	if (b.data != NULL && b.status == DRIFT_OK)
		drift__hcl_attribute(h, "tags", b.data);
	else
		h->out->status = DRIFT_NOMEM;
	drift__buf_dispose(&b);
}

static void
write_body(struct drift__hcl_writer *w, struct drift__hcl *h, const struct drift__node *body, const struct drift_value *values,
	const char *prefix, int depth)
{
	size_t n = 0;
	struct drift__hcl_choice *list = drift__hcl_choose(w, body, values, prefix, &n);

	if (list == NULL) {
		h->out->status = DRIFT_NOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (prefix[0] == '\0' && strcmp(list[i].name, "tags") == 0)
			continue;
		if (!list[i].is_block && list[i].how == DRIFT__HCL_WRITE)
			write_attribute(w, h, &list[i]);
		if (list[i].how == DRIFT__HCL_WRITE && list[i].unread && prefix[0] == '\0')
			drift__list_add(&w->unread, drift__value_string(w->arena, list[i].name));
		if (list[i].how == DRIFT__HCL_ASK)
			ask_for(w, h, &list[i]);
	}
	if (prefix[0] == '\0')
		write_tags(w, h);
	for (size_t i = 0; i < n; i++) {
		if (list[i].is_block && list[i].how == DRIFT__HCL_WRITE)
			write_blocks(w, h, &list[i], depth);
	}
}

static void
write_lifecycle(struct drift__hcl_writer *w, struct drift__hcl *h)
{
	const struct drift_value *names = drift__list_finish(&w->unread);
	struct drift__buf b = DRIFT__BUF_INIT(VALUE_MAX_BYTES);
	struct drift__hcl inner;

	if (drift_value_size(names) == 0)
		return;
	for (size_t i = 0; i < drift_value_size(names); i++)
		drift__buf_addf(&b, "%s%s", i > 0 ? ", " : "[", drift__value_str(drift_value_at(names, i)));
	drift__buf_addc(&b, ']');
	drift__hcl_block_begin(h, "lifecycle", &inner);
	drift__hcl_attribute(&inner, "ignore_changes", b.data != NULL ? b.data : "[]");
	drift__hcl_block_end(h, &inner);
	drift__buf_dispose(&b);
}

static void
note_lack(struct drift__hcl_writer *w)
{
	struct drift__map_builder m;

	drift__map_init(&m, w->arena);
	drift__map_puts(&m, "address", w->it->address);
	drift__map_puts(&m, "reason", drift__arena_printf(w->arena, "%s is required and was not read: complete the block by hand", w->lacks));
	drift__list_add(w->left_out, drift__map_finish(&m));
}

enum drift_status
drift__hcl_resource(struct drift__hcl_writer *w, const struct drift__import *it, struct drift__buf *out, struct drift_error *err)
{
	const struct drift__facts *facts = &w->im->facts;
	const char *name = strchr(it->address, '.'), *alias = drift__import_alias(w->im, it, w->opt);
	struct drift__node body = {.kind = DRIFT__NODE_OBJECT, .form = DRIFT__INNER_BLOCK, .flags = ""};
	enum drift_status st = drift__rules_make(facts->entry(facts->ctx, it->type), &w->rules, err);
	struct drift__hcl h;

	if (st != DRIFT_OK)
		return st;
	w->it = it;
	w->attributes = drift__facts_get(facts, it->type, "attributes");
	w->schema = body.inner = drift__facts_get(facts, it->type, "schema");
	w->changes = drift__facts_get(facts, it->type, "import_changes");
	w->lacks = NULL;
	drift__list_init(&w->unread, w->arena);
	drift__buf_addf(out, "%sresource \"%s\" \"%s\" {\n", out->len > 0 ? "\n" : "", it->type, name != NULL ? name + 1 : "this");
	drift__hcl_init(&h, out, 1);
	if (alias != NULL) {
		const char *provider = drift__arena_printf(w->arena, "aws.%s", alias);

		drift__hcl_attribute(&h, "provider", provider != NULL ? provider : "aws");
	} else if (w->opt->provider_major >= 6 && it->region != NULL && !drift__streq(it->region, w->im->default_region)) {
		const char *region = drift__arena_printf(w->arena, "\"%s\"", it->region);

		drift__hcl_attribute(&h, "region", region != NULL ? region : "null");
	}
	write_body(w, &h, &body, it->live->attributes, "", 0);
	write_lifecycle(w, &h);
	drift__hcl_flush(&h);
	drift__buf_adds(out, "}\n");
	if (w->lacks != NULL)
		note_lack(w);
	drift__list_dispose(&w->unread);
	drift__rules_free(w->rules);
	return out->status == DRIFT_OK ? DRIFT_OK : drift__fail(err, out->status, it->address, "its block could not be written");
}
