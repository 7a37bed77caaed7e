/* Quoting, names, order, map files and the writers: everything that does not need a plan. */
#include "imports_support.h"

#include "imports/map.h"
#include "imports/name.h"
#include "imports/order.h"
#include "imports/quote.h"

static char *
quoted(void (*quote)(struct drift__buf *, const char *), const char *s)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);

	quote(&b, s);
	return drift__buf_take(&b);
}

static void
quote_hcl(struct drift__buf *b, const char *s)
{
	drift__quote_hcl(b, s, strlen(s));
}

static void
shell_words_show_all_that_they_hold(void **unused)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", "''"},
		{"plain", "'plain'"},
		{"it's", "'it'\\''s'"},
		{"$(rm -rf ~) `x` \"y\" \\", "'$(rm -rf ~) `x` \"y\" \\'"},
		{"-rf", "'-rf'"},
		{"a\nb", "$'a\\nb'"},
		{"tab\t'q' \\", "$'tab\\t\\'q\\' \\\\'"},
		{"\033[31m", "$'\\033[31m'"},
		{"größe", "'größe'"},
		{"rtl\xe2\x80\xae", "$'rtl\\342\\200\\256'"},
		{"\xff", "$'\\377'"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *out = quoted(drift__quote_shell, rows[i].in);

		assert_string_equal(out, rows[i].out);
		drift__free(out);
	}
}

static void
hcl_texts_hold_no_templates(void **unused)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", "\"\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"${x}", "\"$${x}\""},
		{"$${x}", "\"$$${x}\""},
		{"%{y}", "\"%%{y}\""},
		{"$x 100%", "\"$x 100%\""},
		{"a\nb\r\t", "\"a\\nb\\r\\t\""},
		{"nbsp\xc2\xa0", "\"nbsp\\u00a0\""},
		{"\x01", "\"\\u0001\""},
		{"größe 日本", "\"größe 日本\""},
		{"\xf3\xa0\x80\x81", "\"\\U000e0001\""},
		{"\xff", "\"\xef\xbf\xbd\""},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *out = quoted(quote_hcl, rows[i].in);

		assert_string_equal(out, rows[i].out);
		drift__free(out);
	}
}

static void
comments_stay_on_their_line(void **unused)
{
	char *out = quoted(drift__quote_comment, "x\nrm -rf ~\xe2\x80\xa8y");

	(void)unused;
	assert_string_equal(out, "x\\u000arm -rf ~\\u2028y");
	drift__free(out);
}

static void
names_read_like_the_live_ones(void **unused)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"prod-retainwise-API", "prod_retainwise_api"},
		{"/ecs/backend", "ecs_backend"},
		{"Größe & Maß", "groesse_mass"},
		{"7zip", "_7zip"},
		{"日本", ""},
		{"--a--", "a"},
		{"\"; rm -rf ~; \"", "rm_rf"},
		{"*.example.com.", "example_com"},
	};
	struct drift__arena a;

	(void)unused;
	drift__arena_init(&a, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *out = drift__name_sanitise(&a, rows[i].in);

		assert_string_equal(out, rows[i].out);
		assert_true(out[0] == '\0' || drift__is_identifier(out));
	}
	drift__arena_dispose(&a);
}

static bool
web_is_taken(void *ctx, const char *type, const char *name)
{
	(void)ctx;
	return strcmp(type, "aws_lb") == 0 && strcmp(name, "web") == 0;
}

static void
names_are_unique_whatever_the_order(void **unused)
{
	enum { COUNT = 10 };
	struct drift__naming list[] = {
		{"aws_subnet", "private", "subnet-1", "eu-west-1", NULL},
		{"aws_subnet", "private", "subnet-2", "eu-west-1", NULL},
		{"aws_subnet", "public", "subnet-3", "eu-west-1", NULL},
		{"aws_vpc", "private", "vpc-1", "eu-west-1", NULL},
		{"aws_lb", "web", "arn:lb/web", NULL, NULL},
		{"aws_sqs_queue", "日本", "中", NULL, NULL},
		{"aws_sqs_queue", "中国", "本", NULL, NULL},
		{"aws_subnet", "subnet 1", "subnet-4", "eu-west-1", NULL}, /* has the name that another's id would give */
		{"aws_sqs_queue", "jobs", "https://sqs.eu-west-1/jobs", "eu-west-1", NULL},
		{"aws_sqs_queue", "jobs", "https://sqs.us-east-1/jobs", "us-east-1", NULL},
	};
	struct drift__naming turned[COUNT];
	struct drift__arena a;

	(void)unused;
	drift__arena_init(&a, 0);
	for (size_t i = 0; i < COUNT; i++)
		turned[i] = list[COUNT - 1 - i];
	assert_int_equal(drift__names_make(&a, list, COUNT, web_is_taken, NULL, NULL), DRIFT_OK);
	assert_int_equal(drift__names_make(&a, turned, COUNT, web_is_taken, NULL, NULL), DRIFT_OK);
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(drift__is_identifier(list[i].name));
		assert_string_equal(list[i].name, turned[COUNT - 1 - i].name);
		for (size_t k = 0; k < i; k++)
			assert_false(strcmp(list[i].type, list[k].type) == 0 && strcmp(list[i].name, list[k].name) == 0);
	}
	assert_string_equal(list[1].name, "subnet_2");
	assert_string_equal(list[7].name, "subnet_1");
	assert_string_equal(list[8].name, "jobs_eu_west_1");
	assert_string_equal(list[2].name, "public");
	assert_string_equal(list[3].name, "private");
	assert_string_equal(list[4].name, "arn_lb_web");
	drift__arena_dispose(&a);
}

struct seen {
	size_t cycles, nodes[8], n;
};

static enum drift_status
note_cycle(void *ctx, const size_t *nodes, size_t n)
{
	struct seen *s = ctx;

	s->cycles++;
	s->n = n;
	memcpy(s->nodes, nodes, n * sizeof(*nodes));
	return DRIFT_OK;
}

static void
order_follows_references_and_names_cycles(void **unused)
{
	/* 0 vpc; 1 subnet -> 0; 2 instance -> 1, 5; 3 <-> 4 <- 5 */
	static const size_t edges[][2] = {{1, 0}, {2, 1}, {2, 1}, {2, 5}, {3, 4}, {4, 3}, {5, 4}, {1, 1}};
	struct drift__graph g = {.n = 6};
	struct seen seen = {0};
	int level[6];

	(void)unused;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		assert_int_equal(drift__graph_add(&g, edges[i][0], edges[i][1], NULL), DRIFT_OK);
	assert_int_equal(drift__graph_levels(&g, level, note_cycle, &seen, NULL), DRIFT_OK);
	assert_int_equal(seen.cycles, 1);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.nodes[0], 3);
	assert_int_equal(seen.nodes[1], 4);
	assert_int_equal(level[0], 0);
	assert_int_equal(level[1], 1);
	assert_true(level[2] > level[1] && level[2] > level[5] && level[5] > level[4] && level[4] > level[3]);
	drift__graph_dispose(&g);
}

static void
map_files_are_read_strictly(void **unused)
{
	static const struct {
		const char *text, *id, *type, *address; /* address NULL: refused */
	} rows[] = {
		{"vpc-1,aws_vpc.main\n", "vpc-1", "aws_vpc", "aws_vpc.main"},
		{"id,address\n# c\n\nvpc-1 , module.net[\"a,b\"].aws_vpc.main[0]\r\n", "vpc-1", "aws_vpc", "module.net[\"a,b\"].aws_vpc.main[0]"},
		{"\"a,\"\"b\",\"aws_vpc.x[\"\"k\"\"]\"\n", "a,\"b", "aws_vpc", "aws_vpc.x[\"k\"]"},
		{"{\"vpc-1\": \"aws_vpc.main\"}", "vpc-1", "aws_vpc", "aws_vpc.main"},
		{"[{\"id\": \"b\", \"address\": \"aws_s3_bucket.b\"}, {\"id\": \"b\", \"address\": \"aws_s3_bucket_acl.b\"}]", "b", "aws_s3_bucket_acl",
			"aws_s3_bucket_acl.b"},
		{"x,module.aws_vpc_x.aws_vpc.main\nx,module.m[\".aws_subnet.\"].aws_vpc_dhcp_options.o\n", "x", "aws_vpc", "module.aws_vpc_x.aws_vpc.main"},
		{"x,module.m[\".aws_subnet.\"].aws_vpc.v\nx,aws_subnet.s\n", "x", "aws_subnet", "aws_subnet.s"},
		{"vpc-1,aws_vpc.main; rm -rf ~\n", NULL, NULL, NULL},
		{"vpc-1,aws_vpc.x[\"${file(1)}\"]\n", NULL, NULL, NULL},
		{"vpc-1,aws_vpc.x[\"a\n", NULL, NULL, NULL},
		{"vpc-1,data.aws_vpc.x\n", NULL, NULL, NULL},
		{"vpc-1\n", NULL, NULL, NULL},
		{",aws_vpc.x\n", NULL, NULL, NULL},
		{"\"open,aws_vpc.x\n", NULL, NULL, NULL},
		{"{\"a\": 1}", NULL, NULL, NULL},
		{"{\"a\"", NULL, NULL, NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift__arena a;
		struct drift__map_file m = {NULL, 0};
		struct drift_error err = DRIFT_ERROR_INIT;
		enum drift_status st;

		drift__arena_init(&a, 0);
		st = drift__map_read(&a, rows[i].text, strlen(rows[i].text), "map.csv", &m, &err);
		if (rows[i].address == NULL) {
			assert_int_not_equal(st, DRIFT_OK);
			assert_true(strncmp(err.where, "map.csv", 7) == 0);
		} else {
			assert_int_equal(st, DRIFT_OK);
			assert_string_equal(drift__map_find(&m, rows[i].id, rows[i].type), rows[i].address);
		}
		drift__arena_dispose(&a);
	}
}

/* ---- from live resources to files ---- */

static struct entries entries;

static const char facts_text[] =
	"{\"aws_vpc\": {\"type\": \"aws_vpc\", \"service\": \"ec2\", \"schema\": {\"cidr_block\": [\"string\", \"OC\"], \"id\": [\"string\", \"C\"],"
	"  \"tags\": [[\"map\", \"string\"], \"O\"]}, \"attributes\": {\"cidr_block\": \"CidrBlock\"}},"
	" \"aws_subnet\": {\"type\": \"aws_subnet\", \"service\": \"ec2\", \"references\": {\"vpc_id\": \"aws_vpc\"},"
	"  \"schema\": {\"cidr_block\": [\"string\", \"O\"], \"vpc_id\": [\"string\", \"R\"], \"map_public_ip_on_launch\": [\"bool\", \"O\"]}},"
	" \"aws_x_policy\": {\"type\": \"aws_x_policy\", \"service\": \"x\", \"attributes\": {\"policy\": {\"live\": \"p\", \"as\": \"iam_policy\"}},"
	"  \"schema\": {\"name\": [\"string\", \"R\"], \"policy\": [\"string\", \"R\"], \"password\": [\"string\", \"OS\"],"
	"   \"rule\": {\"block\": {\"port\": [\"number\", \"R\"], \"note\": [\"string\", \"O\"]}, \"nesting\": \"list\"}}},"
	" \"aws_never\": {\"type\": \"aws_never\", \"service\": \"x\", \"import_note\": \"there is no object to import\"}}";

static void
add(struct drift_snapshot *s, const char *type, const char *id, const char *name, const char *region, const char *attributes)
{
	struct drift_resource *r = drift__snapshot_add(s, type);

	r->flags = DRIFT__IN_SCOPE;
	r->id = r->import_id = id;
	r->name = name;
	r->region = region;
	r->attributes = parse(&s->arena, attributes);
	r->read_ms = 1000;
	if (strcmp(type, "aws_never") == 0)
		r->import_id = NULL;
}

static struct drift_snapshot *
hostile_account(void)
{
	struct drift_snapshot *s = drift__snapshot_new(DRIFT_SIDE_LIVE);

	add(s, "aws_vpc", "vpc-1", "main", "eu-west-1", "{\"cidr_block\": \"10.0.0.0/16\"}");
	add(s, "aws_vpc", "vpc-2", "main", "us-east-1", "{\"cidr_block\": \"10.1.0.0/16\"}");
	add(s, "aws_subnet", "subnet-1", "a", "eu-west-1", "{\"vpc_id\": \"vpc-1\", \"cidr_block\": \"10.0.1.0/24\", \"map_public_ip_on_launch\": false}");
	add(s, "aws_x_policy", "\"; rm -rf ~; \"\n$(id) ${x} %{y} 'q'", "x'; $(reboot) #", NULL,
		"{\"name\": \"${self}\", \"policy\": \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Action\\\":[\\\"a:b\\\"],"
		"\\\"Resource\\\":\\\"${aws:username}\\\",\\\"Effect\\\":\\\"Allow\\\"}]}\", \"password\": \"hunter2\", \"rule\": [{\"port\": 80, \"note\": \"a\\nb\"}, "
		"{\"port\": 443, \"note\": \"\"}]}");
	add(s, "aws_x_policy", "-rf", "-rf", NULL, "{\"name\": \"-rf\", \"policy\": \"not json\"}");
	add(s, "aws_never", "n", "n", NULL, "{}");
	assert_int_equal(drift__snapshot_seal(s, NULL), DRIFT_OK);
	return s;
}

static struct drift_imports *
make(const struct drift_snapshot *live, const struct drift_import_options *opt)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_imports *im = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	entries.own = parse(&entries.arena, facts_text);
	if (drift__imports_make(&facts, NULL, live, opt, &im, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return im;
}

/* Compares with a golden file; DRIFT_UPDATE_GOLDEN=1 writes it. */
static void
golden(const char *path, const char *text)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);

	if (getenv("DRIFT_UPDATE_GOLDEN") != NULL)
		assert_int_equal(drift__file_write(path, text, strlen(text), 0644, NULL), DRIFT_OK);
	assert_int_equal(drift__file_read(path, &b, NULL), DRIFT_OK);
	assert_string_equal(text, b.data);
	drift__buf_dispose(&b);
}

static void
hostile_names_are_written_safely(void **unused)
{
	static const char *const formats[] = {"blocks", "script", "rollback", "json"};
	struct drift_snapshot *live = hostile_account();
	struct drift_import_write_options opt = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	static const char *const aliases[] = {"us-east-1", "use1", NULL};
	struct drift_imports *im = make(live, NULL);

	(void)unused;
	opt.title = "env x\nrm -rf ~";
	opt.aliases = aliases;
	opt.expect_workspace = "it's";
	opt.expect_backend = "s3://b/k\"ey";
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char path[128], *text = NULL;

		assert_int_equal(drift_imports_write(im, formats[i], &opt, &text, NULL), DRIFT_OK);
		snprintf(path, sizeof(path), "tests/golden/imports/hostile.%s", formats[i]);
		golden(path, text);
		drift_text_free(text);
	}
	drift_imports_free(im);
	drift_snapshot_free(live);
}

static void
resource_blocks_are_written_from_live_values(void **unused)
{
	struct drift_snapshot *live = hostile_account();
	struct drift_imports *im = make(live, NULL);
	struct drift_document *doc = NULL;
	const struct drift_value *files;
	struct drift__buf all = DRIFT__BUF_INIT(1 << 20);

	(void)unused;
	assert_int_equal(drift_imports_hcl(im, NULL, &doc, NULL), DRIFT_OK);
	files = drift_value_get(drift_document_root(doc), "files");
	for (size_t i = 0; i < drift_value_size(files); i++)
		drift__buf_addf(&all, "# file %s\n%s\n", drift__value_gets(drift_value_at(files, i), "path"),
			drift__value_gets(drift_value_at(files, i), "text"));
	assert_null(strstr(all.data, "hunter2"));
	golden("tests/golden/imports/hostile.hcl", all.data);
	drift__buf_dispose(&all);
	drift_document_free(doc);
	drift_imports_free(im);
	drift_snapshot_free(live);
}

static void
options_change_ids_and_addresses(void **unused)
{
	struct drift_snapshot *live = hostile_account();
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_import_write_options write = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	struct drift_document *stale = NULL;
	struct drift_imports *im;
	char *text = NULL;

	(void)unused;
	opt.map_text = "vpc-2,module.far.aws_vpc.it[\"k\"]\n";
	opt.map_bytes = strlen(opt.map_text);
	opt.region = "eu-west-1";
	im = make(live, &opt);
	write.provider_major = 6;
	assert_int_equal(drift_imports_write(im, "blocks", &write, &text, NULL), DRIFT_OK);
	assert_non_null(strstr(text, "to = module.far.aws_vpc.it[\"k\"]\n  id = \"vpc-2@us-east-1\""));
	assert_non_null(strstr(text, "to = aws_vpc.main\n  id = \"vpc-1\""));
	drift_text_free(text);
	assert_int_equal(drift_imports_write(im, "yaml", &write, &text, NULL), DRIFT_USAGE);
	assert_int_equal(drift_imports_stale(im, 5000, 10000, &stale, NULL), DRIFT_OK);
	assert_int_equal(drift_value_size(drift_document_root(stale)), 0);
	drift_document_free(stale);
	assert_int_equal(drift_imports_stale(im, 50000, 10000, &stale, NULL), DRIFT_OK);
	assert_int_equal(drift_value_size(drift_document_root(stale)), drift_imports_size(im));
	drift_document_free(stale);
	assert_int_equal(drift_value_size(drift_value_get(drift_imports_root(im), "not_importable")), 1);
	drift_imports_free(im);
	drift_snapshot_free(live);
}

static void
what_the_state_has_is_left_out(void **unused)
{
	struct drift_snapshot *live = hostile_account(), *state = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift_resource *r = drift__snapshot_add(state, "aws_vpc");
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;

	(void)unused;
	entries.own = parse(&entries.arena, facts_text);
	r->address = "aws_vpc.main";
	r->id = "vpc-1";
	assert_int_equal(drift__snapshot_seal(state, NULL), DRIFT_OK);
	assert_int_equal(drift__imports_make(&facts, state, live, NULL, &im, NULL), DRIFT_OK);
	for (size_t i = 0; i < im->n; i++) {
		assert_string_not_equal(im->items[i].id, "vpc-1");
		assert_string_not_equal(im->items[i].address, "aws_vpc.main"); /* it is taken */
	}
	drift_imports_free(im);
	/* an older state gives the address back */
	opt.history = state;
	assert_int_equal(drift__imports_make(&facts, NULL, live, &opt, &im, NULL), DRIFT_OK);
	for (size_t i = 0; i < im->n; i++) {
		if (strcmp(im->items[i].id, "vpc-1") == 0) {
			assert_string_equal(im->items[i].address, "aws_vpc.main");
			assert_string_equal(im->items[i].source, "history");
		}
	}
	drift_imports_free(im);
	drift_snapshot_free(state);
	drift_snapshot_free(live);
}

static void
no_allocation_failure_is_missed(void **unused)
{
	struct drift_snapshot *live = hostile_account();
	struct drift__facts facts = {entry_of, &entries};

	(void)unused;
	entries.own = parse(&entries.arena, facts_text);
	for (long n = 1; n < 4000; n++) {
		struct drift_imports *im = NULL;
		struct drift_document *doc = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;
		char *text = NULL;
		enum drift_status st;

		drift__alloc_fail_after(n);
		st = drift__imports_make(&facts, NULL, live, NULL, &im, &err);
		if (st == DRIFT_OK)
			st = drift_imports_write(im, "script", NULL, &text, &err);
		if (st == DRIFT_OK)
			st = drift_imports_hcl(im, NULL, &doc, &err);
		drift__alloc_fail_after(0);
		drift_text_free(text);
		drift_document_free(doc);
		drift_imports_free(im);
		if (st == DRIFT_OK)
			break;
		assert_int_equal(st, DRIFT_NOMEM);
	}
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shell_words_show_all_that_they_hold),
		cmocka_unit_test(hcl_texts_hold_no_templates),
		cmocka_unit_test(comments_stay_on_their_line),
		cmocka_unit_test(names_read_like_the_live_ones),
		cmocka_unit_test(names_are_unique_whatever_the_order),
		cmocka_unit_test(order_follows_references_and_names_cycles),
		cmocka_unit_test(map_files_are_read_strictly),
		cmocka_unit_test(hostile_names_are_written_safely),
		cmocka_unit_test(resource_blocks_are_written_from_live_values),
		cmocka_unit_test(options_change_ids_and_addresses),
		cmocka_unit_test(what_the_state_has_is_left_out),
		cmocka_unit_test(no_allocation_failure_is_missed),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
