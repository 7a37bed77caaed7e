/* Growing bytes with a stated maximum. The first failure is remembered and later appends do nothing. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

void
drift__buf_init(struct drift__buf *b, size_t max_bytes)
{
	*b = (struct drift__buf)DRIFT__BUF_INIT(max_bytes);
}

void
drift__buf_dispose(struct drift__buf *b)
{
	if (b == NULL)
		return;
	drift__free(b->data);
	drift__buf_init(b, b->max_bytes);
}

void
drift__buf_wipe(struct drift__buf *b)
{
	if (b->data != NULL)
		drift__wipe(b->data, b->cap);
	drift__buf_dispose(b);
}

void
drift__buf_reset(struct drift__buf *b)
{
	b->len = 0;
	b->status = DRIFT_OK;
	if (b->data != NULL)
		b->data[0] = '\0';
}

bool
drift__buf_reserve(struct drift__buf *b, size_t n)
{
	size_t cap;
	char *data;

	if (b->status != DRIFT_OK)
		return false;
	if (n > b->max_bytes - b->len || b->len > b->max_bytes) {
		b->status = DRIFT_LIMIT;
		return false;
	}
	if (b->data != NULL && b->cap - b->len > n)
		return true;
	cap = b->cap < 64 ? 64 : b->cap * 2;
	if (cap < b->len + n + 1)
		cap = b->len + n + 1;
	data = drift__realloc(b->data, cap);
	if (data == NULL) {
		b->status = DRIFT_NOMEM;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void
drift__buf_add(struct drift__buf *b, const void *p, size_t n)
{
	if (!drift__buf_reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
drift__buf_adds(struct drift__buf *b, const char *s)
{
	if (s != NULL)
		drift__buf_add(b, s, strlen(s));
}

void
drift__buf_addc(struct drift__buf *b, char c)
{
	drift__buf_add(b, &c, 1);
}

void
drift__buf_addf(struct drift__buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && drift__buf_reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

void
drift__buf_add_utf8(struct drift__buf *b, uint32_t cp)
{
	char out[4];
	size_t n;

	if (cp < 0x80) {
		out[0] = (char)cp;
		n = 1;
	} else if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		n = 2;
	} else if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		n = 3;
	} else {
		out[0] = (char)(0xF0 | cp >> 18);
		out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
		out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[3] = (char)(0x80 | (cp & 0x3F));
		n = 4;
	}
	drift__buf_add(b, out, n);
}

char *
drift__buf_take(struct drift__buf *b)
{
	char *text;

	drift__buf_add(b, "", 0);
	if (b->status != DRIFT_OK)
		return NULL;
	text = b->data;
	drift__buf_init(b, b->max_bytes);
	return text;
}
