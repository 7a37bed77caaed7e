/* Live resources -> resource blocks: what the provider's schema lets a person set, as far as AWS told it.
 *
 * Written are required attributes, and optional ones whose value is not what AWS makes of an absent one. Of what is optional and computed only
 * what the catalogue compares; the rest is AWS's choice and stays so. Secrets become variables. */
#include "imports/hcl.h"
#include "imports/imports.h"
#include "imports/look.h"
#include "imports/quote.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 64 << 20, BLOCK_DEPTH_MAX = 20 };

struct composer {
	const struct drift_imports *im;
	const struct drift_import_write_options *opt;
	const struct drift__import *it; /* being written */
	const struct drift_value *rules, *schema;
	struct drift__arena *a;
	struct drift__buf *variables;
	struct drift__list_builder *left_out;
	bool written_all;
};

static bool
has_flag(const struct drift_value *node, char flag)
{
	const char *flags = drift__value_str(drift_value_at(node, 1));

	return flags != NULL && strchr(flags, flag) != NULL;
}

/* ---- references to other generated resources ---- */

static const char *
expression_for(struct composer *c, const struct drift_value *rule, const char *text)
{
	const char *target = drift__value_str(rule);
	size_t n = target != NULL ? strcspn(target, ".") : 0;

	for (size_t i = 0; target == NULL && i < drift_value_size(rule); i++) {
		const char *found = expression_for(c, drift_value_at(rule, i), text);

		if (found != NULL)
			return found;
	}
	for (size_t i = 0; target != NULL && i < c->im->n; i++) {
		const struct drift__import *to = &c->im->items[i];
		const char *attribute = target[n] == '.' ? target + n + 1 : "id";

		/* only what comes before: no circle can arise; and only within the root module */
		if (to->level >= c->it->level || to->module != NULL || strlen(to->type) != n || memcmp(to->type, target, n) != 0 ||
		    (to->region != NULL && c->it->region != NULL && strcmp(to->region, c->it->region) != 0))
			continue;
		if (drift__streq(drift__value_str(drift__look_live(c->a, to->live, attribute)), text))
			return drift__arena_printf(c->a, "%s.%s", to->address, attribute);
		if (drift__streq(to->live->arn, text) && drift_value_get(to->live->attributes, "arn") != NULL)
			return drift__arena_printf(c->a, "%s.arn", to->address);
	}
	return NULL;
}

static const char *
refer(void *ctx, const char *path, const char *text)
{
	struct composer *c = ctx;
	const struct drift_value *rule = drift_value_get(drift__facts_get(&c->im->facts, c->it->type, "references"), path);

	return rule != NULL && text[0] != '\0' ? expression_for(c, rule, text) : NULL;
}

/* ---- attributes ---- */

static bool
is_policy(const struct composer *c, const char *path)
{
	const char *as = drift__value_gets(drift_value_get(c->rules, path), "as");

	return drift__streq(as, "iam_policy") || drift__streq(as, "json");
}

/* Keys of generated JSON that jsonencode would write otherwise are rare; what does not parse stays a text. */
static bool
write_json_text(struct composer *c, struct drift__hcl *h, const char *name, const char *text, size_t n)
{
	struct drift__json_options opt = {.name = name, .max_depth = 80};
	const struct drift_value *v = NULL;
	struct drift__buf b = DRIFT__BUF_INIT(FILE_MAX_BYTES);

	if (text[0] != '{' && text[0] != '[')
		return false;
	if (drift__json_parse(c->a, text, n, &opt, &v, NULL) != DRIFT_OK)
		return false;
	drift__buf_adds(&b, "jsonencode(");
	drift__hcl_value(&b, v, h->depth, "", NULL, NULL);
	drift__buf_addc(&b, ')');
	if (b.data != NULL && b.status == DRIFT_OK)
		drift__hcl_attribute(h, name, b.data);
	drift__buf_dispose(&b);
	return true;
}

/* Maps have no order: theirs is made by name, so that the same account gives the same file. */
static const struct drift_value *
sorted_map(struct composer *c, const struct drift_value *v)
{
	size_t n = drift_value_size(v);
	bool *done = drift__calloc(n + 1, sizeof(*done));
	struct drift__map_builder m;

	if (done == NULL)
		return v;
	drift__map_init(&m, c->a);
	for (size_t k = 0; k < n; k++) {
		size_t first = n;

		for (size_t i = 0; i < n; i++) {
			if (!done[i] && (first == n || strcmp(drift_value_key(v, i, NULL), drift_value_key(v, first, NULL)) < 0))
				first = i;
		}
		done[first] = true;
		drift__map_put(&m, drift_value_key(v, first, NULL), drift_value_at(v, first));
	}
	drift__free(done);
	return drift__map_finish(&m);
}

static int
by_value(const void *a, const void *b)
{
	return drift__value_compare(*(const struct drift_value *const *)a, *(const struct drift_value *const *)b);
}

/* The same for sets. */
static const struct drift_value *
sorted_set(struct composer *c, const struct drift_value *v)
{
	size_t n = drift_value_size(v);
	const struct drift_value **list = drift__calloc(n + 1, sizeof(*list));
	struct drift__list_builder b;

	if (list == NULL)
		return v;
	for (size_t i = 0; i < n; i++)
		list[i] = drift_value_at(v, i);
	qsort(list, n, sizeof(*list), by_value);
	drift__list_init(&b, c->a);
	for (size_t i = 0; i < n; i++)
		drift__list_add(&b, list[i]);
	drift__free(list);
	return drift__list_finish(&b);
}

static void
write_attribute(struct composer *c, struct drift__hcl *h, const char *name, const char *path, const struct drift_value *v)
{
	struct drift__buf b = DRIFT__BUF_INIT(FILE_MAX_BYTES);
	size_t n;
	const char *text = drift_value_text(v, &n);

	if (drift_value_kind(v) == DRIFT_STRING && is_policy(c, path) && write_json_text(c, h, name, text, n))
		return;
	if (drift_value_kind(v) == DRIFT_MAP)
		v = sorted_map(c, v);
	drift__hcl_value(&b, v, h->depth, path, refer, c);
	if (b.data != NULL && b.status == DRIFT_OK)
		drift__hcl_attribute(h, name, b.data);
	drift__buf_dispose(&b);
}

/* variable "aws_db_instance_main_password" for what must not stand in a file */
static void
write_secret(struct composer *c, struct drift__hcl *h, const char *name)
{
	char *variable = drift__arena_printf(c->a, "%s_%s", c->it->address, name), *expression;

	if (variable == NULL)
		return;
	for (char *p = variable; *p != '\0'; p++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *p) == NULL)
			*p = '_';
	}
	drift__buf_addf(c->variables, "%svariable \"%s\" {\n  type      = string\n  sensitive = true\n}\n", c->variables->len > 0 ? "\n" : "",
		variable);
	expression = drift__arena_printf(c->a, "var.%s", variable);
	if (expression != NULL)
		drift__hcl_attribute(h, name, expression);
}

static bool
has_default(const struct composer *c, const char *path, const struct drift_value *v)
{
	const struct drift_value *absent = drift_value_get(drift_value_get(c->rules, path), "absent");

	return absent != NULL && drift__look_equal(absent, v);
}

/* A second name for what another attribute says: name_prefix beside name, availability_zone_id beside availability_zone. */
static bool
doubles_another(const struct drift_value *schema, const struct drift_value *values, const char *name)
{
	static const char *const endings[] = {"_prefix", "_id", "_arn", "_name", "_wo", "_wo_version"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char base[128];
		size_t n = strlen(name), m = strlen(endings[i]);

		if (!drift__ends(name, endings[i]) || n <= m || n - m >= sizeof(base))
			continue;
		memcpy(base, name, n - m);
		base[n - m] = '\0';
		if (drift_value_get(schema, base) != NULL && !drift__look_empty(drift_value_get(values, base)))
			return true;
	}
	return false;
}

static bool
wanted(const struct composer *c, const struct drift_value *schema, const struct drift_value *values, const char *name, const char *path,
	const struct drift_value *node, const struct drift_value *v, bool top)
{
	const struct drift_value *rule = drift_value_get(c->rules, path);

	if (has_flag(node, 'R'))
		return true;
	if (!has_flag(node, 'O') || has_flag(node, 'D') || has_flag(node, 'S'))
		return false;
	if (drift_value_get(rule, "ignore") != NULL || drift_value_get(rule, "siblings") != NULL)
		return false;
	if (drift_value_kind(v) == DRIFT_BOOL || drift_value_kind(v) == DRIFT_NUMBER) {
		/* false and 0 are what providers take for absent, unless AWS makes something else of that */
		if (drift__look_empty(v) && drift_value_get(rule, "absent") == NULL)
			return false;
	} else if (drift__value_is_empty(v)) {
		return false;
	}
	if (has_default(c, path, v) || doubles_another(schema, values, name))
		return false;
	if (has_flag(node, 'C') && top)
		return rule != NULL;
	return true;
}

static void write_body(struct composer *c, struct drift__hcl *h, const struct drift_value *schema, const struct drift_value *values,
	const char *prefix, int depth);

static const char *
join_path(struct composer *c, const char *prefix, const char *name)
{
	const char *path = prefix[0] == '\0' ? name : drift__arena_printf(c->a, "%s.%s", prefix, name);

	return path != NULL ? path : name;
}

/* Of attributes that are optional and computed AND exclude each other, as id and name of a launch template do, a block takes the first. */
static bool
is_second_choice(const struct drift_value *schema, const struct drift_value *values, const char *name)
{
	if (strcmp(name, "name") != 0)
		return false;
	return has_flag(drift_value_get(schema, "id"), 'C') && has_flag(drift_value_get(schema, "id"), 'O') &&
		!drift__look_empty(drift_value_get(values, "id"));
}

static void
write_attributes(struct composer *c, struct drift__hcl *h, const struct drift_value *schema, const struct drift_value *values, const char *prefix)
{
	for (size_t i = 0; i < drift_value_size(schema); i++) {
		const char *name = drift_value_key(schema, i, NULL), *path = join_path(c, prefix, name);
		const struct drift_value *node = drift_value_at(schema, i), *v = drift_value_get(values, name);

		if (drift_value_kind(node) != DRIFT_LIST)
			continue;
		if (prefix[0] == '\0' && (strcmp(name, "id") == 0 || strcmp(name, "tags_all") == 0 || strcmp(name, "tags") == 0))
			continue;
		if (prefix[0] != '\0' && is_second_choice(schema, values, name))
			continue;
		if (has_flag(node, 'S') && (has_flag(node, 'R') || !drift__look_empty(v))) {
			if (c->opt->secrets_as_variables)
				write_secret(c, h, name);
			continue;
		}
		if (!wanted(c, schema, values, name, path, node, v, prefix[0] == '\0'))
			continue;
		if (v == NULL || drift_value_kind(v) == DRIFT_NULL) {
			if (prefix[0] == '\0')
				c->written_all = false;
			continue;
		}
		if (drift_value_kind(v) == DRIFT_LIST && drift__streq(drift__value_str(drift_value_at(drift_value_at(node, 0), 0)), "set"))
			v = sorted_set(c, v);
		write_attribute(c, h, name, path, v);
	}
	if (prefix[0] == '\0' && drift_value_get(schema, "tags") != NULL && drift_value_size(c->it->live->tags) > 0)
		write_attribute(c, h, "tags", "tags", c->it->live->tags);
}

static void
write_block(struct composer *c, struct drift__hcl *h, const char *name, const char *path, const struct drift_value *schema,
	const struct drift_value *v, int depth)
{
	struct drift__hcl inner;

	if (drift_value_kind(v) == DRIFT_LIST) {
		for (size_t i = 0; i < drift_value_size(v); i++)
			write_block(c, h, name, path, schema, drift_value_at(v, i), depth);
		return;
	}
	if (drift_value_kind(v) != DRIFT_MAP || depth > BLOCK_DEPTH_MAX)
		return;
	drift__hcl_block_begin(h, name, &inner);
	write_body(c, &inner, schema, v, path, depth + 1);
	drift__hcl_block_end(h, &inner);
}

/* Nothing but empty values, at any depth. */
static bool
is_hollow(const struct drift_value *v)
{
	if (drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP)
		return drift__look_empty(v);
	for (size_t i = 0; i < drift_value_size(v); i++) {
		if (!is_hollow(drift_value_at(v, i)))
			return false;
	}
	return true;
}

/* Every text in the blocks stands in one list of the same body too: AWS shows one thing in two forms (subnets, subnet_mapping), of which the provider
 * takes one. */
static bool
is_reflected(const struct drift_value *block, const struct drift_value *values)
{
	bool any = false;

	for (size_t i = 0; i < drift_value_size(values); i++) {
		const struct drift_value *list = drift_value_at(values, i);
		bool all = drift_value_kind(list) == DRIFT_LIST && drift__value_str(drift_value_at(list, 0)) != NULL;

		any = false;
		for (size_t k = 0; all && k < drift_value_size(block); k++) {
			const struct drift_value *one = drift_value_at(block, k);

			for (size_t m = 0; all && m < drift_value_size(one); m++) {
				const struct drift_value *v = drift_value_at(one, m);
				bool found = drift__look_empty(v);

				any = any || !found;
				for (size_t e = 0; e < drift_value_size(list) && !found; e++)
					found = drift__streq(drift__value_str(v), drift__value_str(drift_value_at(list, e)));
				all = found;
			}
		}
		if (all && any)
			return true;
	}
	return false;
}

static void
write_body(struct composer *c, struct drift__hcl *h, const struct drift_value *schema, const struct drift_value *values, const char *prefix,
	int depth)
{
	write_attributes(c, h, schema, values, prefix);
	for (size_t i = 0; i < drift_value_size(schema); i++) {
		const char *name = drift_value_key(schema, i, NULL), *path = join_path(c, prefix, name);
		const struct drift_value *node = drift_value_at(schema, i), *block = drift_value_get(node, "block");
		const struct drift_value *v = drift_value_get(values, name), *rule = drift_value_get(c->rules, path);
		int64_t min = 0;

		drift__value_to_int(drift_value_get(node, "min"), &min);
		if (block == NULL || strcmp(name, "timeouts") == 0 || (min == 0 && is_hollow(v)) || drift_value_get(rule, "siblings") != NULL ||
		    drift_value_get(rule, "ignore") != NULL || (min == 0 && has_default(c, path, v)) || (min == 0 && is_reflected(v, values)))
			continue;
		write_block(c, h, name, path, block, v, depth);
	}
}

static void
write_resource(struct composer *c, struct drift__buf *out)
{
	const char *name = strchr(c->it->address, '.');
	const char *alias = drift__import_alias(c->im, c->it, c->opt);
	struct drift__hcl h;

	c->rules = drift__facts_get(&c->im->facts, c->it->type, "attributes");
	c->schema = drift__facts_get(&c->im->facts, c->it->type, "schema");
	c->written_all = true;
	if (out->len > 0)
		drift__buf_addc(out, '\n');
	drift__buf_addf(out, "resource \"%s\" \"%s\" {\n", c->it->type, name != NULL ? name + 1 : "this");
	drift__hcl_init(&h, out, 1);
	if (alias != NULL) {
		char *provider = drift__arena_printf(c->a, "aws.%s", alias);

		drift__hcl_attribute(&h, "provider", provider != NULL ? provider : "aws");
	}
	write_body(c, &h, c->schema, c->it->live->attributes, "", 0);
	drift__hcl_flush(&h);
	drift__buf_adds(out, "}\n");
	if (!c->written_all) {
		struct drift__map_builder m;

		drift__map_init(&m, c->a);
		drift__map_puts(&m, "address", c->it->address);
		drift__map_puts(&m, "reason", "a required attribute was not read: complete the block by hand");
		drift__list_add(c->left_out, drift__map_finish(&m));
	}
}

static void
add_file(struct drift__arena *a, struct drift__list_builder *files, const char *path, const char *text)
{
	struct drift__map_builder m;

	drift__map_init(&m, a);
	drift__map_puts(&m, "path", path);
	drift__map_puts(&m, "text", text);
	drift__list_add(files, drift__map_finish(&m));
}

static int
by_service(const void *pa, const void *pb)
{
	const struct drift__import *const *a = pa, *const *b = pb;
	int c = strcmp((*a)->service, (*b)->service);

	return c != 0 ? c : strcmp((*a)->address, (*b)->address);
}

/* One file a service; items whose address is in a module or has a key are somebody's configuration already. */
static enum drift_status
write_services(struct composer *c, struct drift__list_builder *files, struct drift_error *err)
{
	const struct drift__import **list = drift__calloc(c->im->n + 1, sizeof(*list));
	size_t n = 0;

	if (list == NULL)
		return drift__nomem(err);
	for (size_t i = 0; i < c->im->n; i++) {
		const struct drift__import *it = &c->im->items[i];

		if (it->planned == NULL && it->module == NULL && strchr(it->address, '[') == NULL)
			list[n++] = it;
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_service);
	for (size_t i = 0; i < n;) {
		struct drift__buf out = DRIFT__BUF_INIT(FILE_MAX_BYTES);
		const char *service = list[i]->service;
		char *path = drift__arena_printf(c->a, "%s.tf", service);

		for (; i < n && strcmp(list[i]->service, service) == 0; i++) {
			c->it = list[i];
			write_resource(c, &out);
		}
		if (out.status != DRIFT_OK || path == NULL) {
			enum drift_status st = out.status == DRIFT_LIMIT ? DRIFT_LIMIT : DRIFT_NOMEM;

			drift__buf_dispose(&out);
			drift__free(list);
			return drift__fail(err, st, service, "the configuration could not be written");
		}
		add_file(c->a, files, path, out.data);
		drift__buf_dispose(&out);
	}
	drift__free(list);
	return DRIFT_OK;
}

enum drift_status
drift_imports_hcl(const struct drift_imports *im, const struct drift_import_write_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_import_write_options opt = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct drift__buf variables = DRIFT__BUF_INIT(FILE_MAX_BYTES), blocks = DRIFT__BUF_INIT(FILE_MAX_BYTES);
	struct drift__list_builder files, left_out;
	struct drift__map_builder m;
	struct composer c = {.im = im, .opt = &opt, .variables = &variables, .left_out = &left_out};
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	drift__arena_init(&doc->arena, 1 << 30);
	c.a = &doc->arena;
	drift__list_init(&files, c.a);
	drift__list_init(&left_out, c.a);
	st = write_services(&c, &files, err);
	if (st == DRIFT_OK) {
		drift__write_blocks(im, &opt, &blocks);
		if (blocks.status != DRIFT_OK || variables.status != DRIFT_OK)
			st = drift__nomem(err);
	}
	if (st == DRIFT_OK) {
		add_file(c.a, &files, "imports.tf", blocks.data);
		if (variables.len > 0)
			add_file(c.a, &files, "variables.tf", variables.data);
		drift__map_init(&m, c.a);
		drift__map_put(&m, "files", drift__list_finish(&files));
		drift__map_put(&m, "left_out", drift__list_finish(&left_out));
		doc->root = drift__map_finish(&m);
		if (doc->root == NULL)
			st = drift__nomem(err);
	} else {
		drift__list_dispose(&files);
		drift__list_dispose(&left_out);
	}
	drift__buf_dispose(&variables);
	drift__buf_dispose(&blocks);
	if (st != DRIFT_OK) {
		drift_document_free(doc);
		return st;
	}
	*out = doc;
	return DRIFT_OK;
}
