#include "base/base.h"

#include <stdio.h>

const char *
drift_status_name(enum drift_status status)
{
	switch (status) {
#define NAME_CASE(name, number, text)                                                                                  \
	case DRIFT_##name:                                                                                             \
		return #name;
		DRIFT_STATUS_MAP(NAME_CASE)
#undef NAME_CASE
	}
	return "UNKNOWN";
}

const char *
drift_status_text(enum drift_status status)
{
	switch (status) {
#define TEXT_CASE(name, number, text)                                                                                  \
	case DRIFT_##name:                                                                                             \
		return text;
		DRIFT_STATUS_MAP(TEXT_CASE)
#undef TEXT_CASE
	}
	return "unknown status";
}

/* Who has no room for an error still learns its status from drift__hint. */
static _Thread_local enum drift_status last_status;

/* Names in an error come from outside and must not play with a terminal. */
static void
put_formatted(char *out, size_t room, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof text, fmt, ap);
	drift__copy_safe(out, room, text);
}

enum drift_status
drift__fail(struct drift_error *err, enum drift_status st, const char *where, const char *fmt, ...)
{
	va_list ap;

	last_status = st;
	if (err == NULL || err->status != DRIFT_OK)
		return st;
	err->status = st;
	drift__copy_safe(err->where, sizeof err->where, where != NULL ? where : "");
	va_start(ap, fmt);
	put_formatted(err->what, sizeof err->what, fmt, ap);
	va_end(ap);
	return st;
}

enum drift_status
drift__hint(struct drift_error *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return last_status;
	if (err->hint[0] == '\0') {
		va_start(ap, fmt);
		put_formatted(err->hint, sizeof err->hint, fmt, ap);
		va_end(ap);
	}
	return err->status;
}

enum drift_status
drift__nomem(struct drift_error *err)
{
	return drift__fail(err, DRIFT_NOMEM, "", "out of memory");
}
