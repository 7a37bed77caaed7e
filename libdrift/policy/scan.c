/* The calls of a scan -> what it needs. The ARNs have `*` in place of every name: a scan looks for what nobody has named yet. */
#include "policy/needs.h"

#include <string.h>

static void
add_template(struct drift__policy_maker *mk, struct drift__need *need, const char *template)
{
	const char *const here[] = {mk->where.region, NULL}, *const *regions = mk->opt->regions != NULL && mk->opt->regions[0] != NULL ? mk->opt->regions : here;
	struct drift__where where = mk->where;
	size_t i = 0;

	/* one ARN a region, where the template has one */
	do {
		where.region = regions[i];
		need->resource = drift__got(mk, drift__arn_fill(mk->needs.arena, template, &where, NULL, NULL));
		if (need->resource != NULL)
			drift__needs_add(&mk->needs, need);
	} while (strstr(template, "${Region}") != NULL && regions[i] != NULL && regions[++i] != NULL);
}

/* The resource templates that the iam rows give for an action; "*" when there are none. */
static void
add_call(struct drift__policy_maker *mk, const struct drift_value *call)
{
	struct drift__need need = {.action = drift__value_gets(call, "action"), .resource = "*", .condition = "",
		.type = drift__value_gets(call, "type"), .phase = 'L', .why = "read by a scan"};
	const struct drift_value *rows;
	bool found = false;

	if (need.action == NULL || need.action[0] == '\0') /* a call that needs no permission */
		return;
	if (need.type == NULL)
		need.type = "scan";
	rows = drift_value_get(drift__policy_entry(mk, need.type), "iam");
	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *row = drift_value_at(rows, i), *templates = drift_value_get(row, "resources");

		if (!drift__streq(drift__value_gets(row, "action"), need.action))
			continue;
		for (size_t k = 0; k < drift_value_size(templates); k++)
			add_template(mk, &need, drift__value_str(drift_value_at(templates, k)));
		found = true;
	}
	need.resource = "*";
	if (!found)
		drift__needs_add(&mk->needs, &need);
}

enum drift_status
drift__needs_of_scan(struct drift__policy_maker *mk, struct drift_error *err)
{
	if (mk->opt->calls == NULL) {
		drift__fail(err, DRIFT_USAGE, "policy", "the calls of the scan are not given");
		drift__hint(err, "drift_inventory_plan lists them");
		return DRIFT_USAGE;
	}
	for (size_t i = 0; i < drift_value_size(mk->opt->calls); i++)
		add_call(mk, drift_value_at(mk->opt->calls, i));
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}
