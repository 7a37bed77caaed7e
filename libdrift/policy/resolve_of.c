/* What a row's `of` names: the attributes that hold the object, and what stands behind them. */
#include "policy/condition.h"
#include "policy/resolve_parts.h"

#include <string.h>

struct of {
	struct drift__policy_maker *mk;
	const struct drift__view *v;
	const struct drift_value *row, *templates;
	struct drift__found *found;
	bool *open;
	struct drift_error *err;
};

/* Adds the ARN of a subject by the template: its own, or made of its name where it does not exist yet. An id that only the apply will give leaves a
 * pattern, which needs something to limit it: tags, or the beginning of the name. */
static void
add_arn(struct of *o, const struct drift__subject *s, const char *template)
{
	struct drift__view v = {s, s->after != NULL && s->planned ? s->after : s->attributes, 'R'};
	struct drift__filled filled;
	const char *text, *name;

	if (s->arn != NULL) {
		text = drift__arn_fits(template, s->arn) ? drift__iam_literal(o->mk, s->arn) : NULL;
		if (text != NULL)
			drift__found_add(o->mk, o->found, text, NULL);
		return;
	}
	if (!drift__template_names(o->mk, template, s->type))
		return;
	text = drift__fill(o->mk, &v, template, true, true, &filled);
	if (text == NULL)
		return;
	name = strrchr(text, '/') != NULL ? strrchr(text, '/') : strrchr(text, ':');
	if (filled.open == 0 || strcmp(name + 1, "*") != 0)
		drift__found_add(o->mk, o->found, text, NULL);
	else if (s->planned && drift_value_size(s->tags) > 0 && o->mk->resource_tags[0] != '\0' && drift__condition_taken(o->row, "ResourceTag"))
		drift__found_add(o->mk, o->found, text, o->mk->resource_tags);
	else
		*o->open = true;
}

/* What only a name is known of: the table `names` says which names are not ids, and what limits the pattern that then stands in their place. */
static void
add_name(struct of *o, const char *template, const char *name)
{
	const struct drift_value *special = drift_value_get(o->mk->iam, "names");
	struct drift__where where = drift__where_of(o->mk, o->v->s);
	const char *open = strrchr(template, '{'), *condition = NULL, *last = name;
	char *filled;

	for (size_t i = 0; i < drift_value_size(special); i++) {
		const struct drift_value *rule = drift_value_at(special, i);
		const char *key = drift__value_gets(rule, "condition");

		if (!drift__glob(drift__value_gets(rule, "name"), name))
			continue;
		if (key == NULL) /* AWS's own, which needs no permission of ours */
			return;
		condition = drift__got(o->mk, drift__arena_printf(o->mk->needs.arena, "{\"ForAnyValue:StringEquals\":{\"%s\":\"%s\"}}", key, name));
		last = "*";
	}
	if (open == NULL || template[strlen(template) - 1] != '}' || strpbrk(name, "\"\\") != NULL)
		return;
	filled = drift__arena_strndup(o->mk->needs.arena, template, (size_t)(open - 1 - template));
	if (drift__got(o->mk, filled) == NULL)
		return;
	filled = drift__arena_printf(o->mk->needs.arena, "%s%s", filled, last == name ? drift__iam_literal(o->mk, name) : last);
	filled = drift__got(o->mk, filled) != NULL ? drift__arn_fill(o->mk->needs.arena, filled, &where, NULL, NULL) : NULL;
	if (drift__got(o->mk, filled) != NULL)
		drift__found_add(o->mk, o->found, filled, condition);
}

static enum drift_status follow(struct of *o, const struct drift_value *attributes, const struct drift__subject *s,
	const struct drift_value *path, size_t step);

/* One value at the end of a path, or between two steps of it. It may be the name of something that nobody knows; an address is never one. */
static enum drift_status
use_value(struct of *o, const char *text, bool may_be_name, const struct drift_value *path, size_t step)
{
	size_t first, n = drift__subjects_named(&o->mk->subjects, text, &first), before = o->found->n;
	bool last = drift_value_kind(path) != DRIFT_LIST || step + 1 == drift_value_size(path);
	enum drift_status st = DRIFT_OK;

	if (text[0] == '\0')
		return DRIFT_OK;
	for (size_t t = 0; last && t < drift_value_size(o->templates); t++) {
		const char *template = drift__value_str(drift_value_at(o->templates, t));

		if (strncmp(text, "arn:", 4) == 0 && drift__arn_fits(template, text))
			drift__found_add(o->mk, o->found, drift__iam_literal(o->mk, text), NULL);
	}
	for (size_t i = 0; i < n && st == DRIFT_OK && o->found->n == before; i++) {
		const struct drift__subject *s = &o->mk->subjects.list[o->mk->subjects.keys[first + i].subject];

		if (!last) {
			st = follow(o, s->attributes, s, path, step + 1);
			continue;
		}
		for (size_t t = 0; t < drift_value_size(o->templates); t++)
			add_arn(o, s, drift__value_str(drift_value_at(o->templates, t)));
	}
	if (last && may_be_name && st == DRIFT_OK && o->found->n == before && strncmp(text, "arn:", 4) != 0)
		add_name(o, drift__value_str(drift_value_at(o->templates, 0)), text);
	return st;
}

void
drift__resolve_unknown(struct drift__policy_maker *mk, const struct drift__view *v, const char *expression, struct drift__list_builder *out)
{
	struct drift__targets targets = {.n = 0};

	if (!drift__find_targets(mk, v->s, expression, &targets))
		return;
	for (size_t i = 0; i < targets.n; i++) {
		size_t first, n = drift__subjects_named(&mk->subjects, mk->plan->list[targets.list[i].planned].address, &first);
		const char *arn = n > 0 && drift__is_target(&targets, i) ? drift__future_arn(mk, &mk->subjects.list[mk->subjects.keys[first].subject], NULL) : NULL;

		if (arn != NULL)
			drift__list_add(out, drift__value_string(mk->needs.arena, arn));
	}
}

/* False when the configuration says nothing of the attribute that makes the expression unknown. */
static bool
is_given(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression)
{
	const struct drift_value *expressions = s->create != NULL ? drift_value_get(s->create->config, "expressions") : NULL;
	const char *attribute = drift__unknown_attribute(mk, s, expression);

	return expressions == NULL || attribute == NULL || drift_value_get(expressions, attribute) != NULL;
}

static enum drift_status
use_unknown(struct of *o, const struct drift__subject *s, const char *expression, const struct drift_value *path, size_t step)
{
	struct drift__targets targets = {.n = 0};
	enum drift_status st = DRIFT_OK;

	if (!drift__find_targets(o->mk, s, expression, &targets))
		return drift__nomem(o->err);
	for (size_t i = 0; i < targets.n && st == DRIFT_OK; i++) {
		if (drift__is_target(&targets, i))
			st = use_value(o, o->mk->plan->list[targets.list[i].planned].address, false, path, step);
	}
	/* what the configuration does not give AWS makes up itself: nothing of the caller's */
	*o->open = *o->open || ((targets.n == 0 || targets.open) && is_given(o->mk, s, expression));
	return st;
}

static enum drift_status
each_text(struct of *o, const struct drift__subject *s, const struct drift_value *v, const char *expression, const struct drift_value *path,
	size_t step)
{
	const char *text = drift__value_str(v);
	enum drift_status st = DRIFT_OK;

	if (text != NULL)
		return strcmp(text, DRIFT__UNKNOWN) == 0 ? use_unknown(o, s, expression, path, step) : use_value(o, text, true, path, step);
	for (size_t i = 0; drift_value_kind(v) == DRIFT_LIST && i < drift_value_size(v) && st == DRIFT_OK; i++)
		st = each_text(o, s, drift_value_at(v, i), expression, path, step);
	return st;
}

/* path: an expression, or a list of them: what the first one gives names a subject, whose attributes the second one reads, and so on. */
static enum drift_status
follow(struct of *o, const struct drift_value *attributes, const struct drift__subject *s, const struct drift_value *path, size_t step)
{
	const char *expression = drift__value_str(drift_value_kind(path) == DRIFT_LIST ? drift_value_at(path, step) : path);
	const struct drift_value *v = NULL;
	enum drift_status st;

	if (expression == NULL)
		return DRIFT_OK;
	st = drift__policy_eval(o->mk, expression, attributes, &v, o->err);
	return st == DRIFT_OK ? each_text(o, s, v, expression, path, step) : st;
}

enum drift_status
drift__resolve_of(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row, struct drift__found *f, bool *open,
	struct drift_error *err)
{
	const struct drift_value *of = drift_value_get(row, "of");
	struct of o = {mk, v, row, drift_value_get(row, "resources"), f, open, err};
	enum drift_status st = DRIFT_OK;

	for (size_t i = 0; i < drift_value_size(of) && st == DRIFT_OK; i++)
		st = follow(&o, v->attributes, v->s, drift_value_at(of, i), 0);
	f->known = true;
	return st;
}
