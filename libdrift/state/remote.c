/* One GET: attempts, redirects, and what came of it. */
#define _POSIX_C_SOURCE 200809L
#include "state/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_REDIRECTS = 5, ATTEMPTS = 3, TIMEOUT_MS = 300000, FIRST_WAIT_MS = 500 };

/* ---- URLs ---- */

static const char *
after_scheme(const char *url)
{
	if (strncasecmp(url, "https://", 8) == 0)
		return url + 8;
	return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

const char *
drift__url_host(struct drift__arena *a, const char *url)
{
	const char *p = after_scheme(url), *at, *own = p == url + 8 ? ":443" : ":80";
	size_t n = p != NULL ? strcspn(p, "/?#") : 0, i;
	char *host;

	if (n == 0)
		return NULL;
	for (i = n; i > 0 && p[i - 1] != '@'; i--)
		;
	at = p + i;
	host = drift__arena_strndup(a, at, n - i);
	if (host == NULL)
		return NULL;
	for (i = 0; host[i] != '\0'; i++)
		if (host[i] >= 'A' && host[i] <= 'Z')
			host[i] = (char)(host[i] + 32);
	if (drift__ends(host, own))
		host[strlen(host) - strlen(own)] = '\0';
	return host[0] != '\0' ? host : NULL;
}

const char *
drift__url_shown(struct drift__arena *a, const char *url)
{
	const char *p = after_scheme(url), *host = drift__url_host(a, url), *path;

	if (p == NULL || host == NULL)
		return drift__arena_strdup(a, "(no URL)");
	path = p + strcspn(p, "/?#");
	return drift__arena_printf(a, "%s://%s%.*s", p == url + 8 ? "https" : "http", host, (int)strcspn(path, "?#"), path);
}

const char *
drift__basic_authorization(struct drift__arena *a, const char *user, const char *password)
{
	struct drift__buf pair = DRIFT__BUF_INIT(65536), coded = DRIFT__BUF_INIT(131072);
	const char *out = NULL;

	drift__buf_addf(&pair, "%s:%s", user, password);
	if (pair.status == DRIFT_OK)
		drift__base64_encode(pair.data, pair.len, &coded);
	if (pair.status == DRIFT_OK && coded.status == DRIFT_OK)
		out = drift__arena_printf(a, "Basic %s", coded.data);
	drift__buf_wipe(&pair);
	drift__buf_wipe(&coded);
	return out;
}

/* Where a Location leads, seen from url. NULL when that cannot be told. */
static const char *
resolved(struct drift__arena *a, const char *url, const char *location)
{
	const char *host = after_scheme(url);

	if (location == NULL || host == NULL)
		return NULL;
	if (after_scheme(location) != NULL)
		return drift__arena_strdup(a, location);
	if (location[0] == '/' && location[1] == '/')
		return drift__arena_printf(a, "%.*s%s", (int)(host - 2 - url), url, location);
	if (location[0] == '/')
		return drift__arena_printf(a, "%.*s%s", (int)((size_t)(host - url) + strcspn(host, "/?#")), url, location);
	return NULL;
}

/* ---- one attempt ---- */

struct getting {
	const struct drift__remote_request *q;
	const struct drift__remote_options *o;
	struct drift__remote_reply *out;
	struct drift__arena a;
	struct drift__http *http;
	const char *url, *shown;
	bool with_secret;
	struct drift_error *err;
};

static const char *
environment(const char *lower, const char *upper)
{
	const char *v = getenv(lower);

	if (v == NULL || v[0] == '\0')
		v = upper != NULL ? getenv(upper) : NULL;
	return v != NULL && v[0] != '\0' ? v : NULL;
}

static enum drift_status
open_http(struct getting *g)
{
	struct drift__http_options opt = {.user_agent = "driftscan/" DRIFT_VERSION};

	/* SSL_CERT_FILE is what Go programs, Terraform among them, read, besides the system's folder */
	opt.ca_bundle = environment("SSL_CERT_FILE", "AWS_CA_BUNDLE");
	opt.system_too = true;
	opt.http_proxy = environment("http_proxy", "HTTP_PROXY");
	opt.https_proxy = environment("https_proxy", "HTTPS_PROXY");
	opt.no_proxy_for = environment("no_proxy", "NO_PROXY");
	return drift__http_new(&opt, &g->http, g->err);
}

static enum drift_status
say_failure(const struct getting *g, const struct drift__http_exchange *x)
{
	switch (x->failure) {
	case DRIFT__HTTP_TIMEOUT:
		return drift__fail(g->err, DRIFT_TIMEOUT, g->shown, "no answer in time");
	case DRIFT__HTTP_TLS:
		drift__fail(g->err, DRIFT_TLS, g->shown, "the TLS connection could not be trusted: %s", x->reason);
		return drift__hint(g->err, "certificates are always verified; name a private authority's certificate in SSL_CERT_FILE");
	case DRIFT__HTTP_TOO_LARGE:
		return drift__fail(g->err, DRIFT_LIMIT, g->shown, "%s", x->reason);
	case DRIFT__HTTP_NOMEM:
		return drift__nomem(g->err);
	default:
		drift__fail(g->err, DRIFT_NETWORK, g->shown, "the server could not be reached: %s", x->reason);
		return drift__hint(g->err, "is the address right, and does HTTPS_PROXY or NO_PROXY fit?");
	}
}

static bool
worth_another(const struct drift__http_exchange *x)
{
	if (x->failure == DRIFT__HTTP_OK)
		return x->status == 429 || x->status == 502 || x->status == 503 || x->status == 504;
	return x->failure == DRIFT__HTTP_CONNECT || x->failure == DRIFT__HTTP_BROKEN;
}

static enum drift_status
pause_for(struct getting *g, int64_t ms)
{
	const struct drift__clock *clock = &drift__system_clock;
	int64_t until = clock->mono_ms(clock->ctx) + ms, now;

	while ((now = clock->mono_ms(clock->ctx)) < until) {
		if (g->o->cancel != NULL && *g->o->cancel != 0)
			return drift__fail(g->err, DRIFT_CANCELLED, g->shown, "cancelled");
		drift__http_poll(g->http, (int)(until - now < 100 ? until - now : 100));
	}
	return DRIFT_OK;
}

static bool
set_headers(struct getting *g, struct drift__http_exchange *x)
{
	if (g->q->accept != NULL && drift__pairs_add(&x->headers, &g->a, "Accept", g->q->accept) != DRIFT_OK)
		return false;
	return !g->with_secret || drift__pairs_add(&x->headers, &g->a, g->q->header, g->q->secret) == DRIFT_OK;
}

static void
on_done(struct drift__http_exchange *x)
{
	(void)x; /* finished says it */
}

static enum drift_status
run(struct getting *g, struct drift__http_exchange *x)
{
	enum drift_status st;

	x->done = on_done;
	st = drift__http_start(g->http, x, NULL);
	/* the exchange's own words would hold the whole URL */
	if (st != DRIFT_OK)
		return drift__fail(g->err, st, g->shown, "the request could not be made: is there a line break in a name, password or token?");
	while (!x->finished) {
		if (g->o->cancel != NULL && *g->o->cancel != 0) {
			drift__http_abort(g->http, x);
			return drift__fail(g->err, DRIFT_CANCELLED, g->shown, "cancelled");
		}
		drift__http_poll(g->http, 100);
	}
	return DRIFT_OK;
}

/* One URL, until an answer comes that is worth keeping. */
static enum drift_status
ask(struct getting *g, struct drift__http_exchange *x)
{
	int64_t wait = g->o->first_wait_ms > 0 ? g->o->first_wait_ms : FIRST_WAIT_MS;
	enum drift_status st = DRIFT_OK;
	int attempt;

	for (attempt = 1; st == DRIFT_OK; attempt++) {
		*x = (struct drift__http_exchange){.method = "GET", .url = g->url, .timeout_ms = TIMEOUT_MS, .max_reply_bytes = g->q->max_bytes};
		if (!set_headers(g, x))
			return drift__nomem(g->err);
		st = run(g, x);
		if (st == DRIFT_OK && (!worth_another(x) || attempt == ATTEMPTS))
			return x->failure == DRIFT__HTTP_OK ? DRIFT_OK : say_failure(g, x);
		drift__http_exchange_dispose(x);
		memset(x, 0, sizeof *x);
		if (st == DRIFT_OK)
			st = pause_for(g, wait);
		wait *= 2;
	}
	return st;
}

static void
keep_reply(struct getting *g, struct drift__http_exchange *x)
{
	struct drift__remote_reply *out = g->out;
	const char *etag = drift__pairs_get(&x->reply_headers, "etag"), *md5 = drift__pairs_get(&x->reply_headers, "content-md5");
	const char *modified = drift__pairs_get(&x->reply_headers, "last-modified");

	out->status = x->status;
	out->body = x->reply;
	drift__buf_init(&x->reply, 0);
	snprintf(out->etag, sizeof out->etag, "%s", etag != NULL ? etag : "");
	snprintf(out->content_md5, sizeof out->content_md5, "%s", md5 != NULL ? md5 : "");
	if (modified != NULL)
		drift__time_parse_http(modified, &out->modified_ms);
	out->date_ms = drift__http_date(drift__pairs_get(&x->reply_headers, "date"));
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A secret goes to the host that it was given for, and never over a connection that a redirect made less safe. */
static enum drift_status
follow(struct getting *g, const char *location)
{
	const char *next = resolved(&g->a, g->url, location), *host = next != NULL ? drift__url_host(&g->a, next) : NULL;

	if (host == NULL)
		return drift__fail(g->err, DRIFT_BAD_REPLY, g->shown, "the server redirects to something that is no http(s) address");
	if (strncasecmp(g->url, "https:", 6) == 0 && strncasecmp(next, "https:", 6) != 0) {
		drift__fail(g->err, DRIFT_BAD_REPLY, g->shown, "the server redirects from https to http");
		return drift__hint(g->err, "that would send the state in the clear; it is not followed");
	}
	if (!drift__streq(host, drift__url_host(&g->a, g->url)) || strncasecmp(g->url, next, 5) != 0) {
		g->with_secret = false;
		g->out->left_host = true;
	}
	g->url = next;
	g->shown = drift__url_shown(&g->a, next);
	return g->shown != NULL ? DRIFT_OK : drift__nomem(g->err);
}

static enum drift_status
get(struct getting *g)
{
	enum drift_status st = open_http(g);
	int hops;

	for (hops = 0; st == DRIFT_OK; hops++) {
		struct drift__http_exchange x;

		if (g->o->log != NULL) {
			char line[400];

			snprintf(line, sizeof line, "GET %.380s", g->shown);
			g->o->log(g->o->log_ctx, 2, line);
		}
		memset(&x, 0, sizeof x);
		st = ask(g, &x);
		if (st == DRIFT_OK && !is_redirect(x.status)) {
			keep_reply(g, &x);
			drift__http_exchange_dispose(&x);
			return DRIFT_OK;
		}
		if (st == DRIFT_OK && hops == MAX_REDIRECTS)
			st = drift__fail(g->err, DRIFT_BAD_REPLY, g->shown, "more than %d redirects", MAX_REDIRECTS);
		else if (st == DRIFT_OK)
			st = follow(g, drift__pairs_get(&x.reply_headers, "location"));
		drift__http_exchange_dispose(&x);
	}
	return st;
}

enum drift_status
drift__remote_get(const struct drift__remote_request *q, const struct drift__remote_options *o, struct drift__remote_reply *out,
	struct drift_error *err)
{
	struct getting g = {.q = q, .o = o, .out = out, .url = q->url, .with_secret = q->secret != NULL, .err = err};
	enum drift_status st;

	memset(out, 0, sizeof *out);
	drift__buf_init(&out->body, 0);
	drift__arena_init(&g.a, 0);
	g.shown = drift__url_shown(&g.a, q->url);
	if (g.shown == NULL)
		st = drift__nomem(err);
	else if (drift__url_host(&g.a, q->url) == NULL || strpbrk(q->url, " \t\r\n") != NULL)
		st = drift__fail(err, DRIFT_USAGE, g.shown, "an address is http(s)://HOST/PATH");
	else
		st = get(&g);
	drift__http_free(g.http);
	drift__arena_wipe(&g.a);
	return st;
}

void
drift__remote_dispose(struct drift__remote_reply *reply)
{
	if (reply->body.data != NULL)
		drift__wipe(reply->body.data, reply->body.len);
	drift__buf_dispose(&reply->body);
}
