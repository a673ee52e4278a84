/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as an HTTP/2 server.  The first byte chooses in which
 * pieces they come; the outcome must be one, and hold to its limits.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check/h2.h"
#include "lib/buf.h"
#include "lib/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	unsigned int n_status;
	uint64_t body;
};

static void
on_status(void *arg, unsigned int status)
{
	struct seen *s = arg;

	if (++s->n_status > 1 || status < 200 || status > 999 || s->body > 0)
		abort();
}

static void
on_body(void *arg, const void *data, size_t len)
{
	struct seen *s = arg;

	s->body += len;
	if (data == NULL || len == 0 || s->n_status != 1 ||
	    s->body > H2_BODY_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct h2_events events = {on_status, on_body};
	static const struct h2_request rq = {"www.example.org", 15, "/", 1,
					     "fuzz"};
	CLEANUP(buf_fini) struct buf out = BUF_INIT;
	struct seen seen = {0};
	size_t step;
	struct h2 *h;

	if (size < 1)
		return 0;
	step = data[0] != 0 ? data[0] : 65536;
	h = h2_new(&rq, &events, &seen);
	h2_take(h, &out);
	for (size_t i = 1; i < size; i += step) {
		h2_feed(h, data + i, size - i < step ? size - i : step);
		h2_take(h, &out);
	}
	h2_end(h);
	if (h2_state(h) == H2_RUNNING ||
	    (h2_state(h) == H2_DONE && seen.n_status != 1) ||
	    (h2_state(h) == H2_FAILED && h2_error(h)[0] == '\0'))
		abort();
	h2_free(h);
	return 0;
}
