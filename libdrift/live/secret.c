/* Which attributes of a type are secret: what the provider's schema marks, and what the entry's `secret` adds. */
#include "live/engine.h"

#include <string.h>

static bool
is_sensitive(const struct drift_value *node)
{
	const char *flags = drift_value_kind(node) == DRIFT_LIST ? drift__value_str(drift_value_at(node, 1)) :
		drift__value_gets(node, "flags");

	return flags != NULL && strspn(flags, "ROCSD") == strlen(flags) && strchr(flags, 'S') != NULL;
}

static const struct drift_value *
dotted_to_path(struct drift__arena *a, const char *dotted)
{
	struct drift__list_builder path;

	drift__list_init(&path, a);
	while (dotted != NULL && *dotted != '\0') {
		size_t n = strcspn(dotted, ".");

		drift__list_add(&path, drift__value_stringn(a, dotted, n));
		dotted += n + (dotted[n] == '.');
	}
	return drift__list_finish(&path);
}

/* Blocks nest at most a dozen levels deep in any provider. */
static void
add_marked(struct drift__arena *a, struct drift__list_builder *out, const struct drift_value *members, const char *prefix, int levels)
{
	size_t i;

	for (i = 0; drift_value_kind(members) == DRIFT_MAP && i < members->len && levels > 0; i++) {
		const struct drift_value *node = drift_value_at(members, i);
		const char *name = drift__arena_printf(a, "%s%s%s", prefix, *prefix != '\0' ? "." : "", drift_value_key(members, i, NULL));

		if (name == NULL)
			out->failed = true;
		else if (is_sensitive(node))
			drift__list_add(out, dotted_to_path(a, name));
		else
			add_marked(a, out, drift_value_get(node, "block"), name, levels - 1);
	}
}

const struct drift_value *
drift__secret_paths(const struct drift__type *t, struct drift__arena *a)
{
	const struct drift_value *secret = drift_value_get(t->entry, "secret");
	struct drift__list_builder out;
	size_t i;

	drift__list_init(&out, a);
	add_marked(a, &out, t->schema, "", 32);
	for (i = 0; i < drift_value_size(secret); i++)
		drift__list_add(&out, dotted_to_path(a, drift__value_str(drift_value_at(secret, i))));
	return drift__list_finish(&out);
}
