/* JSON: what parses, prints to text that parses to an equal value; nothing else crashes. */
#include "fuzz.h"

#include <stdlib.h>

#include "model/value.h"

static const struct drift_value *
parse(struct drift__arena *a, const char *text, size_t n, bool lenient)
{
	struct drift__json_options opt = {.name = "fuzz", .lenient_utf8 = lenient};
	const struct drift_value *v = NULL;
	struct drift_error err = {0};

	return drift__json_parse(a, text, n, &opt, &v, &err) == DRIFT_OK ? v : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int lenient = 0; lenient < 2; lenient++) {
		struct drift__arena a;
		struct drift__buf out;
		const struct drift_value *v, *again;

		drift__arena_init(&a, 256u << 20);
		drift__buf_init(&out, 256u << 20);
		v = parse(&a, (const char *)data, size, lenient);
		if (v) {
			drift__json_write(&out, v, 2, lenient);
			if (out.status == DRIFT_OK) {
				again = parse(&a, out.data, out.len, false);
				if (!again || !drift_value_equal(v, again))
					abort();
			}
		}
		drift__buf_dispose(&out);
		drift__arena_dispose(&a);
	}
	return 0;
}
