/* The AWS client, as the rest of the library sees it: start calls, run the loop, get pages.
 *
 * One client = one thread = one curl multi loop. Calls are queued, signed when they are sent (so that a retry gets a fresh
 * date), retried by the SDKs' standard rules, metered per service and region after the first throttle, and paged to their end.
 * Only operations that the catalogue's services allow (reads) can be started: anything else is USAGE. */
#ifndef DRIFT_AWS_CLIENT_H
#define DRIFT_AWS_CLIENT_H

#include "catalogue/catalogue.h"
#include "model/value.h"

struct drift__aws_client;
struct drift_keyring;

struct drift__aws_options {
	const struct drift_catalogue *catalogue; /* lent: services, protocols, shapes, pagers */
	const char *profile;                     /* NULL: AWS_PROFILE, AWS_DEFAULT_PROFILE, "default" */
	const char *region;                      /* NULL: AWS_REGION, AWS_DEFAULT_REGION, the profile's */
	const char *role_arn, *external_id, *session_name; /* assumed on top of the chain's credentials; NULL = not */
	const struct drift_value *role_more;     /* lent: further members of AssumeRole's input (Tags, Policy, …); NULL = none */
	/* explicit keys (from a backend block); NULL = the chain */
	const char *access_key, *secret_key, *token;
	const char *const *endpoints;            /* "s3=http://localhost:9000", … before the environment's; NULL-terminated; NULL = none */
	int path_style, fips, dualstack;         /* 1 = asked for; 0: as environment and profile say */
	const char *ca_bundle;                   /* NULL: AWS_CA_BUNDLE, the profile's ca_bundle, the system's */
	const char *const *env;                  /* "NAME=value" list to use instead of the process's environment; NULL = environ */
	int max_attempts;                        /* 0: AWS_MAX_ATTEMPTS, the profile's max_attempts, 10 */
	int64_t call_timeout_ms;                 /* for one attempt; 0 = 60 s. One that stalls for 25 s ends as well */
	int64_t deadline_ms;                     /* for the whole client, from its making; 0 = none */
	const struct drift__clock *clock;        /* NULL = the system's */
	uint64_t random_seed;                    /* 0 = from the system; jitter only */
	const char *cache_dir;                   /* where answers are kept for later runs; looked at only with a ttl */
	int64_t cache_ttl_ms;                    /* answers of an earlier run that are younger than this are taken; 0 = none is kept or taken */
	const volatile int *cancel;              /* not NULL and not 0: stop soon, calls end with CANCELLED */
	void (*log)(void *ctx, int level, const char *line); /* never given a secret; level 0 remark, 1 info, 2 detail */
	void *log_ctx;
	/* asked for an MFA code (serial shown); writes it to code and returns true; NULL = MFA roles fail clearly */
	bool (*mfa)(void *ctx, const char *serial, char *code, size_t n_code);
	void *mfa_ctx;
	struct drift_keyring *keyring;           /* lent: keys that other clients of the run have found; NULL = none */
};

/* Resolves region and credentials lazily, at the first call. Gives *out. */
enum drift_status drift__aws_client_new(const struct drift__aws_options *opt, struct drift__aws_client **out, struct drift_error *err);
void drift__aws_client_free(struct drift__aws_client *c);

/* Lends. The region that calls without one go to; NULL and err when none is configured. */
const char *drift__aws_region(struct drift__aws_client *c, struct drift_error *err);
/* Lends. "aws", "aws-cn", … of a region. */
const char *drift__aws_partition(const char *region);
/* Has this text the form of a region's name? New regions pass. */
bool drift__aws_is_region(const char *text);

struct drift__aws_call {
	const char *service;             /* catalogue name: "ec2", "elbv2" */
	const char *operation;           /* "DescribeVpcs" */
	const char *region;              /* NULL = the client's. Global services go to their own endpoint whatever stands here */
	const struct drift_value *input; /* a map with the model's member names; NULL = none. Copied */
	bool single_page;                /* do not follow the pager */
	size_t max_pages;                /* 0 = 10000 */
	/* for raw bodies (S3 GetObject): the output then is {"Body": "<bytes>", header members…} with Body a string of raw bytes */
	size_t max_reply_bytes;          /* 0 = 64 MiB */
};

/* One page, or the failure that ended the call. Everything in it is lent for the time of the callback, but document, which the
 * callee may take by setting it to NULL (then frees it with drift_document_free). */
struct drift__aws_reply {
	enum drift_status status;          /* OK for a page */
	const struct drift_error *error;   /* set when status is not OK: where "ec2:DescribeVpcs eu-west-1", what, hint, request id */
	const char *code;                  /* AWS error code ("AccessDenied", "NoSuchBucketPolicy"); "" else */
	int http_status;
	bool last;                         /* no further callback for this call */
	const struct drift_value *output;  /* with the model's member names, whatever the protocol */
	struct drift_document *document;   /* owns output */
	int64_t date_ms;                   /* the server's Date header; 0 = none */
};
typedef void drift__aws_done(void *payload, struct drift__aws_reply *reply);

/* Queues a call. done is called from drift__aws_run once a page, last with reply->last; it may start further calls. On failure
 * (USAGE for an unknown or not allowed operation, BAD_CATALOGUE, NOMEM; while a run ends early, its status) done is never called. */
enum drift_status drift__aws_start(struct drift__aws_client *c, const struct drift__aws_call *call, drift__aws_done *done,
	void *payload, struct drift_error *err);
/* Runs until nothing is waiting or in flight. Failures of single calls go to their callbacks; the status here is OK, or
 * CANCELLED, TIMEOUT (deadline), NO_CREDENTIALS, EXPIRED, NOMEM: then every open call has been ended with that status. */
enum drift_status drift__aws_run(struct drift__aws_client *c, struct drift_error *err);
/* start + run for one call. Gives *out (all pages merged). The AWS code is copied to code (may be NULL). */
enum drift_status drift__aws_call_once(struct drift__aws_client *c, const struct drift__aws_call *call, struct drift_document **out,
	char *code, size_t n_code, struct drift_error *err);

struct drift__aws_stats {
	uint64_t requests; /* sent, retries included */
	uint64_t retries, throttles, bytes_in;
	int64_t clock_skew_ms; /* that signing corrects; 0 = none */
	uint64_t recalled;       /* calls that an earlier run's answer served, not counted as requests */
	int64_t recalled_age_ms; /* of the oldest of them */
};
void drift__aws_get_stats(const struct drift__aws_client *c, struct drift__aws_stats *out);

#endif
