/* The public entrance to imports: the catalogue as the source of facts. */
#include "catalogue/type.h"
#include "imports/imports.h"

static const struct drift_value *
entry(void *ctx, const char *type)
{
	const struct drift__type *t = drift__catalogue_type(ctx, type, NULL);

	return t != NULL ? t->entry : NULL;
}

/* Entries are loaded on first use, so the catalogue is only logically constant. */
static struct drift__facts
facts_of(const struct drift_catalogue *catalogue)
{
	return (struct drift__facts){entry, (void *)(uintptr_t)catalogue};
}

enum drift_status
drift_imports_make(const struct drift_catalogue *catalogue, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err)
{
	const struct drift__facts facts = facts_of(catalogue);

	return drift__imports_make(&facts, state, live, options, out, err);
}

enum drift_status
drift__imports_name(const struct drift_catalogue *catalogue, const struct drift_snapshot *state, const struct drift_snapshot *live,
	const struct drift_import_options *options, struct drift_imports **out, struct drift_error *err)
{
	const struct drift__facts facts = facts_of(catalogue);

	return drift__imports_items(&facts, state, live, options, out, err);
}
