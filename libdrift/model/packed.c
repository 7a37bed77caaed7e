/* A value: its kind and, but for null and booleans, a length (7 bits a byte, the highest says that more follow); then the bytes of a text and a
 * NUL, or the elements. A map: the number of the one that it resembles, a bit for each member, and the values of those that differ from it; or 0,
 * its length, and keys (as texts) and values. */
#include "model/packed.h"

#include <string.h>

enum { TRUE_TAG = DRIFT_MAP + 1, WORD = 64 };

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

/* number: of the map that it resembles. */
static void
pack_alike(struct drift__buf *out, struct drift__likes *l, const struct drift_value *v, size_t number)
{
	size_t n, at = out->len, i;

	drift__likes_first(l, number, &n);
	for (i = 0; i < n; i += 8)
		drift__buf_addc(out, '\0');
	for (i = 0; i < n && out->status == DRIFT_OK; i++) {
		/* asked anew each time: packing a value adds maps, which moves them */
		if (drift__alike_same(&drift__likes_first(l, number, &n)[i].value, drift_value_at(v, i)))
			continue;
		out->data[at + i / 8] = (char)(out->data[at + i / 8] | 1 << i % 8);
		drift__pack(out, l, drift_value_at(v, i));
	}
}

static void
pack_map(struct drift__buf *out, struct drift__likes *l, const struct drift_value *v)
{
	size_t number = drift__likes_number(l, v), i;

	add_number(out, number);
	if (number != 0) {
		pack_alike(out, l, v, number);
		return;
	}
	add_number(out, v->len);
	for (i = 0; i < v->len; i++) {
		struct drift__keyed m = drift__keyed_at(v, i);

		add_text(out, m.key, m.key_len);
		drift__pack(out, l, m.value);
	}
}

void
drift__pack(struct drift__buf *out, struct drift__likes *l, const struct drift_value *v)
{
	enum drift_kind kind = drift_value_kind(v);
	size_t i;

	drift__buf_addc(out, (char)(kind == DRIFT_BOOL && v->len == 1 ? TRUE_TAG : (int)kind));
	if (kind == DRIFT_STRING || kind == DRIFT_NUMBER) {
		add_text(out, v->u.text, v->len);
	} else if (kind == DRIFT_MAP) {
		pack_map(out, l, v);
	} else if (kind == DRIFT_LIST) {
		add_number(out, v->len);
		for (i = 0; i < v->len; i++)
			drift__pack(out, l, &v->u.items[i]);
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
take_alike(struct drift__arena *a, const struct drift__likes *l, const unsigned char *p, size_t number, struct drift_value *out)
{
	const struct drift__member *base;
	uint64_t own[DRIFT__ALIKE_MOST / WORD] = {0};
	struct drift_value *values;
	size_t n, i, n_own = 0;

	base = drift__likes_first(l, number, &n);
	for (i = 0; i < n; i++) {
		if ((p[i / 8] & 1 << i % 8) == 0)
			continue;
		own[i / WORD] |= (uint64_t)1 << i % WORD;
		n_own++;
	}
	p += (n + 7) / 8;
	*out = (struct drift_value){.kind = DRIFT_MAP, .len = (uint32_t)n, .u = {.plain = base}};
	if (n_own == 0)
		return p;
	values = drift__alike_new(a, base, n, own, out);
	if (values == NULL)
		return NULL;
	for (i = 0; i < n_own && p != NULL; i++)
		p = drift__unpack(a, l, p, &values[i]);
	return p;
}

static const unsigned char *
take_map(struct drift__arena *a, const struct drift__likes *l, const unsigned char *p, struct drift_value *out)
{
	struct drift__member *members = NULL;
	size_t number, n, i;

	p = take_number(p, &number);
	if (number != 0)
		return take_alike(a, l, p, number, out);
	p = take_number(p, &n);
	if (n > 0) {
		members = drift__arena_alloc(a, n * sizeof *members);
		if (members == NULL)
			return NULL;
	}
	for (i = 0; i < n && p != NULL; i++) {
		p = take_number(p, &members[i].key_len);
		members[i].key = (const char *)p;
		p = drift__unpack(a, l, p + members[i].key_len + 1, &members[i].value);
	}
	*out = (struct drift_value){.kind = DRIFT_MAP, .len = (uint32_t)n, .u = {.plain = members}};
	return p;
}

static const unsigned char *
take_list(struct drift__arena *a, const struct drift__likes *l, const unsigned char *p, struct drift_value *out)
{
	struct drift_value *items = NULL;
	size_t n, i;

	p = take_number(p, &n);
	if (n > 0) {
		items = drift__arena_alloc(a, n * sizeof *items);
		if (items == NULL)
			return NULL;
	}
	for (i = 0; i < n && p != NULL; i++)
		p = drift__unpack(a, l, p, &items[i]);
	*out = (struct drift_value){.kind = DRIFT_LIST, .len = (uint32_t)n, .u = {.items = items}};
	return p;
}

const unsigned char *
drift__unpack(struct drift__arena *a, const struct drift__likes *l, const unsigned char *p, struct drift_value *out)
{
	unsigned char tag = *p++;
	size_t len;

	switch (tag) {
	case DRIFT_MAP:
		return take_map(a, l, p, out);
	case DRIFT_LIST:
		return take_list(a, l, p, out);
	case DRIFT_STRING:
	case DRIFT_NUMBER:
		p = take_number(p, &len);
		*out = (struct drift_value){.kind = tag, .len = (uint32_t)len, .u = {.text = (const char *)p}};
		return p + len + 1;
	default:
		*out = tag == TRUE_TAG ? drift__true : tag == DRIFT_BOOL ? drift__false : drift__null;
		return p;
	}
}
