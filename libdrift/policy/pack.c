/* Statements -> policy documents within AWS's limits. */
#include "policy/statement.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_CHARS = 40 /* {"Version":"2012-10-17","Statement":[]} */ };

/* ---- Sids ---- */

static const char *
service_word(struct drift__arena *a, const struct drift__statement *s)
{
	size_t n = strcspn(s->actions[0], ":");
	char *word = drift__arena_strndup(a, s->actions[0], n);
	size_t kept = 0;

	for (size_t i = 0; word != NULL && i < n; i++) {
		if (isalnum((unsigned char)word[i])) {
			word[kept] = kept == 0 || !isalnum((unsigned char)s->actions[0][i - 1]) ? (char)toupper((unsigned char)word[i]) : word[i];
			kept++;
		}
	}
	if (word != NULL)
		word[kept] = '\0';
	return word;
}

static void
hash_part(struct drift__buf *b, const char *text)
{
	drift__buf_adds(b, text);
	drift__buf_addc(b, '\n');
}

static bool
is_taken(const struct drift__statements *s, size_t n, const char *sid)
{
	for (size_t i = 0; i < n; i++) {
		if (drift__streq(s->list[i].sid, sid))
			return true;
	}
	return false;
}

enum drift_status
drift__statements_name(struct drift__statements *s, struct drift_error *err)
{
	for (size_t i = 0; i < s->n; i++) {
		struct drift__statement *one = &s->list[i];
		struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
		unsigned char digest[32];
		char hex[65];
		const char *word = service_word(s->arena, one);

		/* not the resources: a Sid stays when they come and go, and no two statements have an action and its condition in common */
		for (size_t k = 0; k < one->n_actions; k++)
			hash_part(&b, one->actions[k]);
		hash_part(&b, one->condition);
		if (b.status != DRIFT_OK || word == NULL) {
			drift__buf_dispose(&b);
			return drift__nomem(err);
		}
		drift__sha256(b.data, b.len, digest);
		drift__buf_dispose(&b);
		drift__hex(digest, sizeof(digest), hex);
		for (int n = 6; n == 6 || (n <= 64 && is_taken(s, i, one->sid)); n += 2) {
			one->sid = drift__arena_printf(s->arena, "%s%s%.*s", word, one->write ? "Write" : "Read", n, hex);
			if (one->sid == NULL)
				return drift__nomem(err);
		}
	}
	return DRIFT_OK;
}

/* ---- documents ---- */

static const struct drift_value *
text_or_list(struct drift__arena *a, const char *const *list, size_t n)
{
	struct drift__list_builder b;

	if (n == 1)
		return drift__value_string(a, list[0]);
	drift__list_init(&b, a);
	for (size_t i = 0; i < n; i++)
		drift__list_add(&b, drift__value_string(a, list[i]));
	return drift__list_finish(&b);
}

static const struct drift_value *
statement_value(struct drift__arena *a, const struct drift__statement *s)
{
	struct drift__map_builder m;

	drift__map_init(&m, a);
	drift__map_puts(&m, "Sid", s->sid);
	drift__map_puts(&m, "Effect", "Allow");
	drift__map_put(&m, "Action", text_or_list(a, s->actions, s->n_actions));
	drift__map_put(&m, "Resource", text_or_list(a, s->resources, s->n_resources));
	if (s->condition[0] != '\0') {
		struct drift__json_options opt = {.name = "condition"};
		const struct drift_value *v = NULL;

		/* a statement without its condition would grant more: without memory there is none at all */
		if (drift__json_parse(a, s->condition, strlen(s->condition), &opt, &v, NULL) != DRIFT_OK) {
			drift__map_dispose(&m);
			return NULL;
		}
		drift__map_put(&m, "Condition", v);
	}
	return drift__map_finish(&m);
}

/* False without memory. */
static bool
count_characters(const struct drift_value *document, size_t *out)
{
	struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
	size_t n = 0;
	bool ok;

	/* one line of JSON has white space only inside of texts; AWS counts characters, not bytes */
	drift__json_write(&b, document, 0, false);
	for (size_t i = 0; i < b.len; i++)
		n += ((unsigned char)b.data[i] & 0xc0) != 0x80;
	ok = b.status == DRIFT_OK;
	drift__buf_dispose(&b);
	*out = n;
	return ok;
}

size_t
drift_policy_characters(const struct drift_value *document)
{
	size_t n;

	return count_characters(document, &n) ? n : 0;
}

struct piece {
	struct drift__statement s;
	const struct drift_value *value;
	size_t chars;
	size_t order; /* place in the sorted list */
	size_t bin;
};

struct packer {
	struct drift__arena *arena;
	struct piece *list;
	size_t n, cap, limit;
	bool failed;
};

static void
add_piece(struct packer *p, const struct drift__statement *s, const struct drift_value *v, size_t chars)
{
	if (p->n == p->cap) {
		size_t cap = p->cap > 0 ? p->cap * 2 : 64;
		struct piece *grown = drift__realloc(p->list, cap * sizeof(*grown));

		if (grown == NULL) {
			p->failed = true;
			return;
		}
		p->list = grown;
		p->cap = cap;
	}
	p->list[p->n].s = *s;
	p->list[p->n].value = v;
	p->list[p->n].chars = chars;
	p->list[p->n].order = p->n;
	p->n++;
}

/* Halves what is too long, resources first: the order of the pieces stays the order of the lists. */
static enum drift_status
cut(struct packer *p, const struct drift__statement *s, int depth, struct drift_error *err)
{
	const struct drift_value *v = statement_value(p->arena, s);
	size_t chars = 0;
	struct drift__statement a = *s, b = *s;
	enum drift_status st;

	if (v == NULL || !count_characters(v, &chars))
		return drift__nomem(err);
	if (chars + FRAME_CHARS <= p->limit) {
		add_piece(p, s, v, chars);
		return p->failed ? drift__nomem(err) : DRIFT_OK;
	}
	if ((s->n_resources < 2 && s->n_actions < 2) || depth > 40) {
		drift__fail(err, DRIFT_LIMIT, s->sid, "one statement alone is longer than a policy may be (%zu characters)", p->limit);
		drift__hint(err, "let ARNs be folded with --fold prefix or --fold service");
		return DRIFT_LIMIT;
	}
	if (s->n_resources >= 2) {
		a.n_resources = s->n_resources / 2;
		b.resources = s->resources + a.n_resources;
		b.n_resources = s->n_resources - a.n_resources;
	} else {
		a.n_actions = s->n_actions / 2;
		b.actions = s->actions + a.n_actions;
		b.n_actions = s->n_actions - a.n_actions;
	}
	a.sid = drift__arena_printf(p->arena, "%sA", s->sid);
	b.sid = drift__arena_printf(p->arena, "%sB", s->sid);
	if (a.sid == NULL || b.sid == NULL)
		return drift__nomem(err);
	st = cut(p, &a, depth + 1, err);
	return st == DRIFT_OK ? cut(p, &b, depth + 1, err) : st;
}

static int
longest_first(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	if (a->chars != b->chars)
		return a->chars > b->chars ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int
by_bin(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	if (a->bin != b->bin)
		return a->bin < b->bin ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* First fit, longest first: never more than 11/9 of the best. Returns the number of bins. */
static size_t
fill_bins(struct packer *p, size_t *used)
{
	size_t bins = 0;

	qsort(p->list, p->n, sizeof(*p->list), longest_first);
	for (size_t i = 0; i < p->n; i++) {
		size_t b = 0;

		while (b < bins && used[b] + p->list[i].chars + 1 > p->limit)
			b++;
		if (b == bins)
			used[bins++] = FRAME_CHARS;
		used[b] += p->list[i].chars + 1;
		p->list[i].bin = b;
	}
	qsort(p->list, p->n, sizeof(*p->list), by_bin);
	return bins;
}

static const struct drift_value *
document(struct drift__arena *a, const struct piece *list, size_t n)
{
	struct drift__map_builder m;
	struct drift__list_builder statements;

	drift__list_init(&statements, a);
	for (size_t i = 0; i < n; i++)
		drift__list_add(&statements, list[i].value);
	drift__map_init(&m, a);
	drift__map_puts(&m, "Version", "2012-10-17");
	drift__map_put(&m, "Statement", drift__list_finish(&statements));
	return drift__map_finish(&m);
}

enum drift_status
drift__statements_pack(const struct drift__statements *s, size_t limit, const struct drift_value **out, struct drift_error *err)
{
	struct packer p = {.arena = s->arena, .limit = limit};
	struct drift__list_builder documents;
	size_t *used = NULL, bins;
	enum drift_status st = DRIFT_OK;

	drift__list_init(&documents, s->arena);
	for (size_t i = 0; i < s->n && st == DRIFT_OK; i++)
		st = cut(&p, &s->list[i], 0, err);
	if (st != DRIFT_OK)
		goto done;
	used = drift__calloc(p.n + 1, sizeof(*used));
	if (used == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	bins = p.n > 0 ? fill_bins(&p, used) : 0;
	for (size_t b = 0, i = 0; b < bins; b++) {
		size_t first = i;

		while (i < p.n && p.list[i].bin == b)
			i++;
		drift__list_add(&documents, document(s->arena, p.list + first, i - first));
	}
	*out = drift__list_finish(&documents);
	if (*out == NULL)
		st = drift__nomem(err);
done:
	drift__list_dispose(&documents);
	drift__free(p.list);
	drift__free(used);
	return st;
}
