/* What is wrong in states that can be read. */
#include "state/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/type.h"

void
drift__check_add(struct drift__check *c, enum drift__severity severity, const char *kind, int source, const char *address, const char *fmt, ...)
{
	static const char *const names[] = {"error", "warning", "info"};
	struct drift__map_builder m;
	char text[700], safe[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	drift__copy_safe(safe, sizeof safe, text);
	c->counts[severity]++;
	drift__map_init(&m, c->a);
	drift__map_puts(&m, "severity", names[severity]);
	drift__map_puts(&m, "kind", kind);
	drift__map_puts(&m, "source", source >= 0 ? c->state->sources[source].text : NULL);
	drift__map_puts(&m, "address", address);
	drift__map_puts(&m, "text", safe);
	drift__list_add(&c->problems, drift__map_finish(&m));
}

static bool
is_ours(const struct drift_resource *r)
{
	return (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) == 0;
}

/* ---- what a state says of itself ---- */

static void
check_info(struct drift__check *c, int source)
{
	const struct drift__tfstate_info *info = &c->state->infos[source];
	const struct drift_value *warnings = drift_value_get(drift_value_at(c->state->info, (size_t)source), "warnings");
	size_t i;

	for (i = 0; i < drift_value_size(warnings); i++)
		drift__check_add(c, DRIFT__CHECK_WARNING, "reading", source, NULL, "%s", drift__value_str(drift_value_at(warnings, i)));
	if (info->version > 0 && info->version < 4)
		drift__check_add(c, DRIFT__CHECK_WARNING, "format", source, NULL, "format version %d, of Terraform before 0.12: the next apply with a newer one upgrades it for good",
			(int)info->version);
	if (info->version == 4 && (info->lineage == NULL || info->lineage[0] == '\0'))
		drift__check_add(c, DRIFT__CHECK_WARNING, "lineage", source, NULL, "the state has no lineage: Terraform can't tell it from another one");
	if (info->version == 4 && info->serial == NULL)
		drift__check_add(c, DRIFT__CHECK_WARNING, "serial", source, NULL, "the state has no serial: Terraform can't tell which of two is newer");
	if (info->version == 4 && info->n_old_provider > 0)
		drift__check_add(c, DRIFT__CHECK_WARNING, "provider", source, NULL, "%zu resources name their provider as before Terraform 0.13; an apply, or "
			"`terraform state replace-provider -- -/aws hashicorp/aws`, puts that right", info->n_old_provider);
	for (i = 0; i < drift_value_size(info->checks); i++) {
		const struct drift_value *v = drift_value_at(info->checks, i);
		const char *status = drift__value_gets(v, "status"), *address = drift__value_gets(v, "config_addr");

		if (drift__streq(status, "fail") || drift__streq(status, "error"))
			drift__check_add(c, DRIFT__CHECK_WARNING, "check", source, NULL, "%.200s: its checks ended with \"%s\" when Terraform last ran", address != NULL ? address : "(unnamed)",
				status);
	}
}

static void
check_providers(struct drift__check *c, int source)
{
	const struct drift_value *providers = c->state->infos[source].providers;
	size_t i;

	for (i = 0; i < drift_value_size(providers); i++) {
		const char *name = drift_value_key(providers, i, NULL), *n = drift_value_text(drift_value_at(providers, i), NULL);
		const char *slash = strrchr(name, '/');

		if (slash != NULL && strcmp(slash, "/aws") == 0)
			drift__check_add(c, DRIFT__CHECK_WARNING, "provider", source, NULL, "%s resources are of %s, which is not hashicorp/aws: they are not compared", n, name);
		else
			drift__check_add(c, DRIFT__CHECK_INFO, "provider", source, NULL, "%s resources of %s are not looked at", n, name);
	}
}

static void
check_lineages(struct drift__check *c)
{
	size_t i, j;

	for (i = 0; i < c->state->n_sources; i++)
		for (j = 0; j < i; j++)
			if (c->state->infos[i].lineage != NULL && c->state->infos[i].lineage[0] != '\0' &&
				drift__streq(c->state->infos[i].lineage, c->state->infos[j].lineage))
				drift__check_add(c, DRIFT__CHECK_WARNING, "lineage", (int)i, NULL, "the same lineage as %s: one state given twice, or a copy of it",
					c->state->sources[j].text);
}

/* ---- resources ---- */

static void
check_flags(struct drift__check *c)
{
	const struct drift_snapshot *snap = c->state->snapshot;
	size_t i;

	for (i = 0; i < snap->n_resources; i++) {
		const struct drift_resource *r = &snap->resources[i];

		if ((r->flags & DRIFT__TAINTED) != 0)
			drift__check_add(c, DRIFT__CHECK_INFO, "tainted", r->source, r->address, "tainted: the next apply replaces it");
		if (r->more->deposed != NULL)
			drift__check_add(c, DRIFT__CHECK_INFO, "deposed", r->source, r->address, "deposed object %s: it still exists, and the next apply deletes it", r->more->deposed);
	}
}

/* Types that nobody compares, each once. The snapshot is sorted by type. */
static void
check_types(struct drift__check *c)
{
	const struct drift_snapshot *snap = c->state->snapshot;
	const struct drift_catalogue *catalogue = c->state->options.catalogue;
	size_t i, j, k;

	for (i = 0; catalogue != NULL && i < snap->n_resources; i = j) {
		const char *type = snap->resources[i].type;
		size_t n = 0;

		for (j = i; j < snap->n_resources && strcmp(snap->resources[j].type, type) == 0; j++)
			n += is_ours(&snap->resources[j]);
		for (k = 0; k < drift_catalogue_size(catalogue) && strcmp(drift_catalogue_type(catalogue, k), type) != 0; k++)
			;
		if (n > 0 && k == drift_catalogue_size(catalogue))
			drift__check_add(c, DRIFT__CHECK_INFO, "type", -1, NULL, "%zu of %s: a type that driftscan does not know, so it is not compared", n, type);
	}
}

/* ---- accounts and regions ---- */

struct place {
	int source;
	const char *alias, *text, *example;
	size_t n;
};

static int
compare_places(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	int c = a->source - b->source;

	if (c == 0)
		c = strcmp(a->alias, b->alias);
	return c != 0 ? c : strcmp(a->text, b->text);
}

/* Counts equal ones together, in place. */
static size_t
merge_places(struct place *list, size_t n)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof *list, compare_places);
	for (i = 0; i < n; i++) {
		if (kept > 0 && compare_places(&list[kept - 1], &list[i]) == 0)
			list[kept - 1].n++;
		else
			list[kept++] = list[i];
	}
	return kept;
}

static void
report_places(struct drift__check *c, const struct place *list, size_t n, const char *kind, const char *word, const char *why)
{
	size_t i, j;

	for (i = 0; i < n; i = j) {
		char text[500];
		size_t used = 0;

		for (j = i + 1; j < n && list[j].source == list[i].source && strcmp(list[j].alias, list[i].alias) == 0; j++)
			;
		if (j - i < 2)
			continue;
		for (size_t k = i; k < j && used < sizeof text; k++)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%s (%zu, as %.100s)", k > i ? ", " : "", list[k].text, list[k].n, list[k].example);
		drift__check_add(c, DRIFT__CHECK_WARNING, kind, list[i].source, NULL, "the resources of provider aws%s%s are in %zu %s: %s. %s",
			list[i].alias[0] != '\0' ? "." : "", list[i].alias, j - i, word, text, why);
	}
}

static enum drift_status
check_places(struct drift__check *c, bool regions)
{
	const struct drift_snapshot *snap = c->state->snapshot;
	struct place *list = drift__malloc((snap->n_resources + 1) * sizeof *list);
	size_t i, n = 0;

	if (list == NULL)
		return drift__nomem(c->err);
	for (i = 0; i < snap->n_resources; i++) {
		const struct drift_resource *r = &snap->resources[i];
		const char *text = regions ? r->region : r->account;

		/* since provider 6 a resource may say itself where it is to be */
		if (!is_ours(r) || text == NULL || (regions && drift_value_get(r->attributes, "region") != NULL))
			continue;
		list[n++] = (struct place){r->source, r->more->provider_alias != NULL ? r->more->provider_alias : "", text, r->address, 1};
	}
	n = merge_places(list, n);
	if (regions)
		report_places(c, list, n, "regions", "regions", "Was the region of the provider changed after some were made?");
	else
		report_places(c, list, n, "accounts", "accounts", "Was Terraform run with the credentials of another account?");
	drift__free(list);
	return DRIFT_OK;
}

/* ---- one object, two addresses ---- */

struct claim {
	const struct drift_resource *r;
	const char *key;
};

static int
compare_maybe(const char *a, const char *b)
{
	return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int
compare_claims(const void *pa, const void *pb)
{
	const struct claim *a = pa, *b = pb;
	int c = strcmp(a->r->type, b->r->type);

	if (c == 0)
		c = strcmp(a->key, b->key);
	if (c == 0)
		c = compare_maybe(a->r->region, b->r->region);
	return c != 0 ? c : compare_maybe(a->r->account, b->r->account);
}

static enum drift_status
check_claims(struct drift__check *c)
{
	const struct drift_snapshot *snap = c->state->snapshot;
	struct claim *list = drift__malloc((snap->n_resources + 1) * sizeof *list);
	size_t i, n = 0;

	if (list == NULL)
		return drift__nomem(c->err);
	for (i = 0; i < snap->n_resources; i++) {
		const struct drift_resource *r = &snap->resources[i];

		if (is_ours(r) && r->more->deposed == NULL && r->keys != NULL && r->keys[0] != NULL)
			list[n++] = (struct claim){r, r->keys[0]};
	}
	qsort(list, n, sizeof *list, compare_claims);
	for (i = 1; i < n; i++) {
		const struct drift_resource *first = list[i - 1].r, *second = list[i].r;

		/* the same address twice was said already */
		if (compare_claims(&list[i - 1], &list[i]) == 0 && (first->source != second->source || strcmp(first->address, second->address) != 0))
			drift__check_add(c, DRIFT__CHECK_WARNING, "claimed twice", second->source, second->address, "%s (%.100s) is claimed by %.150s as well%s%s: "
				"two addresses that undo each other's changes", second->type, list[i].key, first->address, first->source != second->source ? ", in " : "",
				first->source != second->source ? c->state->sources[first->source].text : "");
	}
	drift__free(list);
	return DRIFT_OK;
}

/* ---- the whole ---- */

static int
by_severity(const void *pa, const void *pb)
{
	const struct drift_value *a = pa, *b = pb;
	const char *x = drift__value_gets(a, "severity"), *y = drift__value_gets(b, "severity");
	int order = (x[0] == 'i') * 2 + (x[0] == 'w') - (y[0] == 'i') * 2 - (y[0] == 'w');
	static const char *const names[] = {"source", "kind", "address", "text"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0] && order == 0; i++)
		order = compare_maybe(drift__value_gets(a, names[i]), drift__value_gets(b, names[i]));
	return order;
}

static enum drift_status
check_all(struct drift__check *c, const struct drift__list_builder *twice)
{
	enum drift_status st;
	size_t i;

	for (i = 0; i < twice->len; i++) {
		size_t source = 0;

		while (source < c->state->n_sources && !drift__streq(c->state->sources[source].text, drift__value_gets(&twice->items[i], "source")))
			source++;
		drift__check_add(c, DRIFT__CHECK_ERROR, "duplicate", (int)source, drift__value_gets(&twice->items[i], "address"),
			"appears multiple times in the state file: Terraform refuses to read it");
	}
	for (i = 0; i < c->state->n_sources; i++) {
		check_info(c, (int)i);
		check_providers(c, (int)i);
	}
	check_lineages(c);
	check_flags(c);
	check_types(c);
	st = check_places(c, false);
	if (st == DRIFT_OK)
		st = check_places(c, true);
	if (st == DRIFT_OK)
		st = check_claims(c);
	return st == DRIFT_OK ? drift__check_dependencies(c) : st;
}

static const struct drift_value *
result_of(struct drift__check *c)
{
	struct drift__map_builder m;

	if (!c->problems.failed && c->problems.len > 0)
		qsort(c->problems.items, c->problems.len, sizeof *c->problems.items, by_severity);
	drift__map_init(&m, c->a);
	drift__map_put(&m, "states", c->state->info);
	drift__map_put(&m, "problems", drift__list_finish(&c->problems));
	drift__map_puti(&m, "errors", (int64_t)c->counts[DRIFT__CHECK_ERROR]);
	drift__map_puti(&m, "warnings", (int64_t)c->counts[DRIFT__CHECK_WARNING]);
	return drift__map_finish(&m);
}

enum drift_status
drift_state_check(const char *const *sources, const struct drift_state_options *o, struct drift_document **out, struct drift_error *err)
{
	struct drift__arena a;
	struct drift__check c = {.a = &a, .err = err};
	struct drift__list_builder twice;
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift_state *state = NULL;
	const struct drift_value *result;
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&a, 0);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&c.problems, &a);
	drift__list_init(&twice, &a);
	st = drift__state_load(sources, o, &twice, &state, err);
	if (st == DRIFT_OK) {
		c.state = state;
		st = twice.failed ? drift__nomem(err) : check_all(&c, &twice);
	}
	if (st == DRIFT_OK) {
		result = result_of(&c);
		doc->root = result != NULL ? drift__value_copy(&doc->arena, result) : NULL;
		st = doc->root != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift__list_dispose(&twice);
	drift__list_dispose(&c.problems);
	drift_state_free(state);
	drift__arena_dispose(&a);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}
