/* The state once more, after the scan: did it move while we looked? */
#include "state/load.h"

#include <string.h>

struct second_look {
	const struct drift_state *s;
	struct drift__buf words;
	bool moved;
	struct drift_error *err;
};

static const char *
text_or(const struct drift_value *map, const char *name, const char *otherwise)
{
	const char *text = drift_value_text(drift_value_get(map, name), NULL);

	return text != NULL ? text : otherwise;
}

static void
say(struct second_look *l, const char *source, const char *what)
{
	l->moved = true;
	drift__buf_adds(&l->words, l->words.len > 0 ? "; " : "");
	drift__buf_add_safe(&l->words, source, strlen(source));
	drift__buf_adds(&l->words, what);
}

/* What the new text says of itself; nothing when it can't be read (then that is said). */
static enum drift_status
say_moved(struct second_look *l, const struct drift__source *src, const struct drift_value *before, const struct drift__fetched *f)
{
	struct drift_snapshot *again = drift__snapshot_new(DRIFT_SIDE_STATE);
	struct drift__tfstate_info info = {0};
	enum drift_status st;

	if (again == NULL)
		return drift__nomem(l->err);
	say(l, src->text, " moved during the scan, ");
	st = f->missing ? DRIFT_NO_STATE : drift__tfstate_read(f->text.data, f->text.len, src->text, 0, again, &info, NULL);
	drift__buf_addf(&l->words, "from serial %s to %s", text_or(before, "serial", "none"), st == DRIFT_OK && info.serial != NULL ? info.serial : "none");
	if (st == DRIFT_OK && drift__streq(text_or(before, "serial", NULL), info.serial))
		drift__buf_adds(&l->words, " with other content");
	if (f->missing)
		drift__buf_adds(&l->words, ": it was deleted");
	else if (st != DRIFT_OK)
		drift__buf_adds(&l->words, ": what lies there now can't be read");
	else if (!drift__streq(text_or(before, "lineage", NULL), info.lineage))
		drift__buf_adds(&l->words, ": it is another state now (its lineage differs)");
	if (st == DRIFT_OK)
		drift__list_dispose(&info.warnings);
	drift_snapshot_free(again);
	return st == DRIFT_NOMEM ? drift__nomem(l->err) : DRIFT_OK;
}

static enum drift_status
look_at_lock(struct second_look *l, size_t i)
{
	const struct drift__source *src = &l->s->sources[i];
	struct drift_document *doc = NULL;
	struct drift__arena a;
	const char *mark;
	enum drift_status st = drift__lock_look(src, &l->s->options, 0, &doc, l->err);

	drift__arena_init(&a, 0);
	if (st == DRIFT_OK) {
		mark = drift__lock_mark(drift_document_root(doc), &a);
		if (mark == NULL)
			st = drift__nomem(l->err);
		else if (strcmp(mark, l->s->lock_marks[i]) != 0)
			say(l, src->text, mark[0] == '\0' ? ": its lock was released during the scan" : l->s->lock_marks[i][0] == '\0' ?
				": a lock was taken during the scan, something is being applied" : ": its lock changed hands during the scan");
	}
	drift_document_free(doc);
	drift__arena_dispose(&a);
	return st;
}

static enum drift_status
look_at_text(struct second_look *l, size_t i)
{
	const struct drift__source *src = &l->s->sources[i];
	const struct drift_value *before = drift_value_at(l->s->info, i);
	const char *etag = drift__value_gets(before, "etag");
	struct drift__fetched f;
	enum drift_status st;

	if (drift__source_is_still(src, &l->s->options, etag))
		return DRIFT_OK;
	st = drift__source_fetch(src, &l->s->options, &f, l->err);
	if (st == DRIFT_OK && (!drift__streq(etag, f.etag[0] != '\0' ? f.etag : NULL) ||
		drift_value_bool(drift_value_get(before, "exists")) == f.missing))
		st = say_moved(l, src, before, &f);
	if (f.text.data != NULL)
		drift__wipe(f.text.data, f.text.len);
	drift__buf_dispose(&f.text);
	return st;
}

static enum drift_status
look(struct second_look *l, size_t i)
{
	const struct drift__source *src = &l->s->sources[i];
	enum drift_status st;

	/* standard input is gone, and an older version stays what it is */
	if (drift__streq(src->path, "-") || src->version != NULL || l->s->options.version != NULL)
		return DRIFT_OK;
	st = look_at_text(l, i);
	if (st == DRIFT_OK && l->s->lock_marks != NULL && l->s->lock_marks[i] != NULL)
		st = look_at_lock(l, i);
	return st;
}

enum drift_status
drift_state_reread(const struct drift_state *s, bool *moved_out, char **what, struct drift_error *err)
{
	struct second_look l = {s, DRIFT__BUF_INIT(1 << 20), false, err};
	enum drift_status st = DRIFT_OK;
	char *words = NULL;
	size_t i;

	for (i = 0; i < s->n_sources && st == DRIFT_OK; i++)
		st = look(&l, i);
	if (st == DRIFT_OK && l.moved) {
		words = drift__buf_take(&l.words);
		if (words == NULL)
			st = drift__nomem(err);
	}
	drift__buf_dispose(&l.words);
	if (st == DRIFT_OK) {
		*moved_out = l.moved;
		*what = words;
	}
	return st;
}
