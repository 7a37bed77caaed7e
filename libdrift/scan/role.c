/* A role's name -> the policies that it has today: attached ones by their default version, inline ones, and its permissions boundary. */
#include "drift/scan.h"
#include "live/session.h"
#include "model/value.h"

#include <string.h>

enum { DOCUMENT_MAX_BYTES = 1 << 20 };

struct role {
	struct drift__aws_client *client;
	const char *name;
	struct drift__arena *a;
	struct drift__list_builder policies;
	struct drift_error *err;
};

/* One IAM call with text members, as pairs up to NULL. */
static enum drift_status
call(struct role *r, const char *operation, const char *const *members, struct drift_document **out)
{
	struct drift__aws_call c = {.service = "iam", .operation = operation};
	struct drift__map_builder input;

	drift__map_init(&input, r->a);
	for (; *members != NULL; members += 2)
		drift__map_puts(&input, members[0], members[1]);
	c.input = drift__map_finish(&input);
	return c.input != NULL ? drift__aws_call_once(r->client, &c, out, NULL, 0, r->err) : drift__nomem(r->err);
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* IAM hands out documents percent-encoded. */
static enum drift_status
add_document(struct role *r, const char *name, const char *kind, const char *encoded)
{
	struct drift__json_options opt = {.name = name, .lenient_utf8 = true};
	const struct drift_value *document = NULL;
	struct drift__buf plain = DRIFT__BUF_INIT(DOCUMENT_MAX_BYTES);
	struct drift__map_builder m;
	enum drift_status st;

	for (const char *p = encoded != NULL ? encoded : ""; *p != '\0'; p++) {
		if (p[0] == '%' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
			drift__buf_addc(&plain, (char)(hex_digit(p[1]) * 16 + hex_digit(p[2])));
			p += 2;
		} else {
			drift__buf_addc(&plain, *p);
		}
	}
	st = plain.status != DRIFT_OK ? drift__nomem(r->err) :
		drift__json_parse(r->a, plain.data != NULL ? plain.data : "", plain.len, &opt, &document, r->err);
	drift__buf_dispose(&plain);
	if (st != DRIFT_OK)
		return st;
	drift__map_init(&m, r->a);
	drift__map_puts(&m, "name", name);
	drift__map_puts(&m, "kind", kind);
	drift__map_put(&m, "document", document);
	drift__list_add(&r->policies, drift__map_finish(&m));
	return DRIFT_OK;
}

static enum drift_status
add_managed(struct role *r, const char *arn, const char *kind)
{
	struct drift_document *policy = NULL, *version = NULL;
	const char *id;
	enum drift_status st = call(r, "GetPolicy", (const char *const[]){"PolicyArn", arn, NULL}, &policy);

	if (st != DRIFT_OK)
		return st;
	id = drift__value_gets(drift_value_get(drift_document_root(policy), "Policy"), "DefaultVersionId");
	st = call(r, "GetPolicyVersion", (const char *const[]){"PolicyArn", arn, "VersionId", id != NULL ? id : "v1", NULL}, &version);
	if (st == DRIFT_OK)
		st = add_document(r, arn, kind, drift__value_gets(drift_value_get(drift_document_root(version), "PolicyVersion"), "Document"));
	drift_document_free(version);
	drift_document_free(policy);
	return st;
}

static enum drift_status
add_attached(struct role *r)
{
	struct drift_document *doc = NULL;
	const struct drift_value *list;
	enum drift_status st = call(r, "ListAttachedRolePolicies", (const char *const[]){"RoleName", r->name, NULL}, &doc);

	list = st == DRIFT_OK ? drift_value_get(drift_document_root(doc), "AttachedPolicies") : NULL;
	for (size_t i = 0; i < drift_value_size(list) && st == DRIFT_OK; i++) {
		const char *arn = drift__value_gets(drift_value_at(list, i), "PolicyArn");

		if (arn != NULL)
			st = add_managed(r, arn, "managed");
	}
	drift_document_free(doc);
	return st;
}

static enum drift_status
add_inline(struct role *r)
{
	struct drift_document *names = NULL, *doc = NULL;
	const struct drift_value *list;
	enum drift_status st = call(r, "ListRolePolicies", (const char *const[]){"RoleName", r->name, NULL}, &names);

	list = st == DRIFT_OK ? drift_value_get(drift_document_root(names), "PolicyNames") : NULL;
	for (size_t i = 0; i < drift_value_size(list) && st == DRIFT_OK; i++) {
		const char *name = drift__value_str(drift_value_at(list, i));

		st = call(r, "GetRolePolicy", (const char *const[]){"RoleName", r->name, "PolicyName", name, NULL}, &doc);
		if (st == DRIFT_OK)
			st = add_document(r, name, "inline", drift__value_gets(drift_document_root(doc), "PolicyDocument"));
		drift_document_free(doc);
		doc = NULL;
	}
	drift_document_free(names);
	return st;
}

static enum drift_status
add_all(struct role *r)
{
	struct drift_document *role = NULL;
	const char *boundary;
	enum drift_status st = call(r, "GetRole", (const char *const[]){"RoleName", r->name, NULL}, &role);

	if (st == DRIFT_OK)
		st = add_attached(r);
	if (st == DRIFT_OK)
		st = add_inline(r);
	boundary = st == DRIFT_OK ? drift__value_gets(drift_value_get(drift_value_get(drift_document_root(role), "Role"), "PermissionsBoundary"),
		"PermissionsBoundaryArn") : NULL;
	if (boundary != NULL)
		st = add_managed(r, boundary, "boundary");
	drift_document_free(role);
	return st;
}

enum drift_status
drift_role_policies(struct drift_session *session, const char *role, struct drift_document **out, struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct role r = {.client = drift__session_client(session), .name = role, .err = err};
	enum drift_status st;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 64 << 20);
	r.a = &doc->arena;
	drift__list_init(&r.policies, r.a);
	st = add_all(&r);
	if (st == DRIFT_OK) {
		doc->root = drift__list_finish(&r.policies);
		st = doc->root != NULL ? DRIFT_OK : drift__nomem(err);
	}
	drift__list_dispose(&r.policies);
	if (st != DRIFT_OK) {
		drift_document_free(doc);
		return st;
	}
	*out = doc;
	return DRIFT_OK;
}
