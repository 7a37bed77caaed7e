/* Fields of a state and instances of it → resources, whatever the format. */
#include "state/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- saying what is wrong ---- */

void
drift__reader_nomem(struct drift__state_reader *r)
{
	if (r->st == DRIFT_OK)
		r->st = drift__nomem(r->err);
}

void
drift__reader_bad(struct drift__state_reader *r, enum drift_status st, const char *where, const char *fmt, ...)
{
	char full[256], what[512];
	va_list ap;

	if (r->st != DRIFT_OK)
		return;
	snprintf(full, sizeof full, "%.120s%s%.120s", r->name, where[0] != '\0' ? ": " : "", where);
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	r->st = drift__fail(r->err, st, full, "%s", what);
	if (st == DRIFT_BAD_STATE)
		drift__hint(r->err, "Terraform refuses this state as well; a backup (terraform.tfstate.backup, an older version in S3) may be whole");
}

void
drift__reader_warn(struct drift__state_reader *r, const char *where, const char *fmt, ...)
{
	struct drift__arena *a = &r->snap->arena;
	struct drift__buf b = DRIFT__BUF_INIT(4096);
	char what[512];
	va_list ap;

	if (r->n_warnings++ >= TFSTATE_MAX_WARNINGS)
		return;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	drift__buf_add_safe(&b, where, strlen(where));
	drift__buf_adds(&b, where[0] != '\0' ? ": " : "");
	drift__buf_add_safe(&b, what, strlen(what));
	drift__list_add(&r->info->warnings, b.status == DRIFT_OK ? drift__value_string(a, b.data) : NULL);
	drift__buf_dispose(&b);
}

/* ---- fields ---- */

static const char *
kind_name(unsigned kind)
{
	static const char *const names[] = {"null", "true or false", "a number", "a text", "a list", "an object"};

	return kind < sizeof names / sizeof names[0] ? names[kind] : "something else";
}

static char
lowered(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_letter(const char *key, size_t *i, char wanted)
{
	/* Go folds these two onto ASCII letters as well */
	if ((wanted == 's' && strncmp(key + *i, "\xC5\xBF", 2) == 0) || (wanted == 'k' && strncmp(key + *i, "\xE2\x84\xAA", 3) == 0)) {
		*i += wanted == 's' ? 2 : 3;
		return true;
	}
	return lowered(key[(*i)++]) == wanted;
}

static bool
folds_to(const char *key, size_t n, const char *name)
{
	size_t i = 0;

	for (; *name != '\0' && i < n; name++)
		if (!same_letter(key, &i, *name))
			return false;
	return *name == '\0' && i == n;
}

static void
field_path(char out[160], const char *where, const char *name)
{
	snprintf(out, 160, "%.120s%s%s", where, where[0] != '\0' ? "." : "", name);
}

static void
wrong_kind(struct drift__state_reader *r, const char *name, unsigned kinds, const struct drift_value *found, bool only_warn, const char *where)
{
	char wanted[100] = "", path[160];
	unsigned i;

	field_path(path, where, name);
	for (i = 0; i <= DRIFT_MAP; i++)
		if ((kinds >> i & 1) != 0)
			snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%s", wanted[0] != '\0' ? " or " : "", kind_name(i));
	if (only_warn)
		drift__reader_warn(r, path, "must be %s, and is %s; it is left out", wanted, kind_name(found->kind));
	else
		drift__reader_bad(r, DRIFT_BAD_STATE, path, "must be %s, and is %s", wanted, kind_name(found->kind));
}

const struct drift_value *
drift__reader_field(struct drift__state_reader *r, const struct drift_value *map, const char *name, unsigned kinds, bool only_warn,
	const char *where)
{
	const struct drift_value *found = NULL;
	size_t i, n, hits = 0;

	for (i = 0; drift_value_kind(map) == DRIFT_MAP && i < map->len; i++) {
		const char *key = drift_value_key(map, i, &n);

		if (folds_to(key, n, name)) {
			found = drift_value_at(map, i);
			hits++;
		}
	}
	if (hits > 1 && !r->said_twice) {
		r->said_twice = true;
		drift__reader_warn(r, where, "\"%s\" stands twice, in other case: the last one counts, as in Terraform", name);
	}
	if (found == NULL || found->kind == DRIFT_NULL)
		return NULL;
	if ((kinds >> found->kind & 1) != 0)
		return found;
	wrong_kind(r, name, kinds, found, only_warn, where);
	return NULL;
}

const char *
drift__reader_text(struct drift__state_reader *r, const struct drift_value *map, const char *name, const char *where)
{
	const struct drift_value *v = drift__reader_field(r, map, name, 1u << DRIFT_STRING, false, where);
	char path[160];

	if (v == NULL)
		return NULL;
	if (strlen(v->u.text) != v->len) {
		field_path(path, where, name);
		drift__reader_bad(r, DRIFT_BAD_STATE, path, "has a NUL in it");
		return NULL;
	}
	return v->u.text;
}

static bool
is_uint64(const char *digits, size_t n)
{
	static const char max[] = "18446744073709551615";

	return strspn(digits, "0123456789") == n && (n < sizeof max - 1 || (n == sizeof max - 1 && strcmp(digits, max) <= 0));
}

const char *
drift__reader_uint(struct drift__state_reader *r, const struct drift_value *map, const char *name, const char *where)
{
	const struct drift_value *v = drift__reader_field(r, map, name, 1u << DRIFT_NUMBER, false, where);
	char path[160];

	if (v == NULL)
		return NULL;
	if (!is_uint64(v->u.text, v->len)) {
		field_path(path, where, name);
		drift__reader_bad(r, DRIFT_BAD_STATE, path, "must be a whole number from 0 to 2^64 - 1");
		return NULL;
	}
	return v->u.text;
}

bool
drift__reader_names(struct drift__state_reader *r, const char *type, const char *name, const char *where)
{
	if (type != NULL && name != NULL && type[0] != '\0' && name[0] != '\0' && drift__name_length(type, strlen(type)) == strlen(type) &&
		drift__name_length(name, strlen(name)) == strlen(name))
		return true;
	drift__reader_bad(r, DRIFT_BAD_STATE, where, "type and name of a resource must be names: letters, digits, _ and -");
	return false;
}

/* ---- parts of an instance ---- */

const struct drift_value *
drift__reader_dependencies(struct drift__state_reader *r, const struct drift_value *list, const char *where)
{
	struct drift__arena *a = &r->snap->arena;
	struct drift__list_builder out;
	size_t i;

	if (drift_value_size(list) == 0)
		return NULL;
	drift__list_init(&out, a);
	for (i = 0; i < drift_value_size(list) && r->st == DRIFT_OK; i++) {
		const struct drift_value *v = drift_value_at(list, i);
		struct drift_error why = DRIFT_ERROR_INIT;
		struct drift__address parts;
		enum drift_status st = DRIFT_BAD_ADDRESS;

		if (drift_value_kind(v) == DRIFT_STRING && strlen(v->u.text) == v->len)
			st = drift__address_parse(v->u.text, a, &parts, &why);
		if (st == DRIFT_NOMEM)
			drift__reader_nomem(r);
		else if (st != DRIFT_OK)
			drift__reader_bad(r, DRIFT_BAD_STATE, where, "dependencies[%zu] is no address of a resource%s%s", i, why.what[0] != '\0' ? ": " : "",
				why.what);
		else
			drift__list_add(&out, drift__value_string(a, drift__address_text(&parts, a)));
	}
	if (out.failed)
		drift__reader_nomem(r);
	if (r->st == DRIFT_OK)
		return drift__list_finish(&out);
	drift__list_dispose(&out);
	return NULL;
}

const struct drift_value *
drift__reader_all_sensitive(struct drift__state_reader *r, const struct drift_value *attributes)
{
	struct drift__list_builder out, path;
	size_t i, n;

	drift__list_init(&out, &r->snap->arena);
	for (i = 0; drift_value_kind(attributes) == DRIFT_MAP && i < attributes->len; i++) {
		const char *key = drift_value_key(attributes, i, &n);

		drift__list_init(&path, &r->snap->arena);
		drift__list_add(&path, drift__value_stringn(&r->snap->arena, key, n));
		drift__list_add(&out, drift__list_finish(&path));
	}
	return drift__list_finish(&out);
}

/* Field n of an ARN (arn:partition:service:region:account:…); NULL when it is none or the field is empty. */
static const char *
arn_field(struct drift__arena *a, const char *arn, int field)
{
	const char *p = arn;
	size_t n;

	if (arn == NULL || !drift__starts(arn, "arn:"))
		return NULL;
	for (; field > 0 && p != NULL; field--) {
		p = strchr(p, ':');
		if (p != NULL)
			p++;
	}
	n = p != NULL ? strcspn(p, ":") : 0;
	return n > 0 && p[n] == ':' ? drift__arena_name(a, p, n) : NULL;
}

/* The state never says which region a provider had: the resource's own words, best first. */
static const char *
region_of(struct drift__arena *a, const struct drift__instance_parts *p)
{
	const char *region = drift__value_gets(p->attributes, "region"), *zone = drift__value_gets(p->attributes, "availability_zone");
	size_t n = zone != NULL ? strlen(zone) : 0;

	if (region == NULL || region[0] == '\0')
		region = drift__value_gets(p->identity, "region");
	if (region == NULL)
		region = arn_field(a, drift__value_gets(p->attributes, "arn"), 3);
	if (region == NULL && n > 3 && n < 24 && zone[n - 1] >= 'a' && zone[n - 1] <= 'z' && zone[n - 2] >= '0' && zone[n - 2] <= '9' &&
		strchr(zone, '-') != NULL)
		region = drift__arena_name(a, zone, n - 1);
	return region;
}

static const char *
account_of(struct drift__arena *a, const struct drift__instance_parts *p)
{
	const char *account = drift__value_gets(p->identity, "account_id");

	if (account == NULL)
		account = arn_field(a, drift__value_gets(p->attributes, "arn"), 4);
	return account != NULL && strlen(account) == 12 && strspn(account, "0123456789") == 12 ? account : NULL;
}

static void
count_provider(struct drift__state_reader *r, const char *name)
{
	struct drift__provider_count *more;
	size_t i;

	for (i = 0; i < r->n_providers; i++) {
		if (strcmp(r->providers[i].name, name) == 0) {
			r->providers[i].n++;
			return;
		}
	}
	more = drift__realloc(r->providers, (r->n_providers + 1) * sizeof *more);
	if (more == NULL) {
		drift__reader_nomem(r);
		return;
	}
	r->providers = more;
	more[r->n_providers++] = (struct drift__provider_count){name, 1};
}

static void
count(struct drift__state_reader *r, const struct drift__instance_parts *p)
{
	if (p->data) {
		r->info->n_data++;
	} else if (p->provider.aws) {
		r->info->n_resources++;
		r->info->n_old_provider += p->provider.source == NULL || strchr(p->provider.source, '/') == NULL || p->provider.source[0] == '-';
	} else {
		r->info->n_foreign++;
		count_provider(r, p->provider.source != NULL ? p->provider.source : "(unknown)");
	}
	r->info->n_tainted += p->tainted;
	r->info->n_deposed += p->deposed != NULL;
}

void
drift__reader_add(struct drift__state_reader *r, const struct drift__instance_parts *p)
{
	struct drift__arena *a = &r->snap->arena;
	const struct drift__address parts = {p->module, p->type, p->name, p->key, p->data};
	const struct drift__more more = {.provider_alias = p->provider.alias, .deposed = p->deposed, .identity = p->identity};
	struct drift_resource *res = r->st == DRIFT_OK ? drift__snapshot_add(r->snap, p->type) : NULL;

	if (res == NULL || !drift__resource_tell(r->snap, res, &more)) {
		drift__reader_nomem(r);
		return;
	}
	res->address = drift__address_text(&parts, a);
	if (res->address == NULL)
		drift__reader_nomem(r);
	res->source = r->source;
	res->flags = (p->data ? DRIFT__DATA : 0u) | (p->provider.aws ? 0u : DRIFT__FOREIGN) | (p->tainted ? DRIFT__TAINTED : 0u) |
		(p->deposed != NULL ? DRIFT__DEPOSED : 0u);
	res->attributes = p->attributes;
	res->dependencies = p->dependencies;
	res->sensitive = p->sensitive;
	res->schema_version = p->schema_version;
	res->id = drift__value_gets(p->attributes, "id");
	res->arn = drift__value_gets(p->attributes, "arn");
	res->name = drift__value_gets(p->attributes, "name");
	res->region = region_of(a, p);
	res->account = account_of(a, p);
	res->tags = drift_value_get(p->attributes, "tags_all");
	if (drift_value_kind(res->tags) != DRIFT_MAP)
		res->tags = drift_value_get(p->attributes, "tags");
	count(r, p);
}
