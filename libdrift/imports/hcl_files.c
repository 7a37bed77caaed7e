/* The items that have no configuration -> the files of one: a file a service, variables, providers, import blocks. */
#include "imports/hcl_resource.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 64 << 20, ARENA_MAX_BYTES = 1 << 30 };

static void
add_file(struct drift__arena *a, struct drift__list_builder *files, const char *path, const struct drift__buf *text)
{
	struct drift__map_builder m;

	if (text->len == 0 || text->status != DRIFT_OK)
		return;
	drift__map_init(&m, a);
	drift__map_puts(&m, "path", path);
	drift__map_puts(&m, "text", text->data);
	drift__list_add(files, drift__map_finish(&m));
}

static int
by_service(const void *pa, const void *pb)
{
	const struct drift__import *const *a = pa, *const *b = pb;
	int c = strcmp((*a)->service, (*b)->service);

	return c != 0 ? c : strcmp((*a)->address, (*b)->address);
}

/* Items whose address is in a module or has a key are somebody's configuration already. */
static enum drift_status
write_services(struct drift__hcl_writer *w, struct drift__list_builder *files, struct drift_error *err)
{
	const struct drift__import **list = drift__arena_zalloc(w->arena, (w->im->n + 1) * sizeof(*list));
	enum drift_status st = list != NULL ? DRIFT_OK : drift__nomem(err);
	size_t n = 0;

	for (size_t i = 0; st == DRIFT_OK && i < w->im->n; i++) {
		const struct drift__import *it = &w->im->items[i];

		if (it->planned == NULL && it->module == NULL && strchr(it->address, '[') == NULL)
			list[n++] = it;
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_service);
	for (size_t i = 0; st == DRIFT_OK && i < n;) {
		struct drift__buf out = DRIFT__BUF_INIT(FILE_MAX_BYTES);
		const char *service = list[i]->service;
		char *path = drift__arena_printf(w->arena, "%s.tf", service);

		for (; st == DRIFT_OK && i < n && strcmp(list[i]->service, service) == 0; i++)
			st = drift__hcl_resource(w, list[i], &out, err);
		if (st == DRIFT_OK && path == NULL)
			st = drift__nomem(err);
		if (st == DRIFT_OK)
			add_file(w->arena, files, path, &out);
		drift__buf_dispose(&out);
	}
	return st;
}

/* ---- providers ---- */

static bool
has_alias(const char *const *aliases, const char *region)
{
	for (; aliases != NULL && aliases[0] != NULL && aliases[1] != NULL; aliases += 2) {
		if (strcmp(aliases[0], region) == 0)
			return true;
	}
	return false;
}

/* The given aliases, and one for every further region, named after it; NULL without memory. Provider 6 needs none. */
static const char *const *
all_aliases(struct drift__arena *a, const struct drift_imports *im, const struct drift_import_write_options *opt)
{
	const char **list = drift__arena_zalloc(a, (2 * im->n + 2) * sizeof(*list) + 2 * sizeof(*list) * 64);
	size_t n = 0;

	if (list == NULL)
		return NULL;
	for (; opt->aliases != NULL && n < 128 && opt->aliases[n] != NULL; n++)
		list[n] = opt->aliases[n];
	for (size_t i = 0; i < im->n && opt->provider_major < 6; i++) {
		const char *region = im->items[i].region;
		char *alias;

		if (region == NULL || drift__streq(region, im->default_region) || has_alias(list, region))
			continue;
		alias = drift__arena_strdup(a, region);
		if (alias == NULL)
			return NULL;
		for (char *p = alias; *p != '\0'; p++)
			*p = *p == '-' ? '_' : *p;
		list[n++] = region;
		list[n++] = alias;
	}
	return list;
}

static void
write_provider(struct drift__buf *out, const char *alias, const char *region)
{
	drift__buf_adds(out, "\nprovider \"aws\" {\n");
	if (alias != NULL)
		drift__buf_addf(out, "  alias  = \"%s\"\n", alias);
	if (region != NULL)
		drift__buf_addf(out, "  region = \"%s\"\n", region);
	drift__buf_adds(out, "}\n");
}

static void
write_providers(const struct drift_imports *im, const struct drift_import_write_options *opt, struct drift__buf *out)
{
	drift__buf_adds(out, "terraform {\n  required_version = \">= 1.5\"\n\n  required_providers {\n    aws = {\n");
	if (opt->provider_major > 0)
		drift__buf_addf(out, "      source  = \"hashicorp/aws\"\n      version = \"~> %d.0\"\n", opt->provider_major);
	else
		drift__buf_adds(out, "      source = \"hashicorp/aws\"\n");
	drift__buf_adds(out, "    }\n  }\n}\n");
	write_provider(out, NULL, im->default_region);
	for (const char *const *p = opt->aliases; p != NULL && p[0] != NULL && p[1] != NULL; p += 2)
		write_provider(out, p[1], p[0]);
}

/* ---- all of it ---- */

static enum drift_status
write_files(struct drift__hcl_writer *w, struct drift__list_builder *files, struct drift_error *err)
{
	struct drift__buf providers = DRIFT__BUF_INIT(FILE_MAX_BYTES), blocks = DRIFT__BUF_INIT(FILE_MAX_BYTES);
	enum drift_status st = write_services(w, files, err);

	if (st == DRIFT_OK) {
		write_providers(w->im, w->opt, &providers);
		drift__write_blocks(w->im, w->opt, &blocks);
		if (blocks.status != DRIFT_OK || providers.status != DRIFT_OK || w->variables->status != DRIFT_OK)
			st = drift__fail(err, DRIFT_NOMEM, "imports", "the configuration could not be written");
		add_file(w->arena, files, "imports.tf", &blocks);
		add_file(w->arena, files, "providers.tf", &providers);
		add_file(w->arena, files, "variables.tf", w->variables);
	}
	drift__buf_dispose(&providers);
	drift__buf_dispose(&blocks);
	return st;
}

enum drift_status
drift_imports_hcl(const struct drift_imports *im, const struct drift_import_write_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_import_write_options opt = DRIFT_IMPORT_WRITE_OPTIONS_INIT;
	struct drift_document *doc = drift__calloc(1, sizeof(*doc));
	struct drift__buf variables = DRIFT__BUF_INIT(FILE_MAX_BYTES);
	struct drift__list_builder files, left_out;
	struct drift__map_builder m;
	struct drift__hcl_writer w = {.im = im, .opt = &opt, .variables = &variables, .left_out = &left_out};
	enum drift_status st = DRIFT_OK;

	if (doc == NULL)
		return drift__nomem(err);
	if (options != NULL)
		memcpy(&opt, options, options->size < sizeof(opt) ? options->size : sizeof(opt));
	drift__arena_init(&doc->arena, ARENA_MAX_BYTES);
	w.arena = &doc->arena;
	drift__list_init(&files, w.arena);
	drift__list_init(&left_out, w.arena);
	opt.aliases = all_aliases(w.arena, im, &opt);
	st = opt.aliases != NULL && drift__hcl_index_make(w.arena, im, &w.index) ? write_files(&w, &files, err) : drift__nomem(err);
	drift__map_init(&m, w.arena);
	drift__map_put(&m, "files", drift__list_finish(&files));
	drift__map_put(&m, "left_out", drift__list_finish(&left_out));
	doc->root = drift__map_finish(&m);
	if (st == DRIFT_OK && doc->root == NULL)
		st = drift__nomem(err);
	drift__buf_dispose(&variables);
	if (st != DRIFT_OK) {
		drift_document_free(doc);
		return st;
	}
	*out = doc;
	return DRIFT_OK;
}
