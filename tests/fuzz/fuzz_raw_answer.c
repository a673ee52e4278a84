/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Fuzz target: any bytes as what a raw socket of the checks hears.  The first
 * byte chooses the family and whether the checksum of ICMP is put right, since
 * nobody guesses it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/icmp_msg.h"
#include "check/via_msg.h"
#include "lib/util.h"
#include "lib/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
mend(uint8_t *msg, size_t len)
{
	size_t at = len > 0 ? (msg[0] & 0xfu) * 4u : 0;
	uint16_t sum;

	if (len < at + 4)
		return;
	memset(msg + at + 2, 0, 2);
	sum = wire_sum_fold(wire_sum(0, msg + at, len - at));
	msg[at + 2] = (uint8_t)(sum >> 8);
	msg[at + 3] = (uint8_t)sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int family;
	struct icmp_answer a;
	struct via_answer v;
	uint8_t *msg;

	if (size < 1 || size > 4096)
		return 0;
	family = data[0] & 1 ? AF_INET6 : AF_INET;
	/* Exactly as long as it is, so that a sanitizer sees a step outside. */
	msg = xcalloc(1, size);
	memcpy(msg, data + 1, size - 1);
	if (data[0] & 2)
		mend(msg, size - 1);
	msg = xrealloc(msg, size > 1 ? size - 1 : 1);
	a = icmp_answer_decode(family, msg, size - 1);
	if (a.kind == ICMP_ERROR && (a.error == 0 || a.target.family != family))
		abort();
	v = via_answer_decode(msg, size - 1);
	if (v.kind != VIA_FOREIGN &&
	    (v.src.addr.family != AF_INET || v.dst.addr.family != AF_INET ||
	     size < 41))
		abort();
	free(msg);
	return 0;
}
