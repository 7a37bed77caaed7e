/* Provider strings of a state (Terraform internal/addrs/provider_config.go, and the forms before 0.13). */
#include "state/tfstate.h"

#include <string.h>

/* The text in the brackets of provider["…"], and where it ends. */
static const char *
bracketed(const char *p, const char **end)
{
	const char *start = p + strlen("provider[\"");

	*end = strstr(start, "\"]");
	return *end != NULL ? start : NULL;
}

bool
drift__provider_parse(const char *text, struct drift__arena *a, struct drift__provider *out)
{
	const char *p = strstr(text, "provider"), *start, *end, *slash;

	memset(out, 0, sizeof *out);
	if (p == NULL || (p != text && p[-1] != '.'))
		return false;
	if (strncmp(p, "provider[\"", 10) == 0) {
		start = bracketed(p, &end);
		if (start == NULL)
			return false;
		for (slash = end; slash > start && slash[-1] != '/'; slash--)
			;
		out->type = drift__arena_strndup(a, slash, (size_t)(end - slash));
		/* mirrors and OpenTofu have other hosts: the last two segments tell */
		out->aws = drift__streq(out->type, "aws") && (slash - start < 10 || strncmp(slash - 10, "hashicorp/", 10) == 0 || slash[-2] == '-');
		p = end + 2;
	} else if (strncmp(p, "provider.", 9) == 0) {
		start = p + 9;
		end = start + strcspn(start, ".");
		out->type = drift__arena_strndup(a, start, (size_t)(end - start));
		out->aws = drift__streq(out->type, "aws");
		p = end;
	} else {
		return false;
	}
	if (*p == '.') {
		/* OpenTofu: an alias may carry a key */
		end = p + 1 + strcspn(p + 1, "[");
		out->alias = drift__arena_strndup(a, p + 1, (size_t)(end - p - 1));
	}
	return out->type != NULL;
}
