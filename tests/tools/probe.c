/* drift-probe [--state FILE] [--backend BUCKET TABLE] [--record FOLDER] [--quiet] TYPE...: what the inventory makes of types in the account that the environment
 * points to, and how it compares with the instances of a state. --record writes FOLDER/TYPE.json, the fixture of the type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/diff.h"
#include "live/session.h"
#include "recorded.h"

struct probe {
	struct drift_catalogue *catalogue;
	struct drift_session *session;
	const struct drift_value *state; /* resources[] of the tfstate; NULL = none */
	const char *folder, *bucket, *table;
	bool quiet;
};

static int
complain(const struct drift_error *err)
{
	fprintf(stderr, "drift-probe: %s: %s\n%s\n", err->where, err->what, err->hint);
	return 1;
}

/* The managed resources of these types. */
static const struct drift_value *
select_state(const struct drift_value *resources, const char *const *types, struct drift__arena *a)
{
	struct drift__list_builder out;
	size_t i, k;

	drift__list_init(&out, a);
	for (i = 0; i < drift_value_size(resources); i++) {
		const struct drift_value *r = drift_value_at(resources, i);

		for (k = 0; types[k] != NULL; k++) {
			if (drift__streq(drift__value_gets(r, "mode"), "managed") && drift__streq(drift__value_gets(r, "type"), types[k])) {
				drift__list_add(&out, r);
				break;
			}
		}
	}
	return drift__list_finish(&out);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_lines(struct drift__buf *b, char **lines, size_t n)
{
	size_t i;

	qsort(lines, n, sizeof *lines, by_text);
	for (i = 0; i < n; i++)
		drift__buf_addf(b, "%s    %s", i > 0 ? ",\n" : "\n", lines[i]);
}

static void
add_expected(struct drift__buf *b, const char *type, const struct drift_snapshot *live, const struct drift_value *findings)
{
	size_t i, first, n = drift__snapshot_of_type(live, type, &first);
	bool more = false;

	drift__buf_adds(b, "  \"expect\": {\"summary\": ");
	drift__json_write(b, drift_value_get(findings, "summary"), 0, false);
	drift__buf_adds(b, ", \"imports\": {");
	for (i = first; i < first + n; i++) {
		const struct drift_resource *r = &live->resources[i];

		if (r->keys == NULL || (r->flags & DRIFT__AWS_DEFAULT) != 0)
			continue;
		drift__buf_adds(b, more ? ", " : "");
		drift__json_write_string(b, r->keys[0], strlen(r->keys[0]));
		drift__buf_adds(b, ": ");
		if (r->import_id != NULL)
			drift__json_write_string(b, r->import_id, strlen(r->import_id));
		else
			drift__buf_adds(b, "null");
		more = true;
	}
	drift__buf_adds(b, "}}\n");
}

static enum drift_status
write_fixture(const struct probe *p, const char *type, struct recorder *r, const struct drift_value *state, const struct drift_snapshot *live,
	const struct drift_value *findings, struct drift_error *err)
{
	struct drift__buf b = DRIFT__BUF_INIT(1 << 28);
	char path[1024];
	enum drift_status st;
	size_t i;

	snprintf(path, sizeof path, "%s/%s.json", p->folder, type);
	drift__buf_addf(&b, "{\n  \"type\": \"%s\",\n  \"source\": \"recorded from the emulated account of fixtures/account\",\n", type);
	drift__buf_addf(&b, "  \"region\": \"%s\",\n", recorder_region(r, err));
	if (p->bucket != NULL)
		drift__buf_addf(&b, "  \"backend\": {\"bucket\": \"%s\", \"table\": \"%s\"},\n", p->bucket, p->table);
	drift__buf_adds(&b, "  \"calls\": [");
	add_lines(&b, r->lines, r->n);
	drift__buf_adds(&b, "\n  ],\n  \"state\": [");
	for (i = 0; i < drift_value_size(state); i++) {
		drift__buf_adds(&b, i > 0 ? ",\n    " : "\n    ");
		drift__json_write(&b, drift_value_at(state, i), 0, false);
	}
	drift__buf_adds(&b, "\n  ],\n");
	add_expected(&b, type, live, findings);
	drift__buf_adds(&b, "}\n");
	st = b.status == DRIFT_OK ? drift__file_write(path, b.data, b.len, 0644, err) : drift__nomem(err);
	drift__buf_dispose(&b);
	return st;
}

static void
show(const struct probe *p, const char *type, const struct drift_snapshot *live, const struct drift_value *findings)
{
	static const char *const parts[] = {"summary", "changed", "missing", "unmanaged", "unknown", NULL};
	size_t i, first, n = drift__snapshot_of_type(live, type, &first);
	char *text;

	for (i = first; !p->quiet && i < first + n; i++) {
		text = drift_value_to_json(live->resources[i].attributes, 2);
		printf("%s id=%s import=%s name=%s arn=%s flags=%x owner=%s\n%s\n", type, drift_resource_id(&live->resources[i]),
			drift_resource_import_id(&live->resources[i]), drift_resource_name(&live->resources[i]), drift_resource_arn(&live->resources[i]),
			live->resources[i].flags, live->resources[i].owner != NULL ? live->resources[i].owner : "", text);
		drift_text_free(text);
	}
	for (i = 0; parts[i] != NULL; i++) {
		if (i > 0 && drift_value_size(drift_value_get(findings, parts[i])) == 0)
			continue;
		text = drift_value_to_json(drift_value_get(findings, parts[i]), p->quiet ? 0 : 2);
		printf("%s %s: %s\n", type, parts[i], text);
		drift_text_free(text);
	}
}

static int
probe(const struct probe *p, const char *type)
{
	struct recorder r = {.inner = drift__transport_of_client(drift__session_client(p->session))};
	struct drift_inventory_options o = DRIFT_INVENTORY_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift_snapshot *state = NULL, *live = NULL;
	struct drift_findings *f = NULL;
	const struct drift_value *resources;
	enum drift_status st;

	if (drift__catalogue_type(p->catalogue, type, &err) == NULL)
		return complain(&err);
	drift__arena_init(&r.arena, 0);
	o.all = true;
	o.native_tags = true;
	o.backend_bucket = p->bucket;
	o.backend_table = p->table;
	o.types = family_of(p->catalogue, type, &r.arena);
	resources = select_state(p->state, o.types, &r.arena);
	state = state_of(p->catalogue, resources, &err);
	o.state = state;
	st = state == NULL ? err.status : drift__inventory_run(p->catalogue,
		(struct drift__transport){.start = recorder_start, .run = recorder_run, .region = recorder_region, .stats = recorder_stats, .ctx = &r}, &o, &live, &err);
	if (st == DRIFT_OK)
		st = drift_diff(p->catalogue, state, live, NULL, &f, &err);
	if (st == DRIFT_OK)
		show(p, type, live, drift_findings_root(f));
	if (st == DRIFT_OK && p->folder != NULL)
		st = write_fixture(p, type, &r, resources, live, drift_findings_root(f), &err);
	drift_findings_free(f);
	drift_snapshot_free(live);
	drift_snapshot_free(state);
	recorder_dispose(&r);
	return st == DRIFT_OK ? 0 : complain(&err);
}

int
main(int argc, char **argv)
{
	struct drift_session_options so = DRIFT_SESSION_OPTIONS_INIT;
	struct drift_error err = DRIFT_ERROR_INIT;
	struct drift__buf text = DRIFT__BUF_INIT(1 << 28);
	struct drift_document *state = NULL;
	struct probe p = {0};
	int i, failed = 0;

	if (drift_catalogue_open(NULL, &p.catalogue, &err) != DRIFT_OK || drift_session_open(p.catalogue, &so, &p.session, &err) != DRIFT_OK)
		return complain(&err);
	for (i = 1; i < argc && failed == 0; i++) {
		if (strcmp(argv[i], "--state") == 0 && i + 1 < argc) {
			i++;
			if (drift__file_read(argv[i], &text, &err) != DRIFT_OK ||
				drift_document_parse(text.data, text.len, argv[i], &state, &err) != DRIFT_OK)
				failed = complain(&err);
			p.state = drift_value_get(drift_document_root(state), "resources");
		} else if (strcmp(argv[i], "--record") == 0 && i + 1 < argc) {
			p.folder = argv[++i];
		} else if (strcmp(argv[i], "--backend") == 0 && i + 2 < argc) {
			p.bucket = argv[++i];
			p.table = argv[++i];
		} else if (strcmp(argv[i], "--quiet") == 0) {
			p.quiet = true;
		} else {
			failed = probe(&p, argv[i]);
		}
	}
	drift_document_free(state);
	drift__buf_dispose(&text);
	drift_session_close(p.session);
	drift_catalogue_free(p.catalogue);
	return failed;
}
