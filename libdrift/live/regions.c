/* The regions that were asked for, before anything is asked there: a mistyped one would fail once a type. */
#include "catalogue/embed.h"
#include "live/engine.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 2 };

struct known {
	const struct drift_value *regions, *compass;
};

static bool
is_known(const struct known *k, const char *region)
{
	size_t i;

	for (i = 0; i < drift_value_size(k->regions); i++)
		if (drift__streq(drift__value_str(drift_value_at(k->regions, i)), region))
			return true;
	return false;
}

static const char *
nearest(const struct known *k, const char *region)
{
	const char *found = NULL;
	int best = NEAR + 1;
	size_t i;

	for (i = 0; i < drift_value_size(k->regions); i++) {
		const char *one = drift__value_str(drift_value_at(k->regions, i));
		int d = one != NULL ? drift__edit_distance(one, region) : best;

		if (d < best) {
			best = d;
			found = one;
		}
	}
	return found;
}

/* "northeast" is made of points of the compass. */
static bool
is_direction(const struct known *k, const char *word, size_t n)
{
	size_t i, used = 0;

	while (used < n) {
		for (i = 0; i < drift_value_size(k->compass); i++) {
			const char *point = drift__value_str(drift_value_at(k->compass, i));

			if (point != NULL && strlen(point) <= n - used && strncmp(word + used, point, strlen(point)) == 0)
				break;
		}
		if (i == drift_value_size(k->compass))
			return false;
		used += strlen(drift__value_str(drift_value_at(k->compass, i)));
	}
	return n > 0;
}

/* Made as the names of regions are, so that it may be a new one: mx-west-2, but not us-esat-1. */
static bool
may_be_new(const struct known *k, const char *region)
{
	size_t first = strcspn(region, "-"), end = strlen(region), start;

	while (end > 0 && region[end - 1] != '-')
		end--;
	for (start = end > 0 ? --end : 0; start > 0 && region[start - 1] != '-'; start--)
		;
	return first == 2 && is_direction(k, region + start, end - start);
}

static enum drift_status
check_one(const struct drift__engine *e, const struct known *k, const char *region, struct drift_error *err)
{
	const char *meant;

	if (!drift__aws_is_region(region)) {
		drift__fail(err, DRIFT_USAGE, region, "this is not the name of an AWS region");
		return drift__hint(err, "regions are named like eu-west-1");
	}
	if (strcmp(drift__aws_partition(region), e->partition) != 0) {
		drift__fail(err, DRIFT_USAGE, region, "the region is in partition %s, the credentials are for %s", drift__aws_partition(region), e->partition);
		return drift__hint(err, "scan each partition with credentials of its own");
	}
	if (k->regions == NULL || is_known(k, region))
		return DRIFT_OK;
	meant = nearest(k, region);
	if (!may_be_new(k, region)) {
		drift__fail(err, DRIFT_USAGE, region, "there is no such AWS region");
		return meant != NULL ? drift__hint(err, "did you mean %s?", meant) : drift__hint(err, "regions are named like eu-west-1");
	}
	drift__engine_say(e, 0, "%s is no region that is known here%s%s%s; it is asked all the same", region, meant != NULL ? " (did you mean " : "",
		meant != NULL ? meant : "", meant != NULL ? "?)" : "");
	return DRIFT_OK;
}

enum drift_status
drift__engine_check_regions(const struct drift__engine *e, struct drift_error *err)
{
	const struct drift__entry *table = drift__catalogue_entry(e->catalogue, DRIFT__TABLE, "regions", NULL);
	const struct known k = {table != NULL ? drift_value_get(table->value, "regions") : NULL, table != NULL ? drift_value_get(table->value, "compass") : NULL};
	const char *const *r = e->options->regions;
	enum drift_status st = DRIFT_OK;

	if (r == NULL || *r == NULL)
		return check_one(e, &k, e->home_region, err);
	for (; *r != NULL && st == DRIFT_OK; r++)
		st = check_one(e, &k, *r, err);
	return st;
}
