/* Values that resemble each other: they read as those that were written out in full, take less memory, and memory may run out anywhere. */
#include "model/alike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *
as_text(const struct drift_value *v)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);

	drift__json_write(&b, v, 0, false);
	return drift__buf_take(&b);
}

/* Reads text with and without likes, and copies it; gives the bytes that either way took. */
static void
read_both(const char *text, size_t *plain_bytes, size_t *alike_bytes)
{
	struct drift__arena plain, alike, copied;
	struct drift__likes likes, more;
	struct drift__json_options opt = {.name = "t.json"};
	const struct drift_value *v, *w, *x;
	char *expected, *got;

	drift__arena_init(&plain, 0);
	drift__arena_init(&alike, 0);
	drift__arena_init(&copied, 0);
	drift__likes_init(&likes, &alike);
	drift__likes_init(&more, &copied);
	assert_int_equal(drift__json_parse(&plain, text, strlen(text), &opt, &v, NULL), DRIFT_OK);
	opt.likes = &likes;
	assert_int_equal(drift__json_parse(&alike, text, strlen(text), &opt, &w, NULL), DRIFT_OK);
	drift__likes_dispose(&likes);
	x = drift__likes_copy(&more, w);
	assert_non_null(x);
	drift__likes_dispose(&more);
	expected = as_text(v);
	got = as_text(w);
	assert_string_equal(got, expected);
	drift__free(got);
	got = as_text(x);
	assert_string_equal(got, expected);
	drift__free(got);
	drift__free(expected);
	assert_true(drift_value_equal(v, w));
	assert_true(drift_value_equal(w, x));
	if (plain_bytes != NULL) {
		*plain_bytes = plain.total_bytes;
		*alike_bytes = alike.total_bytes;
	}
	drift__arena_dispose(&plain);
	drift__arena_dispose(&alike);
	drift__arena_dispose(&copied);
}

static void
what_was_read_is_what_was_written(void **unused)
{
	static const char *const rows[] = {"null", "{}", "[{},{}]", "[{\"a\":1},{\"a\":1},{\"a\":2},{\"a\":2}]", "[{\"a\":1},{\"a\":1.0},{\"a\":1e0}]",
		"[{\"a\":null},{\"a\":false},{\"a\":true},{\"a\":\"\"},{\"a\":[]},{\"a\":{}}]", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]",
		"[{\"a\":\"1\"},{\"a\":1}]", "[{\"a\\u0000b\":1},{\"a\\u0000c\":1}]", "[{\"\":1},{\"\":2}]", "{\"a\":{\"a\":{\"a\":{\"a\":1}}}}",
		"[{\"a\":1,\"a\":2},{\"a\":1,\"b\":1,\"a\":3}]", "[{\"ab\":1},{\"bb\":1},{\"ab\":1},{\"acb\":2},{\"adb\":2}]"};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		read_both(rows[i], NULL, NULL);
}

static void
what_recurs_takes_little_memory(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 24);
	size_t plain, alike;

	(void)unused;
	for (int i = 0; i < 2000; i++)
		drift__buf_addf(&text, "%s{\"id\":\"sg-%d\",\"vpc_id\":\"vpc-1\",\"name\":\"group-%d\",\"description\":\"by hand\",\"ingress\":[],\"egress\":[{\"from\":0,"
			"\"to\":0}],\"revoke\":false,\"timeouts\":null,\"tags\":{\"Name\":\"group-%d\",\"Env\":\"prod\"},\"tags_all\":{\"Name\":\"group-%d\",\"Env\":\"prod\"}}",
			i == 0 ? "[" : ",", i, i, i, i);
	drift__buf_adds(&text, "]");
	read_both(text.data, &plain, &alike);
	/* two words for the map and 16 bytes for id, name, tags and tags_all; tags once more; the element of the list; the texts */
	assert_true(alike < 2000 * 180);
	assert_true(plain > 2000 * 600);
	drift__buf_dispose(&text);
}

/* Members on both sides of each word of bits, and more of them than are compared. */
static void
maps_may_be_long(void **unused)
{
	static const int lengths[] = {63, 64, 65, 127, 128, 129, 1024, 1025};

	(void)unused;
	for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
		struct drift__buf text = DRIFT__BUF_INIT(1 << 24);

		for (int row = 0; row < 4; row++) {
			drift__buf_adds(&text, row == 0 ? "[" : ",");
			for (int i = 0; i < lengths[k]; i++)
				drift__buf_addf(&text, "%s\"m%d\":%d", i == 0 ? "{" : ",", i, i * (row == 2) + (i % 3 == row));
			drift__buf_adds(&text, "}");
		}
		drift__buf_adds(&text, "]");
		read_both(text.data, NULL, NULL);
		drift__buf_dispose(&text);
	}
}

/* Whoever makes thousands of objects that all have keys of their own, or nests them without end, gets them read in the usual time. */
static void
hostile_maps_end(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 24);

	(void)unused;
	for (int i = 0; i < 20000; i++)
		drift__buf_addf(&text, "%s{\"k%d\":%d}", i == 0 ? "[" : ",", i, i);
	drift__buf_adds(&text, "]");
	read_both(text.data, NULL, NULL);
	text.len = 0;
	for (int i = 0; i < 2000; i++)
		drift__buf_adds(&text, "{\"a\":[0,");
	drift__buf_adds(&text, "1");
	for (int i = 0; i < 2000; i++)
		drift__buf_adds(&text, "]}");
	read_both(text.data, NULL, NULL);
	drift__buf_dispose(&text);
}

static void
memory_may_run_out(void **unused)
{
	static const char text[] = "[{\"a\":[1,{\"b\":\"c\"}],\"d\":{\"e\":null}},{\"a\":[1,{\"b\":\"d\"}],\"d\":{\"e\":1}},{\"a\":[],\"d\":{\"e\":1}}]";
	bool done = false;

	(void)unused;
	for (long n = 1; !done; n++) {
		struct drift__json_options opt = {.name = "t.json"};
		const struct drift_value *v = NULL, *copy;
		struct drift__arena a, b;
		struct drift__likes likes, more;

		drift__arena_init(&a, 0);
		drift__arena_init(&b, 0);
		drift__likes_init(&likes, &a);
		drift__likes_init(&more, &b);
		opt.likes = &likes;
		drift__alloc_fail_after(n);
		done = drift__json_parse(&a, text, strlen(text), &opt, &v, NULL) == DRIFT_OK && (copy = drift__likes_copy(&more, v)) != NULL &&
			drift_value_equal(copy, v);
		drift__alloc_fail_after(0);
		drift__likes_dispose(&likes);
		drift__likes_dispose(&more);
		drift__arena_dispose(&a);
		drift__arena_dispose(&b);
		assert_true(n < 1000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_what_was_written),
		cmocka_unit_test(what_recurs_takes_little_memory),
		cmocka_unit_test(maps_may_be_long),
		cmocka_unit_test(hostile_maps_end),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
