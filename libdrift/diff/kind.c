/* Kinds: the table, what is empty, and the few comparisons that no normal form can express. */
#include "diff/kind.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	drift__kind_fn *normal;
} kinds[] = {
#define ROW(kind) [DRIFT__KIND_##kind] = {#kind, drift__normal_##kind},
	DRIFT__KIND_MAP(ROW)
#undef ROW
};

enum drift__kind
drift__kind_by_name(const char *name)
{
	size_t i;

	for (i = 1; i < sizeof kinds / sizeof kinds[0]; i++)
		if (drift__streq(name, kinds[i].name))
			return (enum drift__kind)i;
	return DRIFT__KIND_none;
}

/* Zero and false count as absent: AWS leaves out what the provider writes as the zero value. */
static bool
counts_as_absent(const struct drift_value *v)
{
	double d;

	switch (drift_value_kind(v)) {
	case DRIFT_BOOL:
		return !drift_value_bool(v);
	case DRIFT_NUMBER:
		return drift__value_to_double(v, &d) && d == 0;
	default:
		return drift__value_is_empty(v);
	}
}

const struct drift_value *
drift__kind_normal(enum drift__kind kind, const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const struct drift_value *normal;

	if (kind == DRIFT__KIND_none)
		kind = DRIFT__KIND_string;
	if (drift__value_is_empty(v) && kind != DRIFT__KIND_version)
		return &drift__null;
	normal = kinds[kind].normal(ctx, v, side);
	return normal != NULL && counts_as_absent(normal) ? &drift__null : normal;
}

/* Base64 and plain text can't be told apart from one side alone ("test" is both). */
static bool
encodes(const struct drift_value *a, const struct drift_value *b)
{
	const char *text = drift__value_str(a), *encoded = drift__value_str(b);
	struct drift__buf buf = DRIFT__BUF_INIT((size_t)64 << 20);
	bool same;

	if (text == NULL || encoded == NULL)
		return false;
	drift__base64_encode(text, a->len, &buf);
	same = buf.status == DRIFT_OK && buf.len == b->len && memcmp(buf.data, encoded, b->len) == 0;
	drift__buf_dispose(&buf);
	return same;
}

/* arn:…:role/path/name against name, arn:…:key/id against id: only the object's own name at the end of the ARN. */
static bool
ends_in_name(const struct drift_value *a, const struct drift_value *b)
{
	const char *arn = drift__value_str(a), *name = drift__value_str(b);
	size_t n, m;

	if (arn == NULL || name == NULL || !drift__starts(arn, "arn:") || drift__starts(name, "arn:"))
		return false;
	n = strlen(arn);
	m = strlen(name);
	return n > m && strcmp(arn + n - m, name) == 0 && (arn[n - m - 1] == '/' || arn[n - m - 1] == ':');
}

/* live goes on after a dot where state ends: 15 and 15.4, app and app.example.org. */
static bool
goes_on(const struct drift_value *state, const struct drift_value *live)
{
	const char *s = drift__value_str(state), *l = drift__value_str(live);

	return s != NULL && l != NULL && drift__starts(l, s) && l[strlen(s)] == '.';
}

enum drift_status
drift__kind_equal(enum drift__kind kind, const struct drift__kind_context *ctx, const struct drift_value *state,
	const struct drift_value *live, bool *equal, struct drift_error *err)
{
	const struct drift_value *a, *b;

	*equal = drift_value_kind(state) == DRIFT_STRING && drift_value_equal(state, live);
	if (*equal)
		return DRIFT_OK;
	a = drift__kind_normal(kind, ctx, state, DRIFT_SIDE_STATE);
	b = drift__kind_normal(kind, ctx, live, DRIFT_SIDE_LIVE);
	if (a == NULL || b == NULL)
		return drift__nomem(err);
	*equal = drift_value_equal(a, b);
	if (!*equal && kind == DRIFT__KIND_base64)
		*equal = encodes(a, b) || encodes(b, a);
	if (!*equal && kind == DRIFT__KIND_ref)
		*equal = ends_in_name(a, b) || ends_in_name(b, a);
	if (!*equal && (kind == DRIFT__KIND_version_prefix || kind == DRIFT__KIND_dns_relative))
		*equal = goes_on(a, b);
	return DRIFT_OK;
}

const char *
drift__scalar_text(struct drift__arena *a, const struct drift_value *v)
{
	switch (drift_value_kind(v)) {
	case DRIFT_STRING:
	case DRIFT_NUMBER:
		return v->u.text;
	case DRIFT_BOOL:
		return drift_value_bool(v) ? "true" : "false";
	default:
		(void)a;
		return NULL;
	}
}

static int
compare_values(const void *a, const void *b)
{
	return drift__value_compare(a, b);
}

const struct drift_value *
drift__sorted_list(struct drift__arena *a, const struct drift_value *v)
{
	struct drift_value *items, *list;
	size_t i, n = 0;

	if (drift_value_kind(v) != DRIFT_LIST || v->len == 0)
		return v;
	items = drift__arena_alloc(a, v->len * sizeof *items);
	list = drift__arena_alloc(a, sizeof *list);
	if (items == NULL || list == NULL)
		return NULL;
	memcpy(items, v->u.items, v->len * sizeof *items);
	qsort(items, v->len, sizeof *items, compare_values);
	for (i = 0; i < v->len; i++)
		if (n == 0 || drift__value_compare(&items[n - 1], &items[i]) != 0)
			items[n++] = items[i];
	*list = (struct drift_value){.kind = DRIFT_LIST, .len = (uint32_t)n, .u = {.items = items}};
	return list;
}
