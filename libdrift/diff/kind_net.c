/* Kinds of network texts: cidr, dns, protocol, arn, ref. */
#include "diff/kind.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void
mask(unsigned char *bytes, size_t n_bytes, int prefix)
{
	size_t i;

	for (i = 0; i < n_bytes; i++) {
		int bits = prefix - (int)i * 8;

		if (bits <= 0)
			bytes[i] = 0;
		else if (bits < 8)
			bytes[i] &= (unsigned char)(0xff00 >> bits);
	}
}

static int
prefix_of(const char *slash, int most)
{
	int n = 0;

	if (slash == NULL)
		return most;
	if (slash[1] == '\0' || strlen(slash + 1) > 3)
		return -1;
	for (slash++; *slash != '\0'; slash++) {
		if (!isdigit((unsigned char)*slash))
			return -1;
		n = n * 10 + (*slash - '0');
	}
	return n <= most ? n : -1;
}

const struct drift_value *
drift__normal_cidr(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__value_str(v), *slash;
	char address[64], shown[INET6_ADDRSTRLEN + 16];
	unsigned char bytes[16];
	int family, prefix;

	(void)side;
	if (text == NULL)
		return v;
	slash = strchr(text, '/');
	if ((slash != NULL ? (size_t)(slash - text) : strlen(text)) >= sizeof address)
		return v;
	snprintf(address, sizeof address, "%.*s", slash != NULL ? (int)(slash - text) : (int)strlen(text), text);
	family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	prefix = prefix_of(slash, family == AF_INET6 ? 128 : 32);
	if (prefix < 0 || inet_pton(family, address, bytes) != 1)
		return v;
	mask(bytes, family == AF_INET6 ? 16 : 4, prefix);
	if (inet_ntop(family, bytes, shown, INET6_ADDRSTRLEN) == NULL)
		return v;
	snprintf(shown + strlen(shown), 16, "/%d", prefix);
	return drift__value_string(ctx->arena, shown);
}

static bool
is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7';
}

const struct drift_value *
drift__normal_dns(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__value_str(v);
	char *out;
	size_t n = 0;

	(void)side;
	if (text == NULL)
		return v;
	out = drift__arena_alloc(ctx->arena, strlen(text) + 1);
	if (out == NULL)
		return NULL;
	while (*text != '\0') {
		if (*text == '\\' && is_octal(text + 1)) {
			out[n++] = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
			text += 4;
		} else {
			out[n++] = *text++;
		}
		out[n - 1] = (char)tolower((unsigned char)out[n - 1]);
	}
	if (n > 1 && out[n - 1] == '.')
		n--;
	return drift__value_stringn(ctx->arena, out, n);
}

const struct drift_value *
drift__normal_protocol(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	static const struct {
		const char *name, *number;
	} known[] = {{"all", "-1"}, {"any", "-1"}, {"icmp", "1"}, {"igmp", "2"}, {"tcp", "6"}, {"udp", "17"}, {"gre", "47"},
		{"esp", "50"}, {"ah", "51"}, {"icmpv6", "58"}, {"ospf", "89"}, {"sctp", "132"}};
	const struct drift_value *lower = drift__normal_nocase(ctx, v, side);
	const char *text = drift__value_str(lower);
	size_t i;

	for (i = 0; text != NULL && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(text, known[i].name) == 0)
			return drift__value_string(ctx->arena, known[i].number);
	return lower;
}

/* AWS ignores the case of everything before the resource, and of a log group's ARN it returns both forms, with ":*" and without. */
const struct drift_value *
drift__normal_arn(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__value_str(v);
	char *out;
	size_t i, n;
	int colons = 0;

	(void)side;
	if (text == NULL || !(drift__starts(text, "arn:") || drift__starts(text, "ARN:")))
		return v;
	out = drift__arena_strdup(ctx->arena, text);
	if (out == NULL)
		return NULL;
	n = strlen(out);
	for (i = 0; i < n && colons < 5; i++) {
		colons += out[i] == ':';
		out[i] = (char)tolower((unsigned char)out[i]);
	}
	if (colons == 5 && strchr(out + i, ':') != NULL && drift__ends(out, ":*"))
		n -= 2;
	return drift__value_stringn(ctx->arena, out, n);
}

const struct drift_value *
drift__normal_ref(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__value_str(v), *object = NULL;

	if (text == NULL)
		return v;
	if (ctx->resolve != NULL)
		object = ctx->resolve(ctx->resolve_ctx, ctx->arena, ctx->targets, text);
	return object != NULL ? drift__value_string(ctx->arena, object) : drift__normal_arn(ctx, v, side);
}
