/* Each source of credentials: files in a temporary folder, and a server of the test's own in place of STS, SSO, ECS and EC2. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "aws/credentials.h"
#include "drift/catalogue.h"
#include "fixed_clock.h"
#include "http_server.h"

#define STS_KEYS                                                                                                       \
	"<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>rolesecret</SecretAccessKey>"                    \
	"<SessionToken>roletoken</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials>"
#define STS_REPLY(op) "<" op "Response><" op "Result>" STS_KEYS "</" op "Result></" op "Response>"

struct fixture {
	struct drift_catalogue *catalogue;
	struct test_server server;
	char home[64];
	char seen[32][512]; /* the first lines and bodies of requests */
	int n_seen;
	const char *imds_mode;
	char all[65536];
};

static void
serve(void *ctx, const char *request, struct drift__buf *reply)
{
	struct fixture *f = ctx;
	const char *body = strstr(request, "\r\n\r\n") + 4;

	if (f->n_seen < 32)
		snprintf(f->seen[f->n_seen++], sizeof f->seen[0], "%.*s %s", (int)strcspn(request, "\r"), request, body);
	snprintf(f->all, sizeof f->all, "%s", request);
	if (strstr(body, "Action=AssumeRoleWithWebIdentity") != NULL)
		test_reply(reply, 200, "", STS_REPLY("AssumeRoleWithWebIdentity"));
	else if (strstr(body, "denied") != NULL)
		test_reply(reply, 403, "", "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not allowed</Message></Error>"
					   "<RequestId>r-1</RequestId></ErrorResponse>");
	else if (strstr(body, "Action=AssumeRole") != NULL)
		test_reply(reply, 200, "", STS_REPLY("AssumeRole"));
	else if (strncmp(request, "GET /creds", 10) == 0)
		test_reply(reply, strstr(request, "Authorization: tok") != NULL || strstr(request, "/creds/open") != NULL ? 200 : 401, "",
			"{\"AccessKeyId\":\"ASIAECS\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"2026-01-01T02:00:00Z\"}");
	else if (strncmp(request, "PUT /latest/api/token", 21) == 0 && strcmp(f->imds_mode, "v2") == 0)
		test_reply(reply, strstr(request, "x-aws-ec2-metadata-token-ttl-seconds: 21600") != NULL ? 200 : 400, "", "imdstoken");
	else if (strncmp(request, "PUT /latest/api/token", 21) == 0)
		test_reply(reply, 405, "", "");
	else if (strncmp(request, "GET /latest/", 12) == 0 && strcmp(f->imds_mode, "v2") == 0 &&
		strstr(request, "x-aws-ec2-metadata-token: imdstoken") == NULL)
		test_reply(reply, 401, "", "");
	else if (strncmp(request, "GET /latest/meta-data/iam/security-credentials/ ", 48) == 0)
		test_reply(reply, 200, "", "my-role\n");
	else if (strncmp(request, "GET /latest/meta-data/iam/security-credentials/my-role ", 55) == 0)
		test_reply(reply, 200, "", "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAEC2\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
					   "\"Expiration\":\"2026-01-01T06:00:00Z\"}");
	else if (strncmp(request, "GET /federation/credentials?role_name=Read%20Only&account_id=123456789012 ", 74) == 0)
		test_reply(reply, strstr(request, "x-amz-sso_bearer_token: goodtoken") != NULL ? 200 : 401, "",
			"{\"roleCredentials\":{\"accessKeyId\":\"ASIASSO\",\"secretAccessKey\":\"s\",\"sessionToken\":\"t\",\"expiration\":1767229200000}}");
	else if (strncmp(request, "POST /token ", 12) == 0 && strstr(body, "\"refreshToken\":\"refresh1\"") != NULL)
		test_reply(reply, 200, "", "{\"accessToken\":\"goodtoken\",\"expiresIn\":28800,\"refreshToken\":\"refresh2\"}");
	else
		test_reply(reply, 404, "", "not here");
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (f == NULL || drift_catalogue_open(NULL, &f->catalogue, NULL) != DRIFT_OK)
		return -1;
	snprintf(f->home, sizeof f->home, P_tmpdir "/drift-credentials-XXXXXX");
	if (mkdtemp(f->home) == NULL)
		return -1;
	f->imds_mode = "v2";
	test_server_start(&f->server, serve, f);
	*state = f;
	return 0;
}

static void
put(const struct fixture *f, const char *name, const char *text)
{
	char path[256], *slash;

	snprintf(path, sizeof path, "%s/%s", f->home, name);
	for (slash = strchr(path + strlen(f->home) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	assert_int_equal(drift__file_write(path, text, strlen(text), 0600, NULL), DRIFT_OK);
}

static int
teardown(void **state)
{
	static const char *const files[] = {".aws/config", ".aws/credentials", "token", "tool"};
	struct fixture *f = *state;
	char path[300];
	size_t i;
	const struct drift__dir_entry *entries;
	struct drift__arena a;
	size_t n = 0;

	test_server_stop(&f->server);
	for (i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", f->home, files[i]);
		unlink(path);
	}
	drift__arena_init(&a, 0);
	snprintf(path, sizeof path, "%s/.aws/sso/cache", f->home);
	if (drift__dir_list(&a, path, &entries, &n, NULL) == DRIFT_OK)
		for (i = 0; i < n; i++) {
			char file[600];

			snprintf(file, sizeof file, "%s/%s", path, entries[i].name);
			unlink(file);
		}
	drift__arena_dispose(&a);
	rmdir(path);
	snprintf(path, sizeof path, "%s/.aws/sso", f->home);
	rmdir(path);
	snprintf(path, sizeof path, "%s/.aws", f->home);
	rmdir(path);
	rmdir(f->home);
	drift_catalogue_free(f->catalogue);
	free(f);
	return 0;
}

/* The chain with this environment (HOME and the server are added). */
static enum drift_status
find(struct fixture *f, const char *const *env, struct drift__aws_options *opt, struct drift__credentials *out, struct drift_error *err)
{
	char home[100], endpoint[100], base[64];
	const char *all[16] = {home, endpoint, "AWS_REGION=eu-west-1"};
	struct drift__credential_context ctx = {.options = opt, .clock = &fixed_clock, .container_base = base, .imds_base = base};
	struct drift__http_options http = {.user_agent = "test"};
	enum drift_status st;
	size_t i, n = 3;

	snprintf(home, sizeof home, "HOME=%s", f->home);
	snprintf(base, sizeof base, "http://127.0.0.1:%d", f->server.port);
	snprintf(endpoint, sizeof endpoint, "AWS_ENDPOINT_URL=%s", base);
	for (i = 0; env != NULL && env[i] != NULL; i++)
		all[n++] = env[i];
	all[n] = NULL;
	opt->env = all;
	opt->catalogue = f->catalogue;
	*err = (struct drift_error)DRIFT_ERROR_INIT;
	drift__credentials_dispose(out);
	f->n_seen = 0;
	st = drift__config_new(opt, &ctx.config, err);
	if (st != DRIFT_OK)
		return st;
	assert_int_equal(drift__http_new(&http, &ctx.http, err), DRIFT_OK);
	ctx.signer = drift__signer_new();
	st = drift__credentials_find(&ctx, out, err);
	drift__signer_free(ctx.signer);
	drift__http_free(ctx.http);
	drift__config_free(ctx.config);
	return st;
}

#define ENV(...) ((const char *const[]){__VA_ARGS__, NULL})
static const char *const no_imds[] = {"AWS_EC2_METADATA_DISABLED=true", NULL};

static void
test_environment(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.region = NULL};
	struct drift_error err;

	assert_int_equal(find(f, ENV("AWS_ACCESS_KEY_ID=AKIA1", "AWS_SECRET_ACCESS_KEY=s1", "AWS_SESSION_TOKEN=t1"), &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "AKIA1");
	assert_string_equal(c.token, "t1");
	assert_string_equal(c.source, "environment");
	assert_int_equal(find(f, ENV("AWS_ACCESS_KEY_ID=AKIA1"), &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_int_equal(find(f, ENV("AWS_ACCESS_KEY_ID=AKIA1", "AWS_SECRET_ACCESS_KEY=a b"), &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_null(strstr(err.what, "a b"));
	assert_int_equal(find(f, ENV("AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=s", "AWS_CREDENTIAL_EXPIRATION=2025-01-01T00:00:00Z"), &opt, &c,
				 &err),
		DRIFT_EXPIRED);
	assert_int_equal(find(f, no_imds, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_non_null(strstr(err.hint, "aws sso login"));
	drift__credentials_dispose(&c);
}

static void
test_files(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.region = NULL};
	struct drift_error err;
	static const char *const keys[] = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=s", "AWS_PROFILE=dev", NULL};

	put(f, ".aws/config", "[default]\naws_access_key_id=AKIACONFIG\naws_secret_access_key=s\n[profile dev]\nregion=us-east-2\n"
			      "[profile half]\naws_access_key_id=AKIAHALF\n[profile none]\n[bare]\n");
	put(f, ".aws/credentials", "[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = s\naws_session_token = t\n");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "AKIACONFIG");
	/* keys in the environment beat AWS_PROFILE, but not an explicit profile */
	assert_int_equal(find(f, keys, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "AKIAENV");
	opt.profile = "dev";
	assert_int_equal(find(f, keys, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "AKIADEV");
	assert_string_equal(c.source, "profile dev");
	opt.profile = "half";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_non_null(strstr(err.where, ".aws/config:7"));
	opt.profile = "deb";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	assert_non_null(strstr(err.hint, "dev"));
	opt.profile = "bare";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	assert_non_null(strstr(err.hint, "[profile bare]"));
	opt.profile = "none";
	assert_int_equal(find(f, no_imds, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	opt.profile = NULL;
	opt.access_key = "AKIAOPT";
	opt.secret_key = "s";
	assert_int_equal(find(f, keys, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "AKIAOPT");
	drift__credentials_dispose(&c);
}

static bool
ask_mfa(void *ctx, const char *serial, char *code, size_t n)
{
	(void)ctx;
	snprintf(code, n, "%s", strcmp(serial, "arn:aws:iam::1:mfa/me") == 0 ? "123456" : "");
	return true;
}

static void
test_roles(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.profile = "role"};
	struct drift_error err;

	put(f, ".aws/config",
		"[profile base]\naws_access_key_id=AKIABASE\naws_secret_access_key=s\n"
		"[profile role]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=base\nexternal_id=x=1\nrole_session_name=me\nduration_seconds=900\n"
		"[profile chain]\nrole_arn=arn:aws:iam::1:role/c\nsource_profile=role\n"
		"[profile a]\nrole_arn=arn:aws:iam::1:role/a\nsource_profile=b\n[profile b]\nrole_arn=arn:aws:iam::1:role/b\nsource_profile=a\n"
		"[profile self]\nrole_arn=arn:aws:iam::1:role/s\nsource_profile=self\naws_access_key_id=AKIASELF\naws_secret_access_key=s\n"
		"[profile env]\nrole_arn=arn:aws:iam::1:role/e\ncredential_source=Environment\n"
		"[profile both]\nrole_arn=arn:aws:iam::1:role/e\ncredential_source=Environment\nsource_profile=base\n"
		"[profile odd]\nrole_arn=arn:aws:iam::1:role/e\ncredential_source=Moon\n"
		"[profile lost]\nrole_arn=arn:aws:iam::1:role/e\nsource_profile=nowhere\n"
		"[profile no]\nrole_arn=arn:aws:iam::1:role/denied\nsource_profile=base\n"
		"[profile mfa]\nrole_arn=arn:aws:iam::1:role/m\nsource_profile=base\nmfa_serial=arn:aws:iam::1:mfa/me\n");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIAROLE");
	assert_string_equal(c.token, "roletoken");
	assert_int_equal(c.expires_ms, NOW + 3600000);
	assert_int_equal(f->n_seen, 1);
	assert_non_null(strstr(f->seen[0], "RoleSessionName=me"));
	assert_non_null(strstr(f->seen[0], "ExternalId=x%3D1"));
	assert_non_null(strstr(f->seen[0], "DurationSeconds=900"));
	assert_non_null(strstr(f->all, "Credential=AKIABASE/20260101/eu-west-1/sts/aws4_request"));
	opt.profile = "chain";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_int_equal(f->n_seen, 2);
	assert_non_null(strstr(f->all, "Credential=ASIAROLE/"));
	assert_non_null(strstr(f->all, "x-amz-security-token: roletoken"));
	opt.profile = "a";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	opt.profile = "self";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_non_null(strstr(f->all, "Credential=AKIASELF/"));
	opt.profile = "env";
	assert_int_equal(find(f, ENV("AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=s"), &opt, &c, &err), DRIFT_OK);
	assert_non_null(strstr(f->all, "Credential=AKIAENV/"));
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	opt.profile = "both";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	opt.profile = "odd";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	opt.profile = "lost";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	assert_non_null(strstr(err.what, "nowhere"));
	opt.profile = "no";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_DENIED);
	assert_string_equal(err.request_id, "r-1");
	opt.profile = "mfa";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_non_null(strstr(err.what, "MFA"));
	opt.mfa = ask_mfa;
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_non_null(strstr(f->seen[0], "TokenCode=123456"));
	/* the option's role goes on top of whatever was found */
	opt.profile = "base";
	opt.role_arn = "arn:aws:iam::1:role/top";
	opt.external_id = "ext";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_non_null(strstr(f->seen[0], "role%2Ftop"));
	assert_string_equal(c.access_key, "ASIAROLE");
	drift__credentials_dispose(&c);
}

static void
test_web_identity(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.region = NULL};
	struct drift_error err;
	char file[128];

	put(f, "token", "oidc.token.here\n");
	snprintf(file, sizeof file, "AWS_WEB_IDENTITY_TOKEN_FILE=%s/token", f->home);
	assert_int_equal(find(f, ENV(file, "AWS_ROLE_ARN=arn:aws:iam::1:role/gh"), &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIAROLE");
	assert_non_null(strstr(f->seen[0], "WebIdentityToken=oidc.token.here"));
	assert_null(strstr(f->all, "Authorization:"));
	assert_int_equal(find(f, ENV(file), &opt, &c, &err), DRIFT_BAD_CONFIG);
	put(f, ".aws/config", "[profile k]\nrole_arn=arn:aws:iam::1:role/k\nweb_identity_token_file=~/token\n"
			      "[profile gone]\nrole_arn=arn:aws:iam::1:role/k\nweb_identity_token_file=~/nothing\n");
	opt.profile = "k";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_non_null(strstr(f->seen[0], "role%2Fk"));
	opt.profile = "gone";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_IO);
	drift__credentials_dispose(&c);
}

static void
test_container(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.region = NULL};
	struct drift_error err;
	char full[128], file[128];
	static const char *const refused[] = {"http://example.com/creds", "http://localhost@evil/creds", "http://localhost:80@evil/creds",
		"http://127.0.0.1.evil.com/creds", "ftp://localhost/creds"};
	size_t i;

	assert_int_equal(find(f, ENV("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/creds/open"), &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIAECS");
	assert_int_equal(c.expires_ms, NOW + 2 * 3600000);
	snprintf(full, sizeof full, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/creds", f->server.port);
	assert_int_equal(find(f, ENV(full), &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_int_equal(find(f, ENV(full, "AWS_CONTAINER_AUTHORIZATION_TOKEN=tok"), &opt, &c, &err), DRIFT_OK);
	put(f, "token", "tok2\n");
	snprintf(file, sizeof file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s/token", f->home);
	assert_int_equal(find(f, ENV(full, file, "AWS_CONTAINER_AUTHORIZATION_TOKEN=bad"), &opt, &c, &err), DRIFT_OK);
	for (i = 0; i < sizeof refused / sizeof *refused; i++) {
		snprintf(full, sizeof full, "AWS_CONTAINER_CREDENTIALS_FULL_URI=%s", refused[i]);
		assert_int_equal(find(f, ENV(full), &opt, &c, &err), DRIFT_BAD_CONFIG);
	}
	drift__credentials_dispose(&c);
}

static void
test_imds(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.region = NULL};
	struct drift_error err;

	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIAEC2");
	assert_int_equal(f->n_seen, 3);
	assert_int_equal(find(f, no_imds, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_int_equal(f->n_seen, 0);
	/* version 1 only when it is switched on by name */
	f->imds_mode = "v1";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_int_equal(f->n_seen, 1);
	assert_int_equal(find(f, ENV("AWS_EC2_METADATA_V1_DISABLED=false"), &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIAEC2");
	f->imds_mode = "v2";
	drift__credentials_dispose(&c);
}

static void
test_process(void **state)
{
	static const struct {
		const char *script;
		enum drift_status status;
		const char *says;
	} cases[] = {
		{"printf '{\"Version\":1,\"AccessKeyId\":\"AKIA%s\",\"SecretAccessKey\":\"s\"}' \"$1\"", DRIFT_OK, ""},
		{"printf '{\"Version\":\"1\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}'", DRIFT_NO_CREDENTIALS, "Version"},
		{"printf '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'", DRIFT_EXPIRED,
			"expired"},
		{"echo 'please log in' >&2; exit 3", DRIFT_NO_CREDENTIALS, "please log in"},
		{"echo hello", DRIFT_NO_CREDENTIALS, "JSON"},
		{"head -c 100000 /dev/zero", DRIFT_TIMEOUT, "too much"},
	};
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.profile = "p"};
	struct drift_error err;
	char text[512];
	size_t i;

	snprintf(text, sizeof text, "[profile p]\ncredential_process = /bin/sh '%s/tool' \"$(x) y\"\n[profile q]\ncredential_process = /nope\n"
				    "[profile r]\ncredential_process = 'open\n", f->home);
	put(f, ".aws/config", text);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		put(f, "tool", cases[i].script);
		assert_int_equal(find(f, ENV("PATH=/usr/bin:/bin"), &opt, &c, &err), cases[i].status == DRIFT_OK ? DRIFT_NO_CREDENTIALS : cases[i].status);
		if (cases[i].status != DRIFT_OK)
			assert_non_null(strstr(err.what, cases[i].says));
	}
	/* the first case's key held "$(x) y" as it stands: no shell touched it; and a blank is no part of a key */
	put(f, "tool", "printf '{\"Version\":1,\"AccessKeyId\":\"AKIAPROC\",\"SecretAccessKey\":\"s\"}'");
	assert_int_equal(find(f, ENV("PATH=/usr/bin:/bin"), &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "AKIAPROC");
	opt.profile = "q";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	opt.profile = "r";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	drift__credentials_dispose(&c);
}

static void
put_sso_token(struct fixture *f, const char *key, const char *text)
{
	unsigned char digest[20];
	char hex[41], name[100];

	drift__sha1(key, strlen(key), digest);
	drift__hex(digest, 20, hex);
	snprintf(name, sizeof name, ".aws/sso/cache/%s.json", hex);
	put(f, name, text);
}

static void
test_sso(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__aws_options opt = {.profile = "sso"};
	struct drift__buf b = DRIFT__BUF_INIT(4096);
	struct drift_error err;
	char path[200];

	put(f, ".aws/config", "[profile sso]\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=Read Only\n"
			      "[sso-session corp]\nsso_start_url=https://x.awsapps.com/start\nsso_region=eu-west-1\n"
			      "[profile old]\nsso_start_url=https://old/start\nsso_region=eu-west-1\nsso_account_id=123456789012\nsso_role_name=Read Only\n"
			      "[profile lost]\nsso_session=nope\nsso_account_id=123456789012\nsso_role_name=R\n");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_non_null(strstr(err.hint, "aws sso login --sso-session corp"));
	put_sso_token(f, "corp", "{\"accessToken\":\"goodtoken\",\"expiresAt\":\"2026-01-01T08:00:00Z\"}");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIASSO");
	assert_int_equal(c.expires_ms, 1767229200000);
	put_sso_token(f, "corp", "{\"accessToken\":\"goodtoken\",\"expiresAt\":\"2025-12-31T08:00:00Z\"}");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_EXPIRED);
	put_sso_token(f, "corp", "{\"accessToken\":\"revoked\",\"expiresAt\":\"2026-01-01T08:00:00Z\"}");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_EXPIRED);
	/* about to expire: renewed, and written back for the next program */
	put_sso_token(f, "corp", "{\"accessToken\":\"stale\",\"expiresAt\":\"2026-01-01T00:05:00Z\",\"clientId\":\"i\",\"clientSecret\":\"cs\","
				 "\"refreshToken\":\"refresh1\",\"startUrl\":\"kept\",\"registrationExpiresAt\":\"2026-03-01T00:00:00Z\"}");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	assert_int_equal(f->n_seen, 2);
	{
		unsigned char digest[20];
		char hex[41];
		struct stat info;

		drift__sha1("corp", 4, digest);
		drift__hex(digest, 20, hex);
		snprintf(path, sizeof path, "%s/.aws/sso/cache/%s.json", f->home, hex);
		assert_int_equal(drift__file_read(path, &b, NULL), DRIFT_OK);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_mode & 0777, 0600);
	}
	assert_non_null(strstr(b.data, "goodtoken"));
	assert_non_null(strstr(b.data, "refresh2"));
	assert_non_null(strstr(b.data, "2026-01-01T08:00:00Z"));
	assert_non_null(strstr(b.data, "\"startUrl\":\"kept\""));
	opt.profile = "old";
	put_sso_token(f, "https://old/start", "{\"accessToken\":\"goodtoken\",\"expiresAt\":\"2026-01-01T08:00:00Z\"}");
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_OK);
	opt.profile = "lost";
	assert_int_equal(find(f, NULL, &opt, &c, &err), DRIFT_BAD_CONFIG);
	drift__buf_dispose(&b);
	drift__credentials_dispose(&c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_roles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_web_identity, setup, teardown),
		cmocka_unit_test_setup_teardown(test_container, setup, teardown),
		cmocka_unit_test_setup_teardown(test_imds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sso, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
