/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The filter of the socket that hears of routes, as a program of the kernel's
 * classic BPF: of a routing table that changes thousands of times a second
 * only what concerns watched prefixes wakes us.  Pure: it is only made here.
 */
#ifndef DUUMVIR_VRRP_ROUTE_FILTER_H
#define DUUMVIR_VRRP_ROUTE_FILTER_H

#include <linux/filter.h>
#include <stddef.h>

#include "vrrp/route_mirror.h"

#define ROUTE_FILTER_MAX 2048

/* Fills out (ROUTE_FILTER_MAX entries); returns how many.  Rules always pass.
 * So many watches that they do not fit: their lengths only are looked at. */
size_t route_filter_make(const struct route_mirror *m, struct sock_filter *out);

#endif
