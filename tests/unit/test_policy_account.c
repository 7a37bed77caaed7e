/* Policies for the demo account: made from its state, held against what the real provider was recorded to call. */
#include "imports_support.h"

#include "drift/policy.h"

#define STATE "fixtures/account/prod.tfstate"
#define CALLS "fixtures/account/calls.tsv"

static struct drift_catalogue *catalogue;

static struct drift_policy *
make(enum drift_policy_mode mode, enum drift_policy_fold fold, const struct drift_snapshot *live)
{
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_policy *p = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	opt.mode = mode;
	opt.fold = fold;
	opt.live = live;
	opt.account = "123456789012";
	opt.region = "us-east-1";
	if (drift_policy_make(catalogue, &opt, &p, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return p;
}

static bool
grants(const struct drift_policy *p, const char *action)
{
	const struct drift_value *list = drift_value_get(drift_policy_root(p), "explain");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		if (drift__streq(drift__value_gets(drift_value_at(list, i), "action"), action))
			return true;
	}
	return false;
}

/* Calls f for each action that was recorded in a phase. */
static size_t
recorded_but_denied(const struct drift_policy *p, const char *phases)
{
	struct drift__buf text = DRIFT__BUF_INIT(8 << 20);
	size_t denied = 0;

	assert_int_equal(drift__file_read(CALLS, &text, NULL), DRIFT_OK);
	for (char *line = text.data, *next; line != NULL && line[0] != '\0'; line = next) {
		char type[128], phase[32], op[128], actions[512], *a = actions;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (sscanf(line, "%127[^\t]\t%31[^\t]\t%127[^\t]\t%511[^\t]", type, phase, op, actions) != 4 || strstr(phases, phase) == NULL)
			continue;
		for (size_t n; *a != '\0'; a += n) {
			a += strspn(a, " ,|");
			n = strcspn(a, " ,|");
			if (a[n] != '\0')
				a[n++] = '\0';
			if (strchr(a, ':') != NULL && strncmp(a, "sts:", 4) != 0 && !grants(p, a)) {
				print_message("%s %s: %s is not granted\n", type, phase, a);
				denied++;
			}
		}
	}
	drift__buf_dispose(&text);
	return denied;
}

/* DRIFT_POLICY_OUT=DIR: the documents are written there, for tests/integration/test_policy_proof.py to judge. */
static void
hand_out(const struct drift_policy *p, const char *name)
{
	const char *dir = getenv("DRIFT_POLICY_OUT");
	char path[1024], *text = NULL;

	if (dir == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s.json", dir, name);
	assert_int_equal(drift_policy_write(p, "json", NULL, &text, NULL), DRIFT_OK);
	assert_int_equal(drift__file_write(path, text, strlen(text), 0644, NULL), DRIFT_OK);
	drift_text_free(text);
}

static int64_t
count(const struct drift_policy *p, const char *what)
{
	int64_t n = -1;

	drift__value_to_int(drift_value_get(drift_value_get(drift_policy_root(p), "summary"), what), &n);
	return n;
}

static void
plan_mode_grants_what_a_refresh_calls(void **unused)
{
	enum { RECORDED = 121 };
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy *p = make(DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, live);

	(void)unused;
	hand_out(p, "plan");
	assert_int_equal(recorded_but_denied(p, "refresh configure"), 0);
	assert_true(count(p, "actions") * 10 <= RECORDED * 11);
	assert_int_equal(count(p, "folds"), 0);
	drift_policy_free(p);
	drift_snapshot_free(live);
}

static void
apply_mode_grants_what_an_apply_calls(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy *p = make(DRIFT_POLICY_APPLY, DRIFT_FOLD_NONE, live);

	(void)unused;
	hand_out(p, "apply");
	assert_int_equal(recorded_but_denied(p, "refresh configure create update delete import"), 0);
	drift_policy_free(p);
	drift_snapshot_free(live);
}

static void
every_statement_is_narrow_and_every_document_fits(void **unused)
{
	static const enum drift_policy_mode modes[] = {DRIFT_POLICY_PLAN, DRIFT_POLICY_APPLY};
	static const enum drift_policy_fold folds[] = {DRIFT_FOLD_NONE, DRIFT_FOLD_PREFIX, DRIFT_FOLD_SERVICE};
	struct drift_snapshot *live = live_from_state(STATE);

	(void)unused;
	for (size_t m = 0; m < 2; m++) {
		size_t before = SIZE_MAX;

		for (size_t f = 0; f < 3; f++) {
			struct drift_policy *p = make(modes[m], folds[f], live), *again = make(modes[m], folds[f], live);
			const struct drift_value *list = drift_value_get(drift_policy_root(p), "policies");
			char *one = drift_value_to_json(drift_policy_root(p), 0), *two = drift_value_to_json(drift_policy_root(again), 0);

			assert_string_equal(one, two);
			assert_true(drift_value_size(list) <= before);
			before = drift_value_size(list);
			for (size_t i = 0; i < drift_value_size(list); i++) {
				const struct drift_value *doc = drift_value_get(drift_value_at(list, i), "document"), *st = drift_value_get(doc, "Statement");

				assert_true(drift_policy_characters(doc) <= 6144);
				for (size_t k = 0; k < drift_value_size(st); k++) {
					const struct drift_value *s = drift_value_at(st, k), *actions = drift_value_get(s, "Action");
					char *text = drift_value_to_json(actions, 0);

					assert_null(drift_value_get(s, "NotAction"));
					assert_null(strchr(text, '*'));
					if (strstr(text, "iam:PassRole") != NULL) {
						char *condition = drift_value_to_json(drift_value_get(s, "Condition"), 0);

						assert_non_null(strstr(condition, "iam:PassedToService"));
						assert_false(drift__streq(drift__value_gets(s, "Resource"), "*"));
						drift_text_free(condition);
					}
					drift_text_free(text);
				}
			}
			drift_text_free(one);
			drift_text_free(two);
			drift_policy_free(p);
			drift_policy_free(again);
		}
	}
	drift_snapshot_free(live);
}

static void
trust_policies_admit_one_job(void **unused)
{
	static const struct {
		const char *trust, *operator, *sub; /* NULL = refused */
	} rows[] = {
		{"github:org/repo:environment:prod", "StringEquals", "repo:org/repo:environment:prod"},
		{"github:org/repo:ref:refs/heads/main", "StringEquals", "repo:org/repo:ref:refs/heads/main"},
		{"github:org/repo:pull_request", "StringEquals", "repo:org/repo:pull_request"},
		{"github:org/repo:environment:a:b", "StringEquals", "repo:org/repo:environment:a%3Ab"},
		{"github:org/repo:environment:${x}", "StringEquals", "repo:org/repo:environment:${$}{x}"},
		{"github:org/repo:ref:refs/heads/release/*", "StringLike", "repo:org/repo:ref:refs/heads/release/*"},
		{"github:org/repo:ref:main", NULL, NULL},
		{"github:org/repo", "StringLike", "repo:org/repo:*"},
		{"github:org/*", NULL, NULL},
		{"github:*/repo", NULL, NULL},
		{"github:org", NULL, NULL},
		{"github:org/repo:environment:", NULL, NULL},
		{"gitlab:org/repo", NULL, NULL},
		{"", NULL, NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift_document *doc = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;
		enum drift_status st = drift_policy_trust(rows[i].trust, "123456789012", NULL, &doc, &err);
		const struct drift_value *condition;

		if (rows[i].sub == NULL) {
			assert_int_equal(st, DRIFT_USAGE);
			assert_true(err.hint[0] != '\0');
			continue;
		}
		assert_int_equal(st, DRIFT_OK);
		condition = drift_value_get(drift_value_at(drift_value_get(drift_document_root(doc), "Statement"), 0), "Condition");
		assert_string_equal(drift__value_gets(drift_value_get(condition, rows[i].operator), "token.actions.githubusercontent.com:sub"), rows[i].sub);
		assert_string_equal(drift__value_gets(drift_value_get(condition, "StringEquals"), "token.actions.githubusercontent.com:aud"),
			"sts.amazonaws.com");
		drift_document_free(doc);
	}
	assert_int_equal(drift_policy_trust("github:o/r", NULL, NULL, NULL, NULL), DRIFT_USAGE);
}

static void
every_form_holds_the_documents(void **unused)
{
	static const char *const formats[] = {"json", "terraform", "cloudformation", "cli", "explain"};
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy *p = make(DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, live);
	struct drift_policy_write_options opt = DRIFT_POLICY_WRITE_OPTIONS_INIT;

	(void)unused;
	opt.name = "ci";
	opt.role = "ci-role";
	opt.trust = "github:org/repo:environment:prod";
	opt.account = "123456789012";
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char *text = NULL;

		assert_int_equal(drift_policy_write(p, formats[i], &opt, &text, NULL), DRIFT_OK);
		assert_true((i == 0) == (strstr(text, "iam:GetRole") == NULL)); /* JSON with trust is the trust policy alone */
		if (i < 4)
			assert_non_null(strstr(text, "repo:org/repo:environment:prod"));
		if (getenv("DRIFT_POLICY_OUT") != NULL) {
			char path[1024];

			snprintf(path, sizeof(path), "%s/form.%s", getenv("DRIFT_POLICY_OUT"), formats[i]);
			assert_int_equal(drift__file_write(path, text, strlen(text), 0644, NULL), DRIFT_OK);
		}
		drift_text_free(text);
	}
	{
		char *text = NULL;

		assert_int_equal(drift_policy_write(p, "yaml", &opt, &text, NULL), DRIFT_USAGE);
	}
	drift_policy_free(p);
	drift_snapshot_free(live);
}

static void
compacting_folds_reads_only_and_says_so(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_policy *p = NULL;
	struct drift_document *result = NULL;
	const struct drift_value *folds;
	struct drift__arena a;
	char *text = NULL;

	(void)unused;
	drift__arena_init(&a, 0);
	opt.live = live;
	opt.compact = true;
	opt.fold = DRIFT_FOLD_NONE;
	assert_int_equal(drift_policy_make(catalogue, &opt, &p, NULL), DRIFT_OK);
	folds = drift_value_get(drift_policy_root(p), "folds");
	assert_true(drift_value_size(folds) > 0);
	for (size_t i = 0; i < drift_value_size(folds); i++) {
		const char *pattern = drift__value_gets(drift_value_at(folds, i), "becomes");

		assert_true(strstr(pattern, ":Describe*") != NULL || strstr(pattern, ":List*") != NULL);
	}
	/* nothing that is needed is lost */
	assert_int_equal(drift_policy_write(p, "json", NULL, &text, NULL), DRIFT_OK);
	assert_int_equal(drift_policy_compare(p, parse(&a, text), &result, NULL), DRIFT_OK);
	assert_int_equal(drift_value_size(drift_value_get(drift_document_root(result), "too_little")), 0);
	drift_document_free(result);
	drift_text_free(text);
	drift_policy_free(p);
	drift__arena_dispose(&a);
	drift_snapshot_free(live);
}

static void
limits_are_kept_or_said(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_policy *p = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	(void)unused;
	opt.live = live;
	opt.max_policies = 2; /* three are needed without folding */
	assert_int_equal(drift_policy_make(catalogue, &opt, &p, &err), DRIFT_OK);
	assert_true(drift_value_size(drift_value_get(drift_policy_root(p), "policies")) <= 2);
	assert_true(count(p, "folds") > 0);
	drift_policy_free(p);
	opt.mode = DRIFT_POLICY_APPLY;
	opt.max_policies = 1;
	assert_int_equal(drift_policy_make(catalogue, &opt, &p, &err), DRIFT_LIMIT);
	assert_true(err.hint[0] != '\0');
	drift_snapshot_free(live);
}

/* Each allocation cannot be tried on an account of that size: the steps grow. */
static void
running_out_of_memory_is_said(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy *whole = make(DRIFT_POLICY_APPLY, DRIFT_FOLD_PREFIX, live);
	char *right = drift_value_to_json(drift_value_get(drift_policy_root(whole), "policies"), 0);

	(void)unused;
	for (long n = 1; n < 4000; n += n / 9 + 1) {
		struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
		struct drift_policy *p = NULL;
		enum drift_status st;

		opt.mode = DRIFT_POLICY_APPLY;
		opt.fold = DRIFT_FOLD_PREFIX;
		opt.live = live;
		opt.account = "123456789012";
		opt.region = "us-east-1";
		drift__alloc_fail_after(n);
		st = drift_policy_make(catalogue, &opt, &p, NULL);
		drift__alloc_fail_after(0);
		if (st == DRIFT_OK) {
			char *text = drift_value_to_json(drift_value_get(drift_policy_root(p), "policies"), 0);

			bool same = strcmp(text, right) == 0;

			if (!same)
				fail_msg("allocation %ld failed and the policy lacks something: %s", n, text);
			drift_text_free(text);
		} else {
			assert_int_equal(st, DRIFT_NOMEM);
		}
		drift_policy_free(p);
	}
	drift_text_free(right);
	drift_policy_free(whole);
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_mode_grants_what_a_refresh_calls),
		cmocka_unit_test(apply_mode_grants_what_an_apply_calls),
		cmocka_unit_test(every_statement_is_narrow_and_every_document_fits),
		cmocka_unit_test(trust_policies_admit_one_job),
		cmocka_unit_test(every_form_holds_the_documents),
		cmocka_unit_test(compacting_folds_reads_only_and_says_so),
		cmocka_unit_test(limits_are_kept_or_said),
		cmocka_unit_test(running_out_of_memory_is_said),
	};
	int rc;

	if (drift_catalogue_open(NULL, &catalogue, NULL) != DRIFT_OK)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift_catalogue_free(catalogue);
	return rc;
}
