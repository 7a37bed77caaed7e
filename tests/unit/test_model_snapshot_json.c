/* Snapshots as JSON: nothing is lost but secrets, and what is no snapshot is refused with its place. */
#include "model/resource.h"
#include "model/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct drift_snapshot *
read_text(const char *text)
{
	struct drift_snapshot *s = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift_snapshot_from_json(text, strlen(text), "live.json", &s, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return s;
}

static const char whole[] =
	"{\"format_version\": \"1.0\", \"side\": \"state\", \"meta\": {\"serial\": 7}, \"gaps\": [{\"type\": \"t_a\", \"status\": \"DENIED\"}],"
	" \"resources\": ["
	"{\"type\": \"t_b\", \"flags\": [\"in_scope\", \"tainted\"], \"address\": \"t_b.x[\\\"k\\\"]\", \"index_key\": \"k\", \"id\": \"b-1\","
	" \"region\": \"eu-west-1\", \"keys\": [\"b-1\", \"b-2\"], \"schema_version\": 3, \"source\": 2, \"read_ms\": 1700000000000,"
	" \"tags\": {\"A\": \"1\"}, \"sensitive\": [[\"password\"], [\"list\", 1, \"key\"], [\"set\", {\"k\": 1}, \"x\"], [\"tree\", \"a\", \"b\"], [\"pair\"]],"
	" \"attributes\": {\"id\": \"b-1\", \"password\": \"hush-1\", \"list\": [{\"key\": \"shown\"}, {\"key\": \"hush-2\", \"n\": 12345678901234567890}],"
	" \"set\": [{\"x\": \"hush-3\"}], \"tree\": {\"a\": [{\"b\": \"hush-4\"}, {\"b\": \"\"}]}, \"pair\": [\"hush-5\"]}, \"unknown\": [\"policy\"]}]}";

static void
nothing_is_lost(void **unused)
{
	struct drift_snapshot *s = read_text(whole), *again;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_resource *r;
	char *text = NULL, *text2 = NULL;

	(void)unused;
	assert_int_equal(drift_snapshot_to_json(s, true, &text, &err), DRIFT_OK);
	again = read_text(text);
	assert_int_equal(drift_snapshot_to_json(again, true, &text2, &err), DRIFT_OK);
	assert_string_equal(text, text2);
	assert_int_equal(drift_snapshot_side(again), DRIFT_SIDE_STATE);
	assert_int_equal(drift_snapshot_size(again), 1);
	r = drift_snapshot_at(again, 0);
	assert_int_equal(r->flags, DRIFT__IN_SCOPE | DRIFT__TAINTED);
	assert_string_equal(r->keys[1], "b-2");
	assert_null(r->keys[2]);
	assert_int_equal(r->schema_version, 3);
	assert_int_equal(r->source, 2);
	assert_int_equal(r->read_ms, 1700000000000);
	assert_string_equal(r->address, "t_b.x[\"k\"]");
	assert_non_null(strstr(text, "12345678901234567890"));
	assert_int_equal(drift_value_size(drift_snapshot_gaps(again)), 1);
	drift_text_free(text);
	drift_text_free(text2);
	drift_snapshot_free(s);
	drift_snapshot_free(again);
}

static void
secrets_are_sealed_or_cut_out(void **unused)
{
	struct drift_snapshot *s = read_text(whole), *again;
	const struct drift_value *attributes;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL, *unknown, *other = NULL;

	(void)unused;
	assert_int_equal(drift_snapshot_to_json(s, false, &text, &err), DRIFT_OK);
	assert_int_equal(drift_snapshot_to_json(s, false, &other, &err), DRIFT_OK);
	assert_string_equal(text, other);
	drift_text_free(other);
	assert_null(strstr(text, "hush"));
	assert_non_null(strstr(text, "shown"));
	again = read_text(text);
	unknown = drift_value_to_json(drift_snapshot_at(again, 0)->more->unknown, 0);
	assert_string_equal(unknown, "[\"policy\",\"pair\"]");
	drift_text_free(unknown);
	attributes = drift_snapshot_at(again, 0)->attributes;
	assert_true(drift__is_sealed(drift_value_get(attributes, "password")));
	assert_true(drift__is_sealed(drift_value_get(drift_value_at(drift_value_get(attributes, "list"), 1), "key")));
	assert_false(drift__is_sealed(drift_value_get(drift_value_at(drift_value_get(attributes, "list"), 0), "key")));
	assert_true(drift__is_sealed(drift_value_get(drift_value_at(drift_value_get(attributes, "set"), 0), "x")));
	assert_true(drift__is_sealed(drift_value_get(drift_value_at(drift_value_get(drift_value_get(attributes, "tree"), "a"), 0), "b")));
	/* sealed once more, nothing changes */
	assert_int_equal(drift_snapshot_to_json(again, false, &other, &err), DRIFT_OK);
	assert_string_equal(text, other);
	drift_text_free(other);
	drift_text_free(text);
	drift_snapshot_free(s);
	drift_snapshot_free(again);
}

static void
a_seal_tells_equal_from_different(void **unused)
{
	struct drift__arena a;
	const struct drift_value *seal, *elsewhere, *other;

	(void)unused;
	drift__arena_init(&a, 0);
	seal = drift__seal(&a, "hush", 4, "t_a id password");
	elsewhere = drift__seal(&a, "hush", 4, "t_b id password");
	other = drift__seal(&a, "loud", 4, "t_a id password");
	assert_true(drift__is_sealed(seal));
	assert_false(drift__is_sealed(drift__value_string(&a, "hush")));
	assert_false(drift_value_equal(seal, elsewhere));
	assert_int_equal(drift__seal_compare(seal, drift__value_string(&a, "hush")), DRIFT__SEAL_EQUAL);
	assert_int_equal(drift__seal_compare(drift__value_string(&a, "hush"), seal), DRIFT__SEAL_EQUAL);
	assert_int_equal(drift__seal_compare(drift__value_string(&a, "loud"), seal), DRIFT__SEAL_DIFFERENT);
	assert_int_equal(drift__seal_compare(&drift__null, seal), DRIFT__SEAL_DIFFERENT);
	assert_int_equal(drift__seal_compare(seal, seal), DRIFT__SEAL_EQUAL);
	assert_int_equal(drift__seal_compare(seal, other), DRIFT__SEAL_DIFFERENT);
	assert_int_equal(drift__seal_compare(seal, elsewhere), DRIFT__SEAL_UNKNOWN);
	drift__arena_dispose(&a);
}

static void
an_empty_one(void **unused)
{
	struct drift_snapshot *s = drift__snapshot_new(DRIFT_SIDE_LIVE), *again;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;

	(void)unused;
	assert_int_equal(drift__snapshot_seal(s, &err), DRIFT_OK);
	assert_int_equal(drift_snapshot_to_json(s, false, &text, &err), DRIFT_OK);
	again = read_text(text);
	assert_int_equal(drift_snapshot_size(again), 0);
	assert_int_equal(drift_snapshot_side(again), DRIFT_SIDE_LIVE);
	drift_text_free(text);
	drift_snapshot_free(s);
	drift_snapshot_free(again);
}

static void
what_is_no_snapshot_is_refused(void **unused)
{
	static const struct {
		const char *text, *where;
		enum drift_status status;
	} cases[] = {
		{"", "live.json:1:1", DRIFT_BAD_JSON},
		{"{", "live.json:1:2", DRIFT_BAD_JSON},
		{"[]", "live.json", DRIFT_BAD_JSON},
		{"{\"version\": 4, \"resources\": []}", "live.json", DRIFT_BAD_JSON},
		{"{\"format_version\": \"2.0\", \"side\": \"live\", \"resources\": []}", "live.json", DRIFT_BAD_VERSION},
		{"{\"format_version\": \"1.0\", \"side\": \"left\", \"resources\": []}", "live.json", DRIFT_BAD_JSON},
		{"{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [{}]}", "live.json: resources[0].type", DRIFT_BAD_JSON},
		{"{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [{\"type\": \"t\"}, {\"type\": \"t\", \"id\": 1}]}",
			"live.json: resources[1].id", DRIFT_BAD_JSON},
		{"{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [{\"type\": \"t\", \"keys\": [1]}]}",
			"live.json: resources[0].keys", DRIFT_BAD_JSON},
		{"{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [{\"type\": \"t\", \"source\": 99999999999}]}",
			"live.json: resources[0].source", DRIFT_BAD_JSON},
		{"{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [{\"type\": \"t\", \"flags\": [\"new\"]}]}",
			"live.json: resources[0].flags", DRIFT_BAD_JSON},
		{"{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [{\"type\": \"t\", \"attributes\": []}]}",
			"live.json: resources[0].attributes", DRIFT_BAD_JSON},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift_snapshot *s = NULL;

		assert_int_equal(drift_snapshot_from_json(cases[i].text, strlen(cases[i].text), "live.json", &s, &err), cases[i].status);
		assert_null(s);
		assert_string_equal(err.where, cases[i].where);
	}
}

static void
every_allocation_may_fail(void **unused)
{
	long n;

	(void)unused;
	for (n = 1; n < 2000; n += n < 60 ? 1 : 7) { /* sealing is slow on purpose */
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift_snapshot *s = NULL;
		char *text = NULL;
		enum drift_status st;

		drift__alloc_fail_after(n);
		st = drift_snapshot_from_json(whole, sizeof whole - 1, "live.json", &s, &err);
		if (st == DRIFT_OK)
			st = drift_snapshot_to_json(s, false, &text, &err);
		drift__alloc_fail_after(0);
		drift_text_free(text);
		drift_snapshot_free(s);
		if (st == DRIFT_OK)
			return;
		assert_int_equal(st, DRIFT_NOMEM);
	}
	fail_msg("never succeeded");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(secrets_are_sealed_or_cut_out),
		cmocka_unit_test(a_seal_tells_equal_from_different),
		cmocka_unit_test(an_empty_one),
		cmocka_unit_test(what_is_no_snapshot_is_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
