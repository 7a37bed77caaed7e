/* ARN templates of the reference ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}") and the ARNs that are meant. */
#ifndef DRIFT_POLICY_ARN_H
#define DRIFT_POLICY_ARN_H

#include "model/resource.h"

struct drift__where {
	const char *partition, *region, *account; /* NULL = not known: `*` */
};

/* True when the ARN has the shape of the template: literal parts equal, each variable at least one character without a colon
 * (the last one anything). */
bool drift__arn_fits(const char *template, const char *arn);
/* What each variable of the template stands for in an ARN that fits it, in order; returns how many there are, 0 when it does not fit. All is lent. */
enum { DRIFT__ARN_PARTS_MAX = 16 };
struct drift__arn_part {
	const char *variable;
	size_t n_variable;
	const char *value;
	size_t n_value;
};
size_t drift__arn_parts(const char *template, const char *arn, struct drift__arn_part parts[DRIFT__ARN_PARTS_MAX]);
/* The template with partition, region and account filled in and every other variable as `fill` says (NULL = `*`); variables of IAM
 * (${aws:username}) stay. Arena-owned. */
char *drift__arn_fill(struct drift__arena *a, const char *template, const struct drift__where *where,
	const char *(*fill)(void *ctx, const char *variable), void *ctx);
/* Names of attributes that a variable of a template may stand for, best first: RoleNameWithPath -> role_name_with_path, role_name, role, name;
 * NULL-terminated, arena-owned. */
const char **drift__arn_attribute_names(struct drift__arena *a, const char *variable);

#endif
