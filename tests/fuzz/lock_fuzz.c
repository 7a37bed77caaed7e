/* What a lock says, and what `terraform init` wrote: any bytes give a description or a refusal, fit for a terminal; the first two bytes
 * choose the moment and the kind. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "state/cloud.h"
#include "state/lock.h"

static void
check_harmless(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	for (; *p != '\0'; p += n) {
		n = *p == '\n' ? 1 : drift__utf8_valid(p, strlen((const char *)p));
		if (n == 0 || (*p != '\n' && !drift__is_printable(drift__utf8_decode((const char *)p, n))))
			abort();
	}
}

static void
check_lock(const uint8_t *data, size_t size, struct drift__arena *a)
{
	static const char *const kinds[] = {"dynamodb", "s3", "local"};
	static const int64_t moments[] = {0, 1, 1700000000000, 1700000000000 + 86400000, 4000000000000, INT64_MAX / 4};
	struct drift__lock_sight s = {.kind = kinds[data[0] % 3], .place = "place", .workspace = (data[0] & 8) != 0 ? "it's" : NULL,
		.now_ms = moments[data[1] % 6], .made_ms = (data[0] & 16) != 0 ? 1700000000000 : 0, .state_modified_ms = moments[data[1] / 6 % 6],
		.pid = (long)(data[0] / 32 % 3) - 1};
	const struct drift_value *lock = drift__lock_describe(&s, (const char *)data + 2, size - 2, a);
	struct drift_document doc;
	struct drift__list_builder locks;
	struct drift__map_builder m;
	char *text = NULL;

	if (lock == NULL || drift__value_gets(lock, "verdict") == NULL)
		abort();
	if (drift__value_gets(lock, "malformed") == NULL && drift_value_size(drift_value_get(lock, "evidence")) == 0)
		abort();
	drift__list_init(&locks, a);
	drift__list_add(&locks, lock);
	drift__map_init(&m, a);
	drift__map_puts(&m, "source", "s3://b/k");
	drift__map_put(&m, "locks", drift__list_finish(&locks));
	memset(&doc, 0, sizeof doc);
	doc.root = drift__map_finish(&m);
	if (drift__lock_mark(doc.root, a) == NULL || drift_lock_text(&doc, &text, NULL) != DRIFT_OK)
		abort();
	check_harmless(text);
	drift_text_free(text);
}

static void
check_backend(const char *text, size_t n, struct drift__arena *a)
{
	struct drift__source src;
	struct drift_error err = DRIFT_ERROR_INIT;

	if (drift__backend_read(text, n, ".terraform/terraform.tfstate", "dev", a, &src, &err) == DRIFT_OK) {
		if (src.text == NULL || (src.kind == DRIFT__SOURCE_S3 && (src.bucket == NULL || src.key == NULL)) ||
			(src.kind == DRIFT__SOURCE_CLOUD && (src.organization == NULL || src.workspace == NULL)))
			abort();
	} else if (err.what[0] == '\0') {
		abort();
	}
	check_harmless(err.where);
	check_harmless(err.what);
	check_harmless(err.hint);
	drift__cloud_token_in(text, n, "app.terraform.io", a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drift__arena a;

	if (size < 2)
		return 0;
	drift__arena_init(&a, 0);
	check_lock(data, size, &a);
	check_backend((const char *)data + 2, size - 2, &a);
	drift__arena_dispose(&a);
	return 0;
}
