/* A short list: a run uses a handful of identities. */
#include "aws/keyring.h"

#include <string.h>

struct entry {
	struct entry *next;
	char *name;
	struct drift__credentials keys;
};

struct drift_keyring {
	struct entry *first;
};

enum drift_status
drift_keyring_new(struct drift_keyring **out, struct drift_error *err)
{
	struct drift_keyring *k = drift__calloc(1, sizeof *k);

	if (k == NULL)
		return drift__nomem(err);
	*out = k;
	return DRIFT_OK;
}

void
drift_keyring_free(struct drift_keyring *k)
{
	if (k == NULL)
		return;
	while (k->first != NULL)
		drift__keyring_forget(k, k->first->name);
	drift__free(k);
}

static struct entry **
find(struct drift_keyring *k, const char *name)
{
	struct entry **at = &k->first;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static enum drift_status
copy(const struct drift__credentials *from, struct drift__credentials *to, struct drift_error *err)
{
	return drift__credentials_set(to, from->access_key, from->secret_key, from->token, from->expires_ms, from->source, err);
}

enum drift_status
drift__keyring_get(const struct drift_keyring *k, const char *name, int64_t until_ms, struct drift__credentials *out, struct drift_error *err)
{
	const struct entry *e = k != NULL ? k->first : NULL;

	while (e != NULL && strcmp(e->name, name) != 0)
		e = e->next;
	if (e == NULL || (e->keys.expires_ms != 0 && e->keys.expires_ms <= until_ms))
		return DRIFT_OK;
	return copy(&e->keys, out, err);
}

void
drift__keyring_put(struct drift_keyring *k, const char *name, const struct drift__credentials *keys)
{
	struct entry *e;

	if (k == NULL)
		return;
	drift__keyring_forget(k, name);
	e = drift__calloc(1, sizeof *e);
	if (e != NULL)
		e->name = drift__strdup(name);
	if (e == NULL || e->name == NULL || copy(keys, &e->keys, NULL) != DRIFT_OK) {
		if (e != NULL)
			drift__free(e->name);
		drift__free(e);
		return;
	}
	e->next = k->first;
	k->first = e;
}

void
drift__keyring_forget(struct drift_keyring *k, const char *name)
{
	struct entry **at = k != NULL ? find(k, name) : NULL, *e;

	if (at == NULL || *at == NULL)
		return;
	e = *at;
	*at = e->next;
	drift__credentials_dispose(&e->keys);
	drift__free(e->name);
	drift__free(e);
}
