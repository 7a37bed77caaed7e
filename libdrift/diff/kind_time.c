/* Kinds of time: duration and timestamp; both become milliseconds. */
#include "diff/kind.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds of one unit; 0 for a text that is none. *n is how many bytes the unit has. */
static double
unit_ms(const char *s, size_t *n)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {{"milliseconds", 1}, {"seconds", 1e3}, {"second", 1e3}, {"minutes", 6e4}, {"minute", 6e4}, {"hours", 36e5},
		{"hour", 36e5}, {"days", 864e5}, {"day", 864e5}, {"weeks", 6048e5}, {"week", 6048e5}, {"ms", 1}, {"us", 1e-3},
		{"s", 1e3}, {"m", 6e4}, {"h", 36e5}, {"d", 864e5}, {"w", 6048e5}};
	size_t i, k;

	for (i = 0; i < sizeof units / sizeof units[0]; i++) {
		*n = strlen(units[i].name);
		for (k = 0; k < *n && tolower((unsigned char)s[k]) == units[i].name[k]; k++)
			;
		if (k == *n && (!isalpha((unsigned char)s[k]) || s[k] == 'T'))
			return units[i].ms;
	}
	return 0;
}

/* "90", "1h30m", "60 minutes", "PT1H", "P1DT12H", "rate"-less texts of a number and a unit; false for anything else. */
static bool
span_ms(const char *s, double *out)
{
	double sum = 0;
	char *end;
	size_t n;

	if (*s == 'P')
		s++;
	if (*s == '\0')
		return false;
	while (*s != '\0') {
		double number, ms;

		while (*s == ' ' || *s == 'T')
			s++;
		if (!isdigit((unsigned char)*s) && *s != '.')
			return false;
		number = strtod(s, &end);
		while (*end == ' ')
			end++;
		if (*end == '\0') {
			*out = sum + number * 1e3;
			return sum == 0;
		}
		ms = unit_ms(end, &n);
		if (ms == 0)
			return false;
		sum += number * ms;
		s = end + n;
	}
	*out = sum;
	return true;
}

const struct drift_value *
drift__normal_duration(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__scalar_text(ctx->arena, v);
	double ms;

	(void)side;
	return text != NULL && span_ms(text, &ms) ? drift__value_double(ctx->arena, ms) : v;
}

/* A live time may be a number of seconds, as some of the protocols have it; where the schema has a text, a text of that number. */
const struct drift_value *
drift__normal_timestamp(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side)
{
	const char *text = drift__value_str(v);
	double seconds;
	int64_t ms;
	char *end;

	if (v->kind == DRIFT_NUMBER && drift__value_to_double(v, &seconds))
		return drift__value_double(ctx->arena, seconds * 1e3);
	if (side == DRIFT_SIDE_LIVE && text != NULL && *text != '\0') {
		seconds = strtod(text, &end);
		if (*end == '\0')
			return drift__value_double(ctx->arena, seconds * 1e3);
	}
	if (text != NULL && drift__time_parse(text, &ms))
		return drift__value_int(ctx->arena, ms);
	return v;
}
