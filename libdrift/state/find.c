/* What people name → sources: patterns are spread out, and the folder's own backend is recognised. */
#define _GNU_SOURCE /* glob */
#include "state/load.h"

#include <glob.h>
#include <string.h>

enum { MAX_SOURCES = 1000 };

struct finding {
	struct drift__arena *a;
	struct drift__source *list;
	size_t n;
	struct drift_error *err;
};

static enum drift_status
add(struct finding *f, const char *text)
{
	enum drift_status st;

	if (f->n == MAX_SOURCES)
		return drift__fail(f->err, DRIFT_LIMIT, text, "more than %d states", MAX_SOURCES);
	st = drift__source_parse(text, f->a, &f->list[f->n], f->err);
	f->n += st == DRIFT_OK;
	return st;
}

static enum drift_status
add_text(struct finding *f, const char *text)
{
	enum drift_status st = DRIFT_OK;
	glob_t found;
	size_t i;
	int rc;

	if (strstr(text, "://") != NULL || strpbrk(text, "*?[") == NULL)
		return add(f, text);
	rc = glob(text, 0, NULL, &found);
	if (rc == GLOB_NOSPACE)
		return drift__nomem(f->err);
	if (rc != 0) {
		drift__fail(f->err, DRIFT_NO_STATE, text, "no file fits this pattern");
		return drift__hint(f->err, "patterns are * ? and [ ]; quote them, so that the shell does not spread them out differently");
	}
	for (i = 0; i < found.gl_pathc && st == DRIFT_OK; i++)
		st = add(f, found.gl_pathv[i]);
	globfree(&found);
	return st;
}

static void
prefer(const char **mine, const char *backends)
{
	if (*mine == NULL)
		*mine = backends;
}

/* The lock table, keys and endpoints stand in the backend block only; what was said by hand stays. */
static void
complete(struct drift__source *src, const struct drift__source *backend)
{
	struct drift__source whole = *backend;

	whole.text = src->text;
	whole.version = src->version;
	prefer(&src->aws.region, backend->aws.region);
	prefer(&src->aws.profile, backend->aws.profile);
	prefer(&src->aws.role_arn, backend->aws.role_arn);
	prefer(&src->aws.external_id, backend->aws.external_id);
	prefer(&src->aws.endpoint_s3, backend->aws.endpoint_s3);
	prefer(&src->aws.endpoint_dynamodb, backend->aws.endpoint_dynamodb);
	prefer(&src->dynamodb_table, backend->dynamodb_table);
	prefer(&src->sse_customer_key, backend->sse_customer_key);
	whole.aws.region = src->aws.region;
	whole.aws.profile = src->aws.profile;
	whole.aws.role_arn = src->aws.role_arn;
	whole.aws.external_id = src->aws.external_id;
	whole.aws.endpoint_s3 = src->aws.endpoint_s3;
	whole.aws.endpoint_dynamodb = src->aws.endpoint_dynamodb;
	whole.aws.path_style = backend->aws.path_style || src->aws.path_style;
	whole.dynamodb_table = src->dynamodb_table;
	whole.sse_customer_key = src->sse_customer_key;
	whole.use_lockfile = backend->use_lockfile || src->use_lockfile;
	*src = whole;
}

enum drift_status
drift__sources_find(const char *const *texts, const struct drift_state_options *o, struct drift__arena *a, struct drift__source **out,
	size_t *n_out, struct drift_error *err)
{
	struct finding f = {.a = a, .list = drift__arena_zalloc(a, MAX_SOURCES * sizeof *f.list), .err = err};
	struct drift__source backend;
	enum drift_status st = DRIFT_OK;
	size_t i;

	if (f.list == NULL)
		return drift__nomem(err);
	for (i = 0; texts != NULL && texts[i] != NULL && st == DRIFT_OK; i++)
		st = add_text(&f, texts[i]);
	if (st == DRIFT_OK && f.n == 0) {
		st = drift__backend_resolve(o->workspace, a, &f.list[0], err);
		f.n = st == DRIFT_OK;
	} else if (st == DRIFT_OK && drift__backend_resolve(o->workspace, a, &backend, NULL) == DRIFT_OK && backend.kind == DRIFT__SOURCE_S3) {
		for (i = 0; i < f.n; i++)
			if (f.list[i].kind == DRIFT__SOURCE_S3 && strcmp(f.list[i].bucket, backend.bucket) == 0 && strcmp(f.list[i].key, backend.key) == 0)
				complete(&f.list[i], &backend);
	}
	if (st == DRIFT_OK) {
		*out = f.list;
		*n_out = f.n;
	}
	return st;
}
