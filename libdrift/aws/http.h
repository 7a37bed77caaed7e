/* Requests over the network: one curl multi handle, connections kept alive, HTTP/2 where offered.
 *
 * TLS is verified always and at least 1.2; redirects are never followed; the path goes out as it was signed. */
#ifndef DRIFT_AWS_HTTP_H
#define DRIFT_AWS_HTTP_H

#include "aws/http_message.h"

struct drift__http;

enum drift__http_failure {
	DRIFT__HTTP_OK,
	DRIFT__HTTP_RESOLVE,  /* the host name has no address */
	DRIFT__HTTP_CONNECT,  /* no connection */
	DRIFT__HTTP_TIMEOUT,
	DRIFT__HTTP_TLS,      /* the certificate or the handshake was refused */
	DRIFT__HTTP_BROKEN,   /* reset, truncated, not HTTP */
	DRIFT__HTTP_TOO_LARGE,
	DRIFT__HTTP_NOMEM
};

/* One request and its reply. Zero it, fill the first part, start it; it must stay where it is until done is called. */
struct drift__http_exchange {
	const char *method, *url;
	struct drift__pairs headers;
	const char *body;
	size_t n_body;
	int64_t timeout_ms;      /* 0 = 60 s */
	int64_t connect_ms;      /* 0 = 10 s */
	size_t max_reply_bytes;  /* 0 = 64 MiB */
	bool no_proxy;           /* link-local addresses */
	bool plain;              /* ask for no compression */
	bool *resolved;          /* set as soon as the host has an address; NULL = nobody wants to know */
	void (*done)(struct drift__http_exchange *x);
	void *owner;

	/* set when done is called; dispose with drift__http_exchange_dispose */
	enum drift__http_failure failure;
	char reason[256];        /* of a failure */
	int status;
	struct drift__arena arena;   /* reply headers; NULL-initialised by start */
	struct drift__pairs reply_headers; /* names lowered */
	struct drift__buf reply;
	uint64_t bytes_in;

	void *easy;              /* while in flight */
	void *lines;
	size_t header_bytes;
	bool finished;
};

struct drift__http_options {
	const char *ca_bundle;          /* NULL = the system's */
	bool system_too;                /* besides the bundle, the system's folder is trusted */
	const char *http_proxy, *https_proxy, *no_proxy_for; /* NULL = none */
	const char *user_agent;
};

enum drift_status drift__http_new(const struct drift__http_options *opt, struct drift__http **out, struct drift_error *err);
/* Every exchange must have ended or been aborted. */
void drift__http_free(struct drift__http *h);
/* How many exchanges may be under way: the process may not have more files open. */
size_t drift__http_room(const struct drift__http *h);
enum drift_status drift__http_start(struct drift__http *h, struct drift__http_exchange *x, struct drift_error *err);
/* Ends an exchange without calling done. */
void drift__http_abort(struct drift__http *h, struct drift__http_exchange *x);
/* Waits at most so long for something to happen, then calls done for what has ended. Returns how many ended. */
size_t drift__http_poll(struct drift__http *h, int wait_ms);
void drift__http_exchange_dispose(struct drift__http_exchange *x);
/* A header's date ("Sun, 06 Nov 1994 08:49:37 GMT") to ms; 0 when NULL or not understood. */
int64_t drift__http_date(const char *date);

#endif
