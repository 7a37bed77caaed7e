/* Instances of resources that refer to each other by key: nothing but these references tells one from another. */
#include "imports_plan_support.h"

#include <time.h>

enum { CPU_SECONDS_MAX = 10 };

/* n queues, each with one user; aws_queue_user is a type of the test's own, whose `queue` refers to a queue and is known only after apply. */
struct scene {
	struct drift__buf plan, live;
	struct drift_document *doc;
	struct drift_snapshot *snapshot;
};

static void
begin(struct scene *s)
{
	*s = (struct scene){.plan = DRIFT__BUF_INIT(64 << 20), .live = DRIFT__BUF_INIT(64 << 20)};
	drift__buf_adds(&s->plan, "{\"format_version\": \"1.2\", \"resource_changes\": [");
	drift__buf_adds(&s->live, "{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": [");
}

static void
add_create(struct scene *s, const char *type, const char *name, const char *key, const char *after, const char *unknown)
{
	drift__buf_addf(&s->plan, "%s{\"address\": \"%s.%s[\\\"%s\\\"]\", \"mode\": \"managed\", \"type\": \"%s\", \"name\": \"%s\", \"index\": \"%s\", \"change\": "
		"{\"actions\": [\"create\"], \"after\": {%s}, \"after_unknown\": {\"id\": true%s}}}", s->plan.data[s->plan.len - 1] == '[' ? "" : ", ", type, name,
		key, type, name, key, after, unknown);
}

static void
add_live(struct scene *s, const char *type, const char *id, const char *attributes)
{
	drift__buf_addf(&s->live, "%s{\"type\": \"%s\", \"id\": \"%s\", \"import_id\": \"%s\", \"attributes\": {\"id\": \"%s\", %s}}",
		s->live.data[s->live.len - 1] == '[' ? "" : ", ", type, id, id, id, attributes);
}

/* The k-th queue has the address q["k<k>"], the name of a job, and one user. */
static void
add_pair(struct scene *s, size_t k, const char *queue_of_live)
{
	struct drift__arena a;
	char *key, *name, *id;

	drift__arena_init(&a, 0);
	key = drift__arena_printf(&a, "k%zu", k);
	name = drift__arena_printf(&a, "\"name\": \"job-%04zu\"", k);
	id = drift__arena_printf(&a, "url-%04zu", k);
	add_create(s, "aws_sqs_queue", "q", key, name, "");
	add_live(s, "aws_sqs_queue", id, drift__arena_printf(&a, "%s}, %s, \"tags\": {", name, name)); /* the name of the object, too */
	add_create(s, "aws_queue_user", "u", key, "\"size\": 1", ", \"queue\": true");
	if (queue_of_live != NULL)
		add_live(s, "aws_queue_user", drift__arena_printf(&a, "user-%04zu", k), drift__arena_printf(&a, "\"size\": 1, \"queue\": \"%s\"", queue_of_live));
	drift__arena_dispose(&a);
}

static struct drift_imports *
finish(struct scene *s, const char *references)
{
	drift__buf_addf(&s->plan, "], \"configuration\": {\"root_module\": {\"resources\": ["
		"{\"address\": \"aws_sqs_queue.q\", \"mode\": \"managed\", \"type\": \"aws_sqs_queue\", \"name\": \"q\", \"expressions\": {\"name\": {\"references\": "
		"[\"each.value\"]}}}, {\"address\": \"aws_queue_user.u\", \"mode\": \"managed\", \"type\": \"aws_queue_user\", \"name\": \"u\", \"expressions\": "
		"{\"queue\": {\"references\": [%s]}}}]}}}", references);
	drift__buf_adds(&s->live, "]}");
	assert_int_equal(drift_document_parse(s->plan.data, s->plan.len, "plan", &s->doc, NULL), DRIFT_OK);
	assert_int_equal(drift_snapshot_from_json(s->live.data, s->live.len, "live", &s->snapshot, NULL), DRIFT_OK);
	return match(s->snapshot, s->doc);
}

static void
end(struct scene *s, struct drift_imports *im)
{
	drift_imports_free(im);
	drift_document_free(s->doc);
	drift_snapshot_free(s->snapshot);
	drift__buf_dispose(&s->plan);
	drift__buf_dispose(&s->live);
}

static void
assert_is(const struct drift_imports *im, size_t user, size_t live)
{
	char *address = drift__asprintf("aws_queue_user.u[\"k%zu\"]", user), *id = drift__asprintf("user-%04zu", live);
	char *via = drift__asprintf("aws_sqs_queue.q[\"k%zu\"]", user);
	const struct drift__import *it = find(im, address);

	assert_non_null(it);
	assert_string_equal(it->live->id, id);
	assert_string_equal(drift__value_gets(drift_value_at(it->evidence, 0), "via"), via);
	drift__free(address);
	drift__free(id);
	drift__free(via);
}

/* A create has as many candidates as the queues that it may refer to: asking each about each takes minutes for some hundreds. */
static void
hundreds_are_paired_in_no_time(void **unused)
{
	enum { N = 500 };
	clock_t start = clock();
	struct scene s;
	struct drift_imports *im;

	(void)unused;
	begin(&s);
	for (size_t k = 0; k < N; k++) {
		char *queue = drift__asprintf("url-%04zu", (k + 7) % N); /* the user of the seventh queue after it */

		add_pair(&s, k, queue);
		drift__free(queue);
	}
	im = finish(&s, "\"aws_sqs_queue.q\", \"each.key\"");
	assert_int_equal(im->n, 2 * N);
	for (size_t k = 0; k < N; k++)
		assert_is(im, k, (k + N - 7) % N);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < CPU_SECONDS_MAX);
	end(&s, im);
}

/* The value is made from the name of the queue, and is more than that. */
static void
a_name_within_the_value_pairs_too(void **unused)
{
	struct scene s;
	struct drift_imports *im;

	(void)unused;
	begin(&s);
	for (size_t k = 0; k < 8; k++) {
		char *queue = drift__asprintf("https://sqs.example/job-%04zu?x=1", 7 - k);

		add_pair(&s, k, k != 3 ? queue : NULL);
		drift__free(queue);
	}
	im = finish(&s, "\"aws_sqs_queue.q\", \"each.key\"");
	assert_int_equal(im->n, 15);
	for (size_t k = 0; k < 8; k++) {
		if (k != 4)
			assert_is(im, k, 7 - k);
	}
	assert_true(is_listed(im, "new", "aws_queue_user.u[\"k4\"]"));
	end(&s, im);
}

/* Two of one queue, and none of another: neither is guessed. */
static void
what_a_key_does_not_tell_apart_is_ambiguous(void **unused)
{
	struct scene s;
	struct drift_imports *im;

	(void)unused;
	begin(&s);
	for (size_t k = 0; k < 8; k++) {
		char *queue = drift__asprintf("url-%04zu", k == 6 ? 5 : k);

		add_pair(&s, k, queue);
		drift__free(queue);
	}
	im = finish(&s, "\"aws_sqs_queue.q\", \"each.key\"");
	for (size_t k = 0; k < 8; k++) {
		if (k != 5 && k != 6)
			assert_is(im, k, k);
	}
	assert_true(is_listed(im, "ambiguous", "aws_queue_user.u[\"k5\"]"));
	assert_null(find(im, "aws_queue_user.u[\"k6\"]"));
	end(&s, im);
}

/* Without a key nothing pairs them. */
static void
a_reference_to_all_pairs_nothing(void **unused)
{
	struct scene s;
	struct drift_imports *im;

	(void)unused;
	begin(&s);
	for (size_t k = 0; k < 8; k++) {
		char *queue = drift__asprintf("url-%04zu", k);

		add_pair(&s, k, queue);
		drift__free(queue);
	}
	im = finish(&s, "\"aws_sqs_queue.q\"");
	assert_int_equal(im->n, 8);
	assert_int_equal(list_size(im, "ambiguous"), 8);
	end(&s, im);
}

/* Each module has one queue and one user: the reference names one object, whatever the others are. */
static double
match_modules(size_t n)
{
	static const char config[] = "], \"configuration\": {\"root_module\": {\"module_calls\": {\"m\": {\"source\": \"./m\", \"expressions\": {}, \"module\": "
		"{\"resources\": [{\"mode\": \"managed\", \"type\": \"aws_sqs_queue\", \"name\": \"q\", \"expressions\": {}}, {\"mode\": \"managed\", \"type\": "
		"\"aws_queue_user\", \"name\": \"u\", \"expressions\": {\"queue\": {\"references\": [\"aws_sqs_queue.q.id\", \"aws_sqs_queue.q\"]}}}]}}}}}}";
	static const char create[] = "{\"address\": \"module.m[\\\"%zu\\\"].%s.%s\", \"module_address\": \"module.m[\\\"%zu\\\"]\", \"mode\": \"managed\", "
		"\"type\": \"%s\", \"name\": \"%s\", \"change\": {\"actions\": [\"create\"], \"after\": {";
	struct scene s;
	struct drift_imports *im;
	clock_t start, took;

	begin(&s);
	for (size_t k = 0; k < n; k++) {
		char *id = drift__asprintf("url-%04zu", k), *name = drift__asprintf("\"name\": \"job-%04zu\"", k);
		char *user = drift__asprintf("user-%04zu", k), *queue = drift__asprintf("\"queue\": \"url-%04zu\"", k);

		drift__buf_adds(&s.plan, k > 0 ? ", " : "");
		drift__buf_addf(&s.plan, create, k, "aws_sqs_queue", "q", k, "aws_sqs_queue", "q");
		drift__buf_addf(&s.plan, "%s}, \"after_unknown\": {\"id\": true}}}, ", name);
		drift__buf_addf(&s.plan, create, k, "aws_queue_user", "u", k, "aws_queue_user", "u");
		drift__buf_adds(&s.plan, "}, \"after_unknown\": {\"id\": true, \"queue\": true}}}");
		add_live(&s, "aws_sqs_queue", id, name);
		add_live(&s, "aws_queue_user", user, queue);
		drift__free(id);
		drift__free(name);
		drift__free(user);
		drift__free(queue);
	}
	drift__buf_adds(&s.plan, config);
	drift__buf_adds(&s.live, "]}");
	assert_int_equal(drift_document_parse(s.plan.data, s.plan.len, "plan", &s.doc, NULL), DRIFT_OK);
	assert_int_equal(drift_snapshot_from_json(s.live.data, s.live.len, "live", &s.snapshot, NULL), DRIFT_OK);
	start = clock();
	im = match(s.snapshot, s.doc);
	took = clock() - start;
	assert_int_equal(im->n, 2 * n);
	for (size_t i = 0; i < im->n; i++) { /* module.m["7"].… is url-0007 or user-0007 */
		const char *id = strchr(im->items[i].live->id, '-');

		assert_int_equal(strtol(im->items[i].address + strlen("module.m[\""), NULL, 10), strtol(id + 1, NULL, 10));
	}
	end(&s, im);
	return (double)took;
}

/* Eight times as many take about eight times as long; each held against each would take 64 times as long. */
static void
thousands_of_modules_take_no_longer_each(void **unused)
{
	double few;

	(void)unused;
	match_modules(10); /* reads the catalogue */
	few = match_modules(500);
	assert_true(match_modules(4000) < 35 * few);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hundreds_are_paired_in_no_time),
		cmocka_unit_test(a_name_within_the_value_pairs_too),
		cmocka_unit_test(what_a_key_does_not_tell_apart_is_ambiguous),
		cmocka_unit_test(a_reference_to_all_pairs_nothing),
		cmocka_unit_test(thousands_of_modules_take_no_longer_each),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	entries.own = parse(&entries.arena, "{\"aws_queue_user\": {\"type\": \"aws_queue_user\", \"match\": [[\"queue\"]], \"schema\": {\"id\": [\"string\", \"C\"],"
		" \"queue\": [\"string\", \"R\"], \"size\": [\"number\", \"O\"]}}}");
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
