/* A table of identities: open addressing, grown at two thirds. The texts are lent, not copied. */
#include "live/keys.h"

#include <string.h>

#include "base/base.h"

static size_t
place_of(const struct drift__keys *k, const char *key)
{
	uint64_t h = drift__hash_text(key, strlen(key));
	size_t i;

	for (i = (size_t)h & (k->cap - 1); k->slots[i].key != NULL && strcmp(k->slots[i].key, key) != 0; i = (i + 1) & (k->cap - 1))
		continue;
	return i;
}

static bool
grow(struct drift__keys *k)
{
	struct drift__keys more = {NULL, k->n, k->cap == 0 ? 64 : k->cap * 2};
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

bool
drift__keys_add(struct drift__keys *k, const char *key, void *value)
{
	size_t i;

	if ((k->n + 1) * 3 > k->cap * 2 && !grow(k))
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

void
drift__keys_dispose(struct drift__keys *k)
{
	drift__free(k->slots);
	*k = (struct drift__keys){NULL, 0, 0};
}
