/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The text that duumvir-ipvsadm -h prints; it prints nothing itself. */
#ifndef DUUMVIR_CLI_IPVSADM_HELP_H
#define DUUMVIR_CLI_IPVSADM_HELP_H

/* What duumvir-ipvsadm -h prints. */
extern const char help_text[];
/* The same of duumvir-ipvsadm-save, when it is called in a wrong way. */
extern const char save_help_text[];

#endif
