/* The public handles: a session wraps the AWS client, an inventory runs the engine over it. */
#include "live/engine.h"

#include <string.h>

#include "live/session.h"

struct drift_session {
	const struct drift_catalogue *catalogue;
	struct drift__aws_client *client;
	char *texts[5]; /* copies of the options' texts */
};

enum drift_status
drift_session_open(const struct drift_catalogue *catalogue, const struct drift_session_options *options, struct drift_session **out,
	struct drift_error *err)
{
	struct drift_session_options own = DRIFT_SESSION_OPTIONS_INIT, *o = &own;
	struct drift_session *s = drift__calloc(1, sizeof *s);
	struct drift__aws_options opt = {.catalogue = catalogue};
	enum drift_status st;

	if (s == NULL)
		return drift__nomem(err);
	memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	s->catalogue = catalogue;
	s->texts[0] = drift__strdup(o->profile);
	s->texts[1] = drift__strdup(o->region);
	s->texts[2] = drift__strdup(o->role_arn);
	s->texts[3] = drift__strdup(o->external_id);
	s->texts[4] = drift__strdup(o->cache_dir);
	opt.profile = s->texts[0];
	opt.region = s->texts[1];
	opt.role_arn = s->texts[2];
	opt.external_id = s->texts[3];
	opt.cache_dir = s->texts[4];
	opt.cache_ttl_ms = o->cache_dir != NULL ? o->cache_ttl_ms : 0;
	opt.call_timeout_ms = o->call_timeout_ms;
	opt.max_attempts = o->max_attempts;
	opt.deadline_ms = o->deadline_ms;
	opt.cancel = o->cancel;
	opt.log = o->log;
	opt.log_ctx = o->log_ctx;
	opt.mfa = o->mfa;
	opt.mfa_ctx = o->mfa_ctx;
	opt.keyring = o->keyring;
	st = drift__aws_client_new(&opt, &s->client, err);
	if (st == DRIFT_OK) {
		*out = s;
		return DRIFT_OK;
	}
	drift_session_close(s);
	return st;
}

void
drift_session_close(struct drift_session *s)
{
	size_t i;

	if (s == NULL)
		return;
	drift__aws_client_free(s->client);
	for (i = 0; i < sizeof s->texts / sizeof s->texts[0]; i++)
		drift__free(s->texts[i]);
	drift__free(s);
}

struct drift__aws_client *
drift__session_client(struct drift_session *s)
{
	return s->client;
}

static enum drift_status
client_start(void *ctx, const struct drift__aws_call *call, drift__aws_done *done, void *payload, struct drift_error *err)
{
	return drift__aws_start(ctx, call, done, payload, err);
}

static enum drift_status
client_run(void *ctx, struct drift_error *err)
{
	return drift__aws_run(ctx, err);
}

static const char *
client_region(void *ctx, struct drift_error *err)
{
	return drift__aws_region(ctx, err);
}

static void
client_stats(void *ctx, struct drift__aws_stats *out)
{
	drift__aws_get_stats(ctx, out);
}

struct drift__transport
drift__transport_of_client(struct drift__aws_client *c)
{
	return (struct drift__transport){client_start, client_run, client_region, client_stats, c};
}

enum drift_status
drift_inventory_scan(struct drift_session *s, const struct drift_inventory_options *options, struct drift_snapshot **out,
	struct drift_error *err)
{
	return drift__inventory_run(s->catalogue, drift__transport_of_client(s->client), options, out, err);
}

static bool
fits(const struct drift_inventory_options *o, const char *type)
{
	size_t i;

	for (i = 0; o->types != NULL && o->types[i] != NULL; i++)
		if (drift__glob(o->types[i], type))
			return true;
	return o->types == NULL || o->types[0] == NULL;
}

static void
add_call(struct drift__list_builder *list, struct drift__arena *a, const struct drift__type *t, const struct drift__call *c, const char *step)
{
	struct drift__map_builder m;

	drift__map_init(&m, a);
	drift__map_puts(&m, "type", t->name);
	drift__map_puts(&m, "step", step);
	drift__map_puts(&m, "service", c->service);
	drift__map_puts(&m, "operation", c->op);
	drift__map_puts(&m, "action", c->action);
	drift__map_puts(&m, "for_each", c->for_each);
	drift__list_add(list, drift__map_finish(&m));
}

enum drift_status
drift_inventory_plan(const struct drift_catalogue *catalogue, const struct drift_inventory_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	struct drift__list_builder list;
	size_t i, j;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__list_init(&list, &doc->arena);
	for (i = 0; i < drift_catalogue_size(catalogue); i++) {
		const struct drift__type *t;

		if (!fits(options, drift_catalogue_type(catalogue, i)))
			continue;
		t = drift__catalogue_type(catalogue, drift_catalogue_type(catalogue, i), err);
		if (t == NULL) {
			drift__list_dispose(&list);
			drift_document_free(doc);
			return DRIFT_BAD_CATALOGUE;
		}
		for (j = 0; j < t->n_lists; j++)
			add_call(&list, &doc->arena, t, &t->lists[j], "list");
		for (j = 0; j < t->n_reads; j++)
			add_call(&list, &doc->arena, t, &t->reads[j], "read");
		if (t->lookup != NULL)
			add_call(&list, &doc->arena, t, t->lookup, "lookup");
	}
	doc->root = drift__list_finish(&list);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}
