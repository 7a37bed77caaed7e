/* A saved plan -> may it be applied after an import? Imports and what is allowed pass; creating what exists, replacing and destroying do not. */
#include "drift/imports.h"
#include "imports/imports.h"
#include "imports/look.h"
#include "imports/planned.h"
#include "imports/quote.h"

#include <stdio.h>
#include <string.h>

static const char *const built_in[] = {
#define DRIFT__PROTECT(pattern) pattern,
#include "imports/protect.def"
#undef DRIFT__PROTECT
	NULL,
};

enum action { NOTHING, CREATE, UPDATE, REPLACE, DESTROY, FORGET };

struct guard {
	struct drift__arena *a;
	const struct drift_guard_options *opt;
	struct drift__plan plan;
	struct drift_imports *existing; /* what creates would make again; NULL = not known */
	struct drift__list_builder violations, allowed;
	size_t imports;
};

static enum action
action_of(const struct drift_value *change)
{
	const struct drift_value *list = drift_value_get(change, "actions");
	bool create = false, update = false, destroy = false, forget = false;

	for (size_t i = 0; i < drift_value_size(list); i++) {
		const char *word = drift__value_str(drift_value_at(list, i));

		create = create || drift__streq(word, "create");
		update = update || drift__streq(word, "update");
		destroy = destroy || drift__streq(word, "delete");
		forget = forget || drift__streq(word, "forget");
	}
	return destroy && create ? REPLACE : destroy ? DESTROY : create ? CREATE : update ? UPDATE : forget ? FORGET : NOTHING;
}

/* Something that the provider will tell after the update, as the time of the last change: nobody wants it otherwise. */
static bool
is_consequence(struct guard *g, const struct drift_value *rc, const char *name, const struct drift_value *before)
{
	const struct drift_value *config = drift__plan_config(&g->plan, drift__value_gets(rc, "module_address"), drift__value_gets(rc, "type"),
		drift__value_gets(rc, "name"));

	return config != NULL && drift_value_kind(before) != DRIFT_LIST && drift_value_get(drift_value_get(config, "expressions"), name) == NULL;
}

/* Attributes that differ between before and after, or will be known only then. What was not set and becomes false, 0 or "" is no change. */
static const struct drift_value *
changed_attributes(struct guard *g, const struct drift_value *rc)
{
	const struct drift_value *change = drift_value_get(rc, "change"), *unknown = drift_value_get(change, "after_unknown");
	const struct drift_value *before = drift_value_get(change, "before"), *after = drift_value_get(change, "after");
	struct drift__list_builder list;

	drift__list_init(&list, g->a);
	for (size_t i = 0; i < drift_value_size(before); i++) {
		const char *key = drift_value_key(before, i, NULL);
		const struct drift_value *was = drift_value_at(before, i), *is = drift_value_get(after, key);
		bool untold = drift__is_unknown(drift_value_get(unknown, key));

		if (untold ? !is_consequence(g, rc, key, was) : !(drift__look_empty(was) && drift__look_empty(is)) &&
			drift__value_compare(was, is != NULL ? is : &drift__null) != 0)
			drift__list_add(&list, drift__value_string(g->a, key));
	}
	for (size_t i = 0; i < drift_value_size(after); i++) {
		const char *key = drift_value_key(after, i, NULL);

		if (drift_value_get(before, key) == NULL && !drift__look_empty(drift_value_at(after, i)))
			drift__list_add(&list, drift__value_string(g->a, key));
	}
	return drift__list_finish(&list);
}

/* For a replacement: the first words of the paths that force it. */
static const struct drift_value *
forcing_attributes(struct guard *g, const struct drift_value *change)
{
	const struct drift_value *paths = drift_value_get(change, "replace_paths");
	struct drift__list_builder list;

	drift__list_init(&list, g->a);
	for (size_t i = 0; i < drift_value_size(paths); i++)
		drift__list_add(&list, drift_value_at(drift_value_at(paths, i), 0));
	return drift__list_finish(&list);
}

static bool
all_allowed(struct guard *g, const char *type, const struct drift_value *attributes)
{
	for (size_t i = 0; i < drift_value_size(attributes); i++) {
		char *name = drift__arena_printf(g->a, "%s.%s", type, drift__value_str(drift_value_at(attributes, i)));

		if (name == NULL || !drift__texts_match(g->opt->allow_changes, name))
			return false;
	}
	return drift_value_size(attributes) > 0;
}

static void
tell(struct guard *g, struct drift__list_builder *list, const struct drift_value *rc, const char *action, const struct drift_value *attributes,
	const char *why)
{
	struct drift__map_builder m;

	drift__map_init(&m, g->a);
	drift__map_puts(&m, "address", drift__value_gets(rc, "address"));
	drift__map_puts(&m, "type", drift__value_gets(rc, "type"));
	drift__map_puts(&m, "action", action);
	drift__map_put(&m, "attributes", attributes != NULL ? attributes : &drift__null);
	drift__map_puts(&m, "why", why);
	drift__list_add(list, drift__map_finish(&m));
}

/* Why a create would make something again, or may; NULL when nothing live is in its way. */
static const char *
why_exists(struct guard *g, const char *address)
{
	static const struct {
		const char *list, *detail, *before, *after;
	} rows[] = {
		{"imports", "id", "it exists: import it as ", ""},
		{"managed_elsewhere", "hint", "it exists, and the state has it: add ", ""},
		{"in_state", "hint", "it exists, and the state has it: ", ""},
		{"not_importable", "id", "it exists as ", ", and its type cannot be imported"},
		{"ambiguous", NULL, "it may exist: several live resources fit", ""},
		{"undecided", "reason", "whether it exists is not known: ", ""},
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		const struct drift_value *list = drift_value_get(drift_imports_root(g->existing), rows[k].list);

		for (size_t i = 0; i < drift_value_size(list); i++) {
			const struct drift_value *one = drift_value_at(list, i);
			const char *detail = rows[k].detail != NULL ? drift__value_gets(one, rows[k].detail) : NULL;

			if (drift__streq(drift__value_gets(one, "address"), address))
				return drift__arena_printf(g->a, "%s%s%s", rows[k].before, detail != NULL ? detail : "", rows[k].after);
		}
	}
	return NULL;
}

static void
judge_create(struct guard *g, const struct drift_value *rc)
{
	const char *why = g->existing != NULL ? why_exists(g, drift__value_gets(rc, "address")) : NULL;

	if (why != NULL)
		tell(g, &g->violations, rc, "create", NULL, why);
	else if (g->opt->allow_create)
		tell(g, &g->allowed, rc, "create", NULL, g->existing != NULL ? "nothing live has its identity" : "creating is allowed");
	else
		tell(g, &g->violations, rc, "create", NULL, g->existing != NULL ? "it is new; this plan should only import" :
			"it would be made anew; import it if it exists");
}

static void
judge(struct guard *g, const struct drift_value *rc)
{
	const struct drift_value *change = drift_value_get(rc, "change"), *attributes;
	const char *type = drift__value_gets(rc, "type");
	const char *const *protect = g->opt->protect != NULL ? g->opt->protect : built_in;
	bool importing = drift_value_kind(drift_value_get(change, "importing")) == DRIFT_MAP;

	g->imports += importing;
	switch (action_of(change)) {
	case NOTHING:
	case FORGET:
		break;
	case CREATE:
		judge_create(g, rc);
		break;
	case UPDATE:
		attributes = changed_attributes(g, rc);
		if (drift_value_size(attributes) == 0)
			tell(g, &g->allowed, rc, "update", NULL, "what was not set becomes false, 0 or empty; nothing else changes");
		else if (all_allowed(g, type, attributes))
			tell(g, &g->allowed, rc, "update", attributes, "allowed");
		else
			tell(g, &g->violations, rc, "update", attributes, importing ? "the import would change it in place" : "it would be changed in place");
		break;
	case REPLACE:
		attributes = forcing_attributes(g, change);
		if (drift__texts_match(protect, type))
			tell(g, &g->violations, rc, "replace", attributes, "the type is protected: what it holds would be lost");
		else if (all_allowed(g, type, attributes))
			tell(g, &g->allowed, rc, "replace", attributes, "allowed");
		else
			tell(g, &g->violations, rc, "replace", attributes, "it would be destroyed and made anew");
		break;
	case DESTROY:
		tell(g, &g->violations, rc, "destroy", NULL, drift__texts_match(protect, type) ? "the type is protected: what it holds would be lost" :
			"it would be destroyed");
		break;
	}
}

static enum drift_status
find_existing(struct guard *g, const struct drift_value *plan, struct drift_error *err)
{
	struct drift_document doc = {.root = plan}; /* lent for this call only */
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;

	if (g->opt->live == NULL || g->opt->catalogue == NULL)
		return DRIFT_OK;
	opt.plan = &doc;
	opt.configuration = g->opt->configuration;
	return drift_imports_make(g->opt->catalogue, g->opt->state, g->opt->live, &opt, &g->existing, err);
}

enum drift_status
drift_guard_plan(const struct drift_value *plan, const struct drift_guard_options *options, bool *ok_out, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_guard_options opt = DRIFT_GUARD_OPTIONS_INIT;
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	const struct drift_value *changes = drift_value_get(plan, "resource_changes");
	struct guard g = {.opt = &opt};
	struct drift__map_builder m, sum;
	enum drift_status st;
	bool ok;

	if (doc == NULL)
		return drift__nomem(err);
	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	drift__arena_init(&doc->arena, 256 << 20);
	g.a = &doc->arena;
	st = drift__plan_open(g.a, plan, &g.plan, err);
	if (st == DRIFT_OK && drift_value_bool(drift_value_get(plan, "errored")))
		st = drift__fail(err, DRIFT_BAD_PLAN, "plan: errored", "the plan ended with an error, so it does not tell all that would happen");
	if (st == DRIFT_OK)
		st = find_existing(&g, plan, err);
	if (st != DRIFT_OK) {
		drift_document_free(doc);
		return st;
	}
	drift__list_init(&g.violations, g.a);
	drift__list_init(&g.allowed, g.a);
	for (size_t i = 0; i < drift_value_size(changes); i++) {
		const struct drift_value *rc = drift_value_at(changes, i);

		if (drift__streq(drift__value_gets(rc, "mode"), "managed"))
			judge(&g, rc);
	}
	ok = g.violations.len == 0;
	drift__map_init(&sum, g.a);
	drift__map_puti(&sum, "imports", (int64_t)g.imports);
	drift__map_puti(&sum, "violations", (int64_t)g.violations.len);
	drift__map_puti(&sum, "allowed", (int64_t)g.allowed.len);
	drift__map_putb(&sum, "looked_up", g.existing != NULL);
	drift__map_init(&m, g.a);
	drift__map_puts(&m, "format_version", "1.0");
	drift__map_putb(&m, "ok", ok);
	drift__map_puti(&m, "imports", (int64_t)g.imports);
	drift__map_put(&m, "violations", drift__value_copy(g.a, drift__list_finish(&g.violations)));
	drift__map_put(&m, "allowed", drift__value_copy(g.a, drift__list_finish(&g.allowed)));
	drift__map_put(&m, "summary", drift__map_finish(&sum));
	doc->root = drift__map_finish(&m);
	drift_imports_free(g.existing);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*ok_out = ok;
	*out = doc;
	return DRIFT_OK;
}

/* ---- for people ---- */

enum { ADDRESS_COLUMNS_MAX = 60 };

/* Adds an address and returns the columns it takes on a screen: one a character. */
static size_t
add_address(struct drift__buf *b, const struct drift_value *v)
{
	const char *address = drift__value_gets(v, "address");
	size_t at = b->len, columns = 0;

	drift__quote_comment(b, address != NULL ? address : "");
	for (; at < b->len; at++)
		columns += ((unsigned char)b->data[at] & 0xc0) != 0x80;
	return columns;
}

static void
add_row(struct drift__buf *b, const struct drift_value *v, size_t width)
{
	const struct drift_value *attributes = drift_value_get(v, "attributes");
	size_t columns;

	drift__buf_addf(b, "  %-8s ", drift__value_gets(v, "action"));
	columns = add_address(b, v);
	drift__buf_addf(b, "%*s  ", columns < width ? (int)(width - columns) : 0, "");
	drift__quote_comment(b, drift__value_gets(v, "why"));
	for (size_t i = 0; i < drift_value_size(attributes); i++) {
		drift__buf_adds(b, i == 0 ? " (" : ", ");
		drift__quote_comment(b, drift__value_str(drift_value_at(attributes, i)));
	}
	drift__buf_adds(b, drift_value_size(attributes) > 0 ? ")\n" : "\n");
}

static void
add_table(struct drift__buf *b, const struct drift_value *list)
{
	size_t width = 7;

	for (size_t i = 0; i < drift_value_size(list); i++) {
		struct drift__buf scratch = DRIFT__BUF_INIT(1 << 20);
		size_t n = add_address(&scratch, drift_value_at(list, i));

		drift__buf_dispose(&scratch);
		width = n > width && n <= ADDRESS_COLUMNS_MAX ? n : width;
	}
	if (drift_value_size(list) > 0)
		drift__buf_addf(b, "\n  %-8s %-*s  %s\n", "action", (int)width, "address", "why");
	for (size_t i = 0; i < drift_value_size(list); i++)
		add_row(b, drift_value_at(list, i), width);
}

enum drift_status
drift_guard_text(const struct drift_document *judgement, char **text_out, struct drift_error *err)
{
	const struct drift_value *root = drift_document_root(judgement), *list = drift_value_get(root, "violations");
	const struct drift_value *allowed = drift_value_get(root, "allowed");
	struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
	char *text;

	if (drift_value_bool(drift_value_get(root, "ok")))
		drift__buf_addf(&b, "The plan may be applied: %s imported", drift_value_text(drift_value_get(root, "imports"), NULL));
	else
		drift__buf_addf(&b, "The plan must not be applied: %zu change%s that no import needs", drift_value_size(list),
			drift_value_size(list) == 1 ? "" : "s");
	if (drift_value_size(allowed) > 0)
		drift__buf_addf(&b, ", %zu allowed", drift_value_size(allowed));
	drift__buf_adds(&b, ".\n");
	add_table(&b, list);
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}
