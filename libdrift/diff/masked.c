/* What may be shown: values with their secrets replaced.
 *
 * Secret is what the provider's schema, the state (sensitive_attributes) or the catalogue says, and what calls itself a secret: a member
 * or a {name, value} pair with a telling name, also inside JSON texts (environment variables of container definitions). */
#include "diff/compare.h"

#include "model/sealed.h"

#include <ctype.h>
#include <string.h>

static const struct drift_value mask = {DRIFT_STRING, 11, {.text = "(sensitive)"}};

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

/* Names like DB_PASSWORD, apiToken, client-secret, private_key. */
static bool
telling_name(const char *name)
{
	static const char *const words[] = {"password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "accesskey",
		"credential", "connectionstring"};
	char flat[128];
	size_t i, n = 0;

	for (; *name != '\0' && n + 1 < sizeof flat; name++)
		if (isalnum((unsigned char)*name))
			flat[n++] = (char)tolower((unsigned char)*name);
	flat[n] = '\0';
	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strstr(flat, words[i]) != NULL)
			return true;
	return false;
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

static const struct drift_value *by_name(struct drift__compare *c, const struct drift_value *v, bool *masked);

/* JSON in a text: written anew only when something in it had to go. */
static const struct drift_value *
json_by_name(struct drift__compare *c, const struct drift_value *v, bool *masked)
{
	struct drift__json_options opt = {.name = "value", .max_depth = 200, .lenient_utf8 = true};
	struct drift__buf b = DRIFT__BUF_INIT((size_t)64 << 20);
	const struct drift_value *inner, *clean, *out = v;
	bool inside = false;
	enum drift_status st;

	if (v->len < 2 || (v->u.text[0] != '{' && v->u.text[0] != '['))
		return v;
	st = drift__json_parse(c->scratch, v->u.text, v->len, &opt, &inner, NULL);
	if (st != DRIFT_OK)
		return st == DRIFT_NOMEM ? NULL : v;
	clean = by_name(c, inner, &inside);
	if (clean == NULL)
		return NULL;
	if (inside) {
		drift__json_write(&b, clean, 0, false);
		out = b.status == DRIFT_OK ? drift__value_stringn(c->arena, b.data, b.len) : NULL;
		*masked = true;
	}
	drift__buf_dispose(&b);
	return out;
}

/* Only texts can be secrets by name: `password_length: 14` or `force_secret: true` are settings. An ARN says where a secret is. */
static bool
worth_hiding(const struct drift_value *v)
{
	return drift_value_kind(v) == DRIFT_STRING && v->len > 0 && !drift__starts(v->u.text, "arn:");
}

static const struct drift_value *
map_by_name(struct drift__compare *c, const struct drift_value *v, bool *masked)
{
	const char *pair = drift__value_gets(v, "name");
	struct drift__map_builder m;
	size_t i, n;

	if (pair == NULL)
		pair = drift__value_gets(v, "Name");
	drift__map_init(&m, c->arena);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);
		const struct drift_value *item = drift_value_at(v, i);
		bool value = pair != NULL && (strcmp(key, "value") == 0 || strcmp(key, "Value") == 0);

		if (worth_hiding(item) && (telling_name(key) || (value && telling_name(pair)))) {
			*masked = true;
			item = &mask;
		} else {
			item = by_name(c, item, masked);
		}
		if (item == NULL)
			m.failed = true;
		else
			drift__map_putn(&m, key, n, item);
	}
	return drift__map_finish(&m);
}

/* v without what calls itself a secret. NULL without memory. */
static const struct drift_value *
by_name(struct drift__compare *c, const struct drift_value *v, bool *masked)
{
	struct drift__list_builder b;
	size_t i;

	switch (drift_value_kind(v)) {
	case DRIFT_STRING:
		return json_by_name(c, v, masked);
	case DRIFT_MAP:
		return map_by_name(c, v, masked);
	case DRIFT_LIST:
		drift__list_init(&b, c->arena);
		for (i = 0; i < v->len; i++)
			drift__list_add(&b, by_name(c, drift_value_at(v, i), masked));
		return drift__list_finish(&b);
	default:
		return v != NULL ? v : &drift__null;
	}
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
		return &mask;
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
	if (shown != NULL && p->node.kind == DRIFT__NODE_STRING && p->node.flags[0] == '\0' && last != NULL && worth_hiding(shown) &&
		telling_name(last + 1)) {
		*masked = true;
		return &mask;
	}
	if (shown != NULL)
		shown = by_name(c, shown, masked);
	return shown != NULL ? drift__value_copy(c->arena, shown) : NULL;
}
