/* What the files of the text report share: lines of a width, colours, texts that cannot play with a terminal. */
#ifndef DRIFT__REPORT_TEXT_H
#define DRIFT__REPORT_TEXT_H

#include <string.h>

#include "report/report.h"

struct text {
	struct drift__buf *out;
	const struct drift_render_options *o;
	const struct drift_value *report;
	size_t lines, hidden; /* of the change that is being shown */
};

enum style { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, CYAN };

static inline void
style(struct text *t, enum style s)
{
	static const char *const codes[] = {"0", "1", "2", "31", "32", "33", "36"};

	if (t->o->colour)
		drift__buf_addf(t->out, "\x1b[%sm", codes[s]);
}

/* Ends a line that began at `start`: cut at the terminal's width. Colour codes take no room. */
static inline void
end_line(struct text *t, size_t start)
{
	struct drift__buf *b = t->out;
	size_t i, columns = 0, limit = t->o->width > 20 ? (size_t)t->o->width : 0;

	for (i = start; limit > 0 && b->status == DRIFT_OK && i < b->len; i++) {
		if (b->data[i] == '\x1b') {
			while (i < b->len && b->data[i] != 'm')
				i++;
			continue;
		}
		if (((unsigned char)b->data[i] & 0xc0) == 0x80)
			continue;
		if (++columns <= limit)
			continue;
		/* one column back for the ellipsis */
		while (i > start && ((unsigned char)b->data[--i] & 0xc0) == 0x80)
			;
		b->len = i;
		drift__buf_adds(b, "…");
		style(t, PLAIN);
		break;
	}
	drift__buf_addc(b, '\n');
}

static inline void
put(struct text *t, const char *s)
{
	drift__put_printable(t->out, s, strlen(s));
}

static inline void
put_styled(struct text *t, enum style s, const char *text)
{
	style(t, s);
	put(t, text);
	style(t, PLAIN);
}

static inline void
line(struct text *t, enum style s, const char *text)
{
	size_t start = t->out->len;

	put_styled(t, s, text);
	end_line(t, start);
}

static inline void
put_joined(struct text *t, const struct drift_value *list)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++) {
		const char *s = drift__value_str(drift_value_at(list, i));

		if (i > 0)
			drift__buf_adds(t->out, ", ");
		put(t, s != NULL ? s : "?");
	}
}

/* text_unknown.c */
void drift__text_unknown(struct text *t);

#endif
