/* What calls itself a secret is masked, wherever it stands; settings and places of secrets are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/telling.h"

static void
masked(void **unused)
{
	static const char *const rows[][2] = {
		{"{\"DB_PASSWORD\":\"x\",\"HOST\":\"h\"}", "{\"DB_PASSWORD\":\"(sensitive)\",\"HOST\":\"h\"}"},
		{"{\"password_length\":14,\"force_secret\":true,\"secret\":\"\"}", "{\"password_length\":14,\"force_secret\":true,\"secret\":\"\"}"},
		{"{\"secret_arn\":\"arn:aws:secretsmanager:x\"}", "{\"secret_arn\":\"arn:aws:secretsmanager:x\"}"},
		{"[{\"name\":\"API_TOKEN\",\"value\":\"x\"},{\"name\":\"PORT\",\"value\":\"80\"}]", "[{\"name\":\"API_TOKEN\",\"value\":\"(sensitive)\"},{\"name\":\"PORT\",\"value\":\"80\"}]"},
		{"{\"defs\":\"[{\\\"environment\\\":[{\\\"name\\\":\\\"api-key\\\",\\\"value\\\":\\\"x\\\"}]}]\"}",
			"{\"defs\":\"[{\\\"environment\\\":[{\\\"name\\\":\\\"api-key\\\",\\\"value\\\":\\\"(sensitive)\\\"}]}]\"}"},
		{"{\"json\":\"{ \\\"a\\\": 1 }\"}", "{\"json\":\"{ \\\"a\\\": 1 }\"}"}, {"\"{no json\"", "\"{no json\""}, {"{\"user_data\":\"IyE=\"}", "{\"user_data\":\"(sensitive)\"}"}};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct drift__buf out = DRIFT__BUF_INIT(10000);
		const struct drift_value *v;
		struct drift__arena a;
		bool any = false;

		drift__arena_init(&a, 0);
		assert_int_equal(drift__json_parse(&a, rows[i][0], strlen(rows[i][0]), NULL, &v, NULL), DRIFT_OK);
		drift__json_write(&out, drift__without_secrets(&a, v, &any), 0, false);
		assert_string_equal(out.data, rows[i][1]);
		assert_int_equal(any, strcmp(rows[i][0], rows[i][1]) != 0);
		drift__buf_dispose(&out);
		drift__arena_dispose(&a);
	}
}

static void
too_deep_is_not_shown(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(100000), out = DRIFT__BUF_INIT(100000);
	const struct drift_value *v;
	struct drift__arena a;
	bool any = false;
	int i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < 5000; i++)
		drift__buf_addc(&text, '[');
	drift__buf_adds(&text, "\"s3cret\"");
	for (i = 0; i < 5000; i++)
		drift__buf_addc(&text, ']');
	assert_int_equal(drift__json_parse(&a, text.data, text.len, NULL, &v, NULL), DRIFT_OK);
	drift__json_write(&out, drift__without_secrets(&a, v, &any), 0, false);
	assert_true(any);
	assert_null(strstr(out.data, "s3cret"));
	drift__buf_dispose(&text);
	drift__buf_dispose(&out);
	drift__arena_dispose(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(masked), cmocka_unit_test(too_deep_is_not_shown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
