/* Output of one page → input of the next; pages → one output.
 *
 * A token is a path into the output: "NextToken", "DistributionList.NextMarker", "DeliveryStreamNames[-1]", "NextMarker || Contents[-1].Key". */
#include "aws/codec.h"

#include <string.h>

/* ---- paths ---- */

/* One name of at most n bytes, perhaps with [-1] behind it. */
static const struct drift_value *
step(const struct drift_value *v, const char *name, size_t n)
{
	bool last = n > 4 && memcmp(name + n - 4, "[-1]", 4) == 0;
	const char *key;
	size_t i, n_key;

	if (last)
		n -= 4;
	for (i = 0; drift_value_kind(v) == DRIFT_MAP && i < drift_value_size(v); i++) {
		key = drift_value_key(v, i, &n_key);
		if (n_key == n && memcmp(key, name, n) == 0) {
			v = drift_value_at(v, i);
			return last ? drift_value_at(v, drift_value_size(v) - 1) : v;
		}
	}
	return NULL;
}

static const struct drift_value *
follow_one(const struct drift_value *v, const char *path, size_t n)
{
	size_t part;

	while (v != NULL && n > 0) {
		const char *dot = memchr(path, '.', n);

		part = dot != NULL ? (size_t)(dot - path) : n;
		v = step(v, path, part);
		path += part + (dot != NULL);
		n -= part + (dot != NULL);
	}
	return v;
}

static const struct drift_value *
follow(const struct drift_value *v, const char *path)
{
	const struct drift_value *found;
	const char *or;

	for (;;) {
		or = strstr(path, " || ");
		found = follow_one(v, path, or != NULL ? (size_t)(or - path) : strlen(path));
		if (or == NULL || !drift__value_is_empty(found))
			return found;
		path = or + strlen(" || ");
	}
}

/* ---- the next page ---- */

static bool
says_more(const struct drift__pager *p, const struct drift_value *output)
{
	const struct drift_value *v;

	if (p->more == NULL)
		return true;
	v = follow(output, p->more);
	return drift_value_bool(v) || drift__streq(drift__value_str(v), "true");
}

/* A string list of names cannot hold n of a name twice: members of input that are tokens are left out, then the new ones added. */
static bool
is_token(const struct drift__pager *p, const char *name)
{
	size_t i;

	for (i = 0; i < drift_value_size(p->input_tokens); i++)
		if (drift__streq(drift__value_str(drift_value_at(p->input_tokens, i)), name))
			return true;
	return false;
}

enum drift_status
drift__pager_next(const struct drift__operation *op, const struct drift_value *input, const struct drift_value *output,
	struct drift__arena *a, const struct drift_value **next, struct drift_error *err)
{
	const struct drift__pager *p = &op->pager;
	const struct drift_value *token;
	struct drift__map_builder m;
	bool any = false, same = true;
	const char *name;
	size_t i;

	if (p->input_tokens == NULL || !says_more(p, output)) {
		*next = NULL;
		return DRIFT_OK;
	}
	drift__map_init(&m, a);
	for (i = 0; i < drift_value_size(input); i++)
		if (!is_token(p, drift_value_key(input, i, NULL)))
			drift__map_put(&m, drift_value_key(input, i, NULL), drift_value_at(input, i));
	for (i = 0; i < drift_value_size(p->input_tokens); i++) {
		name = drift__value_str(drift_value_at(p->input_tokens, i));
		token = follow(output, drift__value_str(drift_value_at(p->output_tokens, i)));
		if (drift__value_is_empty(token))
			token = NULL;
		same = same && drift_value_equal(token, drift_value_get(input, name));
		if (token != NULL)
			drift__map_put(&m, name, token);
		any = any || token != NULL;
	}
	if (!any || same)
		drift__map_dispose(&m);
	if (!any) {
		*next = NULL;
		return DRIFT_OK;
	}
	if (same)
		return drift__fail(err, DRIFT_BAD_REPLY, op->name, "the reply repeats the page token that was sent: the list would never end");
	token = drift__map_finish(&m);
	if (token == NULL)
		return drift__nomem(err);
	*next = token;
	return DRIFT_OK;
}

/* ---- all pages as one ---- */

struct pages {
	const struct drift_value *const *items;
	size_t n;
	struct drift__arena *arena;
};

static const struct drift_value *
join_lists(const struct pages *pages, const char *path)
{
	struct drift__list_builder list;
	const struct drift_value *part;
	size_t i, j;

	drift__list_init(&list, pages->arena);
	for (i = 0; i < pages->n; i++) {
		part = follow(pages->items[i], path);
		for (j = 0; drift_value_kind(part) == DRIFT_LIST && j < drift_value_size(part); j++)
			drift__list_add(&list, drift_value_at(part, j));
	}
	return drift__list_finish(&list);
}

/* For results that are maps: of equal keys the first page's. */
static const struct drift_value *
join_maps(const struct pages *pages, const char *path)
{
	struct drift__map_builder m;
	const struct drift_value *part;
	size_t i, j, n;

	drift__map_init(&m, pages->arena);
	for (i = pages->n; i-- > 0;) {
		part = follow(pages->items[i], path);
		for (j = 0; drift_value_kind(part) == DRIFT_MAP && j < drift_value_size(part); j++) {
			const char *key = drift_value_key(part, j, &n);

			drift__map_putn(&m, key, n, drift_value_at(part, j));
		}
	}
	return drift__map_finish(&m);
}

/* The kind is that of the first page that has the member; a number or a text is the first page's. */
static const struct drift_value *
join(const struct pages *pages, const char *path)
{
	const struct drift_value *first = NULL;
	size_t i;

	for (i = 0; i < pages->n && drift_value_kind(first) == DRIFT_NULL; i++)
		first = follow(pages->items[i], path);
	if (drift_value_kind(first) == DRIFT_LIST)
		return join_lists(pages, path);
	return drift_value_kind(first) == DRIFT_MAP ? join_maps(pages, path) : first;
}

/* whole with the member at path replaced, or left out when with is NULL. NULL without memory. */
static const struct drift_value *
replace(struct drift__arena *a, const struct drift_value *whole, const char *path, const struct drift_value *with)
{
	size_t part = strcspn(path, "."), i, n;
	const struct drift_value *old = step(whole, path, part);
	struct drift__map_builder m;
	const char *key;

	if (path[part] == '.' && drift_value_kind(old) == DRIFT_MAP) {
		with = replace(a, old, path + part + 1, with);
		if (with == NULL)
			return NULL;
	} else if (path[part] == '.') {
		return whole;
	}
	drift__map_init(&m, a);
	for (i = 0; i < drift_value_size(whole); i++) {
		key = drift_value_key(whole, i, &n);
		if (n != part || memcmp(key, path, n) != 0)
			drift__map_putn(&m, key, n, drift_value_at(whole, i));
	}
	if (with != NULL)
		drift__map_putn(&m, path, part, with);
	return drift__map_finish(&m);
}

enum drift_status
drift__pager_merge(const struct drift__operation *op, const struct drift_value *const *list, size_t n_pages, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err)
{
	const struct drift__pager *p = &op->pager;
	struct pages pages = {list, n_pages, a};
	const struct drift_value *whole = list[0], *joined;
	const char *path;
	size_t i;

	for (i = 0; n_pages > 1 && whole != NULL && i < drift_value_size(p->result_keys); i++) {
		path = drift__value_str(drift_value_at(p->result_keys, i));
		joined = join(&pages, path);
		if (joined != NULL)
			whole = replace(a, whole, path, joined);
	}
	for (i = 0; p->input_tokens != NULL && whole != NULL && i < drift_value_size(p->output_tokens); i++) {
		path = drift__value_str(drift_value_at(p->output_tokens, i));
		/* a token that is an element of the result is no member to leave out */
		if (strpbrk(path, "[|") == NULL && drift_value_kind(follow(whole, path)) != DRIFT_NULL)
			whole = replace(a, whole, path, NULL);
	}
	if (whole != NULL && p->more != NULL && drift_value_kind(follow(whole, p->more)) != DRIFT_NULL)
		whole = replace(a, whole, p->more, &drift__false);
	if (whole == NULL)
		return drift__nomem(err);
	*out = whole;
	return DRIFT_OK;
}
