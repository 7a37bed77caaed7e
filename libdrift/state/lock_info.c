/* The JSON in a lock → who, what, since when, and whether it looks stale (Terraform internal/states/statemgr/locker.go).
 *
 * There is no heartbeat and no lease: nothing in the data proves that a lock is stale. What speaks for it is listed. */
#include "state/lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE = 60000, ALIVE_MS = 15 * MINUTE, HOSTED_RUNNER_HOURS = 6 };

static const struct {
	const char *name, *text;
	int64_t usual_minutes; /* longer is suspicious */
} operations[] = {{"OperationTypePlan", "terraform plan", 30}, {"OperationTypeApply", "terraform apply", 120},
	{"OperationTypeRefresh", "terraform refresh", 30}, {"OperationTypeInvalid", "terraform import or console", 60},
	{"init", "creating a workspace", 5}, {"state-mv", "terraform state mv", 5}, {"state-rm", "terraform state rm", 5},
	{"state-push", "terraform state push or workspace delete", 5}, {"state-replace-provider", "terraform state replace-provider", 5},
	{"taint", "terraform taint", 5}, {"untaint", "terraform untaint", 5}, {"workspace-new", "terraform workspace new", 5},
	{"migration source state", "terraform init -migrate-state (source)", 30},
	{"migration destination state", "terraform init -migrate-state (destination)", 30}, {"backend from plan", "terraform apply of a saved plan", 120}};

struct verdict {
	const struct drift__lock_sight *sight;
	struct drift__arena *a;
	struct drift__list_builder evidence;
};

static void add(struct verdict *v, const char *fmt, ...) DRIFT_PRINTF(2, 3);

static void
add(struct verdict *v, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	drift__list_add(&v->evidence, drift__value_string(v->a, text));
}

static const char *
span(int64_t ms, char *out, size_t n)
{
	int64_t s = ms / 1000;

	if (s < 120)
		snprintf(out, n, "%" PRId64 " seconds", s);
	else if (s < 7200)
		snprintf(out, n, "%" PRId64 " minutes", s / 60);
	else if (s < 172800)
		snprintf(out, n, "%" PRId64 " hours", s / 3600);
	else
		snprintf(out, n, "%" PRId64 " days", s / 86400);
	return out;
}

static bool
contains_any(const char *s, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; s != NULL && i < n; i++)
		if (strstr(s, words[i]) != NULL)
			return true;
	return false;
}

/* root@ and a container's id: twelve hexadecimal digits. */
static bool
in_container(const char *who)
{
	const char *at = who != NULL ? strchr(who, '@') : NULL;

	return at != NULL && strlen(at + 1) == 12 && strspn(at + 1, "0123456789abcdef") == 12;
}

static void
add_host(struct verdict *v, const char *who, int64_t age)
{
	static const char *const hosted[] = {"runner@fv-az", "runner@runnervm", "@fv-az", "@runnervm"};
	static const char *const runners[] = {"runner@", "gitlab-runner", "jenkins", "circleci", "buildkite", "codebuild", "vsts@", "bitbucket", "atlantis", "runner-"};

	if (contains_any(who, hosted, sizeof hosted / sizeof hosted[0])) {
		add(v, "the holder looks like a GitHub-hosted runner: such a machine lives for one job, at most %d hours", HOSTED_RUNNER_HOURS);
		if (age > (int64_t)HOSTED_RUNNER_HOURS * 60 * MINUTE)
			add(v, "that time is over: the machine is gone");
	} else if (contains_any(who, runners, sizeof runners / sizeof runners[0])) {
		add(v, "the holder looks like a CI runner: look whether its job still runs");
	} else if (in_container(who)) {
		add(v, "the holder looks like a container: look whether it still runs");
	}
}

static const char *
judge_file(struct verdict *v)
{
	if (v->sight->pid > 0) {
		add(v, "process %ld on this machine holds the lock of the file", v->sight->pid);
		return "fresh";
	}
	if (v->sight->pid == DRIFT__HELD_ELSEWHERE) {
		add(v, "a process of another container or machine holds the lock of the file");
		return "fresh";
	}
	add(v, "no process on this machine holds the lock of the file: what is left is only its description, which stops nobody");
	return "stale";
}

static const char *
judge(struct verdict *v, const char *who, int64_t created, int64_t usual, const char *words)
{
	const struct drift__lock_sight *s = v->sight;
	int64_t age = s->now_ms - created, written = s->now_ms - s->state_modified_ms;
	bool newer = s->state_modified_ms > created, stale = age > usual * MINUTE;
	char a[40], b[40];

	if (s->pid != -1)
		return judge_file(v);
	if (created == 0) {
		add(v, "the lock does not say when it was taken");
		add_host(v, who, 0);
		return "unknown";
	}
	if (age < 0)
		add(v, "it was made %s in the future: clocks differ", span(-age, a, sizeof a));
	else
		add(v, "held for %s; %s usually ends within %s", span(age, a, sizeof a), words, span(usual * MINUTE, b, sizeof b));
	if (newer && written < ALIVE_MS) {
		add(v, "the state was written %s ago, under this lock: the run is alive, and the state may be half-way", span(written < 0 ? 0 : written, a, sizeof a));
		stale = false;
	} else if (newer) {
		add(v, "the state was last written %s after the lock was taken, and not for %s since", span(s->state_modified_ms - created, a, sizeof a),
			span(written, b, sizeof b));
	} else if (s->state_modified_ms > 0 && stale) {
		add(v, "the state was not written since the lock was taken");
	}
	add_host(v, who, age);
	return stale ? "probably stale" : "fresh";
}

const char *
drift__lock_unlock_command(const char *workspace, const char *id, struct drift__arena *a)
{
	struct drift__buf b = DRIFT__BUF_INIT(4096);
	const char *out = NULL;

	if (id == NULL)
		return NULL;
	if (workspace != NULL && strcmp(workspace, "default") != 0) {
		drift__buf_adds(&b, "TF_WORKSPACE=");
		drift__buf_add_shell(&b, workspace);
		drift__buf_addc(&b, ' ');
	}
	drift__buf_adds(&b, "terraform force-unlock ");
	drift__buf_add_shell(&b, id);
	if (b.status == DRIFT_OK)
		out = drift__arena_strdup(a, b.data);
	drift__buf_dispose(&b);
	return out;
}

static const struct drift_value *
malformed(const struct drift__lock_sight *sight, const char *why, struct drift__arena *a)
{
	struct drift__map_builder m;
	struct drift__list_builder evidence;

	drift__map_init(&m, a);
	drift__list_init(&evidence, a);
	drift__map_puts(&m, "kind", sight->kind);
	drift__map_puts(&m, "place", sight->place);
	drift__map_puts(&m, "malformed", why);
	drift__map_puts(&m, "verdict", "unknown");
	drift__map_put(&m, "evidence", drift__list_finish(&evidence));
	if (sight->by_hand != NULL)
		drift__map_puts(&m, "unlock", sight->by_hand);
	return drift__map_finish(&m);
}

static const char *
text_of(const struct drift_value *info, const char *name)
{
	const char *s = drift__value_gets(info, name);

	return s != NULL && s[0] != '\0' ? s : NULL;
}

const struct drift_value *
drift__lock_describe(const struct drift__lock_sight *sight, const char *text, size_t n, struct drift__arena *a)
{
	struct drift__json_options opt = {.name = "lock", .max_depth = 100, .lenient_utf8 = true};
	struct verdict v = {sight, a, {0}};
	const struct drift_value *info;
	const char *operation, *words = NULL, *verdict;
	int64_t created = 0, usual = 60;
	struct drift__map_builder m;
	enum drift_status st = drift__json_parse(a, text, n, &opt, &info, NULL);
	size_t i;

	if (st == DRIFT_NOMEM)
		return NULL;
	if (st != DRIFT_OK || info->kind != DRIFT_MAP)
		return malformed(sight, n == 0 ? "it is empty" : st != DRIFT_OK ? "it is not JSON" : "it is no JSON object", a);
	operation = text_of(info, "Operation");
	for (i = 0; operation != NULL && i < sizeof operations / sizeof operations[0]; i++) {
		if (strcmp(operations[i].name, operation) == 0) {
			words = operations[i].text;
			usual = operations[i].usual_minutes;
		}
	}
	if (words == NULL)
		words = operation != NULL ? "an operation that is not known" : "an operation that is not named";
	if (!drift__time_parse(text_of(info, "Created") != NULL ? text_of(info, "Created") : "", &created))
		created = 0;
	/* the server's clock is the same for lock and state; the lock's own words come from the holder's */
	if (sight->made_ms > 0)
		created = sight->made_ms;
	drift__list_init(&v.evidence, a);
	verdict = judge(&v, text_of(info, "Who"), created, usual, words);
	drift__map_init(&m, a);
	drift__map_puts(&m, "kind", sight->kind);
	drift__map_puts(&m, "place", sight->place);
	drift__map_puts(&m, "id", text_of(info, "ID"));
	drift__map_puts(&m, "operation", operation);
	drift__map_puts(&m, "operation_text", words);
	drift__map_puts(&m, "who", text_of(info, "Who"));
	drift__map_puts(&m, "terraform_version", text_of(info, "Version"));
	drift__map_puts(&m, "created", text_of(info, "Created"));
	drift__map_put(&m, "age_s", created != 0 ? drift__value_int(a, (sight->now_ms - created) / 1000) : &drift__null);
	drift__map_puts(&m, "path", text_of(info, "Path"));
	drift__map_puts(&m, "verdict", verdict);
	drift__map_put(&m, "evidence", drift__list_finish(&v.evidence));
	drift__map_puts(&m, "unlock", strcmp(sight->kind, "local") != 0 ?
		drift__lock_unlock_command(sight->workspace, text_of(info, "ID"), a) : NULL);
	return drift__map_finish(&m);
}
