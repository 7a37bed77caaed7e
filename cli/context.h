/* What the commands share: options over settings, the catalogue, the state, the account, the plan. Opened when first asked for. */
#ifndef DRIFTSCAN_CONTEXT_H
#define DRIFTSCAN_CONTEXT_H

#include "drift/catalogue.h"
#include "drift/live.h"
#include "drift/state.h"
#include "exit.h"
#include "opt.h"

struct cli_context {
	struct cli_options *o;
	struct drift_catalogue *catalogue;
	struct drift_config *config;
	struct drift_state *state;
	struct drift_keyring *keyring; /* so that nobody is asked for the same keys twice */
	struct drift_session *session;
	struct drift_snapshot *live;
	struct drift_document *plan;
	char *plan_text;
	const char **lists[12]; /* of texts that options and settings give; freed with the context */
	size_t n_lists;
	long long started_ms;
	bool optional; /* what the account says would be welcome, but is not needed: a failure is a remark */
	bool told_unchosen;
	bool progress; /* a line on stderr that is overwritten */
};

/* Set by SIGINT and SIGTERM: scans end soon, with a partial report. */
extern volatile int cli_cancelled;

/* Each prints what is wrong and returns false. */
bool cli_context_open(struct cli_context *c, struct cli_options *o);
bool cli_context_state(struct cli_context *c);
bool cli_context_session(struct cli_context *c); /* opens it, once */
bool cli_context_live(struct cli_context *c);
bool cli_context_plan(struct cli_context *c); /* true as well when no plan was named */
/* Gives state and inventory back before the end. */
void cli_context_forget(struct cli_context *c);
void cli_context_close(struct cli_context *c);

/* What is to be inventoried, as options and settings say. */
bool cli_inventory_options(struct cli_context *c, struct drift_inventory_options *io);
/* Prints the calls that a scan would make. Returns an exit code. */
int cli_dry_run(struct cli_context *c);

/* The option, else the setting; NULL when neither is there. */
const char *cli_setting(const struct cli_context *c, const char *option, const char *key);
/* The repeated option, else the setting; NULL-terminated; NULL when neither is there. Lives as long as the context. */
const char *const *cli_settings(struct cli_context *c, const struct cli_list *option, const char *key);
/* The state options of this run. */
struct drift_state_options cli_state_options(struct cli_context *c);

/* Opens c->session for a scan; regions as the options or settings say, or NULL. Prints what is wrong and returns false. */
bool cli_session_open(struct cli_context *c, const char *const *regions);
/* For the options of states and sessions, where there is a terminal: asks on it for the code of an MFA device. */
bool cli_ask_mfa(void *ctx, const char *serial, char *code, size_t n);
bool cli_has_terminal(void);
/* For the same options: remarks unless --quiet, more with each -v. */
void cli_on_log(void *ctx, int level, const char *line);

/* Prints why the account could not be asked: an error, or a remark when that was optional. */
void cli_not_asked(const struct cli_context *c, const struct drift_error *err);
/* Prints an error as "driftscan: where: what", and the hint. Returns CLI_ERROR. */
int cli_error(const struct drift_error *err);
int cli_complain(const char *fmt, ...) DRIFT_PRINTF(1, 2);
/* Reads a whole file ("-" = stdin); NULL after complaining. Free it with free(). */
char *cli_read_file(const char *path, size_t *n_out);
/* Writes text to a file (whole or not at all), or to stdout for NULL and "-". */
bool cli_write(const char *path, const char *text, int mode);
/* The path of -o FILE or -o json://FILE; NULL when none is named. */
const char *cli_output_path(const struct cli_options *o);
/* Writes what a query picks, as JSON, to where cli_write does. */
bool cli_write_query(const char *query, const struct drift_value *root, const char *path);
/* Prints a document: as JSON when asked for (or when a query picks a part, or text is NULL), else as text. Returns an exit code. */
int cli_print_document(const struct drift_document *doc, struct cli_options *o, char *text);
/* Says what could not be read on stderr. Returns CLI_INCOMPLETE when there was something, else CLI_IN_SYNC. */
int cli_incomplete(const struct drift_snapshot *live);
bool cli_color(const struct cli_options *o);
long long cli_now_ms(void);

struct cli_command {
	const char *name;
	unsigned bit;
	int (*run)(struct cli_options *o);
	const char *help;
	const char *usage;
};
/* Lends row i of the table of commands; NULL behind the last one. */
const struct cli_command *cli_command_at(size_t i);

/* The commands. */
int cmd_scan(struct cli_options *o);
int cmd_diff(struct cli_options *o);
int cmd_inventory(struct cli_options *o);
int cmd_import(struct cli_options *o);
int cmd_policy(struct cli_options *o);
int cmd_lock(struct cli_options *o);
int cmd_state(struct cli_options *o);
int cmd_types(struct cli_options *o);
int cmd_init(struct cli_options *o);
int cmd_guard(struct cli_options *o);
int cmd_explain(struct cli_options *o);
int cmd_completion(struct cli_options *o);
int cmd_man(struct cli_options *o);

#endif
