/* Calls: each distinct one goes out once; whoever asks again waits for, or shares, its answer. */
#include "live/engine.h"

#include <string.h>

static unsigned
bucket_of(const char *s)
{
	unsigned h = 5381;

	for (; *s != '\0'; s++)
		h = h * 33 + (unsigned char)*s;
	return h % ANSWER_BUCKETS;
}

/* Puts a continuation on the queue that drain() works off: answers never call back from inside ask(). */
static void
make_ready(struct drift__engine *e, drift__then *then, void *ctx, const struct drift__answer *a)
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

void
drift__engine_drain(struct drift__engine *e)
{
	if (e->draining)
		return;
	e->draining = true;
	while (e->first_ready < e->n_ready) {
		struct ready r = e->ready[e->first_ready++];

		r.then(e, r.ctx, r.answer);
		if (e->first_ready == e->n_ready)
			e->first_ready = e->n_ready = 0;
	}
	e->draining = false;
}

const struct drift_value *
drift__merge_pages(struct drift__arena *a, const struct drift_value *x, const struct drift_value *y)
{
	struct drift__list_builder list;
	struct drift__map_builder map;
	size_t i;

	if (x == NULL || y == NULL)
		return x != NULL ? x : y;
	if (x->kind == DRIFT_LIST && y->kind == DRIFT_LIST) {
		drift__list_init(&list, a);
		for (i = 0; i < x->len; i++)
			drift__list_add(&list, &x->u.items[i]);
		for (i = 0; i < y->len; i++)
			drift__list_add(&list, &y->u.items[i]);
		return drift__list_finish(&list);
	}
	if (x->kind != DRIFT_MAP || y->kind != DRIFT_MAP)
		return x;
	drift__map_init(&map, a);
	for (i = 0; i < x->len; i++)
		drift__map_put(&map, x->u.members[i].key, drift__merge_pages(a, &x->u.members[i].value, drift_value_get(y, x->u.members[i].key)));
	for (i = 0; i < y->len; i++)
		if (drift_value_get(x, y->u.members[i].key) == NULL)
			drift__map_put(&map, y->u.members[i].key, &y->u.members[i].value);
	return drift__map_finish(&map);
}

static void
finish(struct drift__answer *a)
{
	struct drift__engine *e = a->engine;
	struct waiter *w;

	a->complete = true;
	if (e->options->record != NULL)
		e->options->record(e->options->record_ctx, a->service, a->region, a->operation, a->input, a->output,
			a->status == DRIFT_OK ? NULL : a->code);
	for (w = a->waiters; w != NULL; w = w->next)
		make_ready(e, w->then, w->ctx, a);
	a->waiters = NULL;
	drift__engine_drain(e);
	drift__engine_step(e);
	drift__engine_drain(e);
}

static void
on_page(void *payload, struct drift__aws_reply *reply)
{
	struct drift__answer *a = payload;
	struct drift__engine *e = a->engine;
	const struct drift_value *page;

	if (reply->status != DRIFT_OK) {
		a->status = reply->status;
		a->http_status = reply->http_status;
		if (reply->error != NULL)
			a->error = *reply->error;
		strncpy(a->code, reply->code != NULL ? reply->code : "", sizeof a->code - 1);
		a->output = NULL;
	} else {
		page = drift__value_copy(e->arena, reply->output);
		a->output = a->output == NULL ? page : drift__merge_pages(e->arena, a->output, page);
		if (a->output == NULL)
			drift__engine_fail(e, DRIFT_NOMEM);
	}
	if (reply->last)
		finish(a);
}

static char *
key_of(const char *service, const char *region, const char *operation, const struct drift_value *input)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);

	drift__buf_addf(&b, "%s %s %s ", service, region != NULL ? region : "", operation);
	drift__json_write(&b, input, 0, true);
	return drift__buf_take(&b);
}

static struct drift__answer *
find_or_start(struct drift__engine *e, const char *service, const char *region, const char *operation, const struct drift_value *input)
{
	struct drift__aws_call call = {.service = service, .operation = operation, .region = region, .input = input};
	char *key = key_of(service, region, operation, input);
	struct drift__answer *a, **bucket;
	enum drift_status st;

	if (key == NULL)
		return NULL;
	bucket = &e->answers[bucket_of(key)];
	for (a = *bucket; a != NULL; a = a->next) {
		if (strcmp(a->key, key) == 0) {
			drift__free(key);
			return a;
		}
	}
	a = drift__arena_zalloc(e->arena, sizeof *a);
	if (a == NULL) {
		drift__free(key);
		return NULL;
	}
	a->key = key;
	a->engine = e;
	a->service = service;
	a->operation = operation;
	a->region = region;
	a->input = input;
	a->next = *bucket;
	*bucket = a;
	e->n_calls++;
	st = e->transport.start(e->transport.ctx, &call, on_page, a, &a->error);
	if (st != DRIFT_OK) {
		a->status = st;
		a->complete = true;
	}
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
	w = drift__arena_alloc(e->arena, sizeof *w);
	if (w == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	w->then = then;
	w->ctx = ctx;
	w->next = a->waiters;
	a->waiters = w;
}
