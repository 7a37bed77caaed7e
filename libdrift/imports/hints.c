#include "imports/hints.h"
#include "drift/imports.h"
#include "imports/hcl_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOVES_MAX = 20000, HOPS_MAX = 16, PROVIDERS_MAX = 200 };

/* The next block of a kind in the root module; *file and *t say where to go on. */
static bool
next_block(const struct drift_value *files, size_t *file, struct drift__hcl_text *t, const char *kind, const char *label, struct drift__hcl_text *body)
{
	for (; *file < drift_value_size(files); ++*file, t->at = NULL) {
		const struct drift_value *f = drift_value_at(files, *file);
		const char *path = drift__value_gets(f, "path");
		size_t n = 0;

		if (t->at == NULL) {
			t->at = drift_value_text(drift_value_get(f, "text"), &n);
			t->end = t->at != NULL ? t->at + n : NULL;
		}
		if (t->at != NULL && path != NULL && drift__hcl_in_dir(path, "") && drift__hcl_find_block(t, kind, label, "", body))
			return true;
	}
	return false;
}

/* ---- moved ---- */

/* Words, dots and keys, whatever the keys hold. */
static bool
is_address(struct drift__hcl_text t)
{
	bool in_text = false;

	for (const char *p = t.at; p < t.end; p++) {
		if (in_text && *p == '\\' && p + 1 < t.end)
			p++;
		else if (*p == '"')
			in_text = !in_text;
		else if (!in_text && strchr(".[]_-", *p) == NULL && !isalnum((unsigned char)*p) && (unsigned char)*p < 0x80)
			return false;
	}
	return t.end > t.at && !in_text;
}

bool
drift__moves_read(struct drift__arena *a, const struct drift_value *files, struct drift__moves *out)
{
	struct drift__hcl_text t = {NULL, NULL}, body, from, to;
	struct drift__moves m = {NULL, 0};
	size_t file = 0, cap = 0;

	while (m.n < MOVES_MAX && next_block(files, &file, &t, "moved", "", &body)) {
		if (!drift__hcl_find_entry(body, "from", &from) || !drift__hcl_find_entry(body, "to", &to) || !is_address(from) || !is_address(to))
			continue;
		if (m.n == cap) {
			struct drift__move *grown = drift__arena_alloc(a, (cap * 2 + 16) * sizeof(*grown));

			if (grown == NULL)
				return false;
			if (m.n > 0)
				memcpy(grown, m.list, m.n * sizeof(*grown));
			m.list = grown;
			cap = cap * 2 + 16;
		}
		m.list[m.n].from = drift__arena_strndup(a, from.at, (size_t)(from.end - from.at));
		m.list[m.n].to = drift__arena_strndup(a, to.at, (size_t)(to.end - to.at));
		if (m.list[m.n].from == NULL || m.list[m.n].to == NULL)
			return false;
		m.n++;
	}
	*out = m;
	return true;
}

/* What stands behind `from` in the address when the move applies to it; NULL when it does not. */
static const char *
rest_of(const struct drift__move *m, const char *address)
{
	size_t n = strlen(m->from);

	if (strncmp(address, m->from, n) != 0 || (address[n] != '\0' && address[n] != '[' && address[n] != '.'))
		return NULL;
	/* a move that gives the one instance a key says nothing of instances that have one */
	return address[n] == '[' && drift__ends(m->to, "]") ? NULL : address + n;
}

const char *
drift__moves_apply(struct drift__arena *a, const struct drift__moves *m, const char *address)
{
	for (int hop = 0; hop < HOPS_MAX && address != NULL; hop++) {
		const char *rest = NULL;
		size_t i;

		for (i = 0; i < m->n && rest == NULL; i++)
			rest = rest_of(&m->list[i], address);
		if (rest == NULL)
			break;
		address = drift__arena_printf(a, "%s%s", m->list[i - 1].to, rest);
	}
	return address;
}

/* ---- providers ---- */

/* A text without templates, or the default of the variable that is named. */
static char *
text_of(struct drift__arena *a, const struct drift_value *files, struct drift__hcl_text v)
{
	struct drift__hcl_text t = {NULL, NULL}, body;
	size_t file = 0, n = (size_t)(v.end - v.at);

	if (n > 4 && memcmp(v.at, "var.", 4) == 0) {
		char *name = drift__arena_strndup(a, v.at + 4, n - 4);

		if (name == NULL || !next_block(files, &file, &t, "variable", name, &body) || !drift__hcl_find_entry(body, "default", &v))
			return NULL;
		n = (size_t)(v.end - v.at);
	}
	if (n < 2 || v.at[0] != '"' || v.end[-1] != '"' || memchr(v.at, '$', n) != NULL || memchr(v.at, '\\', n) != NULL)
		return NULL;
	return drift__arena_strndup(a, v.at + 1, n - 2);
}

const char *const *
drift__provider_aliases(struct drift__arena *a, const struct drift_value *files)
{
	const char **list = drift__arena_zalloc(a, (2 * PROVIDERS_MAX + 1) * sizeof(*list));
	struct drift__hcl_text t = {NULL, NULL}, body, value;
	size_t file = 0, n = 0;

	while (list != NULL && n < 2 * PROVIDERS_MAX && next_block(files, &file, &t, "provider", "aws", &body)) {
		const char *alias = drift__hcl_find_entry(body, "alias", &value) ? text_of(a, files, value) : NULL;
		const char *region = drift__hcl_find_entry(body, "region", &value) ? text_of(a, files, value) : NULL;

		if (alias == NULL || region == NULL)
			continue;
		list[n++] = region;
		list[n++] = alias;
	}
	return list;
}

const char *
drift__provider_region(struct drift__arena *a, const struct drift_value *files)
{
	struct drift__hcl_text t = {NULL, NULL}, body, value;
	size_t file = 0;

	while (next_block(files, &file, &t, "provider", "aws", &body)) {
		if (drift__hcl_find_entry(body, "alias", &value) || !drift__hcl_find_entry(body, "region", &value))
			continue;
		/* a variable may be set to anything else, so its default proves nothing */
		return value.end > value.at && value.at[0] == '"' ? text_of(a, files, value) : NULL;
	}
	return NULL;
}

/* ---- resources ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool
drift__configured_addresses(struct drift__arena *a, const struct drift_value *files, const char *const **out, size_t *n_out)
{
	const char **list = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < drift_value_size(files); i++) {
		const struct drift_value *f = drift_value_at(files, i);
		const char *path = drift__value_gets(f, "path");
		struct drift__hcl_text words[3], body, t;
		size_t len = 0;

		t.at = drift_value_text(drift_value_get(f, "text"), &len);
		if (t.at == NULL || path == NULL || !drift__hcl_in_dir(path, ""))
			continue;
		t.end = t.at + len;
		while (drift__hcl_next_block(&t, words, &body)) {
			if (words[0].end - words[0].at != 8 || memcmp(words[0].at, "resource", 8) != 0 || words[2].at == words[2].end)
				continue;
			if (n == cap) {
				const char **grown = drift__arena_alloc(a, (cap * 2 + 64) * sizeof(*grown));

				if (grown == NULL)
					return false;
				if (n > 0)
					memcpy(grown, list, n * sizeof(*grown));
				list = grown;
				cap = cap * 2 + 64;
			}
			list[n] = drift__arena_printf(a, "%.*s.%.*s", (int)(words[1].end - words[1].at), words[1].at, (int)(words[2].end - words[2].at), words[2].at);
			if (list[n++] == NULL)
				return false;
		}
	}
	if (n > 1)
		qsort(list, n, sizeof(*list), by_text);
	*out = list;
	*n_out = n;
	return true;
}

int
drift_provider_major(const char *lock_text)
{
	const char *block = lock_text != NULL ? strstr(lock_text, "/hashicorp/aws\"") : NULL;
	const char *end = block != NULL ? strstr(block, "\n}") : NULL, *version = block != NULL ? strstr(block, "version") : NULL;

	if (version == NULL || (end != NULL && version > end))
		return 0;
	version += strcspn(version, "\"\n");
	return *version == '"' ? (int)strtol(version + 1, NULL, 10) : 0;
}
