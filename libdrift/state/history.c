/* Older versions of one state, and what speaks for one that was lost or rolled back. */
#include "state/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LOST = 20 };

/* One version that could be read, as far as the next one is compared with it. Addresses live on the heap. */
struct past {
	bool known;
	char serial[24];
	char *lineage;
	char etag[80];
	char **addresses; /* sorted */
	size_t n;
};

struct history {
	const struct drift__source *src;
	const struct drift_state_options *o;
	struct drift__aws_client *client; /* S3 */
	struct drift__arena *a;
	struct past newer_than;           /* the version that was read before: versions are read oldest first */
	struct drift_value *rows;         /* oldest first */
	size_t n_rows;
	const char **etags;               /* of the rows so far */
	bool suspicious;
	size_t unreadable;                /* versions that S3 does not hand out: denied, archived, another key */
	struct drift_error *err;
};

static void
forget(struct past *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		drift__free(p->addresses[i]);
	drift__free(p->addresses);
	drift__free(p->lineage);
	memset(p, 0, sizeof *p);
}

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum drift_status
remember(struct past *p, const struct drift_snapshot *snap, const struct drift__tfstate_info *info, const char *etag, struct drift_error *err)
{
	size_t i;

	memset(p, 0, sizeof *p);
	p->known = true;
	snprintf(p->serial, sizeof p->serial, "%s", info->serial != NULL ? info->serial : "");
	snprintf(p->etag, sizeof p->etag, "%s", etag);
	p->lineage = drift__strdup(info->lineage);
	p->addresses = drift__calloc(snap->n_resources + 1, sizeof *p->addresses);
	for (i = 0; p->addresses != NULL && i < snap->n_resources; i++) {
		if ((snap->resources[i].flags & DRIFT__DATA) != 0)
			continue;
		p->addresses[p->n] = drift__strdup(snap->resources[i].address);
		if (p->addresses[p->n] == NULL)
			return drift__nomem(err);
		p->n++;
	}
	if (p->addresses == NULL)
		return drift__nomem(err);
	qsort(p->addresses, p->n, sizeof *p->addresses, compare_text);
	return DRIFT_OK;
}

/* ---- one version against the one before it ---- */

struct row {
	struct drift__map_builder m;
	struct drift__list_builder marks;
	bool suspicious;
};

static void mark(struct history *h, struct row *row, bool suspicious, const char *fmt, ...) DRIFT_PRINTF(4, 5);

static void
mark(struct history *h, struct row *row, bool suspicious, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	drift__list_add(&row->marks, drift__value_string(h->a, text));
	row->suspicious = row->suspicious || suspicious;
}

static void
mark_resources(struct history *h, struct row *row, const struct past *before, const struct past *now)
{
	struct drift__list_builder lost;
	size_t i = 0, j = 0, added = 0, removed = 0;

	drift__list_init(&lost, h->a);
	while (i < before->n || j < now->n) {
		int c = i == before->n ? 1 : j == now->n ? -1 : strcmp(before->addresses[i], now->addresses[j]);

		if (c < 0 && removed++ < MAX_LOST)
			drift__list_add(&lost, drift__value_string(h->a, before->addresses[i]));
		added += c > 0;
		i += c <= 0;
		j += c >= 0;
	}
	drift__map_puti(&row->m, "added", (int64_t)added);
	drift__map_puti(&row->m, "removed", (int64_t)removed);
	drift__map_put(&row->m, "lost", drift__list_finish(&lost));
	if (before->n > 0 && removed == before->n)
		mark(h, row, true, "all %zu resources are gone", removed);
	else if (removed >= 5 && removed * 2 >= before->n)
		mark(h, row, true, "%zu of %zu resources are gone", removed, before->n);
}

static bool
serial_less(const char *a, const char *b)
{
	return strlen(a) != strlen(b) ? strlen(a) < strlen(b) : strcmp(a, b) < 0;
}

static void
mark_moves(struct history *h, struct row *row, const struct past *before, const struct past *now)
{
	size_t i;

	if (!before->known)
		return;
	if (!drift__streq(before->lineage, now->lineage))
		mark(h, row, true, "another state: the lineage differs from the version before");
	else if (serial_less(now->serial, before->serial))
		mark(h, row, true, "rolled back: serial %s after %s", now->serial[0] != '\0' ? now->serial : "none", before->serial);
	else if (strcmp(now->serial, before->serial) == 0 && strcmp(now->etag, before->etag) != 0 && before->serial[0] != '\0')
		mark(h, row, true, "written twice with serial %s, and other content", now->serial);
	for (i = 0; i + 1 < h->n_rows && now->etag[0] != '\0'; i++) {
		if (drift__streq(h->etags[i], now->etag) && strcmp(now->etag, before->etag) != 0) {
			mark(h, row, true, "the same content as an older version: it was put back");
			break;
		}
	}
}

static void
begin_row(struct history *h, struct row *row, const char *version, int64_t modified, const struct drift_value *size, bool latest, bool deleted)
{
	char when[32];

	drift__list_init(&row->marks, h->a);
	drift__map_init(&row->m, h->a);
	row->suspicious = false;
	drift__map_puts(&row->m, "version", version);
	drift__time_format(modified, when);
	drift__map_puts(&row->m, "modified", modified > 0 ? when : NULL);
	drift__map_put(&row->m, "size", size != NULL ? size : &drift__null);
	drift__map_putb(&row->m, "latest", latest);
	drift__map_putb(&row->m, "deleted", deleted);
}

static enum drift_status
end_row(struct history *h, struct row *row, const char *etag)
{
	const struct drift_value *v;

	drift__map_put(&row->m, "marks", drift__list_finish(&row->marks));
	drift__map_putb(&row->m, "suspicious", row->suspicious);
	h->suspicious = h->suspicious || row->suspicious;
	v = drift__map_finish(&row->m);
	if (v == NULL)
		return drift__nomem(h->err);
	h->etags[h->n_rows] = drift__arena_strdup(h->a, etag);
	h->rows[h->n_rows++] = *v;
	return h->etags[h->n_rows - 1] != NULL ? DRIFT_OK : drift__nomem(h->err);
}

/* Puts what a text says of itself into the row, and compares it with the version before. */
static enum drift_status
read_version(struct history *h, struct row *row, const struct drift__fetched *f)
{
	struct drift_snapshot *snap = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift__tfstate_info info = {0};
	struct drift_error why = DRIFT_ERROR_INIT;
	struct past now = {0};
	enum drift_status st;

	if (snap == NULL)
		return drift__nomem(h->err);
	st = drift__tfstate_read(f->text.data != NULL ? f->text.data : "", f->text.len, h->src->text, 0, snap, &info, &why);
	if (st == DRIFT_OK) {
		drift__map_put(&row->m, "serial", info.serial != NULL ? drift__value_number(h->a, info.serial) : &drift__null);
		drift__map_puts(&row->m, "lineage", info.lineage);
		drift__map_puts(&row->m, "terraform_version", info.terraform_version);
		drift__map_puti(&row->m, "resources", (int64_t)info.n_resources);
		drift__map_puti(&row->m, "data_sources", (int64_t)info.n_data);
		drift__map_puti(&row->m, "other_providers", (int64_t)info.n_foreign);
		st = remember(&now, snap, &info, f->etag, h->err);
		if (st == DRIFT_OK && h->newer_than.known)
			mark_resources(h, row, &h->newer_than, &now);
		if (st == DRIFT_OK) {
			mark_moves(h, row, &h->newer_than, &now);
			forget(&h->newer_than);
			h->newer_than = now;
		} else {
			forget(&now);
		}
		drift__list_dispose(&info.warnings);
	} else if (st != DRIFT_NOMEM) {
		drift__map_puts(&row->m, "error", why.what);
		mark(h, row, true, "it can't be read: %.200s", why.what);
		st = DRIFT_OK;
	} else {
		drift__nomem(h->err);
	}
	drift_snapshot_free(snap);
	return st;
}

static void
dispose_text(struct drift__fetched *f)
{
	if (f->text.data != NULL)
		drift__wipe(f->text.data, f->text.len);
	drift__buf_dispose(&f->text);
}

/* ---- S3 ---- */

/* The other versions are worth knowing when one is not handed out. */
static enum drift_status
fetch_version(struct history *h, struct row *row, const char *version, struct drift__fetched *f, bool *got)
{
	struct drift_error why = DRIFT_ERROR_INIT;
	enum drift_status st = drift__s3_get(h->src, h->client, version, f, &why);

	*got = st == DRIFT_OK;
	if (st == DRIFT_DENIED || st == DRIFT_AWS) {
		drift__map_puts(&row->m, "error", why.what);
		mark(h, row, false, "it could not be fetched: %.200s", why.what);
		h->unreadable++;
		return DRIFT_OK;
	}
	if (st != DRIFT_OK && h->err != NULL)
		*h->err = why;
	return st;
}

static enum drift_status
s3_row(struct history *h, const struct drift_value *v)
{
	const char *version = drift__value_gets(v, "version"), *etag = drift__value_gets(v, "etag");
	bool deleted = drift_value_bool(drift_value_get(v, "deleted"));
	struct drift__fetched f;
	struct row row;
	int64_t modified = 0;
	enum drift_status st = DRIFT_OK;
	bool got;

	drift__value_to_int(drift_value_get(v, "modified"), &modified);
	begin_row(h, &row, version, modified, drift_value_get(v, "size"), drift_value_bool(drift_value_get(v, "latest")), deleted);
	memset(&f, 0, sizeof f);
	drift__buf_init(&f.text, TFSTATE_MAX_BYTES);
	if (deleted) {
		mark(h, &row, true, "the state was deleted");
	} else {
		st = fetch_version(h, &row, version, &f, &got);
		if (st == DRIFT_OK && f.etag[0] == '\0' && etag != NULL)
			snprintf(f.etag, sizeof f.etag, "%s", etag);
		if (st == DRIFT_OK && got)
			st = read_version(h, &row, &f);
	}
	if (st == DRIFT_OK)
		st = end_row(h, &row, deleted ? "" : f.etag);
	else {
		drift__list_dispose(&row.marks);
		drift__map_dispose(&row.m);
	}
	dispose_text(&f);
	return st;
}

static enum drift_status
s3_history(struct history *h, size_t max, bool *complete)
{
	const struct drift_value *versions = NULL;
	enum drift_status st = drift__source_client(h->src, h->o, h->a, &h->client, h->err);
	size_t n, i;

	if (st == DRIFT_OK)
		st = drift__s3_versions(h->src, h->client, h->a, &versions, h->err);
	if (st != DRIFT_OK)
		return st;
	n = drift_value_size(versions);
	if (n == 0) {
		drift__fail(h->err, DRIFT_NO_STATE, h->src->text, "there is no state, and there never was one");
		return drift__hint(h->err, "check the key; without versioning of the bucket a deleted object leaves nothing");
	}
	*complete = n <= max;
	n = n < max ? n : max;
	h->rows = drift__arena_zalloc(h->a, n * sizeof *h->rows);
	h->etags = drift__arena_zalloc(h->a, n * sizeof *h->etags);
	if (h->rows == NULL || h->etags == NULL)
		return drift__nomem(h->err);
	for (i = n; i > 0 && st == DRIFT_OK; i--)
		st = s3_row(h, drift_value_at(versions, i - 1));
	return st;
}

/* ---- files: the state and its backup ---- */

static enum drift_status
file_row(struct history *h, const char *path, bool latest)
{
	struct drift__fetched f;
	struct row row;
	struct stat info;
	enum drift_status st;

	memset(&f, 0, sizeof f);
	drift__buf_init(&f.text, TFSTATE_MAX_BYTES);
	if (stat(path, &info) != 0)
		return DRIFT_OK;
	st = drift__file_read(path, &f.text, h->err);
	if (st == DRIFT_OK) {
		drift__fetched_hash(&f);
		begin_row(h, &row, path, (int64_t)info.st_mtime * 1000, drift__value_int(h->a, (int64_t)f.text.len), latest, false);
		st = read_version(h, &row, &f);
		if (st == DRIFT_OK) {
			st = end_row(h, &row, f.etag);
		} else {
			drift__list_dispose(&row.marks);
			drift__map_dispose(&row.m);
		}
	}
	dispose_text(&f);
	return st;
}

static enum drift_status
file_history(struct history *h)
{
	const char *backup = drift__arena_printf(h->a, "%s.backup", h->src->path);
	enum drift_status st;

	h->rows = drift__arena_zalloc(h->a, 2 * sizeof *h->rows);
	h->etags = drift__arena_zalloc(h->a, 2 * sizeof *h->etags);
	if (h->rows == NULL || h->etags == NULL || backup == NULL)
		return drift__nomem(h->err);
	st = file_row(h, backup, false);
	if (st == DRIFT_OK)
		st = file_row(h, h->src->path, true);
	if (st == DRIFT_OK && h->n_rows == 0)
		st = drift__fail(h->err, DRIFT_NO_STATE, h->src->text, "there is no such state file, and no backup of it");
	return st;
}

/* ---- the whole ---- */

static enum drift_status
look(struct history *h, size_t max, bool *complete)
{
	*complete = true;
	if (h->src->kind == DRIFT__SOURCE_S3)
		return s3_history(h, max, complete);
	if (h->src->kind == DRIFT__SOURCE_FILE && strcmp(h->src->path, "-") != 0)
		return file_history(h);
	drift__fail(h->err, DRIFT_USAGE, h->src->text, "older versions can be listed of files and of objects in S3");
	return drift__hint(h->err, h->src->kind == DRIFT__SOURCE_CLOUD ? "the workspace's page lists its states; --state-version reads one" :
		"GitLab's page of the project lists them; --state-version N reads one");
}

static const struct drift_value *
result_of(const struct history *h, bool complete)
{
	struct drift__list_builder rows;
	struct drift__map_builder m;
	size_t i;

	drift__list_init(&rows, h->a);
	for (i = h->n_rows; i > 0; i--)
		drift__list_add(&rows, &h->rows[i - 1]);
	drift__map_init(&m, h->a);
	drift__map_puts(&m, "source", h->src->text);
	drift__map_putb(&m, "complete", complete);
	drift__map_putb(&m, "suspicious", h->suspicious);
	drift__map_puti(&m, "unreadable", (int64_t)h->unreadable);
	drift__map_put(&m, "versions", drift__list_finish(&rows));
	return drift__map_finish(&m);
}

enum drift_status
drift_state_history(const char *source, const struct drift_state_options *o, size_t max, struct drift_document **out, struct drift_error *err)
{
	const char *texts[] = {source, NULL};
	struct drift__arena a;
	struct history h = {.o = o, .a = &a, .err = err};
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__source *list = NULL;
	const struct drift_value *result;
	enum drift_status st;
	bool complete;
	size_t n;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&a, 0);
	drift__arena_init(&doc->arena, 0);
	st = drift__sources_find(texts, o, &a, &list, &n, err);
	if (st == DRIFT_OK && n != 1) {
		st = drift__fail(err, DRIFT_USAGE, source, "the pattern fits %zu files", n);
		drift__hint(err, "name one of them");
	}
	if (st == DRIFT_OK) {
		h.src = &list[0];
		st = look(&h, max > 0 ? max : 1, &complete);
	}
	if (st == DRIFT_OK) {
		result = result_of(&h, complete);
		doc->root = result != NULL ? drift__value_copy(&doc->arena, result) : NULL;
		st = doc->root != NULL ? DRIFT_OK : drift__nomem(err);
	}
	forget(&h.newer_than);
	drift__aws_client_free(h.client);
	drift__arena_wipe(&a);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}
