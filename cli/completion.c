/* completion: the tables of commands and options → what a shell sources. */
#include <stdio.h>
#include <string.h>

#include "context.h"

/* "plan|apply": the values themselves; "FILE|ROLE" names kinds of values. */
static bool
has_choices(const struct cli_option *o)
{
	return o->argument != NULL && strchr(o->argument, '|') != NULL && strpbrk(o->argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZ:") == NULL;
}

static bool
takes_file(const struct cli_option *o)
{
	return o->argument != NULL && (strstr(o->argument, "FILE") != NULL || strcmp(o->argument, "DIR") == 0 || strcmp(o->argument, "SRC") == 0);
}

/* The words of "a|b|c" with blanks between. */
static void
put_choices(const struct cli_option *o)
{
	const char *p;

	for (p = o->argument; *p != '\0'; p++)
		putchar(*p == '|' ? ' ' : *p);
}

/* Text inside single quotes; special are those that the shell's completion reads itself. */
static void
put_quoted(const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr(special, *text) != NULL)
			putchar('\\');
		putchar(*text);
	}
}

static void
put_commands(const char *separator)
{
	const struct cli_command *c;
	size_t i;

	for (i = 0; (c = cli_command_at(i)) != NULL; i++)
		printf("%s%s", i > 0 ? separator : "", c->name);
}

static void
put_option_words(unsigned mask)
{
	const struct cli_option *o;
	size_t i;

	for (i = 0; (o = cli_option_at(i)) != NULL; i++)
		if ((o->commands & mask) != 0)
			printf(" --%s", o->name);
}

static void
bash(void)
{
	const struct cli_option *o;
	const struct cli_command *c;
	size_t i;

	puts("# bash completion of driftscan: source <(driftscan completion bash)\n"
	     "_driftscan() {\n"
	     "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' word\n"
	     "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	     "    case $word in");
	fputs("      ", stdout);
	put_commands(" | ");
	puts(")\n        command=$word\n        break\n        ;;\n    esac\n  done\n  COMPREPLY=()\n  case $before in");
	for (i = 0; (o = cli_option_at(i)) != NULL; i++) {
		if (!cli_option_takes_value(o))
			continue;
		printf("    --%s%s%s) ", o->name, o->letter != 0 ? " | -" : "", o->letter != 0 ? (char[]){o->letter, '\0'} : "");
		if (has_choices(o)) {
			fputs("mapfile -t COMPREPLY < <(compgen -W '", stdout);
			put_choices(o);
			fputs("' -- \"$current\"); ", stdout);
		} else if (takes_file(o)) {
			fputs("mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); ", stdout);
		}
		puts("return ;;");
	}
	puts("  esac\n  case ${command:-scan} in");
	for (i = 0; (c = cli_command_at(i)) != NULL; i++) {
		printf("    %s) words='", c->name);
		put_option_words(c->bit);
		puts("' ;;");
	}
	fputs("  esac\n  [ -n \"$command\" ] || words=\"", stdout);
	put_commands(" ");
	puts(" $words\"\n"
	     "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	     "  [[ $current == -* ]] || [ -z \"$command\" ] || mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	     "}\n"
	     "complete -o filenames -F _driftscan driftscan");
}

static void
zsh_option(const struct cli_option *o)
{
	bool many = o->kind == CLI_MULTI || o->kind == CLI_COUNT;

	printf("        '%s--%s%s[", many ? "*" : "", o->name, cli_option_takes_value(o) ? "=" : "");
	put_quoted(o->help, "[]:");
	putchar(']');
	if (cli_option_takes_value(o)) {
		putchar(':');
		put_quoted(has_choices(o) ? "value" : o->argument, "[]:");
		putchar(':');
		if (has_choices(o)) {
			putchar('(');
			put_choices(o);
			putchar(')');
		} else if (takes_file(o)) {
			fputs("_files", stdout);
		}
	}
	puts("' \\");
}

static void
zsh(void)
{
	const struct cli_option *o;
	const struct cli_command *c;
	size_t i, k;

	puts("#compdef driftscan\n_driftscan() {\n  local -a commands=(");
	for (i = 0; (c = cli_command_at(i)) != NULL; i++) {
		printf("    '%s:", c->name);
		put_quoted(c->help, ":");
		puts("'");
	}
	puts("  )\n  local command=scan\n"
	     "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n    _describe command commands\n    return\n  fi\n"
	     "  if [[ $words[2] != -* ]]; then\n    command=$words[2]\n    shift words\n    (( CURRENT-- ))\n  fi\n  case $command in");
	for (i = 0; (c = cli_command_at(i)) != NULL; i++) {
		printf("    %s)\n      _arguments \\\n", c->name);
		for (k = 0; (o = cli_option_at(k)) != NULL; k++)
			if ((o->commands & c->bit) != 0)
				zsh_option(o);
		puts("        '*:file:_files'\n      ;;");
	}
	puts("  esac\n}\n_driftscan \"$@\"");
}

static void
fish(void)
{
	const struct cli_option *o;
	const struct cli_command *c;
	size_t i, k;

	puts("# fish completion of driftscan: driftscan completion fish | source\n"
	     "function __driftscan_command\n  set -l words (commandline -opc)\n  for word in $words[2..-1]\n"
	     "    string match -q -- '-*' $word; and continue\n    echo $word\n    return\n  end\n  echo scan\nend");
	for (i = 0; (c = cli_command_at(i)) != NULL; i++) {
		printf("complete -c driftscan -n __fish_use_subcommand -a %s -d '", c->name);
		put_quoted(c->help, "");
		puts("'");
		for (k = 0; (o = cli_option_at(k)) != NULL; k++) {
			if ((o->commands & c->bit) == 0)
				continue;
			printf("complete -c driftscan -n 'test (__driftscan_command) = %s' -l %s", c->name, o->name);
			if (o->letter != 0)
				printf(" -s %c", o->letter);
			if (cli_option_takes_value(o))
				fputs(takes_file(o) ? " -r -F" : " -x", stdout);
			if (has_choices(o)) {
				fputs(" -a '", stdout);
				put_choices(o);
				putchar('\'');
			}
			fputs(" -d '", stdout);
			put_quoted(o->help, "");
			puts("'");
		}
	}
}

int
cmd_completion(struct cli_options *o)
{
	static const struct {
		const char *name;
		void (*write)(void);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
	size_t i;

	for (i = 0; o->positional.n == 1 && i < sizeof shells / sizeof shells[0]; i++)
		if (strcmp(o->positional.items[0], shells[i].name) == 0) {
			shells[i].write();
			return CLI_IN_SYNC;
		}
	return cli_complain("completion needs the name of a shell: driftscan completion bash, zsh or fish");
}
