/* Values: reading, building, copying, comparing. */
#include "model/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct drift_value drift__null = {.kind = DRIFT_NULL};
const struct drift_value drift__true = {.kind = DRIFT_BOOL, .len = 1};
const struct drift_value drift__false = {.kind = DRIFT_BOOL};

/* ---- reading ---- */

enum drift_kind
drift_value_kind(const struct drift_value *v)
{
	return v != NULL ? (enum drift_kind)v->kind : DRIFT_NULL;
}

bool
drift_value_bool(const struct drift_value *v)
{
	return v != NULL && v->kind == DRIFT_BOOL && v->len == 1;
}

const char *
drift_value_text(const struct drift_value *v, size_t *len_out)
{
	if (v == NULL || (v->kind != DRIFT_STRING && v->kind != DRIFT_NUMBER)) {
		if (len_out != NULL)
			*len_out = 0;
		return NULL;
	}
	if (len_out != NULL)
		*len_out = v->len;
	return v->u.text;
}

size_t
drift_value_size(const struct drift_value *v)
{
	return v != NULL && v->kind != DRIFT_BOOL ? v->len : 0;
}

const struct drift_value *
drift_value_at(const struct drift_value *v, size_t i)
{
	if (v == NULL || i >= v->len)
		return NULL;
	if (v->kind == DRIFT_LIST)
		return &v->u.items[i];
	return v->kind == DRIFT_MAP ? drift__keyed_at(v, i).value : NULL;
}

const char *
drift_value_key(const struct drift_value *v, size_t i, size_t *len_out)
{
	if (v == NULL || v->kind != DRIFT_MAP || i >= v->len)
		return NULL;
	if (len_out != NULL)
		*len_out = drift__keyed_at(v, i).key_len;
	return drift__keyed_at(v, i).key;
}

const struct drift_value *
drift__value_getn(const struct drift_value *v, const char *key, size_t n)
{
	const struct drift__member *m;
	size_t i;

	if (v == NULL || v->kind != DRIFT_MAP)
		return NULL;
	m = v->alike ? v->u.alike->base : v->u.plain;
	for (i = 0; i < v->len; i++)
		if (m[i].key_len == n && memcmp(m[i].key, key, n) == 0)
			return v->alike ? drift__alike_at(v, i) : &m[i].value;
	return NULL;
}

const struct drift_value *
drift_value_get(const struct drift_value *v, const char *key)
{
	return drift__value_getn(v, key, strlen(key));
}

const char *
drift__value_str(const struct drift_value *v)
{
	return v != NULL && v->kind == DRIFT_STRING ? v->u.text : NULL;
}

const char *
drift__value_gets(const struct drift_value *map, const char *key)
{
	return drift__value_str(drift_value_get(map, key));
}

bool
drift__value_is_empty(const struct drift_value *v)
{
	enum drift_kind kind = drift_value_kind(v);

	return kind == DRIFT_NULL || ((kind == DRIFT_STRING || kind == DRIFT_LIST || kind == DRIFT_MAP) && v->len == 0);
}

bool
drift__value_to_int(const struct drift_value *v, int64_t *out)
{
	char *end;
	long long n;

	if (v == NULL || v->kind != DRIFT_NUMBER)
		return false;
	errno = 0;
	n = strtoll(v->u.text, &end, 10);
	if (errno != 0)
		return false;
	if (*end != '\0') {
		double d;

		/* 3.0 and 1e3 are integers too */
		if (!drift__value_to_double(v, &d) || d != floor(d) || fabs(d) > 9e15)
			return false;
		n = (long long)d;
	}
	*out = n;
	return true;
}

bool
drift__value_to_double(const struct drift_value *v, double *out)
{
	char *end;

	if (v == NULL || v->kind != DRIFT_NUMBER)
		return false;
	*out = strtod(v->u.text, &end);
	return *end == '\0' && isfinite(*out);
}

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
drift__map_puts(struct drift__map_builder *b, const char *key, const char *s)
{
	struct drift_value v = {.kind = DRIFT_STRING, .len = s != NULL ? (uint32_t)strlen(s) : 0, .u = {.text = drift__arena_strdup(b->arena, s)}};

	drift__map_put(b, key, s == NULL ? &drift__null : v.u.text != NULL ? &v : NULL);
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

/* ---- copying ---- */

static bool copy_into(struct drift__arena *a, struct drift_value *to, const struct drift_value *from);

static bool
copy_list(struct drift__arena *a, struct drift_value *to, const struct drift_value *from)
{
	struct drift_value *items = drift__arena_alloc(a, from->len * sizeof *items);
	uint32_t i;

	if (items == NULL)
		return false;
	for (i = 0; i < from->len; i++)
		if (!copy_into(a, &items[i], &from->u.items[i]))
			return false;
	to->u.items = items;
	return true;
}

static bool
copy_map(struct drift__arena *a, struct drift_value *to, const struct drift_value *from)
{
	struct drift__member *members = drift__arena_alloc(a, from->len * sizeof *members);
	uint32_t i;

	if (members == NULL)
		return false;
	for (i = 0; i < from->len; i++) {
		struct drift__keyed p = drift__keyed_at(from, i);

		members[i].key = drift__arena_name(a, p.key, p.key_len);
		members[i].key_len = p.key_len;
		if (members[i].key == NULL || !copy_into(a, &members[i].value, p.value))
			return false;
	}
	to->alike = false;
	to->u.plain = members;
	return true;
}

/* Depth is bounded by the JSON reader's nesting limit. */
static bool
copy_into(struct drift__arena *a, struct drift_value *to, const struct drift_value *from)
{
	*to = *from;
	switch ((enum drift_kind)from->kind) {
	case DRIFT_NULL:
	case DRIFT_BOOL:
		return true;
	case DRIFT_NUMBER:
	case DRIFT_STRING:
		to->u.text = drift__arena_strndup(a, from->u.text, from->len);
		return to->u.text != NULL;
	case DRIFT_LIST:
		return from->len == 0 || copy_list(a, to, from);
	case DRIFT_MAP:
		return from->len == 0 || copy_map(a, to, from);
	}
	return false;
}

const struct drift_value *
drift__value_copy(struct drift__arena *a, const struct drift_value *v)
{
	struct drift_value *copy;

	if (v == NULL)
		return &drift__null;
	copy = drift__arena_alloc(a, sizeof *copy);
	return copy != NULL && copy_into(a, copy, v) ? copy : NULL;
}

/* ---- comparing ---- */

static int
compare_bytes(const char *a, size_t n, const char *b, size_t m)
{
	int c = memcmp(a, b, n < m ? n : m);

	return c != 0 ? c : (n > m) - (n < m);
}

static int
compare_numbers(const struct drift_value *a, const struct drift_value *b)
{
	int64_t i, j;
	double x, y;

	if (drift__value_to_int(a, &i) && drift__value_to_int(b, &j))
		return (i > j) - (i < j);
	if (drift__value_to_double(a, &x) && drift__value_to_double(b, &y) && x != y)
		return x < y ? -1 : 1;
	/* beyond a double's precision the digits decide; a fraction spelt two ways is equal */
	if (a->len <= 16 && b->len <= 16 && drift__value_to_double(a, &x) && drift__value_to_double(b, &y))
		return 0;
	return compare_bytes(a->u.text, a->len, b->u.text, b->len);
}

int
drift__keyed_order(const void *pa, const void *pb)
{
	const struct drift__keyed *a = pa, *b = pb;

	return compare_bytes(a->key, a->key_len, b->key, b->key_len);
}

struct drift__keyed *
drift__keyed_sorted(const struct drift_value *map)
{
	struct drift__keyed *list = drift__malloc((map->len + (size_t)1) * sizeof *list);
	uint32_t i;

	if (list == NULL)
		return NULL;
	for (i = 0; i < map->len; i++)
		list[i] = drift__keyed_at(map, i);
	qsort(list, map->len, sizeof *list, drift__keyed_order);
	return list;
}

static int
compare_maps(const struct drift_value *a, const struct drift_value *b)
{
	struct drift__keyed *x = drift__keyed_sorted(a), *y = drift__keyed_sorted(b);
	uint32_t n = a->len < b->len ? a->len : b->len, i;
	int c = 0;

	for (i = 0; x != NULL && y != NULL && i < n && c == 0; i++) {
		c = drift__keyed_order(&x[i], &y[i]);
		if (c == 0)
			c = drift__value_compare(x[i].value, y[i].value);
	}
	if (c == 0)
		c = (a->len > b->len) - (a->len < b->len);
	drift__free(x);
	drift__free(y);
	return c;
}

int
drift__value_compare(const struct drift_value *a, const struct drift_value *b)
{
	uint32_t i;
	int c;

	if (a == NULL)
		a = &drift__null;
	if (b == NULL)
		b = &drift__null;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	switch ((enum drift_kind)a->kind) {
	case DRIFT_NULL:
		return 0;
	case DRIFT_BOOL:
		return (int)a->len - (int)b->len;
	case DRIFT_NUMBER:
		return compare_numbers(a, b);
	case DRIFT_STRING:
		return compare_bytes(a->u.text, a->len, b->u.text, b->len);
	case DRIFT_LIST:
		for (i = 0; i < a->len && i < b->len; i++) {
			c = drift__value_compare(&a->u.items[i], &b->u.items[i]);
			if (c != 0)
				return c;
		}
		return (a->len > b->len) - (a->len < b->len);
	case DRIFT_MAP:
		return compare_maps(a, b);
	}
	return 0;
}

bool
drift_value_equal(const struct drift_value *a, const struct drift_value *b)
{
	return drift__value_compare(a, b) == 0;
}

/* ---- documents ---- */

const struct drift_value *
drift_document_root(const struct drift_document *doc)
{
	return doc != NULL ? doc->root : NULL;
}

void
drift_document_free(struct drift_document *doc)
{
	if (doc == NULL)
		return;
	drift__arena_dispose(&doc->arena);
	drift__free(doc);
}

enum drift_status
drift_document_parse(const char *text, size_t n_bytes, const char *name, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__json_options opt = {.name = name};
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	st = drift__json_parse(&doc->arena, text, n_bytes, &opt, &doc->root, err);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}

char *
drift_value_to_json(const struct drift_value *v, int indent)
{
	struct drift__buf b = DRIFT__BUF_INIT(SIZE_MAX / 2);
	char *text;

	drift__json_write(&b, v, indent, false);
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	return text;
}

void
drift_text_free(char *text)
{
	drift__free(text);
}
