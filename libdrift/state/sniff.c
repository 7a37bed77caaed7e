/* What came in place of a state: a login page, an error of S3, a plan, a pointer, something encrypted. Only told, never shown as a whole. */
#define _GNU_SOURCE /* memmem */
#include "state/reader.h"

#include <stdio.h>
#include <string.h>

/* What a file begins with, white space left out where it is text. */
static const struct {
	const char *start;
	size_t n;
	enum drift_status st;
	const char *what, *hint;
} starts[] = {
#define START(text) text, sizeof text - 1
	{START("tfstate"), DRIFT_BAD_VERSION, "this is a binary state of Terraform before 0.7", "upgrade it with Terraform 0.7 to 0.11 first"},
	{START("\0GITCRYPT\0"), DRIFT_ENCRYPTED, "the file is encrypted by git-crypt", "run `git-crypt unlock` in its repository first"},
	{START("version https://git-lfs"), DRIFT_BAD_STATE, "this is a Git LFS pointer, not the file itself", "run `git lfs pull` in its repository first"},
	{START("PK\x03\x04"), DRIFT_BAD_STATE, "this is a zip archive: a saved plan?", "a plan is given with --plan, as `terraform show -json PLANFILE` prints it"},
	{START("\xFF\xFE"), DRIFT_BAD_STATE, "this is UTF-16 text", "save it as UTF-8; PowerShell: `terraform state pull | Out-File -Encoding utf8`"},
	{START("\xFE\xFF"), DRIFT_BAD_STATE, "this is UTF-16 text", "save it as UTF-8"},
	{START("age-encryption.org/"), DRIFT_ENCRYPTED, "the file is encrypted with age", "decrypt it, and give it with --state -"},
	{START("-----BEGIN AGE ENCRYPTED"), DRIFT_ENCRYPTED, "the file is encrypted with age", "decrypt it, and give it with --state -"},
	{START("-----BEGIN PGP MESSAGE"), DRIFT_ENCRYPTED, "the file is encrypted with PGP", "decrypt it, and give it with --state -"},
	{START("$ANSIBLE_VAULT"), DRIFT_ENCRYPTED, "the file is encrypted by Ansible Vault", "decrypt it, and give it with --state -"},
#undef START
};

static void
say(struct drift_error *out, enum drift_status st, const char *what, const char *hint)
{
	*out = (struct drift_error)DRIFT_ERROR_INIT;
	drift__fail(out, st, "", "%s", what);
	drift__hint(out, "%s", hint);
}

static bool
contains(const char *text, size_t n, const char *word)
{
	return memmem(text, n, word, strlen(word)) != NULL;
}

/* The text of a simple element, as far as it is plain: letters, digits and a few marks. No XML is parsed, no entity looked at. */
static void
element(const char *text, size_t n, const char *tag, char *out, size_t room)
{
	const char *p = memmem(text, n, tag, strlen(tag));
	size_t left, len = 0;

	out[0] = '\0';
	if (p == NULL)
		return;
	p += strlen(tag);
	left = n - (size_t)(p - text);
	while (len < left && len + 1 < room && (drift__name_length(p + len, 1) == 1 || strchr("0123456789-.+/=", p[len]) != NULL) && p[len] != '\0') {
		out[len] = p[len];
		len++;
	}
	out[len] = '\0';
}

static bool
sniff_markup(const char *p, size_t n, struct drift_error *out)
{
	size_t head = n < 65536 ? n : 65536;
	char code[64], request[128], what[300];

	if (p[0] != '<')
		return false;
	if (contains(p, head, "<Error>") && contains(p, head, "<Code>")) {
		element(p, head, "<Code>", code, sizeof code);
		element(p, head, "<RequestId>", request, sizeof request);
		snprintf(what, sizeof what, "this is an error of S3, not a state: %s%s%s", code[0] != '\0' ? code : "without a code",
			request[0] != '\0' ? ", request id " : "", request);
		say(out, DRIFT_BAD_STATE, what, "fetch the state again; the credentials need s3:GetObject");
		snprintf(out->request_id, sizeof out->request_id, "%s", request);
	} else if (n >= 7 && memcmp(p, "<<<<<<<", 7) == 0) {
		say(out, DRIFT_BAD_STATE, "the file has merge conflict marks", "settle the conflict; better still, keep states out of git");
	} else if (contains(p, head, "<html") || contains(p, head, "<HTML") || contains(p, head, "<!DOCTYPE") || contains(p, head, "<!doctype")) {
		say(out, DRIFT_BAD_STATE, "this is an HTML page, not a state", "a login page or a proxy answered; fetch the state again");
	} else {
		say(out, DRIFT_BAD_STATE, "this is XML, not a state", "fetch the state again");
	}
	return true;
}

bool
drift__sniff_text(const char *text, size_t n, struct drift_error *out)
{
	size_t i, blank = 0;

	while (blank < n && strchr(" \t\r\n", text[blank]) != NULL && text[blank] != '\0')
		blank++;
	if (blank == n) {
		say(out, DRIFT_BAD_JSON, "there is nothing but white space: no JSON value was found", "fetch the state again; a state is one JSON object");
		return true;
	}
	for (i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (n >= starts[i].n && memcmp(text, starts[i].start, starts[i].n) == 0) {
			say(out, starts[i].st, starts[i].what, starts[i].hint);
			return true;
		}
	}
	if (n >= 4 && ((text[0] == '{' && text[1] == '\0') || (text[0] == '\0' && text[1] == '{'))) {
		say(out, DRIFT_BAD_STATE, "this is UTF-16 text", "save it as UTF-8");
		return true;
	}
	if (contains(text, n, "\n<<<<<<< ") && contains(text, n, "\n>>>>>>> ")) {
		say(out, DRIFT_BAD_STATE, "the file has merge conflict marks", "settle the conflict; better still, keep states out of git");
		return true;
	}
	return sniff_markup(text + blank, n - blank, out);
}

static bool
has(const struct drift_value *root, const char *a, const char *b)
{
	return drift_value_get(root, a) != NULL && (b == NULL || drift_value_get(root, b) != NULL);
}

/* JSON without a usable version. */
bool
drift__sniff_json(const struct drift_value *root, struct drift_error *out)
{
	char what[300];
	const char *serial = drift_value_text(drift_value_get(root, "serial"), NULL), *lineage = drift__value_gets(root, "lineage");

	if (drift_value_kind(root) != DRIFT_MAP)
		say(out, DRIFT_BAD_STATE, "a state is one JSON object", "");
	else if (drift__value_gets(root, "encryption_version") != NULL || has(root, "encrypted_data", NULL)) {
		snprintf(what, sizeof what, "the state is encrypted by OpenTofu (serial %.20s, lineage %.60s): the rest can't be read", serial != NULL ? serial : "unknown",
			lineage != NULL ? lineage : "unknown");
		say(out, DRIFT_ENCRYPTED, what, "where the key is at hand: tofu show -json | driftscan --state -");
	} else if (has(root, "sops", NULL))
		say(out, DRIFT_ENCRYPTED, "the file is encrypted by SOPS", "sops -d FILE | driftscan --state -");
	else if (has(root, "resource_changes", NULL) || has(root, "planned_values", NULL))
		say(out, DRIFT_BAD_STATE, "this is a plan (`terraform show -json PLANFILE`), not a state", "give it with --plan");
	else if (has(root, "provider_schemas", NULL))
		say(out, DRIFT_BAD_STATE, "this is `terraform providers schema -json`, not a state", "`terraform show -json` prints the state");
	else if (has(root, "ID", "Operation"))
		say(out, DRIFT_BAD_STATE, "this is the content of a state lock, not a state", "`driftscan lock` explains locks; the state lies beside it, without .tflock or .lock.info");
	else if (has(root, "errors", NULL) || has(root, "error", NULL) || has(root, "message", NULL))
		say(out, DRIFT_BAD_STATE, "this is an error message of some server, not a state", "fetch the state again");
	else if (!has(root, "version", NULL))
		say(out, DRIFT_BAD_STATE, "there is no \"version\": this is not a Terraform state", "`terraform state pull` prints the state");
	else
		return false;
	return true;
}
