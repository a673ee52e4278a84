/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * What the ipvs engine was told of a service, and what it must hear now:
 * additions before removals, only differences, and one destination of the
 * kernel is never taken from under another server that wants it, too.
 */
#ifndef DUUMVIR_CHECK_TABLE_H
#define DUUMVIR_CHECK_TABLE_H

#include "check/service.h"

/* Marks servers that share a destination of the kernel with another one or
 * with the sorry server; old may be NULL. */
void table_find_twins(struct service *s, const struct service *old);
/* All of the pool, or one server when nothing else can have changed. */
void table_update(struct service *s);
void table_update_server(struct server *sv);
/* A new service in the place of old (NULL: of none). */
void table_replace(struct service *s, const struct service *old);
/* The time of an entry that drains is over. */
void table_end_drain(struct leaver *l);
/* The service leaves. */
void table_withdraw(struct service *s);
/* Everything again, for a new ipvs engine. */
void table_sync(struct service *s);

#endif
