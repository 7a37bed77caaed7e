/* How fast one service in one region is asked: concurrency that starts high, halves on a throttle and grows again, and after the
 * first throttle a token bucket as well. No clock: the caller tells the time. */
#ifndef DRIFT_AWS_QUEUE_H
#define DRIFT_AWS_QUEUE_H

#include "base/base.h"
#include "model/value.h"

struct drift__rate {
	double limit;            /* requests in flight at most; grows by fractions */
	size_t in_flight;
	double per_second;       /* 0 = the bucket is not in use yet */
	double published;        /* what AWS says of itself; 0 = nothing */
	double tokens;
	int64_t refilled_ms;
	int64_t cut_ms;          /* when limit was last halved */
	int64_t window_ms;       /* of the measured rate */
	double window_count, measured;
};

enum drift__rate_outcome { DRIFT__RATE_OK, DRIFT__RATE_THROTTLED, DRIFT__RATE_FAILED };

/* throttle: {concurrency, per_second, burst} of the catalogue, or NULL. */
void drift__rate_init(struct drift__rate *r, const struct drift_value *throttle, int64_t now_ms);
/* 0 = a request may go now; else ms to wait; -1 = until one in flight ends. */
int64_t drift__rate_wait_ms(struct drift__rate *r, int64_t now_ms);
void drift__rate_sent(struct drift__rate *r, int64_t now_ms);
void drift__rate_ended(struct drift__rate *r, enum drift__rate_outcome outcome, int64_t sent_ms, int64_t now_ms);

/* ---- a heap of things that wait for a time: the earliest is first ---- */
struct drift__timer {
	int64_t due_ms;
	uint64_t order; /* equal times keep the order in which they came */
	void *what;
};
struct drift__timers {
	struct drift__timer *items;
	size_t len, cap;
	uint64_t next_order;
};
enum drift_status drift__timers_add(struct drift__timers *t, int64_t due_ms, void *what);
/* Takes the first one that is due; NULL when none is. */
void *drift__timers_due(struct drift__timers *t, int64_t now_ms);
/* INT64_MAX when empty. */
int64_t drift__timers_next_ms(const struct drift__timers *t);
void drift__timers_dispose(struct drift__timers *t);

#endif
