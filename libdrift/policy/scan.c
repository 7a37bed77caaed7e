/* The calls of a scan -> what it needs. The ARNs have `*` in place of every name, since a scan looks for what nobody has named yet. */
#include "policy/resolve.h"

#include <string.h>

static void
add_filled(struct drift__policy_maker *mk, struct drift__need *need, const char *template)
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

/* Variables that can be only so much (`choices` of the table iam) are written out: IAM takes no star for a part that says which kind it is. */
static void
add_template(struct drift__policy_maker *mk, struct drift__need *need, const char *template)
{
	const struct drift_value *choices = drift_value_get(mk->iam, "choices");

	for (size_t i = 0; i < drift_value_size(choices); i++) {
		char *hole = drift__arena_printf(mk->needs.arena, "${%s}", drift_value_key(choices, i, NULL));
		const char *at = drift__got(mk, hole) != NULL ? strstr(template, hole) : NULL;

		for (size_t k = 0; at != NULL && k < drift_value_size(drift_value_at(choices, i)); k++) {
			const char *value = drift__value_str(drift_value_at(drift_value_at(choices, i), k));
			char *one = drift__arena_printf(mk->needs.arena, "%.*s%s%s", (int)(at - template), template, value, at + strlen(hole));

			if (drift__got(mk, one) != NULL)
				add_filled(mk, need, one);
		}
		if (at != NULL)
			return;
	}
	add_filled(mk, need, template);
}

/* A type that is never listed: only the objects that the state or the plan names are read, and nothing that is like them. */
static void
add_named(struct drift__policy_maker *mk, struct drift__need *need, const struct drift_value *row)
{
	const struct drift_value *templates = drift_value_get(row, "resources");

	for (size_t i = 0; i < mk->subjects.n; i++) {
		const struct drift__subject *s = &mk->subjects.list[i];
		struct drift__view v = {s, s->attributes, 'R'};
		struct drift__found f = {.n = 0};

		if (strcmp(s->type, need->type) != 0)
			continue;
		for (size_t k = 0; k < drift_value_size(templates); k++) {
			struct drift__found one = {.n = 0};

			drift__resolve_template(mk, &v, drift__value_str(drift_value_at(templates, k)), &one);
			for (size_t j = 0; one.known && j < one.n; j++)
				drift__found_add(mk, &f, one.list[j].text, NULL);
		}
		need->address = s->address;
		for (size_t j = 0; j < f.n; j++) {
			need->resource = f.list[j].text;
			drift__needs_add(&mk->needs, need);
		}
	}
	need->address = NULL;
}

static bool
has_subject(const struct drift__policy_maker *mk, const char *type)
{
	for (size_t i = 0; i < mk->subjects.n; i++) {
		if (strcmp(mk->subjects.list[i].type, type) == 0)
			return true;
	}
	return false;
}

/* The resource templates that the iam rows give for an action; "*" when there are none. */
static void
add_call(struct drift__policy_maker *mk, const struct drift_value *call, bool listed)
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
		found = true;
		if (!listed)
			add_named(mk, &need, row);
		for (size_t k = 0; listed && k < drift_value_size(templates); k++)
			add_template(mk, &need, drift__value_str(drift_value_at(templates, k)));
	}
	need.resource = "*";
	if (!found && (listed || has_subject(mk, need.type)))
		drift__needs_add(&mk->needs, &need);
}

/* Calls of one type stand side by side. */
static bool
is_listed(const struct drift_value *calls, size_t i)
{
	const char *type = drift__value_gets(drift_value_at(calls, i), "type");

	while (i > 0 && drift__streq(drift__value_gets(drift_value_at(calls, i - 1), "type"), type))
		i--;
	for (; i < drift_value_size(calls) && drift__streq(drift__value_gets(drift_value_at(calls, i), "type"), type); i++) {
		if (drift__streq(drift__value_gets(drift_value_at(calls, i), "step"), "list"))
			return true;
	}
	return type == NULL;
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
		add_call(mk, drift_value_at(mk->opt->calls, i), is_listed(mk->opt->calls, i));
	if (mk->opt->state == NULL && mk->opt->plan == NULL)
		drift__policy_warn(mk, "no state was given: what is only looked up for a state (single objects, versions of secrets) is not in the policy");
	return mk->needs.failed ? drift__nomem(err) : DRIFT_OK;
}
