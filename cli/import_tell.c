/* What an import says to people, on stderr. */
#include <stdio.h>
#include <string.h>

#include "import.h"

enum { TOLD_MAX = 20 };

static const char *
text_of(const struct drift_value *map, const char *key)
{
	return drift_value_text(drift_value_get(map, key), NULL);
}

void
import_tell(const struct drift_value *root, const char *list, const char *what)
{
	const struct drift_value *v = drift_value_get(root, list);
	size_t i;

	if (drift_value_size(v) == 0)
		return;
	fprintf(stderr, "%zu %s:\n", drift_value_size(v), what);
	for (i = 0; i < drift_value_size(v) && i < TOLD_MAX; i++) {
		const struct drift_value *e = drift_value_at(v, i);
		const char *address = text_of(e, "address"), *id = text_of(e, "id"), *reason = text_of(e, "reason"), *hint = text_of(e, "hint");

		fprintf(stderr, "  %s%s%s%s%s%s%s%s\n", address != NULL ? address : text_of(e, "type") != NULL ? text_of(e, "type") : "", address == NULL && id != NULL ? " " : "",
			address == NULL && id != NULL ? id : "", reason != NULL ? ": " : "", reason != NULL ? reason : "", hint != NULL ? " (" : "", hint != NULL ? hint : "",
			hint != NULL ? ")" : "");
	}
	if (i < drift_value_size(v))
		fprintf(stderr, "  and %zu more\n", drift_value_size(v) - i);
}

static void
tell_candidates(const struct drift_value *root)
{
	const struct drift_value *list = drift_value_get(root, "ambiguous");
	size_t i, k;

	if (drift_value_size(list) > 0)
		fprintf(stderr, "%zu could be one of several; nothing was guessed. Say which with --map, a line `import id,address`:\n", drift_value_size(list));
	for (i = 0; i < drift_value_size(list) && i < TOLD_MAX; i++) {
		const struct drift_value *e = drift_value_at(list, i), *candidates = drift_value_get(e, "candidates");

		fprintf(stderr, "  %s:", text_of(e, "address"));
		for (k = 0; k < drift_value_size(candidates) && k < 8; k++)
			fprintf(stderr, "%s %s", k > 0 ? "," : "", text_of(drift_value_at(candidates, k), "id"));
		fprintf(stderr, "%s\n", k < drift_value_size(candidates) ? ", …" : "");
	}
}

static void
tell_forecast(const struct drift_value *root)
{
	const struct drift_value *list = drift_value_get(root, "imports"), *sum = drift_value_get(root, "summary");
	size_t i, j;

	if (drift_value_get(sum, "no-op") != NULL && drift_value_size(list) > 0)
		fprintf(stderr, "After them a plan shows %s without a change, %s changed in place and %s replaced%s\n", text_of(sum, "no-op"), text_of(sum, "in-place"),
			text_of(sum, "replace"), strcmp(text_of(sum, "no-op"), text_of(sum, "imports")) == 0 ? "." : ":");
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *e = drift_value_at(list, i), *changes = drift_value_get(e, "changes");
		const char *forecast = text_of(e, "forecast");

		if (forecast == NULL || strcmp(forecast, "no-op") == 0)
			continue;
		fprintf(stderr, "  %s: %s", text_of(e, "address"), strcmp(forecast, "replace") == 0 ? "would be replaced" : "changed in place");
		for (j = 0; j < drift_value_size(changes); j++) {
			const struct drift_value *ch = drift_value_at(changes, j);

			fprintf(stderr, "%s%s: %s", j == 0 ? " (" : "; ", text_of(ch, "path"), text_of(ch, "reason"));
		}
		fprintf(stderr, "%s\n", j > 0 ? ")" : "");
	}
}

void
import_tell_all(const struct drift_imports *imports)
{
	const struct drift_value *root = drift_imports_root(imports), *cycles = drift_value_get(root, "cycles");
	size_t i, k;

	fprintf(stderr, "%zu import%s\n", drift_imports_size(imports), drift_imports_size(imports) == 1 ? "" : "s");
	tell_forecast(root);
	tell_candidates(root);
	import_tell(root, "undecided", "are not decided");
	import_tell(root, "new", "are really new");
	import_tell(root, "managed_elsewhere", "are in the state under another address");
	if (drift_value_size(drift_value_get(root, "in_state")) > 0)
		fprintf(stderr, "%zu that the plan creates are in the state already: the plan is older than the state\n",
			drift_value_size(drift_value_get(root, "in_state")));
	import_tell(root, "not_importable", "cannot be imported");
	import_tell(root, "map_unused", "entries of the map file name nothing that could be imported");
	if (drift_value_size(drift_value_get(root, "unplanned")) > 0)
		fprintf(stderr, "%zu live resources are in no state and not in the plan; driftscan import --format hcl writes blocks for them\n",
			drift_value_size(drift_value_get(root, "unplanned")));
	for (i = 0; i < drift_value_size(cycles); i++) {
		fprintf(stderr, "  refer to each other:");
		for (k = 0; k < drift_value_size(drift_value_at(cycles, i)); k++)
			fprintf(stderr, " %s", drift_value_text(drift_value_at(drift_value_at(cycles, i), k), NULL));
		fputc('\n', stderr);
	}
}
