/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * Which scripts a change of state runs, with which arguments, in which
 * order.
 */
#ifndef DUUMVIR_DAEMON_NOTIFY_H
#define DUUMVIR_DAEMON_NOTIFY_H

#include <stdbool.h>

#include "lib/msg.h"

struct conf;
struct notify;
struct runner;

struct notify *notify_new(struct runner *runner);
void notify_free(struct notify *n);
/*
 * Indexes the scripts of a configuration (copies them).  Those of the one
 * before are kept for what is being deleted.
 */
void notify_set_conf(struct notify *n, const struct conf *c);
/* A report of VRRP_STATE, RS_STATE or VS_STATE; is_news: it is not what was
 * last reported of this object. */
void notify_on_state(struct notify *n, enum msg_type type, const void *data,
		     bool is_news);

#endif
