/* Access to the state: exactly its objects and items, as far as the mode goes. */
#include "imports_support.h"

#include "drift/policy.h"

static struct drift_catalogue *catalogue;

#define COMMON "\"bucket\": \"st\", \"key\": \"prod/terraform.tfstate\", \"region\": \"eu-west-1\""
#define TABLE ", \"dynamodb_table\": \"locks\""
#define LOCKFILE ", \"use_lockfile\": true"
#define KEY ", \"kms_key_id\": \"arn:aws:kms:eu-west-1:123456789012:key/k\""
#define OBJECT "arn:aws:s3:::st/prod/terraform.tfstate"

/* The policies of a backend alone, as one line. */
static char *
policies_of(enum drift_policy_mode mode, const char *config)
{
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_policy *p = NULL;
	struct drift__arena a;
	char *text;

	drift__arena_init(&a, 0);
	opt.mode = mode;
	opt.backend = parse(&a, config);
	opt.account = "123456789012";
	opt.calls = mode == DRIFT_POLICY_SCAN ? parse(&a, "[]") : NULL;
	if (drift_policy_make(catalogue, &opt, &p, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	text = drift_value_to_json(drift_value_get(drift_policy_root(p), "policies"), 0);
	drift_policy_free(p);
	drift__arena_dispose(&a);
	return text;
}

static void
each_mode_gets_what_it_does_to_the_state(void **unused)
{
	static const struct {
		enum drift_policy_mode mode;
		const char *config, *has, *lacks; /* NULL = not looked for */
	} rows[] = {
		/* reading */
		{DRIFT_POLICY_PLAN, "{" COMMON "}", "\"Action\":\"s3:GetObject\",\"Resource\":\"" OBJECT "\"", "s3:PutObject"},
		{DRIFT_POLICY_PLAN, "{" COMMON "}", "{\"StringEquals\":{\"s3:prefix\":[\"prod/terraform.tfstate\",\"env:/\"]}}", "arn:aws:s3:::st/*"},
		{DRIFT_POLICY_PLAN, "{" COMMON "}", NULL, "dynamodb"},
		/* the lock: Terraform takes it for a plan too, driftscan never does */
		{DRIFT_POLICY_PLAN, "{" COMMON TABLE "}", "\"dynamodb:DeleteItem\",\"dynamodb:PutItem\"],\"Resource\":\"arn:aws:dynamodb:eu-west-1:123456789012:table/locks\","
			"\"Condition\":{\"ForAllValues:StringEquals\":{\"dynamodb:LeadingKeys\":[\"st/prod/terraform.tfstate\"]}}", NULL},
		{DRIFT_POLICY_PLAN, "{" COMMON TABLE "}", "\"dynamodb:LeadingKeys\":[\"st/prod/terraform.tfstate\",\"st/prod/terraform.tfstate-md5\"]", "dynamodb:UpdateItem"},
		{DRIFT_POLICY_SCAN, "{" COMMON TABLE LOCKFILE "}", "dynamodb:GetItem", "dynamodb:PutItem"},
		{DRIFT_POLICY_SCAN, "{" COMMON TABLE LOCKFILE "}", "\"" OBJECT ".tflock\"", "s3:PutObject"},
		{DRIFT_POLICY_PLAN, "{" COMMON LOCKFILE "}", "\"Action\":[\"s3:DeleteObject\",\"s3:PutObject\"],\"Resource\":\"" OBJECT ".tflock\"", "dynamodb"},
		/* writing */
		{DRIFT_POLICY_APPLY, "{" COMMON TABLE "}", "\"s3:PutObject\"],\"Resource\":\"" OBJECT "\"", "s3:DeleteObject"},
		{DRIFT_POLICY_IMPORT, "{" COMMON TABLE "}", "\"s3:PutObject\"],\"Resource\":\"" OBJECT "\"", "s3:*"},
		/* the key: a lock file is encrypted with it too */
		{DRIFT_POLICY_PLAN, "{" COMMON KEY "}", "\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"", "kms:GenerateDataKey"},
		{DRIFT_POLICY_PLAN, "{" COMMON KEY LOCKFILE "}", "kms:GenerateDataKey", "kms:Encrypt"},
		{DRIFT_POLICY_APPLY, "{" COMMON KEY "}", "\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"arn:aws:kms:eu-west-1:123456789012:key/k\"", NULL},
		{DRIFT_POLICY_PLAN, "{" COMMON ", \"kms_key_id\": \"alias/state\"}", "\"ForAnyValue:StringEquals\":{\"kms:ResourceAliases\":\"alias/state\"}", "key/alias"},
		{DRIFT_POLICY_PLAN, "{" COMMON ", \"kms_key_id\": \"alias/aws/s3\"}", NULL, "kms:"},
		/* workspaces */
		{DRIFT_POLICY_APPLY, "{" COMMON TABLE ", \"object\": \"env:/blue/prod/terraform.tfstate\"}", "\"arn:aws:s3:::st/env:/blue/prod/terraform.tfstate\"", "\"" OBJECT "\""},
		{DRIFT_POLICY_APPLY, "{" COMMON TABLE ", \"object\": \"env:/blue/prod/terraform.tfstate\"}", "\"st/env:/blue/prod/terraform.tfstate-md5\"", "\"st/prod/"},
		{DRIFT_POLICY_PLAN, "{" COMMON ", \"workspace_key_prefix\": \"ws\", \"workspaces\": [\"default\", \"blue\"]}",
			"[\"prod/terraform.tfstate\",\"ws/blue/prod/terraform.tfstate\",\"ws/\"]", "env:"},
		{DRIFT_POLICY_PLAN, "{" COMMON LOCKFILE ", \"workspaces\": [\"default\", \"blue\"]}", "\"arn:aws:s3:::st/env:/blue/prod/terraform.tfstate.tflock\"", NULL},
		/* another role reaches it: its policy is another one */
		{DRIFT_POLICY_APPLY, "{" COMMON TABLE ", \"role_arn\": \"arn:aws:iam::222222222222:role/state\"}",
			"\"Action\":\"sts:AssumeRole\",\"Resource\":\"arn:aws:iam::222222222222:role/state\"", "s3:"},
		{DRIFT_POLICY_STATE, "{" COMMON TABLE ", \"role_arn\": \"arn:aws:iam::222222222222:role/state\"}", "s3:PutObject", "sts:"},
		/* several states, hostile names */
		{DRIFT_POLICY_PLAN, "[{" COMMON "}, {\"bucket\": \"other\", \"key\": \"k\"}]", "\"arn:aws:s3:::other/k\",\"" OBJECT "\"", NULL},
		{DRIFT_POLICY_PLAN, "{\"bucket\": \"b\", \"key\": \"a*b?${c}\"}", "\"arn:aws:s3:::b/a${*}b${?}${$}{c}\"", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = policies_of(rows[i].mode, rows[i].config);

		if ((rows[i].has != NULL && strstr(text, rows[i].has) == NULL) || (rows[i].lacks != NULL && strstr(text, rows[i].lacks) != NULL))
			fail_msg("row %zu: %s", i, text);
		drift_text_free(text);
	}
}

/* Nobody wrote the key into the backend: the live bucket says which one it encrypts with. */
static void
the_key_of_the_bucket_is_found(void **unused)
{
	struct drift_snapshot *live = drift__snapshot_new(DRIFT_SIDE_LIVE);
	struct drift_resource *r = drift__snapshot_add(live, "aws_s3_bucket_server_side_encryption_configuration");
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift_policy *p = NULL;
	char *text;

	(void)unused;
	r->flags = DRIFT__IN_SCOPE | DRIFT__BACKEND;
	r->attributes = parse(&live->arena, "{\"bucket\": \"st\", \"rule\": [{\"apply_server_side_encryption_by_default\": "
		"[{\"kms_master_key_id\": \"arn:aws:kms:eu-west-1:123456789012:key/own\", \"sse_algorithm\": \"aws:kms\"}]}]}");
	assert_int_equal(drift__snapshot_seal(live, NULL), DRIFT_OK);
	opt.live = live;
	opt.backend = parse(&live->arena, "{" COMMON "}");
	assert_int_equal(drift_policy_make(catalogue, &opt, &p, NULL), DRIFT_OK);
	text = drift_value_to_json(drift_policy_root(p), 0);
	assert_non_null(strstr(text, "\"Action\":\"kms:Decrypt\",\"Resource\":\"arn:aws:kms:eu-west-1:123456789012:key/own\""));
	drift_text_free(text);
	drift_policy_free(p);
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode_gets_what_it_does_to_the_state),
		cmocka_unit_test(the_key_of_the_bucket_is_found),
	};
	int rc;

	if (drift_catalogue_open(NULL, &catalogue, NULL) != DRIFT_OK)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift_catalogue_free(catalogue);
	return rc;
}
