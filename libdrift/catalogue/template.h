/* Templates: text with {expression} holes (docs/catalogue.md, "The doc"). */
#ifndef DRIFT_CATALOGUE_TEMPLATE_H
#define DRIFT_CATALOGUE_TEMPLATE_H

#include "jmespath/jmespath.h"

struct drift__template;

/* name is what errors call the template. BAD_CATALOGUE for a hole without an end, BAD_QUERY for one that does not parse. Gives *out. */
enum drift_status drift__template_parse(const char *text, const char *name, struct drift__template **out, struct drift_error *err);
void drift__template_free(struct drift__template *t);
/* One hole alone gives its value as it is; else a string, or null when a hole is null. *out lives in a, doc or t. */
enum drift_status drift__template_run(const struct drift__template *t, const struct drift_value *doc, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err);

/* A JSON value whose strings are templates (the input of a call). Members and elements that come out null are left out of maps. */
struct drift__input;
enum drift_status drift__input_parse(const struct drift_value *v, const char *name, struct drift__input **out, struct drift_error *err);
void drift__input_free(struct drift__input *in);
enum drift_status drift__input_run(const struct drift__input *in, const struct drift_value *doc, struct drift__arena *a,
	const struct drift_value **out, struct drift_error *err);
/* True when a hole of it names the field. */
bool drift__input_uses(const struct drift__input *in, const char *field);

#endif
