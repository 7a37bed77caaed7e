/* The inventory engine: jobs (a type in a region) that list, read and decide, driven by replies.
 *
 * States of a job: WAITING for the jobs of its parents → LISTING → SCOPING (reads that decide on scope) → READING (the other reads,
 * only for what is wanted) → DONE. A failed call leaves a gap and the job goes on.
 *
 * There may be a hundred thousand objects, so what lives how long is told apart: what is looked at, in the moment; answers, packed, while
 * somebody may ask the same again; docs, packed, until resources were made of them; a call and its context, while it is under way. Of calls
 * for many docs only as many exist as can be under way. */
#ifndef DRIFT_LIVE_ENGINE_H
#define DRIFT_LIVE_ENGINE_H

#include "catalogue/type.h"
#include "drift/live.h"
#include "live/keys.h"
#include "live/transport.h"
#include "model/packed.h"
#include "model/resource.h"

enum drift__job_state { JOB_WAITING, JOB_LISTING, JOB_SCOPING, JOB_READING, JOB_DONE };

/* There are as many as resources. */
struct drift__doc {
	struct drift__open_doc *open; /* in the engine's moment; NULL: it is closed */
	unsigned char *packed;        /* on the heap: what it was when it was last closed, without what is lent */
	const struct drift__doc *parent;          /* these three are lent, as _parent, _outer and _state; NULL = none */
	const struct drift_value *outer, *state;
	struct drift__job *job;
	const char *key;              /* first identity; NULL until it can be told */
	struct drift__list_builder *unknown; /* attributes whose read failed */
	bool in_scope : 1, claimed : 1, is_default : 1, is_backend : 1, dropped : 1, looked_up : 1, tags_unknown : 1;
	bool decided : 1; /* it was not dropped when the job decided */
};

struct drift__job {
	struct drift__engine *engine;
	const struct drift__type *type;
	const char *region;      /* where its calls go; NULL = global */
	const char *scope;       /* REGIONAL or CLOUDFRONT, for types that have both; NULL else */
	enum drift__job_state state;
	bool reported;           /* asked for; else only needed by others */
	bool sought;             /* listed whatever else is there: drift__type_is_sought, or what such a one hangs on */
	bool list_failed;
	enum drift_status list_status; /* how */
	size_t pending;          /* calls under way, and reads that are put off */
	size_t put_off;          /* reads of tags that wait for others */
	size_t wave;             /* next read of the phase */
	struct drift__arena own; /* docs, but for what is packed, and what they are lent */
	struct drift__doc **docs;
	size_t n_docs, cap_docs;
	struct drift__keys claimed_keys; /* of the state's instances of this type: identity -> any; until it is done */
	struct drift__keys by_key;       /* identity -> first doc, once somebody looked for one */
	bool indexed;
	size_t last_use;                 /* the last job that looks at its docs, when resources are made of them */
	const struct drift_value *secret; /* drift__secret_paths of the type, in the snapshot that is collected; NULL = not yet */
	bool asked_others;               /* of parents that are out of scope, too, since the state has more than was found */
};

/* An operation of a service. */
struct drift__op {
	const char *service, *name;
	size_t askers; /* jobs that may ask for it yet, and series that do */
};

/* What AWS said of a call that failed, on the heap. */
struct drift__failure {
	const char *code, *where, *what, *hint; /* code: what AWS called it */
	char texts[];
};

/* An answer that several may wait for. What was answered is kept, packed, for as long as somebody may ask the same again. */
struct drift__answer {
	unsigned char key[16]; /* of the question; there may be as many answers as resources */
	struct drift__answer *next; /* in its hash bucket */
	struct drift__op *op;
	enum drift_status status;
	int http_status;
	struct drift__failure *failure; /* NULL: it is none */
	unsigned char *packed;  /* the pages, one behind the other; on the heap */
	uint32_t n_pages, n_ready; /* of those who waited for it, so many have not been called yet */
	const struct drift_value *output; /* all of them merged, while it is opened; NULL on failure */
	struct drift__answer *next_open;  /* of those with an output */
	struct drift__pending *pending;   /* NULL: it is complete */
};

/* ctx is on the heap, and freed after the call. */
typedef void drift__then(struct drift__engine *e, void *ctx, const struct drift__answer *a);
struct drift__waiter {
	drift__then *then;
	void *ctx;
	struct drift__answer *answer;
	struct drift__waiter *next;
};

/* What belongs to an answer until it is complete. */
struct drift__pending {
	struct drift__engine *engine;
	struct drift__lane *lane;
	struct drift__waiter *waiters;
	struct drift__buf packed;        /* the input while it waits in its lane, then the pages so far */
	const struct drift_value *input; /* where calls are recorded */
	struct drift__answer *next_waiting;
};

/* One call for each of many docs: a read of them, or a list for each. As many are asked as the lane takes; the others cost nothing yet. */
struct drift__series {
	struct drift__job *job;
	const struct drift__call *call;
	void (*ask)(struct drift__series *s); /* for docs[done] and as many more as go together; raises done */
	void (*over)(struct drift__job *job); /* nothing of the job is pending, this neither */
	struct drift__series *next;
	size_t n, done;
	struct drift__doc *docs[];
};

enum { ANSWER_BUCKETS = 16384 };

/* The calls of a service in a region: so many are handed on that there is always one to send; the others wait here, where they are small. */
struct drift__lane {
	const char *service, *region;
	size_t open;
	struct drift__answer *first, *last; /* waiting */
	struct drift__series *series, *last_series;
	struct drift__lane *next;
};

struct drift__engine {
	const struct drift_catalogue *catalogue;
	const struct drift_inventory_options *options;
	struct drift__transport transport;
	struct drift__arena *arena;   /* where things are made: the moment, what is opened, or a scratch */
	struct drift__arena *lasting; /* as long as the scan */
	struct drift__arena moment;   /* until drift__engine_settle: docs, and what expressions make of them */
	struct drift__arena opened;   /* answers: as long as the moment, and as long as somebody is told of one */
	bool telling;
	struct drift__likes likes;    /* of what is packed */
	struct drift__open_doc *open_docs;
	struct drift__answer *open_answers;
	struct drift__lane *lanes;
	struct drift__waiter *ready, *last_ready; /* whose answer is there */
	struct drift__keys ops;
	bool over; /* since the last moment, an operation that nobody will ask for any more was found */
	struct drift__tagging *tagging; /* NULL: tags are read one by one */
	struct drift__answer *answers[ANSWER_BUCKETS];
	size_t n_calls;
	struct drift__aws_stats before; /* what the transport had done when the scan began */
	struct drift__job **jobs;
	size_t n_jobs, cap_jobs;
	const char *account, *partition, *home_region;
	struct {
		const char *name, *base; /* base: the type that it extends; NULL = none */
	} *claimed_types; /* of the state */
	size_t n_claimed_types;
	struct drift__list_builder gaps;
	struct drift__map_builder gap_keys; /* one gap a type, region and operation */
	uint64_t told;                      /* bits: statuses of gaps whose hint was said */
	bool draining;
	enum drift_status status; /* NOMEM, BAD_CATALOGUE: the scan itself failed */
	struct drift_error *err;
};

/* Between open (or resume) and close (or pause), what is made for the engine is gone after close. They nest. */
struct drift__scratch {
	struct drift__arena arena, *before;
};
void drift__scratch_open(struct drift__engine *e, struct drift__scratch *s);
void drift__scratch_pause(struct drift__engine *e, struct drift__scratch *s);
void drift__scratch_resume(struct drift__engine *e, struct drift__scratch *s);
void drift__scratch_close(struct drift__engine *e, struct drift__scratch *s);

/* call.c: asks once for each service, region, operation and input (all may be gone afterwards, but for service and operation); then is called
 * with the answer, never from inside this call. ctx is on the heap, and the engine's from now on; NULL = there was no memory for it. */
void drift__engine_ask(struct drift__engine *e, const char *service, const char *region, const char *operation,
	const struct drift_value *input, drift__then *then, void *ctx);
/* Asks for each doc, a few at a time; then calls over, unless something else of the job is pending. Nothing is done for none. */
void drift__series_start(struct drift__job *job, const struct drift__call *call, struct drift__doc *const *docs, size_t n,
	void (*ask)(struct drift__series *s), void (*over)(struct drift__job *job));
/* Does all that can be done without another answer. */
void drift__engine_drain(struct drift__engine *e);
/* Ends the moment however little was made. */
void drift__engine_end_moment(struct drift__engine *e);
/* Ends the moment when much was made in it: everything that is open is closed. Only where nobody holds something of it, as after each turn of
 * a loop over docs: there may be a hundred thousand of them. */
void drift__engine_settle(struct drift__engine *e);

/* answer.c: made on first use; NULL without memory. Both texts are lent. */
struct drift__op *drift__op_of(struct drift__engine *e, const char *service, const char *name);
/* How often it may be asked for what the call asks: once more, or once less. */
void drift__engine_will_ask(struct drift__engine *e, const struct drift__call *call);
void drift__engine_has_asked(struct drift__engine *e, const struct drift__call *call);
struct drift__answer **drift__answers_bucket(struct drift__engine *e, const unsigned char key[16]);
/* Makes its output, from what was kept of its pages. */
void drift__answer_open(struct drift__engine *e, struct drift__answer *a);
/* Queues one who waited; they are called one by one, never from inside drift__engine_ask. */
void drift__answer_tell(struct drift__engine *e, struct drift__waiter *w, struct drift__answer *a);
/* Calls the first of those who are queued. */
void drift__answers_call(struct drift__engine *e);
/* Closes what is open, and forgets the answers that nobody will ask for again. */
void drift__answers_close(struct drift__engine *e);
/* All of them, whoever waits. What is open may have texts of theirs: the moment must have ended. */
void drift__answers_forget(struct drift__engine *e);
/* What AWS called its failure; "" else. */
const char *drift__answer_code(const struct drift__answer *a);
/* Joins pages: lists grow, maps join, else the first stays. NULL without memory. */
const struct drift_value *drift__merge_pages(struct drift__arena *a, const struct drift_value *const *pages, size_t n);

/* doc.c. There are as many docs as resources, so that those that nobody looks at are kept packed. */
struct drift__doc *drift__doc_add(struct drift__job *job, const struct drift_value *item);
/* What expressions see: opens it. Good until the moment ends. */
const struct drift_value *drift__doc_value(const struct drift__doc *d);
/* Packs the docs that are open. */
void drift__docs_close(struct drift__engine *e);
/* Frees what one is made of: nobody will look at it. */
void drift__doc_empty(struct drift__doc *d);
/* Frees the docs of a job, of which none may be open. */
void drift__docs_free(struct drift__job *job);
void drift__doc_lend_parent(struct drift__doc *d, const struct drift__doc *parent);
/* v lives as long as the doc. */
void drift__doc_lend_outer(struct drift__doc *d, const struct drift_value *v);
void drift__doc_lend_state(struct drift__doc *d, const struct drift_value *v);
/* name and v are lent until the moment ends. */
void drift__doc_put(struct drift__engine *e, struct drift__doc *d, const char *name, const struct drift_value *v);
const struct drift_value *drift__doc_eval(struct drift__engine *e, const struct drift__jmes *x, const struct drift_value *doc);
const struct drift_value *drift__doc_fill(struct drift__engine *e, const struct drift__template *t, const struct drift_value *doc);
/* The first identity of a doc as text; NULL when it can't be told (yet). */
const char *drift__doc_key(struct drift__engine *e, struct drift__doc *d);
/* Whether all of it is read: asked for or in the state, and neither AWS's own nor the backend's. */
bool drift__doc_is_wanted(const struct drift__doc *d);
/* A map of its tags from any of AWS's forms; NULL = none. */
const struct drift_value *drift__doc_tags(struct drift__engine *e, const struct drift__doc *d);
/* NULL = none. */
const char *drift__doc_name(struct drift__engine *e, const struct drift__doc *d);

/* job.c */
void drift__job_list(struct drift__job *job);
/* The input of a call whose templates see view: empty where there are none. NULL after a failure, which the engine knows. */
const struct drift_value *drift__call_input(struct drift__engine *e, const struct drift__call *call, const struct drift_value *view);
/* Whether an expression over the doc holds. */
bool drift__job_holds(struct drift__job *job, const struct drift__jmes *x, const struct drift__doc *d);
void drift__job_skip(struct drift__job *job); /* drops what `skip` says is not of this type */

/* gap.c: one gap; reason is what AWS said. */
void drift__job_gap(struct drift__job *job, const struct drift__call *call, enum drift_status status, const char *reason);
void drift__job_gap_of(struct drift__job *job, const struct drift__call *call, const struct drift__answer *a);
/* Whether a list of error codes and HTTP statuses (`absent`, `gone`) has that of the answer. */
bool drift__code_listed(const struct drift_value *list, const struct drift__answer *a);

/* read.c: starts the reads of the phase up to the next one that must wait; ends the phase when there is none left. */
void drift__job_read(struct drift__job *job);
/* Starts a read for these docs, one by one or in batches. */
void drift__read_each(struct drift__job *job, const struct drift__call *call, struct drift__doc *const *docs, size_t n);

/* scope.c: tells which docs the state has, as far as that can be told before anything is read, and which are the backend's. */
void drift__job_recognise(struct drift__job *job);
/* Decides for every doc of the job. */
void drift__job_decide(struct drift__job *job);
/* Could one be in scope that the state does not have? By its tags, its name, or what it hangs on. */
bool drift__type_may_be_asked_for(const struct drift__type *t, const struct drift_inventory_options *o);

/* collect.c: docs to resources. */
enum drift_status drift__engine_collect(struct drift__engine *e, struct drift_snapshot *snap);
/* coerce.c: a value in the shape that the provider's schema has. whole: what AWS leaves out of a block is null in it. */
const struct drift_value *drift__coerce(struct drift__arena *a, const struct drift_value *v, const struct drift_value *schema, bool whole);

/* secret.c: the paths of a type's secret attributes, as a state's sensitive_attributes has them. NULL without memory. */
const struct drift_value *drift__secret_paths(const struct drift__type *t, struct drift__arena *a);

/* plan.c: how many calls a scan would make, as far as the state tells. */
size_t drift__inventory_foreseen(const struct drift_catalogue *c, const struct drift_inventory_options *options);

/* jobs.c: all jobs of the scan, sorted. */
enum drift_status drift__engine_make_jobs(struct drift__engine *e, struct drift_error *err);
/* Whether the options' patterns let a type in. */
bool drift__type_is_asked_for(const struct drift_inventory_options *options, const char *type);
/* Is one known of, by the state, or was just this type asked for, by its name or by a plan? Then it is listed whatever else is there. */
bool drift__type_is_sought(const struct drift_inventory_options *options, const char *type);

/* regions.c */
enum drift_status drift__engine_check_regions(const struct drift__engine *e, struct drift_error *err);

/* engine.c */
void drift__engine_fail(struct drift__engine *e, enum drift_status st);
/* A line for people who asked for more: level 1 or 2; or 0, for all. */
void drift__engine_say(const struct drift__engine *e, int level, const char *fmt, ...) DRIFT_PRINTF(3, 4);
void drift__engine_step(struct drift__engine *e); /* starts every job whose parents are ready */
struct drift__doc *drift__engine_find(struct drift__engine *e, const char *type, const char *region, const char *key);
/* Whether all jobs of a type in a region have come to a state; *failed is set when one of them could not list all. */
bool drift__engine_type_reached(struct drift__engine *e, const char *type, const char *region, enum drift__job_state state, bool *failed);
/* The whole scan through a transport; what drift_inventory_scan and the tests call. */
enum drift_status drift__inventory_run(const struct drift_catalogue *c, struct drift__transport transport,
	const struct drift_inventory_options *options, struct drift_snapshot **out, struct drift_error *err);

#endif
