/* How many requests a core signs a second: a DescribeVpcs-like POST with a session token, one scope. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aws/sigv4.h"

int
main(int argc, char **argv)
{
	static const char body[] = "Action=DescribeVpcs&Version=2016-11-15&MaxResults=1000&Filter.1.Name=tag%3AEnv&Filter.1.Value.1=prod";
	static const struct drift__sigv4_keys keys = {"ASIAEXAMPLEEXAMPLE77", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		"IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQDexampleexampleexampleexampleexampleexampleexampleexample"
		"exampleexampleexampleexampleexampleexampleexampleexampleexampleexampleexampleexampleexampleexampleexampleexample"};
	struct drift__pair headers[] = {{"Host", "ec2.eu-west-1.amazonaws.com"},
		{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
	struct drift__pairs h = {headers, 2, 2};
	struct drift__sigv4_input in = {.method = "POST", .path = "/", .headers = &h, .body = body, .n_body = sizeof body - 1,
		.region = "eu-west-1", .service = "ec2", .now_ms = 1767225600000};
	struct drift__signer *s = drift__signer_new();
	struct drift__sigv4_result out;
	long i, n = argc > 1 ? strtol(argv[1], NULL, 10) : 400000;
	struct timespec a, b;
	double seconds;

	if (s == NULL || n <= 0)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < n; i++) {
		in.now_ms += 1000 * (i % 1000 == 0);
		if (drift__sigv4_sign(s, &keys, &in, &out, NULL) != DRIFT_OK)
			return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("{\"bench\": \"sigv4\", \"requests\": %ld, \"seconds\": %.3f, \"per_second\": %.0f, \"last\": \"%.8s\"}\n", n, seconds,
		(double)n / seconds, out.signature);
	drift__signer_free(s);
	return 0;
}
