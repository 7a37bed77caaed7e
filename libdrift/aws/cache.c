/* A folder of answers. */
#define _POSIX_C_SOURCE 200809L
#include "aws/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ANSWER = 4 << 20, MAX_BYTES = 64 << 20, MAX_FILES = 50000, DAY_MS = 86400000, HEAD = 18 + 64 + 1 };

static const char magic[] = "driftscan-cache 1 ";

struct drift__cache {
	char *dir;
	int64_t ttl_ms;
	size_t files, bytes;
};

/* ---- the folder ---- */

static bool
make_folders(char *path)
{
	char *p;

	for (p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(path, 0700); /* if it is not there after all, the last one fails */
		*p = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static enum drift_status
own_folder(const char *dir, struct drift_error *err)
{
	struct stat info;

	if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
		return drift__fail(err, DRIFT_IO, dir, "is no folder that can be used");
	if (info.st_uid != geteuid())
		return drift__fail(err, DRIFT_DENIED, dir, "the folder belongs to somebody else");
	if ((info.st_mode & 077) != 0 && chmod(dir, 0700) != 0)
		return drift__fail(err, DRIFT_IO, dir, "others may look into the folder, and that cannot be changed: %s", strerror(errno));
	return DRIFT_OK;
}

/* Only names that drift__cache_put makes: 64 hex digits, and those with ".tmp.PID" that a killed run left behind. */
static bool
is_ours(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef");

	return n == 64 && (name[n] == '\0' || drift__starts(name + n, ".tmp."));
}

static void
tidy(struct drift__cache *c, int64_t now_ms)
{
	int64_t longest = c->ttl_ms > DAY_MS ? c->ttl_ms : DAY_MS;
	DIR *d = opendir(c->dir);
	struct dirent *e;
	struct stat info;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!is_ours(e->d_name) || fstatat(dirfd(d), e->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (now_ms - (int64_t)info.st_mtime * 1000 > longest) {
			(void)unlinkat(dirfd(d), e->d_name, 0);
			continue;
		}
		c->files++;
		c->bytes += (size_t)info.st_size;
	}
	if (d != NULL)
		closedir(d);
}

enum drift_status
drift__cache_open(const char *dir, int64_t ttl_ms, int64_t now_ms, struct drift__cache **out, struct drift_error *err)
{
	struct drift__cache *c = drift__calloc(1, sizeof *c);
	enum drift_status st = DRIFT_OK;

	if (c != NULL)
		c->dir = drift__strdup(dir);
	if (c == NULL || c->dir == NULL) {
		drift__cache_free(c);
		return drift__nomem(err);
	}
	c->ttl_ms = ttl_ms;
	if (!make_folders(c->dir))
		st = drift__fail(err, DRIFT_IO, dir, "the folder cannot be made: %s", strerror(errno));
	if (st == DRIFT_OK)
		st = own_folder(dir, err);
	if (st != DRIFT_OK) {
		drift__cache_free(c);
		return st;
	}
	tidy(c, now_ms);
	*out = c;
	return DRIFT_OK;
}

void
drift__cache_free(struct drift__cache *c)
{
	if (c == NULL)
		return;
	drift__free(c->dir);
	drift__free(c);
}

/* ---- one answer ---- */

static char *
path_of(const struct drift__cache *c, const char *key)
{
	unsigned char hash[32];
	char hex[65];

	drift__sha256(key, strlen(key), hash);
	drift__hex(hash, sizeof hash, hex);
	return drift__asprintf("%s/%s", c->dir, hex);
}

static void
head_of(const char *body, size_t n, char head[HEAD + 1])
{
	unsigned char hash[32];
	char hex[65];

	drift__sha256(body, n, hash);
	drift__hex(hash, sizeof hash, hex);
	snprintf(head, HEAD + 1, "%s%s\n", magic, hex);
}

static enum drift_status
parse(const struct drift__buf *text, const char *path, struct drift_document **out, struct drift_error *err)
{
	const struct drift__json_options options = {.name = path, .max_depth = 200};
	struct drift_document *doc;
	char head[HEAD + 1];
	enum drift_status st;

	if (text->len >= HEAD)
		head_of(text->data + HEAD, text->len - HEAD, head);
	if (text->len < HEAD || memcmp(text->data, head, HEAD) != 0)
		return drift__fail(err, DRIFT_BAD_JSON, path, "is damaged");
	doc = drift__calloc(1, sizeof *doc);
	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	st = drift__json_parse(&doc->arena, text->data + HEAD, text->len - HEAD, &options, &doc->root, err);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}

enum drift_status
drift__cache_get(struct drift__cache *c, const char *key, int64_t now_ms, struct drift_document **answer, int64_t *age_ms, struct drift_error *err)
{
	struct drift__buf text = DRIFT__BUF_INIT(MAX_ANSWER + HEAD + 1024);
	struct drift_document *doc = NULL;
	char *path = path_of(c, key);
	enum drift_status st = DRIFT_OK;
	int64_t made = 0;

	*answer = NULL;
	if (path == NULL)
		return drift__nomem(err);
	if (access(path, F_OK) == 0)
		st = drift__file_read(path, &text, err);
	if (st == DRIFT_OK && text.data != NULL)
		st = parse(&text, path, &doc, err);
	if (doc != NULL && drift__streq(drift__value_gets(doc->root, "key"), key) && drift__value_to_int(drift_value_get(doc->root, "made_ms"), &made) &&
		made <= now_ms && now_ms - made < c->ttl_ms) {
		*age_ms = now_ms - made;
		doc->root = drift_value_get(doc->root, "answer");
		*answer = doc;
		doc = NULL;
	}
	drift_document_free(doc);
	drift__buf_dispose(&text);
	drift__free(path);
	return st;
}

enum drift_status
drift__cache_put(struct drift__cache *c, const char *key, const char *json, int64_t now_ms, struct drift_error *err)
{
	struct drift__buf body = DRIFT__BUF_INIT(MAX_ANSWER);
	char head[HEAD + 1], *path = path_of(c, key), *text = NULL;
	enum drift_status st = DRIFT_OK;

	drift__buf_adds(&body, "{\"key\":");
	drift__json_write_string(&body, key, strlen(key));
	drift__buf_addf(&body, ",\"made_ms\":%" PRId64 ",\"answer\":", now_ms);
	drift__buf_adds(&body, json);
	drift__buf_adds(&body, "}\n");
	if (body.status == DRIFT_OK && path != NULL) {
		head_of(body.data, body.len, head);
		text = drift__asprintf("%s%s", head, body.data);
	}
	if (body.status == DRIFT_LIMIT || c->files >= MAX_FILES || c->bytes + body.len > MAX_BYTES)
		st = drift__fail(err, DRIFT_LIMIT, c->dir, "the answer is too large to be kept, or the folder is full");
	else if (text == NULL)
		st = drift__nomem(err);
	else
		st = drift__file_write(path, text, HEAD + body.len, 0600, err);
	if (st == DRIFT_OK) {
		c->files++;
		c->bytes += HEAD + body.len;
	}
	drift__free(text);
	drift__free(path);
	drift__buf_dispose(&body);
	return st;
}
