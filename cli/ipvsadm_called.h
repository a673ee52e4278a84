/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The other names of the program: duumvir-ipvsadm-save [-n] and
 * duumvir-ipvsadm-restore, for scripts that call ipvsadm-save and
 * ipvsadm-restore.  PURE.
 */
#ifndef DUUMVIR_CLI_IPVSADM_CALLED_H
#define DUUMVIR_CLI_IPVSADM_CALLED_H

#include <stddef.h>

/*
 * The words that a call by this name stands for, *n of them; by any other
 * name they are those given.  NULL: an option that -save does not have.
 */
const char *const *ipvsadm_called(const char *name, const char *const *word,
				  size_t *n);

#endif
