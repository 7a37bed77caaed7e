/* Conditions: made of rows, joined and compared. */
#include "policy/condition.h"

#include "catalogue/template.h"

#include <string.h>
#include <strings.h>

const struct drift_value *
drift__condition_parse(struct drift__arena *a, const char *text)
{
	struct drift__json_options opt = {.name = "condition"};
	const struct drift_value *v = NULL;

	return text[0] != '\0' && drift__json_parse(a, text, strlen(text), &opt, &v, NULL) == DRIFT_OK ? v : NULL;
}

const char *
drift__condition_text(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *out;

	if (v == NULL)
		return NULL;
	drift__json_write(&b, v, 0, true);
	out = b.status != DRIFT_OK ? NULL : drift__arena_strdup(a, drift_value_size(v) > 0 ? b.data : "");
	drift__buf_dispose(&b);
	return out;
}

/* ---- making ---- */

static const char *
operator_for(const char *value)
{
	bool pattern = drift__iam_is_pattern(value);

	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
		return "Bool";
	if (strncmp(value, "arn:", 4) == 0)
		return pattern ? "ArnLike" : "ArnEquals";
	return pattern ? "StringLike" : "StringEquals";
}

/* The attributes, with what every template may name. */
static const struct drift_value *
document(struct drift__policy_maker *mk, const struct drift__view *v)
{
	struct drift__map_builder m;

	drift__map_init(&m, mk->needs.arena);
	for (size_t i = 0; i < drift_value_size(v->attributes); i++)
		drift__map_put(&m, drift_value_key(v->attributes, i, NULL), drift_value_at(v->attributes, i));
	drift__map_puts(&m, "_partition", mk->where.partition);
	drift__map_puts(&m, "_region", v->s->region != NULL ? v->s->region : mk->where.region);
	drift__map_puts(&m, "_account", mk->where.account);
	return drift__got(mk, drift__map_finish(&m));
}

/* In China some services go by a name of their own: both are meant there. */
static const struct drift_value *
principal(struct drift__policy_maker *mk, const char *text)
{
	struct drift__list_builder both;

	if (!drift__streq(mk->where.partition, "aws-cn") || !drift__ends(text, ".amazonaws.com"))
		return drift__got(mk, drift__value_string(mk->needs.arena, text));
	drift__list_init(&both, mk->needs.arena);
	drift__list_add(&both, drift__got(mk, drift__value_string(mk->needs.arena, text)));
	drift__list_add(&both, drift__got(mk, drift__value_string(mk->needs.arena, drift__got(mk, drift__arena_printf(mk->needs.arena, "%s.cn", text)))));
	return drift__got(mk, drift__list_finish(&both));
}

static enum drift_status
fill_value(struct drift__policy_maker *mk, const struct drift__view *v, const char *text, const struct drift_value **out, struct drift_error *err)
{
	struct drift__template *t = NULL;
	const struct drift_value *doc, *value = NULL;
	enum drift_status st;

	if (strchr(text, '{') == NULL) {
		*out = principal(mk, text);
		return DRIFT_OK;
	}
	st = drift__template_parse(text, "iam.conditions", &t, err);
	doc = document(mk, v);
	if (st == DRIFT_OK && doc == NULL)
		st = drift__nomem(err);
	if (st == DRIFT_OK)
		st = drift__template_run(t, doc, mk->needs.arena, &value, err);
	/* what the template gives may live in it */
	if (st == DRIFT_OK)
		*out = drift__got(mk, drift__value_copy(mk->needs.arena, value != NULL ? value : &drift__null));
	drift__template_free(t);
	return st;
}

/* A value that only the apply will tell: what the plan says of where it comes from; inside a longer text, anything. */
static const struct drift_value *
without_unknown(struct drift__policy_maker *mk, const struct drift__view *v, const char *template, const struct drift_value *value)
{
	const char *text = drift__value_str(value), *at = text != NULL ? strstr(text, DRIFT__UNKNOWN) : NULL;
	struct drift__list_builder out;

	drift__list_init(&out, mk->needs.arena);
	if (drift_value_kind(value) == DRIFT_LIST) {
		for (size_t i = 0; i < drift_value_size(value); i++) {
			const struct drift_value *one = without_unknown(mk, v, template, drift_value_at(value, i));

			for (size_t k = 0; k < (drift_value_kind(one) == DRIFT_LIST ? drift_value_size(one) : 1); k++)
				drift__list_add(&out, drift_value_kind(one) == DRIFT_LIST ? drift_value_at(one, k) : one);
		}
		return drift__got(mk, drift__list_finish(&out));
	}
	if (at == NULL)
		return value;
	if (strcmp(text, DRIFT__UNKNOWN) != 0) {
		char *head = drift__arena_strndup(mk->needs.arena, text, (size_t)(at - text));
		char *open = drift__got(mk, head) != NULL ? drift__arena_printf(mk->needs.arena, "%s*%s", head, at + strlen(DRIFT__UNKNOWN)) : NULL;

		return drift__got(mk, drift__value_string(mk->needs.arena, drift__got(mk, open)));
	}
	drift__resolve_unknown(mk, v, template + 1, &out);
	if (out.len == 0) {
		drift__list_dispose(&out);
		return &drift__null;
	}
	return drift__got(mk, drift__list_finish(&out));
}

static bool
is_usable(const struct drift_value *v)
{
	const char *text = drift__value_str(v);

	if (drift_value_kind(v) != DRIFT_LIST)
		return text != NULL && text[0] != '\0';
	for (size_t i = 0; i < drift_value_size(v); i++) {
		if (!is_usable(drift_value_at(v, i)))
			return false;
	}
	return drift_value_size(v) > 0;
}

/* Adds operator → key → value to m. */
static void
put(struct drift__arena *a, struct drift__map_builder *m, const char *op, size_t n_op, const char *key, size_t n_key, const struct drift_value *value)
{
	struct drift__map_builder inner;
	const struct drift_value *have = NULL;

	for (size_t i = 0; i < m->len; i++) {
		if (m->members[i].key_len == n_op && memcmp(m->members[i].key, op, n_op) == 0)
			have = &m->members[i].value;
	}
	drift__map_init(&inner, a);
	for (size_t i = 0; i < drift_value_size(have); i++)
		drift__map_put(&inner, drift_value_key(have, i, NULL), drift_value_at(have, i));
	drift__map_putn(&inner, key, n_key, value);
	drift__map_putn(m, op, n_op, drift__map_finish(&inner));
}

enum drift_status
drift__condition_of_row(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row, const char **out,
	struct drift_error *err)
{
	const struct drift_value *list = drift_value_get(row, "conditions"), *value = NULL;
	struct drift__arena *a = mk->needs.arena;
	struct drift__map_builder m;
	enum drift_status st = DRIFT_OK;

	drift__map_init(&m, a);
	for (size_t i = 0; i < drift_value_size(list) && st == DRIFT_OK; i++) {
		const char *text = drift__value_str(drift_value_at(list, i)), *eq = text != NULL ? strchr(text, '=') : NULL, *key = text, *op, *first;
		const char *space = eq != NULL ? memchr(text, ' ', (size_t)(eq - text)) : NULL;

		if (eq == NULL)
			continue;
		st = fill_value(mk, v, eq + 1, &value, err);
		if (st != DRIFT_OK)
			continue;
		value = without_unknown(mk, v, eq + 1, value);
		if (value == NULL || !is_usable(value))
			continue;
		first = drift__value_str(drift_value_kind(value) == DRIFT_LIST ? drift_value_at(value, 0) : value);
		op = space != NULL ? text : operator_for(first);
		if (space != NULL)
			key = space + 1;
		put(a, &m, op, space != NULL ? (size_t)(space - text) : strlen(op), key, (size_t)(eq - key), value);
	}
	mk->needs.failed = mk->needs.failed || m.failed;
	*out = drift__got(mk, drift__condition_text(a, drift__got(mk, drift__map_finish(&m))));
	if (*out == NULL)
		*out = "";
	return st;
}

const char *
drift__condition_equals(struct drift__arena *a, const char *key, struct drift__list_builder *values)
{
	const struct drift_value *list = drift__list_finish(values);
	struct drift__map_builder m;

	drift__map_init(&m, a);
	put(a, &m, "StringEquals", strlen("StringEquals"), key, strlen(key), drift_value_size(list) == 1 ? drift_value_at(list, 0) : list);
	return drift__condition_text(a, drift__map_finish(&m));
}

bool
drift__condition_taken(const struct drift_value *row, const char *key)
{
	const struct drift_value *list = drift_value_get(row, "conditions");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		if (drift__streq(drift__value_str(drift_value_at(list, i)), key))
			return true;
	}
	return false;
}

/* ---- joining ---- */

const char *
drift__condition_both(struct drift__arena *a, const char *one, const char *two)
{
	const struct drift_value *x, *y;
	struct drift__map_builder m;

	if (one == NULL || two == NULL)
		return NULL;
	if (one[0] == '\0' || two[0] == '\0')
		return one[0] == '\0' ? two : one;
	x = drift__condition_parse(a, one);
	y = drift__condition_parse(a, two);
	if (x == NULL || y == NULL)
		return NULL;
	drift__map_init(&m, a);
	for (size_t i = 0; i < drift_value_size(x); i++)
		drift__map_put(&m, drift_value_key(x, i, NULL), drift_value_at(x, i));
	for (size_t i = 0; i < drift_value_size(y); i++) {
		const struct drift_value *keys = drift_value_at(y, i);
		size_t n;
		const char *op = drift_value_key(y, i, &n);

		for (size_t k = 0; k < drift_value_size(keys); k++) {
			size_t n_key;
			const char *key = drift_value_key(keys, k, &n_key);

			put(a, &m, op, n, key, n_key, drift_value_at(keys, k));
		}
	}
	return drift__condition_text(a, drift__map_finish(&m));
}

static bool
has(const struct drift_value *values, const struct drift_value *one)
{
	if (drift_value_kind(values) != DRIFT_LIST)
		return drift__value_compare(values, one) == 0;
	for (size_t i = 0; i < drift_value_size(values); i++) {
		if (drift__value_compare(drift_value_at(values, i), one) == 0)
			return true;
	}
	return false;
}

static const struct drift_value *
all_values(struct drift__arena *a, const struct drift_value *x, const struct drift_value *y)
{
	const struct drift_value *sides[] = {x, y};
	struct drift__list_builder out;

	drift__list_init(&out, a);
	for (size_t s = 0; s < 2; s++) {
		bool list = drift_value_kind(sides[s]) == DRIFT_LIST;

		for (size_t i = 0; i < (list ? drift_value_size(sides[s]) : 1); i++) {
			const struct drift_value *v = list ? drift_value_at(sides[s], i) : sides[s];
			struct drift_value so_far = {.kind = DRIFT_LIST, .len = (uint32_t)out.len, .u = {.items = out.items}};

			if (!has(&so_far, v))
				drift__list_add(&out, v);
		}
	}
	return drift__list_finish(&out);
}

const char *
drift__condition_either(struct drift__arena *a, const char *one, const char *two)
{
	const struct drift_value *x = drift__condition_parse(a, one), *y = drift__condition_parse(a, two);
	struct drift__map_builder m, inner;
	size_t differing = 0;

	if (x == NULL || y == NULL || drift_value_size(x) != drift_value_size(y))
		return "";
	drift__map_init(&m, a);
	for (size_t i = 0; i < drift_value_size(x); i++) {
		const char *op = drift_value_key(x, i, NULL);
		const struct drift_value *xs = drift_value_at(x, i), *ys = drift_value_get(y, op);

		if (ys == NULL || drift_value_size(xs) != drift_value_size(ys))
			goto apart;
		drift__map_init(&inner, a);
		for (size_t k = 0; k < drift_value_size(xs); k++) {
			const char *key = drift_value_key(xs, k, NULL);
			const struct drift_value *xv = drift_value_at(xs, k), *yv = drift_value_get(ys, key);
			bool same = yv != NULL && drift__value_compare(xv, yv) == 0;

			differing += !same;
			if (yv == NULL || differing > 1) {
				drift__map_dispose(&inner);
				goto apart;
			}
			drift__map_put(&inner, key, same ? xv : all_values(a, xv, yv));
		}
		drift__map_put(&m, op, drift__map_finish(&inner));
	}
	return drift__condition_text(a, drift__map_finish(&m));
apart:
	drift__map_dispose(&m);
	return "";
}

/* "ForAllValues:StringLikeIfExists": the quantifier, the comparison, and whether a missing key will do. */
struct operator {
	const char *name;
	size_t n_quantifier, n; /* n: of the comparison */
	bool if_exists, text, pattern;
};

static struct operator
operator_named(const char *name)
{
	static const char *const texts[] = {"StringEquals", "StringLike", "ArnEquals", "ArnLike"};
	const char *colon = strchr(name, ':');
	struct operator op = {.name = name, .n_quantifier = colon != NULL ? (size_t)(colon - name) + 1 : 0};

	op.n = strlen(name + op.n_quantifier);
	op.if_exists = drift__ends(name, "IfExists");
	op.n -= op.if_exists ? strlen("IfExists") : 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (op.n == strlen(texts[i]) && strncasecmp(name + op.n_quantifier, texts[i], op.n) == 0) {
			op.text = true;
			op.pattern = i > 0; /* of ARNs, the equal ones are patterns too */
		}
	}
	return op;
}

static bool
comparable(const struct operator *narrow, const struct operator *wide)
{
	return narrow->n_quantifier == wide->n_quantifier && strncasecmp(narrow->name, wide->name, wide->n_quantifier) == 0 &&
		(wide->if_exists || !narrow->if_exists) && ((narrow->text && wide->text) || (narrow->n == wide->n &&
		strncasecmp(narrow->name + narrow->n_quantifier, wide->name + wide->n_quantifier, wide->n) == 0));
}

static bool
fits_one(const struct drift_value *one, bool one_is_pattern, const struct drift_value *values, const struct operator *wide)
{
	bool list = drift_value_kind(values) == DRIFT_LIST;
	const char *text = drift_value_text(one, NULL);

	for (size_t i = 0; text != NULL && i < (list ? drift_value_size(values) : 1); i++) {
		const char *other = drift_value_text(list ? drift_value_at(values, i) : values, NULL);

		if (other == NULL)
			continue;
		if (wide->pattern ? drift__iam_covers(other, text, false) : strcmp(other, text) == 0 && !(one_is_pattern && strpbrk(text, "*?") != NULL))
			return true;
	}
	return false;
}

static bool
fits_all(const struct drift_value *mine, bool pattern, const struct drift_value *values, const struct operator *wide)
{
	bool list = drift_value_kind(mine) == DRIFT_LIST;

	for (size_t j = 0; j < (list ? drift_value_size(mine) : 1); j++) {
		if (!fits_one(list ? drift_value_at(mine, j) : mine, pattern, values, wide))
			return false;
	}
	return true;
}

static bool
implies_key(const struct drift_value *narrow, const struct operator *wide, const char *key, const struct drift_value *values)
{
	for (size_t i = 0; i < drift_value_size(narrow); i++) {
		const struct drift_value *keys = drift_value_at(narrow, i);
		struct operator own = operator_named(drift_value_key(narrow, i, NULL));

		for (size_t k = 0; comparable(&own, wide) && k < drift_value_size(keys); k++) {
			if (strcasecmp(drift_value_key(keys, k, NULL), key) == 0 && fits_all(drift_value_at(keys, k), own.pattern, values, wide))
				return true;
		}
	}
	return false;
}

bool
drift__condition_implies(const struct drift_value *narrow, const struct drift_value *wide)
{
	for (size_t i = 0; i < drift_value_size(wide); i++) {
		const struct drift_value *keys = drift_value_at(wide, i);
		struct operator op = operator_named(drift_value_key(wide, i, NULL));

		for (size_t k = 0; k < drift_value_size(keys); k++) {
			if (!implies_key(narrow, &op, drift_value_key(keys, k, NULL), drift_value_at(keys, k)))
				return false;
		}
	}
	return true;
}
