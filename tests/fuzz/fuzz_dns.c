/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as an answer to a DNS query.  The first byte chooses
 * the question and whether the datagram was cut; id, flags and question are
 * put right for the fuzzer if it wants, since what is behind them must be
 * reached.  Judging must end, stay inside and say one thing twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/dns_msg.h"
#include "lib/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MSG_MAX 4096

static const struct dns_question questions[] = {
	{0x1234, 1, "www.example.com"},
	{0xffff, 6, "."},
	{0, 48, "a.b.c.d.e.f"},
	{0x8000, 16, "xn--bcher-kva.example."},
};

/* Puts our question in front of the records; the length of it all. */
static size_t
mend(const struct dns_question *q, uint8_t *msg, size_t len)
{
	uint8_t query[DNS_QUERY_MAX];
	ssize_t n = dns_query_encode(q, query, sizeof(query));

	if (n < 0)
		abort();
	if (len < 12 || len - 12 + (size_t)n > MSG_MAX)
		return len;
	memmove(msg + n, msg + 12, len - 12);
	memcpy(msg, query, 2);
	msg[2] |= 0x80;
	msg[2] &= 0x87;
	msg[3] &= 0xf0;
	memcpy(msg + 4, query + 4, 2);
	memcpy(msg + 12, query + 12, (size_t)n - 12);
	return len - 12 + (size_t)n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dns_question *q;
	struct dns_answer a, b;
	uint8_t *msg;

	if (size < 1 || size > MSG_MAX)
		return 0;
	q = &questions[data[0] % ARRAY_LEN(questions)];
	msg = xcalloc(1, MSG_MAX);
	memcpy(msg, data + 1, size - 1);
	size--;
	if (data[0] & 4)
		size = mend(q, msg, size);
	/* Exactly as long as it is, so that a sanitizer sees a step outside. */
	msg = xrealloc(msg, size > 0 ? size : 1);
	a = dns_answer_judge(q, msg, size, data[0] & 8);
	b = dns_answer_judge(q, msg, size, data[0] & 8);
	if (a.verdict != b.verdict || a.rcode != b.rcode ||
	    strcmp(a.text, b.text) != 0 || strlen(a.text) >= DNS_TEXT_LEN)
		abort();
	free(msg);
	return 0;
}
