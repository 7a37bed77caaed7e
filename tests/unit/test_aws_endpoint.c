/* Hosts, signing regions and overrides, against what AWS's own rule sets say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "aws/endpoint.h"
#include "drift/catalogue.h"

static int
open_catalogue(void **state)
{
	struct drift_catalogue *c;

	if (drift_catalogue_open(NULL, &c, NULL) != DRIFT_OK)
		return -1;
	*state = c;
	return 0;
}

static int
close_catalogue(void **state)
{
	drift_catalogue_free(*state);
	return 0;
}

static struct drift__aws_config *
config(const struct drift__aws_options *opt)
{
	struct drift__aws_config *c = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	assert_int_equal(drift__config_new(opt, &c, &err), DRIFT_OK);
	return c;
}

static void
test_pattern(void **state)
{
	static const struct {
		const char *service, *region;
		int fips, dualstack;
		const char *host, *signing;
	} cases[] = {
		{"ec2", "eu-west-1", 0, 0, "ec2.eu-west-1.amazonaws.com", "eu-west-1"},
		{"ec2", "us-east-1", 1, 0, "ec2-fips.us-east-1.amazonaws.com", "us-east-1"},
		{"ec2", "us-gov-west-1", 1, 0, "ec2.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
		{"ec2", "cn-north-1", 0, 0, "ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"},
		{"ec2", "us-iso-east-1", 0, 0, "ec2.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
		{"ec2", "us-isob-east-1", 0, 0, "ec2.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"},
		{"ec2", "eu-isoe-west-1", 0, 0, "ec2.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"},
		{"ec2", "us-isof-south-1", 0, 0, "ec2.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"},
		{"ec2", "eusc-de-east-1", 0, 0, "ec2.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
		{"ec2", "eu-west-1", 0, 1, "ec2.eu-west-1.api.aws", "eu-west-1"},
		{"s3", "eu-west-1", 0, 0, "s3.eu-west-1.amazonaws.com", "eu-west-1"},
		{"s3", "eu-west-1", 0, 1, "s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"},
		{"s3", "us-east-1", 1, 1, "s3-fips.dualstack.us-east-1.amazonaws.com", "us-east-1"},
		{"s3", "cn-north-1", 0, 1, "s3.dualstack.cn-north-1.amazonaws.com.cn", "cn-north-1"},
		{"iam", "eu-west-1", 0, 0, "iam.amazonaws.com", "us-east-1"},
		{"iam", "cn-northwest-1", 0, 0, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
		{"iam", "us-gov-east-1", 0, 0, "iam.us-gov.amazonaws.com", "us-gov-west-1"},
		{"route53", "cn-north-1", 0, 0, "route53.amazonaws.com.cn", "cn-northwest-1"},
		{"route53", "us-gov-east-1", 1, 0, "route53.us-gov.amazonaws.com", "us-gov-west-1"},
		{"cloudfront", "ap-south-1", 0, 0, "cloudfront.amazonaws.com", "us-east-1"},
		{"organizations", "eu-west-1", 0, 0, "organizations.us-east-1.amazonaws.com", "us-east-1"},
		{"globalaccelerator", "eu-west-1", 0, 0, "globalaccelerator.us-west-2.amazonaws.com", "us-west-2"},
		{"globalaccelerator", "ap-south-1", 0, 1, "globalaccelerator.us-west-2.api.aws", "us-west-2"},
		{"ecr-public", "eu-west-1", 0, 0, "api.ecr-public.us-east-1.amazonaws.com", "us-east-1"},
		{"elbv2", "eu-west-1", 0, 0, "elasticloadbalancing.eu-west-1.amazonaws.com", "eu-west-1"},
		{"sts", "ap-east-1", 0, 0, "sts.ap-east-1.amazonaws.com", "ap-east-1"},
		{"eks", "us-east-1", 1, 0, "fips.eks.us-east-1.amazonaws.com", "us-east-1"},
		{"stepfunctions", "us-gov-west-1", 1, 0, "states.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
		{"stepfunctions", "us-gov-east-1", 1, 0, "states-fips.us-gov-east-1.amazonaws.com", "us-gov-east-1"},
	};
	static const char *const no_env[] = {NULL};
	struct drift__arena a;
	size_t i;

	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__aws_options opt = {.env = no_env, .fips = cases[i].fips, .dualstack = cases[i].dualstack};
		struct drift__aws_config *c = config(&opt);
		struct drift__endpoint e;

		assert_int_equal(drift__endpoint_resolve(c, drift__catalogue_service(*state, cases[i].service, NULL), cases[i].region, &a, &e,
			NULL), DRIFT_OK);
		assert_string_equal(e.host, cases[i].host);
		assert_string_equal(e.signing_region, cases[i].signing);
		assert_string_equal(e.scheme, "https");
		assert_false(e.custom);
		drift__config_free(c);
	}
	drift__arena_dispose(&a);
}

static void
test_overrides(void **state)
{
	static const char *const option[] = {"ec2=https://ec2.example.com/base/", "s3=http://x", NULL};
	static const struct {
		const char *env[5];
		const char *const *option;
		const char *service, *scheme, *host, *base;
		bool path_style;
	} cases[] = {
		{{"AWS_ENDPOINT_URL=http://localhost:4566", NULL}, NULL, "ec2", "http", "localhost:4566", "", true},
		{{"AWS_ENDPOINT_URL=http://localhost:4566", "AWS_ENDPOINT_URL_EC2=https://e", NULL}, NULL, "ec2", "https", "e", "", false},
		{{"AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2=https://e:8443/x//", NULL}, NULL, "elbv2", "https", "e:8443", "/x", false},
		{{"AWS_ENDPOINT_URL=https://e", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", NULL}, NULL, "ec2", "https",
			"ec2.eu-west-1.amazonaws.com", "", false},
		{{"AWS_ENDPOINT_URL=https://e", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", NULL}, option, "ec2", "https", "ec2.example.com",
			"/base", false},
		{{"AWS_ENDPOINT_URL_S3=https://192.168.1.9:9000", NULL}, NULL, "s3", "https", "192.168.1.9:9000", "", true},
		{{"AWS_ENDPOINT_URL_S3=https://[::1]:9000", NULL}, NULL, "s3", "https", "[::1]:9000", "", true},
		{{"AWS_ENDPOINT_URL_S3=https://minio.example.com", NULL}, NULL, "s3", "https", "minio.example.com", "", false},
		{{"AWS_ENDPOINT_URL_S3=HTTPS://s3.localhost.localstack.cloud", NULL}, NULL, "s3", "https", "s3.localhost.localstack.cloud", "", false},
		{{NULL}, option, "s3", "http", "x", "", true},
	};
	struct drift__arena a;
	size_t i;

	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__aws_options opt = {.env = cases[i].env, .endpoints = cases[i].option};
		struct drift__aws_config *c = config(&opt);
		struct drift__endpoint e;

		assert_int_equal(drift__endpoint_resolve(c, drift__catalogue_service(*state, cases[i].service, NULL), "eu-west-1", &a, &e, NULL),
			DRIFT_OK);
		assert_string_equal(e.scheme, cases[i].scheme);
		assert_string_equal(e.host, cases[i].host);
		assert_string_equal(e.base_path, cases[i].base);
		assert_string_equal(e.signing_region, "eu-west-1");
		assert_int_equal(e.path_style, cases[i].path_style);
		drift__config_free(c);
	}
	drift__arena_dispose(&a);
}

static void
test_refused_overrides(void **state)
{
	static const char *const urls[] = {"AWS_ENDPOINT_URL=localhost:4566", "AWS_ENDPOINT_URL=ftp://x", "AWS_ENDPOINT_URL=http://",
		"AWS_ENDPOINT_URL=http:///x", "AWS_ENDPOINT_URL=http://u:p@x", "AWS_ENDPOINT_URL=http://x?y", "AWS_ENDPOINT_URL=http://x y"};
	struct drift__arena a;
	size_t i;

	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof urls / sizeof *urls; i++) {
		const char *env[] = {urls[i], NULL};
		struct drift__aws_options opt = {.env = env};
		struct drift__aws_config *c = config(&opt);
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__endpoint e;

		assert_int_equal(drift__endpoint_resolve(c, drift__catalogue_service(*state, "ec2", NULL), "eu-west-1", &a, &e, &err),
			DRIFT_BAD_CONFIG);
		assert_string_equal(err.where, "AWS_ENDPOINT_URL");
		assert_null(strstr(err.what, "u:p"));
		drift__config_free(c);
	}
	drift__arena_dispose(&a);
}

static void
test_buckets(void **state)
{
	static const struct {
		const char *bucket, *path;
		bool path_style;
		const char *host, *wire;
	} cases[] = {
		{"plain", "/plain/a//b", false, "plain.s3.x", "/a//b"},
		{"plain", "/plain", false, "plain.s3.x", "/"},
		{"plain", "/plain/a", true, "s3.x", "/plain/a"},
		{"with.dots", "/with.dots/a", false, "s3.x", "/with.dots/a"},
		{"Upper", "/Upper/a", false, "s3.x", "/Upper/a"},
		{"under_score", "/under_score/a", false, "s3.x", "/under_score/a"},
		{"ab", "/ab/a", false, "s3.x", "/ab/a"},
		{"-abc", "/-abc/a", false, "s3.x", "/-abc/a"},
		{NULL, "/", false, "s3.x", "/"},
	};
	struct drift__arena a;
	size_t i;

	(void)state;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__endpoint e = {.scheme = "https", .host = "s3.x", .base_path = "", .path_style = cases[i].path_style};
		struct drift__http_request r = {.path = cases[i].path, .bucket = cases[i].bucket};
		const char *host, *path;

		assert_int_equal(drift__endpoint_target(&e, &r, &a, &host, &path, NULL), DRIFT_OK);
		assert_string_equal(host, cases[i].host);
		assert_string_equal(path, cases[i].wire);
	}
	{
		struct drift__endpoint e = {.scheme = "https", .host = "s3-control.x", .base_path = ""};
		struct drift__http_request r = {.path = "/v20180820/x", .host_prefix = "123456789012."};
		const char *host, *path;

		assert_int_equal(drift__endpoint_target(&e, &r, &a, &host, &path, NULL), DRIFT_OK);
		assert_string_equal(host, "123456789012.s3-control.x");
		e.custom = true;
		e.base_path = "/base";
		assert_int_equal(drift__endpoint_target(&e, &r, &a, &host, &path, NULL), DRIFT_OK);
		assert_string_equal(host, "s3-control.x");
		assert_string_equal(path, "/base/v20180820/x");
	}
	drift__arena_dispose(&a);
}

static void
test_partitions(void **state)
{
	static const char *const regions[] = {"eu-west-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-12"};
	static const char *const others[] = {"", "mars-1", "eu-west", "EU-west-1", "eu--1", "-west-1", "eu-west-1/", "eu.west.1", "eu-west-1a"};
	size_t i;

	(void)state;
	assert_string_equal(drift__aws_partition("eu-west-1"), "aws");
	assert_string_equal(drift__aws_partition("cn-north-1"), "aws-cn");
	assert_string_equal(drift__aws_partition("us-gov-west-1"), "aws-us-gov");
	assert_string_equal(drift__aws_partition("us-isob-east-1"), "aws-iso-b");
	assert_string_equal(drift__aws_partition("us-iso-east-1"), "aws-iso");
	assert_string_equal(drift__aws_partition("us-isof-south-1"), "aws-iso-f");
	assert_string_equal(drift__aws_partition("eu-isoe-west-1"), "aws-iso-e");
	assert_string_equal(drift__aws_partition("eusc-de-east-1"), "aws-eusc");
	assert_string_equal(drift__aws_partition(NULL), "aws");
	for (i = 0; i < sizeof regions / sizeof regions[0]; i++)
		assert_true(drift__aws_is_region(regions[i]));
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(drift__aws_is_region(others[i]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_refused_overrides),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_partitions),
	};

	return cmocka_run_group_tests(tests, open_catalogue, close_catalogue);
}
