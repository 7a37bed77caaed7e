/* Findings while they are made: rows with the texts that they are sorted by. */
#ifndef DRIFT_DIFF_FINDINGS_H
#define DRIFT_DIFF_FINDINGS_H

#include "diff/ignore.h"
#include "diff/pairs.h"
#include "model/alike.h"

struct drift_findings {
	struct drift__arena arena;
	const struct drift_value *root;
};

enum drift__row_kind {
	DRIFT__ROW_UNMANAGED,
	DRIFT__ROW_MISSING,
	DRIFT__ROW_CHANGED,
	DRIFT__ROW_UNKNOWN,
	DRIFT__ROW_IGNORED,
	DRIFT__ROW_NOT_COMPARED,
	DRIFT__ROW_OTHER_MANAGER,
	DRIFT__ROW_DUPLICATE,
	DRIFT__ROW_DEPOSED,
	DRIFT__ROW_KINDS
};

struct drift__row {
	const char *by[4]; /* never NULL */
	const struct drift_value *value;
};

struct drift__finder {
	struct drift__arena *arena;   /* of the findings */
	struct drift__pairs *pairs;   /* with an arena of its own */
	const struct drift_diff_options *options;
	struct drift__ignore ignore;
	struct drift__likes likes;    /* of the rows */
	struct {
		struct drift__row *rows;
		size_t n, cap;
	} kinds[DRIFT__ROW_KINDS];
	size_t in_sync, data_sources, foreign, defaults, out_of_scope, not_asked;
	struct drift_error *err;
};

/* Starts a row: the texts are copied; NULL reads as "". Finish with drift__row_add, which takes the builder. */
enum drift_status drift__row_add(struct drift__finder *f, enum drift__row_kind kind, const char *a, const char *b, const char *c,
	const char *d, struct drift__map_builder *m);
/* Puts a text, or null. */
void drift__row_text(struct drift__finder *f, struct drift__map_builder *m, const char *name, const char *text);
/* Puts type, id, name, arn, region, account. */
void drift__row_resource(struct drift__finder *f, struct drift__map_builder *m, const struct drift_resource *r);

/* instances.c: missing, changed, unknown, in sync, not compared, deposed. */
enum drift_status drift__judge_instances(struct drift__finder *f);
/* objects.c: unmanaged, other managers, duplicates. */
enum drift_status drift__judge_objects(struct drift__finder *f);

#endif
