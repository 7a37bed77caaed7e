/* State text of any version: it is read or refused with a place and words fit for a terminal; what is read has addresses that parse back. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "state/tfstate.h"

static void
check_harmless(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	for (; *p != '\0'; p += n) {
		n = drift__utf8_valid(p, strlen((const char *)p));
		if (n == 0 || !drift__is_printable(drift__utf8_decode((const char *)p, n)))
			abort();
	}
}

static void
check_resource(const struct drift_resource *r, struct drift__arena *a)
{
	struct drift__address parts;
	const char *again;

	check_harmless(r->address);
	/* an index below 0 is read as Terraform reads it, with a warning, and is no address */
	if (strstr(r->address, "[-") != NULL)
		return;
	if (drift__address_parse(r->address, a, &parts, NULL) != DRIFT_OK)
		abort();
	again = drift__address_text(&parts, a);
	if (again == NULL || strcmp(again, r->address) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drift_snapshot *snap = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift__tfstate_info info;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__arena a;
	size_t i;

	if (snap == NULL)
		return 0;
	drift__arena_init(&a, 0);
	if (drift__tfstate_read((const char *)data, size, "fuzz", 0, snap, &info, &err) == DRIFT_OK) {
		if (drift__snapshot_seal(snap, NULL) != DRIFT_OK || info.providers == NULL)
			abort();
		for (i = 0; i < snap->n_resources; i++)
			check_resource(&snap->resources[i], &a);
		for (i = 0; i < info.warnings.len; i++)
			check_harmless(info.warnings.items[i].u.text);
		drift__list_dispose(&info.warnings);
	} else if (err.where[0] == '\0' || err.what[0] == '\0') {
		abort();
	}
	check_harmless(err.where);
	check_harmless(err.what);
	check_harmless(err.hint);
	drift__arena_dispose(&a);
	drift_snapshot_free(snap);
	return 0;
}
