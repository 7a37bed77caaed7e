/* JSON in and out: what is accepted, where an error points, what survives a round trip, and that memory may run out anywhere. */
#include "model/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum drift_status
parse_with(struct drift__arena *a, const char *text, size_t n, struct drift__json_options opt, const struct drift_value **out,
	struct drift_error *err)
{
	memset(err, 0, sizeof(*err));
	*out = NULL;
	opt.name = "t.json";
	return drift__json_parse(a, text, n, &opt, out, err);
}

static void
what_is_json_comes_back_as_it_was(void **unused)
{
	static const char *const rows[][2] = {
		{"null", "null"}, {" [ ] ", "[]"}, {"{}", "{}"}, {"[1, -0, 1.50, 1e400, 123456789012345678901234567890]",
			"[1,-0,1.50,1e400,123456789012345678901234567890]"},
		{"\"\\u00e4\\n\\/\\ud83d\\ude00\"", "\"\xc3\xa4\\n/\xf0\x9f\x98\x80\""}, {"{\"b\":1,\"a\":[true,false]}", "{\"b\":1,\"a\":[true,false]}"},
		{"{\"a\":1,\"a\":2}", "{\"a\":2}"}, {"\"a\\u0000b\"", "\"a\\u0000b\""}, {"{\"\":0}", "{\"\":0}"},
		/* keys that were read before, and keys that only look like one of them in the text */
		{"[{\"a\\\\\":1},{\"a\\\\\":2},{\"a\\\"b\":3},{\"a\":4},{\"a\\u0041\":5},{\"aA\":6}]",
			"[{\"a\\\\\":1},{\"a\\\\\":2},{\"a\\\"b\":3},{\"a\":4},{\"aA\":5},{\"aA\":6}]"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drift__arena a;
		struct drift__buf out = DRIFT__BUF_INIT(1000);
		const struct drift_value *v;
		struct drift_error err;

		drift__arena_init(&a, 0);
		if (parse_with(&a, rows[i][0], strlen(rows[i][0]), (struct drift__json_options){0}, &v, &err) != DRIFT_OK)
			fail_msg("%s: %s %s", rows[i][0], err.where, err.what);
		drift__json_write(&out, v, 0, false);
		assert_string_equal(out.data, rows[i][1]);
		drift__buf_dispose(&out);
		drift__arena_dispose(&a);
	}
}

static void
what_a_lenient_reader_lets_pass_is_counted(void **unused)
{
	static const char text[] = "{\"a\":1,\n\"b\":{\"x\":1,\"x\":2,\"x\":3},\n\"a\":4}";
	struct drift__json_notes d = {0};
	struct drift__buf big = DRIFT__BUF_INIT(10000);
	const struct drift_value *v;
	struct drift_error err;
	struct drift__arena a;

	(void)unused;
	drift__arena_init(&a, 0);
	assert_int_equal(parse_with(&a, text, sizeof text - 1, (struct drift__json_options){.notes = &d}, &v, &err), DRIFT_OK);
	assert_int_equal(d.equal_keys, 3);
	assert_int_equal(d.equal_line, 2);
	/* the long way, for objects of many members */
	for (int i = 0; i < 100; i++)
		drift__buf_addf(&big, "%s\"k%d\":%d", i == 0 ? "{" : ",", i % 60, i);
	drift__buf_adds(&big, "}");
	memset(&d, 0, sizeof d);
	assert_int_equal(parse_with(&a, big.data, big.len, (struct drift__json_options){.notes = &d}, &v, &err), DRIFT_OK);
	assert_int_equal(d.equal_keys, 40);
	assert_int_equal(drift_value_size(v), 60);
	assert_string_equal(drift_value_text(drift_value_get(v, "k0"), NULL), "60");
	assert_int_equal(parse_with(&a, "[1,\n\"a\xFF" "b\\ud800\"]", 16, (struct drift__json_options){.lenient_utf8 = true, .notes = &d}, &v, &err), DRIFT_OK);
	assert_int_equal(d.replaced, 2);
	assert_int_equal(d.replaced_line, 2);
	assert_string_equal(drift__value_str(drift_value_at(v, 1)), "a\xEF\xBF\xBD" "b\xEF\xBF\xBD");
	drift__buf_dispose(&big);
	drift__arena_dispose(&a);
}

static void
what_is_not_json_is_refused_with_its_place(void **unused)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{"", "t.json"}, {"{\"a\":", "t.json:1:"}, {"[1,]", "t.json:1:4"}, {"{\n  \"a\" 1}", "t.json:2:7"}, {"[1] x", "t.json:1:5"},
		{"01", "t.json:1:"}, {"1.", "t.json:1:"}, {"+1", "t.json:1:1"}, {"nul", "t.json:1:"}, {"'a'", "t.json:1:1"},
		{"\"a\nb\"", "t.json:1:"}, {"\"\\x\"", "t.json:1:"}, {"\"\\ud800\"", "t.json:1:"}, {"\"\xff\"", "t.json:1:"}, {"{\"a\":1,}", "t.json:1:"},
		{"{a:1}", "t.json:1:2"}, {"[1 2]", "t.json:1:4"}, {"\"abc", "t.json:1:"}, {"NaN", "t.json:1:"}, {"{\"a\":1", "t.json:1:"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drift__arena a;
		const struct drift_value *v;
		struct drift_error err;

		drift__arena_init(&a, 0);
		if (parse_with(&a, rows[i].text, strlen(rows[i].text), (struct drift__json_options){0}, &v, &err) != DRIFT_BAD_JSON)
			fail_msg("\"%s\" was not refused", rows[i].text);
		if (strncmp(err.where, rows[i].where, strlen(rows[i].where)) != 0)
			fail_msg("\"%s\": %s, expected %s", rows[i].text, err.where, rows[i].where);
		assert_null(v);
		assert_true(err.what[0] != 0);
		drift__arena_dispose(&a);
	}
}

static void
options_change_what_is_refused(void **unused)
{
	struct drift__arena a;
	const struct drift_value *v;
	struct drift_error err;
	size_t consumed = 0, n;

	(void)unused;
	drift__arena_init(&a, 0);
	assert_int_equal(parse_with(&a, "{\"a\":1,\"a\":2}", 13, (struct drift__json_options){.unique_keys = true}, &v, &err), DRIFT_BAD_JSON);
	assert_int_equal(parse_with(&a, "\"\xff\\ud800\"", 9, (struct drift__json_options){.lenient_utf8 = true}, &v, &err), DRIFT_OK);
	assert_string_equal(drift_value_text(v, &n), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(n, 6);
	assert_int_equal(parse_with(&a, "[1]tail", 7, (struct drift__json_options){.allow_trailing = true, .consumed = &consumed}, &v, &err), DRIFT_OK);
	assert_int_equal(consumed, 3);
	assert_int_equal(parse_with(&a, "[[[1]]]", 7, (struct drift__json_options){.max_depth = 2}, &v, &err), DRIFT_LIMIT);
	assert_int_equal(parse_with(&a, "[[1]]", 5, (struct drift__json_options){.max_depth = 2}, &v, &err), DRIFT_OK);
	drift__arena_dispose(&a);
}

static void
depth_is_limited_as_go_limits_it(void **unused)
{
	enum { DEEP = 100000 };
	char *text = malloc(2 * DEEP);
	struct drift__arena a;
	const struct drift_value *v;
	struct drift_error err;

	(void)unused;
	assert_non_null(text);
	memset(text, '[', DEEP);
	memset(text + DEEP, ']', DEEP);
	drift__arena_init(&a, 0);
	assert_int_equal(parse_with(&a, text, 2 * DEEP, (struct drift__json_options){0}, &v, &err), DRIFT_LIMIT);
	assert_int_equal(parse_with(&a, text + DEEP - 9999, 2 * 9999, (struct drift__json_options){0}, &v, &err), DRIFT_OK);
	drift__arena_dispose(&a);
	free(text);
}

static void
memory_may_run_out_anywhere(void **unused)
{
	static const char text[] = "{\"list\":[1,2,3,4,5,6,7,8,9,10],\"map\":{\"a\":\"b\",\"c\":{\"d\":null}},\"text\":\"\\u00e4 long enough to need its own place\"}";
	bool ended = false;

	(void)unused;
	for (long n = 1; n < 1000 && !ended; n++) {
		struct drift__arena a;
		const struct drift_value *v;
		struct drift_error err;
		enum drift_status st;

		drift__arena_init(&a, 0);
		drift__alloc_fail_after(n);
		st = parse_with(&a, text, sizeof(text) - 1, (struct drift__json_options){0}, &v, &err);
		drift__alloc_fail_after(0);
		if (st == DRIFT_OK)
			ended = true;
		else
			assert_int_equal(st, DRIFT_NOMEM);
		drift__arena_dispose(&a);
	}
	assert_true(ended);
}

static void
equality_is_by_meaning(void **unused)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {{"1", "1.0", true}, {"100", "1e2", true}, {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true}, {"[1,2]", "[2,1]", false},
		{"\"1\"", "1", false}, {"null", "false", false}, {"12345678901234567890", "12345678901234567891", false}, {"-0", "0", true},
		{"{\"a\":null}", "{}", false}};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drift_document *a = NULL, *b = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift_document_parse(rows[i].a, strlen(rows[i].a), "a", &a, &err), DRIFT_OK);
		assert_int_equal(drift_document_parse(rows[i].b, strlen(rows[i].b), "b", &b, &err), DRIFT_OK);
		if (drift_value_equal(drift_document_root(a), drift_document_root(b)) != rows[i].equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
		drift_document_free(a);
		drift_document_free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_json_comes_back_as_it_was),
		cmocka_unit_test(what_a_lenient_reader_lets_pass_is_counted),
		cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
		cmocka_unit_test(options_change_what_is_refused),
		cmocka_unit_test(depth_is_limited_as_go_limits_it),
		cmocka_unit_test(memory_may_run_out_anywhere),
		cmocka_unit_test(equality_is_by_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
