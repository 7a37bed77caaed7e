/* JSON text → values.
 *
 * It is strict (RFC 8259), keeps the digits of numbers, takes the last of equal keys, keeps NUL in strings, says line
 * and column, and does not recurse: what is open stands on a stack of its own. cJSON can't do these for a state file; see
 * docs/architecture.md, "Why JSON is read by our own reader".
 *
 * States of the loop: before a value, or after one. Closing a bracket turns the scratch entries above the frame's start
 * into one array in the arena. */
#include "model/alike.h"
#include "model/json_reader.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 10000, /* Go's encoding/json, which Terraform reads states with */ HASH_FROM = 24 };

static void
skip_space(struct drift__json_reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

static bool
push_scratch(struct drift__json_reader *r, const struct drift_value *v)
{
	if (r->opt->max_memory != 0 && r->arena->total_bytes - r->arena_before + r->n_scratch * sizeof *r->scratch > r->opt->max_memory)
		return drift__json_fail(r, r->p, DRIFT_LIMIT, "the values need more memory than such a text should");
	if (r->n_scratch == r->cap_scratch) {
		size_t cap = r->cap_scratch == 0 ? 256 : r->cap_scratch * 2;
		struct drift__member *more = drift__realloc(r->scratch, cap * sizeof *more);

		if (more == NULL)
			return drift__json_nomem(r);
		r->scratch = more;
		r->cap_scratch = cap;
	}
	r->scratch[r->n_scratch].key = r->key;
	r->scratch[r->n_scratch].key_len = r->key_len;
	r->scratch[r->n_scratch].value = *v;
	r->n_scratch++;
	return true;
}

static bool
push_frame(struct drift__json_reader *r, bool is_map)
{
	size_t max = r->opt->max_depth != 0 ? r->opt->max_depth : MAX_DEPTH;
	struct drift_value container = drift__null;

	if (r->n_frames >= max)
		return drift__json_fail(r, r->p, DRIFT_LIMIT, "the JSON is nested too deeply");
	if (r->n_frames == r->cap_frames) {
		size_t cap = r->cap_frames == 0 ? 32 : r->cap_frames * 2;
		struct drift__json_frame *more = drift__realloc(r->frames, cap * sizeof *more);

		if (more == NULL)
			return drift__json_nomem(r);
		r->frames = more;
		r->cap_frames = cap;
	}
	/* the entry that will hold the container itself keeps the key it was opened under */
	if (!push_scratch(r, &container))
		return false;
	r->frames[r->n_frames].start = r->n_scratch;
	r->frames[r->n_frames].is_map = is_map;
	r->n_frames++;
	return true;
}

/* By key, equal keys as they stand. */
static int
member_order(const void *pa, const void *pb)
{
	const struct drift__member *a = *(const struct drift__member *const *)pa, *b = *(const struct drift__member *const *)pb;
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int c = memcmp(a->key, b->key, n);

	if (c == 0)
		c = (a->key_len > b->key_len) - (a->key_len < b->key_len);
	return c != 0 ? c : (a > b) - (a < b);
}

static bool
same_key(const struct drift__member *a, const struct drift__member *b)
{
	return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

/* m: with the key taken off those that are dropped. */
static void
note_equal_keys(struct drift__json_reader *r, const struct drift__member *m, size_t n)
{
	size_t i, before = r->opt->notes->equal_keys;

	for (i = 0; i < n; i++)
		r->opt->notes->equal_keys += m[i].key == NULL;
	if (before == 0)
		r->opt->notes->equal_line = drift__json_line(r);
}

/* Of equal keys the last value wins, in the place of the first, as a Go map and Terraform have it. */
static bool
drop_duplicates(struct drift__json_reader *r, struct drift__member *m, size_t *n)
{
	const struct drift__member **sorted = NULL;
	bool duplicates = false;
	size_t i, j, kept;

	if (*n >= HASH_FROM) {
		/* sorting finds out cheaply whether there is anything to do */
		sorted = drift__malloc(*n * sizeof *sorted);
		if (sorted == NULL)
			return drift__json_nomem(r);
		for (i = 0; i < *n; i++)
			sorted[i] = &m[i];
		qsort(sorted, *n, sizeof *sorted, member_order);
		for (i = 1; i < *n; i++)
			duplicates = duplicates || same_key(sorted[i - 1], sorted[i]);
		if (duplicates) {
			/* equal keys stand side by side in text order: the first of a run takes the value of its last */
			for (i = 0; i < *n; i = j) {
				for (j = i + 1; j < *n && same_key(sorted[i], sorted[j]); j++)
					;
				if (j - i > 1) {
					((struct drift__member *)(uintptr_t)sorted[i])->value = sorted[j - 1]->value;
					for (kept = i + 1; kept < j; kept++)
						((struct drift__member *)(uintptr_t)sorted[kept])->key = NULL;
				}
			}
		}
		drift__free(sorted);
	} else {
		for (i = 1; i < *n; i++) {
			for (j = 0; j < i; j++) {
				if (m[j].key != NULL && same_key(&m[j], &m[i])) {
					m[j].value = m[i].value;
					m[i].key = NULL;
					duplicates = true;
					break;
				}
			}
		}
	}
	if (duplicates && r->opt->unique_keys)
		return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "the object that ends here names a key twice");
	if (duplicates && r->opt->notes != NULL)
		note_equal_keys(r, m, *n);
	for (i = kept = 0; duplicates && i < *n; i++)
		if (m[i].key != NULL)
			m[kept++] = m[i];
	if (duplicates)
		*n = kept;
	return true;
}

static bool
close_list(struct drift__json_reader *r, struct drift__member *first, size_t n, struct drift_value *v)
{
	struct drift_value *items = drift__arena_alloc(r->arena, n * sizeof *items);
	size_t i;

	if (items == NULL)
		return drift__json_nomem(r);
	for (i = 0; i < n; i++)
		items[i] = first[i].value;
	v->u.items = items;
	v->len = (uint32_t)n;
	return true;
}

static bool
close_map(struct drift__json_reader *r, struct drift__member *first, size_t n, struct drift_value *v)
{
	struct drift__member *members;

	if (!drop_duplicates(r, first, &n))
		return false;
	if (r->opt->likes != NULL)
		return drift__likes_map(r->opt->likes, first, n, v) || drift__json_nomem(r);
	members = drift__arena_alloc(r->arena, n * sizeof *members);
	if (members == NULL)
		return drift__json_nomem(r);
	memcpy(members, first, n * sizeof *members);
	v->u.plain = members;
	v->len = (uint32_t)n;
	return true;
}

static bool
close_container(struct drift__json_reader *r)
{
	struct drift__json_frame *f = &r->frames[--r->n_frames];
	struct drift_value v = {.kind = f->is_map ? DRIFT_MAP : DRIFT_LIST};
	size_t n = r->n_scratch - f->start;

	if (n > UINT32_MAX)
		return drift__json_fail(r, r->p, DRIFT_LIMIT, "a list or an object is too long");
	if (n > 0 && !(f->is_map ? close_map(r, r->scratch + f->start, n, &v) : close_list(r, r->scratch + f->start, n, &v)))
		return false;
	r->n_scratch = f->start;
	r->scratch[f->start - 1].value = v;
	r->p++;
	return true;
}

static size_t
key_slot(const char *key, size_t n)
{
	return ((size_t)(unsigned char)key[0] * 7 + (size_t)(unsigned char)key[n - 1] * 31 + (size_t)(unsigned char)key[n / 2] * 3 + n) % DRIFT__JSON_LAST_KEYS;
}

/* Remembers the key, unless it stands otherwise in the text than it is. */
static bool
read_new_key(struct drift__json_reader *r)
{
	const char *start = r->p + 1;
	size_t n, slot;

	if (!drift__json_read_string(r, &r->key, &r->key_len))
		return false;
	n = (size_t)(r->p - 1 - start);
	if (n == 0 || n != r->key_len || memcmp(start, r->key, n) != 0 || memchr(start, '\\', n) != NULL)
		return true;
	slot = key_slot(start, n);
	r->last_keys[slot].text = r->key;
	r->last_keys[slot].len = n;
	return true;
}

/* A key without escapes that was read a short while ago. */
static bool
read_known_key(struct drift__json_reader *r)
{
	const char *start = r->p + 1, *quote = memchr(start, '"', (size_t)(r->end - start));
	size_t n = quote != NULL ? (size_t)(quote - start) : 0, slot;

	if (n == 0)
		return false;
	slot = key_slot(start, n);
	if (r->last_keys[slot].len != n || memcmp(r->last_keys[slot].text, start, n) != 0)
		return false;
	r->key = r->last_keys[slot].text;
	r->key_len = n;
	r->p = quote + 1;
	return true;
}

/* Reads `"key" :` and keeps the key for the value that follows. */
static bool
read_key(struct drift__json_reader *r)
{
	if (r->p >= r->end || *r->p != '"')
		return drift__json_fail(r, r->p, DRIFT_BAD_JSON, r->p >= r->end ? "the text ends inside an object" : "an object key in quotes is expected here");
	if (!read_known_key(r) && !read_new_key(r))
		return false;
	skip_space(r);
	if (r->p >= r->end || *r->p != ':')
		return drift__json_fail(r, r->p, DRIFT_BAD_JSON, "a colon is expected behind the object key");
	r->p++;
	skip_space(r);
	return true;
}

/* Reads a scalar or opens a container. *opened tells which. */
static bool
read_value(struct drift__json_reader *r, bool *opened)
{
	struct drift_value v = drift__null;
	const char *at = r->p;
	size_t n;

	*opened = false;
	if (r->p < r->end && (*r->p == '{' || *r->p == '[')) {
		*opened = true;
		if (!push_frame(r, *r->p == '{'))
			return false;
		r->p++;
		return true;
	}
	if (r->p < r->end && *r->p == '"') {
		if (!drift__json_read_string(r, &v.u.text, &n))
			return false;
		if (n > UINT32_MAX)
			return drift__json_fail(r, at, DRIFT_LIMIT, "a string is too long");
		v.kind = DRIFT_STRING;
		v.len = (uint32_t)n;
	} else if (r->p < r->end && (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))) {
		if (!drift__json_read_number(r, &v))
			return false;
	} else if (!drift__json_read_word(r, &v)) {
		return false;
	}
	return push_scratch(r, &v);
}

/* After a value inside a container: comma and next member, or the closing brackets. Returns with *done when all is closed. */
static bool
after_value(struct drift__json_reader *r, bool *done)
{
	for (;;) {
		const struct drift__json_frame *f;

		if (r->n_frames == 0) {
			*done = true;
			return true;
		}
		f = &r->frames[r->n_frames - 1];
		skip_space(r);
		if (r->p < r->end && *r->p == ',') {
			r->p++;
			skip_space(r);
			return !f->is_map || read_key(r);
		}
		if (r->p >= r->end || *r->p != (f->is_map ? '}' : ']'))
			return drift__json_fail(r, r->p, DRIFT_BAD_JSON, r->p >= r->end ? "the text ends inside a list or an object" : "a comma or a closing bracket is expected here");
		if (!close_container(r))
			return false;
	}
}

static bool
read_document(struct drift__json_reader *r)
{
	bool done = false, opened;

	skip_space(r);
	while (!done) {
		if (!read_value(r, &opened))
			return false;
		if (opened) {
			const struct drift__json_frame *f = &r->frames[r->n_frames - 1];

			skip_space(r);
			if (r->p < r->end && *r->p == (f->is_map ? '}' : ']')) {
				if (!close_container(r))
					return false;
			} else if (f->is_map) {
				if (!read_key(r))
					return false;
				continue;
			} else {
				continue;
			}
		}
		if (!after_value(r, &done))
			return false;
	}
	if (r->opt->allow_trailing) {
		if (r->opt->consumed != NULL)
			*r->opt->consumed = (size_t)(r->p - r->text);
		return true;
	}
	skip_space(r);
	return r->p == r->end || drift__json_fail(r, r->p, DRIFT_BAD_JSON, "there is more text behind the end of the JSON value");
}

enum drift_status
drift__json_parse(struct drift__arena *a, const char *text, size_t n, const struct drift__json_options *opt,
	const struct drift_value **out, struct drift_error *err)
{
	static const struct drift__json_options defaults = {0};
	struct drift__json_reader r = {.opt = opt != NULL ? opt : &defaults, .arena = a, .arena_before = a->total_bytes, .text = text, .p = text, .end = text + n, .err = err};
	struct drift_value *root;

	drift__buf_init(&r.string, SIZE_MAX / 2);
	if (read_document(&r)) {
		root = drift__arena_alloc(a, sizeof *root);
		if (root != NULL) {
			*root = r.scratch[0].value;
			*out = root;
		} else {
			drift__json_nomem(&r);
		}
	}
	drift__buf_dispose(&r.string);
	drift__free(r.scratch);
	drift__free(r.frames);
	return r.status;
}
