/* Resources that do not say where they live get account and region of their provider configuration.
 *
 * A state never holds a provider's region, and NAT gateways, rules or attachments have no ARN that would show it. All resources of one
 * configuration (one alias in one state) are in one account and region, so those that do show theirs speak for the rest; where they
 * disagree, nobody does. Without this, a scan of another region or account would call everything missing that is silent. */
#include "state/places.h"

#include "catalogue/type.h"

enum { MAX_CONFIGURATIONS = 4096 };

struct vote {
	const char *text;
	bool disputed;
};

struct configuration {
	int source;
	const char *alias;
	struct vote account, region;
};

static void
count(struct vote *v, const char *text)
{
	if (text == NULL)
		return;
	v->disputed = v->disputed || (v->text != NULL && !drift__streq(v->text, text));
	v->text = text;
}

static const char *
winner(const struct vote *v)
{
	return v->disputed ? NULL : v->text;
}

/* Lends the entry of r's provider configuration, made when it is new; NULL when there are too many. */
static struct configuration *
configuration_of(struct configuration *all, size_t *n, const struct drift_resource *r)
{
	size_t i;

	for (i = *n; i-- > 0;)
		if (all[i].source == r->source && drift__streq(all[i].alias, r->more->provider_alias))
			return &all[i];
	if (*n == MAX_CONFIGURATIONS)
		return NULL;
	all[*n] = (struct configuration){.source = r->source, .alias = r->more->provider_alias};
	return &all[(*n)++];
}

static bool
is_ours(const struct drift_resource *r)
{
	return (r->flags & (DRIFT__DATA | DRIFT__FOREIGN)) == 0;
}

static bool
is_regional(const struct drift_catalogue *catalogue, const char *type)
{
	const struct drift__type *t = drift__catalogue_type(catalogue, type, NULL);

	return t != NULL && !t->global;
}

enum drift_status
drift__state_places(struct drift_snapshot *s, const struct drift_catalogue *catalogue, struct drift_error *err)
{
	struct configuration *all = drift__calloc(MAX_CONFIGURATIONS, sizeof *all), *c;
	size_t n = 0, i;

	if (all == NULL)
		return drift__nomem(err);
	for (i = 0; i < s->n_resources; i++) {
		const struct drift_resource *r = &s->resources[i];

		c = is_ours(r) ? configuration_of(all, &n, r) : NULL;
		if (c != NULL) {
			count(&c->account, r->account);
			count(&c->region, r->region);
		}
	}
	for (i = 0; i < s->n_resources; i++) {
		struct drift_resource *r = &s->resources[i];

		c = is_ours(r) ? configuration_of(all, &n, r) : NULL;
		if (c == NULL)
			continue;
		if (r->account == NULL)
			r->account = winner(&c->account);
		if (r->region == NULL && is_regional(catalogue, r->type))
			r->region = winner(&c->region);
	}
	drift__free(all);
	return DRIFT_OK;
}
