/* The functions of the JMESPath specification, and the table of all. The extensions stand in functions_text.c and
 * functions_data.c. */
#include "jmespath/functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define V(i) (args[i].value)

const char *
drift__jmes_find(const char *s, size_t n, const char *sub, size_t m)
{
	const char *end = s + n, *hit;

	if (m == 0)
		return s;
	for (; (size_t)(end - s) >= m; s = hit + 1) {
		hit = memchr(s, sub[0], (size_t)(end - s) - m + 1);
		if (hit == NULL || memcmp(hit, sub, m) == 0)
			return hit;
	}
	return NULL;
}

/* ---- numbers ---- */

static bool
number_of(struct drift__jmes_run *run, const struct drift_value *v, double *out)
{
	if (drift__value_to_double(v, out))
		return true;
	drift__jmes_fail(run, "a number is too large to calculate with");
	return false;
}

static bool
is_whole(const struct drift_value *v)
{
	return strpbrk(v->u.text, ".eE") == NULL;
}

static const struct drift_value *
f_abs(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift_value *out;

	(void)n;
	if (V(0)->u.text[0] != '-')
		return V(0);
	out = drift__jmes_alloc(run, sizeof *out);
	if (out == NULL)
		return NULL;
	*out = *V(0);
	out->u.text++;
	out->len--;
	return out;
}

static const struct drift_value *
f_ceil(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	double d;

	(void)n;
	if (is_whole(V(0)))
		return V(0);
	return number_of(run, V(0), &d) ? drift__jmes_double(run, ceil(d)) : NULL;
}

static const struct drift_value *
f_floor(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	double d;

	(void)n;
	if (is_whole(V(0)))
		return V(0);
	return number_of(run, V(0), &d) ? drift__jmes_double(run, floor(d)) : NULL;
}

static bool
add_whole(const struct drift_value *list, int64_t *total)
{
	int64_t x;
	uint32_t i;

	*total = 0;
	for (i = 0; i < list->len; i++) {
		if (!is_whole(&list->u.items[i]) || !drift__value_to_int(&list->u.items[i], &x))
			return false;
		if (x > 0 ? *total > INT64_MAX - x : *total < INT64_MIN - x)
			return false;
		*total += x;
	}
	return true;
}

static bool
add(struct drift__jmes_run *run, const struct drift_value *list, double *total)
{
	uint32_t i;
	double x;

	for (*total = 0, i = 0; i < list->len; i++) {
		if (!number_of(run, &list->u.items[i], &x))
			return false;
		*total += x;
	}
	if (isfinite(*total))
		return true;
	drift__jmes_fail(run, "the sum is too large to calculate with");
	return false;
}

static const struct drift_value *
f_sum(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	int64_t whole;
	double total;

	(void)n;
	/* whole numbers keep digits that a double has no room for */
	if (add_whole(V(0), &whole))
		return drift__jmes_int(run, whole);
	return add(run, V(0), &total) ? drift__jmes_double(run, total) : NULL;
}

static const struct drift_value *
f_avg(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	double total;

	(void)n;
	if (V(0)->len == 0)
		return &drift__null;
	return add(run, V(0), &total) ? drift__jmes_double(run, total / V(0)->len) : NULL;
}

static const struct drift_value *
f_to_number(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__json_options opt = {.name = "to_number"};
	const struct drift_value *v;
	enum drift_status st;

	(void)n;
	if (V(0)->kind == DRIFT_NUMBER)
		return V(0);
	/* anything else that is JSON need not be read */
	if (V(0)->kind != DRIFT_STRING || V(0)->len == 0 || memchr("-0123456789", V(0)->u.text[0], 11) == NULL)
		return &drift__null;
	st = drift__json_parse(run->arena, V(0)->u.text, V(0)->len, &opt, &v, NULL);
	if (st != DRIFT_NOMEM)
		return st == DRIFT_OK ? v : &drift__null;
	run->status = drift__nomem(run->err);
	return NULL;
}

/* ---- texts ---- */

static const struct drift_value *
f_contains(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	uint32_t i;
	int same;

	(void)n;
	if (V(0)->kind == DRIFT_STRING)
		return drift__value_bool(
			V(1)->kind == DRIFT_STRING && drift__jmes_find(V(0)->u.text, V(0)->len, V(1)->u.text, V(1)->len) != NULL);
	for (i = 0; i < V(0)->len; i++) {
		same = drift__jmes_equal(run, &V(0)->u.items[i], V(1));
		if (same != 0)
			return same == 1 ? &drift__true : NULL;
	}
	return &drift__false;
}

static const struct drift_value *
f_starts_with(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)run;
	(void)n;
	return drift__value_bool(V(0)->len >= V(1)->len && memcmp(V(0)->u.text, V(1)->u.text, V(1)->len) == 0);
}

static const struct drift_value *
f_ends_with(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)run;
	(void)n;
	return drift__value_bool(V(0)->len >= V(1)->len && memcmp(V(0)->u.text + V(0)->len - V(1)->len, V(1)->u.text, V(1)->len) == 0);
}

static const struct drift_value *
f_join(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const struct drift_value *parts = V(1)->u.items;
	size_t len = 0;
	char *out;
	uint32_t i;

	(void)n;
	for (i = 0; i < V(1)->len; i++)
		len += parts[i].len + (i > 0 ? V(0)->len : (size_t)0);
	out = drift__jmes_text(run, len);
	if (out == NULL)
		return NULL;
	for (len = 0, i = 0; i < V(1)->len; i++) {
		memcpy(out + len, V(0)->u.text, i > 0 ? V(0)->len : 0);
		len += i > 0 ? V(0)->len : 0;
		memcpy(out + len, parts[i].u.text, parts[i].len);
		len += parts[i].len;
	}
	return drift__jmes_written(run, out, len);
}

static const struct drift_value *
f_length(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	int64_t count = V(0)->len;
	uint32_t i;

	(void)n;
	/* characters, not bytes */
	for (i = 0; V(0)->kind == DRIFT_STRING && i < V(0)->len; i++)
		count -= ((unsigned char)V(0)->u.text[i] & 0xC0) == 0x80;
	return drift__jmes_int(run, count);
}

static const struct drift_value *
reverse_text(struct drift__jmes_run *run, const struct drift_value *v)
{
	char *out = drift__jmes_text(run, v->len);
	size_t i = v->len, end, len = 0;

	while (out != NULL && i > 0) {
		end = i--;
		while (i > 0 && ((unsigned char)v->u.text[i] & 0xC0) == 0x80)
			i--;
		memcpy(out + len, v->u.text + i, end - i);
		len += end - i;
	}
	return out != NULL ? drift__jmes_written(run, out, len) : NULL;
}

static const struct drift_value *
f_reverse(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack, i;

	(void)n;
	if (V(0)->kind == DRIFT_STRING)
		return reverse_text(run, V(0));
	for (i = V(0)->len; i > 0; i--)
		if (!drift__jmes_push(run, NULL, 0, &V(0)->u.items[i - 1]))
			return NULL;
	return drift__jmes_list(run, from);
}

static const struct drift_value *
f_to_string(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);

	(void)n;
	if (V(0)->kind == DRIFT_STRING)
		return V(0);
	if (drift__jmes_measure(V(0), JMES_MAX_STRING) > JMES_MAX_STRING)
		return drift__jmes_limit(run, "a string grows past 64 MiB");
	drift__json_write(&b, V(0), 0, false);
	return drift__jmes_take(run, &b);
}

static const struct drift_value *
f_type(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
#define NAME(text) {.kind = DRIFT_STRING, .len = sizeof text - 1, .u = {text}}
	static const struct drift_value names[] = {NAME("null"), NAME("boolean"), NAME("number"), NAME("string"), NAME("array"), NAME("object")};
#undef NAME

	(void)run;
	(void)n;
	return &names[V(0)->kind];
}

/* ---- lists and maps ---- */

static const struct drift_value *
f_keys(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack;
	uint32_t i;

	(void)n;
	for (i = 0; i < V(0)->len; i++) {
		struct drift__keyed m = drift__keyed_at(V(0), i);
		struct drift_value key = {.kind = DRIFT_STRING, .len = (uint32_t)m.key_len, .u = {m.key}};

		if (!drift__jmes_push(run, NULL, 0, &key))
			return NULL;
	}
	return drift__jmes_list(run, from);
}

static const struct drift_value *
f_values(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack;
	uint32_t i;

	(void)n;
	for (i = 0; i < V(0)->len; i++)
		if (!drift__jmes_push(run, NULL, 0, drift_value_at(V(0), i)))
			return NULL;
	return drift__jmes_list(run, from);
}

static const struct drift_value *
f_map(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack;
	uint32_t i;

	(void)n;
	for (i = 0; i < V(1)->len; i++)
		if (!drift__jmes_push(run, NULL, 0, drift__jmes_eval(run, args[0].ref, &V(1)->u.items[i])))
			return NULL;
	return drift__jmes_list(run, from);
}

static const struct drift_value *
f_merge(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack, i;
	uint32_t j;

	for (i = 0; i < n; i++)
		for (j = 0; j < V(i)->len; j++) {
			struct drift__keyed m = drift__keyed_at(V(i), j);

			if (!drift__jmes_push(run, m.key, m.key_len, m.value))
				return NULL;
		}
	return drift__jmes_map(run, from);
}

static const struct drift_value *
f_not_null(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t i;

	(void)run;
	for (i = 0; i < n; i++)
		if (V(i)->kind != DRIFT_NULL)
			return V(i);
	return &drift__null;
}

static const struct drift_value *
f_to_array(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	size_t from = run->n_stack;

	(void)n;
	if (V(0)->kind == DRIFT_LIST)
		return V(0);
	return drift__jmes_push(run, NULL, 0, V(0)) ? drift__jmes_list(run, from) : NULL;
}

/* ---- order ---- */

/* What element v is ordered by; NULL on failure. first is the key of the first element, or NULL. */
static const struct drift_value *
order_key(struct drift__jmes_run *run, const struct drift__jmes_node *by, const struct drift_value *v,
	const struct drift_value *first)
{
	const struct drift_value *key = by != NULL ? drift__jmes_eval(run, by, v) : v;

	if (key != NULL && key->kind != DRIFT_NUMBER && key->kind != DRIFT_STRING)
		return drift__jmes_fail(run, "only numbers or strings can be ordered");
	if (key != NULL && first != NULL && key->kind != first->kind)
		return drift__jmes_fail(run, "numbers and strings can't be ordered together");
	return key;
}

/* The first of the elements that are greatest (sign 1) or smallest (sign -1). */
static const struct drift_value *
extreme(struct drift__jmes_run *run, const struct drift_value *list, const struct drift__jmes_node *by, int sign)
{
	const struct drift_value *best = &drift__null, *best_key = NULL, *key;
	uint32_t i;

	for (i = 0; i < list->len; i++) {
		key = order_key(run, by, &list->u.items[i], best_key);
		if (key == NULL)
			return NULL;
		if (best_key == NULL || drift__value_compare(key, best_key) * sign > 0) {
			best = &list->u.items[i];
			best_key = key;
		}
	}
	return best;
}

static const struct drift_value *
f_max(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	return extreme(run, V(0), n > 1 ? args[1].ref : NULL, 1);
}

static const struct drift_value *
f_min(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	return extreme(run, V(0), n > 1 ? args[1].ref : NULL, -1);
}

struct keyed {
	const struct drift_value *key, *value;
	size_t index;
};

static int
compare_keyed(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;
	int c = drift__value_compare(a->key, b->key);

	/* stable, as the specification wants it */
	return c != 0 ? c : (a->index > b->index) - (a->index < b->index);
}

static const struct drift_value *
f_sort(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct keyed *k = drift__jmes_alloc(run, (V(0)->len + (size_t)1) * sizeof *k);
	size_t from = run->n_stack;
	uint32_t i;

	if (k == NULL)
		return NULL;
	for (i = 0; i < V(0)->len; i++) {
		k[i].value = &V(0)->u.items[i];
		k[i].index = i;
		k[i].key = order_key(run, n > 1 ? args[1].ref : NULL, k[i].value, i > 0 ? k[0].key : NULL);
		if (k[i].key == NULL)
			return NULL;
	}
	qsort(k, V(0)->len, sizeof *k, compare_keyed);
	for (i = 0; i < V(0)->len; i++)
		if (!drift__jmes_push(run, NULL, 0, k[i].value))
			return NULL;
	return drift__jmes_list(run, from);
}

/* ---- the table ---- */

static const struct drift__jmes_function functions[] = {
	{"abs", 1, 1, "n", f_abs},
	{"avg", 1, 1, "N", f_avg},
	{"ceil", 1, 1, "n", f_ceil},
	{"contains", 2, 2, "ca", f_contains},
	{"ends_with", 2, 2, "ss", f_ends_with},
	{"floor", 1, 1, "n", f_floor},
	{"join", 2, 2, "sS", f_join},
	{"keys", 1, 1, "m", f_keys},
	{"length", 1, 1, "h", f_length},
	{"map", 2, 2, "xl", f_map},
	{"max", 1, 1, "O", f_max},
	{"max_by", 2, 2, "lx", f_max},
	{"merge", 0, 0, "m", f_merge},
	{"min", 1, 1, "O", f_min},
	{"min_by", 2, 2, "lx", f_min},
	{"not_null", 1, 0, "a", f_not_null},
	{"reverse", 1, 1, "c", f_reverse},
	{"sort", 1, 1, "O", f_sort},
	{"sort_by", 2, 2, "lx", f_sort},
	{"starts_with", 2, 2, "ss", f_starts_with},
	{"sum", 1, 1, "N", f_sum},
	{"to_array", 1, 1, "a", f_to_array},
	{"to_number", 1, 1, "a", f_to_number},
	{"to_string", 1, 1, "a", f_to_string},
	{"type", 1, 1, "a", f_type},
	{"values", 1, 1, "m", f_values},
	/* extensions: what the catalogue needs beyond the specification; functions.h says what they do */
	{"arn", 1, 1, "z", drift__jmes_arn},
	{"base64_decode", 1, 1, "z", drift__jmes_base64_decode},
	{"base64_encode", 1, 1, "z", drift__jmes_base64_encode},
	{"bool", 1, 1, "a", drift__jmes_bool},
	{"find_first", 2, 2, "zs", drift__jmes_find_first},
	{"from_items", 1, 1, "y", drift__jmes_from_items},
	{"from_json", 1, 1, "z", drift__jmes_from_json},
	{"glob", 2, 2, "sz", drift__jmes_glob},
	{"group_by", 2, 2, "yx", drift__jmes_group_by},
	{"if", 3, 3, "aaa", NULL},
	{"items", 1, 1, "e", drift__jmes_items},
	{"lower", 1, 1, "z", drift__jmes_lower},
	{"replace", 3, 3, "zss", drift__jmes_replace},
	{"seconds_to_rfc3339", 1, 1, "a", drift__jmes_seconds_to_rfc3339},
	{"sha1", 1, 1, "z", drift__jmes_sha1},
	{"snake", 1, 1, "a", drift__jmes_snake},
	{"split", 2, 2, "sz", drift__jmes_split},
	{"spread", 2, 2, "yx", drift__jmes_spread},
	{"trim", 1, 1, "z", drift__jmes_trim},
	{"trim_right", 2, 2, "zs", drift__jmes_trim_right},
	{"unique", 1, 1, "y", drift__jmes_unique},
	{"unquote", 1, 1, "z", drift__jmes_unquote},
	{"upper", 1, 1, "z", drift__jmes_upper},
	{"url_decode", 1, 1, "z", drift__jmes_url_decode},
	{"url_encode", 1, 1, "z", drift__jmes_url_encode},
	{"zip", 2, 2, "yy", drift__jmes_zip},
};

enum { N_FUNCTIONS = sizeof functions / sizeof functions[0] };

const struct drift__jmes_function *
drift__jmes_function_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < N_FUNCTIONS; i++)
		if (strlen(functions[i].name) == n && memcmp(functions[i].name, name, n) == 0)
			return &functions[i];
	return NULL;
}

const char *
drift__jmes_function_near(const char *name)
{
	const char *best = NULL;
	int least = 3, d;
	size_t i;

	for (i = 0; i < N_FUNCTIONS; i++) {
		d = drift__edit_distance(functions[i].name, name);
		if (d < least) {
			least = d;
			best = functions[i].name;
		}
	}
	return best;
}
