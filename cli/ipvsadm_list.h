/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ipvsadm's listings: asks the kernel, sorts, prints to standard output. */
#ifndef DUUMVIR_CLI_IPVSADM_LIST_H
#define DUUMVIR_CLI_IPVSADM_LIST_H

#include "cli/ipvsadm_args.h"
#include "ipvs/genl.h"

/* -L or -S as the order says.  0 or -errno: of the kernel, or EIO if standard
 * output was not taken. */
int list_run(struct ipvs_genl *g, const struct ipvsadm_order *o);

#endif
