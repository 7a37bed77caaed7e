/* ARNs: the first line is a template of the reference, the second an ARN. Matched, filled, taken apart, compared. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "diff/kind.h"
#include "jmespath/jmespath.h"
#include "policy/arn.h"

static const char *
as_named(void *ctx, const char *variable)
{
	(void)ctx;
	return variable;
}

static void
fill(struct drift__arena *a, const char *template)
{
	const struct drift__where where = {"aws", "eu-west-1", "123456789012"}, nowhere = {NULL, NULL, NULL};
	const char **names = drift__arn_attribute_names(a, template);

	drift__arn_fill(a, template, &where, as_named, NULL);
	drift__arn_fill(a, template, &nowhere, NULL, NULL);
	for (size_t i = 0; names && names[i]; i++)
		if (i > 8)
			abort();
}

static void
take_apart(struct drift__arena *a, const struct drift_value *arn)
{
	static struct drift__jmes *parts; /* compiled once */
	const struct drift_value *found = NULL;

	if (!parts && drift__jmes_compile("arn(@)", "fuzz", &parts, NULL) != DRIFT_OK)
		abort();
	if (drift__jmes_search(parts, arn, a, &found, NULL) == DRIFT_OK && drift_value_kind(found) == DRIFT_MAP && drift_value_size(found) != 5)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *eol = size ? memchr(data, '\n', size) : NULL;
	struct drift__kind_context ctx = {.arena = NULL};
	const struct drift_value *state, *live;
	const char *template, *arn;
	struct drift__arena a;
	bool equal = false;

	if (!eol)
		return 0;
	drift__arena_init(&a, 64u << 20);
	ctx.arena = &a;
	template = drift__arena_strndup(&a, (const char *)data, (size_t)(eol - data));
	arn = drift__arena_strndup(&a, (const char *)eol + 1, size - (size_t)(eol - data) - 1);
	if (!template || !arn)
		abort();
	(void)drift__arn_fits(template, arn);
	fill(&a, template);
	state = drift__value_string(&a, template);
	live = drift__value_string(&a, arn);
	take_apart(&a, live);
	for (enum drift__kind k = DRIFT__KIND_arn; k <= DRIFT__KIND_ref; k++) {
		if (drift__kind_equal(k, &ctx, live, live, &equal, NULL) == DRIFT_OK && !equal)
			abort();
		(void)drift__kind_equal(k, &ctx, state, live, &equal, NULL);
	}
	(void)drift__kind_equal(DRIFT__KIND_principal, &ctx, state, live, &equal, NULL);
	drift__arena_dispose(&a);
	return 0;
}
