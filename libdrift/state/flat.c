/* Flat attribute maps of states before 0.12 → nested values (internal/configs/hcl2shim/flatmap.go).
 *
 *     "name": "a"   "tags.%": "1", "tags.a/b.c": "x"   "ingress.#": "1", "ingress.77.cidr_blocks.#": "1", "ingress.77.cidr_blocks.0": "…"
 *
 * Keys are sorted with the dot before every other byte, so that what lies below a name stands behind it in one run. */
#include "state/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEVELS = 64 };

/* The value that Terraform 0.11 wrote for "known after apply". */
static const char unknown[] = "74D93920-ED26-11E3-AC10-0800200C9A66";

struct flat {
	struct drift__state_reader *r;
	struct drift__keyed *keys; /* sorted */
	const char *where;
};

/* A run of keys that all begin with the same n bytes, and a dot unless n is 0. */
struct run {
	size_t first, end, n;
};

static int
compare_members(const void *pa, const void *pb)
{
	const struct drift__keyed *a = pa, *b = pb;
	size_t i;

	for (i = 0; i < a->key_len && i < b->key_len; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] == '.' ? -1 : b->key[i] == '.' ? 1 : (unsigned char)a->key[i] - (unsigned char)b->key[i];
	return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static size_t
past_prefix(const struct run *run)
{
	return run->n > 0 ? run->n + 1 : 0;
}

/* The first component behind the prefix of run, of key i, and the run of keys that share it. */
static struct run
component(const struct flat *f, const struct run *run, size_t i, const char **name, size_t *n_name)
{
	size_t skip = past_prefix(run);
	struct run sub = {i, i + 1, 0};

	*name = f->keys[i].key + skip;
	for (*n_name = 0; skip + *n_name < f->keys[i].key_len && (*name)[*n_name] != '.'; ++*n_name)
		;
	sub.n = skip + *n_name;
	while (sub.end < run->end && f->keys[sub.end].key_len > sub.n && f->keys[sub.end].key[sub.n] == '.' &&
		memcmp(f->keys[sub.end].key, f->keys[i].key, sub.n) == 0)
		sub.end++;
	return sub;
}

static bool
is_number(const char *s, size_t n)
{
	return n > 0 && strspn(s, "0123456789") >= n;
}

static bool
is_count(const char *s, size_t n, char mark)
{
	return n == 1 && s[0] == mark;
}

static const struct drift_value *value_of(struct flat *f, struct run run, int levels);

static void
check_count(struct flat *f, const struct run *run, const struct drift_value *count, size_t members)
{
	char *end;
	const char *text = drift__value_str(count);
	unsigned long long said = text != NULL ? strtoull(text, &end, 10) : 0;

	/* "1" without members is one empty element */
	if (text == NULL || (is_number(text, count->len) && (said == members || (said == 1 && members == 0))) || strcmp(text, unknown) == 0)
		return;
	drift__reader_warn(f->r, f->where, "the count of %.*s says %.20s, and there are %zu", (int)(run->n > 80 ? 80 : run->n), f->keys[run->first].key, text,
		members);
}

/* A map's keys are the whole rest, dots included. */
static const struct drift_value *
map_of(struct flat *f, const struct run *run, const struct drift_value *count)
{
	struct drift__arena *a = &f->r->snap->arena;
	struct drift_value *v = drift__arena_zalloc(a, sizeof *v);
	struct drift__member *members = drift__arena_alloc(a, (run->end - run->first + 1) * sizeof *members);
	size_t i, n = 0, skip = past_prefix(run);

	if (v == NULL || members == NULL)
		return NULL;
	for (i = run->first; i < run->end; i++) {
		const char *rest = f->keys[i].key + skip;
		size_t n_rest = f->keys[i].key_len - skip;

		if (is_count(rest, n_rest, '%') || is_count(rest, n_rest, '#'))
			continue;
		members[n++] = (struct drift__member){rest, n_rest, *f->keys[i].value};
	}
	check_count(f, run, count, n);
	v->kind = DRIFT_MAP;
	v->len = (uint32_t)n;
	v->u.plain = members;
	return v;
}

struct element {
	struct run run;
	const char *number;
	size_t n;
};

static int
compare_elements(const void *pa, const void *pb)
{
	const struct element *a = pa, *b = pb;

	return a->n != b->n ? (a->n > b->n) - (a->n < b->n) : memcmp(a->number, b->number, a->n);
}

/* Members by number, whatever the count says: memory follows what is there. */
static const struct drift_value *
list_of(struct flat *f, const struct run *run, const struct drift_value *count, int levels)
{
	struct drift__arena *a = &f->r->snap->arena;
	struct element *elements = drift__malloc((run->end - run->first) * sizeof *elements);
	struct drift__list_builder out;
	struct drift__map_builder empty;
	size_t i, n = 0;

	if (elements == NULL)
		return NULL;
	for (i = run->first; i < run->end;) {
		elements[n].run = component(f, run, i, &elements[n].number, &elements[n].n);
		i = elements[n].run.end;
		n += is_number(elements[n].number, elements[n].n);
	}
	for (i = 0; i < n; i++) {
		size_t zeros = strspn(elements[i].number, "0");

		zeros = zeros < elements[i].n ? zeros : elements[i].n - 1;
		elements[i].number += zeros;
		elements[i].n -= zeros;
	}
	qsort(elements, n, sizeof *elements, compare_elements);
	check_count(f, run, count, n);
	drift__list_init(&out, a);
	for (i = 0; i < n; i++)
		drift__list_add(&out, value_of(f, elements[i].run, levels + 1));
	if (n == 0 && drift__streq(drift__value_str(count), "1")) {
		drift__map_init(&empty, a);
		drift__list_add(&out, drift__map_finish(&empty));
	}
	drift__free(elements);
	return drift__list_finish(&out);
}

static const struct drift_value *
object_of(struct flat *f, const struct run *run, int levels)
{
	struct drift__arena *a = &f->r->snap->arena;
	struct drift_value *v = drift__arena_zalloc(a, sizeof *v);
	struct drift__member *members = drift__arena_alloc(a, (run->end - run->first + 1) * sizeof *members);
	const struct drift_value *inner;
	struct run sub;
	size_t i, n = 0;

	if (v == NULL || members == NULL)
		return NULL;
	for (i = run->first; i < run->end; i = sub.end, n++) {
		sub = component(f, run, i, &members[n].key, &members[n].key_len);
		members[n].key = drift__arena_strndup(a, members[n].key, members[n].key_len);
		inner = value_of(f, sub, levels + 1);
		if (members[n].key == NULL || inner == NULL)
			return NULL;
		members[n].value = *inner;
	}
	v->kind = DRIFT_MAP;
	v->len = (uint32_t)n;
	v->u.plain = members;
	return v;
}

/* What stands in a run: a text, or a map, list, set or object. NULL without memory. */
static const struct drift_value *
value_of(struct flat *f, struct run run, int levels)
{
	const struct drift_value *scalar = NULL, *map = NULL, *list = NULL;
	bool named = false;
	const char *name;
	struct run sub;
	size_t i, n;

	if (levels > MAX_LEVELS) {
		drift__reader_bad(f->r, DRIFT_LIMIT, f->where, "the flat attributes are nested deeper than %d levels", MAX_LEVELS);
		return NULL;
	}
	if (run.n > 0 && f->keys[run.first].key_len == run.n)
		scalar = f->keys[run.first++].value;
	for (i = run.first; i < run.end; i = sub.end) {
		sub = component(f, &run, i, &name, &n);
		if (is_count(name, n, '%'))
			map = f->keys[i].value;
		else if (is_count(name, n, '#'))
			list = f->keys[i].value;
		else
			named = named || !is_number(name, n);
	}
	/* versions 1 and 2 counted maps with # as well: a member that is no number tells */
	if (map != NULL || (list != NULL && named))
		return map_of(f, &run, map != NULL ? map : list);
	if (list != NULL)
		return list_of(f, &run, list, levels);
	if (scalar != NULL)
		return drift__streq(drift__value_str(scalar), unknown) ? &drift__null : scalar;
	return object_of(f, &run, levels);
}

const struct drift_value *
drift__flat_nest(struct drift__state_reader *r, const struct drift_value *flat, const char *where)
{
	size_t n = drift_value_size(flat), i;
	struct flat f = {r, drift__malloc((n + 1) * sizeof *f.keys), where};
	const struct drift_value *out = NULL;

	if (f.keys == NULL) {
		drift__reader_nomem(r);
		return NULL;
	}
	for (i = 0; i < n && r->st == DRIFT_OK; i++) {
		f.keys[i] = drift__keyed_at(flat, i);
		if (f.keys[i].value->kind != DRIFT_STRING)
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "a flat attribute must be a text");
	}
	if (r->st == DRIFT_OK) {
		qsort(f.keys, n, sizeof *f.keys, compare_members);
		out = object_of(&f, &(struct run){0, n, 0}, 0);
		if (out == NULL)
			drift__reader_nomem(r);
	}
	drift__free(f.keys);
	return r->st == DRIFT_OK ? out : NULL;
}
