/* A plan in JSON (`terraform show -json tfplan`): judged, asked what it ignores, matched with live resources and written as imports. */
#include "fuzz.h"

#include <stdlib.h>

#include "drift/diff.h"
#include "drift/imports.h"
#include "model/resource.h"

static const struct drift_catalogue *
catalogue(void)
{
	static struct drift_catalogue *c; /* opened once; lives as long as the process */

	if (!c && drift_catalogue_open(NULL, &c, NULL) != DRIFT_OK)
		abort();
	return c;
}

/* A few of what the corpus creates exists already. */
static struct drift_snapshot *
live(void)
{
	static const char *const made[][2] = {{"aws_vpc", "vpc-1"}, {"aws_security_group", "sg-1"}, {"aws_iam_role", "prod-retainwise-task"},
		{"aws_sqs_queue", "https://sqs.us-east-1.amazonaws.com/1/q"}, {"aws_sqs_queue", "https://sqs.us-east-1.amazonaws.com/1/r"},
		{"aws_cloudwatch_log_group", "/aws/lambda/x"}};
	struct drift_snapshot *s = drift__snapshot_new(DRIFT_SIDE_LIVE);

	for (size_t i = 0; s && i < sizeof made / sizeof made[0]; i++) {
		struct drift_resource *r = drift__snapshot_add(s, made[i][0]);
		struct drift__map_builder m;

		if (!r)
			abort();
		drift__map_init(&m, &s->arena);
		drift__map_puts(&m, "name", made[i][1]);
		r->id = r->import_id = r->name = made[i][1];
		r->flags = DRIFT__IN_SCOPE;
		r->region = "us-east-1";
		r->attributes = drift__map_finish(&m);
	}
	if (!s || drift__snapshot_seal(s, NULL) != DRIFT_OK)
		abort();
	return s;
}

static void
judge(const struct drift_value *plan)
{
	struct drift_guard_options o = DRIFT_GUARD_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	char *text = NULL;
	bool ok = true;

	if (drift_guard_plan(plan, &o, &ok, &doc, &err) != DRIFT_OK) {
		if (doc || !err.what[0])
			abort();
		return;
	}
	if (drift_guard_text(doc, &text, NULL) == DRIFT_OK && !text)
		abort();
	drift_text_free(text);
	drift_document_free(doc);
}

static void
import(const struct drift_document *plan)
{
	static const char *const formats[] = {"blocks", "script", "rollback", "json"};
	struct drift_import_options o = DRIFT_IMPORT_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_snapshot *there = live();
	struct drift_imports *made = NULL;

	o.plan = plan;
	if (drift_imports_make(catalogue(), NULL, there, &o, &made, &err) != DRIFT_OK) {
		if (made || !err.what[0])
			abort();
	}
	for (size_t i = 0; made && i < sizeof formats / sizeof formats[0]; i++) {
		char *text = NULL;

		if (drift_imports_write(made, formats[i], NULL, &text, NULL) == DRIFT_OK && !text)
			abort();
		drift_text_free(text);
	}
	drift_imports_free(made);
	drift_snapshot_free(there);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct drift_document *plan = NULL, *ignores = NULL;

	if (drift_document_parse((const char *)data, size, "plan", &plan, NULL) != DRIFT_OK)
		return 0;
	judge(drift_document_root(plan));
	if (drift_diff_plan_ignores(drift_document_root(plan), &ignores, NULL) == DRIFT_OK && !ignores)
		abort();
	drift_document_free(ignores);
	import(plan);
	drift_document_free(plan);
	return 0;
}
