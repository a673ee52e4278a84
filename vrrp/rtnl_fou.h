/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Ports on which the kernel takes tunnelled packets in UDP (fou, GUE). */
#ifndef DUUMVIR_VRRP_RTNL_FOU_H
#define DUUMVIR_VRRP_RTNL_FOU_H

#include <stdbool.h>
#include <stdint.h>

struct rtnl_fou;

struct fou_port {
	uint16_t family;
	uint16_t port;
	bool is_gue;
};

/* All: 0 or -errno; -ENOENT: the kernel has no fou (yet). */
int rtnl_fou_open(struct rtnl_fou **out);
void rtnl_fou_close(struct rtnl_fou *f);
int rtnl_fou_add(struct rtnl_fou *f, const struct fou_port *p);
int rtnl_fou_del(struct rtnl_fou *f, const struct fou_port *p);
/* All that are there. */
int rtnl_fou_dump(struct rtnl_fou *f,
		  void (*fn)(void *arg, const struct fou_port *p), void *arg);

#endif
