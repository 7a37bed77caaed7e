/* Live names -> readable, valid, unique and stable resource names. */
#include "imports/name.h"

#include <stdlib.h>
#include <string.h>

/* The live name; that and the region; the import id; the live name and a hash. */
enum { NAME_MAX_BYTES = 64, ROUNDS = 4 };

/* Latin-1 letters U+00C0..U+00FF as people would type them without the accent. */
static const char *const latin1[64] = {
	"a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th", "ss",
	"a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th", "y",
};

static bool
plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char *
drift__name_sanitise(struct drift__arena *a, const char *s)
{
	char out[NAME_MAX_BYTES + 8];
	size_t n = 0;
	bool gap = false;

	for (; *s != '\0' && n < NAME_MAX_BYTES; s++) {
		unsigned char c = (unsigned char)*s;
		char one[2] = {0};
		const char *add = "";

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		if (plain(c)) {
			one[0] = (char)c;
			add = one;
		} else if (c == 0xc3 && ((unsigned char)s[1] & 0xc0) == 0x80) {
			add = latin1[(unsigned char)*++s & 0x3f];
		}
		if (add[0] == '\0') {
			gap = true;
			continue;
		}
		if (n == 0 && add[0] >= '0' && add[0] <= '9')
			out[n++] = '_';
		else if (gap && n > 0)
			out[n++] = '_';
		gap = false;
		for (; *add != '\0'; add++)
			out[n++] = *add;
	}
	return drift__arena_strndup(a, out, n);
}

struct slot {
	struct drift__naming *of;
	const char *candidate;
};

static int
by_type_and_candidate(const void *pa, const void *pb)
{
	const struct slot *a = pa, *b = pb;
	int c = strcmp(a->of->type, b->of->type);

	return c != 0 ? c : strcmp(a->candidate, b->candidate);
}

static char *
hashed(struct drift__arena *a, const char *base, const struct drift__naming *it)
{
	unsigned char digest[32];
	char hex[65];
	char *seed = drift__arena_printf(a, "%s\n%s\n%s", it->type, it->region != NULL ? it->region : "", it->import_id);

	if (seed == NULL)
		return NULL;
	drift__sha256(seed, strlen(seed), digest);
	drift__hex(digest, sizeof(digest), hex);
	return drift__arena_printf(a, "%.*s_%.8s", NAME_MAX_BYTES, base, hex);
}

/* What an ARN names, after partition, service, region and account. */
static const char *
without_arn(const char *s)
{
	const char *at = s;

	if (!drift__starts(s, "arn:"))
		return s;
	for (int i = 0; i < 5 && at != NULL; i++) {
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL && *at != '\0' ? at : s;
}

static const char *
candidate(struct drift__arena *a, const struct drift__naming *it, int round)
{
	const char *first = it->live_name != NULL && it->live_name[0] != '\0' ? it->live_name : it->import_id;
	bool by_region = round == 1 && it->region != NULL && it->region[0] != '\0';
	char *name = drift__name_sanitise(a, by_region || round != 2 ? without_arn(first) : it->import_id);

	if (name != NULL && name[0] == '\0')
		name = drift__arena_strdup(a, "unnamed");
	if (name != NULL && name[0] == '_') { /* _443 of an aws_lb_listener reads better as listener_443 */
		const char *word = strrchr(it->type, '_');

		name = drift__arena_printf(a, "%s%s", word != NULL ? word + 1 : it->type, name);
	}
	if (name != NULL && by_region)
		name = drift__arena_printf(a, "%s_%s", name, drift__name_sanitise(a, it->region));
	if (name == NULL || round < ROUNDS - 1)
		return name;
	return hashed(a, name, it);
}

struct naming {
	struct slot *left, *named; /* named: sorted, but for those of this round */
	size_t n_left, n_named;
	bool (*taken)(void *ctx, const char *type, const char *name);
	void *ctx;
};

static bool
is_free(const struct naming *w, const struct slot *slot, size_t n_sorted)
{
	return bsearch(slot, w->named, n_sorted, sizeof(*slot), by_type_and_candidate) == NULL &&
		!(w->taken != NULL && w->taken(w->ctx, slot->of->type, slot->candidate));
}

/* Gives names to those whose candidate nobody else has; the others stay for the next round. */
static void
settle(struct naming *w, bool last)
{
	size_t n = w->n_left, n_sorted = w->n_named;

	qsort(w->left, n, sizeof(*w->left), by_type_and_candidate);
	w->n_left = 0;
	for (size_t i = 0, end; i < n; i = end) {
		bool settled;

		for (end = i + 1; end < n && by_type_and_candidate(&w->left[i], &w->left[end]) == 0;)
			end++;
		settled = last || (end - i == 1 && is_free(w, &w->left[i], n_sorted));
		for (size_t k = i; k < end; k++) {
			if (settled) {
				w->left[k].of->name = w->left[k].candidate;
				w->named[w->n_named++] = w->left[k];
			} else {
				w->left[w->n_left++] = w->left[k];
			}
		}
	}
	qsort(w->named, w->n_named, sizeof(*w->named), by_type_and_candidate);
}

enum drift_status
drift__names_make(struct drift__arena *a, struct drift__naming *list, size_t n,
	bool (*taken)(void *ctx, const char *type, const char *name), void *ctx, struct drift_error *err)
{
	struct naming w = {.n_left = n, .taken = taken, .ctx = ctx};
	bool enough = true;

	if (n == 0)
		return DRIFT_OK;
	w.left = drift__calloc(n, sizeof(*w.left));
	w.named = drift__calloc(n, sizeof(*w.named));
	for (size_t i = 0; w.left != NULL && i < n; i++)
		w.left[i].of = &list[i];
	enough = w.left != NULL && w.named != NULL;
	for (int round = 0; round < ROUNDS && w.n_left > 0 && enough; round++) {
		for (size_t i = 0; i < w.n_left && enough; i++) {
			w.left[i].candidate = candidate(a, w.left[i].of, round);
			enough = w.left[i].candidate != NULL;
		}
		if (enough)
			settle(&w, round == ROUNDS - 1);
	}
	drift__free(w.left);
	drift__free(w.named);
	return enough ? DRIFT_OK : drift__nomem(err);
}
