/* Locks and moving states, as several commands mind them. */
#ifndef DRIFTSCAN_LOCK_H
#define DRIFTSCAN_LOCK_H

#include "context.h"

/* Looks at the locks of the loaded states, and waits for --wait-lock; a state that was locked meanwhile is loaded again. Says what is held.
 * Gives the locks (NULL when they could not be looked at, which is said). Returns false after complaining. */
bool cli_state_unlocked(struct cli_context *c, struct drift_document **locks);
/* After the scan: why it is incomplete, as a text that *text (drift_text_free) owns or that lives for ever; NULL when nothing moved. */
const char *cli_state_moved(struct cli_context *c, char **text);

#endif
