/* The report as Markdown, for job summaries and merge requests: a table of counts, then a section each. */
#include "report/report.h"

#include <string.h>

enum { MOST_LINES = 60 };

struct block {
	struct drift__buf *out;
	size_t lines;
};

/* Text between other text: what Markdown or HTML would take for its own is escaped. */
static void
put_escaped(struct drift__buf *out, const char *s)
{
	struct drift__buf safe = DRIFT__BUF_INIT((size_t)16 << 20);
	size_t i;

	drift__put_printable(&safe, s, strlen(s));
	for (i = 0; safe.status == DRIFT_OK && i < safe.len; i++) {
		char c = safe.data[i];

		if (c == '<')
			drift__buf_adds(out, "&lt;");
		else if (c == '>')
			drift__buf_adds(out, "&gt;");
		else if (c == '&')
			drift__buf_adds(out, "&amp;");
		else {
			if (strchr("\\`*_{}[]()#+!|~@", c) != NULL)
				drift__buf_addc(out, '\\');
			drift__buf_addc(out, c);
		}
	}
	drift__buf_dispose(&safe);
}

/* `code`: fenced with one more backtick than the text has in a row; a pipe would end a table's cell. */
static void
put_code(struct drift__buf *out, const char *s)
{
	struct drift__buf safe = DRIFT__BUF_INIT((size_t)16 << 20);
	size_t i, run = 0, most = 0;

	drift__put_printable(&safe, s, strlen(s));
	for (i = 0; safe.status == DRIFT_OK && i < safe.len; i++) {
		run = safe.data[i] == '`' ? run + 1 : 0;
		most = run > most ? run : most;
	}
	for (i = 0; i <= most; i++)
		drift__buf_addc(out, '`');
	if (most > 0)
		drift__buf_addc(out, ' ');
	for (i = 0; safe.status == DRIFT_OK && i < safe.len; i++) {
		if (safe.data[i] == '|')
			drift__buf_addc(out, '\\');
		drift__buf_addc(out, safe.data[i]);
	}
	if (safe.len == 0)
		drift__buf_addc(out, ' ');
	if (most > 0)
		drift__buf_addc(out, ' ');
	for (i = 0; i <= most; i++)
		drift__buf_addc(out, '`');
	drift__buf_dispose(&safe);
}

static void
put_head(const struct drift_value *r, struct drift__buf *out)
{
	static const char *const names[] = {"missing", "changed", "unmanaged", "duplicates", "unknown", "in_sync", "ignored"};
	const struct drift_value *scan = drift_value_get(r, "scan"), *states = drift_value_get(r, "states");
	size_t i;

	drift__buf_adds(out, "# Drift report\n\nAccount ");
	put_code(out, drift__report_text(scan, "account"));
	for (i = 0; i < drift_value_size(drift_value_get(scan, "regions")); i++) {
		const char *region = drift__value_str(drift_value_at(drift_value_get(scan, "regions"), i));

		drift__buf_adds(out, i == 0 ? ", " : " ");
		put_code(out, region != NULL ? region : "");
	}
	for (i = 0; i < drift_value_size(states); i++) {
		drift__buf_adds(out, i == 0 ? "; state " : ", ");
		put_code(out, drift__report_text(drift_value_at(states, i), "source"));
		drift__buf_adds(out, " serial ");
		put_escaped(out, drift__report_text(drift_value_at(states, i), "serial"));
	}
	drift__buf_adds(out, "\n\n| missing | changed | unmanaged | claimed twice | unknown | in sync | ignored |\n|--:|--:|--:|--:|--:|--:|--:|\n|");
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		drift__buf_addf(out, " %lld |", (long long)drift__report_count(r, names[i]));
	drift__buf_addc(out, '\n');
	if (!drift_value_bool(drift_value_get(scan, "complete")))
		drift__buf_adds(out, "\n**The scan is incomplete:** what could not be read may hold more than is shown here.\n");
	for (i = 0; i < drift_value_size(drift_value_get(r, "warnings")); i++) {
		const char *text = drift__value_str(drift_value_at(drift_value_get(r, "warnings"), i));

		drift__buf_adds(out, "\nWarning: ");
		put_escaped(out, text != NULL ? text : "");
		drift__buf_addc(out, '\n');
	}
}

static void
put_table(const struct drift_value *r, const struct drift__report_table *t, struct drift__buf *out)
{
	const struct drift_value *rows = drift_value_get(r, t->name);
	const char *const *columns = t->columns;
	size_t i, k;

	if (drift_value_size(rows) == 0)
		return;
	drift__buf_addf(out, "\n## %s\n\n|", t->title);
	for (k = 0; columns[k] != NULL; k++)
		drift__buf_addf(out, " %s |", columns[k]);
	drift__buf_adds(out, "\n|");
	for (k = 0; columns[k] != NULL; k++)
		drift__buf_adds(out, "---|");
	drift__buf_addc(out, '\n');
	for (i = 0; i < drift_value_size(rows); i++) {
		drift__buf_addc(out, '|');
		for (k = 0; columns[k] != NULL; k++) {
			const char *text = drift__report_text(drift_value_at(rows, i), columns[k]);

			drift__buf_addc(out, ' ');
			if (strcmp(columns[k], "reason") == 0)
				put_escaped(out, text);
			else if (*text != '\0')
				put_code(out, text);
			drift__buf_adds(out, " |");
		}
		drift__buf_addc(out, '\n');
	}
}

/* Lines are indented, so that no fence of theirs can end the block. */
static void
put_line(void *ctx, char sign, const char *s, size_t n)
{
	struct block *b = ctx;

	if (b->lines++ < MOST_LINES) {
		drift__buf_addf(b->out, "%c ", sign);
		drift__buf_add(b->out, s, n);
		drift__buf_addc(b->out, '\n');
	}
}

static void
put_changed(const struct drift_value *r, struct drift__buf *out)
{
	const struct drift_value *rows = drift_value_get(r, "changed");
	size_t i, k;

	if (drift_value_size(rows) > 0)
		drift__buf_adds(out, "\n## Changed\n");
	for (i = 0; i < drift_value_size(rows); i++) {
		const struct drift_value *changes = drift_value_get(drift_value_at(rows, i), "changes");

		drift__buf_adds(out, "\n### ");
		put_code(out, drift__report_label(drift_value_at(rows, i)));
		drift__buf_addc(out, '\n');
		for (k = 0; k < drift_value_size(changes); k++) {
			const struct drift_value *c = drift_value_at(changes, k);
			struct block b = {out, 0};

			drift__buf_addc(out, '\n');
			put_code(out, drift__report_text(c, "path"));
			drift__buf_adds(out, "\n\n```diff\n");
			drift__differing_lines(drift_value_get(c, "state"), drift_value_get(c, "live"), put_line, &b);
			drift__buf_adds(out, "```\n");
			if (b.lines > MOST_LINES)
				drift__buf_addf(out, "\n… %zu more lines\n", b.lines - MOST_LINES);
		}
	}
}

static void
put_owners(const struct drift_value *r, struct drift__buf *out)
{
	const struct drift_value *owners = drift_value_get(r, "other_managers");
	size_t i;

	if (drift_value_size(owners) > 0)
		drift__buf_adds(out, "\n## Made by other managers\n\n");
	for (i = 0; i < drift_value_size(owners); i++) {
		drift__buf_adds(out, "- ");
		put_code(out, drift__report_text(drift_value_at(owners, i), "owner"));
		drift__buf_addf(out, ": %s\n", drift__report_text(drift_value_at(owners, i), "count"));
	}
}

void
drift__render_markdown(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	size_t i;

	put_head(report, out);
	for (i = 0; i < drift__report_n_tables; i++) {
		if (!drift__report_tables[i].only_all || o->all)
			put_table(report, &drift__report_tables[i], out);
		if (i == 0)
			put_changed(report, out);
	}
	put_owners(report, out);
}
