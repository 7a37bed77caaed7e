/* Options -> needs -> statements -> documents, at the level of folding that takes the fewest. */
#include "policy/condition.h"

#include "catalogue/embed.h"

#include <stdlib.h>
#include <string.h>

enum { MANAGED_MAX_CHARS = 6144, INLINE_MAX_CHARS = 10240, ATTACHED_MAX = 10, ARENA_MAX_BYTES = 1 << 30 };

struct drift_policy {
	struct drift__arena arena;
	const struct drift_value *root;
};

static const char *const mode_names[] = {"plan", "apply", "scan", "import", "state"};
static const char *const fold_names[] = {"auto", "none", "prefix", "service"};

/* Part i (1 partition, 3 region, 4 account) of an ARN: its length, 0 when it is empty. */
static size_t
arn_part(const char *arn, int part, const char **out)
{
	const char *at = arn;

	for (int i = 0; i < part && at != NULL; i++) {
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	*out = at;
	return at != NULL && strchr(at, ':') != NULL ? strcspn(at, ":") : 0;
}

/* What most ARNs of the subjects say; of equally many the smallest. */
static const char *
usual_part(struct drift__policy_maker *mk, int part)
{
	const char *best = NULL;
	size_t n_best = 0, most = 0;

	for (size_t i = 0; i < mk->subjects.n; i++) {
		const char *one, *other;
		size_t n = mk->subjects.list[i].arn != NULL ? arn_part(mk->subjects.list[i].arn, part, &one) : 0, same = 0;

		if (n == 0 || (part == 4 && (n != 12 || strspn(one, "0123456789") < 12)) || (n == n_best && memcmp(one, best, n) == 0))
			continue;
		for (size_t k = 0; k < mk->subjects.n; k++)
			same += mk->subjects.list[k].arn != NULL && arn_part(mk->subjects.list[k].arn, part, &other) == n && memcmp(one, other, n) == 0;
		if (same < most || (same == most && strncmp(one, best, n) > 0))
			continue;
		best = one;
		n_best = n;
		most = same;
	}
	return best != NULL ? drift__got(mk, drift__arena_strndup(mk->needs.arena, best, n_best)) : NULL;
}

/* What the options leave open is read from the ARNs. */
static void
find_where(struct drift__policy_maker *mk)
{
	const struct drift_policy_options *opt = mk->opt;
	const struct drift_value *partitions = drift_value_get(mk->iam, "partitions");

	mk->where.partition = opt->partition != NULL ? opt->partition : usual_part(mk, 1);
	mk->where.region = opt->region != NULL ? opt->region : usual_part(mk, 3);
	for (size_t i = 0; i < mk->subjects.n && mk->where.region == NULL; i++) /* nothing has an ARN yet: the plan says where its provider works */
		mk->where.region = mk->subjects.list[i].create != NULL ? mk->subjects.list[i].create->region : NULL;
	mk->where.account = opt->account != NULL ? opt->account : usual_part(mk, 4);
	for (size_t i = 0; i < drift_value_size(partitions) && mk->where.partition == NULL && mk->where.region != NULL; i++) {
		if (drift__starts(mk->where.region, drift_value_key(partitions, i, NULL)))
			mk->where.partition = drift__value_str(drift_value_at(partitions, i));
	}
	if (mk->where.partition == NULL)
		mk->where.partition = "aws";
}

static bool
has_tags(const struct drift__subject *s)
{
	return drift_value_kind(s->tags) == DRIFT_MAP && drift_value_size(s->tags) > 0 && strncmp(s->type, "data.", 5) != 0;
}

/* The tags that every tagged subject carries: a create without them is none of this configuration's. */
static const char *
common_tags(struct drift__policy_maker *mk, const char *condition_key)
{
	struct drift__arena *a = mk->needs.arena;
	const struct drift_value *first = NULL;
	struct drift__map_builder tags, top;
	const char *out;

	for (size_t i = 0; i < mk->subjects.n && first == NULL; i++)
		first = has_tags(&mk->subjects.list[i]) ? mk->subjects.list[i].tags : NULL;
	drift__map_init(&tags, a);
	drift__map_init(&top, a);
	for (size_t t = 0; t < drift_value_size(first); t++) {
		const char *key = drift_value_key(first, t, NULL), *value = drift__value_str(drift_value_at(first, t));
		bool everywhere = value != NULL && strpbrk(value, "*?$") == NULL && strcmp(value, DRIFT__UNKNOWN) != 0 && !drift__iam_is_beyond(value) &&
			!drift__iam_is_beyond(key);

		for (size_t i = 0; i < mk->subjects.n && everywhere; i++) {
			if (has_tags(&mk->subjects.list[i]))
				everywhere = drift__streq(drift__value_gets(mk->subjects.list[i].tags, key), value);
		}
		if (everywhere)
			drift__map_puts(&tags, drift__got(mk, drift__arena_printf(a, "%s/%s", condition_key, key)), value);
	}
	mk->needs.failed = mk->needs.failed || tags.failed;
	if (tags.len > 0)
		drift__map_put(&top, "StringEquals", drift__got(mk, drift__map_finish(&tags)));
	else
		drift__map_dispose(&tags);
	out = drift__got(mk, drift__condition_text(a, drift__got(mk, drift__map_finish(&top))));
	return out != NULL ? out : "";
}

static int
explain_order(const void *pa, const void *pb)
{
	const struct drift__need *a = pa, *b = pb;
	int c = strcmp(a->action, b->action);

	if (c == 0)
		c = strcmp(a->resource, b->resource);
	if (c == 0)
		c = strcmp(a->condition, b->condition);
	if (c == 0)
		c = strcmp(a->address != NULL ? a->address : "", b->address != NULL ? b->address : "");
	return c != 0 ? c : a->phase - b->phase;
}

static const struct drift_value *
who(struct drift__arena *a, const struct drift__need *n)
{
	static const char *const phases[] = {"Llist", "Rread", "Ccreate", "Uupdate", "Ddelete", "Sstate"};
	struct drift__map_builder m;

	drift__map_init(&m, a);
	drift__map_puts(&m, "address", n->address);
	drift__map_puts(&m, "type", n->type);
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (phases[i][0] == n->phase)
			drift__map_puts(&m, "phase", phases[i] + 1);
	}
	drift__map_puts(&m, "why", n->why);
	return drift__map_finish(&m);
}

static const struct drift_value *
explain(struct drift__needs *needs)
{
	struct drift__arena *a = needs->arena;
	struct drift__list_builder out;

	drift__list_init(&out, a);
	if (needs->n > 0)
		qsort(needs->list, needs->n, sizeof(*needs->list), explain_order);
	for (size_t i = 0, end; i < needs->n; i = end) {
		const struct drift__need *n = &needs->list[i];
		struct drift__map_builder m;
		struct drift__list_builder by;

		drift__list_init(&by, a);
		for (end = i; end < needs->n && strcmp(needs->list[end].action, n->action) == 0 &&
		     strcmp(needs->list[end].resource, n->resource) == 0 && strcmp(needs->list[end].condition, n->condition) == 0; end++) {
			if (end == i || explain_order(&needs->list[end - 1], &needs->list[end]) != 0)
				drift__list_add(&by, who(a, &needs->list[end]));
		}
		drift__map_init(&m, a);
		drift__map_puts(&m, "action", n->action);
		drift__map_puts(&m, "resource", n->resource);
		drift__map_puts(&m, "condition", n->condition[0] != '\0' ? n->condition : NULL);
		if (n->open)
			drift__map_putb(&m, "open", true);
		drift__map_put(&m, "needed_by", drift__list_finish(&by));
		drift__list_add(&out, drift__map_finish(&m));
	}
	return drift__list_finish(&out);
}

struct result {
	enum drift_policy_fold level;
	const struct drift_value *documents, *folds;
};

static enum drift_status
try_level(struct drift__policy_maker *mk, enum drift_policy_fold level, size_t least, struct result *out, struct drift_error *err)
{
	struct drift__statements s;
	struct drift__list_builder folds;
	enum drift_status st = drift__statements_make(&mk->needs, &s, err);

	if (st != DRIFT_OK)
		return st;
	drift__list_init(&folds, mk->needs.arena);
	st = drift__statements_fold(&s, level, least, &folds, err);
	if (st == DRIFT_OK && mk->opt->compact)
		st = drift__statements_compact(&s, &folds, err);
	out->level = level;
	out->folds = drift__list_finish(&folds);
	if (st == DRIFT_OK)
		st = drift__statements_name(&s, err);
	if (st == DRIFT_OK)
		st = drift__statements_pack(&s, mk->opt->inline_policy ? INLINE_MAX_CHARS : MANAGED_MAX_CHARS, &out->documents, err);
	return st;
}

/* Takes back the small folds that the number of documents does not need. */
static void
unfold(struct drift__policy_maker *mk, struct result *out)
{
	static const size_t least[] = {8192, 4096, 2048, 1024, 512, 256, 128, 64};

	for (size_t i = 0; i < sizeof(least) / sizeof(least[0]); i++) {
		struct drift_error ignored = DRIFT_ERROR_INIT;
		struct result r = {.documents = NULL};

		if (try_level(mk, out->level, least[i], &r, &ignored) == DRIFT_OK && drift_value_size(r.documents) == drift_value_size(out->documents)) {
			*out = r;
			return;
		}
	}
}

/* The level that takes the fewest documents; of equally many the most exact one. */
static enum drift_status
fit(struct drift__policy_maker *mk, struct result *out, struct drift_error *err)
{
	size_t max = mk->opt->inline_policy ? 1 : mk->opt->max_policies > 0 ? (size_t)mk->opt->max_policies : ATTACHED_MAX;
	bool choose = mk->opt->fold == DRIFT_FOLD_AUTO;
	enum drift_policy_fold first = choose ? DRIFT_FOLD_NONE : mk->opt->fold, last = choose ? DRIFT_FOLD_SERVICE : mk->opt->fold;

	for (enum drift_policy_fold level = first; level <= last && (out->documents == NULL || drift_value_size(out->documents) > 1); level++) {
		struct drift_error ignored = DRIFT_ERROR_INIT;
		struct result r = {.documents = NULL};
		enum drift_status st = try_level(mk, level, 0, &r, level == last && out->documents == NULL ? err : &ignored);

		if (st == DRIFT_LIMIT && (level < last || out->documents != NULL)) /* one statement alone is too long: a level further it may fit */
			continue;
		if (st != DRIFT_OK)
			return st;
		if (out->documents == NULL || drift_value_size(r.documents) < drift_value_size(out->documents))
			*out = r;
	}
	if (choose && out->level != DRIFT_FOLD_NONE)
		unfold(mk, out);
	if (drift_value_size(out->documents) > ATTACHED_MAX && drift_value_size(out->documents) <= max)
		drift__policy_warn(mk, "%zu policies: AWS attaches 10 to a role, up to 20 when that quota is raised", drift_value_size(out->documents));
	if (drift_value_size(out->documents) <= max)
		return DRIFT_OK;
	drift__list_add(&mk->warnings, drift__value_string(mk->needs.arena, drift__arena_printf(mk->needs.arena,
		"%zu policies are needed where %zu may be attached", drift_value_size(out->documents), max)));
	if (mk->opt->max_policies == 0 && !mk->opt->inline_policy)
		return DRIFT_OK;
	drift__fail(err, DRIFT_LIMIT, "policy", "%zu policies are needed, %zu are allowed", drift_value_size(out->documents), max);
	drift__hint(err, "%s", mk->opt->inline_policy ? "leave --inline out: managed policies have room for more" : !choose && out->level != DRIFT_FOLD_SERVICE ?
		"allow more with --max-policies, or fold with --fold service" : "allow more with --max-policies");
	return DRIFT_LIMIT;
}

static const struct drift_value *
describe_documents(struct drift__arena *a, const struct drift_value *documents, const char *mode)
{
	struct drift__list_builder out;
	size_t n = drift_value_size(documents);

	drift__list_init(&out, a);
	for (size_t i = 0; i < n; i++) {
		struct drift__map_builder m;

		drift__map_init(&m, a);
		drift__map_puts(&m, "name", n == 1 ? drift__arena_printf(a, "terraform-%s", mode) : drift__arena_printf(a, "terraform-%s-%zu", mode, i + 1));
		drift__map_puti(&m, "characters", (int64_t)drift_policy_characters(drift_value_at(documents, i)));
		drift__map_put(&m, "document", drift_value_at(documents, i));
		drift__list_add(&out, drift__map_finish(&m));
	}
	return drift__list_finish(&out);
}

static enum drift_status
describe(struct drift__policy_maker *mk, const struct result *r, const struct drift_value **root, struct drift_error *err)
{
	struct drift__arena *a = mk->needs.arena;
	struct drift__map_builder m, sum;
	const char *last = NULL;
	int64_t actions = 0;
	const struct drift_value *explained = explain(&mk->needs);

	for (size_t i = 0; i < mk->needs.n; i++) {
		actions += !drift__streq(last, mk->needs.list[i].action);
		last = mk->needs.list[i].action;
	}
	drift__map_init(&sum, a);
	drift__map_puti(&sum, "policies", (int64_t)drift_value_size(r->documents));
	drift__map_puti(&sum, "actions", actions);
	drift__map_puti(&sum, "resources", (int64_t)mk->subjects.n);
	drift__map_puti(&sum, "folds", (int64_t)drift_value_size(r->folds));
	drift__map_init(&m, a);
	drift__map_puts(&m, "format_version", "1.0");
	drift__map_puts(&m, "mode", mode_names[mk->opt->mode]);
	drift__map_puts(&m, "fold", fold_names[r->level]);
	drift__map_puts(&m, "partition", mk->where.partition);
	drift__map_puts(&m, "account", mk->where.account);
	drift__map_puts(&m, "region", mk->where.region);
	if (mk->opt->inline_policy)
		drift__map_putb(&m, "inline", true);
	drift__map_put(&m, "summary", drift__map_finish(&sum));
	drift__map_put(&m, "policies", describe_documents(a, r->documents, mode_names[mk->opt->mode]));
	drift__map_put(&m, "folds", r->folds);
	drift__map_put(&m, "warnings", drift__list_finish(&mk->warnings));
	drift__map_put(&m, "explain", explained);
	*root = drift__map_finish(&m);
	return *root != NULL ? DRIFT_OK : drift__nomem(err);
}

/* What the provider itself calls, before anything else. */
static void
add_provider(struct drift__policy_maker *mk)
{
	const struct drift_value *rows = drift_value_get(mk->iam, "provider");

	for (size_t i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *row = drift_value_at(rows, i), *list = drift_value_get(row, "resources");
		struct drift__need need = {.action = drift__value_gets(row, "action"), .condition = "", .type = "provider", .phase = 'R',
			.why = drift__value_gets(row, "note")};

		for (size_t k = 0; k < drift_value_size(list); k++) {
			need.resource = drift__got(mk, drift__arn_fill(mk->needs.arena, drift__value_str(drift_value_at(list, k)), &mk->where, NULL, NULL));
			if (need.resource != NULL)
				drift__needs_add(&mk->needs, &need);
		}
	}
}

static enum drift_status
gather(struct drift__policy_maker *mk, struct drift_error *err)
{
	enum drift_policy_mode mode = mk->opt->mode;
	enum drift_status st = drift__subjects_collect(mk, err);

	if (st != DRIFT_OK)
		return st;
	find_where(mk);
	mk->request_tags = common_tags(mk, "aws:RequestTag");
	mk->resource_tags = common_tags(mk, "aws:ResourceTag");
	if (mode == DRIFT_POLICY_SCAN) {
		st = drift__needs_of_scan(mk, err);
	} else if (mode != DRIFT_POLICY_STATE) {
		add_provider(mk);
		st = drift__needs_of_subjects(mk, err);
	}
	if (st == DRIFT_OK)
		st = drift__needs_of_backends(mk, err);
	if (st == DRIFT_OK && mk->needs.n == 0)
		drift__policy_warn(mk, "nothing is needed, so there is no policy%s", mode == DRIFT_POLICY_STATE ? ": the state is in no S3 backend" : "");
	return st;
}

static enum drift_status
read_tables(struct drift__policy_maker *mk, struct drift_error *err)
{
	const struct drift__entry *iam = drift__catalogue_entry(mk->catalogue, DRIFT__TABLE, "iam", err);
	const struct drift__entry *data = iam != NULL ? drift__catalogue_entry(mk->catalogue, DRIFT__TABLE, "data-sources", err) : NULL;

	if (data == NULL)
		return err != NULL && err->status != DRIFT_OK ? err->status : DRIFT_BAD_CATALOGUE;
	mk->iam = iam->value;
	mk->needs.contents = drift_value_get(mk->iam, "contents");
	mk->needs.exact = drift_value_get(mk->iam, "exact");
	mk->data_sources = data->value;
	return DRIFT_OK;
}

static void
free_expressions(struct drift__expression *e)
{
	for (; e != NULL; e = e->next)
		drift__jmes_free(e->compiled);
}

enum drift_status
drift_policy_make(const struct drift_catalogue *catalogue, const struct drift_policy_options *options, struct drift_policy **out,
	struct drift_error *err)
{
	struct drift_policy_options opt = DRIFT_POLICY_OPTIONS_INIT;
	struct drift__policy_maker mk = {.catalogue = catalogue, .opt = &opt, .request_tags = "", .resource_tags = ""};
	struct drift_error own = DRIFT_ERROR_INIT;
	struct drift_policy *policy = drift__calloc(1, sizeof(*policy));
	struct result r = {.documents = NULL};
	enum drift_status st;

	if (policy == NULL)
		return drift__nomem(err);
	if (err == NULL)
		err = &own;
	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	drift__arena_init(&policy->arena, ARENA_MAX_BYTES);
	mk.needs.arena = mk.subjects.arena = &policy->arena;
	drift__list_init(&mk.warnings, &policy->arena);
	st = read_tables(&mk, err);
	if (st == DRIFT_OK)
		st = gather(&mk, err);
	if (st == DRIFT_OK)
		st = fit(&mk, &r, err);
	if (st == DRIFT_OK)
		st = describe(&mk, &r, &policy->root, err);
	drift__list_dispose(&mk.warnings);
	free_expressions(mk.expressions);
	if (st != DRIFT_OK) {
		drift_policy_free(policy);
		return st;
	}
	*out = policy;
	return DRIFT_OK;
}

void
drift_policy_free(struct drift_policy *policy)
{
	if (policy == NULL)
		return;
	drift__arena_dispose(&policy->arena);
	drift__free(policy);
}

const struct drift_value *
drift_policy_root(const struct drift_policy *policy)
{
	return policy->root;
}
