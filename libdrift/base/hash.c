/* Hashes and base64, by OpenSSL. */
#include "base/base.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

void
drift__sha256(const void *p, size_t n, unsigned char out[32])
{
	SHA256(p, n, out);
}

void
drift__hmac_sha256(const void *key, size_t n_key, const void *p, size_t n, unsigned char out[32])
{
	unsigned int len = 32;

	HMAC(EVP_sha256(), key, (int)n_key, p, n, out, &len);
}

bool
drift__pbkdf2_sha256(const void *secret, size_t n, const void *salt, size_t n_salt, int rounds, unsigned char out[32])
{
	return PKCS5_PBKDF2_HMAC(secret, (int)n, salt, (int)n_salt, rounds, EVP_sha256(), 32, out) == 1;
}

void
drift__md5(const void *p, size_t n, unsigned char out[16])
{
	unsigned int len = 16;

	/* MD5 is what Terraform's digest item holds; no security rests on it */
	if (EVP_Digest(p, n, out, &len, EVP_md5(), NULL) != 1)
		memset(out, 0, 16);
}

void
drift__sha1(const void *p, size_t n, unsigned char out[20])
{
	SHA1(p, n, out);
}

bool
drift__sha1_file(const char *path, unsigned char out[20])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1;
	FILE *f = good ? fopen(path, "rb") : NULL;
	unsigned char block[16384];
	size_t n;

	good = f != NULL;
	while (good && (n = fread(block, 1, sizeof block, f)) > 0)
		good = EVP_DigestUpdate(ctx, block, n) == 1;
	good = good && !ferror(f) && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	drift__wipe(block, sizeof block);
	if (f != NULL)
		fclose(f);
	EVP_MD_CTX_free(ctx);
	return good;
}

void
drift__hex(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void
drift__base64_encode(const void *p, size_t n, struct drift__buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = p;
	size_t i;

	for (i = 0; i < n; i += 3) {
		unsigned v = (unsigned)s[i] << 16 | (i + 1 < n ? (unsigned)s[i + 1] << 8 : 0) | (i + 2 < n ? s[i + 2] : 0u);

		drift__buf_addc(out, digits[v >> 18]);
		drift__buf_addc(out, digits[v >> 12 & 63]);
		drift__buf_addc(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
		drift__buf_addc(out, i + 2 < n ? digits[v & 63] : '=');
	}
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

long
drift__base64_decode(const char *s, size_t n, unsigned char *out)
{
	unsigned v = 0;
	int bits = 0, digit;
	size_t i, len = 0;

	for (i = 0; i < n && s[i] != '='; i++) {
		if (s[i] == '\n' || s[i] == '\r' || s[i] == ' ' || s[i] == '\t')
			continue;
		digit = base64_digit(s[i]);
		if (digit < 0)
			return -1;
		v = v << 6 | (unsigned)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (unsigned char)(v >> bits & 255);
		}
	}
	return bits >= 6 ? -1 : (long)len;
}
