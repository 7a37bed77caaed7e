/* Plan matching on the demo account: plan.json has the creates, prod.tfstate says which live object each one is. */
#include "imports_support.h"

#define PLAN "fixtures/account/plan.json"
#define STATE "fixtures/account/prod.tfstate"

static struct entries entries;

/* address -> id, from the state itself */
static const char *
true_id(const struct drift_value *state, const char *address)
{
	const struct drift_value *resources = drift_value_get(state, "resources");

	for (size_t i = 0; i < drift_value_size(resources); i++) {
		const struct drift_value *res = drift_value_at(resources, i), *instances = drift_value_get(res, "instances");
		const char *module = drift__value_gets(res, "module");

		if (!drift__streq(drift__value_gets(res, "mode"), "managed"))
			continue;
		for (size_t k = 0; k < drift_value_size(instances); k++) {
			const struct drift_value *key = drift_value_get(drift_value_at(instances, k), "index_key");
			struct drift__buf b = DRIFT__BUF_INIT(4096);
			bool same;

			drift__buf_addf(&b, "%s%s%s.%s", module != NULL ? module : "", module != NULL ? "." : "",
				drift__value_gets(res, "type"), drift__value_gets(res, "name"));
			if (drift_value_kind(key) == DRIFT_NUMBER) {
				drift__buf_addf(&b, "[%s]", drift_value_text(key, NULL));
			} else if (key != NULL) {
				void drift__quote_hcl(struct drift__buf *, const char *, size_t);

				drift__buf_addc(&b, '[');
				drift__quote_hcl(&b, drift__value_str(key), strlen(drift__value_str(key)));
				drift__buf_addc(&b, ']');
			}
			same = strcmp(b.data, address) == 0;
			drift__buf_dispose(&b);
			if (same)
				return drift__value_gets(drift_value_get(drift_value_at(instances, k), "attributes"), "id");
		}
	}
	return NULL;
}

static struct drift_imports *
match(struct drift_snapshot *live, struct drift_document *plan)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	opt.plan = plan;
	if (drift__imports_make(&facts, NULL, live, &opt, &im, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return im;
}

static struct drift_document *
read_plan(void)
{
	struct drift__buf text = DRIFT__BUF_INIT(64 << 20);
	struct drift_document *doc = NULL;

	assert_int_equal(drift__file_read(PLAN, &text, NULL), DRIFT_OK);
	assert_int_equal(drift_document_parse(text.data, text.len, PLAN, &doc, NULL), DRIFT_OK);
	drift__buf_dispose(&text);
	return doc;
}

static size_t
count_wrong(const struct drift_imports *im, const struct drift_value *state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < im->n; i++) {
		const char *id = true_id(state, im->items[i].address);

		if (!drift__streq(id, im->items[i].live->id)) {
			print_message("%s: matched with %s, is %s\n", im->items[i].address, im->items[i].live->id, id);
			wrong++;
		}
	}
	return wrong;
}

static void
show(const struct drift_imports *im)
{
	const char *const lists[] = {"ambiguous", "new", "undecided", "not_importable", "managed_elsewhere"};

	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		const struct drift_value *list = drift_value_get(im->root, lists[k]);

		for (size_t i = 0; i < drift_value_size(list); i++) {
			char *text = drift_value_to_json(drift_value_at(list, i), 0);

			print_message("%s: %.400s\n", lists[k], text);
			drift_text_free(text);
		}
	}
}

static void
all_of_the_account_is_matched(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_document *plan = read_plan();
	struct drift_imports *im = match(live, plan);
	const struct drift_value *state = read_json_file(&live->arena, STATE);

	(void)unused;
	show(im);
	for (size_t i = 0; i < im->n; i++) {
		if (strcmp(im->items[i].forecast, "no-op") != 0) {
			char *text = drift_value_to_json(im->items[i].changes, 0);

			print_message("%s %s %.500s\n", im->items[i].forecast, im->items[i].address, text);
			drift_text_free(text);
		}
	}
	assert_int_equal(count_wrong(im, state), 0);
	assert_int_equal(im->n, 199);
	drift_imports_free(im);
	drift_document_free(plan);
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_the_account_is_matched),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
