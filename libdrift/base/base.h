/* Errors, memory, growing buffers, text helpers. Knows neither AWS nor Terraform. */
#ifndef DRIFT_BASE_H
#define DRIFT_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drift/status.h"

/* ---- errors ---- */
/* Fills err unless it is NULL or already holds an error; returns st, so that `return drift__fail(…)` reads well. */
enum drift_status drift__fail(struct drift_error *err, enum drift_status st, const char *where, const char *fmt, ...)
	DRIFT_PRINTF(4, 5);
/* Adds what to do. Ignored when a hint is there already. Returns err->status, and where err is NULL the status of the thread's last
 * drift__fail, so that `return drift__hint(…)` reads well after it. */
enum drift_status drift__hint(struct drift_error *err, const char *fmt, ...) DRIFT_PRINTF(2, 3);
enum drift_status drift__nomem(struct drift_error *err);

/* ---- the allocator seam: every allocation of the library goes through these (tests make the n-th one fail) ---- */
void *drift__malloc(size_t n);
void *drift__calloc(size_t n, size_t size);
void *drift__realloc(void *p, size_t n);
void drift__free(void *p);
char *drift__strdup(const char *s);
char *drift__strndup(const char *s, size_t n);
char *drift__asprintf(const char *fmt, ...) DRIFT_PRINTF(1, 2);
/* What was freed goes back to the system, where the C library has to be told: after much that was small. */
void drift__give_back(void);
/* Overwrites, in a way that the compiler keeps. */
void drift__wipe(void *p, size_t n);
/* Test seam: the n-th allocation from now on fails (0 = never). Thread-local. */
void drift__alloc_fail_after(long n);

/* ---- arena: many allocations, one free ---- */
struct drift__arena {
	struct drift__arena_block *head;
	size_t total_bytes; /* handed out */
	size_t max_bytes;   /* 0 = no limit */
	size_t first_block; /* 0 = 4 KiB; set after init where thousands of small arenas live at once */
	bool share_names;   /* set after init: drift__arena_name keeps each text once */
	struct drift__arena_name {
		const char *text;
		size_t len;
	} *names; /* a hash table, on the heap */
	size_t n_names, cap_names;
};
void drift__arena_init(struct drift__arena *a, size_t max_bytes);
void drift__arena_dispose(struct drift__arena *a);
/* What lies in from lies in a from now on; from is empty afterwards. */
void drift__arena_join(struct drift__arena *a, struct drift__arena *from);
void drift__arena_wipe(struct drift__arena *a); /* overwrites, then disposes: for what held secrets */
/* 8-byte aligned, not zeroed; NULL without memory or past max_bytes. */
void *drift__arena_alloc(struct drift__arena *a, size_t n);
void *drift__arena_zalloc(struct drift__arena *a, size_t n);
char *drift__arena_strdup(struct drift__arena *a, const char *s);
char *drift__arena_strndup(struct drift__arena *a, const char *s, size_t n);
/* The same for what recurs (keys of maps, types, regions): where the arena shares names, equal ones are one text. */
const char *drift__arena_name(struct drift__arena *a, const char *s, size_t n);
char *drift__arena_printf(struct drift__arena *a, const char *fmt, ...) DRIFT_PRINTF(2, 3);

/* ---- buf: growing bytes with a stated maximum; remembers its first failure, so check once at the end ---- */
struct drift__buf {
	char *data; /* NUL-terminated when not NULL */
	size_t len, cap, max_bytes;
	enum drift_status status; /* DRIFT_OK, NOMEM or LIMIT */
};
#define DRIFT__BUF_INIT(max) {NULL, 0, 0, (max), DRIFT_OK}
void drift__buf_init(struct drift__buf *b, size_t max_bytes);
void drift__buf_dispose(struct drift__buf *b);
void drift__buf_wipe(struct drift__buf *b);  /* disposes of one that held secrets; all of its memory is written to */
void drift__buf_reset(struct drift__buf *b); /* empties, keeps memory, clears the failure */
/* Makes room for n more bytes and the closing NUL; false when b failed. */
bool drift__buf_reserve(struct drift__buf *b, size_t n);
void drift__buf_add(struct drift__buf *b, const void *p, size_t n);
void drift__buf_adds(struct drift__buf *b, const char *s);
void drift__buf_addc(struct drift__buf *b, char c);
void drift__buf_addf(struct drift__buf *b, const char *fmt, ...) DRIFT_PRINTF(2, 3);
/* Gives the text (drift__free) and empties b; NULL when b failed. Never NULL for an empty, sound buffer. */
char *drift__buf_take(struct drift__buf *b);

/* ---- text ---- */
bool drift__streq(const char *a, const char *b); /* NULL equals only NULL */
bool drift__starts(const char *s, const char *prefix);
bool drift__ends(const char *s, const char *suffix);
/* Shell-style pattern: * any run, ? any one byte, \ escapes; nothing else is special. Linear in time. */
bool drift__glob(const char *pattern, const char *text);
/* Lists of texts that end with NULL; a list that is NULL is empty. */
size_t drift__texts_count(const char *const *list);
bool drift__texts_have(const char *const *list, const char *text);
bool drift__texts_match(const char *const *patterns, const char *text); /* one of them does, as drift__glob has it */
/* FNV-1a: for tables in memory, never for what is kept or trusted. */
uint64_t drift__hash_text(const char *s, size_t n);
/* The hash of a text from that of its beginning. */
uint64_t drift__hash_more(uint64_t h, const char *s, size_t n);
/* Smallest number of edits between two short words (<= 64 bytes used); for "did you mean". */
int drift__edit_distance(const char *a, const char *b);
/* Appends s as one word for a POSIX shell: as it is when nothing in it means anything to one, else in single quotes. */
void drift__buf_add_shell(struct drift__buf *out, const char *s);
/* Appends code point cp as UTF-8. */
void drift__buf_add_utf8(struct drift__buf *b, uint32_t cp);
/* Length of a valid UTF-8 sequence at s (1..4), or 0 when it is not valid. */
size_t drift__utf8_valid(const unsigned char *s, size_t n);
/* The code point of a sequence that drift__utf8_valid gave the length n of. */
uint32_t drift__utf8_decode(const char *s, size_t n);
/* Whether a terminal shows it as a character of its own: letters, marks, numbers, punctuation, symbols and the ASCII space. */
bool drift__is_printable(uint32_t cp);
/* How many bytes at s are a name as HCL has it (letters, digits, _ and -, not first a digit or -); 0 = none. */
size_t drift__name_length(const char *s, size_t n);
/* Appends text from outside for people: what is not printable as \u escapes, bytes that are no UTF-8 as U+FFFD. */
void drift__buf_add_safe(struct drift__buf *out, const char *s, size_t n);
/* The same for s, else otherwise, with what stands before it; nothing when both are NULL. */
void drift__buf_add_field(struct drift__buf *out, const char *before, const char *s, const char *otherwise);
/* The same into room bytes, cut between two characters; needs no memory. */
void drift__copy_safe(char *out, size_t room, const char *s);

/* ---- files ---- */
/* Reads a whole file ("-" is stdin) into b. IO with the reason, LIMIT past b's maximum. */
enum drift_status drift__file_read(const char *path, struct drift__buf *b, struct drift_error *err);
/* Writes to a temporary name beside path, then renames: nothing half-written is ever seen. mode e.g. 0600, 0644, 0755. */
enum drift_status drift__file_write(const char *path, const void *data, size_t n, int mode, struct drift_error *err);

/* The names in a folder, sorted by bytes, without those that start with a dot. Both live in a. IO, LIMIT past 100000 names. */
struct drift__dir_entry {
	const char *name;
	bool is_dir;
};
enum drift_status drift__dir_list(struct drift__arena *a, const char *path, const struct drift__dir_entry **out, size_t *n_out,
	struct drift_error *err);

/* ---- hashes (OpenSSL) ---- */
void drift__sha256(const void *p, size_t n, unsigned char out[32]);
void drift__hmac_sha256(const void *key, size_t n_key, const void *p, size_t n, unsigned char out[32]);
/* PBKDF2 with HMAC-SHA256; false when OpenSSL refuses. */
bool drift__pbkdf2_sha256(const void *secret, size_t n, const void *salt, size_t n_salt, int rounds, unsigned char out[32]);
void drift__md5(const void *p, size_t n, unsigned char out[16]);
void drift__sha1(const void *p, size_t n, unsigned char out[20]);
/* Of a file, which may be larger than memory. False when it can't be read. */
bool drift__sha1_file(const char *path, unsigned char out[20]);
void drift__hex(const unsigned char *p, size_t n, char *out); /* writes 2n + 1 bytes, lower case */
/* Standard base64 with padding. Decode ignores white space; returns the length or -1. out has room for n*3/4+3. */
void drift__base64_encode(const void *p, size_t n, struct drift__buf *out);
long drift__base64_decode(const char *s, size_t n, unsigned char *out);

/* ---- gzip ---- */
bool drift__is_gzip(const void *p, size_t n);
/* Inflates gzip or zlib data; LIMIT when out's maximum would be passed. */
enum drift_status drift__gunzip(const void *p, size_t n, struct drift__buf *out, const char *name, struct drift_error *err);
/* The checksum of gzip, zip and x-amz-crc32. */
uint32_t drift__crc32(const void *p, size_t n);
/* Appends p as zlib data, packed as small as zlib can. */
enum drift_status drift__zlib_pack(const void *p, size_t n, struct drift__buf *out, struct drift_error *err);

/* ---- time: nothing in the library reads the clock but through this ---- */
struct drift__clock {
	int64_t (*now_ms)(void *ctx);  /* wall clock, ms since 1970, UTC */
	int64_t (*mono_ms)(void *ctx); /* monotonic */
	void *ctx;
};
extern const struct drift__clock drift__system_clock;
/* RFC 3339 / ISO 8601 ("2026-01-02T03:04:05.123456789Z", "+01:00", date only) to ms; false when it is not a time. */
bool drift__time_parse(const char *s, int64_t *ms_out);
/* An HTTP date ("Tue, 29 Apr 2014 18:30:38 GMT") to ms; false when it is none. */
bool drift__time_parse_http(const char *s, int64_t *ms_out);
/* "2026-01-02T03:04:05Z"; buf of at least 32 bytes. */
void drift__time_format(int64_t ms, char *buf);

#endif
