/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Numbers under /proc/sys/net: the door to what netlink cannot set.  The
 * kernel lets CAP_NET_ADMIN write there, so the engine needs no root for it.
 */
#ifndef DUUMVIR_SYSCTL_H
#define DUUMVIR_SYSCTL_H

#include <stdint.h>

/* PATH below /proc/sys/net, "%s" standing for the interface's name; 0 or
 * -errno. */
int sysctl_get(const char *path, const char *ifname, int32_t *value);
/* Writes only what is not there already. */
int sysctl_set(const char *path, const char *ifname, int32_t value);

#endif
