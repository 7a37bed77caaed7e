/* Many allocations, one free. Blocks grow up to 256 KiB; what is larger gets a block of its own. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024 };

struct drift__arena_block {
	struct drift__arena_block *next;
	size_t used, size;
	_Alignas(8) unsigned char bytes[];
};

void
drift__arena_init(struct drift__arena *a, size_t max_bytes)
{
	a->head = NULL;
	a->total_bytes = 0;
	a->max_bytes = max_bytes;
	a->first_block = 0;
}

void
drift__arena_dispose(struct drift__arena *a)
{
	struct drift__arena_block *b, *next;

	if (a == NULL)
		return;
	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		drift__free(b);
	}
	a->head = NULL;
	a->total_bytes = 0;
}

void
drift__arena_wipe(struct drift__arena *a)
{
	struct drift__arena_block *b;

	for (b = a != NULL ? a->head : NULL; b != NULL; b = b->next)
		drift__wipe(b->bytes, b->used);
	drift__arena_dispose(a);
}

static struct drift__arena_block *
new_block(struct drift__arena *a, size_t n)
{
	size_t size = a->head != NULL ? a->head->size * 2 : a->first_block != 0 ? a->first_block : FIRST_BLOCK;
	struct drift__arena_block *b;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < n)
		size = n;
	if (size > SIZE_MAX - sizeof *b)
		return NULL;
	b = drift__malloc(sizeof *b + size);
	if (b == NULL)
		return NULL;
	b->used = 0;
	b->size = size;
	if (a->head != NULL && n > LARGEST_BLOCK / 4) {
		/* a large one goes behind the head, whose room is still good */
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *
drift__arena_alloc(struct drift__arena *a, size_t n)
{
	struct drift__arena_block *b = a->head;
	void *p;

	if (n > SIZE_MAX - 8)
		return NULL;
	n = (n + 7) & ~(size_t)7;
	if (a->max_bytes != 0 && n > a->max_bytes - a->total_bytes)
		return NULL;
	if (b == NULL || b->size - b->used < n)
		b = new_block(a, n);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += n;
	a->total_bytes += n;
	return p;
}

void *
drift__arena_zalloc(struct drift__arena *a, size_t n)
{
	void *p = drift__arena_alloc(a, n);

	if (p != NULL)
		memset(p, 0, n);
	return p;
}

char *
drift__arena_strndup(struct drift__arena *a, const char *s, size_t n)
{
	char *copy;

	if (s == NULL)
		return NULL;
	copy = drift__arena_alloc(a, n + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
drift__arena_strdup(struct drift__arena *a, const char *s)
{
	return s != NULL ? drift__arena_strndup(a, s, strlen(s)) : NULL;
}

char *
drift__arena_printf(struct drift__arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0)
		text = drift__arena_alloc(a, (size_t)n + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}
