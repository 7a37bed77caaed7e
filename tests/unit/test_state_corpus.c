/* Real states (../shared/corpus/states, which stands beside the repository): all load, with the addresses that `terraform state list` prints.
 *
 * Where Terraform itself drops or refuses something (053, 057), there is no list; what is expected stands below. */
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

#include "state/tfstate.h"

#define CORPUS DRIFT_SHARED_DIR "/corpus/"

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every address parses, and prints to itself. */
static void
assert_round_trip(const struct drift_snapshot *snap, const char *name)
{
	struct drift__arena a;
	size_t i;

	drift__arena_init(&a, 0);
	for (i = 0; i < snap->n_resources; i++) {
		const struct drift_resource *r = &snap->resources[i];
		struct drift__address parts;

		if (drift__address_parse(r->address, &a, &parts, NULL) != DRIFT_OK)
			fail_msg("%s: %s does not parse", name, r->address);
		assert_string_equal(drift__address_text(&parts, &a), r->address);
		assert_string_equal(parts.type, r->type);
	}
	drift__arena_dispose(&a);
}

/* The addresses, sorted, each once: a deposed object adds no line of its own. */
static void
assert_addresses(const struct drift_snapshot *snap, const char *path, const char *name)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 22);
	const char **mine = calloc(snap->n_resources + 1, sizeof *mine), **theirs = calloc(100000, sizeof *theirs);
	size_t n = 0, m = 0, i;
	char *line, *save = NULL;

	assert_non_null(mine);
	assert_non_null(theirs);
	assert_int_equal(drift__file_read(path, &text, NULL), DRIFT_OK);
	for (line = text.data != NULL ? strtok_r(text.data, "\n", &save) : NULL; line != NULL && m < 100000; line = strtok_r(NULL, "\n", &save))
		theirs[m++] = line;
	for (i = 0; i < snap->n_resources; i++)
		mine[i] = snap->resources[i].address;
	qsort(mine, snap->n_resources, sizeof *mine, compare_text);
	qsort(theirs, m, sizeof *theirs, compare_text);
	for (i = 0; i < snap->n_resources; i++)
		if (i == 0 || strcmp(mine[i], mine[n - 1]) != 0)
			mine[n++] = mine[i];
	for (i = 0; i < n && i < m; i++)
		if (strcmp(mine[i], theirs[i]) != 0)
			fail_msg("%s: %s, and Terraform has %s", name, mine[i], theirs[i]);
	assert_int_equal(n, m);
	free(mine);
	free(theirs);
	drift__buf_dispose(&text);
}

/* "resources data others tainted deposed warnings" of the states that are special in one of them. */
static void
assert_special(const char *name, const struct drift_snapshot *snap, const struct drift__tfstate_info *info)
{
	static const char *const rows[][2] = {
		{"001", "47 0 1 0 0 0"}, {"003", "2 0 0 0 0 3"}, {"009", "0 0 0 0 0 1"}, {"011", "4 4 0 0 0 0"}, {"012", "16 0 0 0 0 0"},
		{"016", "46 12 3 0 0 0"}, {"030", "46 2 0 1 0 0"}, {"033", "3 1 2 0 0 0"}, {"039", "0 0 3 0 0 0"}, {"040", "0 0 0 0 0 0"},
		{"044", "0 0 21 6 0 0"}, {"050", "22 1 0 1 6 0"}, {"051", "14 0 0 1 2 0"}, {"052", "47 0 1 0 0 0"}, {"053", "7 1 0 0 0 1"},
		{"055", "3 0 0 0 0 0"}, {"056", "33 0 0 0 0 0"}, {"057", "2 0 0 0 0 0"}, {"058", "17 0 0 1 0 0"}};
	char counts[100];
	size_t i;

	snprintf(counts, sizeof counts, "%zu %zu %zu %zu %zu %zu", info->n_resources, info->n_data, info->n_foreign, info->n_tainted, info->n_deposed,
		info->warnings.len);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strncmp(name, rows[i][0], 3) == 0 && strcmp(counts, rows[i][1]) != 0)
			fail_msg("%s: %s, not %s", name, counts, rows[i][1]);
	if (strncmp(name, "058", 3) == 0)
		assert_string_equal(info->serial, "18446744073709551615");
	if (strncmp(name, "057", 3) == 0)
		assert_non_null(snap->resources[0].more->provider_alias);
}

static void
every_state_loads_with_terraforms_addresses(void **unused)
{
	const struct drift__dir_entry *files;
	size_t n, i, listed = 0, resources = 0;
	struct drift__arena a;

	(void)unused;
	if (access(CORPUS "states", R_OK) != 0) {
		print_message("skipped: the corpus of real states is not here (../shared/corpus/states)\n");
		skip();
	}
	drift__arena_init(&a, 0);
	assert_int_equal(drift__dir_list(&a, CORPUS "states", &files, &n, NULL), DRIFT_OK);
	for (i = 0; i < n; i++) {
		struct drift_snapshot *snap = drift__snapshot_new(DRIFT_SIDE_STATE);
		struct drift__tfstate_info info;
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__buf text = DRIFT__BUF_INIT(1 << 24);
		char path[4096];

		snprintf(path, sizeof path, CORPUS "states/%s", files[i].name);
		assert_int_equal(drift__file_read(path, &text, NULL), DRIFT_OK);
		if (drift__tfstate_read(text.data, text.len, files[i].name, 0, snap, &info, &err) != DRIFT_OK)
			fail_msg("%s: %s", err.where, err.what);
		assert_special(files[i].name, snap, &info);
		assert_round_trip(snap, files[i].name);
		resources += snap->n_resources;
		snprintf(path, sizeof path, CORPUS "addresses/%.*s.txt", (int)strcspn(files[i].name, "."), files[i].name);
		if (access(path, R_OK) == 0) {
			assert_addresses(snap, path, files[i].name);
			listed++;
		}
		drift__list_dispose(&info.warnings);
		drift_snapshot_free(snap);
		drift__buf_dispose(&text);
	}
	drift__arena_dispose(&a);
	print_message("  %zu states with %zu resources load; %zu have the addresses of `terraform state list`\n", n, resources, listed);
	assert_true(n >= 58 && listed >= 56);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(every_state_loads_with_terraforms_addresses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
