/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The addresses of this machine, as the supervisor tells them, and which
 * services they make active (ha_suspend): a service whose virtual address is
 * not here, or of whose group none is, keeps its state and asks nobody.
 */
#ifndef DUUMVIR_CHECK_LOCAL_H
#define DUUMVIR_CHECK_LOCAL_H

#include <stdbool.h>

#include "lib/addr.h"

struct local;
struct service;

struct locals {
	struct local *head;
};

/* False if that is known. */
bool locals_set(struct locals *l, const struct addr *a, bool is_here);
void locals_fini(struct locals *l);
/* Is an address of the service here? */
bool locals_has_service(const struct locals *l, const struct service *s);

#endif
