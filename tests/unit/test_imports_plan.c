/* Plan matching on the demo account: plan.json has the creates, prod.tfstate says which live object each one is. */
#include "imports_support.h"

#include "imports/foreach.h"
#include "imports/quote.h"

#define PLAN "fixtures/account/plan.json"
#define STATE "fixtures/account/prod.tfstate"

static struct entries entries;

/* address -> id, from the state itself */
static const char *
true_id(const struct drift_value *state, const char *address)
{
	const struct drift_value *resources = drift_value_get(state, "resources");

	for (size_t i = 0; i < drift_value_size(resources); i++) {
		const struct drift_value *res = drift_value_at(resources, i), *instances = drift_value_get(res, "instances");
		const char *module = drift__value_gets(res, "module");

		if (!drift__streq(drift__value_gets(res, "mode"), "managed"))
			continue;
		for (size_t k = 0; k < drift_value_size(instances); k++) {
			const struct drift_value *key = drift_value_get(drift_value_at(instances, k), "index_key");
			struct drift__buf b = DRIFT__BUF_INIT(4096);
			bool same;

			drift__buf_addf(&b, "%s%s%s.%s", module != NULL ? module : "", module != NULL ? "." : "",
				drift__value_gets(res, "type"), drift__value_gets(res, "name"));
			if (drift_value_kind(key) == DRIFT_NUMBER) {
				drift__buf_addf(&b, "[%s]", drift_value_text(key, NULL));
			} else if (key != NULL) {
				drift__buf_addc(&b, '[');
				drift__quote_hcl(&b, drift__value_str(key), strlen(drift__value_str(key)));
				drift__buf_addc(&b, ']');
			}
			same = strcmp(b.data, address) == 0;
			drift__buf_dispose(&b);
			if (same)
				return drift__value_gets(drift_value_get(drift_value_at(instances, k), "attributes"), "id");
		}
	}
	return NULL;
}

static struct drift_imports *
match(struct drift_snapshot *live, struct drift_document *plan)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;

	opt.plan = plan;
	if (drift__imports_make(&facts, NULL, live, &opt, &im, &err) != DRIFT_OK)
		fail_msg("%s: %s", err.where, err.what);
	return im;
}

static struct drift_document *
read_plan(void)
{
	struct drift__buf text = DRIFT__BUF_INIT(64 << 20);
	struct drift_document *doc = NULL;

	assert_int_equal(drift__file_read(PLAN, &text, NULL), DRIFT_OK);
	assert_int_equal(drift_document_parse(text.data, text.len, PLAN, &doc, NULL), DRIFT_OK);
	drift__buf_dispose(&text);
	return doc;
}

static size_t
count_wrong(const struct drift_imports *im, const struct drift_value *state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < im->n; i++) {
		const char *id = true_id(state, im->items[i].address);

		if (!drift__streq(id, im->items[i].live->id)) {
			print_message("%s: matched with %s, is %s\n", im->items[i].address, im->items[i].live->id, id);
			wrong++;
		}
	}
	return wrong;
}

static size_t
list_size(const struct drift_imports *im, const char *list)
{
	return drift_value_size(drift_value_get(im->root, list));
}

static const struct drift__import *
find(const struct drift_imports *im, const char *address)
{
	for (size_t i = 0; i < im->n; i++) {
		if (strcmp(im->items[i].address, address) == 0)
			return &im->items[i];
	}
	return NULL;
}

static bool
is_listed(const struct drift_imports *im, const char *list, const char *address)
{
	const struct drift_value *v = drift_value_get(im->root, list);

	for (size_t i = 0; i < drift_value_size(v); i++) {
		if (drift__streq(drift__value_gets(drift_value_at(v, i), "address"), address))
			return true;
	}
	return false;
}

struct rig {
	struct drift_snapshot *live;
	struct drift_document *plan;
	const struct drift_value *state;
};

static void
rig_open(struct rig *r)
{
	r->live = live_from_state(STATE);
	r->plan = read_plan();
	r->state = read_json_file(&r->live->arena, STATE);
}

static void
rig_close(struct rig *r, struct drift_imports *im)
{
	drift_imports_free(im);
	drift_document_free(r->plan);
	drift_snapshot_free(r->live);
}

/* Two rules of a security group differ only in the group they refer to, and that goes through each.value of an object whose keys name nothing:
 * a plan in JSON does not hold which key has which group. */
enum { CREATES = 199, CANNOT_BE_TOLD_APART = 2 };

static void
all_that_can_be_told_apart_is_matched(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_int_equal(im->n, CREATES - CANNOT_BE_TOLD_APART);
	assert_int_equal(list_size(im, "ambiguous"), CANNOT_BE_TOLD_APART);
	assert_int_equal(list_size(im, "new"), 0);
	assert_int_equal(list_size(im, "undecided"), 0);
	assert_int_equal(list_size(im, "cycles"), 0);
	assert_true(is_listed(im, "ambiguous", "aws_vpc_security_group_ingress_rule.db[\"app\"]"));
	rig_close(&r, im);
}

/* A plan from before the imports: what it creates has been in the state for long. Only what lies at another address has moved. */
static void
what_the_state_has_is_no_create(void **unused)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_snapshot *managed = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift_imports *im = NULL;
	struct rig r;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		const struct drift_resource *live = &r.live->resources[i];
		bool is_vpc = strcmp(live->type, "aws_vpc") == 0;
		struct drift_resource *own = is_vpc || strcmp(live->type, "aws_lb") == 0 ? drift__snapshot_add(managed, live->type) : NULL;

		if (own == NULL)
			continue;
		own->id = live->id;
		own->address = is_vpc ? "aws_vpc.main" : "aws_lb.old";
	}
	assert_int_equal(drift__snapshot_seal(managed, NULL), DRIFT_OK);
	opt.plan = r.plan;
	assert_int_equal(drift__imports_make(&facts, managed, r.live, &opt, &im, NULL), DRIFT_OK);
	assert_int_equal(list_size(im, "in_state"), 1);
	assert_true(is_listed(im, "in_state", "aws_vpc.main"));
	assert_int_equal(list_size(im, "managed_elsewhere"), 1);
	assert_true(is_listed(im, "managed_elsewhere", "aws_lb.main"));
	assert_null(find(im, "aws_vpc.main"));
	drift_snapshot_free(managed);
	rig_close(&r, im);
}

static void
with_the_configuration_every_create_is_matched(void **unused)
{
	struct rig r;
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;
	struct drift_document *files = NULL;

	(void)unused;
	rig_open(&r);
	assert_int_equal(drift_configuration_read("fixtures/demo", &files, NULL), DRIFT_OK);
	assert_true(drift_value_size(drift_document_root(files)) > 5);
	opt.plan = r.plan;
	opt.configuration = drift_document_root(files);
	assert_int_equal(drift__imports_make(&facts, NULL, r.live, &opt, &im, NULL), DRIFT_OK);
	assert_int_equal(im->n, CREATES);
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
	drift_document_free(files);
}

static void
for_each_objects_are_read_or_left_alone(void **unused)
{
	static const struct {
		const char *text, *key, *member, *reference;
	} rows[] = {
		{"resource \"a\" \"b\" {\n for_each = { x = aws_vpc.y.id, \"it's\" = aws_vpc.z.id }\n}\n", "it's", "", "aws_vpc.z.id"},
		{"resource \"a\" \"b\" {\n for_each = { x = aws_vpc.y.id, \"it's\" = aws_vpc.z.id }\n}\n", "x", "", "aws_vpc.y.id"},
		{"# }\nresource \"a\" \"c\" {}\nresource \"a\" \"b\" {\n n { for_each = { x = no.no.no } }\n for_each = local.m\n}\nlocals {\n q = <<EOT\n}\nEOT\n m = {\n"
			"  x = { id = aws_vpc.y.id, s = \"${\"}\"}\" } // c\n }\n}\n", "x", "id", "aws_vpc.y.id"},
		{"resource \"a\" \"b\" {\n for_each = toset([\"x\"])\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = { x = \"${aws_vpc.y.id}\" }\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = { x = f(aws_vpc.y.id) }\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = merge({ x = aws_vpc.y.id }, {})\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = local.a\n}\nlocals {\n a = local.b\n b = local.a\n}\n", "x", "", NULL},
		{"resource \"a\" \"b\" {\n for_each = {", "x", "", NULL},
		{"resource \"a\" \"b", "x", "", NULL},
		{"<<", "x", "", NULL},
		{"/*", "x", "", NULL},
		{"", "x", "", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift__arena a;
		struct drift__map_builder m;
		struct drift__list_builder files;
		const char *found;

		drift__arena_init(&a, 0);
		drift__list_init(&files, &a);
		drift__map_init(&m, &a);
		drift__map_puts(&m, "path", "main.tf");
		drift__map_puts(&m, "text", rows[i].text);
		drift__list_add(&files, drift__map_finish(&m));
		found = drift__foreach_reference(&a, drift__list_finish(&files), "", "resource", "a", "b", rows[i].key, rows[i].member);
		if (!drift__streq(found, rows[i].reference))
			fail_msg("row %zu: %s", i, found);
		drift__arena_dispose(&a);
	}
}

static void
a_map_decides_what_is_ambiguous(void **unused)
{
	struct rig r;
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_imports *im = NULL;

	(void)unused;
	rig_open(&r);
	opt.plan = r.plan;
	opt.map_text = "sgr-930cffea647c6ff6c,aws_vpc_security_group_ingress_rule.db[\"app\"]\n";
	opt.map_bytes = strlen(opt.map_text);
	assert_int_equal(drift__imports_make(&facts, NULL, r.live, &opt, &im, NULL), DRIFT_OK);
	assert_int_equal(im->n, CREATES); /* the other one is the only one left */
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
}

static void
the_forecast_says_what_no_import_brings_in(void **unused)
{
	static const char *const replaced[] = {"aws_key_pair.bastion", "aws_lambda_permission.nightly"};
	static const struct {
		const char *address, *path;
	} changed[] = {
		{"aws_db_instance.main", "password"}, {"aws_kms_key.data", "deletion_window_in_days"},
		{"aws_lambda_function.this[\"ingest\"]", "filename"}, {"aws_autoscaling_group.ecs", "wait_for_capacity_timeout"},
	};
	struct rig r;
	struct drift_imports *im;
	size_t n_replaced = 0;

	(void)unused;
	rig_open(&r);
	im = match(r.live, r.plan);
	for (size_t i = 0; i < im->n; i++) {
		n_replaced += strcmp(im->items[i].forecast, "replace") == 0;
		for (size_t k = 0; k < drift_value_size(im->items[i].changes); k++) {
			const struct drift_value *one = drift_value_at(im->items[i].changes, k);

			if (drift__streq(drift__value_gets(one, "reason"), "the configuration wants another value"))
				fail_msg("%s: %s", im->items[i].address, drift__value_gets(one, "path"));
		}
	}
	assert_int_equal(n_replaced, 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(find(im, replaced[i])->forecast, "replace");
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		const struct drift__import *it = find(im, changed[i].address);
		bool found = false;

		assert_string_equal(it->forecast, "in-place");
		for (size_t k = 0; k < drift_value_size(it->changes); k++)
			found = found || drift__streq(drift__value_gets(drift_value_at(it->changes, k), "path"), changed[i].path);
		assert_true(found);
	}
	{
		char *text = NULL;

		assert_int_equal(drift_imports_write(im, "json", NULL, &text, NULL), DRIFT_OK);
		assert_null(strstr(text, "not-a-real-password"));
		drift_text_free(text);
	}
	rig_close(&r, im);
}

/* ---- variations: the matcher is not tuned to one account ---- */

static struct drift_resource *
by_id(struct drift_snapshot *s, const char *type, const char *id)
{
	for (size_t i = 0; i < s->n_resources; i++) {
		if (strcmp(s->resources[i].type, type) == 0 && strcmp(s->resources[i].id, id) == 0)
			return &s->resources[i];
	}
	return NULL;
}

static const struct drift_value *
with(struct drift__arena *a, const struct drift_value *map, const char *key, const struct drift_value *v)
{
	struct drift__map_builder b;

	drift__map_init(&b, a);
	for (size_t i = 0; i < drift_value_size(map); i++)
		drift__map_put(&b, drift_value_key(map, i, NULL), drift_value_at(map, i));
	drift__map_put(&b, key, v);
	return drift__map_finish(&b);
}

static void
without_any_tag_nothing_is_matched_wrongly(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		struct drift_resource *l = &r.live->resources[i];

		l->tags = NULL;
		l->attributes = with(&r.live->arena, with(&r.live->arena, l->attributes, "tags", &drift__null), "tags_all", &drift__null);
	}
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_true(im->n >= CREATES - 12);
	assert_int_equal(list_size(im, "new"), 0);
	rig_close(&r, im);
}

/* With one in `step` missing. Its place is nobody else's, though only one of its kind may be left. */
static void
what_is_gone_is_replaced_by_nothing(void **unused)
{
	(void)unused;
	for (size_t step = 2; step < 9; step++) {
		struct rig r;
		struct drift_imports *im;

		rig_open(&r);
		for (size_t i = step % 3; i < r.live->n_resources; i += step)
			r.live->resources[i].flags |= DRIFT__GONE;
		im = match(r.live, r.plan);
		assert_int_equal(count_wrong(im, r.state), 0);
		assert_true(im->n > CREATES / 4);
		rig_close(&r, im);
	}
}

/* The only network ACL that is left has another name. */
static void
one_of_a_kind_is_not_taken_for_another(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	const char *id;

	(void)unused;
	rig_open(&r);
	id = true_id(r.state, "aws_network_acl.public");
	assert_non_null(id);
	by_id(r.live, "aws_network_acl", id)->flags |= DRIFT__GONE;
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_non_null(find(im, "aws_network_acl.database"));
	assert_true(is_listed(im, "new", "aws_network_acl.public"));
	assert_true(is_listed(im, "new", "aws_network_acl_rule.public[\"in\"]"));
	rig_close(&r, im);
}

static void
a_tag_that_was_edited_hides_nothing(void **unused)
{
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		struct drift_resource *l = &r.live->resources[i];

		if (drift_value_size(drift_value_get(l->attributes, "tags")) == 0)
			continue;
		l->tags = with(&r.live->arena, drift_value_get(l->attributes, "tags"), "Revision", drift__value_string(&r.live->arena, "by hand"));
		l->attributes = with(&r.live->arena, l->attributes, "tags", l->tags);
	}
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_int_equal(im->n, CREATES - CANNOT_BE_TOLD_APART);
	rig_close(&r, im);
}

/* Tags that only AWS has are no reason to make everything anew. */
static void
a_configuration_without_tags_is_matched(void **unused)
{
	struct drift__buf text = DRIFT__BUF_INIT(64 << 20);
	struct rig r;
	struct drift_imports *im;

	(void)unused;
	rig_open(&r);
	drift_document_free(r.plan);
	assert_int_equal(drift__file_read(PLAN, &text, NULL), DRIFT_OK);
	for (char *at = strstr(text.data, "\"tags"); at != NULL; at = strstr(at, "\"tags"))
		memcpy(at, "\"tugs", 5);
	assert_int_equal(drift_document_parse(text.data, text.len, PLAN, &r.plan, NULL), DRIFT_OK);
	drift__buf_dispose(&text);
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_int_equal(list_size(im, "new"), 0);
	assert_true(im->n > CREATES - 10);
	rig_close(&r, im);
}

static void
a_renamed_resource_is_new_and_no_other_takes_its_place(void **unused)
{
	static const char *const names[] = {"name", "bucket", "identifier", "family", "function_name"};
	struct rig r;
	struct drift_imports *im;
	size_t renamed = 0;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i += 3) {
		struct drift_resource *l = &r.live->resources[i];

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			const char *name = drift__value_gets(l->attributes, names[k]);

			if (name == NULL || strstr(l->type, "attachment") != NULL)
				continue;
			l->attributes = with(&r.live->arena, l->attributes, names[k],
				drift__value_string(&r.live->arena, drift__arena_printf(&r.live->arena, "renamed-%s", name)));
			renamed++;
			break;
		}
	}
	im = match(r.live, r.plan);
	assert_true(renamed > 20);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_true(list_size(im, "new") > 15);
	rig_close(&r, im);
}

/* Adds a copy of a live resource with another id and attributes; the snapshot is sealed again by the caller. */
static void
twin(struct drift_snapshot *s, const char *type, const char *id, const char *new_id, const char *key, const char *value)
{
	struct drift_resource copy = *by_id(s, type, id), *r = drift__snapshot_add(s, type);

	*r = copy;
	r->id = r->import_id = new_id;
	r->arn = NULL;
	r->attributes = with(&s->arena, with(&s->arena, copy.attributes, "id", drift__value_string(&s->arena, new_id)), "arn", &drift__null);
	if (key != NULL)
		r->attributes = with(&s->arena, r->attributes, key, drift__value_string(&s->arena, value));
}

static void
equal_subnets_are_told_apart_by_their_vpc(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	const struct drift__import *subnet;
	const char *id;

	(void)unused;
	rig_open(&r);
	im = match(r.live, r.plan);
	subnet = find(im, "aws_subnet.public[0]");
	assert_non_null(subnet);
	id = drift__arena_strdup(&r.live->arena, subnet->live->id);
	drift_imports_free(im);

	/* the same range in another VPC */
	twin(r.live, "aws_subnet", id, "subnet-other", "vpc_id", "vpc-other");
	assert_int_equal(drift__snapshot_seal(r.live, NULL), DRIFT_OK);
	im = match(r.live, r.plan);
	assert_int_equal(count_wrong(im, r.state), 0);
	assert_non_null(find(im, "aws_subnet.public[0]"));
	rig_close(&r, im);
}

static void
equal_twins_are_ambiguous(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	const struct drift__import *alarm;

	(void)unused;
	rig_open(&r);
	im = match(r.live, r.plan);
	alarm = find(im, "aws_cloudwatch_metric_alarm.this[\"cpu/high\"]");
	assert_non_null(alarm);
	twin(r.live, "aws_cloudwatch_metric_alarm", alarm->live->id, "twin", NULL, NULL);
	drift_imports_free(im);
	assert_int_equal(drift__snapshot_seal(r.live, NULL), DRIFT_OK);
	im = match(r.live, r.plan);
	assert_null(find(im, "aws_cloudwatch_metric_alarm.this[\"cpu/high\"]"));
	assert_true(is_listed(im, "ambiguous", "aws_cloudwatch_metric_alarm.this[\"cpu/high\"]"));
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
}

/* A record's name may stand without its zone, and the provider takes it from the import id as it stands there. */
static void
records_are_found_by_a_name_without_the_zone(void **unused)
{
	static const char zones[] = "{\"format_version\": \"1.0\", \"side\": \"live\", \"resources\": ["
		"{\"type\": \"aws_route53_zone\", \"id\": \"Z1\", \"import_id\": \"Z1\", \"name\": \"x.example\", \"attributes\": {\"name\": \"x.example\"}},"
		"{\"type\": \"aws_route53_record\", \"id\": \"Z1_w.x.example_A\", \"import_id\": \"Z1_w.x.example_A\", \"name\": \"w.x.example\","
		" \"parent_type\": \"aws_route53_zone\", \"parent_key\": \"Z1\", \"attributes\": {\"zone_id\": \"Z1\", \"name\": \"w.x.example\", \"type\": \"A\"}},"
		"{\"type\": \"aws_route53_record\", \"id\": \"Z1_v.w.x.example_A\", \"import_id\": \"Z1_v.w.x.example_A\", \"name\": \"v.w.x.example\","
		" \"parent_type\": \"aws_route53_zone\", \"parent_key\": \"Z1\", \"attributes\": {\"zone_id\": \"Z1\", \"name\": \"v.w.x.example\", \"type\": \"A\"}}]}";
	static const struct {
		const char *name, *id; /* id NULL: nothing live is meant */
	} rows[] = {{"w", "Z1_w_A"}, {"w.x.example", "Z1_w.x.example_A"}, {"v.w", "Z1_v.w_A"}, {"v", NULL}, {"x", NULL}};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = drift__asprintf("{\"format_version\": \"1.2\", \"resource_changes\": [{\"address\": \"aws_route53_record.r\", \"mode\": \"managed\","
			"\"type\": \"aws_route53_record\", \"name\": \"r\", \"change\": {\"actions\": [\"create\"],"
			"\"after\": {\"zone_id\": \"Z1\", \"name\": \"%s\", \"type\": \"A\"}, \"after_unknown\": {\"id\": true}}}]}", rows[i].name);
		struct drift_snapshot *live = NULL;
		struct drift_document *plan = NULL;
		struct drift_imports *im;

		assert_int_equal(drift_snapshot_from_json(zones, sizeof zones - 1, "zones", &live, NULL), DRIFT_OK);
		assert_int_equal(drift_document_parse(text, strlen(text), "plan", &plan, NULL), DRIFT_OK);
		im = match(live, plan);
		if (rows[i].id == NULL)
			assert_true(is_listed(im, "new", "aws_route53_record.r"));
		else
			assert_string_equal(find(im, "aws_route53_record.r")->id, rows[i].id);
		drift_imports_free(im);
		drift_document_free(plan);
		drift_snapshot_free(live);
		drift__free(text);
	}
}

static void
what_lies_in_another_region_is_not_meant(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	size_t moved = 0;

	(void)unused;
	rig_open(&r);
	for (size_t i = 0; i < r.live->n_resources; i++) {
		if (r.live->resources[i].region != NULL) {
			r.live->resources[i].region = "eu-north-1";
			moved++;
		}
	}
	im = match(r.live, r.plan);
	assert_true(moved > 50);
	for (size_t i = 0; i < im->n; i++)
		assert_true(im->items[i].region == NULL);
	assert_int_equal(count_wrong(im, r.state), 0);
	rig_close(&r, im);
}

static void
what_could_not_be_listed_is_not_called_new(void **unused)
{
	struct rig r;
	struct drift_imports *im;
	size_t first, n;

	(void)unused;
	rig_open(&r);
	n = drift__snapshot_of_type(r.live, "aws_sqs_queue", &first);
	assert_true(n > 0);
	for (size_t i = first; i < first + n; i++)
		r.live->resources[i].flags |= DRIFT__GONE;
	im = match(r.live, r.plan);
	assert_true(list_size(im, "new") >= n);
	drift_imports_free(im);
	r.live->gaps = parse(&r.live->arena, "[{\"type\": \"aws_sqs_queue\", \"reason\": \"AccessDenied\", \"action\": \"sqs:ListQueues\"}]");
	im = match(r.live, r.plan);
	assert_int_equal(list_size(im, "undecided"), n);
	rig_close(&r, im);
}

static void
bad_plans_are_refused_with_the_place(void **unused)
{
	static const char *const rows[] = {
		"[]", "{}", "{\"format_version\": \"2.0\", \"resource_changes\": []}", "{\"format_version\": \"1.0\", \"values\": {}}",
		"{\"format_version\": \"1.2\", \"resource_changes\": [{\"mode\": \"managed\", \"change\": {\"actions\": [\"create\"], \"after\": {}}}]}",
		("{\"format_version\": \"1.2\", \"resource_changes\": [{\"mode\": \"managed\", \"address\": \"a.b\", \"type\": \"a\", \"name\": \"b\", "
		 "\"change\": {\"actions\": [\"create\"], \"after\": null}}]}"),
	};
	struct drift_snapshot *live = live_from_state(STATE);

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct drift__facts facts = {entry_of, &entries};
		struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
		struct drift_document *plan = NULL;
		struct drift_imports *im = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;

		assert_int_equal(drift_document_parse(rows[i], strlen(rows[i]), "plan.json", &plan, NULL), DRIFT_OK);
		opt.plan = plan;
		assert_int_not_equal(drift__imports_make(&facts, NULL, live, &opt, &im, &err), DRIFT_OK);
		assert_null(im);
		assert_true(err.what[0] != '\0' && err.where[0] != '\0');
		drift_document_free(plan);
	}
	drift_snapshot_free(live);
}

/* Each allocation cannot be tried on an account of that size: the steps grow. */
static void
running_out_of_memory_is_said(void **unused)
{
	struct drift__facts facts = {entry_of, &entries};
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_document *files = NULL;
	struct rig r;

	(void)unused;
	rig_open(&r);
	assert_int_equal(drift_configuration_read("fixtures/demo", &files, NULL), DRIFT_OK);
	opt.plan = r.plan;
	opt.configuration = drift_document_root(files);
	for (long n = 1; n < 4000; n += n / 9 + 1) {
		struct drift_imports *im = NULL;
		struct drift_error err = DRIFT_ERROR_INIT;
		enum drift_status st;

		drift__alloc_fail_after(n);
		st = drift__imports_make(&facts, NULL, r.live, &opt, &im, &err);
		drift__alloc_fail_after(0);
		/* an allocation that only made something exacter may fail without the whole failing; nothing wrong may come of it */
		if (st == DRIFT_OK)
			assert_int_equal(count_wrong(im, r.state), 0);
		else
			assert_int_equal(st, DRIFT_NOMEM);
		drift_imports_free(im);
	}
	drift_document_free(files);
	rig_close(&r, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_can_be_told_apart_is_matched),
		cmocka_unit_test(what_the_state_has_is_no_create),
		cmocka_unit_test(with_the_configuration_every_create_is_matched),
		cmocka_unit_test(for_each_objects_are_read_or_left_alone),
		cmocka_unit_test(a_map_decides_what_is_ambiguous),
		cmocka_unit_test(the_forecast_says_what_no_import_brings_in),
		cmocka_unit_test(without_any_tag_nothing_is_matched_wrongly),
		cmocka_unit_test(what_is_gone_is_replaced_by_nothing),
		cmocka_unit_test(one_of_a_kind_is_not_taken_for_another),
		cmocka_unit_test(a_tag_that_was_edited_hides_nothing),
		cmocka_unit_test(a_configuration_without_tags_is_matched),
		cmocka_unit_test(a_renamed_resource_is_new_and_no_other_takes_its_place),
		cmocka_unit_test(equal_subnets_are_told_apart_by_their_vpc),
		cmocka_unit_test(equal_twins_are_ambiguous),
		cmocka_unit_test(records_are_found_by_a_name_without_the_zone),
		cmocka_unit_test(what_lies_in_another_region_is_not_meant),
		cmocka_unit_test(what_could_not_be_listed_is_not_called_new),
		cmocka_unit_test(bad_plans_are_refused_with_the_place),
		cmocka_unit_test(running_out_of_memory_is_said),
	};
	int rc;

	drift__arena_init(&entries.arena, 0);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	drift__arena_dispose(&entries.arena);
	return rc;
}
