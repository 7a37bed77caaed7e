/* Extensions to JMESPath's functions: what the catalogue needs to say how AWS writes a thing and how Terraform does. */
#include "jmespath/functions.h"

#include <stdlib.h>
#include <string.h>

#define V(i) (args[i].value)
#define NULL_IN_NULL_OUT(i)                                                                                            \
	do {                                                                                                           \
		(void)n;                                                                                               \
		if (V(i)->kind == DRIFT_NULL)                                                                          \
			return &drift__null;                                                                           \
	} while (0)

const struct drift_value *
drift__jmes_arn(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	static const char *const names[] = {"partition", "service", "region", "account", "resource"};
	struct drift__map_builder out;
	const char *p, *end;
	size_t i;

	NULL_IN_NULL_OUT(0);
	if (!drift__starts(V(0)->u.text, "arn:"))
		return &drift__null;
	p = V(0)->u.text + 4;
	drift__map_init(&out, run->arena);
	for (i = 0; i < 5; i++) {
		end = i < 4 ? strchr(p, ':') : p + strlen(p);
		if (end == NULL) {
			drift__map_dispose(&out);
			return &drift__null;
		}
		drift__map_put(&out, names[i], drift__value_stringn(run->arena, p, (size_t)(end - p)));
		p = end + 1;
	}
	return drift__jmes_made(run, drift__map_finish(&out));
}

const struct drift_value *
drift__jmes_base64_decode(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	unsigned char *bytes;
	long len;

	NULL_IN_NULL_OUT(0);
	bytes = drift__arena_alloc(run->arena, V(0)->len + 4);
	if (bytes == NULL)
		return drift__jmes_made(run, NULL);
	len = drift__base64_decode(V(0)->u.text, V(0)->len, bytes);
	return len < 0 ? &drift__null : drift__jmes_made(run, drift__value_stringn(run->arena, (const char *)bytes, (size_t)len));
}

const struct drift_value *
drift__jmes_from_items(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__map_builder out;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	drift__map_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++) {
		const struct drift_value *e = &V(0)->u.items[i];
		const struct drift_value *key = e->kind == DRIFT_MAP ? drift_value_get(e, "key") : drift_value_at(e, 0);
		const struct drift_value *value = e->kind == DRIFT_MAP ? drift_value_get(e, "value") : drift_value_at(e, 1);

		if (drift_value_kind(key) == DRIFT_STRING)
			drift__map_putn(&out, key->u.text, key->len, value != NULL ? value : &drift__null);
	}
	return drift__jmes_made(run, drift__map_finish(&out));
}

const struct drift_value *
drift__jmes_from_json(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__json_options opt = {.name = "from_json", .max_depth = JMES_MAX_DEPTH, .lenient_utf8 = true};
	const struct drift_value *v;
	enum drift_status st;

	NULL_IN_NULL_OUT(0);
	st = drift__json_parse(run->arena, V(0)->u.text, V(0)->len, &opt, &v, NULL);
	if (st == DRIFT_NOMEM)
		return drift__jmes_made(run, NULL);
	return st == DRIFT_OK ? v : &drift__null;
}

const struct drift_value *
drift__jmes_glob(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)run;
	NULL_IN_NULL_OUT(1);
	return drift__value_bool(drift__glob(V(0)->u.text, V(1)->u.text));
}

const struct drift_value *
drift__jmes_group_by(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const struct drift_value **keys = drift__arena_alloc(run->arena, (V(0)->len + 1) * sizeof *keys);
	struct drift__list_builder group;
	struct drift__map_builder out;
	uint32_t i, j;

	(void)n;
	if (keys == NULL)
		return drift__jmes_made(run, NULL);
	for (i = 0; i < V(0)->len; i++) {
		keys[i] = drift__jmes_eval(run, args[1].ref, &V(0)->u.items[i]);
		if (keys[i] == NULL)
			return NULL;
	}
	drift__map_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++) {
		if (keys[i] == NULL || keys[i]->kind != DRIFT_STRING)
			continue;
		drift__list_init(&group, run->arena);
		for (j = i; j < V(0)->len; j++) {
			if (keys[j] == NULL || (j > i && drift__value_compare(keys[i], keys[j]) != 0))
				continue;
			drift__list_add(&group, &V(0)->u.items[j]);
			if (j > i)
				keys[j] = NULL;
		}
		drift__map_putn(&out, keys[i]->u.text, keys[i]->len, drift__list_finish(&group));
	}
	return drift__jmes_made(run, drift__map_finish(&out));
}

static int
compare_members(const void *pa, const void *pb)
{
	const struct drift__member *const *a = pa, *const *b = pb;
	size_t n = (*a)->key_len < (*b)->key_len ? (*a)->key_len : (*b)->key_len;
	int c = memcmp((*a)->key, (*b)->key, n);

	return c != 0 ? c : ((*a)->key_len > (*b)->key_len) - ((*a)->key_len < (*b)->key_len);
}

const struct drift_value *
drift__jmes_items(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	const struct drift__member **sorted;
	struct drift__list_builder out;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	sorted = drift__arena_alloc(run->arena, (V(0)->len + 1) * sizeof *sorted);
	if (sorted == NULL)
		return drift__jmes_made(run, NULL);
	for (i = 0; i < V(0)->len; i++)
		sorted[i] = &V(0)->u.members[i];
	qsort(sorted, V(0)->len, sizeof *sorted, compare_members);
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++) {
		struct drift__map_builder m;

		drift__map_init(&m, run->arena);
		drift__map_put(&m, "key", drift__value_stringn(run->arena, sorted[i]->key, sorted[i]->key_len));
		drift__map_put(&m, "value", &sorted[i]->value);
		drift__list_add(&out, drift__map_finish(&m));
	}
	return drift__jmes_made(run, drift__list_finish(&out));
}

static const struct drift_value *
change_case(struct drift__jmes_run *run, const struct drift_value *v, char from, char to)
{
	char *copy = drift__arena_strndup(run->arena, v->u.text, v->len);
	size_t i;

	if (copy == NULL)
		return drift__jmes_made(run, NULL);
	for (i = 0; i < v->len; i++)
		if (copy[i] >= from && copy[i] <= from + 25)
			copy[i] = (char)(copy[i] - from + to);
	return drift__jmes_made(run, drift__value_stringn(run->arena, copy, v->len));
}

const struct drift_value *
drift__jmes_lower(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return change_case(run, V(0), 'A', 'a');
}

const struct drift_value *
drift__jmes_upper(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return change_case(run, V(0), 'a', 'A');
}

const struct drift_value *
drift__jmes_sha1(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	unsigned char hash[20];
	char hex[41];

	NULL_IN_NULL_OUT(0);
	drift__sha1(V(0)->u.text, V(0)->len, hash);
	drift__hex(hash, sizeof hash, hex);
	return drift__jmes_made(run, drift__value_string(run->arena, hex));
}

const struct drift_value *
drift__jmes_replace(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);
	size_t i = 0;

	NULL_IN_NULL_OUT(0);
	if (V(1)->len == 0)
		return V(0);
	while (i < V(0)->len) {
		if (V(0)->len - i >= V(1)->len && memcmp(V(0)->u.text + i, V(1)->u.text, V(1)->len) == 0) {
			drift__buf_add(&b, V(2)->u.text, V(2)->len);
			i += V(1)->len;
		} else {
			drift__buf_addc(&b, V(0)->u.text[i++]);
		}
	}
	return drift__jmes_take(run, &b);
}

static bool
upper_at(const char *s, size_t n, size_t i)
{
	return i < n && s[i] >= 'A' && s[i] <= 'Z';
}

/* A word begins at a capital behind a small letter or digit, and at the last capital of a run before a small letter:
 * DBInstanceARN -> db_instance_arn, IPSetReference -> ip_set_reference. */
static void
add_snake(struct drift__buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		bool capital = upper_at(s, n, i);
		bool behind_word = i > 0 && s[i - 1] != '_' && !upper_at(s, n, i - 1);
		bool ends_run = i > 0 && upper_at(s, n, i - 1) && i + 1 < n && s[i + 1] >= 'a' && s[i + 1] <= 'z';

		if (capital && (behind_word || ends_run))
			drift__buf_addc(b, '_');
		drift__buf_addc(b, capital ? (char)(s[i] - 'A' + 'a') : s[i]);
	}
}

static const struct drift_value *
snake(struct drift__jmes_run *run, const struct drift_value *v)
{
	struct drift__list_builder list;
	struct drift__map_builder map;
	struct drift__buf key = DRIFT__BUF_INIT(JMES_MAX_TEXT);
	uint32_t i;

	if (v == NULL || run->status != DRIFT_OK)
		return NULL;
	if (v->kind == DRIFT_LIST) {
		drift__list_init(&list, run->arena);
		for (i = 0; i < v->len; i++)
			drift__list_add(&list, snake(run, &v->u.items[i]));
		return drift__jmes_made(run, drift__list_finish(&list));
	}
	if (v->kind != DRIFT_MAP)
		return v;
	drift__map_init(&map, run->arena);
	for (i = 0; i < v->len; i++) {
		drift__buf_reset(&key);
		add_snake(&key, v->u.members[i].key, v->u.members[i].key_len);
		if (key.status != DRIFT_OK)
			map.failed = true;
		else
			drift__map_putn(&map, key.data != NULL ? key.data : "", key.len, snake(run, &v->u.members[i].value));
	}
	drift__buf_dispose(&key);
	return drift__jmes_made(run, drift__map_finish(&map));
}

const struct drift_value *
drift__jmes_snake(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	(void)n;
	return snake(run, V(0));
}

const struct drift_value *
drift__jmes_split(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out;
	size_t start = 0, i = 0;

	NULL_IN_NULL_OUT(1);
	drift__list_init(&out, run->arena);
	while (V(0)->len > 0 && i + V(0)->len <= V(1)->len) {
		if (memcmp(V(1)->u.text + i, V(0)->u.text, V(0)->len) == 0) {
			drift__list_add(&out, drift__value_stringn(run->arena, V(1)->u.text + start, i - start));
			i += V(0)->len;
			start = i;
		} else {
			i++;
		}
	}
	drift__list_add(&out, drift__value_stringn(run->arena, V(1)->u.text + start, V(1)->len - start));
	return drift__jmes_made(run, drift__list_finish(&out));
}

static const struct drift_value *
strip(struct drift__jmes_run *run, const struct drift_value *v, const char *characters, bool left)
{
	size_t start = 0, end = v->len;

	while (left && start < end && v->u.text[start] != '\0' && strchr(characters, v->u.text[start]) != NULL)
		start++;
	while (end > start && v->u.text[end - 1] != '\0' && strchr(characters, v->u.text[end - 1]) != NULL)
		end--;
	return drift__jmes_made(run, drift__value_stringn(run->arena, v->u.text + start, end - start));
}

const struct drift_value *
drift__jmes_trim(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return strip(run, V(0), " \t\r\n", true);
}

const struct drift_value *
drift__jmes_trim_right(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	NULL_IN_NULL_OUT(0);
	return strip(run, V(0), V(1)->u.text, false);
}

const struct drift_value *
drift__jmes_unique(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out;
	uint32_t i, j;

	NULL_IN_NULL_OUT(0);
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(0)->len; i++) {
		for (j = 0; j < i && drift__value_compare(&V(0)->u.items[i], &V(0)->u.items[j]) != 0; j++)
			;
		if (j == i)
			drift__list_add(&out, &V(0)->u.items[i]);
	}
	return drift__jmes_made(run, drift__list_finish(&out));
}

const struct drift_value *
drift__jmes_unquote(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);
	bool inside = false;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	if (V(0)->len == 0 || V(0)->u.text[0] != '"')
		return V(0);
	for (i = 0; i < V(0)->len; i++) {
		char c = V(0)->u.text[i];

		if (c == '"')
			inside = !inside;
		else if (inside && c == '\\' && i + 1 < V(0)->len && (V(0)->u.text[i + 1] == '"' || V(0)->u.text[i + 1] == '\\'))
			drift__buf_addc(&b, V(0)->u.text[++i]);
		else if (inside)
			drift__buf_addc(&b, c);
	}
	return drift__jmes_take(run, &b);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const struct drift_value *
drift__jmes_url_decode(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__buf b = DRIFT__BUF_INIT(JMES_MAX_STRING);
	const char *s;
	uint32_t i;

	NULL_IN_NULL_OUT(0);
	s = V(0)->u.text;
	for (i = 0; i < V(0)->len; i++) {
		int hi = s[i] == '%' && i + 2 < V(0)->len ? hex_digit(s[i + 1]) : -1, lo = hi >= 0 ? hex_digit(s[i + 2]) : -1;

		if (lo >= 0) {
			drift__buf_addc(&b, (char)(hi * 16 + lo));
			i += 2;
		} else {
			drift__buf_addc(&b, s[i]);
		}
	}
	return drift__jmes_take(run, &b);
}

const struct drift_value *
drift__jmes_zip(struct drift__jmes_run *run, const struct drift__jmes_argument *args, size_t n)
{
	struct drift__list_builder out, pair;
	uint32_t i;

	(void)n;
	drift__list_init(&out, run->arena);
	for (i = 0; i < V(0)->len && i < V(1)->len; i++) {
		drift__list_init(&pair, run->arena);
		drift__list_add(&pair, &V(0)->u.items[i]);
		drift__list_add(&pair, &V(1)->u.items[i]);
		drift__list_add(&out, drift__list_finish(&pair));
	}
	return drift__jmes_made(run, drift__list_finish(&out));
}
