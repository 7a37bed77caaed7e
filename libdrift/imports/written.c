#include "imports/written.h"
#include "jmespath/jmespath.h"

/* Runs an expression over the live attributes; those that `over` has a value for are taken from there. */
static const struct drift_value *
evaluate(const struct drift_imports *im, struct drift__arena *a, const char *text, const struct drift_resource *live,
	const struct drift_value *over)
{
	const struct drift_value *doc, *v = NULL;
	struct drift__jmes *e = NULL;
	struct drift__map_builder m;

	drift__map_init(&m, a);
	for (size_t i = 0; i < drift_value_size(live->attributes); i++) {
		const char *name = drift_value_key(live->attributes, i, NULL);
		const struct drift_value *planned = drift_value_get(over, name);

		drift__map_put(&m, name, drift_value_kind(planned) != DRIFT_NULL ? planned : drift_value_at(live->attributes, i));
	}
	drift__map_puts(&m, "_id", live->id);
	drift__map_puts(&m, "_arn", live->arn);
	drift__map_puts(&m, "_name", live->name);
	drift__map_puts(&m, "_import_id", live->import_id);
	drift__map_puts(&m, "_account", live->account);
	drift__map_puts(&m, "_region", live->region);
	drift__map_puts(&m, "_partition", im->partition);
	doc = drift__map_finish(&m);
	if (doc != NULL && drift__jmes_compile(text, "expression", &e, NULL) == DRIFT_OK && drift__jmes_search(e, doc, a, &v, NULL) == DRIFT_OK)
		v = drift__value_copy(a, v);
	drift__jmes_free(e);
	return v;
}

const struct drift_value *
drift__written_value(const struct drift_imports *im, struct drift__arena *a, const struct drift_value *rule,
	const struct drift_resource *live)
{
	const char *text = drift__value_gets(rule, "written");

	return text != NULL ? evaluate(im, a, text, live, NULL) : NULL;
}

const char *
drift__planned_id(const struct drift_imports *im, struct drift__arena *a, const struct drift_value *planned, const struct drift_resource *live)
{
	const char *text = drift__value_str(drift__facts_get(&im->facts, live->type, "import_id_planned"));
	const char *id = text != NULL ? drift__value_str(evaluate(im, a, text, live, planned)) : NULL;

	return id != NULL ? id : live->import_id;
}
