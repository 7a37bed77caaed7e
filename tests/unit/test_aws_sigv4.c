/* Signatures, stage by stage: AWS's own suite where it is at hand, and cases that botocore signed. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "aws/sigv4.h"
#include "model/value.h"

struct request {
	struct drift__arena arena;
	struct drift__pairs query, headers;
	const char *method, *path, *body;
	size_t n_body;
};

static char *
slurp(struct drift__arena *a, const char *folder, const char *name, const char *file)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *path = drift__arena_printf(a, "%s/%s/%s", folder, name, file), *text;

	assert_int_equal(drift__file_read(path, &b, NULL), DRIFT_OK);
	text = drift__arena_strndup(a, b.data != NULL ? b.data : "", b.len);
	drift__buf_dispose(&b);
	return text;
}

/* "?a=b&c" of the suite: %XX is decoded, since the signer takes plain pairs. */
static void
parse_query(struct request *r, char *q)
{
	while (q != NULL && *q != '\0') {
		char *next = strchr(q, '&'), *eq, *in, *out;

		if (next != NULL)
			*next++ = '\0';
		for (in = out = q; *in != '\0'; in++, out++) {
			unsigned v;

			*out = *in;
			if (*in == '%' && sscanf(in + 1, "%2x", &v) == 1) {
				*out = (char)v;
				in += 2;
			}
		}
		*out = '\0';
		eq = strchr(q, '=');
		if (eq != NULL)
			*eq++ = '\0';
		drift__pairs_add(&r->query, &r->arena, q, eq != NULL ? eq : "");
		q = next;
	}
}

static void
parse_request(struct request *r, char *text)
{
	char *line = text, *end = strchr(text, '\n'), *version, *colon, *q;

	*end = '\0';
	r->method = line;
	line = strchr(line, ' ');
	*line++ = '\0';
	version = strstr(line, " HTTP/1.1");
	*version = '\0';
	q = strchr(line, '?');
	if (q != NULL)
		*q++ = '\0';
	r->path = line;
	parse_query(r, q);
	for (line = end + 1; *line != '\0' && *line != '\n'; line = end + 1) {
		end = strchr(line, '\n');
		while (end[1] == ' ') /* a folded line belongs to the header before it */
			end = strchr(end + 1, '\n');
		*end = '\0';
		colon = strchr(line, ':');
		*colon = '\0';
		drift__pairs_add(&r->headers, &r->arena, line, colon + 1);
	}
	r->body = *line == '\n' ? line + 1 : "";
	r->n_body = strlen(r->body);
}

static void
suite_case(struct drift__signer *s, const char *folder, const char *name)
{
	struct request r = {.n_body = 0};
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *context, *c;
	struct drift__sigv4_result out;
	struct drift__sigv4_input in = {.expires_s = 3600};
	struct drift__sigv4_keys keys;
	char *text;

	drift__arena_init(&r.arena, 0);
	text = slurp(&r.arena, folder, name, "context.json");
	assert_int_equal(drift__json_parse(&r.arena, text, strlen(text), &(struct drift__json_options){.name = name}, &context, &err), DRIFT_OK);
	parse_request(&r, slurp(&r.arena, folder, name, "request.txt"));
	c = drift_value_get(context, "credentials");
	keys = (struct drift__sigv4_keys){drift__value_gets(c, "access_key_id"), drift__value_gets(c, "secret_access_key"),
		drift__value_gets(c, "token")};
	in.method = r.method;
	in.path = r.path;
	in.query = &r.query;
	in.headers = &r.headers;
	in.body = r.body;
	in.n_body = r.n_body;
	in.region = drift__value_gets(context, "region");
	in.service = drift__value_gets(context, "service");
	in.keep_path_form = !drift_value_bool(drift_value_get(context, "normalize"));
	in.hash_header = drift_value_bool(drift_value_get(context, "sign_body"));
	in.token_unsigned = drift_value_bool(drift_value_get(context, "omit_session_token"));
	assert_true(drift__time_parse(drift__value_gets(context, "timestamp"), &in.now_ms));

	assert_int_equal(drift__sigv4_sign(s, &keys, &in, &out, &err), DRIFT_OK);
	assert_string_equal(out.canonical_request, slurp(&r.arena, folder, name, "header-canonical-request.txt"));
	assert_string_equal(out.string_to_sign, slurp(&r.arena, folder, name, "header-string-to-sign.txt"));
	assert_string_equal(out.signature, slurp(&r.arena, folder, name, "header-signature.txt"));
	text = slurp(&r.arena, folder, name, "header-signed-request.txt");
	assert_non_null(strstr(text, out.authorization));

	assert_int_equal(drift__sigv4_presign(s, &keys, &in, &out, &err), DRIFT_OK);
	assert_string_equal(out.canonical_request, slurp(&r.arena, folder, name, "query-canonical-request.txt"));
	assert_string_equal(out.string_to_sign, slurp(&r.arena, folder, name, "query-string-to-sign.txt"));
	assert_string_equal(out.signature, slurp(&r.arena, folder, name, "query-signature.txt"));
	assert_true(drift__ends(out.query, out.signature));
	drift__arena_dispose(&r.arena);
}

static void
test_suite(void **state)
{
	static const char folder[] = DRIFT_SHARED_DIR "/vectors/sigv4";
	const struct drift__dir_entry *entries;
	struct drift__signer *s;
	struct drift__arena a;
	size_t i, n;

	(void)state;
	drift__arena_init(&a, 0);
	if (drift__dir_list(&a, folder, &entries, &n, NULL) != DRIFT_OK) {
		drift__arena_dispose(&a);
		print_message("AWS's signing suite is not at hand (%s): skipped\n", folder);
		skip();
		return;
	}
	s = drift__signer_new();
	for (i = 0; i < n; i++)
		suite_case(s, folder, entries[i].name);
	print_message("%zu cases of the suite, header and query form\n", n);
	assert_true(n >= 38);
	drift__signer_free(s);
	drift__arena_dispose(&a);
}

static void
add_all(struct drift__pairs *p, struct drift__arena *a, const struct drift_value *list)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		drift__pairs_add(p, a, drift__value_str(drift_value_at(drift_value_at(list, i), 0)),
			drift__value_str(drift_value_at(drift_value_at(list, i), 1)));
}

static void
same_stages(const struct drift__sigv4_result *out, const struct drift_value *want)
{
	assert_string_equal(out->canonical_request, drift__value_gets(want, "canonical_request"));
	assert_string_equal(out->string_to_sign, drift__value_gets(want, "string_to_sign"));
	assert_string_equal(out->signature, drift__value_gets(want, "signature"));
}

static void
botocore_case(struct drift__signer *s, struct drift__arena *a, const struct drift_value *c)
{
	struct drift__sigv4_keys keys = {drift__value_gets(c, "access_key"), drift__value_gets(c, "secret_key"),
		drift__value_gets(c, "token")};
	struct drift__sigv4_input in = {.method = drift__value_gets(c, "method"), .path = drift__value_gets(c, "path"),
		.region = drift__value_gets(c, "region"), .service = drift__value_gets(c, "service"), .expires_s = 3600};
	const struct drift_value *presigned = drift_value_get(c, "presigned");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__pairs query = {0}, headers = {0};
	struct drift__sigv4_result out;

	add_all(&query, a, drift_value_get(c, "query"));
	add_all(&headers, a, drift_value_get(c, "headers"));
	in.query = &query;
	in.headers = &headers;
	in.body = drift_value_text(drift_value_get(c, "body"), &in.n_body);
	in.raw_path = in.hash_header = drift_value_bool(drift_value_get(c, "s3"));
	assert_true(drift__time_parse(drift__value_gets(c, "timestamp"), &in.now_ms));
	assert_int_equal(drift__sigv4_sign(s, &keys, &in, &out, &err), DRIFT_OK);
	same_stages(&out, drift_value_get(c, "header"));
	assert_string_equal(out.authorization, drift__value_gets(drift_value_get(c, "header"), "authorization"));
	if (presigned == NULL)
		return;
	in.hash_header = false;
	if (in.raw_path)
		in.body_sha256 = "UNSIGNED-PAYLOAD";
	assert_int_equal(drift__sigv4_presign(s, &keys, &in, &out, &err), DRIFT_OK);
	same_stages(&out, presigned);
}

static void
test_botocore(void **state)
{
	struct drift__buf b = DRIFT__BUF_INIT(8 << 20);
	struct drift_document *doc;
	struct drift__signer *s = drift__signer_new();
	struct drift__arena a;
	size_t i, n;

	(void)state;
	drift__arena_init(&a, 0);
	assert_int_equal(drift__file_read("tests/vectors/sigv4/botocore.json", &b, NULL), DRIFT_OK);
	assert_int_equal(drift_document_parse(b.data, b.len, "botocore.json", &doc, NULL), DRIFT_OK);
	n = drift_value_size(drift_document_root(doc));
	assert_true(n >= 100);
	for (i = 0; i < n; i++)
		botocore_case(s, &a, drift_value_at(drift_document_root(doc), i));
	drift_document_free(doc);
	drift__buf_dispose(&b);
	drift__signer_free(s);
	drift__arena_dispose(&a);
}

static void
test_refusals(void **state)
{
	static const struct drift__sigv4_keys bad[] = {{NULL, "s", NULL}, {"a", NULL, NULL}, {"", "s", NULL}, {"a", "", NULL}};
	struct drift__sigv4_input in = {.method = "GET", .path = "/", .region = "eu-west-1", .service = "ec2"};
	struct drift__sigv4_result out;
	struct drift__signer *s = drift__signer_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift__sigv4_sign(s, &bad[i], &in, &out, &err), DRIFT_NO_CREDENTIALS);
		assert_null(strstr(err.what, "\"s\""));
	}
	drift__signer_free(s);
}

/* Every allocation fails once: an error each time, never a wrong signature. */
static void
test_memory(void **state)
{
	static const struct drift__sigv4_keys keys = {"AKID", "secret", "token"};
	struct drift__sigv4_input in = {.method = "GET", .path = "/a b/..", .region = "eu-west-1", .service = "ec2", .expires_s = 9};
	struct drift__sigv4_result out;
	struct drift__signer *s;
	char good[65] = "";
	int i;

	(void)state;
	for (i = 40; i >= 0; i--) {
		drift__alloc_fail_after(i);
		s = drift__signer_new();
		if (s != NULL) {
			if (drift__sigv4_sign(s, &keys, &in, &out, NULL) == DRIFT_OK) {
				if (good[0] == '\0')
					memcpy(good, out.signature, 65);
				assert_string_equal(out.signature, good);
			}
			(void)drift__sigv4_presign(s, &keys, &in, &out, NULL);
		}
		drift__signer_free(s);
	}
	drift__alloc_fail_after(0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_botocore),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
