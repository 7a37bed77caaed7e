/* Two snapshots to findings, with entries of the real catalogue. Resources are written as saved snapshots have them; what is expected is a
 * JMESPath view of the findings. */
#include "drift/diff.h"
#include "model/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct drift_snapshot *
snapshot(const char *side, const char *meta, const char *gaps, const char *resources)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	struct drift_snapshot *s = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	drift__buf_addf(&b, "{\"format_version\": \"1.0\", \"side\": \"%s\", \"meta\": %s, \"gaps\": [%s], \"resources\": [%s]}", side, meta, gaps, resources);
	if (drift_snapshot_from_json(b.data, b.len, side, &s, &err) != DRIFT_OK)
		fail_msg("%s: %s\n%s", err.where, err.what, resources);
	drift__buf_dispose(&b);
	return s;
}

struct scene {
	const char *state, *live;  /* resources */
	const char *meta, *gaps;   /* live; NULL = complete, "listed" everywhere */
	const struct drift_diff_options *options;
	const char *view, *expected;
};

#define LISTED                                                                                                          \
	"{\"account\": \"111122223333\", \"complete\": true, \"listed\": {\"aws_sqs_queue\": [\"eu-west-1\"], \"aws_iam_role\": [\"*\"], "              \
	"\"aws_iam_role_policy_attachment\": [\"*\"], \"aws_iam_user_group_membership\": [\"*\"], \"aws_security_group\": [\"eu-west-1\"], \"aws_security_group_rule\": [\"eu-west-1\"], "         \
	"\"aws_vpc_security_group_ingress_rule\": [\"eu-west-1\"], \"aws_ssm_parameter\": [\"eu-west-1\"], \"aws_s3_object\": []}}"

static void
play(const struct scene *s)
{
	struct drift_catalogue *catalogue = NULL;
	struct drift_snapshot *state = snapshot("state", "{}", "", s->state), *live = snapshot("live", s->meta != NULL ? s->meta : LISTED,
		s->gaps != NULL ? s->gaps : "", s->live);
	struct drift_findings *findings = NULL;
	struct drift_document *view = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text;

	if (drift_catalogue_open(NULL, &catalogue, &err) != DRIFT_OK || drift_diff(catalogue, state, live, s->options, &findings, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	/* findings own their data */
	drift_snapshot_free(state);
	drift_snapshot_free(live);
	drift_catalogue_free(catalogue);
	if (drift_query(s->view, drift_findings_root(findings), &view, &err) != DRIFT_OK)
		fail_msg("%s: %s", s->view, err.what);
	text = drift_value_to_json(drift_document_root(view), 0);
	if (strcmp(text, s->expected) != 0) {
		char *whole = drift_value_to_json(drift_findings_root(findings), 1);

		print_message("%s\n", whole);
		fail_msg("%s gives\n%s\nnot\n%s", s->view, text, s->expected);
	}
	drift_text_free(text);
	drift_document_free(view);
	drift_findings_free(findings);
}

#define COUNTS "[summary.in_sync, summary.unmanaged, summary.missing, summary.changed, summary.unknown, summary.ignored]"
#define Q(name) "https://sqs.eu-west-1.amazonaws.com/111122223333/" name
#define QUEUE_STATE(address, name, more)                                                                                \
	"{\"type\": \"aws_sqs_queue\", \"address\": \"" address "\", \"id\": \"" Q(name) "\", \"region\": \"eu-west-1\", \"attributes\": {\"id\": \"" Q(name) "\", "  \
	"\"name\": \"" name "\", \"delay_seconds\": 0, \"visibility_timeout_seconds\": 30, \"tags\": {\"N\": \"1\"}, \"tags_all\": {\"N\": \"1\", \"Env\": \"prod\"}, "    \
	"\"policy\": \"\", \"redrive_policy\": \"null\"" more "}}"
#define QUEUE_LIVE(name, flags, more, attributes)                                                                       \
	"{\"type\": \"aws_sqs_queue\", \"flags\": [" flags "], \"id\": \"" Q(name) "\", \"name\": \"" name "\", \"region\": \"eu-west-1\", \"keys\": [\"" Q(name) "\"], "    \
	"\"import_id\": \"" Q(name) "\"" more ", \"attributes\": {\"name\": \"" name "\", \"delay_seconds\": null, \"visibility_timeout_seconds\": 30, "             \
	"\"tags\": {\"Env\": \"prod\", \"N\": \"1\", \"aws:x\": \"y\"}, \"policy\": null, \"redrive_policy\": null" attributes "}}"
#define SCOPE "\"in_scope\""

static void
what_is_the_same_is_silent(void **unused)
{
	static const struct scene s = {.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = QUEUE_LIVE("a", SCOPE, "", ""),
		.view = "[complete, " COUNTS "]", .expected = "[true,[1,0,0,0,0,0]]"};

	(void)unused;
	play(&s);
}

static void
missing_is_only_what_was_looked_for(void **unused)
{
	static const struct scene scenes[] = {
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = "", .view = "[missing[].address, " COUNTS "]", .expected = "[[\"aws_sqs_queue.a\"],[0,0,1,0,0,0]]"},
		/* looked up, and AWS says that it is gone */
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = QUEUE_LIVE("a", "\"gone\", \"looked_up\"", "", ""), .view = COUNTS, .expected = "[0,0,1,0,0,0]"},
		/* never listed, only looked up: no answer means that there is none */
		{.state = "{\"type\": \"aws_s3_object\", \"address\": \"aws_s3_object.o\", \"id\": \"k\", \"attributes\": {\"bucket\": \"b\", \"key\": \"k\"}}", .live = "",
			.view = COUNTS, .expected = "[0,0,1,0,0,0]"},
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = "", .meta = "{\"complete\": false, \"listed\": {\"aws_sqs_queue\": []}}",
			.gaps = "{\"type\": \"aws_sqs_queue\", \"region\": \"eu-west-1\", \"operation\": \"ListQueues\", \"action\": \"sqs:ListQueues\", \"status\": \"DENIED\", \"reason\": \"refused\"}",
			.view = "[complete, unknown[].[type, address, region, reason, action], missing]",
			.expected = "[false,[[\"aws_sqs_queue\",null,\"eu-west-1\",\"refused\",\"sqs:ListQueues\"],[\"aws_sqs_queue\",\"aws_sqs_queue.a\",\"eu-west-1\",\"refused\",\"sqs:ListQueues\"]],[]]"},
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = "", .meta = "{\"complete\": true, \"listed\": {\"aws_sqs_queue\": [\"us-east-1\"]}}",
			.view = "[complete, unknown[].reason]", .expected = "[false,[\"region eu-west-1 was not scanned\"]]"},
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = "", .meta = "{\"complete\": true, \"listed\": {}}",
			.view = "unknown[].reason", .expected = "[\"the scan did not ask for this type\"]"},
		{.state = "{\"type\": \"aws_sqs_queue\", \"address\": \"aws_sqs_queue.a\", \"id\": \"x\", \"account\": \"999988887777\", \"region\": \"eu-west-1\", \"attributes\": {}}", .live = "",
			.view = "unknown[].reason", .expected = "[\"it belongs to account 999988887777; this scan read 111122223333\"]"},
		/* the same name elsewhere is another queue */
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = "{\"type\": \"aws_sqs_queue\", \"flags\": [\"in_scope\"], \"id\": \"" Q("a") "\", \"region\": \"us-east-1\", \"attributes\": {}}",
			.view = COUNTS, .expected = "[0,1,1,0,0,0]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

/* What the state has as aws_ami_copy is an image like all others, for whom only aws_ami was looked at. */
static void
a_twin_that_was_not_looked_at_is_managed(void **unused)
{
	static const char *const types[] = {"aws_ami", NULL};
	static const struct drift_diff_options only = {sizeof only, NULL, 0, NULL, NULL, types, false, false};
	static const struct scene s = {.options = &only,
		.state = "{\"type\": \"aws_ami_copy\", \"address\": \"aws_ami_copy.a\", \"id\": \"ami-1\", \"region\": \"eu-west-1\", \"attributes\": {\"id\": \"ami-1\"}}",
		.live = "{\"type\": \"aws_ami\", \"flags\": [\"in_scope\"], \"id\": \"ami-1\", \"region\": \"eu-west-1\", \"attributes\": {}},"
			"{\"type\": \"aws_ami\", \"flags\": [\"in_scope\"], \"id\": \"ami-2\", \"region\": \"eu-west-1\", \"attributes\": {}}",
		.view = "unmanaged[].id", .expected = "[\"ami-2\"]"};

	(void)unused;
	play(&s);
}

static void
unmanaged_is_what_a_person_made(void **unused)
{
	static const struct drift_diff_options all = {sizeof all, NULL, 0, NULL, NULL, NULL, true, true};
	static const char live[] = QUEUE_LIVE("hand", SCOPE, ", \"tags\": {\"Env\": \"prod\"}", "") "," QUEUE_LIVE("other", "", "", "") "," QUEUE_LIVE("looked", SCOPE ", \"looked_up\"", "", "") ","
		QUEUE_LIVE("aws", SCOPE ", \"aws_default\"", "", "") "," QUEUE_LIVE("tf", SCOPE ", \"backend\"", "", "") ","
		QUEUE_LIVE("stack", SCOPE, ", \"owner\": \"cloudformation:web\", \"owner_rule\": \"tag aws:cloudformation:stack-name\"", "");
	static const struct scene scenes[] = {
		{.state = "", .live = live, .view = "[unmanaged[].[name, import_id, tags.Env, owner], other_managers[].[owner, count, resources[].name], summary.[unmanaged, other_managers, aws_defaults]]",
			.expected = "[[[\"hand\",\"" Q("hand") "\",\"prod\",null]],[[\"cloudformation:web\",1,[\"stack\"]]],[1,1,1]]"},
		{.state = "", .live = live, .options = &all, .view = "unmanaged[].[name, owner]", .expected = "[[\"aws\",null],[\"hand\",null],[\"stack\",\"cloudformation:web\"]]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

#define ROLE_STATE(policies) "{\"type\": \"aws_iam_role\", \"address\": \"aws_iam_role.r\", \"id\": \"r\", \"attributes\": {\"id\": \"r\", \"name\": \"r\", \"description\": \"\", "   \
	"\"managed_policy_arns\": " policies ", \"inline_policy\": [], \"max_session_duration\": 3600}}"
#define ROLE_LIVE(policies) "{\"type\": \"aws_iam_role\", \"flags\": [\"in_scope\"], \"id\": \"r\", \"name\": \"r\", \"keys\": [\"r\"], \"attributes\": {\"name\": \"r\", \"description\": null, " \
	"\"managed_policy_arns\": " policies ", \"inline_policy\": [{\"name\": \"\", \"policy\": null}], \"max_session_duration\": null}}"
#define ATTACHED_STATE(arn) "{\"type\": \"aws_iam_role_policy_attachment\", \"address\": \"aws_iam_role_policy_attachment.a\", \"id\": \"r-1\", \"attributes\": {\"role\": \"r\", \"policy_arn\": \"" arn "\"}}"
#define ATTACHED_LIVE(arn) "{\"type\": \"aws_iam_role_policy_attachment\", \"flags\": [\"in_scope\"], \"id\": \"r/" arn "\", \"keys\": [\"r/" arn "\"], \"import_id\": \"r/" arn "\", " \
	"\"parent_type\": \"aws_iam_role\", \"parent_key\": \"r\", \"attributes\": {\"role\": \"r\", \"policy_arn\": \"" arn "\"}}"

static void
attachments_belong_to_themselves(void **unused)
{
	static const struct scene scenes[] = {
		/* the role's state is older than the attachment */
		{.state = ROLE_STATE("[]") "," ATTACHED_STATE("arn:p"), .live = ROLE_LIVE("[\"arn:p\"]") "," ATTACHED_LIVE("arn:p"), .view = COUNTS, .expected = "[2,0,0,0,0,0]"},
		/* or was refreshed after it */
		{.state = ROLE_STATE("[\"arn:p\"]") "," ATTACHED_STATE("arn:p"), .live = ROLE_LIVE("[\"arn:p\"]") "," ATTACHED_LIVE("arn:p"), .view = COUNTS, .expected = "[2,0,0,0,0,0]"},
		/* somebody attached another one: told once, by the attachment */
		{.state = ROLE_STATE("[\"arn:p\"]") "," ATTACHED_STATE("arn:p"), .live = ROLE_LIVE("[\"arn:admin\", \"arn:p\"]") "," ATTACHED_LIVE("arn:p") "," ATTACHED_LIVE("arn:admin"),
			.view = "[" COUNTS ", unmanaged[].import_id]", .expected = "[[2,1,0,0,0,0],[\"r/arn:admin\"]]"},
		/* the role itself lists its policies: told once, by the role */
		{.state = ROLE_STATE("[\"arn:own\"]"), .live = ROLE_LIVE("[\"arn:admin\", \"arn:own\"]") "," ATTACHED_LIVE("arn:own") "," ATTACHED_LIVE("arn:admin"),
			.view = "[" COUNTS ", changed[].changes[].[path, state, live]]", .expected = "[[0,0,0,1,0,0],[[\"managed_policy_arns\",[\"arn:own\"],[\"arn:admin\",\"arn:own\"]]]]"},
		{.state = ROLE_STATE("[]") "," ATTACHED_STATE("arn:p"), .live = ROLE_LIVE("[]"), .view = "[" COUNTS ", missing[].address]",
			.expected = "[[1,0,1,0,0,0],[\"aws_iam_role_policy_attachment.a\"]]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

#define MEMBERS_STATE(group, users) "{\"type\": \"aws_iam_group_membership\", \"address\": \"aws_iam_group_membership." group "\", \"id\": \"all of " group "\", \"attributes\": {\"group\": \"" group "\", " \
	"\"name\": \"all of " group "\", \"users\": " users "}}"
#define MEMBERS_LIVE(group, users) "{\"type\": \"aws_iam_group_membership\", \"flags\": [\"looked_up\"], \"id\": \"" group "\", \"keys\": [\"" group "\"], \"attributes\": {\"group\": \"" group "\", \"users\": " users "}}"
#define GROUPS_LIVE(user, groups) "{\"type\": \"aws_iam_user_group_membership\", \"flags\": [\"in_scope\"], \"id\": \"groups of " user "\", \"keys\": [\"" user "\"], \"import_id\": \"" user "/x\", " \
	"\"attributes\": {\"user\": \"" user "\", \"groups\": " groups "}}"
#define GROUPS_STATE(name, user, groups) "{\"type\": \"aws_iam_user_group_membership\", \"address\": \"aws_iam_user_group_membership." name "\", \"id\": \"terraform-" name "\", " \
	"\"attributes\": {\"id\": \"terraform-" name "\", \"user\": \"" user "\", \"groups\": " groups "}}"

static void
members_of_groups(void **unused)
{
	static const struct scene scenes[] = {
		{.state = MEMBERS_STATE("dev", "[\"ann\"]"), .live = MEMBERS_LIVE("dev", "[\"ann\"]") "," GROUPS_LIVE("ann", "[\"dev\"]"), .view = COUNTS, .expected = "[1,0,0,0,0,0]"},
		/* one more in the group: told once, by the group */
		{.state = MEMBERS_STATE("dev", "[\"ann\"]"), .live = MEMBERS_LIVE("dev", "[\"ann\", \"bob\"]") "," GROUPS_LIVE("ann", "[\"dev\"]") "," GROUPS_LIVE("bob", "[\"dev\"]"),
			.view = "[" COUNTS ", changed[].changes[].path]", .expected = "[[0,0,0,1,0,0],[\"users\"]]"},
		/* one of them in a group besides that nobody manages */
		{.state = MEMBERS_STATE("dev", "[\"ann\"]"), .live = MEMBERS_LIVE("dev", "[\"ann\"]") "," GROUPS_LIVE("ann", "[\"dev\", \"admin\"]"),
			.view = "[" COUNTS ", unmanaged[].import_id]", .expected = "[[1,1,0,0,0,0],[\"ann/x\"]]"},
		/* two resources share a user's groups */
		{.state = GROUPS_STATE("one", "ann", "[\"dev\"]") "," GROUPS_STATE("two", "ann", "[\"ops\"]"), .live = GROUPS_LIVE("ann", "[\"ops\", \"dev\"]"), .view = COUNTS,
			.expected = "[2,0,0,0,0,0]"},
		/* taken out of one */
		{.state = GROUPS_STATE("one", "ann", "[\"dev\"]") "," GROUPS_STATE("two", "ann", "[\"ops\"]"), .live = GROUPS_LIVE("ann", "[\"dev\"]"),
			.view = "[" COUNTS ", changed[].address]", .expected = "[[1,0,0,1,0,0],[\"aws_iam_user_group_membership.two\"]]"},
		/* the group says itself that the user is in it */
		{.state = MEMBERS_STATE("dev", "[\"ann\"]") "," GROUPS_STATE("one", "ann", "[\"ops\"]"),
			.live = MEMBERS_LIVE("dev", "[\"ann\"]") "," GROUPS_LIVE("ann", "[\"ops\", \"dev\"]"), .view = COUNTS, .expected = "[2,0,0,0,0,0]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

#define INGRESS(port, cidr, text) "{\"from_port\": " port ", \"to_port\": " port ", \"protocol\": \"tcp\", \"cidr_blocks\": [\"" cidr "\"], \"ipv6_cidr_blocks\": [], \"prefix_list_ids\": [], " \
	"\"security_groups\": [], \"self\": false, \"description\": " text "}"
#define GROUP_STATE(ingress) "{\"type\": \"aws_security_group\", \"address\": \"aws_security_group.g\", \"id\": \"sg-1\", \"region\": \"eu-west-1\", \"attributes\": {\"id\": \"sg-1\", \"name\": \"g\", " \
	"\"ingress\": [" ingress "], \"egress\": []}}"
#define GROUP_LIVE(ingress) "{\"type\": \"aws_security_group\", \"flags\": [\"in_scope\"], \"id\": \"sg-1\", \"name\": \"g\", \"region\": \"eu-west-1\", \"keys\": [\"sg-1\"], \"attributes\": {\"name\": \"g\", " \
	"\"ingress\": [" ingress "], \"egress\": []}}"
#define OLD_RULE(sgr, port, cidr, flags) "{\"type\": \"aws_security_group_rule\", \"flags\": [" flags "], \"id\": \"" sgr "\", \"region\": \"eu-west-1\", \"keys\": [\"sg-1_ingress_tcp_" port "_" port "_" cidr "\"], " \
	"\"physical\": \"" sgr "\", \"import_id\": \"sg-1_ingress_tcp_" port "_" port "_" cidr "\", \"attributes\": {\"security_group_id\": \"sg-1\", \"type\": \"ingress\", \"protocol\": \"tcp\", \"from_port\": " port ", \"to_port\": " port ", " \
	"\"cidr_blocks\": [\"" cidr "\"], \"ipv6_cidr_blocks\": null, \"prefix_list_ids\": null, \"self\": false, \"source_security_group_id\": null, \"description\": null}}"
#define NEW_RULE(sgr, port, cidr, flags) "{\"type\": \"aws_vpc_security_group_ingress_rule\", \"flags\": [" flags "], \"id\": \"" sgr "\", \"region\": \"eu-west-1\", \"keys\": [\"" sgr "\"], \"physical\": \"" sgr "\", " \
	"\"import_id\": \"" sgr "\", \"attributes\": {\"security_group_id\": \"sg-1\", \"ip_protocol\": \"tcp\", \"from_port\": " port ", \"to_port\": " port ", \"cidr_ipv4\": \"" cidr "\", \"description\": null}}"
#define BOTH_RULES(sgr, port, cidr) OLD_RULE(sgr, port, cidr, "\"in_scope\", \"preferred\"") "," NEW_RULE(sgr, port, cidr, "\"in_scope\"")
#define RULE_STATE(port, cidrs) "{\"type\": \"aws_security_group_rule\", \"address\": \"aws_security_group_rule.x\", \"id\": \"sgrule-1\", \"region\": \"eu-west-1\", \"attributes\": {\"id\": \"sgrule-1\", " \
	"\"security_group_id\": \"sg-1\", \"type\": \"ingress\", \"protocol\": \"tcp\", \"from_port\": " port ", \"to_port\": " port ", \"cidr_blocks\": [" cidrs "], \"ipv6_cidr_blocks\": null, \"prefix_list_ids\": null, " \
	"\"self\": false, \"source_security_group_id\": null, \"description\": \"\"}}"

static void
rules_of_security_groups(void **unused)
{
	static const struct scene scenes[] = {
		/* inline: the rules are the group's, in both generations */
		{.state = GROUP_STATE(INGRESS("443", "0.0.0.0/0", "\"\"")), .live = GROUP_LIVE(INGRESS("443", "0.0.0.0/0", "null")) "," BOTH_RULES("sgr-1", "443", "0.0.0.0/0"),
			.view = COUNTS, .expected = "[1,0,0,0,0,0]"},
		/* ssh opened in such a group: a change of the group, not a rule that nobody manages */
		{.state = GROUP_STATE(INGRESS("443", "0.0.0.0/0", "\"\"")), .live = GROUP_LIVE(INGRESS("443", "0.0.0.0/0", "null") "," INGRESS("22", "0.0.0.0/0", "\"tmp\"")) ","
			BOTH_RULES("sgr-1", "443", "0.0.0.0/0") "," BOTH_RULES("sgr-2", "22", "0.0.0.0/0"),
			.view = "[" COUNTS ", changed[].changes[].[path, state, live.from_port]]",
			.expected = "[[0,0,0,1,0,0],[[\"ingress[protocol=tcp,from_port=22,to_port=22,cidr_blocks=0.0.0.0/0]\",null,22]]]"},
		/* separate: the group is older than its rule; a rule of several networks is several live ones */
		{.state = GROUP_STATE("") "," RULE_STATE("80", "\"10.0.0.0/8\", \"10.64.0.0/10\""), .live = GROUP_LIVE(INGRESS("80", "10.0.0.0/8", "null") "," INGRESS("80", "10.64.0.0/10", "null")) ","
			BOTH_RULES("sgr-1", "80", "10.0.0.0/8") "," BOTH_RULES("sgr-2", "80", "10.64.0.0/10"), .view = COUNTS, .expected = "[2,0,0,0,0,0]"},
		/* one of them revoked */
		{.state = GROUP_STATE("") "," RULE_STATE("80", "\"10.0.0.0/8\", \"10.64.0.0/10\""), .live = GROUP_LIVE(INGRESS("80", "10.0.0.0/8", "null")) "," BOTH_RULES("sgr-1", "80", "10.0.0.0/8"),
			.view = "[" COUNTS ", changed[].changes[].path]", .expected = "[[1,0,0,1,0,0],[\"cidr_blocks\"]]"},
		/* one added by hand: once, as the preferred type */
		{.state = GROUP_STATE("") "," RULE_STATE("80", "\"10.0.0.0/8\""), .live = GROUP_LIVE(INGRESS("80", "10.0.0.0/8", "null") "," INGRESS("22", "0.0.0.0/0", "null")) ","
			BOTH_RULES("sgr-1", "80", "10.0.0.0/8") "," BOTH_RULES("sgr-2", "22", "0.0.0.0/0"),
			.view = "[" COUNTS ", unmanaged[].[type, import_id]]", .expected = "[[2,1,0,0,0,0],[[\"aws_security_group_rule\",\"sg-1_ingress_tcp_22_22_0.0.0.0/0\"]]]"},
		/* the group refreshed after its rule was made, the rule then revoked: told once, by the rule */
		{.state = GROUP_STATE(INGRESS("80", "10.0.0.0/8", "\"\"")) "," RULE_STATE("80", "\"10.0.0.0/8\""), .live = GROUP_LIVE(""),
			.view = "[" COUNTS ", missing[].address]", .expected = "[[1,0,1,0,0,0],[\"aws_security_group_rule.x\"]]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

#define TABLE(id, routes) "{\"type\": \"aws_route_table\", \"flags\": [\"in_scope\"], \"id\": \"" id "\", \"region\": \"eu-west-1\", \"keys\": [\"" id "\"], \"import_id\": \"" id "\", " \
	"\"attributes\": {\"vpc_id\": \"vpc-1\", \"route\": [" routes "], \"tags\": {}}}"

/* What says that there is none of something says it of what is added, and once. */
static void
none_is_a_setting(void **unused)
{
	static const struct scene scenes[] = {
		/* inline_policy {}: no policies; somebody adds one */
		{.state = "{\"type\": \"aws_iam_role\", \"address\": \"aws_iam_role.r\", \"id\": \"r\", \"attributes\": {\"id\": \"r\", \"name\": \"r\", "
			"\"inline_policy\": [{\"name\": \"\", \"policy\": \"\"}]}}",
			.live = "{\"type\": \"aws_iam_role\", \"flags\": [\"in_scope\"], \"id\": \"r\", \"name\": \"r\", \"keys\": [\"r\"], \"attributes\": {\"name\": \"r\", "
			"\"inline_policy\": [{\"name\": \"hand\", \"policy\": \"{}\"}]}},"
			"{\"type\": \"aws_iam_role_policy\", \"flags\": [\"in_scope\"], \"id\": \"r:hand\", \"name\": \"hand\", \"keys\": [\"r:hand\"], \"import_id\": \"r:hand\", "
			"\"attributes\": {\"role\": \"r\", \"name\": \"hand\", \"policy\": \"{}\"}}",
			.view = "[" COUNTS ", changed[].changes[].path]", .expected = "[[0,0,0,1,0,0],[\"inline_policy[name=hand]\"]]"},
		/* a default group without rules; somebody adds one */
		{.state = "{\"type\": \"aws_default_security_group\", \"address\": \"aws_default_security_group.d\", \"id\": \"sg-1\", \"region\": \"eu-west-1\", "
			"\"attributes\": {\"id\": \"sg-1\", \"vpc_id\": \"vpc-1\", \"ingress\": [], \"egress\": []}}",
			.live = "{\"type\": \"aws_default_security_group\", \"flags\": [\"in_scope\"], \"id\": \"sg-1\", \"region\": \"eu-west-1\", \"keys\": [\"sg-1\"], "
			"\"attributes\": {\"vpc_id\": \"vpc-1\", \"ingress\": [" INGRESS("22", "0.0.0.0/0", "null") "], \"egress\": []}}," BOTH_RULES("sgr-2", "22", "0.0.0.0/0"),
			.view = "[" COUNTS ", changed[].changes[].path | length(@)]", .expected = "[[0,0,0,1,0,0],1]"},
		/* the table that was a network's main one before is AWS's as long as nobody uses it */
		{.state = "{\"type\": \"aws_main_route_table_association\", \"address\": \"aws_main_route_table_association.m\", \"id\": \"rtbassoc-1\", \"region\": \"eu-west-1\", "
			"\"attributes\": {\"id\": \"rtbassoc-1\", \"vpc_id\": \"vpc-1\", \"route_table_id\": \"rtb-new\", \"original_route_table_id\": \"rtb-old\"}}",
			.live = "{\"type\": \"aws_main_route_table_association\", \"flags\": [\"in_scope\"], \"id\": \"rtbassoc-1\", \"region\": \"eu-west-1\", \"keys\": [\"vpc-1\"], "
			"\"attributes\": {\"vpc_id\": \"vpc-1\", \"route_table_id\": \"rtb-new\"}}," TABLE("rtb-old", "") "," TABLE("rtb-used", "{\"cidr_block\": \"10.0.0.0/8\"}"),
			.view = "[" COUNTS ", unmanaged[].import_id]", .expected = "[[1,1,0,0,0,0],[\"rtb-used\"]]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

static void
what_the_state_holds_besides(void **unused)
{
	static const char *const sqs[] = {"aws_sqs_*", NULL};
	static const struct drift_diff_options only_sqs = {sizeof only_sqs, NULL, 0, NULL, NULL, sqs, false, false};
	static const struct scene scenes[] = {
		{.state = "{\"type\": \"random_id\", \"flags\": [\"foreign\"], \"address\": \"random_id.x\", \"id\": \"1\", \"attributes\": {}},"
			"{\"type\": \"aws_sqs_queue\", \"flags\": [\"data\"], \"address\": \"data.aws_sqs_queue.x\", \"id\": \"" Q("a") "\", \"attributes\": {}},"
			"{\"type\": \"aws_sqs_queue\", \"flags\": [\"deposed\"], \"deposed\": \"abcd1234\", \"address\": \"aws_sqs_queue.a\", \"id\": \"" Q("old") "\", \"region\": \"eu-west-1\", \"attributes\": {\"id\": \"" Q("old") "\"}}",
			.live = QUEUE_LIVE("a", SCOPE, "", "") "," QUEUE_LIVE("old", SCOPE, "", ""),
			.view = "[" COUNTS ", summary.[other_providers, data_sources, deposed], unmanaged[].name, deposed[].[address, key]]",
			.expected = "[[0,1,0,0,0,0],[1,1,1],[\"a\"],[[\"aws_sqs_queue.a\",\"abcd1234\"]]]"},
		/* a type of another time: by ARN, never an error, and what it owns is not unmanaged */
		{.state = "{\"type\": \"aws_queue_of_2035\", \"address\": \"aws_queue_of_2035.a\", \"id\": \"a\", \"arn\": \"arn:aws:sqs:eu-west-1:111122223333:a\", \"attributes\": {}},"
			"{\"type\": \"aws_queue_of_2035\", \"address\": \"aws_queue_of_2035.b\", \"id\": \"b\", \"attributes\": {}}",
			.live = QUEUE_LIVE("a", SCOPE, ", \"arn\": \"arn:aws:sqs:eu-west-1:111122223333:a\"", ""),
			.view = "[complete, " COUNTS ", not_compared[].[address, live]]", .expected = "[true,[0,0,0,0,0,0],[[\"aws_queue_of_2035.a\",true],[\"aws_queue_of_2035.b\",false]]]"},
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", "") "," QUEUE_STATE("module.m.aws_sqs_queue.b", "a", ""), .live = QUEUE_LIVE("a", SCOPE, "", ""),
			.view = "[summary.[in_sync, duplicates], duplicates[].claims[].address]", .expected = "[[2,1],[\"aws_sqs_queue.a\",\"module.m.aws_sqs_queue.b\"]]"},
		{.state = ROLE_STATE("[]") "," QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = QUEUE_LIVE("a", SCOPE, "", ""), .options = &only_sqs, .view = COUNTS, .expected = "[1,0,0,0,0,0]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

static void
what_could_not_be_read_is_unknown(void **unused)
{
	static const struct scene scenes[] = {
		{.state = QUEUE_STATE("aws_sqs_queue.a", "a", ""), .live = QUEUE_LIVE("a", SCOPE ", \"incomplete\"", ", \"unknown\": [\"tags\"]", ", \"visibility_timeout_seconds\": 31"),
			.gaps = "{\"type\": \"aws_sqs_queue\", \"region\": \"eu-west-1\", \"operation\": \"ListQueueTags\", \"action\": \"sqs:ListQueueTags\", \"status\": \"DENIED\", \"reason\": \"refused\"}",
			.view = "[" COUNTS ", changed[].changes[].path, unknown[].[address, attributes, action]]",
			.expected = "[[0,0,0,1,2,0],[\"visibility_timeout_seconds\"],[[null,null,\"sqs:ListQueueTags\"],[\"aws_sqs_queue.a\",[\"tags\"],\"sqs:ListQueueTags\"]]]"},
		/* a saved inventory holds no secrets: neither equal nor changed */
		{.state = "{\"type\": \"aws_ssm_parameter\", \"address\": \"aws_ssm_parameter.p\", \"id\": \"/p\", \"region\": \"eu-west-1\", \"sensitive\": [[\"value\"]], \"attributes\": {\"id\": \"/p\", \"name\": \"/p\", \"value\": \"hush\"}}",
			.live = "{\"type\": \"aws_ssm_parameter\", \"flags\": [\"in_scope\"], \"id\": \"/p\", \"region\": \"eu-west-1\", \"keys\": [\"/p\"], \"unknown\": [\"value\"], \"attributes\": {\"name\": \"/p\"}}",
			.view = "[complete, " COUNTS ", unknown[].attributes]", .expected = "[false,[0,0,0,0,1,0],[[\"value\"]]]"},
		{.state = "{\"type\": \"aws_ssm_parameter\", \"address\": \"aws_ssm_parameter.p\", \"id\": \"/p\", \"region\": \"eu-west-1\", \"sensitive\": [[\"value\"]], \"attributes\": {\"id\": \"/p\", \"name\": \"/p\", \"value\": \"hush\"}}",
			.live = "{\"type\": \"aws_ssm_parameter\", \"flags\": [\"in_scope\"], \"id\": \"/p\", \"region\": \"eu-west-1\", \"keys\": [\"/p\"], \"attributes\": {\"name\": \"/p\", \"value\": \"other\"}}",
			.view = "changed[].changes[]", .expected = "[{\"path\":\"value\",\"state\":\"(sensitive)\",\"live\":\"(sensitive)\",\"sensitive\":true}]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play(&scenes[i]);
}

static void
what_is_ignored(void **unused)
{
	static const char state[] = QUEUE_STATE("aws_sqs_queue.a", "a", "") "," QUEUE_STATE("aws_sqs_queue.gone", "gone", "");
	static const char live[] = QUEUE_LIVE("a", SCOPE, "", ", \"visibility_timeout_seconds\": 31, \"delay_seconds\": 5") "," QUEUE_LIVE("new", SCOPE, "", "");
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", "[0,1,1,1,0,0]"}, {"# nothing\n\n", "[0,1,1,1,0,0]"}, {"aws_sqs_queue", "[1,0,0,0,0,4]"}, {"*", "[1,0,0,0,0,4]"},
		{"aws_sqs_queue.*/new\r\n", "[0,0,1,1,0,1]"}, {"*\n!aws_sqs_queue.*/a\n", "[0,0,0,1,0,2]"}, {"aws_sqs_queue.*.delay_seconds", "[0,1,1,1,0,1]"},
		{"aws_sqs_queue.*/a.delay_seconds\naws_sqs_queue.*.visibility*", "[1,1,1,0,0,2]"}, {"aws_sqs_queue.gone", "[0,1,0,1,0,1]"}, {"aws_iam_*", "[0,1,1,1,0,0]"},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_diff_options o = DRIFT_DIFF_OPTIONS_INIT;
		struct scene s = {.state = state, .live = live, .options = &o, .view = COUNTS, .expected = cases[i].expected};

		o.ignore_text = cases[i].text;
		o.ignore_bytes = strlen(cases[i].text);
		play(&s);
	}
}

static void
what_the_configuration_ignores(void **unused)
{
	static const char *const team[] = {"N*", NULL};
	static const char plan_text[] = "{\"format_version\": \"1.2\", \"resource_drift\": [{\"address\": \"aws_sqs_queue.a[0]\", \"change\": {\"before\": {\"delay_seconds\": 0, \"tags\": {\"a\": \"1\"}}, "
		"\"after\": {\"delay_seconds\": 5, \"tags\": {\"a\": \"2\"}}}}], \"resource_changes\": [{\"address\": \"aws_sqs_queue.a[0]\", \"change\": {\"actions\": [\"update\"], "
		"\"after\": {\"delay_seconds\": 5, \"tags\": {\"a\": \"1\"}}}}]}";
	static const char state[] = QUEUE_STATE("aws_sqs_queue.a[0]", "a", "");
	static const char live[] = QUEUE_LIVE("a", SCOPE, "", ", \"delay_seconds\": 5, \"tags\": {\"Env\": \"prod\", \"N\": \"2\"}");
	struct drift_diff_options o = DRIFT_DIFF_OPTIONS_INIT;
	struct drift_document *plan = NULL, *ignores = NULL, *list = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct scene s = {.state = state, .live = live, .options = &o, .view = "changed[].changes[].path"};
	static const char by_hand[] = "[{\"address\": \"aws_sqs_queue.a\", \"attributes\": [\"tags\", \"delay_seconds\"]}]";

	(void)unused;
	assert_int_equal(drift_document_parse(plan_text, strlen(plan_text), "plan.json", &plan, &err), DRIFT_OK);
	assert_int_equal(drift_diff_plan_ignores(drift_document_root(plan), &ignores, &err), DRIFT_OK);
	o.ignore_changes = drift_document_root(ignores);
	s.expected = "[\"tags.N\"]";
	play(&s);
	assert_int_equal(drift_document_parse(by_hand, strlen(by_hand), "list", &list, &err), DRIFT_OK);
	o.ignore_changes = drift_document_root(list);
	s.expected = "[]";
	play(&s);
	o.ignore_changes = NULL;
	o.ignored_tags = team;
	s.expected = "[\"delay_seconds\"]";
	play(&s);
	drift_document_free(list);
	drift_document_free(ignores);
	drift_document_free(plan);
	assert_int_equal(drift_diff_plan_ignores(NULL, &ignores, &err), DRIFT_BAD_PLAN);
	assert_non_null(strstr(err.hint, "terraform show -json"));
}

static void
the_order_of_answers_does_not_matter(void **unused)
{
	static const char *const ones[] = {QUEUE_LIVE("a", SCOPE, "", ""), QUEUE_LIVE("b", SCOPE, "", ""), ROLE_LIVE("[]"), ATTACHED_LIVE("arn:q")};
	struct drift__buf forth = DRIFT__BUF_INIT(1 << 20), back = DRIFT__BUF_INIT(1 << 20);
	struct drift_catalogue *catalogue = NULL;
	struct drift_snapshot *state = snapshot("state", "{}", "", ""), *live[2];
	struct drift_error err = DRIFT_ERROR_INIT;
	char *texts[2];
	size_t i;

	(void)unused;
	for (i = 0; i < 4; i++) {
		drift__buf_addf(&forth, "%s%s", i > 0 ? "," : "", ones[i]);
		drift__buf_addf(&back, "%s%s", i > 0 ? "," : "", ones[3 - i]);
	}
	live[0] = snapshot("live", LISTED, "", forth.data);
	live[1] = snapshot("live", LISTED, "", back.data);
	assert_int_equal(drift_catalogue_open(NULL, &catalogue, &err), DRIFT_OK);
	for (i = 0; i < 2; i++) {
		struct drift_findings *findings = NULL;

		assert_int_equal(drift_diff(catalogue, state, live[i], NULL, &findings, &err), DRIFT_OK);
		texts[i] = drift_value_to_json(drift_findings_root(findings), 2);
		drift_findings_free(findings);
		drift_snapshot_free(live[i]);
	}
	assert_string_equal(texts[0], texts[1]);
	drift_text_free(texts[0]);
	drift_text_free(texts[1]);
	drift_snapshot_free(state);
	drift_catalogue_free(catalogue);
	drift__buf_dispose(&forth);
	drift__buf_dispose(&back);
}

static void
every_allocation_may_fail(void **unused)
{
	struct drift_snapshot *state = snapshot("state", "{}", "", GROUP_STATE(INGRESS("443", "0.0.0.0/0", "\"\"")) "," ROLE_STATE("[]") "," QUEUE_STATE("aws_sqs_queue.a", "a", ""));
	struct drift_snapshot *live = snapshot("live", LISTED, "", GROUP_LIVE(INGRESS("22", "0.0.0.0/0", "null")) "," BOTH_RULES("sgr-2", "22", "0.0.0.0/0") ","
		ROLE_LIVE("[\"arn:q\"]") "," ATTACHED_LIVE("arn:q") "," QUEUE_LIVE("b", SCOPE, ", \"owner\": \"x:y\"", ""));
	struct drift_catalogue *catalogue = NULL;
	struct drift_diff_options o = DRIFT_DIFF_OPTIONS_INIT;
	long n;

	(void)unused;
	o.ignore_text = "*.description\n";
	o.ignore_bytes = strlen(o.ignore_text);
	for (n = 1;; n += n < 100 ? 1 : 11) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift_findings *findings = NULL;
		enum drift_status st;

		if (catalogue == NULL)
			assert_int_equal(drift_catalogue_open(NULL, &catalogue, &err), DRIFT_OK);
		drift__alloc_fail_after(n);
		st = drift_diff(catalogue, state, live, &o, &findings, &err);
		drift__alloc_fail_after(0);
		drift_findings_free(findings);
		if (st == DRIFT_OK)
			break;
		assert_int_equal(st, DRIFT_NOMEM);
		assert_true(n < 20000);
	}
	drift_catalogue_free(catalogue);
	drift_snapshot_free(state);
	drift_snapshot_free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_the_same_is_silent),
		cmocka_unit_test(missing_is_only_what_was_looked_for),
		cmocka_unit_test(a_twin_that_was_not_looked_at_is_managed),
		cmocka_unit_test(unmanaged_is_what_a_person_made),
		cmocka_unit_test(attachments_belong_to_themselves),
		cmocka_unit_test(members_of_groups),
		cmocka_unit_test(rules_of_security_groups),
		cmocka_unit_test(none_is_a_setting),
		cmocka_unit_test(what_the_state_holds_besides),
		cmocka_unit_test(what_could_not_be_read_is_unknown),
		cmocka_unit_test(what_is_ignored),
		cmocka_unit_test(what_the_configuration_ignores),
		cmocka_unit_test(the_order_of_answers_does_not_matter),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
