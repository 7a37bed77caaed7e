/* The session that asks AWS: options over settings, where answers are kept, and the terminal that is asked for MFA codes. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "context.h"

static bool
duration(struct cli_context *c, const char *option, const char *name, const char *key, int64_t *out)
{
	const char *text = cli_setting(c, option, key);
	long long ms = 0;

	if (text != NULL && !cli_duration_ms(text, &ms))
		return cli_complain("--%s %s: a time like 90s or 5m is expected", name, text), false;
	*out = ms;
	return true;
}

/* $XDG_CACHE_HOME/driftscan or ~/.cache/driftscan; false when there is no home. */
static bool
cache_folder(char *path, size_t n)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int len = -1;

	if (xdg != NULL && xdg[0] == '/')
		len = snprintf(path, n, "%s/driftscan", xdg);
	else if (home != NULL && home[0] == '/')
		len = snprintf(path, n, "%s/.cache/driftscan", home);
	return len > 0 && (size_t)len < n;
}

bool
cli_session_open(struct cli_context *c, const char *const *regions)
{
	struct drift_session_options so = DRIFT_SESSION_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	char folder[4096];

	if (!duration(c, c->o->deadline, "deadline", "deadline", &so.deadline_ms) ||
		!duration(c, c->o->call_timeout, "call-timeout", "call_timeout", &so.call_timeout_ms) ||
		!duration(c, c->o->cache_ttl, "cache-ttl", "cache_ttl", &so.cache_ttl_ms))
		return false;
	so.profile = cli_setting(c, c->o->profile, "profile");
	so.region = regions != NULL ? regions[0] : NULL;
	so.role_arn = cli_setting(c, c->o->role_arn, "scan_role_arn");
	if (so.role_arn == NULL)
		so.role_arn = drift_config_get(c->config, "role_arn");
	so.external_id = drift_config_get(c->config, "external_id");
	so.cancel = &cli_cancelled;
	so.log = cli_on_log;
	so.log_ctx = c;
	so.mfa = cli_has_terminal() ? cli_ask_mfa : NULL;
	so.keyring = c->keyring;
	if (so.region == NULL && c->state != NULL && drift_state_backend(c->state) != NULL)
		so.region = drift_value_text(drift_value_get(drift_state_backend(c->state), "region"), NULL);
	/* the environment and the profile know better than the backend where the account is */
	if (getenv("AWS_REGION") != NULL || getenv("AWS_DEFAULT_REGION") != NULL)
		so.region = regions != NULL ? regions[0] : NULL;
	if (so.cache_ttl_ms > 0 && cache_folder(folder, sizeof folder))
		so.cache_dir = folder;
	else if (so.cache_ttl_ms > 0)
		cli_on_log(c, 0, "answers are not kept: neither XDG_CACHE_HOME nor HOME says where");
	if (drift_session_open(c->catalogue, &so, &c->session, &err) == DRIFT_OK)
		return true;
	cli_not_asked(c, &err);
	return false;
}

/* ---- the terminal ---- */

bool
cli_has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool
cli_ask_mfa(void *ctx, const char *serial, char *code, size_t n)
{
	FILE *tty = fopen("/dev/tty", "r+");
	struct termios old, silent;
	bool hidden;

	(void)ctx;
	if (tty == NULL)
		return false;
	hidden = tcgetattr(fileno(tty), &old) == 0;
	silent = old;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	/* before the prompt: what is typed as soon as it shows must be neither shown nor thrown away */
	hidden = hidden && tcsetattr(fileno(tty), TCSAFLUSH, &silent) == 0;
	fprintf(tty, "MFA code for %s: ", serial);
	fflush(tty);
	code[0] = '\0';
	if (fgets(code, (int)n, tty) != NULL)
		code[strcspn(code, "\r\n")] = '\0';
	if (hidden)
		tcsetattr(fileno(tty), TCSAFLUSH, &old);
	fputs("\n", tty);
	fclose(tty);
	return code[0] != '\0';
}
