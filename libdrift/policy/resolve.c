/* One template of a row -> the ARNs that are meant: the subject's own, else those that its attributes hold, else those of what it refers to, else the
 * template filled from its attributes by name; what stays unknown becomes `*`. */
#include "policy/condition.h"
#include "policy/resolve_parts.h"

#include <string.h>

enum { WALK_DEPTH_MAX = 24 };

void
drift__found_add(struct drift__policy_maker *mk, struct drift__found *f, const char *arn, const char *condition)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->list[i].text, arn) == 0 && drift__streq(f->list[i].condition, condition))
			return;
	}
	if (f->n == f->cap) {
		size_t cap = f->cap > 0 ? f->cap * 2 : 8;
		struct drift__arn *grown = drift__arena_alloc(mk->needs.arena, cap * sizeof(*grown));

		if (drift__got(mk, grown) == NULL)
			return;
		if (f->n > 0)
			memcpy(grown, f->list, f->n * sizeof(*grown));
		f->list = grown;
		f->cap = cap;
	}
	f->list[f->n++] = (struct drift__arn){arn, condition, NULL};
}

/* ---- what is not there yet ---- */

/* True when creating the subject makes what the template names: it stands alone in the creating call, which puts tags on it. */
static bool
is_made(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template)
{
	const struct drift_value *rows = drift__policy_rows(mk, s);

	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *row = drift_value_at(rows, i), *templates = drift_value_get(row, "resources");
		const char *phases = drift__value_gets(row, "phases");

		if (drift_value_size(templates) == 1 && drift__streq(drift__value_str(drift_value_at(templates, 0)), template) && phases != NULL &&
		    strchr(phases, 'C') != NULL && strpbrk(phases, "LR") == NULL && drift__condition_taken(row, "RequestTag"))
			return true;
	}
	return false;
}

const char *
drift__future_arn(struct drift__policy_maker *mk, const struct drift__subject *s, const char *wanted)
{
	struct drift__view v = {s, s->attributes, 'R'};
	const struct drift_value *rows = drift__policy_rows(mk, s);
	struct drift__filled filled;

	if (s->arn != NULL)
		return drift__iam_literal(mk, s->arn);
	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *templates = drift_value_get(drift_value_at(rows, i), "resources");

		for (size_t t = 0; t < drift_value_size(templates); t++) {
			const char *template = wanted != NULL && drift__template_names(mk, wanted, s->type) ? wanted : drift__value_str(drift_value_at(templates, t));

			if (drift__template_names(mk, template, s->type))
				return drift__fill(mk, &v, template, true, true, &filled);
		}
	}
	return wanted != NULL && (is_made(mk, s, wanted) || drift__form_of(mk, s, wanted) == DRIFT__ITS_FORM) ? drift__fill(mk, &v, wanted, true, true, &filled) : NULL;
}

/* True when the expression names the attribute. */
static bool
names_attribute(const char *expression, const char *attribute, size_t n)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	for (const char *at = expression; (at = strchr(at, attribute[0])) != NULL; at++) {
		if (strncmp(at, attribute, n) == 0 && (at == expression || strchr(word, at[-1]) == NULL) && (at[n] == '\0' || strchr(word, at[n]) == NULL))
			return true;
	}
	return false;
}

const char *
drift__unknown_attribute(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression)
{
	size_t first = strcspn(expression, ".[|( }"), n;

	for (size_t i = 0; expression[first] == ' ' && i < drift_value_size(s->attributes); i++) { /* "type == 'SecureString' && key_id" */
		const char *key = drift_value_key(s->attributes, i, &n);

		if (drift__streq(drift__value_str(drift_value_at(s->attributes, i)), DRIFT__UNKNOWN) && names_attribute(expression, key, n))
			return drift__got(mk, drift__arena_strndup(mk->needs.arena, key, n));
	}
	return drift__got(mk, drift__arena_strndup(mk->needs.arena, expression, first));
}

/* "launch_template[].id": references stand in the block's own attributes, those of which the expression names. */
static void
find_in_block(struct drift__policy_maker *mk, const struct drift__subject *s, const char *attribute, const char *expression, struct drift__targets *out)
{
	const struct drift_value *blocks = drift_value_get(drift_value_get(s->create->config, "expressions"), attribute), *block = drift_value_at(blocks, 0);

	if (drift_value_kind(blocks) != DRIFT_LIST || drift_value_size(blocks) != 1)
		return;
	for (size_t i = 0; i < drift_value_size(block) && out->n == 0; i++) {
		const char *key = drift_value_key(block, i, NULL);
		char *path = drift__arena_printf(mk->needs.arena, "%s.%s", attribute, key);

		if (drift__got(mk, path) == NULL)
			return;
		if (strstr(expression + strlen(attribute), key) != NULL && drift__plan_targets(mk->plan, s->create, path, out) != DRIFT_OK)
			mk->needs.failed = true;
	}
}

bool
drift__find_targets(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression, struct drift__targets *out)
{
	const char *attribute = drift__unknown_attribute(mk, s, expression);

	if (attribute == NULL)
		return false;
	if (s->create != NULL && drift__plan_targets(mk->plan, s->create, attribute, out) != DRIFT_OK)
		mk->needs.failed = true;
	if (s->create != NULL && out->n == 0 && !mk->needs.failed)
		find_in_block(mk, s, attribute, expression, out);
	return !mk->needs.failed;
}

bool
drift__is_target(const struct drift__targets *targets, size_t i)
{
	bool any = false;

	for (size_t k = 0; k < targets->n; k++)
		any = any || drift__is_same_key(targets, k);
	return drift__is_same_key(targets, i) || !any; /* "private[count.index % 2]": one of these, not known which */
}

/* ---- ARNs in the attributes, and of what they refer to ---- */

static void
walk_arns(struct drift__policy_maker *mk, const struct drift_value *v, const char *template, struct drift__found *f, int depth)
{
	const char *text = drift__value_str(v);

	if (depth > WALK_DEPTH_MAX)
		return;
	if (text != NULL) {
		if (strncmp(text, "arn:", 4) == 0 && drift__arn_fits(template, text))
			drift__found_add(mk, f, drift__iam_literal(mk, text), NULL);
		return;
	}
	if (drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP)
		return;
	for (size_t i = 0; i < drift_value_size(v); i++)
		walk_arns(mk, drift_value_at(v, i), template, f, depth + 1);
}

/* The ARN of a subject, or the one that it will have. */
static void
add_subject(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, struct drift__found *f)
{
	const char *arn = s->arn != NULL ? s->arn : s->planned ? drift__future_arn(mk, s, template) : NULL, *name = arn;

	if (arn == NULL || !drift__arn_fits(template, arn))
		return;
	for (int i = 0; i < 5 && name != NULL; i++) /* a region that is not known leaves no room for others' objects of that name */
		name = strchr(name, ':') != NULL ? strchr(name, ':') + 1 : NULL;
	if (s->arn != NULL)
		drift__found_add(mk, f, drift__iam_literal(mk, arn), NULL);
	else /* what is made along with it carries our tags */
		drift__found_add(mk, f, arn, name != NULL && drift__iam_is_pattern(name) && drift_value_size(s->tags) > 0 ? mk->resource_tags : "");
}

static void
target_arns(struct drift__policy_maker *mk, const struct drift_value *rule, const char *text, const char *template, struct drift__found *f)
{
	const char *target = drift__value_str(rule);
	size_t n = target != NULL ? strcspn(target, ".") : 0, first, count;

	for (size_t i = 0; target == NULL && i < drift_value_size(rule); i++)
		target_arns(mk, drift_value_at(rule, i), text, template, f);
	count = target != NULL ? drift__subjects_named(&mk->subjects, text, &first) : 0;
	for (size_t i = 0; i < count; i++) {
		const struct drift__subject *s = &mk->subjects.list[mk->subjects.keys[first + i].subject];

		if (strlen(s->type) == n && memcmp(s->type, target, n) == 0)
			add_subject(mk, s, template, f);
	}
}

/* ARNs of what the subject refers to by id or name. */
static void
walk_references(struct drift__policy_maker *mk, const struct drift_value *v, const char *path, const struct drift_value *rule,
	const char *template, struct drift__found *f, int depth)
{
	if (v == NULL || depth > WALK_DEPTH_MAX)
		return;
	if (drift_value_kind(v) == DRIFT_LIST) {
		for (size_t i = 0; i < drift_value_size(v); i++)
			walk_references(mk, drift_value_at(v, i), path, rule, template, f, depth + 1);
	} else if (drift_value_kind(v) == DRIFT_STRING) {
		if (path[0] == '\0' && drift__value_str(v)[0] != '\0')
			target_arns(mk, rule, drift__value_str(v), template, f);
	} else if (path[0] != '\0') {
		size_t n = strcspn(path, ".");

		for (size_t i = 0; i < drift_value_size(v); i++) {
			size_t len;
			const char *key = drift_value_key(v, i, &len);

			if (key != NULL && len == n && memcmp(key, path, n) == 0)
				walk_references(mk, drift_value_at(v, i), path[n] == '.' ? path + n + 1 : path + n, rule, template, f, depth + 1);
		}
	}
}

/* True when somebody gives the attribute its value, not AWS. */
static bool
is_configured(const struct drift_value *schema, const char *attribute)
{
	const char *flags = drift__value_str(drift_value_at(drift_value_get(schema, attribute), 1));

	return flags != NULL && strpbrk(flags, "RO") != NULL && strchr(flags, 'C') == NULL;
}

/* What of a generated id is known before it is given: all of it when an attribute says it, its beginning when that is the name (and a separator). */
static size_t
known_length(struct drift__policy_maker *mk, const struct drift__subject *s, const char *value, size_t n)
{
	const struct drift_value *schema = drift_value_get(drift__policy_entry(mk, s->type), "schema");
	const char *name = s->name != NULL ? s->name : drift__value_gets(s->attributes, "name");
	size_t n_name = name != NULL ? strlen(name) : 0;

	for (size_t i = 0; i < drift_value_size(s->attributes); i++) {
		const char *text = drift__value_str(drift_value_at(s->attributes, i));

		if (text != NULL && strlen(text) == n && memcmp(text, value, n) == 0 && is_configured(schema, drift_value_key(s->attributes, i, NULL)))
			return n;
	}
	return n_name > 0 && n_name < n && memcmp(value, name, n_name) == 0 ? n_name + 1 : n_name == n && memcmp(value, name, n) == 0 ? n : 0;
}

/* At creation AWS has not given the ids yet: their places become `*`. */
static const char *
before_creation(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, const char *arn)
{
	struct drift__arn_part parts[DRIFT__ARN_PARTS_MAX];
	size_t n = drift__arn_parts(template, arn, parts);
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	const char *at = arn;
	char *out, *piece;

	for (size_t i = 0; i < n; i++) {
		size_t known = drift__name_is_generated(parts[i].variable, parts[i].n_variable) ? known_length(mk, s, parts[i].value, parts[i].n_value) : parts[i].n_value;

		piece = drift__arena_strndup(mk->needs.arena, at, (size_t)(parts[i].value + known - at));
		if (drift__got(mk, piece) != NULL)
			drift__buf_adds(&b, drift__iam_literal(mk, piece));
		if (known < parts[i].n_value)
			drift__buf_addc(&b, '*');
		at = parts[i].value + parts[i].n_value;
	}
	drift__buf_adds(&b, drift__iam_literal(mk, at));
	out = b.status == DRIFT_OK ? drift__arena_strdup(mk->needs.arena, b.data) : NULL;
	drift__buf_dispose(&b);
	return drift__got(mk, out);
}

/* `arn` of a setting or a version is that of the object it belongs to, which is there before it. */
static bool
is_of_another(struct drift__policy_maker *mk, const struct drift__subject *s)
{
	const struct drift_value *refs = drift_value_get(drift__policy_entry(mk, s->type), "references");

	for (size_t i = 0; i < drift_value_size(refs); i++) {
		if (drift__streq(drift__value_gets(s->attributes, drift_value_key(refs, i, NULL)), s->arn))
			return true;
	}
	return false;
}

/* An id that only the apply will tell: the plan says whose it is. */
static void
unknown_reference(struct drift__policy_maker *mk, const struct drift__subject *s, const char *path, const char *template, struct drift__found *f)
{
	struct drift__targets targets = {.n = 0};

	if (!drift__find_targets(mk, s, path, &targets))
		return;
	for (size_t i = 0; i < targets.n; i++) {
		size_t first, n = drift__subjects_named(&mk->subjects, mk->plan->list[targets.list[i].planned].address, &first);

		if (n > 0 && drift__is_target(&targets, i))
			add_subject(mk, &mk->subjects.list[mk->subjects.keys[first].subject], template, f);
	}
}

/* True when the attribute that the path begins with, or a part of it, is known only after apply. */
static bool
is_partly_unknown(const struct drift__view *v, const char *path)
{
	size_t n = strcspn(path, "."), len;
	const struct drift_value *unknown = v->s->create != NULL && v->s->planned ? v->s->create->unknown : NULL;

	for (size_t i = 0; i < drift_value_size(unknown); i++) {
		const char *key = drift_value_key(unknown, i, &len);

		if (len == n && memcmp(key, path, n) == 0)
			return drift__is_unknown(drift_value_at(unknown, i));
	}
	return drift__streq(drift__value_gets(v->attributes, path), DRIFT__UNKNOWN);
}

void
drift__resolve_template(struct drift__policy_maker *mk, const struct drift__view *v, const char *template, struct drift__found *f)
{
	const struct drift__subject *s = v->s;
	const struct drift_value *refs = drift_value_get(drift__policy_entry(mk, s->type), "references");
	struct drift__filled filled;
	size_t before = f->n;
	const char *text;
	bool own;

	f->known = true;
	f->own = false;
	if (strstr(template, "${") == NULL) {
		drift__found_add(mk, f, template, NULL);
		return;
	}
	if (s->arn != NULL && drift__arn_fits(template, s->arn)) {
		text = v->phase == 'C' && !is_of_another(mk, s) ? before_creation(mk, s, template, s->arn) : drift__iam_literal(mk, s->arn);
		if (text != NULL)
			drift__found_add(mk, f, text, NULL);
		f->own = true;
		return;
	}
	walk_arns(mk, v->attributes, template, f, 0);
	for (size_t i = 0; i < drift_value_size(refs); i++)
		walk_references(mk, v->attributes, drift_value_key(refs, i, NULL), drift_value_at(refs, i), template, f, 0);
	for (size_t i = 0; !drift__template_names(mk, template, s->type) && i < drift_value_size(refs); i++) {
		const char *path = drift_value_key(refs, i, NULL);

		/* also what has a known name, but no other: what it refers to is made in the same run */
		if (is_partly_unknown(v, path) || (s->planned && f->n == before))
			unknown_reference(mk, s, path, template, f);
	}
	for (size_t i = before, n = f->n; i < n && s->arn != NULL; i++) { /* a subscription of a topic, an alias of a function */
		size_t len = strlen(f->list[i].text);

		if (strncmp(s->arn, f->list[i].text, len) == 0 && s->arn[len] == ':')
			drift__found_add(mk, f, drift__iam_literal(mk, s->arn), NULL);
	}
	if (f->n > before)
		return;
	own = drift__template_names(mk, template, s->type) || (s->planned && (is_made(mk, s, template) || drift__form_of(mk, s, template) == DRIFT__ITS_FORM));
	text = drift__fill(mk, v, template, own, v->phase != 'C', &filled);
	if (text != NULL)
		drift__found_add(mk, f, text, NULL);
	f->known = filled.filled > 0 || filled.open == 0 || own;
}
