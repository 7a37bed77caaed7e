/* State -> a sorted table of (type, identity), so that each live resource is looked up by each of its identities. */
#include "imports/claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
order(const void *pa, const void *pb)
{
	const struct drift__claim *a = pa, *b = pb;
	int c = a->type == b->type ? 0 : strcmp(a->type, b->type);

	if (c == 0)
		c = strcmp(a->key, b->key);
	return c != 0 ? c : strcmp(a->address, b->address);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t
add_keys(struct drift__claim *list, size_t n, const struct drift_resource *r)
{
	const char *const own[] = {r->id, r->arn, r->import_id};
	struct drift__claim c = {r->type, NULL, r->region, r->address, r};
	size_t added = 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		c.key = own[i];
		if (c.key == NULL || c.key[0] == '\0' || (i > 0 && drift__streq(c.key, r->id)))
			continue;
		if (list != NULL)
			list[n + added] = c;
		added++;
	}
	for (const char *const *k = r->keys; k != NULL && *k != NULL; k++) {
		c.key = *k;
		if (list != NULL)
			list[n + added] = c;
		added++;
	}
	return added;
}

enum drift_status
drift__claims_make(const struct drift_snapshot *state, struct drift__claims *out, struct drift_error *err)
{
	struct drift__claims c = {NULL, NULL, 0, 0};
	size_t total = 0;

	for (int pass = 0; pass < 2 && state != NULL; pass++) {
		for (size_t i = 0; i < state->n_resources; i++) {
			const struct drift_resource *r = &state->resources[i];

			if ((r->flags & (DRIFT__DATA | DRIFT__DEPOSED | DRIFT__FOREIGN)) != 0 || r->address == NULL)
				continue;
			if (pass == 0) {
				total += add_keys(NULL, 0, r);
			} else {
				c.n += add_keys(c.list, c.n, r);
				c.addresses[c.n_addresses++] = r->address;
			}
		}
		if (pass == 0) {
			c.list = drift__calloc(total + 1, sizeof(*c.list));
			c.addresses = drift__calloc(state->n_resources + 1, sizeof(*c.addresses));
			if (c.list == NULL || c.addresses == NULL) {
				drift__claims_dispose(&c);
				return drift__nomem(err);
			}
		}
	}
	if (c.n > 1)
		qsort(c.list, c.n, sizeof(*c.list), order);
	if (c.n_addresses > 1)
		qsort(c.addresses, c.n_addresses, sizeof(*c.addresses), by_text);
	*out = c;
	return DRIFT_OK;
}

void
drift__claims_dispose(struct drift__claims *c)
{
	drift__free(c->list);
	drift__free(c->addresses);
	c->list = NULL;
	c->addresses = NULL;
	c->n = c->n_addresses = 0;
}

static const struct drift_resource *
find_key(const struct drift__claims *c, const struct drift_resource *live, const char *key)
{
	struct drift__claim want = {live->type, key, NULL, "", NULL};
	size_t low = 0, high = c->n;

	if (key == NULL)
		return NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order(&c->list[mid], &want) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < c->n && strcmp(c->list[low].type, live->type) == 0 && strcmp(c->list[low].key, key) == 0; low++) {
		const char *region = c->list[low].region;

		/* the same name may live in two regions */
		if (region == NULL || live->region == NULL || strcmp(region, live->region) == 0)
			return c->list[low].resource;
	}
	return NULL;
}

const struct drift_resource *
drift__claims_resource(const struct drift__claims *c, const struct drift_resource *live)
{
	const struct drift_resource *found = find_key(c, live, live->arn);

	if (found == NULL)
		found = find_key(c, live, live->id);
	for (const char *const *k = live->keys; found == NULL && k != NULL && *k != NULL; k++)
		found = find_key(c, live, *k);
	return found;
}

const char *
drift__claims_find(const struct drift__claims *c, const struct drift_resource *live)
{
	const struct drift_resource *found = drift__claims_resource(c, live);

	return found != NULL ? found->address : NULL;
}

/* The first address that does not stand before a text. */
static size_t
first_address(const struct drift__claims *c, const char *text)
{
	size_t low = 0, high = c->n_addresses;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(c->addresses[mid], text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
drift__claims_holds(const struct drift__claims *c, const char *address)
{
	size_t i = first_address(c, address);

	return i < c->n_addresses && strcmp(c->addresses[i], address) == 0;
}

bool
drift__claims_address(const struct drift__claims *c, const char *type, const char *name)
{
	char wanted[512];
	size_t i;

	snprintf(wanted, sizeof(wanted), "%s.%s", type, name);
	if (drift__claims_holds(c, wanted))
		return true;
	snprintf(wanted, sizeof(wanted), "%s.%s[", type, name);
	i = first_address(c, wanted);
	return i < c->n_addresses && drift__starts(c->addresses[i], wanted);
}
