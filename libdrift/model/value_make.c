/* Values: scalars, builders of lists and maps. */
#include "model/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making scalars ---- */

static struct drift_value *
new_value(struct drift__arena *a, enum drift_kind kind)
{
	struct drift_value *v = drift__arena_zalloc(a, sizeof *v);

	if (v != NULL)
		v->kind = (uint8_t)kind;
	return v;
}

static const struct drift_value *
new_text(struct drift__arena *a, enum drift_kind kind, const char *s, size_t n)
{
	struct drift_value *v;
	const char *copy;

	if (n > UINT32_MAX)
		return NULL;
	v = new_value(a, kind);
	copy = drift__arena_strndup(a, s, n);
	if (v == NULL || copy == NULL)
		return NULL;
	v->len = (uint32_t)n;
	v->u.text = copy;
	return v;
}

const struct drift_value *
drift__value_stringn(struct drift__arena *a, const char *s, size_t n)
{
	return new_text(a, DRIFT_STRING, s, n);
}

const struct drift_value *
drift__value_string(struct drift__arena *a, const char *s)
{
	return s != NULL ? new_text(a, DRIFT_STRING, s, strlen(s)) : &drift__null;
}

const struct drift_value *
drift__value_number(struct drift__arena *a, const char *digits)
{
	return new_text(a, DRIFT_NUMBER, digits, strlen(digits));
}

const struct drift_value *
drift__value_int(struct drift__arena *a, int64_t n)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRId64, n);
	return drift__value_number(a, text);
}

const struct drift_value *
drift__value_double(struct drift__arena *a, double d)
{
	char text[40];
	int precision;

	if (!isfinite(d))
		return &drift__null;
	if (d == floor(d) && fabs(d) < 1e15)
		return drift__value_int(a, (int64_t)d);
	for (precision = 1; precision <= 17; precision++) {
		snprintf(text, sizeof text, "%.*g", precision, d);
		if (strtod(text, NULL) == d)
			break;
	}
	return drift__value_number(a, text);
}

const struct drift_value *
drift__value_bool(bool b)
{
	return b ? &drift__true : &drift__false;
}

/* ---- builders: scratch grows on the heap, the finished thing is copied into the arena in one piece ---- */

void
drift__list_init(struct drift__list_builder *b, struct drift__arena *a)
{
	memset(b, 0, sizeof *b);
	b->arena = a;
}

void
drift__list_add(struct drift__list_builder *b, const struct drift_value *v)
{
	if (b->failed || v == NULL || b->len >= UINT32_MAX) {
		/* NULL is what a maker of scalars returns without memory */
		b->failed = true;
		return;
	}
	if (b->len == b->cap) {
		size_t cap = b->cap == 0 ? 8 : b->cap * 2;
		struct drift_value *items = drift__realloc(b->items, cap * sizeof *items);

		if (items == NULL) {
			b->failed = true;
			return;
		}
		b->items = items;
		b->cap = cap;
	}
	b->items[b->len++] = *v;
}

void
drift__list_dispose(struct drift__list_builder *b)
{
	drift__free(b->items);
	b->items = NULL;
	b->len = b->cap = 0;
}

const struct drift_value *
drift__list_finish(struct drift__list_builder *b)
{
	struct drift_value *v = b->failed ? NULL : new_value(b->arena, DRIFT_LIST);
	struct drift_value *items = NULL;

	if (v != NULL && b->len > 0) {
		items = drift__arena_alloc(b->arena, b->len * sizeof *items);
		if (items != NULL)
			memcpy(items, b->items, b->len * sizeof *items);
		else
			v = NULL;
	}
	if (v != NULL) {
		v->len = (uint32_t)b->len;
		v->u.items = items;
	}
	drift__list_dispose(b);
	return v;
}

void
drift__map_init(struct drift__map_builder *b, struct drift__arena *a)
{
	memset(b, 0, sizeof *b);
	b->arena = a;
}

void
drift__map_append(struct drift__map_builder *b, const char *key, size_t n, const struct drift_value *v)
{
	if (b->failed || v == NULL || b->len >= UINT32_MAX) {
		b->failed = true;
		return;
	}
	if (b->len == b->cap) {
		size_t cap = b->cap == 0 ? 8 : b->cap * 2;
		struct drift__member *members = drift__realloc(b->members, cap * sizeof *members);

		if (members == NULL) {
			b->failed = true;
			return;
		}
		b->members = members;
		b->cap = cap;
	}
	b->members[b->len].key = drift__arena_name(b->arena, key, n);
	b->members[b->len].key_len = n;
	b->members[b->len].value = *v;
	if (b->members[b->len].key == NULL)
		b->failed = true;
	else
		b->len++;
}

void
drift__map_putn(struct drift__map_builder *b, const char *key, size_t n, const struct drift_value *v)
{
	size_t i;

	for (i = 0; !b->failed && v != NULL && i < b->len; i++) {
		if (b->members[i].key_len == n && memcmp(b->members[i].key, key, n) == 0) {
			b->members[i].value = *v;
			return;
		}
	}
	drift__map_append(b, key, n, v);
}

void
drift__map_put(struct drift__map_builder *b, const char *key, const struct drift_value *v)
{
	drift__map_putn(b, key, strlen(key), v);
}

void
drift__map_lend(struct drift__map_builder *b, const char *key, const char *s)
{
	const struct drift_value v = {.kind = DRIFT_STRING, .len = s != NULL ? (uint32_t)strlen(s) : 0, .u = {.text = s}};

	drift__map_put(b, key, s != NULL ? &v : &drift__null);
}

void
drift__map_puts(struct drift__map_builder *b, const char *key, const char *s)
{
	const char *copy = drift__arena_strdup(b->arena, s);

	b->failed = b->failed || (s != NULL && copy == NULL);
	drift__map_lend(b, key, copy);
}

void
drift__map_puti(struct drift__map_builder *b, const char *key, int64_t n)
{
	drift__map_put(b, key, drift__value_int(b->arena, n));
}

void
drift__map_putb(struct drift__map_builder *b, const char *key, bool v)
{
	drift__map_put(b, key, drift__value_bool(v));
}

void
drift__map_dispose(struct drift__map_builder *b)
{
	drift__free(b->members);
	b->members = NULL;
	b->len = b->cap = 0;
}

const struct drift_value *
drift__map_finish(struct drift__map_builder *b)
{
	struct drift_value *v = b->failed ? NULL : new_value(b->arena, DRIFT_MAP);
	struct drift__member *members = NULL;

	if (v != NULL && b->len > 0) {
		members = drift__arena_alloc(b->arena, b->len * sizeof *members);
		if (members != NULL)
			memcpy(members, b->members, b->len * sizeof *members);
		else
			v = NULL;
	}
	if (v != NULL) {
		v->len = (uint32_t)b->len;
		v->u.plain = members;
	}
	drift__map_dispose(b);
	return v;
}
