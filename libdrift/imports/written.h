/* Values that a configuration says in another form than AWS. */
#ifndef DRIFT_IMPORTS_WRITTEN_H
#define DRIFT_IMPORTS_WRITTEN_H

#include "imports/imports.h"

/* What a configuration says of an attribute so that nothing changes after an import: the `written` of its rule, run over the live attributes (and
 * _id, _arn, _name, _import_id, _account, _region, _partition); null = nothing. NULL when the rule does not say (or without memory). Lives in a. */
const struct drift_value *drift__written_value(const struct drift_imports *im, struct drift__arena *a, const struct drift_value *rule,
	const struct drift_resource *live);
/* The import id of a live resource for a planned one (its known values): the type's `import_id_planned` when it has one and that gives a text, else
 * the resource's own. Lives in a or in the snapshot. */
const char *drift__planned_id(const struct drift_imports *im, struct drift__arena *a, const struct drift_value *planned,
	const struct drift_resource *live);

#endif
