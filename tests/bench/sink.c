/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * sink PORT [http]: a real server that is always well: accepts on every
 * address and closes at once; with "http" it is given connections that have
 * sent something, and answers with a page.  Prints "<accepted>" when SIGTERM
 * ends it.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t is_ended;

static void
on_term(int signo)
{
	(void)signo;
	is_ended = 1;
}

/* A page of the size of nginx's welcome. */
static char page[1024];

static size_t
page_make(void)
{
	enum { BODY = 612 };
	int n = snprintf(page, sizeof(page),
			 "HTTP/1.1 200 OK\r\nServer: sink\r\n"
			 "Content-Type: text/html\r\n"
			 "Content-Length: %d\r\nConnection: close\r\n\r\n",
			 BODY);

	memset(page + n, 'x', BODY);
	return (size_t)n + BODY;
}

static void
answer(int c, size_t len)
{
	char request[2048];

	if (recv(c, request, sizeof(request), 0) > 0)
		(void)send(c, page, len, MSG_NOSIGNAL); /* or it is gone */
}

int
main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_term};
	struct sockaddr_in at = {.sin_family = AF_INET};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long long accepted = 0;
	int is_http = argc == 3 && strcmp(argv[2], "http") == 0;
	size_t len = page_make();

	if (argc < 2 || fd < 0)
		return 2;
	if (is_http)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on,
				 sizeof(on));
	at.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8192)) {
		perror("sink");
		return 1;
	}
	sigaction(SIGTERM, &sa, NULL);
	puts("ready");
	fflush(stdout);
	while (!is_ended) {
		int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (c < 0)
			continue;
		accepted++;
		if (is_http)
			answer(c, len);
		close(c);
	}
	printf("%lld\n", accepted);
	return 0;
}
