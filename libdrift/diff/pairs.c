/* State instances and live objects → pairs, by type, key and region; types outside the catalogue by ARN. */
#include "diff/pairs.h"

#include <stdlib.h>
#include <string.h>

bool
drift__same_region(const char *a, const char *b)
{
	return a == NULL || b == NULL || strcmp(a, b) == 0;
}

/* ---- types ---- */

static int
compare_known(const void *a, const void *b)
{
	return strcmp(((const struct drift__known *)a)->name, ((const struct drift__known *)b)->name);
}

struct drift__known *
drift__known_type(const struct drift__pairs *p, const char *name)
{
	struct drift__known key = {.name = name};

	return p->n_known > 0 ? bsearch(&key, p->known, p->n_known, sizeof *p->known, compare_known) : NULL;
}

static bool
in_catalogue(const struct drift_catalogue *c, const char *type)
{
	size_t lo = 0, hi = c != NULL ? drift_catalogue_size(c) : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(drift_catalogue_type(c, mid), type);

		if (order == 0)
			return true;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

/* Gives how many; known may be NULL. */
static size_t
types_of(const struct drift_snapshot *s, struct drift__known *known)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_resources; i++) {
		if (i > 0 && strcmp(s->resources[i].type, s->resources[i - 1].type) == 0)
			continue;
		if (known != NULL)
			known[n].name = s->resources[i].type;
		n++;
	}
	return n;
}

static enum drift_status
make_known(struct drift__pairs *p, struct drift_error *err)
{
	const struct drift_value *listed = drift_value_get(p->live->meta, "listed");
	size_t i, n = 0;
	enum drift_status st = DRIFT_OK;

	p->known = drift__arena_zalloc(p->arena, (types_of(p->state, NULL) + types_of(p->live, NULL) + 1) * sizeof *p->known);
	if (p->known == NULL)
		return drift__nomem(err);
	p->n_known = types_of(p->state, p->known);
	p->n_known += types_of(p->live, p->known + p->n_known);
	if (p->n_known > 1)
		qsort(p->known, p->n_known, sizeof *p->known, compare_known);
	for (i = 0; i < p->n_known; i++)
		if (n == 0 || strcmp(p->known[n - 1].name, p->known[i].name) != 0)
			p->known[n++] = p->known[i];
	p->n_known = n;
	for (i = 0; i < p->n_known && st == DRIFT_OK; i++) {
		struct drift__known *k = &p->known[i];
		const char *base;

		k->base = k->name;
		k->listed = drift_value_get(listed, k->name);
		if (!in_catalogue(p->catalogue, k->name))
			continue;
		k->type = drift__catalogue_type(p->catalogue, k->name, err);
		if (k->type == NULL)
			return err != NULL && err->status != DRIFT_OK ? err->status : DRIFT_BAD_CATALOGUE;
		base = drift__value_gets(k->type->entry, "extends");
		k->base = base != NULL ? base : k->name;
		st = drift__rules_make(k->type->entry, &k->rules, err);
	}
	return st;
}

/* ---- keys ---- */

static enum drift_status
make_keys(struct drift__pairs *p, struct drift__instance *i, struct drift_error *err)
{
	const char **own;

	i->keys = i->r->keys;
	if (i->keys == NULL && i->known->type != NULL) {
		i->keys = drift__type_state_keys(i->known->type, i->r->attributes, p->arena);
		if (i->keys == NULL)
			return drift__nomem(err);
	}
	if (i->keys == NULL || i->keys[0] == NULL) {
		own = drift__arena_zalloc(p->arena, 2 * sizeof *own);
		if (own == NULL)
			return drift__nomem(err);
		own[0] = i->r->id;
		i->keys = own;
	}
	return DRIFT_OK;
}

static const char *
live_key(const struct drift_resource *r)
{
	return r->keys != NULL && r->keys[0] != NULL ? r->keys[0] : r->id;
}

/* ---- finding live objects ---- */

struct entry {
	const char *type, *key; /* type "" = an ARN */
	uint32_t at;
};

static int
compare_entries(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int c = a->type == b->type ? 0 : strcmp(a->type, b->type);

	if (c == 0)
		c = strcmp(a->key, b->key);
	return c != 0 ? c : (a->at > b->at) - (a->at < b->at);
}

struct index {
	struct entry *entries;
	size_t n;
};

/* Gives how many; out may be NULL. */
static size_t
entries_of(const struct drift_resource *r, size_t at, bool arns, struct entry *out)
{
	const char *const own[] = {live_key(r), NULL}, *const *keys = r->keys != NULL ? r->keys : own;
	size_t k, n = 0;

	if (arns && r->arn != NULL) {
		if (out != NULL)
			out[n] = (struct entry){"", r->arn, (uint32_t)at};
		n++;
	}
	for (k = 0; keys[k] != NULL; k++, n++)
		if (out != NULL)
			out[n] = (struct entry){r->type, keys[k], (uint32_t)at};
	return n;
}

static enum drift_status
make_index(struct drift__pairs *p, struct index *ix, struct drift_error *err)
{
	const struct drift_snapshot *s = p->live;
	bool arns = false;
	size_t i;

	for (i = 0; i < p->n_known; i++)
		arns = arns || p->known[i].type == NULL;
	for (i = 0; i < s->n_resources; i++)
		ix->n += entries_of(&s->resources[i], i, arns, NULL);
	ix->entries = drift__arena_alloc(p->arena, (ix->n + 1) * sizeof *ix->entries);
	if (ix->entries == NULL)
		return drift__nomem(err);
	for (i = 0, ix->n = 0; i < s->n_resources; i++)
		ix->n += entries_of(&s->resources[i], i, arns, &ix->entries[ix->n]);
	if (ix->n > 1)
		qsort(ix->entries, ix->n, sizeof *ix->entries, compare_entries);
	return DRIFT_OK;
}

static size_t
first_entry(const struct index *ix, const char *type, const char *key)
{
	const struct entry wanted = {type, key, 0};
	size_t lo = 0, hi = ix->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_entries(&ix->entries[mid], &wanted) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Whether an ARN is of that account; those without an account are of none. */
static bool
arn_of(const char *arn, const char *account)
{
	int colons = 0;

	for (; arn != NULL && *arn != '\0' && colons < 4; arn++)
		colons += *arn == ':';
	return arn != NULL && drift__starts(arn, account);
}

/* A role of the same name in another account is another role. What is shared between accounts keeps its owner's ARN. */
static bool
same_account(const struct drift_resource *state, const struct drift_resource *live)
{
	return state->account == NULL || live->account == NULL || strcmp(state->account, live->account) == 0 || arn_of(live->arn, state->account);
}

static void
claim(struct drift__pairs *p, struct drift__instance *i, const struct index *ix, const char *type, const char *key)
{
	size_t e, k;

	for (e = first_entry(ix, type, key); e < ix->n && strcmp(ix->entries[e].type, type) == 0 && strcmp(ix->entries[e].key, key) == 0; e++) {
		const struct drift_resource *live = &p->live->resources[ix->entries[e].at];

		if (!drift__same_region(i->r->region, live->region) || !same_account(i->r, live))
			continue;
		for (k = 0; k < i->n_lives; k++)
			if (i->lives[k] == ix->entries[e].at)
				break;
		if (k == i->n_lives)
			i->lives[i->n_lives++] = ix->entries[e].at;
	}
}

static size_t
matches(const struct index *ix, const char *type, const char *key)
{
	size_t e, first = first_entry(ix, type, key);

	for (e = first; e < ix->n && strcmp(ix->entries[e].type, type) == 0 && strcmp(ix->entries[e].key, key) == 0; e++)
		;
	return e - first;
}

static enum drift_status
find_lives(struct drift__pairs *p, struct drift__instance *i, const struct index *ix, struct drift_error *err)
{
	const char *arn = i->known->type == NULL ? i->r->arn : NULL;
	size_t k, n = arn != NULL ? matches(ix, "", arn) : 0;

	for (k = 0; arn == NULL && i->keys[k] != NULL; k++)
		n += matches(ix, i->r->type, i->keys[k]);
	i->lives = drift__arena_alloc(p->arena, (n + 1) * sizeof *i->lives);
	if (i->lives == NULL)
		return drift__nomem(err);
	if (arn != NULL)
		claim(p, i, ix, "", arn);
	for (k = 0; arn == NULL && i->keys[k] != NULL; k++)
		claim(p, i, ix, i->r->type, i->keys[k]);
	return DRIFT_OK;
}

static void
speak_for(struct drift__pairs *p, const struct drift__instance *i, const struct index *ix, const char *type, const char *key)
{
	size_t e;

	for (e = first_entry(ix, type, key); e < ix->n && strcmp(ix->entries[e].type, type) == 0 && strcmp(ix->entries[e].key, key) == 0; e++) {
		const struct drift_resource *live = &p->live->resources[ix->entries[e].at];

		if (drift__same_region(i->r->region, live->region) && same_account(i->r, live))
			p->objects[ix->entries[e].at].spoken_for = true;
	}
}

/* Its own live object may not have been looked at (--type, a refused call): what other types show of it is not unmanaged for that. */
static void
speak_for_twins(struct drift__pairs *p, const struct drift__instance *i, const struct index *ix)
{
	size_t t, k;

	for (t = 0; t < p->n_known; t++)
		for (k = 0; &p->known[t] != i->known && strcmp(p->known[t].base, i->known->base) == 0 && i->keys[k] != NULL; k++)
			speak_for(p, i, ix, p->known[t].name, i->keys[k]);
}

static bool
asked_for(const struct drift_diff_options *o, const char *type)
{
	return drift__texts_count(o->types) == 0 || drift__texts_match(o->types, type);
}

static enum drift_status
make_instances(struct drift__pairs *p, const struct drift_diff_options *o, const struct index *ix, struct drift_error *err)
{
	size_t i, k;
	enum drift_status st = DRIFT_OK;

	for (i = 0; i < p->state->n_resources && st == DRIFT_OK; i++) {
		struct drift__instance *n = &p->instances[i];

		n->r = &p->state->resources[i];
		n->known = drift__known_type(p, n->r->type);
		n->skipped = (n->r->flags & (DRIFT__DATA | DRIFT__FOREIGN | DRIFT__DEPOSED)) != 0 || !asked_for(o, n->r->type);
		if (n->r->flags & (DRIFT__DATA | DRIFT__FOREIGN))
			continue;
		st = make_keys(p, n, err);
		if (st == DRIFT_OK)
			st = find_lives(p, n, ix, err);
		if (st == DRIFT_OK)
			speak_for_twins(p, n, ix);
		for (k = 0; st == DRIFT_OK && k < n->n_lives; k++) {
			struct drift__object *object = &p->objects[n->lives[k]];

			if (n->r->flags & DRIFT__DEPOSED) {
				object->deposed = true;
				continue;
			}
			if (object->claims++ == 0)
				object->claimant = i;
		}
	}
	return st;
}

/* ---- names, for references ---- */

static int
compare_names(const void *pa, const void *pb)
{
	const struct drift__name *a = pa, *b = pb;
	int c = strcmp(a->text, b->text);

	return c != 0 ? c : (a->at > b->at) - (a->at < b->at);
}

struct drift__instance *
drift__named_instance(const struct drift__pairs *p, size_t k)
{
	size_t at = p->names[k].at;

	return at < p->live->n_resources ? NULL : &p->instances[at - p->live->n_resources];
}

static const char *
type_named(const struct drift__pairs *p, size_t k)
{
	const struct drift__instance *i = drift__named_instance(p, k);

	return i != NULL ? i->r->type : p->live->resources[p->names[k].at].type;
}

static const char *
key_named(const struct drift__pairs *p, size_t k)
{
	const struct drift__instance *i = drift__named_instance(p, k);

	return i != NULL ? i->keys[0] : live_key(&p->live->resources[p->names[k].at]);
}

enum { NAMES_EACH = 5 };

/* Gives how many; out may be NULL. */
static size_t
names_of(const struct drift_resource *r, bool live, const char *key, uint32_t at, struct drift__name *out)
{
	const char *name = live ? NULL : drift__value_gets(r->attributes, "name");
	const char *const texts[NAMES_EACH] = {key, drift__streq(r->id, key) ? NULL : r->id, drift__streq(r->arn, r->id) ? NULL : r->arn,
		drift__streq(r->name, r->id) ? NULL : r->name, drift__streq(name, r->name) ? NULL : name};
	size_t i, n = 0;

	if (key == NULL || (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) != 0)
		return 0;
	for (i = 0; i < NAMES_EACH; i++) {
		if (texts[i] == NULL || texts[i][0] == '\0')
			continue;
		if (out != NULL)
			out[n] = (struct drift__name){texts[i], at};
		n++;
	}
	return n;
}

static size_t
all_names(const struct drift__pairs *p, struct drift__name *out)
{
	size_t i, n = 0, n_live = p->live->n_resources;

	for (i = 0; i < n_live; i++)
		n += names_of(&p->live->resources[i], true, live_key(&p->live->resources[i]), (uint32_t)i, out != NULL ? out + n : NULL);
	for (i = 0; i < p->state->n_resources; i++)
		n += names_of(p->instances[i].r, false, p->instances[i].keys != NULL ? p->instances[i].keys[0] : NULL, (uint32_t)(n_live + i),
			out != NULL ? out + n : NULL);
	return n;
}

static void
make_names(struct drift__pairs *p)
{
	size_t n = all_names(p, NULL);

	p->names_made = true;
	p->names = drift__arena_alloc(p->arena, n * sizeof *p->names + 1);
	if (p->names == NULL) {
		p->status = DRIFT_NOMEM;
		return;
	}
	p->n_names = all_names(p, p->names);
	if (n > 1)
		qsort(p->names, n, sizeof *p->names, compare_names);
}

/* "aws_x", "aws_x.attribute" or a list of them; nothing = any type. */
static bool
is_target(const struct drift_value *targets, const char *type)
{
	size_t i, n = strlen(type);
	const char *text = drift__value_str(targets);

	if (drift_value_kind(targets) == DRIFT_LIST) {
		for (i = 0; i < targets->len; i++)
			if (is_target(drift_value_at(targets, i), type))
				return true;
		return false;
	}
	return text == NULL || (strncmp(text, type, n) == 0 && (text[n] == '\0' || text[n] == '.'));
}

size_t
drift__first_name(struct drift__pairs *p, const char *text)
{
	size_t lo = 0, hi;

	if (!p->names_made)
		make_names(p);
	for (hi = p->n_names; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(p->names[mid].text, text) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->n_names && strcmp(p->names[lo].text, text) == 0 ? lo : p->n_names;
}

const char *
drift__resolve_name(void *pairs, struct drift__arena *a, const struct drift_value *targets, const char *text)
{
	struct drift__pairs *p = pairs;
	const char *object;
	size_t k;

	for (k = drift__first_name(p, text); k < p->n_names && strcmp(p->names[k].text, text) == 0; k++) {
		if (!is_target(targets, type_named(p, k)))
			continue;
		object = drift__arena_printf(a, "%s %s", type_named(p, k), key_named(p, k));
		if (object == NULL)
			p->status = DRIFT_NOMEM;
		return object;
	}
	return NULL;
}

enum drift_status
drift__pairs_make(struct drift__pairs *p, const struct drift_diff_options *options, struct drift_error *err)
{
	struct index ix = {0};
	enum drift_status st = make_known(p, err);
	size_t i;

	if (st == DRIFT_OK)
		st = make_index(p, &ix, err);
	if (st != DRIFT_OK)
		return st;
	p->instances = drift__arena_zalloc(p->arena, (p->state->n_resources + 1) * sizeof *p->instances);
	p->objects = drift__arena_zalloc(p->arena, (p->live->n_resources + 1) * sizeof *p->objects);
	if (p->instances == NULL || p->objects == NULL)
		return drift__nomem(err);
	for (i = 0; i < p->live->n_resources; i++)
		p->objects[i].known = drift__known_type(p, p->live->resources[i].type);
	return make_instances(p, options, &ix, err);
}

void
drift__pairs_dispose(struct drift__pairs *p)
{
	size_t i;

	for (i = 0; i < p->n_known; i++)
		drift__rules_free(p->known[i].rules);
	p->n_known = 0;
}
