/* Status codes and the error that a caller owns.
 *
 * A function that can fail returns enum drift_status and takes a struct drift_error as its last parameter (NULL allowed).
 * The error has fixed buffers: filling it cannot fail and it needs no free. The first error wins; reuse one error for
 * another call only after zeroing it. Outputs are written only on DRIFT_OK. */
#ifndef DRIFT_STATUS_H
#define DRIFT_STATUS_H

#include "drift/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The only list: enum, name and message come from it. Numbers are never reused. */
#define DRIFT_STATUS_MAP(X)                                                                                            \
	X(OK, 0, "success")                                                                                            \
	X(NOMEM, 1, "out of memory")                                                                                   \
	X(USAGE, 2, "wrong use of an option or an argument")                                                           \
	X(IO, 3, "a file could not be read or written")                                                                \
	X(CANCELLED, 4, "cancelled")                                                                                   \
	X(LIMIT, 5, "a stated limit was passed")                                                                       \
	X(BAD_JSON, 10, "not JSON")                                                                                    \
	X(BAD_STATE, 11, "the Terraform state is not understood")                                                      \
	X(BAD_VERSION, 12, "the version of the file is not supported")                                                 \
	X(ENCRYPTED, 13, "the state is encrypted")                                                                     \
	X(NO_STATE, 14, "there is no state")                                                                           \
	X(BAD_CONFIG, 15, "the configuration is not understood")                                                       \
	X(BAD_CATALOGUE, 16, "a catalogue entry is not understood")                                                    \
	X(BAD_QUERY, 17, "the JMESPath expression is not understood")                                                  \
	X(BAD_ADDRESS, 18, "the resource address is not understood")                                                   \
	X(BAD_PLAN, 19, "the plan is not understood")                                                                  \
	X(DENIED, 20, "AWS refused the call")                                                                          \
	X(THROTTLED, 21, "still throttled after the last attempt")                                                     \
	X(NETWORK, 22, "the endpoint could not be reached")                                                            \
	X(TIMEOUT, 23, "no answer in time")                                                                            \
	X(BAD_REPLY, 24, "the reply is not understood")                                                                \
	X(NOT_FOUND, 25, "AWS does not know the object")                                                               \
	X(EXPIRED, 26, "the credentials have expired")                                                                 \
	X(NO_CREDENTIALS, 27, "no AWS credentials were found")                                                         \
	X(AWS, 28, "AWS answered with an error")                                                                       \
	X(REDIRECT, 29, "the resource lives in another region")                                                        \
	X(TLS, 30, "the TLS connection could not be trusted")                                                          \
	X(UNSUPPORTED, 31, "the service does not exist in this region")

enum drift_status {
#define DRIFT__STATUS_ENUM(name, number, text) DRIFT_##name = number,
	DRIFT_STATUS_MAP(DRIFT__STATUS_ENUM)
#undef DRIFT__STATUS_ENUM
};

/* What went wrong, where, and what to do. All texts are NUL-terminated UTF-8 and never hold a secret. */
struct drift_error {
	enum drift_status status;
	char where[256];      /* "prod.tfstate:12:7", "resources[3].type", "sqs:ListQueues eu-west-1" */
	char what[512];       /* one sentence */
	char hint[512];       /* what to do; may be empty */
	char request_id[128]; /* AWS request id; may be empty */
};

#define DRIFT_ERROR_INIT {DRIFT_OK, "", "", "", ""}

/* Lends for ever: "OK", "DENIED", …; "UNKNOWN" for a number that is no status. */
DRIFT_API const char *drift_status_name(enum drift_status status);
/* Lends for ever: the general meaning of a status, one phrase. */
DRIFT_API const char *drift_status_text(enum drift_status status);

#ifdef __cplusplus
}
#endif
#endif
