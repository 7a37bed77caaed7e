/* An attempt that failed -> the same call again, now or later, or its end with the reason and what to do. */
#define _POSIX_C_SOURCE 200809L
#include "aws/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SKEW_MS = 5 * 60000, MAX_REDIRECTS = 2, UNREACHABLE_AFTER = 16, UNKNOWN_AFTER = 3, RESOLVE_ATTEMPTS = 4, TIMEOUT_ATTEMPTS = 2,
	FOREIGN_ATTEMPTS = 4, UNREACHED_ATTEMPTS = 6 };

static enum drift_status
learn_bucket(struct drift__aws_client *c, const char *bucket, const char *region)
{
	struct drift__bucket *b = c->buckets;
	char *copy = drift__strdup(region);

	if (copy == NULL)
		return DRIFT_NOMEM;
	while (b != NULL && strcmp(b->name, bucket) != 0)
		b = b->next;
	if (b == NULL) {
		b = drift__calloc(1, sizeof *b);
		if (b != NULL)
			b->name = drift__strdup(bucket);
		if (b == NULL || b->name == NULL) {
			drift__free(b);
			drift__free(copy);
			return DRIFT_NOMEM;
		}
		b->next = c->buckets;
		c->buckets = b;
	}
	drift__free(b->region);
	b->region = copy;
	return DRIFT_OK;
}

static const char *
iam_action(const struct drift__call *call, char *buf, size_t n)
{
	if (call->op->iam != NULL)
		return call->op->iam;
	snprintf(buf, n, "%s:%s", call->service->iam_prefix, call->op->name);
	return buf;
}

static bool
was_reached(const struct drift__call *call)
{
	const struct drift__host *host = drift__engine_host(call->client, call->host);

	return host != NULL && host->reached;
}

static void
hint_network(struct drift_error *err)
{
	drift__hint(err, "check the network, proxy settings (HTTPS_PROXY, NO_PROXY) and the region's name");
}

static void
hint_denied(const struct drift__call *call, const char *code, struct drift_error *err)
{
	const char *source = call->client->credentials.source;
	char action[128];

	if (strcmp(code, "InvalidClientTokenId") == 0 || strcmp(code, "InvalidAccessKeyId") == 0 || strcmp(code, "AuthFailure") == 0)
		drift__hint(err, "AWS does not know the access key of %s", source);
	else if (strcmp(code, "UnrecognizedClientException") == 0)
		drift__hint(err, "AWS does not know the access key of %s, or the region is not enabled in the account", source);
	else if (strcmp(code, "SignatureDoesNotMatch") == 0 || strcmp(code, "InvalidSignatureException") == 0)
		drift__hint(err, "the secret key of %s does not belong to its access key", source);
	else if (strcmp(code, "OptInRequired") == 0)
		drift__hint(err, "the account is not subscribed to the service in this region");
	else
		drift__hint(err, "allow %s to the identity that scans (%s)", iam_action(call, action, sizeof action), source);
}

static void
add_hint(const struct drift__call *call, const struct drift__failure *f, struct drift_error *err)
{
	switch (err->status) {
	case DRIFT_DENIED:
		hint_denied(call, f->error.code, err);
		break;
	case DRIFT_EXPIRED:
		drift__hint(err, "get new credentials for %s", call->client->credentials.source);
		break;
	case DRIFT_THROTTLED:
		drift__hint(err, "run it again later, or raise AWS_MAX_ATTEMPTS (now %d)", call->client->config->max_attempts);
		break;
	case DRIFT_TLS:
		if (call->client->config->ca_bundle != NULL)
			drift__hint(err, "AWS_CA_BUNDLE must be a PEM file with the certificates that are trusted; it is %s", call->client->config->ca_bundle);
		else
			drift__hint(err, "behind an inspecting proxy set AWS_CA_BUNDLE to its certificate");
		break;
	case DRIFT_REDIRECT:
		drift__hint(err, "%s", call->service->s3 ? "set the bucket's own region" :
			"something between here and AWS redirects: a proxy, or a network that wants a login");
		break;
	case DRIFT_UNSUPPORTED:
		drift__hint(err, "the service may not exist in this region: leave the region out, or check the endpoint settings");
		break;
	case DRIFT_TIMEOUT:
		if (was_reached(call))
			drift__hint(err, "run it again later, or allow a call more time");
		else
			hint_network(err);
		break;
	case DRIFT_NETWORK:
		hint_network(err);
		break;
	case DRIFT_AWS:
		if (f->error.foreign && call->place->endpoint.custom)
			drift__hint(err, "%s may not know this operation: AWS answers in another form", call->host);
		else if (f->error.foreign)
			drift__hint(err, "this is not how the service itself answers: look at what stands before it, or run it again later");
		break;
	default:
		break;
	}
}

/* One host has no address while others answer, and nobody chose it by hand: the service does not exist there. */
static bool
is_unsupported(const struct drift__call *call)
{
	const struct drift__host *h;

	if (call->exchange.failure != DRIFT__HTTP_RESOLVE || call->place->endpoint.custom)
		return false;
	for (h = call->client->hosts; h != NULL && !h->reached; h = h->next)
		;
	return h != NULL;
}

static void
give_up(struct drift__call *call, const struct drift__failure *f)
{
	struct drift__http_exchange *x = &call->exchange;
	const char *text = f->error.message[0] != '\0' ? f->error.message : f->error.instead;
	struct drift_error err = f->why;
	char code[sizeof f->error.code];
	enum drift_status st;

	snprintf(code, sizeof code, "%s", f->error.code);
	if (err.status == DRIFT_OK) {
		st = drift__retry_status(x->failure, x->status, code);
		if (is_unsupported(call))
			st = DRIFT_UNSUPPORTED;
		if (x->failure != DRIFT__HTTP_OK)
			drift__fail(&err, st, call->where, "%s (%s, attempt %u)", x->reason, call->host, call->attempts);
		else
			drift__fail(&err, st, call->where, "%s%s%s%s", f->error.foreign ? "HTTP " : "", code, text[0] != '\0' ? ": " : "", text);
	}
	drift__credentials_hide(&call->client->credentials, err.what);
	snprintf(err.where, sizeof err.where, "%s", call->where);
	snprintf(err.request_id, sizeof err.request_id, "%s", f->error.request_id);
	add_hint(call, f, &err);
	if (drift__stuck_is(call))
		drift__stuck_give_up(call, &err);
	drift__recall_absence(call, &err, code, x->status);
	drift__call_end(call, &err, code, x->status, drift__http_date(drift__pairs_get(&x->reply_headers, "date")));
}

static void
back_off(struct drift__call *call, const struct drift__failure *f)
{
	struct drift__aws_client *c = call->client;
	int64_t hint = drift__retry_hint_ms(&call->exchange.reply_headers, drift__engine_wall(c));
	int64_t delay = drift__retry_delay_ms(f->kind, call->attempts - 1, hint, &c->random);
	struct drift_error err = DRIFT_ERROR_INIT;

	drift__engine_log(c, 2, "%s: %s, attempt %u, again in %" PRId64 " ms", call->where,
		call->exchange.failure != DRIFT__HTTP_OK ? call->exchange.reason : f->error.code, call->attempts, delay);
	if (drift__timers_add(&c->timers, drift__engine_mono(c) + delay, call) != DRIFT_OK) {
		drift__nomem(&err);
		drift__call_end(call, &err, "", 0, 0);
		return;
	}
	call->queue->backing_off++;
}

static bool
far_apart(int64_t a_ms, int64_t b_ms)
{
	return a_ms - b_ms <= -SKEW_MS || a_ms - b_ms >= SKEW_MS;
}

bool
drift__engine_clock_differs(struct drift__aws_client *c, const char *name, int64_t date_ms, int64_t signed_skew_ms)
{
	struct drift__host *host = drift__engine_host(c, name);
	int64_t offset = date_ms - drift__engine_wall(c);

	if (date_ms == 0 || host == NULL || !far_apart(offset, signed_skew_ms))
		return false;
	if (!far_apart(offset, host->skew_ms))
		return true; /* another call has found out since this one was sent */
	host->skew_ms = offset;
	c->stats.clock_skew_ms = offset;
	drift__engine_log(c, 0, "this machine's clock is %" PRId64 " s %s that of %s: signatures are corrected",
		(offset < 0 ? -offset : offset) / 1000, offset < 0 ? "ahead of" : "behind", name);
	return true;
}

static bool
correct_skew(struct drift__call *call)
{
	int64_t date = drift__http_date(drift__pairs_get(&call->exchange.reply_headers, "date"));

	if (call->skew_tried || !drift__engine_clock_differs(call->client, call->host, date, call->signed_skew_ms))
		return false;
	call->skew_tried = true;
	return true;
}

static bool
is_redirect(const struct drift__call *call, const struct drift__failure *f)
{
	return call->service->s3 && call->bucket != NULL && f->error.region[0] != '\0' && call->signed_region != NULL &&
		strcmp(f->error.region, call->signed_region) != 0 && call->redirects < MAX_REDIRECTS &&
		strspn(f->error.region, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(f->error.region);
}

static unsigned
most_attempts(const struct drift__call *call)
{
	const struct drift__host *host = drift__engine_host(call->client, call->host);
	unsigned most = (unsigned)call->client->config->max_attempts;

	/* a host that no call has reached lately is not worth ten tries of each of a thousand calls */
	if (host != NULL && host->failures >= UNREACHABLE_AFTER && most > 1)
		return 1;
	if (call->exchange.failure == DRIFT__HTTP_RESOLVE && most > RESOLVE_ATTEMPTS)
		return RESOLVE_ATTEMPTS;
	/* nothing listens there, and nobody has seen that it ever did */
	if (call->exchange.failure == DRIFT__HTTP_CONNECT && host != NULL && !host->reached && most > UNREACHED_ATTEMPTS)
		return UNREACHED_ATTEMPTS;
	/* each took as long as it may: ten of them would hold up the scan for minutes */
	if (call->exchange.failure == DRIFT__HTTP_TIMEOUT && most > TIMEOUT_ATTEMPTS)
		return TIMEOUT_ATTEMPTS;
	/* an emulator without the operation, or what stands before the service: it would say the same ten times */
	if (call->foreign == call->attempts && most > FOREIGN_ATTEMPTS)
		return FOREIGN_ATTEMPTS;
	return most;
}

/* A service that fails again and again is down: its other calls fail once each instead of ten times. */
static bool
may_retry(struct drift__call *call, const struct drift__failure *f)
{
	struct drift__queue *q = call->queue;

	if (drift__stuck_is(call))
		return false;
	if (f->kind == DRIFT__RETRY_THROTTLE || drift__quota_draw(&q->quota, call->exchange.failure, &call->paid))
		return true;
	if (!q->exhausted)
		drift__engine_log(call->client, 1, "%s fails too often: what fails is not tried again until calls succeed", call->where);
	q->exhausted = true;
	return false;
}

/* A host that has answered nobody: the other thousand calls need not find that out one by one. */
static void
declare_dead(struct drift__call *call)
{
	struct drift_error *dead = &call->queue->dead;
	const struct drift__http_exchange *x = &call->exchange;

	if (call->bucket != NULL && !call->place->endpoint.path_style)
		return; /* each bucket has a host of its own */
	drift__fail(dead, is_unsupported(call) ? DRIFT_UNSUPPORTED : drift__retry_status(x->failure, 0, ""), call->place->endpoint.host,
		"%s; the calls before failed alike", x->reason);
	add_hint(call, &(struct drift__failure){.kind = DRIFT__RETRY_NO}, dead);
}

void
drift__call_failed(struct drift__call *call, const struct drift__failure *f)
{
	struct drift__aws_client *c = call->client;
	struct drift__host *host = drift__engine_host(c, call->host);

	call->foreign += call->exchange.failure == DRIFT__HTTP_OK && call->exchange.status == 500 && f->error.foreign;
	if (is_redirect(call, f) && learn_bucket(c, call->bucket, f->error.region) == DRIFT_OK) {
		drift__engine_log(c, 2, "%s: the bucket is in %s", call->where, f->error.region);
		call->redirects++;
		call->attempts--;
		drift__engine_wait(call, true);
		return;
	}
	if (f->kind == DRIFT__RETRY_SKEW && correct_skew(call)) {
		drift__engine_wait(call, true);
		return;
	}
	/* EC2 says the same of a clock and of a token */
	if ((f->kind == DRIFT__RETRY_EXPIRED || strcmp(f->error.code, "RequestExpired") == 0) && !call->renewed) {
		call->renewed = true;
		drift__engine_expire(c);
		drift__engine_wait(call, true);
		return;
	}
	if ((f->kind == DRIFT__RETRY_TRANSIENT || f->kind == DRIFT__RETRY_THROTTLE) && call->attempts < most_attempts(call) && may_retry(call, f)) {
		back_off(call, f);
		return;
	}
	if (host != NULL && call->exchange.failure != DRIFT__HTTP_OK &&
		++host->failures >= (call->exchange.failure == DRIFT__HTTP_RESOLVE ? UNKNOWN_AFTER : UNREACHABLE_AFTER) && !host->reached)
		declare_dead(call);
	give_up(call, f);
}
