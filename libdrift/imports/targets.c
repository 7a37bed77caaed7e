/* What an unknown value refers to: follows references through variables and outputs of modules to planned resources. */
#include "imports/planned.h"
#include "imports/foreach.h"

#include <string.h>

enum { REFERENCE_DEPTH_MAX = 50, TARGETS_MAX = 4096, STEPS_MAX = 20000, LISTS_SLOTS = 4096 };

/* What stands for the key of whichever instance refers to something: a list is made once for all instances of a resource. */
static const char any_key[] = "any";
/* Whether a target is meant for certain: NULL = no, `certain`, or the key of the instance for which it is. */
static const char certain[] = "certain";

/* One attribute of one resource of the configuration. */
struct list_of {
	const struct drift_value *config;
	const char *attribute;
	size_t scope;
	bool keyed, made, by_instance; /* by_instance: each has a list of its own */
	struct drift__targets targets;
	struct list_of *next;
};
struct drift__target_lists {
	struct list_of *slots[LISTS_SLOTS];
	size_t n_made;
};

struct resolver {
	const struct drift__plan *plan;
	struct drift__targets *out;
	struct drift__target *list; /* out's */
	size_t cap;
	int steps; /* a hostile plan could branch at every level */
	bool by_instance, failed;
};

static void resolve(struct resolver *r, size_t scope, const char *own_key, const struct drift_value *owner,
	const struct drift_value *expression, const char *attribute, const char *sure, int depth);

/* before: how many targets there were before those of this reference, which are no two the same. */
static void
add(struct resolver *r, size_t before, size_t planned, const char *attribute, const char *sure)
{
	struct drift__targets *t = r->out;

	for (size_t i = 0; i < before; i++) {
		struct drift__target *known = &r->list[i];

		if (known->planned != planned || !drift__streq(known->attribute, attribute))
			continue;
		if (sure != NULL && sure != certain && !known->same_key && known->same_for != NULL && strcmp(known->same_for, sure) != 0)
			continue; /* it is another instance's as well */
		known->same_key = known->same_key || sure == certain;
		if (sure != NULL && sure != certain)
			known->same_for = sure;
		return;
	}
	if (t->n == TARGETS_MAX) {
		t->open = true;
		return;
	}
	if (t->n == r->cap) {
		size_t cap = r->cap > 0 ? r->cap * 2 : 8;
		struct drift__target *grown = drift__arena_alloc(r->plan->arena, cap * sizeof(*grown));

		if (grown == NULL) {
			r->failed = true;
			return;
		}
		if (t->n > 0)
			memcpy(grown, r->list, t->n * sizeof(*grown));
		t->list = r->list = grown;
		r->cap = cap;
	}
	r->list[t->n++] = (struct drift__target){planned, attribute, sure == certain, sure != certain ? sure : NULL};
}

static void
add_wait(struct resolver *r, size_t planned)
{
	struct drift__targets *t = r->out;
	size_t *grown;

	for (size_t i = 0; i < t->n_waits; i++) {
		if (t->waits[i] == planned)
			return;
	}
	if (t->n_waits == TARGETS_MAX)
		return;
	if ((t->n_waits & (t->n_waits - 1)) == 0) { /* grows at powers of two */
		grown = drift__arena_alloc(r->plan->arena, (t->n_waits > 0 ? t->n_waits * 2 : 1) * sizeof(*grown));
		if (grown == NULL) {
			r->failed = true;
			return;
		}
		if (t->n_waits > 0)
			memcpy(grown, t->waits, t->n_waits * sizeof(*grown));
		t->waits = grown;
	}
	t->waits[t->n_waits++] = planned;
}

/* A reference cut into its words: `name` then an optional [key]. */
struct words {
	const char *at;
};

static char *
next_word(struct resolver *r, struct words *w, const char **key)
{
	size_t n = strcspn(w->at, ".["), k = 0;
	char *word = drift__arena_strndup(r->plan->arena, w->at, n);
	bool in_text = false;

	w->at += n;
	*key = "";
	if (w->at[0] == '[') {
		for (k = 1; w->at[k] != '\0' && (in_text || w->at[k] != ']'); k++) {
			if (in_text && w->at[k] == '\\' && w->at[k + 1] != '\0')
				k++;
			else if (w->at[k] == '"')
				in_text = !in_text;
		}
		k += w->at[k] == ']';
		*key = drift__arena_strndup(r->plan->arena, w->at, k);
		w->at += k;
	}
	if (w->at[0] == '.')
		w->at++;
	if (word == NULL || *key == NULL)
		r->failed = true;
	return word;
}

static void
to_variable(struct resolver *r, size_t scope, struct words *w, const char *attribute, const char *sure, int depth)
{
	const struct drift__scope *s = &r->plan->scopes[scope];
	const char *key;
	char *name = next_word(r, w, &key);

	if (name == NULL || s->call == NULL)
		return;
	resolve(r, s->parent, s->key, s->call, drift_value_get(drift_value_get(s->call, "expressions"), name), attribute, sure, depth + 1);
}

static void
to_output(struct resolver *r, size_t scope, const char *own_key, bool by_key, struct words *w, const char *attribute, int depth)
{
	const char *key, *ignored;
	char *name = next_word(r, w, &key), *output = next_word(r, w, &ignored);
	bool found = false;

	if (name == NULL || output == NULL)
		return;
	for (size_t i = 0; i < r->plan->n_scopes; i++) {
		const struct drift__scope *s = &r->plan->scopes[i];
		const struct drift_value *outputs = drift_value_get(s->module, "outputs");
		const char *sure = NULL;

		if (s->call == NULL || s->parent != scope || strcmp(s->name, name) != 0 || (key[0] != '\0' && strcmp(s->key, key) != 0))
			continue;
		found = true;
		if (s->key[0] == '\0' || key[0] != '\0')
			sure = certain;
		else if (by_key)
			sure = own_key == any_key ? s->key : strcmp(s->key, own_key) == 0 ? certain : NULL;
		for (size_t k = 0; k < drift_value_size(outputs); k++) {
			const struct drift_value *o = drift_value_at(outputs, k);

			if (output[0] == '\0' || strcmp(drift_value_key(outputs, k, NULL), output) == 0)
				resolve(r, i, "", NULL, drift_value_get(o, "expression"), attribute, sure, depth + 1);
		}
	}
	if (!found)
		r->out->open = true;
}

static bool
is_instance_of(const struct drift__planned *p, const char *module, const char *type, const char *name)
{
	return strcmp(p->module, module) == 0 && strcmp(p->type, type) == 0 && strcmp(p->name, name) == 0;
}

/* The first planned resource whose address is not before the prefix. */
static size_t
lower_bound(const struct drift__plan *p, const char *prefix)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->list[mid].address, prefix) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
to_resource(struct resolver *r, size_t scope, const char *own_key, bool by_key, const char *type, struct words *w, const char *attribute,
	const char *sure)
{
	const char *key, *ignored, *module = r->plan->scopes[scope].address;
	char *name = next_word(r, w, &key), *first = next_word(r, w, &ignored), *prefix;
	size_t instances = 0, before = r->out->n, begin;

	if (name == NULL || first == NULL)
		return;
	if (first[0] != '\0') /* block[0].id and the like say only what object, not which of its identities */
		attribute = w->at[0] == '\0' && ignored[0] == '\0' ? first : NULL;
	prefix = drift__arena_printf(r->plan->arena, "%s%s%s.%s", module, module[0] != '\0' ? "." : "", type, name);
	if (prefix == NULL) {
		r->failed = true;
		return;
	}
	begin = lower_bound(r->plan, prefix);
	for (size_t i = begin; i < r->plan->n && drift__starts(r->plan->list[i].address, prefix); i++)
		instances += is_instance_of(&r->plan->list[i], module, type, name);
	for (size_t i = begin; i < r->plan->n && drift__starts(r->plan->list[i].address, prefix); i++) {
		const struct drift__planned *p = &r->plan->list[i];
		const char *this = NULL;

		if (!is_instance_of(p, module, type, name) || (key[0] != '\0' && strcmp(p->key, key) != 0))
			continue;
		/* of [count.index] or [each.key] the only one that is left may be another's */
		if (key[0] != '\0' || (instances == 1 && !(by_key && p->key[0] != '\0')))
			this = sure;
		else if (by_key)
			this = own_key == any_key && sure == certain ? p->key : strcmp(p->key, own_key) == 0 ? sure : NULL;
		add(r, before, i, attribute, this);
	}
}

/* Whatever a data source names by itself makes it wait; what comes through variables and locals does not. */
static void
add_waits(struct resolver *r, size_t scope, const struct drift_value *expression, int depth)
{
	const struct drift_value *refs = drift_value_get(expression, "references");

	for (size_t i = 0; drift_value_kind(expression) != DRIFT_STRING && depth < REFERENCE_DEPTH_MAX && refs == NULL && i < drift_value_size(expression); i++)
		add_waits(r, scope, drift_value_at(expression, i), depth + 1);
	for (size_t i = 0; i < drift_value_size(refs); i++) {
		struct words w = {drift__value_str(drift_value_at(refs, i))};
		const char *key, *module = r->plan->scopes[scope].address;
		char *type = w.at != NULL ? next_word(r, &w, &key) : NULL, *name = type != NULL ? next_word(r, &w, &key) : NULL;

		for (size_t p = 0; name != NULL && p < r->plan->n; p++) {
			if (is_instance_of(&r->plan->list[p], module, type, name))
				add_wait(r, p);
		}
	}
}

static void
to_data(struct resolver *r, size_t scope, struct words *w)
{
	const struct drift_value *list = drift_value_get(r->plan->scopes[scope].module, "resources");
	const char *key;
	char *type = next_word(r, w, &key), *name = next_word(r, w, &key);

	for (size_t i = 0; name != NULL && type != NULL && i < drift_value_size(list); i++) {
		const struct drift_value *one = drift_value_at(list, i);

		if (!drift__streq(drift__value_gets(one, "mode"), "data") || !drift__streq(drift__value_gets(one, "type"), type) ||
		    !drift__streq(drift__value_gets(one, "name"), name))
			continue;
		add_waits(r, scope, drift_value_get(one, "expressions"), 0);
	}
}

static bool
starts_with_reference(const char *longer, const char *shorter)
{
	size_t n = strlen(shorter);

	return longer != NULL && strncmp(longer, shorter, n) == 0 && (longer[n] == '\0' || longer[n] == '.' || longer[n] == '[');
}

/* ["it's \"x\""] -> it's "x"; NULL for what is no text, or escaped in a way that is not worth reading. */
static char *
key_text(struct drift__arena *a, const char *key)
{
	size_t n = strlen(key), out = 0;
	char *text;

	if (n < 4 || strncmp(key, "[\"", 2) != 0 || strcmp(key + n - 2, "\"]") != 0)
		return NULL;
	text = drift__arena_strndup(a, key + 2, n - 4);
	for (size_t i = 0; text != NULL && text[i] != '\0'; i++) {
		if (text[i] == '\\' && (text[i + 1] == '"' || text[i + 1] == '\\'))
			i++;
		else if (text[i] == '\\')
			return NULL;
		else if ((text[i] == '$' || text[i] == '%') && text[i + 1] == text[i] && text[i + 2] == '{')
			i++;
		text[out++] = text[i];
	}
	if (text != NULL)
		text[out] = '\0';
	return text;
}

/* each.value as the configuration's text writes it out; NULL when it does not. owner is a resource or a module call of the scope. */
static const char *
written_value(struct resolver *r, size_t scope, const char *own_key, const struct drift_value *owner, const char *member)
{
	const struct drift__scope *s = &r->plan->scopes[scope];
	const char *type = drift__value_gets(owner, "type"), *name = drift__value_gets(owner, "name"), *kind = "resource";
	char *key;

	if (r->plan->files == NULL || s->dir == NULL || owner == NULL)
		return NULL;
	r->by_instance = r->by_instance || own_key == any_key;
	key = own_key != any_key ? key_text(r->plan->arena, own_key) : NULL;
	if (key == NULL)
		return NULL;
	if (type == NULL) {
		kind = "module";
		type = "";
		for (size_t i = 0; i < r->plan->n_scopes && name == NULL; i++)
			name = r->plan->scopes[i].call == owner ? r->plan->scopes[i].name : NULL;
	}
	return name != NULL ? drift__foreach_reference(r->plan->arena, r->plan->files, s->dir, kind, type, name, key, member) : NULL;
}

static void
follow(struct resolver *r, size_t scope, const char *own_key, bool by_key, const struct drift_value *owner, const char *reference,
	const char *attribute, const char *sure, int depth)
{
	struct words w = {reference};
	const char *key;
	char *first = next_word(r, &w, &key);

	if (first == NULL)
		return;
	if (strcmp(first, "var") == 0) {
		to_variable(r, scope, &w, attribute, sure, depth);
	} else if (strcmp(first, "module") == 0) {
		to_output(r, scope, own_key, by_key, &w, attribute, depth);
	} else if (strcmp(first, "each") == 0) {
		char *what = next_word(r, &w, &key), *member = next_word(r, &w, &key);
		const char *written;

		if (what == NULL || member == NULL || strcmp(what, "value") != 0)
			return;
		written = written_value(r, scope, own_key, owner, member);
		if (written != NULL) {
			follow(r, scope, own_key, by_key, NULL, written, attribute, sure, depth + 1);
			return;
		}
		r->out->open = true;
		resolve(r, scope, own_key, NULL, drift_value_get(owner, "for_each_expression"),
			member[0] != '\0' && w.at[0] == '\0' ? member : NULL, sure, depth + 1);
	} else if (strcmp(first, "data") == 0) {
		r->out->open = true;
		to_data(r, scope, &w);
	} else if (strcmp(first, "local") == 0) {
		r->out->open = true;
	} else if (strcmp(first, "count") != 0 && strcmp(first, "path") != 0 && strcmp(first, "terraform") != 0 && strcmp(first, "self") != 0) {
		to_resource(r, scope, own_key, by_key, first, &w, attribute, sure);
	}
}

static void
resolve(struct resolver *r, size_t scope, const char *own_key, const struct drift_value *owner, const struct drift_value *expression,
	const char *attribute, const char *sure, int depth)
{
	const struct drift_value *refs = drift_value_get(expression, "references");
	const char *last = NULL;
	bool by_key = false;

	if (r->by_instance || depth > REFERENCE_DEPTH_MAX || ++r->steps > STEPS_MAX) {
		r->out->open = true;
		return;
	}
	if (drift_value_kind(expression) == DRIFT_LIST) { /* nested blocks */
		for (size_t i = 0; i < drift_value_size(expression); i++)
			resolve(r, scope, own_key, owner, drift_value_at(expression, i), attribute, sure, depth + 1);
		return;
	}
	for (size_t i = 0; i < drift_value_size(refs); i++) {
		const char *ref = drift__value_str(drift_value_at(refs, i));

		by_key = by_key || drift__streq(ref, "each.key") || drift__streq(ref, "count.index");
	}
	for (size_t i = 0; i < drift_value_size(refs); i++) {
		const char *ref = drift__value_str(drift_value_at(refs, i));

		/* Terraform lists a reference and then all its shorter forms */
		if (ref == NULL || starts_with_reference(last, ref))
			continue;
		last = ref;
		follow(r, scope, own_key, by_key && own_key[0] != '\0', owner, ref, attribute, sure, depth);
	}
}

/* own_key: of an instance, or any_key. */
static enum drift_status
make_list(const struct drift__plan *p, const struct drift__planned *from, const char *own_key, const char *attribute, struct drift__targets *out,
	bool *by_instance)
{
	struct drift__targets t = {.serial = p->lists->n_made++};
	struct resolver r = {.plan = p, .out = &t};
	const struct drift_value *expressions = drift_value_get(from->config, "expressions");
	const struct drift_value *expression;
	size_t n = strcspn(attribute, ".");
	char *first = drift__arena_strndup(p->arena, attribute, n);

	if (first == NULL)
		return DRIFT_NOMEM;
	expression = drift_value_get(expressions, first);
	if (attribute[n] == '.' && drift_value_size(expression) == 1 && drift_value_kind(expression) == DRIFT_LIST)
		expression = drift_value_get(drift_value_at(expression, 0), attribute + n + 1);
	if (expression == NULL) /* a dynamic block: the plan does not show it */
		t.open = true;
	resolve(&r, from->scope, own_key, from->config, expression, NULL, certain, 0);
	if (r.failed)
		return DRIFT_NOMEM;
	*by_instance = r.by_instance;
	*out = t;
	return DRIFT_OK;
}

struct drift__target_lists *
drift__target_lists_new(struct drift__arena *a)
{
	return drift__arena_zalloc(a, sizeof(struct drift__target_lists));
}

/* NULL without memory. */
static struct list_of *
find_list(const struct drift__plan *p, const struct drift__planned *from, const char *attribute)
{
	uint64_t hash = (drift__hash_text(attribute, strlen(attribute)) ^ (uintptr_t)from->config >> 4) + from->scope;
	struct list_of **slot = &p->lists->slots[hash % LISTS_SLOTS], *l = *slot;
	bool keyed = from->key[0] != '\0';

	while (l != NULL && (l->config != from->config || l->scope != from->scope || l->keyed != keyed || strcmp(l->attribute, attribute) != 0))
		l = l->next;
	if (l != NULL)
		return l;
	l = drift__arena_zalloc(p->arena, sizeof(*l));
	attribute = drift__arena_strdup(p->arena, attribute);
	if (l == NULL || attribute == NULL)
		return NULL;
	*l = (struct list_of){.config = from->config, .attribute = attribute, .scope = from->scope, .keyed = keyed, .next = *slot};
	*slot = l;
	return l;
}

enum drift_status
drift__plan_targets(const struct drift__plan *p, const struct drift__planned *from, const char *attribute, struct drift__targets *out)
{
	struct list_of *l = find_list(p, from, attribute);
	bool own;

	if (l == NULL)
		return DRIFT_NOMEM;
	if (!l->made && make_list(p, from, l->keyed ? any_key : "", attribute, &l->targets, &l->by_instance) != DRIFT_OK)
		return DRIFT_NOMEM;
	l->made = true;
	if (l->by_instance && make_list(p, from, from->key, attribute, out, &own) != DRIFT_OK)
		return DRIFT_NOMEM;
	if (!l->by_instance)
		*out = l->targets;
	out->key = from->key;
	return DRIFT_OK;
}

bool
drift__is_same_key(const struct drift__targets *t, size_t i)
{
	return t->list[i].same_key || (t->list[i].same_for != NULL && strcmp(t->list[i].same_for, t->key) == 0);
}
