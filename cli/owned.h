/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which services running duumvirs keep, as their supervisors published them
 * (daemon/services_file.h): a folder with a file NAME.services of each, one line
 * "pid N netns INODE", then a line for each service as ipvs_svc_name() names
 * it.  Believed only while that process runs duumvir, and of the table of our
 * own network namespace.
 */
#ifndef DUUMVIR_CLI_OWNED_H
#define DUUMVIR_CLI_OWNED_H

#include "cli/ipvsadm_args.h"

struct owned;

/* Nothing is owned if there is no such folder.  Never NULL. */
struct owned *owned_load(const char *path);
void owned_free(struct owned *w);

/* Warns on standard error if the order changes what is owned: once for each
 * service, in a limited number. */
void owned_look(void *arg, const struct ipvsadm_order *o);

#endif
