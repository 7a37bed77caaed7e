/* drift-aws-call SERVICE OPERATION [INPUT-JSON [TIMES]]: one call through the client, its output as JSON. The environment decides on
 * keys, region and endpoint, as for driftscan. Tests drive the client with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "drift/catalogue.h"

static void
on_log(void *ctx, int level, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%d %s\n", level, line);
}

static int
report(const struct drift_error *err, const char *code)
{
	fprintf(stderr, "%s: %s: %s\nhint: %s\ncode: %s\nrequest id: %s\n", drift_status_name(err->status), err->where, err->what, err->hint,
		code, err->request_id);
	return 1;
}

int
main(int argc, char **argv)
{
	struct drift_catalogue *catalogue = NULL;
	struct drift_document *input = NULL, *output = NULL;
	struct drift__aws_client *client = NULL;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__aws_options opt = {.log = getenv("DRIFT_LOG") != NULL ? on_log : NULL};
	struct drift__aws_call call = {.input = NULL};
	struct drift__aws_stats stats;
	char code[128] = "", *text;
	long times = argc > 4 ? strtol(argv[4], NULL, 10) : 1;

	if (argc < 3)
		return 64;
	if (drift_catalogue_open(NULL, &catalogue, &err) != DRIFT_OK)
		return report(&err, "");
	opt.catalogue = catalogue;
	call.service = argv[1];
	call.operation = argv[2];
	if (argc > 3 && drift_document_parse(argv[3], strlen(argv[3]), "input", &input, &err) != DRIFT_OK)
		return report(&err, "");
	call.input = drift_document_root(input);
	if (drift__aws_client_new(&opt, &client, &err) != DRIFT_OK)
		return report(&err, "");
	while (times-- > 0 && err.status == DRIFT_OK) {
		drift_document_free(output);
		output = NULL;
		(void)drift__aws_call_once(client, &call, &output, code, sizeof code, &err);
	}
	if (err.status == DRIFT_OK) {
		text = drift_value_to_json(drift_document_root(output), 1);
		puts(text != NULL ? text : "null");
		drift_text_free(text);
	}
	drift__aws_get_stats(client, &stats);
	fprintf(stderr, "requests %llu, retries %llu, throttles %llu, skew %lld ms\n", (unsigned long long)stats.requests,
		(unsigned long long)stats.retries, (unsigned long long)stats.throttles, (long long)stats.clock_skew_ms);
	if (err.status != DRIFT_OK)
		report(&err, code);
	drift_document_free(output);
	drift_document_free(input);
	drift__aws_client_free(client);
	drift_catalogue_free(catalogue);
	return err.status != DRIFT_OK;
}
