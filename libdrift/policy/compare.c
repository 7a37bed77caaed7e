/* What a role has today against what it needs. Every need of the made policy is looked for in the current statements, and every current
 * statement is asked which needs it serves. */
#include "policy/statement.h"

#include <string.h>

struct comparer {
	const struct drift_value *needs; /* explain list */
	struct drift__arena *a;
	struct drift__list_builder too_little, too_much, unused;
};

/* Calls through a text or a list of texts. */
static bool
any_covers(const struct drift_value *patterns, const char *text, bool nocase)
{
	const char *one = drift__value_str(patterns);

	if (one != NULL)
		return drift__iam_covers(one, text, nocase);
	for (size_t i = 0; i < drift_value_size(patterns); i++) {
		if (any_covers(drift_value_at(patterns, i), text, nocase))
			return true;
	}
	return false;
}

static bool
names_action(const struct drift_value *s, const char *action)
{
	const struct drift_value *list = drift_value_get(s, "Action");

	return list != NULL ? any_covers(list, action, true) : !any_covers(drift_value_get(s, "NotAction"), action, true);
}

static bool
names_resource(const struct drift_value *s, const char *resource)
{
	const struct drift_value *list = drift_value_get(s, "Resource");

	if (list != NULL)
		return any_covers(list, resource, false) || (strcmp(resource, "*") == 0 && any_covers(list, "*", false));
	return !any_covers(drift_value_get(s, "NotResource"), resource, false);
}

/* A current condition is fine when it is the one that is needed, or there is none. */
static bool
fits_condition(struct comparer *c, const struct drift_value *s, const struct drift_value *need)
{
	const struct drift_value *have = drift_value_get(s, "Condition"), *want = NULL;
	const char *text = drift__value_gets(need, "condition");
	struct drift__json_options opt = {.name = "condition"};

	if (drift_value_size(have) == 0)
		return true;
	if (text == NULL || drift__json_parse(c->a, text, strlen(text), &opt, &want, NULL) != DRIFT_OK)
		return false;
	return drift__value_compare(have, want) == 0;
}

static bool
serves(struct comparer *c, const struct drift_value *s, const struct drift_value *need)
{
	const char *action = drift__value_gets(need, "action"), *resource = drift__value_gets(need, "resource");

	return drift__streq(drift__value_gets(s, "Effect"), "Allow") && names_action(s, action) &&
		(names_resource(s, resource) || any_covers(drift_value_get(s, "Resource"), "*", false)) && fits_condition(c, s, need);
}

static const struct drift_value *
statements(const struct drift_value *policy)
{
	return drift_value_get(policy, "Statement");
}

static void
each_statement(struct comparer *c, const struct drift_value *current,
	void (*f)(struct comparer *c, const struct drift_value *s, void *ctx), void *ctx)
{
	const struct drift_value *list = statements(current);

	for (size_t i = 0; drift_value_kind(current) == DRIFT_LIST && i < drift_value_size(current); i++)
		each_statement(c, drift_value_at(current, i), f, ctx);
	if (drift_value_kind(list) == DRIFT_MAP)
		f(c, list, ctx);
	for (size_t i = 0; drift_value_kind(list) == DRIFT_LIST && i < drift_value_size(list); i++)
		f(c, drift_value_at(list, i), ctx);
}

struct search {
	const struct drift_value *need;
	bool found, denied;
};

static void
look_for(struct comparer *c, const struct drift_value *s, void *ctx)
{
	struct search *search = ctx;

	if (serves(c, s, search->need))
		search->found = true;
	if (drift__streq(drift__value_gets(s, "Effect"), "Deny") && names_action(s, drift__value_gets(search->need, "action")) &&
	    names_resource(s, drift__value_gets(search->need, "resource")) && drift_value_size(drift_value_get(s, "Condition")) == 0)
		search->denied = true;
}

/* A pattern of the statement is too much when no need is as wide: it names an action that nothing needs, or more resources. */
static void
judge_action(struct comparer *c, const struct drift_value *s, const char *pattern)
{
	bool any = false, all_resources = true, wide = strpbrk(pattern, "*?") != NULL;
	struct drift__map_builder m;
	const struct drift_value *resources = drift_value_get(s, "Resource");

	for (size_t i = 0; i < drift_value_size(c->needs); i++) {
		const struct drift_value *need = drift_value_at(c->needs, i);

		if (!drift__iam_covers(pattern, drift__value_gets(need, "action"), true))
			continue;
		any = any || names_resource(s, drift__value_gets(need, "resource"));
		if (strcmp(drift__value_gets(need, "resource"), "*") == 0)
			all_resources = false; /* the action takes no resource: a star is right */
	}
	if (any && !wide && !(all_resources && any_covers(resources, "*", false)))
		return;
	drift__map_init(&m, c->a);
	drift__map_puts(&m, "sid", drift__value_gets(s, "Sid"));
	drift__map_puts(&m, "action", pattern);
	drift__map_put(&m, "resources", resources != NULL ? resources : &drift__null);
	drift__map_puts(&m, "why", !any ? "nothing needs it" : wide ? "it stands for more actions than are needed" : "it holds for every resource");
	drift__list_add(&c->too_much, drift__map_finish(&m));
}

static void
judge(struct comparer *c, const struct drift_value *s, void *ctx)
{
	const struct drift_value *actions = drift_value_get(s, "Action");
	bool used = false;

	(void)ctx;
	if (!drift__streq(drift__value_gets(s, "Effect"), "Allow"))
		return;
	for (size_t i = 0; i < drift_value_size(c->needs) && !used; i++)
		used = serves(c, s, drift_value_at(c->needs, i));
	if (!used)
		drift__list_add(&c->unused, drift__value_string(c->a, drift__value_gets(s, "Sid")));
	if (actions == NULL)
		judge_action(c, s, "*");
	else if (drift__value_str(actions) != NULL)
		judge_action(c, s, drift__value_str(actions));
	for (size_t i = 0; drift_value_kind(actions) == DRIFT_LIST && i < drift_value_size(actions); i++) {
		const char *pattern = drift__value_str(drift_value_at(actions, i));

		if (pattern != NULL)
			judge_action(c, s, pattern);
	}
}

enum drift_status
drift_policy_compare(const struct drift_policy *policy, const struct drift_value *current, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct comparer c = {.needs = drift_value_get(drift_policy_root(policy), "explain")};
	struct drift__map_builder m;
	bool same;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 256 << 20);
	c.a = &doc->arena;
	drift__list_init(&c.too_little, c.a);
	drift__list_init(&c.too_much, c.a);
	drift__list_init(&c.unused, c.a);
	for (size_t i = 0; i < drift_value_size(c.needs); i++) {
		struct search search = {drift_value_at(c.needs, i), false, false};

		each_statement(&c, current, look_for, &search);
		if (!search.found || search.denied)
			drift__list_add(&c.too_little, search.need);
	}
	each_statement(&c, current, judge, NULL);
	same = c.too_little.len == 0 && c.too_much.len == 0 && c.unused.len == 0;
	drift__map_init(&m, c.a);
	drift__map_putb(&m, "same", same);
	drift__map_put(&m, "too_little", drift__value_copy(c.a, drift__list_finish(&c.too_little)));
	drift__map_put(&m, "too_much", drift__value_copy(c.a, drift__list_finish(&c.too_much)));
	drift__map_put(&m, "unused_statements", drift__list_finish(&c.unused));
	doc->root = drift__map_finish(&m);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}
