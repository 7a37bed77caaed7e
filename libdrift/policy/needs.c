/* iam rows of the catalogue, one subject at a time -> needs with full ARNs. What a row says only of other objects (`of`) is never guessed: without an
 * ARN there is no need. */
#include "policy/condition.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/embed.h"
#include "catalogue/type.h"

/* ---- what the catalogue says ---- */

const struct drift_value *
drift__policy_entry(struct drift__policy_maker *mk, const char *type)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift__type *t;

	if (drift__streq(mk->last_type, type))
		return mk->last_entry;
	t = strncmp(type, "data.", 5) != 0 ? drift__catalogue_type(mk->catalogue, type, &err) : NULL;
	mk->needs.failed = mk->needs.failed || err.status == DRIFT_NOMEM;
	mk->last_type = type;
	mk->last_entry = t != NULL ? t->entry : NULL;
	return mk->last_entry;
}

const struct drift_value *
drift__policy_rows(struct drift__policy_maker *mk, const struct drift__subject *s)
{
	if (strncmp(s->type, "data.", 5) == 0)
		return drift_value_get(mk->data_sources, s->type + 5);
	return drift_value_get(drift__policy_entry(mk, s->type), "iam");
}

enum drift_status
drift__policy_eval(struct drift__policy_maker *mk, const char *expression, const struct drift_value *v, const struct drift_value **out,
	struct drift_error *err)
{
	struct drift__expression *e = mk->expressions;
	enum drift_status st = DRIFT_OK;

	while (e != NULL && e->text != expression)
		e = e->next;
	if (e == NULL) {
		e = drift__arena_zalloc(mk->needs.arena, sizeof(*e));
		if (e == NULL)
			return drift__nomem(err);
		st = drift__jmes_compile(expression, "iam row", &e->compiled, err);
		if (st != DRIFT_OK)
			return st;
		e->text = expression;
		e->next = mk->expressions;
		mk->expressions = e;
	}
	return drift__jmes_search(e->compiled, v != NULL ? v : &drift__null, mk->needs.arena, out, err);
}

void
drift__policy_warn(struct drift__policy_maker *mk, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	drift__list_add(&mk->warnings, drift__got(mk, drift__value_string(mk->needs.arena, text)));
}

/* ---- does the row count? ---- */

/* As JMESPath has it: not null, false, "", [] or {}. */
static bool
holds(const struct drift_value *v)
{
	return v != NULL && !drift__value_is_empty(v) && !(drift_value_kind(v) == DRIFT_BOOL && !drift_value_bool(v));
}

static bool
changes_any(const struct drift__subject *s, const struct drift_value *names)
{
	for (size_t i = 0; i < drift_value_size(names); i++) {
		if (drift_value_get(s->changed, drift__value_str(drift_value_at(names, i))) != NULL)
			return true;
	}
	return false;
}

/* Deprecated attributes that the provider also fills in: only a plan tells who uses them. A create says so in its configuration, since all that is
 * computed is unknown in it. */
static bool
is_planned(const struct drift__view *v, const struct drift_value *names)
{
	const struct drift_value *expressions = v->s->create != NULL ? drift_value_get(v->s->create->config, "expressions") : NULL;

	if (v->phase != 'C')
		return changes_any(v->s, names);
	for (size_t i = 0; i < drift_value_size(names); i++) {
		if (drift_value_get(expressions, drift__value_str(drift_value_at(names, i))) != NULL)
			return true;
	}
	return false;
}

/* A capital letter counts always, a small one when `when` holds; where the row does not say when, a change may take it, reading not. With a plan, an
 * update counts only when it changes what the row is about. */
static enum drift_status
counts(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row, bool *out, struct drift_error *err)
{
	const char *phases = drift__value_gets(row, "phases"), *when = drift__value_gets(row, "when");
	const struct drift_value *changes = drift_value_get(row, "changes"), *result = NULL;
	bool always = phases != NULL && strchr(phases, v->phase) != NULL;
	enum drift_status st = DRIFT_OK;

	*out = false;
	if (phases == NULL || (!always && strchr(phases, tolower((unsigned char)v->phase)) == NULL))
		return DRIFT_OK;
	if (v->phase == 'U' && v->s->changed != NULL && changes != NULL && !changes_any(v->s, changes))
		return DRIFT_OK;
	if (drift_value_bool(drift_value_get(row, "only_planned")) && !is_planned(v, changes))
		return DRIFT_OK;
	if (always || when == NULL) {
		*out = always || v->phase != 'R' || drift_value_get(row, "of") != NULL;
		return DRIFT_OK;
	}
	st = drift__policy_eval(mk, when, v->attributes, &result, err);
	*out = st == DRIFT_OK && holds(result);
	return st;
}

/* ---- which ARNs ---- */

/* The template that the subject's own ARN fits; NULL = none. Others that name the same type are other forms of it, which this object has not. */
static const char *
own_form(const struct drift__subject *s, const struct drift_value *templates)
{
	for (size_t i = 0; s->arn != NULL && i < drift_value_size(templates); i++) {
		if (drift__arn_fits(drift__value_str(drift_value_at(templates, i)), s->arn))
			return drift__value_str(drift_value_at(templates, i));
	}
	return NULL;
}

/* Template by template; those that nothing is known of count only when nothing is known of any. */
static void
gather(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row, bool sometimes, struct drift__found *out)
{
	const struct drift_value *templates = drift_value_get(row, "resources");
	const char *own = own_form(v->s, templates);
	bool any_known = false;

	for (int keep_unknown = 0; keep_unknown < 2; keep_unknown++) {
		for (size_t i = 0; i < drift_value_size(templates); i++) {
			const char *template = drift__value_str(drift_value_at(templates, i));
			struct drift__found one = {.n = 0};

			if (template == NULL || (own != NULL && template != own && drift__template_names(mk, template, v->s->type)) ||
			    drift__form_of(mk, v->s, template) == DRIFT__ANOTHER_FORM)
				continue;
			drift__resolve_template(mk, v, template, &one);
			if (!one.known && !keep_unknown)
				continue;
			any_known = any_known || (one.known && one.n > 0);
			for (size_t k = 0; k < one.n; k++) {
				size_t before = out->n;

				drift__found_add(mk, out, one.list[k].text, one.list[k].condition);
				if (out->n > before)
					out->list[before].template = template;
			}
		}
		if (any_known || sometimes)
			return;
	}
}

/* ARNs that are asked for in a second form as well, with and without their end: `also` of the table iam. */
static void
add_need(struct drift__policy_maker *mk, struct drift__need *need)
{
	const struct drift_value *also = drift_value_get(mk->iam, "also");
	const char *resource = need->resource;

	drift__needs_add(&mk->needs, need);
	for (size_t i = 0; i < drift_value_size(also); i++) {
		const char *part = drift_value_key(also, i, NULL), *end = drift__value_str(drift_value_at(also, i));

		if (strstr(resource, part) == NULL || drift__ends(resource, end))
			continue;
		need->resource = drift__got(mk, drift__arena_printf(mk->needs.arena, "%s%s", resource, end));
		if (need->resource != NULL)
			drift__needs_add(&mk->needs, need);
		need->resource = resource;
	}
}

static int
text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The calls of a service that create something with tags in it, for all that is to be created, sorted. */
static enum drift_status
creating_calls(struct drift__policy_maker *mk, const char *service, const char *key, struct drift__list_builder *out)
{
	const char **list = NULL, *last = NULL;
	size_t n = 0, cap = 0, len = strlen(service);

	for (size_t i = 0; i < mk->subjects.n; i++) {
		const struct drift__subject *s = &mk->subjects.list[i];
		const struct drift_value *rows = strchr(s->phases, 'C') != NULL && !drift__streq(last, s->type) ? drift__policy_rows(mk, s) : NULL;

		last = strchr(s->phases, 'C') != NULL ? s->type : last;
		for (size_t k = 0; k < drift_value_size(rows); k++) {
			const struct drift_value *row = drift_value_at(rows, k);
			const char *call = drift__value_gets(row, "action");

			if (strncmp(call, service, len) != 0 || call[len] != ':' || strpbrk(drift__value_gets(row, "phases"), "Cc") == NULL ||
			    !drift__condition_taken(row, "RequestTag") || drift__condition_taken(row, key))
				continue;
			if (n == cap) {
				const char **grown = drift__realloc(list, (cap = cap * 2 + 16) * sizeof(*list));

				if (grown == NULL) {
					drift__free(list);
					return DRIFT_NOMEM;
				}
				list = grown;
			}
			list[n++] = call + len + 1;
		}
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), text_order);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(list[i], list[i - 1]) != 0)
			drift__list_add(out, drift__value_string(mk->needs.arena, list[i]));
	}
	drift__free(list);
	return DRIFT_OK;
}

/* Tags that are given in the creating call: some services can limit tagging to that moment, without which it would reach whatever is there already. */
static const char *
tags_in_creating_call(struct drift__policy_maker *mk, const struct drift_value *row)
{
	const char *action = drift__value_gets(row, "action"), *condition = mk->request_tags;
	char *service = drift__arena_strndup(mk->needs.arena, action, strcspn(action, ":")), *key;
	struct drift__list_builder calls;

	key = drift__got(mk, service) != NULL ? drift__arena_printf(mk->needs.arena, "%s:CreateAction", service) : NULL;
	if (drift__got(mk, key) == NULL || !drift__condition_taken(row, key) || strchr(drift__value_gets(row, "phases"), 'C') != NULL)
		return condition;
	drift__list_init(&calls, mk->needs.arena);
	if (creating_calls(mk, service, key, &calls) != DRIFT_OK)
		mk->needs.failed = true;
	else if (calls.len > 0)
		condition = drift__condition_both(mk->needs.arena, condition, drift__got(mk, drift__condition_equals(mk->needs.arena, key, &calls)));
	drift__list_dispose(&calls);
	return condition;
}

/* True when AWS lets conditions speak of the tags of what the action goes to: it takes the key itself, or what the template names has it. */
static bool
takes_tags(struct drift__policy_maker *mk, const struct drift_value *row, const char *template)
{
	const struct drift_value *tagged = drift_value_get(mk->iam, "tagged");

	for (size_t i = 0; template != NULL && i < drift_value_size(tagged); i++) {
		if (drift__streq(drift__value_str(drift_value_at(tagged, i)), template))
			return true;
	}
	return drift__condition_taken(row, "ResourceTag");
}

/* Where the id of what is created is not known, its tags say that it is ours: those of the request, and those of the new object where the service
 * tags it in the same call. */
static const char *
tags_at_creation(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row, const char *template)
{
	const struct drift_value *rows = drift__policy_rows(mk, v->s);

	if (drift_value_size(v->s->tags) == 0)
		return "";
	if (v->phase == 'C' && drift__condition_taken(row, "RequestTag"))
		return tags_in_creating_call(mk, row);
	for (size_t i = 0; takes_tags(mk, row, template) && i < drift_value_size(rows); i++) {
		const struct drift_value *other = drift_value_at(rows, i);
		const char *phases = drift__value_gets(other, "phases");

		if (phases != NULL && strchr(phases, 'C') != NULL && strpbrk(phases, "LR") == NULL && drift__condition_taken(other, "RequestTag"))
			return mk->resource_tags;
	}
	return "";
}

/* When no such object is named, AWS's own is meant: `unnamed` of the table iam says which condition tells. */
static const char *
condition_of_unnamed(struct drift__policy_maker *mk, const char *resource)
{
	const struct drift_value *list = drift_value_get(mk->iam, "unnamed");

	for (size_t i = 0; i < drift_value_size(list) && drift__ends(resource, "/*"); i++) {
		if (strstr(resource, drift_value_key(list, i, NULL)) != NULL)
			return drift__got(mk, drift__condition_text(mk->needs.arena, drift_value_at(list, i)));
	}
	return "";
}

static enum drift_status
add_row(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row, struct drift_error *err)
{
	struct drift__need need = {.action = drift__value_gets(row, "action"), .address = v->s->address, .type = v->s->type, .phase = v->phase,
		.why = drift__value_gets(row, "note")};
	const char *phases = drift__value_gets(row, "phases"), *condition = "";
	struct drift__found f = {.n = 0};
	bool unknown = false;
	enum drift_status st = drift__condition_of_row(mk, v, row, &condition, err);

	if (st != DRIFT_OK)
		return st;
	/* what reading needs as well is a read, whatever phase asks for it */
	need.write = strpbrk(phases, "LlRr") == NULL;
	if (drift_value_get(row, "of") != NULL)
		st = drift__resolve_of(mk, v, row, &f, &unknown, err);
	else
		gather(mk, v, row, strchr(phases, v->phase) == NULL, &f);
	if (st == DRIFT_OK && unknown && f.n == 0)
		drift__policy_warn(mk, "%s: which object %s is about is known only after apply, so it is not in the policy", v->s->address, need.action);
	for (size_t i = 0; i < f.n && st == DRIFT_OK; i++) {
		bool open = f.list[i].text[0] != '*' && drift__iam_is_pattern(f.list[i].text);
		const char *own;

		need.resource = f.list[i].text;
		need.condition = condition;
		own = f.list[i].condition;
		if (own != NULL && own == mk->resource_tags && !takes_tags(mk, row, f.list[i].template))
			own = "";
		if ((v->phase == 'C' || v->s->planned) && open && own == NULL)
			need.condition = drift__condition_both(mk->needs.arena, need.condition, tags_at_creation(mk, v, row, f.list[i].template));
		if (own != NULL)
			need.condition = drift__condition_both(mk->needs.arena, need.condition, own);
		if (drift__got(mk, need.condition) == NULL)
			return drift__nomem(err);
		if (open && need.condition[0] == '\0' && v->phase != 'C')
			need.condition = condition_of_unnamed(mk, need.resource);
		if (need.condition == NULL)
			return drift__nomem(err);
		need.open = open;
		add_need(mk, &need);
	}
	return st;
}

/* An update looks at what is there, and at what the plan makes of it. */
static enum drift_status
add_phase(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row, char phase, struct drift_error *err)
{
	const struct drift_value *views[2] = {s->attributes, NULL};
	enum drift_status st = DRIFT_OK;

	if (phase == 'C' && s->after != NULL)
		views[0] = s->after;
	else if (phase == 'U' && s->after != NULL)
		views[1] = s->after;
	for (size_t i = 0; i < 2 && views[i] != NULL && st == DRIFT_OK; i++) {
		struct drift__view v = {s, views[i], phase};
		bool yes;

		st = counts(mk, &v, row, &yes, err);
		if (st == DRIFT_OK && yes)
			st = add_row(mk, &v, row, err);
	}
	return st;
}

enum drift_status
drift__needs_of_subjects(struct drift__policy_maker *mk, struct drift_error *err)
{
	const char *unknown = NULL;
	enum drift_status st = DRIFT_OK;

	for (size_t i = 0; i < mk->subjects.n && st == DRIFT_OK; i++) {
		const struct drift__subject *s = &mk->subjects.list[i];
		const struct drift_value *rows = drift__policy_rows(mk, s);

		if (rows == NULL && !drift__streq(unknown, s->type)) {
			drift__policy_warn(mk, "%s: the catalogue does not know it, so the policy lacks its actions", s->type);
			unknown = s->type;
		}
		for (size_t k = 0; k < drift_value_size(rows) && st == DRIFT_OK; k++) {
			for (const char *p = s->phases; *p != '\0' && st == DRIFT_OK; p++)
				st = add_phase(mk, s, drift_value_at(rows, k), *p, err);
		}
	}
	if (st == DRIFT_OK && mk->needs.failed)
		st = drift__nomem(err);
	return st;
}
