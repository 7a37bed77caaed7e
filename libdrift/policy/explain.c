/* The log of a failed run -> its errors, each with what it means and what to do.
 *
 * Text logs are cut at their `Error: ` lines, after colours and frames are taken off; -json logs have a diagnostic a line. The table in
 * messages.def says what is what; the rest is read from the words that AWS's messages are made of. */
#include "policy/explain.h"

#include <stdlib.h>
#include <string.h>

enum { ERRORS_MAX = 10000, DETAIL_MAX_BYTES = 16 << 10 };

static const struct {
	const char *kind, *code, *pattern, *what, *todo;
} messages[] = {
#define DRIFT__MESSAGE(kind, code, pattern, what, todo) {kind, code, pattern, what, todo},
#include "policy/messages.def"
#undef DRIFT__MESSAGE
};

/* Length of the time that CI puts before a line ("2026-01-02T03:04:05.678Z "); 0 = there is none. */
static size_t
time_before(const char *s, size_t n)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t i = 0;

	for (; i < sizeof(form) - 1; i++) {
		if (i >= n || (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i]))
			return 0;
	}
	while (i < n && s[i] != ' ')
		i++;
	if (i == n || s[i - 1] != 'Z')
		return 0;
	i++;
	/* GitLab says which stream it was, and whether the line goes on: "00O ", "01E+" */
	if (i + 4 <= n && s[i] >= '0' && s[i] <= '9' && s[i + 1] >= '0' && s[i + 1] <= '9' && (s[i + 2] == 'O' || s[i + 2] == 'E') &&
	    (s[i + 3] == ' ' || s[i + 3] == '+'))
		i += 4;
	return i;
}

/* Behind Terraform's frame (│ ╷ ╵: e2 94 82, e2 95 b7, e2 95 b5), whatever a wrapper writes before it; 0 = there is none. */
static size_t
frame_end(const char *s, size_t n)
{
	enum { PREFIX_MAX = 120 };

	for (size_t i = 0; i + 3 <= n && i < PREFIX_MAX; i++) {
		if (memcmp(s + i, "\xe2\x94\x82", 3) == 0)
			return i + 3 + (i + 3 < n && s[i + 3] == ' ');
		if (memcmp(s + i, "\xe2\x95\xb7", 3) == 0 || memcmp(s + i, "\xe2\x95\xb5", 3) == 0)
			return i + 3;
	}
	return 0;
}

/* "[31m": a colour whose escape character was lost on the way. */
static size_t
bare_colour(const char *s, size_t n)
{
	size_t i = 1;

	while (i < n && i < 8 && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';'))
		i++;
	return s[0] == '[' && i > 1 && i < n && s[i] == 'm' ? i + 1 : 0;
}

/* Takes off colours (CSI sequences), carriage returns, times and Terraform's frame; returns the new length. */
static size_t
plain_line(char *s, size_t n)
{
	size_t out = 0, start;

	for (size_t i = 0; i < n; i++) {
		size_t bare = bare_colour(s + i, n - i);

		if (s[i] == '\033' && i + 1 < n && s[i + 1] == '[') {
			for (i += 2; i < n && !(s[i] >= '@' && s[i] <= '~');)
				i++;
		} else if (bare > 0) {
			i += bare - 1;
		} else if (s[i] != '\r' && s[i] != '\0') {
			s[out++] = s[i];
		}
	}
	start = frame_end(s, out);
	if (start == 0)
		start = time_before(s, out);
	memmove(s, s + start, out - start);
	return out - start;
}

static void
classify(struct drift__explained *e)
{
	char *line = drift__strndup(e->text, strlen(e->text));

	e->kind = "unknown";
	e->code = "";
	e->what = "driftscan does not know this message";
	e->todo = "read it as it stands";
	if (line == NULL)
		return;
	for (char *p = line; *p != '\0'; p++) {
		if (*p == '\n')
			*p = ' ';
	}
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (!drift__glob(messages[i].pattern, line))
			continue;
		e->kind = messages[i].kind;
		e->code = messages[i].code;
		e->what = messages[i].what;
		e->todo = messages[i].todo;
		break;
	}
	drift__free(line);
}

/* The word after a marker, cut at white space and at what ends a sentence. */
static const char *
word_after(struct drift__arena *a, const char *text, const char *marker)
{
	const char *at = strstr(text, marker);
	size_t n;

	if (at == NULL)
		return NULL;
	at += strlen(marker);
	at += strspn(at, " \n\t\""); /* S3 puts ARNs into quotes */
	n = strcspn(at, " \n\t\"");
	while (n > 0 && strchr(".,;)", at[n - 1]) != NULL)
		n--;
	return n > 0 ? drift__arena_strndup(a, at, n) : NULL;
}

/* "operation error IAM: CreateRole," -> the operation's name */
static const char *
operation(struct drift__arena *a, const char *text)
{
	const char *at = strstr(text, "operation error "), *colon = at != NULL ? strchr(at, ':') : NULL;

	if (colon == NULL)
		return NULL;
	colon += 1 + strspn(colon + 1, " \n");
	return drift__arena_strndup(a, colon, strcspn(colon, ", \n"));
}

/* "creating IAM Role (prod-api): …" -> prod-api */
static const char *
name_in_parentheses(struct drift__arena *a, const char *text)
{
	const char *open = strchr(text, '('), *close;

	for (; open != NULL; open = strchr(open + 1, '(')) {
		close = strstr(open, "):");
		if (close != NULL && memchr(open, '\n', (size_t)(close - open)) == NULL)
			return drift__arena_strndup(a, open + 1, (size_t)(close - open) - 1);
	}
	return NULL;
}

static const char *
address_in(struct drift__arena *a, const char *text)
{
	const char *at = strstr(text, "\n  with "), *end;

	if (at == NULL)
		return NULL;
	at += strlen("\n  with ");
	end = strstr(at, ",\n");
	if (end == NULL)
		end = strchr(at, '\n');
	if (end == NULL)
		end = at + strlen(at);
	while (end > at && (end[-1] == ',' || end[-1] == ' '))
		end--;
	return drift__arena_strndup(a, at, (size_t)(end - at));
}

static const char *
type_of_address(struct drift__arena *a, const char *address)
{
	const char *at = address;

	while (at != NULL && strncmp(at, "module.", 7) == 0) { /* keys may hold dots */
		bool text = false;

		for (at += 7; *at != '\0' && (text || *at != '.'); at++) {
			if (*at == '\\' && at[1] != '\0')
				at++;
			else if (*at == '"')
				text = !text;
		}
		at += *at == '.';
	}
	return at != NULL ? drift__arena_strndup(a, at, strcspn(at, ".")) : NULL;
}

/* The line `  Name:   value` of a lock's description. */
static void
lock_field(struct drift__arena *a, struct drift__map_builder *m, const char *text, const char *label, const char *key)
{
	const char *at = strstr(text, label);

	if (at == NULL)
		return;
	at += strlen(label);
	at += strspn(at, " ");
	drift__map_put(m, key, drift__value_stringn(a, at, strcspn(at, "\n")));
}

static const struct drift_value *
read_lock(struct drift__arena *a, const char *text, long long now_ms)
{
	struct drift__map_builder m;
	const char *created, *dot;
	const struct drift_value *v;
	int64_t then;
	char clean[64];

	if (strstr(text, "Lock Info:") == NULL)
		return NULL;
	text = strstr(text, "Lock Info:");
	drift__map_init(&m, a);
	lock_field(a, &m, text, "\n  ID:", "id");
	lock_field(a, &m, text, "\n  Path:", "path");
	lock_field(a, &m, text, "\n  Operation:", "operation");
	lock_field(a, &m, text, "\n  Who:", "who");
	lock_field(a, &m, text, "\n  Version:", "version");
	lock_field(a, &m, text, "\n  Created:", "created");
	v = drift__map_finish(&m);
	created = drift__value_gets(v, "created"); /* "2026-01-02 03:04:05.123456789 +0000 UTC" */
	if (created == NULL || strlen(created) < 19 || now_ms == 0)
		return v;
	dot = created + 19;
	memcpy(clean, created, (size_t)(dot - created));
	clean[10] = 'T';
	memcpy(clean + 19, "Z", 2);
	if (drift__time_parse(clean, &then)) {
		drift__map_init(&m, a);
		for (size_t i = 0; i < drift_value_size(v); i++)
			drift__map_put(&m, drift_value_key(v, i, NULL), drift_value_at(v, i));
		drift__map_puti(&m, "age_seconds", (now_ms - then) / 1000);
		v = drift__map_finish(&m);
	}
	return v;
}

/* "on resource: arn:…", and IAM's older "on resource: instance profile NAME": then the ARN is made of who asked, and where. */
static const char *
resource_in(struct drift__arena *a, const char *text, const char *action, const char *principal)
{
	const char *word = word_after(a, text, "on resource: "), *account = principal != NULL ? strstr(principal, "::") : NULL, *at, *end, *name = NULL;
	char *kind;

	if (word == NULL || strcmp(word, "*") == 0 || strncmp(word, "arn:", 4) == 0)
		return word;
	at = strstr(text, "on resource: ") + strlen("on resource: ");
	end = strstr(at, " because ");
	if (end == NULL)
		end = strstr(at, " with an explicit");
	kind = drift__arena_strndup(a, at, end != NULL ? (size_t)(end - at) : strcspn(at, ".,"));
	while (kind != NULL && drift__ends(kind, " "))
		kind[strlen(kind) - 1] = '\0';
	if (kind != NULL && strrchr(kind, ' ') != NULL) {
		name = strrchr(kind, ' ') + 1;
		*strrchr(kind, ' ') = '\0';
	}
	for (char *p = kind; p != NULL && *p != '\0'; p++)
		*p = *p == ' ' ? '-' : *p;
	if (name == NULL || action == NULL || account == NULL || strncmp(principal, "arn:", 4) != 0)
		return NULL;
	return drift__arena_printf(a, "arn:%.*s:%.*s::%.*s:%s/%s", (int)strcspn(principal + 4, ":"), principal + 4, (int)strcspn(action, ":"), action,
		(int)strcspn(account + 2, ":"), account + 2, kind, name);
}

static void
read_words(struct drift__arena *a, struct drift__explained *e, long long now_ms)
{
	const char *text = e->text;
	char *flat = drift__arena_strdup(a, text); /* Terraform breaks lines between words */

	for (char *p = flat; p != NULL && *p != '\0'; p++) {
		if (*p == '\n')
			*p = ' ';
	}
	if (e->address == NULL)
		e->address = address_in(a, text);
	if (e->address != NULL)
		e->type = type_of_address(a, e->address);
	e->lock = read_lock(a, text, now_ms);
	e->operation = operation(a, text);
	e->name = name_in_parentheses(a, text);
	if (flat == NULL)
		return;
	e->action = word_after(a, flat, "is not authorized to perform: ");
	e->principal = word_after(a, flat, "User: ");
	e->resource = resource_in(a, flat, e->action, e->principal);
	e->encoded = word_after(a, flat, "ncoded authorization failure message: ");
}

static enum drift_status
add_error(struct drift__explain *x, const char *text, size_t n, const char *address, size_t line)
{
	struct drift__explained e = {.line = line};

	if (x->n == ERRORS_MAX)
		return DRIFT_OK;
	if (x->n == x->cap) {
		size_t cap = x->cap > 0 ? x->cap * 2 : 16;
		struct drift__explained *grown = drift__arena_alloc(x->arena, cap * sizeof(*grown));

		if (grown == NULL)
			return DRIFT_NOMEM;
		if (x->n > 0)
			memcpy(grown, x->list, x->n * sizeof(*grown));
		x->list = grown;
		x->cap = cap;
	}
	e.text = drift__arena_strndup(x->arena, text, n < DETAIL_MAX_BYTES ? n : DETAIL_MAX_BYTES);
	if (e.text == NULL)
		return DRIFT_NOMEM;
	e.summary = drift__arena_strndup(x->arena, e.text, strcspn(e.text, "\n"));
	e.address = address != NULL ? drift__arena_strdup(x->arena, address) : NULL;
	classify(&e);
	read_words(x->arena, &e, x->now_ms);
	x->list[x->n++] = e;
	return DRIFT_OK;
}

/* A line of `terraform … -json`: true when it is one (error or not). */
static bool
read_json_line(struct drift__explain *x, const char *line, size_t n, size_t number, enum drift_status *st)
{
	struct drift__json_options opt = {.name = "log", .max_depth = 200, .lenient_utf8 = true};
	const struct drift_value *v = NULL, *diagnostic;
	const char *summary, *detail;
	char *text;

	if (n < 2 || line[0] != '{' || drift__json_parse(x->arena, line, n, &opt, &v, NULL) != DRIFT_OK)
		return false;
	diagnostic = drift_value_get(v, "diagnostic");
	if (diagnostic == NULL || !drift__streq(drift__value_gets(diagnostic, "severity"), "error"))
		return true;
	summary = drift__value_gets(diagnostic, "summary");
	detail = drift__value_gets(diagnostic, "detail");
	text = drift__arena_printf(x->arena, "%s\n%s", summary != NULL ? summary : "", detail != NULL ? detail : "");
	*st = text != NULL ? add_error(x, text, strlen(text), drift__value_gets(diagnostic, "address"), number) : DRIFT_NOMEM;
	return true;
}

static bool
begins_error(const char *line)
{
	/* wrappers end with a line of their own that says nothing new */
	static const char *const echoes[] = {"Terraform exited with code ", "Process completed with exit code ", "OpenTofu exited with code "};

	if (strncmp(line, "Error: ", 7) != 0)
		return false;
	for (size_t i = 0; i < sizeof(echoes) / sizeof(echoes[0]); i++) {
		if (drift__starts(line + 7, echoes[i]))
			return false;
	}
	return true;
}

static bool
ends_error(const char *line)
{
	return strncmp(line, "Warning: ", 9) == 0 || strncmp(line, "Releasing state lock", 20) == 0 || strncmp(line, "Plan: ", 6) == 0 ||
		strncmp(line, "Apply complete!", 15) == 0 || strncmp(line, "Error: ", 7) == 0;
}

enum drift_status
drift__explain_read(struct drift__explain *x, const char *text, size_t n)
{
	struct drift__buf one = DRIFT__BUF_INIT(DETAIL_MAX_BYTES * 2);
	enum drift_status st = DRIFT_OK;
	size_t number = 0, began = 0;
	bool inside = false;

	for (size_t at = 0; at < n && st == DRIFT_OK;) {
		const char *stop = memchr(text + at, '\n', n - at);
		size_t len = stop != NULL ? (size_t)(stop - text) - at : n - at;
		bool framed_end = false;
		size_t skip;
		char *line;

		number++;
		skip = time_before(text + at, len);
		if (!inside && read_json_line(x, text + at + skip, len - skip, number, &st)) {
			at += len + 1;
			continue;
		}
		line = drift__strndup(text + at, len);
		if (line == NULL) {
			st = DRIFT_NOMEM;
			break;
		}
		/* ╵ closes the frame of an error */
		framed_end = len >= 3 && strstr(line, "\xe2\x95\xb5") != NULL;
		line[plain_line(line, len)] = '\0';
		if (inside && (begins_error(line) || ends_error(line) || framed_end)) {
			st = add_error(x, one.data, one.len, NULL, began);
			inside = false;
		}
		if (!inside && begins_error(line)) {
			drift__buf_reset(&one);
			inside = true;
			began = number;
			drift__buf_adds(&one, line + 7);
			drift__buf_addc(&one, '\n');
		} else if (inside && one.len < DETAIL_MAX_BYTES) {
			drift__buf_adds(&one, line);
			drift__buf_addc(&one, '\n');
		}
		drift__free(line);
		at += len + 1;
	}
	if (inside && st == DRIFT_OK)
		st = add_error(x, one.data, one.len, NULL, began);
	drift__buf_dispose(&one);
	return st;
}
