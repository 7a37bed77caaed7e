/* One template of a row -> the ARNs that are meant: the subject's own, else those that its attributes hold, else those of what it refers to, else the
 * template filled from its attributes by name; what stays unknown becomes `*`. */
#include "policy/resolve.h"

#include <ctype.h>
#include <string.h>

enum { WALK_DEPTH_MAX = 24 };

static const struct {
	const char *variable, *attribute;
} aliases[] = {
#define DRIFT__ALIAS(variable, attribute) {variable, attribute},
#include "policy/quirks.def"
};

void
drift__found_add(struct drift__found *f, const char *arn)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->list[i], arn) == 0)
			return;
	}
	if (f->n < DRIFT__FOUND_MAX)
		f->list[f->n++] = arn;
}

/* A name is a name: what IAM would read as a pattern or a variable is escaped as IAM asks for it. */
static const char *
literal(struct drift__policy_maker *mk, const char *text)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *out;

	if (strpbrk(text, "*?") == NULL && strstr(text, "${") == NULL)
		return text;
	for (; *text != '\0'; text++) {
		if (*text == '*' || *text == '?')
			drift__buf_addf(&b, "${%c}", *text);
		else if (text[0] == '$' && text[1] == '{')
			drift__buf_adds(&b, "${$}");
		else
			drift__buf_addc(&b, *text);
	}
	out = b.data != NULL && b.status == DRIFT_OK ? drift__arena_strdup(mk->needs.arena, b.data) : NULL;
	drift__buf_dispose(&b);
	return drift__got(mk, out) != NULL ? out : "";
}

static void
walk_arns(struct drift__policy_maker *mk, const struct drift_value *v, const char *template, struct drift__found *f, int depth)
{
	const char *text = drift__value_str(v);

	if (depth > WALK_DEPTH_MAX)
		return;
	if (text != NULL) {
		if (strncmp(text, "arn:", 4) == 0 && drift__arn_fits(template, text))
			drift__found_add(f, literal(mk, text));
		return;
	}
	if (drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP)
		return;
	for (size_t i = 0; i < drift_value_size(v); i++)
		walk_arns(mk, drift_value_at(v, i), template, f, depth + 1);
}

static bool
is_subject(const struct drift__subject *s, const char *text)
{
	return drift__streq(s->id, text) || drift__streq(s->name, text) || drift__streq(s->arn, text) ||
		drift__streq(drift__value_gets(s->attributes, "name"), text);
}

static void
target_arns(struct drift__policy_maker *mk, const struct drift_value *rule, const char *text, const char *template, struct drift__found *f)
{
	const char *target = drift__value_str(rule);
	size_t n = target != NULL ? strcspn(target, ".") : 0;

	for (size_t i = 0; target == NULL && i < drift_value_size(rule); i++)
		target_arns(mk, drift_value_at(rule, i), text, template, f);
	for (size_t i = 0; target != NULL && i < mk->subjects.n; i++) {
		const struct drift__subject *s = &mk->subjects.list[i];

		if (strlen(s->type) == n && memcmp(s->type, target, n) == 0 && s->arn != NULL && is_subject(s, text) &&
		    drift__arn_fits(template, s->arn))
			drift__found_add(f, literal(mk, s->arn));
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

/* ---- filling a template from attributes ---- */

struct filler {
	struct drift__policy_maker *mk;
	const struct drift__subject *s;
	bool own;            /* the template names the subject itself */
	size_t filled, open; /* variables */
};

static const char *
usable_name(struct drift__policy_maker *mk, const struct drift__subject *s, const char *attribute)
{
	const char *value = drift__value_gets(s->attributes, attribute);

	/* an attribute may hold the ARN of what the variable names */
	if (value == NULL || value[0] == '\0' || strncmp(value, "arn:", 4) == 0)
		return NULL;
	return literal(mk, value[0] == '/' ? value + 1 : value);
}

static const char *
fill_from_attributes(void *ctx, const char *variable)
{
	struct filler *f = ctx;
	const char **names = drift__arn_attribute_names(f->mk->needs.arena, variable), *value = NULL;

	drift__got(f->mk, names);
	for (size_t i = 0; names != NULL && names[i] != NULL && value == NULL; i++)
		value = usable_name(f->mk, f->s, names[i]);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]) && value == NULL; i++) {
		if (strcmp(aliases[i].variable, variable) == 0)
			value = usable_name(f->mk, f->s, aliases[i].attribute);
	}
	if (value == NULL && f->own && f->s->id != NULL && strpbrk(f->s->id, "*?:") == NULL)
		value = f->s->id;
	if (value != NULL)
		f->filled++;
	else
		f->open++;
	return value;
}

/* "…natgateway/${NatGatewayId}" names an aws_nat_gateway. */
static bool
names_type(struct drift__policy_maker *mk, const char *template, const char *type)
{
	const char *open = strrchr(template, '{'), *close = open != NULL ? strchr(open, '}') : NULL;
	const char **names;
	char *variable;

	if (close == NULL || close[1] != '\0')
		return false;
	variable = drift__arena_strndup(mk->needs.arena, open + 1, (size_t)(close - open) - 1);
	names = drift__got(mk, variable) != NULL ? drift__arn_attribute_names(mk->needs.arena, variable) : NULL;
	drift__got(mk, names);
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (strlen(names[i]) >= 3 && drift__ends(type, names[i]))
			return true;
	}
	return false;
}

static bool
generated(const char *variable, size_t n)
{
	return (n >= 2 && memcmp(variable + n - 2, "Id", 2) == 0) || (n >= 10 && memcmp(variable + n - 10, "Identifier", 10) == 0);
}

/* The first n bytes of an ARN, and anything after them. */
static const char *
open_end(struct drift__policy_maker *mk, const char *arn, size_t n)
{
	char *head = drift__arena_strndup(mk->needs.arena, arn, n);

	return drift__got(mk, drift__got(mk, head) != NULL ? drift__arena_printf(mk->needs.arena, "%s*", literal(mk, head)) : NULL);
}

/* At creation AWS does not know the id yet: its place becomes `*`, and a name that the id begins with stays. */
static const char *
before_creation(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, const char *arn)
{
	const char *open = strrchr(template, '{'), *name = s->name != NULL ? s->name : drift__value_gets(s->attributes, "name");
	const char *close = open != NULL ? strchr(open, '}') : NULL;
	const char *tail;
	size_t keep;

	if (close == NULL || close[1] != '\0' || !generated(open + 1, (size_t)(close - open) - 1))
		return literal(mk, arn);
	tail = strrchr(arn, '/');
	if (tail == NULL || strrchr(arn, ':') > tail)
		tail = strrchr(arn, ':');
	keep = (size_t)(tail - arn) + 1;
	if (name != NULL && name[0] != '\0' && strstr(arn, name) != NULL) {
		const char *after = strstr(arn, name) + strlen(name);

		return *after == '\0' ? literal(mk, arn) : open_end(mk, arn, (size_t)(after - arn) + 1);
	}
	return open_end(mk, arn, keep);
}

void
drift__resolve_template(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, char phase, bool pass, struct drift__found *f)
{
	const struct drift_value *refs = drift_value_get(mk->facts->entry(mk->facts->ctx, s->type), "references");
	struct drift__where where = mk->where;
	struct filler filler = {.mk = mk, .s = s};
	const char *text;

	f->known = true;
	if (strchr(template, '$') == NULL) {
		drift__found_add(f, template);
		return;
	}
	if (s->arn != NULL && drift__arn_fits(template, s->arn) && !pass) {
		text = phase == 'C' ? before_creation(mk, s, template, s->arn) : literal(mk, s->arn);
		if (text != NULL)
			drift__found_add(f, text);
		return;
	}
	filler.own = names_type(mk, template, s->type);
	walk_arns(mk, s->attributes, template, f, 0);
	for (size_t i = 0; i < drift_value_size(refs); i++)
		walk_references(mk, s->attributes, drift_value_key(refs, i, NULL), drift_value_at(refs, i), template, f, 0);
	for (size_t i = 0; i < f->n && s->arn != NULL; i++) { /* a subscription of a topic, an alias of a function */
		size_t n = strlen(f->list[i]);

		if (strncmp(s->arn, f->list[i], n) == 0 && s->arn[n] == ':')
			drift__found_add(f, literal(mk, s->arn));
	}
	if (f->n > 0 || pass)
		return;
	if (s->region != NULL)
		where.region = s->region;
	filler.own = filler.own && phase != 'C';
	text = drift__arn_fill(mk->needs.arena, template, &where, fill_from_attributes, &filler);
	if (drift__got(mk, text) != NULL)
		drift__found_add(f, text);
	f->known = filler.filled > 0 || filler.open == 0 || names_type(mk, template, s->type);
}
