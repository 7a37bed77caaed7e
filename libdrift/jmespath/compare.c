/* Truth, equality, hashes and sizes of values. An expression can make a value whose tree is exponentially larger
 * than its memory ([@, @] | [@, @] | …), so everything that walks a tree counts its steps. */
#include "jmespath/make.h"

#include <stdlib.h>
#include <string.h>

bool
drift__jmes_true(const struct drift_value *v)
{
	switch (drift_value_kind(v)) {
	case DRIFT_NULL:
		return false;
	case DRIFT_BOOL:
		return drift_value_bool(v);
	case DRIFT_NUMBER:
		return true;
	case DRIFT_STRING:
	case DRIFT_LIST:
	case DRIFT_MAP:
		return v->len > 0;
	}
	return false;
}

static bool
step(struct drift__jmes_run *run)
{
	if (++run->steps <= JMES_MAX_STEPS)
		return true;
	drift__jmes_limit(run, "comparing these values takes too many steps");
	return false;
}

static bool
same_key(struct drift__keyed a, struct drift__keyed b)
{
	return a.key_len == b.key_len && memcmp(a.key, b.key, a.key_len) == 0;
}

static int
compare_members(const void *pa, const void *pb)
{
	const struct drift__keyed *a = pa, *b = pb;

	if (a->key_len != b->key_len)
		return a->key_len < b->key_len ? -1 : 1;
	return memcmp(a->key, b->key, a->key_len);
}

/* Both maps' members by key, a's first; the caller frees. */
static struct drift__keyed *
sorted_members(struct drift__jmes_run *run, const struct drift_value *a, const struct drift_value *b)
{
	struct drift__keyed *list = drift__malloc(2 * (size_t)a->len * sizeof *list);
	uint32_t i;

	if (list == NULL) {
		run->status = drift__nomem(run->err);
		return NULL;
	}
	for (i = 0; i < a->len; i++) {
		list[i] = drift__keyed_at(a, i);
		list[a->len + i] = drift__keyed_at(b, i);
	}
	qsort(list, a->len, sizeof *list, compare_members);
	qsort(list + a->len, a->len, sizeof *list, compare_members);
	return list;
}

/* Maps from one source have their members in one order: this compares those without sorting. a and b are of one length. */
static int
equal_maps(struct drift__jmes_run *run, const struct drift_value *a, const struct drift_value *b)
{
	struct drift__keyed *sorted;
	int same = 1;
	uint32_t i;

	for (i = 0; i < a->len && same_key(drift__keyed_at(a, i), drift__keyed_at(b, i)); i++) {
		same = drift__jmes_equal(run, drift_value_at(a, i), drift_value_at(b, i));
		if (same != 1)
			return same;
	}
	if (i == a->len)
		return 1;
	sorted = sorted_members(run, a, b);
	if (sorted == NULL)
		return -1;
	for (i = 0; i < a->len && same == 1; i++)
		same = same_key(sorted[i], sorted[a->len + i]) ? drift__jmes_equal(run, sorted[i].value, sorted[a->len + i].value) : 0;
	drift__free(sorted);
	return same;
}

int
drift__jmes_equal(struct drift__jmes_run *run, const struct drift_value *a, const struct drift_value *b)
{
	uint32_t i;
	int same;

	if (a->kind != b->kind)
		return 0;
	if (a->kind != DRIFT_LIST && a->kind != DRIFT_MAP)
		return drift__value_compare(a, b) == 0;
	if (a->len != b->len)
		return 0;
	if (a->len == 0 || a->u.items == b->u.items)
		return 1;
	if (!step(run))
		return -1;
	if (a->kind == DRIFT_MAP)
		return equal_maps(run, a, b);
	for (i = 0; i < a->len; i++) {
		same = drift__jmes_equal(run, &a->u.items[i], &b->u.items[i]);
		if (same != 1)
			return same;
	}
	return 1;
}

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 31;
	h *= 0x9E3779B97F4A7C15u;
	h ^= h >> 29;
	return h;
}

static uint64_t
hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001B3u;
	return mix(h);
}

bool
drift__jmes_hash(struct drift__jmes_run *run, const struct drift_value *v, uint64_t *out)
{
	uint64_t h = mix(v->kind + 1), inner;
	double d = 0;
	uint32_t i;

	switch ((enum drift_kind)v->kind) {
	case DRIFT_NULL:
		break;
	case DRIFT_BOOL:
		h = mix(h + v->len);
		break;
	case DRIFT_NUMBER: /* numbers that are equal give one double, whatever their digits; 0 also for -0 */
		if (!drift__value_to_double(v, &d) || d == 0)
			d = 0;
		h = hash_bytes(h, &d, sizeof d);
		break;
	case DRIFT_STRING:
		h = hash_bytes(h, v->u.text, v->len);
		break;
	case DRIFT_LIST:
	case DRIFT_MAP:
		if (!step(run))
			return false;
		for (i = 0; i < v->len; i++) {
			const char *key;
			size_t n = 0;

			if (!drift__jmes_hash(run, drift_value_at(v, i), &inner))
				return false;
			/* members are added up: their order must not matter */
			key = drift_value_key(v, i, &n);
			h = key != NULL ? h + hash_bytes(inner, key, n) : mix(h * 31 + inner);
		}
		break;
	}
	*out = h;
	return true;
}

static size_t
measure(const struct drift_value *v, size_t left)
{
	size_t used = 2, i;

	switch (drift_value_kind(v)) {
	case DRIFT_NULL:
	case DRIFT_BOOL:
		return 5;
	case DRIFT_NUMBER:
	case DRIFT_STRING:
		return used + v->len;
	case DRIFT_LIST:
		for (i = 0; i < v->len && used <= left; i++)
			used += 1 + measure(&v->u.items[i], left - used);
		return used;
	case DRIFT_MAP:
		for (i = 0; i < v->len && used <= left; i++) {
			struct drift__keyed m = drift__keyed_at(v, i);

			used += m.key_len + 4;
			if (used <= left)
				used += measure(m.value, left - used);
		}
		return used;
	}
	return used;
}

size_t
drift__jmes_measure(const struct drift_value *v, size_t max)
{
	size_t n = measure(v, max);

	return n <= max ? n : max + 1;
}
