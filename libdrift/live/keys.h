/* Identities, and what goes by them: a hash table of lent texts. */
#ifndef DRIFT_LIVE_KEYS_H
#define DRIFT_LIVE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drift__keys {
	struct drift__keys_slot {
		const char *key; /* NULL = free */
		void *value;
	} *slots;
	size_t n, cap; /* cap is a power of two, or 0 */
};

/* The first value of a key stays. The key is lent for the table's life, value must not be NULL. False without memory. */
bool drift__keys_add(struct drift__keys *k, const char *key, void *value);
/* The value; NULL when there is none. */
void *drift__keys_get(const struct drift__keys *k, const char *key);
void drift__keys_dispose(struct drift__keys *k);

#endif
