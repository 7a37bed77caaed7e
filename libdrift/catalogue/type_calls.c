/* The calls of an entry: what is listed, looked up and read, and with which input. */
#include "catalogue/type_make.h"

#include <string.h>

#include "catalogue/embed.h"

static const char *const call_fields[] = {"op", "service", "input", "items", "for_each", "if_any", "each", "batch", "keep", "into", "scope",
	"after", "when", "absent", "gone", "attributes", "tags", "why"};

/* The IAM action of an operation: the service's prefix and the operation's name, unless the model says otherwise. */
static const char *
action_of(struct drift__entry_maker *m, const struct drift__service *s, const struct drift_value *op, const char *name)
{
	const char *special = drift__value_gets(op, "iam");
	const char *action = special != NULL ? (strchr(special, ':') != NULL ? drift__arena_strdup(m->c->arena, special)
		: drift__arena_printf(m->c->arena, "%s:%s", s->iam_prefix, special))
		: drift__arena_printf(m->c->arena, "%s:%s", s->iam_prefix, name);

	if (action == NULL)
		m->st = drift__nomem(m->err);
	return action;
}

/* Whether some template of an input has a word. */
static bool
mentions(const struct drift_value *input, const char *word)
{
	size_t i;

	if (drift_value_kind(input) == DRIFT_STRING)
		return strstr(input->u.text, word) != NULL;
	for (i = 0; i < drift_value_size(input); i++)
		if (mentions(drift_value_at(input, i), word))
			return true;
	return false;
}

static void
make_batch(struct drift__entry_maker *m, const struct drift_value *call, struct drift__call *c)
{
	const struct drift_value *v = drift_value_get(call, "batch"), *input = drift_value_get(call, "input");
	int64_t size = 0;

	if (v == NULL)
		return;
	c->batched = true;
	if (drift_value_get(v, "size") != NULL && (!drift__value_to_int(drift_value_get(v, "size"), &size) || size < 1))
		drift__entry_bad(m, "batch.size", "a positive number is expected");
	c->batch.size = (size_t)size;
	c->batch.by_parent = mentions(input, "_parent") || mentions(input, "_each") || mentions(input, "_outer");
	c->batch.of = drift__entry_expression(m, drift_value_get(v, "of"), "batch.of");
	c->batch.match = drift__entry_expression(m, drift_value_get(v, "match"), "batch.match");
	if (m->st == DRIFT_OK && (c->batch.of == NULL || c->items == NULL))
		drift__entry_bad(m, "batch", "of and items are needed");
}

static void
make_items(struct drift__entry_maker *m, const struct drift_value *v, struct drift__call *c)
{
	if (drift_value_kind(v) == DRIFT_LIST && drift_value_size(v) == 2) {
		c->items = drift__entry_expression(m, drift_value_at(v, 0), "items");
		c->inner_items = drift__entry_expression(m, drift_value_at(v, 1), "items");
	} else {
		c->items = drift__entry_expression(m, v, "items");
	}
}

/* A type, or a type and what one of its objects must be; or a list of alternatives. */
static void
make_if_any(struct drift__entry_maker *m, const struct drift_value *v, struct drift__call *c)
{
	bool several = drift_value_kind(v) == DRIFT_LIST;
	size_t n = several ? drift_value_size(v) : 1;

	if (v == NULL)
		return;
	if (c->for_each != NULL)
		drift__entry_bad(m, "if_any", "a call with for_each needs no if_any");
	c->if_any = drift__calloc(n + 1, sizeof *c->if_any);
	if (c->if_any == NULL) {
		m->st = drift__nomem(m->err);
		return;
	}
	for (; c->n_if_any < n; c->n_if_any++) {
		const struct drift_value *one = several ? drift_value_at(v, c->n_if_any) : v;
		struct drift__other *other = &c->if_any[c->n_if_any];

		other->type = drift_value_kind(one) == DRIFT_MAP ? drift__value_gets(one, "type") : drift__value_str(one);
		other->when = drift__entry_expression(m, drift_value_get(one, "when"), "if_any.when");
		if (other->type == NULL)
			drift__entry_bad(m, "if_any", "a type, {type, when} or a list of these is expected");
	}
}

/* `tags`: the read may be left to the call of tagging.json, which gives the doc the same under the same name. */
static void
make_tags(struct drift__entry_maker *m, const struct drift_value *v, struct drift__call *c)
{
	static const char *const forms[] = {[DRIFT__TAGS_MAP] = "map", [DRIFT__TAGS_KEY] = "Key", [DRIFT__TAGS_LOWER_KEY] = "key", [DRIFT__TAGS_TAG_KEY] = "TagKey"};
	size_t i;

	if (v == NULL)
		return;
	for (i = DRIFT__TAGS_MAP; i <= DRIFT__TAGS_TAG_KEY; i++)
		if (drift__streq(drift__value_str(v), forms[i]))
			c->tags = (enum drift__tags_form)i;
	if (c->tags == DRIFT__NO_TAGS)
		drift__entry_bad(m, "tags", "map, Key, key or TagKey is expected");
	else if (!c->scope || c->into == NULL)
		drift__entry_bad(m, "tags", "only for reads with scope and into");
}

static void
make_call(struct drift__entry_maker *m, const struct drift_value *v, const char *field, struct drift__call *c)
{
	const struct drift__service *s;
	const struct drift_value *op;

	drift__entry_fields(m, v, call_fields, sizeof call_fields / sizeof call_fields[0], field);
	c->op = drift__value_gets(v, "op");
	c->service = drift__value_gets(v, "service");
	if (c->service == NULL)
		c->service = m->t->service;
	if (m->st != DRIFT_OK || c->op == NULL) {
		drift__entry_bad(m, field, "op is missing");
		return;
	}
	s = drift__catalogue_service(m->c, c->service, m->err);
	if (s == NULL) {
		m->st = DRIFT_BAD_CATALOGUE;
		return;
	}
	op = drift_value_get(s->operations, c->op);
	if (op == NULL) {
		drift__entry_bad(m, field, "the service has no read operation of this name");
		return;
	}
	c->action = action_of(m, s, op, c->op);
	if (drift_value_get(v, "input") != NULL && m->st == DRIFT_OK)
		m->st = drift__input_parse(drift_value_get(v, "input"), m->path, &c->input, m->err);
	make_items(m, drift_value_get(v, "items"), c);
	c->for_each = drift__value_gets(v, "for_each");
	make_if_any(m, drift_value_get(v, "if_any"), c);
	c->each = drift__entry_expression(m, drift_value_get(v, "each"), "each");
	c->when = drift__entry_expression(m, drift_value_get(v, "when"), "when");
	c->keep = drift__entry_expression(m, drift_value_get(v, "keep"), "keep");
	c->into = drift__value_gets(v, "into");
	c->scope = drift_value_bool(drift_value_get(v, "scope"));
	c->after = drift_value_bool(drift_value_get(v, "after"));
	c->absent = drift_value_get(v, "absent");
	c->gone = drift_value_get(v, "gone");
	c->attributes = drift_value_get(v, "attributes");
	make_batch(m, v, c);
	make_tags(m, drift_value_get(v, "tags"), c);
}

/* A field that is one call or a list of calls. */
struct drift__call *
drift__entry_calls(struct drift__entry_maker *m, const struct drift_value *v, const char *field, size_t *n)
{
	size_t i, count = drift_value_kind(v) == DRIFT_LIST ? drift_value_size(v) : 1;
	struct drift__call *calls;

	*n = 0;
	if (v == NULL || v->kind == DRIFT_NULL || m->st != DRIFT_OK)
		return NULL;
	calls = drift__calloc(count, sizeof *calls);
	if (calls == NULL) {
		m->st = drift__nomem(m->err);
		return NULL;
	}
	*n = count;
	for (i = 0; i < count; i++)
		make_call(m, v->kind == DRIFT_LIST ? drift_value_at(v, i) : v, field, &calls[i]);
	return calls;
}

void
drift__entry_free_calls(struct drift__call *calls, size_t n)
{
	size_t i, k;

	for (i = 0; calls != NULL && i < n; i++) {
		drift__input_free(calls[i].input);
		drift__jmes_free(calls[i].items);
		drift__jmes_free(calls[i].inner_items);
		drift__jmes_free(calls[i].each);
		drift__jmes_free(calls[i].when);
		drift__jmes_free(calls[i].keep);
		for (k = 0; k < calls[i].n_if_any; k++)
			drift__jmes_free(calls[i].if_any[k].when);
		drift__free(calls[i].if_any);
		drift__jmes_free(calls[i].batch.of);
		drift__jmes_free(calls[i].batch.match);
	}
	drift__free(calls);
}
