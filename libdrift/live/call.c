/* Calls: each distinct one goes out once; whoever asks again waits for, or shares, its answer (answer.c). */
#include "live/tagging.h"

#include <string.h>

/* More than are ever in flight at once, and some that wait to be tried again. */
enum { OPEN_CALLS = 320 };

/* ---- from asking to the answer ---- */

/* Those who waited are called soon. */
static void
complete(struct drift__answer *a)
{
	struct drift__pending *p = a->pending;
	struct drift__engine *e = p->engine;
	struct drift__waiter *w;

	if (a->status == DRIFT_OK && p->packed.status == DRIFT_OK) {
		unsigned char *exact = drift__realloc(p->packed.data, p->packed.len);

		a->packed = exact != NULL ? exact : (unsigned char *)p->packed.data;
	} else {
		drift__buf_dispose(&p->packed);
		if (a->status == DRIFT_OK) {
			a->status = DRIFT_NOMEM;
			drift__engine_fail(e, DRIFT_NOMEM);
		}
	}
	a->pending = NULL;
	if (e->options->record != NULL) {
		if (a->status == DRIFT_OK)
			drift__answer_open(e, a);
		e->options->record(e->options->record_ctx, a->op->service, p->lane->region, a->op->name, p->input, a->output,
			a->status == DRIFT_OK ? NULL : drift__answer_code(a));
	}
	while ((w = p->waiters) != NULL) {
		p->waiters = w->next;
		drift__answer_tell(e, w, a);
	}
	drift__free(p);
}

static char *
put_text(char *to, const char *s)
{
	size_t n = strlen(s) + 1;

	memcpy(to, s, n);
	return to + n;
}

static void
keep_failure(struct drift__answer *a, enum drift_status st, const struct drift_error *err, const char *code)
{
	static const struct drift_error none = DRIFT_ERROR_INIT;
	struct drift__failure *f;
	char *p;

	if (err == NULL)
		err = &none;
	if (code == NULL)
		code = "";
	a->status = st;
	f = drift__malloc(sizeof *f + strlen(code) + strlen(err->where) + strlen(err->what) + strlen(err->hint) + 4);
	if (f == NULL) {
		drift__engine_fail(a->pending->engine, DRIFT_NOMEM);
		return;
	}
	f->code = p = f->texts;
	f->where = p = put_text(p, code);
	f->what = p = put_text(p, err->where);
	f->hint = p = put_text(p, err->what);
	put_text(p, err->hint);
	drift__free(a->failure);
	a->failure = f;
}

static void
on_page(void *payload, struct drift__aws_reply *reply)
{
	struct drift__answer *a = payload;
	struct drift__engine *e = a->pending->engine;

	if (reply->status != DRIFT_OK) {
		a->http_status = reply->http_status;
		keep_failure(a, reply->status, reply->error, reply->code);
	} else {
		drift__pack(&a->pending->packed, &e->likes, reply->output);
		a->n_pages++;
		drift_document_free(reply->document);
		reply->document = NULL;
	}
	if (!reply->last)
		return;
	a->pending->lane->open--;
	complete(a);
	drift__engine_drain(e);
	drift__tagging_step(e);
	drift__engine_drain(e);
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
	l->region = drift__arena_strdup(e->lasting, region);
	if (region != NULL && l->region == NULL)
		return NULL;
	l->next = e->lanes;
	e->lanes = l;
	return l;
}

/* One that can't be started is complete. */
static void
start(struct drift__answer *a, const struct drift_value *input)
{
	struct drift__pending *p = a->pending;
	struct drift__aws_call call = {.service = a->op->service, .operation = a->op->name, .region = p->lane->region, .input = input};
	struct drift_error err = DRIFT_ERROR_INIT;
	enum drift_status st;

	p->lane->open++;
	st = p->engine->transport.start(p->engine->transport.ctx, &call, on_page, a, &err);
	if (st == DRIFT_OK)
		return;
	p->lane->open--;
	keep_failure(a, st, &err, NULL);
	complete(a);
}

static void
wait(struct drift__answer *a, const struct drift_value *input)
{
	struct drift__lane *l = a->pending->lane;

	drift__pack(&a->pending->packed, &a->pending->engine->likes, input);
	if (l->last != NULL)
		l->last->pending->next_waiting = a;
	else
		l->first = a;
	l->last = a;
}

static void
start_waiting(struct drift__engine *e, struct drift__lane *l)
{
	struct drift__answer *a = l->first;
	struct drift__buf *packed = &a->pending->packed;
	struct drift_value input;

	l->first = a->pending->next_waiting;
	if (l->first == NULL)
		l->last = NULL;
	if (packed->status != DRIFT_OK || drift__unpack(&e->moment, &e->likes, (const unsigned char *)packed->data, &input) == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		a->status = DRIFT_NOMEM;
		complete(a);
		return;
	}
	/* the pages come into its place: whoever is started copies it */
	start(a, &input);
	if (a->pending != NULL)
		packed->len = 0;
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
new_answer(struct drift__engine *e, const char *service, const char *region, const char *operation, const struct drift_value *input)
{
	struct drift__answer *a = drift__calloc(1, sizeof *a);
	struct drift__pending *p = drift__calloc(1, sizeof *p);

	if (a != NULL && p != NULL) {
		a->pending = p;
		a->op = drift__op_of(e, service, operation);
		p->engine = e;
		p->lane = lane_of(e, service, region);
		drift__buf_init(&p->packed, (size_t)1 << 31);
		if (e->options->record != NULL)
			p->input = drift__value_copy(e->lasting, input);
	}
	if (p != NULL && p->lane != NULL && a != NULL && a->op != NULL)
		return a;
	drift__free(a);
	drift__free(p);
	return NULL;
}

static struct drift__answer *
find_or_start(struct drift__engine *e, const char *service, const char *region, const char *operation, const struct drift_value *input)
{
	unsigned char key[16];
	struct drift__answer *a, **bucket;

	if (!key_of(service, region, operation, input, key))
		return NULL;
	bucket = drift__answers_bucket(e, key);
	for (a = *bucket; a != NULL; a = a->next)
		if (memcmp(a->key, key, sizeof key) == 0)
			return a;
	a = new_answer(e, service, region, operation, input);
	if (a == NULL)
		return NULL;
	memcpy(a->key, key, sizeof key);
	a->next = *bucket;
	*bucket = a;
	e->n_calls++;
	if (a->pending->lane->open < OPEN_CALLS)
		start(a, input);
	else
		wait(a, input);
	return a;
}

void
drift__engine_ask(struct drift__engine *e, const char *service, const char *region, const char *operation,
	const struct drift_value *input, drift__then *then, void *ctx)
{
	struct drift__waiter *w = ctx != NULL ? drift__calloc(1, sizeof *w) : NULL;
	struct drift__answer *a = w != NULL ? find_or_start(e, service, region, operation, input) : NULL;

	if (a == NULL) {
		drift__free(w);
		drift__free(ctx);
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	w->then = then;
	w->ctx = ctx;
	if (a->pending == NULL) {
		drift__answer_tell(e, w, a);
		return;
	}
	w->next = a->pending->waiters;
	a->pending->waiters = w;
}

/* ---- series ---- */

void
drift__series_start(struct drift__job *job, const struct drift__call *call, struct drift__doc *const *docs, size_t n,
	void (*ask)(struct drift__series *s), void (*over)(struct drift__job *job))
{
	struct drift__lane *l = n > 0 ? lane_of(job->engine, call->service, job->region) : NULL;
	struct drift__series *s = l != NULL ? drift__malloc(sizeof *s + n * sizeof *docs) : NULL;

	if (n == 0)
		return;
	if (s == NULL) {
		drift__engine_fail(job->engine, DRIFT_NOMEM);
		return;
	}
	*s = (struct drift__series){.job = job, .call = call, .ask = ask, .over = over, .n = n};
	memcpy(s->docs, docs, n * sizeof *docs);
	if (l->series == NULL)
		l->series = s;
	else
		l->last_series->next = s;
	l->last_series = s;
	job->pending++;
	drift__engine_will_ask(job->engine, call);
}

static void
ask_more(struct drift__engine *e, struct drift__lane *l)
{
	struct drift__series *s = l->series;
	struct drift__job *job = s->job;
	void (*over)(struct drift__job *job) = s->over;

	s->ask(s);
	drift__engine_settle(e);
	if (s->done < s->n)
		return;
	l->series = s->next;
	drift__engine_has_asked(e, s->call);
	drift__free(s);
	if (--job->pending == 0)
		over(job);
}

/* Hands on, or asks for, one more where there is room. */
static bool
go_on(struct drift__engine *e)
{
	struct drift__lane *l;

	for (l = e->lanes; l != NULL; l = l->next) {
		if (l->open >= OPEN_CALLS || (l->first == NULL && l->series == NULL))
			continue;
		if (l->first != NULL)
			start_waiting(e, l);
		else
			ask_more(e, l);
		return true;
	}
	return false;
}

void
drift__engine_drain(struct drift__engine *e)
{
	if (e->draining)
		return;
	e->draining = true;
	do
		while (e->ready != NULL)
			drift__answers_call(e);
	while (go_on(e));
	e->draining = false;
}
