/* What was found in states, for people: differences, history, problems. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drift/state.h"
#include "model/value.h"

enum { MAX_VALUE = 200 };

static const char *
digits(const struct drift_value *map, const char *name)
{
	return drift_value_text(drift_value_get(map, name), NULL);
}

/* Managed ones, of whatever provider. */
static int64_t
count_resources(const struct drift_value *map)
{
	int64_t ours = 0, others = 0;

	drift__value_to_int(drift_value_get(map, "resources"), &ours);
	drift__value_to_int(drift_value_get(map, "other_providers"), &others);
	return ours + others;
}

/* JSON on one line, cut where it is long. */
static void
put_value(struct drift__buf *b, const struct drift_value *v)
{
	struct drift__buf json = DRIFT__BUF_INIT(1 << 26);
	size_t n = 0, len;

	drift__json_write(&json, v, 0, false);
	while (json.status == DRIFT_OK && n < json.len && n < MAX_VALUE && (len = drift__utf8_valid((const unsigned char *)json.data + n, json.len - n)) > 0)
		n += len;
	drift__buf_add_safe(b, json.data != NULL ? json.data : "", n);
	if (n < json.len)
		drift__buf_addf(b, "… (%zu bytes)", json.len);
	drift__buf_dispose(&json);
}

/* ---- differences ---- */

static void
put_head(struct drift__buf *b, const char *sign, const struct drift_value *head)
{
	drift__buf_adds(b, sign);
	drift__buf_add_field(b, " ", drift__value_gets(head, "source"), "?");
	drift__buf_add_field(b, ", serial ", digits(head, "serial"), "none");
	drift__buf_add_field(b, ", Terraform ", drift__value_gets(head, "terraform_version"), NULL);
	drift__buf_addf(b, ", %" PRId64 " resources\n", count_resources(head));
}

static void
put_addresses(struct drift__buf *b, const char *title, const char *sign, const struct drift_value *list)
{
	size_t i;

	if (drift_value_size(list) == 0)
		return;
	drift__buf_addf(b, "\n%s (%zu)\n", title, drift_value_size(list));
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i);

		drift__buf_addf(b, "  %s", sign);
		drift__buf_add_field(b, " ", drift__value_gets(v, "address"), "?");
		drift__buf_add_field(b, " deposed ", drift__value_gets(v, "deposed"), NULL);
		drift__buf_add_field(b, "  ", drift__value_gets(v, "id"), NULL);
		drift__buf_adds(b, "\n");
	}
}

static void
put_changes(struct drift__buf *b, const struct drift_value *list)
{
	size_t i, j;

	if (drift_value_size(list) > 0)
		drift__buf_addf(b, "\nChanged (%zu)\n", drift_value_size(list));
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i), *changes = drift_value_get(v, "changes");

		drift__buf_add_field(b, "  ~ ", drift__value_gets(v, "address"), "?");
		drift__buf_add_field(b, " deposed ", drift__value_gets(v, "deposed"), NULL);
		drift__buf_adds(b, "\n");
		for (j = 0; j < drift_value_size(changes); j++) {
			const struct drift_value *c = drift_value_at(changes, j);

			drift__buf_add_field(b, "      ", drift__value_gets(c, "path"), "");
			drift__buf_adds(b, ": ");
			put_value(b, drift_value_get(c, "from"));
			drift__buf_adds(b, " → ");
			put_value(b, drift_value_get(c, "to"));
			drift__buf_adds(b, "\n");
		}
	}
}

static void
put_moves(struct drift__buf *b, const struct drift_value *list)
{
	size_t i;

	if (drift_value_size(list) > 0)
		drift__buf_addf(b, "\nMoved (%zu)\n", drift_value_size(list));
	for (i = 0; i < drift_value_size(list); i++) {
		drift__buf_add_field(b, "  > ", drift__value_gets(drift_value_at(list, i), "from"), "?");
		drift__buf_add_field(b, " → ", drift__value_gets(drift_value_at(list, i), "to"), "?");
		drift__buf_adds(b, "\n");
	}
}

static void
put_outputs(struct drift__buf *b, const struct drift_value *list)
{
	size_t i;

	if (drift_value_size(list) > 0)
		drift__buf_addf(b, "\nOutputs (%zu)\n", drift_value_size(list));
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i);

		drift__buf_add_field(b, "  ", drift__value_gets(v, "name"), "?");
		drift__buf_add_field(b, " ", drift__value_gets(v, "change"), "");
		drift__buf_adds(b, ": ");
		put_value(b, drift_value_get(v, "from"));
		drift__buf_adds(b, " → ");
		put_value(b, drift_value_get(v, "to"));
		drift__buf_adds(b, "\n");
	}
}

static void
diff_text(struct drift__buf *b, const struct drift_value *root)
{
	const struct drift_value *notes = drift_value_get(root, "notes");
	size_t i;

	put_head(b, "-", drift_value_get(root, "from"));
	put_head(b, "+", drift_value_get(root, "to"));
	for (i = 0; i < drift_value_size(notes); i++) {
		drift__buf_add_field(b, "! ", drift__value_str(drift_value_at(notes, i)), "");
		drift__buf_adds(b, "\n");
	}
	if (drift_value_bool(drift_value_get(root, "same"))) {
		drift__buf_adds(b, "\nNo difference\n");
		return;
	}
	put_addresses(b, "Removed", "-", drift_value_get(root, "removed"));
	put_addresses(b, "Added", "+", drift_value_get(root, "added"));
	put_moves(b, drift_value_get(root, "moved"));
	put_changes(b, drift_value_get(root, "changed"));
	put_outputs(b, drift_value_get(root, "outputs"));
}

/* ---- history ---- */

static void
put_version(struct drift__buf *b, const struct drift_value *v, bool all)
{
	const struct drift_value *marks = drift_value_get(v, "marks"), *lost = drift_value_get(v, "lost");
	char line[200], resources[24] = "-";
	size_t i;

	if (drift_value_get(v, "resources") != NULL)
		snprintf(resources, sizeof resources, "%" PRId64, count_resources(v));
	snprintf(line, sizeof line, "%-20s %8s %10s %5s %5s %5s  ", drift__value_gets(v, "modified") != NULL ? drift__value_gets(v, "modified") : "",
		digits(v, "serial") != NULL ? digits(v, "serial") : "-", digits(v, "size") != NULL ? digits(v, "size") : "-",
		resources, digits(v, "added") != NULL ? digits(v, "added") : "",
		digits(v, "removed") != NULL ? digits(v, "removed") : "");
	drift__buf_adds(b, line);
	drift__buf_add_field(b, "", drift__value_gets(v, "version"), "-");
	if (drift_value_bool(drift_value_get(v, "latest")))
		drift__buf_adds(b, " (now)");
	drift__buf_adds(b, "\n");
	for (i = 0; i < drift_value_size(marks); i++) {
		drift__buf_add_field(b, "    ! ", drift__value_str(drift_value_at(marks, i)), "");
		drift__buf_adds(b, "\n");
	}
	for (i = 0; (all || drift_value_bool(drift_value_get(v, "suspicious"))) && i < drift_value_size(lost); i++) {
		drift__buf_add_field(b, "        - ", drift__value_str(drift_value_at(lost, i)), "");
		drift__buf_adds(b, "\n");
	}
}

static void
history_text(struct drift__buf *b, const struct drift_value *root, bool all)
{
	static const struct drift_value none = {.kind = DRIFT_NUMBER, .len = 1, .u = {.text = "0"}};
	const struct drift_value *versions = drift_value_get(root, "versions");
	char line[160];
	size_t i;

	drift__buf_add_field(b, "Versions of ", drift__value_gets(root, "source"), "?");
	drift__buf_adds(b, drift_value_bool(drift_value_get(root, "complete")) ? "\n" : ", the newest\n");
	snprintf(line, sizeof line, "%-20s %8s %10s %5s %5s %5s  %s\n", "written", "serial", "bytes", "res.", "+", "-", "version");
	drift__buf_adds(b, line);
	for (i = 0; i < drift_value_size(versions); i++)
		put_version(b, drift_value_at(versions, i), all);
	if (drift_value_bool(drift_value_get(root, "suspicious")))
		drift__buf_adds(b, "\nThe marked ones want a look: `driftscan state diff` compares two of them\n");
	else if (!drift_value_equal(drift_value_get(root, "unreadable"), &none))
		drift__buf_adds(b, "\nWhether a state was lost or rolled back cannot be told: not all versions could be read (s3:GetObjectVersion)\n");
	else
		drift__buf_adds(b, "\nNothing speaks for a state that was lost or rolled back\n");
}

/* ---- problems ---- */

static void
check_text(struct drift__buf *b, const struct drift_value *root, bool all)
{
	const struct drift_value *states = drift_value_get(root, "states"), *problems = drift_value_get(root, "problems");
	bool several = drift_value_size(states) > 1;
	size_t i, hidden = 0;

	for (i = 0; i < drift_value_size(states); i++) {
		const struct drift_value *s = drift_value_at(states, i);

		drift__buf_add_field(b, "", drift__value_gets(s, "source"), "?");
		drift__buf_add_field(b, ": serial ", digits(s, "serial"), "none");
		drift__buf_add_field(b, ", Terraform ", drift__value_gets(s, "terraform_version"), NULL);
		drift__buf_add_field(b, ", ", digits(s, "resources"), "0");
		drift__buf_add_field(b, " resources, ", digits(s, "data_sources"), "0");
		drift__buf_add_field(b, " data sources, ", digits(s, "other_providers"), "0");
		drift__buf_adds(b, " of other providers\n");
	}
	for (i = 0; i < drift_value_size(problems); i++) {
		const struct drift_value *p = drift_value_at(problems, i);
		const char *severity = drift__value_gets(p, "severity");

		if (!all && drift__streq(severity, "info")) {
			hidden++;
			continue;
		}
		drift__buf_add_field(b, "  ", severity, "");
		drift__buf_add_field(b, ": ", several ? drift__value_gets(p, "source") : NULL, NULL);
		drift__buf_add_field(b, ": ", drift__value_gets(p, "address"), NULL);
		drift__buf_add_field(b, ": ", drift__value_gets(p, "text"), "");
		drift__buf_adds(b, "\n");
	}
	drift__buf_add_field(b, "", digits(root, "errors"), "0");
	drift__buf_add_field(b, " errors, ", digits(root, "warnings"), "0");
	drift__buf_adds(b, " warnings");
	if (hidden > 0)
		drift__buf_addf(b, "; %zu remarks more with -v", hidden);
	drift__buf_adds(b, "\n");
}

enum drift_status
drift_state_text(const struct drift_document *found, bool all, char **text_out, struct drift_error *err)
{
	const struct drift_value *root = drift_document_root(found);
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);
	char *text;

	if (drift_value_get(root, "changed") != NULL)
		diff_text(&b, root);
	else if (drift_value_get(root, "versions") != NULL)
		history_text(&b, root, all);
	else
		check_text(&b, root, all);
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}
