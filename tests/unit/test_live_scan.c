/* What the inventory decides when something is out of scope, refused or gone. The account is a fixture of one type: a secret, and its policy,
 * which is asked for secret by secret. */
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char fixture_path[] = "fixtures/types/aws_secretsmanager_secret_policy.json";
static const char *const nobody[] = {"Nobody=has-this", NULL}, *const policies[] = {"aws_secretsmanager_secret_policy", NULL};

struct account {
	struct drift_catalogue *catalogue;
	struct drift_document *fixture;
	struct replay replay;
	struct drift_snapshot *state, *live;
};

static int
open_account(void **state)
{
	struct account *a = calloc(1, sizeof *a);

	*state = a;
	if (a == NULL || drift_catalogue_open(NULL, &a->catalogue, NULL) != DRIFT_OK || !replay_fixture(&a->replay, fixture_path, &a->fixture))
		return 1;
	return 0;
}

static int
close_account(void **state)
{
	struct account *a = *state;

	drift_snapshot_free(a->live);
	drift_snapshot_free(a->state);
	drift_document_free(a->fixture);
	drift_catalogue_free(a->catalogue);
	drift__free(a->replay.open);
	free(a);
	return 0;
}

/* Scans for the policies, with or without the state that claims one. */
static const struct drift_snapshot *
scan(struct account *a, bool with_state, const char *const *tags, bool all)
{
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (with_state)
		a->state = state_of(a->catalogue, drift_value_get(drift_document_root(a->fixture), "state"), &err);
	o.tags = tags;
	o.all = all;
	o.types = policies;
	o.state = a->state;
	if (drift__inventory_run(a->catalogue, replay_transport(&a->replay), &o, &a->live, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return a->live;
}

static size_t
found(const struct drift_snapshot *live)
{
	size_t first;

	return drift__snapshot_of_type(live, policies[0], &first);
}

static unsigned
flags(const struct drift_snapshot *live)
{
	size_t first;

	assert_int_equal(drift__snapshot_of_type(live, policies[0], &first), 1);
	return live->resources[first].flags;
}

static bool
listed(const struct drift_snapshot *live)
{
	return drift_value_size(drift_value_get(drift_value_get(live->meta, "listed"), policies[0])) > 0;
}

static void
test_all(void **state)
{
	const struct drift_snapshot *live = scan(*state, false, NULL, true);

	assert_int_equal(found(live), 1);
	assert_true(flags(live) & DRIFT__IN_SCOPE);
	assert_true(listed(live));
	assert_true(drift_value_bool(drift_value_get(live->meta, "complete")));
}

static void
test_out_of_scope(void **state)
{
	const struct drift_snapshot *live = scan(*state, false, nobody, false);

	assert_int_equal(found(live), 0);
	assert_true(listed(live));
}

/* The secret is in no state and in no scope, but its policy is in the state. */
static void
test_claimed_child_of_a_parent_out_of_scope(void **state)
{
	const struct drift_snapshot *live = scan(*state, true, nobody, false);

	assert_int_equal(found(live), 1);
	assert_false(flags(live) & DRIFT__LOOKED_UP);
	assert_int_equal(drift_value_size(live->gaps), 0);
}

/* Without the list of secrets nothing can be said of their policies. */
static void
test_parents_refused(void **state)
{
	struct account *a = *state;
	const struct drift_snapshot *live;

	a->replay.refused = "ListSecrets";
	a->replay.code = "AccessDeniedException";
	live = scan(a, true, NULL, true);
	assert_int_equal(found(live), 0);
	assert_false(listed(live));
	assert_int_equal(drift_value_size(live->gaps), 2);
	assert_false(drift_value_bool(drift_value_get(live->meta, "complete")));
}

static void
test_refused(void **state)
{
	struct account *a = *state;
	const struct drift_snapshot *live;

	a->replay.refused = "GetResourcePolicy";
	a->replay.code = "AccessDeniedException";
	live = scan(a, true, NULL, true);
	assert_int_equal(found(live), 0);
	assert_false(listed(live));
	/* of the secret, which has its policy inline, and of the policy itself */
	assert_int_equal(drift_value_size(live->gaps), 2);
	assert_string_equal(drift__value_gets(drift_value_at(live->gaps, 0), "action"), "secretsmanager:GetResourcePolicy");
}

/* An error code that the entry calls `absent` is an answer. */
static void
test_absent(void **state)
{
	struct account *a = *state;
	const struct drift_snapshot *live;

	a->replay.refused = "GetResourcePolicy";
	a->replay.code = "ResourceNotFoundException";
	live = scan(a, true, NULL, true);
	assert_int_equal(found(live), 0);
	assert_true(listed(live));
	assert_int_equal(drift_value_size(live->gaps), 0);
}

/* The secret belongs to a stack. Its policy can't be tagged: so it is the stack's, too. */
static void
test_owner_of_a_child(void **state)
{
	static const char name[] = "\"Name\":\"db\"", tag[] = ",\"Tags\":[{\"Key\":\"aws:cloudformation:stack-name\",\"Value\":\"shop\"}]";
	struct account *a = *state;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 26);
	struct drift_document *calls = NULL;
	char *text = drift_value_to_json(a->replay.calls, 0), *at = strstr(strstr(text, "SecretList"), name);
	const struct drift_snapshot *live;
	size_t first;

	assert_non_null(at);
	at += strlen(name);
	drift__buf_addf(&b, "%.*s%s%s", (int)(at - text), text, tag, at);
	assert_int_equal(drift_document_parse(b.data, b.len, "calls", &calls, NULL), DRIFT_OK);
	a->replay.calls = drift_document_root(calls);
	live = scan(a, false, NULL, true);
	assert_int_equal(drift__snapshot_of_type(live, policies[0], &first), 1);
	assert_string_equal(live->resources[first].more->owner, "cloudformation:shop");
	assert_string_equal(live->resources[first].more->owner_rule, "tag aws:cloudformation:stack-name of what it hangs on");
	a->replay.calls = drift_value_get(drift_document_root(a->fixture), "calls");
	drift_document_free(calls);
	drift__buf_dispose(&b);
	drift_text_free(text);
}

/* Rules of network ACLs that a person made; those that AWS writes are numbered `number` instead of 100. */
static size_t
rules_by_hand(const char *number)
{
	static const char *const types[] = {"aws_network_acl_rule", NULL};
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 26);
	struct drift_catalogue *catalogue = NULL;
	struct drift_document *fixture = NULL;
	struct drift_snapshot *live = NULL;
	struct replay replay = {.calls = NULL};
	size_t i, first, n, found = 0;
	char *at;

	assert_int_equal(drift__file_read("fixtures/types/aws_network_acl_rule.json", &b, NULL), DRIFT_OK);
	for (at = b.data; (at = strstr(at, "\"RuleNumber\":100")) != NULL; at++)
		memcpy(at + strlen("\"RuleNumber\":"), number, 3);
	assert_int_equal(drift_document_parse(b.data, b.len, "fixture", &fixture, NULL), DRIFT_OK);
	assert_int_equal(drift_catalogue_open(NULL, &catalogue, NULL), DRIFT_OK);
	replay.calls = drift_value_get(drift_document_root(fixture), "calls");
	replay.region = "us-east-1";
	o.all = true;
	o.types = types;
	assert_int_equal(drift__inventory_run(catalogue, replay_transport(&replay), &o, &live, NULL), DRIFT_OK);
	n = drift__snapshot_of_type(live, types[0], &first);
	for (i = first; i < first + n; i++)
		found += (live->resources[i].flags & (DRIFT__IN_SCOPE | DRIFT__AWS_DEFAULT)) == DRIFT__IN_SCOPE;
	drift_snapshot_free(live);
	drift_catalogue_free(catalogue);
	drift_document_free(fixture);
	drift__free(replay.open);
	drift__buf_dispose(&b);
	return found;
}

static void
test_rules_of_a_default_network_acl(void **state)
{
	(void)state;
	assert_int_equal(rules_by_hand("100"), 4);
	assert_int_equal(rules_by_hand("900"), 8);
}

static void
test_pages(void **state)
{
	static const char *const texts[] = {"{\"Items\": [1, 2], \"Name\": \"a\"}", "{\"Items\": [3], \"More\": [7]}", "{\"Name\": \"b\", \"More\": [8]}"};
	const struct drift_value *pages[3], *merged, *expected;
	struct drift__json_options o = {.name = "page"};
	struct drift__arena a;
	size_t i;

	(void)state;
	drift__arena_init(&a, 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(drift__json_parse(&a, texts[i], strlen(texts[i]), &o, &pages[i], NULL), DRIFT_OK);
	merged = drift__merge_pages(&a, pages, 3);
	assert_int_equal(drift__json_parse(&a, "{\"Items\":[1,2,3],\"Name\":\"a\",\"More\":[7,8]}", 41, &o, &expected, NULL), DRIFT_OK);
	assert_true(drift_value_equal(merged, expected));
	assert_ptr_equal(drift__merge_pages(&a, pages, 1), pages[0]);
	drift__arena_dispose(&a);
}

static void
test_keys(void **state)
{
	struct drift__keys k = {NULL, 0, 0};
	char names[1000][16];
	int i;

	(void)state;
	assert_null(drift__keys_get(&k, "none"));
	for (i = 0; i < 1000; i++) {
		snprintf(names[i], sizeof names[i], "k%d", i);
		assert_true(drift__keys_add(&k, names[i], names[i]));
	}
	assert_true(drift__keys_add(&k, "k7", names[8]));
	assert_int_equal(k.n, 1000);
	for (i = 0; i < 1000; i++)
		assert_ptr_equal(drift__keys_get(&k, names[i]), names[i]);
	assert_null(drift__keys_get(&k, "k1000"));
	drift__keys_dispose(&k);
}

int
main(void)
{
#define SCAN(test) cmocka_unit_test_setup_teardown(test, open_account, close_account)
	const struct CMUnitTest tests[] = {
		SCAN(test_all),
		SCAN(test_out_of_scope),
		SCAN(test_claimed_child_of_a_parent_out_of_scope),
		SCAN(test_parents_refused),
		SCAN(test_refused),
		SCAN(test_absent),
		SCAN(test_owner_of_a_child),
		cmocka_unit_test(test_rules_of_a_default_network_acl),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_keys),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	replay_moment_bytes = 1; /* and again so that what is kept longer than it may be shows */
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
