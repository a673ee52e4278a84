/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which options go with which command of ipvsadm, and with each other.  PURE. */
#ifndef DUUMVIR_CLI_IPVSADM_RULES_H
#define DUUMVIR_CLI_IPVSADM_RULES_H

#include "cli/ipvsadm_args.h"

/* "service-address": an option as messages name it. */
const char *rules_opt_name(enum ipvsadm_opt opt);

/* Is it whole and allowed?  why is filled in if the verdict is not IPA_OK. */
enum ipvsadm_verdict rules_check(const struct ipvsadm_order *o,
				 char why[static IPVSADM_WHY_MAX]);

#endif
