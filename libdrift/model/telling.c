#include "model/telling.h"

#include <ctype.h>
#include <string.h>

enum { MAX_LEVELS = 300, MAX_JSON = 64 << 20 };

const struct drift_value drift__mask = {.kind = DRIFT_STRING, .len = 11, .u = {.text = "(sensitive)"}};

bool
drift__telling_name(const char *name)
{
	static const char *const words[] = {"password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "accesskey",
		"credential", "connectionstring", "userdata"};
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
drift__may_be_secret(const struct drift_value *v)
{
	return drift_value_kind(v) == DRIFT_STRING && v->len > 0 && !drift__starts(v->u.text, "arn:");
}

struct masking {
	struct drift__arena *a;
	bool *masked;
};

static const struct drift_value *walk(struct masking *m, const struct drift_value *v, int level);

/* JSON in a text: written anew only when something in it had to go. */
static const struct drift_value *
in_json(struct masking *m, const struct drift_value *v, int level)
{
	struct drift__json_options opt = {.name = "value", .max_depth = 200, .lenient_utf8 = true};
	struct drift__buf b = DRIFT__BUF_INIT(MAX_JSON);
	const struct drift_value *inner, *clean, *out = v;
	struct masking below = {m->a, &(bool){false}};
	enum drift_status st;

	if (v->len < 2 || (v->u.text[0] != '{' && v->u.text[0] != '['))
		return v;
	st = drift__json_parse(m->a, v->u.text, v->len, &opt, &inner, NULL);
	if (st != DRIFT_OK)
		return st == DRIFT_NOMEM ? NULL : v;
	clean = walk(&below, inner, level + 1);
	if (clean == NULL)
		return NULL;
	if (*below.masked) {
		drift__json_write(&b, clean, 0, false);
		out = b.status == DRIFT_OK ? drift__value_stringn(m->a, b.data, b.len) : NULL;
		*m->masked = true;
	}
	drift__buf_dispose(&b);
	return out;
}

static const struct drift_value *
in_map(struct masking *m, const struct drift_value *v, int level)
{
	const char *pair = drift__value_gets(v, "name") != NULL ? drift__value_gets(v, "name") : drift__value_gets(v, "Name");
	struct drift__map_builder b;
	size_t i, n;

	drift__map_init(&b, m->a);
	for (i = 0; i < v->len; i++) {
		const char *key = drift_value_key(v, i, &n);
		const struct drift_value *item = drift_value_at(v, i);
		bool value = pair != NULL && (strcmp(key, "value") == 0 || strcmp(key, "Value") == 0);

		if (drift__may_be_secret(item) && (drift__telling_name(key) || (value && drift__telling_name(pair)))) {
			*m->masked = true;
			item = &drift__mask;
		} else {
			item = walk(m, item, level + 1);
		}
		drift__map_append(&b, key, n, item);
	}
	return drift__map_finish(&b);
}

/* What lies too deep to be looked at is not shown. */
static const struct drift_value *
walk(struct masking *m, const struct drift_value *v, int level)
{
	struct drift__list_builder b;
	size_t i;

	if (level > MAX_LEVELS) {
		*m->masked = true;
		return &drift__mask;
	}
	switch (drift_value_kind(v)) {
	case DRIFT_STRING:
		return in_json(m, v, level);
	case DRIFT_MAP:
		return in_map(m, v, level);
	case DRIFT_LIST:
		drift__list_init(&b, m->a);
		for (i = 0; i < v->len; i++)
			drift__list_add(&b, walk(m, drift_value_at(v, i), level + 1));
		return drift__list_finish(&b);
	default:
		return v != NULL ? v : &drift__null;
	}
}

const struct drift_value *
drift__without_secrets(struct drift__arena *a, const struct drift_value *v, bool *masked)
{
	struct masking m = {a, masked};

	return walk(&m, v, 0);
}
