/* What goes wrong with single replies: what a retry gets over, and what ends the call, with which status and hint. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws_client.h"

/* ---- scenes: what goes wrong once or twice and is then right ---- */

static void
scene_503_twice(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, n < 3 ? 503 : 200, "", n < 3 ? "busy" : IDENTITY);
}

static void
scene_throttled_twice(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, n < 3 ? 400 : 200, "", n < 3 ? FAULT("Throttling") : IDENTITY);
}

static void
scene_silent_once(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	if (n > 1)
		test_reply(reply, 200, "", IDENTITY);
}

static void
scene_truncated_once(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	if (n > 1)
		test_reply(reply, 200, "", IDENTITY);
	else
		drift__buf_adds(reply, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<GetCallerIdentityResponse>");
}

static void
scene_malformed_once(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, 200, "", n > 1 ? IDENTITY : "<GetCallerIdentityResponse><GetCaller");
}

static void
scene_no_http_once(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	if (n > 1)
		test_reply(reply, 200, "", IDENTITY);
	else
		drift__buf_adds(reply, "SSH-2.0-OpenSSH\r\n");
}

static void
test_recovers(void **state)
{
	static const struct {
		scene *scene;
		int requests;
	} cases[] = {{scene_503_twice, 3}, {scene_throttled_twice, 3}, {scene_silent_once, 2}, {scene_truncated_once, 2},
		{scene_malformed_once, 2}, {scene_no_http_once, 2}};
	struct fixture *f = *state;
	struct drift__aws_stats stats;
	struct drift_error err;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		client(f, cases[i].scene, OPTIONS(.call_timeout_ms = 5000));
		assert_int_equal(identity(f, &err), DRIFT_OK);
		assert_int_equal(f->n, cases[i].requests);
		drift__aws_get_stats(f->client, &stats);
		assert_int_equal(stats.requests, cases[i].requests);
		assert_int_equal(stats.retries, cases[i].requests - 1);
	}
}

/* ---- scenes: what stays wrong ---- */

static void
scene_503(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 503, "", "");
}

static void
scene_throttled(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 400, "", FAULT("Throttling"));
}

static void
scene_denied(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 403, "", FAULT("AccessDenied"));
}

static void
scene_wrong_secret(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 403, "", FAULT("SignatureDoesNotMatch"));
}

static void
scene_expired(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 403, "", FAULT("ExpiredToken"));
}

#define PAGE "<!doctype html>\n<html lang=en>\n<title> 500 Internal Server Error </title>\n<h1>Internal Server Error</h1>"

static void
scene_page(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 500, "Content-Type: text/html\r\n", PAGE);
}

static void
scene_page_thrice(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, n < 4 ? 500 : 200, "", n < 4 ? PAGE : IDENTITY);
}

/* One of them is AWS's own: it may yet get better. */
static void
scene_pages_and_fault(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, 500, "", n == 2 ? FAULT("InternalFailure") : PAGE);
}

static void
scene_empty(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 500, "", "");
}

static void
scene_text(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 500, "", "upstream\nis gone");
}

static void
scene_page_with_id(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 500, "x-amzn-RequestId: r-8\r\n", PAGE);
}

/* What is not AWS's own 500 is tried four times and no more, and it is said what came. */
static void
test_foreign_answers(void **state)
{
	static const struct {
		scene *scene;
		int requests;
		const char *what, *hint;
	} cases[] = {
		{scene_page_thrice, 4, NULL, NULL},
		{scene_page, 4, "HTTP 500: an HTML page (\"500 Internal Server Error\")", "may not know this operation"},
		{scene_empty, 4, "HTTP 500: an empty answer", "127.0.0.1"},
		{scene_text, 4, "HTTP 500: no error in AWS's form: upstream is gone", "127.0.0.1"},
		{scene_pages_and_fault, 6, "HTTP 500: an HTML page (\"500 Internal Server Error\")", "127.0.0.1"},
		{scene_page_with_id, 6, "500: an HTML page (\"500 Internal Server Error\")", ""},
		{scene_503, 6, "HTTP 503: an empty answer", "127.0.0.1"},
	};
	struct fixture *f = *state;
	struct drift_error err;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		client(f, cases[i].scene, (struct drift__aws_options){.max_attempts = 6});
		assert_int_equal(identity(f, &err), cases[i].what != NULL ? DRIFT_AWS : DRIFT_OK);
		assert_int_equal(f->n, cases[i].requests);
		if (cases[i].what == NULL)
			continue;
		assert_string_equal(err.what, cases[i].what);
		assert_non_null(strstr(err.hint, cases[i].hint));
		assert_true(cases[i].hint[0] != '\0' || err.hint[0] == '\0');
	}
}

static void
scene_malformed(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 200, "", "<html>captive portal");
}

static void
scene_huge(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	size_t i;

	(void)n;
	(void)request;
	(void)fixture;
	drift__buf_adds(reply, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (i = 0; i < 3u << 20; i++)
		drift__buf_addc(reply, ' ');
}

static void
scene_headers(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	size_t i;

	(void)n;
	(void)request;
	(void)fixture;
	drift__buf_adds(reply, "HTTP/1.1 200 OK\r\n");
	for (i = 0; i < 5000; i++)
		drift__buf_addf(reply, "x-%zu: %0100d\r\n", i, 0);
	drift__buf_adds(reply, "\r\n");
}

static void
test_gives_up(void **state)
{
	static const struct {
		scene *scene;
		enum drift_status status;
		int requests;
		const char *hint;
	} cases[] = {
		{scene_503, DRIFT_AWS, 4, ""},
		{scene_throttled, DRIFT_THROTTLED, 4, "AWS_MAX_ATTEMPTS"},
		{scene_denied, DRIFT_DENIED, 1, "sts:GetCallerIdentity"},
		{scene_wrong_secret, DRIFT_DENIED, 1, "secret key of environment"},
		{scene_expired, DRIFT_EXPIRED, 2, "environment"},
		{scene_malformed, DRIFT_BAD_REPLY, 4, ""},
		{scene_huge, DRIFT_LIMIT, 1, ""},
		{scene_headers, DRIFT_LIMIT, 1, ""},
	};
	struct fixture *f = *state;
	struct drift_error err;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity", .max_reply_bytes = 1 << 20};
		struct drift_document *doc = NULL;
		char code[64];

		client(f, cases[i].scene, OPTIONS(.call_timeout_ms = 5000));
		err = (struct drift_error)DRIFT_ERROR_INIT;
		assert_int_equal(drift__aws_call_once(f->client, &call, &doc, code, sizeof code, &err), cases[i].status);
		assert_int_equal(f->n, cases[i].requests);
		assert_string_equal(err.where, "sts:GetCallerIdentity eu-west-1");
		assert_non_null(strstr(err.hint, cases[i].hint));
		assert_null(strstr(err.what, SECRET));
		assert_null(strstr(err.hint, SECRET));
		if (cases[i].scene == scene_denied) {
			assert_string_equal(err.request_id, "r-7");
			assert_string_equal(code, "AccessDenied");
		}
	}
}

/* ---- clock, region, checksum ---- */

static void
scene_skewed(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, n == 1 ? 403 : 200, "Date: Sun, 06 Nov 2044 08:49:37 GMT\r\n", n == 1 ? FAULT("RequestTimeTooSkewed") : IDENTITY);
}

static void
test_skew(void **state)
{
	struct fixture *f = *state;
	struct drift__aws_stats stats;
	struct drift_error err;

	client(f, scene_skewed, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 2);
	assert_memory_equal(f->dates[1], "20441106T0849", 13);
	drift__aws_get_stats(f->client, &stats);
	assert_true(stats.clock_skew_ms > 3600000);
	/* known from now on */
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 3);
	assert_memory_equal(f->dates[2], "20441106T0849", 13);
}

/* STS in a time that is 18 years ahead: the role's keys are good for one hour there. */
static void
scene_skewed_role(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)fixture;
	if (strstr(request, "Action=AssumeRole") == NULL)
		test_reply(reply, strstr(request, "Credential=ASIAROLE/2044") != NULL ? 200 : 403, "", IDENTITY);
	else
		test_reply(reply, n == 1 ? 403 : 200, "Date: Sun, 06 Nov 2044 08:49:37 GMT\r\n", n == 1 ? FAULT("SignatureDoesNotMatch") :
			"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
			"<SessionToken>t</SessionToken><Expiration>2044-11-06T09:49:37Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>");
}

static void
test_skew_of_a_role(void **state)
{
	struct fixture *f = *state;
	struct drift__aws_stats stats;
	struct drift_error err;

	client(f, scene_skewed_role, OPTIONS(.call_timeout_ms = 5000, .role_arn = "arn:aws:iam::1:role/r"));
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 3);
	assert_memory_equal(f->dates[1], "20441106T0849", 13);
	drift__aws_get_stats(f->client, &stats);
	assert_true(stats.clock_skew_ms > 3600000);
}

static void
scene_old_role(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)fixture;
	test_reply(reply, 200, "", strstr(request, "Action=AssumeRole") == NULL ? IDENTITY :
		"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
		"<SessionToken>t</SessionToken><Expiration>2024-11-06T09:49:37Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>");
}

/* Keys that have expired when they come: this clock is wrong. They are not fetched again and again. */
static void
test_role_of_the_past(void **state)
{
	struct fixture *f = *state;
	struct drift_error err;
	int i;

	client(f, scene_old_role, OPTIONS(.call_timeout_ms = 5000, .role_arn = "arn:aws:iam::1:role/r"));
	for (i = 0; i < 5; i++)
		assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 6);
}

/* How S3 says that a bucket is elsewhere; %s is the region. */
static const struct {
	int status;
	const char *headers, *body;
} elsewhere[] = {
	{301, "x-amz-bucket-region: %s\r\nLocation: http://evil.example/\r\n", "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>"},
	{301, "x-amz-bucket-region: %s\r\n", ""},
	{307, "x-amz-bucket-region: %s\r\n", "<Error><Code>TemporaryRedirect</Code><Message>m</Message></Error>"},
	{400, "", "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'eu-west-1' is wrong</Message><Region>%s</Region></Error>"},
	{301, "", "<Error><Code>PermanentRedirect</Code><Endpoint>away.s3.%s.amazonaws.com</Endpoint></Error>"},
	{301, "", "<Error><Code>PermanentRedirect</Code><Endpoint>away.s3-%s.amazonaws.com</Endpoint></Error>"},
	{400, "", "<Error><Code>IllegalLocationConstraintException</Code><Message>The %s location constraint is incompatible for the region "
		"specific endpoint this request was sent to.</Message></Error>"},
};
enum { N_ELSEWHERE = sizeof elsewhere / sizeof elsewhere[0] };

static struct {
	size_t kind;
	const char *region;
} away;

static void
scene_bucket(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	char scope[64], headers[200], body[400];
	const char *formats[] = {elsewhere[away.kind].headers, elsewhere[away.kind].body};
	char *out[] = {headers, body};
	size_t sizes[] = {sizeof headers, sizeof body}, i;

	(void)fixture;
	snprintf(scope, sizeof scope, "/%s/s3/aws4_request", away.region);
	for (i = 0; i < 2; i++) {
		const char *hole = strstr(formats[i], "%s");

		snprintf(out[i], sizes[i], "%.*s%s%s", hole != NULL ? (int)(hole - formats[i]) : 1000, formats[i], hole != NULL ? away.region : "",
			hole != NULL ? hole + 2 : "");
	}
	if (strcmp(away.region, "nowhere-1") == 0) /* it is never where it was said to be */
		test_reply(reply, 301, n % 2 == 1 ? "x-amz-bucket-region: ap-south-1\r\n" : "x-amz-bucket-region: us-west-2\r\n", "");
	else if (strstr(request, scope) == NULL)
		test_reply(reply, elsewhere[away.kind].status, headers, body);
	else
		test_reply(reply, 200, "Content-Type: text/plain\r\n", "{\"Version\":\"2012-10-17\"}");
}

static void
test_redirect(void **state)
{
	struct fixture *f = *state;
	struct drift__aws_call call = {.service = "s3", .operation = "GetBucketPolicy"};
	struct drift_document *doc = NULL, *input = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	int i;

	assert_int_equal(drift_document_parse("{\"Bucket\":\"away\"}", 17, "x", &input, NULL), DRIFT_OK);
	call.input = drift_document_root(input);
	away.region = "ap-south-1";
	for (away.kind = 0; away.kind < N_ELSEWHERE; away.kind++) {
		client(f, scene_bucket, OPTIONS(.call_timeout_ms = 5000));
		for (i = 0; i < 2; i++) {
			assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_OK);
			assert_int_equal(f->n, 2 + i);
			drift_document_free(doc);
		}
		assert_memory_equal(f->last, "GET /away?policy", 16);
	}
	away.kind = 0;
	away.region = "nowhere-1";
	client(f, scene_bucket, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_REDIRECT);
	assert_int_equal(f->n, 3);
	assert_non_null(strstr(err.hint, "region"));
	away.region = "evil.example/";
	client(f, scene_bucket, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, NULL), DRIFT_REDIRECT);
	assert_int_equal(f->n, 1);
	drift_document_free(input);
}

static void
scene_crc(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	static const char body[] = "{\"TableNames\":[\"a\"]}";
	char headers[64];

	(void)request;
	(void)fixture;
	snprintf(headers, sizeof headers, "x-amz-crc32: %u\r\n", drift__crc32(body, sizeof body - 1) + (n == 1));
	test_reply(reply, 200, headers, body);
}

static void
test_checksum(void **state)
{
	struct fixture *f = *state;
	struct drift__aws_call call = {.service = "dynamodb", .operation = "ListTables"};
	struct drift_document *doc = NULL;

	client(f, scene_crc, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, NULL), DRIFT_OK);
	assert_int_equal(f->n, 2);
	drift_document_free(doc);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recovers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gives_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_skew, setup, teardown),
		cmocka_unit_test_setup_teardown(test_skew_of_a_role, setup, teardown),
		cmocka_unit_test_setup_teardown(test_role_of_the_past, setup, teardown),
		cmocka_unit_test_setup_teardown(test_redirect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checksum, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
