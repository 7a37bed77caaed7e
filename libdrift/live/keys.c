/* A table of identities: open addressing, at most four fifths full. The texts are lent, not copied. */
#include "live/keys.h"

#include <string.h>

#include "base/base.h"

static size_t
place_of(const struct drift__keys *k, const char *key)
{
	size_t i = (size_t)(drift__hash_text(key, strlen(key)) % k->cap);

	while (k->slots[i].key != NULL && strcmp(k->slots[i].key, key) != 0)
		i = i + 1 < k->cap ? i + 1 : 0;
	return i;
}

static bool
grow(struct drift__keys *k, size_t cap)
{
	struct drift__keys more = {NULL, k->n, cap};
	size_t i;

	more.slots = drift__calloc(more.cap, sizeof *more.slots);
	if (more.slots == NULL)
		return false;
	for (i = 0; i < k->cap; i++)
		if (k->slots[i].key != NULL)
			more.slots[place_of(&more, k->slots[i].key)] = k->slots[i];
	drift__free(k->slots);
	*k = more;
	return true;
}

void
drift__keys_reserve(struct drift__keys *k, size_t n)
{
	size_t cap = n + n / 4 + 1;

	if (n > 0 && cap > k->cap)
		(void)grow(k, cap);
}

bool
drift__keys_add(struct drift__keys *k, const char *key, void *value)
{
	size_t i;

	if ((k->n + 1) * 5 > k->cap * 4 && !grow(k, k->cap == 0 ? 64 : k->cap * 2))
		return false;
	i = place_of(k, key);
	if (k->slots[i].key == NULL) {
		k->slots[i].key = key;
		k->slots[i].value = value;
		k->n++;
	}
	return true;
}

void *
drift__keys_get(const struct drift__keys *k, const char *key)
{
	return k->n > 0 ? k->slots[place_of(k, key)].value : NULL;
}

const char *
drift__keys_text(const struct drift__keys *k, const char *key)
{
	return k->n > 0 ? k->slots[place_of(k, key)].key : NULL;
}

void
drift__keys_dispose(struct drift__keys *k)
{
	drift__free(k->slots);
	*k = (struct drift__keys){NULL, 0, 0};
}
