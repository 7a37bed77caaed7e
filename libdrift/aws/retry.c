/* The SDKs' "standard" classification, as tables. */
#define _POSIX_C_SOURCE 200809L
#include "aws/retry.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DELAY_MS = 20000, BASE_MS = 50, THROTTLE_BASE_MS = 1000, MAX_HINT_EXTRA_MS = 5000 };

static bool
one_of(const char *code, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(code, *list) == 0)
			return true;
	return false;
}

static bool
is_throttle(const char *code)
{
	static const char *const codes[] = {"BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
		"PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
		"RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
		"TooManyRequestsException", "TransactionInProgressException", NULL};

	return one_of(code, codes);
}

static bool
is_transient(const char *code)
{
	static const char *const codes[] = {"BadDigest", "IDPCommunicationError", "InternalError", "InternalFailure",
		"InternalServerError", "InternalServerException", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable",
		"ServiceUnavailableException", "Unavailable", NULL};

	return one_of(code, codes);
}

static bool
is_skew(const char *code)
{
	static const char *const codes[] = {"AuthFailure", "InvalidSignatureException", "RequestExpired", "RequestInTheFuture",
		"RequestTimeTooSkewed", "SignatureDoesNotMatch", NULL};

	return one_of(code, codes);
}

static bool
is_expired(const char *code)
{
	static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", NULL};

	return one_of(code, codes);
}

enum drift__retry
drift__retry_classify(enum drift__http_failure failure, int http_status, const char *code)
{
	switch (failure) {
	case DRIFT__HTTP_OK:
		break;
	case DRIFT__HTTP_RESOLVE:
	case DRIFT__HTTP_CONNECT:
	case DRIFT__HTTP_TIMEOUT:
	case DRIFT__HTTP_BROKEN:
		return DRIFT__RETRY_TRANSIENT;
	case DRIFT__HTTP_TLS:
	case DRIFT__HTTP_TOO_LARGE:
	case DRIFT__HTTP_NOMEM:
		return DRIFT__RETRY_NO;
	}
	if (http_status == 429 || is_throttle(code))
		return DRIFT__RETRY_THROTTLE;
	if (is_expired(code))
		return DRIFT__RETRY_EXPIRED;
	if (is_skew(code))
		return DRIFT__RETRY_SKEW;
	if (http_status == 500 || http_status == 502 || http_status == 503 || http_status == 504 || is_transient(code))
		return DRIFT__RETRY_TRANSIENT;
	return DRIFT__RETRY_NO;
}

/* ---- what it is called in the end ---- */

static bool
is_denied(const char *code)
{
	static const char *const codes[] = {"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthFailure",
		"AuthorizationError", "AuthorizationErrorException", "AuthorizationHeaderMalformed", "Client.UnauthorizedOperation",
		"IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired",
		"SignatureDoesNotMatch", "UnauthorizedAccess", "UnauthorizedException", "UnauthorizedOperation",
		"UnrecognizedClientException", NULL};

	return one_of(code, codes);
}

static bool
is_missing(const char *code)
{
	return strncmp(code, "NoSuch", 6) == 0 || strstr(code, "NotFound") != NULL || strstr(code, "DoesNotExist") != NULL ||
		strstr(code, "NonExistent") != NULL || drift__ends(code, "Missing") || strcmp(code, "NoSuchEntity") == 0;
}

enum drift_status
drift__retry_status(enum drift__http_failure failure, int http_status, const char *code)
{
	switch (failure) {
	case DRIFT__HTTP_OK:
		break;
	case DRIFT__HTTP_TIMEOUT:
		return DRIFT_TIMEOUT;
	case DRIFT__HTTP_TLS:
		return DRIFT_TLS;
	case DRIFT__HTTP_TOO_LARGE:
		return DRIFT_LIMIT;
	case DRIFT__HTTP_NOMEM:
		return DRIFT_NOMEM;
	case DRIFT__HTTP_RESOLVE:
	case DRIFT__HTTP_CONNECT:
	case DRIFT__HTTP_BROKEN:
		return DRIFT_NETWORK;
	}
	if (http_status == 429 || is_throttle(code))
		return DRIFT_THROTTLED;
	if (is_expired(code) || strcmp(code, "RequestExpired") == 0)
		return DRIFT_EXPIRED;
	if (is_denied(code) || http_status == 401 || (http_status == 403 && !is_missing(code)))
		return DRIFT_DENIED;
	if (is_missing(code) || http_status == 404)
		return DRIFT_NOT_FOUND;
	if (http_status == 301 || http_status == 302 || http_status == 307)
		return DRIFT_REDIRECT;
	return DRIFT_AWS;
}

/* ---- waiting ---- */

uint64_t
drift__random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717u;
}

int64_t
drift__retry_delay_ms(enum drift__retry kind, unsigned n, int64_t hint_ms, uint64_t *random)
{
	int64_t most = kind == DRIFT__RETRY_THROTTLE ? THROTTLE_BASE_MS : BASE_MS, delay;

	for (; n > 0 && most < MAX_DELAY_MS; n--)
		most *= 2;
	if (most > MAX_DELAY_MS)
		most = MAX_DELAY_MS;
	delay = (int64_t)(drift__random_next(random) % (uint64_t)(most + 1));
	if (hint_ms > delay)
		delay = hint_ms < delay + MAX_HINT_EXTRA_MS ? hint_ms : delay + MAX_HINT_EXTRA_MS;
	return delay;
}

/* ---- quota ---- */

bool
drift__quota_draw(unsigned *quota, enum drift__http_failure failure, unsigned *paid)
{
	unsigned cost = failure == DRIFT__HTTP_TIMEOUT ? 10 : 5;

	if (*quota < cost)
		return false;
	*quota -= cost;
	*paid = cost;
	return true;
}

void
drift__quota_refund(unsigned *quota, unsigned *paid)
{
	*quota += *paid != 0 ? *paid : 1;
	if (*quota > DRIFT__QUOTA)
		*quota = DRIFT__QUOTA;
	*paid = 0;
}

int64_t
drift__retry_hint_ms(const struct drift__pairs *headers, int64_t now_ms)
{
	const char *ms = drift__pairs_get(headers, "x-amz-retry-after"), *after = drift__pairs_get(headers, "retry-after");
	long long n;
	int64_t date;
	char *end;

	if (ms != NULL) {
		n = strtoll(ms, &end, 10);
		if (end != ms && *end == '\0' && n > 0)
			return n < 600000 ? n : 600000;
	}
	if (after == NULL)
		return 0;
	n = strtoll(after, &end, 10);
	if (end != after && *end == '\0')
		return n <= 0 ? 0 : n < 600 ? n * 1000 : 600000;
	date = drift__http_date(after);
	n = date > 0 ? date - now_ms : 0;
	return n <= 0 ? 0 : n < 600000 ? n : 600000;
}
