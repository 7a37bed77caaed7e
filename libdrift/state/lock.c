/* Who holds the lock: the DynamoDB item, the S3 lock file, the local file, the workspace in Terraform Cloud.
 *
 * Both kinds of S3's are always looked at: a client that knows one does not see the other. Nothing is taken, nothing is released. */
#define _POSIX_C_SOURCE 200809L
#include "state/lock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "state/cloud.h"

void
drift__lock_problem(struct drift__lock_look *l, const char *fmt, ...)
{
	char text[700], safe[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	drift__copy_safe(safe, sizeof safe, text);
	drift__list_add(&l->problems, drift__value_string(l->a, safe));
}

static void
looked_at(struct drift__lock_look *l, const char *place)
{
	drift__list_add(&l->looked_at, place != NULL ? drift__value_string(l->a, place) : NULL);
}

/* The workspace that force-unlock must be run in. An object that was named by its key tells it where the prefix is Terraform's own. */
static const char *
workspace_of(const struct drift__lock_look *l)
{
	const char *key = l->src->key, *name = key != NULL && drift__starts(key, "env:/") ? key + 5 : NULL, *slash = name != NULL ? strchr(name, '/') : NULL;

	if (l->src->from_backend)
		return l->src->workspace;
	return slash != NULL && slash > name ? drift__arena_strndup(l->a, name, (size_t)(slash - name)) : NULL;
}

static struct drift__lock_sight
sight(const struct drift__lock_look *l, const char *kind, const char *place)
{
	struct drift__lock_sight s = {.kind = kind, .place = place, .workspace = workspace_of(l), .now_ms = l->now_ms,
		.state_modified_ms = l->modified_ms, .pid = -1};

	return s;
}

static void
add_lock(struct drift__lock_look *l, const struct drift__lock_sight *s, const char *text, size_t n)
{
	const struct drift_value *lock = drift__lock_describe(s, text, n, l->a);
	const char *why = drift__value_gets(lock, "malformed");

	drift__list_add(&l->locks, lock);
	if (why != NULL)
		drift__lock_problem(l, "%s: there is a lock, but what it says can't be read: %s. force-unlock can't remove it either: look who runs Terraform, then "
			"delete it by hand", s->place, why);
}

/* ---- DynamoDB ---- */

static enum drift_status
get_item(struct drift__lock_look *l, const char *id, struct drift_document **doc, const struct drift_value **item, char *code, size_t n_code,
	struct drift_error *err)
{
	struct drift__aws_call call = {.service = "dynamodb", .operation = "GetItem", .region = l->src->aws.region};
	struct drift__map_builder m, key, s;
	enum drift_status st;

	drift__map_init(&s, l->a);
	drift__map_puts(&s, "S", id);
	drift__map_init(&key, l->a);
	drift__map_put(&key, "LockID", drift__map_finish(&s));
	drift__map_init(&m, l->a);
	drift__map_puts(&m, "TableName", l->src->dynamodb_table);
	drift__map_put(&m, "Key", drift__map_finish(&key));
	drift__map_putb(&m, "ConsistentRead", true);
	call.input = drift__map_finish(&m);
	st = call.input != NULL ? drift__aws_call_once(l->client, &call, doc, code, n_code, err) : drift__nomem(err);
	*item = st == DRIFT_OK ? drift_value_get(drift_document_root(*doc), "Item") : NULL;
	return st;
}

static void
say_table(struct drift__lock_look *l, enum drift_status st, const char *code, const struct drift_error *err)
{
	const char *table = l->src->dynamodb_table, *region = l->src->aws.region;

	l->unknown = true;
	if (st == DRIFT_NOT_FOUND || strcmp(code, "ResourceNotFoundException") == 0)
		drift__lock_problem(l, "the lock table %s does not exist%s%s: Terraform can't lock with it either", table, region != NULL ? " in " : "",
			region != NULL ? region : "");
	else if (st == DRIFT_DENIED)
		drift__lock_problem(l, "the lock table %s may not be read: the credentials need dynamodb:GetItem on it", table);
	else
		drift__lock_problem(l, "the lock table %s could not be read: %s", table, err->what);
}

/* Text of an attribute of type S. */
static const char *
string_of(const struct drift_value *item, const char *name, size_t *n)
{
	const struct drift_value *v = drift_value_get(drift_value_get(item, name), "S");

	return drift_value_kind(v) == DRIFT_STRING ? drift_value_text(v, n) : NULL;
}

static void
look_at_table(struct drift__lock_look *l)
{
	const char *id = drift__arena_printf(l->a, "%s/%s", l->src->bucket, l->src->key), *md5 = drift__arena_printf(l->a, "%s-md5", id), *text;
	struct drift_document *doc = NULL, *digest = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *item;
	struct drift__lock_sight s;
	char code[96] = "";
	enum drift_status st;
	size_t n = 0;

	looked_at(l, drift__arena_printf(l->a, "DynamoDB table %s, item %s", l->src->dynamodb_table, id));
	st = get_item(l, id, &doc, &item, code, sizeof code, &err);
	if (st != DRIFT_OK) {
		say_table(l, st, code, &err);
		return;
	}
	text = string_of(item, "Info", &n);
	s = sight(l, "dynamodb", drift__arena_printf(l->a, "item %s of table %s", id, l->src->dynamodb_table));
	/* an empty answer means that there is no such item */
	s.by_hand = drift__lock_delete_command(l, true);
	if (drift_value_size(item) > 0)
		add_lock(l, &s, text != NULL ? text : "", n);
	drift_document_free(doc);
	err = (struct drift_error)DRIFT_ERROR_INIT;
	st = get_item(l, md5, &digest, &item, code, sizeof code, &err);
	text = st == DRIFT_OK ? string_of(item, "Digest", &n) : NULL;
	if (st != DRIFT_OK)
		drift__lock_problem(l, "the digest in table %s could not be read: %s", l->src->dynamodb_table, err.what);
	else if (text != NULL)
		drift__lock_check_digest(l, text);
	drift_document_free(digest);
}

/* ---- S3 ---- */

static void
look_at_lock_file(struct drift__lock_look *l)
{
	const char *key = drift__arena_printf(l->a, "%s.tflock", l->src->key), *place = drift__arena_printf(l->a, "s3://%s/%s", l->src->bucket, key);
	struct drift__aws_call call = {.service = "s3", .operation = "GetObject", .region = l->src->aws.region, .max_reply_bytes = 1 << 20};
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *body;
	struct drift__lock_sight s = sight(l, "s3", place);
	char code[96] = "";
	enum drift_status st;

	looked_at(l, place);
	call.input = drift__source_object(l->src, key, NULL, l->a);
	st = call.input != NULL ? drift__aws_call_once(l->client, &call, &doc, code, sizeof code, &err) : DRIFT_NOMEM;
	if (st == DRIFT_OK) {
		body = drift_value_get(drift_document_root(doc), "Body");
		drift__time_parse(drift__value_gets(drift_document_root(doc), "LastModified"), &s.made_ms);
		s.by_hand = drift__lock_delete_command(l, false);
		add_lock(l, &s, drift_value_kind(body) == DRIFT_STRING ? body->u.text : "", drift_value_size(body));
	} else if (st == DRIFT_DENIED) {
		l->unknown = l->unknown || l->src->use_lockfile;
		drift__lock_problem(l, "%s may not be read: the credentials need s3:GetObject on it, and s3:ListBucket on the bucket to tell that it is not there", place);
	} else if (st != DRIFT_NOT_FOUND) {
		l->unknown = true;
		drift__lock_problem(l, "%s could not be read: %s", place, err.what);
	}
	drift_document_free(doc);
}

/* When the state was written, and what its ETag is. */
static enum drift_status
look_at_object(struct drift__lock_look *l, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "s3", .operation = "HeadObject", .region = l->src->aws.region};
	struct drift_document *doc = NULL;
	struct drift_error why = DRIFT_ERROR_INIT;
	const char *etag;
	char code[96] = "";
	enum drift_status st;

	call.input = drift__source_object(l->src, l->src->key, NULL, l->a);
	st = call.input != NULL ? drift__aws_call_once(l->client, &call, &doc, code, sizeof code, &why) : drift__nomem(&why);
	if (st == DRIFT_OK) {
		etag = drift__value_gets(drift_document_root(doc), "ETag");
		snprintf(l->etag, sizeof l->etag, "%s", etag != NULL ? etag : "");
		drift__time_parse(drift__value_gets(drift_document_root(doc), "LastModified"), &l->modified_ms);
	} else if (st == DRIFT_NOT_FOUND) {
		l->missing = true;
		drift__lock_problem(l, "there is no object s3://%s/%s: either nothing was applied yet, or the key is another one", l->src->bucket, l->src->key);
		st = DRIFT_OK;
	} else if (st == DRIFT_DENIED || st == DRIFT_AWS) {
		drift__lock_problem(l, "when the state was written is not known: %s", why.what);
		st = DRIFT_OK;
	} else if (err != NULL && err->status == DRIFT_OK) {
		*err = why;
	}
	drift_document_free(doc);
	return st;
}

static enum drift_status
look_at_s3(struct drift__lock_look *l, struct drift_error *err)
{
	enum drift_status st = drift__source_client(l->src, l->o, l->a, &l->client, err);

	if (st == DRIFT_OK)
		st = look_at_object(l, err);
	if (st == DRIFT_OK) {
		look_at_lock_file(l);
		if (l->src->dynamodb_table != NULL)
			look_at_table(l);
		else if (!l->src->use_lockfile)
			drift__lock_problem(l, "no lock table is named, so a lock in DynamoDB would not be seen; if there is one: --state '%s?dynamodb_table=…'", l->src->text);
	}
	drift__aws_client_free(l->client);
	l->client = NULL;
	return st;
}

/* ---- files ---- */

/* Asks who holds the lock of the file, and takes none: as in drift__lock_sight. */
static long
holder_of(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long pid = -1;

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_GETLK, &lock) == 0)
		pid = lock.l_type == F_UNLCK ? 0 : lock.l_pid > 0 ? (long)lock.l_pid : DRIFT__HELD_ELSEWHERE;
	close(fd);
	return pid;
}

static void
look_at_file(struct drift__lock_look *l)
{
	const char *slash = strrchr(l->src->path, '/'), *path;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	struct drift__lock_sight s;

	path = slash != NULL ? drift__arena_printf(l->a, "%.*s/.%s.lock.info", (int)(slash - l->src->path), l->src->path, slash + 1)
		: drift__arena_printf(l->a, ".%s.lock.info", l->src->path);
	looked_at(l, path);
	if (path == NULL)
		return;
	s = sight(l, "local", path);
	s.pid = holder_of(l->src->path);
	/* no state yet, but somebody may be about to make it */
	if (drift__file_read(path, &b, NULL) == DRIFT_OK)
		add_lock(l, &s, b.data != NULL ? b.data : "", b.len);
	else if (s.pid > 0 || s.pid == DRIFT__HELD_ELSEWHERE)
		add_lock(l, &s, "{}", 2);
	drift__buf_dispose(&b);
}

/* ---- Terraform Cloud ---- */

static enum drift_status
look_at_workspace(struct drift__lock_look *l, struct drift_error *err)
{
	struct drift__remote_options ro = {.cancel = l->o->cancel, .log = l->o->log, .log_ctx = l->o->log_ctx};
	struct drift__list_builder evidence;
	struct drift__map_builder m;
	const char *who = NULL;
	bool locked = false, by_run;
	enum drift_status st = drift__cloud_locked(l->src, &ro, l->a, &locked, &who, err);

	looked_at(l, l->src->text);
	if (st != DRIFT_OK || !locked)
		return st;
	drift__list_init(&evidence, l->a);
	drift__list_add(&evidence, drift__value_string(l->a, "when it was taken is not said; the workspace's page shows the run"));
	drift__map_init(&m, l->a);
	drift__map_puts(&m, "kind", "cloud");
	drift__map_puts(&m, "place", l->src->text);
	drift__map_puts(&m, "who", who);
	by_run = who != NULL && drift__starts(who, "run ");
	drift__map_puts(&m, "operation_text", by_run ? "a run" : "somebody by hand");
	drift__map_puts(&m, "verdict", "unknown");
	drift__map_put(&m, "evidence", drift__list_finish(&evidence));
	/* its lock id is the workspace's name; a run's lock goes with the run */
	if (!by_run)
		drift__map_puts(&m, "unlock", drift__lock_unlock_command(NULL, drift__arena_printf(l->a, "%s/%s", l->src->organization, l->src->workspace), l->a));
	drift__list_add(&l->locks, drift__map_finish(&m));
	return DRIFT_OK;
}

/* ---- one source ---- */

/* A description that no process stands behind holds nothing. */
static bool
is_held(const struct drift_value *locks)
{
	size_t i;

	for (i = 0; i < drift_value_size(locks); i++)
		if (!drift__streq(drift__value_gets(drift_value_at(locks, i), "verdict"), "stale"))
			return true;
	return false;
}

static const struct drift_value *
result_of(struct drift__lock_look *l)
{
	const struct drift_value *locks = drift__list_finish(&l->locks);
	struct drift__map_builder m;

	drift__map_init(&m, l->a);
	drift__map_puts(&m, "source", l->src->text);
	drift__map_put(&m, "held", is_held(locks) || !l->unknown ? drift__value_bool(is_held(locks)) : &drift__null);
	drift__map_put(&m, "locks", locks);
	drift__map_put(&m, "digest", l->digest != NULL ? l->digest : &drift__null);
	drift__map_put(&m, "looked_at", drift__list_finish(&l->looked_at));
	drift__map_put(&m, "problems", drift__list_finish(&l->problems));
	return drift__map_finish(&m);
}

static enum drift_status
look(struct drift__lock_look *l, struct drift_error *err)
{
	switch (l->src->kind) {
	case DRIFT__SOURCE_S3:
		return look_at_s3(l, err);
	case DRIFT__SOURCE_CLOUD:
		return look_at_workspace(l, err);
	case DRIFT__SOURCE_HTTP:
		l->unknown = true;
		drift__lock_problem(l, "the HTTP backend has no way to ask who holds the lock");
		return DRIFT_OK;
	default:
		if (strcmp(l->src->path, "-") != 0)
			look_at_file(l);
		return DRIFT_OK;
	}
}

enum drift_status
drift__lock_look(const struct drift__source *src, const struct drift_state_options *o, int64_t now_ms, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__arena a;
	struct drift__lock_look l = {.a = &a, .src = src, .o = o, .now_ms = now_ms};
	const struct drift_value *result;
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&a, 0);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&l.locks, &a);
	drift__list_init(&l.problems, &a);
	drift__list_init(&l.looked_at, &a);
	st = look(&l, err);
	if (st == DRIFT_OK) {
		result = result_of(&l);
		doc->root = result != NULL ? drift__value_copy(&doc->arena, result) : NULL;
		st = doc->root != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift__list_dispose(&l.locks);
	drift__list_dispose(&l.problems);
	drift__list_dispose(&l.looked_at);
	drift__arena_wipe(&a);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}

const char *
drift__lock_mark(const struct drift_value *lock, struct drift__arena *a)
{
	const struct drift_value *locks = drift_value_get(lock, "locks");
	struct drift__buf b = DRIFT__BUF_INIT(65536);
	const char *out = NULL;
	size_t i;

	for (i = 0; i < drift_value_size(locks); i++) {
		const struct drift_value *l = drift_value_at(locks, i);
		const char *id = drift__value_gets(l, "id") != NULL ? drift__value_gets(l, "id") : drift__value_gets(l, "who");

		if (!drift__streq(drift__value_gets(l, "verdict"), "stale"))
			drift__buf_addf(&b, "%s:%s ", drift__value_gets(l, "kind"), id != NULL ? id : "?");
	}
	if (b.status == DRIFT_OK)
		out = drift__arena_strdup(a, b.data != NULL ? b.data : "");
	drift__buf_dispose(&b);
	return out;
}

/* ---- the public calls ---- */

enum drift_status
drift_lock_inspect(const char *source, const struct drift_state_options *o, int64_t now_ms, struct drift_document **out, struct drift_error *err)
{
	const char *texts[] = {source, NULL};
	struct drift__arena a;
	struct drift__source *list;
	size_t n;
	enum drift_status st;

	drift__arena_init(&a, 0);
	st = drift__sources_find(texts, o, &a, &list, &n, err);
	if (st == DRIFT_OK && n > 1) {
		st = drift__fail(err, DRIFT_USAGE, source, "the pattern fits %zu files", n);
		drift__hint(err, "name one of them");
	}
	if (st == DRIFT_OK)
		st = drift__lock_look(&list[0], o, now_ms, out, err);
	drift__arena_wipe(&a);
	return st;
}

/* A list of what was found at each; null for standard input. marks may be NULL. */
static enum drift_status
look_at_all(const struct drift__source *list, size_t n, const struct drift_state_options *o, int64_t now_ms, const char **marks, struct drift__arena *a,
	struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__list_builder found;
	enum drift_status st = DRIFT_OK;
	size_t i;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&found, &doc->arena);
	for (i = 0; i < n && st == DRIFT_OK; i++) {
		struct drift_document *one = NULL;

		if (drift__streq(list[i].path, "-")) {
			drift__list_add(&found, &drift__null);
			continue;
		}
		st = drift__lock_look(&list[i], o, now_ms, &one, err);
		if (st != DRIFT_OK)
			break;
		drift__list_add(&found, drift__value_copy(&doc->arena, drift_document_root(one)));
		if (marks != NULL)
			marks[i] = drift__lock_mark(drift_document_root(one), a);
		if ((marks != NULL && marks[i] == NULL) || found.failed)
			st = drift__nomem(err);
		drift_document_free(one);
	}
	doc->root = st == DRIFT_OK ? drift__list_finish(&found) : NULL;
	if (st == DRIFT_OK && doc->root == NULL)
		st = drift__nomem(err);
	drift__list_dispose(&found);
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	return st;
}

enum drift_status
drift_locks_inspect(const char *const *sources, const struct drift_state_options *o, int64_t now_ms, struct drift_document **out, struct drift_error *err)
{
	struct drift__arena a;
	struct drift__source *list;
	size_t n;
	enum drift_status st;

	drift__arena_init(&a, 0);
	st = drift__sources_find(sources, o, &a, &list, &n, err);
	if (st == DRIFT_OK)
		st = look_at_all(list, n, o, now_ms, NULL, &a, out, err);
	drift__arena_wipe(&a);
	return st;
}

enum drift_status
drift_state_locks(struct drift_state *s, int64_t now_ms, struct drift_document **out, struct drift_error *err)
{
	const char **marks = drift__arena_zalloc(&s->arena, (s->n_sources + 1) * sizeof *marks);
	enum drift_status st;

	if (marks == NULL)
		return drift__nomem(err);
	st = look_at_all(s->sources, s->n_sources, &s->options, now_ms, marks, &s->arena, out, err);
	if (st == DRIFT_OK)
		s->lock_marks = marks;
	return st;
}
