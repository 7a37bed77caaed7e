/* Pages: what is asked for next, when it ends, and how pages become one output. */
#include "aws/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static const struct drift_value *
json(struct suite *s, const char *text)
{
	const struct drift_value *v;

	if (text == NULL)
		return NULL;
	if (drift__json_parse(&s->arena, text, strlen(text), NULL, &v, NULL) != DRIFT_OK)
		fail_msg("%s", text);
	return v;
}

static const struct drift__operation *
operation_of(struct suite *s, const char *service, const char *name)
{
	const struct drift__service *of = drift__catalogue_service(s->catalogue, service, NULL);
	const struct drift__operation *op = of != NULL ? drift__service_operation(of, name, NULL) : NULL;

	if (op == NULL)
		fail_msg("%s:%s", service, name);
	return op;
}

static void
check(const struct drift_value *got, const struct drift_value *want, const char *name)
{
	char *a;

	if ((got == NULL) == (want == NULL) && drift__value_compare(got, want) == 0)
		return;
	a = drift_value_to_json(got, 0);
	print_error("%s: got %s\n", name, got != NULL ? a : "no further page");
	drift_text_free(a);
	fail();
}

static void
test_next(void **state)
{
	static const struct {
		const char *service, *operation, *input, *output, *next; /* NULL: no further page */
	} cases[] = {
		{"ec2", "DescribeVpcs", NULL, "{\"Vpcs\":[],\"NextToken\":\"t\"}", "{\"NextToken\":\"t\"}"},
		{"ec2", "DescribeVpcs", "{\"VpcIds\":[\"v\"],\"NextToken\":\"t\"}", "{\"NextToken\":\"u\"}", "{\"VpcIds\":[\"v\"],\"NextToken\":\"u\"}"},
		{"ec2", "DescribeVpcs", "{\"NextToken\":\"t\"}", "{\"Vpcs\":[]}", NULL},
		{"ec2", "DescribeVpcs", "{\"NextToken\":\"t\"}", "{\"Vpcs\":[],\"NextToken\":\"\"}", NULL},
		{"ec2", "DescribeVpcs", "{\"NextToken\":\"t\"}", "{\"NextToken\":null}", NULL},
		{"s3", "GetBucketPolicy", "{\"Bucket\":\"b\"}", "{\"Policy\":\"x\"}", NULL},
		/* a flag says whether there is more, whatever the token */
		{"iam", "ListRoles", NULL, "{\"IsTruncated\":true,\"Marker\":\"m\"}", "{\"Marker\":\"m\"}"},
		{"iam", "ListRoles", NULL, "{\"IsTruncated\":false,\"Marker\":\"m\"}", NULL},
		{"iam", "ListRoles", NULL, "{\"Marker\":\"m\"}", NULL},
		{"iam", "ListRoles", NULL, "{\"IsTruncated\":true}", NULL},
		/* several tokens, some of them absent */
		{"route53", "ListResourceRecordSets", "{\"HostedZoneId\":\"Z\",\"StartRecordName\":\"a\",\"StartRecordType\":\"A\",\"StartRecordIdentifier\":\"i\"}",
			"{\"IsTruncated\":true,\"NextRecordName\":\"b\",\"NextRecordType\":\"A\"}",
			"{\"HostedZoneId\":\"Z\",\"StartRecordName\":\"b\",\"StartRecordType\":\"A\"}"},
		/* nested, the last element, one or the other */
		{"cloudfront", "ListDistributions", NULL, "{\"DistributionList\":{\"IsTruncated\":true,\"NextMarker\":\"n\",\"Items\":[]}}", "{\"Marker\":\"n\"}"},
		{"firehose", "ListDeliveryStreams", NULL, "{\"DeliveryStreamNames\":[\"a\",\"b\"],\"HasMoreDeliveryStreams\":true}",
			"{\"ExclusiveStartDeliveryStreamName\":\"b\"}"},
		{"firehose", "ListDeliveryStreams", NULL, "{\"DeliveryStreamNames\":[],\"HasMoreDeliveryStreams\":true}", NULL},
		{"s3", "ListObjects", "{\"Bucket\":\"b\"}", "{\"IsTruncated\":true,\"Contents\":[{\"Key\":\"a\"},{\"Key\":\"z\"}]}", "{\"Bucket\":\"b\",\"Marker\":\"z\"}"},
		{"s3", "ListObjects", "{\"Bucket\":\"b\"}", "{\"IsTruncated\":true,\"NextMarker\":\"m\",\"Contents\":[]}", "{\"Bucket\":\"b\",\"Marker\":\"m\"}"},
		{"s3", "ListObjectVersions", "{\"Bucket\":\"b\"}", "{\"IsTruncated\":true,\"NextKeyMarker\":\"k\",\"NextVersionIdMarker\":\"v\"}",
			"{\"Bucket\":\"b\",\"KeyMarker\":\"k\",\"VersionIdMarker\":\"v\"}"},
		{"dynamodb", "ListTables", NULL, "{\"TableNames\":[\"t\"],\"LastEvaluatedTableName\":\"t\"}", "{\"ExclusiveStartTableName\":\"t\"}"},
		/* pagers that the SDKs do not have */
		{"wafv2", "ListWebACLs", "{\"Scope\":\"REGIONAL\"}", "{\"NextMarker\":\"n\",\"WebACLs\":[]}", "{\"Scope\":\"REGIONAL\",\"NextMarker\":\"n\"}"},
		{"cloudfront", "ListCachePolicies", NULL, "{\"CachePolicyList\":{\"NextMarker\":\"n\"}}", "{\"Marker\":\"n\"}"},
		{"apigatewayv2", "GetApis", NULL, "{\"Items\":[],\"NextToken\":\"n\"}", "{\"NextToken\":\"n\"}"},
		{"apigateway", "GetRestApis", NULL, "{\"items\":[],\"position\":\"n\"}", "{\"position\":\"n\"}"},
	};
	struct suite *s = *state;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct drift_value *next = &drift__null;
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift__pager_next(operation_of(s, cases[i].service, cases[i].operation), json(s, cases[i].input), json(s, cases[i].output),
			&s->arena, &next, &err), DRIFT_OK);
		check(next, json(s, cases[i].next), cases[i].output);
	}
}

static void
test_repeated_token(void **state)
{
	static const struct {
		const char *service, *operation, *input, *output;
	} cases[] = {
		{"ec2", "DescribeVpcs", "{\"NextToken\":\"t\"}", "{\"NextToken\":\"t\"}"},
		{"route53", "ListResourceRecordSets", "{\"StartRecordName\":\"a\",\"StartRecordType\":\"A\"}",
			"{\"IsTruncated\":true,\"NextRecordName\":\"a\",\"NextRecordType\":\"A\"}"},
		{"firehose", "ListDeliveryStreams", "{\"ExclusiveStartDeliveryStreamName\":\"b\"}",
			"{\"DeliveryStreamNames\":[\"b\"],\"HasMoreDeliveryStreams\":true}"},
	};
	struct suite *s = *state;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct drift_value *next = &drift__null;
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift__pager_next(operation_of(s, cases[i].service, cases[i].operation), json(s, cases[i].input), json(s, cases[i].output),
			&s->arena, &next, &err), DRIFT_BAD_REPLY);
		assert_ptr_equal(next, &drift__null);
		assert_non_null(strstr(err.what, "repeats the page token"));
	}
}

static void
test_merge(void **state)
{
	static const struct {
		const char *service, *operation, *pages[3], *whole;
	} cases[] = {
		{"ec2", "DescribeVpcs", {"{\"Vpcs\":[1],\"NextToken\":\"t\"}", "{\"Vpcs\":[2,3],\"NextToken\":\"u\"}", "{\"Vpcs\":[]}"}, "{\"Vpcs\":[1,2,3]}"},
		{"ec2", "DescribeVpcs", {"{\"Vpcs\":[1]}"}, "{\"Vpcs\":[1]}"},
		{"ec2", "DescribeVpcs", {"{\"NextToken\":\"t\"}", "{\"Vpcs\":[2]}"}, "{\"Vpcs\":[2]}"},
		{"ec2", "DescribeVpcs", {"{\"NextToken\":\"t\"}", "{}"}, "{}"},
		{"iam", "ListRoles", {"{\"Roles\":[1],\"IsTruncated\":true,\"Marker\":\"m\"}", "{\"Roles\":[2],\"IsTruncated\":false}"},
			"{\"Roles\":[1,2],\"IsTruncated\":false}"},
		{"iam", "GetAccountAuthorizationDetails", {"{\"UserDetailList\":[1],\"GroupDetailList\":[],\"IsTruncated\":true,\"Marker\":\"m\"}",
			"{\"UserDetailList\":[2],\"RoleDetailList\":[3],\"IsTruncated\":false}"},
			"{\"UserDetailList\":[1,2],\"GroupDetailList\":[],\"RoleDetailList\":[3],\"IsTruncated\":false}"},
		{"cloudfront", "ListDistributions",
			{"{\"DistributionList\":{\"IsTruncated\":true,\"NextMarker\":\"n\",\"Items\":[1],\"Quantity\":1}}", "{\"DistributionList\":{\"IsTruncated\":false,\"Items\":[2]}}"},
			"{\"DistributionList\":{\"IsTruncated\":false,\"Items\":[1,2],\"Quantity\":1}}"},
		{"cloudfront", "ListDistributions",
			{"{\"DistributionList\":{\"IsTruncated\":true,\"NextMarker\":\"n\"}}", "{\"DistributionList\":{\"IsTruncated\":false,\"Items\":[2]}}"},
			"{\"DistributionList\":{\"IsTruncated\":false,\"Items\":[2]}}"},
		{"firehose", "ListDeliveryStreams",
			{"{\"DeliveryStreamNames\":[\"a\"],\"HasMoreDeliveryStreams\":true}", "{\"DeliveryStreamNames\":[\"b\"],\"HasMoreDeliveryStreams\":false}"},
			"{\"DeliveryStreamNames\":[\"a\",\"b\"],\"HasMoreDeliveryStreams\":false}"},
		{"s3", "ListObjectsV2", {"{\"Contents\":[1],\"IsTruncated\":true,\"NextContinuationToken\":\"c\"}", "{\"Contents\":[2],\"CommonPrefixes\":[9]}"},
			"{\"Contents\":[1,2],\"CommonPrefixes\":[9],\"IsTruncated\":false}"},
		{"s3", "GetBucketPolicy", {"{\"Policy\":\"p\"}"}, "{\"Policy\":\"p\"}"},
	};
	struct suite *s = *state;
	const struct drift_value *pages[3], *whole;
	size_t i, n;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (n = 0; n < 3 && cases[i].pages[n] != NULL; n++)
			pages[n] = json(s, cases[i].pages[n]);
		assert_int_equal(drift__pager_merge(operation_of(s, cases[i].service, cases[i].operation), pages, n, &s->arena, &whole, NULL), DRIFT_OK);
		check(whole, json(s, cases[i].whole), cases[i].pages[0]);
	}
}

/* Without memory: NOMEM, and nothing leaks, whichever allocation fails. */
static void
test_without_memory(void **state)
{
	struct suite *s = *state;
	const struct drift__operation *op = operation_of(s, "iam", "ListRoles");
	const struct drift_value *input = json(s, "{\"PathPrefix\":\"/\"}"), *v = NULL;
	const struct drift_value *pages[2] = {json(s, "{\"Roles\":[1],\"IsTruncated\":true,\"Marker\":\"m\"}"), json(s, "{\"Roles\":[2],\"IsTruncated\":false}")};
	enum drift_status next = DRIFT_NOMEM, merge = DRIFT_NOMEM;
	struct drift__arena a;
	long n;

	for (n = 1; n < 200 && (next != DRIFT_OK || merge != DRIFT_OK); n++) {
		drift__arena_init(&a, 0);
		drift__alloc_fail_after(n);
		next = drift__pager_next(op, input, pages[0], &a, &v, NULL);
		drift__alloc_fail_after(n);
		merge = drift__pager_merge(op, pages, 2, &a, &v, NULL);
		drift__alloc_fail_after(0);
		assert_true((next == DRIFT_OK || next == DRIFT_NOMEM) && (merge == DRIFT_OK || merge == DRIFT_NOMEM));
		drift__arena_dispose(&a);
	}
	assert_true(n > 2 && n < 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_repeated_token),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
