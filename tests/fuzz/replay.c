/* Files → the fuzz target, one after the other: a crash that was found once stays tested with any compiler. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static int
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data = NULL;
	long size = -1;
	int rc = 1;

	if (!f)
		goto done;
	if (fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size < 0 || fseek(f, 0, SEEK_SET) != 0)
		goto done;
	/* exactly as long as the input, so that reading one byte too far is seen */
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		goto done;
	rc = LLVMFuzzerTestOneInput(data, (size_t)size);
done:
	if (rc != 0)
		fprintf(stderr, "%s: could not be replayed\n", path);
	free(data);
	if (f)
		fclose(f);
	return rc;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		printf("%s\n", argv[i]);
		fflush(stdout);
		failed |= replay(argv[i]);
	}
	return failed;
}
