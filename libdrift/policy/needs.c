/* iam rows of the catalogue, one subject at a time -> needs with full ARNs.
 *
 * A template of a row is filled from the subject's own ARN, else from the ARNs that its attributes hold, else from the ARNs of what it refers to,
 * else from its attributes by name; what stays unknown becomes `*`. Roles that are passed are never guessed: without an ARN there is no need. */
#include "policy/needs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FOUND_MAX = 64, WALK_DEPTH_MAX = 24 };

struct found {
	const char *list[FOUND_MAX];
	size_t n;
};

static void
found_add(struct found *f, const char *arn)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->list[i], arn) == 0)
			return;
	}
	if (f->n < FOUND_MAX)
		f->list[f->n++] = arn;
}

static void
walk_arns(const struct drift_value *v, const char *template, struct found *f, int depth)
{
	const char *text = drift__value_str(v);

	if (depth > WALK_DEPTH_MAX)
		return;
	if (text != NULL) {
		if (strncmp(text, "arn:", 4) == 0 && drift__arn_fits(template, text))
			found_add(f, text);
		return;
	}
	if (drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP)
		return;
	for (size_t i = 0; i < drift_value_size(v); i++)
		walk_arns(drift_value_at(v, i), template, f, depth + 1);
}

static bool
is_subject(const struct drift__subject *s, const char *text)
{
	return drift__streq(s->id, text) || drift__streq(s->name, text) || drift__streq(s->arn, text) ||
		drift__streq(drift__value_gets(s->attributes, "name"), text);
}

static void
target_arns(const struct drift__policy_maker *mk, const struct drift_value *rule, const char *text, const char *template, struct found *f)
{
	const char *target = drift__value_str(rule);
	size_t n = target != NULL ? strcspn(target, ".") : 0;

	for (size_t i = 0; target == NULL && i < drift_value_size(rule); i++)
		target_arns(mk, drift_value_at(rule, i), text, template, f);
	for (size_t i = 0; target != NULL && i < mk->subjects.n; i++) {
		const struct drift__subject *s = &mk->subjects.list[i];

		if (strlen(s->type) == n && memcmp(s->type, target, n) == 0 && s->arn != NULL && is_subject(s, text) &&
		    drift__arn_fits(template, s->arn))
			found_add(f, s->arn);
	}
}

/* ARNs of what the subject refers to by id or name. */
static void
walk_references(const struct drift__policy_maker *mk, const struct drift_value *v, const char *path, const struct drift_value *rule,
	const char *template, struct found *f, int depth)
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

/* ---- filling a template from attributes ---- */

struct filler {
	const struct drift__policy_maker *mk;
	const struct drift__subject *s;
};

static const char *
fill_from_attributes(void *ctx, const char *variable)
{
	const struct filler *f = ctx;
	const char **names = drift__arn_attribute_names(f->mk->needs.arena, variable);

	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		const char *value = drift__value_gets(f->s->attributes, names[i]);

		/* an attribute may hold the ARN of what the variable names */
		if (value != NULL && value[0] != '\0' && strncmp(value, "arn:", 4) != 0 && strpbrk(value, "*?") == NULL)
			return value[0] == '/' ? value + 1 : value;
	}
	return NULL;
}

static bool
generated(const char *variable, size_t n)
{
	return (n >= 2 && memcmp(variable + n - 2, "Id", 2) == 0) || (n >= 10 && memcmp(variable + n - 10, "Identifier", 10) == 0);
}

/* At creation AWS does not know the id yet: its place becomes `*`, and a name that the id begins with stays. */
static const char *
before_creation(const struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, const char *arn)
{
	const char *open = strrchr(template, '{'), *name = s->name != NULL ? s->name : drift__value_gets(s->attributes, "name");
	const char *close = open != NULL ? strchr(open, '}') : NULL;
	const char *tail;
	size_t keep;

	if (close == NULL || close[1] != '\0' || !generated(open + 1, (size_t)(close - open) - 1))
		return arn;
	tail = strrchr(arn, '/');
	if (tail == NULL || strrchr(arn, ':') > tail)
		tail = strrchr(arn, ':');
	keep = (size_t)(tail - arn) + 1;
	if (name != NULL && name[0] != '\0' && strstr(arn, name) != NULL)
		return drift__arena_printf(mk->needs.arena, "%.*s%s-*", (int)(strstr(arn, name) - arn), arn, name);
	return drift__arena_printf(mk->needs.arena, "%.*s*", (int)keep, arn);
}

static void
resolve(const struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, char phase, bool pass, struct found *f)
{
	const struct drift_value *refs = drift_value_get(mk->facts->entry(mk->facts->ctx, s->type), "references");
	struct drift__where where = mk->where;
	struct filler filler = {mk, s};
	const char *text;

	if (strchr(template, '$') == NULL) {
		found_add(f, template);
		return;
	}
	if (s->arn != NULL && drift__arn_fits(template, s->arn) && !pass) {
		found_add(f, phase == 'C' ? before_creation(mk, s, template, s->arn) : s->arn);
		return;
	}
	walk_arns(s->attributes, template, f, 0);
	for (size_t i = 0; i < drift_value_size(refs); i++)
		walk_references(mk, s->attributes, drift_value_key(refs, i, NULL), drift_value_at(refs, i), template, f, 0);
	if (f->n > 0 || pass)
		return;
	if (s->region != NULL)
		where.region = s->region;
	text = drift__arn_fill(mk->needs.arena, template, &where, fill_from_attributes, &filler);
	if (text != NULL)
		found_add(f, text);
}

/* ---- rows ---- */

/* Whether the row's attribute is used: `when` names one (or a list of them); a value counts unless it is empty or false. */
static bool
is_used(const struct drift__subject *s, const struct drift_value *when)
{
	const char *name = drift__value_str(when);

	if (when == NULL || drift_value_kind(when) == DRIFT_NULL)
		return true;
	if (name != NULL) {
		const struct drift_value *v = drift_value_get(s->attributes, name);

		return !drift__value_is_empty(v) && !(drift_value_kind(v) == DRIFT_BOOL && !drift_value_bool(v));
	}
	for (size_t i = 0; i < drift_value_size(when); i++) {
		if (is_used(s, drift_value_at(when, i)))
			return true;
	}
	return false;
}

/* The phase of the subject that asks for the row, 0 = none. Reading wants what is on every path; a change may take any. */
static char
wanted_phase(const struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row)
{
	const char *phases = drift__value_gets(row, "phases");
	bool sometimes = drift_value_get(row, "when") != NULL;

	for (const char *p = s->phases; phases != NULL && *p != '\0'; p++) {
		if (strchr(phases, *p) != NULL)
			return *p;
		if (strchr(phases, tolower((unsigned char)*p)) != NULL && (sometimes || (*p != 'R' && mk->opt->mode == DRIFT_POLICY_APPLY)))
			return *p;
	}
	return 0;
}

/* "key=value" conditions, plus the tags that every create carries where the id is not known yet. */
static const char *
condition_of(const struct drift__policy_maker *mk, const struct drift_value *row, const char *service, bool tags)
{
	struct drift__arena *a = mk->needs.arena;
	const struct drift_value *list = drift_value_get(row, "conditions");
	struct drift__map_builder equals, top;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	const char *out = "";

	drift__map_init(&equals, a);
	drift__map_init(&top, a);
	for (size_t i = 0; i < drift_value_size(list); i++) {
		const char *text = drift__value_str(drift_value_at(list, i)), *eq = text != NULL ? strchr(text, '=') : NULL;

		if (eq != NULL)
			drift__map_putn(&equals, text, (size_t)(eq - text), drift__value_string(a, eq + 1));
		else if (drift__streq(text, "iam:PassedToService") && service != NULL)
			drift__map_puts(&equals, text, drift__arena_printf(a, "%s.amazonaws.com", service));
	}
	if (tags && mk->tag_condition[0] != '\0' && equals.len == 0) {
		drift__map_dispose(&equals);
		drift__map_dispose(&top);
		return mk->tag_condition;
	}
	if (equals.len > 0) {
		drift__map_put(&top, "StringEquals", drift__map_finish(&equals));
		drift__json_write(&b, drift__map_finish(&top), 0, true);
		out = b.data != NULL ? drift__arena_strdup(a, b.data) : "";
	} else {
		drift__map_dispose(&equals);
		drift__map_dispose(&top);
	}
	drift__buf_dispose(&b);
	return out != NULL ? out : "";
}

static bool
takes(const struct drift_value *row, const char *condition)
{
	const struct drift_value *list = drift_value_get(row, "conditions");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		if (drift__streq(drift__value_str(drift_value_at(list, i)), condition))
			return true;
	}
	return false;
}

static const char *
service_prefix(const struct drift__policy_maker *mk, const struct drift_value *rows)
{
	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const char *action = drift__value_gets(drift_value_at(rows, i), "action");

		if (action != NULL && !drift__ends(action, ":PassRole"))
			return drift__arena_strndup(mk->needs.arena, action, strcspn(action, ":"));
	}
	return NULL;
}

static void
add_row(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row, char phase, const char *service)
{
	const struct drift_value *templates = drift_value_get(row, "resources");
	struct drift__need need = {.action = drift__value_gets(row, "action"), .address = s->address, .type = s->type, .phase = phase,
		.why = drift__value_gets(row, "note")};
	const struct drift_value *pass_rule = drift_value_get(row, "pass_role");
	bool pass = need.action != NULL && drift__ends(need.action, ":PassRole");
	struct found f = {.n = 0};

	if (need.action == NULL)
		return;
	/* what reading needs as well is a read, whatever phase asks for it */
	need.write = strpbrk(drift__value_gets(row, "phases"), "LlRr") == NULL;
	if (pass && drift__value_gets(pass_rule, "attribute") != NULL) {
		const struct drift_value *only = drift__value_gets(pass_rule, "attribute") != NULL ?
			drift_value_get(s->attributes, drift__value_gets(pass_rule, "attribute")) : NULL;

		for (size_t i = 0; i < drift_value_size(templates); i++)
			walk_arns(only, drift__value_str(drift_value_at(templates, i)), &f, 0);
	} else {
		for (size_t i = 0; i < drift_value_size(templates); i++) {
			const char *template = drift__value_str(drift_value_at(templates, i));

			if (template != NULL)
				resolve(mk, s, template, phase, pass, &f);
		}
	}
	for (size_t i = 0; i < f.n; i++) {
		bool open = f.list[i][0] != '*' && strchr(f.list[i], '*') != NULL;

		if (pass && strstr(f.list[i], ":role/aws-service-role/") != NULL)
			continue;
		need.resource = f.list[i];
		need.condition = condition_of(mk, row, service, phase == 'C' && open && takes(row, "RequestTag") && drift_value_size(s->tags) > 0);
		drift__needs_add(&mk->needs, &need);
	}
}

enum drift_status
drift__needs_of_subjects(struct drift__policy_maker *mk, struct drift_error *err)
{
	for (size_t i = 0; i < mk->subjects.n; i++) {
		const struct drift__subject *s = &mk->subjects.list[i];
		const struct drift_value *entry = mk->facts->entry(mk->facts->ctx, s->type), *rows = drift_value_get(entry, "iam");
		const char *service = service_prefix(mk, rows);

		if (entry == NULL && (i == 0 || strcmp(mk->subjects.list[i - 1].type, s->type) != 0))
			drift__list_add(&mk->warnings, drift__value_string(mk->needs.arena,
				drift__arena_printf(mk->needs.arena, "%s: the catalogue does not know the type, so the policy lacks its actions", s->type)));
		for (size_t k = 0; k < drift_value_size(rows); k++) {
			const struct drift_value *row = drift_value_at(rows, k);

			for (const char *p = s->phases; *p != '\0'; p++) {
				struct drift__subject only = *s;
				char phase, one[2] = {*p, '\0'};

				only.phases = one;
				phase = wanted_phase(mk, &only, row);
				if (phase != 0 && is_used(s, drift_value_get(row, "when")))
					add_row(mk, s, row, phase, service);
			}
		}
	}
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}
