/* Values → JSON text. */
#include "model/value.h"

#include <stdlib.h>
#include <string.h>

void
drift__json_write_string(struct drift__buf *out, const char *s, size_t n)
{
	size_t i, run = 0;

	drift__buf_addc(out, '"');
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool separator = c == 0xE2 && i + 2 < n && (unsigned char)s[i + 1] == 0x80 && ((unsigned char)s[i + 2] | 1) == 0xA9;

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !separator)
			continue;
		drift__buf_add(out, s + run, i - run);
		if (c == '"' || c == '\\') {
			drift__buf_addc(out, '\\');
			drift__buf_addc(out, (char)c);
		} else if (c == '\n') {
			drift__buf_adds(out, "\\n");
		} else if (c == '\r') {
			drift__buf_adds(out, "\\r");
		} else if (c == '\t') {
			drift__buf_adds(out, "\\t");
		} else if (separator) {
			drift__buf_addf(out, "\\u%04x", 0x2000u + ((unsigned char)s[i + 2] & 0x3Fu));
			i += 2;
		} else {
			drift__buf_addf(out, "\\u%04x", c);
		}
		run = i + 1;
	}
	drift__buf_add(out, s + run, n - run);
	drift__buf_addc(out, '"');
}

static void
write_break(struct drift__buf *out, int indent, int level)
{
	static const char spaces[] = "                                ";
	int n = indent * level;

	if (indent == 0)
		return;
	drift__buf_addc(out, '\n');
	for (; n > 32; n -= 32)
		drift__buf_add(out, spaces, 32);
	drift__buf_add(out, spaces, (size_t)n);
}

static void write_value(struct drift__buf *out, const struct drift_value *v, int indent, bool sort_keys, int level);

static void
write_member(struct drift__buf *out, struct drift__keyed m, int indent, bool sort_keys, int level)
{
	write_break(out, indent, level);
	drift__json_write_string(out, m.key, m.key_len);
	drift__buf_adds(out, indent > 0 ? ": " : ":");
	write_value(out, m.value, indent, sort_keys, level);
}

static void
write_map(struct drift__buf *out, const struct drift_value *v, int indent, bool sort_keys, int level)
{
	struct drift__keyed *sorted = sort_keys && v->len > 1 ? drift__keyed_sorted(v) : NULL;
	uint32_t i;

	if (sort_keys && v->len > 1 && sorted == NULL) {
		out->status = DRIFT_NOMEM;
		return;
	}
	drift__buf_addc(out, '{');
	for (i = 0; i < v->len; i++) {
		if (i > 0)
			drift__buf_addc(out, ',');
		write_member(out, sorted != NULL ? sorted[i] : drift__keyed_at(v, i), indent, sort_keys, level + 1);
	}
	write_break(out, indent, level);
	drift__buf_addc(out, '}');
	drift__free(sorted);
}

static void
write_value(struct drift__buf *out, const struct drift_value *v, int indent, bool sort_keys, int level)
{
	uint32_t i;

	switch (drift_value_kind(v)) {
	case DRIFT_NULL:
		drift__buf_adds(out, "null");
		return;
	case DRIFT_BOOL:
		drift__buf_adds(out, drift_value_bool(v) ? "true" : "false");
		return;
	case DRIFT_NUMBER:
		drift__buf_add(out, v->u.text, v->len);
		return;
	case DRIFT_STRING:
		drift__json_write_string(out, v->u.text, v->len);
		return;
	case DRIFT_LIST:
		drift__buf_addc(out, '[');
		for (i = 0; i < v->len; i++) {
			if (i > 0)
				drift__buf_addc(out, ',');
			write_break(out, indent, level + 1);
			write_value(out, &v->u.items[i], indent, sort_keys, level + 1);
		}
		if (v->len > 0)
			write_break(out, indent, level);
		drift__buf_addc(out, ']');
		return;
	case DRIFT_MAP:
		if (v->len == 0)
			drift__buf_adds(out, "{}");
		else
			write_map(out, v, indent, sort_keys, level);
		return;
	}
}

void
drift__json_write(struct drift__buf *out, const struct drift_value *v, int indent, bool sort_keys)
{
	write_value(out, v, indent, sort_keys, 0);
}
