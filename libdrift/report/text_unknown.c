/* What could not be read, in the report for people: equal reasons once. */
#include "report/text.h"

enum { TOGETHER = 4 }; /* types that were not read for one reason */

static bool
same_cause(const struct drift_value *a, const struct drift_value *b)
{
	static const char *const names[] = {"type", "region", "reason", "action", "operation"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(drift__report_text(a, names[i]), drift__report_text(b, names[i])) != 0)
			return false;
	return drift_value_equal(drift_value_get(a, "attributes"), drift_value_get(b, "attributes"));
}

static void
put_advice(struct text *t, const struct drift_value *row)
{
	struct drift__buf advice = DRIFT__BUF_INIT(4096);
	size_t start = t->out->len;

	drift__report_advice(&advice, row);
	if (advice.len > 0) {
		drift__buf_adds(t->out, "    → ");
		put_styled(t, GREEN, advice.data);
		end_line(t, start);
	}
	drift__buf_dispose(&advice);
}

static void
put_unknown_address(struct text *t, const struct drift_value *row)
{
	size_t start = t->out->len;

	if (*drift__report_text(row, "address") == '\0')
		return;
	drift__buf_adds(t->out, "    ");
	put(t, drift__report_text(row, "address"));
	end_line(t, start);
}

/* What the line that begins at start is about; why it could not be read, and what to do. */
static void
put_reason(struct text *t, const struct drift_value *row, size_t start)
{
	if (*drift__report_text(row, "region") != '\0') {
		drift__buf_adds(t->out, " in ");
		put(t, drift__report_text(row, "region"));
	}
	drift__buf_adds(t->out, ": ");
	put(t, drift__report_text(row, "reason"));
	end_line(t, start);
	put_advice(t, row);
}

static void
put_cause(struct text *t, const struct drift_value *rows, size_t first)
{
	const struct drift_value *row = drift_value_at(rows, first), *attributes = drift_value_get(row, "attributes");
	size_t i, start = t->out->len;

	drift__buf_adds(t->out, "  ");
	put(t, drift__report_text(row, "type"));
	put_reason(t, row, start);
	if (drift_value_size(attributes) > 0) {
		start = t->out->len;
		drift__buf_adds(t->out, "    not read: ");
		put_joined(t, attributes);
		end_line(t, start);
	}
	for (i = first; i < drift_value_size(rows); i++) {
		const struct drift_value *other = drift_value_at(rows, i);

		if (same_cause(row, other))
			put_unknown_address(t, other);
	}
}

/* Types of which nothing more is to be told than why they were not read: many of them stand together. */
static bool
is_plain(const struct drift_value *row)
{
	return *drift__report_text(row, "action") == '\0' && drift_value_size(drift_value_get(row, "attributes")) == 0;
}

static bool
same_reason(const struct drift_value *a, const struct drift_value *b)
{
	return is_plain(a) && is_plain(b) && strcmp(drift__report_text(a, "region"), drift__report_text(b, "region")) == 0 &&
		strcmp(drift__report_text(a, "reason"), drift__report_text(b, "reason")) == 0;
}

/* The next row of a reason that is of another type than row at; size when there is none. */
static size_t
next_type(const struct drift_value *rows, size_t at)
{
	const struct drift_value *row = drift_value_at(rows, at);
	size_t i = at + 1;

	while (i < drift_value_size(rows) && (!same_reason(row, drift_value_at(rows, i)) ||
		strcmp(drift__report_text(row, "type"), drift__report_text(drift_value_at(rows, i), "type")) == 0))
		i++;
	return i;
}

/* Wrapped, since what is cut off at the width would be lost. */
static void
put_types(struct text *t, const struct drift_value *rows, size_t first, size_t n_types)
{
	const struct drift_value *row = drift_value_at(rows, first);
	size_t i, width = t->o->width > 20 ? (size_t)t->o->width : 120, start = t->out->len;

	drift__buf_addf(t->out, "  %zu types", n_types);
	put_reason(t, row, start);
	start = t->out->len;
	for (i = first; i < drift_value_size(rows); i = next_type(rows, i)) {
		const char *type = drift__report_text(drift_value_at(rows, i), "type");

		if (t->out->len > start && t->out->len - start + strlen(type) + 3 > width) {
			drift__buf_addc(t->out, ',');
			end_line(t, start);
			start = t->out->len;
		}
		drift__buf_adds(t->out, t->out->len > start ? ", " : "    ");
		put(t, type);
	}
	end_line(t, start);
	for (i = first; i < drift_value_size(rows); i++)
		if (same_reason(row, drift_value_at(rows, i)))
			put_unknown_address(t, drift_value_at(rows, i));
}

void
drift__text_unknown(struct text *t)
{
	const struct drift_value *rows = drift_value_get(t->report, "unknown");
	size_t i, k, n_types;

	if (drift_value_size(rows) == 0)
		return;
	drift__buf_addc(t->out, '\n');
	line(t, BOLD, "Unknown: could not be read, so nothing is claimed about it");
	for (i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *row = drift_value_at(rows, i);
		size_t first = i;

		for (k = 0; k < i; k++) {
			if (same_cause(drift_value_at(rows, k), row))
				break;
			if (first == i && same_reason(drift_value_at(rows, k), row))
				first = k;
		}
		if (k < i)
			continue;
		for (n_types = 0, k = first; is_plain(row) && k < drift_value_size(rows); k = next_type(rows, k))
			n_types++;
		if (n_types < TOGETHER)
			put_cause(t, rows, i);
		else if (first == i)
			put_types(t, rows, i, n_types);
	}
}
