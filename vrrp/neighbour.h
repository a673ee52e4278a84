/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Asking whether a neighbour is there: ARP requests (RFC 826) and neighbour
 * solicitations (RFC 4861 §4.3), and what answers them.
 *
 * Pure: bytes only, nothing is sent here.
 */
#ifndef DUUMVIR_VRRP_NEIGHBOUR_H
#define DUUMVIR_VRRP_NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "vrrp/frame.h"

/* The question, from an address of ours (ARP: may be unset); out has
 * VRRP_FRAME_MAX bytes.  Returns how many are used; 0: it cannot be asked. */
size_t neighbour_ask(const struct addr *target, const struct addr *src,
		     const uint8_t mac[VRRP_MAC_LEN], uint8_t *out);
/* Is the frame an answer, and whose? */
bool neighbour_answer(const uint8_t *frame, size_t len, struct addr *who);

#endif
