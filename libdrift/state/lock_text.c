/* What was found out about locks, for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drift/state.h"
#include "model/value.h"

static void
age_text(int64_t s, char *out, size_t n)
{
	if (s < 0)
		snprintf(out, n, "made %" PRId64 " s in the future (clocks differ)", -s);
	else if (s < 120)
		snprintf(out, n, "%" PRId64 " seconds old", s);
	else if (s < 7200)
		snprintf(out, n, "%" PRId64 " minutes old", s / 60);
	else if (s < 172800)
		snprintf(out, n, "%" PRId64 " hours old", s / 3600);
	else
		snprintf(out, n, "%" PRId64 " days old", s / 86400);
}

static void
put_list(struct drift__buf *b, const char *indent, const struct drift_value *list, bool numbered)
{
	size_t i;

	for (i = 0; i < drift_value_size(list); i++) {
		if (numbered)
			drift__buf_addf(b, "%s%zu. ", indent, i + 1);
		else
			drift__buf_addf(b, "%s- ", indent);
		drift__buf_add_field(b, "", drift__value_str(drift_value_at(list, i)), "");
		drift__buf_adds(b, "\n");
	}
}

static void
lock_text(struct drift__buf *b, const struct drift_value *l)
{
	const char *operation = drift__value_gets(l, "operation"), *words = drift__value_gets(l, "operation_text");
	char age[64] = "of unknown age";
	int64_t s = 0;

	drift__buf_adds(b, drift__streq(drift__value_gets(l, "verdict"), "stale") ? "  left behind (" : "  held (");
	drift__buf_add_field(b, "", drift__value_gets(l, "kind"), "");
	if (drift__value_gets(l, "malformed") != NULL) {
		drift__buf_add_field(b, "): what it says can't be read: ", drift__value_gets(l, "malformed"), "");
		drift__buf_add_field(b, "\n    ", drift__value_gets(l, "place"), "");
		drift__buf_add_field(b, "\n    if nobody runs it any more: ", drift__value_gets(l, "unlock"), NULL);
		drift__buf_adds(b, "\n");
		return;
	}
	if (drift__value_to_int(drift_value_get(l, "age_s"), &s))
		age_text(s, age, sizeof age);
	drift__buf_add_field(b, ") by ", drift__value_gets(l, "who"), "somebody unknown");
	drift__buf_add_field(b, ": ", words, "an operation that is not named");
	if (operation != NULL && words != NULL && strstr(words, "not known") != NULL)
		drift__buf_add_field(b, " ", operation, NULL);
	drift__buf_add_field(b, ", Terraform ", drift__value_gets(l, "terraform_version"), NULL);
	drift__buf_addf(b, ", %s\n", age);
	drift__buf_add_field(b, "    lock id ", drift__value_gets(l, "id"), NULL);
	drift__buf_add_field(b, drift__value_gets(l, "id") != NULL ? ", path " : "    path ", drift__value_gets(l, "path"), NULL);
	drift__buf_add_field(b, drift__value_gets(l, "id") != NULL || drift__value_gets(l, "path") != NULL ? ", in " : "    ", drift__value_gets(l, "place"), NULL);
	drift__buf_add_field(b, "\n    ", drift__value_gets(l, "verdict"), "unknown");
	drift__buf_adds(b, "\n");
	put_list(b, "      ", drift_value_get(l, "evidence"), false);
	if (drift__value_gets(l, "unlock") != NULL) {
		drift__buf_add_field(b, "    if nobody runs it any more: ", drift__value_gets(l, "unlock"), NULL);
		drift__buf_adds(b, "\n");
	}
}

static void
digest_text(struct drift__buf *b, const struct drift_value *digest)
{
	const char *state = drift__value_gets(digest, "state");

	drift__buf_add_field(b, "  digest ", state, "unknown");
	if (drift__streq(state, "malformed"))
		drift__buf_adds(b, ": Terraform passes over it");
	drift__buf_adds(b, "\n");
	if (!drift__streq(state, "differs"))
		return;
	drift__buf_add_field(b, "    the lock table says ", drift__value_gets(digest, "expected"), "");
	drift__buf_add_field(b, ", the object is ", drift__value_gets(digest, "actual"), "not there");
	drift__buf_adds(b, ": Terraform refuses to read this state. To put it right:\n");
	put_list(b, "    ", drift_value_get(digest, "repair"), true);
}

static void
source_text(struct drift__buf *b, const struct drift_value *root)
{
	const struct drift_value *locks = drift_value_get(root, "locks"), *problems = drift_value_get(root, "problems");
	size_t i;

	drift__buf_add_field(b, "Lock of ", drift__value_gets(root, "source"), "a state");
	drift__buf_adds(b, "\n");
	if (drift_value_size(locks) == 0)
		drift__buf_adds(b, drift_value_kind(drift_value_get(root, "held")) == DRIFT_NULL ? "  cannot be told\n" : "  not held\n");
	for (i = 0; i < drift_value_size(locks); i++)
		lock_text(b, drift_value_at(locks, i));
	if (drift_value_kind(drift_value_get(root, "digest")) == DRIFT_MAP)
		digest_text(b, drift_value_get(root, "digest"));
	for (i = 0; i < drift_value_size(problems); i++) {
		drift__buf_add_field(b, "  note: ", drift__value_str(drift_value_at(problems, i)), "");
		drift__buf_adds(b, "\n");
	}
}

enum drift_status
drift_lock_text(const struct drift_document *doc, char **text_out, struct drift_error *err)
{
	const struct drift_value *root = drift_document_root(doc);
	struct drift__buf b = DRIFT__BUF_INIT(1 << 24);
	char *text;
	size_t i;

	if (drift_value_kind(root) == DRIFT_LIST)
		for (i = 0; i < drift_value_size(root); i++)
			source_text(&b, drift_value_at(root, i));
	else
		source_text(&b, root);
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}
