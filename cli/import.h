/* The import command, shared by its files: cmd_import.c (what goes in), import_write.c, import_tell.c. */
#ifndef DRIFT_CLI_IMPORT_H
#define DRIFT_CLI_IMPORT_H

#include "context.h"
#include "drift/imports.h"

/* What one run holds; freed together. */
struct import_job {
	struct cli_context *c;
	struct drift_import_options io;
	struct drift_document *files;     /* of the repository */
	struct drift_findings *findings;
	struct drift_state *history;
	struct drift_snapshot *nothing;   /* an empty state, where there is none */
	struct drift_imports *imports;
	struct drift_document *again;     /* what was looked up again */
	char *map_text;
	long long fresh_ms;               /* ids older than this are looked up again */
	int provider_major;               /* 0 = not known */
	bool unsure;                      /* something old could not be looked up again */
};

/* Where the state is kept; NULL when that is not known. */
const struct drift_value *import_backend(const struct cli_context *c);
/* Writes what was asked for; false when that was said to have failed. */
bool import_write(struct import_job *job);
/* Says one list of a document, with how many there are. */
void import_tell(const struct drift_value *root, const char *list, const char *what);
/* Says how many imports there are, what will come of them, and what is left. */
void import_tell_all(const struct drift_imports *imports);

#endif
