/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The packet filter of the receive sockets as a program of the kernel's
 * classic BPF: a bitmap of 256 virtual router ids.  Pure: it is only made
 * here.
 */
#ifndef DUUMVIR_VRRP_FILTER_H
#define DUUMVIR_VRRP_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define VRRP_FILTER_MAX 48

/* What a receive socket gets. */
enum vrrp_rx {
	VRRP_RX_IPV4,
	VRRP_RX_IPV6,
	VRRP_RX_AH, /* IPv4 behind an authentication header */
	VRRP_RX_COUNT
};

/* Fills out (VRRP_FILTER_MAX entries); returns how many.  IPv4 datagrams
 * begin with their IP header, IPv6 ones with the message. */
size_t vrrp_filter_make(enum vrrp_rx kind, const uint32_t vrids[8],
			struct sock_filter *out);

#endif
