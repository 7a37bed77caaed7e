/* What is compared has a value in some fixture: a leaf that never had one may stand under a wrong name, and nobody would see. */
#include "diff/rules.h"
#include "type_scene.h"

/* Of a hundred compared leaves at most so many have no value in any fixture. It may fall, never rise. */
#define WITHOUT_VALUE 8

struct seen {
	const struct drift_value *compared; /* dotted names, as `driftscan types` counts them */
	bool *valued;
};

static bool
says_nothing(const struct drift_value *v)
{
	double d;

	return drift__value_is_empty(v) || (drift_value_kind(v) == DRIFT_BOOL && !drift_value_bool(v)) || (drift__value_to_double(v, &d) && d == 0);
}

/* The leaf at the path, and every leaf below it, has the value that v gives it. */
static void
mark(struct seen *seen, const struct drift_value *v, const char *path)
{
	char below[512];
	size_t i;

	if (says_nothing(v))
		return;
	for (i = 0; i < drift_value_size(seen->compared); i++)
		if (drift__streq(drift__value_str(drift_value_at(seen->compared, i)), path))
			seen->valued[i] = true;
	for (i = 0; i < drift_value_size(v) && drift_value_kind(v) != DRIFT_STRING; i++) {
		if (drift_value_kind(v) == DRIFT_MAP)
			snprintf(below, sizeof below, "%s%s%s", path, *path != '\0' ? "." : "", drift_value_key(v, i, NULL));
		mark(seen, drift_value_at(v, i), drift_value_kind(v) == DRIFT_MAP ? below : path);
	}
}

static void
mark_fixture(struct seen *seen, const char *type, const char *path)
{
	struct drift_document *fixture = read_fixture(path);
	const struct drift_value *state = drift_value_get(drift_document_root(fixture), "state");
	size_t i, k;

	for (i = 0; i < drift_value_size(state); i++) {
		const struct drift_value *r = drift_value_at(state, i), *instances = drift_value_get(r, "instances");

		for (k = 0; k < drift_value_size(instances) && drift__streq(drift__value_gets(r, "type"), type); k++)
			mark(seen, drift_value_get(drift_value_at(instances, k), "attributes"), "");
	}
	drift_document_free(fixture);
}

/* How many leaves of the type have no value anywhere; *all counts the compared ones. */
static size_t
without_value(const struct drift_catalogue *c, const char *type, bool tell, size_t *all)
{
	struct drift_document *described = NULL;
	struct seen seen;
	size_t i, at, n, lacking = 0;
	char path[512];

	assert_int_equal(drift_catalogue_describe(c, type, &described, NULL), DRIFT_OK);
	seen.compared = drift_value_get(drift_value_get(drift_value_at(drift_document_root(described), 0), "attribute_names"), "compared");
	n = drift_value_size(seen.compared);
	seen.valued = calloc(n + 1, sizeof *seen.valued);
	assert_non_null(seen.valued);
	for (at = 0; fixture_path_of(type, at, path, sizeof path); at++)
		mark_fixture(&seen, type, path);
	for (i = 0; i < n; i++) {
		if (seen.valued[i])
			continue;
		if (tell)
			print_message("%s: %s\n", type, drift__value_str(drift_value_at(seen.compared, i)));
		lacking++;
	}
	*all += n;
	free(seen.valued);
	drift_document_free(described);
	return lacking;
}

/* DRIFT_TELL=1 names them. */
static void
test_compared_leaves_have_values(void **state)
{
	struct drift_catalogue *c = NULL;
	size_t i, all = 0, lacking = 0;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 0; i < drift_catalogue_size(c); i++)
		lacking += without_value(c, drift_catalogue_type(c, i), getenv("DRIFT_TELL") != NULL, &all);
	drift_catalogue_free(c);
	print_message("%zu of %zu compared leaves have no value in a fixture\n", lacking, all);
	assert_true(lacking * 100 <= all * WITHOUT_VALUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_compared_leaves_have_values)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
