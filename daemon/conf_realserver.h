/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What realserver { } says; filled by the table in conf_realserver.c. */
#ifndef DUUMVIR_DAEMON_CONF_REALSERVER_H
#define DUUMVIR_DAEMON_CONF_REALSERVER_H

#include "parser/common.h"

struct kw_block;

/* One line of address or virtual_address. */
struct addr_range_conf {
	struct conf_obj obj;
	struct addr first, last; /* last unset: one address */
};

struct realserver_conf {
	struct conf_obj obj;
	const char *interface;		  /* where virtual addresses go */
	struct conf_list address;	  /* struct addr_range_conf */
	struct conf_list virtual_address; /* the same */
	bool director;
};

extern const struct kw_block realserver_block;

#endif
