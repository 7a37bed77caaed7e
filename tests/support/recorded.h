/* Transports for the inventory that need no account: one that writes down what another one was told, and one that tells it again.
 *
 * A fixture (fixtures/types/TYPE.json) is {type, source, calls, state, expect}: calls[] {service, operation, region, input, and pages or
 * error {code, http_status, status}}, state[] as the resources of a tfstate. */
#ifndef TEST_RECORDED_H
#define TEST_RECORDED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/engine.h"
#include "state/tfstate.h"

/* What tells one call from another, as JSON. */
static inline char *
call_key(const char *service, const char *operation, const char *region, const struct drift_value *input)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	char *key;

	drift__buf_addf(&b, "%s %s %s ", service, operation, region != NULL ? region : "-");
	drift__json_write(&b, input != NULL && input->kind == DRIFT_MAP && input->len > 0 ? input : &drift__null, 0, true);
	key = drift__buf_take(&b);
	drift__buf_dispose(&b);
	return key;
}

/* ---- writing down ---- */

struct recorder {
	struct drift__transport inner;
	struct drift__arena arena;
	char **lines; /* one call each */
	size_t n, cap;
};
struct recorded_call {
	struct recorder *r;
	drift__aws_done *done;
	void *payload;
	struct drift__map_builder call;
	struct drift__list_builder pages;
};

static inline void
recorder_add(struct recorder *r, const struct drift_value *call)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);

	if (r->n == r->cap) {
		r->cap = r->cap == 0 ? 64 : r->cap * 2;
		r->lines = drift__realloc(r->lines, r->cap * sizeof *r->lines);
		if (r->lines == NULL)
			abort();
	}
	drift__json_write(&b, call, 0, false);
	r->lines[r->n++] = drift__buf_take(&b);
}

static inline void
recorder_reply(void *payload, struct drift__aws_reply *reply)
{
	struct recorded_call *c = payload;
	struct drift__map_builder error;

	if (reply->status == DRIFT_OK) {
		drift__list_add(&c->pages, drift__value_copy(&c->r->arena, reply->output));
	} else {
		drift__map_init(&error, &c->r->arena);
		drift__map_puts(&error, "code", reply->code);
		drift__map_puti(&error, "http_status", reply->http_status);
		drift__map_puts(&error, "status", drift_status_name(reply->status));
		drift__map_put(&c->call, "error", drift__map_finish(&error));
	}
	if (reply->last) {
		const struct drift_value *pages = drift__list_finish(&c->pages);

		if (reply->status == DRIFT_OK)
			drift__map_put(&c->call, "pages", pages);
		recorder_add(c->r, drift__map_finish(&c->call));
	}
	c->done(c->payload, reply);
}

static inline enum drift_status
recorder_start(void *ctx, const struct drift__aws_call *call, drift__aws_done *done, void *payload, struct drift_error *err)
{
	struct recorder *r = ctx;
	struct recorded_call *c = drift__arena_zalloc(&r->arena, sizeof *c);

	if (c == NULL)
		return drift__nomem(err);
	c->r = r;
	c->done = done;
	c->payload = payload;
	drift__map_init(&c->call, &r->arena);
	drift__list_init(&c->pages, &r->arena);
	drift__map_puts(&c->call, "service", call->service);
	drift__map_puts(&c->call, "operation", call->operation);
	if (call->region != NULL)
		drift__map_puts(&c->call, "region", call->region);
	if (call->input != NULL && call->input->len > 0)
		drift__map_put(&c->call, "input", drift__value_copy(&r->arena, call->input));
	return r->inner.start(r->inner.ctx, call, recorder_reply, c, err);
}

static inline enum drift_status
recorder_run(void *ctx, struct drift_error *err)
{
	return ((struct recorder *)ctx)->inner.run(((struct recorder *)ctx)->inner.ctx, err);
}

static inline const char *
recorder_region(void *ctx, struct drift_error *err)
{
	return ((struct recorder *)ctx)->inner.region(((struct recorder *)ctx)->inner.ctx, err);
}

static inline void
recorder_stats(void *ctx, struct drift__aws_stats *out)
{
	((struct recorder *)ctx)->inner.stats(((struct recorder *)ctx)->inner.ctx, out);
}

static inline void
recorder_dispose(struct recorder *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		drift__free(r->lines[i]);
	drift__free(r->lines);
	drift__arena_dispose(&r->arena);
}

/* ---- telling again ---- */

struct replay {
	const struct drift_value *calls;
	const char *region;
	struct replay_open {
		drift__aws_done *done;
		void *payload;
		const struct drift_value *call; /* NULL: nobody wrote it down */
	} *open;
	size_t n, cap, asked;
	const char *refused;      /* an operation that is answered with code, whatever was written down; NULL = none */
	const char *code;
	char unknown[512]; /* the first call that was not written down */
	bool given[4096];  /* of calls */
	char twice[512];   /* the first that was asked for again */
};

/* Opens the fixture at path to tell its calls from. False: it cannot be read. */
static inline bool
replay_fixture(struct replay *r, const char *path, struct drift_document **fixture)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 26);
	bool ok = drift__file_read(path, &b, NULL) == DRIFT_OK && drift_document_parse(b.data, b.len, path, fixture, NULL) == DRIFT_OK;

	drift__buf_dispose(&b);
	if (ok) {
		r->calls = drift_value_get(drift_document_root(*fixture), "calls");
		r->region = drift__value_gets(drift_document_root(*fixture), "region");
	}
	return ok;
}

static inline const struct drift_value *
replay_find(const struct replay *r, const char *key)
{
	size_t i;

	for (i = 0; i < drift_value_size(r->calls); i++) {
		const struct drift_value *c = drift_value_at(r->calls, i);
		char *have = call_key(drift__value_gets(c, "service"), drift__value_gets(c, "operation"), drift__value_gets(c, "region"),
			drift_value_get(c, "input"));
		bool same = have != NULL && strcmp(have, key) == 0;

		drift__free(have);
		if (same)
			return c;
	}
	return NULL;
}

static inline void
replay_note(struct replay *r, size_t i, const char *key)
{
	if (i >= sizeof r->given / sizeof r->given[0])
		return;
	if (r->given[i] && r->twice[0] == '\0')
		snprintf(r->twice, sizeof r->twice, "%s", key);
	r->given[i] = true;
}

static inline enum drift_status
replay_start(void *ctx, const struct drift__aws_call *call, drift__aws_done *done, void *payload, struct drift_error *err)
{
	struct replay *r = ctx;
	char *key = call_key(call->service, call->operation, call->region, call->input);

	if (r->n == r->cap) {
		r->cap = r->cap == 0 ? 64 : r->cap * 2;
		r->open = drift__realloc(r->open, r->cap * sizeof *r->open);
	}
	if (key == NULL || r->open == NULL) {
		drift__free(key);
		return drift__nomem(err);
	}
	r->asked++;
	r->open[r->n].done = done;
	r->open[r->n].payload = payload;
	r->open[r->n].call = replay_find(r, key);
	if (r->open[r->n].call == NULL && r->unknown[0] == '\0')
		snprintf(r->unknown, sizeof r->unknown, "%s", key);
	if (r->open[r->n].call != NULL)
		replay_note(r, (size_t)(r->open[r->n].call - r->calls->u.items), key);
	r->n++;
	drift__free(key);
	return DRIFT_OK;
}

static inline enum drift_status
status_of_name(const char *name)
{
	int st;

	for (st = 0; st < 64; st++)
		if (drift__streq(drift_status_name((enum drift_status)st), name))
			return (enum drift_status)st;
	return DRIFT_BAD_REPLY;
}

static inline void
replay_refuse(const struct replay *r, const struct replay_open *o)
{
	bool denied = strstr(r->code, "Denied") != NULL;
	struct drift_error e = DRIFT_ERROR_INIT;
	struct drift__aws_reply reply = {.status = denied ? DRIFT_DENIED : DRIFT_NOT_FOUND, .error = &e, .code = r->code,
		.http_status = denied ? 403 : 404, .last = true};

	drift__fail(&e, reply.status, "replay", "%s", r->code);
	o->done(o->payload, &reply);
}

static inline void
replay_answer(const struct replay_open *o)
{
	const struct drift_value *error = drift_value_get(o->call, "error"), *pages = drift_value_get(o->call, "pages");
	struct drift_error e = DRIFT_ERROR_INIT;
	struct drift__aws_reply reply = {.code = ""};
	int64_t http_status = 0;
	size_t i, n = drift_value_size(pages);

	for (i = 0; i < n; i++) {
		reply.output = drift_value_at(pages, i);
		reply.http_status = 200;
		reply.last = i + 1 == n;
		o->done(o->payload, &reply);
	}
	if (n > 0)
		return;
	reply.status = error != NULL ? status_of_name(drift__value_gets(error, "status")) : DRIFT_BAD_REPLY;
	drift__fail(&e, reply.status, "replay", "%s", error != NULL ? "as recorded" : "this call was not recorded");
	if (drift__value_gets(error, "code") != NULL)
		reply.code = drift__value_gets(error, "code");
	(void)drift__value_to_int(drift_value_get(error, "http_status"), &http_status);
	reply.http_status = (int)http_status;
	reply.error = &e;
	reply.last = true;
	o->done(o->payload, &reply);
}

/* The last that was asked is answered first: nothing may hang on the order of answers. */
static inline enum drift_status
replay_run(void *ctx, struct drift_error *err)
{
	struct replay *r = ctx;

	(void)err;
	while (r->n > 0) {
		struct replay_open o = r->open[--r->n];

		if (r->refused != NULL && drift__streq(drift__value_gets(o.call, "operation"), r->refused))
			replay_refuse(r, &o);
		else
			replay_answer(&o);
	}
	return DRIFT_OK;
}

static inline const char *
replay_region(void *ctx, struct drift_error *err)
{
	(void)err;
	return ((struct replay *)ctx)->region;
}

static inline void
replay_stats(void *ctx, struct drift__aws_stats *out)
{
	(void)ctx;
	*out = (struct drift__aws_stats){0};
}

/* Of every transport from now on: transport.h. */
static size_t replay_moment_bytes;

static inline struct drift__transport
replay_transport(struct replay *r)
{
	return (struct drift__transport){.start = replay_start, .run = replay_run, .region = replay_region, .stats = replay_stats, .ctx = r, .moment_bytes = replay_moment_bytes};
}

/* ---- state ---- */

/* The instances of resources[] (as a tfstate has them), with their identities; sealed. NULL and err on failure. */
static inline struct drift_snapshot *
state_of(const struct drift_catalogue *catalogue, const struct drift_value *resources, struct drift_error *err)
{
	struct drift_snapshot *s = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);
	struct drift__tfstate_info info = {0};
	enum drift_status st;
	size_t i;

	if (s == NULL)
		return NULL;
	drift__list_init(&info.warnings, &s->arena);
	drift__buf_adds(&b, "{\"version\":4,\"terraform_version\":\"1.5.7\",\"serial\":1,\"lineage\":\"x\",\"outputs\":{},\"resources\":");
	drift__json_write(&b, resources, 0, false);
	drift__buf_adds(&b, "}");
	st = b.status == DRIFT_OK ? drift__tfstate_read(b.data, b.len, "state", 0, s, &info, err) : b.status;
	for (i = 0; st == DRIFT_OK && i < s->n_resources; i++) {
		struct drift_resource *r = &s->resources[i];
		const struct drift__type *t = drift__catalogue_type(catalogue, r->type, NULL);

		if (t != NULL && r->attributes != NULL)
			r->keys = drift__type_state_keys(t, r->attributes, &s->arena);
		if (t != NULL && t->global)
			r->region = NULL;
	}
	if (st == DRIFT_OK)
		st = drift__snapshot_seal(s, err);
	drift__list_dispose(&info.warnings);
	drift__buf_dispose(&b);
	if (st == DRIFT_OK)
		return s;
	drift_snapshot_free(s);
	return NULL;
}

struct family {
	const char **names; /* NULL-terminated */
	size_t n;
};

static inline void
family_add(struct family *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->names[i], name) == 0)
			return;
	if (f->n < 62)
		f->names[f->n++] = name;
}

/* Tells whether things of the type may stand within attributes of t; adds all that may, when f is not NULL. */
static inline bool
stands_within(const struct drift_catalogue *catalogue, const struct drift__type *t, const char *type, struct family *f)
{
	const struct drift_value *attributes = drift_value_get(t->entry, "attributes");
	bool found = false;
	size_t i, j;

	for (i = 0; i < drift_value_size(attributes); i++) {
		const struct drift_value *siblings = drift_value_get(drift_value_at(attributes, i), "siblings");

		for (j = 0; j < drift_value_size(siblings); j++) {
			const char *name = drift__value_gets(drift_value_at(siblings, j), "type");

			found = found || drift__streq(name, type);
			if (f != NULL && drift__catalogue_type(catalogue, name, NULL) != NULL)
				family_add(f, name);
		}
	}
	return found;
}

/* Templates of physical objects: what begins with a hole is an id of AWS, which the same hole gives. */
static inline bool
same_objects(const char *a, const char *b)
{
	return a != NULL && b != NULL && (*a == '{' || *b == '{' ? strcmp(a, b) == 0 : true);
}

/* The type itself, what may stand within its attributes, what it may stand within, and other types for the same physical objects: what must be
 * looked at together. NULL-terminated, in a. */
static inline const char *const *
family_of(const struct drift_catalogue *catalogue, const char *type, struct drift__arena *a)
{
	const struct drift__type *t = drift__catalogue_type(catalogue, type, NULL), *other;
	struct family f = {drift__arena_zalloc(a, 64 * sizeof(char *)), 0};
	size_t i;

	if (t == NULL || f.names == NULL)
		return NULL;
	family_add(&f, type);
	(void)stands_within(catalogue, t, type, &f);
	for (i = 0; i < drift_catalogue_size(catalogue); i++) {
		other = drift__catalogue_type(catalogue, drift_catalogue_type(catalogue, i), NULL);
		if (other != NULL && (stands_within(catalogue, other, type, NULL) || (t->physical != NULL && other->physical != NULL &&
			drift_value_equal(drift_value_get(t->entry, "service"), drift_value_get(other->entry, "service")) &&
			same_objects(drift__value_gets(t->entry, "physical"), drift__value_gets(other->entry, "physical")))))
			family_add(&f, other->name);
	}
	return f.names;
}

#endif
