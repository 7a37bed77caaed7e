/* The catalogue and a state → the calls that a scan would make, and how many of each, before any is made.
 *
 * What is listed is exact but for further pages. What is asked for each object is counted by the objects that the state has: those that nobody
 * knows of are not foreseen. Where only a reply decides whether a call is made, it is counted apart. Calls that are equal are counted once, with
 * the type that comes first. */
#include "live/engine.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue/embed.h"

struct count {
	size_t calls; /* made in any case */
	size_t more;  /* where what is found asks for them: at most */
};

struct planner {
	const struct drift_catalogue *c;
	const struct drift_inventory_options *o;
	struct drift__arena *a;
	struct drift__list_builder *out; /* NULL: only the sum is wanted */
	struct drift__keys counted;      /* what tells a call from others → struct count of those foreseen */
	size_t regions, total, tag_reads, tag_calls;
	bool together; /* tags are asked for together: the reads of them are not counted */
	bool failed;
};

/* How many the state has that the scan would look for. */
static size_t
in_state(const struct planner *p, const char *type)
{
	size_t i, first = 0, n = p->o->state != NULL ? drift__snapshot_of_type(p->o->state, type, &first) : 0, found = 0;

	for (i = first; i < first + n; i++)
		found += (p->o->state->resources[i].flags & (DRIFT__DATA | DRIFT__FOREIGN)) == 0;
	return found;
}

/* How often a list is asked for that needs nothing else: where the type is. */
static size_t
places(const struct planner *p, const struct drift__type *t)
{
	return (t->global ? 1 : p->regions) + (t->cloudfront ? 1 : 0);
}

/* Whether the state decides that something is there without which the list would be empty. */
static bool
is_needed(const struct planner *p, const struct drift__type *t, const struct drift__call *c)
{
	size_t i;

	if (c->n_if_any == 0 || drift__type_is_sought(p->o, t->name))
		return true;
	for (i = 0; i < c->n_if_any; i++)
		if (c->if_any[i].when == NULL && in_state(p, c->if_any[i].type) > 0)
			return true;
	return false;
}

static struct count
lists(const struct planner *p, const struct drift__type *t, const struct drift__call *c, bool fixed)
{
	size_t own = in_state(p, t->name), n;

	if (c->for_each == NULL) {
		n = places(p, t);
		return is_needed(p, t, c) ? (struct count){n, 0} : (struct count){0, n};
	}
	n = in_state(p, c->for_each);
	n = fixed ? n > 0 : n; /* the same for all */
	if (n == 0 && own > 0)
		n = 1;
	if (c->when == NULL && c->each == NULL)
		return (struct count){n, 0};
	return own > 0 ? (struct count){1, n - 1} : (struct count){0, n};
}

static struct count
reads(const struct planner *p, const struct drift__type *t, const struct drift__call *c, bool fixed)
{
	size_t n = in_state(p, t->name);

	if (fixed || (c->batched && c->batch.size == 0))
		n = n > 0; /* the same for all */
	else if (c->batched)
		n = (n + c->batch.size - 1) / c->batch.size;
	return c->when == NULL ? (struct count){n, 0} : (struct count){0, n};
}

/* An input that holds nothing of an object. */
static bool
is_fixed(const struct drift_value *input)
{
	size_t i, n = drift_value_size(input);
	const char *text = drift__value_str(input);

	for (i = 0; i < n; i++)
		if (!is_fixed(drift_value_at(input, i)))
			return false;
	return text == NULL || strchr(text, '{') == NULL;
}

/* What tells a call from others: the objects that it is made for, and its input. A list says _parent.X where a read of that object says X. */
static char *
key_of(struct planner *p, const struct drift__call *c, const char *of, const struct drift_value *input)
{
	static const char parent[] = "_parent.";
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *key, *at;

	drift__buf_addf(&b, "%s:%s %s ", c->service, c->op, of != NULL ? of : "");
	if (input != NULL)
		drift__json_write(&b, input, 0, true);
	key = b.status == DRIFT_OK ? drift__arena_strdup(p->a, b.data) : NULL;
	drift__buf_dispose(&b);
	for (at = key != NULL ? strstr(key, parent) : NULL; at != NULL; at = strstr(at, parent))
		memmove(at, at + sizeof parent - 1, strlen(at + sizeof parent - 1) + 1);
	return key;
}

/* Of equal calls only what goes beyond those that were counted. */
static struct count
uncounted(struct planner *p, const struct drift__call *c, const char *of, const struct drift_value *input, struct count n)
{
	const char *key = key_of(p, c, of, input);
	struct count *before = key != NULL ? drift__keys_get(&p->counted, key) : NULL;
	size_t all = n.calls + n.more;

	if (before == NULL && key != NULL) {
		before = drift__arena_zalloc(p->a, sizeof *before);
		if (before == NULL || !drift__keys_add(&p->counted, key, before))
			before = NULL;
	}
	if (before == NULL) {
		p->failed = true;
		return n;
	}
	n.calls -= n.calls < before->calls ? n.calls : before->calls;
	before->calls += n.calls;
	n.more = all - (all < before->calls + before->more ? all : before->calls + before->more);
	before->more += n.more;
	return n;
}

/* What AWS publishes of how fast a service may be asked; NULL = nothing. */
static const struct drift_value *
rate_of(const struct planner *p, const char *service)
{
	const struct drift__service *s = drift__catalogue_service(p->c, service, NULL);

	return s != NULL ? drift_value_get(s->throttle, "per_second") : NULL;
}

static void
add(struct planner *p, const char *type, const char *step, const struct drift__call *c, const char *per, struct count n)
{
	const struct drift_value *rate = rate_of(p, c->service);
	struct drift__map_builder m;

	p->total += n.calls;
	if (p->out == NULL)
		return;
	drift__map_init(&m, p->a);
	drift__map_puts(&m, "type", type);
	drift__map_puts(&m, "step", step);
	drift__map_puts(&m, "service", c->service);
	drift__map_puts(&m, "operation", c->op);
	drift__map_puts(&m, "action", c->action);
	drift__map_puts(&m, "for_each", c->for_each);
	drift__map_puts(&m, "per", per);
	drift__map_puti(&m, "calls", (int64_t)n.calls);
	drift__map_puti(&m, "more", (int64_t)n.more);
	drift__map_put(&m, "per_second", rate != NULL ? rate : &drift__null);
	drift__list_add(p->out, drift__map_finish(&m));
}

/* The entry's text of a call, for its input. */
static const struct drift_value *
input_of(const struct drift__type *t, const char *field, size_t i)
{
	const struct drift_value *v = drift_value_get(t->entry, field);

	return drift_value_get(drift_value_kind(v) == DRIFT_LIST ? drift_value_at(v, i) : v, "input");
}

static void
add_type(struct planner *p, const struct drift__type *t)
{
	const struct drift_value *input;
	struct count n;
	size_t i;
	bool fixed;

	for (i = 0; i < t->n_lists; i++) {
		const struct drift__call *c = &t->lists[i];

		input = input_of(t, "list", i);
		fixed = is_fixed(input);
		n = uncounted(p, c, fixed ? NULL : c->for_each, input, lists(p, t, c, fixed));
		add(p, t->name, "list", c, c->for_each, n);
	}
	for (i = 0; i < t->n_reads; i++) {
		const struct drift__call *c = &t->reads[i];

		input = input_of(t, "read", i);
		fixed = is_fixed(input);
		n = uncounted(p, c, fixed ? NULL : t->name, input, reads(p, t, c, fixed));
		if (c->tags != DRIFT__NO_TAGS) {
			p->tag_reads += in_state(p, t->name);
			p->tag_calls += n.calls + n.more;
			if (p->together) /* only of those that the call for many does not tell */
				n = (struct count){0, n.calls + n.more};
		}
		add(p, t->name, "read", c, t->name, n);
	}
	if (t->lookup != NULL) {
		n = (struct count){t->n_lists == 0 ? in_state(p, t->name) : 0, 0};
		add(p, t->name, "lookup", t->lookup, t->name, uncounted(p, t->lookup, t->name, input_of(t, "lookup", 0), n));
	}
}

/* The tags of many by one call. Whether that saves any is known when all was counted: then all is counted again. */
static bool
add_tagging(struct planner *p)
{
	const struct drift__entry *table = drift__catalogue_entry(p->c, DRIFT__TABLE, "tagging", NULL);
	struct drift__call c = {.service = drift__value_gets(table != NULL ? table->value : NULL, "service")};
	const struct drift__service *s = c.service != NULL ? drift__catalogue_service(p->c, c.service, NULL) : NULL;
	int64_t size = 0, least = 0;
	size_t n;

	if (s == NULL || p->o->native_tags || !drift__value_to_int(drift_value_get(table->value, "size"), &size) || size < 1 ||
		!drift__value_to_int(drift_value_get(table->value, "least"), &least))
		return false;
	c.op = drift__value_gets(table->value, "op");
	c.action = drift__arena_printf(p->a, "%s:%s", s->iam_prefix, c.op);
	n = (p->tag_reads + (size_t)size - 1) / (size_t)size;
	add(p, NULL, "tags", &c, NULL, (struct count){p->together ? n : 0, 0});
	return p->tag_calls >= n + (size_t)least - 1;
}

static enum drift_status
add_types(struct planner *p, struct drift_error *err)
{
	size_t i;

	for (i = 0; i < drift_catalogue_size(p->c); i++) {
		const char *name = drift_catalogue_type(p->c, i);
		const struct drift__type *t;

		if (!drift__type_is_asked_for(p->o, name))
			continue;
		t = drift__catalogue_type(p->c, name, err);
		if (t == NULL)
			return DRIFT_BAD_CATALOGUE;
		if (in_state(p, name) > 0 || (!t->only_in_state && drift__type_may_be_asked_for(t, p->o)))
			add_type(p, t);
	}
	return DRIFT_OK;
}

static enum drift_status
plan(struct planner *p, struct drift_error *err)
{
	static const struct drift__call identity = {.service = "sts", .op = "GetCallerIdentity"};
	struct drift__list_builder *out = p->out;
	enum drift_status st;

	p->out = NULL;
	st = add_types(p, err);
	if (st != DRIFT_OK)
		return st;
	p->together = add_tagging(p);
	p->out = out;
	p->total = p->tag_reads = p->tag_calls = 0;
	drift__keys_dispose(&p->counted);
	st = add_types(p, err);
	(void)add_tagging(p);
	if (p->o->account == NULL)
		add(p, NULL, "identity", &identity, NULL, (struct count){1, 0});
	drift__keys_dispose(&p->counted);
	return st == DRIFT_OK && p->failed ? drift__nomem(err) : st;
}

/* Without tags and names all is asked for. */
static struct drift_inventory_options
scope_of(const struct drift_inventory_options *options)
{
	struct drift_inventory_options own = DRIFT_INVENTORY_OPTIONS_INIT;

	memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	own.all = own.all || (drift__texts_count(own.tags) == 0 && drift__texts_count(own.names) == 0);
	return own;
}

enum drift_status
drift_inventory_plan(const struct drift_catalogue *catalogue, const struct drift_inventory_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_inventory_options own = scope_of(options);
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__list_builder list;
	struct planner p = {.c = catalogue, .o = &own, .out = &list};
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&list, &doc->arena);
	p.a = &doc->arena;
	p.regions = drift__texts_count(own.regions) > 0 ? drift__texts_count(own.regions) : 1;
	st = plan(&p, err);
	doc->root = drift__list_finish(&list);
	if (st == DRIFT_OK && doc->root == NULL)
		st = drift__nomem(err);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}

size_t
drift__inventory_foreseen(const struct drift_catalogue *catalogue, const struct drift_inventory_options *options)
{
	struct drift_inventory_options own = scope_of(options);
	struct drift__arena arena;
	struct planner p = {.c = catalogue, .o = &own, .a = &arena};

	drift__arena_init(&arena, 0);
	p.regions = drift__texts_count(own.regions) > 0 ? drift__texts_count(own.regions) : 1;
	(void)plan(&p, NULL);
	drift__arena_dispose(&arena);
	return p.total;
}
