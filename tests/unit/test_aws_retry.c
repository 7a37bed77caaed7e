/* What is tried again, after how long, and how fast: rules under a clock and a random source of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "aws/queue.h"
#include "aws/retry.h"

static void
test_classes(void **state)
{
	static const struct {
		enum drift__http_failure failure;
		int http_status;
		const char *code;
		enum drift__retry kind;
		enum drift_status status;
	} cases[] = {
		{DRIFT__HTTP_OK, 400, "Throttling", DRIFT__RETRY_THROTTLE, DRIFT_THROTTLED},
		{DRIFT__HTTP_OK, 503, "RequestLimitExceeded", DRIFT__RETRY_THROTTLE, DRIFT_THROTTLED},
		{DRIFT__HTTP_OK, 503, "SlowDown", DRIFT__RETRY_THROTTLE, DRIFT_THROTTLED},
		{DRIFT__HTTP_OK, 400, "ThrottlingException", DRIFT__RETRY_THROTTLE, DRIFT_THROTTLED},
		{DRIFT__HTTP_OK, 403, "RequestThrottled", DRIFT__RETRY_THROTTLE, DRIFT_THROTTLED},
		{DRIFT__HTTP_OK, 429, "Whatever", DRIFT__RETRY_THROTTLE, DRIFT_THROTTLED},
		{DRIFT__HTTP_OK, 500, "InternalFailure", DRIFT__RETRY_TRANSIENT, DRIFT_AWS},
		{DRIFT__HTTP_OK, 502, "502", DRIFT__RETRY_TRANSIENT, DRIFT_AWS},
		{DRIFT__HTTP_OK, 400, "RequestTimeout", DRIFT__RETRY_TRANSIENT, DRIFT_AWS},
		{DRIFT__HTTP_OK, 501, "501", DRIFT__RETRY_NO, DRIFT_AWS},
		{DRIFT__HTTP_OK, 400, "ValidationError", DRIFT__RETRY_NO, DRIFT_AWS},
		{DRIFT__HTTP_OK, 403, "AccessDenied", DRIFT__RETRY_NO, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 400, "AccessDeniedException", DRIFT__RETRY_NO, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 403, "UnauthorizedOperation", DRIFT__RETRY_NO, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 403, "403", DRIFT__RETRY_NO, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 403, "InvalidClientTokenId", DRIFT__RETRY_NO, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 403, "ExpiredToken", DRIFT__RETRY_EXPIRED, DRIFT_EXPIRED},
		{DRIFT__HTTP_OK, 400, "ExpiredTokenException", DRIFT__RETRY_EXPIRED, DRIFT_EXPIRED},
		{DRIFT__HTTP_OK, 403, "RequestTimeTooSkewed", DRIFT__RETRY_SKEW, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 403, "SignatureDoesNotMatch", DRIFT__RETRY_SKEW, DRIFT_DENIED},
		{DRIFT__HTTP_OK, 404, "NoSuchBucket", DRIFT__RETRY_NO, DRIFT_NOT_FOUND},
		{DRIFT__HTTP_OK, 400, "InvalidVpcID.NotFound", DRIFT__RETRY_NO, DRIFT_NOT_FOUND},
		{DRIFT__HTTP_OK, 400, "ResourceNotFoundException", DRIFT__RETRY_NO, DRIFT_NOT_FOUND},
		{DRIFT__HTTP_OK, 400, "AWS.SimpleQueueService.NonExistentQueue", DRIFT__RETRY_NO, DRIFT_NOT_FOUND},
		{DRIFT__HTTP_OK, 404, "404", DRIFT__RETRY_NO, DRIFT_NOT_FOUND},
		{DRIFT__HTTP_OK, 301, "PermanentRedirect", DRIFT__RETRY_NO, DRIFT_REDIRECT},
		{DRIFT__HTTP_RESOLVE, 0, "", DRIFT__RETRY_TRANSIENT, DRIFT_NETWORK},
		{DRIFT__HTTP_CONNECT, 0, "", DRIFT__RETRY_TRANSIENT, DRIFT_NETWORK},
		{DRIFT__HTTP_BROKEN, 200, "", DRIFT__RETRY_TRANSIENT, DRIFT_NETWORK},
		{DRIFT__HTTP_TIMEOUT, 0, "", DRIFT__RETRY_TRANSIENT, DRIFT_TIMEOUT},
		{DRIFT__HTTP_TLS, 0, "", DRIFT__RETRY_NO, DRIFT_TLS},
		{DRIFT__HTTP_TOO_LARGE, 200, "", DRIFT__RETRY_NO, DRIFT_LIMIT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(drift__retry_classify(cases[i].failure, cases[i].http_status, cases[i].code), cases[i].kind);
		assert_int_equal(drift__retry_status(cases[i].failure, cases[i].http_status, cases[i].code), cases[i].status);
	}
}

static void
test_delay(void **state)
{
	static const int64_t most[] = {50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000};
	uint64_t random = 42;
	unsigned n, i;

	(void)state;
	for (n = 0; n < sizeof most / sizeof *most; n++) {
		int64_t largest = 0, smallest = 1 << 30, sum = 0, delay;

		for (i = 0; i < 2000; i++) {
			delay = drift__retry_delay_ms(DRIFT__RETRY_TRANSIENT, n, 0, &random);
			largest = delay > largest ? delay : largest;
			smallest = delay < smallest ? delay : smallest;
			sum += delay;
		}
		/* full jitter: evenly from nothing to the most */
		assert_true(largest <= most[n] && largest > most[n] * 9 / 10);
		assert_true(smallest <= most[n] / 20);
		assert_true(sum / 2000 > most[n] * 45 / 100 && sum / 2000 < most[n] * 55 / 100);
	}
	for (i = 0; i < 500; i++) {
		assert_true(drift__retry_delay_ms(DRIFT__RETRY_THROTTLE, 0, 0, &random) <= 1000);
		assert_true(drift__retry_delay_ms(DRIFT__RETRY_TRANSIENT, 0, 2000, &random) == 2000);
		assert_true(drift__retry_delay_ms(DRIFT__RETRY_TRANSIENT, 0, 600000, &random) <= 5050);
		assert_true(drift__retry_delay_ms(DRIFT__RETRY_TRANSIENT, 0, 600000, &random) >= 5000);
	}
}

static void
test_hint(void **state)
{
	static const struct {
		const char *name, *value;
		int64_t ms;
	} cases[] = {
		{"x-amz-retry-after", "1500", 1500}, {"x-amz-retry-after", "x", 0}, {"x-amz-retry-after", "-1", 0},
		{"x-amz-retry-after", "99999999999", 600000}, {"retry-after", "3", 3000}, {"retry-after", "0", 0},
		{"retry-after", "Thu, 01 Jan 1970 00:00:07 GMT", 5000}, {"retry-after", "Thu, 01 Jan 1970 00:00:01 GMT", 0},
		{"retry-after", "soon", 0}, {"other", "1", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__pair pair = {cases[i].name, cases[i].value};
		struct drift__pairs headers = {&pair, 1, 1};

		assert_int_equal(drift__retry_hint_ms(&headers, 2000), cases[i].ms);
	}
}

static void
test_rate(void **state)
{
	struct drift__rate r;
	int i;

	(void)state;
	drift__rate_init(&r, NULL, 1000);
	assert_true(r.limit >= 32);
	for (i = 0; drift__rate_wait_ms(&r, 1000) == 0; i++)
		drift__rate_sent(&r, 1000);
	assert_int_equal(i, (int)r.limit);
	assert_int_equal(drift__rate_wait_ms(&r, 1000), -1);
	/* throttles of one volley halve once */
	for (i = 0; i < 10; i++)
		drift__rate_ended(&r, DRIFT__RATE_THROTTLED, 1000, 1050);
	assert_int_equal((int)r.limit, 50);
	assert_true(r.per_second > 0);
	/* what was sent before the cut and succeeds grows it again by about one a round */
	for (i = 0; i < 50; i++)
		drift__rate_ended(&r, DRIFT__RATE_OK, 1000, 1060);
	assert_true(r.limit > 50.5 && r.limit < 51.5);
	while (r.in_flight > 0)
		drift__rate_ended(&r, DRIFT__RATE_FAILED, 1000, 1060);
	/* one that was sent after it and is throttled halves again */
	drift__rate_sent(&r, 1070);
	drift__rate_ended(&r, DRIFT__RATE_THROTTLED, 1070, 1080);
	assert_true(r.limit < 26);
	for (i = 0; i < 20; i++) {
		drift__rate_sent(&r, 2000 + 10 * i);
		drift__rate_ended(&r, DRIFT__RATE_THROTTLED, 2000 + 10 * i, 2005 + 10 * i);
	}
	assert_true(r.limit >= 1 && r.limit < 1.1 && r.per_second >= 0.5);
}

/* A service that takes 20 a second with a burst of 100: thousand calls end near the bound, with few throttles. */
static void
test_adapts(void **state)
{
	static const double allowed = 20, burst = 100, total = 1000;
	double tokens = burst, done = 0, throttled = 0;
	int64_t now = 0, ends[512] = {0};
	bool refused[512] = {false};
	struct drift__rate r;
	size_t i, n = 0;

	(void)state;
	drift__rate_init(&r, NULL, 0);
	for (; done < total && now < 600000; now++) {
		tokens = tokens + allowed / 1000 > burst ? burst : tokens + allowed / 1000;
		for (i = 0; i < n;) {
			if (ends[i] > now) {
				i++;
				continue;
			}
			drift__rate_ended(&r, refused[i] ? DRIFT__RATE_THROTTLED : DRIFT__RATE_OK, ends[i] - 50, now);
			done += !refused[i];
			throttled += refused[i];
			n--;
			ends[i] = ends[n];
			refused[i] = refused[n];
		}
		while (n < 512 && drift__rate_wait_ms(&r, now) == 0) {
			drift__rate_sent(&r, now);
			ends[n] = now + 50;
			refused[n] = tokens < 1;
			tokens -= tokens < 1 ? 0 : 1;
			n++;
		}
	}
	print_message("%d calls in %d ms (the bound is %d), %d throttled\n", (int)done, (int)now, (int)((total - burst) / allowed * 1000),
		(int)throttled);
	assert_true((double)now < 1.5 * (total - burst) / allowed * 1000);
	assert_true(throttled < 0.35 * total);
}

static void
test_timers(void **state)
{
	struct drift__timers t = {0};
	uint64_t random = 7;
	int64_t last = -1;
	size_t i, n = 0;
	int *what, values[300];

	(void)state;
	assert_null(drift__timers_due(&t, 100));
	for (i = 0; i < 300; i++) {
		values[i] = (int)(drift__random_next(&random) % 50);
		assert_int_equal(drift__timers_add(&t, values[i], &values[i]), DRIFT_OK);
	}
	assert_null(drift__timers_due(&t, -1));
	for (; (what = drift__timers_due(&t, 49)) != NULL; n++) {
		assert_true(*what >= last);
		last = *what;
	}
	assert_int_equal(n, 300);
	drift__timers_dispose(&t);
}

static void
test_quota(void **state)
{
	unsigned quota = DRIFT__QUOTA, paid = 0, i;

	(void)state;
	for (i = 0; drift__quota_draw(&quota, DRIFT__HTTP_OK, &paid); i++)
		;
	assert_int_equal(i, 100);
	drift__quota_refund(&quota, &paid); /* a retry that succeeds gives back what it cost */
	assert_int_equal(quota, 5);
	drift__quota_refund(&quota, &paid);
	assert_int_equal(quota, 6);
	assert_false(drift__quota_draw(&quota, DRIFT__HTTP_TIMEOUT, &paid));
	assert_true(drift__quota_draw(&quota, DRIFT__HTTP_BROKEN, &paid));
	for (i = 0; i < 2 * DRIFT__QUOTA; i++)
		drift__quota_refund(&quota, &paid);
	assert_int_equal(quota, DRIFT__QUOTA);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_adapts),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
