/* What wins: option, environment, credentials file, config file; and what is refused. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/endpoint.h"
#include "drift/catalogue.h"

static const char config_text[] = "[default]\nregion = eu-west-1\nmax_attempts = 3\n"
				  "[profile dev]\nregion = us-east-2\nservices = local\nendpoint_url = https://all.example\nca_bundle = ~/ca.pem\n"
				  "use_fips_endpoint = true\n"
				  "[services local]\nec2 =\n  endpoint_url = http://localhost:4566\nroute_53 =\n  endpoint_url = https://dns.example\n"
				  "[profile \"with space\"]\nregion = ap-south-1\n"
				  "[profile bad]\nregion = nowhere!\n[profile many]\nregion = eu-west-1\nmax_attempts = lots\n";

struct files {
	char folder[64], config[96], env[128];
};

static int
setup(void **state)
{
	struct files *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	snprintf(f->folder, sizeof f->folder, P_tmpdir "/drift-profile-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	snprintf(f->config, sizeof f->config, "%s/config", f->folder);
	snprintf(f->env, sizeof f->env, "AWS_CONFIG_FILE=%s", f->config);
	*state = f;
	return drift__file_write(f->config, config_text, sizeof config_text - 1, 0600, NULL) == DRIFT_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct files *f = *state;

	unlink(f->config);
	rmdir(f->folder);
	free(f);
	return 0;
}

static void
test_region(void **state)
{
	const struct files *f = *state;
	const struct {
		const char *option, *env[3], *profile, *region;
	} cases[] = {
		{"ap-east-1", {"AWS_REGION=a", "AWS_DEFAULT_REGION=b"}, NULL, "ap-east-1"},
		{NULL, {"AWS_REGION=us-west-1", "AWS_DEFAULT_REGION=b"}, NULL, "us-west-1"},
		{NULL, {"AWS_REGION=", "AWS_DEFAULT_REGION=us-west-2"}, NULL, "us-west-2"},
		{NULL, {"X=", "Y="}, NULL, "eu-west-1"},
		{NULL, {"X=", "Y="}, "dev", "us-east-2"},
		{NULL, {"X=", "AWS_PROFILE=dev"}, NULL, "us-east-2"},
		{NULL, {"AWS_DEFAULT_PROFILE=default", "AWS_PROFILE=with space"}, NULL, "ap-south-1"},
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *env[] = {"HOME=/nonexistent", f->env, cases[i].env[0], cases[i].env[1], NULL};
		struct drift__aws_options opt = {.env = env, .region = cases[i].option, .profile = cases[i].profile};
		struct drift__aws_config *c;

		assert_int_equal(drift__config_new(&opt, &c, NULL), DRIFT_OK);
		assert_string_equal(c->region, cases[i].region);
		drift__config_free(c);
	}
}

static void
test_settings(void **state)
{
	const struct files *f = *state;
	const char *env[] = {"HOME=/base/me", f->env, "AWS_PROFILE=dev", "AWS_MAX_ATTEMPTS=7", NULL};
	struct drift__aws_options opt = {.env = env};
	struct drift__aws_config *c;
	struct drift_catalogue *catalogue;
	struct drift__endpoint e;

	assert_int_equal(drift_catalogue_open(NULL, &catalogue, NULL), DRIFT_OK);
	assert_int_equal(drift__config_new(&opt, &c, NULL), DRIFT_OK);
	assert_int_equal(c->max_attempts, 7);
	assert_true(c->fips);
	assert_false(c->dualstack);
	assert_string_equal(c->ca_bundle, "/base/me/ca.pem");
	assert_int_equal(drift__endpoint_resolve(c, drift__catalogue_service(catalogue, "ec2", NULL), "eu-west-1", &c->arena, &e, NULL), DRIFT_OK);
	assert_string_equal(e.host, "localhost:4566");
	assert_int_equal(drift__endpoint_resolve(c, drift__catalogue_service(catalogue, "route53", NULL), "eu-west-1", &c->arena, &e, NULL), DRIFT_OK);
	assert_string_equal(e.host, "dns.example");
	assert_string_equal(e.signing_region, "us-east-1");
	assert_int_equal(drift__endpoint_resolve(c, drift__catalogue_service(catalogue, "iam", NULL), "eu-west-1", &c->arena, &e, NULL), DRIFT_OK);
	assert_string_equal(e.host, "all.example");
	drift__config_free(c);
	opt.max_attempts = 2;
	assert_int_equal(drift__config_new(&opt, &c, NULL), DRIFT_OK);
	assert_int_equal(c->max_attempts, 2);
	drift__config_free(c);
	drift_catalogue_free(catalogue);
}

static void
test_refusals(void **state)
{
	const struct files *f = *state;
	static const struct {
		const char *profile, *says;
	} cases[] = {{"bad", "nowhere!"}, {"many", "lots"}, {"devv", "devv"}};
	const char *env[] = {"HOME=/nonexistent", f->env, NULL};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__aws_options opt = {.env = env, .profile = cases[i].profile};
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__aws_config *c;

		assert_int_equal(drift__config_new(&opt, &c, &err), DRIFT_BAD_CONFIG);
		assert_non_null(strstr(err.what, cases[i].says));
		assert_true(err.hint[0] != '\0');
	}
}

/* Every allocation fails once: NOMEM, and nothing is left behind. */
static void
test_memory(void **state)
{
	const struct files *f = *state;
	const char *env[] = {"HOME=/nonexistent", f->env, "AWS_PROFILE=dev", NULL};
	struct drift__aws_options opt = {.env = env};
	struct drift__aws_config *c = NULL;
	enum drift_status st = DRIFT_NOMEM;
	int i;

	for (i = 1; st != DRIFT_OK && i < 500; i++) {
		drift__alloc_fail_after(i);
		st = drift__config_new(&opt, &c, NULL);
		assert_true(st == DRIFT_OK || st == DRIFT_NOMEM);
	}
	drift__alloc_fail_after(0);
	assert_int_equal(st, DRIFT_OK);
	drift__config_free(c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
