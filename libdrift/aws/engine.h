/* What the client's parts share: client.c makes it and starts calls, loop.c runs them, call.c makes an attempt and delivers a page,
 * failed.c decides on what went wrong, stuck.c on what nobody is answered, recall.c keeps answers for later runs. */
#ifndef DRIFT_AWS_ENGINE_H
#define DRIFT_AWS_ENGINE_H

#include "aws/client.h"
#include "aws/codec.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/queue.h"
#include "aws/retry.h"
#include "aws/sigv4.h"

/* Thousands of calls wait at once, each with its input. */
enum { DRIFT__PAGE_BLOCK = 512 };

/* A call is in exactly one place: in its queue (waiting), on the network (in flight), or among the timers (backing off). */
struct drift__call {
	struct drift__call *next_waiting;
	struct drift__call *prev_open, *next_open;
	struct drift__aws_client *client;
	struct drift__place *place;
	struct drift__queue *queue;        /* the place's */
	const struct drift__service *service;
	const struct drift__operation *op;
	struct drift__arena page;          /* the input of the page that is asked for */
	struct drift__arena attempt;       /* one request */
	const struct drift_value *input;   /* in page */
	char where[128];                   /* "ec2:DescribeVpcs eu-west-1" */
	bool single_page;
	size_t max_pages, max_reply_bytes, pages;
	unsigned char landmark[32];        /* of an earlier page's input: see call.c */
	drift__aws_done *done;
	void *payload;

	struct drift__http_exchange exchange;
	bool in_flight;
	const char *host, *signed_region;  /* in attempt */
	char *bucket;                      /* S3: of the request; may be NULL. In attempt */
	unsigned attempts, paid;           /* of this page; what its last retry drew of the quota */
	unsigned foreign;                  /* so many of them were answered by a 500 that is not AWS's */
	unsigned redirects;
	bool skew_tried, renewed;
	int64_t signed_skew_ms;            /* what the clock was corrected by when it was signed */
	int64_t sent_ms;                   /* monotonic */
	char *cache_key;                   /* NULL: the answer is not kept */
	struct drift__buf kept;            /* pages so far, as JSON */
};

/* An operation that was throttled or timed out each time since it last gave an answer. */
struct drift__stuck {
	struct drift__stuck *next;
	const struct drift__operation *op;
	int64_t since_ms;                  /* when the first of these attempts was sent */
	unsigned attempts;                 /* 0 = it answers */
	struct drift_error dead;           /* an error: it was given up, what waits ends with it */
};

/* A queue for each service and signing region; a place for each service and region that was asked for (global services: several
 * places, one queue). */
struct drift__queue {
	struct drift__queue *next;
	const struct drift__service *service;
	const char *region;                /* in the client's arena, as the places are */
	struct drift__rate rate;
	struct drift__call *first, *last;
	bool resolved;                     /* the host's address is known: before, few calls look it up, not a hundred */
	bool reached;                      /* somebody has answered */
	size_t backing_off;
	unsigned quota;                    /* of retries, see retry.h */
	bool exhausted;                    /* that was said once */
	struct drift__stuck *stuck;        /* in the client's arena */
	struct drift_error dead;           /* an error: the host cannot be reached, what waits ends with it */
};

struct drift__place {
	struct drift__place *next;
	const struct drift__service *service;
	const char *region;
	struct drift__endpoint endpoint;
	struct drift__queue *queue;
};

/* A host whose clock differs, a bucket whose region is known: short lists, looked through. */
struct drift__host {
	struct drift__host *next;
	char *name;
	int64_t skew_ms;
	unsigned failures;  /* calls that ended without reaching it, in a row */
	bool reached;
};
struct drift__bucket {
	struct drift__bucket *next;
	char *name, *region;
};

struct drift__aws_client {
	struct drift__arena arena;         /* option texts, queues, places */
	struct drift__aws_options opt;
	const struct drift__clock *clock;
	int64_t made_ms;
	uint64_t random;
	struct drift__aws_config *config;
	struct drift__http *http;
	struct drift__signer *signer;
	struct drift__credentials credentials;
	char *credentials_key;             /* the keyring's name for them; NULL until they are asked for */
	int64_t renew_ms, fetched_ms;      /* wall clock; renew INT64_MAX = never */
	struct drift__queue *queues;
	struct drift__place *places;
	struct drift__timers timers;
	struct drift__host *hosts;
	struct drift__bucket *buckets;
	struct drift__call *open;
	struct drift__aws_stats stats;
	struct drift__cache *cache;        /* NULL until the first call that may be recalled */
	bool cache_refused, cache_full;
	const char *identity;              /* who asks, as STS says it; NULL until it was asked */
	bool running;
	const struct drift_error *ending;  /* every open call ends with it, and none is started; NULL else */
	size_t in_flight;
};

/* ---- client.c ---- */
int64_t drift__engine_mono(const struct drift__aws_client *c);
int64_t drift__engine_wall(const struct drift__aws_client *c);
void drift__engine_log(const struct drift__aws_client *c, int level, const char *fmt, ...) DRIFT_PRINTF(3, 4);
/* Lends the entry, made when absent; NULL without memory. */
struct drift__host *drift__engine_host(struct drift__aws_client *c, const char *name);
void drift__engine_wait(struct drift__call *call, bool first);
/* Fetches credentials when there are none or they are about to expire. While the old ones are good a failure only waits. */
enum drift_status drift__engine_credentials(struct drift__aws_client *c, struct drift_error *err);
/* Makes the next run of the loop fetch credentials anew. */
void drift__engine_expire(struct drift__aws_client *c);

/* ---- loop.c ---- */
/* Sends what may go now. Returns in how many ms more may go; -1 = when something ends. */
int64_t drift__engine_send(struct drift__aws_client *c);

/* ---- call.c ---- */
/* Sends one attempt, or serves the call from the cache; on failure the call has been ended. */
void drift__call_send(struct drift__call *call);
/* Tells the failure to the callee, and frees the call. Not for one in flight, unless it was aborted. */
void drift__call_end(struct drift__call *call, const struct drift_error *err, const char *code, int http_status, int64_t date_ms);
void drift__call_free(struct drift__call *call);

/* ---- recall.c ---- */
/* Serves a call from the cache, and frees it; false when it must be sent. */
bool drift__recall(struct drift__call *call);
/* What was answered: the identity, if this says who we are; a page, kept with the last one; an absence. */
void drift__recall_identity(struct drift__call *call, const struct drift_value *output);
void drift__recall_page(struct drift__call *call, const struct drift_value *output, bool last);
void drift__recall_absence(struct drift__call *call, const struct drift_error *why, const char *code, int http_status);

/* ---- stuck.c ---- */
/* An attempt was answered; or was throttled or took too long. */
void drift__stuck_answered(const struct drift__call *call);
void drift__stuck_failed(struct drift__call *call);
/* Has nobody been answered for so long that the call's operation is given up? */
bool drift__stuck_is(const struct drift__call *call);
/* Remembers why, and says in it that nobody was answered: what waits for the operation ends with it. */
void drift__stuck_give_up(const struct drift__call *call, struct drift_error *why);
/* What a call that waits ends with; NULL = it may be sent. */
const struct drift_error *drift__stuck_dead(const struct drift__call *call);

/* ---- failed.c ---- */
/* A signature was refused that was made with this skew, at the server's date_ms (0 = it did not say): is the host's clock so far from that
 * that another try is worth it? It is remembered then, and said once. */
bool drift__engine_clock_differs(struct drift__aws_client *c, const char *host, int64_t date_ms, int64_t signed_skew_ms);
struct drift__failure {
	enum drift__retry kind;
	struct drift__reply_error error; /* empty when no reply came */
	struct drift_error why;          /* of a reply that is not understood */
};
/* The attempt's exchange has ended; the call waits again or has been ended. */
void drift__call_failed(struct drift__call *call, const struct drift__failure *f);

#endif
