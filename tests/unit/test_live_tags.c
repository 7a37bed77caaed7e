/* Tags of many queues by one call of the tagging API: whatever it tells, keeps to itself or refuses, the inventory is the same as without it. */
#include "live/tagging.h"
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char fixture_path[] = "fixtures/types/aws_sqs_queue.json", native[] = "ListQueueTags", tagging[] = "GetResources";
static const char *const queues[] = {"aws_sqs_queue", NULL};

struct account {
	struct drift_catalogue *catalogue;
	struct drift_document *fixture;
	const struct drift_value *root;
	struct drift__arena arena;
	struct replay replay;
	struct drift_snapshot *state;
	size_t n_native, n_tagging, n_said;
};

static int
open_account(void **state)
{
	struct account *a = calloc(1, sizeof *a);

	*state = a;
	if (a == NULL || drift_catalogue_open(NULL, &a->catalogue, NULL) != DRIFT_OK || !replay_fixture(&a->replay, fixture_path, &a->fixture))
		return 1;
	drift__arena_init(&a->arena, 0);
	a->root = drift_document_root(a->fixture);
	return 0;
}

static int
close_account(void **state)
{
	struct account *a = *state;

	drift_snapshot_free(a->state);
	drift_document_free(a->fixture);
	drift_catalogue_free(a->catalogue);
	drift__free(a->replay.open);
	drift__arena_dispose(&a->arena);
	free(a);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const struct drift_value *
parse(struct account *a, const char *text)
{
	struct drift__json_options o = {.name = "test"};
	const struct drift_value *v = NULL;

	if (drift__json_parse(&a->arena, text, strlen(text), &o, &v, NULL) != DRIFT_OK)
		fail_msg("%s", text);
	return v;
}

/* Adds the call for the first n queues' tags to what the account answers: told[i] is '+' as the queue has them, '-' not at all, or '!' old ones. */
static void
tell(struct account *a, const char *told)
{
	struct drift__buf input = DRIFT__BUF_INIT(1 << 20), items = DRIFT__BUF_INIT(1 << 20);
	const struct drift_value *calls = drift_value_get(a->root, "calls");
	struct drift__list_builder out;
	char *arns[16];
	size_t i, n = 0;

	drift__list_init(&out, &a->arena);
	for (i = 0; i < drift_value_size(calls); i++) {
		const struct drift_value *c = drift_value_at(calls, i);

		drift__list_add(&out, c);
		if (strcmp(drift__value_gets(c, "operation"), native) == 0 && n < 16)
			arns[n++] = drift__arena_printf(&a->arena, "arn:aws:sqs:us-east-1:123456789012:%s", strrchr(drift__value_gets(drift_value_get(c, "input"), "QueueUrl"), '/') + 1);
	}
	qsort(arns, n, sizeof *arns, by_text);
	for (i = 0; i < n; i++) {
		drift__buf_addf(&input, "%s\"%s\"", i > 0 ? "," : "", arns[i]);
		if (told[i] != '-')
			drift__buf_addf(&items, "%s{\"ResourceARN\":\"%s\",\"Tags\":[{\"Key\":\"Revision\",\"Value\":\"r1\"},%s"
				"{\"Key\":\"ManagedBy\",\"Value\":\"terraform\"},{\"Key\":\"Project\",\"Value\":\"retainwise\"},{\"Key\":\"Environment\",\"Value\":\"prod\"}]}",
				items.len > 0 ? "," : "", arns[i], told[i] == '!' ? "{\"Key\":\"Old\",\"Value\":\"1\"}," : "");
	}
	drift__list_add(&out, parse(a, drift__arena_printf(&a->arena, "{\"service\":\"resourcegroupstaggingapi\",\"operation\":\"GetResources\",\"region\":\"us-east-1\","
		"\"input\":{\"ResourceARNList\":[%s]},\"pages\":[{\"PaginationToken\":\"\",\"ResourceTagMappingList\":[%s]}]}", input.data, items.len > 0 ? items.data : "")));
	a->replay.calls = drift__list_finish(&out);
	drift__buf_dispose(&input);
	drift__buf_dispose(&items);
}

static void
count(void *ctx, const char *service, const char *region, const char *operation, const struct drift_value *input, const struct drift_value *output,
	const char *code)
{
	struct account *a = ctx;

	(void)service, (void)region, (void)input, (void)output, (void)code;
	a->n_native += strcmp(operation, native) == 0;
	a->n_tagging += strcmp(operation, tagging) == 0;
}

static void
hear(void *ctx, int level, const char *line)
{
	struct account *a = ctx;

	assert_int_equal(level, 1);
	assert_non_null(strstr(line, "one by one"));
	a->n_said++;
}

/* The inventory as text, without what it cost. */
static char *
scan(struct account *a, bool native_tags, bool with_state)
{
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift__transport transport = replay_transport(&a->replay);
	struct drift_snapshot *live = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;
	size_t i;

	a->n_native = a->n_tagging = a->n_said = 0;
	a->replay.unknown[0] = '\0';
	if (with_state && a->state == NULL)
		a->state = state_of(a->catalogue, drift_value_get(a->root, "state"), &err);
	o.all = true;
	o.types = queues;
	o.state = with_state ? a->state : NULL;
	o.native_tags = native_tags;
	o.record = count;
	o.record_ctx = a;
	transport.log = hear;
	transport.log_ctx = a;
	if (drift__inventory_run(a->catalogue, transport, &o, &live, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	if (a->replay.unknown[0] != '\0')
		fail_msg("a call that the fixture lacks: %s", a->replay.unknown);
	assert_int_equal(drift_value_size(live->gaps), 0);
	live->meta = &drift__null;
	for (i = 0; i < live->n_resources; i++)
		live->resources[i].read_ms = 0;
	assert_int_equal(drift_snapshot_to_json(live, true, &text, &err), DRIFT_OK);
	drift_snapshot_free(live);
	return text;
}

static void
test_the_inventory_is_the_same(void **state)
{
	/* what is told, which of it counts, and whether a state is there to doubt it */
	static const struct {
		const char *told;
		size_t n_native;
		bool with_state;
	} cases[] = {{"+++++", 0, false}, {"+++++", 0, true}, {"+-+-+", 2, false}, {"-----", 5, true}, {"+!+++", 1, true}, {"!!!!!", 5, true}};
	struct account *a = *state;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *expected = scan(a, true, cases[i].with_state), *found;

		assert_int_equal(a->n_tagging, 0);
		assert_int_equal(a->n_native, 5);
		tell(a, cases[i].told);
		found = scan(a, false, cases[i].with_state);
		assert_string_equal(found, expected);
		assert_int_equal(a->n_tagging, 1);
		assert_int_equal(a->n_native, cases[i].n_native);
		assert_int_equal(a->n_said, 0);
		drift_text_free(expected);
		drift_text_free(found);
	}
}

/* Not being allowed to ask it is no gap: all is read as it would be without it, and that is said. */
static void
test_refused(void **state)
{
	struct account *a = *state;
	char *expected = scan(a, true, true), *found;

	tell(a, "+++++");
	a->replay.refused = tagging;
	a->replay.code = "AccessDeniedException";
	found = scan(a, false, true);
	assert_string_equal(found, expected);
	assert_int_equal(a->n_native, 5);
	assert_int_equal(a->n_said, 1);
	drift_text_free(expected);
	drift_text_free(found);
}

static void
test_forms(void **state)
{
	static const struct {
		const char *from, *to;
		enum drift__tags_form form;
	} cases[] = {
		{"[{\"Key\":\"b\",\"Value\":\"2\"},{\"Key\":\"a\",\"Value\":\"1\"}]", "[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]", DRIFT__TAGS_KEY},
		{"[{\"Key\":\"b\",\"Value\":\"2\"},{\"Key\":\"a\"}]", "{\"a\":\"\",\"b\":\"2\"}", DRIFT__TAGS_MAP},
		{"{\"b\":\"2\",\"a\":\"1\"}", "{\"a\":\"1\",\"b\":\"2\"}", DRIFT__TAGS_MAP},
		{"[{\"Key\":\"a\",\"Value\":\"1\"}]", "[{\"key\":\"a\",\"value\":\"1\"}]", DRIFT__TAGS_LOWER_KEY},
		{"[{\"Key\":\"a\",\"Value\":\"1\"}]", "[{\"TagKey\":\"a\",\"TagValue\":\"1\"}]", DRIFT__TAGS_TAG_KEY},
		{"[{\"TagKey\":\"a\",\"TagValue\":\"1\"}]", "[{\"Key\":\"a\",\"Value\":\"1\"}]", DRIFT__TAGS_KEY},
		{"[]", "[]", DRIFT__TAGS_KEY},
		{"[]", "{}", DRIFT__TAGS_MAP},
		{"null", "null", DRIFT__TAGS_MAP},
	};
	struct account *a = *state;
	struct drift__engine e = {.arena = &a->arena};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = drift_value_to_json(drift__tags_in_form(&e, parse(a, cases[i].from), cases[i].form), 0);

		assert_string_equal(text, cases[i].to);
		drift_text_free(text);
	}
}

int
main(void)
{
#define ACCOUNT(test) cmocka_unit_test_setup_teardown(test, open_account, close_account)
	const struct CMUnitTest tests[] = {
		ACCOUNT(test_the_inventory_is_the_same),
		ACCOUNT(test_refused),
		ACCOUNT(test_forms),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	replay_moment_bytes = 1; /* and again so that what is kept longer than it may be shows */
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
