/* Attributes compared: what is a change, under which path, and what is not. A case is an entry, two attribute maps, and the changes
 * as "path: state -> live" lines. */
#include "diff/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct compared {
	const char *state, *live, *changes;
	const char *unknown, *sensitive; /* JSON lists, or NULL */
	const char *said_unknown;        /* expected, comma-separated, or NULL */
};

static const struct drift_value *
value(struct drift__arena *a, const char *json)
{
	struct drift__json_options opt = {.name = json};
	const struct drift_value *v = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (json != NULL && drift__json_parse(a, json, strlen(json), &opt, &v, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return v;
}

static struct drift__rules *
rules(struct drift__arena *a, const char *entry)
{
	struct drift__rules *r = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift__rules_make(value(a, entry), &r, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return r;
}

static char *
shown(const struct drift__comparison *out)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	size_t i;

	for (i = 0; i < out->n_changes; i++) {
		drift__buf_addf(&b, "%s%s: ", i > 0 ? "\n" : "", out->changes[i].path);
		drift__json_write(&b, out->changes[i].state, 0, false);
		drift__buf_adds(&b, " -> ");
		drift__json_write(&b, out->changes[i].live, 0, false);
		if (out->changes[i].sensitive)
			drift__buf_adds(&b, " (sensitive)");
	}
	return drift__buf_take(&b);
}

static void
check(const char *entry, const struct compared *cases, size_t n, const struct drift__owned *owned, size_t n_owned)
{
	static const char *const ignored[] = {"team:*", NULL};
	struct drift__arena a;
	size_t i;

	drift__arena_init(&a, 0);
	for (i = 0; i < n; i++) {
		struct drift__rules *r = rules(&a, entry);
		struct drift__compare_input in = {.rules = r, .state = value(&a, cases[i].state), .live = value(&a, cases[i].live),
			.unknown = value(&a, cases[i].unknown), .sensitive = value(&a, cases[i].sensitive), .owned = owned,
			.n_owned = n_owned, .ignored_tags = ignored};
		struct drift__comparison out = {0};
		struct drift_error err = DRIFT_ERROR_INIT;
		char *text, unknown[256] = "";
		size_t k;

		assert_int_equal(drift__compare_attributes(&in, &a, &out, &err), DRIFT_OK);
		text = shown(&out);
		if (strcmp(text, cases[i].changes) != 0)
			fail_msg("case %zu: %s against %s gives\n%s\nnot\n%s", i, cases[i].state, cases[i].live, text, cases[i].changes);
		for (k = 0; k < out.n_unknown; k++)
			snprintf(unknown + strlen(unknown), sizeof unknown - strlen(unknown), "%s%s", k > 0 ? "," : "", out.unknown[k]);
		assert_string_equal(unknown, cases[i].said_unknown != NULL ? cases[i].said_unknown : "");
		drift__free(text);
		drift__rules_free(r);
	}
	drift__arena_dispose(&a);
}

#define CHECK(entry, cases) check(entry, cases, sizeof(cases) / sizeof((cases)[0]), NULL, 0)

static const char scalars[] = "{\"type\": \"t\", \"attributes\": {"
	"\"name\": \"N\", \"size\": {\"live\": \"S\", \"absent\": 30}, \"on\": \"O\", \"made\": \"M\", \"made_too\": {\"live\": \"M\", \"computed\": true},"
	"\"wait\": {\"ignore\": \"steers creation only\"}, \"chosen\": {\"live\": \"C\", \"when_unset\": \"ignore\"}, \"pw\": \"P\", \"env\": \"E\","
	"\"tags\": {\"live\": \"T\", \"as\": \"tags\"}, \"doc\": {\"live\": \"D\", \"as\": \"json\"},"
	"\"policy\": {\"live\": \"Y\", \"when_unset\": \"ignore\", \"unset\": \"contains(@, 'default')\"}},"
	"\"schema\": {\"name\": [\"string\", \"R\"], \"size\": [\"number\", \"O\"], \"on\": [\"bool\", \"O\"], \"made\": [\"string\", \"C\"], \"made_too\": [\"string\", \"C\"],"
	"\"wait\": [\"bool\", \"O\"], \"chosen\": [\"string\", \"OC\"], \"pw\": [\"string\", \"OS\"], \"env\": [[\"map\", \"string\"], \"O\"],"
	"\"tags\": [[\"map\", \"string\"], \"O\"], \"tags_all\": [[\"map\", \"string\"], \"OC\"], \"doc\": [\"string\", \"O\"], \"policy\": [\"string\", \"OC\"]}}";

static void
scalar_attributes(void **unused)
{
	static const struct compared cases[] = {
		{"{\"name\": \"a\", \"size\": 30, \"on\": false}", "{\"name\": \"a\", \"size\": null, \"on\": null}", "", 0, 0, 0},
		{"{\"name\": \"a\", \"size\": 0}", "{\"name\": \"a\", \"size\": \"30\"}", "size: 0 -> \"30\"", 0, 0, 0},
		{"{\"name\": \"a\", \"size\": null}", "{\"name\": \"b\", \"size\": 30}", "name: \"a\" -> \"b\"", 0, 0, 0},
		{"{\"on\": true}", "{\"on\": false}", "on: true -> false", 0, 0, 0},
		/* computed only, ignored, of another provider version, not named by the entry */
		{"{\"made\": \"1\"}", "{\"made\": \"2\"}", "", 0, 0, 0}, {"{\"made_too\": \"1\"}", "{\"made_too\": \"2\"}", "made_too: \"1\" -> \"2\"", 0, 0, 0},
		{"{\"wait\": true}", "{\"wait\": false}", "", 0, 0, 0}, {"{}", "{\"name\": \"new\"}", "", 0, 0, 0}, {"{\"x\": 1}", "{\"x\": 2}", "", 0, 0, 0},
		/* AWS chose */
		{"{\"chosen\": \"\"}", "{\"chosen\": \"x\"}", "", 0, 0, 0}, {"{\"chosen\": \"y\"}", "{\"chosen\": \"x\"}", "chosen: \"y\" -> \"x\"", 0, 0, 0},
		{"{\"chosen\": \"y\"}", "{\"chosen\": null}", "chosen: \"y\" -> null", 0, 0, 0},
		{"{\"policy\": \"the default\"}", "{\"policy\": \"of a sibling\"}", "", 0, 0, 0}, {"{\"policy\": \"own\"}", "{\"policy\": \"x\"}", "policy: \"own\" -> \"x\"", 0, 0, 0},
		/* unknown is not changed */
		{"{\"name\": \"a\", \"size\": 1}", "{\"size\": 2}", "size: 1 -> 2", "[\"name\"]", 0, "name"},
		/* a secret is compared, not shown */
		{"{\"pw\": \"hush\"}", "{\"pw\": \"hush\"}", "", 0, 0, 0}, {"{\"pw\": \"hush\"}", "{\"pw\": \"other\"}", "pw: \"(sensitive)\" -> \"(sensitive)\" (sensitive)", 0, 0, 0},
		{"{\"name\": \"hush\"}", "{\"name\": \"other\"}", "name: \"(sensitive)\" -> \"(sensitive)\" (sensitive)", 0, "[[\"name\"]]", 0},
		{"{\"env\": {\"A\": \"hush\", \"B\": \"1\"}}", "{\"env\": {\"A\": \"other\", \"B\": \"2\"}}",
			"env.A: \"(sensitive)\" -> \"(sensitive)\" (sensitive)\nenv.B: \"1\" -> \"2\"", 0, "[[\"env\", \"A\"]]", 0},
		{"{\"env\": {\"DB_PASSWORD\": \"hush\"}}", "{\"env\": {\"DB_PASSWORD\": \"other\"}}", "env.DB_PASSWORD: \"(sensitive)\" -> \"(sensitive)\" (sensitive)", 0, 0, 0},
		{"{\"doc\": \"[{\\\"name\\\":\\\"API_TOKEN\\\",\\\"value\\\":\\\"hush\\\"}]\"}", "{\"doc\": \"[]\"}",
			"doc: \"[{\\\"name\\\":\\\"API_TOKEN\\\",\\\"value\\\":\\\"(sensitive)\\\"}]\" -> \"[]\" (sensitive)", 0, 0, 0},
		/* maps, key by key; an empty value is not an absent key */
		{"{\"env\": {\"A\": \"1\", \"B\": \"2\"}}", "{\"env\": {\"A\": \"1\", \"C\": \"3\", \"x y\": \"4\"}}",
			"env.B: \"2\" -> null\nenv.C: null -> \"3\"\nenv[\"x y\"]: null -> \"4\"", 0, 0, 0},
		{"{\"env\": {\"A\": \"\"}}", "{\"env\": {}}", "env.A: \"\" -> null", 0, 0, 0}, {"{\"env\": {}}", "{\"env\": null}", "", 0, 0, 0},
	};

	(void)unused;
	CHECK(scalars, cases);
}

static void
tags_and_default_tags(void **unused)
{
	static const struct compared cases[] = {
		{"{\"tags\": {\"N\": \"x\"}, \"tags_all\": {\"N\": \"x\", \"Env\": \"prod\"}}", "{\"tags\": [{\"Key\": \"Env\", \"Value\": \"prod\"}, {\"Key\": \"N\", \"Value\": \"x\"}]}", "", 0, 0, 0},
		{"{\"tags\": {\"N\": \"x\"}, \"tags_all\": {\"N\": \"x\", \"Env\": \"prod\"}}", "{\"tags\": {\"N\": \"x\"}}", "tags.Env: \"prod\" -> null", 0, 0, 0},
		{"{\"tags\": {\"N\": \"x\"}}", "{\"tags\": {\"N\": \"y\", \"aws:autoscaling:groupName\": \"g\", \"team:a\": \"b\"}}", "tags.N: \"x\" -> \"y\"", 0, 0, 0},
		{"{\"tags\": null, \"tags_all\": {}}", "{\"tags\": null}", "", 0, 0, 0},
		{"{\"tags\": null, \"tags_all\": {}}", "{\"tags\": {\"By\": \"hand\"}}", "tags.By: null -> \"hand\"", 0, 0, 0},
		{"{\"tags\": {\"N\": \"\"}}", "{\"tags\": {}}", "tags.N: \"\" -> null", 0, 0, 0},
	};

	(void)unused;
	CHECK(scalars, cases);
}

static const char lists[] = "{\"type\": \"t\", \"attributes\": {\"ids\": \"I\", \"order\": \"O\", \"ports\": \"P\", \"nets\": {\"live\": \"N\", \"as\": \"cidr\"}},"
	"\"schema\": {\"ids\": [[\"set\", \"string\"], \"O\"], \"order\": [[\"list\", \"string\"], \"O\"], \"ports\": [[\"list\", \"number\"], \"O\"],"
	"\"nets\": [[\"set\", \"string\"], \"O\"]}}";

static void
lists_of_scalars(void **unused)
{
	static const struct compared cases[] = {
		{"{\"ids\": [\"a\", \"b\"]}", "{\"ids\": [\"b\", \"a\"]}", "", 0, 0, 0}, {"{\"ids\": null}", "{\"ids\": []}", "", 0, 0, 0},
		{"{\"ids\": [\"a\"]}", "{\"ids\": [\"a\", \"a\"]}", "", 0, 0, 0},
		{"{\"ids\": [\"a\", \"b\"]}", "{\"ids\": [\"a\", \"c\"]}", "ids: [\"a\",\"b\"] -> [\"a\",\"c\"]", 0, 0, 0},
		{"{\"order\": [\"a\", \"b\"]}", "{\"order\": [\"b\", \"a\"]}", "order: [\"a\",\"b\"] -> [\"b\",\"a\"]", 0, 0, 0},
		{"{\"order\": [\"a\", \"b\"]}", "{\"order\": [\"a\", \"b\"]}", "", 0, 0, 0},
		{"{\"order\": [\"a\"]}", "{\"order\": [\"a\", \"b\"]}", "order: [\"a\"] -> [\"a\",\"b\"]", 0, 0, 0},
		{"{\"ports\": [0, 1]}", "{\"ports\": [1]}", "ports: [0,1] -> [1]", 0, 0, 0}, {"{\"ports\": [0, 1]}", "{\"ports\": [\"0\", \"1\"]}", "", 0, 0, 0},
		{"{\"nets\": [\"10.0.0.0/8\", \"::/0\"]}", "{\"nets\": [\"0::/0\", \"10.1.2.3/8\"]}", "", 0, 0, 0},
		{"{\"nets\": [\"10.0.0.0/8\"]}", "{\"nets\": [\"10.0.0.0/9\"]}", "nets: [\"10.0.0.0/8\"] -> [\"10.0.0.0/9\"]", 0, 0, 0},
	};

	(void)unused;
	CHECK(lists, cases);
}

static const char blocks[] = "{\"type\": \"t\", \"attributes\": {\"rule\": {\"live\": \"R\", \"element_key\": [\"id\"]}, \"rule.note\": {\"ignore\": \"not returned\"},"
	"\"rule.days\": {\"absent\": 7}, \"conf\": \"C\", \"seq\": \"S\", \"stage\": \"G\", \"rule.auto\": {\"when_unset\": \"ignore\"}, \"rule.doc\": {\"as\": \"json\"}},"
	"\"schema\": {\"rule\": {\"block\": {\"id\": [\"string\", \"O\"], \"on\": [\"bool\", \"O\"], \"note\": [\"string\", \"O\"], \"days\": [\"number\", \"O\"],"
	"\"auto\": [\"string\", \"OC\"], \"doc\": [\"string\", \"O\"], \"made\": [\"string\", \"C\"], \"key\": [\"string\", \"OS\"]}, \"nesting\": \"set\"},"
	"\"conf\": {\"block\": {\"a\": [\"string\", \"O\"], \"b\": {\"block\": {\"c\": [\"number\", \"O\"]}, \"max\": 1, \"nesting\": \"list\"}}, \"max\": 1, \"nesting\": \"list\"},"
	"\"seq\": {\"block\": {\"a\": [\"string\", \"O\"], \"b\": [\"string\", \"O\"]}, \"nesting\": \"list\"},"
	"\"stage\": {\"block\": {\"name\": [\"string\", \"R\"], \"size\": [\"number\", \"O\"], \"unit\": [\"string\", \"O\"]}, \"nesting\": \"set\"}}}";

static void
nested_blocks(void **unused)
{
	static const struct compared cases[] = {
		{"{\"rule\": [{\"id\": \"a\", \"on\": true}, {\"id\": \"b\", \"on\": false}]}", "{\"rule\": [{\"id\": \"b\", \"on\": null}, {\"id\": \"a\", \"on\": true}]}", "", 0, 0, 0},
		{"{\"rule\": [{\"id\": \"a\", \"on\": true}]}", "{\"rule\": [{\"id\": \"a\", \"on\": false}]}", "rule[id=a].on: true -> false", 0, 0, 0},
		{"{\"rule\": []}", "{\"rule\": [{\"id\": \"a b\", \"on\": true}]}", "rule[id=\"a b\"]: null -> {\"id\":\"a b\",\"on\":true}", 0, 0, 0},
		{"{\"rule\": [{\"id\": \"a\"}]}", "{\"rule\": null}", "rule[id=a]: {\"id\":\"a\"} -> null", 0, 0, 0},
		{"{\"rule\": [{\"id\": \"a\", \"note\": \"x\", \"days\": 7, \"made\": \"1\", \"auto\": \"\", \"doc\": \"{}\"}]}",
			"{\"rule\": [{\"id\": \"a\", \"note\": null, \"days\": null, \"made\": \"2\", \"auto\": \"yes\", \"doc\": null}]}", "", 0, 0, 0},
		/* a member that the entry's live side does not give is not compared */
		{"{\"rule\": [{\"id\": \"a\", \"on\": true}]}", "{\"rule\": [{\"id\": \"a\"}]}", "", 0, 0, 0},
		/* secrets in a block shown as a whole */
		{"{\"rule\": [{\"id\": \"a\", \"key\": \"hush\"}]}", "{\"rule\": []}", "rule[id=a]: {\"id\":\"a\",\"key\":\"(sensitive)\"} -> null (sensitive)", 0, 0, 0},
		{"{\"rule\": [{\"id\": \"a\", \"key\": \"hush\"}]}", "{\"rule\": [{\"id\": \"a\", \"key\": \"x\"}]}", "rule[id=a].key: \"(sensitive)\" -> \"(sensitive)\" (sensitive)", 0, 0, 0},
		{"{\"rule\": [{\"id\": \"a\", \"on\": true}]}", "{\"rule\": [{\"id\": \"a\", \"on\": false}]}", "", "[\"rule.on\"]", 0, "rule.on"},
		/* single blocks: a map or a list of one, nothing or nothing but defaults */
		{"{\"conf\": [{\"a\": \"x\", \"b\": [{\"c\": 1}]}]}", "{\"conf\": {\"a\": \"x\", \"b\": {\"c\": 1}}}", "", 0, 0, 0},
		{"{\"conf\": [{\"a\": \"x\", \"b\": [{\"c\": 1}]}]}", "{\"conf\": {\"a\": \"x\", \"b\": {\"c\": 2}}}", "conf[0].b[0].c: 1 -> 2", 0, 0, 0},
		{"{\"conf\": []}", "{\"conf\": {\"a\": null, \"b\": null}}", "", 0, 0, 0}, {"{\"conf\": [{\"a\": \"\", \"b\": [{\"c\": 0}]}]}", "{\"conf\": null}", "", 0, 0, 0},
		{"{\"conf\": []}", "{\"conf\": {\"a\": \"x\", \"b\": null}}", "conf[0]: null -> {\"a\":\"x\",\"b\":null}", 0, 0, 0},
		/* lists keep their order, and pair by it */
		{"{\"seq\": [{\"a\": \"1\", \"b\": \"\"}, {\"a\": \"2\", \"b\": \"\"}]}", "{\"seq\": [{\"a\": \"1\", \"b\": null}, {\"a\": \"3\", \"b\": null}]}", "seq[1].a: \"2\" -> \"3\"", 0, 0, 0},
		{"{\"seq\": [{\"a\": \"1\"}, {\"a\": \"2\"}]}", "{\"seq\": [{\"a\": \"0\"}, {\"a\": \"1\"}, {\"a\": \"2\"}]}", "seq[0]: null -> {\"a\":\"0\"}", 0, 0, 0},
		/* sets without a key pair by likeness */
		{"{\"stage\": [{\"name\": \"a\", \"size\": 1, \"unit\": \"g\"}, {\"name\": \"b\", \"size\": 2, \"unit\": \"g\"}]}",
			"{\"stage\": [{\"name\": \"b\", \"size\": 3, \"unit\": \"g\"}, {\"name\": \"a\", \"size\": 1, \"unit\": \"g\"}]}", "stage[name=b,size=2,unit=g].size: 2 -> 3", 0, 0, 0},
	};

	(void)unused;
	CHECK(blocks, cases);
}

static const char group[] = "{\"type\": \"t\", \"attributes\": {\"in\": {\"live\": \"I\", \"when_unset\": \"ignore\", \"explode\": [\"cidrs\", \"groups\", \"self\"],"
	"\"element_key\": [\"proto\", \"port\", \"cidrs\", \"groups\", \"self\"]}, \"in.cidrs\": {\"as\": \"cidr\"}, \"in.proto\": {\"as\": \"protocol\"}, \"arns\": {\"live\": \"A\"}, \"tags\": {\"live\": \"T\", \"as\": \"tags\"}},"
	"\"schema\": {\"in\": [[\"set\", [\"object\", {\"proto\": \"string\", \"port\": \"number\", \"cidrs\": [\"list\", \"string\"], \"groups\": [\"set\", \"string\"],"
	"\"self\": \"bool\", \"text\": \"string\"}]], \"OC\"], \"arns\": [[\"set\", \"string\"], \"OC\"], \"tags\": [[\"map\", \"string\"], \"O\"]}}";

static const char choices[] = "{\"type\": \"t\", \"attributes\": {\"action\": {\"live\": \"A\"}, \"action.allow\": {\"presence\": true}, \"action.block\": {\"presence\": true}},"
	"\"schema\": {\"action\": {\"block\": {\"allow\": {\"block\": {\"header\": {\"block\": {\"name\": [\"string\", \"R\"]}, \"nesting\": \"list\"}}, \"max\": 1, \"nesting\": \"list\"},"
	"\"block\": {\"block\": {\"header\": {\"block\": {\"name\": [\"string\", \"R\"]}, \"nesting\": \"list\"}}, \"max\": 1, \"nesting\": \"list\"},"
	"\"none\": {\"block\": {}, \"max\": 1, \"nesting\": \"list\"}}, \"max\": 1, \"nesting\": \"list\"}}}";

/* Blocks that say something by being there. */
static void
empty_blocks(void **unused)
{
	static const struct compared cases[] = {
		{"{\"action\": [{\"allow\": [{\"header\": []}], \"block\": [], \"none\": []}]}", "{\"action\": [{\"allow\": [{}], \"block\": null, \"none\": null}]}", "", 0, 0, 0},
		{"{\"action\": [{\"allow\": [{\"header\": []}], \"block\": [], \"none\": []}]}", "{\"action\": [{\"allow\": null, \"block\": [{}], \"none\": null}]}",
			"action[0].allow[0]: {\"header\":[]} -> null\naction[0].block[0]: null -> {}", 0, 0, 0},
		{"{\"action\": [{\"allow\": [], \"block\": [], \"none\": [{}]}]}", "{\"action\": [{\"allow\": null, \"block\": null, \"none\": [{}]}]}", "", 0, 0, 0},
		{"{\"action\": [{\"allow\": [], \"block\": [], \"none\": [{}]}]}", "{\"action\": [{\"allow\": null, \"block\": null, \"none\": null}]}", "action[0]: {\"allow\":[],\"block\":[],\"none\":[{}]} -> null", 0, 0, 0},
		{"{\"action\": [{\"allow\": [{\"header\": []}]}]}", "{\"action\": [{\"allow\": [{\"header\": [{\"name\": \"x\"}]}]}]}", "action[0].allow[0].header[0]: null -> {\"name\":\"x\"}", 0, 0, 0},
	};

	(void)unused;
	CHECK(choices, cases);
}

static const char cut[] = "{\"type\": \"t\", \"attributes\": {\"rule\": \"R\"}, \"schema\": {\"rule\": {\"block\": {\"name\": [\"string\", \"R\"], \"match\": {\"block\": \"...\", \"max\": 1, \"nesting\": \"list\"}}, \"nesting\": \"list\"}}}";

/* Where the schema is cut short. */
static void
blocks_that_are_not_described(void **unused)
{
	static const struct compared cases[] = {
		/* lists of one, what is empty, what the provider does not know, order, encodings */
		{"{\"rule\": [{\"name\": \"a\", \"match\": [{\"path\": [{}], \"body\": [], \"text\": \"bot\", \"size\": 0, \"steps\": [{\"n\": 1, \"t\": \"x\"}, {\"n\": 2, \"t\": \"y\"}]}]}]}",
			"{\"rule\": [{\"name\": \"a\", \"match\": {\"path\": {}, \"text\": \"Ym90\", \"steps\": [{\"n\": \"2\", \"t\": \"y\"}, {\"n\": 1, \"t\": \"x\", \"new\": 7}], \"other\": true}}]}", "", 0, 0, 0},
		{"{\"rule\": [{\"name\": \"a\", \"match\": [{\"path\": [{}], \"body\": []}]}]}", "{\"rule\": [{\"name\": \"a\", \"match\": {\"body\": {}}}]}",
			"rule[0].match: [{\"path\":[{}],\"body\":[]}] -> {\"body\":{}}", 0, 0, 0},
		{"{\"rule\": [{\"name\": \"a\", \"match\": [{\"text\": \"bot\", \"keys\": {}}]}]}", "{\"rule\": [{\"name\": \"a\", \"match\": {\"text\": \"bots\"}}]}",
			"rule[0].match: [{\"text\":\"bot\",\"keys\":{}}] -> {\"text\":\"bots\"}", 0, 0, 0},
		{"{\"rule\": [{\"name\": \"a\", \"match\": [{\"keys\": {\"a\": \"1\"}}]}]}", "{\"rule\": [{\"name\": \"a\", \"match\": {\"keys\": {\"a\": \"1\", \"b\": \"2\"}}}]}",
			"rule[0].match: [{\"keys\":{\"a\":\"1\"}}] -> {\"keys\":{\"a\":\"1\",\"b\":\"2\"}}", 0, 0, 0},
		{"{\"rule\": [{\"name\": \"a\", \"match\": []}]}", "{\"rule\": [{\"name\": \"a\", \"match\": null}]}", "", 0, 0, 0},
	};

	(void)unused;
	CHECK(cut, cases);
}

static void
elements_are_taken_apart(void **unused)
{
	static const struct compared cases[] = {
		{"{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\", \"0.0.0.0/0\"], \"groups\": [], \"self\": true, \"text\": \"\"}]}",
			"{\"in\": [{\"proto\": \"6\", \"port\": 80, \"cidrs\": [\"0.0.0.0/0\"], \"groups\": null, \"self\": false, \"text\": null},"
			"{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\"], \"groups\": null, \"self\": true, \"text\": null}]}", "", 0, 0, 0},
		{"{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\"], \"groups\": [], \"self\": false}]}",
			"{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\", \"0.0.0.0/0\"], \"groups\": [], \"self\": false}]}",
			"in[proto=tcp,port=80,cidrs=0.0.0.0/0]: null -> {\"proto\":\"tcp\",\"port\":80,\"cidrs\":[\"0.0.0.0/0\"],\"groups\":null,\"self\":false}", 0, 0, 0},
		{"{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\"], \"text\": \"a\"}]}", "{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\"], \"text\": \"b\"}]}",
			"in[proto=tcp,port=80,cidrs=10.0.0.0/8].text: \"a\" -> \"b\"", 0, 0, 0},
		{"{\"in\": []}", "{\"in\": [{\"proto\": \"tcp\", \"port\": 22, \"cidrs\": [\"0.0.0.0/0\"]}]}", "", 0, 0, 0},
	};

	(void)unused;
	CHECK(group, cases);
}

static void
what_siblings_own_is_taken_out(void **unused)
{
	static const struct compared cases[] = {
		/* the sibling's rule stands on one side, on both, on none: never a change; the other rule is compared */
		{"{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\"], \"text\": \"x\"}]}",
			"{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\", \"172.16.0.0/12\"], \"text\": \"x\"}, {\"proto\": \"tcp\", \"port\": 22, \"cidrs\": [\"10.9.9.9/32\"], \"text\": \"of the sibling\"}]}",
			"in[proto=tcp,port=80,cidrs=172.16.0.0/12]: null -> {\"proto\":\"tcp\",\"port\":80,\"cidrs\":[\"172.16.0.0/12\"],\"text\":\"x\"}", 0, 0, 0},
		{"{\"in\": [{\"proto\": \"tcp\", \"port\": 22, \"cidrs\": [\"10.9.9.9/32\"]}]}", "{\"in\": []}", "", 0, 0, 0},
		{"{\"arns\": [\"a\"]}", "{\"arns\": [\"a\", \"s\"]}", "", 0, 0, 0}, {"{\"arns\": [\"a\", \"s\"]}", "{\"arns\": [\"a\"]}", "", 0, 0, 0},
		{"{\"arns\": [\"a\"]}", "{\"arns\": [\"a\", \"t\"]}", "arns: [\"a\"] -> [\"a\",\"t\"]", 0, 0, 0},
		/* of a map, the keys that the sibling sets */
		{"{\"tags\": {\"a\": \"1\"}}", "{\"tags\": {\"a\": \"1\", \"s\": \"2\"}}", "", 0, 0, 0},
		{"{\"tags\": {\"a\": \"1\", \"s\": \"3\"}}", "{\"tags\": {\"a\": \"2\"}}", "tags.a: \"1\" -> \"2\"", 0, 0, 0},
	};
	struct drift__arena a;
	struct drift__owned owned[3];

	(void)unused;
	drift__arena_init(&a, 0);
	owned[0] = (struct drift__owned){"in", false, value(&a, "[{\"proto\": \"6\", \"port\": 22, \"cidrs\": [\"10.9.9.9/32\"], \"groups\": []}]")};
	owned[1] = (struct drift__owned){"arns", false, value(&a, "[\"s\"]")};
	owned[2] = (struct drift__owned){"tags", false, value(&a, "[\"s\"]")};
	check(group, cases, sizeof cases / sizeof cases[0], owned, 3);
	owned[1] = (struct drift__owned){"arns", true, NULL};
	check(group, &(struct compared){"{\"arns\": [\"a\"]}", "{\"arns\": [\"b\"]}", "", 0, 0, 0}, 1, owned, 2);
	drift__arena_dispose(&a);
}

static void
what_an_instance_says_itself(void **unused)
{
	struct drift__arena a;
	struct drift__rules *r;
	struct drift_error err = DRIFT_ERROR_INIT;
	bool found = false;

	(void)unused;
	drift__arena_init(&a, 0);
	r = rules(&a, group);
	struct drift__owned owned = {"in", false, value(&a, "[{\"proto\": \"6\", \"port\": 80, \"cidrs\": [\"0.0.0.0/0\"]}]")};
	struct drift__compare_input in = {.rules = r, .owned = &owned, .n_owned = 1};

	in.state = value(&a, "{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"10.0.0.0/8\", \"0.0.0.0/0\"], \"text\": \"x\"}]}");
	assert_int_equal(drift__manages_inline(&in, "in", &found, &err), DRIFT_OK);
	assert_true(found);
	in.state = value(&a, "{\"in\": [{\"proto\": \"tcp\", \"port\": 80, \"cidrs\": [\"0.0.0.0/0\"], \"text\": \"x\"}]}");
	assert_int_equal(drift__manages_inline(&in, "in", &found, &err), DRIFT_OK);
	assert_false(found);
	owned.whole = true;
	in.state = value(&a, "{\"in\": [{\"proto\": \"tcp\", \"port\": 81}]}");
	assert_int_equal(drift__manages_inline(&in, "in", &found, &err), DRIFT_OK);
	assert_false(found);
	drift__rules_free(r);
	drift__arena_dispose(&a);
}

/* A document that can't be compared says what siblings shall be, as long as it is set. */
static void
what_a_document_describes(void **unused)
{
	static const char entry[] = "{\"type\": \"t\", \"attributes\": {\"body\": {\"ignore\": \"as written\", \"siblings\": [{\"type\": \"part\", "
		"\"parent\": \"t\", \"gives\": \"`null`\"}]}, \"note\": {\"ignore\": \"write-only\"}}, \"schema\": {\"body\": [\"string\", \"O\"], "
		"\"note\": [\"string\", \"O\"]}}";
	static const struct {
		const char *attribute, *state;
		bool found;
	} cases[] = {
		{"body", "{\"body\": \"openapi\", \"note\": \"x\"}", true},
		{"body", "{\"body\": \"\", \"note\": \"x\"}", false},
		{"body", "{\"body\": null}", false},
		{"note", "{\"note\": \"x\"}", false},
	};
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__arena a;
	struct drift__rules *r;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	r = rules(&a, entry);
	struct drift__owned owned = {"body", false, value(&a, "[]")}; /* a part of the state's own gives nothing away */
	struct drift__compare_input in = {.rules = r, .owned = &owned, .n_owned = 1};

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool found = !cases[i].found;

		in.state = value(&a, cases[i].state);
		assert_int_equal(drift__manages_inline(&in, cases[i].attribute, &found, &err), DRIFT_OK);
		assert_int_equal(found, cases[i].found);
	}
	drift__rules_free(r);
	drift__arena_dispose(&a);
}

static void
large_sets_are_cheap(void **unused)
{
	struct drift__buf s = DRIFT__BUF_INIT(1 << 22), l = DRIFT__BUF_INIT(1 << 22);
	int i, n = 2000;

	(void)unused;
	drift__buf_adds(&s, "{\"in\": [");
	drift__buf_adds(&l, "{\"in\": [");
	for (i = 0; i < n; i++) {
		drift__buf_addf(&s, "%s{\"proto\": \"tcp\", \"port\": %d, \"cidrs\": [\"10.0.0.0/8\"]}", i > 0 ? "," : "", i + 1);
		drift__buf_addf(&l, "%s{\"proto\": \"tcp\", \"port\": %d, \"cidrs\": [\"10.0.0.0/8\"]}", i > 0 ? "," : "", n - i);
	}
	drift__buf_adds(&s, "]}");
	drift__buf_adds(&l, "]}");
	check(group, &(struct compared){s.data, l.data, "", 0, 0, 0}, 1, NULL, 0);
	drift__buf_dispose(&s);
	drift__buf_dispose(&l);
}

static void
an_entry_without_a_schema(void **unused)
{
	static const char entry[] = "{\"type\": \"t\", \"attributes\": {\"a\": \"A\", \"m\": \"M\", \"l\": \"L\"}}";
	static const struct compared cases[] = {
		{"{\"a\": 1, \"m\": {\"x\": \"1\"}, \"l\": [1, 2]}", "{\"a\": \"1\", \"m\": {\"x\": 1}, \"l\": [\"1\", \"2\"]}", "", 0, 0, 0},
		{"{\"a\": 1, \"m\": {\"x\": {\"y\": 1}}, \"l\": [{\"k\": 1}]}", "{\"a\": 2, \"m\": {\"x\": {\"y\": 2}}, \"l\": [{\"k\": 3}]}",
			"a: 1 -> 2\nl[0].k: 1 -> 3\nm.x.y: 1 -> 2", 0, 0, 0},
	};

	(void)unused;
	CHECK(entry, cases);
}

static void
wrong_entries_are_named(void **unused)
{
	static const struct {
		const char *entry, *where;
	} cases[] = {
		{"{\"type\": \"t\", \"attributes\": {\"a\": {\"live\": \"A\", \"as\": \"colour\"}}}", "t: attributes.a"},
		{"{\"type\": \"t\", \"attributes\": {\"a\": {\"live\": \"A\", \"siblings\": [{\"type\": \"s\"}]}}}", "t: attributes.a"},
		{"{\"type\": \"t\", \"attributes\": {\"a\": {\"live\": \"A\", \"siblings\": [{\"type\": \"s\", \"parent\": \"p[\", \"gives\": \"*\"}]}}}", NULL},
	};
	struct drift__arena a;
	size_t i;

	(void)unused;
	drift__arena_init(&a, 0);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__rules *r = NULL;

		assert_int_not_equal(drift__rules_make(value(&a, cases[i].entry), &r, &err), DRIFT_OK);
		assert_null(r);
		if (cases[i].where != NULL)
			assert_string_equal(err.where, cases[i].where);
	}
	drift__arena_dispose(&a);
}

static void
every_allocation_may_fail(void **unused)
{
	struct drift__arena a;
	long n;

	(void)unused;
	drift__arena_init(&a, 0);
	const struct drift_value *entry = value(&a, blocks);
	const struct drift_value *state = value(&a, "{\"rule\": [{\"id\": \"a\", \"on\": true, \"key\": \"k\"}, {\"id\": \"b\"}], \"conf\": [{\"a\": \"x\"}], \"seq\": [{\"a\": \"1\"}]}");
	const struct drift_value *live = value(&a, "{\"rule\": [{\"id\": \"a\", \"on\": false, \"key\": \"l\"}, {\"id\": \"c\"}], \"conf\": {\"a\": \"y\"}, \"seq\": []}");
	for (n = 1; n < 3000; n++) {
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__rules *r = NULL;
		struct drift__comparison out = {0};
		struct drift__arena result;
		enum drift_status st;

		drift__arena_init(&result, 0);
		drift__alloc_fail_after(n);
		st = drift__rules_make(entry, &r, &err);
		if (st == DRIFT_OK) {
			struct drift__compare_input in = {.rules = r, .state = state, .live = live};

			st = drift__compare_attributes(&in, &result, &out, &err);
		}
		drift__alloc_fail_after(0);
		drift__rules_free(r);
		drift__arena_dispose(&result);
		if (st == DRIFT_OK)
			break;
		assert_int_equal(st, DRIFT_NOMEM);
		assert_int_equal(out.n_changes, 0);
	}
	assert_true(n > 3 && n < 3000);
	drift__arena_dispose(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalar_attributes),
		cmocka_unit_test(tags_and_default_tags),
		cmocka_unit_test(lists_of_scalars),
		cmocka_unit_test(nested_blocks),
		cmocka_unit_test(empty_blocks),
		cmocka_unit_test(blocks_that_are_not_described),
		cmocka_unit_test(elements_are_taken_apart),
		cmocka_unit_test(what_siblings_own_is_taken_out),
		cmocka_unit_test(what_an_instance_says_itself),
		cmocka_unit_test(what_a_document_describes),
		cmocka_unit_test(large_sets_are_cheap),
		cmocka_unit_test(an_entry_without_a_schema),
		cmocka_unit_test(wrong_entries_are_named),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
