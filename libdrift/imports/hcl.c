/* Attributes and blocks -> HCL, laid out as terraform fmt would. */
#include "imports/hcl.h"
#include "imports/quote.h"

#include <string.h>

enum { SHORT_LIST_CHARS = 90, VALUE_DEPTH_MAX = 100 };

static void
indent(struct drift__buf *out, int depth)
{
	for (int i = 0; i < depth; i++)
		drift__buf_adds(out, "  ");
}

/* Columns that a text takes: code points, as terraform fmt counts (nearly: it counts graphemes). */
static size_t
columns(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void
drift__hcl_init(struct drift__hcl *h, struct drift__buf *out, int depth)
{
	memset(h, 0, sizeof(*h));
	h->out = out;
	h->depth = depth;
}

void
drift__hcl_flush(struct drift__hcl *h)
{
	size_t widest = 0;

	for (size_t i = 0; i < h->n_run; i++) {
		size_t n = columns(h->run[i].name);

		widest = n > widest ? n : widest;
	}
	for (size_t i = 0; i < h->n_run; i++) {
		indent(h->out, h->depth);
		drift__buf_adds(h->out, h->run[i].name);
		for (size_t k = columns(h->run[i].name); k < widest; k++)
			drift__buf_addc(h->out, ' ');
		drift__buf_addf(h->out, " = %s\n", h->run[i].value);
		drift__free(h->run[i].name);
		drift__free(h->run[i].value);
	}
	h->any = h->any || h->n_run > 0;
	h->n_run = 0;
	drift__free(h->run);
	h->run = NULL;
	h->cap_run = 0;
}

void
drift__hcl_attribute(struct drift__hcl *h, const char *name, const char *value)
{
	if (strchr(value, '\n') != NULL) {
		drift__hcl_flush(h);
		indent(h->out, h->depth);
		drift__buf_addf(h->out, "%s = %s\n", name, value);
		h->any = true;
		return;
	}
	if (h->n_run == h->cap_run) {
		size_t cap = h->cap_run > 0 ? h->cap_run * 2 : 16;
		struct drift__hcl_line *grown = drift__realloc(h->run, cap * sizeof(*grown));

		if (grown == NULL) {
			h->out->status = DRIFT_NOMEM;
			return;
		}
		h->run = grown;
		h->cap_run = cap;
	}
	h->run[h->n_run].name = drift__strdup(name);
	h->run[h->n_run].value = drift__strdup(value);
	if (h->run[h->n_run].name == NULL || h->run[h->n_run].value == NULL) {
		h->out->status = DRIFT_NOMEM;
		drift__free(h->run[h->n_run].name);
		drift__free(h->run[h->n_run].value);
		return;
	}
	h->n_run++;
}

void
drift__hcl_block_begin(struct drift__hcl *h, const char *name, struct drift__hcl *inner)
{
	drift__hcl_flush(h);
	if (h->any)
		drift__buf_addc(h->out, '\n');
	indent(h->out, h->depth);
	drift__buf_addf(h->out, "%s {\n", name);
	h->any = true;
	drift__hcl_init(inner, h->out, h->depth + 1);
}

void
drift__hcl_block_end(struct drift__hcl *h, struct drift__hcl *inner)
{
	drift__hcl_flush(inner);
	indent(h->out, h->depth);
	drift__buf_adds(h->out, "}\n");
}

/* ---- values ---- */

struct value_writer {
	struct drift__buf *out;
	drift__hcl_refer *refer;
	void *ctx;
	const char *key;
};

static void write_value(struct value_writer w, const struct drift_value *v, int depth, int level);

static bool
is_scalar(const struct drift_value *v)
{
	return drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP;
}

static void
write_list(struct value_writer w, const struct drift_value *v, int depth, int level)
{
	size_t n = drift_value_size(v);
	bool scalars = true, fits = false;

	for (size_t i = 0; i < n; i++)
		scalars = scalars && is_scalar(drift_value_at(v, i));
	if (scalars) {
		struct drift__buf line = DRIFT__BUF_INIT(w.out->max_bytes);
		struct value_writer one = w;

		one.out = &line;
		drift__buf_addc(&line, '[');
		for (size_t i = 0; i < n; i++) {
			drift__buf_adds(&line, i > 0 ? ", " : "");
			write_value(one, drift_value_at(v, i), depth, level + 1);
		}
		drift__buf_addc(&line, ']');
		fits = line.data != NULL && columns(line.data) <= SHORT_LIST_CHARS;
		if (fits)
			drift__buf_add(w.out, line.data, line.len);
		if (line.status != DRIFT_OK && w.out->status == DRIFT_OK)
			w.out->status = line.status;
		drift__buf_dispose(&line);
	}
	if (fits)
		return;
	drift__buf_adds(w.out, "[\n");
	for (size_t i = 0; i < n; i++) {
		indent(w.out, depth + 1);
		write_value(w, drift_value_at(v, i), depth + 1, level + 1);
		drift__buf_adds(w.out, ",\n");
	}
	indent(w.out, depth);
	drift__buf_addc(w.out, ']');
}

static void
write_member(struct value_writer w, struct drift__hcl *body, const struct drift_value *map, size_t i, int level)
{
	struct drift__buf name = DRIFT__BUF_INIT(w.out->max_bytes), text = DRIFT__BUF_INIT(w.out->max_bytes);
	const char *pair = drift__value_gets(map, "name");
	size_t len;

	w.key = drift_value_key(map, i, &len);
	if (drift__is_identifier(w.key) && strlen(w.key) == len)
		drift__buf_adds(&name, w.key);
	else
		drift__quote_hcl(&name, w.key, len);
	if (pair != NULL && strcmp(w.key, "value") == 0)
		w.key = pair;
	w.out = &text;
	write_value(w, drift_value_at(map, i), body->depth, level + 1);
	if (name.data != NULL && text.data != NULL && name.status == DRIFT_OK && text.status == DRIFT_OK)
		drift__hcl_attribute(body, name.data, text.data);
	else
		body->out->status = DRIFT_NOMEM;
	drift__buf_dispose(&name);
	drift__buf_dispose(&text);
}

static void
write_map(struct value_writer w, const struct drift_value *v, int depth, int level)
{
	struct drift__hcl inner;

	if (drift_value_size(v) == 0) {
		drift__buf_adds(w.out, "{}");
		return;
	}
	drift__buf_adds(w.out, "{\n");
	drift__hcl_init(&inner, w.out, depth + 1);
	for (size_t i = 0; i < drift_value_size(v); i++)
		write_member(w, &inner, v, i, level);
	drift__hcl_flush(&inner);
	indent(w.out, depth);
	drift__buf_addc(w.out, '}');
}

static void
write_value(struct value_writer w, const struct drift_value *v, int depth, int level)
{
	size_t n;
	const char *text = drift_value_text(v, &n), *expression;

	if (level > VALUE_DEPTH_MAX) {
		drift__buf_adds(w.out, "null");
		return;
	}
	switch (drift_value_kind(v)) {
	case DRIFT_STRING:
		expression = w.refer != NULL ? w.refer(w.ctx, w.key, text) : NULL;
		if (expression != NULL)
			drift__buf_adds(w.out, expression);
		else
			drift__quote_hcl(w.out, text, n);
		break;
	case DRIFT_LIST:
		write_list(w, v, depth, level);
		break;
	case DRIFT_MAP:
		write_map(w, v, depth, level);
		break;
	default:
		drift__json_write(w.out, v, 0, false);
	}
}

void
drift__hcl_value(struct drift__buf *out, const struct drift_value *v, int depth, const char *key, drift__hcl_refer *refer, void *ctx)
{
	struct value_writer w = {out, refer, ctx, key};

	write_value(w, v, depth, 0);
}
