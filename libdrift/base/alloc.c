/* The one place that asks the system for memory. */
#include "base/base.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static _Thread_local long fail_after; /* test seam only: 0 in every program */

void
drift__alloc_fail_after(long n)
{
	fail_after = n;
}

static bool
must_fail(void)
{
	return fail_after > 0 && --fail_after == 0;
}

void *
drift__malloc(size_t n)
{
	return must_fail() ? NULL : malloc(n > 0 ? n : 1);
}

void *
drift__calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : calloc(n > 0 ? n : 1, size > 0 ? size : 1);
}

void *
drift__realloc(void *p, size_t n)
{
	return must_fail() ? NULL : realloc(p, n > 0 ? n : 1);
}

void
drift__free(void *p)
{
	free(p);
}

char *
drift__strndup(const char *s, size_t n)
{
	char *copy;

	if (s == NULL)
		return NULL;
	copy = drift__malloc(n + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
drift__strdup(const char *s)
{
	return s != NULL ? drift__strndup(s, strlen(s)) : NULL;
}

char *
drift__asprintf(const char *fmt, ...)
{
	va_list ap, again;
	char *text = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0)
		text = drift__malloc((size_t)n + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

void
drift__give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

void
drift__wipe(void *p, size_t n)
{
	if (p != NULL)
		OPENSSL_cleanse(p, n);
}
