/* What may be shown: values with their secrets replaced.
 *
 * Secret is what the provider's schema, the state (sensitive_attributes) or the catalogue says, and what calls itself a secret: a member
 * or a {name, value} pair with a telling name, also inside JSON texts (environment variables of container definitions). */
#include "diff/compare.h"

#include "model/sealed.h"
#include "model/telling.h"

#include <string.h>

/* Whether attribute is prefix or lies in it. */
static bool
lies_in(const char *attribute, const char *prefix)
{
	size_t n = strlen(prefix);

	return n > 0 && strncmp(attribute, prefix, n) == 0 && (attribute[n] == '\0' || attribute[n] == '.');
}

/* The path of sensitive_attributes (a list of steps) against a dotted name: positions are left out. */
static bool
path_covers(const struct drift_value *path, const char *attribute)
{
	size_t i, n;
	bool any = false;

	for (i = 0; i < drift_value_size(path); i++) {
		const char *step = drift__value_str(drift_value_at(path, i));

		if (step == NULL)
			continue;
		n = strlen(step);
		if (strncmp(attribute, step, n) != 0 || (attribute[n] != '\0' && attribute[n] != '.'))
			return false;
		attribute += attribute[n] == '.' ? n + 1 : n;
		any = true;
	}
	return any;
}

bool
drift__is_secret(const struct drift__compare *c, const struct drift__node *n, const char *attribute)
{
	const struct drift_value *secret = c->in->rules->secret;
	size_t i;

	if (drift__node_sensitive(n))
		return true;
	for (i = 0; i < drift_value_size(secret); i++) {
		const char *name = drift__value_str(drift_value_at(secret, i));

		if (name != NULL && lies_in(attribute, name))
			return true;
	}
	for (i = 0; i < drift_value_size(c->in->sensitive); i++)
		if (path_covers(drift_value_at(c->in->sensitive, i), attribute))
			return true;
	return false;
}

static const struct drift_value *
by_schema(struct drift__compare *c, const struct drift__node *n, const char *attribute, const struct drift_value *v, bool *masked)
{
	struct drift__node inner;
	struct drift__map_builder m;
	struct drift__list_builder b;
	const char *name;
	size_t i, k, len;

	if (drift__value_is_empty(v))
		return v != NULL ? v : &drift__null;
	if (drift__is_secret(c, n, attribute) || drift__is_sealed(v)) {
		*masked = true;
		return &drift__mask;
	}
	if (v->kind == DRIFT_LIST) {
		inner = n->kind == DRIFT__NODE_LIST || n->kind == DRIFT__NODE_SET ? drift__node_element(n) : *n;
		drift__list_init(&b, c->arena);
		for (i = 0; i < v->len; i++)
			drift__list_add(&b, by_schema(c, &inner, attribute, drift_value_at(v, i), masked));
		return drift__list_finish(&b);
	}
	if (v->kind != DRIFT_MAP)
		return v;
	drift__map_init(&m, c->arena);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &len), *below = drift__arena_printf(c->scratch, "%s.%s", attribute, key);
		struct drift__node node = drift__node_element(n);

		for (k = 0; drift__node_member(n, k, &name, &inner); k++)
			if (strcmp(name, key) == 0)
				node = inner;
		if (below == NULL)
			m.failed = true;
		else
			drift__map_putn(&m, key, len, by_schema(c, &node, below, drift_value_at(v, i), masked));
	}
	return drift__map_finish(&m);
}

const struct drift_value *
drift__masked(struct drift__compare *c, const struct drift__place *p, const struct drift_value *v, bool *masked)
{
	const struct drift_value *shown = by_schema(c, &p->node, p->attribute, v, masked);
	const char *last = strrchr(p->attribute, '.');

	/* a member of a map of texts has only its name to tell */
	if (shown != NULL && p->node.kind == DRIFT__NODE_STRING && p->node.flags[0] == '\0' && last != NULL && drift__may_be_secret(shown) &&
		drift__telling_name(last + 1)) {
		*masked = true;
		return &drift__mask;
	}
	if (shown != NULL)
		shown = drift__without_secrets(c->arena, shown, masked);
	return shown != NULL ? drift__value_copy(c->arena, shown) : NULL;
}
