/* Findings → the report document: rows get their service and suggested address, the scan and the states are put beside them. */
#include "report/report.h"

#include "catalogue/type.h"
#include "diff/findings.h"
#include "model/alike.h"

#include <stdlib.h>
#include <string.h>

struct maker {
	struct drift__arena *a;
	const struct drift_report_options *o;
	struct drift__likes likes; /* of rows */
	struct address {
		const char *type, *import_id, *address;
	} *addresses; /* sorted */
	size_t n_addresses;
};

static int
compare_addresses(const void *pa, const void *pb)
{
	const struct address *a = pa, *b = pb;
	int c = strcmp(a->type, b->type);

	return c != 0 ? c : strcmp(a->import_id, b->import_id);
}

static bool
index_addresses(struct maker *m)
{
	const struct drift_value *list = m->o->addresses;
	size_t i;

	m->addresses = drift__malloc((drift_value_size(list) + 1) * sizeof *m->addresses);
	if (m->addresses == NULL)
		return false;
	for (i = 0; i < drift_value_size(list); i++) {
		const struct drift_value *v = drift_value_at(list, i);
		struct address a = {drift__value_gets(v, "type"), drift__value_gets(v, "import_id"), drift__value_gets(v, "address")};

		if (a.import_id == NULL)
			a.import_id = drift__value_gets(v, "id"); /* imports call it so */
		if (a.type != NULL && a.import_id != NULL && a.address != NULL)
			m->addresses[m->n_addresses++] = a;
	}
	if (m->n_addresses > 1)
		qsort(m->addresses, m->n_addresses, sizeof *m->addresses, compare_addresses);
	return true;
}

static const char *
address_of(const struct maker *m, const struct drift_value *row)
{
	struct address key = {drift__value_gets(row, "type"), drift__value_gets(row, "import_id"), NULL};
	const struct address *found;

	if (key.type == NULL || key.import_id == NULL || m->n_addresses == 0)
		return NULL;
	found = bsearch(&key, m->addresses, m->n_addresses, sizeof *m->addresses, compare_addresses);
	return found != NULL ? found->address : NULL;
}

/* The catalogue's service; of an unknown type the word after the provider's name. */
static void
put_service(struct maker *m, struct drift__map_builder *b, const char *type)
{
	const struct drift__type *t = type != NULL && m->o->catalogue != NULL ? drift__catalogue_type(m->o->catalogue, type, NULL) : NULL;
	const char *text = t != NULL ? t->service : type != NULL ? type : "other", *word = t == NULL && type != NULL ? strchr(type, '_') : NULL;
	size_t n = word != NULL ? strcspn(word + 1, "_") : strlen(text);
	struct drift_value v = {.kind = DRIFT_STRING, .len = (uint32_t)n};

	v.u.text = drift__likes_text(&m->likes, word != NULL ? word + 1 : text, n);
	drift__map_put(b, "service", v.u.text != NULL ? &v : NULL);
}

/* The values of the row are lent. */
static const struct drift_value *
row_value(struct maker *m, const struct drift_value *row, bool suggest)
{
	struct drift__map_builder b;
	size_t i, n;

	drift__map_init(&b, m->a);
	for (i = 0; i < drift_value_size(row); i++) {
		const char *key = drift_value_key(row, i, &n);

		drift__map_putn(&b, key, n, drift_value_at(row, i));
	}
	if (suggest)
		drift__map_puts(&b, "address", address_of(m, row));
	put_service(m, &b, drift__value_gets(row, "type"));
	return drift__likes_finish(&m->likes, &b);
}

static const struct drift_value *
rows_value(struct maker *m, const struct drift_value *rows, bool suggest)
{
	struct drift__list_builder b;
	size_t i;

	drift__list_init(&b, m->a);
	for (i = 0; i < drift_value_size(rows); i++)
		drift__list_add(&b, row_value(m, drift_value_at(rows, i), suggest));
	return drift__list_finish(&b);
}

static const struct drift_value *
copy_or_empty(const struct maker *m, const struct drift_value *v, enum drift_kind kind)
{
	struct drift__list_builder list;
	struct drift__map_builder map;

	if (drift_value_kind(v) == kind)
		return drift__value_copy(m->a, v);
	if (kind == DRIFT_MAP) {
		drift__map_init(&map, m->a);
		return drift__map_finish(&map);
	}
	drift__list_init(&list, m->a);
	return drift__list_finish(&list);
}

static const struct drift_value *
number_or_zero(const struct maker *m, const struct drift_value *v)
{
	return drift_value_kind(v) == DRIFT_NUMBER ? drift__value_copy(m->a, v) : drift__value_int(m->a, 0);
}

static const struct drift_value *
scan_value(const struct maker *m, const struct drift_value *findings)
{
	static const char *const numbers[] = {"api_calls", "retries", "duration_ms"};
	static const char *const apart[] = {"listed", "looked_up_only"}; /* the inventory's own book-keeping */
	const struct drift_value *scan = m->o->scan, *complete = drift_value_get(scan, "complete");
	struct drift__map_builder b;
	size_t i, k;

	drift__map_init(&b, m->a);
	drift__map_putb(&b, "complete", drift_value_bool(drift_value_get(findings, "complete")) &&
		(drift_value_kind(complete) != DRIFT_BOOL || drift_value_bool(complete)));
	drift__map_puts(&b, "account", drift__value_gets(scan, "account"));
	drift__map_put(&b, "regions", copy_or_empty(m, drift_value_get(scan, "regions"), DRIFT_LIST));
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		drift__map_put(&b, numbers[i], number_or_zero(m, drift_value_get(scan, numbers[i])));
	for (i = 0; drift_value_kind(scan) == DRIFT_MAP && i < scan->len; i++) {
		const char *key = drift_value_key(scan, i, NULL);
		bool left_out = false;

		for (k = 0; k < b.len; k++)
			left_out = left_out || strcmp(b.members[k].key, key) == 0;
		for (k = 0; k < sizeof apart / sizeof apart[0]; k++)
			left_out = left_out || strcmp(apart[k], key) == 0;
		if (!left_out)
			drift__map_put(&b, key, drift__value_copy(m->a, drift_value_at(scan, i)));
	}
	return drift__map_finish(&b);
}

static const struct drift_value *
report_value(struct maker *m, const struct drift_value *f)
{
	struct drift__map_builder b;

	drift__map_init(&b, m->a);
	drift__map_puts(&b, "format_version", "1.0");
	drift__map_put(&b, "scan", scan_value(m, f));
	drift__map_put(&b, "states", copy_or_empty(m, m->o->states, DRIFT_LIST));
	drift__map_put(&b, "summary", drift__value_copy(m->a, drift_value_get(f, "summary")));
	drift__map_put(&b, "missing", rows_value(m, drift_value_get(f, "missing"), false));
	drift__map_put(&b, "changed", rows_value(m, drift_value_get(f, "changed"), false));
	drift__map_put(&b, "unmanaged", rows_value(m, drift_value_get(f, "unmanaged"), true));
	drift__map_put(&b, "unknown", rows_value(m, drift_value_get(f, "unknown"), false));
	drift__map_put(&b, "ignored", rows_value(m, drift_value_get(f, "ignored"), false));
	drift__map_put(&b, "not_compared", rows_value(m, drift_value_get(f, "not_compared"), false));
	drift__map_put(&b, "other_managers", copy_or_empty(m, drift_value_get(f, "other_managers"), DRIFT_LIST));
	drift__map_put(&b, "duplicates", rows_value(m, drift_value_get(f, "duplicates"), false));
	drift__map_put(&b, "deposed", rows_value(m, drift_value_get(f, "deposed"), false));
	drift__map_put(&b, "looked_up_only", copy_or_empty(m, drift_value_get(f, "looked_up_only"), DRIFT_MAP));
	drift__map_put(&b, "warnings", copy_or_empty(m, m->o->warnings, DRIFT_LIST));
	return drift__map_finish(&b);
}

/* findings lie in doc, or are copied there when they are NULL. Frees doc on failure. */
static enum drift_status
make(struct drift_document *doc, const struct drift_value *findings, const struct drift_findings *copied,
	const struct drift_report_options *options, struct drift_document **out, struct drift_error *err)
{
	struct drift_report_options own = DRIFT_REPORT_OPTIONS_INIT;
	struct maker m = {.o = &own, .a = &doc->arena};

	if (options != NULL)
		memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
	doc->arena.share_names = true;
	drift__likes_init(&m.likes, m.a);
	if (findings == NULL)
		findings = drift__likes_copy(&m.likes, drift_findings_root(copied));
	doc->root = findings != NULL && index_addresses(&m) ? report_value(&m, findings) : NULL;
	drift__likes_dispose(&m.likes);
	drift__free(m.addresses);
	if (doc->root == NULL) {
		drift_document_free(doc);
		return drift__nomem(err);
	}
	*out = doc;
	return DRIFT_OK;
}

enum drift_status
drift_report_make(const struct drift_findings *findings, const struct drift_report_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	return make(doc, NULL, findings, options, out, err);
}

enum drift_status
drift__report_take(struct drift_findings *findings, const struct drift_report_options *options, struct drift_document **out,
	struct drift_error *err)
{
	struct drift_document *doc = drift__calloc(1, sizeof *doc);
	const struct drift_value *root = findings->root;

	if (doc == NULL)
		return drift__nomem(err);
	drift__arena_init(&doc->arena, 0);
	drift__arena_join(&doc->arena, &findings->arena);
	findings->root = NULL;
	return make(doc, root, NULL, options, out, err);
}

int
drift_report_exit_code(const struct drift_document *report)
{
	const struct drift_value *root = drift_document_root(report);

	if (drift__report_count(root, "unmanaged") + drift__report_count(root, "missing") + drift__report_count(root, "changed") +
		drift__report_count(root, "duplicates") > 0)
		return 2;
	return drift_value_bool(drift_value_get(drift_value_get(root, "scan"), "complete")) ? 0 : 3;
}
