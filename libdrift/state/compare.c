/* Two states → what changed between them. */
#include "state/compare.h"

#include <stdlib.h>
#include <string.h>

#include "model/telling.h"

static int
compare_places(const void *pa, const void *pb)
{
	const struct drift_resource *a = *(const struct drift_resource *const *)pa, *b = *(const struct drift_resource *const *)pb;
	int c = strcmp(a->address, b->address);

	return c != 0 ? c : strcmp(a->more->deposed != NULL ? a->more->deposed : "", b->more->deposed != NULL ? b->more->deposed : "");
}

static bool
open_side(struct drift__state_comparison *c, struct drift__compare_side *s, const struct drift_state *state)
{
	const struct drift_snapshot *snap = state->snapshot;
	size_t i;

	s->state = state;
	s->list = drift__arena_alloc(c->a, (snap->n_resources + 1) * sizeof *s->list);
	s->paired = drift__arena_zalloc(c->a, (snap->n_resources + 1) * sizeof *s->paired);
	for (i = 0; s->list != NULL && i < snap->n_resources; i++)
		if ((snap->resources[i].flags & DRIFT__DATA) == 0)
			s->list[s->n++] = &snap->resources[i];
	if (s->list != NULL)
		qsort(s->list, s->n, sizeof *s->list, compare_places);
	return s->list != NULL && s->paired != NULL;
}

static void
pair_by_address(struct drift__state_comparison *c)
{
	size_t i = 0, j = 0;

	while (i < c->from.n && j < c->to.n) {
		int order = compare_places(&c->from.list[i], &c->to.list[j]);

		if (order == 0) {
			c->from.paired[i] = c->to.paired[j] = true;
			drift__compare_resource(c, c->from.list[i], c->to.list[j]);
		}
		i += order <= 0;
		j += order >= 0;
	}
}

struct named {
	const char *type, *id;
	size_t at;
};

static int
compare_named(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;
	int c = strcmp(a->type, b->type);

	return c != 0 ? c : strcmp(a->id, b->id);
}

/* The unpaired with an id, sorted by type and id; NULL without memory. */
static struct named *
unpaired(const struct drift__compare_side *s, size_t *n)
{
	struct named *list = drift__malloc((s->n + 1) * sizeof *list);
	size_t i;

	*n = 0;
	for (i = 0; list != NULL && i < s->n; i++)
		if (!s->paired[i] && s->list[i]->id != NULL && s->list[i]->id[0] != '\0')
			list[(*n)++] = (struct named){s->list[i]->type, s->list[i]->id, i};
	if (list != NULL)
		qsort(list, *n, sizeof *list, compare_named);
	return list;
}

/* One object under another address: `terraform state mv`, a moved block. Ids that stand twice tell nothing. */
static void
pair_by_id(struct drift__state_comparison *c)
{
	size_t n, m, i, j = 0;
	struct named *x = unpaired(&c->from, &n), *y = unpaired(&c->to, &m);

	if (x == NULL || y == NULL)
		c->st = drift__nomem(c->err);
	for (i = 0; x != NULL && y != NULL && i < n; i++) {
		struct drift__map_builder map;
		int order = -1;

		while (j < m && (order = compare_named(&y[j], &x[i])) < 0)
			j++;
		if (j == m || order != 0 || (i + 1 < n && compare_named(&x[i], &x[i + 1]) == 0) || (i > 0 && compare_named(&x[i], &x[i - 1]) == 0) ||
			(j + 1 < m && compare_named(&y[j], &y[j + 1]) == 0))
			continue;
		c->from.paired[x[i].at] = c->to.paired[y[j].at] = true;
		drift__map_init(&map, c->a);
		drift__map_puts(&map, "from", c->from.list[x[i].at]->address);
		drift__map_puts(&map, "to", c->to.list[y[j].at]->address);
		drift__map_puts(&map, "type", x[i].type);
		drift__map_puts(&map, "id", x[i].id);
		drift__list_add(&c->moved, drift__map_finish(&map));
		drift__compare_resource(c, c->from.list[x[i].at], c->to.list[y[j].at]);
	}
	drift__free(x);
	drift__free(y);
}

static void
list_unpaired(struct drift__state_comparison *c, const struct drift__compare_side *s, struct drift__list_builder *out)
{
	struct drift__map_builder m;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->paired[i])
			continue;
		drift__compare_start(c, &m, s->list[i]);
		drift__list_add(out, drift__map_finish(&m));
	}
}

/* ---- outputs ---- */

static const struct drift_value *
or_null(const struct drift_value *v)
{
	return v != NULL ? v : &drift__null;
}

/* What may be shown of an output. */
static const struct drift_value *
output_shown(struct drift__state_comparison *c, const char *name, const struct drift_value *output, bool sensitive, bool *masked)
{
	const struct drift_value *v = drift_value_get(output, "value");

	if (sensitive || (drift__may_be_secret(v) && drift__telling_name(name))) {
		*masked = true;
		return output != NULL ? &drift__mask : &drift__null;
	}
	return drift__without_secrets(c->a, or_null(v), masked);
}

static const struct drift_value *
compare_outputs(struct drift__state_comparison *c)
{
	const struct drift_value *from = c->from.state->infos[0].outputs, *to = c->to.state->infos[0].outputs;
	struct drift__list_builder out;
	size_t i, n;

	drift__list_init(&out, c->a);
	for (i = 0; i < drift_value_size(from) + drift_value_size(to); i++) {
		bool old = i < drift_value_size(from), masked = false, sensitive;
		const char *name = old ? drift_value_key(from, i, &n) : drift_value_key(to, i - drift_value_size(from), &n);
		const struct drift_value *x = drift_value_get(from, name), *y = drift_value_get(to, name);
		struct drift__map_builder m;

		if ((!old && x != NULL) || (x != NULL && y != NULL && drift_value_equal(drift_value_get(x, "value"), drift_value_get(y, "value"))))
			continue;
		sensitive = drift_value_bool(drift_value_get(x, "sensitive")) || drift_value_bool(drift_value_get(y, "sensitive"));
		drift__map_init(&m, c->a);
		drift__map_puts(&m, "name", name);
		drift__map_puts(&m, "change", x == NULL ? "added" : y == NULL ? "removed" : "changed");
		drift__map_put(&m, "from", output_shown(c, name, x, sensitive, &masked));
		drift__map_put(&m, "to", output_shown(c, name, y, sensitive, &masked));
		drift__map_putb(&m, "sensitive", masked);
		drift__list_add(&out, drift__map_finish(&m));
	}
	return drift__list_finish(&out);
}

/* ---- the whole ---- */

static void
note(struct drift__state_comparison *c, const char *text)
{
	drift__list_add(&c->notes, drift__value_string(c->a, text));
}

static void
add_notes(struct drift__state_comparison *c)
{
	const struct drift__tfstate_info *from = &c->from.state->infos[0], *to = &c->to.state->infos[0];
	unsigned long long x = from->serial != NULL ? strtoull(from->serial, NULL, 10) : 0, y = to->serial != NULL ? strtoull(to->serial, NULL, 10) : 0;

	if (from->lineage != NULL && to->lineage != NULL && strcmp(from->lineage, to->lineage) != 0)
		note(c, "the lineages differ: these are two states, not two versions of one");
	else if (y < x)
		note(c, "the serial goes back: the second is the older one, or the state was rolled back");
	else if (from->serial != NULL && x == y && (c->added.len > 0 || c->removed.len > 0 || c->changed.len > 0))
		note(c, "both have the same serial and other content: somebody wrote past Terraform");
}

static const struct drift_value *
head_of(struct drift__state_comparison *c, const struct drift_state *s)
{
	static const char *const names[] = {"source", "serial", "lineage", "terraform_version", "resources", "other_providers", "modified", "exists"};
	const struct drift_value *info = drift_value_at(s->info, 0);
	struct drift__map_builder m;
	size_t i;

	drift__map_init(&m, c->a);
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (drift_value_get(info, names[i]) != NULL)
			drift__map_put(&m, names[i], drift_value_get(info, names[i]));
	return drift__map_finish(&m);
}

static const struct drift_value *
result_of(struct drift__state_comparison *c)
{
	const struct drift_value *outputs = compare_outputs(c);
	struct drift__map_builder m;

	list_unpaired(c, &c->to, &c->added);
	list_unpaired(c, &c->from, &c->removed);
	add_notes(c);
	drift__map_init(&m, c->a);
	drift__map_put(&m, "from", head_of(c, c->from.state));
	drift__map_put(&m, "to", head_of(c, c->to.state));
	drift__map_putb(&m, "same", c->added.len + c->removed.len + c->moved.len + c->changed.len + drift_value_size(outputs) == 0);
	drift__map_put(&m, "notes", drift__list_finish(&c->notes));
	drift__map_put(&m, "added", drift__list_finish(&c->added));
	drift__map_put(&m, "removed", drift__list_finish(&c->removed));
	drift__map_put(&m, "moved", drift__list_finish(&c->moved));
	drift__map_put(&m, "changed", drift__list_finish(&c->changed));
	drift__map_put(&m, "outputs", outputs);
	return drift__map_finish(&m);
}

enum drift_status
drift_state_diff(const struct drift_state *from, const struct drift_state *to, struct drift_document **out, struct drift_error *err)
{
	struct drift__arena a;
	struct drift__state_comparison c = {.a = &a, .catalogue = to->options.catalogue, .err = err};
	struct drift__list_builder *lists[] = {&c.added, &c.removed, &c.moved, &c.changed, &c.notes};
	struct drift_document *doc;
	const struct drift_value *result;
	size_t i;

	if (from->n_sources != 1 || to->n_sources != 1) {
		drift__fail(err, DRIFT_USAGE, "state diff", "each side must be one state, not %zu and %zu", from->n_sources, to->n_sources);
		return drift__hint(err, "name one of them");
	}
	doc = drift__calloc(1, sizeof *doc);
	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&a, 0);
	drift__arena_init(&doc->arena, 0);
	for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
		drift__list_init(lists[i], &a);
	if (!open_side(&c, &c.from, from) || !open_side(&c, &c.to, to))
		c.st = drift__nomem(err);
	if (c.st == DRIFT_OK) {
		pair_by_address(&c);
		pair_by_id(&c);
		result = result_of(&c);
		doc->root = c.st == DRIFT_OK && result != NULL ? drift__value_copy(&doc->arena, result) : NULL;
		if (doc->root == NULL && c.st == DRIFT_OK)
			c.st = drift__nomem(err);
	}
	for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
		drift__list_dispose(lists[i]);
	drift__arena_wipe(&a);
	if (c.st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return c.st;
}
