/* Addresses: what parses prints to one text, which parses to the same parts; any key prints to what parses to it. Providers: no crash. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "state/tfstate.h"

static bool
same_parts(const struct drift__address *a, const struct drift__address *b)
{
	return drift__streq(a->module, b->module) && strcmp(a->type, b->type) == 0 && strcmp(a->name, b->name) == 0 && a->data == b->data &&
		drift__value_compare(a->key, b->key) == 0;
}

static void
check_address(const char *text, struct drift__arena *a)
{
	struct drift__address parts, again;
	struct drift_error err = DRIFT_ERROR_INIT;
	const char *printed;

	if (drift__address_parse(text, a, &parts, &err) != DRIFT_OK) {
		if (err.where[0] == '\0' || err.what[0] == '\0')
			abort();
		return;
	}
	printed = drift__address_text(&parts, a);
	if (printed == NULL || drift__address_parse(printed, a, &again, NULL) != DRIFT_OK || !same_parts(&parts, &again) ||
		strcmp(drift__address_text(&again, a), printed) != 0)
		abort();
}

/* The bytes as a key; what is no UTF-8 is shown as U+FFFD and is another key then. */
static void
check_key(const char *bytes, size_t n, struct drift__arena *a)
{
	const struct drift_value *key = drift__value_stringn(a, bytes, n);
	struct drift__address parts = {NULL, "t", "n", key, false}, again;
	const char *printed = drift__address_text(&parts, a);
	bool valid = true;
	size_t i, len;

	for (i = 0; i < n && valid; i += len) {
		len = drift__utf8_valid((const unsigned char *)bytes + i, n - i);
		valid = len > 0;
	}
	if (printed == NULL || drift__address_parse(printed, a, &again, NULL) != DRIFT_OK || (valid && drift__value_compare(key, again.key) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drift__provider provider;
	struct drift__arena a;
	const char *module;
	char *text;

	if (size > 100000)
		return 0;
	drift__arena_init(&a, 0);
	text = drift__arena_strndup(&a, (const char *)data, size);
	if (text != NULL) {
		check_address(text, &a);
		check_key((const char *)data, size, &a);
		if (drift__module_parse(text, &a, &module, NULL) == DRIFT_OK && module == NULL)
			abort();
		if (drift__provider_parse(text, &a, &provider) && (provider.type == NULL || provider.source == NULL))
			abort();
		drift__provider_parse_old(text, "aws_x", &a, &provider);
	}
	drift__arena_dispose(&a);
	return 0;
}
