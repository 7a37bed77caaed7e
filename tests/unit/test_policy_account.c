/* Policies for the demo account: made from its state, held against what the real provider was recorded to call. */
#include "imports_support.h"

#include "policy/needs.h"

#define STATE "fixtures/account/prod.tfstate"
#define CALLS "fixtures/account/calls.tsv"

static struct entries entries;

static const char *
no_action(void *ctx, const char *type, size_t i)
{
	(void)ctx;
	(void)type;
	(void)i;
	return NULL;
}

static size_t
no_types(void *ctx)
{
	(void)ctx;
	return 0;
}

static const char *
no_type(void *ctx, size_t i)
{
	(void)ctx;
	(void)i;
	return NULL;
}

static const struct drift__policy_facts facts = {entry_of, no_action, no_types, no_type, &entries};

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
	if (drift__policy_make(&facts, &opt, &p, &err) != DRIFT_OK)
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

static void
plan_mode_grants_what_a_refresh_calls(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy *p = make(DRIFT_POLICY_PLAN, DRIFT_FOLD_AUTO, live);
	char *text = drift_value_to_json(drift_value_get(drift_policy_root(p), "summary"), 0);

	(void)unused;
	print_message("%s\n", text);
	drift_text_free(text);
	text = drift_value_to_json(drift_policy_root(p), 1);
	if (getenv("SHOW") != NULL)
		printf("%s\n", text);
	drift_text_free(text);
	assert_int_equal(recorded_but_denied(p, "refresh configure"), 0);
	drift_policy_free(p);
	drift_snapshot_free(live);
}

static void
apply_mode_grants_what_an_apply_calls(void **unused)
{
	struct drift_snapshot *live = live_from_state(STATE);
	struct drift_policy *p = make(DRIFT_POLICY_APPLY, DRIFT_FOLD_AUTO, live);

	(void)unused;
	if (getenv("SHOW_APPLY") != NULL) {
		char *text = drift_value_to_json(drift_policy_root(p), 1);
		printf("%s\n", text);
		drift_text_free(text);
	}
	assert_int_equal(recorded_but_denied(p, "refresh configure create update delete import"), 0);
	drift_policy_free(p);
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_mode_grants_what_a_refresh_calls),
		cmocka_unit_test(apply_mode_grants_what_an_apply_calls),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
