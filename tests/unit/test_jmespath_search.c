/* What the case files can't say: limits, errors that say where and what to do, values that are lent, large inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jmespath/jmespath.h"

/* prefix, n times middle, suffix; free() it. */
static char *
repeat(const char *prefix, const char *middle, size_t n, const char *suffix)
{
	size_t m = strlen(middle), len = strlen(prefix), i;
	char *text = malloc(len + m * n + strlen(suffix) + 1);

	assert_non_null(text);
	memcpy(text, prefix, len);
	for (i = 0; i < n; i++, len += m)
		memcpy(text + len, middle, m);
	memcpy(text + len, suffix, strlen(suffix) + 1);
	return text;
}

static enum drift_status
query_status(const char *expression, const char *json, struct drift_error *err)
{
	struct drift_document *doc = NULL, *got = NULL;
	enum drift_status st;

	*err = (struct drift_error)DRIFT_ERROR_INIT;
	assert_int_equal(drift_document_parse(json, strlen(json), "test", &doc, NULL), DRIFT_OK);
	st = drift_query(expression, drift_document_root(doc), &got, err);
	assert_true((st == DRIFT_OK) == (got != NULL));
	drift_document_free(got);
	drift_document_free(doc);
	return st;
}

static void
errors_say_where_what_and_what_to_do(void **state)
{
	static const struct {
		const char *expression, *where, *what, *hint;
	} cases[] = {
		{"a.", "query:3", "a name, *, [ or { is expected behind the dot", ""},
		{"a[?b", "query:5", "the filter has no closing ]", ""},
		{"a  b", "query:4", "the expression should end here", ""},
		{"", "query:1", "the expression ends too early", ""},
		{"a.`{`", "query:3", "the text ends inside an object", NULL},
		{"'abc", "query:1", "a string has no closing quote", ""},
		{"lenght(a)", "query:1", "there is no function lenght()", "did you mean length()?"},
		{"x || to_lower_case(a)", "query:6", "there is no function to_lower_case()", ""},
		{"abs(a, b)", "query:1", "abs() takes 1 argument, not 2", ""},
		{"a.join(b)", "query:3", "join() takes 2 arguments, not 1", ""},
		{"not_null()", "query:1", "not_null() takes 1 to 64 arguments, not 0", ""},
		{"sort_by(a, b)", "query:12", "argument 2 of sort_by() must be an expression: write & before it", ""},
		{"length(&a)", "query:8", "argument 1 of length() must be a value, not &…", ""},
		{"a.b | length(c)", "query:7", "argument 1 of length() must be an array, an object or a string, not null",
			"what is missing reads as null: give it a value with || or not_null()"},
		{"join(',', list)", "query:1", "argument 2 of join() must be an array of strings, not an array that holds a number", ""},
		{"sort(mixed)", "query:1", "argument 1 of sort() must be an array of numbers or of strings, not an array of both", ""},
		{"  max_by(list, &abs(to_string(@)))", "query:17", "argument 1 of abs() must be a number, not a string", ""},
		{"list[::0]", "query:6", "the step of a slice can't be 0", ""},
		{"sum(big)", "query:1", "a number is too large to calculate with", ""},
	};
	static const char json[] = "{\"list\": [1, 2], \"mixed\": [1, \"a\"], \"big\": [1e999]}";
	struct drift_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(query_status(cases[i].expression, json, &err), DRIFT_BAD_QUERY);
		assert_string_equal(err.where, cases[i].where);
		if (cases[i].hint != NULL) {
			assert_string_equal(err.what, cases[i].what);
			assert_string_equal(err.hint, cases[i].hint);
		}
	}
}

static void
limits_are_errors(void **state)
{
	static const struct {
		const char *prefix, *middle;
		size_t n;
		const char *suffix;
		enum drift_status status;
	} cases[] = {
		{"", "(", 490, "a", DRIFT_BAD_QUERY}, /* not closed, but not too deep */
		{"", "(", 60000, "", DRIFT_LIMIT},
		{"", "[", 499, "a", DRIFT_BAD_QUERY},
		{"", "[", 60000, "", DRIFT_LIMIT},
		{"", "!", 490, "a", DRIFT_OK},
		{"", "!", 60000, "a", DRIFT_LIMIT},
		{"", "{a:", 20000, "", DRIFT_LIMIT},
		{"", "[?", 30000, "", DRIFT_LIMIT},
		{"", "not_null(", 7000, "", DRIFT_LIMIT},
		{"", "&(", 30000, "", DRIFT_LIMIT},
		{"a", ".a", 1900, "", DRIFT_OK},
		{"a", ".a", 2100, "", DRIFT_LIMIT},
		{"a", "[0]", 20000, "", DRIFT_LIMIT},
		{"a", "[]", 30000, "", DRIFT_LIMIT},
		{"a", "||a", 20000, "", DRIFT_LIMIT},
		{"a", "|a", 30000, "", DRIFT_LIMIT},
		{"a", "==a", 20000, "", DRIFT_LIMIT},
		{"a", "[*].a", 13000, "", DRIFT_LIMIT},
		{"`", "[", 10000, "`", DRIFT_BAD_QUERY},
		{"", "a", 65536, "", DRIFT_OK},
		{"", "a", 65537, "", DRIFT_LIMIT},
		{"[a", ",a", 30000, "]", DRIFT_OK},
		{"not_null(a", ",a", 63, ")", DRIFT_OK},
		{"not_null(a", ",a", 64, ")", DRIFT_BAD_QUERY},
	};
	struct drift_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = repeat(cases[i].prefix, cases[i].middle, cases[i].n, cases[i].suffix);

		assert_int_equal(query_status(text, "{}", &err), cases[i].status);
		free(text);
	}
}

/* 1000 bytes: what doubles it passes a limit on bytes after few steps. */
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG "'" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "'"

/* A few characters double the value at every step: each must end soon, with LIMIT. */
static void
values_that_double_are_stopped(void **state)
{
	static const struct {
		const char *start, *step;
		size_t n;
		const char *behind;
	} cases[] = {
		{LONG, "|[@,@]", 60, ""},
		{LONG, "|[@,@]", 60, "|to_string(@)"},
		{"{a: `[1]`, b: `[1]`}", "|{a: {x: a, y: a}, b: {x: b, y: b}}", 60, "|a == b"},
		{LONG, "|join(@,[@,@,@])", 30, ""},
	};
	struct drift_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = repeat(cases[i].start, cases[i].step, cases[i].n, cases[i].behind);

		assert_int_equal(query_status(text, "{}", &err), DRIFT_LIMIT);
		free(text);
	}
}

/* The caller's arena has a maximum: passing it is LIMIT, and not a lack of memory. */
static void
the_arena_s_maximum_holds(void **state)
{
	static const char *const cases[][2] = {{"|[@,@][]", ""}, {"|[@,@]", "|snake(@)"}, {"|[@,@][]", "|sort(@)"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = repeat("`[1]`", cases[i][0], 40, cases[i][1]);
		struct drift_error err = DRIFT_ERROR_INIT;
		const struct drift_value *out = NULL;
		struct drift__jmes *e = NULL;
		struct drift__arena a;

		assert_int_equal(drift__jmes_compile(text, "doubling", &e, &err), DRIFT_OK);
		drift__arena_init(&a, 1 << 20);
		assert_int_equal(drift__jmes_search(e, NULL, &a, &out, &err), DRIFT_LIMIT);
		assert_memory_equal(err.where, "doubling", 8);
		assert_null(out);
		drift__arena_dispose(&a);
		drift__jmes_free(e);
		free(text);
	}
}

static void
run_lent(const struct drift__jmes *e, const struct drift_value *v, const char *want)
{
	const struct drift_value *out = NULL;
	struct drift__arena a;
	char *json;

	drift__arena_init(&a, 0);
	assert_int_equal(drift__jmes_search(e, v, &a, &out, NULL), DRIFT_OK);
	json = drift_value_to_json(out, 0);
	assert_string_equal(json, want);
	drift_text_free(json);
	drift__arena_dispose(&a);
}

/* One parsed expression serves any number of values; a plain path takes no memory at all. */
static void
an_expression_is_used_again(void **state)
{
	static const char one[] = "{\"a\": {\"b\": [3, 12345678901234567890, 1.50]}}", two[] = "{\"a\": null}";
	struct drift_document *first = NULL, *second = NULL;
	struct drift__jmes *e = NULL, *path = NULL;
	const struct drift_value *out = NULL;
	struct drift__arena a;
	int i;

	(void)state;
	assert_int_equal(drift_document_parse(one, strlen(one), "one", &first, NULL), DRIFT_OK);
	assert_int_equal(drift_document_parse(two, strlen(two), "two", &second, NULL), DRIFT_OK);
	assert_int_equal(drift__jmes_compile("{n: a.b[1:], s: a.b[0] || 'none'}", "again", &e, NULL), DRIFT_OK);
	for (i = 0; i < 100; i++) {
		run_lent(e, drift_document_root(first), "{\"n\":[12345678901234567890,1.50],\"s\":3}");
		run_lent(e, drift_document_root(second), "{\"n\":null,\"s\":\"none\"}");
		run_lent(e, NULL, "null");
	}
	assert_int_equal(drift__jmes_compile("a.b[-1] || `false`", "path", &path, NULL), DRIFT_OK);
	drift__arena_init(&a, 0);
	drift__alloc_fail_after(1);
	assert_int_equal(drift__jmes_search(path, drift_document_root(first), &a, &out, NULL), DRIFT_OK);
	drift__alloc_fail_after(0);
	assert_string_equal(drift_value_text(out, NULL), "1.50");
	assert_int_equal(a.total_bytes, 0);
	drift__arena_dispose(&a);
	drift__jmes_free(e);
	drift__jmes_free(path);
	drift_document_free(first);
	drift_document_free(second);
}

/* Functions that pair or sort elements do it in n log n: these end at once, or the test is not seen to end. */
static void
large_lists_are_no_trouble(void **state)
{
	static const struct {
		const char *expression, *want;
	} cases[] = {
		{"length(unique(@))", "10000"},
		{"length(unique([].k))", "1000"},
		{"length(unique([].m))", "1000"},
		{"length(group_by(@, &k))", "1000"},
		{"length(group_by(@, &id))", "10000"},
		{"length(from_items([].[id, m]))", "10000"},
		{"length(from_items([].[k, m]))", "1000"},
		{"length(merge(from_items([].[id, m]), from_items([].[k, m])))", "11000"},
		{"length(items(from_items([].[id, m])))", "10000"},
		{"sort_by(@, &n)[0].n", "0"},
		{"max_by(@, &n).n", "9999"},
		{"sum([].n)", "49995000"},
		{"length(join('', [].id))", "60000"},
		{"from_items([].[id, m]) == from_items(reverse(@)[].[id, m])", "true"},
		{"length([?m.v == `7`])", "10"},
	};
	struct drift__buf text = DRIFT__BUF_INIT(1 << 24);
	struct drift_document *doc = NULL;
	size_t i;

	(void)state;
	drift__buf_addc(&text, '[');
	for (i = 0; i < 10000; i++)
		drift__buf_addf(&text, "%s{\"n\":%zu,\"id\":\"i%05zu\",\"k\":\"k%zu\",\"m\":{\"v\":%zu,\"w\":[]}}", i > 0 ? "," : "",
			9999 - i, i, i % 1000, i % 1000);
	drift__buf_addc(&text, ']');
	assert_int_equal(drift_document_parse(text.data, text.len, "large", &doc, NULL), DRIFT_OK);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_document *got = NULL;
		char *json;

		assert_int_equal(drift_query(cases[i].expression, drift_document_root(doc), &got, NULL), DRIFT_OK);
		json = drift_value_to_json(drift_document_root(got), 0);
		assert_string_equal(json, cases[i].want);
		drift_text_free(json);
		drift_document_free(got);
	}
	drift_document_free(doc);
	drift__buf_dispose(&text);
}

/* Replies leave members out: an expression of the catalogue must not end a scan for that. */
static void
what_cannot_be_taken_is_null_when_lenient(void **state)
{
	static const char *const expressions[] = {"length(missing)", "starts_with(missing, 'a')", "join('-', [missing, 'a'])", "sort_by(missing, &x)", "keys(@.missing)", "max(`[1, \"a\"]`)"};
	struct drift__arena a;
	size_t i;

	(void)state;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
		const struct drift_value *out = NULL;
		struct drift__jmes *e = NULL;

		assert_int_equal(drift__jmes_compile(expressions[i], "x", &e, NULL), DRIFT_OK);
		assert_int_equal(drift__jmes_search(e, NULL, &a, &out, NULL), DRIFT_BAD_QUERY);
		drift__jmes_be_lenient(e);
		assert_int_equal(drift__jmes_search(e, NULL, &a, &out, NULL), DRIFT_OK);
		assert_int_equal(drift_value_kind(out), DRIFT_NULL);
		drift__jmes_free(e);
	}
	drift__arena_dispose(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_say_where_what_and_what_to_do),
		cmocka_unit_test(limits_are_errors),
		cmocka_unit_test(values_that_double_are_stopped),
		cmocka_unit_test(the_arena_s_maximum_holds),
		cmocka_unit_test(an_expression_is_used_again),
		cmocka_unit_test(large_lists_are_no_trouble),
		cmocka_unit_test(what_cannot_be_taken_is_null_when_lenient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
