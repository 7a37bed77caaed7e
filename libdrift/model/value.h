/* The value tree, seen from inside: how trees are built. Everything lives in an arena; nothing is freed alone. */
#ifndef DRIFT_MODEL_VALUE_H
#define DRIFT_MODEL_VALUE_H

#include "base/base.h"
#include "drift/value.h"

struct drift__member;

struct drift_value {
	uint8_t kind; /* enum drift_kind */
	bool alike;   /* a map that says in what it differs from another (alike.h) */
	uint32_t len; /* bytes, elements or members; 1 for true */
	union {
		const char *text;                  /* string (decoded) or number (digits), NUL-terminated */
		const struct drift_value *items;   /* list: len values side by side */
		const struct drift__member *plain; /* map: len members side by side */
		const struct drift__alike *alike;  /* map that is alike; drift__keyed_at reads both */
	} u;
};

struct drift__member {
	const char *key; /* NUL-terminated */
	size_t key_len;
	struct drift_value value;
};

/* More members than any block of the provider has; longer maps stay plain. */
enum { DRIFT__ALIKE_MOST = 1024 };
struct drift__alike {
	const struct drift__member *base; /* as many: keys, and the values of those that are not its own */
	uint64_t own[];                   /* a bit for each member; behind the last word the own values, in order */
};

/* A member of any map, lent. */
struct drift__keyed {
	const char *key; /* NUL-terminated */
	size_t key_len;
	const struct drift_value *value;
};
const struct drift_value *drift__alike_at(const struct drift_value *map, size_t i);
static inline struct drift__keyed
drift__keyed_at(const struct drift_value *map, size_t i)
{
	const struct drift__member *m = &(map->alike ? map->u.alike->base : map->u.plain)[i];

	return (struct drift__keyed){m->key, m->key_len, map->alike ? drift__alike_at(map, i) : &m->value};
}
/* All of them, by key; an array for the caller to drift__free. NULL without memory. */
struct drift__keyed *drift__keyed_sorted(const struct drift_value *map);
int drift__keyed_order(const void *a, const void *b);

struct drift_document {
	struct drift__arena arena;
	const struct drift_value *root;
};

extern const struct drift_value drift__null, drift__true, drift__false;

/* ---- making scalars (NULL without memory; the arena owns) ---- */
const struct drift_value *drift__value_string(struct drift__arena *a, const char *s); /* copies; NULL s gives null */
const struct drift_value *drift__value_stringn(struct drift__arena *a, const char *s, size_t n);
const struct drift_value *drift__value_int(struct drift__arena *a, int64_t n);
const struct drift_value *drift__value_number(struct drift__arena *a, const char *digits); /* copies */
const struct drift_value *drift__value_double(struct drift__arena *a, double d); /* shortest text that reads back */
const struct drift_value *drift__value_bool(bool b); /* lends a constant */

/* ---- building lists and maps: fill a builder, then finish it into an arena ---- */
struct drift__list_builder {
	struct drift__arena *arena;
	struct drift_value *items;
	size_t len, cap;
	bool failed;
};
void drift__list_init(struct drift__list_builder *b, struct drift__arena *a);
void drift__list_add(struct drift__list_builder *b, const struct drift_value *v); /* shallow copy; NULL adds null or fails */
const struct drift_value *drift__list_finish(struct drift__list_builder *b);      /* NULL without memory; frees scratch */
void drift__list_dispose(struct drift__list_builder *b);

struct drift__map_builder {
	struct drift__arena *arena;
	struct drift__member *members;
	size_t len, cap;
	bool failed;
};
void drift__map_init(struct drift__map_builder *b, struct drift__arena *a);
/* The key is copied into the arena; an equal key is replaced in its place. */
void drift__map_put(struct drift__map_builder *b, const char *key, const struct drift_value *v);
void drift__map_putn(struct drift__map_builder *b, const char *key, size_t n, const struct drift_value *v);
/* The same where the caller knows that no equal key is there: in constant time. */
void drift__map_append(struct drift__map_builder *b, const char *key, size_t n, const struct drift_value *v);
void drift__map_puts(struct drift__map_builder *b, const char *key, const char *s); /* string; NULL s puts null */
void drift__map_lend(struct drift__map_builder *b, const char *key, const char *s); /* the same; s must live as long as the arena */
void drift__map_puti(struct drift__map_builder *b, const char *key, int64_t n);
void drift__map_putb(struct drift__map_builder *b, const char *key, bool v);
const struct drift_value *drift__map_finish(struct drift__map_builder *b);
void drift__map_dispose(struct drift__map_builder *b);

/* Deep copy into another arena; NULL without memory. */
const struct drift_value *drift__value_copy(struct drift__arena *a, const struct drift_value *v);
/* A total order: kind, then content; maps by sorted key. 0 = equal (maps without order; numbers by value, 1 == 1.0). */
int drift__value_compare(const struct drift_value *a, const struct drift_value *b);
/* Numbers: false when v is no number or does not fit. */
bool drift__value_to_int(const struct drift_value *v, int64_t *out);
bool drift__value_to_double(const struct drift_value *v, double *out);
/* Text of a string value, or NULL when it is not a string. */
const char *drift__value_str(const struct drift_value *v);
/* drift_value_get of a key that need not end with a NUL. */
const struct drift_value *drift__value_getn(const struct drift_value *map, const char *key, size_t n);
/* drift__value_str of a member, or NULL. */
const char *drift__value_gets(const struct drift_value *map, const char *key);
bool drift__value_is_empty(const struct drift_value *v); /* null, "", [], {} */

/* ---- JSON ---- */
/* What a lenient reader let pass. Lines count from 1. */
struct drift__json_notes {
	size_t equal_keys, equal_line;  /* members dropped for a later one of the same key; where the first object with some ends */
	size_t replaced, replaced_line; /* bytes that are no UTF-8 and lone surrogates, made U+FFFD */
};
struct drift__json_options {
	const char *name;      /* what errors call the input */
	size_t max_depth;      /* 0 = 10000 */
	size_t max_memory;     /* of all values together, roughly; past it LIMIT; 0 = what the arena allows */
	bool unique_keys;      /* equal keys in one object are BAD_JSON */
	bool lenient_utf8;     /* invalid bytes and lone surrogates become U+FFFD, as Go reads them; else BAD_JSON */
	bool allow_trailing;   /* stop after the first value; *consumed says where */
	size_t *consumed;
	struct drift__json_notes *notes; /* zeroed by the caller; NULL = nobody wants to know */
	struct drift__likes *likes; /* of the same arena: what resembles each other is kept in little memory; NULL = that takes longer than it is worth */
};
/* Reads into arena. The text is not kept. *out lives in the arena. */
enum drift_status drift__json_parse(struct drift__arena *a, const char *text, size_t n, const struct drift__json_options *opt,
	const struct drift_value **out, struct drift_error *err);
/* Writes JSON: indent 0 = one line. sort_keys for canonical text. Escapes control characters, ", \ and U+2028/9 only. */
void drift__json_write(struct drift__buf *out, const struct drift_value *v, int indent, bool sort_keys);
/* Writes s as a JSON string with quotes. */
void drift__json_write_string(struct drift__buf *out, const char *s, size_t n);

#endif
