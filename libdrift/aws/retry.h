/* What a failed attempt means and how long to wait before the next: pure rules, no clock. */
#ifndef DRIFT_AWS_RETRY_H
#define DRIFT_AWS_RETRY_H

#include "aws/http.h"

enum drift__retry {
	DRIFT__RETRY_NO,
	DRIFT__RETRY_TRANSIENT, /* 5xx, connection, timeout */
	DRIFT__RETRY_THROTTLE,
	DRIFT__RETRY_SKEW,      /* a signature that a wrong clock may explain */
	DRIFT__RETRY_EXPIRED    /* the session token: new credentials may help */
};

/* Of a reply with an error (failure OK, http_status, code) or of a failed exchange. */
enum drift__retry drift__retry_classify(enum drift__http_failure failure, int http_status, const char *code);

/* The status that a final failure is reported with. */
enum drift_status drift__retry_status(enum drift__http_failure failure, int http_status, const char *code);

/* Full jitter: anything from 0 to min(base 2^n, 20 s), n = retries before this one; base 50 ms, or 1 s after a throttle.
 * hint_ms (of the server, 0 = none) is the least, but adds at most 5 s. */
int64_t drift__retry_delay_ms(enum drift__retry kind, unsigned n, int64_t hint_ms, uint64_t *random);

/* How much a service may fail before it is no longer asked again, as in the SDKs: retries draw on it, successes fill it up. Throttling does
 * not: there the rate is lowered instead. Starts at DRIFT__QUOTA. */
enum { DRIFT__QUOTA = 500 };
/* Draws what a retry after this failure costs; false when there is not so much left. *paid remembers it for drift__quota_refund. */
bool drift__quota_draw(unsigned *quota, enum drift__http_failure failure, unsigned *paid);
void drift__quota_refund(unsigned *quota, unsigned *paid);

/* x-amz-retry-after (ms) or Retry-After (seconds or a date); 0 = none. */
int64_t drift__retry_hint_ms(const struct drift__pairs *headers, int64_t now_ms);

/* xorshift64*: good enough to spread retries. *state must not be 0. */
uint64_t drift__random_next(uint64_t *state);

#endif
