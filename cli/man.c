/* man: the tables of commands and options → the manual page, driftscan(1). */
#include <stdio.h>

#include "context.h"

/* Text of a paragraph: roff reads backslashes, and points and quotes where a line begins. */
static void
put(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void
put_option(const struct cli_option *o)
{
	fputs(".TP\n.B ", stdout);
	if (o->letter != 0)
		printf("\\-%c, ", o->letter);
	fputs("\\-\\-", stdout);
	put(o->name);
	if (o->argument != NULL) {
		fputs(" \\fI", stdout);
		put(o->argument);
		fputs("\\fR", stdout);
	}
	fputs("\n\\&", stdout);
	put(o->help);
	puts(".");
}

static void
put_names(unsigned commands)
{
	const struct cli_command *c;
	bool any = false;
	size_t i;

	for (i = 0; (c = cli_command_at(i)) != NULL; i++)
		if ((commands & c->bit) != 0) {
			printf("%s%s", any ? ", " : "Of ", c->name);
			any = true;
		}
	puts(".");
}

int
cmd_man(struct cli_options *options)
{
	const struct cli_option *o;
	const struct cli_command *c;
	size_t i;

	(void)options;
	puts(".TH DRIFTSCAN 1 \"\" \"driftscan " DRIFT_VERSION "\"\n.SH NAME\n"
	     "driftscan \\- compares Terraform's state with the AWS account it describes\n.SH SYNOPSIS");
	for (i = 0; (c = cli_command_at(i)) != NULL; i++) {
		fputs(".B driftscan\n\\&", stdout);
		put(c->usage);
		puts("\n.br");
	}
	puts(".SH DESCRIPTION\nReports what is live and in no state (unmanaged), in the state and not live (missing), in both but different (changed)\n"
	     "and what could not be seen (unknown); and writes the imports and the least\\-privilege policy that put it right.\n"
	     "It never changes anything: no mutating call, no state write, no lock taken.\n.SH COMMANDS");
	for (i = 0; (c = cli_command_at(i)) != NULL; i++) {
		printf(".TP\n.B %s\n\\&", c->name);
		put(c->help);
		putchar('\n');
	}
	puts(".SH OPTIONS");
	for (i = 0; (o = cli_option_at(i)) != NULL; i++) {
		put_option(o);
		if ((o->commands & ON_WORK) != ON_WORK && o->commands != ON_ALL)
			put_names(o->commands);
	}
	puts(".SH EXIT STATUS\n.TP\n.B 0\nIn sync, or done.\n.TP\n.B 1\nAn error: the message says what, where and what to do.\n.TP\n.B 2\n"
	     "Drift; guard: the plan must not be applied; lock: held; policy \\-\\-diff: differs.\n.TP\n.B 3\n"
	     "The scan could not see everything, and saw no drift in the rest.\n.SH FILES\n.TP\n.I .driftscan\n"
	     "Settings, one [env NAME] a section; where they are silent, the backend is read from .terraform/terraform.tfstate.\n.TP\n.I .driftignore\n"
	     "What is not reported: patterns on type.id and type.id.attribute.\n.SH ENVIRONMENT\n"
	     "AWS's own variables (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, ...), Terraform's TF_WORKSPACE and TF_DATA_DIR, and NO_COLOR.");
	return CLI_IN_SYNC;
}
