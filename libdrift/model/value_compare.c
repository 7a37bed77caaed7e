/* Values: their order, and the members of a map in theirs. */
#include "model/value.h"

#include <stdlib.h>
#include <string.h>

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
