/* Each state instance → in sync, changed, missing or unknown.
 *
 * Missing is only what was looked for in full: the type's list came in whole where the instance lives, or it was looked up. Whatever a gap
 * covers, or a region that was not scanned, is unknown. */
#include "diff/findings.h"

#include <stdio.h>
#include <string.h>

/* ---- gaps ---- */

/* The gap of a type and region (NULL = any); NULL = none. One that names another address does not count. */
static const struct drift_value *
gap_of(const struct drift__finder *f, const struct drift_resource *r)
{
	const struct drift_value *gaps = f->pairs->live->gaps;
	size_t i;

	for (i = 0; i < drift_value_size(gaps); i++) {
		const struct drift_value *g = drift_value_at(gaps, i);
		const char *address = drift__value_gets(g, "address");

		if (drift__streq(drift__value_gets(g, "type"), r->type) && drift__same_region(drift__value_gets(g, "region"), r->region) &&
			(address == NULL || drift__streq(address, r->address)))
			return g;
	}
	return NULL;
}

static enum drift_status
add_unknown(struct drift__finder *f, const struct drift__instance *n, const char *reason, const struct drift_value *gap,
	const struct drift__comparison *compared)
{
	struct drift__list_builder names;
	struct drift__map_builder m;
	size_t i;

	drift__map_init(&m, f->arena);
	drift__row_text(f, &m, "type", n->r->type);
	drift__row_text(f, &m, "region", n->r->region);
	drift__row_text(f, &m, "address", n->r->address);
	drift__row_text(f, &m, "id", n->r->id);
	drift__row_text(f, &m, "reason", reason);
	drift__row_text(f, &m, "action", drift__value_gets(gap, "action"));
	drift__row_text(f, &m, "operation", drift__value_gets(gap, "operation"));
	drift__row_text(f, &m, "status", drift__value_gets(gap, "status"));
	if (compared != NULL) {
		drift__list_init(&names, f->arena);
		for (i = 0; i < compared->n_unknown; i++)
			drift__list_add(&names, drift__value_string(f->arena, compared->unknown[i]));
		drift__map_put(&m, "attributes", drift__list_finish(&names));
	}
	return drift__row_add(f, DRIFT__ROW_UNKNOWN, n->r->type, n->r->region, n->r->address, reason, &m);
}

/* ---- not found ---- */

static bool
listed_in(const struct drift_value *regions, const char *region)
{
	size_t i;

	for (i = 0; i < drift_value_size(regions); i++) {
		const char *r = drift__value_str(drift_value_at(regions, i));

		if (drift__streq(r, "*") || region == NULL || drift__streq(r, region))
			return true;
	}
	return false;
}

/* Why an instance that was not found can't be called missing; NULL = it is missing. */
static const char *
why_unknown(struct drift__finder *f, const struct drift__instance *n, const struct drift_value **gap)
{
	const struct drift_value *meta = f->pairs->live->meta;
	const char *account = drift__value_gets(meta, "account"), *reason;

	*gap = NULL;
	if (account != NULL && n->r->account != NULL && strcmp(account, n->r->account) != 0)
		return drift__arena_printf(f->arena, "it belongs to account %s; this scan read %s", n->r->account, account);
	if (listed_in(n->known->listed, n->r->region))
		return NULL;
	*gap = gap_of(f, n->r);
	if (*gap != NULL) {
		reason = drift__value_gets(*gap, "reason");
		return reason != NULL ? reason : "it could not be read";
	}
	if (n->known->listed == NULL && drift_value_get(meta, "listed") != NULL)
		return "the scan did not ask for this type";
	if (n->known->listed != NULL && !n->known->rules->listed)
		return NULL;
	if (n->known->listed == NULL)
		return drift__value_is_empty(f->pairs->live->gaps) ? NULL : "the saved inventory does not say whether this type was read in full";
	return drift__arena_printf(f->arena, "region %s was not scanned", n->r->region != NULL ? n->r->region : "?");
}

static enum drift_status
add_ignored(struct drift__finder *f, const struct drift_resource *r, const char *path)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	drift__row_text(f, &m, "type", r->type);
	drift__row_text(f, &m, "id", r->id);
	drift__row_text(f, &m, "address", r->address);
	drift__row_text(f, &m, "path", path);
	return drift__row_add(f, DRIFT__ROW_IGNORED, r->type, r->id, r->address, path, &m);
}

static void
put_state_side(struct drift__finder *f, struct drift__map_builder *m, const struct drift_resource *r)
{
	drift__row_text(f, m, "address", r->address);
	drift__row_resource(f, m, r);
	drift__map_puti(m, "source", r->source);
	if (r->flags & DRIFT__TAINTED)
		drift__map_putb(m, "tainted", true);
}

static enum drift_status
judge_absent(struct drift__finder *f, const struct drift__instance *n)
{
	const struct drift_value *gap = NULL;
	const char *reason;
	struct drift__map_builder m;
	bool ignored = false;
	enum drift_status st;

	st = drift__ignored(&f->ignore, n->r->type, n->r->id != NULL ? n->r->id : "", n->r->address, NULL, &ignored, f->err);
	if (st != DRIFT_OK)
		return st;
	if (ignored)
		return add_ignored(f, n->r, NULL);
	reason = n->n_lives > 0 ? NULL : why_unknown(f, n, &gap); /* it has live objects only when AWS said that they are gone */
	if (reason != NULL)
		return add_unknown(f, n, reason, gap, NULL);
	drift__map_init(&m, f->arena);
	put_state_side(f, &m, n->r);
	return drift__row_add(f, DRIFT__ROW_MISSING, n->r->address, n->r->type, n->r->id, NULL, &m);
}

/* ---- found ---- */

/* One instance may own several live objects: their lists are joined. */
static const struct drift_value *
merged_attributes(struct drift__finder *f, const struct drift__instance *n, const struct drift_value *merge)
{
	struct drift__arena *a = f->pairs->arena;
	const struct drift_value *first = f->pairs->live->resources[n->lives[0]].attributes;
	struct drift__map_builder m;
	size_t i, k, j;

	if (n->n_lives < 2 || drift_value_kind(merge) != DRIFT_LIST || drift_value_kind(first) != DRIFT_MAP)
		return first;
	drift__map_init(&m, a);
	for (i = 0; i < first->len; i++)
		drift__map_put(&m, drift_value_key(first, i, NULL), drift_value_at(first, i));
	for (i = 0; i < merge->len; i++) {
		const char *name = drift__value_str(drift_value_at(merge, i));
		struct drift__list_builder joined;

		drift__list_init(&joined, a);
		for (k = 0; name != NULL && k < n->n_lives; k++) {
			const struct drift_value *v = drift_value_get(f->pairs->live->resources[n->lives[k]].attributes, name);

			for (j = 0; drift_value_kind(v) == DRIFT_LIST && j < v->len; j++)
				drift__list_add(&joined, drift_value_at(v, j));
		}
		if (name != NULL)
			drift__map_put(&m, name, drift__list_finish(&joined));
		else
			drift__list_dispose(&joined);
	}
	return drift__map_finish(&m);
}

/* ignore_changes of the configuration: a list of {address, attributes}. An address without index covers all of its instances. */
static bool
config_ignores(const struct drift__finder *f, const struct drift_resource *r, const char *attribute)
{
	const struct drift_value *list = f->options->ignore_changes;
	size_t i, k, n;

	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *names = drift_value_get(drift_value_at(list, i), "attributes");
		const char *address = drift__value_gets(drift_value_at(list, i), "address");

		n = address != NULL ? strlen(address) : 0;
		if (n == 0 || r->address == NULL || strncmp(r->address, address, n) != 0 || (r->address[n] != '\0' && r->address[n] != '['))
			continue;
		for (k = 0; k < drift_value_size(names); k++) {
			const char *name = drift__value_str(drift_value_at(names, k));
			size_t len = name != NULL ? strlen(name) : 0;

			if (drift__streq(name, "all") || (len > 0 && strncmp(attribute, name, len) == 0 &&
				(attribute[len] == '\0' || attribute[len] == '.' || attribute[len] == '[')))
				return true;
			if (drift__streq(name, "tags_all") && (drift__starts(attribute, "tags.") || drift__streq(attribute, "tags")))
				return true;
		}
	}
	return false;
}

static const struct drift_value *
change_value(struct drift__finder *f, const struct drift__change *c)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	drift__map_puts(&m, "path", c->path);
	drift__map_put(&m, "state", c->state);
	drift__map_put(&m, "live", c->live);
	drift__map_putb(&m, "sensitive", c->sensitive);
	return drift__map_finish(&m);
}

static enum drift_status
add_changes(struct drift__finder *f, const struct drift__instance *n, const struct drift__comparison *compared, bool *changed)
{
	const struct drift_resource *r = n->r;
	struct drift__list_builder list;
	struct drift__map_builder m;
	enum drift_status st = DRIFT_OK;
	size_t i;

	drift__list_init(&list, f->arena);
	for (i = 0; i < compared->n_changes && st == DRIFT_OK; i++) {
		const struct drift__change *c = &compared->changes[i];
		bool ignored = false;

		st = drift__ignored(&f->ignore, r->type, r->id != NULL ? r->id : "", r->address, c->attribute, &ignored, f->err);
		if (st == DRIFT_OK && (ignored || config_ignores(f, r, c->attribute)))
			st = add_ignored(f, r, c->path);
		else if (st == DRIFT_OK)
			drift__list_add(&list, change_value(f, c));
	}
	*changed = list.len > 0;
	if (st != DRIFT_OK || !*changed) {
		drift__list_dispose(&list);
		return st;
	}
	drift__map_init(&m, f->arena);
	put_state_side(f, &m, r);
	drift__map_put(&m, "changes", drift__list_finish(&list));
	return drift__row_add(f, DRIFT__ROW_CHANGED, r->address, r->type, r->id, NULL, &m);
}

static enum drift_status
judge_pair(struct drift__finder *f, const struct drift__instance *n)
{
	const struct drift_resource *live = &f->pairs->live->resources[n->lives[0]];
	const struct drift_value *gap;
	struct drift__comparison compared = {0};
	struct drift__owned *owned = NULL;
	struct drift__compare_input in = {.rules = n->known->rules, .state = n->r->attributes, .sensitive = n->r->sensitive,
		.unknown = live->more->unknown, .unknown_state = n->r->more->unknown, .ignored_tags = f->options->ignored_tags,
		.incomplete = (live->flags & DRIFT__INCOMPLETE) != 0, .resolve = drift__resolve_name, .resolve_ctx = f->pairs};
	enum drift_status st = drift__owned_by_siblings(f->pairs, n, &owned, &in.n_owned, f->err);
	bool changed = false;

	in.owned = owned;
	in.live = merged_attributes(f, n, n->known->rules->merge);
	if (st == DRIFT_OK && in.live == NULL && live->attributes != NULL)
		st = drift__nomem(f->err);
	if (st == DRIFT_OK)
		st = drift__compare_attributes(&in, f->arena, &compared, f->err);
	if (st == DRIFT_OK)
		st = add_changes(f, n, &compared, &changed);
	if (st != DRIFT_OK)
		return st;
	if (compared.n_unknown == 0) {
		f->in_sync += !changed;
		return DRIFT_OK;
	}
	gap = gap_of(f, n->r);
	return add_unknown(f, n, gap != NULL && drift__value_gets(gap, "reason") != NULL ? drift__value_gets(gap, "reason") :
		"these attributes are not in what was read", gap, &compared);
}

static enum drift_status
judge_unknown_type(struct drift__finder *f, const struct drift__instance *n)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	put_state_side(f, &m, n->r);
	drift__map_putb(&m, "live", n->n_lives > 0);
	drift__map_puts(&m, "reason", n->n_lives > 0 ? "the type is not in the catalogue; an object with its ARN is live" :
		"the type is not in the catalogue");
	return drift__row_add(f, DRIFT__ROW_NOT_COMPARED, n->r->address, n->r->type, n->r->id, NULL, &m);
}

static enum drift_status
add_deposed(struct drift__finder *f, const struct drift_resource *r)
{
	struct drift__map_builder m;

	drift__map_init(&m, f->arena);
	put_state_side(f, &m, r);
	drift__row_text(f, &m, "key", r->more->deposed);
	return drift__row_add(f, DRIFT__ROW_DEPOSED, r->address, r->more->deposed, r->type, r->id, &m);
}

enum drift_status
drift__judge_instances(struct drift__finder *f)
{
	const struct drift_snapshot *live = f->pairs->live;
	enum drift_status st = DRIFT_OK;
	size_t i;

	for (i = 0; i < f->pairs->state->n_resources && st == DRIFT_OK; i++) {
		const struct drift__instance *n = &f->pairs->instances[i];

		if (n->r->flags & DRIFT__FOREIGN)
			f->foreign++;
		else if (n->r->flags & DRIFT__DATA)
			f->data_sources++;
		else if (n->r->flags & DRIFT__DEPOSED)
			st = add_deposed(f, n->r);
		else if (n->skipped)
			f->not_asked++;
		else if (n->known->type == NULL)
			st = judge_unknown_type(f, n);
		else if (n->n_lives == 0 || (live->resources[n->lives[0]].flags & DRIFT__GONE) != 0)
			st = judge_absent(f, n);
		else
			st = judge_pair(f, n);
	}
	return st;
}
