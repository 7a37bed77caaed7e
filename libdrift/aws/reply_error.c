/* The reply of a failed call → code, message, request id.
 *
 *	query     <ErrorResponse><Error><Code/><Message/></Error><RequestId/></ErrorResponse>
 *	ec2       <Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>
 *	s3        <Error><Code/><Message/><RequestId/><Region/></Error>
 *	json      {"__type": "com.amazonaws.x#Code", "message": ""}, or the code in x-amzn-errortype: "Code:http://…"
 *
 * The body decides, not the service: emulators and proxies answer in whatever form they like. */
#include "aws/protocol.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_BODY = 256 * 1024, MAX_ARENA = 4 * 1024 * 1024, MAX_SHOWN = 4096 };

/* Copies one line of valid UTF-8, cut at a character. */
static void
copy_line(char *to, size_t size, const char *from, size_t n)
{
	size_t i = 0, at = 0, len;

	while (i < n && at + 4 < size) {
		len = drift__utf8_valid((const unsigned char *)from + i, n - i);
		if (len <= 1) {
			to[at++] = len == 1 && (unsigned char)from[i] >= 0x20 && from[i] != 0x7F ? from[i] : len == 1 ? ' ' : '?';
			i++;
		} else {
			memcpy(to + at, from + i, len);
			at += len;
			i += len;
		}
	}
	to[at] = '\0';
}

static void
copy_text(char *to, size_t size, const char *from)
{
	if (from != NULL && to[0] == '\0')
		copy_line(to, size, from, strlen(from));
}

/* "com.amazonaws.sqs#QueueDoesNotExist:http://…" is QueueDoesNotExist. */
static void
copy_code(struct drift__reply_error *out, const char *from)
{
	const char *hash;
	char code[128];
	size_t n;

	if (from == NULL || out->code[0] != '\0')
		return;
	n = strcspn(from, ":");
	copy_line(code, sizeof code, from, n);
	hash = strrchr(code, '#');
	copy_text(out->code, sizeof out->code, hash != NULL ? hash + 1 : code);
}

/* What AWS calculated for a refused signature holds the request's headers, the session token among them, and helps nobody here. */
static void
cut_calculation(char *message)
{
	char *p = strstr(message, "The Canonical String");

	while (p != NULL && p > message && p[-1] == ' ')
		p--;
	if (p != NULL)
		*p = '\0';
}

/* S3, of a bucket in a region that accounts opt into: "The me-south-1 location constraint is incompatible for …", and no more. */
static void
region_of_message(struct drift__reply_error *out)
{
	const char *region = out->message + strlen("The "), *end = strstr(out->message, " location constraint is ");

	if (out->region[0] == '\0' && strcmp(out->code, "IllegalLocationConstraintException") == 0 && drift__starts(out->message, "The ") && end > region)
		copy_line(out->region, sizeof out->region, region, (size_t)(end - region));
}

/* S3, when something on the way has taken its headers out: bucket.s3.eu-west-1.amazonaws.com, or bucket.s3-eu-west-1.amazonaws.com as it used to be. */
static void
region_of_endpoint(struct drift__reply_error *out, const char *endpoint)
{
	const char *end = endpoint != NULL ? strstr(endpoint, ".amazonaws.com") : NULL, *label = end;

	if (end == NULL || out->region[0] != '\0')
		return;
	while (label > endpoint && label[-1] != '.')
		label--;
	if (drift__starts(label, "s3-"))
		label += strlen("s3-");
	else if (label - endpoint < 4 || memcmp(label - 4, ".s3.", 4) != 0)
		return;
	copy_line(out->region, sizeof out->region, label, (size_t)(end - label));
}

static void
from_xml(struct drift__arena *a, const char *body, size_t n, struct drift__reply_error *out)
{
	static const char *const ids[] = {"RequestId", "RequestID", "requestId"};
	const struct drift__xml *error, *errors;
	struct drift__xml *root;
	size_t i;

	if (drift__xml_parse(a, body, n, "error", &root, NULL) != DRIFT_OK)
		return;
	errors = drift__xml_child(root, "Errors");
	error = drift__xml_child(errors != NULL ? errors : root, "Error");
	if (error == NULL && (strcmp(root->name, "Error") == 0 || drift__xml_child(root, "Code") != NULL))
		error = root;
	copy_text(out->code, sizeof out->code, drift__xml_text(error, "Code"));
	copy_text(out->message, sizeof out->message, drift__xml_text(error, "Message"));
	copy_text(out->region, sizeof out->region, drift__xml_text(error, "Region"));
	region_of_endpoint(out, drift__xml_text(error, "Endpoint"));
	for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		copy_text(out->request_id, sizeof out->request_id, drift__xml_text(root, ids[i]));
		copy_text(out->request_id, sizeof out->request_id, drift__xml_text(error, ids[i]));
	}
}

static void
from_json(struct drift__arena *a, const char *body, size_t n, struct drift__reply_error *out)
{
	static const char *const messages[] = {"message", "Message", "errorMessage"};
	struct drift__json_options opt = {.name = "error", .max_depth = 32, .lenient_utf8 = true};
	const struct drift_value *v;
	size_t i;

	if (drift__json_parse(a, body, n, &opt, &v, NULL) != DRIFT_OK)
		return;
	copy_code(out, drift__value_gets(v, "__type"));
	copy_code(out, drift__value_gets(v, "code"));
	copy_code(out, drift__value_gets(v, "Code"));
	for (i = 0; i < sizeof messages / sizeof messages[0]; i++)
		copy_text(out->message, sizeof out->message, drift__value_gets(v, messages[i]));
}

static void
from_headers(const struct drift__pairs *headers, struct drift__reply_error *out)
{
	static const char *const ids[] = {"x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id", "x-amz-cf-id"};
	const char *query = drift__pairs_get(headers, "x-amzn-query-error"), *end = query != NULL ? strchr(query, ';') : NULL;
	size_t i;

	/* "AWS.SimpleQueueService.NonExistentQueue;Sender": the code that the service had before it spoke JSON, and SDKs still show */
	if (end != NULL && end > query)
		copy_line(out->code, sizeof out->code, query, (size_t)(end - query));
	copy_code(out, drift__pairs_get(headers, "x-amzn-errortype"));
	for (i = 0; i < sizeof ids / sizeof ids[0]; i++)
		copy_text(out->request_id, sizeof out->request_id, drift__pairs_get(headers, ids[i]));
	copy_text(out->region, sizeof out->region, drift__pairs_get(headers, "x-amz-bucket-region"));
}

/* ---- what is no error of AWS ---- */

static const char *
find_word(const char *text, size_t n, const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i + len <= n; i++)
		if (strncasecmp(text + i, word, len) == 0)
			return text + i;
	return NULL;
}

/* The text between a page's <title> and </title>, without the white space around it; *len 0 = none. */
static const char *
title_of(const char *text, size_t n, size_t *len)
{
	const char *from = find_word(text, n, "<title"), *end = text + n, *to;

	*len = 0;
	from = from != NULL ? memchr(from, '>', (size_t)(end - from)) : NULL;
	to = from != NULL ? memchr(from, '<', (size_t)(end - from)) : NULL;
	if (to == NULL)
		return text;
	for (from++; from < to && (unsigned char)*from <= ' '; from++)
		;
	while (to > from && (unsigned char)to[-1] <= ' ')
		to--;
	*len = (size_t)(to - from);
	return from;
}

static void
describe(struct drift__reply_error *out, const struct drift__pairs *headers, const char *text, size_t n)
{
	const char *type = drift__pairs_get(headers, "content-type"), *shown = text;
	bool page = (type != NULL && find_word(type, strlen(type), "html") != NULL) || find_word(text, n, "<html") != NULL ||
		find_word(text, n, "<!doctype html") != NULL;
	char line[101] = "";
	size_t len = n;

	if (page)
		shown = title_of(text, n, &len);
	copy_line(line, sizeof line, shown, len);
	if (n == 0)
		snprintf(out->instead, sizeof out->instead, "an empty answer");
	else if (page)
		snprintf(out->instead, sizeof out->instead, line[0] != '\0' ? "an HTML page (\"%s\")" : "an HTML page", line);
	else
		snprintf(out->instead, sizeof out->instead, "no error in AWS's form: %s", line);
}

void
drift__codec_error(const struct drift__service *s, int http_status, const struct drift__pairs *headers, const void *body, size_t n,
	struct drift__reply_error *out)
{
	const char *text = body;
	struct drift__arena a;
	size_t i = 0;

	(void)s;
	memset(out, 0, sizeof *out);
	drift__arena_init(&a, MAX_ARENA);
	from_headers(headers, out);
	if (text != NULL && n <= MAX_BODY) {
		while (i < n && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t' || (unsigned char)text[i] >= 0x80))
			i++; /* also over a byte order mark */
		if (i < n && text[i] == '<')
			from_xml(&a, text, n, out);
		else if (i < n && text[i] == '{')
			from_json(&a, text + i, n - i, out);
	}
	cut_calculation(out->message);
	region_of_message(out);
	out->foreign = out->code[0] == '\0' && out->request_id[0] == '\0';
	if (out->code[0] == '\0' && out->message[0] == '\0')
		describe(out, headers, text != NULL ? text + i : "", text != NULL && n > i ? (n - i < MAX_SHOWN ? n - i : MAX_SHOWN) : 0);
	if (out->code[0] == '\0')
		snprintf(out->code, sizeof out->code, "%d", http_status);
	drift__arena_dispose(&a);
}
