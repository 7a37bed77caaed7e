/* Inflates gzip and zlib data up to a stated size, and packs. */
#include "base/base.h"

#include <zlib.h>

bool
drift__is_gzip(const void *p, size_t n)
{
	const unsigned char *s = p;

	return n >= 2 && s[0] == 0x1f && s[1] == 0x8b;
}

enum drift_status
drift__gunzip(const void *p, size_t n, struct drift__buf *out, const char *name, struct drift_error *err)
{
	unsigned char chunk[65536];
	z_stream z = {0};
	int rc;

	if (n > UINT32_MAX)
		return drift__fail(err, DRIFT_LIMIT, name, "the compressed data is larger than 4 GiB");
	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return drift__nomem(err);
	z.next_in = (unsigned char *)(uintptr_t)p;
	z.avail_in = (uInt)n;
	do {
		z.next_out = chunk;
		z.avail_out = sizeof chunk;
		rc = inflate(&z, Z_NO_FLUSH);
		drift__buf_add(out, chunk, sizeof chunk - z.avail_out);
	} while (rc == Z_OK && out->status == DRIFT_OK && (z.avail_in > 0 || z.avail_out == 0));
	inflateEnd(&z);
	if (out->status == DRIFT_LIMIT)
		return drift__fail(err, DRIFT_LIMIT, name, "the compressed data grows past the limit of %zu bytes", out->max_bytes);
	if (out->status != DRIFT_OK)
		return drift__nomem(err);
	if (rc != Z_STREAM_END)
		return drift__fail(err, DRIFT_BAD_REPLY, name, "the gzip data is damaged or cut off");
	return DRIFT_OK;
}

enum drift_status
drift__zlib_pack(const void *p, size_t n, struct drift__buf *out, struct drift_error *err)
{
	uLongf n_packed = compressBound((uLong)n);
	unsigned char *packed;
	int rc;

	packed = drift__malloc(n_packed);
	if (packed == NULL)
		return drift__nomem(err);
	rc = compress2(packed, &n_packed, p, (uLong)n, Z_BEST_COMPRESSION);
	if (rc == Z_OK)
		drift__buf_add(out, packed, n_packed);
	drift__free(packed);
	return rc == Z_OK && out->status == DRIFT_OK ? DRIFT_OK : drift__nomem(err);
}

uint32_t
drift__crc32(const void *p, size_t n)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), p, n);
}
