/* drift_query: one expression over one value, the result in a document of its own. */
#include "jmespath/jmespath.h"

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
	drift__arena_init(&scratch, 0);
	st = drift__jmes_compile(expression, "query", &e, err);
	if (st != DRIFT_OK)
		goto done;
	st = drift__jmes_search(e, v, &scratch, &result, err);
	if (st != DRIFT_OK)
		goto done;
	/* the result may lie in v or in the expression: the document must outlive both */
	doc->root = drift__value_copy(&doc->arena, result);
	if (doc->root == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	*out = doc;
	doc = NULL;
done:
	drift__jmes_free(e);
	drift__arena_dispose(&scratch);
	drift_document_free(doc);
	return st;
}
