/* Comparison kinds: a value becomes a normal form, and two values are equal when their normal forms are.
 *
 * A kind is one row in catalogue/kinds.def and one function here. Normal forms are for comparing, never for showing. */
#ifndef DRIFT_DIFF_KIND_H
#define DRIFT_DIFF_KIND_H

#include "drift/snapshot.h"
#include "model/value.h"

/* The only list of kinds: enum, names and functions come from it. */
#define DRIFT__KIND_MAP(X)                                                                                             \
	X(string) X(number) X(bool) X(list) X(set) X(map) X(iam_policy) X(json) X(cidr) X(arn) X(ref) X(dns) X(duration)        \
	X(timestamp) X(protocol) X(nocase) X(tags) X(sha1) X(base64) X(version) X(trim) X(csv) X(dns_alias) X(dns_relative)    \
	X(dns_record) X(principal) X(version_prefix) X(container_definitions)

enum drift__kind {
	DRIFT__KIND_none, /* as the schema says */
#define DRIFT__KIND_ENUM(name) DRIFT__KIND_##name,
	DRIFT__KIND_MAP(DRIFT__KIND_ENUM)
#undef DRIFT__KIND_ENUM
};

/* DRIFT__KIND_none for a name that is no kind. */
enum drift__kind drift__kind_by_name(const char *name);

struct drift__kind_context {
	struct drift__arena *arena; /* normal forms live here */
	/* What object a text names (an id, an ARN, a name or an alias) among the types of `targets` (a type name, "type.attribute" or a
	 * list of them): a text that is the same for the same object, or NULL when it is not known. May be NULL. */
	const char *(*resolve)(void *resolve_ctx, struct drift__arena *a, const struct drift_value *targets, const char *text);
	void *resolve_ctx;
	const struct drift_value *targets;     /* kind ref: what the attribute may name; NULL = anything */
	const char *const *ignored_tags;       /* shell patterns of tag names that are not compared; NULL = none */
};

/* The normal form of v, which stands on that side; null for whatever is empty. Lives in ctx->arena, or in v. NULL without memory. */
const struct drift_value *drift__kind_normal(enum drift__kind kind, const struct drift__kind_context *ctx,
	const struct drift_value *v, enum drift_side side);
/* Whether a state's and a live value mean the same. *equal is written on DRIFT_OK only. */
enum drift_status drift__kind_equal(enum drift__kind kind, const struct drift__kind_context *ctx, const struct drift_value *state,
	const struct drift_value *live, bool *equal, struct drift_error *err);

/* One function a kind. Each gets a value that is not empty. */
typedef const struct drift_value *drift__kind_fn(const struct drift__kind_context *ctx, const struct drift_value *v, enum drift_side side);
#define DRIFT__KIND_FN(name) drift__kind_fn drift__normal_##name;
DRIFT__KIND_MAP(DRIFT__KIND_FN)
#undef DRIFT__KIND_FN

/* The text of a scalar as Terraform would turn it into a string; NULL for lists, maps and null (or without memory). */
const char *drift__scalar_text(struct drift__arena *a, const struct drift_value *v);
/* v sorted, of equal elements one kept; for lists only. NULL without memory. */
const struct drift_value *drift__sorted_list(struct drift__arena *a, const struct drift_value *v);

#endif
