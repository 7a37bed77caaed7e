/* The client's loop: pages, many calls, stopping, callbacks that start calls, credentials that end, memory that runs out. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws_client.h"

static void
scene_503(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 503, "", "");
}

static void
scene_503_twice(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)request;
	(void)fixture;
	test_reply(reply, n < 3 ? 503 : 200, "", n < 3 ? "busy" : IDENTITY);
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
scene_identity(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)request;
	(void)fixture;
	test_reply(reply, 200, "", IDENTITY);
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
scene_circle(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	char body[100];

	(void)fixture;
	(void)request;
	snprintf(body, sizeof body, "{\"TableNames\":[\"t\"],\"LastEvaluatedTableName\":\"t%d\"}", n < 5 ? n : 5 + n % 7);
	test_reply(reply, 200, "", body);
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
	client(f, scene_circle, OPTIONS(.call_timeout_ms = 5000));
	err = (struct drift_error)DRIFT_ERROR_INIT;
	assert_int_equal(drift__aws_call_once(f->client, &call, &doc, NULL, 0, &err), DRIFT_BAD_REPLY);
	assert_in_range(f->n, 12, 5 + 3 * 7);
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
	/* AWS's own 500, tried ten times: of a bare one four in a row may fall on one call */
	if (n % 7 == 0)
		test_reply(reply, 500, "", FAULT("InternalFailure"));
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

/* Whoever ends wants to start another one. */
static void
insist(void *payload, struct drift__aws_reply *reply)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct counted *c = payload;
	enum drift_status st = drift__aws_start(c->f->client, &call, insist, c, NULL);

	c->ended++;
	c->failed += st != DRIFT_OK;
	assert_true(st == reply->status); /* OK, and then CANCELLED */
}

static void
test_nothing_starts_while_all_ends(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct counted c = {.f = f};
	struct drift_error err;
	int i;

	client(f, scene_cancel, OPTIONS(.call_timeout_ms = 20000));
	for (i = 0; i < 50; i++)
		assert_int_equal(drift__aws_start(f->client, &call, insist, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_CANCELLED);
	assert_int_equal(c.failed, 50);
	/* and the client goes on */
	f->scene = scene_identity;
	f->cancel = 0;
	assert_int_equal(identity(f, &err), DRIFT_OK);
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
		f->old_keys += strstr(request, "Credential=ASIA1/") != NULL;
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
	/* that call did not wait for the new keys, which the next one has */
	assert_int_equal(f->old_keys, 3);
	assert_int_equal(identity(f, &err), DRIFT_OK);
	assert_int_equal(f->n, 6);
	assert_int_equal(f->old_keys, 3);
	assert_non_null(strstr(f->last, "Credential=ASIA"));
}

/* A service that is down: its calls fail once each when a hundred retries have changed nothing. */
static void
test_down(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct drift__aws_stats stats;
	struct counted c = {.f = f};
	int i;

	client(f, scene_503, (struct drift__aws_options){.max_attempts = 10});
	for (i = 0; i < 400; i++)
		assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_OK);
	assert_int_equal(c.ended, 400);
	assert_int_equal(c.status, DRIFT_AWS);
	drift__aws_get_stats(f->client, &stats);
	assert_int_equal(stats.requests, 500);
}

/* A host that nobody reaches: the first calls try, the others end at once. */
static void
test_unreachable(void **state)
{
	static const struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct drift__aws_stats stats;
	struct counted c = {.f = f};
	int i;

	client(f, scene_503, OPTIONS(.env = ((const char *const[]){"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=eu-west-1",
		"AWS_ENDPOINT_URL=http://127.0.0.1:1", NULL})));
	for (i = 0; i < 2000; i++)
		assert_int_equal(drift__aws_start(f->client, &call, count, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_OK);
	assert_int_equal(c.ended, 2000);
	assert_int_equal(c.status, DRIFT_NETWORK);
	drift__aws_get_stats(f->client, &stats);
	assert_true(stats.requests < 600);
}

static void
scene_one_is_throttled(struct drift__buf *reply, int n, const char *request, void *fixture)
{
	(void)n;
	(void)fixture;
	if (strstr(request, "Action=GetCallerIdentity") != NULL)
		test_reply(reply, 200, "", IDENTITY);
	else
		test_reply(reply, 400, "", "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}");
}

/* An operation that is throttled for ever: what waits for it ends after two minutes, and no other operation with it. */
static void
test_stuck(void **state)
{
	static const struct drift__aws_call stuck = {.service = "dynamodb", .operation = "ListTables"},
										other = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct drift__aws_stats stats;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	struct counted c = {.f = f}, good = {.f = f};
	int64_t start;
	int i;

	f->speed = 100;
	client(f, scene_one_is_throttled, (struct drift__aws_options){.max_attempts = 10});
	start = fast_mono(f);
	for (i = 0; i < 1000; i++)
		assert_int_equal(drift__aws_start(f->client, &stuck, count, &c, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_start(f->client, &other, count, &good, NULL), DRIFT_OK);
	assert_int_equal(drift__aws_run(f->client, NULL), DRIFT_OK);
	assert_in_range(fast_mono(f) - start, 120000, 600000);
	assert_int_equal(c.ended, 1000);
	assert_int_equal(c.failed, 1000);
	assert_int_equal(c.status, DRIFT_THROTTLED);
	assert_int_equal(good.pages, 1);
	drift__aws_get_stats(f->client, &stats);
	assert_true(stats.requests < 1000);
	assert_int_equal(drift__aws_call_once(f->client, &stuck, &doc, NULL, 0, &err), DRIFT_THROTTLED);
	assert_non_null(strstr(err.what, "nobody was answered for 120 s"));
}

/* Every allocation fails once: an error or the right answer, never a crash, a leak or a call that does not end. */
static void
test_memory(void **state)
{
	struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct fixture *f = *state;
	struct drift_error first;
	int i, good = 0;

	client(f, scene_identity, OPTIONS(.call_timeout_ms = 5000));
	assert_int_equal(identity(f, &first), DRIFT_OK);
	for (i = 1; i < 120; i++) {
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
	assert_true(good >= 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_starts_while_all_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain_and_free, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renewal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreachable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
