/* Many allocations, one free. Blocks grow up to 256 KiB; what is larger gets a block of its own. Texts need no alignment: they are taken
 * from the end of a block, everything else from its beginning. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

/* Keys of maps may be data as well (a thousand instances by name): what is shared has a limit. */
enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024, LONGEST_NAME = 100, MOST_NAMES = 16384 };

struct drift__arena_block {
	struct drift__arena_block *next;
	size_t used, end, size; /* free: from used to end */
	_Alignas(8) unsigned char bytes[];
};

void
drift__arena_init(struct drift__arena *a, size_t max_bytes)
{
	memset(a, 0, sizeof *a);
	a->max_bytes = max_bytes;
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
	drift__free(a->names);
	a->names = NULL;
	a->n_names = a->cap_names = 0;
	a->head = NULL;
	a->total_bytes = 0;
}

void
drift__arena_join(struct drift__arena *a, struct drift__arena *from)
{
	struct drift__arena_block **end = &a->head;

	while (*end != NULL)
		end = &(*end)->next;
	*end = from->head;
	a->total_bytes += from->total_bytes;
	from->head = NULL;
	drift__arena_dispose(from);
}

void
drift__arena_wipe(struct drift__arena *a)
{
	struct drift__arena_block *b;

	for (b = a != NULL ? a->head : NULL; b != NULL; b = b->next) {
		drift__wipe(b->bytes, b->used);
		drift__wipe(b->bytes + b->end, b->size - b->end);
	}
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
	b->end = b->size = size;
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
	if (b == NULL || b->end - b->used < n)
		b = new_block(a, n);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += n;
	a->total_bytes += n;
	return p;
}

static char *
alloc_text(struct drift__arena *a, size_t n)
{
	struct drift__arena_block *b = a->head;

	if (n > SIZE_MAX - 8 || (a->max_bytes != 0 && n > a->max_bytes - a->total_bytes))
		return NULL;
	if (b == NULL || b->end - b->used < n)
		b = new_block(a, n);
	if (b == NULL)
		return NULL;
	b->end -= n;
	a->total_bytes += n;
	return (char *)b->bytes + b->end;
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
	copy = alloc_text(a, n + 1);
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
		text = alloc_text(a, (size_t)n + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

static size_t
name_slot(const struct drift__arena *a, const char *s, size_t n)
{
	uint64_t h = drift__hash_text(s, n);
	size_t i;

	h ^= h >> 32;
	for (i = (size_t)h & (a->cap_names - 1); a->names[i].text != NULL; i = (i + 1) & (a->cap_names - 1))
		if (a->names[i].len == n && memcmp(a->names[i].text, s, n) == 0)
			break;
	return i;
}

/* The table stays at most half full. */
static bool
grow_names(struct drift__arena *a)
{
	struct drift__arena more = {.cap_names = a->cap_names == 0 ? 256 : a->cap_names * 2};
	size_t i;

	more.names = drift__calloc(more.cap_names, sizeof *more.names);
	if (more.names == NULL)
		return false;
	for (i = 0; i < a->cap_names; i++)
		if (a->names[i].text != NULL)
			more.names[name_slot(&more, a->names[i].text, a->names[i].len)] = a->names[i];
	drift__free(a->names);
	a->names = more.names;
	a->cap_names = more.cap_names;
	return true;
}

const char *
drift__arena_name(struct drift__arena *a, const char *s, size_t n)
{
	const char *text;
	size_t i;

	if (s == NULL || !a->share_names || n > LONGEST_NAME)
		return drift__arena_strndup(a, s, n);
	if (a->n_names * 2 >= a->cap_names && a->n_names < MOST_NAMES && !grow_names(a))
		return NULL;
	i = name_slot(a, s, n);
	if (a->names[i].text != NULL)
		return a->names[i].text;
	text = drift__arena_strndup(a, s, n);
	if (text != NULL && a->n_names < MOST_NAMES) {
		a->names[i].text = text;
		a->names[i].len = n;
		a->n_names++;
	}
	return text;
}
