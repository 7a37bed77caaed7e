/* Two values → the lines in which they differ.
 *
 * Plain values are one line each. Lists of plain values show what only one side has; when both have the same in another order, all of it.
 * Maps, lists of maps and JSON texts are laid out with sorted keys, one line for what is short, and compared line by line (longest common
 * subsequence). A block that came or went shows just what is set in it. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT = 100, MAX_LINES = 2000 }; /* beyond it both sides are shown whole: the table of the comparison grows with the square */

typedef void line_fn(void *ctx, char sign, const char *text, size_t n);

struct lines {
	struct drift__buf text;
	const char **starts;
	size_t *lengths;
	size_t n;
};

static bool
is_plain(const struct drift_value *v)
{
	return drift_value_kind(v) < DRIFT_LIST;
}

static bool
all_plain(const struct drift_value *list)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (!is_plain(drift_value_at(list, i)))
			return false;
	return true;
}

/* A plain value as people write it: texts without quotes unless they would be taken for something else. */
static void
put_plain(struct drift__buf *b, const struct drift_value *v)
{
	const char *text = drift__value_str(v);

	if (drift_value_kind(v) == DRIFT_NULL)
		drift__buf_adds(b, "(none)");
	else if (text == NULL || v->len == 0 || text[0] == ' ' || text[v->len - 1] == ' ')
		drift__json_write(b, v, 0, false);
	else
		drift__put_printable(b, text, v->len);
}

static void
put_line(line_fn *line, void *ctx, char sign, const struct drift_value *v)
{
	struct drift__buf b = DRIFT__BUF_INIT((size_t)64 << 20);

	put_plain(&b, v);
	if (b.status == DRIFT_OK)
		line(ctx, sign, b.data, b.len);
	drift__buf_dispose(&b);
}

/* ---- lists of plain values ---- */

/* The elements of a list by value. */
struct bag {
	const struct drift_value **list; /* NULL without memory */
	size_t n;
};

static int
by_value(const void *pa, const void *pb)
{
	return drift__value_compare(*(const struct drift_value *const *)pa, *(const struct drift_value *const *)pb);
}

static struct bag
bag_of(const struct drift_value *list)
{
	struct bag b = {drift__calloc(drift_value_size(list) + 1, sizeof *b.list), drift_value_size(list)};
	size_t i;

	for (i = 0; b.list != NULL && i < b.n; i++)
		b.list[i] = drift_value_at(list, i);
	if (b.list != NULL && b.n > 0)
		qsort(b.list, b.n, sizeof *b.list, by_value);
	return b;
}

/* How many come before v, or are equal to it as well. */
static size_t
count_before(const struct bag *b, const struct drift_value *v, bool equal_as_well)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (drift__value_compare(b->list[mid], v) < (equal_as_well ? 1 : 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t
count_of(const struct bag *b, const struct drift_value *v)
{
	return count_before(b, v, true) - count_before(b, v, false);
}

static size_t
only_here(const struct drift_value *list, const struct bag *here, const struct bag *there, char sign, line_fn *line, void *ctx)
{
	size_t i, shown = 0;

	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i);

		if (count_of(there, v) < count_of(here, v)) {
			put_line(line, ctx, sign, v);
			shown++;
		}
	}
	return shown;
}

static void
plain_lists(const struct drift_value *state, const struct drift_value *live, line_fn *line, void *ctx)
{
	struct bag before = bag_of(state), after = bag_of(live);
	size_t i;

	if (drift_value_size(state) == 0)
		put_line(line, ctx, '-', NULL);
	if (before.list == NULL || after.list == NULL ||
		only_here(state, &before, &after, '-', line, ctx) + only_here(live, &after, &before, '+', line, ctx) == 0) {
		for (i = 0; i < drift_value_size(state); i++)
			put_line(line, ctx, '-', drift_value_at(state, i));
		for (i = 0; i < drift_value_size(live); i++)
			put_line(line, ctx, '+', drift_value_at(live, i));
	}
	if (drift_value_size(live) == 0)
		put_line(line, ctx, '+', NULL);
	drift__free(before.list);
	drift__free(after.list);
}

/* ---- trees ---- */

static bool
split(struct lines *l)
{
	size_t i, start = 0, most = 1;

	for (i = 0; i < l->text.len; i++)
		most += l->text.data[i] == '\n';
	l->starts = drift__calloc(most, sizeof *l->starts);
	l->lengths = drift__calloc(most, sizeof *l->lengths);
	if (l->starts == NULL || l->lengths == NULL)
		return false;
	for (i = 0; i <= l->text.len; i++) {
		if (i < l->text.len && l->text.data[i] != '\n')
			continue;
		l->starts[l->n] = l->text.data + start;
		l->lengths[l->n++] = i - start;
		start = i + 1;
	}
	return true;
}

static bool
has_maps(const struct drift_value *list)
{
	return drift_value_kind(list) == DRIFT_LIST && !all_plain(list);
}

/* One line when it is short and holds no list of blocks: else an element or a member is seen as changed when one of its parts is. */
static void
put_tree(struct drift__buf *out, const struct drift_value *v, int indent, const char *key, bool open)
{
	struct drift__buf flat = DRIFT__BUF_INIT((size_t)64 << 20);
	struct drift__keyed *members;
	size_t i;

	if (key != NULL)
		drift__buf_addf(out, "%*s%s: ", indent, "", key);
	else
		drift__buf_addf(out, "%*s", indent, "");
	drift__json_write(&flat, v, 0, true);
	if (flat.status != DRIFT_OK)
		out->status = flat.status;
	else if (is_plain(v) || drift_value_size(v) == 0 || (!open && !has_maps(v) && flat.len <= SHORT)) {
		drift__buf_add(out, flat.data, flat.len);
		drift__buf_addc(out, '\n');
	} else if (v->kind == DRIFT_LIST) {
		drift__buf_adds(out, "[\n");
		for (i = 0; i < v->len; i++)
			put_tree(out, drift_value_at(v, i), indent + 2, NULL, false);
		drift__buf_addf(out, "%*s]\n", indent, "");
	} else {
		members = drift__keyed_sorted(v);
		drift__buf_adds(out, "{\n");
		if (members == NULL)
			out->status = DRIFT_NOMEM;
		for (i = 0; members != NULL && i < v->len; i++)
			put_tree(out, members[i].value, indent + 2, members[i].key, false);
		drift__free(members);
		drift__buf_addf(out, "%*s}\n", indent, "");
	}
	drift__buf_dispose(&flat);
}

static bool
lay_out(struct lines *l, struct drift__arena *a, const struct drift_value *v)
{
	struct drift__json_options opt = {.name = "value", .max_depth = 200, .lenient_utf8 = true};
	const struct drift_value *inner;
	const char *text = drift__value_str(v);

	drift__buf_init(&l->text, (size_t)64 << 20);
	if (text != NULL && (text[0] == '{' || text[0] == '[') && drift__json_parse(a, text, v->len, &opt, &inner, NULL) == DRIFT_OK)
		v = inner;
	if (is_plain(v)) {
		put_plain(&l->text, v);
	} else {
		put_tree(&l->text, v, 0, NULL, true);
		if (l->text.len > 0)
			l->text.len--; /* the last line ends without a line feed */
	}
	return l->text.status == DRIFT_OK && split(l);
}

/* ---- blocks that came or went ---- */

static bool
says_nothing(const struct drift_value *v)
{
	double d;

	return drift__value_is_empty(v) || (drift_value_kind(v) == DRIFT_BOOL && !drift_value_bool(v)) ||
		(drift_value_kind(v) == DRIFT_NUMBER && drift__value_to_double(v, &d) && d == 0);
}

static void
whole_block(const struct drift_value *block, char sign, line_fn *line, void *ctx)
{
	struct drift__buf b = DRIFT__BUF_INIT((size_t)64 << 20), safe = DRIFT__BUF_INIT((size_t)64 << 20);
	size_t i, n, shown = 0;

	for (i = 0; i < block->len; i++) {
		const char *key = drift_value_key(block, i, &n);
		const struct drift_value *v = drift_value_at(block, i);

		if (says_nothing(v))
			continue;
		drift__buf_reset(&b);
		drift__buf_reset(&safe);
		drift__buf_addf(&b, "%s: ", key);
		if (is_plain(v))
			put_plain(&b, v);
		else
			drift__json_write(&b, v, 0, true);
		if (b.status == DRIFT_OK)
			drift__put_printable(&safe, b.data, b.len);
		if (safe.status == DRIFT_OK && safe.data != NULL)
			line(ctx, sign, safe.data, safe.len);
		shown++;
	}
	if (shown == 0)
		line(ctx, sign, "{}", 2);
	drift__buf_dispose(&b);
	drift__buf_dispose(&safe);
}

static bool
same(const struct lines *a, size_t i, const struct lines *b, size_t k)
{
	return a->lengths[i] == b->lengths[k] && memcmp(a->starts[i], b->starts[k], a->lengths[i]) == 0;
}

static void
put_printable_line(line_fn *line, void *ctx, char sign, const struct lines *l, size_t i)
{
	struct drift__buf b = DRIFT__BUF_INIT((size_t)64 << 20);

	drift__put_printable(&b, l->starts[i], l->lengths[i]);
	line(ctx, sign, b.data != NULL ? b.data : "", b.len);
	drift__buf_dispose(&b);
}

static void
put_all(line_fn *line, void *ctx, char sign, const struct lines *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		put_printable_line(line, ctx, sign, l, i);
}

/* table[i][k] = length of what a from i and b from k have in common */
static void
differing(const struct lines *a, const struct lines *b, line_fn *line, void *ctx)
{
	size_t i, k, w = b->n + 1;
	uint16_t *table = a->n <= MAX_LINES && b->n <= MAX_LINES ? drift__calloc((a->n + 1) * w, sizeof *table) : NULL;

	if (table == NULL) {
		put_all(line, ctx, '-', a);
		put_all(line, ctx, '+', b);
		return;
	}
	for (i = a->n; i-- > 0;)
		for (k = b->n; k-- > 0;)
			table[i * w + k] = same(a, i, b, k) ? (uint16_t)(table[(i + 1) * w + k + 1] + 1) :
				table[(i + 1) * w + k] >= table[i * w + k + 1] ? table[(i + 1) * w + k] : table[i * w + k + 1];
	for (i = k = 0; i < a->n || k < b->n;) {
		if (i < a->n && k < b->n && same(a, i, b, k)) {
			i++;
			k++;
		} else if (i < a->n && (k == b->n || table[(i + 1) * w + k] >= table[i * w + k + 1])) {
			put_printable_line(line, ctx, '-', a, i++);
		} else {
			put_printable_line(line, ctx, '+', b, k++);
		}
	}
	drift__free(table);
}

static void
lines_dispose(struct lines *l)
{
	drift__buf_dispose(&l->text);
	drift__free(l->starts);
	drift__free(l->lengths);
}

void
drift__differing_lines(const struct drift_value *state, const struct drift_value *live, line_fn *line, void *ctx)
{
	struct lines a = {0}, b = {0};
	struct drift__arena scratch;
	bool lists = (drift_value_kind(state) == DRIFT_LIST || drift_value_kind(state) == DRIFT_NULL) &&
		(drift_value_kind(live) == DRIFT_LIST || drift_value_kind(live) == DRIFT_NULL);

	if (lists && drift_value_size(state) + drift_value_size(live) > 0 && all_plain(state) && all_plain(live)) {
		plain_lists(state, live, line, ctx);
		return;
	}
	if (drift_value_kind(state) == DRIFT_MAP && drift_value_kind(live) == DRIFT_NULL) {
		whole_block(state, '-', line, ctx);
		return;
	}
	if (drift_value_kind(state) == DRIFT_NULL && drift_value_kind(live) == DRIFT_MAP) {
		whole_block(live, '+', line, ctx);
		return;
	}
	drift__arena_init(&scratch, (size_t)256 << 20);
	if (lay_out(&a, &scratch, state) && lay_out(&b, &scratch, live)) {
		/* the same lines although the values differ (masked secrets): both sides once */
		if (a.n == 1 && b.n == 1 && same(&a, 0, &b, 0)) {
			put_all(line, ctx, '-', &a);
			put_all(line, ctx, '+', &b);
		} else {
			differing(&a, &b, line, ctx);
		}
	}
	lines_dispose(&a);
	lines_dispose(&b);
	drift__arena_dispose(&scratch);
}
