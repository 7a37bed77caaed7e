/* Making a client, what it settles at its first call, starting calls, and its end. */
#define _POSIX_C_SOURCE 200809L
#include "aws/cache.h"
#include "aws/engine.h"
#include "aws/keyring.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

enum {
	RENEW_BEFORE_MS = 5 * 60000,
	RENEW_AGAIN_MS = 60000,
	DEFAULT_PAGES = 10000
};

int64_t
drift__engine_mono(const struct drift__aws_client *c)
{
	return c->clock->mono_ms(c->clock->ctx);
}

int64_t
drift__engine_wall(const struct drift__aws_client *c)
{
	return c->clock->now_ms(c->clock->ctx);
}

void
drift__engine_log(const struct drift__aws_client *c, int level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (c->opt.log == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	c->opt.log(c->opt.log_ctx, level, line);
}

struct drift__host *
drift__engine_host(struct drift__aws_client *c, const char *name)
{
	struct drift__host **at = &c->hosts, *h;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	h = *at;
	if (h != NULL) {
		/* to the front: each of ten thousand buckets may be a host, and its calls come one after another */
		*at = h->next;
		h->next = c->hosts;
		c->hosts = h;
		return h;
	}
	h = drift__calloc(1, sizeof *h);
	if (h != NULL)
		h->name = drift__strdup(name);
	if (h == NULL || h->name == NULL) {
		drift__free(h);
		return NULL;
	}
	h->skew_ms = c->stats.clock_skew_ms; /* it is our clock that is wrong, most likely */
	h->next = c->hosts;
	c->hosts = h;
	return h;
}

static int64_t
skew_of(void *ctx, const char *host)
{
	const struct drift__host *h = drift__engine_host(ctx, host);

	return h != NULL ? h->skew_ms : 0;
}

static bool
clock_differs(void *ctx, const char *host, int64_t date_ms, int64_t signed_skew_ms)
{
	return drift__engine_clock_differs(ctx, host, date_ms, signed_skew_ms);
}

/* ---- making ---- */

static bool
copy_options(struct drift__aws_client *c, const struct drift__aws_options *opt)
{
	const char **texts[] = {&c->opt.profile, &c->opt.region, &c->opt.role_arn, &c->opt.external_id, &c->opt.session_name,
		&c->opt.access_key, &c->opt.secret_key, &c->opt.token, &c->opt.ca_bundle, &c->opt.cache_dir};
	const char **endpoints;
	size_t i, n = 0;

	c->opt = *opt;
	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (*texts[i] == NULL)
			continue;
		*texts[i] = drift__arena_strdup(&c->arena, *texts[i]);
		if (*texts[i] == NULL)
			return false;
	}
	while (opt->endpoints != NULL && opt->endpoints[n] != NULL)
		n++;
	if (n == 0)
		return true;
	endpoints = drift__arena_zalloc(&c->arena, (n + 1) * sizeof *endpoints);
	for (i = 0; endpoints != NULL && i < n; i++) {
		endpoints[i] = drift__arena_strdup(&c->arena, opt->endpoints[i]);
		if (endpoints[i] == NULL)
			return false;
	}
	c->opt.endpoints = endpoints;
	return endpoints != NULL;
}

enum drift_status
drift__aws_client_new(const struct drift__aws_options *opt, struct drift__aws_client **out, struct drift_error *err)
{
	struct drift__aws_client *c;

	if (opt->catalogue == NULL)
		return drift__fail(err, DRIFT_USAGE, "drift__aws_client_new", "a client needs a catalogue");
	c = drift__calloc(1, sizeof *c);
	if (c == NULL)
		return drift__nomem(err);
	drift__arena_init(&c->arena, 0);
	c->clock = opt->clock != NULL ? opt->clock : &drift__system_clock;
	c->made_ms = drift__engine_mono(c);
	c->random = opt->random_seed;
	if (c->random == 0 && (RAND_bytes((unsigned char *)&c->random, sizeof c->random) != 1 || c->random == 0))
		c->random = 1 + (uint64_t)drift__engine_wall(c);
	c->signer = drift__signer_new();
	if (c->signer == NULL || !copy_options(c, opt)) {
		drift__aws_client_free(c);
		return drift__nomem(err);
	}
	*out = c;
	return DRIFT_OK;
}

void
drift__aws_client_free(struct drift__aws_client *c)
{
	struct drift__host *h;
	struct drift__bucket *b;

	if (c == NULL)
		return;
	while (c->open != NULL) {
		if (c->open->in_flight)
			drift__http_abort(c->http, &c->open->exchange);
		drift__call_free(c->open);
	}
	while ((h = c->hosts) != NULL) {
		c->hosts = h->next;
		drift__free(h->name);
		drift__free(h);
	}
	while ((b = c->buckets) != NULL) {
		c->buckets = b->next;
		drift__free(b->name);
		drift__free(b->region);
		drift__free(b);
	}
	drift__timers_dispose(&c->timers);
	drift__cache_free(c->cache);
	drift__http_free(c->http);
	drift__signer_free(c->signer);
	drift__credentials_dispose(&c->credentials);
	drift__free(c->credentials_key);
	drift__config_free(c->config);
	drift__arena_wipe(&c->arena);
	drift__free(c);
}

/* ---- what is settled at the first call ---- */

static const char *
proxy_of(const struct drift__aws_config *c, const char *lower, const char *upper)
{
	const char *p = drift__config_env(c, lower);

	if (p == NULL)
		p = drift__config_env(c, upper);
	if (p == NULL)
		p = drift__config_env(c, "all_proxy");
	return p != NULL ? p : drift__config_env(c, "ALL_PROXY");
}

static enum drift_status
settle(struct drift__aws_client *c, struct drift_error *err)
{
	struct drift__http_options http = {.user_agent = "driftscan/" DRIFT_VERSION};
	const char *app;
	enum drift_status st = DRIFT_OK;

	if (c->config == NULL)
		st = drift__config_new(&c->opt, &c->config, err);
	if (st != DRIFT_OK || c->http != NULL)
		return st;
	http.ca_bundle = c->config->ca_bundle;
	http.http_proxy = proxy_of(c->config, "http_proxy", "HTTP_PROXY");
	http.https_proxy = proxy_of(c->config, "https_proxy", "HTTPS_PROXY");
	http.no_proxy_for = drift__config_env(c->config, "no_proxy");
	if (http.no_proxy_for == NULL)
		http.no_proxy_for = drift__config_env(c->config, "NO_PROXY");
	app = drift__config_get(c->config, "AWS_SDK_UA_APP_ID", "sdk_ua_app_id");
	if (app != NULL && strlen(app) <= 50 && strpbrk(app, " \r\n\t") == NULL) {
		http.user_agent = drift__arena_printf(&c->arena, "%s app/%s", http.user_agent, app);
		if (http.user_agent == NULL)
			return drift__nomem(err);
	}
	return drift__http_new(&http, &c->http, err);
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static void
plan_renewal(struct drift__aws_client *c)
{
	int64_t now = drift__engine_wall(c), expires = c->credentials.expires_ms;

	c->renew_ms = INT64_MAX;
	if (expires == 0)
		return;
	c->renew_ms = expires - RENEW_BEFORE_MS;
	if (c->renew_ms < now + RENEW_AGAIN_MS)
		/* fresh ones that have expired already: it is our clock that is wrong */
		c->renew_ms = now + RENEW_AGAIN_MS < expires || expires <= now ? now + RENEW_AGAIN_MS : expires;
}

static void
send_on(void *client)
{
	drift__engine_send(client);
}

/* The keyring's name for the credentials: everything that decides which they are. What may be secret or long goes in as a digest. */
static char *
name_of_credentials(const struct drift__aws_client *c)
{
	struct drift__buf b = DRIFT__BUF_INIT(16 << 20);
	unsigned char digest[32];
	char hex[65] = "", *out = NULL;
	size_t i;

	if (c->opt.role_more != NULL)
		drift__json_write(&b, c->opt.role_more, 0, true);
	/* an environment of its own may name other files, another role */
	for (i = 0; c->opt.env != NULL && c->opt.env[i] != NULL; i++)
		drift__buf_add(&b, c->opt.env[i], strlen(c->opt.env[i]) + 1);
	if (b.len > 0 && b.status == DRIFT_OK) {
		drift__sha256(b.data, b.len, digest);
		drift__hex(digest, sizeof digest, hex);
	}
	if (b.status == DRIFT_OK)
		out = drift__asprintf("%s %d %s %s %s %s %s", c->config->profile, c->config->profile_given, text(c->opt.access_key), text(c->opt.role_arn),
			text(c->opt.external_id), text(c->opt.session_name), hex);
	drift__buf_wipe(&b);
	return out;
}

/* The source is given time for the other calls only while these can be signed. */
static enum drift_status
find_credentials(struct drift__aws_client *c, int64_t now, struct drift__credentials *out, struct drift_error *err)
{
	struct drift__credential_context ctx = {.config = c->config, .options = &c->opt, .http = c->http, .signer = c->signer,
		.clock = c->clock, .skew = skew_of, .clock_differs = clock_differs, .skew_ctx = c};
	enum drift_status st;

	if (c->credentials.found && now < c->credentials.expires_ms) {
		ctx.meanwhile = send_on;
		ctx.meanwhile_ctx = c;
	}
	if (c->credentials_key == NULL)
		c->credentials_key = name_of_credentials(c);
	if (c->credentials_key == NULL)
		return drift__nomem(err);
	st = drift__keyring_get(c->opt.keyring, c->credentials_key, now + RENEW_BEFORE_MS, out, err);
	if (st != DRIFT_OK || out->found)
		return st;
	st = drift__credentials_find(&ctx, out, err);
	if (st == DRIFT_OK)
		drift__keyring_put(c->opt.keyring, c->credentials_key, out);
	return st;
}

enum drift_status
drift__engine_credentials(struct drift__aws_client *c, struct drift_error *err)
{
	struct drift__credentials found = {.found = false};
	struct drift_error why = DRIFT_ERROR_INIT;
	enum drift_status st;
	int64_t now = drift__engine_wall(c);

	if (c->credentials.found && now < c->renew_ms)
		return DRIFT_OK;
	st = find_credentials(c, now, &found, &why);
	if (st != DRIFT_OK && c->credentials.found && now < c->credentials.expires_ms) {
		drift__engine_log(c, 1, "credentials could not be renewed, the old ones are still good: %s: %s", why.where, why.what);
		c->renew_ms = now + RENEW_AGAIN_MS;
		return DRIFT_OK;
	}
	if (st != DRIFT_OK) {
		if (err != NULL && err->status == DRIFT_OK)
			*err = why;
		return st;
	}
	drift__credentials_dispose(&c->credentials);
	c->credentials = found;
	c->fetched_ms = now;
	plan_renewal(c);
	drift__engine_log(c, 2, "credentials: %s", c->credentials.source);
	return DRIFT_OK;
}

void
drift__engine_expire(struct drift__aws_client *c)
{
	/* the calls that were in flight together all say so: once is enough */
	if (drift__engine_wall(c) - c->fetched_ms < RENEW_AGAIN_MS / 2)
		return;
	drift__keyring_forget(c->opt.keyring, c->credentials_key);
	c->renew_ms = 0;
	c->credentials.expires_ms = 1; /* AWS says so, whatever was promised */
}

const char *
drift__aws_region(struct drift__aws_client *c, struct drift_error *err)
{
	if (settle(c, err) != DRIFT_OK)
		return NULL;
	if (c->config->region == NULL) {
		drift__fail(err, DRIFT_BAD_CONFIG, "region", "no AWS region is configured");
		drift__hint(err, "give --region, set AWS_REGION, or add region to the profile \"%s\"", c->config->profile);
	}
	return c->config->region;
}

/* ---- starting ---- */

static struct drift__queue *
find_queue(struct drift__aws_client *c, const struct drift__service *service, const char *region)
{
	struct drift__queue *q;

	for (q = c->queues; q != NULL; q = q->next)
		if (q->service == service && strcmp(q->region, region) == 0)
			return q;
	q = drift__arena_zalloc(&c->arena, sizeof *q);
	if (q == NULL)
		return NULL;
	q->service = service;
	q->region = region;
	q->quota = DRIFT__QUOTA;
	drift__rate_init(&q->rate, service->throttle, drift__engine_mono(c));
	q->next = c->queues;
	c->queues = q;
	return q;
}

static enum drift_status
find_place(struct drift__aws_client *c, const struct drift__service *service, const char *region, struct drift__place **out,
	struct drift_error *err)
{
	struct drift__place *p;
	enum drift_status st;

	for (p = c->places; p != NULL; p = p->next) {
		if (p->service == service && strcmp(p->region, region) == 0) {
			*out = p;
			return DRIFT_OK;
		}
	}
	p = drift__arena_zalloc(&c->arena, sizeof *p);
	if (p == NULL)
		return drift__nomem(err);
	p->service = service;
	p->region = drift__arena_strdup(&c->arena, region);
	st = drift__endpoint_resolve(c->config, service, region, &c->arena, &p->endpoint, err);
	if (st != DRIFT_OK)
		return st;
	p->queue = find_queue(c, service, p->endpoint.signing_region);
	if (p->queue == NULL || p->region == NULL)
		return drift__nomem(err);
	if (drift__endpoint_is_local(p->endpoint.host))
		p->queue->resolved = true; /* no name server is asked */
	p->next = c->places;
	c->places = p;
	*out = p;
	return DRIFT_OK;
}

void
drift__engine_wait(struct drift__call *call, bool first)
{
	struct drift__queue *q = call->queue;

	call->next_waiting = first ? q->first : NULL;
	if (q->first == NULL)
		q->first = q->last = call;
	else if (first)
		q->first = call;
	else
		q->last = q->last->next_waiting = call;
}

static enum drift_status
make_call(struct drift__aws_client *c, const struct drift__aws_call *spec, struct drift__place *place,
	const struct drift__operation *op, struct drift__call **out, struct drift_error *err)
{
	struct drift__call *call = drift__calloc(1, sizeof *call);

	if (call == NULL)
		return drift__nomem(err);
	call->client = c;
	call->place = place;
	call->queue = place->queue;
	call->service = place->service;
	call->op = op;
	call->single_page = spec->single_page;
	call->max_pages = spec->max_pages != 0 ? spec->max_pages : DEFAULT_PAGES;
	call->max_reply_bytes = spec->max_reply_bytes;
	drift__arena_init(&call->page, 64u << 20);
	call->page.first_block = DRIFT__PAGE_BLOCK;
	drift__arena_init(&call->attempt, 64u << 20);
	snprintf(call->where, sizeof call->where, "%s:%s %s", call->service->name, op->name, place->endpoint.signing_region);
	if (spec->input != NULL) {
		call->input = drift__value_copy(&call->page, spec->input);
		if (call->input == NULL) {
			drift__call_free(call);
			return drift__nomem(err);
		}
	}
	*out = call;
	return DRIFT_OK;
}

static bool
valid_region(const char *s)
{
	return s[0] != '\0' && s[0] != '-' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) && strlen(s) < 40;
}

enum drift_status
drift__aws_start(struct drift__aws_client *c, const struct drift__aws_call *spec, drift__aws_done *done, void *payload,
	struct drift_error *err)
{
	const struct drift__service *service = drift__catalogue_service(c->opt.catalogue, spec->service, err);
	const struct drift__operation *op;
	const char *region = spec->region;
	struct drift__place *place = NULL;
	struct drift__call *call = NULL;
	enum drift_status st;

	if (c->ending != NULL)
		return drift__fail(err, c->ending->status, c->ending->where, "%s", c->ending->what);
	if (service == NULL)
		return DRIFT_BAD_CATALOGUE;
	op = drift__service_operation(service, spec->operation, err);
	if (op == NULL)
		return DRIFT_USAGE;
	st = settle(c, err);
	if (st != DRIFT_OK)
		return st;
	if (region == NULL)
		region = c->config->region == NULL && service->global ? "us-east-1" : drift__aws_region(c, err);
	if (region == NULL)
		return DRIFT_BAD_CONFIG;
	if (!valid_region(region))
		return drift__fail(err, DRIFT_USAGE, spec->service, "\"%s\" is not the name of a region", region);
	st = find_place(c, service, region, &place, err);
	if (place != NULL)
		st = make_call(c, spec, place, op, &call, err);
	if (call == NULL)
		return st;
	call->done = done;
	call->payload = payload;
	call->next_open = c->open;
	if (c->open != NULL)
		c->open->prev_open = call;
	c->open = call;
	drift__engine_wait(call, false);
	return DRIFT_OK;
}

void
drift__aws_get_stats(const struct drift__aws_client *c, struct drift__aws_stats *out)
{
	*out = c->stats;
}
