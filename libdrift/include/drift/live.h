/* The live account: who asks, what is in scope, and the inventory that comes of it. */
#ifndef DRIFT_LIVE_H
#define DRIFT_LIVE_H

#include <stdint.h>

#include "drift/catalogue.h"
#include "drift/keyring.h"
#include "drift/snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Credentials, region and engine of one caller. Not shared between threads. */
struct drift_session;

struct drift_session_options {
	size_t size;              /* sizeof(struct drift_session_options) */
	const char *profile;      /* NULL: AWS_PROFILE, … */
	const char *region;       /* NULL: AWS_REGION, AWS_DEFAULT_REGION, the profile's */
	const char *role_arn;     /* assumed on top of the chain's credentials; NULL = none */
	const char *external_id;
	int max_attempts;         /* 0: AWS_MAX_ATTEMPTS, the profile's, 10 */
	int64_t deadline_ms;      /* for everything that the session does; 0 = none */
	const volatile int *cancel; /* not NULL and not 0: stop soon */
	void (*log)(void *ctx, int level, const char *line); /* level 0 remark, 1 info, 2 detail; never given a secret */
	void *log_ctx;
	/* asked for an MFA code; writes it and returns true. NULL = roles that need one fail clearly */
	bool (*mfa)(void *ctx, const char *serial, char *code, size_t n_code);
	void *mfa_ctx;
	int64_t call_timeout_ms;  /* for one attempt of a call; 0 = 60 s */
	const char *cache_dir;    /* a folder for answers, made when absent, 0700; copied; looked at only with a cache_ttl_ms */
	int64_t cache_ttl_ms;     /* answers of earlier runs that are younger are taken instead of asking; 0 = none is kept or taken */
	struct drift_keyring *keyring; /* lent: keys that others of the run have found (drift/keyring.h); NULL = none */
};
#define DRIFT_SESSION_OPTIONS_INIT {sizeof(struct drift_session_options), NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, NULL}

/* Gives *out. The catalogue is lent and must outlive the session. Makes no call. */
DRIFT_API enum drift_status drift_session_open(const struct drift_catalogue *catalogue, const struct drift_session_options *options,
	struct drift_session **out, struct drift_error *err);
DRIFT_API void drift_session_close(struct drift_session *s);

struct drift_inventory_options {
	size_t size;                 /* sizeof(struct drift_inventory_options) */
	const char *const *tags;     /* "K" or "K=V", NULL-terminated; different keys must all hold, equal keys are alternatives */
	const char *const *names;    /* shell-style patterns on names, NULL-terminated; an alternative to the tags */
	bool all;                    /* the whole account */
	const char *const *regions;  /* NULL-terminated; NULL = the session's */
	const char *const *types;    /* patterns on resource types, NULL-terminated; NULL = all */
	bool include_defaults;       /* describe what AWS made itself, too */
	const struct drift_snapshot *state; /* its resources are found or looked up whatever the scope; lent; NULL = none */
	const char *backend_bucket, *backend_table; /* of the Terraform backend: marked as such; NULL = none */
	void (*progress)(void *ctx, size_t done, size_t total, const char *what);
	void *progress_ctx;
	/* not NULL: every decoded reply is told, for fixtures: service, region, operation, input and output (NULL on error) or error code */
	void (*record)(void *ctx, const char *service, const char *region, const char *operation, const struct drift_value *input,
		const struct drift_value *output, const char *code);
	void *record_ctx;
	bool native_tags;            /* each resource is asked for its own tags, never the tagging API for those of many */
	const char *account;         /* the account that the credentials are of, when it is known already; NULL = it is asked for */
	const char *const *sought;   /* types that are listed even where nothing that they need was found: those a plan creates; NULL-terminated */
};
#define DRIFT_INVENTORY_OPTIONS_INIT                                                                                   \
	{sizeof(struct drift_inventory_options), NULL, NULL, false, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL, NULL}

/* Enumerates what is live and in scope, with everything that hangs on it, and what the state names. Gives *out. Single refused calls do not
 * fail the scan: they are gaps of the snapshot. meta holds {account, partition, regions, api_calls, retries, throttles, complete, listed,
 * looked_up_only}. CANCELLED and TIMEOUT still give a snapshot with gaps; NO_CREDENTIALS, EXPIRED, NETWORK (nothing was reached) do not. */
DRIFT_API enum drift_status drift_inventory_scan(struct drift_session *s, const struct drift_inventory_options *options,
	struct drift_snapshot **out, struct drift_error *err);

/* What a scan with these options would ask, without asking anything: a list of {type, step, service, operation, action, for_each, per, calls,
 * more, per_second}. calls is how many are foreseen: exact for lists, but for their further pages; what is asked once for each object of the type
 * that `per` names is counted by the objects that options->state has. more is how many there may be on top where only what is found decides: a list
 * that would be empty without something else, a read that few objects need. Equal calls count once, with the first type that makes them. per_second
 * is the rate that AWS publishes for the service, or null. action is null for a call that needs no permission, type for one that serves all. Gives. */
DRIFT_API enum drift_status drift_inventory_plan(const struct drift_catalogue *catalogue, const struct drift_inventory_options *options,
	struct drift_document **out, struct drift_error *err);

#ifdef __cplusplus
}
#endif
#endif
