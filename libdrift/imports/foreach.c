/* What a for_each key stands for, where the configuration writes it out. */
#include "imports/foreach.h"
#include "imports/hcl_read.h"

#include <string.h>

enum { LOCAL_HOPS_MAX = 4 };

static bool
find_in_files(const struct drift_value *files, const char *dir, const char *kind, const char *label1, const char *label2, const char *attribute,
	struct drift__hcl_text *value)
{
	for (size_t i = 0; i < drift_value_size(files); i++) {
		const struct drift_value *f = drift_value_at(files, i);
		const char *path = drift__value_gets(f, "path");
		struct drift__hcl_text t, body;
		size_t n;

		t.at = drift_value_text(drift_value_get(f, "text"), &n);
		if (path == NULL || t.at == NULL || !drift__hcl_in_dir(path, dir))
			continue;
		t.end = t.at + n;
		while (drift__hcl_find_block(&t, kind, label1, label2, &body)) {
			if (drift__hcl_find_entry(body, attribute, value))
				return true;
		}
	}
	return false;
}

/* The same, following locals of the module. */
static bool
open_object(struct drift__arena *a, const struct drift_value *files, const char *dir, struct drift__hcl_text value, struct drift__hcl_text *inner)
{
	for (int hop = 0; hop < LOCAL_HOPS_MAX; hop++) {
		size_t n = (size_t)(value.end - value.at);
		char *name;

		if (drift__hcl_open_object(value, inner))
			return true;
		if (n < 7 || memcmp(value.at, "local.", 6) != 0)
			return false;
		name = drift__arena_strndup(a, value.at + 6, n - 6);
		if (name == NULL || !find_in_files(files, dir, "locals", "", "", name, &value))
			return false;
	}
	return false;
}

const char *
drift__foreach_reference(struct drift__arena *a, const struct drift_value *files, const char *dir, const char *kind, const char *type,
	const char *name, const char *key, const char *member)
{
	const char *label1 = type[0] != '\0' ? type : name, *label2 = type[0] != '\0' ? name : "";
	struct drift__hcl_text value, object;

	if (!find_in_files(files, dir, kind, label1, label2, "for_each", &value) || !open_object(a, files, dir, value, &object) ||
	    !drift__hcl_find_entry(object, key, &value))
		return NULL;
	if (member[0] != '\0' && (!open_object(a, files, dir, value, &object) || !drift__hcl_find_entry(object, member, &value)))
		return NULL;
	return drift__hcl_is_reference(value) ? drift__arena_strndup(a, value.at, (size_t)(value.end - value.at)) : NULL;
}
