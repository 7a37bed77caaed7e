/* Who holds the lock: the DynamoDB item, the S3 lock file, the local lock file; and the digest that must fit the object.
 *
 * Both kinds are always looked at: a client that knows one does not see the other. Nothing is taken, nothing is released. */
#include "state/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct inspection {
	struct drift__arena *a;
	const struct drift__source *src;
	struct drift__aws_client *client; /* NULL for files */
	int64_t now_ms, modified_ms;
	struct drift__list_builder locks, problems;
	const struct drift_value *digest;
	struct drift_error *err;
};

static const struct {
	const char *name, *text;
	int64_t usual_minutes; /* longer is suspicious */
} operations[] = {{"OperationTypePlan", "terraform plan", 30}, {"OperationTypeApply", "terraform apply", 120},
	{"OperationTypeRefresh", "terraform refresh", 30}, {"OperationTypeInvalid", "terraform import or console", 60},
	{"init", "creating a workspace", 5}, {"state-mv", "terraform state mv", 5}, {"state-rm", "terraform state rm", 5},
	{"state-push", "terraform state push", 5}, {"state-replace-provider", "terraform state replace-provider", 5},
	{"taint", "terraform taint", 5}, {"untaint", "terraform untaint", 5}, {"workspace-new", "terraform workspace new", 5},
	{"migration source state", "terraform init -migrate-state (source)", 30},
	{"migration destination state", "terraform init -migrate-state (destination)", 30}, {"backend from plan", "terraform apply of a saved plan", 120}};

static void
problem(struct inspection *in, const char *fmt, ...) DRIFT_PRINTF(2, 3);

static void
problem(struct inspection *in, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	drift__list_add(&in->problems, drift__value_string(in->a, text));
}

static bool
runner_like(const char *who)
{
	static const char *const marks[] = {"runner@", "fv-az", "runnervm", "@ip-", "gitlab-runner", "jenkins", "circleci", "buildkite", "codebuild", "root@"};
	size_t i;

	for (i = 0; who != NULL && i < sizeof marks / sizeof marks[0]; i++)
		if (strstr(who, marks[i]) != NULL)
			return true;
	return false;
}

/* Nothing in the data proves that a lock is stale; these are signs. */
static const char *
verdict(struct inspection *in, const char *who, int64_t created, int64_t usual, struct drift__list_builder *evidence)
{
	int64_t age_min = (in->now_ms - created) / 60000;
	bool stale = false;
	char text[200];

	if (age_min < 0)
		drift__list_add(evidence, drift__value_string(in->a, "the lock was made in the future: clocks differ"));
	if (age_min > usual) {
		snprintf(text, sizeof text, "held for %" PRId64 " minutes; this operation usually ends within %" PRId64, age_min, usual);
		drift__list_add(evidence, drift__value_string(in->a, text));
		stale = true;
	}
	if (in->modified_ms > 0 && in->modified_ms < created && age_min > usual)
		drift__list_add(evidence, drift__value_string(in->a, "the state was not written since the lock was taken"));
	if (in->modified_ms > created)
		drift__list_add(evidence, drift__value_string(in->a, "the state was written after the lock was taken: it may be half-way through an apply"));
	if (runner_like(who))
		drift__list_add(evidence, drift__value_string(in->a, "the holder looks like a CI runner: check whether its job still runs"));
	return stale ? "probably stale" : "fresh";
}

static void
add_lock(struct inspection *in, const char *kind, const char *place, const char *text, size_t n)
{
	struct drift__json_options opt = {.name = place, .lenient_utf8 = true};
	const struct drift_value *info;
	const char *operation, *who, *id, *words = "an operation that is not known";
	int64_t created = 0, usual = 60;
	struct drift__map_builder m;
	struct drift__list_builder evidence;
	size_t i;

	if (drift__json_parse(in->a, text, n, &opt, &info, NULL) != DRIFT_OK || info->kind != DRIFT_MAP) {
		problem(in, "%s: the lock's Info is not JSON: somebody must look at it, and delete it by hand when nobody holds it", place);
		drift__map_init(&m, in->a);
		drift__map_puts(&m, "kind", kind);
		drift__map_puts(&m, "verdict", "unknown");
		drift__list_add(&in->locks, drift__map_finish(&m));
		return;
	}
	operation = drift__value_gets(info, "Operation");
	who = drift__value_gets(info, "Who");
	id = drift__value_gets(info, "ID");
	for (i = 0; operation != NULL && i < sizeof operations / sizeof operations[0]; i++) {
		if (strcmp(operations[i].name, operation) == 0) {
			words = operations[i].text;
			usual = operations[i].usual_minutes;
		}
	}
	drift__time_parse(drift__value_gets(info, "Created"), &created);
	drift__map_init(&m, in->a);
	drift__list_init(&evidence, in->a);
	drift__map_puts(&m, "kind", kind);
	drift__map_puts(&m, "id", id);
	drift__map_puts(&m, "operation", operation);
	drift__map_puts(&m, "operation_text", words);
	drift__map_puts(&m, "who", who);
	drift__map_puts(&m, "terraform_version", drift__value_gets(info, "Version"));
	drift__map_puts(&m, "created", drift__value_gets(info, "Created"));
	drift__map_puti(&m, "age_s", created != 0 ? (in->now_ms - created) / 1000 : 0);
	drift__map_puts(&m, "path", drift__value_gets(info, "Path"));
	drift__map_puts(&m, "verdict", verdict(in, who, created, usual, &evidence));
	drift__map_put(&m, "evidence", drift__list_finish(&evidence));
	drift__map_puts(&m, "unlock", id != NULL ? drift__arena_printf(in->a, "terraform force-unlock %s", id) : NULL);
	drift__list_add(&in->locks, drift__map_finish(&m));
}

/* ---- DynamoDB ---- */

static const struct drift_value *
get_item(struct inspection *in, const char *id, struct drift_document **doc, enum drift_status *st, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "dynamodb", .operation = "GetItem", .region = in->src->region};
	struct drift__map_builder m, key, s;

	drift__map_init(&s, in->a);
	drift__map_puts(&s, "S", id);
	drift__map_init(&key, in->a);
	drift__map_put(&key, "LockID", drift__map_finish(&s));
	drift__map_init(&m, in->a);
	drift__map_puts(&m, "TableName", in->src->dynamodb_table);
	drift__map_put(&m, "Key", drift__map_finish(&key));
	drift__map_putb(&m, "ConsistentRead", true);
	call.input = drift__map_finish(&m);
	*st = drift__aws_call_once(in->client, &call, doc, NULL, 0, err);
	return *st == DRIFT_OK ? drift_value_get(drift_document_root(*doc), "Item") : NULL;
}

static void
check_digest(struct inspection *in, const char *expected, const struct drift__fetched *state)
{
	struct drift__map_builder m;
	unsigned char md5[16];
	char actual[33] = "";
	bool same;

	if (!state->missing) {
		drift__md5(state->text.data != NULL ? state->text.data : "", state->text.len, md5);
		drift__hex(md5, sizeof md5, actual);
	}
	same = strlen(expected) == 32 && strcasecmp(expected, actual) == 0;
	drift__map_init(&m, in->a);
	drift__map_puts(&m, "expected", expected);
	drift__map_puts(&m, "actual", state->missing ? NULL : actual);
	drift__map_puts(&m, "state", strlen(expected) != 32 ? "malformed" : same ? "matches" : "differs");
	if (!same && strlen(expected) == 32)
		drift__map_puts(&m, "repair", drift__arena_printf(in->a, "wait a minute and look again (S3 and DynamoDB are written one after the other). If it stays: make "
			"sure that the object is the state that you want (its versions in S3 tell), then set the Digest of item \"%s/%s-md5\" in table %s to %s",
			in->src->bucket, in->src->key, in->src->dynamodb_table, state->missing ? "nothing (delete the item)" : actual));
	in->digest = drift__map_finish(&m);
}

static void
look_at_table(struct inspection *in, const struct drift__fetched *state)
{
	char *id = drift__arena_printf(in->a, "%s/%s", in->src->bucket, in->src->key), *md5 = drift__arena_printf(in->a, "%s/%s-md5", in->src->bucket, in->src->key);
	struct drift_document *doc = NULL, *digest = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *item;
	const char *text;
	enum drift_status st;

	item = get_item(in, id, &doc, &st, &err);
	if (st != DRIFT_OK) {
		problem(in, "the lock table %s could not be read: %s", in->src->dynamodb_table, err.what);
		return;
	}
	text = drift__value_gets(drift_value_get(item, "Info"), "S");
	if (item != NULL)
		add_lock(in, "dynamodb", in->src->dynamodb_table, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
	drift_document_free(doc);
	err = (struct drift_error)DRIFT_ERROR_INIT;
	item = get_item(in, md5, &digest, &st, &err);
	text = drift__value_gets(drift_value_get(item, "Digest"), "S");
	if (st != DRIFT_OK)
		problem(in, "the digest in table %s could not be read: %s", in->src->dynamodb_table, err.what);
	else if (text != NULL)
		check_digest(in, text, state);
	drift_document_free(digest);
}

static void
look_at_lock_file(struct inspection *in)
{
	char *key = drift__arena_printf(in->a, "%s.tflock", in->src->key);
	struct drift__aws_call call = {.service = "s3", .operation = "GetObject", .region = in->src->region, .max_reply_bytes = 1 << 20};
	struct drift_document *doc = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	const struct drift_value *body;
	char code[96] = "";
	enum drift_status st;

	call.input = drift__source_object(in->src, key, in->a);
	st = drift__aws_call_once(in->client, &call, &doc, code, sizeof code, &err);
	if (st == DRIFT_OK) {
		body = drift_value_get(drift_document_root(doc), "Body");
		add_lock(in, "s3", key, body != NULL ? body->u.text : "", drift_value_size(body));
	} else if (st != DRIFT_NOT_FOUND) {
		problem(in, "%s could not be read: %s", key, err.what);
	}
	drift_document_free(doc);
}

static void
look_at_local(struct inspection *in)
{
	const char *slash = strrchr(in->src->path, '/');
	char *path = slash != NULL ? drift__arena_printf(in->a, "%.*s/.%s.lock.info", (int)(slash - in->src->path), in->src->path, slash + 1)
		: drift__arena_printf(in->a, ".%s.lock.info", in->src->path);
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);

	if (path != NULL && drift__file_read(path, &b, NULL) == DRIFT_OK)
		add_lock(in, "local", path, b.data != NULL ? b.data : "", b.len);
	drift__buf_dispose(&b);
}

static enum drift_status
inspect(struct inspection *in, const struct drift_state_options *o, struct drift__arena *a, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__fetched state = {0};
	struct drift__map_builder m;
	enum drift_status st = drift__source_fetch(in->src, o, &state, err);
	const struct drift_value *locks;

	if (doc == NULL)
		st = drift__nomem(err);
	if (st == DRIFT_OK && in->src->path == NULL)
		st = drift__source_client(in->src, o, &in->client, err);
	if (st == DRIFT_OK) {
		in->modified_ms = state.modified_ms;
		if (in->client != NULL && in->src->dynamodb_table != NULL)
			look_at_table(in, &state);
		if (in->client != NULL)
			look_at_lock_file(in);
		else
			look_at_local(in);
		locks = drift__list_finish(&in->locks);
		drift__map_init(&m, a);
		drift__map_puts(&m, "source", in->src->text);
		drift__map_putb(&m, "held", drift_value_size(locks) > 0);
		drift__map_put(&m, "locks", locks);
		drift__map_put(&m, "digest", in->digest != NULL ? in->digest : &drift__null);
		drift__map_put(&m, "problems", drift__list_finish(&in->problems));
		drift__arena_init(&doc->arena, 0);
		doc->root = drift__value_copy(&doc->arena, drift__map_finish(&m));
		if (doc->root == NULL)
			st = drift__nomem(err);
	}
	if (st == DRIFT_OK)
		*out = doc;
	else
		drift_document_free(doc);
	drift__aws_client_free(in->client);
	drift__buf_dispose(&state.text);
	return st;
}

enum drift_status
drift_lock_inspect(const char *source, const struct drift_state_options *o, int64_t now_ms, struct drift_document **out, struct drift_error *err)
{
	struct drift__arena a;
	struct drift__source src, backend;
	struct inspection in = {.a = &a, .src = &src, .now_ms = now_ms, .err = err};
	enum drift_status st;

	drift__arena_init(&a, 0);
	drift__list_init(&in.locks, &a);
	drift__list_init(&in.problems, &a);
	st = source == NULL ? drift__backend_resolve(o->workspace, &a, &src, err) : drift__source_parse(source, &a, &src, err);
	if (st == DRIFT_OK && source != NULL && drift__backend_resolve(o->workspace, &a, &backend, NULL) == DRIFT_OK &&
		drift__streq(backend.bucket, src.bucket) && drift__streq(backend.key, src.key) && backend.bucket != NULL)
		src = backend;
	if (st == DRIFT_OK)
		st = inspect(&in, o, &a, out, err);
	drift__list_dispose(&in.locks);
	drift__list_dispose(&in.problems);
	drift__arena_dispose(&a);
	return st;
}

/* ---- for people ---- */

static void
age_text(int64_t s, char *out, size_t n)
{
	if (s < 0)
		snprintf(out, n, "made %" PRId64 " s in the future (clocks differ)", -s);
	else if (s < 120)
		snprintf(out, n, "%" PRId64 " seconds old", s);
	else if (s < 7200)
		snprintf(out, n, "%" PRId64 " minutes old", s / 60);
	else if (s < 172800)
		snprintf(out, n, "%" PRId64 " hours old", s / 3600);
	else
		snprintf(out, n, "%" PRId64 " days old", s / 86400);
}

/* Names come from outside: control characters are made visible, so that they can't play with a terminal. */
static void
add_safe(struct drift__buf *b, const char *s)
{
	for (; s != NULL && *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7F)
			drift__buf_addf(b, "\\x%02x", (unsigned char)*s);
		else
			drift__buf_addc(b, *s);
	}
}

static void
lock_text(struct drift__buf *b, const struct drift_value *l)
{
	const struct drift_value *evidence = drift_value_get(l, "evidence");
	char age[64];
	int64_t s = 0;
	size_t i;

	drift__value_to_int(drift_value_get(l, "age_s"), &s);
	age_text(s, age, sizeof age);
	drift__buf_adds(b, "  held (");
	add_safe(b, drift__value_gets(l, "kind"));
	drift__buf_adds(b, ") by ");
	add_safe(b, drift__value_gets(l, "who") != NULL ? drift__value_gets(l, "who") : "somebody unknown");
	drift__buf_adds(b, ": ");
	add_safe(b, drift__value_gets(l, "operation_text"));
	drift__buf_adds(b, ", Terraform ");
	add_safe(b, drift__value_gets(l, "terraform_version") != NULL ? drift__value_gets(l, "terraform_version") : "unknown");
	drift__buf_addf(b, ", %s\n    lock id ", age);
	add_safe(b, drift__value_gets(l, "id") != NULL ? drift__value_gets(l, "id") : "unknown");
	drift__buf_adds(b, "\n    ");
	add_safe(b, drift__value_gets(l, "verdict"));
	drift__buf_adds(b, "\n");
	for (i = 0; i < drift_value_size(evidence); i++)
		drift__buf_addf(b, "    - %s\n", drift__value_str(drift_value_at(evidence, i)));
	if (drift__value_gets(l, "unlock") != NULL) {
		drift__buf_adds(b, "    if nobody runs it any more: ");
		add_safe(b, drift__value_gets(l, "unlock"));
		drift__buf_adds(b, "\n");
	}
}

enum drift_status
drift_lock_text(const struct drift_document *doc, char **text_out, struct drift_error *err)
{
	const struct drift_value *root = drift_document_root(doc), *locks = drift_value_get(root, "locks"), *problems = drift_value_get(root, "problems");
	const struct drift_value *digest = drift_value_get(root, "digest");
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	size_t i;

	drift__buf_adds(&b, "Lock of ");
	add_safe(&b, drift__value_gets(root, "source"));
	drift__buf_adds(&b, "\n");
	if (drift_value_size(locks) == 0)
		drift__buf_adds(&b, "  not held\n");
	for (i = 0; i < drift_value_size(locks); i++)
		lock_text(&b, drift_value_at(locks, i));
	if (drift_value_kind(digest) == DRIFT_MAP)
		drift__buf_addf(&b, "  digest %s\n", drift__value_gets(digest, "state"));
	if (drift__streq(drift__value_gets(digest, "state"), "differs"))
		drift__buf_addf(&b, "    the lock table says %s, the object is %s\n", drift__value_gets(digest, "expected"),
			drift__value_gets(digest, "actual") != NULL ? drift__value_gets(digest, "actual") : "not there");
	if (drift__value_gets(digest, "repair") != NULL)
		drift__buf_addf(&b, "    %s\n", drift__value_gets(digest, "repair"));
	for (i = 0; i < drift_value_size(problems); i++)
		drift__buf_addf(&b, "  could not be told: %s\n", drift__value_str(drift_value_at(problems, i)));
	*text_out = drift__buf_take(&b);
	drift__buf_dispose(&b);
	return *text_out != NULL ? DRIFT_OK : drift__nomem(err);
}
