/* A map file -> a sorted table. Addresses go into generated files without quotes, so each is read strictly. */
#include "imports/map.h"
#include "imports/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_MAX_LINES = 1000000 };

/* [0] or ["text"]; returns the bytes used, 0 when it is neither. */
static size_t
key_length(const char *s)
{
	size_t i = 1;

	if (s[0] != '[')
		return 0;
	if (s[1] == '"') {
		for (i = 2; s[i] != '"'; i++) {
			if (s[i] == '\0' || (unsigned char)s[i] < 0x20)
				return 0;
			if ((s[i] == '$' || s[i] == '%') && s[i + 1] == '{' && s[i - 1] != s[i])
				return 0; /* a template, not a text */
			if (s[i] == '\\' && strchr("nrt\"\\uU", s[i + 1]) == NULL)
				return 0;
			if (s[i] == '\\' && s[++i] == '\0')
				return 0;
		}
		i++;
	} else {
		while (s[i] >= '0' && s[i] <= '9')
			i++;
		if (i == 1)
			return 0;
	}
	return s[i] == ']' ? i + 1 : 0;
}

static size_t
word_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '_' || s[n] == '-')
		n++;
	return s[0] == '-' || (s[0] >= '0' && s[0] <= '9') ? 0 : n;
}

bool
drift__address_parts(struct drift__arena *a, const char *address, const char **module, const char **type, const char **name)
{
	const char *at = address;
	size_t n;

	while (strncmp(at, "module.", 7) == 0) {
		at += 7;
		n = word_length(at);
		at += n;
		if (n == 0)
			return false;
		if (*at == '[') {
			n = key_length(at);
			if (n == 0)
				return false;
			at += n;
		}
		if (*at++ != '.')
			return false;
	}
	*module = at == address ? NULL : drift__arena_strndup(a, address, (size_t)(at - address) - 1);
	n = word_length(at);
	if (n == 0 || at[n] != '.' || strncmp(at, "data.", 5) == 0)
		return false;
	*type = drift__arena_strndup(a, at, n);
	at += n + 1;
	n = word_length(at);
	if (n == 0)
		return false;
	*name = drift__arena_strndup(a, at, n);
	at += n;
	if (*at == '[') {
		n = key_length(at);
		at += n;
	}
	return *at == '\0' && *type != NULL && *name != NULL && n > 0;
}

struct reader {
	struct drift__arena *a;
	const char *name;
	struct drift__map_file *out;
	size_t cap;
	struct drift_error *err;
};

static enum drift_status
add(struct reader *r, const char *where, const char *id, const char *address)
{
	const char *module, *type, *name;

	if (id == NULL || id[0] == '\0')
		return drift__fail(r->err, DRIFT_BAD_CONFIG, where, "the import id is empty");
	if (address == NULL || !drift__address_parts(r->a, address, &module, &type, &name)) {
		drift__fail(r->err, DRIFT_BAD_ADDRESS, where, "'%.200s' is not the address of a resource", address != NULL ? address : "");
		drift__hint(r->err, "write it as terraform state list does: module.a[\"k\"].aws_vpc.main[0]");
		return DRIFT_BAD_ADDRESS;
	}
	if (r->out->n == r->cap) {
		size_t cap = r->cap > 0 ? r->cap * 2 : 64;
		struct drift__mapping *grown = drift__arena_alloc(r->a, cap * sizeof(*grown));

		if (grown == NULL)
			return drift__nomem(r->err);
		if (r->out->n > 0)
			memcpy(grown, r->out->list, r->out->n * sizeof(*grown));
		r->out->list = grown;
		r->cap = cap;
	}
	r->out->list[r->out->n].id = id;
	r->out->list[r->out->n].type = type;
	r->out->list[r->out->n].used = false;
	r->out->list[r->out->n++].address = address;
	return DRIFT_OK;
}

static enum drift_status
read_json(struct reader *r, const char *text, size_t n)
{
	struct drift__json_options opt = {.name = r->name, .max_depth = 10};
	const struct drift_value *v;
	enum drift_status st = drift__json_parse(r->a, text, n, &opt, &v, r->err);

	if (st != DRIFT_OK)
		return st;
	for (size_t i = 0; i < drift_value_size(v); i++) {
		const struct drift_value *one = drift_value_at(v, i);
		const char *id = drift_value_key(v, i, NULL), *address = drift__value_str(one);
		char where[300];

		snprintf(where, sizeof(where), "%.200s: entry %zu", r->name, i + 1);
		if (drift_value_kind(v) == DRIFT_LIST) {
			id = drift__value_gets(one, "id");
			address = drift__value_gets(one, "address");
		}
		st = add(r, where, id, address);
		if (st != DRIFT_OK)
			return st;
	}
	return DRIFT_OK;
}

/* One CSV field from *at; leaves *at on the separator. NULL when a quote is not closed. */
static char *
read_field(struct drift__arena *a, const char **at, const char *end)
{
	char *out = drift__arena_alloc(a, (size_t)(end - *at) + 1);
	size_t n = 0;
	const char *p = *at;

	if (out == NULL)
		return NULL;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p < end && *p == '"') {
		for (p++; p < end; p++) {
			if (*p == '"' && p + 1 < end && p[1] == '"')
				out[n++] = *p++;
			else if (*p == '"')
				break;
			else
				out[n++] = *p;
		}
		if (p == end)
			return NULL;
		p++;
		while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
	} else {
		while (p < end && *p != ',')
			out[n++] = *p++;
		while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\t' || out[n - 1] == '\r'))
			n--;
	}
	out[n] = '\0';
	*at = p;
	return out;
}

/* The end of a CSV record: a line feed outside quotes. */
static const char *
record_end(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end && (*p != '\n' || quoted); p++) {
		if (*p == '"')
			quoted = !quoted;
	}
	return p;
}

static enum drift_status
read_csv(struct reader *r, const char *text, size_t n)
{
	const char *at = text, *end = text + n;

	for (size_t line = 1; at < end && line < MAP_MAX_LINES; line++) {
		/* an address may hold quotes ["k"] without being a quoted field: only a record that starts with one spans lines */
		const char *stop = *at == '"' ? record_end(at, end) : memchr(at, '\n', (size_t)(end - at));
		char where[300], *id, *address;
		enum drift_status st;

		if (stop == NULL)
			stop = end;
		snprintf(where, sizeof(where), "%.200s:%zu", r->name, line);
		if (*at == '#' || (size_t)(stop - at) == strspn(at, " \t\r")) {
			at = stop + (stop < end);
			continue;
		}
		id = read_field(r->a, &at, stop);
		if (id == NULL || at >= stop || *at != ',')
			return drift__fail(r->err, DRIFT_BAD_CONFIG, where, "a line is: import id,address");
		at++;
		address = drift__arena_strndup(r->a, at, (size_t)(stop - at));
		while (address != NULL && *address == ' ')
			address++;
		if (address != NULL && *address == '"') {
			address = read_field(r->a, &at, stop);
		} else if (address != NULL) {
			size_t len = strlen(address);

			while (len > 0 && strchr(" \t\r", address[len - 1]) != NULL)
				address[--len] = '\0';
		}
		at = stop + (stop < end);
		if (line == 1 && address != NULL && strcmp(address, "address") == 0)
			continue;
		st = add(r, where, id, address);
		if (st != DRIFT_OK)
			return st;
	}
	return DRIFT_OK;
}

static int
by_id(const void *pa, const void *pb)
{
	const struct drift__mapping *a = pa, *b = pb;
	int c = strcmp(a->id, b->id);

	return c != 0 ? c : strcmp(a->address, b->address);
}

enum drift_status
drift__map_read(struct drift__arena *a, const char *text, size_t n, const char *name, struct drift__map_file *out, struct drift_error *err)
{
	struct drift__map_file m = {NULL, 0};
	struct reader r = {a, name != NULL ? name : "map", &m, 0, err};
	size_t skip = 0;
	enum drift_status st;

	while (skip < n && strchr(" \t\r\n", text[skip]) != NULL)
		skip++;
	st = skip < n && (text[skip] == '{' || text[skip] == '[') ? read_json(&r, text, n) : read_csv(&r, text, n);
	if (st != DRIFT_OK)
		return st;
	if (m.n > 1)
		qsort(m.list, m.n, sizeof(*m.list), by_id);
	*out = m;
	return DRIFT_OK;
}

const char *
drift__map_find(struct drift__map_file *m, const char *id, const char *type)
{
	size_t low = 0, high = m->n;

	if (id == NULL)
		return NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(m->list[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < m->n && strcmp(m->list[low].id, id) == 0; low++) {
		if (strcmp(m->list[low].type, type) == 0) {
			m->list[low].used = true;
			return m->list[low].address;
		}
	}
	return NULL;
}
