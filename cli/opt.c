/* argv to struct cli_options, by one table. */
#include "opt.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct cli_options, field)

static const struct cli_option options[] = {
	{"env", 0, CLI_VALUE, ON_READS_STATE, AT(env), "NAME", "section [env NAME] of .driftscan"},
	{"config", 0, CLI_VALUE, ON_READS_STATE | ON_INIT, AT(config), "FILE", "instead of ./.driftscan"},
	{"state", 0, CLI_MULTI, ON_READS_STATE, AT(state), "SRC",
		"a state: path, glob, s3://bucket/key[?region=&profile=], https://…, or - (stdin); repeatable, all are one union"},
	{"workspace", 0, CLI_VALUE, ON_READS_STATE, AT(workspace), "NAME", "Terraform workspace (default: TF_WORKSPACE, .terraform/environment)"},
	{"state-version", 0, CLI_VALUE, ON_READS_STATE, AT(state_version), "ID|TIME", "an older version of a state: in S3, Terraform Cloud or GitLab; ID, a time, or serial:N"},
	{"tag", 0, CLI_MULTI, ON_AWS, AT(tag), "K[=V]", "in scope: resources with this tag, and all that hangs on them; repeatable"},
	{"name", 0, CLI_MULTI, ON_AWS, AT(name), "PATTERN", "in scope: resources whose name matches ('prod-*'); repeatable"},
	{"all", 0, CLI_FLAG, ON_AWS, AT(all), NULL, "in scope: the whole account"},
	{"region", 0, CLI_MULTI, ON_AWS, AT(region), "REGION", "regions to scan; repeatable (default: the configured one and those of the state)"},
	{"type", 0, CLI_MULTI, ON_AWS | ON_TYPES, AT(type), "PATTERN", "only these resource types ('aws_iam_*'); repeatable"},
	{"live", 0, CLI_VALUE, ON_AWS, AT(live), "FILE", "use an inventory written before instead of asking AWS"},
	{"profile", 0, CLI_VALUE, ON_READS_STATE, AT(profile), "NAME", "AWS profile"},
	{"role-arn", 0, CLI_VALUE, ON_AWS, AT(role_arn), "ARN", "assume this role for the scan"},
	{"plan", 0, CLI_VALUE, ON_SCAN | ON_IMPORT | ON_POLICY, AT(plan), "FILE", "`terraform show -json tfplan`: exact addresses, ignore_changes, what is to be created"},
	{"map", 0, CLI_VALUE, ON_IMPORT | ON_SCAN, AT(map), "FILE", "addresses to use: CSV `import id,address` or JSON"},
	{"format", 0, CLI_VALUE, ON_IMPORT | ON_POLICY, AT(format), "FORMAT", "import: blocks, script, rollback, hcl, json; policy: json, terraform, cloudformation, cli, report"},
	{"fresh", 0, CLI_VALUE, ON_IMPORT, AT(fresh), "TIME", "ids older than this are looked up again (default 15m)"},
	{"history", 0, CLI_VALUE, ON_IMPORT, AT(history), "VERSION|FILE|none",
		"an older state whose addresses are used again (default: the fullest of the last versions of a state in S3)"},
	{"provider-version", 0, CLI_VALUE, ON_IMPORT, AT(provider_version), "N", "major version of the AWS provider (default: .terraform.lock.hcl); 6 takes id@region"},
	{"strategy", 0, CLI_VALUE, ON_IMPORT, AT(strategy), "skip|test|full|strict", "what a script does unless told otherwise (default: the setting, or full)"},
	{"mode", 0, CLI_VALUE, ON_POLICY, AT(mode), "plan|apply|scan|import|state", "what the role is to do (default: plan)"},
	{"fold", 0, CLI_VALUE, ON_POLICY, AT(fold), "auto|none|prefix|service", "how far ARNs are folded; auto: fewest policies (default: auto)"},
	{"max-policies", 0, CLI_VALUE, ON_POLICY, AT(max_policies), "N", "at most so many policies (default: 10, AWS's quota for a role)"},
	{"inline", 0, CLI_FLAG, ON_POLICY, AT(inline_policy), NULL, "one inline policy (10,240 characters) instead of managed ones (6,144 each)"},
	{"role", 0, CLI_VALUE, ON_POLICY, AT(role), "NAME", "the role that gets the policies"},
	{"policy-name", 0, CLI_VALUE, ON_POLICY, AT(policy_name), "NAME", "what the policies are called (default: terraform-MODE)"},
	{"account", 0, CLI_VALUE, ON_POLICY, AT(account), "ID", "the AWS account, where neither state nor inventory tell"},
	{"prefix", 0, CLI_FLAG, ON_POLICY, AT(prefix), NULL, "group resources by common name prefix"},
	{"compact", 0, CLI_FLAG, ON_POLICY, AT(compact), NULL, "fold actions with wildcards where that adds no write action"},
	{"trust", 0, CLI_VALUE, ON_POLICY, AT(trust), "github:ORG/REPO[:…]", "who may take the role: JSON is the trust policy alone, other formats hold role and policies"},
	{"explain", 0, CLI_FLAG, ON_POLICY, AT(explain), NULL, "say for every action which resource and phase needs it"},
	{"diff", 0, CLI_VALUE, ON_POLICY, AT(diff), "FILE|ROLE", "compare with the policy that the role has today"},
	{"allow-changes", 0, CLI_MULTI, ON_GUARD, AT(allow_changes), "TYPE.ATTR", "a change that may be in the plan; repeatable"},
	{"allow-create", 0, CLI_FLAG, ON_GUARD, AT(allow_create), NULL, "creating what does not exist is fine"},
	{"protect", 0, CLI_MULTI, ON_GUARD, AT(protect), "TYPE", "types that may never be replaced or destroyed, whatever is allowed (default: the stateful ones); repeatable"},
	{"ignore-file", 0, CLI_VALUE, ON_SCAN | ON_IMPORT, AT(ignore_file), "FILE", "instead of ./.driftignore"},
	{"include-defaults", 0, CLI_FLAG, ON_AWS, AT(include_defaults), NULL, "report what AWS made itself, too (default VPC, …)"},
	{"include-managed", 0, CLI_FLAG, ON_AWS, AT(include_managed), NULL, "count what other managers made (CloudFormation, EKS, …) as drift"},
	{"wait-lock", 0, CLI_VALUE, ON_SCAN | ON_LOCK, AT(wait_lock), "TIME", "wait so long for a held lock to go"},
	{"limit", 0, CLI_VALUE, ON_STATE, AT(limit), "N", "state history: at most so many versions (default 20)"},
	{"deadline", 0, CLI_VALUE, ON_AWS, AT(deadline), "TIME", "end the scan after this time, with a partial report"},
	{"call-timeout", 0, CLI_VALUE, ON_AWS, AT(call_timeout), "TIME", "give up an attempt of a call after this time (default 60s)"},
	{"cache-ttl", 0, CLI_VALUE, ON_AWS, AT(cache_ttl), "TIME", "take answers of earlier runs that are younger (kept in ~/.cache/driftscan; default: off)"},
	{"dry-run", 0, CLI_FLAG, ON_SCAN | ON_INVENTORY, AT(dry_run), NULL, "say which calls would be made, and make none"},
	{"with-secrets", 0, CLI_FLAG, ON_INVENTORY, AT(with_secrets), NULL, "keep sensitive values in the inventory file"},
	{"record", 0, CLI_VALUE, ON_INVENTORY, AT(record), "FILE", "write the decoded replies of AWS to a file, for fixtures"},
	{"catalogue", 0, CLI_VALUE, ON_WORK, AT(catalogue), "DIR", "a folder with types/ and services/ that add to or replace the built-in ones"},
	{"query", 0, CLI_VALUE, ON_SCAN | ON_INVENTORY | ON_TYPES | ON_LOCK | ON_STATE | ON_IMPORT | ON_GUARD, AT(query), "JMESPATH", "print only this part of the JSON"},
	{"output", 'o', CLI_MULTI, ON_WORK, AT(output), "FORMAT[://PATH]|FILE",
		"text, json, markdown, html, junit, sarif, prometheus; repeatable. Import and policy: a file"},
	{"color", 0, CLI_VALUE, ON_WORK, AT(color), "auto|always|never", "colours (default: auto, on a terminal)"},
	{"verbose", 'v', CLI_COUNT, ON_WORK, AT(verbose), NULL, "say more on stderr; repeatable"},
	{"quiet", 'q', CLI_FLAG, ON_WORK, AT(quiet), NULL, "no progress and no remarks on stderr"},
	{"help", 'h', CLI_FLAG, ON_ALL, AT(help), NULL, "this help"},
	{"version", 0, CLI_FLAG, ON_ALL, AT(version), NULL, "print the version"},
};
enum { N_OPTIONS = sizeof options / sizeof options[0] };

const struct cli_option *
cli_option_at(size_t i)
{
	return i < N_OPTIONS ? &options[i] : NULL;
}

bool
cli_option_takes_value(const struct cli_option *o)
{
	return o->kind == CLI_VALUE || o->kind == CLI_MULTI;
}

int
cli_distance(const char *a, const char *b)
{
	int row[65];
	size_t n = strlen(a), m = strlen(b), i, j;

	n = n > 64 ? 64 : n;
	m = m > 64 ? 64 : m;
	for (j = 0; j <= m; j++)
		row[j] = (int)j;
	for (i = 1; i <= n; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (j = 1; j <= m; j++) {
			int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
		}
	}
	return row[m];
}

static bool
unknown_option(const char *text, size_t n, unsigned mask)
{
	const struct cli_option *nearest = NULL;
	char name[65];
	int best = 4;
	size_t i;

	n = n > sizeof name - 1 ? sizeof name - 1 : n;
	memcpy(name, text, n);
	name[n] = '\0';
	for (i = 0; i < N_OPTIONS; i++) {
		int d = cli_distance(name, options[i].name);

		if (d < best && (options[i].commands & mask) != 0) {
			best = d;
			nearest = &options[i];
		}
	}
	fprintf(stderr, "driftscan: unknown option --%s", name);
	if (nearest != NULL)
		fprintf(stderr, "; did you mean --%s?", nearest->name);
	fprintf(stderr, "\nTry 'driftscan --help'.\n");
	return false;
}

static bool
add(struct cli_list *list, const char *value)
{
	const char **items = realloc(list->items, (list->n + 1) * sizeof *items);

	if (items == NULL) {
		fprintf(stderr, "driftscan: out of memory\n");
		return false;
	}
	list->items = items;
	list->items[list->n++] = value;
	return true;
}

static bool
store(const struct cli_option *o, const char *value, struct cli_options *out)
{
	char *field = (char *)out + o->offset;

	switch (o->kind) {
	case CLI_FLAG:
		*(bool *)field = true;
		return true;
	case CLI_COUNT:
		++*(int *)field;
		return true;
	case CLI_VALUE:
		memcpy(field, &value, sizeof value);
		return true;
	case CLI_MULTI:
		return add((struct cli_list *)(void *)field, value);
	}
	return false;
}

static const struct cli_option *
find_long(const char *name, size_t n, unsigned mask)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0)
			return (options[i].commands & mask) != 0 ? &options[i] : NULL;
	return NULL;
}

static const struct cli_option *
find_letter(char letter)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

static bool
needs_value(const struct cli_option *o, const char *given, int argc, char **argv, int *i, const char **value)
{
	*value = given;
	if (!cli_option_takes_value(o)) {
		if (given == NULL)
			return true;
		fprintf(stderr, "driftscan: --%s takes no value\n", o->name);
		return false;
	}
	if (given != NULL)
		return true;
	if (*i + 1 >= argc) {
		fprintf(stderr, "driftscan: --%s needs a value: --%s %s\n", o->name, o->name, o->argument);
		return false;
	}
	*value = argv[++*i];
	return true;
}

static bool
parse_long(int argc, char **argv, int *i, unsigned mask, struct cli_options *out)
{
	const char *name = argv[*i] + 2, *equals = strchr(name, '='), *value;
	size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct cli_option *o = find_long(name, n, mask);

	if (o == NULL)
		return unknown_option(name, n, mask);
	return needs_value(o, equals != NULL ? equals + 1 : NULL, argc, argv, i, &value) && store(o, value, out);
}

static bool
parse_letters(int argc, char **argv, int *i, unsigned mask, struct cli_options *out)
{
	const char *p, *value;

	for (p = argv[*i] + 1; *p != '\0'; p++) {
		const struct cli_option *o = find_letter(*p);

		if (o == NULL || (o->commands & mask) == 0) {
			fprintf(stderr, "driftscan: unknown option -%c\nTry 'driftscan --help'.\n", *p);
			return false;
		}
		if (cli_option_takes_value(o))
			return needs_value(o, p[1] != '\0' ? p + 1 : NULL, argc, argv, i, &value) && store(o, value, out);
		if (!store(o, NULL, out))
			return false;
	}
	return true;
}

bool
cli_options_parse(int argc, char **argv, unsigned mask, struct cli_options *out)
{
	bool only_positional = false;
	int i;

	memset(out, 0, sizeof *out);
	for (i = 1; i < argc; i++) {
		bool ok;

		if (!only_positional && strcmp(argv[i], "--") == 0) {
			only_positional = true;
			continue;
		}
		if (!only_positional && strncmp(argv[i], "--", 2) == 0)
			ok = parse_long(argc, argv, &i, mask, out);
		else if (!only_positional && argv[i][0] == '-' && argv[i][1] != '\0')
			ok = parse_letters(argc, argv, &i, mask, out);
		else
			ok = add(&out->positional, argv[i]);
		if (!ok) {
			cli_options_free(out);
			return false;
		}
	}
	return true;
}

void
cli_options_free(struct cli_options *o)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		if (options[i].kind == CLI_MULTI) {
			struct cli_list *list = (struct cli_list *)(void *)((char *)o + options[i].offset);

			free(list->items);
			list->items = NULL;
			list->n = 0;
		}
	}
	free(o->positional.items);
	o->positional.items = NULL;
	o->positional.n = 0;
}

void
cli_options_help(unsigned mask)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const struct cli_option *o = &options[i];
		char left[64];

		if ((o->commands & mask) == 0)
			continue;
		snprintf(left, sizeof left, "%s--%s%s%s", o->letter != 0 ? (char[]){'-', o->letter, ',', ' ', '\0'} : "    ", o->name,
			o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
		if (strlen(left) <= 30)
			printf("  %-31s%s\n", left, o->help);
		else
			printf("  %s\n  %31s%s\n", left, "", o->help);
	}
}

bool
cli_duration_ms(const char *text, long long *out)
{
	char *end;
	double n = strtod(text, &end);
	double unit = *end == '\0' || strcmp(end, "s") == 0 ? 1e3 : strcmp(end, "m") == 0 ? 6e4 : strcmp(end, "h") == 0 ? 3.6e6
		: strcmp(end, "d") == 0 ? 8.64e7 : strcmp(end, "ms") == 0 ? 1 : 0;

	if (end == text || unit == 0 || n < 0 || n * unit > 1e15)
		return false;
	*out = (long long)(n * unit);
	return true;
}
