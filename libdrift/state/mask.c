/* Values of a state without their secrets.
 *
 * Secret is what the state marks (sensitive_attributes), what the provider's schema marks, what the catalogue adds, and what calls itself a
 * secret. Of types that the catalogue does not know, texts are not shown at all but those that name the thing. */
#include "state/mask.h"

#include <stdio.h>
#include <string.h>

#include "model/telling.h"

static const struct drift_value not_shown = {.kind = DRIFT_STRING, .len = 11, .u = {.text = "(not shown)"}};

bool
drift__steps_push(struct drift__steps *s, const struct drift_value *step)
{
	if (s->n == DRIFT__MAX_STEPS)
		return false;
	s->list[s->n++] = *step;
	return true;
}

void
drift__steps_print(struct drift__buf *out, const struct drift__steps *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct drift_value *step = &s->list[i];

		if (step->kind == DRIFT_NUMBER) {
			drift__buf_addf(out, "[%s]", step->u.text);
		} else if (step->len > 0 && drift__name_length(step->u.text, step->len) == step->len) {
			drift__buf_adds(out, i > 0 ? "." : "");
			drift__buf_add(out, step->u.text, step->len);
		} else {
			drift__buf_addc(out, '[');
			drift__json_write_string(out, step->u.text, step->len);
			drift__buf_addc(out, ']');
		}
	}
}

/* ---- what is secret ---- */

/* The next step that is a name; positions say nothing about secrets. */
static const struct drift_value *
next_name(const struct drift__steps *s, size_t *i)
{
	while (*i < s->n && s->list[*i].kind != DRIFT_STRING)
		++*i;
	return *i < s->n ? &s->list[(*i)++] : NULL;
}

/* Whether the place is what path leads to, or lies in it. */
static bool
covered_by(const struct drift__steps *at, const struct drift_value *path)
{
	const struct drift_value *mine;
	size_t i, at_i = 0;
	bool any = false;

	for (i = 0; i < drift_value_size(path); i++) {
		const struct drift_value *step = drift_value_at(path, i);

		if (step->kind != DRIFT_STRING)
			continue;
		mine = next_name(at, &at_i);
		if (mine == NULL || mine->len != step->len || memcmp(mine->u.text, step->u.text, step->len) != 0)
			return false;
		any = true;
	}
	return any;
}

static bool
marked_in_state(const struct drift__steps *at, const struct drift_resource *r)
{
	size_t i;

	for (i = 0; r != NULL && i < drift_value_size(r->sensitive); i++)
		if (covered_by(at, drift_value_at(r->sensitive, i)))
			return true;
	return false;
}

static const char *
flags_of(const struct drift_value *node)
{
	const char *flags = drift_value_kind(node) == DRIFT_LIST ? drift__value_str(drift_value_at(node, 1)) : drift__value_gets(node, "flags");

	return flags != NULL ? flags : "";
}

static bool
marked_in_schema(const struct drift__steps *at, const struct drift__type *t)
{
	const struct drift_value *members = t->schema, *name, *node;
	size_t i = 0;

	while ((name = next_name(at, &i)) != NULL && drift_value_kind(members) == DRIFT_MAP) {
		node = drift_value_get(members, name->u.text);
		if (strchr(flags_of(node), 'S') != NULL)
			return true;
		members = drift_value_kind(node) == DRIFT_MAP ? drift_value_get(node, "block") : NULL;
	}
	return false;
}

/* "splunk_configuration.hec_token"; and what only adds a word to a secret's name, as insecure_value does to value. */
static bool
marked_in_entry(const struct drift__steps *at, const struct drift__type *t)
{
	const struct drift_value *secret = drift_value_get(t->entry, "secret"), *name;
	size_t k, i;

	for (k = 0; k < drift_value_size(secret); k++) {
		const char *dotted = drift__value_str(drift_value_at(secret, k));

		i = 0;
		for (name = next_name(at, &i); dotted != NULL && *dotted != '\0' && name != NULL; name = next_name(at, &i)) {
			size_t n = strcspn(dotted, ".");
			bool same = name->len == n && memcmp(name->u.text, dotted, n) == 0;

			if (dotted[n] == '\0')
				return same || (name->len > n + 1 && name->u.text[name->len - n - 1] == '_' && memcmp(name->u.text + name->len - n, dotted, n) == 0);
			if (!same)
				break;
			dotted += n + 1;
		}
	}
	return false;
}

static bool
is_secret(const struct drift__mask_rules *rules, const struct drift__steps *at)
{
	return marked_in_state(at, rules->a) || marked_in_state(at, rules->b) ||
		(rules->type != NULL && (marked_in_schema(at, rules->type) || marked_in_entry(at, rules->type)));
}

/* What names a thing of any type of AWS. */
static bool
names_the_thing(const struct drift__mask_rules *rules, const struct drift__steps *at)
{
	static const char *const names[] = {"id", "arn", "name", "tags", "tags_all", "region"};
	size_t i;

	if (((rules->a->flags | rules->b->flags) & DRIFT__FOREIGN) != 0 || at->n == 0 || at->list[0].kind != DRIFT_STRING)
		return false;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(at->list[0].u.text, names[i]) == 0)
			return true;
	return false;
}

/* ---- what is shown ---- */

struct showing {
	const struct drift__mask_rules *rules;
	struct drift__steps *at;
	struct drift__arena *a;
	bool *masked;
};

static const struct drift_value *show(struct showing *s, const struct drift_value *v);

static const struct drift_value *
show_below(struct showing *s, const struct drift_value *step, const struct drift_value *v)
{
	const struct drift_value *out;

	if (step == NULL)
		return NULL;
	if (!drift__steps_push(s->at, step)) {
		*s->masked = true;
		return &not_shown;
	}
	out = show(s, v);
	s->at->n--;
	return out;
}

static const struct drift_value *
show_list(struct showing *s, const struct drift_value *v)
{
	struct drift__list_builder b;
	uint32_t i;

	drift__list_init(&b, s->a);
	for (i = 0; i < v->len; i++)
		drift__list_add(&b, show_below(s, drift__value_int(s->a, i), drift_value_at(v, i)));
	return drift__list_finish(&b);
}

static const struct drift_value *
show_map(struct showing *s, const struct drift_value *v)
{
	struct drift__map_builder b;
	size_t i, n;

	drift__map_init(&b, s->a);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);

		drift__map_append(&b, key, n, show_below(s, drift__value_stringn(s->a, key, n), drift_value_at(v, i)));
	}
	return drift__map_finish(&b);
}

static const struct drift_value *
show(struct showing *s, const struct drift_value *v)
{
	if (drift__value_is_empty(v))
		return v != NULL ? v : &drift__null;
	if (is_secret(s->rules, s->at)) {
		*s->masked = true;
		return &drift__mask;
	}
	if (v->kind == DRIFT_LIST)
		return show_list(s, v);
	if (v->kind == DRIFT_MAP)
		return show_map(s, v);
	if (v->kind == DRIFT_STRING && s->rules->type == NULL && !names_the_thing(s->rules, s->at)) {
		*s->masked = true;
		return &not_shown;
	}
	return v;
}

const struct drift_value *
drift__state_shown(const struct drift__mask_rules *rules, struct drift__steps *at, const struct drift_value *v, struct drift__arena *a, bool *masked)
{
	struct showing s = {rules, at, a, masked};
	const struct drift_value *out = show(&s, v), *last = at->n > 0 ? &at->list[at->n - 1] : NULL;
	bool tag = at->n > 0 && at->list[0].kind == DRIFT_STRING && drift__starts(at->list[0].u.text, "tags");

	if (out == NULL || tag)
		return out;
	/* a member has only its name to tell */
	if (last != NULL && last->kind == DRIFT_STRING && drift__may_be_secret(out) && drift__telling_name(last->u.text)) {
		*masked = true;
		return &drift__mask;
	}
	return drift__without_secrets(a, out, masked);
}
