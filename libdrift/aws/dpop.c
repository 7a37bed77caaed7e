/* key, URL, id, time -> header.payload.signature, each in base64 for URLs. */
#include "aws/dpop.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "model/value.h"

enum { COORDINATE = 32, POINT = 1 + 2 * COORDINATE };

/* Base64 with - and _, and without padding. */
static void
add_base64url(struct drift__buf *out, const void *p, size_t n)
{
	size_t start = out->len, i;

	drift__base64_encode(p, n, out);
	if (out->status != DRIFT_OK)
		return;
	while (out->len > start && out->data[out->len - 1] == '=')
		out->data[--out->len] = '\0';
	for (i = start; i < out->len; i++)
		out->data[i] = out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i];
}

static EVP_PKEY *
read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return key;
}

/* The public point of a key on P-256; false for any other key. */
static bool
public_point(EVP_PKEY *key, unsigned char point[POINT])
{
	unsigned char *encoded = NULL;
	size_t n = EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 8 * COORDINATE ? EVP_PKEY_get1_encoded_public_key(key, &encoded) : 0;
	bool ok = n == POINT && encoded[0] == 4; /* both coordinates, as they are */

	if (ok)
		memcpy(point, encoded, POINT);
	OPENSSL_free(encoded);
	return ok;
}

/* OpenSSL signs in DER; the JWS wants the two numbers side by side. */
static bool
sign(EVP_PKEY *key, const char *text, size_t n, unsigned char pair[2 * COORDINATE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[128];
	const unsigned char *p = der;
	size_t n_der = sizeof der;
	ECDSA_SIG *s = NULL;
	bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestSign(ctx, der, &n_der, (const unsigned char *)text, n) == 1;

	if (ok)
		s = d2i_ECDSA_SIG(NULL, &p, (long)n_der);
	ok = s != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(s), pair, COORDINATE) == COORDINATE &&
		BN_bn2binpad(ECDSA_SIG_get0_s(s), pair + COORDINATE, COORDINATE) == COORDINATE;
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static void
add_header(struct drift__buf *out, const unsigned char point[POINT])
{
	struct drift__buf json = DRIFT__BUF_INIT(1024);

	drift__buf_adds(&json, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"x\":\"");
	add_base64url(&json, point + 1, COORDINATE);
	drift__buf_adds(&json, "\",\"y\":\"");
	add_base64url(&json, point + 1 + COORDINATE, COORDINATE);
	drift__buf_adds(&json, "\",\"crv\":\"P-256\"}}");
	add_base64url(out, json.data, json.len);
	drift__buf_dispose(&json);
}

static void
add_payload(struct drift__buf *out, const char *url, const char *id, int64_t now_ms)
{
	struct drift__buf json = DRIFT__BUF_INIT(4096);

	drift__buf_adds(&json, "{\"htm\":\"POST\",\"htu\":");
	drift__json_write_string(&json, url, strlen(url));
	drift__buf_addf(&json, ",\"iat\":%" PRId64 ",\"jti\":", now_ms / 1000);
	drift__json_write_string(&json, id, strlen(id));
	drift__buf_addc(&json, '}');
	if (json.status != DRIFT_OK)
		out->status = json.status;
	else
		add_base64url(out, json.data, json.len);
	drift__buf_dispose(&json);
}

enum drift_status
drift__dpop_proof(const char *pem, const char *url, const char *id, int64_t now_ms, struct drift__buf *out, struct drift_error *err)
{
	unsigned char point[POINT], pair[2 * COORDINATE];
	EVP_PKEY *key = read_key(pem);
	size_t start = out->len;
	enum drift_status st = DRIFT_OK;

	if (key == NULL || !public_point(key, point)) {
		EVP_PKEY_free(key);
		return drift__fail(err, DRIFT_NO_CREDENTIALS, "dpopKey", "is no private key on the curve P-256");
	}
	add_header(out, point);
	drift__buf_addc(out, '.');
	add_payload(out, url, id, now_ms);
	if (out->status == DRIFT_OK && !sign(key, out->data + start, out->len - start, pair))
		st = drift__fail(err, DRIFT_NO_CREDENTIALS, "dpopKey", "could not sign");
	drift__buf_addc(out, '.');
	add_base64url(out, pair, sizeof pair);
	EVP_PKEY_free(key);
	return st == DRIFT_OK && out->status != DRIFT_OK ? drift__nomem(err) : st;
}
