/* The catalogue's own calls -> what a scan needs. */
#include "policy/needs.h"

#include <string.h>

static bool
wanted(const struct drift__policy_maker *mk, const char *type)
{
	if (mk->opt->types == NULL)
		return true;
	for (const char *const *t = mk->opt->types; *t != NULL; t++) {
		if (drift__glob(*t, type))
			return true;
	}
	return false;
}

/* The resource templates that the iam rows give for an action, with `*` in place of every name; "*" when there are none. */
static void
add_action(struct drift__policy_maker *mk, const char *type, const struct drift_value *rows, const char *action)
{
	struct drift__need need = {.action = action, .resource = "*", .condition = "", .type = type, .phase = 'L', .why = "read by a scan"};
	bool found = false;

	if (action[0] == '\0') /* a call that needs no permission */
		return;
	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *row = drift_value_at(rows, i), *templates = drift_value_get(row, "resources");

		if (!drift__streq(drift__value_gets(row, "action"), action))
			continue;
		for (size_t k = 0; k < drift_value_size(templates); k++) {
			need.resource = drift__arn_fill(mk->needs.arena, drift__value_str(drift_value_at(templates, k)), &mk->where, NULL, NULL);
			if (need.resource == NULL) {
				mk->needs.failed = true;
				return;
			}
			drift__needs_add(&mk->needs, &need);
			found = true;
		}
	}
	if (!found)
		drift__needs_add(&mk->needs, &need);
}

enum drift_status
drift__needs_of_scan(struct drift__policy_maker *mk, struct drift_error *err)
{
	for (size_t i = 0; i < mk->facts->n_types(mk->facts->ctx); i++) {
		const char *type = mk->facts->type(mk->facts->ctx, i), *action;
		const struct drift_value *rows = drift_value_get(mk->facts->entry(mk->facts->ctx, type), "iam");

		for (size_t k = 0; wanted(mk, type) && (action = mk->facts->scan_action(mk->facts->ctx, type, k)) != NULL; k++)
			add_action(mk, type, rows, action);
	}
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}
