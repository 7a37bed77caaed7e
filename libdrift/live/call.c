/* Calls: each distinct one goes out once; whoever asks again waits for, or shares, its answer. */
#include "live/tagging.h"

#include <string.h>

/* More than are ever in flight at once, and those that wait to be tried again. */
enum { OPEN_CALLS = 512 };

/* Puts a continuation on the queue that drain() works off: answers never call back from inside ask(). */
static void
make_ready(struct drift__engine *e, drift__then *then, void *ctx, struct drift__answer *a)
{
	if (e->n_ready == e->cap_ready) {
		size_t cap = e->cap_ready == 0 ? 64 : e->cap_ready * 2;
		struct ready *more = drift__realloc(e->ready, cap * sizeof *more);

		if (more == NULL) {
			drift__engine_fail(e, DRIFT_NOMEM);
			return;
		}
		e->ready = more;
		e->cap_ready = cap;
	}
	e->ready[e->n_ready].then = then;
	e->ready[e->n_ready].ctx = ctx;
	e->ready[e->n_ready].answer = a;
	e->n_ready++;
}

/* Its output, from what was kept of its pages. */
static void
open_answer(struct drift__answer *a)
{
	struct drift__engine *e = a->engine;
	struct drift_value *pages = drift__arena_alloc(&e->moment, (a->n_pages + 1) * sizeof *pages);
	const struct drift_value **all = drift__arena_alloc(&e->moment, (a->n_pages + 1) * sizeof *all);
	const unsigned char *p = (const unsigned char *)a->packed.data;
	size_t i;

	if (pages == NULL || all == NULL || a->packed.status != DRIFT_OK)
		p = NULL;
	for (i = 0; i < a->n_pages && p != NULL; i++) {
		p = drift__unpack(&e->moment, &e->likes, p, &pages[i]);
		all[i] = &pages[i];
	}
	a->output = p != NULL && a->n_pages > 0 ? drift__merge_pages(&e->moment, all, a->n_pages) : NULL;
	if (a->output == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		a->status = DRIFT_NOMEM;
		return;
	}
	a->next_open = e->open_answers;
	e->open_answers = a;
}

void
drift__answers_forget(struct drift__engine *e)
{
	struct drift__answer *a;
	size_t i;

	for (i = 0; i < ANSWER_BUCKETS; i++)
		for (a = e->answers[i]; a != NULL; a = a->next)
			drift__buf_dispose(&a->packed);
}

void
drift__engine_drain(struct drift__engine *e)
{
	if (e->draining)
		return;
	e->draining = true;
	while (e->first_ready < e->n_ready) {
		struct ready r = e->ready[e->first_ready++];

		if (r.answer->status == DRIFT_OK && r.answer->output == NULL)
			open_answer(r.answer);
		r.then(e, r.ctx, r.answer);
		drift__engine_settle(e);
		if (e->first_ready == e->n_ready)
			e->first_ready = e->n_ready = 0;
	}
	e->draining = false;
}

static bool
are_all(const struct drift_value *const *pages, size_t n, enum drift_kind kind)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (drift_value_kind(pages[i]) != kind)
			return false;
	return true;
}

/* The values of one name, of every page from the i-th on that has it. */
static const struct drift_value *
merge_member(struct drift__arena *a, const struct drift_value *const *pages, size_t n, size_t i, const char *name)
{
	const struct drift_value **values = drift__arena_alloc(a, (n - i) * sizeof *values);
	size_t found = 0;

	if (values == NULL)
		return NULL;
	for (; i < n; i++) {
		values[found] = drift_value_get(pages[i], name);
		found += values[found] != NULL;
	}
	return drift__merge_pages(a, values, found);
}

const struct drift_value *
drift__merge_pages(struct drift__arena *a, const struct drift_value *const *pages, size_t n)
{
	struct drift__list_builder list;
	struct drift__map_builder map;
	size_t i, j, k;

	if (n > 1 && are_all(pages, n, DRIFT_LIST)) {
		drift__list_init(&list, a);
		for (i = 0; i < n; i++)
			for (j = 0; j < pages[i]->len; j++)
				drift__list_add(&list, &pages[i]->u.items[j]);
		return drift__list_finish(&list);
	}
	if (n < 2 || !are_all(pages, n, DRIFT_MAP))
		return pages[0];
	drift__map_init(&map, a);
	for (i = 0; i < n; i++) {
		for (j = 0; j < pages[i]->len; j++) {
			const char *name = drift_value_key(pages[i], j, NULL);

			for (k = 0; k < i && drift_value_get(pages[k], name) == NULL; k++)
				continue;
			if (k == i)
				drift__map_put(&map, name, merge_member(a, pages, n, i, name));
		}
	}
	return drift__map_finish(&map);
}

static void
finish(struct drift__answer *a)
{
	struct drift__engine *e = a->engine;
	struct waiter *w;

	if (e->options->record != NULL)
		e->options->record(e->options->record_ctx, a->service, a->region, a->operation, a->input, a->output,
			a->status == DRIFT_OK ? NULL : a->code);
	for (w = a->waiters; w != NULL; w = w->next)
		make_ready(e, w->then, w->ctx, a);
	a->waiters = NULL;
	drift__engine_drain(e);
	drift__engine_step(e);
	drift__engine_drain(e);
	drift__tagging_step(e);
	drift__engine_drain(e);
}

static const char *
keep_text(struct drift__engine *e, const char *s)
{
	return drift__arena_name(e->lasting, s, strlen(s));
}

static const struct drift__failure *
keep_failure(struct drift__engine *e, const struct drift_error *err)
{
	struct drift__failure *f = err != NULL ? drift__arena_alloc(e->lasting, sizeof *f) : NULL;

	if (f == NULL)
		return NULL;
	*f = (struct drift__failure){keep_text(e, err->where), keep_text(e, err->what), keep_text(e, err->hint)};
	return f->where != NULL && f->what != NULL && f->hint != NULL ? f : NULL;
}

static void start_waiting(struct drift__lane *l);

static void
on_page(void *payload, struct drift__aws_reply *reply)
{
	struct drift__answer *a = payload;
	struct drift__engine *e = a->engine;

	if (reply->status != DRIFT_OK) {
		a->status = reply->status;
		a->http_status = reply->http_status;
		a->failure = keep_failure(e, reply->error);
		a->code = reply->code != NULL ? keep_text(e, reply->code) : "";
		if (a->code == NULL) {
			drift__engine_fail(e, DRIFT_NOMEM);
			a->code = "";
		}
	} else {
		drift__pack(&a->packed, &e->likes, reply->output);
		a->n_pages++;
	}
	if (!reply->last)
		return;
	if (a->packed.data != NULL) {
		char *exact = drift__realloc(a->packed.data, a->packed.len);

		if (exact != NULL)
			a->packed.data = exact;
	}
	a->complete = true;
	a->lane->open--;
	if (a->status == DRIFT_OK)
		open_answer(a);
	finish(a);
	start_waiting(a->lane);
	drift__engine_settle(e);
}

static struct drift__lane *
lane_of(struct drift__engine *e, const char *service, const char *region)
{
	struct drift__lane *l;

	for (l = e->lanes; l != NULL; l = l->next)
		if (strcmp(l->service, service) == 0 && drift__streq(l->region, region))
			return l;
	l = drift__arena_zalloc(e->lasting, sizeof *l);
	if (l == NULL)
		return NULL;
	l->service = service;
	l->region = region;
	l->next = e->lanes;
	e->lanes = l;
	return l;
}

/* One that can't be started is complete. */
static void
start(struct drift__answer *a, const struct drift_value *input)
{
	struct drift__aws_call call = {.service = a->service, .operation = a->operation, .region = a->region, .input = input};
	struct drift__engine *e = a->engine;
	struct drift_error err = DRIFT_ERROR_INIT;
	enum drift_status st;

	a->lane->open++;
	st = e->transport.start(e->transport.ctx, &call, on_page, a, &err);
	if (st == DRIFT_OK)
		return;
	a->lane->open--;
	a->failure = keep_failure(e, &err);
	a->status = st;
	a->complete = true;
}

static void
wait(struct drift__answer *a, const struct drift_value *input)
{
	struct drift__lane *l = a->lane;

	drift__pack(&a->packed, &a->engine->likes, input);
	if (l->last != NULL)
		l->last->next_waiting = a;
	else
		l->first = a;
	l->last = a;
}

static void
start_waiting(struct drift__lane *l)
{
	while (l->first != NULL && l->open < OPEN_CALLS) {
		struct drift__answer *a = l->first;
		struct drift__engine *e = a->engine;
		struct drift_value input;

		l->first = a->next_waiting;
		if (l->first == NULL)
			l->last = NULL;
		if (a->packed.status != DRIFT_OK ||
			drift__unpack(&e->moment, &e->likes, (const unsigned char *)a->packed.data, &input) == NULL) {
			drift__engine_fail(e, DRIFT_NOMEM);
			a->status = DRIFT_NOMEM;
			a->complete = true;
		} else {
			start(a, &input);
		}
		a->packed.len = 0;
		if (a->complete)
			finish(a);
	}
}

/* False without memory. */
static bool
key_of(const char *service, const char *region, const char *operation, const struct drift_value *input, unsigned char key[16])
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	unsigned char digest[32];
	bool good;

	drift__buf_addf(&b, "%s %s %s ", service, region != NULL ? region : "", operation);
	drift__json_write(&b, input, 0, true);
	good = b.status == DRIFT_OK && b.data != NULL;
	if (good) {
		drift__sha256(b.data, b.len, digest);
		memcpy(key, digest, 16);
	}
	drift__buf_dispose(&b);
	return good;
}

static struct drift__answer *
find_or_start(struct drift__engine *e, const char *service, const char *region, const char *operation, const struct drift_value *input)
{
	unsigned char key[16];
	struct drift__answer *a, **bucket;

	if (!key_of(service, region, operation, input, key))
		return NULL;
	bucket = &e->answers[(key[0] << 8 | key[1]) % ANSWER_BUCKETS];
	for (a = *bucket; a != NULL; a = a->next)
		if (memcmp(a->key, key, sizeof key) == 0)
			return a;
	a = drift__arena_zalloc(e->lasting, sizeof *a);
	if (a == NULL)
		return NULL;
	memcpy(a->key, key, sizeof key);
	drift__buf_init(&a->packed, (size_t)1 << 31);
	a->engine = e;
	a->code = "";
	a->service = service;
	a->operation = operation;
	if (region != NULL)
		a->region = keep_text(e, region);
	if (e->options->record != NULL)
		a->input = drift__value_copy(e->lasting, input);
	a->lane = lane_of(e, service, a->region);
	if (a->lane == NULL)
		return NULL;
	a->next = *bucket;
	*bucket = a;
	e->n_calls++;
	if (a->lane->open < OPEN_CALLS)
		start(a, input);
	else
		wait(a, input);
	return a;
}

void
drift__engine_ask(struct drift__engine *e, const char *service, const char *region, const char *operation,
	const struct drift_value *input, drift__then *then, void *ctx)
{
	struct drift__answer *a = find_or_start(e, service, region, operation, input);
	struct waiter *w;

	if (a == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	if (a->complete) {
		make_ready(e, then, ctx, a);
		return;
	}
	w = drift__arena_alloc(e->lasting, sizeof *w);
	if (w == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	w->then = then;
	w->ctx = ctx;
	w->next = a->waiters;
	a->waiters = w;
}
