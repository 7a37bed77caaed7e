/* Rules, routes and policies that a plan has inline in their parent. */
#ifndef DRIFT_SCAN_INLINE_H
#define DRIFT_SCAN_INLINE_H

#include "imports/imports.h"

/* Takes those out of the scope of live that stand inline in what imports match with the plan. */
enum drift_status drift__take_out_inline(const struct drift_catalogue *c, const struct drift_value *plan_root, const struct drift_imports *imports,
	struct drift_snapshot *live, struct drift_error *err);

#endif
