/* XML replies: anything parses or is refused, within the limits. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "aws/xml.h"

static void
walk(const struct drift__xml *x, unsigned depth)
{
	for (; x; x = x->next) {
		if (!x->name || !x->text || depth > 100 || memchr(x->text, 0, x->n_text + 1) == NULL)
			abort();
		walk(x->child, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drift__arena a;
	struct drift__xml *root = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	enum drift_status st;

	drift__arena_init(&a, 16u << 20);
	st = drift__xml_parse(&a, data, size, "fuzz", &root, &err);
	if (st == DRIFT_OK)
		walk(root, 1);
	else if (root || err.status != st)
		abort();
	drift__arena_dispose(&a);
	return 0;
}
