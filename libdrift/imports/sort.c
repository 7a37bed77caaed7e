/* Import items -> their order. An item comes after what its attributes refer to: by the catalogue's references and its parent; for a type
 * without references, by any attribute that holds the id or ARN of another item. */
#include "imports/imports.h"
#include "imports/look.h"

#include <stdlib.h>
#include <string.h>

enum { WALK_DEPTH_MAX = 32, SHORTEST_ID = 8 };

struct identity {
	const char *text;
	size_t item;
};

/* The values that one attribute has in the items of a type, sorted by text: references to it are looked up here. */
struct attribute_table {
	const char *target; /* "type.attribute", as the catalogue has it */
	struct identity *ids;
	size_t n;
};

struct sorter {
	struct drift_imports *im;
	struct identity *ids; /* sorted by text */
	size_t n_ids;
	struct attribute_table *tables;
	size_t n_tables;
	struct drift__graph graph;
	struct drift__list_builder cycles;
	enum drift_status status;
	struct drift_error *err;
};

static int
by_text(const void *pa, const void *pb)
{
	const struct identity *a = pa, *b = pb;
	int c = strcmp(a->text, b->text);

	return c != 0 ? c : a->item < b->item ? -1 : a->item > b->item;
}

static int
tie_order(const void *pa, const void *pb)
{
	const struct drift__import *a = pa, *b = pb;
	int c = strcmp(a->service, b->service);

	if (c == 0)
		c = strcmp(a->type, b->type);
	if (c == 0)
		c = strcmp(a->address, b->address);
	return c != 0 ? c : strcmp(a->id, b->id);
}

static int
final_order(const void *pa, const void *pb)
{
	const struct drift__import *a = pa, *b = pb;

	return a->level != b->level ? (a->level < b->level ? -1 : 1) : tie_order(a, b);
}

static void
index_one(struct sorter *s, const char *text, size_t item)
{
	if (text == NULL || text[0] == '\0')
		return;
	s->ids[s->n_ids].text = text;
	s->ids[s->n_ids++].item = item;
}

static size_t
first_identity(const struct identity *ids, size_t n, const char *text)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(ids[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
link_to(struct sorter *s, size_t from, size_t to)
{
	if (s->status == DRIFT_OK)
		s->status = drift__graph_add(&s->graph, from, to, s->err);
}

static bool
is_type(const struct drift__import *it, const char *type, size_t type_len)
{
	return strlen(it->type) == type_len && memcmp(it->type, type, type_len) == 0;
}

/* Lends the table of a target "type.attribute", made when it is first asked for; NULL without memory. */
static const struct attribute_table *
table_of(struct sorter *s, const char *target)
{
	size_t type_len = strcspn(target, ".");
	struct attribute_table *grown, *t;

	for (size_t i = 0; i < s->n_tables; i++) {
		if (strcmp(s->tables[i].target, target) == 0)
			return &s->tables[i];
	}
	grown = drift__realloc(s->tables, (s->n_tables + 1) * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	s->tables = grown;
	t = &grown[s->n_tables];
	t->target = target;
	t->n = 0;
	t->ids = drift__calloc(s->im->n + 1, sizeof(*t->ids));
	if (t->ids == NULL)
		return NULL;
	s->n_tables++;
	for (size_t i = 0; i < s->im->n; i++) {
		const struct drift__import *it = &s->im->items[i];
		const char *text = is_type(it, target, type_len) ? drift__value_gets(it->live->attributes, target + type_len + 1) : NULL;

		if (text == NULL)
			continue;
		t->ids[t->n].text = text;
		t->ids[t->n++].item = i;
	}
	if (t->n > 1)
		qsort(t->ids, t->n, sizeof(*t->ids), by_text);
	return t;
}

/* Links an item to all of a type that have the text as an identity. type NULL = any. */
static void
link_text(struct sorter *s, size_t from, const char *text, const char *type, size_t type_len)
{
	for (size_t i = first_identity(s->ids, s->n_ids, text); i < s->n_ids && strcmp(s->ids[i].text, text) == 0; i++) {
		const struct drift__import *to = &s->im->items[s->ids[i].item];

		if (type == NULL || is_type(to, type, type_len))
			link_to(s, from, s->ids[i].item);
	}
}

/* The same for those whose attribute has the text. */
static void
link_attribute(struct sorter *s, size_t from, const char *text, const char *target)
{
	const struct attribute_table *t = table_of(s, target);

	if (t == NULL) {
		s->status = drift__nomem(s->err);
		return;
	}
	for (size_t i = first_identity(t->ids, t->n, text); i < t->n && strcmp(t->ids[i].text, text) == 0; i++)
		link_to(s, from, t->ids[i].item);
}

static void
link_rule(struct sorter *s, size_t from, const char *text, const struct drift_value *rule)
{
	const char *target = drift__value_str(rule);

	if (target != NULL) {
		size_t n = strcspn(target, ".");

		link_text(s, from, text, target, n);
		if (target[n] == '.' && target[n + 1] != '\0')
			link_attribute(s, from, text, target);
		return;
	}
	for (size_t i = 0; i < drift_value_size(rule); i++)
		link_rule(s, from, text, drift_value_at(rule, i));
}

/* Follows a path through lists and maps to its texts. */
static void
walk_path(struct sorter *s, size_t from, const struct drift_value *v, const char *path, const struct drift_value *rule, int depth)
{
	if (v == NULL || depth > WALK_DEPTH_MAX)
		return;
	if (drift_value_kind(v) == DRIFT_LIST) {
		for (size_t i = 0; i < drift_value_size(v); i++)
			walk_path(s, from, drift_value_at(v, i), path, rule, depth + 1);
	} else if (drift_value_kind(v) == DRIFT_STRING) {
		if (path[0] == '\0' && drift__value_str(v)[0] != '\0')
			link_rule(s, from, drift__value_str(v), rule);
	} else if (path[0] != '\0') {
		size_t n = strcspn(path, ".");

		for (size_t i = 0; i < drift_value_size(v); i++) {
			size_t len;
			const char *key = drift_value_key(v, i, &len);

			if (key != NULL && len == n && memcmp(key, path, n) == 0)
				walk_path(s, from, drift_value_at(v, i), path[n] == '.' ? path + n + 1 : path + n, rule, depth + 1);
		}
	}
}

static void
walk_all(struct sorter *s, size_t from, const struct drift_value *v, int depth)
{
	const char *text = drift__value_str(v);

	if (depth > WALK_DEPTH_MAX)
		return;
	if (text != NULL) {
		const struct drift_resource *own = s->im->items[from].live;

		/* a bucket and all that hangs on it have one id: its own text leads nowhere */
		if (strlen(text) >= SHORTEST_ID && !drift__streq(text, own->id) && !drift__streq(text, own->import_id) &&
		    !drift__streq(text, own->name) && !drift__streq(text, own->arn))
			link_text(s, from, text, NULL, 0);
		return;
	}
	if (drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP)
		return;
	for (size_t i = 0; i < drift_value_size(v); i++)
		walk_all(s, from, drift_value_at(v, i), depth + 1);
}

static bool
only_computed(const struct drift_value *schema, const char *name)
{
	const char *flags = drift__value_str(drift_value_at(drift_value_get(schema, name), 1));

	return flags != NULL && strchr(flags, 'C') != NULL && strchr(flags, 'O') == NULL;
}

static void
link_item(struct sorter *s, size_t from)
{
	const struct drift__import *it = &s->im->items[from];
	const struct drift_value *refs = drift__facts_get(&s->im->facts, it->type, "references");
	const struct drift_value *schema = drift__facts_get(&s->im->facts, it->type, "schema");
	const struct drift_value *attributes = it->live->attributes;

	if (it->live->more->parent_type != NULL && it->live->more->parent_key != NULL)
		link_text(s, from, it->live->more->parent_key, it->live->more->parent_type, strlen(it->live->more->parent_type));
	for (size_t i = 0; i < drift_value_size(refs); i++)
		walk_path(s, from, attributes, drift_value_key(refs, i, NULL), drift_value_at(refs, i), 0);
	for (size_t i = 0; refs == NULL && i < drift_value_size(attributes); i++) {
		const char *name = drift_value_key(attributes, i, NULL);

		if (strcmp(name, "id") != 0 && strcmp(name, "arn") != 0 && !only_computed(schema, name))
			walk_all(s, from, drift_value_at(attributes, i), 0);
	}
}

static enum drift_status
note_cycle(void *ctx, const size_t *nodes, size_t n)
{
	struct sorter *s = ctx;
	struct drift__list_builder one;

	drift__list_init(&one, &s->im->arena);
	for (size_t i = 0; i < n; i++)
		drift__list_add(&one, drift__value_string(&s->im->arena, s->im->items[nodes[i]].address));
	drift__list_add(&s->cycles, drift__list_finish(&one));
	return DRIFT_OK;
}

enum drift_status
drift__imports_order(struct drift_imports *im, const struct drift_value **cycles, struct drift_error *err)
{
	struct sorter s = {.im = im, .status = DRIFT_OK, .err = err};
	size_t slots = 0;
	int *level = drift__calloc(im->n + 1, sizeof(*level));

	drift__list_init(&s.cycles, &im->arena);
	if (im->n > 0)
		qsort(im->items, im->n, sizeof(*im->items), tie_order);
	for (size_t i = 0; i < im->n; i++) {
		slots += 4;
		for (const char *const *k = im->items[i].live->keys; k != NULL && *k != NULL; k++)
			slots++;
	}
	s.ids = drift__calloc(slots + 1, sizeof(*s.ids));
	if (s.ids == NULL || level == NULL) {
		s.status = drift__nomem(err);
		goto done;
	}
	for (size_t i = 0; i < im->n; i++) {
		const struct drift_resource *r = im->items[i].live;

		index_one(&s, r->id, i);
		index_one(&s, r->arn, i);
		index_one(&s, r->import_id, i);
		index_one(&s, r->name, i);
		for (const char *const *k = r->keys; k != NULL && *k != NULL; k++)
			index_one(&s, *k, i);
	}
	if (s.n_ids > 1)
		qsort(s.ids, s.n_ids, sizeof(*s.ids), by_text);
	s.graph.n = im->n;
	for (size_t i = 0; i < im->n && s.status == DRIFT_OK; i++)
		link_item(&s, i);
	if (s.status == DRIFT_OK)
		s.status = drift__graph_levels(&s.graph, level, note_cycle, &s, err);
	if (s.status != DRIFT_OK)
		goto done;
	for (size_t i = 0; i < im->n; i++)
		im->items[i].level = level[i];
	if (im->n > 0)
		qsort(im->items, im->n, sizeof(*im->items), final_order);
	*cycles = drift__list_finish(&s.cycles);
	if (*cycles == NULL)
		s.status = drift__nomem(err);
done:
	drift__list_dispose(&s.cycles);
	drift__graph_dispose(&s.graph);
	for (size_t i = 0; i < s.n_tables; i++)
		drift__free(s.tables[i].ids);
	drift__free(s.tables);
	drift__free(s.ids);
	drift__free(level);
	return s.status;
}
