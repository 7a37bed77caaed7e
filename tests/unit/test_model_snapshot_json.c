/* Snapshots as JSON: nothing is lost but secrets, and what is no snapshot is refused with its place. */
#include "model/resource.h"

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
	" \"tags\": {\"A\": \"1\"}, \"sensitive\": [[\"password\"], [\"list\", 1, \"key\"], [\"set\", {\"k\": 1}, \"x\"]],"
	" \"attributes\": {\"id\": \"b-1\", \"password\": \"hush-1\", \"list\": [{\"key\": \"shown\"}, {\"key\": \"hush-2\", \"n\": 12345678901234567890}],"
	" \"set\": [{\"x\": \"hush-3\"}]}, \"unknown\": [\"policy\"]}]}";

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
secrets_are_cut_out_and_unknown(void **unused)
{
	struct drift_snapshot *s = read_text(whole), *again;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL, *unknown;

	(void)unused;
	assert_int_equal(drift_snapshot_to_json(s, false, &text, &err), DRIFT_OK);
	assert_null(strstr(text, "hush"));
	assert_non_null(strstr(text, "shown"));
	again = read_text(text);
	unknown = drift_value_to_json(drift_snapshot_at(again, 0)->unknown, 0);
	assert_string_equal(unknown, "[\"policy\",\"password\",\"list.key\",\"set.x\"]");
	drift_text_free(unknown);
	drift_text_free(text);
	drift_snapshot_free(s);
	drift_snapshot_free(again);
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
	for (n = 1; n < 2000; n++) {
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
		cmocka_unit_test(secrets_are_cut_out_and_unknown),
		cmocka_unit_test(an_empty_one),
		cmocka_unit_test(what_is_no_snapshot_is_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
