/* The digest that the lock table keeps of the state: does it fit the object, and if not, how is that put right?
 *
 * Terraform refuses to read a state whose MD5 differs from a well-formed digest; one that is malformed or absent it passes over. */
#include "state/lock.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_READ = 10 };

static bool
is_md5(const char *s)
{
	return strlen(s) == 32 && strspn(s, "0123456789abcdefABCDEF") == 32;
}

/* An object that was put in one piece and not encrypted with KMS has its MD5 as ETag. */
static bool
etag_is(const char *etag, const char *digest)
{
	return etag != NULL && strlen(etag) == 34 && strncasecmp(etag + 1, digest, 32) == 0;
}

/* "" where there is no object. version NULL = the newest. */
static enum drift_status
md5_of_object(const struct drift__lock_look *l, const char *version, char actual[33], struct drift_error *err)
{
	struct drift__fetched f;
	unsigned char md5[16];
	enum drift_status st;

	memset(&f, 0, sizeof f);
	drift__buf_init(&f.text, TFSTATE_MAX_BYTES);
	st = drift__s3_get(l->src, l->client, version, &f, err);
	actual[0] = '\0';
	if (st == DRIFT_OK && !f.missing) {
		drift__md5(f.text.data, f.text.len, md5);
		drift__hex(md5, sizeof md5, actual);
	}
	if (f.text.data != NULL)
		drift__wipe(f.text.data, f.text.len);
	drift__buf_dispose(&f.text);
	return st;
}

/* ---- the steps of a repair ---- */

struct repair {
	struct drift__lock_look *l;
	struct drift__list_builder steps;
};

static void
add_step(struct repair *r, struct drift__buf *b)
{
	drift__list_add(&r->steps, b->status == DRIFT_OK ? drift__value_stringn(r->l->a, b->data, b->len) : NULL);
	drift__buf_dispose(b);
}

static void
add_words(struct repair *r, const char *words)
{
	drift__list_add(&r->steps, drift__value_string(r->l->a, words));
}

static void
add_option(struct drift__buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	drift__buf_addf(b, " %s ", name);
	drift__buf_add_shell(b, value);
}

/* Where the command goes, and with whose keys. */
static void
add_where(const struct drift__lock_look *l, const char *endpoint, struct drift__buf *b)
{
	add_option(b, "--region", l->src->aws.region);
	add_option(b, "--profile", l->o->profile != NULL ? l->o->profile : l->src->aws.profile);
	add_option(b, "--endpoint-url", endpoint);
}

/* A JSON object of one member as one word for a shell. */
static void
add_json(struct drift__buf *b, const char *name, const char *value)
{
	struct drift__buf json = DRIFT__BUF_INIT(65536);

	drift__buf_addf(&json, "{\"%s\": {\"S\": ", name);
	drift__json_write_string(&json, value, strlen(value));
	drift__buf_adds(&json, "}}");
	if (json.status == DRIFT_OK)
		drift__buf_add_shell(b, json.data);
	else
		b->status = json.status;
	drift__buf_dispose(&json);
}

/* aws dynamodb update-item …, or delete-item for digest NULL. */
static void
add_item_step(struct repair *r, const char *why, const char *digest)
{
	const struct drift__source *src = r->l->src;
	struct drift__buf b = DRIFT__BUF_INIT(65536);
	const char *id = drift__arena_printf(r->l->a, "%s/%s-md5", src->bucket, src->key);

	drift__buf_addf(&b, "%s: aws dynamodb %s --table-name ", why, digest != NULL ? "update-item" : "delete-item");
	drift__buf_add_shell(&b, src->dynamodb_table);
	add_where(r->l, src->aws.endpoint_dynamodb, &b);
	drift__buf_adds(&b, " --key ");
	add_json(&b, "LockID", id != NULL ? id : "");
	if (digest != NULL) {
		drift__buf_adds(&b, " --update-expression 'SET Digest = :d' --expression-attribute-values ");
		add_json(&b, ":d", digest);
	}
	add_step(r, &b);
}

const char *
drift__lock_delete_command(const struct drift__lock_look *l, bool item)
{
	const char *id = drift__arena_printf(l->a, item ? "%s/%s" : "%.0s%s.tflock", l->src->bucket, l->src->key), *out = NULL;
	struct drift__buf b = DRIFT__BUF_INIT(65536);

	drift__buf_adds(&b, item ? "aws dynamodb delete-item --table-name " : "aws s3api delete-object --bucket ");
	drift__buf_add_shell(&b, item ? l->src->dynamodb_table : l->src->bucket);
	if (!item)
		add_option(&b, "--key", id);
	add_where(l, item ? l->src->aws.endpoint_dynamodb : l->src->aws.endpoint_s3, &b);
	if (item) {
		drift__buf_adds(&b, " --key ");
		add_json(&b, "LockID", id != NULL ? id : "");
	}
	if (id != NULL && b.status == DRIFT_OK)
		out = drift__arena_strndup(l->a, b.data, b.len);
	drift__buf_dispose(&b);
	return out;
}

static void
add_version_step(struct repair *r, const char *why, const char *command, const char *version)
{
	const struct drift__source *src = r->l->src;
	struct drift__buf b = DRIFT__BUF_INIT(65536), from = DRIFT__BUF_INIT(8192);
	bool copy = strcmp(command, "copy-object") == 0;

	/* the key itself is never printed */
	drift__buf_addf(&b, "%s%s: aws s3api %s --bucket ", why, copy && src->sse_customer_key != NULL ? " (KEYFILE holds the 32 bytes of the SSE-C key)" : "",
		command);
	drift__buf_add_shell(&b, src->bucket);
	drift__buf_adds(&b, " --key ");
	drift__buf_add_shell(&b, src->key);
	add_where(r->l, src->aws.endpoint_s3, &b);
	drift__buf_addf(&from, copy ? "%s/%s?versionId=%s" : "%s%s%s", copy ? src->bucket : "", copy ? src->key : "", version);
	drift__buf_adds(&b, copy ? " --copy-source " : " --version-id ");
	drift__buf_add_shell(&b, from.data != NULL ? from.data : "");
	drift__buf_dispose(&from);
	if (copy && src->sse_customer_key != NULL) {
		drift__buf_adds(&b, " --sse-customer-algorithm AES256 --sse-customer-key fileb://KEYFILE --copy-source-sse-customer-algorithm AES256"
			" --copy-source-sse-customer-key fileb://KEYFILE");
	} else if (copy && src->kms_key_id != NULL) {
		drift__buf_adds(&b, " --server-side-encryption aws:kms");
		add_option(&b, "--ssekms-key-id", src->kms_key_id);
	}
	add_step(r, &b);
}

/* The id of the newest version that the digest belongs to: by ETag, and where that is no MD5 (KMS, SSE-C) by reading the newest ones. */
static const char *
version_of_digest(struct drift__lock_look *l, const struct drift_value *versions, const char *digest)
{
	const struct drift_value *v;
	char md5[33];
	size_t i, read = 0;

	for (i = 0; i < drift_value_size(versions); i++) {
		v = drift_value_at(versions, i);
		if (etag_is(drift__value_gets(v, "etag"), digest))
			return drift__value_gets(v, "version");
	}
	for (i = 0; i < drift_value_size(versions) && read < MAX_READ; i++) {
		v = drift_value_at(versions, i);
		if (drift_value_bool(drift_value_get(v, "deleted")) || drift__value_gets(v, "version") == NULL)
			continue;
		read++;
		if (md5_of_object(l, drift__value_gets(v, "version"), md5, NULL) == DRIFT_OK && strcasecmp(md5, digest) == 0)
			return drift__value_gets(v, "version");
	}
	return NULL;
}

/* What older versions offer: the one that has the digest, or the one under a delete marker. */
static void
add_versions(struct repair *r, const char *digest)
{
	const struct drift_value *versions = NULL, *newest;
	const char *id;

	if (drift__s3_versions(r->l->src, r->l->client, r->l->a, &versions, NULL) != DRIFT_OK)
		return;
	newest = drift_value_at(versions, 0);
	id = drift__value_gets(newest, "version");
	if (drift_value_bool(drift_value_get(newest, "deleted")) && id != NULL) {
		add_version_step(r, "if it was deleted by mistake, take the delete marker away", "delete-object", id);
		return;
	}
	id = version_of_digest(r->l, versions, digest);
	if (id != NULL)
		add_version_step(r, "if the version that the digest belongs to is the right one, put it back", "copy-object", id);
}

static const struct drift_value *
repair_steps(struct drift__lock_look *l, const char *digest, const char *actual)
{
	struct repair r = {.l = l};
	struct drift__buf b = DRIFT__BUF_INIT(8192);
	const char *region = l->src->aws.region, *with_region = region != NULL ? drift__arena_printf(l->a, "%s?region=%s", l->src->text, region) : NULL;

	drift__list_init(&r.steps, l->a);
	add_words(&r, l->locks.len > 0 ? "wait until the lock is released, then look again: the run that holds it writes both"
		: "wait a minute and look again: S3 and DynamoDB are written one after the other");
	drift__buf_adds(&b, "see which version of the state is the right one: driftscan state history --state ");
	drift__buf_add_shell(&b, with_region != NULL ? with_region : l->src->text);
	add_option(&b, "--profile", l->o->profile != NULL ? l->o->profile : l->src->aws.profile);
	add_step(&r, &b);
	add_versions(&r, digest);
	if (l->missing)
		add_item_step(&r, "if there should be no state, delete the digest", NULL);
	else
		add_item_step(&r, "if the object is right as it is now, make the digest fit", actual);
	return drift__list_finish(&r.steps);
}

/* ---- the comparison ---- */

void
drift__lock_check_digest(struct drift__lock_look *l, const char *digest)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__map_builder m;
	char actual[33] = "";
	bool well = is_md5(digest), same = well && !l->missing && etag_is(l->etag, digest);

	drift__map_init(&m, l->a);
	drift__map_puts(&m, "expected", digest);
	if (same) {
		snprintf(actual, sizeof actual, "%.32s", l->etag + 1);
	} else if (well) {
		if (md5_of_object(l, NULL, actual, &err) != DRIFT_OK) {
			drift__lock_problem(l, "the digest could not be compared: %s", err.what);
			return;
		}
		l->missing = actual[0] == '\0';
	}
	same = same || (well && strcasecmp(digest, actual) == 0);
	drift__map_puts(&m, "actual", actual[0] != '\0' ? actual : NULL);
	drift__map_puts(&m, "state", !well ? "malformed" : same ? "matches" : "differs");
	if (well && !same)
		drift__map_put(&m, "repair", repair_steps(l, digest, actual));
	l->digest = drift__map_finish(&m);
}
