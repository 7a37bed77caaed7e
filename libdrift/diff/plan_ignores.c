/* A plan → what Terraform leaves alone. The JSON form of a plan does not tell `lifecycle.ignore_changes`, but it shows what it does: an
 * attribute that `resource_drift` says has changed outside, and that `resource_changes` keeps as it is now. */
#include "drift/diff.h"
#include "model/value.h"

#include <string.h>

static const struct drift_value *
change_of(const struct drift_value *list, const char *address)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (drift__streq(drift__value_gets(drift_value_at(list, i), "address"), address))
			return drift_value_get(drift_value_at(list, i), "change");
	return NULL;
}

/* Names of attributes that drifted and stay so; NULL without memory. */
static const struct drift_value *
kept(struct drift__arena *a, const struct drift_value *drifted, const struct drift_value *planned)
{
	const struct drift_value *before = drift_value_get(drifted, "before"), *now = drift_value_get(drifted, "after");
	const struct drift_value *after = drift_value_get(planned, "after"), *unknown = drift_value_get(planned, "after_unknown");
	struct drift__list_builder names;
	size_t i;

	drift__list_init(&names, a);
	for (i = 0; drift_value_kind(now) == DRIFT_MAP && i < now->len; i++) {
		const char *name = drift_value_key(now, i, NULL);
		const struct drift_value *v = drift_value_at(now, i);

		if (drift_value_kind(after) == DRIFT_MAP && !drift_value_bool(drift_value_get(unknown, name)) &&
			!drift_value_equal(drift_value_get(before, name), v) && drift_value_equal(v, drift_value_get(after, name)))
			drift__list_add(&names, drift__value_string(a, name));
	}
	return drift__list_finish(&names);
}

enum drift_status
drift_diff_plan_ignores(const struct drift_value *plan, struct drift_document **out, struct drift_error *err)
{
	const struct drift_value *drift = drift_value_get(plan, "resource_drift"), *changes = drift_value_get(plan, "resource_changes");
	struct drift_document *doc;
	struct drift__list_builder list;
	size_t i;

	if (drift_value_kind(plan) != DRIFT_MAP || drift_value_get(plan, "format_version") == NULL) {
		drift__fail(err, DRIFT_BAD_PLAN, "plan", "this is no plan in JSON: format_version is missing");
		return drift__hint(err, "write it with `terraform show -json tfplan > plan.json`");
	}
	doc = drift__calloc(1, sizeof *doc);
	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&list, &doc->arena);
	for (i = 0; i < drift_value_size(drift); i++) {
		const char *address = drift__value_gets(drift_value_at(drift, i), "address");
		const struct drift_value *names = kept(&doc->arena, drift_value_get(drift_value_at(drift, i), "change"), change_of(changes, address));
		struct drift__map_builder m;

		if (names != NULL && names->len == 0)
			continue;
		drift__map_init(&m, &doc->arena);
		drift__map_puts(&m, "address", address);
		drift__map_put(&m, "attributes", names);
		drift__list_add(&list, names != NULL ? drift__map_finish(&m) : NULL);
		drift__map_dispose(&m);
	}
	doc->root = drift__list_finish(&list);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}
