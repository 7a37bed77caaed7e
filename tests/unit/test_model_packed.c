/* Packed values: whatever JSON can say comes back as it was, and memory may run out anywhere. */
#include "model/packed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct one {
	struct drift__arena a;
	struct drift__likes likes;
	struct drift__buf bytes;
	const struct drift_value *v;
};

static void
open_one(struct one *o, const char *text)
{
	struct drift__json_options opt = {.name = "t.json"};

	drift__arena_init(&o->a, 0);
	drift__likes_init(&o->likes, &o->a);
	drift__buf_init(&o->bytes, 1 << 24);
	assert_int_equal(drift__json_parse(&o->a, text, strlen(text), &opt, &o->v, NULL), DRIFT_OK);
}

static void
close_one(struct one *o)
{
	drift__buf_dispose(&o->bytes);
	drift__likes_dispose(&o->likes);
	drift__arena_dispose(&o->a);
}

static void
assert_same(const struct drift_value *v, const struct drift_value *expected)
{
	struct drift__buf a = DRIFT__BUF_INIT(1 << 24), b = DRIFT__BUF_INIT(1 << 24);

	drift__json_write(&a, v, 0, false);
	drift__json_write(&b, expected, 0, false);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	drift__buf_dispose(&a);
	drift__buf_dispose(&b);
}

static void
what_was_packed_comes_back(void **unused)
{
	static const char *const rows[] = {"null", "true", "false", "\"\"", "\"a\\u0000b\"", "[]", "{}", "1e400", "-0", "123456789012345678901234567890",
		"[{\"a\":1,\"b\":[{\"c\":1},{\"c\":2}]},{\"a\":1.0,\"b\":[{\"c\":2},{\"c\":1}]},{\"a\":1,\"b\":null},{\"b\":1,\"a\":1}]",
		"{\"\":0,\"a\\u0000\":{\"a\":[null,true,{}]},\"b\":[[],[[]],\"\\u00e4\"]}", "[{\"Key\":\"k\",\"Value\":\"v\"},{\"Key\":\"l\",\"Value\":\"w\"}]"};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct drift_value out;
		struct one o;

		open_one(&o, rows[i]);
		drift__pack(&o.bytes, &o.likes, o.v);
		drift__pack(&o.bytes, &o.likes, o.v); /* one behind the other */
		assert_int_equal(o.bytes.status, DRIFT_OK);
		const unsigned char *p = (const unsigned char *)o.bytes.data, *end = p + o.bytes.len;

		p = drift__unpack(&o.a, &o.likes, p, &out);
		assert_non_null(p);
		assert_same(&out, o.v);
		assert_ptr_equal(drift__unpack(&o.a, &o.likes, p, &out), end);
		assert_same(&out, o.v);
		close_one(&o);
	}
}

/* More members than a map that others are compared with may have, and many maps of which no two have the same keys. */
static void
keys_may_be_data(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 24);
	struct drift_value out;
	struct one o;

	(void)unused;
	for (int i = 0; i < 20000; i++)
		drift__buf_addf(&text, "%s\"%s%0*d\":{\"k%d\":%d}", i == 0 ? "{" : ",", i % 2 == 0 ? "instance-" : "k", i % 300 + 5, i, i, i);
	drift__buf_adds(&text, "}");
	open_one(&o, text.data);
	drift__pack(&o.bytes, &o.likes, o.v);
	assert_non_null(drift__unpack(&o.a, &o.likes, (const unsigned char *)o.bytes.data, &out));
	assert_same(&out, o.v);
	close_one(&o);
	drift__buf_dispose(&text);
}

static void
memory_may_run_out(void **unused)
{
	bool done = false;

	(void)unused;
	for (long n = 1; !done; n++) {
		struct drift_value out;
		struct one o;

		open_one(&o, "{\"a\":[1,{\"b\":\"c\"}],\"d\":{\"e\":null}}");
		struct drift__arena fresh;

		drift__arena_init(&fresh, 0);
		drift__alloc_fail_after(n);
		drift__pack(&o.bytes, &o.likes, o.v);
		done = o.bytes.status == DRIFT_OK && drift__unpack(&fresh, &o.likes, (const unsigned char *)o.bytes.data, &out) != NULL;
		drift__alloc_fail_after(0);
		if (done)
			assert_same(&out, o.v);
		drift__arena_dispose(&fresh);
		close_one(&o);
		assert_true(n < 1000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_back),
		cmocka_unit_test(keys_may_be_data),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
