/* N independent calls at once through the client's loop; the environment says where (AWS_ENDPOINT_URL, keys, region).
 * usage: bench_engine [N [SERVICE OPERATION]] */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "aws/client.h"
#include "drift/catalogue.h"

struct tally {
	long ok, failed;
	struct drift_error first;
};

static void
on_reply(void *payload, struct drift__aws_reply *reply)
{
	struct tally *t = payload;

	t->ok += reply->status == DRIFT_OK && reply->last;
	if (reply->status != DRIFT_OK && t->failed++ == 0)
		t->first = *reply->error;
}

int
main(int argc, char **argv)
{
	const struct drift__clock *clock = &drift__system_clock;
	struct drift__aws_call call = {.service = argc > 3 ? argv[2] : "ec2", .operation = argc > 3 ? argv[3] : "DescribeVpcs",
		.single_page = true};
	struct drift__aws_options opt = {.region = NULL};
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_catalogue *catalogue = NULL;
	struct drift__aws_client *client = NULL;
	struct drift__aws_stats stats;
	struct rusage usage;
	struct tally t = {.ok = 0};
	long i, n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
	int64_t start;

	if (drift_catalogue_open(NULL, &catalogue, &err) != DRIFT_OK)
		goto failed;
	opt.catalogue = catalogue;
	if (drift__aws_client_new(&opt, &client, &err) != DRIFT_OK)
		goto failed;
	start = clock->mono_ms(clock->ctx);
	for (i = 0; i < n; i++)
		if (drift__aws_start(client, &call, on_reply, &t, &err) != DRIFT_OK)
			goto failed;
	if (drift__aws_run(client, &err) != DRIFT_OK)
		goto failed;
	start = clock->mono_ms(clock->ctx) - start;
	drift__aws_get_stats(client, &stats);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"bench\": \"engine\", \"calls\": %ld, \"ok\": %ld, \"failed\": %ld, \"ms\": %lld, \"per_second\": %.0f, \"requests\": %llu, "
	       "\"throttles\": %llu, \"cpu_ms\": %ld, \"rss_kb\": %ld}\n",
		n, t.ok, t.failed, (long long)start, start > 0 ? 1000.0 * (double)n / (double)start : 0, (unsigned long long)stats.requests,
		(unsigned long long)stats.throttles, usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000, usage.ru_maxrss);
	if (t.failed > 0)
		fprintf(stderr, "first failure: %s: %s\n", t.first.where, t.first.what);
	drift__aws_client_free(client);
	drift_catalogue_free(catalogue);
	return t.failed > 0;
failed:
	fprintf(stderr, "%s: %s\n", err.where, err.what);
	drift__aws_client_free(client);
	drift_catalogue_free(catalogue);
	return 1;
}
