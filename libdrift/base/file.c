/* Whole files in, whole files out. */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum drift_status
read_all(int fd, const char *path, struct drift__buf *b, struct drift_error *err)
{
	char chunk[65536];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof chunk);
		if (n == 0)
			return DRIFT_OK;
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return drift__fail(err, DRIFT_IO, path, "reading failed: %s", strerror(errno));
		}
		drift__buf_add(b, chunk, (size_t)n);
		if (b->status == DRIFT_LIMIT)
			return drift__fail(err, DRIFT_LIMIT, path, "the file is larger than %zu bytes", b->max_bytes);
		if (b->status != DRIFT_OK)
			return drift__nomem(err);
	}
}

enum drift_status
drift__file_read(const char *path, struct drift__buf *b, struct drift_error *err)
{
	enum drift_status st;
	struct stat info;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "(standard input)", b, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return drift__fail(err, DRIFT_IO, path, "cannot open the file: %s", strerror(errno));
	if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
		st = drift__fail(err, DRIFT_IO, path, "is a folder, not a file");
	} else {
		if (S_ISREG(info.st_mode) && info.st_size > 0 && (uintmax_t)info.st_size <= b->max_bytes - b->len)
			drift__buf_reserve(b, (size_t)info.st_size); /* once, not by doubling; read_all says what fails */
		st = read_all(fd, path, b, err);
	}
	close(fd);
	return st;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* A device or a pipe (/dev/null, /dev/stdout) is written to; put in its place, a file would be there for everybody. */
static enum drift_status
write_into(const char *path, const void *data, size_t n, struct drift_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write_all(fd, data, n);
	int why = errno;

	if (fd >= 0)
		close(fd);
	return ok ? DRIFT_OK : drift__fail(err, DRIFT_IO, path, "cannot write the file: %s", strerror(why));
}

enum drift_status
drift__file_write(const char *path, const void *data, size_t n, int mode, struct drift_error *err)
{
	char *temporary = drift__asprintf("%s.tmp.%ld", path, (long)getpid());
	enum drift_status st = DRIFT_OK;
	struct stat there;
	int fd;

	if (temporary == NULL)
		return drift__nomem(err);
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
		st = write_into(path, data, n, err);
		goto done;
	}
	/* O_EXCL: never follows a link that somebody laid there */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	if (fd < 0) {
		st = drift__fail(err, DRIFT_IO, path, "cannot write the file: %s", strerror(errno));
		goto done;
	}
	if (!write_all(fd, data, n) || fchmod(fd, (mode_t)mode) != 0)
		st = drift__fail(err, DRIFT_IO, path, "cannot write the file: %s", strerror(errno));
	if (close(fd) != 0 && st == DRIFT_OK)
		st = drift__fail(err, DRIFT_IO, path, "cannot write the file: %s", strerror(errno));
	if (st == DRIFT_OK && rename(temporary, path) != 0)
		st = drift__fail(err, DRIFT_IO, path, "cannot write the file: %s", strerror(errno));
	if (st != DRIFT_OK)
		unlink(temporary);
done:
	drift__free(temporary);
	return st;
}
