/* The functions of the JMESPath specification. Extensions stand in functions_more.c; the table below lists all. */
#include "jmespath/functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define V(i) (args[i].value)

static double
number_of(const struct drift_value *v)
{
	double d = 0;

	drift__value_to_double(v, &d);
	return d;
}

static const struct drift_value *
f_abs(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return V(0)->u.text[0] == '-' ? drift__jmes_made(run, drift__value_number(run->arena, V(0)->u.text + 1)) : V(0);
}

static const struct drift_value *
sum(struct drift__jmes_run *run, const struct drift_value *list, bool average)
{
	double total = 0;
	uint32_t i;

	for (i = 0; i < list->len; i++)
		total += number_of(&list->u.items[i]);
	if (average && list->len == 0)
		return &drift__null;
	return drift__jmes_made(run, drift__value_double(run->arena, average ? total / list->len : total));
}

static const struct drift_value *
f_avg(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return sum(run, V(0), true);
}

static const struct drift_value *
f_sum(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return sum(run, V(0), false);
}

static const struct drift_value *
f_ceil(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return drift__jmes_made(run, drift__value_double(run->arena, ceil(number_of(V(0)))));
}

static const struct drift_value *
f_floor(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return drift__jmes_made(run, drift__value_double(run->arena, floor(number_of(V(0)))));
}

static const char *
find_bytes(const char *s, size_t n, const char *sub, size_t m)
{
	size_t i;

	for (i = 0; m <= n && i <= n - m; i++)
		if (memcmp(s + i, sub, m) == 0)
			return s + i;
	return NULL;
}

static const struct drift_value *
f_contains(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	uint32_t i;

	(void)run;
	(void)n;
	if (V(0)->kind == DRIFT_STRING)
		return drift__value_bool(V(1)->kind == DRIFT_STRING && find_bytes(V(0)->u.text, V(0)->len, V(1)->u.text, V(1)->len) != NULL);
	for (i = 0; i < V(0)->len; i++)
		if (drift__value_compare(&V(0)->u.items[i], V(1)) == 0)
			return &drift__true;
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
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);
	uint32_t i;

	(void)n;
	for (i = 0; i < V(1)->len; i++) {
		if (i > 0)
			drift__buf_add(&b, V(0)->u.text, V(0)->len);
		drift__buf_add(&b, V(1)->u.items[i].u.text, V(1)->u.items[i].len);
	}
	return drift__jmes_take(run, &b);
}

static const struct drift_value *
f_keys(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out;
	uint32_t i;

	(void)n;
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++)
		drift__list_add(&out, drift__value_stringn(run->arena, V(0)->u.members[i].key, V(0)->u.members[i].key_len));
	return drift__jmes_made(run, drift__list_finish(&out));
}

static const struct drift_value *
f_values(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out;
	uint32_t i;

	(void)n;
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++)
		drift__list_add(&out, &V(0)->u.members[i].value);
	return drift__jmes_made(run, drift__list_finish(&out));
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
	return drift__jmes_made(run, drift__value_int(run->arena, count));
}

static const struct drift_value *
f_map(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out;
	uint32_t i;

	(void)n;
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(1)->len; i++) {
		const struct drift_value *r = drift__jmes_eval(run, args[0].ref, &V(1)->u.items[i]);

		if (r == NULL) {
			drift__list_dispose(&out);
			return NULL;
		}
		drift__list_add(&out, r);
	}
	return drift__jmes_made(run, drift__list_finish(&out));
}

/* The element whose key (or itself) is the greatest (sign 1) or the smallest (sign -1). */
static const struct drift_value *
extreme(struct drift__jmes_run *run, const struct drift_value *list, const struct drift__jmes_node *by, int sign)
{
	const struct drift_value *best = &drift__null, *best_key = NULL, *key;
	uint32_t i;

	for (i = 0; i < list->len; i++) {
		key = by != NULL ? drift__jmes_eval(run, by, &list->u.items[i]) : &list->u.items[i];
		if (key == NULL)
			return NULL;
		if (key->kind != DRIFT_NUMBER && key->kind != DRIFT_STRING)
			return drift__jmes_fail(run, "only numbers or strings can be ordered");
		if (best_key != NULL && key->kind != best_key->kind)
			return drift__jmes_fail(run, "numbers and strings can't be ordered together");
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

static const struct drift_value *
f_merge(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__map_builder out;
	size_t i;
	uint32_t j;

	drift__map_init(&out, run->arena);
	for (i = 0; i < n; i++)
		for (j = 0; j < V(i)->len; j++)
			drift__map_putn(&out, V(i)->u.members[j].key, V(i)->u.members[j].key_len, &V(i)->u.members[j].value);
	return drift__jmes_made(run, drift__map_finish(&out));
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
f_reverse(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);
	struct drift__list_builder out;
	size_t i;

	(void)n;
	if (V(0)->kind == DRIFT_STRING) {
		for (i = V(0)->len; i > 0;) {
			size_t end = i--;

			while (i > 0 && ((unsigned char)V(0)->u.text[i] & 0xC0) == 0x80)
				i--;
			drift__buf_add(&b, V(0)->u.text + i, end - i);
		}
		return drift__jmes_take(run, &b);
	}
	drift__list_init(&out, run->arena);
	for (i = V(0)->len; i > 0; i--)
		drift__list_add(&out, &V(0)->u.items[i - 1]);
	return drift__jmes_made(run, drift__list_finish(&out));
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

static bool
fill_keys(struct drift__jmes_run *run, const struct drift_value *list, const struct drift__jmes_node *by, struct keyed *k)
{
	uint32_t i;

	for (i = 0; i < list->len; i++) {
		k[i].value = &list->u.items[i];
		k[i].index = i;
		k[i].key = by != NULL ? drift__jmes_eval(run, by, k[i].value) : k[i].value;
		if (k[i].key == NULL)
			return false;
		if ((k[i].key->kind != DRIFT_NUMBER && k[i].key->kind != DRIFT_STRING) || k[i].key->kind != k[0].key->kind) {
			drift__jmes_fail(run, "only numbers, or only strings, can be ordered");
			return false;
		}
	}
	return true;
}

static const struct drift_value *
f_sort(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct keyed *k = drift__arena_alloc(run->arena, (V(0)->len + 1) * sizeof *k);
	struct drift__list_builder out;
	uint32_t i;

	if (k == NULL)
		return drift__jmes_made(run, NULL);
	if (!fill_keys(run, V(0), n > 1 ? args[1].ref : NULL, k))
		return NULL;
	qsort(k, V(0)->len, sizeof *k, compare_keyed);
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++)
		drift__list_add(&out, k[i].value);
	return drift__jmes_made(run, drift__list_finish(&out));
}

static const struct drift_value *
f_to_array(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out;

	(void)n;
	if (V(0)->kind == DRIFT_LIST)
		return V(0);
	drift__list_init(&out, run->arena);
	drift__list_add(&out, V(0));
	return drift__jmes_made(run, drift__list_finish(&out));
}

static const struct drift_value *
f_to_string(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);

	(void)n;
	if (V(0)->kind == DRIFT_STRING)
		return V(0);
	drift__json_write(&b, V(0), 0, false);
	return drift__jmes_take(run, &b);
}

static const struct drift_value *
f_to_number(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const struct drift_value *v;
	struct drift__json_options opt = {.name = "to_number"};

	(void)n;
	if (V(0)->kind == DRIFT_NUMBER)
		return V(0);
	if (V(0)->kind != DRIFT_STRING || drift__json_parse(run->arena, V(0)->u.text, V(0)->len, &opt, &v, NULL) != DRIFT_OK)
		return &drift__null;
	return v->kind == DRIFT_NUMBER ? v : &drift__null;
}

static const struct drift_value *
f_type(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};

	(void)n;
	return drift__jmes_made(run, drift__value_string(run->arena, names[V(0)->kind]));
}

const struct drift_value *
drift__jmes_take(struct drift__jmes_run *run, struct drift__buf *b)
{
	const struct drift_value *v = NULL;

	if (b->status == DRIFT_LIMIT)
		drift__jmes_fail(run, "a string grows past 64 MiB");
	else if (b->status == DRIFT_OK)
		v = drift__value_stringn(run->arena, b->data != NULL ? b->data : "", b->len);
	drift__buf_dispose(b);
	return drift__jmes_made(run, v);
}

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
	/* extensions: what the catalogue needs beyond the specification */
	{"arn", 1, 1, "z", drift__jmes_arn},
	{"base64_decode", 1, 1, "z", drift__jmes_base64_decode},
	{"from_items", 1, 1, "y", drift__jmes_from_items},
	{"from_json", 1, 1, "z", drift__jmes_from_json},
	{"glob", 2, 2, "sz", drift__jmes_glob},
	{"group_by", 2, 2, "lx", drift__jmes_group_by},
	{"if", 3, 3, "aaa", NULL},
	{"items", 1, 1, "e", drift__jmes_items},
	{"lower", 1, 1, "z", drift__jmes_lower},
	{"replace", 3, 3, "zss", drift__jmes_replace},
	{"sha1", 1, 1, "z", drift__jmes_sha1},
	{"snake", 1, 1, "a", drift__jmes_snake},
	{"split", 2, 2, "sz", drift__jmes_split},
	{"trim", 1, 1, "z", drift__jmes_trim},
	{"trim_right", 2, 2, "zs", drift__jmes_trim_right},
	{"unique", 1, 1, "y", drift__jmes_unique},
	{"unquote", 1, 1, "z", drift__jmes_unquote},
	{"upper", 1, 1, "z", drift__jmes_upper},
	{"url_decode", 1, 1, "z", drift__jmes_url_decode},
	{"zip", 2, 2, "ll", drift__jmes_zip},
};

const struct drift__jmes_function *
drift__jmes_function_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (strlen(functions[i].name) == n && memcmp(functions[i].name, name, n) == 0)
			return &functions[i];
	return NULL;
}
