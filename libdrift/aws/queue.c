/* AIMD and a token bucket; a binary heap of timers. */
#include "aws/queue.h"

enum { START_CONCURRENCY = 100, MOST_CONCURRENCY = 256, WINDOW_MS = 500, FIRST_RATE = 10 };

void
drift__rate_init(struct drift__rate *r, const struct drift_value *throttle, int64_t now_ms)
{
	double concurrency = 0;

	*r = (struct drift__rate){.limit = START_CONCURRENCY, .refilled_ms = now_ms, .window_ms = now_ms, .cut_ms = now_ms - 1};
	if (drift__value_to_double(drift_value_get(throttle, "concurrency"), &concurrency) && concurrency >= 1)
		r->limit = concurrency < MOST_CONCURRENCY ? concurrency : MOST_CONCURRENCY;
	if (!drift__value_to_double(drift_value_get(throttle, "per_second"), &r->published))
		r->published = 0;
}

/* Tokens grow with time, and so does the rate itself, by a twentieth a second: what throttled once may have more room now. */
static void
refill(struct drift__rate *r, int64_t now_ms)
{
	double seconds = (double)(now_ms - r->refilled_ms) / 1000.0, burst;

	r->refilled_ms = now_ms;
	if (r->per_second <= 0 || seconds <= 0)
		return;
	r->tokens += seconds * r->per_second;
	r->per_second += seconds * (r->per_second / 20 > 0.5 ? r->per_second / 20 : 0.5);
	burst = r->per_second > 1 ? r->per_second : 1;
	if (r->tokens > burst)
		r->tokens = burst;
}

int64_t
drift__rate_wait_ms(struct drift__rate *r, int64_t now_ms)
{
	refill(r, now_ms);
	if ((double)r->in_flight >= (r->limit >= 1 ? r->limit : 1))
		return -1;
	if (r->per_second <= 0 || r->tokens >= 1)
		return 0;
	return (int64_t)((1 - r->tokens) * 1000 / r->per_second) + 1;
}

void
drift__rate_sent(struct drift__rate *r, int64_t now_ms)
{
	refill(r, now_ms);
	r->in_flight++;
	if (r->per_second > 0)
		r->tokens -= 1;
}

static void
measure(struct drift__rate *r, int64_t now_ms)
{
	int64_t span = now_ms - r->window_ms;

	r->window_count += 1;
	if (span < WINDOW_MS)
		return;
	r->measured = 0.8 * r->window_count * 1000.0 / (double)span + 0.2 * r->measured;
	r->window_count = 0;
	r->window_ms = now_ms;
}

static void
cut(struct drift__rate *r, int64_t now_ms)
{
	double so_far = (double)(now_ms - r->window_ms) > 0 ? r->window_count * 1000.0 / (double)(now_ms - r->window_ms) : 0;
	bool first = r->per_second <= 0;

	r->cut_ms = now_ms;
	r->limit = r->limit / 2 > 1 ? r->limit / 2 : 1;
	if (r->per_second > 0)
		r->per_second *= 0.7;
	else if (r->published > 0)
		r->per_second = r->published;
	else
		r->per_second = 0.7 * (r->measured > so_far ? r->measured : so_far);
	if (first && r->published <= 0 && r->per_second < FIRST_RATE)
		r->per_second = FIRST_RATE; /* one throttle out of nowhere, as the first thing heard, is no reason to crawl */
	if (r->per_second < 0.5)
		r->per_second = 0.5;
	r->tokens = 0;
}

void
drift__rate_ended(struct drift__rate *r, enum drift__rate_outcome outcome, int64_t sent_ms, int64_t now_ms)
{
	if (r->in_flight > 0)
		r->in_flight--;
	refill(r, now_ms);
	if (outcome == DRIFT__RATE_OK) {
		measure(r, now_ms);
		r->limit += 1 / r->limit;
		if (r->limit > MOST_CONCURRENCY)
			r->limit = MOST_CONCURRENCY;
	} else if (outcome == DRIFT__RATE_THROTTLED && sent_ms > r->cut_ms) {
		/* those that were sent before the last cut say nothing about the speed since then */
		cut(r, now_ms);
	}
}

/* ---- timers ---- */

static bool
earlier(const struct drift__timer *a, const struct drift__timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void
swap(struct drift__timer *a, struct drift__timer *b)
{
	struct drift__timer t = *a;

	*a = *b;
	*b = t;
}

enum drift_status
drift__timers_add(struct drift__timers *t, int64_t due_ms, void *what)
{
	struct drift__timer *items;
	size_t cap, i;

	if (t->len == t->cap) {
		cap = t->cap == 0 ? 64 : t->cap * 2;
		items = drift__realloc(t->items, cap * sizeof *items);
		if (items == NULL)
			return DRIFT_NOMEM;
		t->items = items;
		t->cap = cap;
	}
	t->items[t->len] = (struct drift__timer){due_ms, t->next_order++, what};
	for (i = t->len++; i > 0 && earlier(&t->items[i], &t->items[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&t->items[i], &t->items[(i - 1) / 2]);
	return DRIFT_OK;
}

void *
drift__timers_due(struct drift__timers *t, int64_t now_ms)
{
	size_t i = 0, child;
	void *what;

	if (t->len == 0 || t->items[0].due_ms > now_ms)
		return NULL;
	what = t->items[0].what;
	t->items[0] = t->items[--t->len];
	for (;;) {
		child = 2 * i + 1;
		if (child >= t->len)
			return what;
		if (child + 1 < t->len && earlier(&t->items[child + 1], &t->items[child]))
			child++;
		if (!earlier(&t->items[child], &t->items[i]))
			return what;
		swap(&t->items[i], &t->items[child]);
		i = child;
	}
}

int64_t
drift__timers_next_ms(const struct drift__timers *t)
{
	return t->len > 0 ? t->items[0].due_ms : INT64_MAX;
}

void
drift__timers_dispose(struct drift__timers *t)
{
	drift__free(t->items);
	*t = (struct drift__timers){0};
}
