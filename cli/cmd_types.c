/* types: what the catalogue knows, as a table or one type in full. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"

static long long
number(const struct drift_value *map, const char *name)
{
	const char *digits = drift_value_text(drift_value_get(map, name), NULL);

	return digits != NULL ? strtoll(digits, NULL, 10) : 0;
}

static void
print_types(const struct drift_value *list)
{
	long long compared = 0, ignored = 0, uncovered = 0;
	size_t i;

	printf("%-52s %-24s %8s %8s %9s  %s\n", "type", "service", "compared", "ignored", "uncovered", "import");
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *t = drift_value_at(list, i), *a = drift_value_get(t, "attributes");

		printf("%-52s %-24s %8lld %8lld %9lld  %s\n", drift_value_text(drift_value_get(t, "type"), NULL),
			drift_value_text(drift_value_get(t, "service"), NULL), number(a, "compared"), number(a, "ignored"), number(a, "uncovered"),
			drift_value_bool(drift_value_get(t, "importable")) ? "yes" : "no");
		compared += number(a, "compared");
		ignored += number(a, "ignored");
		uncovered += number(a, "uncovered");
	}
	printf("\n%zu types; attributes: %lld compared, %lld ignored with a reason, %lld uncovered (%.1f %% covered)\n", drift_value_size(list), compared,
		ignored, uncovered, 100.0 * (double)(compared + ignored) / (double)(compared + ignored + uncovered > 0 ? compared + ignored + uncovered : 1));
}

static const char *
text(const struct drift_value *map, const char *name)
{
	const char *t = drift_value_text(drift_value_get(map, name), NULL);

	return t != NULL ? t : "";
}

static void
print_names(const char *title, const struct drift_value *names)
{
	bool reasons = drift_value_kind(names) == DRIFT_MAP;
	size_t i, n = drift_value_size(names);

	if (n == 0)
		return;
	printf("\n%s (%zu)\n", title, n);
	for (i = 0; i < n; i++) {
		if (reasons)
			printf("  %-38s %s\n", drift_value_key(names, i, NULL), drift_value_text(drift_value_at(names, i), NULL));
		else
			printf("  %s\n", drift_value_text(drift_value_at(names, i), NULL));
	}
}

static void
print_type(const struct drift_value *t)
{
	const struct drift_value *names = drift_value_get(t, "attribute_names");
	bool listed = drift_value_bool(drift_value_get(t, "listable"));

	printf("%s\n", text(t, "type"));
	printf("  service   %s\n", text(t, "service"));
	printf("  listed    %s%s\n", listed ? "yes" : "no: ", listed ? "" : text(t, "why_not_listed"));
	printf("  tags      %s\n", drift_value_bool(drift_value_get(t, "taggable")) ? "yes" : "no");
	printf("  import    %s\n", drift_value_bool(drift_value_get(t, "importable")) ? text(t, "import_id") : "no");
	print_names("compared", drift_value_get(names, "compared"));
	print_names("ignored, and why", drift_value_get(names, "ignored"));
	print_names("not covered", drift_value_get(names, "uncovered"));
}

int
cmd_types(struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	struct cli_context c;
	const char *pattern = o->positional.n > 0 ? o->positional.items[0] : o->type.n > 0 ? o->type.items[0] : NULL;
	const char *near;
	int code;

	if (o->positional.n + o->type.n > 1)
		return cli_complain("types takes one pattern, such as 'aws_iam_*'");
	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	if (drift_catalogue_describe(c.catalogue, pattern, &doc, &err) != DRIFT_OK) {
		code = cli_error(&err);
	} else if (drift_value_size(drift_document_root(doc)) == 0) {
		near = pattern != NULL ? drift_catalogue_nearest(c.catalogue, pattern) : NULL;
		code = cli_complain("the catalogue has no type %s%s%s%s", pattern != NULL ? pattern : "at all", near != NULL ? "; did you mean " : "",
			near != NULL ? near : "", near != NULL ? "?" : "");
	} else if (o->query != NULL || (o->output.n > 0 && strcmp(o->output.items[0], "text") != 0)) {
		code = cli_print_document(doc, o, NULL);
	} else {
		if (drift_value_size(drift_document_root(doc)) == 1)
			print_type(drift_value_at(drift_document_root(doc), 0));
		else
			print_types(drift_document_root(doc));
		code = CLI_IN_SYNC;
	}
	drift_document_free(doc);
	cli_context_close(&c);
	return code;
}
