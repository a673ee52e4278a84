/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Names and numbers put together without printf(): the names of tens of
 * thousands of servers are made many times over when a configuration is read,
 * and a call of snprintf() costs as much as reading the server's block.
 *
 * Each writes at p, ends with NUL and returns where that NUL stands.  The
 * caller has the room: lengths are constants here and in lib/addr.h.
 */
#ifndef DUUMVIR_PUT_H
#define DUUMVIR_PUT_H

#include <stdint.h>

#include "lib/addr.h"

#define PUT_U64_LEN 21 /* with the NUL */
/* "[" "]:" "sctp" ":" "65535" around the address */
#define PUT_ENDPOINT_LEN (ADDR_STR_LEN + 13)

char *put_str(char *p, const char *s);
char *put_u64(char *p, uint64_t v);
/* As addr_print(), ADDR_STR_LEN bytes at most. */
char *put_addr(char *p, const struct addr *a);
/* "[10.0.0.1]:tcp:80" as operators know it, of an IPPROTO_*: "none" for one
 * that has no services, as behind a firewall mark.  PUT_ENDPOINT_LEN bytes. */
char *put_endpoint(char *p, const struct addr *a, uint16_t protocol,
		   uint16_t port);

#endif
