/* Hosts: pattern by partition, exceptions from the catalogue, overrides from the user. */
#define _POSIX_C_SOURCE 200809L
#include "aws/endpoint.h"

#include <string.h>
#include <strings.h>

struct partition {
	const char *name, *region_prefix, *suffix, *dual_suffix;
};

/* The first whose prefix fits; the last fits all. */
static const struct partition partitions[] = {
	{"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
	{"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"},
	{"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
	{"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
	{"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
	{"aws", "", "amazonaws.com", "api.aws"},
};

static const struct partition *
partition_of(const char *region)
{
	const struct partition *p = partitions;

	while (!drift__starts(region, p->region_prefix))
		p++;
	return p;
}

/* Letters and digits between dashes, at least three parts, the last one a number: eu-west-1, us-gov-east-1, us-isob-east-1. */
bool
drift__aws_is_region(const char *text)
{
	size_t parts = 1, n = strlen(text), i;

	for (i = 0; i < n; i++) {
		if (text[i] == '-' && (i == 0 || text[i - 1] == '-'))
			return false;
		if (text[i] != '-' && (text[i] < 'a' || text[i] > 'z') && (text[i] < '0' || text[i] > '9'))
			return false;
		parts += text[i] == '-';
	}
	return parts >= 3 && n < 32 && text[n - 1] >= '0' && text[n - 1] <= '9';
}

const char *
drift__aws_partition(const char *region)
{
	return partition_of(region != NULL ? region : "")->name;
}

/* ---- overrides ---- */

/* "Route 53" -> ROUTE_53 or route_53 */
static const char *
service_key(struct drift__arena *a, const char *prefix, const char *service_id, bool upper)
{
	char *key = drift__arena_printf(a, "%s%s", prefix, service_id), *p;

	if (key == NULL)
		return NULL;
	for (p = key + strlen(prefix); *p != '\0'; p++) {
		if (*p == ' ')
			*p = '_';
		else if (upper && *p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
		else if (!upper && *p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	}
	return key;
}

static const char *
section_override(const struct drift__aws_config *c, const char *key)
{
	const char *name = drift__config_key(c, c->profile, "services");
	const struct drift__ini_entry *e;

	if (name == NULL)
		return NULL;
	e = drift__ini_entry(drift__config_section(c, "services", name), key);
	for (e = e != NULL ? e->nested : NULL; e != NULL; e = e->next)
		if (strcmp(e->key, "endpoint_url") == 0 && e->value[0] != '\0')
			return e->value;
	return NULL;
}

static const char *
option_override(const struct drift__aws_config *c, const char *service)
{
	const char *const *e;
	size_t n = strlen(service);

	for (e = c->endpoints; e != NULL && *e != NULL; e++)
		if (strncmp(*e, service, n) == 0 && (*e)[n] == '=' && (*e)[n + 1] != '\0')
			return *e + n + 1;
	return NULL;
}

static enum drift_status
find_override(const struct drift__aws_config *c, const struct drift__service *service, struct drift__arena *a, const char **url,
	const char **where, struct drift_error *err)
{
	const char *variable = service_key(a, "AWS_ENDPOINT_URL_", service->service_id, true);
	const char *key = service_key(a, "", service->service_id, false);

	if (variable == NULL || key == NULL)
		return drift__nomem(err);
	*where = "the endpoint option";
	*url = option_override(c, service->name);
	if (*url != NULL || c->ignore_endpoint_urls)
		return DRIFT_OK;
	*url = drift__config_env(c, *where = variable);
	if (*url == NULL)
		*url = drift__config_env(c, *where = "AWS_ENDPOINT_URL");
	if (*url == NULL) {
		*where = c->config_path != NULL ? c->config_path : "endpoint_url";
		*url = section_override(c, key);
	}
	if (*url == NULL)
		*url = drift__config_key(c, c->profile, "endpoint_url");
	return DRIFT_OK;
}

bool
drift__endpoint_is_local(const char *host)
{
	size_t n = strcspn(host, ":");

	if (host[0] == '[')
		return true;
	if (n >= 9 && strncasecmp(host + n - 9, "localhost", 9) == 0 && (n == 9 || host[n - 10] == '.'))
		return true;
	return n > 0 && strspn(host, "0123456789.") == n;
}

static enum drift_status
use_override(const char *url, const char *where, struct drift__arena *a, struct drift__endpoint *out, struct drift_error *err)
{
	const char *rest, *path;
	size_t n;

	out->custom = true;
	out->scheme = strncasecmp(url, "https://", 8) == 0 ? "https" : "http";
	rest = url + strlen(out->scheme) + 3;
	if ((strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0) || rest[0] == '/' || rest[0] == '\0' ||
		strpbrk(rest, "@?# \t\"'\\") != NULL) {
		drift__fail(err, DRIFT_BAD_CONFIG, where, "the endpoint is not a URL of the form http[s]://host[:port][/path]");
		return drift__hint(err, "give it with its scheme and without user, query or spaces");
	}
	path = strchr(rest, '/');
	if (path == NULL)
		path = rest + strlen(rest);
	for (n = strlen(path); n > 0 && path[n - 1] == '/'; n--)
		;
	out->host = drift__arena_strndup(a, rest, (size_t)(path - rest));
	out->base_path = drift__arena_strndup(a, path, n);
	if (out->host == NULL || out->base_path == NULL)
		return drift__nomem(err);
	/* certificates and names for each bucket exist only where AWS runs them */
	out->path_style = out->path_style || out->scheme[4] == '\0' || drift__endpoint_is_local(out->host);
	return DRIFT_OK;
}

/* ---- the pattern and its exceptions ---- */

static const char *
fill_region(struct drift__arena *a, const char *template, const char *region)
{
	const char *hole = strstr(template, "{region}");

	if (hole == NULL)
		return drift__arena_strdup(a, template);
	return drift__arena_printf(a, "%.*s%s%s", (int)(hole - template), template, region, hole + strlen("{region}"));
}

static const struct drift_value *
exception(const struct drift__aws_config *c, const struct drift__service *service, const char *name, struct drift__arena *a)
{
	const char *key = drift__arena_printf(a, "%s%s%s", name, c->fips ? "/fips" : "", c->dualstack ? "/dualstack" : "");

	return key != NULL ? drift_value_get(service->endpoints, key) : NULL;
}

static enum drift_status
use_pattern(const struct drift__aws_config *c, const struct drift__service *service, const char *region, struct drift__arena *a,
	struct drift__endpoint *out, struct drift_error *err)
{
	const struct partition *p = partition_of(region);
	const struct drift_value *e = exception(c, service, region, a);
	const char *template;

	if (e == NULL)
		e = exception(c, service, p->name, a);
	out->scheme = "https";
	out->base_path = "";
	if (e == NULL) {
		out->host = drift__arena_printf(a, "%s%s.%s.%s", service->endpoint_prefix, c->fips ? "-fips" : "", region,
			c->dualstack ? p->dual_suffix : p->suffix);
	} else {
		template = drift__value_str(drift_value_kind(e) == DRIFT_LIST ? drift_value_at(e, 0) : e);
		if (template == NULL)
			return drift__fail(err, DRIFT_BAD_CATALOGUE, service->name, "an endpoint is neither a host nor [host, region]");
		out->host = fill_region(a, template, region);
	}
	return out->host != NULL ? DRIFT_OK : drift__nomem(err);
}

static const char *
signing_region(const struct drift__aws_config *c, const struct drift__service *service, const char *region, struct drift__arena *a)
{
	const struct drift_value *e = exception(c, service, region, a);
	const char *signing;

	if (e == NULL)
		e = exception(c, service, partition_of(region)->name, a);
	signing = drift_value_kind(e) == DRIFT_LIST ? drift__value_str(drift_value_at(e, 1)) : NULL;
	return drift__arena_strdup(a, signing != NULL ? signing : region);
}

enum drift_status
drift__endpoint_resolve(const struct drift__aws_config *c, const struct drift__service *service, const char *region,
	struct drift__arena *a, struct drift__endpoint *out, struct drift_error *err)
{
	struct drift__endpoint e = {.path_style = c->path_style};
	const char *url = NULL, *where = "";
	enum drift_status st = find_override(c, service, a, &url, &where, err);

	if (st != DRIFT_OK)
		return st;
	st = url != NULL ? use_override(url, where, a, &e, err) : use_pattern(c, service, region, a, &e, err);
	if (st != DRIFT_OK)
		return st;
	e.signing_region = signing_region(c, service, region, a);
	if (e.signing_region == NULL)
		return drift__nomem(err);
	*out = e;
	return DRIFT_OK;
}

/* ---- one request ---- */

/* One label of a host name, so that the wildcard certificate covers it. */
static bool
is_host_label(const char *bucket)
{
	size_t n = strlen(bucket);

	return n >= 3 && n <= 63 && strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && bucket[0] != '-' && bucket[n - 1] != '-';
}

enum drift_status
drift__endpoint_target(const struct drift__endpoint *e, const struct drift__http_request *request, struct drift__arena *a,
	const char **host, const char **path, struct drift_error *err)
{
	const char *prefix = request->host_prefix != NULL && !e->custom ? request->host_prefix : "", *rest = request->path;
	size_t n;

	if (request->bucket != NULL && !e->path_style && is_host_label(request->bucket)) {
		n = strlen(request->bucket);
		if (rest[0] == '/' && strncmp(rest + 1, request->bucket, n) == 0 && (rest[n + 1] == '/' || rest[n + 1] == '\0')) {
			rest += n + 1;
			prefix = drift__arena_printf(a, "%s.", request->bucket);
		}
	}
	if (prefix == NULL)
		return drift__nomem(err);
	*host = drift__arena_printf(a, "%s%s", prefix, e->host);
	*path = drift__arena_printf(a, "%s%s%s", e->base_path, rest[0] == '/' ? "" : "/", rest);
	return *host != NULL && *path != NULL ? DRIFT_OK : drift__nomem(err);
}
