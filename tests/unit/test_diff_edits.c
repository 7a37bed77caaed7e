/* Every type of the catalogue against its fixture, edited: each compared value of each instance, however deep, is altered, set where it
 * was not, dropped, or gets a neighbour. All of it is drift and must show. */
#include "diff/rules.h"
#include "diff/schema.h"
#include "type_scene.h"

#define MOST_EDITS 3000 /* of one attribute of one instance */

/* What a sibling of the fixture owns is compared there: of these the fixture's edits don't show. */
static const char *const owned[][2] = {
	{"aws_api_gateway_rest_api", "policy"},          /* aws_api_gateway_rest_api_policy */
	{"aws_db_instance", "manage_master_user_password"}, /* nobody's: unset in the state, and on in AWS */
	{"aws_default_network_acl", "subnet_ids"},       /* aws_subnet */
	{"aws_ec2_transit_gateway_vpc_attachment", "transit_gateway_default_route_table_association"},
	{"aws_eip", "network_interface"},                /* aws_nat_gateway */
	{"aws_elb", "instances"},                        /* aws_elb_attachment */
	{"aws_instance", "associate_public_ip_address"}, /* aws_eip */
	{"aws_rds_cluster", "manage_master_user_password"},
	{"aws_s3_bucket", "grant"},                      /* aws_s3_bucket_ownership_controls */
	{"aws_s3_bucket", "versioning"},                 /* aws_s3_bucket_versioning */
	{"aws_sns_topic", "policy"},                     /* aws_sns_topic_policy */
	{"aws_sqs_queue", "policy"},                     /* aws_sqs_queue_policy */
};

static bool
is_owned(const char *type, const char *attribute)
{
	size_t i;

	for (i = 0; i < sizeof owned / sizeof owned[0]; i++)
		if (strcmp(owned[i][0], type) == 0 && strcmp(owned[i][1], attribute) == 0)
			return true;
	return false;
}

/* One pass over a value makes edit number `wanted`; the passes end when there is none of that number. */
struct pass {
	struct scene *s;
	const struct drift__rules *rules;
	const struct drift_value *compared; /* dotted names, as `driftscan types` counts them */
	size_t wanted, at;
	bool done;
	char what[256];
	size_t every; /* one edit in so many is compared */
};

static bool
listed(const struct drift_value *list, const char *name)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++)
		if (drift__streq(drift__value_str(drift_value_at(list, i)), name))
			return true;
	return false;
}

static bool
turn(struct pass *p, const char *path, const char *what)
{
	if (p->done || p->at++ != p->wanted)
		return false;
	p->done = true;
	snprintf(p->what, sizeof p->what, "%s: %s", path, what);
	return true;
}

static const struct drift_value *alter_json(struct drift__arena *a, const struct drift_value *v);

static const struct drift_value *
alter_text(struct drift__arena *a, const char *text)
{
	const struct drift_value *parsed = NULL;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *end;
	long long n = strtoll(text, &end, 10);

	if (*text != '\0' && *end == '\0' && strlen(text) < 18)
		return drift__value_string(a, drift__arena_printf(a, "%lld", n + 1));
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return drift__value_string(a, strcmp(text, "true") == 0 ? "false" : "true");
	if ((*text == '{' || *text == '[') && drift__json_parse(a, text, strlen(text), NULL, &parsed, NULL) == DRIFT_OK) {
		drift__json_write(&b, alter_json(a, parsed), 0, false);
		parsed = drift__value_string(a, b.data);
		drift__buf_dispose(&b);
		return parsed;
	}
	return drift__value_string(a, drift__arena_printf(a, "%sx", text));
}

static const struct drift_value *
alter_scalar(struct drift__arena *a, const struct drift_value *v)
{
	int64_t n;

	if (drift_value_kind(v) == DRIFT_BOOL)
		return drift__value_bool(!drift_value_bool(v));
	if (drift__value_to_int(v, &n))
		return drift__value_int(a, n + 1);
	return drift_value_kind(v) == DRIFT_STRING ? alter_text(a, v->u.text) : drift__value_int(a, 7);
}

/* The last thing in it. */
static const struct drift_value *
alter_json(struct drift__arena *a, const struct drift_value *v)
{
	struct drift__map_builder m;
	struct drift__list_builder l;
	size_t i, n = drift_value_size(v);

	if (drift_value_kind(v) == DRIFT_MAP) {
		drift__map_init(&m, a);
		for (i = 0; i < n; i++)
			drift__map_put(&m, drift_value_key(v, i, NULL), i + 1 == n ? alter_json(a, drift_value_at(v, i)) : drift_value_at(v, i));
		if (n == 0)
			drift__map_puts(&m, "added", "x");
		return drift__map_finish(&m);
	}
	if (drift_value_kind(v) == DRIFT_LIST) {
		drift__list_init(&l, a);
		for (i = 0; i < n; i++)
			drift__list_add(&l, i + 1 == n ? alter_json(a, drift_value_at(v, i)) : drift_value_at(v, i));
		if (n == 0)
			drift__list_add(&l, drift__value_string(a, "x"));
		return drift__list_finish(&l);
	}
	return alter_scalar(a, v);
}

static const struct drift_value *
made_up(struct drift__arena *a, const struct drift__node *node)
{
	return node->kind == DRIFT__NODE_NUMBER ? drift__value_int(a, 7)
		: node->kind == DRIFT__NODE_BOOL ? drift__value_bool(true)
						 : drift__value_string(a, "edited");
}

static const struct drift_value *
edit_scalar(struct pass *p, const struct drift__node *node, const char *path, const struct drift_value *v)
{
	const struct drift__rule *rule = drift__rules_find(p->rules, path);
	bool unset = drift__value_is_empty(v);
	const struct drift_value *now = unset ? made_up(&p->s->arena, node) : alter_scalar(&p->s->arena, v);

	if (rule != NULL && rule->absent != NULL && drift_value_equal(now, rule->absent))
		return v;
	return turn(p, path, unset ? "set" : "altered") ? now : v;
}

static const struct drift_value *
edit_map(struct pass *p, const char *path, const struct drift_value *v)
{
	struct drift__arena *a = &p->s->arena;
	bool add = turn(p, path, "a key more"), drop = drift_value_size(v) > 1 && turn(p, path, "a key less");
	struct drift__map_builder m;
	size_t i, n = drift_value_size(v);

	drift__map_init(&m, a);
	for (i = drop ? 1 : 0; i < n; i++) {
		const char *key = drift_value_key(v, i, NULL);

		drift__map_put(&m, key, turn(p, path, key) ? alter_scalar(a, drift_value_at(v, i)) : drift_value_at(v, i));
	}
	if (add)
		drift__map_puts(&m, "edited", "x");
	return drift__map_finish(&m);
}

static const struct drift_value *edit(struct pass *p, const struct drift__node *node, const char *path, const struct drift_value *v);

/* The block has all that AWS's default block has. */
static bool
is_default(const struct drift__rule *rule, const struct drift_value *block)
{
	const struct drift_value *usual = rule != NULL ? drift_value_at(rule->absent, 0) : NULL;
	size_t i;

	for (i = 0; i < drift_value_size(usual); i++)
		if (!drift_value_equal(drift_value_at(usual, i), drift_value_get(block, drift_value_key(usual, i, NULL))))
			return false;
	return drift_value_kind(usual) == DRIFT_MAP;
}

/* A block of nothing but defaults may as well be absent. */
static bool
says_something(struct pass *p, const struct drift__node *node, const char *path, const struct drift_value *v)
{
	const struct drift__rule *rule = drift__rules_find(p->rules, path);
	struct drift__node inner;
	const char *name;
	double d;
	size_t i;

	if ((rule != NULL && (rule->ignore != NULL || (rule->absent != NULL && drift_value_equal(v, rule->absent)))) || is_default(rule, v) ||
		(drift__node_computed_only(node) && (rule == NULL || !rule->computed)))
		return false;
	if (drift_value_kind(v) == DRIFT_LIST && v->len > 0 && (node->kind == DRIFT__NODE_LIST || node->kind == DRIFT__NODE_SET)) {
		inner = drift__node_element(node);
		return drift__node_is_scalar(&inner) || says_something(p, &inner, path, drift_value_at(v, 0));
	}
	for (i = 0; drift__node_member(node, i, &name, &inner); i++)
		if (says_something(p, &inner, drift__arena_printf(&p->s->arena, "%s.%s", path, name), drift_value_get(v, name)))
			return true;
	if (node->kind == DRIFT__NODE_OBJECT || drift__value_is_empty(v) || (drift_value_kind(v) == DRIFT_BOOL && !drift_value_bool(v)))
		return false;
	return !drift__value_to_double(v, &d) || d != 0;
}

static const struct drift_value *
edit_list(struct pass *p, const struct drift__node *node, const char *path, const struct drift_value *v)
{
	struct drift__node element = drift__node_element(node);
	const struct drift__rule *rule = drift__rules_find(p->rules, path);
	struct drift__list_builder l;
	bool scalars = drift__node_is_scalar(&element), drop, add;
	size_t i, n = drift_value_size(v);

	if (scalars && !listed(p->compared, path))
		return v;
	drop = (scalars || (n > 0 && says_something(p, &element, path, drift_value_at(v, n - 1)))) && n > (rule != NULL && rule->unset_ignored ? 1U : 0U) && turn(p, path, "one less");
	add = scalars && turn(p, path, "one more");
	drift__list_init(&l, &p->s->arena);
	for (i = 0; i + (drop ? 1 : 0) < n; i++)
		drift__list_add(&l, edit(p, &element, path, drift_value_at(v, i)));
	if (add)
		drift__list_add(&l, made_up(&p->s->arena, &element));
	return drift__list_finish(&l);
}

static const struct drift_value *
edit_object(struct pass *p, const struct drift__node *node, const char *path, const struct drift_value *v)
{
	struct drift__map_builder m;
	struct drift__node inner;
	const char *name;
	size_t i;

	if (drift_value_kind(v) != DRIFT_MAP)
		return v;
	drift__map_init(&m, &p->s->arena);
	for (i = 0; i < drift_value_size(v); i++)
		drift__map_put(&m, drift_value_key(v, i, NULL), drift_value_at(v, i));
	for (i = 0; drift__node_member(node, i, &name, &inner); i++)
		drift__map_put(&m, name, edit(p, &inner, drift__arena_printf(&p->s->arena, "%s.%s", path, name), drift_value_get(v, name)));
	return drift__map_finish(&m);
}

/* A block that the schema names and does not describe. */
static const struct drift_value *
edit_cut(struct pass *p, const char *path, const struct drift_value *v)
{
	struct drift__list_builder l;
	struct drift__map_builder m;
	bool empty = drift_value_size(v) == 0;

	if (!turn(p, path, empty ? "put there" : "gone"))
		return v;
	drift__list_init(&l, &p->s->arena);
	drift__map_init(&m, &p->s->arena);
	if (empty)
		drift__list_add(&l, drift__map_finish(&m));
	return drift__list_finish(&l);
}

/* v, with the edit if its turn comes inside. */
static const struct drift_value *
edit(struct pass *p, const struct drift__node *node, const char *path, const struct drift_value *v)
{
	const struct drift__rule *rule = drift__rules_find(p->rules, path);

	if (v == NULL)
		v = &drift__null;
	if (p->done || (rule != NULL && rule->ignore != NULL) || (drift__node_computed_only(node) && (rule == NULL || !rule->computed)))
		return v;
	switch (node->kind) {
	case DRIFT__NODE_LIST:
	case DRIFT__NODE_SET:
		return edit_list(p, node, path, v);
	case DRIFT__NODE_MAP:
		return listed(p->compared, path) ? edit_map(p, path, v) : v;
	case DRIFT__NODE_OBJECT:
		return edit_object(p, node, path, v);
	case DRIFT__NODE_ANY:
		return node->cut ? edit_cut(p, path, v) : v;
	default:
		return listed(p->compared, path) ? edit_scalar(p, node, path, v) : v;
	}
}

static const struct drift_value *
with_member(const struct drift_value *map, const char *name, const struct drift_value *v, struct drift__arena *a)
{
	struct drift__map_builder b;
	size_t i;

	drift__map_init(&b, a);
	for (i = 0; i < drift_value_size(map); i++)
		drift__map_put(&b, drift_value_key(map, i, NULL), drift_value_at(map, i));
	drift__map_put(&b, name, v);
	return drift__map_finish(&b);
}

static bool
shows(const struct scene *s)
{
	struct drift_findings *f = compare(s, s->state);
	bool seen = finding(s, f, "changed") != NULL || finding(s, f, "missing") != NULL;

	drift_findings_free(f);
	return seen;
}

static void
edit_attribute(struct pass *p, struct drift_resource *r, const char *name, size_t *edits, size_t *unseen)
{
	const struct drift_value *before = r->attributes, *v = drift_value_get(before, name);
	struct drift__node node = drift__node_of(p->rules->schema, name);

	for (p->wanted = 0; p->wanted < MOST_EDITS && v != NULL; p->wanted++) {
		const struct drift_value *now;

		p->at = 0;
		p->done = false;
		now = edit(p, &node, name, v);
		if (!p->done)
			break;
		r->attributes = with_member(before, name, now, &p->s->arena);
		if (*edits % p->every == 0 && !shows(p->s) && !is_owned(p->s->type->name, name)) {
			print_error("%s %s: does not show\n", p->s->type->name, p->what);
			++*unseen;
		}
		r->attributes = before;
		++*edits;
	}
}

static void
edit_type(struct scene *s, size_t *edits, size_t *unseen)
{
	struct pass p = {.s = s, .every = getenv("DRIFT_SLOW_MACHINE") != NULL ? 10 : 1};
	struct drift__rules *rules = NULL;
	struct drift_document *described = NULL;
	size_t first, n = drift__snapshot_of_type(s->state, s->type->name, &first), i, k;

	assert_int_equal(drift__rules_make(s->type->entry, &rules, NULL), DRIFT_OK);
	assert_int_equal(drift_catalogue_describe(s->catalogue, s->type->name, &described, NULL), DRIFT_OK);
	p.rules = rules;
	p.compared = drift_value_get(drift_value_get(drift_value_at(drift_document_root(described), 0), "attribute_names"), "compared");
	for (i = first; i < first + n; i++) {
		struct drift_resource *r = &s->state->resources[i];

		for (k = 0; k < drift_value_size(s->type->schema) && (r->flags & DRIFT__DATA) == 0; k++) {
			const char *name = drift_value_key(s->type->schema, k, NULL);

			/* tags_all holds the tags, and is what is compared */
			if (strcmp(name, "tags") != 0 || drift_value_get(r->attributes, "tags_all") == NULL)
				edit_attribute(&p, r, name, edits, unseen);
		}
	}
	drift_document_free(described);
	drift__rules_free(rules);
}

static void
test_edits_show(void **state)
{
	struct drift_catalogue *c = NULL;
	struct scene s;
	size_t i, at, edits = 0, unseen = 0;

	(void)state;
	assert_int_equal(drift_catalogue_open(NULL, &c, NULL), DRIFT_OK);
	for (i = 0; i < drift_catalogue_size(c); i++) {
		for (at = 0; set_up(&s, c, drift_catalogue_type(c, i), at); at++) {
			edit_type(&s, &edits, &unseen);
			tear_down(&s);
		}
	}
	drift_catalogue_free(c);
	print_message("%zu edits, %zu do not show\n", edits, unseen);
	assert_int_equal(unseen, 0);
	assert_true(edits > 7000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_edits_show)};

	replay_moment_bytes = 1; /* what is kept longer than it may be shows */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
