/* A catalogue entry (JSON) -> rules: names looked up, expressions compiled, attributes sorted. */
#include "diff/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct maker {
	const struct drift_value *entry;
	struct drift__rules *rules;
	struct drift_error *err;
};

static enum drift_status
wrong(const struct maker *m, const char *attribute, const char *what)
{
	char where[256];

	snprintf(where, sizeof where, "%s: attributes.%s", m->rules->type, attribute);
	return drift__fail(m->err, DRIFT_BAD_CATALOGUE, where, "%s", what);
}

static enum drift_status
compile(const struct maker *m, const char *attribute, const char *text, struct drift__jmes **out)
{
	enum drift_status st;
	char name[256];

	if (text == NULL)
		return wrong(m, attribute, "a sibling needs type, parent and gives");
	snprintf(name, sizeof name, "%s: attributes.%s", m->rules->type, attribute);
	st = drift__jmes_compile(text, name, out, m->err);
	drift__jmes_be_lenient(*out);
	return st;
}

static enum drift_status
make_siblings(const struct maker *m, struct drift__rule *r, const struct drift_value *list)
{
	size_t i, n = drift_value_size(list);
	enum drift_status st = DRIFT_OK;

	if (n == 0)
		return DRIFT_OK;
	r->siblings = drift__arena_zalloc(&m->rules->arena, n * sizeof *r->siblings);
	if (r->siblings == NULL)
		return drift__nomem(m->err);
	for (i = 0; i < n && st == DRIFT_OK; i++) {
		const struct drift_value *v = drift_value_at(list, i);
		const char *gives = drift__value_gets(v, "gives");
		struct drift__sibling *s = &r->siblings[r->n_siblings++];

		s->type = drift__value_gets(v, "type");
		if (s->type == NULL)
			return wrong(m, r->name, "a sibling needs type, parent and gives");
		st = compile(m, r->name, drift__value_gets(v, "parent"), &s->parent);
		if (st == DRIFT_OK && !drift__streq(gives, "*"))
			st = compile(m, r->name, gives, &s->gives);
	}
	return st;
}

static enum drift_status
make_rule(const struct maker *m, struct drift__rule *r, const struct drift_value *v)
{
	const char *as = drift__value_gets(v, "as");

	if (drift_value_kind(v) != DRIFT_MAP) {
		r->read = drift_value_kind(v) == DRIFT_STRING;
		return DRIFT_OK;
	}
	r->read = drift_value_get(v, "live") != NULL;
	r->kind = drift__kind_by_name(as);
	if (as != NULL && r->kind == DRIFT__KIND_none)
		return wrong(m, r->name, "`as` is not a kind of comparison");
	r->absent = drift_value_get(v, "absent");
	r->ignore = drift__value_gets(v, "ignore");
	r->computed = drift_value_bool(drift_value_get(v, "computed"));
	r->presence = drift_value_bool(drift_value_get(v, "presence"));
	r->unset_ignored = drift__streq(drift__value_gets(v, "when_unset"), "ignore");
	r->explode = drift_value_get(v, "explode");
	r->element_key = drift_value_get(v, "element_key");
	if (drift__value_gets(v, "unset") != NULL) {
		enum drift_status st = compile(m, r->name, drift__value_gets(v, "unset"), &r->unset);

		if (st != DRIFT_OK)
			return st;
	}
	return make_siblings(m, r, drift_value_get(v, "siblings"));
}

static int
compare_rules(const void *a, const void *b)
{
	return strcmp(((const struct drift__rule *)a)->name, ((const struct drift__rule *)b)->name);
}

static enum drift_status
make_attributes(const struct maker *m)
{
	const struct drift_value *attributes = drift_value_get(m->entry, "attributes");
	size_t i, n = drift_value_size(attributes);
	struct drift__rules *r = m->rules;
	enum drift_status st = DRIFT_OK;

	r->rules = drift__arena_zalloc(&r->arena, (n + 1) * sizeof *r->rules);
	if (r->rules == NULL)
		return drift__nomem(m->err);
	for (i = 0; i < n && st == DRIFT_OK; i++) {
		struct drift__rule *rule = &r->rules[r->n_rules++];

		rule->name = drift_value_key(attributes, i, NULL);
		st = make_rule(m, rule, drift_value_at(attributes, i));
	}
	if (st == DRIFT_OK && r->n_rules > 1)
		qsort(r->rules, r->n_rules, sizeof *r->rules, compare_rules);
	return st;
}

enum drift_status
drift__rules_make(const struct drift_value *entry, struct drift__rules **out, struct drift_error *err)
{
	struct drift__rules *r = drift__calloc(1, sizeof *r);
	struct maker m = {entry, r, err};
	enum drift_status st;

	if (r == NULL)
		return drift__nomem(err);
	drift__arena_init(&r->arena, 0);
	r->type = drift__value_gets(entry, "type");
	if (r->type == NULL)
		r->type = "";
	r->schema = drift_value_get(entry, "schema");
	r->references = drift_value_get(entry, "references");
	r->secret = drift_value_get(entry, "secret");
	r->merge = drift_value_get(entry, "merge");
	r->listed = drift_value_get(entry, "list") != NULL;
	r->looked_up = drift_value_get(entry, "lookup") != NULL;
	r->taggable = drift_value_get(entry, "tags") != NULL;
	r->why_not_listed = r->listed ? NULL : drift__value_str(drift_value_get(entry, "why_not_listed"));
	st = make_attributes(&m);
	if (st != DRIFT_OK) {
		drift__rules_free(r);
		return st;
	}
	*out = r;
	return DRIFT_OK;
}

void
drift__rules_free(struct drift__rules *r)
{
	size_t i, k;

	if (r == NULL)
		return;
	for (i = 0; i < r->n_rules; i++) {
		drift__jmes_free(r->rules[i].unset);
		for (k = 0; k < r->rules[i].n_siblings; k++) {
			drift__jmes_free(r->rules[i].siblings[k].parent);
			drift__jmes_free(r->rules[i].siblings[k].gives);
		}
	}
	drift__arena_dispose(&r->arena);
	drift__free(r);
}

const struct drift__rule *
drift__rules_find(const struct drift__rules *r, const char *name)
{
	struct drift__rule key = {.name = name};

	return r->n_rules > 0 ? bsearch(&key, r->rules, r->n_rules, sizeof *r->rules, compare_rules) : NULL;
}
