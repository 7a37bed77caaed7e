/* INI as in ~/.aws/config and .driftscan: anything parses or is refused; keys and values stay inside the text. */
#include "fuzz.h"

#include <stdlib.h>

#include "base/ini.h"

static void
walk(const struct drift__ini_entry *e, unsigned *left)
{
	for (; e && *left; e = e->next, --*left) {
		if (!e->key || !e->value || !e->line)
			abort();
		walk(e->nested, left);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned bits = 0; bits < 8; bits++) {
		struct drift__ini_options opt = {.name = "fuzz", .lower_keys = bits & 1, .unique = bits & 2, .inline_comments = bits & 4};
		struct drift__ini ini = {0};
		struct drift_error err = DRIFT_ERROR_INIT;
		struct drift__arena a;
		unsigned left = 1000000;

		drift__arena_init(&a, 64u << 20);
		if (drift__ini_parse(&a, (const char *)data, size, &opt, &ini, &err) == DRIFT_OK)
			for (const struct drift__ini_section *s = ini.sections; s; s = s->next) {
				if (!s->name || drift__ini_section(&ini, s->name) == NULL)
					abort();
				walk(s->entries, &left);
			}
		else if (!err.where[0])
			abort();
		drift__arena_dispose(&a);
	}
	return 0;
}
