/* ARN templates, resolved for one subject. */
#ifndef DRIFT_POLICY_RESOLVE_H
#define DRIFT_POLICY_RESOLVE_H

#include "policy/needs.h"
#include "policy/pattern.h"

/* One ARN or pattern. */
struct drift__arn {
	const char *text;
	const char *condition; /* what limits a pattern that stands for something with a name (canonical JSON); NULL = nothing */
	const char *template;  /* it was made of; NULL = not known */
};
struct drift__found {
	struct drift__arn *list;
	size_t n, cap;
	bool known; /* nothing in them was left open, but what is not known before creation */
	bool own;   /* it is the subject's own ARN */
};
/* Adds an ARN once. */
void drift__found_add(struct drift__policy_maker *mk, struct drift__found *f, const char *arn, const char *condition);

/* How a row looks at its subject: in which phase, and which of its attributes (before or after the change). */
struct drift__view {
	const struct drift__subject *s;
	const struct drift_value *attributes;
	char phase; /* R, C, U, D */
};

/* Adds what the template means for the subject. */
void drift__resolve_template(struct drift__policy_maker *mk, const struct drift__view *v, const char *template, struct drift__found *f);
/* "…natgateway/${NatGatewayId}" names an aws_nat_gateway. */
bool drift__template_names(struct drift__policy_maker *mk, const char *template, const char *type);
/* ARNs of some types say a property of the object: `forms` of the table iam tells which template is that of a subject without an ARN. */
enum drift__form { DRIFT__ANY_FORM, DRIFT__ITS_FORM, DRIFT__ANOTHER_FORM };
enum drift__form drift__form_of(struct drift__policy_maker *mk, const struct drift__subject *s, const char *template);
/* Adds what the row's `of` names (docs/catalogue.md), by its templates: only what is known, never a guess. Sets *open when a value will be known only
 * after apply, and the plan does not say where it comes from. BAD_QUERY for an expression that can't be read. */
enum drift_status drift__resolve_of(struct drift__policy_maker *mk, const struct drift__view *v, const struct drift_value *row,
	struct drift__found *f, bool *open, struct drift_error *err);
/* Adds the ARNs (texts) of what the unknown attribute that the expression begins with will hold, as far as the plan says where it comes from. */
void drift__resolve_unknown(struct drift__policy_maker *mk, const struct drift__view *v, const char *expression, struct drift__list_builder *out);
#endif
