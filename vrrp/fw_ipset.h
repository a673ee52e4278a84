/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Sets of the kernel for iptables: the door to libipset. */
#ifndef DUUMVIR_VRRP_FW_IPSET_H
#define DUUMVIR_VRRP_FW_IPSET_H

#include <stddef.h>

/*
 * Carries out lines as `ipset save` prints them, one after the other, up to
 * the first that the kernel or the library refuses.  0, or -EIO with the
 * reason in why.
 */
int fw_ipset_restore(const char *lines, char *why, size_t size);

#endif
