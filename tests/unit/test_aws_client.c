/* The client's loop against a server that misbehaves: every failure ends in a bounded time with the right status, once. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "aws/client.h"
#include "drift/catalogue.h"
#include "http_server.h"

#define SECRET "verysecretkey0123456789"
#define TOKEN "verysecrettoken9876543210"
#define IDENTITY                                                                                                       \
	"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn><UserId>u</UserId>"           \
	"</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define FAULT(code) "<ErrorResponse><Error><Code>" code "</Code><Message>m</Message></Error><RequestId>r-7</RequestId></ErrorResponse>"

/* A scene of the server: what it does with the n-th request. */
typedef void scene(struct drift__buf *reply, int n, const char *request, void *fixture);

struct fixture {
	struct drift_catalogue *catalogue;
	struct drift__aws_client *client;
	struct test_server server;
	scene *scene;
	volatile int n, cancel;
	char last[8192], dates[4][20];
	char env[6][128];
	const char *env_list[8];
	int leaked;
	int64_t ahead_ms;
	struct drift__clock clock;
};

/* Twenty times as fast as the real one, so that back-off costs the tests little. */
static int64_t
fast_mono(void *ctx)
{
	(void)ctx;
	return 20 * drift__system_clock.mono_ms(NULL);
}

static int64_t
shifted_now(void *ctx)
{
	return drift__system_clock.now_ms(NULL) + ((struct fixture *)ctx)->ahead_ms;
}

static void
serve(void *ctx, const char *request, struct drift__buf *reply)
{
	struct fixture *f = ctx;
	const char *date = strstr(request, "x-amz-date: ");
	int n = ++f->n;

	snprintf(f->last, sizeof f->last, "%s", request);
	if (n <= 4 && date != NULL)
		snprintf(f->dates[n - 1], sizeof f->dates[0], "%.16s", date + 12);
	f->scene(reply, n, request, f);
}

static void
on_log(void *ctx, int level, const char *line)
{
	struct fixture *f = ctx;

	(void)level;
	if (strstr(line, SECRET) != NULL || strstr(line, TOKEN) != NULL)
		f->leaked = 1;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (f == NULL || drift_catalogue_open(NULL, &f->catalogue, NULL) != DRIFT_OK)
		return -1;
	test_server_start(&f->server, serve, f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int leaked = f->leaked;

	drift__aws_client_free(f->client);
	test_server_stop(&f->server);
	drift_catalogue_free(f->catalogue);
	free(f);
	return leaked;
}

static struct drift__aws_client *
client(struct fixture *f, scene *s, struct drift__aws_options opt)
{
	static const char *const standard[] = {"AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=" SECRET, "AWS_SESSION_TOKEN=" TOKEN,
		"AWS_REGION=eu-west-1"};
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t i;

	f->scene = s;
	f->n = 0;
	f->cancel = 0;
	drift__aws_client_free(f->client);
	f->client = NULL;
	for (i = 0; opt.env == NULL && i < 4; i++)
		f->env_list[i] = standard[i];
	if (opt.env == NULL) {
		snprintf(f->env[0], sizeof f->env[0], "AWS_ENDPOINT_URL=http://127.0.0.1:%d", f->server.port);
		f->env_list[4] = f->env[0];
		f->env_list[5] = NULL;
		opt.env = f->env_list;
	}
	f->clock = (struct drift__clock){shifted_now, fast_mono, f};
	opt.catalogue = f->catalogue;
	opt.random_seed = 1;
	opt.clock = &f->clock;
	opt.cancel = &f->cancel;
	opt.log = on_log;
	opt.log_ctx = f;
	assert_int_equal(drift__aws_client_new(&opt, &f->client, &err), DRIFT_OK);
	return f->client;
}

#define OPTIONS(...) ((struct drift__aws_options){.max_attempts = 4, __VA_ARGS__})

static enum drift_status
identity(struct fixture *f, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct drift_document *doc = NULL;
	enum drift_status st;

	*err = (struct drift_error)DRIFT_ERROR_INIT;
	st = drift__aws_call_once(f->client, &call, &doc, NULL, 0, err);
	if (st == DRIFT_OK)
		assert_string_equal(drift_value_text(drift_value_get(drift_document_root(doc), "Account"), NULL), "1");
	else
		assert_null(doc);
	drift_document_free(doc);
	return st;
}

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

static void
scene_bucket(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)fixture;
	if (strstr(request, "/ap-south-1/s3/aws4_request") == NULL)
		test_reply(reply, 301, "x-amz-bucket-region: ap-south-1\r\nLocation: http://evil.example/\r\n",
			"<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>");
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
	client(f, scene_bucket, OPTIONS(.call_timeout_ms = 5000));
	for (i = 0; i < 2; i++) {
		assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_OK);
		assert_int_equal(f->n, 2 + i);
		drift_document_free(doc);
	}
	assert_memory_equal(f->last, "GET /away?policy", 16);
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

/* ---- pages ---- */

static void
scene_pages(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)fixture;
	(void)n;
	if (strstr(request, "\"ExclusiveStartTableName\":\"b\"") != NULL)
		test_reply(reply, 200, "", "{\"TableNames\":[\"c\"]}");
	else if (strstr(request, "ExclusiveStartTableName") != NULL)
		test_reply(reply, 200, "", "{\"TableNames\":[\"b\"],\"LastEvaluatedTableName\":\"b\"}");
	else
		test_reply(reply, 200, "", "{\"TableNames\":[\"a\"],\"LastEvaluatedTableName\":\"a\"}");
}

static void
scene_endless(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)fixture;
	(void)n;
	(void)request;
	test_reply(reply, 200, "", "{\"TableNames\":[\"a\"],\"LastEvaluatedTableName\":\"a\"}");
}

static void
scene_growing(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	char body[100];

	(void)fixture;
	(void)request;
	snprintf(body, sizeof body, "{\"TableNames\":[\"t%d\"],\"LastEvaluatedTableName\":\"t%d\"}", n, n);
	test_reply(reply, 200, "", body);
}

static void
test_pages(void **state)
{
	struct fixture *f = *state;
	struct drift__aws_call call = {.service = "dynamodb", .operation = "ListTables"};
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	client(f, scene_pages, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_OK);
	assert_int_equal(drift_value_size(drift_value_get(drift_document_root(doc), "TableNames")), 3);
	drift_document_free(doc);
	doc = NULL;
	call.single_page = true;
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_OK);
	assert_int_equal(drift_value_size(drift_value_get(drift_document_root(doc), "TableNames")), 1);
	drift_document_free(doc);
	doc = NULL;
	call.single_page = false;
	client(f, scene_endless, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_BAD_REPLY);
	assert_int_equal(f->n, 2);
	call.max_pages = 5;
	client(f, scene_growing, OPTIONS(.call_timeout_ms = 5000));
	err = (struct drift_error)DRIFT_ERROR_INIT;
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_LIMIT);
	assert_int_equal(f->n, 5);
	assert_null(doc);
}

/* ---- many, and stopping ---- */

struct counted {
	struct fixture *f;
	int ended, failed, pages;
	enum drift_status status;
};

static void
count(void *payload, struct drift__aws_reply *reply)
{
	struct counted *c = payload;

	c->pages += reply->status == DRIFT_OK;
	c->failed += reply->status != DRIFT_OK;
	c->ended += reply->last;
	if (reply->status != DRIFT_OK)
		c->status = reply->status;
}

static void
scene_sometimes(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	if (n % 7 == 0)
		test_reply(reply, 500, "", "");
	else if (n % 11 == 0)
		return;
	else
		test_reply(reply, 200, "", IDENTITY);
}

static void
test_many(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct counted c = {.f = f};
	int i;

	client(f, scene_sometimes, (struct drift__aws_options){.call_timeout_ms = 20000});
	for (i = 0; i < 300; i++)
		assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_OK);
	assert_int_equal(c.ended, 300);
	assert_int_equal(c.pages, 300);
	assert_int_equal(c.failed, 0);
}

static void
scene_cancel(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	struct fixture *f = fixture;

	(void)request;
	if (n == 5)
		f->cancel = 1;
	test_reply(reply, 200, "", IDENTITY);
}

static void
test_cancel(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct counted c = {.f = f};
	struct drift_error err = DRIFT_ERROR_INIT;
	int i;

	client(f, scene_cancel, OPTIONS(.call_timeout_ms = 20000));
	for (i = 0; i < 200; i++)
		assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, &err), DRIFT_CANCELLED);
	assert_int_equal(c.ended, 200);
	assert_true(c.failed > 0);
	assert_int_equal(c.status, DRIFT_CANCELLED);
}

static void
test_deadline(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct counted c = {.f = f};
	int64_t before = drift__system_clock.mono_ms(NULL);
	int i;

	client(f, scene_throttled, (struct drift__aws_options){.max_attempts = 100, .deadline_ms = 20000, .call_timeout_ms = 20000});
	for (i = 0; i < 20; i++)
		assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_TIMEOUT);
	assert_int_equal(c.ended, 20);
	assert_int_equal(c.status, DRIFT_TIMEOUT);
	assert_true(drift__system_clock.mono_ms(NULL) - before < 5000);
}

/* A callback starts the next call; the client ends with open calls when it is freed in the middle. */
static void
chain(void *payload, struct drift__aws_reply *reply)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct counted *c = payload;

	assert_int_equal(reply->status, DRIFT_OK);
	if (++c->ended < 10)
		assert_int_equal(drift__aws_start(c->f->client, &call, chain, c, NULL), DRIFT_OK);
}

static void
test_chain_and_free(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct counted c = {.f = f};

	client(f, scene_503_twice, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_start(f->client, &call, chain, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_OK);
	assert_int_equal(c.ended, 10);
	assert_int_equal(drift__aws_start(f->client, &call, chain, &c, NULL), DRIFT_OK);
}

static void
test_refusals(void **state)
{
	struct fixture *f = *state;
	struct drift__aws_call call = {.service = "ec2", .operation = "TerminateInstances"};
	struct drift_error err = DRIFT_ERROR_INIT;
	struct counted c = {.f = f};

	client(f, scene_503, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(drift__aws_start(f->client, &call, count, &c, &err), DRIFT_USAGE);
	call.service = "nonsense";
	assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_BAD_CATALOGUE);
	call = (struct drift__aws_call){.service = "ec2", .operation = "DescribeVpcs", .region = "evil.example/"};
	assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_USAGE);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_OK);
	assert_int_equal(c.ended, 0);
	assert_int_equal(f->n, 0);
	client(f, scene_503, OPTIONS(.env = ((const char *const[]){"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1", NULL})));
	err = (struct drift_error)DRIFT_ERROR_INIT;
	assert_int_equal(identity(f, &err), DRIFT_NO_CREDENTIALS);
	client(f, scene_503, OPTIONS(.env = ((const char *const[]){"AWS_EC2_METADATA_DISABLED=true", NULL})));
	assert_int_equal(identity(f, &err), DRIFT_BAD_CONFIG);
}

/* ---- credentials that end during a scan ---- */

static void
scene_renewal(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	struct fixture *f = fixture;
	char body[300], when[32];

	(void)n;
	if (strncmp(request, "GET /keys", 9) == 0) {
		drift__time_format(shifted_now(f) + 30 * 60000, when);
		snprintf(body, sizeof body, "{\"AccessKeyId\":\"ASIA%d\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"" TOKEN "\",\"Expiration\":\"%s\"}",
			n, when);
		test_reply(reply, 200, "", body);
	} else {
		test_reply(reply, 200, "", IDENTITY);
	}
}

static void
test_renewal(void **state)
{
	struct fixture *f = *state;
	struct drift_error err;

	snprintf(f->env[1], sizeof f->env[1], "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/keys", f->server.port);
	snprintf(f->env[0], sizeof f->env[0], "AWS_ENDPOINT_URL=http://127.0.0.1:%d", f->server.port);
	f->env_list[0] = f->env[0];
	f->env_list[1] = f->env[1];
	f->env_list[2] = "AWS_REGION=eu-west-1";
	f->env_list[3] = NULL;
	client(f, scene_renewal, OPTIONS(.env = f->env_list, .call_timeout_ms = 5000));
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 2);
	assert_non_null(strstr(f->last, "Credential=ASIA1/"));
	f->ahead_ms = 10 * 60000;
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 3);
	f->ahead_ms = 26 * 60000;
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 5);
	assert_non_null(strstr(f->last, "Credential=ASIA4/"));
}

/* Every allocation fails once: an error or the right answer, never a crash, a leak or a call that does not end. */
static void
scene_identity(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 200, "", IDENTITY);
}

static void
test_memory(void **state)
{
	struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct drift_error first;
	int i, good = 0;

	client(f, scene_identity, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(identity(f, &first), DRIFT_OK);
	for (i = 1; i < 400 && good < 3; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift_document *doc = NULL;
		struct counted c = {.f = f};

		client(f, scene_identity, OPTIONS(.call_timeout_ms = 5000));
		drift__alloc_fail_after(i);
		if (drift__aws_start(f->client, &call, count, &c, &err) == DRIFT_OK) {
			(void)drift__aws_run(f->client, &err);
			assert_int_equal(c.ended, 1);
		}
		drift__alloc_fail_after(i);
		if (drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err) == DRIFT_OK)
			assert_non_null(doc);
		drift__alloc_fail_after(0);
		drift_document_free(doc);
		good = c.pages == 1 ? good + 1 : 0;
	}
	print_message("%d allocations\n", i);
	assert_true(good >= 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recovers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gives_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_skew, setup, teardown),
		cmocka_unit_test_setup_teardown(test_redirect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checksum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain_and_free, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renewal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
