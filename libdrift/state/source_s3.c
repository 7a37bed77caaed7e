/* States in S3: the client that a backend block describes, the object, and its versions. */
#define _POSIX_C_SOURCE 200809L
#include "state/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* ---- the client ---- */

static bool
is_variable(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

/* The environment with what the backend block says laid over it. NULL = nothing to lay over, or no memory (then *failed). */
static const char *const *
own_environment(const struct drift__source_aws *aws, struct drift__arena *a, bool *failed)
{
	const struct {
		const char *name, *value;
	} over[] = {{"AWS_SHARED_CREDENTIALS_FILE", aws->shared_credentials}, {"AWS_CONFIG_FILE", aws->shared_config}, {"HTTP_PROXY", aws->http_proxy},
		{"http_proxy", aws->http_proxy}, {"HTTPS_PROXY", aws->https_proxy}, {"https_proxy", aws->https_proxy}, {"NO_PROXY", aws->no_proxy},
		{"no_proxy", aws->no_proxy}, {"AWS_ROLE_ARN", aws->web_identity_role}, {"AWS_WEB_IDENTITY_TOKEN_FILE", aws->web_identity_file},
		{"AWS_ROLE_SESSION_NAME", aws->web_identity_session},
		/* keys in the environment would come before the web identity */
		{"AWS_ACCESS_KEY_ID", aws->web_identity_role != NULL ? "" : NULL}, {"AWS_SECRET_ACCESS_KEY", aws->web_identity_role != NULL ? "" : NULL},
		{"AWS_SESSION_TOKEN", aws->web_identity_role != NULL ? "" : NULL}};
	enum { N_OVER = sizeof over / sizeof over[0] };
	const char **list;
	size_t n = 0, m = 0, i;
	char **e;
	bool any = false;

	*failed = false;
	for (i = 0; i < N_OVER; i++)
		any = any || over[i].value != NULL;
	if (!any)
		return NULL;
	for (e = environ; e != NULL && *e != NULL; e++)
		n++;
	list = drift__arena_zalloc(a, (n + N_OVER + 1) * sizeof *list);
	for (e = environ; list != NULL && e != NULL && *e != NULL; e++) {
		for (i = 0; i < N_OVER && !(over[i].value != NULL && is_variable(*e, over[i].name)); i++)
			;
		if (i == N_OVER)
			list[m++] = *e;
	}
	for (i = 0; list != NULL && i < N_OVER; i++) {
		if (over[i].value == NULL || over[i].value[0] == '\0')
			continue;
		list[m] = drift__arena_printf(a, "%s=%s", over[i].name, over[i].value);
		*failed = *failed || list[m++] == NULL;
	}
	*failed = *failed || list == NULL;
	return list;
}

/* "s3=http://…": the backend's own, then the old variables that Terraform still reads. */
static const char *const *
own_endpoints(const struct drift__source_aws *aws, struct drift__arena *a, bool *failed)
{
	const struct {
		const char *service, *value, *variable;
	} rows[] = {{"s3", aws->endpoint_s3, "AWS_S3_ENDPOINT"}, {"dynamodb", aws->endpoint_dynamodb, "AWS_DYNAMODB_ENDPOINT"},
		{"sts", aws->endpoint_sts, "AWS_STS_ENDPOINT"}, {"iam", aws->endpoint_iam, "AWS_IAM_ENDPOINT"}, {"sso", aws->endpoint_sso, NULL}};
	enum { N_ROWS = sizeof rows / sizeof rows[0] };
	const char **list = drift__arena_zalloc(a, (N_ROWS + 1) * sizeof *list);
	size_t i, n = 0;

	for (i = 0; list != NULL && i < N_ROWS; i++) {
		const char *value = rows[i].value;

		if (value == NULL && rows[i].variable != NULL)
			value = getenv(rows[i].variable);
		if (value == NULL || value[0] == '\0')
			continue;
		list[n] = drift__arena_printf(a, strstr(value, "://") != NULL ? "%s=%s" : "%s=https://%s", rows[i].service, value);
		*failed = *failed || list[n++] == NULL;
	}
	*failed = *failed || list == NULL;
	return n > 0 ? list : NULL;
}

enum drift_status
drift__source_client(const struct drift__source *src, const struct drift_state_options *o, struct drift__arena *a,
	struct drift__aws_client **out, struct drift_error *err)
{
	const struct drift__source_aws *aws = &src->aws;
	struct drift__aws_options opt = {.catalogue = o->catalogue, .cancel = o->cancel, .log = o->log, .log_ctx = o->log_ctx,
		.mfa = o->mfa, .mfa_ctx = o->mfa_ctx, .keyring = o->keyring};
	bool no_env, no_endpoints = false;

	if (o->catalogue == NULL)
		return drift__fail(err, DRIFT_USAGE, src->text, "a catalogue is needed to read from S3");
	/* what was asked for by hand comes before what the backend says */
	opt.profile = o->profile != NULL ? o->profile : aws->profile;
	opt.region = aws->region != NULL ? aws->region : o->region;
	opt.role_arn = o->role_arn != NULL ? o->role_arn : aws->role_arn;
	opt.external_id = o->external_id != NULL ? o->external_id : aws->external_id;
	opt.session_name = aws->session_name;
	opt.role_more = o->role_arn == NULL ? aws->role_more : NULL;
	if (o->profile == NULL) {
		opt.access_key = aws->access_key;
		opt.secret_key = aws->secret_key;
		opt.token = aws->token;
	}
	opt.path_style = aws->path_style;
	opt.fips = aws->fips;
	opt.dualstack = aws->dualstack;
	opt.ca_bundle = aws->ca_bundle;
	opt.max_attempts = aws->max_retries >= 0 ? aws->max_retries + 1 : 0;
	opt.env = own_environment(aws, a, &no_env);
	opt.endpoints = own_endpoints(aws, a, &no_endpoints);
	if (no_env || no_endpoints)
		return drift__nomem(err);
	return drift__aws_client_new(&opt, out, err);
}

/* ---- the object ---- */

const struct drift_value *
drift__source_object(const struct drift__source *src, const char *key, const char *version, struct drift__arena *a)
{
	struct drift__map_builder m;
	unsigned char raw[64], md5[16];
	struct drift__buf sum = DRIFT__BUF_INIT(64);
	long n;

	drift__map_init(&m, a);
	drift__map_puts(&m, "Bucket", src->bucket);
	drift__map_puts(&m, "Key", key);
	if (version != NULL)
		drift__map_puts(&m, "VersionId", version);
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

/* The source comes first: which of several states could not be read is what people need to know. */
static enum drift_status
explain_refusal(const struct drift__source *src, const char *version, enum drift_status st, const char *code, const struct drift_error *inner,
	struct drift_error *err)
{
	drift__fail(err, st, src->text, "%s: %s", inner->where, inner->what);
	if (err != NULL)
		snprintf(err->request_id, sizeof err->request_id, "%s", inner->request_id);
	if (strcmp(code, "NoSuchBucket") == 0)
		drift__hint(err, "is the name right, and is it the account that holds the states (--profile, state_profile)?");
	else if (st == DRIFT_NOT_FOUND)
		drift__hint(err, "that is not how S3 says it: is the endpoint right (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, a proxy)?");
	else if (st == DRIFT_DENIED && strstr(inner->what, "kms:") != NULL)
		drift__hint(err, "the credentials need kms:Decrypt on the key that the bucket encrypts with");
	else if (st == DRIFT_DENIED)
		drift__hint(err, "the credentials need s3:GetObject%s on arn:aws:s3:::%s/%s", version != NULL ? "Version" : "", src->bucket, src->key);
	else if (st == DRIFT_REDIRECT)
		drift__hint(err, "the bucket lives in another region: add ?region=… to the source");
	else if (strcmp(code, "InvalidRequest") == 0 && src->sse_customer_key == NULL && strstr(inner->what, "ncrypt") != NULL)
		drift__hint(err, "the object is encrypted with a key of your own (SSE-C): set AWS_SSE_CUSTOMER_KEY and add ?encrypt=1");
	else
		drift__hint(err, "%s", inner->hint);
	return st;
}

enum drift_status
drift__s3_get(const struct drift__source *src, struct drift__aws_client *c, const char *version, struct drift__fetched *out,
	struct drift_error *err)
{
	struct drift__aws_call call = {.service = "s3", .operation = "GetObject", .region = src->aws.region, .max_reply_bytes = TFSTATE_MAX_BYTES};
	struct drift_document *doc = NULL;
	struct drift_error inner = DRIFT_ERROR_INIT;
	const struct drift_value *root, *body;
	struct drift__arena a;
	char code[96] = "";
	enum drift_status st;

	drift__arena_init(&a, 0);
	call.input = drift__source_object(src, src->key, version, &a);
	st = call.input != NULL ? drift__aws_call_once(c, &call, &doc, code, sizeof code, &inner) : drift__nomem(err);
	/* S3 says what is not there: another server's 404 is no empty state */
	if (st == DRIFT_NOT_FOUND && (strcmp(code, "NoSuchKey") == 0 || version != NULL)) {
		out->missing = true;
		st = DRIFT_OK;
	} else if (st != DRIFT_OK) {
		explain_refusal(src, version, st, code, &inner, err);
	} else {
		root = drift_document_root(doc);
		body = drift_value_get(root, "Body");
		if (drift_value_kind(body) == DRIFT_STRING)
			drift__buf_add(&out->text, body->u.text, body->len);
		snprintf(out->etag, sizeof out->etag, "%s", drift__value_gets(root, "ETag") != NULL ? drift__value_gets(root, "ETag") : "");
		snprintf(out->version, sizeof out->version, "%s", drift__value_gets(root, "VersionId") != NULL ? drift__value_gets(root, "VersionId") : "");
		drift__time_parse(drift__value_gets(root, "LastModified"), &out->modified_ms);
		out->missing = out->text.len == 0;
		st = out->text.status == DRIFT_OK ? DRIFT_OK : drift__nomem(err);
	}
	drift_document_free(doc);
	drift__arena_wipe(&a);
	return st;
}

/* ---- versions ---- */

struct version {
	const struct drift_value *v;
	int64_t modified;
	bool deleted, latest;
};

/* Newest first. Of one second's versions S3 says which is the latest, and lists the others newest first. */
static int
compare_versions(const void *pa, const void *pb)
{
	const struct version *a = pa, *b = pb;

	if (a->latest != b->latest)
		return a->latest ? -1 : 1;
	if (a->modified != b->modified)
		return a->modified > b->modified ? -1 : 1;
	return (a->v > b->v) - (a->v < b->v);
}

static size_t
take_versions(const struct drift_value *list, const char *key, bool deleted, struct version *out)
{
	size_t i, n = 0;

	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i);

		/* the prefix finds longer keys, too */
		if (!drift__streq(drift__value_gets(v, "Key"), key))
			continue;
		out[n] = (struct version){v, 0, deleted, drift_value_bool(drift_value_get(v, "IsLatest"))};
		drift__time_parse(drift__value_gets(v, "LastModified"), &out[n++].modified);
	}
	return n;
}

static const struct drift_value *
version_value(const struct version *v, struct drift__arena *a)
{
	const char *digits = drift_value_text(drift_value_get(v->v, "Size"), NULL);
	struct drift__map_builder m;

	drift__map_init(&m, a);
	drift__map_puts(&m, "version", drift__value_gets(v->v, "VersionId"));
	drift__map_puti(&m, "modified", v->modified);
	drift__map_put(&m, "size", digits != NULL ? drift__value_number(a, digits) : &drift__null);
	drift__map_puts(&m, "etag", drift__value_gets(v->v, "ETag"));
	drift__map_putb(&m, "deleted", v->deleted);
	drift__map_putb(&m, "latest", v->latest);
	return drift__map_finish(&m);
}

enum drift_status
drift__s3_versions(const struct drift__source *src, struct drift__aws_client *c, struct drift__arena *a, const struct drift_value **out,
	struct drift_error *err)
{
	struct drift__aws_call call = {.service = "s3", .operation = "ListObjectVersions", .region = src->aws.region};
	struct drift_document *doc = NULL;
	struct drift_error inner = DRIFT_ERROR_INIT;
	const struct drift_value *versions, *markers;
	struct drift__map_builder m;
	struct drift__list_builder list;
	struct version *all;
	char code[96] = "";
	enum drift_status st;
	size_t n, i;

	drift__map_init(&m, a);
	drift__map_puts(&m, "Bucket", src->bucket);
	drift__map_puts(&m, "Prefix", src->key);
	call.input = drift__map_finish(&m);
	st = call.input != NULL ? drift__aws_call_once(c, &call, &doc, code, sizeof code, &inner) : drift__nomem(err);
	if (st != DRIFT_OK) {
		drift__fail(err, st, src->text, "%s: %s", inner.where, inner.what);
		return st == DRIFT_DENIED ? drift__hint(err, "the credentials need s3:ListBucketVersions on arn:aws:s3:::%s", src->bucket) :
			drift__hint(err, "%s", inner.hint);
	}
	versions = drift_value_get(drift_document_root(doc), "Versions");
	markers = drift_value_get(drift_document_root(doc), "DeleteMarkers");
	all = drift__arena_zalloc(a, (drift_value_size(versions) + drift_value_size(markers) + 1) * sizeof *all);
	drift__list_init(&list, a);
	if (all != NULL) {
		n = take_versions(versions, src->key, false, all);
		n += take_versions(markers, src->key, true, all + n);
		qsort(all, n, sizeof *all, compare_versions);
		for (i = 0; i < n; i++)
			drift__list_add(&list, version_value(&all[i], a));
	}
	versions = all != NULL ? drift__list_finish(&list) : NULL;
	if (versions == NULL)
		st = drift__nomem(err);
	else
		*out = versions;
	drift_document_free(doc);
	return st;
}

/* "serial:N": versions are read from the newest on until one has it. */
static enum drift_status
fetch_serial(const struct drift__source *src, struct drift__aws_client *c, const struct drift_value *versions, struct drift__fetched *out,
	struct drift_error *err)
{
	const char *wanted = src->version + strlen("serial:");
	enum drift_status st = DRIFT_OK;
	size_t i;

	for (i = 0; i < drift_value_size(versions) && st == DRIFT_OK; i++) {
		const struct drift_value *v = drift_value_at(versions, i);
		struct drift_snapshot *snap;
		struct drift__tfstate_info info;
		bool found = false;

		if (drift_value_bool(drift_value_get(v, "deleted")))
			continue;
		drift__buf_reset(&out->text);
		st = drift__s3_get(src, c, drift__value_gets(v, "version"), out, err);
		snap = drift__snapshot_new(DRIFT_SIDE_STATE);
		if (st == DRIFT_OK && snap != NULL && drift__tfstate_read(out->text.data != NULL ? out->text.data : "", out->text.len, src->text, 0, snap, &info,
			NULL) == DRIFT_OK) {
			found = drift__streq(info.serial, wanted);
			drift__list_dispose(&info.warnings);
		}
		drift_snapshot_free(snap);
		if (found)
			return DRIFT_OK;
	}
	if (st == DRIFT_OK) {
		st = drift__fail(err, DRIFT_NO_STATE, src->text, "none of the %zu versions of the state has serial %.20s", drift_value_size(versions), wanted);
		drift__hint(err, "`driftscan state history` lists them");
	}
	return st;
}

/* The id of the newest version that is not younger than a time. */
static enum drift_status
version_at(const struct drift__source *src, const struct drift_value *versions, int64_t time, const char **out, struct drift_error *err)
{
	int64_t modified;
	size_t i;

	for (i = 0; i < drift_value_size(versions); i++) {
		const struct drift_value *v = drift_value_at(versions, i);

		if (!drift__value_to_int(drift_value_get(v, "modified"), &modified) || modified > time)
			continue;
		if (drift_value_bool(drift_value_get(v, "deleted"))) {
			drift__fail(err, DRIFT_NO_STATE, src->text, "the state had been deleted at that time");
			return drift__hint(err, "`driftscan state history` lists the versions");
		}
		*out = drift__value_gets(v, "version");
		return DRIFT_OK;
	}
	drift__fail(err, DRIFT_NO_STATE, src->text, "there was no version of the state at that time");
	return drift__hint(err, "the bucket keeps versions only since versioning was switched on");
}

enum drift_status
drift__s3_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out, struct drift_error *err)
{
	bool serial = src->version != NULL && drift__starts(src->version, "serial:");
	const struct drift_value *versions = NULL;
	const char *version = src->version;
	struct drift__aws_client *c = NULL;
	struct drift__arena a;
	enum drift_status st;
	int64_t time;

	drift__arena_init(&a, 0);
	st = drift__source_client(src, o, &a, &c, err);
	if (st == DRIFT_OK && version != NULL && (serial || drift__time_parse(version, &time))) {
		st = drift__s3_versions(src, c, &a, &versions, err);
		if (st == DRIFT_OK && !serial)
			st = version_at(src, versions, time, &version, err);
	}
	if (st == DRIFT_OK)
		st = serial ? fetch_serial(src, c, versions, out, err) : drift__s3_get(src, c, version, out, err);
	if (st == DRIFT_OK && out->missing && src->version != NULL) {
		st = drift__fail(err, DRIFT_NO_STATE, src->text, "there is no such version of the state");
		drift__hint(err, "`driftscan state history` lists them");
	}
	drift__aws_client_free(c);
	drift__arena_wipe(&a);
	return st;
}

bool
drift__s3_etag(const struct drift__source *src, const struct drift_state_options *o, char out[80])
{
	struct drift__aws_call call = {.service = "s3", .operation = "HeadObject", .region = src->aws.region};
	struct drift__aws_client *c = NULL;
	struct drift_document *doc = NULL;
	const char *etag = NULL;
	struct drift__arena a;

	drift__arena_init(&a, 0);
	if (drift__source_client(src, o, &a, &c, NULL) == DRIFT_OK) {
		call.input = drift__source_object(src, src->key, NULL, &a);
		if (call.input != NULL && drift__aws_call_once(c, &call, &doc, NULL, 0, NULL) == DRIFT_OK)
			etag = drift__value_gets(drift_document_root(doc), "ETag");
	}
	if (etag != NULL)
		snprintf(out, 80, "%s", etag);
	drift_document_free(doc);
	drift__aws_client_free(c);
	drift__arena_wipe(&a);
	return etag != NULL;
}
