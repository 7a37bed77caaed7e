/* Text, buffers, arenas, hashes, gzip, time, files: what every other module leans on. */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
globs_match_whole_texts(void **unused)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = {
		{"prod-*", "prod-a", true}, {"prod-*", "prod-", true}, {"prod-*", "xprod-a", false}, {"*", "", true}, {"", "", true},
		{"", "a", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false},
		{"a\\*c", "a*c", true}, {"a\\*c", "abc", false}, {"[ab]", "a", false}, {"[ab]", "[ab]", true}, {"*.tf", "x.tf.tf", true},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (drift__glob(rows[i].pattern, rows[i].text) != rows[i].fits)
			fail_msg("\"%s\" against \"%s\"", rows[i].pattern, rows[i].text);
}

static void
a_hostile_glob_takes_no_time(void **unused)
{
	char pattern[401] = {0}, text[20001] = {0};

	(void)unused;
	for (size_t i = 0; i < 400; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[399] = 'b';
	memset(text, 'a', 20000);
	assert_false(drift__glob(pattern, text));
}

static void
edit_distance_counts_typing_mistakes(void **unused)
{
	(void)unused;
	assert_int_equal(drift__edit_distance("--regoin", "--region"), 2);
	assert_int_equal(drift__edit_distance("state", "state"), 0);
	assert_int_equal(drift__edit_distance("", "abc"), 3);
}

static void
utf8_is_checked_strictly(void **unused)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {{"a", 1}, {"\xc3\xa4", 2}, {"\xe2\x82\xac", 3}, {"\xf0\x9f\x98\x80", 4}, {"\xc0\x80", 0}, {"\xe0\x80\x80", 0},
		{"\xed\xa0\x80", 0}, {"\xf4\x90\x80\x80", 0}, {"\x80", 0}, {"\xff", 0}, {"\xc3", 0}, {"\xe2\x82", 0}};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(drift__utf8_valid((const unsigned char *)rows[i].bytes, strlen(rows[i].bytes)), rows[i].length);
}

static void
names_and_printable_characters_are_told(void **unused)
{
	static const struct {
		const char *text;
		size_t name;
	} names[] = {{"web-1.x", 5}, {"_a", 2}, {"1a", 0}, {"-a", 0}, {"", 0}, {"a b", 1}, {"na\xC3\xAFve", 6}, {"a\xE2\x80\xAE" "b", 1},
		{"a\xFF", 1}, {"\xF0\x9F\x98\x80", 0}};
	static const struct {
		uint32_t cp;
		bool shown;
	} rows[] = {{' ', true}, {'~', true}, {0x7F, false}, {0, false}, {0x9B, false}, {0xA0, false}, {0xAD, false}, {0xE9, true},
		{0x200B, false}, {0x202E, false}, {0x2028, false}, {0xFEFF, false}, {0xE000, false}, {0x1F600, true}, {0x10FFFF, false}, {0x378, false}};

	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(drift__name_length(names[i].text, strlen(names[i].text)), names[i].name);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(drift__is_printable(rows[i].cp), rows[i].shown);
}

static void
words_for_a_shell_are_quoted(void **unused)
{
	static const char *const rows[][2] = {{"abc-1.tf", "abc-1.tf"}, {"", "''"}, {"a b", "'a b'"}, {"it's", "'it'\\''s'"}, {"$(id)", "'$(id)'"},
		{"-x", "-x"}, {"a\nb", "'a\nb'"}, {"\\", "'\\'"}, {"~", "'~'"}, {"{\"a\": 1}", "'{\"a\": 1}'"}};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct drift__buf b = DRIFT__BUF_INIT(100);

		drift__buf_add_shell(&b, rows[i][0]);
		assert_string_equal(b.data, rows[i][1]);
		drift__buf_dispose(&b);
	}
}

static void
errors_escape_what_plays_with_a_terminal(void **unused)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__buf b = DRIFT__BUF_INIT(100);
	char long_name[700], *p;

	(void)unused;
	for (p = long_name; p + 4 < long_name + sizeof long_name; p += 3)
		memcpy(p, "\xE2\x82\xAC", 4);
	drift__fail(&err, DRIFT_IO, "a\033[2Jb\xFF", "%s", long_name);
	assert_string_equal(err.where, "a\\u001b[2Jb\xEF\xBF\xBD");
	assert_int_equal(strlen(err.what), 510); /* 511 would halve the last one */
	drift__hint(&err, "x\xE2\x80\xAEy");
	assert_string_equal(err.hint, "x\\u202ey");
	drift__buf_add_safe(&b, "k\0\xF3\xA0\x81\x81", 6);
	assert_string_equal(b.data, "k\\u0000\\U000e0041");
	drift__buf_dispose(&b);
}

static void
a_buffer_keeps_its_maximum_and_its_first_failure(void **unused)
{
	struct drift__buf b = DRIFT__BUF_INIT(8);

	(void)unused;
	drift__buf_adds(&b, "1234");
	drift__buf_addf(&b, "%d", 5678);
	assert_int_equal(b.status, DRIFT_OK);
	drift__buf_addc(&b, '9');
	assert_int_equal(b.status, DRIFT_LIMIT);
	drift__buf_adds(&b, "");
	assert_int_equal(b.status, DRIFT_LIMIT);
	assert_null(drift__buf_take(&b));
	drift__buf_reset(&b);
	drift__buf_adds(&b, "ok");
	assert_int_equal(b.status, DRIFT_OK);
	assert_string_equal(b.data, "ok");
	drift__buf_dispose(&b);
	drift__buf_dispose(&b);
}

static void
an_empty_buffer_is_a_text(void **unused)
{
	struct drift__buf b = DRIFT__BUF_INIT(8);
	char *text = drift__buf_take(&b);

	(void)unused;
	assert_string_equal(text, "");
	drift__free(text);
}

/* Texts fill a block from its end, everything else from its beginning: neither writes into the other. */
static void
an_arena_keeps_texts_apart(void **unused)
{
	struct drift__arena a;
	char *texts[2000];
	uint64_t *numbers[2000], i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < 2000; i++) {
		texts[i] = drift__arena_printf(&a, "%0*d", (int)(i % 40 + 1), 7);
		numbers[i] = drift__arena_alloc(&a, sizeof i);
		assert_int_equal((uintptr_t)numbers[i] % 8, 0);
		*numbers[i] = i;
	}
	for (i = 0; i < 2000; i++) {
		assert_int_equal(*numbers[i], i);
		assert_int_equal(strlen(texts[i]), i % 40 + 1);
		assert_int_equal(texts[i][i % 40], '7');
	}
	drift__arena_dispose(&a);
}

static void
an_arena_shares_names(void **unused)
{
	struct drift__arena a;
	const char *first, *names[3000];
	char text[200];
	int i;

	(void)unused;
	drift__arena_init(&a, 0);
	assert_true(drift__arena_name(&a, "VpcId", 5) != drift__arena_name(&a, "VpcId", 5));
	a.share_names = true;
	first = drift__arena_name(&a, "VpcId and more", 5);
	assert_string_equal(first, "VpcId");
	assert_ptr_equal(drift__arena_name(&a, "VpcId", 5), first);
	assert_ptr_not_equal(drift__arena_name(&a, "VpcI", 4), first);
	assert_memory_equal(drift__arena_name(&a, "a\0b", 3), "a\0b", 4);
	assert_memory_equal(drift__arena_name(&a, "a\0c", 3), "a\0c", 4);
	assert_null(drift__arena_name(&a, NULL, 0));
	for (i = 0; i < 3000; i++)
		names[i] = drift__arena_name(&a, text, (size_t)snprintf(text, sizeof text, "name %d", i));
	for (i = 0; i < 3000; i++) {
		snprintf(text, sizeof text, "name %d", i);
		assert_string_equal(names[i], text);
		assert_ptr_equal(drift__arena_name(&a, text, strlen(text)), names[i]);
	}
	drift__arena_dispose(&a);
}

static void
an_arena_keeps_its_maximum(void **unused)
{
	struct drift__arena a;

	(void)unused;
	drift__arena_init(&a, 1000);
	assert_non_null(drift__arena_alloc(&a, 600));
	assert_null(drift__arena_alloc(&a, 600));
	assert_null(drift__arena_alloc(&a, SIZE_MAX - 8));
	assert_int_equal((uintptr_t)drift__arena_alloc(&a, 3) % 8, 0);
	assert_int_equal((uintptr_t)drift__arena_alloc(&a, 3) % 8, 0);
	drift__arena_dispose(&a);
	drift__arena_dispose(&a);
}

static void
the_first_error_wins(void **unused)
{
	struct drift_error err = DRIFT_ERROR_INIT;

	(void)unused;
	assert_int_equal(drift__fail(&err, DRIFT_IO, "a", "first %d", 1), DRIFT_IO);
	assert_int_equal(drift__fail(&err, DRIFT_NOMEM, "b", "second"), DRIFT_NOMEM);
	assert_string_equal(err.what, "first 1");
	assert_int_equal((drift__fail(NULL, DRIFT_IO, "x", "y"), drift__hint(NULL, "do this")), DRIFT_IO);
	drift__hint(&err, "do this");
	drift__hint(&err, "do that");
	assert_string_equal(err.hint, "do this");
	assert_int_equal(drift__fail(NULL, DRIFT_IO, NULL, "nobody listens"), DRIFT_IO);
}

static void
hashes_are_the_published_ones(void **unused)
{
	unsigned char digest[32];
	char hex[65];

	(void)unused;
	drift__sha256("abc", 3, digest);
	drift__hex(digest, 32, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	drift__md5("abc", 3, digest);
	drift__hex(digest, 16, hex);
	assert_string_equal(hex, "900150983cd24fb0d6963f7d28e17f72");
	drift__sha1("abc", 3, digest);
	drift__hex(digest, 20, hex);
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	/* RFC 4231, test case 2 */
	drift__hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
	drift__hex(digest, 32, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void
base64_goes_both_ways(void **unused)
{
	static const char *const rows[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
	unsigned char out[32];

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drift__buf b = DRIFT__BUF_INIT(64);
		long n;

		drift__base64_encode(rows[i][0], strlen(rows[i][0]), &b);
		assert_string_equal(b.data ? b.data : "", rows[i][1]);
		n = drift__base64_decode(rows[i][1], strlen(rows[i][1]), out);
		assert_int_equal(n, strlen(rows[i][0]));
		assert_memory_equal(out, rows[i][0], (size_t)n);
		drift__buf_dispose(&b);
	}
	assert_int_equal(drift__base64_decode("Zm9\n vYmFy", 10, out), 6);
	assert_int_equal(drift__base64_decode("Zm!v", 4, out), -1);
}

static void
gzip_is_inflated_up_to_the_limit(void **unused)
{
	static const unsigned char hello[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0};
	struct drift__buf out = DRIFT__BUF_INIT(5), small = DRIFT__BUF_INIT(4), cut = DRIFT__BUF_INIT(100);
	struct drift_error err = DRIFT_ERROR_INIT;

	(void)unused;
	assert_true(drift__is_gzip(hello, sizeof(hello)));
	assert_int_equal(drift__gunzip(hello, sizeof(hello), &out, "hello", &err), DRIFT_OK);
	assert_string_equal(out.data, "hello");
	assert_int_equal(drift__gunzip(hello, sizeof(hello), &small, "hello", &err), DRIFT_LIMIT);
	err.status = DRIFT_OK;
	assert_int_not_equal(drift__gunzip(hello, 14, &cut, "hello", &err), DRIFT_OK);
	assert_non_null(strstr(err.where, "hello"));
	drift__buf_dispose(&out);
	drift__buf_dispose(&small);
	drift__buf_dispose(&cut);
}

static void
times_are_read_and_written(void **unused)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {{"1970-01-01T00:00:00Z", 0}, {"2023-11-14T22:13:20Z", 1700000000000}, {"2023-11-14T22:13:20.123456789Z", 1700000000123},
		{"2023-11-14T23:13:20+01:00", 1700000000000}, {"2024-02-29", 1709164800000}};
	static const char *const wrong[] = {"", "yesterday", "2023-13-01T00:00:00Z", "2023-02-30", "2023-11-14T25:00:00Z", "2023-11-14T22:13:20Zx"};
	char text[32];

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1;

		if (!drift__time_parse(rows[i].text, &ms) || ms != rows[i].ms)
			fail_msg("%s gave %lld", rows[i].text, (long long)ms);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int64_t ms;

		if (drift__time_parse(wrong[i], &ms))
			fail_msg("\"%s\" is no time", wrong[i]);
	}
	drift__time_format(1700000000123, text);
	assert_string_equal(text, "2023-11-14T22:13:20Z");
}

/* /dev/null as a target: a file in its place would be there for the whole machine. */
static void
a_pipe_is_written_to_and_not_replaced(void **unused)
{
	char folder[] = "drift-base-XXXXXX", path[64], got[8] = "";
	struct drift_error err = DRIFT_ERROR_INIT;
	struct stat info;
	int fd;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(drift__file_write(path, "one", 3, 0600, &err), DRIFT_OK);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "one");
	assert_int_equal(stat(path, &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
	close(fd);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

static void
files_are_written_whole_or_not_at_all(void **unused)
{
	char folder[] = "drift-base-XXXXXX", path[64], back[64];
	struct drift__buf b = DRIFT__BUF_INIT(10), tiny = DRIFT__BUF_INIT(3);
	struct drift_error err = DRIFT_ERROR_INIT;
	struct stat info;

	(void)unused;
	assert_non_null(mkdtemp(folder)); /* in the working folder: no path of a machine */
	snprintf(path, sizeof(path), "%s/a", folder);
	assert_int_equal(drift__file_write(path, "one", 3, 0600, &err), DRIFT_OK);
	assert_int_equal(drift__file_write(path, "second", 6, 0600, &err), DRIFT_OK);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(drift__file_read(path, &b, &err), DRIFT_OK);
	assert_string_equal(b.data, "second");
	assert_int_equal(drift__file_read(path, &tiny, &err), DRIFT_LIMIT);
	err.status = DRIFT_OK;
	snprintf(back, sizeof(back), "%s/none/a", folder);
	assert_int_equal(drift__file_write(back, "x", 1, 0600, &err), DRIFT_IO);
	assert_non_null(strstr(err.where, "/none/a"));
	err.status = DRIFT_OK;
	assert_int_equal(drift__file_read(folder, &tiny, &err), DRIFT_IO);
	unlink(path);
	assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
	drift__buf_dispose(&b);
	drift__buf_dispose(&tiny);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_match_whole_texts),
		cmocka_unit_test(a_hostile_glob_takes_no_time),
		cmocka_unit_test(edit_distance_counts_typing_mistakes),
		cmocka_unit_test(utf8_is_checked_strictly),
		cmocka_unit_test(names_and_printable_characters_are_told),
		cmocka_unit_test(errors_escape_what_plays_with_a_terminal),
		cmocka_unit_test(words_for_a_shell_are_quoted),
		cmocka_unit_test(a_buffer_keeps_its_maximum_and_its_first_failure),
		cmocka_unit_test(an_empty_buffer_is_a_text),
		cmocka_unit_test(an_arena_keeps_its_maximum),
		cmocka_unit_test(an_arena_keeps_texts_apart),
		cmocka_unit_test(an_arena_shares_names),
		cmocka_unit_test(the_first_error_wins),
		cmocka_unit_test(hashes_are_the_published_ones),
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(gzip_is_inflated_up_to_the_limit),
		cmocka_unit_test(times_are_read_and_written),
		cmocka_unit_test(a_pipe_is_written_to_and_not_replaced),
		cmocka_unit_test(files_are_written_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
