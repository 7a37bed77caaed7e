/* Errors of a log -> advice: import commands for what exists, statements for what is denied. */
#include "drift/imports.h"
#include "drift/policy.h"
#include "imports/imports.h"
#include "imports/quote.h"
#include "catalogue/type.h"
#include "policy/arn.h"
#include "policy/explain.h"

#include <string.h>

struct adviser {
	struct drift__arena *a;
	const struct drift_explain_options *opt;
	struct drift_imports *imports; /* the plan matched with what is live; NULL = no plan */
};

static const struct drift__import *
planned_import(const struct adviser *ad, const char *address)
{
	for (size_t i = 0; ad->imports != NULL && address != NULL && i < ad->imports->n; i++) {
		if (strcmp(ad->imports->items[i].address, address) == 0)
			return &ad->imports->items[i];
	}
	return NULL;
}

/* The only live resource of the type with that name, or whose name stands in the message. */
static const struct drift_resource *
find_live(const struct adviser *ad, const struct drift__explained *e)
{
	const struct drift_resource *found = NULL;
	size_t first, n;

	if (ad->opt->live == NULL || e->type == NULL)
		return NULL;
	n = drift__snapshot_of_type(ad->opt->live, e->type, &first);
	for (size_t i = first; i < first + n; i++) {
		const struct drift_resource *r = &ad->opt->live->resources[i];
		bool fits = e->name != NULL ? drift__streq(r->name, e->name) || drift__streq(r->id, e->name) || drift__streq(r->import_id, e->name) :
			r->name != NULL && strlen(r->name) >= 4 && strstr(e->text, r->name) != NULL;

		if (!fits)
			continue;
		if (found != NULL)
			return NULL;
		found = r;
	}
	return found;
}

static const struct drift_value *
entry_of(const struct adviser *ad, const struct drift__explained *e)
{
	struct drift_error ignored = DRIFT_ERROR_INIT;
	const struct drift__type *t = ad->opt->catalogue != NULL && e->type != NULL ? drift__catalogue_type(ad->opt->catalogue, e->type, &ignored) : NULL;

	return t != NULL ? t->entry : NULL;
}

/* Many types are imported by nothing but their name, which the message gives. */
static const char *
id_by_name(const struct adviser *ad, const struct drift__explained *e)
{
	const char *id = drift__value_gets(entry_of(ad, e), "import_id"), *name = drift__value_gets(entry_of(ad, e), "name");
	size_t n = name != NULL ? strlen(name) : 0;

	return e->name != NULL && n > 0 && id != NULL && id[0] == '{' && strncmp(id + 1, name, n) == 0 && strcmp(id + 1 + n, "}") == 0 ? e->name : NULL;
}

static const struct drift_value *
import_advice(struct adviser *ad, const struct drift__explained *e)
{
	const struct drift__import *planned = planned_import(ad, e->address);
	const struct drift_resource *live = planned != NULL ? planned->live : find_live(ad, e);
	struct drift__buf command = DRIFT__BUF_INIT(1 << 16);
	struct drift__map_builder m;
	const char *id = live != NULL ? live->import_id : id_by_name(ad, e);

	drift__map_init(&m, ad->a);
	drift__map_puts(&m, "address", e->address);
	drift__map_puts(&m, "id", id);
	drift__map_puts(&m, "id_from", live != NULL ? "account" : id != NULL ? "message" : NULL);
	if (id == NULL)
		drift__map_puts(&m, "missing", ad->opt->live != NULL ?
			"put the import id in for ID: no object of this name was found in the account and regions that were looked at (--region, --profile, --role-arn)" :
			"put the import id in for ID: driftscan explain looks it up where it has AWS credentials (--profile, --region), or in an inventory (--live FILE)");
	drift__buf_adds(&command, "terraform import ");
	drift__quote_shell(&command, e->address);
	drift__buf_addc(&command, ' ');
	if (id != NULL)
		drift__quote_shell(&command, id);
	else
		drift__buf_adds(&command, "ID");
	drift__map_puts(&m, "command", command.data);
	drift__buf_dispose(&command);
	return drift__map_finish(&m);
}

/* The catalogue's row of the action that the message names, else of the operation. */
static const struct drift_value *
row_of(const struct adviser *ad, const struct drift__explained *e)
{
	const struct drift_value *rows = drift_value_get(entry_of(ad, e), "iam");
	const char *wanted = e->action != NULL ? strchr(e->action, ':') : NULL;

	wanted = wanted != NULL ? wanted + 1 : e->operation;
	for (size_t i = 0; wanted != NULL && i < drift_value_size(rows); i++) {
		const char *action = drift__value_gets(drift_value_at(rows, i), "action"), *colon = action != NULL ? strchr(action, ':') : NULL;

		if (colon != NULL && strcmp(colon + 1, wanted) == 0)
			return drift_value_at(rows, i);
	}
	return NULL;
}

static const char *
only_name(void *ctx, const char *variable)
{
	const struct drift__explained *e = ctx;

	return drift__ends(variable, "Name") && e->name != NULL && strpbrk(e->name, "*?$/: ") == NULL ? e->name : NULL;
}

/* What the message does not say comes from the catalogue: the action of an operation, and the kind of what it is about. */
static const struct drift_value *
statement_advice(struct adviser *ad, struct drift__explained *e, const struct drift_value *row)
{
	const char *template = drift__value_str(drift_value_at(drift_value_get(row, "resources"), 0));
	const char *action = e->action != NULL ? e->action : drift__value_gets(row, "action"), *resource = e->resource;
	struct drift__where where = {"aws", NULL, NULL};
	struct drift__map_builder m;

	if (e->principal != NULL && strncmp(e->principal, "arn:", 4) == 0) {
		const char *account = strstr(e->principal, "::");

		where.partition = drift__arena_strndup(ad->a, e->principal + 4, strcspn(e->principal + 4, ":"));
		where.account = account != NULL ? drift__arena_strndup(ad->a, account + 2, strcspn(account + 2, ":")) : NULL;
	}
	if (resource == NULL && template != NULL)
		resource = drift__arn_fill(ad->a, template, &where, only_name, e);
	drift__map_init(&m, ad->a);
	drift__map_puts(&m, "Effect", "Allow");
	drift__map_puts(&m, "Action", action);
	drift__map_puts(&m, "Resource", resource != NULL ? resource : "*");
	return drift__map_finish(&m);
}

/* A call that creates: when it is denied and the object is there, the right is not what is missing. */
static bool
creates(const struct drift__explained *e, const struct drift_value *row)
{
	const char *phases = drift__value_gets(row, "phases");

	return phases != NULL ? strpbrk(phases, "Cc") != NULL && strpbrk(phases, "RrLl") == NULL : strncmp(e->text, "creating ", 9) == 0;
}

static const struct drift_value *
advise(struct adviser *ad, struct drift__explained *e)
{
	static const char *const grantable[] = {"denied", "lock", "state", "backend"};
	const struct drift_value *row = row_of(ad, e);
	struct drift__map_builder m;
	bool exists = strcmp(e->kind, "exists") == 0 || strcmp(e->kind, "exists-elsewhere") == 0, denied = strcmp(e->kind, "denied") == 0, grant = false;
	bool there = planned_import(ad, e->address) != NULL || (denied && creates(e, row) && find_live(ad, e) != NULL);
	const char *todo = e->todo;

	for (size_t i = 0; i < sizeof(grantable) / sizeof(grantable[0]); i++)
		grant = grant || strcmp(e->kind, grantable[i]) == 0;
	grant = grant && !there && (e->action != NULL || (denied && row != NULL));
	if (denied && there)
		todo = "do not widen the policy: it exists already; import it";
	else if (denied && e->encoded != NULL)
		todo = "the encoded message says what was asked for: decode it (needs sts:DecodeAuthorizationMessage), then add the statement";
	drift__map_init(&m, ad->a);
	drift__map_puts(&m, "kind", e->kind);
	drift__map_puts(&m, "code", e->code);
	drift__map_puti(&m, "line", (int64_t)e->line);
	drift__map_puts(&m, "summary", e->summary);
	drift__map_puts(&m, "address", e->address);
	drift__map_puts(&m, "type", e->type);
	drift__map_puts(&m, "name", e->name);
	drift__map_puts(&m, "operation", e->operation);
	drift__map_puts(&m, "action", e->action);
	drift__map_puts(&m, "resource", e->resource);
	drift__map_puts(&m, "principal", e->principal);
	drift__map_puts(&m, "encoded_message", e->encoded);
	drift__map_puts(&m, "what", e->what);
	drift__map_puts(&m, "do", todo);
	if (e->address != NULL && ad->opt->live == NULL && (exists || (denied && creates(e, row)))) /* the account could tell more */
		drift__map_putb(&m, "look_up", true);
	drift__map_put(&m, "import", e->address != NULL && (exists || (denied && there)) ? import_advice(ad, e) : &drift__null);
	drift__map_put(&m, "statement", grant ? statement_advice(ad, e, row) : &drift__null);
	drift__map_put(&m, "lock", e->lock != NULL ? e->lock : &drift__null);
	return drift__map_finish(&m);
}

static enum drift_status
match_plan(struct adviser *ad, struct drift_error *err)
{
	struct drift_import_options opt = DRIFT_IMPORT_OPTIONS_INIT;

	if (ad->opt->plan == NULL || ad->opt->live == NULL || ad->opt->catalogue == NULL)
		return DRIFT_OK;
	opt.plan = ad->opt->plan;
	return drift_imports_make(ad->opt->catalogue, NULL, ad->opt->live, &opt, &ad->imports, err);
}

enum drift_status
drift_explain_log(const char *text, size_t n_bytes, const struct drift_explain_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_explain_options opt = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct drift__explain x = {.list = NULL};
	struct adviser ad = {.opt = &opt};
	struct drift__list_builder errors;
	struct drift__map_builder m, sum;
	int64_t unknown = 0;
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	drift__arena_init(&doc->arena, 512 << 20);
	x.arena = ad.a = &doc->arena;
	x.now_ms = opt.now_ms;
	st = match_plan(&ad, err);
	if (st == DRIFT_OK && drift__explain_read(&x, text, n_bytes) != DRIFT_OK)
		st = drift__nomem(err);
	if (st != DRIFT_OK)
		goto done;
	drift__list_init(&errors, ad.a);
	for (size_t i = 0; i < x.n; i++) {
		drift__list_add(&errors, advise(&ad, &x.list[i]));
		unknown += strcmp(x.list[i].kind, "unknown") == 0;
	}
	drift__map_init(&sum, ad.a);
	drift__map_puti(&sum, "errors", (int64_t)x.n);
	drift__map_puti(&sum, "unknown", unknown);
	drift__map_init(&m, ad.a);
	drift__map_puts(&m, "format_version", "1.0");
	drift__map_put(&m, "errors", drift__list_finish(&errors));
	drift__map_put(&m, "summary", drift__map_finish(&sum));
	doc->root = drift__map_finish(&m);
	if (doc->root == NULL)
		st = drift__nomem(err);
done:
	drift_imports_free(ad.imports);
	if (st != DRIFT_OK) {
		drift_document_free(doc);
		return st;
	}
	*out = doc;
	return DRIFT_OK;
}

static void
add_line(struct drift__buf *b, const char *label, const char *text)
{
	if (text == NULL)
		return;
	drift__buf_addf(b, "  %s ", label);
	drift__quote_comment(b, text);
	drift__buf_addc(b, '\n');
}

static void
add_age(struct drift__buf *b, const struct drift_value *lock)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, "days"}, {3600, "hours"}, {60, "minutes"}, {1, "seconds"}};
	const char *created = drift__value_gets(lock, "created");
	int64_t age;
	size_t i = 0;

	if (created == NULL)
		return;
	drift__buf_adds(b, "  since:  ");
	drift__quote_comment(b, created);
	if (drift__value_to_int(drift_value_get(lock, "age_seconds"), &age) && age >= 0) {
		while (i < 3 && age < 2 * units[i].seconds)
			i++;
		drift__buf_addf(b, " (%lld %s ago)", (long long)(age / units[i].seconds), units[i].name);
	}
	drift__buf_addc(b, '\n');
}

enum drift_status
drift_explain_text(const struct drift_document *explained, char **text_out, struct drift_error *err)
{
	const struct drift_value *errors = drift_value_get(drift_document_root(explained), "errors");
	struct drift__buf b = DRIFT__BUF_INIT(64 << 20);
	char *text;

	if (drift_value_size(errors) == 0)
		drift__buf_adds(&b, "There is no error in this log.\n");
	for (size_t i = 0; i < drift_value_size(errors); i++) {
		const struct drift_value *e = drift_value_at(errors, i), *lock = drift_value_get(e, "lock"), *statement = drift_value_get(e, "statement");
		const char *address = drift__value_gets(e, "address");
		char *json = drift_value_size(statement) > 0 ? drift_value_to_json(statement, 0) : NULL;

		drift__buf_adds(&b, i > 0 ? "\n" : "");
		drift__quote_comment(&b, address != NULL ? address : drift__value_gets(e, "summary"));
		drift__buf_addf(&b, ": %s\n", drift__value_gets(e, "what"));
		add_line(&b, "said:  ", drift__value_gets(e, "summary"));
		add_line(&b, "do:    ", drift__value_gets(e, "do"));
		add_line(&b, "run:   ", drift__value_gets(drift_value_get(e, "import"), "command"));
		add_line(&b, "       ", drift__value_gets(drift_value_get(e, "import"), "missing"));
		if (drift__value_gets(e, "encoded_message") != NULL && drift_value_size(drift_value_get(e, "import")) == 0) {
			drift__buf_adds(&b, "  run:    aws sts decode-authorization-message --query DecodedMessage --output text --encoded-message ");
			drift__quote_shell(&b, drift__value_gets(e, "encoded_message"));
			drift__buf_addc(&b, '\n');
		}
		add_line(&b, "grant: ", json);
		add_line(&b, "holder:", drift__value_gets(lock, "who"));
		add_age(&b, lock);
		add_line(&b, "id:    ", drift__value_gets(lock, "id"));
		drift_text_free(json);
	}
	text = drift__buf_take(&b);
	drift__buf_dispose(&b);
	if (text == NULL)
		return drift__nomem(err);
	*text_out = text;
	return DRIFT_OK;
}
