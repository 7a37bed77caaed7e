/* .driftignore: which pattern fits what, and which line has the last word. */
#include "diff/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
patterns(void **unused)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} cases[] = {
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "a.b/c", true}, {"**", "a", true}, {"a*c", "abc", true}, {"a*c", "ac", true},
		{"a*c", "abd", false}, {"a*b*c", "a-b-b-c", true}, {"?", "a", true}, {"?", "", false}, {"[a-c]x", "bx", true}, {"[a-c]x", "dx", false},
		{"[!a-c]x", "dx", true}, {"[^a-c]x", "ax", false}, {"[]x]", "]", true}, {"[a", "[a", true}, {"[\\]]", "]", true}, {"[a-]", "-", true},
		{"\\*", "*", true}, {"\\*", "a", false}, {"a\\", "a\\", true}, {"\\\\", "\\", true}, {"\xc3\xa4*", "\xc3\xa4h", true},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (drift__ignore_match(cases[i].pattern, cases[i].text) != cases[i].fits)
			fail_msg("%s should %sfit %s", cases[i].pattern, cases[i].fits ? "" : "not ", cases[i].text);
}

static void
lines(void **unused)
{
	static const struct {
		const char *text, *type, *id, *address, *attribute;
		bool ignored;
	} cases[] = {
		{"aws_x", "aws_x", "1", NULL, NULL, true}, {"aws_x", "aws_xy", "1", NULL, NULL, false}, {"aws_x.1", "aws_x", "1", NULL, NULL, true},
		{"aws_x.1", "aws_x", "1", NULL, "tags.Name", true}, {"aws_x.1", "aws_x", "1.2", NULL, NULL, false}, {"aws_x.1.tags", "aws_x", "1", NULL, NULL, false},
		{"aws_x.1.tags", "aws_x", "1", NULL, "tags.Name", true}, {"aws_x.*.tags.Name", "aws_x", "a/b.c", NULL, "tags.Name", true},
		{"aws_x.*.tags.Name", "aws_x", "a/b.c", NULL, "tags.Owner", false}, {"# aws_x", "aws_x", "1", NULL, NULL, false},
		{"\\#odd", "#odd", "1", NULL, NULL, true}, {"\\!odd", "!odd", "1", NULL, NULL, true}, {"/aws_x", "aws_x", "1", NULL, NULL, true},
		{"aws_x  \t\r\n", "aws_x", "1", NULL, NULL, true}, {"aws_x.a\\ ", "aws_x", "a ", NULL, NULL, true}, {"\xef\xbb\xbf" "aws_x", "aws_x", "1", NULL, NULL, true},
		{"*\n!aws_x", "aws_x", "1", NULL, NULL, false}, {"*\n!aws_x", "aws_y", "1", NULL, NULL, true}, {"!aws_x\naws_x", "aws_x", "1", NULL, NULL, true},
		{"aws_x\n!aws_x.1.tags", "aws_x", "1", NULL, "tags.Name", false}, {"aws_x\n!aws_x.1.tags", "aws_x", "1", NULL, "size", true},
		{"module.m[\"a\"].*[0]", "aws_x", "1", "module.m[\"a\"].aws_x.y[0]", NULL, true}, {"*.y[10]", "aws_x", "1", "aws_x.y[1]", NULL, false}, {"module.m\\[\"a\"\\].aws_x.y", "aws_x", "1", "module.m[\"a\"].aws_x.y", NULL, true},
		{"aws_x.y.size", "aws_x", "1", "aws_x.y", "size", true}, {"aws_x.y.size", "aws_x", "1", "aws_x.y", "tags", false}, {"!", "aws_x", "1", NULL, NULL, false},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift__ignore g;
		struct drift_error err = DRIFT_ERROR_INIT;
		bool ignored = !cases[i].ignored;

		assert_int_equal(drift__ignore_make(&g, cases[i].text, strlen(cases[i].text), &err), DRIFT_OK);
		assert_int_equal(drift__ignored(&g, cases[i].type, cases[i].id, cases[i].address, cases[i].attribute, &ignored, &err), DRIFT_OK);
		if (ignored != cases[i].ignored)
			fail_msg("case %zu: %s against %s.%s %s", i, cases[i].text, cases[i].type, cases[i].id, cases[i].attribute != NULL ? cases[i].attribute : "");
		drift__ignore_dispose(&g);
	}
}

static void
many_stars_are_cheap(void **unused)
{
	char pattern[401], text[20001];
	size_t i;

	(void)unused;
	for (i = 0; i < 400; i += 2) {
		pattern[i] = 'a';
		pattern[i + 1] = '*';
	}
	pattern[398] = 'b';
	pattern[399] = '\0';
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_false(drift__ignore_match(pattern, text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(lines),
		cmocka_unit_test(many_stars_are_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
