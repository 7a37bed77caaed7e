/* The public handles: a session wraps the AWS client, an inventory runs the engine over it. */
#include "live/engine.h"

#include <stdio.h>
#include <string.h>

#include "live/session.h"

struct drift_session {
	const struct drift_catalogue *catalogue;
	struct drift__aws_client *client;
	char *texts[5]; /* copies of the options' texts */
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
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
	s->log = opt.log = o->log;
	s->log_ctx = opt.log_ctx = o->log_ctx;
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
	return (struct drift__transport){.start = client_start, .run = client_run, .region = client_region, .stats = client_stats, .ctx = c};
}

/* For those who asked for more: how good the forecast was. */
static void
compare_with_plan(const struct drift_session *s, const struct drift_inventory_options *options, const struct drift_snapshot *snap)
{
	int64_t made = 0;
	char line[128];

	(void)drift__value_to_int(drift_value_get(drift_snapshot_meta(snap), "api_calls"), &made);
	snprintf(line, sizeof line, "calls: %lld made, %zu foreseen", (long long)made, drift__inventory_foreseen(s->catalogue, options));
	s->log(s->log_ctx, 1, line);
}

enum drift_status
drift_inventory_scan(struct drift_session *s, const struct drift_inventory_options *options, struct drift_snapshot **out,
	struct drift_error *err)
{
	struct drift_inventory_options own = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift__transport transport = drift__transport_of_client(s->client);
	struct drift_snapshot *snap = NULL;
	enum drift_status st;

	memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	transport.log = s->log;
	transport.log_ctx = s->log_ctx;
	st = drift__inventory_run(s->catalogue, transport, &own, &snap, err);
	if (st != DRIFT_OK)
		return st;
	if (s->log != NULL)
		compare_with_plan(s, &own, snap);
	*out = snap;
	return DRIFT_OK;
}
