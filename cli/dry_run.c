/* --dry-run: which calls a scan would make, how many, and how long AWS's published rates make it last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"

enum { MOST_SERVICES = 256 };

struct sums {
	long long calls, more, lists;
	size_t n;
	struct {
		const char *name;
		long long calls, per_second; /* 0 = nothing is published */
	} services[MOST_SERVICES];
};

static long long
number(const struct drift_value *v)
{
	const char *digits = drift_value_text(v, NULL);

	return digits != NULL ? strtoll(digits, NULL, 10) : 0;
}

static void
add_up(struct sums *s, const char *service, long long calls, const struct drift_value *rate)
{
	size_t i;

	s->calls += calls;
	for (i = 0; i < s->n && strcmp(s->services[i].name, service) != 0; i++)
		continue;
	if (i == MOST_SERVICES)
		return;
	if (i == s->n) {
		s->services[i].name = service;
		s->services[i].per_second = number(rate);
		s->n++;
	}
	s->services[i].calls += calls;
}

static const char *
member(const struct drift_value *call, const char *name)
{
	return drift_value_text(drift_value_get(call, name), NULL);
}

static void
show(struct sums *s, const struct drift_value *calls)
{
	size_t i;

	for (i = 0; i < drift_value_size(calls); i++) {
		const struct drift_value *call = drift_value_at(calls, i);
		const char *type = member(call, "type"), *per = member(call, "per"), *service = member(call, "service"), *op = member(call, "operation");
		long long n = number(drift_value_get(call, "calls")), more = number(drift_value_get(call, "more"));
		char foreseen[48];

		add_up(s, service, n, drift_value_get(call, "per_second"));
		s->more += more;
		s->lists += per == NULL ? n : 0;
		if (n == 0 && more == 0 && per == NULL)
			continue;
		if (more > 0)
			snprintf(foreseen, sizeof foreseen, "%lld+%lld", n, more);
		else
			snprintf(foreseen, sizeof foreseen, "%lld", n);
		printf("%-48s %-8s %s:%-*s %7s%s%s\n", type != NULL ? type : "(all)", member(call, "step"), service, (int)(44 - strlen(service)), op,
			foreseen, per != NULL ? "  each " : "", per != NULL ? per : "");
	}
}

/* The service that takes longest when it is asked as fast as AWS lets it be. */
static void
show_slowest(const struct sums *s)
{
	double most = 0;
	size_t i, slowest = 0;

	for (i = 0; i < s->n; i++) {
		double seconds = s->services[i].per_second > 0 ? (double)s->services[i].calls / (double)s->services[i].per_second : 0;

		if (seconds > most) {
			most = seconds;
			slowest = i;
		}
	}
	if (most >= 1)
		printf("AWS publishes %lld calls a second for %s: its %lld take %.0f s at least\n", s->services[slowest].per_second,
			s->services[slowest].name, s->services[slowest].calls, most);
}

int
cli_dry_run(struct cli_context *c)
{
	struct drift_inventory_options io = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	struct sums sums = {0};
	int code = CLI_IN_SYNC;

	if (!cli_inventory_options(c, &io))
		return CLI_ERROR;
	if (drift_inventory_plan(c->catalogue, &io, &doc, &err) != DRIFT_OK)
		return cli_error(&err);
	if (c->o->output.n > 0 || c->o->query != NULL) {
		code = cli_print_document(doc, c->o, NULL);
	} else {
		show(&sums, drift_document_root(doc));
		printf("\n%lld calls are foreseen: %lld whatever is there, %lld for what the state has\n", sums.calls, sums.lists, sums.calls - sums.lists);
		if (sums.more > 0)
			printf("Up to %lld more (+) are made only where what is found asks for them\n", sums.more);
		printf("Further pages and what no state knows come on top\n");
		show_slowest(&sums);
		printf("%s\n", c->state != NULL ? "Nothing was asked but for the state" : "Nothing was asked");
	}
	drift_document_free(doc);
	return code;
}
