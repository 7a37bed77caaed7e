/* Broken and malicious states: each gives the answer that tests/golden/state/hostile.tsv says, without a crash, a leak, a secret or a
 * control character in it. wrong-types.jsonl: one field at a time has a wrong type, with what Terraform 1.11.4 does.
 *
 * hostile.tsv: file, status, and for an error what where and what hold, else resources, data sources, others and how many warnings.
 * cJSON reads the cases, so that our own reader does not check itself. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "state/tfstate.h"

#define GOLDEN DRIFT_SOURCE_DIR "/tests/golden/state/"

struct result {
	struct drift_snapshot *snap;
	struct drift__tfstate_info info;
	struct drift_error err;
	enum drift_status st;
	const struct drift_value *warnings;
};

static struct result
read_state(const char *text, size_t n, const char *name)
{
	struct result r = {.snap = drift__snapshot_new(DRIFT_SIDE_STATE)};

	assert_non_null(r.snap);
	r.st = drift__tfstate_read(text, n, name, 0, r.snap, &r.info, &r.err);
	assert_int_equal(r.st, r.err.status);
	if (r.st == DRIFT_OK) {
		r.warnings = drift__list_finish(&r.info.warnings);
		assert_non_null(r.warnings);
		assert_int_equal(drift__snapshot_seal(r.snap, NULL), DRIFT_OK);
	}
	return r;
}

/* What is printed is valid UTF-8 without control characters, and holds no secret. */
static void
assert_harmless(const char *text, const char *name)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	if (strstr(text, "CANARY-") != NULL)
		fail_msg("%s: a secret is shown: %s", name, text);
	for (; *p != '\0'; p += n) {
		n = drift__utf8_valid(p, strlen((const char *)p));
		if (n == 0 || !drift__is_printable(drift__utf8_decode((const char *)p, n)))
			fail_msg("%s: not fit for a terminal: %s", name, text);
	}
}

static void
assert_harmless_result(const struct result *r, const char *name)
{
	size_t i;

	assert_harmless(r->err.where, name);
	assert_harmless(r->err.what, name);
	assert_harmless(r->err.hint, name);
	for (i = 0; i < drift_value_size(r->warnings); i++)
		assert_harmless(drift__value_str(drift_value_at(r->warnings, i)), name);
	for (i = 0; i < r->snap->n_resources && r->st == DRIFT_OK; i++)
		assert_harmless(r->snap->resources[i].address, name);
}

/* A line of actual results in the form of hostile.tsv. */
static void
describe(const struct result *r, const char *name, char *out, size_t n)
{
	if (r->st != DRIFT_OK)
		snprintf(out, n, "%s\t%s\t%s\t%s", name, drift_status_name(r->st), r->err.where, r->err.what);
	else
		snprintf(out, n, "%s\tOK\t%zu %zu %zu\t%zu", name, r->info.n_resources, r->info.n_data, r->info.n_foreign, drift_value_size(r->warnings));
}

static void
hostile_files_get_the_right_answer(void **unused)
{
	struct drift__buf list = DRIFT__BUF_INIT(1 << 20);
	char *line, *save = NULL;
	size_t files = 0, wrong = 0;

	(void)unused;
	assert_int_equal(drift__file_read(GOLDEN "hostile.tsv", &list, NULL), DRIFT_OK);
	for (line = strtok_r(list.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		struct drift__buf text = DRIFT__BUF_INIT(1 << 22);
		char path[4096], name[256], actual[2048];
		struct result r;
		clock_t start;

		if (line[0] == '#')
			continue;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(line, "\t"), line);
		snprintf(path, sizeof path, GOLDEN "hostile/%s", name);
		assert_int_equal(drift__file_read(path, &text, NULL), DRIFT_OK);
		start = clock();
		r = read_state(text.data != NULL ? text.data : "", text.len, name);
		if (clock() - start > 10 * CLOCKS_PER_SEC)
			fail_msg("%s takes more than 10 s", name);
		assert_harmless_result(&r, name);
		assert_true(r.st == DRIFT_OK || r.err.hint[0] != '\0' || r.st == DRIFT_LIMIT);
		describe(&r, name, actual, sizeof actual);
		if (strcmp(actual, line) != 0) {
			print_message("- %s\n+ %s\n", line, actual);
			wrong++;
		}
		drift_snapshot_free(r.snap);
		drift__buf_dispose(&text);
		files++;
	}
	drift__buf_dispose(&list);
	assert_int_equal(wrong, 0);
	assert_int_equal(files, 63);
}

/* Fields of which we need nothing: a warning is enough where Terraform refuses. */
static int
only_warned(const char *field)
{
	return strstr(field, "private") != NULL || strstr(field, "check_results") != NULL || strstr(field, "identity") != NULL;
}

static void
wrong_types_are_refused_with_their_path(void **unused)
{
	struct drift__buf list = DRIFT__BUF_INIT(1 << 20);
	char *line, *save = NULL;
	size_t cases = 0;

	(void)unused;
	assert_int_equal(drift__file_read(GOLDEN "wrong-types.jsonl", &list, NULL), DRIFT_OK);
	for (line = strtok_r(list.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		cJSON *c = cJSON_Parse(line);
		const char *field = cJSON_GetObjectItemCaseSensitive(c, "field")->valuestring;
		const char *value = cJSON_GetObjectItemCaseSensitive(c, "value")->valuestring;
		const char *text = cJSON_GetObjectItemCaseSensitive(c, "state")->valuestring;
		bool refused = strcmp(cJSON_GetObjectItemCaseSensitive(c, "terraform")->valuestring, "error") == 0;
		size_t instances = (size_t)cJSON_GetObjectItemCaseSensitive(c, "instances")->valueint;
		struct result r = read_state(text, strlen(text), "t");
		char what[1024];

		snprintf(what, sizeof what, "%s %s (Terraform %s): %s %s %s", field, value, refused ? "refuses" : "reads", drift_status_name(r.st), r.err.where, r.err.what);
		assert_harmless_result(&r, what);
		if (refused && r.st == DRIFT_OK && (!only_warned(field) || drift_value_size(r.warnings) == 0))
			fail_msg("read: %s", what);
		/* never dropped in silence: either all that Terraform reads, or an error */
		if (!refused && r.st == DRIFT_OK && r.snap->n_resources != instances)
			fail_msg("%zu instances, not %zu: %s", r.snap->n_resources, instances, what);
		if (r.st == DRIFT_BAD_STATE && strstr(field, "top level") == NULL && strncmp(r.err.where, "t", 1) != 0)
			fail_msg("no place: %s", what);
		if (strncmp(field, "resources.0.", 12) == 0 && r.st != DRIFT_OK && strstr(r.err.where, "resources[0]") == NULL)
			fail_msg("no path: %s", what);
		drift_snapshot_free(r.snap);
		cJSON_Delete(c);
		cases++;
	}
	drift__buf_dispose(&list);
	assert_int_equal(cases, 306);
}

/* Cut anywhere, a state is an error, and nothing behind its end is read (the copy is exactly as long). */
static void
every_cut_is_an_error(void **unused)
{
	static const char *const files[] = {"53-secret-in-odd-places.tfstate", "59-v3-bad-paths.tfstate", "12-huge-numbers.tfstate"};
	size_t f, n;

	(void)unused;
	for (f = 0; f < sizeof files / sizeof files[0]; f++) {
		struct drift__buf text = DRIFT__BUF_INIT(1 << 22);
		char path[4096];

		snprintf(path, sizeof path, GOLDEN "hostile/%s", files[f]);
		assert_int_equal(drift__file_read(path, &text, NULL), DRIFT_OK);
		while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
			text.len--;
		for (n = 0; n < text.len; n += 7) {
			char *copy = malloc(n > 0 ? n : 1);
			struct result r;

			assert_non_null(copy);
			memcpy(copy, text.data, n);
			r = read_state(copy, n, files[f]);
			assert_int_not_equal(r.st, DRIFT_OK);
			assert_harmless_result(&r, files[f]);
			drift_snapshot_free(r.snap);
			free(copy);
		}
		drift__buf_dispose(&text);
	}
}

/* Whichever allocation fails: NOMEM, and no leak. */
static void
memory_may_run_out_anywhere(void **unused)
{
	static const char *const files[] = {"53-secret-in-odd-places.tfstate", "32-count-1e9.tfstate", "21-shell-in-ids-and-keys.tfstate",
		"47-show-json.tfstate", "36-gzip-of-good-state.tfstate.gz", "13-duplicate-keys.tfstate"};
	size_t f;
	long k;

	(void)unused;
	for (f = 0; f < sizeof files / sizeof files[0]; f++) {
		struct drift__buf text = DRIFT__BUF_INIT(1 << 22);
		enum drift_status st = DRIFT_NOMEM;
		char path[4096];

		snprintf(path, sizeof path, GOLDEN "hostile/%s", files[f]);
		assert_int_equal(drift__file_read(path, &text, NULL), DRIFT_OK);
		for (k = 1; st == DRIFT_NOMEM && k < 5000; k++) {
			struct drift_snapshot *snap = drift__snapshot_new(DRIFT_SIDE_STATE);
			struct drift__tfstate_info info;
			struct drift_error err = DRIFT_ERROR_INIT;

			drift__alloc_fail_after(k);
			st = drift__tfstate_read(text.data, text.len, "t", 0, snap, &info, &err);
			drift__alloc_fail_after(0);
			assert_int_equal(st, err.status);
			if (st == DRIFT_OK)
				drift__list_dispose(&info.warnings);
			drift_snapshot_free(snap);
		}
		assert_true(k > 5 && k < 5000);
		drift__buf_dispose(&text);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_files_get_the_right_answer),
		cmocka_unit_test(wrong_types_are_refused_with_their_path),
		cmocka_unit_test(every_cut_is_an_error),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
