/* INI text as people write it in ~/.aws/config, and what is refused with the line told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/ini.h"

static const char aws_config[] = "\xEF\xBB\xBF# a comment\r\n"
				 "[default]\r\n"
				 "region = eu-west-1\r\n"
				 "Output=json ; kept\n"
				 "s3 =\n"
				 "  max_concurrent_requests = 20\n"
				 "\n"
				 "\taddressing_style = path\n"
				 "[ profile   dev ]  # trailing\n"
				 "credential_process = /bin/tool --x\n"
				 "    --y \"a = b\"\n"
				 "key=a=b\n"
				 "empty =\n"
				 "[default]\n"
				 "region = us-east-1";

static const char flat[] = "[a]\nx =\n  one\n  k = two # no key\ny = 1";

static void
test_reads(void **state)
{
	struct drift__ini_options opt = {.name = "config", .lower_keys = true};
	const struct drift__ini_section *s;
	struct drift__ini ini;
	struct drift__arena a;

	(void)state;
	drift__arena_init(&a, 0);
	assert_int_equal(drift__ini_parse(&a, aws_config, sizeof aws_config - 1, &opt, &ini, NULL), DRIFT_OK);
	s = drift__ini_section(&ini, "default");
	assert_string_equal(drift__ini_get(s, "region"), "us-east-1");
	assert_string_equal(drift__ini_get(s, "output"), "json ; kept");
	assert_string_equal(drift__ini_entry(s, "s3")->nested->key, "max_concurrent_requests");
	assert_string_equal(drift__ini_entry(s, "s3")->nested->next->value, "path");
	assert_int_equal(drift__ini_entry(s, "s3")->line, 5);
	s = drift__ini_section(&ini, "profile dev");
	assert_non_null(s);
	assert_int_equal(s->line, 9);
	assert_string_equal(drift__ini_get(s, "credential_process"), "/bin/tool --x\n--y \"a = b\"");
	assert_string_equal(drift__ini_get(s, "key"), "a=b");
	assert_string_equal(drift__ini_get(s, "empty"), "");
	assert_null(drift__ini_get(s, "region"));
	assert_null(drift__ini_section(&ini, "dev"));
	assert_null(drift__ini_get(NULL, "x"));
	assert_int_equal(drift__ini_parse(&a, flat, sizeof flat - 1, &(struct drift__ini_options){.flat = true, .inline_comments = true}, &ini, NULL),
		DRIFT_OK);
	assert_string_equal(drift__ini_get(drift__ini_section(&ini, "a"), "x"), "one\nk = two");
	assert_int_equal(drift__ini_parse(&a, aws_config, sizeof aws_config - 1, &opt, &ini, NULL), DRIFT_OK);
	opt.inline_comments = true;
	assert_int_equal(drift__ini_parse(&a, aws_config, sizeof aws_config - 1, &opt, &ini, NULL), DRIFT_OK);
	assert_string_equal(drift__ini_get(drift__ini_section(&ini, "default"), "output"), "json");
	drift__arena_dispose(&a);
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *text, *where;
		bool unique;
	} cases[] = {
		{"x = 1\n", "f:1", false},
		{"[a]\nnothing secret\n", "f:2", false},
		{"[a\nx=1", "f:1", false},
		{"[a] b\n", "f:1", false},
		{"[ ]\n", "f:1", false},
		{"[a]\n\n= 3\n", "f:3", false},
		{"[a]\nx=1\nx=2\n", "f:3", true},
		{"[a]\n[b]\n[a]\n", "f:3", true},
		{"[a]\ng =\n  no equals\n", "f:3", false},
	};
	struct drift__arena a;
	struct drift__ini ini;
	size_t i;

	(void)state;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct drift__ini_options opt = {.name = "f", .unique = cases[i].unique};
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift__ini_parse(&a, cases[i].text, strlen(cases[i].text), &opt, &ini, &err), DRIFT_BAD_CONFIG);
		assert_string_equal(err.where, cases[i].where);
		assert_null(strstr(err.what, "secret"));
		assert_true(err.hint[0] != '\0');
	}
	assert_int_equal(drift__ini_parse(&a, "[a]\n\0=1\n", 9, &(struct drift__ini_options){0}, &ini, NULL), DRIFT_BAD_CONFIG);
	assert_int_equal(drift__ini_parse(&a, "", 0, &(struct drift__ini_options){0}, &ini, NULL), DRIFT_OK);
	drift__arena_dispose(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
