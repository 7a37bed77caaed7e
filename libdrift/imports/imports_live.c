/* What is unmanaged and in no plan -> items with addresses from the map file, from older states, or made from live names. */
#include "imports/maker.h"
#include "imports/name.h"

#include <stdlib.h>
#include <string.h>

static int
compare_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
by_type_and_id(const void *a, const void *b)
{
	const struct drift_value *x = *(const struct drift_value *const *)a, *y = *(const struct drift_value *const *)b;
	int c = compare_text(drift__value_gets(x, "type"), drift__value_gets(y, "type"));

	return c != 0 ? c : compare_text(drift__value_gets(x, "id"), drift__value_gets(y, "id"));
}

static enum drift_status
sort_unmanaged(struct drift__maker *mk)
{
	size_t n = drift_value_size(mk->opt->unmanaged);

	if (mk->opt->unmanaged == NULL)
		return DRIFT_OK;
	mk->unmanaged = drift__arena_zalloc(&mk->im->arena, (n + 1) * sizeof(*mk->unmanaged));
	if (mk->unmanaged == NULL)
		return drift__nomem(mk->err);
	for (size_t i = 0; i < n; i++)
		mk->unmanaged[i] = drift_value_at(mk->opt->unmanaged, i);
	qsort(mk->unmanaged, n, sizeof(*mk->unmanaged), by_type_and_id);
	return DRIFT_OK;
}

static int
against(const struct drift_value *one, const struct drift_resource *r)
{
	int c = compare_text(drift__value_gets(one, "type"), r->type);

	return c != 0 ? c : compare_text(drift__value_gets(one, "id"), r->id);
}

static bool
is_unmanaged(const struct drift__maker *mk, const struct drift_resource *r)
{
	size_t n = drift_value_size(mk->opt->unmanaged), first = 0, end = n;

	if ((r->flags & DRIFT__GONE) != 0)
		return false;
	if (mk->opt->unmanaged == NULL)
		return (r->flags & DRIFT__IN_SCOPE) != 0 && (r->flags & (DRIFT__LOOKED_UP | DRIFT__BACKEND)) == 0 &&
			r->more->owner == NULL && (mk->opt->defaults || (r->flags & DRIFT__AWS_DEFAULT) == 0);
	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (against(mk->unmanaged[middle], r) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	for (; first < n && against(mk->unmanaged[first], r) == 0; first++) {
		const char *id = drift__value_gets(mk->unmanaged[first], "id"), *region = drift__value_gets(mk->unmanaged[first], "region");

		if (drift__streq(id, r->id) && (region == NULL || r->region == NULL || region[0] == '\0' || strcmp(region, r->region) == 0))
			return true;
	}
	return false;
}

static bool
is_configured(const struct drift__maker *mk, const char *type, const char *name)
{
	size_t low = 0, high = mk->n_configured, n = strlen(type);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *at = mk->configured[mid];
		int c = strncmp(at, type, n);

		if (c == 0)
			c = at[n] == '.' ? strcmp(at + n + 1, name) : (unsigned char)at[n] - '.';
		if (c == 0)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool
is_taken(void *ctx, const char *type, const char *name)
{
	const struct drift__maker *mk = ctx;
	size_t n = strlen(type);

	if (drift__claims_address(&mk->claims, type, name) || is_configured(mk, type, name))
		return true;
	for (size_t i = 0; i < mk->im->n; i++) {
		const char *address = mk->im->items[i].address;

		if (strncmp(address, type, n) == 0 && address[n] == '.' && strcmp(address + n + 1, name) == 0)
			return true;
	}
	return false;
}

static enum drift_status
name_rest(struct drift__maker *mk, struct drift__naming *names, const size_t *of, size_t n)
{
	enum drift_status st = drift__names_make(&mk->im->arena, names, n, is_taken, mk, mk->err);

	for (size_t i = 0; i < n && st == DRIFT_OK; i++) {
		char *address = drift__arena_printf(&mk->im->arena, "%s.%s", names[i].type, names[i].name);

		if (address == NULL || drift__maker_add(mk, address, "name", of[i]) == NULL)
			st = drift__nomem(mk->err);
	}
	return st;
}

/* An address from the map file or from an older state. */
static enum drift_status
take_known_address(struct drift__maker *mk, size_t i)
{
	const struct drift_resource *r = &mk->live->resources[i];
	const char *address = drift__map_find(&mk->map, r->import_id, r->type), *source = "map", *module = NULL, *type, *name;
	const struct drift_resource *once = drift__claims_resource(&mk->history, r);
	struct drift__import *it;

	if (address == NULL && once != NULL) {
		address = drift__moves_apply(&mk->im->arena, &mk->moves, once->address);
		source = "history";
	}
	if (address == NULL)
		return DRIFT_OK;
	if (drift__claims_holds(&mk->claims, address)) { /* something else lives there by now */
		if (strcmp(source, "map") == 0) {
			mk->used[i] = true;
			drift__maker_note(mk, &mk->undecided, address, r->type, r, "the map file names it, but the state has another object there", NULL);
		}
		return DRIFT_OK;
	}
	if (!drift__address_parts(&mk->im->arena, address, &module, &type, &name))
		return DRIFT_OK;
	for (size_t k = 0; k < mk->im->n; k++) {
		if (strcmp(mk->im->items[k].address, address) == 0 && once != NULL && mk->im->items[k].once == once) {
			mk->used[i] = true; /* one instance may own several objects: it is imported once */
			return DRIFT_OK;
		}
		if (strcmp(mk->im->items[k].address, address) == 0) {
			drift__maker_note(mk, &mk->undecided, address, r->type, r, "two live resources have the same address", "say which one with --map");
			mk->used[i] = true;
			return DRIFT_OK;
		}
	}
	it = drift__maker_add(mk, address, source, i);
	if (it == NULL)
		return drift__nomem(mk->err);
	it->module = module;
	it->once = once;
	return DRIFT_OK;
}

/* The configuration says something of an attribute, be it known yet or not; or did so in an older state. */
static bool
is_set(const struct drift__import *it, const char *attribute)
{
	const struct drift__planned *p = it->planned;

	if (p == NULL)
		return it->once != NULL && drift_value_size(drift_value_get(it->once->attributes, attribute)) > 0;
	return drift_value_size(drift_value_get(p->after, attribute)) > 0 ||
		(drift__is_unknown(drift_value_get(p->unknown, attribute)) && drift_value_get(drift_value_get(p->config, "expressions"), attribute) != NULL);
}

/* True when what was matched, or once managed, has the resource inline, as an `ingress` block has the rules of its group: the catalogue's siblings say so. */
static bool
is_inline(const struct drift__maker *mk, const struct drift_resource *r)
{
	for (size_t i = 0; i < mk->im->n; i++) {
		const struct drift__import *it = &mk->im->items[i];
		const struct drift_value *rules;

		if ((it->planned == NULL && it->once == NULL) || r->more->parent_key == NULL || !drift__streq(it->type, r->more->parent_type) ||
		    (!drift__streq(it->live->id, r->more->parent_key) && !drift__streq(it->live->name, r->more->parent_key) &&
			    !drift__streq(it->live->arn, r->more->parent_key)))
			continue;
		rules = drift__facts_get(&mk->im->facts, it->type, "attributes");
		for (size_t k = 0; k < drift_value_size(rules); k++) {
			const struct drift_value *siblings = drift_value_get(drift_value_at(rules, k), "siblings");

			for (size_t s = 0; s < drift_value_size(siblings); s++) {
				if (drift__streq(drift__value_gets(drift_value_at(siblings, s), "type"), r->type) &&
				    is_set(it, drift_value_key(rules, k, NULL)))
					return true;
			}
		}
	}
	return false;
}

/* Unmanaged, and nobody's yet. */
static bool
is_left(struct drift__maker *mk, size_t i)
{
	const struct drift_resource *r = &mk->live->resources[i];

	return !mk->used[i] && is_unmanaged(mk, r) && drift__claims_find(&mk->claims, r) == NULL && drift__maker_holder(mk, r) == NULL;
}

/* Looked up for an older state alone (or with one): nothing lists such a type, so it counts as unmanaged nowhere. */
static bool
was_managed(struct drift__maker *mk, size_t i)
{
	const struct drift_resource *r = &mk->live->resources[i];

	return (r->flags & DRIFT__LOOKED_UP) != 0 && (r->flags & DRIFT__GONE) == 0 && !mk->used[i] && drift__claims_find(&mk->claims, r) == NULL &&
		drift__claims_find(&mk->history, r) != NULL && drift__maker_holder(mk, r) == NULL;
}

/* What the map file or an older state has an address for. First, since what these have inline needs none. */
static enum drift_status
take_known(struct drift__maker *mk)
{
	enum drift_status st = DRIFT_OK;

	for (size_t i = 0; i < mk->live->n_resources && st == DRIFT_OK; i++) {
		if ((is_left(mk, i) || was_managed(mk, i)) && drift__maker_why_not(mk, &mk->live->resources[i]) == NULL)
			st = take_known_address(mk, i);
	}
	return st;
}

/* What is unmanaged and not taken by a plan: named, unless there is a plan and no resource blocks are to be written; then it is only told of. */
enum drift_status
drift__maker_from_live(struct drift__maker *mk)
{
	bool tell_only = mk->opt->plan != NULL && !mk->opt->new_blocks;
	struct drift__naming *names = drift__calloc(mk->live->n_resources + 1, sizeof(*names));
	size_t *of = drift__calloc(mk->live->n_resources + 1, sizeof(*of)), n = 0;
	enum drift_status st = names != NULL && of != NULL ? sort_unmanaged(mk) : drift__nomem(mk->err);

	if (st == DRIFT_OK && !tell_only)
		st = take_known(mk);
	for (size_t i = 0; i < mk->live->n_resources && st == DRIFT_OK; i++) {
		const struct drift_resource *r = &mk->live->resources[i];
		const char *no = drift__maker_why_not(mk, r);

		if (!is_left(mk, i) || is_inline(mk, r))
			continue;
		if (tell_only) {
			drift__maker_note(mk, &mk->unplanned, NULL, r->type, r, NULL, NULL);
		} else if (no != NULL) {
			drift__maker_note(mk, &mk->not_importable, NULL, r->type, r, no, "leave it out of the configuration, or let apply create it over what exists");
		} else {
			names[n].type = r->type;
			names[n].live_name = r->name;
			names[n].import_id = r->import_id;
			names[n].region = r->region;
			of[n++] = i;
		}
	}
	if (st == DRIFT_OK)
		st = name_rest(mk, names, of, n);
	drift__free(names);
	drift__free(of);
	return st;
}
