/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as a TLS server.  The first byte chooses what the
 * client wants (tls_client.h); the rest is what the server sends.  A server
 * may end the link, not the process; and nothing is called good that is not.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "check/probe.h"
#include "check/tls.h"
#include "lib/buf.h"
#include "lib/util.h"
#include "tests/fuzz/tls_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A failure has a reason with a class and text that can be shown. */
static int
ended(const struct check_result *why)
{
	if (check_reason_class(why->reason) != CHECK_FAILED)
		abort();
	for (const char *c = why->detail; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			abort();
	return -1;
}

/* -1: the link is over. */
static int
turn(struct tls_link *l, bool *is_up)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT;
	struct check_result why = {0};
	char clear[4096];
	int32_t days;
	int r;

	if (!*is_up) {
		r = tls_link_handshake(l, &why);
		tls_link_take(l, &out);
		if (r != 0)
			return r == -EAGAIN ? 0 : ended(&why);
		*is_up = true;
		if (tls_link_write(l, "GET / HTTP/1.0\r\n\r\n", 18, &why) < 0)
			return ended(&why);
		(void)tls_link_days(l, &days);
	}
	while ((r = tls_link_read(l, clear, sizeof(clear), &why)) > 0)
		if ((size_t)r > sizeof(clear))
			abort();
	tls_link_take(l, &out);
	if (r == 0)
		return -1;
	return r == -EAGAIN ? 0 : ended(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_link *l;
	bool is_up = false;
	size_t step;

	if (size < 1)
		return 0;
	l = tls_client_open(data[0]);
	step = (data[0] & TLS_CLIENT_PIECES) != 0 ? 1 : 16384;
	if (turn(l, &is_up) < 0)
		abort(); /* before a byte has come */
	for (size_t i = 1; i < size; i += step) {
		tls_link_feed(l, data + i, size - i < step ? size - i : step);
		if (turn(l, &is_up) < 0)
			break;
	}
	tls_link_close(l);
	tls_link_free(l);
	return 0;
}
