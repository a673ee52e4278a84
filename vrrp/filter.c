/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The packet filter of the receive sockets; see filter.h. */
#include "vrrp/filter.h"

#include "vrrp/packet.h"

#define VRID_OFFSET 1
#define WORDS	    8

static size_t
put(struct sock_filter *out, size_t n, uint16_t code, uint32_t k)
{
	out[n] = (struct sock_filter){.code = code, .k = k};
	return n + 1;
}

/* A = the virtual router id of the packet. */
static size_t
load_vrid(enum vrrp_rx kind, struct sock_filter *out)
{
	size_t n = 0;

	switch (kind) {
	case VRRP_RX_IPV6:
		return put(out, n, BPF_LD | BPF_B | BPF_ABS, VRID_OFFSET);
	case VRRP_RX_IPV4:
		n = put(out, n, BPF_LDX | BPF_B | BPF_MSH, 0);
		return put(out, n, BPF_LD | BPF_B | BPF_IND, VRID_OFFSET);
	case VRRP_RX_AH:
		/* Somebody's IPsec, unless VRRP is what comes next. */
		n = put(out, n, BPF_LDX | BPF_B | BPF_MSH, 0);
		n = put(out, n, BPF_LD | BPF_B | BPF_IND, 0);
		out[n++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 1, 0,
						VRRP_PROTO};
		n = put(out, n, BPF_RET | BPF_K, 0);
		return put(out, n, BPF_LD | BPF_B | BPF_IND,
			   VRRP_AH_LEN + VRID_OFFSET);
	case VRRP_RX_COUNT:
		break;
	}
	return n;
}

size_t
vrrp_filter_make(enum vrrp_rx kind, const uint32_t vrids[8],
		 struct sock_filter *out)
{
	size_t n = load_vrid(kind, out);

	n = put(out, n, BPF_ST, 0); /* M[0] = id, A = its word's number */
	n = put(out, n, BPF_ALU | BPF_RSH | BPF_K, 5);
	for (uint32_t w = 0; w < WORDS; w++) {
		out[n++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 0, 2,
						w};
		n = put(out, n, BPF_LD | BPF_IMM, vrids[w]);
		/* over the rest: 3 instructions per word, and the return */
		n = put(out, n, BPF_JMP | BPF_JA, 3 * (WORDS - 1 - w) + 1);
	}
	n = put(out, n, BPF_RET | BPF_K, 0); /* no such word */
	n = put(out, n, BPF_ST, 1);	     /* M[1] = word */
	n = put(out, n, BPF_LD | BPF_MEM, 0);
	n = put(out, n, BPF_ALU | BPF_AND | BPF_K, 31);
	n = put(out, n, BPF_MISC | BPF_TAX, 0);
	n = put(out, n, BPF_LD | BPF_MEM, 1);
	n = put(out, n, BPF_ALU | BPF_RSH | BPF_X, 0);
	n = put(out, n, BPF_ALU | BPF_AND | BPF_K, 1);
	out[n++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0};
	n = put(out, n, BPF_RET | BPF_K, 0);
	return put(out, n, BPF_RET | BPF_K, UINT32_MAX);
}
