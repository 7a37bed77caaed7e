/* JMESPath: the first line is an expression, the rest the document. Either is refused or gives a value that prints. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "jmespath/make.h"

static void
search(const struct drift__jmes *e, const char *text, size_t n)
{
	struct drift__json_options opt = {.name = "fuzz"};
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__arena a;
	const struct drift_value *v = NULL, *found = NULL;

	drift__arena_init(&a, 64u << 20);
	if (drift__json_parse(&a, text, n, &opt, &v, &err) != DRIFT_OK)
		goto done;
	if (drift__jmes_search(e, v, &a, &found, &err) != DRIFT_OK) {
		if (found || !err.what[0])
			abort();
		goto done;
	}
	/* what is larger than its memory is not printed: see compare.c */
	if (drift__jmes_measure(found, 1 << 20) <= 1 << 20) {
		struct drift__buf out;

		drift__buf_init(&out, 64u << 20);
		drift__json_write(&out, found, 0, false);
		drift__buf_dispose(&out);
	}
done:
	drift__arena_dispose(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *eol = size ? memchr(text, '\n', size) : NULL;
	size_t n = eol ? (size_t)(eol - text) : size;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__jmes *e = NULL;
	char *expression = malloc(n + 1);

	if (!expression)
		return 0;
	if (n)
		memcpy(expression, text, n);
	expression[n] = 0;
	if (drift__jmes_compile(expression, "fuzz", &e, &err) == DRIFT_OK)
		search(e, eol ? eol + 1 : "null", eol ? size - n - 1 : 4);
	else if (e || !err.where[0])
		abort();
	drift__jmes_free(e);
	free(expression);
	return 0;
}
