/* Siblings: which elements of an instance's attributes belong to other resources of the state.
 *
 * For each type that has siblings, all instances of the sibling types are asked once for their owner and for what they give; the links are
 * sorted by owner. An owner is named by any of its identities, its id, ARN or name. Instances of one type may share an object, each with
 * elements of its own; none is its own sibling. */
#include "diff/pairs.h"

#include <stdlib.h>
#include <string.h>

struct link {
	const char *owner, *attribute;
	const struct drift_value *gives; /* NULL = the whole attribute */
	const struct drift_resource *from;
	size_t order;
};
struct drift__links {
	struct link *links;
	size_t n, cap;
};

static int
compare_links(const void *pa, const void *pb)
{
	const struct link *a = pa, *b = pb;
	int c = strcmp(a->owner, b->owner);

	if (c == 0)
		c = strcmp(a->attribute, b->attribute);
	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static bool
add_link(struct drift__pairs *p, struct drift__links *l, const char *owner, const char *attribute, const struct drift_value *gives,
	const struct drift_resource *from)
{
	if (owner == NULL || *owner == '\0')
		return true;
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 32 : l->cap * 2;
		struct link *more = drift__arena_alloc(p->arena, cap * sizeof *more);

		if (more == NULL)
			return false;
		if (l->n > 0)
			memcpy(more, l->links, l->n * sizeof *more);
		l->links = more;
		l->cap = cap;
	}
	l->links[l->n] = (struct link){owner, attribute, gives, from, l->n};
	l->n++;
	return true;
}

/* An expression over an instance's attributes; one that does not fit them gives null. NULL without memory. */
static const struct drift_value *
ask(struct drift__pairs *p, const struct drift__jmes *e, const struct drift_value *attributes)
{
	const struct drift_value *out = &drift__null;
	enum drift_status st = drift__jmes_search(e, attributes, p->arena, &out, NULL);

	if (st == DRIFT_NOMEM)
		return NULL;
	return st == DRIFT_OK ? out : &drift__null;
}

static bool
link_sibling(struct drift__pairs *p, struct drift__links *l, const struct drift__rule *rule, const struct drift__sibling *s,
	const struct drift_resource *from)
{
	const struct drift_value *owners = ask(p, s->parent, from->attributes), *gives = s->gives != NULL ? ask(p, s->gives, from->attributes) : NULL;
	bool good = owners != NULL && (s->gives == NULL || gives != NULL);
	size_t i;

	if (good && owners->kind != DRIFT_LIST)
		return add_link(p, l, drift__value_str(owners), rule->name, gives, from);
	for (i = 0; good && i < owners->len; i++)
		good = add_link(p, l, drift__value_str(drift_value_at(owners, i)), rule->name, gives, from);
	return good;
}

static enum drift_status
make_links(struct drift__pairs *p, struct drift__known *k, struct drift_error *err)
{
	struct drift__links *l = drift__arena_zalloc(p->arena, sizeof *l);
	size_t i, j, n, first;
	bool good = l != NULL;

	for (i = 0; good && i < k->rules->n_rules; i++) {
		const struct drift__rule *rule = &k->rules->rules[i];

		for (j = 0; good && j < rule->n_siblings; j++) {
			n = drift__snapshot_of_type(p->state, rule->siblings[j].type, &first);
			for (; good && n > 0; n--, first++)
				if ((p->state->resources[first].flags & (DRIFT__DATA | DRIFT__FOREIGN | DRIFT__DEPOSED)) == 0)
					good = link_sibling(p, l, rule, &rule->siblings[j], &p->state->resources[first]);
		}
	}
	if (!good)
		return drift__nomem(err);
	if (l->n > 1)
		qsort(l->links, l->n, sizeof *l->links, compare_links);
	k->links = l;
	return DRIFT_OK;
}

/* ---- what an instance does not own itself ---- */

struct owned_list {
	struct drift__owned *items;
	struct drift__list_builder *elements; /* one for each item */
	size_t n, cap;
};

static bool
take_link(struct drift__pairs *p, struct owned_list *o, const struct link *l)
{
	size_t i, k;

	for (i = 0; i < o->n && strcmp(o->items[i].attribute, l->attribute) != 0; i++)
		;
	if (i == o->cap)
		return false;
	if (i == o->n) {
		o->items[o->n++] = (struct drift__owned){l->attribute, false, NULL};
		drift__list_init(&o->elements[i], p->arena);
	}
	if (l->gives == NULL)
		o->items[i].whole = true;
	else if (drift_value_kind(l->gives) == DRIFT_LIST)
		for (k = 0; k < l->gives->len; k++)
			drift__list_add(&o->elements[i], drift_value_at(l->gives, k));
	else if (drift_value_kind(l->gives) != DRIFT_NULL)
		drift__list_add(&o->elements[i], l->gives);
	return true;
}

static bool
take_owner(struct drift__pairs *p, struct owned_list *o, const struct drift__links *l, const char *owner, const struct drift_resource *self)
{
	size_t lo = 0, hi = l->n;

	if (owner == NULL)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(l->links[mid].owner, owner) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < l->n && strcmp(l->links[lo].owner, owner) == 0; lo++)
		if (l->links[lo].from != self && !take_link(p, o, &l->links[lo]))
			return false;
	return true;
}

/* Each of the texts that name an instance, once. */
static size_t
names_of(const struct drift__instance *i, const char **names, size_t most)
{
	const char *others[] = {i->r->id, i->r->arn, i->r->name, drift__value_gets(i->r->attributes, "name")};
	size_t n = 0, k, m;

	for (k = 0; i->keys != NULL && i->keys[k] != NULL && n < most; k++)
		names[n++] = i->keys[k];
	for (k = 0; k < sizeof others / sizeof others[0] && n < most; k++) {
		for (m = 0; m < n && others[k] != NULL && strcmp(names[m], others[k]) != 0; m++)
			;
		if (others[k] != NULL && m == n)
			names[n++] = others[k];
	}
	return n;
}

enum { MOST_NAMES = 16 };

enum drift_status
drift__owned_by_siblings(struct drift__pairs *p, const struct drift__instance *i, struct drift__owned **out, size_t *n_out,
	struct drift_error *err)
{
	struct owned_list o = {0};
	const char *names[MOST_NAMES];
	size_t k, n;
	bool good = true;

	if (i->known->links == NULL) {
		enum drift_status st = make_links(p, i->known, err);

		if (st != DRIFT_OK)
			return st;
	}
	*n_out = 0;
	if (i->known->links->n == 0)
		return DRIFT_OK;
	o.cap = i->known->rules->n_rules;
	o.items = drift__arena_zalloc(p->arena, o.cap * sizeof *o.items);
	o.elements = drift__arena_zalloc(p->arena, o.cap * sizeof *o.elements);
	if (o.items == NULL || o.elements == NULL)
		return drift__nomem(err);
	n = names_of(i, names, MOST_NAMES);
	for (k = 0; k < n && good; k++)
		good = take_owner(p, &o, i->known->links, names[k], i->r);
	for (k = 0; k < o.n; k++) {
		o.items[k].elements = drift__list_finish(&o.elements[k]);
		good = good && o.items[k].elements != NULL;
	}
	if (!good)
		return drift__nomem(err);
	*out = o.items;
	*n_out = o.n;
	return DRIFT_OK;
}

/* ---- live sub-resources of an attribute that is managed inline ---- */

static struct drift__instance *
instance_named(struct drift__pairs *p, const char *type, const char *name)
{
	size_t k;

	for (k = drift__first_name(p, name); k < p->n_names && strcmp(p->names[k].text, name) == 0; k++) {
		struct drift__instance *i = drift__named_instance(p, k);

		if (i != NULL && strcmp(i->r->type, type) == 0 && !i->skipped && i->n_lives > 0)
			return i;
	}
	return NULL;
}

/* What hangs on several owners (a user in groups) stands inline when it does so in each of them. */
static enum drift_status
inline_in(struct drift__pairs *p, struct drift__known *parent, const struct drift__rule *rule, const struct drift__sibling *s,
	const struct drift_resource *live, bool *out, struct drift_error *err)
{
	const struct drift_value *owners = ask(p, s->parent, live->attributes);
	size_t k, n = drift_value_kind(owners) == DRIFT_LIST ? owners->len : 1;
	enum drift_status st = owners != NULL ? DRIFT_OK : drift__nomem(err);
	bool all = n > 0;

	for (k = 0; k < n && st == DRIFT_OK && all; k++) {
		const char *owner = drift__value_str(drift_value_kind(owners) == DRIFT_LIST ? drift_value_at(owners, k) : owners);
		struct drift__instance *i = owner != NULL ? instance_named(p, parent->name, owner) : NULL;
		struct drift__compare_input in = {.rules = parent->rules, .resolve = drift__resolve_name, .resolve_ctx = p};
		struct drift__owned *owned = NULL;

		all = i != NULL;
		if (i == NULL)
			continue;
		in.state = i->r->attributes;
		st = drift__owned_by_siblings(p, i, &owned, &in.n_owned, err);
		in.owned = owned;
		if (st == DRIFT_OK)
			st = drift__manages_inline(&in, rule->name, &all, err);
	}
	if (st == DRIFT_OK)
		*out = all;
	return st;
}

/* ---- which attributes a type's objects may be part of ---- */

struct role {
	const char *type; /* of the sibling */
	struct drift__known *parent;
	const struct drift__rule *rule;
	const struct drift__sibling *sibling;
	size_t order;
};
struct drift__roles {
	struct role *roles; /* sorted by type */
	size_t n;
};

static int
compare_roles(const void *pa, const void *pb)
{
	const struct role *a = pa, *b = pb;
	int c = strcmp(a->type, b->type);

	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static enum drift_status
make_roles(struct drift__pairs *p, struct drift_error *err)
{
	struct drift__roles *all = drift__arena_zalloc(p->arena, sizeof *all);
	size_t t, i, k, n = 0;

	for (t = 0; t < p->n_known; t++)
		for (i = 0; p->known[t].rules != NULL && i < p->known[t].rules->n_rules; i++)
			n += p->known[t].rules->rules[i].n_siblings;
	if (all != NULL)
		all->roles = drift__arena_alloc(p->arena, (n + 1) * sizeof *all->roles);
	if (all == NULL || all->roles == NULL)
		return drift__nomem(err);
	for (t = 0; t < p->n_known; t++)
		for (i = 0; p->known[t].rules != NULL && i < p->known[t].rules->n_rules; i++) {
			const struct drift__rule *rule = &p->known[t].rules->rules[i];

			for (k = 0; k < rule->n_siblings; k++, all->n++)
				all->roles[all->n] = (struct role){rule->siblings[k].type, &p->known[t], rule, &rule->siblings[k], all->n};
		}
	if (all->n > 1)
		qsort(all->roles, all->n, sizeof *all->roles, compare_roles);
	p->roles = all;
	return DRIFT_OK;
}

enum drift_status
drift__is_inline(struct drift__pairs *p, size_t live, bool *out, struct drift_error *err)
{
	const struct drift_resource *r = &p->live->resources[live];
	enum drift_status st = p->roles != NULL ? DRIFT_OK : make_roles(p, err);
	size_t lo = 0, hi = st == DRIFT_OK ? p->roles->n : 0;
	bool found = false;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(p->roles->roles[mid].type, r->type) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; st == DRIFT_OK && !found && lo < p->roles->n && strcmp(p->roles->roles[lo].type, r->type) == 0; lo++) {
		const struct role *role = &p->roles->roles[lo];

		st = inline_in(p, role->parent, role->rule, role->sibling, r, &found, err);
	}
	if (st == DRIFT_OK)
		*out = found;
	return st;
}
