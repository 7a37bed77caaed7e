/* Answers: who may ask for them, those who are told, and how long they are kept. */
#include "live/tagging.h"

#include <stdio.h>
#include <string.h>

/* ---- who may ask yet ---- */

struct drift__op *
drift__op_of(struct drift__engine *e, const char *service, const char *name)
{
	char key[256];
	const char *kept;
	struct drift__op *op;

	snprintf(key, sizeof key, "%s %s", service, name);
	op = drift__keys_get(&e->ops, key);
	if (op != NULL)
		return op;
	op = drift__arena_zalloc(e->lasting, sizeof *op);
	kept = drift__arena_strdup(e->lasting, key);
	if (op == NULL || kept == NULL || !drift__keys_add(&e->ops, kept, op)) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return NULL;
	}
	op->service = service;
	op->name = name;
	return op;
}

void
drift__engine_will_ask(struct drift__engine *e, const struct drift__call *call)
{
	struct drift__op *op = drift__op_of(e, call->service, call->op);

	if (op != NULL)
		op->askers++;
}

void
drift__engine_has_asked(struct drift__engine *e, const struct drift__call *call)
{
	struct drift__op *op = drift__op_of(e, call->service, call->op);

	if (op != NULL && --op->askers == 0)
		e->over = true;
}

/* ---- answers ---- */

static void
free_waiters(struct drift__waiter *w)
{
	struct drift__waiter *next;

	for (; w != NULL; w = next) {
		next = w->next;
		drift__free(w->ctx);
		drift__free(w);
	}
}

static void
free_answer(struct drift__answer *a)
{
	if (a->pending != NULL) {
		free_waiters(a->pending->waiters);
		drift__buf_dispose(&a->pending->packed);
	}
	drift__free(a->pending);
	drift__free(a->failure);
	drift__free(a->packed);
	drift__free(a);
}

struct drift__answer **
drift__answers_bucket(struct drift__engine *e, const unsigned char key[16])
{
	return &e->answers[(key[0] << 8 | key[1]) % ANSWER_BUCKETS];
}

/* Nobody waits for it, and nobody will ask. */
static bool
is_over(const struct drift__answer *a)
{
	return a->pending == NULL && a->n_ready == 0 && a->op->askers == 0;
}

static void
forget_answer(struct drift__engine *e, struct drift__answer *a)
{
	struct drift__answer **at = drift__answers_bucket(e, a->key);

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	free_answer(a);
}

void
drift__answers_close(struct drift__engine *e)
{
	struct drift__answer *a, *next;
	size_t i;

	for (a = e->open_answers; a != NULL; a = next) {
		next = a->next_open;
		a->output = NULL;
		if (is_over(a))
			forget_answer(e, a);
	}
	e->open_answers = NULL;
	for (i = 0; e->over && i < ANSWER_BUCKETS; i++) {
		for (a = e->answers[i]; a != NULL; a = next) {
			next = a->next;
			if (is_over(a))
				forget_answer(e, a);
		}
	}
	e->over = false;
}

void
drift__answers_forget(struct drift__engine *e)
{
	struct drift__answer *a, *next;
	struct drift__series *s;
	struct drift__lane *l;
	size_t i;

	for (i = 0; i < ANSWER_BUCKETS; i++) {
		for (a = e->answers[i]; a != NULL; a = next) {
			next = a->next;
			free_answer(a);
		}
		e->answers[i] = NULL;
	}
	free_waiters(e->ready);
	e->ready = NULL;
	for (l = e->lanes; l != NULL; l = l->next) {
		while ((s = l->series) != NULL) {
			l->series = s->next;
			drift__free(s);
		}
	}
	e->lanes = NULL;
	drift__keys_dispose(&e->ops);
}

void
drift__answer_open(struct drift__engine *e, struct drift__answer *a)
{
	struct drift_value *pages = drift__arena_alloc(&e->opened, (a->n_pages + (size_t)1) * sizeof *pages);
	const struct drift_value **all = drift__arena_alloc(&e->opened, (a->n_pages + (size_t)1) * sizeof *all);
	const unsigned char *p = pages != NULL && all != NULL ? a->packed : NULL;
	size_t i;

	for (i = 0; i < a->n_pages && p != NULL; i++) {
		p = drift__unpack(&e->opened, &e->likes, p, &pages[i]);
		all[i] = &pages[i];
	}
	a->output = p != NULL && a->n_pages > 0 ? drift__merge_pages(&e->opened, all, a->n_pages) : NULL;
	if (a->output == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		a->status = DRIFT_NOMEM;
		return;
	}
	a->next_open = e->open_answers;
	e->open_answers = a;
}

void
drift__answer_tell(struct drift__engine *e, struct drift__waiter *w, struct drift__answer *a)
{
	w->answer = a;
	w->next = NULL;
	a->n_ready++;
	if (e->ready == NULL)
		e->ready = w;
	else
		e->last_ready->next = w;
	e->last_ready = w;
}

void
drift__answers_call(struct drift__engine *e)
{
	struct drift__waiter *w = e->ready;
	struct drift__answer *a = w->answer;

	e->ready = w->next;
	if (a->status == DRIFT_OK && a->output == NULL)
		drift__answer_open(e, a);
	e->telling = true;
	w->then(e, w->ctx, a);
	e->telling = false;
	drift__free(w->ctx);
	drift__free(w);
	a->n_ready--;
	if (a->output == NULL && is_over(a))
		forget_answer(e, a);
	drift__engine_settle(e);
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

const char *
drift__answer_code(const struct drift__answer *a)
{
	return a->failure != NULL ? a->failure->code : "";
}
