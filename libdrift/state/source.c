/* Reading sources: files, standard input, objects in S3. */
#include "state/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- s3://bucket/key?name=value ---- */

static const char *
url_decoded(struct drift__arena *a, const char *s, size_t n)
{
	char *out = drift__arena_alloc(a, n + 1), *p = out;
	size_t i;

	for (i = 0; out != NULL && i < n; i++) {
		char hex[3] = {0};

		if (s[i] == '%' && i + 2 < n + 0 && memcpy(hex, s + i + 1, 2) != NULL && strspn(hex, "0123456789abcdefABCDEF") == 2) {
			*p++ = (char)strtol(hex, NULL, 16);
			i += 2;
		} else {
			*p++ = s[i];
		}
	}
	if (out != NULL)
		*p = '\0';
	return out;
}

static enum drift_status
set_parameter(struct drift__source *out, const char *text, size_t n, struct drift__arena *a, struct drift_error *err)
{
	const char *equals = memchr(text, '=', n);
	size_t name = equals != NULL ? (size_t)(equals - text) : n;
	const char *value = equals != NULL ? url_decoded(a, equals + 1, n - name - 1) : "1";
	const struct {
		const char *name;
		const char **field;
	} known[] = {{"region", &out->region}, {"profile", &out->profile}, {"role_arn", &out->role_arn}, {"version", &out->version},
		{"versionId", &out->version}, {"endpoint", &out->endpoint}, {"dynamodb_table", &out->dynamodb_table}, {"external_id", &out->external_id}};
	size_t i;

	if (value == NULL)
		return drift__nomem(err);
	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strlen(known[i].name) == name && memcmp(known[i].name, text, name) == 0) {
			*known[i].field = value;
			return DRIFT_OK;
		}
	}
	if (name == 12 && memcmp(text, "use_lockfile", 12) == 0) {
		out->use_lockfile = strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
		return DRIFT_OK;
	}
	drift__fail(err, DRIFT_USAGE, out->text, "\"%.*s\" is no parameter of an s3 source", (int)(name > 40 ? 40 : name), text);
	return drift__hint(err, "known are region, profile, role_arn, external_id, version, endpoint, dynamodb_table, use_lockfile");
}

enum drift_status
drift__source_parse(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *p, *slash, *question;
	enum drift_status st = DRIFT_OK;

	memset(out, 0, sizeof *out);
	out->text = drift__arena_strdup(a, text);
	if (out->text == NULL)
		return drift__nomem(err);
	if (!drift__starts(text, "s3://")) {
		out->path = out->text;
		return DRIFT_OK;
	}
	p = out->text + 5;
	slash = strchr(p, '/');
	question = strchr(p, '?');
	if (slash == NULL || slash == p || slash[1] == '\0' || (question != NULL && question < slash + 2)) {
		drift__fail(err, DRIFT_USAGE, text, "an s3 source is s3://BUCKET/KEY");
		return drift__hint(err, "for example s3://my-states/prod/terraform.tfstate?region=eu-west-1");
	}
	out->bucket = drift__arena_strndup(a, p, (size_t)(slash - p));
	out->key = question != NULL ? drift__arena_strndup(a, slash + 1, (size_t)(question - slash - 1)) : drift__arena_strdup(a, slash + 1);
	out->base_key = out->key;
	out->text = drift__arena_printf(a, "s3://%s/%s", out->bucket, out->key);
	for (p = question; p != NULL && st == DRIFT_OK; p = strchr(p + 1, '&'))
		st = set_parameter(out, p + 1, strcspn(p + 1, "&"), a, err);
	return st == DRIFT_OK && (out->bucket == NULL || out->key == NULL || out->text == NULL) ? drift__nomem(err) : st;
}

/* ---- S3 ---- */

enum drift_status
drift__source_client(const struct drift__source *src, const struct drift_state_options *o, struct drift__aws_client **out,
	struct drift_error *err)
{
	struct drift__aws_options opt = {.catalogue = o->catalogue, .cancel = o->cancel, .log = o->log, .log_ctx = o->log_ctx};

	if (o->catalogue == NULL)
		return drift__fail(err, DRIFT_USAGE, src->text, "a catalogue is needed to read from S3");
	opt.profile = o->profile != NULL ? o->profile : src->profile;
	opt.region = src->region != NULL ? src->region : o->region;
	opt.role_arn = o->role_arn != NULL ? o->role_arn : src->role_arn;
	opt.external_id = o->external_id != NULL ? o->external_id : src->external_id;
	opt.access_key = src->access_key;
	opt.secret_key = src->secret_key;
	opt.token = src->token;
	return drift__aws_client_new(&opt, out, err);
}

const struct drift_value *
drift__source_object(const struct drift__source *src, const char *key, struct drift__arena *a)
{
	struct drift__map_builder m;
	unsigned char raw[64], md5[16];
	struct drift__buf sum = DRIFT__BUF_INIT(64);
	long n;

	drift__map_init(&m, a);
	drift__map_puts(&m, "Bucket", src->bucket);
	drift__map_puts(&m, "Key", key);
	if (src->version != NULL && strchr(src->version, ':') == NULL)
		drift__map_puts(&m, "VersionId", src->version);
	if (src->sse_customer_key != NULL && strlen(src->sse_customer_key) <= 48) {
		n = drift__base64_decode(src->sse_customer_key, strlen(src->sse_customer_key), raw);
		if (n > 0) {
			drift__md5(raw, (size_t)n, md5);
			drift__base64_encode(md5, sizeof md5, &sum);
			drift__map_puts(&m, "SSECustomerAlgorithm", "AES256");
			drift__map_puts(&m, "SSECustomerKey", src->sse_customer_key);
			drift__map_puts(&m, "SSECustomerKeyMD5", sum.data);
		}
		drift__wipe(raw, sizeof raw);
		drift__buf_dispose(&sum);
	}
	return drift__map_finish(&m);
}

/* The newest version that is not younger than a time. */
static enum drift_status
version_at(struct drift__aws_client *c, struct drift__source *src, struct drift__arena *a, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "s3", .operation = "ListObjectVersions", .region = src->region};
	struct drift_document *doc = NULL;
	const struct drift_value *list;
	int64_t wanted, best = -1, t;
	struct drift__map_builder m;
	enum drift_status st;
	size_t i;

	if (!drift__time_parse(src->version, &wanted))
		return drift__fail(err, DRIFT_USAGE, src->version, "a version is an id or a time like 2026-01-02T03:04:05Z");
	drift__map_init(&m, a);
	drift__map_puts(&m, "Bucket", src->bucket);
	drift__map_puts(&m, "Prefix", src->key);
	call.input = drift__map_finish(&m);
	st = drift__aws_call_once(c, &call, &doc, NULL, 0, err);
	if (st != DRIFT_OK)
		return st;
	list = drift_value_get(drift_document_root(doc), "Versions");
	src->version = NULL;
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i);

		if (drift__streq(drift__value_gets(v, "Key"), src->key) && drift__time_parse(drift__value_gets(v, "LastModified"), &t) && t <= wanted && t > best) {
			best = t;
			src->version = drift__arena_strdup(a, drift__value_gets(v, "VersionId"));
		}
	}
	drift_document_free(doc);
	if (best < 0)
		st = drift__fail(err, DRIFT_NO_STATE, src->text, "there was no version of the state at that time");
	return st;
}

/* The source comes first: which of several states could not be read is what people need to know. */
static enum drift_status
explain_refusal(const struct drift__source *src, enum drift_status st, const char *code, const struct drift_error *inner, struct drift_error *err)
{
	drift__fail(err, st, src->text, "%s: %s", inner->where, inner->what);
	if (err != NULL)
		snprintf(err->request_id, sizeof err->request_id, "%s", inner->request_id);
	if (strcmp(code, "NoSuchBucket") == 0)
		drift__hint(err, "is the name right, and is it the account that holds the states (--profile, state_profile)?");
	else if (st == DRIFT_DENIED)
		drift__hint(err, "the credentials need s3:GetObject on arn:aws:s3:::%s/%s", src->bucket, src->key);
	else if (st == DRIFT_REDIRECT)
		drift__hint(err, "the bucket lives in another region: add ?region=… to the source");
	else
		drift__hint(err, "%s", inner->hint);
	return st;
}

static enum drift_status
fetch_s3(const struct drift__source *given, const struct drift_state_options *o, struct drift__fetched *out, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "s3", .operation = "GetObject", .region = given->region, .max_reply_bytes = TFSTATE_MAX_BYTES};
	struct drift__source src = *given;
	struct drift__aws_client *c = NULL;
	struct drift_document *doc = NULL;
	struct drift_error inner = DRIFT_ERROR_INIT;
	struct drift__arena a;
	const struct drift_value *body;
	char code[96] = "";
	enum drift_status st;

	drift__arena_init(&a, 0);
	if (src.version == NULL)
		src.version = o->version;
	st = drift__source_client(&src, o, &c, err);
	if (st == DRIFT_OK && src.version != NULL && strchr(src.version, ':') != NULL)
		st = version_at(c, &src, &a, err);
	if (st != DRIFT_OK)
		goto done;
	call.input = drift__source_object(&src, src.key, &a);
	st = call.input != NULL ? drift__aws_call_once(c, &call, &doc, code, sizeof code, &inner) : drift__nomem(err);
	if (st == DRIFT_NOT_FOUND && strcmp(code, "NoSuchBucket") != 0) {
		out->missing = true;
		st = DRIFT_OK;
		goto done;
	}
	if (st != DRIFT_OK) {
		explain_refusal(&src, st, code, &inner, err);
		goto done;
	}
	body = drift_value_get(drift_document_root(doc), "Body");
	if (body != NULL && body->kind == DRIFT_STRING)
		drift__buf_add(&out->text, body->u.text, body->len);
	snprintf(out->etag, sizeof out->etag, "%s", drift__value_gets(drift_document_root(doc), "ETag") != NULL ? drift__value_gets(drift_document_root(doc), "ETag") : "");
	drift__time_parse(drift__value_gets(drift_document_root(doc), "LastModified"), &out->modified_ms);
	if (out->text.len == 0)
		out->missing = true;
done:
	drift_document_free(doc);
	drift__aws_client_free(c);
	drift__arena_dispose(&a);
	return st;
}

enum drift_status
drift__source_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out, struct drift_error *err)
{
	struct stat info;
	enum drift_status st;

	memset(out, 0, sizeof *out);
	drift__buf_init(&out->text, TFSTATE_MAX_BYTES);
	if (src->path == NULL)
		return fetch_s3(src, o, out, err);
	if (strcmp(src->path, "-") != 0 && stat(src->path, &info) != 0) {
		if (src->from_backend) {
			out->missing = true;
			return DRIFT_OK;
		}
		drift__fail(err, DRIFT_NO_STATE, src->path, "there is no such state file");
		return drift__hint(err, "name it with --state, or use s3://BUCKET/KEY");
	}
	st = drift__file_read(src->path, &out->text, err);
	if (st == DRIFT_OK && strcmp(src->path, "-") != 0) {
		unsigned char md5[16];

		drift__md5(out->text.data != NULL ? out->text.data : "", out->text.len, md5);
		drift__hex(md5, sizeof md5, out->etag);
		out->modified_ms = (int64_t)info.st_mtime * 1000;
	}
	return st;
}
