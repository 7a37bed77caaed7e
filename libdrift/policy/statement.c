/* Needs -> statements. Three groupings: first the conditions of each action on each resource, as far as one condition can say them; then the
 * resources of each (action, condition); then the actions that have the same resources. */
#include "policy/condition.h"

#include <stdlib.h>
#include <string.h>

static bool
is_one_of(const struct drift_value *list, const char *action)
{
	for (size_t i = 0; i < drift_value_size(list); i++) {
		if (drift__streq(drift__value_str(drift_value_at(list, i)), action))
			return true;
	}
	return false;
}

void
drift__needs_add(struct drift__needs *needs, const struct drift__need *n)
{
	if (needs->n == needs->cap) {
		size_t cap = needs->cap > 0 ? needs->cap * 2 : 256;
		struct drift__need *grown = drift__arena_alloc(needs->arena, cap * sizeof(*grown));

		if (grown == NULL) {
			needs->failed = true;
			return;
		}
		if (needs->n > 0)
			memcpy(grown, needs->list, needs->n * sizeof(*grown));
		needs->list = grown;
		needs->cap = cap;
	}
	needs->list[needs->n] = *n;
	needs->list[needs->n].contents = is_one_of(needs->contents, n->action);
	needs->list[needs->n].exact = is_one_of(needs->exact, n->action);
	needs->n++;
}

/* ---- grouping ---- */

static int
need_order(const void *pa, const void *pb)
{
	const struct drift__need *a = pa, *b = pb;
	int c = strcmp(a->condition, b->condition);

	if (c == 0)
		c = strcmp(a->action, b->action);
	return c != 0 ? c : strcmp(a->resource, b->resource);
}

static bool
same_group(const struct drift__need *a, const struct drift__need *b)
{
	return strcmp(a->condition, b->condition) == 0 && strcmp(a->action, b->action) == 0;
}

static int
text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Drops doubles and what another pattern covers; returns the new length. list is sorted. */
static size_t
drop_covered(const char **list, size_t n, bool nocase)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool covered = i > 0 && strcmp(list[i], list[i - 1]) == 0;

		for (size_t k = 0; k < n && !covered; k++)
			covered = k != i && strcmp(list[k], list[i]) != 0 && strpbrk(list[k], "*?") != NULL &&
				drift__iam_covers(list[k], list[i], nocase);
		if (!covered)
			list[kept++] = list[i];
	}
	return kept;
}

static int
list_order(const char *const *a, size_t na, const char *const *b, size_t nb)
{
	for (size_t i = 0; i < na && i < nb; i++) {
		int c = strcmp(a[i], b[i]);

		if (c != 0)
			return c;
	}
	return na < nb ? -1 : na > nb;
}

/* By condition, resources, then actions: statements that can be joined stand side by side. */
static int
join_order(const void *pa, const void *pb)
{
	const struct drift__statement *a = pa, *b = pb;
	int c = strcmp(a->condition, b->condition);

	if (c == 0)
		c = list_order(a->resources, a->n_resources, b->resources, b->n_resources);
	return c != 0 ? c : list_order(a->actions, a->n_actions, b->actions, b->n_actions);
}

static int
final_order(const void *pa, const void *pb)
{
	const struct drift__statement *a = pa, *b = pb;
	int c = list_order(a->actions, a->n_actions, b->actions, b->n_actions);

	if (c == 0)
		c = list_order(a->resources, a->n_resources, b->resources, b->n_resources);
	return c != 0 ? c : strcmp(a->condition, b->condition);
}

/* Joins statements with equal resources and condition. */
static enum drift_status
join_equal(struct drift__statements *s, struct drift_error *err)
{
	size_t kept = 0;

	if (s->n == 0)
		return DRIFT_OK;
	qsort(s->list, s->n, sizeof(*s->list), join_order);
	for (size_t i = 0, end; i < s->n; i = end) {
		struct drift__statement joined = s->list[i];
		size_t total = 0, n = 0;

		for (end = i; end < s->n && strcmp(s->list[end].condition, joined.condition) == 0 &&
		     list_order(s->list[end].resources, s->list[end].n_resources, joined.resources, joined.n_resources) == 0; end++)
			total += s->list[end].n_actions;
		joined.actions = drift__arena_alloc(s->arena, (total + 1) * sizeof(char *));
		if (joined.actions == NULL)
			return drift__nomem(err);
		for (size_t k = i; k < end; k++) {
			memcpy(joined.actions + n, s->list[k].actions, s->list[k].n_actions * sizeof(char *));
			n += s->list[k].n_actions;
			joined.write = joined.write || s->list[k].write;
			joined.contents = joined.contents || s->list[k].contents;
			joined.exact = joined.exact || s->list[k].exact;
		}
		qsort(joined.actions, n, sizeof(char *), text_order);
		joined.n_actions = drop_covered(joined.actions, n, true);
		s->list[kept++] = joined;
	}
	s->n = kept;
	qsort(s->list, s->n, sizeof(*s->list), final_order);
	return DRIFT_OK;
}

static int
by_object(const void *pa, const void *pb)
{
	const struct drift__need *a = pa, *b = pb;
	int c = strcmp(a->action, b->action);

	if (c == 0)
		c = strcmp(a->resource, b->resource);
	return c != 0 ? c : strcmp(a->condition, b->condition);
}

/* Joins the conditions of needs of one action and resource: a role that two policies are attached to takes one statement that names both. */
static enum drift_status
join_conditions(struct drift__needs *needs, struct drift_error *err)
{
	size_t kept = 0;

	if (needs->n > 0)
		qsort(needs->list, needs->n, sizeof(*needs->list), by_object);
	for (size_t i = 0, first = 0; i < needs->n; i++) {
		struct drift__need n = needs->list[i];
		bool joined = false;

		if (kept == 0 || strcmp(n.action, needs->list[kept - 1].action) != 0 || strcmp(n.resource, needs->list[kept - 1].resource) != 0)
			first = kept;
		for (size_t k = first; k < kept && !joined; k++) {
			struct drift__need *have = &needs->list[k];
			bool same = strcmp(have->condition, n.condition) == 0;
			const char *either = same ? n.condition : have->condition[0] == '\0' || n.condition[0] == '\0' ? "" :
				drift__condition_either(needs->arena, have->condition, n.condition);

			if (either == NULL)
				return drift__nomem(err);
			joined = same || either[0] != '\0';
			if (joined) {
				have->condition = either;
				have->write = have->write || n.write;
			}
		}
		if (!joined)
			needs->list[kept++] = n;
	}
	needs->n = kept;
	if (kept > 0)
		qsort(needs->list, kept, sizeof(*needs->list), need_order);
	return DRIFT_OK;
}

enum drift_status
drift__statements_make(const struct drift__needs *all, struct drift__statements *out, struct drift_error *err)
{
	struct drift__statements s = {all->arena, NULL, 0};
	struct drift__needs joined = *all, *needs = &joined;
	enum drift_status st;

	if (all->failed)
		return drift__nomem(err);
	s.list = drift__arena_zalloc(s.arena, (all->n + 1) * sizeof(*s.list));
	joined.list = drift__arena_alloc(s.arena, (all->n + 1) * sizeof(*joined.list));
	if (s.list == NULL || joined.list == NULL)
		return drift__nomem(err);
	if (all->n > 0)
		memcpy(joined.list, all->list, all->n * sizeof(*joined.list));
	st = join_conditions(needs, err);
	if (st != DRIFT_OK)
		return st;
	for (size_t i = 0, end; i < needs->n; i = end) {
		struct drift__statement *one = &s.list[s.n++];

		for (end = i; end < needs->n && same_group(&needs->list[i], &needs->list[end]); end++) {
			one->write = one->write || needs->list[end].write;
			one->contents = one->contents || needs->list[end].contents;
			one->exact = one->exact || needs->list[end].exact;
		}
		one->actions = drift__arena_alloc(s.arena, sizeof(char *));
		one->resources = drift__arena_alloc(s.arena, (end - i) * sizeof(char *));
		if (one->actions == NULL || one->resources == NULL)
			return drift__nomem(err);
		one->actions[0] = needs->list[i].action;
		one->n_actions = 1;
		one->condition = needs->list[i].condition;
		for (size_t k = i; k < end; k++)
			one->resources[k - i] = needs->list[k].resource;
		one->n_resources = drop_covered(one->resources, end - i, false);
	}
	/* what an unconditional statement grants needs no conditional one */
	for (size_t i = 0; i < s.n; i++) {
		for (size_t k = 0; k < s.n && s.list[i].condition[0] != '\0'; k++) {
			size_t kept = 0;

			if (s.list[k].condition[0] != '\0' || strcmp(s.list[k].actions[0], s.list[i].actions[0]) != 0)
				continue;
			for (size_t r = 0; r < s.list[i].n_resources; r++) {
				bool covered = false;

				for (size_t q = 0; q < s.list[k].n_resources && !covered; q++)
					covered = drift__iam_covers(s.list[k].resources[q], s.list[i].resources[r], false);
				if (!covered)
					s.list[i].resources[kept++] = s.list[i].resources[r];
			}
			s.list[i].n_resources = kept;
		}
	}
	for (size_t i = 0; i < s.n;) {
		if (s.list[i].n_resources == 0)
			s.list[i] = s.list[--s.n];
		else
			i++;
	}
	st = join_equal(&s, err);
	if (st == DRIFT_OK)
		*out = s;
	return st;
}

/* ---- folding ---- */

/* Length of what an ARN must keep: up to the name, "arn:aws:iam::123:role/" or "arn:aws:sqs:eu-west-1:123:". 0 = not to be folded. */
static size_t
kind_length(const char *arn)
{
	const char *at = arn;
	size_t slash, colon, n;

	for (int i = 0; i < 5; i++) {
		at = strchr(at, ':');
		if (at == NULL)
			return 0;
		at++;
	}
	n = (size_t)(at - arn);
	slash = strcspn(at, "/");
	colon = strcspn(at, ":");
	if (at[slash] == '/' && slash < colon)
		return n + slash + 1;
	if (at[colon] == ':' && at[colon + 1] != '*')
		return n + colon + 1;
	return n;
}

/* Behind "sg-" stands an id that AWS made up: such a beginning is that of all of the kind, not a name. */
static bool
is_made_up(const char *name, size_t prefix)
{
	size_t word = strspn(name, "abcdefghijklmnopqrstuvwxyz"), n = strspn(name + prefix, "0123456789abcdef");

	return word > 0 && word + 1 == prefix && name[word] == '-' && n >= 8 && name[prefix + n] == '\0';
}

static const char *
fold_group(struct drift__arena *a, const char *const *list, size_t n, size_t kind, enum drift_policy_fold level, bool by_name, bool *failed)
{
	const char *pattern;
	size_t common = strlen(list[0]), cut;

	if (level == DRIFT_FOLD_SERVICE && !by_name && list[0][kind - 1] != ':')
		cut = kind;
	else
		cut = 0;
	for (size_t i = 1; i < n; i++) {
		size_t same = 0;

		while (same < common && list[i][same] == list[0][same])
			same++;
		common = same;
	}
	if (cut == 0) {
		cut = common;
		while (cut > kind && strchr("-_/.:", list[0][cut - 1]) == NULL)
			cut--;
		if (cut < kind + 3) /* a prefix of less than three characters would say next to nothing */
			return NULL;
		for (size_t i = 0; i < n; i++) {
			if (is_made_up(list[i] + kind, cut - kind))
				return NULL;
		}
	}
	pattern = drift__arena_printf(a, "%.*s*", (int)cut, list[0]);
	*failed = *failed || pattern == NULL;
	return pattern;
}

static const struct drift_value *
texts(struct drift__arena *a, const char *const *list, size_t n)
{
	struct drift__list_builder out;

	drift__list_init(&out, a);
	for (size_t i = 0; i < n; i++)
		drift__list_add(&out, drift__value_string(a, list[i]));
	return drift__list_finish(&out);
}

static void
note_fold(struct drift__statements *s, struct drift__list_builder *folds, const struct drift__statement *one, const char *const *list, size_t n,
	const char *pattern)
{
	struct drift__map_builder m;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);

	for (size_t i = 0; i < one->n_actions && i < 3; i++)
		drift__buf_addf(&b, "%s%s", i > 0 ? ", " : "", one->actions[i]);
	if (one->n_actions > 3)
		drift__buf_addf(&b, " and %zu more", one->n_actions - 3);
	drift__map_init(&m, s->arena);
	drift__map_put(&m, "resources", texts(s->arena, list, n));
	drift__map_puts(&m, "becomes", pattern);
	drift__map_put(&m, "for", texts(s->arena, one->actions, one->n_actions));
	drift__map_putb(&m, "write", one->write);
	drift__map_puts(&m, "adds", b.status != DRIFT_OK ? NULL : drift__arena_printf(s->arena, "%s on everything else that it fits%s", b.data,
		one->write ? " (changing it, too)" : ""));
	drift__buf_dispose(&b);
	drift__list_add(folds, drift__map_finish(&m));
}

/* Characters that a statement gets shorter by. */
static size_t
saved(const char *const *list, size_t n, const char *pattern)
{
	size_t before = 0, after = strlen(pattern) + 3;

	for (size_t i = 0; i < n; i++)
		before += strlen(list[i]) + 3;
	return before > after ? before - after : 0;
}

static enum drift_status
fold_statement(struct drift__statements *s, struct drift__statement *one, enum drift_policy_fold level, size_t least,
	struct drift__list_builder *folds, struct drift_error *err)
{
	const char **out = drift__arena_alloc(s->arena, (one->n_resources + 1) * sizeof(char *));
	size_t n = 0;
	bool failed = false;

	if (out == NULL)
		return drift__nomem(err);
	for (size_t i = 0, end; i < one->n_resources; i = end) {
		size_t kind = kind_length(one->resources[i]);
		const char *pattern = NULL;

		for (end = i + 1; kind > 0 && end < one->n_resources && kind_length(one->resources[end]) == kind &&
		     strncmp(one->resources[end], one->resources[i], kind) == 0;)
			end++;
		if (end - i > 1 && !one->exact)
			pattern = fold_group(s->arena, one->resources + i, end - i, kind, level, one->write || one->contents, &failed);
		if (pattern == NULL && end - i > 1 && !one->exact) { /* "prod-…" and "stage-…" have no prefix in common, but one each */
			size_t word = kind + strcspn(one->resources[i] + kind, "-_/.:");

			end = i + 1;
			while (end < one->n_resources && strncmp(one->resources[end], one->resources[i], word + 1) == 0)
				end++;
			if (end - i > 1)
				pattern = fold_group(s->arena, one->resources + i, end - i, kind, level, one->write || one->contents, &failed);
		}
		if (pattern != NULL && saved(one->resources + i, end - i, pattern) >= least) {
			note_fold(s, folds, one, one->resources + i, end - i, pattern);
			out[n++] = pattern;
			continue;
		}
		for (size_t k = i; k < end; k++)
			out[n++] = one->resources[k];
	}
	if (failed)
		return drift__nomem(err);
	qsort(out, n, sizeof(char *), text_order);
	one->resources = out;
	one->n_resources = drop_covered(out, n, false);
	return DRIFT_OK;
}

enum drift_status
drift__statements_fold(struct drift__statements *s, enum drift_policy_fold level, size_t least, struct drift__list_builder *folds,
	struct drift_error *err)
{
	if (level != DRIFT_FOLD_PREFIX && level != DRIFT_FOLD_SERVICE)
		return DRIFT_OK;
	for (size_t i = 0; i < s->n; i++) {
		enum drift_status st = fold_statement(s, &s->list[i], level, least, folds, err);

		if (st != DRIFT_OK)
			return st;
	}
	return join_equal(s, err);
}

/* ---- compacting ---- */

/* Bytes of "service:Verb" when the verb only reads, else 0. */
static size_t
reading_prefix(const char *action)
{
	static const char *const verbs[] = {"Describe", "List"};
	const char *colon = strchr(action, ':');

	for (size_t i = 0; colon != NULL && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (drift__starts(colon + 1, verbs[i]))
			return (size_t)(colon - action) + 1 + strlen(verbs[i]);
	}
	return 0;
}

static void
note_compact(struct drift__statements *s, struct drift__list_builder *folds, const char *const *list, size_t n, const char *pattern)
{
	struct drift__map_builder m;

	drift__map_init(&m, s->arena);
	drift__map_put(&m, "actions", texts(s->arena, list, n));
	drift__map_puts(&m, "becomes", pattern);
	drift__map_puts(&m, "adds", drift__arena_printf(s->arena, "every other reading action that begins with %.*s", (int)strlen(pattern) - 1, pattern));
	drift__list_add(folds, drift__map_finish(&m));
}

enum drift_status
drift__statements_compact(struct drift__statements *s, struct drift__list_builder *folds, struct drift_error *err)
{
	for (size_t k = 0; k < s->n; k++) {
		struct drift__statement *one = &s->list[k];
		const char **out = drift__arena_alloc(s->arena, (one->n_actions + 1) * sizeof(char *));
		size_t n = 0;

		if (out == NULL)
			return drift__nomem(err);
		for (size_t i = 0, end; i < one->n_actions; i = end) {
			size_t prefix = one->write ? 0 : reading_prefix(one->actions[i]);
			char *pattern;

			for (end = i + 1; prefix > 0 && end < one->n_actions && reading_prefix(one->actions[end]) == prefix &&
			     strncmp(one->actions[i], one->actions[end], prefix) == 0;)
				end++;
			if (end - i < 3) {
				for (size_t m = i; m < end; m++)
					out[n++] = one->actions[m];
				continue;
			}
			pattern = drift__arena_printf(s->arena, "%.*s*", (int)prefix, one->actions[i]);
			if (pattern == NULL)
				return drift__nomem(err);
			note_compact(s, folds, one->actions + i, end - i, pattern);
			out[n++] = pattern;
		}
		one->actions = out;
		one->n_actions = n;
	}
	return join_equal(s, err);
}
