/* From resources and what Terraform does with them to needs. */
#ifndef DRIFT_POLICY_NEEDS_H
#define DRIFT_POLICY_NEEDS_H

#include "policy/arn.h"
#include "policy/statement.h"

/* What the catalogue says; tests bring their own. */
struct drift__policy_facts {
	const struct drift_value *(*entry)(void *ctx, const char *type);             /* a type's file; NULL = not known */
	const char *(*scan_action)(void *ctx, const char *type, size_t i);           /* the i-th action of a scan of the type; NULL = no more */
	size_t (*n_types)(void *ctx);
	const char *(*type)(void *ctx, size_t i);
	void *ctx;
};

/* One resource that Terraform works with. */
struct drift__subject {
	const char *type, *address;
	const struct drift_value *attributes, *tags;
	const char *id, *arn, *name;
	const char *phases;   /* of R, C, U, D: what Terraform will do with it */
	bool planned;         /* does not exist yet: id and ARN are not known */
	const char *region;
};

struct drift__subjects {
	struct drift__arena *arena;
	struct drift__subject *list;
	size_t n, cap;
};
enum drift_status drift__subjects_add(struct drift__subjects *s, const struct drift__subject *one);
/* All that the state and the live side hold, with what the mode and the plan do to it. */
enum drift_status drift__subjects_collect(struct drift__subjects *out, const struct drift_policy_options *opt, struct drift_error *err);

struct drift__policy_maker {
	const struct drift__policy_facts *facts;
	const struct drift_policy_options *opt;
	struct drift__where where;
	struct drift__subjects subjects;
	struct drift__needs needs;
	struct drift__list_builder warnings;
	const char *request_tags;  /* aws:RequestTag condition that all tagged subjects meet; "" = none */
	const char *resource_tags; /* the same as aws:ResourceTag */
};
/* What each subject needs, by the iam rows of its type. */
enum drift_status drift__needs_of_subjects(struct drift__policy_maker *mk, struct drift_error *err);
/* What a scan calls: lists, lookups and reads of the types. */
enum drift_status drift__needs_of_scan(struct drift__policy_maker *mk, struct drift_error *err);
/* Reading (and with write: writing, locking) the state of an S3 backend. */
enum drift_status drift__needs_of_backend(struct drift__policy_maker *mk, bool write, struct drift_error *err);
/* drift_policy_make on facts. */
enum drift_status drift__policy_make(const struct drift__policy_facts *facts, const struct drift_policy_options *options,
	struct drift_policy **out, struct drift_error *err);

#endif
