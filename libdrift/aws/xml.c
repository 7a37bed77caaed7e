/* expat's events → a tree in an arena.
 *
 * Open elements stand on a stack of fixed height; what expat reports goes to its top. Text is gathered in one buffer and given to
 * an element when it closes without children: white space between elements is never kept. */
#include "aws/xml.h"

#include <expat.h>
#include <string.h>

enum {
	MAX_DEPTH = 100,
	NAMES = 1024, /* slots for names seen: a reply of a million elements has a few dozen */
	PROBES = 8,
	MAX_TEXT = 64 * 1024 * 1024,
};

struct open_element {
	struct drift__xml *element, *last_child;
};
struct builder {
	struct drift__arena *arena;
	XML_Parser parser;
	struct open_element open[MAX_DEPTH];
	size_t depth;
	struct drift__xml *root;
	struct drift__buf text;
	const char *names[NAMES];
	enum drift_status status; /* why parsing was stopped */
	const char *why;
};

static void
stop(struct builder *b, enum drift_status st, const char *why)
{
	if (b->status == DRIFT_OK) {
		b->status = st;
		b->why = why;
	}
	XML_StopParser(b->parser, XML_FALSE);
}

/* The arena says no for two reasons. */
static void
stop_full(struct builder *b)
{
	bool limit = b->arena->max_bytes != 0 && b->arena->total_bytes > b->arena->max_bytes / 2;

	stop(b, limit ? DRIFT_LIMIT : DRIFT_NOMEM, "the reply takes more memory than one reply may");
}

static const char *
keep_name(struct builder *b, const char *name)
{
	const char *colon = strrchr(name, ':'), *p;
	uint32_t hash = 2166136261u;
	size_t i, slot;

	if (colon != NULL)
		name = colon + 1;
	for (p = name; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	for (i = 0; i < PROBES; i++) {
		slot = (hash + i) % NAMES;
		if (b->names[slot] == NULL)
			return b->names[slot] = drift__arena_strdup(b->arena, name);
		if (strcmp(b->names[slot], name) == 0)
			return b->names[slot];
	}
	return drift__arena_strdup(b->arena, name);
}

static bool
keep_attributes(struct builder *b, struct drift__xml *x, const char **list)
{
	struct drift__xml_attribute *at;

	for (; list[0] != NULL; list += 2) {
		if (strncmp(list[0], "xmlns", 5) == 0)
			continue;
		at = drift__arena_alloc(b->arena, sizeof *at);
		if (at == NULL)
			return false;
		at->name = drift__arena_strdup(b->arena, list[0]);
		at->value = drift__arena_strdup(b->arena, list[1]);
		at->next = x->attributes;
		if (at->name == NULL || at->value == NULL)
			return false;
		x->attributes = at;
	}
	return true;
}

static void XMLCALL
on_start(void *ctx, const char *name, const char **attributes)
{
	struct builder *b = ctx;
	struct drift__xml *x;

	if (b->status != DRIFT_OK)
		return;
	if (b->depth == MAX_DEPTH) {
		stop(b, DRIFT_LIMIT, "the XML is nested more than 100 levels deep");
		return;
	}
	x = drift__arena_zalloc(b->arena, sizeof *x);
	if (x != NULL) {
		x->text = "";
		x->name = keep_name(b, name);
	}
	if (x == NULL || x->name == NULL || !keep_attributes(b, x, attributes)) {
		stop_full(b);
		return;
	}
	if (b->depth == 0) {
		b->root = x;
	} else {
		struct open_element *up = &b->open[b->depth - 1];

		if (up->last_child != NULL)
			up->last_child->next = x;
		else
			up->element->child = x;
		up->last_child = x;
	}
	b->open[b->depth++] = (struct open_element){x, NULL};
	drift__buf_reset(&b->text);
}

static void XMLCALL
on_end(void *ctx, const char *name)
{
	struct builder *b = ctx;
	struct drift__xml *x;

	(void)name;
	if (b->status != DRIFT_OK)
		return;
	x = b->open[--b->depth].element;
	if (x->child == NULL && b->text.len > 0) {
		x->text = drift__arena_strndup(b->arena, b->text.data, b->text.len);
		x->n_text = b->text.len;
		if (x->text == NULL)
			stop_full(b);
	}
	drift__buf_reset(&b->text);
}

static void XMLCALL
on_text(void *ctx, const char *s, int n)
{
	struct builder *b = ctx;

	drift__buf_add(&b->text, s, (size_t)n);
	if (b->text.status != DRIFT_OK)
		stop(b, b->text.status, "a text in the reply is too long");
}

static void XMLCALL
on_doctype(void *ctx, const char *name, const char *system, const char *public, int has_internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	stop(ctx, DRIFT_BAD_REPLY, "the reply has a DOCTYPE, which no AWS service sends");
}

static enum drift_status
report(const struct builder *b, const char *name, struct drift_error *err)
{
	if (b->status == DRIFT_NOMEM)
		return drift__nomem(err);
	if (b->status != DRIFT_OK)
		return drift__fail(err, b->status, name, "%s", b->why);
	if (XML_GetErrorCode(b->parser) == XML_ERROR_NO_MEMORY)
		return drift__nomem(err);
	return drift__fail(err, DRIFT_BAD_REPLY, name, "the reply is not XML: %s in line %lu",
		XML_ErrorString(XML_GetErrorCode(b->parser)), (unsigned long)XML_GetCurrentLineNumber(b->parser));
}

static enum drift_status
feed(struct builder *b, const char *text, size_t n, const char *name, struct drift_error *err)
{
	const size_t most = 1 << 16; /* expat copies what it is fed */
	size_t part;

	do {
		part = n < most ? n : most;
		n -= part;
		if (XML_Parse(b->parser, text, (int)part, n == 0) != XML_STATUS_OK || b->status != DRIFT_OK)
			return report(b, name, err);
		text += part;
	} while (n > 0);
	return DRIFT_OK;
}

enum drift_status
drift__xml_parse(struct drift__arena *a, const void *text, size_t n, const char *name, struct drift__xml **root, struct drift_error *err)
{
	static const XML_Memory_Handling_Suite memory = {drift__malloc, drift__realloc, drift__free};
	struct builder *b = drift__calloc(1, sizeof *b);
	enum drift_status st;

	if (b == NULL)
		return drift__nomem(err);
	b->arena = a;
	drift__buf_init(&b->text, MAX_TEXT);
	/* AWS answers in UTF-8; naming it keeps expat from asking about other encodings */
	b->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
	if (b->parser == NULL) {
		st = drift__nomem(err);
		goto done;
	}
	XML_SetUserData(b->parser, b);
	XML_SetElementHandler(b->parser, on_start, on_end);
	XML_SetCharacterDataHandler(b->parser, on_text);
	XML_SetStartDoctypeDeclHandler(b->parser, on_doctype);
	st = feed(b, text != NULL ? text : "", n, name, err);
	if (st == DRIFT_OK)
		*root = b->root;
done:
	if (b->parser != NULL)
		XML_ParserFree(b->parser);
	drift__buf_dispose(&b->text);
	drift__free(b);
	return st;
}

const struct drift__xml *
drift__xml_child(const struct drift__xml *x, const char *name)
{
	const struct drift__xml *c;

	for (c = x != NULL ? x->child : NULL; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

const char *
drift__xml_text(const struct drift__xml *x, const char *name)
{
	const struct drift__xml *c = drift__xml_child(x, name);

	return c != NULL ? c->text : NULL;
}
