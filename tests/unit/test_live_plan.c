/* What a scan would ask is foreseen: what is made in any case, and apart from it what only a reply decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drift/live.h"
#include "model/resource.h"

struct scene {
	struct drift_catalogue *catalogue;
	struct drift_snapshot *state;
	struct drift_document *calls;
};

/* types: those that are asked for; the state has three objects of each type of has. */
static void
foresee(struct scene *s, const char *const *types, const char *const *has)
{
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;

	memset(s, 0, sizeof *s);
	assert_int_equal(drift_catalogue_open(NULL, &s->catalogue, NULL), DRIFT_OK);
	s->state = drift__snapshot_new(DRIFT_SIDE_STATE);
	for (; *has != NULL; has++)
		for (int i = 0; i < 3; i++)
			assert_non_null(drift__snapshot_add(s->state, *has));
	assert_int_equal(drift__snapshot_seal(s->state, NULL), DRIFT_OK);
	o.types = types;
	o.state = s->state;
	o.account = "123456789012";
	assert_int_equal(drift_inventory_plan(s->catalogue, &o, &s->calls, NULL), DRIFT_OK);
}

static void
end(struct scene *s)
{
	drift_document_free(s->calls);
	drift_snapshot_free(s->state);
	drift_catalogue_free(s->catalogue);
}

static void
assert_calls(const struct scene *s, const char *operation, long calls, long more)
{
	const struct drift_value *root = drift_document_root(s->calls);
	long have = 0, have_more = 0;

	for (size_t i = 0; i < drift_value_size(root); i++) {
		const struct drift_value *one = drift_value_at(root, i);

		if (strcmp(drift__value_gets(one, "operation"), operation) != 0)
			continue;
		have += strtol(drift_value_text(drift_value_get(one, "calls"), NULL), NULL, 10);
		have_more += strtol(drift_value_text(drift_value_get(one, "more"), NULL), NULL, 10);
	}
	if (have != calls || have_more != more)
		fail_msg("%s: %ld and %ld more, not %ld and %ld more", operation, have, have_more, calls, more);
}

static void
what_a_reply_decides_is_counted_apart(void **unused)
{
	static const char *const all[] = {"aws_*", NULL}, *const groups[] = {"aws_cloudwatch_log_group", NULL};
	struct scene s;

	(void)unused;
	foresee(&s, all, groups);
	assert_calls(&s, "DescribeLogGroups", 1, 0);
	assert_calls(&s, "GetDataProtectionPolicy", 0, 3);    /* of groups whose reply says that they have one */
	assert_calls(&s, "DescribeLaunchConfigurations", 0, 1); /* where a group of instances uses one */
	end(&s);
}

static void
who_asks_for_a_type_gets_its_list(void **unused)
{
	static const char *const one[] = {"aws_launch_configuration", NULL}, *const none[] = {NULL};
	struct scene s;

	(void)unused;
	foresee(&s, one, none);
	assert_calls(&s, "DescribeLaunchConfigurations", 1, 0);
	end(&s);
}

/* The state says that there is what the list needs, or the very objects. */
static void
what_the_state_has_is_asked_for(void **unused)
{
	static const char *const all[] = {"aws_*", NULL}, *const has[] = {"aws_launch_configuration", "aws_dynamodb_table", NULL};
	struct scene s;

	(void)unused;
	foresee(&s, all, has);
	assert_calls(&s, "DescribeLaunchConfigurations", 1, 0);
	assert_calls(&s, "DescribeTable", 3, 0);
	end(&s);
}

/* Of two types one list, and of all tables of an account: the request is the same each time. */
static void
equal_requests_are_counted_once(void **unused)
{
	static const char *const all[] = {"aws_iam_group", "aws_iam_role", "aws_appautoscaling_target", NULL};
	static const char *const has[] = {"aws_iam_group", "aws_iam_role", "aws_dynamodb_table", NULL};
	struct scene s;

	(void)unused;
	foresee(&s, all, has);
	assert_calls(&s, "GetAccountAuthorizationDetails", 1, 0);
	assert_calls(&s, "DescribeScalableTargets", 1, 0);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_reply_decides_is_counted_apart),
		cmocka_unit_test(who_asks_for_a_type_gets_its_list),
		cmocka_unit_test(what_the_state_has_is_asked_for),
		cmocka_unit_test(equal_requests_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
