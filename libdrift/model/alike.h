/* Values that resemble each other, in little memory: thousands of resources of a type differ in a name, an ARN and an id.
 *
 * A map whose keys an earlier one had, in the same order, keeps only the values that differ from that one's (value.h, struct drift__alike); equal
 * texts are kept once, as far as a table of fixed size remembers them. What comes out reads like any other value. */
#ifndef DRIFT_MODEL_ALIKE_H
#define DRIFT_MODEL_ALIKE_H

#include "model/value.h"

/* What was made before: only needed as long as more is to come. */
struct drift__likes {
	struct drift__arena *arena; /* of all that is made; lent */
	struct drift__like *maps;   /* the first ones with their keys */
	uint32_t *slots;            /* a hash table by keys: positions in maps, plus one */
	size_t n_maps, cap_maps;    /* of maps; there are twice as many slots */
	struct drift__like_text *texts;
};
void drift__likes_init(struct drift__likes *l, struct drift__arena *a);
void drift__likes_dispose(struct drift__likes *l);

/* A text of the arena; NULL without memory, or for a NULL s. */
const char *drift__likes_text(struct drift__likes *l, const char *s, size_t n);
/* Makes *out from members, whose keys and values are in the arena already; the array is the caller's. False without memory. */
bool drift__likes_map(struct drift__likes *l, const struct drift__member *members, size_t n, struct drift_value *out);
/* What drift__map_puts does with a builder of the same arena. */
void drift__likes_puts(struct drift__likes *l, struct drift__map_builder *b, const char *key, const char *s);
/* What drift__map_finish does with a builder of the same arena. */
const struct drift_value *drift__likes_finish(struct drift__likes *l, struct drift__map_builder *b);
/* A deep copy; NULL without memory. */
const struct drift_value *drift__likes_copy(struct drift__likes *l, const struct drift_value *v);
/* Either kind of copy: of l's arena, or with NULL one that shares nothing. False without memory. */
bool drift__copy_into(struct drift__arena *a, struct drift__likes *l, struct drift_value *to, const struct drift_value *from);

/* The first map that had the keys of this one: its number, from 1. When there was none, it becomes a copy of this one. 0: it is not remembered (it is
 * large, or there are too many). */
size_t drift__likes_number(struct drift__likes *l, const struct drift_value *map);
/* Lends the members of that map, and says how many. */
const struct drift__member *drift__likes_first(const struct drift__likes *l, size_t number, size_t *n_out);

/* As bytes: 1 and 1.0 are not the same. False also for what is nested so deep that it was not looked at. */
bool drift__alike_same(const struct drift_value *a, const struct drift_value *b);
/* Makes *out a map that is as base, n members, but for those with a bit in own: their values are then the caller's to write, in order, to what is
 * given back. NULL without memory. */
struct drift_value *drift__alike_new(struct drift__arena *a, const struct drift__member *base, size_t n, const uint64_t *own,
	struct drift_value *out);

#endif
