/* One call, waited for: its pages as one output. */
#define _POSIX_C_SOURCE 200809L
#include "aws/engine.h"

#include <stdio.h>

struct once {
	struct drift_document **documents;
	size_t n, cap;
	enum drift_status status;
	struct drift_error error;
	char *code;
	size_t n_code;
};

static void
on_page(void *payload, struct drift__aws_reply *reply)
{
	struct once *o = payload;
	struct drift_document **documents;
	size_t cap;

	if (reply->status != DRIFT_OK) {
		o->status = reply->status;
		o->error = *reply->error;
		if (o->code != NULL && o->n_code > 0)
			snprintf(o->code, o->n_code, "%s", reply->code);
		return;
	}
	if (o->n == o->cap) {
		cap = o->cap == 0 ? 4 : o->cap * 2;
		documents = drift__realloc(o->documents, cap * sizeof *documents);
		if (documents == NULL) {
			o->status = drift__nomem(&o->error);
			return;
		}
		o->documents = documents;
		o->cap = cap;
	}
	o->documents[o->n++] = reply->document;
	reply->document = NULL;
}

static enum drift_status
merge(const struct drift__operation *op, struct once *o, struct drift_document **out, struct drift_error *err)
{
	const struct drift_value **pages, *merged = NULL;
	struct drift_document *doc;
	struct drift__arena scratch;
	enum drift_status st = DRIFT_NOMEM;
	size_t i;

	if (o->n == 1) {
		*out = o->documents[0];
		o->documents[0] = NULL;
		return DRIFT_OK;
	}
	drift__arena_init(&scratch, 0);
	doc = drift__calloc(1, sizeof *doc);
	pages = drift__arena_alloc(&scratch, o->n * sizeof *pages);
	if (doc != NULL && pages != NULL) {
		drift__arena_init(&doc->arena, 0);
		for (i = 0; i < o->n; i++)
			pages[i] = o->documents[i]->root;
		st = drift__pager_merge(op, pages, o->n, &scratch, &merged, err);
		doc->root = st == DRIFT_OK ? drift__value_copy(&doc->arena, merged) : NULL;
	}
	drift__arena_dispose(&scratch);
	if (doc == NULL || doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}

enum drift_status
drift__aws_call_once(struct drift__aws_client *c, const struct drift__aws_call *call, struct drift_document **out, char *code,
	size_t n_code, struct drift_error *err)
{
	struct once o = {.code = code, .n_code = n_code};
	const struct drift__service *service;
	enum drift_status st;
	size_t i;

	if (code != NULL && n_code > 0)
		code[0] = '\0';
	if (c->running)
		return drift__fail(err, DRIFT_USAGE, "drift__aws_call_once", "the loop is running already");
	st = drift__aws_start(c, call, on_page, &o, err);
	if (st != DRIFT_OK)
		return st;
	st = drift__aws_run(c, err);
	if (st == DRIFT_OK && o.status != DRIFT_OK) {
		st = o.status;
		if (err != NULL && err->status == DRIFT_OK)
			*err = o.error;
	}
	service = drift__catalogue_service(c->opt.catalogue, call->service, NULL);
	if (st == DRIFT_OK)
		st = merge(drift__service_operation(service, call->operation, NULL), &o, out, err);
	for (i = 0; i < o.n; i++)
		drift_document_free(o.documents[i]);
	drift__free(o.documents);
	return st;
}
