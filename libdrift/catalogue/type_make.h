/* What makes a struct drift__type of an entry: type.c, and type_calls.c for the calls in it. The first thing that is wrong ends it. */
#ifndef DRIFT_CATALOGUE_TYPE_MAKE_H
#define DRIFT_CATALOGUE_TYPE_MAKE_H

#include "catalogue/shape.h"
#include "catalogue/type.h"

/* What a parse carries along. */
struct drift__entry_maker {
	const struct drift_catalogue *c;
	struct drift__type *t;
	const char *path; /* of the file, for errors */
	bool checked;     /* built in: the build has checked it, and expressions of attributes are made when they are needed */
	struct drift_error *err;
	enum drift_status st;
};

/* Says what is wrong with a field. */
void drift__entry_bad(struct drift__entry_maker *m, const char *field, const char *what);
/* v is an object that has none but these fields. */
void drift__entry_fields(struct drift__entry_maker *m, const struct drift_value *v, const char *const *list, size_t n, const char *field);
/* NULL where v is absent or null, and when something is wrong. */
struct drift__jmes *drift__entry_expression(struct drift__entry_maker *m, const struct drift_value *v, const char *field);
struct drift__template *drift__entry_template(struct drift__entry_maker *m, const struct drift_value *v, const char *field);

/* type_calls.c: a field that is one call or a list of calls. */
struct drift__call *drift__entry_calls(struct drift__entry_maker *m, const struct drift_value *v, const char *field, size_t *n);
void drift__entry_free_calls(struct drift__call *calls, size_t n);

#endif
