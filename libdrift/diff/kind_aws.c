/* Kinds that follow one AWS format: record names and values, alias targets, principals, engine versions, containers of a task. */
#include "diff/kind.h"

#include <ctype.h>
#include <string.h>

/* Route 53 puts this before the name of a load balancer when the console makes an alias; it is the same target. */
static const char dual_stack[] = "dualstack.";

const struct drift_value *
drift__normal_dns_alias(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *name = drift__normal_dns(ctx, v, side);
	const char *text = drift__value_str(name);

	if (text == NULL || !drift__starts(text, dual_stack))
		return name;
	return drift__value_string(ctx->arena, text + strlen(dual_stack));
}

/* A name may stand without its zone in the configuration: see drift__kind_equal. */
const struct drift_value *
drift__normal_dns_relative(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	return drift__normal_dns(ctx, v, side);
}

/* A value of a record, without the dot at the end of a name. Letter case stays: a TXT value has one. */
static const struct drift_value *
record_value(struct drift__arena *a, const struct drift_value *v)
{
	const char *text = drift__value_str(v);

	if (text == NULL || v->len < 2 || text[v->len - 1] != '.')
		return v;
	return drift__value_stringn(a, text, v->len - 1);
}

/* One value, or a list of them without order. */
const struct drift_value *
drift__normal_dns_record(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	struct drift__list_builder b;
	const struct drift_value *list;
	size_t i;

	(void)side;
	if (v->kind != DRIFT_LIST)
		return record_value(ctx->arena, v);
	drift__list_init(&b, ctx->arena);
	for (i = 0; i < v->len; i++)
		drift__list_add(&b, record_value(ctx->arena, drift_value_at(v, i)));
	list = drift__list_finish(&b);
	return list != NULL ? drift__sorted_list(ctx->arena, list) : NULL;
}

/* arn:aws:iam::123456789012:root means the account. */
const struct drift_value *
drift__normal_principal(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	static const char tail[] = ":root";
	const char *text = drift__value_str(v), *account;
	size_t n;

	(void)side;
	if (text == NULL || !drift__starts(text, "arn:") || !drift__ends(text, tail))
		return v;
	n = strlen(text) - strlen(tail);
	for (account = text + n; account > text && isdigit((unsigned char)account[-1]); account--)
		;
	n = (size_t)(text + n - account);
	return n == 12 ? drift__value_stringn(ctx->arena, account, n) : v;
}

/* "15" in the configuration is any 15.x: see drift__kind_equal. */
const struct drift_value *
drift__normal_version_prefix(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	return drift__normal_string(ctx, v, side);
}

/* ---- container definitions ---- */

enum { MAX_DEPTH = 100 };

/* What ECS fills in when a member is not sent. */
static bool
is_filled_in(const char *key, const struct drift_value *v)
{
	const char *text = drift__scalar_text(NULL, v);

	if (drift__value_is_empty(v))
		return true;
	if (text == NULL)
		return false;
	return ((strcmp(key, "cpu") == 0 || strcmp(key, "hostPort") == 0) && strcmp(text, "0") == 0) ||
		(strcmp(key, "protocol") == 0 && strcmp(text, "tcp") == 0) || (strcmp(key, "essential") == 0 && strcmp(text, "true") == 0);
}

static bool
has_no_order(const char *key)
{
	return strcmp(key, "environment") == 0 || strcmp(key, "secrets") == 0;
}

static const struct drift_value *
container_part(struct drift__arena *a, const struct drift_value *v, unsigned depth)
{
	struct drift__list_builder list;
	struct drift__map_builder map;
	size_t i, n;

	if (depth > MAX_DEPTH || (v->kind != DRIFT_LIST && v->kind != DRIFT_MAP))
		return v;
	if (v->kind == DRIFT_LIST) {
		drift__list_init(&list, a);
		for (i = 0; i < v->len; i++)
			drift__list_add(&list, container_part(a, drift_value_at(v, i), depth + 1));
		return drift__list_finish(&list);
	}
	drift__map_init(&map, a);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);
		const struct drift_value *item = container_part(a, drift_value_at(v, i), depth + 1);

		if (item != NULL && has_no_order(key))
			item = drift__sorted_list(a, item);
		if (item == NULL || !is_filled_in(key, item))
			drift__map_putn(&map, key, n, item);
	}
	return drift__map_finish(&map);
}

const struct drift_value *
drift__normal_container_definitions(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *list = drift__normal_json(ctx, v, side);

	return list != NULL ? container_part(ctx->arena, list, 0) : NULL;
}
