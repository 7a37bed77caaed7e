/* Exchanges -> curl easy handles on one multi handle. Easy handles are kept for the next exchange. */
#define _POSIX_C_SOURCE 200809L
#include "aws/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef DRIFT_LATE_CURL
#include "aws/late_curl.h"
#else
static bool
late_curl(struct drift_error *err)
{
	(void)err;
	return true;
}
#endif

enum { MOST_AT_ONCE = 512, OTHER_FILES = 48, MAX_IDLE = 64, MAX_HEADER_BYTES = 256 * 1024, DEFAULT_REPLY = 64 * 1024 * 1024, STALL_S = 25, STALL_BYTES = 2048 };

struct drift__http {
	CURLM *multi;
	CURL *idle[MAX_IDLE];
	size_t n_idle;
	char *ca_bundle, *http_proxy, *https_proxy, *no_proxy_for, *user_agent;
	bool bundle_alone;
	size_t room;
};

/* Who hangs up on us raises SIGPIPE in libcurl before 7.87, where OpenSSL writes to the socket, and that would end the process. While curl
 * works it is held back in this thread, and then thrown away. */
static void
hold_signal(sigset_t *before)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, before);
}

static void
release_signal(const sigset_t *before)
{
	sigset_t pipe, pending;
	int number;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigemptyset(&pending);
	if (sigismember(before, SIGPIPE) == 0 && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
		sigwait(&pipe, &number);
	sigprocmask(SIG_SETMASK, before, NULL);
}

static bool
copy_text(char **to, const char *from)
{
	*to = drift__strdup(from);
	return from == NULL || *to != NULL;
}

/* Certificates that come from one file are read once. With a folder besides, as Debian's libcurl has it, they are read again for each
 * connection, which takes longer than the handshake; and who names a bundle means that one alone. */
static bool
bundle_is_enough(const struct drift__http_options *opt)
{
#if LIBCURL_VERSION_NUM >= 0x074600
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	if (opt->ca_bundle == NULL)
		return info->age >= CURLVERSION_SEVENTH && info->cainfo != NULL && access(info->cainfo, R_OK) == 0;
#endif
	return opt->ca_bundle != NULL && !opt->system_too;
}

/* A connection is a file, and so are the two ends of a pipe for each name that is being looked up. macOS gives a process 256. */
static size_t
room_for_files(void)
{
	struct rlimit files;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
		return MOST_AT_ONCE;
	room = files.rlim_cur > OTHER_FILES ? (files.rlim_cur - OTHER_FILES) / 2 : 0;
	return room < 4 ? 4 : room < MOST_AT_ONCE ? (size_t)room : MOST_AT_ONCE;
}

size_t
drift__http_room(const struct drift__http *h)
{
	return h->room;
}

enum drift_status
drift__http_new(const struct drift__http_options *opt, struct drift__http **out, struct drift_error *err)
{
	struct drift__http *h;

	if (!late_curl(err))
		return DRIFT_NETWORK;
	/* counted and thread-safe since curl 7.84 */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return drift__fail(err, DRIFT_NETWORK, "libcurl", "libcurl could not be started");
	h = drift__calloc(1, sizeof *h);
	if (h != NULL)
		h->multi = curl_multi_init();
	if (h == NULL || h->multi == NULL || !copy_text(&h->ca_bundle, opt->ca_bundle) ||
		!copy_text(&h->http_proxy, opt->http_proxy) || !copy_text(&h->https_proxy, opt->https_proxy) ||
		!copy_text(&h->no_proxy_for, opt->no_proxy_for) || !copy_text(&h->user_agent, opt->user_agent)) {
		if (h != NULL)
			drift__http_free(h);
		else
			curl_global_cleanup();
		return drift__nomem(err);
	}
	h->bundle_alone = bundle_is_enough(opt);
	drift__no_proxy_forms(h->no_proxy_for);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	h->room = room_for_files();
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->room); /* that wait for the next exchange */
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)h->room + 8); /* credentials are fetched besides */
	*out = h;
	return DRIFT_OK;
}

void
drift__http_free(struct drift__http *h)
{
	sigset_t before;

	if (h == NULL)
		return;
	hold_signal(&before);
	while (h->n_idle > 0)
		curl_easy_cleanup(h->idle[--h->n_idle]);
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	release_signal(&before);
	drift__free(h->ca_bundle);
	drift__free(h->http_proxy);
	drift__free(h->https_proxy);
	drift__free(h->no_proxy_for);
	drift__free(h->user_agent);
	drift__free(h);
	curl_global_cleanup();
}

/* ---- what curl calls ---- */

static size_t
on_body(char *p, size_t size, size_t n, void *owner)
{
	struct drift__http_exchange *x = owner;

	n *= size;
	x->bytes_in += n;
	drift__buf_add(&x->reply, p, n);
	return x->reply.status == DRIFT_OK ? n : 0;
}

static size_t
on_header(char *p, size_t size, size_t n, void *owner)
{
	struct drift__http_exchange *x = owner;
	char *colon, *name, *value, *end;
	size_t total = n * size;

	x->header_bytes += total;
	if (x->header_bytes > MAX_HEADER_BYTES) {
		x->reply.status = DRIFT_LIMIT;
		return 0;
	}
	if (total >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		x->reply_headers.len = 0; /* the last head counts: a proxy or 100-continue may have sent one before */
		return total;
	}
	colon = memchr(p, ':', total);
	if (colon == NULL)
		return total;
	name = drift__arena_strndup(&x->arena, p, (size_t)(colon - p));
	value = colon + 1;
	end = p + total;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	value = drift__arena_strndup(&x->arena, value, (size_t)(end - value));
	if (name != NULL)
		for (end = name; *end != '\0'; end++)
			*end = (char)tolower((unsigned char)*end);
	if (name == NULL || value == NULL || drift__pairs_add(&x->reply_headers, &x->arena, name, value) != DRIFT_OK) {
		x->reply.status = DRIFT_NOMEM;
		return 0;
	}
	return total;
}

/* Called when a socket is made, which is when the name has been looked up. */
static int
on_socket(void *owner, curl_socket_t fd, curlsocktype purpose)
{
	struct drift__http_exchange *x = owner;

	(void)purpose;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* a credential_process has no business with it */
	if (x->resolved != NULL)
		*x->resolved = true;
	return CURL_SOCKOPT_OK;
}

/* ---- starting ---- */

static bool
add_line(struct curl_slist **lines, const char *text)
{
	struct curl_slist *more = curl_slist_append(*lines, text);

	if (more != NULL)
		*lines = more;
	return more != NULL;
}

/* "Name: value"; curl's way to send an empty header is "Name;" */
static bool
set_headers(struct drift__http_exchange *x)
{
	struct curl_slist *lines = NULL;
	bool ok = add_line(&lines, "Expect:"), typed = false;
	size_t i;

	for (i = 0; ok && i < x->headers.len; i++) {
		const struct drift__pair *h = &x->headers.items[i];
		char *line = h->value[0] != '\0' ? drift__asprintf("%s: %s", h->name, h->value) : drift__asprintf("%s;", h->name);

		typed = typed || strcasecmp(h->name, "content-type") == 0;
		ok = line != NULL && strpbrk(line, "\r\n") == NULL && add_line(&lines, line);
		if (line != NULL)
			drift__wipe(line, strlen(line));
		drift__free(line);
	}
	if (!typed)
		ok = ok && add_line(&lines, "Content-Type:");
	x->lines = lines;
	return ok;
}

static void
free_lines(struct drift__http_exchange *x)
{
	struct curl_slist *l;

	for (l = x->lines; l != NULL; l = l->next)
		drift__wipe(l->data, strlen(l->data)); /* tokens and signatures */
	curl_slist_free_all(x->lines);
	x->lines = NULL;
}

static void
set_method(CURL *c, const struct drift__http_exchange *x)
{
	bool has_body = x->n_body > 0 || strcmp(x->method, "POST") == 0 || strcmp(x->method, "PUT") == 0;

	if (strcmp(x->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
		return;
	}
	if (has_body) {
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, x->body != NULL ? x->body : "");
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->n_body);
	} else {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, x->method);
}

static void
set_connection(const struct drift__http *h, CURL *c, const struct drift__http_exchange *x)
{
	const char *proxy = drift__starts(x->url, "https:") ? h->https_proxy : h->http_proxy;

#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->ca_bundle != NULL) {
		curl_easy_setopt(c, CURLOPT_CAINFO, h->ca_bundle);
		curl_easy_setopt(c, CURLOPT_PROXY_CAINFO, h->ca_bundle);
	}
	if (h->bundle_alone)
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 300L);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	/* "" overrides what curl would read from the process's environment, which need not be ours */
	curl_easy_setopt(c, CURLOPT_PROXY, proxy != NULL && !x->no_proxy ? proxy : "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, h->no_proxy_for != NULL ? h->no_proxy_for : "");
}

static CURL *
new_easy(struct drift__http *h)
{
	CURL *c = h->n_idle > 0 ? h->idle[--h->n_idle] : curl_easy_init();

	if (c != NULL) {
		curl_easy_reset(c);
		curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	}
	return c;
}

static void
release(struct drift__http *h, struct drift__http_exchange *x)
{
	sigset_t before;

	if (x->easy == NULL)
		return;
	hold_signal(&before);
	curl_multi_remove_handle(h->multi, x->easy);
	release_signal(&before);
	if (h->n_idle < MAX_IDLE) {
		curl_easy_reset(x->easy);
		h->idle[h->n_idle++] = x->easy;
	} else {
		curl_easy_cleanup(x->easy);
	}
	x->easy = NULL;
	free_lines(x);
}

enum drift_status
drift__http_start(struct drift__http *h, struct drift__http_exchange *x, struct drift_error *err)
{
	CURL *c = new_easy(h);

	if (c == NULL)
		return drift__nomem(err);
	x->easy = c;
	x->failure = DRIFT__HTTP_OK;
	x->reason[0] = '\0';
	x->status = 0;
	x->bytes_in = x->header_bytes = 0;
	x->finished = false;
	x->reply_headers = (struct drift__pairs){0};
	drift__arena_init(&x->arena, 4 * MAX_HEADER_BYTES);
	drift__buf_init(&x->reply, x->max_reply_bytes != 0 ? x->max_reply_bytes : DEFAULT_REPLY);
	if (!set_headers(x)) {
		release(h, x);
		return drift__fail(err, DRIFT_USAGE, x->url, "a header of the request holds a line break, or memory ran out");
	}
	curl_easy_setopt(c, CURLOPT_URL, x->url);
	curl_easy_setopt(c, CURLOPT_PRIVATE, x);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->lines);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, x);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->reason);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(x->timeout_ms > 0 ? x->timeout_ms : 60000));
	/* a large object may take long, but a reply that trickles or never starts will not get better */
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(x->connect_ms > 0 ? x->connect_ms : 10000));
	if (h->user_agent != NULL)
		curl_easy_setopt(c, CURLOPT_USERAGENT, h->user_agent);
	if (!x->plain)
		curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	set_method(c, x);
	set_connection(h, c, x);
	if (curl_multi_add_handle(h->multi, c) != CURLM_OK) {
		release(h, x);
		return drift__nomem(err);
	}
	return DRIFT_OK;
}

void
drift__http_abort(struct drift__http *h, struct drift__http_exchange *x)
{
	release(h, x);
}

/* ---- ending ---- */

static enum drift__http_failure
failure_of(CURLcode code, const struct drift__http_exchange *x)
{
	if (x->reply.status == DRIFT_LIMIT)
		return DRIFT__HTTP_TOO_LARGE;
	if (x->reply.status != DRIFT_OK)
		return DRIFT__HTTP_NOMEM;
	switch (code) {
	case CURLE_OK:
		return DRIFT__HTTP_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return DRIFT__HTTP_RESOLVE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_INTERFACE_FAILED:
		return DRIFT__HTTP_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return DRIFT__HTTP_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return DRIFT__HTTP_TLS;
	case CURLE_OUT_OF_MEMORY:
		return DRIFT__HTTP_NOMEM;
	default:
		return DRIFT__HTTP_BROKEN;
	}
}

static void
finish(struct drift__http *h, CURLMsg *m)
{
	struct drift__http_exchange *x = NULL;
	CURLcode code = m->data.result;
	long status = 0;

	curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
	curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
	x->status = (int)status;
	x->failure = failure_of(code, x);
	if (x->failure == DRIFT__HTTP_OK)
		x->reason[0] = '\0';
	else if (x->reason[0] == '\0')
		snprintf(x->reason, sizeof x->reason, "%s", curl_easy_strerror(code));
	if (x->failure == DRIFT__HTTP_TOO_LARGE)
		snprintf(x->reason, sizeof x->reason, "the reply is larger than %zu bytes", x->reply.max_bytes);
	drift__buf_add(&x->reply, "", 0); /* never NULL below */
	release(h, x);
	x->finished = true;
	x->done(x);
}

size_t
drift__http_poll(struct drift__http *h, int wait_ms)
{
	int running = 0, left;
	size_t ended = 0;
	sigset_t before;
	CURLMsg *m;

	hold_signal(&before);
	curl_multi_perform(h->multi, &running);
	m = curl_multi_info_read(h->multi, &left);
	if (m == NULL && wait_ms > 0) {
		curl_multi_poll(h->multi, NULL, 0, wait_ms, NULL);
		curl_multi_perform(h->multi, &running);
		m = curl_multi_info_read(h->multi, &left);
	}
	release_signal(&before);
	for (; m != NULL; m = curl_multi_info_read(h->multi, &left)) {
		if (m->msg == CURLMSG_DONE) {
			finish(h, m);
			ended++;
		}
	}
	return ended;
}

void
drift__http_exchange_dispose(struct drift__http_exchange *x)
{
	if (x->reply.data != NULL)
		drift__wipe(x->reply.data, x->reply.len); /* not all that was allotted: it may be a state of 100 MB */
	drift__buf_dispose(&x->reply);
	drift__arena_dispose(&x->arena);
	x->reply_headers = (struct drift__pairs){0};
}

int64_t
drift__http_date(const char *date)
{
	time_t t = date != NULL && late_curl(NULL) ? curl_getdate(date, NULL) : -1;

	return t > 0 ? (int64_t)t * 1000 : 0;
}
