#include "imports/written.h"
#include "jmespath/jmespath.h"

const struct drift_value *
drift__written_value(const struct drift_imports *im, struct drift__arena *a, const struct drift_value *rule,
	const struct drift_resource *live)
{
	const char *text = drift__value_gets(rule, "written");
	const struct drift_value *doc, *v = NULL;
	struct drift__jmes *e = NULL;
	struct drift__map_builder m;

	if (text == NULL)
		return NULL;
	drift__map_init(&m, a);
	for (size_t i = 0; i < drift_value_size(live->attributes); i++)
		drift__map_put(&m, drift_value_key(live->attributes, i, NULL), drift_value_at(live->attributes, i));
	drift__map_puts(&m, "_id", live->id);
	drift__map_puts(&m, "_arn", live->arn);
	drift__map_puts(&m, "_name", live->name);
	drift__map_puts(&m, "_import_id", live->import_id);
	drift__map_puts(&m, "_account", live->account);
	drift__map_puts(&m, "_region", live->region);
	drift__map_puts(&m, "_partition", im->partition);
	doc = drift__map_finish(&m);
	if (doc != NULL && drift__jmes_compile(text, "written", &e, NULL) == DRIFT_OK && drift__jmes_search(e, doc, a, &v, NULL) == DRIFT_OK)
		v = drift__value_copy(a, v);
	drift__jmes_free(e);
	return v;
}
