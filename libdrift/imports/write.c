/* The imports document -> files: import blocks, and the choice between formats. */
#include "imports/imports.h"
#include "imports/quote.h"

#include <string.h>

enum { OUT_MAX_BYTES = 64 << 20 };

/* In another region than the default provider's. */
static bool
is_elsewhere(const struct drift_imports *im, const struct drift__import *it)
{
	return it->region != NULL && im->default_region != NULL && strcmp(it->region, im->default_region) != 0;
}

const char *
drift__import_alias(const struct drift_imports *im, const struct drift__import *it,
	const struct drift_import_write_options *opt)
{
	if (it->alias != NULL)
		return it->alias;
	if (!is_elsewhere(im, it))
		return NULL;
	for (int own = 0; own < 2; own++) {
		for (const char *const *p = own == 0 ? opt->aliases : im->aliases; p != NULL && p[0] != NULL && p[1] != NULL; p += 2) {
			if (drift__streq(p[0], it->region))
				return p[1];
		}
	}
	return NULL;
}

const char *
drift__import_id_text(const struct drift_imports *im, const struct drift__import *it,
	const struct drift_import_write_options *opt, struct drift__buf *b)
{
	drift__buf_reset(b);
	drift__buf_adds(b, it->id);
	if (is_elsewhere(im, it) && opt->provider_major >= 6 && drift__import_alias(im, it, opt) == NULL)
		drift__buf_addf(b, "@%s", it->region);
	return b->data != NULL ? b->data : "";
}

static void
add_forecast_note(struct drift__buf *out, const struct drift__import *it)
{
	size_t n = drift_value_size(it->changes);

	if (it->forecast == NULL || n == 0)
		return;
	drift__buf_addf(out, "# after the import: %s (", drift__streq(it->forecast, "replace") ? "would be replaced" : "changed in place");
	for (size_t i = 0; i < n; i++) {
		const char *path = drift__value_gets(drift_value_at(it->changes, i), "path");

		drift__buf_adds(out, i > 0 ? ", " : "");
		drift__quote_comment(out, path != NULL ? path : "");
	}
	drift__buf_adds(out, ")\n");
}

void
drift__write_blocks(const struct drift_imports *im, const struct drift_import_write_options *opt, struct drift__buf *out)
{
	struct drift__buf id = DRIFT__BUF_INIT(1 << 20);
	const char *service = NULL;

	drift__buf_addf(out, "# %zu import block%s", im->n, im->n == 1 ? "" : "s");
	if (opt->title != NULL) {
		drift__buf_adds(out, ": ");
		drift__quote_comment(out, opt->title);
	}
	drift__buf_adds(out, ". Terraform 1.5 or later, OpenTofu 1.6 or later.\n"
		"#   terraform plan -out=tfplan && terraform show -json tfplan > plan.json\n"
		"#   driftscan guard plan.json && terraform apply tfplan\n"
		"# A block whose address is in the state already does nothing: the file may stay.\n");
	if (drift__streq(opt->strategy, "skip"))
		drift__buf_adds(out, "# The strategy of this environment is skip: nothing is imported.\n");
	for (size_t i = 0; i < im->n && !drift__streq(opt->strategy, "skip"); i++) {
		const struct drift__import *it = &im->items[i];
		const char *alias = drift__import_alias(im, it, opt), *text;

		if (!drift__streq(service, it->service)) {
			drift__buf_adds(out, "\n# ---- ");
			drift__quote_comment(out, it->service);
			drift__buf_adds(out, " ----\n");
		}
		service = it->service;
		drift__buf_addc(out, '\n');
		add_forecast_note(out, it);
		if (is_elsewhere(im, it) && it->planned == NULL && it->module == NULL && alias == NULL && opt->provider_major < 6)
			drift__buf_addf(out, "# lives in %s, and no provider is known for that: give the resource one before this runs\n", it->region);
		text = drift__import_id_text(im, it, opt, &id);
		/* Terraform takes the provider from the resource's own block where there is one, and refuses it here */
		if (it->planned != NULL || it->module != NULL)
			alias = NULL;
		if (alias != NULL)
			drift__buf_addf(out, "import {\n  provider = aws.%s\n  to       = %s\n  id       = ", alias, it->address);
		else
			drift__buf_addf(out, "import {\n  to = %s\n  id = ", it->address);
		drift__quote_hcl(out, text, strlen(text));
		drift__buf_adds(out, "\n}\n");
	}
	if (id.status != DRIFT_OK && out->status == DRIFT_OK)
		out->status = id.status;
	drift__buf_dispose(&id);
}

static bool
is_strategy(const char *s)
{
	return s == NULL || strcmp(s, "skip") == 0 || strcmp(s, "test") == 0 || strcmp(s, "full") == 0 || strcmp(s, "strict") == 0;
}

static void
write_json(const struct drift_imports *im, struct drift__buf *out)
{
	drift__json_write(out, im->root, 2, false);
	drift__buf_addc(out, '\n');
}

enum drift_status
drift_imports_write(const struct drift_imports *im, const char *format, const struct drift_import_write_options *options,
	char **text_out, struct drift_error *err)
{
	struct drift_import_write_options opt = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	struct drift__buf out = DRIFT__BUF_INIT(OUT_MAX_BYTES);
	enum drift_status st;
	char *text;

	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	if (!is_strategy(opt.strategy)) {
		drift__fail(err, DRIFT_USAGE, opt.strategy, "there is no such strategy of imports");
		return drift__hint(err, "use skip, test, full or strict");
	}
	if (drift__streq(format, "blocks")) {
		drift__write_blocks(im, &opt, &out);
	} else if (drift__streq(format, "script")) {
		drift__write_script(im, &opt, &out);
	} else if (drift__streq(format, "rollback")) {
		drift__write_rollback(im, &out);
	} else if (drift__streq(format, "json")) {
		write_json(im, &out);
	} else {
		drift__fail(err, DRIFT_USAGE, format, "there is no such format of imports");
		return drift__hint(err, "use blocks, script, rollback, hcl or json");
	}
	st = out.status;
	text = drift__buf_take(&out);
	drift__buf_dispose(&out);
	if (text == NULL)
		return drift__fail(err, st == DRIFT_LIMIT ? DRIFT_LIMIT : DRIFT_NOMEM, "imports", "the file would be too large");
	*text_out = text;
	return DRIFT_OK;
}

void
drift_imports_free(struct drift_imports *im)
{
	if (im == NULL)
		return;
	drift__free(im->items);
	drift__arena_dispose(&im->arena);
	drift__free(im);
}

size_t
drift_imports_size(const struct drift_imports *im)
{
	return im->n;
}

const struct drift_value *
drift_imports_root(const struct drift_imports *im)
{
	return im->root;
}

enum drift_status
drift_imports_stale(const struct drift_imports *im, long long now_ms, long long max_age_ms, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct drift__list_builder list;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, OUT_MAX_BYTES);
	drift__list_init(&list, &doc->arena);
	for (size_t i = 0; i < im->n; i++) {
		const struct drift__import *it = &im->items[i];
		struct drift__map_builder m;

		if (now_ms - it->live->read_ms <= max_age_ms)
			continue;
		drift__map_init(&m, &doc->arena);
		drift__map_puts(&m, "type", it->type);
		drift__map_puts(&m, "id", it->live->id);
		drift__map_puts(&m, "region", it->region);
		drift__map_puts(&m, "address", it->address);
		drift__list_add(&list, drift__map_finish(&m));
	}
	doc->root = drift__list_finish(&list);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}
