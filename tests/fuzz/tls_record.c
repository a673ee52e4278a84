/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * tls_record CHOICE PORT FILE: what a real server on 127.0.0.1 says to the
 * client of fuzz_tls, as an input of that target; with CHOICE 2 (HTTP/2 and
 * nothing else) what it says inside, as one of fuzz_h2.  For record_tls.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/h2.h"
#include "check/probe.h"
#include "check/tls.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "tests/fuzz/tls_client.h"

static void
on_status(void *arg, unsigned int status)
{
	(void)arg;
	printf("status %u\n", status);
}

static void
on_body(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
}

static int
dial(int port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct timeval limit = {.tv_sec = 2};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		err(1, "connect");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* The clear bytes, if wanted; -1: the link is over. */
static int
step(struct tls_link *l, struct h2 *h, bool *is_up, struct buf *clear)
{
	struct check_result why = {0};
	struct buf out = BUF_INIT;
	char data[16384];
	int r;

	if (!*is_up) {
		r = tls_link_handshake(l, &why);
		if (r == -EAGAIN)
			return 0;
		printf("handshake: %d %s %s\n", r,
		       check_reason_text(why.reason), why.detail);
		if (r < 0)
			return -1;
		*is_up = true;
		if (h == NULL)
			(void)tls_link_write(l, "GET / HTTP/1.0\r\n\r\n", 18,
					     &why);
	}
	while ((r = tls_link_read(l, data, sizeof(data), &why)) > 0) {
		buf_add(clear, data, (size_t)r);
		if (h != NULL)
			h2_feed(h, data, (size_t)r);
	}
	if (h != NULL) {
		h2_take(h, &out);
		(void)tls_link_write(l, out.data, out.len, &why);
		buf_fini(&out);
	}
	return r == -EAGAIN && (h == NULL || h2_state(h) == H2_RUNNING) ? 0
									: -1;
}

int
main(int argc, char **argv)
{
	static const struct h2_events events = {on_status, on_body};
	static const struct h2_request rq = {"www.example.org", 15, "/", 1,
					     "fuzz"};
	struct buf sealed = BUF_INIT, clear = BUF_INIT, out = BUF_INIT;
	bool is_up = false, is_h2;
	char data[16384];
	struct tls_link *l;
	struct h2 *h = NULL;
	uint8_t choice;
	int fd, r = 0;
	ssize_t n = 0;
	FILE *f;

	if (argc != 4)
		errx(2, "usage: tls_record CHOICE PORT FILE");
	choice = (uint8_t)strtol(argv[1], NULL, 0);
	is_h2 = choice == TLS_CLIENT_H2;
	fd = dial((int)strtol(argv[2], NULL, 10));
	l = tls_client_open(choice);
	if (is_h2)
		h = h2_new(&rq, &events, NULL);
	buf_addc(&sealed, (char)choice);
	buf_addc(&clear, '\0');
	do {
		r = step(l, h, &is_up, &clear);
		buf_reset(&out);
		tls_link_take(l, &out);
		if (out.len > 0 &&
		    send(fd, out.data, out.len, MSG_NOSIGNAL) < 0)
			break;
		if (r == 0)
			n = recv(fd, data, sizeof(data), 0);
		if (r == 0 && n > 0) {
			buf_add(&sealed, data, (size_t)n);
			tls_link_feed(l, data, (size_t)n);
		}
	} while (r == 0 && n > 0);
	f = fopen(argv[3], "w");
	if (f == NULL)
		err(1, "%s", argv[3]);
	(void)fwrite(is_h2 ? clear.data : sealed.data, 1,
		     is_h2 ? clear.len : sealed.len, f);
	if (fclose(f) != 0)
		err(1, "%s", argv[3]);
	h2_free(h);
	tls_link_free(l);
	(void)close(fd);
	buf_fini(&sealed);
	buf_fini(&clear);
	buf_fini(&out);
	return 0;
}
