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

static const char *
usable_name(struct drift__policy_maker *mk, const struct drift_value *attributes, const char *attribute, const char *variable)
{
	const char *value = drift__value_gets(attributes, attribute), *spelled;

	/* an attribute may hold the ARN of what the variable names */
	if (value == NULL || value[0] == '\0' || strncmp(value, "arn:", 4) == 0 || strcmp(value, DRIFT__UNKNOWN) == 0)
		return NULL;
	spelled = drift__value_gets(drift_value_get(drift_value_get(mk->iam, "spelled"), variable), value);
	if (spelled != NULL)
		return spelled;
	if (drift__name_is_generated(variable, strlen(variable)) && strchr(value, '/') != NULL) /* no id that AWS makes has a path */
		return NULL;
	if (drift__ends(variable, "WithPath")) { /* "role/jobs/export": path and name */
		const char *path = drift__value_gets(attributes, "path");

		if (path != NULL && path[0] == '/' && path[1] != '\0' && strcmp(path, DRIFT__UNKNOWN) != 0)
			value = drift__got(mk, drift__arena_printf(mk->needs.arena, "%s%s", path + 1, value));
		return value != NULL ? drift__iam_literal(mk, value) : NULL;
	}
	return drift__iam_literal(mk, value + (value[0] == '/' && drift__ends(variable, "WithoutLeadingSlash")));
}

/* Attributes that a variable goes by although the names differ: `attributes` of the table iam. */
static const char *
named_in_table(struct filler *f, const char *variable)
{
	const struct drift_value *names = drift_value_get(drift_value_get(f->mk->iam, "attributes"), variable);
	const char *value = NULL;

	for (size_t i = 0; i < drift_value_size(names) && value == NULL; i++)
		value = usable_name(f->mk, f->v->attributes, drift__value_str(drift_value_at(names, i)), variable);
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

static const char *
fill_from_attributes(void *ctx, const char *variable)
{
	struct filler *f = ctx;
	const char **names = drift__arn_attribute_names(f->mk->needs.arena, variable), *value = NULL;

	drift__got(f->mk, names);
	for (size_t i = 0; names != NULL && names[i] != NULL && value == NULL; i++)
		value = usable_name(f->mk, f->v->attributes, names[i], variable);
	if (value == NULL)
		value = named_in_table(f, variable);
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

/* "…:network-acl/${NaclId}" names an aws_network_acl: its kind has two words at least, since a single one is the end of many types. */
static bool
kind_names_type(const char *template, const char *type)
{
	const char *kind = strrchr(template, ':') + 1, *end = strchr(kind, '/');
	size_t n = end != NULL ? (size_t)(end - kind) : 0, n_type = strlen(type);

	if (n == 0 || n >= n_type || memchr(kind, '-', n) == NULL || end[1] != '$' || strchr(end + 1, '/') != NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (type[n_type - n + i] != (kind[i] == '-' ? '_' : kind[i]))
			return false;
	}
	return true;
}

bool
drift__template_names(struct drift__policy_maker *mk, const char *template, const char *type)
{
	const char *open = strrchr(template, '{'), *close = open != NULL ? strchr(open, '}') : NULL;
	const char **names;
	char *variable;

	if (close == NULL || close[1] != '\0')
		return false;
	if (kind_names_type(template, type))
		return true;
	variable = drift__arena_strndup(mk->needs.arena, open + 1, (size_t)(close - open) - 1);
	names = drift__got(mk, variable) != NULL ? drift__arn_attribute_names(mk->needs.arena, variable) : NULL;
	drift__got(mk, names);
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (strlen(names[i]) >= 3 && drift__ends(type, names[i]))
			return true;
	}
	return false;
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
