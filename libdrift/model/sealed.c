/* Sealing and comparing sealed secrets. */
#include "model/sealed.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 100000, SALT_BYTES = 16, SALT_HEX = 32, HASH_HEX = 64, HEAD = 2 };

static const char member[] = "$sealed";

/* "1$<salt>$<hash>" */
static bool
make_seal(const char *text, size_t n, const char salt_hex[SALT_HEX + 1], char out[HEAD + SALT_HEX + 1 + HASH_HEX + 1])
{
	unsigned char hash[32];
	char hash_hex[HASH_HEX + 1];

	if (!drift__pbkdf2_sha256(text, n, salt_hex, SALT_HEX, ROUNDS, hash))
		return false;
	drift__hex(hash, sizeof hash, hash_hex);
	snprintf(out, HEAD + SALT_HEX + 1 + HASH_HEX + 1, "1$%s$%s", salt_hex, hash_hex);
	return true;
}

const struct drift_value *
drift__seal(struct drift__arena *a, const char *text, size_t n, const char *place)
{
	unsigned char digest[32];
	char salt_hex[SALT_HEX + 1], seal[HEAD + SALT_HEX + 1 + HASH_HEX + 1];
	struct drift__map_builder m;

	drift__sha256(place, strlen(place), digest);
	drift__hex(digest, SALT_BYTES, salt_hex);
	if (!make_seal(text, n, salt_hex, seal))
		return NULL;
	drift__map_init(&m, a);
	drift__map_puts(&m, member, seal);
	return drift__map_finish(&m);
}

bool
drift__is_sealed(const struct drift_value *v)
{
	return drift_value_kind(v) == DRIFT_MAP && v->len == 1 && drift__value_gets(v, member) != NULL;
}

static bool
is_ours(const char *seal)
{
	return strlen(seal) == HEAD + SALT_HEX + 1 + HASH_HEX && drift__starts(seal, "1$") && seal[HEAD + SALT_HEX] == '$';
}

enum drift__seal_match
drift__seal_compare(const struct drift_value *a, const struct drift_value *b)
{
	const char *seal = drift__value_gets(drift__is_sealed(a) ? a : b, member), *text;
	const struct drift_value *other = drift__is_sealed(a) ? b : a;
	char salt_hex[SALT_HEX + 1], made[HEAD + SALT_HEX + 1 + HASH_HEX + 1];

	if (seal == NULL || !is_ours(seal))
		return DRIFT__SEAL_UNKNOWN;
	if (drift__is_sealed(other)) {
		text = drift__value_gets(other, member);
		if (strcmp(text, seal) == 0)
			return DRIFT__SEAL_EQUAL;
		return is_ours(text) && memcmp(text, seal, HEAD + SALT_HEX) == 0 ? DRIFT__SEAL_DIFFERENT : DRIFT__SEAL_UNKNOWN;
	}
	text = drift__value_str(other);
	if (text == NULL)
		return DRIFT__SEAL_DIFFERENT; /* only texts that are not empty are sealed */
	memcpy(salt_hex, seal + HEAD, SALT_HEX);
	salt_hex[SALT_HEX] = '\0';
	if (!make_seal(text, other->len, salt_hex, made))
		return DRIFT__SEAL_UNKNOWN;
	return strcmp(made, seal) == 0 ? DRIFT__SEAL_EQUAL : DRIFT__SEAL_DIFFERENT;
}
