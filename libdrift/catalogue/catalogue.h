/* The catalogue: what a resource type is and how a service is spoken to, as data. docs/catalogue.md explains every field. */
#ifndef DRIFT_CATALOGUE_H
#define DRIFT_CATALOGUE_H

#include "drift/catalogue.h"
#include "jmespath/jmespath.h"
#include "model/value.h"

/* ---- services/NAME.json ---- */
enum drift__protocol { DRIFT__QUERY, DRIFT__EC2, DRIFT__JSON, DRIFT__REST_JSON, DRIFT__REST_XML };

struct drift__service {
	const char *name;            /* "elbv2" */
	const char *service_id;      /* "Elastic Load Balancing v2": AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2 */
	enum drift__protocol protocol;
	const char *endpoint_prefix; /* "elasticloadbalancing" */
	const char *signing_name;
	const char *iam_prefix;
	const char *api_version;
	const char *target_prefix;   /* X-Amz-Target, json only */
	const char *json_version;    /* "1.0", "1.1" */
	bool global;                 /* one endpoint a partition: IAM, Route 53, CloudFront, … */
	bool s3;                     /* S3 rules: path signed once and not normalised, content hash header, virtual hosts, redirects */
	bool query_compatible;       /* json: errors carry the code of the older query API in a header, when asked to */
	const struct drift_value *operations; /* map: operation -> {http, input, output, pager, …}; see docs/catalogue.md */
	const struct drift_value *shapes;     /* map: shape name -> shape; linked in catalogue/shape.h */
	/* where the host is not PREFIX[-fips].REGION.SUFFIX: "partition[/fips][/dualstack]" or "region[/…]" -> host with {region}, or
	 * [host, signing region]; may be NULL */
	const struct drift_value *endpoints;
	const struct drift_value *throttle;   /* {concurrency, per_second, burst}; may be NULL */
};
/* Lends for as long as the catalogue lives; NULL and BAD_CATALOGUE when there is no such service. */
const struct drift__service *drift__catalogue_service(const struct drift_catalogue *c, const char *name, struct drift_error *err);

#endif
