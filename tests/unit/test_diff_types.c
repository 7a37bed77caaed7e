/* Every type of the catalogue against its fixture: recorded replies run through the inventory, and the instances that the provider wrote
 * compare as unchanged. */
#include "type_scene.h"

static size_t
complain(const struct scene *s, const char *what, const struct drift_value *v)
{
	char *text = drift_value_to_json(v, 1);

	print_error("%s: %s: %s\n", s->type->name, what, text);
	drift_text_free(text);
	return 1;
}

/* How many things are wrong; says which. */
static size_t
check_untouched(const struct scene *s)
{
	static const char *const parts[] = {"changed", "missing", "unmanaged", "unknown"};
	const struct drift_value *expect = drift_value_get(s->root, "expect"), *summary, *wanted;
	struct drift_findings *f = compare(s, s->state);
	size_t i, first, n, wrong = 0;

	for (i = 0; i < 4; i++) {
		const struct drift_value *found = finding(s, f, parts[i]);

		if (found != NULL)
			wrong += complain(s, parts[i], found);
	}
	summary = drift_value_get(drift_findings_root(f), "summary");
	wanted = drift_value_get(drift_value_get(expect, "summary"), "in_sync");
	if (!drift_value_equal(drift_value_get(summary, "in_sync"), wanted))
		wrong += complain(s, "other figures than expected", summary);
	if (drift__snapshot_of_type(s->state, s->type->name, &first) == 0)
		wrong += complain(s, "its fixture has no instance of it", NULL);
	n = drift__snapshot_of_type(s->live, s->type->name, &first);
	for (i = first; i < first + n; i++) {
		const struct drift_resource *r = &s->live->resources[i];
		const struct drift_value *id = drift_value_get(drift_value_get(expect, "imports"), r->keys[0]);

		if ((r->flags & DRIFT__AWS_DEFAULT) == 0 && !drift__streq(drift__value_str(id), r->import_id))
			wrong += complain(s, "another import id than expected, for", drift__value_string(&s->live->arena, r->keys[0]));
	}
	drift_findings_free(f);
	return wrong;
}

static void
test_untouched(void **state)
{
	struct drift_catalogue *c = NULL;
	struct scene s;
	size_t i, at, wrong = 0;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 0; i < drift_catalogue_size(c); i++) {
		for (at = 0; set_up(&s, c, drift_catalogue_type(c, i), at); at++) {
			wrong += check_untouched(&s);
			tear_down(&s);
		}
	}
	drift_catalogue_free(c);
	assert_int_equal(wrong, 0);
}

/* Wherever memory runs out, the scan says so or does without, and gives back what it had. */
static void
test_memory_runs_out(void **unused)
{
	static const char *const types[] = {"aws_sqs_queue", NULL};
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_catalogue *c;
	struct scene s;
	size_t failed = 0;
	long n;

	(void)unused;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	assert_true(set_up(&s, c, types[0], 0));
	o.all = true;
	o.types = types;
	o.state = s.state;
	for (n = 1; n < 500; n++) {
		struct drift_snapshot *live = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;

		drift__alloc_fail_after(n);
		failed += drift__inventory_run(c, replay_transport(&s.replay), &o, &live, &err) != DRIFT_OK;
		drift__alloc_fail_after(0);
		s.replay.n = 0;
		drift_snapshot_free(live);
	}
	assert_in_range(failed, 100, 499);
	tear_down(&s);
	drift_catalogue_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_memory_runs_out),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	replay_moment_bytes = 1; /* and again so that what is kept longer than it may be shows */
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
