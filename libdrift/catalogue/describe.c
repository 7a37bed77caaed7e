/* What `driftscan types` shows: for every type how much of the provider's schema is compared, ignored with a reason, or not covered. */
#include <stdio.h>
#include <string.h>

#include "catalogue/type.h"

struct tally {
	struct drift__arena *a;
	const struct drift__type *t;
	struct drift__list_builder compared, uncovered;
	struct drift__map_builder ignored;
};

static const struct drift_value *
flags_of(const struct drift_value *schema)
{
	return drift_value_kind(schema) == DRIFT_LIST && schema->len == 2 && schema->u.items[1].kind == DRIFT_STRING ? &schema->u.items[1] : NULL;
}

static bool
computed_only(const struct drift_value *schema)
{
	const struct drift_value *flags = flags_of(schema);

	return flags != NULL && strchr(flags->u.text, 'C') != NULL && strpbrk(flags->u.text, "OR") == NULL;
}

static bool
deprecated(const struct drift_value *schema)
{
	const struct drift_value *flags = flags_of(schema);

	return flags != NULL && strchr(flags->u.text, 'D') != NULL;
}

static const struct drift__attribute *
find(const struct drift__type *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_attributes; i++)
		if (strcmp(t->attributes[i].name, name) == 0)
			return &t->attributes[i];
	return NULL;
}

static const char *
why_ignored(const struct drift__type *t, const char *name)
{
	return drift__value_gets(drift_value_get(drift_value_get(t->entry, "attributes"), name), "ignore");
}

/* Does the expression fill the member? It names it as a key, or turns the whole reply over by snake(). */
static bool
fills(const char *expression, const char *member)
{
	size_t n = strlen(member);
	const char *p = expression;

	if (strstr(expression, "snake(") != NULL)
		return true;
	while ((p = strstr(p, member)) != NULL) {
		bool begins = p == expression || strchr("{, ", p[-1]) != NULL;

		if (begins && p[n] == ':')
			return true;
		p += n;
	}
	/* a name alone hands on what AWS calls by the same name */
	return strchr(expression, '{') == NULL;
}

static void
count_leaf(struct tally *y, const char *path, const char *member, const struct drift_value *schema, const struct drift__attribute *top, const char *inherited)
{
	const char *why = why_ignored(y->t, path);

	if (why == NULL)
		why = inherited;
	if (why == NULL && computed_only(schema) && !(top != NULL && top->source != NULL && member == NULL))
		why = "computed only: AWS writes it, Terraform could not revert it";
	if (why != NULL)
		drift__map_puts(&y->ignored, path, why);
	else if (top != NULL && top->source != NULL && (member == NULL || fills(top->source, member)))
		drift__list_add(&y->compared, drift__value_string(y->a, path));
	else
		drift__list_add(&y->uncovered, drift__value_string(y->a, path));
}

static void
count(struct tally *y, const char *path, const char *member, const struct drift_value *schema, const struct drift__attribute *top, const char *why, int depth)
{
	const struct drift_value *block = drift_value_get(schema, "block");
	size_t i;

	if (deprecated(schema))
		return;
	if (why_ignored(y->t, path) != NULL)
		why = why_ignored(y->t, path);
	if (drift_value_kind(block) != DRIFT_MAP || depth > 12) { /* also a block that the reference cut short */
		count_leaf(y, path, member, schema, top, why);
		return;
	}
	for (i = 0; i < drift_value_size(block); i++) {
		const char *name = drift_value_key(block, i, NULL);
		char *below = drift__arena_printf(y->a, "%s.%s", path, name);

		if (below != NULL)
			count(y, below, name, drift_value_at(block, i), top, why, depth + 1);
	}
}

static void
count_top(struct tally *y, const char *name, const struct drift_value *schema)
{
	const struct drift__attribute *a = find(y->t, name);

	if (strcmp(name, "timeouts") == 0)
		return;
	if (a == NULL && strcmp(name, "id") == 0)
		drift__map_puts(&y->ignored, name, "pairs the two sides");
	else if (a == NULL && strcmp(name, "tags_all") == 0 && find(y->t, "tags") != NULL)
		drift__list_add(&y->compared, drift__value_string(y->a, name));
	else
		count(y, name, NULL, schema, a, NULL, 0);
}

static const struct drift_value *
describe(struct drift__arena *a, const struct drift__type *t)
{
	struct tally y = {.a = a, .t = t};
	struct drift__map_builder m, numbers, names;
	const struct drift_value *compared, *ignored, *uncovered, *import_id = drift_value_get(t->entry, "import_id");
	size_t i;

	drift__list_init(&y.compared, a);
	drift__list_init(&y.uncovered, a);
	drift__map_init(&y.ignored, a);
	for (i = 0; i < drift_value_size(t->schema); i++)
		count_top(&y, drift_value_key(t->schema, i, NULL), drift_value_at(t->schema, i));
	compared = drift__list_finish(&y.compared);
	ignored = drift__map_finish(&y.ignored);
	uncovered = drift__list_finish(&y.uncovered);
	drift__map_init(&numbers, a);
	drift__map_puti(&numbers, "compared", (int64_t)drift_value_size(compared));
	drift__map_puti(&numbers, "ignored", (int64_t)drift_value_size(ignored));
	drift__map_puti(&numbers, "uncovered", (int64_t)drift_value_size(uncovered));
	drift__map_init(&names, a);
	drift__map_put(&names, "compared", compared);
	drift__map_put(&names, "ignored", ignored);
	drift__map_put(&names, "uncovered", uncovered);
	drift__map_init(&m, a);
	drift__map_puts(&m, "type", t->name);
	drift__map_puts(&m, "service", t->service);
	drift__map_put(&m, "attributes", drift__map_finish(&numbers));
	drift__map_putb(&m, "importable", drift_value_kind(import_id) == DRIFT_STRING);
	drift__map_put(&m, "import_id", import_id != NULL ? import_id : &drift__null);
	drift__map_putb(&m, "listable", t->n_lists > 0);
	drift__map_puts(&m, "why_not_listed", t->why_not_listed);
	drift__map_putb(&m, "taggable", t->tags != NULL);
	drift__map_put(&m, "references", drift_value_get(t->entry, "references") != NULL ? drift_value_get(t->entry, "references") : &drift__null);
	drift__map_put(&m, "attribute_names", drift__map_finish(&names));
	return drift__map_finish(&m);
}

enum drift_status
drift_catalogue_describe(const struct drift_catalogue *c, const char *pattern, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__list_builder list;
	enum drift_status st = DRIFT_OK;
	size_t i;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&list, &doc->arena);
	for (i = 0; i < drift_catalogue_size(c) && st == DRIFT_OK; i++) {
		const char *name = drift_catalogue_type(c, i);
		const struct drift__type *t;

		if (pattern != NULL && !drift__glob(pattern, name))
			continue;
		t = drift__catalogue_type(c, name, err);
		if (t == NULL)
			st = DRIFT_BAD_CATALOGUE;
		else
			drift__list_add(&list, describe(&doc->arena, t));
	}
	doc->root = drift__list_finish(&list);
	if (st == DRIFT_OK && doc->root == NULL)
		st = drift__nomem(err);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}
