/* A small HTTP server in a thread of the test: each request goes to a function that writes the bytes of the answer.
 * Connections are closed after one answer, so that one thread serves any number of clients. */
#ifndef TEST_HTTP_SERVER_H
#define TEST_HTTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"

/* request: head and body, NUL-terminated. An empty reply closes the connection without a word. Runs in the server's thread. */
typedef void test_handler(void *ctx, const char *request, struct drift__buf *reply);

struct test_server {
	int fd, port;
	pthread_t thread;
	test_handler *handler;
	void *ctx;
	volatile int stop, requests;
};

static inline void
test_reply(struct drift__buf *b, int status, const char *headers, const char *body)
{
	drift__buf_addf(b, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n%s", status, strlen(body), headers, body);
}

static inline size_t
test_body_length(const char *head)
{
	const char *line = strstr(head, "\r\n");

	for (; line != NULL; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, "content-length:", 15) == 0)
			return strtoul(line + 17, NULL, 10);
	return 0;
}

static inline void
test_serve_one(struct test_server *s, int client)
{
	struct drift__buf in = DRIFT__BUF_INIT(1 << 20), out = DRIFT__BUF_INIT(64 << 20);
	const char *end = NULL;
	char chunk[8192];
	ssize_t n;
	size_t sent = 0;

	while (end == NULL || in.len < (size_t)(end - in.data) + 4 + test_body_length(in.data)) {
		n = recv(client, chunk, sizeof chunk, 0);
		if (n <= 0)
			break;
		drift__buf_add(&in, chunk, (size_t)n);
		end = strstr(in.data, "\r\n\r\n");
	}
	if (end != NULL) {
		s->requests++;
		s->handler(s->ctx, in.data, &out);
	}
	while (sent < out.len) {
		n = send(client, out.data + sent, out.len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	close(client);
	drift__buf_dispose(&in);
	drift__buf_dispose(&out);
}

static inline void *
test_serve(void *arg)
{
	struct test_server *s = arg;
	struct pollfd p = {s->fd, POLLIN, 0};
	int client;

	while (!s->stop) {
		if (poll(&p, 1, 20) <= 0)
			continue;
		client = accept(s->fd, NULL, NULL);
		if (client >= 0)
			test_serve_one(s, client);
	}
	return NULL;
}

static inline void
test_server_start(struct test_server *s, test_handler *handler, void *ctx)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof a;

	*s = (struct test_server){.handler = handler, .ctx = ctx};
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(s->fd, 512) != 0 ||
		getsockname(s->fd, (struct sockaddr *)&a, &n) != 0 || pthread_create(&s->thread, NULL, test_serve, s) != 0)
		abort();
	s->port = ntohs(a.sin_port);
}

static inline void
test_server_stop(struct test_server *s)
{
	s->stop = 1;
	pthread_join(s->thread, NULL);
	close(s->fd);
}

#endif
