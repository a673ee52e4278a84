/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Policy rules as the kernel tells them.  Decides nothing. */
#ifndef DUUMVIR_VRRP_RTNL_RULE_H
#define DUUMVIR_VRRP_RTNL_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

/* RTM_DELRULE: of which family and preference was it?  False: something else,
 * or malformed. */
bool rtnl_rule_deleted(const struct nlmsghdr *nlh, uint16_t *family,
		       uint32_t *preference);

#endif
