/* "github:ORG/REPO:environment:prod" -> who may take the role. */
#include "drift/policy.h"
#include "model/value.h"

#include <string.h>

static bool
is_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", s[i]) == NULL)
			return false;
	}
	return n > 0;
}

/* What GitHub's token says of itself. A repository alone trusts all its branches: that is said with a star, at the end only. */
static char *
subject(struct drift__arena *a, const char *trust, struct drift_error *err)
{
	const char *repo = trust + strlen("github:"), *slash, *rest;
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	size_t n;
	char *out;

	if (strncmp(trust, "github:", 7) != 0)
		goto bad;
	slash = strchr(repo, '/');
	n = strcspn(repo, ":");
	if (slash == NULL || slash > repo + n || !is_name(repo, (size_t)(slash - repo)) || !is_name(slash + 1, n - (size_t)(slash - repo) - 1))
		goto bad;
	rest = repo + n;
	if (*rest == '\0')
		return drift__arena_printf(a, "repo:%s:*", repo);
	rest++;
	if (strncmp(rest, "ref:", 4) == 0 && strncmp(rest, "ref:refs/", 9) != 0) {
		drift__fail(err, DRIFT_USAGE, trust, "GitHub's tokens name a ref in full");
		drift__hint(err, "write ref:refs/heads/BRANCH or ref:refs/tags/TAG");
		return NULL;
	}
	if (strcmp(rest, "pull_request") != 0 && (strncmp(rest, "environment:", 12) != 0 || rest[12] == '\0') &&
	    (strncmp(rest, "ref:", 4) != 0 || rest[9] == '\0'))
		goto bad;
	rest += strcspn(rest, ":") + (strchr(rest, ':') != NULL);
	drift__buf_addf(&b, "repo:%.*s", (int)(rest - repo), repo);
	for (; *rest != '\0'; rest++) { /* GitHub writes a colon in a name as %3A; ${ would be a variable of IAM */
		if (*rest == ':')
			drift__buf_adds(&b, "%3A");
		else
			drift__buf_adds(&b, rest[0] == '$' && rest[1] == '{' ? "${$}" : (const char[]){*rest, '\0'});
	}
	out = b.status == DRIFT_OK ? drift__arena_strdup(a, b.data) : NULL;
	drift__buf_dispose(&b);
	if (out == NULL)
		drift__nomem(err);
	return out;
bad:
	drift__fail(err, DRIFT_USAGE, trust, "this is not a trust that driftscan knows");
	drift__hint(err, "write github:ORG/REPO, github:ORG/REPO:environment:NAME, github:ORG/REPO:ref:refs/heads/main or …:pull_request");
	return NULL;
}

enum drift_status
drift_policy_trust(const char *trust, const char *account, const char *partition, struct drift_document **out, struct drift_error *err)
{
	static const char host[] = "token.actions.githubusercontent.com";
	struct drift_document *doc;
	struct drift__map_builder top, st, principal, equals, like, condition;
	struct drift__list_builder list;
	struct drift__arena *a;
	char *sub;

	if (account == NULL || strlen(account) != 12 || strspn(account, "0123456789") != 12) {
		drift__fail(err, DRIFT_USAGE, "trust", "a trust policy needs the account's 12 digits");
		drift__hint(err, "give --account, or let a scan find it");
		return DRIFT_USAGE;
	}
	doc = drift__calloc(1, sizeof(*doc));
	if (doc == NULL)
		return drift__nomem(err);
	a = &doc->arena;
	drift__arena_init(a, 1 << 20);
	sub = subject(a, trust, err);
	if (sub == NULL) {
		drift_document_free(doc);
		return err != NULL && err->status != DRIFT_OK ? err->status : DRIFT_USAGE;
	}
	drift__map_init(&principal, a);
	drift__map_puts(&principal, "Federated", drift__arena_printf(a, "arn:%s:iam::%s:oidc-provider/%s", partition != NULL ? partition : "aws",
		account, host));
	drift__map_init(&equals, a);
	drift__map_puts(&equals, drift__arena_printf(a, "%s:aud", host), "sts.amazonaws.com");
	drift__map_init(&like, a);
	drift__map_puts(strchr(sub, '*') != NULL ? &like : &equals, drift__arena_printf(a, "%s:sub", host), sub);
	drift__map_init(&condition, a);
	drift__map_put(&condition, "StringEquals", drift__map_finish(&equals));
	if (like.len > 0)
		drift__map_put(&condition, "StringLike", drift__map_finish(&like));
	else
		drift__map_dispose(&like);
	drift__map_init(&st, a);
	drift__map_puts(&st, "Sid", "GitHubActions");
	drift__map_puts(&st, "Effect", "Allow");
	drift__map_put(&st, "Principal", drift__map_finish(&principal));
	drift__map_puts(&st, "Action", "sts:AssumeRoleWithWebIdentity");
	drift__map_put(&st, "Condition", drift__map_finish(&condition));
	drift__list_init(&list, a);
	drift__list_add(&list, drift__map_finish(&st));
	drift__map_init(&top, a);
	drift__map_puts(&top, "Version", "2012-10-17");
	drift__map_put(&top, "Statement", drift__list_finish(&list));
	doc->root = drift__map_finish(&top);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}
