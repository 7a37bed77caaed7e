/* Kinds of JSON texts: json (the same value) and iam_policy (the same meaning).
 *
 * A policy's normal form: every string-or-list a sorted list, actions in lower case, an account named by its root ARN, principal
 * "*" as {"AWS": ["*"]}, condition values as texts, statements sorted. */
#include "diff/kind.h"

#include <ctype.h>
#include <string.h>

enum { MAX_DEPTH = 200 };

/* The value that a text holds; v itself when it holds no JSON; NULL without memory. */
static const struct drift_value *
parsed(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__json_options opt = {.name = "value", .max_depth = MAX_DEPTH, .lenient_utf8 = true};
	const struct drift_value *inner;
	const char *text = drift__value_str(v);
	enum drift_status st;

	if (text == NULL)
		return v;
	st = drift__json_parse(a, text, v->len, &opt, &inner, NULL);
	if (st == DRIFT_NOMEM)
		return NULL;
	return st == DRIFT_OK ? inner : v;
}

const struct drift_value *
drift__normal_json(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	(void)side;
	return parsed(ctx->arena, v);
}

/* ---- policies ---- */

typedef const struct drift_value *word_fn(struct drift__arena *a, const char *text, size_t n);

static const struct drift_value *
as_is(struct drift__arena *a, const char *text, size_t n)
{
	return drift__value_stringn(a, text, n);
}

static const struct drift_value *
lower(struct drift__arena *a, const char *text, size_t n)
{
	char *s = drift__arena_strndup(a, text, n);
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		s[i] = (char)tolower((unsigned char)s[i]);
	return drift__value_stringn(a, s, n);
}

static bool
is_account(const char *s, size_t n)
{
	return n == 12 && strspn(s, "0123456789") >= 12;
}

/* "123456789012" and "arn:aws:iam::123456789012:root" name the same account, in any partition. */
static const struct drift_value *
account_root(struct drift__arena *a, const char *text, size_t n)
{
	const char *p;

	if (drift__starts(text, "arn:") && drift__ends(text, ":root")) {
		p = strstr(text, ":iam::");
		if (p != NULL && is_account(p + 6, n - (size_t)(p + 6 - text) - 5))
			return drift__value_stringn(a, p + 6, 12);
	}
	return drift__value_stringn(a, text, n);
}

/* A text or a list of texts as a sorted list. */
static const struct drift_value *
words(struct drift__arena *a, const struct drift_value *v, word_fn *word)
{
	struct drift__list_builder b;
	const struct drift_value *list;
	size_t i, n = drift_value_kind(v) == DRIFT_LIST ? v->len : 1;

	drift__list_init(&b, a);
	for (i = 0; i < n; i++) {
		const struct drift_value *item = drift_value_kind(v) == DRIFT_LIST ? drift_value_at(v, i) : v;
		const char *text = drift__scalar_text(a, item);

		drift__list_add(&b, text != NULL ? word(a, text, strlen(text)) : item);
	}
	list = drift__list_finish(&b);
	return list != NULL ? drift__sorted_list(a, list) : NULL;
}

static const struct drift_value *
principals(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__map_builder b;
	size_t i, n;

	drift__map_init(&b, a);
	if (drift_value_kind(v) != DRIFT_MAP)
		drift__map_put(&b, "AWS", words(a, v, account_root));
	for (i = 0; drift_value_kind(v) == DRIFT_MAP && i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);

		drift__map_putn(&b, key, n, words(a, drift_value_at(v, i), strcmp(key, "AWS") == 0 ? account_root : as_is));
	}
	return drift__map_finish(&b);
}

/* The inner maps of a condition: key (case ignored) -> texts. */
static const struct drift_value *
condition_keys(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__map_builder b;
	size_t i, n;

	if (drift_value_kind(v) != DRIFT_MAP)
		return v;
	drift__map_init(&b, a);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);
		const struct drift_value *name = lower(a, key, n);

		if (name == NULL)
			b.failed = true;
		else
			drift__map_putn(&b, name->u.text, n, words(a, drift_value_at(v, i), as_is));
	}
	return drift__map_finish(&b);
}

static const struct drift_value *
conditions(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__map_builder b;
	size_t i, n;

	if (drift_value_kind(v) != DRIFT_MAP)
		return v;
	drift__map_init(&b, a);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);

		drift__map_putn(&b, key, n, condition_keys(a, drift_value_at(v, i)));
	}
	return drift__map_finish(&b);
}

static const struct drift_value *
statement(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__map_builder b;
	size_t i, n;

	if (drift_value_kind(v) != DRIFT_MAP)
		return v;
	drift__map_init(&b, a);
	for (i = 0; i < v->len; i++) {
		const struct drift_value *item = drift_value_at(v, i);
		const char *key = drift_value_key(v, i, &n);

		if (strcmp(key, "Action") == 0 || strcmp(key, "NotAction") == 0)
			item = words(a, item, lower);
		else if (strcmp(key, "Resource") == 0 || strcmp(key, "NotResource") == 0)
			item = words(a, item, as_is);
		else if (strcmp(key, "Principal") == 0 || strcmp(key, "NotPrincipal") == 0)
			item = principals(a, item);
		else if (strcmp(key, "Condition") == 0)
			item = conditions(a, item);
		if (!drift__value_is_empty(item))
			drift__map_putn(&b, key, n, item);
		else if (item == NULL)
			b.failed = true;
	}
	return drift__map_finish(&b);
}

static const struct drift_value *
statements(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__list_builder b;
	const struct drift_value *list;
	size_t i, n = drift_value_kind(v) == DRIFT_LIST ? v->len : 1;

	drift__list_init(&b, a);
	for (i = 0; i < n; i++)
		drift__list_add(&b, statement(a, drift_value_kind(v) == DRIFT_LIST ? drift_value_at(v, i) : v));
	list = drift__list_finish(&b);
	return list != NULL ? drift__sorted_list(a, list) : NULL;
}

const struct drift_value *
drift__normal_iam_policy(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *policy = parsed(ctx->arena, v);
	struct drift__map_builder b;
	size_t i, n;

	(void)side;
	if (policy == NULL || policy->kind != DRIFT_MAP || policy->len == 0)
		return policy;
	drift__map_init(&b, ctx->arena);
	drift__map_puts(&b, "Version", "2008-10-17");
	for (i = 0; i < policy->len; i++) {
		const struct drift_value *item = drift_value_at(policy, i);
		const char *key = drift_value_key(policy, i, &n);

		if (strcmp(key, "Statement") == 0)
			item = statements(ctx->arena, item);
		if (!drift__value_is_empty(item))
			drift__map_putn(&b, key, n, item);
		else if (item == NULL)
			b.failed = true;
	}
	return drift__map_finish(&b);
}
