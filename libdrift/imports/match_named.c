/* Which live resources the attribute of another one names: by being an identity of theirs, or by holding one (drift__look_is_identity,
 * drift__look_holds_identity). That does not depend on what is matched, so it is found once for all resources of two types; what of it counts for a
 * create follows from who has been matched with whom. */
#include "imports/match_named.h"
#include "imports/look.h"
#include "imports/match_index.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES_MAX = 64 << 20, KINDS_MAX = 8 };

/* Identities of the live resources of a type, or of all. */
struct drift__match_names {
	const char *type;      /* NULL = all */
	const char *attribute; /* that a reference takes; NULL = all identities */
	bool held;             /* those that another text may hold */
	struct drift__link *list;
	size_t n, longest;
	bool *lengths;         /* lengths[n]: there is one of n bytes */
	bool too_many;
	struct drift__match_names *next;
};

/* Resources of one type whose attribute names resources of another. */
struct drift__match_relation {
	const char *type, *attribute, *to_type, *to_attribute;
	struct drift__link *names, *named_by; /* sorted; NULL = too many */
	size_t n;
	struct drift__match_relation *next;
};

/* A list of targets, prepared. */
struct drift__match_targets {
	const struct drift__targets *t;
	struct drift__link *by_planned;     /* planned -> index in the list */
	struct drift__link *by_key; /* those that one instance means by its key */
	size_t n_by_key, *certain, n_certain;
	struct kind {
		const char *type, *attribute;
		const struct drift__match_relation *relation;
	} kinds[KINDS_MAX];
	size_t n_kinds;
	bool usable, all_matched;
	size_t decided; /* how many creates were matched when that was looked at */
};

/* ---- identities ---- */

static void
add_name(struct drift__buf *b, size_t *longest, const char *text, size_t live)
{
	size_t n = strlen(text);
	struct drift__link one = {drift__hash_text(text, n), live};

	drift__buf_add(b, &one, sizeof(one));
	*longest = n > *longest ? n : *longest;
}

static void
add_names(struct drift__matcher *m, struct drift__match_names *t, struct drift__buf *b, size_t live)
{
	const struct drift_resource *r = drift__live_at(m, live);
	const char *text;

	if (t->attribute != NULL) {
		text = drift__value_str(drift__look_live(&m->tmp, r, t->attribute));
		if (text != NULL)
			add_name(b, &t->longest, text, live);
		return;
	}
	for (size_t at = 0; (text = t->held ? drift__look_next_held(r, &at) : drift__look_next_identity(r, &at)) != NULL;) {
		add_name(b, &t->longest, text, live);
		if (t->held)
			t->lengths[strlen(text)] = true;
	}
}

static struct drift__match_names *
names(struct drift__matcher *m, const char *type, const char *attribute, bool held)
{
	struct drift__match_names *t = m->names;
	struct drift__buf b = DRIFT__BUF_INIT(TABLE_BYTES_MAX);
	size_t first = 0, n = m->live->n_resources;

	while (t != NULL && (t->held != held || !drift__streq(t->type, type) || !drift__streq(t->attribute, attribute)))
		t = t->next;
	if (t != NULL)
		return t;
	t = drift__arena_zalloc(m->plan->arena, sizeof(*t));
	if (t == NULL)
		goto nomem;
	*t = (struct drift__match_names){.type = type, .attribute = attribute, .held = held};
	if (type != NULL)
		n = drift__snapshot_of_type(m->live, type, &first);
	for (size_t i = first; held && i < first + n; i++) {
		const char *text;

		for (size_t at = 0; (text = drift__look_next_held(drift__live_at(m, i), &at)) != NULL;)
			t->longest = strlen(text) > t->longest ? strlen(text) : t->longest;
	}
	t->lengths = drift__arena_zalloc(m->plan->arena, (t->longest + 1) * sizeof(*t->lengths));
	if (t->lengths == NULL)
		goto nomem;
	for (size_t i = first; i < first + n; i++)
		add_names(m, t, &b, i);
	t->too_many = b.status == DRIFT_LIMIT;
	t->n = b.status == DRIFT_OK ? b.len / sizeof(*t->list) : 0;
	t->list = drift__arena_alloc(m->plan->arena, t->n * sizeof(*t->list) + 1);
	if (b.status == DRIFT_NOMEM || t->list == NULL)
		goto nomem;
	if (t->n > 0)
		memcpy(t->list, b.data, t->n * sizeof(*t->list));
	drift__links_sort(t->list, t->n);
	drift__buf_dispose(&b);
	t->next = m->names;
	m->names = t;
	return t;
nomem:
	drift__buf_dispose(&b);
	m->nomem = true;
	return NULL;
}

size_t
drift__named_by_matched(struct drift__matcher *m, size_t p, const char *text)
{
	const struct drift__match_names *all = names(m, NULL, NULL, false);
	size_t n, none = m->live->n_resources;

	if (all != NULL && !all->too_many) {
		const struct drift__link *same = drift__links_find(all->list, all->n, drift__hash_text(text, strlen(text)), &n);

		for (size_t i = 0; i < n; i++) {
			size_t l = same[i].to;

			if (m->taken[l] != DRIFT__NONE && (size_t)m->taken[l] != p && drift__look_is_identity(&m->tmp, drift__live_at(m, l), NULL, text))
				return l;
		}
		return none;
	}
	for (size_t l = 0; l < none; l++) {
		if (m->taken[l] != DRIFT__NONE && (size_t)m->taken[l] != p && drift__look_is_identity(&m->tmp, drift__live_at(m, l), NULL, text))
			return l;
	}
	return none;
}

/* ---- who names whom ---- */

struct relating {
	struct drift__matcher *m;
	const struct drift__match_names *is, *held;
	const char *to_attribute, *text;
	size_t from;
	struct drift__buf pairs;
};

static void
add_pairs(struct relating *r, const struct drift__match_names *t, uint64_t hash)
{
	size_t n;
	const struct drift__link *same = drift__links_find(t->list, t->n, hash, &n);

	for (size_t i = 0; i < n; i++) {
		const struct drift_resource *to = drift__live_at(r->m, same[i].to);
		struct drift__link one = {r->from, same[i].to};

		if (drift__look_is_identity(&r->m->tmp, to, r->to_attribute, r->text) || drift__look_holds_identity(to, r->text))
			drift__buf_add(&r->pairs, &one, sizeof(one));
	}
}

/* Each part of the text that is as long as an identity. */
static void
add_held(struct relating *r)
{
	size_t n = strlen(r->text);

	for (size_t i = 0; i + DRIFT__HELD_MIN <= n; i++) {
		uint64_t hash = drift__hash_text(r->text + i, DRIFT__HELD_MIN - 1);

		for (size_t len = DRIFT__HELD_MIN; len <= r->held->longest && i + len <= n; len++) {
			hash = drift__hash_more(hash, r->text + i + len - 1, 1);
			if (r->held->lengths[len])
				add_pairs(r, r->held, hash);
		}
	}
}

static bool
keep_pairs(struct drift__matcher *m, struct drift__match_relation *rel, const struct drift__buf *b)
{
	size_t n = b->len / sizeof(struct drift__link);

	rel->names = drift__arena_alloc(m->plan->arena, b->len + 1);
	rel->named_by = drift__arena_alloc(m->plan->arena, b->len + 1);
	if (rel->names == NULL || rel->named_by == NULL)
		return false;
	if (n > 0) {
		memcpy(rel->names, b->data, b->len);
		drift__links_sort(rel->names, n);
	}
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || drift__links_order(&rel->names[i], &rel->names[i - 1]) != 0) {
			rel->names[rel->n] = rel->names[i];
			rel->named_by[rel->n] = (struct drift__link){rel->names[i].to, rel->names[i].from};
			rel->n++;
		}
	}
	drift__links_sort(rel->named_by, rel->n);
	return true;
}

static const struct drift__match_relation *
relation(struct drift__matcher *m, const char *type, const char *attribute, const char *to_type, const char *to_attribute)
{
	struct drift__match_relation *rel = m->relations;
	struct relating r = {.m = m, .to_attribute = to_attribute, .pairs = DRIFT__BUF_INIT(TABLE_BYTES_MAX)};
	size_t first, n = drift__snapshot_of_type(m->live, type, &first);

	while (rel != NULL && (strcmp(rel->type, type) != 0 || strcmp(rel->attribute, attribute) != 0 || strcmp(rel->to_type, to_type) != 0 ||
				  !drift__streq(rel->to_attribute, to_attribute)))
		rel = rel->next;
	if (rel != NULL)
		return rel;
	rel = drift__arena_zalloc(m->plan->arena, sizeof(*rel));
	r.is = names(m, to_type, to_attribute, false);
	r.held = names(m, to_type, NULL, true);
	if (rel == NULL || r.is == NULL || r.held == NULL)
		goto nomem;
	*rel = (struct drift__match_relation){.type = type, .attribute = attribute, .to_type = to_type, .to_attribute = to_attribute};
	for (size_t i = first; i < first + n && r.pairs.status == DRIFT_OK; i++) {
		r.from = i;
		r.text = drift__value_str(drift__look_live(&m->tmp, drift__live_at(m, i), attribute));
		if (r.text == NULL)
			continue;
		add_pairs(&r, r.is, drift__hash_text(r.text, strlen(r.text)));
		add_held(&r);
	}
	if (r.pairs.status == DRIFT_NOMEM)
		goto nomem;
	if (r.pairs.status == DRIFT_OK && !r.is->too_many && !r.held->too_many && !keep_pairs(m, rel, &r.pairs))
		goto nomem;
	drift__buf_dispose(&r.pairs);
	rel->next = m->relations;
	m->relations = rel;
	return rel;
nomem:
	drift__buf_dispose(&r.pairs);
	m->nomem = true;
	return NULL;
}

/* ---- targets ---- */

static bool
add_kind(struct drift__matcher *m, struct drift__match_targets *k, const char *type, const char *attribute, const char *to_type, const char *to_attribute)
{
	struct kind *one;

	for (size_t i = 0; i < k->n_kinds; i++) {
		if (strcmp(k->kinds[i].type, to_type) == 0 && drift__streq(k->kinds[i].attribute, to_attribute))
			return true;
	}
	if (k->n_kinds == KINDS_MAX)
		return false;
	one = &k->kinds[k->n_kinds++];
	*one = (struct kind){to_type, to_attribute, relation(m, type, attribute, to_type, to_attribute)};
	return one->relation != NULL && one->relation->names != NULL;
}

static bool
prepare(struct drift__matcher *m, struct drift__match_targets *k, const struct drift__targets *t, const char *type, const char *attribute)
{
	struct drift__arena *a = m->plan->arena;

	k->t = t;
	k->by_planned = drift__arena_alloc(a, t->n * sizeof(*k->by_planned));
	k->by_key = drift__arena_alloc(a, t->n * sizeof(*k->by_key));
	k->certain = drift__arena_alloc(a, t->n * sizeof(*k->certain));
	if (k->by_planned == NULL || k->by_key == NULL || k->certain == NULL) {
		m->nomem = true;
		return false;
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct drift__target *one = &t->list[i];

		k->by_planned[i] = (struct drift__link){one->planned, i};
		if (one->same_key)
			k->certain[k->n_certain++] = i;
		else if (one->same_for != NULL)
			k->by_key[k->n_by_key++] = (struct drift__link){drift__hash_text(one->same_for, strlen(one->same_for)), i};
		if (!add_kind(m, k, type, attribute, m->plan->list[one->planned].type, one->attribute))
			return false;
	}
	drift__links_sort(k->by_planned, t->n);
	drift__links_sort(k->by_key, k->n_by_key);
	return true;
}

/* NULL when the targets have to be asked one by one. */
static struct drift__match_targets *
prepared(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute)
{
	struct drift__match_targets *k;

	if (t->n <= DRIFT__FEW_TARGETS)
		return NULL;
	if (t->serial >= m->n_targets) {
		size_t n = (t->serial + 1) * 2;
		struct drift__match_targets **grown = drift__arena_zalloc(m->plan->arena, n * sizeof(*grown));

		if (grown == NULL) {
			m->nomem = true;
			return NULL;
		}
		if (m->n_targets > 0)
			memcpy(grown, m->targets, m->n_targets * sizeof(*grown));
		m->targets = grown;
		m->n_targets = n;
	}
	k = m->targets[t->serial];
	if (k == NULL) {
		k = m->targets[t->serial] = drift__arena_zalloc(m->plan->arena, sizeof(*k));
		m->nomem = m->nomem || k == NULL;
		if (k != NULL)
			k->usable = prepare(m, k, t, m->plan->list[p].type, attribute);
	}
	return k != NULL && k->usable ? k : NULL;
}

static bool
all_matched(const struct drift__matcher *m, struct drift__match_targets *k)
{
	if (k->all_matched || k->decided == m->decided + 1)
		return k->all_matched;
	k->decided = m->decided + 1;
	k->all_matched = true;
	for (size_t i = 0; i < k->t->n && k->all_matched; i++)
		k->all_matched = m->out[k->t->list[i].planned].outcome == DRIFT__MATCHED;
	return k->all_matched;
}

bool
drift__named_targets(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute, size_t l, struct drift__named *out)
{
	struct drift__match_targets *k = prepared(m, t, p, attribute);

	if (k == NULL)
		return false;
	*out = (struct drift__named){SIZE_MAX, SIZE_MAX, !all_matched(m, k)};
	for (size_t i = 0; i < k->n_kinds; i++) {
		const struct kind *kind = &k->kinds[i];
		size_t n_named, n_planned;
		const struct drift__link *named = drift__links_find(kind->relation->names, kind->relation->n, l, &n_named), *planned;

		for (; n_named > 0; n_named--, named++) {
			if (m->taken[named->to] == DRIFT__NONE)
				continue;
			planned = drift__links_find(k->by_planned, t->n, (size_t)m->taken[named->to], &n_planned);
			for (; n_planned > 0; n_planned--, planned++) {
				size_t at = planned->to;

				if (!drift__streq(t->list[at].attribute, kind->attribute))
					continue;
				out->first = at < out->first ? at : out->first;
				if (drift__is_same_key(t, at) && (out->last_own == SIZE_MAX || at > out->last_own))
					out->last_own = at;
			}
		}
	}
	return true;
}

/* What names a live resource, after the n that are in m->other already. */
static size_t
add_namers(struct drift__matcher *m, const struct drift__match_relation *relation, size_t live, size_t n)
{
	size_t count;
	const struct drift__link *by = drift__links_find(relation->named_by, relation->n, live, &count);

	for (; count > 0 && n < m->live->n_resources; count--, by++)
		m->other[n++] = by->to;
	return n;
}

/* What names one target. */
static size_t
add_namers_of(struct drift__matcher *m, const struct drift__match_targets *k, size_t at, size_t n)
{
	const struct drift__target *target = &k->t->list[at];
	const struct drift__match *match = &m->out[target->planned];

	for (size_t i = 0; i < k->n_kinds && match->outcome == DRIFT__MATCHED; i++) {
		const struct kind *kind = &k->kinds[i];

		if (strcmp(kind->type, m->plan->list[target->planned].type) == 0 && drift__streq(kind->attribute, target->attribute))
			n = add_namers(m, kind->relation, match->live, n);
	}
	return n;
}

bool
drift__named_by_own(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute, size_t *n_out)
{
	const struct drift__match_targets *k = prepared(m, t, p, attribute);
	const struct drift__link *own;
	size_t n_own, n = 0;

	if (k == NULL)
		return false;
	own = drift__links_find(k->by_key, k->n_by_key, drift__hash_text(t->key, strlen(t->key)), &n_own);
	for (size_t i = 0; i < n_own; i++) {
		if (drift__is_same_key(t, own[i].to))
			n = add_namers_of(m, k, own[i].to, n);
	}
	for (size_t i = 0; i < k->n_certain; i++)
		n = add_namers_of(m, k, k->certain[i], n);
	*n_out = n;
	return n < m->live->n_resources; /* else some may not have had room */
}

bool
drift__named_by_few(struct drift__matcher *m, const struct drift__targets *t, size_t p, const char *attribute, size_t *n_out)
{
	size_t n = 0;

	if (t->open || t->n == 0 || t->n > DRIFT__FEW_TARGETS)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		const struct drift__target *target = &t->list[i];
		const struct drift__match_relation *rel = NULL;

		if (m->out[target->planned].outcome == DRIFT__MATCHED)
			rel = relation(m, m->plan->list[p].type, attribute, m->plan->list[target->planned].type, target->attribute);
		if (rel == NULL || rel->names == NULL)
			return false;
		n = add_namers(m, rel, m->out[target->planned].live, n);
	}
	*n_out = n;
	return n < m->live->n_resources;
}
