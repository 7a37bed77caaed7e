/* Provider strings of a state (Terraform internal/addrs/provider_config.go, OpenTofu's with a key, and the forms before 0.13):
 *
 *     (module.NAME[KEY]? .)* provider["HOST/NAMESPACE/TYPE"] (.ALIAS [KEY]?)?
 *     (module.NAME .)* provider.TYPE (.ALIAS)?
 */
#include "state/tfstate.h"

#include <string.h>

static bool
name_at(const char **p, struct drift__arena *a, const char **out)
{
	size_t n = drift__name_length(*p, strcspn(*p, ".["));

	*out = n > 0 ? drift__arena_strndup(a, *p, n) : NULL;
	*p += n;
	return *out != NULL;
}

/* Behind a bracket: the end of it, quotes and escapes minded. NULL when it is not closed. */
static const char *
past_bracket(const char *p)
{
	bool quoted = false;

	for (; *p != '\0' && (quoted || *p != ']'); p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	return *p == ']' ? p + 1 : NULL;
}

static const char *
past_modules(const char *p)
{
	size_t n;

	while (strncmp(p, "module.", 7) == 0) {
		p += 7;
		n = drift__name_length(p, strcspn(p, ".["));
		p += n;
		if (n > 0 && *p == '[')
			p = past_bracket(p + 1);
		if (n == 0 || p == NULL || *p != '.')
			return NULL;
		p++;
	}
	return p;
}

/* "host/namespace/type", p on the first byte of it. Mirrors and OpenTofu have other hosts: the last two segments tell. */
static const char *
read_source(const char *p, struct drift__arena *a, struct drift__provider *out)
{
	size_t n = strcspn(p, "\""), i, slashes = 0, second = 0, last = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == '/') {
			slashes++;
			second = last;
			last = i + 1;
		} else if (strchr("-._:", p[i]) == NULL && drift__name_length(p + i, n - i) == 0 && (p[i] < '0' || p[i] > '9')) {
			return NULL;
		}
	}
	if (slashes > 2 || last == n || p[0] == '/' || strncmp(p + n, "\"]", 2) != 0 || strstr(p, "//") != NULL)
		return NULL;
	out->type = drift__arena_strndup(a, p + last, n - last);
	out->source = drift__arena_strndup(a, p + second, n - second);
	if (out->type == NULL || out->source == NULL)
		return NULL;
	out->aws = drift__streq(out->type, "aws") && (drift__streq(out->source, "aws") || drift__streq(out->source, "-/aws") ||
		drift__streq(out->source, "hashicorp/aws"));
	return p + n + 2;
}

/* OpenTofu: the alias of a provider with for_each carries a key, which tells one configuration from another. */
static bool
read_alias(const char *p, struct drift__arena *a, struct drift__provider *out)
{
	const char *start = p + 1;

	if (*p == '\0')
		return true;
	p = start;
	if (start[-1] != '.' || !name_at(&p, a, &out->alias))
		return false;
	if (*p != '[')
		return *p == '\0';
	p = past_bracket(p + 1);
	out->alias = p != NULL && *p == '\0' ? drift__arena_strdup(a, start) : NULL;
	return out->alias != NULL;
}

/* "aws" or "aws.west". */
static bool
read_short(const char *p, struct drift__arena *a, struct drift__provider *out)
{
	if (!name_at(&p, a, &out->type))
		return false;
	out->source = out->type;
	out->aws = drift__streq(out->type, "aws");
	return read_alias(p, a, out);
}

bool
drift__provider_parse(const char *text, struct drift__arena *a, struct drift__provider *out)
{
	struct drift__provider found = {0};
	const char *p = past_modules(text);
	bool ok = false;

	if (p != NULL && strncmp(p, "provider[\"", 10) == 0) {
		p = read_source(p + 10, a, &found);
		ok = p != NULL && read_alias(p, a, &found);
	} else if (p != NULL && strncmp(p, "provider.", 9) == 0) {
		ok = read_short(p + 9, a, &found);
	}
	if (ok)
		*out = found;
	return ok;
}

bool
drift__provider_parse_old(const char *text, const char *resource_type, struct drift__arena *a, struct drift__provider *out)
{
	struct drift__provider found = {0};
	const char *prefix;
	bool ok;

	if (text != NULL && strstr(text, "provider.") != NULL)
		return drift__provider_parse(text, a, out);
	prefix = text != NULL && text[0] != '\0' ? text : drift__arena_strndup(a, resource_type, strcspn(resource_type, "_"));
	ok = prefix != NULL && read_short(prefix, a, &found);
	if (ok)
		*out = found;
	return ok;
}
