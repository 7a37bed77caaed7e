/* From resources and what Terraform does with them to needs. */
#ifndef DRIFT_POLICY_NEEDS_H
#define DRIFT_POLICY_NEEDS_H

#include "imports/planned.h"
#include "jmespath/jmespath.h"
#include "policy/arn.h"
#include "policy/statement.h"

/* One resource that Terraform works with, or data source that it reads. */
struct drift__subject {
	const char *type, *address;   /* data sources: "data.aws_ami" */
	const struct drift_value *attributes; /* as they are; what does not exist yet: as the plan has them */
	const struct drift_value *after;      /* what the plan makes of them, DRIFT__UNKNOWN where only the apply will tell; NULL = no plan says */
	const struct drift_value *changed;    /* names of the attributes that the plan changes (map); NULL = no plan says */
	const struct drift_value *tags;
	const char *id, *arn, *name;
	const char *phases;   /* of R, C, U, D: what Terraform will do with it */
	bool planned;         /* does not exist yet: id and ARN are not known */
	const struct drift__planned *create; /* of mk->plan; NULL = not created by the plan */
	const char *region;
};
/* Stands for a value that is known only after apply. */
#define DRIFT__UNKNOWN "(known after apply)"

struct drift__subject_key {
	const char *text;
	size_t subject;
};
struct drift__subjects {
	struct drift__arena *arena;
	struct drift__subject *list;
	size_t n, cap;
	struct drift__subject_key *keys; /* address, ARN, id and name of each, sorted */
	size_t n_keys;
};

/* An expression of a row, compiled; told apart by the address of its text in the catalogue. */
struct drift__expression {
	const char *text;
	struct drift__jmes *compiled;
	struct drift__expression *next;
};

struct drift__policy_maker {
	const struct drift_catalogue *catalogue;
	const struct drift_value *iam;          /* catalogue/iam.json */
	const struct drift_value *data_sources; /* catalogue/data-sources.json */
	const struct drift_policy_options *opt;
	struct drift__where where;
	struct drift__plan *plan;  /* NULL = none was given */
	struct drift__subjects subjects;
	struct drift__needs needs;
	struct drift__list_builder warnings;
	const char *request_tags;  /* condition on the tags that all tagged subjects carry, as those of the request; "" = none */
	const char *resource_tags; /* the same as those of the resource */
	struct drift__expression *expressions;
	const char *last_type;     /* of the last entry that was asked for */
	const struct drift_value *last_entry;
};

/* All that the state, the plan and the live side hold, with what the mode and the plan do to it; fills mk->subjects and mk->plan. */
enum drift_status drift__subjects_collect(struct drift__policy_maker *mk, struct drift_error *err);
/* The subjects that go by that address, ARN, id or name: *first is the first of n in subjects.keys. */
size_t drift__subjects_named(const struct drift__subjects *s, const char *text, size_t *first);
/* The catalogue's file of a type; NULL = not known, or no memory (then needs.failed is set). */
const struct drift_value *drift__policy_entry(struct drift__policy_maker *mk, const char *type);
/* The iam rows of a type or data source; NULL = not known. */
const struct drift_value *drift__policy_rows(struct drift__policy_maker *mk, const struct drift__subject *s);

/* Evaluates a row's expression over v; *out lives as long as the maker. BAD_QUERY when it can't be read. */
enum drift_status drift__policy_eval(struct drift__policy_maker *mk, const char *expression, const struct drift_value *v,
	const struct drift_value **out, struct drift_error *err);

/* What each subject needs, by the iam rows of its type. */
enum drift_status drift__needs_of_subjects(struct drift__policy_maker *mk, struct drift_error *err);
/* What a scan calls: lists, lookups and reads of the types. */
enum drift_status drift__needs_of_scan(struct drift__policy_maker *mk, struct drift_error *err);
/* Access to the states of the S3 backends, as far as the mode goes. */
enum drift_status drift__needs_of_backends(struct drift__policy_maker *mk, struct drift_error *err);

/* Adds a sentence to the warnings. */
void drift__policy_warn(struct drift__policy_maker *mk, const char *fmt, ...) DRIFT_PRINTF(2, 3);
/* Passes p on, and remembers when it is NULL: every text here comes from the arena, so that means no memory. */
static inline const void *
drift__got(struct drift__policy_maker *mk, const void *p)
{
	mk->needs.failed = mk->needs.failed || p == NULL;
	return p;
}

#endif
