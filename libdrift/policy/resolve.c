/* One template of a row -> the ARNs that are meant: the subject's own, else those that its attributes hold, else those of what it refers to, else the
 * template filled from its attributes by name; what stays unknown becomes `*`. */
#include "policy/resolve.h"

#include <ctype.h>
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
	f->list[f->n++] = (struct drift__arn){arn, condition};
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

static const char *future_arn(struct drift__policy_maker *mk, const struct drift__subject *s, const char *wanted);
static bool names_type(struct drift__policy_maker *mk, const char *template, const char *type);

/* The ARN of a subject, or the one that it will have. */
static void
add_subject(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template, struct drift__found *f)
{
	const char *arn = s->arn != NULL ? s->arn : s->planned ? future_arn(mk, s, template) : NULL, *name = arn;

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

/* ---- filling a template from attributes ---- */

struct filler {
	struct drift__policy_maker *mk;
	const struct drift__view *v;
	bool own;            /* the template names the subject itself */
	bool has_id;         /* which has its id already */
	const char *template;
	size_t filled, open; /* variables */
};

/* A name that AWS makes up. */
static bool
generated(const char *variable, size_t n)
{
	return (n >= 2 && memcmp(variable + n - 2, "Id", 2) == 0) || (n >= 10 && memcmp(variable + n - 10, "Identifier", 10) == 0);
}

/* Behind the variable come ids alone: it is what the thing itself is called, not what it is part of. */
static bool
is_last_name(const char *template, const char *variable)
{
	const char *at = template != NULL ? strstr(template, variable) : NULL;

	for (at = at != NULL ? strstr(at, "${") : NULL; at != NULL; at = strstr(at + 2, "${")) {
		if (!generated(at + 2, strcspn(at + 2, "}")))
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
	if (generated(variable, strlen(variable)) && strchr(value, '/') != NULL) /* no id that AWS makes has a path */
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
	if (value == NULL && f->own && !generated(variable, strlen(variable)) && is_last_name(f->template, variable))
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

/* "…natgateway/${NatGatewayId}" names an aws_nat_gateway. */
static bool
names_type(struct drift__policy_maker *mk, const char *template, const char *type)
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
		size_t known = generated(parts[i].variable, parts[i].n_variable) ? known_length(mk, s, parts[i].value, parts[i].n_value) : parts[i].n_value;

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

static struct drift__where
where_of(struct drift__policy_maker *mk, const struct drift__subject *s)
{
	struct drift__where where = mk->where;

	if (s->region != NULL)
		where.region = s->region;
	return where;
}

static bool find_targets(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression, struct drift__targets *out);

/* An id that only the apply will tell: the plan says whose it is. */
static void
unknown_reference(struct drift__policy_maker *mk, const struct drift__subject *s, const char *path, const char *template, struct drift__found *f)
{
	struct drift__targets targets = {.n = 0};

	if (!find_targets(mk, s, path, &targets))
		return;
	for (size_t i = 0; i < targets.n; i++) {
		size_t first, n = drift__subjects_named(&mk->subjects, mk->plan->list[targets.list[i].planned].address, &first);

		if (n > 0 && (targets.list[i].same_key || targets.n == 1))
			add_subject(mk, &mk->subjects.list[mk->subjects.keys[first].subject], template, f);
	}
}

void
drift__resolve_template(struct drift__policy_maker *mk, const struct drift__view *v, const char *template, struct drift__found *f)
{
	const struct drift__subject *s = v->s;
	const struct drift_value *refs = drift_value_get(drift__policy_entry(mk, s->type), "references");
	struct drift__where where = where_of(mk, s);
	struct filler filler = {.mk = mk, .v = v, .template = template};
	size_t before = f->n;
	const char *text;

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
	for (size_t i = 0; !names_type(mk, template, s->type) && i < drift_value_size(refs); i++) {
		const char *path = drift_value_key(refs, i, NULL);

		if (drift__streq(drift__value_gets(v->attributes, path), DRIFT__UNKNOWN))
			unknown_reference(mk, s, path, template, f);
	}
	for (size_t i = before, n = f->n; i < n && s->arn != NULL; i++) { /* a subscription of a topic, an alias of a function */
		size_t len = strlen(f->list[i].text);

		if (strncmp(s->arn, f->list[i].text, len) == 0 && s->arn[len] == ':')
			drift__found_add(mk, f, drift__iam_literal(mk, s->arn), NULL);
	}
	if (f->n > before)
		return;
	filler.own = names_type(mk, template, s->type);
	filler.has_id = v->phase != 'C';
	text = drift__arn_fill(mk->needs.arena, template, &where, fill_from_attributes, &filler);
	if (drift__got(mk, text) != NULL)
		drift__found_add(mk, f, text, NULL);
	f->known = filler.filled > 0 || filler.open == 0 || filler.own;
}

/* ---- `of`: the attributes that name the object, and what stands behind them ---- */

struct of {
	struct drift__policy_maker *mk;
	const struct drift__view *v;
	const struct drift_value *templates;
	struct drift__found *found;
	bool *open;
	struct drift_error *err;
};

/* The ARN of a subject by the template: its own, or made of its name where it does not exist yet. NULL = it is none of that kind. */
static const char *
arn_of(struct of *o, const struct drift__subject *s, const char *template)
{
	struct drift__view v = {s, s->after != NULL && s->planned ? s->after : s->attributes, 'R'};
	struct filler filler = {.mk = o->mk, .v = &v, .own = true, .has_id = true, .template = template};
	struct drift__where where = where_of(o->mk, s);
	const char *text;

	if (s->arn != NULL)
		return drift__arn_fits(template, s->arn) ? drift__iam_literal(o->mk, s->arn) : NULL;
	if (!names_type(o->mk, template, s->type))
		return NULL;
	text = drift__arn_fill(o->mk->needs.arena, template, &where, fill_from_attributes, &filler);
	return filler.open == 0 ? drift__got(o->mk, text) : NULL;
}

/* What only a name is known of: the table `names` says which names are not ids, and what limits the pattern that then stands in their place. */
static void
add_name(struct of *o, const char *template, const char *name)
{
	const struct drift_value *special = drift_value_get(o->mk->iam, "names");
	struct drift__where where = where_of(o->mk, o->v->s);
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
		for (size_t t = 0; t < drift_value_size(o->templates); t++) {
			const char *arn = arn_of(o, s, drift__value_str(drift_value_at(o->templates, t)));

			if (arn != NULL)
				drift__found_add(o->mk, o->found, arn, NULL);
		}
	}
	if (last && may_be_name && st == DRIFT_OK && o->found->n == before && strncmp(text, "arn:", 4) != 0)
		add_name(o, drift__value_str(drift_value_at(o->templates, 0)), text);
	return st;
}

/* What an unknown attribute of a planned resource refers to; expression begins with its name. */
static bool
find_targets(struct drift__policy_maker *mk, const struct drift__subject *s, const char *expression, struct drift__targets *out)
{
	char *attribute = drift__arena_strndup(mk->needs.arena, expression, strcspn(expression, ".[|( }"));

	if (drift__got(mk, attribute) == NULL)
		return false;
	if (s->create != NULL && drift__plan_targets(mk->plan, s->create, attribute, out) != DRIFT_OK)
		mk->needs.failed = true;
	return !mk->needs.failed;
}

static bool
is_target(const struct drift__targets *targets, size_t i)
{
	return targets->list[i].same_key || targets->n == 1;
}

bool
drift__template_names(struct drift__policy_maker *mk, const char *template, const char *type)
{
	return names_type(mk, template, type);
}

/* The ARN that a planned resource will have, by the template when that names it, else by the first one of its own rows that does. */
static const char *
future_arn(struct drift__policy_maker *mk, const struct drift__subject *s, const char *wanted)
{
	struct drift__view v = {s, s->attributes, 'R'};
	const struct drift_value *rows = drift__policy_rows(mk, s);

	if (s->arn != NULL)
		return drift__iam_literal(mk, s->arn);
	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *templates = drift_value_get(drift_value_at(rows, i), "resources");

		for (size_t t = 0; t < drift_value_size(templates); t++) {
			const char *template = wanted != NULL && names_type(mk, wanted, s->type) ? wanted : drift__value_str(drift_value_at(templates, t));
			struct filler filler = {.mk = mk, .v = &v, .own = true, .has_id = true, .template = template};
			struct drift__where where = where_of(mk, s);

			if (names_type(mk, template, s->type))
				return drift__got(mk, drift__arn_fill(mk->needs.arena, template, &where, fill_from_attributes, &filler));
		}
	}
	return NULL;
}

void
drift__resolve_unknown(struct drift__policy_maker *mk, const struct drift__view *v, const char *expression, struct drift__list_builder *out)
{
	struct drift__targets targets = {.n = 0};

	if (!find_targets(mk, v->s, expression, &targets))
		return;
	for (size_t i = 0; i < targets.n; i++) {
		size_t first, n = drift__subjects_named(&mk->subjects, mk->plan->list[targets.list[i].planned].address, &first);
		const char *arn = n > 0 && is_target(&targets, i) ? future_arn(mk, &mk->subjects.list[mk->subjects.keys[first].subject], NULL) : NULL;

		if (arn != NULL)
			drift__list_add(out, drift__value_string(mk->needs.arena, arn));
	}
}

/* False when the configuration says nothing of the attribute that the expression begins with. */
static bool
is_given(const struct drift__subject *s, const char *expression)
{
	const struct drift_value *expressions = s->create != NULL ? drift_value_get(s->create->config, "expressions") : NULL;
	size_t n = strcspn(expression, ".[|( }"), len;

	for (size_t i = 0; i < drift_value_size(expressions); i++) {
		const char *key = drift_value_key(expressions, i, &len);

		if (len == n && memcmp(key, expression, n) == 0)
			return true;
	}
	return expressions == NULL;
}

static enum drift_status
use_unknown(struct of *o, const struct drift__subject *s, const char *expression, const struct drift_value *path, size_t step)
{
	struct drift__targets targets = {.n = 0};
	enum drift_status st = DRIFT_OK;

	if (!find_targets(o->mk, s, expression, &targets))
		return drift__nomem(o->err);
	for (size_t i = 0; i < targets.n && st == DRIFT_OK; i++) {
		if (is_target(&targets, i))
			st = use_value(o, o->mk->plan->list[targets.list[i].planned].address, false, path, step);
	}
	/* what the configuration does not give AWS makes up itself: nothing of the caller's */
	*o->open = *o->open || ((targets.n == 0 || targets.open) && is_given(s, expression));
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
	struct of o = {mk, v, drift_value_get(row, "resources"), f, open, err};
	enum drift_status st = DRIFT_OK;

	for (size_t i = 0; i < drift_value_size(of) && st == DRIFT_OK; i++)
		st = follow(&o, v->attributes, v->s, drift_value_at(of, i), 0);
	f->known = true;
	return st;
}
