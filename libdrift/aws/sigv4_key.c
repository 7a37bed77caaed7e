/* Derived keys sit in a small direct-mapped table, since a scan signs thousands of requests for a few dozen scopes a day. */
#include "aws/sigv4_key.h"

#include <openssl/evp.h>
#include <string.h>

enum { KEY_SLOTS = 256, MAX_SCOPE = 1024 * 1024, BLOCK = 64, DIGEST = DRIFT__SIGV4_DIGEST };

struct key_slot {
	char *scope; /* secret NUL date NUL region NUL service */
	size_t n_scope;
	unsigned char key[DIGEST];
};

struct drift__sigv4_keyring {
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	struct drift__buf scope;
	struct key_slot keys[KEY_SLOTS];
};

struct drift__sigv4_keyring *
drift__sigv4_keyring_new(void)
{
	struct drift__sigv4_keyring *k = drift__calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	drift__buf_init(&k->scope, MAX_SCOPE);
	k->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	k->digest = EVP_MD_CTX_new();
	if (k->sha256 == NULL || k->digest == NULL) {
		drift__sigv4_keyring_free(k);
		return NULL;
	}
	return k;
}

static void
drop_key(struct key_slot *slot)
{
	if (slot->scope != NULL)
		drift__wipe(slot->scope, slot->n_scope);
	drift__free(slot->scope);
	drift__wipe(slot, sizeof *slot);
}

void
drift__sigv4_keyring_free(struct drift__sigv4_keyring *k)
{
	size_t i;

	if (k == NULL)
		return;
	for (i = 0; i < KEY_SLOTS; i++)
		drop_key(&k->keys[i]);
	drift__buf_wipe(&k->scope);
	EVP_MD_CTX_free(k->digest);
	EVP_MD_free(k->sha256);
	drift__free(k);
}

static bool
hash2(struct drift__sigv4_keyring *k, const void *a, size_t n_a, const void *b, size_t n_b, unsigned char out[DIGEST])
{
	return EVP_DigestInit_ex2(k->digest, k->sha256, NULL) == 1 && (n_a == 0 || EVP_DigestUpdate(k->digest, a, n_a) == 1) &&
		(n_b == 0 || EVP_DigestUpdate(k->digest, b, n_b) == 1) && EVP_DigestFinal_ex(k->digest, out, NULL) == 1;
}

/* RFC 2104. out may be key. */
static bool
hmac(struct drift__sigv4_keyring *k, const void *key, size_t n_key, const void *p, size_t n, unsigned char out[DIGEST])
{
	unsigned char pad[BLOCK] = {0}, inner[DIGEST];
	bool ok = true;
	size_t i;

	if (n_key > BLOCK)
		ok = hash2(k, key, n_key, NULL, 0, pad);
	else
		memcpy(pad, key, n_key);
	for (i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	ok = ok && hash2(k, pad, BLOCK, p, n, inner);
	for (i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	ok = ok && hash2(k, pad, BLOCK, inner, DIGEST, out);
	drift__wipe(pad, sizeof pad);
	drift__wipe(inner, sizeof inner);
	return ok;
}

static size_t
slot_of(const char *p, size_t n)
{
	uint32_t h = 2166136261u;

	while (n-- > 0)
		h = (h ^ (unsigned char)*p++) * 16777619u;
	return (h ^ h >> 16) % KEY_SLOTS;
}

static bool
derive_key(struct drift__sigv4_keyring *k, const char *secret, const char *amz_date, const char *region, const char *service,
	unsigned char key[DIGEST])
{
	struct drift__buf first = DRIFT__BUF_INIT(MAX_SCOPE);
	bool ok;

	drift__buf_adds(&first, "AWS4");
	drift__buf_adds(&first, secret);
	ok = first.status == DRIFT_OK && hmac(k, first.data, first.len, amz_date, 8, key) &&
		hmac(k, key, DIGEST, region, strlen(region), key) &&
		hmac(k, key, DIGEST, service, strlen(service), key) && hmac(k, key, DIGEST, "aws4_request", 12, key);
	drift__buf_wipe(&first);
	return ok;
}

const unsigned char *
drift__sigv4_key(struct drift__sigv4_keyring *k, const char *secret, const char *amz_date, const char *region, const char *service)
{
	struct drift__buf *scope = &k->scope;
	struct key_slot *slot;

	drift__buf_reset(scope);
	drift__buf_add(scope, secret, strlen(secret) + 1);
	drift__buf_add(scope, amz_date, 8);
	drift__buf_add(scope, region, strlen(region) + 1);
	drift__buf_adds(scope, service);
	if (scope->status != DRIFT_OK)
		return NULL;
	slot = &k->keys[slot_of(scope->data, scope->len)];
	if (slot->scope != NULL && slot->n_scope == scope->len && memcmp(slot->scope, scope->data, scope->len) == 0)
		return slot->key;
	drop_key(slot);
	if (!derive_key(k, secret, amz_date, region, service, slot->key))
		return NULL;
	slot->scope = drift__malloc(scope->len);
	if (slot->scope == NULL)
		return NULL;
	memcpy(slot->scope, scope->data, scope->len);
	slot->n_scope = scope->len;
	return slot->key;
}

bool
drift__sigv4_hash(struct drift__sigv4_keyring *k, const void *p, size_t n, unsigned char out[DRIFT__SIGV4_DIGEST])
{
	return hash2(k, p, n, NULL, 0, out);
}

bool
drift__sigv4_hmac(struct drift__sigv4_keyring *k, const unsigned char key[DRIFT__SIGV4_DIGEST], const void *p, size_t n,
	unsigned char out[DRIFT__SIGV4_DIGEST])
{
	return hmac(k, key, DIGEST, p, n, out);
}
