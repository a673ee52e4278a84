/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * IPv4 and IPv6 addresses as plain values: no padding, comparable with
 * memcmp(), usable as a hash key and in messages between processes.
 */
#ifndef DUUMVIR_ADDR_H
#define DUUMVIR_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * family: AF_INET, AF_INET6 or AF_UNSPEC (no address).  An IPv4 address uses
 * the first 4 bytes, the rest is zero.  Bytes are in network order.
 */
struct addr {
	uint16_t family;
	uint8_t bytes[16];
};

/* An address with a port in host order; port 0 means none or any. */
struct addr_port {
	struct addr addr;
	uint16_t port;
};

#define ADDR_STR_LEN	  48 /* any address with NUL */
#define ADDR_PORT_STR_LEN 56 /* "[addr]:port" with NUL */

/* Parses a literal address.  0, or -EINVAL and *a untouched. */
int addr_parse(const char *s, struct addr *a);
/* Prints into buf (at least ADDR_STR_LEN bytes); returns buf. */
const char *addr_print(const struct addr *a, char *buf, size_t size);
/* Prints "[addr]:port" as keepalived's log lines do; returns buf. */
const char *addr_port_print(const struct addr_port *ap, char *buf, size_t size);

static inline bool
addr_is_set(const struct addr *a)
{
	return a->family != AF_UNSPEC;
}

/* Bytes in an address of this family: 4, 16 or 0. */
size_t addr_len(const struct addr *a);
bool addr_is_equal(const struct addr *a, const struct addr *b);
/* Order by family, then by bytes as unsigned numbers in network order. */
int addr_compare(const struct addr *a, const struct addr *b);
bool addr_is_multicast(const struct addr *a);
bool addr_is_linklocal(const struct addr *a);
/* 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct addr *a);

struct addr addr_from_in4(struct in_addr in);
struct addr addr_from_in6(const struct in6_addr *in6);
/* Family and raw bytes as netlink attributes carry them; -EINVAL if len does
 * not fit the family. */
int addr_from_bytes(int family, const void *bytes, size_t len, struct addr *a);

/* Fills a socket address; returns its length. */
socklen_t addr_port_to_sockaddr(const struct addr_port *ap,
				struct sockaddr_storage *ss);
int addr_port_from_sockaddr(const struct sockaddr *sa, socklen_t len,
			    struct addr_port *ap);

#endif
