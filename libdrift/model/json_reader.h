/* What the two halves of the JSON reader share. */
#ifndef DRIFT_MODEL_JSON_READER_H
#define DRIFT_MODEL_JSON_READER_H

#include "model/value.h"

enum { DRIFT__JSON_LAST_KEYS = 256 };

struct drift__json_frame {
	size_t start; /* first scratch entry of this container */
	bool is_map;
};

struct drift__json_reader {
	const struct drift__json_options *opt;
	struct drift__arena *arena;
	size_t arena_before; /* what was handed out of it before */
	const char *text, *p, *end;
	struct drift__member *scratch;
	size_t n_scratch, cap_scratch;
	struct drift__json_frame *frames;
	size_t n_frames, cap_frames;
	const char *key; /* key of the member whose value comes next */
	size_t key_len;
	struct {
		const char *text;
		size_t len;
	} last_keys[DRIFT__JSON_LAST_KEYS]; /* see key_slot; objects of one kind share their keys */
	struct drift__buf string;
	struct drift_error *err;
	enum drift_status status;
};

/* json_scalar.c: r->p stands on the first byte, and behind the last one afterwards. False after a failure, which the reader then knows. */
bool drift__json_read_string(struct drift__json_reader *r, const char **out, size_t *n_out); /* lies in the arena */
bool drift__json_read_number(struct drift__json_reader *r, struct drift_value *v);
bool drift__json_read_word(struct drift__json_reader *r, struct drift_value *v); /* null, true, false */
/* The failure of a place in the text. Gives false. */
bool drift__json_fail(struct drift__json_reader *r, const char *at, enum drift_status st, const char *what);
bool drift__json_nomem(struct drift__json_reader *r);
/* The line in which r->p stands, from 1. */
size_t drift__json_line(const struct drift__json_reader *r);

#endif
