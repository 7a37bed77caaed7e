/* An operation that nobody gets an answer from: throttled or timed out each time. It is given up after two minutes, or each of ten
 * thousand calls would take its ten attempts, or its minute. */
#define _POSIX_C_SOURCE 200809L
#include "aws/engine.h"

#include <stdio.h>
#include <string.h>

enum { STUCK_MS = 120000, STUCK_ATTEMPTS = 16 };

static struct drift__stuck *
find(const struct drift__call *call)
{
	struct drift__stuck *s = call->queue->stuck;

	while (s != NULL && s->op != call->op)
		s = s->next;
	return s;
}

void
drift__stuck_answered(const struct drift__call *call)
{
	struct drift__stuck *s = find(call);

	if (s == NULL)
		return;
	s->attempts = 0;
	s->dead.status = DRIFT_OK;
}

void
drift__stuck_failed(struct drift__call *call)
{
	struct drift__stuck *s = find(call);

	if (s == NULL) {
		s = drift__arena_zalloc(&call->client->arena, sizeof *s);
		if (s == NULL)
			return; /* it takes longer then */
		s->op = call->op;
		s->next = call->queue->stuck;
		call->queue->stuck = s;
	}
	if (s->attempts++ == 0)
		s->since_ms = call->sent_ms;
}

bool
drift__stuck_is(const struct drift__call *call)
{
	const struct drift__stuck *s = find(call);

	return s != NULL && s->attempts >= STUCK_ATTEMPTS && drift__engine_mono(call->client) - s->since_ms >= STUCK_MS;
}

void
drift__stuck_give_up(const struct drift__call *call, struct drift_error *why)
{
	struct drift__stuck *s = find(call);
	size_t n = strlen(why->what);

	snprintf(why->what + n, sizeof why->what - n, "; nobody was answered for %d s", STUCK_MS / 1000);
	s->dead = *why;
	s->dead.request_id[0] = '\0';
}

const struct drift_error *
drift__stuck_dead(const struct drift__call *call)
{
	const struct drift__stuck *s = find(call);

	return s != NULL && s->dead.status != DRIFT_OK ? &s->dead : NULL;
}
