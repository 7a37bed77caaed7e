/* Formats by name, and what all renderers need: labels, safe text. */
#include "report/report.h"

#include <stdio.h>
#include <string.h>

enum { MAX_REPORT = 1 << 30 };

static const struct {
	const char *name;
	drift__render_fn *render;
} formats[] = {{"text", drift__render_text}, {"json", drift__render_json}, {"markdown", drift__render_markdown}, {"html", drift__render_html},
	{"junit", drift__render_junit}, {"sarif", drift__render_sarif}, {"prometheus", drift__render_prometheus}};

enum { N_FORMATS = sizeof formats / sizeof formats[0] };

const char *const *
drift_report_formats(void)
{
	static const char *const names[] = {"text", "json", "markdown", "html", "junit", "sarif", "prometheus", NULL};

	return names;
}

static enum drift_status
no_such_format(const char *format, struct drift_error *err)
{
	size_t i, best = 0;

	for (i = 1; i < N_FORMATS; i++)
		if (drift__edit_distance(format, formats[i].name) < drift__edit_distance(format, formats[best].name))
			best = i;
	drift__fail(err, DRIFT_USAGE, "report", "there is no report format \"%.40s\"", format);
	return drift__hint(err, "did you mean %s? The formats are text, json, markdown, html, junit, sarif and prometheus", formats[best].name);
}

enum drift_status
drift_report_render(const struct drift_document *report, const char *format, const struct drift_render_options *options, char **text_out,
	struct drift_error *err)
{
	struct drift_render_options own = DRIFT_RENDER_OPTIONS_INIT;
	struct drift__buf out = DRIFT__BUF_INIT(MAX_REPORT);
	size_t i;
	char *text;

	for (i = 0; i < N_FORMATS; i++)
		if (strcmp(format, formats[i].name) == 0)
			break;
	if (i == N_FORMATS) {
		no_such_format(format, err);
		return DRIFT_USAGE;
	}
	if (options != NULL)
		memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	if (own.command == NULL)
		own.command = "driftscan";
	formats[i].render(drift_document_root(report), &own, &out);
	if (out.status == DRIFT_LIMIT) {
		drift__buf_dispose(&out);
		return drift__fail(err, DRIFT_LIMIT, "report", "the report would be larger than %d bytes", MAX_REPORT);
	}
	text = drift__buf_take(&out);
	drift__buf_dispose(&out);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}

void
drift__render_json(const struct drift_value *report, const struct drift_render_options *o, struct drift__buf *out)
{
	(void)o;
	drift__json_write(out, report, 2, false);
	drift__buf_addc(out, '\n');
}

const struct drift__report_table drift__report_tables[] = {
	{"missing", "Missing", {"address", "type", "id"}, false},
	{"unmanaged", "Unmanaged", {"type", "id", "address", "region", "owner"}, false},
	{"duplicates", "Claimed twice", {"type", "id", "region"}, false},
	{"unknown", "Unknown", {"type", "region", "address", "reason", "action"}, false},
	{"deposed", "Deposed: left over from a replacement", {"address", "type", "id"}, false},
	{"not_compared", "Seen, not compared", {"address", "reason"}, false},
	{"ignored", "Ignored", {"type", "id", "address", "path"}, true},
};
const size_t drift__report_n_tables = sizeof drift__report_tables / sizeof drift__report_tables[0];

const char *
drift__report_text(const struct drift_value *map, const char *name)
{
	const char *s = drift_value_text(drift_value_get(map, name), NULL);

	return s != NULL ? s : "";
}

int64_t
drift__report_count(const struct drift_value *report, const char *name)
{
	int64_t n = 0;

	drift__value_to_int(drift_value_get(drift_value_get(report, "summary"), name), &n);
	return n;
}

const char *
drift__report_label(const struct drift_value *row)
{
	static const char *const names[] = {"address", "name", "import_id", "id", "type"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (*drift__report_text(row, names[i]) != '\0')
			return drift__report_text(row, names[i]);
	return "?";
}

void
drift__report_advice(struct drift__buf *out, const struct drift_value *row)
{
	const char *action = drift__report_text(row, "action"), *status = drift__report_text(row, "status");

	if (*action != '\0')
		drift__buf_addf(out, "allow %s", action);
	else if (strcmp(status, "THROTTLED") == 0 || strcmp(status, "TIMEOUT") == 0)
		drift__buf_adds(out, "scan again, or with fewer types at a time");
	else if (strcmp(status, "EXPIRED") == 0)
		drift__buf_adds(out, "renew the credentials");
}

/* ---- safe text ---- */

static uint32_t
decode(const unsigned char *s, size_t n)
{
	static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t cp = s[0] & lead[n];
	size_t i;

	for (i = 1; i < n; i++)
		cp = cp << 6 | (s[i] & 0x3f);
	return cp;
}

/* Characters that change how others are shown, or that show as nothing. */
static bool
misleading(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
		(cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) || (cp >= 0xe0000 && cp <= 0xe0fff);
}

void
drift__put_printable(struct drift__buf *out, const char *s, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i += len) {
		const unsigned char *p = (const unsigned char *)s + i;
		uint32_t cp;

		len = drift__utf8_valid(p, n - i);
		if (len == 0) {
			drift__buf_addf(out, "\\x%02x", *p);
			len = 1;
			continue;
		}
		cp = decode(p, len);
		if (!misleading(cp))
			drift__buf_add(out, p, len);
		else if (cp == '\n')
			drift__buf_adds(out, "\\n");
		else if (cp == '\t')
			drift__buf_adds(out, "\\t");
		else if (cp == '\r')
			drift__buf_adds(out, "\\r");
		else if (cp < 0x100)
			drift__buf_addf(out, "\\x%02x", (unsigned)cp);
		else
			drift__buf_addf(out, "\\u%04x", (unsigned)cp);
	}
}

void
drift__put_xml(struct drift__buf *out, const char *s)
{
	struct drift__buf safe = DRIFT__BUF_INIT(MAX_REPORT);
	size_t i;

	drift__put_printable(&safe, s, strlen(s));
	for (i = 0; safe.status == DRIFT_OK && i < safe.len; i++) {
		switch (safe.data[i]) {
		case '&':
			drift__buf_adds(out, "&amp;");
			break;
		case '<':
			drift__buf_adds(out, "&lt;");
			break;
		case '>':
			drift__buf_adds(out, "&gt;");
			break;
		case '"':
			drift__buf_adds(out, "&quot;");
			break;
		case '\'':
			drift__buf_adds(out, "&#39;");
			break;
		default:
			drift__buf_addc(out, safe.data[i]);
		}
	}
	if (safe.status != DRIFT_OK && out->status == DRIFT_OK)
		out->status = safe.status;
	drift__buf_dispose(&safe);
}
