/* credential_process: a program of the user's prints keys as JSON. It is started without a shell. */
#define _POSIX_C_SOURCE 200809L
#include "aws/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/value.h"

extern char **environ;

enum { MAX_WORDS = 128, MAX_OUTPUT = 64 * 1024, LIMIT_MS = 60000 };

/* One word as a POSIX shell would split it, quotes and backslashes removed; nothing is expanded. NULL at the end of the text. */
static char *
next_word(const char **text, struct drift__arena *a, bool *bad)
{
	const char *p = *text + strspn(*text, " \t\n");
	char *word, *out, quote = '\0';

	if (*p == '\0')
		return NULL;
	word = out = drift__arena_alloc(a, strlen(p) + 1);
	if (word == NULL)
		return NULL;
	for (; *p != '\0' && (quote != '\0' || strchr(" \t\n", *p) == NULL); p++) {
		if (quote == '\0' && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (*p == quote && quote != '\0') {
			quote = '\0';
		} else if (*p == '\\' && quote != '\'' && p[1] != '\0' && (quote == '\0' || p[1] == '"' || p[1] == '\\')) {
			*out++ = *++p;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	*bad = *bad || quote != '\0';
	*text = p;
	return word;
}

struct child {
	pid_t pid;
	int out, err; /* read ends */
};

static bool
make_pipe(int fd[2])
{
	if (pipe(fd) != 0)
		return false;
	return fcntl(fd[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd[1], F_SETFD, FD_CLOEXEC) == 0;
}

static int
start(const struct drift__credential_context *ctx, char **words, struct child *child)
{
	int out[2] = {-1, -1}, errors[2] = {-1, -1}, code;
	char *const *env = ctx->config->env != NULL ? (char *const *)ctx->config->env : environ;
	posix_spawn_file_actions_t actions;

	if (!make_pipe(out) || !make_pipe(errors)) {
		code = errno;
	} else {
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
		code = posix_spawnp(&child->pid, words[0], &actions, NULL, words, env);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (out[1] >= 0)
		close(out[1]);
	if (errors[1] >= 0)
		close(errors[1]);
	child->out = out[0];
	child->err = errors[0];
	return code;
}

/* Both pipes to their ends. False when time is up or too much came. */
static bool
collect(const struct drift__credential_context *ctx, const struct child *child, struct drift__buf *out, struct drift__buf *errors)
{
	struct pollfd p[2] = {{child->out, POLLIN, 0}, {child->err, POLLIN, 0}};
	struct drift__buf *bufs[2] = {out, errors};
	int64_t end = ctx->clock->mono_ms(ctx->clock->ctx) + LIMIT_MS;
	int i, left = 2;

	while (left > 0) {
		char chunk[4096];
		ssize_t n;

		if (ctx->clock->mono_ms(ctx->clock->ctx) > end || (ctx->options->cancel != NULL && *ctx->options->cancel != 0))
			return false;
		drift__credentials_meanwhile(ctx);
		if (poll(p, 2, ctx->meanwhile != NULL ? 20 : 200) <= 0)
			continue;
		for (i = 0; i < 2; i++) {
			if (p[i].fd < 0 || p[i].revents == 0)
				continue;
			n = read(p[i].fd, chunk, sizeof chunk);
			if (n > 0)
				drift__buf_add(bufs[i], chunk, (size_t)n);
			if (n == 0 || (n < 0 && errno != EINTR)) {
				p[i].fd = -1;
				left--;
			}
			drift__wipe(chunk, sizeof chunk);
		}
		if (out->status != DRIFT_OK)
			return false;
	}
	return true;
}

static enum drift_status
run(const struct drift__credential_context *ctx, char **words, const char *where, struct drift__buf *out, struct drift_error *err)
{
	struct drift__buf errors = DRIFT__BUF_INIT(MAX_OUTPUT);
	enum drift_status st = DRIFT_OK;
	struct child child = {-1, -1, -1};
	int code = start(ctx, words, &child), status = 0;

	if (code != 0) {
		st = drift__fail(err, DRIFT_NO_CREDENTIALS, where, "credential_process %s could not be started: %s", words[0], strerror(code));
		goto done;
	}
	if (!collect(ctx, &child, out, &errors)) {
		kill(child.pid, SIGKILL);
		st = drift__fail(err, DRIFT_TIMEOUT, where, "credential_process %s did not end within %d s, or printed too much", words[0],
			LIMIT_MS / 1000);
	}
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (st == DRIFT_OK && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
		if (errors.data != NULL)
			errors.data[strcspn(errors.data, "\r\n")] = '\0';
		st = drift__fail(err, DRIFT_NO_CREDENTIALS, where, "credential_process %s failed: %.200s", words[0],
			errors.data != NULL && errors.data[0] != '\0' ? errors.data : "it said nothing");
		drift__hint(err, "run it by hand to see what it wants");
	}
done:
	if (child.out >= 0)
		close(child.out);
	if (child.err >= 0)
		close(child.err);
	drift__buf_dispose(&errors);
	return st;
}

static enum drift_status
read_output(const struct drift__credential_context *ctx, const struct drift__buf *b, const char *where, struct drift__arena *a,
	struct drift__credentials *out, struct drift_error *err)
{
	static const struct drift__json_options options = {.name = "credential_process", .max_depth = 16};
	const struct drift_value *v;
	const char *expiration;
	int64_t version = 0, expires = 0;

	if (b->len == 0 || drift__json_parse(a, b->data, b->len, &options, &v, NULL) != DRIFT_OK)
		return drift__fail(err, DRIFT_NO_CREDENTIALS, where, "credential_process did not print a JSON object");
	if (!drift__value_to_int(drift_value_get(v, "Version"), &version) || version != 1) {
		drift__fail(err, DRIFT_NO_CREDENTIALS, where, "credential_process printed another Version than 1");
		return drift__hint(err, "the object must start with \"Version\": 1");
	}
	expiration = drift__value_gets(v, "Expiration");
	if (expiration != NULL && !drift__time_parse(expiration, &expires))
		return drift__fail(err, DRIFT_NO_CREDENTIALS, where, "the Expiration that credential_process printed is not a time");
	if (expires != 0 && expires <= ctx->clock->now_ms(ctx->clock->ctx))
		return drift__fail(err, DRIFT_EXPIRED, where, "credential_process printed keys that expired at %s", expiration);
	return drift__credentials_set(out, drift__value_gets(v, "AccessKeyId"), drift__value_gets(v, "SecretAccessKey"),
		drift__value_gets(v, "SessionToken"), expires, where, err);
}

enum drift_status
drift__credentials_from_process(const struct drift__credential_context *ctx, const char *profile, struct drift__credentials *out,
	struct drift_error *err)
{
	const char *text = drift__config_key(ctx->config, profile, "credential_process");
	struct drift__buf b = DRIFT__BUF_INIT(MAX_OUTPUT);
	char *words[MAX_WORDS + 1] = {NULL}, where[160];
	struct drift__arena a;
	enum drift_status st;
	bool bad = false;
	size_t n = 0;

	if (text == NULL)
		return DRIFT_OK;
	snprintf(where, sizeof where, "profile %.120s", profile);
	drift__arena_init(&a, 4 << 20);
	while (n < MAX_WORDS && (words[n] = next_word(&text, &a, &bad)) != NULL)
		n++;
	if (bad || n == 0 || n == MAX_WORDS)
		st = drift__fail(err, DRIFT_BAD_CONFIG, where, "credential_process is no command: a quote is open, or it has too many words");
	else
		st = run(ctx, words, where, &b, err);
	if (st == DRIFT_OK)
		st = read_output(ctx, &b, where, &a, out, err);
	drift__buf_wipe(&b);
	drift__arena_wipe(&a);
	return st;
}
