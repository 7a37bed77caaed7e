/* ARN templates, matched and filled. */
#include "policy/arn.h"

#include <ctype.h>
#include <string.h>

/* Variables side by side could be told apart in more ways than there is time for; no template of AWS has them. */
enum { MAX_STEPS = 100000 };

struct matcher {
	const char *template;
	struct drift__arn_part *parts; /* NULL = nobody wants to know */
	size_t n;
};

static bool
fits(struct matcher *m, const char *t, const char *arn, size_t depth)
{
	while (*t != '\0') {
		if (t[0] == '$' && t[1] == '{') {
			const char *rest = strchr(t, '}');
			bool last, may_be_empty, with_path;
			size_t n = 0;

			if (rest == NULL || depth == DRIFT__ARN_PARTS_MAX)
				return false;
			last = rest[1] == '\0';
			/* global ARNs leave region and account empty; names of IAM hold their path */
			may_be_empty = strncmp(t, "${Region}", 9) == 0 || strncmp(t, "${Account}", 10) == 0;
			with_path = memchr(t, 'P', (size_t)(rest - t)) != NULL && strstr(t, "WithPath") != NULL && strstr(t, "WithPath") < rest;
			if (m->parts != NULL)
				m->parts[depth] = (struct drift__arn_part){t + 2, (size_t)(rest - t) - 2, arn, 0};
			rest++;
			if (last) { /* a bucket's ARN is nothing but its name: what has a / there is an object; a colon begins a part of its own */
				m->n = depth + 1;
				if (m->parts != NULL)
					m->parts[depth].n_value = strlen(arn);
				return arn[0] != '\0' && strchr(arn, ':') == NULL &&
					!(t - m->template >= 3 && memcmp(t - 3, ":::", 3) == 0 && strchr(arn, '/') != NULL);
			}
			if (!may_be_empty && arn[0] == '\0')
				return false;
			for (n = may_be_empty ? 0 : 1;; n++) {
				if (fits(m, rest, arn + n, depth + 1)) {
					if (m->parts != NULL)
						m->parts[depth].n_value = n;
					return true;
				}
				if (m->parts != NULL) /* a failed try wrote over what stands behind */
					m->parts[depth] = (struct drift__arn_part){t + 2, (size_t)(rest - t) - 3, arn, 0};
				if (arn[n] == '\0' || arn[n] == ':' || (arn[n] == '/' && !with_path))
					return false;
			}
		}
		if (*t != *arn)
			return false;
		t++;
		arn++;
	}
	m->n = depth;
	return *arn == '\0';
}

bool
drift__arn_fits(const char *template, const char *arn)
{
	struct matcher m = {template, NULL, 0};

	return arn != NULL && fits(&m, template, arn, 0);
}

size_t
drift__arn_parts(const char *template, const char *arn, struct drift__arn_part parts[DRIFT__ARN_PARTS_MAX])
{
	struct matcher m = {template, parts, 0};

	return fits(&m, template, arn, 0) ? m.n : 0;
}

/* A name that begins with the kind, which the ARN says already. */
static const char *
behind_kind(const struct drift__buf *b, const char *value)
{
	size_t kind = 0;

	while (kind < b->len && b->data[b->len - 1 - kind] != ':')
		kind++;
	return kind > 1 && kind < b->len && b->data[b->len - 1] == '/' && strncmp(value, b->data + b->len - kind, kind) == 0 && value[kind] != '\0' ?
		value + kind : value;
}

char *
drift__arn_fill(struct drift__arena *a, const char *template, const struct drift__where *where,
	const char *(*fill)(void *ctx, const char *variable), void *ctx)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	char *out;

	for (const char *t = template; *t != '\0'; t++) {
		const char *end = t[0] == '$' && t[1] == '{' ? strchr(t, '}') : NULL, *value;
		char *variable;

		if (end == NULL) {
			drift__buf_addc(&b, *t);
			continue;
		}
		variable = drift__arena_strndup(a, t + 2, (size_t)(end - t) - 2);
		if (variable == NULL) {
			b.status = DRIFT_NOMEM;
			break;
		}
		if (strcmp(variable, "Partition") == 0)
			value = where->partition;
		else if (strcmp(variable, "Region") == 0)
			value = where->region;
		else if (strcmp(variable, "Account") == 0)
			value = where->account;
		else
			value = fill != NULL && strchr(variable, ':') == NULL ? fill(ctx, variable) : NULL;
		if (value != NULL && strstr(variable, "WithPath") == NULL) /* "alias/x" for …:alias/${Alias} */
			value = behind_kind(&b, value);
		if (strchr(variable, ':') != NULL) /* IAM's own: ${aws:username} */
			drift__buf_addf(&b, "${%s}", variable);
		else
			drift__buf_adds(&b, value != NULL && value[0] != '\0' ? value : "*");
		t = end;
	}
	out = b.data != NULL && b.status == DRIFT_OK ? drift__arena_strdup(a, b.data) : NULL;
	drift__buf_dispose(&b);
	return out;
}

const char **
drift__arn_attribute_names(struct drift__arena *a, const char *variable)
{
	static const char *const endings[] = {"_with_path", "_resource", "_name", "_id", "_identifier"};
	const char **out = drift__arena_zalloc(a, 8 * sizeof(*out));
	char *snake = drift__arena_alloc(a, strlen(variable) * 2 + 1);
	size_t n = 0, count = 0;

	if (out == NULL || snake == NULL)
		return NULL;
	for (size_t i = 0; variable[i] != '\0'; i++) {
		if (isupper((unsigned char)variable[i]) && i > 0 && !isupper((unsigned char)variable[i - 1]))
			snake[n++] = '_';
		snake[n++] = (char)tolower((unsigned char)variable[i]);
	}
	snake[n] = '\0';
	out[count++] = snake;
	for (size_t e = 0; e < sizeof(endings) / sizeof(endings[0]) && count < 6; e++) {
		const char *last = out[count - 1];

		if (!drift__ends(last, endings[e]) || strlen(last) == strlen(endings[e]))
			continue;
		out[count] = drift__arena_strndup(a, last, strlen(last) - strlen(endings[e]));
		if (out[count++] == NULL)
			return NULL;
	}
	return out;
}
