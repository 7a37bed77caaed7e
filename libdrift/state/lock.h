/* State locks: what is in one, and what it means. */
#ifndef DRIFT_STATE_LOCK_H
#define DRIFT_STATE_LOCK_H

#include "state/load.h"

enum { DRIFT__HELD_ELSEWHERE = -2 };

/* Where and when a lock was seen. */
struct drift__lock_sight {
	const char *kind;            /* "dynamodb", "s3", "local" */
	const char *place;           /* for people: the table, the object, the file */
	const char *workspace;       /* NULL = default */
	const char *by_hand;         /* the command that deletes what force-unlock can't read; NULL = none */
	int64_t now_ms;              /* 0 = no verdict is asked for */
	int64_t made_ms;             /* by the server's clock; 0 = only the lock's own words say */
	int64_t state_modified_ms;   /* 0 = not known */
	long pid;                    /* of the process that holds a file's lock; 0 = none, -1 = not asked, HELD_ELSEWHERE = of another container or machine */
};

/* The JSON that Terraform keeps in a lock → {kind, place, id, operation, operation_text, who, terraform_version, created, age_s, path, verdict,
 * evidence, unlock}. What cannot be read gives a map with `malformed` (why). NULL without memory. */
const struct drift_value *drift__lock_describe(const struct drift__lock_sight *sight, const char *text, size_t n, struct drift__arena *a);

/* `terraform force-unlock ID`, for this workspace (NULL = default); NULL for no id or without memory. */
const char *drift__lock_unlock_command(const char *workspace, const char *id, struct drift__arena *a);

/* What is looked into for one source, and what came of it. */
struct drift__lock_look {
	struct drift__arena *a;
	const struct drift__source *src;
	const struct drift_state_options *o;
	struct drift__aws_client *client; /* NULL for what is not in S3 */
	int64_t now_ms;
	int64_t modified_ms;         /* of the state; 0 = not known */
	char etag[80];
	bool missing;                /* the state object */
	struct drift__list_builder locks, problems, looked_at;
	const struct drift_value *digest; /* NULL = none */
	bool unknown;                /* nobody can tell whether it is held */
};
/* The command that deletes the lock's item, or its object in S3. NULL without memory. */
const char *drift__lock_delete_command(const struct drift__lock_look *l, bool item);
void drift__lock_problem(struct drift__lock_look *l, const char *fmt, ...) DRIFT_PRINTF(2, 3);
/* The -md5 item's Digest against the object, as Terraform compares them after each read. */
void drift__lock_check_digest(struct drift__lock_look *l, const char *digest);

#endif
