/* Terraform Cloud and Enterprise: workspace → its current state version → where that can be downloaded → the state
 * (the public API, /api/v2). The token goes to its own host only: downloads lie elsewhere, behind signed addresses. */
#include "state/cloud.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ANSWER = 4 * 1024 * 1024, MAX_PAGES = 200 };

struct asking {
	const struct drift__source *src;
	const struct drift__remote_options *o;
	struct drift__arena *a;
	const char *bearer;
	struct drift_error *err;
};

static enum drift_status
begin(struct asking *q)
{
	const char *token = q->src->api_token;
	enum drift_status st = token != NULL ? DRIFT_OK : drift__cloud_token(q->src->host, q->a, &token, q->err);

	if (st != DRIFT_OK)
		return st;
	q->bearer = drift__arena_printf(q->a, "Bearer %s", token);
	return q->bearer != NULL ? DRIFT_OK : drift__nomem(q->err);
}

static const char *
encoded(struct drift__arena *a, const char *s)
{
	struct drift__buf b = DRIFT__BUF_INIT(65536);
	const char *out = NULL;

	drift__uri_encode(&b, s, strlen(s), false);
	if (b.status == DRIFT_OK)
		out = drift__arena_strdup(a, b.data != NULL ? b.data : "");
	drift__buf_dispose(&b);
	return out;
}

static enum drift_status
say_status(const struct asking *q, int status, const char *what)
{
	const struct drift__source *src = q->src;

	if (status == 401) {
		drift__fail(q->err, DRIFT_DENIED, src->text, "%.80s refuses the API token (HTTP 401)", src->host);
		return drift__hint(q->err, "run `terraform login %.80s` again, or set TF_TOKEN_…; an expired or organization token may not read states", src->host);
	}
	if (status == 403 || status == 404) {
		drift__fail(q->err, status == 403 ? DRIFT_DENIED : DRIFT_NO_STATE, src->text, "there is no such %s, or the token may not read it (HTTP %d)", what, status);
		return drift__hint(q->err, "are organization (%.60s) and workspace (%.60s) right, and may the token read state versions?", src->organization, src->workspace);
	}
	return drift__fail(q->err, DRIFT_BAD_REPLY, src->text, "%.80s answers with HTTP %d", src->host, status);
}

/* GET /api/v2…; *root stays NULL after a 404 when that may be. */
static enum drift_status
ask(struct asking *q, const char *path, const char *what, bool may_be_absent, const struct drift_value **root)
{
	struct drift__remote_request request = {.header = "Authorization", .secret = q->bearer, .accept = "application/vnd.api+json", .max_bytes = MAX_ANSWER};
	struct drift__json_options opt = {.name = q->src->text, .lenient_utf8 = true};
	struct drift__remote_reply reply = {0};
	enum drift_status st = DRIFT_OK;

	*root = NULL;
	request.url = path != NULL ? drift__arena_printf(q->a, "https://%s/api/v2%s", q->src->host, path) : NULL;
	if (request.url == NULL)
		return drift__nomem(q->err);
	st = drift__remote_get(&request, q->o, &reply, q->err);
	if (st == DRIFT_OK && reply.status == 200)
		st = drift__json_parse(q->a, reply.body.data != NULL ? reply.body.data : "", reply.body.len, &opt, root, q->err);
	else if (st == DRIFT_OK && !(reply.status == 404 && may_be_absent))
		st = say_status(q, reply.status, what);
	drift__remote_dispose(&reply);
	return st;
}

/* Ids of the API go into further paths. */
static const char *
id_of(const struct drift_value *v)
{
	const char *id = drift__value_gets(v, "id");

	return id != NULL && id[0] != '\0' && strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == strlen(id) ? id : NULL;
}

static enum drift_status
odd_answer(const struct asking *q, const char *what)
{
	drift__fail(q->err, DRIFT_BAD_REPLY, q->src->text, "the answer of %.80s holds no %s", q->src->host, what);
	return drift__hint(q->err, "is it Terraform Cloud or Enterprise?");
}

static enum drift_status
find_workspace(struct asking *q, const char *more, const struct drift_value **root)
{
	const char *organization = encoded(q->a, q->src->organization), *workspace = encoded(q->a, q->src->workspace);
	enum drift_status st;

	if (organization == NULL || workspace == NULL)
		return drift__nomem(q->err);
	st = ask(q, drift__arena_printf(q->a, "/organizations/%s/workspaces/%s%s", organization, workspace, more), "workspace", false, root);
	if (st == DRIFT_OK && id_of(drift_value_get(*root, "data")) == NULL)
		st = odd_answer(q, "workspace");
	return st;
}

/* ---- which version ---- */

static bool
fits(const struct drift_value *version, const char *serial, int64_t time)
{
	const struct drift_value *attributes = drift_value_get(version, "attributes");
	int64_t created;

	if (serial != NULL)
		return drift__streq(drift_value_text(drift_value_get(attributes, "serial"), NULL), serial);
	return drift__time_parse(drift__value_gets(attributes, "created-at"), &created) && created <= time;
}

/* The list is newest first. */
static enum drift_status
find_version(struct asking *q, const char *serial, int64_t time, const struct drift_value **out)
{
	const char *organization = encoded(q->a, q->src->organization), *workspace = encoded(q->a, q->src->workspace);
	const struct drift_value *root, *list;
	enum drift_status st = DRIFT_OK;
	int page;
	size_t i;

	for (page = 1; page <= MAX_PAGES && st == DRIFT_OK; page++) {
		st = ask(q, drift__arena_printf(q->a, "/state-versions?filter%%5Bworkspace%%5D%%5Bname%%5D=%s&filter%%5Borganization%%5D%%5Bname%%5D=%s"
			"&page%%5Bsize%%5D=100&page%%5Bnumber%%5D=%d", workspace, organization, page), "list of state versions", false, &root);
		list = st == DRIFT_OK ? drift_value_get(root, "data") : NULL;
		for (i = 0; i < drift_value_size(list); i++) {
			if (fits(drift_value_at(list, i), serial, time)) {
				*out = drift_value_at(list, i);
				return DRIFT_OK;
			}
		}
		if (drift_value_size(list) < 100)
			break;
	}
	if (st != DRIFT_OK)
		return st;
	drift__fail(q->err, DRIFT_NO_STATE, q->src->text, "there is no state version %s%.40s", serial != NULL ? "with serial " : "as old as ", q->src->version);
	return drift__hint(q->err, "the workspace's page lists its states");
}

static enum drift_status
choose_version(struct asking *q, const struct drift_value **out)
{
	const char *version = q->src->version;
	const struct drift_value *root = NULL;
	enum drift_status st;
	int64_t time = 0;

	*out = NULL;
	if (version != NULL && (drift__starts(version, "serial:") || drift__time_parse(version, &time)))
		return find_version(q, drift__starts(version, "serial:") ? version + 7 : NULL, time, out);
	if (version != NULL) {
		st = ask(q, drift__arena_printf(q->a, "/state-versions/%s", encoded(q->a, version)), "state version", false, &root);
	} else {
		st = find_workspace(q, "", &root);
		if (st == DRIFT_OK)
			st = ask(q, drift__arena_printf(q->a, "/workspaces/%s/current-state-version", id_of(drift_value_get(root, "data"))), "state", true, &root);
	}
	if (st == DRIFT_OK)
		*out = drift_value_get(root, "data");
	return st;
}

/* ---- the state itself ---- */

static enum drift_status
download(struct asking *q, const struct drift_value *version, struct drift__fetched *out)
{
	struct drift__remote_request request = {.max_bytes = TFSTATE_MAX_BYTES};
	struct drift__remote_reply reply = {0};
	const struct drift_value *attributes = drift_value_get(version, "attributes");
	const char *url = drift__value_gets(attributes, "hosted-state-download-url"), *host;
	enum drift_status st;

	if (url == NULL)
		return odd_answer(q, "address of the state (is it still being written?)");
	request.url = url[0] == '/' ? drift__arena_printf(q->a, "https://%s%s", q->src->host, url) : url;
	if (!drift__starts(request.url, "https://"))
		return odd_answer(q, "https address of the state");
	host = drift__url_host(q->a, request.url);
	if (host != NULL && drift__streq(host, drift__url_host(q->a, drift__arena_printf(q->a, "https://%s/", q->src->host)))) {
		request.header = "Authorization";
		request.secret = q->bearer;
	}
	st = drift__remote_get(&request, q->o, &reply, q->err);
	if (st == DRIFT_OK && reply.status != 200)
		st = say_status(q, reply.status, "state");
	if (st == DRIFT_OK) {
		out->text = reply.body;
		drift__buf_init(&reply.body, 0);
		out->missing = out->text.len == 0;
		snprintf(out->version, sizeof out->version, "%s", id_of(version) != NULL ? id_of(version) : "");
		snprintf(out->etag, sizeof out->etag, "%s", id_of(version) != NULL ? id_of(version) : "");
		drift__time_parse(drift__value_gets(attributes, "created-at"), &out->modified_ms);
	}
	drift__remote_dispose(&reply);
	return st;
}

enum drift_status
drift__cloud_fetch(const struct drift__source *src, const struct drift__remote_options *o, struct drift__fetched *out, struct drift_error *err)
{
	struct drift__arena a;
	struct asking q = {src, o, &a, NULL, err};
	const struct drift_value *version = NULL;
	enum drift_status st;

	drift__arena_init(&a, 0);
	st = begin(&q);
	if (st == DRIFT_OK)
		st = choose_version(&q, &version);
	if (st == DRIFT_OK && drift_value_kind(version) != DRIFT_MAP)
		out->missing = true; /* a workspace that was never applied */
	else if (st == DRIFT_OK)
		st = download(&q, version, out);
	drift__arena_wipe(&a);
	return st;
}

enum drift_status
drift__cloud_locked(const struct drift__source *src, const struct drift__remote_options *o, struct drift__arena *a, bool *locked, const char **who,
	struct drift_error *err)
{
	struct asking q = {src, o, a, NULL, err};
	const struct drift_value *root, *data, *by, *included;
	enum drift_status st = begin(&q);
	const char *kind, *name = NULL;
	size_t i;

	if (st == DRIFT_OK)
		st = find_workspace(&q, "?include=locked_by", &root);
	if (st != DRIFT_OK)
		return st;
	data = drift_value_get(root, "data");
	*locked = drift_value_bool(drift_value_get(drift_value_get(data, "attributes"), "locked"));
	*who = NULL;
	by = drift_value_get(drift_value_get(drift_value_get(data, "relationships"), "locked-by"), "data");
	kind = drift__value_gets(by, "type");
	included = drift_value_get(root, "included");
	for (i = 0; i < drift_value_size(included); i++)
		if (drift__streq(id_of(drift_value_at(included, i)), id_of(by)) && id_of(by) != NULL)
			name = drift__value_gets(drift_value_get(drift_value_at(included, i), "attributes"), "username");
	if (name == NULL)
		name = id_of(by);
	if (*locked && name != NULL)
		*who = drift__arena_printf(a, "%s%s%s", drift__streq(kind, "users") ? "user " : drift__streq(kind, "runs") ? "run " : "", name,
			drift__streq(kind, "teams") ? " (team)" : "");
	return DRIFT_OK;
}
