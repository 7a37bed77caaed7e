/* What a role has today against what it needs. Every need of the made policy is looked for in the current statements; every action on every resource
 * that the current statements allow is looked for in the made ones. */
#include "policy/condition.h"

#include <string.h>

struct comparer {
	const struct drift_value *needs; /* explain list */
	const struct drift_value *made;  /* list of {name, document} */
	struct drift__arena *a;
	struct drift__list_builder too_little, too_much, unused, conditional;
	bool failed;
};

/* A statement of a set of policies. */
struct place {
	const char *policy; /* its name, "" when the set has none */
	bool boundary;
	const struct drift_value *s;
};
typedef void visit(struct comparer *c, const struct place *p, void *ctx);

/* Goes through the statements of a document, a list of them, or a list of {name, kind, document}. */
static void
each_statement(struct comparer *c, const struct drift_value *current, const char *policy, bool boundary, visit *f, void *ctx)
{
	const struct drift_value *list = drift_value_get(current, "Statement"), *inner = drift_value_get(current, "document");
	struct place p = {policy, boundary, list};

	if (inner != NULL) {
		const char *name = drift__value_gets(current, "name");

		each_statement(c, inner, name != NULL ? name : policy, drift__streq(drift__value_gets(current, "kind"), "boundary"), f, ctx);
		return;
	}
	for (size_t i = 0; drift_value_kind(current) == DRIFT_LIST && i < drift_value_size(current); i++)
		each_statement(c, drift_value_at(current, i), policy, boundary, f, ctx);
	if (drift_value_kind(list) == DRIFT_MAP)
		f(c, &p, ctx);
	for (size_t i = 0; drift_value_kind(list) == DRIFT_LIST && i < drift_value_size(list); i++) {
		p.s = drift_value_at(list, i);
		f(c, &p, ctx);
	}
}

/* A text or a list of texts. */
static size_t
n_texts(const struct drift_value *v)
{
	return v == NULL ? 0 : drift_value_kind(v) == DRIFT_LIST ? drift_value_size(v) : 1;
}

static const char *
text_at(const struct drift_value *v, size_t i)
{
	const char *s = drift__value_str(drift_value_kind(v) == DRIFT_LIST ? drift_value_at(v, i) : v);

	return s != NULL ? s : "";
}

static bool
any_covers(const struct drift_value *patterns, const char *text, bool nocase)
{
	for (size_t i = 0; i < n_texts(patterns); i++) {
		if (drift__iam_covers(text_at(patterns, i), text, nocase))
			return true;
	}
	return false;
}

static bool
names(const struct drift_value *s, const char *member, const char *not_member, const char *text, bool nocase)
{
	const struct drift_value *list = drift_value_get(s, member);

	return list != NULL ? any_covers(list, text, nocase) : drift_value_get(s, not_member) != NULL &&
		!any_covers(drift_value_get(s, not_member), text, nocase);
}

static bool
names_both(const struct drift_value *s, const char *action, const char *resource)
{
	return names(s, "Action", "NotAction", action, true) && names(s, "Resource", "NotResource", resource, false);
}

static const struct drift_value *
condition_of(struct comparer *c, const struct drift_value *need)
{
	const char *text = drift__value_gets(need, "condition");
	const struct drift_value *v = text != NULL ? drift__condition_parse(c->a, text) : NULL;

	c->failed = c->failed || (text != NULL && v == NULL);
	return v;
}

static bool
allows(const struct drift_value *s)
{
	return drift__streq(drift__value_gets(s, "Effect"), "Allow");
}

/* Under every circumstance in which it is needed. */
static bool
serves(struct comparer *c, const struct drift_value *s, const struct drift_value *need)
{
	return allows(s) && names_both(s, drift__value_gets(need, "action"), drift__value_gets(need, "resource")) &&
		drift__condition_implies(condition_of(c, need), drift_value_get(s, "Condition"));
}

/* ---- too little ---- */

struct search {
	const struct drift_value *need;
	bool found, elsewhere, denied, bounded, in_bounds;
};

static void
look_for(struct comparer *c, const struct place *p, void *ctx)
{
	struct search *search = ctx;
	const char *action = drift__value_gets(search->need, "action"), *resource = drift__value_gets(search->need, "resource");

	if (p->boundary) {
		search->bounded = true;
		search->in_bounds = search->in_bounds || serves(c, p->s, search->need);
	} else if (serves(c, p->s, search->need)) {
		search->found = true;
	} else if (allows(p->s) && names(p->s, "Action", "NotAction", action, true)) {
		search->elsewhere = true;
	}
	if (drift__streq(drift__value_gets(p->s, "Effect"), "Deny") && names_both(p->s, action, resource) &&
	    drift_value_size(drift_value_get(p->s, "Condition")) == 0)
		search->denied = true;
}

static void
find_needs(struct comparer *c, const struct drift_value *current)
{
	for (size_t i = 0; i < drift_value_size(c->needs); i++) {
		struct search search = {.need = drift_value_at(c->needs, i)};
		struct drift__map_builder m;
		const char *why;

		each_statement(c, current, "", false, look_for, &search);
		why = search.denied ? "a Deny forbids it" : search.found && search.bounded && !search.in_bounds ? "the permissions boundary does not allow it" :
			search.found ? NULL : search.elsewhere ? "it is allowed on other resources or under other conditions alone" : "nothing allows it";
		if (why == NULL)
			continue;
		drift__map_init(&m, c->a);
		for (size_t k = 0; k < drift_value_size(search.need); k++)
			drift__map_put(&m, drift_value_key(search.need, k, NULL), drift_value_at(search.need, k));
		drift__map_puts(&m, "why", why);
		drift__list_add(&c->too_little, drift__map_finish(&m));
	}
}

/* ---- too much ---- */

struct grant {
	const char *action, *resource;
	const struct drift_value *condition, *s; /* s: the statement */
	bool covered;
};

static void
cover(struct comparer *c, const struct place *p, void *ctx)
{
	struct grant *g = ctx;

	(void)c;
	g->covered = g->covered || (allows(p->s) && names_both(p->s, g->action, g->resource) &&
		drift__condition_implies(g->condition, drift_value_get(p->s, "Condition")));
}

static bool
denies(const struct drift_value *s)
{
	return drift__streq(drift__value_gets(s, "Effect"), "Deny");
}

/* What is denied anyway is not granted. */
static void
deny(struct comparer *c, const struct place *p, void *ctx)
{
	struct grant *g = ctx;

	(void)c;
	g->covered = g->covered || (denies(p->s) && drift_value_size(drift_value_get(p->s, "Condition")) == 0 && names_both(p->s, g->action, g->resource));
}

/* What is wrong with a grant that the made policy does not have; *instead is what would be enough of it. */
static const char *
what_is_wrong(struct comparer *c, const struct grant *g, const struct drift_value **instead)
{
	struct drift__list_builder actions, resources;
	const char *last = NULL;
	size_t on_resource = 0;

	drift__list_init(&actions, c->a);
	drift__list_init(&resources, c->a);
	for (size_t i = 0; i < drift_value_size(c->needs); i++) {
		const struct drift_value *need = drift_value_at(c->needs, i);
		const char *action = drift__value_gets(need, "action"), *resource = drift__value_gets(need, "resource");

		if (!drift__iam_covers(g->action, action, true) || !names(g->s, "Action", "NotAction", action, true))
			continue;
		if (!drift__streq(last, action))
			drift__list_add(&actions, drift__value_string(c->a, action));
		last = action;
		if (!drift__iam_covers(g->resource, resource, false))
			continue;
		on_resource++;
		drift__list_add(&resources, drift__value_string(c->a, resource));
	}
	*instead = NULL;
	if (actions.len == 0) {
		drift__list_dispose(&actions);
		drift__list_dispose(&resources);
		return "nothing needs the action";
	}
	if (strpbrk(g->action, "*?") != NULL) {
		*instead = drift__list_finish(&actions);
		drift__list_dispose(&resources);
		return "it stands for more actions than are needed";
	}
	drift__list_dispose(&actions);
	if (on_resource == 0) {
		drift__list_dispose(&resources);
		return "the action is not needed on this resource";
	}
	*instead = drift__list_finish(&resources);
	return drift__iam_is_pattern(g->resource) ? "it stands for more resources than are needed" : "it lacks the condition under which it is needed";
}

/* "everything but iam:*, sts:*": what a statement names by what it leaves out. */
static const char *
left_over(struct comparer *c, const struct drift_value *but)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	const char *out;

	if (n_texts(but) == 0)
		return "*";
	for (size_t i = 0; i < n_texts(but); i++)
		drift__buf_addf(&b, "%s%s", i > 0 ? ", " : "everything but ", text_at(but, i));
	out = b.status == DRIFT_OK ? drift__arena_strdup(c->a, b.data) : NULL;
	c->failed = c->failed || out == NULL;
	drift__buf_dispose(&b);
	return out;
}

static void
judge_grant(struct comparer *c, const struct place *p, const struct drift_value *current, const char *action, const char *resource)
{
	struct grant g = {action, resource, drift_value_get(p->s, "Condition"), p->s, false};
	const struct drift_value *instead;
	struct drift__map_builder m;
	const char *why;

	each_statement(c, c->made, "", false, cover, &g);
	each_statement(c, current, "", false, deny, &g);
	if (g.covered)
		return;
	why = what_is_wrong(c, &g, &instead);
	drift__map_init(&m, c->a);
	drift__map_puts(&m, "policy", p->policy[0] != '\0' ? p->policy : NULL);
	drift__map_puts(&m, "sid", drift__value_gets(p->s, "Sid"));
	drift__map_puts(&m, "action", drift_value_get(p->s, "Action") != NULL ? action : left_over(c, drift_value_get(p->s, "NotAction")));
	drift__map_puts(&m, "resource", drift_value_get(p->s, "Resource") != NULL ? resource : left_over(c, drift_value_get(p->s, "NotResource")));
	drift__map_puts(&m, "why", why);
	if (instead != NULL)
		drift__map_put(&m, "instead", instead);
	drift__list_add(&c->too_much, drift__map_finish(&m));
}

/* Under a condition, nobody can say beforehand whether it forbids what is needed. */
static void
note_denial(struct comparer *c, const struct place *p)
{
	const struct drift_value *condition = drift_value_get(p->s, "Condition");
	struct drift__map_builder m;
	int64_t n = 0;

	for (size_t i = 0; drift_value_size(condition) > 0 && i < drift_value_size(c->needs); i++) {
		const struct drift_value *need = drift_value_at(c->needs, i);

		n += names_both(p->s, drift__value_gets(need, "action"), drift__value_gets(need, "resource"));
	}
	if (n == 0)
		return;
	drift__map_init(&m, c->a);
	drift__map_puts(&m, "policy", p->policy[0] != '\0' ? p->policy : NULL);
	drift__map_puts(&m, "sid", drift__value_gets(p->s, "Sid"));
	drift__map_puts(&m, "condition", drift__condition_text(c->a, condition));
	drift__map_puti(&m, "needs", n);
	drift__list_add(&c->conditional, drift__map_finish(&m));
}

static void
judge(struct comparer *c, const struct place *p, void *ctx)
{
	const struct drift_value *actions = drift_value_get(p->s, "Action"), *resources = drift_value_get(p->s, "Resource"), *current = ctx;
	bool used = false;

	if (denies(p->s))
		note_denial(c, p);
	if (!allows(p->s) || p->boundary)
		return;
	for (size_t i = 0; i < drift_value_size(c->needs) && !used; i++)
		used = serves(c, p->s, drift_value_at(c->needs, i));
	if (!used) {
		struct drift__map_builder m;

		drift__map_init(&m, c->a);
		drift__map_puts(&m, "policy", p->policy[0] != '\0' ? p->policy : NULL);
		drift__map_puts(&m, "sid", drift__value_gets(p->s, "Sid"));
		drift__list_add(&c->unused, drift__map_finish(&m));
	}
	/* what NotAction and NotResource leave over is everything else */
	for (size_t i = 0; i < (actions != NULL ? n_texts(actions) : 1); i++) {
		for (size_t k = 0; k < (resources != NULL ? n_texts(resources) : 1); k++)
			judge_grant(c, p, current, actions != NULL ? text_at(actions, i) : "*", resources != NULL ? text_at(resources, k) : "*");
	}
}

enum drift_status
drift_policy_compare(const struct drift_policy *policy, const struct drift_value *current, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc;
	struct comparer c = {.needs = drift_value_get(drift_policy_root(policy), "explain"), .made = drift_value_get(drift_policy_root(policy), "policies")};
	struct drift__map_builder m;
	bool same;

	if (drift_value_kind(current) != DRIFT_LIST && drift_value_get(current, "Statement") == NULL && drift_value_get(current, "document") == NULL) {
		drift__fail(err, DRIFT_USAGE, "policy", "this is no policy document: it has no Statement");
		drift__hint(err, "give the JSON of a policy, a list of them, or the name of a role");
		return DRIFT_USAGE;
	}
	doc = drift__calloc(1, sizeof(*doc));
	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 1 << 30);
	c.a = &doc->arena;
	drift__list_init(&c.too_little, c.a);
	drift__list_init(&c.too_much, c.a);
	drift__list_init(&c.unused, c.a);
	drift__list_init(&c.conditional, c.a);
	find_needs(&c, current);
	each_statement(&c, current, "", false, judge, (void *)(uintptr_t)current);
	same = c.too_little.len == 0 && c.too_much.len == 0 && c.unused.len == 0;
	drift__map_init(&m, c.a);
	drift__map_putb(&m, "same", same);
	drift__map_put(&m, "too_little", drift__list_finish(&c.too_little));
	drift__map_put(&m, "too_much", drift__list_finish(&c.too_much));
	drift__map_put(&m, "unused_statements", drift__list_finish(&c.unused));
	drift__map_put(&m, "conditional_denies", drift__list_finish(&c.conditional));
	doc->root = drift__map_finish(&m);
	if (doc->root == NULL || c.failed) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	/* current belongs to the caller */
	doc->root = drift__value_copy(c.a, doc->root);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}

/* ---- as text ---- */

static void
add_text(struct drift__buf *b, const char *s)
{
	if (s != NULL)
		drift__buf_add_safe(b, s, strlen(s));
}

static void
write_little(struct drift__buf *b, const struct drift_value *list)
{
	if (drift_value_size(list) > 0)
		drift__buf_addf(b, "Too little (%zu):\n", drift_value_size(list));
	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *e = drift_value_at(list, i), *by = drift_value_at(drift_value_get(e, "needed_by"), 0);
		const char *who = drift__value_gets(by, "address");

		drift__buf_adds(b, "  + ");
		add_text(b, drift__value_gets(e, "action"));
		drift__buf_adds(b, " on ");
		add_text(b, drift__value_gets(e, "resource"));
		if (drift__value_gets(e, "condition") != NULL) {
			drift__buf_adds(b, " if ");
			add_text(b, drift__value_gets(e, "condition"));
		}
		drift__buf_adds(b, "\n      ");
		add_text(b, drift__value_gets(e, "why"));
		drift__buf_adds(b, "; needed by ");
		add_text(b, who != NULL ? who : drift__value_gets(by, "type"));
		if (drift_value_size(drift_value_get(e, "needed_by")) > 1)
			drift__buf_addf(b, " and %zu more", drift_value_size(drift_value_get(e, "needed_by")) - 1);
		drift__buf_addc(b, '\n');
	}
}

/* "TerraformCi (ReadAll)" */
static void
add_place(struct drift__buf *b, const struct drift_value *e)
{
	const char *policy = drift__value_gets(e, "policy"), *sid = drift__value_gets(e, "sid");

	add_text(b, policy != NULL ? policy : sid != NULL ? sid : "a statement without Sid");
	if (policy != NULL && sid != NULL) {
		drift__buf_adds(b, " (");
		add_text(b, sid);
		drift__buf_addc(b, ')');
	}
}

static void
write_much(struct drift__buf *b, const struct drift_value *list)
{
	if (drift_value_size(list) > 0)
		drift__buf_addf(b, "Too much (%zu):\n", drift_value_size(list));
	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *e = drift_value_at(list, i), *instead = drift_value_get(e, "instead");

		drift__buf_adds(b, "  - ");
		add_text(b, drift__value_gets(e, "action"));
		drift__buf_adds(b, " on ");
		add_text(b, drift__value_gets(e, "resource"));
		drift__buf_adds(b, "\n      ");
		add_place(b, e);
		drift__buf_adds(b, ": ");
		add_text(b, drift__value_gets(e, "why"));
		for (size_t k = 0; k < drift_value_size(instead) && k < 5; k++) {
			drift__buf_adds(b, k == 0 ? "; enough: " : ", ");
			add_text(b, drift__value_str(drift_value_at(instead, k)));
		}
		if (drift_value_size(instead) > 5)
			drift__buf_addf(b, " and %zu more", drift_value_size(instead) - 5);
		drift__buf_addc(b, '\n');
	}
}

enum drift_status
drift_policy_compare_text(const struct drift_document *compared, char **text_out, struct drift_error *err)
{
	const struct drift_value *root = drift_document_root(compared), *unused = drift_value_get(root, "unused_statements");
	const struct drift_value *conditional = drift_value_get(root, "conditional_denies");
	struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
	char *text;

	write_little(&b, drift_value_get(root, "too_little"));
	write_much(&b, drift_value_get(root, "too_much"));
	if (drift_value_size(unused) > 0)
		drift__buf_addf(&b, "Unused statements (%zu):\n", drift_value_size(unused));
	for (size_t i = 0; i < drift_value_size(unused); i++) {
		drift__buf_adds(&b, "  - ");
		add_place(&b, drift_value_at(unused, i));
		drift__buf_addc(&b, '\n');
	}
	if (drift_value_size(conditional) > 0)
		drift__buf_addf(&b, "Denied under conditions (%zu):\n", drift_value_size(conditional));
	for (size_t i = 0; i < drift_value_size(conditional); i++) {
		const struct drift_value *e = drift_value_at(conditional, i);

		drift__buf_adds(&b, "  ! ");
		add_place(&b, e);
		drift__buf_addf(&b, ": %s of what is needed, if ", drift_value_text(drift_value_get(e, "needs"), NULL));
		add_text(&b, drift__value_gets(e, "condition"));
		drift__buf_addc(&b, '\n');
	}
	if (drift_value_bool(drift_value_get(root, "same")))
		drift__buf_adds(&b, "The policy is exactly what is needed.\n");
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}
