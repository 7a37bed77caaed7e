/* iam rows of the catalogue, one subject at a time -> needs with full ARNs. Roles that are passed are never guessed: without an ARN there is no
 * need. */
#include "policy/resolve.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *part, *suffix;
} suffixes[] = {
#define DRIFT__SUFFIX(part, suffix) {part, suffix},
#include "policy/quirks.def"
};
static const struct {
	const char *part, *condition;
} unknowns[] = {
#define DRIFT__UNKNOWN(part, condition) {part, condition},
#include "policy/quirks.def"
};

/* Holds a star that is one. */
static bool
is_open(const char *pattern)
{
	for (const char *p = strchr(pattern, '*'); p != NULL; p = strchr(p + 1, '*')) {
		if (p < pattern + 2 || p[-1] != '{' || p[-2] != '$')
			return true;
	}
	return false;
}

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

/* An action that serves a deprecated attribute ("s3:PutBucketPolicy" and `policy` of the bucket): another type has taken it over. */
static bool
is_superseded(const struct drift_value *schema, const char *action)
{
	for (size_t i = 0; i < drift_value_size(schema); i++) {
		const char *name = drift_value_key(schema, i, NULL), *flags = drift__value_str(drift_value_at(drift_value_at(schema, i), 1));
		char word[64];
		size_t n = 0;
		bool upper = true;

		if (flags == NULL || strchr(flags, 'D') == NULL || strlen(name) >= sizeof(word))
			continue;
		for (const char *p = name; *p != '\0'; p++) {
			if (*p != '_')
				word[n++] = upper ? (char)toupper((unsigned char)*p) : *p;
			upper = *p == '_';
		}
		word[n] = '\0';
		if (n >= 3 && drift__ends(action, word))
			return true;
	}
	return false;
}

/* The phase of the subject that asks for the row, 0 = none. Reading wants what is on every path; a change may take any. */
static char
wanted_phase(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row)
{
	const struct drift_value *schema = drift_value_get(mk->facts->entry(mk->facts->ctx, s->type), "schema");
	const char *phases = drift__value_gets(row, "phases");
	bool sometimes = drift_value_get(row, "when") != NULL;

	for (const char *p = s->phases; phases != NULL && *p != '\0'; p++) {
		if (strchr(phases, *p) != NULL)
			return *p;
		if (strchr(phases, tolower((unsigned char)*p)) != NULL && !is_superseded(schema, drift__value_gets(row, "action")) && (sometimes || (*p != 'R' && mk->opt->mode == DRIFT_POLICY_APPLY)))
			return *p;
	}
	return 0;
}

/* "key=value" conditions, plus the tags that every create carries where the id is not known yet. */
static const char *
condition_of(struct drift__policy_maker *mk, const struct drift_value *row, const char *service, const char *tags)
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
			drift__map_puts(&equals, text, drift__got(mk, drift__arena_printf(a, "%s.amazonaws.com", service)));
	}
	mk->needs.failed = mk->needs.failed || equals.failed;
	if (tags[0] != '\0' && equals.len == 0) {
		drift__map_dispose(&equals);
		drift__map_dispose(&top);
		return tags;
	}
	if (equals.len > 0) {
		drift__map_put(&top, "StringEquals", drift__got(mk, drift__map_finish(&equals)));
		drift__json_write(&b, drift__got(mk, drift__map_finish(&top)), 0, true);
		out = b.data != NULL && b.status == DRIFT_OK ? drift__arena_strdup(a, b.data) : NULL;
	} else {
		drift__map_dispose(&equals);
		drift__map_dispose(&top);
	}
	drift__buf_dispose(&b);
	return drift__got(mk, out) != NULL ? out : "";
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
service_prefix(struct drift__policy_maker *mk, const struct drift_value *rows)
{
	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const char *action = drift__value_gets(drift_value_at(rows, i), "action");

		if (action != NULL && !drift__ends(action, ":PassRole"))
			return drift__got(mk, drift__arena_strndup(mk->needs.arena, action, strcspn(action, ":")));
	}
	return NULL;
}

/* The note of a row may name the attributes that hold the roles: only those are passed then. */
static const struct drift_value *
passed_attributes(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row)
{
	const char *note = drift__value_gets(row, "note"), *rule = drift__value_gets(drift_value_get(row, "pass_role"), "attribute");
	struct drift__map_builder only;

	drift__map_init(&only, mk->needs.arena);
	for (size_t i = 0; i < drift_value_size(s->attributes); i++) {
		const char *key = drift_value_key(s->attributes, i, NULL), *at = note != NULL ? strstr(note, key) : NULL;
		size_t n = strlen(key);
		bool named = drift__streq(rule, key);

		for (; at != NULL && !named && rule == NULL; at = strstr(at + 1, key))
			named = (at == note || strchr(" (", at[-1]) != NULL) && strchr(" .,)", at[n]) != NULL;
		if (named)
			drift__map_put(&only, key, drift_value_at(s->attributes, i));
	}
	mk->needs.failed = mk->needs.failed || only.failed;
	if (only.len > 0)
		return drift__got(mk, drift__map_finish(&only));
	drift__map_dispose(&only);
	return s->attributes;
}

/* The ARNs of one row, template by template. What a row needs only sometimes, of an object that the subject does not name, is not used. */
static void
gather(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row, char phase, bool pass, bool sometimes,
	struct drift__found *out)
{
	const struct drift_value *templates = drift_value_get(row, "resources");
	struct drift__subject passing = *s;
	bool any_known = false;

	if (pass)
		passing.attributes = passed_attributes(mk, s, row);
	for (int keep_unknown = 0; keep_unknown < 2; keep_unknown++) {
		for (size_t i = 0; i < drift_value_size(templates); i++) {
			const char *template = drift__value_str(drift_value_at(templates, i));
			struct drift__found one = {.n = 0};

			if (template == NULL)
				continue;
			drift__resolve_template(mk, pass ? &passing : s, template, phase, pass, &one);
			if (!one.known && !keep_unknown)
				continue;
			any_known = any_known || (one.known && one.n > 0);
			for (size_t k = 0; k < one.n; k++)
				drift__found_add(out, one.list[k]);
		}
		if (any_known || sometimes)
			return;
	}
}

static void
add_need(struct drift__policy_maker *mk, struct drift__need *need)
{
	const char *resource = need->resource;

	drift__needs_add(&mk->needs, need);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (strstr(resource, suffixes[i].part) == NULL || drift__ends(resource, suffixes[i].suffix))
			continue;
		need->resource = drift__arena_printf(mk->needs.arena, "%s%s", resource, suffixes[i].suffix);
		if (drift__got(mk, need->resource) != NULL)
			drift__needs_add(&mk->needs, need);
		need->resource = resource;
	}
}

/* Where the id of what is created is not known, its tags say that it is ours: those of the request, and those of the new object where the service
 * tags it in the same call. */
static const char *
tags_at_creation(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row)
{
	const struct drift_value *rows = drift_value_get(mk->facts->entry(mk->facts->ctx, s->type), "iam");

	if (drift_value_size(s->tags) == 0)
		return "";
	if (takes(row, "RequestTag"))
		return mk->request_tags;
	for (size_t i = 0; takes(row, "ResourceTag") && i < drift_value_size(rows); i++) {
		const struct drift_value *other = drift_value_at(rows, i);
		const char *phases = drift__value_gets(other, "phases"), *action = drift__value_gets(other, "action");

		if (phases != NULL && strcmp(phases, "C") == 0 && action != NULL && strstr(action, ":Create") != NULL && takes(other, "RequestTag"))
			return mk->resource_tags;
	}
	return "";
}

static void
add_row(struct drift__policy_maker *mk, const struct drift__subject *s, const struct drift_value *row, char phase, const char *service)
{
	struct drift__need need = {.action = drift__value_gets(row, "action"), .address = s->address, .type = s->type, .phase = phase,
		.why = drift__value_gets(row, "note")};
	bool pass = need.action != NULL && drift__ends(need.action, ":PassRole");
	struct drift__found f = {.n = 0};

	if (need.action == NULL)
		return;
	/* what reading needs as well is a read, whatever phase asks for it */
	need.write = strpbrk(drift__value_gets(row, "phases"), "LlRr") == NULL;
	gather(mk, s, row, phase, pass, strchr(drift__value_gets(row, "phases"), phase) == NULL, &f);
	for (size_t i = 0; i < f.n; i++) {
		bool open = f.list[i][0] != '*' && is_open(f.list[i]);

		if (pass && strstr(f.list[i], ":role/aws-service-role/") != NULL)
			continue;
		need.resource = f.list[i];
		need.condition = condition_of(mk, row, service, phase == 'C' && open ? tags_at_creation(mk, s, row) : "");
		for (size_t k = 0; k < sizeof(unknowns) / sizeof(unknowns[0]) && open && need.condition[0] == '\0' && phase != 'C'; k++) {
			if (strstr(need.resource, unknowns[k].part) != NULL && drift__ends(need.resource, "/*"))
				need.condition = unknowns[k].condition;
		}
		add_need(mk, &need);
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
