/* Which lists are asked, and whose that is which stands in what AWS made: accounts of a few replies, told as text. */
#include "recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define IDENTITY "{\"service\":\"sts\",\"operation\":\"GetCallerIdentity\",\"pages\":[{\"Account\":\"123456789012\"}]}"
#define REPLY(service, operation, page) \
	",{\"service\":\"" service "\",\"operation\":\"" operation "\",\"region\":\"us-east-1\",\"pages\":[" page "]}"
#define INSTANCE(type, attributes) \
	"{\"mode\":\"managed\",\"type\":\"" type "\",\"name\":\"x\",\"provider\":\"provider[\\\"registry.terraform.io/hashicorp/aws\\\"]\"," \
	"\"instances\":[{\"schema_version\":0,\"attributes\":" attributes "}]}"

struct scene {
	const char *type, *calls, *state; /* calls behind the identity; state: resources[], or NULL */
	bool by_name; /* else by a pattern */
};
struct scanned {
	struct drift_catalogue *catalogue;
	struct drift_document *calls, *resources;
	struct replay replay;
	struct drift_snapshot *state, *live;
};

static void
scan(struct scanned *s, const struct scene *scene)
{
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20), pattern = DRIFT__BUF_INIT(256);
	const char *types[] = {NULL, NULL};

	*s = (struct scanned){0};
	drift__buf_addf(&b, "[" IDENTITY "%s]", scene->calls);
	if (drift_catalogue_open(NULL, &s->catalogue, &err) != DRIFT_OK || drift_document_parse(b.data, b.len, "calls", &s->calls, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	s->replay.calls = drift_document_root(s->calls);
	s->replay.region = "us-east-1";
	if (scene->state != NULL) {
		drift__buf_dispose(&b);
		drift__buf_addf(&b, "[%s]", scene->state);
		assert_int_equal(drift_document_parse(b.data, b.len, "state", &s->resources, &err), DRIFT_OK);
		s->state = state_of(s->catalogue, drift_document_root(s->resources), &err);
		assert_non_null(s->state);
	}
	drift__buf_addf(&pattern, "%c%s", scene->by_name ? scene->type[0] : '?', scene->type + 1);
	types[0] = pattern.data;
	o.all = true;
	o.types = types;
	o.state = s->state;
	if (drift__inventory_run(s->catalogue, replay_transport(&s->replay), &o, &s->live, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	drift__buf_dispose(&b);
	drift__buf_dispose(&pattern);
}

static void
dispose(struct scanned *s)
{
	drift_snapshot_free(s->live);
	drift_snapshot_free(s->state);
	drift_document_free(s->resources);
	drift_document_free(s->calls);
	drift_catalogue_free(s->catalogue);
	drift__free(s->replay.open);
}

#define GROUPS(list) REPLY("autoscaling", "DescribeAutoScalingGroups", "{\"AutoScalingGroups\":[" list "]}")
#define INSTANCE_IN(group) REPLY("ec2", "DescribeInstances", "{\"Reservations\":[{\"Instances\":[{\"InstanceId\":\"i-1\",\"Placement\":" \
	"{\"GroupName\":\"" group "\"},\"Tags\":[{\"Key\":\"aws:autoscaling:groupName\",\"Value\":\"web\"}]}]}]}") \
	REPLY("ec2", "DescribeSubnets", "{\"Subnets\":[]}") REPLY("ec2", "DescribeVpcs", "{\"Vpcs\":[]}") \
	REPLY("ec2", "DescribeVolumes", "{\"Volumes\":[]}")

/* What can't be there without an object of another type is asked for only where there is one, or where the state has one. */
static void
a_list_waits_for_what_it_needs(void **unused)
{
	static const struct {
		struct scene scene;
		const char *asked; /* the first call that nobody wrote down; "" = none */
	} cases[] = {
		{{"aws_autoscaling_schedule", GROUPS(""), NULL, false}, ""},
		{{"aws_autoscaling_schedule", GROUPS("{\"AutoScalingGroupName\":\"web\"}"), NULL, false},
			"autoscaling DescribeScheduledActions us-east-1 null"},
		{{"aws_autoscaling_schedule", GROUPS("{\"AutoScalingGroupName\":\"web\",\"Status\":\"Delete in progress\"}"), NULL, false}, ""},
		{{"aws_autoscaling_schedule", GROUPS(""), INSTANCE("aws_autoscaling_schedule",
			"{\"id\":\"night\",\"autoscaling_group_name\":\"web\",\"scheduled_action_name\":\"night\"}"), false},
			"autoscaling DescribeScheduledActions us-east-1 null"},
		{{"aws_autoscaling_schedule", GROUPS(""), NULL, true}, "autoscaling DescribeScheduledActions us-east-1 null"},
		{{"aws_placement_group", INSTANCE_IN(""), NULL, false}, ""},
		{{"aws_placement_group", INSTANCE_IN("hpc"), NULL, false},
			"ec2 DescribePlacementGroups us-east-1 null"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scanned s;

		scan(&s, &cases[i].scene);
		assert_string_equal(s.replay.unknown, cases[i].asked);
		/* where it was not asked, the list is whole all the same */
		assert_int_equal(drift_value_size(drift_value_get(drift_value_get(s.live->meta, "listed"), cases[i].scene.type)) == 1,
			cases[i].asked[0] == '\0');
		dispose(&s);
	}
}

#define DEFAULT_VPC REPLY("ec2", "DescribeVpcs", "{\"Vpcs\":[{\"VpcId\":\"vpc-1\",\"IsDefault\":true}]}")
#define GATEWAY DEFAULT_VPC REPLY("ec2", "DescribeInternetGateways", \
	"{\"InternetGateways\":[{\"InternetGatewayId\":\"igw-1\",\"Attachments\":[{\"VpcId\":\"vpc-1\"}]}]}")
#define ATTRIBUTE(name) ",{\"service\":\"ec2\",\"operation\":\"DescribeVpcAttribute\",\"region\":\"us-east-1\",\"input\":{\"VpcId\":\"vpc-1\"," \
	"\"Attribute\":\"" name "\"},\"pages\":[{}]}"

/* AWS's own VPC, and what stands in it: its gateway is AWS's, too, until a state claims the VPC; a group is somebody's. */
static void
what_stands_in_a_default_vpc(void **unused)
{
	static const struct {
		struct scene scene;
		bool is_default;
	} cases[] = {
		{{"aws_internet_gateway", GATEWAY, NULL, false}, true},
		{{"aws_internet_gateway", GATEWAY ATTRIBUTE("enableDnsHostnames") ATTRIBUTE("enableDnsSupport")
			ATTRIBUTE("enableNetworkAddressUsageMetrics"), INSTANCE("aws_default_vpc", "{\"id\":\"vpc-1\"}"), false}, false},
		{{"aws_security_group", DEFAULT_VPC REPLY("ec2", "DescribeSecurityGroups",
			"{\"SecurityGroups\":[{\"GroupId\":\"sg-1\",\"GroupName\":\"launch-wizard-1\",\"OwnerId\":\"123456789012\",\"VpcId\":\"vpc-1\"}]}"), NULL, false},
			false},
	};
	size_t i, first;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scanned s;

		scan(&s, &cases[i].scene);
		assert_string_equal(s.replay.unknown, "");
		assert_int_equal(drift__snapshot_of_type(s.live, cases[i].scene.type, &first), 1);
		assert_int_equal((s.live->resources[first].flags & DRIFT__AWS_DEFAULT) != 0, cases[i].is_default);
		dispose(&s);
	}
}

#define ROUTE53(operation, rest) ",{\"service\":\"route53\",\"operation\":\"" operation "\"," rest "}"
#define ZONE(is_private, sets) ROUTE53("ListHostedZones", "\"pages\":[" \
	"{\"HostedZones\":[{\"Id\":\"/hostedzone/Z1\",\"Name\":\"x.\",\"Config\":{\"PrivateZone\":" is_private "}}]}]") \
	ROUTE53("ListTagsForResources", "\"input\":{\"ResourceType\":\"hostedzone\",\"ResourceIds\":[\"Z1\"]},\"pages\":[{\"ResourceTagSets\":[]}]") sets
#define SETS(list) ROUTE53("ListReusableDelegationSets", "\"pages\":[{\"DelegationSets\":[" list "]}]")
#define ASKED "route53 GetHostedZone - {\"Id\":\"Z1\"}"

/* A public zone is asked for its delegation set where the account has one that it may have, or nobody knows. */
static void
a_zone_is_read_where_there_is_something_to_tell(void **unused)
{
	static const struct {
		struct scene scene;
		const char *asked;
	} cases[] = {
		{{"aws_route53_zone", ZONE("false", SETS("")), NULL, false}, ""},
		{{"aws_route53_zone", ZONE("true", SETS("")), NULL, false}, ASKED},
		{{"aws_route53_zone", ZONE("false", SETS("{\"Id\":\"/delegationset/N1\"}")), NULL, false}, ASKED},
		{{"aws_route53_zone", ZONE("false", ROUTE53("ListReusableDelegationSets",
			"\"error\":{\"code\":\"AccessDenied\",\"http_status\":403,\"status\":\"DENIED\"}")), NULL, false}, ASKED},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scanned s;

		scan(&s, &cases[i].scene);
		assert_string_equal(s.replay.unknown, cases[i].asked);
		dispose(&s);
	}
}

static void
keep_line(void *ctx, int level, const char *line)
{
	if (level == 0)
		drift__buf_adds(ctx, line);
}

/* A mistyped region is refused before anything is asked there; one that may be new is asked, and that is said. */
static void
regions_that_are_not_known(void **unused)
{
	static const struct {
		const char *region, *hint; /* NULL: it is asked */
		const char *said;
	} cases[] = {
		{"us-east-1", NULL, ""},
		{"us-gov-esat-1", "scan each partition with credentials of its own", ""},
		{"us-esat-1", "did you mean us-east-1?", ""},
		{"uss-west-2", "did you mean us-west-2?", ""},
		{"somewhere-else-9", "regions are named like eu-west-1", ""},
		{"US_EAST_1", "regions are named like eu-west-1", ""},
		{"zz-southwest-2", NULL, "zz-southwest-2 is no region that is known here; it is asked all the same"},
		{"us-east-9", NULL, "us-east-9 is no region that is known here (did you mean us-east-1?); it is asked all the same"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__buf said = DRIFT__BUF_INIT(4096);
		struct drift_catalogue *catalogue;
		struct drift_document *calls;
		struct drift_snapshot *live = NULL;
		struct replay replay = {.region = "us-east-1"};
		const char *const types[] = {"aws_sns_topic", NULL}, *const regions[] = {cases[i].region, NULL};
		struct drift__transport t = replay_transport(&replay);
		enum drift_status st;

		assert_int_equal(drift_catalogue_open(NULL, &catalogue, &err), DRIFT_OK);
		assert_int_equal(drift_document_parse("[" IDENTITY "]", strlen("[" IDENTITY "]"), "calls", &calls, &err), DRIFT_OK);
		replay.calls = drift_document_root(calls);
		t.log = keep_line;
		t.log_ctx = &said;
		o.all = true;
		o.types = types;
		o.regions = regions;
		st = drift__inventory_run(catalogue, t, &o, &live, &err);
		assert_int_equal(st, cases[i].hint != NULL ? DRIFT_USAGE : DRIFT_OK);
		if (cases[i].hint != NULL) {
			assert_string_equal(err.where, cases[i].region);
			assert_string_equal(err.hint, cases[i].hint);
		}
		assert_string_equal(said.data != NULL ? said.data : "", cases[i].said);
		drift_snapshot_free(live);
		drift_document_free(calls);
		drift_catalogue_free(catalogue);
		drift__free(replay.open);
		drift__buf_dispose(&said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_waits_for_what_it_needs),
		cmocka_unit_test(what_stands_in_a_default_vpc),
		cmocka_unit_test(a_zone_is_read_where_there_is_something_to_tell),
		cmocka_unit_test(regions_that_are_not_known),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	replay_moment_bytes = 1; /* and again so that what is kept longer than it may be shows */
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
