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
	size_t n, cap;
};

/* Makes room for n in all, and little more; a hint. */
void drift__keys_reserve(struct drift__keys *k, size_t n);

/* The first value of a key stays. The key is lent for the table's life, value must not be NULL. False without memory. */
bool drift__keys_add(struct drift__keys *k, const char *key, void *value);
/* The value; NULL when there is none. */
void *drift__keys_get(const struct drift__keys *k, const char *key);
/* The table's own text of a key; NULL when it has none. */
const char *drift__keys_text(const struct drift__keys *k, const char *key);
void drift__keys_dispose(struct drift__keys *k);

#endif
