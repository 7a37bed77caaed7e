/* SigV4: request -> canonical request -> string to sign -> signature, each kept so that it can be tested alone.
 *
 * One buffer a stage lives in the signer and is reused; the keys are sigv4_key.c's. */
#define _POSIX_C_SOURCE 200809L
#include "aws/sigv4.h"

#include "aws/sigv4_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CANONICAL = 16 * 1024 * 1024, DIGEST = DRIFT__SIGV4_DIGEST };

/* A header or a query parameter on its way into order; offsets, since the buffer that they point into grows. */
struct sort_item {
	size_t name, n_name, value, n_value, index;
	const char *base;
};

struct drift__signer {
	struct drift__sigv4_keyring *keyring;
	struct drift__buf texts, query, signed_headers, canonical, to_sign, authorization;
	struct sort_item *items;
	size_t items_cap;
	char amz_date[17], body_sha256[2 * DIGEST + 1], signature[2 * DIGEST + 1];
	const char *body_hash;
	enum drift_status worst; /* of texts, which is reset between stages */
};

struct drift__signer *
drift__signer_new(void)
{
	struct drift__signer *s = drift__calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->keyring = drift__sigv4_keyring_new();
	if (s->keyring == NULL) {
		drift__free(s);
		return NULL;
	}
	drift__buf_init(&s->texts, MAX_CANONICAL);
	drift__buf_init(&s->query, MAX_CANONICAL);
	drift__buf_init(&s->signed_headers, MAX_CANONICAL);
	drift__buf_init(&s->canonical, MAX_CANONICAL);
	drift__buf_init(&s->to_sign, MAX_CANONICAL);
	drift__buf_init(&s->authorization, MAX_CANONICAL);
	return s;
}

void
drift__signer_free(struct drift__signer *s)
{
	if (s == NULL)
		return;
	drift__sigv4_keyring_free(s->keyring);
	drift__buf_wipe(&s->texts);
	drift__buf_wipe(&s->query);
	drift__buf_wipe(&s->canonical);
	drift__buf_dispose(&s->signed_headers);
	drift__buf_dispose(&s->to_sign);
	drift__buf_dispose(&s->authorization);
	drift__free(s->items);
	drift__free(s);
}

static void
reset_texts(struct drift__signer *s)
{
	if (s->worst == DRIFT_OK)
		s->worst = s->texts.status;
	drift__buf_reset(&s->texts);
}

/* ---- sorting ---- */

static int
compare_bytes(const char *a, size_t n, const char *b, size_t m)
{
	int c = memcmp(a, b, n < m ? n : m);

	return c != 0 ? c : (n > m) - (n < m);
}

static int
by_name_value(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;
	int c = compare_bytes(x->base + x->name, x->n_name, y->base + y->name, y->n_name);

	return c != 0 ? c : compare_bytes(x->base + x->value, x->n_value, y->base + y->value, y->n_value);
}

static int
by_name_order(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;
	int c = compare_bytes(x->base + x->name, x->n_name, y->base + y->name, y->n_name);

	return c != 0 ? c : (x->index > y->index) - (x->index < y->index);
}

static struct sort_item *
next_item(struct drift__signer *s, size_t i)
{
	struct sort_item *items;
	size_t cap;

	if (i == s->items_cap) {
		cap = s->items_cap == 0 ? 32 : s->items_cap * 2;
		items = drift__realloc(s->items, cap * sizeof *items);
		if (items == NULL) {
			s->texts.status = DRIFT_NOMEM;
			return NULL;
		}
		s->items = items;
		s->items_cap = cap;
	}
	s->items[i] = (struct sort_item){.name = s->texts.len, .index = i};
	return &s->items[i];
}

static void
sort_items(struct drift__signer *s, size_t n, int (*compare)(const void *, const void *))
{
	size_t i;

	for (i = 0; i < n; i++)
		s->items[i].base = s->texts.data;
	if (n > 1)
		qsort(s->items, n, sizeof *s->items, compare);
}

/* ---- query ---- */

static size_t
add_query(struct drift__signer *s, size_t n, const char *name, const char *value)
{
	struct sort_item *item = next_item(s, n);

	if (item == NULL)
		return n;
	drift__uri_encode(&s->texts, name, strlen(name), false);
	item->n_name = s->texts.len - item->name;
	item->value = s->texts.len;
	drift__uri_encode(&s->texts, value, strlen(value), false);
	item->n_value = s->texts.len - item->value;
	return n + 1;
}

/* Fills s->query with the pairs of in and those n that stand in s->items already. */
static void
build_query(struct drift__signer *s, const struct drift__sigv4_input *in, size_t n)
{
	size_t i;

	for (i = 0; in->query != NULL && i < in->query->len; i++)
		n = add_query(s, n, in->query->items[i].name, in->query->items[i].value);
	drift__buf_reset(&s->query);
	if (s->texts.status != DRIFT_OK)
		return;
	sort_items(s, n, by_name_value);
	for (i = 0; i < n; i++) {
		const struct sort_item *item = &s->items[i];

		if (i > 0)
			drift__buf_addc(&s->query, '&');
		drift__buf_add(&s->query, item->base + item->name, item->n_name);
		drift__buf_addc(&s->query, '=');
		drift__buf_add(&s->query, item->base + item->value, item->n_value);
	}
	drift__buf_adds(&s->query, "");
}

/* ---- path ---- */

/* RFC 3986 dot segments out, runs of slashes to one. The result is never longer. */
static void
add_normalised(struct drift__buf *out, const char *path)
{
	const char *p = path;
	size_t start = out->len;

	while (*p != '\0') {
		size_t n = strcspn(p, "/");
		bool closed = p[n] == '/';

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (out->len > start + 1 && out->data[--out->len - 1] != '/')
				;
		} else if (n > 0 && !(n == 1 && p[0] == '.')) {
			drift__buf_add(out, p, n);
			if (closed)
				drift__buf_addc(out, '/');
		} else if (out->len == start && closed) {
			drift__buf_addc(out, '/');
		}
		p += n + closed;
	}
	if (out->len == start)
		drift__buf_addc(out, '/');
}

static void
add_path(struct drift__signer *s, const struct drift__sigv4_input *in)
{
	const char *path = in->path[0] != '\0' ? in->path : "/";

	if (in->raw_path) {
		drift__buf_adds(&s->canonical, path);
	} else if (in->keep_path_form) {
		drift__uri_encode(&s->canonical, path, strlen(path), true);
	} else {
		reset_texts(s);
		add_normalised(&s->texts, path);
		if (s->texts.status == DRIFT_OK)
			drift__uri_encode(&s->canonical, s->texts.data, s->texts.len, true);
	}
}

/* ---- headers ---- */

/* What proxies, curl or a tracer may add or change. */
static bool
never_signed(const char *name, size_t n)
{
	static const char *const names[] = {"authorization", "baggage", "connection", "expect", "keep-alive",
		"proxy-authenticate", "proxy-authorization", "te", "traceparent", "tracestate", "trailer", "transfer-encoding",
		"upgrade", "user-agent", "x-amzn-trace-id"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return true;
	return false;
}

static size_t
add_header(struct drift__signer *s, size_t n, const char *name, const char *value)
{
	struct sort_item *item = next_item(s, n);
	const char *p;
	bool gap = false;

	if (item == NULL)
		return n;
	for (p = name; *p != '\0'; p++)
		drift__buf_addc(&s->texts, *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
	item->n_name = s->texts.len - item->name;
	item->value = s->texts.len;
	if (s->texts.status == DRIFT_OK && never_signed(s->texts.data + item->name, item->n_name))
		return n;
	while (*value == ' ' || *value == '\t' || *value == '\n')
		value++;
	/* runs of white space become one space, at the end none */
	for (p = value; *p != '\0';) {
		size_t run = strcspn(p, " \t\r\n");

		if (gap && run > 0)
			drift__buf_addc(&s->texts, ' ');
		drift__buf_add(&s->texts, p, run);
		p += run;
		gap = *p != '\0';
		p += strspn(p, " \t\r\n");
	}
	item->n_value = s->texts.len - item->value;
	return n + 1;
}

static bool
same_name(const struct sort_item *a, const struct sort_item *b)
{
	return compare_bytes(a->base + a->name, a->n_name, b->base + b->name, b->n_name) == 0;
}

/* Sorted, equal names joined with commas: the block in canonical, the names in signed_headers. */
static void
add_headers(struct drift__signer *s, size_t n, struct drift__buf *block)
{
	size_t i;

	if (s->texts.status != DRIFT_OK)
		return;
	sort_items(s, n, by_name_order);
	drift__buf_reset(&s->signed_headers);
	for (i = 0; i < n; i++) {
		const struct sort_item *item = &s->items[i];
		bool again = i > 0 && same_name(item, item - 1);

		if (!again) {
			drift__buf_add(block, item->base + item->name, item->n_name);
			drift__buf_addc(block, ':');
			if (i > 0)
				drift__buf_addc(&s->signed_headers, ';');
			drift__buf_add(&s->signed_headers, item->base + item->name, item->n_name);
		} else {
			drift__buf_addc(block, ',');
		}
		drift__buf_add(block, item->base + item->value, item->n_value);
		if (i + 1 == n || !same_name(item, item + 1))
			drift__buf_addc(block, '\n');
	}
}

static bool
has_token(const struct drift__sigv4_keys *keys)
{
	return keys->token != NULL && keys->token[0] != '\0';
}

static size_t
given_headers(struct drift__signer *s, const struct drift__sigv4_input *in)
{
	size_t i, n = 0;

	reset_texts(s);
	for (i = 0; in->headers != NULL && i < in->headers->len; i++)
		n = add_header(s, n, in->headers->items[i].name, in->headers->items[i].value);
	return n;
}

/* ---- the stages ---- */

static void
set_date(struct drift__signer *s, int64_t now_ms)
{
	char iso[32];
	size_t i, n = 0;

	drift__time_format(now_ms, iso);
	for (i = 0; iso[i] != '\0' && n < sizeof s->amz_date - 1; i++)
		if (iso[i] != '-' && iso[i] != ':')
			s->amz_date[n++] = iso[i];
	s->amz_date[n] = '\0';
}

static bool
set_body_hash(struct drift__signer *s, const struct drift__sigv4_input *in)
{
	unsigned char digest[DIGEST];

	s->body_hash = s->body_sha256;
	if (in->body_sha256 != NULL) {
		s->body_hash = in->body_sha256;
	} else if (in->n_body == 0) {
		s->body_hash = DRIFT__SIGV4_EMPTY_SHA256;
	} else {
		if (!drift__sigv4_hash(s->keyring, in->body, in->n_body, digest))
			return false;
		drift__hex(digest, DIGEST, s->body_sha256);
	}
	return true;
}

static enum drift_status
prepare(struct drift__signer *s, const struct drift__sigv4_keys *keys, const struct drift__sigv4_input *in,
	struct drift_error *err)
{
	if (keys->access_key == NULL || keys->secret_key == NULL || keys->access_key[0] == '\0' || keys->secret_key[0] == '\0')
		return drift__fail(err, DRIFT_NO_CREDENTIALS, "signing", "an access key without its secret, or none at all");
	set_date(s, in->now_ms);
	if (!set_body_hash(s, in))
		return drift__nomem(err);
	reset_texts(s);
	s->worst = DRIFT_OK;
	drift__buf_reset(&s->canonical);
	return DRIFT_OK;
}

static void
add_scope(struct drift__signer *s, struct drift__buf *out, const struct drift__sigv4_input *in)
{
	drift__buf_add(out, s->amz_date, 8);
	drift__buf_addc(out, '/');
	drift__buf_adds(out, in->region);
	drift__buf_addc(out, '/');
	drift__buf_adds(out, in->service);
	drift__buf_adds(out, "/aws4_request");
}

/* The canonical request up to its headers, and behind them. */
static void
begin_canonical(struct drift__signer *s, const struct drift__sigv4_input *in)
{
	struct drift__buf *c = &s->canonical;

	drift__buf_adds(c, in->method);
	drift__buf_addc(c, '\n');
	add_path(s, in);
	drift__buf_addc(c, '\n');
	drift__buf_adds(c, s->query.data);
	drift__buf_addc(c, '\n');
}

static void
end_canonical(struct drift__signer *s)
{
	struct drift__buf *c = &s->canonical;

	drift__buf_addc(c, '\n');
	drift__buf_adds(c, s->signed_headers.data);
	drift__buf_addc(c, '\n');
	drift__buf_adds(c, s->body_hash);
}

/* From the finished canonical request on. */
static enum drift_status
finish(struct drift__signer *s, const struct drift__sigv4_keys *keys, const struct drift__sigv4_input *in,
	struct drift__sigv4_result *out, struct drift_error *err)
{
	unsigned char digest[DIGEST];
	char hex[2 * DIGEST + 1];
	const unsigned char *key;

	reset_texts(s);
	if (s->canonical.status == DRIFT_LIMIT || s->worst == DRIFT_LIMIT)
		return drift__fail(err, DRIFT_LIMIT, "signing", "the request's head is larger than %d bytes", MAX_CANONICAL);
	if (s->canonical.status != DRIFT_OK || s->worst != DRIFT_OK || s->query.status != DRIFT_OK ||
		s->signed_headers.status != DRIFT_OK || !drift__sigv4_hash(s->keyring, s->canonical.data, s->canonical.len, digest))
		return drift__nomem(err);
	drift__hex(digest, DIGEST, hex);
	drift__buf_reset(&s->to_sign);
	drift__buf_adds(&s->to_sign, "AWS4-HMAC-SHA256\n");
	drift__buf_adds(&s->to_sign, s->amz_date);
	drift__buf_addc(&s->to_sign, '\n');
	add_scope(s, &s->to_sign, in);
	drift__buf_addc(&s->to_sign, '\n');
	drift__buf_adds(&s->to_sign, hex);
	key = drift__sigv4_key(s->keyring, keys->secret_key, s->amz_date, in->region, in->service);
	if (key == NULL || s->to_sign.status != DRIFT_OK || !drift__sigv4_hmac(s->keyring, key, s->to_sign.data, s->to_sign.len, digest))
		return drift__nomem(err);
	drift__hex(digest, DIGEST, s->signature);
	*out = (struct drift__sigv4_result){.amz_date = s->amz_date, .body_sha256 = s->body_hash, .query = s->query.data,
		.canonical_request = s->canonical.data, .string_to_sign = s->to_sign.data, .signature = s->signature,
		.signed_headers = s->signed_headers.data};
	return DRIFT_OK;
}

enum drift_status
drift__sigv4_sign(struct drift__signer *s, const struct drift__sigv4_keys *keys, const struct drift__sigv4_input *in,
	struct drift__sigv4_result *out, struct drift_error *err)
{
	struct drift__buf *c = &s->canonical, *auth = &s->authorization;
	enum drift_status st = prepare(s, keys, in, err);
	size_t n;

	if (st != DRIFT_OK)
		return st;
	build_query(s, in, 0);
	begin_canonical(s, in);
	n = given_headers(s, in);
	n = add_header(s, n, "x-amz-date", s->amz_date);
	if (in->hash_header)
		n = add_header(s, n, "x-amz-content-sha256", s->body_hash);
	if (has_token(keys) && !in->token_unsigned)
		n = add_header(s, n, "x-amz-security-token", keys->token);
	add_headers(s, n, c);
	end_canonical(s);
	st = finish(s, keys, in, out, err);
	if (st != DRIFT_OK)
		return st;
	drift__buf_reset(auth);
	drift__buf_adds(auth, "AWS4-HMAC-SHA256 Credential=");
	drift__buf_adds(auth, keys->access_key);
	drift__buf_addc(auth, '/');
	add_scope(s, auth, in);
	drift__buf_adds(auth, ", SignedHeaders=");
	drift__buf_adds(auth, s->signed_headers.data);
	drift__buf_adds(auth, ", Signature=");
	drift__buf_adds(auth, s->signature);
	if (auth->status != DRIFT_OK)
		return drift__nomem(err);
	out->authorization = auth->data;
	return DRIFT_OK;
}

static void
presigned_query(struct drift__signer *s, const struct drift__sigv4_keys *keys, const struct drift__sigv4_input *in, const char *credential)
{
	char expires[16];
	size_t n;

	snprintf(expires, sizeof expires, "%u", in->expires_s);
	reset_texts(s);
	n = add_query(s, 0, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
	n = add_query(s, n, "X-Amz-Credential", credential);
	n = add_query(s, n, "X-Amz-Date", s->amz_date);
	n = add_query(s, n, "X-Amz-Expires", expires);
	n = add_query(s, n, "X-Amz-SignedHeaders", s->signed_headers.data);
	if (has_token(keys) && !in->token_unsigned)
		n = add_query(s, n, "X-Amz-Security-Token", keys->token);
	build_query(s, in, n);
}

enum drift_status
drift__sigv4_presign(struct drift__signer *s, const struct drift__sigv4_keys *keys, const struct drift__sigv4_input *in,
	struct drift__sigv4_result *out, struct drift_error *err)
{
	struct drift__buf block = DRIFT__BUF_INIT(MAX_CANONICAL), *c = &s->canonical, *credential = &s->authorization;
	enum drift_status st = prepare(s, keys, in, err);

	if (st != DRIFT_OK)
		return st;
	/* the names of the signed headers are part of the query, so the headers come first */
	add_headers(s, given_headers(s, in), &block);
	drift__buf_reset(credential);
	drift__buf_adds(credential, keys->access_key);
	drift__buf_addc(credential, '/');
	add_scope(s, credential, in);
	if (block.status != DRIFT_OK || credential->status != DRIFT_OK || s->signed_headers.data == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	presigned_query(s, keys, in, credential->data);
	begin_canonical(s, in);
	drift__buf_add(c, block.data, block.len);
	end_canonical(s);
	st = finish(s, keys, in, out, err);
	if (st != DRIFT_OK)
		goto done;
	if (has_token(keys) && in->token_unsigned) {
		drift__buf_adds(&s->query, "&X-Amz-Security-Token=");
		drift__uri_encode(&s->query, keys->token, strlen(keys->token), false);
	}
	drift__buf_adds(&s->query, "&X-Amz-Signature=");
	drift__buf_adds(&s->query, s->signature);
	if (s->query.status != DRIFT_OK)
		st = drift__nomem(err);
	out->query = s->query.data;
done:
	drift__buf_dispose(&block);
	return st;
}
