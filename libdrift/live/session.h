/* What other modules of the library need of a session. */
#ifndef DRIFT_LIVE_SESSION_H
#define DRIFT_LIVE_SESSION_H

#include "aws/client.h"
#include "drift/live.h"

/* Lends the client behind a session. */
struct drift__aws_client *drift__session_client(struct drift_session *s);

#endif
