/* Values: deep copies, in full or of what differs from others (alike.h). */
#include "model/alike.h"

static bool
copy_list(struct drift__arena *a, struct drift__likes *l, struct drift_value *to, const struct drift_value *from)
{
	struct drift_value *items = drift__arena_alloc(a, from->len * sizeof *items);
	uint32_t i;

	for (i = 0; items != NULL && i < from->len; i++)
		if (!drift__copy_into(a, l, &items[i], &from->u.items[i]))
			return false;
	to->u.items = items;
	return items != NULL;
}

/* Of what resembles another only a part is kept, so its members are made aside. */
static bool
copy_map(struct drift__arena *a, struct drift__likes *l, struct drift_value *to, const struct drift_value *from)
{
	size_t bytes = from->len * sizeof(struct drift__member);
	struct drift__member *members = l != NULL ? drift__malloc(bytes) : drift__arena_alloc(a, bytes);
	bool good = members != NULL;
	uint32_t i;

	for (i = 0; good && i < from->len; i++) {
		struct drift__keyed k = drift__keyed_at(from, i);

		members[i].key = drift__arena_name(a, k.key, k.key_len);
		members[i].key_len = k.key_len;
		good = members[i].key != NULL && drift__copy_into(a, l, &members[i].value, k.value);
	}
	if (l == NULL) {
		to->alike = false;
		to->u.plain = members;
		return good;
	}
	good = good && drift__likes_map(l, members, from->len, to);
	drift__free(members);
	return good;
}

/* Depth is bounded by the JSON reader's nesting limit. */
bool
drift__copy_into(struct drift__arena *a, struct drift__likes *l, struct drift_value *to, const struct drift_value *from)
{
	*to = *from;
	switch ((enum drift_kind)from->kind) {
	case DRIFT_NULL:
	case DRIFT_BOOL:
		return true;
	case DRIFT_NUMBER:
	case DRIFT_STRING:
		to->u.text = l != NULL ? drift__likes_text(l, from->u.text, from->len) : drift__arena_strndup(a, from->u.text, from->len);
		return to->u.text != NULL;
	case DRIFT_LIST:
		return from->len == 0 || copy_list(a, l, to, from);
	case DRIFT_MAP:
		return from->len == 0 || copy_map(a, l, to, from);
	}
	return false;
}

static const struct drift_value *
copy(struct drift__arena *a, struct drift__likes *l, const struct drift_value *v)
{
	struct drift_value *made;

	if (drift_value_kind(v) == DRIFT_NULL)
		return &drift__null;
	made = drift__arena_alloc(a, sizeof *made);
	return made != NULL && drift__copy_into(a, l, made, v) ? made : NULL;
}

const struct drift_value *
drift__value_copy(struct drift__arena *a, const struct drift_value *v)
{
	return copy(a, NULL, v);
}

const struct drift_value *
drift__likes_copy(struct drift__likes *l, const struct drift_value *v)
{
	return copy(l->arena, l, v);
}
