/* Replies of all protocols: the first byte picks the operation, the second the HTTP status, the rest is the body. What decodes is a map
 * that a pager can follow and JSON can hold; what does not says why. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "aws/codec.h"

static const struct {
	const char *service, *operation;
} operations[] = {
	{"ec2", "DescribeInstances"}, {"ec2", "DescribeVpcs"}, {"iam", "ListRoles"}, {"sns", "GetTopicAttributes"}, {"s3", "ListObjectVersions"},
	{"s3", "GetBucketAcl"}, {"s3", "GetBucketLocation"}, {"s3", "GetObject"}, {"route53", "ListResourceRecordSets"},
	{"cloudfront", "ListDistributions"}, {"ecs", "DescribeServices"}, {"dynamodb", "ListTables"}, {"apigatewayv2", "GetRoutes"},
	{"lambda", "ListFunctions"}, {"eks", "DescribeCluster"}, {"firehose", "ListDeliveryStreams"},
};

static const struct drift__operation *
pick(uint8_t which, const struct drift__service **service)
{
	static struct drift_catalogue *catalogue; /* opened once; lives as long as the process */
	const struct drift__operation *op;
	size_t i = which % (sizeof operations / sizeof operations[0]);

	if (!catalogue && drift_catalogue_open(NULL, &catalogue, NULL) != DRIFT_OK)
		abort();
	*service = drift__catalogue_service(catalogue, operations[i].service, NULL);
	op = *service ? drift__service_operation(*service, operations[i].operation, NULL) : NULL;
	if (!op)
		abort();
	return op;
}

static void
use(const struct drift__operation *op, const struct drift_value *out, struct drift__arena *a)
{
	const struct drift_value *next = NULL, *whole = NULL, *pages[2];
	struct drift__buf text;

	pages[0] = pages[1] = out;
	if (drift_value_kind(out) != DRIFT_MAP)
		abort();
	drift__buf_init(&text, 64u << 20);
	drift__json_write(&text, out, 0, true);
	if (drift__pager_next(op, NULL, out, a, &next, NULL) == DRIFT_OK && next && drift_value_kind(next) != DRIFT_MAP)
		abort();
	if (drift__pager_merge(op, pages, 2, a, &whole, NULL) == DRIFT_OK && drift_value_kind(whole) != DRIFT_MAP)
		abort();
	drift__buf_dispose(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct drift_value *out = NULL;
	const struct drift__service *service;
	const struct drift__operation *op;
	struct drift__reply_error e;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__arena a;
	enum drift_status st;

	if (size < 2)
		return 0;
	op = pick(data[0], &service);
	drift__arena_init(&a, 32u << 20);
	st = drift__codec_reply(service, op, 200, NULL, data + 2, size - 2, &a, &out, &err);
	if (st == DRIFT_OK)
		use(op, out, &a);
	else if (out || err.status != st || !err.what[0])
		abort();
	drift__codec_error(service, 300 + data[1], NULL, data + 2, size - 2, &e);
	if (!e.code[0] || strlen(e.message) >= sizeof e.message)
		abort();
	drift__arena_dispose(&a);
	return 0;
}
