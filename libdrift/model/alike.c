/* See alike.h. A map is compared with the first one that had its keys, and with the last one of those that differed from it. */
#include "model/alike.h"

#include <string.h>

/* Keys may be data as well, and long texts are seldom equal: what is remembered has limits. */
enum { FIRST_MAPS = 128, MOST_MAPS = 16384, MOST_MEMBERS = DRIFT__ALIKE_MOST, TEXTS = 4096, LONGEST_TEXT = 4096, DEEPEST = 16, MOST_VALUES = 512, WORD = 64 };

struct drift__like {
	const struct drift__member *base;
	size_t n;
	uint64_t hash;
	struct drift_value last; /* that has values of its own; null: there was none */
};

struct drift__like_text {
	const char *text;
	size_t len;
};

void
drift__likes_init(struct drift__likes *l, struct drift__arena *a)
{
	memset(l, 0, sizeof *l);
	l->arena = a;
}

void
drift__likes_dispose(struct drift__likes *l)
{
	drift__free(l->maps);
	drift__free(l->slots);
	drift__free(l->texts);
	memset(l, 0, sizeof *l);
}

/* ---- one map ---- */

static size_t
words(size_t n)
{
	return (n + WORD - 1) / WORD;
}

static size_t
count_bits(uint64_t word)
{
	return (size_t)__builtin_popcountll(word);
}

const struct drift_value *
drift__alike_at(const struct drift_value *map, size_t i)
{
	const struct drift__alike *a = map->u.alike;
	uint64_t bit = (uint64_t)1 << i % WORD;
	size_t before, w;

	if ((a->own[i / WORD] & bit) == 0)
		return &a->base[i].value;
	before = count_bits(a->own[i / WORD] & (bit - 1));
	for (w = 0; w < i / WORD; w++)
		before += count_bits(a->own[w]);
	return (const struct drift_value *)(const void *)(a->own + words(map->len)) + before;
}

struct drift_value *
drift__alike_new(struct drift__arena *a, const struct drift__member *base, size_t n, const uint64_t *own, struct drift_value *out)
{
	struct drift__alike *made;
	size_t w, n_own = 0;

	for (w = 0; w < words(n); w++)
		n_own += count_bits(own[w]);
	made = drift__arena_alloc(a, sizeof *made + words(n) * sizeof *own + n_own * sizeof *out);
	if (made == NULL)
		return NULL;
	made->base = base;
	memcpy(made->own, own, words(n) * sizeof *own);
	*out = (struct drift_value){.kind = DRIFT_MAP, .alike = true, .len = (uint32_t)n, .u = {.alike = made}};
	return (struct drift_value *)(void *)(made->own + words(n));
}

/* Each map is compared with others again when the one around it is: so only to a certain depth. */
static bool
same_within(const struct drift_value *a, const struct drift_value *b, int depth)
{
	size_t i;

	if (a->kind != b->kind || a->len != b->len || depth > DEEPEST)
		return false;
	if (a->kind == DRIFT_NULL || a->kind == DRIFT_BOOL || a->len == 0 || (a->alike == b->alike && a->u.text == b->u.text))
		return true;
	if (a->kind == DRIFT_STRING || a->kind == DRIFT_NUMBER)
		return memcmp(a->u.text, b->u.text, a->len) == 0;
	for (i = 0; i < a->len; i++) {
		if (a->kind == DRIFT_MAP) {
			struct drift__keyed x = drift__keyed_at(a, i), y = drift__keyed_at(b, i);

			if (x.key_len != y.key_len || memcmp(x.key, y.key, x.key_len) != 0)
				return false;
		}
		if (!same_within(drift_value_at(a, i), drift_value_at(b, i), depth + 1))
			return false;
	}
	return true;
}

bool
drift__alike_same(const struct drift_value *a, const struct drift_value *b)
{
	return same_within(a, b, 0);
}

/* ---- those with the same keys ---- */

/* Keys of one type differ in length and in their ends, mostly; the rest is compared. */
static uint64_t
hash_keys(const struct drift__member *m, size_t n)
{
	const uint64_t prime = 0x100000001B3u;
	uint64_t h = n;
	size_t i;

	for (i = 0; i < n; i++) {
		h = (h ^ m[i].key_len) * prime;
		if (m[i].key_len > 0)
			h = (h ^ (unsigned char)m[i].key[0] ^ (uint64_t)(unsigned char)m[i].key[m[i].key_len - 1] << 8) * prime;
	}
	return h ^ h >> 32;
}

static bool
same_keys(const struct drift__member *a, const struct drift__member *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a[i].key_len != b[i].key_len || (a[i].key != b[i].key && memcmp(a[i].key, b[i].key, a[i].key_len) != 0))
			return false;
	return true;
}

static uint32_t *
slot_of(const struct drift__likes *l, const struct drift__member *m, size_t n, uint64_t hash)
{
	size_t mask = l->cap_maps * 2 - 1, i;

	for (i = (size_t)hash & mask; l->slots[i] != 0; i = (i + 1) & mask) {
		const struct drift__like *like = &l->maps[l->slots[i] - 1];

		if (like->hash == hash && like->n == n && same_keys(like->base, m, n))
			break;
	}
	return &l->slots[i];
}

static bool
grow(struct drift__likes *l)
{
	size_t cap = l->cap_maps == 0 ? FIRST_MAPS : l->cap_maps * 2, i;
	struct drift__like *maps = drift__realloc(l->maps, cap * sizeof *maps);
	uint32_t *slots = drift__calloc(cap * 2, sizeof *slots);

	if (maps != NULL)
		l->maps = maps;
	if (maps == NULL || slots == NULL) {
		drift__free(slots);
		return false;
	}
	drift__free(l->slots);
	l->slots = slots;
	l->cap_maps = cap;
	for (i = 0; i < l->n_maps; i++)
		*slot_of(l, maps[i].base, maps[i].n, maps[i].hash) = (uint32_t)i + 1;
	return true;
}

static bool
plain_map(struct drift__likes *l, const struct drift__member *m, size_t n, struct drift_value *out)
{
	struct drift__member *copy = drift__arena_alloc(l->arena, n * sizeof *copy);

	if (copy == NULL)
		return false;
	memcpy(copy, m, n * sizeof *copy);
	*out = (struct drift_value){.kind = DRIFT_MAP, .len = (uint32_t)n, .u = {.plain = copy}};
	return true;
}

static bool
has_values(const struct drift_value *v, const struct drift__member *m)
{
	size_t i;

	for (i = 0; i < v->len; i++)
		if (!drift__alike_same(drift_value_at(v, i), &m[i].value))
			return false;
	return true;
}

static bool
map_like(struct drift__likes *l, struct drift__like *like, const struct drift__member *m, struct drift_value *out)
{
	uint64_t own[MOST_MEMBERS / WORD] = {0};
	struct drift_value *values;
	bool differs = false;
	size_t i;

	for (i = 0; i < like->n; i++) {
		if (drift__alike_same(&like->base[i].value, &m[i].value))
			continue;
		own[i / WORD] |= (uint64_t)1 << i % WORD;
		differs = true;
	}
	*out = (struct drift_value){.kind = DRIFT_MAP, .len = (uint32_t)like->n, .u = {.plain = like->base}};
	if (!differs)
		return true;
	if (like->last.kind == DRIFT_MAP && has_values(&like->last, m)) {
		*out = like->last;
		return true;
	}
	values = drift__alike_new(l->arena, like->base, like->n, own, out);
	if (values == NULL)
		return false;
	for (i = 0; i < like->n; i++)
		if ((own[i / WORD] & (uint64_t)1 << i % WORD) != 0)
			*values++ = m[i].value;
	like->last = *out;
	return true;
}

bool
drift__likes_map(struct drift__likes *l, const struct drift__member *members, size_t n, struct drift_value *out)
{
	uint64_t hash;
	uint32_t *slot;

	*out = (struct drift_value){.kind = DRIFT_MAP};
	if (n == 0)
		return true;
	if (n > MOST_MEMBERS)
		return plain_map(l, members, n, out);
	if (l->n_maps == l->cap_maps && l->n_maps < MOST_MAPS && !grow(l))
		return false;
	hash = hash_keys(members, n);
	slot = slot_of(l, members, n, hash);
	if (*slot != 0)
		return map_like(l, &l->maps[*slot - 1], members, out);
	if (!plain_map(l, members, n, out))
		return false;
	if (l->n_maps < MOST_MAPS) {
		l->maps[l->n_maps] = (struct drift__like){.base = out->u.plain, .n = n, .hash = hash};
		*slot = (uint32_t)++l->n_maps;
	}
	return true;
}

const struct drift_value *
drift__likes_finish(struct drift__likes *l, struct drift__map_builder *b)
{
	struct drift_value *v = b->failed ? NULL : drift__arena_alloc(l->arena, sizeof *v);

	if (v != NULL && !drift__likes_map(l, b->members, b->len, v))
		v = NULL;
	drift__map_dispose(b);
	return v;
}

/* ---- texts ---- */

const char *
drift__likes_text(struct drift__likes *l, const char *s, size_t n)
{
	struct drift__like_text *t;

	if (s == NULL || n > LONGEST_TEXT)
		return drift__arena_strndup(l->arena, s, n);
	if (l->texts == NULL)
		l->texts = drift__calloc(TEXTS, sizeof *l->texts);
	if (l->texts == NULL)
		return NULL;
	t = &l->texts[drift__hash_text(s, n) % TEXTS];
	if (t->text == NULL || t->len != n || memcmp(t->text, s, n) != 0)
		*t = (struct drift__like_text){drift__arena_strndup(l->arena, s, n), n};
	return t->text;
}

void
drift__likes_puts(struct drift__likes *l, struct drift__map_builder *b, const char *key, const char *s)
{
	const char *copy = s != NULL ? drift__likes_text(l, s, strlen(s)) : NULL;

	b->failed = b->failed || (s != NULL && copy == NULL);
	drift__map_lend(b, key, copy);
}

/* ---- by number ---- */

static size_t
number_of(const struct drift__likes *l, const struct drift_value *map)
{
	const struct drift__member *keys = map->alike ? map->u.alike->base : map->u.plain;

	return l->slots != NULL ? *slot_of(l, keys, map->len, hash_keys(keys, map->len)) : 0;
}

/* What is left of so many values after those of v. */
static size_t
left_of(size_t most, const struct drift_value *v)
{
	size_t i;

	most -= most > 0;
	for (i = 0; most > 0 && (v->kind == DRIFT_LIST || v->kind == DRIFT_MAP) && i < v->len; i++)
		most = left_of(most, drift_value_at(v, i));
	return most;
}

/* A page of a list is not worth a copy: what recurs is what it lists. */
size_t
drift__likes_number(struct drift__likes *l, const struct drift_value *map)
{
	struct drift_value copy;
	size_t number;

	if (map->len == 0 || left_of(MOST_VALUES, map) == 0)
		return 0;
	number = number_of(l, map);
	if (number != 0 || l->n_maps == MOST_MAPS)
		return number;
	return drift__copy_into(l->arena, l, &copy, map) ? number_of(l, map) : 0;
}

const struct drift__member *
drift__likes_first(const struct drift__likes *l, size_t number, size_t *n_out)
{
	*n_out = l->maps[number - 1].n;
	return l->maps[number - 1].base;
}
