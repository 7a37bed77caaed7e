/* What a plan will still show after an import. */
#ifndef DRIFT_IMPORTS_FORECAST_H
#define DRIFT_IMPORTS_FORECAST_H

#include "imports/imports.h"
#include "imports/match.h"

/* Writes forecast and changes of every item that has a planned resource, from the planned and the live values. Everything lives in the arena of
 * im. */
enum drift_status drift__forecast(struct drift_imports *im, const struct drift__plan *plan, const struct drift__match *matches,
	struct drift_error *err);

#endif
