/* driftscan: argv → one command. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "context.h"

static const struct cli_command commands[] = {
	{"scan", ON_SCAN, cmd_scan, "compare the state with the account (the default)", "[scan] [--env NAME] [options]"},
	{"diff", ON_SCAN, cmd_diff, "compare a state with an inventory written before", "diff --state SRC --live live.json [options]"},
	{"inventory", ON_INVENTORY, cmd_inventory, "what is live, as JSON", "inventory [options] [-o json://live.json]"},
	{"import", ON_IMPORT, cmd_import, "bring in what is live and not in the state", "import [--plan plan.json] [--format blocks|script|rollback|hcl|json] [-o FILE]"},
	{"policy", ON_POLICY, cmd_policy, "the least-privilege policy of the CI role", "policy [--mode plan|apply|scan|import|state] [-o FILE]"},
	{"lock", ON_LOCK, cmd_lock, "who holds the state lock", "lock [--env NAME] [-o json]"},
	{"state", ON_STATE, cmd_state, "what is in states: differences, older versions, mistakes",
		"state diff OLD [NEW] | state history [SOURCE] | state check [SOURCE…]"},
	{"types", ON_TYPES, cmd_types, "which resource types are known, and how well", "types [TYPE] [-o json]"},
	{"guard", ON_GUARD, cmd_guard, "may this saved plan be applied?", "guard PLAN.json [--env NAME] [--allow-changes TYPE.ATTR] [--protect TYPE]"},
	{"explain", ON_EXPLAIN, cmd_explain, "what the errors of a failed run mean, and what to do", "explain FILE|-"},
	{"init", ON_INIT, cmd_init, "write a first .driftscan", "init [ENV]"},
	{"completion", ON_COMPLETION, cmd_completion, "completion for a shell", "completion bash|zsh|fish"},
	{"man", ON_MAN, cmd_man, "the manual page: driftscan man | man -l -", "man"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0], FILES = 2048 };

const struct cli_command *
cli_command_at(size_t i)
{
	return i < N_COMMANDS ? &commands[i] : NULL;
}

static void
on_signal(int number)
{
	(void)number;
	cli_cancelled = 1;
}

static int
help(void)
{
	size_t i;

	puts("driftscan compares Terraform's state with the AWS account it describes: what is unmanaged, missing or changed;\n"
	     "and writes the imports and the least-privilege policy that put it right. It never changes anything.\n");
	puts("Usage: driftscan [COMMAND] [options]\n\nCommands:");
	for (i = 0; i < N_COMMANDS; i++)
		printf("  %-11s%s\n", commands[i].name, commands[i].help);
	puts("\nOptions of a scan:");
	cli_options_help(ON_SCAN);
	puts("\n`driftscan COMMAND --help` shows the options of a command.\n"
	     "Exit codes: 0 in sync, 2 drift, 1 error, 3 incomplete (and no drift in what was seen).");
	return CLI_IN_SYNC;
}

static int
command_help(const struct cli_command *c)
{
	printf("Usage: driftscan %s\n\n%s%s\n\nOptions:\n", c->usage, c->help, strchr(c->help, '?') != NULL ? "" : ".");
	cli_options_help(c->bit);
	return CLI_IN_SYNC;
}

static const struct cli_command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
unknown_command(const char *name)
{
	size_t i;
	int best = 3;
	const char *nearest = NULL;

	for (i = 0; i < N_COMMANDS; i++) {
		int d = cli_distance(name, commands[i].name);

		if (d < best) {
			best = d;
			nearest = commands[i].name;
		}
	}
	return cli_complain("there is no command \"%s\"%s%s%s", name, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
		nearest != NULL ? "?" : ". `driftscan --help` lists them");
}

/* As many connections as the system lets us have: macOS starts a process with 256 files. */
static void
allow_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES)
		return;
	files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND}; /* a second one ends us at once */
	const struct cli_command *c = &commands[0];
	struct cli_options o;
	int code;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	allow_files();
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 128 * 1024); /* or it grows, and what arenas free stays with the process */
#endif
	if (argc > 2 && strcmp(argv[1], "help") == 0)
		return (c = find(argv[2])) != NULL ? command_help(c) : unknown_command(argv[2]);
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0))
		return help();
	if (argc > 1 && argv[1][0] != '-') {
		c = find(argv[1]);
		if (c == NULL)
			return unknown_command(argv[1]);
		argc--;
		argv++;
	}
	if (!cli_options_parse(argc, argv, c->bit, &o))
		return CLI_ERROR;
	if (o.version) {
		puts("driftscan " DRIFT_VERSION);
		code = CLI_IN_SYNC;
	} else {
		code = o.help ? command_help(c) : c->run(&o);
	}
	cli_options_free(&o);
	return code;
}
