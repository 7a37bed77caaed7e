/* Kinds of plain values and texts: string, number, bool, list, set, map, nocase, trim, csv, version, tags. */
#include "diff/kind.h"

#include <ctype.h>
#include <string.h>

/* A JSON number from a text that is one and nothing else ("30", "-1.5e3"); NULL when it is not. */
static const struct drift_value *
number_of(struct drift__arena *a, const char *text)
{
	const struct drift_value *v;
	struct drift__json_options opt = {.name = "number"};

	if (text == NULL || (*text != '-' && !isdigit((unsigned char)*text)))
		return NULL;
	if (drift__json_parse(a, text, strlen(text), &opt, &v, NULL) != DRIFT_OK || v->kind != DRIFT_NUMBER)
		return NULL;
	return v;
}

const struct drift_value *
drift__normal_string(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);

	(void)side;
	if (text == NULL || v->kind == DRIFT_STRING)
		return v;
	return drift__value_string(ctx->arena, text);
}

const struct drift_value *
drift__normal_number(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *number = v->kind == DRIFT_STRING ? number_of(ctx->arena, v->u.text) : NULL;

	(void)side;
	return number != NULL ? number : v;
}

const struct drift_value *
drift__normal_bool(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);

	(void)side;
	if (text == NULL || v->kind == DRIFT_BOOL)
		return v;
	if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcmp(text, "True") == 0 || strcmp(text, "TRUE") == 0)
		return &drift__true;
	if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0 || strcmp(text, "False") == 0 || strcmp(text, "FALSE") == 0)
		return &drift__false;
	return v;
}

/* Scalars of a list become texts, so that [80] equals ["80"]. */
static const struct drift_value *
text_list(const struct drift__kind_context *ctx, const struct drift_value *v)
{
	struct drift__list_builder b;
	size_t i;

	if (v->kind != DRIFT_LIST)
		return v;
	drift__list_init(&b, ctx->arena);
	for (i = 0; i < v->len; i++) {
		const struct drift_value *item = drift_value_at(v, i);
		const char *text = drift__scalar_text(ctx->arena, item);

		drift__list_add(&b, text != NULL ? drift__value_stringn(ctx->arena, text, strlen(text)) : item);
	}
	return drift__list_finish(&b);
}

const struct drift_value *
drift__normal_list(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	(void)side;
	return text_list(ctx, v);
}

const struct drift_value *
drift__normal_set(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *texts = text_list(ctx, v);

	(void)side;
	return texts != NULL ? drift__sorted_list(ctx->arena, texts) : NULL;
}

const struct drift_value *
drift__normal_map(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	struct drift__map_builder b;
	size_t i, n;

	(void)side;
	if (v->kind != DRIFT_MAP)
		return v;
	drift__map_init(&b, ctx->arena);
	for (i = 0; i < v->len; i++) {
		const struct drift_value *item = drift_value_at(v, i);
		const char *key = drift_value_key(v, i, &n), *text = drift__scalar_text(ctx->arena, item);

		if (drift_value_kind(item) != DRIFT_NULL)
			drift__map_putn(&b, key, n, text != NULL ? drift__value_string(ctx->arena, text) : item);
	}
	return drift__map_finish(&b);
}

const struct drift_value *
drift__normal_nocase(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);
	char *lower;
	size_t i;

	(void)side;
	if (text == NULL)
		return v;
	lower = drift__arena_strdup(ctx->arena, text);
	if (lower == NULL)
		return NULL;
	for (i = 0; lower[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	return drift__value_string(ctx->arena, lower);
}

static const struct drift_value *
trimmed(struct drift__arena *a, const char *text, size_t n)
{
	while (n > 0 && isspace((unsigned char)text[0])) {
		text++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	return drift__value_stringn(a, text, n);
}

const struct drift_value *
drift__normal_trim(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);

	(void)side;
	return text != NULL ? trimmed(ctx->arena, text, strlen(text)) : v;
}

const struct drift_value *
drift__normal_csv(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);
	struct drift__list_builder b;
	const struct drift_value *list;
	size_t n;

	if (text == NULL)
		return drift__normal_set(ctx, v, side);
	drift__list_init(&b, ctx->arena);
	for (;;) {
		const struct drift_value *item;

		n = strcspn(text, ",");
		item = trimmed(ctx->arena, text, n);
		if (item == NULL || item->len > 0)
			drift__list_add(&b, item);
		if (text[n] == '\0')
			break;
		text += n + 1;
	}
	list = drift__list_finish(&b);
	return list != NULL ? drift__sorted_list(ctx->arena, list) : NULL;
}

/* None means $Default; a number is a number however it is written; the names stay names. */
const struct drift_value *
drift__normal_version(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);
	const struct drift_value *number;

	(void)side;
	if (text == NULL || *text == '\0' || strcmp(text, "0") == 0)
		return drift__value_string(ctx->arena, "$Default");
	number = number_of(ctx->arena, text);
	return number != NULL ? number : drift__value_string(ctx->arena, text);
}

static bool
tag_ignored(const struct drift__kind_context *ctx, const char *name)
{
	return drift__starts(name, "aws:") || drift__texts_match(ctx->ignored_tags, name);
}

static const char *
first_text(const struct drift_value *map, const char *const *names)
{
	for (; *names != NULL; names++) {
		const char *s = drift__value_gets(map, *names);

		if (s != NULL)
			return s;
	}
	return NULL;
}

static void
put_tag(const struct drift__kind_context *ctx, struct drift__map_builder *b, const char *name, const struct drift_value *value)
{
	const char *text = drift__scalar_text(ctx->arena, value);

	if (name != NULL && !tag_ignored(ctx, name))
		drift__map_putn(b, name, strlen(name), drift__value_string(ctx->arena, text != NULL ? text : ""));
}

const struct drift_value *
drift__normal_tags(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	static const char *const names[] = {"Key", "key", "TagKey", NULL};
	static const char *const values[] = {"Value", "value", "TagValue", NULL};
	struct drift__map_builder b;
	size_t i;

	(void)side;
	drift__map_init(&b, ctx->arena);
	for (i = 0; i < drift_value_size(v); i++) {
		const struct drift_value *item = drift_value_at(v, i);

		if (v->kind == DRIFT_MAP)
			put_tag(ctx, &b, drift_value_key(v, i, NULL), item);
		else if (v->kind == DRIFT_LIST)
			put_tag(ctx, &b, first_text(item, names), drift__value_string(ctx->arena, first_text(item, values)));
	}
	return drift__map_finish(&b);
}
