/* The loop: send what may go, wait for the network or a timer, until no call is open. */
#define _POSIX_C_SOURCE 200809L
#include "aws/engine.h"

enum {
	LONGEST_WAIT_MS = 100, /* how late a cancellation may be seen */
	FIRST_LOOKUPS = 2,     /* name servers in a VPC drop bursts */
};

static struct drift__call *
take_first(struct drift__queue *q)
{
	struct drift__call *call = q->first;

	q->first = call->next_waiting;
	if (q->first == NULL)
		q->last = NULL;
	return call;
}

/* What the first call of a queue ends with, instead of being sent; NULL else. */
static const struct drift_error *
hopeless(const struct drift__queue *q)
{
	return q->dead.status != DRIFT_OK ? &q->dead : drift__stuck_dead(q->first);
}

/* Until the host has an address, and then an answer has come, not everything is thrown at it. */
static bool
must_hold(const struct drift__queue *q)
{
	if (!q->resolved)
		return q->rate.in_flight >= FIRST_LOOKUPS;
	return !q->reached && (double)(q->rate.in_flight + q->backing_off) >= q->rate.limit;
}

static int64_t
send_waiting(struct drift__aws_client *c)
{
	const struct drift_error *why;
	struct drift__queue *q;
	int64_t soonest = -1, wait;

	for (q = c->queues; q != NULL; q = q->next) {
		while (q->first != NULL && c->in_flight < drift__http_room(c->http)) {
			why = hopeless(q);
			if (why != NULL) {
				drift__call_end(take_first(q), why, "", 0, 0);
				continue;
			}
			if (must_hold(q))
				break;
			wait = drift__rate_wait_ms(&q->rate, drift__engine_mono(c));
			if (wait != 0) {
				if (wait > 0 && (soonest < 0 || wait < soonest))
					soonest = wait;
				break;
			}
			drift__call_send(take_first(q));
		}
	}
	return soonest;
}

static void
wake_timers(struct drift__aws_client *c)
{
	struct drift__call *call;

	while ((call = drift__timers_due(&c->timers, drift__engine_mono(c))) != NULL) {
		call->queue->backing_off--;
		drift__engine_wait(call, true);
	}
}

int64_t
drift__engine_send(struct drift__aws_client *c)
{
	wake_timers(c);
	return send_waiting(c);
}

static enum drift_status
must_stop(struct drift__aws_client *c, struct drift_error *err)
{
	if (c->opt.cancel != NULL && *c->opt.cancel != 0)
		return drift__fail(err, DRIFT_CANCELLED, "AWS", "cancelled");
	if (c->opt.deadline_ms > 0 && drift__engine_mono(c) >= c->made_ms + c->opt.deadline_ms) {
		drift__fail(err, DRIFT_TIMEOUT, "AWS", "not finished within %lld s", (long long)(c->opt.deadline_ms / 1000));
		return drift__hint(err, "give it more time, or ask for less");
	}
	return DRIFT_OK;
}

static int
wait_time(const struct drift__aws_client *c, int64_t sendable_ms)
{
	int64_t now = drift__engine_mono(c), wait = LONGEST_WAIT_MS, timer = drift__timers_next_ms(&c->timers);

	if (sendable_ms >= 0 && sendable_ms < wait)
		wait = sendable_ms;
	if (timer != INT64_MAX && timer - now < wait)
		wait = timer > now ? timer - now : 0;
	return (int)wait;
}

/* Every open call ends with the same error; what callbacks want to start meanwhile is refused with it. */
static void
end_all(struct drift__aws_client *c, const struct drift_error *err)
{
	struct drift__queue *q;

	c->ending = err;
	for (q = c->queues; q != NULL; q = q->next) {
		q->first = q->last = NULL;
		q->backing_off = 0;
	}
	c->timers.len = 0;
	while (c->open != NULL) {
		struct drift__call *call = c->open;

		if (call->in_flight) {
			drift__http_abort(c->http, &call->exchange);
			call->in_flight = false;
			c->in_flight--;
			if (call->queue->rate.in_flight > 0)
				call->queue->rate.in_flight--;
		}
		drift__call_end(call, err, "", 0, 0);
	}
	c->ending = NULL;
}

enum drift_status
drift__aws_run(struct drift__aws_client *c, struct drift_error *err)
{
	struct drift_error why = DRIFT_ERROR_INIT;
	enum drift_status st = DRIFT_OK;
	int64_t sendable;

	if (c->running)
		return drift__fail(err, DRIFT_USAGE, "drift__aws_run", "the loop is running already");
	c->running = true;
	while (c->open != NULL) {
		st = must_stop(c, &why);
		if (st == DRIFT_OK)
			st = drift__engine_credentials(c, &why);
		if (st != DRIFT_OK) {
			why.status = st;
			end_all(c, &why);
			break;
		}
		sendable = drift__engine_send(c);
		if (c->open != NULL)
			drift__http_poll(c->http, wait_time(c, sendable));
	}
	c->running = false;
	if (st != DRIFT_OK && err != NULL && err->status == DRIFT_OK)
		*err = why;
	return st;
}
