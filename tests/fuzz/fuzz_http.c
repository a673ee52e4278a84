/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Fuzz target: any bytes as an HTTP response.  The first byte says how they
 * are cut; the outcome must not depend on that. */
#include <stdlib.h>

#include "check/http_parse.h"

struct sum {
	struct http_parser p;
	uint64_t body, hash;
};

static void
feed(struct sum *s, const uint8_t *data, size_t len)
{
	struct http_slice body;
	size_t n;

	for (; len > 0 && !http_is_over(&s->p); data += n, len -= n) {
		n = http_parse(&s->p, data, len, &body);
		if (n > len || body.len > n)
			abort();
		s->body += body.len;
		for (size_t i = 0; i < body.len; i++)
			s->hash = s->hash * 31 + (uint8_t)body.data[i];
	}
}

static struct sum
run(const uint8_t *data, size_t size, size_t piece)
{
	struct sum s = {.body = 0};

	http_parser_init(&s.p);
	for (size_t at = 0; at < size; at += piece)
		feed(&s, data + at, size - at < piece ? size - at : piece);
	http_parse_end(&s.p);
	if (!http_is_over(&s.p) || http_error_text(s.p.error) == NULL)
		abort();
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole, cut;

	if (size == 0)
		return 0;
	whole = run(data + 1, size - 1, size);
	cut = run(data + 1, size - 1, (size_t)data[0] + 1);
	if (whole.p.error != cut.p.error || whole.p.status != cut.p.status ||
	    whole.body != cut.body || whole.hash != cut.hash ||
	    whole.p.phase != cut.p.phase)
		abort();
	return 0;
}
