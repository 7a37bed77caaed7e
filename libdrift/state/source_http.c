/* The HTTP backend, with which GitLab keeps states as well (Terraform internal/backend/remote-state/http). */
#define _POSIX_C_SOURCE 200809L
#include "state/remote.h"
#include "state/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *
environment(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

/* Where nobody listens in. */
static bool
is_loopback(const char *host)
{
	return host != NULL && (drift__starts(host, "127.") || drift__starts(host, "[::1]") || drift__streq(host, "localhost") || drift__starts(host, "localhost:"));
}

static bool
is_gitlab(const char *url)
{
	return strstr(url, "/api/v4/projects/") != NULL && strstr(url, "/terraform/state/") != NULL;
}

/* GITLAB_TOKEN and CI_JOB_TOKEN are for one server: the one that the environment names, else gitlab.com. */
static bool
gitlab_header(struct drift__source *src, const char *host, struct drift__arena *a)
{
	const char *server = environment("CI_SERVER_URL") != NULL ? drift__url_host(a, environment("CI_SERVER_URL")) : environment("GITLAB_HOST");
	const char *token = environment("GITLAB_TOKEN"), *job = environment("CI_JOB_TOKEN");

	if (server == NULL)
		server = "gitlab.com";
	else if (strstr(server, "://") != NULL)
		server = drift__url_host(a, server);
	if (server == NULL || strcasecmp(server, host) != 0 || (token == NULL && job == NULL))
		return false;
	src->header = token != NULL ? "PRIVATE-TOKEN" : "JOB-TOKEN";
	src->secret = drift__arena_strdup(a, token != NULL ? token : job);
	return true;
}

enum drift_status
drift__source_http_credentials(struct drift__source *src, const char *user, const char *password, struct drift__arena *a, struct drift_error *err)
{
	const char *host = drift__url_host(a, src->url), *meant = environment("TF_HTTP_ADDRESS");

	/* those of the environment belong to the address of the environment, where it names one */
	if (user == NULL && (meant == NULL || drift__streq(drift__url_host(a, meant), host))) {
		user = environment("TF_HTTP_USERNAME");
		password = environment("TF_HTTP_PASSWORD");
	}
	if (user != NULL) {
		src->header = "Authorization";
		src->secret = drift__basic_authorization(a, user, password != NULL ? password : "");
		if (src->secret == NULL)
			return drift__nomem(err);
	} else if (host != NULL && is_gitlab(src->url) && gitlab_header(src, host, a) && src->secret == NULL) {
		return drift__nomem(err);
	}
	return DRIFT_OK;
}

static enum drift_status
refused(const struct drift__source *src, const struct drift__remote_reply *reply, struct drift_error *err)
{
	if (reply->status == 401 || reply->status == 403) {
		drift__fail(err, DRIFT_DENIED, src->text, "the server refuses: HTTP %d", reply->status);
		if (reply->left_host)
			return drift__hint(err, "a redirect led to another host, where user and password are not sent; name that address itself");
		if (is_gitlab(src->url))
			return drift__hint(err, "set TF_HTTP_USERNAME and TF_HTTP_PASSWORD (a token with read_api), or GITLAB_TOKEN and GITLAB_HOST; a job needs CI_JOB_TOKEN");
		return drift__hint(err, src->secret != NULL ? "are user and password right, and may they read this state?" : "set TF_HTTP_USERNAME and TF_HTTP_PASSWORD");
	}
	drift__fail(err, DRIFT_BAD_REPLY, src->text, "the server answers with HTTP %d", reply->status);
	return drift__hint(err, "Terraform expects 200 with the state, or 204 or 404 for none");
}

static enum drift_status
check_md5(const struct drift__source *src, const struct drift__remote_reply *reply, struct drift_error *err)
{
	struct drift__buf sum = DRIFT__BUF_INIT(64);
	unsigned char md5[16];
	bool same;

	if (reply->content_md5[0] == '\0')
		return DRIFT_OK;
	drift__md5(reply->body.data != NULL ? reply->body.data : "", reply->body.len, md5);
	drift__base64_encode(md5, sizeof md5, &sum);
	same = drift__streq(sum.data, reply->content_md5);
	drift__buf_dispose(&sum);
	if (same)
		return DRIFT_OK;
	drift__fail(err, DRIFT_BAD_REPLY, src->text, "the body does not fit its Content-MD5");
	return drift__hint(err, "it was changed or cut off on the way; try again");
}

/* GitLab keeps older ones under /versions/SERIAL. */
static enum drift_status
version_url(const struct drift__source *src, struct drift__arena *a, const char **out, struct drift_error *err)
{
	const char *serial = src->version;

	*out = src->url;
	if (serial == NULL)
		return DRIFT_OK;
	if (drift__starts(serial, "serial:"))
		serial += strlen("serial:");
	if (!is_gitlab(src->url) || strspn(serial, "0123456789") != strlen(serial)) {
		drift__fail(err, DRIFT_USAGE, src->text, "older versions can't be asked of this server");
		return drift__hint(err, is_gitlab(src->url) ? "of GitLab they are named by their serial: --state-version 12" : "the HTTP backend knows only the newest state");
	}
	*out = drift__arena_printf(a, "%.*s/versions/%s", (int)strcspn(src->url, "?#"), src->url, serial);
	return *out != NULL ? DRIFT_OK : drift__nomem(err);
}

enum drift_status
drift__http_fetch(const struct drift__source *src, const struct drift_state_options *o, struct drift__fetched *out, struct drift_error *err)
{
	struct drift__remote_options ro = {.cancel = o->cancel, .log = o->log, .log_ctx = o->log_ctx};
	struct drift__remote_request q = {.header = src->header, .secret = src->secret, .max_bytes = TFSTATE_MAX_BYTES};
	struct drift__remote_reply reply = {0};
	struct drift__arena a;
	enum drift_status st;

	drift__arena_init(&a, 0);
	st = version_url(src, &a, &q.url, err);
	if (st == DRIFT_OK)
		st = drift__remote_get(&q, &ro, &reply, err);
	if (st == DRIFT_OK && (reply.status == 404 || reply.status == 204)) {
		out->missing = true;
		if (reply.status == 404 && src->version != NULL)
			st = drift__fail(err, DRIFT_NO_STATE, src->text, "there is no such version of the state");
	} else if (st == DRIFT_OK && reply.status != 200) {
		st = refused(src, &reply, err);
	} else if (st == DRIFT_OK) {
		st = check_md5(src, &reply, err);
	}
	if (st == DRIFT_OK && !out->missing) {
		out->text = reply.body;
		drift__buf_init(&reply.body, 0);
		out->missing = out->text.len == 0;
		snprintf(out->etag, sizeof out->etag, "%s", reply.etag);
		out->modified_ms = reply.modified_ms;
		out->plain_password = src->secret != NULL && strncasecmp(src->url, "http://", 7) == 0 && !is_loopback(drift__url_host(&a, src->url));
	}
	drift__remote_dispose(&reply);
	drift__arena_wipe(&a);
	return st;
}
