/* The report for people: counts first, then what is missing, changed, unmanaged and unknown, grouped by service, then what to do. */
#include "report/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_LINES = 40, NAME_COLUMN = 44, FEW_TYPES = 6 };

/* ---- head ---- */

static void
put_state(struct text *t, const struct drift_value *state)
{
	const struct drift_value *lock = drift_value_get(state, "lock");
	const char *version = drift__report_text(state, "terraform_version"), *who = drift__value_gets(lock, "who");
	size_t start = t->out->len;

	drift__buf_adds(t->out, "State    ");
	put(t, drift__report_text(state, "source"));
	if (*drift__report_text(state, "serial") != '\0')
		drift__buf_addf(t->out, "  serial %s", drift__report_text(state, "serial"));
	if (*version != '\0') {
		drift__buf_adds(t->out, ", Terraform ");
		put(t, version);
	}
	if (drift_value_kind(drift_value_get(state, "exists")) == DRIFT_BOOL && !drift_value_bool(drift_value_get(state, "exists")))
		drift__buf_adds(t->out, "  does not exist yet: counted as empty");
	end_line(t, start);
	if (drift_value_kind(lock) == DRIFT_MAP && lock->len > 0 && who != NULL) {
		start = t->out->len;
		style(t, YELLOW);
		drift__buf_adds(t->out, "         locked by ");
		put(t, who);
		drift__buf_addf(t->out, ": the state may be in the middle of a change (`%s lock` says more)", t->o->command);
		style(t, PLAIN);
		end_line(t, start);
	}
}

static void
put_head(struct text *t)
{
	const struct drift_value *scan = drift_value_get(t->report, "scan"), *states = drift_value_get(t->report, "states");
	const char *account = drift__report_text(scan, "account"), *env = drift__report_text(scan, "env");
	size_t i, start = t->out->len;

	drift__buf_adds(t->out, "Account  ");
	put_styled(t, BOLD, *account != '\0' ? account : "unknown");
	if (drift_value_size(drift_value_get(scan, "regions")) > 0) {
		drift__buf_adds(t->out, "  ");
		put_joined(t, drift_value_get(scan, "regions"));
	}
	if (*env != '\0') {
		drift__buf_adds(t->out, "  env ");
		put(t, env);
	}
	end_line(t, start);
	for (i = 0; i < drift_value_size(states); i++)
		put_state(t, drift_value_at(states, i));
	drift__buf_addc(t->out, '\n');
}

static void
put_count(struct text *t, enum style s, int64_t n, const char *what)
{
	if (n == 0)
		return;
	style(t, s);
	drift__buf_addf(t->out, "%lld %s", (long long)n, what);
	style(t, PLAIN);
	drift__buf_adds(t->out, "   ");
}

static void
put_counts(struct text *t)
{
	const struct drift_value *r = t->report;
	bool complete = drift_value_bool(drift_value_get(drift_value_get(r, "scan"), "complete"));
	int64_t drift = drift__report_count(r, "missing") + drift__report_count(r, "changed") + drift__report_count(r, "unmanaged") +
		drift__report_count(r, "duplicates");
	size_t start = t->out->len;

	style(t, BOLD);
	if (drift == 0 && complete)
		drift__buf_adds(t->out, "In sync  ");
	else
		drift__buf_adds(t->out, drift > 0 ? "Drift    " : "Incomplete  ");
	style(t, PLAIN);
	put_count(t, RED, drift__report_count(r, "missing"), "missing");
	put_count(t, YELLOW, drift__report_count(r, "changed"), "changed");
	put_count(t, CYAN, drift__report_count(r, "unmanaged"), "unmanaged");
	put_count(t, RED, drift__report_count(r, "duplicates"), "claimed twice");
	put_count(t, YELLOW, drift__report_count(r, "unknown"), "unknown");
	style(t, GREEN);
	drift__buf_addf(t->out, drift == 0 && complete ? "%lld resources are as the state has them" : "%lld in sync",
		(long long)drift__report_count(r, "in_sync"));
	style(t, PLAIN);
	if (drift__report_count(r, "ignored") > 0)
		drift__buf_addf(t->out, "   (%lld ignored)", (long long)drift__report_count(r, "ignored"));
	end_line(t, start);
	if (!complete)
		line(t, YELLOW, "The scan is incomplete: what could not be read may hold more than is shown here.");
}

/* ---- sections ---- */

static int
compare_services(const void *pa, const void *pb)
{
	const struct drift_value *a = *(const struct drift_value *const *)pa, *b = *(const struct drift_value *const *)pb;
	int c = strcmp(drift__report_text(a, "service"), drift__report_text(b, "service"));

	return c != 0 ? c : (a > b) - (a < b); /* rows are elements of one list, in order */
}

typedef void row_fn(struct text *t, const struct drift_value *row);

static void
put_section(struct text *t, const char *name, const char *title, row_fn *put_row)
{
	const struct drift_value *rows = drift_value_get(t->report, name), **sorted;
	size_t i, n = drift_value_size(rows);

	if (n == 0)
		return;
	sorted = drift__calloc(n, sizeof *sorted);
	if (sorted == NULL) {
		t->out->status = DRIFT_NOMEM;
		return;
	}
	for (i = 0; i < n; i++)
		sorted[i] = drift_value_at(rows, i);
	qsort(sorted, n, sizeof *sorted, compare_services);
	drift__buf_addc(t->out, '\n');
	line(t, BOLD, title);
	for (i = 0; i < n; i++) {
		const char *service = drift__report_text(sorted[i], "service");

		if (i == 0 || strcmp(service, drift__report_text(sorted[i - 1], "service")) != 0) {
			size_t start = t->out->len;

			drift__buf_adds(t->out, "  ");
			put_styled(t, DIM, service);
			end_line(t, start);
		}
		put_row(t, sorted[i]);
	}
	drift__free(sorted);
}

static void
pad(struct text *t, size_t start, size_t column)
{
	size_t i, columns = 0;

	for (i = start; t->out->status == DRIFT_OK && i < t->out->len; i++)
		columns += ((unsigned char)t->out->data[i] & 0xc0) != 0x80;
	do
		drift__buf_addc(t->out, ' ');
	while (++columns < column);
}

static void
put_labelled(struct text *t, const struct drift_value *row, const char *detail)
{
	size_t start = t->out->len;

	drift__buf_adds(t->out, "    ");
	put(t, drift__report_label(row));
	pad(t, start, NAME_COLUMN);
	put_styled(t, DIM, drift__report_text(row, detail));
	end_line(t, start);
}

static void
put_missing(struct text *t, const struct drift_value *row)
{
	put_labelled(t, row, "id");
}

static void
put_not_compared(struct text *t, const struct drift_value *row)
{
	put_labelled(t, row, "reason");
}

static void
put_change_line(void *ctx, char sign, const char *s, size_t n)
{
	struct text *t = ctx;
	size_t start = t->out->len;

	if (t->lines >= MOST_LINES) {
		t->hidden++;
		return;
	}
	t->lines++;
	drift__buf_adds(t->out, "        ");
	style(t, sign == '-' ? RED : GREEN);
	drift__buf_addf(t->out, "%c ", sign);
	drift__buf_add(t->out, s, n);
	style(t, PLAIN);
	end_line(t, start);
}

static void
put_changed(struct text *t, const struct drift_value *row)
{
	const struct drift_value *changes = drift_value_get(row, "changes");
	size_t i, start = t->out->len;

	drift__buf_adds(t->out, "    ");
	put(t, drift__report_label(row));
	if (drift_value_bool(drift_value_get(row, "tainted")))
		drift__buf_adds(t->out, "  (tainted)");
	end_line(t, start);
	for (i = 0; i < drift_value_size(changes); i++) {
		const struct drift_value *c = drift_value_at(changes, i);

		start = t->out->len;
		drift__buf_adds(t->out, "      ");
		put_styled(t, YELLOW, drift__report_text(c, "path"));
		end_line(t, start);
		t->lines = t->hidden = 0;
		drift__differing_lines(drift_value_get(c, "state"), drift_value_get(c, "live"), put_change_line, t);
		if (t->hidden > 0)
			drift__buf_addf(t->out, "        … %zu more lines (-o json shows all)\n", t->hidden);
	}
}

static void
put_unmanaged(struct text *t, const struct drift_value *row)
{
	const char *address = drift__report_text(row, "address"), *name = drift__report_text(row, "name"), *owner = drift__report_text(row, "owner");
	const char *id = drift__report_text(row, "import_id");
	size_t start = t->out->len;

	if (*id == '\0')
		id = drift__report_text(row, "id");
	drift__buf_adds(t->out, "    ");
	put(t, *address != '\0' ? address : drift__report_text(row, "type"));
	pad(t, start, NAME_COLUMN);
	put_styled(t, DIM, *id != '\0' ? id : name);
	if (*drift__report_text(row, "import_id") == '\0')
		put_styled(t, DIM, "  (cannot be imported)");
	if (*owner != '\0') {
		drift__buf_adds(t->out, "  made by ");
		put(t, owner);
	}
	end_line(t, start);
}

static void
put_duplicate(struct text *t, const struct drift_value *row)
{
	const struct drift_value *claims = drift_value_get(row, "claims"), *states = drift_value_get(t->report, "states");
	size_t i, start = t->out->len;
	int64_t source;

	drift__buf_adds(t->out, "    ");
	put(t, drift__report_text(row, "type"));
	drift__buf_addc(t->out, ' ');
	put(t, drift__report_text(row, "id"));
	end_line(t, start);
	for (i = 0; i < drift_value_size(claims); i++) {
		const struct drift_value *c = drift_value_at(claims, i);

		start = t->out->len;
		drift__buf_adds(t->out, "      ");
		put(t, drift__report_text(c, "address"));
		if (drift_value_size(states) > 1 && drift__value_to_int(drift_value_get(c, "source"), &source)) {
			drift__buf_adds(t->out, "  in ");
			put(t, drift__report_text(drift_value_at(states, (size_t)source), "source"));
		}
		end_line(t, start);
	}
}

/* ---- what else ---- */

static void
put_owners(struct text *t)
{
	const struct drift_value *owners = drift_value_get(t->report, "other_managers");
	size_t i, k, start;

	if (drift_value_size(owners) == 0)
		return;
	drift__buf_addc(t->out, '\n');
	line(t, BOLD, "Made by other managers (not counted as drift)");
	for (i = 0; i < drift_value_size(owners); i++) {
		const struct drift_value *o = drift_value_at(owners, i), *resources = drift_value_get(o, "resources");

		start = t->out->len;
		drift__buf_adds(t->out, "  ");
		put(t, drift__report_text(o, "owner"));
		drift__buf_addf(t->out, ": %s", drift__report_text(o, "count"));
		end_line(t, start);
		for (k = 0; t->o->all && k < drift_value_size(resources); k++)
			put_unmanaged(t, drift_value_at(resources, k));
	}
}

static void
put_ignored(struct text *t, const struct drift_value *row)
{
	size_t start = t->out->len;

	drift__buf_adds(t->out, "    ");
	if (*drift__report_text(row, "address") == '\0') {
		put(t, drift__report_text(row, "type"));
		drift__buf_addc(t->out, ' ');
	}
	put(t, drift__report_label(row));
	if (*drift__report_text(row, "path") != '\0') {
		drift__buf_adds(t->out, ": ");
		put(t, drift__report_text(row, "path"));
	}
	end_line(t, start);
}

static void
put_looked_up_only(struct text *t)
{
	const struct drift_value *types = drift_value_get(t->report, "looked_up_only");
	size_t i, n = drift_value_size(types), shown = t->o->all || n <= FEW_TYPES ? n : FEW_TYPES, start = t->out->len;

	if (n == 0)
		return;
	drift__buf_adds(t->out, "\nOnly looked up when a state names them, never listed: ");
	start++;
	for (i = 0; i < shown; i++) {
		if (i > 0)
			drift__buf_adds(t->out, ", ");
		put(t, drift_value_key(types, i, NULL));
	}
	if (shown < n)
		drift__buf_addf(t->out, " and %zu more types (-v names them)", n - shown);
	end_line(t, start);
}

static void
put_next_steps(struct text *t)
{
	const struct drift_value *r = t->report;
	int64_t unmanaged = drift__report_count(r, "unmanaged"), others = drift__report_count(r, "missing") + drift__report_count(r, "changed");

	if (unmanaged + others + drift__report_count(r, "unknown") == 0)
		return;
	drift__buf_addc(t->out, '\n');
	line(t, BOLD, "Next");
	if (unmanaged > 0)
		drift__buf_addf(t->out, "  %s import             writes the import blocks for what is unmanaged\n", t->o->command);
	if (others > 0)
		drift__buf_adds(t->out, "  terraform plan               shows how Terraform would bring back what is missing or changed\n");
	if (drift__report_count(r, "unknown") > 0)
		drift__buf_addf(t->out, "  %s policy --mode scan  is the policy that a full scan needs\n", t->o->command);
	if (others + unmanaged > 0)
		drift__buf_adds(t->out, "  .driftignore                 leaves out what shall stay as it is\n");
}

static void
put_warnings(struct text *t)
{
	const struct drift_value *warnings = drift_value_get(t->report, "warnings");
	size_t i, start;

	for (i = 0; i < drift_value_size(warnings); i++) {
		const char *s = drift__value_str(drift_value_at(warnings, i));

		start = t->out->len;
		style(t, YELLOW);
		drift__buf_adds(t->out, "Warning: ");
		put(t, s != NULL ? s : "?");
		style(t, PLAIN);
		end_line(t, start);
	}
}

void
drift__render_text(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	struct text t = {.out = out, .o = o, .report = report};

	put_head(&t);
	put_counts(&t);
	put_warnings(&t);
	put_section(&t, "missing", "Missing: in the state, not in AWS", put_missing);
	put_section(&t, "changed", "Changed: - as the state has it, + as it is", put_changed);
	put_section(&t, "unmanaged", "Unmanaged: in AWS, in no state", put_unmanaged);
	put_section(&t, "duplicates", "Claimed twice: one object, several owners", put_duplicate);
	drift__text_unknown(&t);
	put_section(&t, "deposed", "Deposed: left over from a replacement", put_missing);
	put_section(&t, "not_compared", "Seen, not compared", put_not_compared);
	if (o->all)
		put_section(&t, "ignored", "Ignored", put_ignored);
	put_owners(&t);
	put_looked_up_only(&t);
	put_next_steps(&t);
}
