/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Does what one command line of ipvsadm asks, by the engine's own codec and
 * door to the kernel.
 */
#ifndef DUUMVIR_CLI_IPVSADM_ACT_H
#define DUUMVIR_CLI_IPVSADM_ACT_H

#include "cli/ipvsadm_args.h"
#include "ipvs/genl.h"

/* Is it one request about a service or a server?  Then *op is it: such
 * requests can be sent in one go. */
bool act_op(const struct ipvsadm_order *o, struct ipvs_op *op);

/* Anything but IPA_RESTORE and IPA_HELP.  0 or -errno. */
int act_run(struct ipvs_genl *g, const struct ipvsadm_order *o);

/* ipvsadm's words for an error of the kernel. */
const char *act_explain(enum ipvsadm_cmd cmd, int error);
/* And its exit status: 1 for a listing, 255. */
int act_status(enum ipvsadm_cmd cmd);

#endif
