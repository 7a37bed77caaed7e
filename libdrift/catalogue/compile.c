/* The catalogue's files → generated/catalogue_data.c.
 *
 * A build-time program. It opens the folder as --catalogue does, so that one reader decides what an entry is, has every entry
 * checked, and writes what it read: minified, packed, sorted by name. Here nothing is built in yet. */
#include "catalogue/embed.h"

#include <stdio.h>
#include <string.h>

const struct drift__blob_index drift__catalogue_blobs[DRIFT__ENTRY_KINDS] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

static const char *const kind_names[DRIFT__ENTRY_KINDS] = {"tables", "services", "types"};

static int
complain(const struct drift_error *err)
{
	fprintf(stderr, "%s: %s%s%s\n", err->where, err->what, err->hint[0] != '\0' ? "; " : "", err->hint);
	return 1;
}

static void
write_bytes(struct drift__buf *out, const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		drift__buf_addf(out, "%s%u,", i % 32 == 0 ? "\n\t" : "", p[i]);
}

/* Writes the bytes of one entry, and its row of the index to rows. */
static enum drift_status
write_entry(struct drift__buf *out, struct drift__buf *rows, const char *kind, size_t i, const struct drift__entry *e, size_t n_dir,
	struct drift_error *err)
{
	struct drift__buf plain = DRIFT__BUF_INIT(SIZE_MAX / 2), packed = DRIFT__BUF_INIT(SIZE_MAX / 2);
	enum drift_status st;

	drift__json_write(&plain, e->value, 0, false);
	st = plain.status == DRIFT_OK ? drift__zlib_pack(plain.data, plain.len, &packed, err) : drift__nomem(err);
	if (st == DRIFT_OK) {
		drift__buf_addf(out, "static const unsigned char %s_%zu[] = {", kind, i);
		write_bytes(out, (const unsigned char *)packed.data, packed.len);
		drift__buf_adds(out, "\n};\n");
		drift__buf_addf(rows, "\t{\"%s\", \"%s\", %s_%zu, %zu, %zu},\n", e->name, e->path + n_dir, kind, i, packed.len, plain.len);
	}
	drift__buf_dispose(&plain);
	drift__buf_dispose(&packed);
	return st;
}

static enum drift_status
write_all(const struct drift_catalogue *c, struct drift__buf *out, size_t n_dir, struct drift_error *err)
{
	struct drift__buf rows = DRIFT__BUF_INIT(SIZE_MAX / 2);
	enum drift_status st = DRIFT_OK;
	size_t kind, i;

	drift__buf_adds(out, "/* Made by catalogue/compile.c from the files of the catalogue. */\n#include \"catalogue/embed.h\"\n\n");
	for (kind = 0; kind < DRIFT__ENTRY_KINDS && st == DRIFT_OK; kind++) {
		drift__buf_reset(&rows);
		for (i = 0; i < c->n[kind] && st == DRIFT_OK; i++)
			st = write_entry(out, &rows, kind_names[kind], i, &c->entries[kind][i], n_dir, err);
		if (c->n[kind] > 0)
			drift__buf_addf(out, "static const struct drift__blob %s[] = {\n%s};\n", kind_names[kind], rows.data);
	}
	drift__buf_adds(out, "const struct drift__blob_index drift__catalogue_blobs[DRIFT__ENTRY_KINDS] = {\n");
	for (kind = 0; kind < DRIFT__ENTRY_KINDS; kind++)
		drift__buf_addf(out, "\t{%s, %zu},\n", c->n[kind] > 0 ? kind_names[kind] : "NULL", c->n[kind]);
	drift__buf_adds(out, "};\n");
	if (st == DRIFT_OK && (out->status != DRIFT_OK || rows.status != DRIFT_OK))
		st = drift__nomem(err);
	drift__buf_dispose(&rows);
	return st;
}

int
main(int argc, char **argv)
{
	struct drift__buf out = DRIFT__BUF_INIT(SIZE_MAX / 2);
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_catalogue *c = NULL;
	enum drift_status st;

	if (argc != 3) {
		fprintf(stderr, "use: %s FOLDER OUTPUT.c\n", argv[0]);
		return 2;
	}
	st = drift_catalogue_open(argv[1], &c, &err);
	if (st == DRIFT_OK)
		st = drift__catalogue_check(c, &err);
	if (st == DRIFT_OK)
		st = write_all(c, &out, strlen(argv[1]) + 1, &err);
	if (st == DRIFT_OK)
		st = drift__file_write(argv[2], out.data, out.len, 0644, &err);
	drift_catalogue_free(c);
	drift__buf_dispose(&out);
	return st == DRIFT_OK ? 0 : complain(&err);
}
