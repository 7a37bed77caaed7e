/* What the inventory asks through: the AWS client, or recorded replies in tests. */
#ifndef DRIFT_LIVE_TRANSPORT_H
#define DRIFT_LIVE_TRANSPORT_H

#include "aws/client.h"

struct drift__transport {
	/* done is never called from inside */
	enum drift_status (*start)(void *ctx, const struct drift__aws_call *call, drift__aws_done *done, void *payload,
		struct drift_error *err);
	enum drift_status (*run)(void *ctx, struct drift_error *err);
	const char *(*region)(void *ctx, struct drift_error *err);
	void (*stats)(void *ctx, struct drift__aws_stats *out);
	void *ctx;
	void (*log)(void *log_ctx, int level, const char *line); /* NULL = nobody listens */
	void *log_ctx;
	size_t moment_bytes; /* what is open is closed when more than this was made of it; 0 = 4 MiB. Tests take 1, to find out who keeps it */
};

/* Lends the transport of a client. */
struct drift__transport drift__transport_of_client(struct drift__aws_client *c);

#endif
