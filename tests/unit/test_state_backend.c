/* Where states are, taken apart: sources as people name them, what `terraform init` wrote, tokens where Terraform keeps them, and the same
 * again with every allocation failing once. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/cloud.h"
#include "state/source.h"

extern char **environ;

static char entries[16][128], *variables[17];

static void
set_variable(const char *entry)
{
	size_t n = strcspn(entry, "=") + 1, i = 0;

	while (variables[i] != NULL && strncmp(variables[i], entry, n) != 0)
		i++;
	assert_true(i < sizeof entries / sizeof entries[0]);
	snprintf(entries[i], sizeof entries[i], "%s", entry);
	variables[i] = entries[i];
}

/* The environment of a test is a list of its own: the one that the tests run in must not matter, and is left as it is. */
static void
forget_environment(void)
{
	memset(variables, 0, sizeof variables);
	set_variable("HOME=/nonexistent");
	environ = variables;
}

/* ---- sources ---- */

static void
sources_are_taken_apart(void **unused)
{
	struct drift__arena a;
	struct drift__source s;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	assert_int_equal(drift__source_parse("s3://my-bucket/a/b%20c?region=eu-west-1&role_arn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&external_id=e&dynamodb_table=t&use_lockfile=true"
		"&endpoint=http%3A%2F%2Flocalhost%3A9000&use_path_style=1&versionId=v%2B1", &a, &s, NULL), DRIFT_OK);
	assert_int_equal(s.kind, DRIFT__SOURCE_S3);
	assert_string_equal(s.bucket, "my-bucket");
	assert_string_equal(s.key, "a/b%20c"); /* keys stand as they are */
	assert_string_equal(s.aws.region, "eu-west-1");
	assert_string_equal(s.aws.role_arn, "arn:aws:iam::1:role/x");
	assert_string_equal(s.aws.external_id, "e");
	assert_string_equal(s.aws.endpoint_s3, "http://localhost:9000");
	assert_string_equal(s.dynamodb_table, "t");
	assert_true(s.use_lockfile && s.aws.path_style);
	assert_string_equal(s.version, "v+1");
	assert_string_equal(s.text, "s3://my-bucket/a/b%20c?versionId=v+1");
	assert_int_equal(drift__source_parse("s3://b/k?use_lockfile=0", &a, &s, NULL), DRIFT_OK);
	assert_false(s.use_lockfile);

	assert_int_equal(drift__source_parse("https://ann:p%40ss@State.Example.com:443/a?token=x", &a, &s, NULL), DRIFT_OK);
	assert_int_equal(s.kind, DRIFT__SOURCE_HTTP);
	assert_string_equal(s.text, "https://state.example.com/a");
	assert_string_equal(s.url, "https://State.Example.com:443/a?token=x");
	assert_string_equal(s.header, "Authorization");
	assert_string_equal(s.secret, "Basic YW5uOnBAc3M=");

	assert_int_equal(drift__source_parse("tfe://acme/app", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.host, "app.terraform.io");
	assert_int_equal(drift__source_parse("tfe://tfe.example.com:8443/acme/app", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.text, "tfe://tfe.example.com:8443/acme/app");
	assert_string_equal(s.workspace, "app");

	assert_int_equal(drift__source_parse("a b.tfstate", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.path, "a b.tfstate");
	drift__arena_dispose(&a);
}

static void
wrong_sources_are_refused(void **unused)
{
	static const char *const texts[] = {"s3://", "s3://b", "s3://b/", "s3:///k", "s3://b?region=x", "s3://b/k?nonsense=1", "s3://b/k?access_key=AKIA", "https:///path",
		"http://", "https://@/x", "tfe://", "tfe://a", "tfe://a/b/c/d", "tfe://a//b"};
	struct drift__arena a;
	struct drift__source s;
	size_t i;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;

		if (drift__source_parse(texts[i], &a, &s, &err) != DRIFT_USAGE)
			fail_msg("%s: %s", texts[i], drift_status_name(err.status));
		assert_true(err.hint[0] != '\0');
	}
	drift__arena_dispose(&a);
}

static void
tokens_go_where_they_belong(void **unused)
{
	static const char gitlab[] = "https://gitlab.example.com/api/v4/projects/1/terraform/state/x";
	struct drift__arena a;
	struct drift__source s;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	set_variable("GITLAB_TOKEN=glpat");
	assert_int_equal(drift__source_parse(gitlab, &a, &s, NULL), DRIFT_OK);
	assert_null(s.secret); /* it is for gitlab.com */
	set_variable("GITLAB_HOST=https://GitLab.example.com");
	assert_int_equal(drift__source_parse(gitlab, &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.header, "PRIVATE-TOKEN");
	assert_int_equal(drift__source_parse("https://gitlab.example.com/other", &a, &s, NULL), DRIFT_OK);
	assert_null(s.secret);
	set_variable("TF_HTTP_USERNAME=u");
	set_variable("TF_HTTP_PASSWORD=p");
	assert_int_equal(drift__source_parse(gitlab, &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.secret, "Basic dTpw");
	set_variable("TF_HTTP_ADDRESS=https://gitlab.example.com.evil.example/x");
	set_variable("GITLAB_TOKEN=");
	assert_int_equal(drift__source_parse(gitlab, &a, &s, NULL), DRIFT_OK);
	assert_null(s.secret);
	drift__arena_dispose(&a);
	forget_environment();
}

static void
hosts_of_urls(void **unused)
{
	static const char *const rows[][2] = {{"https://A.b/c", "a.b"}, {"https://a:443/", "a"}, {"http://a:80", "a"}, {"https://a:80", "a:80"}, {"http://u:p@a:8080/x?y@z", "a:8080"},
		{"https://u@v@host/", "host"}, {"https://[::1]:8443/x", "[::1]:8443"}, {"HTTPS://x#f", "x"}, {"ftp://x/", NULL}, {"https://", NULL}, {"//x", NULL}};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!drift__streq(drift__url_host(&a, rows[i][0]), rows[i][1]))
			fail_msg("%s: %s", rows[i][0], drift__url_host(&a, rows[i][0]));
	assert_string_equal(drift__url_shown(&a, "https://u:secret@h/p/q?token=secret#secret"), "https://h/p/q");
	drift__arena_dispose(&a);
}

/* ---- backends ---- */

static void
workspaces_join_as_go_joins_paths(void **unused)
{
	static const char *const rows[][4] = {{"env:", "dev", "a/b", "env:/dev/a/b"}, {"", "dev", "k", "dev/k"}, {"x//y/", "dev", "./k", "x/y/dev/k"}, {"p/../q", "d", "k", "q/d/k"},
		{"..", "d", "k", "d/k"}, {"a", "..", "k", "k"}, {"a", "d", "..", "a"}};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(drift__workspace_key(&a, rows[i][0], rows[i][1], rows[i][2]), rows[i][3]);
	drift__arena_dispose(&a);
}

static enum drift_status
resolve(const char *backend, const char *workspace, struct drift__arena *a, struct drift__source *s, struct drift_error *err)
{
	char text[4096];

	snprintf(text, sizeof text, "{\"version\":3,\"terraform_version\":\"1.11.4\",\"backend\":%s}", backend);
	return drift__backend_read(text, strlen(text), "t", workspace, a, s, err);
}

/* All that changes what is read, in the names of every version of the backend. */
static void
the_s3_backend(void **unused)
{
	struct drift__arena a;
	struct drift__source s;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	assert_int_equal(resolve("{\"type\":\"s3\",\"config\":{\"bucket\":\"b\",\"key\":\"k\",\"region\":\"r\",\"profile\":\"p\",\"access_key\":\"ak\",\"secret_key\":\"sk\","
		"\"token\":\"tk\",\"role_arn\":\"old\",\"external_id\":\"x\",\"session_name\":\"sn\",\"endpoint\":\"http://s3\",\"dynamodb_endpoint\":\"http://ddb\","
		"\"sts_endpoint\":\"http://sts\",\"iam_endpoint\":\"http://iam\",\"force_path_style\":true,\"shared_credentials_file\":\"/c\",\"dynamodb_table\":\"t\","
		"\"encrypt\":true,\"sse_customer_key\":\"sse\",\"kms_key_id\":\"kms\",\"max_retries\":3,\"workspace_key_prefix\":null}}", "default", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.text, "s3://b/k");
	assert_string_equal(s.aws.role_arn, "old");
	assert_string_equal(s.aws.endpoint_dynamodb, "http://ddb");
	assert_string_equal(s.aws.shared_credentials, "/c");
	assert_string_equal(s.sse_customer_key, "sse");
	assert_true(s.aws.path_style && s.from_backend && !s.use_lockfile);
	assert_int_equal(s.aws.max_retries, 3);

	assert_int_equal(resolve("{\"type\":\"s3\",\"config\":{\"bucket\":\"b\",\"key\":\"k\",\"endpoints\":{\"s3\":\"http://s3\",\"dynamodb\":\"http://ddb\",\"sts\":\"http://sts\","
		"\"sso\":\"http://sso\"},\"assume_role\":[{\"role_arn\":\"new\",\"external_id\":\"y\",\"session_name\":\"n\"}],\"assume_role_with_web_identity\":{\"role_arn\":\"web\","
		"\"web_identity_token_file\":\"/t\"},\"use_path_style\":true,\"use_fips_endpoint\":true,\"use_dualstack_endpoint\":true,\"custom_ca_bundle\":\"/ca\","
		"\"shared_credentials_files\":[\"/c1\",\"/c2\"],\"shared_config_files\":[\"/f\"],\"https_proxy\":\"http://proxy\",\"no_proxy\":\"x\",\"use_lockfile\":true,"
		"\"encrypt\":false,\"sse_customer_key\":\"unused\"}}", "dev", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.text, "s3://b/env:/dev/k");
	assert_string_equal(s.base_key, "k");
	assert_string_equal(s.aws.role_arn, "new");
	assert_string_equal(s.aws.session_name, "n");
	assert_string_equal(s.aws.web_identity_role, "web");
	assert_string_equal(s.aws.web_identity_file, "/t");
	assert_string_equal(s.aws.shared_credentials, "/c1");
	assert_string_equal(s.aws.shared_config, "/f");
	assert_string_equal(s.aws.https_proxy, "http://proxy");
	assert_string_equal(s.aws.ca_bundle, "/ca");
	assert_string_equal(s.aws.endpoint_sso, "http://sso");
	assert_true(s.aws.fips && s.aws.dualstack && s.use_lockfile);
	assert_null(s.sse_customer_key); /* Terraform uses it with encrypt only */
	assert_null(s.aws.region);
	set_variable("AWS_REGION=eu-west-1");
	assert_int_equal(resolve("{\"type\":\"s3\",\"config\":{\"bucket\":\"b\",\"key\":\"k\"}}", "default", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.aws.region, "eu-west-1");
	drift__arena_dispose(&a);
	forget_environment();
}

static void
other_backends(void **unused)
{
	struct drift__arena a;
	struct drift__source s;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	assert_int_equal(resolve("null", "default", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.path, "terraform.tfstate");
	assert_int_equal(resolve("{\"type\":\"local\",\"config\":{\"path\":null,\"workspace_dir\":\"w\"}}", "dev", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.path, "w/dev/terraform.tfstate");
	assert_int_equal(resolve("{\"type\":\"http\",\"config\":{\"address\":\"https://h/s\",\"username\":\"u\",\"password\":\"p\"}}", "default", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.secret, "Basic dTpw");
	assert_int_equal(resolve("{\"type\":\"cloud\",\"config\":{\"hostname\":null,\"organization\":\"o\",\"token\":\"t\",\"workspaces\":{\"name\":\"n\"}}}", "default", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.text, "tfe://app.terraform.io/o/n");
	assert_string_equal(s.api_token, "t");
	assert_int_equal(resolve("{\"type\":\"remote\",\"config\":{\"hostname\":\"h\",\"organization\":\"o\",\"workspaces\":[{\"prefix\":\"app-\"}]}}", "dev", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.text, "tfe://h/o/app-dev");
	set_variable("TF_CLOUD_ORGANIZATION=env-org");
	set_variable("TF_CLOUD_HOSTNAME=env-host");
	assert_int_equal(resolve("{\"type\":\"cloud\",\"config\":{\"workspaces\":{\"tags\":[\"x\"]}}}", "ws", &a, &s, NULL), DRIFT_OK);
	assert_string_equal(s.text, "tfe://env-host/env-org/ws");
	drift__arena_dispose(&a);
	forget_environment();
}

static void
backends_that_cannot_be_read(void **unused)
{
	static const struct {
		const char *backend, *workspace;
		enum drift_status st;
		const char *what;
	} rows[] = {{"{\"type\":\"gcs\",\"config\":{}}", "default", DRIFT_BAD_CONFIG, "\"gcs\""}, {"{\"type\":\"s3\",\"config\":{\"key\":\"k\"}}", "default", DRIFT_BAD_CONFIG, "no bucket"},
		{"{\"type\":\"s3\",\"config\":{\"bucket\":\"b\"}}", "default", DRIFT_BAD_CONFIG, "no key"}, {"{\"type\":\"s3\",\"config\":{\"bucket\":\"b\",\"key\":\"k\"}}", "a/b", DRIFT_USAGE, "called that"},
		{"{\"type\":\"http\",\"config\":{}}", "default", DRIFT_BAD_CONFIG, "no address"}, {"{\"type\":\"http\",\"config\":{\"address\":\"s3://x/y\"}}", "default", DRIFT_BAD_CONFIG, "no http(s)"},
		{"{\"type\":\"http\",\"config\":{\"address\":\"https://h/\",\"client_certificate_pem\":\"x\"}}", "default", DRIFT_BAD_CONFIG, "client certificate"},
		{"{\"type\":\"cloud\",\"config\":{\"workspaces\":{\"name\":\"n\"}}}", "default", DRIFT_BAD_CONFIG, "no organization"},
		{"{\"type\":\"remote\",\"config\":{\"organization\":\"o\",\"workspaces\":{\"prefix\":\"p\"}}}", "default", DRIFT_NO_STATE, "by prefix"}, {"{}", "default", DRIFT_BAD_CONFIG, "(none)"},
		{"[]", "default", DRIFT_BAD_CONFIG, "(none)"}};
	struct drift__arena a;
	struct drift__source s;
	size_t i;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;

		if (resolve(rows[i].backend, rows[i].workspace, &a, &s, &err) != rows[i].st || strstr(err.what, rows[i].what) == NULL || err.hint[0] == '\0')
			fail_msg("%s: %s %s (%s)", rows[i].backend, drift_status_name(err.status), err.what, err.hint);
	}
	drift__arena_dispose(&a);
}

/* ---- tokens ---- */

static void
tokens_of_the_cli_configuration(void **unused)
{
	static const char text[] = "# credentials \"h\" { token = \"commented\" }\n/* credentials \"h\" { token = \"too\" } */\nplugin_cache_dir = \"$HOME/x\"\n"
				   "provider_installation {\n  direct { exclude = [\"credentials\"] }\n}\ncredentials \"other\" {\n  token = \"o\"\n}\n"
				   "credentials \"H.example:8443\" { // ours\n  nested { token = \"no\" }\n  \"token\" = \"yes\"\n}\n";
	static const char *const broken[] = {"", "credentials", "credentials \"h.example:8443\"", "credentials \"h.example:8443\" {", "credentials \"h.example:8443\" { token", "\"",
		"credentials \"h.example:8443\" { token = }", "/*", "credentials h.example { token = \"x\" }", "credentials \"h.example:8443\" { token = \"x"};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	assert_string_equal(drift__cloud_token_in(text, sizeof text - 1, "h.example:8443", &a), "yes");
	assert_string_equal(drift__cloud_token_in(text, sizeof text - 1, "other", &a), "o");
	assert_null(drift__cloud_token_in(text, sizeof text - 1, "h", &a));
	for (i = 0; i + 1 < sizeof broken / sizeof broken[0]; i++)
		assert_null(drift__cloud_token_in(broken[i], strlen(broken[i]), "h.example:8443", &a));
	drift__arena_dispose(&a);
}

static void
tokens_of_the_environment(void **unused)
{
	struct drift__arena a;
	struct drift_error err = DRIFT_ERROR_INIT;
	const char *token;

	(void)unused;
	forget_environment();
	drift__arena_init(&a, 0);
	set_variable("TF_TOKEN_my__host_example_com=one");
	assert_int_equal(drift__cloud_token("my-host.example.com", &a, &token, NULL), DRIFT_OK);
	assert_string_equal(token, "one");
	assert_int_equal(drift__cloud_token("my-host.example.com.evil.example", &a, &token, NULL), DRIFT_NO_CREDENTIALS);
	assert_int_equal(drift__cloud_token("host.example.com", &a, &token, &err), DRIFT_NO_CREDENTIALS);
	assert_non_null(strstr(err.hint, "terraform login host.example.com"));
	set_variable("TF_TOKEN_my__host_example_com=two\nlines");
	assert_int_equal(drift__cloud_token("my-host.example.com", &a, &token, NULL), DRIFT_NO_CREDENTIALS);
	set_variable("TF_TOKEN_my__host_example_com=");
	drift__arena_dispose(&a);
}

/* ---- memory ---- */

static void
memory_may_run_out_anywhere(void **unused)
{
	static const char *const texts[] = {"s3://b/k?region=r&versionId=v", "https://u:p@h/x", "tfe://h/o/w", "x.tfstate"};
	static const char backend[] = "{\"version\":3,\"backend\":{\"type\":\"s3\",\"config\":{\"bucket\":\"b\",\"key\":\"k\",\"region\":\"r\"}}}";
	struct drift__arena a;
	struct drift__source s;
	enum drift_status st;
	size_t i;
	long k;

	(void)unused;
	forget_environment();
	for (i = 0; i <= sizeof texts / sizeof texts[0]; i++) {
		for (k = 1, st = DRIFT_NOMEM; st == DRIFT_NOMEM && k < 500; k++) {
			drift__arena_init(&a, 0);
			drift__alloc_fail_after(k);
			st = i < sizeof texts / sizeof texts[0] ? drift__source_parse(texts[i], &a, &s, NULL) :
				drift__backend_read(backend, sizeof backend - 1, "t", "dev", &a, &s, NULL);
			drift__alloc_fail_after(0);
			drift__arena_dispose(&a);
		}
		assert_int_equal(st, DRIFT_OK);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_taken_apart),
		cmocka_unit_test(wrong_sources_are_refused),
		cmocka_unit_test(tokens_go_where_they_belong),
		cmocka_unit_test(hosts_of_urls),
		cmocka_unit_test(workspaces_join_as_go_joins_paths),
		cmocka_unit_test(the_s3_backend),
		cmocka_unit_test(other_backends),
		cmocka_unit_test(backends_that_cannot_be_read),
		cmocka_unit_test(tokens_of_the_cli_configuration),
		cmocka_unit_test(tokens_of_the_environment),
		cmocka_unit_test(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
