/* Which arguments of a body are written: what is required, and what is set and not what an absent one stands for anyway. Of arguments that exclude
 * each other one stays; what must be set and no API returns is asked for. */
#include "imports/hcl_resource.h"
#include "imports/look.h"
#include "imports/written.h"

#include <string.h>

static bool
has_flag(const struct drift__node *n, char flag)
{
	return strchr(n->flags, flag) != NULL;
}

struct drift__node
drift__hcl_block_node(const struct drift__node *n)
{
	return n->kind == DRIFT__NODE_OBJECT ? *n : drift__node_element(n);
}

/* Recursive blocks are cut short in the schema ("block": "..."): the block of that name that is written out. */
static const struct drift_value *
whole_block(const struct drift_value *schema, const char *name, int depth)
{
	const struct drift_value *found = drift_value_get(schema, name);

	if (drift_value_kind(drift_value_get(found, "block")) == DRIFT_MAP)
		return found;
	found = NULL;
	for (size_t i = 0; i < drift_value_size(schema) && found == NULL && depth > 0; i++)
		found = whole_block(drift_value_get(drift_value_at(schema, i), "block"), name, depth - 1);
	return found;
}

/* Whether AWS said nothing of any member: what it leaves out of a value that is read whole is null. */
static bool
is_bare(const struct drift_value *block)
{
	for (size_t i = 0; i < drift_value_size(block); i++) {
		if (drift_value_kind(drift_value_at(block, i)) != DRIFT_NULL)
			return false;
	}
	return drift_value_kind(block) == DRIFT_MAP;
}

/* Nothing but empty values at any depth. A block without any member is one that is only there, as `allow {}`; in a value that is read whole,
 * one of which AWS gave no member. */
static bool
is_hollow(const struct drift_value *v, bool whole)
{
	if (drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP)
		return drift__look_empty(v);
	for (size_t i = 0; i < drift_value_size(v); i++) {
		const struct drift_value *one = drift_value_at(v, i);
		bool stands = drift_value_kind(v) == DRIFT_LIST && drift_value_kind(one) == DRIFT_MAP && (drift_value_size(one) == 0 || (whole && is_bare(one)));

		if (stands || !is_hollow(one, whole))
			return false;
	}
	return true;
}

/* Whether the attribute that a path is in takes over what AWS says member by member. */
static bool
is_read_whole(const struct drift__hcl_writer *w, const char *path)
{
	char *top = drift__arena_strndup(w->arena, path, strcspn(path, "."));
	const struct drift_value *rule = top != NULL ? drift_value_get(w->attributes, top) : NULL;
	const char *live = drift_value_kind(rule) == DRIFT_STRING ? drift__value_str(rule) : drift__value_gets(rule, "live");

	return live != NULL && strstr(live, "snake(") != NULL;
}

/* No live value tells: the catalogue says that none is read, or that an import leaves the attribute unset. */
static bool
is_unread(const struct drift__hcl_writer *w, const char *path)
{
	const struct drift_value *rule = drift_value_get(w->attributes, path);

	return drift_value_get(rule, "written") == NULL && (drift_value_get(rule, "ignore") != NULL || drift_value_get(w->changes, path) != NULL);
}

/* A resource of a sibling's type that hangs on this one is written for itself. */
static bool
has_siblings(const struct drift__hcl_writer *w, const struct drift_value *siblings)
{
	const struct drift_resource *own = w->it->live;

	for (size_t i = 0; i < w->im->n; i++) {
		const struct drift_resource *r = w->im->items[i].live;
		bool hangs = r->more->parent_key != NULL && drift__streq(r->more->parent_type, own->type) &&
			(drift__streq(r->more->parent_key, own->id) || drift__streq(r->more->parent_key, own->name) || drift__streq(r->more->parent_key, own->arn));

		for (size_t s = 0; hangs && s < drift_value_size(siblings); s++) {
			if (drift__streq(drift__value_gets(drift_value_at(siblings, s), "type"), r->type))
				return true;
		}
	}
	return false;
}

static enum drift__hcl_how
required(const struct drift__hcl_writer *w, struct drift__hcl_choice *c)
{
	const struct drift_value *absent = drift_value_get(drift_value_get(w->attributes, c->path), "absent");

	if (drift_value_kind(c->v) != DRIFT_NULL)
		return DRIFT__HCL_WRITE;
	c->v = absent != NULL ? absent : c->node.kind == DRIFT__NODE_BOOL ? &drift__false :
		c->node.kind == DRIFT__NODE_NUMBER ? drift__value_int(w->arena, 0) : NULL;
	return c->v != NULL ? DRIFT__HCL_WRITE : DRIFT__HCL_ASK;
}

/* What AWS made of an argument that nobody set, as far as that can be told. */
static bool
is_chosen_by_aws(const struct drift__hcl_writer *w, const struct drift__hcl_choice *c, const struct drift_value *rule)
{
	const struct drift_value *references = drift_value_get(drift__facts_get(&w->im->facts, w->it->type, "references"), c->path);
	const char *text = drift__value_str(c->v);

	if (strchr(c->path, '.') != NULL)
		return false;
	if (rule == NULL)
		return true;
	/* a name of something that is not ours, such as AWS's own key */
	return drift__streq(drift__value_gets(rule, "when_unset"), "ignore") && references != NULL && text != NULL &&
		drift__hcl_reference(w, references, text) == NULL;
}

static enum drift__hcl_how
optional(const struct drift__hcl_writer *w, const struct drift__hcl_choice *c)
{
	const struct drift_value *rule = drift_value_get(w->attributes, c->path), *absent = drift_value_get(rule, "absent");
	const struct drift_value *siblings = drift_value_get(rule, "siblings");
	bool computed = has_flag(&c->node, 'C');

	if (siblings != NULL && (computed || has_siblings(w, siblings)))
		return DRIFT__HCL_LEAVE;
	if (c->unread) /* a secret that is only ever written: a place for it */
		return has_flag(&c->node, 'S') && drift_value_get(w->changes, c->path) != NULL ? DRIFT__HCL_ASK : DRIFT__HCL_LEAVE;
	if (drift_value_kind(c->v) == DRIFT_NULL || (c->is_block ? is_hollow(c->v, is_read_whole(w, c->path)) : drift__look_empty(c->v) && drift__look_empty(absent)))
		return DRIFT__HCL_LEAVE;
	if (absent != NULL && drift__look_equal(absent, c->v))
		return DRIFT__HCL_LEAVE;
	return computed && is_chosen_by_aws(w, c, rule) ? DRIFT__HCL_LEAVE : DRIFT__HCL_WRITE;
}

static enum drift__hcl_how
decide(struct drift__hcl_writer *w, struct drift__hcl_choice *c, int64_t min)
{
	bool top = strchr(c->path, '.') == NULL, given = c->node.flags[0] != '\0';

	if (top && (strcmp(c->name, "id") == 0 || strcmp(c->name, "tags_all") == 0 || strcmp(c->name, "timeouts") == 0))
		return DRIFT__HCL_LEAVE;
	if (has_flag(&c->node, 'R') || min > 0)
		return required(w, c);
	if ((given && !has_flag(&c->node, 'O')) || has_flag(&c->node, 'D'))
		return DRIFT__HCL_LEAVE;
	return optional(w, c);
}

static struct drift__hcl_choice
choice_of(struct drift__hcl_writer *w, const struct drift__node *body, size_t i, const struct drift_value *values, const char *prefix)
{
	struct drift__hcl_choice c = {0};
	const struct drift_value *entry = body->form == DRIFT__INNER_BLOCK ? drift_value_at(body->inner, i) : NULL, *written;
	int64_t min = 0;

	drift__node_member(body, i, &c.name, &c.node);
	c.path = prefix[0] == '\0' ? c.name : drift__arena_printf(w->arena, "%s.%s", prefix, c.name);
	if (c.path == NULL)
		return c;
	if (drift__value_gets(entry, "block") != NULL) {
		struct drift__map_builder m;

		drift__map_init(&m, w->arena);
		drift__map_put(&m, c.name, whole_block(w->schema, c.name, 12));
		c.node = drift__node_of(drift__map_finish(&m), c.name);
	}
	drift__value_to_int(drift_value_get(entry, "min"), &min);
	c.is_block = drift__hcl_block_node(&c.node).kind == DRIFT__NODE_OBJECT && c.node.kind != DRIFT__NODE_MAP;
	written = drift__written_value(w->im, w->arena, drift_value_get(w->attributes, c.path), w->it->live);
	c.v = written != NULL ? written : drift_value_get(values, c.name);
	c.unread = is_unread(w, c.path);
	c.how = decide(w, &c, min);
	return c;
}

/* The choice that a path of a group names, when it is one of this body. */
static struct drift__hcl_choice *
find_choice(struct drift__hcl_choice *list, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++) {
		if (drift__streq(list[i].path, path))
			return &list[i];
	}
	return NULL;
}

/* Leaves the first of a group that is written; of a group that must not be missing takes the first that is known, or can be asked for. */
static void
settle(struct drift__hcl_choice *list, size_t n, const struct drift_value *group, bool one_is_needed)
{
	struct drift__hcl_choice *chosen = NULL, *known = NULL, *unread = NULL;

	for (size_t i = 0; i < drift_value_size(group); i++) {
		struct drift__hcl_choice *c = find_choice(list, n, drift__value_str(drift_value_at(group, i)));

		if (c == NULL)
			continue;
		if (c->how != DRIFT__HCL_LEAVE && chosen != NULL)
			c->how = DRIFT__HCL_LEAVE;
		else if (c->how != DRIFT__HCL_LEAVE)
			chosen = c;
		if (known == NULL && !drift__look_empty(c->v))
			known = c;
		if (unread == NULL && c->unread && c->node.kind == DRIFT__NODE_STRING)
			unread = c;
	}
	if (chosen != NULL || !one_is_needed)
		return;
	if (known != NULL)
		known->how = DRIFT__HCL_WRITE;
	else if (unread != NULL)
		unread->how = DRIFT__HCL_ASK;
}

struct drift__hcl_choice *
drift__hcl_choose(struct drift__hcl_writer *w, const struct drift__node *body, const struct drift_value *values, const char *prefix,
	size_t *n_out)
{
	const struct drift_value *excludes = drift__facts_get(&w->im->facts, w->it->type, "excludes");
	const struct drift_value *one_of = drift__facts_get(&w->im->facts, w->it->type, "one_of");
	size_t n = drift_value_size(body->inner);
	struct drift__hcl_choice *list = drift__arena_zalloc(w->arena, (n + 1) * sizeof(*list));

	for (size_t i = 0; list != NULL && i < n; i++) {
		list[i] = choice_of(w, body, i, values, prefix);
		if (list[i].path == NULL)
			return NULL;
	}
	for (size_t i = 0; list != NULL && i < drift_value_size(excludes); i++)
		settle(list, n, drift_value_at(excludes, i), false);
	for (size_t i = 0; list != NULL && i < drift_value_size(one_of); i++)
		settle(list, n, drift_value_at(one_of, i), true);
	*n_out = n;
	return list;
}
