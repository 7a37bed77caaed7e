/* drift_query: one expression over one value, the result in a document of its own. */
#include "jmespath/make.h"

enum { MAX_RESULT = 256 * 1024 * 1024, MAX_SCRATCH = 1024 * 1024 * 1024 };

/* The result may lie in the searched value or in the expression: the document must outlive both. */
static enum drift_status
keep(struct drift_document *doc, const struct drift_value *result, struct drift_error *err)
{
	if (drift__jmes_measure(result, MAX_RESULT) > MAX_RESULT)
		return drift__fail(err, DRIFT_LIMIT, "query", "the result is larger than 256 MiB");
	doc->root = drift__value_copy(&doc->arena, result);
	return doc->root != NULL ? DRIFT_OK : drift__nomem(err);
}

enum drift_status
drift_query(const char *expression, const struct drift_value *v, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__jmes *e = NULL;
	struct drift__arena scratch;
	const struct drift_value *result = NULL;
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__arena_init(&scratch, MAX_SCRATCH);
	st = drift__jmes_compile(expression, "query", &e, err);
	if (st == DRIFT_OK)
		st = drift__jmes_search(e, v, &scratch, &result, err);
	if (st == DRIFT_OK)
		st = keep(doc, result, err);
	if (st == DRIFT_OK) {
		*out = doc;
		doc = NULL;
	}
	drift__jmes_free(e);
	drift__arena_dispose(&scratch);
	drift_document_free(doc);
	return st;
}

enum drift_status
drift_query_check(const char *expression, struct drift_error *err)
{
	struct drift__jmes *e = NULL;
	enum drift_status st = drift__jmes_compile(expression, "query", &e, err);

	drift__jmes_free(e);
	return st;
}
