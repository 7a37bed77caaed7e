/* Kinds for texts that the state keeps as a hash or in another encoding: sha1 and base64. */
#include "diff/kind.h"

#include <string.h>

enum { SHA1_HEX = 40 };

static bool
is_sha1(const char *s, size_t n)
{
	return n == SHA1_HEX && strspn(s, "0123456789abcdefABCDEF") == n;
}

/* What the provider stores of user data: the SHA-1 of the decoded text when it is base64, else of the text itself. */
const struct drift_value *
drift__normal_sha1(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__value_str(v);
	unsigned char digest[20], *decoded;
	char hex[SHA1_HEX + 1];
	long n;

	if (text == NULL)
		return v;
	if (is_sha1(text, v->len))
		return drift__normal_nocase(ctx, v, side);
	decoded = drift__arena_alloc(ctx->arena, (size_t)v->len * 3 / 4 + 3);
	if (decoded == NULL)
		return NULL;
	n = drift__base64_decode(text, v->len, decoded);
	if (n >= 0)
		drift__sha1(decoded, (size_t)n, digest);
	else
		drift__sha1(text, v->len, digest);
	drift__hex(digest, sizeof digest, hex);
	return drift__value_string(ctx->arena, hex);
}

/* The state may hold the text or its base64; the pair is compared both ways in drift__kind_equal. */
const struct drift_value *
drift__normal_base64(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	(void)ctx;
	(void)side;
	return v;
}
