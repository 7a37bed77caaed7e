/* Each kind: what is and what is not drift. A case is two JSON values, the state's and the live one. */
#include "diff/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct pair {
	enum drift__kind kind;
	const char *state, *live;
	bool equal;
};

static const struct drift_value *
value(struct drift__arena *a, const char *json)
{
	struct drift__json_options opt = {.name = json};
	const struct drift_value *v = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift__json_parse(a, json, strlen(json), &opt, &v, &err) != DRIFT_OK)
		fail_msg("%s: %s", json, err.what);
	return v;
}

static void
check_pairs(const struct pair *pairs, size_t n, struct drift__kind_context *ctx)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct drift__arena a;
		struct drift_error err = DRIFT_ERROR_INIT;
		bool equal = false;

		drift__arena_init(&a, 0);
		ctx->arena = &a;
		assert_int_equal(drift__kind_equal(pairs[i].kind, ctx, value(&a, pairs[i].state), value(&a, pairs[i].live), &equal, &err), DRIFT_OK);
		if (equal != pairs[i].equal)
			fail_msg("case %zu: %s and %s should %s", i, pairs[i].state, pairs[i].live, pairs[i].equal ? "mean the same" : "differ");
		drift__arena_dispose(&a);
	}
}

#define CHECK(pairs)                                                                                                    \
	do {                                                                                                            \
		struct drift__kind_context ctx = {0};                                                                   \
		check_pairs(pairs, sizeof(pairs) / sizeof((pairs)[0]), &ctx);                                           \
	} while (0)

#define K(name) DRIFT__KIND_##name

static void
plain_values(void **unused)
{
	static const struct pair pairs[] = {
		{K(string), "\"a\"", "\"a\"", true}, {K(string), "\"a\"", "\"A\"", false}, {K(string), "\"80\"", "80", true},
		{K(string), "\"true\"", "true", true}, {K(string), "\"\"", "null", true}, {K(string), "\"\"", "\" \"", false},
		{K(number), "30", "\"30\"", true}, {K(number), "30", "30.0", true}, {K(number), "0", "null", true},
		{K(number), "30", "31", false}, {K(number), "0", "1", false}, {K(number), "0.1", "\"0.10\"", true},
		{K(bool), "true", "\"true\"", true}, {K(bool), "false", "null", true}, {K(bool), "false", "\"false\"", true},
		{K(bool), "false", "true", false}, {K(bool), "true", "\"1\"", true},
		{K(list), "[\"a\",\"b\"]", "[\"a\",\"b\"]", true}, {K(list), "[\"a\",\"b\"]", "[\"b\",\"a\"]", false},
		{K(list), "[]", "null", true}, {K(list), "[80]", "[\"80\"]", true},
		{K(set), "[\"a\",\"b\"]", "[\"b\",\"a\"]", true}, {K(set), "[\"a\",\"a\"]", "[\"a\"]", true}, {K(set), "[\"a\"]", "[\"a\",\"c\"]", false},
		{K(map), "{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":2,\"a\":\"1\"}", true}, {K(map), "{}", "null", true}, {K(map), "{\"a\":\"1\"}", "{\"a\":\"2\"}", false},
		{K(nocase), "\"Engine-A\"", "\"engine-a\"", true}, {K(nocase), "\"a\"", "\"b\"", false},
		{K(trim), "\"text\\n\"", "\"  text\"", true}, {K(trim), "\"a b\"", "\"ab\"", false},
		{K(csv), "\"b, a\"", "\"a,b\"", true}, {K(csv), "\"a,b\"", "\"a\"", false}, {K(csv), "\"\"", "null", true},
		{K(version), "\"1\"", "1", true}, {K(version), "\"\"", "\"$Default\"", true}, {K(version), "null", "\"$Default\"", true},
		{K(version), "\"$Latest\"", "\"3\"", false}, {K(version), "\"$Latest\"", "\"$Latest\"", true}, {K(version), "\"2\"", "\"3\"", false},
		{K(none), "\"a\"", "\"a\"", true},
	};

	(void)unused;
	CHECK(pairs);
}

static void
network(void **unused)
{
	static const struct pair pairs[] = {
		{K(cidr), "\"10.0.0.0/16\"", "\"10.0.0.0/16\"", true}, {K(cidr), "\"10.0.1.5/16\"", "\"10.0.0.0/16\"", true},
		{K(cidr), "\"10.0.0.0/16\"", "\"10.0.0.0/17\"", false}, {K(cidr), "\"10.0.0.1\"", "\"10.0.0.1/32\"", true},
		{K(cidr), "\"2001:DB8::/32\"", "\"2001:db8:0:0::/32\"", true}, {K(cidr), "\"::/0\"", "\"0.0.0.0/0\"", false},
		{K(cidr), "\"not a network\"", "\"not a network\"", true}, {K(cidr), "\"10.0.0.0/99\"", "\"10.0.0.0/9\"", false},
		{K(cidr), "\"1.2.3.4/\"", "\"1.2.3.4/32\"", false},
		{K(dns), "\"app.example.com.\"", "\"App.example.com\"", true}, {K(dns), "\"\\\\052.example.com\"", "\"*.example.com.\"", true},
		{K(dns), "\"a.example.com\"", "\"b.example.com\"", false}, {K(dns), "\".\"", "\".\"", true},
		{K(protocol), "\"tcp\"", "\"6\"", true}, {K(protocol), "\"all\"", "\"-1\"", true}, {K(protocol), "\"-1\"", "-1", true},
		{K(protocol), "\"TCP\"", "\"tcp\"", true}, {K(protocol), "\"tcp\"", "\"udp\"", false}, {K(protocol), "\"icmpv6\"", "\"58\"", true},
		{K(arn), "\"arn:aws:sns:eu-west-1:1:Topic\"", "\"arn:AWS:SNS:EU-WEST-1:1:Topic\"", true},
		{K(arn), "\"arn:aws:sns:eu-west-1:1:topic\"", "\"arn:aws:sns:eu-west-1:1:Topic\"", false},
		{K(arn), "\"arn:aws:logs:eu-west-1:1:log-group:/x\"", "\"arn:aws:logs:eu-west-1:1:log-group:/x:*\"", true},
		{K(arn), "\"arn:aws:s3:::b\"", "\"arn:aws:s3:::c\"", false}, {K(arn), "\"role/x\"", "\"role/x\"", true},
		{K(ref), "\"app\"", "\"arn:aws:iam::1:role/jobs/app\"", true}, {K(ref), "\"app\"", "\"arn:aws:iam::1:role/my-app\"", false},
		{K(ref), "\"alias/k\"", "\"arn:aws:kms:r:1:alias/k\"", true}, {K(ref), "\"sg-1\"", "\"sg-2\"", false}, {K(ref), "\"\"", "null", true},
	};

	(void)unused;
	CHECK(pairs);
}

static void
aws_formats(void **unused)
{
	static const struct pair pairs[] = {
		{K(dns_alias), "\"lb-1.elb.amazonaws.com\"", "\"dualstack.LB-1.elb.amazonaws.com.\"", true}, {K(dns_alias), "\"lb-1.x\"", "\"lb-2.x\"", false},
		{K(dns_relative), "\"app\"", "\"app.example.org.\"", true}, {K(dns_relative), "\"app\"", "\"apple.example.org\"", false},
		{K(dns_record), "\"mail.example.org.\"", "\"mail.example.org\"", true}, {K(dns_record), "[\"b.\", \"a\"]", "[\"a.\", \"b\"]", true},
		{K(dns_record), "\"v=SPF1\"", "\"v=spf1\"", false},
		{K(principal), "\"123456789012\"", "\"arn:aws:iam::123456789012:root\"", true}, {K(principal), "\"123456789012\"", "\"arn:aws:iam::210987654321:root\"", false},
		{K(version_prefix), "\"15\"", "\"15.4\"", true}, {K(version_prefix), "\"15.4\"", "\"15.5\"", false}, {K(version_prefix), "\"1\"", "\"15.4\"", false},
		{K(container_definitions), "\"[{\\\"name\\\":\\\"a\\\"}]\"",
			"\"[{\\\"name\\\":\\\"a\\\",\\\"cpu\\\":0,\\\"essential\\\":true,\\\"mountPoints\\\":[]}]\"", true},
		{K(container_definitions), "\"[{\\\"name\\\":\\\"a\\\",\\\"image\\\":\\\"x:1\\\"}]\"", "\"[{\\\"name\\\":\\\"a\\\",\\\"image\\\":\\\"x:2\\\"}]\"", false},
		{K(container_definitions), "\"[{\\\"environment\\\":[{\\\"name\\\":\\\"A\\\",\\\"value\\\":\\\"1\\\"},{\\\"name\\\":\\\"B\\\",\\\"value\\\":\\\"2\\\"}]}]\"",
			"\"[{\\\"environment\\\":[{\\\"value\\\":\\\"2\\\",\\\"name\\\":\\\"B\\\"},{\\\"name\\\":\\\"A\\\",\\\"value\\\":\\\"1\\\"}]}]\"", true},
	};

	(void)unused;
	CHECK(pairs);
}

static void
json(void **unused)
{
	static const struct pair pairs[] = {
		{K(json), "\"{\\\"a\\\":1,\\\"b\\\":[1,2]}\"", "\"{ \\\"b\\\": [1, 2], \\\"a\\\": 1.0 }\"", true},
		{K(json), "\"{\\\"b\\\":[1,2]}\"", "\"{\\\"b\\\":[2,1]}\"", false}, {K(json), "\"null\"", "null", true}, {K(json), "\"\"", "\"{}\"", true},
		{K(json), "\"{broken\"", "\"{broken\"", true}, {K(json), "\"{broken\"", "\"{}\"", false}, {K(json), "{\"a\":1}", "\"{\\\"a\\\":1}\"", true},
	};

	(void)unused;
	CHECK(pairs);
}

static void
time_and_hashes(void **unused)
{
	static const struct pair pairs[] = {
		{K(duration), "\"1h\"", "\"60m\"", true}, {K(duration), "\"90\"", "\"1m30s\"", true}, {K(duration), "\"PT1H30M\"", "\"90 minutes\"", true},
		{K(duration), "\"P1DT1H\"", "\"25h\"", true}, {K(duration), "\"1h\"", "\"61m\"", false}, {K(duration), "3600", "\"1h\"", true},
		{K(duration), "\"soon\"", "\"soon\"", true}, {K(duration), "\"P\"", "\"\"", false}, {K(duration), "\"1x\"", "\"1y\"", false},
		{K(timestamp), "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T04:04:05+01:00\"", true},
		{K(timestamp), "\"2026-01-02T03:04:05Z\"", "1767323045", true}, {K(timestamp), "\"2026-01-02T03:04:05.5Z\"", "\"1767323045.5\"", true}, {K(timestamp), "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:06Z\"", false},
		{K(sha1), "\"a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\"", "\"dGVzdA==\"", true}, {K(sha1), "\"a94a8fe5ccb19ba61c4c0873d391e987982fbbd3\"", "\"dGVzdDE=\"", false},
		{K(sha1), "\"#!/bin/sh\"", "\"IyEvYmluL3No\"", true},
		{K(base64), "\"test\"", "\"dGVzdA==\"", true}, {K(base64), "\"dGVzdA==\"", "\"dGVzdA==\"", true}, {K(base64), "\"dGVzdA==\"", "\"test\"", true},
		{K(base64), "\"test\"", "\"b3RoZXI=\"", false},
	};

	(void)unused;
	CHECK(pairs);
}

#define POLICY(statement) "{\"Version\":\"2012-10-17\",\"Statement\":" statement "}"

static void
policies(void **unused)
{
	static const struct pair pairs[] = {
		/* order of statements and of lists, a text for a list of one, case of actions */
		{K(iam_policy), POLICY("[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]"),
			POLICY("[{\"Effect\":\"Deny\",\"Action\":[\"S3:*\"],\"Resource\":[\"*\"]},{\"Action\":[\"s3:putobject\",\"s3:GetObject\"],\"Effect\":\"Allow\",\"Resource\":\"*\"}]"), true},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"*\"}"), POLICY("[{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"*\"}]"), true},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"*\"}"), POLICY("{\"Effect\":\"Deny\",\"Action\":\"a:B\",\"Resource\":\"*\"}"), false},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"x\"}"), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"X\"}"), false},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"*\"}"), POLICY("{\"Effect\":\"Allow\",\"NotAction\":\"a:B\",\"Resource\":\"*\"}"), false},
		/* principals */
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":\"123456789012\"}}"),
			POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":[\"arn:aws:iam::123456789012:root\"]}}"), true},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":\"*\"}"), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":\"*\"}}"), true},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":\"123456789012\"}}"),
			POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":\"210987654321\"}}"), false},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:role/root\"}}"),
			POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"AWS\":\"123456789012\"}}"), false},
		{K(iam_policy), POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"Service\":[\"b\",\"a\"]}}"),
			POLICY("{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Principal\":{\"Service\":[\"a\",\"b\"]}}"), true},
		/* conditions: true is "true", keys without case, values with */
		{K(iam_policy), POLICY("{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":false}}}"),
			POLICY("{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"AWS:securetransport\":[\"false\"]}}}"), true},
		{K(iam_policy), POLICY("{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"x:y\":\"a*\"}}}"),
			POLICY("{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"x:y\":\"a*\"}}}"), false},
		{K(iam_policy), POLICY("{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"x:y\":\"a*\"}}}"),
			POLICY("{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}"), false},
		/* a condition of its own: an added statement, another version */
		{K(iam_policy), POLICY("[{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"*\"}]"),
			POLICY("[{\"Effect\":\"Allow\",\"Action\":\"a:B\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":\"iam:*\",\"Resource\":\"*\"}]"), false},
		{K(iam_policy), "{\"Statement\":[]}", "{\"Version\":\"2008-10-17\",\"Statement\":[]}", true},
		{K(iam_policy), "{\"Version\":\"2008-10-17\",\"Statement\":[]}", "{\"Version\":\"2012-10-17\",\"Statement\":[]}", false},
		{K(iam_policy), "\"{\\\"Statement\\\":[]}\"", "{\"Statement\":[]}", true}, {K(iam_policy), "\"\"", "null", true},
		{K(iam_policy), "\"\"", "\"{\\\"Statement\\\":[]}\"", false},
	};

	(void)unused;
	CHECK(pairs);
}

static void
tags(void **unused)
{
	static const char *const ignored[] = {"kubernetes.io/*", NULL};
	static const struct pair pairs[] = {
		{K(tags), "{\"A\":\"1\"}", "{\"A\":\"1\",\"aws:cloudformation:stack-id\":\"x\"}", true},
		{K(tags), "{\"A\":\"1\"}", "[{\"Key\":\"A\",\"Value\":\"1\"},{\"Key\":\"kubernetes.io/cluster/x\",\"Value\":\"owned\"}]", true},
		{K(tags), "{\"A\":\"1\"}", "[{\"key\":\"A\",\"value\":\"2\"}]", false}, {K(tags), "{}", "null", true},
		{K(tags), "{\"A\":\"\"}", "null", false}, {K(tags), "{\"a\":\"1\"}", "{\"A\":\"1\"}", false},
		{K(tags), "{\"A\":\"1\"}", "[{\"TagKey\":\"A\",\"TagValue\":\"1\"}]", true},
	};
	struct drift__kind_context ctx = {.ignored_tags = ignored};

	(void)unused;
	check_pairs(pairs, sizeof pairs / sizeof pairs[0], &ctx);
}

static const char *
resolve(void *unused, struct drift__arena *a, const struct drift_value *targets, const char *text)
{
	(void)a;
	(void)unused;
	(void)targets;
	return strcmp(text, "key-1") == 0 || strcmp(text, "alias/main") == 0 ? "the key" : NULL;
}

static void
references_are_looked_up(void **unused)
{
	static const struct pair pairs[] = {
		{K(ref), "\"alias/main\"", "\"key-1\"", true},
		{K(ref), "\"alias/other\"", "\"key-1\"", false},
	};
	struct drift__kind_context ctx = {.resolve = resolve};

	(void)unused;
	check_pairs(pairs, sizeof pairs / sizeof pairs[0], &ctx);
}

static void
every_kind_has_a_name(void **unused)
{
	(void)unused;
#define NAMED(kind) assert_int_equal(drift__kind_by_name(#kind), DRIFT__KIND_##kind);
	DRIFT__KIND_MAP(NAMED)
#undef NAMED
	assert_int_equal(drift__kind_by_name("colour"), DRIFT__KIND_none);
	assert_int_equal(drift__kind_by_name(NULL), DRIFT__KIND_none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_values),
		cmocka_unit_test(network),
		cmocka_unit_test(aws_formats),
		cmocka_unit_test(json),
		cmocka_unit_test(time_and_hashes),
		cmocka_unit_test(policies),
		cmocka_unit_test(tags),
		cmocka_unit_test(references_are_looked_up),
		cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
