/* Texts that name other generated resources -> references to them. A reference goes only to what stands on a lower level, so no circle can
 * arise, and only to the root module of the same region. */
#include "imports/hcl_resource.h"
#include "imports/look.h"
#include "imports/quote.h"

#include <stdlib.h>
#include <string.h>

static int
by_type(const void *pa, const void *pb)
{
	const struct drift__import *const *a = pa, *const *b = pb;
	int c = strcmp((*a)->type, (*b)->type);

	return c != 0 ? c : strcmp((*a)->address, (*b)->address);
}

static bool
has_attribute(const struct drift_imports *im, const char *type, const char *name)
{
	return drift_value_get(drift__facts_get(&im->facts, type, "schema"), name) != NULL;
}

bool
drift__hcl_index_make(struct drift__arena *a, const struct drift_imports *im, struct drift__hcl_index *out)
{
	struct drift__hcl_index x = {drift__arena_zalloc(a, (im->n + 1) * sizeof(*x.items)), 0};

	if (x.items == NULL)
		return false;
	for (size_t i = 0; i < im->n; i++) {
		if (im->items[i].module == NULL)
			x.items[x.n++] = &im->items[i];
	}
	qsort(x.items, x.n, sizeof(*x.items), by_type);
	*out = x;
	return true;
}

static bool
stands_before(const struct drift__hcl_writer *w, const struct drift__import *to)
{
	return to->level < w->it->level &&
		(to->region == NULL || w->it->region == NULL || strcmp(to->region, w->it->region) == 0);
}

/* An attribute of a live resource as a text; id, arn and name also where they are no attributes. */
static const char *
text_of(const struct drift_resource *r, const char *attribute)
{
	const char *text = drift__value_str(drift__look_path(r->attributes, attribute));

	if (text != NULL)
		return text;
	return strcmp(attribute, "id") == 0 ? r->id : strcmp(attribute, "arn") == 0 ? r->arn : strcmp(attribute, "name") == 0 ? r->name : NULL;
}

static const char *
to_type(const struct drift__hcl_writer *w, const char *target, const char *text)
{
	size_t n = strcspn(target, "."), low = 0, high = w->index.n;
	const char *attribute = target[n] == '.' ? target + n + 1 : "id";

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strncmp(w->index.items[mid]->type, target, n) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < w->index.n && strncmp(w->index.items[low]->type, target, n) == 0; low++) {
		const struct drift__import *to = w->index.items[low];

		if (to->type[n] != '\0' || !stands_before(w, to))
			continue;
		if (has_attribute(w->im, to->type, attribute) && drift__streq(text_of(to->live, attribute), text))
			return drift__arena_printf(w->arena, "%s.%s", to->address, attribute);
		if (has_attribute(w->im, to->type, "arn") && drift__streq(to->live->arn, text))
			return drift__arena_printf(w->arena, "%s.arn", to->address);
	}
	return NULL;
}

const char *
drift__hcl_reference(const struct drift__hcl_writer *w, const struct drift_value *rule, const char *text)
{
	const char *found = NULL;

	if (rule == NULL || text[0] == '\0')
		return NULL;
	if (drift_value_kind(rule) != DRIFT_LIST)
		return to_type(w, drift__value_str(rule), text);
	for (size_t i = 0; i < drift_value_size(rule) && found == NULL; i++)
		found = to_type(w, drift__value_str(drift_value_at(rule, i)), text);
	return found;
}

/* The item with the longest ARN that text begins with, cut before a / or a :. */
const char *
drift__hcl_arn_reference(const struct drift__hcl_writer *w, const char *text)
{
	const struct drift__import *best = NULL;
	size_t best_n = 0;

	if (!drift__starts(text, "arn:"))
		return NULL;
	for (size_t i = 0; i < w->index.n; i++) {
		const struct drift__import *to = w->index.items[i];
		size_t n = to->live->arn != NULL && has_attribute(w->im, to->type, "arn") ? strlen(to->live->arn) : 0;

		if (n > best_n && strncmp(to->live->arn, text, n) == 0 && (text[n] == '\0' || text[n] == '/' || text[n] == ':') && stands_before(w, to)) {
			best = to;
			best_n = n;
		}
	}
	if (best == NULL)
		return NULL;
	if (text[best_n] == '\0')
		return drift__arena_printf(w->arena, "%s.arn", best->address);

	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	const char *out;

	drift__quote_hcl(&b, text + best_n, strlen(text + best_n));
	out = b.data != NULL && b.status == DRIFT_OK ? drift__arena_printf(w->arena, "\"${%s.arn}%s", best->address, b.data + 1) : NULL;
	drift__buf_dispose(&b);
	return out;
}
