/* .terraform/terraform.tfstate → the source that Terraform would read (Terraform internal/command/workdir, …/remote-state/s3/backend.go).
 *
 *     {"version": 3, "backend": {"type": "s3", "config": {every key of the backend's schema, null when unset}}}
 */
#include "state/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/remote.h"

struct resolving {
	const struct drift_value *config;
	const char *workspace, *path; /* path: of the file, for errors */
	struct drift__arena *a;
	struct drift__source *out;
	struct drift_error *err;
};

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
		if (b.data != NULL)
			drift__wipe(b.data, b.len);
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

/* ---- settings ---- */

static const char *
setting(const struct drift_value *config, const char *name)
{
	const struct drift_value *v = drift_value_get(config, name);
	const char *s = drift_value_kind(v) == DRIFT_LIST ? drift__value_str(drift_value_at(v, 0)) : drift__value_str(v);

	return s != NULL && s[0] != '\0' ? s : NULL;
}

/* A nested block is an object, or a list of one. */
static const struct drift_value *
block(const struct drift_value *config, const char *name)
{
	const struct drift_value *v = drift_value_get(config, name);

	return drift_value_kind(v) == DRIFT_LIST ? drift_value_at(v, 0) : v;
}

/* The first of two names that is set: keys were renamed in the course of time. */
static const char *
either(const struct drift_value *a, const char *name, const struct drift_value *b, const char *other)
{
	return setting(a, name) != NULL ? setting(a, name) : setting(b, other);
}

/* ---- s3 ---- */

static void
read_aws(const struct drift_value *c, struct drift__source_aws *aws)
{
	const struct drift_value *endpoints = block(c, "endpoints"), *role = block(c, "assume_role"), *web = block(c, "assume_role_with_web_identity");
	int64_t retries;

	aws->region = setting(c, "region");
	aws->profile = setting(c, "profile");
	aws->role_arn = either(role, "role_arn", c, "role_arn");
	aws->external_id = either(role, "external_id", c, "external_id");
	aws->session_name = either(role, "session_name", c, "session_name");
	aws->access_key = setting(c, "access_key");
	aws->secret_key = setting(c, "secret_key");
	aws->token = setting(c, "token");
	aws->endpoint_s3 = either(endpoints, "s3", c, "endpoint");
	aws->endpoint_dynamodb = either(endpoints, "dynamodb", c, "dynamodb_endpoint");
	aws->endpoint_sts = either(endpoints, "sts", c, "sts_endpoint");
	aws->endpoint_iam = either(endpoints, "iam", c, "iam_endpoint");
	aws->endpoint_sso = setting(endpoints, "sso");
	aws->path_style = drift_value_bool(drift_value_get(c, "use_path_style")) || drift_value_bool(drift_value_get(c, "force_path_style"));
	aws->fips = drift_value_bool(drift_value_get(c, "use_fips_endpoint"));
	aws->dualstack = drift_value_bool(drift_value_get(c, "use_dualstack_endpoint"));
	aws->ca_bundle = setting(c, "custom_ca_bundle");
	aws->shared_credentials = either(c, "shared_credentials_files", c, "shared_credentials_file");
	aws->shared_config = setting(c, "shared_config_files");
	aws->http_proxy = setting(c, "http_proxy");
	aws->https_proxy = setting(c, "https_proxy");
	aws->no_proxy = setting(c, "no_proxy");
	aws->web_identity_role = setting(web, "role_arn");
	aws->web_identity_file = setting(web, "web_identity_token_file");
	aws->web_identity_session = setting(web, "session_name");
	aws->max_retries = drift__value_to_int(drift_value_get(c, "max_retries"), &retries) && retries >= 0 && retries < 100 ? (int)retries : -1;
}

/* "1h30m" as Go writes times, in seconds; 0 = not understood. */
static int64_t
go_seconds(const char *s)
{
	int64_t total = 0, n;
	size_t digits;

	while (s != NULL && *s != '\0') {
		digits = strspn(s, "0123456789");
		if (digits == 0 || digits > 9)
			return 0;
		n = strtol(s, NULL, 10);
		s += digits;
		if (*s != 'h' && *s != 'm' && *s != 's')
			return 0;
		total += n * (*s == 'h' ? 3600 : *s == 'm' ? 60 : 1);
		s++;
	}
	return total;
}

/* A list as AssumeRole wants it: plain, each under a name, or a map's pairs. */
static void
put_list(struct drift__map_builder *m, const char *name, const struct drift_value *v, const char *member, struct drift__arena *a)
{
	bool pairs = drift_value_kind(v) == DRIFT_MAP;
	struct drift__list_builder list;
	size_t i, n;

	if ((!pairs && drift_value_kind(v) != DRIFT_LIST) || drift_value_size(v) == 0)
		return;
	drift__list_init(&list, a);
	for (i = 0; i < drift_value_size(v); i++) {
		struct drift__map_builder one;

		drift__map_init(&one, a);
		if (pairs) {
			drift__map_puts(&one, "Key", drift_value_key(v, i, &n));
			drift__map_put(&one, "Value", drift_value_at(v, i));
		} else if (member != NULL) {
			drift__map_put(&one, member, drift_value_at(v, i));
		}
		drift__list_add(&list, pairs || member != NULL ? drift__map_finish(&one) : drift_value_at(v, i));
	}
	drift__map_put(m, name, drift__list_finish(&list));
}

/* What the role's trust may ask for: tags, a source identity; and what narrows the session. Old names stand beside the block. */
static const struct drift_value *
read_role_more(const struct drift_value *c, const struct drift_value *role, struct drift__arena *a)
{
	const struct drift_value *tags = drift_value_get(role, "tags"), *keys = drift_value_get(role, "transitive_tag_keys"), *arns = drift_value_get(role, "policy_arns");
	const char *policy = either(role, "policy", c, "assume_role_policy");
	struct drift__map_builder m;
	int64_t seconds = go_seconds(setting(role, "duration"));

	drift__map_init(&m, a);
	if (seconds > 0 || (drift__value_to_int(drift_value_get(c, "assume_role_duration_seconds"), &seconds) && seconds > 0))
		drift__map_puti(&m, "DurationSeconds", seconds);
	if (policy != NULL)
		drift__map_puts(&m, "Policy", policy);
	put_list(&m, "PolicyArns", arns != NULL ? arns : drift_value_get(c, "assume_role_policy_arns"), "arn", a);
	if (setting(role, "source_identity") != NULL)
		drift__map_puts(&m, "SourceIdentity", setting(role, "source_identity"));
	put_list(&m, "Tags", tags != NULL ? tags : drift_value_get(c, "assume_role_tags"), NULL, a);
	put_list(&m, "TransitiveTagKeys", keys != NULL ? keys : drift_value_get(c, "assume_role_transitive_tag_keys"), NULL, a);
	return drift__map_finish(&m);
}

const char *
drift__workspace_key(struct drift__arena *a, const char *prefix, const char *workspace, const char *key)
{
	const char *joined = drift__arena_printf(a, "%s/%s/%s", prefix, workspace, key), *p;
	char *out = joined != NULL ? drift__arena_alloc(a, strlen(joined) + 1) : NULL;
	size_t n = 0, step;

	for (p = joined; out != NULL && *p != '\0'; p += step + (p[step] == '/')) {
		step = strcspn(p, "/");
		if (step == 0 || (step == 1 && p[0] == '.'))
			continue;
		if (step == 2 && memcmp(p, "..", 2) == 0) {
			while (n > 0 && out[n - 1] != '/')
				n--;
			n -= n > 0;
			continue;
		}
		if (n > 0)
			out[n++] = '/';
		memcpy(out + n, p, step);
		n += step;
	}
	if (out != NULL)
		out[n] = '\0';
	return out;
}

static enum drift_status
s3_backend(struct resolving *r)
{
	const struct drift_value *c = r->config;
	struct drift__source *out = r->out;
	const char *key = setting(c, "key"), *prefix = drift__value_gets(c, "workspace_key_prefix");

	out->kind = DRIFT__SOURCE_S3;
	out->bucket = setting(c, "bucket");
	if (out->bucket == NULL || key == NULL) {
		drift__fail(r->err, DRIFT_BAD_CONFIG, r->path, "the s3 backend has no %s", out->bucket == NULL ? "bucket" : "key");
		return drift__hint(r->err, "run `terraform init`, or name the state with --state s3://BUCKET/KEY");
	}
	if (strchr(r->workspace, '/') != NULL) {
		drift__fail(r->err, DRIFT_USAGE, r->workspace, "no workspace can be called that");
		return drift__hint(r->err, "`terraform workspace list` shows their names");
	}
	out->base_key = key;
	out->workspace_prefix = prefix != NULL ? prefix : "env:";
	out->key = strcmp(r->workspace, "default") == 0 ? key : drift__workspace_key(r->a, out->workspace_prefix, r->workspace, key);
	read_aws(c, &out->aws);
	out->aws.role_more = read_role_more(c, block(c, "assume_role"), r->a);
	if (out->aws.role_more == NULL)
		return drift__nomem(r->err);
	if (out->aws.region == NULL)
		out->aws.region = environment("AWS_REGION") != NULL ? environment("AWS_REGION") : environment("AWS_DEFAULT_REGION");
	out->dynamodb_table = setting(c, "dynamodb_table");
	out->kms_key_id = setting(c, "kms_key_id");
	if (drift_value_bool(drift_value_get(c, "encrypt")))
		out->sse_customer_key = setting(c, "sse_customer_key") != NULL ? setting(c, "sse_customer_key") : environment("AWS_SSE_CUSTOMER_KEY");
	out->use_lockfile = drift_value_bool(drift_value_get(c, "use_lockfile"));
	out->text = out->key != NULL ? drift__arena_printf(r->a, "s3://%s/%s", out->bucket, out->key) : NULL;
	return out->text != NULL ? DRIFT_OK : drift__nomem(r->err);
}

/* ---- local, http ---- */

static enum drift_status
local_backend(struct resolving *r)
{
	const char *path = setting(r->config, "path"), *dir = setting(r->config, "workspace_dir");
	struct drift__source *out = r->out;

	out->kind = DRIFT__SOURCE_FILE;
	out->path = strcmp(r->workspace, "default") == 0 ? (path != NULL ? path : "terraform.tfstate")
		: drift__arena_printf(r->a, "%s/%s/terraform.tfstate", dir != NULL ? dir : "terraform.tfstate.d", r->workspace);
	out->text = out->path;
	return out->path != NULL ? DRIFT_OK : drift__nomem(r->err);
}

static enum drift_status
http_backend(struct resolving *r)
{
	const char *address = setting(r->config, "address"), *user = setting(r->config, "username"), *password = setting(r->config, "password");
	struct drift__source *out = r->out;
	enum drift_status st;

	if (address == NULL)
		address = environment("TF_HTTP_ADDRESS");
	if (address == NULL) {
		drift__fail(r->err, DRIFT_BAD_CONFIG, r->path, "the http backend has no address");
		return drift__hint(r->err, "set TF_HTTP_ADDRESS as for Terraform, or name it with --state https://…");
	}
	if (setting(r->config, "client_certificate_pem") != NULL || environment("TF_HTTP_CLIENT_CERTIFICATE_PEM") != NULL) {
		drift__fail(r->err, DRIFT_BAD_CONFIG, r->path, "the http backend asks for a client certificate, which driftscan does not send");
		return drift__hint(r->err, "pipe it in: terraform state pull | driftscan --state -");
	}
	st = drift__source_parse(address, r->a, out, r->err);
	if (st == DRIFT_OK && out->kind != DRIFT__SOURCE_HTTP) {
		st = drift__fail(r->err, DRIFT_BAD_CONFIG, r->path, "the address of the http backend is no http(s) address");
		drift__hint(r->err, "it is like https://HOST/PATH");
	}
	if (st != DRIFT_OK)
		return st;
	out->from_backend = true;
	if (user == NULL)
		user = environment("TF_HTTP_USERNAME");
	if (password == NULL)
		password = environment("TF_HTTP_PASSWORD");
	return user != NULL ? drift__source_http_credentials(out, user, password, r->a, r->err) : DRIFT_OK;
}

/* ---- remote, cloud ---- */

static enum drift_status
cloud_backend(struct resolving *r, bool is_remote)
{
	const struct drift_value *workspaces = block(r->config, "workspaces");
	const char *name = setting(workspaces, "name"), *prefix = is_remote ? setting(workspaces, "prefix") : NULL;
	struct drift__source *out = r->out;

	out->kind = DRIFT__SOURCE_CLOUD;
	out->host = setting(r->config, "hostname") != NULL ? setting(r->config, "hostname") : environment("TF_CLOUD_HOSTNAME");
	if (out->host == NULL)
		out->host = "app.terraform.io";
	out->organization = setting(r->config, "organization") != NULL ? setting(r->config, "organization") : environment("TF_CLOUD_ORGANIZATION");
	if (out->organization == NULL) {
		drift__fail(r->err, DRIFT_BAD_CONFIG, r->path, "the %s block names no organization", is_remote ? "remote" : "cloud");
		return drift__hint(r->err, "set TF_CLOUD_ORGANIZATION as for Terraform, or give --state tfe://HOST/ORGANIZATION/WORKSPACE");
	}
	if (name == NULL && strcmp(r->workspace, "default") == 0) {
		drift__fail(r->err, DRIFT_NO_STATE, r->path, "no workspace is selected: the %s block finds them by %s", is_remote ? "remote" : "cloud",
			prefix != NULL ? "prefix" : "tags");
		return drift__hint(r->err, "terraform workspace select NAME, TF_WORKSPACE=NAME, or --workspace NAME");
	}
	out->workspace = name != NULL ? name : prefix != NULL ? drift__arena_printf(r->a, "%s%s", prefix, r->workspace) : r->workspace;
	out->api_token = setting(r->config, "token");
	out->text = out->workspace != NULL ? drift__arena_printf(r->a, "tfe://%s/%s/%s", out->host, out->organization, out->workspace) : NULL;
	return out->text != NULL ? DRIFT_OK : drift__nomem(r->err);
}

/* ---- which ---- */

static enum drift_status
resolve(struct resolving *r, const struct drift_value *backend)
{
	const char *type = drift__value_gets(backend, "type");

	r->config = drift_value_get(backend, "config");
	r->out->workspace = r->workspace;
	if (drift_value_kind(backend) == DRIFT_NULL || drift__streq(type, "local"))
		return local_backend(r);
	if (drift__streq(type, "s3"))
		return s3_backend(r);
	if (drift__streq(type, "http"))
		return http_backend(r);
	if (drift__streq(type, "remote") || drift__streq(type, "cloud"))
		return cloud_backend(r, type[0] == 'r');
	drift__fail(r->err, DRIFT_BAD_CONFIG, r->path, "the backend \"%.40s\" can't be read directly", type != NULL ? type : "(none)");
	return drift__hint(r->err, "pipe it in: terraform state pull | driftscan --state -");
}

enum drift_status
drift__backend_read(const char *text, size_t n, const char *name, const char *workspace, struct drift__arena *a, struct drift__source *out,
	struct drift_error *err)
{
	struct resolving r = {.workspace = workspace, .path = name, .a = a, .out = out, .err = err};
	struct drift__json_options opt = {.name = name, .lenient_utf8 = true};
	const struct drift_value *root;
	enum drift_status st;
	int64_t version = 0;

	memset(out, 0, sizeof *out);
	out->from_backend = true;
	out->aws.max_retries = -1;
	st = drift__json_parse(a, text, n, &opt, &root, err);
	if (st != DRIFT_OK) {
		drift__hint(err, "run `terraform init` again");
		return st;
	}
	drift__value_to_int(drift_value_get(root, "version"), &version);
	if (drift_value_kind(root) != DRIFT_MAP || version != 3 || drift_value_get(root, "state_store") != NULL) {
		drift__fail(err, DRIFT_BAD_CONFIG, name, drift_value_get(root, "state_store") != NULL ? "states in a provider's store can't be read directly" :
			"this is not what `terraform init` writes");
		return drift__hint(err, "run `terraform init` again, or name the state with --state");
	}
	return resolve(&r, drift_value_get(root, "backend"));
}

enum drift_status
drift__backend_resolve(const char *wanted, struct drift__arena *a, struct drift__source *out, struct drift_error *err)
{
	const char *data_dir = environment("TF_DATA_DIR") != NULL ? environment("TF_DATA_DIR") : ".terraform";
	const char *path = drift__arena_printf(a, "%s/terraform.tfstate", data_dir), *text;
	struct resolving local = {.a = a, .out = out, .err = err};
	struct drift__buf probe = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	bool found;
	size_t n;

	if (path == NULL)
		return drift__nomem(err);
	local.workspace = current_workspace(wanted, data_dir, a);
	if (local.workspace == NULL)
		return drift__nomem(err);
	if (read_text(path, a, &text, &n, NULL) == DRIFT_OK)
		return drift__backend_read(text, n, path, local.workspace, a, out, err);
	/* never initialised: a local state may lie here all the same */
	memset(out, 0, sizeof *out);
	out->from_backend = true;
	if (local_backend(&local) != DRIFT_OK)
		return drift__nomem(err);
	found = drift__file_read(out->path, &probe, NULL) == DRIFT_OK;
	drift__buf_dispose(&probe);
	if (found)
		return DRIFT_OK;
	drift__fail(err, DRIFT_NO_STATE, path, "no state was named, and this folder was never initialised by Terraform");
	return drift__hint(err, "run `terraform init` here, set state in .driftscan (driftscan init), or give --state PATH or s3://BUCKET/KEY");
}
