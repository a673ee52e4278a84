/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Tells that interfaces came, went or were renamed; nothing more. */
#ifndef DUUMVIR_VRRP_RTNL_NAME_H
#define DUUMVIR_VRRP_RTNL_NAME_H

#include <stdbool.h>

struct rtnl_name;

/* 0 or -errno. */
int rtnl_name_open(struct rtnl_name **out);
void rtnl_name_close(struct rtnl_name *n);
int rtnl_name_fd(const struct rtnl_name *n);
/* Reads what waits; may some name now have another interface? */
bool rtnl_name_read(struct rtnl_name *n);

#endif
