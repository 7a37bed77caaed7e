/* Codecs against botocore: tests/tools/make_codec_vectors.py writes the cases. And what no well-behaved service sends. */
#include "aws/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const files[] = {"ec2", "query", "json", "rest-json", "rest-xml", "errors"};

struct suite {
	struct drift_catalogue *catalogue;
	struct drift__arena arena;
};

static int
set_up(void **state)
{
	struct suite *s = calloc(1, sizeof *s);

	*state = s;
	drift__arena_init(&s->arena, 0);
	return drift_catalogue_open(NULL, &s->catalogue, NULL) == DRIFT_OK ? 0 : 1;
}

static int
tear_down(void **state)
{
	struct suite *s = *state;

	drift_catalogue_free(s->catalogue);
	drift__arena_dispose(&s->arena);
	free(s);
	return 0;
}

/* ---- cases ---- */

static const struct drift__service *
service_of(struct suite *s, const char *name)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift__service *service = drift__catalogue_service(s->catalogue, name, &err);

	if (service == NULL)
		fail_msg("%s: %s", err.where, err.what);
	return service;
}

static const struct drift__operation *
operation_of(struct suite *s, const char *service, const char *name)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift__operation *op = drift__service_operation(service_of(s, service), name, &err);

	if (op == NULL)
		fail_msg("%s: %s", err.where, err.what);
	return op;
}

static bool
same(const struct drift_value *got, const struct drift_value *want, const char *what, const char *name)
{
	char *a, *b;

	if (drift__value_compare(got, want) == 0)
		return true;
	a = drift_value_to_json(got, 0);
	b = drift_value_to_json(want, 0);
	print_error("%s: %s\n  got    %s\n  wanted %s\n", name, what, a, b);
	drift_text_free(a);
	drift_text_free(b);
	return false;
}

static void
headers_of(struct drift__arena *a, const struct drift_value *map, struct drift__pairs *out)
{
	size_t i;

	memset(out, 0, sizeof *out);
	for (i = 0; i < drift_value_size(map); i++)
		drift__pairs_add(out, a, drift_value_key(map, i, NULL), drift__value_str(drift_value_at(map, i)));
}

static int
compare_pairs(const void *a, const void *b)
{
	const struct drift_value *x = a, *y = b;

	return drift__value_compare(x, y);
}

/* [[name, value], …] sorted. */
static const struct drift_value *
sorted_pairs(struct drift__arena *a, const struct drift__pairs *p)
{
	struct drift_value *copy = drift__arena_zalloc(a, sizeof *copy);
	struct drift_value *items = drift__arena_zalloc(a, (p->len + 1) * sizeof *items);
	struct drift__list_builder b;
	size_t i;

	for (i = 0; i < p->len; i++) {
		drift__list_init(&b, a);
		drift__list_add(&b, drift__value_string(a, p->items[i].name));
		drift__list_add(&b, drift__value_string(a, p->items[i].value));
		items[i] = *drift__list_finish(&b);
	}
	qsort(items, p->len, sizeof *items, compare_pairs);
	copy->kind = DRIFT_LIST;
	copy->len = (uint32_t)p->len;
	copy->u.items = items;
	return copy;
}

static size_t
unescape(char *s, size_t n)
{
	size_t i, at = 0;
	char hex[3] = {0};

	for (i = 0; i < n; i++) {
		if (s[i] == '%' && i + 2 < n) {
			memcpy(hex, s + i + 1, 2);
			s[at++] = (char)strtol(hex, NULL, 16);
			i += 2;
		} else {
			s[at++] = s[i];
		}
	}
	s[at] = '\0';
	return at;
}

/* "a=b&c=d" as pairs. */
static void
form_pairs(struct drift__arena *a, const char *body, struct drift__pairs *out)
{
	char *text = drift__arena_strdup(a, body), *end, *eq;

	memset(out, 0, sizeof *out);
	for (; text != NULL && *text != '\0'; text = end) {
		end = text + strcspn(text, "&");
		if (*end == '&')
			*end++ = '\0';
		eq = strchr(text, '=');
		if (eq == NULL)
			fail_msg("a pair of the form has no value: %s", text);
		*eq++ = '\0';
		unescape(text, strlen(text));
		unescape(eq, strlen(eq));
		drift__pairs_add(out, a, text, eq);
	}
}

static bool
check_body(struct drift__arena *a, const struct drift__http_request *r, const struct drift_value *want, const char *name)
{
	const char *body = r->body != NULL ? r->body : "";
	const struct drift_value *got;
	struct drift__pairs form;

	if (drift_value_kind(want) == DRIFT_LIST) {
		form_pairs(a, body, &form);
		got = sorted_pairs(a, &form);
	} else if (drift_value_kind(want) == DRIFT_MAP) {
		assert_int_equal(drift__json_parse(a, body, r->n_body, NULL, &got, NULL), DRIFT_OK);
	} else {
		got = drift__value_stringn(a, body, r->n_body);
	}
	return same(got, want, "body", name);
}

static bool
run_request(struct suite *s, struct drift__arena *a, const struct drift_value *c, const char *name)
{
	const char *service = drift__value_gets(c, "service");
	const struct drift__operation *op = operation_of(s, service, drift__value_gets(c, "operation"));
	const struct drift_value *headers = drift_value_get(c, "headers");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__http_request r;
	bool ok = true;
	size_t i;

	if (drift__codec_request(service_of(s, service), op, drift_value_get(c, "input"), a, &r, &err) != DRIFT_OK) {
		print_error("%s: %s: %s\n", name, err.where, err.what);
		return false;
	}
	ok = same(drift__value_string(a, r.method), drift_value_get(c, "method"), "method", name) && ok;
	ok = same(drift__value_string(a, r.path), drift_value_get(c, "path"), "path", name) && ok;
	ok = same(sorted_pairs(a, &r.query), drift_value_get(c, "query"), "query", name) && ok;
	for (i = 0; i < drift_value_size(headers); i++)
		ok = same(drift__value_string(a, drift__pairs_get(&r.headers, drift_value_key(headers, i, NULL))), drift_value_at(headers, i),
			drift_value_key(headers, i, NULL), name) && ok;
	return check_body(a, &r, drift_value_get(c, "body"), name) && ok;
}

static bool
run_reply(struct suite *s, struct drift__arena *a, const struct drift_value *c, const char *name)
{
	const char *service = drift__value_gets(c, "service"), *body;
	const struct drift__operation *op = operation_of(s, service, drift__value_gets(c, "operation"));
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *out;
	struct drift__pairs headers;
	size_t n;

	headers_of(a, drift_value_get(c, "headers"), &headers);
	body = drift_value_text(drift_value_get(c, "body"), &n);
	if (drift__codec_reply(service_of(s, service), op, 200, &headers, body, n, a, &out, &err) != DRIFT_OK) {
		print_error("%s: %s: %s\n", name, err.where, err.what);
		return false;
	}
	return same(out, drift_value_get(c, "output"), "output", name);
}

static bool
run_error(struct suite *s, struct drift__arena *a, const struct drift_value *c, const char *name)
{
	const char *body;
	struct drift__reply_error e;
	struct drift__pairs headers;
	int64_t status = 0;
	bool ok;
	size_t n;

	headers_of(a, drift_value_get(c, "headers"), &headers);
	body = drift_value_text(drift_value_get(c, "body"), &n);
	drift__value_to_int(drift_value_get(c, "status"), &status);
	drift__codec_error(service_of(s, drift__value_gets(c, "service")), (int)status, &headers, body, n, &e);
	ok = same(drift__value_string(a, e.code), drift_value_get(c, "code"), "code", name);
	ok = same(drift__value_string(a, e.message), drift_value_get(c, "message"), "message", name) && ok;
	return same(drift__value_string(a, e.request_id), drift_value_get(c, "request_id"), "request id", name) && ok;
}

static bool
run_case(struct suite *s, const char *line, size_t n)
{
	const struct drift_value *c;
	struct drift__arena a;
	const char *kind, *op;
	char name[256];
	bool ok;

	drift__arena_init(&a, 0);
	assert_int_equal(drift__json_parse(&a, line, n, NULL, &c, NULL), DRIFT_OK);
	kind = drift__value_gets(c, "kind");
	op = drift__value_gets(c, "operation");
	snprintf(name, sizeof name, "%s %s:%s", kind, drift__value_gets(c, "service"), op != NULL ? op : "");
	ok = strcmp(kind, "request") == 0 ? run_request(s, &a, c, name) : strcmp(kind, "reply") == 0 ? run_reply(s, &a, c, name) :
		run_error(s, &a, c, name);
	drift__arena_dispose(&a);
	return ok;
}

static void
run_file(struct suite *s, const char *path)
{
	struct drift__buf b = DRIFT__BUF_INIT(SIZE_MAX / 2);
	size_t n_cases = 0, n_bad = 0, n;
	const char *p;

	assert_int_equal(drift__file_read(path, &b, NULL), DRIFT_OK);
	for (p = b.data; *p != '\0'; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		n_cases++;
		n_bad += !run_case(s, p, n);
	}
	print_message("%s: %zu cases\n", path, n_cases);
	assert_true(n_cases > 0);
	assert_int_equal(n_bad, 0);
	drift__buf_dispose(&b);
}

static void
test_like_botocore(void **state)
{
	const char *more = getenv("DRIFT_CODEC_VECTORS");
	char path[128];
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "tests/golden/codec/%s.jsonl", files[i]);
		run_file(*state, path);
	}
	if (more != NULL)
		run_file(*state, more);
}

/* ---- replies by hand ---- */

static enum drift_status
decode(struct suite *s, const char *service, const char *operation, const char *body, size_t n, const struct drift_value **out,
	struct drift_error *err)
{
	return drift__codec_reply(service_of(s, service), operation_of(s, service, operation), 200, NULL, body, n, &s->arena, out, err);
}

static void
test_replies_by_hand(void **state)
{
	static const struct {
		const char *service, *operation, *body, *output;
	} cases[] = {
		{"s3", "GetBucketLocation", "<LocationConstraint xmlns=\"http://s3\">eu-west-1</LocationConstraint>", "{\"LocationConstraint\":\"eu-west-1\"}"},
		{"s3", "GetBucketLocation", "<LocationConstraint xmlns=\"http://s3\"/>", "{\"LocationConstraint\":null}"},
		{"s3", "GetBucketVersioning", "<VersioningConfiguration/>", "{}"},
		{"s3", "GetBucketPolicy", "{\"Version\":\"2012-10-17\"}", "{\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\"}\"}"},
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>", "{\"Vpcs\":[]}"},
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse><requestId>r</requestId></DescribeVpcsResponse>", "{}"},
		{"ec2", "DescribeVpcs",
			"<DescribeVpcsResponse><vpcSet><item><vpcId>v</vpcId><brandNew><item><x>1</x></item></brandNew><odd>a</odd><odd>b</odd>"
			"<isDefault>maybe</isDefault></item></vpcSet></DescribeVpcsResponse>",
			"{\"Vpcs\":[{\"VpcId\":\"v\",\"brandNew\":[{\"x\":\"1\"}],\"odd\":[\"a\",\"b\"],\"IsDefault\":\"maybe\"}]}"},
		{"ec2", "DescribeVpcs", "<p:DescribeVpcsResponse xmlns:p=\"u\"><p:vpcSet><p:item><p:vpcId>a<!-- c -->b&amp;<![CDATA[<c>]]></p:vpcId></p:item>"
			"</p:vpcSet></p:DescribeVpcsResponse>", "{\"Vpcs\":[{\"VpcId\":\"ab&<c>\"}]}"},
		{"ecs", "ListClusters", "{\"clusterArns\":[],\"extra\":1.50}", "{\"clusterArns\":[],\"extra\":1.50}"},
		{"apigatewayv2", "GetApis", "{\"items\":[{\"apiId\":\"a\",\"fresh\":true,\"name\":null}]}",
			"{\"Items\":[{\"ApiId\":\"a\",\"fresh\":true,\"Name\":null}]}"},
	};
	struct suite *s = *state;
	const struct drift_value *out, *want;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;

		if (decode(s, cases[i].service, cases[i].operation, cases[i].body, strlen(cases[i].body), &out, &err) != DRIFT_OK)
			fail_msg("%s: %s", cases[i].body, err.what);
		assert_int_equal(drift__json_parse(&s->arena, cases[i].output, strlen(cases[i].output), NULL, &want, NULL), DRIFT_OK);
		if (!same(out, want, "output", cases[i].operation))
			fail();
	}
}

static void
test_bad_replies(void **state)
{
	static const char doctype[] = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><DescribeVpcsResponse>&b;</DescribeVpcsResponse>";
	static const struct {
		const char *service, *operation, *body;
		enum drift_status status;
	} cases[] = {
		{"ec2", "DescribeVpcs", "", DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", "<html><body>blocked</body></html>", DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse><vpcSet><item>", DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse></DescribeVpcsResponse>trailing", DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", "{}", DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", doctype, DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse>&nbsp;</DescribeVpcsResponse>", DRIFT_BAD_REPLY},
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse><vpcSet>\xff\xfe</vpcSet></DescribeVpcsResponse>", DRIFT_BAD_REPLY},
		{"iam", "ListRoles", "<ListRolesResponse/>", DRIFT_BAD_REPLY},
		{"sns", "GetTopicAttributes", "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><value>v</value></entry></Attributes>"
			"</GetTopicAttributesResult></GetTopicAttributesResponse>", DRIFT_BAD_REPLY},
		{"s3", "ListBuckets", "", DRIFT_BAD_REPLY},
		{"s3", "ListBuckets", "<HTML/>", DRIFT_BAD_REPLY},
		{"s3", "ListBuckets", "<Error><Code>SlowDown</Code></Error>", DRIFT_AWS},
		{"ecs", "ListClusters", "", DRIFT_BAD_REPLY},
		{"ecs", "ListClusters", "[]", DRIFT_BAD_REPLY},
		{"ecs", "ListClusters", "{\"clusterArns\":[\"a", DRIFT_BAD_REPLY},
		{"apigatewayv2", "GetApis", "", DRIFT_BAD_REPLY},
		{"apigatewayv2", "GetApis", "<html>", DRIFT_BAD_REPLY},
	};
	struct suite *s = *state;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct drift_value *out = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;
		enum drift_status st = decode(s, cases[i].service, cases[i].operation, cases[i].body, strlen(cases[i].body), &out, &err);

		if (st != cases[i].status || out != NULL || err.what[0] == '\0')
			fail_msg("%s: %s (%s)", cases[i].body, drift_status_name(st), err.what);
	}
}

/* Every prefix of a good reply is a failure, never a shorter answer. */
static void
test_truncated_replies(void **state)
{
	static const struct {
		const char *service, *operation, *body;
	} cases[] = {
		{"ec2", "DescribeVpcs", "<DescribeVpcsResponse><vpcSet><item><vpcId>v</vpcId></item></vpcSet></DescribeVpcsResponse>"},
		{"iam", "ListRoles", "<ListRolesResponse><ListRolesResult><Roles><member><RoleName>r</RoleName></member></Roles></ListRolesResult></ListRolesResponse>"},
		{"s3", "ListBuckets", "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>"},
		{"ecs", "ListClusters", "{\"clusterArns\":[\"a\"],\"nextToken\":null}"},
		{"lambda", "ListFunctions", "{\"Functions\":[{\"FunctionName\":\"f\"}]}"},
	};
	struct suite *s = *state;
	const struct drift_value *out;
	size_t i, n;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (n = 0; n < strlen(cases[i].body); n++)
			assert_int_equal(decode(s, cases[i].service, cases[i].operation, cases[i].body, n, &out, NULL), DRIFT_BAD_REPLY);
		assert_int_equal(decode(s, cases[i].service, cases[i].operation, cases[i].body, n, &out, NULL), DRIFT_OK);
	}
}

static void
repeat(struct drift__buf *b, const char *text, size_t n)
{
	while (n-- > 0)
		drift__buf_adds(b, text);
}

static void
test_deep_and_huge_replies(void **state)
{
	struct suite *s = *state;
	struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
	const struct drift_value *out;
	struct drift__arena small;

	repeat(&b, "<a>", 100000);
	assert_int_equal(decode(s, "ec2", "DescribeVpcs", b.data, b.len, &out, NULL), DRIFT_LIMIT);
	drift__buf_reset(&b);
	drift__buf_adds(&b, "{\"a\":");
	repeat(&b, "[", 100000);
	assert_int_equal(decode(s, "ecs", "ListClusters", b.data, b.len, &out, NULL), DRIFT_LIMIT);

	/* a reply that grows in memory ends at the arena's limit */
	drift__buf_reset(&b);
	drift__buf_adds(&b, "<DescribeVpcsResponse>");
	repeat(&b, "<a/>", 1 << 20);
	drift__buf_adds(&b, "</DescribeVpcsResponse>");
	drift__arena_init(&small, 8 << 20);
	assert_int_equal(drift__codec_reply(service_of(s, "ec2"), operation_of(s, "ec2", "DescribeVpcs"), 200, NULL, b.data, b.len, &small, &out,
		NULL), DRIFT_LIMIT);
	drift__arena_dispose(&small);
	/* many different members of one structure */
	drift__buf_reset(&b);
	drift__buf_adds(&b, "<DescribeVpcsResponse>");
	for (int i = 0; i < 100000; i++)
		drift__buf_addf(&b, "<a%d/>", i);
	drift__buf_adds(&b, "</DescribeVpcsResponse>");
	assert_int_equal(decode(s, "ec2", "DescribeVpcs", b.data, b.len, &out, NULL), DRIFT_LIMIT);
	drift__buf_dispose(&b);
}

static void
test_page_of_ten_thousand(void **state)
{
	struct suite *s = *state;
	struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
	const struct drift_value *out;

	drift__buf_adds(&b, "<ListBucketResult>");
	repeat(&b, "<Contents><Key>k</Key><Size>12</Size></Contents>", 10000);
	drift__buf_adds(&b, "<IsTruncated>false</IsTruncated></ListBucketResult>");
	assert_int_equal(decode(s, "s3", "ListObjectsV2", b.data, b.len, &out, NULL), DRIFT_OK);
	assert_int_equal(drift_value_size(drift_value_get(out, "Contents")), 10000);
	drift__buf_dispose(&b);
}

/* ---- requests ---- */

static void
test_bad_inputs(void **state)
{
	static const struct {
		const char *service, *operation, *input, *says;
	} cases[] = {
		{"ec2", "DescribeVpcs", "{\"VpcId\":\"v\"}", "no input member VpcId"},
		{"ec2", "DescribeVpcs", "{\"VpcIds\":\"v\"}", "VpcId wants a list"},
		{"ec2", "DescribeVpcs", "{\"VpcIds\":[[\"v\"]]}", "wants one text"},
		{"ec2", "DescribeVpcs", "{\"Filters\":[{\"Nam\":\"x\"}]}", "no input member Nam"},
		{"ecs", "ListServices", "{\"Cluster\":\"c\"}", "no input member Cluster"},
		{"s3", "GetBucketPolicy", "{}", "Bucket is needed"},
		{"s3", "GetBucketPolicy", "{\"Bucket\":\"\"}", "Bucket is needed"},
		{"s3", "GetBucketPolicy", "{\"Bucket\":\"b\",\"ExpectedBucketOwner\":\"1\\r\\nx: y\"}", "control character"},
		{"s3control", "GetPublicAccessBlock", "{\"AccountId\":\"evil.example/\"}", "AccountId is needed"},
		{"apigatewayv2", "GetStages", "{\"ApiId\":\"a\",\"Nope\":1}", "no input member Nope"},
		{"cloudtrail", "LookupEvents", "[]", "a map"},
	};
	struct suite *s = *state;
	const struct drift_value *input;
	struct drift__http_request r;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		enum drift_status st;

		assert_int_equal(drift__json_parse(&s->arena, cases[i].input, strlen(cases[i].input), NULL, &input, NULL), DRIFT_OK);
		st = drift__codec_request(service_of(s, cases[i].service), operation_of(s, cases[i].service, cases[i].operation), input, &s->arena, &r, &err);
		if (st != DRIFT_USAGE || strstr(err.what, cases[i].says) == NULL)
			fail_msg("%s: %s %s", cases[i].input, drift_status_name(st), err.what);
	}
}

static void
test_request_details(void **state)
{
	struct suite *s = *state;
	const struct drift_value *input;
	struct drift__http_request r;
	const char *text;

	text = "{\"Bucket\":\"b\",\"Key\":\"a//b c/..\\u00e9\",\"VersionId\":null}";
	drift__json_parse(&s->arena, text, strlen(text), NULL, &input, NULL);
	assert_int_equal(drift__codec_request(service_of(s, "s3"), operation_of(s, "s3", "GetObject"), input, &s->arena, &r, NULL), DRIFT_OK);
	assert_string_equal(r.path, "/b/a//b%20c/..%C3%A9");
	assert_string_equal(r.bucket, "b");
	assert_int_equal(r.query.len, 0);
	assert_null(r.body);

	text = "{\"HostedZoneId\":\"/hostedzone/Z1\"}";
	drift__json_parse(&s->arena, text, strlen(text), NULL, &input, NULL);
	assert_int_equal(drift__codec_request(service_of(s, "route53"), operation_of(s, "route53", "ListResourceRecordSets"), input, &s->arena, &r, NULL), DRIFT_OK);
	assert_string_equal(r.path, "/2013-04-01/hostedzone/Z1/rrset");

	text = "{\"AccountId\":\"123456789012\"}";
	drift__json_parse(&s->arena, text, strlen(text), NULL, &input, NULL);
	assert_int_equal(drift__codec_request(service_of(s, "s3control"), operation_of(s, "s3control", "GetPublicAccessBlock"), input, &s->arena, &r, NULL), DRIFT_OK);
	assert_string_equal(r.host_prefix, "123456789012.");
	assert_string_equal(drift__pairs_get(&r.headers, "x-amz-account-id"), "123456789012");

	assert_int_equal(drift__codec_request(service_of(s, "sts"), operation_of(s, "sts", "AssumeRoleWithWebIdentity"), NULL, &s->arena, &r, NULL), DRIFT_OK);
	assert_true(r.unsigned_call);
	assert_int_equal(drift__codec_request(service_of(s, "apigateway"), operation_of(s, "apigateway", "GetRestApis"), NULL, &s->arena, &r, NULL), DRIFT_OK);
	assert_string_equal(drift__pairs_get(&r.headers, "accept"), "application/json");
	assert_false(r.unsigned_call);
}

static void
test_only_reads(void **state)
{
	static const struct {
		const char *service, *operation;
	} never[] = {
		{"ec2", "TerminateInstances"}, {"s3", "DeleteBucket"}, {"s3", "PutObject"}, {"iam", "CreateRole"}, {"dynamodb", "DeleteItem"},
		{"stepfunctions", "GetActivityTask"}, {"sqs", "ReceiveMessage"}, {"cognito-identity", "GetId"}, {"kms", "Decrypt"}, {"lambda", "Invoke"},
		{"sts", "GetFederationToken"}, {"redshift", "GetClusterCredentials"}, {"ssm", "SendCommand"},
	};
	struct suite *s = *state;
	size_t i;

	for (i = 0; i < sizeof never / sizeof never[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_null(drift__service_operation(service_of(s, never[i].service), never[i].operation, &err));
		assert_int_equal(err.status, DRIFT_USAGE);
	}
}

static void
test_error_details(void **state)
{
	static const char redirect[] = "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region></Error>";
	static const char moved[] = "<Error><Code>PermanentRedirect</Code><Message>a\nb\x01" "c</Message><Region>eu-west-1</Region></Error>";
	struct suite *s = *state;
	struct drift__reply_error e;
	struct drift__pairs headers = {0};
	struct drift__buf b = DRIFT__BUF_INIT(4 << 20);

	drift__codec_error(service_of(s, "s3"), 301, NULL, redirect, strlen(redirect), &e);
	assert_string_equal(e.code, "PermanentRedirect");
	assert_string_equal(e.region, "eu-west-1");
	drift__pairs_add(&headers, &s->arena, "X-Amz-Bucket-Region", "us-west-2");
	drift__codec_error(service_of(s, "s3"), 403, &headers, NULL, 0, &e);
	assert_string_equal(e.code, "403");
	assert_string_equal(e.region, "us-west-2");
	/* not XML because of the control character: the status remains */
	drift__codec_error(service_of(s, "s3"), 301, NULL, moved, strlen(moved), &e);
	assert_string_equal(e.code, "301");
	/* a message as long as a book is cut at a character */
	drift__buf_adds(&b, "{\"__type\":\"X\",\"message\":\"");
	repeat(&b, "\xc3\xa9", 1000);
	drift__buf_adds(&b, "\"}");
	drift__codec_error(service_of(s, "ecs"), 400, NULL, b.data, b.len, &e);
	assert_true(strlen(e.message) > 500 && strlen(e.message) < sizeof e.message && strlen(e.message) % 2 == 0);
	drift__buf_dispose(&b);
}

/* Without memory: NOMEM and no leak, whichever allocation fails; never a shorter answer. */
static void
test_without_memory(void **state)
{
	static const struct {
		const char *service, *operation, *input, *body;
	} cases[] = {
		{"ec2", "DescribeVpcs", "{\"Filters\":[{\"Name\":\"a\",\"Values\":[\"b\"]}]}",
			"<DescribeVpcsResponse><vpcSet><item><vpcId>v</vpcId><new><a>1</a><a>2</a></new></item></vpcSet></DescribeVpcsResponse>"},
		{"sns", "GetTopicAttributes", "{\"TopicArn\":\"t\"}", "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>k</key>"
			"<value>v</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"},
		{"s3", "GetBucketAcl", "{\"Bucket\":\"b\"}", "<AccessControlPolicy><Owner><ID>1</ID></Owner><AccessControlList><Grant><Grantee "
			"xmlns:xsi=\"u\" xsi:type=\"Group\"><URI>u</URI></Grantee></Grant></AccessControlList></AccessControlPolicy>"},
		{"ecs", "ListServices", "{\"cluster\":\"c\"}", "{\"serviceArns\":[\"a\"]}"},
		{"apigatewayv2", "GetRoutes", "{\"ApiId\":\"a\",\"MaxResults\":\"5\"}", "{\"items\":[{\"routeId\":\"r\",\"x\":1}]}"},
	};
	struct suite *s = *state;
	size_t i;
	long n;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct drift__operation *op = operation_of(s, cases[i].service, cases[i].operation);
		const struct drift__service *service = service_of(s, cases[i].service);
		const struct drift_value *input, *want, *out;
		enum drift_status request = DRIFT_NOMEM, reply = DRIFT_NOMEM;
		struct drift__http_request r;
		struct drift__reply_error e;
		struct drift__arena a;

		drift__json_parse(&s->arena, cases[i].input, strlen(cases[i].input), NULL, &input, NULL);
		assert_int_equal(drift__codec_reply(service, op, 200, NULL, cases[i].body, strlen(cases[i].body), &s->arena, &want, NULL), DRIFT_OK);
		for (n = 1; n < 500 && (request != DRIFT_OK || reply != DRIFT_OK); n++) {
			drift__arena_init(&a, 0);
			drift__alloc_fail_after(n);
			request = drift__codec_request(service, op, input, &a, &r, NULL);
			drift__alloc_fail_after(n);
			reply = drift__codec_reply(service, op, 200, NULL, cases[i].body, strlen(cases[i].body), &a, &out, NULL);
			drift__alloc_fail_after(n);
			drift__codec_error(service, 400, NULL, cases[i].body, strlen(cases[i].body), &e);
			drift__alloc_fail_after(0);
			assert_true(e.code[0] != '\0');
			assert_true(request == DRIFT_OK || request == DRIFT_NOMEM);
			assert_true(reply == DRIFT_NOMEM || (reply == DRIFT_OK && drift__value_compare(out, want) == 0));
			drift__arena_dispose(&a);
		}
		assert_true(n > 3 && n < 500);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_botocore),
		cmocka_unit_test(test_replies_by_hand),
		cmocka_unit_test(test_bad_replies),
		cmocka_unit_test(test_truncated_replies),
		cmocka_unit_test(test_deep_and_huge_replies),
		cmocka_unit_test(test_page_of_ten_thousand),
		cmocka_unit_test(test_bad_inputs),
		cmocka_unit_test(test_request_details),
		cmocka_unit_test(test_only_reads),
		cmocka_unit_test(test_error_details),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
