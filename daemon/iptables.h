/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Runs iptables-restore and ip6tables-restore with the texts of
 * vrrp/fw_iptables.h, and fills the sets that they name. */
#ifndef DUUMVIR_DAEMON_IPTABLES_H
#define DUUMVIR_DAEMON_IPTABLES_H

#include <stdbool.h>

struct fw_want;
struct runner;

/* Can iptables be run? */
bool iptables_is_there(struct runner *r);
/* Do sets know network namespaces, or is that no matter here? */
bool iptables_has_sets(bool with_namespace);
/* Sets first, then rules.  0 or -errno; what failed is logged. */
int iptables_set(struct runner *r, const struct fw_want *w);
/* Takes away what was set and is not part of what stands now. */
int iptables_unset(struct runner *r, const struct fw_want *was,
		   const struct fw_want *now);

#endif
