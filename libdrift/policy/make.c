/* The public entrance to policies: the catalogue as the source of facts. */
#include "catalogue/type.h"
#include "policy/needs.h"

static const struct drift_value *
entry(void *ctx, const char *type)
{
	const struct drift__type *t = drift__catalogue_type(ctx, type, NULL);

	return t != NULL ? t->entry : NULL;
}

static const char *
scan_action(void *ctx, const char *type, size_t i)
{
	const struct drift__type *t = drift__catalogue_type(ctx, type, NULL);

	if (t == NULL)
		return NULL;
	if (i < t->n_lists)
		return t->lists[i].action != NULL ? t->lists[i].action : "";
	i -= t->n_lists;
	if (i < t->n_reads)
		return t->reads[i].action != NULL ? t->reads[i].action : "";
	i -= t->n_reads;
	return i == 0 && t->lookup != NULL && t->lookup->action != NULL ? t->lookup->action : NULL;
}

static size_t
n_types(void *ctx)
{
	return drift_catalogue_size(ctx);
}

static const char *
type_at(void *ctx, size_t i)
{
	return drift_catalogue_type(ctx, i);
}

enum drift_status
drift_policy_make(const struct drift_catalogue *catalogue, const struct drift_policy_options *options, struct drift_policy **out,
	struct drift_error *err)
{
	struct drift__policy_facts facts = {entry, scan_action, n_types, type_at, (void *)(uintptr_t)catalogue};

	return drift__policy_make(&facts, options, out, err);
}
