/* What the errors of failed runs mean: a table of message shapes, and whole logs. */
#include "imports_support.h"

#include "drift/policy.h"

#define TABLE "tests/golden/policy/explain.tsv"

static struct drift_document *
explain(const char *text, const struct drift_explain_options *opt)
{
	struct drift_document *doc = NULL;

	assert_int_equal(drift_explain_log(text, strlen(text), opt, &doc, NULL), DRIFT_OK);
	return doc;
}

static const struct drift_value *
error_at(const struct drift_document *doc, size_t i)
{
	return drift_value_at(drift_value_get(drift_document_root(doc), "errors"), i);
}

static const char *
text_of(const struct drift_document *doc, size_t i, const char *key)
{
	return drift__value_gets(error_at(doc, i), key);
}

/* In place: \n and \t of the table. */
static void
unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && (s[1] == 'n' || s[1] == 't'))
			*out++ = *++s == 'n' ? '\n' : '\t';
		else
			*out++ = *s;
	}
	*out = '\0';
}

/* The message as a plain log, in a coloured frame, and as a line of -json. */
static struct drift_document *
in_form(const char *message, int form)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	struct drift_document *doc;
	const char *rest = strchr(message, '\n');

	if (form == 0) {
		drift__buf_addf(&b, "aws_x.y: Creating...\n\nError: %s\n\nReleasing state lock. This may take a few moments...\n", message);
	} else if (form == 1) {
		drift__buf_adds(&b, "\033[31m\xe2\x95\xb7\033[0m\033[0m\n\033[31m\xe2\x94\x82\033[0m \033[0m\033[1m\033[31mError: \033[0m\033[0m\033[1m");
		for (const char *p = message; *p != '\0'; p++) {
			drift__buf_addc(&b, *p);
			if (*p == '\n')
				drift__buf_adds(&b, "\033[31m\xe2\x94\x82\033[0m ");
		}
		drift__buf_adds(&b, "\n\033[31m\xe2\x95\xb5\033[0m\033[0m\nafter\n");
	} else {
		drift__buf_adds(&b, "{\"@level\":\"info\",\"@message\":\"Terraform 1.5.7\"}\n{\"@level\":\"error\",\"diagnostic\":{\"severity\":\"error\",\"summary\":");
		drift__json_write_string(&b, message, rest != NULL ? (size_t)(rest - message) : strlen(message));
		drift__buf_adds(&b, ",\"detail\":");
		drift__json_write_string(&b, rest != NULL ? rest : "", rest != NULL ? strlen(rest) : 0);
		drift__buf_adds(&b, ",\"address\":\"module.m[\\\"a.b\\\"].aws_x.y[0]\"}}\n");
	}
	doc = explain(b.data, NULL);
	drift__buf_dispose(&b);
	return doc;
}

static void
every_message_shape_is_known(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(1 << 20);
	size_t shapes = 0;

	(void)unused;
	assert_int_equal(drift__file_read(TABLE, &text, NULL), DRIFT_OK);
	for (char *line = text.data, *next; line != NULL && *line != '\0'; line = next) {
		char *code, *message;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (line[0] == '#')
			continue;
		code = strchr(line, '\t');
		assert_non_null(code);
		*code++ = '\0';
		message = strchr(code, '\t');
		assert_non_null(message);
		*message++ = '\0';
		unescape(message);
		for (int form = 0; form < 3; form++) {
			struct drift_document *doc = in_form(message, form);

			if (drift_value_size(drift_value_get(drift_document_root(doc), "errors")) != 1 ||
			    strcmp(text_of(doc, 0, "kind"), line) != 0 || strcmp(text_of(doc, 0, "code"), code) != 0)
				fail_msg("form %d: %s %s wanted, %s %s got for: %s", form, line, code, text_of(doc, 0, "kind"), text_of(doc, 0, "code"), message);
			if (form == 2) {
				assert_string_equal(text_of(doc, 0, "address"), "module.m[\"a.b\"].aws_x.y[0]");
				assert_string_equal(text_of(doc, 0, "type"), "aws_x");
			}
			drift_document_free(doc);
		}
		shapes++;
	}
	assert_true(shapes >= 40);
	drift__buf_dispose(&text);
}

static void
what_exists_gets_its_import_command(void **unused)
{
	static const char log[] = "Error: creating IAM Role (it's): EntityAlreadyExists: Role with name it's already exists.\n\n"
		"  with aws_iam_role.api[\"k\"],\n  on iam.tf line 1, in resource \"aws_iam_role\" \"api\":\n";
	struct drift_snapshot *live = drift__snapshot_new(DRIFT_SIDE_LIVE);
	struct drift_resource *r = drift__snapshot_add(live, "aws_iam_role");
	struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_document *doc;
	char *text = NULL;

	(void)unused;
	r->id = r->import_id = r->name = "it's";
	assert_int_equal(drift__snapshot_seal(live, NULL), DRIFT_OK);
	opt.live = live;
	doc = explain(log, &opt);
	assert_string_equal(drift__value_gets(drift_value_get(error_at(doc, 0), "import"), "command"),
		"terraform import 'aws_iam_role.api[\"k\"]' 'it'\\''s'");
	assert_int_equal(drift_explain_text(doc, &text, NULL), DRIFT_OK);
	assert_non_null(strstr(text, "terraform import"));
	drift_text_free(text);
	drift_document_free(doc);
	drift_snapshot_free(live);
}

static void
what_is_denied_gets_its_statement_unless_it_exists(void **unused)
{
	static const char log[] = "Error: creating SQS Queue (jobs): operation error SQS: CreateQueue, https response error StatusCode: 403, api error AccessDenied: "
		"User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sqs:CreateQueue on resource: arn:aws:sqs:eu-west-1:123456789012:jobs "
		"because no identity-based policy allows it\n\n  with aws_sqs_queue.jobs,\n";
	struct drift_snapshot *live = drift__snapshot_new(DRIFT_SIDE_LIVE);
	struct drift_resource *r = drift__snapshot_add(live, "aws_sqs_queue");
	struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_document *doc = explain(log, NULL);
	const struct drift_value *statement = drift_value_get(error_at(doc, 0), "statement");

	(void)unused;
	assert_string_equal(drift__value_gets(statement, "Action"), "sqs:CreateQueue");
	assert_string_equal(drift__value_gets(statement, "Resource"), "arn:aws:sqs:eu-west-1:123456789012:jobs");
	assert_string_equal(text_of(doc, 0, "principal"), "arn:aws:iam::123456789012:user/ci");
	assert_string_equal(text_of(doc, 0, "operation"), "CreateQueue");
	drift_document_free(doc);
	r->name = "jobs";
	r->id = r->import_id = "url/jobs";
	assert_int_equal(drift__snapshot_seal(live, NULL), DRIFT_OK);
	opt.live = live;
	doc = explain(log, &opt);
	assert_true(strstr(text_of(doc, 0, "do"), "do not widen") != NULL);
	assert_int_equal(drift_value_size(drift_value_get(error_at(doc, 0), "statement")), 0);
	drift_document_free(doc);
	drift_snapshot_free(live);
}

/* What the message leaves out comes from the catalogue; what wrappers put before lines is taken off. */
static void
logs_of_ci_are_read(void **unused)
{
#define AT "2026-01-02T03:04:05.1234567Z "
#define TG "03:04:05.123 STDERR [live/vpc] terraform: "
	static const struct {
		const char *log, *action, *resource; /* NULL action = no statement */
	} rows[] = {
		{AT "\xe2\x94\x82 Error: creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 403, api error UnauthorizedOperation: "
			"You are not authorized to perform this operation. Encoded authorization failure message: AbC-1\n" AT "\xe2\x94\x82\n" AT "\xe2\x94\x82   with aws_vpc.main,\n",
			"ec2:CreateVpc", "arn:aws:ec2:*:*:vpc/*"},
		{TG "\xe2\x94\x82 Error: reading IAM Role (x): AccessDenied: User: arn:aws-cn:iam::123456789012:user/ci is not\n" TG "\xe2\x94\x82 authorized to perform: iam:GetRole on\n"
			TG "\xe2\x94\x82 resource: role prod-x because no identity-based policy allows it\n" TG "\xe2\x94\x82   with aws_iam_role.x,\n",
			"iam:GetRole", "arn:aws-cn:iam::123456789012:role/prod-x"},
		{"[31m\xe2\x94\x82[0m [1m[31mError: [0m[0mcreating IAM Role (x): AccessDenied: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: "
			"iam:AddRoleToInstanceProfile on resource: instance profile web because no identity-based policy allows it\n",
			"iam:AddRoleToInstanceProfile", "arn:aws:iam::123456789012:instance-profile/web"},
		{AT "{\"@level\":\"error\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"creating S3 Bucket (logs): operation error S3: CreateBucket, api error AccessDenied: "
			"Access Denied\",\"detail\":\"\",\"address\":\"aws_s3_bucket.logs\"}}\n", "s3:CreateBucket", "arn:aws:s3:::logs"},
		/* the lock is not held: the table is not to be written */
		{"Error: Error acquiring the state lock\n\nError message: api error AccessDeniedException: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: "
			"dynamodb:PutItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/locks because no identity-based policy allows it\n",
			"dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/locks"},
		{"Error: creating S3 Bucket (x): AccessDenied: Access Denied\n", NULL, NULL},
		/* GitLab's marks, S3's quotes, and what ends the job */
		{"2026-01-02T03:04:05.678901Z 00O \033[0KError: reading S3 Bucket (logs) Policy: api error AccessDenied: User: arn:aws:iam::123456789012:user/ci is not\n"
			"2026-01-02T03:04:05.678901Z 00O+authorized to perform: s3:GetBucketPolicy on resource: \"arn:aws:s3:::logs\" because no identity-based policy allows it\n"
			"Error: Terraform exited with code 1.\nError: Process completed with exit code 1.\n", "s3:GetBucketPolicy", "arn:aws:s3:::logs"},
		{"Error: creating Secrets Manager Secret (x): operation error Secrets Manager: CreateSecret, api error AccessDeniedException: Access to KMS is not allowed\n\n"
			"  with aws_secretsmanager_secret.x,\n", NULL, NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
		struct drift_catalogue *catalogue = NULL;
		struct drift_document *doc;
		const struct drift_value *statement;

		assert_int_equal(drift_catalogue_open(NULL, &catalogue, NULL), DRIFT_OK);
		opt.catalogue = catalogue;
		doc = explain(rows[i].log, &opt);
		assert_int_equal(drift_value_size(drift_value_get(drift_document_root(doc), "errors")), 1);
		statement = drift_value_get(error_at(doc, 0), "statement");
		if (rows[i].action == NULL) {
			assert_int_equal(drift_value_size(statement), 0);
		} else {
			assert_string_equal(drift__value_gets(statement, "Action"), rows[i].action);
			assert_string_equal(drift__value_gets(statement, "Resource"), rows[i].resource);
		}
		drift_document_free(doc);
		drift_catalogue_free(catalogue);
	}
}

/* Without the account: the id that a type is imported by may be the name that the message gives; else it is said what is missing. */
static void
without_the_account_no_id_is_made_up(void **unused)
{
	static const char log[] = "Error: creating IAM Role (api): EntityAlreadyExists: Role with name api already exists.\n\n  with aws_iam_role.api,\n"
		"Error: creating SQS Queue (jobs): QueueAlreadyExists: exists\n\n  with aws_sqs_queue.jobs,\n";
	struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_catalogue *catalogue = NULL;
	struct drift_document *doc;
	const struct drift_value *import;
	char *text = NULL;

	(void)unused;
	assert_int_equal(drift_catalogue_open(NULL, &catalogue, NULL), DRIFT_OK);
	opt.catalogue = catalogue;
	doc = explain(log, &opt);
	import = drift_value_get(error_at(doc, 0), "import");
	assert_string_equal(drift__value_gets(import, "command"), "terraform import 'aws_iam_role.api' 'api'");
	assert_string_equal(drift__value_gets(import, "id_from"), "message");
	import = drift_value_get(error_at(doc, 1), "import");
	assert_null(drift__value_gets(import, "id"));
	assert_non_null(strstr(drift__value_gets(import, "missing"), "AWS credentials"));
	assert_true(drift_value_bool(drift_value_get(error_at(doc, 1), "look_up")));
	assert_int_equal(drift_explain_text(doc, &text, NULL), DRIFT_OK);
	assert_non_null(strstr(text, "put the import id in for ID"));
	drift_text_free(text);
	drift_document_free(doc);
	drift_catalogue_free(catalogue);
}

/* Reading what is there is another right than making it. */
static void
only_a_denied_creation_is_an_import(void **unused)
{
	static const char log[] = "Error: reading SQS Queue (jobs): operation error SQS: GetQueueAttributes, api error AccessDenied: User: arn:aws:iam::123456789012:user/ci is not "
		"authorized to perform: sqs:GetQueueAttributes on resource: arn:aws:sqs:eu-west-1:123456789012:jobs because no identity-based policy allows it\n\n"
		"  with aws_sqs_queue.jobs,\n";
	struct drift_snapshot *live = drift__snapshot_new(DRIFT_SIDE_LIVE);
	struct drift_resource *r = drift__snapshot_add(live, "aws_sqs_queue");
	struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_document *doc;

	(void)unused;
	r->id = r->import_id = r->name = "jobs";
	assert_int_equal(drift__snapshot_seal(live, NULL), DRIFT_OK);
	opt.live = live;
	doc = explain(log, &opt);
	assert_string_equal(drift__value_gets(drift_value_get(error_at(doc, 0), "statement"), "Action"), "sqs:GetQueueAttributes");
	assert_int_equal(drift_value_size(drift_value_get(error_at(doc, 0), "import")), 0);
	drift_document_free(doc);
	drift_snapshot_free(live);
}

static void
the_holder_of_a_lock_is_read(void **unused)
{
	char *text = NULL;
	struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_document *doc;
	const struct drift_value *lock;
	int64_t age = 0;

	(void)unused;
	opt.now_ms = 1767323105000; /* 2026-01-02T03:05:05Z */
	doc = explain("Error: Error acquiring the state lock\n\nLock Info:\n  ID:        abc\n  Who:       ci@runner-7\n"
		"  Created:   2026-01-02 03:04:05.12 +0000 UTC\n", &opt);
	lock = drift_value_get(error_at(doc, 0), "lock");
	assert_string_equal(drift__value_gets(lock, "id"), "abc");
	assert_string_equal(drift__value_gets(lock, "who"), "ci@runner-7");
	assert_true(drift__value_to_int(drift_value_get(lock, "age_seconds"), &age));
	assert_int_equal(age, 60);
	assert_int_equal(drift_explain_text(doc, &text, NULL), DRIFT_OK);
	assert_non_null(strstr(text, "+0000 UTC (60 seconds ago)"));
	drift_text_free(text);
	drift_document_free(doc);
}

static void
hostile_logs_do_no_harm(void **unused)
{
	static const char *const logs[] = {"", "\n", "Error: ", "Error: \n", "{", "{\"diagnostic\":", "\033[", "\xe2\x94", "Error: x\n  with ", "{\"diagnostic\":{\"severity\":\"error\"}}",
		"Error: ((((:::User: \nis not authorized to perform: ", "Error: Lock Info:\n  Created: 2026"};

	(void)unused;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct drift_document *doc = explain(logs[i], NULL);
		char *text = NULL;

		assert_int_equal(drift_explain_text(doc, &text, NULL), DRIFT_OK);
		drift_text_free(text);
		drift_document_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_shape_is_known),
		cmocka_unit_test(what_exists_gets_its_import_command),
		cmocka_unit_test(what_is_denied_gets_its_statement_unless_it_exists),
		cmocka_unit_test(logs_of_ci_are_read),
		cmocka_unit_test(without_the_account_no_id_is_made_up),
		cmocka_unit_test(only_a_denied_creation_is_an_import),
		cmocka_unit_test(the_holder_of_a_lock_is_read),
		cmocka_unit_test(hostile_logs_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
