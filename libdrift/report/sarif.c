/* The report as SARIF 2.1.0, for code scanning: a result for each finding, the place is the state that it is about. */
#include "report/report.h"

#include <string.h>

struct kind {
	const char *name, *level, *title, *text;
};

static const struct kind kinds[] = {
	{"missing", "error", "Missing", "is in the state but not in AWS"},
	{"changed", "warning", "Changed", "differs from the state"},
	{"unmanaged", "warning", "Unmanaged", "is in AWS but in no state"},
	{"duplicates", "error", "ClaimedTwice", "is claimed by several instances"},
	{"unknown", "note", "Unknown", "could not be read"},
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static void
put_string(struct drift__buf *out, const char *s)
{
	drift__json_write_string(out, s, strlen(s));
}

static void
put_rules(struct drift__buf *out)
{
	size_t i;

	for (i = 0; i < N_KINDS; i++)
		drift__buf_addf(out, "%s\n            {\"id\": \"drift/%s\", \"name\": \"%s\", \"shortDescription\": {\"text\": \"A resource %s\"}, "
			"\"defaultConfiguration\": {\"level\": \"%s\"}}", i > 0 ? "," : "", kinds[i].name, kinds[i].title, kinds[i].text, kinds[i].level);
}

static void
put_message(const struct kind *k, const struct drift_value *row, struct drift__buf *out)
{
	const struct drift_value *changes = drift_value_get(row, "changes");
	struct drift__buf text = DRIFT__BUF_INIT(1 << 20);
	const char *label = drift__report_label(row);
	size_t i;

	drift__put_printable(&text, label, strlen(label));
	drift__buf_addf(&text, " %s", k->text);
	for (i = 0; i < drift_value_size(changes); i++) {
		const char *path = drift__report_text(drift_value_at(changes, i), "path");

		drift__buf_adds(&text, i == 0 ? ": " : ", ");
		drift__put_printable(&text, path, strlen(path));
	}
	if (*drift__report_text(row, "reason") != '\0') {
		drift__buf_adds(&text, ": ");
		drift__put_printable(&text, drift__report_text(row, "reason"), strlen(drift__report_text(row, "reason")));
	}
	put_string(out, text.data != NULL ? text.data : "");
	drift__buf_dispose(&text);
}

/* The same finding keeps its fingerprint from run to run. */
static void
put_fingerprint(const struct kind *k, const struct drift_value *row, struct drift__buf *out)
{
	static const char *const names[] = {"type", "region", "address", "id", "operation"};
	struct drift__buf text = DRIFT__BUF_INIT(1 << 20);
	unsigned char digest[32];
	char hex[65];
	size_t i;

	drift__buf_adds(&text, k->name);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		drift__buf_addc(&text, '\n');
		/* what an unmanaged one would be called may change from run to run */
		if (strcmp(names[i], "address") != 0 || strcmp(k->name, "unmanaged") != 0)
			drift__buf_adds(&text, drift__report_text(row, names[i]));
	}
	drift__sha256(text.data != NULL ? text.data : "", text.len, digest);
	drift__hex(digest, sizeof digest, hex);
	drift__buf_addf(out, "\"%s\"", hex);
	drift__buf_dispose(&text);
}

static void
put_result(const struct drift_value *report, const struct kind *k, size_t rule, const struct drift_value *row, struct drift__buf *out)
{
	const struct drift_value *states = drift_value_get(report, "states");
	int64_t source = 0;

	drift__value_to_int(drift_value_get(row, "source"), &source);
	drift__buf_addf(out, "{\"ruleId\": \"drift/%s\", \"ruleIndex\": %zu, \"level\": \"%s\", \"message\": {\"text\": ", k->name, rule, k->level);
	put_message(k, row, out);
	drift__buf_adds(out, "}, \"locations\": [{");
	if (source >= 0 && (size_t)source < drift_value_size(states)) {
		drift__buf_adds(out, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
		put_string(out, drift__report_text(drift_value_at(states, (size_t)source), "source"));
		drift__buf_adds(out, "}, \"region\": {\"startLine\": 1}}, ");
	}
	drift__buf_adds(out, "\"logicalLocations\": [{\"fullyQualifiedName\": ");
	put_string(out, drift__report_label(row));
	drift__buf_adds(out, ", \"kind\": \"resource\"}]}], \"partialFingerprints\": {\"drift/v1\": ");
	put_fingerprint(k, row, out);
	drift__buf_adds(out, "}}");
}

void
drift__render_sarif(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	bool complete = drift_value_bool(drift_value_get(drift_value_get(report, "scan"), "complete"));
	size_t i, k, n = 0;

	(void)o;
	drift__buf_adds(out, "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n"
		"      \"tool\": {\n        \"driver\": {\n          \"name\": \"driftscan\",\n          \"version\": \"" DRIFT_VERSION "\",\n          \"rules\": [");
	put_rules(out);
	drift__buf_addf(out, "\n          ]\n        }\n      },\n      \"invocations\": [{\"executionSuccessful\": %s}],\n      \"results\": [", complete ? "true" : "false");
	for (i = 0; i < N_KINDS; i++) {
		const struct drift_value *rows = drift_value_get(report, kinds[i].name);

		for (k = 0; k < drift_value_size(rows); k++) {
			drift__buf_adds(out, n++ > 0 ? ",\n        " : "\n        ");
			put_result(report, &kinds[i], i, drift_value_at(rows, k), out);
		}
	}
	drift__buf_adds(out, "\n      ]\n    }\n  ]\n}\n");
}
