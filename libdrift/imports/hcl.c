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
	drift__hcl_refer *refer;
	void *ctx;
	const char *path;
};

static void write_value(struct drift__buf *out, const struct drift_value *v, int depth, int level, const struct value_writer *w);

static bool
is_scalar(const struct drift_value *v)
{
	return drift_value_kind(v) != DRIFT_LIST && drift_value_kind(v) != DRIFT_MAP;
}

static void
write_list(struct drift__buf *out, const struct drift_value *v, int depth, int level, const struct value_writer *w)
{
	size_t n = drift_value_size(v), start = out->len;
	bool scalars = true;

	for (size_t i = 0; i < n; i++)
		scalars = scalars && is_scalar(drift_value_at(v, i));
	if (n == 0) {
		drift__buf_adds(out, "[]");
		return;
	}
	if (scalars) {
		struct drift__buf line = DRIFT__BUF_INIT(out->max_bytes);

		for (size_t i = 0; i < n; i++) {
			drift__buf_adds(&line, i > 0 ? ", " : "[");
			write_value(&line, drift_value_at(v, i), depth, level + 1, w);
		}
		drift__buf_addc(&line, ']');
		if (line.data != NULL && columns(line.data) <= SHORT_LIST_CHARS)
			drift__buf_add(out, line.data, line.len);
		drift__buf_dispose(&line);
		if (out->len > start)
			return;
	}
	drift__buf_adds(out, "[\n");
	for (size_t i = 0; i < n; i++) {
		indent(out, depth + 1);
		write_value(out, drift_value_at(v, i), depth + 1, level + 1, w);
		drift__buf_adds(out, ",\n");
	}
	indent(out, depth);
	drift__buf_addc(out, ']');
}

static void
write_map(struct drift__buf *out, const struct drift_value *v, int depth, int level, const struct value_writer *w)
{
	struct drift__hcl inner;

	if (drift_value_size(v) == 0) {
		drift__buf_adds(out, "{}");
		return;
	}
	drift__buf_adds(out, "{\n");
	drift__hcl_init(&inner, out, depth + 1);
	for (size_t i = 0; i < drift_value_size(v); i++) {
		struct drift__buf name = DRIFT__BUF_INIT(1 << 20), text = DRIFT__BUF_INIT(out->max_bytes);
		size_t len;
		const char *key = drift_value_key(v, i, &len);

		if (drift__is_identifier(key) && strlen(key) == len)
			drift__buf_adds(&name, key);
		else
			drift__quote_hcl(&name, key, len);
		write_value(&text, drift_value_at(v, i), depth + 1, level + 1, w);
		if (name.data != NULL && text.data != NULL)
			drift__hcl_attribute(&inner, name.data, text.data);
		drift__buf_dispose(&name);
		drift__buf_dispose(&text);
	}
	drift__hcl_flush(&inner);
	indent(out, depth);
	drift__buf_addc(out, '}');
}

static void
write_value(struct drift__buf *out, const struct drift_value *v, int depth, int level, const struct value_writer *w)
{
	size_t n;
	const char *text = drift_value_text(v, &n), *reference;

	if (level > VALUE_DEPTH_MAX) {
		drift__buf_adds(out, "null");
		return;
	}
	switch (drift_value_kind(v)) {
	case DRIFT_STRING:
		reference = w->refer != NULL ? w->refer(w->ctx, w->path, text) : NULL;
		if (reference != NULL)
			drift__buf_adds(out, reference);
		else
			drift__quote_hcl(out, text, n);
		break;
	case DRIFT_LIST:
		write_list(out, v, depth, level, w);
		break;
	case DRIFT_MAP:
		write_map(out, v, depth, level, w);
		break;
	default:
		drift__json_write(out, v, 0, false);
	}
}

void
drift__hcl_value(struct drift__buf *out, const struct drift_value *v, int depth, const char *path, drift__hcl_refer *refer, void *ctx)
{
	struct value_writer w = {refer, ctx, path};

	write_value(out, v, depth, 0, &w);
}
