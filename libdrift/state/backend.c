/* .terraform/terraform.tfstate → the source that Terraform would read (docs: "S3 backend"; reference: internal/command/workdir). */
#include "state/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
environment(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

static enum drift_status
read_text(const char *path, struct drift__arena *a, const char **out, size_t *n, struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(4 * 1024 * 1024);
	enum drift_status st = drift__file_read(path, &b, err);

	if (st == DRIFT_OK) {
		*out = drift__arena_strndup(a, b.data != NULL ? b.data : "", b.len);
		*n = b.len;
		st = *out != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift__buf_dispose(&b);
	return st;
}

/* TF_WORKSPACE, then what `terraform workspace select` wrote, then "default". */
static const char *
current_workspace(const char *wanted, const char *data_dir, struct drift__arena *a)
{
	const char *text = NULL, *path;
	size_t n = 0;

	if (wanted != NULL && wanted[0] != '\0')
		return wanted;
	if (environment("TF_WORKSPACE") != NULL)
		return environment("TF_WORKSPACE");
	path = drift__arena_printf(a, "%s/environment", data_dir);
	if (path != NULL && read_text(path, a, &text, &n, NULL) == DRIFT_OK) {
		while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
			n--;
		if (n > 0)
			return drift__arena_strndup(a, text, n);
	}
	return "default";
}

static const char *
setting(const struct drift_value *config, const char *name)
{
	const char *s = drift__value_gets(config, name);

	return s != NULL && s[0] != '\0' ? s : NULL;
}

static const char *
nested_setting(const struct drift_value *config, const char *block, const char *name)
{
	const struct drift_value *v = drift_value_get(config, block);

	if (drift_value_kind(v) == DRIFT_LIST)
		v = drift_value_at(v, 0);
	return setting(v, name);
}

static enum drift_status
s3_backend(const struct drift_value *config, const char *workspace, const char *path, struct drift__arena *a, struct drift__source *out,
	struct drift_error *err)
{
	const char *key = setting(config, "key"), *prefix = drift__value_gets(config, "workspace_key_prefix");

	out->bucket = setting(config, "bucket");
	if (out->bucket == NULL || key == NULL) {
		drift__fail(err, DRIFT_BAD_CONFIG, path, "the s3 backend has no %s", out->bucket == NULL ? "bucket" : "key");
		return drift__hint(err, "run `terraform init`, or name the state with --state s3://BUCKET/KEY");
	}
	out->base_key = key;
	out->workspace_prefix = prefix != NULL ? prefix : "env:";
	out->key = strcmp(workspace, "default") == 0 ? key
		: out->workspace_prefix[0] == '\0' ? drift__arena_printf(a, "%s/%s", workspace, key)
		: drift__arena_printf(a, "%s/%s/%s", out->workspace_prefix, workspace, key);
	out->region = setting(config, "region");
	out->profile = setting(config, "profile");
	out->role_arn = setting(config, "role_arn") != NULL ? setting(config, "role_arn") : nested_setting(config, "assume_role", "role_arn");
	out->external_id = setting(config, "external_id") != NULL ? setting(config, "external_id") : nested_setting(config, "assume_role", "external_id");
	out->endpoint = setting(config, "endpoint") != NULL ? setting(config, "endpoint") : nested_setting(config, "endpoints", "s3");
	out->access_key = setting(config, "access_key");
	out->secret_key = setting(config, "secret_key");
	out->token = setting(config, "token");
	out->dynamodb_table = setting(config, "dynamodb_table");
	out->kms_key_id = setting(config, "kms_key_id");
	out->sse_customer_key = drift_value_bool(drift_value_get(config, "encrypt")) ? setting(config, "sse_customer_key") : NULL;
	if (out->sse_customer_key == NULL && drift_value_bool(drift_value_get(config, "encrypt")))
		out->sse_customer_key = environment("AWS_SSE_CUSTOMER_KEY");
	out->use_lockfile = drift_value_bool(drift_value_get(config, "use_lockfile"));
	out->text = drift__arena_printf(a, "s3://%s/%s", out->bucket, out->key);
	return out->text != NULL && out->key != NULL ? DRIFT_OK : drift__nomem(err);
}

static enum drift_status
local_backend(const struct drift_value *config, const char *workspace, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *path = setting(config, "path"), *dir = setting(config, "workspace_dir");

	out->path = strcmp(workspace, "default") == 0 ? (path != NULL ? path : "terraform.tfstate")
		: drift__arena_printf(a, "%s/%s/terraform.tfstate", dir != NULL ? dir : "terraform.tfstate.d", workspace);
	out->text = out->path;
	return out->path != NULL ? DRIFT_OK : drift__nomem(err);
}

enum drift_status
drift__backend_resolve(const char *wanted, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *data_dir = environment("TF_DATA_DIR") != NULL ? environment("TF_DATA_DIR") : ".terraform";
	const char *path = drift__arena_printf(a, "%s/terraform.tfstate", data_dir), *text, *type, *workspace;
	struct drift__json_options opt = {.name = path, .lenient_utf8 = true};
	const struct drift_value *root, *backend;
	enum drift_status st;
	size_t n;

	memset(out, 0, sizeof *out);
	out->from_backend = true;
	if (path == NULL)
		return drift__nomem(err);
	workspace = current_workspace(wanted, data_dir, a);
	if (read_text(path, a, &text, &n, NULL) != DRIFT_OK) {
		struct drift__buf probe = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
		bool local = drift__file_read("terraform.tfstate", &probe, NULL) == DRIFT_OK;

		drift__buf_dispose(&probe);
		if (local)
			return local_backend(NULL, workspace, a, out, err);
		drift__fail(err, DRIFT_NO_STATE, path, "no state was named, and this folder was never initialised by Terraform");
		return drift__hint(err, "run `terraform init` here, set state in .driftscan (driftscan init), or give --state PATH or s3://BUCKET/KEY");
	}
	st = drift__json_parse(a, text, n, &opt, &root, err);
	if (st != DRIFT_OK)
		return st;
	backend = drift_value_get(root, "backend");
	type = drift__value_gets(backend, "type");
	if (backend == NULL || drift__streq(type, "local"))
		return local_backend(drift_value_get(backend, "config"), workspace, a, out, err);
	if (drift__streq(type, "s3"))
		return s3_backend(drift_value_get(backend, "config"), workspace, path, a, out, err);
	drift__fail(err, DRIFT_BAD_CONFIG, path, "the backend \"%s\" can't be read directly", type != NULL ? type : "(none)");
	return drift__hint(err, "pipe it in: terraform state pull | driftscan --state -");
}
