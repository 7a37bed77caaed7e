/* The imports document -> a bash script, for Terraform versions and teams that import by command. The fixed text of the script is in
 * script_head.inc and script_tail.inc; between them stands one `item ADDRESS ID` line a resource. */
#include "imports/imports.h"
#include "imports/quote.h"

#include <string.h>

static const char *const head[] = {
#include "imports/script_head.inc"
};
static const char *const tail[] = {
#include "imports/script_tail.inc"
};

static void
assign(struct drift__buf *out, const char *name, const char *value)
{
	drift__buf_addf(out, "%s=", name);
	drift__quote_shell(out, value != NULL ? value : "");
	drift__buf_addc(out, '\n');
}

/* A text as it stands between the quotes of a JSON file, where the script looks for it. */
static void
assign_json(struct drift__buf *out, const char *name, const char *value)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 20);
	char *text;

	drift__json_write_string(&b, value, strlen(value));
	text = b.len >= 2 ? drift__strndup(b.data + 1, b.len - 2) : NULL;
	if (text == NULL)
		out->status = DRIFT_NOMEM;
	else
		assign(out, name, text);
	drift__free(text);
	drift__buf_dispose(&b);
}

/* "s3://bucket/key" -> two variables, which the script looks for in .terraform/terraform.tfstate */
static void
assign_backend(struct drift__buf *out, const char *backend)
{
	const char *bucket = drift__starts(backend, "s3://") ? backend + 5 : "";
	const char *slash = strchr(bucket, '/');
	char *name = drift__strndup(bucket, slash != NULL ? (size_t)(slash - bucket) : strlen(bucket));

	if (name == NULL) {
		out->status = DRIFT_NOMEM;
		return;
	}
	assign_json(out, "expect_backend_bucket", name);
	assign_json(out, "expect_backend_key", slash != NULL ? slash + 1 : "");
	drift__free(name);
}

static void
add_items(const struct drift_imports *im, const struct drift_import_write_options *opt, struct drift__buf *out)
{
	struct drift__buf id = DRIFT__BUF_INIT(1 << 20);
	const char *service = NULL;

	drift__buf_adds(out, "# shellcheck disable=SC2016 # names are quoted so that nothing in them is expanded\nitems() {\n\t:\n");
	for (size_t i = 0; i < im->n; i++) {
		const struct drift__import *it = &im->items[i];

		if (!drift__streq(service, it->service)) {
			drift__buf_adds(out, "\t# ---- ");
			drift__quote_comment(out, it->service);
			drift__buf_adds(out, " ----\n");
		}
		service = it->service;
		drift__buf_adds(out, "\titem ");
		drift__quote_shell(out, it->address);
		drift__buf_addc(out, ' ');
		drift__quote_shell(out, drift__import_id_text(im, it, opt, &id));
		drift__buf_addc(out, '\n');
	}
	drift__buf_adds(out, "}\n");
	if (id.status != DRIFT_OK && out->status == DRIFT_OK)
		out->status = id.status;
	drift__buf_dispose(&id);
}

void
drift__write_script(const struct drift_imports *im, const struct drift_import_write_options *opt, struct drift__buf *out)
{
	drift__buf_adds(out, "#!/usr/bin/env bash\n# Imports ");
	drift__buf_addf(out, "%zu resource%s into the Terraform state", im->n, im->n == 1 ? "" : "s");
	if (opt->title != NULL) {
		drift__buf_adds(out, ": ");
		drift__quote_comment(out, opt->title);
	}
	drift__buf_adds(out, ".\n# Run it in the folder of the configuration, after terraform init. See --help.\n");
	assign(out, "results", opt->result_file != NULL ? opt->result_file : "import-results.tsv");
	assign(out, "strategy", opt->strategy != NULL ? opt->strategy : "full");
	assign(out, "expect_workspace", opt->expect_workspace);
	assign_backend(out, opt->expect_backend != NULL ? opt->expect_backend : "");
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		drift__buf_adds(out, head[i]);
	drift__buf_addc(out, '\n');
	add_items(im, opt, out);
	for (size_t i = 0; i < sizeof(tail) / sizeof(tail[0]); i++)
		drift__buf_adds(out, tail[i]);
}

void
drift__write_rollback(const struct drift_imports *im, struct drift__buf *out)
{
	drift__buf_adds(out, "#!/usr/bin/env bash\n"
		"# Takes the imported resources out of the state again. The resources themselves stay as they are.\n"
		"set -u\nTERRAFORM=${TERRAFORM:-terraform}\nfailed=0\n"
		"forget() { \"$TERRAFORM\" state rm -lock-timeout=5m \"$1\" || failed=$((failed + 1)); }\n");
	for (size_t i = im->n; i > 0; i--) {
		drift__buf_adds(out, "forget ");
		drift__quote_shell(out, im->items[i - 1].address);
		drift__buf_addc(out, '\n');
	}
	drift__buf_adds(out, "[ \"$failed\" -eq 0 ]\n");
}
