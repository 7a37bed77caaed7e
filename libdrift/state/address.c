/* Resource addresses, printed as Terraform prints them (internal/addrs/instance_key.go). address_parse.c reads them. */
#include "state/tfstate.h"

#include <string.h>

/* What a character becomes inside the quotes; NULL = it stands as it is. next: the byte behind it. */
static const char *
escape_of(char c, char next)
{
	switch (c) {
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '$':
		return next == '{' ? "$$" : NULL;
	case '%':
		return next == '{' ? "%%" : NULL;
	default:
		return NULL;
	}
}

void
drift__address_quote(struct drift__buf *out, const char *s, size_t n)
{
	const char *escape;
	size_t i, len;

	drift__buf_addc(out, '"');
	for (i = 0; i < n; i += len) {
		len = drift__utf8_valid((const unsigned char *)s + i, n - i);
		escape = escape_of(s[i], i + 1 < n ? s[i + 1] : '\0');
		if (escape != NULL)
			drift__buf_adds(out, escape);
		else
			drift__buf_add_safe(out, s + i, len > 0 ? len : 1);
		len = len > 0 ? len : 1;
	}
	drift__buf_addc(out, '"');
}

void
drift__address_print_key(struct drift__buf *out, const struct drift_value *key)
{
	if (drift_value_kind(key) == DRIFT_NUMBER) {
		drift__buf_addf(out, "[%s]", key->u.text);
	} else if (drift_value_kind(key) == DRIFT_STRING) {
		drift__buf_addc(out, '[');
		drift__address_quote(out, key->u.text, key->len);
		drift__buf_addc(out, ']');
	}
}

/* Types that would be read as another kind of address. */
static bool
needs_prefix(const char *type)
{
	return strcmp(type, "module") == 0 || strcmp(type, "data") == 0 || strcmp(type, "resource") == 0;
}

void
drift__address_print(struct drift__buf *out, const char *module, bool data, const char *type, const char *name,
	const struct drift_value *key)
{
	if (module != NULL && module[0] != '\0') {
		drift__buf_adds(out, module);
		drift__buf_addc(out, '.');
	}
	drift__buf_adds(out, data ? "data." : needs_prefix(type) ? "resource." : "");
	drift__buf_adds(out, type);
	drift__buf_addc(out, '.');
	drift__buf_adds(out, name);
	drift__address_print_key(out, key);
}

const char *
drift__address_text(const struct drift__address *parts, struct drift__arena *a)
{
	struct drift__buf b = DRIFT__BUF_INIT(TFSTATE_MAX_BYTES);
	const char *text = NULL;

	drift__address_print(&b, parts->module, parts->data, parts->type, parts->name, parts->key);
	if (b.status == DRIFT_OK)
		text = drift__arena_strndup(a, b.data, b.len);
	drift__buf_dispose(&b);
	return text;
}
