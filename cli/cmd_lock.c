/* lock: who holds it. And what a scan makes of locks: it warns, waits, and looks again at its end. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lock.h"

enum { PAUSE_S = 5 };

/* The most that can be said of a list of locks: held before cannot be told before free. */
enum told { TOLD_FREE, TOLD_UNKNOWN, TOLD_HELD };

static enum told
tell(const struct drift_document *locks)
{
	const struct drift_value *list = drift_document_root(locks);
	enum told told = TOLD_FREE;
	size_t i;

	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *held = drift_value_get(drift_value_at(list, i), "held");

		if (drift_value_bool(held))
			return TOLD_HELD;
		if (drift_value_kind(drift_value_at(list, i)) == DRIFT_MAP && drift_value_kind(held) == DRIFT_NULL)
			told = TOLD_UNKNOWN;
	}
	return told;
}

/* Sleeps; false when the time is over or somebody stops us. */
static bool
pause_until(long long until, const struct cli_options *o)
{
	struct timespec pause = {PAUSE_S, 0};
	long long left = until - cli_now_ms();

	if (left <= 0 || cli_cancelled)
		return false;
	if (!o->quiet)
		fprintf(stderr, "driftscan: the state is locked; waiting, at most %lld s more\n", left / 1000 + 1);
	if (left < PAUSE_S * 1000) {
		pause.tv_sec = (time_t)(left / 1000);
		pause.tv_nsec = (long)(left % 1000) * 1000000;
	}
	nanosleep(&pause, NULL);
	return !cli_cancelled;
}

static bool
wait_time(const struct cli_options *o, long long *until)
{
	long long ms = 0;

	if (o->wait_lock != NULL && !cli_duration_ms(o->wait_lock, &ms))
		return cli_complain("--wait-lock %s: a time like 90s or 5m is expected", o->wait_lock), false;
	*until = cli_now_ms() + ms;
	return true;
}

/* ---- for a scan ---- */

static void
say_held(const struct drift_document *locks, const struct cli_options *o)
{
	const struct drift_value *list = drift_document_root(locks);
	size_t i, k;

	for (i = 0; i < drift_value_size(list) && !o->quiet; i++) {
		const struct drift_value *one = drift_value_at(list, i), *held = drift_value_get(one, "locks"), *problems = drift_value_get(one, "problems");

		/* an HTTP backend was not looked at: it has nothing to ask */
		if (drift_value_kind(one) == DRIFT_MAP && drift_value_kind(drift_value_get(one, "held")) == DRIFT_NULL && drift_value_size(problems) > 0 &&
			drift_value_size(drift_value_get(one, "looked_at")) > 0)
			fprintf(stderr, "driftscan: whether %s is locked cannot be told: %s\n", drift_value_text(drift_value_get(one, "source"), NULL),
				drift_value_text(drift_value_at(problems, drift_value_size(problems) - 1), NULL));
		for (k = 0; drift_value_bool(drift_value_get(one, "held")) && k < drift_value_size(held); k++) {
			const char *verdict = drift_value_text(drift_value_get(drift_value_at(held, k), "verdict"), NULL);

			fprintf(stderr, "driftscan: %s is locked (%s): it may be in the middle of being written. `driftscan lock` says by whom\n",
				drift_value_text(drift_value_get(one, "source"), NULL), verdict != NULL ? verdict : "unknown");
		}
		if (strcmp("differs", drift_value_text(drift_value_get(drift_value_get(one, "digest"), "state"), NULL) != NULL ?
			drift_value_text(drift_value_get(drift_value_get(one, "digest"), "state"), NULL) : "") == 0)
			fprintf(stderr, "driftscan: the digest of %s does not fit it: Terraform refuses to read it. `driftscan lock` says how to put that right\n",
				drift_value_text(drift_value_get(one, "source"), NULL));
	}
}

bool
cli_state_unlocked(struct cli_context *c, struct drift_document **locks)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	bool waited = false;
	long long until;

	*locks = NULL;
	if (!wait_time(c->o, &until))
		return false;
	while (drift_state_locks(c->state, cli_now_ms(), locks, &err) == DRIFT_OK && tell(*locks) == TOLD_HELD && pause_until(until, c->o)) {
		waited = true;
		drift_document_free(*locks);
		*locks = NULL;
	}
	if (err.status != DRIFT_OK) {
		/* what a lock says is worth knowing, but a scan is worth more */
		fprintf(stderr, "driftscan: the locks could not be looked at: %s: %s\n", err.where, err.what);
		return true;
	}
	say_held(*locks, c->o);
	if (!waited)
		return true;
	/* it was written while we waited */
	drift_state_free(c->state);
	c->state = NULL;
	if (!cli_context_state(c))
		return false;
	drift_document_free(*locks);
	*locks = NULL;
	drift_state_locks(c->state, cli_now_ms(), locks, NULL);
	return true;
}

const char *
cli_state_moved(struct cli_context *c, char **text)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	bool moved = false;

	*text = NULL;
	/* an inventory from a file is of another time anyway */
	if (c->o->live != NULL)
		return NULL;
	if (drift_state_reread(c->state, &moved, text, &err) == DRIFT_OK)
		return moved ? *text : NULL;
	fprintf(stderr, "driftscan: %s: %s\n", err.where, err.what);
	return "the state could not be read again after the scan, so it may have moved";
}

/* ---- the command ---- */

static int
print(const struct drift_document *locks, struct cli_options *o)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *one = NULL;
	char *text = NULL;
	int code = CLI_ERROR;

	if (drift_lock_text(locks, &text, &err) != DRIFT_OK)
		return cli_error(&err);
	/* one state is one object, as people expect it; several are a list */
	if (drift_value_size(drift_document_root(locks)) == 1 && drift_query("[0]", drift_document_root(locks), &one, &err) != DRIFT_OK)
		cli_error(&err);
	else
		code = cli_print_document(one != NULL ? one : locks, o, text);
	drift_document_free(one);
	drift_text_free(text);
	return code;
}

static bool
differs(const struct drift_document *locks)
{
	const struct drift_value *list = drift_document_root(locks);
	const char *state;
	size_t i;

	for (i = 0; i < drift_value_size(list); i++) {
		state = drift_value_text(drift_value_get(drift_value_get(drift_value_at(list, i), "digest"), "state"), NULL);
		if (state != NULL && strcmp(state, "differs") == 0)
			return true;
	}
	return false;
}

static int
lock(struct cli_context *c)
{
	struct drift_state_options so = cli_state_options(c);
	const char *const *sources = cli_settings(c, &c->o->state, "state");
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *locks = NULL;
	long long until;
	enum told told;
	int code;

	if (!wait_time(c->o, &until))
		return CLI_ERROR;
	while (drift_locks_inspect(sources, &so, cli_now_ms(), &locks, &err) == DRIFT_OK && tell(locks) == TOLD_HELD && pause_until(until, c->o)) {
		drift_document_free(locks);
		locks = NULL;
	}
	if (locks == NULL)
		return cli_error(&err);
	told = tell(locks);
	code = print(locks, c->o);
	if (code == CLI_IN_SYNC && (told == TOLD_HELD || differs(locks)))
		code = CLI_DRIFT;
	else if (code == CLI_IN_SYNC && told == TOLD_UNKNOWN)
		code = CLI_INCOMPLETE;
	drift_document_free(locks);
	return code;
}

int
cmd_lock(struct cli_options *o)
{
	struct cli_context c;
	int code;

	if (o->positional.n > 0)
		return cli_complain("lock takes no argument \"%s\"; a state is named with --state", o->positional.items[0]);
	if (!cli_context_open(&c, o))
		return CLI_ERROR;
	code = lock(&c);
	cli_context_close(&c);
	return code;
}
