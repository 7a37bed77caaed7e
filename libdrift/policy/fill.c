/* A template filled from the attributes of its subject, by name; what stays unknown becomes `*`. */
#include "policy/resolve_parts.h"

#include <ctype.h>
#include <string.h>

struct filler {
	struct drift__policy_maker *mk;
	const struct drift__view *v;
	bool own;            /* the template names the subject itself */
	bool has_id;         /* which has its id already */
	const char *template;
	size_t filled, open; /* variables */
};

/* A name that AWS makes up. */
bool
drift__name_is_generated(const char *variable, size_t n)
{
	return (n >= 2 && memcmp(variable + n - 2, "Id", 2) == 0) || (n >= 10 && memcmp(variable + n - 10, "Identifier", 10) == 0);
}

/* Behind the variable come ids alone: it is what the thing itself is called, not what it is part of. */
static bool
is_last_name(const char *template, const char *variable)
{
	const char *at = template != NULL ? strstr(template, variable) : NULL;

	for (at = at != NULL ? strstr(at, "${") : NULL; at != NULL; at = strstr(at + 2, "${")) {
		if (!drift__name_is_generated(at + 2, strcspn(at + 2, "}")))
			return false;
	}
	return true;
}

/* "role/jobs/export": path and name. */
static const char *
behind_path(struct drift__policy_maker *mk, const struct drift_value *attributes, const char *variable, const char *name)
{
	const char *path = drift__value_gets(attributes, "path");

	if (name == NULL || !drift__ends(variable, "WithPath") || path == NULL || path[0] != '/' || path[1] == '\0' || strcmp(path, DRIFT__UNKNOWN) == 0)
		return name;
	path = drift__iam_literal(mk, path + 1);
	return path != NULL ? drift__got(mk, drift__arena_printf(mk->needs.arena, "%s%s", path, name)) : NULL;
}

/* A name that AWS or the provider will complete: "name_prefix" says how it begins. */
static const char *
from_prefix(struct drift__policy_maker *mk, const struct drift_value *attributes, const char *attribute)
{
	const char *key = drift__got(mk, drift__arena_printf(mk->needs.arena, "%s_prefix", attribute));
	const char *prefix = key != NULL ? drift__value_gets(attributes, key) : NULL;

	if (prefix == NULL || prefix[0] == '\0' || strcmp(prefix, DRIFT__UNKNOWN) == 0)
		return NULL;
	prefix = drift__iam_literal(mk, prefix);
	return prefix != NULL ? drift__got(mk, drift__arena_printf(mk->needs.arena, "%s*", prefix)) : NULL;
}

static const char *
usable_name(struct drift__policy_maker *mk, const struct drift_value *attributes, const char *attribute, const char *variable)
{
	const char *value = drift__value_gets(attributes, attribute), *spelled;

	if (drift__streq(value, DRIFT__UNKNOWN))
		return behind_path(mk, attributes, variable, from_prefix(mk, attributes, attribute));
	/* an attribute may hold the ARN of what the variable names */
	if (value == NULL || value[0] == '\0' || strncmp(value, "arn:", 4) == 0)
		return NULL;
	if (strstr(value, "://") != NULL) /* no name in an ARN says how it is reached */
		value = strstr(value, "://") + 3;
	spelled = drift__value_gets(drift_value_get(drift_value_get(mk->iam, "spelled"), variable), value);
	if (spelled != NULL)
		return spelled;
	if (drift__name_is_generated(variable, strlen(variable)) && strchr(value, '/') != NULL) /* no id that AWS makes has a path */
		return NULL;
	return behind_path(mk, attributes, variable, drift__iam_literal(mk, value + (value[0] == '/' && drift__ends(variable, "WithoutLeadingSlash"))));
}

/* Names of attributes that a variable may stand for; `called` of the table iam spells those as types do that AWS spells otherwise. */
static const char *const *
attribute_names(struct drift__policy_maker *mk, const char *variable)
{
	const char *called = drift__value_gets(drift_value_get(mk->iam, "called"), variable);

	return drift__got(mk, drift__arn_attribute_names(mk->needs.arena, called != NULL ? called : variable));
}

/* The name by the attributes that the variable stands for, and by the plan where only the apply will fill them: what they refer to has a name before it
 * has an id. */
static const char *
named_by(struct filler *f, const char *attribute, const char *variable, const char *const *names)
{
	const char *value = usable_name(f->mk, f->v->attributes, attribute, variable);
	struct drift__targets targets = {.n = 0};

	if (value != NULL || f->v->s->create == NULL || !drift__streq(drift__value_gets(f->v->attributes, attribute), DRIFT__UNKNOWN) ||
	    !drift__find_targets(f->mk, f->v->s, attribute, &targets))
		return value;
	for (size_t i = 0; i < targets.n; i++) {
		size_t first, n = drift__subjects_named(&f->mk->subjects, f->mk->plan->list[targets.list[i].planned].address, &first);
		const struct drift__subject *t = n > 0 ? &f->mk->subjects.list[f->mk->subjects.keys[first].subject] : NULL;
		const char *one = NULL;
		bool kind = false;

		for (size_t k = 0; t != NULL && names[k] != NULL && one == NULL; k++) {
			kind = kind || (strlen(names[k]) >= 3 && drift__ends(t->type, names[k]));
			one = usable_name(f->mk, t->attributes, names[k], variable);
		}
		if (kind && one == NULL)
			one = usable_name(f->mk, t->attributes, "name", variable);
		if (!kind || one == NULL || (value != NULL && strcmp(value, one) != 0)) /* one of several: not known which */
			return NULL;
		value = one;
	}
	return value;
}

/* Attributes that a variable goes by although the names differ: `attributes` of the table iam. */
static const char *
named_in_table(struct filler *f, const char *variable, const char *const *candidates)
{
	const struct drift_value *names = drift_value_get(drift_value_get(f->mk->iam, "attributes"), variable);
	const char *value = NULL;

	for (size_t i = 0; i < drift_value_size(names) && value == NULL; i++)
		value = named_by(f, drift__value_str(drift_value_at(names, i)), variable, candidates);
	return value;
}

/* "${UrlEncodedResourceARN}": the resource's own ARN as it stands in a path. */
static const char *
url_encoded(struct drift__policy_maker *mk, const char *arn)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	char *out;

	for (const unsigned char *p = (const unsigned char *)arn; *p != '\0'; p++) {
		if (isalnum(*p) || strchr("-._~", *p) != NULL)
			drift__buf_addc(&b, (char)*p);
		else
			drift__buf_addf(&b, "%%%02X", *p);
	}
	out = b.data != NULL && b.status == DRIFT_OK ? drift__arena_strdup(mk->needs.arena, b.data) : NULL;
	drift__buf_dispose(&b);
	return drift__got(mk, out);
}

/* An id that begins with the name: `endings` of the table iam says what AWS puts behind it. */
static const char *
named_with_ending(struct filler *f, const char *variable)
{
	const char *ending = drift__value_gets(drift_value_get(f->mk->iam, "endings"), variable);
	const char *name = ending != NULL && f->v->s->arn == NULL ? usable_name(f->mk, f->v->attributes, "name", variable + strlen(variable)) : NULL;

	return name != NULL ? drift__got(f->mk, drift__arena_printf(f->mk->needs.arena, "%s%s", name, ending)) : NULL;
}

static const char *
fill_from_attributes(void *ctx, const char *variable)
{
	struct filler *f = ctx;
	const char *const *names = attribute_names(f->mk, variable);
	const char *value = NULL;

	for (size_t i = 0; names != NULL && names[i] != NULL && value == NULL; i++)
		value = named_by(f, names[i], variable, names);
	if (value == NULL && names != NULL)
		value = named_in_table(f, variable, names);
	if (value == NULL && f->own)
		value = named_with_ending(f, variable);
	if (value == NULL && f->v->s->arn != NULL && strncmp(variable, "UrlEncoded", 10) == 0)
		value = url_encoded(f->mk, f->v->s->arn);
	if (value == NULL && f->own && !drift__name_is_generated(variable, strlen(variable)) && is_last_name(f->template, variable))
		value = usable_name(f->mk, f->v->attributes, "name", variable);
	if (value == NULL && f->own && f->has_id && f->v->s->id != NULL && strpbrk(f->v->s->id, "*?:") == NULL)
		value = drift__iam_literal(f->mk, f->v->s->id);
	if (value != NULL)
		f->filled++;
	else
		f->open++;
	return value;
}

/* "…:network-acl/${NaclId}" names an aws_network_acl, "…/webacl/${Name}/${Id}" an aws_wafv2_web_acl: the kind has two words of the type at least, since
 * a single one is the end of many types. */
static bool
kind_names_type(const char *template, const char *type)
{
	size_t whole = strlen(template), n = whole, t = strlen(type), first;
	int words = 1;

	while (n > 0 && template[n - 1] == '}') { /* the names behind the kind */
		while (n > 0 && template[n - 1] != '/' && template[n - 1] != ':')
			n--;
		if (n == 0 || template[n - 1] != '/')
			return false;
		n--;
	}
	for (first = n; first > 0 && strchr("/:}", template[first - 1]) == NULL; first--)
		;
	if (first == n || n == whole)
		return false;
	for (; n > first && t > 0; n--) {
		if (template[n - 1] == '-')
			continue;
		if (type[t - 1] == '_') {
			words++;
			t--;
		}
		if (t == 0 || type[--t] != template[n - 1])
			return false;
	}
	return n == first && words >= 2 && t > 0 && type[t - 1] == '_';
}

bool
drift__template_names(struct drift__policy_maker *mk, const char *template, const char *type)
{
	const char *open = strrchr(template, '{'), *close = open != NULL ? strchr(open, '}') : NULL;
	const char *const *names;
	char *variable;

	if (close == NULL || close[1] != '\0')
		return false;
	if (kind_names_type(template, type))
		return true;
	variable = drift__arena_strndup(mk->needs.arena, open + 1, (size_t)(close - open) - 1);
	names = drift__got(mk, variable) != NULL ? attribute_names(mk, variable) : NULL;
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (strlen(names[i]) >= 3 && drift__ends(type, names[i]))
			return true;
	}
	return false;
}

enum drift__form
drift__form_of(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template)
{
	const struct drift_value *forms = drift_value_get(drift_value_get(mk->iam, "forms"), s->type);
	bool of_type = false, is_it = false, decided = false;

	for (size_t i = 0; i < drift_value_size(forms) && s->arn == NULL; i++) {
		const struct drift_value *one = drift_value_at(forms, i), *v = NULL;
		const char *part = drift__value_str(drift_value_at(one, 1));
		/* an expression that cannot be read decides nothing; a test of the catalogue reads them all */
		bool holds = drift__policy_eval(mk, drift__value_str(drift_value_at(one, 0)), s->attributes, &v, NULL) == DRIFT_OK && drift_value_bool(v);

		decided = decided || holds;
		if (strstr(template, part) != NULL) {
			of_type = true;
			is_it = is_it || holds;
		}
	}
	return is_it ? DRIFT__ITS_FORM : decided && of_type ? DRIFT__ANOTHER_FORM : DRIFT__ANY_FORM;
}

struct drift__where
drift__where_of(struct drift__policy_maker *mk, const struct drift__subject *s)
{
	struct drift__where where = mk->where;

	if (s->region != NULL)
		where.region = s->region;
	return where;
}

const char *
drift__fill(struct drift__policy_maker *mk, const struct drift__view *v, const char *template, bool own, bool has_id, struct drift__filled *out)
{
	struct filler f = {.mk = mk, .v = v, .own = own, .has_id = has_id, .template = template};
	struct drift__where where = drift__where_of(mk, v->s);
	const char *text = drift__got(mk, drift__arn_fill(mk->needs.arena, template, &where, fill_from_attributes, &f));

	*out = (struct drift__filled){f.filled, f.open};
	return text;
}
