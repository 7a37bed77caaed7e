/* A client of the AWS client's tests: its server plays a scene, its clock runs fast, its log is searched for secrets. */
#ifndef TEST_AWS_CLIENT_H
#define TEST_AWS_CLIENT_H

#include <time.h>

#include "aws/client.h"
#include "drift/catalogue.h"
#include "http_server.h"

#define SECRET "verysecretkey0123456789"
#define TOKEN "verysecrettoken9876543210"
#define IDENTITY                                                                                                       \
	"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn><UserId>u</UserId>"           \
	"</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define FAULT(code) "<ErrorResponse><Error><Code>" code "</Code><Message>m</Message></Error><RequestId>r-7</RequestId></ErrorResponse>"

/* A scene of the server: what it does with the n-th request. */
typedef void scene(struct drift__buf *reply, int n, const char *request, void *fixture);

struct fixture {
	struct drift_catalogue *catalogue;
	struct drift__aws_client *client;
	struct test_server server;
	scene *scene;
	volatile int n, cancel, old_keys;
	char last[8192], dates[4][20];
	char env[6][128];
	const char *env_list[8];
	int leaked, speed;
	int64_t ahead_ms;
	struct drift__clock clock;
};

/* Twenty times as fast as the real one, so that back-off costs the tests little. */
static inline int64_t
fast_mono(void *ctx)
{
	const struct fixture *f = ctx;

	return (f->speed != 0 ? f->speed : 20) * drift__system_clock.mono_ms(NULL);
}

static inline int64_t
shifted_now(void *ctx)
{
	return drift__system_clock.now_ms(NULL) + ((struct fixture *)ctx)->ahead_ms;
}

static inline void
serve(void *ctx, const char *request, struct drift__buf *reply)
{
	struct fixture *f = ctx;
	const char *date = strstr(request, "x-amz-date: ");
	int n = ++f->n;

	snprintf(f->last, sizeof f->last, "%s", request);
	if (n <= 4 && date != NULL)
		snprintf(f->dates[n - 1], sizeof f->dates[0], "%.16s", date + 12);
	f->scene(reply, n, request, f);
}

static inline void
on_log(void *ctx, int level, const char *line)
{
	struct fixture *f = ctx;

	(void)level;
	if (strstr(line, SECRET) != NULL || strstr(line, TOKEN) != NULL)
		f->leaked = 1;
}

static inline int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (f == NULL || drift_catalogue_open(NULL, &f->catalogue, NULL) != DRIFT_OK)
		return -1;
	test_server_start(&f->server, serve, f);
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;
	int leaked = f->leaked;

	drift__aws_client_free(f->client);
	test_server_stop(&f->server);
	drift_catalogue_free(f->catalogue);
	free(f);
	return leaked;
}

static inline struct drift__aws_client *
client(struct fixture *f, scene *s, struct drift__aws_options opt)
{
	static const char *const standard[] = {"AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=" SECRET, "AWS_SESSION_TOKEN=" TOKEN,
		"AWS_REGION=eu-west-1"};
	struct drift_error err = DRIFT_ERROR_INIT;
	size_t i;

	f->scene = s;
	f->n = 0;
	f->cancel = 0;
	drift__aws_client_free(f->client);
	f->client = NULL;
	for (i = 0; opt.env == NULL && i < 4; i++)
		f->env_list[i] = standard[i];
	if (opt.env == NULL) {
		snprintf(f->env[0], sizeof f->env[0], "AWS_ENDPOINT_URL=http://127.0.0.1:%d", f->server.port);
		f->env_list[4] = f->env[0];
		f->env_list[5] = NULL;
		opt.env = f->env_list;
	}
	f->clock = (struct drift__clock){shifted_now, fast_mono, f};
	opt.catalogue = f->catalogue;
	opt.random_seed = 1;
	opt.clock = &f->clock;
	opt.cancel = &f->cancel;
	opt.log = on_log;
	opt.log_ctx = f;
	assert_int_equal(drift__aws_client_new(&opt, &f->client, &err), DRIFT_OK);
	return f->client;
}

#define OPTIONS(...) ((struct drift__aws_options){.max_attempts = 4, __VA_ARGS__})

static inline enum drift_status
identity(struct fixture *f, struct drift_error *err)
{
	struct drift__aws_call call = {.service = "sts", .operation = "GetCallerIdentity"};
	struct drift_document *doc = NULL;
	enum drift_status st;

	*err = (struct drift_error)DRIFT_ERROR_INIT;
	st = drift__aws_call_once(f->client, &call, &doc, NULL, 0, err);
	if (st == DRIFT_OK)
		assert_string_equal(drift_value_text(drift_value_get(drift_document_root(doc), "Account"), NULL), "1");
	else
		assert_null(doc);
	drift_document_free(doc);
	return st;
}

#endif
