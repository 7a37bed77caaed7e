/* What an unknown value refers to: follows references through variables and outputs of modules to planned resources. */
#include "imports/planned.h"
#include "imports/foreach.h"

#include <string.h>

enum { REFERENCE_DEPTH_MAX = 50, TARGETS_MAX = 4096, STEPS_MAX = 20000 };

struct resolver {
	const struct drift__plan *plan;
	struct drift__targets *out;
	size_t cap;
	int steps; /* a hostile plan could branch at every level */
	bool failed;
};

static void resolve(struct resolver *r, size_t scope, const char *own_key, const struct drift_value *owner,
	const struct drift_value *expression, const char *attribute, bool sure, int depth);

static void
add(struct resolver *r, size_t planned, const char *attribute, bool same_key)
{
	struct drift__targets *t = r->out;

	for (size_t i = 0; i < t->n; i++) {
		if (t->list[i].planned == planned && drift__streq(t->list[i].attribute, attribute)) {
			t->list[i].same_key = t->list[i].same_key || same_key;
			return;
		}
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
			memcpy(grown, t->list, t->n * sizeof(*grown));
		t->list = grown;
		r->cap = cap;
	}
	t->list[t->n].planned = planned;
	t->list[t->n].attribute = attribute;
	t->list[t->n++].same_key = same_key;
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
to_variable(struct resolver *r, size_t scope, struct words *w, const char *attribute, bool sure, int depth)
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
		bool sure;

		if (s->call == NULL || s->parent != scope || strcmp(s->name, name) != 0 || (key[0] != '\0' && strcmp(s->key, key) != 0))
			continue;
		found = true;
		sure = s->key[0] == '\0' || key[0] != '\0' || (by_key && strcmp(s->key, own_key) == 0);
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
	bool sure)
{
	const char *key, *ignored, *module = r->plan->scopes[scope].address;
	char *name = next_word(r, w, &key), *first = next_word(r, w, &ignored), *prefix;
	size_t instances = 0, begin;

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

		if (!is_instance_of(p, module, type, name) || (key[0] != '\0' && strcmp(p->key, key) != 0))
			continue;
		/* of [count.index] or [each.key] the only one that is left may be another's */
		add(r, i, attribute, sure && (key[0] != '\0' || (by_key && strcmp(p->key, own_key) == 0) || (instances == 1 && !(by_key && p->key[0] != '\0'))));
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
	char *key = r->plan->files != NULL && s->dir != NULL && owner != NULL ? key_text(r->plan->arena, own_key) : NULL;

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
	const char *attribute, bool sure, int depth)
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
	const char *attribute, bool sure, int depth)
{
	const struct drift_value *refs = drift_value_get(expression, "references");
	const char *last = NULL;
	bool by_key = false;

	if (depth > REFERENCE_DEPTH_MAX || ++r->steps > STEPS_MAX) {
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

enum drift_status
drift__plan_targets(const struct drift__plan *p, const struct drift__planned *from, const char *attribute, struct drift__targets *out)
{
	struct drift__targets t = {0};
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
	resolve(&r, from->scope, from->key, from->config, expression, NULL, true, 0);
	if (r.failed)
		return DRIFT_NOMEM;
	*out = t;
	return DRIFT_OK;
}
