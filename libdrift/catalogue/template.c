/* Templates and inputs: parsed once, filled for every doc. */
#include "catalogue/template.h"

#include <string.h>

enum { MAX_PARTS = 32, MAX_TEXT = 1024 * 1024 };

struct part {
	char *text;              /* literal text, or NULL */
	struct drift__jmes *hole;
};

struct drift__template {
	struct part parts[MAX_PARTS];
	size_t n;
	char *source;
};

void
drift__template_free(struct drift__template *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++) {
		drift__free(t->parts[i].text);
		drift__jmes_free(t->parts[i].hole);
	}
	drift__free(t->source);
	drift__free(t);
}

/* p stands behind "{": finds the "}" that closes it; braces nest, quoted text is passed over. NULL when there is none. */
static const char *
hole_end(const char *p)
{
	char quote = 0;
	int depth = 1;

	for (; *p != '\0'; p++) {
		if (quote != 0) {
			if (*p == '\\' && p[1] != '\0')
				p++;
			else if (*p == quote)
				quote = 0;
		} else if (*p == '\'' || *p == '"' || *p == '`') {
			quote = *p;
		} else if (*p == '{') {
			depth++;
		} else if (*p == '}' && --depth == 0) {
			return p;
		}
	}
	return NULL;
}

static enum drift_status
add_hole(struct drift__template *t, const char *start, const char *end, const char *name, struct drift_error *err)
{
	char *expression = drift__strndup(start, (size_t)(end - start));
	enum drift_status st;

	if (expression == NULL)
		return drift__nomem(err);
	st = drift__jmes_compile(expression, name, &t->parts[t->n].hole, err);
	if (st == DRIFT_OK)
		drift__jmes_be_lenient(t->parts[t->n++].hole);
	drift__free(expression);
	return st;
}

static enum drift_status
flush(struct drift__template *t, struct drift__buf *text, struct drift_error *err)
{
	if (text->len == 0)
		return text->status == DRIFT_OK ? DRIFT_OK : drift__nomem(err);
	t->parts[t->n].text = drift__buf_take(text);
	if (t->parts[t->n].text == NULL)
		return drift__nomem(err);
	t->n++;
	return DRIFT_OK;
}

static enum drift_status
parse_parts(struct drift__template *t, const char *p, const char *name, struct drift_error *err)
{
	struct drift__buf text = DRIFT__BUF_INIT(MAX_TEXT);
	enum drift_status st = DRIFT_OK;
	const char *end;

	while (*p != '\0' && st == DRIFT_OK) {
		if ((p[0] == '{' && p[1] == '{') || (p[0] == '}' && p[1] == '}')) {
			drift__buf_addc(&text, *p);
			p += 2;
		} else if (*p == '{') {
			end = hole_end(p + 1);
			if (end == NULL)
				st = drift__fail(err, DRIFT_BAD_CATALOGUE, name, "a { has no closing }");
			else if (t->n + 2 > MAX_PARTS)
				st = drift__fail(err, DRIFT_BAD_CATALOGUE, name, "a template has more than %d parts", MAX_PARTS);
			else
				st = flush(t, &text, err);
			if (st == DRIFT_OK)
				st = add_hole(t, p + 1, end, name, err);
			p = end != NULL ? end + 1 : p;
		} else {
			drift__buf_addc(&text, *p++);
		}
	}
	if (st == DRIFT_OK)
		st = flush(t, &text, err);
	drift__buf_dispose(&text);
	return st;
}

enum drift_status
drift__template_parse(const char *text, const char *name, struct drift__template **out, struct drift_error *err)
{
	struct drift__template *t = drift__calloc(1, sizeof *t);
	enum drift_status st;

	if (t == NULL)
		return drift__nomem(err);
	t->source = drift__strdup(text);
	st = t->source != NULL ? parse_parts(t, text, name, err) : drift__nomem(err);
	if (st == DRIFT_OK)
		*out = t;
	else
		drift__template_free(t);
	return st;
}

static void
add_value(struct drift__buf *b, const struct drift_value *v)
{
	size_t n;
	const char *s = drift_value_text(v, &n);

	if (s != NULL)
		drift__buf_add(b, s, n);
	else
		drift__json_write(b, v, 0, false);
}

enum drift_status
drift__template_run(const struct drift__template *t, const struct drift_value *doc, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(MAX_TEXT);
	const struct drift_value *v = NULL;
	enum drift_status st = DRIFT_OK;
	size_t i;

	if (t->n == 1 && t->parts[0].hole != NULL)
		return drift__jmes_search(t->parts[0].hole, doc, a, out, err);
	for (i = 0; i < t->n && st == DRIFT_OK; i++) {
		if (t->parts[i].text != NULL) {
			drift__buf_adds(&b, t->parts[i].text);
			continue;
		}
		st = drift__jmes_search(t->parts[i].hole, doc, a, &v, err);
		if (st == DRIFT_OK && v->kind == DRIFT_NULL) {
			*out = &drift__null;
			goto done;
		}
		if (st == DRIFT_OK)
			add_value(&b, v);
	}
	if (st == DRIFT_OK && b.status == DRIFT_OK) {
		*out = drift__value_stringn(a, b.data != NULL ? b.data : "", b.len);
		if (*out == NULL)
			st = drift__nomem(err);
	} else if (st == DRIFT_OK) {
		st = drift__nomem(err);
	}
done:
	drift__buf_dispose(&b);
	return st;
}

/* ---- inputs ---- */

struct drift__input {
	struct drift__template *text; /* a string, or NULL */
	const struct drift_value *scalar; /* lent: what is no string, list or map */
	bool is_map;
	struct drift__input **children;
	char **keys;
	size_t n;
};

void
drift__input_free(struct drift__input *in)
{
	size_t i;

	if (in == NULL)
		return;
	drift__template_free(in->text);
	for (i = 0; i < in->n; i++) {
		if (in->keys != NULL)
			drift__free(in->keys[i]);
		drift__input_free(in->children[i]);
	}
	drift__free(in->keys);
	drift__free(in->children);
	drift__free(in);
}

static enum drift_status
parse_children(struct drift__input *in, const struct drift_value *v, const char *name, struct drift_error *err)
{
	enum drift_status st = DRIFT_OK;
	size_t i, n = drift_value_size(v);

	in->is_map = v->kind == DRIFT_MAP;
	in->children = drift__calloc(n, sizeof *in->children);
	in->keys = drift__calloc(n, sizeof *in->keys);
	if (in->children == NULL || in->keys == NULL)
		return drift__nomem(err);
	in->n = n;
	for (i = 0; i < n && st == DRIFT_OK; i++) {
		st = drift__input_parse(drift_value_at(v, i), name, &in->children[i], err);
		if (st == DRIFT_OK && in->is_map) {
			in->keys[i] = drift__strdup(drift_value_key(v, i, NULL));
			st = in->keys[i] != NULL ? DRIFT_OK : drift__nomem(err);
		}
	}
	return st;
}

enum drift_status
drift__input_parse(const struct drift_value *v, const char *name, struct drift__input **out, struct drift_error *err)
{
	struct drift__input *in = drift__calloc(1, sizeof *in);
	enum drift_status st = DRIFT_OK;

	if (in == NULL)
		return drift__nomem(err);
	if (v->kind == DRIFT_STRING)
		st = drift__template_parse(v->u.text, name, &in->text, err);
	else if (v->kind == DRIFT_LIST || v->kind == DRIFT_MAP)
		st = parse_children(in, v, name, err);
	else
		in->scalar = v;
	if (st == DRIFT_OK)
		*out = in;
	else
		drift__input_free(in);
	return st;
}

enum drift_status
drift__input_run(const struct drift__input *in, const struct drift_value *doc, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err)
{
	struct drift__list_builder list;
	struct drift__map_builder map;
	const struct drift_value *v = NULL;
	enum drift_status st = DRIFT_OK;
	size_t i;

	if (in->text != NULL)
		return drift__template_run(in->text, doc, a, out, err);
	if (in->scalar != NULL) {
		*out = in->scalar;
		return DRIFT_OK;
	}
	drift__list_init(&list, a);
	drift__map_init(&map, a);
	for (i = 0; i < in->n && st == DRIFT_OK; i++) {
		st = drift__input_run(in->children[i], doc, a, &v, err);
		if (st == DRIFT_OK && in->is_map && v->kind != DRIFT_NULL)
			drift__map_put(&map, in->keys[i], v);
		else if (st == DRIFT_OK && !in->is_map)
			drift__list_add(&list, v);
	}
	v = in->is_map ? drift__map_finish(&map) : drift__list_finish(&list);
	drift__list_dispose(&list);
	drift__map_dispose(&map);
	if (st == DRIFT_OK && v == NULL)
		st = drift__nomem(err);
	if (st == DRIFT_OK)
		*out = v;
	return st;
}

bool
drift__input_uses(const struct drift__input *in, const char *field)
{
	size_t i;

	if (in->text != NULL)
		return strstr(in->text->source, field) != NULL;
	for (i = 0; i < in->n; i++)
		if (drift__input_uses(in->children[i], field))
			return true;
	return false;
}
