/* Addresses and provider strings: printed as Terraform prints them, parsed back from every form, wrong ones refused with their column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/tfstate.h"

/* key text as it stands in the state, and what `terraform state list` (1.5 and later) prints for it. */
static const struct {
	const char *key;
	size_t n;
	const char *printed;
} keys[] = {
#define K(text, printed) {text, sizeof text - 1, printed}
	K("k", "[\"k\"]"), K("", "[\"\"]"), K("a b", "[\"a b\"]"), K("a.b[0]", "[\"a.b[0]\"]"), K("say \"hi\"", "[\"say \\\"hi\\\"\"]"),
	K("back\\slash", "[\"back\\\\slash\"]"), K("a\nb\r\tc", "[\"a\\nb\\r\\tc\"]"), K("${x}", "[\"$${x}\"]"), K("$${x}", "[\"$$${x}\"]"),
	K("$$${", "[\"$$$${\"]"), K("%{y}", "[\"%%{y}\"]"), K("$x", "[\"$x\"]"), K("100%", "[\"100%\"]"), K("$", "[\"$\"]"), K("%$${", "[\"%$$${\"]"),
	K("a$%{", "[\"a$%%{\"]"), K("nul\0x", "[\"nul\\u0000x\"]"), K("\x7F", "[\"\\u007f\"]"), K("\xC2\xA0", "[\"\\u00a0\"]"),
	K("\xE2\x80\x8B", "[\"\\u200b\"]"), K("\xEF\xBB\xBF", "[\"\\ufeff\"]"), K("\xC3\xA9t\xC3\xA9", "[\"\xC3\xA9t\xC3\xA9\"]"),
	K("\xF0\x9F\x98\x80", "[\"\xF0\x9F\x98\x80\"]"), K("\xF3\xA0\x81\x81", "[\"\\U000e0041\"]"), K("\x1B[2J", "[\"\\u001b[2J\"]"),
	K("e\xCC\x81", "[\"e\xCC\x81\"]"), K("'; rm -rf / #", "[\"'; rm -rf / #\"]"), K("0", "[\"0\"]"), K("]", "[\"]\"]")
#undef K
};

static void
every_key_goes_both_ways(void **unused)
{
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct drift_value *key = drift__value_stringn(&a, keys[i].key, keys[i].n);
		const struct drift__address parts = {NULL, "aws_x", "y", key, false};
		struct drift__address back;
		const char *text = drift__address_text(&parts, &a);
		char expected[200];

		snprintf(expected, sizeof expected, "aws_x.y%s", keys[i].printed);
		assert_string_equal(text, expected);
		assert_int_equal(drift__address_parse(text, &a, &back, NULL), DRIFT_OK);
		assert_int_equal(back.key->len, keys[i].n);
		assert_memory_equal(back.key->u.text, keys[i].key, keys[i].n);
		/* the same in a module */
		snprintf(expected, sizeof expected, "module.m%s.data.aws_x.y", keys[i].printed);
		assert_int_equal(drift__address_parse(expected, &a, &back, NULL), DRIFT_OK);
		assert_string_equal(drift__address_text(&back, &a), expected);
		assert_true(back.data);
	}
	drift__arena_dispose(&a);
}

/* Any bytes as a key: what is printed parses, to the same text (U+FFFD for what is no UTF-8). */
static void
random_keys_go_both_ways(void **unused)
{
	static const char *const pieces[] = {"$", "%", "{", "}", "\"", "\\", "[", "]", ".", "\n", "\t", "u0041", "\xC3\xA9", "\xE2\x80\xAE", "a", " ",
		"\xF0\x9F\x98\x80", "\x01", "'"};
	unsigned state = 12345;
	int round;

	(void)unused;
	for (round = 0; round < 3000; round++) {
		struct drift__buf key = DRIFT__BUF_INIT(1000);
		struct drift__address back;
		struct drift__arena a;
		const char *text;
		int n;

		drift__arena_init(&a, 0);
		drift__buf_adds(&key, "");
		for (n = (int)(state % 9); n >= 0; n--) {
			state = state * 1103515245u + 12345u;
			drift__buf_adds(&key, pieces[(state >> 16) % (sizeof pieces / sizeof pieces[0])]);
		}
		text = drift__address_text(&(struct drift__address){NULL, "t", "n", drift__value_stringn(&a, key.data, key.len), false}, &a);
		if (drift__address_parse(text, &a, &back, NULL) != DRIFT_OK)
			fail_msg("%s does not parse", text);
		assert_int_equal(back.key->len, key.len);
		assert_memory_equal(back.key->u.text, key.data, key.len);
		drift__buf_dispose(&key);
		drift__arena_dispose(&a);
	}
}

static void
addresses_are_compared_parsed(void **unused)
{
	static const char *const rows[][2] = {
		{"aws_x.y[ 0 ]", "aws_x.y[0]"}, {"aws_x.y[007]", "aws_x.y[7]"}, {"aws_x.y[\"\\u006b\"]", "aws_x.y[\"k\"]"},
		{"aws_x.y[\"\\U0001f600\"]", "aws_x.y[\"\xF0\x9F\x98\x80\"]"}, {"resource.count.y", "count.y"}, {"resource.module.y[1]", "resource.module.y[1]"}, {"aws_x.y[ \"a\" ]", "aws_x.y[\"a\"]"},
		{"module.a[ 1 ].module.b.aws_x.y", "module.a[1].module.b.aws_x.y"}, {"data.aws_x.y", "data.aws_x.y"}, {"module.data.data.x.y", "module.data.data.x.y"},
		{"aws_x.y[\"\xC2\xA0\"]", "aws_x.y[\"\\u00a0\"]"}, {"n\xC3\xA4me.x", "n\xC3\xA4me.x"}, {"data.module", "data.module"}};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct drift__address parts;
		struct drift_error err = DRIFT_ERROR_INIT;

		if (i + 1 == sizeof rows / sizeof rows[0]) {
			/* a data source needs type and name */
			assert_int_equal(drift__address_parse(rows[i][0], &a, &parts, &err), DRIFT_BAD_ADDRESS);
			continue;
		}
		if (drift__address_parse(rows[i][0], &a, &parts, &err) != DRIFT_OK)
			fail_msg("%s: %s", err.where, err.what);
		assert_string_equal(drift__address_text(&parts, &a), rows[i][1]);
	}
	drift__arena_dispose(&a);
}

static void
wrong_addresses_are_refused_with_their_column(void **unused)
{
	static const struct {
		const char *text;
		int column;
	} rows[] = {{"", 1}, {"aws_x", 6}, {"aws_x.", 7}, {"aws_x.y.0", 8}, {"aws_x.y['k']", 9}, {"aws_x.y[-1]", 9}, {"aws_x.y[0.5]", 10}, {"aws_x.y[]", 9},
		{"aws_x.y[\"k\"", 12}, {"aws_x.y[\"k", 11}, {"aws_x.y[\"${k}\"]", 10}, {"aws_x.y[\"\\q\"]", 11}, {"aws_x.y[\"\\ud800\"]", 11},
		{"aws_x.y[\"\\u12\"]", 11}, {"module.a", 9}, {"module.a.", 10}, {"module.a[0", 11}, {"module..x.y", 8}, {"1a.b", 1}, {"a.b c", 4},
		{"a.b\n", 4}, {"aws_x.y[\"a\nb\"]", 11}, {"a.$(id)", 3}, {"../../x.y", 1}, {"aws_x.y[9999999999999999999]", 9}, {"aws_x.y[\"\xFF\"]", 10},
		{"aws_x.y[0]x", 11}};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct drift__address parts = {.type = "untouched"};
		struct drift_error err = DRIFT_ERROR_INIT;
		char end[20];

		assert_int_equal(drift__address_parse(rows[i].text, &a, &parts, &err), DRIFT_BAD_ADDRESS);
		snprintf(end, sizeof end, ":%d", rows[i].column);
		if (!drift__ends(err.where, end))
			fail_msg("%s: %s, not column %d (%s)", rows[i].text, err.where, rows[i].column, err.what);
		assert_string_equal(parts.type, "untouched");
		assert_true(err.hint[0] != '\0');
	}
	drift__arena_dispose(&a);
}

static void
modules_alone(void **unused)
{
	static const char *const good[][2] = {{"module.a", "module.a"}, {"module.a[\"x\"].module.b[0]", "module.a[\"x\"].module.b[0]"},
		{"module.a[ \"\\u0078\" ]", "module.a[\"x\"]"}};
	static const char *const bad[] = {"", "a", "module", "module.", "module.a.", "module.a.b", "module.a[", "module.a;x", "module.a b"};
	struct drift__arena a;
	const char *out;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(drift__module_parse(good[i][0], &a, &out, NULL), DRIFT_OK);
		assert_string_equal(out, good[i][1]);
	}
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (drift__module_parse(bad[i], &a, &out, NULL) != DRIFT_BAD_ADDRESS)
			fail_msg("%s is read", bad[i]);
	drift__arena_dispose(&a);
}

static void
provider_strings(void **unused)
{
	static const struct {
		const char *text, *type, *source, *alias;
		bool aws;
	} good[] = {
		{"provider[\"registry.terraform.io/hashicorp/aws\"]", "aws", "hashicorp/aws", NULL, true},
		{"provider[\"registry.opentofu.org/hashicorp/aws\"].west", "aws", "hashicorp/aws", "west", true},
		{"provider[\"mirror.example.com:8443/hashicorp/aws\"]", "aws", "hashicorp/aws", NULL, true},
		{"provider[\"registry.terraform.io/-/aws\"]", "aws", "-/aws", NULL, true},
		{"provider[\"registry.terraform.io/hashicorp/awscc\"]", "awscc", "hashicorp/awscc", NULL, false},
		{"provider[\"example.com/somebody/aws\"]", "aws", "somebody/aws", NULL, false},
		{"provider[\"terraform.io/builtin/terraform\"]", "terraform", "builtin/terraform", NULL, false},
		{"provider[\"registry.opentofu.org/hashicorp/aws\"].by_region[\"us-east-1\"]", "aws", "hashicorp/aws", "by_region[\"us-east-1\"]", true},
		{"provider[\"x/hashicorp/aws\"].r[\"a]\\\"b\"]", "aws", "hashicorp/aws", "r[\"a]\\\"b\"]", true},
		{"module.net.provider[\"registry.terraform.io/hashicorp/aws\"].x", "aws", "hashicorp/aws", "x", true},
		{"module.a[\"k\"].module.b.provider.aws", "aws", "aws", NULL, true}, {"provider.aws", "aws", "aws", NULL, true},
		{"provider.aws.west", "aws", "aws", "west", true}, {"provider.google-beta", "google-beta", "google-beta", NULL, false}};
	static const char *const bad[] = {"", "aws", "provider", "provider[]", "provider[\"\"]", "provider[\"a/b/c/d\"]", "provider[\"a/b/\"]",
		"provider[\"//aws\"]", "provider[\"/aws\"]", "provider[\"a/hashicorp/aws\"", "provider[\"a/hashicorp/aws\"]x", "provider[\"a/hashicorp/aws\"].",
		"provider[\"a/$(id)/aws\"]", "xprovider.aws", "module.provider.aws", "module.a.provider", "provider.aws.west.east", "provider.aws;", "provider.aws["};
	struct drift__provider p;
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (!drift__provider_parse(good[i].text, &a, &p))
			fail_msg("%s is not read", good[i].text);
		assert_string_equal(p.type, good[i].type);
		assert_string_equal(p.source, good[i].source);
		assert_true(drift__streq(p.alias, good[i].alias));
		assert_int_equal(p.aws, good[i].aws);
	}
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (drift__provider_parse(bad[i], &a, &p))
			fail_msg("%s is read", bad[i]);
	assert_true(drift__provider_parse_old(NULL, "aws_iam_role", &a, &p) && p.aws && p.alias == NULL);
	assert_true(drift__provider_parse_old("", "template_file", &a, &p) && !p.aws);
	assert_true(drift__provider_parse_old("aws.west", "aws_iam_role", &a, &p) && p.aws);
	assert_string_equal(p.alias, "west");
	assert_true(drift__provider_parse_old("module.x.provider.aws.y", "aws_iam_role", &a, &p) && p.aws);
	assert_false(drift__provider_parse_old("a b", "aws_iam_role", &a, &p));
	drift__arena_dispose(&a);
}

/* Three thousand modules, a key of a megabyte: no recursion, no fixed buffer, no quadratic time. */
static void
long_addresses(void **unused)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	struct drift__address parts;
	struct drift__arena a;
	int i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < 100000; i++)
		drift__buf_adds(&b, "module.m[\"k\"].");
	drift__buf_adds(&b, "aws_x.y");
	assert_int_equal(drift__address_parse(b.data, &a, &parts, NULL), DRIFT_OK);
	assert_string_equal(drift__address_text(&parts, &a), b.data);
	drift__buf_reset(&b);
	drift__buf_adds(&b, "aws_x.y[\"");
	for (i = 0; i < 1000000; i++)
		drift__buf_addc(&b, 'k');
	drift__buf_adds(&b, "\"]");
	assert_int_equal(drift__address_parse(b.data, &a, &parts, NULL), DRIFT_OK);
	assert_int_equal(parts.key->len, 1000000);
	drift__buf_dispose(&b);
	drift__arena_dispose(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_goes_both_ways),
		cmocka_unit_test(random_keys_go_both_ways),
		cmocka_unit_test(addresses_are_compared_parsed),
		cmocka_unit_test(wrong_addresses_are_refused_with_their_column),
		cmocka_unit_test(modules_alone),
		cmocka_unit_test(provider_strings),
		cmocka_unit_test(long_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
