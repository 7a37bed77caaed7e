/* State text of any kind → its reader, by what it says of itself. */
#include "model/alike.h"
#include "state/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INFLATION = 200, MEMORY_FACTOR = 12 };

static void
take_error(struct drift__state_reader *r, const struct drift_error *e)
{
	drift__reader_bad(r, e->status, "", "%s", e->what);
	if (r->err != NULL) {
		/* what to do about a thing that is no state is said by who saw it */
		if (e->hint[0] != '\0')
			snprintf(r->err->hint, sizeof r->err->hint, "%s", e->hint);
		snprintf(r->err->request_id, sizeof r->err->request_id, "%s", e->request_id);
	}
}

/* v1.2.3, 1.2, 1.2.3-rc1+meta: what hashicorp/go-version reads. */
static bool
is_version(const char *s)
{
	size_t n;

	s += *s == 'v';
	do {
		n = strspn(s, "0123456789");
		s += n;
	} while (n > 0 && *s == '.' && s++ != NULL);
	if (n == 0)
		return false;
	if (*s == '-')
		s += 1 + strspn(s + 1, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-~.");
	if (*s == '+')
		s += 1 + strspn(s + 1, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-~.");
	return *s == '\0';
}

static void
read_versioned(struct drift__state_reader *r, const struct drift_value *root, const struct drift_value *version)
{
	struct drift__tfstate_info *info = r->info;
	int64_t n;

	if (version->kind != DRIFT_NUMBER || strspn(version->u.text, "0123456789") != version->len || version->len > 18 || version->u.text[0] == '0') {
		drift__reader_bad(r, DRIFT_BAD_VERSION, "version", "must be a whole number from 1 to 4");
		drift__hint(r->err, "is this a state at all? `terraform state pull` prints it");
		return;
	}
	drift__value_to_int(version, &n);
	info->version = n;
	info->terraform_version = drift__reader_text(r, root, "terraform_version", "");
	if (info->terraform_version != NULL && info->terraform_version[0] == '\0')
		info->terraform_version = NULL;
	if (info->terraform_version != NULL && !is_version(info->terraform_version))
		drift__reader_bad(r, DRIFT_BAD_STATE, "terraform_version", "is no version number");
	if (n > 4) {
		drift__reader_bad(r, DRIFT_BAD_VERSION, "version", "the state is written in a later format (%lld, by Terraform %s); this program reads 1 to 4",
			(long long)n, info->terraform_version != NULL ? info->terraform_version : "unknown");
		drift__hint(r->err, "use a newer driftscan, or `terraform show -json | driftscan --state -`");
		return;
	}
	info->serial = drift__reader_uint(r, root, "serial", "");
	info->lineage = drift__reader_text(r, root, "lineage", "");
	if (n < 4)
		drift__read_old(r, root);
	else
		drift__read_v4(r, root);
}

static void
read_root(struct drift__state_reader *r, const struct drift_value *root)
{
	struct drift_error what = DRIFT_ERROR_INIT;
	const struct drift_value *version = NULL;
	bool shown = drift_value_get(root, "format_version") != NULL && drift_value_get(root, "version") == NULL &&
		drift_value_get(root, "resource_changes") == NULL && drift_value_get(root, "planned_values") == NULL &&
		drift_value_get(root, "provider_schemas") == NULL;

	if (drift_value_kind(root) == DRIFT_MAP)
		version = drift__reader_field(r, root, "version", ~0u, false, "");
	if (shown && drift_value_kind(root) == DRIFT_MAP) {
		r->info->terraform_version = drift__reader_text(r, root, "terraform_version", "");
		drift__read_shown(r, root);
	} else if (version != NULL && drift_value_get(root, "encryption_version") == NULL) {
		/* the lock's Info has a Version, too */
		if (version->kind == DRIFT_STRING && drift__sniff_json(root, &what))
			take_error(r, &what);
		else
			read_versioned(r, root, version);
	} else if (drift__sniff_json(root, &what)) {
		take_error(r, &what);
	} else {
		drift__reader_bad(r, DRIFT_BAD_VERSION, "version", "must be a whole number from 1 to 4");
	}
}

/* ---- one instance, one place ---- */

static int
compare_places(const void *pa, const void *pb)
{
	const struct drift_resource *a = *(const struct drift_resource *const *)pa, *b = *(const struct drift_resource *const *)pb;
	int c = strcmp(a->address, b->address);

	if (c == 0)
		c = strcmp(a->more->deposed != NULL ? a->more->deposed : "", b->more->deposed != NULL ? b->more->deposed : "");
	return c;
}

/* Terraform refuses a state in which one instance appears twice. */
static void
check_duplicates(struct drift__state_reader *r, size_t first)
{
	size_t n = r->snap->n_resources - first, i;
	const struct drift_resource **list = n >= 2 && r->st == DRIFT_OK ? drift__malloc(n * sizeof *list) : NULL;

	if (n < 2 || r->st != DRIFT_OK)
		return;
	if (list == NULL) {
		drift__reader_nomem(r);
		return;
	}
	for (i = 0; i < n; i++)
		list[i] = &r->snap->resources[first + i];
	qsort(list, n, sizeof *list, compare_places);
	for (i = 1; i < n && r->st == DRIFT_OK; i++) {
		if (compare_places(&list[i - 1], &list[i]) != 0)
			continue;
		if (r->twice != NULL)
			drift__list_add(r->twice, drift__value_string(&r->snap->arena, list[i]->address));
		else
			drift__reader_bad(r, DRIFT_BAD_STATE, "resources", "%.300s%s%s appears multiple times in the state", list[i]->address,
				list[i]->more->deposed != NULL ? " deposed " : "", list[i]->more->deposed != NULL ? list[i]->more->deposed : "");
	}
	drift__free(list);
}

/* ---- the text ---- */

/* A state takes two or three times the memory of its text; one that is made to take thirty times is refused. */
static size_t
max_memory(size_t n)
{
	const size_t most = (size_t)1 << 31, base = (size_t)1 << 26;

	return n < (most - base) / MEMORY_FACTOR ? n * MEMORY_FACTOR + base : most;
}

static void
read_text(struct drift__state_reader *r, const char *text, size_t n)
{
	struct drift__json_notes notes = {0};
	struct drift__likes likes;
	struct drift__json_options opt = {.name = r->name, .max_memory = max_memory(n), .lenient_utf8 = true, .notes = &notes, .likes = &likes};
	struct drift_error what = DRIFT_ERROR_INIT, json = DRIFT_ERROR_INIT;
	const struct drift_value *root;
	size_t first = r->snap->n_resources;
	enum drift_status st;

	if (n == 0) {
		drift__reader_bad(r, DRIFT_NO_STATE, "", "there is no state: the file is empty");
		drift__hint(r->err, "`terraform state pull` shows what the backend has");
		return;
	}
	if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		drift__reader_warn(r, "", "the state begins with a UTF-8 byte order mark: Terraform itself refuses it");
		text += 3;
		n -= 3;
	}
	drift__likes_init(&likes, &r->snap->arena);
	st = drift__json_parse(&r->snap->arena, text, n, &opt, &root, &json);
	drift__likes_dispose(&likes);
	if (st == DRIFT_NOMEM) {
		drift__reader_nomem(r);
	} else if (st != DRIFT_OK && drift__sniff_text(text, n, &what)) {
		take_error(r, &what);
	} else if (st != DRIFT_OK) {
		if (r->err != NULL && r->err->status == DRIFT_OK)
			*r->err = json;
		drift__hint(r->err, st == DRIFT_LIMIT ? "this is no state that Terraform wrote" : "the file is cut off or damaged: fetch it again, or take a backup");
		r->st = st;
	}
	if (r->st != DRIFT_OK)
		return;
	if (notes.equal_keys > 0)
		drift__reader_warn(r, "", "%zu keys stand twice in their object (first in the one that ends in line %zu): the last one counts, as in Terraform",
			notes.equal_keys, notes.equal_line);
	if (notes.replaced > 0)
		drift__reader_warn(r, "", "%zu bytes or surrogates in texts are no characters (first in line %zu): read as U+FFFD, as Terraform does",
			notes.replaced, notes.replaced_line);
	read_root(r, root);
	check_duplicates(r, first);
}

/* Terraform refuses gzip in a file; in S3 an old client once wrote it so. */
static void
read_gzip(struct drift__state_reader *r, const char *text, size_t n)
{
	struct drift__buf inflated = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	struct drift_error why = DRIFT_ERROR_INIT;
	enum drift_status st;

	/* a state that shrinks a thousandfold is no state */
	if (n < TFSTATE_MAX_BYTES / MAX_INFLATION)
		inflated.max_bytes = n * MAX_INFLATION + (1 << 20);
	drift__reader_warn(r, "", "the state is compressed with gzip: Terraform itself refuses it");
	st = drift__gunzip(text, n, &inflated, r->name, &why);
	if (st != DRIFT_OK) {
		drift__reader_bad(r, st == DRIFT_BAD_REPLY ? DRIFT_BAD_STATE : st, "", "%s", why.what);
	} else if (drift__is_gzip(inflated.data, inflated.len)) {
		drift__reader_bad(r, DRIFT_BAD_STATE, "", "the state is compressed twice");
		drift__hint(r->err, "gunzip it once");
	} else {
		read_text(r, inflated.data != NULL ? inflated.data : "", inflated.len);
	}
	drift__buf_dispose(&inflated);
}

static const struct drift_value *
providers_value(struct drift__state_reader *r)
{
	struct drift__map_builder m;
	size_t i;

	drift__map_init(&m, &r->snap->arena);
	for (i = 0; i < r->n_providers; i++)
		drift__map_puti(&m, r->providers[i].name, (int64_t)r->providers[i].n);
	return drift__map_finish(&m);
}

enum drift_status
drift__tfstate_read(const char *text, size_t n, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift_error *err)
{
	return drift__tfstate_read_all(text, n, name, source, snap, info, NULL, err);
}

enum drift_status
drift__tfstate_read_all(const char *text, size_t n, const char *name, int source, struct drift_snapshot *snap,
	struct drift__tfstate_info *info, struct drift__list_builder *twice, struct drift_error *err)
{
	struct drift__state_reader r = {.snap = snap, .info = info, .name = name, .source = source, .err = err, .twice = twice};

	memset(info, 0, sizeof *info);
	drift__list_init(&info->warnings, &snap->arena);
	drift__list_init(&r.empty, &snap->arena);
	if (drift__is_gzip(text, n))
		read_gzip(&r, text, n);
	else
		read_text(&r, text, n);
	if (r.st == DRIFT_OK) {
		info->providers = providers_value(&r);
		info->empty = drift__list_finish(&r.empty);
		if (r.n_warnings > TFSTATE_MAX_WARNINGS)
			drift__list_add(&info->warnings, drift__value_string(&snap->arena, "there are more warnings of this kind"));
		if (info->providers == NULL || info->empty == NULL || info->warnings.failed)
			drift__reader_nomem(&r);
	}
	drift__free(r.providers);
	drift__list_dispose(&r.empty);
	if (r.st != DRIFT_OK)
		drift__list_dispose(&info->warnings);
	return r.st;
}
