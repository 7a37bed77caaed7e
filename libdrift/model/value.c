/* Values: reading them, and documents of them. value_make.c makes them, value_compare.c compares them. */
#include "model/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct drift_value drift__null = {.kind = DRIFT_NULL};
const struct drift_value drift__true = {.kind = DRIFT_BOOL, .len = 1};
const struct drift_value drift__false = {.kind = DRIFT_BOOL};

/* ---- reading ---- */

enum drift_kind
drift_value_kind(const struct drift_value *v)
{
	return v != NULL ? (enum drift_kind)v->kind : DRIFT_NULL;
}

bool
drift_value_bool(const struct drift_value *v)
{
	return v != NULL && v->kind == DRIFT_BOOL && v->len == 1;
}

const char *
drift_value_text(const struct drift_value *v, size_t *len_out)
{
	if (v == NULL || (v->kind != DRIFT_STRING && v->kind != DRIFT_NUMBER)) {
		if (len_out != NULL)
			*len_out = 0;
		return NULL;
	}
	if (len_out != NULL)
		*len_out = v->len;
	return v->u.text;
}

size_t
drift_value_size(const struct drift_value *v)
{
	return v != NULL && v->kind != DRIFT_BOOL ? v->len : 0;
}

const struct drift_value *
drift_value_at(const struct drift_value *v, size_t i)
{
	if (v == NULL || i >= v->len)
		return NULL;
	if (v->kind == DRIFT_LIST)
		return &v->u.items[i];
	return v->kind == DRIFT_MAP ? drift__keyed_at(v, i).value : NULL;
}

const char *
drift_value_key(const struct drift_value *v, size_t i, size_t *len_out)
{
	if (v == NULL || v->kind != DRIFT_MAP || i >= v->len)
		return NULL;
	if (len_out != NULL)
		*len_out = drift__keyed_at(v, i).key_len;
	return drift__keyed_at(v, i).key;
}

const struct drift_value *
drift__value_getn(const struct drift_value *v, const char *key, size_t n)
{
	const struct drift__member *m;
	size_t i;

	if (v == NULL || v->kind != DRIFT_MAP)
		return NULL;
	m = v->alike ? v->u.alike->base : v->u.plain;
	for (i = 0; i < v->len; i++)
		if (m[i].key_len == n && memcmp(m[i].key, key, n) == 0)
			return v->alike ? drift__alike_at(v, i) : &m[i].value;
	return NULL;
}

const struct drift_value *
drift_value_get(const struct drift_value *v, const char *key)
{
	return drift__value_getn(v, key, strlen(key));
}

const char *
drift__value_str(const struct drift_value *v)
{
	return v != NULL && v->kind == DRIFT_STRING ? v->u.text : NULL;
}

const char *
drift__value_gets(const struct drift_value *map, const char *key)
{
	return drift__value_str(drift_value_get(map, key));
}

bool
drift__value_is_empty(const struct drift_value *v)
{
	enum drift_kind kind = drift_value_kind(v);

	return kind == DRIFT_NULL || ((kind == DRIFT_STRING || kind == DRIFT_LIST || kind == DRIFT_MAP) && v->len == 0);
}

bool
drift__value_to_int(const struct drift_value *v, int64_t *out)
{
	char *end;
	long long n;

	if (v == NULL || v->kind != DRIFT_NUMBER)
		return false;
	errno = 0;
	n = strtoll(v->u.text, &end, 10);
	if (errno != 0)
		return false;
	if (*end != '\0') {
		double d;

		/* 3.0 and 1e3 are integers too */
		if (!drift__value_to_double(v, &d) || d != floor(d) || fabs(d) > 9e15)
			return false;
		n = (long long)d;
	}
	*out = n;
	return true;
}

bool
drift__value_to_double(const struct drift_value *v, double *out)
{
	char *end;

	if (v == NULL || v->kind != DRIFT_NUMBER)
		return false;
	*out = strtod(v->u.text, &end);
	return *end == '\0' && isfinite(*out);
}

/* ---- documents ---- */

const struct drift_value *
drift_document_root(const struct drift_document *doc)
{
	return doc != NULL ? doc->root : NULL;
}

void
drift_document_free(struct drift_document *doc)
{
	if (doc == NULL)
		return;
	drift__arena_dispose(&doc->arena);
	drift__free(doc);
}

enum drift_status
drift_document_parse(const char *text, size_t n_bytes, const char *name, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__json_options opt = {.name = name};
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	st = drift__json_parse(&doc->arena, text, n_bytes, &opt, &doc->root, err);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}

char *
drift_value_to_json(const struct drift_value *v, int indent)
{
	struct drift__buf b = DRIFT__BUF_INIT(SIZE_MAX / 2);
	char *text;

	drift__json_write(&b, v, indent, false);
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	return text;
}

void
drift_text_free(char *text)
{
	drift__free(text);
}
