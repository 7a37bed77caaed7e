/* Time as an argument, and the text forms of time that AWS and Terraform use. */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
system_now_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t
system_mono_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const struct drift__clock drift__system_clock = {system_now_ms, system_mono_ms, NULL};

/* Days since 1970-01-01 of a date in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static bool
digits(const char **s, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool
parse_fraction(const char **s, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (**s != '.' && **s != ',')
		return true;
	(*s)++;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
		*ms += (**s - '0') * scale;
	return true;
}

static bool
parse_zone(const char **s, int *minutes)
{
	int sign, h, m = 0;

	*minutes = 0;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return true;
	}
	if (**s != '+' && **s != '-')
		return **s == '\0';
	sign = **s == '-' ? -1 : 1;
	(*s)++;
	if (!digits(s, 2, &h))
		return false;
	if (**s == ':')
		(*s)++;
	if (**s != '\0' && !digits(s, 2, &m))
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

bool
drift__time_parse(const char *s, int64_t *ms_out)
{
	int y, mo, d, h = 0, mi = 0, sec = 0, ms = 0, zone = 0;

	if (s == NULL || !digits(&s, 4, &y) || *s++ != '-' || !digits(&s, 2, &mo) || *s++ != '-' || !digits(&s, 2, &d))
		return false;
	if (mo < 1 || mo > 12 || d < 1 || days_from_civil(y, mo, d) >= days_from_civil(mo < 12 ? y : y + 1, mo % 12 + 1, 1))
		return false;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if (!digits(&s, 2, &h) || *s++ != ':' || !digits(&s, 2, &mi))
			return false;
		if (*s == ':') {
			s++;
			if (!digits(&s, 2, &sec))
				return false;
		}
		if (!parse_fraction(&s, &ms) || !parse_zone(&s, &zone))
			return false;
	}
	if (*s != '\0' || h > 24 || mi > 59 || sec > 60)
		return false;
	*ms_out = ((days_from_civil(y, mo, d) * 24 + h) * 60 + mi - zone) * 60000 + sec * 1000 + ms;
	return true;
}

bool
drift__time_parse_http(const char *s, int64_t *ms_out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int d, y, h, mi, sec;
	const char *month;
	size_t at;

	/* "Tue, 29 Apr 2014 18:30:38 GMT": the one form that servers may send */
	if (s == NULL || strlen(s) != 29 || s[3] != ',' || s[4] != ' ' || s[7] != ' ' || s[11] != ' ' || s[16] != ' ' || strcmp(s + 25, " GMT") != 0)
		return false;
	for (at = 0, month = NULL; names[at] != '\0' && month == NULL; at += 3)
		if (strncmp(names + at, s + 8, 3) == 0)
			month = names + at;
	if (month == NULL)
		return false;
	s += 5;
	if (!digits(&s, 2, &d))
		return false;
	s += 5;
	if (!digits(&s, 4, &y) || *s++ != ' ' || !digits(&s, 2, &h) || *s++ != ':' || !digits(&s, 2, &mi) || *s++ != ':' || !digits(&s, 2, &sec))
		return false;
	if (d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60)
		return false;
	*ms_out = ((days_from_civil(y, (int)(month - names) / 3 + 1, d) * 24 + h) * 60 + mi) * 60000 + sec * 1000;
	return true;
}

void
drift__time_format(int64_t ms, char *buf)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, 32, "(no time)");
}
