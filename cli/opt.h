/* Command line options: one table for parsing, help, man page and completion. */
#ifndef DRIFTSCAN_OPT_H
#define DRIFTSCAN_OPT_H

#include <stdbool.h>
#include <stddef.h>

/* A repeatable option's values, in order. */
struct cli_list {
	const char **items;
	size_t n;
};

enum cli_command_bit {
	ON_SCAN = 1,
	ON_INVENTORY = 2,
	ON_IMPORT = 4,
	ON_POLICY = 8,
	ON_LOCK = 16,
	ON_TYPES = 32,
	ON_INIT = 64,
	ON_GUARD = 128,
	ON_EXPLAIN = 256,
	ON_STATE = 512,
	ON_COMPLETION = 1024,
	ON_MAN = 2048,
	ON_AWS = ON_SCAN | ON_INVENTORY | ON_IMPORT | ON_POLICY | ON_EXPLAIN | ON_GUARD, /* what may look at the account */
	ON_READS_STATE = ON_AWS | ON_LOCK | ON_STATE,
	ON_WORK = ON_READS_STATE | ON_TYPES | ON_INIT, /* what has a product */
	ON_ALL = 4095
};

struct cli_options {
	const char *env, *config, *workspace, *live, *query, *plan, *format, *map, *mode, *fold, *trust, *diff, *profile, *role_arn;
	const char *catalogue, *max_policies, *role, *fresh, *wait_lock, *state_version, *deadline, *ignore_file, *account, *color, *policy_name;
	const char *call_timeout, *cache_ttl, *limit;
	const char *record, *history, *provider_version, *strategy;
	struct cli_list state, tag, name, region, type, output, allow_changes, protect, positional;
	bool all, include_defaults, include_managed, explain, compact, prefix, inline_policy, with_secrets, dry_run, quiet, help, version, allow_create;
	int verbose;
};

enum cli_option_kind { CLI_FLAG, CLI_VALUE, CLI_MULTI, CLI_COUNT };

/* A row of the table; argument is NULL for flags and counts. */
struct cli_option {
	const char *name;
	char letter;
	enum cli_option_kind kind;
	unsigned commands;
	size_t offset; /* of its field in struct cli_options */
	const char *argument;
	const char *help;
};

/* Lends row i; NULL behind the last one. */
const struct cli_option *cli_option_at(size_t i);
bool cli_option_takes_value(const struct cli_option *o);

/* Parses argv[1..] (the command's name taken off) for the commands in mask. Prints the mistake with the nearest name and
 * returns false when something is wrong. The strings lie in argv; free the lists with cli_options_free. */
bool cli_options_parse(int argc, char **argv, unsigned mask, struct cli_options *out);
void cli_options_free(struct cli_options *o);
/* Prints the options of a command, one a line, to stdout. */
void cli_options_help(unsigned mask);
/* Smallest number of edits between two words; for "did you mean". */
int cli_distance(const char *a, const char *b);
/* "5m", "90s", "1h", "250ms" or plain seconds to milliseconds; false when it is none. */
bool cli_duration_ms(const char *text, long long *out);

#endif
