/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Names of hosts and services, asked of the system's resolver. */
#ifndef DUUMVIR_CLI_IPVSADM_NAMES_H
#define DUUMVIR_CLI_IPVSADM_NAMES_H

#include "cli/ipvsadm_args.h"
#include "cli/ipvsadm_print.h"

extern const struct ipvsadm_names names_to_numbers;
extern const struct print_names names_of_numbers;

#endif
