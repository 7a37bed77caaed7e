/* The policy documents as JSON, Terraform, CloudFormation, a script for the AWS CLI, or an explanation. */
#include "drift/policy.h"
#include "imports/hcl.h"
#include "imports/quote.h"
#include "model/value.h"

#include <stdio.h>
#include <string.h>

enum { OUT_MAX_BYTES = 64 << 20 };

struct writer {
	const struct drift_value *root, *policies, *trust;
	struct drift_policy_write_options opt;
	const char *role; /* NULL = they are attached to none */
	bool inline_policy;
	struct drift__buf *out;
};

static const struct drift_value *
document(const struct writer *w, size_t i)
{
	return drift_value_get(drift_value_at(w->policies, i), "document");
}

/* "base" or "base-2" */
static void
add_name(const struct writer *w, struct drift__buf *b, size_t i)
{
	if (w->opt.name != NULL)
		drift__buf_adds(b, w->opt.name);
	else
		drift__buf_addf(b, "terraform-%s", drift__value_gets(w->root, "mode"));
	if (drift_value_size(w->policies) > 1)
		drift__buf_addf(b, "-%zu", i + 1);
}

static void
write_report(struct writer *w)
{
	drift__json_write(w->out, w->root, 2, false);
	drift__buf_addc(w->out, '\n');
}

static void
write_json(struct writer *w)
{
	if (w->trust != NULL) {
		drift__json_write(w->out, w->trust, 2, false);
	} else if (drift_value_size(w->policies) == 1) {
		drift__json_write(w->out, document(w, 0), 2, false);
	} else if (drift_value_size(w->policies) == 0) {
		drift__buf_adds(w->out, "[]");
	} else {
		drift__buf_adds(w->out, "[\n");
		for (size_t i = 0; i < drift_value_size(w->policies); i++) {
			drift__buf_adds(w->out, i > 0 ? ",\n" : "");
			drift__json_write(w->out, document(w, i), 2, false);
		}
		drift__buf_adds(w->out, "\n]");
	}
	drift__buf_addc(w->out, '\n');
}

/* ---- Terraform ---- */

static void
terraform_role(struct writer *w)
{
	if (w->trust != NULL)
		drift__buf_adds(w->out, "aws_iam_role.ci.name");
	else
		drift__quote_hcl(w->out, w->role, strlen(w->role));
}

static void
terraform_policy(struct writer *w, size_t i)
{
	struct drift__buf name = DRIFT__BUF_INIT(4096);
	char label[32];

	snprintf(label, sizeof(label), i > 0 ? "ci_%zu" : "ci", i + 1);
	add_name(w, &name, i);
	drift__buf_addf(w->out, "%sresource \"aws_iam_%spolicy\" \"%s\" {\n  name = ", i > 0 ? "\n" : "", w->inline_policy ? "role_" : "", label);
	drift__quote_hcl(w->out, name.data != NULL ? name.data : "", name.len);
	if (w->inline_policy) {
		drift__buf_adds(w->out, "\n  role = ");
		terraform_role(w);
	}
	drift__buf_adds(w->out, "\n  policy = jsonencode(");
	drift__hcl_value(w->out, document(w, i), 1, "", NULL, NULL);
	drift__buf_adds(w->out, ")\n}\n");
	if (w->role != NULL && !w->inline_policy) {
		drift__buf_addf(w->out, "\nresource \"aws_iam_role_policy_attachment\" \"%s\" {\n  role       = ", label);
		terraform_role(w);
		drift__buf_addf(w->out, "\n  policy_arn = aws_iam_policy.%s.arn\n}\n", label);
	}
	drift__buf_dispose(&name);
}

static void
write_terraform(struct writer *w)
{
	for (size_t i = 0; i < drift_value_size(w->policies); i++)
		terraform_policy(w, i);
	if (w->trust != NULL) {
		drift__buf_adds(w->out, "\nresource \"aws_iam_role\" \"ci\" {\n  name = ");
		drift__quote_hcl(w->out, w->role, strlen(w->role));
		drift__buf_adds(w->out, "\n  assume_role_policy = jsonencode(");
		drift__hcl_value(w->out, w->trust, 1, "", NULL, NULL);
		drift__buf_adds(w->out, ")\n}\n");
	}
}

/* ---- CloudFormation (JSON: every YAML reader takes it, and no quoting rule is needed) ---- */

static void
indented_json(struct drift__buf *out, const struct drift_value *v, const char *indent)
{
	struct drift__buf b = DRIFT__BUF_INIT(OUT_MAX_BYTES);

	drift__json_write(&b, v, 2, false);
	for (size_t i = 0; i < b.len; i++) {
		drift__buf_addc(out, b.data[i]);
		if (b.data[i] == '\n')
			drift__buf_adds(out, indent);
	}
	drift__buf_dispose(&b);
}

static void
cloudformation_policy(struct writer *w, size_t i)
{
	struct drift__buf name = DRIFT__BUF_INIT(4096);

	add_name(w, &name, i);
	drift__buf_addf(w->out, "\n    \"CiPolicy%zu\": {\n      \"Type\": \"%s\",\n      \"Properties\": {\n        \"%s\": ", i + 1,
		w->inline_policy ? "AWS::IAM::RolePolicy" : "AWS::IAM::ManagedPolicy", w->inline_policy ? "PolicyName" : "ManagedPolicyName");
	drift__json_write_string(w->out, name.data != NULL ? name.data : "", name.len);
	if (w->role != NULL) {
		drift__buf_adds(w->out, w->inline_policy ? ",\n        \"RoleName\": " : ",\n        \"Roles\": [");
		if (w->trust != NULL)
			drift__buf_adds(w->out, "{\"Ref\": \"CiRole\"}");
		else
			drift__json_write_string(w->out, w->role, strlen(w->role));
		drift__buf_adds(w->out, w->inline_policy ? "" : "]");
	}
	drift__buf_adds(w->out, ",\n        \"PolicyDocument\": ");
	indented_json(w->out, document(w, i), "        ");
	drift__buf_addf(w->out, "\n      }\n    }%s", i + 1 < drift_value_size(w->policies) ? "," : "");
	drift__buf_dispose(&name);
}

static void
write_cloudformation(struct writer *w)
{
	drift__buf_adds(w->out, "{\n  \"AWSTemplateFormatVersion\": \"2010-09-09\",\n  \"Description\": \"Least-privilege policies for Terraform in CI\",\n"
		"  \"Resources\": {");
	if (w->trust != NULL) {
		drift__buf_adds(w->out, "\n    \"CiRole\": {\n      \"Type\": \"AWS::IAM::Role\",\n      \"Properties\": {\n        \"RoleName\": ");
		drift__json_write_string(w->out, w->role, strlen(w->role));
		drift__buf_adds(w->out, ",\n        \"AssumeRolePolicyDocument\": ");
		indented_json(w->out, w->trust, "        ");
		drift__buf_addf(w->out, "\n      }\n    }%s", drift_value_size(w->policies) > 0 ? "," : "");
	}
	for (size_t i = 0; i < drift_value_size(w->policies); i++)
		cloudformation_policy(w, i);
	drift__buf_adds(w->out, "\n  }\n}\n");
}

/* ---- AWS CLI ---- */

static void
cli_document(struct drift__buf *out, const struct drift_value *v)
{
	char *text = drift_value_to_json(v, 0);

	if (text == NULL)
		out->status = DRIFT_NOMEM;
	else
		drift__quote_shell(out, text);
	drift_text_free(text);
}

static const char cli_managed[] =
	"prefix=$(aws sts get-caller-identity --query Arn --output text | awk -F: '{ print \"arn:\" $2 \":iam::\" $5 \":policy/\" }')\n\n"
	"put() {\n"
	"\tlocal arn=$prefix$1 others\n"
	"\tif aws iam get-policy --policy-arn \"$arn\" >/dev/null 2>&1; then\n"
	"\t\t# AWS keeps five versions: the oldest makes room\n"
	"\t\tothers=$(aws iam list-policy-versions --policy-arn \"$arn\" --query 'sort_by(Versions[?!IsDefaultVersion], &CreateDate)[].VersionId' --output text)\n"
	"\t\tread -ra others <<<\"$others\"\n"
	"\t\tif [ \"${#others[@]}\" -ge 4 ]; then aws iam delete-policy-version --policy-arn \"$arn\" --version-id \"${others[0]}\"; fi\n"
	"\t\taws iam create-policy-version --policy-arn \"$arn\" --policy-document \"$2\" --set-as-default\n"
	"\telse\n"
	"\t\taws iam create-policy --policy-name \"$1\" --policy-document \"$2\"\n"
	"\tfi\n"
	"\tif [ -n \"$role\" ]; then aws iam attach-role-policy --role-name \"$role\" --policy-arn \"$arn\"; fi\n"
	"}\n";

static void
write_cli(struct writer *w)
{
	drift__buf_addf(w->out, "#!/usr/bin/env bash\n# %s\n# shellcheck disable=SC2016 # variables in a policy are AWS's, not the shell's\nset -eu\n\nrole=",
		w->inline_policy ? "Writes the inline policy of the role." : "Creates the policies, or adds a new default version where one of that name exists.");
	drift__quote_shell(w->out, w->role != NULL ? w->role : "");
	drift__buf_addc(w->out, '\n');
	if (w->trust != NULL) {
		drift__buf_adds(w->out, "trust=");
		cli_document(w->out, w->trust);
		drift__buf_adds(w->out, "\nif aws iam get-role --role-name \"$role\" >/dev/null 2>&1; then\n"
			"\taws iam update-assume-role-policy --role-name \"$role\" --policy-document \"$trust\"\nelse\n"
			"\taws iam create-role --role-name \"$role\" --assume-role-policy-document \"$trust\"\nfi\n");
	}
	drift__buf_adds(w->out, w->inline_policy ? "put() { aws iam put-role-policy --role-name \"$role\" --policy-name \"$1\" --policy-document \"$2\"; }\n" : cli_managed);
	for (size_t i = 0; i < drift_value_size(w->policies); i++) {
		struct drift__buf name = DRIFT__BUF_INIT(4096);

		add_name(w, &name, i);
		drift__buf_adds(w->out, "put ");
		drift__quote_shell(w->out, name.data != NULL ? name.data : "");
		drift__buf_addc(w->out, ' ');
		cli_document(w->out, document(w, i));
		drift__buf_addc(w->out, '\n');
		drift__buf_dispose(&name);
	}
}

static void
write_explanation(struct writer *w)
{
	const struct drift_value *list = drift_value_get(w->root, "explain"), *folds = drift_value_get(w->root, "folds");

	for (size_t i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *one = drift_value_at(list, i), *by = drift_value_get(one, "needed_by");
		const char *condition = drift__value_gets(one, "condition");

		drift__buf_adds(w->out, drift__value_gets(one, "action"));
		drift__buf_adds(w->out, " on ");
		drift__quote_comment(w->out, drift__value_gets(one, "resource"));
		if (condition != NULL) {
			drift__buf_adds(w->out, " if ");
			drift__quote_comment(w->out, condition);
		}
		drift__buf_addc(w->out, '\n');
		for (size_t k = 0; k < drift_value_size(by); k++) {
			const struct drift_value *who = drift_value_at(by, k);
			const char *address = drift__value_gets(who, "address"), *why = drift__value_gets(who, "why");

			drift__buf_addf(w->out, "    %s ", drift__value_gets(who, "phase"));
			drift__quote_comment(w->out, address != NULL ? address : drift__value_gets(who, "type"));
			if (why != NULL) {
				drift__buf_adds(w->out, ": ");
				drift__quote_comment(w->out, why);
			}
			drift__buf_addc(w->out, '\n');
		}
	}
	for (size_t i = 0; i < drift_value_size(folds); i++) {
		const struct drift_value *f = drift_value_at(folds, i);

		drift__buf_addf(w->out, "%sfold: %zu %s became %s; that also allows %s\n", i == 0 ? "\n" : "",
			drift_value_size(drift_value_get(f, "resources")) + drift_value_size(drift_value_get(f, "actions")),
			drift_value_get(f, "actions") != NULL ? "actions" : "ARNs", drift__value_gets(f, "becomes"), drift__value_gets(f, "adds"));
	}
}

/* What IAM takes as a name. */
static enum drift_status
check_name(const char *what, const char *name, size_t max, struct drift_error *err)
{
	size_t n = name != NULL ? strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-") : 0;

	if (name == NULL || (n > 0 && n <= max && name[n] == '\0'))
		return DRIFT_OK;
	drift__fail(err, DRIFT_USAGE, what, "\"%s\" is no name for IAM", name);
	drift__hint(err, "1 to %zu letters, digits and +=,.@_-; a role goes by its name, without path", max);
	return DRIFT_USAGE;
}

enum drift_status
drift_policy_write(const struct drift_policy *policy, const char *format, const struct drift_policy_write_options *options, char **text_out,
	struct drift_error *err)
{
	static const struct {
		const char *name;
		void (*write)(struct writer *w);
		bool of_role; /* it says what the policies are attached to */
	} formats[] = {{"json", write_json, false}, {"terraform", write_terraform, true}, {"cloudformation", write_cloudformation, true},
		{"cli", write_cli, true}, {"explain", write_explanation, false}, {"report", write_report, false}};
	struct drift__buf out = DRIFT__BUF_INIT(OUT_MAX_BYTES), role = DRIFT__BUF_INIT(4096);
	struct writer w = {.root = drift_policy_root(policy), .opt = DRIFT_POLICY_WRITE_OPTIONS_INIT, .out = &out};
	struct drift_document *trust = NULL;
	enum drift_status st = DRIFT_OK;
	size_t i = 0;
	char *text;

	if (options != NULL)
		memcpy(&w.opt, options, options->size < sizeof(w.opt) ? options->size : sizeof(w.opt));
	w.policies = drift_value_get(w.root, "policies");
	while (i < sizeof(formats) / sizeof(formats[0]) && !drift__streq(formats[i].name, format))
		i++;
	if (i == sizeof(formats) / sizeof(formats[0])) {
		drift__fail(err, DRIFT_USAGE, format, "there is no such format of policies");
		drift__hint(err, "use json, terraform, cloudformation, cli, explain or report");
		return DRIFT_USAGE;
	}
	st = check_name("role", w.opt.role, 64, err);
	if (st == DRIFT_OK) /* "-10" may follow */
		st = check_name("policy name", w.opt.name, 120, err);
	if (st != DRIFT_OK)
		return st;
	if (w.opt.trust != NULL) {
		const char *account = w.opt.account != NULL ? w.opt.account : drift__value_gets(w.root, "account");
		const char *partition = w.opt.partition != NULL ? w.opt.partition : drift__value_gets(w.root, "partition");

		st = drift_policy_trust(w.opt.trust, account, partition, &trust, err);
		if (st != DRIFT_OK)
			return st;
		w.trust = drift_document_root(trust);
	}
	w.inline_policy = drift_value_bool(drift_value_get(w.root, "inline"));
	if (w.opt.role == NULL && w.trust != NULL) { /* who is trusted is said of a role: it gets the name of the policies */
		drift__buf_adds(&role, w.opt.name != NULL ? w.opt.name : "terraform-");
		drift__buf_adds(&role, w.opt.name != NULL ? "" : drift__value_gets(w.root, "mode"));
	}
	w.role = w.opt.role != NULL ? w.opt.role : role.data;
	if (w.inline_policy && w.role == NULL && formats[i].of_role) {
		drift__fail(err, DRIFT_USAGE, "inline", "an inline policy is part of a role");
		drift__hint(err, "say which: --role NAME");
		return DRIFT_USAGE;
	}
	formats[i].write(&w);
	st = out.status == DRIFT_OK ? role.status : out.status;
	drift__buf_dispose(&role);
	text = drift__buf_take(&out);
	drift__buf_dispose(&out);
	drift_document_free(trust);
	if (text == NULL)
		return drift__fail(err, st == DRIFT_LIMIT ? DRIFT_LIMIT : DRIFT_NOMEM, "policy", "the text would be too large");
	*text_out = text;
	return DRIFT_OK;
}
