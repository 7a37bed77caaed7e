/* Names that IAM would read as patterns, what folding keeps apart, the forms, and current policies that say things in other words. */
#include "imports_support.h"

#include "drift/policy.h"
#include "policy/pattern.h"

static struct drift_catalogue *catalogue;

static struct drift_snapshot *
state_new(void)
{
	struct drift_snapshot *state = drift__snapshot_new(DRIFT_SIDE_STATE);

	assert_non_null(state);
	return state;
}

static void
add(struct drift_snapshot *state, const char *type, const char *attributes)
{
	struct drift_resource *r = drift__snapshot_add(state, type);

	assert_non_null(r);
	r->attributes = parse(&state->arena, attributes);
	r->id = drift__value_gets(r->attributes, "id");
	r->arn = drift__value_gets(r->attributes, "arn");
	r->name = drift__value_gets(r->attributes, "name");
	r->address = drift__arena_printf(&state->arena, "%s.%s", type, r->id);
}

static struct drift_policy *
make(struct drift_snapshot *state, enum drift_policy_mode mode, enum drift_policy_fold fold, bool inline_policy)
{
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_policy *p = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	opt.mode = mode;
	opt.fold = fold;
	opt.state = state;
	opt.inline_policy = inline_policy;
	opt.account = "123456789012";
	if (drift_policy_make(catalogue, &opt, &p, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return p;
}

static char *
text_of(const struct drift_policy *p, const char *format, const char *role, const char *trust)
{
	struct drift_policy_write_options opt = DRIFT_POLICY_WRITE_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL;

	opt.role = role;
	opt.trust = trust;
	if (drift_policy_write(p, format, &opt, &text, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return text;
}

static void
names_are_no_patterns(void **unused)
{
	static const char *const keys[] = {"a*b", "a?b", "${aws:username}", "$55", "\xe6\x97\xa5\xe6\x9c\xac", "\xc3\xbc", "${*}"};
	static const char *const right[] = {"a${*}b", "a${?}b", "${$}{aws:username}", "$55", "??", "\xc3\xbc", "${$}{${*}}"};
	struct drift_snapshot *state = state_new();
	struct drift_policy *p;
	char *text;

	(void)unused;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char attributes[256];

		snprintf(attributes, sizeof(attributes), "{\"bucket\": \"b\", \"key\": \"%s\", \"id\": \"%s\", \"arn\": \"arn:aws:s3:::b/%s\"}", keys[i], keys[i], keys[i]);
		add(state, "aws_s3_object", attributes);
	}
	assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
	p = make(state, DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, false);
	text = text_of(p, "json", NULL, NULL);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		char quoted[256];

		snprintf(quoted, sizeof(quoted), "\"arn:aws:s3:::b/%s\"", right[i]);
		if (strstr(text, quoted) == NULL)
			fail_msg("%s is missing in %s", quoted, text);
	}
	/* IAM refuses a policy with characters beyond U+00FF */
	for (const char *c = text; *c != '\0'; c++)
		assert_true((unsigned char)*c < 0xc4);
	drift_text_free(text);
	drift_policy_free(p);
	drift_snapshot_free(state);
}

static void
patterns_cover_as_iam_has_it(void **unused)
{
	static const struct {
		const char *pattern, *text;
		bool covers;
	} rows[] = {
		{"a*", "abc", true}, {"a*", "a*", true}, {"a*c", "abc", true}, {"a?c", "abc", true}, {"a?", "a", false}, {"a", "ab", false}, {"", "", true},
		{"a?", "a\xc3\xbc", true}, {"a?", "a??", false}, {"a?", "a*", false}, {"ab*", "a*", false}, {"*", "a${?}b", true},
		/* escaped characters are themselves, and nothing else */
		{"a${*}b", "a${?}b", false}, {"a${*}b", "aXb", false}, {"a${*}b", "a${*}b", true}, {"a?b", "a${*}b", true}, {"a${$}b", "a$b", true},
		/* a variable may be anything */
		{"u/${aws:username}", "u/${aws:username}", true}, {"u/?", "u/${aws:username}", false}, {"u/*", "u/${aws:username}", true},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (drift__iam_covers(rows[i].pattern, rows[i].text, false) != rows[i].covers)
			fail_msg("%s against %s", rows[i].pattern, rows[i].text);
	}
	assert_true(drift__iam_covers("IAM:get*", "iam:GetRole", true));
}

/* Zones and groups have ids that AWS made up: folding them by their beginning would be all of them. */
static void
folding_needs_a_name(void **unused)
{
	struct drift_snapshot *state = state_new();
	const struct drift_value *folds;
	struct drift_policy *p;
	char *text;

	(void)unused;
	add(state, "aws_route53_zone", "{\"id\": \"Z1\", \"zone_id\": \"Z1\", \"name\": \"a.example\", \"arn\": \"arn:aws:route53:::hostedzone/Z1\"}");
	add(state, "aws_route53_zone", "{\"id\": \"Y2\", \"zone_id\": \"Y2\", \"name\": \"b.example\", \"arn\": \"arn:aws:route53:::hostedzone/Y2\"}");
	add(state, "aws_security_group", "{\"id\": \"sg-0123456789abcdef0\", \"arn\": \"arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef0\"}");
	add(state, "aws_security_group", "{\"id\": \"sg-0fedcba9876543210\", \"arn\": \"arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0fedcba9876543210\"}");
	add(state, "aws_sqs_queue", "{\"id\": \"u1\", \"name\": \"shop-a\", \"arn\": \"arn:aws:sqs:eu-west-1:123456789012:shop-a\"}");
	add(state, "aws_sqs_queue", "{\"id\": \"u2\", \"name\": \"shop-b\", \"arn\": \"arn:aws:sqs:eu-west-1:123456789012:shop-b\"}");
	assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
	p = make(state, DRIFT_POLICY_APPLY, DRIFT_FOLD_PREFIX, false);
	folds = drift_value_get(drift_policy_root(p), "folds");
	assert_int_equal(drift_value_size(folds), 1);
	assert_string_equal(drift__value_gets(drift_value_at(folds, 0), "becomes"), "arn:aws:sqs:eu-west-1:123456789012:shop-*");
	assert_non_null(strstr(drift__value_gets(drift_value_at(folds, 0), "adds"), "sqs:CreateQueue"));
	assert_true(drift_value_bool(drift_value_get(drift_value_at(folds, 0), "write")));
	text = text_of(p, "explain", NULL, NULL);
	assert_non_null(strstr(text, "fold: 2 ARNs became arn:aws:sqs:eu-west-1:123456789012:shop-*; that also allows sqs:CreateQueue"));
	drift_text_free(text);
	drift_policy_free(p);
	drift_snapshot_free(state);
}

/* A queue more leaves the Sids as they are. */
static void
sids_stay_when_resources_come(void **unused)
{
	char sids[2][64];

	(void)unused;
	for (size_t n = 0; n < 2; n++) {
		struct drift_snapshot *state = state_new();
		struct drift_policy *p;
		const struct drift_value *list;

		add(state, "aws_sqs_queue", "{\"id\": \"u1\", \"name\": \"a\", \"arn\": \"arn:aws:sqs:eu-west-1:123456789012:a\"}");
		if (n == 1)
			add(state, "aws_sqs_queue", "{\"id\": \"u2\", \"name\": \"b\", \"arn\": \"arn:aws:sqs:eu-west-1:123456789012:b\"}");
		assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
		p = make(state, DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, false);
		list = drift_value_get(drift_value_get(drift_value_at(drift_value_get(drift_policy_root(p), "policies"), 0), "document"), "Statement");
		for (size_t i = 0; i < drift_value_size(list); i++) {
			if (strncmp(drift__value_gets(drift_value_at(list, i), "Sid"), "Sqs", 3) == 0)
				snprintf(sids[n], sizeof(sids[n]), "%s", drift__value_gets(drift_value_at(list, i), "Sid"));
		}
		drift_policy_free(p);
		drift_snapshot_free(state);
	}
	assert_string_equal(sids[0], sids[1]);
}

static void
an_inline_policy_is_part_of_its_role(void **unused)
{
	static const struct {
		const char *format, *has, *lacks;
	} rows[] = {
		{"terraform", "resource \"aws_iam_role_policy\" \"ci\"", "aws_iam_policy\""},
		{"cloudformation", "AWS::IAM::RolePolicy", "ManagedPolicy"},
		{"cli", "aws iam put-role-policy", "create-policy"},
	};
	struct drift_snapshot *state = state_new();
	struct drift_policy *p, *managed;

	(void)unused;
	add(state, "aws_sqs_queue", "{\"id\": \"u1\", \"name\": \"a\", \"arn\": \"arn:aws:sqs:eu-west-1:123456789012:a\"}");
	assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
	p = make(state, DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, true);
	managed = make(state, DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		char *text = text_of(p, rows[i].format, "ci", NULL);

		assert_non_null(strstr(text, rows[i].has));
		assert_null(strstr(text, rows[i].lacks));
		drift_text_free(text);
		text = NULL;
		assert_int_equal(drift_policy_write(p, rows[i].format, NULL, &text, &err), DRIFT_USAGE);
		assert_non_null(strstr(err.hint, "--role"));
		/* whoever is trusted is trusted with a role, whatever it is called */
		text = text_of(managed, rows[i].format, NULL, "github:org/repo:environment:prod");
		assert_non_null(strstr(text, "repo:org/repo:environment:prod"));
		assert_non_null(strstr(text, "terraform-plan"));
		drift_text_free(text);
	}
	drift_policy_free(p);
	drift_policy_free(managed);
	drift_snapshot_free(state);
}

static void
current_policies_are_read_by_meaning(void **unused)
{
#define QUEUE "arn:aws:sqs:eu-west-1:123456789012:a"
#define USER "{\"Effect\": \"Allow\", \"Action\": \"iam:GetUser\", \"Resource\": \"arn:aws:iam::123456789012:user/${aws:username}\"}"
#define TWO "\"Action\": [\"SQS:getqueueattributes\", \"sqs:ListQueueTags\"]"
	static const struct {
		const char *statements;
		size_t little, much, unused, conditional;
		const char *says; /* in the text; NULL = nothing */
	} rows[] = {
		{USER ", {\"Effect\": \"Allow\", " TWO ", \"Resource\": \"" QUEUE "\"}", 0, 0, 0, 0, "exactly"},
		{USER ", {\"Effect\": \"Allow\", " TWO ", \"Resource\": \"" QUEUE "*\"}", 0, 2, 0, 0, "more resources"},
		{"{\"Sid\": \"N\", \"Effect\": \"Allow\", \"NotAction\": [\"s3:*\", \"ec2:*\"], \"Resource\": \"*\"}", 0, 1, 0, 0, "everything but s3:*, ec2:* on *"},
		{USER ", {\"Effect\": \"Allow\", \"NotAction\": \"sqs:*\", \"Resource\": \"*\"}", 2, 1, 0, 0, "nothing allows it"},
		{"{\"Effect\": \"Allow\", \"Action\": \"*\", \"NotResource\": \"" QUEUE "\"}", 2, 1, 0, 0, "on everything but " QUEUE},
		/* what a Deny takes away is not granted: too little, and not too much either */
		{USER ", {\"Effect\": \"Allow\", " TWO ", \"Resource\": \"" QUEUE "\"}, {\"Effect\": \"Deny\", \"Action\": \"sqs:List*\", \"Resource\": \"*\"}", 1, 0, 0, 0, "a Deny forbids it"},
		{USER ", {\"Effect\": \"Allow\", " TWO ", \"Resource\": \"" QUEUE "\"}, {\"Effect\": \"Allow\", \"Action\": \"ec2:RunInstances\", \"Resource\": \"*\"}, "
			"{\"Effect\": \"Deny\", \"Action\": \"ec2:*\", \"Resource\": \"*\"}", 0, 0, 1, 0, "Unused"},
		{USER ", {\"Effect\": \"Allow\", " TWO ", \"Resource\": \"" QUEUE "\"}, {\"Sid\": \"Mfa\", \"Effect\": \"Deny\", \"NotAction\": \"iam:*\", \"Resource\": \"*\", "
			"\"Condition\": {\"Bool\": {\"aws:MultiFactorAuthPresent\": \"false\"}}}", 0, 0, 0, 1, "Mfa: 2 of what is needed"},
		/* only sometimes is too little */
		{USER ", {\"Effect\": \"Allow\", " TWO ", \"Resource\": \"" QUEUE "\", \"Condition\": {\"StringEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}}", 2, 0, 1, 0,
			"under other conditions"},
	};
	struct drift_snapshot *state = state_new();
	struct drift_policy *p;
	struct drift__arena a;

	(void)unused;
	drift__arena_init(&a, 0);
	add(state, "aws_sqs_queue", "{\"id\": \"u1\", \"name\": \"a\", \"arn\": \"" QUEUE "\"}");
	assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
	p = make(state, DRIFT_POLICY_PLAN, DRIFT_FOLD_NONE, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char current[2048], *text = NULL;
		struct drift_document *doc = NULL;
		const struct drift_value *root;

		snprintf(current, sizeof(current), "{\"Version\": \"2012-10-17\", \"Statement\": [%s]}", rows[i].statements);
		assert_int_equal(drift_policy_compare(p, parse(&a, current), &doc, NULL), DRIFT_OK);
		assert_int_equal(drift_policy_compare_text(doc, &text, NULL), DRIFT_OK);
		root = drift_document_root(doc);
		if (drift_value_size(drift_value_get(root, "too_little")) != rows[i].little || drift_value_size(drift_value_get(root, "too_much")) != rows[i].much ||
		    drift_value_size(drift_value_get(root, "unused_statements")) != rows[i].unused ||
		    drift_value_size(drift_value_get(root, "conditional_denies")) != rows[i].conditional || strstr(text, rows[i].says) == NULL)
			fail_msg("%s\n%s", rows[i].statements, text);
		drift_text_free(text);
		drift_document_free(doc);
	}
	drift_policy_free(p);
	drift_snapshot_free(state);
	drift__arena_dispose(&a);
}

static void
other_partitions_have_other_names(void **unused)
{
	struct drift_snapshot *state = state_new();
	struct drift_policy *p;
	char *text;

	(void)unused;
	add(state, "aws_lambda_function", "{\"id\": \"f\", \"function_name\": \"f\", \"arn\": \"arn:aws-cn:lambda:cn-north-1:123456789012:function:f\", "
		"\"role\": \"arn:aws-cn:iam::123456789012:role/r\"}");
	assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
	p = make(state, DRIFT_POLICY_APPLY, DRIFT_FOLD_NONE, false);
	text = text_of(p, "report", NULL, NULL);
	assert_null(strstr(text, "arn:aws:"));
	assert_non_null(strstr(text, "lambda.amazonaws.com.cn"));
	assert_non_null(strstr(text, "\"lambda.amazonaws.com\""));
	drift_text_free(text);
	drift_policy_free(p);
	drift_snapshot_free(state);
}

/* A plan refers by addresses: these are no names, and what the configuration leaves to AWS is no riddle. */
static void
addresses_are_no_names(void **unused)
{
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_document *plan = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	static const char *const there[] = {
		"role/jobs/prod-retainwise-audit-export\"",       /* the path stands in an attribute of its own */
		"user/ci/github-actions-deploy\"",                /* in another resource's */
		"log-group:/ecs/prod-retainwise-backend\"",       /* the slash is part of the name */
		"alias/prod/retainwise/data\"",                   /* the name says its kind, too */
		":regional/webacl/prod-retainwise-waf/*\"",       /* in small letters */
		"service/retainwise-cluster/retainwise-service\"",                 /* what it is part of has a name before it has an id */
		":scalable-target/*\"", ":vpc/*\"", ":network-acl/*\"",
	};
	struct drift__buf json = DRIFT__BUF_INIT(64 << 20);
	struct drift_policy *p = NULL;
	const struct drift_value *list;
	char *text;

	(void)unused;
	assert_int_equal(drift__file_read("fixtures/account/plan.json", &json, NULL), DRIFT_OK);
	assert_int_equal(drift_document_parse(json.data, json.len, "plan.json", &plan, &err), DRIFT_OK);
	drift__buf_dispose(&json);
	opt.mode = DRIFT_POLICY_APPLY;
	opt.plan = plan;
	opt.account = "123456789012";
	opt.region = "us-east-1";
	opt.fold = DRIFT_FOLD_NONE;
	if (drift_policy_make(catalogue, &opt, &p, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	list = drift_value_get(drift_policy_root(p), "explain");
	for (size_t i = 0; i < drift_value_size(list); i++) {
		const char *resource = drift__value_gets(drift_value_at(list, i), "resource");

		if (strstr(resource, "aws_") != NULL || strstr(resource, "alias/alias/") != NULL)
			fail_msg("%s on %s", drift__value_gets(drift_value_at(list, i), "action"), resource);
	}
	list = drift_value_get(drift_policy_root(p), "warnings");
	for (size_t i = 0; i < drift_value_size(list); i++)
		assert_null(strstr(drift_value_text(drift_value_at(list, i), NULL), "aws_db_instance.main"));
	text = text_of(p, "json", NULL, NULL);
	assert_null(strstr(text, "(known after apply)"));
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		if (strstr(text, there[i]) == NULL)
			fail_msg("%s is missing", there[i]);
	}
	drift_text_free(text);
	drift_policy_free(p);
	drift_document_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_no_patterns),
		cmocka_unit_test(patterns_cover_as_iam_has_it),
		cmocka_unit_test(folding_needs_a_name),
		cmocka_unit_test(sids_stay_when_resources_come),
		cmocka_unit_test(an_inline_policy_is_part_of_its_role),
		cmocka_unit_test(current_policies_are_read_by_meaning),
		cmocka_unit_test(other_partitions_have_other_names),
		cmocka_unit_test(addresses_are_no_names),
	};
	int rc;

	if (drift_catalogue_open(NULL, &catalogue, NULL) != DRIFT_OK)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift_catalogue_free(catalogue);
	return rc;
}
