/* Loading, looking again, comparing, history and check on files, and each of them with every allocation failing once. Locks as data, and the
 * settings of .driftscan. S3 and the rest of the network are tested with servers (tests/integration). */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/load.h"
#include "state/lock.h"

static char folder[64];

static const char *
path_of(const char *name)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void
write_state(const char *name, const char *text)
{
	assert_int_equal(drift__file_write(path_of(name), text, strlen(text), 0600, NULL), DRIFT_OK);
}

#define RESOURCE(name, more)                                                                                            \
	"{\"mode\":\"managed\",\"type\":\"aws_sqs_queue\",\"name\":\"" name "\",\"provider\":\"provider[\\\"r/hashicorp/aws\\\"]\",\"instances\":[{"    \
	"\"attributes\":{\"id\":\"" name "\",\"arn\":\"arn:aws:sqs:eu-west-1:123456789012:" name "\",\"tags\":{\"a\":\"b\"}" more "}}]}"
#define STATE(serial, resources) "{\"version\":4,\"terraform_version\":\"1.11.4\",\"serial\":" serial ",\"lineage\":\"l\",\"resources\":[" resources "]}"

static int
make_folder(void **unused)
{
	(void)unused;
	snprintf(folder, sizeof folder, "test-state-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	write_state("a.tfstate", STATE("4", RESOURCE("x", ",\"n\":1") "," RESOURCE("y", "")));
	write_state("b.tfstate", STATE("5", RESOURCE("x", ",\"n\":2,\"list\":[1,2]") "," RESOURCE("z", "")));
	write_state("b.tfstate.backup", STATE("4", RESOURCE("x", "")));
	return 0;
}

static int
remove_folder(void **unused)
{
	static const char *const names[] = {"a.tfstate", "b.tfstate", "b.tfstate.backup", "moving.tfstate", ".moving.tfstate.lock.info", "config"};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

static struct drift_state *
load(const char *name)
{
	struct drift_state_options o = DRIFT_STATE_OPTIONS_INIT;
	const char *sources[] = {path_of(name), NULL};
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_state *s = NULL;

	if (drift_state_load(sources, &o, &s, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return s;
}

static void
several_states_are_one_union(void **unused)
{
	struct drift_state *s = load("?.tfstate");

	(void)unused;
	assert_int_equal(drift_value_size(drift_state_info(s)), 2);
	assert_int_equal(drift_snapshot_size(drift_state_snapshot(s)), 4);
	assert_null(drift_state_backend(s));
	assert_string_equal(drift_value_text(drift_value_get(drift_value_at(drift_state_info(s), 1), "serial"), NULL), "5");
	drift_state_free(s);
	drift_state_free(NULL);
}

static void
a_state_that_moves_is_noticed(void **unused)
{
	static const struct {
		const char *text, *words;
	} rows[] = {{STATE("7", ""), "from serial 6 to 7"}, {STATE("6", RESOURCE("x", "")), "from serial 6 to 6 with other content"}, {"{", "can't be read"}};
	struct drift_document *locks = NULL;
	struct drift_state *s;
	char *what;
	bool moved;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_state("moving.tfstate", STATE("6", ""));
		s = load("moving.tfstate");
		assert_int_equal(drift_state_reread(s, &moved, &what, NULL), DRIFT_OK);
		assert_false(moved);
		assert_null(what);
		write_state("moving.tfstate", rows[i].text);
		assert_int_equal(drift_state_reread(s, &moved, &what, NULL), DRIFT_OK);
		assert_true(moved);
		assert_non_null(strstr(what, rows[i].words));
		drift_text_free(what);
		drift_state_free(s);
	}
	write_state("moving.tfstate", STATE("6", ""));
	s = load("moving.tfstate");
	assert_int_equal(drift_state_locks(s, 1700000000000, &locks, NULL), DRIFT_OK);
	assert_false(drift_value_bool(drift_value_get(drift_value_at(drift_document_root(locks), 0), "held")));
	drift_document_free(locks);
	unlink(path_of("moving.tfstate"));
	assert_int_equal(drift_state_reread(s, &moved, &what, NULL), DRIFT_NO_STATE);
	drift_state_free(s);
}

/* ---- locks as data ---- */

static void
verdicts(void **unused)
{
	static const char apply[] = "{\"ID\":\"i\",\"Operation\":\"OperationTypeApply\",\"Who\":\"ann@laptop\",\"Created\":\"2023-11-14T22:13:20Z\"}";
	static const int64_t made = 1700000000000, hour = 3600000;
	static const struct {
		int64_t now, written;
		long pid;
		const char *verdict;
	} rows[] = {{1700000000000 + 3600000, 0, -1, "fresh"}, {1700000000000 + 3 * 3600000, 0, -1, "probably stale"},
		{1700000000000 + 3 * 3600000, 1700000000000 + 3 * 3600000 - 60000, -1, "fresh"}, {1700000000000 + 3 * 3600000, 1700000000000 + 3600000, -1, "probably stale"},
		{1700000000000 - 3600000, 0, -1, "fresh"}, {1700000000000, 0, 77, "fresh"}, {1700000000000, 0, 0, "stale"}};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct drift__lock_sight s = {.kind = rows[i].pid >= 0 ? "local" : "s3", .place = "p", .now_ms = rows[i].now, .state_modified_ms = rows[i].written, .pid = rows[i].pid};
		const struct drift_value *v = drift__lock_describe(&s, apply, sizeof apply - 1, &a);

		assert_string_equal(drift__value_gets(v, "verdict"), rows[i].verdict);
		assert_true(drift_value_size(drift_value_get(v, "evidence")) > 0);
		assert_true(drift__streq(drift__value_gets(v, "unlock"), rows[i].pid >= 0 ? NULL : "terraform force-unlock i"));
		/* the server's clock wins over the holder's */
		s.made_ms = made + hour;
		v = drift__lock_describe(&s, apply, sizeof apply - 1, &a);
		assert_int_equal(strtoll(drift_value_text(drift_value_get(v, "age_s"), NULL), NULL, 10), (rows[i].now - made - hour) / 1000);
	}
	drift__arena_dispose(&a);
}

/* ---- .driftscan ---- */

static void
settings(void **unused)
{
	struct drift_config *c = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	const char *const *list;

	(void)unused;
	write_state("config", "[default]\nregion = eu-west-1, us-east-1\nworkspace = w\n[env prod]\nstate =\n  s3://b/k\n  other.tfstate\nworkspace = prod\n");
	assert_int_equal(drift_config_load(path_of("config"), "prod", &c, NULL), DRIFT_OK);
	list = drift_config_list(c, "state");
	assert_string_equal(list[0], "s3://b/k");
	assert_string_equal(list[1], "other.tfstate");
	assert_null(list[2]);
	assert_string_equal(drift_config_list(c, "region")[1], "us-east-1");
	assert_string_equal(drift_config_get(c, "workspace"), "prod");
	assert_null(drift_config_get(c, "plan"));
	assert_null(drift_config_get(c, "no such"));
	drift_config_free(c);
	assert_int_equal(drift_config_load(path_of("config"), "stage", &c, &err), DRIFT_BAD_CONFIG);
	assert_non_null(strstr(err.hint, "prod"));
	err.status = DRIFT_OK;
	err.hint[0] = '\0';
	write_state("config", "[env prod]\nregoin = x\n");
	assert_int_equal(drift_config_load(path_of("config"), "prod", &c, &err), DRIFT_BAD_CONFIG);
	assert_non_null(strstr(err.hint, "region"));
	assert_true(drift__ends(err.where, "config:2"));
}

/* ---- memory ---- */

static enum drift_status
do_all(int what)
{
	struct drift_state_options o = DRIFT_STATE_OPTIONS_INIT;
	const char *a[] = {path_of("a.tfstate"), NULL}, *b[] = {path_of("b.tfstate"), NULL}, *both[] = {path_of("?.tfstate"), NULL};
	struct drift_state *x = NULL, *y = NULL;
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;
	bool moved;
	enum drift_status st = DRIFT_OK;

	if (what == 0 || what == 1) {
		st = drift_state_load(what == 0 ? both : a, &o, &x, &err);
		if (st == DRIFT_OK && what == 0)
			st = drift_state_reread(x, &moved, &text, &err);
		if (st == DRIFT_OK && what == 1)
			st = drift_state_load(b, &o, &y, &err);
		if (st == DRIFT_OK && what == 1)
			st = drift_state_diff(x, y, &doc, &err);
	} else if (what == 2) {
		st = drift_state_history(b[0], &o, 5, &doc, &err);
	} else if (what == 3) {
		st = drift_state_check(both, &o, &doc, &err);
	} else {
		st = drift_locks_inspect(both, &o, 1700000000000, &doc, &err);
	}
	if (st == DRIFT_OK && doc != NULL)
		st = what == 4 ? drift_lock_text(doc, &text, &err) : drift_state_text(doc, true, &text, &err);
	if (st != err.status)
		fail_msg("%d: %s, and the error says %s", what, drift_status_name(st), drift_status_name(err.status));
	drift_text_free(text);
	drift_document_free(doc);
	drift_state_free(x);
	drift_state_free(y);
	return st;
}

static void
memory_may_run_out_anywhere(void **unused)
{
	enum drift_status st;
	int what;
	long k;

	(void)unused;
	for (what = 0; what < 5; what++) {
		for (k = 1, st = DRIFT_NOMEM; st == DRIFT_NOMEM && k < 20000; k++) {
			drift__alloc_fail_after(k);
			st = do_all(what);
			drift__alloc_fail_after(0);
		}
		if (st != DRIFT_OK)
			fail_msg("%d: %s after %ld", what, drift_status_name(st), k);
		assert_true(k > 10);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_states_are_one_union),
		cmocka_unit_test(a_state_that_moves_is_noticed),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(settings),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
