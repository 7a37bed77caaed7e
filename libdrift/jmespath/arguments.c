/* Whether an argument fits what its function takes, and the sentence that says why not. */
#include "jmespath/make.h"

#include <string.h>

/* The kinds that a letter allows, as a set of bits, and what the whole is called. */
static const struct {
	char letter;
	unsigned kinds, elements; /* elements: of a list; 0 = any */
	const char *name;
} types[] = {
	{'a', 0x3F, 0, "a value"},
	{'n', 1u << DRIFT_NUMBER, 0, "a number"},
	{'s', 1u << DRIFT_STRING, 0, "a string"},
	{'z', 1u << DRIFT_STRING | 1u << DRIFT_NULL, 0, "a string or null"},
	{'l', 1u << DRIFT_LIST, 0, "an array"},
	{'y', 1u << DRIFT_LIST | 1u << DRIFT_NULL, 0, "an array or null"},
	{'m', 1u << DRIFT_MAP, 0, "an object"},
	{'e', 1u << DRIFT_MAP | 1u << DRIFT_NULL, 0, "an object or null"},
	{'c', 1u << DRIFT_LIST | 1u << DRIFT_STRING, 0, "an array or a string"},
	{'h', 1u << DRIFT_LIST | 1u << DRIFT_STRING | 1u << DRIFT_MAP, 0, "an array, an object or a string"},
	{'S', 1u << DRIFT_LIST, 1u << DRIFT_STRING, "an array of strings"},
	{'N', 1u << DRIFT_LIST, 1u << DRIFT_NUMBER, "an array of numbers"},
	{'O', 1u << DRIFT_LIST, 1u << DRIFT_NUMBER | 1u << DRIFT_STRING, "an array of numbers or of strings"},
	{'x', 0, 0, "an expression (&…)"},
};

static const char *const kind_names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};

static bool
refuse(struct drift__jmes_run *run, const struct drift__jmes_function *f, size_t i, const char *wanted, const char *got,
	const char *where)
{
	if (run == NULL)
		return false;
	drift__jmes_fail(run, "argument %zu of %s() must be %s, not %s%s", i + 1, f->name, wanted, where, got);
	if (strcmp(got, "null") == 0)
		drift__hint(run->err, "what is missing reads as null: give it a value with || or not_null()");
	return false;
}

static bool
elements_fit(struct drift__jmes_run *run, const struct drift__jmes_function *f, size_t i, size_t type,
	const struct drift_value *list)
{
	uint32_t k;

	for (k = 0; k < list->len; k++) {
		uint32_t kind = list->u.items[k].kind;

		if ((types[type].elements >> kind & 1) == 0)
			return refuse(run, f, i, types[type].name, kind_names[kind], "an array that holds ");
		if (kind != list->u.items[0].kind)
			return refuse(run, f, i, types[type].name, "both", "an array of ");
	}
	return true;
}

bool
drift__jmes_fits(struct drift__jmes_run *run, const struct drift__jmes_function *f, size_t i, const struct drift__jmes_argument *a)
{
	size_t n = strlen(f->types), type = 0;
	char letter = f->types[i < n ? i : n - 1];

	if (letter == 'a' && a->ref == NULL)
		return true;
	while (types[type].letter != letter)
		type++;
	if (a->ref != NULL || letter == 'x')
		return (a->ref != NULL && letter == 'x') ||
			refuse(run, f, i, types[type].name, a->ref != NULL ? "an expression (&…)" : kind_names[a->value->kind], "");
	if ((types[type].kinds >> a->value->kind & 1) == 0)
		return refuse(run, f, i, types[type].name, kind_names[a->value->kind], "");
	return types[type].elements == 0 || elements_fit(run, f, i, type, a->value);
}
