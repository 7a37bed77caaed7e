/* What could not be asked or was refused, as gaps of the snapshot. */
#include "live/engine.h"

#include <stdio.h>
#include <string.h>

bool
drift__code_listed(const struct drift_value *list, const struct drift__answer *a)
{
	const char *code = drift__answer_code(a);
	char number[16];
	size_t i;

	snprintf(number, sizeof number, "%d", a->http_status);
	for (i = 0; i < drift_value_size(list); i++) {
		const char *s = drift__value_str(drift_value_at(list, i));

		if (s != NULL && (strcmp(s, code) == 0 || strcmp(s, number) == 0))
			return true;
	}
	return false;
}

void
drift__job_gap(struct drift__job *job, const struct drift__call *call, enum drift_status status, const char *reason)
{
	struct drift__engine *e = job->engine;
	struct drift__map_builder gap;
	const char *key = drift__arena_printf(e->lasting, "%s %s %s", job->type->name, job->region != NULL ? job->region : "", call->op);
	size_t i;

	if (key == NULL) {
		drift__engine_fail(e, DRIFT_NOMEM);
		return;
	}
	for (i = 0; i < e->gap_keys.len; i++)
		if (strcmp(e->gap_keys.members[i].key, key) == 0)
			return;
	drift__map_putb(&e->gap_keys, key, true);
	drift__map_init(&gap, e->lasting);
	drift__map_puts(&gap, "type", job->type->name);
	drift__map_puts(&gap, "region", job->region);
	drift__map_puts(&gap, "address", NULL);
	drift__map_puts(&gap, "service", call->service);
	drift__map_puts(&gap, "operation", call->op);
	drift__map_puts(&gap, "action", status == DRIFT_DENIED ? call->action : NULL);
	drift__map_puts(&gap, "status", drift_status_name(status));
	drift__map_puts(&gap, "reason", reason);
	drift__list_add(&e->gaps, drift__map_finish(&gap));
}

/* What is to be done is said once for each kind of failure, not for each of a hundred types; permissions stand in the report. */
void
drift__job_gap_of(struct drift__job *job, const struct drift__call *call, const struct drift__answer *a)
{
	struct drift__engine *e = job->engine;
	const struct drift__failure *f = a->failure;
	uint64_t bit = (uint64_t)1 << ((unsigned)a->status % 64);

	drift__job_gap(job, call, a->status, f != NULL && f->what[0] != '\0' ? f->what : drift_status_text(a->status));
	if (a->status == DRIFT_DENIED || f == NULL || f->hint[0] == '\0' || (e->told & bit) != 0)
		return;
	e->told |= bit;
	drift__engine_say(e, 0, "%s: %s\n  %s", f->where, f->what, f->hint);
}
