/* INI text -> sections of keys, as ~/.aws/config and .driftscan are written.
 *
 *     [section name]          ; # and ; start a comment line; after a section header as well
 *     key = value
 *       more of the value     an indented line goes on with the value (joined with a newline) …
 *     group =
 *       key = value           … or, under a key without a value, makes nested keys
 */
#ifndef DRIFT_BASE_INI_H
#define DRIFT_BASE_INI_H

#include "base/base.h"

struct drift__ini_entry {
	const char *key, *value; /* trimmed; value may be "" */
	unsigned line;           /* from 1 */
	struct drift__ini_entry *nested, *next;
};

struct drift__ini_section {
	const char *name; /* inner white space as one space: "profile  x" is "profile x" */
	unsigned line;
	struct drift__ini_entry *entries; /* in the order of the text */
	struct drift__ini_section *next;
};

struct drift__ini {
	const char *path;                /* as given: for errors */
	struct drift__ini_section *sections;
};

struct drift__ini_options {
	const char *name;     /* what errors call the input */
	bool lower_keys;      /* keys are lowered: case does not matter */
	bool unique;          /* a section or key that comes twice is BAD_CONFIG; else sections are joined and the last key wins */
	bool inline_comments; /* " #" and " ;" end a value */
	bool flat;            /* no nested keys: an indented line always goes on with the value, also with an empty one */
};

/* Everything lives in a. BAD_CONFIG with "name:line" in where; the text of the line is not told, it may hold a secret. */
enum drift_status drift__ini_parse(struct drift__arena *a, const char *text, size_t n, const struct drift__ini_options *opt,
	struct drift__ini *out, struct drift_error *err);
/* Reads a file of at most 4 MiB; IO when it cannot be read. */
enum drift_status drift__ini_read(struct drift__arena *a, const char *path, const struct drift__ini_options *opt,
	struct drift__ini *out, struct drift_error *err);
/* Lend; NULL when absent. A NULL section has no entries. */
const struct drift__ini_section *drift__ini_section(const struct drift__ini *ini, const char *name);
const struct drift__ini_entry *drift__ini_entry(const struct drift__ini_section *s, const char *key);
const char *drift__ini_get(const struct drift__ini_section *s, const char *key);

#endif
