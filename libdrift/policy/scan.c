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

	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *row = drift_value_at(rows, i), *templates = drift_value_get(row, "resources");

		if (!drift__streq(drift__value_gets(row, "action"), action))
			continue;
		for (size_t k = 0; k < drift_value_size(templates); k++) {
			need.resource = drift__arn_fill(mk->needs.arena, drift__value_str(drift_value_at(templates, k)), &mk->where, NULL, NULL);
			if (need.resource == NULL)
				continue;
			drift__needs_add(&mk->needs, &need);
			found = true;
		}
	}
	if (!found)
		drift__needs_add(&mk->needs, &need);
}

static void
add_call(struct drift__policy_maker *mk, const char *type, const struct drift_value *entry, const struct drift_value *call)
{
	const char *service = drift__value_gets(call, "service"), *op = drift__value_gets(call, "op"), *action;

	if (drift_value_kind(call) == DRIFT_LIST) {
		for (size_t i = 0; i < drift_value_size(call); i++)
			add_call(mk, type, entry, drift_value_at(call, i));
		return;
	}
	if (op == NULL)
		return;
	if (service == NULL)
		service = drift__value_gets(entry, "service");
	action = mk->facts->iam_action(mk->facts->ctx, service, op);
	if (action != NULL && action[0] != '\0')
		add_action(mk, type, drift_value_get(entry, "iam"), action);
}

enum drift_status
drift__needs_of_scan(struct drift__policy_maker *mk, struct drift_error *err)
{
	for (size_t i = 0; i < mk->facts->n_types(mk->facts->ctx); i++) {
		const char *type = mk->facts->type(mk->facts->ctx, i);
		const struct drift_value *entry = mk->facts->entry(mk->facts->ctx, type);

		if (!wanted(mk, type))
			continue;
		add_call(mk, type, entry, drift_value_get(entry, "list"));
		add_call(mk, type, entry, drift_value_get(entry, "lookup"));
		add_call(mk, type, entry, drift_value_get(entry, "read"));
	}
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}
