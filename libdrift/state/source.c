/* Sources as people name them, and reading them: files, standard input, S3, HTTP, Terraform Cloud. */
#include "state/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "state/cloud.h"

/* ---- s3://bucket/key?name=value ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *
url_decoded(struct drift__arena *a, const char *s, size_t n)
{
	char *out = drift__arena_alloc(a, n + 1), *p = out;
	size_t i;

	for (i = 0; out != NULL && i < n; i++) {
		if (s[i] == '%' && i + 2 < n && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0) {
			*p++ = (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]));
			i += 2;
		} else {
			*p++ = s[i];
		}
	}
	if (out != NULL)
		*p = '\0';
	return out;
}

static bool
is_true(const char *value)
{
	return strcmp(value, "0") != 0 && strcasecmp(value, "false") != 0 && strcasecmp(value, "no") != 0;
}

static enum drift_status
set_parameter(struct drift__source *out, const char *text, size_t n, struct drift__arena *a, struct drift_error *err)
{
	const char *equals = memchr(text, '=', n), *value;
	size_t name = equals != NULL ? (size_t)(equals - text) : n, i;
	const struct {
		const char *name;
		const char **field;
		bool *flag;
	} known[] = {{"region", &out->aws.region, NULL}, {"profile", &out->aws.profile, NULL}, {"role_arn", &out->aws.role_arn, NULL},
		{"external_id", &out->aws.external_id, NULL}, {"version", &out->version, NULL}, {"versionId", &out->version, NULL},
		{"endpoint", &out->aws.endpoint_s3, NULL}, {"dynamodb_endpoint", &out->aws.endpoint_dynamodb, NULL},
		{"dynamodb_table", &out->dynamodb_table, NULL}, {"use_lockfile", NULL, &out->use_lockfile},
		{"use_path_style", NULL, &out->aws.path_style}, {"encrypt", NULL, NULL}};

	value = equals != NULL ? url_decoded(a, equals + 1, n - name - 1) : "1";
	if (value == NULL)
		return drift__nomem(err);
	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strlen(known[i].name) != name || memcmp(known[i].name, text, name) != 0)
			continue;
		if (known[i].field != NULL)
			*known[i].field = value;
		else if (known[i].flag != NULL)
			*known[i].flag = is_true(value);
		else if (is_true(value)) /* SSE-C, as in a backend block: the key never stands in an address */
			out->sse_customer_key = drift__arena_strdup(a, getenv("AWS_SSE_CUSTOMER_KEY"));
		return DRIFT_OK;
	}
	drift__fail(err, DRIFT_USAGE, out->text, "\"%.*s\" is no parameter of an s3 source", (int)(name > 40 ? 40 : name), text);
	return drift__hint(err, "known are region, profile, role_arn, external_id, version, endpoint, dynamodb_endpoint, dynamodb_table, use_lockfile, "
		"use_path_style, encrypt");
}

static enum drift_status
parse_s3(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *p = text + 5, *slash = strchr(p, '/'), *question = strchr(p, '?');
	enum drift_status st = DRIFT_OK;

	out->kind = DRIFT__SOURCE_S3;
	if (slash == NULL || slash == p || slash[1] == '\0' || (question != NULL && question < slash + 2)) {
		drift__fail(err, DRIFT_USAGE, text, "an s3 source is s3://BUCKET/KEY");
		return drift__hint(err, "for example s3://my-states/prod/terraform.tfstate?region=eu-west-1");
	}
	out->bucket = drift__arena_strndup(a, p, (size_t)(slash - p));
	out->key = question != NULL ? drift__arena_strndup(a, slash + 1, (size_t)(question - slash - 1)) : drift__arena_strdup(a, slash + 1);
	out->base_key = out->key;
	for (p = question; p != NULL && st == DRIFT_OK; p = strchr(p + 1, '&'))
		st = set_parameter(out, p + 1, strcspn(p + 1, "&"), a, err);
	if (st != DRIFT_OK)
		return st;
	out->text = out->version != NULL ? drift__arena_printf(a, "s3://%s/%s?versionId=%s", out->bucket, out->key, out->version)
		: drift__arena_printf(a, "s3://%s/%s", out->bucket, out->key);
	return out->bucket == NULL || out->key == NULL || out->text == NULL ? drift__nomem(err) : DRIFT_OK;
}

/* ---- https://user:password@host/path ---- */

static enum drift_status
parse_http(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *authority = strstr(text, "://") + 3, *user = NULL, *password = NULL, *colon;
	size_t n = strcspn(authority, "/?#"), at = n;

	out->kind = DRIFT__SOURCE_HTTP;
	out->text = drift__url_shown(a, text);
	while (at > 0 && authority[at - 1] != '@')
		at--;
	out->url = drift__arena_printf(a, "%.*s%s", (int)(authority - text), text, authority + at);
	if (at > 0) {
		colon = memchr(authority, ':', at - 1);
		user = url_decoded(a, authority, colon != NULL ? (size_t)(colon - authority) : at - 1);
		password = colon != NULL ? url_decoded(a, colon + 1, (size_t)(authority + at - 1 - colon) - 1) : "";
	}
	if (out->text == NULL || out->url == NULL || (at > 0 && (user == NULL || password == NULL)))
		return drift__nomem(err);
	if (drift__url_host(a, out->url) == NULL) {
		drift__fail(err, DRIFT_USAGE, out->text, "the address names no host");
		return drift__hint(err, "an HTTP source is https://HOST/PATH");
	}
	return drift__source_http_credentials(out, user, password, a, err);
}

/* tfe://[host/]organization/workspace */
static enum drift_status
parse_cloud(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *p = text + 6, *parts[3] = {NULL, NULL, NULL}, *slash;
	size_t n = 0;

	out->kind = DRIFT__SOURCE_CLOUD;
	for (; n < 3 && *p != '\0'; n++) {
		slash = p + strcspn(p, "/");
		parts[n] = drift__arena_strndup(a, p, (size_t)(slash - p));
		if (parts[n] == NULL)
			return drift__nomem(err);
		if (parts[n][0] == '\0')
			break;
		p = *slash == '/' ? slash + 1 : slash;
	}
	if (n < 2 || *p != '\0') {
		drift__fail(err, DRIFT_USAGE, text, "a source in Terraform Cloud or Enterprise is tfe://HOST/ORGANIZATION/WORKSPACE");
		return drift__hint(err, "without HOST/ it is app.terraform.io");
	}
	out->host = n == 3 ? parts[0] : "app.terraform.io";
	out->organization = parts[n - 2];
	out->workspace = parts[n - 1];
	out->text = drift__arena_printf(a, "tfe://%s/%s/%s", out->host, out->organization, out->workspace);
	return out->text != NULL ? DRIFT_OK : drift__nomem(err);
}

enum drift_status
drift__source_parse(const char *text, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	memset(out, 0, sizeof *out);
	out->aws.max_retries = -1;
	if (drift__starts(text, "s3://"))
		return parse_s3(text, a, out, err);
	if (strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0)
		return parse_http(text, a, out, err);
	if (drift__starts(text, "tfe://"))
		return parse_cloud(text, a, out, err);
	out->path = out->text = drift__arena_strdup(a, text);
	return out->text != NULL ? DRIFT_OK : drift__nomem(err);
}

/* ---- files ---- */

void
drift__fetched_hash(struct drift__fetched *f)
{
	unsigned char hash[20];

	drift__sha1(f->text.data != NULL ? f->text.data : "", f->text.len, hash);
	drift__hex(hash, sizeof hash, f->etag);
}

static enum drift_status
fetch_file(const struct drift__source *src, struct drift__fetched *out, struct drift_error *err)
{
	bool standard_input = strcmp(src->path, "-") == 0;
	enum drift_status st;
	struct stat info;

	if (!standard_input && stat(src->path, &info) != 0) {
		if (src->from_backend) {
			out->missing = true;
			return DRIFT_OK;
		}
		drift__fail(err, DRIFT_NO_STATE, src->path, "there is no such state file");
		return drift__hint(err, "name it with --state, or use s3://BUCKET/KEY");
	}
	st = drift__file_read(src->path, &out->text, err);
	if (st == DRIFT_OK && !standard_input)
		out->modified_ms = (int64_t)info.st_mtime * 1000;
	return st;
}

enum drift_status
drift__source_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out,
	struct drift_error *err)
{
	struct drift__remote_options remote = {.cancel = o->cancel, .log = o->log, .log_ctx = o->log_ctx};
	struct drift__source wanted = *src;
	enum drift_status st = DRIFT_OK;

	memset(out, 0, sizeof *out);
	drift__buf_init(&out->text, TFSTATE_MAX_BYTES);
	if (wanted.version == NULL)
		wanted.version = o->version;
	switch (src->kind) {
	case DRIFT__SOURCE_FILE:
		if (wanted.version != NULL) {
			drift__fail(err, DRIFT_USAGE, src->text, "a file has no versions");
			return drift__hint(err, "name the older file itself, or leave --state-version out");
		}
		st = fetch_file(src, out, err);
		break;
	case DRIFT__SOURCE_S3:
		st = drift__s3_fetch(&wanted, o, out, err);
		break;
	case DRIFT__SOURCE_HTTP:
		st = drift__http_fetch(&wanted, o, out, err);
		break;
	case DRIFT__SOURCE_CLOUD:
		st = drift__cloud_fetch(&wanted, &remote, out, err);
		break;
	}
	if (st == DRIFT_OK && out->etag[0] == '\0' && !out->missing)
		drift__fetched_hash(out);
	return st;
}

bool
drift__source_is_still(const struct drift__source *src, const struct drift_state_options *o, const char *etag)
{
	unsigned char hash[20];
	char now[80] = "";

	if (src->kind == DRIFT__SOURCE_S3)
		return etag != NULL && drift__s3_etag(src, o, now) && strcmp(now, etag) == 0;
	if (src->kind != DRIFT__SOURCE_FILE || etag == NULL || !drift__sha1_file(src->path, hash))
		return false;
	drift__hex(hash, sizeof hash, now);
	return strcmp(now, etag) == 0;
}
