/* A value: its kind and, but for null and booleans, a length (7 bits a byte, the highest says that more follow); then the bytes of a text and a
 * NUL, or the members. A key: its number plus one; or 0, a length, the bytes and a NUL. */
#include "model/packed.h"

#include <string.h>

/* Keys may be data as well: what is numbered has a limit. */
enum { LONGEST_NAME = 100, MOST_NAMES = 16384, TRUE_TAG = DRIFT_MAP + 1 };

void
drift__names_init(struct drift__names *n)
{
	memset(n, 0, sizeof *n);
	drift__arena_init(&n->arena, 0);
}

void
drift__names_dispose(struct drift__names *n)
{
	drift__arena_dispose(&n->arena);
	drift__free(n->list);
	drift__free(n->slots);
	memset(n, 0, sizeof *n);
}

static size_t
slot_of(const struct drift__names *n, const char *s, size_t len)
{
	uint64_t h = drift__hash_text(s, len);
	size_t i, mask = n->cap * 2 - 1;

	for (i = (size_t)(h ^ h >> 32) & mask; n->slots[i] != 0; i = (i + 1) & mask) {
		const struct drift__name_entry *e = &n->list[n->slots[i] - 1];

		if (e->len == len && memcmp(e->text, s, len) == 0)
			break;
	}
	return i;
}

static bool
grow(struct drift__names *n)
{
	size_t cap = n->cap == 0 ? 256 : n->cap * 2, i;
	struct drift__name_entry *list = drift__realloc(n->list, cap * sizeof *list);
	uint32_t *slots = drift__calloc(cap * 2, sizeof *slots);

	if (list != NULL)
		n->list = list;
	if (list == NULL || slots == NULL) {
		drift__free(slots);
		return false;
	}
	drift__free(n->slots);
	n->slots = slots;
	n->cap = cap;
	for (i = 0; i < n->n; i++)
		slots[slot_of(n, list[i].text, list[i].len)] = (uint32_t)i + 1;
	return true;
}

/* Its number plus one; 0 = it has none. */
static uint32_t
number_of(struct drift__names *n, const char *s, size_t len)
{
	const char *text;
	size_t i;

	if (len > LONGEST_NAME || (n->n == n->cap && n->n < MOST_NAMES && !grow(n)))
		return 0;
	i = slot_of(n, s, len);
	if (n->slots[i] != 0 || n->n >= MOST_NAMES)
		return n->slots[i];
	text = drift__arena_strndup(&n->arena, s, len);
	if (text == NULL)
		return 0;
	n->list[n->n] = (struct drift__name_entry){text, len};
	n->slots[i] = (uint32_t)++n->n;
	return n->slots[i];
}

static void
add_number(struct drift__buf *out, uint64_t v)
{
	for (; v >= 128; v >>= 7)
		drift__buf_addc(out, (char)(v | 128));
	drift__buf_addc(out, (char)v);
}

static void
add_text(struct drift__buf *out, const char *s, size_t len)
{
	add_number(out, len);
	drift__buf_add(out, s, len);
	drift__buf_addc(out, '\0');
}

void
drift__pack(struct drift__buf *out, struct drift__names *n, const struct drift_value *v)
{
	enum drift_kind kind = drift_value_kind(v);
	size_t i;

	drift__buf_addc(out, (char)(kind == DRIFT_BOOL && v->len == 1 ? TRUE_TAG : (int)kind));
	if (kind == DRIFT_NULL || kind == DRIFT_BOOL)
		return;
	if (kind == DRIFT_STRING || kind == DRIFT_NUMBER) {
		add_text(out, v->u.text, v->len);
		return;
	}
	add_number(out, v->len);
	for (i = 0; i < v->len; i++) {
		if (kind == DRIFT_MAP) {
			const struct drift__member *m = &v->u.members[i];
			uint32_t number = number_of(n, m->key, m->key_len);

			add_number(out, number);
			if (number == 0)
				add_text(out, m->key, m->key_len);
		}
		drift__pack(out, n, kind == DRIFT_MAP ? &v->u.members[i].value : &v->u.items[i]);
	}
}

static const unsigned char *
take_number(const unsigned char *p, size_t *out)
{
	unsigned shift = 0;

	for (*out = 0; *p >= 128; shift += 7)
		*out |= (size_t)(*p++ & 127) << shift;
	*out |= (size_t)*p << shift;
	return p + 1;
}

static const unsigned char *
take_member(struct drift__arena *a, const struct drift__names *n, const unsigned char *p, struct drift__member *m)
{
	size_t number;

	p = take_number(p, &number);
	if (number == 0) {
		p = take_number(p, &m->key_len);
		m->key = (const char *)p;
		p += m->key_len + 1;
	} else {
		m->key = n->list[number - 1].text;
		m->key_len = n->list[number - 1].len;
	}
	return drift__unpack(a, n, p, &m->value);
}

const unsigned char *
drift__unpack(struct drift__arena *a, const struct drift__names *n, const unsigned char *p, struct drift_value *out)
{
	struct drift_value *items = NULL;
	struct drift__member *members = NULL;
	size_t len = 0, i;

	*out = *p == TRUE_TAG ? drift__true : *p == DRIFT_BOOL ? drift__false : drift__null;
	out->kind = *p == TRUE_TAG ? DRIFT_BOOL : *p;
	if (*p == TRUE_TAG || *p == DRIFT_BOOL || *p == DRIFT_NULL)
		return p + 1;
	p = take_number(p + 1, &len);
	out->len = (uint32_t)len;
	if (out->kind == DRIFT_STRING || out->kind == DRIFT_NUMBER) {
		out->u.text = (const char *)p;
		return p + len + 1;
	}
	if (len == 0)
		return p;
	if (out->kind == DRIFT_LIST)
		out->u.items = items = drift__arena_alloc(a, len * sizeof *items);
	else
		out->u.members = members = drift__arena_alloc(a, len * sizeof *members);
	if (items == NULL && members == NULL)
		return NULL;
	for (i = 0; i < len && p != NULL; i++)
		p = items != NULL ? drift__unpack(a, n, p, &items[i]) : take_member(a, n, p, &members[i]);
	return p;
}
