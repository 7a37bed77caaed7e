/* What a plan will still show after an import. */
#ifndef DRIFT_IMPORTS_FORECAST_H
#define DRIFT_IMPORTS_FORECAST_H

#include "imports/imports.h"
#include "imports/planned.h"

/* Writes it->forecast and it->changes from the planned and the live values. Everything lives in the arena of im. */
enum drift_status drift__forecast(struct drift_imports *im, struct drift__import *it, struct drift_error *err);

#endif
