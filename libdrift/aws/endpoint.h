/* Service and region -> where its requests go and for which region they are signed. */
#ifndef DRIFT_AWS_ENDPOINT_H
#define DRIFT_AWS_ENDPOINT_H

#include "aws/http_message.h"
#include "aws/profile.h"

struct drift__endpoint {
	const char *scheme;         /* "https" or "http" */
	const char *host;           /* with the port when one was given */
	const char *base_path;      /* "" or "/prefix", without a slash at its end */
	const char *signing_region;
	bool custom;                /* from an option, the environment or a profile */
	bool path_style;            /* S3: the bucket stays in the path */
};

/* Texts live in a. An override in this order: the option, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's [services]
 * section, the profile's endpoint_url. BAD_CONFIG for an override that is not http(s)://host[:port][/path]. */
enum drift_status drift__endpoint_resolve(const struct drift__aws_config *c, const struct drift__service *service, const char *region,
	struct drift__arena *a, struct drift__endpoint *out, struct drift_error *err);

/* Where one request goes: Host and wire path; a bucket may move from the path into the host. */
enum drift_status drift__endpoint_target(const struct drift__endpoint *e, const struct drift__http_request *request,
	struct drift__arena *a, const char **host, const char **path, struct drift_error *err);

/* Is the host (without port) an IP address, localhost or below .localhost? */
bool drift__endpoint_is_local(const char *host);

#endif
