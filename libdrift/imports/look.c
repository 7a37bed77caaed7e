/* Values for matching: a planned value and a live one are the same object's when a person would say so. */
#include "imports/look.h"

#include <string.h>

const struct drift_value *
drift__look_path(const struct drift_value *v, const char *path)
{
	while (v != NULL) {
		size_t n = strcspn(path, ".");
		const struct drift_value *found = NULL;

		if (drift_value_kind(v) == DRIFT_LIST && drift_value_size(v) == 1) {
			v = drift_value_at(v, 0);
			continue;
		}
		found = drift_value_get(v, path); /* a key may hold dots: tags.kubernetes.io/name */
		if (found != NULL || path[n] == '\0')
			return found;
		for (size_t i = 0; i < drift_value_size(v); i++) {
			size_t len;
			const char *key = drift_value_key(v, i, &len);

			if (key != NULL && len == n && memcmp(key, path, n) == 0)
				found = drift_value_at(v, i);
		}
		v = found;
		path += n + 1;
	}
	return NULL;
}

const struct drift_value *
drift__look_live(struct drift__arena *a, const struct drift_resource *r, const char *path)
{
	const struct drift_value *v = drift__look_path(r->attributes, path);

	if (v != NULL && drift_value_kind(v) != DRIFT_NULL)
		return v;
	if (strcmp(path, "id") == 0 && r->id != NULL)
		return drift__value_string(a, r->id);
	if (strcmp(path, "arn") == 0 && r->arn != NULL)
		return drift__value_string(a, r->arn);
	if (strcmp(path, "name") == 0 && r->name != NULL && drift_value_get(r->attributes, "name") == NULL)
		return drift__value_string(a, r->name);
	if (drift__starts(path, "tags."))
		return drift_value_get(r->tags, path + 5);
	return v;
}

bool
drift__look_empty(const struct drift_value *v)
{
	double d;

	if (drift_value_kind(v) == DRIFT_BOOL)
		return !drift_value_bool(v);
	if (drift_value_kind(v) == DRIFT_NUMBER)
		return drift__value_to_double(v, &d) && d == 0;
	return drift__value_is_empty(v);
}

static bool
texts_equal(const char *a, size_t na, const char *b, size_t nb)
{
	/* some APIs drop the scheme of a URL; names of the DNS end in a dot or not */
	if (na > 8 && memcmp(a, "https://", 8) == 0) {
		a += 8;
		na -= 8;
	}
	if (nb > 8 && memcmp(b, "https://", 8) == 0) {
		b += 8;
		nb -= 8;
	}
	if (na > 1 && a[na - 1] == '.')
		na--;
	if (nb > 1 && b[nb - 1] == '.')
		nb--;
	return na == nb && memcmp(a, b, na) == 0;
}

static bool
json_equal(const char *a, size_t na, const char *b, size_t nb)
{
	struct drift__arena arena;
	struct drift__json_options opt = {.name = "value", .max_depth = 200};
	const struct drift_value *va = NULL, *vb = NULL;
	bool equal;

	if ((a[0] != '{' && a[0] != '[') || a[0] != b[0])
		return false;
	drift__arena_init(&arena, 16 << 20);
	equal = drift__json_parse(&arena, a, na, &opt, &va, NULL) == DRIFT_OK &&
		drift__json_parse(&arena, b, nb, &opt, &vb, NULL) == DRIFT_OK && drift__value_compare(va, vb) == 0;
	drift__arena_dispose(&arena);
	return equal;
}

static bool
scalars_equal(const struct drift_value *p, const struct drift_value *l)
{
	size_t np, nl;
	const char *tp = drift_value_text(p, &np), *tl = drift_value_text(l, &nl);
	double dp, dl;

	if (drift_value_kind(p) == DRIFT_NUMBER && drift_value_kind(l) == DRIFT_NUMBER)
		return drift__value_to_double(p, &dp) && drift__value_to_double(l, &dl) && dp == dl;
	if (drift_value_kind(p) == DRIFT_BOOL) {
		tp = drift_value_bool(p) ? "true" : "false";
		np = strlen(tp);
	}
	if (drift_value_kind(l) == DRIFT_BOOL) {
		tl = drift_value_bool(l) ? "true" : "false";
		nl = strlen(tl);
	}
	if (tp == NULL || tl == NULL)
		return false;
	return texts_equal(tp, np, tl, nl) || json_equal(tp, np, tl, nl);
}

static bool
lists_equal(const struct drift_value *p, const struct drift_value *l)
{
	size_t n = drift_value_size(p);
	bool *used;
	bool all = true;

	if (n != drift_value_size(l))
		return false;
	used = drift__calloc(n + 1, sizeof(*used));
	if (used == NULL)
		return false;
	for (size_t i = 0; i < n && all; i++) {
		bool found = false;

		for (size_t k = 0; k < n && !found; k++) {
			if (!used[k] && drift__look_equal(drift_value_at(p, i), drift_value_at(l, k)))
				found = used[k] = true;
		}
		all = found;
	}
	drift__free(used);
	return all;
}

bool
drift__look_equal(const struct drift_value *p, const struct drift_value *l)
{
	if (drift__look_empty(p) && drift__look_empty(l))
		return true;
	if (drift_value_kind(p) == DRIFT_LIST && drift_value_kind(l) == DRIFT_LIST)
		return lists_equal(p, l);
	if (drift_value_kind(p) == DRIFT_MAP && drift_value_kind(l) == DRIFT_MAP) {
		for (size_t i = 0; i < drift_value_size(p); i++) {
			size_t len;
			const char *key = drift_value_key(p, i, &len);

			if (!drift__look_empty(drift_value_at(p, i)) && !drift__look_equal(drift_value_at(p, i), drift_value_get(l, key)))
				return false;
		}
		return true;
	}
	return scalars_equal(p, l);
}

const char *
drift__look_next_identity(const struct drift_resource *r, size_t *at)
{
	const char *const own[] = {r->id, r->arn, r->name, r->import_id};
	size_t n_own = sizeof(own) / sizeof(own[0]), n_keys = drift__texts_count(r->keys), n = drift_value_size(r->attributes);

	while (*at < n_own + n_keys + n) {
		size_t i = (*at)++;
		const char *text = i < n_own ? own[i] : i < n_own + n_keys ? r->keys[i - n_own] : NULL;

		if (i >= n_own + n_keys) { /* other names that a reference may use: key_id, repository_url, name, … */
			const char *key = drift_value_key(r->attributes, i - n_own - n_keys, NULL);

			if (drift__ends(key, "id") || drift__ends(key, "arn") || drift__ends(key, "name") || drift__ends(key, "url"))
				text = drift__value_str(drift_value_at(r->attributes, i - n_own - n_keys));
		}
		if (text != NULL)
			return text;
	}
	return NULL;
}

bool
drift__look_is_identity(struct drift__arena *a, const struct drift_resource *r, const char *attribute, const char *text)
{
	if (attribute != NULL)
		return drift__streq(drift__value_str(drift__look_live(a, r, attribute)), text);
	for (size_t at = 0; (attribute = drift__look_next_identity(r, &at)) != NULL;) {
		if (strcmp(attribute, text) == 0)
			return true;
	}
	return false;
}

const char *
drift__look_next_held(const struct drift_resource *r, size_t *at)
{
	const char *const names[] = {r->arn, r->id, r->name};

	while (*at < sizeof(names) / sizeof(names[0])) {
		const char *name = names[(*at)++];

		if (name != NULL && strlen(name) >= DRIFT__HELD_MIN)
			return name;
	}
	return NULL;
}

bool
drift__look_holds_identity(const struct drift_resource *r, const char *text)
{
	const char *name;

	for (size_t at = 0; (name = drift__look_next_held(r, &at)) != NULL;) {
		if (strstr(text, name) != NULL)
			return true;
	}
	return false;
}
