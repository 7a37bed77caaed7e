/* Answers of earlier runs, kept in a folder: one file an answer, so that each is written whole or not at all.
 *
 * A file is one line, "driftscan-cache 1 SHA256", and the JSON that this is the hash of. One that is damaged, too old, or made for another
 * question is as good as absent. The folder is 0700 and ours, the files 0600. What may be kept is the caller's business. */
#ifndef DRIFT_AWS_CACHE_H
#define DRIFT_AWS_CACHE_H

#include "model/value.h"

struct drift__cache;

/* Opens, or makes, the folder and throws out what is older than a day and than ttl_ms. Gives *out. IO, or DENIED for the folder of somebody else. */
enum drift_status drift__cache_open(const char *dir, int64_t ttl_ms, int64_t now_ms, struct drift__cache **out, struct drift_error *err);
void drift__cache_free(struct drift__cache *c);

/* Gives *answer, and its age, for what drift__cache_put kept under this key less than the ttl ago; NULL when there is none.
 * BAD_JSON with the file's name when it is damaged. */
enum drift_status drift__cache_get(struct drift__cache *c, const char *key, int64_t now_ms, struct drift_document **answer, int64_t *age_ms,
	struct drift_error *err);
/* Keeps json, the text of an answer. IO, or LIMIT when it is larger than 4 MiB or the folder is full (64 MiB, 50000 files). */
enum drift_status drift__cache_put(struct drift__cache *c, const char *key, const char *json, int64_t now_ms, struct drift_error *err);

#endif
