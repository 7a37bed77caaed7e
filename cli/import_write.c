/* What an import writes: one file, or a folder of configuration. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import.h"

static const char *
text_of(const struct drift_value *map, const char *key)
{
	return drift_value_text(drift_value_get(map, key), NULL);
}

static bool
exists_otherwise(const char *path, const char *text)
{
	struct stat st;
	char *there;
	size_t n = 0;
	bool differs;

	if (stat(path, &st) != 0)
		return false;
	there = cli_read_file(path, &n);
	differs = there == NULL || strcmp(there, text) != 0;
	free(there);
	return differs;
}

/* Configuration that is there is somebody's: nothing is written over, and providers are not said twice. */
static bool
write_files(const struct drift_value *files, const char *dir)
{
	struct drift_document *there = NULL;
	char path[4096];
	bool own;
	size_t i, pass;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return cli_complain("%s: cannot make the folder: %s", dir, strerror(errno)), false;
	own = drift_configuration_read(dir, &there, NULL) == DRIFT_OK && drift_value_size(drift_document_root(there)) == 0;
	drift_document_free(there);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < drift_value_size(files); i++) {
			const char *name = text_of(drift_value_at(files, i), "path"), *text = text_of(drift_value_at(files, i), "text");

			if (!own && strcmp(name, "providers.tf") == 0)
				continue;
			if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
				return cli_complain("%s: the path is too long", dir), false;
			if (pass == 0 && exists_otherwise(path, text))
				return cli_complain("%s exists with other content; nothing was written. Name another folder with -o", path), false;
			if (pass == 1 && !cli_write(path, text, 0644))
				return false;
		}
	}
	return true;
}

static bool
write_hcl(struct import_job *job, const struct drift_import_write_options *wo)
{
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_document *doc = NULL;
	const struct drift_value *files;
	const char *dir = cli_output_path(job->c->o);
	bool ok = true;
	size_t i;

	if (drift_imports_hcl(job->imports, wo, &doc, &err) != DRIFT_OK)
		return cli_error(&err), false;
	files = drift_value_get(drift_document_root(doc), "files");
	if (dir != NULL)
		ok = write_files(files, dir);
	for (i = 0; dir == NULL && i < drift_value_size(files) && ok; i++) {
		printf("# ---- %s ----\n", text_of(drift_value_at(files, i), "path"));
		ok = cli_write(NULL, text_of(drift_value_at(files, i), "text"), 0644);
	}
	if (ok && !job->c->o->quiet)
		import_tell(drift_document_root(doc), "left_out", "blocks are to be completed by hand");
	drift_document_free(doc);
	return ok;
}

bool
import_write(struct import_job *job)
{
	struct drift_import_write_options wo = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	struct cli_context *c = job->c;
	const char *format = c->o->format != NULL ? c->o->format : c->o->query != NULL ? "json" : "blocks";
	const struct drift_value *backend = import_backend(c);
	struct drift_error err = DRIFT_ERROR_INIT;
	char *text = NULL, where[2100];
	bool ok;

	wo.provider_major = job->provider_major;
	wo.title = c->o->env;
	wo.strategy = cli_setting(c, c->o->strategy, "strategy");
	wo.expect_workspace = cli_setting(c, c->o->workspace, "workspace");
	if (text_of(backend, "bucket") != NULL && text_of(backend, "key") != NULL) {
		snprintf(where, sizeof where, "s3://%s/%s", text_of(backend, "bucket"), text_of(backend, "key"));
		wo.expect_backend = where;
	}
	if (strcmp(format, "hcl") == 0)
		return write_hcl(job, &wo);
	if (strcmp(format, "json") == 0 && c->o->query != NULL)
		return cli_write_query(job->c->o->query, drift_imports_root(job->imports), cli_output_path(job->c->o));
	if (drift_imports_write(job->imports, format, &wo, &text, &err) != DRIFT_OK)
		return cli_error(&err), false;
	ok = cli_write(cli_output_path(c->o), text, strcmp(format, "script") == 0 || strcmp(format, "rollback") == 0 ? 0755 : 0644);
	drift_text_free(text);
	return ok;
}
