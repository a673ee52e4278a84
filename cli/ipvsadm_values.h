/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What stands behind ipvsadm's options: numbers, addresses, flags.  PURE. */
#ifndef DUUMVIR_CLI_IPVSADM_VALUES_H
#define DUUMVIR_CLI_IPVSADM_VALUES_H

#include "cli/ipvsadm_args.h"

/* Decimal, blanks before it and a plus sign are allowed.  0 or -EINVAL. */
int values_number(const char *s, uint64_t min, uint64_t max, uint64_t *out);

struct values_endpoint {
	struct addr addr;
	uint16_t port;
	bool has_port;
};

/* "host", "host:port", "[v6]", "[v6]:port" or a bare IPv6 address; names by
 * *names, a port's by its protocol.  0 or -EINVAL. */
int values_endpoint(const char *s, uint16_t protocol,
		    const struct ipvsadm_names *names,
		    struct values_endpoint *out);

/* -M: an IPv4 mask (network order) or an IPv6 prefix length.  0 or -EINVAL. */
int values_netmask(const char *s, int family, uint32_t *out);

/* --tun-type: IP_VS_CONN_F_TUNNEL_TYPE_*; -EINVAL. */
int values_tun_type(const char *s, uint8_t *out);
const char *values_tun_name(uint8_t type);

/* "tcp", "udp", "sctp" or NULL. */
const char *values_proto(uint16_t protocol);

/*
 * -b: names joined by commas.  0; -EINVAL: no such flag; -ENOTSUP: not one of
 * this scheduler's.  bad then has the name.
 */
int values_sched_flags(const char *s, const char *sched, uint32_t *out,
		       char *bad, size_t size);
/* The same the other way: one bit's name for a scheduler.  NULL: not a
 * scheduler flag. */
const char *values_sched_flag_name(uint32_t flag, const char *sched);

#endif
